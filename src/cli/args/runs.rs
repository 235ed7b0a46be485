//! The arguments of `runs`. Must not know how any of it is done.

use clap::{Subcommand, ValueEnum};

use super::Format;
use crate::runs::NEWEST;

/// What to do with runs.
#[derive(Debug, Clone, Subcommand)]
pub(in crate::cli) enum RunsVerb {
    /// List runs, the newest first.
    List {
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// Show one run: its stages, what failed and why, what was noted.
    Show {
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// Follow a run to its end; the exit code is that of the run. Ctrl-C leaves it running.
    Attach {
        /// Which run.
        #[command(flatten)]
        which: Which,
    },
    /// Let a paused run go on, or take up one that ended early or was interrupted, and follow it.
    Resume {
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// Do not follow it.
        #[arg(long)]
        detach: bool,
        /// Ask nothing, as without it: the plan was approved when the run began.
        #[arg(long)]
        yes: bool,
    },
    /// Start nothing new for now; what is in flight ends.
    Pause {
        /// Which run.
        #[command(flatten)]
        which: Which,
    },
    /// End a run: what is in flight ends, the rest stays as it is.
    Stop {
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// Cancel on the server what is in flight; it rolls back.
        #[arg(long)]
        cancel: bool,
    },
    /// Try again what failed, and follow the run.
    Retry {
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// Do not follow it.
        #[arg(long)]
        detach: bool,
    },
    /// Work on so many targets at once.
    Concurrency {
        /// The beginning or the end of its name, as `runs list` prints it; "last" is the newest.
        run: String,
        /// How many.
        #[arg(value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
        now: u16,
    },
    /// Let the stage begin that waits for a person's word.
    GoAhead {
        /// Which run.
        #[command(flatten)]
        which: Which,
    },
    /// Print the record of a run: its targets, its events or its plan.
    Export {
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// What of it: targets as an array of JSON (or --csv), events as lines of JSON, the plan as JSON.
        #[arg(long, value_enum, default_value_t = Part::Targets)]
        part: Part,
        /// The targets as comma-separated values.
        #[arg(long)]
        csv: bool,
    },
    /// Remove the records of old runs that ended. Says which ones it would remove, unless --yes is given.
    Prune {
        /// Ended so many days ago or earlier.
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        days: u32,
        /// Remove them.
        #[arg(long)]
        yes: bool,
    },
}

/// One run.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct Which {
    /// The beginning or the end of its name, as `runs list` prints it; "last" is the newest.
    run: Option<String>,
    /// The newest.
    #[arg(long)]
    last: bool,
}

impl Which {
    /// What [`crate::runs`] finds it by.
    pub(in crate::cli) fn name(&self) -> &str {
        self.run.as_deref().unwrap_or(NEWEST)
    }
}

/// A part of a run's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Part {
    /// What became of each target.
    Targets,
    /// What happened, in order.
    Events,
    /// What was approved.
    Plan,
}
