//! The one function that changes the model: `update(model, msg) -> effects`, pure. Must not wait, read or write anything.

mod act;
mod command;
mod proposal;
mod run;

use std::path::PathBuf;

use super::frame;
use super::model::{Model, Shown, View};
use super::msg::{Effect, Export, Mouse, Msg};
use super::overlays::export::{ExportPrompt, Overwrite};
use super::overlays::palette::Palette;
use super::overlays::prompt::remember;
use super::overlays::{Answer, Ask, Overlay};
use super::screens::Reply;
use crate::action::{Action, Key};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, FleetEvent, Severity};
use crate::domain::name::shown;
use crate::domain::question::{Answer as Answered, Question};
use crate::domain::record;
use crate::domain::session::SessionFacts;

/// What is said until sequences were read.
const SEQUENCES: &str = "reading the sequences of these keys";

/// Takes one message in and says what is to be done outside.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    // Only the clock and the person lead to a question: a message that comes meanwhile is followed by the clock's next one.
    let may_ask = matches!(msg, Msg::Clock(_) | Msg::Key(_) | Msg::Mouse(_));
    let mut effects = take(model, msg);
    if may_ask && let Some(which) = model.watched() {
        let due = model.watch.ask(which, &model.fleet, model.paused, model.now);
        effects.extend(due.into_iter().map(|id| Effect::Ask(id, Question::Sessions)));
    }
    if may_ask && model.lists_runs() && model.runs.ask(model.now) {
        effects.push(Effect::ListRuns);
    }
    let wanted = model.wanted_run();
    if model.runs.follow(wanted.clone()) {
        effects.push(wanted.map_or(Effect::UnfollowRun, Effect::FollowRun));
    }
    effects
}

fn take(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Clock(now) => {
            model.now = now;
            Vec::new()
        }
        Msg::Key(key) => pressed(model, key),
        Msg::Paste(text) => pasted(model, &text),
        Msg::Mouse(mouse) => moused(model, mouse),
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            facts_changed(model);
            Vec::new()
        }
        Msg::Facts(events) => {
            let read = events.iter().any(|event| matches!(event, FleetEvent::Refreshed(..)));
            for event in events {
                model.fleet.apply(event);
            }
            // Once for all of them: what is judged depends on the whole fleet.
            crate::drift::judge(&mut model.fleet);
            if read && model.fleet.databases.iter().all(|database| database.progress.is_none()) {
                model.notice.take_if(|notice| notice.text == act::READING);
            }
            facts_changed(model);
            if !read {
                return Vec::new();
            }
            let runs = (model.view == View::Fleet).then_some(Effect::ListRuns);
            read_opened(model).into_iter().chain(asked_again(model)).chain(runs).collect()
        }
        Msg::Schema { database, name, detail } => {
            let taken = model.compared.as_mut().is_some_and(|it| it.screen.take(database, &name, &detail));
            if taken && model.view == View::Compare {
                facts_changed(model);
            }
            if let Some(opened) = &mut model.schema
                && (opened.screen.database(), opened.screen.name()) == (database, name.as_str())
            {
                opened.screen.take(*detail);
                facts_changed(model);
            }
            Vec::new()
        }
        Msg::Answer { database, question, answer } => {
            match question {
                Question::Placement => model.capacity_screen.take(database, *answer),
                Question::Sequences => explain_keys(model, database, &answer),
                Question::Sessions => model.watch.take(database, sessions(*answer), model.now),
            }
            facts_changed(model);
            Vec::new()
        }
        msg => {
            let effects = run::read_what_it_changed(model, &msg);
            outcome(model, msg);
            effects
        }
    }
}

/// Shows where the sequences of keys stand, when they are still looked at.
fn explain_keys(model: &mut Model, database: DatabaseId, answer: &Result<Answered, Fault>) {
    model.notice.take_if(|notice| notice.text == SEQUENCES);
    if model.view != View::Capacity || !model.overlays.is_empty() {
        return;
    }
    if let Some((title, lines)) = model.capacity_screen.explain_keys(database, answer, &model.context()) {
        model.overlays.push(Overlay::Explain(super::overlays::reader::Reader::new(title, lines)));
    }
}

