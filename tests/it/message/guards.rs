//! Each guard of a message stops what it is there for, and nothing is left of what it stopped.

use super::*;

/// Whether nothing was done: the table of the plans below is not there, and its migration is not recorded.
async fn nothing_happened(session: &Session, plan: &Plan) -> bool {
    let made = session.send("SELECT FROM pg_class WHERE relname = 'made'").await.expect("an answer");
    made.is_empty() && session.ask(plan, 0).await.expect("an answer") != LedgerSays::Done
}

async fn made(database: &Database, session: &Session) -> Plan {
    schema(database, "t", LedgerDialect::Tenantry);
    plan(session, "t", LedgerDialect::Tenantry, &[&["CREATE TABLE made (id int)"]]).await
}

#[tokio::test]
async fn a_schema_on_which_another_works_is_busy() {
    let database = database();
    let (session, other) = (Session::open(&database.dsn()).await, Session::open(&database.dsn()).await);
    let plan = made(&database, &session).await;
    let (class, key) = tenantry::plan::message::lock_key(plan.targets[0].oid);
    other.send(&format!("SELECT pg_advisory_lock({class}, {key})")).await.unwrap();
    let refusal = session.send(&of(&plan, 0).text).await.unwrap_err();
    assert_eq!(refusal.guard(), Some(Guard::Busy));
    // The question waits for the lock, no longer than the plan says.
    assert_eq!(session.ask(&plan, 0).await.unwrap_err().sqlstate, "55P03");
    other.send(&format!("SELECT pg_advisory_unlock({class}, {key})")).await.unwrap();
    assert!(nothing_happened(&session, &plan).await);
    session.send(&of(&plan, 0).text).await.unwrap();
}

#[tokio::test]
async fn what_another_applied_is_not_applied_again() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    for (dialect, ..) in LEDGERS {
        let name = dialect.word();
        schema(&database, name, dialect);
        let plan = plan(&session, name, dialect, &[&["CREATE TABLE made (id int)"]]).await;
        session.send(&of(&plan, 0).text).await.unwrap();
        let refusal = session.send(&of(&plan, 0).text).await.unwrap_err();
        assert_eq!(
            (refusal.guard(), refusal.message.as_str()),
            (Some(Guard::Moved), "the ledger does not say what the plan expects")
        );
        assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Done);
    }
}

#[tokio::test]
async fn a_ledger_that_says_something_else_has_moved() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    let plan = made(&database, &session).await;
    database.sql("INSERT INTO t.tenantry_migrations (name) VALUES ('other')");
    assert_eq!(session.send(&of(&plan, 0).text).await.unwrap_err().guard(), Some(Guard::Moved));
    assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Moved);
    // As many lines, and others.
    database.sql("DELETE FROM t.tenantry_migrations");
    session.send(&of(&plan, 0).text).await.unwrap();
    database.sql("DROP TABLE t.made; UPDATE t.tenantry_migrations SET checksum = 'edited'");
    let next = super::plan(&session, "t", LedgerDialect::Tenantry, &[&[], &["CREATE TABLE made (id int)"]]).await;
    let next = Plan { groups: vec![Group { steps: vec![1], ..next.groups[0].clone() }], ..next };
    database.sql("UPDATE t.tenantry_migrations SET checksum = 'again'");
    assert_eq!(session.send(&of(&next, 0).text).await.unwrap_err().guard(), Some(Guard::Moved));
    assert!(nothing_happened(&session, &next).await);
}

#[tokio::test]
async fn a_migration_that_has_begun_and_not_ended_is_not_done() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    let plan = made(&database, &session).await;
    database.sql("INSERT INTO t.tenantry_migrations (name, state) VALUES ('crm/0001_o''vip\\', 'started')");
    assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Moved);
}

