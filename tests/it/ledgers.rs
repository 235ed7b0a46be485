//! Ledgers of real servers, read fleet-wide: every dialect's, those that cannot be read, and what is read again.

mod dialects;
mod incremental;
mod trouble;

use std::collections::BTreeMap;
use std::time::Instant;

use tenantry::domain::fleet::FleetEvent;
use tenantry::domain::history::{History, LedgerReading, Mark};
use tenantry::domain::roles::Policy;
use tenantry::observer::Refresh;

use crate::facts::Observed;
use crate::fixture::django_on;
use crate::support::{DEADLINE, Database, database, servers};

/// What came of the ledger of each schema: its word, or how many lines it has and of how many the sum is.
fn readings(observed: &Observed) -> BTreeMap<String, String> {
    let of = |reading: LedgerReading| match reading {
        LedgerReading::Read(id) => {
            let history = &observed.database().histories[&id];
            history.steps.iter().map(step).collect::<Vec<_>>().join(", ")
        }
        LedgerReading::Unreadable => "unreadable".to_owned(),
        LedgerReading::Busy => "busy".to_owned(),
        LedgerReading::Strange => "strange".to_owned(),
    };
    let schemas = &observed.database().schemas;
    schemas.iter().filter_map(|schema| Some((schema.name.clone(), of(schema.history?)))).collect()
}

fn step(step: &tenantry::domain::history::Step) -> String {
    let mark = if step.mark == Mark::Failed { "!" } else { "" };
    let checksum = step.checksum.as_ref().map(|checksum| format!("#{checksum}")).unwrap_or_default();
    format!("{}{checksum}{mark}", step.migration.label())
}

fn history<'a>(observed: &'a Observed, schema: &str) -> &'a History {
    let schema = observed.database().schemas.iter().find(|other| other.name == schema).expect("the schema");
    let Some(LedgerReading::Read(id)) = schema.history else { panic!("{} was not read: {:?}", schema.name, schema.history) };
    &observed.database().histories[&id]
}

/// Refreshes; gives the raw names of the schemas whose reading was told, and how many histories.
async fn told(observed: &mut Observed, how: Refresh) -> (Vec<String>, usize) {
    let events = observed.events(how).await.expect("a refresh");
    let name = |oid| observed.database().schemas.iter().find(|schema| schema.oid == oid).expect("a schema").name.clone();
    let mut names = Vec::new();
    let mut histories = 0;
    for event in events {
        if let FleetEvent::Ledgers(_, readings, new) = event {
            names.extend(readings.keys().map(|&oid| name(oid)));
            histories += new.len();
        }
    }
    names.sort();
    (names, histories)
}

/// Refreshes until it is so; the counters may come a second late.
async fn until(observed: &mut Observed, what: &str, is_so: impl Fn(&Observed) -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so(observed) {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        observed.refresh(Refresh::Counters).await;
    }
}

async fn deep(database: &Database) -> Observed {
    let mut observed = Observed::open_deep(&database.dsn(), Policy::default()).await;
    observed.refresh(Refresh::Full).await;
    observed
}

/// Schemas with a Django ledger of these lines each.
fn tenants(database: &Database, schemas: &[&str], lines: &[(&str, &str)]) {
    let mut sql = String::new();
    for schema in schemas {
        let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
        let values: Vec<String> = lines.iter().map(|(app, name)| format!("('{app}', '{name}', now())")).collect();
        sql.push_str(&format!(
            "CREATE SCHEMA {quoted};
             CREATE TABLE {quoted}.django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
             INSERT INTO {quoted}.django_migrations (app, name, applied) VALUES {};",
            values.join(", ")
        ));
    }
    database.sql(&sql);
}

#[tokio::test]
async fn the_folder_of_migrations_is_told_at_each_refresh_when_it_has_changed() {
    let database = database();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str| std::fs::write(folder.path().join(name), "SELECT 1").expect("a file");
    let policy = Policy { migrations: folder.path().to_str().map(str::to_owned), ..Policy::default() };
    let mut observed = Observed::open_deep(&database.dsn(), policy).await;
    let source = async |observed: &mut Observed| {
        let events = observed.events(Refresh::Counters).await.expect("a refresh");
        events.into_iter().find_map(|event| match event {
            FleetEvent::Source(_, source) => source,
            _ => None,
        })
    };
    let fault = source(&mut observed).await.expect("news").unwrap_err();
    assert!(fault.what.ends_with("holds no migration"), "{fault}");
    write("0002_vip.sql");
    write("0001_initial.sql");
    let read = source(&mut observed).await.expect("news").expect("a source");
    assert_eq!(read.iter().map(|migration| migration.name.as_str()).collect::<Vec<_>>(), ["0001_initial", "0002_vip"]);
    assert_eq!(source(&mut observed).await, None);
    assert_eq!(observed.database().source, Some(Ok(read)));
}

#[tokio::test]
async fn the_ledgers_of_a_django_fleet_are_one_history() {
    for cluster in servers() {
        let database = django_on(cluster, &["tenant1", "tenant2", "tenant42"]);
        let observed = deep(&database).await;
        let fleet = observed.database();
        assert!(fleet.drift_read.ledgers);
        let of_tenant = history(&observed, "tenant1");
        assert_eq!(history(&observed, "tenant42"), of_tenant);
        assert_eq!(fleet.histories.len(), 1, "the ledger of the shared schema lists the same applications");
        let in_sql = database
            .sql("SELECT app || ' ' || name FROM tenant1.django_migrations ORDER BY app COLLATE \"C\", name COLLATE \"C\"");
        let read: Vec<_> = of_tenant.steps.iter().map(step).collect();
        assert_eq!(read, in_sql);
        assert!(read.contains(&"crm 0015_open_orders_view".to_owned()));
        assert_eq!(history(&observed, "public"), of_tenant);
    }
}
