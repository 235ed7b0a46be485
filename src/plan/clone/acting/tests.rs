//! Who is chosen, and what is told where nobody can be.

use super::*;
use crate::plan::sample;

/// A role: its name, then what it may. `s` is a superuser, `b` one that ours may become, `c` one that may make schemas; then to whom it
/// may give.
fn roles(ours: &str, known: &[(&str, &str, &[&str])]) -> Roles {
    let one = |(name, may, gives): &(&str, &str, &[&str])| {
        let rights = Rights {
            is_superuser: may.contains('s'),
            may_become: may.contains('b') || *name == ours,
            may_create: may.contains('c'),
            gives: gives.iter().map(|&role| role.to_owned()).collect(),
            gets: BTreeSet::new(),
        };
        ((*name).to_owned(), rights)
    };
    Roles { ours: ours.into(), known: known.iter().map(one).collect() }
}

fn lack(role: &str, kind: LackKind, what: &str) -> Lack {
    Lack { role: Some(role).filter(|role| !role.is_empty()).map(str::to_owned), kind, what: what.into() }
}

struct Case {
    roles: Roles,
    owners: Vec<&'static str>,
    others: Vec<(&'static str, &'static str)>,
    lacks: Vec<Lack>,
    version: u32,
}

impl Case {
    fn of(known: &[(&str, &str, &[&str])]) -> Self {
        Self { roles: roles("me", known), owners: vec!["app"], others: vec![], lacks: vec![], version: 150_000 }
    }

    /// Who makes the schema, who the rest; then each note with its hint.
    fn choose(&self) -> (As, As, Vec<String>) {
        let mut database = sample::plan(&[]).databases.remove(0);
        (database.label, database.name, database.version) = ("main".into(), "ma\"in".into(), self.version);
        let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (role, what) in &self.others {
            others.entry((*role).to_owned()).or_default().push((*what).to_owned());
        }
        let ground = Ground {
            database: &database,
            roles: &self.roles,
            owners: self.owners.iter().copied().collect(),
            of_source: "app",
            others: &others,
            lacks: &self.lacks,
        };
        let (schema, maker, notes) = ground.choose();
        assert!(notes.iter().all(|note| note.refuses));
        let told = |note: Note| format!("{}: {} | {}", note.rule, note.what, note.hint.unwrap_or_default());
        (schema, maker, notes.into_iter().map(told).collect())
    }
}

#[test]
fn who_can_is_chosen() {
    let check = |case: &Case, schema: As, maker: As| assert_eq!(case.choose(), (schema, maker, vec![]));
    check(&Case::of(&[("me", "s", &[]), ("app", "", &[])]), As::Ours, As::Ours);
    check(&Case::of(&[("me", "", &[]), ("app", "bc", &[])]), As::Owner, As::Owner);
    check(&Case::of(&[("me", "c", &[]), ("app", "b", &[])]), As::Ours, As::Owner);
    // Something belongs to another one: who may give it to that one makes it.
    let mut case = Case::of(&[("me", "c", &[]), ("app", "b", &["bob"]), ("bob", "b", &[])]);
    case.others = vec![("bob", "table t")];
    check(&case, As::Ours, As::Owner);
    case.roles = roles("me", &[("me", "c", &[]), ("app", "b", &[]), ("bob", "bc", &["app"])]);
    check(&case, As::Role("bob".into()), As::Role("bob".into()));
    case.roles = roles("me", &[("me", "c", &["app", "bob"]), ("app", "b", &[]), ("bob", "b", &[])]);
    check(&case, As::Ours, As::Ours);
    // Targets belong to roles of their own, which may not read the source: who may do both does it.
    let mut case = Case::of(&[("me", "c", &["app", "a_app"]), ("app", "b", &[]), ("a_app", "b", &[])]);
    case.owners = vec!["a_app"];
    check(&case, As::Ours, As::Owner);
    case.lacks = vec![lack("a_app", LackKind::Read, "SELECT ON TABLE app.t")];
    check(&case, As::Ours, As::Ours);
}

