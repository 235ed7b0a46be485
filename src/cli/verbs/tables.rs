//! `tables SCHEMA`. Must not read more than that schema, unless it is not found.

use jiff::Timestamp;

use super::{Answer, counted, footnote, shaped};
use crate::cli::args::Shape;
use crate::cli::failure::Failure;
use crate::cli::seek::{self, Found};
use crate::cli::sheet::Paper;
use crate::cli::{columns, reading};
use crate::config::Environment;
use crate::domain::record;
use crate::observer;

pub(in crate::cli) fn run(typed: &str, shape: Shape, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets(environment)?;
    let Found { path, it: detail, code, .. } = seek::open(typed, &targets, &observer::read_schema)?;
    let tables = detail.tables?;
    let records = || tables.iter().map(|table| record::of_table(&path, table, detail.as_of)).collect();
    let text = shaped(shape, records, record::TABLE_FIELDS, || columns::tables(&tables, Timestamp::now()).text(paper));
    let note = || format!("{path} · {} · rows as of the last analyze", counted(tables.len() as u64, "table", "tables"));
    Ok(Answer { text, note: footnote(shape, paper, note), code })
}
