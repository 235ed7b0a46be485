//! `fleet.toml`: a table of files, each with every mistake that must be reported and where.

use tenantry::cli::vocabulary;
use tenantry::config::{Access, Colour, Level, Refresh, RegistrySource, Vocabulary, read};
use tenantry::domain::structure::{Comparison, Kind};

fn known() -> Vocabulary {
    vocabulary(&["terminal", "nord", "mono"])
}

fn mistakes(text: &str) -> Vec<String> {
    read(text, &known()).mistakes.iter().map(ToString::to_string).collect()
}

/// A file with one sound environment after the given lines.
fn with_environment(lines: &str) -> String {
    format!("{lines}\n[env.prod]\n[[env.prod.database]]\nlabel = \"eu-1\"\ndsn = \"\"\n")
}

const TOP: &str = "theme, refresh, mouse, ascii, state_dir, default_env, keys, env";
const ENV: &str = "label, colour, access, registry, shared, static, extra_search_path, reference, seed_tables, leave_out, migrations, \
    migrate_command, tenant_apps, shared_apps, table_limit, time_zone, drift, database";
const REGISTRY: &str =
    "registry is \"auto\" or { query = \"select schema_name, name, domain, created, time_zone, plan from …\" }";

#[test]
fn mistakes_at_the_top_are_found_with_line_and_column() {
    for (lines, expected) in [
        ("", vec![]),
        ("theme = \"nord\"\nrefresh = \"off\"\nmouse = true\nascii = false\ndefault_env = \"prod\"", vec![]),
        (
            "them = \"nord\"",
            vec![format!("1:1: unknown key \"them\" at the top level; did you mean \"theme\"? allowed: {TOP}")],
        ),
        ("a.b.c = 1", vec![format!("1:1: unknown key \"a\" at the top level; allowed: {TOP}")]),
        (
            "theme = \"nrod\"",
            vec!["1:9: there is no theme \"nrod\"; did you mean \"nord\"? allowed: terminal, nord, mono".into()],
        ),
        ("theme = \"  \"", vec!["1:9: theme is empty".into()]),
        (
            "  theme = 3\nmouse = \"yes\"\nascii = 1.5",
            vec![
                "1:11: theme must be a string, not an integer".into(),
                "2:9: mouse must be true or false, not a string".into(),
                "3:9: ascii must be true or false, not a float".into(),
            ],
        ),
        (
            "refresh = \"5 minutes\"",
            vec![
                "1:11: refresh cannot be \"5 minutes\"; allowed: a whole number with s, m or h, from 10s to 24h, or off"
                    .into(),
            ],
        ),
        ("refresh = 5", vec!["1:11: refresh must be a string, not an integer".into()]),
        (
            "default_env = \"pord\"",
            vec![
                "1:15: default_env names \"pord\", which is no [env.…] of this file; did you mean \"prod\"? allowed: prod"
                    .into(),
            ],
        ),
        (
            "env = 1979-05-27",
            vec![
                "1:7: env must be a table, not a date or time".into(),
                "2:2: cannot extend value of type datetime with a dotted key".into(),
                "3:3: cannot extend value of type datetime with a dotted key".into(),
            ],
        ),
        ("keys = []", vec!["1:8: keys must be a table, not an array".into()]),
    ] {
        assert_eq!(mistakes(&with_environment(lines)), expected, "{lines}");
    }
}

