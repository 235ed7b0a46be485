//! One server process is asked to end what it does, or to end: a plan of one step, so that it is approved and recorded as every other
//! write. Pure; must not know how a process is found, nor how it is asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::parts::{EnvironmentName, FORMAT, Kind, Note, Plan, PlanDatabase, RunPolicy, Stage, StageKind, Target};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::run::Backend;
use crate::domain::session::{Ms, Process, State};
use crate::domain::units;

/// So much of a query tells it from others.
const QUERY: usize = 400;

/// Whom it is about, and what is asked of it. The plan has one target, whose name is that of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// The process: its number alone may be another one's by then.
    pub backend: Backend,
    /// When the query began that is cancelled, in microseconds since 1970: another one of the same session is let be. 0 where the
    /// process itself is to end.
    pub query_us: i64,
    /// Whether the process ends, and not only its query.
    pub terminate: bool,
    /// Whose it is: `4711 app@10.0.0.7 psql`, safe to show.
    pub who: String,
    /// What it did when it was looked at, safe to show.
    pub does: String,
    /// Its query then, cut, safe to show. May be empty.
    pub query: String,
}

/// The plan, or why there is none.
pub fn build(
    environment: EnvironmentName,
    database: PlanDatabase,
    found: &Process,
    terminate: bool,
    as_of: Timestamp,
) -> Result<Plan, Fault> {
    let pid = found.pid;
    let refuse = |what: String| Fault::new(FaultKind::Refused, what);
    let Some(start_us) = found.start_us.filter(|_| found.state != State::Hidden) else {
        return Err(refuse(format!("what pid {pid} is and does is hidden from this role"))
            .hint("GRANT pg_monitor shows it; pg_signal_backend lets it be asked to end"));
    };
    if found.is_asker {
        return Err(refuse(format!("pid {pid} is the session that looks")));
    }
    let is_active = matches!(found.state, State::Active | State::FastPath);
    if !terminate && !is_active {
        return Err(refuse(format!("pid {pid} runs no query that could be cancelled: it is {}", found.state.word()))
            .hint("ended whole, it lets go of what its transaction holds"));
    }
    let words: Vec<&str> = found.query.as_deref().unwrap_or_default().split_whitespace().collect();
    let query = shown(&words.join(" ")).chars().take(QUERY).collect();
    let signal = Signal {
        backend: Backend { pid, start_us },
        query_us: if terminate { 0 } else { found.query_us.unwrap_or_default() },
        terminate,
        who: who(found),
        does: does(found),
        query,
    };
    let notes = notes(found, terminate);
    Ok(Plan {
        format: FORMAT,
        kind: Kind::Signal(Box::new(signal)),
        databases: vec![database],
        stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }],
        groups: vec![],
        steps: vec![],
        targets: vec![Target { database: 0, oid: 0, schema: format!("pid {pid}"), group: 0, stage: 0 }],
        policy: RunPolicy {
            canary: 0,
            waves: vec![],
            concurrency: 1,
            pace: None,
            lag_seconds: None,
            ..RunPolicy::usual(environment.production)
        },
        environment,
        notes,
        left_out: vec![],
        bystanders: None,
        as_of,
    })
}

fn who(found: &Process) -> String {
    let user = shown(found.user.as_deref().unwrap_or("nobody")).into_owned();
    let at = found.client.as_deref().map_or_else(String::new, |client| format!("@{}", shown(client)));
    let kind = found.kind.as_deref().filter(|kind| *kind != "client backend");
    let words = [Some(shown(&found.application).into_owned()), kind.map(|kind| shown(kind).into_owned())];
    let words: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    [format!("{} {user}{at}", found.pid), words.join(" ")].join(" ").trim_end().to_owned()
}

/// `active for 3 s, transaction open for 4 m`.
fn does(found: &Process) -> String {
    let span = |ms: Ms| units::span(ms.duration());
    let is_active = matches!(found.state, State::Active | State::FastPath);
    let age = found.query_age.filter(|_| is_active).map_or_else(String::new, |age| format!(" for {}", span(age)));
    let open = found.transaction.map_or_else(String::new, |age| format!(", transaction open for {}", span(age)));
    format!("{}{age}{open}", found.state.word())
}

