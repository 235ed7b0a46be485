//! Autovacuum and what it must keep up with: tables, transaction ids, multixacts, statistics. Must not know how they are read.

use super::{Facts, Rule, Told, percent, seen};
use crate::domain::capacity::GaugeId;
use crate::domain::fault::Fault;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::pressure::{DatabaseAge, OldTable};
use crate::domain::units::{count, short};

/// A worker looks at the statistics of every table of the database at each visit: some 10 microseconds each, measured, so a second
/// at a hundred thousand.
const MANY_TABLES: f64 = 1e5;
/// A million tables, which is said to be the most for a database, with the three workers that a server has by itself.
const TOO_MANY_TABLES: f64 = 1e6 / 3.0;
/// Tables that must be frozen and are not yet: a share that shows that they come faster than workers freeze them.
const MANY_OVERDUE: f64 = 0.1;

/// The server takes no more transactions three million before the ids wrap around at 2^31 (14 and newer; earlier one million).
const LAST_TRANSACTION: u64 = (1 << 31) - 3_000_000;
/// Autovacuum begins to freeze at `autovacuum_freeze_max_age`. With a tenth of the room above it used up it does not keep up.
const ROOM_WARNS: f64 = 0.1;
/// With half of that room used up, the other half is the time that is left to mend it.
const ROOM_FAILS: f64 = 0.5;

/// Most tables of a young fleet are small and never come to the 50 changes that make autovacuum analyse one. With half of all
/// unknown, plans over tenants are guesses.
const MOST_TABLES: f64 = 0.5;

pub(super) const AUTOVACUUM: Rule = Rule {
    id: GaugeId::Autovacuum,
    unit: "tables for each worker",
    what: "Autovacuum visits a database every autovacuum_naptime; the worker looks at the statistics of every table before it vacuums the \
           first. Tables that were created together must be frozen together, too.",
    how: "tables, materialized views and TOAST tables / autovacuum_max_workers. From 100,000 on a look takes about a second of each \
          visit; a third of a million is the million tables that a database is said to take with the usual three workers. It also warns \
          when a tenth of the tables is older than autovacuum_freeze_max_age, and is dangerous when autovacuum or track_counts is off.",
    costs: "Dead rows stay and statistics grow old, first in the busy tenants; in the end transaction ids run out.",
    remedy: "More workers (autovacuum_max_workers) and more for them to spend (autovacuum_vacuum_cost_limit is shared by all of them); \
             large maintenance_work_mem helps little with small tables.",
    measure: autovacuum,
};

pub(super) const TRANSACTION_AGE: Rule = Rule {
    id: GaugeId::TransactionAge,
    unit: "transactions",
    what: "Transaction ids are 32 bits for the whole server. Every table must be frozen before the oldest id in it is two thousand \
           million old, and one table of one tenant holds back all databases.",
    how: "The largest age(datfrozenxid) of all databases. Autovacuum freezes at autovacuum_freeze_max_age and the server stops three \
          million before 2^31: it warns when a tenth of the room between them is used up and is dangerous at half.",
    costs: "Near the end the server refuses every command that needs a transaction id until a superuser has vacuumed.",
    remedy: "End what holds vacuum back (old transactions, prepared transactions, slots), then VACUUM (FREEZE) the oldest tables; raise \
             autovacuum's limits.",
    measure: transaction_age,
};

pub(super) const MULTIXACT_AGE: Rule = Rule {
    id: GaugeId::MultixactAge,
    unit: "multixacts",
    what: "A row that several transactions lock at once, by foreign keys above all, takes a multixact id. They are 32 bits as well and \
           are frozen likewise.",
    how: "The largest mxid_age(datminmxid) of all databases, judged as the transaction age is, from \
          autovacuum_multixact_freeze_max_age on.",
    costs: "Near the end the server refuses every command that would make one: updates of tables that others refer to.",
    remedy: "Freeze the oldest tables (VACUUM FREEZE); find who locks rows with SELECT ... FOR SHARE or holds foreign keys' locks for long.",
    measure: multixact_age,
};

pub(super) const NEVER_ANALYSED: Rule = Rule {
    id: GaugeId::NeverAnalysed,
    unit: "share of the tables",
    what: "A table that was never analysed has no statistics: the planner guesses, ten pages for an empty one. Autovacuum analyses a \
           table after 50 changes, and a partitioned table never.",
    how: "share = tables of which pg_class knows no number of rows (reltuples = -1) / tables, by one scan. PostgreSQL 13 does not tell \
          them from empty ones. It warns from a half on.",
    costs: "Plans over tenants that were restored or cloned are bad until somebody analyses, and sizes here are too small.",
    remedy: "Analyse after restoring, cloning and upgrading (vacuumdb --analyze-in-stages), and partitioned tables by a job.",
    measure: never_analysed,
};

