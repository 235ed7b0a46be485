//! What a clone of a structure costs, for the second and each later target of one run: by a real worker, everything included (the
//! lock, the look at the source, the comparison, the journal), against the same statements prepared beforehand and sent as one message,
//! against `pg_dump | psql`, and fifty targets with two workers.
//!
//! `cargo bench --bench clones -- [--tenants 150] [--tables 100] [--rounds 7] [--dsn CONNINFO]`. Without `--dsn` a throwaway server is
//! filled with a sample fleet first. What is cloned is its first schema of so many tables; what was made is removed at the end.

mod measure;

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::run::{End, Event, Life};
use tenantry::observer::clone::{Targets, Wanted as Asked};
use tenantry::observer::{self, Target};
use tenantry::plan::clone::{Recipe, Rows};
use tenantry::plan::{EnvironmentName, Kind, Plan, RunPolicy};
use tenantry::runs::{Place, Record, Start, me, start};
use tokio_postgres::{Client, NoTls};
use zeroize::Zeroizing;

use self::measure::{Times, Wanted, say, target};

/// Against the statements in one message.
const FLOOR: f64 = 1.3;
/// Against the best of the other tools, at least.
const PEERS: f64 = 3.0;
const MANY: usize = 50;
const PREFIX: &str = "tenantry_clone_";

static MISSED: AtomicBool = AtomicBool::new(false);

fn main() -> Result<(), Fault> {
    let wanted = Wanted::from_args(&[150], 100, 7);
    let tables = wanted.tables;
    wanted.measure("VACUUM ANALYZE", &async |dsn: &str, rounds| measure(dsn, tables, rounds).await)?;
    if MISSED.load(Ordering::Relaxed) { Err(Fault::new(FaultKind::Refused, "a bar was missed")) } else { Ok(()) }
}

async fn measure(dsn: &str, tables: u32, rounds: usize) -> Result<(), Fault> {
    let client = client(dsn).await;
    let (source, schemas) = source(&client, tables).await;
    say(&format!("cloned is {source}, of {tables} tables, among {schemas} schemas of as many"));
    let state = tempfile::tempdir().expect("a folder");
    let place = Place::own(state.path())?;
    let target = target(dsn)?;

    let began = Instant::now();
    let plan = planned(&target, &source, &names("one", rounds + 1), 1).await?;
    let planning = began.elapsed();
    let texts = prepared(&plan, &source, rounds);
    let (record, _) = run(&place, plan, &target)?;
    // The first target finds cold caches.
    let ours = Times(took(&record)?.split_off(1));
    let mut floor = Times::default();
    for text in &texts {
        let began = Instant::now();
        client.batch_execute(text).await.expect("the statements are right");
        floor.0.push(began.elapsed());
    }
    let mut dump = Times::default();
    for round in 0..rounds.min(3) {
        dump.0.push(dumped(dsn, &source, &format!("{PREFIX}dump{round}")));
    }
    let plan = planned(&target, &source, &names("many", MANY), 2).await?;
    let (record, whole) = run(&place, plan, &target)?;
    let fifty = Times(took(&record)?);
    remove(&client).await;

    say(&format!("{:<58}{:>10}{:>10}", "", "min ms", "median ms"));
    for (what, times) in [
        ("a target by a worker, the second and later ones", &ours),
        ("the same statements as one message", &floor),
        ("pg_dump | psql", &dump),
        ("a target of fifty by two workers", &fifty),
    ] {
        say(&format!("{what:<58}{:>10.1}{:>10.1}", times.min(), times.median()));
    }
    say(&format!("{:<58}{:>10.1}", "the plan, read and written once, ms", planning.as_secs_f64() * 1e3));
    say(&format!("{:<58}{:>10.2}", "fifty targets with everything, s", whole.as_secs_f64()));
    bar("a target against one message (minima)", ours.min() / floor.min(), |ratio| ratio <= FLOOR, "<= 1.3x");
    bar("pg_dump | psql against a target (minima)", dump.min() / ours.min(), |ratio| ratio >= PEERS, ">= 3x");
    Ok(())
}

fn bar(what: &str, ratio: f64, holds: impl Fn(f64) -> bool, bar: &str) {
    let missed = if holds(ratio) { "" } else { "  MISSED" };
    say(&format!("{what:<58}{ratio:>10.2}x  bar {bar}{missed}"));
    MISSED.fetch_or(!holds(ratio), Ordering::Relaxed);
}

