//! django-tenants: a table that the application names, with a unique `schema_name` (its `TenantMixin`), and one with `domain`,
//! `tenant_id` and `is_primary` (its `DomainMixin`) that points to it.

use super::registry::{Domains, Found, found};
use crate::domain::registry::RegistryDialect;
use crate::domain::shape::TableShape;

/// Every pair of such tables.
pub(super) fn find(tables: &[TableShape]) -> Vec<Found> {
    pairs(tables)
        .into_iter()
        .map(|(tenants, domains)| found(RegistryDialect::DjangoTenants, tenants, domains, tables))
        .collect()
}

/// Tables of tenants with their table of domains. A foreign key decides; without one, the only table of tenants of the same
/// schema is taken.
pub(super) fn pairs(tables: &[TableShape]) -> Vec<(&TableShape, Domains<'_>)> {
    let is_tenants = |table: &&TableShape| table.column("schema_name").is_some_and(|column| column.unique);
    let is_domains = |table: &&TableShape| table.has_columns(&["domain", "tenant_id", "is_primary"]);
    tables
        .iter()
        .filter(is_domains)
        .filter_map(|table| {
            if let Some(reference) = &table.column("tenant_id")?.references {
                let tenants = tables.iter().filter(is_tenants).find(|tenants| tenants.oid == reference.table)?;
                return Some((tenants, Domains::Table { table, key: &reference.column, linked: true }));
            }
            let mut near = tables
                .iter()
                .filter(is_tenants)
                .filter(|tenants| tenants.schema == table.schema && tenants.column("id").is_some());
            let tenants = near.next().filter(|_| near.next().is_none())?;
            Some((tenants, Domains::Table { table, key: "id", linked: false }))
        })
        .collect()
}
