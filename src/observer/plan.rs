//! The door to plans: reads fresh facts, the names, the tenants and the ledgers, and the source, and lets the pure planner decide.
//! Must not decide anything itself, nor write anywhere.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::passes::{Known, QUICK, WHOLE, refresh, whose_ledgers};
use super::seat::Seat;
use super::{Depth, Refresh, Target, link};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link};
use crate::domain::registry::RegistryDialect;
use crate::drift;
use crate::pg::catalog::Works;
use crate::pg::{Session, catalog};
use crate::plan::check::{self, CheckFacts, Closed, ClosedKind, TableFacts};
use crate::plan::migrate::{self, Asked, Commanded, DatabaseFacts, File, PlanFacts, Script, Selection};
use crate::plan::{CommandLine, EnvironmentName, Kind, Plan, RunPolicy};
use crate::source::{self, Source};
use crate::sqltext;

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The environment.
    pub environment: EnvironmentName,
    /// The folder of migrations, or the bundle of Django's; `None` where a command does it, and only `to` is known of what that leads to.
    pub source: Option<PathBuf>,
    /// The migration with which it ends, as a person names it; `None` is all.
    pub to: Option<String>,
    /// Whether what came after `to` is taken back, rather than what leads to it applied.
    pub reverse: bool,
    /// Whether migrations that are older than some that are applied are applied late.
    pub late: bool,
    /// Which schemas.
    pub selection: Selection,
    /// How. An empty `search_path` is filled with what sessions of tenants have after their own schema.
    pub policy: RunPolicy,
    /// The program that brings schemas up to date, where statements of ours do not.
    pub command: Option<CommandLine>,
}

/// Makes the plan from what is there now. `progress` sees every event of the reading. The fault says what cannot be done, or which
/// database cannot be reached. Dropping the future cancels what runs on the servers.
pub async fn plan(
    targets: Vec<Target>,
    wanted: Wanted,
    mut progress: impl FnMut(&FleetEvent) + Send,
) -> Result<Plan, Fault> {
    let (files, command) = read_source(&wanted).await?;
    let as_of = Timestamp::now();
    let mut fleet = Fleet::new(targets.iter().map(|target| (target.label.clone(), target.policy.clone())));
    let depth = depth(&wanted.selection);
    let (events, mut incoming) = mpsc::unbounded_channel();
    // Dropping the set ends its tasks.
    let mut tasks = JoinSet::new();
    for (id, target) in (0..).map(DatabaseId).zip(targets.into_iter().map(Arc::new)) {
        let events = events.clone();
        tasks.spawn(async move {
            let emit = |event| drop(events.send(event));
            match read(id, &target, depth, &emit).await {
                Ok((session, facts)) => (id, Some(session), facts),
                Err(fault) => {
                    emit(FleetEvent::Link(id, Link::Down { since: Timestamp::now(), fault, retry_at: None }));
                    (id, None, DatabaseFacts::default())
                }
            }
        });
    }
    drop(events);
    while let Some(event) = incoming.recv().await {
        progress(&event);
        fleet.apply(event);
    }
    let mut read: Vec<(DatabaseId, Option<Session>, DatabaseFacts)> = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        read.push(ended.map_err(|_| Fault::new(FaultKind::Server, "a database could not be read"))?);
    }
    read.sort_by_key(|(id, ..)| *id);
    let (sessions, databases): (Vec<Option<Session>>, Vec<DatabaseFacts>) =
        read.into_iter().map(|(_, session, facts)| (session, facts)).unzip();
    if depth.is_some_and(Depth::has_drift) {
        drift::judge(&mut fleet);
    }
    let Wanted { environment, to, reverse, late, selection, mut policy, .. } = wanted;
    if policy.search_path.is_empty() {
        policy.search_path = search_path(&fleet);
    }
    let asked = Asked { environment, files, to, reverse, late, selection, policy, command };
    let made = make(&fleet, &PlanFacts { databases }, &asked, &sessions, as_of).await;
    futures_util::future::join_all(sessions.into_iter().flatten().map(Session::close)).await;
    made
}

/// The migrations, and the program that does them, if one does.
async fn read_source(wanted: &Wanted) -> Result<(Vec<File>, Option<Commanded>), Fault> {
    let bare = wanted.source.is_none();
    let command = wanted.command.clone().map(|line| Commanded { line, bare });
    if command.is_some() && wanted.reverse {
        return Err(Fault::new(FaultKind::Usage, "a command does not take migrations back").hint("name the folder of SQL"));
    }
    let Some(folder) = wanted.source.clone() else {
        let to = wanted.to.as_deref().filter(|_| command.is_some()).ok_or_else(|| {
            Fault::new(FaultKind::Usage, "what the command leads to is not said")
                .hint("name the migration as the ledger has it afterwards, or set migrations in fleet.toml")
        })?;
        return Ok((vec![Commanded::file(to)], command));
    };
    let source = tokio::task::spawn_blocking(move || source::load(&folder).and_then(files)).await;
    Ok((source.map_err(|_| Fault::new(FaultKind::Local, "the migrations could not be read"))??, command))
}

async fn make(
    fleet: &Fleet,
    facts: &PlanFacts,
    asked: &Asked,
    sessions: &[Option<Session>],
    as_of: Timestamp,
) -> Result<Plan, Fault> {
    let mut plan = migrate::build(fleet, facts, asked, as_of)?;
    if !plan.targets.is_empty() {
        let names: Vec<String> = migrate::names(&plan).into_iter().collect();
        let mut known = CheckFacts::default();
        let used: HashSet<&str> = plan.databases.iter().map(|database| database.label.as_str()).collect();
        let of_use = fleet.databases.iter().zip(sessions).filter(|(database, _)| used.contains(database.label.as_str()));
        for (database, session) in of_use.filter_map(|(database, session)| Some((database, session.as_ref()?))) {
            tables(session, &names, &plan.policy.search_path, &mut known).await?;
            rights(session, &database.label, &plan, &mut known).await?;
        }
        migrate::finish(&mut plan, asked, known);
    }
    Ok(plan)
}

