//! `drift`, `cohorts` and what lists and `show` say of drift, on the sample fleet and on small ones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::{Said, configure, environment, home, run};
use crate::support::{Database, database, demo_fleet};

/// A verb on the sample fleet, with all that its `fleet.toml` says. The fleet does not change, so each is asked once.
fn on_demo(arguments: &[&str]) -> Arc<Said> {
    static ASKED: Mutex<BTreeMap<String, Arc<OnceLock<Arc<Said>>>>> = Mutex::new(BTreeMap::new());
    let asked = Arc::clone(ASKED.lock().expect("no test fails here").entry(arguments.join("\n")).or_default());
    let file = demo_fleet().fleet_toml();
    let ask = || Arc::new(run(home().path(), &[arguments, &["--config", file.to_str().expect("UTF-8")]].concat()));
    Arc::clone(asked.get_or_init(ask))
}

fn rows(said: &Said) -> Vec<serde_json::Value> {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {} {}", said.out, said.err))
}

fn counted<'a>(words: impl Iterator<Item = &'a serde_json::Value>) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    words.filter_map(|word| word.as_str()).for_each(|word| *times.entry(word.to_owned()).or_default() += 1);
    times
}

fn is(times: &BTreeMap<String, usize>, expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> = expected.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
    assert_eq!(times, &expected);
}

/// The 45 tenants with a schema, four orphans and the reference.
#[test]
fn every_state_of_the_sample_fleet_is_told() {
    let said = on_demo(&["drift", "--all", "--json"]);
    let rows = rows(&said);
    assert_eq!(said.code, 0, "{}", said.err);
    let judged: Vec<_> = rows.iter().filter(|row| row["ledger"]["state"] != "unknown").collect();
    assert_eq!(judged.len(), 50);
    let ledgers =
        [("current", 39), ("behind", 5), ("ahead", 1), ("diverged", 1), ("gap", 1), ("none", 2), ("unreadable", 1)];
    is(&counted(judged.iter().map(|row| &row["ledger"]["state"])), &ledgers);
    let shapes = [("reference", 27), ("differs", 21), ("renamed", 1), ("empty", 1)];
    is(&counted(judged.iter().map(|row| &row["shape"]["state"])), &shapes);
    assert_eq!(rows.iter().filter(|row| row["ghosts"] == 1).count(), 1);
    assert!(rows.iter().any(|row| row["schema"] == "public" && row["ledger"]["state"] == "unknown"), "{}", said.out);
}

#[test]
fn each_schema_says_what_it_misses_and_how_far_it_is() {
    let rows = rows(&on_demo(&["drift", "--all", "--json"]));
    let of = |schema: &str| rows.iter().find(|row| row["schema"] == schema).unwrap_or_else(|| panic!("no {schema}"));
    let old = &of("old_demo")["ledger"];
    assert_eq!((&old["behind"], &old["ahead"]), (&6.into(), &0.into()));
    let missing = |schema: &str| of(schema)["ledger"]["missing"].clone();
    assert_eq!(missing("juniper_heating"), serde_json::json!(["work 0010_visit_signature"]));
    assert_eq!(missing("iris_networks"), serde_json::json!(["crm 0007_address_country"]));
    let diverged = rows.iter().find(|row| row["ledger"]["state"] == "diverged").expect("one that diverged");
    assert_eq!(diverged["ledger"]["missing"], serde_json::json!(["stock 0004_item_not_negative"]));
    assert_eq!(diverged["ledger"]["extra"], serde_json::json!(["work 0010_hotfix_timesheet_minutes"]));
    assert_eq!(of("blank_pools")["shape"]["state"], "empty");
    // What is as it should be is not listed without --all, and an unreadable ledger is no drift.
    let listed = &on_demo(&["drift"]).out;
    assert!(!listed.contains("\nacme_air ") && !listed.contains("vault_treasury") && listed.contains("\niris_networks "));
}

