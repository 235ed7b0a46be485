//! What a server tells of who wrote, asked of one that nobody else uses: transactions are numbered for all of a server.

use std::collections::BTreeSet;

use tenantry::demo::ClusterOptions;
use tenantry::pg::Session;
use tenantry::pg::catalog::{self, Moment};

use crate::connect::{GENEROUS, connect};
use crate::support::{Psql, own_cluster, run_sql, settings};

async fn now(session: &Session) -> Moment {
    let reading = session.read(GENEROUS).await.expect("a transaction");
    let moment = catalog::moment(&reading).await.expect("a moment");
    reading.finish().await.expect("the end");
    moment
}

#[tokio::test]
async fn whoever_writes_is_noticed_also_when_it_began_before() {
    let cluster = own_cluster(ClusterOptions { settings: settings([("autovacuum", "off")]), ..ClusterOptions::default() });
    let sql = |sql: &str| run_sql(&cluster, "postgres", sql);
    let session = connect(&cluster.dsn("postgres")).await.expect("a connection");
    let nobody = BTreeSet::new();
    let before = now(&session).await;
    sql("SELECT count(*) FROM pg_class");
    assert!(before.is_all_until(&now(&session).await, &nobody), "nobody wrote");
    let own: u64 =
        sql("BEGIN; CREATE TABLE own (); SELECT pg_current_xact_id(); COMMIT").remove(0).parse().expect("a number");
    assert!(before.is_all_until(&now(&session).await, &BTreeSet::from([own])), "we did");
    assert!(!before.is_all_until(&now(&session).await, &nobody));
    sql("CREATE TABLE other ()");
    assert!(!before.is_all_until(&now(&session).await, &BTreeSet::from([own])));

    let mut late = Psql::start(cluster.psql("postgres"));
    late.does("BEGIN; CREATE TABLE late ()");
    let meanwhile = now(&session).await;
    late.does("COMMIT");
    assert!(!meanwhile.is_all_until(&now(&session).await, &nobody), "it ended after");
    session.close().await;
}
