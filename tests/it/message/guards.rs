//! Each guard of a message stops what it is there for, and nothing is left of what it stopped.

use super::*;
use crate::support::wait_for;

/// Whether nothing was done: the table of the plans below is not there, and its migration is not recorded.
async fn nothing_happened(session: &Session, plan: &Plan) -> bool {
    let made = session.send("SELECT FROM pg_class WHERE relname = 'made'").await.expect("an answer");
    made.is_empty() && session.ask(plan, 0).await.expect("an answer") != LedgerSays::Done
}

/// Drops a role as soon as its sessions are gone, with what they kept.
fn remove(database: &Database, role: &str) {
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}'");
    wait_for("the sessions to end", || (database.sql(&sessions) == ["0"]).then_some(()));
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

async fn made(database: &Database, session: &Session) -> Plan {
    schema(database, "t", LedgerDialect::Tenantry);
    plan(session, "t", LedgerDialect::Tenantry, &[&["CREATE TABLE made (id int)"]]).await
}

with_guards_spelled_and_kept!(
    a_schema_on_which_another_works_is_busy,
    what_another_applied_is_not_applied_again,
    a_ledger_that_says_something_else_has_moved,
    a_migration_that_has_begun_and_not_ended_is_not_done,
    a_schema_that_is_gone_or_has_another_name_is_left_alone,
    a_schema_that_does_not_lead_the_path_is_closed,
    lines_that_row_security_hides_are_no_reason_to_go_on,
    what_would_touch_a_schema_that_all_share_is_undone,
    what_the_plan_lists_may_be_touched,
    what_is_deferred_and_what_is_temporary_ends_within_the_message,
);

async fn a_schema_on_which_another_works_is_busy(guards: Guards) {
    let database = database();
    let (session, other) = (Session::with(&database.dsn(), guards).await, Session::with(&database.dsn(), guards).await);
    let plan = made(&database, &session).await;
    let (class, key) = tenantry::plan::message::lock_key(plan.targets[0].oid);
    other.send(&format!("SELECT pg_advisory_lock({class}, {key})")).await.unwrap();
    let refusal = session.carry(&plan, 0).await.unwrap_err();
    assert_eq!(refusal.guard(), Some(Guard::Busy));
    // The question waits for the lock, no longer than the plan says.
    assert_eq!(session.ask(&plan, 0).await.unwrap_err().sqlstate, "55P03");
    other.send(&format!("SELECT pg_advisory_unlock({class}, {key})")).await.unwrap();
    assert!(nothing_happened(&session, &plan).await);
    session.carry(&plan, 0).await.unwrap();
}

async fn what_another_applied_is_not_applied_again(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    for (dialect, ..) in LEDGERS {
        let name = dialect.word();
        schema(&database, name, dialect);
        let plan = plan(&session, name, dialect, &[&["CREATE TABLE made (id int)"]]).await;
        session.carry(&plan, 0).await.unwrap();
        let refusal = session.carry(&plan, 0).await.unwrap_err();
        assert_eq!(
            (refusal.guard(), refusal.message.as_str()),
            (Some(Guard::Moved), "the ledger does not say what the plan expects")
        );
        assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Done);
    }
}

async fn a_ledger_that_says_something_else_has_moved(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    let plan = made(&database, &session).await;
    database.sql("INSERT INTO t.tenantry_migrations (name) VALUES ('other')");
    assert_eq!(session.carry(&plan, 0).await.unwrap_err().guard(), Some(Guard::Moved));
    assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Moved);
    // As many lines, and others.
    database.sql("DELETE FROM t.tenantry_migrations");
    session.carry(&plan, 0).await.unwrap();
    database.sql("DROP TABLE t.made; UPDATE t.tenantry_migrations SET checksum = 'edited'");
    let next = super::plan(&session, "t", LedgerDialect::Tenantry, &[&[], &["CREATE TABLE made (id int)"]]).await;
    let next = Plan { groups: vec![Group { steps: vec![1], ..next.groups[0].clone() }], ..next };
    database.sql("UPDATE t.tenantry_migrations SET checksum = 'again'");
    assert_eq!(session.carry(&next, 0).await.unwrap_err().guard(), Some(Guard::Moved));
    assert!(nothing_happened(&session, &next).await);
}

async fn a_migration_that_has_begun_and_not_ended_is_not_done(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    let plan = made(&database, &session).await;
    database.sql("INSERT INTO t.tenantry_migrations (name, state) VALUES ('crm/0001_o''vip\\', 'started')");
    assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Moved);
}

async fn a_schema_that_is_gone_or_has_another_name_is_left_alone(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    let plan = made(&database, &session).await;
    // Another one has its name now.
    database.sql("ALTER SCHEMA t RENAME TO u");
    schema(&database, "t", LedgerDialect::Tenantry);
    assert_eq!(session.carry(&plan, 0).await.unwrap_err().guard(), Some(Guard::Renamed));
    assert_eq!(session.ask(&plan, 0).await.unwrap_err().guard(), Some(Guard::Renamed));
    database.sql("DROP SCHEMA u CASCADE");
    assert_eq!(session.carry(&plan, 0).await.unwrap_err().guard(), Some(Guard::Gone));
    assert_eq!(session.ask(&plan, 0).await.unwrap_err().guard(), Some(Guard::Gone));
    database.sql("DROP SCHEMA t CASCADE");
    assert_eq!(session.carry(&plan, 0).await.unwrap_err().guard(), Some(Guard::Gone));
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 'made'"), ["0"]);
}

