//! What each migration tool writes, and what is read of it. The tables are as the tools make them.

use tenantry::dialect::ledger::tenantry::TABLE;
use tenantry::observer::detail::schema_detail;

use super::{deep, readings};
use crate::support::databases;

const RAILS: &str = "CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
    INSERT INTO schema_migrations VALUES ('20240501100000'), ('20240301090000'), ('20240501100001');";
const GOLANG_MIGRATE: &str = "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
    INSERT INTO schema_migrations VALUES (15, true);";
const TENANTRY: &str = "INSERT INTO tenantry_migrations (name, checksum, state) VALUES
    ('0001_initial', 'aa', 'applied'), ('crm/0002_vip', 'bb', 'started'), ('crm/0001_initial', 'cc', 'applied');";
const FLYWAY: &str = "CREATE TABLE flyway_schema_history (
        installed_rank int NOT NULL PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL,
        script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
        installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
    INSERT INTO flyway_schema_history VALUES
        (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '\"acme\"', NULL, 'app', now(), 0, true),
        (1, '1', 'initial', 'SQL', 'V1__initial.sql', -1234, 'app', now(), 5, true),
        (2, '1.2', 'vip', 'SQL', 'V1_2__vip.sql', 77, 'app', now(), 5, true),
        (3, '1.3', 'gone', 'SQL', 'V1_3__gone.sql', 78, 'app', now(), 5, true),
        (4, NULL, 'all views', 'SQL', 'R__all_views.sql', 5, 'app', now(), 5, true),
        (5, '1.3', 'gone', 'UNDO_SQL', 'U1_3__gone.sql', 79, 'app', now(), 5, true),
        (6, NULL, 'all views', 'SQL', 'R__all_views.sql', 6, 'app', now(), 5, true),
        (7, '2', 'broken', 'SQL', 'V2__broken.sql', 80, 'app', now(), 5, false);";
const ALEMBIC: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('ae1027a6acf'), ('1975ea83b712');";
const SQLX: &str = "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
        installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
    INSERT INTO _sqlx_migrations VALUES (1, 'initial', now(), true, '\\x00ff', 5), (2, 'vip', now(), false, '\\x01', 5);";
const ENTITY_FRAMEWORK: &str = "CREATE TABLE \"__EFMigrationsHistory\" (
        \"MigrationId\" varchar(150) NOT NULL PRIMARY KEY, \"ProductVersion\" varchar(32) NOT NULL);
    INSERT INTO \"__EFMigrationsHistory\" VALUES ('20240501100000_Initial', '8.0.0');";
const GOOSE: &str =
    "CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL,
        tstamp timestamp DEFAULT now());
    INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (3, true), (2, false);";
const ATLAS: &str =
    "CREATE TABLE atlas_schema_revisions (version varchar NOT NULL PRIMARY KEY, description varchar NOT NULL,
        type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
        executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error text, error_stmt text, hash varchar NOT NULL,
        partial_hashes jsonb, operator_version varchar NOT NULL);
    INSERT INTO atlas_schema_revisions VALUES
        ('.atlas_cloud_identifier', '', 2, 0, 0, now(), 0, NULL, NULL, '', NULL, ''),
        ('20240501100000', 'initial', 2, 3, 3, now(), 9, NULL, NULL, 'h1', NULL, ''),
        ('20240502100000', 'half', 2, 1, 3, now(), 9, 'no such table', 'x', 'h2', NULL, '');";
const KNEX: &str = "CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch int, migration_time timestamptz);
    INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('20240501100000_initial.js', 1, now()), ('20240502_vip.ts', 2, now());";
const PRISMA: &str = "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
        migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
        applied_steps_count int NOT NULL DEFAULT 0);
    INSERT INTO _prisma_migrations VALUES
        ('a', 'aa', now(), '20240501100000_initial', NULL, NULL, now(), 1),
        ('b', 'b1', NULL, '20240502100000_vip', 'failed', now(), now() - interval '1 hour', 0),
        ('c', 'b2', now(), '20240502100000_vip', NULL, NULL, now(), 1),
        ('d', 'dd', NULL, '20240503100000_broken', 'failed', NULL, now(), 0),
        ('e', 'ee', NULL, '20240504100000_undone', 'failed', now(), now(), 0);";
const LIQUIBASE: &str = "CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
        dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35),
        description varchar(255), comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255),
        labels varchar(255), deployment_id varchar(10));
    INSERT INTO databasechangelog VALUES ('1', 'ann', 'db/changes.xml', now(), 1, 'EXECUTED', '9:abc'), ('2', 'bob', 'db/changes.xml', now(), 2, 'FAILED', NULL);";

