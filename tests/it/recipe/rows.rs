//! Rows that are copied with a schema: as many, the same, and the sequences go on where the source's would.

use tenantry::plan::clone::{Copy, Rows, recipe};
use tenantry::sqltext::{ident, qualified};

use super::{blueprint, cloned, major, prepared, torture};
use crate::connect::connect;
use crate::support::{Database, servers};

const ROWS: &str = "
    SET search_path = acme;
    INSERT INTO customers (name, email) SELECT 'n' || i, i || '@x' FROM generate_series(1, 20) i;
    INSERT INTO orders (customer, total, during, state) SELECT i + 9, i, tstzrange(now() + i * interval '1 day', now() + (i + 1) * interval '1 day'), 'busy' FROM generate_series(1, 20) i;
    DELETE FROM orders WHERE id = 20;
    INSERT INTO items SELECT id, 1, 'x' FROM orders;
    INSERT INTO cyclic (a, b, c) SELECT i, i % 3, 1 FROM generate_series(1, 9) i;
    INSERT INTO renamed (tag) VALUES ('a'), ('b');
    INSERT INTO counted DEFAULT VALUES;
    INSERT INTO measures (at, region, value) SELECT timestamptz '2023-06-01' + i * interval '30 days', 'x', i FROM generate_series(1, 10) i;
    INSERT INTO hashed SELECT i, 'b' || i FROM generate_series(1, 10) i;
    INSERT INTO child_ab VALUES (1, 'b', 2, 3);
    INSERT INTO parent_a VALUES (5, 'p');
    INSERT INTO acme VALUES (1, 'acme.x', '');
    INSERT INTO settled_all (a, d) VALUES (1, 5);
    SELECT setval('another_sequence', 77, false);
    RESET search_path;";

/// What each table holds, and where each sequence stands.
fn contents(database: &Database, schema: &str) -> Vec<String> {
    let tables = database.sql(&format!(
        "SELECT relname FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r' ORDER BY 1"
    ));
    let sequences = database.sql(&format!(
        "SELECT relname FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'S' ORDER BY 1"
    ));
    let mut asked = String::new();
    for table in tables {
        let literal = tenantry::sqltext::literal(&table);
        asked.push_str(&format!(
            "SELECT {literal}, count(*), coalesce(sum(hashtext(t::text)), 0) FROM ONLY {} t;\n",
            qualified(schema, &table)
        ));
    }
    for sequence in sequences {
        asked.push_str(&format!(
            "SELECT '{sequence}', last_value, is_called FROM {}.{};\n",
            ident(schema),
            ident(&sequence)
        ));
    }
    database.sql(&asked)
}

#[tokio::test]
async fn all_rows_are_those_of_the_source() {
    for cluster in servers() {
        let database = prepared(cluster);
        database.sql(&torture("acme", major(&database)));
        database.sql(ROWS);
        let session = connect(&database.dsn()).await.expect("a connection");
        cloned(&database, &session, "acme", &["beta"], &Rows::All).await.expect("a recipe");
        let (source, clone) = (contents(&database, "acme"), contents(&database, "beta"));
        assert_eq!(source, clone);
        assert!(source.iter().any(|line| line == "another_sequence|77|f"), "{source:#?}");
        let sums = |schema: &str| database.sql(&format!("SELECT b, n FROM {schema}.sums ORDER BY 1"));
        assert_eq!(sums("beta").len(), 3, "a view that holds rows is filled");
        let next = database.sql("INSERT INTO beta.orders (customer, state, total) VALUES (10, 'busy', 1) RETURNING id, tax");
        assert_eq!(next[0], "21|0.20");
    }
}

#[tokio::test]
async fn the_rows_of_chosen_tables_are_copied_and_no_others() {
    for cluster in servers() {
        let database = prepared(cluster);
        database.sql(&torture("acme", major(&database)));
        let session = connect(&database.dsn()).await.expect("a connection");
        let blueprint = blueprint(&session, "acme").await.expect("a blueprint");
        let copied = |rows: &Rows, seed: &[&str]| -> Vec<Copy> {
            let seed: Vec<String> = seed.iter().map(|&name| name.to_owned()).collect();
            recipe(&blueprint, rows, &seed).expect("a recipe").copies
        };
        let names = |copies: Vec<Copy>| copies.into_iter().map(|copy| copy.table).collect::<Vec<_>>();
        assert!(copied(&Rows::None, &["orders"]).is_empty());
        assert_eq!(names(copied(&Rows::Seed, &["orders", "absent"])), ["orders"]);
        let of_partitions = copied(&Rows::Tables(vec!["measures".into()]), &[]);
        assert_eq!(names(of_partitions), ["measures_2023", "measures_2024_rest", "measures_2024_x"]);
        let orders = copied(&Rows::Tables(vec!["orders".into()]), &[]).remove(0);
        assert!(!orders.columns.contains(&"tax".to_owned()), "{orders:?}");
        assert_eq!(orders.sequences, ["invoice_numbers", "orders_id_seq"]);
    }
}
