//! What it costs to know the structure of every schema: all facets of all schemas by two connections against one sequential scan
//! of each catalogue that they read, the same after one change, one schema opened, and the memory of our server process.
//!
//! `cargo bench --bench drift -- [--tenants 500,1000] [--tables 100] [--rounds 3] [--dsn CONNINFO]`. Without `--dsn` a throwaway
//! server is filled with a sample fleet of each size first, which takes a few minutes for a thousand tenants. With it the role
//! must own the tables: one of them is altered and altered back.

mod measure;

use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tenantry::domain::fault::Fault;
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Pass};
use tenantry::domain::units;
use tenantry::observer::detail::structure;
use tenantry::observer::passes::{Known, refresh};
use tenantry::observer::{Depth, Refresh, Seat, Target};
use tenantry::pg::{Limits, Session, catalog};

use self::measure::{Times, Wanted, say, target};

const LIMITS: Limits = Limits { lock: Duration::from_secs(5), statement: Duration::from_mins(10) };

/// One scan of each catalogue that reads the columns which its facets cannot do without. No join, no hash.
const FLOOR: [&str; 16] = [
    "SELECT count(*), max(relname), max(relnamespace), max(relkind), max(relam), max(reloptions::text) FROM pg_class",
    "SELECT count(*), max(attname), max(attrelid), max(atttypid), max(atttypmod), max(attcollation) FROM pg_attribute",
    "SELECT count(*), max(adrelid), max(adnum), sum(length(adbin::text)) FROM pg_attrdef",
    "SELECT count(*), max(conname), max(conrelid), max(conkey), sum(length(conbin::text)) FROM pg_constraint",
    "SELECT count(*), max(indrelid), max(indkey::text), sum(length(indexprs::text)), sum(length(indpred::text)) FROM pg_index",
    "SELECT count(*), max(tgname), max(tgrelid), max(tgfoid) FROM pg_trigger",
    "SELECT count(*), max(rulename), sum(length(ev_action::text)) FROM pg_rewrite",
    "SELECT count(*), max(polname) FROM pg_policy",
    "SELECT count(*), max(proname), max(pronamespace), sum(length(prosrc)) FROM pg_proc",
    "SELECT count(*), max(typname), max(typnamespace), max(typbasetype) FROM pg_type",
    "SELECT count(*), max(enumlabel) FROM pg_enum",
    "SELECT count(*), max(seqrelid), max(seqmax) FROM pg_sequence",
    "SELECT count(*), max(objid), max(refobjid), max(deptype) FROM pg_depend",
    "SELECT count(*), max(inhparent) FROM pg_inherits",
    "SELECT count(*), max(description) FROM pg_description",
    "SELECT count(*), max(collname) FROM pg_collation",
];
const ONE_SCAN: &str = "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off; \
    SET LOCAL max_parallel_workers_per_gather = 0";

fn main() -> Result<(), Fault> {
    Wanted::from_args(&[500, 1_000], 100, 3).measure("VACUUM ANALYZE", &measure)
}

#[derive(Default)]
struct Figures {
    floor: Times,
    full: Times,
    classes: Times,
    changed: Times,
    quiet: Times,
    opened: Times,
    told: usize,
    memory: Option<u64>,
}

async fn measure(dsn: &str, rounds: usize) -> Result<(), Fault> {
    let target = target(dsn)?;
    let mut figures = Figures::default();
    let mut fleet = Fleet::default();
    for round in 0..rounds {
        fleet = one_round(&target, dsn, round, &mut figures).await?;
    }
    report(&fleet, &figures);
    Ok(())
}

/// Events with their moments.
type Seen = Vec<(Instant, FleetEvent)>;

async fn refreshed(session: &Session, target: &Target, known: &mut Known, how: Refresh) -> Result<Seen, Fault> {
    let seen = Mutex::new(Vec::new());
    let emit = |event| seen.lock().expect("events").push((Instant::now(), event));
    refresh(session, DatabaseId(0), target, known, how, &emit).await?;
    Ok(seen.into_inner().expect("events"))
}

/// From the beginning of one pass until the beginning of what follows.
fn between(seen: &Seen, from: Pass, to: Option<Pass>) -> Duration {
    let begins = |pass| seen.iter().find(|(_, event)| matches!(event, FleetEvent::Progress(_, now) if now.pass == pass));
    let end = match to {
        Some(pass) => begins(pass),
        None => seen.last(),
    };
    match (begins(from), end) {
        (Some((from, _)), Some((to, _))) => *to - *from,
        _ => Duration::ZERO,
    }
}

