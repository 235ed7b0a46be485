//! The door to everything that only reads: owns the observing connections (at most two per database), collects facts and emits
//! events. Must not write anywhere, nor know who listens.

mod ask;
mod backoff;
pub mod clone;
mod depth;
pub mod detail;
pub mod drop;
mod footprint;
mod link;
mod once;
pub mod passes;
pub mod plan;
pub mod psql;
pub mod rename;
mod seat;
pub mod signal;
mod targets;
mod whole;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::link::{FleetLink, Order, PersonLink, Wanted};
use crate::config::RegistrySource;
use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, FleetEvent};
use crate::domain::question::{Answer, Question};
use crate::domain::roles::Policy;
use crate::pg::Spec;

pub use self::depth::Depth;
pub use self::once::{ask_once, read_once, read_schema, read_structure};
pub use self::seat::Seat;
pub use self::targets::{targets, unlock};
pub use crate::pg::Secret;
pub use crate::source::django::SCRIPT as DJANGO_SCRIPT;

/// One database to observe.
#[derive(Debug, Clone)]
pub struct Target {
    /// The label of the database.
    pub label: String,
    /// Where and as whom.
    pub spec: Spec,
    /// What its schemas are.
    pub policy: Policy,
    /// Where its tenants are listed.
    pub registry: RegistrySource,
    /// What `pg_control_system()` must say.
    pub system_identifier: Option<u64>,
    /// The folder where it is kept how many tenants there were on each day; `None` keeps nothing.
    pub state: Option<PathBuf>,
}

/// What the observer tells.
#[derive(Debug, Clone)]
pub enum Update {
    /// The fleet changed: to be applied to a [`Fleet`](crate::domain::fleet::Fleet).
    Fleet(FleetEvent),
    /// The answer to [`Observer::open_schema`].
    Schema {
        /// The database that was asked.
        database: DatabaseId,
        /// The raw name of the schema that was asked for.
        name: String,
        /// What was found.
        detail: Box<Result<SchemaDetail, Fault>>,
    },
    /// The answer to [`Observer::ask`].
    Answer {
        /// The database that was asked.
        database: DatabaseId,
        /// What was asked.
        question: Question,
        /// What was found.
        answer: Box<Result<Answer, Fault>>,
    },
}

/// How thorough a refresh is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Ask the catalogue's counters first; count again only when something moved, or when sizes and estimates have become old.
    Counters,
    /// Read everything again.
    Full,
}

/// The running observer: background tasks on the current tokio runtime. Dropping it ends them and their connections.
#[derive(Debug)]
pub struct Observer {
    databases: Vec<Desk>,
    stop: DropGuard,
}

/// Where the two tasks of one database take orders.
#[derive(Debug)]
struct Desk {
    orders: UnboundedSender<Order>,
    wanted: UnboundedSender<Wanted>,
    tasks: [JoinHandle<()>; 2],
}

impl Observer {
    /// Starts to observe: connects to all targets in parallel, reads, keeps the links alive, refreshes at the interval (never by
    /// itself when there is none). Target `n` is `DatabaseId(n)`. Must be called within a tokio runtime.
    pub fn start(targets: Vec<Target>, interval: Option<Duration>, updates: UnboundedSender<Update>) -> Self {
        let stop = CancellationToken::new();
        let tasks_stop = stop.clone();
        let databases = (0..)
            .map(DatabaseId)
            .zip(targets.into_iter().map(Arc::new))
            .map(move |(id, target)| desk(id, target, interval, &updates, &tasks_stop))
            .collect();
        Self { databases, stop: stop.drop_guard() }
    }

    /// Asks for a refresh of one database, or of all; reconnects at once where the link is down.
    pub fn refresh(&self, which: Option<DatabaseId>, how: Refresh) {
        for desk in self.chosen(which) {
            let _sent = desk.orders.send(Order::Refresh(how));
        }
    }

    /// Stops or resumes the refreshes at the interval.
    pub fn pause(&self, paused: bool) {
        for desk in self.chosen(None) {
            let _sent = desk.orders.send(Order::Pause(paused));
        }
    }

    /// Asks for one schema; the answer comes as [`Update::Schema`].
    pub fn open_schema(&self, database: DatabaseId, name: &str) {
        for desk in self.chosen(Some(database)) {
            let _sent = desk.wanted.send(Wanted::Schema(name.to_owned()));
        }
    }

    /// Asks one database something; the answer comes as [`Update::Answer`]. One thing is answered after the other.
    pub fn ask(&self, database: DatabaseId, question: &Question) {
        for desk in self.chosen(Some(database)) {
            let _sent = desk.wanted.send(Wanted::Answer(question.clone()));
        }
    }

    /// Ends all tasks, cancels what runs on the servers and waits until the connections are closed (a few seconds at most).
    pub async fn close(self) {
        const MOST: Duration = Duration::from_secs(5);
        drop(self.stop);
        let tasks = self.databases.into_iter().flat_map(|desk| desk.tasks);
        let _closed = tokio::time::timeout(MOST, futures_util::future::join_all(tasks)).await;
    }

    fn chosen(&self, which: Option<DatabaseId>) -> impl Iterator<Item = &Desk> {
        self.databases
            .iter()
            .enumerate()
            .filter(move |(at, _)| which.is_none_or(|id| usize::from(id.0) == *at))
            .map(|(_, desk)| desk)
    }
}

fn desk(
    id: DatabaseId,
    target: Arc<Target>,
    interval: Option<Duration>,
    updates: &UnboundedSender<Update>,
    stop: &CancellationToken,
) -> Desk {
    let (orders, orders_in) = unbounded_channel();
    let (wanted, wanted_in) = unbounded_channel();
    let seat = Seat::default();
    let fleet = FleetLink {
        id,
        target: Arc::clone(&target),
        interval,
        updates: updates.clone(),
        orders: orders_in,
        stop: stop.clone(),
        paused: false,
        seat: seat.clone(),
    };
    let person = PersonLink { id, target, updates: updates.clone(), wanted: wanted_in, stop: stop.clone(), seat };
    Desk { orders, wanted, tasks: [tokio::spawn(fleet.keep()), tokio::spawn(person.keep())] }
}

/// A name, or a name in a schema, as an exact quoted SQL identifier: what a person pastes into psql.
pub fn identifier(parts: &[&str]) -> String {
    parts.iter().map(|part| crate::sqltext::ident(part)).collect::<Vec<_>>().join(".")
}
