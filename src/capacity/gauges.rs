//! The lines of PRESSURE: readings against thresholds. Must not know how a reading is taken.

use crate::domain::capacity::Gauge;
use crate::domain::fleet::Database;

/// Every line that can be told of a database, in the order of [`GaugeId::ALL`](crate::domain::capacity::GaugeId::ALL); none until
/// it was asked what wears it.
pub fn gauges(database: &Database) -> Vec<Gauge> {
    let _ = database;
    Vec::new()
}
