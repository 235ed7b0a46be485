//! The lists of an opened schema: a filter, a sorted column and a cursor each, and what stands in the cells of the tables. Must not
//! draw.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::domain::catalog::{TableFacts, TableKind};
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::columns::{Align, Column};
use crate::tui::parts::list::Cursor;
use crate::tui::screens::{Context, Direction, Reply, SortChoice, describe};
use crate::tui::theme::ThemeRole;

/// A column of a list: what it is called, how rows compare by it, and what a cell of it says.
pub(super) trait ListCol: Copy + Eq + 'static {
    /// The rows of the list.
    type Row;
    /// Every column in its order on the screen.
    const ALL: &'static [Self];
    /// The order before a person chose one.
    const FIRST: (Self, Direction);

    fn id(self) -> &'static str;
    fn column(self) -> Column<Self>;
    fn compare(self, a: &Self::Row, b: &Self::Row) -> Ordering;
    /// Whether the row has nothing in this column: it is last then, in both directions.
    fn is_missing(self, row: &Self::Row) -> bool;
    fn cell(self, row: &Self::Row, context: &Context<'_>, glyphs: &Glyphs) -> (String, ThemeRole);
    /// The texts that a filter looks into, raw.
    fn texts(row: &Self::Row) -> Vec<&str>;
    /// What tells a row from all others.
    fn key(row: &Self::Row) -> String;
}

/// Rows that are filtered and sorted, and a cursor that stays on its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listing<C: ListCol> {
    filter: String,
    column: C,
    direction: Direction,
    cursor: Cursor,
    pinned: Option<String>,
    /// Positions of the rows that are shown, with their keys.
    #[serde(skip)]
    shown: Vec<(usize, String)>,
}

impl<C: ListCol> Default for Listing<C> {
    fn default() -> Self {
        let (column, direction) = C::FIRST;
        let (filter, cursor) = (String::new(), Cursor::default());
        Self { filter, column, direction, cursor, pinned: None, shown: Vec::new() }
    }
}

impl<C: ListCol> Listing<C> {
    pub(super) fn act(&mut self, action: Action, window: usize) {
        if self.cursor.act(action, self.shown.len(), window) {
            self.pinned = self.shown.get(self.cursor.at).map(|(_, key)| key.clone());
        }
    }

    pub(super) fn click(&mut self, line: u16, window: usize) -> bool {
        let clicked = self.cursor.click(line, self.shown.len(), window);
        self.pinned = self.shown.get(self.cursor.at).map(|(_, key)| key.clone());
        clicked.unwrap_or(false)
    }

    pub(super) fn keep(&mut self, window: usize) {
        self.cursor.keep(self.shown.len(), window);
    }

    pub(super) fn filter(&self) -> &str {
        &self.filter
    }

    pub(super) fn set_filter(&mut self, text: &str) {
        text.trim().clone_into(&mut self.filter);
    }

    pub(super) fn set_sort(&mut self, id: &str) {
        let Some(&column) = C::ALL.iter().find(|column| column.id() == id) else { return };
        self.direction = match self.column == column {
            true => self.direction.reversed(),
            false if column.column().align == Align::Right => Direction::Descending,
            false => Direction::Ascending,
        };
        self.column = column;
    }

    pub(super) fn sort_choices(&self) -> Vec<SortChoice> {
        let current = |column| (self.column == column).then_some(self.direction);
        let choice = |&column: &C| SortChoice { id: column.id(), title: column.column().title, current: current(column) };
        C::ALL.iter().map(choice).collect()
    }

    /// Filters and sorts again, and puts the cursor back on its row.
    pub(super) fn arrange(&mut self, rows: &[C::Row]) {
        let wanted = self.filter.to_lowercase();
        let fits = |row: &C::Row| {
            let holds = |text: &str| shown(text).to_lowercase().contains(&wanted);
            wanted.is_empty() || C::texts(row).into_iter().any(holds)
        };
        let mut order: Vec<usize> = (0..rows.len()).filter(|&at| fits(&rows[at])).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&rows[a], &rows[b]);
            let missing = self.column.is_missing(a).cmp(&self.column.is_missing(b));
            missing.then_with(|| match self.direction {
                Direction::Ascending => self.column.compare(a, b),
                Direction::Descending => self.column.compare(b, a),
            })
        });
        self.shown = order.into_iter().map(|at| (at, C::key(&rows[at]))).collect();
        if let Some(pinned) = &self.pinned {
            let found = self.shown.iter().position(|(_, key)| key == pinned);
            self.cursor.at = found.unwrap_or(self.cursor.at.min(self.shown.len().saturating_sub(1)));
        }
    }

    /// The shown rows in their order.
    pub(super) fn rows<'a>(&self, rows: &'a [C::Row]) -> impl Iterator<Item = &'a C::Row> {
        self.shown.iter().filter_map(|(at, _)| rows.get(*at))
    }

    pub(super) fn selected<'a>(&self, rows: &'a [C::Row]) -> Option<&'a C::Row> {
        rows.get(self.shown.get(self.cursor.at)?.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The position of the row under the cursor and those in view.
    pub(super) fn in_view(&self, window: usize) -> (usize, std::ops::Range<usize>) {
        (self.cursor.at, self.cursor.window(self.shown.len(), window))
    }

    /// The sorted column and its direction.
    pub(super) fn sorting(&self) -> (C, Direction) {
        (self.column, self.direction)
    }

    /// How many rows, the filter, a figure of the caller, the order.
    pub(super) fn status(&self, one: &str, figure: &str) -> String {
        let s = if self.shown.len() == 1 { "" } else { "s" };
        let mut parts = vec![format!("{} {one}{s}", units::count(self.shown.len() as u64))];
        parts.extend((!self.filter.is_empty()).then(|| shown(&self.filter).into_owned()));
        parts.extend((!figure.is_empty()).then(|| figure.to_owned()));
        let arrow = if self.direction == Direction::Ascending { '↑' } else { '↓' };
        parts.push(format!("by {} {arrow}", self.column.id()));
        parts.join(" · ")
    }
}

