//! `activity`: every session once with the tenant that it is about, who blocks whom, and what becomes of a database out of reach.

use serde_json::Value;
use tenantry::domain::record::session::SESSION_FIELDS;

use super::{configure, environment, home, run};
use crate::facts::Holder;
use crate::facts::sessions::start;
use crate::support::{Database, database, ended, wait_for};

/// Two tenants with a table each.
fn fleet() -> Database {
    let database = database();
    database.sql(
        "CREATE SCHEMA acme; CREATE TABLE acme.crm_order (id int PRIMARY KEY);
         CREATE SCHEMA bolt; CREATE TABLE bolt.crm_order (id int PRIMARY KEY);",
    );
    database
}

fn json(home: &std::path::Path, more: &[&str]) -> Vec<Value> {
    let data = run(home, &[&["activity", "--json"], more].concat()).data();
    serde_json::from_str(&data).unwrap_or_else(|error| panic!("{error}: {data}"))
}

/// The session that calls itself so.
fn named<'a>(all: &'a [Value], application: &str) -> Option<&'a Value> {
    all.iter().find(|it| it["application"] == application)
}

#[test]
fn a_blocking_chain_is_told_with_the_tenant_and_how_it_is_known() {
    let (home, fleet) = (home(), fleet());
    let dsn = fleet.dsn();
    let holder = Holder::of(&fleet, "SET LOCAL application_name = 'forgotten'; SELECT 1 FROM acme.crm_order");
    let mut ddl = start(&fleet, "ddl", "ALTER TABLE acme.crm_order ADD COLUMN vip boolean");
    let is_blocked = |all: &[Value], name: &str| named(all, name).is_some_and(|it| it["blocked_by"] != Value::Array(vec![]));
    wait_for("the change that waits", || is_blocked(&json(home.path(), &["-d", &dsn]), "ddl").then_some(()));
    let mut reader = start(&fleet, "reader", "SELECT * FROM acme.crm_order");
    let all = wait_for("the reader behind it", || {
        let all = json(home.path(), &["-d", &dsn]);
        is_blocked(&all, "reader").then_some(all)
    });
    let of = |name: &str| named(&all, name).unwrap_or_else(|| panic!("{name}: {all:?}"));
    for name in ["forgotten", "ddl", "reader"] {
        assert_eq!((&of(name)["schemas"], &of(name)["known_by"]), (&serde_json::json!(["acme"]), &"locks".into()), "{name}");
        let mut fields: Vec<_> = of(name).as_object().expect("an object").keys().map(String::as_str).collect();
        let mut promised = SESSION_FIELDS.to_vec();
        fields.sort_unstable();
        promised.sort_unstable();
        assert_eq!(fields, promised);
    }
    assert_eq!(of("ddl")["blocked_by"], serde_json::json!([of("forgotten")["pid"]]));
    assert_eq!(of("reader")["blocked_by"], serde_json::json!([of("ddl")["pid"]]));
    assert_eq!((&of("ddl")["awaits_relation"], &of("ddl")["awaits_schema"]), (&"crm_order".into(), &"acme".into()));
    assert_eq!(of("forgotten")["state"], "idle in tx");
    assert!(of("ddl")["query"].as_str().expect("a query").starts_with("ALTER TABLE"));

    // The same for people: a line for each, with who waits for whom; tenants before what nobody knows of.
    let text = run(home.path(), &["activity", "-d", &dsn]).data();
    let line = |word: &str| text.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}: {text}"));
    assert!(line("ALTER TABLE").starts_with("acme "), "{text}");
    assert!(line("ALTER TABLE").contains(&of("forgotten")["pid"].to_string()), "{text}");
    assert!(text.lines().next().is_some_and(|head| head.starts_with("TENANT")), "{text}");
    let csv = run(home.path(), &["activity", "--csv", "-d", &dsn]).data();
    let head: Vec<&str> = SESSION_FIELDS.iter().copied().filter(|field| *field != "lock_list").collect();
    assert_eq!(csv.lines().next(), Some(head.join(",").as_str()));

    drop(holder);
    assert!(ended(&mut ddl).success() && ended(&mut reader).success());
    let after = json(home.path(), &["-d", &dsn]);
    assert!(after.iter().all(|it| it["blocked_by"] == Value::Array(vec![])), "{after:?}");
}

#[test]
fn a_database_out_of_reach_leaves_the_others_and_makes_it_incomplete() {
    let (home, fleet) = (home(), fleet());
    configure(
        home.path(),
        &environment("prod", &[("eu-1", &fleet.dsn()), ("gone", "host=127.0.0.1 port=1 dbname=none user=me")]),
    );
    let said = run(home.path(), &["activity", "--json"]);
    assert_eq!(said.code, 4, "{}", said.err);
    assert_eq!(said.err.lines().filter(|line| line.starts_with("tenantry: gone")).count(), 1, "told once: {}", said.err);
    let all: Vec<Value> = serde_json::from_str(&said.out).expect("JSON");
    assert!(!all.is_empty() && all.iter().all(|it| it["database"] == "eu-1"), "{}", said.out);
    let text = run(home.path(), &["activity"]).out;
    assert!(text.lines().next().is_some_and(|head| head.starts_with("DATABASE")), "several are told apart: {text}");
}
