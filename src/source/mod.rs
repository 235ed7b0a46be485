//! Where migrations come from. Must not know what is done with them.

pub mod folder;
mod script;

pub use self::script::Script;

use crate::domain::history::Migration;

/// All that can be applied, in order of application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The migrations, each once, none before what it needs.
    pub files: Vec<File>,
}

/// One migration with its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its application, if any, and its name: the stem of its file.
    pub migration: Migration,
    /// What applies it.
    pub up: Script,
    /// What takes it back, where there is such.
    pub down: Option<Script>,
    /// What must be applied before it, where the source tells; a folder only tells the order.
    pub needs: Vec<Migration>,
}
