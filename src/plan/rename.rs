//! A rename: one schema gets another name, and its tenant in the registry with it, in one transaction. Its way back is a rename. Pure;
//! must not know where facts come from, nor how it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::drop::{DropFacts, MARK, REMARK};
use super::message::guards::{self, Lock};
use super::message::{IDLE_MS, LAST, Text, lock_key};
use super::names;
use super::parts::{EnvironmentName, FORMAT, Kind, Note, Plan, RunPolicy, Stage, StageKind, Target};
use super::whole::{self, Chosen, RegistryChange, WholeFacts, note, refusal, some, texts};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::registry::RegistryDialect;
use crate::domain::run::Skip;
use crate::sqltext::{ident, literal};

/// What a rename does, beside what [`Plan`] says of its one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renaming {
    /// The raw name that the schema gets.
    pub to: String,
    /// The raw name of the role that does it; `None` is the role that connects.
    pub role: Option<String>,
    /// The raw name of the role that changes the registry; `None` is the role that connects.
    #[serde(default)]
    pub registrar: Option<String>,
    /// What changes in the registry.
    pub registry: Vec<RegistryChange>,
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The environment.
    pub environment: EnvironmentName,
    /// The new name, raw.
    pub to: String,
    /// Whether the registry's rows change, too.
    pub registry: bool,
    /// How.
    pub policy: RunPolicy,
}

/// Builds the plan.
pub fn build(
    fleet: &Fleet,
    chosen: &Chosen,
    known: &WholeFacts,
    facts: &DropFacts,
    asked: &Asked,
    as_of: Timestamp,
) -> Result<Plan, Fault> {
    let database = &fleet.databases[chosen.database];
    if let Some(wrong) = names::wrong(&asked.to, |name| database.schemas.iter().any(|schema| schema.name == name)) {
        return Err(Fault::new(FaultKind::Usage, wrong.what));
    }
    let path = super::drop::path(fleet, chosen);
    let mut notes: Vec<Note> = whole::role_refusal(chosen, &path).into_iter().collect();
    if !known.is_ours && !known.may_become {
        let what = format!("{path}: only its owner {} may rename it", shown(&known.owner));
        notes.push(refusal("not-owner", what, "run as that role, or as a member of it"));
    } else if !known.may_create {
        let what = format!("{path}: a rename takes CREATE on the database");
        notes.push(refusal("no-create", what, "grant CREATE on the database to its owner"));
    }
    if !known.mentions.is_empty() {
        let what = format!("{path}: these name it in their text and are not changed: {}", some(&known.mentions));
        notes.push(note("named-in-text", Severity::Warn, what, Some("change them by hand".into())));
    }
    if let Some(sessions) = &facts.sessions {
        let users = whole::users(database, sessions, &chosen.schema);
        let count = users.live.len() + users.idle;
        if count > 0 {
            let what = format!("{path}: {count} sessions use it by its old name or asked for it last");
            notes.push(note("in-use", Severity::Warn, what, Some("take the tenant out of service first".into())));
        }
    }
    let registry = changes(fleet, chosen, facts, asked, &path, &mut notes);
    let registrar = super::drop::registrar(&registry, facts, &mut notes);
    Ok(Plan {
        format: FORMAT,
        kind: Kind::Rename(Box::new(Renaming { to: asked.to.clone(), role: known.role(), registrar, registry })),
        environment: asked.environment.clone(),
        databases: vec![whole::database(database, facts.oid)],
        stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }],
        groups: Vec::new(),
        steps: Vec::new(),
        targets: vec![Target { database: 0, oid: chosen.oid, schema: chosen.schema.clone(), group: 0, stage: 0 }],
        policy: RunPolicy { canary: 0, waves: Vec::new(), ..asked.policy.clone() },
        notes,
        left_out: Vec::new(),
        bystanders: None,
        as_of,
    })
}