#[test]
fn what_is_missing_is_told_with_the_grant_that_mends_it() {
    let check = |case: &Case, expected: &[&str]| assert_eq!(case.choose().2, expected);
    check(
        &Case::of(&[("me", "", &[]), ("app", "", &[])]),
        &[
            "other-owner: our role me may not become who owns it: app | GRANT \"app\" TO \"me\"",
            "no-create: neither app, to whom it belongs, nor our role may make schemas in main | GRANT CREATE ON DATABASE \
             \"ma\"\"in\" TO \"app\"",
        ],
    );
    let mut case = Case::of(&[("me", "c", &[]), ("app", "b", &[]), ("bob", "", &[])]);
    (case.version, case.others) = (160_000, vec![("bob", "table t"), ("bob", "function f()")]);
    check(
        &case,
        &[
            "other-owner: app would make it, and may give nothing to bob (table t, function f()) | GRANT \"bob\" TO \"app\" WITH \
           INHERIT TRUE, SET TRUE",
        ],
    );
    let mut case = Case::of(&[("me", "c", &[]), ("app", "b", &[])]);
    case.lacks = vec![
        lack("", LackKind::Superuser, "f() in c"),
        lack("app", LackKind::Right, "USAGE ON SCHEMA extensions"),
        lack("app", LackKind::Member, "z"),
        lack("app", LackKind::Hidden, "secrets"),
        lack("bob", LackKind::Right, "nothing of ours"),
    ];
    // Ours has fewer faults than the owner by its rights, but may give nothing.
    case.lacks.extend([LackKind::Right, LackKind::Member, LackKind::Hidden].map(|kind| lack("me", kind, "x")));
    check(
        &case,
        &[
            "lacks-rights: app would make it, and lacks \"z\", USAGE ON SCHEMA extensions | GRANT \"z\" TO \"app\"; GRANT USAGE ON \
             SCHEMA extensions TO \"app\"",
            "rows-hidden: row security hides rows from app: secrets | leave these rows out, or let a role with BYPASSRLS clone it",
            "needs-superuser: only a superuser may make: f() in c | let a superuser clone it, or keep them in a schema that all \
             tenants share",
        ],
    );
    check(&Case::of(&[("me", "s", &[])]), &["no-role: there is no role app | create it first"]);
}

#[test]
fn rows_of_another_database_are_read_by_who_may() {
    let read = |role: &str| lack(role, LackKind::Read, "SELECT ON TABLE a.t");
    let known = roles("me", &[("me", "", &[]), ("app", "b", &[])]);
    assert_eq!(reader(&known, "app", &[read("app"), lack("me", LackKind::Right, "x")]), (As::Ours, None));
    assert_eq!(reader(&known, "app", &[read("me")]), (As::Role("app".into()), None));
    let (_, why) = reader(&known, "app", &[read("me"), read("app")]);
    assert_eq!(why.and_then(|note| note.hint).as_deref(), Some("GRANT SELECT ON TABLE a.t TO \"me\""));
    let stranger = roles("me", &[("me", "", &[]), ("app", "", &[])]);
    assert!(reader(&stranger, "app", &[read("me")]).1.is_some());
}

#[test]
fn the_registry_is_written_by_who_may() {
    let writers = |ours: &[&str], app: Option<&[&str]>| {
        let own = |lacks: &[&str]| lacks.iter().map(|&lack| lack.to_owned()).collect::<Vec<_>>();
        let mut writers = vec![("me".to_owned(), own(ours))];
        writers.extend(app.map(|lacks| ("app".to_owned(), own(lacks))));
        registrar(&writers)
    };
    assert_eq!(registrar(&[]), (As::Ours, None));
    assert_eq!(writers(&[], Some(&[])), (As::Ours, None));
    assert_eq!(writers(&["x"], Some(&[])), (As::Role("app".into()), None));
    let why = writers(&["INSERT ON TABLE public.t"], None).1.and_then(|note| note.hint);
    assert_eq!(why.as_deref(), Some("GRANT INSERT ON TABLE public.t TO \"me\""));
}
