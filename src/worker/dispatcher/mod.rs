//! The one who decides: owns the journal and the state of the run, gives orders to connections and takes in what they tell. Nothing is
//! sent before it is noted. Must not talk to a server itself.

mod assign;
mod holds;
mod latecomers;
mod outcomes;
mod recheck;
mod turns;
mod wishes;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use self::holds::Holds;
use self::recheck::Server;
use super::control::Wish;
use super::executor::{Common, Executor};
use super::failpoint::{self, Place};
use super::gate::Gate;
use super::halt::Tally;
use super::job::{Order, SlotId, Task, Told};
use super::ladder;
use super::pace::Pace;
use super::queue::Queue;
use super::watch::Watcher;
use crate::domain::fault::Fault;
use crate::domain::run::{Backend, End, Event, Life, Person, RunState, TargetId};
use crate::journal::Journal;

/// A connection and what it does.
#[derive(Debug)]
struct Slot {
    database: u16,
    orders: UnboundedSender<Order>,
    /// The process that serves it; `None` while it is not connected.
    backend: Option<Backend>,
    /// What it was ordered and has not told the outcome of, in order.
    jobs: VecDeque<TargetId>,
    /// Whether it still works on an order.
    busy: bool,
    /// Whether it was given up, because nothing is to be done for long.
    closed: bool,
    /// Since when the first of the jobs is worked on.
    since: Instant,
    /// To which server it leads: as many as [`Server::times`] said when it was connected.
    server: u32,
}

