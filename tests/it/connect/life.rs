//! How a link is lost, how that is told, and how it comes back.

use std::time::Duration;

use tenantry::demo::ClusterOptions;
use tenantry::domain::fault::FaultKind;
use tenantry::domain::fleet::{DatabaseId, FleetEvent, Link};
use tenantry::observer::{Observer, Refresh, Update, read_once, read_schema};
use tenantry::pg::Limits;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{GENEROUS, ask, connect, target};
use crate::support::{DEADLINE, cluster, database, freeze, output, own_cluster, thaw};

/// The next change of the link that `wanted` takes; fails after a while.
async fn link(updates: &mut UnboundedReceiver<Update>, what: &str, wanted: impl Fn(&Link) -> bool) -> Link {
    let found = async {
        loop {
            match updates.recv().await.expect("the observer runs") {
                Update::Fleet(FleetEvent::Link(_, link)) if wanted(&link) => return link,
                _ => {}
            }
        }
    };
    tokio::time::timeout(DEADLINE, found).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

fn is_up(link: &Link) -> bool {
    matches!(link, Link::Up { .. })
}

fn is_down(link: &Link) -> bool {
    matches!(link, Link::Down { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_the_middle_of_a_query_is_told_and_the_link_comes_back() {
    let mut cluster = own_cluster(ClusterOptions::default());
    let dsn = cluster.dsn("postgres");
    let session = connect(&dsn).await.unwrap();
    let (updates, mut told) = unbounded_channel();
    let observer = Observer::start(vec![target("main", &dsn)], None, updates);
    link(&mut told, "a link", is_up).await;

    let reading = session.read(GENEROUS).await.unwrap();
    let (answer, cluster) = tokio::join!(
        reading.texts("SELECT pg_sleep(25)"),
        tokio::task::spawn_blocking(move || {
            cluster.kill().unwrap();
            cluster
        })
    );
    let mut cluster = cluster.unwrap();
    let fault = answer.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault:?}");
    assert!(!fault.what.contains("has not answered"), "it is known before the deadline: {}", fault.what);
    assert!(session.is_closed());

    let Link::Down { since, fault, retry_at } = link(&mut told, "the loss", is_down).await else { unreachable!() };
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(retry_at.is_some_and(|at| at > since));
    let cluster = tokio::task::spawn_blocking(move || {
        cluster.launch().unwrap();
        cluster
    });
    let _cluster = cluster.await.unwrap();
    observer.refresh(None, Refresh::Counters);
    link(&mut told, "the link to come back", is_up).await;
    observer.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_link_comes_back_by_itself() {
    let mut cluster = own_cluster(ClusterOptions::default());
    let (updates, mut told) = unbounded_channel();
    let observer = Observer::start(vec![target("main", &cluster.dsn("postgres"))], None, updates);
    link(&mut told, "a link", is_up).await;
    let _cluster = tokio::task::spawn_blocking(move || {
        cluster.restart().unwrap();
        cluster
    })
    .await
    .unwrap();
    link(&mut told, "the loss", is_down).await;
    link(&mut told, "the link to come back", is_up).await;
    observer.close().await;
}

/// The words of the events until the facts are complete.
async fn until_refreshed(told: &mut UnboundedReceiver<Update>) -> Vec<&'static str> {
    let mut words = Vec::new();
    loop {
        let update = tokio::time::timeout(DEADLINE, told.recv()).await.expect("in time").expect("it runs");
        match update {
            Update::Fleet(FleetEvent::Names(..)) => words.push("names"),
            Update::Fleet(FleetEvent::Counts(..)) => words.push("counts"),
            Update::Fleet(FleetEvent::Link(_, Link::Down { .. })) => words.push("down"),
            Update::Fleet(FleetEvent::Refreshed(..)) => return words,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_idle_connections_is_not_counted_again_each_time() {
    let database = database();
    let (updates, mut told) = unbounded_channel();
    let observer = Observer::start(vec![target("main", &database.dsn())], None, updates);
    assert_eq!(until_refreshed(&mut told).await, ["names", "counts"]);
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    assert_eq!(until_refreshed(&mut told).await, ["down", "names"]);
    observer.refresh(None, Refresh::Full);
    assert_eq!(until_refreshed(&mut told).await, ["names", "counts"]);
    observer.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_meets_our_deadline() {
    let cluster = own_cluster(ClusterOptions::default());
    let session = connect(&cluster.dsn("postgres")).await.unwrap();
    assert_eq!(ask(&session, "SELECT 1").await.unwrap(), "1");
    freeze(&cluster);
    let limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(1) };
    let dsn = format!("{} connect_timeout=1", cluster.dsn("postgres"));
    let (reading, connected) = tokio::join!(session.read(limits), connect(&dsn));
    let (reading, connected) = (reading.unwrap_err(), connected.unwrap_err());
    thaw(&cluster);
    assert_eq!((reading.kind, connected.kind), (FaultKind::Unreachable, FaultKind::Unreachable));
    assert!(reading.what.contains("has not answered for 6 s"), "{}", reading.what);
    assert!(connected.what.contains("within 1 s"), "{}", connected.what);
    assert!(session.is_closed());
}

#[tokio::test]
async fn a_slow_answer_is_not_a_frozen_server() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(3) };
    // Together they take longer than the limit of one and the time after which a silent server counts as frozen.
    let statements: Vec<String> = (0..9).map(|_| "SELECT pg_sleep(1)".to_owned()).collect();
    let answers = session.each(limits, &statements).await.unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_under_a_familiar_name_is_not_opened() {
    let database = database();
    let found = database.sql("SELECT system_identifier FROM pg_control_system()").remove(0);
    let mut wrong = target("main", &database.dsn());
    wrong.system_identifier = Some(42);
    let (updates, mut told) = unbounded_channel();
    let observer = Observer::start(vec![wrong.clone()], None, updates);
    let Link::Down { fault, retry_at, .. } = link(&mut told, "the refusal", is_down).await else { unreachable!() };
    assert_eq!((fault.kind, retry_at), (FaultKind::WrongDatabase, None));
    assert!(fault.what.contains("42") && fault.what.contains(&found), "{}", fault.what);
    assert!(fault.hint.unwrap().contains("restored copy"));
    observer.close().await;

    assert_eq!(read_schema(&wrong, "public").await.unwrap_err().kind, FaultKind::WrongDatabase);
    let mut right = wrong;
    right.system_identifier = Some(found.parse().unwrap());
    let fleet = read_once(vec![right], tenantry::observer::Depth::FACTS, |_| {}).await;
    assert!(is_up(&fleet.databases[0].link), "{:?}", fleet.databases[0].link);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_unreachable_database_never_hides_the_others() {
    let database = database();
    let folder = tempfile::tempdir().unwrap();
    let dead = format!("host={} user=me", folder.path().display());
    let mut events = 0;
    let fleet =
        read_once(vec![target("dead", &dead), target("live", &database.dsn())], tenantry::observer::Depth::FACTS, |_| {
            events += 1;
        })
        .await;
    let [dead, live] = &fleet.databases[..] else { panic!("two databases") };
    assert!(is_down(&dead.link) && dead.as_of.is_none());
    assert!(is_up(&live.link) && live.as_of.is_some() && events > 3);
    let server = live.server.as_ref().unwrap();
    assert_eq!((server.database.as_str(), server.role.as_str(), server.pooler), (database.name(), "postgres", false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_has_two_connections_at_most_and_closes_them() {
    let database = database();
    database.sql("CREATE SCHEMA a; CREATE SCHEMA b;");
    let count = || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('tenantry/fleet', 'tenantry/person')";
        output(cluster().psql(database.name()).args(["-c", sql])).stdout
    };
    let (updates, mut told) = unbounded_channel();
    let observer = Observer::start(vec![target("main", &database.dsn())], None, updates);
    for name in ["a", "b", "a"] {
        observer.open_schema(DatabaseId(0), name);
    }
    let mut opened = Vec::new();
    while opened.len() < 3 {
        let update = tokio::time::timeout(DEADLINE, told.recv()).await.expect("answers in time");
        if let Some(Update::Schema { name, .. }) = update {
            opened.push(name);
        }
    }
    assert_eq!(opened, ["a", "b", "a"]);
    // The server knows one that was closed for a moment longer.
    crate::support::wait_for("two connections", || (count() == b"2\n").then_some(()));
    observer.close().await;
    crate::support::wait_for("no connection", || (count() == b"0\n").then_some(()));
}

#[test]
fn a_query_whose_console_was_killed_does_not_go_on() {
    let database = database();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dsn = database.dsn();
    runtime.spawn(async move {
        let session = connect(&dsn).await.unwrap();
        let reading = session.read(Limits { statement: Duration::from_mins(2), ..GENEROUS }).await.unwrap();
        reading.texts("SELECT pg_sleep(100)").await
    });
    let ours =
        "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tenantry/test'";
    crate::support::wait_for("the query", || (database.sql(ours) == ["active"]).then_some(()));
    // As a kill does: the socket closes, and nobody has asked to cancel.
    runtime.shutdown_background();
    crate::support::wait_for("the end of the query", || database.sql(ours).is_empty().then_some(()));
}
