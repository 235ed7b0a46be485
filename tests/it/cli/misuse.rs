//! Wrong arguments, wrong files, wrong passwords; and the pages that need no database.

use std::process::{Command, Stdio};

use tenantry::demo::ClusterOptions;

use super::{configure, environment, home, run, said, tenantry};
use crate::support::{output_of, own_cluster};

#[test]
fn wrong_arguments_are_usage_errors_that_say_what_to_write() {
    let home = home();
    configure(home.path(), &(environment("prod", &[("a", "")]) + &environment("test", &[("a", "")])));
    for (arguments, expected) in [
        (&["tenants", "--jsn"][..], "--json"),
        (&["tenants", "--json", "--csv"], "cannot be used with"),
        (&["tenants", "--env", "prod", "--dsn", ""], "cannot be used with"),
        (&["schemas", "--all", "--filter", "x"], "cannot be used with"),
        (&["tables"], "<SCHEMA>"),
        (&["--write"], "unexpected argument '--write'"),
        (&["--refresh", "5"], "from 10s to 24h, or off"),
        (&["demo", "--tenants", "0"], "0 is not in 1..=100000"),
        (&["completions", "cmd"], "possible values"),
        (&["tenants"], "fleet.toml has several environments: prod, test\n  Choose one with -e, such as -e prod"),
        (&["tenants", "-e", "prd"], "there is no environment \"prd\"\n  Did you mean \"prod\"? There are: prod, test."),
        (&["tenants", "-e", "prod", "--filter", "colour:red"], "--filter: there is no field \"colour\""),
        (&["--theme", "nrod"], "there is no theme \"nrod\""),
        (
            &["--config", "nowhere.toml", "tenants"],
            "cannot read nowhere.toml (named by --config): no such file or directory\n",
        ),
        (&["-d", "host=x sslmode=sometimes", "tenants"], "sslmode"),
        (&[], "the console needs a terminal, and stdin is none\n  For pipes and scripts there are verbs:"),
        (&["demo"], "the console needs a terminal"),
    ] {
        let said = run(home.path(), arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(expected), "{arguments:?}: {}", said.err);
    }
}

#[test]
fn a_word_that_is_an_environment_or_nearly_a_verb_is_not_taken_for_a_database() {
    let home = home();
    configure(home.path(), &environment("prod", &[("a", "")]));
    for (word, expected) in [
        ("prod", "\"prod\" is an environment of fleet.toml\n  Open it with -e prod. A database of that name: -d prod"),
        ("tenant", "there is no verb \"tenant\"\n  Did you mean \"tenants\"? A database of that name: -d tenant"),
    ] {
        let mut command = Command::new("script");
        // `script` gives the program a terminal, without which it would not come so far.
        command.args(["-qec", &format!("{} {word}", env!("CARGO_BIN_EXE_tenantry")), "/dev/null"]).stdin(Stdio::null());
        super::clean(&mut command, home.path());
        let said = said(&mut command);
        assert_eq!(said.code, 2);
        assert!(said.out.replace('\r', "").contains(expected), "{}", said.out);
    }
}

#[test]
fn a_wrong_file_is_refused_by_every_verb_with_the_same_words() {
    let home = home();
    configure(home.path(), "theme = \"nord\"\nrefesh = \"5m\"\n\n[env.prod]\nlabl = \"P\"\n[keys]\nquit = \"qq\"\n");
    let path = home.path().join(".config/tenantry/fleet.toml");
    let checked = run(home.path(), &["config", "check"]);
    assert_eq!((checked.code, checked.out.as_str()), (2, ""));
    let lines: Vec<_> =
        checked.err.lines().map(|line| line.strip_prefix(&format!("{}:", path.display())).expect(line)).collect();
    assert_eq!(lines.len(), 4, "{}", checked.err);
    assert!(lines[0].starts_with("2:1: unknown key \"refesh\" at the top level; did you mean \"refresh\"?"), "{}", lines[0]);
    assert!(lines[1].starts_with("4:6: environment \"prod\" has no database"), "{}", lines[1]);
    assert!(lines[2].starts_with("5:1: unknown key \"labl\" in [env.prod]; did you mean \"label\"?"), "{}", lines[2]);
    assert!(lines[3].starts_with("7:8: \"qq\" is no key"), "{}", lines[3]);
    for verb in [&["tenants"][..], &["show", "x"], &["config", "show"], &["-d", "crm", "tables", "x"], &["demo", "--serve"]]
    {
        let said = run(home.path(), verb);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (2, "", checked.err.as_str()), "{verb:?}");
    }
    // What does not need the file works beside it.
    for verb in [&["man"][..], &["completions", "bash"], &["config", "example"], &["--help"], &["--version"]] {
        assert_eq!(run(home.path(), verb).code, 0, "{verb:?}");
    }
}

