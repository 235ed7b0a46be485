//! What a server tells of who wrote, asked of one that nobody else uses: transactions are numbered for all of a server.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use tenantry::demo::ClusterOptions;
use tenantry::pg::Session;
use tenantry::pg::catalog::{self, Moment};

use crate::connect::{GENEROUS, connect};
use crate::support::{own_cluster, run_sql, settings, wait_for};

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

    let mut psql = cluster.psql("postgres").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql starts");
    let mut say = psql.stdin.take().expect("an input");
    say.write_all(b"BEGIN; CREATE TABLE late ();\n").expect("sent");
    let is_open =
        || sql("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND pid <> pg_backend_pid()") == ["1"];
    wait_for("a transaction that writes", || is_open().then_some(()));
    let meanwhile = now(&session).await;
    say.write_all(b"COMMIT;\n").expect("sent");
    drop(say);
    assert!(psql.wait().expect("psql ends").success());
    assert!(!meanwhile.is_all_until(&now(&session).await, &nobody), "it ended after");
    session.close().await;
}
