//! The life of the connections to one database: connect, check who answers, read, keep alive, come back after a loss. At most two
//! at a time: one that reads the fleet, one that is opened when a person opens a schema, or else helps with a long pass. Must not know what is read.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::passes::{Known, refresh};
use super::seat::{Seat, Taken};
use super::{Depth, Refresh, Target, Update, ask, detail, footprint};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, FleetEvent, Link, Server};
use crate::domain::question::Question;
use crate::pg::{Limits, Session, catalog};

/// How long a round trip without a query may take.
pub(super) const PING: Duration = Duration::from_secs(5);

/// The limits of the first questions.
const GREETING: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(5) };

/// What a person asks of the link that reads the fleet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Refresh(Refresh),
    Pause(bool),
}

/// Connects and makes sure that it is the database that was meant.
pub(super) async fn connect(target: &Target, purpose: &str) -> Result<(Session, Server), Fault> {
    let session = Session::connect(&target.spec, purpose).await?;
    let server = async {
        let reading = session.read(GREETING).await?;
        let server = catalog::server(&reading).await?;
        reading.finish().await?;
        check_identity(target, &server).map(|()| server)
    }
    .await;
    match server {
        Ok(server) => Ok((session, server)),
        Err(fault) => {
            session.close().await;
            Err(fault)
        }
    }
}

fn check_identity(target: &Target, server: &Server) -> Result<(), Fault> {
    let Some(expected) = target.system_identifier else { return Ok(()) };
    match server.system_identifier {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(Fault::new(
            FaultKind::WrongDatabase,
            format!("{} is another server: its system identifier is {found}, expected {expected}", target.spec.place()),
        )
        .hint("a familiar name may lead to a restored copy; correct system_identifier in fleet.toml only when this is intended")),
        None => Err(Fault::new(
            FaultKind::WrongDatabase,
            format!("{} does not tell its system identifier, expected {expected}", target.spec.place()),
        )
        .hint("grant EXECUTE ON FUNCTION pg_control_system() to this role, or take system_identifier out of fleet.toml")),
    }
}

/// Why a connection is given up.
enum Ended {
    /// The link was lost.
    Lost(Fault),
    /// The server process has grown by what it was asked: a new connection takes its place.
    Heavy,
}

/// The link that reads the fleet, kept until `stop`.
pub(super) struct FleetLink {
    pub(super) id: DatabaseId,
    pub(super) target: Arc<Target>,
    pub(super) interval: Option<Duration>,
    pub(super) updates: UnboundedSender<Update>,
    pub(super) orders: UnboundedReceiver<Order>,
    pub(super) stop: CancellationToken,
    pub(super) paused: bool,
    pub(super) seat: Seat,
}

impl FleetLink {
    pub(super) async fn keep(mut self) {
        let mut known = Known::new(Depth::ALL).sharing(self.seat.clone());
        let mut backoff = Backoff::default();
        let mut down_since: Option<Timestamp> = None;
        let stop = self.stop.clone();
        // With nothing known this reads everything.
        let mut first = Some(Refresh::Counters);
        loop {
            let connected = tokio::select! {
                () = stop.cancelled() => return,
                connected = connect(&self.target, "fleet") => connected,
            };
            let fault = match connected {
                Ok((session, server)) => {
                    known.take_server(&server);
                    self.emit(FleetEvent::Server(self.id, server));
                    let ended = tokio::select! {
                        () = stop.cancelled() => None,
                        ended = self.live(&session, first, &mut known, &mut backoff, &mut down_since) => Some(ended),
                    };
                    session.close().await;
                    match ended {
                        Some(Ended::Lost(fault)) => fault,
                        Some(Ended::Heavy) => {
                            first = None;
                            continue;
                        }
                        None => return,
                    }
                }
                Err(fault) => fault,
            };
            let since = *down_since.get_or_insert_with(Timestamp::now);
            let wait = fault.is_passing().then(|| backoff.next());
            let retry_at = wait.map(|wait| Timestamp::now() + SignedDuration::from_millis(wait.as_millis() as i64));
            self.emit(FleetEvent::Link(self.id, Link::Down { since, fault, retry_at }));
            tokio::select! {
                () = stop.cancelled() => return,
                again = self.wait_down(wait) => match again {
                    // A server or pooler may end idle connections every minute: what has not moved is not counted again.
                    Some(how) => first = Some(how),
                    None => return,
                },
            }
        }
    }

