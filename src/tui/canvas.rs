//! Where ratatui draws to: turns changed cells into as few bytes as possible and gives them out as one write per frame. Must not
//! know what is drawn, and never asks the terminal anything.
//!
//! A frame without a change is no byte. Attributes are kept from frame to frame. Colours are written as they are in the cell: a
//! theme without colours writes none, so that reverse video is never cancelled. A row in which two looks alternate, as in a mixed
//! map, is written once for each of them where that is shorter than turning from one to the other at every cell.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// The attributes that have a sign of their own: modifier and SGR number.
const ATTRIBUTES: [(Modifier, u8); 7] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::REVERSED, 7),
    (Modifier::CROSSED_OUT, 9),
];

/// A backend of ratatui over any writer.
#[derive(Debug)]
pub struct Canvas<W> {
    writer: W,
    size: Size,
    pending: Vec<u8>,
    hand: Hand,
    cursor: Option<Position>,
    cursor_shown: bool,
    counted: Counted,
}

/// What went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Frames that changed anything.
    pub frames: u64,
    /// Bytes of all frames.
    pub bytes: u64,
    /// Bytes of the last frame.
    pub last: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a cell looks the same drawn with this pen as with its own: a blank has nothing that a colour of text would show.
    fn does_for(self, cell: &Cell) -> bool {
        let own = Self::of(cell);
        let is_seen = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        self == own || (cell.symbol() == " " && self.bg == own.bg && !(self.modifier | own.modifier).intersects(is_seen))
    }
}

/// What the terminal is ready to do next.
#[derive(Debug, Clone, Copy)]
struct Hand {
    pen: Pen,
    /// Where its cursor is, when that is sure.
    at: Option<(u16, u16)>,
}

impl Hand {
    /// On a cleared screen.
    const NEW: Self = Self { pen: Pen::PLAIN, at: None };

    fn go(&self, x: u16, y: u16, out: &mut Vec<u8>) -> io::Result<()> {
        match self.at {
            Some(at) if at == (x, y) => Ok(()),
            Some((from, row)) if row == y && from < x => match x - from {
                1 => out.write_all(b"\x1b[C"),
                by => write!(out, "\x1b[{by}C"),
            },
            Some((_, row)) if row.checked_add(1) == Some(y) && x == 0 => out.write_all(b"\r\n"),
            _ => write!(out, "\x1b[{};{}H", y + 1, x + 1),
        }
    }

    fn take(&mut self, pen: Pen, out: &mut Vec<u8>) -> io::Result<()> {
        if pen == self.pen {
            return Ok(());
        }
        let mut codes: Vec<u8> = Vec::with_capacity(24);
        let mut from = self.pen;
        if !pen.modifier.contains(from.modifier) || pen == Pen::PLAIN {
            codes.push(b'0');
            from = Pen::PLAIN;
        }
        for (modifier, code) in ATTRIBUTES {
            if pen.modifier.contains(modifier) && !from.modifier.contains(modifier) {
                separate(&mut codes);
                write!(codes, "{code}")?;
            }
        }
        if pen.fg != from.fg {
            separate(&mut codes);
            push_colour(&mut codes, pen.fg, 30)?;
        }
        if pen.bg != from.bg {
            separate(&mut codes);
            push_colour(&mut codes, pen.bg, 40)?;
        }
        self.pen = pen;
        if !codes.is_empty() {
            out.extend_from_slice(b"\x1b[");
            out.extend_from_slice(if codes == b"0" { b"" } else { &codes });
            out.push(b'm');
        }
        Ok(())
    }

