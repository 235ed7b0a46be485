//! Screen 4, Capacity. Must not know how facts are read, nor how they are judged.

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::{Context, Look, Reply};
use crate::action::Action;
use crate::domain::fault::Fault;
use crate::domain::fleet::DatabaseId;
use crate::domain::question::Answer;
use crate::domain::record::Record;

/// The state of screen 4.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CapacityScreen {}

impl CapacityScreen {
    /// Does an action.
    pub fn act(&mut self, _action: Action, _context: &Context<'_>) -> Reply {
        Reply::Done
    }

    /// Takes in what was asked of a database.
    pub fn take(&mut self, _database: DatabaseId, _answer: Result<Answer, Fault>) {}

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, _context: &Context<'_>) {}

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, _at: (u16, u16), _context: &Context<'_>) -> bool {
        false
    }

    /// The headless verb that tells what the open tab shows.
    pub fn verb(&self) -> &'static str {
        "capacity"
    }

    /// The rows that the screen shows, with raw values.
    pub fn shown_rows(&self, _context: &Context<'_>) -> Vec<Record> {
        Vec::new()
    }

    /// Draws the screen.
    pub fn view(&self, _context: &Context<'_>, _look: &Look<'_>, _frame: &mut Frame<'_>, _area: Rect) {}

    /// The line above the keys.
    pub fn status(&self, _context: &Context<'_>) -> String {
        String::new()
    }
}
