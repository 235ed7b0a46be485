//! A migration whose statements cannot run in a transaction, on one direct session: the lock of the schema is the session's, each
//! statement stands alone, and the line of the ledger comes after the last. Pure; must not know who sends it.

use super::guards::{self, Lock};
use super::{AtHand, LAST, Text, line, lock_key};
use crate::dialect::ledger::{self, Line};
use crate::domain::run::TargetId;
use crate::plan::parts::Plan;

/// What is sent, each text as one simple query, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Settings, the lock, the guard; where the ledger has such lines, that the migration has begun. One transaction; when it
    /// fails after the guard took the lock, the session still holds it.
    pub before: String,
    /// The statements that are still to be done, each by itself.
    pub statements: Vec<String>,
    /// The line of the ledger, in one transaction; its answer is as that of [`super::Message`].
    pub after: String,
    /// Gives the lock of the session back and sets its settings back, whatever came of the others.
    pub release: String,
    /// Asks for the raw names of indexes of the schema that are not valid: what a statement left that ended half-way.
    pub invalid_indexes: String,
}

/// The texts for the migration of a target after so many migrations are done, of which so many statements are done; `None` when there
/// is none, when it runs in a transaction ([`super::message`]), or when its ledger is not one that is written. `begun` says whether
/// the ledger has the line that it has begun, where there are such lines.
pub fn outside(plan: &Plan, target: TargetId, done: u16, statements_done: u16, begun: bool) -> Option<Outside> {
    let at_hand = AtHand::of(plan, target, done).filter(|at_hand| !at_hand.step.transactional)?;
    let (schema, dialect) = (&at_hand.target.schema, at_hand.group.ledger.dialect);
    let table = &at_hand.group.ledger.table;
    let started = Line { started: true, ..line(at_hand.step) };
    let started = Some(started).filter(|_| ledger::tells_started(dialect) && !at_hand.step.reverse);
    let is_begun = started.filter(|_| begun);

    let mut before = at_hand.head();
    before.command(&guards::first(at_hand.target, Lock::Session, Some(&at_hand.expects(is_begun.as_slice())?)));
    if let Some(line) = started.filter(|_| !begun) {
        before.command(&ledger::records(dialect, schema, table, line)?);
    }
    at_hand.role("SET").map(|set| before.command(&set));
    before.command(&at_hand.search_path("SET"));
    // A statement that gave up waiting would leave what it has half done.
    before.command("SET lock_timeout = 0");
    before.command("SET statement_timeout = 0");

    let mut after = Text::default();
    after.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    after.command(&guards::ledger(&at_hand.expects(started.as_slice())?));
    after.command(&match started {
        Some(line) => ledger::ends(dialect, schema, table, line.migration)?,
        None => at_hand.records()?,
    });
    after.command(LAST);

    let (class, key) = lock_key(at_hand.target.oid);
    Some(Outside {
        before: before.sql,
        statements: at_hand.step.statements.iter().skip(usize::from(statements_done)).map(|s| s.sql.clone()).collect(),
        after: after.sql,
        release: format!(
            "RESET ROLE; RESET search_path; RESET lock_timeout; RESET statement_timeout; SELECT pg_catalog.pg_advisory_unlock({class}, {key})"
        ),
        invalid_indexes: format!(
            "SELECT c.relname FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
             WHERE NOT i.indisvalid AND c.relnamespace = '{}'::pg_catalog.oid ORDER BY 1",
            at_hand.target.oid
        ),
    })
}
