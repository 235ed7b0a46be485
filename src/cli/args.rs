//! The command line as clap reads it: the one definition from which help, completions and manual are made. Must not know how a
//! verb is done.

mod activity;
mod approval;
mod clone;
mod drop;
mod migrate;
mod runs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(super) use self::activity::ActivityVerb;
pub(super) use self::approval::Approval;
pub(super) use self::clone::{CloneArguments, RowsAsked};
pub(super) use self::drop::{DropArguments, RenameArguments};
pub(super) use self::migrate::MigrateArguments;
use crate::config::Refresh;
use crate::domain::capacity::LineId;

pub(super) use self::runs::{Part, RunsVerb};

const ABOUT: &str = "The console for multi-tenant PostgreSQL: one schema for each tenant, thousands at a glance";

const LONG_ABOUT: &str = "\
The console for multi-tenant PostgreSQL: one schema for each tenant, thousands at a glance.

Without a verb the console opens. It only reads: every query runs in a READ ONLY transaction with short timeouts, on at most two \
connections for each database, and takes no lock on a table that is stronger than that of a SELECT.

Which fleet: a connection string as psql takes it (or -d), else an environment of fleet.toml (-e), else the only environment of \
fleet.toml or its default_env, else libpq's defaults and the PG* variables. Passwords come from ~/.pgpass or PGPASSFILE, or are \
asked for.";

const EXAMPLES: &str = "\
Examples:
  tenantry demo                              a throwaway server with a sample fleet, to try everything
  tenantry                                   the fleet of fleet.toml, or what psql would connect to
  tenantry -e prod                           an environment of fleet.toml
  tenantry 'host=db1 dbname=crm user=dba'    any database
  tenantry tenants --filter 'tables<100'     tenants with fewer tables than the others should have
  tenantry schemas --json | jq '.[] | select(.role == \"orphan\") | .schema'
  tenantry tables eu-1/acme --csv > acme.csv
  tenantry drift                             schemas that are not what they should be
  tenantry capacity                          how many tenants still fit, until when, and what wears the server
  tenantry diff acme                         what differs between acme and the reference";

const LONG_EXTRA: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong argument or wrong fleet.toml, 3 drift was found and --exit-code was given, 4 a database could not \
be read completely (what the others gave was printed; it goes before 3, 5 and 6), 5 capacity or placement found something worth looking \
at, 6 something dangerous; of a run that was followed to its end: 7 some targets failed or were left out, 8 it halted, 9 it was stopped, \
10 it was interrupted; 130 cancelled at a prompt, or a run is no longer followed.

`tenantry man` prints the manual with files, variables and the fields of --json and --csv.";

