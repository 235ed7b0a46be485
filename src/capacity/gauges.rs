//! The lines of PRESSURE: readings against thresholds. Must not know how a reading is taken.

mod locks;
mod memory;
mod objects;
mod server;
mod upkeep;

#[cfg(test)]
mod tests;

use crate::domain::capacity::{Explanation, Gauge, GaugeId, Sizing};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Severity};
use crate::domain::pressure::{Readings, Settings};

pub use self::objects::sequences;

/// Every line that can be told of a database, in the order of [`GaugeId::ALL`]; none until it was asked what wears it. A line whose
/// figures could not be read says so and leaves the others alone.
pub fn gauges(database: &Database) -> Vec<Gauge> {
    match &database.readings {
        None => Vec::new(),
        Some(Err(fault)) => RULES.iter().map(|rule| rule.unseen(fault.clone())).collect(),
        Some(Ok(readings)) => {
            let facts = Facts { readings, sizing: super::sizing(database) };
            RULES.iter().map(|rule| rule.gauge(&facts)).collect()
        }
    }
}

/// In the order of [`GaugeId::ALL`].
const RULES: [Rule; 17] = [
    memory::CATALOGUE,
    memory::BACKEND_CACHE,
    locks::LOCK_TABLE,
    locks::DUMP,
    locks::MIGRATION,
    objects::FILES,
    upkeep::AUTOVACUUM,
    upkeep::TRANSACTION_AGE,
    upkeep::MULTIXACT_AGE,
    upkeep::NEVER_ANALYSED,
    objects::KEYS,
    objects::INVALID_INDEXES,
    server::CONNECTIONS,
    server::TEMP_FILES,
    server::SLOTS,
    server::CHECKPOINTS,
    server::VERSION,
];

/// What a line is about, and how its figures are judged.
struct Rule {
    id: GaugeId,
    unit: &'static str,
    what: &'static str,
    how: &'static str,
    costs: &'static str,
    remedy: &'static str,
    measure: fn(&Facts<'_>) -> Result<Told, Fault>,
}

/// What the rules judge.
struct Facts<'a> {
    readings: &'a Readings,
    sizing: Option<Sizing>,
}

impl Facts<'_> {
    fn settings(&self) -> Result<&Settings, Fault> {
        seen(&self.readings.settings)
    }

    /// The tenants, where any are known.
    fn tenants(&self) -> Result<&Sizing, Fault> {
        self.sizing
            .as_ref()
            .filter(|sizing| sizing.tenants > 0)
            .ok_or_else(|| Fault::new(FaultKind::Gone, "no tenant with a schema is known"))
    }
}

fn seen<T>(reading: &Result<T, Fault>) -> Result<&T, Fault> {
    reading.as_ref().map_err(Clone::clone)
}

/// What a rule made of its readings.
struct Told {
    value: String,
    measure: f64,
    warn: Option<f64>,
    danger: Option<f64>,
    /// What beside the measure makes it at least so bad.
    at_least: Severity,
    /// What it comes to, where a word for the severity says too little.
    verdict: Option<String>,
    is_estimate: bool,
    inputs: Vec<(String, String)>,
}

impl Told {
    fn measured(value: impl Into<String>, measure: f64, warn: Option<f64>, danger: Option<f64>) -> Self {
        Self {
            value: value.into(),
            measure,
            warn,
            danger,
            at_least: Severity::Ok,
            verdict: None,
            is_estimate: false,
            inputs: Vec::new(),
        }
    }

    fn estimated(value: impl Into<String>, measure: f64, warn: Option<f64>, danger: Option<f64>) -> Self {
        Self { is_estimate: true, ..Self::measured(value, measure, warn, danger) }
    }

    fn input(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.inputs.push((name.into(), value.into()));
        self
    }

    fn verdict(mut self, verdict: impl Into<String>) -> Self {
        self.verdict = Some(verdict.into());
        self
    }

    /// Makes it at least so bad where a condition holds.
    fn at_least(mut self, severity: Severity, holds: bool) -> Self {
        if holds {
            self.at_least = self.at_least.max(severity);
        }
        self
    }

    fn severity(&self) -> Severity {
        let reached = |threshold: Option<f64>| threshold.is_some_and(|threshold| self.measure >= threshold);
        let measured = if reached(self.danger) {
            Severity::Danger
        } else if reached(self.warn) {
            Severity::Warn
        } else {
            Severity::Ok
        };
        measured.max(self.at_least)
    }
}

impl Rule {
    fn gauge(&self, facts: &Facts<'_>) -> Gauge {
        let told = match (self.measure)(facts) {
            Ok(told) => told,
            Err(fault) => return self.unseen(fault),
        };
        let severity = told.severity();
        Gauge {
            id: self.id,
            severity,
            value: told.value,
            verdict: told.verdict.unwrap_or_else(|| severity.word().to_owned()),
            measure: Some(told.measure),
            unit: self.unit,
            warn: told.warn,
            danger: told.danger,
            is_estimate: told.is_estimate,
            unseen: None,
            explanation: self.explanation(told.inputs),
        }
    }

    fn unseen(&self, fault: Fault) -> Gauge {
        Gauge {
            id: self.id,
            severity: Severity::Info,
            value: "\u{2013}".to_owned(),
            verdict: "not seen".to_owned(),
            measure: None,
            unit: self.unit,
            warn: None,
            danger: None,
            is_estimate: false,
            unseen: Some(fault),
            explanation: self.explanation(Vec::new()),
        }
    }

    fn explanation(&self, inputs: Vec<(String, String)>) -> Explanation {
        Explanation {
            what: self.what.to_owned(),
            how: self.how.to_owned(),
            inputs,
            costs: self.costs.to_owned(),
            remedy: self.remedy.to_owned(),
        }
    }
}

/// A part of one as a percentage: `65 %`, `0.4 %`.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}
