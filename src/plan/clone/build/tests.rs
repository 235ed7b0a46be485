//! What the plan of a clone says: of names that cannot be, of rows, of another database, of owners and of the registry.

use super::*;
use crate::dialect::register::{Column, Sheet};
use crate::domain::registry::{Domain, RegistryDialect, Tenant};
use crate::domain::rights::{LackKind, Rights};
use crate::domain::structure::Fingerprint;
use crate::plan::clone::{Copy, Made, Piece, Template};
use crate::plan::sample;

fn facts() -> Facts {
    let place = Place { encoding: "UTF8".into(), collation: "C / C".into(), locks: 6_400, is_standby: false };
    let superuser = Rights { is_superuser: true, may_become: true, may_create: true, ..Rights::default() };
    Facts {
        databases: sample::plan(&[]).databases,
        source: Source { database: 0, oid: 7, schema: "reference".into(), owner: "app".into(), exact: Fingerprint(1) },
        is_reference: true,
        recipe: Recipe {
            structure: vec![Made { what: "table orders".into(), sql: Template::text("x") }],
            copies: vec![Copy {
                table: "orders".into(),
                columns: vec!["id".into()],
                rows: 10,
                bytes: 8_192,
                sequences: vec![],
            }],
            ..Recipe::default()
        },
        notes: Vec::new(),
        unlogged: Vec::new(),
        outside: Outside::default(),
        invalid: Vec::new(),
        places: (place.clone(), place),
        taken: ["acme".to_owned()].into(),
        roles: Roles {
            ours: "dba".into(),
            known: [("dba".to_owned(), superuser), ("app".to_owned(), Rights::default())].into(),
        },
        others: BTreeMap::new(),
        lacks: Vec::new(),
        readers: None,
        book: None,
        writers: Vec::new(),
        registered: None,
    }
}

fn asked(targets: &[&str]) -> Asked {
    Asked {
        environment: EnvironmentName { name: "eu".into(), production: false },
        targets: targets.iter().map(|&name| name.to_owned()).collect(),
        rows: Rows::Seed,
        owner: None,
        entry: None,
        policy: RunPolicy { concurrency: 2, ..RunPolicy::usual(false) },
    }
}

/// The rules of the notes; `!` where the plan cannot be run because of one.
fn said(facts: Facts, asked: &Asked) -> Vec<String> {
    let plan = build(facts, asked, Timestamp::UNIX_EPOCH);
    plan.notes.iter().map(|note| format!("{}{}", note.rule, if note.refuses { "!" } else { "" })).collect()
}

#[test]
fn a_name_that_cannot_be_made_is_refused() {
    let check = |targets: &[&str], expected: &[&str]| {
        let found = said(facts(), &asked(targets));
        let found: Vec<&str> = found.iter().map(String::as_str).filter(|rule| *rule != "rows").collect();
        assert_eq!(found, expected, "{targets:?}");
    };
    check(&["bolt"], &[]);
    check(&["bolt", "bolt"], &["named-twice!"]);
    check(&["acme"], &["exists!"]);
    check(&["Acme"], &[]);
    check(&[""], &["no-name!"]);
    check(&["pg_bolt"], &["name-reserved!"]);
    check(&[&"ä".repeat(32)], &["name-too-long!"]);
    check(&[&"a".repeat(63)], &[]);
    check(&["o\"neill"], &["odd-name"]);
}

#[test]
fn a_name_that_cannot_stand_in_a_body_is_refused_where_a_body_has_it() {
    let mut facts = facts();
    assert!(!said(facts.clone(), &asked(&["a$b"])).contains(&"name-in-bodies!".to_owned()));
    let mut body = Template::text("BEGIN; SELECT 'x' FROM ");
    body.push_schema().push(".orders; END");
    facts.recipe.finish.push(Made { what: "function f()".into(), sql: Template(vec![Piece::Literal(body)]) });
    assert!(said(facts.clone(), &asked(&["a$b"])).contains(&"name-in-bodies!".to_owned()));
    assert!(!said(facts, &asked(&["a b"])).contains(&"name-in-bodies!".to_owned()));
}

