//! How the tenant list is drawn: heading, the rows in view, the pane beside it. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::TenantsScreen;
use super::columns::{Col, cell};
use crate::tui::parts::columns::{self, Align, Placed};
use crate::tui::screens::{Context, Direction, Look, describe};
use crate::tui::theme::ThemeRole;

/// From this many columns of the screen on there is a pane with all about the row under the cursor.
const PANE_FROM: u16 = 120;

/// How many columns stay when a wide list is scrolled sideways.
pub(super) const FIXED: usize = 2;

/// How many rows an area shows.
pub(super) fn window((_, height): (u16, u16)) -> usize {
    usize::from(height.saturating_sub(1))
}

/// How many cells the list has beside the pane, if there is one.
pub(super) fn list_width(screen: &TenantsScreen, width: u16) -> u16 {
    let pane = if screen.wide || width < PANE_FROM { 0 } else { (width / 3).clamp(40, 60) };
    width - pane
}

/// How far a wide list is scrolled sideways when its last column is in view.
pub(super) fn farthest(screen: &TenantsScreen, width: u16) -> usize {
    columns::farthest(&columns::place_all(&screen.shape.columns(), FIXED), FIXED, width)
}

/// The columns of the list with their places, before a wide one is scrolled.
pub(super) fn placed(screen: &TenantsScreen, width: u16) -> Vec<Placed<Col>> {
    if screen.wide {
        return columns::place_all(&screen.shape.columns(), FIXED);
    }
    let list = list_width(screen, width);
    // A pane's wall stands a cell away from the last column.
    columns::place(&screen.columns(), list - u16::from(list < width))
}

pub(super) fn draw(screen: &TenantsScreen, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let list = Rect { width: list_width(screen, area.width), ..area };
    let pane = area.width - list.width;
    if list.height == 0 {
        return;
    }
    let all = placed(screen, area.width);
    let placed = if screen.wide { columns::scrolled(&all, FIXED, screen.shift, list.width) } else { all };
    heading(screen, &placed, look, buffer, list);
    let below = Rect { y: list.y + 1, height: list.height - 1, ..list };
    if screen.shown.is_empty() {
        describe::emptiness(&screen.filter_text, context, look, buffer, below);
        return;
    }
    let rows = screen.cursor.window(screen.shown.len(), usize::from(below.height));
    for (y, at) in (below.y..).zip(rows) {
        row(screen, at, &placed, context, look, buffer, Rect { y, height: 1, ..below });
    }
    if pane > 0
        && let Some(entry) = screen.at_cursor(context)
    {
        let beside = Rect { x: list.right(), width: pane, ..area };
        describe::pane(&entry, context, look, buffer, beside);
    }
}

fn heading(screen: &TenantsScreen, placed: &[Placed<Col>], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    for column in placed {
        let id = column.column.id;
        let about = if id.is_estimate() { look.glyphs.about } else { "" };
        let sorted = screen.sorting.column == id;
        let arrow = match screen.sorting.direction {
            _ if !sorted => "",
            Direction::Ascending => look.glyphs.ascending,
            Direction::Descending => look.glyphs.descending,
        };
        let apart = if sorted && column.column.align == Align::Left { " " } else { "" };
        let title = format!("{about}{}{apart}{arrow}", column.column.title);
        let style = look.theme.style(if sorted { ThemeRole::Accent } else { ThemeRole::Title });
        let cells = columns::range(column, area);
        columns::cell(buffer, &cells, area.y, column.column.align, &title, look.glyphs.cut, style);
    }
    if screen.wide {
        let style = look.theme.style(ThemeRole::Accent);
        if screen.shift > 0 {
            buffer.set_stringn(area.x + 1, area.y, look.glyphs.more_left, 1, style);
        }
        let last = screen.shape.columns().last().map(|column| (column.id, column.most));
        if area.width > 0 && placed.last().map(|column| (column.column.id, column.width)) != last {
            buffer.set_stringn(area.right() - 1, area.y, look.glyphs.more_right, 1, style);
        }
    }
}

fn row(
    screen: &TenantsScreen,
    at: usize,
    placed: &[Placed<Col>],
    context: &Context<'_>,
    look: &Look<'_>,
    buffer: &mut Buffer,
    area: Rect,
) {
    let Some(entry) = screen.shown[at].entry(context.fleet) else { return };
    let old = entry.database.is_stale();
    let (y, glyphs) = (area.y, look.glyphs);
    if context.marks.contains(&entry.path()) {
        buffer.set_stringn(area.x, y, glyphs.mark, usize::from(area.width), look.theme.style(ThemeRole::Mark));
    }
    if old && area.width > 2 {
        buffer.set_stringn(area.x + 2, y, glyphs.stale, 1, look.theme.style(ThemeRole::Dim));
    }
    for column in placed {
        let (text, role) = cell(&entry, column.column.id, column.width, screen.told, context, glyphs);
        let style = look.theme.style(if old { ThemeRole::Dim } else { role });
        columns::cell(buffer, &columns::range(column, area), y, column.column.align, &text, glyphs.cut, style);
    }
    if at == screen.cursor.at {
        describe::select(look, buffer, area);
    }
}