/// Everything on the command line.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "tenantry",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{LONG_EXTRA}"),
    subcommand_precedence_over_arg = true,
    disable_help_subcommand = true,
    max_term_width = 110
)]
pub(super) struct Arguments {
    /// A connection string or the name of a database, as psql takes it.
    #[arg(value_name = "CONNINFO|URI")]
    pub(super) target: Option<String>,
    /// Which fleet.
    #[command(flatten)]
    pub(super) place: Place,
    /// How the console looks.
    #[command(flatten)]
    pub(super) look: Look,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// Which fleet: the same on every verb.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which fleet")]
pub(super) struct Place {
    /// A connection string or the name of a database, as psql takes it.
    #[arg(short, long, global = true, value_name = "CONNINFO|URI", conflicts_with = "env")]
    pub(super) dsn: Option<String>,
    /// An environment of fleet.toml.
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// The fleet.toml to read instead of the usual ones.
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,
}

/// How the console looks; each wins over fleet.toml.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The console")]
pub(super) struct Look {
    /// The colours (in the console: t).
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Draw with ASCII only.
    #[arg(long)]
    pub(super) ascii: bool,
    /// Take the mouse.
    #[arg(long)]
    pub(super) mouse: bool,
    /// How often facts are read again: 30s, 5m, 2h or off.
    #[arg(long, value_name = "TIME")]
    pub(super) refresh: Option<Refresh>,
}

/// The headless verbs.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Verb {
    /// Execute the run of a folder: what starts a run starts this. What is needed to connect comes through standard input.
    #[command(hide = true)]
    Worker {
        /// The folder of the run.
        folder: PathBuf,
    },
    /// Start a throwaway server with a sample fleet and open the console on it.
    #[command(after_help = "\
Needs PostgreSQL's server programs (Debian: apt install postgresql). Nothing is left behind, also when it is killed.

Examples:
  tenantry demo                              240 tenants
  tenantry demo --tenants 2000 --tables 100  as large as you like
  tenantry demo --serve                      print the connection string and wait")]
    Demo(DemoArguments),
    /// List tenants with their schemas, sizes, ledgers and domains.
    #[command(after_help = "\
Rows and sizes are the planner's estimates as of the last analyze; tables never analysed are left out of them.

Examples:
  tenantry tenants --filter '!state:ok'      what is odd
  tenantry tenants --filter 'db:eu-1 acme'   text and database
  tenantry tenants --json | jq 'map(.bytes) | add'
  tenantry tenants --filter 'ledger:behind'  reads ledgers and structures too, because the filter asks for them")]
    Tenants {
        /// Read ledgers and structures too, and say how they stand. A filter that asks for them does the same.
        #[arg(long)]
        drift: bool,
        /// What to list, and how.
        #[command(flatten)]
        list: List,
    },
    /// List schemas with their roles: tenant, orphan, reference, shared, static, extension.
    Schemas {
        /// PostgreSQL's own schemas too.
        #[arg(long, conflicts_with = "filter")]
        all: bool,
        /// Read ledgers and structures too, and say how they stand. A filter that asks for them does the same.
        #[arg(long)]
        drift: bool,
        /// What to list, and how.
        #[command(flatten)]
        list: List,
    },
    /// List the tables of a schema with rows, sizes and last analyze.
    Tables {
        /// The schema: its name, or database/schema where several databases have it.
        schema: String,
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// Show all that is known of a schema and its tenant, and what differs from the reference schema.
    #[command(after_help = "\
The migrations that the schema records are listed always. How they stand against the head (ledger_state, behind, ahead) takes the ledgers and \
tables of the other schemas, which tell the applications of tenants from shared ones: --drift reads them; without, these fields are null.

Examples:
  tenantry show acme                         one schema, in a moment
  tenantry show eu-1/acme --drift            and how it stands among all
  tenantry show acme --json | jq '.migrations[-1]'")]
    Show {
        /// The schema: its name, or database/schema where several databases have it.
        schema: String,
        /// Read the ledgers and structures of all schemas, too, and say how this one stands among them: its ledger, its cohorts.
        #[arg(long)]
        drift: bool,
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// List the schemas that are not what they should be: by their ledgers against the head, by their structures against the reference.
    #[command(after_help = "\
LEDGER is current, behind, ahead, diverged (misses some and has others), gap (misses one that is older than some it has), dirty; SHAPE is \
reference, other names (constraints, indexes and sequences under other names: no drift), or how many differences there are.

Examples:
  tenantry drift                             what drifts, a line for each schema
  tenantry drift --ledger --filter db:eu-1   who misses migrations in one database
  tenantry drift --exit-code --json          for a check: 3 when something drifts, 4 when not everything could be read
  tenantry drift --json | jq '.[] | select(.shape.state == \"differs\") | .schema'")]
    Drift(DriftArguments),
    /// Show what differs between two schemas, or between a schema and the reference.
    #[command(after_help = "\
- stands for what only the first one has (the reference, when one schema is named), + for what only the other has, ~ for what differs.

Examples:
  tenantry diff acme                         acme against the reference
  tenantry diff eu-1/acme eu-2/bolt          two schemas, also of two databases
  tenantry diff acme --sql > acme.sql        the statements that would bring acme to the reference, to be read and run by you")]
    Diff(DiffArguments),
    /// List who is connected: which tenant each session is about, what it does, what it waits for, who blocks it.
    #[command(after_help = "\
The search_path of another session cannot be read. BY says how its tenant is known: locks (it holds some there, or waits for one), query \
(its query names the schema; of an idle session it is the last one), or unknown. Queries may hold secrets: mind where the output goes.

cancel and terminate look at the session once more, say what they would end, and ask; what they do is a run, which `tenantry runs` lists.

Examples:
  tenantry activity                          every session, once
  tenantry activity --json | jq '.[] | select(.blocked_by != []) | {pid, schemas, blocked_by}'
  tenantry activity cancel 4711              end the query of a session
  tenantry activity terminate 4711 --db eu-1 end the session")]
    #[command(args_conflicts_with_subcommands = true)]
    Activity {
        /// What is asked of a session; without it they are listed.
        #[command(subcommand)]
        verb: Option<ActivityVerb>,
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// List the classes of equal structures and of equal histories.
    Cohorts {
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// Say which tables live in the shared schema, in the tenants, in both, and what of it is dangerous.
    #[command(after_help = "\
Findings come first, the worst on top: sessions that are shared while users are not, content types in both, foreign keys out of a schema, \
tables of some tenants only. The exit code is 5 when something is worth looking at, 6 when something is dangerous.

Examples:
  tenantry placement                         findings, then every table with where it lives
  tenantry placement --json | jq '.[].findings[] | select(.severity == \"danger\") | .sentence'
  tenantry placement --csv > tables.csv      a line for each table")]
    Placement {
        /// Of which database.
        #[command(flatten)]
        one: One,
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// Say how many tenants each database still takes, when that moment comes, and what wears its server.
    #[command(after_help = "\
The scary number is table_limit / (tables_per_tenant + 2), rounded down; table_limit is 1,000,000 unless fleet.toml says otherwise, and \
tables_per_tenant is the median. A schema is an outlier when its number of tables is 3 or more, and more than 3.5 standard deviations, away from \
the median (the deviation is robust: from the median of the absolute deviations, or from their mean where more than half of the schemas are \
alike). The runway is a Theil-Sen trend through the last 90 days, by the registry's creation dates where it has them, else by what tenantry \
saw on earlier days; the interval holds the true rate in about 95 of 100 cases. 14 days are needed.

The exit code says the worst of it: 5 something is worth looking at (from 70 % of the scary number on), 6 something is dangerous (from 90 %).

Examples:
  tenantry capacity                          figures and formulas
  tenantry capacity --tables 120 --tenants 8000
  tenantry capacity --explain lock-table     what a line is, how it was measured, what to do
  tenantry capacity --explain runway         when the scary number falls, and by which past
  tenantry capacity --explain keys --json    and where the sequences stand of keys near their end
  tenantry capacity --json | jq '.[] | [.database, .scary_number, .growth.day]'")]
    Capacity(CapacityArguments),
    /// List runs, follow them, tell them what to do; without a verb: list.
    #[command(after_help = "\
A run applies one approved plan. It has a process of its own, which neither Ctrl-C in a follower nor a closed terminal ends, and a record in the \
state folder, which outlasts a crash and a reboot. RUN is the beginning or the end of its name, or \"last\".

Examples:
  tenantry runs                              what ran and what runs
  tenantry runs attach last                  follow the newest; its exit code is that of the run
  tenantry runs show F2K9X4                  what failed, and why
  tenantry runs retry F2K9X4                 try again what failed
  tenantry runs export last | jq '.[] | select(.state == \"failed\") | .schema'")]
    Runs {
        /// What to do.
        #[command(subcommand)]
        verb: Option<RunsVerb>,
    },
    /// Bring schemas to a migration: the plan is shown, approved, run and followed; with --plan it is only shown.
    #[command(after_help = "\
A folder holds NNNN_name.sql, or app/NNNN_name.sql, each perhaps with a NNNN_name.down.sql. What cannot run in a transaction begins with \
-- tenantry: no-transaction. Ledgers of Django, of Rails and of tenantry itself are written. The exit code is 1 when the plan cannot be run as \
it is.

Examples:
  tenantry migrate sql/ --plan               what every tenant needs
  tenantry migrate sql/                      the same, then asks and does it
  tenantry migrate sql/ --yes=4f1d0c9a73be   does it if the plan has this hash
  tenantry migrate --plan --to 0016 --schemas acme,eu-1/bolt
  tenantry migrate --plan --json | jq -r .hash
  tenantry migrate --django-script > tenantry_bundle.py   what writes a bundle where the Django project's code is")]
    Migrate(Box<MigrateArguments>),
    /// Drop schemas: each is archived, marked by another name, then removed in parts; the plan is shown first.
    #[command(after_help = "\
An archive is what pg_dump writes in its custom format, for nobody but you to read; `pg_restore -d DATABASE FILE` brings a schema back. A schema that \
somebody uses, that all tenants share, or of which something outside depends, is not dropped: the exit code is 1.

Examples:
  tenantry drop acme --plan                  what would happen
  tenantry drop acme --registry              asks for the name; the application stops seeing the tenant at once
  tenantry drop acme bolt --archive-dir /backup --yes=4f1d0c9a73be")]
    Drop(Box<DropArguments>),
    /// Rename a schema, with its row in the registry on request; the plan is shown first. Its way back is the same verb.
    #[command(after_help = "\
What names the schema in its text (functions, settings of roles) is listed and not changed.

Examples:
  tenantry rename acme acme_old --plan       what would happen
  tenantry rename acme bolt --registry       with its row in the registry, in one transaction")]
    Rename(RenameArguments),
    /// Make new schemas from one that is there: compared with it before they are kept; the plan is shown first.
    #[command(after_help = "\
Each target is one transaction, unless its rows or its locks are too many for that: then it is marked as incomplete until the last one. A \
target that is not all that its source is is not kept. The exit code is 0 when every target is verified.

Examples:
  tenantry clone reference acme --plan       what would be made, which rows, and what is to be known
  tenantry clone - acme bolt                 from the reference of fleet.toml, with its ledger and the seed tables
  tenantry clone --missing                   a schema for every tenant of the registry that has none
  tenantry clone - acme --register --domain {schema}.example.com --set name=Acme
  tenantry clone eu-1/acme acme_copy --rows all --to-database eu-2")]
    Clone(Box<CloneArguments>),
    /// Check fleet.toml, show what is in force, or print an example.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    /// Print completions for a shell.
    #[command(after_help = "\
Examples:
  tenantry completions bash > ~/.local/share/bash-completion/completions/tenantry
  tenantry completions fish > ~/.config/fish/completions/tenantry.fish")]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    #[command(after_help = "Example:\n  tenantry man | man -l -")]
    Man,
}

/// What a list shows, and how.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct List {
    /// Only rows that match: text, state:, db:, role:, tables>90, ! inverts; as / in the console.
    #[arg(short, long, value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// How to print.
    #[command(flatten)]
    pub(super) format: Format,
}

/// What of drift is listed, and how.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct DriftArguments {
    /// What to list, and how.
    #[command(flatten)]
    pub(super) list: List,
    /// Histories only: whether all migrations are there.
    #[arg(long, conflicts_with = "shape")]
    pub(super) ledger: bool,
    /// Structures only: whether all objects are there and equal.
    #[arg(long)]
    pub(super) shape: bool,
    /// The schemas that do not drift, too.
    #[arg(long)]
    pub(super) all: bool,
    /// Exit with 3 when something drifts.
    #[arg(long)]
    pub(super) exit_code: bool,
}

/// Which schemas are compared, and how.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct DiffArguments {
    /// A schema: its name, or database/schema where several databases have it.
    #[arg(value_name = "SCHEMA")]
    pub(super) one: String,
    /// The one that is compared with the first; without it the first is compared with the reference.
    #[arg(value_name = "SCHEMA")]
    pub(super) other: Option<String>,
    /// Leave this out, besides what fleet.toml leaves out.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) without: Vec<Without>,
    /// Compare this too.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) with: Vec<With>,
    /// Both sides beside each other.
    #[arg(long, conflicts_with_all = ["json", "sql"])]
    pub(super) side_by_side: bool,
    /// The statements that would take the differences away, for the simple cases. Nothing is run.
    #[arg(long, conflicts_with = "json")]
    pub(super) sql: bool,
    /// An array of objects with stable field names and raw values.
    #[arg(long)]
    pub(super) json: bool,
    /// Exit with 3 when they differ.
    #[arg(long)]
    pub(super) exit_code: bool,
}

/// One database of several.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct One {
    /// Only this database, by its name in fleet.toml.
    #[arg(long, value_name = "NAME")]
    pub(super) db: Option<String>,
}

/// What of capacity is told, and how.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CapacityArguments {
    /// Of which database.
    #[command(flatten)]
    pub(super) one: One,
    /// What if each tenant had so many tables?
    #[arg(long, value_name = "N", conflicts_with = "explain")]
    pub(super) tables: Option<u32>,
    /// What if there were so many tenants in each database?
    #[arg(long, value_name = "N", conflicts_with = "explain", value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    pub(super) tenants: Option<u64>,
    /// Tell all about one line: a figure, or one of PRESSURE; keys reads their sequences, too.
    #[arg(long, value_name = "LINE", value_parser = line())]
    pub(super) explain: Option<LineId>,
    /// An array of objects with stable field names and raw values; every line of PRESSURE with its explanation.
    #[arg(long)]
    pub(super) json: bool,
}

