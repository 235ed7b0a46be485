//! How many tenants a database can still take, when that moment comes, and what already wears its server: formulas and rules over
//! facts. Must not read anything, nor know a screen.

mod gauges;
mod growth;
#[cfg(test)]
mod sample;
mod sizing;
mod trend;

pub use self::gauges::{gauges, sequences};
pub use self::growth::growth;
pub use self::sizing::{of_fleet, sizing, what_if};
