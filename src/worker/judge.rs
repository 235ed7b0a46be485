//! What an answer of the server means for the run: from SQLSTATE to the kind of cause, and to words that are the same for all
//! tenants. Pure.

use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind};
use crate::pg::write::{LockTable, Refused};
use crate::plan::message::{Guard, Message};

/// What the ledger must be asked before anybody knows what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It means this.
    Cause(Cause),
    /// The ledger is not as expected, or an object is there already or not: perhaps another one was faster. Otherwise it means this.
    AskLedger(Cause),
    /// The schema is not there.
    Gone,
    /// The schema has another name.
    Renamed,
}

/// What was sent and refused.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sent<'a> {
    /// A migration: this tells its statements apart.
    Migration(&'a Message),
    /// Settings, guards and the ledger alone.
    Ledger,
    /// Something without a ledger.
    Other,
}

/// What a refusal means.
pub(super) fn verdict(refused: &Refused, sent: Sent<'_>, schema: &str) -> Verdict {
    let (at, reads_ledger) = match sent {
        Sent::Migration(message) => (statement(refused, message), message.is_before_statements(refused.completed)),
        Sent::Ledger => (None, true),
        Sent::Other => (None, false),
    };
    let cause = cause(refused, at, schema);
    let state = refused.sqlstate.as_deref().unwrap_or_default();
    if let Some(cause) = of_ledger(refused, &cause).filter(|_| reads_ledger) {
        return Verdict::Cause(cause);
    }
    match Guard::of(state, refused.detail.as_deref()) {
        Some(Guard::Gone) => Verdict::Gone,
        Some(Guard::Renamed) => Verdict::Renamed,
        Some(Guard::Moved) => Verdict::AskLedger(cause),
        None if may_be_done_by_another(state) => Verdict::AskLedger(cause),
        Some(_) | None => Verdict::Cause(cause),
    }
}

/// Before the statements only the ledger is read: what is not there, or not allowed, is the ledger. The first command sets what the
/// transaction sees, the second may be refused for the role that is to be taken.
fn of_ledger(refused: &Refused, cause: &Cause) -> Option<Cause> {
    const SETTINGS: u32 = 2;
    let (what, hint) = match refused.sqlstate.as_deref()? {
        _ if refused.completed < SETTINGS => return None,
        "42P01" => ("the ledger is gone", Some("bring it back; in a new plan a schema without a ledger is left out")),
        "42501" => ("the ledger cannot be read", None),
        _ => return None,
    };
    let hint = hint.map(str::to_owned).or_else(|| cause.hint.clone());
    Some(Cause { what: format!("{what}: {}", cause.what), hint, ..cause.clone() })
}

/// Duplicate or undefined objects, and a line that is there already.
fn may_be_done_by_another(state: &str) -> bool {
    matches!(
        state,
        "42P07" | "42701" | "42710" | "42723" | "42P06" | "42P01" | "42703" | "42704" | "42883" | "23505" | "3F000"
    )
}

fn statement(refused: &Refused, message: &Message) -> Option<u16> {
    // A position in an expression that is checked late is one of another text: the statement must be the one that was at work.
    let at_work = message.statement_after(refused.completed);
    refused.position.and_then(|position| message.statement_at(position)).or(at_work)
}

/// The cause in words that hold no name of the tenant.
pub(super) fn cause(refused: &Refused, statement: Option<u16>, schema: &str) -> Cause {
    let state = refused.sqlstate.as_deref().unwrap_or_default();
    let guard = Guard::of(state, refused.detail.as_deref());
    let kind = kind(state, guard);
    let mut what = shown(&without_name(&refused.message, schema)).into_owned();
    let tells_more = matches!(guard, Some(Guard::FellThrough | Guard::DependedOn | Guard::RegistryMoved));
    if let (true, Some(detail)) = (tells_more, &refused.detail) {
        what = format!("{what}: {}", shown(&without_name(detail, schema)));
    }
    // Where the server runs out of something, it is chance which statement meets that.
    let statement = statement.filter(|_| guard.is_none() && !matches!(kind, CauseKind::Pressure | CauseKind::Server));
    let hint = hint(kind, state).map(str::to_owned);
    let said = || refused.hint.as_ref().map(|hint| shown(&without_name(hint, schema)).into_owned());
    Cause { kind, sqlstate: refused.sqlstate.clone(), what, statement, hint: hint.or_else(said) }
}

