//! `tables SCHEMA`. Must not read more than that schema, unless it is not found.

use jiff::Timestamp;

use super::{Answer, counted, footnote, shaped};
use crate::cli::args::Shape;
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::find::{Wanted, ambiguous, not_found};
use crate::cli::paper::narrate;
use crate::cli::sheet::Paper;
use crate::cli::{columns, reading};
use crate::config::Environment;
use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::{SchemaPath, shown};
use crate::domain::record;
use crate::observer::{self, Target};

pub(in crate::cli) fn run(typed: &str, shape: Shape, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets(environment)?;
    let labels: Vec<&str> = targets.iter().map(|target| target.label.as_str()).collect();
    let wanted = Wanted::parse(typed, &labels);
    let (path, detail, code) = match reading::wait(open(&targets, wanted))?? {
        Some(found) => found,
        None => by_list(&targets, wanted)?,
    };
    let tables = detail.tables?;
    let records = || tables.iter().map(|table| record::of_table(&path, table, detail.as_of)).collect();
    let text = shaped(shape, records, record::TABLE_FIELDS, || columns::tables(&tables, Timestamp::now()).text(paper));
    let note = || format!("{path} · {} · rows as of the last analyze", counted(tables.len() as u64, "table", "tables"));
    Ok(Answer { text, note: footnote(shape, paper, note), code })
}

/// Asks every database that may have it. `None` when all answered and none has it.
async fn open(targets: &[Target], wanted: Wanted<'_>) -> Result<Option<(SchemaPath, SchemaDetail, ExitCode)>, Failure> {
    let asked: Vec<&Target> = targets
        .iter()
        .enumerate()
        .filter(|(at, _)| wanted.database.is_none_or(|only| only == *at))
        .map(|(_, t)| t)
        .collect();
    let answers = asked.iter().map(|target| observer::read_schema(target, wanted.schema));
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (target, answer) in asked.iter().zip(futures_util::future::join_all(answers).await) {
        let path = SchemaPath { database: target.label.clone(), schema: wanted.schema.to_owned() };
        match answer {
            Ok(detail) => found.push((path, detail)),
            Err(fault) if fault.kind == FaultKind::Gone => {}
            Err(fault) => faults.push((target.label.as_str(), fault)),
        }
    }
    if found.len() > 1 {
        return Err(ambiguous(wanted.schema, found.iter().map(|(path, _)| path.to_string())));
    }
    let code = if faults.is_empty() { ExitCode::Done } else { ExitCode::Incomplete };
    match (found.pop(), faults.as_slice()) {
        (Some((path, detail)), _) => {
            tell(&faults);
            Ok(Some((path, detail, code)))
        }
        (None, []) => Ok(None),
        (None, [(label, fault)]) if asked.len() == 1 => {
            let fault = Fault { what: format!("{}: {}", shown(label), fault.what), ..fault.clone() };
            Err(Failure::Fault(ExitCode::Incomplete, fault))
        }
        (None, _) => {
            tell(&faults);
            let silent: Vec<_> = faults.iter().map(|(label, _)| *label).collect();
            Err(not_found(wanted.schema, &silent, None))
        }
    }
}

fn tell(faults: &[(&str, Fault)]) {
    for (label, fault) in faults {
        narrate(&told(&format!("{}: {}", shown(label), fault.what), fault.hint.as_deref()));
    }
}

/// The slow way for a name that no database has as it was typed: it may be typed as it is shown, or nearly right.
fn by_list(targets: &[Target], wanted: Wanted<'_>) -> Result<(SchemaPath, SchemaDetail, ExitCode), Failure> {
    let (fleet, code) = reading::fleet(targets.to_vec())?;
    let entry = wanted.in_fleet(&fleet)?;
    let detail = reading::wait(observer::read_schema(&targets[usize::from(entry.id.0)], entry.schema_name()))??;
    Ok((entry.path(), detail, code))
}
