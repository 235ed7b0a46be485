//! How screen 1 is drawn. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::digest::{Alert, Large, Nearness, Sums};
use super::layout::Layout;
use super::{FleetScreen, words};
use crate::domain::fleet::Database;
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::parts::columns::{self, Align, Column, Placed};
use crate::tui::parts::{bar, map, text};
use crate::tui::screens::runs::person;
use crate::tui::screens::{Context, Look, describe};
use crate::tui::theme::ThemeRole;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    Database,
    Server,
    Tenants,
    Schemas,
    Tables,
    Size,
    Drift,
    Odd,
    Link,
    AsOf,
    Why,
}

/// The columns in their order: their heading, side, cells (least, fair, most) and rank.
const COLUMNS: [(Col, &str, Align, [u16; 3], u8); 11] = [
    (Col::Database, "DATABASE", Align::Left, [8, 10, 20], 0),
    (Col::Server, "SERVER", Align::Left, [13, 14, 16], 2),
    (Col::Tenants, "TENANTS", Align::Right, [7, 7, 9], 0),
    (Col::Schemas, "SCHEMAS", Align::Right, [7, 7, 9], 5),
    (Col::Tables, "TABLES", Align::Right, [7, 7, 9], 2),
    (Col::Size, "SIZE", Align::Right, [6, 7, 8], 1),
    (Col::Drift, "DRIFT", Align::Left, [11, 13, 17], 1),
    (Col::Odd, "ODD", Align::Left, [7, 8, 10], 4),
    (Col::Link, "LINK", Align::Left, [12, 15, 20], 0),
    (Col::AsOf, "AS OF", Align::Left, [8, 8, 8], 6),
    (Col::Why, "", Align::Left, [30, 40, 90], 7),
];

pub(super) fn draw(screen: &FleetScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let digest = &screen.digest;
    let layout = Layout::of(area, context.fleet.databases.len(), digest);
    databases(screen, context, look, buffer, layout.databases);
    if let Some(area) = layout.map {
        draw_map(screen, layout.legend, context, look, buffer, area);
    }
    let at = |first: usize| screen.cursor.at.checked_sub(first);
    let first = context.fleet.databases.len();
    if let Some(area) = layout.scary {
        scary(&digest.near, at(first), context, look, buffer, area);
    }
    let first = first + told(&layout, &digest.near);
    if let Some(area) = layout.attention {
        attention(&digest.alerts, at(first), context, look, buffer, area);
    }
    let first = first + if layout.attention.is_some() { digest.alerts.len() } else { 0 };
    if let Some(area) = layout.running {
        running(at(first), context, look, buffer, area);
    }
    if let Some(area) = layout.growth {
        growth(&digest.months, look, buffer, area);
    }
    if let Some(area) = layout.largest {
        let first = first + layout.running.map_or(0, |area| usize::from(area.height));
        largest(&digest.largest, at(first), context, look, buffer, area);
    }
}

/// How many scary numbers there is room for.
fn told(layout: &Layout, near: &[Nearness]) -> usize {
    layout.scary.map_or(0, |area| usize::from(area.height).min(near.len()))
}

/// Which line of those that can be chosen is at a cell.
pub(super) fn line_at(screen: &FleetScreen, (x, y): (u16, u16), context: &Context<'_>) -> Option<usize> {
    let (width, height) = context.area;
    let (databases, alerts) = (context.fleet.databases.len(), screen.digest.alerts.len());
    let layout = Layout::of(Rect::new(0, 0, width, height), databases, &screen.digest);
    let at = screen.cursor.at;
    let below =
        |area: Rect| area.contains((x, y).into()).then(|| usize::from(y - area.y)).and_then(|line| line.checked_sub(1));
    if let Some(line) = below(layout.databases) {
        return in_view(databases, Some(at), layout.databases.height.saturating_sub(1)).nth(line);
    }
    let near = told(&layout, &screen.digest.near);
    if let Some(area) = layout.scary.filter(|area| area.contains((x, y).into())) {
        return Some(usize::from(y - area.y)).filter(|line| *line < near).map(|line| databases + line);
    }
    let first = databases + near;
    if let Some((area, line)) = layout.attention.and_then(|area| Some((area, below(area)?))) {
        let rows = in_view(alerts, at.checked_sub(first), area.height.saturating_sub(1));
        return rows.into_iter().nth(line).map(|row| first + row);
    }
    let first = first + if layout.attention.is_some() { alerts } else { 0 };
    if let Some(area) = layout.running.filter(|area| area.contains((x, y).into())) {
        return Some(first + usize::from(y - area.y));
    }
    let first = first + layout.running.map_or(0, |area| usize::from(area.height));
    layout.largest.and_then(below).map(|line| first + line)
}