/// The columns of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TableCol {
    Name,
    Rows,
    Size,
    Indexes,
    IndexSize,
    Analysed,
    Vacuumed,
    Kind,
}

impl ListCol for TableCol {
    type Row = TableFacts;
    const ALL: &'static [Self] =
        &[Self::Name, Self::Rows, Self::Size, Self::Indexes, Self::IndexSize, Self::Analysed, Self::Vacuumed, Self::Kind];
    const FIRST: (Self, Direction) = (Self::Name, Direction::Ascending);

    fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Rows => "rows",
            Self::Size => "size",
            Self::Indexes => "indexes",
            Self::IndexSize => "index-size",
            Self::Analysed => "analysed",
            Self::Vacuumed => "vacuumed",
            Self::Kind => "kind",
        }
    }

    fn column(self) -> Column<Self> {
        let (title, align, [least, fair, most], rank) = match self {
            Self::Name => ("NAME", Align::Left, [16, 30, 63], 0),
            Self::Rows => ("ROWS", Align::Right, [7, 8, 9], 1),
            Self::Size => ("SIZE", Align::Right, [7, 8, 9], 0),
            Self::Indexes => ("INDEXES", Align::Right, [7, 8, 9], 3),
            Self::IndexSize => ("INDEX SIZE", Align::Right, [10, 11, 12], 4),
            Self::Analysed => ("LAST ANALYZE", Align::Right, [12, 12, 13], 2),
            Self::Vacuumed => ("LAST VACUUM", Align::Right, [11, 11, 12], 5),
            Self::Kind => ("KIND", Align::Left, [11, 11, 11], 6),
        };
        Column { id: self, title, align, least, fair, most, rank }
    }

    fn compare(self, a: &TableFacts, b: &TableFacts) -> Ordering {
        let lower = |table: &TableFacts| table.name.to_lowercase();
        match self {
            Self::Name => lower(a).cmp(&lower(b)),
            Self::Rows => a.rows.cmp(&b.rows),
            Self::Size => a.bytes.cmp(&b.bytes),
            Self::Indexes => a.indexes.cmp(&b.indexes),
            Self::IndexSize => a.index_bytes.cmp(&b.index_bytes),
            Self::Analysed => a.last_analyze.cmp(&b.last_analyze),
            Self::Vacuumed => a.last_vacuum.cmp(&b.last_vacuum),
            Self::Kind => a.kind.word().cmp(b.kind.word()),
        }
    }

    fn is_missing(self, table: &TableFacts) -> bool {
        match self {
            Self::Name | Self::Indexes | Self::Kind => false,
            Self::Rows => table.rows.is_none(),
            Self::Size => table.bytes.is_none(),
            Self::IndexSize => table.index_bytes.is_none(),
            Self::Analysed => table.last_analyze.is_none(),
            Self::Vacuumed => table.last_vacuum.is_none(),
        }
    }

    fn cell(self, table: &TableFacts, context: &Context<'_>, glyphs: &Glyphs) -> (String, ThemeRole) {
        let plain = |words: String| (words, ThemeRole::Text);
        let or = |words: Option<String>, missing: &str| {
            words.map_or_else(|| (missing.to_owned(), ThemeRole::Dim), |words| (words, ThemeRole::Text))
        };
        // A foreign table has neither pages nor vacuum here.
        let absent = if table.kind == TableKind::Foreign { glyphs.none } else { "never" };
        match self {
            Self::Name => plain(shown(&table.name).into_owned()),
            Self::Rows => or(table.rows.map(units::short), "unknown"),
            Self::Size => {
                or(table.bytes.map(units::bytes), if table.kind == TableKind::Foreign { glyphs.none } else { "locked" })
            }
            Self::Indexes => plain(units::count(table.indexes.into())),
            Self::IndexSize => or(table.index_bytes.map(units::bytes), glyphs.none),
            Self::Analysed => or(table.last_analyze.map(|at| units::ago(at, context.now)), absent),
            Self::Vacuumed => or(table.last_vacuum.map(|at| units::ago(at, context.now)), absent),
            Self::Kind => plain(table.kind.word().to_owned()),
        }
    }

    fn texts(table: &TableFacts) -> Vec<&str> {
        vec![&table.name]
    }

    fn key(table: &TableFacts) -> String {
        table.oid.to_string()
    }
}

/// A moment as people write it, to the minute.
pub(super) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// All about one table, for a screen that is too narrow to show it.
pub(super) fn explain(table: &TableFacts, context: &Context<'_>) -> Reply {
    let at = |moment: Option<Timestamp>| moment.map_or("never".to_owned(), |moment| minute(moment, context.zone));
    let bytes = |bytes: Option<u64>| bytes.map_or("not measured, it was locked just now".to_owned(), units::bytes);
    let lines = vec![
        format!("kind: {}", table.kind.word()),
        format!(
            "rows: {}",
            table.rows.map_or("unknown, never analysed".to_owned(), |rows| format!("about {}", units::count(rows)))
        ),
        format!("size on disk with indexes and TOAST: {}", bytes(table.bytes)),
        format!("of which in {}: {}", describe::counted(table.indexes, "index", "indexes"), bytes(table.index_bytes)),
        format!("last analyze: {}", at(table.last_analyze)),
        format!("last vacuum: {}", at(table.last_vacuum)),
    ];
    Reply::Explain(shown(&table.name).into_owned(), lines)
}
