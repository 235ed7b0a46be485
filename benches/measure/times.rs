//! The times of the rounds, how a line is told, how a database is observed. Must not know what is measured, nor on which fleet.

use std::io::Write as _;
use std::time::Duration;

use tenantry::config::RegistrySource;
use tenantry::domain::fault::Fault;
use tenantry::domain::roles::Policy;
use tenantry::observer::Target;
use tenantry::pg::Spec;

/// A database that is observed as it is, with what is found in it.
pub(crate) fn target(dsn: &str) -> Result<Target, Fault> {
    Ok(Target {
        label: "bench".into(),
        spec: Spec::parse(dsn)?,
        policy: Policy::default(),
        registry: RegistrySource::Auto,
        state: None,
        system_identifier: None,
    })
}

/// The durations of one thing, over the rounds.
#[derive(Default)]
pub(crate) struct Times(pub(crate) Vec<Duration>);

impl Times {
    /// In milliseconds.
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().min().map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    /// In milliseconds.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

/// Tells a line.
pub(crate) fn say(line: &str) {
    let written = writeln!(std::io::stdout().lock(), "{line}");
    // The reader has gone: there is nobody left to tell.
    drop(written);
}
