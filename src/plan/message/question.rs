//! The question that decides what nobody knows: whether the ledger of a target has the migration at hand. It waits for the lock of
//! the schema, so that a message that is still on its way has ended before it is asked. And the question about many targets at once,
//! which of the migrations that were applied to them their ledgers still have. Pure.

use super::guards::{self, Lock};
use super::{AtHand, Text};
use crate::dialect::ledger;
use crate::domain::run::TargetId;
use crate::plan::parts::{Plan, Target};
use crate::sqltext::{ident, literal};

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
    let mut text = at_hand.head();
    text.command(&guards::first(at_hand.target, Lock::Wait, None));
    text.command("SET LOCAL row_security = off");
    let is_done = if at_hand.step.reverse { format!("NOT {holds}") } else { holds };
    text.command(&format!("SELECT ({is_done})::text, ({expected})::text"));
    Some(text.sql)
}

/// The message that asks for each of these targets how many of its first so many migrations its ledger still has in a row;
/// [`still_says`] takes the rows of its answer, one for each target whose schema is the one of the plan. It reads only, and waits for
/// nobody's lock of a schema: what others do to these at the moment is theirs. `None` when a ledger among them is none that is written.
pub fn still_question(plan: &Plan, targets: &[(TargetId, u16)]) -> Option<String> {
    let mut text = Text::default();
    text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    text.command("SET LOCAL search_path = pg_catalog");
    text.command(&format!("SET LOCAL lock_timeout = {}", plan.policy.lock_timeout_ms));
    text.command(&format!("SET LOCAL statement_timeout = {}", plan.policy.statement_timeout_ms));
    text.command("SET LOCAL row_security = off");
    let role = |(target, _): &(TargetId, u16)| plan.group(*target).and_then(|group| group.role.as_deref());
    for same in targets.chunk_by(|one, other| role(one) == role(other)) {
        let name = same.first().and_then(role).map_or_else(|| "NONE".to_owned(), ident);
        text.command(&format!("SET LOCAL ROLE {name}"));
        let asked: Option<Vec<String>> = same.iter().map(|(target, done)| still(plan, *target, *done)).collect();
        text.command(&asked?.join(" UNION ALL "));
    }
    Some(text.sql)
}

fn still(plan: &Plan, target: TargetId, done: u16) -> Option<String> {
    let mut cases = String::new();
    for before in 0..done {
        let at_hand = AtHand::of(plan, target, before)?;
        let ledger = &at_hand.group.ledger;
        let holds = ledger::holds(ledger.dialect, &at_hand.target.schema, &ledger.table, &at_hand.step.migration)?;
        let is_lost = if at_hand.step.reverse { holds } else { format!("NOT {holds}") };
        cases.push_str(&format!(" WHEN {is_lost} THEN {before}"));
    }
    let case = if cases.is_empty() { done.to_string() } else { format!("(CASE{cases} ELSE {done} END)") };
    let Target { oid, schema, .. } = plan.targets.get(target as usize)?;
    let named = literal(schema);
    Some(format!("SELECT '{target}', {case}::text FROM pg_namespace WHERE oid = '{oid}'::oid AND nspname = {named}"))
}

/// What a row of the answer to [`still_question`] says: which target, and how many of its migrations its ledger still has.
pub fn still_says(row: &[Option<String>]) -> Option<(TargetId, u16)> {
    Some((row.first()?.as_deref()?.parse().ok()?, row.get(1)?.as_deref()?.parse().ok()?))
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
