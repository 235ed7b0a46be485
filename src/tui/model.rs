//! The state of the console: plain data, changed by `update` alone. Must not know the terminal, nor how facts are read.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::frame;
use super::msg::Footprint;
use super::overlays::Overlay;
use super::runs::Runs;
use super::screens::activity::ActivityScreen;
use super::screens::capacity::CapacityScreen;
use super::screens::compare::{CompareScreen, Subject};
use super::screens::drift::DriftScreen;
use super::screens::fleet::FleetScreen;
use super::screens::runs::RunsScreen;
use super::screens::schema::SchemaScreen;
use super::screens::tenants::TenantsScreen;
use super::screens::{Context, ToMend};
use super::theme::ThemeRole;
use super::watch::Watch;
use crate::action::{Action, Keymap, Scope};
use crate::config::Colour;
use crate::domain::fleet::{DatabaseId, Fleet, Link, Severity};
use crate::domain::name::SchemaPath;
use crate::domain::record::Record;
use crate::domain::units;

/// Everything that the console knows and shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// What the header says.
    pub title: Title,
    /// The facts.
    pub fleet: Fleet,
    /// The marked rows.
    pub marks: BTreeSet<SchemaPath>,
    /// The time of the last message.
    pub now: Timestamp,
    /// The zone in which times of day are shown.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// The time zone of tenants whose registry has none, as the configuration has it.
    pub time_zone: Option<String>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Which key does what.
    pub keymap: Keymap,
    /// Whether signs are drawn in ASCII.
    pub ascii: bool,
    /// The screen that is shown.
    pub view: View,
    /// Screen 1.
    pub fleet_screen: FleetScreen,
    /// Screen 2.
    pub tenants_screen: TenantsScreen,
    /// Screen 3.
    pub drift_screen: DriftScreen,
    /// Screen 4.
    pub capacity_screen: CapacityScreen,
    /// Screen 5.
    pub runs_screen: RunsScreen,
    /// Screen 6.
    pub activity_screen: ActivityScreen,
    /// What was told of sessions, and when it is asked for again.
    pub watch: Watch,
    /// What is known of runs.
    pub runs: Runs,
    /// The opened schema.
    pub schema: Option<Box<Opened>>,
    /// What is compared.
    pub compared: Option<Box<Compared>>,
    /// What lies above the screen, the topmost last.
    pub overlays: Vec<Overlay>,
    /// A sentence in the status line, until the next key.
    pub notice: Option<Notice>,
    /// Whether the refreshes at the interval are paused.
    pub paused: bool,
    /// Whether `^C` was the last key, so that once more quits.
    pub interrupted: bool,
    /// The theme that is to be drawn with.
    pub theme: String,
    /// The themes to choose from.
    pub themes: Vec<String>,
    /// Filters that were used, the newest last.
    pub filters: Vec<String>,
    /// Commands that were used, the newest last.
    pub commands: Vec<String>,
    /// What we cost, when it was last measured.
    pub footprint: Footprint,
}

/// What the header says of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Title {
    /// The name of the environment.
    pub environment: String,
    /// The arguments that lead a headless verb to the same fleet, without any secret.
    pub reach: Vec<String>,
    /// Its label in words.
    pub label: String,
    /// How loudly the header speaks.
    pub loudness: Loudness,
    /// Whether the writing verbs are enabled.
    pub write: bool,
}

/// How loudly the header speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Loudness {
    /// Development, demo, or a connection given on the command line.
    #[default]
    Plain,
    /// Staging or test.
    Staging,
    /// Production.
    Production,
}

impl Loudness {
    /// The role of the header in the theme.
    pub fn role(self) -> ThemeRole {
        match self {
            Self::Plain => ThemeRole::HeaderPlain,
            Self::Staging => ThemeRole::HeaderStaging,
            Self::Production => ThemeRole::HeaderProduction,
        }
    }
}

