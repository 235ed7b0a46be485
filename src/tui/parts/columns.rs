//! Columns of a table: which of them fit, how wide each is, and drawing a cell. Widths follow from the room alone, never from the
//! rows in view, so that nothing jumps. Must not know what is in a cell.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text;

/// Cells between two columns.
pub const GAP: u16 = 2;

/// Cells before the first column: mark, cursor, stale.
pub const GUTTER: u16 = 3;

/// Columns up to this rank are essential: the others appear only when all of these have their fair width.
pub const ESSENTIAL: u8 = 3;

/// On which side the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// What a column asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<Id> {
    /// Which it is.
    pub id: Id,
    /// Its heading.
    pub title: &'static str,
    /// Where its text stands.
    pub align: Align,
    /// The fewest cells that make sense.
    pub least: u16,
    /// The cells that it gets before a column that is not essential appears.
    pub fair: u16,
    /// The cells beyond which it gains nothing.
    pub most: u16,
    /// Columns with a lower number get room first; one that does not fit is left out.
    pub rank: u8,
}

/// A column with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<Id> {
    /// What it is.
    pub column: Column<Id>,
    /// Its first cell, from the left edge of the table.
    pub x: u16,
    /// Its cells.
    pub width: u16,
}

/// Gives the columns their places in `room` cells, in their order. What is left over goes to those that can use it.
pub fn place<Id: Copy>(columns: &[Column<Id>], room: u16) -> Vec<Placed<Id>> {
    let mut by_rank: Vec<usize> = (0..columns.len()).collect();
    by_rank.sort_by_key(|&at| columns[at].rank);
    let room = room.saturating_sub(GUTTER);
    let mut widths = vec![0_u16; columns.len()];
    let (mut used, mut reserved) = (0, 0);
    for at in by_rank {
        let column = &columns[at];
        let gap = if used == 0 { 0 } else { GAP };
        let needed = used + gap + column.least + if column.rank > ESSENTIAL { reserved } else { 0 };
        // The first one is there even where it is cut: an empty screen tells nothing. After one that does not fit none
        // follows: columns appear in one order only.
        if needed > room && used > 0 {
            break;
        }
        widths[at] = column.least.min(room);
        used += gap + widths[at];
        if column.rank <= ESSENTIAL {
            reserved += column.fair.saturating_sub(column.least);
        }
    }
    let left = share(columns, &mut widths, room.saturating_sub(used), |column| column.fair);
    share(columns, &mut widths, left, |column| column.most);
    let mut x = GUTTER;
    let mut placed = Vec::with_capacity(columns.len());
    for (column, width) in columns.iter().zip(widths).filter(|(_, width)| *width > 0) {
        placed.push(Placed { column: *column, x, width });
        x += width + GAP;
    }
    placed
}

/// Hands out the cells that are left over, one after the other, to all columns below their goal; gives what nobody wanted.
fn share<Id>(columns: &[Column<Id>], widths: &mut [u16], mut left: u16, goal: impl Fn(&Column<Id>) -> u16) -> u16 {
    loop {
        let before = left;
        for (column, width) in columns.iter().zip(widths.iter_mut()) {
            if left > 0 && *width > 0 && *width < goal(column) {
                *width += 1;
                left -= 1;
            }
        }
        if left == before {
            return left;
        }
    }
}

/// Gives all columns their room however much that is, for a table that is scrolled sideways: the `fixed` ones, which stay, what is
/// fair, the others all that they can use.
pub fn place_all<Id: Copy>(columns: &[Column<Id>], fixed: usize) -> Vec<Placed<Id>> {
    let mut x = GUTTER;
    let mut placed = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let width = if at < fixed { column.fair } else { column.most };
        placed.push(Placed { column: *column, x, width });
        x += width + GAP;
    }
    placed
}

