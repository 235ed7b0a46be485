//! Clones from and to a standby: it gives rows to another database, and takes none.

use tenantry::plan::clone::Rows;

use super::roles::{plan_over, refusals};
use super::scene::structure;
use crate::runs::fleet::Run;
use crate::standby::Pair;
use crate::support::{cluster, database, run_sql};

const SOURCE: &str = "
CREATE SCHEMA acme;
CREATE TABLE acme.customers (id serial PRIMARY KEY, name text);
CREATE TABLE acme.orders (id int PRIMARY KEY, customer int REFERENCES acme.customers);
CREATE UNLOGGED TABLE acme.cache (id int);
INSERT INTO acme.customers (name) SELECT 'name ' || n FROM generate_series(1, 100) n;
INSERT INTO acme.orders SELECT n, n FROM generate_series(1, 50) n;
";

#[test]
fn a_standby_gives_a_source_and_takes_no_target() {
    let (pair, there) = (Pair::like(cluster()), database());
    run_sql(&pair.primary, "postgres", SOURCE);
    pair.catch_up();
    let databases = [("standby", pair.standby.dsn("postgres")), ("main", there.dsn())];
    let named = databases.each_ref().map(|(label, dsn)| (*label, dsn.as_str()));
    let logged = Rows::Tables(vec!["customers".into(), "orders".into()]);
    let plan = |rows: Rows| {
        plan_over(&named, |wanted| (wanted.database, wanted.rows) = (Some("main".into()), rows)).expect("a plan")
    };
    let told = refusals(&plan(Rows::All));
    assert!(told.len() == 1 && told[0].starts_with("standby: ") && told[0].contains("cache"), "{told:?}");
    let none = plan_over(&named, |_| ()).expect_err("no target on a standby");
    assert_eq!(none.what, "standby is a standby, which takes no writes");
    for phased in [false, true] {
        let mut plan = plan(logged.clone());
        assert_eq!(refusals(&plan), Vec::<String>::new());
        if let tenantry::plan::Kind::Clone(cloning) = &mut plan.kind {
            cloning.phased = phased;
        }
        let run = Run::at_all(databases.to_vec(), plan);
        assert_eq!(run.finish(), 0, "{phased}: {} {:?}", run.log(), run.state().causes);
        assert_eq!(structure(&there.dsn(), "bolt").exact, structure(&pair.primary.dsn("postgres"), "acme").exact);
        let rows = "SELECT (SELECT count(*) FROM bolt.customers), (SELECT count(*) FROM bolt.orders), \
                    (SELECT last_value BETWEEN 100 AND 132 FROM bolt.customers_id_seq)";
        assert_eq!(there.sql(rows), ["100|50|t"], "a standby knows of sequences what was logged ahead");
        there.sql("SET client_min_messages = warning; DROP SCHEMA bolt CASCADE; DROP SCHEMA \"O'Neill \"\"1\"\"\" CASCADE");
    }
}
