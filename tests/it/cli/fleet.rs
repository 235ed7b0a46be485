//! The verbs on real databases.

use std::io::Read as _;
use std::process::Stdio;
use std::sync::OnceLock;

use super::{Said, configure, environment, home, run, tenantry};
use crate::support::{Database, database, ended};

/// A small fleet in django-tenants' form with everything that a list must survive. All tests only read it.
pub(super) fn fleet() -> &'static Database {
    static FLEET: OnceLock<Database> = OnceLock::new();
    FLEET.get_or_init(made)
}

fn made() -> Database {
    let database = database();
    database.sql(
        "CREATE TABLE customers_client (id serial PRIMARY KEY, schema_name varchar(63) NOT NULL UNIQUE, name varchar(100) NOT NULL, created_on date NOT NULL);
         CREATE TABLE customers_domain (id serial PRIMARY KEY, domain varchar(253) NOT NULL UNIQUE, is_primary boolean NOT NULL,
           tenant_id integer NOT NULL REFERENCES customers_client);
         INSERT INTO customers_client (schema_name, name, created_on) VALUES
           ('acme', 'Acme, \"Corp\"', '2025-01-31'), ('bolt', '=1+1', '2025-02-01'), ('ghost', 'Ghost', '2025-03-01'),
           (E'red\\x1b[31m', E'Two\\nlines', '2025-04-01'), (E'abc\\u202ecba', E'\\u009b2J', '2025-05-01');
         INSERT INTO customers_domain (domain, is_primary, tenant_id) SELECT schema_name || '.example.com', true, id FROM customers_client;
         INSERT INTO customers_domain (domain, is_primary, tenant_id) VALUES ('acme.test', false, 1);",
    );
    let schemas = ["acme", "bolt", "red\u{1b}[31m", "abc\u{202e}cba", "old_demo"].map(|schema| {
        let schema = format!("\"{schema}\"");
        format!(
            "CREATE SCHEMA {schema};
             CREATE TABLE {schema}.orders (id serial PRIMARY KEY, note text);
             CREATE TABLE {schema}.django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
             INSERT INTO {schema}.orders (note) SELECT 'note' FROM generate_series(1, 1200);
             INSERT INTO {schema}.django_migrations (app, name, applied) VALUES ('crm', '0001_initial', '2025-01-31 12:00:00+00');
             ANALYZE {schema}.orders, {schema}.django_migrations;"
        )
    });
    database.sql(&schemas.concat());
    database.sql("CREATE TABLE acme.never (id int); CREATE VIEW acme.v AS SELECT 1");
    database
}

const ENTRY_FIELDS: [&str; 33] = [
    "database",
    "schema",
    "tenant",
    "role",
    "state",
    "oddities",
    "tables",
    "indexes",
    "sequences",
    "views",
    "functions",
    "rows",
    "bytes",
    "never_analysed",
    "owner",
    "readable",
    "ledger",
    "ledger_table",
    "domains",
    "created",
    "time_zone",
    "plan",
    "activity",
    "activity_kind",
    "as_of",
    "ledger_state",
    "behind",
    "ahead",
    "shape_state",
    "differences",
    "ghosts",
    "history_cohort",
    "shape_cohort",
];

fn json(said: Said) -> Vec<serde_json::Value> {
    serde_json::from_str(&said.data()).expect("an array of objects")
}

fn schemas(rows: &[serde_json::Value]) -> Vec<&str> {
    rows.iter().map(|row| row["schema"].as_str().expect("a schema")).collect()
}

