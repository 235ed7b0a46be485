//! A source among many schemas that the server has no statistics of, as after a fleet was made or restored: what is read for the plan is
//! what belongs to the source, whatever the server's planner thinks of its catalogues.

use tenantry::plan::clone::Rows;

use super::roles::plan_over;
use crate::support::{Database, database, wait_for};

/// Schemas beside the source.
const OTHERS: usize = 120;

/// A schema with so many tables that each default, key and check is one of thousands.
fn schema(name: &str) -> String {
    let table = |n: usize| {
        format!(
            "CREATE TABLE {name}.t{n} (id serial PRIMARY KEY, next int REFERENCES {name}.t{n}, made timestamptz DEFAULT now(), \
             CHECK (id > 0), twice int GENERATED ALWAYS AS (id * 2) STORED)"
        )
    };
    let tables: Vec<String> = (0..8).map(table).collect();
    format!("CREATE SCHEMA {name}; {}", tables.join("; "))
}

/// How many rows the server has read in a database, once nobody is connected to it any more.
fn read(database: &Database) -> u64 {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    wait_for("everybody to leave", || (database.sql(others) == ["0"]).then_some(()));
    let read = "SELECT tup_returned + tup_fetched FROM pg_stat_database WHERE datname = current_database()";
    database.sql(read)[0].parse().expect("a number")
}

#[test]
fn a_plan_reads_what_belongs_to_its_source_also_without_statistics() {
    let database = database();
    database.sql(&schema("acme"));
    let cost = || {
        let before = read(&database);
        let plan = plan_over(&[("main", &database.dsn())], |wanted| wanted.rows = Rows::All).expect("a plan");
        assert_eq!(plan.refusal().map(|note| note.what.as_str()), None);
        read(&database) - before
    };
    // The first connections to a database read more than all others.
    cost();
    let alone = cost();
    let others: Vec<String> = (0..OTHERS).map(|n| schema(&format!("other{n}"))).collect();
    for some in others.chunks(20) {
        database.sql(&some.join("; "));
    }
    let among = cost();
    assert!(among < 2 * alone, "{among} rows among {OTHERS} schemas, {alone} alone");
}
