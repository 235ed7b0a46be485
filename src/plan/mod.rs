//! Statements that an operator reviews before anything is done. Must not send any of them.

mod approval;
pub mod check;
pub mod clone;
pub mod drop;
mod hash;
mod meant;
pub mod mend;
pub mod message;
pub mod migrate;
pub mod names;
mod parts;
pub mod rename;
pub mod resume;
#[cfg(test)]
pub(crate) mod sample;
pub mod signal;
pub mod whole;

pub use self::parts::{
    Command, CommandLine, EnvironmentName, FORMAT, Group, Kind, Ledger, LeftOut, LockLevel, NO_STATEMENT, Note, Plan,
    PlanDatabase, RunPolicy, Stage, StageKind, Statement, Step, Target, Why, Windows, Zone,
};
