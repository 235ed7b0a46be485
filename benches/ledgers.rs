//! What it costs to read all ledgers of a fleet: against a client written by hand that asks the same ledgers for the same
//! fingerprints on one connection too, then again after one ledger has changed; and the memory of our server process.
//!
//! `cargo bench --bench ledgers -- [--tenants 1000,3000] [--tables 20] [--rounds 7] [--dsn CONNINFO]`. Without `--dsn` a throwaway
//! server is filled with a sample fleet of each size first. With `--dsn` a ledger of that database is changed and changed back.

mod measure;

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tenantry::domain::fault::Fault;
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Pass};
use tenantry::domain::history::LedgerReading;
use tenantry::domain::units;
use tenantry::observer::passes::{Known, refresh};
use tenantry::observer::{Depth, Refresh, Target};
use tenantry::pg::Session;
use tokio_postgres::{Client, NoTls};

use self::measure::{Times, Wanted, say, target};

/// Statements that the client by hand sends ahead of the answers.
const AHEAD: usize = 100;

fn main() -> Result<(), Fault> {
    Wanted::from_args(&[1_000, 3_000], 20, 7).measure("VACUUM ANALYZE", &measure)
}

#[derive(Default)]
struct Figures {
    by_hand: Times,
    all: Times,
    first: Times,
    one: Times,
    none: Times,
    memory_by_hand: i64,
    memory_before: u64,
    memory: u64,
    is_replaced: bool,
}

async fn measure(dsn: &str, rounds: usize) -> Result<(), Fault> {
    let target = target(dsn)?;
    let mut figures = Figures::default();
    let mut fleet = Fleet::new([(target.label.clone(), target.policy.clone())]);
    for _ in 0..rounds {
        fleet = one_round(&target, dsn, &mut figures).await;
    }
    report(&fleet, &figures);
    Ok(())
}

/// A session that is read again and again, with the events of each refresh and when they came.
struct Observed<'a> {
    target: &'a Target,
    session: Session,
    known: Known,
    fleet: Fleet,
}

impl<'a> Observed<'a> {
    async fn open(target: &'a Target, depth: Depth) -> Self {
        let session = Session::connect(&target.spec, "bench").await.expect("a connection");
        let fleet = Fleet::new([(target.label.clone(), target.policy.clone())]);
        Self { target, session, known: Known::new(depth), fleet }
    }

    /// How long the pass took that reads ledgers, and when its first readings came.
    async fn ledgers(&mut self, how: Refresh) -> (Duration, Option<Duration>) {
        let seen = Mutex::new(Vec::new());
        let emit = |event| seen.lock().expect("events").push((Instant::now(), event));
        refresh(&self.session, DatabaseId(0), self.target, &mut self.known, how, &emit).await.expect("a refresh");
        let (mut begun, mut first, mut ended) = (None, None, None);
        for (at, event) in seen.into_inner().expect("events") {
            match &event {
                FleetEvent::Progress(_, progress) if progress.pass == Pass::Ledgers => begun = begun.or(Some(at)),
                FleetEvent::Progress(..) | FleetEvent::Refreshed(..) if begun.is_some() => ended = ended.or(Some(at)),
                FleetEvent::Ledgers(..) => first = first.or(Some(at)),
                _ => {}
            }
            self.fleet.apply(event);
        }
        let begun = begun.expect("the pass has begun");
        (ended.expect("the pass has ended") - begun, first.map(|first| first - begun))
    }

    fn memory(&self) -> u64 {
        self.fleet.databases[0].backend.and_then(|backend| backend.memory).unwrap_or_default()
    }
}

