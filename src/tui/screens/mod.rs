//! The screens: each is a state, a pure `act` and a `view`. They must not know the event loop, the overlays, or the terminal.
//!
//! A screen's state is plain serialisable data. `act` changes only the screen itself and answers with what it wants of the
//! console around it; `view` draws into its area and never changes anything.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::fleet::{DatabaseId, Fleet};
use crate::domain::name::SchemaPath;

/// What a screen may see of the rest of the console.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The facts.
    pub fleet: &'a Fleet,
    /// The marked rows.
    pub marks: &'a BTreeSet<SchemaPath>,
    /// The clock, so that ages are a pure function of the model.
    pub now: Timestamp,
    /// Columns and rows of the screen's own area.
    pub area: (u16, u16),
}

/// What a screen wants after an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Nothing: the action is done, or had no meaning here.
    Done,
    /// Show screen 2 with this filter text.
    ShowTenants(String),
    /// Open the view of one schema.
    OpenSchema(DatabaseId, String),
    /// Explain something in a box: a title and lines.
    Explain(String, Vec<String>),
    /// Replace the set of marks.
    SetMarks(BTreeSet<SchemaPath>),
    /// Say a short sentence in the footer.
    Say(String),
}
