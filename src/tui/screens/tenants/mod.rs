//! Screen 2, Tenants: every tenant and every schema of the fleet in one list. Must not know how facts are read.
//!
//! Sorting and filtering happen when facts, filter or sorting change; moving the cursor only moves it, and drawing builds only the
//! rows in view.

mod columns;
mod order;
mod view;

use std::collections::{BTreeSet, HashSet};

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use self::columns::{Col, Shape, Told};
use self::order::{Place, Sorting};
use super::{Context, Direction, Look, Reply, SortChoice};
use crate::action::Action;
use crate::domain::filter::{Filter, FilterError};
use crate::domain::fleet::{DatabaseId, Entry};
use crate::domain::name::{SchemaPath, shown};
use crate::domain::record::{self, Record};
use crate::domain::units;
use crate::tui::parts::columns::Column;
use crate::tui::parts::list::Cursor;

/// The state of screen 2.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TenantsScreen {
    filter_text: String,
    sorting: Sorting,
    cursor: Cursor,
    /// The row under the cursor by its key, so that it stays there when rows come and go. `None` until the person moved: before
    /// that the first row is the selected one, whichever it is.
    pinned: Option<RowKey>,
    /// The row from which a range is marked.
    anchor: Option<RowKey>,
    wide: bool,
    shift: usize,
    #[serde(skip)]
    filter: Filter,
    #[serde(skip)]
    order: Vec<Place>,
    #[serde(skip)]
    shown: Vec<Place>,
    #[serde(skip)]
    total: usize,
    #[serde(skip)]
    shape: Shape,
    #[serde(skip)]
    told: Told,
    /// How many marked rows the list does not show.
    #[serde(skip)]
    hidden_marks: usize,
    /// The row under the cursor, and its database when a schema is really there.
    #[serde(skip)]
    selected: Option<(SchemaPath, Option<DatabaseId>)>,
}

/// What tells a row from all others: two tenants may name the same schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RowKey {
    path: SchemaPath,
    tenant: Option<String>,
}

impl RowKey {
    fn of(entry: &Entry<'_>) -> Self {
        Self { path: entry.path(), tenant: entry.tenant.and_then(|tenant| tenant.key.clone()) }
    }

    /// The same as comparing with [`RowKey::of`], without making one for each row.
    fn is(&self, entry: &Entry<'_>) -> bool {
        self.path.schema == entry.schema_name()
            && self.path.database == entry.database.label
            && self.tenant.as_deref() == entry.tenant.and_then(|tenant| tenant.key.as_deref())
    }
}