#[test]
fn every_mistake_of_an_environment_is_found_at_once() {
    let text = r#"[env.prod]
label = ""
colour = "red"
acess = "write"
access = "readonly"
registry = "automatic"
shared = "public"
static = ["www", 3, ""]
reference = ["template"]
leave_out = {}

[[env.prod.database]]
label = "eu/1"
dsn = 5
system_identifier = "73x"
host = "db1"

[[env.prod.database]]
label = "ö-1"; dsn = "x"

[[env.prod.database]]
label = "eu-2"
dsn = ""

[[env.prod.database]]
label = "eu-2"
dsn = ""
system_identifier = 1.5

[env."two words"]
database = []

[env.empty]

[env.wrong]
database = { label = "a", dsn = "" }
registry = { sql = "select 1" }
"#;
    let expected = [
        "2:9: env.prod.label is empty".to_owned(),
        "3:10: env.prod.colour cannot be \"red\"; allowed: production, staging, plain".to_owned(),
        format!("4:1: unknown key \"acess\" in [env.prod]; did you mean \"access\"? allowed: {ENV}"),
        "5:10: env.prod.access cannot be \"readonly\"; did you mean \"read-only\"? allowed: read-only, write".to_owned(),
        format!("6:12: env.prod.registry cannot be \"automatic\"; {REGISTRY}"),
        "7:10: env.prod.shared must be an array of strings, not a string".to_owned(),
        "8:18: each entry of env.prod.static must be a string, not an integer".to_owned(),
        "8:21: env.prod.static holds an empty string".to_owned(),
        "9:13: env.prod.reference must be a string, not an array".to_owned(),
        "10:13: env.prod.leave_out must be an array of strings, not a table".to_owned(),
        "13:9: a database cannot be called \"eu/1\"; it stands before the slash in database/schema, and is plain text without one"
            .to_owned(),
        "14:7: env.prod.database.….dsn must be a string, not an integer".to_owned(),
        "15:21: env.prod.database.….system_identifier is not a system identifier; copy it from: select \
         system_identifier from pg_control_system()"
            .to_owned(),
        "16:1: unknown key \"host\" in [[env.prod.database]]; allowed: label, dsn, system_identifier".to_owned(),
        "19:14: unexpected key or value, expected newline, `#`".to_owned(),
        "26:9: two databases of env.prod are called \"eu-2\"".to_owned(),
        "28:21: env.prod.database.eu-2.system_identifier must be an integer or a string of digits, not a float".to_owned(),
        "30:6: \"two words\" cannot name an environment; a name for --env is made of letters, digits, -, _ and .".to_owned(),
        "31:12: env.… has no database; add a [[env.….database]]".to_owned(),
        "36:12: env.wrong.database must be an array of tables; write it with two brackets: [[env.wrong.database]]"
            .to_owned(),
        "37:14: unknown key \"sql\" in env.wrong.registry; allowed: query".to_owned(),
    ];
    let found = mistakes(text);
    assert_eq!(found, expected, "\n{}", found.join("\n"));
}

#[test]
fn what_is_missing_is_named_where_it_should_be() {
    for (text, expected) in [
        (
            "[env.prod]\n",
            vec!["1:6: environment \"prod\" has no database; add a [[env.prod.database]] with a label and a dsn".to_owned()],
        ),
        (
            "[[env.prod.database]]\n",
            vec![
                "1:1: this database has no label; it stands before the slash in database/schema".to_owned(),
                "1:1: this database has no dsn; a conninfo string or URI; \"\" means libpq's defaults and PG* variables"
                    .to_owned(),
            ],
        ),
        (
            "[env.a]\nregistry = {}\ndatabase = [{ label = \"a\", dsn = \"\" }]\n",
            vec![format!("2:12: env.a.registry has no query; {REGISTRY}")],
        ),
    ] {
        assert_eq!(mistakes(text), expected, "{text}");
    }
}