/// What an answer tells of sessions; an answer to something else tells nothing of them.
fn sessions(answer: Result<Answered, Fault>) -> Result<SessionFacts, Fault> {
    match answer? {
        Answered::Sessions(facts) => Ok(facts),
        Answered::Placement(_) | Answered::Sequences(_) => {
            Err(Fault::new(FaultKind::Server, "the answer is not about sessions"))
        }
    }
}

/// Asks for the opened schema again where it could not be read and its database answers now.
fn read_opened(model: &Model) -> Vec<Effect> {
    let Some(opened) = model.schema.as_ref().filter(|opened| opened.screen.has_failed()) else { return Vec::new() };
    let id = opened.screen.database();
    let answers = model.fleet.database(id).is_some_and(|database| !database.is_stale());
    if answers { vec![Effect::OpenSchema(id, opened.screen.name().to_owned())] } else { Vec::new() }
}

/// Asks again what the shown screen was told of facts that were read again since.
fn asked_again(model: &mut Model) -> Option<Effect> {
    match model.shown() {
        (Shown::Capacity(screen), context) => {
            screen.asks(&context).map(|database| Effect::Ask(database, Question::Placement))
        }
        _ => None,
    }
}

/// What an effect came to.
fn outcome(model: &mut Model, msg: Msg) {
    match msg {
        Msg::Exported(saved) => {
            let rows = super::model::plural(saved.rows, "row");
            model.say(Severity::Ok, format!("{rows} written to {}", shown(&saved.path.to_string_lossy())));
        }
        Msg::NotExported { path, rows, why } => {
            model.overlays.push(Overlay::Export(ExportPrompt::failed(&path, rows, why)));
        }
        Msg::FileExists(path) => model.overlays.push(Overlay::Overwrite(Overwrite::new(&path))),
        Msg::Copied(Ok(bytes)) => {
            let bytes = crate::domain::units::count(bytes as u64);
            model.say(Severity::Ok, format!("sent to the terminal's clipboard, {bytes} bytes"));
        }
        Msg::Measured(footprint) => model.footprint = footprint,
        Msg::ThemeFailed { kept, fault } => {
            model.theme = kept;
            model.say(Severity::Danger, told(&fault));
        }
        Msg::Copied(Err(fault)) | Msg::PsqlEnded(Err(fault)) | Msg::Suspended(Err(fault)) => {
            model.say(Severity::Danger, told(&fault));
        }
        Msg::PsqlEnded(Ok(()))
        | Msg::Suspended(Ok(()))
        | Msg::Clock(_)
        | Msg::Key(_)
        | Msg::Paste(_)
        | Msg::Mouse(_)
        | Msg::Resize(..)
        | Msg::Facts(_)
        | Msg::Schema { .. }
        | Msg::Answer { .. } => {}
        msg @ (Msg::Runs(_)
        | Msg::RunOpened { .. }
        | Msg::RunEntries { .. }
        | Msg::RunNow { .. }
        | Msg::RunLost { .. }
        | Msg::RunTold { .. }
        | Msg::RunLog { .. }
        | Msg::Planned { .. }
        | Msg::Looked { .. }
        | Msg::Signalled(_)
        | Msg::RunStarted(_)) => run::take(model, msg),
    }
}

/// A fault in one line: what happened and what to do.
fn told(fault: &Fault) -> String {
    fault.hint.as_ref().map_or_else(|| fault.what.clone(), |hint| format!("{}. {hint}", fault.what))
}

