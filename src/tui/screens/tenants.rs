//! Screen 2, Tenants: every tenant and every schema of the fleet in one list. Must not know how facts are read.

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::{Context, Look, Reply, SortChoice};
use crate::action::Action;
use crate::domain::filter::FilterError;
use crate::domain::fleet::DatabaseId;
use crate::domain::name::SchemaPath;
use crate::domain::record::Record;

/// The state of screen 2.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TenantsScreen {
    filter: String,
}

impl TenantsScreen {
    /// Does an action.
    pub fn act(&mut self, _action: Action, _context: &Context<'_>) -> Reply {
        Reply::Done
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, _context: &Context<'_>) {}

    /// Shows only rows that match; the empty text shows all. On an error nothing changes.
    pub fn set_filter(&mut self, text: &str, _context: &Context<'_>) -> Result<(), FilterError> {
        text.clone_into(&mut self.filter);
        Ok(())
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The columns to sort by.
    pub fn sort_choices(&self) -> Vec<SortChoice> {
        Vec::new()
    }

    /// Sorts by a column of [`Self::sort_choices`]; the same again reverses.
    pub fn set_sort(&mut self, _id: &str, _context: &Context<'_>) {}

    /// All rows that the filter shows, in their order, as `record::of_entry` gives them.
    pub fn shown_rows(&self, _context: &Context<'_>) -> Vec<Record> {
        Vec::new()
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<SchemaPath> {
        None
    }

    /// The row under the cursor when a schema is really there, to be opened.
    pub fn selected_schema(&self) -> Option<(DatabaseId, String)> {
        None
    }

    /// The line above the footer.
    pub fn status(&self, _context: &Context<'_>) -> String {
        String::new()
    }

    /// Draws the screen.
    pub fn view(&self, _context: &Context<'_>, _look: &Look<'_>, _frame: &mut Frame<'_>, _area: Rect) {}
}