/// The rows of a block in view so that the chosen one is among them.
fn in_view(len: usize, chosen: Option<usize>, rows: u16) -> std::ops::Range<usize> {
    let rows = usize::from(rows);
    let top = chosen.filter(|at| *at < len).map_or(0, |at| (at + 1).saturating_sub(rows));
    top..len.min(top + rows)
}

fn databases(screen: &FleetScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let specs =
        COLUMNS.map(|(id, title, align, [least, fair, most], rank)| Column { id, title, align, least, fair, most, rank });
    let placed = columns::place(&specs, area.width.saturating_sub(1));
    let title = look.theme.style(ThemeRole::Title);
    for column in &placed {
        let about = if column.column.id == Col::Size { look.glyphs.about } else { "" };
        let heading = format!("{about}{}", column.column.title);
        let cells = columns::range(column, area);
        columns::cell(buffer, &cells, area.y, column.column.align, &heading, look.glyphs.cut, title);
    }
    let all = &context.fleet.databases;
    let rows = in_view(all.len(), Some(screen.cursor.at), area.height.saturating_sub(1));
    for (y, at) in (area.y + 1..area.bottom()).zip(rows) {
        let database = &all[at];
        // The very first frame is drawn before anything was counted.
        let sums = screen.digest.sums.get(at).copied().unwrap_or_default();
        let old = database.is_stale();
        if old && database.as_of.is_some() && area.width > 2 {
            buffer.set_stringn(area.x + 2, y, look.glyphs.stale, 1, look.theme.style(ThemeRole::Dim));
        }
        for column in &placed {
            let (words, role) = cell(column, database, &sums, context, look);
            let keeps_colour = matches!(column.column.id, Col::Link | Col::Database);
            let role = if old && !keeps_colour { ThemeRole::Dim } else { role };
            let cells = columns::range(column, area);
            let style = look.theme.style(role);
            columns::cell(buffer, &cells, y, column.column.align, &words, look.glyphs.cut, style);
        }
        if at == screen.cursor.at {
            describe::select(look, buffer, Rect { y, height: 1, ..area });
        }
    }
}

fn cell(
    place: &Placed<Col>,
    database: &Database,
    sums: &Sums,
    context: &Context<'_>,
    look: &Look<'_>,
) -> (String, ThemeRole) {
    let (id, width) = (place.column.id, usize::from(place.width));
    let glyphs = look.glyphs;
    let plain = |words: String| (words, ThemeRole::Text);
    // While it is down and was never read there is nothing to come soon.
    let missing = || {
        let sign = if database.is_stale() { glyphs.none } else { glyphs.pending };
        (sign.to_owned(), ThemeRole::Dim)
    };
    let number = |figure: Option<u64>| figure.map_or_else(missing, |figure| plain(units::count(figure)));
    match id {
        Col::Database => plain(shown(&database.label).into_owned()),
        Col::Server => database.server.as_ref().map_or_else(missing, |server| {
            plain(format!("{} {}", server.version_text(), if server.standby { "standby" } else { "primary" }))
        }),
        Col::Tenants => number(sums.tenants),
        Col::Schemas => number(Some(sums.schemas).filter(|schemas| *schemas > 0 || database.as_of.is_some())),
        Col::Tables => number(sums.tables),
        Col::Size => sums.bytes.map_or_else(missing, |bytes| plain(units::bytes(bytes))),
        Col::Drift => drift(database, *sums, width, look),
        Col::Odd => match sums.worst {
            _ if sums.tables.is_none() && sums.odd == 0 => missing(),
            Some(worst) => {
                let severity = worst.severity();
                (format!("{} {}", glyphs.severity(severity), units::count(sums.odd)), ThemeRole::of(severity))
            }
            None => (format!("{} none", glyphs.ok), ThemeRole::Ok),
        },
        Col::Link => match (describe::link(database, context, look), database.progress) {
            // The line of the tabs tells of how many passes it is.
            ((words, role), Some(progress)) if text::width(&words) > width => {
                (format!("{} {}", glyphs.busy, progress.pass.word()), role)
            }
            (link, _) => link,
        },
        Col::AsOf => match database.as_of {
            Some(as_of) => plain(as_of.to_zoned(context.zone.clone()).strftime("%H:%M:%S").to_string()),
            None => missing(),
        },
        Col::Why => (describe::outage(database, context).unwrap_or_default(), ThemeRole::Dim),
    }
}