/// The columns in view when `first` of those behind the `fixed` ones are scrolled away; the last one may be cut at the edge.
pub fn scrolled<Id: Copy>(placed: &[Placed<Id>], fixed: usize, first: usize, room: u16) -> Vec<Placed<Id>> {
    let fixed = fixed.min(placed.len());
    let first = first.min(placed.len().saturating_sub(fixed + 1));
    let away: u16 = placed[fixed..fixed + first].iter().map(|column| column.width + GAP).sum();
    let moved = placed[fixed + first..].iter().map(|column| Placed { x: column.x - away, ..*column });
    let visible = placed[..fixed].iter().copied().chain(moved).filter(|column| column.x < room);
    visible.map(|column| Placed { width: column.width.min(room - column.x), ..column }).collect()
}

/// How many columns behind the `fixed` ones must be scrolled away so that the last one is in view as a whole.
pub fn farthest<Id: Copy>(placed: &[Placed<Id>], fixed: usize, room: u16) -> usize {
    let most = placed.len().saturating_sub(fixed + 1);
    let end = placed.last().map_or(0, |column| column.x + column.width);
    let away = |first: usize| placed[fixed..fixed + first].iter().map(|column| column.width + GAP).sum::<u16>();
    (0..most).find(|&first| end - away(first) <= room).unwrap_or(most)
}

/// The cells of a placed column within an area.
pub fn range<Id>(placed: &Placed<Id>, area: Rect) -> Range<u16> {
    let start = area.x.saturating_add(placed.x).min(area.right());
    start..start.saturating_add(placed.width).min(area.right())
}

/// Writes a text into the cells `x` of row `y`, cut to fit. The text must be safe to show.
pub fn cell(buffer: &mut Buffer, cells: &Range<u16>, y: u16, align: Align, content: &str, cut: &str, style: Style) {
    let room = usize::from(cells.end.saturating_sub(cells.start));
    let content = text::fit(content, room, cut);
    let indent = match align {
        Align::Left => 0,
        Align::Right => room - text::width(&content).min(room),
    };
    buffer.set_stringn(cells.start + indent as u16, y, content, room, style);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(id: u8, least: u16, most: u16, rank: u8) -> Column<u8> {
        Column { id, title: "", align: Align::Left, least, fair: least + (most - least) / 2, most, rank }
    }

    fn widths(placed: &[Placed<u8>]) -> Vec<(u8, u16, u16)> {
        placed.iter().map(|placed| (placed.column.id, placed.x, placed.width)).collect()
    }

    #[test]
    fn columns_appear_by_rank_and_share_what_is_left() {
        let columns = [column(1, 10, 20, 0), column(2, 6, 6, 1), column(3, 8, 12, 0), column(4, 5, 5, 9)];
        assert_eq!(widths(&place(&columns, 23)), [(1, 3, 10), (3, 15, 8)]);
        assert_eq!(widths(&place(&columns, 31)), [(1, 3, 10), (2, 15, 6), (3, 23, 8)]);
        // The last one is not essential: it comes when the others have their fair width.
        assert_eq!(widths(&place(&columns, 44)), [(1, 3, 19), (2, 24, 6), (3, 32, 12)]);
        assert_eq!(widths(&place(&columns, 45)), [(1, 3, 15), (2, 20, 6), (3, 28, 10), (4, 40, 5)]);
        assert_eq!(widths(&place(&columns, 200)), [(1, 3, 20), (2, 25, 6), (3, 33, 12), (4, 47, 5)]);
        assert_eq!(widths(&place(&columns, 8)), [(1, 3, 5)]);
        assert_eq!(widths(&place(&columns, 0)), []);
    }

    #[test]
    fn sideways_scrolling_keeps_the_fixed_columns() {
        let columns = [column(1, 10, 10, 0), column(2, 6, 6, 0), column(3, 8, 8, 0), column(4, 5, 5, 0)];
        let all = place_all(&columns, 1);
        assert_eq!(widths(&scrolled(&all, 1, 0, 26)), [(1, 3, 10), (2, 15, 6), (3, 23, 3)]);
        assert_eq!(widths(&scrolled(&all, 1, 1, 26)), [(1, 3, 10), (3, 15, 8), (4, 25, 1)]);
        assert_eq!(widths(&scrolled(&all, 1, 9, 26)), [(1, 3, 10), (4, 15, 5)]);
    }
}
