//! The one message of one target's one migration, on real servers: what it does, what each of its guards stops, and that of many
//! who send it one succeeds.

#![expect(clippy::unwrap_used, reason = "the bodies of tests, as in tests: each is called by two")]

mod guards;
mod outside;

use std::sync::Mutex;

use jiff::Timestamp;
use tenantry::dialect::ledger::{fingerprint, fingerprints};
use tenantry::domain::catalog::{LedgerDialect, Oid};
use tenantry::domain::history::Migration;
use tenantry::plan::message::outside::{Outside, outside};
use tenantry::plan::message::{
    Guard, Guards, LedgerSays, MAY_KEEP, Message, keep, ledger_question, ledger_says, message, still_question, still_says,
};
use tenantry::plan::{
    EnvironmentName, FORMAT, Group, Kind, Ledger, Plan, PlanDatabase, RunPolicy, Stage, StageKind, Statement, Step, Target,
};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::support::{Database, database, databases};

/// Each of these tests twice: with guards that are spelled out in the message, and with those that the session keeps.
macro_rules! with_guards_spelled_and_kept {
    ($($name:ident),+ $(,)?) => {
        mod spelled {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(tenantry::plan::message::Guards::Spelled).await;
            })+
        }
        mod kept {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(tenantry::plan::message::Guards::Kept).await;
            })+
        }
    };
}
use with_guards_spelled_and_kept;

/// A session that may write.
pub(crate) struct Session {
    client: Client,
    guards: Guards,
    /// What the guards that it keeps allow.
    kept: Mutex<Option<RunPolicy>>,
}

/// What the server said to a message that it refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    sqlstate: String,
    message: String,
    detail: Option<String>,
    position: Option<u32>,
}

impl Refusal {
    fn guard(&self) -> Option<Guard> {
        Guard::of(&self.sqlstate, self.detail.as_deref())
    }
}

impl Session {
    pub(crate) async fn open(dsn: &str) -> Self {
        Self::with(dsn, Guards::Spelled).await
    }

    async fn with(dsn: &str, guards: Guards) -> Self {
        let (client, connection) = tokio_postgres::connect(dsn, NoTls).await.expect("a session");
        tokio::spawn(connection);
        Self { client, guards, kept: Mutex::default() }
    }

    /// The message for the first target after so many migrations are done, as this session has to be sent it.
    async fn of(&self, plan: &Plan, done: u16) -> Message {
        let is_new = self.guards == Guards::Kept && self.kept.lock().unwrap().as_ref() != Some(&plan.policy);
        if is_new {
            self.send(&keep(&plan.policy)).await.expect("the guards are kept");
            *self.kept.lock().unwrap() = Some(plan.policy.clone());
        }
        message(plan, 0, done, self.guards).expect("a message")
    }

    /// Sends it; gives its rows.
    async fn carry(&self, plan: &Plan, done: u16) -> Result<Vec<Vec<Option<String>>>, Refusal> {
        self.send(&self.of(plan, done).await.text).await
    }

    /// Sends one simple query; gives the rows of all its statements.
    pub(crate) async fn send(&self, text: &str) -> Result<Vec<Vec<Option<String>>>, Refusal> {
        let answer = self.client.simple_query(text).await.map_err(|error| {
            let error = error.as_db_error().expect("the server answers");
            Refusal {
                sqlstate: error.code().code().to_owned(),
                message: error.message().to_owned(),
                detail: error.detail().map(str::to_owned),
                position: error.position().map(|position| match position {
                    ErrorPosition::Original(at) => *at,
                    ErrorPosition::Internal { .. } => 0,
                }),
            }
        })?;
        let rows = answer.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
            _ => None,
        });
        Ok(rows.collect())
    }

    async fn ask(&self, plan: &Plan, done: u16) -> Result<LedgerSays, Refusal> {
        let rows = self.send(&ledger_question(plan, 0, done).expect("a question")).await?;
        Ok(rows.iter().find_map(|row| ledger_says(row)).expect("an answer"))
    }

    /// How many of the plan's two migrations the ledger still has in a row.
    async fn still(&self, plan: &Plan) -> u16 {
        let rows = self.send(&still_question(plan, &[(0, 2)]).expect("a question")).await.expect("an answer");
        let (target, still) = rows.iter().find_map(|row| still_says(row)).expect("an answer");
        assert_eq!(target, 0);
        still
    }
}

/// The ledgers that are written, as an empty table and as the migration of a number.
const LEDGERS: [(LedgerDialect, &str, &str); 3] = [
    (
        LedgerDialect::Django,
        "django_migrations",
        "(id serial PRIMARY KEY, app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL)",
    ),
    (LedgerDialect::Rails, "schema_migrations", "(version varchar PRIMARY KEY)"),
    (
        LedgerDialect::Tenantry,
        "tenantry_migrations",
        "(name text PRIMARY KEY, checksum text, applied_at timestamptz NOT NULL DEFAULT now(), \
         state text NOT NULL DEFAULT 'applied')",
    ),
];

