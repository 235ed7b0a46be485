//! The one message of one target's one migration: settings, guard, statements, ledger, last guard. The server runs it as one
//! transaction that nobody opened: what fails in it undoes all of it. Pure; must not know who sends it.
//!
//! Never send `BEGIN` apart from it: were that to fail, the rest would commit statement by statement.

pub mod command;
pub(in crate::plan) mod guards;
pub mod half_way;
mod kept;
mod latecomers;
pub mod outside;
mod question;

use self::guards::Lock;
pub use self::kept::{MAY_KEEP, PREFIX as KEPT, keep};
pub use self::latecomers::latecomers_question;
pub use self::question::{LedgerSays, ledger_question, ledger_says, still_question, still_says};
use super::parts::{Group, Plan, Step, Target};
use crate::dialect::ledger::{self, Fingerprint, Line};
use crate::domain::catalog::Oid;
use crate::domain::run::TargetId;
use crate::sqltext::ident;

/// SQLSTATE of the guard: another session works on the schema.
pub const BUSY: &str = "TN001";
/// SQLSTATE of the guard: the ledger does not say what the plan expects.
pub const MOVED: &str = "TN002";
/// SQLSTATE of the guard: the schema is gone, was renamed, or our role cannot use it. The detail says which.
pub const GONE: &str = "TN003";
/// SQLSTATE of the last guard: the migration took locks outside of its schema that the plan does not list. The detail names some.
pub const FELL_THROUGH: &str = "TN004";
/// SQLSTATE of a guard of drops: others have locks in the schema.
pub const IN_USE: &str = "TN005";
/// SQLSTATE of a guard of drops: something outside of the schema depends on it. The detail names some.
pub const DEPENDED_ON: &str = "TN006";
/// SQLSTATE of a guard: the registry does not have the rows of the plan.
pub const REGISTRY_MOVED: &str = "TN007";

/// The first number of each advisory lock that tenantry takes; the second is that of a schema, or 0 for the database as a whole.
pub const LOCKS: i32 = 0x746e_7479;

/// The two numbers of the advisory lock of a schema. A number above 2^31 is told as the negative one with the same bits.
pub fn lock_key(schema: Oid) -> (i32, i32) {
    (LOCKS, schema.cast_signed())
}

/// What a guard said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Another session works on the schema.
    Busy,
    /// The ledger does not say what the plan expects.
    Moved,
    /// The schema is gone.
    Gone,
    /// The schema has another name now.
    Renamed,
    /// The schema is there and does not lead the `search_path`: our role may not use it.
    Closed,
    /// The migration took locks outside of its schema. The detail of the error names some.
    FellThrough,
    /// Others have locks in the schema.
    InUse,
    /// Something outside of the schema depends on it. The detail of the error names some.
    DependedOn,
    /// The registry does not have the rows of the plan.
    RegistryMoved,
}

impl Guard {
    /// Which guard an error comes from, if it comes from one.
    pub fn of(sqlstate: &str, detail: Option<&str>) -> Option<Self> {
        match (sqlstate, detail) {
            (BUSY, _) => Some(Self::Busy),
            (MOVED, _) => Some(Self::Moved),
            (GONE, Some(guards::RENAMED)) => Some(Self::Renamed),
            (GONE, Some(guards::CLOSED)) => Some(Self::Closed),
            (GONE, _) => Some(Self::Gone),
            (FELL_THROUGH, _) => Some(Self::FellThrough),
            (IN_USE, _) => Some(Self::InUse),
            (DEPENDED_ON, _) => Some(Self::DependedOn),
            (REGISTRY_MOVED, _) => Some(Self::RegistryMoved),
            _ => None,
        }
    }
}

/// What is sent, as one simple query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The text. Its last statement answers with one row: the id of the transaction and the process of the server.
    pub text: String,
    /// Where each statement of the migration stands, in characters from 1: the first and the one after the last.
    places: Vec<(u32, u32)>,
    /// How many commands come before the first of them.
    before: u32,
}

impl Message {
    /// Which statement of the migration, counted from 1, stands at a position: a character of the text, counted from 1, as the
    /// server tells it.
    pub fn statement_at(&self, position: u32) -> Option<u16> {
        let at = self.places.iter().position(|(from, to)| (*from..*to).contains(&position))?;
        Some(at as u16 + 1)
    }

    /// Which statement of the migration, counted from 1, failed when so many commands of the message had been completed. Errors
    /// that are about no place in the text have no position; commands complete in order.
    pub fn statement_after(&self, completed: u32) -> Option<u16> {
        let at = completed.checked_sub(self.before)? as usize;
        (at < self.places.len()).then_some(at as u16 + 1)
    }

    /// Whether what failed came before the first statement of the migration: a setting, or a guard.
    pub fn is_before_statements(&self, completed: u32) -> bool {
        completed < self.before
    }
}

/// Where the guards of a message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guards {
    /// In the message.
    Spelled,
    /// In the session, which was sent [`keep`].
    Kept,
}

