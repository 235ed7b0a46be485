//! The plan of a drop, made of fresh facts: what goes, what that would take along, who is in the way. Pure; must not know where facts come
//! from.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Archive, Dropped, Dropping};
use crate::dialect::registry::rows::Tables;
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::registry::RegistryDialect;
use crate::domain::session::SessionFacts;
use crate::domain::units;
use crate::plan::parts::{EnvironmentName, FORMAT, Kind, Note, Plan, RunPolicy, Stage, StageKind, Target};
use crate::plan::whole::{self, Chosen, Follows, RegistryChange, WholeFacts, note, refusal, some};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The environment.
    pub environment: EnvironmentName,
    /// Where archives go and what makes them; `None` where none is wanted.
    pub archive: Option<Archive>,
    /// Whether the registry's rows go, too.
    pub registry: bool,
    /// How. Concurrency and limits are of use, stages are not.
    pub policy: RunPolicy,
}

/// What must be known of one database.
#[derive(Debug, Clone, Default)]
pub struct DropFacts {
    /// `pg_database.oid`.
    pub oid: Oid,
    /// How many locks the server holds for all its sessions together.
    pub locks: u64,
    /// Who is connected; `None` where that could not be read.
    pub sessions: Option<SessionFacts>,
    /// The tables of the registry that is used.
    pub registry: Option<Tables>,
    /// Who may change its rows, ours first, and what each lacks for that.
    pub writers: Vec<(String, Vec<String>)>,
}

/// One part of the work takes no more locks than this, so that it is short, and no more than its part of the lock table.
const MOST_LOCKS: u64 = 1_600;
const SHARE: u64 = 4;
const FEWEST: u64 = 32;

/// Builds the plan. `known` are the facts of each schema that is meant, `databases` those of each database of the fleet; `None` for one that is
/// not used.
pub fn build(
    fleet: &Fleet,
    chosen: &[(Chosen, WholeFacts)],
    databases: &[Option<DropFacts>],
    asked: &Asked,
    as_of: Timestamp,
) -> Result<Plan, Fault> {
    let used: BTreeSet<usize> = chosen.iter().map(|(chosen, _)| chosen.database).collect();
    let used: Vec<usize> = used.into_iter().collect();
    let facts = |at: usize| databases.get(at).and_then(Option::as_ref);
    let mut notes = Vec::new();
    let mut each = Vec::new();
    let mut targets = Vec::new();
    for (chosen, known) in chosen {
        let Some(facts) = facts(chosen.database) else {
            return Err(Fault::new(FaultKind::Server, "a database could not be read"));
        };
        let path = path(fleet, chosen);
        let registry = changes(fleet, chosen, facts, asked, &path, known, &mut notes);
        let about = About { fleet, chosen, known, facts, asked, path: &path };
        about.notes(&mut notes);
        each.push(Dropped {
            role: known.role(),
            locks: (facts.locks / SHARE).clamp(FEWEST, MOST_LOCKS) as u32,
            keys: known.keys.clone(),
            registrar: registrar(&registry, facts, &mut notes),
            registry,
        });
        targets.push(Target {
            database: used.binary_search(&chosen.database).unwrap_or_default() as u16,
            oid: chosen.oid,
            schema: chosen.schema.clone(),
            group: 0,
            stage: 0,
        });
    }
    if asked.archive.is_none() {
        let hint = "with an archive, what goes can be restored".to_owned();
        notes.push(note("no-archive", Severity::Danger, "what goes is not archived first".into(), Some(hint)));
    }
    let what = match chosen {
        [(one, _)] => one.schema.clone(),
        several => format!("{} schemas", several.len()),
    };
    let database = |at: &usize| whole::database(&fleet.databases[*at], facts(*at).map_or(0, |facts| facts.oid));
    Ok(Plan {
        format: FORMAT,
        kind: Kind::Drop(Box::new(Dropping { what, archive: asked.archive.clone(), each })),
        environment: asked.environment.clone(),
        databases: used.iter().map(database).collect(),
        stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }],
        groups: Vec::new(),
        steps: Vec::new(),
        targets,
        policy: RunPolicy { canary: 0, waves: Vec::new(), ..asked.policy.clone() },
        notes,
        left_out: Vec::new(),
        bystanders: None,
        as_of,
    })
}

/// Who changes the registry; `None` for our role. A refusal is told once.
pub(in crate::plan) fn registrar(changes: &[RegistryChange], facts: &DropFacts, notes: &mut Vec<Note>) -> Option<String> {
    if changes.is_empty() {
        return None;
    }
    whole::registrar(&facts.writers).unwrap_or_else(|why| {
        if !notes.contains(&why) {
            notes.push(why);
        }
        None
    })
}

/// `database/schema` where there are several databases; safe to show.
pub(in crate::plan) fn path(fleet: &Fleet, chosen: &Chosen) -> String {
    match fleet.databases.as_slice() {
        [_] => shown(&chosen.schema).into_owned(),
        databases => format!("{}/{}", shown(&databases[chosen.database].label), shown(&chosen.schema)),
    }
}

