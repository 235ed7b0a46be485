//! Ledgers that cannot be read: each spoils only itself.

use std::time::{Duration, Instant};

use tenantry::domain::roles::Policy;
use tenantry::observer::Refresh;

use super::{deep, readings, tenants, told, until};
use crate::facts::{Holder, Observed};
use crate::support::databases;

const ONE: [(&str, &str); 1] = [("crm", "0001_initial")];

#[tokio::test]
async fn a_locked_ledger_is_busy_and_is_read_once_it_is_free() {
    for database in databases() {
        tenants(&database, &["acme", "bolt", "cork"], &ONE);
        let holder = Holder::of(&database, "LOCK TABLE bolt.django_migrations IN ACCESS EXCLUSIVE MODE");
        let mut observed = deep(&database).await;
        let read = readings(&observed);
        assert_eq!(
            (read["acme"].as_str(), read["bolt"].as_str(), read["cork"].as_str()),
            ("crm 0001_initial", "busy", "crm 0001_initial")
        );
        assert!(observed.database().drift_read.ledgers, "what is locked holds nobody up");
        drop(holder);
        assert_eq!(told(&mut observed, Refresh::Counters).await, (vec!["bolt".to_owned()], 0));
        assert_eq!(readings(&observed)["bolt"], "crm 0001_initial");
    }
}

#[tokio::test]
async fn a_fleet_that_is_locked_as_a_whole_takes_no_longer() {
    for database in databases() {
        let names: Vec<String> = (0..120).map(|n| format!("t{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        tenants(&database, &names, &ONE);
        let locks: Vec<String> =
            names.iter().map(|name| format!("LOCK TABLE {name}.django_migrations IN ACCESS EXCLUSIVE MODE")).collect();
        let began = Instant::now();
        drop(deep(&database).await);
        let usual = began.elapsed();
        let holder = Holder::of(&database, &locks.join("; "));
        let began = Instant::now();
        let observed = deep(&database).await;
        assert!(readings(&observed).values().all(|reading| reading == "busy"));
        // To wait for each would take 12 seconds more, on any machine.
        assert!(began.elapsed() < usual * 3 + Duration::from_secs(9), "{:?} instead of {usual:?}", began.elapsed());
        drop(holder);
    }
}

#[tokio::test]
async fn what_the_role_may_not_read_is_unreadable_and_the_rest_is_read() {
    for database in databases() {
        tenants(&database, &["acme", "bolt", "closed", "hidden"], &ONE);
        database.sql(
            "CREATE ROLE ledger_reader LOGIN; GRANT USAGE ON SCHEMA acme, bolt, hidden TO ledger_reader;
             GRANT SELECT ON acme.django_migrations, hidden.django_migrations, closed.django_migrations TO ledger_reader;
             ALTER TABLE hidden.django_migrations ENABLE ROW LEVEL SECURITY;
             CREATE POLICY none ON hidden.django_migrations USING (false)",
        );
        let mut observed = Observed::open_deep(&database.dsn_as("ledger_reader"), Policy::default()).await;
        observed.refresh(Refresh::Full).await;
        let read: Vec<_> = readings(&observed).into_iter().map(|(name, reading)| format!("{name}: {reading}")).collect();
        assert_eq!(read, ["acme: crm 0001_initial", "bolt: unreadable", "closed: unreadable", "hidden: unreadable"]);
        let notes = observed.notes().join("; ");
        assert!(notes.contains("2 ledgers are unreadable for role ledger_reader: bolt, hidden"), "{notes}");

        // A privilege moves no counter.
        database
            .sql("GRANT SELECT ON bolt.django_migrations TO ledger_reader; GRANT USAGE ON SCHEMA closed TO ledger_reader");
        assert_eq!(told(&mut observed, Refresh::Counters).await.0, ["bolt", "closed"]);
        assert_eq!(readings(&observed)["bolt"], "crm 0001_initial");
        database.sql("DROP OWNED BY ledger_reader; DROP ROLE ledger_reader");
    }
}

#[tokio::test]
async fn a_table_that_only_has_the_name_of_a_ledger_is_strange() {
    for database in databases() {
        tenants(&database, &["acme"], &ONE);
        database.sql(
            "CREATE SCHEMA bare; CREATE TABLE bare.django_migrations (id int, note text);
             CREATE SCHEMA turned; CREATE TABLE turned.tenantry_migrations (name int, checksum point, applied_at text, state text);
             INSERT INTO turned.tenantry_migrations VALUES (1, '(1,2)', 'yesterday', 'applied');
             CREATE SCHEMA view; CREATE VIEW view.django_migrations AS SELECT 1 AS id, 'a' AS app, 'b' AS name, now() AS applied",
        );
        let observed = deep(&database).await;
        let read: Vec<_> = readings(&observed).into_iter().map(|(name, reading)| format!("{name}: {reading}")).collect();
        assert_eq!(read, ["acme: crm 0001_initial", "bare: strange", "turned: strange"]);
        let notes = observed.notes().join("; ");
        assert!(
            notes.contains("2 ledgers lack the columns of their kind")
                || notes.contains("2 ledgers lack the columns of its kind"),
            "{notes}"
        );
    }
}

#[tokio::test]
async fn a_ledger_that_vanishes_in_between_spoils_nothing() {
    for database in databases() {
        tenants(&database, &["acme", "bolt", "cork"], &ONE);
        let mut observed = deep(&database).await;
        // The inventory of before still lists it when the counters of the catalogue come late: the table is away, its schema is not.
        database.sql("DROP TABLE bolt.django_migrations; DROP SCHEMA cork CASCADE; INSERT INTO acme.django_migrations (app, name) VALUES ('crm', '0002_vip')");
        until(&mut observed, "what is left", |o| {
            let read = readings(o);
            read.len() == 1 && read["acme"] == "crm 0001_initial, crm 0002_vip"
        })
        .await;
        assert_eq!(readings(&observed).keys().collect::<Vec<_>>(), ["acme"]);
    }
}

#[tokio::test]
async fn names_are_only_names() {
    for database in databases() {
        let hostile = ["o\"hara", "'; DROP SCHEMA x; --", "UPPER", "日本", "a b", "\\back", "$1", "\u{1b}[31m"];
        tenants(&database, &hostile, &ONE);
        let read = readings(&deep(&database).await);
        assert_eq!(read.len(), hostile.len());
        assert!(hostile.iter().all(|name| read[*name] == "crm 0001_initial"), "{read:?}");
    }
}