#[tokio::test]
async fn every_tool_is_understood() {
    for database in databases() {
        let tenantry = format!("{TABLE}; {TENANTRY}");
        let all = [
            ("alembic", "alembic", ALEMBIC, "1975ea83b712, ae1027a6acf"),
            ("atlas", "atlas", ATLAS, "20240501100000#h1, 20240502100000#h2!"),
            ("ef", "ef", ENTITY_FRAMEWORK, "20240501100000_Initial"),
            ("flyway", "flyway", FLYWAY, "1#-1234, 1.2#77, 2#80!, R__all_views#6"),
            ("golang", "golang-migrate", GOLANG_MIGRATE, "15!"),
            ("goose", "goose", GOOSE, "1, 3"),
            ("knex", "knex", KNEX, "20240501100000_initial, 20240502_vip"),
            ("liquibase", "liquibase", LIQUIBASE, "db/changes.xml 1 ann#9:abc, db/changes.xml 2 bob!"),
            ("prisma", "prisma", PRISMA, "20240501100000_initial#aa, 20240502100000_vip#b2, 20240503100000_broken#dd!"),
            ("rails", "rails", RAILS, "20240301090000, 20240501100000, 20240501100001"),
            ("sqlx", "sqlx", SQLX, "1#00ff, 2#01!"),
            ("tenantry", "tenantry", tenantry.as_str(), "0001_initial#aa, crm 0001_initial#cc, crm 0002_vip#bb!"),
        ];
        for (schema, _, sql, _) in all {
            database.sql(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {sql}"));
        }
        let observed = deep(&database).await;
        let read = readings(&observed);
        for (schema, dialect, _, expected) in all {
            let facts = observed.database().schemas.iter().find(|other| other.name == schema).unwrap();
            assert_eq!(facts.ledger.as_ref().unwrap().dialect.word(), dialect);
            assert_eq!(read[schema], expected, "{schema}");
            let detail = schema_detail(&observed.session, &observed.target, schema).await.unwrap();
            let rows = detail.ledger.expect("a ledger").unwrap_or_else(|fault| panic!("{schema}: {fault}"));
            assert_eq!(rows.len(), expected.split(", ").count(), "{schema}: one schema alone tells the same");
            let told = facts.ledger.as_ref().unwrap().dialect;
            let has_times = !matches!(told.word(), "alembic" | "ef" | "golang-migrate" | "rails");
            let unfinished = |name: &str| name.contains("broken");
            assert!(
                rows.iter().all(|row| row.applied.is_some() == has_times || unfinished(&row.name)),
                "{schema}: {rows:?}"
            );
        }
        assert_eq!(read.len(), all.len());
    }
}

#[tokio::test]
async fn an_empty_ledger_is_a_history_without_steps() {
    for database in databases() {
        database.sql("CREATE SCHEMA acme; CREATE TABLE acme.alembic_version (version_num varchar(32) PRIMARY KEY)");
        assert_eq!(readings(&deep(&database).await)["acme"], "");
    }
}

#[tokio::test]
async fn the_order_of_application_makes_no_other_history_and_a_checksum_does() {
    for database in databases() {
        let schema = |name: &str, rows: &str| {
            database.sql(&format!(
                "CREATE SCHEMA {name}; SET search_path = {name}; {TABLE}; INSERT INTO tenantry_migrations VALUES {rows}"
            ));
        };
        schema("a", "('0001_a', 'x', '2024-01-01', 'applied'), ('0002_b', 'y', '2024-01-02', 'applied')");
        schema("b", "('0002_b', 'y', '2023-01-01', 'applied'), ('0001_a', 'x', '2024-01-02', 'applied')");
        schema("c", "('0001_a', 'x', '2024-01-01', 'applied'), ('0002_b', 'z', '2024-01-02', 'applied')");
        schema("d", "('0001_a', 'x', '2024-01-01', 'applied'), ('0002_b', 'y', '2024-01-02', 'failed')");
        let observed = deep(&database).await;
        let of = |name: &str| observed.database().schemas.iter().find(|schema| schema.name == name).unwrap().history;
        assert_eq!(of("a"), of("b"));
        assert!(of("a") != of("c") && of("a") != of("d") && of("c") != of("d"));
        assert_eq!(observed.database().histories.len(), 3);
    }
}