#[test]
fn json_has_the_documented_fields_in_their_order_and_raw_values() {
    let (home, fleet) = (home(), fleet());
    let said = run(home.path(), &["tenants", "--json", "-d", &fleet.dsn()]);
    let first = said.out.lines().nth(1).expect("a row").to_owned();
    let rows = json(said);
    // The parser sorts keys; the text has them in the order of the promise.
    let places: Vec<_> = ENTRY_FIELDS.iter().map(|field| first.find(&format!("\"{field}\": ")).expect(field)).collect();
    assert!(places.is_sorted(), "{first}");
    assert_eq!(rows[0].as_object().expect("an object").len(), ENTRY_FIELDS.len());
    assert_eq!(schemas(&rows), ["abc\u{202e}cba", "acme", "bolt", "ghost", "red\u{1b}[31m"]);
    let (acme, ghost) = (&rows[1], &rows[3]);
    assert_eq!(acme["database"], fleet.name());
    assert_eq!(acme["tenant"], "Acme, \"Corp\"");
    assert_eq!((&acme["role"], &acme["state"]), (&"tenant".into(), &"tables-differ".into()));
    assert_eq!(
        (&acme["tables"], &acme["views"], &acme["rows"], &acme["never_analysed"]),
        (&3.into(), &1.into(), &1201.into(), &1.into())
    );
    assert!(acme["bytes"].as_u64().expect("a number") > 8192);
    assert_eq!(acme["domains"], serde_json::json!(["acme.example.com", "acme.test"]));
    assert_eq!(
        (&acme["created"], &acme["ledger"], &acme["readable"]),
        (&"2025-01-31".into(), &"django".into(), &true.into())
    );
    assert!(acme["as_of"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')), "{}", acme["as_of"]);
    assert_eq!(
        (&ghost["state"], &ghost["tables"], &ghost["owner"]),
        (&"no-schema".into(), &serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(rows[4]["tenant"], "Two\nlines");
}

#[test]
fn csv_has_the_same_fields_and_no_formula() {
    let (home, fleet) = (home(), fleet());
    let text = run(home.path(), &["tenants", "--csv", "-d", &fleet.dsn()]).data();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], ENTRY_FIELDS.join(","));
    assert_eq!(lines.len(), 6, "a line for each tenant: {text}");
    assert!(lines[1].starts_with(&format!("{},abc<U+202E>cba,\\x9b2J,tenant,ok,,2,", fleet.name())), "{}", lines[1]);
    assert!(lines[2].contains(",\"Acme, \"\"Corp\"\"\",tenant,"), "{}", lines[2]);
    assert!(lines[3].contains(",bolt,'=1+1,tenant,"), "{}", lines[3]);
}

#[test]
fn lists_tell_roles_apart_and_take_the_filter_of_the_console() {
    let (home, fleet) = (home(), fleet());
    let list = |arguments: &[&str]| {
        let rows = json(run(home.path(), &[arguments, &["--json", "-d", &fleet.dsn()]].concat()));
        rows.iter()
            .map(|row| format!("{}:{}", row["schema"].as_str().unwrap(), row["role"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list(&["schemas"]),
        ["abc\u{202e}cba:tenant", "acme:tenant", "bolt:tenant", "old_demo:orphan", "public:shared", "red\u{1b}[31m:tenant"]
    );
    assert!(list(&["schemas", "--all"]).contains(&"pg_catalog:system".to_owned()));
    assert_eq!(list(&["schemas", "--filter", "role:orphan"]), ["old_demo:orphan"]);
    assert_eq!(list(&["tenants", "--filter", "tables>2"]), ["acme:tenant"]);
    assert_eq!(list(&["tenants", "-f", "state:no-schema"]), ["ghost:tenant"]);
    assert_eq!(list(&["tenants", "-f", "nothing-like-this"]), Vec::<String>::new());
}

#[test]
fn text_is_aligned_and_figures_stand_right() {
    let (home, fleet) = (home(), fleet());
    let text = run(home.path(), &["schemas", "-d", &fleet.dsn()]).data();
    let expected = [
        "SCHEMA          ROLE    TENANT        STATE          TABLES  INDEXES  SEQUENCES  VIEWS  FUNCTIONS   ROWS",
        "abc<U+202E>cba  tenant  \\x9b2J        ok                  2        2          2      0          0  1,201",
        "acme            tenant  Acme, \"Corp\"  tables-differ       3        2          2      1          0  1,201",
        "bolt            tenant  =1+1          ok                  2        2          2      0          0  1,201",
        "old_demo        orphan  -             orphan              2        2          2      0          0  1,201",
        "public          shared  -             ok                  2        4          2      0          0      0",
        "red\\x1b[31m     tenant  Two\\nlines    ok                  2        2          2      0          0  1,201",
    ];
    let figures: Vec<_> = text.lines().zip(expected).map(|(line, expected)| &line[..expected.len()]).collect();
    assert_eq!(figures, expected, "{text}");
    assert!(text.lines().skip(1).take(4).all(|line| line.contains(" kB  django  ")), "{text}");
}

#[test]
fn no_verb_lets_a_hostile_name_through() {
    let (home, fleet) = (home(), fleet());
    let dsn = fleet.dsn();
    let hostile = "red\u{1b}[31m";
    for verb in
        [&["tenants"][..], &["schemas", "--all"], &["tables", hostile], &["show", hostile], &["show", "abc\u{202e}cba"]]
    {
        for format in [&[][..], &["--json"], &["--csv"]] {
            let said = run(home.path(), &[verb, format, &["-d", &dsn]].concat());
            let bad = |c: &char| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
            assert_eq!(said.out.chars().chain(said.err.chars()).find(bad), None, "{verb:?} {format:?}: {}", said.out);
            assert_eq!(said.code, 0, "{}", said.err);
            assert!(said.out.len() > 20);
        }
    }
}

#[test]
fn tables_and_show_open_one_schema_by_the_name_that_a_list_shows() {
    let (home, fleet) = (home(), fleet());
    let dsn = fleet.dsn();
    for name in ["red\u{1b}[31m", "red\\x1b[31m", &format!("{}/red\\x1b[31m", fleet.name())] {
        let rows = json(run(home.path(), &["tables", name, "--json", "-d", &dsn]));
        let tables: Vec<_> = rows.iter().map(|row| row["table"].as_str().expect("a table")).collect();
        assert_eq!(tables, ["django_migrations", "orders"], "{name}");
    }
    let rows = json(run(home.path(), &["tables", "acme", "--json", "-d", &dsn]));
    let fields: Vec<_> = rows[1].as_object().expect("an object").keys().cloned().collect();
    let mut expected = [
        "database",
        "schema",
        "table",
        "kind",
        "rows",
        "bytes",
        "index_bytes",
        "indexes",
        "last_analyze",
        "last_vacuum",
        "as_of",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!((&rows[1]["table"], &rows[1]["rows"]), (&"never".into(), &serde_json::Value::Null));
    let text = run(home.path(), &["tables", "acme", "-d", &dsn]).data();
    assert!(text.lines().any(|line| line.starts_with("orders             table  1,200  ")), "{text}");

    let show = json(run(home.path(), &["show", "acme", "--json", "-d", &dsn]));
    assert_eq!(show[0]["table_list"].as_array().map(Vec::len), Some(3));
    assert_eq!(show[0]["migrations"][0]["applied"], "2025-01-31T12:00:00Z");
    assert_eq!(show[0]["search_path"][0], "acme");
    let text = run(home.path(), &["show", "acme", "-d", &dsn]).data();
    for part in [
        "/acme\n  tenant       Acme, \"Corp\"\n  role         tenant\n  state        tables-differ\n",
        "  domains      acme.example.com, acme.test\n",
        "  objects      3 tables, 2 indexes, 2 sequences, 1 view\n",
        "  ledger       django_migrations (django), 1 migration\n",
        "NEWEST MIGRATIONS\n  crm 0001_initial  2025-01-31 12:00:00\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_schema_that_is_not_there_is_a_failure_with_the_nearest_name() {
    let (home, fleet) = (home(), fleet());
    for verb in ["tables", "show"] {
        let said = run(home.path(), &[verb, "acmee", "-d", &fleet.dsn()]);
        let expected = format!("tenantry: there is no schema \"acmee\"\n  Did you mean {}/acme?\n", fleet.name());
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, "", expected.as_str()));
        let said = run(home.path(), &[verb, "ghost", "-d", &fleet.dsn()]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains("/ghost has no schema: only the registry knows it"), "{}", said.err);
    }
}

#[test]
fn a_name_in_two_databases_is_asked_back_and_with_the_database_it_is_clear() {
    let (home, fleet) = (home(), fleet());
    configure(home.path(), &environment("prod", &[("eu-1", &fleet.dsn()), ("eu-2", &fleet.dsn())]));
    for verb in ["tables", "show"] {
        let said = run(home.path(), &[verb, "acme"]);
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        assert!(said.err.contains("schema \"acme\" is in several databases: eu-1/acme, eu-2/acme\n"), "{}", said.err);
        assert_eq!(json(run(home.path(), &[verb, "eu-2/acme", "--json"]))[0]["database"], "eu-2");
    }
    let said = run(home.path(), &["tenants", "--filter", "acme.example db:eu-2"]);
    assert!(said.out.starts_with("DATABASE  TENANT"), "{}", said.out);
    assert_eq!(said.out.lines().count(), 2);
    assert!(said.err.contains("eu-1 and eu-2 are the same database: its tenants are listed twice\n"), "{}", said.err);
}

#[test]
fn tenants_that_share_a_host_are_told_apart_by_their_folders() {
    let (home, database) = (home(), database());
    database.sql(
        "CREATE TABLE tenant (id int PRIMARY KEY, schema_name varchar(63) UNIQUE);
         CREATE TABLE domain (id int PRIMARY KEY, domain text, folder text, is_primary bool, redirect_to_primary bool,
                              tenant_id int REFERENCES tenant);
         INSERT INTO tenant VALUES (1, 't1'), (2, 't2');
         INSERT INTO domain VALUES (1, 'a.com', 'one', true, false, 1), (2, 'a.com', '', true, false, 2);
         CREATE SCHEMA t1; CREATE SCHEMA t2",
    );
    let text = run(home.path(), &["tenants", "-d", &database.dsn()]).data();
    assert!(text.contains(" a.com/one ") && text.contains(" a.com "), "{text}");
    let text = run(home.path(), &["show", "t1", "-d", &database.dsn()]).data();
    assert!(text.contains("domains      a.com/one\n"), "{text}");
}

#[test]
fn an_unreachable_database_hides_no_other_and_decides_the_exit_code() {
    let (home, fleet) = (home(), fleet());
    let dead = "host=127.0.0.1 port=1 user=app dbname=crm sslmode=disable";
    configure(home.path(), &environment("prod", &[("eu-1", &fleet.dsn()), ("us-1", dead)]));
    let said = run(home.path(), &["tenants", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).expect("the rows of the other database");
    assert_eq!((said.code, rows.len()), (4, 5));
    assert!(said.err.starts_with("tenantry: us-1: ") && said.err.contains("127.0.0.1"), "{}", said.err);
    for verb in ["tables", "show"] {
        let said = run(home.path(), &[verb, "acme"]);
        assert_eq!(said.code, 4, "{}", said.err);
        assert!(said.out.contains("orders") && said.err.contains("us-1: "), "{}{}", said.out, said.err);
        assert_eq!(run(home.path(), &[verb, "eu-1/acme"]).code, 0);
        let said = run(home.path(), &[verb, "nobody"]);
        assert_eq!((said.code, said.out.as_str()), (4, ""));
        assert!(said.err.contains("schema \"nobody\" was not found, and us-1 could not be asked\n"), "{}", said.err);
        let said = run(home.path(), &[verb, "us-1/acme"]);
        assert!(said.code == 4 && said.err.contains("us-1: ") && !said.err.contains("there is no"), "{}", said.err);
    }
    configure(home.path(), &environment("prod", &[("us-1", dead)]));
    let said = run(home.path(), &["tenants", "--json"]);
    assert_eq!((said.code, said.out.as_str()), (4, "[]\n"));
}

#[test]
fn a_registry_that_cannot_be_read_is_said_and_decides_the_exit_code() {
    let (home, fleet) = (home(), fleet());
    let text = environment("prod", &[("eu-1", &fleet.dsn())]);
    configure(home.path(), &format!("[env.prod]\nregistry = {{ query = \"select name from customers_client\" }}\n{text}"));
    let said = run(home.path(), &["schemas", "--json"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("eu-1: ") && said.err.contains("schema_name"), "{}", said.err);
    assert_eq!(said.err.matches("and not schema_name").count(), 1, "{}", said.err);
}

#[test]
fn an_empty_database_and_a_closed_schema_are_said_as_they_are() {
    let home = home();
    let database = database();
    assert_eq!(run(home.path(), &["tenants", "--json", "-d", &database.dsn()]).data(), "[]\n");
    assert_eq!(run(home.path(), &["tenants", "-d", &database.dsn()]).data(), "");
    assert_eq!(run(home.path(), &["tenants", "--csv", "-d", &database.dsn()]).data(), ENTRY_FIELDS.join(",") + "\n");

    let role = format!("{}_looker", database.name());
    database.sql(&format!(
        "CREATE ROLE {role} LOGIN; CREATE SCHEMA closed; CREATE TABLE closed.django_migrations (id int, app text, name text, applied timestamptz);"
    ));
    let said = run(home.path(), &["show", "closed", "--json", "-d", &database.dsn_as(&role)]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((said.code, &rows[0]["readable"], &rows[0]["migrations"]), (0, &false.into(), &serde_json::Value::Null));
    assert_eq!(rows[0]["table_list"].as_array().map(Vec::len), Some(1));
    assert!(said.err.contains("/closed: ledger not read: "), "{}", said.err);
    let text = run(home.path(), &["show", "closed", "-d", &database.dsn_as(&role)]);
    assert!(text.out.contains("(django), not read: "), "{}", text.out);
    database.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn what_psql_would_connect_to_is_taken_from_the_environment() {
    let (home, fleet) = (home(), fleet());
    let cluster = crate::support::cluster();
    let mut command = tenantry(home.path());
    command.env("PGHOST", cluster.socket_dir()).env("PGPORT", cluster.port().to_string());
    command.env("PGUSER", "postgres").env("PGDATABASE", fleet.name());
    let rows = json(super::said(command.args(["tenants", "--json"])));
    assert_eq!((rows.len(), &rows[0]["database"]), (5, &fleet.name().into()));
}

#[test]
fn a_password_on_the_command_line_works_with_a_warning_and_is_not_repeated() {
    let (home, fleet) = (home(), fleet());
    let said = run(home.path(), &["tenants", "--csv", "-d", &format!("{} password=s3cret", fleet.dsn())]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("a password on the command line can be read by everybody"), "{}", said.err);
    assert!(!said.err.contains("s3cret") && !said.out.contains("s3cret"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (home, fleet) = (home(), fleet());
    let mut child = tenantry(home.path())
        .args(["schemas", "--all", "--json", "-d", &fleet.dsn()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("UTF-8");
    assert_eq!((ended(&mut child).code(), err.as_str()), (Some(0), ""));
}
