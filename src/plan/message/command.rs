//! What is sent while a program of the application's own works on a schema: the lock of the schema for that session, and the question
//! what its ledger says. Pure; must not know who sends it, nor what runs.

use super::guards::{self, Lock};
use super::{AtHand, Text, lock_key};
use crate::dialect::ledger;
use crate::domain::catalog::LedgerDialect;
use crate::domain::history::{Mark, Migration};
use crate::domain::run::TargetId;
use crate::plan::parts::Plan;

/// What is sent, each text as one simple query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Takes the lock of the schema for the session, when the schema is the one of the plan.
    pub take: String,
    /// The same, and waits for whoever has it, until the end of the transaction.
    pub wait: String,
    /// Reads the ledger; [`has_all`] takes the answer.
    pub read: String,
    /// Gives the lock of the session back.
    pub release: String,
}

/// The texts for a target, whichever ledger it has: it is only read.
pub fn held(plan: &Plan, target: TargetId) -> Option<Held> {
    let at_hand = AtHand::of(plan, target, 0)?;
    let ledger = &at_hand.group.ledger;
    let guarded = |lock| {
        let mut text = Text::default();
        text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        text.command(&at_hand.search_path("SET LOCAL"));
        text.command(&format!("SET LOCAL lock_timeout = {}", plan.policy.lock_timeout_ms));
        text.command(&guards::first(at_hand.target, lock, None));
        text.sql
    };
    let mut read = Text::default();
    read.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    read.command("SET LOCAL search_path = pg_catalog");
    read.command(&format!("SET LOCAL statement_timeout = {}", plan.policy.statement_timeout_ms));
    read.command(&ledger::statement(ledger.dialect, &at_hand.target.schema, &ledger.table));
    let (class, key) = lock_key(at_hand.target.oid);
    Some(Held {
        take: guarded(Lock::Session),
        wait: guarded(Lock::Wait),
        read: read.sql,
        release: format!("SELECT pg_catalog.pg_advisory_unlock({class}, {key})"),
    })
}

/// Whether a ledger, as it was read, has all of these, and none of them failed.
pub fn has_all(dialect: LedgerDialect, rows: Vec<Vec<Option<String>>>, wanted: &[Migration]) -> bool {
    let history = ledger::contents(dialect, rows).history;
    wanted.iter().all(|wanted| history.steps.iter().any(|step| step.mark == Mark::Applied && step.migration == *wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample;

    #[test]
    fn the_lock_is_that_of_the_schema_and_the_ledger_is_only_read() {
        let plan = sample::plan(&["a\"b"]);
        let held = held(&plan, 0).expect("a target");
        assert!(
            held.take.contains("pg_try_advisory_lock(1953395833, 16384)") && held.wait.contains("pg_advisory_xact_lock")
        );
        assert!(held.release.contains("pg_advisory_unlock(1953395833, 16384)"));
        assert!(held.read.contains("\"a\"\"b\".\"django_migrations\"") && !held.read.contains("INSERT"), "{}", held.read);
    }

    #[test]
    fn a_ledger_has_all_when_it_has_each_without_a_failure() {
        let row = |app: &str, name: &str, failed: &str| {
            [Some(app), Some(name), Some(failed), None, None, Some("1")].map(|cell| cell.map(str::to_owned)).to_vec()
        };
        let wanted = |name: &str| Migration { app: Some("crm".into()), name: name.into() };
        let has = |rows: Vec<Vec<Option<String>>>, wanted: &[Migration]| has_all(LedgerDialect::Django, rows, wanted);
        let rows = || vec![row("crm", "0002", "false"), row("crm", "0001", "false")];
        assert!(has(rows(), &[wanted("0001"), wanted("0002")]));
        assert!(!has(rows(), &[wanted("0003")]));
        assert!(!has(vec![row("crm", "0001", "true")], &[wanted("0001")]));
    }
}
