//! How a bench clones: a plan as the planner makes it, a worker as it is started by everybody, and the same statements as a text to be
//! sent by hand. Must not know what is measured.

use std::path::Path;
use std::time::{Duration, Instant};

use tenantry::demo::{Cluster, ClusterOptions, DATABASE, Demo, DemoOptions};
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::run::{End, Event, Life};
use tenantry::observer::clone::{Targets, Wanted};
use tenantry::observer::{self, Target};
use tenantry::plan::clone::{Cloning, Names, Recipe, Rows};
use tenantry::plan::{EnvironmentName, Kind, Plan, RunPolicy};
use tenantry::runs::{Place, Record, Start, me, start};
use tokio_postgres::{Client, NoTls};
use zeroize::Zeroizing;

use crate::Asked;
use crate::times::say;

/// What everything that is made is called at first.
pub(crate) const PREFIX: &str = "tenantry_clone_";

const TENANTS: u32 = 150;
const TABLES: u32 = 100;

/// A sample fleet with as many tables in each tenant as the parts are about.
pub(crate) struct Crowd {
    demo: Demo,
    /// How many tables the source has.
    pub(crate) tables: u32,
}

impl Crowd {
    /// Makes it. Autovacuum comes when it likes, and each run should start from the same catalogue.
    pub(crate) fn make(asked: &Asked) -> Result<Self, Fault> {
        let (tenants, tables) = (asked.tenants.unwrap_or(TENANTS), asked.tables.unwrap_or(TABLES));
        let began = Instant::now();
        let demo = Demo::start(DemoOptions { tenants, tables: Some(tables) }, &mut |_| {})?;
        let vacuumed = demo.cluster().psql(DATABASE).args(["-c", "VACUUM ANALYZE"]).output();
        assert!(vacuumed.is_ok_and(|output| output.status.success()), "VACUUM failed");
        say(&format!("{tenants} tenants x {tables} tables, made in {:.0} s", began.elapsed().as_secs_f64()));
        Ok(Self { demo, tables })
    }

    /// How to connect as a superuser: the clone functions of others need one.
    pub(crate) fn dsn(&self) -> String {
        self.cluster().dsn(DATABASE)
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        self.demo.cluster()
    }

    /// The first schema of so many tables that has a plain name, and how many schemas are like it.
    pub(crate) async fn source(&self, client: &Client) -> (String, usize) {
        let sql = "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND \
                   n.nspname !~ '^(pg_|information_schema|tenantry_clone_)' GROUP BY 1 HAVING count(*) >= $1 \
                   ORDER BY n.nspname !~ '^[a-z_]+$', count(*), 1";
        let rows = client.query(sql, &[&i64::from(self.tables)]).await.expect("an answer");
        (rows.first().expect("a schema of so many tables").get(0), rows.len())
    }
}