fn notes(found: &Process, terminate: bool) -> Vec<Note> {
    let note = |rule: &str, severity, what: &str| Note {
        rule: rule.to_owned(),
        severity,
        refuses: false,
        place: None,
        what: what.to_owned(),
        hint: None,
    };
    let mut notes = vec![if terminate {
        note(
            "ends-session",
            Severity::Warn,
            "its transaction is rolled back and its connection closed; its client must connect again",
        )
    } else {
        note("ends-query", Severity::Info, "its query ends with an error, which undoes its transaction; the session stays")
    }];
    if found.application.starts_with("tenantry/run/") {
        notes.push(note("own-session", Severity::Warn, "it works for a run of tenantry: stopping the run is kinder"));
    } else if found.application.starts_with("tenantry/") {
        notes.push(note("own-session", Severity::Warn, "it is one of tenantry's own, which only look"));
    }
    if found.kind.as_deref().is_some_and(|kind| kind != "client backend") {
        notes.push(note("no-client", Severity::Warn, "it is no client's but one of the server's own processes"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Process {
        Process {
            pid: 4_711,
            start_us: Some(1_000),
            query_us: Some(2_000),
            state: State::Active,
            user: Some("app".into()),
            application: "psql\u{1b}".into(),
            client: Some("10.0.0.7".into()),
            kind: Some("client backend".into()),
            query_age: Some(Ms(3_000)),
            transaction: Some(Ms(240_000)),
            query: Some("UPDATE t\n   SET a = 1".into()),
            is_asker: false,
        }
    }

    fn planned(found: &Process, terminate: bool) -> Result<Plan, Fault> {
        let environment = EnvironmentName { name: "prod".into(), production: true };
        let database = PlanDatabase {
            label: "eu".into(),
            system_identifier: None,
            oid: 5,
            name: "app".into(),
            version: 150_000,
            pooler: false,
        };
        build(environment, database, found, terminate, Timestamp::UNIX_EPOCH)
    }

    fn signal(plan: &Plan) -> &Signal {
        match &plan.kind {
            Kind::Signal(signal) => signal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_query_is_cancelled_as_that_one_query_and_a_process_ended_as_that_one_process() {
        let cancel = planned(&found(), false).unwrap();
        let it = signal(&cancel);
        assert_eq!((it.backend.pid, it.backend.start_us, it.query_us, it.terminate), (4_711, 1_000, 2_000, false));
        assert_eq!(
            (it.who.as_str(), it.does.as_str()),
            ("4711 app@10.0.0.7 psql\\x1b", "active for 3 s, transaction open for 4 m")
        );
        assert_eq!(it.query, "UPDATE t SET a = 1");
        assert_eq!((cancel.kind.word(), cancel.kind.subject()), ("cancel", it.who.as_str()));
        assert_eq!((cancel.targets.len(), cancel.outline().collect::<Vec<_>>()), (1, vec![(1, 0)]));
        let end = planned(&found(), true).unwrap();
        assert_eq!((signal(&end).query_us, signal(&end).terminate, end.kind.word()), (0, true, "terminate"));
        assert_ne!(cancel.hash(), end.hash());
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let idle = Process { state: State::IdleInTransaction, ..found() };
        let hidden = Process { start_us: None, state: State::Hidden, ..found() };
        let own = Process { is_asker: true, ..found() };
        assert!(planned(&idle, false).unwrap_err().what.contains("it is idle in tx"));
        assert!(planned(&idle, true).is_ok());
        for terminate in [false, true] {
            assert!(planned(&hidden, terminate).unwrap_err().what.contains("hidden"));
            assert!(planned(&own, terminate).is_err());
        }
    }

    #[test]
    fn what_is_special_of_it_is_noted() {
        let rules = |found: &Process| {
            planned(found, true).unwrap().notes.into_iter().map(|note| note.rule).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(rules(&found()), "ends-session");
        assert_eq!(rules(&Process { application: "tenantry/run/x".into(), ..found() }), "ends-session own-session");
        assert_eq!(rules(&Process { kind: Some("walsender".into()), ..found() }), "ends-session no-client");
    }
}
