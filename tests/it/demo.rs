//! The throwaway cluster and its sample fleet: what is in it, and that nothing of it stays behind.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tenantry::demo::binaries::Binaries;
use tenantry::demo::{ClusterOptions, Demo, DemoOptions, DemoProgress};

use crate::support::{cluster, database, demo_fleet, ended, freeze, output, own_cluster, run_sql, settings, thaw, wait_for};

#[test]
fn a_cluster_lives_as_long_as_its_value() {
    let cluster = own_cluster(ClusterOptions {
        settings: settings([("cluster_name", "it's \\ quoted")]),
        ..ClusterOptions::default()
    });
    let folder = cluster.socket_dir().to_owned();
    let pid = cluster.pid().unwrap();
    assert_eq!(
        run_sql(&cluster, "postgres", "SELECT reset_val FROM pg_settings WHERE name = 'cluster_name'"),
        ["it's \\ quoted"]
    );
    drop(cluster);
    wait_for("the folder to go", || (!folder.exists()).then_some(()));
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "the server is left");
}

#[test]
fn a_cluster_survives_a_restart_and_a_crash() {
    let mut cluster = own_cluster(ClusterOptions::default());
    run_sql(&cluster, "postgres", "CREATE TABLE kept AS SELECT 1 AS one");
    let port = cluster.port();
    cluster.restart().unwrap();
    cluster.kill().unwrap();
    assert_eq!(cluster.pid(), None);
    cluster.launch().unwrap();
    assert_eq!(cluster.port(), port);
    assert_eq!(run_sql(&cluster, "postgres", "SELECT one FROM kept"), ["1"]);
}

#[test]
fn a_database_is_private_to_its_test() {
    let (one, two) = (database(), database());
    one.sql("CREATE TABLE mine (id int)");
    assert_eq!(two.sql("SELECT count(*) FROM pg_class WHERE relname = 'mine'"), ["0"]);
    assert_ne!(one.dsn(), two.dsn());
    one.sql(&format!("CREATE ROLE {}_role LOGIN", one.name()));
    let role = format!("{}_role", one.name());
    let mut psql = cluster().binaries().psql(cluster().socket_dir());
    let output = output(psql.args(["-X", "-A", "-t", "-c", "SELECT current_user", &one.dsn_as(&role)]));
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), role);
}

#[test]
fn only_the_folder_and_the_loopback_interface_lead_in() {
    let cluster = own_cluster(ClusterOptions::default());
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(cluster.socket_dir()).unwrap());
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(run_sql(&cluster, "postgres", "SHOW listen_addresses"), ["127.0.0.1"]);
    let port = cluster.port();
    let mut by_tcp = cluster.binaries().psql(cluster.socket_dir());
    let output =
        output(by_tcp.args(["-X", "-w", "-d"]).arg(format!("host=127.0.0.1 port={port} user=postgres dbname=postgres")));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no password supplied"), "{said}");
}

