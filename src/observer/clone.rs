//! The door to the plan of a clone: reads which schemas there are, the source once, and what its targets will stand on, and lets the pure
//! planner decide. Must not decide anything itself, nor write anywhere.

mod outside;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::passes::{Known, QUICK, of_shared_schemas, who};
use super::seat::Seat;
use super::{Target, link};
use crate::dialect::ledger;
pub use crate::dialect::register::Entry;
use crate::dialect::register::{Book, Column, Sheet};
use crate::domain::blueprint::Blueprint;
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{self, DatabaseId, Fleet, FleetEvent, Link};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::domain::rights::{Lack, Roles};
use crate::domain::roles::{Policy, Role};
use crate::domain::structure::{Comparison, Fingerprint};
use crate::drift::canonical::{self, Origin};
use crate::pg::catalog::provision;
use crate::pg::{Limits, Reading, Session, catalog};
use crate::plan::clone::build::{Asked, Facts, Place, build};
use crate::plan::clone::{self, Recipe, Rows, Source};
use crate::plan::{EnvironmentName, Plan, PlanDatabase, RunPolicy};

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The environment.
    pub environment: EnvironmentName,
    /// The schema that is cloned: its name, or `database/schema`; `None` is the reference of the configuration.
    pub source: Option<String>,
    /// What is made.
    pub targets: Targets,
    /// Which rows are copied.
    pub rows: Rows,
    /// The label of the database in which they are made; `None` is that of the source.
    pub database: Option<String>,
    /// The role that owns each target, with `{schema}` for its name; `None` as in the source.
    pub owner: Option<String>,
    /// What the registry is told of each; `None` for nothing.
    pub entry: Option<Entry>,
    /// How.
    pub policy: RunPolicy,
}

/// What is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Targets {
    /// Schemas of these raw names.
    Named(Vec<String>),
    /// Those of all tenants that the registry names and that have none.
    Missing,
}

/// Whoever works on a table of the source goes first.
const POLITE: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_secs(30) };

/// The source as it was read.
struct Read {
    source: Source,
    blueprint: Blueprint,
    invalid: Vec<String>,
}

/// Makes the plan from what is there now. `progress` sees every event of the reading. The fault says what cannot be done, or which
/// database cannot be reached.
pub async fn plan(
    targets: Vec<Target>,
    wanted: Wanted,
    mut progress: impl FnMut(&FleetEvent) + Send,
) -> Result<Plan, Fault> {
    let as_of = Timestamp::now();
    let mut fleet = Fleet::new(targets.iter().map(|target| (target.label.clone(), target.policy.clone())));
    let (events, mut incoming) = mpsc::unbounded_channel();
    let emit = |event| drop(events.send(event));
    let sessions = join_all((0..).map(DatabaseId).zip(&targets).map(|(id, target)| connect(id, target, &emit))).await;
    while let Ok(event) = incoming.try_recv() {
        progress(&event);
        fleet.apply(event);
    }
    let made = with(&fleet, &targets, &sessions, wanted, as_of).await;
    join_all(sessions.into_iter().flatten().map(Session::close)).await;
    made
}

/// A connection to one database, of which it is told which schemas it has and who the tenants are.
async fn connect(id: DatabaseId, target: &Target, emit: &(impl Fn(FleetEvent) + Send + Sync)) -> Option<Session> {
    let read = async {
        let (session, server) = link::connect(target, "plan").await?;
        let mut known = Known::new(super::Depth::FACTS).sharing(Seat::default());
        known.take_server(&server);
        emit(FleetEvent::Server(id, server));
        let round_trip_us = session.ping(link::PING).await?.as_micros() as u64;
        emit(FleetEvent::Link(id, Link::Up { round_trip_us }));
        who(&session, id, target, &mut known, emit).await?;
        Ok::<_, Fault>(session)
    };
    match read.await {
        Ok(session) => Some(session),
        Err(fault) => {
            emit(FleetEvent::Link(id, Link::Down { since: Timestamp::now(), fault, retry_at: None }));
            None
        }
    }
}