#[tokio::test]
async fn a_schema_that_is_gone_or_has_another_name_is_left_alone() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    let plan = made(&database, &session).await;
    // Another one has its name now.
    database.sql("ALTER SCHEMA t RENAME TO u");
    schema(&database, "t", LedgerDialect::Tenantry);
    assert_eq!(session.send(&of(&plan, 0).text).await.unwrap_err().guard(), Some(Guard::Renamed));
    assert_eq!(session.ask(&plan, 0).await.unwrap_err().guard(), Some(Guard::Renamed));
    database.sql("DROP SCHEMA u CASCADE");
    assert_eq!(session.send(&of(&plan, 0).text).await.unwrap_err().guard(), Some(Guard::Gone));
    assert_eq!(session.ask(&plan, 0).await.unwrap_err().guard(), Some(Guard::Gone));
    database.sql("DROP SCHEMA t CASCADE");
    assert_eq!(session.send(&of(&plan, 0).text).await.unwrap_err().guard(), Some(Guard::Gone));
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 'made'"), ["0"]);
}

#[tokio::test]
async fn a_schema_that_does_not_lead_the_path_is_closed() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    database.sql("CREATE ROLE message_guest LOGIN; GRANT CREATE ON SCHEMA public TO message_guest");
    let plan = made(&database, &session).await;
    let guest = Session::open(&database.dsn_as("message_guest")).await;
    assert_eq!(guest.send(&of(&plan, 0).text).await.unwrap_err().guard(), Some(Guard::Closed));
    assert!(nothing_happened(&session, &plan).await);
    // This name means another schema in a search_path.
    schema(&database, "$user", LedgerDialect::Tenantry);
    let odd = super::plan(&session, "$user", LedgerDialect::Tenantry, &[&["CREATE TABLE made (id int)"]]).await;
    assert_eq!(session.send(&of(&odd, 0).text).await.unwrap_err().guard(), Some(Guard::Closed));
    assert!(database.sql("SELECT FROM pg_class WHERE relname = 'made'").is_empty());
    drop(guest);
    database.sql("REVOKE ALL ON SCHEMA public FROM message_guest; DROP ROLE message_guest");
}

#[tokio::test]
async fn lines_that_row_security_hides_are_no_reason_to_go_on() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    database.sql("CREATE ROLE message_reader LOGIN");
    let plan = made(&database, &session).await;
    database.sql(
        "INSERT INTO t.tenantry_migrations (name) VALUES ('other'); GRANT ALL ON SCHEMA t TO message_reader; \
         GRANT ALL ON t.tenantry_migrations TO message_reader; ALTER TABLE t.tenantry_migrations ENABLE ROW LEVEL SECURITY",
    );
    let reader = Session::open(&database.dsn_as("message_reader")).await;
    assert_eq!(reader.send("SELECT FROM t.tenantry_migrations").await.unwrap().len(), 0, "it sees no line");
    assert_eq!(reader.send(&of(&plan, 0).text).await.unwrap_err().sqlstate, "42501");
    assert!(nothing_happened(&session, &plan).await);
    drop(reader);
    database.sql("DROP OWNED BY message_reader; DROP ROLE message_reader");
}