fn migration(dialect: LedgerDialect, number: u32) -> Migration {
    match dialect {
        LedgerDialect::Rails => Migration { app: None, name: format!("2024050{number}") },
        _ => Migration { app: Some("crm".into()), name: format!("000{number}_o'vip\\") },
    }
}

/// A schema with an empty ledger.
fn schema(database: &Database, name: &str, dialect: LedgerDialect) {
    let (_, table, columns) = LEDGERS.iter().find(|(other, ..)| *other == dialect).expect("a ledger");
    let name = name.replace('"', "\"\"");
    database.sql(&format!("CREATE SCHEMA \"{name}\"; CREATE TABLE \"{name}\".{table} {columns};"));
}

/// A plan for the migrations of these statements in one schema, whose ledger is as it is now.
async fn plan(session: &Session, schema: &str, dialect: LedgerDialect, migrations: &[&[&str]]) -> Plan {
    let (_, table, _) = LEDGERS.iter().find(|(other, ..)| *other == dialect).expect("a ledger");
    let oid = session.send(&format!("SELECT oid FROM pg_namespace WHERE nspname = {}", quoted(schema))).await.expect("rows");
    let oid: Oid = oid[0][0].as_deref().and_then(|oid| oid.parse().ok()).expect("an oid");
    let read = session.send(&fingerprint([(dialect, schema, *table)])).await.expect("rows");
    let (_, now) = fingerprints(&read).next().expect("a fingerprint");
    let step = |(at, statements): (usize, &&[&str])| Step {
        migration: migration(dialect, at as u32 + 1),
        reverse: false,
        origin: "a.sql".into(),
        sha256: "ab".into(),
        checksum: Some("a'b".into()),
        statements: statements.iter().map(|sql| Statement { sql: (*sql).into(), lock: None }).collect(),
        transactional: !statements.iter().any(|sql| sql.contains("CONCURRENTLY")),
    };
    let steps: Vec<Step> = migrations.iter().enumerate().map(step).collect();
    Plan {
        format: FORMAT,
        kind: Kind::Migrate { to: "0002_b".into() },
        environment: EnvironmentName { name: "test".into(), production: false },
        databases: vec![PlanDatabase {
            label: "app".into(),
            system_identifier: None,
            oid: 1,
            name: "app".into(),
            version: 150_000,
            pooler: false,
        }],
        stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }],
        groups: vec![Group {
            role: None,
            ledger: Ledger { dialect, table: (*table).into() },
            lines: now.lines,
            sum: now.sum.to_string(),
            steps: (0..steps.len() as u32).collect(),
        }],
        steps,
        targets: vec![Target { database: 0, oid, schema: schema.into(), group: 0, stage: 0 }],
        policy: RunPolicy { search_path: vec!["public".into()], lock_timeout_ms: 300, ..RunPolicy::usual(false) },
        notes: vec![],
        left_out: vec![],
        bystanders: None,
        as_of: Timestamp::UNIX_EPOCH,
    }
}

fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn outside_of(plan: &Plan, done: u16, statements: u16, begun: bool) -> Outside {
    outside(plan, 0, done, statements, begun).expect("texts")
}

with_guards_spelled_and_kept!(
    migrations_are_applied_and_recorded_in_every_ledger_that_is_written,
    any_name_is_a_name,
    an_error_leads_to_its_statement_and_leaves_nothing,
    of_many_who_send_it_at_once_one_succeeds,
);

async fn migrations_are_applied_and_recorded_in_every_ledger_that_is_written(guards: Guards) {
    for database in databases() {
        let session = Session::with(&database.dsn(), guards).await;
        for (dialect, table, _) in LEDGERS {
            let name = dialect.word();
            schema(&database, name, dialect);
            // One is there already, as its own tool writes it.
            let there = plan(&session, name, dialect, &[&[]]).await;
            session.carry(&there, 0).await.unwrap();
            let mut plan = plan(
                &session,
                name,
                dialect,
                &[&["SELECT 1"], &["CREATE TABLE a (id int)", "INSERT INTO a VALUES (1)"], &["ALTER TABLE a ADD b int"]],
            )
            .await;
            assert_eq!(plan.groups[0].lines, 1);
            plan.groups[0].steps = vec![1, 2];
            for done in 0..2 {
                assert_eq!(session.ask(&plan, done).await.unwrap(), LedgerSays::Open, "{name} {done}");
                let rows = session.carry(&plan, done).await.unwrap();
                let [xid, pid] = rows.last().unwrap().as_slice() else { panic!("{rows:?}") };
                assert!(xid.as_deref().unwrap().parse::<u64>().unwrap() > 0 && pid.is_some());
                assert_eq!(session.ask(&plan, done).await.unwrap(), LedgerSays::Done, "{name} {done}");
            }
            assert_eq!(database.sql(&format!("SELECT * FROM {name}.a")), ["1|"]);
            assert_eq!(database.sql(&format!("SELECT count(*) FROM {name}.{table}")), ["3"]);
            // The way back: the newest first, until the ledger is as it was.
            let base = session.send(&fingerprint([(dialect, name, table)])).await.unwrap();
            let (_, base) = fingerprints(&base).next().unwrap();
            let mut back = plan.clone();
            (back.groups[0].lines, back.groups[0].sum) = (base.lines, base.sum.to_string());
            back.groups[0].steps = vec![2, 1];
            back.steps[1].statements[0].sql = "DROP TABLE a".into();
            back.steps[1].statements.truncate(1);
            back.steps[2].statements[0].sql = "ALTER TABLE a DROP b".into();
            for step in &mut back.steps {
                step.reverse = true;
            }
            for done in 0..2 {
                session.carry(&back, done).await.unwrap();
                assert_eq!(session.ask(&back, done).await.unwrap(), LedgerSays::Done);
            }
            assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Open, "the ledger is as it was");
            // Of what was applied it has nothing, of what was taken back everything.
            assert_eq!((session.still(&plan).await, session.still(&back).await), (0, 2));
            session.carry(&plan, 0).await.unwrap();
            assert_eq!((session.still(&plan).await, session.still(&back).await), (1, 1));
        }
    }
}

