//! A server that was lost and came back, or another one in its place, may have forgotten its last commits: before anything else is
//! done on its database, the ledgers of what was applied there are asked again, and what was cloned is looked for. Must not ask itself.

use std::collections::BTreeSet;

use super::Dispatcher;
use crate::domain::name::shown;
use crate::domain::run::{Backend, Event, Life, Phase, TargetId};
use crate::plan::Kind;
use crate::worker::job::{Job, Order, SlotId, Verified};

/// Ledgers that are asked in one message.
const AT_ONCE: usize = 256;
/// Targets that are named where it is told what vanished.
const NAMED: usize = 5;

/// The server of a database, as far as its commits are to be believed.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// When it began, in microseconds since 1970; `None` before the first connection.
    start_us: Option<i64>,
    /// How often it was another one, or all connections to it were lost.
    pub(super) times: u32,
    /// No connection to it is left of those that there were.
    pub(super) is_lost: bool,
    /// Whose ledgers are to be asked again.
    open: BTreeSet<TargetId>,
    /// Who is asked just now.
    asked: Vec<Job>,
    /// Who has less than was known, since the server came back.
    vanished: Vec<TargetId>,
    /// How many could not be asked, and why the last could not.
    unread: (usize, Option<String>),
}

impl Server {
    /// Whether nothing is to be asked any more.
    pub(super) fn is_checked(&self) -> bool {
        self.open.is_empty()
    }
}

impl Dispatcher {
    /// A connection stands.
    pub(super) fn stands(&mut self, slot: SlotId, backend: Backend, server_start_us: i64) {
        let database = self.slots[slot].database;
        self.slots[slot].backend = Some(backend);
        self.holds.reached(database);
        self.server_is(database, server_start_us);
        self.slots[slot].server = self.servers[usize::from(database)].times;
    }

    /// The server of a database began at this moment.
    pub(super) fn server_is(&mut self, database: u16, start_us: i64) {
        let server = &mut self.servers[usize::from(database)];
        let is_another = server.start_us.replace(start_us).is_some_and(|before| before != start_us);
        if !is_another && !server.is_lost {
            return;
        }
        server.is_lost = false;
        server.times += 1;
        // Behind a pooler the connection is to whatever server there is.
        let pooled = |slot: &&mut super::Slot| slot.backend.as_ref().is_some_and(|backend| backend.start_us == 0);
        let of_database = self.slots.iter_mut().filter(|slot| slot.database == database);
        of_database.filter(pooled).for_each(|slot| slot.server = server.times);
        self.look_again(database);
    }

    /// All that was applied on a database is in question; of a worker that is there for some targets alone, theirs.
    pub(super) fn look_again(&mut self, database: u16) {
        let of_database = (0..).zip(self.state.targets.iter().zip(&self.common.plan.targets));
        let in_question = of_database.filter(|(_, (known, target))| {
            target.database == database && known.done > 0 && (known.first || !self.only_named)
        });
        self.servers[usize::from(database)].open = in_question.map(|(id, _)| id).collect();
    }

    /// Something of a target was told by a connection: to a server that is not the one any more, it may be forgotten.
    pub(super) fn told_by(&mut self, slot: SlotId, target: TargetId) {
        let server = &mut self.servers[usize::from(self.slots[slot].database)];
        if self.slots[slot].server != server.times && self.state.targets[target as usize].done > 0 {
            server.open.insert(target);
        }
    }

    /// Whether every database is as it was known to be.
    pub(super) fn is_all_checked(&self) -> bool {
        self.servers.iter().all(Server::is_checked)
    }

    /// Sends somebody to ask, and lets connections go that lead to a server of former times.
    pub(super) fn recheck(&mut self) {
        if !matches!(self.state.life, Life::Running | Life::Paused(_)) || self.broken.is_some() {
            return;
        }
        for slot in 0..self.slots.len() {
            let is_old = self.slots[slot].server != self.servers[usize::from(self.slots[slot].database)].times;
            if is_old && self.slots[slot].is_free() {
                self.slots[slot].busy = true;
                self.outbox.push((slot, Order::Anew));
            }
        }
        for database in 0..self.servers.len() as u16 {
            let server = &mut self.servers[usize::from(database)];
            // What was started since was started on what its ledger says now.
            server.open.retain(|id| self.state.targets[*id as usize].phase != Phase::Started);
            if server.open.is_empty() || !server.asked.is_empty() {
                continue;
            }
            let Some(slot) = self.free_slot(database) else { continue };
            let next: Vec<TargetId> = self.servers[usize::from(database)].open.iter().copied().take(AT_ONCE).collect();
            let jobs: Vec<Job> = next.into_iter().map(|target| self.job(target)).collect();
            self.servers[usize::from(database)].asked.clone_from(&jobs);
            self.slots[slot].busy = true;
            self.outbox.push((slot, Order::Verify(jobs)));
        }
    }

    /// Takes in what ledgers said that were asked again.
    pub(super) fn verified(&mut self, slot: SlotId, verified: Option<Verified>) {
        let database = usize::from(self.slots[slot].database);
        let asked = std::mem::take(&mut self.servers[database].asked);
        let is_old = self.slots[slot].server != self.servers[database].times;
        // Who is not known to be as before is asked again.
        let Some(verified) = verified.filter(|_| !is_old) else { return };
        for job in asked {
            let known = self.state.targets[job.target as usize];
            if known.phase != Phase::Started && known.done != job.done {
                continue;
            }
            self.servers[database].open.remove(&job.target);
            let still = verified.still.iter().find(|(target, _)| *target == job.target).map(|(_, still)| *still);
            if let Some(done) = still.filter(|still| *still < known.done && known.phase != Phase::Started) {
                self.vanished(job.target, known.phase, done);
                self.servers[database].vanished.push(job.target);
            }
        }
        let server = &mut self.servers[database];
        server.unread.0 += verified.unread.len();
        server.unread.1 = verified.why.or(server.unread.1.take());
        if server.open.is_empty() {
            self.tell_what_vanished(database);
        }
    }

    fn vanished(&mut self, target: TargetId, was: Phase, done: u16) {
        self.note(Event::Vanished { target, done });
        match was {
            // It is in the queue already.
            Phase::Pending | Phase::Retrying => {}
            _ => {
                self.doubtful.retain(|(_, doubtful)| *doubtful != target);
                self.goes_next(target);
            }
        }
    }

    fn tell_what_vanished(&mut self, database: usize) {
        let server = &mut self.servers[database];
        let (vanished, unread) = (std::mem::take(&mut server.vanished), std::mem::take(&mut server.unread));
        let plan = &self.common.plan;
        let label = shown(&plan.databases[database].label).into_owned();
        if !vanished.is_empty() {
            let names = vanished.iter().take(NAMED).map(|id| shown(&plan.targets[*id as usize].schema).into_owned());
            let names: Vec<String> = names.collect();
            let more = vanished.len() - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let text = format!(
                "the server of {label} came back without what was applied to {}{more}: pending again",
                names.join(", ")
            );
            self.note(Event::Noted { text });
        }
        if unread.0 > 0 {
            let why = unread.1.unwrap_or_else(|| "the schema is not there under its name".to_owned());
            let text = format!(
                "{} of {label} could not be asked whether they still have what was applied: {why}",
                asked(unread.0, &self.common.plan.kind)
            );
            self.note(Event::Noted { text });
        }
    }
}

fn asked(count: usize, kind: &Kind) -> String {
    let what = if kind.has_ledgers() { "ledger" } else { "schema" };
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
