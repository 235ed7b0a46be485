//! `cohorts`: the classes of equal structures and of equal histories. Must not judge them.

use super::{Answer, counted, shaped};
use crate::cli::args::Shape;
use crate::cli::failure::Failure;
use crate::cli::reading;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet};
use crate::cli::verdict::{Words, origin, path};
use crate::config::Environment;
use crate::domain::drift::{CohortId, Representative};
use crate::domain::fleet::Fleet;
use crate::domain::record::{Record, drift as record};
use crate::domain::units;
use crate::observer::Depth;

/// Cells of the longest bar.
const BAR: u64 = 20;

pub(in crate::cli) fn run(shape: Shape, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let (fleet, code) = reading::fleet(reading::targets(environment)?, Depth::DRIFT)?;
    reading::tell_notes(&fleet);
    reading::tell_drift(&fleet);
    let fields: Vec<&str> = record::COHORT_FIELDS.iter().copied().filter(|field| *field != "difference_list").collect();
    let text = shaped(shape, || records(&fleet), &fields, || people(&fleet, paper));
    Ok(Answer { text, note: None, code })
}

fn records(fleet: &Fleet) -> Vec<Record> {
    let shapes = fleet.drift.shapes.iter().map(|cohort| record::of_shape_cohort(cohort, fleet));
    shapes.chain(fleet.drift.histories.iter().map(|cohort| record::of_history_cohort(cohort, fleet))).collect()
}

fn people(fleet: &Fleet, paper: Paper) -> String {
    let drift = &fleet.drift;
    let signs = Words::of(paper.ascii);
    let shapes: Vec<Line<'_>> = drift
        .shapes
        .iter()
        .map(|cohort| Line {
            id: cohort.id,
            members: cohort.members,
            state: signs.shape(cohort.state),
            representative: &cohort.representative,
            differs: signs.structure(&cohort.differences),
        })
        .collect();
    let histories: Vec<Line<'_>> = drift
        .histories
        .iter()
        .map(|cohort| Line {
            id: cohort.id,
            members: cohort.members,
            state: signs.ledger(cohort.state),
            representative: &cohort.representative,
            differs: signs.history(cohort),
        })
        .collect();
    let reference = drift.reference.as_ref().map(|reference| origin(&reference.origin, fleet));
    let head = drift.head.as_ref().map(|head| origin(&head.origin, fleet));
    let shape = section(&shapes, ("SHAPE", "structure", "structures"), reference, fleet, paper);
    let ledger = section(&histories, ("LEDGER", "history", "histories"), head, fleet, paper);
    format!("{shape}\n{ledger}")
}

/// A class in a line.
struct Line<'a> {
    id: CohortId,
    members: u32,
    state: Cell,
    representative: &'a Representative,
    differs: String,
}

fn section(
    lines: &[Line<'_>],
    (word, one, many): (&str, &str, &str),
    against: Option<String>,
    fleet: &Fleet,
    paper: Paper,
) -> String {
    let all: u64 = lines.iter().map(|line| u64::from(line.members)).sum();
    let against = against.map_or(String::new(), |against| format!(", against {against}"));
    let (schemas, classes) = (counted(all, "schema", "schemas"), counted(lines.len() as u64, one, many));
    let mut sheet = sheet();
    for line in lines {
        // Whoever is there is seen, however few they are.
        let cells = (u64::from(line.members) * BAR / all.max(1)).max(1) as usize;
        sheet.push(vec![
            Cell::own(Some(fleet.drift.name(line.id))),
            Cell::own(Some(units::count(line.members.into()))),
            Cell::own(Some(Words::of(paper.ascii).part.repeat(cells))),
            line.state.clone(),
            Cell::own(Some(path(line.representative, fleet).to_string())),
            Cell::own(Some(line.differs.clone())),
        ]);
    }
    format!("{word}  {schemas} in {classes}{against}\n{}", sheet.text(paper))
}

fn sheet() -> Sheet {
    let column = |heading, figures, worth| Column { heading, figures, worth };
    Sheet::new(vec![
        column("COHORT", false, ALWAYS),
        column("SCHEMAS", true, ALWAYS),
        column("SHARE", false, 10),
        column("STATE", false, 90),
        column("SUCH AS", false, 50),
        column("WHAT DIFFERS", false, 70),
    ])
}
