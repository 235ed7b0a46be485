//! The table of single alterations: each changes the fingerprint, and the difference names what it altered and nothing else.

use std::sync::Arc;

use tenantry::domain::structure::{Difference, Structure};
use tenantry::drift::diff;
use tenantry::pg::Session;
use tenantry::pg::catalog::fingerprint::Scope;
use tenantry::pg::catalog::{self, Stamp};
use tenantry::sqltext::ident;

use super::prints::{Prints, joined, prints};
use super::{ALL, HARD_NAMES, base, filled, read, ready};
use crate::connect::{GENEROUS, connect};
use crate::support::{Database, servers};

/// One alteration.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The first major that knows the statement.
    pub(crate) since: u32,
    /// What must be said of it.
    says: Vec<&'static str>,
    pub(crate) sql: String,
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("cases.sql").lines() {
        if let Some(title) = line.strip_prefix("-- == ") {
            let (name, since) = title.split_once(" since ").unwrap_or((title, "0"));
            cases.push(Case { name, since: since.parse().expect("a major"), says: Vec::new(), sql: String::new() });
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("-- => ") {
                Some(said) => case.says.push(said),
                None => case.sql.push_str(&format!("{line}\n")),
            }
        }
    }
    cases
}

/// `changed column orders.total: type`, as `cases.sql` has it.
pub(crate) fn told(difference: &Difference) -> String {
    let label = difference.object().label();
    match difference {
        Difference::Missing { .. } => format!("missing {label}"),
        Difference::Extra { .. } => format!("extra {label}"),
        Difference::Renamed { .. } => format!("renamed {label}"),
        Difference::Incomparable { .. } => format!("incomparable {label}"),
        Difference::Changed { changes, .. } => {
            let attributes: Vec<&str> = changes.iter().map(|change| change.attribute.as_str()).collect();
            format!("changed {label}: {}", attributes.join(", "))
        }
    }
}

