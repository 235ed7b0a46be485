//! What screen 1 says of the fleet, counted once per change of the facts: sums per database, the map, what needs attention, growth,
//! the largest tenants. Must not draw.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::capacity::{self, runway};
use crate::domain::drift::{LedgerState, ShapeState};
use crate::domain::fleet::{Database, DatabaseId, Entry, Fleet, Severity};
use crate::domain::roles::{Oddity, Role};
use crate::tui::parts::map::{Group, Spot};

/// How many of the largest tenants are kept.
const LARGEST: usize = 12;

/// How many months of growth are kept.
const MONTHS: usize = 36;

/// The sums of one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    /// `None` until the registry was read.
    pub(super) tenants: Option<u64>,
    /// Schemas without the system's own.
    pub(super) schemas: u64,
    /// Tables and bytes of those; `None` until they were counted.
    pub(super) tables: Option<u64>,
    pub(super) bytes: Option<u64>,
    /// Rows with an oddity, and the worst of them.
    pub(super) odd: u64,
    pub(super) worst: Option<Oddity>,
    /// Schemas whose ledger is not as the head, whose shape is not as the reference, and those of which one is not known yet.
    pub(super) ledgers: u64,
    pub(super) shapes: u64,
    pub(super) unread: u64,
    /// Schemas that are compared at all.
    pub(super) judged: u64,
}

/// Something that a person may want to look at. Its words are made when it is drawn: some hold an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alert {
    /// The database is down.
    Outage(DatabaseId),
    /// Its registry could not be read.
    Registry(DatabaseId),
    /// Two of the databases are one and the same.
    Twins(DatabaseId, DatabaseId),
    /// So many rows have this oddity.
    Odd(Oddity, usize),
    /// So many domains lead to tenants that do not exist.
    LostDomains(usize),
    /// So many schemas have figures that nobody knows.
    NeverAnalysed(usize),
    /// A configured source or reference that is not there: its position among the faults of drift.
    Drift(usize),
    /// A note of the observer: its position among the notes of the database.
    Note(DatabaseId, usize, Severity),
}

impl Alert {
    pub(super) fn severity(self) -> Severity {
        match self {
            Self::Outage(_) => Severity::Danger,
            Self::Registry(_) | Self::Twins(..) | Self::Drift(_) => Severity::Warn,
            Self::Odd(oddity, _) => oddity.severity(),
            Self::LostDomains(_) | Self::NeverAnalysed(_) => Severity::Info,
            Self::Note(_, _, severity) => severity,
        }
    }

    /// What tells it from the others while figures change.
    pub(super) fn key(self) -> (u8, u16, usize) {
        match self {
            Self::Outage(id) => (0, id.0, 0),
            Self::Registry(id) => (1, id.0, 0),
            Self::Odd(oddity, _) => (2, 0, Oddity::WORDS.iter().position(|word| *word == oddity.word()).unwrap_or(0)),
            Self::LostDomains(_) => (3, 0, 0),
            Self::NeverAnalysed(_) => (4, 0, 0),
            Self::Note(id, at, _) => (5, id.0, at),
            Self::Twins(_, id) => (6, id.0, 0),
            Self::Drift(at) => (7, 0, at),
        }
    }
}

/// A large tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Large {
    pub(super) id: DatabaseId,
    pub(super) schema: String,
    /// Raw.
    pub(super) name: String,
    pub(super) bytes: u64,
}

/// How near a database is to its scary number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nearness {
    pub(super) id: DatabaseId,
    /// `None` until its tenants were counted.
    pub(super) known: Option<Near>,
}

/// The figures of [`Nearness`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    pub(super) tenants: u64,
    pub(super) scary: u64,
    pub(super) share: f64,
    pub(super) severity: Severity,
    /// How long it lasts, in a few words.
    pub(super) runway: String,
}

/// Everything that screen 1 counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Digest {
    pub(super) sums: Vec<Sums>,
    pub(super) groups: Vec<Group>,
    pub(super) kinds: [u64; Spot::KINDS],
    pub(super) alerts: Vec<Alert>,
    /// New tenants per month, the oldest first, without gaps, up to this month.
    pub(super) months: Vec<(String, u64)>,
    /// The largest tenants, the largest first.
    pub(super) largest: Vec<Large>,
    /// The scary number of each database, the nearest first.
    /// The scary number of each database, the nearest first.
    pub(super) near: Vec<Nearness>,
    /// How many runs go on.
    pub(super) running: u16,
}