#[tokio::test]
async fn what_would_touch_a_schema_that_all_share_is_undone() {
    for database in databases() {
        let session = Session::open(&database.dsn()).await;
        schema(&database, "t", LedgerDialect::Django);
        schema(&database, "u", LedgerDialect::Django);
        database.sql(
            "CREATE TABLE public.users (id int PRIMARY KEY, name text); CREATE TYPE public.mood AS ENUM ('good'); \
             CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t.mine (id int); \
             CREATE SEQUENCE public.counter; CREATE VIEW public.v AS SELECT 1 AS a; CREATE DOMAIN public.d AS int;",
        );
        let facts = "SELECT string_agg(c.relname || c.relnatts || coalesce(obj_description(c.oid), ''), ',' ORDER BY c.relname), \
                     (SELECT count(*) FROM public.users), (SELECT count(*) FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid), \
                     (SELECT count(*) FROM pg_proc WHERE proname = 'f') \
                     FROM pg_class c WHERE c.relnamespace IN ('public'::regnamespace, 't'::regnamespace)";
        let before = database.sql(facts);
        let falls = [
            ("DROP TABLE users", "public.users AccessExclusiveLock"),
            ("ALTER TABLE users ADD more int", "public.users AccessExclusiveLock"),
            ("INSERT INTO users VALUES (1)", "public.users RowExclusiveLock"),
            ("TRUNCATE users", "public.users AccessExclusiveLock"),
            ("CREATE INDEX ON users (name)", "public.users"),
            ("DROP INDEX users_pkey", ""),
            ("COMMENT ON TABLE users IS 'x'", "public.users ShareUpdateExclusiveLock"),
            ("CREATE TABLE made (id int REFERENCES users)", "public.users ShareRowExclusiveLock"),
            ("ALTER TABLE users RENAME TO others", "AccessExclusiveLock"),
            ("ALTER TABLE mine SET SCHEMA public", "public.mine AccessExclusiveLock"),
            ("CREATE TABLE public.made (id int); INSERT INTO public.made VALUES (1)", "public.made"),
            ("DROP VIEW v", "public.v AccessExclusiveLock"),
            ("DROP TYPE mood", "public.mood AccessExclusiveLock"),
            ("ALTER TYPE mood ADD VALUE 'bad'", "public.mood"),
            ("DROP DOMAIN d", "public.d AccessExclusiveLock"),
            ("DROP FUNCTION f()", "public.f AccessExclusiveLock"),
            ("SELECT nextval('counter')", "public.counter RowExclusiveLock"),
            ("DROP SCHEMA u CASCADE", "u AccessExclusiveLock"),
        ];
        for (sql, locked) in falls {
            let plan = plan(&session, "t", LedgerDialect::Django, &[&[sql]]).await;
            let refusal = session.send(&of(&plan, 0).text).await.unwrap_err();
            if locked.is_empty() {
                assert_eq!(refusal.sqlstate, "2BP01", "{refusal:?}");
                continue;
            }
            assert_eq!(refusal.guard(), Some(Guard::FellThrough), "{sql}: {refusal:?}");
            assert!(refusal.detail.as_deref().unwrap().contains(locked), "{sql}: {refusal:?}");
            assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Open);
        }
        assert_eq!(database.sql(facts), before);
        assert_eq!(database.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'u'"), ["1"]);
    }
}

#[tokio::test]
async fn what_the_plan_lists_may_be_touched() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    schema(&database, "t", LedgerDialect::Tenantry);
    database.sql("CREATE TABLE public.users (id int PRIMARY KEY, name text UNIQUE); CREATE TABLE public.\"o'x\" (id int);");
    let reference: &[&str] = &["CREATE TABLE a (id int REFERENCES users DEFERRABLE INITIALLY DEFERRED)"];
    let write: &[&str] = &["INSERT INTO users VALUES (1, 'a')", "DELETE FROM \"o'x\""];
    let mut leads = plan(&session, "t", LedgerDialect::Tenantry, &[reference, write]).await;
    leads.policy.referenced = vec!["public.users".into()];
    session.send(&of(&leads, 0).text).await.unwrap();
    assert_eq!(session.send(&of(&leads, 1).text).await.unwrap_err().guard(), Some(Guard::FellThrough));
    leads.policy.allowed = vec!["public.users".into(), "public.o'x".into()];
    session.send(&of(&leads, 1).text).await.unwrap();
    assert_eq!(database.sql("SELECT * FROM public.users"), ["1|a"]);
}

#[tokio::test]
async fn what_is_deferred_and_what_is_temporary_ends_within_the_message() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    schema(&database, "t", LedgerDialect::Tenantry);
    database
        .sql("CREATE TABLE t.a (id int PRIMARY KEY); CREATE TABLE t.b (a int REFERENCES t.a DEFERRABLE INITIALLY DEFERRED)");
    let good: &[&str] =
        &["CREATE TEMP TABLE copy AS SELECT 1 AS id", "INSERT INTO b VALUES (1)", "INSERT INTO a SELECT id FROM copy"];
    let bad: &[&str] = &["INSERT INTO b VALUES (2)"];
    let plan = plan(&session, "t", LedgerDialect::Tenantry, &[good, bad]).await;
    session.send(&of(&plan, 0).text).await.unwrap();
    let refusal = session.send(&of(&plan, 1).text).await.unwrap_err();
    assert_eq!(refusal.sqlstate, "23503");
    assert_eq!(database.sql("SELECT * FROM t.b"), ["1"]);
}
