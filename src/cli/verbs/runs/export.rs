//! `runs export`: the record of a run for other programs. Must not change it.

use super::record::{TARGET_FIELDS, of_target};
use crate::cli::args::Part;
use crate::cli::failure::Failure;
use crate::cli::verbs::Answer;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::record::{self, Record};
use crate::domain::run::TargetId;
use crate::runs::Place;

pub(super) fn run(place: &Place, which: &str, part: Part, csv: bool) -> Result<Answer, Failure> {
    if csv && part != Part::Targets {
        return Err(Failure::usage("only targets can be comma-separated values", "Leave --csv out."));
    }
    let it = place.find(which)?;
    let targets = || (0..it.plan.targets.len() as TargetId).filter_map(|id| of_target(&it, id)).collect::<Vec<Record>>();
    let strange = |error: serde_json::Error| Fault::new(FaultKind::Local, format!("cannot put it into words: {error}"));
    let text = match part {
        Part::Targets if csv => record::csv(&targets(), TARGET_FIELDS),
        Part::Targets => record::json(&targets()),
        Part::Plan => serde_json::to_string_pretty(&*it.plan).map_err(strange)? + "\n",
        Part::Events => {
            let mut text = String::new();
            for entry in it.events()? {
                text.push_str(&serde_json::to_string(&entry).map_err(strange)?);
                text.push('\n');
            }
            text
        }
    };
    Ok(Answer::done(text))
}
