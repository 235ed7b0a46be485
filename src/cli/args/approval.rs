//! What is said of a plan on the command line: whether it is only told, how it is approved, whether its run is followed. Must not know
//! what is planned.

use clap::Args;

/// How a plan is looked at and approved.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Approval {
    /// Only tell the plan.
    #[arg(long)]
    pub(in crate::cli) plan: bool,
    /// The plan as one object with stable field names and raw values.
    #[arg(long, requires = "plan")]
    pub(in crate::cli) json: bool,
    /// Approve the plan without a question; with a hash only the plan that has it, which production asks for.
    #[arg(long, value_name = "HASH", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "plan")]
    pub(in crate::cli) yes: Option<String>,
    /// Start the run and do not follow it.
    #[arg(long, conflicts_with = "plan")]
    pub(in crate::cli) detach: bool,
}
