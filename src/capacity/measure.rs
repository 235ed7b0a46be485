//! Figures in their units, as people read them, and the thresholds that they are judged by. Must not judge.

use crate::domain::units;

/// A part of one as a percentage: `65 %`, `0.4 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A figure with its unit: `78 % of the lock table`, `1.2 GB an hour`, `183 days before support ends`.
pub fn told(value: f64, unit: &str) -> String {
    if let Some(of) = unit.strip_prefix("share") {
        return format!("{}{of}", percent(value));
    }
    if let Some(rest) = unit.strip_prefix("bytes") {
        return format!("{}{rest}", units::bytes(value.max(0.0) as u64));
    }
    if let Some(event) = unit.strip_prefix("days after ") {
        let days = value.abs() as u64;
        let noun = if days == 1 { "day" } else { "days" };
        return match days {
            0 => format!("the day {event}"),
            _ if value < 0.0 => format!("{} {noun} before {event}", units::count(days)),
            _ => format!("{} {noun} after {event}", units::count(days)),
        };
    }
    if value.fract().abs() < 1e-9 && value.abs() < 1e15 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{} {unit}", units::count(value.abs() as u64)).trim_end().to_owned();
    }
    format!("{value:.2} {unit}").trim_end().to_owned()
}

/// From where on it is worth looking at and dangerous: `warn from 50 % on, danger from 90 % on`; `None` where nothing is.
pub fn thresholds(warn: Option<f64>, danger: Option<f64>, unit: &str) -> Option<String> {
    // Of what a share is, the figure itself says.
    let unit = if unit.starts_with("share") { "share" } else { unit };
    let from = |at: Option<f64>, word: &str| at.map(|at| format!("{word} from {} on", told(at, unit)));
    let all: Vec<String> = [from(warn, "warn"), from(danger, "danger")].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_in_their_units() {
        for (value, unit, expected) in [
            (0.784, "share of the lock table", "78 % of the lock table"),
            (0.0131, "share", "1.3 %"),
            (3.0e9, "bytes an hour", "2.8 GB an hour"),
            (-183.0, "days after support ends", "183 days before support ends"),
            (-1.0, "days after support ends", "1 day before support ends"),
            (0.0, "days after support ends", "the day support ends"),
            (12.0, "days after support ends", "12 days after support ends"),
            (12_345.0, "files", "12,345 files"),
            (-2.0, "files", "-2 files"),
            (1.504, "times max_wal_size", "1.50 times max_wal_size"),
            (7.0, "", "7"),
        ] {
            assert_eq!(told(value, unit), expected, "{unit}");
        }
    }
}
