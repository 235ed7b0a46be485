//! Screen 3, Drift: classes of equal schemas instead of ten thousand rows, once by structure and once by history. Must not know
//! how facts are read, nor how they are judged.

mod rows;
mod view;

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use self::rows::{Key, Row, Section};
use super::compare::Subject;
use super::{Context, Direction, Look, Reply, ToMend, to_mend, verdict};
use crate::action::Action;
use crate::domain::drift::{CohortId, LedgerState};
use crate::domain::fleet::{DatabaseId, Fleet};
use crate::domain::name::shown;
use crate::domain::record::Record;
use crate::domain::units;
use crate::drift;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::list::Cursor;

/// The state of screen 3.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DriftScreen {
    /// The section that the cursor is in.
    section: Section,
    shapes: Cursor,
    ledgers: Cursor,
    /// The row under the cursor, so that it stays there when rows come and go; `None` until the person moved.
    pinned: Option<Key>,
    filter: String,
    #[serde(skip)]
    shape_rows: Vec<Row>,
    #[serde(skip)]
    ledger_rows: Vec<Row>,
}

impl DriftScreen {
    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let window = self.window(self.section, context);
        let len = self.rows(self.section).len();
        let at = self.cursor(self.section).at;
        match action {
            // At the end of a section the cursor goes on in the next one.
            Action::Down if at + 1 >= len && self.section == Section::Shape => self.jump(Action::Top, context),
            Action::Up if at == 0 && self.section == Section::Ledger => self.jump(Action::Bottom, context),
            Action::NextTab | Action::PrevTab => {
                self.section = self.section.other();
                self.pin();
            }
            Action::Open | Action::Diff => return self.open(context),
            Action::NextMatch => return self.seek(context, Direction::Ascending),
            Action::PrevMatch => return self.seek(context, Direction::Descending),
            Action::MarkAll => return self.mark(context),
            Action::Unmark => return Reply::SetMarks(BTreeSet::new()),
            action => {
                if self.cursor_mut().act(action, len, window) {
                    self.pin();
                }
            }
        }
        Reply::Done
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (_, y): (u16, u16), context: &Context<'_>) -> bool {
        let places = view::places(self, context.fleet, context.area);
        for section in Section::ALL {
            let place = places.of(section);
            if y < place.y || y >= place.bottom() {
                continue;
            }
            let before = std::mem::replace(&mut self.section, section);
            let len = self.rows(section).len();
            let clicked = self.cursor_mut().click(y - place.y, len, usize::from(place.height));
            if clicked.is_none() {
                self.section = before;
            }
            self.pin();
            return clicked == Some(true) && before == section;
        }
        false
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        let fleet = context.fleet;
        let wanted = self.filter.to_lowercase();
        let fits = |row: &Row| wanted.is_empty() || self::text(row, fleet).to_lowercase().contains(&wanted);
        self.shape_rows = rows::of(Section::Shape, fleet).into_iter().filter(&fits).collect();
        self.ledger_rows = rows::of(Section::Ledger, fleet).into_iter().filter(&fits).collect();
        let found = self.pinned.and_then(|pinned| {
            Section::ALL
                .into_iter()
                .find_map(|section| Some((section, self.rows(section).iter().position(|row| row.key == pinned)?)))
        });
        if let Some((section, at)) = found {
            self.section = section;
            self.cursor_mut().at = at;
        } else if self.pinned.is_none() && self.rows(self.section).is_empty() && !self.rows(self.section.other()).is_empty()
        {
            // Before the first move the cursor is where there is something to choose.
            self.section = self.section.other();
        }
        for section in Section::ALL {
            let (len, window) = (self.rows(section).len(), self.window(section, context));
            let before = std::mem::replace(&mut self.section, section);
            self.cursor_mut().keep(len, window);
            self.section = before;
        }
    }

    /// Shows only cohorts whose name, or what differs in them, holds this text; the empty text shows all. The cursor stays on its
    /// row; where that is hidden it goes to the first one.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        text.trim().clone_into(&mut self.filter);
        self.facts_changed(context);
        let is_shown =
            |pinned: Key| Section::ALL.iter().any(|section| self.rows(*section).iter().any(|row| row.key == pinned));
        if !self.pinned.is_some_and(is_shown) {
            (self.section, self.shapes, self.ledgers, self.pinned) = Default::default();
            self.facts_changed(context);
        }
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// All rows that the filter shows, of both sections.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        self.shape_rows.iter().chain(&self.ledger_rows).filter_map(|row| rows::record(row, context.fleet)).collect()
    }

    /// The filter of screen 2 that shows the schemas of the chosen row.
    pub fn selected_filter(&self, fleet: &Fleet) -> Option<String> {
        self.selected().map(|row| rows::filter(row.key, &fleet.drift))
    }

    /// The cohort under the cursor.
    pub fn selected_cohort(&self) -> Option<CohortId> {
        match self.selected()?.key {
            Key::Shape(id) | Key::History(id) => Some(id),
            Key::LedgerState(_) | Key::ShapeState(_) => None,
        }
    }

    /// A schema of the cohort under the cursor, when that is one of structures.
    pub fn selected_representative(&self, fleet: &Fleet) -> Option<(DatabaseId, String)> {
        let Key::Shape(id) = self.selected()?.key else { return None };
        let it = &fleet.drift.shape(id)?.representative;
        Some((it.database, it.schema.clone()))
    }

    /// What a proposal for the cohort under the cursor would be about, or why there is none.
    pub fn to_mend<'a>(&self, fleet: &'a Fleet) -> Result<ToMend<'a>, String> {
        let no_more = || "no schema is in this cohort any more".to_owned();
        match self.selected().map(|row| row.key) {
            Some(Key::Shape(id)) => {
                let cohort = fleet.drift.shape(id).ok_or_else(no_more)?;
                if cohort.differences.is_empty() {
                    return Err(to_mend::unmended_shape(LedgerState::Unknown));
                }
                let unknown = || "the structure of the reference is not known".to_owned();
                let reference = drift::reference(fleet).ok_or_else(unknown)?;
                Ok(ToMend { schema: &cohort.representative.schema, reference, differences: &cohort.differences })
            }
            Some(Key::History(id)) => Err(to_mend::unmended_ledger(fleet.drift.history(id).ok_or_else(no_more)?.state)),
            Some(Key::LedgerState(state)) => Err(to_mend::unmended_ledger(state)),
            Some(Key::ShapeState(_)) => Err("these structures could not be read".to_owned()),
            None => Err("there is no cohort under the cursor".to_owned()),
        }
    }

    /// The line above the footer: what is under the cursor, or what is wrong.
    pub fn status(&self, context: &Context<'_>) -> String {
        let drift = &context.fleet.drift;
        let mut parts = Vec::new();
        if !self.filter.is_empty() {
            parts.push(shown(&self.filter).into_owned());
        }
        if let Some(row) = self.selected() {
            let schemas = if row.members == 1 { "schema" } else { "schemas" };
            let members = format!("{} {schemas}", units::count(row.members));
            let like = match row.key {
                Key::Shape(id) => drift.shape(id).map(|it| &it.representative),
                Key::History(id) => drift.history(id).map(|it| &it.representative),
                Key::LedgerState(_) | Key::ShapeState(_) => None,
            };
            parts.push(match row.key {
                Key::Shape(id) | Key::History(id) => format!("cohort {}", drift.name(id)),
                _ => rows::name(row, drift, &Glyphs::unicode()),
            });
            parts.push(members);
            parts.extend(like.map(|it| format!("such as {}", verdict::place(it, context.fleet))));
        }
        if !context.marks.is_empty() {
            parts.push(format!("{} marked", units::count(context.marks.len() as u64)));
        }
        if !drift.shared_apps.is_empty() && self.section == Section::Ledger {
            let apps: Vec<_> = drift.shared_apps.iter().map(|app| shown(app)).collect();
            parts.push(format!("shared apps left out: {}", apps.join(", ")));
        }
        parts.join(" · ")
    }

    /// Draws the screen.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        view::draw(self, context, look, frame.buffer_mut(), area);
    }

    fn rows(&self, section: Section) -> &[Row] {
        match section {
            Section::Shape => &self.shape_rows,
            Section::Ledger => &self.ledger_rows,
        }
    }

    fn cursor(&self, section: Section) -> &Cursor {
        match section {
            Section::Shape => &self.shapes,
            Section::Ledger => &self.ledgers,
        }
    }

    fn cursor_mut(&mut self) -> &mut Cursor {
        match self.section {
            Section::Shape => &mut self.shapes,
            Section::Ledger => &mut self.ledgers,
        }
    }

    fn selected(&self) -> Option<&Row> {
        self.rows(self.section).get(self.cursor(self.section).at)
    }

    fn window(&self, section: Section, context: &Context<'_>) -> usize {
        usize::from(view::places(self, context.fleet, context.area).of(section).height)
    }

    fn pin(&mut self) {
        self.pinned = self.selected().map(|row| row.key);
    }

    /// Goes to the other section, to its first or last row.
    fn jump(&mut self, to: Action, context: &Context<'_>) {
        let other = self.section.other();
        if self.rows(other).is_empty() {
            return;
        }
        self.section = other;
        let (len, window) = (self.rows(other).len(), self.window(other, context));
        self.cursor_mut().act(to, len, window);
        self.pin();
    }

    fn open(&self, context: &Context<'_>) -> Reply {
        match self.selected().map(|row| row.key) {
            Some(Key::Shape(id)) => Reply::Compare(Subject::Shape(id)),
            Some(Key::History(id)) => Reply::Compare(Subject::History(id)),
            Some(key) => Reply::ShowTenants(rows::filter(key, &context.fleet.drift)),
            None => Reply::Done,
        }
    }

    /// Goes to the next cohort that is drift, through both sections and round the end.
    fn seek(&mut self, context: &Context<'_>, direction: Direction) -> Reply {
        let all: Vec<(Section, usize, bool)> = Section::ALL
            .into_iter()
            .flat_map(|section| self.rows(section).iter().enumerate().map(move |(at, row)| (section, at, row.is_drift)))
            .collect();
        let here = (self.section, self.cursor(self.section).at);
        let Some(from) = all.iter().position(|(section, at, _)| (*section, *at) == here) else { return Reply::Done };
        let len = all.len();
        let step = |offset: usize| match direction {
            Direction::Ascending => (from + offset) % len,
            Direction::Descending => (from + len - offset) % len,
        };
        let Some(found) = (1..=len).map(step).find(|at| all[*at].2) else {
            return Reply::Say("no cohort has drifted".to_owned());
        };
        let round = if direction == Direction::Ascending { found <= from } else { found >= from };
        let (section, at, _) = all[found];
        self.section = section;
        let (len, window) = (self.rows(section).len(), self.window(section, context));
        self.cursor_mut().put(at, len, window);
        self.pin();
        if round { Reply::Say("round the end".to_owned()) } else { Reply::Done }
    }

    /// Marks all schemas of the chosen row.
    fn mark(&self, context: &Context<'_>) -> Reply {
        let Some(row) = self.selected() else { return Reply::Done };
        let mut marks = context.marks.clone();
        marks.extend(rows::members(row.key, context));
        Reply::SetMarks(marks)
    }
}

/// Everything that a filter looks into.
fn text(row: &Row, fleet: &Fleet) -> String {
    let glyphs = Glyphs::unicode();
    let drift = &fleet.drift;
    let mut text = rows::name(row, drift, &glyphs);
    match row.key {
        Key::Shape(id) => {
            for difference in drift.shape(id).iter().flat_map(|it| &it.differences) {
                text.extend([" ", &shown(&difference.object().label())]);
            }
            text.extend(drift.shape(id).map(|it| format!(" {}", it.state.word())));
        }
        Key::History(id) => {
            text.extend([" ", &drift.name(id)]);
            for migration in drift.history(id).iter().flat_map(|it| it.missing.iter().chain(&it.extra).chain(&it.dirty)) {
                text.extend([" ", &shown(&migration.label())]);
            }
        }
        Key::LedgerState(_) | Key::ShapeState(_) => {}
    }
    text
}
