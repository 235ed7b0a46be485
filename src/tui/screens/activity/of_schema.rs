//! The sessions of one schema: a tab of the opened schema, with the rows and the words of screen 6. Must not know the other tabs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::rows::{self, Key, Row, Section};
use super::{explain, record_of, tally, view};
use crate::action::Action;
use crate::domain::fleet::DatabaseId;
use crate::domain::name::shown;
use crate::domain::record::Record;
use crate::tui::parts::list::Cursor;
use crate::tui::screens::{Context, Look, Reply};
use crate::tui::theme::ThemeRole;

/// The state of the tab.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::tui::screens) struct SessionsOf {
    filter: String,
    cursor: Cursor,
    /// The row under the cursor, so that it stays there when rows come and go; `None` until the person moved.
    pinned: Option<Key>,
    #[serde(skip)]
    rows: Vec<Row>,
}

impl SessionsOf {
    /// Does an action. The area of the context is that of the tab.
    pub(in crate::tui::screens) fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        if action == Action::Open {
            return self.rows.get(self.cursor.at).map_or(Reply::Done, |row| explain::row(row, context));
        }
        if self.cursor.act(action, self.rows.len(), window(context)) {
            self.pinned = self.rows.get(self.cursor.at).map(|row| row.key.clone());
        }
        Reply::Done
    }

    /// Puts the cursor on the row in a line of the list; whether it was there already.
    pub(in crate::tui::screens) fn click(&mut self, line: u16, context: &Context<'_>) -> bool {
        let clicked = self.cursor.click(line, self.rows.len(), window(context));
        self.pinned = self.rows.get(self.cursor.at).map(|row| row.key.clone());
        clicked == Some(true)
    }

    /// To be called after sessions, filter or area changed.
    pub(in crate::tui::screens) fn arrange(&mut self, id: DatabaseId, name: &str, context: &Context<'_>) {
        self.rows = rows::of_schema(id, name, &self.filter, context);
        let found = self.pinned.as_ref().and_then(|key| self.rows.iter().position(|row| row.key == *key));
        self.cursor.at = found.unwrap_or(self.cursor.at);
        self.cursor.keep(self.rows.len(), window(context));
    }

    pub(in crate::tui::screens) fn filter(&self) -> &str {
        &self.filter
    }

    pub(in crate::tui::screens) fn set_filter(&mut self, text: &str) {
        text.trim().clone_into(&mut self.filter);
    }

    pub(in crate::tui::screens) fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        self.rows.iter().filter_map(|row| record_of(row, context)).collect()
    }

    /// The pid under the cursor.
    pub(in crate::tui::screens) fn to_copy(&self) -> Option<String> {
        match &self.rows.get(self.cursor.at)?.key {
            Key::Session(_, pid) => Some(pid.to_string()),
            Key::Prepared(_, name) => Some(name.clone()),
            Key::Group(..) => None,
        }
    }

    /// The line above the keys.
    pub(in crate::tui::screens) fn status(&self, id: DatabaseId, context: &Context<'_>) -> String {
        let Some(facts) = context.watch.facts(id) else { return "reading".to_owned() };
        let mut parts = vec![tally(&self.rows, context).words()];
        parts.extend((!self.filter.is_empty()).then(|| shown(&self.filter).into_owned()));
        parts.push(format!("as of {}", context.time_of_day(facts.as_of)));
        parts.join(" · ")
    }

    pub(in crate::tui::screens) fn draw(
        &self,
        id: DatabaseId,
        context: &Context<'_>,
        look: &Look<'_>,
        buffer: &mut Buffer,
        area: Rect,
    ) {
        let empty = match (context.watch.facts(id), context.watch.fault(id)) {
            (None, Some(fault)) => (format!("{} {}", look.glyphs.danger, fault.what), ThemeRole::Danger),
            (None, None) => ("reading".to_owned(), ThemeRole::Dim),
            (Some(_), _) if !self.filter.is_empty() => {
                (format!("nothing matches  {}", shown(&self.filter)), ThemeRole::Text)
            }
            (Some(_), _) => ("no session holds a lock here, nor names this schema in its query".to_owned(), ThemeRole::Dim),
        };
        view::table(Section::Sessions, &self.rows, &self.cursor, &[empty], context, look, buffer, area);
    }
}

/// How many rows are in view below the heading.
fn window(context: &Context<'_>) -> usize {
    usize::from(context.area.1.saturating_sub(1))
}
