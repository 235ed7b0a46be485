//! What each action does to the model. Must not know which key asked for it.

use super::{facts_changed, proposal, replied, run};
use crate::action::{Action, Key};
use crate::domain::fleet::{DatabaseId, Severity};
use crate::domain::name::{SchemaPath, shown};
use crate::observer;
use crate::plan::mend;
use crate::tui::model::{Compared, Model, Opened, Shown, View};
use crate::tui::msg::Effect;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::chooser::{ActionMenu, SortChooser, ThemePicker};
use crate::tui::overlays::export::ExportPrompt;
use crate::tui::overlays::filter::FilterPrompt;
use crate::tui::overlays::help::Help;
use crate::tui::overlays::palette::Palette;
use crate::tui::overlays::reader::Reader;
use crate::tui::screens::ToMend;
use crate::tui::screens::compare::{CompareScreen, Subject};
use crate::tui::screens::schema::SchemaScreen;

/// What is said from the press of a key until everything is read.
pub(super) const READING: &str = "reading again";

/// Does an action, or says why it cannot be done here.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if !action.entry().applies_in(model.scope()) {
        model.say(Severity::Info, told_elsewhere(&[action]));
        return Vec::new();
    }
    if let Some(why) = model.refusal(action) {
        model.say(Severity::Warn, why);
        return Vec::new();
    }
    match action {
        Action::Quit => return quit(model),
        Action::Back => back(model),
        Action::Fleet => show(model, View::Fleet),
        Action::Tenants => show(model, View::Tenants),
        Action::Drift => show(model, View::Drift),
        Action::Capacity => show(model, View::Capacity),
        Action::Runs => {
            model.runs.hurry();
            show(model, View::Runs);
        }
        Action::Activity => show(model, View::Activity),
        Action::Filter => {
            let prompt = FilterPrompt::new(&current_filter(model), model);
            model.overlays.push(Overlay::Filter(prompt));
        }
        Action::Palette => {
            let palette = Palette::new("", model);
            model.overlays.push(Overlay::Palette(palette));
        }
        Action::Help => model.overlays.push(Overlay::Help(Help::default())),
        Action::Actions => model.overlays.push(Overlay::Actions(ActionMenu::default())),
        Action::Theme => model.overlays.push(Overlay::Themes(ThemePicker::new(model))),
        Action::Sort => model.overlays.push(Overlay::Sort(SortChooser::new(model))),
        Action::Export => {
            let rows = model.shown_rows().len();
            if rows == 0 {
                model.say(Severity::Warn, "there are no rows to write here");
                return Vec::new();
            }
            model.overlays.push(Overlay::Export(ExportPrompt::new(&proposed(model), rows)));
        }
        Action::Debug => {
            model.overlays.push(Overlay::Debug);
            return vec![Effect::Measure];
        }
        Action::Refresh => return refresh(model, false),
        Action::ReadAll => return refresh(model, true),
        Action::Pause => {
            model.paused = !model.paused;
            model.say(Severity::Info, if model.paused { "refresh paused, r still reads" } else { "refresh resumed" });
            return vec![Effect::Pause(model.paused)];
        }
        Action::Psql => {
            return model.chosen_schema().map(|(database, name)| Effect::Psql(database, name)).into_iter().collect();
        }
        Action::Diff if model.view != View::Drift => {
            return model.subject().map_or_else(Vec::new, |subject| compare(model, subject));
        }
        Action::EndSession => return run::end_session(model),
        Action::Mend => mend(model),
        Action::Migrate => return run::launch(model),
        Action::Clone => return run::clone(model),
        Action::Log | Action::PauseRun | Action::StopRun | Action::Retry | Action::Concurrency => {
            return run::act(model, action);
        }
        Action::Copy => return copied(model).map(Effect::Copy).into_iter().collect(),
        Action::CopyCommand => return vec![Effect::Copy(command_line(model))],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Open if model.view == View::Tenants => {
            if let Some((database, name)) = model.tenants_screen.selected_schema() {
                return open(model, database, name);
            }
            return on_screen(model, action);
        }
        _ => return on_screen(model, action),
    }
    Vec::new()
}

