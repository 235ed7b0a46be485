//! What it costs to know what wears a server: the whole pass against the inventory pass of the same refresh, the pass when nothing
//! was created since, what is asked on demand (where tables live, sessions), and the memory of our server process without the pass and
//! with it.
//!
//! `cargo bench --bench capacity -- [--tenants 500,1000] [--tables 100] [--rounds 5] [--dsn CONNINFO]`. Without `--dsn` a throwaway
//! server is filled with a sample fleet of each size first, which takes a few minutes for a thousand tenants.

mod measure;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tenantry::capacity::gauges;
use tenantry::domain::fault::Fault;
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Pass};
use tenantry::domain::question::Question;
use tenantry::domain::units;
use tenantry::observer::passes::{Known, refresh};
use tenantry::observer::{Depth, Refresh, Target, ask_once};
use tenantry::pg::Session;

use self::measure::{Times, Wanted, say, target};

fn main() -> Result<(), Fault> {
    Wanted::from_args(&[500, 1_000], 100, 5).measure("VACUUM ANALYZE", &measure)
}

#[derive(Default)]
struct Figures {
    inventory: Times,
    pressure: Times,
    quiet: Times,
    placement: Times,
    sessions: Times,
    memory_without: Option<u64>,
    memory: Option<u64>,
}

async fn measure(dsn: &str, rounds: usize) -> Result<(), Fault> {
    let target = target(dsn)?;
    let mut figures = Figures::default();
    let mut fleet = Fleet::new([(target.label.clone(), target.policy.clone())]);
    for _ in 0..rounds {
        // The server processes are new in each round: caches that grew in the one before would be measured otherwise.
        let session = Session::connect(&target.spec, "bench").await?;
        let seen = refreshed(&session, &target, &mut Known::new(Depth::FACTS), Refresh::Full).await?;
        figures.memory_without = figures.memory_without.max(memory(&seen));
        session.close().await;

        let session = Session::connect(&target.spec, "bench").await?;
        let mut known = Known::new(Depth::CAPACITY);
        let seen = refreshed(&session, &target, &mut known, Refresh::Full).await?;
        figures.inventory.0.extend(took(&seen, Pass::Inventory));
        figures.pressure.0.extend(took(&seen, Pass::Pressure));
        figures.memory = figures.memory.max(memory(&seen));
        for (_, event) in seen {
            fleet.apply(event);
        }
        let quiet = refreshed(&session, &target, &mut known, Refresh::Counters).await?;
        figures.quiet.0.extend(took(&quiet, Pass::Pressure));
        session.close().await;
        for (question, times) in [(Question::Placement, &mut figures.placement), (Question::Sessions, &mut figures.sessions)]
        {
            times.0.push(asked(&target, &question).await?);
        }
    }
    report(&fleet, &figures);
    Ok(())
}

/// How long a question takes that a person asks, with a connection of its own.
async fn asked(target: &Target, question: &Question) -> Result<Duration, Fault> {
    let began = Instant::now();
    ask_once(target, question).await?;
    Ok(began.elapsed())
}

/// Events with their moments.
type Seen = Vec<(Instant, FleetEvent)>;

async fn refreshed(session: &Session, target: &Target, known: &mut Known, how: Refresh) -> Result<Seen, Fault> {
    let seen = Mutex::new(Vec::new());
    let emit = |event| seen.lock().expect("events").push((Instant::now(), event));
    refresh(session, DatabaseId(0), target, known, how, &emit).await?;
    Ok(seen.into_inner().expect("events"))
}

/// From the beginning of a pass until it has told what it found.
fn took(seen: &Seen, pass: Pass) -> Option<Duration> {
    let begun = |event: &FleetEvent| matches!(event, FleetEvent::Progress(_, progress) if progress.pass == pass);
    let told = |event: &FleetEvent| match pass {
        Pass::Inventory => matches!(event, FleetEvent::Counts(..)),
        _ => matches!(event, FleetEvent::Pressure(..)),
    };
    let moment = |is: &dyn Fn(&FleetEvent) -> bool| seen.iter().find(|(_, event)| is(event)).map(|(at, _)| *at);
    Some(moment(&told)? - moment(&begun)?)
}

fn memory(seen: &Seen) -> Option<u64> {
    seen.iter().find_map(|(_, event)| match event {
        FleetEvent::Backend(_, backend) => backend.memory,
        _ => None,
    })
}

fn report(fleet: &Fleet, figures: &Figures) {
    let database = &fleet.databases[0];
    let counted = database.schemas.iter().filter_map(|schema| schema.counts);
    let tables: u64 = counted.map(|counts| u64::from(counts.tables)).sum();
    let lines = gauges(database);
    say(&format!(
        "{} schemas, {} tables, {} lines of which {} could not be seen",
        units::count(database.schemas.len() as u64),
        units::count(tables),
        lines.len(),
        lines.iter().filter(|gauge| gauge.unseen.is_some()).count()
    ));
    let inventory = figures.inventory.min();
    say(&format!("{:<52}{:>10}{:>10}{:>13}", "", "min ms", "median ms", "x inventory"));
    for (what, times) in [
        ("the inventory pass of the same refresh", &figures.inventory),
        ("pressure: everything that is not on demand", &figures.pressure),
        ("again, nothing was created since", &figures.quiet),
        ("on demand: where tables live, with its connection", &figures.placement),
        ("on demand: sessions, with their connection", &figures.sessions),
    ] {
        let min = times.min();
        say(&format!("{what:<52}{min:>10.1}{:>10.1}{:>13.2}", times.median(), min / inventory));
    }
    let told = |memory: Option<u64>| memory.map_or_else(|| "not told".to_owned(), units::bytes);
    say(&format!(
        "memory of our server process: {} without the pass, {} with it",
        told(figures.memory_without),
        told(figures.memory)
    ));
}
