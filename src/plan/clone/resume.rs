//! What a worker does with a target of a clone that was begun and of which nobody knows what became: a pure function of what the journal
//! tells and of what the server says now. Must not ask anybody.
//!
//! A target is one transaction, or several of which all but the last one leave it marked as incomplete. Its first object, the schema, is
//! in the journal before anything is committed, so that what is not there was never made.
//!
//! | journal | backend | fresh | decision |
//! |---|---|---|---|
//! | whatever | still there | | end that backend first |
//! | no schema begun | gone, or hidden | | nothing of it is there |
//! | a schema begun | gone, or hidden | not read | ask, under the lock of its name |
//! | | | not there | nothing of it is there |
//! | | | has the mark of this run | remove it: then nothing of it is there |
//! | | | has another name | leave it out: somebody has taken it |
//! | | | there, of that transaction | it was made |
//! | | | there, of another transaction | made, where its last transaction is another one than its first; else it is not ours |

use crate::domain::catalog::Oid;
use crate::domain::run::Skip;
use crate::plan::resume::OldBackend;

/// What the server says of the OID that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh {
    /// Nothing yet.
    Unread,
    /// There is no such schema.
    Absent,
    /// It has another name.
    Renamed,
    /// It has the mark of this run.
    Marked,
    /// It has the name of the target and no mark. Whether the transaction wrote it that began it.
    There {
        /// Whether it did.
        same: bool,
    },
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Its old server process is ended and waited for, then it is looked at again.
    EndBackend,
    /// The server is asked, then it is looked at again.
    Ask,
    /// It is whole.
    Found,
    /// Nothing of it is there.
    Nothing,
    /// It is removed, then nothing of it is there.
    Remove,
    /// It is left out.
    Skip(Skip),
}

/// See the module.
pub fn decide(begun: bool, phased: bool, backend: OldBackend, fresh: Fresh) -> Decision {
    if backend == OldBackend::Alive {
        return Decision::EndBackend;
    }
    if !begun {
        return Decision::Nothing;
    }
    match fresh {
        Fresh::Unread => Decision::Ask,
        Fresh::Renamed => Decision::Skip(Skip::Renamed),
        Fresh::Marked => Decision::Remove,
        Fresh::There { same } if same || phased => Decision::Found,
        Fresh::Absent | Fresh::There { .. } => Decision::Nothing,
    }
}

/// What the answer to [`Making::question`](super::message::Making::question) says.
pub fn fresh(rows: &[Vec<Option<String>>], name: &str, (_, xid): (Oid, u64)) -> Fresh {
    let Some(row) = rows.last() else { return Fresh::Absent };
    let cell = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
    let written: Option<u32> = cell(1).parse().ok();
    match (cell(0), cell(2)) {
        (found, _) if found != name => Fresh::Renamed,
        (_, "true") => Fresh::Marked,
        // What the server shows of a row has no epoch.
        _ => Fresh::There { same: written == Some(xid as u32) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: [Fresh; 6] = [
        Fresh::Unread,
        Fresh::Absent,
        Fresh::Renamed,
        Fresh::Marked,
        Fresh::There { same: true },
        Fresh::There { same: false },
    ];

    #[test]
    fn every_case_is_decided_as_the_table_says() {
        use Decision::{Ask, EndBackend, Found, Nothing, Remove};
        let renamed = Decision::Skip(Skip::Renamed);
        for begun in [false, true] {
            for phased in [false, true] {
                for backend in [OldBackend::Gone, OldBackend::Alive, OldBackend::Hidden] {
                    let row = FRESH.map(|fresh| decide(begun, phased, backend, fresh));
                    let expected = match (begun, phased, backend) {
                        (_, _, OldBackend::Alive) => [EndBackend; 6],
                        (false, ..) => [Nothing; 6],
                        (true, false, _) => [Ask, Nothing, renamed, Remove, Found, Nothing],
                        (true, true, _) => [Ask, Nothing, renamed, Remove, Found, Found],
                    };
                    assert_eq!(row, expected, "{begun} {phased} {backend:?}");
                }
            }
        }
    }

    #[test]
    fn the_answer_is_about_the_name_the_mark_and_the_transaction() {
        let check = |row: Option<[&str; 3]>, expected| {
            let rows: Vec<Vec<Option<String>>> =
                row.iter().map(|row| row.iter().map(|cell| Some((*cell).to_owned())).collect()).collect();
            assert_eq!(fresh(&rows, "acme", (17, (7 << 32) + 42)), expected, "{row:?}");
        };
        check(None, Fresh::Absent);
        check(Some(["acme", "42", "false"]), Fresh::There { same: true });
        check(Some(["acme", "43", "false"]), Fresh::There { same: false });
        check(Some(["acme", "42", "true"]), Fresh::Marked);
        check(Some(["bolt", "42", "true"]), Fresh::Renamed);
    }
}
