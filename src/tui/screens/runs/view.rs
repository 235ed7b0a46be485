//! How the pane of a run is drawn: who and what, progress, counts, what is in flight, the map, failures. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::digest::{InFlight, Spot, StageSum};
use super::pane::{Pane, Row, Section};
use super::{head, words};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::units;
use crate::plan::Plan;
use crate::tui::parts::columns::{self, GUTTER};
use crate::tui::parts::map::{self, State as _};
use crate::tui::parts::{bar, text};
use crate::tui::runs::Followed;
use crate::tui::screens::describe::{self, counted};
use crate::tui::screens::{Context, Look};
use crate::tui::theme::ThemeRole;

/// The least columns and lines below the head at which what is in flight and the map stand above the lists.
const ROOMY: (u16, u16) = (76, 10);

/// Where the parts are below the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    flights: Option<Rect>,
    map: Option<Rect>,
    /// The names of the sections, and below them the lines of the open one.
    lists: Rect,
}

fn places(pane: &Pane, followed: &Followed, area: Rect) -> Places {
    let head = head::height(followed, area.width).min(area.height);
    let rest = Rect { y: area.y + head, height: area.height - head, ..area };
    if rest.width < ROOMY.0 || rest.height < ROOMY.1 {
        return Places { flights: None, map: None, lists: rest };
    }
    let rest = Rect { y: rest.y + 1, height: rest.height - 1, ..rest };
    let is_live = followed.standing().is_live();
    let wanted = if is_live { (followed.at_once() + 1).max(pane.digest.flights.len() as u16 + 1) } else { 0 };
    let width = if is_live { rest.width * 3 / 5 } else { 0 };
    let most = rest.height / 2;
    let of_map = 1 + map::scale(&pane.digest.map, rest.width - width, most.saturating_sub(1).max(1)).rows;
    let height = wanted.max(of_map).max(4).min(most);
    let upper = Rect { height, ..rest };
    let lists = Rect { y: upper.bottom() + 1, height: rest.height - height - 1, ..rest };
    Places {
        flights: is_live.then_some(Rect { width, ..upper }),
        map: Some(Rect { x: upper.x + width, width: upper.width - width, ..upper }),
        lists,
    }
}

/// The sections that Tab leads through.
pub(super) fn sections(pane: &Pane, context: &Context<'_>) -> Vec<Section> {
    let has_flights = context.runs.followed(&pane.id).is_some_and(|followed| followed.standing().is_live());
    Section::ALL.into_iter().filter(|section| *section != Section::Flights || has_flights).collect()
}

fn whole(context: &Context<'_>) -> Rect {
    Rect::new(0, 0, context.area.0, context.area.1)
}

/// How many lines of a section are in view.
pub(super) fn window(pane: &Pane, section: Section, context: &Context<'_>) -> usize {
    let Some(followed) = context.runs.followed(&pane.id) else { return 1 };
    let places = places(pane, followed, whole(context));
    let area = match (section, places.flights) {
        (Section::Flights, Some(area)) => area,
        _ => places.lists,
    };
    usize::from(area.height.saturating_sub(1))
}

/// The section at a cell, and the line of it; `None` for its heading.
pub(super) fn line_at(pane: &Pane, (x, y): (u16, u16), area: Rect, context: &Context<'_>) -> Option<(Section, Option<u16>)> {
    let followed = context.runs.followed(&pane.id)?;
    let places = places(pane, followed, area);
    if let Some(flights) = places.flights.filter(|area| area.contains((x, y).into())) {
        return Some((Section::Flights, (y - flights.y).checked_sub(1)));
    }
    if !places.lists.contains((x, y).into()) {
        return None;
    }
    if y > places.lists.y {
        let open = if places.flights.is_some() { below(pane) } else { pane.section };
        return Some((open, Some(y - places.lists.y - 1)));
    }
    let mut end = places.lists.x + 1;
    for (section, label) in labels(pane, followed, places.flights.is_some(), context) {
        end += text::width(&label) as u16 + 5;
        if x < end {
            return Some((section, None));
        }
    }
    None
}

/// The section whose lines are below: while the cursor is above them, failures.
fn below(pane: &Pane) -> Section {
    if pane.section == Section::Flights { Section::Failures } else { pane.section }
}

