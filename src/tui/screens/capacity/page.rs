//! What screen 4 tells of one database, or of all together, reckoned once per change of the facts. Must not draw.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::capacity::figures::Figures;
use crate::capacity::{self, runway};
use crate::domain::capacity::{FigureId, Gauge, GaugeId, Growth, GrowthSource, Runway, Sizing};
use crate::domain::fault::Fault;
use crate::domain::fleet::{Database, DatabaseId, Fleet, Severity};
use crate::domain::name::shown;
use crate::tui::screens::Context;

/// A line that the cursor can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Key {
    #[default]
    Tables,
    Scary,
    Tenants,
    Factor,
    Runway,
    Gauge(GaugeId),
}

impl Key {
    /// The figures above PRESSURE.
    pub(super) const FIGURES: [Self; 5] = [Self::Tables, Self::Scary, Self::Tenants, Self::Factor, Self::Runway];

    /// All lines in their order.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::FIGURES.into_iter().chain(GaugeId::ALL.map(Self::Gauge))
    }

    /// What the line is called, in at most 21 cells.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Gauge(id) => id.word(),
            _ => self.figure().map_or("", FigureId::word),
        }
    }

    /// The figure above PRESSURE that it is.
    pub(super) fn figure(self) -> Option<FigureId> {
        match self {
            Self::Tables => Some(FigureId::Tables),
            Self::Scary => Some(FigureId::Scary),
            Self::Tenants => Some(FigureId::Tenants),
            Self::Factor => Some(FigureId::Factor),
            Self::Runway => Some(FigureId::Runway),
            Self::Gauge(_) => None,
        }
    }
}

/// Other figures than those of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WhatIf {
    pub(super) tables: u32,
    pub(super) tenants: u64,
}

/// How far the lines of PRESSURE are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Measured {
    /// Nobody has asked yet.
    #[default]
    Waiting,
    /// The oldest reading.
    At(Timestamp),
    /// It could not be read.
    Failed(Fault),
}

/// Everything that the screen shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    /// The database that it is about; `None` for all together.
    pub(super) database: Option<DatabaseId>,
    /// What it is called, safe to show.
    pub(super) label: String,
    /// The figures as they are.
    pub(super) now: Option<Sizing>,
    /// The figures that are shown: those of now, or others on trial.
    pub(super) sizing: Option<Sizing>,
    /// Why there are none, when that is known.
    pub(super) unsized_for: Option<String>,
    /// How the number of tenants grew.
    pub(super) growth: Option<Growth>,
    /// How many more there are every month, by the trend of all that is shown; `None` where a part of it is not known.
    pub(super) per_month: Option<f64>,
    /// The database whose runway is shown for all together, safe to show.
    pub(super) first: Option<String>,
    /// The lines of PRESSURE that are known, with the database they are of.
    pub(super) gauges: Vec<(DatabaseId, Gauge)>,
    pub(super) measured: Measured,
    /// Whether the figures may be older than the world.
    pub(super) stale: bool,
    /// The day that runways are told from.
    pub(super) today: Date,
}

impl Page {
    /// Reckons everything of one database, or of all together.
    pub(super) fn of(choice: Option<DatabaseId>, what_if: Option<WhatIf>, context: &Context<'_>) -> Self {
        let fleet = context.fleet;
        let today = runway::today(context.now);
        let mut page = match choice.and_then(|id| Some((id, fleet.database(id)?))) {
            Some((id, database)) => Self::of_database(id, database),
            None => Self::of_fleet(fleet),
        };
        page.today = today;
        page.sizing.clone_from(&page.now);
        if let (Some(now), Some(other)) = (&page.now, what_if) {
            page.sizing = Some(capacity::what_if(now, other.tables, other.tenants));
        }
        match choice.and_then(|id| fleet.database(id)) {
            Some(database) => {
                page.growth = page.sizing.as_ref().map(|sizing| capacity::growth(database, sizing, today));
                page.per_month = page.growth.as_ref().and_then(|growth| growth.runway.per_month());
            }
            None if what_if.is_none() => (page.growth, page.first, page.per_month) = together(fleet, today),
            None => {}
        }
        page
    }