impl Digest {
    pub(super) fn of(fleet: &Fleet, now: Timestamp) -> Self {
        let mut digest = Self::default();
        let mut odd = [0_usize; Oddity::ALL.len()];
        let mut unknown = 0;
        let mut largest: Vec<(u64, Entry<'_>)> = Vec::new();
        for (at, database) in fleet.databases.iter().enumerate() {
            let mut group = Group { label: database.label.clone(), spots: Vec::new(), stale: database.is_stale() };
            for entry in database.entries(DatabaseId(at as u16)) {
                if let Some(spot) = Spot::of(&entry) {
                    digest.kinds[spot.index()] += 1;
                    group.spots.push(spot);
                }
                for oddity in &entry.row.oddities {
                    odd[Oddity::WORDS.iter().position(|word| *word == oddity.word()).unwrap_or(0)] += 1;
                }
                if entry.row.role != Role::System && entry.counts().is_some_and(|counts| counts.is_unknown()) {
                    unknown += 1;
                }
                if let Some(counts) = entry.counts().filter(|counts| entry.is_tenant() && counts.bytes > 0) {
                    largest.push((counts.bytes, entry));
                }
            }
            digest.sums.push(Sums::of(database, DatabaseId(at as u16)));
            digest.groups.push(group);
        }
        largest.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        digest.largest = largest
            .into_iter()
            .take(LARGEST)
            .map(|(bytes, entry)| Large {
                id: entry.id,
                schema: entry.schema_name().to_owned(),
                name: entry.tenant_name().unwrap_or_else(|| entry.schema_name()).to_owned(),
                bytes,
            })
            .collect();
        digest.alerts = alerts(fleet, &odd, unknown);
        digest.near = near(fleet, now);
        // What is worth its room is known when all is read: a diagram that came and went would be worse than none.
        if fleet.databases.iter().all(|database| database.as_of.is_some() || database.is_stale()) {
            digest.months = months(fleet, now);
        }
        digest
    }

    /// The sums of all databases together.
    pub(super) fn total(&self) -> Sums {
        let add = |a: Option<u64>, b: Option<u64>| a.map_or(b, |a| Some(a + b.unwrap_or(0)));
        self.sums.iter().fold(Sums::default(), |total, sums| Sums {
            tenants: add(total.tenants, sums.tenants),
            schemas: total.schemas + sums.schemas,
            tables: add(total.tables, sums.tables),
            bytes: add(total.bytes, sums.bytes),
            odd: total.odd + sums.odd,
            worst: total.worst.into_iter().chain(sums.worst).min(),
            ledgers: total.ledgers + sums.ledgers,
            shapes: total.shapes + sums.shapes,
            unread: total.unread + sums.unread,
            judged: total.judged + sums.judged,
        })
    }
}

impl Sums {
    fn of(database: &Database, id: DatabaseId) -> Self {
        let mut sums = Self { tenants: database.known_registry().map(|_| 0), ..Self::default() };
        for entry in database.entries(id).filter(|entry| entry.row.role != Role::System) {
            if entry.is_tenant() {
                sums.tenants = sums.tenants.map(|tenants| tenants + 1);
            }
            sums.odd += u64::from(entry.oddity().is_some());
            sums.worst = sums.worst.into_iter().chain(entry.oddity()).min();
        }
        let mut seen = HashSet::new();
        let is_judged = |entry: &Entry<'_>| entry.row.role.is_judged();
        for schema in database.entries(id).filter(is_judged).filter_map(|entry| entry.schema) {
            if seen.insert(schema.oid) {
                let it = &schema.verdict;
                sums.judged += 1;
                sums.ledgers += u64::from(it.ledger.is_drift());
                sums.shapes += u64::from(it.shape.is_drift());
                let waits = it.ledger == LedgerState::Unknown || it.shape == ShapeState::Unknown;
                sums.unread += u64::from(waits);
            }
        }
        // A schema that several tenants name has several rows, but its tables are there once.
        let system = crate::domain::roles::is_system;
        let kept = |name: &str| !system(name) && !database.policy.leaves_out(name);
        for schema in database.schemas.iter().filter(|schema| kept(&schema.name)) {
            sums.schemas += 1;
            if let Some(counts) = schema.counts {
                sums.tables = Some(sums.tables.unwrap_or(0) + u64::from(counts.tables));
                sums.bytes = Some(sums.bytes.unwrap_or(0) + counts.bytes);
            }
        }
        if sums.schemas == 0 && database.as_of.is_some() {
            (sums.tables, sums.bytes) = (Some(0), Some(0));
        }
        sums
    }
}

/// How near each database is to its scary number, the nearest first. Until all were counted they stand in their order, so that none
/// changes its place with each that comes.
fn near(fleet: &Fleet, now: Timestamp) -> Vec<Nearness> {
    let today = runway::today(now);
    let of = |(at, database): (usize, &Database)| Nearness {
        id: DatabaseId(at as u16),
        known: capacity::sizing(database).map(|it| Near {
            tenants: it.tenants,
            scary: it.scary_number,
            share: it.share,
            severity: it.severity,
            runway: runway::brief(&capacity::growth(database, &it, today).runway, today),
        }),
    };
    let mut all: Vec<Nearness> = fleet.databases.iter().enumerate().map(of).collect();
    if fleet.databases.iter().all(|database| database.as_of.is_some() || database.is_stale()) {
        let share = |it: &Nearness| it.known.as_ref().map_or(-1.0, |known| known.share);
        all.sort_by(|one, other| share(other).total_cmp(&share(one)));
    }
    all
}

fn alerts(fleet: &Fleet, odd: &[usize], unknown: usize) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut lost = 0;
    for (at, database) in fleet.databases.iter().enumerate() {
        let id = DatabaseId(at as u16);
        if database.is_stale() {
            alerts.push(Alert::Outage(id));
        }
        if matches!(database.registry, Some(Err(_))) {
            alerts.push(Alert::Registry(id));
        }
        lost += database.known_registry().map_or(0, |registry| registry.lost_domains.len());
        // What is counted as an oddity is told by its line.
        let told = |about: Oddity| Oddity::ALL.iter().zip(odd).any(|(one, count)| one.word() == about.word() && *count > 0);
        let notes = database.notes.iter().enumerate().filter(|(_, note)| !note.about.is_some_and(told));
        alerts.extend(notes.map(|(at, note)| Alert::Note(id, at, note.severity)));
    }
    alerts.extend(Oddity::ALL.into_iter().zip(odd).filter(|(_, count)| **count > 0).map(|(o, n)| Alert::Odd(o, *n)));
    alerts.extend(fleet.twins().into_iter().map(|(one, other)| Alert::Twins(one, other)));
    alerts.extend((0..fleet.drift.faults.len()).map(Alert::Drift));
    alerts.extend((lost > 0).then_some(Alert::LostDomains(lost)));
    alerts.extend((unknown > 0).then_some(Alert::NeverAnalysed(unknown)));
    alerts.sort_by_key(|alert| (std::cmp::Reverse(alert.severity()), alert.key()));
    alerts
}

/// Counts the days on which tenants were created by month. Nothing where no registry says them.
fn months(fleet: &Fleet, now: Timestamp) -> Vec<(String, u64)> {
    let mut by_month: BTreeMap<(i16, i8), u64> = BTreeMap::new();
    for database in &fleet.databases {
        for tenant in database.known_registry().iter().flat_map(|registry| &registry.tenants) {
            let month =
                tenant.created.as_deref().and_then(|day| Some((day.get(..4)?.parse().ok()?, day.get(5..7)?.parse().ok()?)));
            if let Some(month) = month.filter(|(_, month)| (1..=12).contains(month)) {
                *by_month.entry(month).or_default() += 1;
            }
        }
    }
    let Some((&first, _)) = by_month.first_key_value() else { return Vec::new() };
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut month = (today.year(), today.month());
    let mut months = Vec::new();
    while month >= first && months.len() < MONTHS {
        let new = by_month.get(&month).copied().unwrap_or(0);
        months.push((format!("{:04}-{:02}", month.0, month.1), new));
        month = if month.1 == 1 { (month.0 - 1, 12) } else { (month.0, month.1 - 1) };
    }
    months.reverse();
    months
}
