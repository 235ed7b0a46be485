//! What screens say alike: all about one row in words, why a list is empty, the look of a selected row. Must not hold state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Context, Look, verdict};
use crate::domain::catalog::{ActivityKind, Counts, SchemaFacts};
use crate::domain::drift::CohortId;
use crate::domain::fleet::{Database, Entry, Link};
use crate::domain::name::shown;
use crate::domain::roles::Role;
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::text;
use crate::tui::theme::ThemeRole;

/// One statement about a row: what it is about, the words, how they look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) label: &'static str,
    pub(super) words: String,
    pub(super) role: ThemeRole,
}

impl Statement {
    pub(super) fn new(label: &'static str, words: impl Into<String>) -> Self {
        Self { label, words: words.into(), role: ThemeRole::Text }
    }

    pub(super) fn looking(self, role: ThemeRole) -> Self {
        Self { role, ..self }
    }
}

/// Cells of the labels before statements.
const LABEL: u16 = 12;

/// Marks a row as the one under the cursor: reverse video or the theme's ground, and a sign for those who see neither.
pub(super) fn select(look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let style = look.theme.style(ThemeRole::Selection);
    buffer.set_style(area, style);
    if area.width > 1 && area.height > 0 {
        buffer.set_stringn(area.x + 1, area.y, look.glyphs.cursor, 1, style);
    }
}

/// What the registry and the catalogue say of a row.
pub(super) fn statements(entry: &Entry<'_>, context: &Context<'_>, glyphs: &Glyphs) -> Vec<Statement> {
    let mut all = states(entry, glyphs);
    if entry.row.role != Role::Orphan {
        all.push(Statement::new("role", entry.row.role.sentence()));
    }
    if let Some(schema) = entry.schema.filter(|_| entry.row.role.is_judged()) {
        all.extend(judged(entry, schema, context, glyphs));
    }
    if let Some(tenant) = entry.tenant {
        for (at, domain) in tenant.domains.iter().enumerate() {
            let folder = domain.folder.as_ref().map_or(String::new(), |folder| format!("/{}", shown(folder)));
            let primary = if domain.primary { format!(" {} primary", glyphs.primary) } else { String::new() };
            let label = if at == 0 { "domains" } else { "" };
            all.push(Statement::new(label, format!("{}{folder}{primary}", shown(&domain.name))));
        }
        let mut told = |label, raw: Option<&String>| all.extend(raw.map(|raw| Statement::new(label, shown(raw))));
        told("created", tenant.created.as_ref());
        told("plan", tenant.plan.as_ref());
        told("time zone", tenant.time_zone.as_ref());
    }
    if let Some(schema) = entry.schema {
        all.push(Statement::new("owner", shown(&schema.owner)));
        if let Some(extension) = &schema.extension {
            all.push(Statement::new("extension", shown(extension)));
        }
        if let Some(counts) = schema.counts {
            all.extend(figures(counts, glyphs));
        }
        if schema.counts.is_some() {
            let ledger = schema.ledger.as_ref().map(|l| format!("{} ({})", shown(&l.table), l.dialect.word()));
            all.extend(ledger.map(|ledger| Statement::new("recorded in", ledger).looking(ThemeRole::Dim)));
        }
        if let Some(activity) = schema.activity {
            let kind = match activity.kind {
                ActivityKind::Scan => "scan",
                ActivityKind::Maintenance => "vacuum or analyze",
            };
            all.push(Statement::new("activity", format!("{}, the last {kind}", units::ago(activity.at, context.now))));
        }
    }
    all
}

/// What is odd, each with its sentence; one statement when nothing is.
fn states(entry: &Entry<'_>, glyphs: &Glyphs) -> Vec<Statement> {
    let mut all = Vec::new();
    for (at, &oddity) in entry.row.oddities.iter().enumerate() {
        let label = if at == 0 { "state" } else { "" };
        let words = format!("{} {}", glyphs.oddity(oddity), entry.oddity_words(oddity));
        all.push(Statement::new(label, words).looking(ThemeRole::of(oddity.severity())));
        all.push(Statement::new("", oddity.sentence()).looking(ThemeRole::Dim));
        let notes = entry.database.notes.iter().filter(|note| note.about == Some(oddity));
        all.extend(notes.filter_map(|note| Some(Statement::new("", note.hint.clone()?).looking(ThemeRole::Dim))));
    }
    if all.is_empty() {
        let words = entry.state_words();
        let (sign, role) = if words == "ok" { (glyphs.ok, ThemeRole::Ok) } else { (glyphs.info, ThemeRole::Dim) };
        all.push(Statement::new("state", format!("{sign} {words}")).looking(role));
    }
    all
}

