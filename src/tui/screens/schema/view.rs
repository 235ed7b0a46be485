//! How an opened schema is drawn: tabs, then the overview or a list. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::lists::{ListCol, Listing};
use super::{SchemaScreen, Tab, overview};
use crate::domain::catalog::{SchemaDetail, TableFacts};
use crate::domain::fault::Fault;
use crate::domain::fleet::Database;
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::parts::columns::{self, Align};
use crate::tui::parts::{bar, text};
use crate::tui::screens::{Context, Direction, Look, describe};
use crate::tui::theme::ThemeRole;

/// From this many columns on the overview has the largest tables beside it.
const BESIDE_FROM: u16 = 120;

pub(super) fn draw(screen: &SchemaScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    tabs(screen, context, look, buffer, area);
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let old = context.fleet.database(screen.database).is_some_and(Database::is_stale);
    match screen.tab {
        Tab::Overview => draw_overview(screen, context, look, buffer, below),
        Tab::Tables => {
            let missing = match &screen.detail {
                Some(Ok(SchemaDetail { tables: Err(fault), .. }) | Err(fault)) => Missing::Fault(fault),
                Some(Ok(_)) => Missing::None("no table here"),
                None => Missing::Reading,
            };
            list(&screen.tables, screen.known_tables(), &Facts { missing, old }, context, look, buffer, below);
        }
        Tab::Ledger => {
            let missing = match &screen.detail {
                Some(Ok(SchemaDetail { ledger: Some(Err(fault)), .. }) | Err(fault)) => Missing::Fault(fault),
                Some(Ok(SchemaDetail { ledger: None, .. })) => {
                    Missing::None("no ledger: no table of a known migration tool is here")
                }
                Some(Ok(_)) => Missing::None("the ledger is empty"),
                None => Missing::Reading,
            };
            list(&screen.ledger, &screen.ledger_lines, &Facts { missing, old }, context, look, buffer, below);
        }
        Tab::Shape => screen.shape.draw(&super::below(context), look, buffer, below),
        Tab::Sessions => screen.sessions.draw(screen.database, context, look, buffer, below),
    }
}

/// What is to be known of the rows of a list: why there may be none, and whether they may be older than the world.
struct Facts<'a> {
    missing: Missing<'a>,
    old: bool,
}

/// Why a list has no row.
enum Missing<'a> {
    Reading,
    Fault(&'a Fault),
    None(&'static str),
}

fn tabs(screen: &SchemaScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let entry = screen.entry(context);
    let counted = entry.and_then(|entry| entry.counts()).map(|counts| counts.tables as usize);
    let number = |count: usize| format!(" {}", units::count(count as u64));
    let mut x = area.x + 1;
    // All five stand in the least width, too.
    let gap = if area.width < 72 { " " } else { "   " };
    for tab in Tab::ALL {
        let label = match (tab, &screen.detail) {
            (Tab::Overview, _) => "Overview".to_owned(),
            (Tab::Tables, Some(Ok(SchemaDetail { tables: Ok(tables), .. }))) => format!("Tables{}", number(tables.len())),
            (Tab::Tables, _) => format!("Tables{}", counted.map(number).unwrap_or_default()),
            (Tab::Ledger, Some(Ok(SchemaDetail { ledger: Some(Ok(rows)), .. }))) => format!("Ledger{}", number(rows.len())),
            (Tab::Ledger, Some(Ok(SchemaDetail { ledger: None, .. }))) => format!("Ledger {}", look.glyphs.none),
            (Tab::Ledger, _) => "Ledger".to_owned(),
            (Tab::Sessions, _) => "Sessions".to_owned(),
            (Tab::Shape, _) => match screen.shape.drifted() {
                Some(0) => format!("Shape {}", look.glyphs.ok),
                Some(count) => format!("Shape {} {}", look.glyphs.shape, units::count(count as u64)),
                None => "Shape".to_owned(),
            },
        };
        let open = tab == screen.tab;
        let style = look.theme.style(if open { ThemeRole::Accent } else { ThemeRole::Dim });
        let sign = if open { look.glyphs.cursor } else { " " };
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, format!("{sign} {label}{gap}"), room, style).0;
    }
}

/// How many cells the overview leaves to the tables beside it.
fn beside(screen: &SchemaScreen, width: u16) -> u16 {
    if width >= BESIDE_FROM && !screen.known_tables().is_empty() { width * 2 / 5 } else { 0 }
}

/// How many cells the statements of the overview have.
pub(super) fn overview_width(screen: &SchemaScreen, width: u16) -> u16 {
    width.saturating_sub(4 + beside(screen, width))
}

