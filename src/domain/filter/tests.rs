//! The filter language by its own sentences: what is kept, which mistakes are told, and that no text makes it fall.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::domain::catalog::{Counts, LedgerTable, SchemaFacts};
use crate::domain::drift::{CohortId, HistoryCohort, LedgerState, Representative, ShapeState, Verdict};
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent};
use crate::domain::registry::{Domain, Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;

fn schema(oid: u32, name: &str, owner: &str) -> SchemaFacts {
    SchemaFacts::named(oid, name, owner)
}

fn tenant(schema: &str, name: &str, plan: &str, created: &str) -> Tenant {
    Tenant {
        schema: schema.into(),
        name: Some(name.into()),
        plan: Some(plan.into()),
        created: Some(created.into()),
        time_zone: Some("Europe/Berlin".into()),
        domains: vec![Domain { name: format!("{schema}.example.com"), primary: true, folder: None }],
        ..Tenant::default()
    }
}

/// Two databases with one odd row of each kind that the tests name.
fn fleet() -> Fleet {
    let mut fleet = Fleet::new([("eu-1".to_owned(), Policy::default()), ("eu-10".to_owned(), Policy::default())]);
    let id = DatabaseId(0);
    let mut schemas: Vec<_> = ["acme", "bolt", "cyan", "old_demo", "pg_catalog", "red\u{1b}[31m"]
        .iter()
        .zip(10..)
        .map(|(name, oid)| schema(oid, name, if *name == "bolt" { "other" } else { "app" }))
        .collect();
    schemas[1].activity = Some(crate::domain::catalog::Activity {
        at: "2025-06-30T12:00:00Z".parse().unwrap(),
        kind: crate::domain::catalog::ActivityKind::Scan,
    });
    let counts = |tables: u32, bytes| {
        let ledger = LedgerTable { oid: 1, table: "django_migrations".into(), dialect: LedgerDialect::Django };
        (Counts { tables, bytes, rows: bytes / 100, ..Counts::default() }, Some(ledger).filter(|_| tables > 1))
    };
    fleet.apply(FleetEvent::Names(id, schemas));
    fleet.apply(FleetEvent::Counts(
        id,
        HashMap::from([
            (10, counts(40, 10 << 20)),
            (11, counts(40, 20 << 20)),
            (12, counts(39, 9_000)),
            (13, counts(40, 5)),
        ]),
    ));
    let tenants = vec![
        tenant("acme", "Acme Corp", "free", "2025-01-15"),
        tenant("bolt", "Bolt & Söhne", "very big", "2025-02-01"),
        tenant("cyan", "Cyan", "free", "2023-12-31"),
        tenant("delta", "Delta", "free", "2025-01-31"),
        tenant("red\u{1b}[31m", "Red", "free", "2025-03-01"),
    ];
    let registry =
        Registry { dialect: RegistryDialect::DjangoTenants, source: String::new(), tenants, lost_domains: vec![] };
    fleet.apply(FleetEvent::Registry(id, Ok(registry)));
    fleet.apply(FleetEvent::Names(DatabaseId(1), vec![schema(1, "acme", "app")]));
    fleet
}

fn kept(text: &str) -> Vec<String> {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    fleet().entries().filter(|entry| filter.keeps(entry)).map(|entry| entry.path().to_string()).collect()
}

#[test]
fn terms_keep_what_they_say() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["eu-1/acme", "eu-1/bolt", "eu-1/cyan", "eu-1/delta", "eu-1/old_demo", "eu-1/red\\x1b[31m", "eu-10/acme"]),
        ("ACME", &["eu-1/acme", "eu-10/acme"]),
        ("\"acme corp\"", &["eu-1/acme"]),
        ("söh", &["eu-1/bolt"]),
        ("bolt.example", &["eu-1/bolt"]),
        ("\\x1b", &["eu-1/red\\x1b[31m"]),
        ("db:eu-1 acme", &["eu-1/acme"]),
        ("db:eu-* acme", &["eu-1/acme", "eu-10/acme"]),
        ("db:EU-10", &["eu-10/acme"]),
        ("state:orphan", &["eu-1/old_demo"]),
        ("state:no-schema", &["eu-1/delta"]),
        ("state:ok db:eu-1", &["eu-1/acme", "eu-1/bolt"]),
        ("state:odd tables=39", &["eu-1/cyan"]),
        ("role:system", &["eu-1/pg_catalog"]),
        ("role:orphan", &["eu-1/old_demo"]),
        ("owner:other", &["eu-1/bolt"]),
        ("plan:\"very big\"", &["eu-1/bolt"]),
        ("plan:very*", &["eu-1/bolt"]),
        ("tz:europe/* delta", &["eu-1/delta"]),
        ("domain:cyan.*", &["eu-1/cyan"]),
        ("tenant:\"Acme Corp\"", &["eu-1/acme"]),
        ("schema:b?lt", &["eu-1/bolt"]),
        ("ledger:django tables<40", &["eu-1/cyan"]),
        ("ledger:none db:eu-1 !role:system", &["eu-1/red\\x1b[31m"]),
        ("tables>=40 size>10MB", &["eu-1/bolt"]),
        ("bytes:10mb", &["eu-1/acme"]),
        ("rows>100k", &["eu-1/acme", "eu-1/bolt"]),
        ("created>2025-01", &["eu-1/bolt", "eu-1/red\\x1b[31m"]),
        ("created:2025-01", &["eu-1/acme", "eu-1/delta"]),
        ("created<2024", &["eu-1/cyan"]),
        ("created>=2025-01-31 created<=2025-02-01", &["eu-1/bolt", "eu-1/delta"]),
        ("active:2025-06", &["eu-1/bolt"]),
        ("!state:odd !acme db:eu-1", &["eu-1/bolt"]),
        ("analysed:never", &[]),
        ("analysed:all db:eu-1 tables<40", &["eu-1/cyan", "eu-1/red\\x1b[31m"]),
    ];
    for (text, expected) in cases {
        assert_eq!(kept(text), *expected, "{text}");
    }
}

