//! Where migrations come from. Must not know what is done with them.

pub mod django;
pub mod folder;
mod script;

use std::io;
use std::path::Path;

pub use self::script::Script;

use crate::domain::fault::Fault;
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
    /// What applies it. A fault where it has no SQL: that spoils only the plans that need it.
    pub up: Result<Script, Fault>,
    /// What takes it back, where there is such.
    pub down: Option<Script>,
    /// What must be applied before it, where the source tells; a folder only tells the order.
    pub needs: Vec<Migration>,
}

/// All migrations of a source: of a folder, or of the bundle that a file is.
pub fn load(path: &Path) -> Result<Source, Fault> {
    if path.is_file() { django::load(path) } else { folder::load(path) }
}

/// The names of all migrations of a source, in order of application.
pub fn read(path: &Path) -> Result<Vec<Migration>, Fault> {
    if path.is_file() {
        return Ok(django::load(path)?.files.into_iter().map(|file| file.migration).collect());
    }
    folder::read(path)
}

fn why(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
