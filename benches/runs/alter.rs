//! One `ALTER TABLE` and one line of the ledger in every schema: by the real worker, as `runs` starts it, and by a client written by
//! hand that sends the very same messages, guards and all, on as many connections, and keeps no journal. They take turns; each turn
//! is a migration of its own, so that both do the same.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tenantry::domain::fault::Fault;
use tenantry::domain::run::{End, Entry, Event, Life};
use tenantry::plan::message::{Guards, keep, message};
use tenantry::plan::{Plan, RunPolicy};
use tenantry::runs::{Follower, Place, Start, me, start};
use zeroize::Zeroizing;

use crate::Asked;
use crate::bars::Bars;
use crate::schemas::{self, Schemas, client};
use crate::times::{Times, say};

const USUAL: [u32; 1] = [1_000];
const ROUNDS: usize = 9;
/// Against the client by hand.
const BAR: f64 = 1.25;

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rounds = asked.rounds.unwrap_or(ROUNDS);
    for &tenants in asked.tenants.as_deref().unwrap_or(&USUAL) {
        runtime.block_on(async {
            let schemas = Schemas::make(tenants, asked.dsn.as_deref()).await?;
            let measured = one(&schemas, rounds, bars).await;
            schemas.remove().await;
            measured
        })?;
    }
    Ok(())
}

/// What holds for both: no canary, as fast as it goes, four connections, a first wave of a tenth.
pub(crate) fn policy() -> RunPolicy {
    RunPolicy { canary: 0, pace: None, ..RunPolicy::usual(false) }
}

#[derive(Default)]
struct Figures {
    by_hand: Times,
    by_hand_whole: Times,
    worker: Times,
    worker_whole: Times,
    flush: Times,
}

async fn one(schemas: &Schemas, rounds: usize, bars: &mut Bars) -> Result<(), Fault> {
    let (folder, state) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    schemas::write_applied(folder.path());
    let place = Place::own(state.path())?;
    let mut figures = Figures::default();
    // The first round is not counted: processes, caches and files are new.
    for round in 0..=rounds {
        // Who goes first changes, so that neither always finds what the other has left.
        for turn in 0..2 {
            write_next(folder.path(), round * 2 + turn);
            let plan = schemas.plan(folder.path(), policy()).await?;
            if (round + turn).is_multiple_of(2) {
                let (sending, whole) = by_hand(&schemas.dsn, &plan).await;
                figures.by_hand.0.push(sending);
                figures.by_hand_whole.0.push(whole);
            } else {
                let (working, whole) = worker(schemas, &place, plan)?;
                figures.worker.0.push(working);
                figures.worker_whole.0.push(whole);
            }
            schemas::vacuum(&client(&schemas.dsn).await).await;
        }
        figures.flush.0.extend(flushes(&place.root));
    }
    for times in [&mut figures.by_hand, &mut figures.by_hand_whole, &mut figures.worker, &mut figures.worker_whole] {
        times.0.remove(0);
    }
    report(&figures, bars);
    Ok(())
}

fn report(figures: &Figures, bars: &mut Bars) {
    say(&format!("{:<58}{:>10}{:>10}", "", "min ms", "median ms"));
    for (what, times) in [
        ("by hand: from the first message to the last answer", &figures.by_hand),
        ("the worker: from the first Started to Ended", &figures.worker),
        ("by hand with connecting", &figures.by_hand_whole),
        ("the worker with everything: folder, process, connecting", &figures.worker_whole),
        ("a line written and flushed where the journal is", &figures.flush),
    ] {
        say(&format!("{what:<58}{:>10.2}{:>10.2}", times.min(), times.median()));
    }
    let (worker, by_hand) = (&figures.worker, &figures.by_hand);
    say(&format!("{:<58}{:>20.2}x", "the same in the median", worker.median() / by_hand.median()));
    let whole = figures.worker_whole.min() / figures.by_hand_whole.min();
    say(&format!("{:<58}{whole:>10.2}x", "with everything, against by hand with connecting"));
    bars.most("the worker against by hand (minima)", worker.min() / by_hand.min(), BAR, "x");
}

/// The next migration of the folder.
pub(crate) fn write_next(folder: &Path, number: usize) {
    let name = format!("{:04}_column.sql", schemas::APPLIED.len() + 1 + number);
    std::fs::write(folder.join(name), format!("ALTER TABLE customers ADD COLUMN c{number} integer;\n")).expect("a file");
}

/// Sends every message of the plan, and gives how long that took without and with connecting.
async fn by_hand(dsn: &str, plan: &Plan) -> (Duration, Duration) {
    let texts: Vec<String> = (0..plan.targets.len() as u32)
        .map(|target| message(plan, target, 0, Guards::Kept).expect("a message").text)
        .collect();
    let connecting = Instant::now();
    let clients =
        futures_util::future::join_all((0..plan.policy.concurrency).map(|_| async move { client(dsn).await })).await;
    let next = AtomicUsize::new(0);
    let (began, keep) = (Instant::now(), keep(&plan.policy));
    let lanes = clients.iter().map(|client| async {
        client.simple_query(&keep).await.expect("the guards are kept");
        while let Some(text) = texts.get(next.fetch_add(1, Ordering::Relaxed)) {
            client.simple_query(text).await.expect("it is applied");
        }
    });
    futures_util::future::join_all(lanes).await;
    (began.elapsed(), connecting.elapsed())
}

/// Lets a worker do it, and gives how long that took by its journal from its first `Started`, and from here on.
fn worker(schemas: &Schemas, place: &Place, plan: Plan) -> Result<(Duration, Duration), Fault> {
    let secrets = Zeroizing::new(schemas.target()?.hand_over().to_string());
    let before = Timestamp::now();
    let program = env!("CARGO_BIN_EXE_tenantry").into();
    let id = start(place, Start { plan, by: me(), secrets, program })?;
    let record = place.find(&id.0)?;
    let mut follower = Follower::open(&record)?;
    while follower.has_worker() {
        // Looking on costs time too: this machine may have few cores.
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut entries: Vec<Entry> = Vec::new();
    follower.each(|entry, _| entries.push(entry.clone()))?;
    assert_eq!(follower.state().life, Life::Ended(End::Done), "{:?}", follower.state().causes);
    let first = entries.iter().find(|entry| matches!(entry.event, Event::Started { .. })).expect("something was started").at;
    let ended = entries.last().expect("entries").at;
    record.remove()?;
    let since = |from: Timestamp| Duration::try_from(ended.duration_since(from)).unwrap_or_default();
    Ok((since(first), since(before)))
}

/// What one flush costs there: as much as one batch of the journal writes, so often that the median means something.
fn flushes(folder: &Path) -> Vec<Duration> {
    const TIMES: u64 = 200;
    let path = folder.join(".flush");
    let mut file = File::create(&path).expect("a file");
    file.write_all(&[b' '; 4_096]).expect("written");
    let line = [b'x'; 1_024];
    let times = (0..TIMES)
        .map(|at| {
            let began = Instant::now();
            file.write_all_at(&line, at * line.len() as u64).expect("written");
            file.sync_data().expect("flushed");
            began.elapsed()
        })
        .collect();
    std::fs::remove_file(path).expect("removed");
    times
}
