//! Plans of drops from facts, and what their messages say.

use jiff::Timestamp;

use super::message::Removal;
use super::{Archive, Asked, DropFacts, build};
use crate::dialect::registry::rows::Tables;
use crate::domain::catalog::SchemaFacts;
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link};
use crate::domain::registry::{Domain, Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;
use crate::domain::session::{Held, LockMode, Session, SessionFacts, State};
use crate::plan::whole::{Follows, WholeFacts, choose};
use crate::plan::{EnvironmentName, Kind, Plan, RunPolicy};

const NAMES: [&str; 5] = ["O'Neill \"1\".*", "acme", "public", "reference", "stray"];

fn fleet() -> Fleet {
    let policy = Policy { reference: Some("reference".into()), ..Policy::default() };
    let mut fleet = Fleet::new([("main".to_owned(), policy)]);
    let id = DatabaseId(0);
    let schemas = (1..).zip(NAMES).map(|(at, name)| SchemaFacts::named(16_383 + at, name, "ann"));
    let domain = Domain { name: "acme.example.com".into(), primary: true, folder: None };
    let tenant = Tenant { schema: "acme".into(), domains: vec![domain], ..Tenant::default() };
    let registry = Registry {
        dialect: RegistryDialect::DjangoTenants,
        source: "public.client + public.domain".into(),
        tenants: vec![tenant],
        lost_domains: Vec::new(),
    };
    fleet.apply(FleetEvent::Link(id, Link::Up { round_trip_us: 1 }));
    fleet.apply(FleetEvent::Names(id, schemas.collect()));
    fleet.apply(FleetEvent::Registry(id, Ok(registry)));
    fleet
}

fn known() -> WholeFacts {
    WholeFacts { owner: "ann".into(), is_ours: true, may_become: true, may_create: true, tables: 3, ..WholeFacts::default() }
}

fn facts() -> DropFacts {
    let tables = Tables {
        tenants: ("public".into(), "client".into()),
        key: "id".into(),
        domains: Some(("public".into(), "domain".into())),
    };
    DropFacts { oid: 5, locks: 6_400, sessions: Some(SessionFacts::default()), registry: Some(tables), writers: Vec::new() }
}

fn asked(registry: bool) -> Asked {
    let archive = Archive { folder: "/a".into(), dump: "pg_dump".into(), restore: "pg_restore".into() };
    let environment = EnvironmentName { name: "test".into(), production: false };
    Asked { environment, archive: Some(archive), registry, policy: RunPolicy::usual(false) }
}

fn plan_of(name: &str, known: &WholeFacts, facts: DropFacts, asked: &Asked) -> Plan {
    let fleet = fleet();
    let chosen = choose(&fleet, &[name.to_owned()]).expect("a schema").into_iter().map(|one| (one, known.clone()));
    build(&fleet, &chosen.collect::<Vec<_>>(), &[Some(facts)], asked, Timestamp::UNIX_EPOCH).expect("a plan")
}

/// The rules of the notes but that of sizes, those that refuse with an exclamation mark.
fn rules(plan: &Plan) -> Vec<String> {
    let notes = plan.notes.iter().filter(|note| note.rule != "size");
    notes.map(|note| format!("{}{}", note.rule, if note.refuses { "!" } else { "" })).collect()
}

#[test]
fn only_tenants_and_what_nobody_names_may_go() {
    let of = |name| rules(&plan_of(name, &known(), facts(), &asked(true)));
    assert_eq!(of("acme"), Vec::<String>::new());
    assert_eq!(of("stray"), Vec::<String>::new());
    assert_eq!(of("public"), ["not-a-tenant!"]);
    assert_eq!(of("reference"), ["not-a-tenant!"]);
    assert!(choose(&fleet(), &["pg_catalog".into()]).is_err());
    let fault = choose(&fleet(), &["acne".into()]).unwrap_err();
    assert_eq!(fault.hint.as_deref(), Some("did you mean acme?"));
}

#[test]
fn whatever_is_in_the_way_refuses() {
    let of = |known: WholeFacts, facts| rules(&plan_of("acme", &known, facts, &asked(true)));
    assert_eq!(of(WholeFacts { dependents: vec!["view public.v".into()], ..known() }, facts()), ["depended-on!"]);
    assert_eq!(of(WholeFacts { is_ours: false, may_become: false, ..known() }, facts()), ["not-owner!"]);
    assert_eq!(of(WholeFacts { is_ours: false, ..known() }, facts()), Vec::<String>::new());
    assert_eq!(of(WholeFacts { may_create: false, ..known() }, facts()), ["no-create!"]);
    assert_eq!(of(WholeFacts { closed: 1, ..known() }, facts()), ["archive-denied!"]);
    assert_eq!(of(WholeFacts { tables: 1_601, ..known() }, facts()), ["archive-locks!"]);
    assert_eq!(of(known(), DropFacts { sessions: None, ..facts() }), ["use-unknown"]);
    assert_eq!(of(known(), DropFacts { registry: None, ..facts() }), ["registry-unknown!"]);
    let denied = vec![("dba".to_owned(), vec!["DELETE ON TABLE public.client".to_owned()])];
    let plan = plan_of("acme", &known(), DropFacts { writers: denied.clone(), ..facts() }, &asked(true));
    let hint = plan.notes.iter().find(|note| note.rule == "registry-denied").and_then(|note| note.hint.clone());
    assert_eq!(hint.as_deref(), Some("GRANT DELETE ON TABLE public.client TO \"dba\""));
    let owner = [denied, vec![("app".to_owned(), Vec::new())]].concat();
    assert_eq!(of(known(), DropFacts { writers: owner, ..facts() }), Vec::<String>::new());
    let followers = vec![("public.invoice".to_owned(), Follows::Cascade)];
    assert_eq!(of(WholeFacts { followers, ..known() }, facts()), ["registry-followers"]);
    let without = Asked { archive: None, ..asked(false) };
    let plan = plan_of("acme", &WholeFacts { tables: 1_601, closed: 1, ..known() }, facts(), &without);
    assert_eq!(rules(&plan), ["registry-stays", "no-archive"]);
}

#[test]
fn who_works_in_a_schema_keeps_it_and_who_was_there_is_told() {
    let session = |state, query: &str, holds| {
        let session = Session {
            pid: 7,
            state,
            kind: Some("client backend".into()),
            query: Some(query.into()),
            holds,
            ..Session::default()
        };
        DropFacts { sessions: Some(SessionFacts { sessions: vec![session], ..SessionFacts::default() }), ..facts() }
    };
    let of = |facts| rules(&plan_of("acme", &known(), facts, &asked(true)));
    let held = Held { schema: "acme".into(), mode: LockMode::AccessShare, count: 1, relation: Some("a".into()) };
    assert_eq!(of(session(State::IdleInTransaction, "", vec![held.clone()])), ["in-use!"]);
    assert_eq!(of(session(State::Active, "SELECT * FROM acme.orders", vec![])), ["in-use!"]);
    assert_eq!(of(session(State::Idle, "SELECT * FROM acme.orders", vec![])), ["used-lately"]);
    assert_eq!(of(session(State::Active, "SELECT * FROM bolt.orders", vec![])), Vec::<String>::new());
    let other = Held { schema: "stray".into(), ..held };
    assert_eq!(of(session(State::IdleInTransaction, "", vec![other])), Vec::<String>::new());
}

#[test]
fn the_registry_changes_in_the_transaction_that_marks() {
    let plan = plan_of("acme", &known(), facts(), &asked(true));
    let Kind::Drop(dropping) = &plan.kind else { panic!("a drop") };
    let removal = Removal::of(&plan, dropping, 0, "F2K9X4").expect("a target");
    let mark = removal.mark();
    let places =
        ["ALTER SCHEMA \"acme\" RENAME TO \"tenantry_dropped_f2k9x4_16385\"", "\"domain\"", "\"client\" WHERE", "IMMEDIATE"];
    let found: Vec<Option<usize>> = places.iter().map(|place| mark.find(place)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{found:?}\n{mark}");
    assert!(!mark.contains("BEGIN ISOLATION") && !mark.contains("\nCOMMIT"), "it is one transaction by itself: {mark}");
    let open = removal.mark_and_commit(77);
    assert!(open.trim_end().ends_with("COMMIT\n;") && open.contains("''77''"), "{open}");
}

#[test]
fn hostile_names_stay_names() {
    let plan = plan_of(NAMES[0], &known(), facts(), &asked(true));
    let Kind::Drop(dropping) = &plan.kind else { panic!("a drop") };
    let removal = Removal::of(&plan, dropping, 0, "F2K9X4").expect("a target");
    assert!(removal.mark().contains("ALTER SCHEMA \"O'Neill \"\"1\"\".*\" RENAME TO"));
    assert_eq!(removal.way_back(), "ALTER SCHEMA \"tenantry_dropped_f2k9x4_16384\" RENAME TO \"O'Neill \"\"1\"\".*\"");
    assert!(!removal.batch(10).contains("Neill"), "once it is marked its name is used no more");
}
