//! A fleet that looks like one, made of nothing but numbers: the same every time.

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan as _};
use tenantry::domain::catalog::{
    Activity, ActivityKind, Counts, LedgerDialect, LedgerRow, LedgerTable, SchemaDetail, SchemaFacts, TableFacts, TableKind,
};
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link, Note, Pass, Progress, Server, Severity};
use tenantry::domain::history::Mark;
use tenantry::domain::registry::{Domain, Registry, RegistryDialect, Tenant};
use tenantry::domain::roles::Policy;
use tenantry::domain::structure::{Fingerprint, Structure};

/// The time on every clock of these tests.
pub(super) fn now() -> Timestamp {
    "2026-11-20T14:02:11Z".parse().expect("a time")
}

pub(super) fn ago(seconds: i64) -> Timestamp {
    now() - seconds.seconds()
}

const NAMES: [(&str, &str); 24] = [
    ("acme", "Acme Corp"),
    ("arbor", "Arbor Dental"),
    ("bluepeak", "Blue Peak Cycling"),
    ("bolt", "Bolt & Sons"),
    ("cedar", "Cedar Street Books"),
    ("cyan", "Cyan"),
    ("delta", "Delta Freight"),
    ("ember", "Ember Ceramics"),
    ("fjord", "Fjord Kayaks"),
    ("grove", "Grove Pharmacy"),
    ("harbor", "Harbor Light Hotels"),
    ("iris", "Iris Optics"),
    ("juniper", "Juniper Gin Works"),
    ("kite", "Kite School Sylt"),
    ("lumen", "Lumen Electric"),
    ("maple", "Maple Childcare"),
    ("nova", "Nova Analytics"),
    ("oakline", "Oakline Furniture"),
    ("pinecrest", "Pinecrest Veterinary Clinic and Animal Hospital"),
    ("quartz", "Quartz Kitchens"),
    ("rivet", "Rivet"),
    ("saffron", "Saffron Catering"),
    ("tundra", "Tundra Outdoor"),
    ("umbra", "Umbra Studio"),
];

pub(super) fn schema(oid: u32, name: &str) -> SchemaFacts {
    SchemaFacts::named(oid, name, "app")
}

pub(super) fn counts(tables: u32, seed: u64) -> (Counts, Option<LedgerTable>) {
    let spread = (seed * 2_654_435_761) % 997;
    let counts = Counts {
        tables,
        indexes: tables * 3,
        sequences: tables,
        views: 2,
        functions: 1,
        rows: u64::from(tables) * 310 * (spread + 1),
        bytes: u64::from(tables) * 32_768 * (spread / 8 + 3),
        never_analysed: 0,
    };
    let ledger = LedgerTable { oid: 7, table: "django_migrations".into(), dialect: LedgerDialect::Django };
    (counts, Some(ledger).filter(|_| tables > 0))
}

pub(super) fn tenant(key: usize, schema: &str, name: &str) -> Tenant {
    Tenant {
        key: Some(key.to_string()),
        name: Some(name.to_owned()),
        schema: schema.to_owned(),
        domains: vec![Domain { name: format!("{schema}.example.com"), primary: true, folder: None }],
        created: Some(format!("20{}-{:02}-{:02}", 25 + key % 2, 1 + key * 5 % 11, 1 + key * 7 % 28)),
        time_zone: Some(["Europe/Berlin", "Europe/Oslo", "America/Chicago"][key % 3].to_owned()),
        plan: Some(["free", "team", "enterprise"][key % 3].to_owned()),
    }
}

pub(super) fn registry(tenants: Vec<Tenant>) -> Registry {
    let source = "public.customers_client + public.customers_domain".to_owned();
    Registry { dialect: RegistryDialect::DjangoTenants, source, tenants, lost_domains: vec![] }
}

pub(super) fn server(version: u32, standby: bool) -> Server {
    Server {
        version,
        system_identifier: None,
        database: "shop".into(),
        standby,
        role: "observer".into(),
        superuser: false,
        pooler: false,
    }
}