#[test]
fn files_that_are_no_text_are_refused_and_never_panic() {
    let home = home();
    for (name, bytes, expected) in [
        ("latin.toml", &b"# caf\xe9\n"[..], "latin.toml:1:6: the file is not UTF-8 from here on\n"),
        ("zero.toml", &b"theme = \"\0\"\n"[..], "zero.toml:1:1"),
        ("words.toml", &b"to whom it may concern\n"[..], "words.toml:1:4: "),
    ] {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let said = run(home.path(), &["config", "check", "--config", path.to_str().expect("UTF-8")]);
        assert_eq!(said.code, 2, "{name}: {}", said.err);
        assert!(said.err.contains(expected), "{name}: {}", said.err);
    }
    let folder = run(home.path(), &["config", "check", "--config", home.path().to_str().expect("UTF-8")]);
    assert!(folder.code == 2 && folder.err.contains("is a directory"), "{}", folder.err);
    let endless = run(home.path(), &["config", "check", "--config", "/dev/zero"]);
    assert!(endless.code == 2 && endless.err.contains("larger than 4 MB"), "{}", endless.err);
}

#[test]
fn check_says_which_file_is_sound_and_that_there_is_none() {
    let home = home();
    let none = run(home.path(), &["config", "check"]);
    assert!(none.code == 1 && none.err.contains("there is no fleet.toml to check"), "{}", none.err);
    let example = run(home.path(), &["config", "example"]).data();
    configure(home.path(), &example);
    let path = home.path().join(".config/tenantry/fleet.toml");
    assert_eq!(run(home.path(), &["config", "check"]).data(), format!("{}: no mistake (prod, staging)\n", path.display()));
    configure(home.path(), &environment("prod", &[("a", "password=s3cret")]));
    let warned = run(home.path(), &["config", "check"]);
    assert_eq!((warned.code, warned.err.as_str()), (0, format!("{}:3:7: warning: the dsn holds a password; keep passwords in ~/.pgpass (mode 600) or let tenantry ask for it\n", path.display()).as_str()));
}

#[test]
fn show_says_where_each_value_came_from_and_shows_no_password() {
    let home = home();
    let other = home.path().join("other.toml");
    let text = "refresh = \"90s\"\n[env.prod]\naccess = \"write\"\n[[env.prod.database]]\nlabel = \"eu-1\"\ndsn = \"postgres://app:s3cret@db1/crm\"\n";
    std::fs::write(&other, text).expect("a file");
    let mut command = tenantry(home.path());
    command.env("TENANTRY_CONFIG", &other).env("PGPASSWORD", "s3cret").env("PGHOST", "db9");
    let said = said(command.args(["--mouse", "config", "show", "--json"]));
    assert!(!said.out.contains("s3cret") && !said.err.contains("s3cret"), "{}", said.out);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).expect("JSON");
    let row = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("{key} in {}", said.out));
        (row["value"].as_str().unwrap().to_owned(), row["from"].as_str().unwrap().replace(other.to_str().unwrap(), "FILE"))
    };
    for (key, value, from) in [
        ("refresh", "90s", "FILE:1"),
        ("mouse", "true", "argument"),
        ("theme", "terminal", "default"),
        ("state_dir", "your own state folder", "default"),
        ("env.prod.access", "write", "FILE:3"),
        ("env.prod.label", "PROD", "default"),
        ("env.prod.colour", "production", "default"),
        ("env.prod.database.eu-1.dsn", "postgres://app:***@db1/crm", "FILE:6"),
        ("PGHOST", "db9", "environment variable"),
        ("PGPASSWORD", "***", "environment variable"),
    ] {
        assert_eq!(row(key), (value.to_owned(), from.to_owned()), "{key}");
    }
    assert_eq!(row("file").1, "named by $TENANTRY_CONFIG");
}

