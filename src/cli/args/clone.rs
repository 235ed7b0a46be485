//! What is said of a clone on the command line. Must not know how it is planned.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::Approval;

/// From what, for whom, and how.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct CloneArguments {
    /// The schema that is cloned: its name, or database/schema; - (or nothing, with --from or --missing) is the reference of fleet.toml.
    pub(in crate::cli) source: Option<String>,
    /// The names of the schemas that are made.
    #[arg(value_name = "TARGET")]
    pub(in crate::cli) targets: Vec<String>,
    /// Take their names from a file, one on each line; - is standard input.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "targets")]
    pub(in crate::cli) from: Option<PathBuf>,
    /// Make one for each tenant of the registry that has none.
    #[arg(long, conflicts_with_all = ["targets", "from"])]
    pub(in crate::cli) missing: bool,
    /// Which rows are copied: seed (the ledger and the seed tables of fleet.toml), none, all, or those of some tables.
    #[arg(long, value_name = "seed|none|all|TABLE,...", default_value = "seed")]
    pub(in crate::cli) rows: RowsAsked,
    /// Make them in another database of the environment.
    #[arg(long, value_name = "DATABASE")]
    pub(in crate::cli) to_database: Option<String>,
    /// The role that owns each of them and has the grants of the source's owner; {schema} stands for its name.
    #[arg(long, value_name = "ROLE")]
    pub(in crate::cli) owner: Option<String>,
    /// Write each into the registry, in its last transaction (django-tenants and its kin).
    #[arg(long, conflicts_with = "missing")]
    pub(in crate::cli) register: bool,
    /// Its domain in the registry; {schema} stands for its name.
    #[arg(long, requires = "register")]
    pub(in crate::cli) domain: Option<String>,
    /// A column of its row in the registry; {schema} stands for its name. May be given more than once.
    #[arg(long, value_name = "COLUMN=VALUE", requires = "register")]
    pub(in crate::cli) set: Vec<Assignment>,
    /// So many at once.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(in crate::cli) concurrency: u16,
    /// How it is approved.
    #[command(flatten)]
    pub(in crate::cli) approval: Approval,
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::cli) enum RowsAsked {
    /// The ledger and the tables that the configuration names.
    #[default]
    Seed,
    /// None.
    None,
    /// Those of every table.
    All,
    /// Those of these tables.
    Tables(Vec<String>),
}

impl FromStr for RowsAsked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "seed" => Self::Seed,
            "none" => Self::None,
            "all" => Self::All,
            tables => {
                let tables: Vec<String> = tables.split(',').map(str::to_owned).collect();
                if tables.iter().any(String::is_empty) {
                    return Err("seed, none, all, or names of tables with commas between".to_owned());
                }
                Self::Tables(tables)
            }
        })
    }
}

/// A column and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Assignment(pub(in crate::cli) String, pub(in crate::cli) String);

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((column, value)) if !column.is_empty() => Ok(Self(column.to_owned(), value.to_owned())),
            _ => Err("COLUMN=VALUE".to_owned()),
        }
    }
}
