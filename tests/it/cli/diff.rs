//! `diff`: two schemas, in one database or in two, and the statements that it proposes.

use super::{Said, configure, environment, home, run};
use crate::support::{Database, database, demo_fleet};

fn on_demo(arguments: &[&str]) -> Said {
    let file = demo_fleet().fleet_toml();
    run(home().path(), &[arguments, &["--config", file.to_str().expect("UTF-8")]].concat())
}

/// What was done to each schema of the sample by hand, and the lines that tell it.
#[test]
fn what_was_done_by_hand_is_told_object_by_object() {
    for (schema, count, parts) in [
        ("summit_boats", 1, &["\n  − sales_orderline_order on sales_orderline\n"][..]),
        ("river_electric", 1, &["\n  + tmp_fix_slow_report on sales_order\n", "(ordered_on)"]),
        ("delta_lifts", 1, &["\n  − crm_customer.phone\n", "character varying(32)"]),
        ("vector_locks", 2, &["  ~ catalog_product.sku\n", "− character varying(40)", "+ character varying(80)", "+ 7.70"]),
        ("umbra_pools", 1, &["  ~ catalog_pricelist.currency\n", "position     − 3\n", "+ 5\n"]),
        ("willow_gardens", 1, &["  − billing_reminder\n"]),
        ("maple_windows", 1, &["  − jobs_task\n"]),
        ("bolt_solar", 1, &["  ~ billing_total(bigint)\n", "− ", "+ ", "round(sum(quantity * price), 2)"]),
        ("harbor_air", 1, &["  ~ work_job_touch on work_job\n", "enabled      + no\n"]),
        ("quartz_heating", 1, &["  + crm_tag_colour_once on crm_tag\n", "valid          no\n"]),
        ("cedar_plumbing", 1, &["  + billing_invoice_copy_20240311\n"]),
    ] {
        let said = on_demo(&["diff", schema]);
        let heading = format!("\n{count} difference{}\n", if count == 1 { "" } else { "s" });
        assert!(said.out.contains(&heading), "{schema}: {}{}", said.out, said.err);
        assert!(parts.iter().all(|part| said.out.contains(part)), "{schema}: {parts:?}\n{}", said.out);
    }
}

#[test]
fn a_clone_of_another_tool_differs_in_names_alone() {
    let said = on_demo(&["diff", "lumen_fire", "--exit-code"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("\nno difference but in names or texts that servers make\n"), "{}", said.out);
    assert!(said.out.contains("≈ constraint audit_event_pkey on audit_event → audit_event_pkey_"), "{}", said.out);
    assert!(said.out.contains(" more (--json has all)\n"), "{}", said.out);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&on_demo(&["diff", "lumen_fire", "--json"]).out).expect("JSON");
    assert!(rows.len() > 100 && rows.iter().all(|row| row["difference"] == "renamed"), "{rows:?}");
}

#[test]
fn json_has_the_documented_fields() {
    let said = on_demo(&["diff", "juniper_heating", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).expect("JSON");
    let line = said.out.lines().nth(1).expect("a row");
    let fields = ["difference", "kind", "parent", "name", "name_here", "changes"];
    let places: Vec<_> = fields.iter().map(|field| line.find(&format!("\"{field}\": ")).expect(field)).collect();
    assert!(places.is_sorted() && rows[0].as_object().map(serde_json::Map::len) == Some(fields.len()), "{line}");
    assert_eq!(
        (&rows[0]["kind"], &rows[0]["parent"], &rows[0]["name"]),
        (&"column".into(), &"work_visit".into(), &"signed_by".into())
    );
}

fn made(statements: &str) -> Database {
    let database = database();
    database.sql(statements);
    database
}

const ORDERS: &str =
    "CREATE TABLE {s}.orders (id int PRIMARY KEY, customer text, total numeric NOT NULL DEFAULT 0, note text,
        CONSTRAINT total_ok CHECK (total >= 0));
    CREATE INDEX orders_customer ON {s}.orders (customer);
    CREATE FUNCTION {s}.twice(n int) RETURNS int LANGUAGE sql AS $$ SELECT n * 2 $$;";

fn orders(schema: &str) -> String {
    format!("CREATE SCHEMA {schema}; {}", ORDERS.replace("{s}", schema))
}

