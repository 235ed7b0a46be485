//! The view of one schema: overview, tables, ledger. Must not know how facts are read.

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::{Context, Look, Reply, SortChoice};
use crate::action::Action;
use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::Fault;
use crate::domain::fleet::DatabaseId;
use crate::domain::record::Record;

/// The state of one opened schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaScreen {
    database: DatabaseId,
    name: String,
    detail: Option<Result<SchemaDetail, Fault>>,
    filter: String,
}

impl SchemaScreen {
    /// A view of the schema with this raw name; its detail is still to come.
    pub fn new(database: DatabaseId, name: impl Into<String>) -> Self {
        Self { database, name: name.into(), detail: None, filter: String::new() }
    }

    /// The database of the schema.
    pub fn database(&self) -> DatabaseId {
        self.database
    }

    /// The raw name of the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the answer of the observer in.
    pub fn take(&mut self, detail: Result<SchemaDetail, Fault>) {
        self.detail = Some(detail);
    }

    /// Does an action.
    pub fn act(&mut self, _action: Action, _context: &Context<'_>) -> Reply {
        Reply::Done
    }

    /// To be called after the fleet changed, and when the area did.
    pub fn facts_changed(&mut self, _context: &Context<'_>) {}

    /// Shows only rows of the open tab that hold this text; the empty text shows all.
    pub fn set_filter(&mut self, text: &str, _context: &Context<'_>) {
        text.clone_into(&mut self.filter);
    }

    /// The filter of the open tab.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The columns of the open tab to sort by; none where nothing is sorted.
    pub fn sort_choices(&self) -> Vec<SortChoice> {
        Vec::new()
    }

    /// Sorts the open tab by a column of [`Self::sort_choices`]; the same again reverses.
    pub fn set_sort(&mut self, _id: &str, _context: &Context<'_>) {}

    /// All rows that the open tab shows, in their order, as `record::of_table` gives them; empty on the overview.
    pub fn shown_rows(&self, _context: &Context<'_>) -> Vec<Record> {
        Vec::new()
    }

    /// The raw name of the table under the cursor, on the tab of tables.
    pub fn selected_table(&self) -> Option<&str> {
        None
    }

    /// The line above the footer.
    pub fn status(&self, _context: &Context<'_>) -> String {
        String::new()
    }

    /// Draws the view.
    pub fn view(&self, _context: &Context<'_>, _look: &Look<'_>, _frame: &mut Frame<'_>, _area: Rect) {}
}
