//! Which schemas of a fleet are meant. Must not know what they need.

use super::Selection;
use crate::domain::catalog::SchemaFacts;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Entry, Fleet};
use crate::domain::name::shown;
use crate::domain::roles::Role;
use crate::plan::meant::{meant, writable};
use crate::plan::parts::Why;

/// A schema that is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen<'a> {
    /// The position of its database in the fleet.
    pub(super) database: usize,
    pub(super) schema: &'a SchemaFacts,
    pub(super) role: Role,
    /// Why it is left out all the same.
    pub(super) why_not: Option<Why>,
}

/// The schemas that are meant, each once, in the order of databases and names; and the tenants that were named beside them and have
/// no schema, by their raw names.
pub(super) fn choose<'a>(fleet: &'a Fleet, selection: &Selection) -> Result<(Vec<Chosen<'a>>, Vec<String>), Fault> {
    let mut without = Vec::new();
    let mut chosen: Vec<Chosen<'a>> = match selection {
        Selection::All => {
            fleet.databases.iter().try_for_each(whole)?;
            let is_meant = |role| matches!(role, Role::Tenant | Role::Reference | Role::Shared);
            fleet.entries().filter(|entry| is_meant(entry.row.role)).filter_map(|entry| of(&entry, None)).collect()
        }
        Selection::Filter(filter) => {
            fleet.databases.iter().try_for_each(whole)?;
            let is_system = |entry: &Entry<'_>| matches!(entry.row.role, Role::System | Role::Extension);
            let kept = fleet.entries().filter(|entry| filter.keeps(entry) && !is_system(entry));
            let why = |role| (!matches!(role, Role::Tenant | Role::Reference)).then_some(Why::NoTenant);
            kept.filter_map(|entry| of(&entry, why(entry.row.role))).collect()
        }
        Selection::Named(names) => {
            let entries = names.iter().map(|name| named(fleet, name)).collect::<Result<Vec<Entry<'a>>, Fault>>()?;
            let (there, missing): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.schema.is_some());
            // Where nothing else was asked for, nothing can be done.
            if let ([], Some(first)) = (there.as_slice(), missing.first()) {
                let what = format!("{} is a tenant without a schema", first.path());
                return Err(Fault::new(FaultKind::Usage, what).hint("create its schema first"));
            }
            without.extend(missing.iter().map(|entry| match fleet.databases.as_slice() {
                [_] => entry.schema_name().to_owned(),
                _ => format!("{}/{}", entry.database.label, entry.schema_name()),
            }));
            there.iter().filter_map(|entry| of(entry, None)).collect()
        }
    };
    chosen.sort_by(|a, b| (a.database, &a.schema.name).cmp(&(b.database, &b.schema.name)));
    // Two tenants may share a schema.
    chosen.dedup_by(|a, b| (a.database, a.schema.oid) == (b.database, b.schema.oid));
    Ok((chosen, without))
}

fn of<'a>(entry: &Entry<'a>, why_not: Option<Why>) -> Option<Chosen<'a>> {
    Some(Chosen { database: usize::from(entry.id.0), schema: entry.schema?, role: entry.row.role, why_not })
}

/// Whether all is known of a database that says who its tenants are.
fn whole(database: &Database) -> Result<(), Fault> {
    there(database)?;
    let of = |fault: &Fault| Fault { what: format!("{}: {}", shown(&database.label), fault.what), ..fault.clone() };
    match &database.registry {
        Some(Ok(_)) => Ok(()),
        Some(Err(fault)) => Err(of(fault)),
        None => Err(of(&Fault::new(FaultKind::Server, "who the tenants are could not be read"))),
    }
}

/// Whether a database can be written to, and its ledgers were read.
fn there(database: &Database) -> Result<(), Fault> {
    writable(database)?;
    if !database.drift_read.ledgers {
        let label = shown(&database.label);
        return Err(Fault::new(FaultKind::Server, format!("{label}: not all ledgers could be read")));
    }
    Ok(())
}

/// What a person means by the name of a schema, or by `database/schema`.
fn named<'a>(fleet: &'a Fleet, name: &str) -> Result<Entry<'a>, Fault> {
    let entry = meant(fleet, name)?;
    there(entry.database)?;
    Ok(entry)
}
