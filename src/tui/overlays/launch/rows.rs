//! The lines of the dialog that can be changed: which there are, what each says, how it is turned or typed. Must not draw, nor know
//! what a plan is.

use jiff::civil::time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::policy::Field;
use super::texts;
use super::wanted::{Clones, Deed, Direction, Wanted};
use crate::domain::fleet::Fleet;
use crate::domain::name::shown;
use crate::domain::roles::Role;
use crate::domain::window::Window;
use crate::observer::clone::{Entry, Targets};
use crate::plan::Windows;
use crate::plan::clone::Rows;
use crate::tui::model::plural;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// The names of what is made.
    Names,
    /// Which rows are copied.
    Rows,
    /// The rows of which tables.
    Tables,
    /// In which database it is made.
    Database,
    /// Who owns it.
    Owner,
    /// Whether the registry follows.
    Registry,
    /// The domain in the registry.
    Domain,
    /// Values of the registry's columns.
    Columns,
    /// The new name.
    Name,
    /// Up to which migration.
    To,
    /// Applied or taken back.
    Direction,
    /// When each target starts.
    Start,
    /// The window of local time.
    Window,
    /// The zone of those whose registry has none.
    Zone,
    /// A part of the policy.
    Policy(Field),
}

/// What of the fleet a line needs: frozen when the dialog opens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Known {
    /// The label of each database, raw, and how many tenants lack a schema there.
    pub databases: Vec<(String, usize)>,
    /// The zone of tenants whose registry has none, as the configuration has it.
    pub time_zone: Option<String>,
    /// How many of the schemas are marked and hidden by the filter.
    pub hidden: usize,
}

/// The window that stands there first: the small hours.
const NIGHT: Window = Window { opens: time(2, 0, 0, 0), closes: time(5, 0, 0, 0) };

impl Known {
    /// What is known of a fleet.
    pub fn of(fleet: &Fleet, time_zone: Option<String>, hidden: usize) -> Self {
        let mut databases: Vec<(String, usize)> =
            fleet.databases.iter().map(|database| (database.label.clone(), 0)).collect();
        for entry in fleet.entries().filter(|entry| entry.row.role == Role::Tenant && entry.schema.is_none()) {
            databases[usize::from(entry.id.0)].1 += 1;
        }
        Self { databases, time_zone, hidden }
    }

    fn missing(&self, wanted: &Wanted) -> usize {
        self.databases.iter().find(|(label, _)| label == wanted.place()).map_or(0, |(_, missing)| *missing)
    }
}

impl Row {
    /// The lines that apply, in their order.
    pub fn of(wanted: &Wanted, known: &Known) -> Vec<Self> {
        match &wanted.deed {
            Deed::Drop { .. } => vec![Self::Registry],
            Deed::Rename { .. } => vec![Self::Name, Self::Registry],
            Deed::Clone(clones) => {
                let is_named = matches!(clones.targets, Targets::Named(_));
                let there = [
                    (Self::Names, true),
                    (Self::Rows, true),
                    (Self::Tables, matches!(clones.rows, Rows::Tables(_))),
                    (Self::Database, known.databases.len() > 1),
                    (Self::Owner, true),
                    // Who lacks a schema has its line already.
                    (Self::Registry, is_named),
                    (Self::Domain, is_named && clones.entry.is_some()),
                    (Self::Columns, is_named && clones.entry.is_some()),
                    (Self::Policy(Field::Concurrency), true),
                ];
                there.into_iter().filter(|(_, applies)| *applies).map(|(row, _)| row).collect()
            }
            Deed::Migrate { .. } => {
                let policy = &wanted.policy;
                let windows = policy.windows.iter().flat_map(|_| [Self::Window, Self::Zone]);
                let fields = Field::ALL.into_iter().filter(|field| *field != Field::GoAhead || !policy.just_in_time);
                [Self::To, Self::Direction, Self::Start].into_iter().chain(windows).chain(fields.map(Self::Policy)).collect()
            }
        }
    }

