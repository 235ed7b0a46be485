//! `capacity` on a real server: figures, growth by dates and by what was seen, exit codes, and the file that outlasts a run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Said, configure, environment, home, run, said, tenantry};
use crate::support::{Database, database};

/// Ten tenants of two tables each, one more every second day; the newest came today.
fn fleet() -> Database {
    let database = database();
    database.sql("create table accounts (schema_name text, opened date)");
    for at in 0..10 {
        database.sql(&format!(
            "create schema t{at}; create table t{at}.a (); create table t{at}.b ();
             insert into accounts values ('t{at}', (now() at time zone 'utc')::date - {});",
            2 * at
        ));
    }
    database.sql("create schema nobodys; create table nobodys.a ()");
    database
}

/// The environment of a fleet, with a limit and a query for the registry.
fn limited(home: &Path, fleet: &Database, limit: u64, columns: &str) {
    let policy =
        format!("[env.prod]\ntable_limit = {limit}\nregistry = {{ query = \"select {columns} from public.accounts\" }}\n");
    configure(home, &(policy + &environment("prod", &[("eu-1", &fleet.dsn())])));
}

const WITH_DATES: &str = "schema_name, opened as created";

fn json(home: &Path, more: &[&str]) -> (Said, Value) {
    let said = run(home, &[&["capacity", "--json"], more].concat());
    let value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {} {}", said.out, said.err));
    (said, value)
}