async fn any_name_is_a_name(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    let long = "ü".repeat(31);
    let names = [
        "Größe \"1\"",
        "a.b",
        "o'hara",
        "back\\slash",
        "$tenantry$",
        "semi;colon",
        "-- x",
        "/* x",
        "日本",
        "UPPER",
        " two  words ",
        "new\nline",
        "red\u{1b}[31m",
        "'); DROP TABLE x; --",
        "select",
        &long,
    ];
    for name in names {
        schema(&database, name, LedgerDialect::Tenantry);
        let plan = plan(&session, name, LedgerDialect::Tenantry, &[&["CREATE TABLE a (id int)"]]).await;
        session.carry(&plan, 0).await.unwrap_or_else(|refusal| panic!("{name:?}: {refusal:?}"));
        assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Done, "{name:?}");
        let found = session.send(&format!("SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'a' AND n.oid = {}", plan.targets[0].oid)).await.unwrap();
        assert_eq!(found, [[Some(name.to_owned())]]);
    }
}

async fn an_error_leads_to_its_statement_and_leaves_nothing(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    schema(&database, "größe", LedgerDialect::Django);
    let statements: &[&str] =
        &["CREATE TABLE ü (id int)", "INSERT INTO ü VALUES (1)", "SELECT 'ä', nothing FROM ü", "SELECT 1"];
    let with_place = plan(&session, "größe", LedgerDialect::Django, &[statements]).await;
    let message = session.of(&with_place, 0).await;
    let refusal = session.send(&message.text).await.unwrap_err();
    assert_eq!((refusal.sqlstate.as_str(), refusal.guard()), ("42703", None));
    assert_eq!(message.statement_at(refusal.position.unwrap()), Some(3));
    let syntax = plan(&session, "größe", LedgerDialect::Django, &[&["SELECT 1", "SELEKT 2"]]).await;
    let message = session.of(&syntax, 0).await;
    let refusal = session.send(&message.text).await.unwrap_err();
    assert_eq!(message.statement_at(refusal.position.unwrap()), Some(2), "{refusal:?}");
    assert_eq!(session.ask(&with_place, 0).await.unwrap(), LedgerSays::Open);
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 'ü'"), ["0"]);
}

async fn of_many_who_send_it_at_once_one_succeeds(guards: Guards) {
    const SESSIONS: usize = 8;
    const TARGETS: usize = 30;
    let database = database();
    let first = Session::with(&database.dsn(), guards).await;
    let mut plans = Vec::new();
    for target in 0..TARGETS {
        let (dialect, ..) = LEDGERS[target % 3];
        let name = format!("t{target}");
        schema(&database, &name, dialect);
        // Without its guards each of them would succeed.
        database.sql(&format!("CREATE TABLE {name}.a (id int)"));
        plans.push(plan(&first, &name, dialect, &[&["INSERT INTO a VALUES (1)"]]).await);
    }
    let plans = std::sync::Arc::new(plans);
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(SESSIONS));
    let tasks: Vec<_> = (0..SESSIONS)
        .map(|_| {
            let (plans, barrier, dsn) = (plans.clone(), barrier.clone(), database.dsn());
            tokio::spawn(async move {
                let session = Session::with(&dsn, guards).await;
                let mut applied = Vec::new();
                for (at, plan) in plans.iter().enumerate() {
                    barrier.wait().await;
                    match session.carry(plan, 0).await {
                        Ok(_) => applied.push(at),
                        Err(refusal) => {
                            assert!(matches!(refusal.guard(), Some(Guard::Busy | Guard::Moved)), "{refusal:?}");
                        }
                    }
                }
                applied
            })
        })
        .collect();
    let mut applied = Vec::new();
    for task in tasks {
        applied.extend(task.await.unwrap());
    }
    applied.sort_unstable();
    assert_eq!(applied, (0..TARGETS).collect::<Vec<_>>(), "each target once");
    for target in 0..TARGETS {
        assert_eq!(database.sql(&format!("SELECT count(*) FROM t{target}.a")), ["1"]);
    }
}
