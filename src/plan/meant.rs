//! The schema that a person means by its name. Must not know what is to be done with it.

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Entry, Fleet, Link};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::domain::roles::Role;

/// The schema that is meant by its name, or by `database/schema` (raw), in a database that can be written to. Never one of
/// PostgreSQL's own, nor of an extension; perhaps a tenant's that is not there.
pub(in crate::plan) fn meant<'a>(fleet: &'a Fleet, name: &str) -> Result<Entry<'a>, Fault> {
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
    writable(entry.database)?;
    match entry.row.role {
        Role::System | Role::Extension => Err(Fault::new(
            FaultKind::Usage,
            format!("{} is no application's: it belongs to PostgreSQL or an extension", entry.path()),
        )),
        _ => Ok(entry),
    }
}

/// Whether a database answers and can be written to.
pub(in crate::plan) fn writable(database: &Database) -> Result<(), Fault> {
    let label = shown(&database.label);
    if let Link::Down { fault, .. } = &database.link {
        return Err(Fault { what: format!("{label}: {}", fault.what), ..fault.clone() });
    }
    if database.server.as_ref().is_some_and(|server| server.standby) {
        return Err(Fault::new(FaultKind::Usage, format!("{label} is a standby, which takes no writes"))
            .hint("name its primary in fleet.toml, with target_session_attrs=read-write"));
    }
    Ok(())
}

fn unknown(fleet: &Fleet, name: &str) -> Fault {
    // Perhaps it lies where nobody answers.
    if let Some(fault) = fleet.databases.iter().find_map(|database| writable(database).err()) {
        return fault;
    }
    let names: Vec<&str> = fleet.entries().map(|entry| entry.schema_name()).collect();
    let fault = Fault::new(FaultKind::Usage, format!("there is no schema {}", shown(name)));
    match nearest(name, names) {
        Some(near) => fault.hint(format!("did you mean {}?", shown(near))),
        None => fault,
    }
}
