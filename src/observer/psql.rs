//! The psql that a person opens on a tenant: same server, same user, the tenant's `search_path`, read-only. Must not run it by
//! itself: the terminal belongs to the face.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Target;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::pg::libpq;
use crate::sqltext;

/// A psql that is ready to run. Keep it until psql has ended: it owns the start file that psql reads.
pub struct Psql {
    /// What to say before it starts, one line or more, safe to show.
    pub banner: String,
    variables: Vec<(&'static str, String)>,
    start_file: Option<StartFile>,
}

/// The psql of a schema. `search_path` is the tenant's, raw names, the schema first; `pooler` says that a pooler stands between
/// ([`crate::domain::fleet::Server::pooler`]).
///
/// Directly, the settings come with the connection (`PGOPTIONS`). A pooler refuses those and would keep a `SET` for its next
/// client, so there psql starts inside a `READ ONLY` transaction with a local `search_path`.
pub fn psql(target: &Target, schema: &str, search_path: &[String], pooler: bool) -> Result<Psql, Fault> {
    let path = search_path.iter().map(|name| sqltext::ident(name)).collect::<Vec<_>>().join(", ");
    let place = format!("{}/{}", shown(&target.label), shown(schema));
    let mut variables = target.spec.variables();
    if pooler {
        let banner = format!(
            "psql on {place} through a pooler: you are inside one READ ONLY transaction, which keeps a server connection of the \
             pool.\nAfter COMMIT, ROLLBACK or a new connection neither the search_path nor READ ONLY holds any more."
        );
        let start_file = StartFile::write(&rc(&path))?;
        variables.push(("PSQLRC", start_file.path().display().to_string()));
        return Ok(Psql { banner, variables, start_file: Some(start_file) });
    }
    let ours = format!("-c search_path={} -c default_transaction_read_only=on", in_options(&path));
    let options = target.spec.options().map_or(ours.clone(), |theirs| format!("{theirs} {ours}"));
    variables.push(("PGOPTIONS", options));
    let banner = format!("psql on {place}: transactions are read-only unless you say otherwise");
    Ok(Psql { banner, variables, start_file: None })
}

/// Its variables may hold a password.
impl std::fmt::Debug for Psql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Psql").field("banner", &self.banner).finish_non_exhaustive()
    }
}

impl Psql {
    /// The command, with this process's own terminal. No secret is among its arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new("psql");
        for name in libpq::variables_that_lead_elsewhere() {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What it means that the command could not be started.
    pub fn not_started(error: &std::io::Error) -> Fault {
        if error.kind() == std::io::ErrorKind::NotFound {
            Fault::new(FaultKind::Local, "psql is not installed")
                .hint("install PostgreSQL's client programs (Debian: apt install postgresql-client)")
        } else {
            Fault::new(FaultKind::Local, format!("psql cannot be started: {error}"))
        }
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        drop(self.start_file.take());
    }
}

/// A value inside `PGOPTIONS`: blanks separate there, a backslash takes the next character as it is.
fn in_options(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if c == '\\' || c.is_whitespace() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The person's own start file comes first: what it sets is theirs, and a mistake in it must not end our transaction.
fn rc(search_path: &str) -> String {
    let theirs = std::env::var_os("PSQLRC")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".psqlrc")))
        .filter(|path| path.is_file())
        .map(|path| format!("\\i {}\n", meta_argument(&path.display().to_string())))
        .unwrap_or_default();
    let ours = include_str!("../pg/sql/psql_pooler.sql").replace("{search_path}", search_path);
    // The answers "BEGIN" and "SET" would only be noise.
    format!("{theirs}\\o /dev/null\n{ours}\\o\n")
}

/// An argument of a psql command, in quotes.
fn meta_argument(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n"))
}

/// A file that only we may read, in a folder of its own, gone with this value.
#[derive(Debug)]
struct StartFile {
    folder: PathBuf,
}

impl StartFile {
    fn write(text: &str) -> Result<Self, Fault> {
        let failed = |error: std::io::Error| {
            Fault::new(FaultKind::Local, format!("the start file of psql cannot be written: {error}"))
                .hint("is there room, and may this user write, in the folder for temporary files (TMPDIR)?")
        };
        let folder = (0..100)
            .map(|attempt| std::env::temp_dir().join(format!("tenantry-psql-{}-{attempt}", std::process::id())))
            .find(|folder| std::fs::DirBuilder::new().mode(0o700).create(folder).is_ok())
            .ok_or_else(|| failed(std::io::ErrorKind::AlreadyExists.into()))?;
        let file = Self { folder };
        let mut open =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file.path()).map_err(failed)?;
        open.write_all(text.as_bytes()).map_err(failed)?;
        Ok(file)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("psqlrc")
    }
}

impl Drop for StartFile {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RegistrySource;
    use crate::domain::roles::Policy;
    use crate::pg::Spec;

    fn target(dsn: &str) -> Target {
        let spec = Spec::parse(dsn).unwrap();
        Target {
            label: "eu".into(),
            spec,
            policy: Policy::default(),
            registry: RegistrySource::Auto,
            state: None,
            system_identifier: None,
        }
    }

    fn variable(command: &Command, name: &str) -> Option<String> {
        let (_, value) = command.get_envs().find(|(found, _)| *found == name)?;
        Some(value?.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_settings_come_with_the_connection_and_no_secret_is_an_argument() {
        let target = target("host=db1 user=me dbname=app password=hunter2 options='-c work_mem=4MB'");
        let path = ["acme \"co\"".to_owned(), "a\\b".to_owned()];
        let psql = psql(&target, "acme \"co\"", &path, false).unwrap();
        let command = psql.command();
        assert_eq!(command.get_args().count(), 0);
        assert_eq!(variable(&command, "PGPASSWORD").as_deref(), Some("hunter2"));
        assert_eq!(
            variable(&command, "PGOPTIONS").as_deref(),
            Some("-c work_mem=4MB -c search_path=\"acme\\ \"\"co\"\"\",\\ \"a\\\\b\" -c default_transaction_read_only=on")
        );
        assert!(!format!("{} {psql:?}", psql.banner).contains("hunter2"));
    }

    #[test]
    fn through_a_pooler_everything_is_local_to_one_transaction() {
        let target = target("host=db1 user=me dbname=app");
        let psql = psql(&target, "acme", &["acme".to_owned()], true).unwrap();
        let command = psql.command();
        assert_eq!(variable(&command, "PGOPTIONS"), None);
        let rc = PathBuf::from(variable(&command, "PSQLRC").unwrap());
        let text = std::fs::read_to_string(&rc).unwrap();
        assert!(text.contains("BEGIN READ ONLY;\nSET LOCAL search_path = \"acme\";"), "{text}");
        drop(psql);
        assert!(!rc.exists());
    }
}