/// How many schemas have drifted: by their ledger, by their shape. What is known is told before all is.
fn drift(database: &Database, sums: Sums, width: usize, look: &Look<'_>) -> (String, ThemeRole) {
    let glyphs = look.glyphs;
    let told = |number: fn(u64) -> String| {
        let of = |(sign, count): (&str, u64)| (count > 0).then(|| format!("{sign} {}", number(count)));
        let parts = [(glyphs.behind, sums.ledgers), (glyphs.shape, sums.shapes)].into_iter().filter_map(of);
        parts.collect::<Vec<_>>().join("  ")
    };
    let words = Some(told(units::count)).filter(|words| text::width(words) <= width).unwrap_or_else(|| told(units::short));
    match (words.is_empty(), sums.judged, sums.unread) {
        (false, ..) => (words, ThemeRole::Warn),
        (true, 0, _) if database.is_stale() || database.as_of.is_some() => (glyphs.none.to_owned(), ThemeRole::Dim),
        (true, judged, unread) if unread > 0 || judged == 0 => {
            let sign = if database.is_stale() { glyphs.none } else { glyphs.cut };
            (sign.to_owned(), ThemeRole::Dim)
        }
        (true, ..) => (format!("{} none", glyphs.ok), ThemeRole::Ok),
    }
}

fn heading(title: &str, aside: &str, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width.saturating_sub(2));
    let (x, y) = buffer.set_stringn(area.x + 1, area.y, title, room, look.theme.style(ThemeRole::Title));
    let room = usize::from(area.right().saturating_sub(x + 3));
    let aside = text::fit(aside, room, look.glyphs.cut);
    buffer.set_stringn(x + 2, y, aside, room, look.theme.style(ThemeRole::Dim));
}

fn draw_map(screen: &FleetScreen, rows: u16, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let digest = &screen.digest;
    let scale = map::scale(&digest.groups, area.width, area.height.saturating_sub(1 + rows).max(1));
    let aside = match scale.per_cell {
        _ if digest.groups.iter().all(|group| group.spots.is_empty()) => {
            let read = context.fleet.databases.iter().all(|database| database.as_of.is_some());
            if read { "no tenant and no orphan here".to_owned() } else { "no schema yet".to_owned() }
        }
        1 => "one cell = 1 schema".to_owned(),
        many => format!("one cell = {} schemas, the worst state wins", units::count(many as u64)),
    };
    heading("MAP", &aside, look, buffer, area);
    let field = Rect { y: area.y + 1, height: area.height - 1 - rows, ..area };
    map::draw(&digest.groups, scale, look, buffer, field);
    let legend = Rect { y: (field.y + scale.rows).min(area.bottom() - rows), height: rows, ..area };
    map::draw_legend(&digest.kinds, look, buffer, legend);
}