#[test]
fn rows_and_locks_beyond_one_transaction_make_several() {
    let phased = |facts: Facts| match build(facts, &asked(&["bolt"]), Timestamp::UNIX_EPOCH).kind {
        Kind::Clone(cloning) => cloning.phased,
        _ => false,
    };
    assert!(!phased(facts()));
    let mut many = facts();
    many.recipe.copies[0].bytes = ONE_TRANSACTION + 1;
    assert!(phased(many.clone()));
    many.databases[0].pooler = true;
    assert!(said(many, &asked(&["bolt"])).contains(&"needs-direct!".to_owned()));
    let mut few = facts();
    few.places.1.locks = 20;
    assert!(phased(few));
}

#[test]
fn rows_of_a_customer_are_a_danger() {
    let all = Asked { rows: Rows::All, ..asked(&["bolt"]) };
    assert_eq!(said(facts(), &all), ["rows"]);
    assert_eq!(said(Facts { is_reference: false, ..facts() }, &all), ["customer-data", "rows"]);
    let some = Asked { rows: Rows::Tables(vec!["orders".into(), "order".into()]), ..asked(&["bolt"]) };
    assert_eq!(said(facts(), &some), ["no-table!", "rows"]);
}

#[test]
fn another_database_is_compared_with_that_of_the_source() {
    let mut other = facts();
    let mut source = other.databases[0].clone();
    (source.label, source.version) = ("us".into(), 170_000);
    other.databases.push(source);
    other.source.database = 1;
    other.places.0 = Place { encoding: "LATIN1".into(), collation: "de / de".into(), ..Place::default() };
    other.readers = Some(Roles { ours: "reader".into(), ..Roles::default() });
    other.lacks = vec![Lack { role: Some("reader".into()), kind: LackKind::Read, what: "SELECT ON TABLE x".into() }];
    let expected = ["lacks-rights!", "other-encoding", "other-collation", "older-server", "rows"];
    assert_eq!(said(other, &asked(&["bolt"])), expected);
}

#[test]
fn owners_must_be_there_and_within_reach() {
    let with = |roles: &[(&str, bool)], is_superuser: bool| {
        let mut facts = facts();
        let may = |may_become| Rights { may_become, ..Rights::default() };
        facts.roles.known.extend(roles.iter().map(|(name, may_become)| ((*name).to_owned(), may(*may_become))));
        let ours = Rights { is_superuser, may_create: true, may_become: true, ..Rights::default() };
        facts.roles.known.insert("dba".into(), ours);
        said(facts, &Asked { owner: Some("{schema}_app".into()), ..asked(&["bolt"]) })
    };
    assert_eq!(with(&[], true), ["no-role!", "rows"]);
    assert_eq!(with(&[("bolt_app", false)], false), ["other-owner!", "rows"]);
    assert_eq!(with(&[("bolt_app", true)], false), ["rows"]);
    assert_eq!(with(&[("bolt_app", false)], true), ["rows"]);
}

#[test]
fn a_registry_that_nobody_of_ours_may_write_is_refused() {
    let mut facts = facts();
    facts.writers = vec![("dba".into(), vec!["INSERT ON TABLE public.tenant".into()])];
    assert!(said(facts.clone(), &asked(&["bolt"])).contains(&"registry-denied!".to_owned()));
    facts.writers.push(("app".into(), Vec::new()));
    let Kind::Clone(cloning) = build(facts, &asked(&["bolt"]), Timestamp::UNIX_EPOCH).kind else { panic!("a clone") };
    assert_eq!(cloning.acting.registrar, As::Role("app".into()));
}

