//! The arguments of `activity` that ask a session for something. Must not know how it is asked.

use clap::{Args, Subcommand};

use super::One;

/// What is asked of a session.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum ActivityVerb {
    /// End the query of a session; the session stays.
    Cancel(Asked),
    /// End a session: its transaction is rolled back, its connection closed.
    Terminate(Asked),
}

/// Which session, and with whose consent.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Asked {
    /// The process of the session, as `activity` prints it.
    #[arg(value_parser = clap::value_parser!(i32).range(1..))]
    pub(in crate::cli) pid: i32,
    /// Of which database.
    #[command(flatten)]
    pub(in crate::cli) one: One,
    /// Only tell what would be done.
    #[arg(long)]
    pub(in crate::cli) plan: bool,
    /// Do it without a question.
    #[arg(long, conflicts_with = "plan")]
    pub(in crate::cli) yes: bool,
}