/// How near each database is to its scary number: `eu-1  6,410 of 9,803 tenants  65 %`, a bar, `14 months left`.
fn scary(all: &[Nearness], chosen: Option<usize>, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (cut, glyphs) = (look.glyphs.cut, look.glyphs);
    let title = "SCARY NUMBER";
    let labels = context.fleet.databases.iter().map(|database| text::width(&shown(&database.label)) as u16);
    let label_room = labels.max().unwrap_or(0).min(area.width / 6);
    let right = area.right().saturating_sub(1).max(area.x);
    let range = |from: u16, to: u16| from.min(right)..to.min(right);
    let label = range(area.x + title.len() as u16 + 3, area.x + title.len() as u16 + 3 + label_room);
    let is_wide = area.width >= 76;
    let counted = range(label.end + 2, label.end + 2 + if is_wide { 24 } else { 16 });
    let share = range(counted.end + 1, counted.end + 8);
    let runway = range(right.saturating_sub(15).max(share.end + 1), right);
    for (y, (at, near)) in (area.y..area.bottom()).zip(all.iter().enumerate()) {
        if at == 0 {
            let room = usize::from(area.width.saturating_sub(3));
            buffer.set_stringn(area.x + 1, y, title, room, look.theme.style(ThemeRole::Title));
        }
        let database = context.fleet.database(near.id);
        let old = database.is_some_and(Database::is_stale);
        let style = |role| look.theme.style(if old { ThemeRole::Dim } else { role });
        let name = database.map_or_else(String::new, |database| shown(&database.label).into_owned());
        columns::cell(buffer, &label, y, Align::Left, &name, cut, style(ThemeRole::Text));
        if let Some(it) = &near.known {
            let noun = if is_wide { " tenants" } else { "" };
            let words = format!("{} of {}{noun}", units::count(it.tenants), units::count(it.scary));
            columns::cell(buffer, &counted, y, Align::Left, &words, cut, style(ThemeRole::Text));
            let role = ThemeRole::of(it.severity);
            // Severity is never colour alone: the sign stands where there is no room for a bar, too.
            let verdict = format!("{} {:>3.0} %", glyphs.severity(it.severity), it.share * 100.0);
            columns::cell(buffer, &share, y, Align::Left, &verdict, cut, style(role));
            columns::cell(buffer, &runway, y, Align::Right, &it.runway, cut, style(ThemeRole::Text));
            let bar_at = share.end + 2;
            let room = usize::from(runway.start.saturating_sub(bar_at + 2)).min(40);
            if room >= 4 {
                buffer.set_stringn(bar_at, y, glyphs.track.repeat(room), room, look.theme.style(ThemeRole::Track));
                buffer.set_stringn(bar_at, y, bar::bar(it.share, room, glyphs), room, style(role));
            }
        } else {
            let sign = if old { glyphs.none } else { glyphs.pending };
            columns::cell(buffer, &counted, y, Align::Left, sign, cut, look.theme.style(ThemeRole::Dim));
        }
        if chosen == Some(at) {
            // The title before it stays readable.
            let x = label.start.saturating_sub(3).max(area.x);
            describe::select(look, buffer, Rect { x, y, width: area.right() - x, height: 1 });
        }
    }
}

/// The live runs: `B2C8MF migrate crm 0016 on eu-1  62 %  1 failed  by dba@bastion2`.
fn running(chosen: Option<usize>, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let title = "RUNNING";
    let from = area.x + 1 + title.len() as u16 + 2;
    let right = area.right().saturating_sub(1);
    for (y, (at, run)) in (area.y..area.bottom()).zip(context.runs.live().enumerate()) {
        if at == 0 {
            let room = usize::from(area.width.saturating_sub(2));
            buffer.set_stringn(area.x + 1, y, title, room, look.theme.style(ThemeRole::Title));
        }
        let labels: Vec<_> = run.databases.iter().map(|label| shown(label)).collect();
        let (name, what, labels) = (shown(run.id.short()), run.what(), labels.join(", "));
        let percent = (run.share() * 100.0).floor();
        let word = if matches!(run.standing.life, crate::domain::run::Life::Running) {
            String::new()
        } else {
            format!("  {}", run.standing.word())
        };
        let failed = match run.counts.failed + run.counts.dirty {
            0 => String::new(),
            failed => format!("  {} {} failed", look.glyphs.danger, units::count(failed.into())),
        };
        let by = run.began.as_ref().map_or_else(String::new, |(by, _)| format!("  by {}", person(by)));
        let words = format!("{name} {what} on {labels}  {percent:.0} %{word}{failed}{by}");
        let role = if run.counts.failed + run.counts.dirty > 0 { ThemeRole::Danger } else { ThemeRole::Text };
        let cells = from.min(right)..right;
        columns::cell(buffer, &cells, y, Align::Left, &words, look.glyphs.cut, look.theme.style(role));
        if chosen == Some(at) {
            let x = from.saturating_sub(3).max(area.x);
            describe::select(look, buffer, Rect { x, y, width: area.right() - x, height: 1 });
        }
    }
}

fn attention(
    alerts: &[Alert],
    chosen: Option<usize>,
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let rows = in_view(alerts.len(), chosen, area.height.saturating_sub(1));
    let hidden = alerts.len() - rows.len();
    let aside = if hidden > 0 { format!("{hidden} more") } else { String::new() };
    heading("ATTENTION", &aside, look, buffer, area);
    if alerts.is_empty() {
        let read = context.fleet.databases.iter().any(|database| database.as_of.is_some());
        let reading = context.fleet.databases.iter().any(|database| database.as_of.is_none());
        let (sign, line, role) = match (read, reading) {
            (_, true) => (look.glyphs.pending, "still reading", ThemeRole::Dim),
            _ => (look.glyphs.ok, "nothing is odd", ThemeRole::Ok),
        };
        buffer.set_stringn(
            area.x + 3,
            area.y + 1,
            format!("{sign} {line}"),
            usize::from(area.width),
            look.theme.style(role),
        );
        return;
    }
    for (y, at) in (area.y + 1..area.bottom()).zip(rows) {
        let alert = alerts[at];
        let sign = match alert {
            Alert::Odd(oddity, _) => look.glyphs.oddity(oddity),
            other => look.glyphs.severity(other.severity()),
        };
        let room = usize::from(area.width.saturating_sub(6));
        let line = words::line(alert, context);
        let line = text::fit(&line, room, look.glyphs.cut);
        buffer.set_stringn(area.x + 3, y, sign, room, look.theme.style(ThemeRole::of(alert.severity())));
        buffer.set_stringn(area.x + 5, y, line, room, look.theme.style(ThemeRole::Text));
        if chosen == Some(at) {
            describe::select(look, buffer, Rect { y, height: 1, ..area });
        }
    }
}

