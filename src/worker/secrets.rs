//! What comes through the pipe from the process that started us: who asked, and how to connect. Must not keep any of it in a place
//! that is not wiped.

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::Person;
use crate::pg::Spec;
use crate::plan::Plan;

/// What was handed over.
#[derive(Debug)]
pub(super) struct Handed {
    /// Who asked for the run.
    pub(super) by: Person,
    /// How to connect to each database of the plan, in its order.
    pub(super) specs: Vec<Spec>,
}

/// Reads it: a line of JSON that says who asked, and for each database a line with its label and how to connect.
pub(super) fn read(text: &str, plan: &Plan) -> Result<Handed, Fault> {
    let strange = || Fault::new(FaultKind::Local, "what was handed over to the worker is not understood");
    let mut by = None;
    let mut known: Vec<(String, Spec)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.split_once('\t') {
            Some((label, spec)) => known.push((serde_json::from_str(label).map_err(|_| strange())?, Spec::take_over(spec)?)),
            None => by = Some(serde_json::from_str(line).map_err(|_| strange())?),
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
    Ok(Handed { by: by.unwrap_or_else(me), specs })
}

/// Who we are ourselves.
pub(super) fn me() -> Person {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    let host = whoami::hostname().unwrap_or_else(|_| "unknown".to_owned());
    Person { user, host }
}