    /// Reads now (unless `first` is none), at each order and at the interval, until the connection ends or should be replaced.
    async fn live(
        &mut self,
        session: &Session,
        first: Option<Refresh>,
        known: &mut Known,
        backoff: &mut Backoff,
        down_since: &mut Option<Timestamp>,
    ) -> Ended {
        let mut next = first;
        loop {
            let round_trip = match session.ping(PING).await {
                Ok(round_trip) => round_trip,
                Err(fault) => return Ended::Lost(fault),
            };
            let round_trip_us = round_trip.as_micros() as u64;
            self.emit(FleetEvent::Link(self.id, Link::Up { round_trip_us }));
            *down_since = None;
            if let Some(how) = next {
                let emit = |event| self.emit(event);
                if let Err(fault) = refresh(session, self.id, &self.target, known, how, &emit).await {
                    return Ended::Lost(fault);
                }
                backoff.reset();
                if known.take_heavy() {
                    return Ended::Heavy;
                }
            } else if let Some(backend) = footprint::measure(session).await {
                self.emit(FleetEvent::Backend(self.id, backend));
            }
            next = match self.wait_up(session).await {
                Ok(how) => Some(how),
                Err(fault) => return Ended::Lost(fault),
            };
        }
    }

    /// Waits until there is a reason to read again.
    async fn wait_up(&mut self, session: &Session) -> Result<Refresh, Fault> {
        let due = self.interval.map(|interval| Instant::now() + interval);
        loop {
            let tick = async {
                match due {
                    Some(due) if !self.paused => tokio::time::sleep_until(due).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                fault = session.closed() => return Err(fault),
                () = tick => return Ok(Refresh::Counters),
                order = self.orders.recv() => match order {
                    Some(Order::Refresh(how)) => return Ok(self.strongest(how)),
                    Some(Order::Pause(paused)) => self.paused = paused,
                    // The observer is gone, `stop` follows.
                    None => std::future::pending().await,
                },
            }
        }
    }

    /// Waits for the next attempt; an order to refresh is the next attempt. Without a `wait` only such an order is. Gives how
    /// thorough it is; `None` when there is nobody left to give orders.
    async fn wait_down(&mut self, wait: Option<Duration>) -> Option<Refresh> {
        let due = wait.map(|wait| Instant::now() + wait);
        loop {
            let tick = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tick => return Some(Refresh::Counters),
                order = self.orders.recv() => match order {
                    Some(Order::Refresh(how)) => return Some(self.strongest(how)),
                    Some(Order::Pause(paused)) => self.paused = paused,
                    None => return None,
                },
            }
        }
    }

    /// Of the orders that came meanwhile only the most thorough is carried out.
    fn strongest(&mut self, first: Refresh) -> Refresh {
        let mut how = first;
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Refresh(Refresh::Full) => how = Refresh::Full,
                Order::Refresh(Refresh::Counters) => {}
                Order::Pause(paused) => self.paused = paused,
            }
        }
        how
    }

    fn emit(&self, event: FleetEvent) {
        // Nobody listens any more: the observer is being dropped.
        let _sent = self.updates.send(Update::Fleet(event));
    }
}

/// What a person wants of the second connection.
#[derive(Debug)]
pub(super) enum Wanted {
    /// One schema, by its raw name.
    Schema(String),
    /// An answer.
    Answer(Question),
}

/// The link that opens schemas and answers questions: connected when it is needed, closed when nobody has asked for a while.
pub(super) struct PersonLink {
    pub(super) id: DatabaseId,
    pub(super) target: Arc<Target>,
    pub(super) updates: UnboundedSender<Update>,
    pub(super) wanted: UnboundedReceiver<Wanted>,
    pub(super) stop: CancellationToken,
    pub(super) seat: Seat,
}

/// The connection, in its seat, and how much it was asked.
type Opened = (Session, Taken, u32);

/// The memory of a backend that looks at many schemas grows and never shrinks: it is replaced after so many.
const SCHEMAS_PER_SESSION: u32 = 50;

/// How long an unused second connection is kept. While screen 6 is shown it is asked every two seconds and so stays open: connecting
/// anew each time would cost the server more, between two questions it is idle outside of any transaction (no snapshot, no lock, and
/// no server connection behind a pooler in transaction mode), and what it reads leaves its process no larger. A long pass has no help
/// from the seat meanwhile. Paused, or with the screen left, nobody asks, and it is closed after this time.
const IDLE: Duration = Duration::from_mins(1);