#[test]
fn json_has_the_documented_fields_in_their_order_and_csv_the_flat_ones() {
    let said = on_demo(&["drift", "--json", "--filter", "juniper_heating"]);
    let text = said.out.lines().nth(1).expect("a row").to_owned();
    let fields = [
        "database",
        "schema",
        "tenant",
        "role",
        "state",
        "ledger",
        "state",
        "behind",
        "ahead",
        "missing",
        "extra",
        "dirty",
        "cohort",
        "shape",
        "state",
        "differences",
        "cohort",
        "ghosts",
        "as_of",
    ];
    let mut rest = text.as_str();
    for field in fields {
        let at = rest.find(&format!("\"{field}\": ")).unwrap_or_else(|| panic!("{field} in {text}"));
        rest = &rest[at + 1..];
    }
    let row = &rows(&said)[0];
    assert_eq!(row.as_object().map(serde_json::Map::len), Some(9));
    assert_eq!(row["ledger"].as_object().map(serde_json::Map::len), Some(7));
    assert_eq!(row["shape"].as_object().map(serde_json::Map::len), Some(3));
    assert_eq!(row["shape"]["differences"], 1);
    assert_eq!(row["shape"]["cohort"].as_str().map(str::len), Some(16));
    let csv = &on_demo(&["drift", "--csv", "--filter", "juniper_heating"]).out;
    let head = "database,schema,tenant,role,state,ledger_state,behind,ahead,shape_state,differences,ghosts,history_cohort,shape_cohort,as_of";
    assert_eq!(csv.lines().next(), Some(head));
    assert!(csv.lines().nth(1).is_some_and(|row| row.contains(",behind,behind,1,0,differs,1,0,")), "{csv}");
}

