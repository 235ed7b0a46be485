//! The scary number of tenants and how near it is. Must not know when it falls.

use crate::domain::capacity::{Sizing, Spread, USUAL_TABLE_LIMIT};
use crate::domain::fleet::{Database, DatabaseId, Entry, Fleet, Severity};

/// From this share of the scary number on it is worth looking at, and from this one on it is dangerous.
const SHARES: (f64, f64) = (0.7, 0.9);

/// How full a database is; `None` until its tenants were counted.
pub fn sizing(database: &Database) -> Option<Sizing> {
    database.known_registry()?;
    let mut tables: Vec<u32> = database
        .entries(DatabaseId(0))
        .filter(Entry::is_tenant)
        .filter_map(|entry| entry.counts())
        .map(|counts| counts.tables)
        .collect();
    tables.sort_unstable();
    let spread = Spread { least: *tables.first()?, median: tables[tables.len() / 2], most: *tables.last()? };
    let all = tables.iter().map(|tables| u64::from(*tables)).sum();
    Some(of(tables.len() as u64, all, spread, database.policy.table_limit))
}

/// How full a fleet is: its databases together.
pub fn of_fleet(_fleet: &Fleet) -> Option<Sizing> {
    None
}

/// How full it would be with so many tables for each tenant and so many tenants.
pub fn what_if(now: &Sizing, tables_per_tenant: u32, tenants: u64) -> Sizing {
    let spread = Spread { least: tables_per_tenant, median: tables_per_tenant, most: tables_per_tenant };
    let limit = now.is_limit_configured.then_some(now.table_limit);
    of(tenants, u64::from(tables_per_tenant) * tenants, spread, limit)
}

fn of(tenants: u64, tables: u64, spread: Spread, limit: Option<u64>) -> Sizing {
    let table_limit = limit.unwrap_or(USUAL_TABLE_LIMIT);
    let each = u64::from(spread.median);
    let scary_number = table_limit / (each + 2);
    let share = tenants as f64 / scary_number.max(1) as f64;
    Sizing {
        tenants,
        tables,
        tables_per_tenant: spread,
        outliers: Vec::new(),
        table_limit,
        is_limit_configured: limit.is_some(),
        scary_number,
        spoken: table_limit / each.max(1),
        million_tables_factor: each as f64 * tenants as f64 / 1e6,
        share,
        severity: if share >= SHARES.1 {
            Severity::Danger
        } else if share >= SHARES.0 {
            Severity::Warn
        } else {
            Severity::Ok
        },
    }
}
