//! What it costs to read a fleet: the first rows, the inventory against one sequential scan of `pg_class`, the whole refresh, one
//! schema, and the memory of our server process.
//!
//! `cargo bench --bench inventory -- [--tenants 1000,2000] [--tables 100] [--rounds 7] [--dsn CONNINFO]`. Without `--dsn` a
//! throwaway server is filled with a sample fleet of each size first, which takes a few minutes for a thousand tenants.

mod measure;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tenantry::dialect::ledger;
use tenantry::domain::fault::Fault;
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent};
use tenantry::domain::units;
use tenantry::observer::detail::schema_detail;
use tenantry::observer::passes::{Known, refresh};
use tenantry::observer::{Depth, Refresh, Target};
use tenantry::pg::{Limits, Session, catalog};

use self::measure::{Times, Wanted, say, target};

const LIMITS: Limits = Limits { lock: Duration::from_secs(5), statement: Duration::from_mins(10) };

/// One scan by one process that does nothing but count, and one that reads the columns that an inventory cannot do without.
const FLOOR: &str = "SELECT count(*) FROM pg_class";
const FLOOR_READING: &str = "SELECT count(*), max(relnamespace), max(relkind), sum(relpages), sum(reltuples), max(reltoastrelid) \
    FROM pg_class";
const ONE_SCAN: &str = "SET LOCAL enable_indexonlyscan = off; SET LOCAL max_parallel_workers_per_gather = 0";

fn main() -> Result<(), Fault> {
    Wanted::from_args(&[1_000, 2_000], 100, 7).measure("VACUUM ANALYZE pg_class, pg_depend", &measure)
}

#[derive(Default)]
struct Figures {
    floor: Times,
    floor_reading: Times,
    inventory: Times,
    first_names: Times,
    first_tenants: Times,
    refresh: Times,
    quiet_refresh: Times,
    schema: Times,
    memory: Option<u64>,
    memory_counted: Option<u64>,
}

async fn measure(dsn: &str, rounds: usize) -> Result<(), Fault> {
    let target = target(dsn)?;
    let mut figures = Figures::default();
    let mut fleet = Fleet::default();
    for _ in 0..rounds {
        fleet = one_round(&target, &mut figures).await?;
    }
    report(&fleet, &figures);
    Ok(())
}

async fn one_round(target: &Target, figures: &mut Figures) -> Result<Fleet, Fault> {
    let began = Instant::now();
    let session = Session::connect(&target.spec, "bench").await?;
    let seen = Mutex::new(Vec::new());
    let emit = |event| seen.lock().expect("events").push((began.elapsed(), event));
    let mut known = Known::new(Depth::FACTS);
    let after_connect = Instant::now();
    refresh(&session, DatabaseId(0), target, &mut known, Refresh::Full, &emit).await?;
    figures.refresh.0.push(after_connect.elapsed());
    let again = Instant::now();
    refresh(&session, DatabaseId(0), target, &mut known, Refresh::Counters, &|_| {}).await?;
    figures.quiet_refresh.0.push(again.elapsed());

    let mut fleet = Fleet::new([(target.label.clone(), target.policy.clone())]);
    for (at, event) in seen.into_inner().expect("events") {
        match &event {
            FleetEvent::Names(..) => figures.first_names.0.push(at),
            FleetEvent::Registry(..) => figures.first_tenants.0.push(at),
            FleetEvent::Backend(_, backend) => figures.memory = figures.memory.max(backend.memory),
            _ => {}
        }
        fleet.apply(event);
    }
    for (sql, times) in [(FLOOR, &mut figures.floor), (FLOOR_READING, &mut figures.floor_reading)] {
        let reading = session.read(LIMITS).await?;
        reading.texts(ONE_SCAN).await?;
        let began = Instant::now();
        reading.texts(sql).await?;
        times.0.push(began.elapsed());
        reading.finish().await?;
    }
    let reading = session.read(LIMITS).await?;
    let began = Instant::now();
    catalog::inventory(&reading, &ledger::TABLES).await?;
    figures.inventory.0.push(began.elapsed());
    reading.finish().await?;

    let fresh = Session::connect(&target.spec, "bench").await?;
    let reading = fresh.read(LIMITS).await?;
    catalog::inventory(&reading, &ledger::TABLES).await?;
    figures.memory_counted = figures.memory_counted.max(catalog::memory(&reading).await?.memory);
    reading.finish().await?;
    fresh.close().await;

    let last = fleet.entries().filter(|entry| entry.is_tenant() && entry.schema.is_some()).last();
    if let Some(name) = last.map(|entry| entry.schema_name().to_owned()) {
        let began = Instant::now();
        schema_detail(&session, target, &name).await?;
        figures.schema.0.push(began.elapsed());
    }
    session.close().await;
    Ok(fleet)
}

fn report(fleet: &Fleet, figures: &Figures) {
    let database = &fleet.databases[0];
    let counts = || database.schemas.iter().filter_map(|schema| schema.counts);
    let tables: u64 = counts().map(|counts| u64::from(counts.tables)).sum();
    let relations: u64 = tables + counts().map(|c| u64::from(c.indexes + c.sequences + c.views)).sum::<u64>();
    say(&format!(
        "{} schemas, {} tables, {} relations, {} by estimate",
        units::count(database.schemas.len() as u64),
        units::count(tables),
        units::count(relations),
        units::bytes(counts().map(|counts| counts.bytes).sum())
    ));
    let (floor, reading) = (figures.floor.min(), figures.floor_reading.min());
    say(&format!("{:<52}{:>10}{:>10}{:>9}{:>9}", "", "min ms", "median ms", "x count", "x floor"));
    for (what, times) in [
        ("count(*) by one sequential scan of pg_class", &figures.floor),
        ("floor: the same scan reading the needed columns", &figures.floor_reading),
        ("inventory of all schemas", &figures.inventory),
        ("schemas listed, since before connecting", &figures.first_names),
        ("tenants listed, since before connecting", &figures.first_tenants),
        ("whole refresh", &figures.refresh),
        ("refresh by counters, nothing moved", &figures.quiet_refresh),
        ("one schema in detail", &figures.schema),
    ] {
        let min = times.min();
        say(&format!("{what:<52}{min:>10.1}{:>10.1}{:>9.2}{:>9.2}", times.median(), min / floor, min / reading));
    }
    let memory = |bytes: Option<u64>| bytes.map_or_else(|| "not told".to_owned(), units::bytes);
    let (counted, all) = (memory(figures.memory_counted), memory(figures.memory));
    say(&format!("memory of our server process: {counted} after the inventory, {all} after a whole refresh"));
}