#[test]
fn text_says_first_what_was_compared_with_what() {
    let said = on_demo(&["drift"]);
    for line in [
        "migrations, from the migrations that fleet.toml names\n",
        "ledgers    39 current, 5 behind, 2 none, 1 ahead, 1 diverged, 1 gap, 1 unreadable\n",
        ", from the reference schema fleet/reference\nshapes",
        "shapes     27 reference, 21 differs, 1 empty, 1 renamed\n",
        "drift      22 of 50 schemas\n",
    ] {
        assert!(said.err.contains(line), "{line}{}", said.err);
    }
    let line = |schema: &str| {
        said.out.lines().find(|line| line.starts_with(schema)).unwrap_or_else(|| panic!("{schema}: {}", said.out))
    };
    assert!(
        line("juniper_heating").contains("▼ behind 1") && line("juniper_heating").contains("≠ 1 difference"),
        "{}",
        line("juniper_heating")
    );
    assert!(
        line("juniper_heating").contains("− work 0010_visit_signature, − column work_visit.signed_by"),
        "{}",
        line("juniper_heating")
    );
    assert!(line("iris_networks").contains("▽ gap of 1"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'));
}

#[test]
fn one_of_the_two_questions_can_be_asked() {
    let (home, one) =
        (home(), two("DELETE FROM bolt.schema_migrations WHERE version ~ '^202502'; ALTER TABLE acme.orders ADD note text"));
    let ask = |arguments: &[&str]| run(home.path(), &[&["drift", "-d", &one.dsn()], arguments].concat());
    let ledger = ask(&["--ledger"]);
    assert!(
        ledger.out.starts_with("SCHEMA") && !ledger.out.contains("SHAPE") && !ledger.err.contains("reference  "),
        "{}",
        ledger.out
    );
    assert_eq!(ledger.out.lines().count(), 2, "{}", ledger.out);
    let shape = ask(&["--shape"]);
    assert!(
        !shape.out.contains("LEDGER") && !shape.err.contains("head  ") && shape.out.lines().count() == 2,
        "{}",
        shape.out
    );
    let said = ask(&["--ledger", "--shape"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
}

#[test]
fn nothing_that_drifts_is_said_and_is_no_drift() {
    let (home, one) = (home(), two(""));
    let ask = |arguments: &[&str]| run(home.path(), &[&["drift", "-d", &one.dsn()], arguments].concat());
    let said = ask(&["--exit-code"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert!(said.err.contains("drift      none among 2 schemas\n"), "{}", said.err);
    assert_eq!(ask(&["--json"]).out, "[]\n");
    one.sql("ALTER TABLE bolt.orders ADD note text");
    assert_eq!(ask(&["--exit-code", "--json"]).code, 3);
    assert_eq!(ask(&["--json"]).code, 0);
    let said = ask(&["--exit-code", "--filter", "nobody"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert_eq!(ask(&["--exit-code", "--filter", "state:what"]).code, 2);
}

#[test]
fn cohorts_are_a_handful_with_stable_names() {
    let said = on_demo(&["cohorts", "--json"]);
    let rows = rows(&said);
    assert_eq!(said.code, 0, "{}", said.err);
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).collect::<Vec<_>>();
    let (shapes, ledgers) = (of("shape"), of("ledger"));
    // Behind by 1, 3, 4 and 6, ahead, diverged, gap and as it should be.
    assert_eq!(ledgers.len(), 8, "{}", said.out);
    assert_eq!((&ledgers[0]["state"], &ledgers[0]["members"]), (&"current".into(), &39.into()));
    // Other names are the same cohort; two schemas are behind by six.
    assert_eq!((&shapes[0]["state"], &shapes[0]["members"]), (&"reference".into(), &28.into()));
    assert_eq!(shapes.len(), 1 + 20 + 1, "{}", said.out);
    let members: u64 = shapes.iter().filter_map(|row| row["members"].as_u64()).sum();
    assert_eq!(members, 50);
    let index =
        shapes.iter().find(|row| row["difference_list"][0]["name"] == "sales_orderline_order").expect("a missing index");
    assert_eq!((&index["difference_list"][0]["difference"], &index["differences"]), (&"missing".into(), &1.into()));
    let text = &on_demo(&["cohorts"]).out;
    assert!(
        text.starts_with("SHAPE  50 schemas in 22 structures, against the reference schema fleet/reference\nCOHORT"),
        "{text}"
    );
    assert!(text.contains("\nLEDGER  47 schemas in 8 histories, against the migrations that fleet.toml names\n"), "{text}");
    assert!(text.contains("− index sales_orderline_order on sales_orderline"), "{text}");
}

#[test]
fn lists_and_show_tell_drift_when_they_are_asked() {
    let home = home();
    let one = two("DELETE FROM bolt.schema_migrations WHERE version ~ '^202502'; ALTER TABLE bolt.orders ADD note text");
    configure(home.path(), &format!("[env.prod]\nreference = \"acme\"\n{}", environment("prod", &[("eu-1", &one.dsn())])));
    let ask = |arguments: &[&str]| run(home.path(), arguments);
    let plain = &rows(&ask(&["schemas", "--json", "--filter", "bolt"]))[0];
    assert!(plain["ledger_state"].is_null() && plain["shape_state"].is_null());
    for arguments in [&["--drift", "--filter", "bolt"][..], &["--filter", "bolt ledger:behind"]] {
        let row = &rows(&ask(&[&["schemas", "--json"], arguments].concat()))[0];
        assert_eq!(
            (&row["ledger_state"], &row["behind"], &row["shape_state"]),
            (&"behind".into(), &1.into(), &"differs".into())
        );
        let cohort = row["shape_cohort"].as_str().expect("a name");
        let listed = rows(&ask(&["schemas", "--json", "--filter", &format!("cohort:{}", &cohort[..6])]));
        assert_eq!((listed.len(), &listed[0]["schema"]), (1, &"bolt".into()));
    }
    let text = ask(&["schemas", "--drift", "--filter", "bolt"]).out;
    assert!(text.contains("▼ behind 1") && text.contains("≠ 1 difference"), "{text}");
    let text = ask(&["show", "bolt"]).out;
    assert!(text.contains("  shape        ≠ 1 difference, against eu-1/acme\n"), "{text}");
    assert!(text.contains("\nWHAT DIFFERS\n  + column orders.note\n"), "{text}");
    let text = ask(&["show", "bolt", "--drift"]).out;
    assert!(text.contains("  migrations   ▼ behind 1\n  shape        ≠ 1 difference, cohort "), "{text}");
    let show = &rows(&ask(&["show", "bolt", "--json"]))[0];
    assert_eq!((&show["reference"], &show["difference_list"][0]["kind"]), (&"eu-1/acme".into(), &"column".into()));
    let reference = &rows(&ask(&["show", "acme", "--json"]))[0];
    assert!(reference["reference"].is_null() && reference["difference_list"].is_null());
    let csv = ask(&["cohorts", "--csv"]).out;
    assert!(
        csv.starts_with("kind,cohort,state,members,representative,differences,ledger,") && csv.lines().count() == 5,
        "{csv}"
    );
}

#[test]
fn no_hostile_name_gets_through() {
    let hostile = "red\u{1b}[31malert\u{1b}[0m";
    for verb in [
        &["drift", "--all", "--json"][..],
        &["drift"],
        &["drift", "--all", "--filter", "role:tenant"],
        &["cohorts"],
        &["cohorts", "--json"],
        &["diff", hostile],
        &["diff", "juniper_heating", hostile],
        &["diff", "juniper_heating", hostile, "--json"],
        &["diff", "juniper_heating", hostile, "--sql"],
    ] {
        let said = on_demo(verb);
        let bad = |c: &char| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
        assert_eq!(said.out.chars().chain(said.err.chars()).find(bad), None, "{verb:?}: {}", said.out);
        assert_eq!(said.code, 0, "{}", said.err);
    }
}

/// Two schemas of one ledger and table each; `bolt` has what is given besides.
fn two(besides: &str) -> Database {
    let database = database();
    for schema in ["acme", "bolt"] {
        database.sql(&format!(
            "CREATE SCHEMA {schema};
             CREATE TABLE {schema}.schema_migrations (version varchar PRIMARY KEY);
             INSERT INTO {schema}.schema_migrations VALUES ('20250101000000'), ('20250202000000');
             CREATE TABLE {schema}.orders (id int PRIMARY KEY, total numeric NOT NULL DEFAULT 0);"
        ));
    }
    database.sql(besides);
    database
}

#[test]
fn a_database_that_is_down_goes_before_drift() {
    let (home, one) = (home(), two("ALTER TABLE bolt.orders ADD note text"));
    let dead = "host=127.0.0.1 port=1 user=app dbname=crm sslmode=disable";
    let reference = "[env.prod]\nreference = \"acme\"\n";
    configure(home.path(), &format!("{reference}{}", environment("prod", &[("eu-1", &one.dsn())])));
    let said = run(home.path(), &["drift", "--exit-code"]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    assert!(said.out.contains("bolt") && said.out.contains("+ column orders.note"), "{}", said.out);
    configure(home.path(), &format!("{reference}{}", environment("prod", &[("eu-1", &one.dsn()), ("us-1", dead)])));
    let said = run(home.path(), &["drift", "--exit-code"]);
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(
        said.out.contains("eu-1") && said.out.contains("bolt") && said.err.contains("us-1: "),
        "{}{}",
        said.out,
        said.err
    );
    assert_eq!(run(home.path(), &["diff", "eu-1/acme", "eu-1/bolt", "--exit-code"]).code, 3);
    let said = run(home.path(), &["diff", "acme", "bolt", "--exit-code"]);
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(said.out.contains("1 difference\n") && said.err.contains("us-1: "), "{}{}", said.out, said.err);
}

#[test]
fn without_a_reference_most_decide_and_that_is_said() {
    let (home, one) = (home(), two("CREATE SCHEMA cyan; CREATE TABLE cyan.orders (id int PRIMARY KEY, total numeric NOT NULL DEFAULT 0);
        CREATE TABLE cyan.schema_migrations (version varchar PRIMARY KEY); INSERT INTO cyan.schema_migrations VALUES ('20250101000000');
        CREATE INDEX ON cyan.orders (total)"));
    let said = run(home.path(), &["drift", "-d", &one.dsn()]);
    assert!(said.err.contains("from what most schemas have, such as "), "{}", said.err);
    assert_eq!(said.out.lines().count(), 2, "{}", said.out);
    assert!(
        said.out.contains("▼ behind 1") && said.out.contains("− 20250202000000, + index orders_total_idx on orders"),
        "{}",
        said.out
    );
    let said = run(home.path(), &["diff", "cyan", "-d", &one.dsn()]);
    assert!(
        said.out.starts_with(&format!("--- {0}/acme\n+++ {0}/cyan\n1 difference\n", one.name())),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn a_role_without_rights_is_told_what_it_does_not_see() {
    let (home, one) = (home(), two(""));
    let role = format!("{}_looker", one.name());
    one.sql(&format!("CREATE ROLE {role} LOGIN"));
    let said = run(home.path(), &["drift", "--all", "--json", "-d", &one.dsn_as(&role)]);
    let rows = rows(&said);
    let acme = rows.iter().find(|row| row["schema"] == "acme").expect("acme");
    assert_eq!((&acme["ledger"]["state"], &acme["ledger"]["behind"]), (&"unreadable".into(), &serde_json::Value::Null));
    assert_eq!(acme["shape"]["state"], "reference", "the catalogue is open to all");
    one.sql(&format!("DROP ROLE {role}"));
}
