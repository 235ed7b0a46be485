//! The sample fleet with ledgers and structures, judged as the console judges it: most schemas are right, some are not.

use std::collections::HashMap;
use std::sync::Arc;

use tenantry::domain::catalog::{LedgerDialect, Oid};
use tenantry::domain::fleet::{DatabaseId, DriftRead, Fleet, FleetEvent, Pass, Progress};
use tenantry::domain::history::{History, HistoryId, LedgerReading, Mark, Migration, Step};
use tenantry::domain::structure::{Aspect, Attribute, ClassId, Fingerprint, Kind, Object, Structure};
use tenantry::drift;

use super::sample;

/// The body of a function, long enough to have lines that do not matter.
const BODY: &str = "\
DECLARE
    sum numeric;
BEGIN
    -- what is open
    SELECT coalesce(total, 0)
      INTO sum
      FROM orders
     WHERE id = wanted;
    -- what is paid
    SELECT sum - coalesce(sum(amount), 0)
      INTO sum
      FROM payments
     WHERE order_id = wanted;
    RETURN sum;
END;";

fn object(kind: Kind, parent: &str, name: &str, attributes: &[(&str, &str)]) -> Object {
    let loose = matches!(kind, Kind::Constraint | Kind::Index | Kind::Sequence);
    let aspect = |name: &str| match name {
        "body" => Aspect::Body,
        "definition" => Aspect::Deparsed,
        _ => Aspect::Definition,
    };
    let attribute = |(name, value): &(&str, &str)| Attribute {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        aspect: aspect(name),
    };
    Object {
        kind,
        parent: (!parent.is_empty()).then(|| parent.to_owned()),
        name: name.to_owned(),
        is_name_loose: loose,
        attributes: attributes.iter().map(attribute).collect(),
    }
}

/// What all schemas should hold.
fn reference() -> Vec<Object> {
    vec![
        object(Kind::Table, "", "crm_ticket", &[("persistence", "permanent")]),
        object(Kind::Table, "", "customers", &[("persistence", "permanent")]),
        object(Kind::Table, "", "orders", &[("persistence", "permanent")]),
        object(Kind::Table, "", "payments", &[("persistence", "permanent")]),
        object(Kind::Column, "customers", "id", &[("not null", "true"), ("type", "bigint")]),
        object(Kind::Column, "customers", "name", &[("type", "character varying(80)")]),
        object(Kind::Column, "orders", "id", &[("not null", "true"), ("type", "bigint")]),
        object(Kind::Column, "orders", "customer_id", &[("not null", "true"), ("type", "bigint")]),
        object(Kind::Column, "orders", "total", &[("default", "0"), ("not null", "true"), ("type", "numeric(12,2)")]),
        object(Kind::Column, "payments", "amount", &[("type", "numeric(12,2)")]),
        object(Kind::Constraint, "orders", "orders_total_check", &[("definition", "CHECK (total >= 0::numeric)")]),
        object(
            Kind::Index,
            "orders",
            "orders_customer",
            &[("definition", "CREATE INDEX orders_customer ON orders USING btree (customer_id) WHERE total > 0::numeric")],
        ),
        object(
            Kind::Trigger,
            "orders",
            "orders_audit",
            &[("definition", "AFTER INSERT ON orders EXECUTE FUNCTION audit()")],
        ),
        object(Kind::View, "", "open_orders", &[("definition", "SELECT id, total\n   FROM orders\n  WHERE total > 0")]),
        object(Kind::Function, "", "balance(bigint)", &[("body", BODY), ("language", "plpgsql"), ("returns", "numeric")]),
        object(Kind::Enum, "", "order_state", &[("labels", "new, paid, sent")]),
    ]
}

