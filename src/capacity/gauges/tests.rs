//! Every rule at both sides of each of its thresholds, and every group of readings missing by itself.

use jiff::Timestamp;

use super::{gauges, sequences};
use crate::capacity::sample;
use crate::domain::capacity::{Gauge, GaugeId};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Severity};
use crate::domain::pressure::{
    CatalogueTable, Checkpoints, Connections, DatabaseAge, InvalidIndex, InvalidIndexes, Key, Keys, Readings, Relations,
    SequenceFacts, SequenceReading, SequenceValue, Settings, Slot, TempFiles,
};

const MB: u64 = 1 << 20;
const GB: u64 = 1 << 30;

/// A server at rest: every line is ok.
fn at_rest() -> Readings {
    let as_of: Timestamp = "2026-01-15T12:00:00Z".parse().expect("a moment");
    Readings {
        as_of,
        scanned_at: as_of,
        settings: Ok(Settings {
            version: 160_004,
            block_size: 8_192,
            max_connections: 100,
            reserved_connections: 3,
            max_prepared_transactions: 0,
            max_locks_per_transaction: 64,
            shared_buffers: GB,
            effective_cache_size: 4 * GB,
            max_wal_size: GB,
            work_mem: 4 * MB,
            checkpoint_timeout: 300,
            autovacuum: true,
            autovacuum_max_workers: 3,
            autovacuum_naptime: 60,
            freeze_max_age: 200_000_000,
            multixact_freeze_max_age: 400_000_000,
            freeze_min_age: 50_000_000,
        }),
        catalogues: Ok(vec![catalogue("pg_class", 1_000, 300_000), catalogue("pg_attribute", 5_000, 1_200_000)]),
        relations: Ok(Relations {
            tables: 300,
            vacuumed: 600,
            never_analysed: Some(0),
            files: 3_600,
            ..Relations::default()
        }),
        indexes: Ok(InvalidIndexes::default()),
        keys: Ok(Keys::default()),
        ages: Ok(vec![age("other", false, 100), age("fleet", true, 50)]),
        connections: Ok(Connections { clients: 10, here: 5, vacuuming: Some(0), ..Connections::default() }),
        temp_files: Ok(TempFiles { files: 0, bytes: 0, seconds: Some(36_000) }),
        slots: Ok(vec![]),
        checkpoints: Ok(Checkpoints { timed: 100, requested: 2, sync_ms: 1_000, seconds: Some(36_000) }),
    }
}

fn catalogue(name: &str, live: u64, heap: u64) -> CatalogueTable {
    CatalogueTable { name: name.to_owned(), live, dead: 0, heap, indexes: 0 }
}

fn age(name: &str, is_ours: bool, age: u64) -> DatabaseAge {
    DatabaseAge { name: name.to_owned(), is_ours, transactions: age, multixacts: age }
}

fn fault() -> Fault {
    Fault::new(FaultKind::Privilege, "permission denied for view")
}

/// Thirty tenants of ten tables.
fn database(readings: Readings) -> Database {
    let mut database = sample::database(None, &[10; 30]);
    database.readings = Some(Ok(Box::new(readings)));
    database
}

fn of(id: GaugeId, database: &Database) -> Gauge {
    gauges(database).into_iter().find(|gauge| gauge.id == id).expect("a gauge")
}

/// A change that a rule must judge so.
fn check(id: GaugeId, change: impl FnOnce(&mut Readings), severity: Severity, verdict: &str) {
    let mut readings = at_rest();
    change(&mut readings);
    let gauge = of(id, &database(readings));
    assert_eq!((gauge.severity, gauge.verdict.as_str()), (severity, verdict), "{gauge:?}");
}

fn settings(readings: &mut Readings) -> &mut Settings {
    readings.settings.as_mut().expect("settings")
}