pub(super) fn draw(pane: &Pane, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let Some(followed) = context.runs.followed(&pane.id) else {
        let words = format!("{} reading the journal of {}", look.glyphs.pending, shown(pane.id.short()));
        let room = usize::from(area.width.saturating_sub(2));
        buffer.set_stringn(area.x + 1, area.y, words, room, look.theme.style(ThemeRole::Dim));
        return;
    };
    head::draw(followed, context, look, buffer, area);
    let places = places(pane, followed, area);
    if let Some(area) = places.flights {
        flights_above(pane, followed, look, buffer, area);
    }
    if let Some(area) = places.map {
        draw_map(pane, look, buffer, area);
    }
    lists(pane, followed, places, context, look, buffer);
}

/// What is in flight beside the map, below its own heading.
fn flights_above(pane: &Pane, followed: &Followed, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let is_open = pane.section == Section::Flights;
    let aside = format!("{} of {} at once", pane.digest.flights.len(), followed.at_once());
    let sign = if is_open { look.glyphs.cursor } else { " " };
    let role = if is_open { ThemeRole::Accent } else { ThemeRole::Title };
    let room = usize::from(area.width.saturating_sub(2));
    let heading = format!("{sign} {}", Section::Flights.word());
    let (x, _) = buffer.set_stringn(area.x + 1, area.y, heading, room, look.theme.style(role));
    let room = usize::from(area.right().saturating_sub(x + 3));
    buffer.set_stringn(x + 2, area.y, aside, room, look.theme.style(ThemeRole::Dim));
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), width: area.width.saturating_sub(1), ..area };
    section_rows(pane, Section::Flights, followed, None, look, buffer, rows);
}

fn draw_map(pane: &Pane, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let rows = area.height.saturating_sub(1);
    let scale = map::scale(&pane.digest.map, area.width, rows.max(1));
    let room = usize::from(area.width.saturating_sub(2));
    let (x, _) = buffer.set_stringn(area.x + 1, area.y, "MAP", room, look.theme.style(ThemeRole::Title));
    let room = usize::from(area.right().saturating_sub(x + 3));
    let aside = match scale.per_cell {
        1 => "one cell = 1 target".to_owned(),
        many => format!("one cell = {} targets", units::count(many as u64)),
    };
    let rule = format!("{aside}, the worst wins");
    let aside = if scale.per_cell > 1 && text::width(&rule) <= room { rule } else { aside };
    let aside = text::fit(&aside, room, look.glyphs.cut);
    buffer.set_stringn(x + 2, area.y, aside, room, look.theme.style(ThemeRole::Dim));
    map::draw(&pane.digest.map, scale, look, buffer, Rect { y: area.y + 1, height: rows, ..area });
}

/// The sections in the order of their names, each with how many lines it has.
fn labels(pane: &Pane, followed: &Followed, is_above: bool, context: &Context<'_>) -> Vec<(Section, String)> {
    let there = sections(pane, context).into_iter().filter(|section| !(is_above && *section == Section::Flights));
    let is_narrow = context.area.0 < ROOMY.0;
    let label = |section: Section| {
        let count = match section {
            Section::Failures => pane.digest.troubles.len(),
            section => pane.len(section, followed),
        };
        let word = if is_narrow && section == Section::Failures { "FAILURES" } else { section.word() };
        (section, if count > 0 { format!("{word} {count}") } else { word.to_owned() })
    };
    there.map(label).collect()
}

fn lists(pane: &Pane, followed: &Followed, places: Places, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer) {
    let area = places.lists;
    if area.height == 0 {
        return;
    }
    let open = if places.flights.is_some() { below(pane) } else { pane.section };
    let mut x = area.x + 1;
    for (section, label) in labels(pane, followed, places.flights.is_some(), context) {
        let is_focus = section == pane.section;
        let role = match (is_focus, section == open) {
            (true, _) => ThemeRole::Accent,
            (false, true) => ThemeRole::Title,
            (false, false) => ThemeRole::Dim,
        };
        let sign = if is_focus { look.glyphs.cursor } else { " " };
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, format!("{sign} {label}   "), room, look.theme.style(role)).0;
    }
    let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
    section_rows(pane, open, followed, Some(context), look, buffer, rows);
}

