//! The scary number of tenants and how near it is. Must not know when it falls.

use crate::domain::capacity::{Outlier, Sizing, Spread, USUAL_TABLE_LIMIT};
use crate::domain::fleet::{Database, DatabaseId, Entry, Fleet, Severity};

/// From this share of the scary number on it is worth looking at: what is left is less than half of what is there, and moving
/// tenants to another database takes months to prepare.
const SHARE_WARN: f64 = 0.7;
/// From this share on it is dangerous: one good month, or one large import, may use up what is left.
const SHARE_DANGER: f64 = 0.9;

/// What each tenant has beside its tables, in units of a table: the `+ 2` of the rule of thumb.
const BESIDE: u64 = 2;

/// A tenant stands out when it is farther from the median than this many standard deviations (Iglewicz and Hoaglin 1993).
const FAR: f64 = 3.5;
/// And by at least so many tables: one migration more or less is nobody's oddity.
const FEWEST: u32 = 3;
/// The median of the absolute deviations, and their mean, times these are the standard deviation of a normal distribution.
const OF_MEDIAN: f64 = 1.4826;
const OF_MEAN: f64 = 1.2533;

/// How full a database is; `None` until its tenants are known and were counted, and when it has none.
///
/// A tenant counts when it has a schema; one that two tenants name counts once. Orphans, shared schemas and the reference do not.
pub fn sizing(database: &Database) -> Option<Sizing> {
    let counted: Vec<(&str, u32)> = tenants(database).map(|(entry, tables)| (entry.schema_name(), tables)).collect();
    let (spread, tables) = spread(counted.iter().map(|(_, tables)| *tables).collect())?;
    let limit = database.policy.table_limit;
    let room = Room { table_limit: limit.unwrap_or(USUAL_TABLE_LIMIT), is_limit_configured: limit.is_some() };
    Some(Sizing { outliers: outliers(&counted, spread.median), ..of(counted.len() as u64, tables, spread, room) })
}

/// How full a fleet is: the tenants of its databases together against what these databases take together; `None` until one of
/// them was counted. A database that is there twice (a standby beside its primary) counts once. Outliers are told by database.
pub fn of_fleet(fleet: &Fleet) -> Option<Sizing> {
    let twins = fleet.twins();
    let is_second = |at: usize| twins.iter().any(|(_, second)| usize::from(second.0) == at);
    let databases = fleet.databases.iter().enumerate().filter(|(at, _)| !is_second(*at)).map(|(_, database)| database);
    let parts: Vec<(&Database, Sizing)> = databases.filter_map(|database| Some((database, sizing(database)?))).collect();
    let all = parts.iter().flat_map(|(database, _)| tenants(database)).map(|(_, tables)| tables).collect();
    let (spread, tables) = spread(all)?;
    let sum = |figure: fn(&Sizing) -> u64| parts.iter().map(|(_, sizing)| figure(sizing)).fold(0, u64::saturating_add);
    let room = Room {
        table_limit: sum(|sizing| sizing.table_limit),
        is_limit_configured: parts.iter().any(|(_, sizing)| sizing.is_limit_configured),
    };
    let whole = of(sum(|sizing| sizing.tenants), tables, spread, room);
    let scary_number = sum(|sizing| sizing.scary_number);
    let share = share(whole.tenants, scary_number);
    Some(Sizing { scary_number, spoken: spoken(sum(|sizing| sizing.spoken)), share, severity: severity(share), ..whole })
}

/// How full it would be with so many tables for each tenant and so many tenants, under the same limit.
pub fn what_if(now: &Sizing, tables_per_tenant: u32, tenants: u64) -> Sizing {
    let spread = Spread { least: tables_per_tenant, median: tables_per_tenant, most: tables_per_tenant };
    let room = Room { table_limit: now.table_limit, is_limit_configured: now.is_limit_configured };
    of(tenants, u64::from(tables_per_tenant).saturating_mul(tenants), spread, room)
}

/// The tenants that count, with their tables.
pub(super) fn tenants(database: &Database) -> impl Iterator<Item = (Entry<'_>, u32)> {
    let is_known = database.known_registry().is_some();
    let mut last = None;
    database.entries(DatabaseId(0)).filter(move |entry| is_known && entry.is_tenant()).filter_map(move |entry| {
        let counts = entry.counts()?;
        // Rows stand in the order of schemas, so that those of one schema follow each other.
        let is_new = last.replace(entry.row.schema) != Some(entry.row.schema);
        is_new.then_some((entry, counts.tables))
    })
}

/// How many tables are said to fit, and who says so.
#[derive(Debug, Clone, Copy)]
struct Room {
    table_limit: u64,
    is_limit_configured: bool,
}

fn of(tenants: u64, tables: u64, spread: Spread, room: Room) -> Sizing {
    let each = u64::from(spread.median);
    let scary_number = room.table_limit / (each + BESIDE);
    let share = share(tenants, scary_number);
    Sizing {
        tenants,
        tables,
        tables_per_tenant: spread,
        outliers: Vec::new(),
        table_limit: room.table_limit,
        is_limit_configured: room.is_limit_configured,
        scary_number,
        spoken: spoken(room.table_limit / each.max(1)),
        million_tables_factor: each as f64 * tenants as f64 / 1e6,
        share,
        severity: severity(share),
    }
}

