//! Databases as the tests of these formulas need them. Must not be used by anything but tests.

use std::collections::HashMap;

use crate::domain::catalog::{Counts, Oid, SchemaFacts};
use crate::domain::fleet::{Database, DatabaseId, Fleet, FleetEvent};
use crate::domain::registry::{Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;

/// A database whose tenants `t000`, `t001`, ... have so many tables.
pub(super) fn database(table_limit: Option<u64>, tables: &[u32]) -> Database {
    let policy = Policy { table_limit, ..Policy::default() };
    let mut fleet = Fleet::new([("eu-1".to_owned(), policy)]);
    let name = |at: usize| format!("t{at:03}");
    let schemas = (0..tables.len()).map(|at| SchemaFacts::named(at as Oid + 1, name(at), "app")).collect();
    let tenants = (0..tables.len()).map(|at| Tenant { schema: name(at), ..Tenant::default() }).collect();
    let counts = (1..).zip(tables).map(|(oid, tables)| (oid, (Counts { tables: *tables, ..Counts::default() }, None)));
    let id = DatabaseId(0);
    fleet.apply(FleetEvent::Names(id, schemas));
    let source = "public.tenants".to_owned();
    let registry = Registry { dialect: RegistryDialect::Query, source, tenants, lost_domains: Vec::new() };
    fleet.apply(FleetEvent::Registry(id, Ok(registry)));
    fleet.apply(FleetEvent::Counts(id, counts.collect::<HashMap<_, _>>()));
    fleet.databases.remove(0)
}

/// A fleet of these databases.
pub(super) fn fleet(databases: Vec<Database>) -> Fleet {
    Fleet { databases, ..Fleet::default() }
}

/// Gives the tenants of a database the days on which they were created.
pub(super) fn created(database: &mut Database, days: impl IntoIterator<Item = Option<String>>) {
    let Some(Ok(registry)) = &mut database.registry else { panic!("no registry") };
    for (tenant, day) in registry.tenants.iter_mut().zip(days) {
        tenant.created = day;
    }
}

/// A schema that no tenant names.
pub(super) fn add_orphan(database: &mut Database, tables: u32) {
    let counts = Some(Counts { tables, ..Counts::default() });
    database.schemas.push(SchemaFacts { counts, ..SchemaFacts::named(9_999, "zz_orphan", "app") });
    database.classify();
}

/// A tenant whose schema is not there.
pub(super) fn add_lost_tenant(database: &mut Database) {
    add_tenant(database, "zz_lost");
}

/// A second tenant in the schema of the first.
pub(super) fn add_second_tenant(database: &mut Database) {
    add_tenant(database, "t000");
}

fn add_tenant(database: &mut Database, schema: &str) {
    let Some(Ok(registry)) = &mut database.registry else { panic!("no registry") };
    registry.tenants.push(Tenant { schema: schema.to_owned(), ..Tenant::default() });
    database.classify();
}
