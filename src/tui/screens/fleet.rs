//! Screen 1, Fleet: the databases, the map, and what needs attention. Must not know other screens' state.

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::{Context, Look, Reply};
use crate::action::Action;

/// The state of screen 1.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FleetScreen {}

impl FleetScreen {
    /// Does an action.
    pub fn act(&mut self, _action: Action, _context: &Context<'_>) -> Reply {
        Reply::Done
    }

    /// To be called after the fleet changed, and when the area did.
    pub fn facts_changed(&mut self, _context: &Context<'_>) {}

    /// The line above the footer.
    pub fn status(&self, _context: &Context<'_>) -> String {
        String::new()
    }

    /// Draws the screen.
    pub fn view(&self, _context: &Context<'_>, _look: &Look<'_>, _frame: &mut Frame<'_>, _area: Rect) {}
}
