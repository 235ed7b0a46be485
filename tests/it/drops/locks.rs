//! A schema with more tables than the server's lock table can take at once.

use tenantry::demo::ClusterOptions;
use tenantry::domain::roles::Policy;
use tenantry::observer::{Target, drop};

use super::{environment, policy, refusals, wait};
use crate::connect::target;
use crate::runs::fleet::Run;
use crate::support::{output, own_cluster, run_sql, settings};

#[test]
fn what_does_not_fit_into_the_lock_table_goes_in_parts() {
    let few = settings([("max_locks_per_transaction", "10"), ("max_connections", "12"), ("max_wal_senders", "0")]);
    let cluster = own_cluster(ClusterOptions { settings: few, ..ClusterOptions::default() });
    let tables = "SELECT format('CREATE TABLE big.t%s (id int PRIMARY KEY, a text UNIQUE, b text)', n) FROM generate_series(1, 300) n \\gexec";
    run_sql(
        &cluster,
        "postgres",
        &format!("CREATE SCHEMA big; CREATE SCHEMA other; CREATE TABLE other.t (id int);\n{tables}\n"),
    );
    let at_once = output(cluster.psql("postgres").args(["-c", "DROP SCHEMA big CASCADE"]));
    let said = String::from_utf8_lossy(&at_once.stderr);
    assert!(!at_once.status.success() && said.contains("out of shared memory"), "{said}");

    let archives = tempfile::tempdir().expect("a folder");
    let plan = |archive: bool| {
        let wanted = drop::Wanted {
            environment: environment(),
            schemas: vec!["big".into()],
            archive: archive.then(|| archives.path().to_owned()),
            registry: false,
            policy: policy(),
        };
        let target = Target { policy: Policy::default(), ..target("main", &cluster.dsn("postgres")) };
        wait(drop::plan(vec![target], wanted, |_| {})).expect("a plan")
    };
    let refused = plan(true);
    assert_eq!(refusals(&refused), ["archive-locks"]);
    let what = &refused.notes.iter().find(|note| note.refuses).expect("a note").what;
    assert!(what.contains("300 tables needs 600 locks at once, of 120"), "{what}");

    let run = Run::at(cluster.dsn("postgres"), plan(false));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    let left = run_sql(&cluster, "postgres", "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1");
    assert_eq!(left, ["information_schema", "other", "public"]);
}