#[test]
fn keys_are_checked_against_actions_and_notation() {
    let text = with_environment(
        "[keys]\nrefresh = [\"r\", \"F5\", \"ctrl-shift\"]\nhalf-up = \"r\"\nhalfdown = \"x\"\nquit = 4\nsort = [[], \"esc\"]\n",
    );
    let found = mistakes(&text);
    let expected = [
        ("2:23: ", "\"ctrl-shift\" is no key"),
        ("2:12: ", "\"r\" is given to \"half-up\" as well"),
        ("4:1: ", "there is no action \"halfdown\""),
        ("5:8: ", "an entry of [keys] must be a key or an array of keys, not an integer"),
        ("6:9: ", "an entry of [keys] must be a key or an array of keys, not an array"),
        ("6:13: ", "esc always goes back"),
    ];
    for (place, what) in expected {
        assert!(
            found.iter().any(|mistake| mistake.starts_with(place) && mistake.contains(what)),
            "{place}{what}: {found:#?}"
        );
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn syntax_errors_are_all_found_and_hide_no_other_mistake() {
    let text = with_environment("theme = nord\nmouse = maybe\nrefresh = \"5\nmous = true");
    let found = mistakes(&text);
    let lines: Vec<_> = found.iter().filter_map(|mistake| mistake.split(':').next()).collect();
    assert_eq!(lines, ["1", "2", "3", "4"], "{found:?}");
    assert!(found[3].starts_with("4:1: unknown key \"mous\" at the top level"), "{found:?}");
}

#[test]
fn no_text_makes_the_reader_panic_and_no_secret_gets_into_a_message() {
    let full = "default_env = \"prod\"\n[keys]\nquit = [\"q\"]\n[env.prod]\nregistry = { query = \"select 1\" }\n\
                [[env.prod.database]]\nlabel = \"ü\"\ndsn = \"postgres://app:s3cret@db/x\"\nsystem_identifier = 7\n";
    let characters: Vec<char> = full.chars().collect();
    for cut in 0..=characters.len() {
        for middle in ["", "\"", "[", "\u{0}", "\n=\n", "日", "'''"] {
            let text: String =
                characters[..cut].iter().copied().chain(middle.chars()).chain(characters[cut..].iter().copied()).collect();
            let half: String = text.chars().take(cut).collect();
            for text in [text, half] {
                for mistake in read(&text, &known()).mistakes {
                    assert!(!mistake.to_string().contains("s3cret"), "{mistake}");
                    assert!(mistake.line >= 1 && mistake.column >= 1);
                }
            }
        }
    }
    assert!(!mistakes(&"[".repeat(100_000)).is_empty(), "deep nesting is refused, not followed");
}

#[test]
fn a_sound_file_says_everything() {
    let text = r#"
theme = "nord"
refresh = "90s"
default_env = "staging"
[keys]
refresh = ["F5", "r"]
quit = []
[env.prod]
shared = ["common"]
static = ["www"]
extra_search_path = ["public"]
reference = "template"
seed_tables = ["plans"]
leave_out = ["tmp_*"]
registry.query = "select 1"
[[env.prod.database]]
label = "eu-1"
dsn = "password=s3cret"
system_identifier = "18446744073709551615"
[[env.prod.database]]
label = "eu-2"
dsn = "postgres:///crm"
system_identifier = 0x10
[env.staging]
label = "Test floor"
colour = "plain"
access = "write"
database = [{ label = "main", dsn = "" }]
"#;
    let read = read(text, &known());
    let warnings: Vec<_> = read.mistakes.iter().map(|mistake| (mistake.level, mistake.to_string())).collect();
    let warning =
        "18:7: warning: the dsn holds a password; keep passwords in ~/.pgpass (mode 600) or let tenantry ask for it";
    assert_eq!(warnings, [(Level::Warning, warning.to_owned())]);
    let config = read.config;
    assert_eq!((config.theme.as_deref(), config.refresh.to_string()), (Some("nord"), "90s".to_owned()));
    assert_eq!(config.default_env.as_deref(), Some("staging"));
    assert_eq!(config.keys["refresh"], ["F5", "r"]);
    assert!(config.keys["quit"].is_empty(), "an action may be taken off the keyboard");
    let [prod, staging] = config.environments.as_slice() else { panic!("two environments, in the order of the file") };
    assert_eq!((prod.label.as_str(), prod.colour, prod.access), ("PROD", Colour::Production, Access::ReadOnly));
    assert_eq!(prod.registry, RegistrySource::Query("select 1".into()));
    assert_eq!(prod.policy.shared, ["common"]);
    assert_eq!(prod.policy.statics, ["www"]);
    assert_eq!(prod.policy.extra_search_path, ["public"]);
    assert_eq!(prod.policy.reference.as_deref(), Some("template"));
    assert_eq!(prod.policy.seed_tables, ["plans"]);
    assert_eq!(prod.policy.leave_out, ["tmp_*"]);
    let identifiers: Vec<_> = prod.databases.iter().map(|database| database.system_identifier).collect();
    assert_eq!(identifiers, [Some(u64::MAX), Some(16)]);
    assert_eq!((staging.label.as_str(), staging.colour, staging.access), ("Test floor", Colour::Plain, Access::Write));
    assert_eq!(staging.databases[0].label, "main");
    assert_eq!(read.lines["env.prod.database.eu-2.dsn"], 22);
    assert_eq!(read.lines["env.staging.access"], 27);
    assert_eq!(Refresh::default().to_string(), "5m");
}

#[test]
fn what_is_compared_is_configured_word_by_word() {
    let text = r#"[env.prod]
migrations = "~/crm/migrations"
tenant_apps = ["crm"]
shared_apps = ["customers"]
database = [{ label = "main", dsn = "" }]
[env.prod.drift]
leave_out = ["positions", "comments"]
compare = ["grants"]
ignore = ["table:tmp_*", "column:orders.legacy_*", "text_search:x", "foreign table: f ", "*_backup"]
"#;
    let read = read(text, &known());
    assert_eq!(read.mistakes, []);
    let policy = &read.config.environments[0].policy;
    assert_eq!(policy.migrations.as_deref(), Some("~/crm/migrations"));
    assert_eq!(
        (policy.tenant_apps.as_slice(), policy.shared_apps.as_slice()),
        (&["crm".into()][..], &["customers".into()][..])
    );
    let Comparison { positions, bodies, comments, owners, grants, ignore } = &policy.comparison;
    assert_eq!([positions, bodies, comments, owners, grants], [&false, &true, &false, &false, &true]);
    let patterns: Vec<_> = ignore.iter().map(|ignore| (ignore.kind, ignore.pattern.as_str())).collect();
    assert_eq!(
        patterns,
        [
            (Some(Kind::Table), "tmp_*"),
            (Some(Kind::Column), "orders.legacy_*"),
            (Some(Kind::TextSearch), "x"),
            (Some(Kind::ForeignTable), "f"),
            (None, "*_backup")
        ]
    );
    assert_eq!(read.lines["env.prod.drift.ignore"], 9);
    assert_eq!(read.lines["env.prod.migrations"], 2);
}

#[test]
fn mistakes_about_drift_say_what_was_meant() {
    let text = r#"[env.prod]
migrations = " "
tenant_apps = ["crm", "auth"]
shared_apps = ["auth"]
database = [{ label = "main", dsn = "" }]
[env.prod.drift]
leave_out = ["owners", "position", 1]
compare = ["bodies"]
ignore = ["tabel:x", "index:", ""]
only = []
"#;
    let expected = [
        "2:14: env.prod.migrations is empty".to_owned(),
        "4:15: \"auth\" is in tenant_apps and in shared_apps of env.prod; leave it in tenant_apps alone: its migrations are every \
         tenant's"
            .to_owned(),
        "7:14: env.prod.drift.leave_out cannot hold \"owners\"; it is left out anyway, unless compare names it".to_owned(),
        "7:24: env.prod.drift.leave_out cannot hold \"position\"; did you mean \"positions\"? allowed: positions, bodies, comments"
            .to_owned(),
        "7:36: each entry of env.prod.drift.leave_out must be a string, not an integer".to_owned(),
        "8:12: env.prod.drift.compare cannot hold \"bodies\"; it is compared anyway, unless leave_out names it".to_owned(),
        format!(
            "9:11: \"tabel:x\" is no pattern of objects; did you mean \"table\"? allowed: {}",
            Kind::ALL.map(Kind::word).join(", ")
        ),
        "9:22: \"index:\" is no pattern of objects; after the colon comes the name, such as index:tmp_*".to_owned(),
        "9:32: env.prod.drift.ignore holds an empty string".to_owned(),
        "10:1: unknown key \"only\" in [env.prod.drift]; allowed: leave_out, compare, ignore".to_owned(),
    ];
    assert_eq!(mistakes(text), expected);
}

#[test]
fn the_limit_of_tables_is_a_whole_number_above_nothing() {
    let read_as = |value: &str| {
        let text = format!("[env.prod]\ntable_limit = {value}\ndatabase = [{{ label = \"main\", dsn = \"\" }}]\n");
        let read = read(&text, &known());
        let mistakes: Vec<_> = read.mistakes.iter().map(ToString::to_string).collect();
        (read.config.environments[0].policy.table_limit, mistakes)
    };
    assert_eq!(read_as("1_500_000"), (Some(1_500_000), vec![]));
    assert_eq!(read_as("1"), (Some(1), vec![]));
    let above = "a whole number above 0; without it 1000000 is taken";
    for (value, shown) in [("0", "0"), ("-5", "-5"), ("99999999999999999999", "99999999999999999999")] {
        assert_eq!(read_as(value), (None, vec![format!("2:15: env.prod.table_limit cannot be \"{shown}\"; {above}")]));
    }
    let kind = |is: &str| (None, vec![format!("2:15: env.prod.table_limit must be a whole number, not {is}")]);
    assert_eq!(read_as("1e6"), kind("a float"));
    assert_eq!(read_as("\"1000000\""), kind("a string"));
}