async fn with(
    fleet: &Fleet,
    targets: &[Target],
    sessions: &[Option<Session>],
    wanted: Wanted,
    as_of: Timestamp,
) -> Result<Plan, Fault> {
    let (from, schema, is_reference) = source(fleet, wanted.source.as_deref())?;
    let to = match &wanted.database {
        None => from,
        Some(label) => database(fleet, label)?,
    };
    let [giving, taking] = [from, to].map(|at| there(&fleet.databases[at], sessions[at].as_ref()));
    let (giving, taking) = (giving?, taking?);
    if fleet.databases[to].server.as_ref().is_some_and(|server| server.standby) {
        let what = format!("{} is a standby, which takes no writes", shown(&fleet.databases[to].label));
        return Err(Fault::new(FaultKind::Usage, what).hint("name its primary in fleet.toml"));
    }
    let names = names(fleet, to, wanted.targets)?;
    let mut read = read(giving, &schema).await?;
    read.source.database = u16::from(from != to);
    let policy = &targets[to].policy;
    let seed = seed(&read.blueprint, policy);
    let recipe = clone::recipe(&read.blueprint, &wanted.rows, &seed)?;
    let mut used = vec![to];
    used.extend((from != to).then_some(from));
    let mut databases = Vec::new();
    for at in used {
        databases.push(plan_database(&fleet.databases[at], there(&fleet.databases[at], sessions[at].as_ref())?).await?);
    }
    let here = taking.read(QUICK).await?;
    let book = if wanted.entry.is_some() { book(&here, policy).await? } else { None };
    let (book, writers) = match book {
        Some(book) => (Some(book.0), book.1),
        None => (None, Vec::new()),
    };
    let others = others(&read.blueprint);
    let owners: Vec<String> = match &wanted.owner {
        Some(pattern) => names.iter().map(|name| pattern.replace("{schema}", name)).collect(),
        None => vec![read.source.owner.clone()],
    };
    let in_source: Vec<&str> = others.keys().map(String::as_str).chain([read.source.owner.as_str()]).collect();
    let all: Vec<&str> = owners.iter().map(String::as_str).chain(in_source.iter().copied()).collect();
    let roles = provision::roles(&here, &all, &in_source).await?;
    here.finish().await?;
    let there = giving.read(POLITE).await?;
    let readers = if from == to { None } else { Some(provision::roles(&there, &in_source, &[]).await?) };
    let mut lacks = lacks(&there, &read.source, &recipe, readers.as_ref().unwrap_or(&roles)).await?;
    let version = |at: usize| fleet.databases[at].server.as_ref().map_or(0, |server| server.version);
    let needed = outside::needed(&there, version(from), &read.source).await?;
    there.finish().await?;
    let ground = outside::There { session: taking, version: version(to), is_other: from != to, roles: &roles };
    let (outside, lacking) = outside::found(ground, needed).await?;
    lacks.extend(lacking);
    let facts = Facts {
        databases,
        is_reference,
        recipe,
        notes: clone::notes(&read.blueprint),
        unlogged: clone::unlogged(&read.blueprint),
        outside,
        invalid: read.invalid,
        places: (place(giving).await?, place(taking).await?),
        taken: fleet.databases[to].schemas.iter().map(|schema| schema.name.clone()).collect(),
        roles,
        others,
        lacks,
        readers,
        book,
        writers,
        registered: fleet.databases[to].known_registry().cloned(),
        source: read.source,
    };
    let Wanted { environment, rows, owner, entry, policy, .. } = wanted;
    Ok(build(facts, &Asked { environment, targets: names, rows, owner, entry, policy }, as_of))
}

/// Who owns something in the source beside its owner, and what.
fn others(blueprint: &Blueprint) -> BTreeMap<String, Vec<String>> {
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in &blueprint.parts {
        if let Some(owner) = part.owner.as_ref().filter(|owner| **owner != blueprint.owner) {
            others.entry(owner.clone()).or_default().push(part.what.clone());
        }
    }
    others
}

/// What these roles lack of what making the source again takes.
async fn lacks(reading: &Reading<'_>, source: &Source, recipe: &Recipe, roles: &Roles) -> Result<Vec<Lack>, Fault> {
    let roles: Vec<&str> = roles.known.keys().map(String::as_str).collect();
    let copied = recipe.copies.iter().flat_map(|copy| std::iter::once(&copy.table).chain(&copy.sequences));
    let copied: Vec<&str> = copied.map(String::as_str).collect();
    provision::lacks(reading, (source.oid, &source.schema), &roles, &copied).await
}

