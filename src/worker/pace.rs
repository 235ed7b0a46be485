//! At most so many targets in a second. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket that fills with time, a tenth of a second ahead.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: Option<f64>,
    full: f64,
    level: f64,
    filled: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let per_second = per_second.map(|rate| f64::from(rate.max(1)));
        let full = per_second.map_or(0.0, |rate| (rate / 10.0).max(1.0));
        Self { per_second, full, level: full, filled: None }
    }

    /// How many may start now.
    pub(super) fn allowed(&mut self, now: Instant) -> usize {
        let Some(rate) = self.per_second else { return usize::MAX };
        let passed = self.filled.map_or(Duration::ZERO, |filled| now.duration_since(filled));
        self.level = (self.level + passed.as_secs_f64() * rate).min(self.full);
        self.filled = Some(now);
        self.level as usize
    }

    /// So many start now.
    pub(super) fn take(&mut self, count: usize) {
        self.level = (self.level - count as f64).max(0.0);
    }

    /// When the next one may start; `None` when that is now.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        let rate = self.per_second.filter(|_| self.level < 1.0)?;
        Some(self.filled.unwrap_or(now) + Duration::from_secs_f64((1.0 - self.level) / rate) + Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_so_many_in_a_second() {
        let mut pace = Pace::new(Some(50));
        let mut now = Instant::now();
        let (end, mut started) = (now + Duration::from_secs(2), 0);
        while now < end {
            let count = pace.allowed(now).min(16);
            pace.take(count);
            started += count;
            now = pace.next(now).unwrap_or(now + Duration::from_millis(1));
        }
        assert!((100..=106).contains(&started), "{started}");
        assert_eq!(Pace::new(None).allowed(now), usize::MAX);
    }
}
