//! Which schemas of a fleet are meant. Must not know what they need.

use super::Selection;
use crate::domain::catalog::SchemaFacts;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Entry, Fleet, Link};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::domain::roles::Role;
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

/// The schemas that are meant, each once, in the order of databases and names.
pub(super) fn choose<'a>(fleet: &'a Fleet, selection: &Selection) -> Result<Vec<Chosen<'a>>, Fault> {
    let mut chosen = match selection {
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
            names.iter().map(|name| named(fleet, name)).collect::<Result<Vec<Chosen<'a>>, Fault>>()?
        }
    };
    chosen.sort_by(|a, b| (a.database, &a.schema.name).cmp(&(b.database, &b.schema.name)));
    // Two tenants may share a schema.
    chosen.dedup_by(|a, b| (a.database, a.schema.oid) == (b.database, b.schema.oid));
    Ok(chosen)
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
    let label = shown(&database.label);
    if let Link::Down { fault, .. } = &database.link {
        return Err(Fault { what: format!("{label}: {}", fault.what), ..fault.clone() });
    }
    if database.server.as_ref().is_some_and(|server| server.standby) {
        return Err(Fault::new(FaultKind::Usage, format!("{label} is a standby, which takes no writes"))
            .hint("name its primary in fleet.toml, with target_session_attrs=read-write"));
    }
    if !database.drift_read.ledgers {
        return Err(Fault::new(FaultKind::Server, format!("{label}: not all ledgers could be read")));
    }
    Ok(())
}

/// The schema that a person means by its name, or by `database/schema`.
fn named<'a>(fleet: &'a Fleet, name: &str) -> Result<Chosen<'a>, Fault> {
    let is_meant = |entry: &Entry<'a>| {
        let schema = entry.schema_name();
        schema == name || name.strip_suffix(schema).and_then(|rest| rest.strip_suffix('/')) == Some(&entry.database.label)
    };
    let mut found: Vec<Entry<'a>> = fleet.entries().filter(is_meant).collect();
    found.dedup_by(|a, b| (a.id, a.schema_name()) == (b.id, b.schema_name()));
    let entry = match found.as_slice() {
        [one] => *one,
        [] => return Err(unknown(fleet, name)),
        several => {
            let paths: Vec<String> = several.iter().map(|entry| entry.path().to_string()).collect();
            return Err(Fault::new(FaultKind::Usage, format!("several databases have a schema {}", shown(name)))
                .hint(format!("say which: {}", paths.join(", "))));
        }
    };
    there(entry.database)?;
    let path = entry.path();
    match entry.row.role {
        Role::System | Role::Extension => Err(Fault::new(
            FaultKind::Usage,
            format!("{path} is no application's: it belongs to PostgreSQL or an extension"),
        )),
        _ => of(&entry, None).ok_or_else(|| {
            Fault::new(FaultKind::Usage, format!("{path} is a tenant without a schema")).hint("create its schema first")
        }),
    }
}

fn unknown(fleet: &Fleet, name: &str) -> Fault {
    // Perhaps it lies where nobody answers.
    if let Some(fault) = fleet.databases.iter().find_map(|database| there(database).err()) {
        return fault;
    }
    let names: Vec<&str> = fleet.entries().map(|entry| entry.schema_name()).collect();
    let fault = Fault::new(FaultKind::Usage, format!("there is no schema {}", shown(name)));
    match nearest(name, names) {
        Some(near) => fault.hint(format!("did you mean {}?", shown(near))),
        None => fault,
    }
}
