//! Ledgers and registries as pure data: how to detect each, the SQL that reads it, how its rows parse. Must not open a
//! connection, nor know when it is asked.
//!
//! A registry says who the tenants are: [`registry::find`] recognises its tables by their shape. A ledger says which migrations
//! a schema has: [`ledger::recognise`] knows it by the name and the columns of its table.

pub mod accounts;
pub mod apartment;
pub mod django_apps;
mod django_pgschemas;
mod django_tenant_schemas;
mod django_tenants;
pub mod ledger;
pub mod query;
pub mod register;
pub mod registry;