/// How many differences are told beside a list; an opened schema tells all.
const TOLD: usize = 6;

/// How its ledger and its shape stand against what they should be.
fn judged(entry: &Entry<'_>, schema: &SchemaFacts, context: &Context<'_>, glyphs: &Glyphs) -> Vec<Statement> {
    let (drift, it) = (&context.fleet.drift, &schema.verdict);
    let cohort = |id: Option<CohortId>| id.map_or_else(String::new, |id| format!(", cohort {}", drift.name(id)));
    let more = |count: usize| {
        let left = count.saturating_sub(TOLD);
        (left > 0).then(|| Statement::new("", format!("and {} more", units::count(left as u64))).looking(ThemeRole::Dim))
    };
    let (words, role) = verdict::ledger_of(entry, it.ledger, glyphs);
    let mut all = vec![Statement::new("ledger", format!("{words}{}", cohort(it.history_cohort))).looking(role)];
    if let Some(history) = it.history_cohort.and_then(|id| drift.history(id)) {
        let sides = [(glyphs.missing, &history.missing), (glyphs.extra, &history.extra), (glyphs.dirty, &history.dirty)];
        let lines: Vec<String> = sides
            .into_iter()
            .flat_map(|(sign, all)| all.iter().map(move |it| format!("{sign} {}", shown(&it.label()))))
            .collect();
        all.extend(lines.iter().take(TOLD).map(|line| Statement::new("", line.as_str())));
        all.extend(more(lines.len()));
        let head = drift.head.as_ref().map(|head| verdict::head(head, context.fleet, usize::MAX));
        all.extend(head.map(|head| Statement::new("", head).looking(ThemeRole::Dim)));
    }
    let (words, role) = verdict::shape(it.shape, usize::MAX, glyphs);
    all.push(Statement::new("shape", format!("{words}{}", cohort(it.shape_cohort))).looking(role));
    if let Some(shape) = it.shape_cohort.and_then(|id| drift.shape(id)) {
        let differences = || shape.differences.iter().filter(|difference| difference.is_drift());
        all.extend(differences().take(TOLD).map(|it| Statement::new("", verdict::brief(it, glyphs))));
        all.extend(more(differences().count()));
        let reference = verdict::reference(drift, context.fleet, usize::MAX);
        all.extend(reference.map(|words| Statement::new("", words).looking(ThemeRole::Dim)));
    }
    all
}

fn figures(counts: Counts, glyphs: &Glyphs) -> Vec<Statement> {
    let others = [
        (counts.indexes, "index", "indexes"),
        (counts.sequences, "sequence", "sequences"),
        (counts.views, "view", "views"),
        (counts.functions, "function", "functions"),
    ];
    let others: Vec<String> =
        others.into_iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(count, one, many)).collect();
    let about = glyphs.about;
    let mut all = vec![Statement::new("tables", units::count(counts.tables.into()))];
    if !others.is_empty() {
        all.push(Statement::new("objects", others.join(", ")));
    }
    if counts.is_unknown() {
        all.push(Statement::new("size", "unknown: no table was ever analysed").looking(ThemeRole::Dim));
        return all;
    }
    all.push(Statement::new("rows", format!("{about} {}", units::count(counts.rows))));
    all.push(Statement::new("size", format!("{about} {}, from the planner's pages", units::bytes(counts.bytes))));
    if counts.never_analysed > 0 {
        let left_out = counted(counts.never_analysed, "table that was", "tables that were");
        all.push(Statement::new("", format!("without {left_out} never analysed")).looking(ThemeRole::Dim));
    }
    all
}

/// `1 index`, `40 indexes`.
pub(super) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{} {}", units::count(count.into()), if count == 1 { one } else { many })
}

/// One line of statements that were broken to a width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    label: &'static str,
    words: String,
    role: ThemeRole,
}

/// Breaks statements into lines for an area of this width.
pub(super) fn lines(all: &[Statement], width: u16) -> Vec<Line> {
    let room = usize::from(width.saturating_sub(LABEL + 1));
    let broken = |statement: &Statement| {
        let (label, role) = (statement.label, statement.role);
        let lines = text::wrap(&statement.words, room).into_iter().enumerate();
        lines.map(|(at, words)| Line { label: if at == 0 { label } else { "" }, words, role }).collect::<Vec<_>>()
    };
    all.iter().flat_map(broken).collect()
}

