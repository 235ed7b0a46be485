//! A schema as a whole, for plans that drop or rename it: what must be known of it first, and who may not be touched. Pure; must not
//! know where facts come from.

pub mod texts;

use serde::{Deserialize, Serialize};

use super::meant::meant;
use super::parts::{Note, PlanDatabase};
use crate::activity::{Ground, Known, about, about_prepared};
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::roles::Role;
use crate::domain::session::{SessionFacts, State};
use crate::sqltext::ident;

/// A schema that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The position of its database in the fleet.
    pub database: usize,
    /// `pg_namespace.oid`.
    pub oid: Oid,
    /// Its raw name.
    pub schema: String,
    /// What it is.
    pub role: Role,
    /// How many tenants of the registry name it, and how many domains these have.
    pub registered: (u64, u64),
}

/// The schemas that a person means, each once, in the order of databases and names.
pub fn choose(fleet: &Fleet, names: &[String]) -> Result<Vec<Chosen>, Fault> {
    let mut chosen = names.iter().map(|name| one(fleet, name)).collect::<Result<Vec<_>, _>>()?;
    chosen.sort_by(|a, b| (a.database, &a.schema).cmp(&(b.database, &b.schema)));
    chosen.dedup();
    let is_used = |database: usize| chosen.iter().any(|chosen| chosen.database == database);
    let twins = fleet.twins().into_iter().find(|(a, b)| is_used(usize::from(a.0)) && is_used(usize::from(b.0)));
    match twins {
        Some((one, other)) => Err(Fault::new(FaultKind::Usage, fleet.same_database(one, other))
            .hint("choose the schemas of one of them, or give them environments of their own")),
        None => Ok(chosen),
    }
}

fn one(fleet: &Fleet, name: &str) -> Result<Chosen, Fault> {
    let entry = meant(fleet, name)?;
    let Some(schema) = entry.schema else {
        let what = format!("{} is a tenant without a schema", entry.path());
        return Err(Fault::new(FaultKind::Usage, what).hint("there is nothing to do but in the registry"));
    };
    let tenants = entry.database.known_registry().map(|registry| registry.tenants.as_slice()).unwrap_or_default();
    let (tenants, domains) = tenants
        .iter()
        .filter(|tenant| tenant.schema == schema.name)
        .fold((0, 0), |(tenants, domains), tenant| (tenants + 1, domains + tenant.domains.len() as u64));
    Ok(Chosen {
        database: usize::from(entry.id.0),
        oid: schema.oid,
        schema: schema.name.clone(),
        role: entry.row.role,
        registered: (tenants, domains),
    })
}

/// What the catalogue says of a schema. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WholeFacts {
    /// Its owner.
    pub owner: String,
    /// Whether our role has the rights of its owner.
    pub is_ours: bool,
    /// Whether our role may become its owner.
    pub may_become: bool,
    /// Whether whoever does it may create schemas, as a rename asks for.
    pub may_create: bool,
    /// Its tables, partitioned ones included.
    pub tables: u64,
    /// Everything in it that is not part of something else in it.
    pub objects: u64,
    /// The bytes of its tables and their indexes, estimated.
    pub bytes: u64,
    /// Its tables and sequences that whoever does it may not read, and lock where they are tables.
    pub closed: u64,
    /// Tables outside of it to which its foreign keys lead: `schema.table`.
    pub keys: Vec<String>,
    /// What depends on it from outside, as the server describes it: the first few.
    pub dependents: Vec<String>,
    /// What names it in its text: functions, settings of roles and databases.
    pub mentions: Vec<String>,
    /// What else leads to the rows of the tables of its registry: tables and what becomes of their rows.
    pub followers: Vec<(String, Follows)>,
}

/// What becomes of rows that lead to a tenant's row when that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Follows {
    /// They go with it.
    Cascade,
    /// They lead nowhere then.
    Unset,
}

impl WholeFacts {
    /// The role that does it, where that is another one than ours.
    pub fn role(&self) -> Option<String> {
        (!self.is_ours && self.may_become).then(|| self.owner.clone())
    }
}

