//! What still leads from one schema to another one, each way by itself, and what only looks like it.

use tenantry::sqltext::ident;

use super::leaks;
use crate::connect::connect;
use crate::support::{database_on, servers};

/// What leads to the schema `{a}`, made in the schema `{b}`, with what is said of it.
const LEADS: [(&str, &str); 11] = [
    ("CREATE VIEW {b}.v AS SELECT id FROM {a}.t", "depends on table "),
    ("CREATE TABLE {b}.x (id int REFERENCES {a}.t)", "depends on table "),
    ("CREATE TABLE {b}.x (m {a}.mood[])", "depends on type "),
    ("CREATE TABLE {b}.x PARTITION OF {a}.parts FOR VALUES IN (1)", "depends on table "),
    ("CREATE TABLE {b}.x () INHERITS ({a}.t)", "depends on table "),
    ("CREATE TABLE {b}.x (id int DEFAULT nextval('{l}.t_seq'))", "depends on sequence "),
    ("CREATE TABLE {b}.x (id int); CREATE TRIGGER g AFTER INSERT ON {b}.x EXECUTE FUNCTION {a}.g()", "depends on function "),
    ("CREATE TABLE {b}.x (id int, CHECK ({a}.f() > id))", "depends on function "),
    ("CREATE FUNCTION {b}.h() RETURNS int LANGUAGE sql AS $$ SELECT id FROM {a}.t $$", "names it in its body"),
    ("CREATE FUNCTION {b}.h() RETURNS int LANGUAGE sql SET search_path = public, {a} AS 'SELECT 1'", "has search_path="),
    ("CREATE SEQUENCE {b}.s; ALTER SEQUENCE {b}.s OWNED BY {b}.t.id; ALTER TABLE {b}.t INHERIT {a}.t", "depends on table "),
];

/// The same for what does not lead there.
const STAYS: [&str; 5] = [
    "CREATE VIEW {b}.v AS SELECT id FROM {b}.t",
    "CREATE FUNCTION {b}.h() RETURNS text LANGUAGE sql AS $$ SELECT 'to{p}.t, x.{p}.t, {p} . ' $$",
    "CREATE FUNCTION {b}.h() RETURNS text LANGUAGE sql SET search_path = {b} AS 'SELECT 1::text'",
    "CREATE TABLE {b}.x (id int REFERENCES public.shared)",
    "CREATE TABLE {b}.x (like {a}.t including all)",
];

#[tokio::test]
async fn each_way_back_is_found_and_nothing_else() {
    for cluster in servers() {
        let database = database_on(cluster);
        database.sql("CREATE TABLE public.shared (id int PRIMARY KEY)");
        let session = connect(&database.dsn()).await.expect("a connection");
        for (source, clone) in [("acme", "acme_2"), ("Odd \"name\".x", "o'neill")] {
            let filled = |sql: &str| {
                let names = sql.replace("{a}", &ident(source)).replace("{b}", &ident(clone)).replace("{p}", source);
                names.replace("{l}", &ident(source).replace('\'', "''"))
            };
            let each = LEADS.map(|(sql, said)| (sql, Some(said))).into_iter().chain(STAYS.map(|sql| (sql, None)));
            for (sql, said) in each {
                database.sql(&filled(
                    "CREATE SCHEMA {a}; CREATE SCHEMA {b}; CREATE TYPE {a}.mood AS ENUM ('glad'); CREATE SEQUENCE {a}.t_seq;
                     CREATE TABLE {a}.t (id int PRIMARY KEY); CREATE TABLE {b}.t (id int PRIMARY KEY);
                     CREATE TABLE {a}.parts (id int) PARTITION BY LIST (id);
                     CREATE FUNCTION {a}.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
                     CREATE FUNCTION {a}.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                ));
                database.sql(&filled(sql));
                let found = leaks(&session, clone, source).await.expect("an answer");
                match said {
                    Some(said) => assert!(found.iter().any(|leak| leak.contains(said)), "{source}, {sql}: {found:?}"),
                    None => assert_eq!(found, [""; 0], "{source}, {sql}"),
                }
                database.sql(&filled("SET client_min_messages = warning; DROP SCHEMA {b} CASCADE; DROP SCHEMA {a} CASCADE"));
            }
        }
    }
}
