//! What screens and verbs say alike of a runway: how long it is and how sure that is. Must not know how it was reckoned.

use jiff::civil::Date;

use crate::domain::capacity::{Growth, GrowthSource, Runway};

/// From so many days on a span is told in months, and from so many on in years.
const MONTHS_FROM: i32 = 60;
const YEARS_FROM: i32 = 48 * 30;

/// Days of the unit that months are told in.
const MONTH: f64 = 30.44;

/// The day in UTC.
pub fn today(now: jiff::Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// How long it is, in at most nine cells; `none` where nothing is known.
pub fn length(runway: &Runway, today: Date, none: &str) -> String {
    match runway {
        Runway::NotEnough { .. } => none.to_owned(),
        Runway::Reached => "reached".to_owned(),
        Runway::Level { per_month, .. } if *per_month <= 0.0 => "no end".to_owned(),
        Runway::Level { .. } => ">50 years".to_owned(),
        Runway::Falls { day, .. } => span(today, *day),
    }
}

/// From one day to another in the unit that people use: `9 days`, `14 months`, `6 years`.
fn span(from: Date, to: Date) -> String {
    let days = days(from, to);
    let unit = Unit::of(days);
    let count = unit.count(days);
    format!("{count} {}{}", unit.word(), if count == 1 { "" } else { "s" })
}

/// How sure it is and what it was taken from; the reason where nothing is known.
pub fn grounds(runway: &Runway, today: Date) -> String {
    match runway {
        Runway::NotEnough { why } => format!("not enough data: {why}"),
        Runway::Reached => "as many tenants as one database is said to take".to_owned(),
        Runway::Level { per_month, days } => format!("{} over {days} days", rate(*per_month)),
        Runway::Falls { per_month, days: over, day, earliest, latest } => {
            let unit = Unit::of(days(today, *day));
            let least = unit.count(days(today, *earliest));
            let most = latest.map(|latest| unit.count(days(today, latest)));
            let interval = match most {
                Some(most) if most == least => String::new(),
                Some(most) => format!("{least} to {most}, "),
                None => format!("{least} or more, "),
            };
            format!("{interval}at {} over {over} days", rate(*per_month))
        }
    }
}

/// In two or three words for a line that tells more than this.
pub fn brief(runway: &Runway, today: Date) -> String {
    match runway {
        Runway::NotEnough { .. } => "no runway known".to_owned(),
        Runway::Reached => "reached".to_owned(),
        Runway::Level { .. } | Runway::Falls { .. } => {
            format!("{} left", length(runway, today, "")).replace("no end left", "no end")
        }
    }
}

/// Where the past is known from.
pub fn source(growth: &Growth) -> &'static str {
    match growth.source {
        GrowthSource::Registry => "by the registry's dates",
        GrowthSource::Samples => "as tenantry saw it",
    }
}

/// `+230 a month`, with a digit after the point where it is small; `no growth` where even that would be nothing.
pub fn rate(per_month: f64) -> String {
    match signed(per_month).as_str() {
        "0" => "no growth".to_owned(),
        figure => format!("{figure} a month"),
    }
}

/// `+230`, `-4.5`, `0`: a decimal below ten.
pub fn signed(figure: f64) -> String {
    let size = figure.abs();
    let text = if size < 9.95 { format!("{size:.1}") } else { crate::domain::units::count(size.round() as u64) };
    match text.as_str() {
        "0.0" => "0".to_owned(),
        _ if figure < 0.0 => format!("-{text}"),
        _ => format!("+{text}"),
    }
}

/// Days from one to another; negative when it lies before.
pub fn days(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

enum Unit {
    Days,
    Months,
    Years,
}

impl Unit {
    fn of(days: i32) -> Self {
        match days {
            ..MONTHS_FROM => Self::Days,
            MONTHS_FROM..YEARS_FROM => Self::Months,
            _ => Self::Years,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Days => "day",
            Self::Months => "month",
            Self::Years => "year",
        }
    }

    fn count(&self, days: i32) -> i64 {
        let days = f64::from(days.max(0));
        match self {
            Self::Days => days as i64,
            Self::Months => (days / MONTH).round() as i64,
            Self::Years => (days / (MONTH * 12.0)).round() as i64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn falls(day: &str, earliest: &str, latest: Option<&str>) -> Runway {
        Runway::Falls { per_month: 230.4, days: 90, day: date(day), earliest: date(earliest), latest: latest.map(date) }
    }

    #[test]
    fn a_runway_is_told_in_the_unit_that_fits_and_its_interval_in_the_same() {
        let today = date("2026-11-20");
        let why = "2 days known, 14 needed".to_owned();
        for (runway, length_of, grounds_of, brief_of) in [
            (
                falls("2028-01-20", "2027-11-20", Some("2028-05-20")),
                "14 months",
                "12 to 18, at +230 a month over 90 days",
                "14 months left",
            ),
            (
                falls("2026-12-20", "2026-12-01", Some("2027-02-20")),
                "30 days",
                "11 to 92, at +230 a month over 90 days",
                "30 days left",
            ),
            (falls("2032-11-20", "2030-11-20", None), "6 years", "4 or more, at +230 a month over 90 days", "6 years left"),
            (falls("2026-11-21", "2026-11-21", Some("2026-11-21")), "1 day", "at +230 a month over 90 days", "1 day left"),
            (Runway::Level { per_month: -1.25, days: 30 }, "no end", "-1.2 a month over 30 days", "no end"),
            (Runway::Level { per_month: 0.1, days: 30 }, ">50 years", "+0.1 a month over 30 days", ">50 years left"),
            (Runway::Level { per_month: 0.0, days: 90 }, "no end", "no growth over 90 days", "no end"),
            (Runway::Reached, "reached", "as many tenants as one database is said to take", "reached"),
            (Runway::NotEnough { why }, "-", "not enough data: 2 days known, 14 needed", "no runway known"),
        ] {
            let told = (length(&runway, today, "-"), grounds(&runway, today), brief(&runway, today));
            assert_eq!(told, (length_of.to_owned(), grounds_of.to_owned(), brief_of.to_owned()));
            assert!(told.0.len() <= 9 && told.1.len() <= 47, "{told:?}");
        }
    }

    #[test]
    fn spans_and_rates_are_told_as_people_tell_them() {
        let from = date("2026-11-21");
        for (to, expected) in [
            (date("2026-11-22"), "1 day"),
            (date("2027-01-19"), "59 days"),
            (date("2027-01-20"), "2 months"),
            (date("2030-10-01"), "46 months"),
            (date("2036-11-21"), "10 years"),
        ] {
            assert_eq!(span(from, to), expected);
        }
        for (rate, expected) in [(230.4, "+230"), (-4.54, "-4.5"), (0.01, "0"), (-0.01, "0"), (9.96, "+10")] {
            assert_eq!(signed(rate), expected);
        }
    }
}