async fn a_schema_that_does_not_lead_the_path_is_closed(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    let guest_role = format!("message_guest_{guards:?}").to_lowercase();
    database.sql(&format!("CREATE ROLE {guest_role} LOGIN; GRANT CREATE ON SCHEMA public TO {guest_role}"));
    let plan = made(&database, &session).await;
    let guest = Session::with(&database.dsn_as(&guest_role), guards).await;
    assert_eq!(guest.carry(&plan, 0).await.unwrap_err().guard(), Some(Guard::Closed));
    assert!(nothing_happened(&session, &plan).await);
    // This name means another schema in a search_path.
    schema(&database, "$user", LedgerDialect::Tenantry);
    let odd = super::plan(&session, "$user", LedgerDialect::Tenantry, &[&["CREATE TABLE made (id int)"]]).await;
    assert_eq!(session.carry(&odd, 0).await.unwrap_err().guard(), Some(Guard::Closed));
    assert!(database.sql("SELECT FROM pg_class WHERE relname = 'made'").is_empty());
    drop(guest);
    remove(&database, &guest_role);
}

async fn lines_that_row_security_hides_are_no_reason_to_go_on(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    let reader_role = format!("message_reader_{guards:?}").to_lowercase();
    database.sql(&format!("CREATE ROLE {reader_role} LOGIN"));
    let plan = made(&database, &session).await;
    database.sql(&format!(
        "INSERT INTO t.tenantry_migrations (name) VALUES ('other'); GRANT ALL ON SCHEMA t TO {reader_role}; \
         GRANT ALL ON t.tenantry_migrations TO {reader_role}; ALTER TABLE t.tenantry_migrations ENABLE ROW LEVEL SECURITY",
    ));
    let reader = Session::with(&database.dsn_as(&reader_role), guards).await;
    assert_eq!(reader.send("SELECT FROM t.tenantry_migrations").await.unwrap().len(), 0, "it sees no line");
    assert_eq!(reader.carry(&plan, 0).await.unwrap_err().sqlstate, "42501");
    assert!(nothing_happened(&session, &plan).await);
    drop(reader);
    remove(&database, &reader_role);
}

async fn what_would_touch_a_schema_that_all_share_is_undone(guards: Guards) {
    for database in databases() {
        let session = Session::with(&database.dsn(), guards).await;
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
            let refusal = session.carry(&plan, 0).await.unwrap_err();
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

async fn what_the_plan_lists_may_be_touched(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    schema(&database, "t", LedgerDialect::Tenantry);
    database.sql("CREATE TABLE public.users (id int PRIMARY KEY, name text UNIQUE); CREATE TABLE public.\"o'x\" (id int);");
    let reference: &[&str] = &["CREATE TABLE a (id int REFERENCES users DEFERRABLE INITIALLY DEFERRED)"];
    let write: &[&str] = &["INSERT INTO users VALUES (1, 'a')", "DELETE FROM \"o'x\""];
    let mut leads = plan(&session, "t", LedgerDialect::Tenantry, &[reference, write]).await;
    leads.policy.referenced = vec!["public.users".into()];
    session.carry(&leads, 0).await.unwrap();
    assert_eq!(session.carry(&leads, 1).await.unwrap_err().guard(), Some(Guard::FellThrough));
    leads.policy.allowed = vec!["public.users".into(), "public.o'x".into()];
    session.carry(&leads, 1).await.unwrap();
    assert_eq!(database.sql("SELECT * FROM public.users"), ["1|a"]);
}

async fn what_is_deferred_and_what_is_temporary_ends_within_the_message(guards: Guards) {
    let database = database();
    let session = Session::with(&database.dsn(), guards).await;
    schema(&database, "t", LedgerDialect::Tenantry);
    database
        .sql("CREATE TABLE t.a (id int PRIMARY KEY); CREATE TABLE t.b (a int REFERENCES t.a DEFERRABLE INITIALLY DEFERRED)");
    let good: &[&str] =
        &["CREATE TEMP TABLE copy AS SELECT 1 AS id", "INSERT INTO b VALUES (1)", "INSERT INTO a SELECT id FROM copy"];
    let bad: &[&str] = &["INSERT INTO b VALUES (2)"];
    let plan = plan(&session, "t", LedgerDialect::Tenantry, &[good, bad]).await;
    session.carry(&plan, 0).await.unwrap();
    let refusal = session.carry(&plan, 1).await.unwrap_err();
    assert_eq!(refusal.sqlstate, "23503");
    assert_eq!(database.sql("SELECT * FROM t.b"), ["1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_make_nothing_temporary_keeps_no_guards() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    assert_eq!(session.send(MAY_KEEP).await.unwrap(), [[Some("t".to_owned())]]);
    let role = "message_untemporary";
    database.sql(&format!("CREATE ROLE {role} LOGIN; REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", database.name()));
    let other = Session::open(&database.dsn_as(role)).await;
    assert_eq!(other.send(MAY_KEEP).await.unwrap(), [[Some("f".to_owned())]]);
    drop(other);
    remove(&database, role);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_serves_other_roles_too() {
    let database = database();
    let session = Session::with(&database.dsn(), Guards::Kept).await;
    let role = "message_owner";
    // Our role keeps what it makes from others, and this one may make nothing temporary.
    database.sql(&format!(
        "CREATE ROLE {role}; REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC; \
         ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        database.name()
    ));
    let mut plan = made(&database, &session).await;
    database.sql(&format!("ALTER SCHEMA t OWNER TO {role}; ALTER TABLE t.tenantry_migrations OWNER TO {role}"));
    plan.groups[0].role = Some(role.into());
    session.carry(&plan, 0).await.unwrap();
    assert_eq!(database.sql("SELECT relowner::regrole FROM pg_class WHERE relname = 'made'"), [role]);
    database.sql("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC");
    remove(&database, role);
}