async fn client(dsn: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await.expect("a connection");
    drop(tokio::spawn(connection));
    client
}

/// The first schema of so many tables, and how many there are.
async fn source(client: &Client, tables: u32) -> (String, usize) {
    let sql = "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND \
               n.nspname !~ '^(pg_|information_schema|tenantry_clone_)' GROUP BY 1 HAVING count(*) >= $1 ORDER BY count(*), 1";
    let rows = client.query(sql, &[&i64::from(tables)]).await.expect("an answer");
    (rows.first().expect("a schema of so many tables").get(0), rows.len())
}

fn names(what: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{PREFIX}{what}{number}")).collect()
}

async fn planned(target: &Target, source: &str, names: &[String], workers: u16) -> Result<Plan, Fault> {
    let wanted = Asked {
        environment: EnvironmentName { name: "bench".into(), production: false },
        source: Some(source.to_owned()),
        targets: Targets::Named(names.to_vec()),
        rows: Rows::None,
        database: None,
        owner: None,
        entry: None,
        policy: RunPolicy { canary: 0, pace: None, concurrency: workers, ..RunPolicy::usual(false) },
    };
    let plan = observer::clone::plan(vec![target.clone()], wanted, |_| ()).await?;
    assert!(!plan.notes.iter().any(|note| note.refuses), "{:?}", plan.notes);
    Ok(plan)
}

/// What the plan makes, for other names: a text that makes the schema with everything in it in one message.
fn prepared(plan: &Plan, source: &str, rounds: usize) -> Vec<String> {
    let Kind::Clone(cloning) = &plan.kind else { panic!("{source} is to be cloned") };
    let text = |name: &String| {
        let names = cloning.names(0, name);
        let recipe = &cloning.recipe;
        let made = [&recipe.structure, &recipe.finish, &recipe.last].into_iter().flatten().map(|made| &made.sql);
        let all = Recipe::settings();
        let statements: Vec<String> = all.iter().chain(made).map(|sql| sql.fill(&names)).collect();
        format!("CREATE SCHEMA \"{name}\";\n{};", statements.join("\n;\n"))
    };
    names("floor", rounds).iter().map(text).collect()
}

/// Lets a worker do it, and gives how long that took with everything.
fn run(place: &Place, plan: Plan, target: &Target) -> Result<(Record, Duration), Fault> {
    let secrets = Zeroizing::new(target.hand_over().to_string());
    let began = Instant::now();
    let id = start(place, Start { plan, by: me(), secrets, program: env!("CARGO_BIN_EXE_tenantry").into() })?;
    loop {
        let record = place.find(&id.0)?;
        if !record.alive {
            assert_eq!(record.state.life, Life::Ended(End::Done), "{:?}", record.state.causes);
            return Ok((record, began.elapsed()));
        }
        // Looking on costs time too: this machine may have few cores.
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How long each target took, as the worker says.
fn took(record: &Record) -> Result<Vec<Duration>, Fault> {
    let applied = record.events()?.into_iter().filter_map(|entry| match entry.event {
        Event::Applied { ms, .. } => Some(Duration::from_millis(ms.into())),
        _ => None,
    });
    Ok(applied.collect())
}

/// As one does it by hand: dumped, renamed, fed back.
fn dumped(dsn: &str, source: &str, name: &str) -> Duration {
    let began = Instant::now();
    let dump = Command::new("pg_dump").args(["-s", "-n", source, "-d", dsn]).output().expect("pg_dump is installed");
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let text = String::from_utf8_lossy(&dump.stdout).replace(source, name);
    let mut psql = Command::new("psql");
    psql.args(["-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-d", dsn]);
    let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql is installed");
    let mut pipe = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut pipe, text.as_bytes()).expect("psql reads");
    drop(pipe);
    assert!(child.wait().expect("psql ends").success(), "the dump is not taken");
    began.elapsed()
}

/// Removes what was made, one by one: the lock table is only so large.
async fn remove(client: &Client) {
    let sql = format!("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '{PREFIX}')");
    for row in client.query(&sql, &[]).await.expect("an answer") {
        let name: String = row.get(0);
        client.batch_execute(&format!("DROP SCHEMA \"{name}\" CASCADE")).await.expect("it goes");
    }
}