#[test]
fn a_frozen_server_answers_again_when_it_is_thawed() {
    let cluster = own_cluster(ClusterOptions::default());
    freeze(&cluster);
    let mut psql = cluster.psql("postgres").args(["-c", "SELECT 1"]).spawn().unwrap();
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", cluster.pid().unwrap())).unwrap();
    wait_for("the postmaster to stand still", || stat().contains(") T ").then_some(()));
    assert!(psql.try_wait().unwrap().is_none(), "somebody answered");
    thaw(&cluster);
    assert!(ended(&mut psql).success());
}
/// Asks the shared sample fleet as the role that the console uses.
fn ask(sql: &str) -> Vec<String> {
    let demo = demo_fleet();
    let output = output(demo.cluster().psql_as("dba", "fleet").args(["-c", sql]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn one(sql: &str) -> String {
    ask(sql).join("\n")
}

#[test]
fn the_console_looks_with_an_ordinary_role() {
    let environment = demo_fleet().environment();
    assert_eq!((environment.label.as_str(), environment.databases.len()), ("DEMO", 1));
    assert!(environment.databases[0].dsn.contains("user='dba'"), "{}", environment.databases[0].dsn);
    assert_eq!(ask("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"), ["f|f"]);
    assert_eq!(environment.policy.reference.as_deref(), Some("reference"));
    let configured = environment.policy.statics.iter().chain(&environment.policy.extra_search_path);
    for schema in configured.chain(environment.policy.reference.iter()) {
        assert_eq!(one(&format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'")), "1", "{schema}");
    }
}

#[test]
fn a_tenant_is_made_as_the_application_without_another_grant() {
    use tenantry::domain::roles::Policy;
    use tenantry::observer::{Target, clone};
    use tenantry::plan::clone::{As, Rows};
    use tenantry::plan::{EnvironmentName, Kind, RunPolicy};
    let demo = demo_fleet();
    let policy = Policy { reference: Some("reference".into()), shared: vec!["public".into()], ..Policy::default() };
    let target = Target { policy, ..crate::connect::target("fleet", &demo.dsn()) };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let value = |column: &str, value: &str| (column.to_owned(), value.to_owned());
    let wanted = clone::Wanted {
        environment: EnvironmentName { name: "demo".into(), production: false },
        source: None,
        targets: clone::Targets::Named(vec!["brand_new".into()]),
        rows: Rows::Seed,
        database: None,
        owner: None,
        entry: Some(clone::Entry {
            domain: Some("{schema}.example".into()),
            values: vec![value("name", "Brand New"), value("plan_id", "team")],
        }),
        policy: RunPolicy::usual(false),
    };
    let found = runtime.block_on(clone::plan(vec![target], wanted, |_| {})).unwrap();
    let refused: Vec<_> = found.notes.iter().filter(|note| note.refuses).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let Kind::Clone(cloning) = &found.kind else { panic!("a clone") };
    let app = As::Role("app".into());
    assert_eq!((&cloning.acting.schema, &cloning.acting.maker, &cloning.acting.registrar), (&As::Owner, &As::Owner, &app));
}

#[test]
fn the_file_in_its_folder_says_the_same_as_its_environment() {
    let demo = demo_fleet();
    let text = std::fs::read_to_string(demo.fleet_toml()).unwrap();
    let read = tenantry::config::read(&text, &tenantry::config::Vocabulary::default());
    assert_eq!(read.mistakes, []);
    assert_eq!(read.config.environments, [demo.environment()]);
    assert_eq!(read.config.state_dir.as_deref(), demo.state_dir().to_str());
    assert!(demo.state_dir().is_dir());
}

#[test]
fn the_registry_grew_over_two_years() {
    assert_eq!(ask("SELECT count(*) FROM customers_client"), ["49"]);
    assert_eq!(
        one(
            "SELECT min(created_on) < now() - interval '23 months', max(created_on) > now() - interval '1 month' FROM customers_client"
        ),
        "t|t"
    );
    let zones: u32 = one("SELECT count(DISTINCT time_zone) FROM customers_client").parse().unwrap();
    let plans: u32 = one("SELECT count(DISTINCT plan_id) FROM customers_client").parse().unwrap();
    assert!(zones > 5 && plans == 5, "{zones} zones, {plans} plans");
}

#[test]
fn tenants_and_schemas_do_not_match_as_they_should() {
    let without_schema = "SELECT schema_name FROM customers_client WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name) ORDER BY 1";
    assert_eq!(ask(without_schema), ["half_made_solar", "lost_roofing", "never_born_lifts"]);
    let orphans = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$' AND NOT EXISTS \
                   (SELECT FROM customers_client WHERE schema_name = nspname) ORDER BY nspname COLLATE \"C\"";
    assert_eq!(
        ask(orphans),
        [
            "acme_air_backup",
            "blog",
            "extensions",
            "old_demo",
            "reference",
            "tmp_import_2024_11_02",
            "www",
            "zz_deleted_quartz_pools"
        ]
    );
    assert_eq!(
        ask("SELECT domain FROM customers_domain WHERE tenant_id NOT IN (SELECT id FROM customers_client)"),
        ["gone.fieldwise.example"]
    );
    let without_domain =
        "SELECT schema_name FROM customers_client WHERE id NOT IN (SELECT tenant_id FROM customers_domain) ORDER BY 1";
    assert_eq!(ask(without_domain), ["quiet_gardens", "silent_boats"]);
}

#[test]
fn tenants_differ_in_tables_and_ledgers() {
    let tables = "SELECT count(*), n FROM (SELECT count(*) FILTER (WHERE relkind = 'r') AS n FROM pg_namespace AS s LEFT JOIN pg_class \
                  AS c ON relnamespace = s.oid WHERE nspname IN (SELECT schema_name FROM customers_client) AND nspname <> 'public' \
                  GROUP BY s.oid) AS counted GROUP BY n ORDER BY 1 DESC";
    let counted = ask(tables);
    assert_eq!(counted.first().map(String::as_str).and_then(|row| row.split_once('|')).unwrap().1, "40", "{counted:?}");
    let sizes: Vec<&str> = counted.iter().map(|row| row.split_once('|').unwrap().1).collect();
    // An empty schema, without ledger and with a table missing, a forgotten copy, two partitions of a report.
    for expected in ["0", "39", "41", "42"] {
        assert!(sizes.contains(&expected), "no tenant with {expected} tables: {counted:?}");
    }
    let ledgers =
        |name: &str| one(&format!("SELECT count(*), max(name) FILTER (WHERE app = 'work') FROM {name}.django_migrations"));
    assert_eq!(ledgers("acme_air"), "63|0010_visit_signature");
    let histories = "SELECT count(*) FROM pg_class JOIN pg_namespace AS s ON s.oid = relnamespace WHERE relname = 'django_migrations' \
                     AND nspname IN (SELECT schema_name FROM customers_client)";
    assert_eq!(
        one(histories),
        "44",
        "public and every tenant but the empty one, the one without ledger and three without schema"
    );
}

/// The schemas of tenants with a ledger that may be read, quoted.
fn with_ledger() -> Vec<String> {
    ask(
        "SELECT quote_ident(nspname) FROM pg_class JOIN pg_namespace AS s ON s.oid = relnamespace WHERE relname = 'django_migrations' \
         AND nspname NOT IN ('public', 'vault_treasury') AND nspname IN (SELECT schema_name FROM customers_client) \
         AND nspname !~ '\\n' ORDER BY nspname",
    )
}

/// Behind, ahead, diverged, gap: ledger and structure say the same; what was done by hand: only the structure says it.
#[test]
fn ledgers_and_structures_tell_each_oddity() {
    let each: Vec<String> = with_ledger()
        .iter()
        .map(|schema| {
            format!(
                "SELECT (SELECT string_agg(app || '.' || name, ' ' ORDER BY id) FROM {schema}.django_migrations) AS ledger, \
                 (SELECT string_agg(relname || ':' || attname || ':' || typname, ' ' ORDER BY relname, attnum) FROM pg_attribute \
                 JOIN pg_class AS c ON c.oid = attrelid JOIN pg_type AS t ON t.oid = atttypid WHERE relnamespace = '{}'::regnamespace \
                 AND c.relkind IN ('r', 'i') AND attnum > 0 AND NOT attisdropped) AS shape",
                schema.replace('\'', "''")
            )
        })
        .collect();
    let all = each.join(" UNION ALL ");
    let counted = ask(&format!(
        "SELECT count(DISTINCT ledger), count(DISTINCT shape), count(DISTINCT (ledger, shape)) FROM ({all}) AS a"
    ));
    // Ledgers: current, behind by 1, 3 and 6, ahead, diverged, gap. Structures: these, and index, column, table, application
    // missing, another index, an index in vain, another order, other names, copy, report.
    assert_eq!(counted, ["7|17|17"]);
    let missing = ask(&format!(
        "SELECT count(*) FILTER (WHERE shape !~ 'sales_orderline_order'), count(*) FILTER (WHERE shape !~ 'crm_customer:phone'), \
         count(*) FILTER (WHERE shape !~ 'billing_reminder'), count(*) FILTER (WHERE ledger !~ 'visit_signature'), \
         count(*) FILTER (WHERE ledger ~ 'loyalty'), count(*) FILTER (WHERE ledger ~ 'hotfix' AND ledger !~ 'item_not_negative'), \
         count(*) FILTER (WHERE ledger !~ 'address_country' AND shape !~ 'crm_address:country' AND ledger ~ 'customer_vat_id'), \
         count(*) FILTER (WHERE ledger ~ 'jobs.0001' AND shape !~ 'jobs_task'), \
         count(*) FILTER (WHERE ledger !~ 'jobs.0001' AND shape ~ 'jobs_task') FROM ({all}) AS a"
    ));
    assert_eq!(missing, ["1|1|1|3|1|1|1|1|0"]);
}

#[test]
fn what_was_done_by_hand_is_there() {
    let tenants = "relnamespace IN (SELECT s.oid FROM pg_namespace AS s JOIN customers_client ON schema_name = nspname)";
    let of_class = |condition: &str| one(&format!("SELECT count(*) FROM pg_class AS c WHERE {tenants} AND {condition}"));
    assert_eq!(of_class("relname = 'tmp_fix_slow_report'"), "1");
    assert_eq!(of_class("EXISTS (SELECT FROM pg_index WHERE indexrelid = c.oid AND NOT indisvalid)"), "1");
    assert_eq!(of_class("EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgenabled = 'D')"), "1");
    let column = |name: &str, type_name: &str| {
        of_class(&format!(
            "EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND relname || '.' || attname = '{name}' AND \
             format_type(atttypid, atttypmod) = '{type_name}')"
        ))
    };
    assert_eq!(column("catalog_product.sku", "character varying(80)"), "1");
    assert_eq!(
        one("SELECT count(*) FROM pg_proc WHERE proname = 'billing_total' AND prosrc ~ 'round'"),
        "1",
        "a function does something else"
    );
    let names = "SELECT count(*) FILTER (WHERE conname ~ '_[0-9a-f]{8}$') || ' of ' || count(*) FROM pg_constraint JOIN pg_namespace \
                 AS s ON s.oid = connamespace WHERE contype <> 'n' AND conrelid <> 0 AND nspname IN (SELECT schema_name FROM \
                 customers_client) GROUP BY nspname ORDER BY 1 DESC LIMIT 2";
    let renamed = ask(names);
    let (some, all) = renamed[0].split_once(" of ").unwrap();
    assert!(some == all && some != "0" && renamed[1].starts_with("0 of "), "{renamed:?}");
}

/// As Django writes them: every ledger lists shared applications too, and the one of `public` those of tenants; no application is
/// recorded whose tables are nowhere.
#[test]
fn ledgers_list_all_applications_as_djangos_do() {
    let apps =
        |schema: &str| one(&format!("SELECT string_agg(DISTINCT app, ' ' ORDER BY app) FROM {schema}.django_migrations"));
    assert_eq!(apps("public"), apps("reference"));
    assert_eq!(apps("public"), apps("acme_air"));
    assert!(apps("public").contains("customers") && apps("public").contains("crm"));
    let prefixes = "SELECT string_agg(DISTINCT split_part(relname, '_', 1), ' ' ORDER BY split_part(relname, '_', 1)) FROM pg_class \
                    WHERE relkind = 'r' AND relname !~ '^django' AND relnamespace::regnamespace::text IN ";
    assert_eq!(
        one(&format!("{prefixes} ('reference')")),
        "audit billing catalog comms crm jobs sales settings staff stock work"
    );
    assert_eq!(one(&format!("{prefixes} ('public')")), "auth customers");
}

/// Tenants are to have what the reference has, of every kind of object that the sample has.
#[test]
fn the_reference_is_as_most_tenants_are() {
    let counts = |schema: &str| {
        one(&format!(
            "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = n), (SELECT count(*) FROM pg_proc WHERE pronamespace = n), \
             (SELECT count(*) FROM pg_type WHERE typnamespace = n), (SELECT count(*) FROM pg_constraint WHERE connamespace = n), \
             (SELECT count(*) FROM pg_statistic_ext WHERE stxnamespace = n) FROM (SELECT '{schema}'::regnamespace::oid AS n) AS s"
        ))
    };
    assert_eq!(counts("reference"), counts("acme_air"));
    let kinds = "SELECT string_agg(DISTINCT relkind::text, '' ORDER BY relkind::text) FROM pg_class WHERE relnamespace = 'reference'::regnamespace";
    assert_eq!(one(kinds), "Scirv");
    let types = "SELECT string_agg(DISTINCT typtype::text, '' ORDER BY typtype::text) FROM pg_type WHERE typnamespace = 'reference'::regnamespace";
    assert_eq!(one(types), "bcde");
}

#[test]
fn hostile_names_are_in_schemas_and_in_the_registry() {
    for (what, pattern) in [
        ("double quote", "\""),
        ("apostrophe", "''"),
        ("upper case", "[A-Z]"),
        ("dot", "[.]"),
        ("wide", "株式会社"),
        ("emoji", "🦀"),
        ("escape", "\x1b[[]31m"),
        ("bell", "\x07"),
        ("bidi", "\u{202e}"),
        ("line break", "\n"),
        ("zero width", "\u{200b}"),
        ("backslash", "\\\\"),
        ("63 bytes", "^a_name.{57}$"),
    ] {
        let sql = format!(
            "SELECT count(*) > 0 FROM customers_client JOIN pg_namespace ON nspname = schema_name WHERE schema_name ~ '{pattern}'"
        );
        assert_eq!(one(&sql), "t", "{what}");
    }
    assert_eq!(one("SELECT count(*) > 3 FROM customers_client WHERE name ~ '[\\x01-\\x1f\u{202e}\u{2066}]'"), "t");
    assert_eq!(
        one("SELECT rolname FROM pg_namespace JOIN pg_roles AS r ON r.oid = nspowner WHERE nspname ~ '^tmp_import'"),
        "o'neil \"ops\" team"
    );
}

#[test]
fn one_schema_may_not_be_read() {
    let closed = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_toast' AND NOT has_schema_privilege(oid, 'USAGE')";
    assert_eq!(ask(closed), ["vault_treasury"]);
    assert_ne!(one("SELECT count(*) FROM acme_air.crm_customer"), "0");
}

#[test]
fn sizes_are_known_but_for_a_few_and_differ() {
    let unknown = "SELECT count(*) FILTER (WHERE tables > 10), count(*) FROM (SELECT count(*) AS tables FROM pg_class WHERE relkind = 'r' \
                   AND reltuples < 0 AND relnamespace <> 'information_schema'::regnamespace GROUP BY relnamespace) AS s";
    // Three schemas were never analysed, and two hold a table of their own that was not.
    assert_eq!(one(unknown), "3|5");
    let spread = "SELECT max(pages) > 4 * min(pages) FROM (SELECT sum(c.relpages + coalesce(t.relpages, 0)) AS pages FROM pg_class AS c \
                  LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid WHERE c.relname ~ '^(audit|crm|comms)_' GROUP BY c.relnamespace) AS s";
    assert_eq!(one(spread), "t");
}

#[test]
fn the_fleet_scales_to_what_is_asked_for() {
    let mut steps = Vec::new();
    let options = DemoOptions { tenants: 3, tables: Some(45) };
    let demo = Demo::start(options, &mut |step| steps.push(step)).unwrap();
    let counted = "SELECT count(*) FROM pg_class JOIN pg_namespace AS s ON s.oid = relnamespace WHERE relkind = 'r' AND nspname IN \
                   (SELECT schema_name FROM public.customers_client WHERE schema_name <> 'public') GROUP BY relnamespace";
    assert_eq!(run_sql(demo.cluster(), "fleet", counted), ["45", "45", "45"]);
    assert_eq!(steps.first(), Some(&DemoProgress::Starting));
    assert_eq!(steps[steps.len() - 2..], [DemoProgress::Filling { done: 6, total: 6 }, DemoProgress::Ready]);
    let folder = demo.cluster().socket_dir().to_owned();
    drop(demo);
    wait_for("the folder to go", || (!folder.exists()).then_some(()));
}

#[test]
fn a_kept_fleet_stays_until_its_line_is_run() {
    let mut cluster = own_cluster(ClusterOptions::default());
    let (folder, dsn) = (cluster.socket_dir().to_owned(), cluster.dsn("postgres"));
    let binaries = cluster.binaries().clone();
    let line = cluster.keep();
    drop(cluster);
    let answer = output(binaries.psql(&folder).args(["-X", "-A", "-t", "-c", "SELECT 1", &dsn]));
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "1\n");
    let removed = output(Command::new("sh").arg("-c").arg(&line));
    assert!(removed.status.success(), "{line}: {}", String::from_utf8_lossy(&removed.stderr));
    assert!(!folder.exists(), "{line} left the folder");
}

#[test]
fn a_machine_without_server_programs_is_told_what_to_install() {
    let fault = Binaries::of(std::path::Path::new("/nonexistent")).unwrap_err();
    assert!(
        fault.hint.as_deref().is_some_and(|hint| hint.contains("postgresql") && hint.contains("TENANTRY_PG_BIN")),
        "{fault:?}"
    );
}

#[test]
fn a_served_demo_names_the_command_that_knows_its_orphans() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.args(["demo", "--serve", "--tenants", "2", "--tables", "2"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("tenantry starts");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("stderr")).read_line(&mut line).expect("the narration");
    let said = line.trim().split_once("tenantry ").expect("a command").1.split(' ');
    let listed = output(Command::new(env!("CARGO_BIN_EXE_tenantry")).args(said).args(["schemas", "--csv"]));
    child.kill().expect("the demo runs");
    ended(&mut child);
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let roles: Vec<_> = listed.lines().filter_map(|line| line.split(',').nth(3)).collect();
    assert!(roles.contains(&"reference") && roles.contains(&"static") && !roles.contains(&"orphan"), "{listed}");
}

/// `tenantry demo --serve`, once it serves, with the folder and the process id of its server.
fn serving() -> (std::process::Child, PathBuf, u32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.args(["demo", "--serve", "--tenants", "2", "--tables", "2"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("tenantry starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a connection string");
    let folder = PathBuf::from(line.split('\'').nth(1).expect("host='FOLDER'"));
    let pid = std::fs::read_to_string(folder.join("data/postmaster.pid")).expect("a running server");
    let pid = pid.lines().next().and_then(|pid| pid.parse().ok()).expect("a process id");
    (child, folder, pid)
}

/// Whether the process is there and more than a corpse that nobody has buried.
fn lives(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn a_killed_demo_leaves_nothing_behind() {
    for signal in ["KILL", "TERM", "INT", "HUP", "QUIT"] {
        let (mut child, folder, server) = serving();
        assert!(lives(server) && folder.exists());
        let kill = Command::new("sh").args(["-c", "kill -$0 $1", signal, &child.id().to_string()]).status();
        assert!(kill.expect("sh starts").success());
        ended(&mut child);
        wait_for(&format!("the server to stop after {signal}"), || (!lives(server)).then_some(()));
        wait_for(&format!("the folder to go after {signal}"), || (!folder.exists()).then_some(()));
    }
}

#[test]
fn a_demo_without_server_programs_says_what_to_install() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    let output = output(command.args(["demo", "--serve"]).env("TENANTRY_PG_BIN", "/nonexistent"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(said.contains("no initdb and postgres in /nonexistent"), "{said}");
    assert!(said.contains("apt-get install postgresql") || said.contains("brew install"), "{said}");
}
