//! What differs: a cohort or a schema against what it should be, or two schemas against each other. Must not know how structures
//! are read, nor how they are compared.

mod found;
mod view;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use self::found::{Found, Nothing};
use super::{Context, Direction, Look, Reply, ToMend, to_mend, verdict};
use crate::action::Action;
use crate::domain::catalog::SchemaDetail;
use crate::domain::drift::{CohortId, LedgerState};
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, Fleet};
use crate::domain::name::{SchemaPath, shown};
use crate::domain::record::{self, Record};
use crate::domain::structure::{Difference, Structure};
use crate::tui::parts::diff::Sheet;
use crate::tui::parts::list::Cursor;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A cohort of structures against the reference.
    Shape(CohortId),
    /// A cohort of histories against the head.
    History(CohortId),
    /// A schema against the reference and the head.
    Schema(DatabaseId, String),
    /// Two schemas.
    Pair((DatabaseId, String), (DatabaseId, String)),
}

impl Subject {
    /// The schemas that must be read for it, raw.
    pub fn schemas(&self) -> Vec<(DatabaseId, String)> {
        match self {
            Self::Shape(_) | Self::History(_) => Vec::new(),
            Self::Schema(id, name) => vec![(*id, name.clone())],
            Self::Pair(one, other) => vec![one.clone(), other.clone()],
        }
    }
}

/// The state of the view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareScreen {
    subject: Subject,
    /// Whether histories are left out.
    is_shape_alone: bool,
    filter: String,
    /// The first line in view.
    top: Cursor,
    /// Structures that were read for this view: newer than those of the classes.
    read: Vec<(DatabaseId, String, Result<Structure, Fault>)>,
    #[serde(skip)]
    found: Found,
    #[serde(skip)]
    sheet: Sheet,
}

impl CompareScreen {
    /// A view of a subject; what must be read for it is still to come.
    pub fn new(subject: Subject) -> Self {
        let (found, sheet) = (Found::default(), Sheet::default());
        Self {
            subject,
            is_shape_alone: false,
            filter: String::new(),
            top: Cursor::default(),
            read: Vec::new(),
            found,
            sheet,
        }
    }

    /// The same without the histories, for a place that shows them otherwise.
    #[must_use]
    pub fn without_ledger(self) -> Self {
        Self { is_shape_alone: true, ..self }
    }

    /// How many differences are drift; `None` while that is not known.
    pub fn drifted(&self) -> Option<usize> {
        let known = self.found.nothing == Nothing::Equal;
        known.then(|| self.found.differences.iter().filter(|difference| difference.is_drift()).count())
    }

    /// What is looked at.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Takes a schema in that was read. Whether it is one of those that are looked at.
    pub fn take(&mut self, database: DatabaseId, name: &str, detail: &Result<SchemaDetail, Fault>) -> bool {
        if !self.subject.schemas().iter().any(|(id, known)| *id == database && known == name) {
            return false;
        }
        let structure = detail.as_ref().map_err(Clone::clone).and_then(|detail| detail.structure.clone());
        let known = self.read.iter().position(|(id, known, _)| *id == database && known == name);
        match known {
            // What was read before stays when a second reading fails.
            Some(at) if structure.is_err() && self.read[at].2.is_ok() => {}
            Some(at) => self.read[at].2 = structure,
            None => self.read.push((database, name.to_owned(), structure)),
        }
        true
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let window = view::window(context.area);
        let places = (self.sheet.len() + 1).saturating_sub(window);
        match action {
            Action::Open => return self.open(context.fleet),
            Action::NextMatch => return self.seek(Direction::Ascending, places),
            Action::PrevMatch => return self.seek(Direction::Descending, places),
            Action::HalfDown | Action::HalfUp | Action::PageDown | Action::PageUp => {
                let step = if matches!(action, Action::HalfDown | Action::HalfUp) { window.div_ceil(2) } else { window };
                let down = matches!(action, Action::HalfDown | Action::PageDown);
                let at = if down { self.top.at + step } else { self.top.at.saturating_sub(step) };
                self.top.put(at, places, 1);
            }
            action => {
                self.top.act(action, places, 1);
            }
        }
        Reply::Done
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        self.found = Found::of(&self.subject, &self.read, context.fleet);
        if self.is_shape_alone {
            self.found.forget_histories();
        }
        self.arrange(context);
    }

    /// Shows only differences whose object holds this text; the empty text shows all.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        text.trim().clone_into(&mut self.filter);
        self.top = Cursor::default();
        self.arrange(context);
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The differences, as they are written to a file.
    pub fn shown_rows(&self) -> Vec<Record> {
        self.shown_differences().map(record::drift::of_difference).collect()
    }