/// A fingerprint that is the same on every machine.
fn fingerprint(objects: &[Object], exact: bool) -> Fingerprint {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for object in objects {
        let mut object = object.clone();
        if object.is_name_loose && !exact {
            object.name.clear();
        }
        for byte in format!("{object:?}").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Fingerprint(hash ^ (hash >> 29))
}

pub(super) fn structure(mut objects: Vec<Object>) -> Structure {
    objects.sort_by(|a, b| (a.kind, &a.parent, &a.name).cmp(&(b.kind, &b.parent, &b.name)));
    let (shape, exact) = (fingerprint(&objects, false), fingerprint(&objects, true));
    Structure { objects: objects.into_iter().map(Arc::new).collect(), shape, exact, major: 15 }
}

fn without(objects: Vec<Object>, name: &str) -> Vec<Object> {
    objects.into_iter().filter(|object| object.name != name && object.parent.as_deref() != Some(name)).collect()
}

fn with(mut objects: Vec<Object>, name: &str, attribute: &str, value: &str) -> Vec<Object> {
    for object in objects.iter_mut().filter(|object| object.name == name) {
        for found in object.attributes.iter_mut().filter(|found| found.name == attribute) {
            value.clone_into(&mut found.value);
        }
    }
    objects
}

/// As the reference.
pub(super) fn right() -> Structure {
    structure(reference())
}

/// As a clone made by a tool that calls constraints as it likes.
fn renamed() -> Structure {
    let mut objects = reference();
    for object in objects.iter_mut().filter(|object| object.kind == Kind::Constraint) {
        "orders_total_check1".clone_into(&mut object.name);
    }
    structure(objects)
}

/// Without an index.
fn no_index() -> Structure {
    structure(without(reference(), "orders_customer"))
}

/// Different in nearly everything.
pub(super) fn wild() -> Structure {
    let mut objects = without(without(reference(), "payments"), "orders_customer");
    objects = with(objects, "total", "type", "numeric(10,2)");
    objects = with(objects, "total", "not null", "false");
    objects = with(objects, "name", "type", "text");
    objects = with(objects, "order_state", "labels", "new, paid");
    let body =
        BODY.replace("coalesce(total, 0)", "total").replace("    -- what is paid\n", "    -- paid, without refunds\n");
    objects =
        with(objects, "balance(bigint)", "body", &body.replace("WHERE order_id", "WHERE amount > 0\n       AND order_id"));
    objects.push(object(Kind::Table, "", "orders_backup_2025", &[("persistence", "unlogged")]));
    objects.push(object(Kind::Column, "customers", "vip", &[("default", "false"), ("type", "boolean")]));
    objects.push(object(
        Kind::Index,
        "customers",
        "customers_vip_idx",
        &[("definition", "CREATE INDEX customers_vip_idx ON customers USING btree (vip)")],
    ));
    structure(objects)
}

fn step(app: &str, name: &str, mark: Mark) -> Step {
    let migration = Migration { app: Some(app.to_owned()), name: name.to_owned() };
    Step { migration, mark, checksum: None }
}

/// The newest migrations that all schemas should have, without the last `less`.
fn history(less: usize, more: &[(&str, Mark)]) -> History {
    const CRM: [&str; 6] =
        ["0011_initial", "0012_orders", "0013_payments", "0014_total_check", "0015_index_customer", "0016_vip"];
    let mut steps: Vec<Step> = CRM[..CRM.len() - less].iter().map(|name| step("crm", name, Mark::Applied)).collect();
    steps.insert(0, step("auth", "0001_initial", Mark::Applied));
    steps.extend(more.iter().map(|(name, mark)| step("crm", name, *mark)));
    steps.sort_by(|a, b| a.migration.cmp(&b.migration));
    History { dialect: LedgerDialect::Django, steps }
}

/// Which structure a schema has.
fn shape_of(name: &str) -> Structure {
    match name {
        "bolt" | "ember" => no_index(),
        "kite" | "lumen" | "oakline" => renamed(),
        "cyan" => wild(),
        "grove" => structure(Vec::new()),
        _ => right(),
    }
}

/// What the ledger of a schema holds.
fn ledger_of(name: &str) -> Result<History, LedgerReading> {
    match name {
        "cedar" | "fjord" | "umbra" => Ok(history(1, &[])),
        "nova" => Ok(history(2, &[])),
        "rivet" => Ok(history(0, &[("0017_beta", Mark::Applied)])),
        "saffron" => Ok(history(1, &[("0017_beta", Mark::Applied)])),
        "tundra" => Ok(history(1, &[("0016_vip", Mark::Failed)])),
        "quartz" => Err(LedgerReading::Busy),
        "iris" => Err(LedgerReading::Unreadable),
        _ => Ok(history(0, &[])),
    }
}

/// The events that tell of ledgers and structures of a database whose schemas are known.
fn events(fleet: &Fleet, id: DatabaseId, shape_of: impl Fn(&str) -> Structure) -> (FleetEvent, FleetEvent) {
    let database = fleet.database(id).expect("a database");
    let mut readings: HashMap<Oid, LedgerReading> = HashMap::new();
    let mut histories: Vec<(HistoryId, Arc<History>)> = Vec::new();
    let mut classes: HashMap<Oid, Option<ClassId>> = HashMap::new();
    let mut structures: HashMap<ClassId, Arc<Structure>> = HashMap::new();
    for schema in database.schemas.iter().filter(|schema| !schema.name.starts_with("pg_")) {
        if schema.ledger.is_some() {
            let reading = ledger_of(&schema.name).map_or_else(
                |reading| reading,
                |history| {
                    let known = histories.iter().find(|(_, other)| **other == history).map(|(id, _)| *id);
                    let id = known.unwrap_or(HistoryId(histories.len() as u64));
                    if known.is_none() {
                        histories.push((id, Arc::new(history)));
                    }
                    LedgerReading::Read(id)
                },
            );
            readings.insert(schema.oid, reading);
        }
        let structure = shape_of(&schema.name);
        let class = ClassId { shape: structure.shape.0, exact: structure.exact.0 };
        classes.insert(schema.oid, Some(class));
        structures.insert(class, Arc::new(structure));
    }
    let structures = structures.into_iter().collect();
    (FleetEvent::Ledgers(id, readings, histories), FleetEvent::Structures(id, classes, structures))
}

fn judged(mut fleet: Fleet, events: impl IntoIterator<Item = FleetEvent>) -> Fleet {
    events.into_iter().for_each(|event| fleet.apply(event));
    drift::judge(&mut fleet);
    fleet
}

/// A fleet with all ledgers and structures read.
pub(super) fn read(fleet: Fleet) -> Fleet {
    of_shapes(fleet, shape_of)
}

fn of_shapes(mut fleet: Fleet, shape_of: impl Fn(&str) -> Structure + Copy) -> Fleet {
    for id in (0..fleet.databases.len() as u16).map(DatabaseId) {
        if fleet.database(id).is_some_and(|database| database.as_of.is_some()) {
            let (ledgers, structures) = events(&fleet, id, shape_of);
            let all = DriftRead { ledgers: true, structures: true };
            fleet = judged(fleet, [ledgers, structures, FleetEvent::DriftRead(id, all)]);
        }
    }
    fleet
}

/// One database with drift of every kind.
pub(super) fn full() -> Fleet {
    read(sample::full())
}

/// Ledgers are read, structures are on their way, none is there yet.
pub(super) fn reading() -> Fleet {
    let id = DatabaseId(0);
    let fleet = sample::full();
    let (ledgers, _) = events(&fleet, id, shape_of);
    let read = DriftRead { ledgers: true, structures: false };
    let progress = Progress { pass: Pass::Structure, done: 5, total: 7, part: Some((43, 100)) };
    judged(fleet, [ledgers, FleetEvent::DriftRead(id, read), FleetEvent::Progress(id, progress)])
}

/// Some classes have their structure, others are still to come.
pub(super) fn partial() -> Fleet {
    let id = DatabaseId(0);
    let fleet = reading();
    let (_, structures) = events(&fleet, id, shape_of);
    let FleetEvent::Structures(_, mut classes, structures) = structures else { unreachable!() };
    classes.retain(|oid, _| oid % 3 != 0);
    let progress = Progress { pass: Pass::Classes, done: 6, total: 7, part: Some((2, 5)) };
    judged(fleet, [FleetEvent::Structures(id, classes, structures), FleetEvent::Progress(id, progress)])
}

/// Three databases: one with drift, one that is being read, one that is down.
pub(super) fn one_down() -> Fleet {
    let mut fleet = sample::partial();
    let (ledgers, structures) = events(&fleet, DatabaseId(0), shape_of);
    let all = DriftRead { ledgers: true, structures: true };
    fleet = judged(fleet, [ledgers, structures, FleetEvent::DriftRead(DatabaseId(0), all)]);
    fleet
}

/// Nothing differs anywhere.
pub(super) fn equal() -> Fleet {
    let id = DatabaseId(0);
    let mut fleet = sample::empty();
    let names: Vec<(String, String)> = (0..240).map(|n| (format!("t{n:03}"), format!("Tenant {n}"))).collect();
    let schemas: Vec<(&str, u32)> = names.iter().map(|(schema, _)| (schema.as_str(), 40)).collect();
    let tenants = names.iter().enumerate().map(|(key, (schema, name))| sample::tenant(key, schema, name)).collect();
    for event in sample::refresh(id, &schemas, tenants) {
        fleet.apply(event);
    }
    of_shapes(fleet, |_| right())
}

/// Twelve thousand schemas in forty shapes.
pub(super) fn many() -> Fleet {
    of_shapes(sample::huge(), |name| {
        let number: usize = name.rsplit('_').next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        if number == 0 || !number.is_multiple_of(97) {
            return right();
        }
        let mut objects = reference();
        for n in 0..=(number / 97) % 39 {
            objects.push(object(Kind::Index, "orders", &format!("by_hand_{n}"), &[("definition", &format!("INDEX ({n})"))]));
        }
        structure(objects)
    })
}

/// Names that want to break the screen, and one object of such a name.
pub(super) fn hostile() -> Fleet {
    of_shapes(sample::hostile(), |name| {
        if !name.starts_with("esc") {
            return right();
        }
        let mut objects = reference();
        objects.push(object(Kind::Table, "", "wipe\u{1b}[2Jed", &[("comment", "two\nlines\u{7}\u{202e}")]));
        objects.push(object(Kind::Column, "wipe\u{1b}[2Jed", "日本語の列", &[("type", "text")]));
        objects = with(objects, "balance(bigint)", "body", "BEGIN\n\tRETURN '\u{1b}]0;owned\u{7}';\nEND;");
        structure(objects)
    })
}

/// No ledger in any schema.
pub(super) fn no_ledger() -> Fleet {
    let id = DatabaseId(0);
    let mut fleet = sample::full();
    let counts = fleet.databases[0].schemas.iter().filter_map(|schema| Some((schema.oid, (schema.counts?, None))));
    fleet.apply(FleetEvent::Counts(id, counts.collect::<HashMap<_, _>>()));
    of_shapes(fleet, |_| right())
}

/// Every state in which drift can be found.
pub(super) fn all() -> [(&'static str, Fleet); 11] {
    [
        ("empty", judged(sample::empty(), [])),
        ("connecting", judged(sample::connecting(), [])),
        ("reading", reading()),
        ("partial", partial()),
        ("full", full()),
        ("down", one_down()),
        ("equal", equal()),
        ("many", many()),
        ("hostile", hostile()),
        ("no-ledger", no_ledger()),
        ("failed", judged(sample::failed(), [])),
    ]
}
