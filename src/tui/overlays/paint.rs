//! What all overlays draw with: boxes, sheets above the status line, input lines, rows. Must not know any one overlay.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use super::prompt::Prompt;
use crate::domain::name::shown;
use crate::tui::frame;
use crate::tui::parts::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// A box in the middle of the body with a title; gives the area inside. `wanted` is the inner size that would hold everything.
pub(super) fn open_box(title: &str, wanted: (u16, u16), look: &Look<'_>, frame: &mut Frame<'_>) -> Rect {
    boxed(title, wanted, false, look, frame)
}

/// A box at the upper right of the body, so that what lies left of it can be seen.
pub(super) fn open_corner_box(title: &str, wanted: (u16, u16), look: &Look<'_>, frame: &mut Frame<'_>) -> Rect {
    boxed(title, wanted, true, look, frame)
}

fn boxed(title: &str, wanted: (u16, u16), corner: bool, look: &Look<'_>, frame: &mut Frame<'_>) -> Rect {
    let body = frame::body((frame.area().width, frame.area().height));
    let width = wanted.0.saturating_add(4).max(title.width() as u16 + 6).min(body.width);
    let height = wanted.1.saturating_add(2).min(body.height);
    let (right, below) = (body.width - width, body.height - height);
    let (right, below) = if corner { (right, 0) } else { (right / 2, below / 2) };
    let area = Rect { x: body.x + right, y: body.y + below, width, height };
    let block = block(look).title(Span::styled(format!(" {} ", shown(title)), look.theme.style(ThemeRole::Title)));
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    unhalve(area, frame);
    frame.render_widget(block, area);
    Rect { x: inside.x.saturating_add(1), width: inside.width.saturating_sub(2), ..inside }
}

/// A wide sign of which the area hides one half loses the other: a terminal would draw it whole, over the border.
fn unhalve(area: Rect, frame: &mut Frame<'_>) {
    let Some(x) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, y)).filter(|cell| cell.symbol().width() > 1) {
            cell.set_symbol(" ");
        }
    }
}

/// A sheet of `rows` lines directly above the status line, with a rule on top; gives the area inside.
pub(super) fn open_sheet(rows: usize, look: &Look<'_>, frame: &mut Frame<'_>) -> Rect {
    let body = frame::body((frame.area().width, frame.area().height));
    let bottom = body.bottom().saturating_add(1).min(frame.area().bottom());
    let height = (rows as u16).saturating_add(1).min(bottom.saturating_sub(body.y));
    let area = Rect { x: 0, y: bottom - height, width: frame.area().width, height };
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new("").style(look.theme.style(ThemeRole::Overlay)), area);
    let rule = look.glyphs.rule.repeat(usize::from(area.width));
    frame.render_widget(
        Paragraph::new(Span::styled(rule, look.theme.style(ThemeRole::Border))),
        Rect { height: height.min(1), ..area },
    );
    Rect { y: area.y + height.min(1), height: height.saturating_sub(1), ..area }
}

fn block<'a>(look: &Look<'_>) -> Block<'a> {
    let set = if look.glyphs.rule == "─" {
        ratatui::symbols::border::PLAIN
    } else {
        ratatui::symbols::border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        }
    };
    Block::new()
        .borders(Borders::ALL)
        .border_set(set)
        .border_style(look.theme.style(ThemeRole::Border))
        .style(look.theme.style(ThemeRole::Overlay))
}

