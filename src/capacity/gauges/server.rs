//! The server as a whole: connections, temporary files, slots, checkpoints, its version. Must not know how they are read.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Facts, Rule, Told, percent, seen};
use crate::domain::capacity::GaugeId;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::pressure::{Connections, Settings};
use crate::domain::units::{bytes, count, short};

/// Pools grow in steps; a fifth is left for them.
const CONNECTIONS_WARN: f64 = 0.8;
/// One more application server and the next connection is refused.
const CONNECTIONS_FAIL: f64 = 0.95;

/// A gigabyte an hour of sorts and hashes that did not fit.
const TEMP_WARNS: f64 = (1_u64 << 30) as f64;
/// Ten of them: the disk of the data works for `work_mem`.
const TEMP_FAILS: f64 = TEMP_WARNS * 10.0;
/// A shorter time says nothing of an hour.
const HOUR: u64 = 3_600;

/// A slot that keeps so many times `max_wal_size` is not just behind: it fills the disk.
const SLOT_FAILS: f64 = 10.0;

/// As many checkpoints before their time as in time: `max_wal_size` is too small for what is written.
const REQUESTED_WARNS: f64 = 0.5;
/// Hardly one comes in time.
const REQUESTED_FAILS: f64 = 0.9;
/// Fewer checkpoints say nothing.
const FEW_CHECKPOINTS: u64 = 10;

/// The last day of support of each major, by the project's versioning policy.
const LAST_DAYS: [(u32, Date); 6] = [
    (13, jiff::civil::date(2025, 11, 13)),
    (14, jiff::civil::date(2026, 11, 12)),
    (15, jiff::civil::date(2027, 11, 11)),
    (16, jiff::civil::date(2028, 11, 9)),
    (17, jiff::civil::date(2029, 11, 8)),
    (18, jiff::civil::date(2030, 11, 14)),
];
/// An upgrade of a large fleet is planned half a year ahead.
const HALF_A_YEAR: f64 = -183.0;
/// From the day after the last one on nothing is mended any more.
const UNSUPPORTED: f64 = 1.0;

pub(super) const CONNECTIONS: Rule = Rule {
    id: GaugeId::Connections,
    unit: "share of the connections",
    what: "Each connection is a process of the server. One pool for each tenant or each application server multiplies them.",
    how: "share = clients / (max_connections - those reserved for superusers), or of this database's own limit where that is nearer. It \
          warns from four fifths on. Without pg_monitor what is a client is guessed from its having a user and a database.",
    costs: "New connections are refused, in all databases of the server.",
    remedy: "A pooler in transaction mode before the server; smaller pools; end sessions that idle in a transaction.",
    measure: connections,
};

pub(super) const TEMP_FILES: Rule = Rule {
    id: GaugeId::TempFiles,
    unit: "bytes an hour",
    what: "A sort or hash that does not fit into work_mem goes to temporary files. Reports over all tenants and tools that read the \
           catalogue of a large fleet do so.",
    how: "bytes an hour = temp_bytes of this database / hours since its statistics began (one hour at least). It warns from 1 GB an hour \
          on and is dangerous from 10 GB on.",
    costs: "Queries are slow, the disk that also writes WAL is busy, and without temp_file_limit one query can fill it.",
    remedy: "log_temp_files shows who; raise work_mem for that role or query alone; set temp_file_limit.",
    measure: temp_files,
};

pub(super) const SLOTS: Rule = Rule {
    id: GaugeId::Slots,
    unit: "times max_wal_size",
    what: "A replication slot keeps WAL until its reader has taken it, and may hold back vacuum: a logical one that of the catalogues, \
           which a fleet of many tables feels first.",
    how: "The most WAL that is kept for one slot (its distance to the end of WAL) / max_wal_size. It warns from once on and is dangerous \
          from ten times on or when a slot is lost or about to be; it also warns when a slot holds back vacuum by more than \
          vacuum_freeze_min_age transactions.",
    costs: "The disk of the WAL fills and the server stops; or max_slot_wal_keep_size cuts the reader off; catalogues bloat.",
    remedy: "Mend or drop the reader, then the slot (pg_drop_replication_slot). Set max_slot_wal_keep_size.",
    measure: slots,
};

