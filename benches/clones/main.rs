//! What a clone costs that is not the server's own work, each part as ratios within one run:
//!
//! | part | what it measures | bar |
//! |---|---|---|
//! | `structure` | the second and each later target of a schema of 100 tables among 150 such tenants, by a worker with everything it does, against the same statements prepared beforehand and sent as one message; against `pg_dump \| psql`; fifty targets by two workers | 1.3x, 3x |
//! | `peers` | the same schema in the same database by the clone functions of django-tenants and django-pgschemas | 3x against the better one |
//! | `rows` | a table of a million rows with a key, two indexes and a foreign key, against `INSERT ... SELECT` before indexes, then the indexes and keys, by hand | 1.2x |
//! | `memory` | the memory of the worker with ten times the rows, within a database and into another one | 1.1x |
//!
//! `cargo bench --bench clones -- [PART ...] [--tenants N] [--tables N] [--rows N] [--rounds N]`. Without a part all but `peers`, which
//! needs python3 and a package index that `pip` can reach. Everything happens on throwaway servers. What misses its bar is marked,
//! and the exit code is 1.

#[path = "../runs/bars.rs"]
mod bars;
mod memory;
mod peers;
mod rows;
mod scene;
mod structure;
mod table;
#[path = "../measure/times.rs"]
mod times;

use std::process::ExitCode;

use tenantry::domain::fault::Fault;

use self::bars::Bars;
use self::times::say;

/// What the command line asks for; `None` is what the part usually has.
#[derive(Default)]
pub(crate) struct Asked {
    /// How many tenants the database has.
    tenants: Option<u32>,
    /// How many tables each of them has.
    tables: Option<u32>,
    /// How many rows the one table has.
    rows: Option<u32>,
    /// How often everything is measured.
    rounds: Option<usize>,
}

type Part = (&'static str, fn(&Asked, &mut Bars) -> Result<(), Fault>);

const PARTS: [Part; 4] =
    [("structure", structure::measure), ("peers", peers::measure), ("rows", rows::measure), ("memory", memory::measure)];
/// What needs more than this machine.
const BY_NAME_ONLY: &str = "peers";

fn main() -> ExitCode {
    let (names, asked) = from_args();
    let mut bars = Bars::default();
    let wanted = |name: &str| if names.is_empty() { name != BY_NAME_ONLY } else { names.iter().any(|other| other == name) };
    for (name, measure) in PARTS.into_iter().filter(|(name, _)| wanted(name)) {
        say(&format!("\n== {name}"));
        if let Err(fault) = measure(&asked, &mut bars) {
            let hint = fault.hint.map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
            bars.fail(&format!("{name} could not be measured: {}{hint}", fault.what));
        }
    }
    bars.end()
}

fn from_args() -> (Vec<String>, Asked) {
    let mut names = Vec::new();
    let mut asked = Asked::default();
    let mut args = std::env::args().skip(1);
    let number = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("{text} is no number"));
    while let Some(arg) = args.next() {
        let mut value = || number(&args.next().unwrap_or_else(|| panic!("{arg} needs a value")));
        match arg.as_str() {
            "--tenants" => asked.tenants = Some(value()),
            "--tables" => asked.tables = Some(value()),
            "--rows" => asked.rows = Some(value()),
            "--rounds" => asked.rounds = Some(value() as usize),
            // Cargo's own.
            "--bench" => {}
            name if PARTS.iter().any(|(part, _)| *part == name) => names.push(arg),
            _ => panic!("{arg} is not known: structure, peers, rows, memory, --tenants, --tables, --rows, --rounds"),
        }
    }
    (names, asked)
}
