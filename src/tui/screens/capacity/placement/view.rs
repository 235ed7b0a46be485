//! How the tab of placement is drawn: findings above, the matrix of tables below. Must not change the state.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::PlacementPane;
use crate::domain::name::shown;
use crate::domain::placement::{Finding, Place, Placement, PlacementRow};
use crate::domain::units;
use crate::tui::parts::columns::{self, Align};
use crate::tui::parts::{bar, text};
use crate::tui::screens::{Context, Look, describe};
use crate::tui::theme::ThemeRole;

/// Where the rows of both lists are; the heading of each is the line above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) findings: Rect,
    pub(super) tables: Rect,
}

/// Findings get the lines that they need, up to half of the room, and always as many as there are kinds on a sound fleet, so that the
/// matrix does not move when the answer comes.
pub(super) fn places(findings: usize, (width, height): (u16, u16)) -> Places {
    const USUAL: u16 = 4;
    let gap = u16::from(height > 10);
    let room = height.saturating_sub(2 + gap);
    let needed = u16::try_from(findings).unwrap_or(u16::MAX).max(USUAL);
    let first = needed.min(room.div_ceil(2));
    let line = |y: u16, rows: u16| Rect::new(0, y.min(height), width, rows.min(height.saturating_sub(y)));
    Places { findings: line(1, first), tables: line(first + gap + 2, room - first) }
}

pub(super) fn draw(pane: &PlacementPane, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (count, _) = pane.lens();
    let places = places(count, (area.width, area.height));
    let moved = |place: Rect| Rect { x: area.x, y: area.y + place.y, ..place };
    let (findings, tables) = (moved(places.findings), moved(places.tables));
    heading("FINDINGS", !pane.in_tables, &aside(pane, context), look, buffer, Rect { y: area.y, height: 1, ..area });
    let (Some(placement), Some(whole)) = (pane.placement(), pane.whole()) else {
        return say(&waiting(pane, context, look), look, buffer, findings);
    };
    if placement.rows.is_empty() && placement.findings.is_empty() && !pane.filter().is_empty() {
        let words = format!("nothing matches  {}", shown(pane.filter()));
        let all = ("an empty filter shows all".to_owned(), ThemeRole::Dim);
        return say(&[(words, ThemeRole::Text), all], look, buffer, findings);
    }
    if whole.rows.is_empty() {
        let is_known = pane.database.and_then(|id| context.fleet.database(id)).is_some_and(|it| it.as_of.is_some());
        let words =
            if is_known { "no table in a shared schema, nor in a tenant's" } else { "who the tenants are is still read" };
        return say(&[(words.to_owned(), ThemeRole::Dim)], look, buffer, findings);
    }
    if whole.findings.is_empty() {
        let words = format!("{} nothing is to be said of where tables live", look.glyphs.ok);
        say(&[(words, ThemeRole::Ok)], look, buffer, findings);
    }
    if placement.findings.is_empty() && !whole.findings.is_empty() {
        say(&[("no finding holds it".to_owned(), ThemeRole::Dim)], look, buffer, findings);
    }
    let window = pane.findings.window(placement.findings.len(), usize::from(findings.height));
    for (y, at) in (findings.y..findings.bottom()).zip(window.clone()) {
        let line = Rect { y, height: 1, ..findings };
        finding(&placement.findings[at], !pane.in_tables && at == pane.findings.at, look, buffer, line);
    }
    more(window, placement.findings.len(), look, buffer, findings);
    matrix(pane, placement, look, buffer, tables);
}