pub(super) fn down(kind: FaultKind, what: &str, since: i64, retry_in: Option<i64>) -> Link {
    Link::Down {
        since: ago(since),
        fault: Fault::new(kind, what),
        retry_at: retry_in.map(|seconds| now() + seconds.seconds()),
    }
}

pub(super) fn refused() -> Link {
    down(FaultKind::Unreachable, "connection refused at db1.example.com:5432", 190, Some(12))
}

pub(super) fn up(id: DatabaseId, micros: u64) -> FleetEvent {
    FleetEvent::Link(id, Link::Up { round_trip_us: micros })
}

/// The events of a complete refresh of one database with these schemas (name, tables) and tenants.
pub(super) fn refresh(id: DatabaseId, schemas: &[(&str, u32)], tenants: Vec<Tenant>) -> Vec<FleetEvent> {
    let facts: Vec<_> = schemas.iter().zip(100..).map(|((name, _), oid)| schema(oid, name)).collect();
    let counted: HashMap<_, _> =
        schemas.iter().zip(100..).map(|((_, tables), oid)| (oid, counts(*tables, u64::from(oid)))).collect();
    let active = facts.iter().filter(|facts| !facts.name.starts_with("pg_")).map(|facts| {
        let at = ago(i64::from(facts.oid) * 7_919 % 900_000);
        (facts.oid, Activity { at, kind: ActivityKind::Maintenance })
    });
    let active: HashMap<_, _> = active.collect();
    vec![
        up(id, 12_300),
        FleetEvent::Server(id, server(150_018, false)),
        FleetEvent::Names(id, facts),
        FleetEvent::Registry(id, Ok(registry(tenants))),
        FleetEvent::Counts(id, counted),
        FleetEvent::Activity(id, active),
        FleetEvent::Refreshed(id, ago(95), 840),
    ]
}

fn fleet(labels: &[&str]) -> Fleet {
    Fleet::new(labels.iter().map(|label| ((*label).to_owned(), Policy::default())))
}

fn with(mut fleet: Fleet, events: impl IntoIterator<Item = FleetEvent>) -> Fleet {
    events.into_iter().for_each(|event| fleet.apply(event));
    fleet
}

/// The events of one database with two dozen tenants and one of every oddity.
pub(super) fn shop(id: DatabaseId) -> Vec<FleetEvent> {
    let mut schemas: Vec<(&str, u32)> = NAMES.iter().map(|(schema, _)| (*schema, 40)).collect();
    schemas.retain(|(name, _)| *name != "delta");
    for schema in &mut schemas {
        match schema.0 {
            "cyan" => schema.1 = 39,
            "grove" => schema.1 = 0,
            _ => {}
        }
    }
    schemas.extend([("old_demo", 40), ("information_schema", 4), ("pg_catalog", 64), ("public", 9), ("template", 40)]);
    let mut tenants: Vec<Tenant> =
        NAMES.iter().enumerate().map(|(key, (schema, name))| tenant(key + 1, schema, name)).collect();
    tenants[7].domains.clear();
    tenants[0].domains.push(Domain { name: "shop.acme.test".into(), primary: false, folder: None });
    let mut events = refresh(id, &schemas, tenants);
    if let FleetEvent::Names(_, facts) = &mut events[2] {
        facts.iter_mut().filter(|facts| facts.name == "iris").for_each(|facts| facts.readable = false);
    }
    if let FleetEvent::Counts(_, counted) = &mut events[4] {
        // The schemas lumen and maple: one was never analysed, one has no ledger.
        for (oid, (counts, ledger)) in counted {
            match schemas[(*oid - 100) as usize].0 {
                "lumen" => (counts.never_analysed, counts.rows, counts.bytes) = (counts.tables, 0, 0),
                "maple" => *ledger = None,
                "nova" => counts.never_analysed = 3,
                _ => {}
            }
        }
    }
    events.push(FleetEvent::Notes(
        id,
        vec![Note {
            severity: Severity::Warn,
            text: "role observer may not read pg_control_system(): the identity of the server is not checked".into(),
            hint: Some("GRANT pg_monitor TO observer;".into()),
            about: None,
        }],
    ));
    events
}

