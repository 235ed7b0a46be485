//! Fleets of a few schemas, judged.

use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::domain::catalog::{Counts, LedgerTable, Oid, SchemaFacts};
use crate::domain::drift::{LedgerState, Origin, ShapeState};
use crate::domain::fleet::{DatabaseId, DriftRead, FleetEvent};
use crate::domain::history::{History, HistoryId, LedgerReading, Mark, Step};
use crate::domain::registry::{Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;
use crate::domain::structure::{ClassId, Fingerprint, Kind, Object};

/// `crm 0001`, `0001`, and with a sign behind it: `!` failed, `#x` a checksum.
pub(super) fn step(text: &str) -> Step {
    let (text, mark) = text.strip_suffix('!').map_or((text, Mark::Applied), |text| (text, Mark::Failed));
    let (text, checksum) = text.split_once('#').map_or((text, None), |(text, sum)| (text, Some(sum.to_owned())));
    let (app, name) = text.split_once(' ').map_or((None, text), |(app, name)| (Some(app.to_owned()), name));
    Step { migration: Migration { app, name: name.to_owned() }, mark, checksum }
}

fn migrations(text: &str) -> Vec<Migration> {
    text.split(", ").filter(|text| !text.is_empty()).map(|text| step(text).migration).collect()
}

fn labels(migrations: &[Migration]) -> String {
    migrations.iter().map(Migration::label).collect::<Vec<_>>().join(", ")
}

/// A structure with these tables, each with a column; `orders+vip` has another column. A name behind `/` is the exact variant.
fn structure(text: &str) -> Structure {
    let (tables, variant) = text.split_once('/').unwrap_or((text, ""));
    let object = |kind, parent: Option<&str>, name: &str| {
        Arc::new(Object {
            kind,
            parent: parent.map(str::to_owned),
            name: name.to_owned(),
            is_name_loose: false,
            attributes: vec![],
        })
    };
    let mut objects = Vec::new();
    for table in tables.split_whitespace() {
        let mut parts = table.split('+');
        let table = parts.next().unwrap_or_default();
        objects.push(object(Kind::Table, None, table));
        objects.extend(["id"].into_iter().chain(parts).map(|column| object(Kind::Column, Some(table), column)));
    }
    let of = |text: &str| {
        let mut hash = hash::Stable::new();
        hash.text(Some(text));
        Fingerprint(std::hash::Hasher::finish(&hash))
    };
    let mut constraint = Object::clone(&object(Kind::Constraint, Some("orders"), &format!("key{variant}")));
    constraint.is_name_loose = true;
    if tables.contains("orders") {
        objects.push(Arc::new(constraint));
    }
    objects.sort();
    Structure { objects, shape: of(tables), exact: of(text), major: 15 }
}

fn class(text: &str) -> ClassId {
    let structure = structure(text);
    ClassId { shape: structure.shape.0, exact: structure.exact.0 }
}

/// The name of a schema, what its ledger gave, its class.
type Seen = (String, Option<LedgerReading>, Option<ClassId>);

/// Two databases in the making.
pub(super) struct Scene {
    fleet: Fleet,
    dialect: LedgerDialect,
    schemas: Vec<Vec<Seen>>,
    histories: Vec<HashMap<HistoryId, Arc<History>>>,
    structures: Vec<HashMap<ClassId, Arc<Structure>>>,
}

impl Scene {
    fn new(dialect: LedgerDialect, policy: &Policy) -> Self {
        let fleet = Fleet::new(["one", "two"].map(|label| (label.to_owned(), policy.clone())));
        let two = || vec![Vec::new(), Vec::new()];
        Self { fleet, dialect, schemas: two(), histories: vec![HashMap::new(); 2], structures: vec![HashMap::new(); 2] }
    }

    /// A schema with its migrations and tables; no text means not read.
    fn schema(mut self, database: usize, name: &str, history: Option<&str>, tables: Option<&str>) -> Self {
        let dialect = self.dialect;
        let reading = history.map(|text| {
            let mut steps: Vec<Step> = text.split(", ").filter(|text| !text.is_empty()).map(step).collect();
            steps.sort_by(|a, b| a.migration.cmp(&b.migration));
            let histories = &mut self.histories[database];
            let history = Arc::new(History { dialect, steps });
            let known = histories.iter().find(|(_, other)| **other == history).map(|(id, _)| *id);
            let id = known.unwrap_or(HistoryId(histories.len() as u64));
            histories.insert(id, history);
            LedgerReading::Read(id)
        });
        let class = tables.map(|text| {
            self.structures[database].insert(class(text), Arc::new(structure(text)));
            class(text)
        });
        self.schemas[database].push((name.to_owned(), reading, class));
        self
    }

    /// A schema whose ledger gave this.
    fn reading(mut self, name: &str, reading: LedgerReading) -> Self {
        self.schemas[0].push((name.to_owned(), Some(reading), None));
        self
    }

    fn judged(mut self) -> Fleet {
        for (at, schemas) in self.schemas.iter().enumerate() {
            let id = DatabaseId(at as u16);
            let table = || LedgerTable { oid: 9, table: "ledger".to_owned(), dialect: self.dialect };
            let facts = |(oid, (name, reading, _)): (usize, &Seen)| SchemaFacts {
                counts: Some(Counts { tables: 5, ..Counts::default() }),
                ledger: reading.map(|_| table()),
                ..SchemaFacts::named(oid as Oid, name.clone(), "app")
            };
            self.fleet.apply(FleetEvent::Names(id, schemas.iter().enumerate().map(facts).collect()));
            let is_tenant = |name: &&String| !name.starts_with("orphan") && *name != "template";
            let tenants = schemas.iter().map(|(name, ..)| name).filter(is_tenant);
            let tenant = |name: &String| Tenant { schema: name.clone(), ..Tenant::default() };
            let registry = Registry {
                dialect: RegistryDialect::DjangoTenants,
                source: "public.client".into(),
                tenants: tenants.map(tenant).collect(),
                lost_domains: vec![],
            };
            self.fleet.apply(FleetEvent::Registry(id, Ok(registry)));
            let readings = schemas.iter().enumerate().filter_map(|(oid, (_, reading, _))| Some((oid as Oid, (*reading)?)));
            let histories = std::mem::take(&mut self.histories[at]).into_iter().collect();
            self.fleet.apply(FleetEvent::Ledgers(id, readings.collect(), histories));
            let classes = schemas.iter().enumerate().map(|(oid, (.., class))| (oid as Oid, *class)).collect();
            let structures = std::mem::take(&mut self.structures[at]).into_iter().collect();
            self.fleet.apply(FleetEvent::Structures(id, classes, structures));
            self.fleet.apply(FleetEvent::DriftRead(id, DriftRead { ledgers: true, structures: true }));
        }
        judge(&mut self.fleet);
        self.fleet
    }
}

fn verdict(fleet: &Fleet, name: &str) -> Verdict {
    *fleet.find(name)[0].verdict().expect("a schema")
}

fn ledger(fleet: &Fleet, name: &str) -> LedgerState {
    verdict(fleet, name).ledger
}

fn shape(fleet: &Fleet, name: &str) -> ShapeState {
    verdict(fleet, name).shape
}

#[test]
fn every_state_of_a_ledger_is_told_apart() {
    let head = "a 0001, a 0002, a 0003, a 0010, b 0001, b 0002";
    for (history, expected, missing, extra) in [
        (head, LedgerState::Current, "", ""),
        ("a 0001, a 0002, a 0003, b 0001, b 0002", LedgerState::Behind { by: 1 }, "a 0010", ""),
        // Applications grow side by side: the newest of each may be missing.
        ("a 0001, a 0002, a 0003, b 0001", LedgerState::Behind { by: 2 }, "a 0010, b 0002", ""),
        ("a 0001, a 0002, a 0003, a 0010", LedgerState::Behind { by: 2 }, "b 0001, b 0002", ""),
        ("a 0001, a 0003, a 0010, b 0001, b 0002", LedgerState::Gap { by: 1 }, "a 0002", ""),
        ("a 0001, a 0002, a 0003, a 0010, a 0011, b 0001, b 0002", LedgerState::Ahead { by: 1 }, "", "a 0011"),
        (
            "a 0001, a 0002, a 0003, a 0009, b 0001",
            LedgerState::Diverged { behind: 2, ahead: 1 },
            "a 0010, b 0002",
            "a 0009",
        ),
        ("a 0001, a 0002, a 0003, a 0010!, b 0001, b 0002", LedgerState::Dirty, "", ""),
        ("", LedgerState::Behind { by: 6 }, head, ""),
    ] {
        let scene = Scene::new(LedgerDialect::Django, &Policy::default());
        let scene = scene.schema(0, "t1", Some(head), None).schema(1, "t2", Some(head), None);
        let fleet = scene.schema(1, "x", Some(history), None).judged();
        assert_eq!(ledger(&fleet, "x"), expected, "{history}");
        let cohort = fleet.drift.history(verdict(&fleet, "x").history_cohort.unwrap()).unwrap();
        assert_eq!((labels(&cohort.missing), labels(&cohort.extra)), (missing.to_owned(), extra.to_owned()), "{history}");
        assert_eq!(labels(&fleet.drift.head.as_ref().unwrap().migrations), head);
    }
}

#[test]
fn what_could_not_be_read_is_said_so() {
    let scene = Scene::new(LedgerDialect::Django, &Policy::default()).schema(0, "a", Some("a 0001"), None);
    let scene = scene.reading("busy", LedgerReading::Busy).reading("shut", LedgerReading::Unreadable);
    let fleet = scene.reading("strange", LedgerReading::Strange).schema(0, "without", None, None).judged();
    assert_eq!(ledger(&fleet, "a"), LedgerState::Current);
    assert_eq!(ledger(&fleet, "busy"), LedgerState::Busy);
    assert_eq!(ledger(&fleet, "shut"), LedgerState::Unreadable);
    assert_eq!(ledger(&fleet, "strange"), LedgerState::None);
    assert_eq!(ledger(&fleet, "without"), LedgerState::None);
}

#[test]
fn the_head_is_the_source_else_the_reference_else_what_most_have() {
    let policy = Policy { reference: Some("template".to_owned()), ..Policy::default() };
    let scene = |policy: &Policy| {
        let scene = Scene::new(LedgerDialect::Rails, policy).schema(0, "a", Some("1, 2"), None);
        scene.schema(0, "b", Some("1, 2"), None).schema(0, "template", Some("1, 2, 3"), None)
    };
    let fleet = scene(&Policy::default()).judged();
    assert!(matches!(&fleet.drift.head.as_ref().unwrap().origin, Origin::Largest(schema) if schema.schema == "a"));
    assert_eq!(ledger(&fleet, "template"), LedgerState::Ahead { by: 1 });
    let mut fleet = scene(&policy).judged();
    assert!(matches!(&fleet.drift.head.as_ref().unwrap().origin, Origin::Reference(schema) if schema.schema == "template"));
    assert_eq!(ledger(&fleet, "a"), LedgerState::Behind { by: 1 });
    let source = migrations("1_first, 2_second, 3_third, 4_fourth");
    fleet.apply(FleetEvent::Source(DatabaseId(0), Some(Ok(source))));
    judge(&mut fleet);
    assert_eq!(fleet.drift.head.as_ref().unwrap().origin, Origin::Source);
    assert_eq!(ledger(&fleet, "a"), LedgerState::Behind { by: 2 });
    assert_eq!(ledger(&fleet, "template"), LedgerState::Behind { by: 1 });
    assert_eq!(holders(&fleet, &migrations("3")[0]), (1, 2));
    assert_eq!(holders(&fleet, &migrations("1")[0]), (3, 0));
}

#[test]
fn ledgers_that_hold_the_newest_alone_are_compared_by_their_numbers() {
    let scene = Scene::new(LedgerDialect::GolangMigrate, &Policy::default());
    let scene = scene.schema(0, "a", Some("9"), None).schema(0, "b", Some("9"), None).schema(0, "c", Some("8"), None);
    let mut fleet = scene.schema(0, "d", Some("10"), None).schema(0, "e", Some("8!"), None).judged();
    let states = |fleet: &Fleet| ["a", "c", "d", "e"].map(|name| ledger(fleet, name));
    let (behind, ahead) = (LedgerState::Behind { by: 1 }, LedgerState::Ahead { by: 1 });
    assert_eq!(states(&fleet), [LedgerState::Current, behind, ahead, LedgerState::Dirty]);
    let source = (1..=12).map(|n| Migration { app: None, name: format!("{n:04}_x") }).collect();
    fleet.apply(FleetEvent::Source(DatabaseId(0), Some(Ok(source))));
    judge(&mut fleet);
    assert_eq!(ledger(&fleet, "a"), LedgerState::Behind { by: 3 });
    let scene = Scene::new(LedgerDialect::Alembic, &Policy::default());
    let scene =
        scene.schema(0, "a", Some("ae1f"), None).schema(0, "b", Some("ae1f"), None).schema(0, "c", Some("19aa"), None);
    assert_eq!(ledger(&scene.judged(), "c"), LedgerState::Diverged { behind: 1, ahead: 1 });
}

#[test]
fn an_edited_migration_is_dirty_and_cohorts_have_the_same_name_everywhere() {
    let scene = Scene::new(LedgerDialect::Flyway, &Policy::default());
    let scene = scene.schema(0, "a", Some("1#x, 2#y"), None).schema(1, "b", Some("2#y, 1#x"), None);
    let fleet = scene.schema(1, "c", Some("1#x, 2#other"), None).judged();
    assert_eq!([ledger(&fleet, "b"), ledger(&fleet, "c")], [LedgerState::Current, LedgerState::Dirty]);
    assert_eq!(verdict(&fleet, "a").history_cohort, verdict(&fleet, "b").history_cohort);
    assert_eq!(fleet.drift.histories.iter().map(|cohort| cohort.members).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(labels(&fleet.drift.histories[1].dirty), "2");
}

#[test]
fn shapes_are_told_apart_and_fall_into_cohorts_across_databases() {
    let scene = Scene::new(LedgerDialect::Rails, &Policy::default());
    let scene = scene.schema(0, "a", None, Some("orders users")).schema(1, "b", None, Some("orders users"));
    let scene = scene.schema(1, "renamed", None, Some("orders users/2")).schema(0, "hollow", None, Some(""));
    let scene = scene.schema(0, "more", None, Some("orders+vip users tags")).schema(0, "unread", None, None);
    let mut fleet = scene.judged();
    let states = ["a", "b", "renamed", "hollow", "more", "unread"].map(|name| shape(&fleet, name).word());
    assert_eq!(states, ["reference", "reference", "renamed", "empty", "differs", "unknown"]);
    assert_eq!(shape(&fleet, "more"), ShapeState::Differs { by: 2 });
    let [first, ..] = &fleet.drift.shapes[..] else { panic!("no cohort") };
    assert_eq!((first.members, first.exact, first.state), (3, 2, ShapeState::Reference));
    assert_eq!(verdict(&fleet, "renamed").shape_cohort, Some(first.id));
    // A class whose own structure was not read is known by one that differs in loose names only.
    let unread = ClassId { exact: 77, ..class("orders users") };
    let oid = fleet.find("unread")[0].schema.unwrap().oid;
    fleet.apply(FleetEvent::Structures(DatabaseId(0), HashMap::from([(oid, Some(unread))]), vec![]));
    judge(&mut fleet);
    assert_eq!(shape(&fleet, "unread"), ShapeState::Renamed);
    assert_eq!(fleet.drift.shapes[0].members, 4);
    assert_eq!(reference(&fleet).unwrap().exact, structure("orders users").exact);
}

#[test]
fn a_configured_reference_that_is_not_there_is_said() {
    let policy = Policy { reference: Some("gone".to_owned()), ..Policy::default() };
    let scene = Scene::new(LedgerDialect::Rails, &policy).schema(0, "a", Some("1"), Some("orders"));
    let fleet = scene.schema(1, "b", Some("1"), Some("orders")).judged();
    assert_eq!(fleet.drift.faults[0].what, "there is no schema \"gone\", which fleet.toml names as the reference");
    assert!(matches!(fleet.drift.reference.unwrap().origin, Origin::Largest(_)));
}

const APPS: [&str; 6] = ["admin", "auth", "contenttypes", "crm", "customers", "sessions"];

/// What `migrate_schemas` leaves behind in a schema of the fixture: every application is recorded, `customers` has no table.
fn django(apps: &[&str]) -> (String, String) {
    let names = include_str!("../../tests/fixtures/django/tenant.sql").lines();
    let tables = names.filter_map(|line| line.strip_prefix("CREATE TABLE tenant1.")?.strip_suffix(" ("));
    let data = include_str!("../../tests/fixtures/django/tenant_data.sql").lines();
    let ledger = data.skip_while(|line| !line.contains("COPY tenant1.django_migrations")).skip(1);
    let ledger = ledger.take_while(|line| *line != "\\.").map(|line| line.split('\t').collect::<Vec<_>>());
    let kept = |table: &str| {
        crate::dialect::django_apps::app_of(table, |label| APPS.contains(&label)).is_none_or(|app| apps.contains(&app))
    };
    let history = ledger.map(|cells| format!("{} {}", cells[1], cells[2])).collect::<Vec<_>>().join(", ");
    (history, tables.filter(|table| kept(table)).collect::<Vec<_>>().join(" "))
}

#[test]
fn a_healthy_django_fleet_has_no_ghost_and_a_lost_app_is_one() {
    let (history, tables) = django(&APPS);
    assert!(history.contains("customers 0001_initial") && tables.contains("crm_order") && !tables.contains("customers_"));
    let (_, without_crm) = django(&["admin", "auth", "contenttypes", "sessions"]);
    let behind = history.replace(", crm 0015_open_orders_view", "").replace(", customers 0001_initial", "");
    let scene = Scene::new(LedgerDialect::Django, &Policy::default());
    let scene = scene.schema(0, "a", Some(&history), Some(&tables)).schema(0, "b", Some(&history), Some(&tables));
    let scene = scene.schema(0, "ghost", Some(&history), Some(&without_crm)).schema(0, "c", Some(&behind), Some(&tables));
    let fleet = scene.judged();
    assert_eq!(["a", "b", "c", "ghost"].map(|name| verdict(&fleet, name).ghosts), [0, 0, 0, 1]);
    assert_eq!(fleet.drift.shared_apps, ["customers"]);
    assert!(fleet.drift.head.as_ref().unwrap().migrations.iter().all(|m| m.app.as_deref() != Some("customers")));
    // What only the shared schema has is nobody's drift.
    assert_eq!(ledger(&fleet, "c"), LedgerState::Behind { by: 1 });
}

#[test]
fn a_stray_table_makes_no_tenants_app_and_one_that_only_the_reference_has_yet_is_one() {
    let policy = Policy { reference: Some("template".to_owned()), ..Policy::default() };
    let (old, new) = ("crm 0001, customers 0001", "crm 0001, customers 0001, fresh 0001");
    let scene = Scene::new(LedgerDialect::Django, &policy).schema(0, "template", Some(new), Some("crm_order fresh_thing"));
    let scene = scene.schema(0, "a", Some(old), Some("crm_order")).schema(0, "b", Some(old), Some("crm_order"));
    let scene = scene.schema(0, "stray", Some(old), Some("crm_order customers_tenant"));
    let fleet = scene.schema(0, "late", Some("crm 0001"), Some("crm_order")).judged();
    assert_eq!(fleet.drift.shared_apps, ["customers"]);
    for name in ["a", "b", "stray", "late"] {
        assert_eq!(ledger(&fleet, name), LedgerState::Behind { by: 1 }, "{name}");
    }
}

#[test]
fn settings_say_which_apps_are_tenants() {
    let (history, tables) = django(&APPS);
    let behind = history.replace(", sessions 0001_initial", "").replace(", customers 0001_initial", "");
    let of = |tenant: &[&str], shared: &[&str]| {
        let own = |list: &[&str]| list.iter().map(|app| (*app).to_owned()).collect();
        let policy = Policy { tenant_apps: own(tenant), shared_apps: own(shared), ..Policy::default() };
        let scene = Scene::new(LedgerDialect::Django, &policy).schema(0, "a", Some(&history), Some(&tables));
        let fleet =
            scene.schema(0, "b", Some(&history), Some(&tables)).schema(0, "x", Some(&behind), Some(&tables)).judged();
        (ledger(&fleet, "x"), fleet.drift.shared_apps)
    };
    assert_eq!(of(&[], &["django.contrib.sessions"]).0, LedgerState::Current);
    assert_eq!(of(&["customers"], &[]).0, LedgerState::Behind { by: 1 });
    assert_eq!(of(&["customers", "django.contrib.sessions"], &["django.contrib.sessions"]).0, LedgerState::Behind { by: 2 });
}

#[test]
fn digits_grow_until_names_differ() {
    let ids = |ids: &[u64]| digits(ids.iter().map(|id| CohortId(*id)).collect());
    assert_eq!(ids(&[]), 4);
    assert_eq!(ids(&[0x09bc_0000_0000_0000, 0x1234_0000_0000_0000]), 4);
    assert_eq!(ids(&[0x09bc_1200_0000_0000, 0x09bc_1300_0000_0000]), 6);
}

#[test]
fn differences_are_kept_from_one_judgement_to_the_next() {
    let scene = Scene::new(LedgerDialect::Rails, &Policy::default());
    let scene = scene.schema(0, "a", None, Some("orders users")).schema(0, "b", None, Some("orders users"));
    let mut fleet = scene.schema(0, "x", None, Some("orders")).judged();
    // A mark that only survives when the differences are not computed again.
    fleet.drift.shapes[1].differences.clear();
    fleet.is_unjudged = true;
    judge(&mut fleet);
    assert!(fleet.drift.shapes[1].differences.is_empty());
}