#[test]
fn a_missing_and_a_wrong_password_are_told_apart_and_never_asked_for_without_a_terminal() {
    let home = home();
    let cluster =
        own_cluster(ClusterOptions { hba: vec!["local all guarded scram-sha-256".into()], ..ClusterOptions::default() });
    crate::support::run_sql(&cluster, "postgres", "CREATE ROLE guarded LOGIN PASSWORD 'right'");
    let dsn = cluster.dsn_as("guarded", "postgres");
    let missing = run(home.path(), &["tenants", "-d", &dsn]);
    assert_eq!((missing.code, missing.out.as_str()), (1, ""));
    assert!(
        missing.err.contains("password for user guarded on ") && missing.err.contains("no terminal to ask on"),
        "{}",
        missing.err
    );

    let passfile = home.path().join("pass");
    std::fs::write(&passfile, "*:*:*:guarded:wrong\n").expect("a file");
    let restrict = |mode| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&passfile, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let with_file = |arguments: &[&str]| said(tenantry(home.path()).env("PGPASSFILE", &passfile).args(arguments));
    restrict(0o600);
    let wrong = with_file(&["tenants", "-d", &dsn]);
    assert_eq!(wrong.code, 4, "{}", wrong.err);
    assert!(
        wrong.err.contains("password authentication failed for user \"guarded\"") && !wrong.err.contains("wrong\n"),
        "{}",
        wrong.err
    );
    std::fs::write(&passfile, "*:*:*:guarded:right\n").expect("a file");
    assert_eq!(with_file(&["tenants", "--json", "-d", &dsn]).code, 0);
    restrict(0o644);
    let open = with_file(&["tenants", "-d", &dsn]);
    let ignored = format!("is not read because others may read it: run chmod 600 {}\n", passfile.display());
    assert!(open.code != 0 && open.err.contains(&ignored), "{}", open.err);

    // With several databases the one that cannot be asked about hides no other.
    configure(home.path(), &environment("prod", &[("open", &cluster.dsn("postgres")), ("shut", &dsn)]));
    let partly = run(home.path(), &["schemas", "--csv"]);
    assert_eq!(partly.code, 4, "{}", partly.err);
    assert!(partly.out.contains("open,public,") && partly.err.contains("shut: "), "{}{}", partly.out, partly.err);
}

#[test]
fn completions_are_sound_and_the_manual_has_its_sections() {
    let home = home();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = run(home.path(), &["completions", shell]).data();
        assert!(text.contains("tenants") && text.contains("refresh"), "{shell}");
        if shell == "bash" {
            assert!(output_of(Command::new("bash").arg("-n"), &text).status.success());
        }
    }
    let manual = run(home.path(), &["man"]).data();
    for heading in
        ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "VERBS", "FIELDS", "FILES", "ENVIRONMENT", "\"EXIT STATUS\""]
    {
        assert!(manual.contains(&format!(".SH {heading}\n")), "{heading}");
    }
    for verb in ["demo", "tenants", "schemas", "tables SCHEMA", "show SCHEMA", "config check", "config show", "man"] {
        assert!(manual.contains(&format!(".SS \"tenantry {verb}\"\n")), "{verb}");
    }
    assert!(run(home.path(), &["--help"]).data().contains("Exit codes: 0 done"));
}
