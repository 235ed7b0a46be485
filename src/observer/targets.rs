//! From configuration to targets: connection strings resolved, labels settled, passwords asked for. Must not read facts.

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use super::Target;
use crate::config::{self, DatabaseConfig, Environment};
use crate::domain::fault::Fault;
use crate::domain::name::shown;
use crate::pg::session::{PasswordTrouble, probe};
use crate::pg::{Secret, Spec};

/// The targets of an environment, in its order. A database without a label is called by its name; where that is taken, by its
/// name and host. The fault says which database's connection string is wrong.
pub fn targets(environment: &Environment) -> Result<Vec<Target>, Fault> {
    let mut targets: Vec<Target> = Vec::with_capacity(environment.databases.len());
    for database in &environment.databases {
        let spec = Spec::parse(&database.dsn).map_err(|fault| of_database(database, fault))?;
        let label = label(database, &spec, &targets);
        targets.push(Target {
            label,
            state: state_folder(&spec),
            spec,
            policy: environment.policy.clone(),
            registry: environment.registry.clone(),
            system_identifier: database.system_identifier,
        });
    }
    Ok(targets)
}

/// Where it is kept how many tenants there were: the person's own folder. The past of a sample fleet is none, and is not kept: its
/// server has the `fleet.toml` beside its socket.
fn state_folder(spec: &Spec) -> Option<PathBuf> {
    let is_sample = spec.socket_folder().is_some_and(|folder| folder.join("fleet.toml").is_file());
    if is_sample { None } else { config::state_folder() }
}

fn of_database(database: &DatabaseConfig, mut fault: Fault) -> Fault {
    if !database.label.is_empty() {
        fault.what = format!("database {}: {}", shown(&database.label), fault.what);
    }
    fault
}

fn label(database: &DatabaseConfig, spec: &Spec, taken: &[Target]) -> String {
    let is_free = |label: &String| taken.iter().all(|target| target.label != *label);
    if !database.label.is_empty() {
        return database.label.clone();
    }
    // A slash would make `database/schema` ambiguous.
    let name = spec.database().replace('/', "_");
    let with_host = format!("{name}@{}", spec.host_name());
    let numbered = (2..).map(|number| format!("{with_host}#{number}"));
    [name, with_host.clone()].into_iter().chain(numbered).find(is_free).unwrap_or_default()
}

impl Target {
    /// What a worker needs to connect to it: one line with its newline, opaque, with the password in it. Those of several targets may
    /// be put one after the other.
    pub fn hand_over(&self) -> Zeroizing<String> {
        let spec = self.spec.hand_over();
        let label = serde_json::Value::from(self.label.as_str()).to_string();
        // Labels, whatever is in them, are JSON and therefore one line; a tab parts them from the rest.
        let mut line = Zeroizing::new(String::with_capacity(label.len() + spec.len() + 2));
        line.push_str(&label);
        line.push('\t');
        line.push_str(&spec);
        line.push('\n');
        line
    }
}

/// How long a server may take to say whether it wants a password; one that takes longer is not asked about.
const PROBE: Duration = Duration::from_secs(3);

/// How often a password is asked for before it is given up.
const TRIES: u32 = 3;

/// Asks a person for a password: whose it is, and why a password file that is there was not read.
pub(super) type Ask<'a> = dyn FnMut(&str, Option<&str>) -> Result<Secret, Fault> + Send + 'a;

/// Asks for the passwords that servers want and that are not known. All servers are tried in parallel; `ask` is called for one
/// after the other, with a description such as `password for user app on db1:5432`. A password that was typed is tried for the
/// other databases of the same user and server first. The fault is that of `ask`.
pub async fn unlock(targets: &mut [Target], ask: &mut Ask<'_>) -> Result<(), Fault> {
    let locked = futures_util::future::join_all(targets.iter().map(|target| async {
        !target.spec.knows_password() && password_trouble(&target.spec).await == PasswordTrouble::Missing
    }))
    .await;
    let mut typed: Vec<(String, Secret)> = Vec::new();
    for (target, _) in targets.iter_mut().zip(locked).filter(|(_, locked)| *locked) {
        let spec = &mut target.spec;
        let whose = format!("password for user {} on {}", shown(spec.user()), spec.place());
        if let Some((_, secret)) = typed.iter().find(|(known, _)| *known == whose) {
            spec.set_password(secret.clone());
            if password_trouble(spec).await == PasswordTrouble::None {
                continue;
            }
        }
        for attempt in 1..=TRIES {
            let again = if attempt == 1 { "" } else { " (the last one was wrong)" };
            let file_trouble = spec.password_file_trouble().filter(|_| attempt == 1);
            let secret = ask(&format!("{whose}{again}"), file_trouble)?;
            spec.set_password(secret.clone());
            if password_trouble(spec).await != PasswordTrouble::Wrong {
                typed.push((whose, secret));
                break;
            }
        }
    }
    Ok(())
}

async fn password_trouble(spec: &Spec) -> PasswordTrouble {
    match tokio::time::timeout(PROBE, probe(spec)).await {
        Ok(Err(refusal)) => refusal.password,
        Ok(Ok(())) | Err(_) => PasswordTrouble::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;

    fn labels(databases: &[(&str, &str)]) -> Result<Vec<String>, Fault> {
        let databases = databases
            .iter()
            .map(|(label, dsn)| DatabaseConfig { label: (*label).into(), dsn: (*dsn).into(), system_identifier: None })
            .collect();
        let environment = Environment { databases, ..Environment::default() };
        targets(&environment).map(|targets| targets.into_iter().map(|target| target.label).collect())
    }

    #[test]
    fn a_database_without_label_is_called_by_its_name() {
        let found = labels(&[
            ("eu", "host=db1 user=me dbname=app"),
            ("", "host=db1 user=me dbname=app"),
            ("", "host=db2 user=me dbname=app"),
            ("", "host=db2 user=me dbname=app"),
            ("", "host=db2 user=me dbname=a/b"),
        ]);
        assert_eq!(found.unwrap(), ["eu", "app", "app@db2", "app@db2#2", "a_b"]);
    }

    #[test]
    fn a_wrong_connection_string_names_its_database() {
        let fault = labels(&[("eu", "host=db1 user=me"), ("us", "hots=db1")]).unwrap_err();
        assert_eq!(
            (fault.kind, fault.what.as_str()),
            (FaultKind::Usage, "database us: connection setting \"hots\" is not known")
        );
    }
}
