//! The pane of one run: its sections, the cursor in each, and what is chosen. Must not draw.

use std::collections::BTreeSet;

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::digest::{Digest, Reason, Spot};
use super::{view, words};
use crate::action::Action;
use crate::domain::name::shown;
use crate::domain::record::Record;
use crate::domain::record::run::{TargetLine, of_target};
use crate::domain::run::{RunId, TargetId};
use crate::domain::units;
use crate::plan::Plan;
use crate::tui::parts::list::Cursor;
use crate::tui::runs::Followed;
use crate::tui::screens::describe::counted;
use crate::tui::screens::{Context, Reply};

/// The lists of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Section {
    Flights,
    #[default]
    Failures,
    Stages,
    Notes,
}

impl Section {
    pub(super) const ALL: [Self; 4] = [Self::Flights, Self::Failures, Self::Stages, Self::Notes];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Flights => "IN FLIGHT",
            Self::Failures => "FAILURES BY CAUSE",
            Self::Stages => "STAGES",
            Self::Notes => "NOTES",
        }
    }
}

/// A line of the failures: a cause, or a target below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Trouble(usize),
    Target(usize, TargetId),
}

/// The state of a pane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pane {
    pub(super) id: RunId,
    pub(super) section: Section,
    cursors: [Cursor; 4],
    /// The causes whose targets are listed.
    unfolded: BTreeSet<Reason>,
    #[serde(skip)]
    pub(super) digest: Digest,
    /// The lines of the failures.
    #[serde(skip)]
    pub(super) rows: Vec<Row>,
}

impl Pane {
    pub(super) fn new(id: RunId) -> Self {
        Self {
            id,
            section: Section::default(),
            cursors: [Cursor::default(); 4],
            unfolded: BTreeSet::new(),
            digest: Digest::default(),
            rows: Vec::new(),
        }
    }

    pub(super) fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let Some(followed) = context.runs.followed(&self.id) else { return Reply::Done };
        match action {
            Action::NextTab => self.turn(1, context),
            Action::PrevTab => self.turn(Section::ALL.len() - 1, context),
            Action::Open => return self.open(followed, context),
            action => {
                let (len, window) = (self.len(self.section, followed), view::window(self, self.section, context));
                self.cursors[self.section as usize].act(action, len, window);
            }
        }
        Reply::Done
    }

    /// Unfolds a cause, or opens the schema of a target.
    fn open(&mut self, followed: &Followed, context: &Context<'_>) -> Reply {
        if let (Section::Failures, Some(Row::Trouble(at))) = (self.section, self.chosen_row())
            && let Some(reason) = self.digest.troubles.get(at).map(|trouble| trouble.reason)
        {
            if !self.unfolded.remove(&reason) {
                self.unfolded.insert(reason);
            }
            self.facts_changed(context);
            return Reply::Done;
        }
        let subject = self.target().and_then(|id| place(&followed.plan, id, context));
        subject.map_or(Reply::Done, |(database, schema)| Reply::OpenSchema(database, schema))
    }

    pub(super) fn facts_changed(&mut self, context: &Context<'_>) {
        let Some(followed) = context.runs.followed(&self.id) else { return };
        let before = self.chosen_row().and_then(|row| self.key(row));
        self.digest = Digest::of(followed);
        self.rows = Vec::new();
        for (at, trouble) in self.digest.troubles.iter().enumerate() {
            self.rows.push(Row::Trouble(at));
            if self.unfolded.contains(&trouble.reason) {
                self.rows.extend(trouble.targets.iter().map(|id| Row::Target(at, *id)));
            }
        }
        if let Some(found) = before.and_then(|key| self.rows.iter().position(|row| self.key(*row) == Some(key))) {
            self.cursors[Section::Failures as usize].at = found;
        }
        if !view::sections(self, context).contains(&self.section) {
            self.section = Section::Failures;
        }
        for section in Section::ALL {
            let len = self.len(section, followed);
            let window = view::window(self, section, context);
            self.cursors[section as usize].keep(len, window);
        }
    }

    /// What a row stays known by when others come and go.
    fn key(&self, row: Row) -> Option<(Reason, Option<TargetId>)> {
        let (at, target) = match row {
            Row::Trouble(at) => (at, None),
            Row::Target(at, id) => (at, Some(id)),
        };
        Some((self.digest.troubles.get(at)?.reason, target))
    }

    fn turn(&mut self, step: usize, context: &Context<'_>) {
        let there = view::sections(self, context);
        let at = there.iter().position(|section| *section == self.section).unwrap_or(0);
        let step = if step == 1 { 1 } else { there.len() - 1 };
        self.section = there[(at + step) % there.len()];
    }

    pub(super) fn click(&mut self, cell: (u16, u16), context: &Context<'_>) -> bool {
        let Some(followed) = context.runs.followed(&self.id) else { return false };
        let (width, height) = context.area;
        let area = Rect::new(0, 0, width, height);
        let Some((section, line)) = view::line_at(self, cell, area, context) else { return false };
        self.section = section;
        let Some(line) = line else { return false };
        let (len, window) = (self.len(section, followed), view::window(self, self.section, context));
        self.cursors[section as usize].click(line, len, window) == Some(true)
    }

    /// How many lines a section has.
    pub(super) fn len(&self, section: Section, followed: &Followed) -> usize {
        match section {
            Section::Flights => self.digest.flights.len(),
            Section::Failures => self.rows.len(),
            Section::Stages => self.digest.stages.len(),
            Section::Notes => followed.state.notes.len(),
        }
    }

    pub(super) fn cursor(&self, section: Section) -> &Cursor {
        &self.cursors[section as usize]
    }

    fn chosen_row(&self) -> Option<Row> {
        self.rows.get(self.cursor(Section::Failures).at).copied()
    }

    /// The target under the cursor; of a cause its first one.
    pub(super) fn target(&self) -> Option<TargetId> {
        match self.section {
            Section::Flights => self.digest.flights.get(self.cursor(Section::Flights).at).map(|flight| flight.target),
            Section::Failures => match self.chosen_row()? {
                Row::Target(_, id) => Some(id),
                Row::Trouble(at) => self.digest.troubles.get(at)?.targets.first().copied(),
            },
            Section::Stages | Section::Notes => None,
        }
    }

    /// The line above the keys: more about what is chosen.
    pub(super) fn status(&self, context: &Context<'_>) -> String {
        let Some(followed) = context.runs.followed(&self.id) else { return String::new() };
        if let Some(fault) = &followed.fault {
            return shown(&fault.what).into_owned();
        }
        if let (Section::Failures, Some(Row::Trouble(at))) = (self.section, self.chosen_row())
            && let Some(reason) = self.digest.troubles.get(at).map(|trouble| trouble.reason)
        {
            let cause = reason.cause().and_then(|cause| followed.state.causes.get(usize::from(cause)));
            return match (cause.and_then(|(cause, _)| cause.hint.as_ref()), reason.spot()) {
                (Some(hint), _) => hint.clone(),
                (None, Spot::Failed) => "nothing of it is left in these schemas".to_owned(),
                (None, Spot::InDoubt) if followed.plan.kind.has_ledgers() => {
                    "their ledgers will tell whether it was committed".to_owned()
                }
                (None, Spot::InDoubt) => "what is there of them will tell whether it was committed".to_owned(),
                (None, Spot::Dirty) => "a migration that cannot run in a transaction ended half-way".to_owned(),
                _ => String::new(),
            };
        }
        self.target().map_or_else(|| migrations(followed), |id| about(followed, id))
    }
}