async fn one_round(target: &Target, dsn: &str, figures: &mut Figures) -> Fleet {
    let mut shallow = Observed::open(target, Depth::FACTS).await;
    let emitted = Mutex::new(Vec::new());
    let emit = |event| emitted.lock().expect("events").push(event);
    let known = &mut shallow.known;
    refresh(&shallow.session, DatabaseId(0), target, known, Refresh::Full, &emit).await.expect("a refresh");
    emitted.into_inner().expect("events").into_iter().for_each(|event| shallow.fleet.apply(event));
    figures.memory_before = figures.memory_before.max(shallow.memory());
    let ledgers = tables(&shallow.fleet);
    shallow.session.close().await;

    // The server process is new for both, so that neither finds in memory what the other has left.
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await.expect("a connection");
    let connection = tokio::spawn(connection);
    figures.by_hand.0.push(by_hand(&client, &ledgers).await);
    let memory = "SELECT sum(total_bytes)::int8 FROM pg_backend_memory_contexts";
    figures.memory_by_hand = client.query_one(memory, &[]).await.expect("the memory").get(0);

    // Structures would take longer than all the rest.
    let mut observed = Observed::open(target, Depth { ledgers: true, ..Depth::FACTS }).await;
    let (all, first) = observed.ledgers(Refresh::Full).await;
    figures.all.0.push(all);
    figures.first.0.extend(first);
    figures.memory = figures.memory.max(observed.memory());
    figures.is_replaced |= observed.known.take_heavy();

    let table = ledgers.last().expect("a ledger");
    change(&client, table, "INSERT INTO {} (app, name, applied) VALUES ('bench', '0001_bench', now())").await;
    figures.one.0.push(observed.ledgers(Refresh::Counters).await.0);
    change(&client, table, "DELETE FROM {} WHERE app = 'bench'").await;
    observed.ledgers(Refresh::Counters).await;
    figures.none.0.push(observed.ledgers(Refresh::Counters).await.0);
    let Observed { session, fleet, .. } = observed;
    session.close().await;
    drop(client);
    let _ended = connection.await;
    fleet
}

/// The quoted names of all ledgers.
fn tables(fleet: &Fleet) -> Vec<String> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let schemas = fleet.databases[0].schemas.iter();
    schemas
        .filter_map(|schema| Some(format!("{}.{}", quoted(&schema.name), quoted(&schema.ledger.as_ref()?.table))))
        .collect()
}

/// One unnamed statement for each ledger, sent ahead of the answers.
async fn by_hand(client: &Client, ledgers: &[String]) -> Duration {
    let statement = |table: &String| {
        format!("SELECT count(*), sum(hashtextextended(name, hashtextextended(app, 0)))::text FROM {table}")
    };
    let statements: Vec<String> = ledgers.iter().map(statement).collect();
    let began = Instant::now();
    let answers: Vec<(i64, Option<String>)> = futures_util::stream::iter(&statements)
        .map(|sql| async move {
            let row = &client.query_typed(sql, &[]).await.expect("an answer")[0];
            (row.get(0), row.get(1))
        })
        .buffered(AHEAD)
        .collect()
        .await;
    let took = began.elapsed();
    assert!(answers.len() == ledgers.len() && !answers.is_empty());
    took
}

/// Changes a ledger and waits until the server has counted it.
async fn change(client: &Client, table: &str, sql: &str) {
    let counted =
        format!("SELECT pg_stat_get_tuples_inserted('{table}'::regclass) + pg_stat_get_tuples_deleted('{table}'::regclass)");
    let before: i64 = client.query_one(&counted, &[]).await.expect("the counters").get(0);
    client.batch_execute(&sql.replace("{}", table)).await.expect("a change");
    while client.query_one(&counted, &[]).await.expect("the counters").get::<_, i64>(0) == before {
        tokio::task::yield_now().await;
    }
}

fn report(fleet: &Fleet, figures: &Figures) {
    let database = &fleet.databases[0];
    let readings: Vec<LedgerReading> = database.schemas.iter().filter_map(|schema| schema.history).collect();
    let histories: HashSet<_> = readings
        .iter()
        .filter_map(|reading| match reading {
            LedgerReading::Read(id) => Some(id),
            _ => None,
        })
        .collect();
    let lines: usize =
        histories.iter().filter_map(|id| database.histories.get(id)).map(|h| h.steps.len()).max().unwrap_or(0);
    say(&format!(
        "{} ledgers of {lines} lines at most, {} histories",
        units::count(readings.len() as u64),
        units::count(histories.len() as u64)
    ));
    let by_hand = figures.by_hand.min();
    say(&format!("{:<52}{:>10}{:>10}{:>11}", "", "min ms", "median ms", "x by hand"));
    for (what, times) in [
        ("floor: fingerprints by hand, pipelined", &figures.by_hand),
        ("all ledgers: found, fingerprints, histories", &figures.all),
        ("first readings told", &figures.first),
        ("again, after one ledger has changed", &figures.one),
        ("again, nothing has changed", &figures.none),
    ] {
        let min = times.min();
        say(&format!("{what:<52}{min:>10.1}{:>10.1}{:>11.2}", times.median(), min / by_hand));
    }
    let after = if figures.is_replaced { ", and then a new process takes its place" } else { "" };
    say(&format!(
        "memory of our server process: {} after a refresh without ledgers, {} after one with them{after}; {} after the fingerprints by hand alone",
        units::bytes(figures.memory_before),
        units::bytes(figures.memory),
        units::bytes(figures.memory_by_hand.unsigned_abs())
    ));
}
