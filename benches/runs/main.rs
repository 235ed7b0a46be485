//! What a run costs that is not the server's own work, each part as ratios within one run:
//!
//! | part | what it measures | bar |
//! |---|---|---|
//! | `plan` | deciding on 10,000 schemas that there is nothing to do, against reading all their ledgers once | 1.5x |
//! | `alter` | a worker that applies one `ALTER TABLE` to 1,000 schemas, against a client written by hand that sends the same messages and keeps no journal | 1.25x |
//! | `pane` | the console that shows a run of 10,000 targets at 1,000 a second: its time, what it sends, its memory and that of the worker | 5 % of a core, 1 kB/s, 64 MB, 200 bytes for each target |
//! | `jit` | `migrate --jit` of a schema that has everything, with a plan of 10,000 targets | 50 ms |
//! | `peers` | the same migration on the same tenants by django-tenants and django-pgschemas | 50x |
//!
//! `cargo bench --bench runs -- [PART ...] [--tenants N,N] [--rounds N] [--dsn CONNINFO]`. Without a part all but `peers`, which
//! needs python3 and a package index that `pip` can reach. Everything happens on a throwaway server; with `--dsn` `plan` reads the
//! fleet of that database, and `alter` makes schemas of its own in it and drops them afterwards. What misses its bar is marked, and
//! the exit code is 1.

mod alter;
mod bars;
mod growth;
mod jit;
mod memory;
mod pane;
mod peers;
mod plan;
#[path = "../../tests/it/terminal/pty.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod pty;
mod schemas;
#[path = "../measure/times.rs"]
mod times;

use std::process::ExitCode;

use tenantry::domain::fault::Fault;

use self::bars::Bars;
use self::times::say;

/// What the command line asks for.
pub(crate) struct Asked {
    /// How many tenants; `None` for what the part usually has.
    tenants: Option<Vec<u32>>,
    /// How often everything is measured.
    rounds: Option<usize>,
    /// A database that is there, instead of a server that is made.
    dsn: Option<String>,
}

type Part = (&'static str, fn(&Asked, &mut Bars) -> Result<(), Fault>);

const PARTS: [Part; 5] = [
    ("plan", plan::measure),
    ("alter", alter::measure),
    ("pane", pane::measure),
    ("jit", jit::measure),
    ("peers", peers::measure),
];
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
    let mut asked = Asked { tenants: None, rounds: None, dsn: None };
    let mut args = std::env::args().skip(1);
    let number = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("{text} is no number"));
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--tenants" => asked.tenants = Some(value().split(',').map(number).collect()),
            "--rounds" => asked.rounds = Some(number(&value()) as usize),
            "--dsn" => asked.dsn = Some(value()),
            // Cargo's own.
            "--bench" => {}
            name if PARTS.iter().any(|(part, _)| *part == name) => names.push(arg),
            _ => panic!("{arg} is not known: plan, alter, pane, jit, peers, --tenants, --rounds, --dsn"),
        }
    }
    (names, asked)
}