/// Says where a key does what it does not do here, so that nobody takes it for broken.
pub(super) fn elsewhere(model: &mut Model, key: Key) {
    let actions = model.keymap.elsewhere(model.scope(), key);
    if !actions.is_empty() {
        model.say(Severity::Info, told_elsewhere(&actions));
    }
}

fn told_elsewhere(actions: &[Action]) -> String {
    let each = actions.iter().map(|action| format!("{} is {}", action.entry().short, action.entry().places()));
    each.collect::<Vec<_>>().join("; ")
}

fn on_screen(model: &mut Model, action: Action) -> Vec<Effect> {
    let reply = match model.shown() {
        (Shown::Schema(screen), context) => screen.act(action, &context),
        (Shown::Tenants(screen), context) => screen.act(action, &context),
        (Shown::Drift(screen), context) => screen.act(action, &context),
        (Shown::Compare(screen), context) => screen.act(action, &context),
        (Shown::Capacity(screen), context) => screen.act(action, &context),
        (Shown::Runs(screen), context) => screen.act(action, &context),
        (Shown::Activity(screen), context) => screen.act(action, &context),
        (Shown::Fleet(screen), context) => screen.act(action, &context),
    };
    replied(model, reply)
}

/// Shows a screen, brought up to date first.
pub(super) fn show(model: &mut Model, view: View) {
    model.view = view;
    facts_changed(model);
}

/// Opens one schema and asks for its detail.
pub(super) fn open(model: &mut Model, database: DatabaseId, name: String) -> Vec<Effect> {
    let from = match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => opened.from,
        (view, _) => view,
    };
    model.schema = Some(Box::new(Opened { screen: SchemaScreen::new(database, name.clone()), from }));
    show(model, View::Schema);
    vec![Effect::OpenSchema(database, name)]
}

/// Shows what differs and asks for what must be read for it.
pub(super) fn compare(model: &mut Model, subject: Subject) -> Vec<Effect> {
    let from = match (model.view, &model.compared) {
        (View::Compare, Some(compared)) => compared.from,
        (view, _) => view,
    };
    let reading = subject.schemas().into_iter().map(|(id, name)| Effect::OpenSchema(id, name)).collect();
    model.compared = Some(Box::new(Compared { screen: CompareScreen::new(subject), from }));
    show(model, View::Compare);
    reading
}

/// Shows the statements that would lead to the reference. Nothing is run.
fn mend(model: &mut Model) {
    let Ok(ToMend { schema, reference, differences }) = model.to_mend() else { return };
    let (lines, script) = proposal::told(schema, &mend::proposals(schema, reference, differences));
    let title = format!("a proposal for {}; nothing is run", shown(schema));
    model.overlays.push(Overlay::Explain(Reader::new(title, lines).with_copy(script)));
}

/// Closes the opened schema, else goes to screen 1, else quits.
fn quit(model: &mut Model) -> Vec<Effect> {
    match model.view {
        View::Fleet => return vec![Effect::Quit],
        View::Schema | View::Compare => back(model),
        View::Runs if model.runs_screen.opened().is_some() => back(model),
        View::Tenants | View::Drift | View::Capacity | View::Runs | View::Activity => show(model, View::Fleet),
    }
    Vec::new()
}

/// One step back: out of a filter, out of a schema, to screen 1. Never out of the console.
fn back(model: &mut Model) {
    if !current_filter(model).is_empty() {
        return super::filter(model, "");
    }
    if let (Shown::Capacity(screen), context) = model.shown()
        && screen.back_to_now(&context)
    {
        return;
    }
    if model.view == View::Runs && model.runs_screen.close() {
        model.runs.hurry();
        return show(model, View::Runs);
    }
    let from = match model.view {
        View::Schema => model.schema.take().map(|opened| opened.from),
        View::Compare => model.compared.take().map(|compared| compared.from),
        View::Tenants | View::Drift | View::Capacity | View::Runs | View::Activity => Some(View::Fleet),
        View::Fleet => None,
    };
    match from {
        Some(view) => show(model, view),
        None => model.say(Severity::Info, "this is the first screen; q quits"),
    }
}