/// A server for rows: the usual settings but for those that let checkpoints and autovacuum come in the middle of a round.
pub(crate) fn quiet_server() -> Result<Cluster, Fault> {
    let settings =
        [("autovacuum", "off"), ("checkpoint_timeout", "1h"), ("max_wal_size", "16GB"), ("shared_buffers", "512MB")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Cluster::start(ClusterOptions { settings, ..ClusterOptions::default() })
}

/// A connection by hand.
pub(crate) async fn client(dsn: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await.expect("a connection");
    drop(tokio::spawn(connection));
    client
}

pub(crate) fn names(what: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{PREFIX}{what}{number}")).collect()
}

/// A plan that makes these, in the first of the databases. The source may be `label/schema`.
pub(crate) async fn planned(
    targets: &[Target],
    source: &str,
    names: &[String],
    rows: Rows,
    workers: u16,
) -> Result<Plan, Fault> {
    let database = targets.first().filter(|_| targets.len() > 1).map(|target| target.label.clone());
    let wanted = Wanted {
        environment: EnvironmentName { name: "bench".into(), production: false },
        source: Some(source.to_owned()),
        targets: Targets::Named(names.to_vec()),
        rows,
        database,
        owner: None,
        entry: None,
        policy: RunPolicy { canary: 0, pace: None, concurrency: workers, ..RunPolicy::usual(false) },
    };
    let plan = observer::clone::plan(targets.to_vec(), wanted, |_| ()).await?;
    assert!(!plan.notes.iter().any(|note| note.refuses), "{:?}", plan.notes);
    Ok(plan)
}

/// What a plan makes.
pub(crate) fn cloning(plan: &Plan) -> &Cloning {
    let Kind::Clone(cloning) = &plan.kind else { panic!("a plan of a clone") };
    cloning
}

/// What a plan makes, for another name: the schema with everything in it in one message, `copy` between structure and indexes.
pub(crate) fn by_hand(plan: &Plan, name: &str, copy: &str) -> String {
    let cloning = cloning(plan);
    let names: Names<'_> = cloning.names(0, name);
    let recipe = &cloning.recipe;
    let filled = |made: &[tenantry::plan::clone::Made]| -> String {
        made.iter().map(|made| made.sql.fill(&names) + "\n;\n").collect()
    };
    let settings: Vec<String> = Recipe::settings().iter().map(|setting| setting.fill(&names)).collect();
    format!(
        "CREATE SCHEMA \"{name}\";\n{};\n{}{copy}{}{}{}",
        settings.join(";\n"),
        filled(&recipe.structure),
        filled(&recipe.finish),
        filled(&recipe.owners),
        filled(&recipe.last)
    )
}

/// A run that is over.
pub(crate) struct Ran {
    record: Record,
    /// From its start to its end, with the worker's own start.
    pub(crate) whole: Duration,
    /// The most memory that the worker had, in MB.
    pub(crate) memory: f64,
}

impl Ran {
    /// How long each target took, as the worker says.
    pub(crate) fn took(&self) -> Result<Vec<Duration>, Fault> {
        let applied = self.record.events()?.into_iter().filter_map(|entry| match entry.event {
            Event::Applied { ms, .. } => Some(Duration::from_millis(ms.into())),
            _ => None,
        });
        Ok(applied.collect())
    }
}

/// Lets a worker do it. Every target must be made.
pub(crate) fn run(folder: &Path, plan: Plan, targets: &[Target]) -> Result<Ran, Fault> {
    let place = Place::own(folder)?;
    let secrets: Vec<String> = targets.iter().map(|target| target.hand_over().to_string()).collect();
    let began = Instant::now();
    let secrets = Zeroizing::new(secrets.join("\n"));
    let id = start(&place, Start { plan, by: me(), secrets, program: env!("CARGO_BIN_EXE_tenantry").into() })?;
    let mut memory = 0.0_f64;
    loop {
        let record = place.find(&id.0)?;
        memory =
            record.state.worker.as_ref().and_then(|worker| most_memory(worker.0)).map_or(memory, |most| memory.max(most));
        if !record.alive {
            if record.state.life != Life::Ended(End::Done) {
                let why = format!("the run did not do all: {:?}", record.state.causes);
                return Err(Fault::new(FaultKind::Server, why));
            }
            return Ok(Ran { record, whole: began.elapsed(), memory });
        }
        // Looking on costs time too: this machine may have few cores.
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The most memory that a process had, in MB. `None` where it is gone, or the system does not tell.
fn most_memory(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

/// Removes what was made, one by one: the lock table is only so large.
pub(crate) async fn remove(client: &Client) {
    let sql = format!("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '{PREFIX}')");
    for row in client.query(&sql, &[]).await.expect("an answer") {
        let name: String = row.get(0);
        client
            .batch_execute(&format!("SET client_min_messages = warning; DROP SCHEMA \"{name}\" CASCADE"))
            .await
            .expect("it goes");
    }
}