/// A database that takes no tenant at all is judged as if it took one, so that the share stays a number.
fn share(tenants: u64, scary_number: u64) -> f64 {
    tenants as f64 / scary_number.max(1) as f64
}

fn severity(share: f64) -> Severity {
    if share >= SHARE_DANGER {
        Severity::Danger
    } else if share >= SHARE_WARN {
        Severity::Warn
    } else {
        Severity::Ok
    }
}

/// Rounded to two significant digits, half upwards.
fn spoken(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    number / unit * unit + if number % unit >= unit.div_ceil(2).max(1) { unit } else { 0 }
}

/// The spread of the figures and their sum; `None` without any. Of an even number of figures the larger one in the middle is the
/// median, so that the scary number is not flattered.
fn spread(mut tables: Vec<u32>) -> Option<(Spread, u64)> {
    tables.sort_unstable();
    let spread = Spread { least: *tables.first()?, median: tables[tables.len() / 2], most: *tables.last()? };
    Some((spread, tables.iter().map(|tables| u64::from(*tables)).sum()))
}

/// Those whose number of tables is farther than [`FAR`] standard deviations, and at least [`FEWEST`] tables, from the median; the
/// farthest first. The deviation is taken from the median of the absolute deviations, which a few odd tenants do not move; where
/// more than half of the tenants are alike that is 0, and it is taken from their mean.
fn outliers(counted: &[(&str, u32)], median: u32) -> Vec<Outlier> {
    let mut apart: Vec<u32> = counted.iter().map(|(_, tables)| tables.abs_diff(median)).collect();
    apart.sort_unstable();
    let middle = apart.get(apart.len() / 2).copied().unwrap_or_default();
    let mean = apart.iter().map(|apart| f64::from(*apart)).sum::<f64>() / apart.len().max(1) as f64;
    let deviation = if middle > 0 { OF_MEDIAN * f64::from(middle) } else { OF_MEAN * mean };
    let is_far = |apart: u32| apart >= FEWEST && f64::from(apart) > FAR * deviation;
    let mut found: Vec<Outlier> = counted
        .iter()
        .filter(|(_, tables)| is_far(tables.abs_diff(median)))
        .map(|(schema, tables)| Outlier { schema: (*schema).to_owned(), tables: *tables })
        .collect();
    found.sort_by(|a, b| b.tables.abs_diff(median).cmp(&a.tables.abs_diff(median)).then_with(|| a.schema.cmp(&b.schema)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::sample::{database, fleet};

    /// Limit, tables of the tenants; scary number, spoken, factor in millionths, share in thousandths, severity.
    type Case = (Option<u64>, Vec<u32>, u64, u64, u64, u64, Severity);

    #[test]
    fn the_scary_number_of_databases_worked_by_hand() {
        let cases: [Case; 10] = [
            // The rule of the field: 10^6 / 102 = 9,803.9; spoken 10^6 / 100.
            (None, vec![100; 3], 9_803, 10_000, 300, 0, Severity::Ok),
            (None, vec![40, 40, 42], 23_809, 25_000, 120, 0, Severity::Ok),
            // 10^6 / 37 = 27,027, spoken 27,000; 10^6 / 39 = 25,641.
            (None, vec![37], 25_641, 27_000, 37, 0, Severity::Ok),
            // 10^6 / 8 = 125,000: 130,000 to two digits.
            (None, vec![8], 100_000, 130_000, 8, 0, Severity::Ok),
            // Seven of ten, nine of ten, and just below.
            (Some(1_000), vec![98; 7], 10, 10, 686, 700, Severity::Warn),
            (Some(1_000), vec![98; 6], 10, 10, 588, 600, Severity::Ok),
            (Some(1_000), vec![98; 9], 10, 10, 882, 900, Severity::Danger),
            (Some(1_000), vec![98; 12], 10, 10, 1_176, 1_200, Severity::Danger),
            // Tenants whose schema is empty have no table and still take their place.
            (Some(1_000), vec![0, 0], 500, 1_000, 0, 4, Severity::Ok),
            // A limit below the tables of one tenant takes no tenant at all.
            (Some(50), vec![100, 100], 0, 0, 200, 2_000, Severity::Danger),
        ];
        for (limit, tables, scary, spoken, factor, share, severity) in cases {
            let found = sizing(&database(limit, &tables)).expect("tenants");
            assert_eq!((found.scary_number, found.spoken), (scary, spoken), "{limit:?} {tables:?}");
            assert_eq!((found.million_tables_factor * 1e6).round() as u64, factor, "{limit:?} {tables:?}");
            assert_eq!((found.share * 1e3).round() as u64, share, "{limit:?} {tables:?}");
            assert_eq!(found.severity, severity, "{limit:?} {tables:?}");
            assert_eq!(found.tenants, tables.len() as u64);
            assert_eq!(found.tables, tables.iter().map(|tables| u64::from(*tables)).sum::<u64>());
            assert_eq!(found.is_limit_configured, limit.is_some());
        }
    }

    #[test]
    fn the_median_is_the_larger_one_in_the_middle() {
        for (tables, expected) in [
            (vec![7], (7, 7, 7)),
            (vec![104, 98, 100], (98, 100, 104)),
            (vec![4, 1, 3, 2], (1, 3, 4)),
            (vec![0, 100], (0, 100, 100)),
        ] {
            let Spread { least, median, most } = sizing(&database(None, &tables)).expect("tenants").tables_per_tenant;
            assert_eq!((least, median, most), expected, "{tables:?}");
        }
    }

    #[test]
    fn only_tenants_with_a_counted_schema_count() {
        assert_eq!(sizing(&database(None, &[])), None, "there is no tenant");
        let mut known = database(None, &[10, 10]);
        // A third schema that no tenant names, and a tenant whose schema is not there.
        crate::capacity::sample::add_orphan(&mut known, 500);
        crate::capacity::sample::add_lost_tenant(&mut known);
        let found = sizing(&known).expect("tenants");
        assert_eq!((found.tenants, found.tables, found.tables_per_tenant.most), (2, 20, 10));
        // Two tenants in one schema have its tables once.
        crate::capacity::sample::add_second_tenant(&mut known);
        assert_eq!(sizing(&known).map(|found| (found.tenants, found.tables)), Some((2, 20)));
        known.registry = None;
        assert_eq!(sizing(&known), None, "nobody knows who is a tenant");
    }

    #[test]
    fn those_far_from_the_others_stand_out() {
        let named = |tables: &[u32]| -> Vec<(String, u32)> {
            let found = sizing(&database(None, tables)).expect("tenants").outliers;
            found.into_iter().map(|outlier| (outlier.schema, outlier.tables)).collect()
        };
        let alike = [100; 20];
        let with = |more: &[u32]| [&alike, more].concat();
        assert_eq!(named(&with(&[])), []);
        assert_eq!(named(&with(&[140, 0])), [("t021".to_owned(), 0), ("t020".to_owned(), 140)], "the farthest first");
        assert_eq!(named(&with(&[102])), [], "two tables more are nobody's oddity");
        assert_eq!(named(&with(&[103])), [("t020".to_owned(), 103)]);
        assert_eq!(named(&with(&[104; 12])), [], "two generations of one application are both usual");
        // 10 tables apart is usual where they are spread: the median of the deviations from 50 is 2, and 3.5 x 1.4826 x 2 = 10.4.
        let spread = [46, 47, 48, 48, 49, 50, 50, 51, 52, 52, 53, 54];
        assert_eq!(named(&[&spread[..], &[60]].concat()), []);
        assert_eq!(named(&[&spread[..], &[61]].concat()), [("t012".to_owned(), 61)]);
        assert_eq!(named(&[100, 10]), [], "of two tenants neither is the odd one");
    }

    #[test]
    fn a_fleet_is_its_databases_together() {
        let two = fleet(vec![database(None, &[100; 4]), database(Some(10_200), &[100; 60])]);
        let found = of_fleet(&two).expect("tenants");
        // 9,803 and 100 tenants fit; the second one alone is at 60 %.
        assert_eq!((found.tenants, found.tables, found.scary_number), (64, 6_400, 9_903));
        assert_eq!((found.table_limit, found.is_limit_configured, found.spoken), (1_010_200, true, 10_000));
        assert!((found.share - 64.0 / 9_903.0).abs() < 1e-12 && found.severity == Severity::Ok);
        assert_eq!(of_fleet(&fleet(vec![database(None, &[])])), None);
        let one = fleet(vec![database(None, &[]), database(None, &[100; 4])]);
        assert_eq!(of_fleet(&one), sizing(&one.databases[1]), "what nobody knows is not counted");
    }

    #[test]
    fn what_if_changes_tables_and_tenants_alone() {
        let now = sizing(&database(Some(500_000), &[100; 5])).expect("tenants");
        let then = what_if(&now, 123, 2_800);
        assert_eq!((then.scary_number, then.tenants, then.table_limit), (4_000, 2_800, 500_000));
        assert!((then.share - 0.7).abs() < 1e-12 && then.severity == Severity::Warn && then.is_limit_configured);
        assert_eq!(what_if(&now, u32::MAX, u64::MAX).tables, u64::MAX);
        assert_eq!(what_if(&now, 0, 0).severity, Severity::Ok);
    }

    #[test]
    fn spoken_numbers_have_two_digits() {
        for (number, expected) in
            [(0, 0), (7, 7), (99, 99), (100, 100), (104, 100), (105, 110), (9_949, 9_900), (9_950, 10_000), (27_027, 27_000)]
        {
            assert_eq!(spoken(number), expected, "{number}");
        }
        assert_eq!(spoken(u64::MAX), 18_000_000_000_000_000_000);
    }
}
