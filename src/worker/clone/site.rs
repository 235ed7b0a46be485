//! What making one target has at hand: its texts, its connections, its count. Sends messages and says what a refusal means. Must not
//! know in which order anything is made.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt as _};

use super::meter::Meter;
use crate::domain::fault::Fault;
use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind};
use crate::pg::write::{Identity, Refused, Writer};
use crate::pg::{Limits, Spec, Texts};
use crate::plan::PlanDatabase;
use crate::plan::clone::message::{FEW, MANY, Making, ROLLBACK};
use crate::plan::clone::{Cloning, Made};
use crate::worker::at_hand::AtHand;
use crate::worker::job::{Outcome, Trouble};
use crate::worker::{judge, link, migrate};

/// Small questions are answered quickly.
pub(super) const SOON: Duration = Duration::from_mins(2);

/// Why a target was not made. Nothing of it is left, but for what is in doubt.
#[derive(Debug)]
pub(super) enum Fail {
    /// Nobody knows what became of it: safe to show.
    Doubt(String),
    /// This.
    Cause(Cause),
    /// It was called off.
    Untouched,
}

impl Fail {
    /// A cause that is no server's.
    pub(super) fn of(kind: CauseKind, what: impl Into<String>, hint: Option<&str>) -> Self {
        Self::Cause(Cause { kind, sqlstate: None, what: what.into(), statement: None, hint: hint.map(str::to_owned) })
    }

    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Doubt(why) => Outcome::Doubt(why),
            Self::Cause(cause) => Outcome::Refused(cause),
            Self::Untouched => Outcome::Untouched,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) at_hand: &'a AtHand<'a>,
    pub(super) cloning: &'a Cloning,
    pub(super) making: Making<'a>,
    pub(super) meter: Arc<Meter<'a>>,
}

impl<'a> Site<'a> {
    /// `None` when the plan has no such target.
    pub(super) fn of(at_hand: &'a AtHand<'a>, cloning: &'a Cloning) -> Option<Self> {
        let common = at_hand.common;
        let making = Making::of(&common.plan, cloning, at_hand.job.target, &common.run.0)?;
        // What is made, and the comparison.
        Some(Self { at_hand, cloning, making, meter: Arc::new(Meter::new(at_hand, cloning.recipe.len() + 1)) })
    }

