//! What stands in the cells of screen 6. Must not draw.

use super::rows::{Row, Section, What, tenant};
use crate::activity::Reason;
use crate::domain::name::shown;
use crate::domain::session::{Awaited, LockMode, Ms, PREPARED, Session, State};
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::columns::{Align, Column};
use crate::tui::screens::Context;
use crate::tui::theme::ThemeRole;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Col {
    Who,
    Tree,
    Tenant,
    State,
    Age,
    Waits,
    Awaits,
    Blocker,
    KnownBy,
    Holds,
    Locks,
    Query,
    User,
    Application,
    Client,
}

/// The columns of a section in their order.
pub(super) fn columns(section: Section) -> Vec<Column<Col>> {
    let left =
        |id, title, [least, fair, most]: [u16; 3], rank| Column { id, title, align: Align::Left, least, fair, most, rank };
    let right = |id, title, width: u16, rank| Column {
        id,
        title,
        align: Align::Right,
        least: width,
        fair: width,
        most: width + 1,
        rank,
    };
    let (state, age) = (|rank| left(Col::State, "STATE", [10, 10, 11], rank), right(Col::Age, "AGE", 5, 0));
    let wide = || {
        let (user, client) = (left(Col::User, "USER", [8, 12, 16], 4), left(Col::Client, "CLIENT", [9, 15, 24], 6));
        [user, left(Col::Application, "APPLICATION", [11, 16, 24], 5), client]
    };
    let mut all = match section {
        Section::Sessions => vec![
            right(Col::Who, "PID", 8, 0),
            state(0),
            age,
            left(Col::Waits, "WAITS FOR", [13, 13, 26], 1),
            left(Col::Blocker, "BLOCKER", [7, 7, 12], 2),
            left(Col::KnownBy, "BY", [7, 7, 7], 3),
        ],
        Section::Blocking => vec![
            left(Col::Tree, "PID", [12, 12, 20], 0),
            left(Col::Tenant, "TENANT", [8, 8, 24], 0),
            age,
            left(Col::Awaits, "WAITS FOR", [18, 25, 40], 0),
            state(4),
        ],
        Section::HoldUp => vec![
            right(Col::Who, "PID", 8, 0),
            left(Col::Tenant, "TENANT", [8, 9, 24], 0),
            left(Col::Holds, "HOLDS", [13, 13, 24], 0),
            right(Col::Locks, "LOCKS", 5, 2),
            age,
            state(3),
        ],
    };
    all.extend(wide());
    all.push(left(Col::Query, "QUERY", [8, 30, 300], 1));
    all
}

/// What a cell says and how it looks.
pub(super) fn cell(row: &Row, col: Col, context: &Context<'_>, glyphs: &Glyphs) -> (String, ThemeRole) {
    let none = || (glyphs.none.to_owned(), ThemeRole::Dim);
    let plain = |words: String| (words, ThemeRole::Text);
    let raw =
        |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or_else(none, |text| plain(shown(text).into_owned()));
    let session = row.session(context.watch);
    let prepared = row.prepared(context.watch);
    match col {
        Col::Tenant => tenant(row, context.fleet).map_or_else(none, plain),
        Col::KnownBy => (row.about.ground.word().to_owned(), ThemeRole::Dim),
        Col::Locks => match &row.reason {
            Some(Reason::Locks { count, .. } | Reason::ManyLocks { count }) => plain(units::short(*count)),
            _ => none(),
        },
        Col::Holds => holds(row, session),
        Col::Who => (who(row), ThemeRole::Text),
        Col::Tree => {
            let indent = "  ".repeat(row.depth.saturating_sub(1).min(8));
            let branch = if row.depth > 0 { format!("{indent}{} ", branch(glyphs)) } else { String::new() };
            plain(format!("{branch}{}", who(row)))
        }
        Col::Awaits => awaits(row, session, glyphs),
        Col::Query if prepared.is_some() => raw(prepared.map(|it| it.name.as_str())),
        Col::Age if prepared.is_some() => prepared.map_or_else(none, |it| plain(span(it.age))),
        Col::State if prepared.is_some() => ("prepared".to_owned(), ThemeRole::Warn),
        Col::User if prepared.is_some() => raw(prepared.and_then(|it| it.user.as_deref())),
        _ => match session {
            None => none(),
            Some(it) => match col {
                Col::State => (it.state.word().to_owned(), state_role(it.state)),
                Col::Age => it.age().map_or_else(none, |age| plain(span(age))),
                Col::Waits => it.wait.as_ref().filter(|wait| wait.kind != "Client").map_or_else(none, |wait| {
                    let role = if wait.kind == "Lock" { ThemeRole::Warn } else { ThemeRole::Text };
                    (shown(&format!("{}:{}", wait.kind, wait.event)).into_owned(), role)
                }),
                Col::Blocker => match it.blocked_by.as_slice() {
                    [] => none(),
                    [one] => (pid(*one), ThemeRole::Warn),
                    [first, others @ ..] => (format!("{} +{}", pid(*first), others.len()), ThemeRole::Warn),
                },
                Col::User => raw(it.user.as_deref()),
                Col::Application => raw(Some(&it.application)),
                Col::Client => raw(it.client.as_deref()),
                _ if it.is_ours => ("tenantry's own".to_owned(), ThemeRole::Dim),
                _ => match (&it.query, it.state) {
                    (Some(query), state) => {
                        let role = if state == State::Idle { ThemeRole::Dim } else { ThemeRole::Text };
                        (one_line(query), role)
                    }
                    (None, State::Hidden) => ("hidden from this role".to_owned(), ThemeRole::Dim),
                    (None, _) => raw(it.kind.as_deref().filter(|kind| *kind != "client backend")),
                },
            },
        },
    }
}