    /// Writes one cell of a screen of this many columns.
    fn put(&mut self, (x, y, cell): (u16, u16, &Cell), columns: u16, out: &mut Vec<u8>) -> io::Result<()> {
        self.go(x, y, out)?;
        if !self.pen.does_for(cell) {
            self.take(Pen::of(cell), out)?;
        }
        let symbol = cell.symbol();
        // Widgets let no control character through; this is the last door, so it does not rely on them.
        if symbol.chars().any(char::is_control) {
            out.push(b'?');
        } else {
            out.extend_from_slice(symbol.as_bytes());
        }
        // After the last column, and after a sign of two cells, the place of the cursor is not sure.
        let sure = x + 1 < columns && unicode_width::UnicodeWidthStr::width(symbol) == 1;
        self.at = sure.then_some((x + 1, y));
        Ok(())
    }
}

impl<W: Write> Canvas<W> {
    /// A canvas of this many columns and rows on a cleared screen with plain attributes and a hidden cursor.
    pub fn new(writer: W, size: (u16, u16)) -> Self {
        Self {
            writer,
            size: Size::new(size.0, size.1),
            pending: Vec::new(),
            hand: Hand::NEW,
            cursor: None,
            cursor_shown: false,
            counted: Counted::default(),
        }
    }

    /// The terminal has another size now.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = Size::new(size.0, size.1);
    }

    /// The terminal was left and entered again: attributes are plain and the cursor is hidden.
    pub fn entered_again(&mut self) {
        self.hand = Hand::NEW;
        self.cursor = None;
        self.cursor_shown = false;
        self.pending.clear();
    }

    /// What went out so far.
    pub fn counted(&self) -> Counted {
        self.counted
    }

    /// The writer.
    pub fn writer(&self) -> &W {
        &self.writer
    }

    /// Writes changed cells of one row from left to right, the shorter of two ways.
    fn row(&mut self, cells: &[(u16, u16, &Cell)]) -> io::Result<()> {
        let (mut across, mut by_look) = (Vec::new(), Vec::new());
        let (mut hand, mut other) = (self.hand, self.hand);
        for cell in cells {
            hand.put(*cell, self.size.width, &mut across)?;
        }
        // The looks in the order in which they come, that which the terminal has already before the others.
        let mut looks = vec![self.hand.pen];
        let mut look = 0;
        let mut each: Vec<(usize, &(u16, u16, &Cell))> = Vec::with_capacity(cells.len());
        for cell in cells {
            if !looks[look].does_for(cell.2) {
                let pen = Pen::of(cell.2);
                look = looks.iter().position(|known| *known == pen).unwrap_or_else(|| {
                    looks.push(pen);
                    looks.len() - 1
                });
            }
            each.push((look, cell));
        }
        each.sort_by_key(|(look, _)| *look);
        for (_, cell) in each {
            other.put(*cell, self.size.width, &mut by_look)?;
        }
        let (shorter, hand) = if by_look.len() < across.len() { (by_look, other) } else { (across, hand) };
        self.pending.extend_from_slice(&shorter);
        self.hand = hand;
        Ok(())
    }
}

fn separate(codes: &mut Vec<u8>) {
    if !codes.is_empty() {
        codes.push(b';');
    }
}