/// Asks all databases what has changed, or reads everything again; the opened schema is read in any case.
fn refresh(model: &mut Model, full: bool) -> Vec<Effect> {
    let (which, mut effects) = match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => {
            let database = opened.screen.database();
            (Some(database), vec![Effect::OpenSchema(database, opened.screen.name().to_owned())])
        }
        (View::Compare, _) => {
            let schemas = model.compared.as_ref().map_or_else(Vec::new, |it| it.screen.subject().schemas());
            (None, schemas.into_iter().map(|(id, name)| Effect::OpenSchema(id, name)).collect())
        }
        _ => (None, Vec::new()),
    };
    if model.view == View::Runs {
        model.runs.hurry();
    }
    if model.watched().is_some() {
        model.watch.hurry();
    }
    effects.push(Effect::Refresh { which, full });
    model.say(Severity::Info, READING);
    effects
}

/// Sorts the shown list by a column.
pub(super) fn sort(model: &mut Model, id: &str) {
    match model.shown() {
        (Shown::Schema(screen), context) => screen.set_sort(id, &context),
        (Shown::Tenants(screen), context) => screen.set_sort(id, &context),
        (
            Shown::Fleet(_) | Shown::Drift(_) | Shown::Compare(_) | Shown::Capacity(_) | Shown::Runs(_) | Shown::Activity(_),
            _,
        ) => {}
    }
}

/// The filter of the shown list.
pub(super) fn current_filter(model: &Model) -> String {
    match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => opened.screen.filter().to_owned(),
        (View::Tenants, _) => model.tenants_screen.filter().to_owned(),
        (View::Drift, _) => model.drift_screen.filter().to_owned(),
        (View::Compare, _) => model.compared.as_ref().map_or_else(String::new, |it| it.screen.filter().to_owned()),
        (View::Runs, _) => model.runs_screen.filter().to_owned(),
        (View::Activity, _) => model.activity_screen.filter().to_owned(),
        (View::Capacity, _) => model.capacity_screen.filter().to_owned(),
        _ => String::new(),
    }
}

/// The exact quoted identifier of what is under the cursor.
fn copied(model: &Model) -> Option<String> {
    match (model.view, &model.schema) {
        (View::Schema, Some(opened)) if opened.screen.selected_pid().is_some() => opened.screen.selected_pid(),
        (View::Schema, Some(opened)) => {
            let schema = opened.screen.name();
            Some(
                opened
                    .screen
                    .selected_table()
                    .map_or_else(|| observer::identifier(&[schema]), |table| observer::identifier(&[schema, table])),
            )
        }
        (View::Tenants, _) => Some(observer::identifier(&[&model.tenants_screen.selected()?.schema])),
        (View::Drift, _) => model.drift_screen.selected_cohort().map(|id| model.fleet.drift.name(id)),
        (View::Runs, _) => model.chosen_run().map(|run| run.id.0),
        (View::Activity, _) => model.activity_screen.to_copy(),
        (View::Compare, _) => model.compared.as_ref().map(|it| match it.screen.subject() {
            Subject::Shape(id) | Subject::History(id) => model.fleet.drift.name(*id),
            Subject::Schema(_, name) | Subject::Pair(_, (_, name)) => observer::identifier(&[name]),
        }),
        (View::Capacity, _) => model.capacity_screen.copied(&model.context()),
        _ => None,
    }
}

