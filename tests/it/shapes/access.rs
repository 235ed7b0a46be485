//! Who looks, and when: the answer does not depend on the role and its settings, and nobody waits for long.

use std::time::{Duration, Instant};

use tenantry::domain::fault::FaultKind;
use tenantry::domain::structure::Comparison;
use tenantry::pg::Limits;

use super::{ALL, base, read, read_within, ready};
use crate::connect::connect;
use crate::facts::Holder;
use crate::support::{cluster, servers};

#[tokio::test]
async fn a_role_without_usage_and_with_another_search_path_reads_the_same() {
    for cluster in servers() {
        let database = ready(cluster);
        // Called like the table: the hardest case, because its name stands before columns too.
        for name in ["acme", "orders", "Quoted.name"] {
            database.sql(&base(name));
            let owner = connect(&database.dsn()).await.expect("a connection");
            let theirs = read(&owner, name).await.expect("a structure");
            let dsn = format!("{} options='-c search_path=elsewhere'", database.dsn_as("shapes_reader"));
            let reader = connect(&dsn).await.expect("a connection");
            let seen = read(&reader, name).await.expect("a structure");
            let differ: Vec<_> = theirs.objects.iter().zip(&seen.objects).filter(|(one, other)| one != other).collect();
            assert!(differ.is_empty(), "{name}: {differ:#?}");
            assert_eq!((seen.shape, seen.exact), (theirs.shape, theirs.exact), "{name}");
        }
    }
}

#[tokio::test]
async fn a_table_that_somebody_has_locked_makes_it_busy_and_nobody_waits() {
    let database = ready(cluster());
    database.sql(&base("acme"));
    let holder = Holder::of(&database, "LOCK TABLE acme.orders IN ACCESS EXCLUSIVE MODE");
    let session = connect(&database.dsn()).await.expect("a connection");
    let limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(10) };
    let began = Instant::now();
    let fault = read_within(&session, "acme", limits, &ALL).await.expect_err("it is locked");
    assert_eq!(fault.kind, FaultKind::Busy, "{fault:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(holder);
    read_within(&session, "acme", limits, &Comparison::default()).await.expect("the same session reads on");
}