/// How deep a selection needs the fleet to be read; `None` where its ledgers are enough.
fn depth(selection: &Selection) -> Option<Depth> {
    match selection {
        Selection::All | Selection::Named(_) => None,
        Selection::Filter(filter) if filter.needs_drift() => Some(Depth::DRIFT),
        Selection::Filter(_) => Some(Depth { ledgers: true, ..Depth::FACTS }),
    }
}

async fn read(
    id: DatabaseId,
    target: &Target,
    depth: Option<Depth>,
    emit: &(impl Fn(FleetEvent) + Send + Sync),
) -> Result<(Session, DatabaseFacts), Fault> {
    let (session, server) = link::connect(target, "plan").await?;
    let mut known = Known::new(depth.unwrap_or_default()).sharing(Seat::default());
    known.take_server(&server);
    emit(FleetEvent::Server(id, server));
    let round_trip_us = session.ping(link::PING).await?.as_micros() as u64;
    emit(FleetEvent::Link(id, Link::Up { round_trip_us }));
    match depth {
        Some(_) => refresh(&session, id, target, &mut known, Refresh::Full, emit).await?,
        None => whose_ledgers(&session, id, target, &mut known, emit).await?,
    }
    let reading = session.read(QUICK).await?;
    let (oid, denied) = (catalog::database(&reading).await?.oid, catalog::denied(&reading).await?);
    let owners = catalog::owners(&reading).await?;
    reading.finish().await?;
    let facts = DatabaseFacts { oid, denied, owners, fingerprints: known.fingerprints() };
    Ok((session, facts))
}

/// Adds what one database tells of tables of these names.
async fn tables(session: &Session, names: &[String], shared: &[String], known: &mut CheckFacts) -> Result<(), Fault> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let shared: Vec<&str> = shared.iter().map(String::as_str).collect();
    let reading = session.read(WHOLE).await?;
    let found = catalog::tables_named(&reading, &names, &shared).await?;
    let locks = catalog::database(&reading).await?.locks;
    reading.finish().await?;
    known.locks = Some(known.locks.map_or(locks, |least| least.min(locks)));
    let mut behind: BTreeMap<String, String> = BTreeMap::new();
    for table in found {
        if let Some(schema) = table.shared {
            behind.insert(table.name, schema);
            continue;
        }
        let TableFacts { rows, bytes } = known.tables.entry(table.name).or_default();
        *rows = (*rows).max(table.rows);
        *bytes += table.bytes;
    }
    known.shared.extend(behind);
    let CheckFacts { tables, shared, .. } = known;
    shared.retain(|name, _| !tables.contains_key(name));
    Ok(())
}

/// Adds what is closed to who works in the schemas of one database.
async fn rights(session: &Session, label: &str, plan: &Plan, known: &mut CheckFacts) -> Result<(), Fault> {
    let ledgers: Vec<(&str, &str)> = check::ledgers(plan).into_iter().collect();
    let changed = check::changed(plan);
    let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
    let works = if matches!(plan.kind, Kind::Command(_)) { Works::AsOurs } else { Works::AsOwner };
    let reading = session.read(WHOLE).await?;
    let closed = catalog::closed(&reading, &ledgers, &changed, works).await?;
    reading.finish().await?;
    known.closed.extend(closed.into_iter().map(|closed| Closed {
        database: label.to_owned(),
        schema: closed.schema,
        name: closed.name,
        owner: closed.owner,
        worker: closed.worker,
        what: ClosedKind::from_word(&closed.what),
    }));
    Ok(())
}

/// What sessions of tenants have in their `search_path` after their own schema: what all share, where the registry's tool has it so,
/// then what the configuration adds.
fn search_path(fleet: &Fleet) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    for database in &fleet.databases {
        let dialect = database.known_registry().map(|registry| registry.dialect);
        let is_shared = matches!(
            dialect,
            Some(RegistryDialect::DjangoTenants | RegistryDialect::DjangoTenantSchemas | RegistryDialect::DjangoPgschemas)
        );
        let policy = &database.policy;
        let all = policy.shared.first().cloned().unwrap_or_else(|| "public".to_owned());
        for schema in is_shared.then_some(all).into_iter().chain(policy.extra_search_path.iter().cloned()) {
            if !path.contains(&schema) {
                path.push(schema);
            }
        }
    }
    path
}

/// The migrations of a source with their texts cut into statements.
fn files(source: Source) -> Result<Vec<File>, Fault> {
    let script = |script: source::Script| {
        let statements = sqltext::split(&script.sql).map_err(|uncut| uncut.fault(&script.origin))?;
        let statements = statements.into_iter().map(|piece| piece.sql.to_owned()).collect();
        Ok(Script { origin: script.origin, sha256: script.sha256, statements, transactional: script.transactional })
    };
    let file = |file: source::File| {
        let down = file.down.map(script).transpose()?;
        let up = file.up.and_then(script);
        Ok(File { migration: file.migration, up, down, needs: file.needs })
    };
    source.files.into_iter().map(file).collect()
}

/// The SHA-256 of each text of a source by its origin, as [`crate::plan::resume::may_resume`] takes it.
pub fn hashes(source: &Source) -> BTreeMap<String, String> {
    let scripts = source.files.iter().flat_map(|file| file.up.as_ref().ok().into_iter().chain(&file.down));
    scripts.map(|script| (script.origin.clone(), script.sha256.clone())).collect()
}
