//! How differences are drawn: what is compared, a few words about it, and the sheet. Must not change the state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::CompareScreen;
use super::found::Nothing;
use crate::domain::name::shown;
use crate::tui::parts::{diff, text};
use crate::tui::screens::{Context, Look};
use crate::tui::theme::ThemeRole;

/// Lines above the sheet: what is compared, and one note.
const ABOVE: u16 = 3;

/// How many lines of a sheet an area shows.
pub(super) fn window((_, height): (u16, u16)) -> usize {
    usize::from(height.saturating_sub(ABOVE)).max(1)
}

pub(super) fn draw(screen: &CompareScreen, _context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let found = &screen.found;
    let line = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    diff::titles(&screen.sheet, &found.titles.0, &found.titles.1, look, buffer, line(0));
    let room = usize::from(area.width.saturating_sub(2));
    if area.height > 1 {
        let notes = found.notes.join(" · ");
        let dim = look.theme.style(ThemeRole::Dim);
        buffer.set_stringn(area.x + 1, area.y + 1, text::fit(&notes, room, look.glyphs.cut), room, dim);
    }
    if area.height <= ABOVE {
        return;
    }
    let below = Rect { y: area.y + ABOVE, height: area.height - ABOVE, ..area };
    let top = screen.top.at;
    diff::draw(&screen.sheet, top, look, buffer, below);
    let (count, height) = (screen.sheet.len(), usize::from(below.height));
    if count > height {
        let sign = if top + height < count { look.glyphs.descending } else { look.glyphs.ascending };
        let x = area.right().saturating_sub(1);
        buffer.set_stringn(x, area.bottom() - 1, sign, 1, look.theme.style(ThemeRole::Dim));
    }
    let used = count.saturating_sub(top) as u16 + u16::from(count > 0);
    if found.differences.is_empty() && used < below.height {
        nothing(screen, look, buffer, Rect { y: below.y + used, height: below.height - used, ..below });
    } else if count == 0 && !screen.filter.is_empty() {
        let words = format!("nothing matches  {}", shown(&screen.filter));
        buffer.set_stringn(area.x + 3, below.y, words, room, look.theme.style(ThemeRole::Text));
    }
}

/// Why there is no difference.
fn nothing(screen: &CompareScreen, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let glyphs = look.glyphs;
    let is_history = matches!(screen.subject, super::Subject::History(_));
    let (words, hint, role) = match &screen.found.nothing {
        Nothing::Reading => ("reading".to_owned(), None, ThemeRole::Dim),
        Nothing::Equal if is_history && !screen.sheet.is_empty() => return,
        Nothing::Equal if is_history => (format!("{} it has what the head has", glyphs.ok), None, ThemeRole::Ok),
        Nothing::Equal if matches!(screen.subject, super::Subject::Pair(..)) => {
            (format!("{} both have the same structure", glyphs.ok), None, ThemeRole::Ok)
        }
        Nothing::Equal => (format!("{} equal to the reference", glyphs.ok), None, ThemeRole::Ok),
        Nothing::Unknown(why) => (why.clone(), None, ThemeRole::Dim),
        Nothing::Fault(fault) => (format!("{} {}", glyphs.danger, fault.what), fault.hint.clone(), ThemeRole::Danger),
    };
    let room = usize::from(area.width.saturating_sub(6));
    let holds = matches!(screen.found.nothing, Nothing::Equal) && !screen.found.counts.is_empty();
    let hint = if holds { Some(screen.found.counts.join(", ")) } else { hint };
    let lines = text::wrap(&words, room).into_iter().map(|line| (line, role));
    let hints = hint.into_iter().flat_map(|hint| text::wrap(&hint, room)).map(|line| (line, ThemeRole::Dim));
    for (y, (line, role)) in (area.y..area.bottom()).zip(lines.chain(hints)) {
        buffer.set_stringn(area.x + 3, y, line, room, look.theme.style(role));
    }
}