#[test]
fn what_was_judged_can_be_asked_for() {
    let mut fleet = fleet();
    let (shape_cohort, history_cohort) = (Some(CohortId(0x09bc << 48)), Some(CohortId(0xabcd << 48)));
    let verdicts = [
        Verdict {
            ledger: LedgerState::Behind { by: 2 },
            shape: ShapeState::Reference,
            history_cohort,
            ..Verdict::default()
        },
        Verdict { ledger: LedgerState::Current, shape: ShapeState::Differs { by: 4 }, shape_cohort, ..Verdict::default() },
        Verdict { ledger: LedgerState::Current, shape: ShapeState::Renamed, ghosts: 1, ..Verdict::default() },
        Verdict { ledger: LedgerState::Diverged { behind: 3, ahead: 1 }, ..Verdict::default() },
    ];
    for (schema, verdict) in fleet.databases[0].schemas.iter_mut().zip(verdicts) {
        schema.verdict = verdict;
    }
    fleet.databases[0].classify();
    for (text, expected, needs_drift) in [
        ("state:behind", &["acme"][..], true),
        ("!state:diverged role:orphan", &[], true),
        ("state:orphan", &["old_demo"], false),
        ("ledger:behind", &["acme"], true),
        ("ledger:current", &["bolt", "cyan"], true),
        ("shape:differs", &["bolt"], true),
        ("shape:renamed ledger:django", &["cyan"], true),
        ("cohort:09b", &["bolt"], true),
        ("cohort:ABCD", &["acme"], true),
        ("behind>=2", &["acme", "old_demo"], true),
        ("behind=0", &["bolt", "cyan"], true),
        ("ahead>0", &["old_demo"], true),
        ("differences>3", &["bolt"], true),
        ("ghosts>0", &["cyan"], true),
        ("tables>1 acme", &["acme"], false),
    ] {
        let filter = Filter::parse(text).unwrap();
        let kept: Vec<_> = fleet.entries().filter(|entry| filter.keeps(entry)).map(|entry| entry.schema_name()).collect();
        assert_eq!(kept, expected, "{text}");
        assert_eq!(filter.needs_drift(), needs_drift, "{text}");
    }
    let offered = Filter::complete("ledger:d", 8, &fleet).candidates.into_iter().map(|(text, _)| text);
    assert_eq!(offered.collect::<Vec<_>>(), ["django", "diverged", "dirty"]);
    fleet.drift.histories.push(HistoryCohort {
        id: CohortId(0xabcd << 48),
        dialect: LedgerDialect::Django,
        state: LedgerState::Behind { by: 2 },
        members: 1_200,
        representative: Representative { database: DatabaseId(0), oid: 10, schema: "acme".into() },
        missing: vec![],
        extra: vec![],
        dirty: vec![],
    });
    let offered = Filter::complete("cohort:", 7, &fleet).candidates;
    assert_eq!(offered, [("abcd".to_owned(), "ledger behind: 1,200".to_owned())]);
}

