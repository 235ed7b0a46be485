//! The door to runs for both faces: lists them, starts and resumes workers, follows journals, tells a worker what to do. Must not
//! connect to a database, nor write a journal: only a worker does.

mod control;
mod follow;
mod logout;
mod person;
mod place;
mod start;
#[cfg(test)]
mod tests;

pub use self::control::control;
pub use self::follow::{Follower, Record};
pub use self::logout::told_of_logout;
pub use self::person::me;
pub use self::place::{NEWEST, Place};
pub use self::start::{Start, Taking, own_program, resume, start};
pub use crate::journal::{Folder, length as journal_length};