/// What became of each target, with raw values.
pub(super) fn records(followed: &Followed) -> Vec<Record> {
    let (plan, state) = (&followed.plan, &followed.state);
    let line = |(target, of): (&crate::plan::Target, &crate::domain::run::TargetState)| {
        of_target(TargetLine {
            run: &followed.id.0,
            database: plan.databases.get(usize::from(target.database)).map(|database| database.label.as_str()),
            schema: &target.schema,
            stage: words::stage(plan, target.stage),
            state: of,
            cause: of.cause.and_then(|cause| state.causes.get(usize::from(cause))).map(|(cause, _)| cause),
        })
    };
    plan.targets.iter().zip(&state.targets).map(|(target, of)| line((target, of))).collect()
}

/// The schema of a target among the databases of the console.
pub(super) fn place(plan: &Plan, id: TargetId, context: &Context<'_>) -> Option<(crate::domain::fleet::DatabaseId, String)> {
    let target = plan.targets.get(id as usize)?;
    let label = &plan.databases.get(usize::from(target.database))?.label;
    let at = context.fleet.databases.iter().position(|database| database.label == *label)?;
    Some((crate::domain::fleet::DatabaseId(at as u16), target.schema.clone()))
}

/// `acme · failed · 1 of 2 migrations · 12 ms · tried 3 times`.
fn about(followed: &Followed, id: TargetId) -> String {
    let Some(state) = followed.state.target(id) else { return String::new() };
    let mut parts = vec![words::target(&followed.plan, id), state.phase.word().to_owned()];
    parts.extend(followed.state.progress.get(&id).map(|it| words::progress(it, "·")));
    let has_steps = words::has_migrations(&followed.plan);
    parts.extend(has_steps.then(|| format!("{} of {} migrations", state.done, state.steps)));
    parts.extend((state.ms > 0).then(|| units::span(jiff::SignedDuration::from_millis(i64::from(state.ms)))));
    parts.extend((state.tries > 0).then(|| format!("tried {} times", state.tries)));
    parts.extend(state.by_another.then(|| "applied by another".to_owned()));
    parts.join(" · ")
}

fn migrations(followed: &Followed) -> String {
    if !words::has_migrations(&followed.plan) {
        return String::new();
    }
    let applied = counted(followed.state.migrations as u32, "migration", "migrations");
    let workers = followed.state.workers;
    let again = if workers > 1 { format!(" · taken up {workers} times") } else { String::new() };
    format!("{applied} applied{again}")
}
