//! What objects there are too many of, or that have come to their end: files, keys, indexes. Must not know how they are counted.

use super::{Facts, Rule, Told, percent, seen};
use crate::domain::capacity::GaugeId;
use crate::domain::fault::Fault;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::pressure::{Key, SequenceFacts, SequenceReading, SequenceValue};
use crate::domain::units::{bytes, count, short};

/// A crashed server opens and syncs each file before it takes anybody (`recovery_init_sync_method`), and each physical backup visits
/// it: a million takes minutes.
const MANY_FILES: f64 = 1e6;
/// A folder of ext4 without `large_dir` holds some ten million names, and all files of a database in one tablespace lie in one.
const TOO_MANY_FILES: f64 = 1e7;
/// Half of what a key can count: the time to plan its change to bigint, which rewrites the table, because it comes with the next
/// doubling.
const HALF_A_KEY: f64 = 0.5;
/// A fifth is left.
const END_OF_A_KEY: f64 = 0.8;
/// One index that is not valid is one too many.
const ANY_INDEX: f64 = 1.0;

pub(super) const FILES: Rule = Rule {
    id: GaugeId::Files,
    unit: "files",
    what: "Every table, index, sequence and TOAST table is a file of its own, with maps of free space and visibility beside it, all of \
           a database in one folder. Each is an inode of the file system.",
    how: "files = relations with storage + one for each further gigabyte + the maps that the catalogue says are there, by one scan of \
          pg_class. It is an estimate: pages are those of the last vacuum or analyze. How many inodes are left cannot be seen from SQL.",
    costs: "After a crash the server opens and syncs each file before it takes anybody; each physical backup visits each file; a \
            file system may run out of inodes while half of it is free; ext4 folders end at some ten million names.",
    remedy: "Watch inodes (df -i). Use recovery_init_sync_method = syncfs (14 and newer, Linux) and a backup tool that bundles small \
             files. Spread the fleet over several databases.",
    measure: files,
};

pub(super) const KEYS: Rule = Rule {
    id: GaugeId::Keys,
    unit: "share of the type",
    what: "A key of type smallint ends at 32,767 and one of type integer at 2,147,483,647: the insert after that fails. Frameworks of a \
           few years ago made all keys integer, in each tenant anew.",
    how: "share = estimated rows / largest number of the type, for primary keys and unique indexes of one column whose table has more \
          rows than a tenth of it. It warns from a half on and is dangerous from four fifths on. It says at least: \
          numbers that were skipped or whose rows were deleted are used up as well. Only the sequences tell, and reading a sequence \
          opens and locks it, so they are read when you ask, those of these keys alone. A sequence that is near its end though its \
          table has few rows is not among them and is not seen.",
    costs: "Inserts into that table of that tenant fail (\"integer out of range\", \"reached maximum value of sequence\") until the \
            column is changed, which rewrites the table under an exclusive lock.",
    remedy: "Change the column and the columns that refer to it to bigint while the table is small, in a migration for all tenants; \
             for a large one add a bigint column, fill it in batches and swap.",
    measure: keys,
};

pub(super) const INVALID_INDEXES: Rule = Rule {
    id: GaugeId::InvalidIndexes,
    unit: "indexes",
    what: "A CREATE INDEX CONCURRENTLY that fails or is cancelled, by a lock_timeout for instance, leaves an index that is not valid.",
    how: "Counted in pg_index (NOT indisvalid), by one scan; one is enough to warn. Those of partitioned tables, which wait for their parts, are left out, and \
          those that are being built as far as the role may see who builds (pg_monitor).",
    costs: "No query uses it, yet each write maintains it; one that should be unique lets duplicates be that were there before; and a \
            migration that looks only for the name believes it done.",
    remedy: "Drop it concurrently and create it again, or REINDEX INDEX CONCURRENTLY. Names that end in _ccnew or _ccold are left \
             over from a failed REINDEX and can be dropped.",
    measure: invalid_indexes,
};

fn files(facts: &Facts<'_>) -> Result<Told, Fault> {
    let relations = seen(&facts.readings.relations)?;
    let settings = facts.settings()?;
    let mut value = format!("{} files at least", short(relations.files));
    if let Ok(tenants) = facts.tenants() {
        value = format!("{value}, {} for each tenant", short(relations.files / tenants.tenants.max(1)));
    }
    Ok(Told::estimated(value, relations.files as f64, Some(MANY_FILES), Some(TOO_MANY_FILES))
        .input("relations with storage", count(relations.stored))
        .input("files", count(relations.files))
        .input("block_size", bytes(settings.block_size)))
}

