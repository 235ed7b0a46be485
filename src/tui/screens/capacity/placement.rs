//! The second tab of screen 4: where tables live. Must not know how facts are read, nor how they are judged.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::domain::fault::Fault;
use crate::domain::fleet::DatabaseId;
use crate::domain::question::Answer;
use crate::domain::record::Record;
use crate::tui::screens::{Context, Look, Reply};

/// The state of the pane.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlacementPane {}

impl PlacementPane {
    /// To be called when the pane comes into view and when another database is chosen.
    pub fn show(&mut self, _database: DatabaseId, _context: &Context<'_>) -> Reply {
        Reply::Done
    }

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

    /// The rows that the pane shows, with raw values.
    pub fn shown_rows(&self, _context: &Context<'_>) -> Vec<Record> {
        Vec::new()
    }

    /// The line under the cursor, to be copied.
    pub fn copied(&self, _context: &Context<'_>) -> Option<String> {
        None
    }

    /// Draws the pane.
    pub fn draw(&self, _context: &Context<'_>, _look: &Look<'_>, _buffer: &mut Buffer, _area: Rect) {}

    /// The line above the keys.
    pub fn status(&self, _context: &Context<'_>) -> String {
        String::new()
    }
}
