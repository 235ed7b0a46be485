//! The lock table against what is done with many tables in one transaction. Must not know which locks are held now.

use super::{Facts, Rule, Told, seen};
use crate::domain::capacity::GaugeId;
use crate::domain::fault::Fault;
use crate::domain::units::count;

/// Locks that dropping one table takes with its indexes, sequence, constraints and TOAST table: measured on tables with an identity
/// key, one foreign key and one index. Cloning takes 8 to 15.
const PER_DROPPED_TABLE: u64 = 15;
/// Locks that the smallest migration holds in each tenant until its transaction ends: the table that a column is added to, the
/// ledger and its sequence. Measured.
const PER_MIGRATED_TENANT: u64 = 3;
/// With less than this many tenants dropped or cloned at once there is no room for the application's own locks beside: a fifth of
/// the table for one of them.
const ONE_TENANT_WARNS: f64 = 0.2;
/// One tenant alone does not fit.
const ONE_TENANT_FAILS: f64 = 1.0;
/// Beside a transaction that takes half of the table, the application and a second such transaction do not fit.
const WHOLE_WARNS: f64 = 0.5;
/// The transaction alone does not fit.
const WHOLE_FAILS: f64 = 1.0;

pub(super) const LOCK_TABLE: Rule = Rule {
    id: GaugeId::LockTable,
    unit: "share of the lock table",
    what: "A transaction keeps a lock on every table, index and sequence that it touches until it ends. Dropping or cloning a tenant \
           touches all of its tables, and all sessions share one lock table of fixed size.",
    how: "share = 15 locks for each table x tables per tenant / slots, where slots = max_locks_per_transaction x (max_connections + \
          max_prepared_transactions). 15 was measured for a drop of tables with a key, a foreign key and an index; a clone takes 8 to \
          15. It warns from a fifth on, because fewer than five at once leave no room for the application, and from the whole on one \
          tenant alone does not fit.",
    costs: "A transaction that finds no free slot fails with \"out of shared memory\", and so may any other session at that moment.",
    remedy: "Raise max_locks_per_transaction (a restart; some 300 bytes of shared memory for each slot), or drop and clone fewer \
             tenants at once, each in its own transaction.",
    measure: lock_table,
};

pub(super) const DUMP: Rule = Rule {
    id: GaugeId::Dump,
    unit: "share of the lock table",
    what: "pg_dump of a whole database locks every table before it reads the first one, in one transaction.",
    how: "share = tables of the database / slots, where slots = max_locks_per_transaction x (max_connections + \
          max_prepared_transactions). It warns from half of the slots on, and from all of them on the dump fails.",
    costs: "The dump ends with \"out of shared memory\" after minutes of locking, and while it runs other sessions may fail likewise: \
            there is no logical backup and no upgrade by dump and restore.",
    remedy: "Raise max_locks_per_transaction for as long as the dump is needed (a restart), dump schema by schema (pg_dump -n), or rely \
             on physical backups. pg_upgrade needs a lock for each table as well.",
    measure: dump,
};

pub(super) const MIGRATION: Rule = Rule {
    id: GaugeId::Migration,
    unit: "share of the lock table",
    what: "A migration of all tenants in one transaction keeps the locks of every tenant until the last one is done.",
    how: "share = 3 locks for each tenant x tenants / slots: one altered table, the ledger and its sequence, which is the smallest \
          migration there is. It warns from half of the slots on, and from all of them on it fails.",
    costs: "It fails with \"out of shared memory\" near its end and takes everything back, and until then each tenant that it has \
            passed waits.",
    remedy: "Migrate each tenant in a transaction of its own. Where a tool insists on one transaction, raise max_locks_per_transaction \
             first.",
    measure: migration,
};

fn slots(facts: &Facts<'_>) -> Result<u64, Fault> {
    let settings = facts.settings()?;
    let transactions = u64::from(settings.max_connections) + u64::from(settings.max_prepared_transactions);
    Ok(u64::from(settings.max_locks_per_transaction) * transactions)
}

fn with_slots(told: Told, facts: &Facts<'_>) -> Result<Told, Fault> {
    let settings = facts.settings()?;
    Ok(told
        .input("max_locks_per_transaction", count(settings.max_locks_per_transaction.into()))
        .input("max_connections", count(settings.max_connections.into()))
        .input("max_prepared_transactions", count(settings.max_prepared_transactions.into()))
        .input("slots", count(slots(facts)?)))
}

fn share(needed: u64, slots: u64) -> f64 {
    needed as f64 / slots.max(1) as f64
}

fn lock_table(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (slots, tenants) = (slots(facts)?, facts.tenants()?);
    let tables = u64::from(tenants.tables_per_tenant.median).max(1);
    let needed = tables * PER_DROPPED_TABLE;
    let value = format!("dropping one tenant takes {} of {}", count(needed), count(slots));
    let told = Told::estimated(value, share(needed, slots), Some(ONE_TENANT_WARNS), Some(ONE_TENANT_FAILS));
    let verdict = match slots / needed {
        0 => "will fail".to_owned(),
        at_once if at_once < 10_000 => format!("{at_once} at once"),
        _ => "ok".to_owned(),
    };
    with_slots(
        told.verdict(verdict)
            .input("tables per tenant", count(tables))
            .input("locks for each table", count(PER_DROPPED_TABLE)),
        facts,
    )
}

fn dump(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (slots, tables) = (slots(facts)?, seen(&facts.readings.relations)?.tables);
    let value = format!("{} locks needed, {} there", count(tables), count(slots));
    let told = Told::measured(value, share(tables, slots), Some(WHOLE_WARNS), Some(WHOLE_FAILS));
    with_slots(whole(told).input("tables", count(tables)), facts)
}

fn migration(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (slots, tenants) = (slots(facts)?, facts.tenants()?.tenants);
    let needed = tenants * PER_MIGRATED_TENANT;
    let value = format!("{} locks at least, {} there", count(needed), count(slots));
    let told = Told::estimated(value, share(needed, slots), Some(WHOLE_WARNS), Some(WHOLE_FAILS));
    with_slots(
        whole(told).input("tenants", count(tenants)).input("locks for each tenant", count(PER_MIGRATED_TENANT)),
        facts,
    )
}

fn whole(told: Told) -> Told {
    if told.measure >= WHOLE_FAILS { told.verdict("will fail") } else { told }
}