/// The SGR code of a colour; `base` is 30 for the text and 40 for what is behind it.
fn push_colour(codes: &mut Vec<u8>, colour: Color, base: u8) -> io::Result<()> {
    let sixteen = match colour {
        Color::Reset => return write!(codes, "{}", base + 9),
        Color::Rgb(r, g, b) => return write!(codes, "{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => return write!(codes, "{};5;{index}", base + 8),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    write!(codes, "{}", base + sixteen)
}

impl<W: Write> Backend for Canvas<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut row: Vec<(u16, u16, &Cell)> = Vec::new();
        for cell in content {
            if row.first().is_some_and(|first| first.1 != cell.1) {
                self.row(&row)?;
                row.clear();
            }
            row.push(cell);
        }
        self.row(&row)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, false) {
            self.pending.extend_from_slice(b"\x1b[?25l");
        }
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.cursor_shown, true) {
            self.pending.extend_from_slice(b"\x1b[?25h");
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor != Some(position) || !self.pending.is_empty() {
            Hand::NEW.go(position.x, position.y, &mut self.pending)?;
            self.hand.at = Some((position.x, position.y));
            self.cursor = Some(position);
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.hand.take(Pen::PLAIN, &mut self.pending)?;
        self.pending.extend_from_slice(b"\x1b[2J");
        self.hand.at = None;
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    /// Gives the frame out as one write, shown at once where the terminal knows synchronised updates.
    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(self.pending.len() + 16);
        frame.extend_from_slice(b"\x1b[?2026h");
        frame.append(&mut self.pending);
        frame.extend_from_slice(b"\x1b[?2026l");
        self.counted.frames += 1;
        self.counted.last = frame.len() as u64;
        self.counted.bytes += self.counted.last;
        self.writer.write_all(&frame)?;
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use ratatui::Terminal;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    use ratatui::text::Span;
    use ratatui::widgets::Widget as _;

    use super::*;

    struct Screen {
        terminal: Terminal<Canvas<Vec<u8>>>,
        seen: usize,
        parser: vt100::Parser,
    }

    impl Screen {
        fn new() -> Self {
            let terminal = Terminal::new(Canvas::new(Vec::new(), (20, 4))).unwrap();
            Self { terminal, seen: 0, parser: vt100::Parser::new(4, 20, 0) }
        }

        /// Draws spans at places and gives the bytes that went out for it.
        fn draw(&mut self, spans: &[(u16, u16, &'static str, Style)], cursor: Option<(u16, u16)>) -> String {
            self.terminal
                .draw(|frame| {
                    for (x, y, text, style) in spans {
                        frame.render_widget(Span::styled(*text, *style), Rect::new(*x, *y, 20 - x, 1));
                    }
                    if let Some(cursor) = cursor {
                        frame.set_cursor_position(cursor);
                    }
                })
                .unwrap();
            let bytes = self.terminal.backend().writer()[self.seen..].to_vec();
            self.seen += bytes.len();
            self.parser.process(&bytes);
            String::from_utf8(bytes).unwrap()
        }
    }

    #[test]
    fn a_frame_without_a_change_is_no_byte() {
        let mut screen = Screen::new();
        let plain = Style::new();
        assert!(!screen.draw(&[(0, 0, "one", plain)], None).is_empty());
        assert_eq!(screen.draw(&[(0, 0, "one", plain)], None), "");
        assert!(!screen.draw(&[(0, 0, "one", plain)], Some((3, 0))).is_empty());
        assert_eq!(screen.draw(&[(0, 0, "one", plain)], Some((3, 0))), "");
    }

    #[test]
    fn only_what_changed_goes_out_and_arrives() {
        let mut screen = Screen::new();
        let (plain, loud) = (Style::new(), Style::new().fg(Color::LightRed).add_modifier(Modifier::REVERSED));
        screen.draw(&[(0, 0, "alpha", plain), (0, 1, "beta", loud), (0, 2, "日本 x", plain)], None);
        assert_eq!(screen.parser.screen().contents(), "alpha\nbeta\n日本 x");
        assert!(screen.parser.screen().cell(1, 0).unwrap().inverse());
        let bytes = screen.draw(&[(0, 0, "alphb", plain), (0, 1, "beta", loud), (0, 2, "日本 x", plain)], None);
        assert_eq!(bytes, "\u{1b}[?2026h\u{1b}[1;5Hb\u{1b}[?2026l");
        assert_eq!(screen.parser.screen().contents(), "alphb\nbeta\n日本 x");
        assert_eq!(screen.terminal.backend().counted().frames, 2);
    }

    #[test]
    fn without_colours_no_colour_is_written() {
        let mut screen = Screen::new();
        let bytes = screen.draw(&[(0, 0, "row", Style::new().add_modifier(Modifier::REVERSED))], None);
        assert!(bytes.contains("\u{1b}[7mrow") && !bytes.contains("39") && !bytes.contains("49"), "{bytes:?}");
    }

    #[test]
    fn every_kind_of_colour_arrives() {
        let mut screen = Screen::new();
        let styles = [
            (Color::Green, vt100::Color::Idx(2)),
            (Color::DarkGray, vt100::Color::Idx(8)),
            (Color::Indexed(208), vt100::Color::Idx(208)),
            (Color::Rgb(1, 2, 3), vt100::Color::Rgb(1, 2, 3)),
            (Color::Reset, vt100::Color::Default),
        ];
        for (at, (colour, expected)) in styles.into_iter().enumerate() {
            screen.draw(&[(at as u16, 0, "x", Style::new().fg(colour).bg(colour))], None);
            let cell = screen.parser.screen().cell(0, at as u16).unwrap();
            assert_eq!((cell.fgcolor(), cell.bgcolor()), (expected, expected));
        }
    }

    #[test]
    fn a_row_in_which_looks_alternate_turns_from_one_to_the_other_once() {
        let mut screen = Screen::new();
        let [red, blue] = [Color::Red, Color::Blue].map(|colour| Style::new().fg(colour));
        let spans: Vec<_> = (0..18).map(|at| (at, 1, "x", if at % 2 == 0 { red } else { blue })).collect();
        let bytes = screen.draw(&spans, None);
        assert_eq!((bytes.matches("\u{1b}[31m").count(), bytes.matches("\u{1b}[34m").count()), (1, 1), "{bytes:?}");
        assert_eq!(screen.parser.screen().contents(), format!("\n{}", "x".repeat(18)));
        // Blanks between words need no colour of their own.
        let bytes = screen.draw(&[(0, 2, "a b c", red)], None);
        assert!(bytes.ends_with("\u{1b}[31ma b c\u{1b}[?2026l"), "{bytes:?}");
    }

    fn shown(colour: Color) -> vt100::Color {
        match colour {
            Color::Red => vt100::Color::Idx(1),
            Color::Blue => vt100::Color::Idx(4),
            Color::Indexed(index) => vt100::Color::Idx(index),
            _ => vt100::Color::Default,
        }
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_arrives(frames in vec(vec((0..20_u16, 0..4_u16, 0..5_usize, 0..7_usize), 0..40), 1..4)) {
            let texts = ["x", " ", "■", "a b", "  "];
            let styles = [
                Style::new(),
                Style::new().fg(Color::Red),
                Style::new().fg(Color::Indexed(9)).add_modifier(Modifier::BOLD),
                Style::new().bg(Color::Blue),
                Style::new().add_modifier(Modifier::REVERSED),
                Style::new().fg(Color::Red).add_modifier(Modifier::UNDERLINED),
                Style::new().fg(Color::Red).bg(Color::Blue),
            ];
            let mut screen = Screen::new();
            for frame in frames {
                let spans: Vec<_> = frame.into_iter().map(|(x, y, text, style)| (x, y, texts[text], styles[style])).collect();
                screen.draw(&spans, None);
                let mut wanted = Buffer::empty(Rect::new(0, 0, 20, 4));
                for (x, y, text, style) in spans {
                    Span::styled(text, style).render(Rect::new(x, y, 20 - x, 1), &mut wanted);
                }
                for (y, x) in (0..4).flat_map(|y| (0..20).map(move |x| (y, x))) {
                    let (cell, wanted) = (screen.parser.screen().cell(y, x).unwrap(), &wanted[(x, y)]);
                    let (inverse, underline) = (Modifier::REVERSED, Modifier::UNDERLINED);
                    let found = (cell.contents().trim(), cell.bgcolor(), cell.inverse(), cell.underline());
                    let [inverse, underline] = [inverse, underline].map(|one| wanted.modifier.contains(one));
                    prop_assert_eq!(found, (wanted.symbol().trim(), shown(wanted.bg), inverse, underline), "{} {}", x, y);
                    if wanted.symbol() != " " || inverse || underline {
                        let is_bold = wanted.modifier.contains(Modifier::BOLD);
                        prop_assert_eq!((cell.fgcolor(), cell.bold()), (shown(wanted.fg), is_bold), "{} {}", x, y);
                    }
                }
            }
        }
    }
}
