//! A table of text for people: aligned, fitted to the terminal's width by leaving out what matters least. Must not know what the
//! rows are.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::name::shown;

/// Where text is printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Paper {
    /// Whether it is a terminal; if not, nothing is left out and no escape sequence is written.
    pub(super) terminal: bool,
    /// Cells of a line, where they are known.
    pub(super) width: Option<usize>,
    /// Whether colours are wanted.
    pub(super) colour: bool,
    /// Whether signs of ours beyond ASCII would not be shown as they are. Names stay what they are.
    pub(super) ascii: bool,
}

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// The heading.
    pub(super) heading: &'static str,
    /// Whether it holds figures.
    pub(super) figures: bool,
    /// The larger, the later it is left out; the largest ones never are.
    pub(super) worth: u8,
}

/// The worth of a column that is never left out.
pub(super) const ALWAYS: u8 = u8::MAX;

/// How a cell is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tone {
    /// Plain.
    #[default]
    Plain,
    /// Worth looking at.
    Warn,
    /// Broken.
    Danger,
}

/// A cell: text that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// Text of a database, made safe.
    pub(super) fn raw(text: &str) -> Self {
        Self { text: shown(text).into_owned(), tone: Tone::Plain }
    }

    /// Text of a database that may be missing.
    pub(super) fn maybe(text: Option<&str>) -> Self {
        text.map_or_else(Self::missing, Self::raw)
    }

    /// Text of our own that may be missing.
    pub(super) fn own(text: Option<String>) -> Self {
        text.map_or_else(Self::missing, |text| Self { text, tone: Tone::Plain })
    }

    /// What is not known, or not there.
    pub(super) fn missing() -> Self {
        Self::default()
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The same cell, meant differently.
    #[must_use]
    pub(super) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Columns and rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// An empty sheet.
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub(super) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// The text, with a line of headings; nothing at all when there is no row.
    pub(super) fn text(&self, paper: Paper) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut widths = self.widths();
        let kept = self.kept(&mut widths, paper);
        let mut out = String::new();
        let headings: Vec<Cell> =
            self.columns.iter().map(|column| Cell { text: column.heading.to_owned(), tone: Tone::Plain }).collect();
        let layout = Layout { kept: &kept, widths: &widths, mark: if paper.ascii { '>' } else { '…' } };
        self.push_line(&mut out, &headings, layout, paper.colour.then_some("\u{1b}[1m"));
        for row in &self.rows {
            self.push_line(&mut out, row, layout, paper.colour.then_some(""));
        }
        out
    }

    fn widths(&self) -> Vec<usize> {
        let widest = |(at, column): (usize, &Column)| {
            let cells = self.rows.iter().map(|row| row[at].text.width().max(1)).max();
            cells.unwrap_or(0).max(column.heading.width())
        };
        self.columns.iter().enumerate().map(widest).collect()
    }

    /// Which columns are printed. On a terminal those go first in which nothing stands, then those of least worth. One long name
    /// does not push a column out: text counts with [`ENOUGH`] cells at most, and gets what room is left in the end.
    fn kept(&self, widths: &mut [usize], paper: Paper) -> Vec<usize> {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let Some(width) = paper.width.filter(|_| paper.terminal) else { return kept };
        let total = |kept: &[usize], widths: &[usize]| {
            kept.iter().map(|&at| widths[at]).sum::<usize>() + GAP.len() * kept.len().saturating_sub(1)
        };
        kept.retain(|&at| self.columns[at].worth == ALWAYS || self.rows.iter().any(|row| !row[at].text.is_empty()));
        let natural = widths.to_vec();
        for (width, column) in widths.iter_mut().zip(&self.columns).filter(|(_, column)| !column.figures) {
            *width = (*width).min(ENOUGH.max(column.heading.width()));
        }
        while total(&kept, widths) > width {
            let least = kept.iter().copied().filter(|&at| self.columns[at].worth < ALWAYS);
            let Some(least) = least.min_by_key(|&at| (self.columns[at].worth, std::cmp::Reverse(at))) else { break };
            kept.retain(|&at| at != least);
        }
        while total(&kept, widths) > width {
            let cuttable = kept.iter().copied().filter(|&at| !self.columns[at].figures && widths[at] > 8);
            let Some(widest) = cuttable.max_by_key(|&at| widths[at]) else { break };
            widths[widest] -= 1;
        }
        let mut room = width.saturating_sub(total(&kept, widths));
        for &at in &kept {
            let more = natural[at].saturating_sub(widths[at]).min(room);
            widths[at] += more;
            room -= more;
        }
        kept
    }

    /// `start` begins the line in colour; `None` prints without colours.
    fn push_line(&self, out: &mut String, row: &[Cell], layout: Layout<'_>, start: Option<&str>) {
        let Layout { kept, widths, mark } = layout;
        let mut line = String::new();
        for (place, &at) in kept.iter().enumerate() {
            let text = if row[at].text.is_empty() { "-" } else { row[at].text.as_str() };
            let text = cut(text, widths[at], mark);
            let blanks = " ".repeat(widths[at].saturating_sub(text.width()));
            let text = match (start.is_some(), row[at].tone) {
                (true, Tone::Warn) => format!("\u{1b}[33m{text}\u{1b}[0m"),
                (true, Tone::Danger) => format!("\u{1b}[31m{text}\u{1b}[0m"),
                _ => text,
            };
            line.push_str(if place == 0 { "" } else { GAP });
            let (before, after) = if self.columns[at].figures { (blanks.as_str(), "") } else { ("", blanks.as_str()) };
            line.extend([before, &text, after]);
        }
        let line = line.trim_end();
        match start.filter(|start| !start.is_empty()) {
            Some(start) => out.extend([start, line, "\u{1b}[0m\n"]),
            None => out.extend([line, "\n"]),
        }
    }
}

