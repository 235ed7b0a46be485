//! The list of runs: its columns, what stands in their cells, and how it is drawn. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::RunsScreen;
use super::words;
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::parts::columns::{self, Align, Column, Placed};
use crate::tui::parts::{bar, text};
use crate::tui::runs::RunSummary;
use crate::tui::screens::{Context, Look, describe};
use crate::tui::theme::ThemeRole;

/// Lines above the rows.
pub(super) const ABOVE: u16 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    Run,
    What,
    Environment,
    State,
    Bar,
    Done,
    Failed,
    By,
    Age,
    Databases,
}

/// The columns in their order: their heading, side, cells (least, fair, most) and rank.
const COLUMNS: [(Col, &str, Align, [u16; 3], u8); 10] = [
    (Col::Run, "RUN", Align::Left, [6, 6, 6], 0),
    (Col::What, "WHAT", Align::Left, [16, 16, 48], 0),
    (Col::Environment, "ENVIRONMENT", Align::Left, [11, 11, 16], 4),
    (Col::Databases, "DATABASES", Align::Left, [9, 12, 24], 6),
    (Col::State, "STATE", Align::Left, [13, 13, 13], 0),
    (Col::Bar, "", Align::Left, [6, 8, 24], 3),
    (Col::Done, "DONE", Align::Right, [11, 11, 13], 1),
    (Col::Failed, "FAILED", Align::Right, [6, 6, 7], 2),
    (Col::By, "BY", Align::Left, [8, 14, 24], 5),
    (Col::Age, "AGE", Align::Right, [5, 5, 5], 1),
];

/// How many rows are in view.
pub(super) fn window(context: &Context<'_>) -> usize {
    usize::from(context.area.1.saturating_sub(ABOVE + notes(context)))
}

fn notes(context: &Context<'_>) -> u16 {
    (context.runs.faults().len() as u16).min(context.area.1 / 4)
}

pub(super) fn draw(screen: &RunsScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let runs = screen.shown(context);
    let notes = notes(context);
    let list = Rect { height: area.height - notes, ..area };
    if runs.is_empty() {
        empty(context, look, buffer, list);
    } else {
        table(&runs, screen, context, look, buffer, list);
    }
    for (y, fault) in (list.bottom()..area.bottom()).zip(context.runs.faults()) {
        let room = usize::from(area.width.saturating_sub(2));
        let words = format!("{} {}", look.glyphs.warn, shown(&fault.what));
        let words = text::fit(&words, room, look.glyphs.cut);
        buffer.set_stringn(area.x + 1, y, words, room, look.theme.style(ThemeRole::Warn));
    }
}

fn table(
    runs: &[&RunSummary],
    screen: &RunsScreen,
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let specs =
        COLUMNS.map(|(id, title, align, [least, fair, most], rank)| Column { id, title, align, least, fair, most, rank });
    let placed = columns::place(&specs, area.width.saturating_sub(1));
    for column in &placed {
        let style = look.theme.style(ThemeRole::Title);
        let cells = columns::range(column, area);
        columns::cell(buffer, &cells, area.y, column.column.align, column.column.title, look.glyphs.cut, style);
    }
    let height = usize::from(area.height - ABOVE);
    let view = screen.cursor.window(runs.len(), height);
    for (y, at) in (area.y + ABOVE..area.bottom()).zip(view.clone()) {
        for column in &placed {
            let cells = columns::range(column, area);
            if column.column.id == Col::Bar {
                progress(
                    runs[at].share(),
                    runs[at],
                    look,
                    buffer,
                    Rect { x: cells.start, y, width: column.width, height: 1 },
                );
                continue;
            }
            let (words, role) = cell(runs[at], column, context, look);
            let style = look.theme.style(role);
            columns::cell(buffer, &cells, y, column.column.align, &words, look.glyphs.cut, style);
        }
        if at == screen.cursor.at {
            describe::select(look, buffer, Rect { y, height: 1, ..area });
        }
    }
    if view.len() < runs.len() && height > 0 {
        let sign = if view.end < runs.len() { look.glyphs.descending } else { look.glyphs.ascending };
        buffer.set_stringn(area.right().saturating_sub(1), area.bottom() - 1, sign, 1, look.theme.style(ThemeRole::Dim));
    }
}

