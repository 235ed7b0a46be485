//! A window of local time in which work may start: when it is open by the clock of a zone, and when that changes. Pure; must not ask
//! what time it is.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// From one time of day to another one, of the next day where that is not later. It is open as long as a clock on the wall shows a
/// time in it: where clocks are set forward over its beginning it opens with the first time that they show, and where an hour comes
/// twice, so does its part of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first time of day that is in it.
    pub opens: Time,
    /// The first time of day that is not.
    pub closes: Time,
}

/// Days ahead in which a window surely opens, also where a day is left out of the calendar.
const AHEAD: i32 = 4;

impl Window {
    /// Whether a clock that shows this shows a time in it.
    pub fn has(self, time: Time) -> bool {
        let (since, before) = (self.opens <= time, time < self.closes);
        if self.opens < self.closes { since && before } else { since || before }
    }

    /// Whether it is open in a zone at a moment.
    pub fn is_open(self, zone: &TimeZone, at: Timestamp) -> bool {
        self.has(zone.to_datetime(at).time())
    }

    /// When something that waits for it may start next in a zone: at once where it is open.
    pub fn next(self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(zone, now) { Some(now) } else { self.change(zone, now) }
    }

    /// When it closes, where it is open, or opens, where it is closed.
    pub fn change(self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let is_open = self.is_open(zone, now);
        let today = zone.to_datetime(now).date();
        let days = (-1..=AHEAD).filter_map(|days| today.checked_add(days.days()).ok());
        let times = days.flat_map(|day| [day.to_datetime(self.opens), day.to_datetime(self.closes)]);
        // What a clock shows twice comes at two moments; what it never shows is passed over when it is set.
        let moments = times.flat_map(|time| {
            let moment = zone.to_ambiguous_timestamp(time);
            [moment.earlier().ok(), moment.later().ok()]
        });
        let end = now + SignedDuration::from_hours(24 * i64::from(AHEAD));
        let settings = zone.following(now).map(|setting| setting.timestamp()).take_while(|at| *at <= end);
        moments.flatten().chain(settings).filter(|at| *at > now && self.is_open(zone, *at) != is_open).min()
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.opens.strftime("%H:%M"), self.closes.strftime("%H:%M"))
    }
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
        let parts = text.split_once('-').and_then(|(opens, closes)| Some((time(opens)?, time(closes)?)));
        match parts {
            Some((opens, closes)) if opens != closes => Ok(Self { opens, closes }),
            Some(_) => Err("it would be empty, or never close: give two different times".to_owned()),
            None => Err("two times of day as 02:00-05:00".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap_or_else(|error| panic!("{error}"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Asked at a moment, the window opens next at another one, and closes then.
    fn check(name: &str, window: &str, asked: &str, opens: &str, closes: &str) {
        let (zone, window): (TimeZone, Window) = (zone(name), window.parse().expect("a window"));
        let next = window.next(&zone, at(asked));
        assert_eq!(next, Some(at(opens)), "{name} {window} at {asked} opens");
        assert_eq!(window.change(&zone, at(opens)), Some(at(closes)), "{name} {window} at {asked} closes");
    }

    #[test]
    fn a_window_opens_by_the_clock_on_the_wall() {
        // An ordinary night, asked before, within and after.
        check("Europe/Berlin", "02:00-05:00", "2026-11-21T20:00:00Z", "2026-11-22T01:00:00Z", "2026-11-22T04:00:00Z");
        check("Europe/Berlin", "02:00-05:00", "2026-11-22T03:59:59Z", "2026-11-22T03:59:59Z", "2026-11-22T04:00:00Z");
        check("Europe/Berlin", "02:00-05:00", "2026-11-22T04:00:00Z", "2026-11-23T01:00:00Z", "2026-11-23T04:00:00Z");
        check("America/New_York", "02:00-05:00", "2026-11-21T20:00:00Z", "2026-11-22T07:00:00Z", "2026-11-22T10:00:00Z");
        // Over midnight.
        check("Europe/Berlin", "22:00-04:00", "2026-11-21T20:00:00Z", "2026-11-21T21:00:00Z", "2026-11-22T03:00:00Z");
        check("Europe/Berlin", "22:00-04:00", "2026-11-22T02:00:00Z", "2026-11-22T02:00:00Z", "2026-11-22T03:00:00Z");
    }

    #[test]
    fn where_clocks_are_set_forward_it_opens_with_the_first_time_that_they_show() {
        // Berlin goes from 02:00 to 03:00 at 01:00 UTC.
        check("Europe/Berlin", "02:30-05:00", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z");
        check("Europe/Berlin", "02:00-05:00", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z");
        check("Europe/Berlin", "22:00-02:30", "2026-03-28T20:00:00Z", "2026-03-28T21:00:00Z", "2026-03-29T01:00:00Z");
        // A window that no clock shows on that day is left out on it.
        check("Europe/Berlin", "02:10-02:50", "2026-03-29T00:00:00Z", "2026-03-30T00:10:00Z", "2026-03-30T00:50:00Z");
        // New York goes from 02:00 to 03:00 at 07:00 UTC, Lord Howe from 02:00 to 02:30 at 15:30 UTC of the day before.
        check("America/New_York", "02:30-04:00", "2026-03-08T05:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z");
        check("Australia/Lord_Howe", "02:15-04:00", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T17:00:00Z");
        // Casablanca leaves its summer time for Ramadan, and comes back to it at 02:00 UTC.
        check("Africa/Casablanca", "02:30-05:00", "2026-03-22T00:00:00Z", "2026-03-22T02:00:00Z", "2026-03-22T04:00:00Z");
    }

    #[test]
    fn where_an_hour_comes_twice_so_does_its_part_of_the_window() {
        // Berlin goes from 03:00 back to 02:00 at 01:00 UTC.
        check("Europe/Berlin", "02:00-05:00", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T04:00:00Z");
        check("Europe/Berlin", "02:00-02:30", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z");
        check("Europe/Berlin", "02:00-02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z");
        check("America/New_York", "01:30-03:00", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z");
        check("Australia/Lord_Howe", "01:45-03:00", "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z");
        check("Africa/Casablanca", "02:00-04:00", "2026-02-14T12:00:00Z", "2026-02-15T01:00:00Z", "2026-02-15T04:00:00Z");
    }

    #[test]
    fn a_window_is_written_as_two_times_of_day() {
        let parsed = |text: &str| text.parse::<Window>().map(|window| window.to_string());
        assert_eq!(parsed("02:00-05:30"), Ok("02:00-05:30".into()));
        assert_eq!(parsed("22:00 - 04:00"), Ok("22:00-04:00".into()));
        for wrong in ["", "02:00", "2-5", "02:00-02:00", "25:00-26:00", "02:00-05:00-06:00", "02:00:30-05:00"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        /// Never outside of the window, and never later than need be: every quarter of an hour before is outside of it.
        #[test]
        fn nothing_starts_outside_and_nothing_waits_in_vain(
            name in prop_oneof![
                Just("Europe/Berlin"), Just("America/New_York"), Just("Australia/Lord_Howe"), Just("Africa/Casablanca"),
                Just("Pacific/Apia"), Just("Asia/Kolkata"), Just("UTC")
            ],
            second in 1_767_225_600_i64..1_830_297_600,
            (opens, closes) in (0_i8..96, 0_i8..96).prop_filter("two times", |(a, b)| a != b),
        ) {
            let time = |quarter: i8| Time::new(quarter / 4, quarter % 4 * 15, 0, 0).expect("a time");
            let window = Window { opens: time(opens), closes: time(closes) };
            let (zone, now) = (zone(name), Timestamp::from_second(second).expect("a moment"));
            let next = window.next(&zone, now).expect("it opens some day");
            prop_assert!(window.is_open(&zone, next) && next >= now);
            let mut before = now;
            while before < next {
                prop_assert!(!window.is_open(&zone, before), "{before} would have been earlier than {next}");
                before += SignedDuration::from_mins(15);
            }
            let change = window.change(&zone, now).expect("it changes some day");
            prop_assert!(window.is_open(&zone, change) != window.is_open(&zone, now));
        }
    }
}