/// Draws lines from the top; those that do not fit are left out.
pub(super) fn draw(lines: &[Line], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width.saturating_sub(LABEL));
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        let label = text::fit(line.label, usize::from(LABEL.min(area.width)), look.glyphs.cut);
        buffer.set_string(area.x, y, label, look.theme.style(ThemeRole::Dim));
        buffer.set_stringn(area.x + LABEL.min(area.width), y, &line.words, room, look.theme.style(line.role));
    }
}

/// Draws the pane beside a list: a wall, the name, and all about the row.
pub(super) fn pane(entry: &Entry<'_>, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    for y in area.y..area.bottom() {
        buffer.set_stringn(area.x, y, look.glyphs.wall, 1, look.theme.style(ThemeRole::Border));
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    if inner.height < 3 {
        return;
    }
    let title = shown(entry.tenant_name().unwrap_or_else(|| entry.schema_name()));
    let title = text::fit(&title, usize::from(inner.width), look.glyphs.cut);
    buffer.set_string(inner.x, inner.y, title, look.theme.style(ThemeRole::Accent));
    let path = context.name_of(entry);
    let path = text::fit(&path, usize::from(inner.width), look.glyphs.cut);
    buffer.set_string(inner.x, inner.y + 1, path, look.theme.style(ThemeRole::Dim));
    let below = Rect { y: inner.y + 3, height: inner.height - 3, ..inner };
    draw(&lines(&statements(entry, context, look.glyphs), below.width), look, buffer, below);
}

/// The state of a link in a sign, a few words and a role: `● up 12 ms`, `✗ down 3 m`.
pub(super) fn link(database: &Database, context: &Context<'_>, look: &Look<'_>) -> (String, ThemeRole) {
    let glyphs = look.glyphs;
    match (&database.link, database.progress) {
        (Link::Connecting, _) => (format!("{} connecting", glyphs.busy), ThemeRole::Info),
        (Link::Up { .. }, Some(progress)) => {
            (format!("{} {} {}/{}", glyphs.busy, progress.pass.word(), progress.done, progress.total), ThemeRole::Info)
        }
        (Link::Up { round_trip_us }, None) => {
            // A socket on this machine answers within a millisecond; "0 ms" would read as not measured.
            let time = match round_trip_us / 1_000 {
                0 => "<1 ms".to_owned(),
                ms => units::span(jiff::SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))),
            };
            (format!("{} up {time}", glyphs.up), ThemeRole::Ok)
        }
        (Link::Down { since, .. }, _) => {
            (format!("{} down {}", glyphs.danger, units::span(context.now.duration_since(*since))), ThemeRole::Danger)
        }
    }
}

/// Why a database is down and when it is tried again: `connection refused; next try in 12 s`. `None` when it is not down.
pub(super) fn outage(database: &Database, context: &Context<'_>) -> Option<String> {
    let Link::Down { fault, retry_at, .. } = &database.link else { return None };
    Some(match retry_at {
        Some(at) if *at > context.now => {
            format!("{}; next try in {}", fault.what, units::span(at.duration_since(context.now)))
        }
        Some(_) => format!("{}; trying again", fault.what),
        None => format!("{}; r tries again", fault.what),
    })
}

/// Says why a list has no row: a filter, links that are being made or are down, or a fleet without schemas.
pub(super) fn emptiness(filter: &str, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let fleet = context.fleet;
    let mut lines: Vec<(String, ThemeRole)> = Vec::new();
    let known = fleet.databases.iter().any(|database| !database.rows.is_empty());
    if known && !filter.is_empty() {
        lines.push((format!("nothing matches  {}", shown(filter)), ThemeRole::Text));
        lines.push(("an empty filter shows all".to_owned(), ThemeRole::Dim));
    } else if fleet.databases.iter().all(|database| database.as_of.is_some() && !database.is_stale()) {
        lines.push(("no schema here but PostgreSQL's own".to_owned(), ThemeRole::Text));
        lines.push(("role:system as a filter shows those".to_owned(), ThemeRole::Dim));
    } else {
        for database in &fleet.databases {
            let (words, role) = link(database, context, look);
            lines.push((format!("{}  {words}", shown(&database.label)), role));
            lines.extend(outage(database, context).map(|why| (format!("   {why}"), ThemeRole::Dim)));
        }
    }
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 3;
    for (y, (line, role)) in (top..area.bottom()).zip(lines) {
        let room = usize::from(area.width.saturating_sub(6));
        buffer.set_stringn(area.x + 3, y, text::fit(&line, room, look.glyphs.cut), room, look.theme.style(role));
    }
}