impl PersonLink {
    pub(super) async fn keep(mut self) {
        let stop = self.stop.clone();
        let mut open: Option<Opened> = None;
        loop {
            let wanted = tokio::select! {
                () = stop.cancelled() => break,
                wanted = self.wanted.recv() => wanted,
                () = tokio::time::sleep(IDLE), if open.is_some() => {
                    close(open.take()).await;
                    continue;
                }
            };
            let Some(wanted) = wanted else { break };
            let update = tokio::select! {
                () = stop.cancelled() => break,
                update = self.serve(&mut open, wanted) => update,
            };
            if self.updates.send(update).is_err() {
                break;
            }
        }
        close(open).await;
    }

    async fn serve(&self, open: &mut Option<Opened>, wanted: Wanted) -> Update {
        let is_reused = open.is_some();
        let update = self.try_serve(open, &wanted).await;
        if !is_reused || !is_unreachable(&update) {
            return update;
        }
        // The connection was lost since it was used last; a new one may do.
        close(open.take()).await;
        self.try_serve(open, &wanted).await
    }

    async fn try_serve(&self, open: &mut Option<Opened>, wanted: &Wanted) -> Update {
        let database = self.id;
        let session = self.session(open).await;
        match wanted {
            Wanted::Schema(name) => {
                let detail = match session {
                    Ok((session, asked)) => {
                        *asked += 1;
                        detail::schema_detail(session, &self.target, name).await
                    }
                    Err(fault) => Err(fault),
                };
                Update::Schema { database, name: name.clone(), detail: Box::new(detail) }
            }
            Wanted::Answer(question) => {
                let answer = match session {
                    Ok((session, _)) => ask::answer(session, &self.target, question).await,
                    Err(fault) => Err(fault),
                };
                Update::Answer { database, question: question.clone(), answer: Box::new(answer) }
            }
        }
    }

    /// The open connection, or a new one, and how many schemas it was asked for.
    async fn session<'o>(&self, open: &'o mut Option<Opened>) -> Result<(&'o Session, &'o mut u32), Fault> {
        if open.as_ref().is_some_and(|(session, _, asked)| *asked >= SCHEMAS_PER_SESSION || session.is_closed()) {
            close(open.take()).await;
        }
        if open.is_none() {
            let taken = self.seat.for_person().await;
            *open = Some((connect(&self.target, "person").await?.0, taken, 0));
        }
        match open {
            Some((session, _, asked)) => Ok((session, asked)),
            None => Err(Fault::new(FaultKind::Unreachable, "the connection is gone")),
        }
    }
}

fn is_unreachable(update: &Update) -> bool {
    let fault = match update {
        Update::Fleet(_) => None,
        Update::Schema { detail, .. } => detail.as_ref().as_ref().err(),
        Update::Answer { answer, .. } => answer.as_ref().as_ref().err(),
    };
    fault.is_some_and(|fault| fault.kind == FaultKind::Unreachable)
}

async fn close(open: Option<Opened>) {
    if let Some((session, ..)) = open {
        session.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RegistrySource;
    use crate::domain::roles::Policy;
    use crate::pg::Spec;

    fn checked(expected: Option<u64>, found: Option<u64>) -> Result<(), Fault> {
        let target = Target {
            label: "eu".into(),
            spec: Spec::parse("host=db1 user=me dbname=app").unwrap(),
            policy: Policy::default(),
            registry: RegistrySource::Auto,
            state: None,
            system_identifier: expected,
        };
        let server = Server {
            version: 150_018,
            system_identifier: found,
            database: "app".into(),
            standby: false,
            role: "me".into(),
            superuser: false,
            pooler: false,
        };
        check_identity(&target, &server)
    }

    #[test]
    fn another_system_identifier_is_another_database() {
        assert_eq!(checked(None, Some(1)), Ok(()));
        assert_eq!(checked(Some(7), Some(7)), Ok(()));
        let fault = checked(Some(7), Some(8)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::WrongDatabase);
        assert!(fault.what.contains("identifier is 8, expected 7") && !fault.is_passing(), "{}", fault.what);
        assert!(fault.hint.unwrap().contains("restored copy"));
    }

    #[test]
    fn an_identity_that_cannot_be_checked_is_not_assumed() {
        assert_eq!(checked(Some(7), None).unwrap_err().kind, FaultKind::WrongDatabase);
    }
}