/// The lines of a section that are in view, and the cursor where it is open.
fn section_rows(
    pane: &Pane,
    section: Section,
    followed: &Followed,
    context: Option<&Context<'_>>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let len = pane.len(section, followed);
    if len == 0 {
        let (words, role) = nothing(section, followed, look);
        let room = usize::from(area.width.saturating_sub(GUTTER + 1));
        if area.height > 0 {
            buffer.set_stringn(area.x + GUTTER, area.y, words, room, look.theme.style(role));
        }
        return;
    }
    let cursor = pane.cursor(section);
    let view = cursor.window(len, usize::from(area.height));
    for (y, at) in (area.y..area.bottom()).zip(view.clone()) {
        let line = Rect { y, height: 1, ..area };
        match section {
            Section::Flights => flight(&pane.digest.flights[at], followed, look, buffer, line),
            Section::Failures => trouble(pane, pane.rows[at], followed, context, look, buffer, line),
            Section::Stages => stage(pane, at, &followed.plan, look, buffer, line),
            Section::Notes => note(at, followed, context, look, buffer, line),
        }
        if at == cursor.at && section == pane.section {
            describe::select(look, buffer, line);
        }
    }
    if view.len() < len && area.height > 0 {
        let sign = if view.end < len { look.glyphs.descending } else { look.glyphs.ascending };
        buffer.set_stringn(area.right().saturating_sub(1), area.bottom() - 1, sign, 1, look.theme.style(ThemeRole::Dim));
    }
}

fn nothing(section: Section, followed: &Followed, look: &Look<'_>) -> (String, ThemeRole) {
    match section {
        Section::Flights => ("nothing at this moment".to_owned(), ThemeRole::Dim),
        Section::Failures if followed.state.counts.settled() == 0 => ("none so far".to_owned(), ThemeRole::Dim),
        Section::Failures => (format!("{} none", look.glyphs.ok), ThemeRole::Ok),
        Section::Stages => ("the plan has none".to_owned(), ThemeRole::Dim),
        Section::Notes => ("none".to_owned(), ThemeRole::Dim),
    }
}

/// `acme  ALTER TABLE crm_customer…  12 ms`, or what it waits for.
fn flight(it: &InFlight, followed: &Followed, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let span = |ms: u64| units::span(jiff::SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX)));
    let right = area.right().saturating_sub(1);
    let from = area.x + GUTTER;
    let name_room = (area.width.saturating_sub(GUTTER) / 3).min(24);
    let name = words::target(&followed.plan, it.target);
    let put = |buffer: &mut Buffer, cells: std::ops::Range<u16>, align, words: &str, role| {
        columns::cell(buffer, &cells, area.y, align, words, look.glyphs.cut, look.theme.style(role));
    };
    put(buffer, from..(from + name_room).min(right), columns::Align::Left, &name, ThemeRole::Text);
    let does_at = (from + name_room + 2).min(right);
    if let Some((pid, ms, what)) = &it.waits_for {
        // How long it runs is of less weight then.
        let does = format!("waits for pid {pid}, {}: {}", span(*ms), shown(what));
        return put(buffer, does_at..right, columns::Align::Left, &does, ThemeRole::Warn);
    }
    let time_at = right.saturating_sub(7).max(from);
    let time = it.ms.map_or_else(String::new, span);
    put(buffer, time_at..right, columns::Align::Right, &time, ThemeRole::Text);
    let told = followed.state.progress.get(&it.target).map(|progress| words::progress(progress, look.glyphs.dot));
    let does = told.unwrap_or_else(|| words::statement(followed, it.target));
    put(buffer, does_at..time_at.saturating_sub(1).max(does_at), columns::Align::Left, &does, ThemeRole::Dim);
}