/// The message for the migration of a target after so many are done; `None` when there is none, when it cannot run in a
/// transaction ([`outside`]), or when its ledger is not one that is written.
pub fn message(plan: &Plan, target: TargetId, done: u16, guards: Guards) -> Option<Message> {
    let at_hand = AtHand::of(plan, target, done).filter(|at_hand| at_hand.step.transactional)?;
    let record = at_hand.records()?;
    let expected = at_hand.expects(&[])?;
    let mut text = at_hand.head();
    text.command(&format!("SET LOCAL idle_in_transaction_session_timeout = {IDLE_MS}"));
    match guards {
        Guards::Spelled => {
            text.command(&guards::first(at_hand.target, Lock::Transaction, Some(&expected)));
            text.command(&guards::before(at_hand.target, &plan.policy));
            text.command(&at_hand.search_path("SET LOCAL"));
        }
        Guards::Kept => _ = text.command(&kept::first(at_hand.target, &expected)),
    }
    let before = text.commands;
    let places = at_hand.step.statements.iter().map(|statement| text.command(&statement.sql)).collect();
    text.command(&record);
    // What is deferred to the commit happens here, so that the last guard sees its locks.
    text.command("SET CONSTRAINTS ALL IMMEDIATE");
    match guards {
        Guards::Spelled => {
            text.command(&guards::last(at_hand.target, &plan.policy));
            text.command(LAST);
        }
        Guards::Kept => _ = text.command(&kept::last(at_hand.target)),
    }
    Some(Message { text: text.sql, places, before })
}

/// Nobody waits for us in the middle of one message; a transaction that does is lost.
pub(in crate::plan) const IDLE_MS: u32 = 60_000;

/// From now on the role that connects, also where the connection string or a setting of the login says another one.
pub const OURS: &str = "SET LOCAL role TO DEFAULT";

/// Tells which transaction it was.
pub(in crate::plan) const LAST: &str = "SELECT pg_catalog.pg_current_xact_id()::text, pg_catalog.pg_backend_pid()::text";

/// A target with its migration at hand.
#[derive(Debug, Clone, Copy)]
struct AtHand<'a> {
    plan: &'a Plan,
    target: &'a Target,
    group: &'a Group,
    done: u16,
    step: &'a Step,
}

impl<'a> AtHand<'a> {
    fn of(plan: &'a Plan, target: TargetId, done: u16) -> Option<Self> {
        let step = plan.step(target, done)?;
        Some(Self { plan, target: plan.targets.get(target as usize)?, group: plan.group(target)?, done, step })
    }

    /// How each transaction for a target begins: what it sees, as whom it works, where it finds names, how long it waits.
    fn head(self) -> Text {
        let mut text = Text::default();
        text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        self.role("SET LOCAL").map(|set| text.command(&set));
        text.command(&self.search_path("SET LOCAL"));
        text.command(&format!("SET LOCAL lock_timeout = {}", self.plan.policy.lock_timeout_ms));
        text.command(&format!("SET LOCAL statement_timeout = {}", self.plan.policy.statement_timeout_ms));
        text
    }

    /// What makes the session the role that does it, where that is another one than ours.
    fn role(self, set: &str) -> Option<String> {
        self.group.role.as_deref().map(|role| format!("{set} ROLE {}", ident(role)))
    }

    /// What sets the `search_path`: the target, what follows it by policy, and last of all what is temporary, which would be first
    /// where it is not named.
    fn search_path(self, set: &str) -> String {
        let others = self.plan.policy.search_path.iter().filter(|other| **other != self.target.schema);
        let path: Vec<String> = [&self.target.schema].into_iter().chain(others).map(|name| ident(name)).collect();
        format!("{set} search_path = {}, pg_temp", path.join(", "))
    }

    /// The statement that writes the ledger once the migration is done.
    fn records(self) -> Option<String> {
        let (dialect, table) = (self.group.ledger.dialect, &self.group.ledger.table);
        if self.step.reverse {
            return ledger::forgets(dialect, &self.target.schema, table, &self.step.migration);
        }
        ledger::records(dialect, &self.target.schema, table, line(self.step))
    }

    /// Whether the ledger says what it says after so many migrations are done, with these lines besides.
    fn expects(self, besides: &[Line<'_>]) -> Option<String> {
        self.expects_after(self.done, besides)
    }

    fn expects_after(self, done: u16, besides: &[Line<'_>]) -> Option<String> {
        let base = Fingerprint { lines: self.group.lines, sum: self.group.sum.parse().ok()? };
        let (mut added, mut removed) = (besides.to_vec(), Vec::new());
        for at in self.group.steps.iter().take(usize::from(done)) {
            let step = self.plan.steps.get(*at as usize)?;
            if step.reverse { removed.push(line(step)) } else { added.push(line(step)) }
        }
        let (dialect, table) = (self.group.ledger.dialect, &self.group.ledger.table);
        ledger::expects(dialect, &self.target.schema, table, base, &added, &removed)
    }
}

fn line(step: &Step) -> Line<'_> {
    Line { migration: &step.migration, checksum: step.checksum.as_deref(), started: false }
}

/// A text that grows by whole commands.
#[derive(Debug, Default)]
pub(in crate::plan) struct Text {
    pub(in crate::plan) sql: String,
    /// How many characters it has.
    characters: u32,
    commands: u32,
}

impl Text {
    /// Adds a command and tells where it stands. Its end is on a line of its own, so that a comment at its end does not take it.
    pub(in crate::plan) fn command(&mut self, sql: &str) -> (u32, u32) {
        let from = self.characters + 1;
        self.sql.push_str(sql);
        self.sql.push_str("\n;\n");
        let to = from + sql.chars().count() as u32;
        self.characters = to + 2;
        self.commands += 1;
        (from, to)
    }
}

#[cfg(test)]
mod tests;
