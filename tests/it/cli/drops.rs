//! `drop` and `rename` as people call them: what is asked, what is refused, what is done.

use tempfile::TempDir;

use super::terminal::Terminal;
use super::{Said, environment, home, said, tenantry};
use crate::runs::fleet::Fleet;

struct Scene {
    fleet: Fleet<'static>,
    home: TempDir,
}

impl Scene {
    fn new(tenants: &[&str], colour: &str, access: &str) -> Self {
        let scene = Self { fleet: Fleet::named(tenants), home: home() };
        let folder = scene.home.path();
        std::fs::create_dir(folder.join("state")).expect("a folder");
        let text = format!(
            "state_dir = \"state\"\n[env.test]\ncolour = \"{colour}\"\naccess = \"{access}\"\n{}",
            environment("test", &[("main", &scene.fleet.dsn())])
        );
        std::fs::write(folder.join("fleet.toml"), text).expect("a file");
        scene
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let config = self.home.path().join("fleet.toml");
        said(tenantry(self.home.path()).arg("--config").arg(config).args(arguments))
    }

    fn schemas(&self) -> Vec<String> {
        self.fleet.sql("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|info)' ORDER BY 1")
    }
}

#[test]
fn a_schema_is_looked_at_approved_and_gone_with_an_archive_in_the_state_folder() {
    let scene = Scene::new(&["acme", "bolt"], "plain", "write");
    let plan = scene.run(&["drop", "acme", "--plan"]);
    assert!(plan.code == 0 && plan.out.starts_with("drop acme in test\n  archives in "), "{plan:?}");
    let json: serde_json::Value = serde_json::from_str(&scene.run(&["drop", "acme", "--plan", "--json"]).out).expect("JSON");
    let hash = json["hash"].as_str().expect("a hash").to_owned();
    assert_eq!((&json["kind"]["kind"], &json["kind"]["what"]), (&"drop".into(), &"acme".into()));
    assert_eq!(scene.schemas(), ["acme", "bolt", "public"], "a plan is only told");
    let other = scene.run(&["drop", "bolt", &format!("--yes={hash}")]);
    assert!(other.code == 2 && other.err.contains("the plan is not the one that was approved"), "{other:?}");
    let done = scene.run(&["drop", "acme", &format!("--yes={hash}")]);
    assert!(done.code == 0 && done.out.contains(" is done: 1 ok"), "{done:?}");
    assert!(done.err.contains("the archive of acme is "), "{}", done.err);
    assert_eq!(scene.schemas(), ["bolt", "public"]);
    let archives = std::fs::read_dir(scene.home.path().join("state/archives")).expect("a folder").count();
    assert_eq!(archives, 1);
    let listed: serde_json::Value = serde_json::from_str(&scene.run(&["runs", "list", "--json"]).data()).expect("JSON");
    assert_eq!((&listed[0]["kind"], &listed[0]["applied"]), (&"drop".into(), &1.into()));
}

#[test]
fn without_an_archive_a_bare_yes_is_not_enough() {
    let scene = Scene::new(&["acme"], "plain", "write");
    let refused = scene.run(&["drop", "acme", "--no-archive", "--yes"]);
    assert!(refused.code == 2 && refused.err.contains("does not approve a plan with a danger in it"), "{refused:?}");
    assert_eq!(scene.schemas(), ["acme", "public"]);
    let shared = scene.run(&["drop", "public", "--yes"]);
    assert!(shared.code == 1 && shared.err.contains("refused: public: all tenants share it"), "{shared:?}");
    let read_only = Scene::new(&["acme"], "plain", "read-only");
    for verb in [&["drop", "acme", "--yes"][..], &["rename", "acme", "bolt", "--yes"]] {
        let refused = read_only.run(verb);
        assert!(refused.code == 2 && refused.err.contains("environment test is read-only"), "{refused:?}");
    }
    assert_eq!(read_only.schemas(), ["acme", "public"]);
}

#[test]
fn a_rename_and_its_way_back() {
    let scene = Scene::new(&["acme"], "plain", "write");
    let done = scene.run(&["rename", "acme", "Bolt 2", "--yes"]);
    assert!(done.code == 0 && done.err.contains("rename acme to Bolt 2 in test\n"), "{done:?}");
    assert_eq!(scene.schemas(), ["Bolt 2", "public"]);
    assert_eq!(scene.run(&["rename", "main/Bolt 2", "acme", "--yes"]).code, 0);
    assert_eq!(scene.schemas(), ["acme", "public"]);
}

#[test]
fn a_person_types_the_name_of_what_goes() {
    let scene = Scene::new(&["acme", "bolt"], "production", "write");
    let line = format!("\"$T\" --config {} drop acme", scene.home.path().join("fleet.toml").display());
    let ask = "1 schema in test. Type the environment and the name of the schema to go on (test acme): ";
    for (typed, code) in [("acme\n", 2), ("test 1\n", 2), ("test acme\n", 0)] {
        let mut terminal = Terminal::start(scene.home.path(), 140, &line, &[]);
        terminal.wait_for(ask);
        assert_eq!(scene.schemas(), ["acme", "bolt", "public"], "nothing is done before {typed:?}");
        terminal.type_keys(typed);
        if code == 0 {
            terminal.wait_for(" is done: 1 ok");
        }
        let (ended, text) = terminal.end();
        assert_eq!(ended, code, "{typed:?}: {text}");
    }
    assert_eq!(scene.schemas(), ["bolt", "public"]);
}
