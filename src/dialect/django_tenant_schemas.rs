//! django-tenant-schemas: one table with a unique `schema_name` and the tenant's only domain beside it, in `domain_url`.

use super::registry::{Domains, Found, found};
use crate::domain::registry::RegistryDialect;
use crate::domain::shape::TableShape;

/// Every such table.
pub(super) fn find(tables: &[TableShape]) -> Vec<Found> {
    tables
        .iter()
        .filter(|table| table.has_columns(&["schema_name", "domain_url"]))
        .map(|table| found(RegistryDialect::DjangoTenantSchemas, table, Domains::Column("domain_url"), tables))
        .collect()
}