impl From<Colour> for Loudness {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Plain => Self::Plain,
            Colour::Staging => Self::Staging,
            Colour::Production => Self::Production,
        }
    }
}

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// Screen 1.
    Fleet,
    /// Screen 2.
    Tenants,
    /// Screen 3.
    Drift,
    /// Screen 4.
    Capacity,
    /// Screen 5.
    Runs,
    /// Screen 6.
    Activity,
    /// The opened schema.
    Schema,
    /// What differs between two schemas, or a cohort and what it should be.
    Compare,
}

/// The screen that is shown.
#[derive(Debug)]
pub enum Shown<'a> {
    /// Screen 1.
    Fleet(&'a mut FleetScreen),
    /// Screen 2.
    Tenants(&'a mut TenantsScreen),
    /// Screen 3.
    Drift(&'a mut DriftScreen),
    /// Screen 4.
    Capacity(&'a mut CapacityScreen),
    /// Screen 5.
    Runs(&'a mut RunsScreen),
    /// Screen 6.
    Activity(&'a mut ActivityScreen),
    /// The opened schema.
    Schema(&'a mut SchemaScreen),
    /// What differs.
    Compare(&'a mut CompareScreen),
}

/// An opened schema and where it was opened from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Its view.
    pub screen: SchemaScreen,
    /// The screen to go back to.
    pub from: View,
}

/// What is compared and where it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Its view.
    pub screen: CompareScreen,
    /// The screen to go back to.
    pub from: View,
}

/// A sentence in the status line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// What it says.
    pub text: String,
}

impl Model {
    /// A console that knows nothing but its databases' labels.
    pub fn new(title: Title, fleet: Fleet, keymap: Keymap, theme: String) -> Self {
        Self {
            title,
            fleet,
            marks: BTreeSet::new(),
            now: Timestamp::UNIX_EPOCH,
            zone: TimeZone::UTC,
            time_zone: None,
            size: (80, 24),
            keymap,
            ascii: false,
            view: View::Fleet,
            fleet_screen: FleetScreen::default(),
            tenants_screen: TenantsScreen::default(),
            drift_screen: DriftScreen::default(),
            capacity_screen: CapacityScreen::default(),
            runs_screen: RunsScreen::default(),
            activity_screen: ActivityScreen::default(),
            watch: Watch::default(),
            runs: Runs::default(),
            schema: None,
            compared: None,
            overlays: Vec::new(),
            notice: None,
            paused: false,
            interrupted: false,
            themes: vec![theme.clone()],
            theme,
            filters: Vec::new(),
            commands: Vec::new(),
            footprint: Footprint::default(),
        }
    }

    /// What the screens may see.
    pub fn context(&self) -> Context<'_> {
        let body = frame::body(self.size);
        Context {
            fleet: &self.fleet,
            watch: &self.watch,
            runs: &self.runs,
            marks: &self.marks,
            now: self.now,
            zone: &self.zone,
            area: (body.width, body.height),
        }
    }

    /// The screen that is shown, to be changed, and what it may see of the rest.
    pub fn shown(&mut self) -> (Shown<'_>, Context<'_>) {
        let body = frame::body(self.size);
        let screen = match (self.view, &mut self.schema, &mut self.compared) {
            (View::Schema, Some(opened), _) => Shown::Schema(&mut opened.screen),
            (View::Compare, _, Some(compared)) => Shown::Compare(&mut compared.screen),
            (View::Tenants, ..) => Shown::Tenants(&mut self.tenants_screen),
            (View::Drift, ..) => Shown::Drift(&mut self.drift_screen),
            (View::Capacity, ..) => Shown::Capacity(&mut self.capacity_screen),
            (View::Runs, ..) => Shown::Runs(&mut self.runs_screen),
            (View::Activity, ..) => Shown::Activity(&mut self.activity_screen),
            (View::Fleet | View::Schema | View::Compare, ..) => Shown::Fleet(&mut self.fleet_screen),
        };
        let context = Context {
            fleet: &self.fleet,
            watch: &self.watch,
            runs: &self.runs,
            marks: &self.marks,
            now: self.now,
            zone: &self.zone,
            area: (body.width, body.height),
        };
        (screen, context)
    }

    /// Where the person is, for the keymap.
    pub fn scope(&self) -> Scope {
        match self.view {
            View::Fleet => Scope::Fleet,
            View::Tenants => Scope::Tenants,
            View::Drift => Scope::Drift,
            View::Capacity => Scope::Capacity,
            View::Runs if self.runs_screen.opened().is_some() => Scope::Run,
            View::Runs => Scope::Runs,
            View::Activity => Scope::Activity,
            View::Schema => Scope::Schema,
            View::Compare => Scope::Diff,
        }
    }

    /// The schema that an action would be about, when one is really there.
    pub fn chosen_schema(&self) -> Option<(DatabaseId, String)> {
        match (self.view, &self.schema) {
            (View::Schema, Some(opened)) => Some((opened.screen.database(), opened.screen.name().to_owned())),
            (View::Tenants, _) => self.tenants_screen.selected_schema(),
            (View::Runs, _) => self.target_schema(),
            _ => None,
        }
    }

    /// The rows that the screen shows, with raw values.
    pub fn shown_rows(&self) -> Vec<Record> {
        match (self.view, &self.schema) {
            (View::Schema, Some(opened)) => opened.screen.shown_rows(&self.context()),
            (View::Tenants, _) => self.tenants_screen.shown_rows(&self.context()),
            (View::Drift, _) => self.drift_screen.shown_rows(&self.context()),
            (View::Compare, _) => self.compared.as_ref().map_or_else(Vec::new, |it| it.screen.shown_rows()),
            (View::Capacity, _) => self.capacity_screen.shown_rows(&self.context()),
            (View::Runs, _) => self.runs_screen.shown_rows(&self.context()),
            (View::Activity, _) => self.activity_screen.shown_rows(&self.context()),
            _ => Vec::new(),
        }
    }

    /// Why an action cannot be done here and now; `None` when it can.
    pub fn refusal(&self, action: Action) -> Option<String> {
        match action {
            Action::Psql => self.no_schema(),
            Action::Clone => self.is_read_only().or_else(|| self.to_clone().err()),
            Action::Copy if self.view == View::Activity && self.activity_screen.to_copy().is_none() => {
                Some("there is nothing to copy under the cursor".to_owned())
            }
            Action::Copy if self.view == View::Tenants && self.tenants_screen.selected().is_none() => {
                Some("there is no row under the cursor".to_owned())
            }
            Action::Sort if self.sort_choices().is_empty() => Some("this is not a list to sort".to_owned()),
            Action::Filter | Action::Export if self.view == View::Schema && !self.is_list() => {
                Some("this is not a list; the next tab is".to_owned())
            }
            Action::Filter if self.view == View::Capacity && !self.capacity_screen.is_list() => {
                Some("this is not a list; the other tab is".to_owned())
            }
            Action::More | Action::Less => self.capacity_screen.not_varied(),
            Action::Diff => self.not_compared(),
            Action::Migrate => self.is_read_only().or_else(|| self.to_migrate().err()),
            Action::Log | Action::PauseRun | Action::StopRun | Action::Retry | Action::Concurrency => {
                self.run_refusal(action)
            }
            Action::Copy if self.view == View::Runs && self.chosen_run().is_none() => {
                Some("there is no run under the cursor".to_owned())
            }
            Action::EndSession => self.is_read_only().or_else(|| self.activity_screen.process().err()),
            Action::Mend => self.to_mend().err(),
            _ => None,
        }
    }

    /// The columns to sort the shown list by.
    pub fn sort_choices(&self) -> Vec<super::screens::SortChoice> {
        match (self.view, &self.schema) {
            (View::Schema, Some(opened)) => opened.screen.sort_choices(),
            (View::Tenants, _) => self.tenants_screen.sort_choices(),
            _ => Vec::new(),
        }
    }

    /// Whether the open tab of a schema is a list.
    fn is_list(&self) -> bool {
        self.schema.as_ref().is_some_and(|opened| opened.screen.is_list())
    }

    /// What `d` is about: two marked schemas, else the one under the cursor, else the chosen cohort.
    pub fn subject(&self) -> Option<Subject> {
        if self.view == View::Tenants && self.marks.len() == 2 {
            let place = |path: &SchemaPath| {
                let at = self.fleet.databases.iter().position(|database| database.label == path.database)?;
                Some((DatabaseId(at as u16), path.schema.clone()))
            };
            let mut marks = self.marks.iter().filter_map(place);
            return Some(Subject::Pair(marks.next()?, marks.next()?));
        }
        self.chosen_schema().map(|(id, name)| Subject::Schema(id, name))
    }

    fn not_compared(&self) -> Option<String> {
        match self.view {
            View::Drift => None,
            _ if self.subject().is_some() => None,
            View::Runs => Some("there is no target under the cursor".to_owned()),
            _ => Some("there is no schema under the cursor".to_owned()),
        }
    }

    /// What a proposal would be about, or why there is none.
    pub fn to_mend(&self) -> Result<ToMend<'_>, String> {
        match (self.view, &self.schema, &self.compared) {
            (View::Compare, _, Some(compared)) => compared.screen.to_mend(&self.fleet),
            (View::Schema, Some(opened), _) => opened.screen.to_mend(&self.fleet),
            (View::Drift, ..) => self.drift_screen.to_mend(&self.fleet),
            _ => Err("there is no difference here".to_owned()),
        }
    }

    /// Why the schema under the cursor cannot be reached; `None` when it can.
    pub(super) fn no_schema(&self) -> Option<String> {
        match self.chosen_schema() {
            None => Some("there is no schema under the cursor".to_owned()),
            Some((database, name)) => self.down(database).or_else(|| self.gone(database, &name)),
        }
    }

    fn gone(&self, id: DatabaseId, name: &str) -> Option<String> {
        let there = self.fleet.database(id)?.schemas.iter().any(|schema| schema.name == name);
        (!there).then(|| format!("there is no schema {} any more", crate::domain::name::shown(name)))
    }

    pub(super) fn down(&self, id: DatabaseId) -> Option<String> {
        let database = self.fleet.database(id)?;
        let what = match &database.link {
            Link::Up { .. } => return None,
            Link::Connecting => "is still being connected".to_owned(),
            Link::Down { fault, .. } => format!("is down: {}", fault.what),
        };
        Some(format!("{} {what}", crate::domain::name::shown(&database.label)))
    }

    /// The number of tenants, as soon as one registry has told them.
    pub fn tenants(&self) -> Option<u64> {
        let known = self.fleet.databases.iter().any(|database| database.known_registry().is_some());
        known.then(|| self.fleet.entries().filter(super::super::domain::fleet::Entry::is_tenant).count() as u64)
    }

    /// The age of the oldest facts on screen: the earliest complete refresh of a database that has facts.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.fleet.databases.iter().filter_map(|database| database.as_of).min()
    }

    /// What stays in the scrollback after quitting.
    pub fn farewell(&self) -> String {
        let fleet = self.farewell_of_fleet();
        self.farewell_of_run().map_or_else(|| fleet.clone(), |run| format!("{fleet}\n{run}"))
    }

    fn farewell_of_fleet(&self) -> String {
        let databases = &self.fleet.databases;
        let answered = databases.iter().filter(|database| database.as_of.is_some()).count();
        let name = crate::domain::name::shown(&self.title.environment);
        let Some(as_of) = self.as_of() else {
            return format!("tenantry: {name}, nothing read from {}", plural(databases.len(), "database"));
        };
        let from = if answered == databases.len() {
            plural(answered, "database")
        } else {
            format!("{answered} of {}", plural(databases.len(), "database"))
        };
        let tenants = match self.tenants() {
            None => "tenants unknown".to_owned(),
            Some(1) => "1 tenant".to_owned(),
            Some(tenants) => format!("{} tenants", units::count(tenants)),
        };
        format!("tenantry: {name}, {tenants} in {from}, as of {}", frame::time_of_day(as_of, self.now, &self.zone))
    }

    /// After how long something on screen would change by the clock alone, or a question is due; `None` while neither is.
    pub fn next_tick(&self) -> Option<Duration> {
        let since = self.fleet.databases.iter().filter_map(|database| match database.link {
            Link::Down { since, .. } => Some(self.now.duration_since(since).as_millis().max(0)),
            Link::Connecting | Link::Up { .. } => None,
        });
        let left = |ms: i128| {
            let unit = match ms {
                ..60_000 => 1_000,
                60_000..3_600_000 => 60_000,
                _ => 3_600_000,
            };
            unit - ms % unit
        };
        let age = since.map(left).min().map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(1_000)));
        let question = self.watched().and_then(|which| self.watch.next(which, &self.fleet, self.paused, self.now));
        age.into_iter().chain(question).chain(self.run_tick()).min()
    }

    /// The databases whose sessions are on screen, `Some(None)` for all of them; `None` while no sessions are.
    pub fn watched(&self) -> Option<Option<DatabaseId>> {
        match (self.view, &self.schema) {
            (View::Activity, _) => Some(None),
            (View::Schema, Some(opened)) if opened.screen.shows_sessions() => Some(Some(opened.screen.database())),
            _ => None,
        }
    }

    /// Says a sentence in the status line.
    pub fn say(&mut self, severity: Severity, text: impl Into<String>) {
        self.notice = Some(Notice { severity, text: text.into() });
    }
}

