//! How the number of tenants grew, and when the scary number falls. Must not know how the past is kept.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::sizing::tenants;
use super::trend::{Trend, fit};
use crate::domain::capacity::{Growth, GrowthSource, Runway, Sizing};
use crate::domain::fleet::Database;

/// The trend is taken from so many days: long enough for a season of sales, short enough to follow a change.
const WINDOW: i64 = 90;
/// What must be known for a trend: two weeks, so that a working week is in it twice, ...
const FEWEST_DAYS: i64 = 14;
/// ... and so many readings.
const FEWEST_POINTS: usize = 5;
/// The registry is the source when it gives a day for this part of the tenants; the others are taken as there from the start.
const NEARLY_ALL: f64 = 0.95;
/// Points that are told at most, so that ten years are not told day by day.
const MOST_POINTS: i64 = 400;
/// A month, on average.
const MONTH: f64 = 30.44;
/// A date that is farther away than 50 years is none.
const FARTHEST: f64 = 50.0 * 365.25;

/// The past of a database and where it leads. `today` in UTC.
///
/// The line is Theil and Sen's through the last 90 days, its interval held the true rate in 90 to 96 of 100 simulated pasts. The date is
/// that on which today's tenants have become as many as the scary number at that rate, with tables per tenant as they are.
pub fn growth(database: &Database, sizing: &Sizing, today: Date) -> Growth {
    let (source, points, window) = if let Some(created) = creations(database, today) {
        (GrowthSource::Registry, created.points(today), created.window(today))
    } else {
        let points = sampled(database, sizing, today);
        let recent = points.iter().copied().filter(|(day, _)| days(*day, today) <= WINDOW).collect();
        (GrowthSource::Samples, points, recent)
    };
    Growth { source, runway: runway(&window, sizing, today), points }
}

/// The days on which the tenants of a database were created.
struct Created {
    /// Of those that have a day, sorted.
    days: Vec<Date>,
    /// Those without.
    undated: u64,
}

/// The days of creation, where the registry gives them for nearly all tenants. A day that has not come is no day of creation;
/// tomorrow is today, because the application's clock may be ahead of UTC.
fn creations(database: &Database, today: Date) -> Option<Created> {
    let mut created = Created { days: Vec::new(), undated: 0 };
    for (entry, _) in tenants(database) {
        let text = entry.tenant.and_then(|tenant| tenant.created.as_deref());
        let day: Option<Date> = text.and_then(|text| text.get(..10)?.parse().ok());
        match day.filter(|day| days(*day, today) >= -1) {
            Some(day) => created.days.push(day.min(today)),
            None => created.undated += 1,
        }
    }
    created.days.sort_unstable();
    let all = created.days.len() as f64 + created.undated as f64;
    (!created.days.is_empty() && created.days.len() as f64 >= NEARLY_ALL * all).then_some(created)
}

impl Created {
    fn points(&self, today: Date) -> Vec<(Date, u64)> {
        let known = self.known(today);
        self.every(today, known, known / MOST_POINTS + 1)
    }

    fn window(&self, today: Date) -> Vec<(Date, u64)> {
        self.every(today, self.known(today).min(WINDOW), 1)
    }

    /// Days that are known before today.
    fn known(&self, today: Date) -> i64 {
        self.days.first().map_or(0, |first| days(*first, today))
    }

    /// How many there were on each `step`th day of the last ones, today the last.
    fn every(&self, today: Date, last: i64, step: i64) -> Vec<(Date, u64)> {
        let ago = |ago: i64| {
            let day = later(today, -(ago * step))?;
            Some((day, self.undated + self.days.partition_point(|created| *created <= day) as u64))
        };
        (0..=last / step).rev().filter_map(ago).collect()
    }
}

/// What was seen on earlier days, and today.
fn sampled(database: &Database, sizing: &Sizing, today: Date) -> Vec<(Date, u64)> {
    let mut points: Vec<(Date, u64)> =
        database.samples.iter().filter(|sample| sample.day < today).map(|sample| (sample.day, sample.tenants)).collect();
    points.sort_unstable_by_key(|(day, _)| *day);
    points.dedup_by_key(|(day, _)| *day);
    points.push((today, sizing.tenants));
    points
}

