//! What of the console is about runs: which one is followed, what may be done to one, what is said of it at the end. Pure.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use super::model::{Model, View};
use super::runs::{RunSummary, what};
use crate::action::Action;
use crate::domain::fleet::DatabaseId;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::roles::Role;
use crate::domain::run::{End, Life, Pause, RunId};
use crate::domain::units;

impl Model {
    /// The screen of the tabs that the shown view belongs to.
    pub fn root(&self) -> View {
        let mut view = self.view;
        for _ in 0..2 {
            view = match (view, &self.schema, &self.compared) {
                (View::Schema, Some(opened), _) => opened.from,
                (View::Compare, _, Some(compared)) => compared.from,
                (view, ..) => view,
            };
        }
        view
    }

    /// The run whose journal is to be read: that of the open pane, also while something is opened above it.
    pub fn wanted_run(&self) -> Option<RunId> {
        self.runs_screen.opened().filter(|_| self.root() == View::Runs).cloned()
    }

    /// Whether runs are to be listed in a rhythm: while the list is shown, or screen 1 shows live ones.
    pub fn lists_runs(&self) -> bool {
        match self.view {
            View::Runs => self.runs_screen.opened().is_none(),
            View::Fleet => self.runs.live().next().is_some(),
            _ => false,
        }
    }

    /// After how long something of runs changes by the clock alone, or they are to be listed.
    pub(super) fn run_tick(&self) -> Option<Duration> {
        if self.lists_runs() {
            return Some(self.runs.next(self.now));
        }
        let followed = self.runs.followed(self.runs_screen.opened()?)?;
        // Its span, rate and remaining time are shown to the second.
        (self.view == View::Runs && followed.standing().is_live()).then_some(Duration::from_secs(1))
    }

    /// The run that an action would be about.
    pub fn chosen_run(&self) -> Option<RunSummary> {
        if self.view != View::Runs {
            return None;
        }
        self.runs_screen.chosen(&self.context())
    }

    /// The schema of the target under the cursor of a run's pane.
    pub(super) fn target_schema(&self) -> Option<(DatabaseId, String)> {
        if self.view != View::Runs {
            return None;
        }
        self.runs_screen.target_schema(&self.context())
    }

    /// Why nothing may be written here; `None` when it may.
    pub fn is_read_only(&self) -> Option<String> {
        (!self.title.write)
            .then(|| "this console is read-only; access = \"write\" in fleet.toml opens one that is not".to_owned())
    }

