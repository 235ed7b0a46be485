//! Everything through a transaction-pooling PgBouncer with one server connection: it works, and the next client of that
//! connection finds nothing of ours.

use std::os::unix::fs::chown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use tenantry::config::RegistrySource;
use tenantry::domain::fault::FaultKind;
use tenantry::domain::fleet::{DatabaseId, Entry, FleetEvent, Link};
use tenantry::observer::{Observer, Target, Update, psql, read_once, read_schema};
use tenantry::pg::{Limits, Session, Spec};

use crate::connect::{GENEROUS, ask, target};
use crate::support::{DEADLINE, Database, cluster, database, output, output_of, wait_for};

/// A running PgBouncer in front of one database.
pub(crate) struct Pooler {
    child: Child,
    pub(crate) database: Database,
    folder: tempfile::TempDir,
}

const PORT: u16 = 6432;

impl Drop for Pooler {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("pgbouncer"))
        .find(|file| file.is_file())
        .expect("the tests need PgBouncer (Debian: apt install pgbouncer)")
}

fn give(path: &Path) {
    if let Some(account) = cluster().binaries().account() {
        chown(path, Some(account.uid), Some(account.gid)).expect("root may give files away");
    }
}

impl Pooler {
    pub(crate) fn start() -> Self {
        let database = database();
        let folder = tempfile::tempdir().expect("a folder");
        // A socket in a folder of its own: a port might be taken by somebody else meanwhile.
        let config = format!(
            "[databases]\n{name} = host={socket} port={server} dbname={name}\n[pgbouncer]\nlisten_addr =\n\
             listen_port = {PORT}\nunix_socket_dir = {folder}\nauth_type = trust\nauth_file = {folder}/users\n\
             pool_mode = transaction\ndefault_pool_size = 1\nmax_client_conn = 20\nquery_wait_timeout = 120\n",
            name = database.name(),
            socket = cluster().socket_dir().display(),
            server = cluster().port(),
            folder = folder.path().display(),
        );
        for (name, text) in [("pgbouncer.ini", config.as_str()), ("users", "\"postgres\" \"\"\n")] {
            std::fs::write(folder.path().join(name), text).expect("a file");
            give(&folder.path().join(name));
        }
        give(folder.path());
        let mut command = cluster().binaries().account_command(program(), folder.path());
        let child = command.arg("-q").arg("pgbouncer.ini").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let pooler = Self { child: child.expect("PgBouncer starts"), database, folder };
        let socket = pooler.folder.path().join(format!(".s.PGSQL.{PORT}"));
        wait_for("PgBouncer", || UnixStream::connect(&socket).ok());
        pooler
    }

    pub(crate) fn dsn(&self) -> String {
        self.dsn_of(self.database.name())
    }

    fn dsn_of(&self, database: &str) -> String {
        format!("host={} port={PORT} user=postgres dbname={database}", self.folder.path().display())
    }

    fn target(&self) -> Target {
        target("pooled", &self.dsn())
    }

