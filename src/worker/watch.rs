//! The second pair of eyes on a database: a connection that holds the turn of the one run that works there, sees who waits for whom,
//! and how far replicas are behind. Must not write anything.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::executor::Common;
use super::job::Told;
use super::{ladder, link};
use crate::domain::name::shown;
use crate::pg::write::{Refused, Writer};
use crate::plan::message::LOCKS;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(500);

/// The watcher of one database.
#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) database: u16,
    pub(super) common: Arc<Common>,
    pub(super) told: UnboundedSender<Told>,
    /// The processes that have worked for a while.
    pub(super) slow: watch::Receiver<Vec<i32>>,
    /// Whether the turn is wanted: who only waits for hours gives it to others meanwhile.
    pub(super) wants_turn: watch::Receiver<bool>,
}

impl Watcher {
    /// Watches until nobody wants to know.
    pub(super) async fn watch(self) {
        let (spec, database) = (&self.common.specs[usize::from(self.database)], self.common.database(self.database));
        let is_written = self.common.plan.targets.iter().any(|target| target.database == self.database);
        for tries in 0.. {
            let connected = if is_written {
                link::connect(spec, &self.common.name, database).await
            } else {
                link::connect_to_read(spec, &self.common.name, database).await
            };
            let seen = match connected {
                Ok((writer, _)) => self.look(&writer).await,
                Err(trouble) => {
                    self.tell(Told::Blind(self.database, trouble));
                    Ok(())
                }
            };
            // It is no part of the work: the connections that do it tell what is wrong.
            drop(seen);
            tokio::select! {
                () = tokio::time::sleep(ladder::wait(tries.min(3), ladder::dice())) => {}
                () = self.told.closed() => return,
            }
        }
    }

    async fn look(&self, writer: &Writer) -> Result<(), Refused> {
        let needs_none = writer.is_pooled() || !self.common.plan.kind.takes_turns();
        let mut wants = self.wants_turn.clone();
        let (mut has_turn, mut is_told) = (needs_none, false);
        let policy = &self.common.plan.policy;
        let mut lagged = false;
        loop {
            // Before the turn: what lags already holds up the first target, too.
            if policy.lag_seconds.is_some()
                && let lag = writer.lag().await?.unwrap_or_default()
                && (lag > 0 || lagged)
            {
                lagged = lag > 0;
                self.tell(Told::Lag(self.database, lag));
            }
            let wanted = *wants.borrow();
            if wanted && !has_turn {
                has_turn = self.take_turn(writer).await?;
            } else if !wanted && has_turn && !needs_none {
                writer.give_turn((LOCKS, 0)).await?;
                has_turn = false;
            }
            if wanted && has_turn && !is_told {
                self.tell(Told::Turn(self.database));
                is_told = true;
            }
            if writer.is_pooled() {
                // A pooler keeps its clients while it changes the server under them.
                self.tell(Told::Server(self.database, writer.identity().await?.server_start_us));
            }
            let slow = self.slow.borrow().clone();
            if !slow.is_empty() && !writer.is_pooled() {
                self.tell(Told::Waits(self.database, writer.waits(&slow).await?));
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                // Whoever asks for the turn again, however soon, does not know that it was kept.
                changed = wants.changed() => match changed {
                    Ok(()) => is_told = false,
                    Err(_) => return Ok(()),
                },
                fault = writer.lost() => return Err(fault.into()),
                () = self.told.closed() => return Ok(()),
            }
        }
    }

    async fn take_turn(&self, writer: &Writer) -> Result<bool, Refused> {
        match writer.take_turn((LOCKS, 0)).await? {
            Ok(()) => Ok(true),
            Err(who) => {
                let label = shown(&self.common.database(self.database).label).into_owned();
                let who = if who.is_empty() { "another session".to_owned() } else { shown(&who).into_owned() };
                self.tell(Told::NoTurn(self.database, format!("{who} works on database {label}")));
                Ok(false)
            }
        }
    }

    fn tell(&self, told: Told) {
        // Nobody listens when the worker ends.
        let _sent = self.told.send(told);
    }
}
