//! What a person may ask of one database at any time, beside the refreshes, and what the answers are. Must not know who answers.

use serde::{Deserialize, Serialize};

use super::placement::PlacementFacts;
use super::pressure::SequenceFacts;
use super::session::SessionFacts;

/// A question to one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// Which tables live where.
    Placement,
    /// Who is connected and does what.
    Sessions,
    /// Where the sequences stand of the keys that may be near their end.
    Sequences,
}

/// The answer to the [`Question`] of the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Which tables live where.
    Placement(PlacementFacts),
    /// Who is connected and does what.
    Sessions(SessionFacts),
    /// Where the sequences stand of the keys that may be near their end.
    Sequences(SequenceFacts),
}