#[test]
fn what_was_probably_meant_is_told_first() {
    let first = |text: &str| Filter::parse(text).unwrap_err().allowed[0].clone();
    assert_eq!(
        ["state:behnd", "state:orfan", "ledger:curent", "role:tennant"].map(first),
        ["behind", "orphan", "current", "tenant"]
    );
    assert_eq!(first("state:xyzzy"), "no-schema");
}

#[test]
fn mistakes_say_where_they_are_and_what_may_stand_there() {
    let cases = [
        ("acme stat:orphan", 5, 16, "there is no field \"stat\"", "state"),
        ("state:orfan", 6, 11, "state is never \"orfan\"", "orphan"),
        ("state:", 0, 6, "a value is missing behind state", "no-schema"),
        ("role:boss", 5, 9, "role is never \"boss\"", "tenant"),
        ("ledger:flywheel", 7, 15, "ledger is never \"flywheel\"", "flyway"),
        ("shape:round", 6, 11, "shape is never \"round\"", "differs"),
        ("cohort:xyz", 7, 10, "cohort is never \"xyz\"", "09bc"),
        ("tables>many", 7, 11, "tables is never \"many\"", "1k"),
        ("size>10XB", 5, 9, "size is never \"10XB\"", "10MB"),
        ("created>2025-13", 8, 15, "created is never \"2025-13\"", "2025-01"),
        ("db>eu", 3, 5, "db is not a number", ""),
        ("a !", 2, 3, "nothing stands behind !", ""),
        ("12:30", 0, 5, "there is no field \"12\"", "db"),
        ("x\u{1b}:1", 0, 4, "there is no field \"x\\x1b\"", "db"),
    ];
    for (text, at, to, what, allowed) in cases {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!((error.at, error.to), (at, to), "{text}: {error}");
        assert!(error.what.starts_with(what), "{text}: {error}");
        assert!(allowed.is_empty() || error.allowed.iter().any(|word| word == allowed), "{text}: {error}");
    }
}

#[test]
fn completion_offers_fields_then_their_values() {
    let fleet = fleet();
    let first = |text: &str| {
        let found = Filter::complete(text, text.len(), &fleet);
        (found.from, found.candidates.into_iter().map(|(text, _)| text).collect::<Vec<_>>())
    };
    assert_eq!(first("acme sta"), (5, vec!["state:".to_owned()]));
    assert_eq!(first("!own"), (1, vec!["owner:".to_owned()]));
    assert_eq!(first("tab"), (0, vec!["tables>".to_owned()]));
    assert_eq!(first("state:no-s"), (6, vec!["no-schema".to_owned()]));
    assert_eq!(first("db:EU-10"), (3, vec!["eu-10".to_owned()]));
    assert_eq!(first("plan:v"), (5, vec!["\"very big\"".to_owned()]));
    assert_eq!(first("owner:"), (6, vec!["app".to_owned(), "other".to_owned()]));
    assert_eq!(first("\"sta"), (0, vec![]));
    assert_eq!(first("acme ").1.len(), super::parse::FIELDS.len());
}

/// Texts that are likely to be nearly right.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("state:".to_owned()),
        Just("tables>".to_owned()),
        Just("size<=1.5GB".to_owned()),
        Just("created>2025-01".to_owned()),
        Just("!".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just(" ".to_owned()),
        Just("db:eu*".to_owned()),
        Just("role:orphan".to_owned()),
        Just("cohort:09bc".to_owned()),
        Just("ledger:behind".to_owned()),
        Just("differences>=2".to_owned()),
        "[ -~äß\u{202e}\u{1b}日]{0,4}",
        any::<String>(),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_fall_and_what_is_shown_means_the_same(text in text(), cursor in 0_usize..64) {
        let fleet = fleet();
        let found = Filter::complete(&text, cursor, &fleet);
        prop_assert!(text.is_char_boundary(found.from));
        match Filter::parse(&text) {
            Ok(filter) => {
                let again = Filter::parse(&filter.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&filter), "{}", filter);
                fleet.entries().for_each(|entry| { filter.keeps(&entry); });
            }
            Err(error) => prop_assert!(error.at <= error.to && error.to <= text.len()),
        }
    }
}