/// The lines of capacity by their names.
fn line() -> impl clap::builder::TypedValueParser<Value = LineId> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(LineId::all().map(LineId::name).collect::<Vec<_>>())
        .try_map(|name| LineId::named(&name).ok_or_else(|| format!("there is no line {name}")))
}

/// What a comparison of two schemas may leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Without {
    /// The places of columns.
    Positions,
    /// The bodies of functions.
    Bodies,
    /// Comments.
    Comments,
}

/// What a comparison of two schemas may take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum With {
    /// Owners other than that of the schema.
    Owners,
    /// Who may do what.
    Grants,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Format {
    /// An array of objects with stable field names and raw values.
    #[arg(long, conflicts_with = "csv")]
    pub(super) json: bool,
    /// Comma-separated values with the same field names.
    #[arg(long)]
    pub(super) csv: bool,
}

/// What to do with fleet.toml.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum ConfigVerb {
    /// Report every mistake with file, line and column.
    Check,
    /// Print each value that is in force and where it came from.
    Show {
        /// How to print.
        #[command(flatten)]
        format: Format,
    },
    /// Print a fleet.toml with every key explained.
    Example,
}

/// How large the sample fleet is and what becomes of it.
#[derive(Debug, Clone, Args)]
pub(super) struct DemoArguments {
    /// How many tenants.
    #[arg(long, value_name = "N", default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) tenants: u32,
    /// How many tables each has instead of the sample application's own.
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=2_000))]
    pub(super) tables: Option<u32>,
    /// Leave the server running and say how to remove it.
    #[arg(long)]
    pub(super) keep: bool,
    /// Print the connection string and wait for Ctrl-C instead of opening the console.
    #[arg(long)]
    pub(super) serve: bool,
    /// How the console looks.
    #[command(flatten)]
    pub(super) look: Look,
}

/// How a record or a sheet leaves the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// Aligned text for people.
    Text,
    /// JSON.
    Json,
    /// CSV.
    Csv,
}

impl Format {
    /// The one that was asked for.
    pub(super) fn shape(self) -> Shape {
        match (self.json, self.csv) {
            (true, _) => Shape::Json,
            (_, true) => Shape::Csv,
            _ => Shape::Text,
        }
    }
}