/// The foot of a branch in a tree.
fn branch(glyphs: &Glyphs) -> &'static str {
    if glyphs.rule == "─" { "└" } else { "`" }
}

fn who(row: &Row) -> String {
    match (&row.key, row.what) {
        (_, What::Prepared(_)) => "prepared".to_owned(),
        (super::rows::Key::Session(_, number), _) => pid(*number),
        _ => String::new(),
    }
}

pub(super) fn pid(number: i32) -> String {
    if number == PREPARED { "prepared".to_owned() } else { number.to_string() }
}

pub(super) fn span(ms: Ms) -> String {
    if ms.0 < 1_000 { "<1 s".to_owned() } else { units::span(ms.duration()) }
}

fn state_role(state: State) -> ThemeRole {
    match state {
        State::Active | State::FastPath => ThemeRole::Ok,
        State::IdleInTransaction => ThemeRole::Warn,
        State::Aborted => ThemeRole::Danger,
        State::Idle | State::Untracked | State::Hidden => ThemeRole::Dim,
    }
}

/// A query as far as one line holds it: line ends and indents are blanks.
pub(in crate::tui::screens) fn one_line(query: &str) -> String {
    // No line is wider.
    const MOST: usize = 400;
    let text: Vec<&str> = query.split_whitespace().collect();
    let text: String = text.join(" ").chars().take(MOST).collect();
    shown(&text).into_owned()
}

fn holds(row: &Row, session: Option<&Session>) -> (String, ThemeRole) {
    match &row.reason {
        Some(Reason::Locks { mode, .. }) => {
            let role = if *mode >= LockMode::Share { ThemeRole::Danger } else { ThemeRole::Warn };
            (mode.word().to_owned(), role)
        }
        Some(Reason::ManyLocks { .. }) => ("too many to list".to_owned(), ThemeRole::Warn),
        Some(Reason::Snapshot) => {
            let age = session.and_then(|it| it.snapshot).filter(|age| *age > 0);
            (age.map_or("snapshot".to_owned(), |age| format!("snapshot {} old", units::short(age.into()))), ThemeRole::Info)
        }
        None => (String::new(), ThemeRole::Text),
    }
}

fn awaits(row: &Row, session: Option<&Session>, glyphs: &Glyphs) -> (String, ThemeRole) {
    let blocks = (row.waiting > 0).then(|| format!("blocks {}", units::count(row.waiting as u64)));
    let state = session.filter(|_| row.depth == 0).map(|it| format!(", {}", it.state.word())).unwrap_or_default();
    if row.is_cycle {
        return (format!("{} itself: a deadlock", glyphs.danger), ThemeRole::Danger);
    }
    let role = if row.depth == 0 { ThemeRole::Danger } else { ThemeRole::Warn };
    match session.and_then(|it| it.awaits.as_ref()) {
        Some(awaited) if row.depth > 0 => {
            let more = blocks.map_or(String::new(), |words| format!(", {words}"));
            (format!("{}{more}", lock(awaited)), role)
        }
        _ => blocks.map_or_else(|| (glyphs.none.to_owned(), ThemeRole::Dim), |words| (format!("{words}{state}"), role)),
    }
}

/// A lock in words, safe to show: `AccessExclusive crm_order`.
pub(super) fn lock(awaited: &Awaited) -> String {
    let about = awaited.relation.as_deref().unwrap_or(match awaited.kind.as_str() {
        "transactionid" => "another's transaction",
        "virtualxid" => "another's snapshot",
        kind => kind,
    });
    // Of what is no relation the mode tells nothing.
    if awaited.relation.is_none() { shown(about).into_owned() } else { format!("{} {}", awaited.mode.word(), shown(about)) }
}