/// The database of a plan.
pub(super) fn database(database: &Database, oid: Oid) -> PlanDatabase {
    let server = database.server.as_ref();
    PlanDatabase {
        label: database.label.clone(),
        system_identifier: server.and_then(|server| server.system_identifier),
        oid,
        name: server.map_or_else(String::new, |server| server.database.clone()),
        version: server.map_or(0, |server| server.version),
        pooler: server.is_some_and(|server| server.pooler),
    }
}

/// A note about the plan as a whole.
pub(super) fn note(rule: &str, severity: Severity, what: String, hint: Option<String>) -> Note {
    Note { rule: rule.to_owned(), severity, refuses: false, place: None, what, hint }
}

/// A note for which the plan cannot be run.
pub(super) fn refusal(rule: &str, what: String, hint: &str) -> Note {
    let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
    Note { rule: rule.to_owned(), severity: Severity::Danger, refuses: true, place: None, what, hint }
}

/// Why a schema may not be dropped or renamed at all, by what it is.
pub(super) fn role_refusal(chosen: &Chosen, path: &str) -> Option<Note> {
    let (what, hint) = match chosen.role {
        Role::Reference => ("new tenants are made from it", "name another reference in fleet.toml first"),
        Role::Shared => ("all tenants share it", ""),
        Role::Static => ("fleet.toml calls it static", "take it from static there first, if it is no longer used"),
        Role::System | Role::Extension => ("it belongs to PostgreSQL or an extension", ""),
        Role::Tenant | Role::Orphan | Role::Unknown => return None,
    };
    Some(refusal("not-a-tenant", format!("{path}: {what}"), hint))
}

/// Who uses a schema: those in the middle of something, as people call them, and how many are idle and were there last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Users {
    pub(super) live: Vec<String>,
    pub(super) idle: usize,
}

/// Who uses a schema of a database (raw name), as far as that can be told.
pub(super) fn users(database: &Database, facts: &SessionFacts, schema: &str) -> Users {
    let known = Known::of(database);
    let mut users = Users::default();
    for session in facts.sessions.iter().filter(|session| !session.is_ours) {
        let about = about(session, known);
        if !about.schemas.iter().any(|name| name == schema) {
            continue;
        }
        let is_idle = about.ground != Ground::Locks && matches!(session.state, State::Idle | State::Hidden);
        if is_idle {
            users.idle += 1;
        } else {
            let who =
                if session.application.is_empty() { session.user.as_deref() } else { Some(session.application.as_str()) };
            users.live.push(format!("process {} ({})", session.pid, shown(who.unwrap_or("unknown"))));
        }
    }
    for prepared in &facts.prepared {
        if about_prepared(prepared, known).schemas.iter().any(|name| name == schema) {
            users.live.push(format!("the prepared transaction {}", shown(&prepared.name)));
        }
    }
    users
}

/// Names in a line, cut after a few; safe to show.
pub(super) fn some(names: &[String]) -> String {
    const SOME: usize = 5;
    let shown: Vec<String> = names.iter().take(SOME).map(|name| shown(name).into_owned()).collect();
    let more = if names.len() > SOME { format!(" and {} more", names.len() - SOME) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Who changes the registry's rows, by what each of these roles lacks for that; the first is ours: `None` where that one does.
pub(super) fn registrar(writers: &[(String, Vec<String>)]) -> Result<Option<String>, Note> {
    let able = writers.iter().position(|(_, lacks)| lacks.is_empty());
    match (able, writers.first()) {
        (Some(0), _) | (None, None) => Ok(None),
        (Some(at), _) => Ok(Some(writers[at].0.clone())),
        (None, Some((ours, lacks))) => {
            let what = format!("our role {} may not change the registry: it lacks {}", shown(ours), some(lacks));
            let grants: Vec<String> = lacks.iter().map(|lack| format!("GRANT {lack} TO {}", ident(ours))).collect();
            Err(refusal("registry-denied", what, &grants.join("; ")))
        }
    }
}

/// A change of the registry's rows: the statement, and how many rows it must find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryChange {
    /// The statement.
    pub sql: String,
    /// How many rows.
    pub rows: u64,
}