    /// What it is called.
    pub fn word(self, wanted: &Wanted) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Rows => "rows",
            Self::Tables => "tables",
            Self::Database => "database",
            Self::Owner => "owner",
            Self::Registry => "registry",
            Self::Domain => "domain",
            Self::Columns => "columns",
            Self::Name => "new name",
            Self::To if matches!(wanted.deed, Deed::Migrate { direction: Direction::Back, .. }) => "back to",
            Self::To => "up to",
            Self::Direction => "direction",
            Self::Start => "start",
            Self::Window => "window",
            Self::Zone => "time zone",
            Self::Policy(field) => field.word(),
        }
    }

    /// What it says now, safe to show.
    pub fn told(self, wanted: &Wanted, known: &Known) -> String {
        let policy = &wanted.policy;
        match (self, &wanted.deed) {
            (Self::Policy(field), _) => field.told(policy),
            (Self::Start, _) if policy.just_in_time => "just in time, each when it is asked for".to_owned(),
            (Self::Start, _) if policy.windows.is_some() => "in a window of each schema's local time".to_owned(),
            (Self::Start, _) => "at once, stage by stage".to_owned(),
            (Self::Window, _) => {
                policy.windows.as_ref().map_or_else(String::new, |it| format!("{} by the local clock", it.local))
            }
            (Self::Zone, _) => match policy.windows.as_ref().and_then(|windows| windows.otherwise.as_deref()) {
                Some(zone) => format!("{}, where the registry has none", shown(zone)),
                None => "as the registry has it".to_owned(),
            },
            (_, Deed::Migrate { to, direction }) => match (self, to, direction) {
                (Self::Direction, ..) => told_direction(*direction).to_owned(),
                (_, Some(to), _) => shown(to).into_owned(),
                (_, None, Direction::Back) => "not said yet".to_owned(),
                (_, None, _) => "the newest".to_owned(),
            },
            (Self::Name, Deed::Rename { to, .. }) => shown(to).into_owned(),
            (_, Deed::Drop { registry: true } | Deed::Rename { registry: true, .. }) => "its rows follow".to_owned(),
            (_, Deed::Drop { .. } | Deed::Rename { .. }) => "is left as it is".to_owned(),
            (_, Deed::Clone(clones)) => self.told_of_clones(clones, wanted, known),
        }
    }

    fn told_of_clones(self, clones: &Clones, wanted: &Wanted, known: &Known) -> String {
        let entry = clones.entry.as_ref();
        match self {
            Self::Names => match &clones.targets {
                Targets::Missing => format!("of {}", plural(known.missing(wanted), "tenant") + " without a schema"),
                Targets::Named(names) if names.is_empty() => "not said yet".to_owned(),
                Targets::Named(names) => texts::listed(names),
            },
            Self::Rows => match &clones.rows {
                Rows::Seed => "of the ledger and the seed tables",
                Rows::None => "none",
                Rows::All => "of every table",
                Rows::Tables(_) => "of chosen tables",
            }
            .to_owned(),
            Self::Tables => match &clones.rows {
                Rows::Tables(tables) if !tables.is_empty() => texts::listed(tables),
                _ => "not said yet".to_owned(),
            },
            Self::Database => match &clones.database {
                Some(label) => shown(label).into_owned(),
                None => format!("{}, where the source is", shown(wanted.place())),
            },
            Self::Owner => {
                clones.owner.as_ref().map_or_else(|| "as in the source".to_owned(), |role| shown(role).into_owned())
            }
            Self::Registry if entry.is_some() => "a line for each is written".to_owned(),
            Self::Registry => "is left as it is".to_owned(),
            Self::Domain => match entry.and_then(|entry| entry.domain.as_deref()) {
                Some(domain) => shown(domain).into_owned(),
                None => "none".to_owned(),
            },
            _ => match entry.map(|entry| entry.values.as_slice()) {
                Some([]) | None => "none".to_owned(),
                Some(values) => shown(&texts::assignments(values)).into_owned(),
            },
        }
    }

    /// The text that a person changes; `None` where the line is turned.
    pub fn typed(self, wanted: &Wanted) -> Option<String> {
        let clones = match &wanted.deed {
            Deed::Clone(clones) => Some(clones),
            _ => None,
        };
        let entry = clones.and_then(|clones| clones.entry.as_ref());
        let windows = wanted.policy.windows.as_ref();
        Some(match (self, &wanted.deed) {
            (
                Self::Rows | Self::Database | Self::Registry | Self::Direction | Self::Start | Self::Policy(Field::GoAhead),
                _,
            ) => return None,
            (Self::Names, Deed::Clone(Clones { targets: Targets::Named(names), .. })) => names.join(", "),
            (Self::Tables, Deed::Clone(Clones { rows: Rows::Tables(tables), .. })) => tables.join(", "),
            (Self::Owner, _) => clones.and_then(|clones| clones.owner.clone()).unwrap_or_default(),
            (Self::Domain, _) => entry.and_then(|entry| entry.domain.clone()).unwrap_or_default(),
            (Self::Columns, _) => entry.map(|entry| texts::assignments(&entry.values)).unwrap_or_default(),
            (Self::Name, Deed::Rename { to, .. }) => to.clone(),
            (Self::To, Deed::Migrate { to, .. }) => to.clone().unwrap_or_default(),
            (Self::Window, _) => windows.map(|windows| windows.local.to_string()).unwrap_or_default(),
            (Self::Zone, _) => windows.and_then(|windows| windows.otherwise.clone()).unwrap_or_default(),
            (Self::Policy(field), _) => field.typed(&wanted.policy),
            _ => String::new(),
        })
    }

    /// How it is typed, in a few words.
    pub fn example(self) -> &'static str {
        match self {
            Self::Names => "NAME, NAME, ...",
            Self::Tables => "TABLE, TABLE, ...",
            Self::Owner => "a role; {schema} is the name",
            Self::Domain => "{schema}.example.com",
            Self::Columns => "COLUMN=VALUE, ...; '' is empty",
            Self::Window => "02:00-05:00",
            Self::Zone => "Europe/Berlin",
            _ => "",
        }
    }

    /// Whether it has another value that needs no typing.
    pub fn turns(self, wanted: &Wanted, known: &Known) -> bool {
        self.turned(wanted, known, true).is_some()
    }

    /// What is wanted with the next value of the line, or with the one before; `None` where there is no other.
    pub fn turned(self, wanted: &Wanted, known: &Known, forward: bool) -> Option<Wanted> {
        let mut other = wanted.clone();
        let policy = &mut other.policy;
        match (self, &mut other.deed) {
            (Self::Policy(Field::GoAhead), _) => policy.go_ahead = !policy.go_ahead,
            (Self::Start, _) => start(&mut other, known, forward),
            (Self::Direction, Deed::Migrate { direction, .. }) => *direction = direction.turned(forward),
            (Self::Registry, Deed::Drop { registry } | Deed::Rename { registry, .. }) => *registry = !*registry,
            (Self::Registry, Deed::Clone(clones)) => {
                clones.entry = if clones.entry.is_some() { None } else { Some(Entry::default()) };
            }
            (Self::Rows, Deed::Clone(clones)) => clones.rows = next_rows(&clones.rows, forward),
            (Self::Database, Deed::Clone(_)) => other = elsewhere(wanted, known, forward)?,
            (Self::Names, Deed::Clone(clones)) => match clones.targets {
                Targets::Named(_) if known.missing(wanted) == 0 => return None,
                Targets::Named(_) => (clones.targets, clones.entry) = (Targets::Missing, None),
                Targets::Missing => clones.targets = Targets::Named(Vec::new()),
            },
            _ => return None,
        }
        Some(other)
    }

    /// What is wanted with a typed value, or what it must be.
    pub fn taken(self, text: &str, wanted: &Wanted, fleet: &Fleet) -> Result<Wanted, String> {
        let mut other = wanted.clone();
        let text = text.trim();
        let some = || (!text.is_empty()).then(|| text.to_owned());
        match (self, &mut other.deed) {
            (Self::Policy(field), _) => field.take(text, &mut other.policy)?,
            (Self::Window, _) => {
                let local = text.parse()?;
                other.policy.windows.iter_mut().for_each(|windows| windows.local = local);
            }
            (Self::Zone, _) => {
                if some().is_some_and(|zone| TimeZone::get(&zone).is_err()) {
                    return Err("a time zone such as Europe/Berlin or UTC; empty for the registry's alone".to_owned());
                }
                other.policy.windows.iter_mut().for_each(|windows| windows.otherwise = some());
            }
            (Self::To, Deed::Migrate { to, .. }) => *to = some(),
            (Self::Name, Deed::Rename { to, .. }) => {
                *to = texts::names(text, wanted.place(), fleet).and_then(|names| match <[String; 1]>::try_from(names) {
                    Ok([name]) => Ok(name),
                    Err(_) => Err("one name".to_owned()),
                })?;
            }
            (Self::Names, Deed::Clone(clones)) => {
                clones.targets = Targets::Named(texts::names(text, wanted.place(), fleet)?);
            }
            (Self::Tables, Deed::Clone(clones)) => clones.rows = Rows::Tables(texts::list(text)),
            (Self::Owner, Deed::Clone(clones)) => clones.owner = some(),
            (Self::Domain, Deed::Clone(Clones { entry: Some(entry), .. })) => entry.domain = some(),
            (Self::Columns, Deed::Clone(Clones { entry: Some(entry), .. })) => entry.values = texts::columns(text)?,
            _ => {}
        }
        Ok(other)
    }
}

