//! Floor 0, the ground: the nouns of the fleet and what they mean together. Knows nothing of PostgreSQL's wire, of files,
//! or of screens: only `std`, `serde` and `jiff`.

pub mod blueprint;
pub mod capacity;
pub mod catalog;
pub mod dependency;
pub mod difference;
pub mod drift;
pub mod fault;
pub mod filter;
pub mod fleet;
pub mod history;
pub mod name;
pub mod nearest;
pub mod odd;
pub mod placement;
pub mod pressure;
pub mod question;
pub mod record;
pub mod registry;
pub mod rights;
pub mod roles;
pub mod run;
pub mod session;
pub mod shape;
pub mod structure;
pub mod units;
pub mod window;
