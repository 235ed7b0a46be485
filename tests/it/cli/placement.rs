//! `placement`: findings before the matrix, stable fields, and an exit code by the worst.

use tenantry::domain::record::placement::{FINDING_FIELDS, PLACEMENT_FIELDS, TABLE_FIELDS};

use super::{home, run};
use crate::support::{Database, database, demo_fleet};

fn fleet(sessions: &str) -> Database {
    let database = database();
    database.sql(&format!(
        "CREATE TABLE client (id int PRIMARY KEY, schema_name text UNIQUE);
         CREATE TABLE domain (id int, domain text, is_primary bool, tenant_id int REFERENCES client);
         INSERT INTO client VALUES (1, 'acme'), (2, 'bolt');
         CREATE SCHEMA acme; CREATE SCHEMA bolt;
         CREATE TABLE acme.auth_user (id int); CREATE TABLE bolt.auth_user (id int);
         {sessions}"
    ));
    database
}

const SHARED: &str = "CREATE TABLE django_session (session_key text, session_data text);";
const OWN: &str =
    "CREATE TABLE acme.django_session (session_key text); CREATE TABLE bolt.django_session (session_key text);";

#[test]
fn the_worst_decides_the_exit_code_and_comes_first() {
    let leaking = fleet(SHARED);
    let said = run(home().path(), &["placement", "-d", &leaking.dsn()]);
    assert_eq!((said.code, said.err.as_str()), (6, ""), "{}", said.out);
    assert!(said.out.starts_with("✗ danger  users live in 2 tenants (auth_user)"), "{}", said.out);
    let findings = said.out.split("\n\n").next().unwrap_or_default();
    assert!(findings.lines().all(|line| line.chars().count() <= 80) && findings.contains("acme, bolt"), "{}", said.out);
    assert!(said.out.contains("\ndjango_session"), "{}", said.out);
    let safe = fleet(OWN);
    let said = run(home().path(), &["placement", "-d", &safe.dsn()]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.starts_with("✓ ok      sessions are as strict as users"), "{}", said.out);
    let some = fleet(&OWN.replace("CREATE TABLE bolt.django_session (session_key text);", ""));
    assert_eq!(run(home().path(), &["placement", "-d", &some.dsn()]).code, 5);
}

#[test]
fn files_have_the_fields_that_are_promised() {
    let leaking = fleet(SHARED);
    let said = run(home().path(), &["placement", "--json", "-d", &leaking.dsn()]);
    let parsed: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let fields = |value: &serde_json::Value| {
        let mut names: Vec<String> = value.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    let sorted = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(fields(&parsed[0]), sorted(PLACEMENT_FIELDS));
    assert_eq!(fields(&parsed[0]["findings"][0]), sorted(FINDING_FIELDS));
    assert_eq!(fields(&parsed[0]["tables"][0]), sorted(TABLE_FIELDS));
    assert_eq!((&parsed[0]["severity"], &parsed[0]["findings"][0]["finding"]), (&"danger".into(), &"session-leak".into()));
    assert_eq!(parsed[0]["findings"][0]["tenants"], serde_json::json!(["acme", "bolt"]));
    let said = run(home().path(), &["placement", "--csv", "-d", &leaking.dsn()]);
    assert_eq!(said.out.lines().next(), Some(TABLE_FIELDS.join(",").as_str()));
    assert_eq!(said.out.lines().count(), 1 + 4, "{}", said.out);
}

#[test]
fn the_sample_fleet_is_told_with_its_applications_and_an_unreachable_one_goes_before() {
    let file = demo_fleet().fleet_toml();
    let said = run(home().path(), &["placement", "--config", file.to_str().expect("UTF-8")]);
    assert!(said.out.contains("crm_customer") && said.out.contains("tenants only"), "{}", said.out);
    assert!(said.out.starts_with("✗ danger  app jobs is recorded in the ledger of 1 tenant"), "{}", said.out);
    let gone = run(home().path(), &["placement", "-d", "host=127.0.0.1 port=1 dbname=none user=me"]);
    assert_eq!((gone.code, gone.out.as_str()), (4, ""), "{}", gone.err);
}
