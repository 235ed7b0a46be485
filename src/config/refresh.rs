//! How often facts are read again, as a person writes it: `5m`, `off`. Must not know where it was written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The pace of the refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Again after this time.
    Every(Duration),
    /// Only when the person asks.
    Off,
}

impl Refresh {
    /// What may be written, for messages.
    pub const ALLOWED: &'static str = "a whole number with s, m or h, from 10s to 24h, or off";

    /// The time between two refreshes; `None` when there are none.
    pub fn interval(self) -> Option<Duration> {
        match self {
            Self::Every(interval) => Some(interval),
            Self::Off => None,
        }
    }
}

impl Default for Refresh {
    fn default() -> Self {
        Self::Every(Duration::from_mins(5))
    }
}

impl FromStr for Refresh {
    type Err = &'static str;

    /// Reads `30s`, `5m`, `2h` or `off`. The error says what is allowed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let seconds = [('s', 1), ('m', 60), ('h', 3_600)].into_iter().find_map(|(unit, factor)| {
            let digits = text.strip_suffix(unit)?;
            let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| plain)?.checked_mul(factor)
        });
        match seconds {
            Some(seconds @ 10..=86_400) => Ok(Self::Every(Duration::from_secs(seconds))),
            _ => Err(Self::ALLOWED),
        }
    }
}

impl fmt::Display for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.interval().map(|interval| interval.as_secs()) {
            None => f.write_str("off"),
            Some(seconds) if seconds % 3_600 == 0 => write!(f, "{}h", seconds / 3_600),
            Some(seconds) if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            Some(seconds) => write!(f, "{seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back() {
        for text in ["off", "10s", "90s", "5m", "24h"] {
            assert_eq!(text.parse::<Refresh>().map(|refresh| refresh.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "5", "m", "5 m", "-5m", "+5m", "9s", "25h", "1d", "5M", "never", "99999999999999999999h"] {
            assert!(text.parse::<Refresh>().is_err(), "{text}");
        }
    }
}