/// The exit code that the worst severity of a database deserves.
fn worst(database: &Value) -> i32 {
    let gauges = database["gauges"].as_array().expect("gauges").iter().map(|gauge| &gauge["severity"]);
    let severities = gauges.chain([&database["severity"]]).map(|severity| severity.as_str().expect("a word"));
    severities
        .map(|word| match word {
            "warn" => 5,
            "danger" => 6,
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// Tries what counts days: once more where a day ends in the middle of it.
fn on_one_day(test: impl Fn()) {
    let today = || jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = today();
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(&test)) {
        Err(cause) if today() == day => std::panic::resume_unwind(cause),
        Err(_) => test(),
        Ok(()) => {}
    }
}

fn kept(home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(home.join(".local/state/tenantry")) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn figures_growth_and_exit_code_follow_from_the_fleet() {
    on_one_day(|| {
        let (home, fleet) = (home(), fleet());
        for (limit, scary, severity) in [(4_000, 1_000, "ok"), (52, 13, "warn"), (44, 11, "danger"), (40, 10, "danger")] {
            limited(home.path(), &fleet, limit, WITH_DATES);
            let (said, told) = json(home.path(), &[]);
            let told = &told[0];
            assert_eq!((told["database"].as_str(), told["severity"].as_str()), (Some("eu-1"), Some(severity)), "{told}");
            assert_eq!((told["tenants"].as_u64(), told["tables"].as_u64()), (Some(10), Some(20)));
            assert_eq!((told["scary_number"].as_u64(), told["table_limit"].as_u64()), (Some(scary), Some(limit)));
            assert_eq!((told["spoken"].as_u64(), told["million_tables_factor"].as_f64()), (Some(limit / 2), Some(0.00002)));
            assert!(told["table_limit_configured"].as_bool().expect("a truth") && told["what_if"].is_null());
            assert_eq!(said.code, worst(told), "{}", said.err);
            let growth = &told["growth"];
            assert_eq!(growth["source"], "registry");
            assert_eq!(growth["runway"], if scary == 10 { "reached" } else { "falls" });
            if scary > 10 {
                assert_eq!(growth["days"], 18);
                let (earliest, day) = (growth["earliest"].as_str().expect("a day"), growth["day"].as_str().expect("a day"));
                assert!(earliest <= day && growth["points"][18]["day"].as_str().expect("a day") < day, "{growth}");
                assert_eq!((&growth["points"][0]["tenants"], &growth["points"][18]["tenants"]), (&1.into(), &10.into()));
            }
        }
        let (_, told) = json(home.path(), &["--tables", "6", "--tenants", "4"]);
        let then = &told[0]["what_if"];
        assert_eq!((&then["scary_number"], &then["tenants"], &then["severity"]), (&5.into(), &4.into(), &"warn".into()));
        assert_eq!(told[0]["severity"], "danger", "what is, is judged, not what if");
    });
}

#[test]
fn keys_are_explained_with_their_sequences() {
    let (home, fleet) = (home(), fleet());
    limited(home.path(), &fleet, 4_000, WITH_DATES);
    let said = run(home.path(), &["capacity", "--explain", "keys"]);
    assert!(said.code == 0 && !said.out.contains("sequence  "), "{} {}", said.out, said.err);
    fleet.sql(
        "create table t3.c (id smallserial primary key); insert into t3.c select n from generate_series(1, 5000) n;
         select setval('t3.c_id_seq', 32000); analyze t3.c",
    );
    let said = run(home.path(), &["capacity", "--explain", "keys"]);
    let line = "  sequence    t3.c_id_seq for c.id: danger, 32,000 of 32,767, 98 %\n";
    assert!(said.code == 0 && said.out.contains(line), "{} {}", said.out, said.err);
}

#[test]
fn text_says_the_formula_and_never_more_than_80_cells() {
    let (home, fleet) = (home(), fleet());
    limited(home.path(), &fleet, 40, WITH_DATES);
    let told = run(home.path(), &["capacity", "--tenants", "20"]);
    assert_eq!(told.code, 6, "{}", told.err);
    for line in [
        "  tables per tenant               2   median, from 2 to 2",
        "  scary number                   10   tenants, spoken 20",
        "  tenants                        10   100 %  ✗ danger",
        "  million-tables factor       0.000   = 2 × 10 / 10^6",
        "  table limit                    40   table_limit of fleet.toml",
        "  runway                    reached   the database is full, as the rule has it",
        "WHAT IF                 2 tables for each of 20 tenants",
        "  tenants                        20   200 %  ✗ danger",
    ] {
        assert!(told.out.lines().any(|found| found == line), "{line}\n{}", told.out);
    }
    assert!(told.out.starts_with("SCARY NUMBER            40 / (tables_per_tenant + 2) "), "{}", told.out);
    assert!(told.out.lines().all(|line| line.chars().count() <= 80), "{}", told.out);
    let ascii = said(tenantry(home.path()).env("LANG", "C").arg("capacity"));
    assert!(ascii.out.is_ascii() && ascii.out.contains("X danger"), "{}", ascii.out);
    for (arguments, expected) in [
        (&["capacity", "--explain", "lock"][..], "lock-table"),
        (&["capacity", "--tables", "many"], "invalid value 'many'"),
        (&["capacity", "--explain", "keys", "--tables", "3"], "cannot be used with"),
    ] {
        let told = run(home.path(), arguments);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{arguments:?}");
        assert!(told.err.contains(expected), "{}", told.err);
    }
}

#[test]
fn what_was_seen_on_earlier_days_is_the_past_of_a_fleet_without_dates() {
    on_one_day(|| {
        let (home, fleet) = (home(), fleet());
        limited(home.path(), &fleet, 4_000, "schema_name");
        assert!(kept(home.path()).is_empty());
        let (_, told) = json(home.path(), &[]);
        assert_eq!((&told[0]["growth"]["source"], &told[0]["growth"]["runway"]), (&"samples".into(), &"not_enough".into()));
        assert_eq!(told[0]["growth"]["why"], "nothing is known of earlier days");
        let files = kept(home.path());
        let [file] = files.as_slice() else { panic!("{files:?}") };
        let line = std::fs::read_to_string(file).expect("a file");
        assert!(line.ends_with("\"tenants\":10,\"tables\":20}\n") && line.lines().count() == 1, "{line}");
        // Whatever reads the fleet keeps the day, and keeps it once.
        assert_eq!(run(home.path(), &["tenants"]).code, 0);
        assert_eq!(std::fs::read_to_string(file).expect("a file"), line);
        let today: jiff::civil::Date = line[14..24].parse().expect("a day");
        let earlier: Vec<String> = (1..=30)
            .map(|ago| {
                let day = today.checked_sub(jiff::Span::new().days(ago)).expect("a day");
                format!("{{\"v\":1,\"day\":\"{day}\",\"tenants\":{},\"tables\":20}}\n", 10 - ago / 5)
            })
            .collect();
        std::fs::write(file, line + "torn {\n" + &earlier.concat()).expect("writable");
        let (_, told) = json(home.path(), &[]);
        let growth = &told[0]["growth"];
        assert_eq!(
            (&growth["source"], &growth["runway"], &growth["days"]),
            (&"samples".into(), &"falls".into(), &30.into())
        );
        let per_month = growth["per_month"].as_f64().expect("a rate");
        assert!((5.0..7.5).contains(&per_month), "a tenant in five days: {per_month}");
    });
}

#[test]
fn a_state_folder_that_cannot_be_written_hinders_nothing() {
    let (home, fleet) = (home(), fleet());
    limited(home.path(), &fleet, 4_000, WITH_DATES);
    let blocked = home.path().join("blocked");
    std::fs::write(&blocked, "").expect("writable");
    let told = said(tenantry(home.path()).env("XDG_STATE_HOME", &blocked).arg("tenants"));
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert!(told.out.contains("t9"), "{}", told.out);
    assert!(kept(home.path()).is_empty());
}

#[test]
fn a_database_out_of_reach_goes_before_what_was_found() {
    let (home, fleet) = (home(), fleet());
    let both = environment("prod", &[("eu-1", &fleet.dsn()), ("down", "host=127.0.0.1 port=1 connect_timeout=2")]);
    configure(home.path(), &format!("[env.prod]\ntable_limit = 10\n{both}"));
    let (said, told) = json(home.path(), &[]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("down: "), "{}", said.err);
    assert_eq!((&told[0]["severity"], &told[1]["severity"]), (&"danger".into(), &Value::Null));
    assert_eq!((&told[1]["database"], &told[1]["gauges"]), (&"down".into(), &Value::Array(Vec::new())));
}

#[test]
fn the_past_of_a_sample_fleet_is_not_kept() {
    let home = home();
    let demo = crate::support::demo_fleet();
    let config = demo.fleet_toml();
    let told = run(home.path(), &["--config", config.to_str().expect("UTF-8"), "capacity"]);
    assert!(told.out.contains("SCARY NUMBER"), "{} {}", told.out, told.err);
    assert!(kept(home.path()).is_empty());
}

#[test]
fn every_line_explains_itself_in_text_and_in_json() {
    let (home, fleet) = (home(), fleet());
    limited(home.path(), &fleet, 4_000, WITH_DATES);
    let explained = |line: &str| {
        let text = run(home.path(), &["capacity", "--explain", line]).data();
        let (_, told) = json(home.path(), &["--explain", line]);
        assert_eq!((&told[0]["database"], &told[0]["line"]), (&"eu-1".into(), &line.into()), "{told}");
        assert!(told[0]["explanation"]["what"].as_str().is_some_and(|what| what.len() > 20), "{told}");
        assert!(text.lines().all(|line| line.chars().count() <= 80) && text.contains("\n  what "), "{text}");
        (text, told[0].clone())
    };
    let (text, told) = explained("scary-number");
    assert!(text.contains("4,000 / (tables_per_tenant + 2) = 4,000 / (2 + 2) = 1,000"), "{text}");
    assert_eq!((told["measure"].as_f64(), &told["severity"]), (Some(1_000.0), &Value::Null));
    let (text, told) = explained("runway");
    assert!(text.contains("leads to the scary number on"), "{text}");
    assert!(told["measure"].as_f64().is_some_and(|days| days > 900.0) && told["is_estimate"] == true, "{told}");
    assert_eq!(explained("tenants").1["severity"], "ok");
    explained("tables-per-tenant");
    explained("million-tables-factor");
    let (text, told) = explained("version");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let thresholds = "warn from 183 days before support ends on, danger from 1 day after support ends on";
    assert!(words.contains(thresholds), "{text}");
    assert!(told["sequences"].is_null());
    assert_eq!(run(home.path(), &["capacity", "--explain", "nothing"]).code, 2);
}

#[test]
fn where_the_sequences_of_keys_stand_is_told_in_json() {
    let (home, fleet) = (home(), fleet());
    fleet.sql(
        "CREATE TABLE t0.small (id smallserial PRIMARY KEY);
         INSERT INTO t0.small SELECT nextval('t0.small_id_seq') FROM generate_series(1, 8000); ANALYZE t0.small",
    );
    let (said, told) = json(home.path(), &["--explain", "keys", "-d", &fleet.dsn()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let sequence = &told[0]["sequences"][0];
    assert_eq!((&sequence["schema"], &sequence["sequence"]), (&"t0".into(), &"small_id_seq".into()), "{told}");
    assert_eq!((&sequence["last"], &sequence["end"], &sequence["state"]), (&8_000.into(), &32_767.into(), &"read".into()));
    assert_eq!(told[0]["keys_without_sequence"], 0);
}

#[test]
fn one_database_of_several_is_asked_alone() {
    let (home, fleet, other) = (home(), fleet(), fleet());
    configure(home.path(), &environment("prod", &[("eu-1", &fleet.dsn()), ("eu-2", &other.dsn())]));
    for verb in ["capacity", "placement"] {
        let said = run(home.path(), &[verb, "--json", "--db", "eu-2"]);
        let told: Value = serde_json::from_str(&said.out).expect("JSON");
        let labels: Vec<_> = told.as_array().expect("an array").iter().map(|it| it["database"].clone()).collect();
        assert_eq!(labels, ["eu-2"], "{verb}");
        let wrong = run(home.path(), &[verb, "--db", "eu-3"]);
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
        assert!(wrong.err.contains("no database eu-3") && wrong.err.contains("eu-1, eu-2"), "{}", wrong.err);
    }
}