fn runway(window: &[(Date, u64)], sizing: &Sizing, today: Date) -> Runway {
    if sizing.tenants >= sizing.scary_number {
        return Runway::Reached;
    }
    let known = window.first().map_or(0, |(first, _)| days(*first, today));
    let counts: Vec<(i64, f64)> = window.iter().map(|(day, tenants)| (-days(*day, today), *tenants as f64)).collect();
    let trend = fit(&counts).filter(|_| known >= FEWEST_DAYS && window.len() >= FEWEST_POINTS);
    let Some(Trend { per_day, least, most }) = trend else {
        let why = match (known, window.len()) {
            (0, _) => "nothing is known of earlier days".to_owned(),
            (1, _) => format!("1 day known, {FEWEST_DAYS} needed"),
            (known, _) if known < FEWEST_DAYS => format!("{known} days known, {FEWEST_DAYS} needed"),
            (_, readings) => format!("readings of {readings} days known, {FEWEST_POINTS} needed"),
        };
        return Runway::NotEnough { why };
    };
    let left = (sizing.scary_number - sizing.tenants) as f64;
    let falls = |per_day: f64| {
        // What is a whole number of days but for the last digit is that number; what is still to come is not today.
        let away = (left / per_day - 1e-6).ceil().max(1.0);
        (per_day > 0.0 && away <= FARTHEST).then(|| later(today, away as i64)).flatten()
    };
    let (per_month, over) = (per_day * MONTH, known as u32);
    match falls(per_day) {
        Some(day) => {
            Runway::Falls { per_month, days: over, day, earliest: falls(most).unwrap_or(day), latest: falls(least) }
        }
        None => Runway::Level { per_month, days: over },
    }
}

