//! Fresh facts about a few schemas as a whole, for plans that drop or rename them. Must not decide anything, nor write anywhere.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::passes::{Known, QUICK, WHOLE, refresh, registries_of_shared_schemas};
use super::seat::Seat;
use super::{Depth, Refresh, Target, ask, link};
use crate::dialect::registry::rows::Tables;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link};
use crate::pg::catalog::provision::Change;
use crate::pg::{Reading, Session, catalog};
use crate::plan::drop::DropFacts;
use crate::plan::whole::{Chosen, Follows, WholeFacts, choose, texts};

/// What was read.
pub(super) struct Read {
    pub(super) as_of: Timestamp,
    pub(super) fleet: Fleet,
    pub(super) chosen: Vec<(Chosen, WholeFacts)>,
    /// Per database of the fleet; `None` for one that is not used.
    pub(super) databases: Vec<Option<DropFacts>>,
}

/// What is wanted beside what everybody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// What would go along.
    Drop,
    /// What names them in text.
    Rename,
}

/// Reads the names of the fleet, then what is to be known of the schemas that are meant. Dropping the future cancels what runs on the servers.
pub(super) async fn read(
    targets: Vec<Target>,
    names: &[String],
    what_for: For,
    progress: &mut (impl FnMut(&FleetEvent) + Send),
) -> Result<Read, Fault> {
    let as_of = Timestamp::now();
    let targets: Vec<Arc<Target>> = targets.into_iter().map(Arc::new).collect();
    let (fleet, sessions) = fleet(&targets, progress).await?;
    let chosen = choose(&fleet, names)?;
    let mut read = Read { as_of, chosen: Vec::new(), databases: vec![None; fleet.databases.len()], fleet };
    for (at, (target, session)) in targets.iter().zip(&sessions).enumerate() {
        let here: Vec<Chosen> = chosen.iter().filter(|chosen| chosen.database == at).cloned().collect();
        let Some(session) = session.as_ref().filter(|_| !here.is_empty()) else { continue };
        let facts = database(session, target, &read.fleet, at, what_for).await?;
        for one in here {
            let known = schema(session, &one, &facts, what_for).await?;
            read.chosen.push((one, known));
        }
        read.databases[at] = Some(facts);
    }
    futures_util::future::join_all(sessions.into_iter().flatten().map(Session::close)).await;
    Ok(read)
}

async fn fleet(
    targets: &[Arc<Target>],
    progress: &mut (impl FnMut(&FleetEvent) + Send),
) -> Result<(Fleet, Vec<Option<Session>>), Fault> {
    let mut fleet = Fleet::new(targets.iter().map(|target| (target.label.clone(), target.policy.clone())));
    let (events, mut incoming) = mpsc::unbounded_channel();
    // Dropping the set ends its tasks.
    let mut tasks = JoinSet::new();
    for (id, target) in (0..).map(DatabaseId).zip(targets.iter().map(Arc::clone)) {
        let events = events.clone();
        tasks.spawn(async move {
            let emit = |event| drop(events.send(event));
            match of_database(id, &target, &emit).await {
                Ok(session) => (id, Some(session)),
                Err(fault) => {
                    emit(FleetEvent::Link(id, Link::Down { since: Timestamp::now(), fault, retry_at: None }));
                    (id, None)
                }
            }
        });
    }
    drop(events);
    while let Some(event) = incoming.recv().await {
        progress(&event);
        fleet.apply(event);
    }
    let mut sessions: Vec<Option<Session>> = targets.iter().map(|_| None).collect();
    while let Some(ended) = tasks.join_next().await {
        let (id, session) = ended.map_err(|_| Fault::new(FaultKind::Server, "a database could not be read"))?;
        sessions[usize::from(id.0)] = session;
    }
    Ok((fleet, sessions))
}

async fn of_database(id: DatabaseId, target: &Target, emit: &(impl Fn(FleetEvent) + Send + Sync)) -> Result<Session, Fault> {
    let (session, server) = link::connect(target, "plan").await?;
    let mut known = Known::new(Depth::NAMES).sharing(Seat::default());
    known.take_server(&server);
    emit(FleetEvent::Server(id, server));
    let round_trip_us = session.ping(link::PING).await?.as_micros() as u64;
    emit(FleetEvent::Link(id, Link::Up { round_trip_us }));
    refresh(&session, id, target, &mut known, Refresh::Full, emit).await?;
    Ok(session)
}

async fn database(session: &Session, target: &Target, fleet: &Fleet, at: usize, what_for: For) -> Result<DropFacts, Fault> {
    let reading = session.read(WHOLE).await?;
    let catalog::DatabaseFacts { oid, locks } = catalog::database(&reading).await?;
    let used = fleet.databases[at].known_registry().map(|registry| registry.source.clone());
    let found = registries_of_shared_schemas(&reading, &target.policy).await?;
    let registry = found.into_iter().find(|found| Some(&found.source) == used.as_ref()).map(|found| found.tables);
    let writers = match &registry {
        Some(tables) => writers(&reading, tables, what_for).await?,
        None => Vec::new(),
    };
    reading.finish().await?;
    let sessions = match ask::sessions::read_within(session, QUICK).await {
        Ok(facts) => Some(facts),
        Err(fault) if session.is_closed() => return Err(fault),
        Err(_) => None,
    };
    Ok(DropFacts { oid, locks, sessions, registry, writers })
}

/// Who may change the rows of a registry.
async fn writers(reading: &Reading<'_>, tables: &Tables, what_for: For) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let (change, domains) = match what_for {
        For::Drop => (Change::Delete, tables.domains.as_ref()),
        For::Rename => (Change::Update, None),
    };
    let named = std::iter::once(&tables.tenants).chain(domains).map(|(schema, name)| (schema.as_str(), name.as_str()));
    let named: Vec<(&str, &str)> = named.collect();
    catalog::provision::writers(reading, &named, change).await
}

async fn schema(session: &Session, chosen: &Chosen, facts: &DropFacts, what_for: For) -> Result<WholeFacts, Fault> {
    let reading = session.read(WHOLE).await?;
    let found = catalog::whole_schemas(&reading, &[chosen.oid]).await?;
    let Some(found) = found.into_iter().next() else {
        return Err(Fault::new(FaultKind::Server, "a schema was dropped while the plan was made"));
    };
    let mut known = WholeFacts {
        owner: found.owner,
        is_ours: found.is_ours,
        may_become: found.may_become,
        may_create: found.may_create,
        tables: found.tables,
        objects: found.objects,
        bytes: found.bytes,
        closed: found.closed,
        ..WholeFacts::default()
    };
    match what_for {
        For::Drop => {
            known.keys = catalog::keys_out_of(&reading, chosen.oid).await?;
            let rows = reading.texts(&texts::dependents(chosen.oid)).await?;
            known.dependents = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
            if let Some(tables) = &facts.registry {
                let tenants = (tables.tenants.0.as_str(), tables.tenants.1.as_str());
                let domains = tables.domains.as_ref().map_or(("", ""), |table| (table.0.as_str(), table.1.as_str()));
                let followers = catalog::followers(&reading, tenants, domains).await?;
                let follows = |goes| if goes { Follows::Cascade } else { Follows::Unset };
                known.followers = followers.into_iter().map(|(table, goes)| (table, follows(goes))).collect();
            }
        }
        For::Rename => known.mentions = catalog::mentions(&reading, &chosen.schema).await?,
    }
    reading.finish().await?;
    Ok(known)
}