fn kind(state: &str, guard: Option<Guard>) -> CauseKind {
    match guard {
        Some(Guard::Busy) => return CauseKind::Busy,
        Some(Guard::FellThrough) => return CauseKind::FellThrough,
        Some(Guard::Closed) => return CauseKind::Privilege,
        Some(Guard::Moved | Guard::InUse) => return CauseKind::Contention,
        Some(Guard::DependedOn | Guard::RegistryMoved) => return CauseKind::Statement,
        Some(Guard::Gone | Guard::Renamed) | None => {}
    }
    match state {
        "55P03" | "40P01" | "40001" => CauseKind::Contention,
        "57014" => CauseKind::TimedOut,
        "53200" | "53300" => CauseKind::Pressure,
        "53000" | "53100" | "53400" | "25006" | "58030" | "57P04" | "57P05" => CauseKind::Server,
        "42501" => CauseKind::Privilege,
        // A connection of ours that is lost is no cause: these are of a statement that led to another server.
        _ if state.starts_with("08") => CauseKind::Statement,
        _ if state.starts_with("57P") || state.starts_with("28") => CauseKind::Server,
        _ if state.starts_with("XX") || state.is_empty() => CauseKind::Strange,
        _ => CauseKind::Statement,
    }
}

/// What to do about it, as far as its kind and SQLSTATE tell that.
pub(super) fn usual_hint(cause: &Cause) -> Option<String> {
    hint(cause.kind, cause.sqlstate.as_deref().unwrap_or_default()).map(str::to_owned)
}

fn hint(kind: CauseKind, state: &str) -> Option<&'static str> {
    match (kind, state) {
        (CauseKind::Busy, _) => Some("another run or session of tenantry works on this schema"),
        (CauseKind::Contention, "TN005") => Some("take the tenant out of service: screen 6 shows who uses it"),
        (CauseKind::Contention, "55P03") => {
            Some("a session holds a lock that the statement needs: screen 6 shows who blocks whom")
        }
        (CauseKind::TimedOut, _) => Some("raise the plan's statement_timeout, or split the migration"),
        (CauseKind::Pressure, OUT_OF_LOCKS) => Some("raise max_locks_per_transaction, or lower the concurrency"),
        (CauseKind::Pressure, "53300") => Some("raise max_connections or the role's limit, or lower the concurrency"),
        (CauseKind::Server, "53100") => Some("free space on the server's disk"),
        (CauseKind::Server, "25006") => Some("is it a standby, or is default_transaction_read_only on?"),
        (CauseKind::Privilege, _) => Some("run as the owner of the schema's objects, or grant what is missing"),
        (CauseKind::FellThrough, _) => Some(
            "the migration touches what all tenants share: name the objects with their schema, or allow them in the plan",
        ),
        _ => None,
    }
}

/// SQLSTATE of a server whose shared memory has no room for one more lock.
pub(super) const OUT_OF_LOCKS: &str = "53200";

/// Which value of `max_locks_per_transaction` a migration of so many statements needs, of which so many had been done when the lock
/// table was full.
pub(super) fn enough_locks(table: LockTable, done: u16, of: u16) -> String {
    /// What the server's shared memory has to spare, in locks: some 100 kB, and a tenth of the table.
    const SPARE: u64 = 400;
    let LockTable { setting, transactions } = table;
    if done == 0 {
        return format!("raise max_locks_per_transaction, which is {setting}, or split the migration");
    }
    let held = setting * transactions * 11 / 10 + SPARE;
    let needed = (held * u64::from(of)).div_ceil(u64::from(done));
    // A power of two, so that what is equal for several targets stays equal.
    let enough = needed.div_ceil(transactions.max(1)).next_power_of_two();
    format!("max_locks_per_transaction = {enough} would do (it is {setting}; a restart); or split the migration")
}