fn keys(facts: &Facts<'_>) -> Result<Told, Fault> {
    let keys = seen(&facts.readings.keys)?;
    let fullest = keys.some.first().map_or(0.0, Key::share);
    let value = match keys.count {
        0 => "none has used a tenth of its type".to_owned(),
        1 => format!("1 key, {} of its type at least", percent(fullest)),
        many => format!("{} keys, the fullest {} at least", short(many), percent(fullest)),
    };
    let mut told =
        Told::estimated(value, fullest, Some(HALF_A_KEY), Some(END_OF_A_KEY)).input("keys past a tenth", count(keys.count));
    for key in &keys.some {
        let name = [&key.schema, &key.table, &key.column].map(|part| shown(part)).join(".");
        let kind = if key.width == 2 { "smallint" } else { "integer" };
        told = told.input(name, format!("{kind}, {} rows, {}", short(key.rows as u64), percent(key.share())));
    }
    Ok(more(told, keys.count, keys.some.len()))
}

fn invalid_indexes(facts: &Facts<'_>) -> Result<Told, Fault> {
    let indexes = seen(&facts.readings.indexes)?;
    let value = match (indexes.count, indexes.building) {
        (0, 0) => "none".to_owned(),
        (0, building) => format!("none, {building} being built"),
        (1, _) => "1 index is not valid".to_owned(),
        (many, _) => format!("{} indexes are not valid", count(many)),
    };
    let mut told = Told::measured(value, indexes.count as f64, Some(ANY_INDEX), None)
        .input("not valid", count(indexes.count))
        .input("being built", count(indexes.building));
    for index in &indexes.some {
        let name = [&index.schema, &index.name].map(|part| shown(part)).join(".");
        let kind = if index.is_unique { ", unique" } else { "" };
        told = told.input(name, format!("on {}{kind}", shown(&index.table)));
    }
    Ok(more(told, indexes.count, indexes.some.len()))
}

/// Sequences that are told by name; the others have used less of their numbers.
const NAMED: usize = 50;

/// Where the sequences of the keys stand, the fullest first: names and what each comes to, both safe to show.
pub fn sequences(facts: &SequenceFacts) -> Vec<(String, String)> {
    let mut told: Vec<(String, String)> = facts.sequences.iter().take(NAMED).map(sequence).collect();
    if let Some(rest) = facts.sequences.len().checked_sub(NAMED).filter(|rest| *rest > 0) {
        told.push(("and more".to_owned(), count(rest as u64)));
    }
    if facts.without > 0 {
        told.push(("keys without a sequence of their own".to_owned(), count(facts.without)));
    }
    told
}

fn sequence(reading: &SequenceReading) -> (String, String) {
    let name = [&reading.schema, &reading.name].map(|part| shown(part)).join(".");
    let key = [&reading.key.table, &reading.key.column].map(|part| shown(part)).join(".");
    let value = match (reading.value, reading.share()) {
        (SequenceValue::Busy, _) => "locked by somebody, not read".to_owned(),
        (SequenceValue::Read(last), Some(share)) => {
            let last = u64::try_from(last.unwrap_or(0)).unwrap_or(0);
            let end = u64::try_from(reading.end).unwrap_or(0);
            format!("{}, {} of {}, {}", judged(share).word(), count(last), count(end), percent(share))
        }
        (SequenceValue::Read(_) | SequenceValue::Unreadable, _) => "not readable for our role".to_owned(),
    };
    (format!("{name} for {key}"), value)
}

/// A sequence is judged as its key is.
fn judged(share: f64) -> Severity {
    match share {
        share if share >= END_OF_A_KEY => Severity::Danger,
        share if share >= HALF_A_KEY => Severity::Warn,
        _ => Severity::Ok,
    }
}

/// Says how many are not told by name.
fn more(told: Told, count_of_all: u64, named: usize) -> Told {
    match count_of_all.saturating_sub(named as u64) {
        0 => told,
        rest => told.input("and more", count(rest)),
    }
}
