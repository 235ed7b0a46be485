//! Reading once, for the headless face: connect, read, say good-bye, never try again. Must not know who asked.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::passes::{Known, refresh};
use super::seat::Seat;
use super::{Depth, Refresh, Target, ask, detail, link};
use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link};
use crate::domain::question::{Answer, Question};
use crate::domain::structure::Structure;

/// Reads the fleet once: waits until each database is complete or known to be out of reach. `progress` sees every event. Dropping
/// the future cancels what runs on the servers.
pub async fn read_once(targets: Vec<Target>, depth: Depth, mut progress: impl FnMut(&FleetEvent) + Send) -> Fleet {
    let mut fleet = Fleet::new(targets.iter().map(|target| (target.label.clone(), target.policy.clone())));
    let (events, mut incoming) = mpsc::unbounded_channel();
    // Dropping the set ends its tasks.
    let mut tasks = JoinSet::new();
    for (id, target) in (0..).map(DatabaseId).zip(targets.into_iter().map(Arc::new)) {
        let events = events.clone();
        tasks.spawn(async move {
            let emit = |event| drop(events.send(event));
            if let Err(fault) = read(id, &target, depth, &emit).await {
                emit(FleetEvent::Link(id, Link::Down { since: Timestamp::now(), fault, retry_at: None }));
            }
        });
    }
    drop(events);
    while let Some(event) = incoming.recv().await {
        progress(&event);
        fleet.apply(event);
    }
    fleet
}

async fn read(
    id: DatabaseId,
    target: &Target,
    depth: Depth,
    emit: &(impl Fn(FleetEvent) + Send + Sync),
) -> Result<(), Fault> {
    let (session, server) = link::connect(target, "once").await?;
    let mut known = Known::new(depth).sharing(Seat::default());
    known.take_server(&server);
    emit(FleetEvent::Server(id, server));
    let round_trip_us = session.ping(link::PING).await?.as_micros() as u64;
    emit(FleetEvent::Link(id, Link::Up { round_trip_us }));
    let read = refresh(&session, id, target, &mut known, Refresh::Full, emit).await;
    session.close().await;
    read
}

/// Reads the structure of one schema once (raw name).
pub async fn read_structure(target: &Target, name: &str) -> Result<Structure, Fault> {
    let (session, _) = link::connect(target, "once").await?;
    let found = detail::structure(&session, target, name).await;
    session.close().await;
    found
}

/// Reads one schema once.
pub async fn read_schema(target: &Target, name: &str) -> Result<SchemaDetail, Fault> {
    let (session, _) = link::connect(target, "once").await?;
    let found = detail::schema_detail(&session, target, name).await;
    session.close().await;
    found
}

/// Asks one database once.
pub async fn ask_once(target: &Target, question: &Question) -> Result<Answer, Fault> {
    let (session, _) = link::connect(target, "once").await?;
    let found = ask::answer(&session, target, question).await;
    session.close().await;
    found
}
