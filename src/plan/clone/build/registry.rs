//! The lines of the registry for new tenants, and why there can be none. Pure.

use super::{Asked, Facts, refused};
use crate::dialect::register::Entry;
use crate::domain::name::shown;
use crate::domain::registry::{Domain, Registry};
use crate::domain::units;
use crate::plan::Note;

/// The lines of the registry for each target, or the columns that they lack.
pub(super) fn lines(facts: &Facts, asked: &Asked, notes: &mut Vec<Note>) -> (Vec<Vec<String>>, Vec<String>) {
    let Some(entry) = &asked.entry else { return Default::default() };
    let Some(book) = &facts.book else {
        let what = "there is no registry here whose lines can be written".to_owned();
        let hint = "known are those of django-tenants, django-tenant-schemas and django-pgschemas";
        notes.push(refused("no-registry", what, Some(hint)));
        return Default::default();
    };
    if let Some(domain) = entry.domain.as_ref().filter(|domain| !domain.contains("{schema}") && asked.targets.len() > 1) {
        let what = format!("{} tenants would have the domain {}", units::count(asked.targets.len() as u64), shown(domain));
        notes.push(refused("domain-shared", what, Some("{schema} in it stands for the name of each")));
    }
    if let Some(registered) = &facts.registered {
        notes.extend(asked.targets.iter().filter_map(|schema| taken(registered, schema, entry)));
    }
    let mut unsaid = Vec::new();
    let mut lines = Vec::new();
    for schema in &asked.targets {
        match book.lines(schema, entry) {
            Ok(made) => lines.push(made),
            Err(why) => {
                // It is the same for all of them.
                let hint = "give the columns that are missing their values";
                notes.push(refused("registry-incomplete", why.what, Some(hint)));
                unsaid = why.columns;
                break;
            }
        }
    }
    (lines, unsaid)
}

/// What of the line for a schema belongs to somebody already: two tenants of one schema or of one domain serve each other's customers,
/// whether or not the registry would refuse the line.
fn taken(registered: &Registry, schema: &str, entry: &Entry) -> Option<Note> {
    if registered.tenants.iter().any(|tenant| tenant.schema == schema) {
        let what = format!("the registry has a tenant with the schema {} already", shown(schema));
        return Some(refused(
            "tenant-registered",
            what,
            Some("leave the registry out: what is missing is its schema alone"),
        ));
    }
    let domain = entry.domain.as_ref()?.replace("{schema}", schema);
    // A domain with a folder leads to another tenant.
    let is_it = |known: &Domain| known.name == domain && known.folder.as_ref().is_none_or(String::is_empty);
    let whose = registered.tenants.iter().find(|tenant| tenant.domains.iter().any(is_it));
    let what = match whose {
        Some(tenant) => format!("{} is the domain of {} already", shown(&domain), shown(&tenant.schema)),
        None if registered.lost_domains.iter().any(is_it) => {
            format!("{} is in the registry already, as the domain of a tenant that is gone", shown(&domain))
        }
        None => return None,
    };
    Some(refused("domain-taken", what, None))
}
