//! All about one session, in lines to read. Raw text of databases is in them: whoever shows them makes it safe. Must not draw.

use super::cells::{lock, pid, span};
use super::rows::{Key, Row, Section, tenant};
use crate::activity::{Ground, OLD_SNAPSHOT};
use crate::domain::name::shown;
use crate::domain::session::{Held, Ms, PREPARED, Prepared, Session, State};
use crate::domain::units;
use crate::tui::model::plural;
use crate::tui::screens::{Context, Reply};

/// How many locks are told.
const TOLD: usize = 12;

pub(super) fn row(row: &Row, context: &Context<'_>) -> Reply {
    match (row.session(context.watch), row.prepared(context.watch), &row.key) {
        (Some(it), ..) => Reply::Explain(format!("session {}", it.pid), session(row, it, context)),
        (_, Some(it), _) => Reply::Explain("a prepared transaction".to_owned(), prepared(row, it, context)),
        (.., Key::Group(..)) => Reply::Explain("whose sessions these are".to_owned(), grounds()),
        (.., Key::Session(_, PREPARED)) => {
            let lines = [
                "It was prepared for a commit in two phases and waits for COMMIT PREPARED or ROLLBACK PREPARED.",
                "There are several: see pg_prepared_xacts.",
            ];
            Reply::Explain("a prepared transaction".to_owned(), lines.map(str::to_owned).to_vec())
        }
        (.., Key::Session(_, number)) => {
            let line = "It held others up when this was read, and was gone when sessions were listed, a moment later.";
            Reply::Explain(format!("session {number}"), vec![line.to_owned()])
        }
        _ => Reply::Done,
    }
}

