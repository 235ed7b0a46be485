//! What messages about runs and the keys of screen 5 do to the model. Must not know how a journal is read, nor how a worker is told.

use super::{facts_changed, told};
use crate::action::Action;
use crate::domain::fault::Fault;
use crate::domain::fleet::Severity;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::run::{Control, Event, Life, Pause, RunId};
use crate::tui::model::{Loudness, Model, View};
use crate::tui::msg::{Effect, Msg};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::at_once::AtOncePrompt;
use crate::tui::overlays::launch::{Known, Launch, Wanted};
use crate::tui::overlays::reader::Reader;
use crate::tui::overlays::signal::{Process, SignalPrompt};
use crate::tui::overlays::stop::StopPrompt;
use crate::tui::screens::runs::log_lines;

/// What is said from the approval until a worker has begun.
pub(super) const STARTING: &str = "starting the run";
/// What is said from the approval until a server process has done what it was asked.
pub(super) const ASKING: &str = "asking it";
/// The same of a run that is taken up again.
const TAKING_UP: &str = "taking it up again";

/// Takes a message about runs in.
pub(super) fn take(model: &mut Model, msg: Msg) {
    match msg {
        Msg::Runs(listing) => {
            model.runs.take(listing, model.now);
            model.runs.relist();
        }
        Msg::RunOpened { id, plan } => model.runs.opened(id, *plan),
        Msg::RunEntries { id, entries, is_alive } => {
            if let Some(followed) = model.runs.followed_mut(&id) {
                followed.take(&entries, is_alive);
            }
        }
        Msg::RunNow { id, now } => {
            if let Some(followed) = model.runs.followed_mut(&id) {
                match now {
                    Ok(now) => (followed.now, followed.fault) = (Some(now), None),
                    Err(fault) => (followed.now, followed.fault) = (None, Some(fault)),
                }
            }
        }
        Msg::RunLost { id, fault } => {
            model.say(Severity::Danger, format!("run {}: {}", shown(id.short()), told(&fault)));
            if let Some(followed) = model.runs.followed_mut(&id) {
                followed.fault = Some(fault);
            }
        }
        Msg::RunTold { control, answer, .. } => match answer {
            Ok(()) => model.say(Severity::Ok, said(&control)),
            Err(fault) => model.say(Severity::Danger, told(&fault)),
        },
        Msg::Planned { wanted, plan } => {
            let launches = model.overlays.iter_mut().filter_map(|overlay| match overlay {
                Overlay::Launch(launch) => Some(launch),
                _ => None,
            });
            launches.for_each(|launch| launch.take(&wanted, (*plan).clone()));
        }
        Msg::Looked { process, plan } => {
            for overlay in &mut model.overlays {
                if let Overlay::Signal(prompt) = overlay {
                    prompt.take(&process, (*plan).clone());
                }
            }
        }
        Msg::Signalled(Ok((id, severity, words))) => {
            model.say(severity, format!("{words}; it is run {}", shown(id.short())));
            model.runs.hurry();
            model.watch.hurry();
        }
        Msg::RunLog { id, target, entries } => show_log(model, &id, target, entries),
        Msg::RunStarted(Ok(id)) => {
            model.notice.take_if(|notice| [STARTING, TAKING_UP].contains(&notice.text.as_str()));
            model.overlays.retain(|overlay| !matches!(overlay, Overlay::Launch(launch) if launch.is_starting()));
            if model.view != View::Runs || model.runs_screen.opened() != Some(&id) {
                open(model, id);
            }
        }
        Msg::RunStarted(Err(fault)) => not_started(model, fault),
        Msg::Signalled(Err(fault)) => model.say(Severity::Danger, told(&fault)),
        _ => return,
    }
    if matches!(model.view, View::Runs | View::Fleet) {
        facts_changed(model);
    }
}

/// The dialog in which it was approved says it, as long as it is open.
fn not_started(model: &mut Model, fault: Fault) {
    model.notice.take_if(|notice| notice.text == STARTING);
    let open = model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Launch(launch) if launch.is_starting() => Some(launch),
        _ => None,
    });
    match open {
        Some(launch) => launch.not_started(fault),
        None => model.say(Severity::Danger, told(&fault)),
    }
}

/// A run that ended after the facts were read has changed ledgers and structures: what has moved is read again.
pub(super) fn read_what_it_changed(model: &Model, msg: &Msg) -> Vec<Effect> {
    let Msg::RunEntries { entries, .. } = msg else { return Vec::new() };
    let ended = entries.iter().rev().find(|entry| matches!(entry.event, Event::Ended { .. }));
    let is_older = |at| model.fleet.databases.iter().any(|database| database.as_of.is_some_and(|as_of| as_of < at));
    let has_changed = ended.is_some_and(|entry| is_older(entry.at));
    has_changed.then_some(Effect::Refresh { which: None, full: false }).into_iter().collect()
}

/// What is said when a worker has taken an order.
fn said(control: &Control) -> String {
    match control {
        Control::Pause => "the run pauses when what is in flight has ended",
        Control::Resume | Control::GoAhead => "the run goes on",
        Control::Stop { cancel: false } => "the run stops when what is in flight has ended",
        Control::Stop { cancel: true } => "what is in flight is cancelled",
        Control::Retry => "what failed is tried again",
        Control::Concurrency { now } => return format!("{now} targets are worked on at once"),
        Control::First { .. } => "it goes before all others",
        Control::Now => "asked",
    }
    .to_owned()
}