pub(super) const CHECKPOINTS: Rule = Rule {
    id: GaugeId::Checkpoints,
    unit: "share of the checkpoints",
    what: "A checkpoint writes what has changed and syncs each file of it: with many small tables that is many files. It should come when \
           it is time, not because WAL has run full.",
    how: "share = requested / (timed + requested) since the statistics of the server began. It warns from a half on; fewer than ten \
          checkpoints say nothing. Backups and CREATE DATABASE request some, too.",
    costs: "Pages are written more often and whole into WAL after each checkpoint, and commits wait for the syncing.",
    remedy: "Raise max_wal_size, spread migrations and clones over time, leave checkpoint_completion_target at 0.9.",
    measure: checkpoints,
};

pub(super) const VERSION: Rule = Rule {
    id: GaugeId::Version,
    unit: "days after support ends",
    what: "Each major of PostgreSQL is mended for five years, and several learned to live with many tables.",
    how: "The day of this reading against the last day of support of the server's major, by the project's versioning policy. It warns half \
          a year before and is dangerous after it.",
    costs: "Bugs and holes are not mended any more, and the limits below stay.",
    remedy: "Plan the upgrade: pg_upgrade needs a lock and a file operation for each table, so try it on a copy of this fleet first.",
    measure: version,
};

fn connections(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (settings, seen) = (facts.settings()?, seen(&facts.readings.connections)?);
    let there = u64::from(settings.max_connections.saturating_sub(settings.reserved_connections));
    let share = |used: u64, of: u64| used as f64 / of.max(1) as f64;
    let Connections { clients, here, limit_here, .. } = *seen;
    let (used, of) = match limit_here {
        Some(limit) if share(here, limit) > share(clients, there) => (here, limit),
        _ => (clients, there),
    };
    let idle = seen.idle_in_transaction;
    let told = Told::measured(
        format!("{} of {} in use", count(used), count(of)),
        share(used, of),
        Some(CONNECTIONS_WARN),
        Some(CONNECTIONS_FAIL),
    )
    .input("clients of the server", count(clients))
    .input("clients of this database", count(here))
    .input("max_connections", count(settings.max_connections.into()))
    .input("reserved", count(settings.reserved_connections.into()))
    .input("idle in transaction", idle.map_or_else(|| "not seen (pg_monitor)".to_owned(), count));
    Ok(match limit_here {
        Some(limit) => told.input("limit of this database", count(limit)),
        None => told,
    })
}

fn temp_files(facts: &Facts<'_>) -> Result<Told, Fault> {
    let files = *seen(&facts.readings.temp_files)?;
    let seconds =
        files.seconds.ok_or_else(|| Fault::new(FaultKind::Server, "the server does not tell since when it counts"))?;
    let rate = files.bytes as f64 * HOUR as f64 / seconds.max(HOUR) as f64;
    let told = Told::measured(
        format!("{} files, {}, {} an hour", short(files.files), bytes(files.bytes), bytes(rate as u64)),
        rate,
        Some(TEMP_WARNS),
        Some(TEMP_FAILS),
    )
    .input("temp_files", count(files.files))
    .input("temp_bytes", bytes(files.bytes))
    .input("counted for", hours(seconds));
    Ok(match facts.settings() {
        Ok(settings) => told.input("work_mem", bytes(settings.work_mem)),
        Err(_) => told,
    })
}

fn hours(seconds: u64) -> String {
    format!("{:.1} hours", seconds as f64 / HOUR as f64)
}

