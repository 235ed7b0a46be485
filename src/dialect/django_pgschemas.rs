//! django-pgschemas: as django-tenants, and the table of domains has `folder` and `redirect_to_primary` besides.

use super::django_tenants::pairs;
use super::registry::{Domains, Found, found};
use crate::domain::registry::RegistryDialect;
use crate::domain::shape::TableShape;

/// Every pair of such tables.
pub(super) fn find(tables: &[TableShape]) -> Vec<Found> {
    pairs(tables)
        .into_iter()
        .filter(|(_, domains)| {
            matches!(domains, Domains::Table { table, .. } if table.has_columns(&["folder", "redirect_to_primary"]))
        })
        .map(|(tenants, domains)| found(RegistryDialect::DjangoPgschemas, tenants, domains, tables))
        .collect()
}
