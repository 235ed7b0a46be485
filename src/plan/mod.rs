//! Statements that an operator reviews before anything is done. Must not send any of them.

pub mod check;
pub mod clone;
mod hash;
pub mod mend;
pub mod message;
pub mod migrate;
mod parts;
pub mod resume;
#[cfg(test)]
pub(crate) mod sample;

pub use self::parts::{
    EnvironmentName, FORMAT, Group, Kind, Ledger, LeftOut, LockLevel, Note, Plan, PlanDatabase, RunPolicy, Stage, StageKind,
    Statement, Step, Target, Why,
};