    /// What is looked at as a name that a person can give again: of the cohort, or of the schema.
    pub fn title(&self, fleet: &Fleet) -> String {
        match &self.subject {
            Subject::Shape(id) | Subject::History(id) => fleet.drift.name(*id),
            Subject::Schema(id, name) => verdict::called(fleet, *id, name),
            Subject::Pair((_, one), (id, other)) => format!("{} {}", shown(one), verdict::called(fleet, *id, other)),
        }
    }

    /// What a proposal would be about, or why there is none.
    pub fn to_mend(&self, fleet: &Fleet) -> Result<ToMend<'_>, String> {
        let found = &self.found;
        if let (Some(reference), Some(schema)) = (found.reference.as_deref(), found.here_schema.as_deref())
            && !found.differences.is_empty()
        {
            return Ok(ToMend { schema, reference, differences: &found.differences });
        }
        let ledger =
            |id, name: &str| verdict::schema(fleet, id, name).map(|schema| schema.verdict.ledger).unwrap_or_default();
        Err(match (&found.nothing, &self.subject) {
            (Nothing::Reading, _) => "it is still being read".to_owned(),
            (Nothing::Unknown(why), _) => why.clone(),
            (Nothing::Fault(fault), _) => fault.what.clone(),
            (Nothing::Equal, _) if !found.differences.is_empty() => "the structure of the reference is not known".to_owned(),
            (Nothing::Equal, Subject::History(id)) => {
                to_mend::unmended_ledger(fleet.drift.history(*id).map(|cohort| cohort.state).unwrap_or_default())
            }
            (Nothing::Equal, Subject::Schema(id, name)) => to_mend::unmended_shape(ledger(*id, name)),
            (Nothing::Equal, Subject::Shape(_)) => to_mend::unmended_shape(LedgerState::Unknown),
            (Nothing::Equal, Subject::Pair(..)) => "both have the same structure: there is nothing to propose".to_owned(),
        })
    }

    /// The two schemas that are compared, raw: what they should be first.
    pub fn sides(&self) -> Option<(SchemaPath, SchemaPath)> {
        self.found.sides.clone()
    }

    /// The line above the footer.
    pub fn status(&self, _context: &Context<'_>) -> String {
        let mut parts = vec![self.found.summary()];
        if !self.filter.is_empty() {
            parts.push(format!("{} shown", self.sheet.count()));
            parts.push(shown(&self.filter).into_owned());
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    /// Draws the view.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        self.draw(context, look, frame.buffer_mut(), area);
    }

    /// Draws the view into a part of a screen.
    pub(super) fn draw(&self, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
        view::draw(self, context, look, buffer, area);
    }

    fn shown_differences(&self) -> impl Iterator<Item = &Difference> + Clone {
        let wanted = self.filter.to_lowercase();
        self.found.differences.iter().filter(move |difference| {
            wanted.is_empty() || shown(&difference.object().label()).to_lowercase().contains(&wanted)
        })
    }

    fn arrange(&mut self, context: &Context<'_>) {
        let mut sheet = Sheet::new(context.area.0);
        let wanted = self.filter.to_lowercase();
        let fits = |it: &&crate::domain::history::Migration| shown(&it.label()).to_lowercase().contains(&wanted);
        let [missing, extra, dirty] = [&self.found.missing, &self.found.extra, &self.found.dirty]
            .map(|all| all.iter().filter(fits).cloned().collect::<Vec<_>>());
        sheet.migrations(&missing, &extra, &dirty);
        sheet.differences(&self.shown_differences());
        self.sheet = sheet;
        let window = view::window(context.area);
        self.top.keep((self.sheet.len() + 1).saturating_sub(window), 1);
    }

    /// The schemas of the cohort, or the schema itself.
    fn open(&self, fleet: &Fleet) -> Reply {
        match &self.subject {
            Subject::Shape(id) | Subject::History(id) => Reply::ShowTenants(format!("cohort:{}", fleet.drift.name(*id))),
            Subject::Schema(id, name) | Subject::Pair(_, (id, name)) => Reply::OpenSchema(*id, name.clone()),
        }
    }

    /// Goes to the next difference.
    fn seek(&mut self, direction: Direction, places: usize) -> Reply {
        let found = match direction {
            // The heading of a kind stays in sight above its first object.
            Direction::Ascending => self.sheet.next(self.top.at + 1).map(|at| at - 1),
            Direction::Descending => self.sheet.previous(self.top.at + 1).map(|at| at.saturating_sub(1)),
        };
        match found {
            Some(at) if at != self.top.at && (at < places || self.top.at + 1 < places) => {
                self.top.put(at, places, 1);
                Reply::Done
            }
            _ => Reply::Say("no other difference in this direction".to_owned()),
        }
    }
}