/// `✗ 42703 column "tier" does not exist · statement 2      12 targets: cyan, …`, or one of its targets.
fn trouble(
    pane: &Pane,
    row: Row,
    followed: &Followed,
    context: Option<&Context<'_>>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let right = area.right().saturating_sub(1);
    let from = area.x + GUTTER;
    let put = |buffer: &mut Buffer, cells: std::ops::Range<u16>, align, words: &str, role| {
        columns::cell(buffer, &cells, area.y, align, words, look.glyphs.cut, look.theme.style(role));
    };
    let (at, target) = match row {
        Row::Trouble(at) => (at, None),
        Row::Target(at, id) => (at, Some(id)),
    };
    let Some(it) = pane.digest.troubles.get(at) else { return };
    if let Some(id) = target {
        let name = words::target(&followed.plan, id);
        return put(buffer, (from + 4).min(right)..right, columns::Align::Left, &name, ThemeRole::Text);
    }
    let (sign, _) = it.reason.spot().sign(look);
    let role = match it.reason.spot() {
        Spot::Pending => ThemeRole::Dim,
        Spot::Retrying | Spot::Skipped => ThemeRole::Warn,
        _ => ThemeRole::Danger,
    };
    let example = it.targets.first().map(|id| words::target(&followed.plan, *id)).unwrap_or_default();
    let many = it.targets.len() > 1;
    let room = usize::from(area.width) / 4;
    let rest = if many { format!(", {}", look.glyphs.cut) } else { String::new() };
    let example = text::fit(&example, room, look.glyphs.cut);
    let tail = format!("{}: {example}{rest}", counted(it.targets.len() as u32, "target", "targets"));
    let tail_at = right.saturating_sub(text::width(&tail) as u16).max(from);
    let schema = it.targets.first().filter(|_| !many).and_then(|id| followed.plan.targets.get(*id as usize));
    let cause = it.reason.cause().and_then(|cause| followed.state.causes.get(usize::from(cause)));
    let what = match (cause, it.reason) {
        (Some((cause, _)), _) => words::cause(cause, schema.map(|target| target.schema.as_str())),
        (None, super::digest::Reason::Skipped(why)) => why.words().to_owned(),
        (None, super::digest::Reason::Window(zone)) => words::window(&followed.plan, zone, context),
        (None, super::digest::Reason::Waits) => "waits until it is asked for".to_owned(),
        (None, super::digest::Reason::InDoubt) => "in doubt: the connection was lost".to_owned(),
        (None, _) => "the cause is not known".to_owned(),
    };
    let what = format!("{sign} {}", what.replace('·', look.glyphs.dot));
    put(buffer, from..tail_at.saturating_sub(2).max(from), columns::Align::Left, &what, role);
    put(buffer, tail_at..right, columns::Align::Left, &tail, ThemeRole::Text);
}

/// `✓ canary       ━━━━━━━━  1 of 1`.
fn stage(pane: &Pane, at: usize, plan: &Plan, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let Some(sum) = pane.digest.stages.get(at) else { return };
    let (sign, role) = match sum {
        _ if sum.unlucky > 0 => (look.glyphs.danger, ThemeRole::Danger),
        _ if sum.settled == sum.targets => (look.glyphs.ok, ThemeRole::Ok),
        _ if sum.settled > 0 => (look.glyphs.running, ThemeRole::Info),
        _ => (look.glyphs.pending, ThemeRole::Dim),
    };
    let right = area.right().saturating_sub(1);
    let from = area.x + GUTTER;
    let name = format!("{sign} {}", words::stage(plan, at as u16));
    let room = usize::from(right.saturating_sub(from));
    buffer.set_stringn(from, area.y, name, room.min(20), look.theme.style(role));
    let bar_at = (from + 21).min(right);
    let words = |sum: &StageSum| {
        let (settled, targets) = (units::count(sum.settled.into()), units::count(sum.targets.into()));
        let failed =
            if sum.unlucky > 0 { format!("  {} not applied", units::count(sum.unlucky.into())) } else { String::new() };
        format!("{settled} of {targets}{failed}")
    };
    let widest = pane.digest.stages.iter().map(|sum| words(sum).len() as u16).max().unwrap_or(0);
    let cells = usize::from(right.saturating_sub(bar_at + 2 + widest).min(40));
    let share = if sum.targets == 0 { 1.0 } else { f64::from(sum.settled) / f64::from(sum.targets) };
    buffer.set_stringn(bar_at, area.y, look.glyphs.track.repeat(cells), cells, look.theme.style(ThemeRole::Track));
    buffer.set_stringn(bar_at, area.y, bar::bar(share, cells, look.glyphs), cells, look.theme.style(ThemeRole::Bar));
    let words_at = bar_at + cells as u16 + u16::from(cells > 0) * 2;
    let room = usize::from(right.saturating_sub(words_at));
    buffer.set_stringn(words_at, area.y, words(sum), room, look.theme.style(ThemeRole::Text));
}

/// Notes, the newest first.
fn note(at: usize, followed: &Followed, context: Option<&Context<'_>>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let Some((time, words)) = followed.state.notes.iter().rev().nth(at) else { return };
    let time = context.map_or_else(String::new, |context| context.time_of_day(*time));
    let room = usize::from(area.width.saturating_sub(GUTTER + 1));
    let line = format!("{time}  {}", shown(words));
    let line = text::fit(&line, room, look.glyphs.cut);
    buffer.set_stringn(area.x + GUTTER, area.y, line, room, look.theme.style(ThemeRole::of(Severity::Info)));
}
