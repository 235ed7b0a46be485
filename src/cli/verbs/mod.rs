//! The headless verbs, one to a file. Each gives the text for stdout and an exit code; none prints.

pub(super) mod config;
pub(super) mod demo;
pub(super) mod list;
pub(super) mod pages;
pub(super) mod show;
pub(super) mod tables;

use super::args::Shape;
use super::exit::ExitCode;
use super::sheet::Paper;
use crate::domain::record::{self, Record, Value};

/// What a verb has to say.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) code: ExitCode,
}

impl Answer {
    pub(super) fn done(text: String) -> Self {
        Self { text, code: ExitCode::Done }
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

/// The fields that CSV can hold.
fn flat(record: &Record) -> Vec<&'static str> {
    record.iter().filter(|(_, value)| !matches!(value, Value::Records(_))).map(|(name, _)| *name).collect()
}

/// A line for people below a sheet: only where they look, so that no file gets it.
fn footnote(paper: Paper, text: &str) {
    if paper.terminal {
        super::paper::narrate(&format!("{text}\n"));
    }
}