    fn of_database(id: DatabaseId, database: &Database) -> Self {
        Self {
            database: Some(id),
            label: shown(&database.label).into_owned(),
            now: capacity::sizing(database),
            unsized_for: unsized_for(database),
            gauges: capacity::gauges(database).into_iter().map(|gauge| (id, gauge)).collect(),
            measured: measured(database),
            stale: database.is_stale(),
            ..Self::default()
        }
    }

    /// All databases together. Of each line of PRESSURE the worst one is told.
    fn of_fleet(fleet: &Fleet) -> Self {
        let mut gauges: Vec<(DatabaseId, Gauge)> = Vec::new();
        for (at, database) in fleet.databases.iter().enumerate() {
            for gauge in capacity::gauges(database) {
                match gauges.iter_mut().find(|(_, known)| known.id == gauge.id) {
                    Some((id, known)) if rank(&gauge) > rank(known) => (*id, *known) = (DatabaseId(at as u16), gauge),
                    Some(_) => {}
                    None => gauges.push((DatabaseId(at as u16), gauge)),
                }
            }
        }
        gauges.sort_by_key(|(_, gauge)| gauge.id);
        let each: Vec<Measured> = fleet.databases.iter().map(measured).collect();
        let oldest = each.iter().filter_map(|it| if let Measured::At(at) = it { Some(*at) } else { None }).min();
        let failed = || each.iter().find(|it| matches!(it, Measured::Failed(_))).cloned();
        Self {
            label: "all together".to_owned(),
            now: capacity::of_fleet(fleet),
            unsized_for: fleet.databases.iter().find_map(unsized_for),
            gauges,
            measured: oldest.map(Measured::At).or_else(failed).unwrap_or_default(),
            stale: fleet.databases.iter().all(Database::is_stale),
            ..Self::default()
        }
    }

    /// A line of PRESSURE.
    pub(super) fn gauge(&self, id: GaugeId) -> Option<&(DatabaseId, Gauge)> {
        self.gauges.iter().find(|(_, gauge)| gauge.id == id)
    }

    /// What the figures above PRESSURE are told from.
    pub(super) fn figures(&self) -> Option<Figures<'_>> {
        let is_sum = self.database.is_none() && !self.is_what_if();
        Some(Figures { sizing: self.sizing.as_ref()?, growth: self.growth.as_ref(), is_sum })
    }

    /// Whether other figures than those of now are shown.
    pub(super) fn is_what_if(&self) -> bool {
        self.sizing != self.now
    }

    /// What to think of a line; `None` while it is not known, or where there is nothing to think.
    pub(super) fn severity(&self, key: Key) -> Option<Severity> {
        match key {
            Key::Tenants => self.sizing.as_ref().map(|sizing| sizing.severity),
            Key::Gauge(id) => self.gauge(id).map(|(_, gauge)| gauge.severity),
            Key::Tables | Key::Scary | Key::Factor | Key::Runway => None,
        }
    }

    /// How many lines are of a severity.
    pub(super) fn count(&self, severity: Severity) -> usize {
        Key::all().filter(|key| self.severity(*key) == Some(severity)).count()
    }
}

/// The worst first, and what could be seen before what could not.
fn rank(gauge: &Gauge) -> (bool, Severity) {
    (gauge.unseen.is_none(), gauge.severity)
}

fn measured(database: &Database) -> Measured {
    match &database.readings {
        None => Measured::Waiting,
        Some(Ok(readings)) => Measured::At(readings.as_of),
        Some(Err(fault)) => Measured::Failed(fault.clone()),
    }
}