/// An input line with its cursor, the end of a long text in sight; `sign` stands before it.
pub(super) fn input(sign: &str, prompt: &Prompt, note: &str, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    // A long sign leaves room for what is typed.
    let sign = text::fit(sign, usize::from(area.width) * 2 / 3, look.glyphs.cut);
    let before = prompt.text().get(..prompt.cursor()).unwrap_or_default();
    let room = usize::from(area.width).saturating_sub(sign.width() + 1);
    let mut from = 0;
    while before[from..].width() >= room.max(1) {
        from += before[from..].chars().next().map_or(1, char::len_utf8);
    }
    let style = look.theme.style(ThemeRole::Input);
    let line = Line::from(vec![
        Span::styled(sign.to_string(), look.theme.style(ThemeRole::Key)),
        Span::styled(prompt.text()[from..].to_owned(), style),
    ]);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(line).style(look.theme.style(ThemeRole::Text)), area);
    let used = (sign.width() + prompt.text()[from..].width()) as u16;
    let note_width = note.width() as u16;
    if note_width > 0 && used + note_width + 3 <= area.width {
        let at = Rect { x: area.right() - note_width - 1, width: note_width, ..area };
        frame.render_widget(Paragraph::new(Span::styled(note.to_owned(), look.theme.style(ThemeRole::Dim))), at);
    }
    let x = area.x + (sign.width() + before[from..].width()) as u16;
    frame.set_cursor_position((x.min(area.right() - 1), area.y));
}

/// What is wrong with an input, in the line of keys: the whole width is there for it.
pub(super) fn mistake(error: &str, look: &Look<'_>, frame: &mut Frame<'_>) {
    let area = frame::Places::of(frame.area()).keys;
    let text = format!(" {} {}", look.glyphs.danger, shown(error));
    let text = text::fit(&text, usize::from(area.width), look.glyphs.cut).into_owned();
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(Span::styled(text, look.theme.style(ThemeRole::Danger))), area);
}

/// The first row to show so that the row at `at` is in sight: the window moves by whole pages, so that few cells change.
pub(super) fn window(at: usize, count: usize, rows: usize) -> std::ops::Range<usize> {
    let rows = rows.max(1);
    let from = (at / rows) * rows;
    let from = from.min(count.saturating_sub(rows));
    from..count.min(from + rows)
}

/// A row of a chooser: gutter, left part, right part in a dim colour.
pub(super) fn row(
    selected: bool,
    left: Vec<Span<'static>>,
    right: &str,
    look: &Look<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let gutter = if selected { look.glyphs.cursor } else { " " };
    let mut spans = vec![Span::raw(format!("{gutter} "))];
    spans.extend(left);
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(area.width);
    let right = shown(right);
    if !right.is_empty() && used + 2 < room {
        let fits = text::fit(&right, room - used - 2, look.glyphs.cut).into_owned();
        spans.push(Span::raw("  "));
        spans.push(Span::styled(fits, look.theme.style(ThemeRole::Dim)));
    }
    let line = Line::from(spans);
    let paragraph = Paragraph::new(line);
    if selected {
        frame.render_widget(paragraph.style(look.theme.style(ThemeRole::Selection)), area);
    } else {
        frame.render_widget(paragraph, area);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyph::Glyphs;
    use crate::tui::theme::{ColourDepth, DEFAULT, Theme};

    #[test]
    fn a_box_hides_a_wide_sign_that_it_would_halve() {
        let theme = Theme::load(DEFAULT, None, ColourDepth::Ansi16).unwrap();
        let glyphs = Glyphs::unicode();
        let look = Look { theme: &theme, glyphs: &glyphs };
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
        let drawn = |terminal: &mut ratatui::Terminal<ratatui::backend::TestBackend>, shift: u16| {
            terminal
                .draw(|frame| {
                    let row = Rect { x: shift, y: 12, width: 80 - shift, height: 1 };
                    frame.render_widget(Paragraph::new("漢".repeat(39)), row);
                    open_box("a box", (20, 5), &look, frame);
                })
                .unwrap();
            let buffer = terminal.backend().buffer();
            let border = (0..80).find(|x| buffer[(*x, 12)].symbol() == "│").expect("a border");
            buffer[(border - 1, 12)].symbol().to_owned()
        };
        let both = [drawn(&mut terminal, 0), drawn(&mut terminal, 1)];
        assert!(both.iter().all(|before| before.width() == 1), "{both:?}");
    }

    #[test]
    fn a_window_holds_the_cursor_and_never_more_than_there_is() {
        for (at, count, rows, expected) in
            [(0, 3, 5, 0..3), (4, 10, 4, 4..8), (9, 10, 4, 6..10), (0, 0, 4, 0..0), (2, 3, 0, 2..3)]
        {
            assert_eq!(window(at, count, rows), expected, "{at} of {count} in {rows}");
        }
    }
}
