//! What differs between two structures, drawn: grouped by kind, object by object, both sides below each other or, where there is
//! room, beside each other. Must not know whose structures they are.

mod sheet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::sheet::{Line, Sign};
pub use self::sheet::{Sheet, TWO_FROM};
use super::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

impl Sign {
    fn look(self, look: &Look<'_>) -> (&'static str, ThemeRole) {
        let glyphs = look.glyphs;
        match self {
            Self::Missing => (glyphs.missing, ThemeRole::Danger),
            Self::Extra => (glyphs.extra, ThemeRole::Info),
            Self::Changed => (glyphs.changed, ThemeRole::Warn),
            Self::Renamed => (glyphs.renamed, ThemeRole::Dim),
            Self::Incomparable => (glyphs.orphan, ThemeRole::Dim),
            Self::Failed => (glyphs.dirty, ThemeRole::Danger),
        }
    }
}

/// Draws what the two sides are: in a line above the sheet, which stays when the sheet moves.
pub fn titles(sheet: &Sheet, reference: &str, here: &str, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let (missing, extra) = (Sign::Missing.look(look), Sign::Extra.look(look));
    let write = |buffer: &mut Buffer, x: u16, (sign, role): (&str, ThemeRole), name: &str, room: u16| {
        if room > 3 {
            buffer.set_stringn(x, area.y, sign, 1, look.theme.style(role));
            let name = text::fit(name, usize::from(room - 2), look.glyphs.cut).into_owned();
            buffer.set_stringn(x + 2, area.y, name, usize::from(room - 2), look.theme.style(ThemeRole::Title));
        }
    };
    if sheet.is_two() {
        let (left, right) = sheet.columns(area);
        write(buffer, left.start, missing, reference, left.end - left.start);
        write(buffer, right.start, extra, here, right.end - right.start);
        return;
    }
    // The names share the line; the side that needs less leaves the rest to the other.
    let room = area.width.saturating_sub(8);
    let (one, other) = (text::width(reference) as u16, text::width(here) as u16);
    let first = one.min((room / 2).max(room.saturating_sub(other)));
    write(buffer, area.x + 1, missing, reference, first + 2);
    let x = area.x + 1 + first + 2 + 2;
    write(buffer, x, extra, here, area.right().saturating_sub(x + 1));
}

/// Draws the lines of a sheet from `top` on.
pub fn draw(sheet: &Sheet, top: usize, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    for (y, line) in (area.y..area.bottom()).zip(sheet.lines().iter().skip(top)) {
        draw_line(sheet, line, look, buffer, Rect { y, height: 1, ..area });
    }
}

fn draw_line(sheet: &Sheet, line: &Line, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let style = |role| look.theme.style(role);
    let right = area.right();
    let mut put = |x: u16, words: &str, role: ThemeRole| {
        let room = usize::from(right.saturating_sub(x));
        let words = text::fit(words, room, look.glyphs.cut).into_owned();
        buffer.set_stringn(x.min(right), area.y, words, room, style(role));
    };
    match line {
        Line::Blank => {}
        Line::Heading(words) => put(area.x + 1, words, ThemeRole::Title),
        Line::Object { sign, label } => {
            let (glyph, role) = sign.look(look);
            put(area.x + 1, glyph, role);
            put(area.x + 3, label, ThemeRole::Text);
        }
        Line::Renamed { sign, from, to } => {
            let (glyph, role) = sign.look(look);
            put(area.x + 1, glyph, role);
            put(area.x + 3, &format!("{from} {} {to}", look.glyphs.becomes), ThemeRole::Text);
        }
        Line::Skipped { name } => {
            put(area.x + sheet::INDENT, name, ThemeRole::Dim);
            put(sheet.columns(area).0.start, look.glyphs.cut, ThemeRole::Dim);
        }
        Line::Value { name, left, right: here, whole } => {
            put(area.x + sheet::INDENT, name, ThemeRole::Dim);
            let (first, second) = sheet.columns(area);
            let same = left.is_some() && left == here;
            let (missing, extra) = (Sign::Missing.look(look), Sign::Extra.look(look));
            let role = |(_, role): (&str, ThemeRole)| match (*whole, same) {
                (true, _) => ThemeRole::Text,
                (false, true) => ThemeRole::Dim,
                (false, false) => role,
            };
            if sheet.is_two() {
                if let Some(words) = left {
                    put(first.start, words, role(missing));
                }
                if let Some(words) = here {
                    put(second.start, words, role(extra));
                }
                return;
            }
            let (side, words) = match (left, here) {
                (Some(words), None) => (missing, words),
                (_, Some(words)) => (extra, words),
                (None, None) => return,
            };
            if *whole || same {
                put(first.start, words, role(side));
            } else {
                put(first.start - 2, side.0, side.1);
                put(first.start, words, side.1);
            }
        }
    }
}
