//! One target on one connection: what each room that works on targets is given, and how it tells how far it is. Must not know what
//! is done.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::executor::Common;
use super::failpoint::{self, Place};
use super::job::{Job, Told};
use super::judge;
use super::keeping::Keeping;
use crate::domain::catalog::Oid;
use crate::domain::name::shown;
use crate::domain::run::Progress;
use crate::pg::Texts;
use crate::pg::write::{Refused, Writer};
use crate::plan::Target;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtHand<'a> {
    /// The connection.
    pub(super) writer: &'a Writer,
    /// What it keeps.
    pub(super) keeping: &'a Keeping,
    /// What all share.
    pub(super) common: &'a Common,
    /// What is to be done.
    pub(super) job: Job,
    /// Where the dispatcher listens.
    pub(super) told: &'a UnboundedSender<Told>,
}

impl<'a> AtHand<'a> {
    /// The target.
    pub(super) fn target(&self) -> &'a Target {
        &self.common.plan.targets[self.job.target as usize]
    }

    /// Sends a message. `Err(None)`: it was cancelled and not answered in time, nothing is known of it.
    pub(super) async fn send(&self, message: &str, silence: Duration) -> Result<Texts, Option<Refused>> {
        const ANSWERING: Duration = Duration::from_secs(10);
        let mut sent = std::pin::pin!(self.writer.send(message, silence));
        failpoint::pass_sending(Place::Sent, &mut sent).await;
        let mut cancelled: Option<tokio::time::Instant> = None;
        loop {
            tokio::select! {
                answer = &mut sent => return answer.map_err(Some),
                () = self.common.cancel.cancelled(), if cancelled.is_none() => {
                    self.cancel().await;
                    cancelled = Some(tokio::time::Instant::now() + ANSWERING);
                }
                () = tokio::time::sleep_until(cancelled.unwrap_or_else(tokio::time::Instant::now)), if cancelled.is_some() => {
                    return Err(None);
                }
            }
        }
    }

    /// Asks the server to end what it does on this connection, which writes nothing more.
    pub(super) async fn cancel(&self) {
        const ASKING: Duration = Duration::from_secs(3);
        // What cannot be cancelled ends by itself, or its server is frozen.
        let _asked = tokio::time::timeout(ASKING, self.writer.cancel()).await;
    }

    /// So many statements outside of transactions are done. Gives whether that is durable: where it is not, nothing more may be sent.
    pub(super) async fn statement_done(&self, done: u16) -> bool {
        let (durable, heard) = oneshot::channel();
        self.tell(Told::Statement { target: self.job.target, done, durable });
        heard.await.unwrap_or(false)
    }

    /// So far is the work.
    pub(super) fn progress(&self, progress: Progress) {
        self.tell(Told::Progress(self.job.target, progress));
    }

    /// The target has its first object. Gives whether that is durable: where it is not, nothing more may be made.
    pub(super) async fn created(&self, oid: Oid, xid: u64) -> bool {
        let (durable, heard) = oneshot::channel();
        self.tell(Told::Created { target: self.job.target, oid, xid, durable });
        heard.await.unwrap_or(false)
    }

    /// Something about the target is worth keeping; safe to show.
    pub(super) fn noted(&self, text: String) {
        self.tell(Told::Noted(text));
    }

    /// A text in which the target's schema is `{schema}`, safe to show: the same for all targets.
    pub(super) fn without_name(&self, text: &str) -> String {
        shown(&judge::without_name(text, &self.target().schema)).into_owned()
    }

    fn tell(&self, told: Told) {
        // Nobody listens when the worker ends.
        let _sent = self.told.send(told);
    }
}