/// What is wrong with how a case came out.
fn complaint(case: &Case, reference: &Structure, here: &Structure) -> Option<String> {
    let mut said: Vec<String> = diff(reference, here, &ALL).iter().map(told).collect();
    said.sort();
    let mut expected = case.says.clone();
    expected.sort_unstable();
    let only_names = expected.iter().all(|said| said.starts_with("renamed"));
    let is_right = said == expected
        && (reference.shape == here.shape) == only_names
        && (reference.exact == here.exact) == expected.is_empty();
    let shape = if reference.shape == here.shape { "=" } else { "≠" };
    let exact = if reference.exact == here.exact { "=" } else { "≠" };
    (!is_right).then(|| format!("{}: shape {shape}, exact {exact}\n  {}\n", case.name, said.join("\n  ")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_alteration_is_told_of_what_it_altered_and_of_nothing_else() {
    assert!(cases().len() > 200);
    for cluster in servers() {
        let database = ready(cluster);
        let major: u32 = database.sql("SHOW server_version_num")[0].parse::<u32>().expect("a number") / 10_000;
        database.sql(&base("reference"));
        let session = connect(&database.dsn()).await.expect("a connection");
        let structure = read(&session, "reference").await.expect("a structure");
        let prints = prints(&session, &["reference".to_owned()], Scope::Fleet).await.remove(0);
        let reference = Arc::new((structure, prints));
        session.close().await;
        let all: Vec<(usize, Case)> = cases().into_iter().filter(|case| case.since <= major).enumerate().collect();
        let all = Arc::new(all);
        let database = Arc::new(database);
        let workers: Vec<_> = (0..2)
            .map(|worker| tokio::spawn(run(Arc::clone(&database), Arc::clone(&reference), Arc::clone(&all), worker)))
            .collect();
        let mut complaints = Vec::new();
        for worker in workers {
            complaints.extend(worker.await.expect("a worker"));
        }
        assert!(complaints.is_empty(), "PostgreSQL {major}: {}\n{}", complaints.len(), complaints.concat());
    }
}

/// Every other case, some at a time: their schemas are made in one call, so that little time goes into starting clients.
async fn run(
    database: Arc<Database>,
    reference: Arc<(Structure, Prints)>,
    cases: Arc<Vec<(usize, Case)>>,
    worker: usize,
) -> Vec<String> {
    let mine: Vec<&(usize, Case)> = cases.iter().filter(|(at, _)| at % 2 == worker).collect();
    let mut complaints = Vec::new();
    for batch in mine.chunks(25) {
        let (mut made, mut altered) = (String::new(), String::new());
        let mut dropped = String::from("SET client_min_messages = warning;\n");
        let names: Vec<String> = batch.iter().map(|(at, _)| name_of(*at)).collect();
        for ((_, case), name) in batch.iter().zip(&names) {
            let schema = ident(name);
            made.push_str(&base(name));
            altered.push_str(&format!("SET search_path = {schema};\n{}RESET search_path;\n", filled(&case.sql, name)));
            dropped.push_str(&format!("DROP SCHEMA {schema} CASCADE;\n"));
        }
        // The server process remembers all that it has described.
        let session = connect(&database.dsn()).await.expect("a connection");
        database.sql(&made);
        for (name, before) in names.iter().zip(prints(&session, &names, Scope::Fleet).await) {
            let differ = before.differ(&reference.1);
            assert!(differ.is_empty(), "{name} and the reference are two classes before anything is altered: {differ:?}");
        }
        let stamps = stamps(&session, &names).await;
        database.sql(&altered);
        for (((_, case), before), after) in batch.iter().zip(&stamps).zip(&self::stamps(&session, &names).await) {
            if before == after && !case.says.is_empty() {
                complaints.push(format!("{}: the stamp is the same\n", case.name));
            }
        }
        let after = prints(&session, &names, Scope::Fleet).await;
        assert_eq!(after, prints(&session, &names, Scope::Few).await, "by indexes it is as by scans");
        for (((_, case), name), print) in batch.iter().zip(&names).zip(&after) {
            match read(&session, name).await {
                Ok(here) => {
                    complaints.extend(complaint(case, &reference.0, &here));
                    let joined = joined((&reference.0, &reference.1), (&here, print));
                    complaints.extend(joined.map(|what| format!("{}: {what}\n", case.name)));
                }
                Err(fault) => complaints.push(format!("{}: {fault}\n", case.name)),
            }
        }
        session.close().await;
        database.sql(&dropped);
    }
    complaints
}

async fn stamps(session: &Session, names: &[String]) -> Vec<Stamp> {
    let reading = session.read(GENEROUS).await.expect("a transaction");
    let mut stamps = Vec::new();
    for name in names {
        let head = catalog::head(&reading, name).await.expect("an answer").expect("a schema");
        stamps.push(catalog::stamp(&reading, head.oid).await.expect("a stamp"));
    }
    reading.finish().await.expect("the end");
    stamps
}

#[tokio::test]
async fn a_stamp_stays_where_nothing_is_written_in_the_catalogue() {
    for cluster in servers() {
        let database = ready(cluster);
        database.sql(&base("acme"));
        let session = connect(&database.dsn()).await.expect("a connection");
        let before = stamps(&session, &["acme".to_owned()]).await;
        database.sql("INSERT INTO acme.cache SELECT FROM acme.cache LIMIT 0; ANALYZE acme.orders, acme.items");
        database.sql("VACUUM (FREEZE) acme.orders");
        database.sql("VACUUM (FREEZE) pg_catalog.pg_class");
        database.sql(&base("bolt"));
        assert_eq!(stamps(&session, &["acme".to_owned()]).await, before);
        let elsewhere = stamps(&session, &["bolt".to_owned()]).await;
        assert_ne!(elsewhere, before);
    }
}

/// Every name that is hard comes in turn, made unique by a number where it was used before.
fn name_of(at: usize) -> String {
    let name = HARD_NAMES[at % HARD_NAMES.len()];
    if at < HARD_NAMES.len() { name.to_owned() } else { format!("{name}{at}") }
}

#[tokio::test]
async fn the_same_statements_make_the_same_structure_under_every_name() {
    for cluster in servers() {
        let database = ready(cluster);
        let made: String = ["acme"].into_iter().chain(HARD_NAMES).map(base).collect();
        database.sql(&made);
        let session = connect(&database.dsn()).await.expect("a connection");
        let first = read(&session, "acme").await.expect("a structure");
        for name in HARD_NAMES {
            let other = read(&session, name).await.expect("a structure");
            let differ: Vec<_> = first.objects.iter().zip(&other.objects).filter(|(one, other)| one != other).collect();
            assert!(differ.is_empty(), "{name}: {differ:#?}");
            assert_eq!((other.shape, other.exact), (first.shape, first.exact), "{name}");
        }
    }
}

#[tokio::test]
async fn what_an_extension_brought_is_not_told() {
    for cluster in servers() {
        let database = ready(cluster);
        database.sql(&base("acme"));
        let session = connect(&database.dsn()).await.expect("a connection");
        let before = read(&session, "acme").await.expect("a structure");
        database.sql(
            "CREATE FUNCTION acme.brought() RETURNS integer LANGUAGE sql AS 'SELECT 1';
             CREATE TABLE acme.brought_too (id integer PRIMARY KEY);",
        );
        assert_eq!(diff(&before, &read(&session, "acme").await.expect("a structure"), &ALL).len(), 2);
        database.sql(
            "ALTER EXTENSION plpgsql ADD FUNCTION acme.brought();
             ALTER EXTENSION plpgsql ADD TABLE acme.brought_too;",
        );
        assert_eq!(read(&session, "acme").await.expect("a structure"), before);
    }
}