fn matrix(pane: &PlacementPane, placement: &Placement, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let mut hidden = Vec::new();
    if let Some(whole) = pane.whole().filter(|_| !pane.filter().is_empty()) {
        let (shown_rows, all) = (placement.rows.len() as u64, whole.rows.len() as u64);
        hidden.push(format!("{} of {} match {}", units::count(shown_rows), units::count(all), shown(pane.filter())));
    }
    for (count, words) in [(placement.elsewhere, "elsewhere"), (placement.left_out, "left out")] {
        if count > 0 {
            hidden.push(format!("{} {words}", units::count(count.into())));
        }
    }
    let cells = Cells::of(area);
    heading("TABLES", pane.in_tables, &hidden.join(", "), look, buffer, Rect { y: area.y - 1, height: 1, ..area });
    let window = pane.tables.window(placement.rows.len(), usize::from(area.height));
    for (y, at) in (area.y..area.bottom()).zip(window.clone()) {
        let chosen = pane.in_tables && at == pane.tables.at;
        let line = Rect { y, height: 1, ..area };
        row(&placement.rows[at], placement.tenants, &cells, chosen, look, buffer, line);
    }
    more(window, placement.rows.len(), look, buffer, area);
}

fn heading(title: &str, is_here: bool, aside: &str, look: &Look<'_>, buffer: &mut Buffer, line: Rect) {
    let role = if is_here { ThemeRole::Accent } else { ThemeRole::Title };
    buffer.set_stringn(line.x + 1, line.y, title, usize::from(line.width), look.theme.style(role));
    let room = usize::from(line.width).saturating_sub(text::width(title) + 4);
    let aside = text::fit(aside, room, look.glyphs.cut);
    let x = line.right().saturating_sub(text::width(&aside) as u16 + 1);
    buffer.set_stringn(x, line.y, &aside, room, look.theme.style(ThemeRole::Dim));
}

/// Which database, how many tenants, and when it was read.
fn aside(pane: &PlacementPane, context: &Context<'_>) -> String {
    let Some(placement) = pane.placement() else { return String::new() };
    let tenants = if placement.tenants == 1 { "tenant" } else { "tenants" };
    let at = context.time_of_day(placement.as_of);
    format!("{} {tenants}, as of {at}", units::count(placement.tenants.into()))
}

/// What stands where there is no answer yet.
fn waiting(pane: &PlacementPane, context: &Context<'_>, look: &Look<'_>) -> Vec<(String, ThemeRole)> {
    let Some(id) = pane.database else { return Vec::new() };
    let Some(database) = context.fleet.database(id) else { return Vec::new() };
    let (label, sign) = (shown(&database.label), look.glyphs.danger);
    if let Some(fault) = pane.faults.get(&id).filter(|_| !pane.asked.contains(&id) && !database.is_stale()) {
        let words = format!("{sign} {label} did not tell where its tables live: {}", fault.what);
        let hint = fault.hint.clone().map(|hint| (hint, ThemeRole::Dim));
        let again = ("r reads again".to_owned(), ThemeRole::Dim);
        return [(words, ThemeRole::Danger)].into_iter().chain(hint).chain([again]).collect();
    }
    if let Some(why) = describe::outage(database, context) {
        let when = format!("where its tables live was not read before; it is read when {label} answers");
        let again = "r tries now".to_owned();
        return vec![
            (format!("{sign} {label} is down: {why}"), ThemeRole::Danger),
            (when, ThemeRole::Text),
            (again, ThemeRole::Dim),
        ];
    }
    vec![("where tables live is being read".to_owned(), ThemeRole::Dim)]
}

fn say(lines: &[(String, ThemeRole)], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width.saturating_sub(columns::GUTTER + 1));
    let wrapped =
        lines.iter().flat_map(|(words, role)| text::wrap(words, room.max(1)).into_iter().map(|line| (line, *role)));
    for (y, (line, role)) in (area.y..area.bottom()).zip(wrapped) {
        buffer.set_stringn(area.x + columns::GUTTER, y, line, room, look.theme.style(role));
    }
}

