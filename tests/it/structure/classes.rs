//! Which schemas are one class.

use std::collections::{BTreeSet, HashMap};

use tenantry::domain::structure::Comparison;
use tenantry::observer::Refresh;
use tenantry::pg::catalog::fingerprint::{self, Facet, Scope, Sum};

use super::{Policy, Read, tenant};
use crate::facts::{Holder, version};
use crate::support::databases;

#[tokio::test]
async fn fifty_schemas_from_the_same_statements_are_one_class() {
    for database in databases() {
        for at in 0..50 {
            tenant(&database, &format!("tenant_{at}"));
        }
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        let classes: BTreeSet<_> = read.classes().into_values().collect();
        assert_eq!((read.classes().len(), classes.len()), (50, 1));
        let structures = &read.facts().structures;
        let structure = classes.first().and_then(|class| structures.get(class)).expect("a structure");
        assert!(structure.objects.len() > 30 && structures.len() == 1, "one for all tenants");
        assert!(read.facts().drift_read.structures);
    }
}

#[tokio::test]
async fn names_that_are_like_names_inside_do_not_matter() {
    for database in databases() {
        for name in ["item", "f", "i", "Upper Case", "quo\"te", "mood", "t.x", "back\\slash"] {
            tenant(&database, name);
        }
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        let classes = read.classes();
        let first = classes["item"];
        let others: Vec<_> = classes.iter().filter(|(_, class)| **class != first).collect();
        assert!(classes.len() == 8 && others.is_empty(), "{others:?}");
    }
}

#[tokio::test]
async fn a_dropped_column_parts_a_class_and_not_a_structure() {
    for database in databases() {
        for name in ["a", "b"] {
            tenant(&database, name);
        }
        database.sql("ALTER TABLE b.item ADD detour int; ALTER TABLE b.item DROP detour; ALTER TABLE a.item ADD z int; ALTER TABLE b.item ADD z int");
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        let (a, b) = (read.class("a"), read.class("b"));
        assert_ne!(a.shape, b.shape);
        let structures = &read.facts().structures;
        assert_eq!((structures[&a].shape, structures[&a].exact), (structures[&b].shape, structures[&b].exact));
    }
}

#[tokio::test]
async fn the_same_functions_in_another_order_are_another_class() {
    for database in databases() {
        for (name, check) in [("a", "f(x) > g(x)"), ("b", "f(x) > g(x)"), ("c", "g(x) > f(x)")] {
            let function = |f| format!("CREATE FUNCTION {name}.{f}(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'");
            database.sql(&format!(
            "CREATE SCHEMA {name}; {}; {}; SET search_path = {name}; CREATE TABLE t (x int, CONSTRAINT k CHECK ({check}))",
            function("f"),
            function("g"),
        ));
        }
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        assert_eq!(read.class("a"), read.class("b"));
        assert_ne!(read.class("a").shape, read.class("c").shape);
    }
}

/// Sums of hashes must tell which value stood in which row.
#[tokio::test]
async fn values_that_change_places_between_rows_are_another_class() {
    for database in databases() {
        for (name, columns) in
            [("a", "x int NOT NULL, y int"), ("b", "x int, y int NOT NULL"), ("c", "x int NOT NULL, y int")]
        {
            database.sql(&format!("CREATE SCHEMA {name}; CREATE TABLE {name}.t ({columns})"));
        }
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        assert_ne!(read.class("a").shape, read.class("b").shape);
        assert_eq!(read.class("a"), read.class("c"));
    }
}

#[tokio::test]
async fn loose_names_count_for_the_exact_class_only() {
    for database in databases() {
        for name in ["a", "b"] {
            tenant(&database, name);
        }
        database.sql(
            "ALTER INDEX b.item_f RENAME TO other; ALTER TABLE b.item RENAME CONSTRAINT item_pkey TO pk; \
         ALTER SEQUENCE b.item_id_seq RENAME TO ids",
        );
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        assert_eq!(read.class("a").shape, read.class("b").shape);
        assert_ne!(read.class("a").exact, read.class("b").exact);
        database.sql("ALTER SEQUENCE b.counter RENAME TO other_counter");
        read.refresh(Refresh::Full).await;
        assert_ne!(read.class("a").shape, read.class("b").shape, "a sequence that stands by itself keeps its name");
    }
}