/// `1 database`, `3 databases`.
pub fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {noun}{s}", units::count(count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::{Fault, FaultKind};
    use crate::domain::fleet::FleetEvent;
    use crate::domain::roles::Policy;

    fn model() -> Model {
        let fleet = Fleet::new(["a", "b"].map(|label| (label.to_owned(), Policy::default())));
        let title = Title { environment: "prod".into(), ..Title::default() };
        Model::new(title, fleet, Keymap::default(), "terminal".into())
    }

    #[test]
    fn the_clock_ticks_only_while_an_age_is_on_screen_and_no_finer_than_it_shows() {
        let mut model = model();
        assert_eq!(model.next_tick(), None);
        let since = Timestamp::UNIX_EPOCH;
        let fault = Fault::new(FaultKind::Unreachable, "connection refused");
        model.fleet.apply(FleetEvent::Link(DatabaseId(1), Link::Down { since, fault, retry_at: None }));
        for (age_ms, expected_ms) in [(0, 1_000), (1_400, 600), (59_000, 1_000), (61_000, 59_000), (3_600_000, 3_600_000)] {
            model.now = since + jiff::SignedDuration::from_millis(age_ms);
            assert_eq!(model.next_tick(), Some(Duration::from_millis(expected_ms)), "{age_ms}");
        }
    }

    #[test]
    fn the_farewell_says_what_was_read() {
        let mut model = model();
        assert_eq!(model.farewell(), "tenantry: prod, nothing read from 2 databases");
        model.fleet.apply(FleetEvent::Refreshed(DatabaseId(0), Timestamp::UNIX_EPOCH, 12));
        assert_eq!(model.farewell(), "tenantry: prod, tenants unknown in 1 of 2 databases, as of 00:00:00");
    }

    #[test]
    fn a_model_is_plain_data() {
        let model = model();
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
    }
}
