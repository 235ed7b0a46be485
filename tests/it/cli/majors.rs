//! `migrate` on every major version that tests run on: in phases, outside of transactions, and back again.

use super::migrate::Scene;
use crate::runs::fleet::Fleet;
use crate::support::{servers, wait_for};

/// A column with a rule, in the way that keeps nobody waiting: added unproven, proven, looked up by an index; and the way back.
const FILES: [(&str, &str); 8] = [
    (
        "0002_phone.sql",
        "ALTER TABLE customers ADD COLUMN phone text;\n\
         ALTER TABLE customers ADD CONSTRAINT phone_given CHECK (phone <> '') NOT VALID;\n",
    ),
    ("0002_phone.down.sql", "ALTER TABLE customers DROP COLUMN phone;\n"),
    ("0003_proven.sql", "ALTER TABLE customers VALIDATE CONSTRAINT phone_given;\nINSERT INTO marks VALUES ('0003');\n"),
    ("0003_proven.down.sql", "DELETE FROM marks WHERE mark = '0003';\n"),
    (
        "0004_looked_up.sql",
        "-- tenantry: no-transaction\nCREATE INDEX CONCURRENTLY by_phone ON customers (phone);\nANALYZE customers;\n",
    ),
    ("0004_looked_up.down.sql", "-- tenantry: no-transaction\nDROP INDEX CONCURRENTLY by_phone;\n"),
    ("0005_orders.sql", "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, customer int REFERENCES customers);\n"),
    ("0005_orders.down.sql", "DROP TABLE orders;\n"),
];

/// What the catalogue and the ledger say of all tenants, each different answer once.
fn stands(scene: &Scene) -> Vec<String> {
    let one = |tenant: &String| {
        format!(
            "SELECT (SELECT string_agg(name, ' ' ORDER BY name) FROM {tenant}.tenantry_migrations WHERE state = 'applied'), \
             (SELECT string_agg(conname || ' ' || convalidated, ' ') FROM pg_constraint WHERE conname = 'phone_given' AND \
             connamespace = '{tenant}'::regnamespace), (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             WHERE relname = 'by_phone' AND indisvalid AND relnamespace = '{tenant}'::regnamespace), to_regclass('{tenant}.orders') \
             IS NOT NULL;\n"
        )
    };
    let mut all = scene.fleet.sql(&scene.fleet.tenants.iter().map(one).collect::<String>());
    assert_eq!(all.len(), scene.fleet.tenants.len());
    all.dedup();
    all
}

#[test]
fn phases_indexes_and_the_way_back_go_over_every_tenant_of_every_version() {
    for server in servers() {
        let scene = Scene::of(Fleet::on_server(server, 5), "plain", "write");
        for old in ["0002_vip.sql", "0003_orders.sql"] {
            std::fs::remove_file(scene.home.path().join("sql").join(old)).expect("a file");
        }
        for (name, text) in FILES {
            std::fs::write(scene.home.path().join("sql").join(name), text).expect("a file");
        }
        let go = |arguments: &[&str]| {
            let said = scene.run(&[&["migrate", "--yes"], arguments].concat());
            assert!(said.code == 0 && said.out.contains(" is done: 5 ok, "), "{said:?}");
            stands(&scene)
        };
        assert_eq!(go(&["--to", "0002"]), ["0001_start 0002_phone|phone_given false|0|f"]);
        assert_eq!(go(&["--to", "0003"]), ["0001_start 0002_phone 0003_proven|phone_given true|0|f"]);
        let all = "0001_start 0002_phone 0003_proven 0004_looked_up 0005_orders|phone_given true|1|t";
        assert_eq!(go(&[]), [all]);
        assert_eq!(go(&["--reverse", "--to", "0003"]), ["0001_start 0002_phone 0003_proven|phone_given true|0|f"]);
        assert_eq!(go(&["--reverse", "--to", "0001"]), ["0001_start||0|f"]);
        assert_eq!(go(&[]), [all], "there and back and there again");
        let mine = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE \
                    datname = current_database())";
        wait_for("nothing of ours to be left", || (scene.fleet.sql(mine) == ["0"]).then_some(()));
    }
}