fn grounds() -> Vec<String> {
    [
        "The search_path of another session cannot be read. So a session is about:",
        "",
        "locks    the schemas in which it holds locks, or waits for one; of tenants, if there is any",
        "query    else those that its query names: qualified names, SET search_path, set_config; of an idle session it is the last query",
        "unknown  else nobody knows: a query without a schema in it, and no lock",
        "",
        "Behind a transaction pooler the same session serves one tenant after the other.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A line of a label and words.
fn line(label: &str, words: impl AsRef<str>) -> String {
    format!("{label:<13}{}", words.as_ref())
}

fn age(label: &str, ms: Option<Ms>) -> Option<String> {
    ms.map(|ms| line(label, span(ms)))
}

fn session(row: &Row, it: &Session, context: &Context<'_>) -> Vec<String> {
    let mut lines = vec![line("tenant", about(row, context)), line("state", state(it))];
    lines.extend(it.wait.as_ref().map(|wait| line("waits for", format!("{}:{}", wait.kind, wait.event))));
    lines.extend(it.awaits.as_ref().map(|awaited| line("lock", lock(awaited))));
    if it.is_blocked() {
        let pids: Vec<String> = it.blocked_by.iter().map(|number| pid(*number)).collect();
        lines.push(line("blocked by", pids.join(", ")));
    }
    lines.extend(age("transaction", it.transaction));
    lines.extend(age("query", it.query_began));
    lines.extend(age("in state", it.in_state));
    lines.extend(age("connected", it.connected));
    if let Some(old) = it.snapshot {
        let old = plural(old as usize, "transaction");
        let words = format!("{old} old: CREATE INDEX CONCURRENTLY waits for it, and vacuum keeps");
        lines.push(line("snapshot", format!("{words} what it may still see")));
    }
    let named =
        [("user", it.user.as_deref()), ("application", Some(it.application.as_str())), ("client", it.client.as_deref())];
    lines.extend(named.into_iter().filter_map(|(label, raw)| Some(line(label, raw.filter(|raw| !raw.is_empty())?))));
    lines.extend(it.elsewhere.as_ref().map(|database| line("database", database)));
    lines.extend(it.kind.as_ref().map(|kind| line("process", kind)));
    lines.extend(it.leader.map(|leader| line("works for", leader.to_string())));
    lines.extend(it.is_ours.then(|| line("", "one of tenantry's own")));
    lines.extend(held(&it.holds, it.locks, it.are_locks_cut));
    lines.push(String::new());
    match &it.query {
        None if it.state == State::Hidden => {
            lines.push("Your role may not see what it does. GRANT pg_monitor shows it.".to_owned());
        }
        None => lines.push("no query yet".to_owned()),
        Some(query) => {
            lines.push(if it.state == State::Idle { "the last query" } else { "query" }.to_owned());
            lines.extend(query.lines().map(|text| format!("  {text}")));
            lines.extend(it.is_query_cut.then(|| "  (cut here)".to_owned()));
        }
    }
    lines
}

fn prepared(row: &Row, it: &Prepared, context: &Context<'_>) -> Vec<String> {
    let mut lines =
        vec![line("name", &it.name), line("tenant", about(row, context)), line("prepared", format!("{} ago", span(it.age)))];
    lines.extend(it.user.as_ref().map(|user| line("user", user)));
    lines.extend(held(&it.holds, it.locks, it.are_locks_cut));
    lines.push(String::new());
    lines.push(
        "It keeps its locks until COMMIT PREPARED or ROLLBACK PREPARED, also over a restart of the server.".to_owned(),
    );
    lines
}

fn about(row: &Row, context: &Context<'_>) -> String {
    let name = tenant(row, context.fleet);
    let by = match row.about.ground {
        Ground::Locks => "by its locks",
        Ground::Query => "by its query",
        Ground::Unknown => return "unknown: neither locks nor its query say".to_owned(),
    };
    let names: Vec<_> = row.about.schemas.iter().take(TOLD).map(|name| shown(name)).collect();
    let names = if row.about.schemas.len() > 1 { format!(": {}", names.join(", ")) } else { String::new() };
    format!("{}, {by}{names}", name.unwrap_or_default())
}

fn state(it: &Session) -> String {
    let words = match it.state {
        State::IdleInTransaction => "idle in transaction: its transaction is open and nothing runs in it",
        State::Aborted => "idle in transaction after an error: only a rollback can follow",
        State::Untracked => "not tracked",
        State::Hidden => "hidden from your role",
        state => state.word(),
    };
    let old = it.snapshot.is_some() && it.transaction.is_some_and(|age| age >= OLD_SNAPSHOT);
    if old && it.state != State::Active { format!("{words}, with a snapshot") } else { words.to_owned() }
}

fn held(holds: &[Held], locks: u64, is_cut: bool) -> Vec<String> {
    let mut lines: Vec<String> = holds
        .iter()
        .take(TOLD)
        .enumerate()
        .map(|(at, held)| {
            let relation = held.relation.as_ref().map_or("the schema itself".to_owned(), Clone::clone);
            let others = if held.count > 1 { format!(" and {} more", units::count(held.count - 1)) } else { String::new() };
            line(if at == 0 { "holds" } else { "" }, format!("{} in {}: {relation}{others}", held.mode.word(), held.schema))
        })
        .collect();
    let left = holds.len().saturating_sub(TOLD);
    lines.extend((left > 0).then(|| line("", format!("and others in {left} more schemas or modes"))));
    lines.extend(
        is_cut.then(|| line("", format!("{} locks in all, of which only some were looked at", units::count(locks)))),
    );
    lines
}

/// Why a section has no row though everything could be read.
pub(super) fn all_well(section: Section, is_marked: bool) -> &'static str {
    match (section, is_marked) {
        (Section::Sessions, _) => "nobody is connected",
        (Section::Blocking, _) => "nobody waits for a lock",
        (Section::HoldUp, false) => "no open transaction would hold up a change of structure in any tenant",
        (Section::HoldUp, true) => "no open transaction would hold up a change of structure in the marked schemas",
    }
}
