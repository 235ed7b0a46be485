//! How screen 3 is drawn: two sections, each with a heading at a fixed place and its rows. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::DriftScreen;
use super::rows::{self, Key, Row, Section};
use crate::domain::fleet::{Fleet, Link};
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::parts::columns::{self, Align};
use crate::tui::parts::{bar, text};
use crate::tui::screens::{Context, Look, describe, verdict};
use crate::tui::theme::ThemeRole;

/// Where the rows of the sections are; the heading is the line above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    shape: Rect,
    ledger: Rect,
    below: Rect,
}

impl Places {
    pub(super) fn of(&self, section: Section) -> Rect {
        match section {
            Section::Shape => self.shape,
            Section::Ledger => self.ledger,
        }
    }
}

/// Halves the room, so that a heading stays where it is while rows come. Only when all is read a section may take lines that the
/// other one has no use for.
pub(super) fn places(screen: &DriftScreen, fleet: &Fleet, (width, height): (u16, u16)) -> Places {
    let notes = (warnings(fleet).len() as u16).min(height / 4);
    let room = (height - notes).saturating_sub(if height > 8 { 3 } else { 2 });
    let gap = u16::from(height > 8);
    let half = room.div_ceil(2);
    let settled = fleet.databases.iter().all(|it| it.is_stale() || (it.drift_read.ledgers && it.drift_read.structures));
    let needs = |section| (screen.rows(section).len() as u16).max(1);
    let (shapes, ledgers) = (needs(Section::Shape), needs(Section::Ledger));
    let first = match settled {
        true if shapes > half => shapes.min(room.saturating_sub(ledgers.min(room - half))).max(half),
        true if ledgers > room - half => half.min(shapes.max(room.saturating_sub(ledgers))),
        _ => half,
    };
    let line = |y: u16, height: u16| Rect::new(0, y, width, height);
    Places {
        shape: line(1.min(height), first.min(height.saturating_sub(1))),
        ledger: line((first + gap + 2).min(height), (room - first).min(height.saturating_sub(first + gap + 2))),
        below: line(height - notes, notes),
    }
}

pub(super) fn draw(screen: &DriftScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let places = places(screen, context.fleet, (area.width, area.height));
    for section in Section::ALL {
        let place = Rect { x: area.x, y: area.y + places.of(section).y, ..places.of(section) };
        if place.y > area.y && place.y <= area.bottom() {
            heading(screen, section, context, look, buffer, Rect { y: place.y - 1, height: 1, ..place });
        }
        list(screen, section, context, look, buffer, place);
    }
    let below = Rect { x: area.x, y: area.y + places.below.y, ..places.below };
    for (y, warning) in (below.y..below.bottom()).zip(warnings(context.fleet)) {
        let room = usize::from(area.width.saturating_sub(2));
        let words = format!("{} {warning}", look.glyphs.warn);
        let style = look.theme.style(ThemeRole::Warn);
        buffer.set_stringn(area.x + 1, y, text::fit(&words, room, look.glyphs.cut), room, style);
    }
}

/// What a person must know to read the figures: what is missing from them.
fn warnings(fleet: &Fleet) -> Vec<String> {
    let mut all: Vec<String> = fleet
        .drift
        .faults
        .iter()
        .map(|fault| match &fault.hint {
            Some(hint) => format!("{}. {hint}", fault.what),
            None => fault.what.clone(),
        })
        .collect();
    for database in &fleet.databases {
        if matches!(database.link, Link::Down { .. }) {
            let old = if database.schemas.is_empty() { "its schemas are not counted" } else { "as it was read before" };
            all.push(format!("{} is down: {old}", shown(&database.label)));
        }
    }
    all
}

