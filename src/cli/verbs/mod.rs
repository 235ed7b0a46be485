//! The headless verbs, one to a file. Each gives the text for stdout and an exit code; none prints.

pub(super) mod activity;
pub(super) mod capacity;
pub(super) mod clone;
pub(super) mod cohorts;
pub(super) mod config;
pub(super) mod demo;
pub(super) mod diff;
pub(super) mod drift;
pub(super) mod drop;
pub(super) mod list;
pub(super) mod migrate;
pub(super) mod pages;
pub(super) mod placement;
mod planned;
pub(super) mod runs;
pub(super) mod show;
pub(super) mod signal;
pub(super) mod tables;

use super::args::Shape;
use super::exit::ExitCode;
use super::sheet::Paper;
use crate::domain::record::{self, Record, is_flat};
use crate::domain::units;

/// What a verb has to say.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    /// A line for people below the data: only where they look, so that no file gets it.
    pub(super) note: Option<String>,
    pub(super) code: ExitCode,
}

impl Answer {
    pub(super) fn done(text: String) -> Self {
        Self { text, note: None, code: ExitCode::Done }
    }
}

/// Records in the form that was asked for; `text` makes the one for people. `fields` are the columns of CSV, so that no record is
/// needed to know them.
fn shaped(shape: Shape, records: impl FnOnce() -> Vec<Record>, fields: &[&str], text: impl FnOnce() -> String) -> String {
    match shape {
        Shape::Json => record::json(&records()),
        Shape::Csv => record::csv(&records(), fields),
        Shape::Text => text(),
    }
}

/// A figure with its noun.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", units::count(count), if count == 1 { one } else { many })
}

/// The fields that CSV can hold.
fn flat(record: &Record) -> Vec<&'static str> {
    record.iter().filter(|(_, value)| is_flat(value)).map(|(name, _)| *name).collect()
}

/// The note, where people look at text.
fn footnote(shape: Shape, paper: Paper, note: impl FnOnce() -> String) -> Option<String> {
    let spelled = |note: String| if paper.ascii { note.replace(" · ", " - ") } else { note };
    (shape == Shape::Text && paper.terminal).then(note).map(spelled)
}
