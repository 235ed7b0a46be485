//! Statements that an operator reviews before anything is done. Must not send any of them.

pub mod mend;