#[test]
fn schemas_of_two_databases_are_compared() {
    let home = home();
    let (one, other) = (made(&orders("acme")), made(&orders("bolt")));
    other.sql("ALTER TABLE bolt.orders ALTER total TYPE bigint; DROP INDEX bolt.orders_customer");
    configure(home.path(), &environment("prod", &[("eu-1", &one.dsn()), ("eu-2", &other.dsn())]));
    let said = run(home.path(), &["diff", "eu-1/acme", "bolt"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.starts_with("--- eu-1/acme\n+++ eu-2/bolt\n"), "{}", said.out);
    assert!(
        said.out.contains("~ orders.total\n") && said.out.contains("− numeric\n") && said.out.contains("+ bigint\n"),
        "{}",
        said.out
    );
    let back = run(home.path(), &["diff", "bolt", "acme"]).out;
    assert!(
        back.contains("  + orders_customer on orders\n") && said.out.contains("  − orders_customer on orders\n"),
        "{back}"
    );
    let beside = run(home.path(), &["diff", "acme", "bolt", "--side-by-side"]).out;
    assert!(beside.lines().any(|line| line.contains("numeric") && line.ends_with("bigint")), "{beside}");
    assert_eq!(run(home.path(), &["diff", "acme", "bolt", "--exit-code"]).code, 3);
    assert_eq!(
        run(home.path(), &["diff", "acme", "acme", "--exit-code"]).out,
        "--- eu-1/acme\n+++ eu-1/acme\nno difference\n"
    );
}

#[test]
fn what_is_left_out_does_not_count_and_what_is_taken_in_does() {
    let home = home();
    let one = made(&[orders("acme"), orders("bolt")].concat());
    let role = format!("{}_reader", one.name());
    one.sql(&format!(
        "CREATE OR REPLACE FUNCTION bolt.twice(n int) RETURNS int LANGUAGE sql AS $$ SELECT n + n $$;
         COMMENT ON TABLE bolt.orders IS 'what they ordered'; CREATE ROLE {role}; GRANT SELECT ON bolt.orders TO {role}"
    ));
    let count = |more: &[&str]| {
        let said = run(home.path(), &[&["diff", "acme", "bolt", "-d", &one.dsn()], more].concat());
        said.out.lines().nth(2).unwrap_or_else(|| panic!("{}", said.err)).to_owned()
    };
    assert_eq!(count(&[]), "2 differences");
    assert_eq!(count(&["--without", "bodies"]), "1 difference");
    assert_eq!(count(&["--without", "bodies,comments"]), "no difference");
    assert_eq!(count(&["--without", "bodies,comments", "--with", "grants"]), "1 difference");
    one.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn what_is_not_one_schema_is_refused() {
    let home = home();
    let (one, other) = (made(&orders("acme")), made(&orders("acme")));
    configure(home.path(), &environment("prod", &[("eu-1", &one.dsn()), ("eu-2", &other.dsn())]));
    let said = run(home.path(), &["diff", "acme", "eu-1/acme"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("schema \"acme\" is in several databases: eu-1/acme, eu-2/acme\n"), "{}", said.err);
    let said = run(home.path(), &["diff", "eu-1/acme", "eu-2/acmee"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("there is no schema \"acmee\"\n  Did you mean eu-2/acme?\n"), "{}", said.err);
    for wrong in
        [&["diff"][..], &["diff", "a", "b", "c"], &["diff", "a", "--sql", "--json"], &["diff", "a", "--without", "tables"]]
    {
        assert_eq!(run(home.path(), wrong).code, 2, "{wrong:?}");
    }
}

/// The proposal is run here by psql; nothing differs afterwards.
#[test]
fn the_proposal_takes_the_simple_differences_away() {
    let home = home();
    let one = made(&[orders("acme"), orders("\"Bolt & 'Sons\"")].concat());
    let bolt = "Bolt & 'Sons";
    one.sql(&format!(
        "DROP INDEX \"{bolt}\".orders_customer; ALTER TABLE \"{bolt}\".orders DROP COLUMN note;
         ALTER TABLE \"{bolt}\".orders DROP CONSTRAINT total_ok; ALTER TABLE \"{bolt}\".orders ALTER total DROP DEFAULT;
         ALTER TABLE \"{bolt}\".orders ALTER total DROP NOT NULL"
    ));
    let diff = |more: &[&str]| run(home.path(), &[&["diff", "acme", bolt, "-d", &one.dsn()], more].concat());
    assert!(diff(&[]).out.contains("\n4 differences\n"), "{}", diff(&[]).out);
    let sql = diff(&["--sql"]).out;
    assert!(sql.starts_with("-- A proposal to read") && !sql.contains("not simple"), "{sql}");
    assert!(diff(&[]).out.contains("\n4 differences\n"), "nothing was run");
    one.sql(&sql);
    assert_eq!(diff(&[]).out.lines().nth(2), Some("no difference"), "{sql}\n{}", diff(&[]).out);
    assert!(diff(&["--sql"]).out.ends_with("-- There is nothing to do.\n"));
    one.sql(&format!("CREATE OR REPLACE FUNCTION \"{bolt}\".twice(n int) RETURNS int LANGUAGE sql AS $$ SELECT n + n $$"));
    let sql = diff(&["--sql"]).out;
    let statements = sql.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).count();
    assert!(statements == 0 || sql.contains("CREATE OR REPLACE FUNCTION"), "{sql}");
}