fn heading(screen: &DriftScreen, section: Section, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let fleet = context.fleet;
    let title = if section == Section::Shape { "SHAPE" } else { "LEDGER" };
    let role = if screen.section == section { ThemeRole::Accent } else { ThemeRole::Title };
    buffer.set_stringn(area.x + 1, area.y, title, usize::from(area.width), look.theme.style(role));
    let from = area.x + 9;
    let room = usize::from(area.right().saturating_sub(from + 1));
    let aside = counted(section, fleet);
    let reading = verdict::reading(fleet, section == Section::Shape);
    let right_room = room.saturating_sub(text::width(&aside) + 3);
    let right = reading.clone().or_else(|| match section {
        Section::Shape => verdict::reference(&fleet.drift, fleet, right_room),
        Section::Ledger => fleet.drift.head.as_ref().map(|head| verdict::head(head, fleet, right_room)),
    });
    let dim = look.theme.style(ThemeRole::Dim);
    let right = right.unwrap_or_default();
    let right = text::fit(&right, room, look.glyphs.cut);
    // Where both do not fit, how far the reading is matters more than what is known so far.
    let width = text::width(&right);
    let left_room = room.saturating_sub(width + usize::from(width > 0) * 2);
    buffer.set_stringn(from, area.y, text::fit(&aside, left_room, look.glyphs.cut), left_room, dim);
    let role = if reading.is_some() { ThemeRole::Info } else { ThemeRole::Dim };
    let x = area.right().saturating_sub(width as u16 + 1);
    buffer.set_stringn(x, area.y, &right, width, look.theme.style(role));
}

/// `12,034 schemas in 3 shapes`.
fn counted(section: Section, fleet: &Fleet) -> String {
    let rows = rows::of(section, fleet);
    let (cohorts, one, many) = match section {
        Section::Shape => (fleet.drift.shapes.len(), "shape", "shapes"),
        Section::Ledger => (fleet.drift.histories.len(), "history", "histories"),
    };
    let members: u64 = rows.iter().map(|row| row.members).sum();
    if members == 0 {
        return String::new();
    }
    let schemas = if members == 1 { "schema" } else { "schemas" };
    let word = if cohorts == 1 { one } else { many };
    if cohorts == 0 {
        return format!("{} {schemas}", units::count(members));
    }
    format!("{} {schemas} in {} {word}", units::count(members), units::count(cohorts as u64))
}

/// The cells of a row, the same in both sections.
struct Cells {
    name: std::ops::Range<u16>,
    cohort: std::ops::Range<u16>,
    members: std::ops::Range<u16>,
    bar: std::ops::Range<u16>,
    words: std::ops::Range<u16>,
}

impl Cells {
    fn of(area: Rect) -> Self {
        let right = area.right().saturating_sub(1);
        let cut = |from: u16, to: u16| from.min(right)..to.min(right);
        let start = area.x + columns::GUTTER;
        let name = cut(start, start + 11);
        let cohort = if area.width >= 100 { cut(name.end + 1, name.end + 7) } else { name.end..name.end };
        let members = cut(cohort.end + 1, cohort.end + 8);
        let left = right.saturating_sub(members.end + 1);
        let bar = (left * 9 / 20).min(44);
        let bar = cut(members.end + 1, members.end + 1 + bar);
        let words = cut(bar.end + 2, right);
        Self { name, cohort, members, bar, words }
    }
}

fn list(screen: &DriftScreen, section: Section, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let all = screen.rows(section);
    if all.is_empty() {
        return empty(screen, section, context, look, buffer, area);
    }
    let cells = Cells::of(area);
    // A filter does not make a bar longer.
    let drift = &context.fleet.drift;
    let largest = match section {
        Section::Shape => drift.shapes.iter().map(|it| u64::from(it.members)).max(),
        Section::Ledger => drift.histories.iter().map(|it| u64::from(it.members)).max(),
    };
    let most = all.iter().map(|row| row.members).chain(largest).max().unwrap_or(1).max(1);
    let cursor = screen.cursor(section);
    let window = cursor.window(all.len(), usize::from(area.height));
    let hidden = all.len() - window.len();
    for (y, at) in (area.y..area.bottom()).zip(window.clone()) {
        let chosen = section == screen.section && at == cursor.at;
        row(&all[at], &cells, most, chosen, context, look, buffer, Rect { y, height: 1, ..area });
    }
    // Below rows that all fit there is room for the one sentence that a person wants to read.
    let next = area.y + window.len() as u16;
    if hidden > 0 && area.height > 0 {
        let sign = if window.end < all.len() { look.glyphs.descending } else { look.glyphs.ascending };
        let style = look.theme.style(ThemeRole::Dim);
        buffer.set_stringn(area.right().saturating_sub(1), area.bottom() - 1, sign, 1, style);
    } else if let Some(words) = all_well(section, all, context.fleet).filter(|_| next < area.bottom()) {
        let room = usize::from(area.width.saturating_sub(4));
        let words = format!("{} {words}", look.glyphs.ok);
        let words = text::fit(&words, room, look.glyphs.cut);
        buffer.set_stringn(area.x + columns::GUTTER, next, words, room, look.theme.style(ThemeRole::Ok));
    }
}