    /// What an action is called in the footer: of a run, by where that is.
    pub(super) fn word_for(&self, action: Action) -> &'static str {
        let run = matches!(action, Action::PauseRun | Action::StopRun).then(|| self.chosen_run()).flatten();
        let standing = run.as_ref().map(|run| &run.standing);
        match (action, standing.map(|standing| (&standing.life, standing.is_alive))) {
            (Action::PauseRun, Some((_, false))) => "resume",
            (Action::PauseRun, Some((Life::Paused(Pause::GoAhead { .. }), _))) => "go ahead",
            (Action::PauseRun, Some((Life::Paused(_), _))) => "go on",
            (Action::StopRun, Some((Life::Stopping { .. }, _))) => "cancel",
            _ => action.entry().short,
        }
    }

    /// Why something cannot be asked of a run; `None` when it can.
    pub(super) fn run_refusal(&self, action: Action) -> Option<String> {
        let no_target = || Some("there is no target under the cursor".to_owned());
        if action == Action::Log {
            return if self.runs_screen.target().is_none() { no_target() } else { None };
        }
        let Some(run) = self.chosen_run() else { return Some("there is no run under the cursor".to_owned()) };
        if let Some(why) = self.is_read_only() {
            return Some(why);
        }
        let standing = &run.standing;
        // Its worker would be given the way to databases of the same names.
        let of = &run.environment.name;
        if !standing.is_alive
            && !matches!(action, Action::StopRun | Action::Concurrency)
            && !["", "-", &self.title.environment].contains(&of.as_str())
        {
            return Some(format!("it is a run of {}, which is not open here", shown(of)));
        }
        let ended = "the run has ended".to_owned();
        match (action, &standing.life) {
            (Action::PauseRun, Life::Ended(End::Stopped | End::Halted | End::Waiting)) if !standing.is_alive => None,
            (Action::PauseRun | Action::StopRun | Action::Concurrency, Life::Ended(_)) => Some(ended),
            (Action::PauseRun, _) if !standing.is_alive => None,
            (Action::PauseRun | Action::Concurrency, Life::Stopping { .. } | Life::Halted(_)) => {
                Some("the run is about to end".to_owned())
            }
            (Action::StopRun | Action::Concurrency, _) if !standing.is_alive => Some("no worker works on it".to_owned()),
            (Action::StopRun, Life::Stopping { cancel: true }) => Some("it is being cancelled already".to_owned()),
            (Action::Retry, _) if run.counts.unlucky() == 0 => Some("nothing failed in this run".to_owned()),
            (Action::Retry, Life::Stopping { .. } | Life::Halted(_)) if standing.is_alive => {
                Some("the run is about to end; retry when it has".to_owned())
            }
            _ => None,
        }
    }

    /// The schemas that a dialog would be about: those that are marked, else the one under the cursor; and how many of them the
    /// list does not show.
    pub(super) fn to_migrate(&self) -> Result<(Vec<SchemaPath>, usize), String> {
        if self.view != View::Schema && !self.marks.is_empty() {
            let hidden = match self.view {
                View::Tenants => self.tenants_screen.hidden_of(&self.marks, &self.context()),
                _ => 0,
            };
            let there = self.migratable();
            return if there.is_empty() {
                Err("no marked row has a schema of an application".to_owned())
            } else {
                Ok((there, hidden))
            };
        }
        if self.view == View::Drift {
            return Err("no schema is marked; the key of \"mark all\" marks the cohort".to_owned());
        }
        let Some((id, schema)) = self.chosen_schema() else { return Err("there is no schema under the cursor".to_owned()) };
        let database = self.fleet.database(id).map(|database| database.label.clone()).unwrap_or_default();
        Ok((vec![SchemaPath { database, schema }], 0))
    }

    /// What `C` is about: the schema under the cursor, still without names; of tenants without a schema what new tenants are made
    /// from, and their names.
    pub(super) fn to_clone(&self) -> Result<(SchemaPath, Vec<String>), String> {
        let under = if self.view == View::Tenants { self.tenants_screen.selected() } else { None };
        let lacking: BTreeSet<SchemaPath> = self
            .fleet
            .entries()
            .filter(|entry| entry.schema.is_none() && entry.row.role == Role::Tenant)
            .map(|entry| entry.path())
            .collect();
        let Some(one) = under.filter(|path| lacking.contains(path)) else {
            self.no_schema().map_or(Ok(()), Err)?;
            let (id, schema) = self.chosen_schema().ok_or("there is no schema under the cursor")?;
            let database = self.fleet.database(id).map(|database| database.label.clone()).unwrap_or_default();
            return Ok((SchemaPath { database, schema }, Vec::new()));
        };
        let at = self.fleet.databases.iter().position(|database| database.label == one.database).unwrap_or_default();
        self.down(DatabaseId(at as u16)).map_or(Ok(()), Err)?;
        let database = &self.fleet.databases[at];
        let is_there = |name: &&String| database.schemas.iter().any(|schema| schema.name == **name);
        let reference = database.policy.reference.as_ref().filter(is_there);
        let schema = reference.ok_or("it has no schema, and there is no reference to make one from")?.clone();
        let marked = self.marks.iter().filter(|path| self.marks.contains(&one) && path.database == one.database);
        let mut names: Vec<String> = marked.filter(|path| lacking.contains(path)).map(|path| path.schema.clone()).collect();
        if names.is_empty() {
            names.push(one.schema);
        }
        Ok((SchemaPath { database: one.database, schema }, names))
    }

    /// The marked rows that have anything to migrate: not tenants without a schema, nor what belongs to an extension; orphans and
    /// static schemas only where nothing else is marked, for they are no tenant's and are on many lists that are marked whole.
    fn migratable(&self) -> Vec<SchemaPath> {
        let is_tenants = |role| matches!(role, Role::Tenant | Role::Reference | Role::Shared);
        let is_other = |role| matches!(role, Role::Orphan | Role::Static | Role::Unknown);
        let marked = |is_meant: &dyn Fn(Role) -> bool| -> Vec<SchemaPath> {
            let meant = self.fleet.entries().filter(|entry| entry.schema.is_some() && is_meant(entry.row.role));
            let there: HashSet<SchemaPath> = meant.map(|entry| entry.path()).collect();
            self.marks.iter().filter(|path| there.contains(path)).cloned().collect()
        };
        let tenants = marked(&is_tenants);
        if tenants.is_empty() { marked(&is_other) } else { tenants }
    }

    /// What stays in the scrollback of a run that goes on after quitting.
    pub(super) fn farewell_of_run(&self) -> Option<String> {
        let id = self.runs.following()?;
        let followed = self.runs.followed(id).filter(|followed| followed.standing().is_live())?;
        let counts = &followed.state.counts;
        let failed = match counts.failed + counts.dirty {
            0 => String::new(),
            failed => format!(", {} failed", units::count(failed.into())),
        };
        let (done, total) = (units::count(counts.settled().into()), units::count(counts.total().into()));
        let (what, word, short) = (what(&followed.plan.kind), followed.standing().word(), shown(id.short()));
        Some(format!("run {short} {what}: {word}, {done} of {total}{failed}; it goes on: tenantry runs attach {short}"))
    }
}
