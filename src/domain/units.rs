//! Figures as people read them, the same in both faces. Pure text, no colour, no padding.

use jiff::{SignedDuration, Timestamp};

/// Bytes as `0 B`, `512 B`, `48 MB`, `1.3 GB`: two significant digits below ten, powers of 1024, PostgreSQL's unit names.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit > 0 && value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A whole number with thousands apart: `12,034`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A large number in at most five cells: `999`, `12.3k`, `641k`, `4.0M`, `1.2G`.
pub fn short(number: u64) -> String {
    if number < 1_000 {
        return number.to_string();
    }
    let mut value = number as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit < 3 {
        value /= 1e3;
        unit += 1;
    }
    let unit = ["k", "M", "G", "T"][unit];
    if value < 99.95 { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") }
}

/// A span of time in its largest unit: `12 ms`, `3 s`, `5 m`, `2 h`, `9 d`, `14 mo`, `3 y`. Negative spans count as nothing.
pub fn span(duration: SignedDuration) -> String {
    let ms = duration.as_millis().max(0);
    let s = ms / 1000;
    match s {
        0 => format!("{ms} ms"),
        1..60 => format!("{s} s"),
        60..3_600 => format!("{} m", s / 60),
        3_600..86_400 => format!("{} h", s / 3_600),
        86_400..5_184_000 => format!("{} d", s / 86_400),
        5_184_000..63_072_000 => format!("{} mo", s / 2_592_000),
        _ => format!("{} y", s / 31_536_000),
    }
}

/// How long ago something was: `just now`, `3 s ago`, `5 m ago`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let passed = now.duration_since(then);
    if passed < SignedDuration::from_secs(1) { "just now".to_owned() } else { format!("{} ago", span(passed)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_as_a_person_says_them() {
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (8_192, "8.0 kB"),
            (50_331_648, "48 MB"),
            (1_395_864_371, "1.3 GB"),
            (10_737_418_240, "10 GB"),
            (1_048_063, "1.0 MB"),
            (u64::MAX, "16384 PB"),
        ] {
            assert_eq!(bytes(count), expected, "{count}");
        }
    }

    #[test]
    fn counts_and_short_counts() {
        for (number, long, brief) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1,000", "1.0k"),
            (12_034, "12,034", "12.0k"),
            (641_000, "641,000", "641k"),
            (999_499, "999,499", "999k"),
            (999_999, "999,999", "1.0M"),
            (4_000_000, "4,000,000", "4.0M"),
        ] {
            assert_eq!((count(number).as_str(), short(number).as_str()), (long, brief));
        }
    }

    #[test]
    fn spans_use_their_largest_unit() {
        for (seconds, expected) in
            [(3, "3 s"), (61, "1 m"), (7_200, "2 h"), (86_400 * 9, "9 d"), (86_400 * 420, "14 mo"), (86_400 * 1_100, "3 y")]
        {
            assert_eq!(span(SignedDuration::from_secs(seconds)), expected);
        }
        assert_eq!(span(SignedDuration::from_millis(12)), "12 ms");
        assert_eq!(span(SignedDuration::from_secs(-5)), "0 ms");
    }
}