/// The command that shows headless what the screen shows.
fn command_line(model: &Model) -> String {
    let reach = reach(model);
    match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => {
            let path = model.fleet.database(opened.screen.database()).filter(|_| model.fleet.databases.len() > 1);
            let name = path.map_or_else(
                || opened.screen.name().to_owned(),
                |database| format!("{}/{}", database.label, opened.screen.name()),
            );
            format!("tenantry show{reach} {}", quoted(&name))
        }
        (View::Tenants, _) if !model.tenants_screen.filter().is_empty() => {
            // Only `tenants` knows tenants without schema, only `schemas` knows schemas without tenant.
            let verb = if model.tenants_screen.shows_tenants_alone(&model.context()) { "tenants" } else { "schemas" };
            format!("tenantry {verb}{reach} --filter {}", quoted(model.tenants_screen.filter()))
        }
        (View::Drift, _) => match model.drift_screen.selected_filter(&model.fleet) {
            Some(filter) => format!("tenantry drift{reach} --all --filter {}", quoted(&filter)),
            None => format!("tenantry drift{reach}"),
        },
        (View::Compare, _) => compare_command(model, &reach),
        (View::Capacity, _) => {
            let options = model.capacity_screen.options(&model.context());
            let options: String = options.iter().map(|(name, value)| [" ", name, " ", &quoted(value)].concat()).collect();
            format!("tenantry {}{reach}{options}", model.capacity_screen.verb())
        }
        (View::Runs, _) => match model.chosen_run() {
            Some(run) => format!("tenantry runs show {}", quoted(&run.id.0)),
            None => "tenantry runs list".to_owned(),
        },
        (View::Activity, _) => format!("tenantry activity{reach}"),
        _ => format!("tenantry tenants{reach}"),
    }
}

/// The command that shows headless what differs.
fn compare_command(model: &Model, reach: &str) -> String {
    let Some(screen) = model.compared.as_ref().map(|compared| &compared.screen) else { return String::new() };
    let several = model.fleet.databases.len() > 1;
    let name = |path: SchemaPath| if several { format!("{}/{}", path.database, path.schema) } else { path.schema };
    match (screen.subject(), screen.sides()) {
        // Without a second schema the first one is compared with the reference.
        (Subject::Schema(..), Some((_, here))) => format!("tenantry diff{reach} {}", quoted(&name(here))),
        (Subject::Pair(..), Some((one, other))) => {
            format!("tenantry diff{reach} {} {}", quoted(&name(one)), quoted(&name(other)))
        }
        (Subject::Shape(id) | Subject::History(id), _) => {
            format!("tenantry drift{reach} --all --filter cohort:{}", model.fleet.drift.name(*id))
        }
        _ => format!("tenantry drift{reach}"),
    }
}

/// The arguments that lead to the shown fleet, with a blank before each.
fn reach(model: &Model) -> String {
    let mut text = String::new();
    for word in &model.title.reach {
        let is_option = ["-d", "-e", "--config"].contains(&word.as_str());
        text.extend([" ", &if is_option { word.clone() } else { quoted(word) }]);
    }
    text
}

/// A word as a POSIX shell takes it literally.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The file name that an export starts with.
fn proposed(model: &Model) -> String {
    let safe = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect()
    };
    match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => format!("{}.csv", safe(opened.screen.name())),
        (View::Drift, _) => format!("{}-drift.csv", safe(&model.title.environment)),
        (View::Capacity, _) => format!("{}-{}.csv", safe(&model.title.environment), model.capacity_screen.verb()),
        (View::Activity, _) => format!("{}-activity.csv", safe(&model.title.environment)),
        (View::Runs, _) => match model.runs_screen.opened() {
            Some(id) => format!("run-{}.csv", safe(id.short())),
            None => "runs.csv".to_owned(),
        },
        (View::Compare, _) => {
            let title = model.compared.as_ref().map(|it| it.screen.title(&model.fleet)).unwrap_or_default();
            format!("diff-{}.csv", safe(&title))
        }
        _ => format!("{}-tenants.csv", safe(&model.title.environment)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_reaches_a_shell_unchanged() {
        for (word, expected) in [
            ("eu-1/acme", "eu-1/acme"),
            ("state:orphan tables>90", "'state:orphan tables>90'"),
            ("o'hara", "'o'\\''hara'"),
            ("", "''"),
            ("-x", "'-x'"),
            ("$(rm)", "'$(rm)'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
