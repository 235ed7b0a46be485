//! The question that decides what nobody knows: whether the ledger of a target has the migration at hand. It waits for the lock of
//! the schema, so that a message that is still on its way has ended before it is asked. Pure.

use super::guards::{self, Lock};
use super::{AtHand, Text};
use crate::dialect::ledger;
use crate::domain::run::TargetId;
use crate::plan::parts::Plan;

/// What the ledger of a target says about the migration at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerSays {
    /// It has it: it was applied, by whomever. A migration that is taken back is gone from it.
    Done,
    /// It has not, and says what the plan expects: the migration is to be applied.
    Open,
    /// It has not, and says something else than the plan expects.
    Moved,
}

/// The message that asks; [`ledger_says`] takes the one row of its answer. It reads only, and its errors may be told by
/// [`super::Guard::of`]: the schema is gone, or has another name. `lock_timeout` is that of the plan. `None` when there is no such
/// migration, or its ledger is none that is written.
pub fn ledger_question(plan: &Plan, target: TargetId, done: u16) -> Option<String> {
    let at_hand = AtHand::of(plan, target, done)?;
    let ledger = &at_hand.group.ledger;
    let holds = ledger::holds(ledger.dialect, &at_hand.target.schema, &ledger.table, &at_hand.step.migration)?;
    let expected = at_hand.expects(&[])?;
    let mut text = Text::default();
    text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    at_hand.role("SET LOCAL").map(|set| text.command(&set));
    text.command(&at_hand.search_path("SET LOCAL"));
    text.command(&format!("SET LOCAL lock_timeout = {}", plan.policy.lock_timeout_ms));
    text.command(&format!("SET LOCAL statement_timeout = {}", plan.policy.statement_timeout_ms));
    text.command(&guards::first(at_hand.target, Lock::Wait, None));
    text.command("SET LOCAL row_security = off");
    let is_done = if at_hand.step.reverse { format!("NOT {holds}") } else { holds };
    text.command(&format!("SELECT ({is_done})::text, ({expected})::text"));
    Some(text.sql)
}

/// What the row of the answer to [`ledger_question`] says.
pub fn ledger_says(row: &[Option<String>]) -> Option<LedgerSays> {
    let is = |at: usize| row.get(at)?.as_deref().map(|cell| cell == "true");
    match (is(0)?, is(1)?) {
        (true, _) => Some(LedgerSays::Done),
        (false, true) => Some(LedgerSays::Open),
        (false, false) => Some(LedgerSays::Moved),
    }
}
