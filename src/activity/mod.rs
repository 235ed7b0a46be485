//! Which tenant a session is about and how that is known, who blocks whom, who would hold up a change of structure. Must not read
//! anything, nor know a screen.

mod about;
mod blocking;
mod hold_up;

pub use about::{About, Ground, Kind, Known, about, about_prepared};
pub use blocking::{Node, tree};
pub use hold_up::{HoldUp, Holder, OLD_SNAPSHOT, Reason, hold_ups};