/// What is said when nothing has drifted.
fn all_well(section: Section, all: &[Row], fleet: &Fleet) -> Option<String> {
    let members: u64 = all.iter().map(|row| row.members).sum();
    let every = match section {
        Section::Shape => fleet.drift.shapes.iter().all(|it| it.state == crate::domain::drift::ShapeState::Reference),
        Section::Ledger => fleet.drift.histories.iter().all(|it| it.state == crate::domain::drift::LedgerState::Current),
    };
    let alone = all.iter().all(|row| matches!(row.key, Key::Shape(_) | Key::History(_)));
    if !every || !alone || verdict::reading(fleet, section == Section::Shape).is_some() {
        return None;
    }
    let words = match section {
        Section::Shape => "equal the reference",
        Section::Ledger => "are current",
    };
    Some(match members {
        1 => format!("the one schema {}", words.replacen("equal", "equals", 1).replacen("are", "is", 1)),
        members => format!("all {} schemas {words}", units::count(members)),
    })
}

#[expect(clippy::too_many_arguments, reason = "one row is drawn from all that it shows")]
fn row(
    row: &Row,
    cells: &Cells,
    most: u64,
    chosen: bool,
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let (drift, glyphs, y) = (&context.fleet.drift, look.glyphs, area.y);
    let room = usize::from(cells.words.end - cells.words.start);
    let (words, role) = match row.key {
        Key::Shape(id) => drift.shape(id).map(|it| verdict::shape_against(it, room, glyphs)),
        Key::History(id) => drift.history(id).map(|it| verdict::history_against(it, room, glyphs)),
        Key::LedgerState(state) => Some((String::new(), verdict::ledger_sign(state, glyphs).1)),
        Key::ShapeState(state) => Some((String::new(), verdict::shape_sign(state, glyphs).1)),
    }
    .unwrap_or((String::new(), ThemeRole::Text));
    let text_style = look.theme.style(ThemeRole::Text);
    let name = rows::name(row, drift, glyphs);
    columns::cell(buffer, &cells.name, y, Align::Left, &name, glyphs.cut, text_style);
    if let Key::History(id) = row.key
        && cells.cohort.end > cells.cohort.start
    {
        let style = look.theme.style(ThemeRole::Dim);
        columns::cell(buffer, &cells.cohort, y, Align::Left, &drift.name(id), glyphs.cut, style);
    }
    columns::cell(buffer, &cells.members, y, Align::Right, &units::count(row.members), glyphs.cut, text_style);
    let drawn = bar::bar(row.members as f64 / most as f64, usize::from(cells.bar.end - cells.bar.start), glyphs);
    let bar_role = if row.is_drift { role } else { ThemeRole::Bar };
    let bar_room = usize::from(cells.bar.end - cells.bar.start);
    buffer.set_stringn(cells.bar.start, y, drawn, bar_room, look.theme.style(bar_role));
    columns::cell(buffer, &cells.words, y, Align::Left, &words, glyphs.cut, look.theme.style(role));
    if chosen {
        describe::select(look, buffer, area);
    }
}

/// Why a section has no row.
fn empty(screen: &DriftScreen, section: Section, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let fleet = context.fleet;
    let reading = verdict::reading(fleet, section == Section::Shape);
    let (words, more) = if !rows::of(section, fleet).is_empty() {
        (format!("nothing matches  {}", shown(&screen.filter)), "an empty filter shows all")
    } else if fleet.databases.iter().all(|database| database.schemas.is_empty() && database.is_stale()) {
        ("no database answers".to_owned(), "")
    } else if reading.is_some() {
        // The heading says what is read, so that this line need not change while it is.
        (look.glyphs.pending.to_owned(), "")
    } else if verdict::judged(fleet).next().is_none() {
        ("no tenant's schema here".to_owned(), "")
    } else if section == Section::Shape {
        ("no structure could be read".to_owned(), "see what needs attention on screen 1")
    } else {
        ("no ledger in any schema".to_owned(), "no table of a known migration tool was found")
    };
    let room = usize::from(area.width.saturating_sub(columns::GUTTER + 1));
    for (y, line) in (area.y..area.bottom()).zip([words.as_str(), more]) {
        let line = text::fit(line, room, look.glyphs.cut);
        buffer.set_stringn(area.x + columns::GUTTER, y, line, room, look.theme.style(ThemeRole::Dim));
    }
}
