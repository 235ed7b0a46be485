//! What the benches that read a fleet have in common: which fleets are asked for and made, the times of the rounds, how a line is
//! told. Must not know what is measured.

mod times;

use std::time::Instant;

use tenantry::demo::{DATABASE, Demo, DemoOptions};
use tenantry::domain::fault::Fault;

pub(crate) use self::times::{Times, say, target};

/// What the command line asks for: `[--tenants N,N] [--tables N] [--rounds N] [--dsn CONNINFO]`.
pub(crate) struct Wanted {
    /// The sizes of the fleets that are made, one after the other.
    pub(crate) tenants: Vec<u32>,
    /// Tables of each tenant.
    pub(crate) tables: u32,
    /// How often everything is measured.
    pub(crate) rounds: usize,
    /// A database that is there, instead of fleets that are made.
    pub(crate) dsn: Option<String>,
}

impl Wanted {
    /// The command line, and this where it says nothing.
    pub(crate) fn from_args(tenants: &[u32], tables: u32, rounds: usize) -> Self {
        let mut wanted = Self { tenants: tenants.to_vec(), tables, rounds, dsn: None };
        let mut args = std::env::args().skip(1);
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{text} is no number"));
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
            match arg.as_str() {
                "--tenants" => wanted.tenants = value().split(',').map(number).collect(),
                "--tables" => wanted.tables = number(&value()),
                "--rounds" => wanted.rounds = number(&value()) as usize,
                "--dsn" => wanted.dsn = Some(value()),
                // Cargo's own.
                "--bench" => {}
                _ => panic!("{arg} is not known: --tenants, --tables, --rounds, --dsn"),
            }
        }
        wanted
    }

    /// Measures the database that is there, or each fleet after it was made and vacuumed by this statement: autovacuum comes when
    /// it likes, and each run should start from the same catalogue.
    pub(crate) fn measure(
        &self,
        vacuum: &str,
        measure: &impl AsyncFn(&str, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        if let Some(dsn) = &self.dsn {
            return runtime.block_on(measure(dsn, self.rounds));
        }
        for &tenants in &self.tenants {
            let options = DemoOptions { tenants, tables: Some(self.tables) };
            let began = Instant::now();
            let demo = Demo::start(options, &mut |_| {})?;
            say(&format!("\n{tenants} tenants x {} tables, made in {:.0} s", self.tables, began.elapsed().as_secs_f64()));
            let vacuumed = demo.cluster().psql(DATABASE).args(["-c", vacuum]).output();
            assert!(vacuumed.is_ok_and(|output| output.status.success()), "VACUUM failed");
            runtime.block_on(measure(&demo.cluster().dsn(DATABASE), self.rounds))?;
        }
        Ok(())
    }
}