impl TenantsScreen {
    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let window = view::window(context.area);
        if self.cursor.act(action, self.shown.len(), window) {
            self.pin(context);
            return Reply::Done;
        }
        match action {
            Action::Open => return self.open(context),
            Action::NextMatch => return self.seek(context, Direction::Ascending),
            Action::PrevMatch => return self.seek(context, Direction::Descending),
            Action::Mark => return self.mark(context),
            Action::MarkRange => return self.mark_range(context),
            Action::MarkAll => {
                let mut marks = context.marks.clone();
                marks.extend(self.entries(context).map(|entry| entry.path()));
                return Reply::SetMarks(marks);
            }
            Action::Unmark => {
                self.anchor = None;
                return Reply::SetMarks(BTreeSet::new());
            }
            Action::Wide => {
                self.wide = !self.wide;
                self.shift = 0;
                self.sort(context);
            }
            Action::Left => self.shift = self.shift.saturating_sub(1),
            Action::Right if self.wide => {
                self.shift = (self.shift + 1).min(view::farthest(self, context.area.0));
            }
            Action::Right => return Reply::Say("w shows all columns, then l and h move through them".to_owned()),
            _ => {}
        }
        Reply::Done
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (x, y): (u16, u16), context: &Context<'_>) -> bool {
        let Some(line) = y.checked_sub(1).filter(|_| x < view::list_width(self, context.area.0)) else { return false };
        let clicked = self.cursor.click(line, self.shown.len(), view::window(context.area));
        if clicked.is_some() {
            self.pin(context);
        }
        clicked.unwrap_or(false)
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        if self.filter.is_empty() {
            // After a restore only the text is there; it was understood once, so it is again.
            self.filter = Filter::parse(&self.filter_text).unwrap_or_default();
        }
        let all = Filter::default();
        self.shape = Shape::of(context.fleet);
        self.total = context.fleet.entries().filter(|entry| all.keeps(entry)).count();
        self.sort(context);
    }

    /// Shows only rows that match; the empty text shows all. On an error nothing changes.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) -> Result<(), FilterError> {
        self.filter = Filter::parse(text)?;
        text.trim().clone_into(&mut self.filter_text);
        self.choose_rows(context);
        Ok(())
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        &self.filter_text
    }

    /// The columns to sort by.
    pub fn sort_choices(&self) -> Vec<SortChoice> {
        let current = |column| (self.sorting.column == column).then_some(self.sorting.direction);
        let columns = self.shape.columns().into_iter();
        columns.map(|column| SortChoice { id: column.id.id(), title: column.title, current: current(column.id) }).collect()
    }

    /// Sorts by a column of [`Self::sort_choices`]; the same again reverses.
    pub fn set_sort(&mut self, id: &str, context: &Context<'_>) {
        let Some(column) = Col::ALL.into_iter().find(|column| column.id() == id) else { return };
        let again = self.sorting.column == column;
        let direction = if again { self.sorting.direction.reversed() } else { column.first_direction() };
        self.sorting = Sorting { column, direction };
        self.sort(context);
    }

    /// All rows that the filter shows, in their order, as `record::of_entry` gives them.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        self.entries(context).map(|entry| record::of_entry(&entry)).collect()
    }

    /// How many of these rows the list does not show.
    pub fn hidden_of(&self, marks: &BTreeSet<SchemaPath>, context: &Context<'_>) -> usize {
        let shown: BTreeSet<SchemaPath> = self.entries(context).map(|entry| entry.path()).collect();
        marks.difference(&shown).count()
    }

    /// Whether there are rows and every one is a tenant's.
    pub fn shows_tenants_alone(&self, context: &Context<'_>) -> bool {
        !self.shown.is_empty() && self.entries(context).all(|entry| entry.is_tenant())
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<SchemaPath> {
        self.selected.as_ref().map(|(path, _)| path.clone())
    }

    /// The row under the cursor when a schema is really there, to be opened.
    pub fn selected_schema(&self) -> Option<(DatabaseId, String)> {
        let (path, there) = self.selected.as_ref()?;
        there.map(|id| (id, path.schema.clone()))
    }

    /// The line above the footer: how many rows, the filter, the marks, the order.
    pub fn status(&self, context: &Context<'_>) -> String {
        let number = |count: usize| units::count(count as u64);
        let mut parts = Vec::new();
        if self.filter.is_empty() {
            parts.push(if self.total == 1 { "1 row".to_owned() } else { format!("{} rows", number(self.total)) });
        } else {
            parts.push(format!("{} of {}", number(self.shown.len()), number(self.total)));
            parts.push(shown(&self.filter_text).into_owned());
        }
        if !context.marks.is_empty() {
            let hidden = match self.hidden_marks {
                0 => String::new(),
                hidden => format!(", {} of them hidden", number(hidden)),
            };
            parts.push(format!("{} marked{hidden}", number(context.marks.len())));
        }
        let arrow = if self.sorting.direction == Direction::Ascending { '↑' } else { '↓' };
        parts.push(format!("by {} {arrow}", self.sorting.column.id()));
        parts.join(" · ")
    }

    /// Draws the screen.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        view::draw(self, context, look, frame.buffer_mut(), area);
    }

    fn entries<'a>(&self, context: &Context<'a>) -> impl Iterator<Item = Entry<'a>> {
        let fleet = context.fleet;
        self.shown.iter().filter_map(move |place| place.entry(fleet))
    }

    fn at_cursor<'a>(&self, context: &Context<'a>) -> Option<Entry<'a>> {
        self.shown.get(self.cursor.at)?.entry(context.fleet)
    }

    /// Filters the sorted rows and puts the cursor back on its row; on the first one when that row is hidden or gone.
    fn choose_rows(&mut self, context: &Context<'_>) {
        let keeps = |place: &Place| place.entry(context.fleet).is_some_and(|entry| self.filter.keeps(&entry));
        self.shown = self.order.iter().copied().filter(keeps).collect();
        let found = self.pinned.as_ref().and_then(|key| self.entries(context).position(|entry| key.is(&entry)));
        self.pinned = self.pinned.take().filter(|_| found.is_some());
        self.cursor.put(found.unwrap_or(0), self.shown.len(), view::window(context.area));
        self.select(context);
        self.hidden_marks = self.hidden_marks(context);
    }

    /// Puts the rows in order for the columns that are seen now.
    fn sort(&mut self, context: &Context<'_>) {
        self.told = Told::by(&view::placed(self, context.area.0));
        self.order = order::sorted(context.fleet, self.sorting, self.told);
        self.choose_rows(context);
    }

    fn hidden_marks(&self, context: &Context<'_>) -> usize {
        if context.marks.is_empty() {
            return 0;
        }
        let shown: HashSet<(&str, &str)> =
            self.entries(context).map(|entry| (entry.database.label.as_str(), entry.schema_name())).collect();
        context.marks.iter().filter(|path| !shown.contains(&(path.database.as_str(), path.schema.as_str()))).count()
    }

    /// The columns with the room that each asks for; the sorted one is there first.
    fn columns(&self) -> Vec<Column<Col>> {
        let mut columns = self.shape.columns();
        if let Some(sorted) = columns.iter_mut().find(|column| column.id == self.sorting.column) {
            (sorted.rank, sorted.least) = (0, sorted.least.min(12));
        }
        columns
    }

    fn pin(&mut self, context: &Context<'_>) {
        self.pinned = self.at_cursor(context).map(|entry| RowKey::of(&entry));
        self.select(context);
    }

    fn select(&mut self, context: &Context<'_>) {
        self.selected = self.at_cursor(context).map(|entry| (entry.path(), entry.schema.map(|_| entry.id)));
    }

    fn open(&self, context: &Context<'_>) -> Reply {
        let Some(entry) = self.at_cursor(context) else { return Reply::Done };
        if entry.schema.is_some() {
            return Reply::OpenSchema(entry.id, entry.schema_name().to_owned());
        }
        let name = shown(entry.tenant_name().unwrap_or_default()).into_owned();
        let lines = entry.row.oddities.iter().map(|oddity| oddity.sentence().to_owned()).collect();
        Reply::Explain(format!("{name} has no schema"), lines)
    }

    /// Goes to the next odd row, round the end.
    fn seek(&mut self, context: &Context<'_>, direction: Direction) -> Reply {
        let (from, len) = (self.cursor.at, self.shown.len());
        let step = |offset: usize| match direction {
            Direction::Ascending => (from + offset) % len,
            Direction::Descending => (from + len - offset) % len,
        };
        let is_odd = |at: &usize| self.shown[*at].entry(context.fleet).is_some_and(|entry| !entry.row.oddities.is_empty());
        let Some(at) = (1..=len).map(step).find(is_odd) else {
            return Reply::Say("no row shown here is odd".to_owned());
        };
        let round = if direction == Direction::Ascending { at <= from } else { at >= from };
        self.cursor.put(at, len, view::window(context.area));
        self.pin(context);
        if round { Reply::Say("round the end".to_owned()) } else { Reply::Done }
    }

    fn mark(&mut self, context: &Context<'_>) -> Reply {
        let Some(entry) = self.at_cursor(context) else { return Reply::Done };
        let mut marks = context.marks.clone();
        if !marks.remove(&entry.path()) {
            marks.insert(entry.path());
            self.anchor = Some(RowKey::of(&entry));
        }
        self.cursor.act(Action::Down, self.shown.len(), view::window(context.area));
        self.pin(context);
        Reply::SetMarks(marks)
    }

    fn mark_range(&mut self, context: &Context<'_>) -> Reply {
        let from = self.anchor.as_ref().and_then(|key| self.entries(context).position(|entry| key.is(&entry)));
        let Some(from) = from else {
            return Reply::Say("mark the first row with space, then the last one with v".to_owned());
        };
        let (first, last) = (from.min(self.cursor.at), from.max(self.cursor.at));
        let mut marks = context.marks.clone();
        marks.extend(self.entries(context).skip(first).take(last + 1 - first).map(|entry| entry.path()));
        self.anchor = self.at_cursor(context).map(|entry| RowKey::of(&entry));
        Reply::SetMarks(marks)
    }
}