/// Why a database has no figures, when that is known.
fn unsized_for(database: &Database) -> Option<String> {
    match &database.registry {
        Some(Err(fault)) => Some(format!("no registry: {}", fault.what)),
        Some(Ok(_)) if database.as_of.is_some() => Some("no tenant with a schema here".to_owned()),
        _ if database.is_stale() => Some("it never answered".to_owned()),
        _ => None,
    }
}

/// The tenants of all databases over time, the runway that ends first with the database that it is of, and the trends added up.
fn together(fleet: &Fleet, today: Date) -> (Option<Growth>, Option<String>, Option<f64>) {
    let each: Vec<(&Database, Growth)> = fleet
        .databases
        .iter()
        .filter_map(|database| {
            let sizing = capacity::sizing(database)?;
            Some((database, capacity::growth(database, &sizing, today)))
        })
        .collect();
    let Some((database, first)) = each.iter().min_by_key(|(_, growth)| urgency(&growth.runway)) else {
        return (None, None, None);
    };
    let per_month = each.iter().map(|(_, growth)| growth.runway.per_month()).sum();
    let all_registry = each.iter().all(|(_, growth)| growth.source == GrowthSource::Registry);
    let source = if all_registry { GrowthSource::Registry } else { GrowthSource::Samples };
    let points = sum(&each.iter().map(|(_, growth)| growth.points.as_slice()).collect::<Vec<_>>());
    let runway = first.runway.clone();
    (Some(Growth { source, points, runway }), Some(shown(&database.label).into_owned()), per_month)
}

/// The sooner the less.
fn urgency(runway: &Runway) -> (u8, Option<Date>) {
    match runway {
        Runway::Reached => (0, None),
        Runway::Falls { day, .. } => (1, Some(*day)),
        Runway::Level { .. } => (2, None),
        Runway::NotEnough { .. } => (3, None),
    }
}

/// The sum of several steps over time, from the day on which all are known.
fn sum(all: &[&[(Date, u64)]]) -> Vec<(Date, u64)> {
    let Some(from) = all.iter().filter_map(|points| Some(points.first()?.0)).max() else { return Vec::new() };
    let mut days: Vec<Date> = all.iter().flat_map(|points| points.iter().map(|(day, _)| *day)).collect();
    days.retain(|day| *day >= from);
    days.sort_unstable();
    days.dedup();
    let mut at = vec![0; all.len()];
    days.into_iter()
        .map(|day| {
            let values = all.iter().zip(at.iter_mut()).map(|(points, at)| {
                while points.get(*at + 1).is_some_and(|(next, _)| *next <= day) {
                    *at += 1;
                }
                points.get(*at).map_or(0, |(_, value)| *value)
            });
            (day, values.sum())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_added_up_from_the_day_on_which_all_are_known() {
        let date = |day: i8| Date::constant(2026, 1, day);
        let one = [(date(1), 10), (date(3), 12), (date(9), 20)];
        let other = [(date(2), 5), (date(3), 6), (date(5), 7)];
        let expected = vec![(date(2), 15), (date(3), 18), (date(5), 19), (date(9), 27)];
        assert_eq!(sum(&[&one, &other]), expected);
        assert_eq!(sum(&[]), Vec::new());
    }

    #[test]
    fn what_ends_first_is_most_urgent() {
        let falls = |day: i8| Runway::Falls {
            per_month: 1.0,
            days: 30,
            day: Date::constant(2030, 1, day),
            earliest: Date::constant(2030, 1, 1),
            latest: None,
        };
        let mut all = [
            Runway::NotEnough { why: String::new() },
            Runway::Level { per_month: 0.0, days: 3 },
            falls(9),
            Runway::Reached,
            falls(2),
        ];
        all.sort_by_key(urgency);
        assert_eq!((&all[0], &all[1], &all[2]), (&Runway::Reached, &falls(2), &falls(9)));
        assert!(matches!(all[4], Runway::NotEnough { .. }));
    }
}