impl Slot {
    fn is_free(&self) -> bool {
        self.backend.is_some() && !self.busy
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Dispatcher {
    common: Arc<Common>,
    state: RunState,
    journal: Journal,
    by: Person,
    slots: Vec<Slot>,
    queue: Queue,
    /// Targets of which nobody knows what became, with the moment at which it is tried to find out.
    doubtful: VecDeque<(Instant, TargetId)>,
    /// How often in a row the connection of a target was lost and nothing of it was there.
    losses: HashMap<TargetId, u8>,
    holds: Holds,
    gate: Gate,
    /// The server of each database.
    servers: Vec<Server>,
    tally: Tally,
    pace: Pace,
    /// How many targets are worked on at once at most.
    concurrency: u16,
    /// Milliseconds that a target takes, as it was of late; `None` before the first.
    usual_ms: Option<f64>,
    /// Who waits for whom, by database and process.
    waits: HashMap<(u16, i32), (i32, u64, String)>,
    slow: Vec<watch::Sender<Vec<i32>>>,
    /// Whether the turn of each database is wanted.
    wants_turns: Vec<watch::Sender<bool>>,
    told_in: UnboundedSender<Told>,
    told: UnboundedReceiver<Told>,
    /// Orders that go out once the journal is durable.
    outbox: Vec<(SlotId, Order)>,
    /// Since when something is noted that is not durable.
    unflushed: Option<Instant>,
    /// The journal cannot be written: nothing more is noted, nothing new starts.
    broken: Option<Fault>,
    /// Since when the end waits for what is in doubt, or for who came late.
    leaving: Option<Instant>,
    /// The databases that are not asked who came after the plan, and those that have not answered.
    unasked: Vec<u16>,
    unanswered: Vec<u16>,
    /// Only what was asked for by name is done, and then the worker ends.
    only_named: bool,
}

/// How long a result may wait to become durable when nothing else is written.
const LAZY: Duration = Duration::from_millis(50);
/// From when on a target counts as slow: then it is looked for whom it waits.
const SLOW: Duration = Duration::from_millis(300);
/// How often it looks at the clock when nothing happens.
const TICK: Duration = Duration::from_millis(250);
/// The same while no window is open: clocks may be set meanwhile, and the machine may sleep.
const LONG_TICK: Duration = Duration::from_secs(1);

impl Dispatcher {
    pub(super) fn new(common: Arc<Common>, state: RunState, journal: Journal, by: Person, gate: Gate) -> Self {
        let (told_in, told) = unbounded_channel();
        let databases = common.plan.databases.len();
        let policy = &common.plan.policy;
        let knows = common.plan.bystanders.is_some();
        Self {
            unasked: (0..databases as u16).filter(|_| knows).collect(),
            unanswered: Vec::new(),
            queue: Queue::new(databases),
            concurrency: policy.concurrency.max(1),
            pace: Pace::new(policy.pace),
            holds: Holds::new(databases),
            gate,
            servers: (0..databases).map(|_| Server::default()).collect(),
            slow: (0..databases).map(|_| watch::channel(Vec::new()).0).collect(),
            wants_turns: (0..databases).map(|_| watch::channel(true).0).collect(),
            common,
            state,
            journal,
            by,
            slots: Vec::new(),
            doubtful: VecDeque::new(),
            losses: HashMap::new(),
            tally: Tally::default(),
            usual_ms: None,
            waits: HashMap::new(),
            told_in,
            told,
            outbox: Vec::new(),
            unflushed: None,
            broken: None,
            leaving: None,
            only_named: false,
        }
    }

    /// Works until the run, or what it was taken up for, is at its end. Gives how it ended, or why the journal could not be written.
    pub(super) async fn run(
        mut self,
        mut wishes: UnboundedReceiver<Wish>,
        mut stop: impl Future<Output = ()> + Unpin,
        task: Task,
    ) -> Result<End, Fault> {
        self.begin(task);
        let mut asked_to_stop = false;
        loop {
            self.advance();
            self.flush(false);
            if let Some(end) = self.end() {
                return end;
            }
            let next = self.next_moment();
            tokio::select! {
                biased;
                Some(wish) = wishes.recv() => self.grant(wish),
                Some(told) = self.told.recv() => {
                    self.hear(told);
                    while let Ok(told) = self.told.try_recv() {
                        self.hear(told);
                    }
                }
                () = &mut stop, if !asked_to_stop => {
                    asked_to_stop = true;
                    let by = self.by.clone();
                    self.note(Event::Stopping { by, cancel: false });
                }
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Notes that a worker took the run up, and watches the databases.
    fn begin(&mut self, task: Task) {
        let plan = &self.common.plan;
        let began = Event::Began {
            by: self.by.clone(),
            pid: std::process::id(),
            plan: plan.hash(),
            targets: plan.targets.len() as u32,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        self.note(began);
        match task {
            Task::Rest => self.try_again_what_must_be(false),
            Task::Again => self.try_again_what_must_be(true),
            Task::Only(targets) => self.begin_with(targets),
        }
        let now = Instant::now();
        let in_doubt = self.ids_in(|phase| phase == crate::domain::run::Phase::InDoubt);
        self.doubtful = in_doubt.into_iter().map(|target| (now, target)).collect();
        if self.state.workers > 1 {
            // Nobody saw what the server did meanwhile.
            (0..self.servers.len() as u16).for_each(|database| self.look_again(database));
        }
        for (database, (slow, wants_turn)) in (0..).zip(self.slow.iter().zip(&self.wants_turns)) {
            let watcher = Watcher {
                database,
                common: Arc::clone(&self.common),
                told: self.told_in.clone(),
                slow: slow.subscribe(),
                wants_turn: wants_turn.subscribe(),
            };
            drop(tokio::spawn(watcher.watch()));
        }
        self.flush(true);
    }

    /// Notes an event and folds it in. Once the journal failed nothing is noted any more.
    fn note(&mut self, event: Event) {
        if self.broken.is_some() {
            return;
        }
        let noted = self.journal.append(event).and_then(|entry| {
            let folded = self.state.apply(&entry);
            folded.map_err(|illegal| Fault::new(crate::domain::fault::FaultKind::Local, illegal.to_string()))
        });
        match noted {
            Ok(()) => drop(self.unflushed.get_or_insert_with(Instant::now)),
            Err(fault) => self.break_off(fault),
        }
    }

    /// Makes durable what is noted, and lets the orders go that wait for it.
    fn flush(&mut self, now: bool) {
        let is_due = self.unflushed.is_some_and(|since| since.elapsed() >= LAZY);
        if self.broken.is_none() && self.unflushed.is_some() && (now || is_due || !self.outbox.is_empty()) {
            failpoint::pass(if self.outbox.is_empty() { Place::BeforeResult } else { Place::BeforeStarted });
            match self.journal.flush() {
                Ok(()) => self.unflushed = None,
                Err(fault) => self.break_off(fault),
            }
            failpoint::pass(if self.outbox.is_empty() { Place::AfterResult } else { Place::AfterStarted });
        }
        for (slot, order) in std::mem::take(&mut self.outbox) {
            let slot = &mut self.slots[slot];
            if self.broken.is_some() {
                // Its start is not durable: it is not sent.
                (slot.busy, slot.jobs) = (false, VecDeque::new());
                continue;
            }
            slot.since = Instant::now();
            // An executor lives as long as the worker.
            let _sent = slot.orders.send(order);
        }
    }

    /// The journal cannot be written: what is in flight ends, nothing new starts, and what came of it is found out on resume.
    fn break_off(&mut self, fault: Fault) {
        self.common.hold.store(true, Ordering::SeqCst);
        self.broken.get_or_insert(fault);
    }

    fn next_moment(&self) -> Instant {
        let now = Instant::now();
        let flush = self.unflushed.map(|since| since + LAZY);
        let doubt = self.doubtful.iter().map(|(at, _)| *at).filter(|at| *at > now).min();
        let queue = self.queue.next_moment().filter(|at| *at > now);
        let pace = self.pace.next(now).filter(|_| self.state.life == Life::Running);
        let tick = if self.holds.window.is_some() { LONG_TICK } else { TICK };
        [flush, doubt, queue, pace, self.holds.next_moment()].into_iter().flatten().fold(now + tick, Instant::min)
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Ready(slot, ..) if self.slots[slot].closed => {}
            Told::Ready(slot, backend, server_start) => self.stands(slot, backend, server_start),
            Told::Server(database, start) => self.server_is(database, start),
            Told::Verified(slot, verified) => self.verified(slot, verified),
            Told::Latecomers(slot, told) => self.latecomers_are(slot, told),
            Told::Down(slot, trouble) => self.down(slot, trouble),
            Told::Outcome(at, target, ms, outcome) => {
                let slot = &mut self.slots[at];
                slot.jobs.retain(|job| *job != target);
                slot.since = Instant::now();
                let pid = slot.backend.as_ref().map(|backend| (slot.database, backend.pid));
                let waited_for = pid.and_then(|pid| self.waits.remove(&pid));
                self.tell_blocker(target, &outcome, waited_for);
                self.outcome(target, ms, outcome);
                self.told_by(at, target);
            }
            Told::Statement { target, done, durable } => self.note_at_once(Event::StatementDone { target, done }, durable),
            Told::Progress(target, progress) => self.note(Event::Progress { target, progress }),
            Told::Created { target, oid, xid, durable } => self.note_at_once(Event::Created { target, oid, xid }, durable),
            Told::Noted(text) => self.note(Event::Noted { text }),
            Told::Idle(slot) => self.slots[slot].busy = false,
            Told::Turn(database) => self.turn_is(database, None),
            Told::NoTurn(database, who) => self.turn_is(database, Some(who)),
            Told::Blind(database, trouble) => self.blind(database, trouble),
            Told::Waits(database, waits) => {
                self.waits.retain(|(of, _), _| *of != database);
                self.waits.extend(waits.into_iter().map(|w| ((database, w.pid), (w.blocker, w.ms, w.what))));
            }
            Told::Lag(database, seconds) => self.holds.lag(database, seconds, self.common.plan.policy.lag_seconds),
        }
    }

    /// Notes what somebody waits for: it goes on when that is durable.
    fn note_at_once(&mut self, event: Event, durable: oneshot::Sender<bool>) {
        self.note(event);
        self.flush(true);
        // Who waits may be gone with its connection.
        let _heard = durable.send(self.broken.is_none());
    }

    /// A new connection to a database, which begins by connecting.
    fn open_slot(&mut self, database: u16) {
        let (orders, orders_in) = unbounded_channel();
        let executor =
            Executor { slot: self.slots.len(), database, common: Arc::clone(&self.common), told: self.told_in.clone() };
        drop(tokio::spawn(executor.work(orders_in)));
        let (jobs, since) = (VecDeque::new(), Instant::now());
        self.slots.push(Slot { database, orders, backend: None, jobs, busy: false, closed: false, since, server: 0 });
    }

    /// The end, when it has come.
    fn end(&mut self) -> Option<Result<End, Fault>> {
        const PATIENCE: Duration = Duration::from_secs(15);
        if self.slots.iter().any(|slot| slot.busy) || !self.outbox.is_empty() {
            return None;
        }
        if let Some(fault) = self.broken.take() {
            return Some(Err(fault));
        }
        // All may be done, and some of it forgotten.
        if matches!(self.state.life, Life::Running | Life::Paused(_)) && !self.is_all_checked() {
            return None;
        }
        let counts = self.state.counts;
        let end = match &self.state.life {
            _ if counts.open() == 0 && counts.unlucky() == 0 => End::Done,
            Life::Halted(_) => End::Halted,
            Life::Stopping { .. } => End::Stopped,
            _ if counts.open() == 0 => End::DoneWithFailures,
            _ if self.only_named && !self.has_open_named() => End::Waiting,
            _ => return None,
        };
        // What is in doubt is found out first, unless nobody answers: it stays for the next worker.
        let left = *self.leaving.get_or_insert_with(Instant::now);
        let waits = counts.in_doubt > 0 || self.looks_for_latecomers();
        if waits && left.elapsed() < PATIENCE {
            return None;
        }
        self.flush(true);
        failpoint::pass(Place::BeforeEnded);
        self.note(Event::Ended { end });
        self.flush(true);
        Some(self.broken.take().map_or(Ok(end), Err))
    }
}
