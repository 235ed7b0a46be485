//! Each finding and its absence, on fleets as small as they can be. Must not know a server.

use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::domain::catalog::{Counts, SchemaFacts};
use crate::domain::fleet::{FleetEvent, Severity};
use crate::domain::history::{History, HistoryId, LedgerReading, Mark, Migration, Step};
use crate::domain::placement::{CrossingKey, FindingKind, PlacedTable, TableColumns};
use crate::domain::registry::{Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;

const DB: DatabaseId = DatabaseId(0);

/// A fleet of tenants `a`, `b`, `c`, ... and `public`, an orphan `lost`, each with its own OID.
fn fleet(tenants: u32) -> Fleet {
    let mut fleet = Fleet::new([("db".to_owned(), Policy::default())]);
    let names: Vec<String> = (0..tenants).map(name).collect();
    let all = names.iter().map(String::as_str).chain(["lost", "public"]);
    let schemas = all.map(|name| SchemaFacts::named(oid(name), name, "app")).collect();
    fleet.apply(FleetEvent::Names(DB, schemas));
    let tenant = |schema: &String| Tenant { schema: schema.clone(), ..Tenant::default() };
    fleet.apply(FleetEvent::Registry(
        DB,
        Ok(Registry {
            dialect: RegistryDialect::DjangoTenants,
            source: String::new(),
            tenants: names.iter().map(tenant).collect(),
            lost_domains: Vec::new(),
        }),
    ));
    fleet
}

fn name(at: u32) -> String {
    format!("t{at:02}")
}

fn oid(schema: &str) -> Oid {
    match schema {
        "public" => 1,
        "lost" => 2,
        tenant => 100 + tenant[1..].parse::<u32>().unwrap(),
    }
}

/// `public` and tenants by their numbers: `p`, `0-9`.
fn set(words: &str) -> Vec<Oid> {
    let mut set = Vec::new();
    for word in words.split_whitespace() {
        match (word, word.split_once('-')) {
            (_, Some((from, to))) => {
                set.extend((from.parse().unwrap()..=to.parse::<u32>().unwrap()).map(|at| oid(&name(at))));
            }
            ("p", _) => set.push(oid("public")),
            ("lost", _) => set.push(oid("lost")),
            (one, _) => set.push(oid(&name(one.parse().unwrap()))),
        }
    }
    set.sort_unstable();
    set
}

fn facts(tables: &[(&str, &str)]) -> PlacementFacts {
    let mut facts = PlacementFacts::default();
    for (table, words) in tables {
        let set = set(words);
        let at = facts.sets.iter().position(|other| *other == set).unwrap_or_else(|| {
            facts.sets.push(set);
            facts.sets.len() - 1
        });
        facts.tables.push(PlacedTable { name: (*table).to_owned(), set: at });
    }
    facts.tables.sort_by(|a, b| a.name.cmp(&b.name));
    for (table, columns) in [("django_session", "session_key session_data expire_date"), ("sessions", "id session_id data")]
    {
        if tables.iter().any(|(name, words)| *name == table && words.contains('p')) {
            let columns = columns.split(' ').map(str::to_owned).collect();
            facts.columns.push(TableColumns { schema: oid("public"), table: table.to_owned(), columns });
        }
    }
    facts
}

/// What is found, as `severity kind tenants`, the worst first.
fn found(fleet: &Fleet, facts: &PlacementFacts) -> Vec<String> {
    let word = |severity: Severity| format!("{severity:?}").to_lowercase();
    let judged = judge(fleet, DB, facts);
    judged.findings.iter().map(|it| format!("{} {} {}", word(it.severity), it.kind.word(), it.tenants.count)).collect()
}

fn check(tables: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(found(&fleet(20), &facts(tables)), expected, "{tables:?}");
}

#[test]
fn every_table_has_its_place() {
    let tables = [("own", "0-19"), ("both", "p 0-19"), ("shared", "p"), ("some", "0-18"), ("few", "p 3"), ("lost", "lost")];
    let judged = judge(&fleet(20), DB, &facts(&tables));
    let rows: Vec<_> = judged.rows.iter().map(|row| (row.table.as_str(), row.place, row.tenants)).collect();
    let expected = [
        ("few", Place::Some, 1),
        ("some", Place::Some, 19),
        ("both", Place::Both, 20),
        ("shared", Place::Shared, 0),
        ("own", Place::Tenants, 20),
    ];
    assert_eq!((rows, judged.elsewhere, judged.tenants), (expected.to_vec(), 1, 20));
    let odd = |at: usize| judged.rows[at].odd.clone().map(|odd| (odd.have_it, odd.tenants.schemas));
    assert_eq!(odd(0), Some((true, vec!["t03".to_owned()])));
    assert_eq!(odd(1), Some((false, vec!["t19".to_owned()])));
    assert_eq!(odd(2), None);
}

#[test]
fn sessions_must_be_as_strict_as_users() {
    let leak = |tenants: u32| format!("danger session-leak {tenants}");
    let safe = "ok sessions-safe 0";
    let check = |users: &str, sessions: &str, expected: &str| {
        let all = facts(&[("auth_user", users), ("django_session", sessions)]);
        let all = found(&fleet(20), &all);
        let told: Vec<_> = all.iter().filter(|it| it.contains("session")).map(String::as_str).collect();
        assert_eq!(told, if expected.is_empty() { vec![] } else { vec![expected] }, "{users} / {sessions}");
    };
    check("0-19", "p", &leak(20));
    check("p 0-19", "p", &leak(20));
    check("0-19", "p 0-17", &leak(2));
    check("3", "p", &leak(1));
    check("p 0-19", "p 0-19", safe);
    check("0-19", "0-19", safe);
    check("p", "p", safe);
    check("p", "0-19", safe);
    check("lost", "p", "");
}

#[test]
fn users_are_found_whatever_their_table_is_called() {
    let by_name = [
        ("people_person", "0-19"),
        ("people_person_groups", "0-19"),
        ("people_person_user_permissions", "0-19"),
        ("django_session", "p"),
    ];
    check(&by_name, &["danger session-leak 20"]);
    let mut by_key = facts(&[("person", "0-19"), ("django_session", "p")]);
    assert_eq!(found(&fleet(20), &by_key), [""; 0]);
    by_key.logged.push("person".to_owned());
    assert_eq!(found(&fleet(20), &by_key), ["danger session-leak 20"]);
    check(&[("users", "0-19"), ("sessions", "p")], &["danger session-leak 20"]);
    let mut training = facts(&[("users", "0-19"), ("sessions", "p")]);
    training.columns[0].columns = vec!["id".into(), "room".into(), "begins".into()];
    assert_eq!(found(&fleet(20), &training), [""; 0], "a table of that name that holds something else");
}

#[test]
fn content_types_ledgers_and_tables_in_both_are_told_once() {
    check(&[("django_content_type", "p 0-19")], &["warn content-types 20"]);
    check(&[("django_content_type", "0-19")], &[]);
    check(&[("django_content_type", "p")], &[]);
    check(&[("django_migrations", "p 0-19")], &["info ledger 20"]);
    check(&[("django_migrations", "p")], &[]);
    check(&[("auth_group", "p 0-19"), ("auth_permission", "p 0-19")], &["info both 20"]);
    check(&[("auth_group", "p"), ("crm_order", "0-19")], &[]);
}

#[test]
fn a_table_of_some_tenants_is_told_by_how_few_stand_out() {
    check(&[("crm_order", "0-18")], &["warn some-tenants 1"]);
    check(&[("crm_order", "0-17"), ("crm_item", "0-17")], &["warn some-tenants 2"]);
    check(&[("crm_order", "0-17"), ("crm_item", "1-18")], &["warn some-tenants 2", "warn some-tenants 2"]);
    check(&[("crm_order", "0-16")], &["info some-tenants 3"]);
    check(&[("hotfix", "4 7")], &["warn some-tenants 2"]);
    check(&[("module", "0-9")], &["info some-tenants 10"]);
    check(&[("module", "p 0-9")], &["warn some-tenants 10"]);
    let wild: Vec<(String, String)> =
        (0..60).map(|at| (format!("x{at:02}"), format!("{} {}", at % 20, (at * 7 + 1) % 20))).collect();
    let wild: Vec<(&str, &str)> = wild.iter().map(|(table, words)| (table.as_str(), words.as_str())).collect();
    let judged = judge(&fleet(20), DB, &facts(&wild));
    assert!(judged.findings.len() <= 20, "{}", judged.findings.len());
    let told: usize = judged.findings.iter().map(|finding| finding.tables.len()).sum();
    assert_eq!(told, 60, "each table is told in some finding");
}

#[test]
fn keys_out_of_a_schema_are_told_by_where_they_lead() {
    let check = |from: &str, into: &str, expected: &[&str]| {
        let mut facts = facts(&[("own", "0-19"), ("plan", "p")]);
        let key = CrossingKey { table: "own".into(), target: "plan".into(), into: set(into)[0], from: set(from) };
        facts.keys.push(key);
        assert_eq!(found(&fleet(20), &facts), expected, "{from} into {into}");
    };
    check("0-19", "p", &["info key-to-shared 20"]);
    check("p", "4", &["warn key-to-tenant 1"]);
    check("3 5", "4", &["danger key-between-tenants 2"]);
    check("3", "lost", &["danger key-between-tenants 1"]);
    check("lost", "3", &[]);
    check("lost", "p", &[]);
}

#[test]
fn an_app_that_is_recorded_without_tables_is_a_ghost() {
    let step = |app: &str| Step {
        migration: Migration { app: Some(app.into()), name: "0001_initial".into() },
        mark: Mark::Applied,
        checksum: None,
    };
    let with_history = |tenants: u32| {
        let mut fleet = fleet(tenants);
        let history = History { dialect: LedgerDialect::Django, steps: vec![step("crm"), step("sessions"), step("work")] };
        let readings = (0..tenants).map(|at| (oid(&name(at)), LedgerReading::Read(HistoryId(7)))).collect();
        fleet.apply(FleetEvent::Ledgers(DB, readings, vec![(HistoryId(7), Arc::new(history))]));
        fleet
    };
    let check = |tables: &[(&str, &str)], expected: &[&str]| {
        let all = found(&with_history(20), &facts(tables));
        let told: Vec<_> = all.iter().filter(|it| it.contains("ghost")).map(String::as_str).collect();
        assert_eq!(told, expected, "{tables:?}");
    };
    let sessions = ("django_session", "p");
    check(&[("crm_order", "0-19"), ("work_item", "0-17"), ("work_log", "0-16"), sessions], &["danger ghost 2"]);
    check(&[("crm_order", "0-19"), ("work_item", "0-17"), ("work_log", "18 19"), sessions], &[]);
    check(&[("crm_order", "0-19"), ("work_item", "2"), sessions], &[]);
    let judged = judge(&with_history(3), DB, &facts(&[("crm_order", "0-2"), ("work_item", "p"), ("other", "0-2")]));
    let apps: Vec<_> = judged.rows.iter().map(|row| (row.table.as_str(), row.app.as_deref())).collect();
    assert_eq!(apps, [("work_item", Some("work")), ("crm_order", Some("crm")), ("other", None)]);
    let mut cut = facts(&[("crm_order", "0-19"), ("work_item", "0-17")]);
    cut.left_out = 1;
    assert!(!found(&with_history(20), &cut).iter().any(|it| it.contains("ghost")), "what was left out may be there");
}

#[test]
fn an_empty_schema_lacks_no_table_and_unknown_ones_stand_for_tenants() {
    let mut fleet = fleet(20);
    let counts = |tables| (Counts { tables, ..Counts::default() }, None);
    let mut all: HashMap<Oid, _> = (0..20).map(|at| (oid(&name(at)), counts(2))).collect();
    all.insert(oid("t19"), counts(0));
    fleet.apply(FleetEvent::Counts(DB, all));
    let facts = facts(&[("crm_order", "0-18")]);
    assert_eq!(found(&fleet, &facts), [""; 0]);
    assert_eq!(judge(&fleet, DB, &facts).tenants, 19);
    fleet.databases[0].registry = None;
    fleet.databases[0].classify();
    let judged = judge(&fleet, DB, &facts);
    assert_eq!((judged.tenants, judged.rows[0].place), (19, Place::Tenants), "`lost` has no table either");
}

#[test]
fn names_of_a_database_are_safe_to_show() {
    let judged = judge(&fleet(20), DB, &facts(&[("bad\u{1b}[2J", "0-18")]));
    assert!(judged.findings[0].sentence.contains("bad\\x1b[2J"), "{}", judged.findings[0].sentence);
    assert_eq!(judged.findings[0].tables, ["bad\u{1b}[2J"]);
    assert_eq!(judge(&fleet(0), DB, &facts(&[("x", "p")])).rows.len(), 1);
}

#[test]
fn the_worst_comes_first_and_every_finding_explains_itself() {
    let mut facts = facts(&[
        ("auth_user", "0-19"),
        ("django_session", "p"),
        ("django_content_type", "p 0-19"),
        ("django_migrations", "p 0-19"),
        ("crm_order", "0-18"),
    ]);
    facts.keys.push(CrossingKey { table: "crm_order".into(), target: "plan".into(), into: 1, from: set("0-18") });
    let judged = judge(&fleet(20), DB, &facts);
    assert_eq!(judged.severity(), Severity::Danger);
    assert!(judged.findings.is_sorted_by(|a, b| a.severity >= b.severity));
    for finding in &judged.findings {
        assert!(!finding.sentence.is_empty() && finding.why.ends_with('.'), "{finding:?}");
        assert_eq!(finding.severity >= Severity::Warn, !finding.advice.is_empty(), "{finding:?}");
    }
    let kinds: Vec<_> = judged.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds[0], FindingKind::SessionLeak);
}