/// A bar of what is settled.
fn progress(share: f64, run: &RunSummary, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width);
    let role = if run.counts.unlucky() > 0 { ThemeRole::Warn } else { ThemeRole::Bar };
    buffer.set_stringn(area.x, area.y, look.glyphs.track.repeat(room), room, look.theme.style(ThemeRole::Track));
    buffer.set_stringn(area.x, area.y, bar::bar(share, room, look.glyphs), room, look.theme.style(role));
}

fn cell(run: &RunSummary, place: &Placed<Col>, context: &Context<'_>, look: &Look<'_>) -> (String, ThemeRole) {
    let glyphs = look.glyphs;
    let plain = |words: String| (words, ThemeRole::Text);
    let none = || (glyphs.none.to_owned(), ThemeRole::Dim);
    let counts = &run.counts;
    match place.column.id {
        Col::Run => plain(shown(run.id.short()).into_owned()),
        Col::What => plain(run.in_list()),
        Col::Environment if run.environment.name.is_empty() => none(),
        Col::Environment => plain(shown(&run.environment.name).into_owned()),
        Col::Databases => plain(run.databases.iter().map(|label| shown(label)).collect::<Vec<_>>().join(", ")),
        Col::State => {
            let severity = run.standing.severity();
            let sign = if run.standing.is_live() && severity == crate::domain::fleet::Severity::Info {
                glyphs.running
            } else {
                glyphs.severity(severity)
            };
            (format!("{sign} {}", run.standing.word()), ThemeRole::of(severity))
        }
        Col::Done => {
            let (done, total) = (u64::from(counts.settled()), u64::from(counts.total()));
            let whole = format!("{}/{}", units::count(done), units::count(total));
            let fits = text::width(&whole) <= usize::from(place.width);
            plain(if fits { whole } else { format!("{}/{}", units::short(done), units::short(total)) })
        }
        Col::Failed => match counts.failed + counts.dirty {
            0 => none(),
            failed => (format!("{} {}", glyphs.danger, units::short(u64::from(failed))), ThemeRole::Danger),
        },
        Col::By => run.began.as_ref().map_or_else(none, |(by, _)| plain(words::person(by))),
        Col::Age => run.began.as_ref().map_or_else(none, |(_, at)| plain(age(context.now.duration_since(*at)))),
        Col::Bar => plain(String::new()),
    }
}

/// How long ago a run began. The column has no room for milliseconds, nor does anybody need them.
fn age(passed: jiff::SignedDuration) -> String {
    if passed.as_secs() < 1 { "now".to_owned() } else { units::span(passed) }
}

fn empty(context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let lines: &[(&str, ThemeRole)] = if !context.runs.list().is_empty() {
        &[("no run matches the filter", ThemeRole::Text), ("esc shows all of them", ThemeRole::Dim)]
    } else if context.runs.is_listed() {
        &[
            ("no run was started from here yet", ThemeRole::Text),
            ("mark tenants on screen 2 and press M to plan a migration; nothing starts before you confirm", ThemeRole::Dim),
        ]
    } else {
        &[("reading", ThemeRole::Dim)]
    };
    let room = usize::from(area.width.saturating_sub(columns::GUTTER + 1));
    let lines = lines.iter().flat_map(|(line, role)| text::wrap(line, room).into_iter().map(move |line| (line, role)));
    for (y, (line, role)) in (area.y + ABOVE..area.bottom()).zip(lines) {
        buffer.set_stringn(area.x + columns::GUTTER, y, line, room, look.theme.style(*role));
    }
}

/// Everything that a filter looks into.
pub(super) fn text(run: &RunSummary) -> String {
    let by = run.began.as_ref().map_or_else(String::new, |(by, _)| words::person(by));
    let databases: Vec<_> = run.databases.iter().map(|label| shown(label)).collect();
    let (what, environment) = (run.what(), shown(&run.environment.name));
    format!("{} {what} {environment} {} {} {by}", shown(&run.id.0), databases.join(" "), run.standing.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_fits_into_its_column() {
        let second = jiff::SignedDuration::from_secs(1);
        for (passed, expected) in
            [(0, "now"), (1, "1 s"), (59, "59 s"), (3_599, "59 m"), (5_183_999, "59 d"), (63_071_999, "24 mo")]
        {
            let told = age(second * passed);
            assert_eq!(told, expected);
            assert!(told.len() <= 5, "{told}");
        }
        assert_eq!(age(jiff::SignedDuration::from_millis(587)), "now");
    }
}
