//! The transactions that would hold up a change of structure in some schemas: those that hold locks there, for `ALTER TABLE` waits
//! for every one of them, and those with old snapshots, for which `CREATE INDEX CONCURRENTLY` waits wherever they read. Must not
//! know which statements are meant.

use super::about::{Kind, Known};
use crate::domain::session::{Held, LockMode, Ms, Prepared, Session, SessionFacts};

/// A snapshot of an open transaction that is older than this is worth a word: shorter ones go before anybody reads of them.
pub const OLD_SNAPSHOT: Ms = Ms(5_000);

/// A transaction that would hold up others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldUp<'a> {
    /// Whose it is.
    pub holder: Holder<'a>,
    /// Why.
    pub reason: Reason,
    /// How long it has been open.
    pub age: Option<Ms>,
}

/// Whose a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A session.
    Session(&'a Session),
    /// A prepared transaction, which no session has any more.
    Prepared(&'a Prepared),
}

/// Why a transaction would hold up others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It holds locks there.
    Locks {
        /// The raw names of the schemas, sorted.
        schemas: Vec<String>,
        /// The strongest lock.
        mode: LockMode,
        /// How many locks there.
        count: u64,
    },
    /// It holds so many locks that not all of them were looked at, and none of those that were is there.
    ManyLocks {
        /// How many in all.
        count: u64,
    },
    /// It reads by an old snapshot.
    Snapshot,
}

/// Who would hold up a change of structure: locks before snapshots, the oldest transaction first. `is_meant` says which schemas
/// of tenants are to be changed. Our own sessions read for a moment and are left out.
pub fn hold_ups<'a>(facts: &'a SessionFacts, known: Known<'_>, is_meant: impl Fn(&str) -> bool) -> Vec<HoldUp<'a>> {
    let is_there = |held: &&Held| known.kind(&held.schema) == Some(Kind::Tenant) && is_meant(&held.schema);
    let locks = |holds: &[Held], count: u64, is_cut: bool| {
        let there: Vec<&Held> = holds.iter().filter(is_there).collect();
        let Some(mode) = there.iter().map(|held| held.mode).max() else {
            return is_cut.then_some(Reason::ManyLocks { count });
        };
        let mut schemas: Vec<String> = there.iter().map(|held| held.schema.clone()).collect();
        schemas.sort();
        schemas.dedup();
        Some(Reason::Locks { schemas, mode, count: there.iter().map(|held| held.count).sum() })
    };
    let sessions = facts.sessions.iter().filter(|it| !it.is_ours && it.elsewhere.is_none()).filter_map(|it| {
        let old = it.snapshot.is_some() && it.transaction.is_some_and(|age| age >= OLD_SNAPSHOT);
        let reason = locks(&it.holds, it.locks, it.are_locks_cut).or_else(|| old.then_some(Reason::Snapshot))?;
        Some(HoldUp { holder: Holder::Session(it), reason, age: it.transaction })
    });
    let prepared = facts.prepared.iter().filter_map(|it| {
        let reason = locks(&it.holds, it.locks, it.are_locks_cut)?;
        Some(HoldUp { holder: Holder::Prepared(it), reason, age: Some(it.age) })
    });
    let mut all: Vec<HoldUp<'_>> = sessions.chain(prepared).collect();
    // A stable order: ages grow together.
    all.sort_by_key(|it| (it.reason == Reason::Snapshot, std::cmp::Reverse(it.age)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::SchemaFacts;
    use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent};
    use crate::domain::roles::Policy;

    fn held(schema: &str, mode: LockMode, count: u64) -> Held {
        Held { schema: schema.into(), mode, count, relation: None }
    }

    fn session(pid: i32, seconds: u64, holds: Vec<Held>) -> Session {
        let transaction = Some(Ms(seconds * 1_000));
        Session { pid, transaction, locks: holds.len() as u64, holds, ..Session::default() }
    }

    /// The hold-ups as words, for a change of these schemas, or of any.
    fn said(facts: &SessionFacts, meant: &[&str]) -> Vec<String> {
        let mut fleet = Fleet::new([("eu".to_owned(), Policy::default())]);
        let names = ["acme", "bolt", "public"];
        let schemas = names.iter().zip(1..).map(|(name, oid)| SchemaFacts::named(oid, *name, "app")).collect();
        fleet.apply(FleetEvent::Names(DatabaseId(0), schemas));
        let found = hold_ups(facts, Known::of(&fleet.databases[0]), |name| meant.is_empty() || meant.contains(&name));
        let words = |it: &HoldUp<'_>| {
            let holder = match it.holder {
                Holder::Session(it) => it.pid.to_string(),
                Holder::Prepared(it) => it.name.clone(),
            };
            match &it.reason {
                Reason::Locks { schemas, mode, count } => format!("{holder} {} {} {count}", schemas.join("+"), mode.word()),
                Reason::ManyLocks { count } => format!("{holder} many {count}"),
                Reason::Snapshot => format!("{holder} snapshot"),
            }
        };
        found.iter().map(words).collect()
    }

    #[test]
    fn whoever_holds_a_lock_there_or_reads_by_an_old_snapshot_holds_up() {
        use LockMode::{AccessShare, RowExclusive};
        let mut facts = SessionFacts {
            sessions: vec![
                session(
                    1,
                    3,
                    vec![held("acme", AccessShare, 4), held("acme", RowExclusive, 1), held("public", RowExclusive, 2)],
                ),
                session(2, 90, vec![held("bolt", AccessShare, 1), held("acme", AccessShare, 1)]),
                session(3, 600, vec![held("public", RowExclusive, 1)]),
                Session { snapshot: Some(40), ..session(4, 5, vec![]) },
                Session { snapshot: Some(0), ..session(5, 4, vec![]) },
                Session { snapshot: Some(0), is_ours: true, ..session(6, 60, vec![held("acme", AccessShare, 1)]) },
                Session { are_locks_cut: true, locks: 90_000, ..session(7, 20, vec![held("bolt", AccessShare, 2_000)]) },
            ],
            ..SessionFacts::default()
        };
        facts.prepared.push(Prepared {
            name: "left".into(),
            age: Ms(86_400_000),
            holds: vec![held("acme", RowExclusive, 1)],
            locks: 1,
            ..Prepared::default()
        });
        let anywhere = [
            "left acme RowExclusive 1",
            "2 acme+bolt AccessShare 2",
            "7 bolt AccessShare 2000",
            "1 acme RowExclusive 5",
            "4 snapshot",
        ];
        assert_eq!(said(&facts, &[]), anywhere);
        let acme =
            ["left acme RowExclusive 1", "2 acme AccessShare 1", "7 many 90000", "1 acme RowExclusive 5", "4 snapshot"];
        assert_eq!(said(&facts, &["acme"]), acme);
        assert_eq!(said(&SessionFacts::default(), &[]), [""; 0]);
    }
}