/// New tenants a month as columns; the newest at the right.
fn growth(months: &[(String, u64)], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width.saturating_sub(2));
    let months = &months[months.len().saturating_sub(room)..];
    let (Some((first, _)), Some((last, this))) = (months.first(), months.last()) else { return };
    let (best, most) =
        months.iter().rev().max_by_key(|(_, new)| *new).map_or(("", 0), |(month, new)| (month.as_str(), *new));
    let aside = format!("{} this month, at most {} in {best}", units::count(*this), units::count(most));
    heading("NEW TENANTS", &aside, look, buffer, area);
    let cells = (room / months.len()).clamp(1, 3);
    let values: Vec<u64> = months.iter().map(|(_, new)| *new).collect();
    let rows = usize::from(area.height.saturating_sub(2));
    for (y, line) in (area.y + 1..).zip(bar::columns(&values, rows, look.glyphs)) {
        for (at, sign) in line.chars().enumerate() {
            let x = area.x + 1 + (at * cells) as u16;
            let thick = if cells > 1 { cells - 1 } else { 1 };
            buffer.set_stringn(x, y, sign.to_string().repeat(thick), room, look.theme.style(ThemeRole::Bar));
        }
    }
    let y = area.bottom() - 1;
    let dim = look.theme.style(ThemeRole::Dim);
    buffer.set_stringn(area.x + 1, y, first, room, dim);
    let end = months.len() * cells - usize::from(cells > 1);
    if let Some(indent) = end.checked_sub(text::width(last)).filter(|indent| *indent > text::width(first)) {
        buffer.set_stringn(area.x + 1 + indent as u16, y, last, room, dim);
    }
}

fn largest(all: &[Large], chosen: Option<usize>, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    heading("LARGEST", "by estimated size", look, buffer, area);
    let most = all.first().map_or(1, |large| large.bytes).max(1);
    // Name, the database where there are several, size, and a bar in what is left.
    let name_room = (area.width / 3).clamp(10, 36);
    let label_at = area.x + 3 + name_room + 1;
    let labels = context.fleet.databases.iter().map(|database| text::width(&shown(&database.label)) as u16 + 1);
    let label_room = if context.fleet.databases.len() > 1 { labels.max().unwrap_or(0).min(13) } else { 0 };
    let size_at = label_at + label_room;
    let bar_at = size_at + 10;
    for (y, (at, large)) in (area.y + 1..area.bottom()).zip(all.iter().enumerate()) {
        let old = context.fleet.database(large.id).is_some_and(Database::is_stale);
        let style = look.theme.style(if old { ThemeRole::Dim } else { ThemeRole::Text });
        let cut = look.glyphs.cut;
        let name = shown(&large.name);
        columns::cell(buffer, &(area.x + 3..(area.x + 3 + name_room).min(area.right())), y, Align::Left, &name, cut, style);
        if let Some(database) = context.fleet.database(large.id).filter(|_| label_room > 0) {
            let cells = label_at.min(area.right())..(label_at + label_room - 1).min(area.right());
            columns::cell(buffer, &cells, y, Align::Left, &shown(&database.label), cut, look.theme.style(ThemeRole::Dim));
        }
        let size = units::bytes(large.bytes);
        columns::cell(buffer, &(size_at..(size_at + 8).min(area.right())), y, Align::Right, &size, cut, style);
        let room = usize::from(area.right().saturating_sub(bar_at + 1));
        let drawn = bar::bar(large.bytes as f64 / most as f64, room, look.glyphs);
        buffer.set_stringn(bar_at.min(area.right()), y, drawn, room, look.theme.style(ThemeRole::Bar));
        if chosen == Some(at) {
            describe::select(look, buffer, Rect { y, height: 1, ..area });
        }
    }
}