/// A text in which the schema, where it is named as the server does, is `{schema}`.
pub(super) fn without_name(text: &str, schema: &str) -> String {
    let quoted = text.replace(&format!("\"{schema}\""), "\"{schema}\"").replace(&format!("\"{schema}."), "\"{schema}.");
    let dotted = format!("{schema}.");
    let mut out = String::with_capacity(quoted.len());
    let mut rest = quoted.as_str();
    while let Some(at) = rest.find(&dotted) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let stands_alone = !out.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '{'));
        out.push_str(if stands_alone { "{schema}." } else { &dotted });
        rest = &found[dotted.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::{Fault, FaultKind};

    fn refused(state: &str, message: &str, detail: Option<&str>) -> Refused {
        Refused {
            sqlstate: Some(state.to_owned()),
            message: message.to_owned(),
            detail: detail.map(str::to_owned),
            hint: None,
            position: None,
            completed: 0,
            lost: false,
            fault: Fault::new(FaultKind::Server, message),
        }
    }

    #[test]
    fn a_sqlstate_has_its_kind() {
        use CauseKind::{Busy, Contention, FellThrough, Pressure, Privilege, Server, Statement, Strange, TimedOut};
        for (state, kind) in [
            ("TN001", Busy),
            ("TN004", FellThrough),
            ("55P03", Contention),
            ("40P01", Contention),
            ("40001", Contention),
            ("57014", TimedOut),
            ("53200", Pressure),
            ("53300", Pressure),
            ("53100", Server),
            ("25006", Server),
            ("28P01", Server),
            ("57P03", Server),
            ("08001", Statement),
            ("42501", Privilege),
            ("23502", Statement),
            ("42601", Statement),
            ("XX000", Strange),
        ] {
            assert_eq!(cause(&refused(state, "no", None), None, "a").kind, kind, "{state}");
        }
    }

    #[test]
    fn a_full_lock_table_names_the_value_that_would_do() {
        let usual = LockTable { setting: 64, transactions: 122 };
        let check = |table, done, of, expected: &str| {
            let hint = enough_locks(table, done, of);
            assert!(hint.starts_with(expected), "{hint}");
        };
        check(usual, 1_000, 1_100, "max_locks_per_transaction = 128 would do (it is 64; a restart)");
        check(usual, 100, 1_000, "max_locks_per_transaction = 1024 would do");
        check(LockTable { setting: 10, transactions: 42 }, 400, 2_000, "max_locks_per_transaction = 128 would do");
        check(usual, 0, 1, "raise max_locks_per_transaction, which is 64, or split the migration");
    }

    #[test]
    fn some_answers_need_a_look_at_the_ledger() {
        let verdict = |state: &str, detail| verdict(&refused(state, "no", detail), Sent::Other, "a");
        assert!(matches!(verdict("TN002", None), Verdict::AskLedger(_)));
        assert!(matches!(verdict("42P07", None), Verdict::AskLedger(_)));
        assert!(matches!(verdict("42703", None), Verdict::AskLedger(_)));
        assert!(matches!(verdict("23502", None), Verdict::Cause(_)));
        assert_eq!((verdict("TN003", None), verdict("TN003", Some("renamed"))), (Verdict::Gone, Verdict::Renamed));
    }

    #[test]
    fn a_ledger_that_is_gone_or_closed_is_told_as_that() {
        let of = |state: &str, completed| verdict(&Refused { completed, ..refused(state, "no", None) }, Sent::Ledger, "a");
        let what = |verdict| match verdict {
            Verdict::Cause(cause) => (cause.kind, cause.what, cause.hint.is_some()),
            other => panic!("{other:?}"),
        };
        assert_eq!(what(of("42P01", 6)), (CauseKind::Statement, "the ledger is gone: no".to_owned(), true));
        assert_eq!(what(of("42501", 6)), (CauseKind::Privilege, "the ledger cannot be read: no".to_owned(), true));
        assert_eq!(what(of("42501", 1)), (CauseKind::Privilege, "no".to_owned(), true), "the role cannot be taken");
        assert!(matches!(of("42704", 6), Verdict::AskLedger(_)));
    }

    #[test]
    fn what_failed_is_told_in_the_same_words_for_each_tenant() {
        let check = |text: &str, expected: &str| assert_eq!(without_name(text, "a"), expected);
        check("relation \"a\" does not exist", "relation \"{schema}\" does not exist");
        check("relation \"a.b\" does not exist", "relation \"{schema}.b\" does not exist");
        check("function a.f() and data.f()", "function {schema}.f() and data.f()");
        check("a.a.a.", "{schema}.a.a.");
        check("nothing of it", "nothing of it");
    }
}
