//! How many tenants a database can still take, when that moment comes, and what already wears its server: formulas and rules over
//! facts. Must not read anything, nor know a screen.

pub mod figures;
mod gauges;
mod growth;
pub mod measure;
pub mod runway;
#[cfg(test)]
mod sample;
mod sizing;
mod trend;

pub use self::gauges::{gauges, sequences};
pub use self::growth::growth;
pub use self::sizing::{of_fleet, sizing, what_if};
