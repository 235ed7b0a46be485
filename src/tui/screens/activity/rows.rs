//! The rows of screen 6: sessions by tenant, who blocks whom, who would hold up a change of structure. Must not draw.

use serde::{Deserialize, Serialize};

use crate::activity::{About, Ground, Holder, Kind, Known, Reason, about, about_prepared, hold_ups, tree};
use crate::domain::fleet::{Database, DatabaseId, Fleet};
use crate::domain::name::{SchemaPath, shown};
use crate::domain::session::{PREPARED, Prepared, Session, SessionFacts, State};
use crate::tui::screens::Context;
use crate::tui::watch::Watch;

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Section {
    /// Sessions by tenant.
    #[default]
    Sessions,
    /// Who blocks whom.
    Blocking,
    /// Who would hold up a change of structure.
    HoldUp,
}

impl Section {
    pub(super) const ALL: [Self; 3] = [Self::Sessions, Self::Blocking, Self::HoldUp];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Blocking => "Blocking",
            Self::HoldUp => "Holding up DDL",
        }
    }
}

/// What tells a row from all others of its section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Key {
    Group(DatabaseId, Group),
    Session(DatabaseId, i32),
    Prepared(DatabaseId, String),
}

/// What the sessions of a group are about, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Group {
    /// One schema, of a tenant.
    Tenant(String),
    /// One schema that all tenants use.
    Shared(String),
    /// So many schemas each.
    Several(usize),
    /// Nobody knows.
    Unknown,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) what: What,
    pub(super) about: About,
    /// How deep it stands in a tree.
    pub(super) depth: usize,
    /// How many wait for it.
    pub(super) waiting: usize,
    pub(super) is_cycle: bool,
    /// Why it would hold up a change.
    pub(super) reason: Option<Reason>,
}

/// What a row shows: positions are those of the facts that it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Group(Tally),
    Session(usize),
    Prepared(usize),
    /// It blocks somebody and is not among the sessions: it ended, or it is a prepared transaction of which there are several.
    Gone,
}

/// How many sessions do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) sessions: usize,
    pub(super) active: usize,
    pub(super) in_transaction: usize,
    pub(super) blocked: usize,
    pub(super) prepared: usize,
    pub(super) hidden: usize,
}

impl Tally {
    pub(super) fn add(&mut self, session: &Session) {
        self.sessions += 1;
        self.active += usize::from(session.state == State::Active);
        self.in_transaction += usize::from(matches!(session.state, State::IdleInTransaction | State::Aborted));
        self.blocked += usize::from(session.is_blocked());
        self.hidden += usize::from(session.state == State::Hidden);
    }

    /// `3 sessions · 1 active · 1 blocked`.
    pub(super) fn words(self) -> String {
        let sessions = if self.sessions == 1 { "session" } else { "sessions" };
        let first = (self.sessions > 0 || self.prepared == 0).then(|| format!("{} {sessions}", self.sessions));
        let rest = [
            (self.active, "active"),
            (self.in_transaction, "idle in tx"),
            (self.blocked, "blocked"),
            (self.prepared, "prepared"),
            (self.hidden, "hidden"),
        ];
        let rest = rest.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        first.into_iter().chain(rest).collect::<Vec<_>>().join(" · ")
    }
}

impl Row {
    pub(super) fn database(&self) -> DatabaseId {
        match self.key {
            Key::Group(id, _) | Key::Session(id, _) | Key::Prepared(id, _) => id,
        }
    }

    pub(super) fn session<'a>(&self, watch: &'a Watch) -> Option<&'a Session> {
        let What::Session(at) = self.what else { return None };
        watch.facts(self.database())?.sessions.get(at)
    }

    pub(super) fn prepared<'a>(&self, watch: &'a Watch) -> Option<&'a Prepared> {
        let What::Prepared(at) = self.what else { return None };
        watch.facts(self.database())?.prepared.get(at)
    }

    fn plain(key: Key, what: What, about: About) -> Self {
        Self { key, what, about, depth: 0, waiting: 0, is_cycle: false, reason: None }
    }
}

