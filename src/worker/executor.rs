//! One connection and its work: sends what is ordered, tells what became of it, connects again when the link is lost. Must not decide
//! what comes next, nor know the run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::at_hand::AtHand;
use super::command::{self, Password};
use super::failpoint::{self, Place};
use super::job::{Job, Order, Outcome, SlotId, Told, Trouble, Verified};
use super::keeping::Keeping;
use super::{clone, drop, ladder, latecomers, link, migrate, rename, settle, signal, verify};
use crate::domain::run::{Backend, RunId};
use crate::pg::Spec;
use crate::pg::write::Writer;
use crate::plan::{Kind, Plan, PlanDatabase};

/// What all executors of a worker share.
#[derive(Debug)]
pub(super) struct Common {
    /// The plan.
    pub(super) plan: Plan,
    /// Where and as whom, for each database of the plan.
    pub(super) specs: Vec<Spec>,
    /// The run's folder.
    pub(super) folder: PathBuf,
    /// The passwords for programs, by database, where programs are run.
    pub(super) passwords: Vec<Option<Password>>,
    /// What connections are called.
    pub(super) name: String,
    /// The run.
    pub(super) run: RunId,
    /// Nothing more of a batch is sent.
    pub(super) hold: AtomicBool,
    /// What runs in transactions is cancelled on the server.
    pub(super) cancel: CancellationToken,
    /// Whoever waits to connect again does not wait any longer.
    pub(super) hurry: Notify,
    /// What is known of the source, where the run is one of clones.
    pub(super) source: clone::Seen,
}

impl Common {
    pub(super) fn database(&self, at: u16) -> &PlanDatabase {
        &self.plan.databases[usize::from(at)]
    }
}