/// One database, complete.
pub(super) fn full() -> Fleet {
    let policy = Policy { reference: Some("template".into()), ..Policy::default() };
    with(Fleet::new([("main".to_owned(), policy)]), shop(DatabaseId(0)))
}

/// A database that holds no schema but PostgreSQL's own.
pub(super) fn empty() -> Fleet {
    with(fleet(&["main"]), refresh(DatabaseId(0), &[("information_schema", 4), ("pg_catalog", 64)], vec![]))
}

/// Before anything answered.
pub(super) fn connecting() -> Fleet {
    fleet(&["eu-1", "eu-2"])
}

/// Names are there, counts are still to come.
pub(super) fn loading() -> Fleet {
    let id = DatabaseId(0);
    let mut events = shop(id);
    events.truncate(4);
    events.push(FleetEvent::Progress(id, Progress { pass: Pass::Inventory, done: 2, total: 4, part: None }));
    with(Fleet::new([("main".to_owned(), Policy::default())]), events)
}

/// The link was lost after all was read.
pub(super) fn stale() -> Fleet {
    with(full(), [FleetEvent::Link(DatabaseId(0), refused())])
}

/// Three databases: one complete, one that refreshes, one that never answered.
pub(super) fn partial() -> Fleet {
    let (eu2, us) = (DatabaseId(1), DatabaseId(2));
    let mut fleet = with(fleet(&["eu-1", "eu-2", "us-1"]), shop(DatabaseId(0)));
    let more: Vec<(String, String)> = (0..60).map(|n| (format!("shop_{n:03}"), format!("Shop {n}"))).collect();
    let schemas: Vec<(&str, u32)> = more.iter().map(|(schema, _)| (schema.as_str(), 40)).collect();
    let tenants = more.iter().enumerate().map(|(key, (schema, name))| tenant(key + 50, schema, name)).collect();
    for event in refresh(eu2, &schemas, tenants) {
        fleet.apply(event);
    }
    let us_down = FleetEvent::Link(us, refused());
    let running = FleetEvent::Progress(eu2, Progress { pass: Pass::Inventory, done: 2, total: 4, part: None });
    with(fleet, [FleetEvent::Server(eu2, server(160_004, true)), running, us_down])
}

/// Nothing answers, each for a reason of its own.
pub(super) fn failed() -> Fleet {
    let wrong = down(FaultKind::Refused, "password authentication failed for user \"observer\"", 4, None);
    with(fleet(&["eu-1", "eu-2"]), [FleetEvent::Link(DatabaseId(0), refused()), FleetEvent::Link(DatabaseId(1), wrong)])
}

/// Twelve thousand tenants in two databases, few of them odd.
pub(super) fn huge() -> Fleet {
    let mut fleet = fleet(&["eu-1", "eu-2"]);
    for (at, count) in [6_410_usize, 5_624].into_iter().enumerate() {
        let id = DatabaseId(at as u16);
        let more: Vec<(String, String)> =
            (0..count).map(|n| (format!("t{at}_{n:05}"), format!("Tenant {at}-{n:05}"))).collect();
        let odd_tables = |n: usize| if n % 1_709 == 77 { 99 } else { 100 };
        let mut schemas: Vec<(&str, u32)> =
            more.iter().enumerate().map(|(n, (schema, _))| (schema.as_str(), odd_tables(n))).collect();
        schemas.retain(|(name, _)| !name.ends_with("4321"));
        schemas.extend([("old_demo", 100), ("public", 9)]);
        let tenants = more.iter().enumerate().map(|(key, (schema, name))| tenant(key, schema, name)).collect();
        fleet = with(fleet, refresh(id, &schemas, tenants));
    }
    fleet
}