fn show_log(
    model: &mut Model,
    id: &RunId,
    target: crate::domain::run::TargetId,
    entries: Result<Vec<crate::domain::run::Entry>, crate::domain::fault::Fault>,
) {
    let lines = {
        let context = model.context();
        let Some(followed) = model.runs.followed(id).filter(|_| model.runs_screen.opened() == Some(id)) else { return };
        entries.map(|entries| log_lines(followed, target, &entries, &context))
    };
    match lines {
        Ok((title, lines)) if model.view == View::Runs && model.overlays.is_empty() => {
            let copy = lines.join("\n") + "\n";
            model.overlays.push(Overlay::Explain(Reader::new(title, lines).with_copy(copy)));
        }
        Ok(_) => {}
        Err(fault) => model.say(Severity::Danger, told(&fault)),
    }
}

/// Opens the pane of a run.
pub(super) fn open(model: &mut Model, id: RunId) {
    model.view = View::Runs;
    model.runs.hurry();
    let mut screen = std::mem::take(&mut model.runs_screen);
    screen.open(id, &model.context());
    model.runs_screen = screen;
}

/// Opens the dialog before a run; its targets are frozen from here on.
pub(super) fn launch(model: &mut Model) -> Vec<Effect> {
    let Ok((schemas, hidden)) = model.to_migrate() else { return Vec::new() };
    let without = if model.view == View::Schema { 0 } else { model.marks.len().saturating_sub(schemas.len()) };
    if without > 0 && !model.marks.is_empty() {
        let many = crate::tui::model::plural(without, "marked row");
        model.say(Severity::Info, format!("{many} left out: no schema, or no tenant's"));
    }
    let wanted = Wanted::migration(schemas, is_production(model));
    open_dialog(model, wanted, hidden)
}

/// Opens the dialog before schemas are made like the one under the cursor, or for tenants under it that have none.
pub(super) fn clone(model: &mut Model) -> Vec<Effect> {
    let Ok((source, names)) = model.to_clone() else { return Vec::new() };
    let wanted = Wanted::clones(source, names, is_production(model));
    open_dialog(model, wanted, 0)
}

/// Whether plans are for production.
pub(super) fn is_production(model: &Model) -> bool {
    model.title.loudness == Loudness::Production
}

/// The schema under the cursor, with its database.
pub(super) fn chosen(model: &Model) -> Option<SchemaPath> {
    let (id, schema) = model.chosen_schema()?;
    let database = model.fleet.database(id)?.label.clone();
    Some(SchemaPath { database, schema })
}

/// Opens the dialog before anything is written. `hidden` of its schemas are out of sight.
pub(super) fn open_dialog(model: &mut Model, wanted: Wanted, hidden: usize) -> Vec<Effect> {
    let launch = Launch::new(wanted, Known::of(&model.fleet, model.time_zone.clone(), hidden));
    let asks = launch.asks();
    model.overlays.push(Overlay::Launch(Box::new(launch)));
    asks.map(Effect::BuildPlan).into_iter().collect()
}

/// Opens the question before a server process is asked to end its query, or to end.
pub(super) fn end_session(model: &mut Model) -> Vec<Effect> {
    let Ok((id, pid)) = model.activity_screen.process() else { return Vec::new() };
    let database = model.fleet.database(id).map(|database| database.label.clone()).unwrap_or_default();
    let process = Process { database, pid, terminate: false };
    model.overlays.push(Overlay::Signal(SignalPrompt::new(process.clone())));
    vec![Effect::Look(process)]
}

/// Does one of the actions that are about a run; [`Model::refusal`] was asked before.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(run) = model.chosen_run() else { return Vec::new() };
    let id = run.id.clone();
    match (action, &run.standing.life) {
        (Action::Log, _) => {
            let target = model.runs_screen.target();
            target.map(|target| Effect::ReadLog(id, target)).into_iter().collect()
        }
        (Action::PauseRun, _) if !run.standing.is_alive => {
            model.say(Severity::Info, TAKING_UP);
            vec![Effect::ResumeRun(id)]
        }
        (Action::PauseRun, Life::Paused(Pause::GoAhead { .. })) => vec![Effect::ControlRun(id, Control::GoAhead)],
        (Action::PauseRun, Life::Paused(_)) => vec![Effect::ControlRun(id, Control::Resume)],
        (Action::PauseRun, _) => vec![Effect::ControlRun(id, Control::Pause)],
        (Action::StopRun, life) => {
            let cancel = matches!(life, Life::Stopping { .. });
            model.overlays.push(Overlay::Stop(StopPrompt::new(&run, cancel)));
            Vec::new()
        }
        (Action::Concurrency, _) => {
            if let Some(followed) = model.runs.followed(&id) {
                let now = followed.at_once();
                model.overlays.push(Overlay::AtOnce(AtOncePrompt::new(id, now)));
            }
            Vec::new()
        }
        (Action::Retry, _) if !run.standing.is_alive => {
            model.say(Severity::Info, TAKING_UP);
            vec![Effect::RetryRun(id)]
        }
        (Action::Retry, _) => vec![Effect::ControlRun(id, Control::Retry)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