/// How the lines of one sheet are laid out.
#[derive(Debug, Clone, Copy)]
struct Layout<'a> {
    kept: &'a [usize],
    widths: &'a [usize],
    /// What stands where something was cut off.
    mark: char,
}

const GAP: &str = "  ";

/// Cells in which most names fit.
const ENOUGH: usize = 20;

/// A text broken at spaces into lines of at most so many cells; a word that is longer stands in a line of its own.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text in at most so many cells, with a mark where something is missing.
fn cut(text: &str, width: usize, mark: char) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        out.push(c);
    }
    out.push(mark);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let column = |heading, figures, worth| Column { heading, figures, worth };
        let mut sheet = Sheet::new(vec![
            column("SCHEMA", false, ALWAYS),
            column("OWNER", false, 1),
            column("PLAN", false, 9),
            column("TABLES", true, 5),
        ]);
        for (schema, tables) in [("acme", "7"), ("日本語の名前", "1,234"), ("x\u{1b}[2J", "0")] {
            sheet.push(vec![
                Cell::raw(schema),
                Cell::raw("app"),
                Cell::missing(),
                Cell::own(Some(tables.into())).tone(Tone::Warn),
            ]);
        }
        sheet
    }

    #[test]
    fn a_file_gets_every_column_aligned_by_cells_and_no_escape() {
        let paper = Paper { width: Some(10), ..Paper::default() };
        let expected = "\
SCHEMA        OWNER  PLAN  TABLES
acme          app    -          7
日本語の名前  app    -      1,234
x\\x1b[2J      app    -          0
";
        assert_eq!(sheet().text(paper), expected);
    }

    #[test]
    fn a_terminal_gets_what_fits_and_never_a_longer_line() {
        let text = |width| sheet().text(Paper { terminal: true, width: Some(width), ..Paper::default() });
        assert!(text(80).starts_with("SCHEMA        OWNER  TABLES\n"), "an empty column says nothing: {}", text(80));
        assert!(text(24).starts_with("SCHEMA        TABLES\n"), "{}", text(24));
        assert_eq!(text(14).lines().nth(2), Some("日本語の名前"));
        assert_eq!(text(9).lines().nth(2), Some("日本語の…"));
        let ascii = sheet().text(Paper { terminal: true, width: Some(9), ascii: true, ..Paper::default() });
        assert_eq!(ascii.lines().nth(2), Some("日本語の>"));
        for width in 8..40 {
            assert!(text(width).lines().all(|line| line.width() <= width), "{width}");
        }
    }

    #[test]
    fn one_long_name_pushes_no_column_out() {
        let mut sheet = sheet();
        sheet.push(vec![Cell::raw(&"long".repeat(20)), Cell::raw("app"), Cell::missing(), Cell::own(Some("40".into()))]);
        let text = |width| sheet.text(Paper { terminal: true, width: Some(width), ..Paper::default() });
        let last = |width| text(width).lines().last().unwrap_or_default().to_owned();
        assert_eq!(last(35), "longlonglonglonglon…  app        40");
        assert_eq!(last(37), "longlonglonglonglongl…  app        40");
        assert_eq!(last(120), format!("{}  app        40", "long".repeat(20)));
    }

    #[test]
    fn colours_only_where_they_are_wanted() {
        let text = sheet().text(Paper { terminal: true, colour: true, ..Paper::default() });
        assert!(text.starts_with("\u{1b}[1mSCHEMA") && text.contains("\u{1b}[33m7\u{1b}[0m"), "{text:?}");
        assert!(!text.contains("x\u{1b}[2J"), "{text:?}");
    }
}
