//! What is said of drops and renames on the command line. Must not know how they are planned.

use std::path::PathBuf;

use clap::Args;

use super::Approval;

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