fn draw_overview(screen: &SchemaScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let beside = beside(screen, area.width);
    let inner = Rect {
        x: area.x + 3,
        y: area.y + 1,
        width: overview_width(screen, area.width),
        height: area.height.saturating_sub(1),
    };
    if inner.height == 0 {
        return;
    }
    let lines = overview::lines_with(screen, context, look, inner.width);
    let first = screen.scroll.at.min(lines.len().saturating_sub(1));
    describe::draw(&lines[first..], look, buffer, inner);
    if first > 0 || lines.len() - first > usize::from(inner.height) {
        let style = look.theme.style(ThemeRole::Dim);
        let sign =
            if lines.len() - first > usize::from(inner.height) { look.glyphs.descending } else { look.glyphs.ascending };
        buffer.set_stringn(area.right() - 1, area.bottom() - 1, sign, 1, style);
    }
    if beside > 0 {
        let right = Rect { x: area.right() - beside, width: beside, y: inner.y, height: inner.height };
        largest(screen.known_tables(), look, buffer, right);
    }
}

/// The largest tables as bars.
fn largest(tables: &[TableFacts], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let mut sized: Vec<(u64, &TableFacts)> = tables.iter().filter_map(|table| Some((table.bytes?, table))).collect();
    sized.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let most = sized.first().map_or(1, |(bytes, _)| *bytes).max(1);
    buffer.set_stringn(area.x, area.y, "LARGEST TABLES", usize::from(area.width), look.theme.style(ThemeRole::Title));
    let name = area.x..area.x + area.width / 2;
    let size = name.end + 1..name.end + 9;
    let room = usize::from(area.right().saturating_sub(size.end + 3));
    for (y, (bytes, table)) in (area.y + 1..area.bottom()).zip(sized) {
        let style = look.theme.style(ThemeRole::Text);
        columns::cell(buffer, &name, y, Align::Left, &shown(&table.name), look.glyphs.cut, style);
        columns::cell(buffer, &size, y, Align::Right, &units::bytes(bytes), look.glyphs.cut, style);
        let drawn = bar::bar(bytes as f64 / most as f64, room, look.glyphs);
        buffer.set_stringn(size.end + 2, y, drawn, room, look.theme.style(ThemeRole::Bar));
    }
}

fn list<C: ListCol>(
    listing: &Listing<C>,
    rows: &[C::Row],
    facts: &Facts<'_>,
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    if area.height == 0 {
        return;
    }
    let specs: Vec<_> = C::ALL.iter().map(|column| column.column()).collect();
    let placed = columns::place(&specs, area.width.saturating_sub(1));
    let (sorted, direction) = listing.sorting();
    for column in &placed {
        let arrow = match direction {
            _ if column.column.id != sorted => "",
            Direction::Ascending => look.glyphs.ascending,
            Direction::Descending => look.glyphs.descending,
        };
        let apart = if !arrow.is_empty() && column.column.align == Align::Left { " " } else { "" };
        let about = if column.column.title == "ROWS" { look.glyphs.about } else { "" };
        let title = format!("{about}{}{apart}{arrow}", column.column.title);
        let role = if arrow.is_empty() { ThemeRole::Title } else { ThemeRole::Accent };
        let cells = columns::range(column, area);
        columns::cell(buffer, &cells, area.y, column.column.align, &title, look.glyphs.cut, look.theme.style(role));
    }
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if listing.is_empty() {
        why_empty(listing.filter(), rows.is_empty(), &facts.missing, look, buffer, below);
        return;
    }
    let (chosen, view) = listing.in_view(usize::from(below.height));
    let shown_rows = listing.rows(rows).skip(view.start).take(view.len());
    for (y, (at, row)) in (below.y..below.bottom()).zip((view.start..).zip(shown_rows)) {
        if facts.old && below.width > 2 {
            buffer.set_stringn(below.x + 2, y, look.glyphs.stale, 1, look.theme.style(ThemeRole::Dim));
        }
        for column in &placed {
            let (words, role) = column.column.id.cell(row, context, look.glyphs);
            let role = if facts.old { ThemeRole::Dim } else { role };
            let cells = columns::range(column, below);
            columns::cell(buffer, &cells, y, column.column.align, &words, look.glyphs.cut, look.theme.style(role));
        }
        if at == chosen {
            describe::select(look, buffer, Rect { y, height: 1, ..below });
        }
    }
}

fn why_empty(filter: &str, none: bool, missing: &Missing<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let mut lines = Vec::new();
    match missing {
        _ if !none => {
            lines.push((format!("nothing matches  {}", shown(filter)), ThemeRole::Text));
            lines.push(("an empty filter shows all".to_owned(), ThemeRole::Dim));
        }
        Missing::Reading => lines.push(("reading".to_owned(), ThemeRole::Dim)),
        Missing::Fault(fault) => {
            lines.push((format!("{} {}", look.glyphs.danger, fault.what), ThemeRole::Danger));
            lines.extend(fault.hint.as_ref().map(|hint| (hint.clone(), ThemeRole::Dim)));
        }
        Missing::None(words) => lines.push(((*words).to_owned(), ThemeRole::Dim)),
    }
    let room = usize::from(area.width.saturating_sub(6));
    let lines = lines.into_iter().flat_map(|(line, role)| text::wrap(&line, room).into_iter().map(move |line| (line, role)));
    for (y, (line, role)) in (area.y + 1..area.bottom()).zip(lines) {
        buffer.set_stringn(area.x + 3, y, line, room, look.theme.style(role));
    }
}