/// One database that told of its sessions.
struct Told<'a> {
    id: DatabaseId,
    database: &'a Database,
    facts: &'a SessionFacts,
}

fn told<'a>(fleet: &'a Fleet, watch: &'a Watch) -> impl Iterator<Item = Told<'a>> {
    let with = |(id, database)| Some(Told { id, database, facts: watch.facts(id)? });
    (0..).map(DatabaseId).zip(&fleet.databases).filter_map(with)
}

/// The rows of a section that hold this text.
pub(super) fn of(section: Section, filter: &str, context: &Context<'_>) -> Vec<Row> {
    let filter = filter.to_lowercase();
    let fits = |row: &Row| filter.is_empty() || text(row, context).to_lowercase().contains(&filter);
    told(context.fleet, context.watch)
        .flat_map(|told| match section {
            Section::Sessions => grouped(&told, |row| fits(row)),
            Section::Blocking => blocking(&told).into_iter().filter(|row| fits(row)).collect(),
            Section::HoldUp => holding_up(&told, context).into_iter().filter(|row| fits(row)).collect(),
        })
        .collect()
}

/// The sessions and prepared transactions that are about one schema (raw name), without groups.
pub(super) fn of_schema(id: DatabaseId, name: &str, filter: &str, context: &Context<'_>) -> Vec<Row> {
    let filter = filter.to_lowercase();
    let fits = |row: &Row| {
        row.about.schemas.iter().any(|schema| schema == name)
            && (filter.is_empty() || text(row, context).to_lowercase().contains(&filter))
    };
    let of = told(context.fleet, context.watch).find(|told| told.id == id);
    of.map_or_else(Vec::new, |told| singles(&told).filter(|row| fits(row)).collect())
}

/// Every session and prepared transaction of a database.
fn singles<'a>(told: &'a Told<'_>) -> impl Iterator<Item = Row> + 'a {
    let (id, known) = (told.id, Known::of(told.database));
    let sessions = told.facts.sessions.iter().enumerate();
    let sessions = sessions.map(move |(at, it)| Row::plain(Key::Session(id, it.pid), What::Session(at), about(it, known)));
    let prepared = told.facts.prepared.iter().enumerate();
    let prepared = prepared
        .map(move |(at, it)| Row::plain(Key::Prepared(id, it.name.clone()), What::Prepared(at), about_prepared(it, known)));
    sessions.chain(prepared)
}

/// Sessions below the tenant that they are about: tenants by name, in them whoever waits first, then by pid.
fn grouped(told: &Told<'_>, fits: impl Fn(&Row) -> bool) -> Vec<Row> {
    let known = Known::of(told.database);
    let is_blocked = |row: &Row| match row.what {
        What::Session(at) => told.facts.sessions[at].is_blocked(),
        _ => false,
    };
    let mut singles: Vec<(Group, bool, Row)> =
        singles(told).filter(fits).map(|row| (group(&row.about, known), !is_blocked(&row), row)).collect();
    // Stable: by pid within.
    singles.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut rows: Vec<Row> = Vec::with_capacity(singles.len() * 2);
    for of in singles.chunk_by(|a, b| a.0 == b.0) {
        let mut tally = Tally::default();
        for (_, _, row) in of {
            match row.what {
                What::Session(at) => tally.add(&told.facts.sessions[at]),
                _ => tally.prepared += 1,
            }
        }
        let about = if matches!(of[0].0, Group::Several(_)) { About::default() } else { of[0].2.about.clone() };
        rows.push(Row::plain(Key::Group(told.id, of[0].0.clone()), What::Group(tally), about));
        rows.extend(of.iter().map(|(_, _, row)| row.clone()));
    }
    rows
}

fn group(about: &About, known: Known<'_>) -> Group {
    match about.schemas.as_slice() {
        [] => Group::Unknown,
        [one] if known.kind(one) == Some(Kind::Shared) => Group::Shared(one.clone()),
        [one] => Group::Tenant(one.clone()),
        several => Group::Several(several.len()),
    }
}

