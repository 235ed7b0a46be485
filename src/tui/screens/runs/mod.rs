//! Screen 5, Runs: the list, and the live progress of one. Must not know how a journal is read, nor how a worker is told something.

mod digest;
mod head;
mod list;
mod log;
mod pane;
mod view;
mod words;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

pub use self::log::told as log_lines;
use self::pane::Pane;
pub(super) use self::words::person;
use super::{Context, Look, Reply};
use crate::action::Action;
use crate::domain::fleet::DatabaseId;
use crate::domain::name::shown;
use crate::domain::record::Record;
use crate::domain::run::{RunId, TargetId};
use crate::tui::model::plural;
use crate::tui::parts::list::Cursor;
use crate::tui::runs::{Followed, RunSummary};

/// The state of screen 5.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunsScreen {
    cursor: Cursor,
    /// The run under the cursor; `None` until the person moved.
    pinned: Option<RunId>,
    filter: String,
    opened: Option<Pane>,
}

impl RunsScreen {
    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        if let Some(pane) = &mut self.opened {
            return pane.act(action, context);
        }
        let runs = self.shown(context);
        if action == Action::Open {
            if let Some(id) = runs.get(self.cursor.at).map(|run| run.id.clone()) {
                self.open(id, context);
            }
        } else if self.cursor.act(action, runs.len(), list::window(context)) {
            self.pin(context);
        }
        Reply::Done
    }

    /// Opens the pane of a run.
    pub fn open(&mut self, id: RunId, context: &Context<'_>) {
        self.pinned = Some(id.clone());
        self.opened = Some(Pane::new(id));
        self.facts_changed(context);
    }

    /// Closes the pane; whether one was open. The run goes on.
    pub fn close(&mut self) -> bool {
        self.opened.take().is_some()
    }

    /// The run whose pane is open.
    pub fn opened(&self) -> Option<&RunId> {
        self.opened.as_ref().map(|pane| &pane.id)
    }

    /// The run that an action would be about.
    pub fn chosen(&self, context: &Context<'_>) -> Option<RunSummary> {
        match &self.opened {
            Some(pane) => context.runs.followed(&pane.id).map(Followed::summary),
            None => self.shown(context).get(self.cursor.at).copied().cloned(),
        }
    }

    /// The target that an action would be about.
    pub fn target(&self) -> Option<TargetId> {
        self.opened.as_ref()?.target()
    }

    /// The schema of that target among the databases of the console.
    pub fn target_schema(&self, context: &Context<'_>) -> Option<(DatabaseId, String)> {
        let pane = self.opened.as_ref()?;
        pane::place(&context.runs.followed(&pane.id)?.plan, pane.target()?, context)
    }

    /// The runs that the filter shows.
    fn shown<'a>(&self, context: &Context<'a>) -> Vec<&'a RunSummary> {
        let wanted = self.filter.to_lowercase();
        context
            .runs
            .list()
            .iter()
            .filter(|run| wanted.is_empty() || list::text(run).to_lowercase().contains(&wanted))
            .collect()
    }

    /// Shows only runs that match a text; an open pane has nothing to filter.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        if self.opened.is_none() {
            text.trim().clone_into(&mut self.filter);
            self.facts_changed(context);
        }
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        if self.opened.is_some() { "" } else { &self.filter }
    }

    /// The rows with raw values: the runs, or the targets of the open one.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        match &self.opened {
            Some(pane) => context.runs.followed(&pane.id).map(pane::records).unwrap_or_default(),
            None => self.shown(context).into_iter().map(|run| context.runs.record(run)).collect(),
        }
    }

    /// To be called after runs changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        let runs = self.shown(context);
        let found = self.pinned.as_ref().and_then(|id| runs.iter().position(|run| run.id == *id));
        let at = found.unwrap_or(self.cursor.at);
        let len = runs.len();
        self.cursor.put(at, len, list::window(context));
        if let Some(pane) = &mut self.opened {
            pane.facts_changed(context);
        }
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (x, y): (u16, u16), context: &Context<'_>) -> bool {
        if let Some(pane) = &mut self.opened {
            return pane.click((x, y), context);
        }
        let Some(line) = y.checked_sub(list::ABOVE) else { return false };
        let (len, window) = (self.shown(context).len(), list::window(context));
        let clicked = if usize::from(line) < window { self.cursor.click(line, len, window) } else { None };
        self.pin(context);
        clicked == Some(true)
    }

    /// Draws the screen.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        match &self.opened {
            Some(pane) => view::draw(pane, context, look, frame.buffer_mut(), area),
            None => list::draw(self, context, look, frame.buffer_mut(), area),
        }
    }

    /// The line above the keys.
    pub fn status(&self, context: &Context<'_>) -> String {
        if let Some(pane) = &self.opened {
            return pane.status(context);
        }
        if !context.runs.is_listed() {
            return String::new();
        }
        let live = context.runs.live().count();
        let live = if live > 0 { format!("{live} going on") } else { "none going on".to_owned() };
        if self.filter.is_empty() {
            return format!("{} · {live}", plural(context.runs.list().len(), "run"));
        }
        let (count, of) = (self.shown(context).len(), plural(context.runs.list().len(), "run"));
        format!("{count} of {of} · {} · {live}", shown(&self.filter))
    }

    fn pin(&mut self, context: &Context<'_>) {
        self.pinned = self.shown(context).get(self.cursor.at).map(|run| run.id.clone());
    }
}
