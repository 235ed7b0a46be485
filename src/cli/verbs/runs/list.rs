//! `runs list`: every run, the newest first. Must not change any.

use jiff::Timestamp;

use super::record::{RUN_FIELDS, of_run};
use super::words;
use crate::cli::args::Shape;
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::paper::narrate;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet, Tone};
use crate::cli::verbs::{Answer, shaped};
use crate::domain::name::shown;
use crate::domain::run::End;
use crate::domain::units;
use crate::runs::{Place, Record};

pub(super) fn run(place: &Place, shape: Shape, paper: Paper) -> Result<Answer, Failure> {
    let mut code = ExitCode::Done;
    let mut records = Vec::new();
    for read in place.list()? {
        match read {
            Ok(record) => records.push(record),
            Err(fault) => {
                narrate(&told(&fault.what, fault.hint.as_deref()));
                code = ExitCode::Failed;
            }
        }
    }
    let note = records.is_empty().then(|| format!("no run in {}", shown(&place.root.to_string_lossy())));
    let text = shaped(
        shape,
        || records.iter().map(of_run).collect(),
        RUN_FIELDS,
        || people(&records, Timestamp::now()).text(paper),
    );
    Ok(Answer { text, note: note.filter(|_| shape == Shape::Text), code })
}

fn people(records: &[Record], now: Timestamp) -> Sheet {
    let column = |heading, figures, worth| Column { heading, figures, worth };
    let mut sheet = Sheet::new(vec![
        column("RUN", false, ALWAYS),
        column("STATE", false, ALWAYS),
        column("WHAT", false, 90),
        column("ENVIRONMENT", false, 70),
        column("TARGETS", true, 80),
        column("OK", true, 85),
        column("FAILED", true, 86),
        column("SKIPPED", true, 40),
        column("BEGAN", false, 75),
        column("BY", false, 60),
    ]);
    for record in records {
        let counts = record.state.counts;
        let number = |count: u32| Cell::own(Some(units::count(count.into())));
        let failed = counts.failed + counts.dirty;
        sheet.push(vec![
            Cell::own(Some(record.folder.id.short().to_owned())),
            Cell::own(Some(record.word().to_owned())).tone(tone(record)),
            Cell::own(Some(words::what(&record.plan.kind))),
            Cell::raw(&record.plan.environment.name),
            number(counts.total()),
            number(counts.applied),
            number(failed).tone(if failed > 0 { Tone::Danger } else { Tone::Plain }),
            number(counts.skipped),
            Cell::own(record.state.began.as_ref().map(|(_, at)| units::ago(*at, now))),
            Cell::own(record.state.began.as_ref().map(|(by, _)| words::person(by))),
        ]);
    }
    sheet
}

fn tone(record: &Record) -> Tone {
    match record.end() {
        Some(End::Stopped) => Tone::Warn,
        Some(End::Done | End::Waiting) => Tone::Plain,
        None if record.alive => Tone::Plain,
        Some(End::DoneWithFailures | End::Halted) | None => Tone::Danger,
    }
}
