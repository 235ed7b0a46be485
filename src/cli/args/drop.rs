//! What is said of drops and renames on the command line. Must not know how they are planned.

use std::path::PathBuf;

use clap::Args;

/// Which schemas go, and how.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct DropArguments {
    /// The schemas: names, or database/schema.
    #[arg(value_name = "SCHEMA", required = true)]
    pub(in crate::cli) schemas: Vec<String>,
    /// Write no archive before.
    #[arg(long, conflicts_with = "archive_dir")]
    pub(in crate::cli) no_archive: bool,
    /// The folder for archives; without it, archives in the state folder.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(in crate::cli) archive_dir: Option<PathBuf>,
    /// Remove the tenant and its domains from the registry in the same moment.
    #[arg(long)]
    pub(in crate::cli) registry: bool,
    /// How it is approved.
    #[command(flatten)]
    pub(in crate::cli) approval: Approval,
    /// Start the run and do not follow it.
    #[arg(long, conflicts_with = "plan")]
    pub(in crate::cli) detach: bool,
}

/// Which schema gets which name.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct RenameArguments {
    /// The schema: its name, or database/schema.
    pub(in crate::cli) schema: String,
    /// Its new name.
    #[arg(value_name = "NEW")]
    pub(in crate::cli) to: String,
    /// Change the registry's row in the same transaction.
    #[arg(long)]
    pub(in crate::cli) registry: bool,
    /// How it is approved.
    #[command(flatten)]
    pub(in crate::cli) approval: Approval,
}

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
}
