//! Plans of small fleets, told in words: who gets what, when, and who is left out.

use super::*;
use crate::domain::catalog::LedgerTable;
use crate::domain::fleet::{Database, DriftRead, Server};
use crate::domain::history::{HistoryId, Step as Line};
use crate::domain::registry::{Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;
use crate::plan::parts::StageKind;

/// `crm/0001_a`, or `0001_a`.
fn migration(path: &str) -> Migration {
    match path.split_once('/') {
        Some((app, name)) => Migration { app: Some(app.into()), name: name.into() },
        None => Migration { app: None, name: path.into() },
    }
}

fn script(path: &str, ending: &str, sql: &str) -> Script {
    Script {
        origin: format!("{path}{ending}"),
        sha256: format!("sha of {path}{ending}"),
        statements: vec![sql.into()],
        transactional: true,
    }
}

/// `0002_b`, or with a way back `0002_b<`.
fn file(path: &str) -> File {
    let (path, has_down) = path.strip_suffix('<').map_or((path, false), |path| (path, true));
    File {
        migration: migration(path),
        up: Ok(script(path, ".sql", &format!("SELECT '{path}'"))),
        down: has_down.then(|| script(path, ".down.sql", &format!("SELECT 'no {path}'"))),
        needs: vec![],
    }
}

fn asked(files: &[&str]) -> Asked {
    Asked {
        environment: EnvironmentName { name: "test".into(), production: false },
        files: files.iter().map(|path| file(path)).collect(),
        to: None,
        reverse: false,
        late: false,
        selection: Selection::All,
        policy: RunPolicy::usual(false),
        command: None,
    }
}

/// A fleet of one database. Each schema is told as `name: 0001_a 0002_b`, as `name: none`, `name: busy`, `name: closed`; one that
/// the registry does not name begins with `-`. `0001_a!` failed, `0001_a~` was edited.
fn fleet(dialect: LedgerDialect, schemas: &[&str], policy: Policy) -> (Fleet, PlanFacts) {
    let mut database = Database::new("app".into(), policy);
    let mut facts = DatabaseFacts { oid: 7, ..DatabaseFacts::default() };
    let mut tenants = Vec::new();
    for (at, told) in schemas.iter().enumerate() {
        let (name, lines) = told.split_once(':').expect("a colon");
        let (name, is_tenant) = name.strip_prefix('-').map_or((name, true), |name| (name, false));
        let oid = at as Oid + 100;
        let mut schema = SchemaFacts::named(oid, name, "app");
        if is_tenant {
            tenants.push(Tenant { schema: name.into(), ..Tenant::default() });
        }
        let words: Vec<&str> = lines.split_whitespace().collect();
        schema.ledger = Some(LedgerTable { oid: oid + 1000, table: "ledger".into(), dialect });
        match words.as_slice() {
            ["none"] => schema.ledger = None,
            ["busy"] => schema.history = Some(LedgerReading::Busy),
            ["closed"] => schema.readable = false,
            ["denied"] => drop(facts.denied.insert(oid)),
            lines => {
                let (id, fingerprint) = fold(lines);
                schema.history = Some(LedgerReading::Read(id));
                facts.fingerprints.insert(oid, fingerprint);
                let line = |line: &&str| Line {
                    migration: migration(line.trim_end_matches(['!', '~'])),
                    mark: if line.ends_with('!') { Mark::Failed } else { Mark::Applied },
                    checksum: Some(match line.strip_suffix('~') {
                        Some(_) => "another".into(),
                        None => format!("sha of {line}.sql"),
                    }),
                };
                database
                    .histories
                    .insert(id, std::sync::Arc::new(History { dialect, steps: lines.iter().map(line).collect() }));
            }
        }
        database.schemas.push(schema);
    }
    database.schemas.sort_by(|a, b| a.name.cmp(&b.name));
    database.registry = Some(Ok(Registry {
        dialect: RegistryDialect::DjangoTenants,
        source: "public.client".into(),
        tenants,
        lost_domains: vec![],
    }));
    database.drift_read = DriftRead { ledgers: true, structures: false };
    database.server = Some(Server {
        version: 150_000,
        system_identifier: Some(5),
        database: "app".into(),
        standby: false,
        role: "app".into(),
        superuser: true,
        pooler: false,
    });
    database.classify();
    let fleet = Fleet { databases: vec![database], ..Fleet::default() };
    (fleet, PlanFacts { databases: vec![facts] })
}

/// A history's identity and fingerprint that follow from its lines.
fn fold(lines: &[&str]) -> (HistoryId, Fingerprint) {
    let sum =
        lines.iter().flat_map(|line| line.bytes()).fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    (HistoryId(sum), Fingerprint { lines: lines.len() as u64, sum: sum.into() })
}

fn plan(schemas: &[&str], asked: &Asked) -> Result<Plan, Fault> {
    let (fleet, facts) =
        fleet(LedgerDialect::Tenantry, schemas, Policy { reference: Some("ref".into()), ..Policy::default() });
    build(&fleet, &facts, asked, Timestamp::UNIX_EPOCH)
}

/// A plan of two migrations for two schemas.
pub(in crate::plan) fn two_steps() -> Plan {
    plan(&["a: 0001_a", "b: 0001_a"], &asked(&["0001_a", "0002_b", "0003_c"])).expect("a plan")
}

/// Stages, and for each target what is done; then who is left out.
fn told(plan: &Plan) -> String {
    let mut text = String::new();
    for (at, stage) in plan.stages.iter().enumerate() {
        text.push_str(stage.kind.word());
        text.push('\n');
        for target in plan.targets.iter().filter(|target| usize::from(target.stage) == at) {
            let steps = &plan.groups[target.group as usize].steps;
            let names: Vec<String> = steps.iter().map(|at| plan.steps[*at as usize].origin.clone()).collect();
            text.push_str(&format!("  {}: {}\n", target.schema, names.join(" ")));
        }
    }
    for LeftOut { why, count, sample } in &plan.left_out {
        text.push_str(&format!("{}: {count} {}\n", why.words(), sample.join(" ")));
    }
    text
}

#[test]
fn who_needs_the_same_is_one_group_and_goes_in_its_turn() {
    let schemas = ["ref: 0001_a", "d: 0001_a", "b: 0001_a 0002_b", "c: 0001_a", "a: 0001_a", "z: 0001_a 0002_b 0003_c"];
    let plan = plan(&schemas, &asked(&["0001_a", "0002_b", "0003_c"])).unwrap();
    assert_eq!(
        told(&plan),
        "reference\n  ref: 0002_b.sql 0003_c.sql\n\
         canary\n  a: 0002_b.sql 0003_c.sql\n\
         wave\n  b: 0003_c.sql\n\
         wave\n  c: 0002_b.sql 0003_c.sql\n  d: 0002_b.sql 0003_c.sql\n\
         nothing to do: 1 z\n"
    );
    assert_eq!((plan.groups.len(), plan.steps.len()), (2, 2), "each is told once");
    assert_eq!((plan.databases[0].oid, plan.databases[0].system_identifier), (7, Some(5)));
    assert_eq!(plan.kind, crate::plan::Kind::Migrate { to: "0003_c".into() });
    assert_eq!(plan.steps[0].checksum.as_deref(), Some("sha of 0002_b.sql"));
}

#[test]
fn a_plan_is_called_after_the_newest_migration_that_it_does() {
    let done = |schemas: &[&str]| plan(schemas, &asked(&["0001_a", "0002_b", "0003_c"])).unwrap().kind;
    let to = |name: &str| crate::plan::Kind::Migrate { to: name.into() };
    assert_eq!(done(&["ref: 0001_a 0002_b 0003_c", "a: 0001_a"]), to("0003_c"));
    assert_eq!(done(&["ref: 0001_a 0002_b 0003_c", "a: 0001_a 0002_b 0003_c"]), to("0003_c"), "nothing to do");
    let two = asked(&["crm/0001_a", "crm/0002_b", "work/0001_c"]);
    let plan = plan(&["ref: crm/0001_a crm/0002_b work/0001_c", "a: crm/0001_a work/0001_c"], &two).unwrap();
    assert_eq!(plan.kind, to("crm 0002_b"));
}

#[test]
fn who_cannot_be_migrated_is_left_out_with_the_reason() {
    let schemas = [
        "a: 0001_a",
        "b: none",
        "c: busy",
        "d: closed",
        "e: 0001_a 0002_b!",
        "f: 0001_a 0009_other",
        "g: 0001_a 0003_c",
        "h: denied",
        "-orphan: 0001_a",
    ];
    let plan = plan(&schemas, &asked(&["0001_a", "0002_b", "0003_c"])).unwrap();
    assert_eq!(
        told(&plan),
        "canary\n  a: 0002_b.sql 0003_c.sql\n\
         no ledger: 1 b\n\
         ledger locked just now: 1 c\n\
         a migration failed or is half applied: 1 e\n\
         has migrations that the source has not: 1 f\n\
         misses migrations older than some it has: 1 g\n\
         our role may not change it: 2 d h\n"
    );
}

#[test]
fn what_its_own_tool_must_write_is_left_to_it() {
    let (fleet, facts) = fleet(LedgerDialect::Flyway, &["a: 1"], Policy::default());
    let plan = build(&fleet, &facts, &asked(&["V1__a", "V2__b"]), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(told(&plan), "its own tool must write its ledger: 1 a\n");
}

#[test]
fn the_order_in_which_schemas_were_found_makes_no_difference() {
    let schemas = ["a: 0001_a", "b: 0001_a 0002_b", "c: 0001_a", "d:"];
    let mut turned = schemas;
    turned.reverse();
    let asked = asked(&["0001_a", "0002_b", "0003_c"]);
    let (one, other) = (plan(&schemas, &asked).unwrap(), plan(&turned, &asked).unwrap());
    assert_eq!(told(&one), told(&other));
    // The schemas of the two fleets have other numbers, so that their hashes differ: all else is equal.
    let same = |plan: &Plan| {
        let mut plan = plan.clone();
        plan.targets.iter_mut().for_each(|target| target.oid = 0);
        plan.hash()
    };
    assert_eq!(same(&one), same(&other));
    assert_ne!(one.hash(), other.hash());
}

#[test]
fn it_ends_with_the_migration_that_was_named() {
    let mut asked = asked(&["0001_a", "0002_b", "0003_c"]);
    for (to, expected) in [("0002_b", "0002_b.sql"), ("0002", "0002_b.sql"), ("0003_c", "0002_b.sql 0003_c.sql")] {
        asked.to = Some(to.into());
        assert_eq!(told(&plan(&["a: 0001_a"], &asked).unwrap()), format!("canary\n  a: {expected}\n"));
    }
    for (to, expected) in [("0004", "the source has no migration 0004"), ("000", "000 may be several migrations")] {
        asked.to = Some(to.into());
        assert_eq!(plan(&["a: 0001_a"], &asked).unwrap_err().what, expected);
    }
}

#[test]
fn what_is_late_is_applied_only_when_that_is_asked_for() {
    let mut asked = asked(&["0001_a", "0002_b", "0003_c"]);
    asked.late = true;
    assert_eq!(told(&plan(&["a: 0001_a 0003_c"], &asked).unwrap()), "canary\n  a: 0002_b.sql\n");
}

#[test]
fn the_way_back_is_the_newest_first_and_needs_its_files() {
    let mut asked = asked(&["0001_a", "0002_b<", "0003_c<"]);
    (asked.reverse, asked.to) = (true, Some("0001_a".into()));
    let plan = |asked: &Asked| plan(&["a: 0001_a 0002_b~ 0003_c", "b: 0001_a 0002_b", "c: 0001_a"], asked);
    let back = plan(&asked).unwrap();
    assert_eq!(
        told(&back),
        "canary\n  b: 0002_b.down.sql\nwave\n  a: 0003_c.down.sql 0002_b.down.sql\nnothing to do: 1 c\n"
    );
    assert_eq!(back.kind, crate::plan::Kind::Revert { from: "0002_b".into() });
    let step = back.step(1, 1).unwrap();
    assert!(step.reverse);
    assert_eq!(
        (step.sha256.as_str(), step.checksum.as_deref()),
        ("sha of 0002_b.down.sql", Some("another")),
        "as the ledger says"
    );
    asked.files[2].down = None;
    assert_eq!(plan(&asked).unwrap_err().what, "0003_c has no way back");
    asked.to = Some("0003_c".into());
    assert_eq!(plan(&asked).unwrap_err().what, "nothing comes after 0003_c");
    asked.to = None;
    assert!(plan(&asked).unwrap_err().what.starts_with("how far"));
}

#[test]
fn applications_have_their_own_order_and_the_shared_ones_their_own_schema() {
    let policy =
        Policy { shared: vec!["public".into()], shared_apps: vec!["django.contrib.auth".into()], ..Policy::default() };
    let (fleet, facts) = fleet(
        LedgerDialect::Django,
        &["a: auth/0001_a crm/0001_a other/0001_x", "-public: auth/0001_a", "b: crm/0001_a crm/0002_b billing/0001_a"],
        policy,
    );
    let mut asked = asked(&["auth/0001_a", "auth/0002_b", "billing/0001_a", "crm/0001_a", "crm/0002_b"]);
    let built = |asked: &Asked| build(&fleet, &facts, asked, Timestamp::UNIX_EPOCH);
    assert_eq!(
        told(&built(&asked).unwrap()),
        "shared\n  public: auth/0002_b.sql\ncanary\n  a: billing/0001_a.sql crm/0002_b.sql\nnothing to do: 1 b\n"
    );
    asked.to = Some("crm/0002_b".into());
    assert_eq!(told(&built(&asked).unwrap()), "canary\n  a: crm/0002_b.sql\nnothing to do: 2 b public\n");
    asked.files.push(file("0001_plain"));
    assert_eq!(built(&asked).unwrap_err().what, "0001_plain.sql lies in no folder of an application");
}

#[test]
fn a_source_that_tells_what_needs_what_is_believed() {
    let mut asked = asked(&["a/0001", "b/0001", "a/0002", "b/0002"]);
    // b/0002 needs a/0002; b/0001 needs nothing.
    asked.files[2].needs = vec![migration("a/0001")];
    asked.files[3].needs = vec![migration("b/0001"), migration("a/0002")];
    asked.to = Some("b/0002".into());
    assert_eq!(told(&plan(&["x:"], &asked).unwrap()), "canary\n  x: a/0001.sql b/0001.sql a/0002.sql b/0002.sql\n");
    asked.to = Some("a/0002".into());
    assert_eq!(told(&plan(&["x: b/0001"], &asked).unwrap()), "canary\n  x: a/0001.sql a/0002.sql\n");
    assert_eq!(told(&plan(&["x: b/0001 b/0002"], &asked).unwrap()), "misses migrations older than some it has: 1 x\n");
}

#[test]
fn names_and_filters_choose_and_say_what_they_cannot() {
    let mut asked = asked(&["0001_a", "0002_b"]);
    let schemas = ["a: 0001_a", "b/c: 0001_a", "-old: 0001_a", "ref: 0001_a"];
    let mut of = |selection| {
        asked.selection = selection;
        plan(&schemas, &asked)
    };
    let names = |names: &[&str]| Selection::Named(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(told(&of(names(&["app/a", "b/c", "a"])).unwrap()), "canary\n  a: 0002_b.sql\nwave\n  b/c: 0002_b.sql\n");
    assert_eq!(told(&of(names(&["old"])).unwrap()), "canary\n  old: 0002_b.sql\n");
    let fault = of(names(&["a", "refs"])).unwrap_err();
    assert_eq!((fault.what.as_str(), fault.hint.as_deref()), ("there is no schema refs", Some("did you mean ref?")));
    let filter = Selection::Filter(Filter::parse("ledger:tenantry !schema:ref").unwrap());
    assert_eq!(
        told(&of(filter).unwrap()),
        "canary\n  a: 0002_b.sql\nwave\n  b/c: 0002_b.sql\nno tenant's: name it to include it: 1 old\n"
    );
}

#[test]
fn canaries_are_of_different_kinds_and_waves_have_their_shares() {
    let schemas: Vec<String> =
        (0..40).map(|n| format!("t{n:02}: 0001_a{}", if n % 10 == 9 { " 0002_b" } else { "" })).collect();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let mut asked = asked(&["0001_a", "0002_b", "0003_c"]);
    (asked.policy.canary, asked.policy.waves, asked.policy.go_ahead) = (3, vec![10, 50], true);
    let found = plan(&schemas, &asked).unwrap();
    let of = |stage| found.targets.iter().filter(|t| t.stage == stage).map(|t| t.schema.as_str()).collect::<Vec<_>>();
    assert_eq!(of(0), ["t00", "t01", "t09"]);
    assert_eq!([1, 2, 3].map(|stage| of(stage).len()), [4, 19, 14]);
    let asks: Vec<bool> = found.stages.iter().map(|stage| stage.go_ahead).collect();
    assert_eq!(asks, [false, true, true, true]);
    asked.policy.canary = 0;
    assert_eq!(plan(&schemas, &asked).unwrap().stages[0].kind, StageKind::Wave);
    (asked.policy.canary, asked.policy.waves) = (100, vec![10]);
    assert_eq!(plan(&schemas, &asked).unwrap().stages.len(), 1);
}

#[test]
fn a_migration_without_sql_spoils_only_the_plans_that_need_it() {
    let mut asked = asked(&["0001_a", "0002_b", "0003_c"]);
    asked.files[1].up = Err(Fault::new(FaultKind::Usage, "0002_b runs Python"));
    assert_eq!(told(&plan(&["a: 0001_a 0002_b"], &asked).unwrap()), "canary\n  a: 0003_c.sql\n");
    assert_eq!(plan(&["a: 0001_a 0002_b", "b: 0001_a"], &asked).unwrap_err().what, "0002_b runs Python");
}

#[test]
fn files_that_were_edited_after_they_were_applied_are_told() {
    let found = plan(&["a: 0001_a~", "b: 0001_a~", "c: 0001_a"], &asked(&["0001_a", "0002_b"])).unwrap();
    let notes: Vec<&str> = found.notes.iter().map(|note| note.what.as_str()).collect();
    assert_eq!(notes, ["0001_a.sql was edited after it was applied to 2 schemas"]);
}

#[test]
fn a_database_that_is_not_wholly_known_stops_the_plan() {
    let (mut fleet, facts) = fleet(LedgerDialect::Tenantry, &["a: 0001_a"], Policy::default());
    let asked = asked(&["0001_a", "0002_b"]);
    let built = |fleet: &Fleet| build(fleet, &facts, &asked, Timestamp::UNIX_EPOCH).unwrap_err().what;
    fleet.databases[0].drift_read.ledgers = false;
    assert_eq!(built(&fleet), "app: not all ledgers could be read");
    fleet.databases[0].drift_read.ledgers = true;
    fleet.databases[0].server.as_mut().unwrap().standby = true;
    assert_eq!(built(&fleet), "app is a standby, which takes no writes");
    fleet.databases[0].server.as_mut().unwrap().standby = false;
    fleet.databases[0].registry = Some(Err(Fault::new(FaultKind::Privilege, "no")));
    assert_eq!(built(&fleet), "app: no");
}

#[test]
fn a_finished_plan_knows_locks_and_where_foreign_keys_lead() {
    let mut asked = asked(&["0001_a", "0002_b"]);
    asked.files[1].up.as_mut().unwrap().statements = vec![
        "CREATE TABLE b (id int REFERENCES \"Users\")".into(),
        "ALTER TABLE orders ADD x int REFERENCES ext.tables".into(),
    ];
    let mut found = plan(&["a: 0001_a"], &asked).unwrap();
    assert!(names(&found).is_superset(&["Users", "orders", "ext", "tables"].map(str::to_owned).into()));
    let shared = [("Users".to_owned(), "public".to_owned())].into();
    finish(&mut found, &asked, CheckFacts { shared, ..CheckFacts::default() });
    assert_eq!(found.policy.referenced, ["ext.tables", "public.Users"]);
    assert_eq!(found.steps[0].statements[1].lock, Some(crate::plan::LockLevel::AccessExclusive));
    assert!(found.notes.iter().any(|note| note.place == Some((0, Some(1)))), "{:?}", found.notes);
}
