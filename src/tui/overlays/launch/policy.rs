//! The parts of a policy that a person may change before a run: how each is shown and typed. Must not know what a plan is.

use serde::{Deserialize, Serialize};

use crate::plan::RunPolicy;

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// How many tenants go first.
    Canary,
    /// The shares of the waves before the last one.
    Waves,
    /// Whether a person lets each stage begin.
    GoAhead,
    /// How many at once.
    Concurrency,
    /// `lock_timeout`.
    LockTimeout,
    /// At most so many a second.
    Pace,
}

impl Field {
    /// All of them, in the order of the dialog.
    pub const ALL: [Self; 6] = [Self::Canary, Self::Waves, Self::GoAhead, Self::Concurrency, Self::LockTimeout, Self::Pace];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Waves => "waves",
            Self::GoAhead => "go-ahead",
            Self::Concurrency => "at once",
            Self::LockTimeout => "lock timeout",
            Self::Pace => "pace",
        }
    }

    /// What it is now, with what that means.
    pub fn told(self, policy: &RunPolicy) -> String {
        let value = self.typed(policy);
        match self {
            Self::Canary if policy.canary == 0 => "none goes first".to_owned(),
            Self::Canary => format!("{value} first; one that fails halts the run"),
            Self::Waves if policy.waves.is_empty() => "everybody in one".to_owned(),
            Self::Waves => format!("{value} %, then the rest"),
            Self::GoAhead if policy.go_ahead => "yes, a person lets each stage begin".to_owned(),
            Self::GoAhead => "no, stages follow by themselves".to_owned(),
            Self::Concurrency => format!("{value}, each on a connection of its own"),
            Self::LockTimeout => format!("{value}, tried {} times more, then at the end of its stage", policy.retries),
            Self::Pace if policy.pace.is_none() => "as fast as it goes".to_owned(),
            Self::Pace => format!("{value} a second at most"),
        }
    }

    /// As it is typed.
    pub fn typed(self, policy: &RunPolicy) -> String {
        match self {
            Self::Canary => policy.canary.to_string(),
            Self::Waves => policy.waves.iter().map(u8::to_string).collect::<Vec<_>>().join(", "),
            Self::GoAhead => if policy.go_ahead { "yes" } else { "no" }.to_owned(),
            Self::Concurrency => policy.concurrency.to_string(),
            Self::LockTimeout if policy.lock_timeout_ms.is_multiple_of(1_000) => {
                format!("{} s", policy.lock_timeout_ms / 1_000)
            }
            Self::LockTimeout => format!("{} ms", policy.lock_timeout_ms),
            Self::Pace => policy.pace.map_or_else(|| "off".to_owned(), |pace| pace.to_string()),
        }
    }

    /// Takes a typed text in, or says what it must be.
    pub fn take(self, text: &str, policy: &mut RunPolicy) -> Result<(), String> {
        let text = text.trim();
        let wrong = |what: &str| Err(what.to_owned());
        match self {
            Self::Canary => match text.parse() {
                Ok(canary) => policy.canary = canary,
                Err(_) => return wrong("a number of tenants, 0 for none"),
            },
            Self::Waves => match waves(text) {
                Some(waves) => policy.waves = waves,
                None => return wrong("shares in per cent, below 100 in all: 10 or 10, 30; empty for one wave"),
            },
            Self::GoAhead => match text {
                "yes" | "y" => policy.go_ahead = true,
                "no" | "n" => policy.go_ahead = false,
                _ => return wrong("yes or no"),
            },
            Self::Concurrency => match text.parse() {
                Ok(many @ 1..=256) => policy.concurrency = many,
                _ => return wrong("a number from 1 to 256"),
            },
            Self::LockTimeout => match milliseconds(text) {
                Some(ms) => policy.lock_timeout_ms = ms,
                None => return wrong("a span such as 2 s or 500 ms, one minute at most"),
            },
            Self::Pace => match (text, text.parse()) {
                ("off" | "", _) => policy.pace = None,
                (_, Ok(pace @ 1..)) => policy.pace = Some(pace),
                _ => return wrong("targets a second, or off"),
            },
        }
        Ok(())
    }
}

fn waves(text: &str) -> Option<Vec<u8>> {
    let shares = text.split([',', ' ', '%']).filter(|part| !part.is_empty());
    let waves: Vec<u8> = shares.map(str::parse).collect::<Result<_, _>>().ok()?;
    let sum: u32 = waves.iter().map(|share| u32::from(*share)).sum();
    (sum < 100 && !waves.contains(&0) && waves.len() <= 20).then_some(waves)
}

fn milliseconds(text: &str) -> Option<u32> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').unwrap_or(text), 1_000),
    };
    let ms = number.trim().parse::<u32>().ok()?.checked_mul(factor)?;
    (1..=60_000).contains(&ms).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_must_be_is_read_whole_at_80_columns() {
        for field in Field::ALL {
            let why = field.take("nonsense", &mut RunPolicy::usual(true)).expect_err("no value");
            // A sign and a blank stand on its left, as everywhere in that line.
            assert!(why.chars().count() <= 80 - 4, "{why}");
        }
    }

    #[test]
    fn what_is_shown_can_be_typed_and_means_the_same() {
        for policy in
            [RunPolicy::usual(true), RunPolicy::usual(false), RunPolicy { lock_timeout_ms: 250, ..RunPolicy::usual(true) }]
        {
            for field in Field::ALL {
                let mut other = RunPolicy { canary: 99, waves: vec![], concurrency: 99, pace: Some(1), ..policy.clone() };
                other.lock_timeout_ms = 7;
                let untouched = other.clone();
                field.take(&field.typed(&policy), &mut other).unwrap();
                assert_eq!(field.typed(&other), field.typed(&policy), "{field:?}");
                for another in Field::ALL.into_iter().filter(|another| *another != field) {
                    assert_eq!(another.typed(&other), another.typed(&untouched), "{field:?} changes {another:?}");
                }
            }
        }
    }

    #[test]
    fn what_makes_no_sense_changes_nothing() {
        for (field, texts) in [
            (Field::Canary, &["-1", "", "x"][..]),
            (Field::Waves, &["100", "60, 40", "0", "x", "300"]),
            (Field::GoAhead, &["perhaps", ""]),
            (Field::Concurrency, &["0", "257", ""]),
            (Field::LockTimeout, &["0", "61 s", "2 h", "", "-1 s"]),
            (Field::Pace, &["0", "-3", "fast"]),
        ] {
            for text in texts {
                let mut policy = RunPolicy::usual(true);
                assert!(field.take(text, &mut policy).is_err(), "{field:?} {text}");
                assert_eq!(policy, RunPolicy::usual(true));
            }
        }
        let mut policy = RunPolicy::usual(true);
        for (field, text) in
            [(Field::Waves, "10 % 30%"), (Field::LockTimeout, "500ms"), (Field::Pace, "off"), (Field::LockTimeout, "3")]
        {
            field.take(text, &mut policy).unwrap();
        }
        assert_eq!((policy.waves, policy.lock_timeout_ms, policy.pace), (vec![10, 30], 3_000, None));
    }
}