fn changes(
    fleet: &Fleet,
    chosen: &Chosen,
    facts: &DropFacts,
    asked: &Asked,
    path: &str,
    notes: &mut Vec<Note>,
) -> Vec<RegistryChange> {
    let (tenants, _) = chosen.registered;
    let registry = fleet.databases[chosen.database].known_registry();
    let dialect = registry.map(|registry| registry.dialect);
    if tenants == 0 || matches!(dialect, Some(RegistryDialect::Apartment | RegistryDialect::EverySchema) | None) {
        return Vec::new();
    }
    if !asked.registry {
        let what = format!("{path}: the registry goes on naming it by its old name, and the application with it");
        let hint = "rename it in the registry as well: its row changes in the same moment".to_owned();
        notes.push(note("registry-stays", Severity::Warn, what, Some(hint)));
        return Vec::new();
    }
    let Some(tables) = &facts.registry else {
        let what = format!("{path}: which tables its registry has is not known: a query of fleet.toml reads it");
        notes.push(refusal("registry-unknown", what, "leave the registry out and change its row yourself"));
        return Vec::new();
    };
    vec![RegistryChange { sql: tables.rename(&chosen.schema, &asked.to), rows: tenants }]
}

/// The one message that does it. Its row tells the transaction. `None` when there is no such target.
pub fn message(plan: &Plan, renaming: &Renaming) -> Option<String> {
    let target = plan.targets.first()?;
    let mut text = Text::default();
    text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    if let Some(role) = &renaming.role {
        text.command(&format!("SET LOCAL ROLE {}", ident(role)));
    }
    text.command(&format!("SET LOCAL search_path = {}, pg_temp", ident(&target.schema)));
    limits(&mut text, &plan.policy);
    text.command(&guards::first(target, Lock::Transaction, None));
    text.command(&format!("ALTER SCHEMA {} RENAME TO {}", ident(&target.schema), ident(&renaming.to)));
    if target.schema.starts_with(MARK) {
        text.command(&unmark(target, &renaming.to));
    }
    if !renaming.registry.is_empty() {
        for before in texts::before_changes(renaming.registrar.as_deref()) {
            text.command(&before);
        }
        for change in &renaming.registry {
            text.command(&texts::change(change));
        }
        text.command("SET CONSTRAINTS ALL IMMEDIATE");
    }
    text.command(LAST);
    Some(text.sql)
}

/// What was marked and is taken back has its own comment again.
fn unmark(target: &Target, to: &str) -> String {
    let body = format!(
        "DECLARE\nremark pg_catalog.text := obj_description('{}'::oid, 'pg_namespace');\nBEGIN\n\
         IF starts_with(remark, {}) THEN EXECUTE format('COMMENT ON SCHEMA %I IS %L', {}::text, \
         nullif(substr(remark, coalesce(nullif(strpos(remark, E'\\n'), 0), length(remark)) + 1), '')); END IF;\nEND",
        target.oid,
        literal(REMARK),
        literal(to)
    );
    format!("DO {}", literal(&body))
}

/// Asks for the name that the schema has now, once whoever works on it has ended: no row when there is none with its OID.
pub fn question(plan: &Plan) -> Option<String> {
    let target = plan.targets.first()?;
    let (class, key) = lock_key(target.oid);
    let mut text = Text::default();
    text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    limits(&mut text, &plan.policy);
    text.command(&format!("DO 'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock({class}, {key}); END'"));
    text.command(&format!("SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = '{}'::pg_catalog.oid", target.oid));
    Some(text.sql)
}

fn limits(text: &mut Text, policy: &RunPolicy) {
    text.command(&format!("SET LOCAL lock_timeout = {}", policy.lock_timeout_ms));
    text.command(&format!("SET LOCAL statement_timeout = {}", policy.statement_timeout_ms));
    text.command(&format!("SET LOCAL idle_in_transaction_session_timeout = {IDLE_MS}"));
}

/// What became of a rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The schema has its new name.
    Renamed,
    /// It has its old one.
    Open,
    /// It is left out.
    Skip(Skip),
}

/// What became of a rename in doubt, by the name that the catalogue has for the schema's OID; all raw.
pub fn settle(found: Option<&str>, planned: &str, to: &str) -> Settled {
    match found {
        None => Settled::Skip(Skip::Gone),
        Some(name) if name == to => Settled::Renamed,
        Some(name) if name == planned => Settled::Open,
        Some(_) => Settled::Skip(Skip::Renamed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_in_doubt_is_settled_by_the_name_alone() {
        for (found, settled) in [
            (Some("bolt"), Settled::Renamed),
            (Some("acme"), Settled::Open),
            (Some("Bolt"), Settled::Skip(Skip::Renamed)),
            (None, Settled::Skip(Skip::Gone)),
        ] {
            assert_eq!(settle(found, "acme", "bolt"), settled, "{found:?}");
        }
    }
}
