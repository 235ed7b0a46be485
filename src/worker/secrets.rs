//! What comes through the pipe from the process that started us: who asked, and how to connect. Must not keep any of it in a place
//! that is not wiped.

use serde::Deserialize;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::{Person, TargetId};
use crate::pg::Spec;
use crate::plan::Plan;
use crate::worker::job::Task;

/// The first line.
#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(flatten)]
    by: Person,
    #[serde(default)]
    retry: bool,
    #[serde(default)]
    only: Option<Vec<TargetId>>,
}

/// What was handed over.
#[derive(Debug)]
pub(super) struct Handed {
    /// Who asked for the run.
    pub(super) by: Person,
    /// What is to be done.
    pub(super) task: Task,
    /// How to connect to each database of the plan, in its order.
    pub(super) specs: Vec<Spec>,
}

/// Reads it: a line of JSON that says who asked, and for each database a line with its label and how to connect.
pub(super) fn read(text: &str, plan: &Plan) -> Result<Handed, Fault> {
    let strange = || Fault::new(FaultKind::Local, "what was handed over to the worker is not understood");
    let mut asked = None;
    let mut known: Vec<(String, Spec)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.split_once('\t') {
            Some((label, spec)) => known.push((serde_json::from_str(label).map_err(|_| strange())?, Spec::take_over(spec)?)),
            None => asked = Some(serde_json::from_str::<Asked>(line).map_err(|_| strange())?),
        }
    }
    let of = |label: &String| {
        let found = known.iter().find(|(known, _)| known == label).map(|(_, spec)| spec.clone());
        found.ok_or_else(|| {
            let what = format!("nobody said how to connect to database {}", shown(label));
            Fault::new(FaultKind::Local, what).hint("start the run with the environment of its plan")
        })
    };
    let specs = plan.databases.iter().map(|database| of(&database.label)).collect::<Result<_, _>>()?;
    let Asked { by, retry, only } = asked.ok_or_else(strange)?;
    let task = match only {
        Some(targets) if targets.iter().all(|target| plan.targets.get(*target as usize).is_some()) => Task::Only(targets),
        Some(_) => return Err(strange()),
        None if retry => Task::Again,
        None => Task::Rest,
    };
    Ok(Handed { by, task, specs })
}