#[tokio::test]
async fn one_schema_adds_up_to_the_same_by_index_and_by_scan() {
    for database in databases() {
        for name in ["a", "b", "Upper Case"] {
            tenant(&database, name);
        }
        database
            .sql("GRANT SELECT ON a.item TO PUBLIC; GRANT SELECT (id) ON b.item TO PUBLIC; COMMENT ON SCHEMA a IS 'first'");
        let read = Read::open(&database.dsn()).await;
        let oids = database.sql("SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'");
        let oids: Vec<u32> = oids.iter().map(|oid| oid.parse().expect("a number")).collect();
        let (version, limits) = (
            version(&database),
            tenantry::pg::Limits { lock: std::time::Duration::from_secs(1), statement: std::time::Duration::from_secs(30) },
        );
        for facet in Facet::ALL {
            let reading = read.session.read(limits).await.expect("a reading");
            let mut few: HashMap<u32, Sum> = HashMap::new();
            for oid in &oids {
                few.extend(fingerprint::facet(&reading, facet, Scope::Few, version, &[*oid]).await.expect("a facet"));
            }
            fingerprint::prepare(&reading).await.expect("settings");
            let fleet = fingerprint::facet(&reading, facet, Scope::Fleet, version, &oids).await.expect("a facet");
            reading.finish().await.expect("an end");
            let fleet: HashMap<u32, Sum> = fleet.into_iter().collect();
            assert_eq!(few, fleet, "{facet:?}");
            assert!(!fleet.is_empty() || facet == Facet::Owners, "{facet:?} found nothing");
        }
    }
}

#[tokio::test]
async fn a_role_without_privileges_finds_the_same_classes() {
    for database in databases() {
        for name in ["a", "b"] {
            tenant(&database, name);
        }
        database.sql("CREATE ROLE structure_stranger LOGIN");
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        let mut stranger = Read::open(&database.dsn_as("structure_stranger")).await;
        stranger.refresh(Refresh::Full).await;
        assert_eq!(read.classes(), stranger.classes());
        let class = read.class("a");
        assert_eq!(read.facts().structures[&class].exact, stranger.facts().structures[&class].exact);
    }
}

#[tokio::test]
async fn owners_and_grants_make_a_difference_when_they_are_asked_for() {
    for database in databases() {
        for name in ["a", "b"] {
            tenant(&database, name);
        }
        database.sql("GRANT SELECT ON b.item TO PUBLIC");
        for grants in [false, true] {
            let comparison = Comparison { grants, owners: true, ..Comparison::default() };
            let mut read = Read::open_with(&database.dsn(), Policy { comparison, ..Policy::default() }).await;
            read.refresh(Refresh::Full).await;
            assert_eq!(read.class("a") != read.class("b"), grants);
        }
    }
}

#[tokio::test]
async fn a_table_that_somebody_has_locked_is_not_waited_for() {
    for database in databases() {
        for name in ["a", "b"] {
            tenant(&database, name);
        }
        database.sql("ALTER TABLE b.item ADD z int");
        let holder = Holder::of(&database, "LOCK TABLE b.item IN ACCESS EXCLUSIVE MODE");
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        assert_ne!(read.class("a"), read.class("b"));
        assert!(!read.facts().structures.contains_key(&read.class("b")) && !read.facts().drift_read.structures);
        assert!(read.facts().notes.iter().any(|note| note.text.starts_with("1 structure is being changed")));
        drop(holder);
        read.refresh(Refresh::Counters).await;
        assert!(read.facts().structures.contains_key(&read.class("b")) && read.facts().drift_read.structures);
    }
}
