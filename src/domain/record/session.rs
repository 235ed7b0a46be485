//! What a session is called in files and pipes. Must not know how it was judged whose it is.

use jiff::Timestamp;

use super::{Record, Value};
use crate::domain::session::{Held, PREPARED, Prepared, Session};

/// The fields of [`of_session`] and [`of_prepared`] in their order.
pub const SESSION_FIELDS: &[&str] = &[
    "database",
    "schemas",
    "known_by",
    "pid",
    "prepared",
    "state",
    "transaction_ms",
    "query_ms",
    "state_ms",
    "connected_ms",
    "wait_type",
    "wait_event",
    "blocked_by",
    "blocked_by_prepared",
    "awaits_lock",
    "awaits_schema",
    "awaits_relation",
    "snapshot_age",
    "locks",
    "lock_list",
    "user",
    "application",
    "client",
    "kind",
    "leader",
    "elsewhere",
    "ours",
    "query",
    "as_of",
];

/// A session as `activity` gives it. Spans are milliseconds; `schemas` are those that it is about, `known_by` is `locks`, `query` or
/// `unknown`; `query` is the running one, or the last.
pub fn of_session(database: &str, it: &Session, schemas: &[String], known_by: &str, as_of: Timestamp) -> Record {
    let ms = |ms: Option<crate::domain::session::Ms>| Value::number(ms.map(|ms| ms.0));
    let pid = |pid: i32| u64::from(pid.unsigned_abs());
    let wait = it.wait.as_ref();
    let awaits = it.awaits.as_ref();
    let blockers = it.blocked_by.iter().filter(|blocker| **blocker != PREPARED);
    vec![
        ("database", Value::Text(database.to_owned())),
        ("schemas", Value::List(schemas.to_vec())),
        ("known_by", Value::Text(known_by.to_owned())),
        ("pid", Value::Number(pid(it.pid))),
        ("prepared", Value::Missing),
        ("state", Value::Text(it.state.word().to_owned())),
        ("transaction_ms", ms(it.transaction)),
        ("query_ms", ms(it.query_began)),
        ("state_ms", ms(it.in_state)),
        ("connected_ms", ms(it.connected)),
        ("wait_type", Value::text(wait.map(|wait| wait.kind.as_str()))),
        ("wait_event", Value::text(wait.map(|wait| wait.event.as_str()))),
        ("blocked_by", Value::Numbers(blockers.map(|blocker| pid(*blocker)).collect())),
        ("blocked_by_prepared", Value::Flag(it.blocked_by.contains(&PREPARED))),
        ("awaits_lock", Value::text(awaits.map(|awaits| format!("{} {}", awaits.kind, awaits.mode.word())))),
        ("awaits_schema", Value::text(awaits.and_then(|awaits| awaits.schema.as_deref()))),
        ("awaits_relation", Value::text(awaits.and_then(|awaits| awaits.relation.as_deref()))),
        ("snapshot_age", Value::number(it.snapshot)),
        ("locks", Value::Number(it.locks)),
        ("lock_list", locks(&it.holds)),
        ("user", Value::text(it.user.as_deref())),
        ("application", Value::Text(it.application.clone())),
        ("client", Value::text(it.client.as_deref())),
        ("kind", Value::text(it.kind.as_deref())),
        ("leader", Value::number(it.leader.map(pid))),
        ("elsewhere", Value::text(it.elsewhere.as_deref())),
        ("ours", Value::Flag(it.is_ours)),
        ("query", Value::text(it.query.as_deref())),
        ("as_of", Value::time(Some(as_of))),
    ]
}

/// A prepared transaction, with the fields of a session: `prepared` is its name, `transaction_ms` its age.
pub fn of_prepared(database: &str, it: &Prepared, schemas: &[String], known_by: &str, as_of: Timestamp) -> Record {
    let session = Session { user: it.user.clone(), transaction: Some(it.age), locks: it.locks, ..Session::default() };
    let mut record = of_session(database, &session, schemas, known_by, as_of);
    for (field, value) in &mut record {
        match *field {
            "pid" | "application" => *value = Value::Missing,
            "prepared" => *value = Value::Text(it.name.clone()),
            "state" => *value = Value::Text("prepared".to_owned()),
            "lock_list" => *value = locks(&it.holds),
            _ => {}
        }
    }
    record
}

fn locks(holds: &[Held]) -> Value {
    let of = |held: &Held| {
        vec![
            ("schema", Value::Text(held.schema.clone())),
            ("mode", Value::Text(held.mode.word().to_owned())),
            ("count", Value::Number(held.count)),
            ("relation", Value::text(held.relation.as_deref())),
        ]
    };
    Value::Records(holds.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_that_are_promised() {
        let (session, prepared) = (Session::default(), Prepared { name: "left".into(), ..Prepared::default() });
        let of = of_session("eu", &session, &[], "unknown", Timestamp::UNIX_EPOCH);
        assert_eq!(of.iter().map(|(field, _)| *field).collect::<Vec<_>>(), SESSION_FIELDS);
        let of = of_prepared("eu", &prepared, &[], "unknown", Timestamp::UNIX_EPOCH);
        assert_eq!(of.iter().map(|(field, _)| *field).collect::<Vec<_>>(), SESSION_FIELDS);
        assert_eq!((&of[3].1, &of[4].1), (&Value::Missing, &Value::Text("left".into())));
    }
}