/// A connection was lost, and that is told.
#[derive(Debug)]
struct Lost;

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
            let Some((writer, server_start)) = self.connect(&mut orders).await else { return };
            self.tell(Told::Ready(self.slot, writer.backend().clone(), server_start));
            let Some(Lost) = self.serve(&writer, &mut orders).await else { return };
        }
    }

    /// A connection, and when its server began.
    async fn connect(&self, orders: &mut UnboundedReceiver<Order>) -> Option<(Writer, i64)> {
        let spec = &self.common.specs[usize::from(self.database)];
        for tries in 0.. {
            match link::connect(spec, &self.common.name, self.common.database(self.database)).await {
                Ok((writer, identity)) => return Some((writer, identity.server_start_us)),
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
            Order::Verify(_) => self.tell(Told::Verified(self.slot, None)),
            Order::Latecomers => self.tell(Told::Latecomers(self.slot, None)),
            Order::Anew => {}
        }
        self.tell(Told::Idle(self.slot));
    }

    /// Carries orders out as long as the connection is good, and tells when it is not; nothing when there will be no more orders.
    async fn serve(&self, writer: &Writer, orders: &mut UnboundedReceiver<Order>) -> Option<Lost> {
        let keeping = Keeping::default();
        loop {
            let order = tokio::select! {
                order = orders.recv() => order?,
                _ = writer.lost() => {
                    self.tell(Told::Down(self.slot, Trouble::Lost));
                    return Some(Lost);
                }
            };
            let is_old = matches!(order, Order::Anew);
            match order {
                Order::Work(jobs, backend) => self.batch(writer, &keeping, &jobs, &backend).await,
                Order::Settle(job, backend) => {
                    let outcome = self.settle(writer, &keeping, job, backend.as_ref()).await;
                    self.tell(Told::Outcome(self.slot, job.target, 0, outcome));
                }
                Order::Verify(jobs) => {
                    let verified = self.verify(writer, &keeping, &jobs).await;
                    self.tell(Told::Verified(self.slot, verified));
                }
                Order::Latecomers => {
                    let told = latecomers::told(writer, &self.common.plan, self.database).await;
                    self.tell(Told::Latecomers(self.slot, told));
                }
                Order::Anew => {}
            }
            let is_over = is_old || writer.is_lost() || writer.is_spent();
            // In this order: who is free and seems connected is sent to find out what became of the target that was lost.
            if is_over {
                self.tell(Told::Down(self.slot, Trouble::Lost));
            }
            self.tell(Told::Idle(self.slot));
            if is_over {
                return Some(Lost);
            }
        }
    }

    async fn batch(&self, writer: &Writer, keeping: &Keeping, jobs: &[Job], backend: &Backend) {
        // The link was lost before the order came, and there is another one now.
        let mut goes_on = writer.backend() == backend;
        for job in jobs {
            if !goes_on || writer.is_lost() || self.common.hold.load(Ordering::SeqCst) {
                self.tell(Told::Outcome(self.slot, job.target, 0, Outcome::Untouched));
                continue;
            }
            let began = Instant::now();
            let outcome = self.one(writer, keeping, *job).await;
            failpoint::pass(Place::Answered);
            goes_on = matches!(outcome, Outcome::Applied(_));
            let ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
            self.tell(Told::Outcome(self.slot, job.target, ms, outcome));
        }
    }

    /// One room for each kind of plan: this is the only place that tells them apart.
    async fn one(&self, writer: &Writer, keeping: &Keeping, job: Job) -> Outcome {
        let at_hand = AtHand { writer, keeping, common: &self.common, job, told: &self.told };
        match &self.common.plan.kind {
            Kind::Migrate { .. } | Kind::Revert { .. } => migrate::run(&at_hand).await,
            Kind::Command(command) => command::run(&at_hand, command).await,
            Kind::Clone(cloning) => clone::run(&at_hand, cloning).await,
            Kind::Drop(dropping) => drop::run(&at_hand, dropping).await,
            Kind::Rename(renaming) => rename::run(&at_hand, renaming).await,
            Kind::Signal(signal) => signal::run(&at_hand, signal).await,
        }
    }

    /// What became of a job that another connection had, by the rules of its kind.
    async fn settle(&self, writer: &Writer, keeping: &Keeping, job: Job, backend: Option<&Backend>) -> Outcome {
        let at_hand = AtHand { writer, keeping, common: &self.common, job, told: &self.told };
        match &self.common.plan.kind {
            Kind::Migrate { .. } | Kind::Revert { .. } => settle::settle(writer, &self.common, job, backend).await,
            Kind::Command(command) => command::settle(&at_hand, command, backend).await,
            Kind::Clone(cloning) => clone::settle(&at_hand, cloning, backend).await,
            Kind::Drop(dropping) => drop::settle(&at_hand, dropping, backend).await,
            Kind::Rename(renaming) => rename::settle(&at_hand, renaming, backend).await,
            Kind::Signal(signal) => signal::settle(&at_hand, signal).await,
        }
    }

    /// Whether what was applied by whatever connection is still there, by the rules of its kind.
    async fn verify(&self, writer: &Writer, keeping: &Keeping, jobs: &[Job]) -> Option<Verified> {
        match &self.common.plan.kind {
            Kind::Migrate { .. } | Kind::Revert { .. } => verify::verify(writer, &self.common.plan, jobs).await,
            Kind::Clone(cloning) => {
                let mut verified = Verified::default();
                for job in jobs {
                    let at_hand = AtHand { writer, keeping, common: &self.common, job: *job, told: &self.told };
                    match clone::is_still_there(&at_hand, cloning).await {
                        Ok(is_there) => verified.still.push((job.target, if is_there { job.done } else { 0 })),
                        Err(_) if writer.is_lost() => return None,
                        Err(why) => {
                            verified.unread.push(job.target);
                            verified.why = Some(why);
                        }
                    }
                }
                Some(verified)
            }
            // There is no ledger to ask, or none that we write: what was done is believed.
            Kind::Command(_) | Kind::Drop(_) | Kind::Rename(_) | Kind::Signal(_) => Some(Verified::believed(jobs)),
        }
    }

    fn tell(&self, told: Told) {
        // Nobody listens when the worker ends.
        let _sent = self.told.send(told);
    }
}
