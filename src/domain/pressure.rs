//! What one database and its server tell of what wears them: raw readings, each group by itself, because a role may see one and
//! not another. Must not know what is too much.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that was read for the lines of PRESSURE.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// When it was read.
    pub as_of: Timestamp,
}
