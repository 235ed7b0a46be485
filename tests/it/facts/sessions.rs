//! Sessions as servers tell of them: who waits for whom, who holds what, what a role without privileges sees.

use std::process::{Child, Stdio};
use std::time::Instant;

use tenantry::activity::{Ground, Known, about, tree};
use tenantry::demo::ClusterOptions;
use tenantry::domain::question::{Answer, Question};
use tenantry::domain::session::{LockMode, PREPARED, Session, SessionFacts, State};
use tenantry::observer::ask_once;

use super::{Holder, observe};
use crate::connect::target;
use crate::support::{DEADLINE, Database, databases, ended, own_cluster_like, run_sql, settings, wait_for};

/// Two tenants with a table each.
const TENANTS: &str = "CREATE SCHEMA acme; CREATE TABLE acme.crm_order (id int PRIMARY KEY);
     CREATE SCHEMA bolt; CREATE TABLE bolt.crm_order (id int PRIMARY KEY);
     CREATE SCHEMA void;";

async fn sessions(dsn: &str) -> SessionFacts {
    match ask_once(&target("main", dsn), &Question::Sessions).await.expect("an answer") {
        Answer::Sessions(facts) => facts,
        other @ (Answer::Placement(_) | Answer::Sequences(_)) => panic!("{other:?}"),
    }
}

/// Runs SQL that will wait for somebody, under a name.
pub(crate) fn start(database: &Database, name: &str, sql: &str) -> Child {
    let mut psql = database.cluster().psql(database.name());
    psql.env("PGAPPNAME", name).arg("-c").arg(sql).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    psql.spawn().expect("psql starts")
}

/// The session that calls itself so, once it waits for a lock.
async fn blocked(dsn: &str, name: &str) -> (SessionFacts, Session) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        // Each question is a connection of its own: that is pause enough.
        let facts = sessions(dsn).await;
        if let Some(found) = facts.sessions.iter().find(|it| it.application == name && it.is_blocked()).cloned() {
            return (facts, found);
        }
        assert!(Instant::now() < deadline, "{name} never waited");
    }
}

#[tokio::test]
async fn who_waits_for_whom_and_where_is_told() {
    for database in databases() {
        database.sql(TENANTS);
        let holder = Holder::of(&database, "SET LOCAL application_name = 'forgotten'; SELECT 1 FROM acme.crm_order");
        let mut ddl = start(&database, "ddl", "ALTER TABLE acme.crm_order ADD COLUMN vip boolean");
        let (_, waiting) = blocked(&database.dsn(), "ddl").await;
        let mut reader = start(&database, "reader", "SELECT * FROM acme.crm_order");
        let (facts, behind) = blocked(&database.dsn(), "reader").await;

        let forgotten = facts.sessions.iter().find(|it| it.application == "forgotten").expect("the holder");
        assert_eq!(forgotten.state, State::IdleInTransaction);
        assert!(forgotten.transaction.is_some() && forgotten.in_state.is_some());
        let strongest = forgotten.holds.iter().filter(|held| held.schema == "acme").map(|held| held.mode).max();
        assert_eq!(strongest, Some(LockMode::AccessShare), "{forgotten:?}");
        assert_eq!(waiting.blocked_by, [forgotten.pid]);
        let awaits = waiting.awaits.expect("a lock");
        assert_eq!((awaits.mode, awaits.relation.as_deref()), (LockMode::AccessExclusive, Some("crm_order")));
        assert_eq!(behind.blocked_by, [waiting.pid], "a reader waits for the writer that waits");
        let nodes: Vec<(i32, usize)> = tree(&facts.sessions).iter().map(|node| (node.pid, node.depth)).collect();
        assert_eq!(nodes, [(forgotten.pid, 0), (waiting.pid, 1), (behind.pid, 2)]);

        let observed = observe(&database.dsn()).await;
        let known = Known::of(observed.database());
        for name in ["forgotten", "ddl", "reader"] {
            let it = facts.sessions.iter().find(|it| it.application == name).expect(name);
            let about = about(it, known);
            assert_eq!((about.schemas.as_slice(), about.ground), (&["acme".to_owned()][..], Ground::Locks), "{name}");
        }
        assert!(facts.sessions.iter().any(|it| it.is_ours && it.state == State::Active), "{facts:?}");
        let is_client = |it: &&Session| !it.is_ours && it.kind.as_deref() == Some("client backend");
        assert_eq!(facts.sessions.iter().filter(is_client).count(), 3, "{facts:?}");
        drop(holder);
        assert!(ended(&mut ddl).success() && ended(&mut reader).success());
    }
}