/// Names that want to break the screen.
pub(super) fn hostile() -> Fleet {
    let names: [(&str, &str); 10] = [
        ("a.b \"quoted\"", "Quotes \"and\" dots."),
        ("UPPER", "ＦＵＬＬ ＷＩＤＴＨ"),
        ("esc\u{1b}[31mred", "Escape\u{1b}]0;owned\u{7}"),
        ("rtl\u{202e}cba", "Turned \u{202e}txet"),
        ("zero\u{200b}width", "Zero\u{200b}Width"),
        ("日本語スキーマ名はとても長い", "日本語の会社名がここに入ります"),
        ("e\u{301}clair", "E\u{301}clair & Söhne"),
        ("emoji_👍🏽_👩‍👩‍👧", "Thumbs 👍🏽 Family 👩‍👩‍👧"),
        ("new\nline\ttab", "Two\nLines"),
        (
            "x234567890123456789012345678901234567890123456789012345678901234",
            "Sixty-three bytes, and a tenant name that goes on and on",
        ),
    ];
    let mut schemas: Vec<(&str, u32)> = names.iter().map(|(schema, _)| (*schema, 40)).collect();
    schemas.push(("ｶﾞﾊﾟ_orphan", 40));
    let tenants = names.iter().enumerate().map(|(key, (schema, name))| tenant(key, schema, name)).collect();
    with(fleet(&["main"]), refresh(DatabaseId(0), &schemas, tenants))
}

/// Every state that a fleet can be found in.
pub(super) fn all() -> [(&'static str, Fleet); 9] {
    [
        ("empty", empty()),
        ("connecting", connecting()),
        ("loading", loading()),
        ("full", full()),
        ("stale", stale()),
        ("partial", partial()),
        ("failed", failed()),
        ("huge", huge()),
        ("hostile", hostile()),
    ]
}

fn hours(hours: usize, seconds: i64) -> Timestamp {
    ago(3_600 * i64::try_from(hours).expect("few hours") + seconds)
}

/// All about the schema acme, as the observer reads it when it is opened.
pub(super) fn detail(tables: usize) -> SchemaDetail {
    const STEMS: [&str; 10] = [
        "crm_customer",
        "crm_order",
        "crm_invoice",
        "auth_user",
        "django_session",
        "shop_item",
        "shop_stock",
        "mail_log",
        "event",
        "note",
    ];
    let table = |n: usize| {
        let (size, indexes) = (8_192 * (1 + (n as u64 * 7_919) % 2_003), n as u32 % 5);
        TableFacts {
            oid: 5_000 + n as u32,
            name: if n < 10 { STEMS[n].to_owned() } else { format!("{}_{}", STEMS[n % 10], n / 10) },
            kind: if n == 8 { TableKind::Partitioned } else { TableKind::Table },
            rows: (n % 7 != 6).then_some(size / 90),
            bytes: (n % 11 != 10).then_some(size),
            index_bytes: (n % 11 != 10).then_some(size / 4),
            indexes,
            last_analyze: (n % 7 != 6).then(|| hours(n, 40)),
            last_vacuum: None,
        }
    };
    let row = |n: usize| LedgerRow {
        app: Some(["auth", "crm", "shop"][n % 3].to_owned()),
        name: format!("{:04}_{}", n / 3 + 1, ["initial", "add_index", "alter_price", "add_vip"][n % 4]),
        applied: Some(hours(960 - 2 * n, 0)),
        mark: Mark::Applied,
    };
    SchemaDetail {
        oid: 100,
        name: "acme".into(),
        as_of: ago(2),
        comment: Some("moved from eu-0 on 2025-03-01".into()),
        acl: vec!["app=UC/app".into(), "observer=U/app".into()],
        search_path: vec!["acme".into(), "public".into()],
        tables: Ok((0..tables).map(table).collect()),
        ledger: Some(Ok((0..23).map(row).collect())),
        structure: Ok(Structure { objects: Vec::new(), shape: Fingerprint(0), exact: Fingerprint(0), major: 15 }),
    }
}