/// Lets the shown screen take in that facts, marks or the area changed. The others do when they are shown.
pub(super) fn facts_changed(model: &mut Model) {
    match model.shown() {
        (Shown::Schema(screen), context) => screen.facts_changed(&context),
        (Shown::Tenants(screen), context) => screen.facts_changed(&context),
        (Shown::Drift(screen), context) => screen.facts_changed(&context),
        (Shown::Compare(screen), context) => screen.facts_changed(&context),
        (Shown::Capacity(screen), context) => screen.facts_changed(&context),
        (Shown::Runs(screen), context) => screen.facts_changed(&context),
        (Shown::Activity(screen), context) => screen.facts_changed(&context),
        (Shown::Fleet(screen), context) => screen.facts_changed(&context),
    }
}

fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    if key == Key::ctrl('c') {
        return interrupted(model);
    }
    model.interrupted = false;
    model.notice = None;
    let action = model.keymap.action(model.scope(), key);
    if let Some(action @ (Action::Suspend | Action::Redraw)) = action.filter(|_| key.ctrl) {
        return act::act(model, action);
    }
    if let Some(mut overlay) = model.overlays.pop() {
        let answer = overlay.key(key, model);
        return answered(model, overlay, answer);
    }
    let Some(action) = action else {
        act::elsewhere(model, key);
        return Vec::new();
    };
    act::act(model, action)
}

/// `^C` closes what is open; with nothing open, the second one quits.
fn interrupted(model: &mut Model) -> Vec<Effect> {
    if let Some(overlay) = model.overlays.pop() {
        return overlay.cancel().map_or_else(Vec::new, |ask| asked(model, ask));
    }
    if std::mem::replace(&mut model.interrupted, true) {
        return vec![Effect::Quit];
    }
    model.say(Severity::Info, "^C once more quits");
    Vec::new()
}

fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(mut overlay) = model.overlays.pop() else { return Vec::new() };
    let answer = overlay.paste(text, model);
    answered(model, overlay, answer)
}

fn moused(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    let key = match mouse {
        Mouse::WheelDown => crate::action::Code::Down,
        Mouse::WheelUp => crate::action::Code::Up,
        Mouse::Press(column, 1) if model.overlays.is_empty() => {
            return frame::tab_at(model, column).map_or_else(Vec::new, |tab| act::act(model, tab));
        }
        Mouse::Press(column, row) if model.overlays.is_empty() => return clicked(model, column, row),
        Mouse::Press(..) => return Vec::new(),
    };
    (0..3).flat_map(|_| pressed(model, Key::plain(key))).collect()
}

/// A click chooses a row; one on the chosen row opens it.
fn clicked(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let body = frame::body(model.size);
    if !body.contains((column, row).into()) || model.size.0 < frame::LEAST.0 || model.size.1 < frame::LEAST.1 {
        return Vec::new();
    }
    let at = (column - body.x, row - body.y);
    let chosen = match model.shown() {
        (Shown::Schema(screen), context) => screen.click(at, &context),
        (Shown::Tenants(screen), context) => screen.click(at, &context),
        (Shown::Drift(screen), context) => screen.click(at, &context),
        (Shown::Compare(_), _) => false,
        (Shown::Capacity(screen), context) => screen.click(at, &context),
        (Shown::Runs(screen), context) => screen.click(at, &context),
        (Shown::Activity(screen), context) => screen.click(at, &context),
        (Shown::Fleet(screen), context) => screen.click(at, &context),
    };
    model.notice = None;
    if chosen { act::act(model, Action::Open) } else { Vec::new() }
}

fn answered(model: &mut Model, overlay: Overlay, answer: Answer) -> Vec<Effect> {
    if answer.stay {
        model.overlays.push(overlay);
    }
    answer.ask.map_or_else(Vec::new, |ask| asked(model, ask))
}