fn slots(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (settings, slots) = (facts.settings()?, seen(&facts.readings.slots)?);
    let kept = slots.iter().filter_map(|slot| slot.kept).max().unwrap_or(0);
    let idle = slots.iter().filter(|slot| !slot.is_active).count();
    let is_lost = slots.iter().any(|slot| matches!(slot.status.as_deref(), Some("lost" | "unreserved")));
    let holds_back = slots.iter().any(|slot| slot.age.is_some_and(|age| age > settings.freeze_min_age));
    let value = match (slots.len(), idle) {
        (0, _) => "none".to_owned(),
        (all, 0) => format!("{all} slots keep {} at most", bytes(kept)),
        (all, idle) => format!("{all} slots, {idle} unread, keep {} at most", bytes(kept)),
    };
    let mut told = Told::measured(value, kept as f64 / settings.max_wal_size.max(1) as f64, Some(1.0), Some(SLOT_FAILS))
        .at_least(Severity::Warn, holds_back)
        .at_least(Severity::Danger, is_lost)
        .input("max_wal_size", bytes(settings.max_wal_size))
        .input("vacuum_freeze_min_age", count(settings.freeze_min_age));
    for slot in slots.iter().take(20) {
        let kind = if slot.is_logical { "logical" } else { "physical" };
        let read = if slot.is_active { "read" } else { "not read by anybody" };
        let kept = slot.kept.map_or_else(|| "nothing".to_owned(), bytes);
        let status = slot.status.as_deref().map_or_else(String::new, |status| format!(", {}", shown(status)));
        let age = slot.age.map_or_else(String::new, |age| format!(", holds back vacuum by {} transactions", count(age)));
        told = told.input(shown(&slot.name), format!("{kind}, {read}, keeps {kept}{status}{age}"));
    }
    Ok(told)
}

fn checkpoints(facts: &Facts<'_>) -> Result<Told, Fault> {
    let made = *seen(&facts.readings.checkpoints)?;
    let all = made.timed + made.requested;
    let share = if all < FEW_CHECKPOINTS { 0.0 } else { made.requested as f64 / all as f64 };
    let value = if all < FEW_CHECKPOINTS {
        format!("{all} so far, which says nothing yet")
    } else {
        format!("{} of {} before their time, {}", short(made.requested), short(all), percent(share))
    };
    let sync = made.sync_ms as f64 / 1e3 / all.max(1) as f64;
    let mut told = Told::measured(value, share, Some(REQUESTED_WARNS), Some(REQUESTED_FAILS))
        .input("timed", count(made.timed))
        .input("requested", count(made.requested))
        .input("syncing files, each", format!("{sync:.2} s"));
    if let Some(seconds) = made.seconds {
        told = told.input("counted for", hours(seconds));
    }
    Ok(match facts.settings() {
        Ok(Settings { max_wal_size, checkpoint_timeout, .. }) => {
            told.input("max_wal_size", bytes(*max_wal_size)).input("checkpoint_timeout", format!("{checkpoint_timeout} s"))
        }
        Err(_) => told,
    })
}

fn version(facts: &Facts<'_>) -> Result<Told, Fault> {
    let version = facts.settings()?.version;
    let major = version / 10_000;
    let name = format!("{major}.{}", version % 10_000);
    let Some((_, last)) = LAST_DAYS.iter().find(|(known, _)| *known == major) else {
        return Err(Fault::new(FaultKind::Server, format!("it is not known how long PostgreSQL {major} is supported")));
    };
    let today = facts.readings.as_of.to_zoned(TimeZone::UTC).date();
    let after = f64::from(today.duration_since(*last).as_hours() as i32 / 24);
    let value =
        if after > 0.0 { format!("{name}, support ended {last}") } else { format!("{name}, supported until {last}") };
    let mut told =
        Told::measured(value, after, Some(HALF_A_YEAR), Some(UNSUPPORTED)).input("last day of support", last.to_string());
    for (until, limit) in LIMITS {
        if major < until {
            told = told.input(format!("before {until}"), limit);
        }
    }
    Ok(told)
}

/// What each major mended that matters to a fleet of many tables.
const LIMITS: [(u32, &str); 5] = [
    (14, "tables that were never analysed look empty; the memory of a server process cannot be read"),
    (15, "the statistics of all tables are written to a file and read as a whole, by each autovacuum worker too"),
    (16, "when a table was last used is not recorded"),
    (17, "vacuum remembers dead rows in at most 1 GB, and few settings of checkpoints tell what they cost"),
    (
        18,
        "only 16 relations of a transaction are locked without the shared lock table (from 18 on max_locks_per_transaction)",
    ),
];