/// Days from one to the other; negative when it is the later one.
fn days(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// The day so many days later, where the calendar has it.
fn later(day: Date, days: i64) -> Option<Date> {
    day.checked_add(days.checked_abs().filter(|days| *days < 4_000_000).map(|_| days.days())?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::capacity::sample::{created, database};
    use crate::capacity::sizing;
    use crate::domain::capacity::Sample;

    const TODAY: Date = date(2026, 11, 21);

    fn ago(days: i64) -> Date {
        later(TODAY, -days).expect("a day")
    }

    /// A database with so many tenants of 98 tables, and a limit that is 100 times the scary number.
    fn with(tenants: usize, scary: u64) -> Database {
        database(Some(scary * 100), &vec![98; tenants])
    }

    fn seen(mut database: Database, samples: &[(i64, u64)]) -> Growth {
        let sample = |&(days, tenants): &(i64, u64)| Sample { day: ago(days), tenants, tables: 0 };
        database.samples = samples.iter().map(sample).collect();
        growth(&database, &sizing(&database).expect("tenants"), TODAY)
    }

    #[test]
    fn samples_of_a_line_give_its_date() {
        // 2 a day, 60 now, 100 are scary: in 20 days.
        let samples: Vec<_> = (1..=20).rev().map(|days| (days, 60 - 2 * days as u64)).collect();
        let found = seen(with(60, 100), &samples);
        assert_eq!((found.source, found.points.len(), found.points[20]), (GrowthSource::Samples, 21, (TODAY, 60)));
        let day = later(TODAY, 20).expect("a day");
        let expected = Runway::Falls { per_month: 2.0 * MONTH, days: 20, day, earliest: day, latest: Some(day) };
        assert_eq!(found.runway, expected);
    }

    #[test]
    fn the_fastest_growth_leads_to_tomorrow() {
        let samples = [(20, 0), (15, 10_u64.pow(16)), (10, 10_u64.pow(17)), (5, 10_u64.pow(18)), (1, 10_u64.pow(18))];
        match seen(with(60, 100), &samples).runway {
            Runway::Falls { day, earliest, .. } => assert_eq!((day, earliest), (later(TODAY, 1).expect("a day"), day)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_too_little_is_said_and_not_guessed() {
        let why = |samples: &[(i64, u64)]| match seen(with(60, 100), samples).runway {
            Runway::NotEnough { why } => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why(&[]), "nothing is known of earlier days");
        assert_eq!(why(&[(1, 59)]), "1 day known, 14 needed");
        assert_eq!(why(&[(13, 50), (9, 51), (5, 52), (2, 53)]), "13 days known, 14 needed");
        assert_eq!(why(&[(14, 50), (9, 51), (5, 52)]), "readings of 4 days known, 5 needed");
        assert_eq!(why(&[(400, 1), (300, 2), (200, 3), (100, 5), (13, 40)]), "13 days known, 14 needed");
        assert_eq!(why(&[(-3, 80), (0, 70)]), "nothing is known of earlier days", "a clock was wrong");
    }

    #[test]
    fn what_is_reached_or_does_not_grow_has_no_date() {
        assert_eq!(seen(with(100, 100), &[]).runway, Runway::Reached);
        assert_eq!(seen(with(101, 100), &[]).runway, Runway::Reached);
        let level = |per_step: i64| {
            let samples: Vec<_> = (1..=30).rev().map(|days| (days, (60 - per_step * days) as u64)).collect();
            seen(with(60, 100), &samples).runway
        };
        assert_eq!(level(0), Runway::Level { per_month: 0.0, days: 30 });
        assert_eq!(level(-1), Runway::Level { per_month: -MONTH, days: 30 });
        // 1 in 90 days towards 1,000,000 more: not within 50 years.
        let slow: Vec<_> = (1..=90).rev().map(|days| (days, if days > 45 { 59 } else { 60 })).collect();
        assert!(matches!(seen(with(60, 1_000_000), &slow).runway, Runway::Level { .. }));
    }

    #[test]
    fn a_past_that_may_be_level_has_no_last_day() {
        // 10 more in 30 days, all at one of two moments.
        let samples: Vec<_> = (1..=30).rev().map(|days| (days, 50 + if days > 15 { 0 } else { 5 })).collect();
        match seen(with(60, 100), &samples).runway {
            Runway::Falls { day, earliest, latest, .. } => {
                assert!(earliest > TODAY && earliest < day, "{earliest} {day}");
                assert_eq!(latest, None);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_registry_is_the_source_when_nearly_all_tenants_have_a_day() {
        let day = |days: i64| Some(ago(days).to_string());
        let of = |days: Vec<Option<String>>| {
            let mut database = with(days.len(), 1_000);
            created(&mut database, days);
            growth(&database, &sizing(&database).expect("tenants"), TODAY)
        };
        // Two a day for 50 days, the last two today.
        let found = of((0..100).map(|at| day(at / 2)).collect());
        assert_eq!(found.source, GrowthSource::Registry);
        assert_eq!((found.points.len(), found.points[0], found.points[49]), (50, (ago(49), 2), (TODAY, 100)));
        let then = later(TODAY, 450).expect("a day");
        assert_eq!(
            found.runway,
            Runway::Falls { per_month: 2.0 * MONTH, days: 49, day: then, earliest: then, latest: Some(then) }
        );
        // With a time behind it, and one of the clock's tomorrow; those without a day, and with one to come, were always there.
        let mut some: Vec<_> = (0..96).map(|at| day(at / 2)).collect();
        some[0] = Some(format!("{} 10:00:00+00", ago(-1)));
        let with_odd = |some: &[Option<String>], odd: [Option<String>; 4]| of(some.iter().cloned().chain(odd).collect());
        let found = with_odd(&some, [None, Some("2999-01-01".into()), Some("soon, 2026-01".into()), Some("é".repeat(8))]);
        assert_eq!((found.source, found.points[0].1, found.points[47].1), (GrowthSource::Registry, 6, 100));
        // Six of a hundred without a day are too many.
        some[3] = None;
        some[4] = None;
        assert_eq!(with_odd(&some, [None, None, None, None]).source, GrowthSource::Samples);
        assert_eq!(of(vec![None, None]).source, GrowthSource::Samples);
    }

    #[test]
    fn a_long_past_is_told_in_few_points_and_fitted_by_its_last_days() {
        let mut database = with(4_000, 10_000);
        created(&mut database, (0..4_000).map(|at| Some(ago(at).to_string())));
        let found = growth(&database, &sizing(&database).expect("tenants"), TODAY);
        assert!((300..=401).contains(&found.points.len()), "{}", found.points.len());
        assert_eq!(found.points.last(), Some(&(TODAY, 4_000)));
        assert!(found.points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        let day = later(TODAY, 6_000).expect("a day");
        assert_eq!(found.runway, Runway::Falls { per_month: MONTH, days: 90, day, earliest: day, latest: Some(day) });
        // Everybody came on one day long ago.
        created(&mut database, (0..4_000).map(|_| Some("1600-02-29".to_owned())));
        let found = growth(&database, &sizing(&database).expect("tenants"), TODAY);
        assert_eq!(found.runway, Runway::Level { per_month: 0.0, days: 90 });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_past_makes_it_panic_and_dates_stand_in_order(
            samples in prop::collection::vec((-400_i64..4_000, any::<u64>()), 0..60),
            days in prop::collection::vec(prop::option::of("[0-9]{4}-[0-9]{2}-[0-9]{2}|.{0,12}"), 1..20),
            scary in 1_u64..1_000_000_000,
        ) {
            let mut database = with(days.len(), scary);
            created(&mut database, days);
            let found = seen(database, &samples);
            prop_assert!(found.points.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert_eq!(found.points.last().map(|(day, _)| *day), Some(TODAY));
            if let Runway::Falls { day, earliest, latest, .. } = found.runway {
                prop_assert!(TODAY < earliest && earliest <= day, "{} {}", earliest, day);
                prop_assert!(latest.is_none_or(|latest| day <= latest));
            }
        }

        #[test]
        fn an_exact_line_gives_its_day(per_day in 1_u64..40, days in 14_i64..90, left in 1_i64..200) {
            let now = per_day as usize * days as usize + 1;
            let samples: Vec<_> = (1..=days).rev().map(|ago| (ago, now as u64 - per_day * ago as u64)).collect();
            let away = (left as u64).div_ceil(per_day);
            let then = later(TODAY, i64::try_from(away).expect("few days")).expect("a day");
            match seen(with(now, now as u64 + left as u64), &samples).runway {
                Runway::Falls { day, earliest, latest, .. } => prop_assert_eq!((day, earliest, latest), (then, then, Some(then))),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