    /// The same target on another connection.
    pub(super) fn beside<'b>(&self, at_hand: &'b AtHand<'b>) -> Site<'b>
    where
        'a: 'b,
    {
        Site { at_hand, cloning: self.cloning, making: self.making, meter: Arc::clone(&self.meter) as Arc<Meter<'b>> }
    }

    /// How many connections may work on one target: of those that the plan has, what the other targets leave.
    pub(super) fn lanes(&self) -> usize {
        let plan = &self.at_hand.common.plan;
        let connections = usize::from(plan.policy.concurrency.max(1));
        connections / plan.targets.len().clamp(1, connections)
    }

    /// How long a statement may take, and a lock be waited for.
    pub(super) fn limits(&self) -> Limits {
        let policy = &self.at_hand.common.plan.policy;
        let statement = if policy.statement_timeout_ms == 0 { u32::MAX } else { policy.statement_timeout_ms };
        Limits {
            lock: Duration::from_millis(policy.lock_timeout_ms.into()),
            statement: Duration::from_millis(statement.into()),
        }
    }

    /// How long a server may be silent over so many statements.
    pub(super) fn silence(&self, statements: usize) -> Duration {
        migrate::silence(self.at_hand.common.plan.policy.statement_timeout_ms, statements)
    }

    /// Sends a message to the target's database.
    pub(super) async fn send(&self, message: &str, statements: usize) -> Result<Texts, Fail> {
        self.sent(message, statements).await.map_err(|refused| self.fail(refused, None))
    }

    async fn sent(&self, message: &str, statements: usize) -> Result<Texts, Option<Refused>> {
        self.at_hand.send(message, self.silence(statements)).await
    }

    /// Sends all statements of a part: many in a message, so that the way to the server does not count, but few where each of them may
    /// take long or its own transaction is to need few locks. `message` makes the text for some of them; so many commands come before the
    /// first one in it.
    pub(super) async fn chunks(
        &self,
        made: &'a [Made],
        before: u32,
        message: impl Fn(&Making<'a>, &[Made]) -> String,
    ) -> Result<(), Fail> {
        let mut chunks = made.chunks(if self.cloning.phased || self.meter.has_many_rows() { FEW } else { MANY });
        // In one transaction the server finds the next message there when it is done with one: what follows a refusal is refused, too.
        let ahead = if self.cloning.phased { 1 } else { 2 };
        let mut sent = FuturesOrdered::<BoxFuture<'_, _>>::new();
        loop {
            for chunk in chunks.by_ref().take(ahead - sent.len()) {
                let text = message(&self.making, chunk);
                sent.push_back(Box::pin(async move { (chunk, self.sent(&text, chunk.len() + 10).await) }));
            }
            let Some((chunk, answer)) = sent.next().await else { return Ok(()) };
            if let Err(refused) = answer {
                let at_work = refused.as_ref().and_then(|refused| refused.completed.checked_sub(before));
                return Err(self.fail(refused, at_work.and_then(|at| chunk.get(at as usize))));
            }
            self.meter.done(chunk.len());
        }
    }

    /// What a refusal on the target's connection means. `made` was at work.
    pub(super) fn fail(&self, refused: Option<Refused>, made: Option<&Made>) -> Fail {
        let Some(refused) = refused else {
            return Fail::Doubt("the server was asked to cancel it and does not answer".to_owned());
        };
        if refused.lost {
            return Fail::Doubt(refused.fault.what);
        }
        if self.at_hand.common.cancel.is_cancelled() && refused.sqlstate.as_deref() == Some("57014") {
            // Where nothing was committed nothing is left; else a connection that may still write finds out and removes it.
            let in_doubt = || Fail::Doubt("it was cancelled between two transactions".to_owned());
            return if self.cloning.phased { in_doubt() } else { Fail::Untouched };
        }
        Fail::Cause(self.cause(&refused, made))
    }

    /// The same where nothing can be in doubt, as on the source's connection.
    pub(super) fn cause(&self, refused: &Refused, made: Option<&Made>) -> Cause {
        let mut cause = judge::cause(refused, None, &self.at_hand.target().schema);
        let is_object = made.is_some() && !matches!(cause.kind, CauseKind::Pressure | CauseKind::Server);
        if let Some(made) = made.filter(|_| is_object) {
            cause.what = format!("{}: {}", shown(&made.what), cause.what);
        }
        if refused.sqlstate.as_deref() == Some("42P06") {
            cause.hint = Some("it is not this run's: choose another name, or drop it first if nobody needs it".to_owned());
        }
        cause
    }

    /// What a question within a transaction met.
    pub(super) fn fault(&self, writer: &Writer, fault: Fault) -> Fail {
        let mut refused = Refused::from(fault);
        refused.lost = writer.is_lost();
        self.fail(Some(refused), None)
    }

    /// Undoes what is open, where the connection still may be used. What is in doubt stays so.
    pub(super) async fn roll_back(&self, fail: Fail) -> Fail {
        let writer = self.at_hand.writer;
        if matches!(fail, Fail::Doubt(_)) || writer.is_spent() {
            return fail;
        }
        match writer.send(ROLLBACK, SOON).await {
            Ok(_) => fail,
            Err(refused) => Fail::Doubt(refused.fault.what),
        }
    }

    /// Another connection to the source's database, which may be a standby's.
    pub(super) async fn source_writer(&self) -> Result<Writer, Fail> {
        let (spec, database) = self.place(self.cloning.source.database)?;
        let common = self.at_hand.common;
        connected(link::connect_to_read(spec, &common.name, database).await)
    }

    /// Another connection to the target's database.
    pub(super) async fn target_writer(&self) -> Result<Writer, Fail> {
        let (spec, database) = self.place(self.at_hand.target().database)?;
        connected(link::connect(spec, &self.at_hand.common.name, database).await)
    }

    fn place(&self, at: u16) -> Result<(&Spec, &PlanDatabase), Fail> {
        let common = self.at_hand.common;
        let spec = common.specs.get(usize::from(at));
        let spec = spec.ok_or_else(|| Fail::of(CauseKind::Strange, "the plan does not say where that is", None))?;
        Ok((spec, common.database(at)))
    }
}

fn connected(tried: Result<(Writer, Identity), Trouble>) -> Result<Writer, Fail> {
    tried.map(|(writer, _)| writer).map_err(|trouble| match trouble {
        Trouble::Wrong(what) => Fail::of(CauseKind::Strange, what, None),
        Trouble::Passing(what) | Trouble::Full(what) => Fail::of(CauseKind::Server, what, None),
        Trouble::Lost => Fail::of(CauseKind::Server, "another connection is lost", None),
    })
}