fn autovacuum(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (settings, relations) = (facts.settings()?, seen(&facts.readings.relations)?);
    let workers = u64::from(settings.autovacuum_max_workers);
    let each = relations.vacuumed as f64 / workers.max(1) as f64;
    let overdue = relations.overdue as f64 / relations.vacuumed.max(1) as f64;
    let value = if settings.autovacuum {
        format!("{} tables, {workers} workers, {} overdue", short(relations.vacuumed), short(relations.overdue))
    } else {
        format!("off, {} tables", short(relations.vacuumed))
    };
    let told = Told::measured(value, each, Some(MANY_TABLES), Some(TOO_MANY_TABLES))
        .at_least(Severity::Warn, overdue >= MANY_OVERDUE)
        .at_least(Severity::Danger, !settings.autovacuum)
        .input("tables", count(relations.vacuumed))
        .input("autovacuum_max_workers", count(workers))
        .input("autovacuum_naptime", format!("{} s", settings.autovacuum_naptime))
        .input("older than autovacuum_freeze_max_age", format!("{}, {}", count(relations.overdue), percent(overdue)));
    let told = oldest(told, relations.oldest_transaction.as_ref());
    Ok(match seen(&facts.readings.connections).map(|connections| connections.vacuuming) {
        Ok(Some(busy)) => told.input("workers that run now", count(busy)),
        _ => told.input("workers that run now", "not seen (pg_monitor)"),
    })
}

fn oldest(told: Told, table: Option<&OldTable>) -> Told {
    match table {
        None => told,
        Some(table) => {
            let name = format!("{}.{}", shown(&table.schema), shown(&table.name));
            told.input("oldest table here", format!("{name}, {}", count(table.age)))
        }
    }
}

/// The age at which a part of the room between the beginning of freezing and the end is used up.
fn at(freeze_max_age: u64, part: f64) -> f64 {
    let room = LAST_TRANSACTION.saturating_sub(freeze_max_age) as f64;
    freeze_max_age as f64 + room * part
}

fn age(facts: &Facts<'_>, of: fn(&DatabaseAge) -> u64, freeze_max_age: u64, unit: &str) -> Result<Told, Fault> {
    let databases = seen(&facts.readings.ages)?;
    let oldest = databases.iter().max_by_key(|database| (of(database), database.is_ours));
    let measure = oldest.map_or(0, of);
    let left = LAST_TRANSACTION.saturating_sub(measure) as f64 / LAST_TRANSACTION as f64;
    let value = format!("{} {unit}, {} left", short(measure), percent(left));
    let (warn, danger) = (at(freeze_max_age, ROOM_WARNS), at(freeze_max_age, ROOM_FAILS));
    let mut told = Told::measured(value, measure as f64, Some(warn), Some(danger))
        .input("freezing begins at", count(freeze_max_age))
        .input("the server stops at", count(LAST_TRANSACTION));
    if let Some(database) = oldest {
        told = told.input("oldest database", format!("{}, {}", shown(&database.name), count(of(database))));
    }
    if let Some(ours) = databases.iter().find(|database| database.is_ours) {
        told = told.input("this database", count(of(ours)));
    }
    Ok(told)
}

fn transaction_age(facts: &Facts<'_>) -> Result<Told, Fault> {
    let settings = facts.settings()?;
    let mut told = age(facts, |database| database.transactions, settings.freeze_max_age, "transactions")?;
    if let Ok(relations) = &facts.readings.relations {
        told = oldest(told, relations.oldest_transaction.as_ref());
    }
    if let Ok(connections) = &facts.readings.connections {
        let known =
            |age: Option<u64>| age.map_or_else(|| "none".to_owned(), |age| format!("{} transactions ago", count(age)));
        told = told
            .input("oldest snapshot of a session", known(connections.oldest_snapshot))
            .input("oldest prepared transaction", known(connections.oldest_prepared));
    }
    Ok(told)
}

fn multixact_age(facts: &Facts<'_>) -> Result<Told, Fault> {
    let settings = facts.settings()?;
    let told = age(facts, |database| database.multixacts, settings.multixact_freeze_max_age, "multixacts")?;
    Ok(match &facts.readings.relations {
        Ok(relations) => oldest(told, relations.oldest_multixact.as_ref()),
        Err(_) => told,
    })
}

fn never_analysed(facts: &Facts<'_>) -> Result<Told, Fault> {
    use crate::domain::fault::FaultKind;
    let relations = seen(&facts.readings.relations)?;
    let never = relations.never_analysed.ok_or_else(|| {
        Fault::new(FaultKind::Server, "PostgreSQL 13 does not tell tables that were never analysed from empty ones")
    })?;
    let share = never as f64 / relations.tables.max(1) as f64;
    let value = format!("{} of {} tables, {}", short(never), short(relations.tables), percent(share));
    Ok(Told::measured(value, share, Some(MOST_TABLES), None)
        .input("never analysed", count(never))
        .input("tables", count(relations.tables))
        .input("partitioned tables among them", count(relations.partitioned_never_analysed)))
}