#[tokio::test]
async fn a_lock_on_a_schema_is_one_and_a_snapshot_is_told() {
    for database in databases() {
        database.sql(TENANTS);
        let dropped = Holder::of(&database, "SET LOCAL application_name = 'dropper'; DROP SCHEMA void");
        let reader = Holder::of(
            &database,
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL application_name = 'old'; SELECT 1 WHERE false",
        );
        let facts = sessions(&database.dsn()).await;
        let find = |name: &str| facts.sessions.iter().find(|it| it.application == name).expect("a session");
        let holds = &find("dropper").holds;
        assert!(
            holds
                .iter()
                .any(|held| held.schema == "void" && held.relation.is_none() && held.mode == LockMode::AccessExclusive),
            "{holds:?}"
        );
        assert!(find("old").snapshot.is_some() && find("old").query.is_some());
        drop((dropped, reader));
    }
}

#[tokio::test]
async fn a_prepared_transaction_blocks_without_a_process() {
    for database in databases() {
        let options =
            ClusterOptions { settings: settings([("max_prepared_transactions", "5")]), ..ClusterOptions::default() };
        let cluster = own_cluster_like(database.cluster(), options);
        run_sql(&cluster, "postgres", TENANTS);
        run_sql(&cluster, "postgres", "BEGIN; INSERT INTO acme.crm_order VALUES (1); PREPARE TRANSACTION 'left over'");
        let mut psql = cluster.psql("postgres");
        psql.env("PGAPPNAME", "ddl").args(["-c", "ALTER TABLE acme.crm_order ADD COLUMN vip boolean"]).stdin(Stdio::null());
        let mut ddl = psql.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("psql starts");
        let (facts, waiting) = blocked(&cluster.dsn("postgres"), "ddl").await;
        assert_eq!(waiting.blocked_by, [PREPARED]);
        let [left] = facts.prepared.as_slice() else { panic!("{facts:?}") };
        assert_eq!((left.name.as_str(), left.are_locks_cut), ("left over", false));
        let held = left.holds.iter().find(|held| held.schema == "acme" && held.mode == LockMode::RowExclusive);
        assert_eq!(held.and_then(|held| held.relation.as_deref()), Some("crm_order"), "{left:?}");
        run_sql(&cluster, "postgres", "ROLLBACK PREPARED 'left over'");
        assert!(ended(&mut ddl).success());
        wait_for("nothing to be prepared", || {
            run_sql(&cluster, "postgres", "SELECT 1 FROM pg_prepared_xacts").is_empty().then_some(())
        });
    }
}

#[tokio::test]
async fn a_role_without_privileges_sees_locks_and_who_waits_and_is_told_what_is_hidden() {
    for database in databases() {
        database.sql(TENANTS);
        let role = format!("plain_{}", database.name());
        database.sql(&format!("CREATE ROLE {role} LOGIN"));
        let holder = Holder::of(&database, "SET LOCAL application_name = 'forgotten'; SELECT 1 FROM acme.crm_order");
        let mut ddl = start(&database, "ddl", "DROP TABLE acme.crm_order");
        let (facts, waiting) = blocked(&database.dsn_as(&role), "ddl").await;
        assert_eq!((waiting.state, waiting.query.as_ref(), waiting.kind.as_ref()), (State::Hidden, None, None));
        let forgotten = facts.sessions.iter().find(|it| it.application == "forgotten").expect("the holder");
        assert_eq!(waiting.blocked_by, [forgotten.pid]);
        assert_eq!(forgotten.holds.iter().filter(|held| held.schema == "acme").count(), 1, "{forgotten:?}");
        let ours = facts.sessions.iter().find(|it| it.is_ours).expect("our own");
        assert!(ours.state == State::Active && ours.query.is_some(), "we see ourselves: {ours:?}");
        drop(holder);
        assert!(ended(&mut ddl).success());
        database.sql(&format!("DROP ROLE {role}"));
    }
}
