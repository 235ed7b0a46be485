//! Deciding that there is nothing to do: a plan over all schemas that have everything, from connecting to the decision, against one
//! pass over all their ledgers. No worker starts and nothing is journalled: that is decided when the plan is made.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use tenantry::domain::fault::Fault;
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Pass};
use tenantry::domain::history::{HistoryId, LedgerReading, Migration};
use tenantry::domain::units;
use tenantry::observer::passes::{Known, refresh};
use tenantry::observer::plan::{Wanted, plan};
use tenantry::observer::{Depth, Refresh, Target, read_once};
use tenantry::pg::Session;
use tenantry::plan::migrate::Selection;
use tenantry::plan::{EnvironmentName, RunPolicy};

use crate::Asked;
use crate::bars::Bars;
use crate::schemas::Schemas;
use crate::times::{Times, say, target};

const USUAL: [u32; 1] = [10_000];
const ROUNDS: usize = 7;
/// Against reading the ledgers once.
const BAR: f64 = 1.5;

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rounds = asked.rounds.unwrap_or(ROUNDS);
    if let Some(dsn) = &asked.dsn {
        return runtime.block_on(one(&target(dsn)?, rounds, bars));
    }
    for &tenants in asked.tenants.as_deref().unwrap_or(&USUAL) {
        runtime.block_on(async {
            let schemas = Schemas::make(tenants, None).await?;
            one(&schemas.target()?, rounds, bars).await
        })?;
    }
    Ok(())
}

async fn one(target: &Target, rounds: usize, bars: &mut Bars) -> Result<(), Fault> {
    let depth = Depth { ledgers: true, ..Depth::FACTS };
    let fleet = read_once(vec![target.clone()], depth, |_| ()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let applied = applied(&fleet);
    write(folder.path(), &applied);
    // The oldest of all: whoever has a ledger has it.
    let oldest = applied.first().expect("a migration").label().replacen(' ', "/", 1);
    let (mut ledgers, mut plans) = (Times::default(), Times::default());
    let mut left_out = 0;
    for _ in 0..rounds {
        ledgers.0.push(read_ledgers(target, depth).await);
        let began = Instant::now();
        let made = plan(vec![target.clone()], wanted(folder.path(), &oldest), |_| ()).await?;
        plans.0.push(began.elapsed());
        assert!(made.targets.is_empty(), "there is something to do");
        left_out = made.left_out.iter().map(|left_out| left_out.count).sum();
    }
    say(&format!("{} schemas, all looked at, nothing to do", units::count(left_out.into())));
    say(&format!("{:<52}{:>10}{:>10}{:>12}", "", "min ms", "median ms", "x ledgers"));
    let floor = ledgers.min();
    for (what, times) in [("floor: one pass over all ledgers", &ledgers), ("a plan: connect, read, decide", &plans)] {
        say(&format!("{what:<52}{:>10.1}{:>10.1}{:>12.2}", times.min(), times.median(), times.min() / floor));
    }
    bars.most("nothing to do, against the ledgers once (minima)", plans.min() / floor, BAR, "x");
    Ok(())
}

/// The migrations of the history that most schemas have.
fn applied(fleet: &Fleet) -> BTreeSet<Migration> {
    let database = &fleet.databases[0];
    let mut sizes: HashMap<HistoryId, usize> = HashMap::new();
    for schema in &database.schemas {
        if let Some(LedgerReading::Read(id)) = schema.history {
            *sizes.entry(id).or_default() += 1;
        }
    }
    let (usual, _) = sizes.into_iter().max_by_key(|(_, size)| *size).expect("a ledger");
    database.histories[&usual].steps.iter().map(|step| step.migration.clone()).collect()
}

/// A folder with these migrations.
fn write(folder: &Path, migrations: &BTreeSet<Migration>) {
    for migration in migrations {
        let place = migration.app.as_ref().map_or_else(|| folder.to_owned(), |app| folder.join(app));
        std::fs::create_dir_all(&place).expect("a folder");
        std::fs::write(place.join(format!("{}.sql", migration.name)), "SELECT 1;").expect("a file");
    }
}

fn wanted(source: &Path, to: &str) -> Wanted {
    Wanted {
        environment: EnvironmentName { name: "bench".into(), production: false },
        source: Some(source.to_owned()),
        command: None,
        to: Some(to.to_owned()),
        reverse: false,
        late: false,
        selection: Selection::All,
        policy: RunPolicy::usual(false),
    }
}

/// How long the pass took that reads all ledgers.
async fn read_ledgers(target: &Target, depth: Depth) -> std::time::Duration {
    let session = Session::connect(&target.spec, "bench").await.expect("a connection");
    let seen = Mutex::new((None, None));
    let emit = |event| {
        let mut seen = seen.lock().expect("times");
        match event {
            FleetEvent::Progress(_, now) if now.pass == Pass::Ledgers => seen.0 = seen.0.or(Some(Instant::now())),
            FleetEvent::Progress(..) | FleetEvent::Refreshed(..) if seen.0.is_some() => {
                seen.1 = seen.1.or(Some(Instant::now()));
            }
            _ => {}
        }
    };
    refresh(&session, DatabaseId(0), target, &mut Known::new(depth), Refresh::Full, &emit).await.expect("a refresh");
    session.close().await;
    let (began, ended) = seen.into_inner().expect("times");
    ended.expect("the pass has ended") - began.expect("the pass has begun")
}