#[test]
fn a_server_at_rest_is_ok_and_every_line_explains_itself() {
    let gauges = gauges(&database(at_rest()));
    assert_eq!(gauges.iter().map(|gauge| gauge.id).collect::<Vec<_>>(), GaugeId::ALL);
    for gauge in &gauges {
        assert_eq!((gauge.severity, gauge.unseen.as_ref()), (Severity::Ok, None), "{gauge:?}");
        assert!(gauge.warn.is_some() && gauge.measure.is_some() && !gauge.unit.is_empty(), "{gauge:?}");
        assert!(gauge.value.chars().count() <= 48 && gauge.verdict.chars().count() <= 12, "{gauge:?}");
        let text = &gauge.explanation;
        for sentence in [&text.what, &text.how, &text.costs, &text.remedy] {
            assert!(sentence.ends_with('.') && !sentence.contains("  "), "{sentence:?}");
        }
        assert!(!text.inputs.is_empty(), "{gauge:?}");
    }
}

#[test]
fn what_could_not_be_seen_leaves_the_others_alone() {
    use GaugeId as G;
    type Lost = (fn(&mut Readings), &'static [GaugeId]);
    let lost: [Lost; 10] = [
        (|r| r.catalogues = Err(fault()), &[G::Catalogue]),
        (|r| r.relations = Err(fault()), &[G::Dump, G::Files, G::Autovacuum, G::NeverAnalysed]),
        (|r| r.indexes = Err(fault()), &[G::InvalidIndexes]),
        (|r| r.keys = Err(fault()), &[G::Keys]),
        (|r| r.ages = Err(fault()), &[G::TransactionAge, G::MultixactAge]),
        (|r| r.connections = Err(fault()), &[G::BackendCache, G::Connections]),
        (|r| r.temp_files = Err(fault()), &[G::TempFiles]),
        (|r| r.slots = Err(fault()), &[G::Slots]),
        (|r| r.checkpoints = Err(fault()), &[G::Checkpoints]),
        (|r| r.relations.as_mut().expect("relations").never_analysed = None, &[G::NeverAnalysed]),
    ];
    for (lose, unseen) in lost {
        let mut readings = at_rest();
        lose(&mut readings);
        for gauge in gauges(&database(readings)) {
            assert_eq!(gauge.unseen.is_some(), unseen.contains(&gauge.id), "{gauge:?}");
            if gauge.unseen.is_some() {
                assert_eq!((gauge.severity, gauge.verdict.as_str(), gauge.measure), (Severity::Info, "not seen", None));
                assert!(!gauge.explanation.remedy.is_empty());
            }
        }
    }
    let mut empty = sample::database(None, &[]);
    assert_eq!(gauges(&empty), vec![]);
    empty.readings = Some(Ok(Box::new(at_rest())));
    let unseen: Vec<GaugeId> = gauges(&empty).iter().filter(|g| g.unseen.is_some()).map(|g| g.id).collect();
    assert_eq!(unseen, [G::BackendCache, G::LockTable, G::Migration], "without tenants");
    empty.readings = Some(Err(fault()));
    assert!(gauges(&empty).iter().all(|gauge| gauge.unseen == Some(fault())));
}

#[test]
fn the_catalogue_against_shared_buffers_and_its_own_rows() {
    use Severity::{Danger, Ok as Fine, Warn};
    // A row of pg_class takes 294 bytes with its indexes, so that nothing of this is bloat.
    let sized = |bytes: u64| {
        move |readings: &mut Readings| {
            settings(readings).shared_buffers = 2 * GB;
            readings.catalogues = Ok(vec![catalogue("pg_class", bytes / 294, bytes)]);
        }
    };
    check(GaugeId::Catalogue, sized(GB - 1), Fine, "ok");
    check(GaugeId::Catalogue, sized(GB), Warn, "warn");
    check(GaugeId::Catalogue, sized(4 * GB - 1), Warn, "warn");
    check(GaugeId::Catalogue, sized(4 * GB), Danger, "danger");
    let bloated = |needed: u64, there: u64| {
        move |readings: &mut Readings| {
            settings(readings).shared_buffers = 100 * GB;
            readings.catalogues = Ok(vec![catalogue("pg_class", needed, there)]);
        }
    };
    check(GaugeId::Catalogue, bloated(500_000, 2 * 500_000 * 294 - 1), Fine, "ok");
    check(GaugeId::Catalogue, bloated(500_000, 2 * 500_000 * 294), Warn, "warn");
    check(GaugeId::Catalogue, bloated(1_000, 100 * MB), Fine, "ok");
    check(GaugeId::Catalogue, bloated(1_000, 101 * MB), Warn, "warn");
    check(GaugeId::Catalogue, bloated(1_000_000, 5 * 1_000_000 * 294 - 1), Warn, "warn");
    check(GaugeId::Catalogue, bloated(1_000_000, 5 * 1_000_000 * 294), Danger, "danger");
    check(GaugeId::Catalogue, bloated(0, 5 * GB), Fine, "ok");
}

#[test]
fn the_caches_of_connections() {
    // Thirty tenants of ten tables take 4,080,000 bytes in each session.
    let cache = |effective: u64| {
        move |readings: &mut Readings| {
            readings.connections.as_mut().expect("connections").here = 10;
            settings(readings).effective_cache_size = effective;
        }
    };
    check(GaugeId::BackendCache, cache(40_800_000 * 4 + 1), Severity::Ok, "ok");
    check(GaugeId::BackendCache, cache(40_800_000 * 4), Severity::Warn, "warn");
    check(GaugeId::BackendCache, cache(40_800_001), Severity::Warn, "warn");
    check(GaugeId::BackendCache, cache(40_800_000), Severity::Danger, "danger");
}

#[test]
fn the_lock_table() {
    // A tenant of ten tables takes 150 locks to drop, a migration of thirty takes 90, a dump of 300 tables 300.
    let slots = |locks: u32, connections: u32, prepared: u32| {
        move |readings: &mut Readings| {
            let settings = settings(readings);
            settings.max_locks_per_transaction = locks;
            (settings.max_connections, settings.max_prepared_transactions) = (connections, prepared);
        }
    };
    check(GaugeId::LockTable, slots(1, 751, 0), Severity::Ok, "5 at once");
    check(GaugeId::LockTable, slots(1, 740, 10), Severity::Warn, "5 at once");
    check(GaugeId::LockTable, slots(1, 749, 0), Severity::Warn, "4 at once");
    check(GaugeId::LockTable, slots(1, 151, 0), Severity::Warn, "1 at once");
    check(GaugeId::LockTable, slots(1, 150, 0), Severity::Danger, "1 at once");
    check(GaugeId::LockTable, slots(1, 149, 0), Severity::Danger, "will fail");
    check(GaugeId::Dump, slots(1, 601, 0), Severity::Ok, "ok");
    check(GaugeId::Dump, slots(1, 500, 100), Severity::Warn, "warn");
    check(GaugeId::Dump, slots(1, 301, 0), Severity::Warn, "warn");
    check(GaugeId::Dump, slots(1, 300, 0), Severity::Danger, "will fail");
    check(GaugeId::Migration, slots(1, 181, 0), Severity::Ok, "ok");
    check(GaugeId::Migration, slots(1, 180, 0), Severity::Warn, "warn");
    check(GaugeId::Migration, slots(1, 91, 0), Severity::Warn, "warn");
    check(GaugeId::Migration, slots(1, 90, 0), Severity::Danger, "will fail");
}

fn relations(readings: &mut Readings) -> &mut Relations {
    readings.relations.as_mut().expect("relations")
}

#[test]
fn files_and_what_autovacuum_keeps_up_with() {
    use Severity::{Danger, Ok as Fine, Warn};
    for (files, severity, word) in
        [(999_999, Fine, "ok"), (1_000_000, Warn, "warn"), (9_999_999, Warn, "warn"), (10_000_000, Danger, "danger")]
    {
        check(GaugeId::Files, |readings| relations(readings).files = files, severity, word);
    }
    for (vacuumed, overdue, severity, word) in [
        (299_999, 0, Fine, "ok"),
        (300_000, 0, Warn, "warn"),
        (999_999, 0, Warn, "warn"),
        (1_000_000, 0, Danger, "danger"),
        (1_000, 99, Fine, "ok"),
        (1_000, 100, Warn, "warn"),
    ] {
        let change = |readings: &mut Readings| {
            (relations(readings).vacuumed, relations(readings).overdue) = (vacuumed, overdue);
        };
        check(GaugeId::Autovacuum, change, severity, word);
    }
    check(GaugeId::Autovacuum, |readings| settings(readings).autovacuum = false, Danger, "danger");
    for (never, severity, word) in [(149, Fine, "ok"), (150, Warn, "warn"), (300, Warn, "warn")] {
        check(GaugeId::NeverAnalysed, |readings| relations(readings).never_analysed = Some(never), severity, word);
    }
}

#[test]
fn ages_against_the_room_that_is_left() {
    use Severity::{Danger, Ok as Fine, Warn};
    // The room from 200 million to 2,144,483,648 is 1,944,483,648; from 400 million it is 1,744,483,648.
    for (age_of_other, severity, word) in [
        (394_448_364, Fine, "ok"),
        (394_448_365, Warn, "warn"),
        (1_172_241_823, Warn, "warn"),
        (1_172_241_824, Danger, "danger"),
    ] {
        let change =
            |readings: &mut Readings| readings.ages = Ok(vec![age("other", false, age_of_other), age("fleet", true, 5)]);
        check(GaugeId::TransactionAge, change, severity, word);
    }
    for (age_of_ours, severity, word) in [
        (574_448_364, Fine, "ok"),
        (574_448_365, Warn, "warn"),
        (1_272_241_823, Warn, "warn"),
        (1_272_241_824, Danger, "danger"),
    ] {
        let change =
            |readings: &mut Readings| readings.ages = Ok(vec![age("other", false, 5), age("fleet", true, age_of_ours)]);
        check(GaugeId::MultixactAge, change, severity, word);
    }
    let late = |readings: &mut Readings| {
        settings(readings).freeze_max_age = 2_000_000_000;
        readings.ages = Ok(vec![age("fleet", true, 2_000_000_000)]);
    };
    check(GaugeId::TransactionAge, late, Fine, "ok");
}

#[test]
fn keys_and_indexes() {
    use Severity::{Danger, Ok as Fine, Warn};
    for (width, rows, severity, word) in [
        (2, 16_383.0, Fine, "ok"),
        (2, 16_384.0, Warn, "warn"),
        (2, 26_213.0, Warn, "warn"),
        (2, 26_214.0, Danger, "danger"),
        (4, 1_073_741_823.0, Fine, "ok"),
        (4, 1_073_741_824.0, Warn, "warn"),
        (4, 1_717_986_917.0, Warn, "warn"),
        (4, 1_717_986_918.0, Danger, "danger"),
    ] {
        let key = Key { schema: "acme".into(), table: "order\n".into(), column: "id".into(), width, rows };
        let keys = Keys { count: 30, some: vec![key] };
        check(GaugeId::Keys, |readings| readings.keys = Ok(keys.clone()), severity, word);
        let inputs = of(GaugeId::Keys, &database(Readings { keys: Ok(keys), ..at_rest() })).explanation.inputs;
        assert_eq!((inputs[1].0.as_str(), inputs[2].1.as_str()), ("acme.order\\n.id", "29"), "names are safe to show");
    }
    let reading = |value| SequenceReading {
        schema: "acme".into(),
        name: "order\n_id_seq".into(),
        key: Key { schema: "acme".into(), table: "order\n".into(), column: "id".into(), width: 2, rows: 5_000.0 },
        end: 32_767,
        value,
    };
    let values = [
        (SequenceValue::Read(Some(26_214)), "danger, 26,214 of 32,767, 80 %"),
        (SequenceValue::Read(Some(16_384)), "warn, 16,384 of 32,767, 50 %"),
        (SequenceValue::Read(Some(16_383)), "ok, 16,383 of 32,767, 50 %"),
        (SequenceValue::Busy, "locked by somebody, not read"),
        (SequenceValue::Unreadable, "not readable for our role"),
    ];
    for (value, expected) in values {
        let facts = SequenceFacts { as_of: at_rest().as_of, sequences: vec![reading(value); 51], without: 2 };
        let told = sequences(&facts);
        assert_eq!((told[0].0.as_str(), told[0].1.as_str()), ("acme.order\\n_id_seq for order\\n.id", expected));
        let rest: Vec<&str> = told[50..].iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!((told.len(), rest), (52, vec!["1", "2"]), "fifty by name");
    }
    let index = InvalidIndex { schema: "acme".into(), table: "tag".into(), name: "once".into(), is_unique: true };
    let indexes =
        |count| InvalidIndexes { count, building: 1, some: vec![index.clone(); usize::try_from(count).unwrap_or(0)] };
    check(GaugeId::InvalidIndexes, |readings| readings.indexes = Ok(indexes(0)), Fine, "ok");
    check(GaugeId::InvalidIndexes, |readings| readings.indexes = Ok(indexes(1)), Warn, "warn");
}

#[test]
fn connections_of_the_server_and_of_the_database() {
    use Severity::{Danger, Ok as Fine, Warn};
    let used = |clients, here, limit_here| {
        move |readings: &mut Readings| {
            settings(readings).max_connections = 103;
            readings.connections = Ok(Connections { clients, here, limit_here, ..Connections::default() });
        }
    };
    for (clients, here, limit, severity, word) in [
        (79, 5, None, Fine, "ok"),
        (80, 5, None, Warn, "warn"),
        (94, 5, None, Warn, "warn"),
        (95, 5, None, Danger, "danger"),
        (10, 7, Some(10), Fine, "ok"),
        (10, 8, Some(10), Warn, "warn"),
        (10, 10, Some(10), Danger, "danger"),
        (80, 1, Some(10), Warn, "warn"),
    ] {
        check(GaugeId::Connections, used(clients, here, limit), severity, word);
    }
}

#[test]
fn temporary_files_slots_and_checkpoints() {
    use Severity::{Danger, Ok as Fine, Warn};
    for (bytes, seconds, severity, word) in [
        (2 * GB - 1, 7_200, Fine, "ok"),
        (2 * GB, 7_200, Warn, "warn"),
        (GB - 1, 60, Fine, "ok"),
        (GB, 60, Warn, "warn"),
        (20 * GB - 1, 7_200, Warn, "warn"),
        (20 * GB, 7_200, Danger, "danger"),
    ] {
        let files = TempFiles { files: 1, bytes, seconds: Some(seconds) };
        check(GaugeId::TempFiles, |readings| readings.temp_files = Ok(files), severity, word);
    }
    let unknown = TempFiles { files: 1, bytes: 1, seconds: None };
    check(GaugeId::TempFiles, |readings| readings.temp_files = Ok(unknown), Severity::Info, "not seen");
    let slot = |kept: u64, status: &str, age: Option<u64>| Slot {
        name: "s".into(),
        kept: Some(kept),
        status: Some(status.into()),
        age,
        ..Slot::default()
    };
    for (slot, severity, word) in [
        (slot(GB - 1, "reserved", None), Fine, "ok"),
        (slot(GB, "extended", None), Warn, "warn"),
        (slot(10 * GB - 1, "extended", None), Warn, "warn"),
        (slot(10 * GB, "extended", None), Danger, "danger"),
        (slot(0, "unreserved", None), Danger, "danger"),
        (slot(0, "lost", None), Danger, "danger"),
        (slot(0, "reserved", Some(50_000_000)), Fine, "ok"),
        (slot(0, "reserved", Some(50_000_001)), Warn, "warn"),
    ] {
        check(GaugeId::Slots, |readings| readings.slots = Ok(vec![slot]), severity, word);
    }
    for (timed, requested, severity, word) in
        [(0, 9, Fine, "ok"), (6, 5, Fine, "ok"), (5, 5, Warn, "warn"), (11, 89, Warn, "warn"), (10, 90, Danger, "danger")]
    {
        let made = Checkpoints { timed, requested, sync_ms: 0, seconds: None };
        check(GaugeId::Checkpoints, |readings| readings.checkpoints = Ok(made), severity, word);
    }
}

#[test]
fn a_version_is_warned_of_half_a_year_before_its_end() {
    use Severity::{Danger, Info, Ok as Fine, Warn};
    for (version, day, severity, word) in [
        (150_018, "2027-05-11", Fine, "ok"),
        (150_018, "2027-05-12", Warn, "warn"),
        (150_018, "2027-11-11", Warn, "warn"),
        (150_018, "2027-11-12", Danger, "danger"),
        (130_023, "2026-01-01", Danger, "danger"),
        (180_000, "2026-01-01", Fine, "ok"),
        (190_000, "2026-01-01", Info, "not seen"),
    ] {
        let change = |readings: &mut Readings| {
            readings.as_of = format!("{day}T23:59:59Z").parse().expect("a moment");
            settings(readings).version = version;
        };
        check(GaugeId::Version, change, severity, word);
    }
}