fn asked(model: &mut Model, ask: Ask) -> Vec<Effect> {
    match ask {
        Ask::Act(action) => return act::act(model, action),
        Ask::Command(line) => {
            remember(&mut model.commands, &line);
            return command::run(model, &line).unwrap_or_else(|error| {
                let palette = Palette::new(&line, model).with_error(error);
                model.overlays.push(Overlay::Palette(palette));
                Vec::new()
            });
        }
        Ask::Filter(text) => filter(model, &text),
        Ask::KeepFilter(text) => {
            filter(model, &text);
            remember(&mut model.filters, &text);
        }
        Ask::Theme(name) => model.theme = name,
        Ask::KeepTheme(name) => {
            model.say(Severity::Info, format!("for this session; theme = \"{name}\" in fleet.toml keeps it"));
            model.theme = name;
        }
        Ask::Sort(id) => act::sort(model, &id),
        Ask::Export(path, overwrite) => {
            return export(model, path, overwrite).unwrap_or_else(|why| {
                model.say(Severity::Warn, why);
                Vec::new()
            });
        }
        Ask::Measure => return vec![Effect::Measure],
        Ask::Copy(text) => return vec![Effect::Copy(text)],
        Ask::Plan(wanted) => return vec![Effect::BuildPlan(wanted)],
        Ask::Start(plan) => {
            model.say(Severity::Info, run::STARTING);
            return vec![Effect::StartRun(plan)];
        }
        Ask::Look(process) => return vec![Effect::Look(process)],
        Ask::Signal(plan) => {
            model.say(Severity::Info, run::ASKING);
            return vec![Effect::Signal(plan)];
        }
        Ask::Control(id, control) => return vec![Effect::ControlRun(id, control)],
    }
    Vec::new()
}

/// Filters the shown list; a text that is not understood is said in the status line.
fn filter(model: &mut Model, text: &str) {
    match model.shown() {
        (Shown::Schema(screen), context) => screen.set_filter(text, &context),
        (Shown::Tenants(screen), context) => {
            if let Err(error) = screen.set_filter(text, &context) {
                model.say(Severity::Warn, error.to_string());
            }
        }
        (Shown::Drift(screen), context) => screen.set_filter(text, &context),
        (Shown::Compare(screen), context) => screen.set_filter(text, &context),
        (Shown::Activity(screen), context) => screen.set_filter(text, &context),
        (Shown::Capacity(screen), context) => screen.set_filter(text, &context),
        (Shown::Runs(screen), context) => screen.set_filter(text, &context),
        (Shown::Fleet(_), _) => {}
    }
}

/// The shown rows as the text of a file, or why there is nothing to write.
fn export(model: &Model, path: PathBuf, overwrite: bool) -> Result<Vec<Effect>, String> {
    let records = model.shown_rows();
    let Some(first) = records.first() else { return Err("there are no rows to write here".to_owned()) };
    let text = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        record::json(&records)
    } else {
        let flat = first.iter().filter(|(_, value)| record::is_flat(value));
        record::csv(&records, &flat.map(|(field, _)| *field).collect::<Vec<_>>())
    };
    Ok(vec![Effect::Export(Export { path, overwrite, text, rows: records.len() })])
}

/// Does what a screen asked for.
pub(super) fn replied(model: &mut Model, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Done => {}
        Reply::ShowTenants(text) => {
            act::show(model, View::Tenants);
            filter(model, &text);
        }
        Reply::ShowCapacity(database) => {
            model.capacity_screen.choose(database);
            act::show(model, View::Capacity);
        }
        Reply::OpenSchema(database, name) => return act::open(model, database, name),
        Reply::Compare(subject) => return act::compare(model, subject),
        Reply::OpenRun(id) => run::open(model, id),
        Reply::Ask(database, question) => {
            if question == Question::Sequences {
                model.say(Severity::Info, SEQUENCES);
            }
            return vec![Effect::Ask(database, question)];
        }
        Reply::Explain(title, lines) => {
            model.overlays.push(Overlay::Explain(super::overlays::reader::Reader::new(title, lines)));
        }
        Reply::SetMarks(marks) => {
            model.marks = marks;
            facts_changed(model);
        }
        Reply::Say(text) => model.say(Severity::Info, text),
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
