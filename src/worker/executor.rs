//! One connection and its work: sends what is ordered, tells what became of it, connects again when the link is lost. Must not decide
//! what comes next, nor know the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::failpoint::{self, Place};
use super::job::{Job, Order, Outcome, SlotId, Told, Trouble};
use super::judge::{self, Verdict};
use super::{ladder, link, settle};
use crate::domain::run::{Backend, How, Skip};
use crate::pg::Spec;
use crate::pg::write::{Refused, Writer};
use crate::plan::message::{LedgerSays, Message, message};
use crate::plan::{Plan, PlanDatabase};

/// What all executors of a worker share.
#[derive(Debug)]
pub(super) struct Common {
    /// The plan.
    pub(super) plan: Plan,
    /// Where and as whom, for each database of the plan.
    pub(super) specs: Vec<Spec>,
    /// What connections are called.
    pub(super) name: String,
    /// Nothing more of a batch is sent.
    pub(super) hold: AtomicBool,
    /// What runs in transactions is cancelled on the server.
    pub(super) cancel: CancellationToken,
    /// Whoever waits to connect again does not wait any longer.
    pub(super) hurry: Notify,
}

impl Common {
    pub(super) fn database(&self, at: u16) -> &PlanDatabase {
        &self.plan.databases[usize::from(at)]
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Executor {
    pub(super) slot: SlotId,
    pub(super) database: u16,
    pub(super) common: Arc<Common>,
    pub(super) told: UnboundedSender<Told>,
}

impl Executor {
    /// Works until no orders can come any more.
    pub(super) async fn work(self, mut orders: UnboundedReceiver<Order>) {
        while !orders.is_closed() {
            let Some(writer) = self.connect(&mut orders).await else { return };
            self.tell(Told::Ready(self.slot, writer.backend().clone()));
            let Some(why) = self.serve(&writer, &mut orders).await else { return };
            self.tell(Told::Down(self.slot, why));
        }
    }

    async fn connect(&self, orders: &mut UnboundedReceiver<Order>) -> Option<Writer> {
        let spec = &self.common.specs[usize::from(self.database)];
        for tries in 0.. {
            match link::connect(spec, &self.common.name, self.common.database(self.database)).await {
                Ok(writer) => return Some(writer),
                Err(trouble) => self.tell(Told::Down(self.slot, trouble)),
            }
            let mut rest = std::pin::pin!(tokio::time::sleep(ladder::wait(tries, ladder::dice())));
            loop {
                tokio::select! {
                    () = &mut rest => break,
                    () = self.common.hurry.notified() => break,
                    order = orders.recv() => self.give_back(order?),
                }
            }
        }
        None
    }

    /// An order that met a lost link is not kept until there is another one, which may never be.
    fn give_back(&self, order: Order) {
        match order {
            Order::Work(jobs, _) => {
                for job in jobs {
                    self.tell(Told::Outcome(self.slot, job.target, 0, Outcome::Untouched));
                }
            }
            Order::Settle(job, _) => {
                let why = "there is no connection to ask on".to_owned();
                self.tell(Told::Outcome(self.slot, job.target, 0, Outcome::Doubt(why)));
            }
        }
        self.tell(Told::Idle(self.slot));
    }

    /// Carries orders out as long as the connection is good; gives why it is not, or nothing when there will be no more orders.
    async fn serve(&self, writer: &Writer, orders: &mut UnboundedReceiver<Order>) -> Option<Trouble> {
        loop {
            let order = tokio::select! {
                order = orders.recv() => order?,
                _ = writer.lost() => return Some(Trouble::Lost),
            };
            match order {
                Order::Work(jobs, backend) => self.batch(writer, &jobs, &backend).await,
                Order::Settle(job, backend) => {
                    let outcome = settle::settle(writer, &self.common, job, backend.as_ref()).await;
                    self.tell(Told::Outcome(self.slot, job.target, 0, outcome));
                }
            }
            self.tell(Told::Idle(self.slot));
            // A cancellation may come late: such a connection writes nothing more.
            if writer.is_lost() || writer.is_spent() {
                return Some(Trouble::Lost);
            }
        }
    }

    async fn batch(&self, writer: &Writer, jobs: &[Job], backend: &Backend) {
        // The link was lost before the order came, and there is another one now.
        let mut goes_on = writer.backend() == backend;
        for job in jobs {
            if !goes_on || writer.is_lost() || self.common.hold.load(Ordering::SeqCst) {
                self.tell(Told::Outcome(self.slot, job.target, 0, Outcome::Untouched));
                continue;
            }
            let began = Instant::now();
            let outcome = self.one(writer, *job).await;
            failpoint::pass(Place::Answered);
            goes_on = matches!(outcome, Outcome::Applied(_));
            let ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
            self.tell(Told::Outcome(self.slot, job.target, ms, outcome));
        }
    }

    async fn one(&self, writer: &Writer, job: Job) -> Outcome {
        let plan = &self.common.plan;
        let is_outside = plan.step(job.target, job.done).is_some_and(|step| !step.transactional);
        if is_outside {
            return super::outside::run(writer, &self.common, job, &|done| self.tell(Told::Statement(job.target, done)))
                .await;
        }
        let Some(message) = message(plan, job.target, job.done) else { return Outcome::Refused(settle::no_message()) };
        match self.send(writer, job, &message).await {
            Ok(transaction) => Outcome::Applied(How::Committed(transaction)),
            Err(None) => Outcome::Doubt("the server was asked to cancel it and does not answer".to_owned()),
            Err(Some(refused)) if refused.lost => Outcome::Doubt(refused.fault.what),
            Err(Some(refused)) if self.common.cancel.is_cancelled() && refused.sqlstate.as_deref() == Some("57014") => {
                Outcome::Untouched
            }
            Err(Some(refused)) => self.judged(writer, job, &refused, &message).await,
        }
    }

    /// Sends the message and gives the transaction that it was. Nothing is known of one that was cancelled and not answered in time.
    async fn send(&self, writer: &Writer, job: Job, message: &Message) -> Result<u64, Option<Refused>> {
        const ASKING: Duration = Duration::from_secs(3);
        const ANSWERING: Duration = Duration::from_secs(10);
        let statements = self.common.plan.step(job.target, job.done).map_or(1, |step| step.statements.len());
        let silence = silence(self.common.plan.policy.statement_timeout_ms, statements);
        let mut sent = std::pin::pin!(writer.send(&message.text, silence));
        let mut cancelled: Option<tokio::time::Instant> = None;
        let answer = loop {
            tokio::select! {
                answer = &mut sent => break answer,
                () = self.common.cancel.cancelled(), if cancelled.is_none() => {
                    // What cannot be cancelled ends by itself, or its server is frozen.
                    let _asked = tokio::time::timeout(ASKING, writer.cancel()).await;
                    cancelled = Some(tokio::time::Instant::now() + ANSWERING);
                }
                () = tokio::time::sleep_until(cancelled.unwrap_or_else(tokio::time::Instant::now)), if cancelled.is_some() => {
                    return Err(None);
                }
                () = die_after_sending(), if failpoint::is_armed(Place::Sent) => failpoint::pass(Place::Sent),
            }
        }
        .map_err(Some)?;
        let transaction = answer.last().and_then(|row| row.first()?.as_deref()?.parse().ok());
        Ok(transaction.unwrap_or_default())
    }

    async fn judged(&self, writer: &Writer, job: Job, refused: &Refused, message: &Message) -> Outcome {
        let schema = &self.common.plan.targets[job.target as usize].schema;
        match judge::verdict(refused, Some(message), schema) {
            Verdict::Gone => Outcome::Skipped(Skip::Gone),
            Verdict::Renamed => Outcome::Skipped(Skip::Renamed),
            Verdict::Cause(cause) => Outcome::Refused(cause),
            Verdict::AskLedger(cause) => match settle::ask(writer, &self.common.plan, job).await {
                settle::Said::Ledger(LedgerSays::Done) => Outcome::Applied(How::Another),
                settle::Said::Ledger(LedgerSays::Moved) => Outcome::Skipped(Skip::LedgerMoved),
                settle::Said::Skip(skip) => Outcome::Skipped(skip),
                // It is certain that our message was undone: what is not known is only whether another one was faster.
                settle::Said::Ledger(LedgerSays::Open) | settle::Said::Unknown(_) => Outcome::Refused(cause),
            },
        }
    }

    fn tell(&self, told: Told) {
        // Nobody listens when the worker ends.
        let _sent = self.told.send(told);
    }
}

/// The server keeps the limit for each statement by itself; one that is silent for longer than all of them is frozen.
fn silence(statement_timeout_ms: u32, statements: usize) -> Duration {
    /// For the guards and the ledger.
    const GRACE: Duration = Duration::from_mins(1);
    const A_DAY: Duration = Duration::from_hours(24);
    if statement_timeout_ms == 0 {
        return A_DAY;
    }
    let statements = u32::try_from(statements).unwrap_or(u32::MAX);
    (Duration::from_millis(statement_timeout_ms.into()).saturating_mul(statements)).saturating_add(GRACE).min(A_DAY)
}

/// Time enough for the message to reach the server.
async fn die_after_sending() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}