fn finding(finding: &Finding, chosen: bool, look: &Look<'_>, buffer: &mut Buffer, line: Rect) {
    let word = finding.severity.word();
    let right = line.right().saturating_sub(1);
    let start = line.x + columns::GUTTER;
    let words = (start + 10).min(right);
    let state = format!("{} {word}", look.glyphs.severity(finding.severity));
    let style = look.theme.style(ThemeRole::of(finding.severity));
    columns::cell(buffer, &(start..words), line.y, Align::Left, &state, look.glyphs.cut, style);
    let style = look.theme.style(ThemeRole::Text);
    columns::cell(buffer, &(words..right), line.y, Align::Left, &finding.sentence, look.glyphs.cut, style);
    if chosen {
        describe::select(look, buffer, line);
    }
}

/// The cells of a table's row. Their widths follow from the room alone.
struct Cells {
    name: Range<u16>,
    place: Range<u16>,
    tenants: Range<u16>,
    bar: Range<u16>,
    app: Range<u16>,
    words: Range<u16>,
}

impl Cells {
    fn of(area: Rect) -> Self {
        let right = area.right().saturating_sub(1);
        let after = |cell: &Range<u16>, width: u16| {
            let start = (cell.end + columns::GAP).min(right);
            start..(start + width).min(right)
        };
        let start = area.x + columns::GUTTER;
        let name = start..(start + (area.width * 3 / 8).clamp(16, 48)).min(right);
        let place = after(&name, 12);
        let tenants = after(&place, 6);
        let bar = after(&tenants, (area.width / 8).min(24));
        let app = if area.width >= 100 { after(&bar, 14) } else { bar.end..bar.end };
        let words = after(&app, right);
        Self { name, place, tenants, bar, app, words }
    }
}

fn row(row: &PlacementRow, all: u32, cells: &Cells, chosen: bool, look: &Look<'_>, buffer: &mut Buffer, line: Rect) {
    let (y, cut) = (line.y, look.glyphs.cut);
    let plain = look.theme.style(ThemeRole::Text);
    let dim = look.theme.style(ThemeRole::Dim);
    let is_odd = row.place == Place::Some;
    let place = if is_odd { look.theme.style(ThemeRole::Warn) } else { plain };
    columns::cell(buffer, &cells.name, y, Align::Left, &shown(&row.table), cut, plain);
    columns::cell(buffer, &cells.place, y, Align::Left, row.place.words(), cut, place);
    let tenants = if row.tenants == 0 { look.glyphs.none.to_owned() } else { units::count(row.tenants.into()) };
    columns::cell(buffer, &cells.tenants, y, Align::Right, &tenants, cut, plain);
    let room = usize::from(cells.bar.end - cells.bar.start);
    let drawn = bar::bar(f64::from(row.tenants) / f64::from(all.max(1)), room, look.glyphs);
    let role = if is_odd { ThemeRole::Warn } else { ThemeRole::Bar };
    buffer.set_stringn(cells.bar.start, y, drawn, room, look.theme.style(role));
    if let Some(app) = &row.app {
        columns::cell(buffer, &cells.app, y, Align::Left, &shown(app), cut, dim);
    }
    // A letter or two of a name tell nothing.
    if cells.words.end - cells.words.start >= 6 {
        columns::cell(buffer, &cells.words, y, Align::Left, &words(row), cut, dim);
    }
    if chosen {
        describe::select(look, buffer, line);
    }
}

/// Who stands out, and which shared schemas have it.
fn words(row: &PlacementRow) -> String {
    let mut parts = Vec::new();
    if let Some(odd) = &row.odd {
        parts.push(format!("{} {}", if odd.have_it { "only" } else { "not" }, super::joined(&odd.tenants.schemas)));
    }
    if !row.shared.is_empty() {
        parts.push(super::joined(&row.shared));
    }
    parts.join("; ")
}

/// A sign where rows are out of view.
fn more(window: Range<usize>, len: usize, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if window.len() < len && area.height > 0 {
        let sign = if window.end < len { look.glyphs.descending } else { look.glyphs.ascending };
        buffer.set_stringn(area.right().saturating_sub(1), area.bottom() - 1, sign, 1, look.theme.style(ThemeRole::Dim));
    }
}
