//! Screen 6, Activity: sessions by tenant, who blocks whom, who would hold up a change of structure. Must not know how facts are
//! read, nor how they are judged.

mod cells;
mod explain;
mod of_schema;
mod rows;
mod view;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

pub(super) use self::cells::one_line;
pub(super) use self::of_schema::SessionsOf;
use self::rows::{Group, Key, Row, Section, Tally};
use super::{Context, Look, Reply};
use crate::action::Action;
use crate::domain::fleet::DatabaseId;
use crate::domain::name::shown;
use crate::domain::record::{Record, session as record};
use crate::domain::session::Session;
use crate::domain::units;
use crate::observer;
use crate::tui::parts::list::Cursor;

/// The state of screen 6.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ActivityScreen {
    section: Section,
    filter: String,
    /// One for each section.
    places: [Place; 3],
    #[serde(skip)]
    rows: [Vec<Row>; 3],
}

/// Where a person is in a section.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Place {
    cursor: Cursor,
    /// The row under the cursor, so that it stays there when rows come and go; `None` until the person moved.
    pinned: Option<Key>,
}

impl ActivityScreen {
    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        match action {
            Action::NextTab | Action::Right => self.turn(1, context),
            Action::PrevTab | Action::Left => self.turn(Section::ALL.len() - 1, context),
            Action::Open => return self.open(context),
            action => {
                let (len, window) = (self.shown().len(), view::window(self.section, context));
                if self.place_mut().cursor.act(action, len, window) {
                    self.pin();
                }
            }
        }
        Reply::Done
    }

    /// To be called after the fleet or its sessions changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        for (at, section) in Section::ALL.into_iter().enumerate() {
            let rows = rows::of(section, &self.filter, context);
            let place = &mut self.places[at];
            if let Some(found) = place.pinned.as_ref().and_then(|key| rows.iter().position(|row| row.key == *key)) {
                place.cursor.at = found;
            }
            place.cursor.keep(rows.len(), view::window(section, context));
            self.rows[at] = rows;
        }
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (x, y): (u16, u16), context: &Context<'_>) -> bool {
        if y == 0 {
            if let Some(section) = view::tab_at(self, x, context) {
                self.section = section;
                self.facts_changed(context);
            }
            return false;
        }
        let Some(line) = y.checked_sub(view::ABOVE) else { return false };
        let (len, window) = (self.shown().len(), view::window(self.section, context));
        if usize::from(line) >= window {
            return false;
        }
        let clicked = self.place_mut().cursor.click(line, len, window);
        self.pin();
        clicked == Some(true)
    }

    /// Shows only rows that hold this text; the empty text shows all.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        text.trim().clone_into(&mut self.filter);
        self.facts_changed(context);
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// What `y` copies: the pid, the name of a prepared transaction, the quoted name of a schema.
    pub fn to_copy(&self) -> Option<String> {
        match &self.selected()?.key {
            Key::Session(_, 0) => None,
            Key::Session(_, pid) => Some(pid.to_string()),
            Key::Prepared(_, name) => Some(name.clone()),
            Key::Group(_, Group::Tenant(name) | Group::Shared(name)) => Some(observer::identifier(&[name])),
            Key::Group(..) => None,
        }
    }

    /// The server process under the cursor, or why there is none.
    pub fn process(&self) -> Result<(DatabaseId, i32), String> {
        match self.selected().map(|row| &row.key) {
            Some(Key::Session(id, pid)) if *pid != 0 => Ok((*id, *pid)),
            Some(Key::Prepared(..)) => Err("a prepared transaction has no process: ROLLBACK PREPARED ends it".to_owned()),
            _ => Err("there is no session under the cursor".to_owned()),
        }
    }

    /// The rows that the section shows, with raw values; groups are no rows of a file.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        self.shown().iter().filter_map(|row| record_of(row, context)).collect()
    }

    /// Draws the screen.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        view::draw(self, context, look, frame.buffer_mut(), area);
    }

    /// The line above the keys.
    pub fn status(&self, context: &Context<'_>) -> String {
        if context.watch.as_of().is_none() {
            return String::new();
        }
        let mut parts = Vec::new();
        match self.section {
            Section::Sessions => parts.push(tally(&self.rows[0], context).words()),
            Section::Blocking => {
                let waiting = self.shown().iter().filter(|row| row.depth > 0 || row.is_cycle).count();
                parts.push(counted(waiting, "session waits for a lock", "sessions wait for a lock"));
            }
            Section::HoldUp => {
                parts.push(counted(self.shown().len(), "transaction", "transactions"));
                parts.push(match context.marks.len() {
                    0 => "against any tenant; marks narrow it".to_owned(),
                    marks => format!("against {} of screen 2", counted(marks, "marked schema", "marked schemas")),
                });
            }
        }
        parts.extend((!self.filter.is_empty()).then(|| shown(&self.filter).into_owned()));
        parts.extend(context.watch.as_of().map(|at| format!("as of {}", context.time_of_day(at))));
        parts.join(" · ")
    }

    fn open(&self, context: &Context<'_>) -> Reply {
        let Some(row) = self.selected() else { return Reply::Done };
        match &row.key {
            Key::Group(id, Group::Tenant(name) | Group::Shared(name)) => Reply::OpenSchema(*id, name.clone()),
            _ => explain::row(row, context),
        }
    }

    fn turn(&mut self, step: usize, context: &Context<'_>) {
        self.section = Section::ALL[(self.section as usize + step) % Section::ALL.len()];
        self.facts_changed(context);
    }

    fn shown(&self) -> &[Row] {
        &self.rows[self.section as usize]
    }

    fn place(&self) -> &Place {
        &self.places[self.section as usize]
    }

    fn place_mut(&mut self) -> &mut Place {
        &mut self.places[self.section as usize]
    }

    fn selected(&self) -> Option<&Row> {
        self.shown().get(self.place().cursor.at)
    }

    fn pin(&mut self) {
        let key = self.selected().map(|row| row.key.clone());
        self.place_mut().pinned = key;
    }
}

/// `1 session`, `3 sessions`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", units::count(count as u64), if count == 1 { one } else { many })
}

/// How many of the sessions in these rows do what.
fn tally(rows: &[Row], context: &Context<'_>) -> Tally {
    let mut tally = Tally::default();
    for row in rows {
        row.session(context.watch).into_iter().for_each(|session: &Session| tally.add(session));
        tally.prepared += usize::from(row.prepared(context.watch).is_some());
    }
    tally
}

/// A row as it is written to a file.
fn record_of(row: &Row, context: &Context<'_>) -> Option<Record> {
    let label = &context.fleet.database(row.database())?.label;
    let as_of = context.watch.facts(row.database())?.as_of;
    let known_by = row.about.ground.word();
    match (row.session(context.watch), row.prepared(context.watch)) {
        (Some(session), _) => Some(record::of_session(label, session, &row.about.schemas, known_by, as_of)),
        (_, Some(prepared)) => Some(record::of_prepared(label, prepared, &row.about.schemas, known_by, as_of)),
        _ => None,
    }
}
