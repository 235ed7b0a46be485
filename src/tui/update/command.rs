//! The lines of the palette: an action by its id, or one of the few commands that take a word. Must not know how they were typed.

use super::act::{self, act, show};
use super::run;
use crate::action::{Action, Scope};
use crate::domain::fleet::DatabaseId;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::run::Control;
use crate::tui::model::{Model, View};
use crate::tui::msg::Effect;
use crate::tui::overlays::export::understood;
use crate::tui::overlays::help::Help;
use crate::tui::overlays::launch::{self, Wanted};
use crate::tui::overlays::palette::WITH_WORD;
use crate::tui::overlays::{Overlay, at_once};

/// Runs a line, or says what is wrong with it.
pub(super) fn run(model: &mut Model, line: &str) -> Result<Vec<Effect>, String> {
    let (head, raw) = line.split_once(' ').unwrap_or((line, ""));
    let word = raw.trim();
    match (head, word) {
        ("", _) => Ok(Vec::new()),
        ("q" | "quit", "") => Ok(vec![Effect::Quit]),
        ("tenants", text) if !text.is_empty() => {
            show(model, View::Tenants);
            filtered(model, text)
        }
        ("filter", text) if model.view == View::Fleet => {
            show(model, View::Tenants);
            filtered(model, text)
        }
        ("filter", text) if !text.is_empty() => filtered(model, text),
        ("theme", name) if !name.is_empty() => {
            if !model.themes.iter().any(|theme| theme == name) {
                return Err(format!("there is no theme {name}"));
            }
            name.clone_into(&mut model.theme);
            Ok(Vec::new())
        }
        ("sort", id) if !id.is_empty() => {
            if !model.sort_choices().iter().any(|choice| choice.id == id) {
                return Err(format!("there is no column {id} here"));
            }
            act::sort(model, id);
            Ok(Vec::new())
        }
        ("open", name) if !name.is_empty() => opened(model, raw),
        ("export", file) if !file.is_empty() => {
            let path = understood(file)?;
            super::export(model, path, false)
        }
        ("concurrency", many) if !many.is_empty() => work_on(model, many),
        ("drop", name) if !name.is_empty() => drop_schema(model, raw),
        ("clone", names) if !names.is_empty() => clone(model, names),
        ("rename", to) if !to.is_empty() => rename(model, to),
        ("help", about) if !about.is_empty() => {
            model.overlays.push(Overlay::Help(Help::about(about)));
            Ok(Vec::new())
        }
        (id, "") => match (Action::from_id(id), wanted_word(id)) {
            (Some(action), _) => Ok(act(model, action)),
            (None, Some(word)) => Err(format!("a word is wanted: {id} {word}")),
            (None, None) => Err(format!("there is no command {id}")),
        },
        (head, _) => Err(format!("{head} takes no word")),
    }
}

/// The word that a command must have, as the palette calls it.
fn wanted_word(id: &str) -> Option<&'static str> {
    let (_, words) = WITH_WORD.iter().find(|(head, _)| *head == id)?;
    Some(words.split_once(':').map_or(*words, |(word, _)| word))
}

/// Lets the open run work on so many targets at once.
fn work_on(model: &mut Model, many: &str) -> Result<Vec<Effect>, String> {
    if model.scope() != Scope::Run {
        return Err("this is no run".to_owned());
    }
    if let Some(why) = model.refusal(Action::Concurrency) {
        return Err(why);
    }
    let now = at_once::understood(many)?;
    let run = model.chosen_run().ok_or("there is no run")?;
    Ok(vec![Effect::ControlRun(run.id, Control::Concurrency { now })])
}

fn filtered(model: &mut Model, text: &str) -> Result<Vec<Effect>, String> {
    if model.view == View::Tenants {
        crate::domain::filter::Filter::parse(text).map_err(|error| error.to_string())?;
    }
    super::filter(model, text);
    crate::tui::overlays::prompt::remember(&mut model.filters, text);
    Ok(Vec::new())
}

/// Opens the dialog before a schema goes.
fn drop_schema(model: &mut Model, name: &str) -> Result<Vec<Effect>, String> {
    model.is_read_only().map_or(Ok(()), Err)?;
    let (_, schema) = named(model, name)?;
    let wanted = Wanted::drop_of(schema, run::is_production(model));
    Ok(run::open_dialog(model, wanted, 0))
}

/// Opens the dialog before the schema under the cursor gets another name.
fn rename(model: &mut Model, to: &str) -> Result<Vec<Effect>, String> {
    model.is_read_only().map_or(Ok(()), Err)?;
    let schema = run::chosen(model).ok_or("there is no schema under the cursor")?;
    let wanted = Wanted::rename(schema, to.to_owned(), run::is_production(model));
    Ok(run::open_dialog(model, wanted, 0))
}

/// Opens the dialog before schemas of these names are made like the one under the cursor.
fn clone(model: &mut Model, names: &str) -> Result<Vec<Effect>, String> {
    model.refusal(Action::Clone).map_or(Ok(()), Err)?;
    let (source, _) = model.to_clone()?;
    let names = launch::names(names, &source.database, &model.fleet)?;
    let wanted = Wanted::clones(source, names, run::is_production(model));
    Ok(run::open_dialog(model, wanted, 0))
}

/// Opens a schema by its name.
fn opened(model: &mut Model, name: &str) -> Result<Vec<Effect>, String> {
    let (id, path) = named(model, name)?;
    Ok(act::open(model, id, path.schema))
}

/// The schema that a person means by its raw or shown name, with its database before a slash where two databases have it. Blanks at
/// the ends belong to the name where there is such a schema.
fn named(model: &Model, typed: &str) -> Result<(DatabaseId, SchemaPath), String> {
    match called(model, typed)? {
        Some(found) => Ok(found),
        None => called(model, typed.trim())?.ok_or_else(|| format!("there is no schema {}", typed.trim())),
    }
}

fn called(model: &Model, name: &str) -> Result<Option<(DatabaseId, SchemaPath)>, String> {
    let fits = |entry: &crate::domain::fleet::Entry<'_>| {
        let path = entry.path();
        entry.schema_name() == name
            || shown(entry.schema_name()) == name
            || path.to_string() == name
            || format!("{}/{}", path.database, path.schema) == name
    };
    let mut found: Vec<_> = model.fleet.entries().filter(|entry| entry.schema.is_some() && fits(entry)).collect();
    found.dedup_by_key(|entry| entry.path());
    match found.as_slice() {
        [] => Ok(None),
        [entry] => Ok(Some((entry.id, entry.path()))),
        several => {
            let paths: Vec<_> = several.iter().map(|entry| entry.path().to_string()).collect();
            Err(format!("{} of them: {}", paths.len(), paths.join(", ")))
        }
    }
}