/// The position of the source's database, its raw name, and whether it is what new tenants are made from.
fn source(fleet: &Fleet, asked: Option<&str>) -> Result<(usize, String, bool), Fault> {
    let reference = fleet.databases.iter().find_map(|database| database.policy.reference.clone());
    let Some(name) = asked.map(str::to_owned).or_else(|| reference.clone()) else {
        let fault = Fault::new(FaultKind::Usage, "there is no reference to make tenants from");
        return Err(fault.hint("name the schema that is cloned, or set reference in fleet.toml"));
    };
    let is_meant = |entry: &fleet::Entry<'_>| {
        let schema = entry.schema_name();
        entry.schema.is_some()
            && (schema == name
                || name.strip_suffix(schema).and_then(|rest| rest.strip_suffix('/')) == Some(&entry.database.label))
    };
    let mut found: Vec<fleet::Entry<'_>> = fleet.entries().filter(is_meant).collect();
    found.dedup_by(|a, b| (a.id, a.schema_name()) == (b.id, b.schema_name()));
    match found.as_slice() {
        [one] if matches!(one.row.role, Role::System | Role::Extension) => {
            let what = format!("{} belongs to PostgreSQL or an extension", one.path());
            Err(Fault::new(FaultKind::Usage, what))
        }
        [one] => {
            let schema = one.schema_name().to_owned();
            let is_reference = reference.as_ref() == Some(&schema);
            Ok((usize::from(one.id.0), schema, is_reference))
        }
        [] => {
            // Perhaps it is where nobody answers.
            if let Some(fault) = fleet.databases.iter().find_map(down) {
                return Err(fault);
            }
            let fault = Fault::new(FaultKind::Usage, format!("there is no schema {}", shown(&name)));
            let near = nearest(&name, fleet.entries().map(|entry| entry.schema_name()));
            Err(near.map_or(fault.clone(), |near| fault.hint(format!("did you mean {}?", shown(near)))))
        }
        several => {
            let paths: Vec<String> = several.iter().map(|entry| entry.path().to_string()).collect();
            let fault = Fault::new(FaultKind::Usage, format!("several databases have a schema {}", shown(&name)));
            Err(fault.hint(format!("say which: {}", paths.join(", "))))
        }
    }
}

fn database(fleet: &Fleet, label: &str) -> Result<usize, Fault> {
    fleet.databases.iter().position(|database| database.label == label).ok_or_else(|| {
        let labels: Vec<String> = fleet.databases.iter().map(|database| shown(&database.label).into_owned()).collect();
        let what = format!("there is no database {} in this environment", shown(label));
        Fault::new(FaultKind::Usage, what).hint(format!("it has {}", labels.join(", ")))
    })
}

fn down(database: &fleet::Database) -> Option<Fault> {
    let Link::Down { fault, .. } = &database.link else { return None };
    Some(Fault { what: format!("{}: {}", shown(&database.label), fault.what), ..fault.clone() })
}

fn there<'a>(database: &fleet::Database, session: Option<&'a Session>) -> Result<&'a Session, Fault> {
    session.ok_or_else(|| {
        let what = format!("{} cannot be reached", shown(&database.label));
        down(database).unwrap_or_else(|| Fault::new(FaultKind::Unreachable, what))
    })
}

/// The names of what is made.
fn names(fleet: &Fleet, at: usize, targets: Targets) -> Result<Vec<String>, Fault> {
    let database = &fleet.databases[at];
    match (targets, &database.registry) {
        (Targets::Named(names), _) => Ok(names),
        (Targets::Missing, Some(Err(fault))) => Err(fault.clone()),
        (Targets::Missing, None) => Err(Fault::new(FaultKind::Server, "who the tenants are could not be read")),
        (Targets::Missing, Some(Ok(_))) => {
            let is_missing = |entry: &fleet::Entry<'_>| entry.row.role == Role::Tenant && entry.schema.is_none();
            let missing = database.entries(DatabaseId(at as u16)).filter(is_missing);
            let mut names: Vec<String> = missing.map(|entry| entry.schema_name().to_owned()).collect();
            names.sort();
            names.dedup();
            Ok(names)
        }
    }
}