#[test]
fn each_target_has_its_line_in_the_registry() {
    let column = |name: &str| Column { name: name.into(), kind: "text".into(), needed: true };
    let tenants =
        Sheet { schema: "public".into(), name: "tenant".into(), columns: vec![column("schema_name"), column("domain_url")] };
    let book = Book { dialect: RegistryDialect::DjangoTenantSchemas, tenants, domains: None, key: "id".into() };
    let with = |book: Option<Book>, domain: Option<&str>| {
        let entry = Some(Entry { domain: domain.map(str::to_owned), values: Vec::new() });
        build(Facts { book, ..facts() }, &Asked { entry, ..asked(&["bolt", "coil"]) }, Timestamp::UNIX_EPOCH)
    };
    let rules = |plan: &Plan| plan.notes.iter().map(|note| note.rule.clone()).collect::<Vec<_>>();
    assert_eq!(rules(&with(None, None)), ["no-registry", "rows"]);
    assert_eq!(rules(&with(Some(book.clone()), None)), ["registry-incomplete", "rows"]);
    let shared = with(Some(book.clone()), Some("a.org"));
    assert_eq!(rules(&shared), ["domain-shared", "rows"]);
    assert_eq!(shared.refusal().map(|note| note.what.as_str()), Some("2 tenants would have the domain a.org"));
    let own = with(Some(book.clone()), Some("{schema}.org"));
    assert_eq!(rules(&own), ["rows"]);
    let Kind::Clone(cloning) = own.kind else { panic!("a clone") };
    assert_eq!(cloning.registry.len(), 2);
    assert!(cloning.registry[1][0].ends_with("VALUES ('coil', 'coil.org')"), "{:?}", cloning.registry);
}

#[test]
fn who_is_registered_already_is_refused() {
    let column = |name: &str| Column { name: name.into(), kind: "text".into(), needed: true };
    let tenants =
        Sheet { schema: "public".into(), name: "tenant".into(), columns: vec![column("schema_name"), column("domain_url")] };
    let book = Book { dialect: RegistryDialect::DjangoTenantSchemas, tenants, domains: None, key: "id".into() };
    let domain =
        |name: &str, folder: Option<&str>| Domain { name: name.into(), primary: true, folder: folder.map(str::to_owned) };
    let tenant = |schema: &str, domains: Vec<Domain>| Tenant { schema: schema.into(), domains, ..Tenant::default() };
    let registered = Registry {
        dialect: RegistryDialect::DjangoTenantSchemas,
        source: "public.tenant".into(),
        tenants: vec![
            tenant("acme", vec![domain("a.org", None)]),
            tenant("coil", Vec::new()),
            tenant("dart", vec![domain("d.org", Some("f"))]),
        ],
        lost_domains: vec![domain("lost.org", None)],
    };
    let told = |schema: &str, domain: &str| {
        let entry = Some(Entry { domain: Some(domain.into()), values: Vec::new() });
        let facts = Facts { book: Some(book.clone()), registered: Some(registered.clone()), ..facts() };
        let plan = build(facts, &Asked { entry, ..asked(&[schema]) }, Timestamp::UNIX_EPOCH);
        plan.refusal().map(|note| note.what.clone())
    };
    assert_eq!(told("bolt", "b.org"), None);
    assert_eq!(told("bolt", "d.org"), None, "that one has a folder");
    assert_eq!(told("bolt", "a.org").as_deref(), Some("a.org is the domain of acme already"));
    assert_eq!(
        told("lost", "{schema}.org").as_deref(),
        Some("lost.org is in the registry already, as the domain of a tenant that is gone")
    );
    assert_eq!(told("coil", "c.org").as_deref(), Some("the registry has a tenant with the schema coil already"));
}

#[test]
fn an_estimate_is_no_part_of_what_is_approved() {
    let hash = |facts: Facts| build(facts, &asked(&["bolt"]), Timestamp::UNIX_EPOCH).hash();
    let mut grown = facts();
    grown.recipe.copies[0].rows = 11;
    assert_eq!(hash(facts()), hash(grown));
    let mut other = facts();
    other.recipe.copies[0].columns.push("total".into());
    assert_ne!(hash(facts()), hash(other));
}

#[test]
fn a_file_keeps_the_whole_plan() {
    let mut facts = facts();
    facts.roles.known.insert("bolt_app".into(), Rights::default());
    let mut asked =
        Asked { owner: Some("{schema}_app".into()), rows: Rows::Tables(vec!["orders".into()]), ..asked(&["bolt"]) };
    asked.entry = None;
    let mut plan = build(facts, &asked, Timestamp::UNIX_EPOCH);
    if let Kind::Clone(cloning) = &mut plan.kind {
        cloning.registry.push(vec!["x".into()]);
    }
    let text = serde_json::to_string(&plan).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Plan>(&text).map_err(|error| error.to_string()), Ok(plan));
}