fn told_direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward; a schema with a gap is left out",
        Direction::Late => "forward, also what is older than some that is applied",
        Direction::Back => "back: what came after it is taken back",
    }
}

/// At once, in a window, just in time.
fn start(wanted: &mut Wanted, known: &Known, forward: bool) {
    let policy = &mut wanted.policy;
    let now = if policy.just_in_time { 2 } else { usize::from(policy.windows.is_some()) };
    let next = (now + if forward { 1 } else { 2 }) % 3;
    let windows = || Windows { local: NIGHT, otherwise: known.time_zone.clone(), zones: Vec::new() };
    policy.windows = (next == 1).then(windows);
    policy.just_in_time = next == 2;
    // Nobody waits for a word where nothing starts by itself.
    policy.go_ahead &= next != 2;
}

fn next_rows(rows: &Rows, forward: bool) -> Rows {
    match (rows, forward) {
        (Rows::Seed, true) | (Rows::All, false) => Rows::None,
        (Rows::None, true) | (Rows::Tables(_), false) => Rows::All,
        (Rows::All, true) | (Rows::Seed, false) => Rows::Tables(Vec::new()),
        (Rows::Tables(_), true) | (Rows::None, false) => Rows::Seed,
    }
}

/// The same in the next database of the fleet, or in the one before.
fn elsewhere(wanted: &Wanted, known: &Known, forward: bool) -> Option<Wanted> {
    let count = known.databases.len();
    let at = known.databases.iter().position(|(label, _)| label == wanted.place())?;
    let next = (at + if forward { 1 } else { count - 1 }) % count;
    let label = known.databases.get(next).filter(|_| next != at)?.0.clone();
    let mut other = wanted.clone();
    let own = wanted.subject()?.database.clone();
    if let Deed::Clone(clones) = &mut other.deed {
        clones.database = (label != own).then_some(label);
    }
    Some(other)
}
