//! `runs pause`, `stop`, `concurrency`, `go-ahead`: one order to a living worker. Must not wait for what becomes of it.

use super::resume;
use crate::cli::failure::Failure;
use crate::cli::reading::wait;
use crate::cli::verbs::{Answer, counted};
use crate::domain::run::{Control, Now, RunId};
use crate::runs::{self, Folder, Place};

pub(super) fn run(place: &Place, which: &str, control: &Control) -> Result<Answer, Failure> {
    let record = place.find(which)?;
    resume::not_done(&record)?;
    let now = send(&record.folder, control.clone())?;
    Ok(Answer::done(told(&record.folder.id, control, &now)))
}

/// Sends an order and gives what is in flight.
pub(super) fn send(folder: &Folder, control: Control) -> Result<Now, Failure> {
    Ok(wait(runs::control(folder, &runs::me(), control))??)
}

fn told(id: &RunId, control: &Control, now: &Now) -> String {
    let run = id.short();
    let flights = counted(now.flights.len() as u64, "target is", "targets are");
    match control {
        Control::Pause => format!("run {run} pauses: {flights} in flight\n`tenantry runs resume {run}` lets it go on\n"),
        Control::Stop { cancel: false } => {
            format!("run {run} stops: {flights} in flight\n`tenantry runs stop --cancel {run}` cancels them\n")
        }
        Control::Stop { cancel: true } => format!("run {run} stops: {flights} cancelled\n"),
        Control::Concurrency { now } => {
            format!("run {run} works on {} at once\n", counted(u64::from(*now), "target", "targets"))
        }
        Control::GoAhead => format!("run {run} goes ahead\n"),
        Control::Resume => format!("run {run} goes on\n"),
        Control::Retry => format!("run {run} tries again what failed\n"),
        Control::First { .. } => format!("run {run} does it first\n"),
        Control::Now => format!("run {run}: {flights} in flight\n"),
    }
}