/// Reads the source: what it is, and how it is made.
async fn read(session: &Session, schema: &str) -> Result<Read, Fault> {
    const ATTEMPTS: usize = 3;
    let mut attempt = 1;
    loop {
        match try_read(session, schema).await {
            // Something was dropped while it was described.
            Err(fault) if fault.kind == FaultKind::Gone && attempt < ATTEMPTS => attempt += 1,
            found => return found,
        }
    }
}

async fn try_read(session: &Session, schema: &str) -> Result<Read, Fault> {
    let reading = session.read(POLITE).await?;
    let version = catalog::context(&reading).await?.version;
    let head = catalog::head(&reading, schema).await?;
    let Some(head) = head else {
        return Err(Fault::new(FaultKind::Gone, format!("there is no schema {} any more", shown(schema))));
    };
    if !head.readable {
        let what = format!("our role may not look into {}", shown(schema));
        return Err(Fault::new(FaultKind::Privilege, what).hint("GRANT USAGE on it, and SELECT on its tables"));
    }
    let exact = exact(&reading, version, head.oid, schema, &head.owner).await?;
    let blueprint = Box::pin(catalog::blueprint::read(&reading, version, head.oid, schema)).await?;
    let invalid = provision::invalid_indexes(&reading, head.oid).await?;
    reading.finish().await?;
    let source = Source { database: 0, oid: head.oid, schema: schema.to_owned(), owner: head.owner, exact };
    Ok(Read { source, blueprint, invalid })
}

async fn exact(reading: &Reading<'_>, version: u32, oid: Oid, schema: &str, owner: &str) -> Result<Fingerprint, Fault> {
    let objects = catalog::objects::read(reading, version, oid, schema).await?;
    let origin = Origin { schema, owner, major: version / 10_000 };
    Ok(canonical::structure(objects, &origin, &Comparison::everything()).exact)
}

/// The tables whose rows a new tenant begins with: its ledger, and what the configuration names.
fn seed(blueprint: &Blueprint, policy: &Policy) -> Vec<String> {
    let is_seed = |name: &&str| ledger::TABLES.contains(name) || policy.seed_tables.iter().any(|seed| seed == name);
    blueprint.tables.iter().map(|table| table.name.as_str()).filter(is_seed).map(str::to_owned).collect()
}

async fn place(session: &Session) -> Result<Place, Fault> {
    let reading = session.read(QUICK).await?;
    let ground = provision::ground(&reading).await?;
    let locks = catalog::database(&reading).await?.locks;
    let is_standby = catalog::context(&reading).await?.standby;
    reading.finish().await?;
    let provision::Ground { encoding, collation } = ground;
    Ok(Place { encoding, collation, locks, is_standby })
}

async fn plan_database(database: &fleet::Database, session: &Session) -> Result<PlanDatabase, Fault> {
    let reading = session.read(QUICK).await?;
    let oid = catalog::database(&reading).await?.oid;
    reading.finish().await?;
    let server = database.server.as_ref();
    Ok(PlanDatabase {
        label: database.label.clone(),
        system_identifier: server.and_then(|server| server.system_identifier),
        oid,
        name: server.map_or_else(String::new, |server| server.database.clone()),
        version: server.map_or(0, |server| server.version),
        pooler: server.is_some_and(|server| server.pooler),
    })
}

/// The registry of a database, where it is one that can be written, and who may write it.
async fn book(reading: &Reading<'_>, policy: &Policy) -> Result<Option<(Book, Vec<(String, Vec<String>)>)>, Fault> {
    let Some(found) = of_shared_schemas(reading, policy).await? else { return Ok(None) };
    let domains = match found.domains {
        Some(oid) => Some(sheet(provision::writable(reading, oid).await?)),
        None => None,
    };
    let tenants = sheet(provision::writable(reading, found.tenants).await?);
    let sheets = std::iter::once(&tenants).chain(&domains);
    let tables: Vec<(&str, &str)> = sheets.map(|sheet| (sheet.schema.as_str(), sheet.name.as_str())).collect();
    let writers = provision::writers(reading, &tables, provision::Change::Insert).await?;
    Ok(Some((Book { dialect: found.dialect, tenants, domains, key: found.key }, writers)))
}

fn sheet(table: provision::Writable) -> Sheet {
    let column = |(name, kind, needed)| Column { name, kind, needed };
    Sheet { schema: table.schema, name: table.name, columns: table.columns.into_iter().map(column).collect() }
}