async fn one_round(target: &Target, dsn: &str, round: usize, figures: &mut Figures) -> Result<Fleet, Fault> {
    let session = Session::connect(&target.spec, "bench").await?;
    let mut known = Known::new(Depth::DRIFT).sharing(Seat::default());
    let mut fleet = Fleet::new([(target.label.clone(), target.policy.clone())]);
    let seen = refreshed(&session, target, &mut known, Refresh::Full).await?;
    figures.full.0.push(between(&seen, Pass::Structure, Some(Pass::Classes)));
    figures.classes.0.push(between(&seen, Pass::Classes, None));
    for (_, event) in seen {
        if let FleetEvent::Backend(_, backend) = &event {
            figures.memory = figures.memory.max(backend.memory);
        }
        fleet.apply(event);
    }
    let quiet = refreshed(&session, target, &mut known, Refresh::Counters).await?;
    figures.quiet.0.push(between(&quiet, Pass::Structure, None));

    let reading = session.read(LIMITS).await?;
    reading.texts(ONE_SCAN).await?;
    let began = Instant::now();
    for sql in FLOOR {
        reading.texts(sql).await?;
    }
    figures.floor.0.push(began.elapsed());
    reading.finish().await?;

    let last = fleet.entries().filter(|entry| entry.is_tenant() && entry.schema.is_some()).last();
    let Some(name) = last.map(|entry| entry.schema_name().to_owned()) else { return Ok(fleet) };
    let began = Instant::now();
    let found = structure(&session, target, &name).await?;
    figures.opened.0.push(began.elapsed());
    let table = found.objects.iter().find(|object| object.kind == tenantry::domain::structure::Kind::Table);
    if let Some(table) = table {
        alter(dsn, &name, &table.name, round);
        // The counters may be a second late.
        for _ in 0..100 {
            let seen = refreshed(&session, target, &mut known, Refresh::Counters).await?;
            let told = seen.iter().filter(|(_, event)| matches!(event, FleetEvent::Structures(..))).count();
            if told > 0 {
                figures.changed.0.push(between(&seen, Pass::Structure, None));
                figures.told = figures.told.max(told);
                break;
            }
        }
    }
    let reading = session.read(LIMITS).await?;
    figures.memory = figures.memory.max(catalog::memory(&reading).await?.memory);
    reading.finish().await?;
    session.close().await;
    Ok(fleet)
}

/// Gives a column of the table another target for its statistics, in every round another.
fn alter(dsn: &str, schema: &str, table: &str, round: usize) {
    let name = tenantry::observer::identifier(&[schema, table]);
    let target = if round.is_multiple_of(2) { "100" } else { "-1" };
    let sql = format!("ALTER TABLE {name} ALTER id SET STATISTICS {target}");
    let done = Command::new("psql").args(["-X", "-q", dsn, "-c", &sql]).status();
    assert!(done.is_ok_and(|status| status.success()), "{sql} failed");
}

fn report(fleet: &Fleet, figures: &Figures) {
    let database = &fleet.databases[0];
    let tables: u64 =
        database.schemas.iter().filter_map(|schema| schema.counts).map(|counts| u64::from(counts.tables)).sum();
    say(&format!(
        "{} schemas, {} tables, {} classes with a structure, {} different objects",
        units::count(database.schemas.len() as u64),
        units::count(tables),
        units::count(database.structures.len() as u64),
        units::count(objects(fleet) as u64)
    ));
    let (floor, full) = (figures.floor.min(), figures.full.min());
    say(&format!("{:<60}{:>10}{:>10}{:>9}{:>9}", "", "min ms", "median ms", "x floor", "x full"));
    for (what, times) in [
        ("floor: one sequential scan of each catalogue", &figures.floor),
        ("classes of all schemas, all facets, two connections", &figures.full),
        ("structures of one schema for each class", &figures.classes),
        ("refresh after one ALTER: its schema, class and structure", &figures.changed),
        ("refresh after nothing", &figures.quiet),
        ("one schema opened: all its objects", &figures.opened),
    ] {
        let min = times.min();
        say(&format!("{what:<60}{min:>10.1}{:>10.1}{:>9.2}{:>9.3}", times.median(), min / floor, min / full));
    }
    let memory = figures.memory.map_or_else(|| "not told".to_owned(), units::bytes);
    say(&format!("memory of our first server process: {memory}"));
}

/// Objects that are kept once, however many schemas have them.
fn objects(fleet: &Fleet) -> usize {
    let structures = fleet.databases[0].structures.values();
    let all: std::collections::HashSet<_> =
        structures.flat_map(|structure| &structure.objects).map(std::sync::Arc::as_ptr).collect();
    all.len()
}
