//! How screen 6 is drawn: the sections' names, a heading, the rows in view, what could not be seen. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ActivityScreen;
use super::cells::{self, Col};
use super::explain::all_well;
use super::rows::{Key, Row, Section, What, tenant};
use crate::domain::fleet::{DatabaseId, Link};
use crate::domain::name::shown;
use crate::domain::session::State;
use crate::domain::units;
use crate::tui::parts::columns::{self, Placed};
use crate::tui::parts::list::Cursor;
use crate::tui::parts::text;
use crate::tui::screens::{Context, Look, describe};
use crate::tui::theme::ThemeRole;

/// Lines above the rows: the names of the sections, the heading.
pub(super) const ABOVE: u16 = 2;

/// How many rows of a section are in view.
pub(super) fn window(_: Section, context: &Context<'_>) -> usize {
    let height = context.area.1;
    usize::from(height.saturating_sub(ABOVE + notes_room(context)))
}

fn notes_room(context: &Context<'_>) -> u16 {
    (warnings(context).len() as u16).min(context.area.1 / 4)
}

/// The name of a section with how many rows it has; `None` while nothing is known.
fn label(screen: &ActivityScreen, section: Section, context: &Context<'_>) -> String {
    let is_known = context.watch.as_of().is_some();
    let rows = &screen.rows[section as usize];
    let count = match section {
        Section::Sessions => rows.iter().filter(|row| !matches!(row.what, What::Group(_))).count(),
        _ => rows.len(),
    };
    if is_known { format!("{} {}", section.word(), units::count(count as u64)) } else { section.word().to_owned() }
}

/// The section whose name stands at a column of the first line.
pub(super) fn tab_at(screen: &ActivityScreen, column: u16, context: &Context<'_>) -> Option<Section> {
    let mut end = 1;
    Section::ALL.into_iter().find(|section| {
        end += text::width(&label(screen, *section, context)) + 5;
        usize::from(column) < end
    })
}

pub(super) fn draw(screen: &ActivityScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    tabs(screen, context, look, buffer, area);
    let notes = notes_room(context);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1 + notes), ..area };
    let words = why_empty(screen, context, look);
    table(screen.section, screen.shown(), &screen.place().cursor, &words, context, look, buffer, list);
    let below = Rect { y: area.bottom() - notes, height: notes, ..area };
    for (y, warning) in (below.y..below.bottom()).zip(warnings(context)) {
        let room = usize::from(area.width.saturating_sub(2));
        let words = format!("{} {warning}", look.glyphs.warn);
        let words = text::fit(&words, room, look.glyphs.cut);
        buffer.set_stringn(area.x + 1, y, words, room, look.theme.style(ThemeRole::Warn));
    }
}

fn tabs(screen: &ActivityScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let mut x = area.x + 1;
    for section in Section::ALL {
        let open = section == screen.section;
        let style = look.theme.style(if open { ThemeRole::Accent } else { ThemeRole::Dim });
        let sign = if open { look.glyphs.cursor } else { " " };
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, format!("{sign} {}   ", label(screen, section, context)), room, style).0;
    }
}

/// A list of rows below its heading. `empty` is said where there is none.
#[expect(clippy::too_many_arguments, reason = "a table is drawn from all that it shows")]
pub(super) fn table(
    section: Section,
    rows: &[Row],
    cursor: &Cursor,
    empty: &[(String, ThemeRole)],
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    if area.height == 0 {
        return;
    }
    let placed = columns::place(&cells::columns(section), area.width.saturating_sub(1));
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if rows.is_empty() {
        let room = usize::from(area.width.saturating_sub(columns::GUTTER + 1));
        let lines = empty.iter().flat_map(|(line, role)| text::wrap(line, room).into_iter().map(move |line| (line, role)));
        for (y, (line, role)) in (below.y..below.bottom()).zip(lines) {
            buffer.set_stringn(area.x + columns::GUTTER, y, line, room, look.theme.style(*role));
        }
        return;
    }
    for column in &placed {
        let style = look.theme.style(ThemeRole::Title);
        let cells = columns::range(column, area);
        columns::cell(buffer, &cells, area.y, column.column.align, column.column.title, look.glyphs.cut, style);
    }
    let height = usize::from(below.height);
    let view = cursor.window(rows.len(), height);
    for (y, at) in (below.y..below.bottom()).zip(view.clone()) {
        line(&rows[at], at == cursor.at, &placed, context, look, buffer, Rect { y, height: 1, ..below });
    }
    if view.len() < rows.len() && height > 0 {
        let sign = if view.end < rows.len() { look.glyphs.descending } else { look.glyphs.ascending };
        buffer.set_stringn(area.right().saturating_sub(1), area.bottom() - 1, sign, 1, look.theme.style(ThemeRole::Dim));
    }
}