fn blocking(told: &Told<'_>) -> Vec<Row> {
    let (facts, known) = (told.facts, Known::of(told.database));
    let row = |node: crate::activity::Node| {
        let key = Key::Session(told.id, node.pid);
        let row = match facts.sessions.iter().position(|it| it.pid == node.pid) {
            Some(at) => Row::plain(key, What::Session(at), about(&facts.sessions[at], known)),
            // The server says only that it is a prepared one: of a single one we know which.
            None if node.pid == PREPARED && facts.prepared.len() == 1 => {
                Row::plain(key, What::Prepared(0), about_prepared(&facts.prepared[0], known))
            }
            None => Row::plain(key, What::Gone, About::default()),
        };
        Row { depth: node.depth, waiting: node.waiting, is_cycle: node.is_cycle, ..row }
    };
    tree(&facts.sessions).into_iter().map(row).collect()
}

fn holding_up(told: &Told<'_>, context: &Context<'_>) -> Vec<Row> {
    let (facts, known) = (told.facts, Known::of(told.database));
    let marks = context.marks;
    let path = |schema: &str| SchemaPath { database: told.database.label.clone(), schema: schema.to_owned() };
    let is_meant = |schema: &str| marks.is_empty() || marks.contains(&path(schema));
    if !marks.is_empty() && !marks.iter().any(|mark| mark.database == told.database.label) {
        return Vec::new();
    }
    let row = |it: crate::activity::HoldUp<'_>| {
        let (key, what, mut about) = match it.holder {
            Holder::Session(session) => {
                let at = facts.sessions.iter().position(|other| other.pid == session.pid)?;
                (Key::Session(told.id, session.pid), What::Session(at), about(session, known))
            }
            Holder::Prepared(prepared) => {
                let at = facts.prepared.iter().position(|other| other.name == prepared.name)?;
                (Key::Prepared(told.id, prepared.name.clone()), What::Prepared(at), about_prepared(prepared, known))
            }
        };
        if let Reason::Locks { schemas, .. } = &it.reason {
            about = About { schemas: schemas.clone(), ground: Ground::Locks };
        }
        Some(Row { reason: Some(it.reason), ..Row::plain(key, what, about) })
    };
    hold_ups(facts, known, is_meant).into_iter().filter_map(row).collect()
}

/// What the group of a row is called, safe to show.
pub(super) fn tenant(row: &Row, fleet: &Fleet) -> Option<String> {
    let label = (fleet.databases.len() > 1).then(|| fleet.database(row.database())).flatten().map(|it| shown(&it.label));
    let name = match (&row.key, row.about.schemas.as_slice()) {
        (Key::Group(_, Group::Several(count)), _) => format!("{count} schemas"),
        (Key::Group(_, Group::Unknown), _) => "no tenant known".to_owned(),
        (_, []) => return None,
        (_, [one]) => shown(one).into_owned(),
        (_, several) => format!("{} schemas", several.len()),
    };
    Some(label.map_or_else(|| name.clone(), |label| format!("{label}/{name}")))
}

/// Everything that a filter looks into.
fn text(row: &Row, context: &Context<'_>) -> String {
    let mut parts: Vec<String> = row.about.schemas.iter().map(|name| shown(name).into_owned()).collect();
    parts.extend(context.fleet.database(row.database()).map(|it| shown(&it.label).into_owned()));
    if let Some(it) = row.session(context.watch) {
        parts.push(format!("{} {} {}", it.pid, it.state.word(), row.about.ground.word()));
        parts.extend(it.is_blocked().then(|| "blocked".to_owned()));
        parts.extend(it.is_ours.then(|| "tenantry".to_owned()));
        parts.extend(it.wait.as_ref().map(|wait| format!("{}:{}", wait.kind, wait.event)));
        let raw = [it.user.as_ref(), Some(&it.application), it.client.as_ref(), it.query.as_ref(), it.kind.as_ref()];
        parts.extend(raw.into_iter().flatten().map(|raw| shown(raw).into_owned()));
    }
    if let Some(it) = row.prepared(context.watch) {
        parts.push(format!("prepared {}", shown(&it.name)));
        parts.extend(it.user.as_ref().map(|user| shown(user).into_owned()));
    }
    parts.join(" ")
}
