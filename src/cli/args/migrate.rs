//! What is said of a migration on the command line. Must not know how it is planned.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::Approval;
use crate::domain::window::Window;

/// Which migrations, for whom, and how.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(in crate::cli) struct MigrateArguments {
    /// The folder of migrations, or the bundle of Django's; without it, migrations of fleet.toml.
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub(in crate::cli) source: Option<PathBuf>,
    /// Print the program that writes the migrations of a Django project as a bundle; its head says how it is run.
    #[arg(long, exclusive = true)]
    pub(in crate::cli) django_script: bool,
    /// The last migration: its name, app/name, or the beginning of either.
    #[arg(long, value_name = "MIGRATION")]
    pub(in crate::cli) to: Option<String>,
    /// Take back what came after --to, by the .down.sql files.
    #[arg(long, requires = "to")]
    pub(in crate::cli) reverse: bool,
    /// Apply migrations late that are older than some which are applied.
    #[arg(long, conflicts_with = "reverse")]
    pub(in crate::cli) late: bool,
    /// Only these schemas: names, or database/schema.
    #[arg(long, value_name = "SCHEMA", value_delimiter = ',', conflicts_with_all = ["filter", "all"])]
    pub(in crate::cli) schemas: Vec<String>,
    /// Only tenants that match, and the reference if it does; as / in the console.
    #[arg(short, long, value_name = "EXPR", conflicts_with = "all")]
    pub(in crate::cli) filter: Option<String>,
    /// Every tenant that has a schema, and the reference (the default).
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// So many tenants go first; 0 for none.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) canary: Option<u32>,
    /// The shares of the tenants in percent that the waves before the last one have.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=99))]
    pub(in crate::cli) waves: Vec<u8>,
    /// Wait for a word before each wave.
    #[arg(long)]
    pub(in crate::cli) go_ahead: bool,
    /// Start each schema only in this window of its own local time, such as 02:00-05:00; the run waits for days if need be.
    #[arg(long, value_name = "FROM-TO")]
    pub(in crate::cli) window: Option<Window>,
    /// The time zone of tenants whose registry has none; without it, the one of fleet.toml.
    #[arg(long, value_name = "ZONE", requires = "window")]
    pub(in crate::cli) time_zone: Option<String>,
    /// Start no schema: each is brought up to date when it is asked for (--jit), the rest by `runs resume`.
    #[arg(long, conflicts_with = "go_ahead")]
    pub(in crate::cli) just_in_time: bool,
    /// Bring this schema up to date now, under the run that --run names: past its stages and its window.
    #[arg(long, value_name = "SCHEMA", requires = "run", conflicts_with_all = PLANNING)]
    pub(in crate::cli) jit: Option<String>,
    /// The approved run for --jit: a piece of its name, or last.
    #[arg(long, value_name = "RUN", requires = "jit")]
    pub(in crate::cli) run: Option<String>,
    /// So many schemas at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(in crate::cli) concurrency: Option<u16>,
    /// So many schemas a second at most, or off.
    #[arg(long, value_name = "N|off")]
    pub(in crate::cli) pace: Option<Pace>,
    /// Tables outside of the tenants that may be locked and written.
    #[arg(long, value_name = "SCHEMA.TABLE", value_delimiter = ',')]
    pub(in crate::cli) allow: Vec<String>,
    /// How it is approved.
    #[command(flatten)]
    pub(in crate::cli) approval: Approval,
}

/// What makes a plan, and has no place where one is approved already.
const PLANNING: [&str; 20] = [
    "source",
    "to",
    "reverse",
    "late",
    "schemas",
    "filter",
    "all",
    "canary",
    "waves",
    "go_ahead",
    "just_in_time",
    "window",
    "time_zone",
    "concurrency",
    "pace",
    "allow",
    "plan",
    "json",
    "yes",
    "detach",
];

/// How many schemas are started in a second at most; none is as fast as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Pace(pub(in crate::cli) Option<u32>);

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "off" => Ok(Self(None)),
            Ok(pace) if pace > 0 => Ok(Self(Some(pace))),
            _ => Err("a number from 1 on, or off".to_owned()),
        }
    }
}