fn line(
    row: &Row,
    is_chosen: bool,
    placed: &[Placed<Col>],
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let old = context.watch.is_stale(row.database(), context.fleet);
    if old && area.width > 2 {
        buffer.set_stringn(area.x + 2, area.y, look.glyphs.stale, 1, look.theme.style(ThemeRole::Dim));
    }
    if let (Key::Group(..), What::Group(tally)) = (&row.key, row.what) {
        let from = area.x + columns::GUTTER;
        let room = usize::from(area.right().saturating_sub(from + 1));
        let words = tally.words();
        let name = tenant(row, context.fleet).unwrap_or_default();
        let name_room = room.saturating_sub(text::width(&words) + 2).max(room / 3);
        let name = text::fit(&name, name_room, look.glyphs.cut);
        let style = look.theme.style(if old { ThemeRole::Dim } else { ThemeRole::Accent });
        let (x, _) = buffer.set_stringn(from, area.y, &name, name_room, style);
        let left = usize::from(area.right().saturating_sub(x + 3));
        let role = if old || tally.blocked == 0 { ThemeRole::Dim } else { ThemeRole::Warn };
        let words = text::fit(&words, left, look.glyphs.cut).replace('·', look.glyphs.dot);
        buffer.set_stringn(x + 2, area.y, words, left, look.theme.style(role));
    } else {
        for column in placed {
            let (words, role) = cells::cell(row, column.column.id, context, look.glyphs);
            let style = look.theme.style(if old { ThemeRole::Dim } else { role });
            let cells = columns::range(column, area);
            columns::cell(buffer, &cells, area.y, column.column.align, &words, look.glyphs.cut, style);
        }
    }
    if is_chosen {
        describe::select(look, buffer, area);
    }
}

/// What a person must know to read the rows: what is missing from them.
fn warnings(context: &Context<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for (id, database) in (0..).map(DatabaseId).zip(&context.fleet.databases) {
        let facts = context.watch.facts(id);
        let label = shown(&database.label);
        if matches!(database.link, Link::Down { .. }) {
            let old = if facts.is_some() { "its sessions are as of before" } else { "its sessions are not known" };
            all.push(format!("{label} is down: {old}"));
        } else if let Some(fault) = context.watch.fault(id) {
            all.push(format!("{label}: {}", fault.what));
        }
        let hidden = facts.map_or(0, |facts| facts.sessions.iter().filter(|it| it.state == State::Hidden).count());
        if hidden > 0 {
            let role =
                database.server.as_ref().map_or_else(|| "this role".to_owned(), |it| format!("role {}", shown(&it.role)));
            let many = super::counted(hidden, "session is", "sessions are");
            all.push(format!("{label}: {many} hidden from {role}, only locks are seen; GRANT pg_monitor shows all"));
        }
    }
    all
}

/// Why a section has no row.
fn why_empty(screen: &ActivityScreen, context: &Context<'_>, look: &Look<'_>) -> Vec<(String, ThemeRole)> {
    let fleet = context.fleet;
    let is_down = |it: &crate::domain::fleet::Database| it.is_stale();
    if !screen.filter.is_empty() && context.watch.as_of().is_some() {
        let words = format!("nothing matches  {}", shown(&screen.filter));
        return vec![(words, ThemeRole::Text), ("an empty filter shows all".to_owned(), ThemeRole::Dim)];
    }
    if context.watch.as_of().is_none() {
        let words = if !fleet.databases.is_empty() && fleet.databases.iter().all(is_down) {
            "no database answers".to_owned()
        } else {
            format!("{} reading", look.glyphs.pending)
        };
        return vec![(words, ThemeRole::Dim)];
    }
    let words = format!("{} {}", look.glyphs.ok, all_well(screen.section, !context.marks.is_empty()));
    vec![(words, ThemeRole::Ok)]
}