/// What changes in the registry, with what there is to say about that.
fn changes(
    fleet: &Fleet,
    chosen: &Chosen,
    facts: &DropFacts,
    asked: &Asked,
    path: &str,
    known: &WholeFacts,
    notes: &mut Vec<Note>,
) -> Vec<RegistryChange> {
    let (tenants, domains) = chosen.registered;
    if tenants == 0 {
        return Vec::new();
    }
    let dialect = fleet.databases[chosen.database].known_registry().map(|registry| registry.dialect);
    if matches!(dialect, Some(RegistryDialect::Apartment | RegistryDialect::EverySchema) | None) {
        return Vec::new();
    }
    if !asked.registry {
        let hint = "remove it from the registry as well: its rows go in the same moment".to_owned();
        let what = format!("{path}: the registry goes on naming it, and the application with it");
        notes.push(note("registry-stays", Severity::Warn, what, Some(hint)));
        return Vec::new();
    }
    let Some(tables) = &facts.registry else {
        let what = format!("{path}: which tables its registry has is not known: a query of fleet.toml reads it");
        notes.push(refusal("registry-unknown", what, "leave the registry out and remove its rows yourself"));
        return Vec::new();
    };
    for (table, follows) in &known.followers {
        let (severity, what) = match follows {
            Follows::Cascade => (Severity::Danger, "rows that lead to the tenant go with it"),
            Follows::Unset => (Severity::Warn, "rows that lead to the tenant lead nowhere afterwards"),
        };
        notes.push(note("registry-followers", severity, format!("{}: {what}", shown(table)), None));
    }
    let domains_go = tables.remove_domains(&chosen.schema).map(|sql| RegistryChange { sql, rows: domains });
    let tenants_go = RegistryChange { sql: tables.remove_tenants(&chosen.schema), rows: tenants };
    domains_go.into_iter().chain([tenants_go]).collect()
}

/// One schema with all that is known of it.
struct About<'a> {
    fleet: &'a Fleet,
    chosen: &'a Chosen,
    known: &'a WholeFacts,
    facts: &'a DropFacts,
    asked: &'a Asked,
    path: &'a str,
}

impl About<'_> {
    fn notes(&self, notes: &mut Vec<Note>) {
        let Self { chosen, known, path, .. } = self;
        notes.extend(whole::role_refusal(chosen, path));
        let tables = if known.tables == 1 { "1 table".to_owned() } else { format!("{} tables", units::count(known.tables)) };
        let what = format!("{path}: {tables}, about {}", units::bytes(known.bytes));
        notes.push(note("size", Severity::Info, what, None));
        if !known.dependents.is_empty() {
            let what = format!("{path}: what is outside of it would go with it: {}", some(&known.dependents));
            notes.push(refusal("depended-on", what, "drop or change these first, by hand"));
        }
        if !known.is_ours && !known.may_become {
            let what = format!("{path}: only its owner {} may drop it", shown(&known.owner));
            notes.push(refusal("not-owner", what, "run as that role, or as a member of it"));
        } else if !known.may_create {
            let what = format!("{path}: it is renamed before it goes, which takes CREATE on the database");
            notes.push(refusal("no-create", what, "grant CREATE on the database to its owner"));
        }
        self.use_notes(notes);
        if !known.keys.is_empty() {
            let what = format!("{path}: foreign keys lead to {}, locked for a moment while they go", some(&known.keys));
            notes.push(note("keys-lead-out", Severity::Info, what, None));
        }
        if self.asked.archive.is_some() {
            self.archive_notes(notes);
        }
    }

    fn use_notes(&self, notes: &mut Vec<Note>) {
        let Self { chosen, path, .. } = self;
        let Some(sessions) = &self.facts.sessions else {
            let what = format!("{path}: who uses it could not be read");
            notes.push(note("use-unknown", Severity::Warn, what, None));
            return;
        };
        let users = whole::users(&self.fleet.databases[chosen.database], sessions, &chosen.schema);
        if !users.live.is_empty() {
            let what = format!("{path}: it is in use by {}", some(&users.live));
            notes.push(refusal("in-use", what, "take the tenant out of service first; screen 6 shows what they do"));
        }
        if users.idle > 0 {
            let sessions =
                if users.idle == 1 { "1 idle session".to_owned() } else { format!("{} idle sessions", users.idle) };
            let what = format!("{path}: {sessions} asked for it last");
            notes.push(note("used-lately", Severity::Warn, what, Some("is the tenant out of service?".into())));
        }
    }

    fn archive_notes(&self, notes: &mut Vec<Note>) {
        let Self { chosen, known, facts, path, .. } = self;
        let server = self.fleet.databases[chosen.database].server.as_ref();
        if server.is_some_and(|server| server.pooler) {
            let what = format!("{path}: an archive needs a direct connection, and a pooler stands between");
            notes.push(refusal("archive-pooler", what, "name the server's own address for this database in fleet.toml"));
        }
        if known.closed > 0 {
            let what =
                format!("{path}: {} of its tables and sequences cannot be read and locked for the archive", known.closed);
            notes.push(refusal("archive-denied", what, "run as their owner, or grant what is missing"));
        }
        // The dump and whoever keeps others from writing meanwhile lock each table once.
        let locks = known.tables * 2;
        if locks > facts.locks / 2 {
            let what = format!(
                "{path}: an archive of its {} tables needs {locks} locks at once, of {} that the server has for all",
                known.tables, facts.locks
            );
            notes.push(refusal("archive-locks", what, "raise max_locks_per_transaction, or drop it without an archive"));
        }
    }
}