    /// What the application finds on the pooled connection, and on which process.
    fn as_application(&self) -> String {
        let mut command = cluster().binaries().psql(cluster().socket_dir());
        command.args(["-X", "-q", "-A", "-t", "-d", &self.dsn(), "-c", EVERYTHING_OF_A_SESSION]);
        let output = output(command.env("PGAPPNAME", "application"));
        assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// The processes that serve the pool.
    fn backends(&self) -> Vec<String> {
        self.database.sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()")
    }
}

/// Settings that are not the default of the session, statements, advisory locks, temporary tables, and the process. The
/// encoding and the name of the application are PgBouncer's own: it sets them for each client.
const EVERYTHING_OF_A_SESSION: &str = "
    SELECT coalesce((SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
                      WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding')), 'no setting'),
           current_setting('transaction_read_only'), current_setting('lock_timeout'), current_setting('statement_timeout'),
           current_setting('search_path'), current_setting('idle_in_transaction_session_timeout'),
           (SELECT count(*) FROM pg_prepared_statements),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
           (SELECT count(*) FROM pg_class WHERE relpersistence = 't'),
           pg_backend_pid()";

const FLEET: &str = "
    CREATE TABLE public.client (id bigserial PRIMARY KEY, schema_name varchar(63) UNIQUE NOT NULL, name text, created_on date);
    CREATE TABLE public.domain (id bigserial PRIMARY KEY, domain varchar(253) UNIQUE, is_primary bool,
                                tenant_id bigint REFERENCES public.client (id));
    INSERT INTO public.client (schema_name, name) SELECT 't' || n, 'Tenant ' || n FROM generate_series(1, 5) n;
    INSERT INTO public.domain (domain, is_primary, tenant_id) SELECT schema_name || '.example.com', true, id FROM public.client;
    DO $$ BEGIN FOR n IN 1..5 LOOP
      EXECUTE format('CREATE SCHEMA t%s; CREATE TABLE t%s.invoice (id bigserial PRIMARY KEY, total numeric);
        CREATE TABLE t%s.django_migrations (id bigserial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
        INSERT INTO t%s.django_migrations (app, name, applied) VALUES (''shop'', ''0001_initial'', now())', n, n, n, n);
    END LOOP; END $$;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_read_leaves_nothing_on_the_pooled_connection() {
    let pooler = Pooler::start();
    pooler.database.sql(FLEET);
    let before = pooler.as_application();
    assert!(before.starts_with("no setting|off|0|0|\"$user\", public|0|0|0|0|"), "{before}");

    let (updates, mut told) = tokio::sync::mpsc::unbounded_channel();
    let observer = Observer::start(vec![pooler.target()], None, updates);
    observer.open_schema(DatabaseId(0), "t3");
    let (mut refreshed, mut detail) = (false, None);
    while !refreshed || detail.is_none() {
        match tokio::time::timeout(DEADLINE, told.recv()).await.expect("in time").expect("it runs") {
            Update::Fleet(FleetEvent::Refreshed(..)) => refreshed = true,
            Update::Fleet(FleetEvent::Link(_, Link::Down { fault, .. })) => panic!("the link was lost: {fault:?}"),
            Update::Fleet(_) | Update::Answer { .. } => {}
            Update::Schema { detail: found, .. } => detail = Some(found.unwrap()),
        }
    }
    let detail = detail.unwrap();
    assert_eq!(detail.tables.unwrap().len(), 2);
    assert_eq!(detail.ledger.unwrap().unwrap()[0].name, "0001_initial");
    // Both connections of the observer are still there and rest: the application has the very server connection they used.
    assert_eq!(pooler.as_application(), before);
    wait_for("one connection to the server", || (pooler.backends().len() == 1).then_some(()));
    observer.close().await;

    let fleet = read_once(vec![pooler.target()], tenantry::observer::Depth::DRIFT, |_| {}).await;
    let database = &fleet.databases[0];
    assert!(database.drift_read.ledgers && database.histories.len() == 1, "{:?}", database.histories);
    assert!(database.server.as_ref().unwrap().pooler && database.as_of.is_some(), "{:?}", database.link);
    assert_eq!(database.known_registry().unwrap().tenants.len(), 5);
    let tenants = fleet.entries().filter(Entry::is_tenant);
    assert_eq!(tenants.map(|entry| entry.counts().unwrap().tables).collect::<Vec<_>>(), [2; 5]);
    read_schema(&pooler.target(), "t1").await.unwrap();
    assert_eq!(pooler.as_application(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_query_cannot_leave_a_setting_on_the_pooled_connection() {
    let pooler = Pooler::start();
    pooler.database.sql(FLEET);
    let before = pooler.as_application();
    let query = "SELECT schema_name, set_config('work_mem', '9MB', false) AS plan FROM public.client";
    let target = Target { registry: RegistrySource::Query(query.to_owned()), ..pooler.target() };
    let fleet = read_once(vec![target], tenantry::observer::Depth::FACTS, |_| {}).await;
    let tenants = &fleet.databases[0].known_registry().unwrap().tenants;
    assert_eq!((tenants.len(), tenants[0].plan.as_deref()), (5, Some("9MB")));
    assert_eq!(pooler.as_application(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_or_is_dropped_gives_the_pooled_connection_back() {
    let pooler = Pooler::start();
    let before = pooler.as_application();
    let session = Session::connect(&Spec::parse(&pooler.dsn()).unwrap(), "test").await.unwrap();
    let short = Limits { lock: Duration::from_millis(100), statement: Duration::from_millis(200) };

    let reading = session.read(short).await.unwrap();
    assert_eq!(reading.texts("SELECT pg_sleep(20)").await.unwrap_err().kind, FaultKind::Busy);
    drop(reading);
    assert_eq!(pooler.as_application(), before);

    let reading = session.read(GENEROUS).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), reading.rows("SELECT pg_sleep(25)", &[])).await.is_err());
    drop(reading);
    assert_eq!(pooler.as_application(), before);

    let answers = session.each(GENEROUS, &["SELECT 1/0".to_owned(), "SELECT 1".to_owned()]).await.unwrap();
    assert!(answers[0].is_err() && answers[1].is_ok());
    assert_eq!(pooler.as_application(), before);

    // A session that waits for the only server connection, and goes while it waits.
    let other = Session::connect(&Spec::parse(&pooler.dsn()).unwrap(), "test").await.unwrap();
    let reading = session.read(GENEROUS).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), other.read(GENEROUS)).await.is_err());
    drop(other);
    drop(reading);
    assert_eq!(ask(&session, "SELECT 1").await.unwrap(), "1");
    session.close().await;
    assert_eq!(pooler.as_application(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_is_read_only_in_the_tenants_search_path_and_leaves_nothing() {
    let pooler = Pooler::start();
    let hostile = "say \"hi\" \\ it's :x\n$1";
    pooler.database.sql(&format!("CREATE SCHEMA {0}; CREATE TABLE {0}.here ()", tenantry::sqltext::ident(hostile)));
    let before = pooler.as_application();
    let path = [hostile.to_owned(), "public".to_owned()];
    let direct = target("direct", &pooler.database.dsn());
    for (target, pooled) in [(direct, false), (pooler.target(), true)] {
        let psql = psql::psql(&target, hostile, &path, pooled).unwrap();
        let mut command = psql.command();
        let path = std::env::join_paths(
            std::iter::once(cluster().bin_dir().to_owned())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        );
        command.env("PATH", path.unwrap()).args(["-A", "-t", "-q"]);
        let script = "SELECT count(*) FROM here;\nSELECT current_schemas(false);\nSHOW transaction_read_only;\nCREATE TABLE new ();\nROLLBACK;\n";
        let output = output_of(&mut command, script);
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(out, "0\n{\"say \\\"hi\\\" \\\\ it's :x\n$1\",public}\non\n", "pooled: {pooled}, {err}");
        assert!(err.contains("read-only transaction"), "pooled: {pooled}, {err}");
        assert_eq!(pooler.as_application(), before);
    }
}

#[tokio::test]
async fn a_database_that_the_pooler_does_not_know() {
    let pooler = Pooler::start();
    let dsn = pooler.dsn_of("nowhere");
    let fault = Session::connect(&Spec::parse(&dsn).unwrap(), "test").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::WrongDatabase, "{fault:?}");
}

#[tokio::test]
async fn what_the_pooler_refuses_is_not_tried_for_ever() {
    let pooler = Pooler::start();
    for more in ["options='-c work_mem=4MB'", "user=nobody_it_knows"] {
        let fault = Session::connect(&Spec::parse(&format!("{} {more}", pooler.dsn())).unwrap(), "test").await.unwrap_err();
        assert!(fault.kind == FaultKind::Refused && fault.hint.is_some() && !fault.is_passing(), "{fault:?}");
    }
}
