//! `migrate` from the folder of SQL to the last line of the run: what is asked, what is refused, what is done.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::terminal::Terminal;
use super::{Said, environment, home, said, tenantry};
use crate::runs::commands::psql;
use crate::runs::fleet::Fleet;
use crate::support::wait_for;
use crate::terminal::pty::Pty;

/// A fleet, a folder of migrations for it, and a `fleet.toml` that names both.
pub(super) struct Scene {
    pub(super) fleet: Fleet<'static>,
    pub(super) home: TempDir,
}

impl Scene {
    pub(super) fn new(tenants: usize, colour: &str, access: &str) -> Self {
        Self::of(Fleet::of(tenants), colour, access)
    }

    pub(super) fn of(fleet: Fleet<'static>, colour: &str, access: &str) -> Self {
        let scene = Self { fleet, home: home() };
        let folder = scene.home.path();
        std::fs::create_dir(folder.join("state")).expect("a folder");
        std::fs::create_dir(folder.join("sql")).expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.join("sql").join(name), text).expect("a file");
        write(
            "0001_start.sql",
            "CREATE TABLE customers (id int PRIMARY KEY, name text);\nCREATE TABLE marks (mark text);\n",
        );
        write("0002_vip.sql", "ALTER TABLE customers ADD COLUMN vip boolean;\nINSERT INTO marks VALUES ('0002');\n");
        write("0003_orders.sql", "CREATE TABLE orders (id int);\nINSERT INTO marks VALUES ('0003');\n");
        let query = "select nspname as schema_name from pg_namespace where nspname ~ '^t[0-9]'";
        let text = format!(
            "state_dir = \"state\"\n[env.test]\ncolour = \"{colour}\"\naccess = \"{access}\"\nmigrations = \"sql\"\n\
             registry = {{ query = \"{query}\" }}\n{}",
            environment("test", &[("main", &scene.fleet.dsn())])
        );
        std::fs::write(folder.join("fleet.toml"), text).expect("a file");
        scene
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        let config = self.home.path().join("fleet.toml");
        let mut command = tenantry(self.home.path());
        said(command.arg("--config").arg(config).args(arguments))
    }

    pub(super) fn hash(&self) -> String {
        let plan = self.run(&["migrate", "--plan", "--json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap_or_else(|error| panic!("{error}: {plan:?}"));
        plan["hash"].as_str().expect("a hash").to_owned()
    }

    /// Whether every tenant has everything.
    pub(super) fn is_migrated(&self) -> bool {
        self.fleet.tenants.iter().all(|tenant| {
            let (ledger, marks, has_column, has_table) = self.fleet.found(tenant);
            ledger == ["0002_vip", "0003_orders"] && marks == ["0002", "0003"] && has_column && has_table
        })
    }

    /// The files of a machine that ends what a user leaves behind.
    fn ends_at_logout(&self) -> PathBuf {
        let root = self.home.path().join("machine");
        std::fs::create_dir_all(root.join("proc/self")).expect("a folder");
        let managed = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/shell.scope\n";
        std::fs::write(root.join("proc/self/cgroup"), managed).expect("a file");
        root
    }

    pub(super) fn is_untouched(&self) -> bool {
        self.fleet.tenants.iter().all(|tenant| self.fleet.found(tenant) == (vec![], vec![], false, false))
    }
}

#[test]
fn a_folder_of_sql_reaches_every_tenant_and_a_second_time_there_is_nothing_to_do() {
    let scene = Scene::new(12, "plain", "write");
    let done = scene.run(&["migrate", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains(" is done: 12 ok, "), "{}", done.out);
    assert!(
        done.err.contains("migrate to 0003_orders in test\n") && done.err.contains("canary: 1 target\n"),
        "{}",
        done.err
    );
    assert!(scene.is_migrated());
    let listed: serde_json::Value = serde_json::from_str(&scene.run(&["runs", "list", "--json"]).data()).expect("JSON");
    assert_eq!((&listed[0]["state"], &listed[0]["applied"], &listed[0]["workers"]), (&"done".into(), &12.into(), &1.into()));
    let again = scene.run(&["migrate", "--yes"]);
    assert!(again.code == 0 && again.err.contains("nothing to do"), "{again:?}");
    assert_eq!(scene.run(&["runs", "list", "--csv"]).data().lines().count(), 2, "no second run");
}

#[test]
fn production_wants_the_hash_of_the_plan_that_is_run() {
    let scene = Scene::new(3, "production", "write");
    let bare = scene.run(&["migrate", "--yes"]);
    assert!(
        bare.code == 2 && bare.err.contains("test is production: --yes alone does not approve a plan there"),
        "{bare:?}"
    );
    let nobody = scene.run(&["migrate"]);
    let hash = scene.hash();
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(nobody.err.contains(&format!("--yes={}", &hash[..12])), "who cannot be asked is told how: {}", nobody.err);
    scene
        .fleet
        .sql("CREATE SCHEMA t99; SET search_path = t99; CREATE TABLE customers (id int); CREATE TABLE marks (mark text)");
    scene.fleet.sql("CREATE TABLE t99.tenantry_migrations (LIKE t00.tenantry_migrations INCLUDING ALL)");
    scene.fleet.sql("INSERT INTO t99.tenantry_migrations SELECT * FROM t00.tenantry_migrations");
    let other = scene.run(&["migrate", &format!("--yes={hash}")]);
    assert!(other.code == 2 && other.err.contains("the plan is not the one that was approved"), "{other:?}");
    assert!(scene.is_untouched());
    let done = scene.run(&["migrate", &format!("--yes={}", &scene.hash()[..12])]);
    assert!(done.code == 0 && done.out.contains(" is done: 4 ok, "), "{done:?}");
    assert!(scene.is_migrated());
}

#[test]
fn an_environment_that_is_read_only_is_not_written_to() {
    let scene = Scene::new(1, "plain", "read-only");
    let refused = scene.run(&["migrate", "--yes"]);
    assert!(refused.code == 2 && refused.err.contains("environment test is read-only"), "{refused:?}");
    assert_eq!(scene.run(&["migrate", "--plan"]).code, 0, "a plan is only told");
    assert!(scene.is_untouched());
}

#[test]
fn a_run_that_would_end_at_logout_says_so_before_it_is_approved() {
    let scene = Scene::new(2, "plain", "write");
    let root = scene.ends_at_logout();
    let config = scene.home.path().join("fleet.toml");
    let mut command = tenantry(scene.home.path());
    command.env("TENANTRY_SYSTEM_ROOT", &root).arg("--config").arg(config).args(["migrate", "--plan"]);
    let told = said(&mut command);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.out.contains("warn: the run will not survive your logout"), "{}", told.out);
    assert!(told.out.contains("loginctl enable-linger ") && told.out.contains("systemd-run --user --scope"), "{}", told.out);
    assert!(!scene.run(&["migrate", "--plan"]).out.contains("logout"), "nothing of it where nothing ends it");
}

#[test]
fn the_console_says_it_with_the_plan_too() {
    let scene = Scene::new(2, "plain", "write");
    let (root, config) = (scene.ends_at_logout(), scene.home.path().join("fleet.toml"));
    let [root, config] = [&root, &config].map(|path| path.to_str().expect("a path of text"));
    for (variables, notes) in [(vec![("TENANTRY_SYSTEM_ROOT", root)], true), (vec![], false)] {
        let mut pty = Pty::start(env!("CARGO_BIN_EXE_tenantry"), &["--config", config], &variables);
        pty.wait("q quit");
        pty.keys("2");
        pty.wait("t01");
        pty.keys("/t01\r");
        pty.wait_until("the one row", |screen| screen.contents().contains("t01") && !screen.contents().contains("t00"));
        pty.keys("M");
        pty.wait("NOTES");
        pty.keys("jjjjj");
        // The worst notes come first: these are in sight now.
        pty.wait_until("its notes", |screen| !screen.contents().contains("up to "));
        pty.settle(Duration::from_millis(200));
        assert_eq!(pty.text().contains("the run will not survive your logout"), notes, "{}", pty.text());
        assert_eq!(pty.text().contains("loginctl enable-linger "), notes, "{}", pty.text());
    }
}

#[test]
fn a_state_folder_may_have_a_longer_path_than_a_socket() {
    let scene = Scene::new(4, "plain", "write");
    let deep = scene.home.path().join("state").join("a".repeat(90)).join("b".repeat(90));
    std::fs::create_dir_all(&deep).expect("a folder");
    let config = scene.home.path().join("fleet.toml");
    let text = std::fs::read_to_string(&config).expect("a file");
    let text = text.replace("state_dir = \"state\"", &format!("state_dir = \"{}\"", deep.display()));
    std::fs::write(config, text).expect("a file");
    // Its wave waits for a word, which reaches the worker by the socket.
    let left = scene.run(&["migrate", "--yes", "--detach", "--go-ahead"]);
    assert_eq!(left.code, 0, "{left:?}");
    wait_for("the word to be taken", || (scene.run(&["runs", "go-ahead", "last"]).code == 0).then_some(()));
    wait_for("the next word to be taken", || {
        scene.run(&["runs", "go-ahead", "last"]);
        scene.is_migrated().then_some(())
    });
    assert_eq!(scene.run(&["runs", "attach", "last"]).code, 0);
}

#[test]
fn a_server_that_reads_backslashes_in_its_own_way_is_migrated_all_the_same() {
    let scene = Scene::new(3, "plain", "write");
    let escapes = "INSERT INTO marks VALUES ('0004\\');\nINSERT INTO marks VALUES ('it''s; \\');\n";
    std::fs::write(scene.home.path().join("sql/0004_marks.sql"), escapes).expect("a file");
    scene.fleet.sql(&format!("ALTER DATABASE {} SET standard_conforming_strings = off", scene.fleet.name));
    let done = scene.run(&["migrate", "--yes"]);
    assert!(done.code == 0 && done.out.contains(" is done: 3 ok, "), "{done:?}");
    let marks = scene.fleet.sql("SELECT string_agg(mark, ' ' ORDER BY mark) FROM t02.marks");
    assert_eq!(marks, ["0002 0003 0004\\ it's; \\"]);
}

#[test]
fn a_run_that_is_left_goes_on_by_itself() {
    let scene = Scene::new(6, "plain", "write");
    let left = scene.run(&["migrate", "--yes", "--detach", "--canary", "0"]);
    assert!(left.code == 0 && left.out.contains(" goes on\n`tenantry runs attach "), "{left:?}");
    assert_eq!(scene.run(&["runs", "attach", "last"]).code, 0);
    assert!(scene.is_migrated());
}

#[test]
fn a_person_at_a_terminal_sees_the_plan_types_what_it_takes_and_watches_it() {
    let scene = Scene::new(4, "production", "write");
    let line = format!("\"$T\" --config {} migrate", scene.home.path().join("fleet.toml").display());
    let ask = "4 schemas in test. Type the environment and the number of schemas to go on (test 4): ";
    for (typed, code) in [("y\n", 2), ("4\n", 2), ("test 4\n", 0)] {
        let mut terminal = Terminal::start(scene.home.path(), 120, &line, &[]);
        terminal.wait_for("ALTER TABLE customers ADD COLUMN vip boolean");
        terminal.wait_for(ask);
        assert!(scene.is_untouched(), "nothing is done before {typed:?}");
        terminal.type_keys(typed);
        if code == 0 {
            terminal.wait_for("canary: 1 target");
            terminal.wait_for(" is done: 4 ok, ");
        }
        let (ended, text) = terminal.end();
        assert_eq!(ended, code, "{typed:?}: {text}");
        assert_eq!(text.contains("the plan was not approved"), code == 2, "{text}");
    }
    assert!(scene.is_migrated());
}

#[test]
fn a_wave_waits_for_the_word_of_a_person() {
    let scene = Scene::new(5, "plain", "write");
    let refused = scene.run(&["runs", "go-ahead", "last"]);
    assert_eq!(refused.code, 2, "there is no run: {refused:?}");
    let left = scene.run(&["migrate", "--yes", "--detach", "--go-ahead", "--waves", "30"]);
    assert_eq!(left.code, 0, "{left:?}");
    for (applied, waits) in [(1, "wave 1 of 2 waits for a go-ahead"), (3, "wave 2 of 2 waits for a go-ahead")] {
        let shown =
            wait_for(waits, || Some(scene.run(&["runs", "show", "last"]).data()).filter(|shown| shown.contains(waits)));
        assert!(shown.contains(&format!("\n{applied} ok, {} pending\n", 5 - applied)), "{shown}");
        let word = scene.run(&["runs", "go-ahead", "last"]).data();
        assert!(word.ends_with(" goes ahead\n"), "{word}");
    }
    let ended = scene.run(&["runs", "attach", "last"]);
    assert!(ended.code == 0 && ended.err.contains("goes on, asked for by "), "{ended:?}");
    assert!(scene.is_migrated());
}

#[test]
fn a_plan_with_a_window_tells_when_each_zone_is_served() {
    let scene = Scene::new(3, "plain", "write");
    let without = scene.run(&["migrate", "--plan", "--window", "02:00-05:00"]);
    assert!(without.code == 1 && without.out.contains("refused: no time zone is known"), "{without:?}");
    let wrong = scene.run(&["migrate", "--plan", "--window", "02:00-05:00", "--time-zone", "Mars/Olympus"]);
    assert!(wrong.code == 2 && wrong.err.contains("there is no time zone \"Mars/Olympus\""), "{wrong:?}");
    assert_eq!(scene.run(&["migrate", "--plan", "--window", "2-5"]).code, 2);
    let file = scene.home.path().join("fleet.toml");
    let text = std::fs::read_to_string(&file).expect("a file");
    let text =
        text.replace("schema_name from", "schema_name, case nspname when 't01' then 'Asia/Kolkata' end as time_zone from");
    std::fs::write(&file, text.replace("[env.test]\n", "[env.test]\ntime_zone = \"Europe/Berlin\"\n")).expect("a file");
    let told = scene.run(&["migrate", "--plan", "--window", "02:00-05:00"]);
    assert_eq!(told.code, 0, "{told:?}");
    let from = told.out.find("window 02:00-05:00 of local time\n").unwrap_or_else(|| panic!("{}", told.out));
    let zones: Vec<&str> = told.out[from..].lines().skip(1).take(2).collect();
    assert!(zones.iter().any(|line| line.starts_with("  Europe/Berlin") && line.contains(" 2  ")), "{zones:?}");
    assert!(zones.iter().any(|line| line.starts_with("  Asia/Kolkata ") && line.contains(" 1  ")), "{zones:?}");
    let plan = scene.run(&["migrate", "--plan", "--json", "--window", "02:00-05:00"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.out).expect("JSON");
    assert_eq!(plan["policy"]["windows"]["zones"][0], serde_json::json!({ "name": "Asia/Kolkata", "targets": [1] }));
}

/// Replaces the ledgers by those of a tool that only itself may write them, and names a program that does it.
fn by_command(scene: &Scene) -> String {
    for tenant in &scene.fleet.tenants {
        scene.fleet.sql(&format!(
            "DROP TABLE {tenant}.tenantry_migrations; CREATE TABLE {tenant}.alembic_version (version_num varchar(32) PRIMARY KEY); \
             INSERT INTO {tenant}.alembic_version VALUES ('a1')"
        ));
    }
    let file = scene.home.path().join("fleet.toml");
    let text = std::fs::read_to_string(&file).expect("a file").replace("migrations = \"sql\"\n", "");
    let update = "update alembic_version set version_num = 'b2'";
    let command = format!("[\"{}\", \"-qX\", \"-c\", \"set search_path = {{schema}}; {update}\"]", psql(&scene.fleet));
    std::fs::write(&file, text.replace("[env.test]\n", &format!("[env.test]\nmigrate_command = {command}\n")))
        .expect("a file");
    "b2".to_owned()
}

#[test]
fn a_ledger_that_only_its_own_tool_writes_is_migrated_by_that_tool() {
    let scene = Scene::new(3, "plain", "write");
    let head = by_command(&scene);
    let without = scene.run(&["migrate", "--plan"]);
    assert!(without.code == 2 && without.err.contains("what the command leads to is not said"), "{without:?}");
    let told = scene.run(&["migrate", "--plan", "--to", &head]);
    assert!(told.code == 0 && told.out.starts_with("run a command up to b2 in test\n"), "{told:?}");
    assert!(told.out.contains("psql -qX -c 'set search_path = {schema}; update alembic_version"), "{}", told.out);
    let done = scene.run(&["migrate", "--yes", "--to", &head]);
    assert!(done.code == 0 && done.out.contains(" is done: 3 ok, "), "{done:?}");
    for tenant in &scene.fleet.tenants {
        assert_eq!(scene.fleet.sql(&format!("SELECT version_num FROM {tenant}.alembic_version")), ["b2"]);
    }
    let again = scene.run(&["migrate", "--yes", "--to", &head]);
    assert!(again.code == 0 && again.err.contains("nothing to do"), "{again:?}");
    let listed: serde_json::Value = serde_json::from_str(&scene.run(&["runs", "list", "--json"]).data()).expect("JSON");
    assert_eq!((&listed[0]["kind"], &listed[0]["migration"]), (&"command".into(), &"b2".into()));
}
