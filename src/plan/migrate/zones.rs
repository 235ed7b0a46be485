//! The zone of each target, as the registry has it, else as the configuration says for all. Must not know windows, nor clocks.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;

use crate::domain::fleet::{Database, Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::run::TargetId;
use crate::plan::parts::{Note, Target, Windows, Zone};

/// So many targets are named that have no zone.
const NAMED: usize = 5;

/// Fills the zones in, and says what there is to say about them. `fleet_of` is the position of each of the plan's databases in the fleet.
pub(super) fn fill(windows: &mut Windows, fleet: &Fleet, fleet_of: &[usize], targets: &[Target]) -> Vec<Note> {
    let known: Vec<HashMap<&str, &str>> = fleet_of.iter().map(|at| of_registry(&fleet.databases[*at])).collect();
    let otherwise = windows.otherwise.as_deref();
    let mut zones: BTreeMap<String, Vec<TargetId>> = BTreeMap::new();
    let (mut without, mut unknown): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    for (id, target) in (0..).zip(targets) {
        let own = known.get(usize::from(target.database)).and_then(|known| known.get(target.schema.as_str()).copied());
        let name = own.filter(|name| TimeZone::get(name).is_ok());
        unknown.extend(own.filter(|_| name.is_none()).map(|own| format!("{} ({})", shown(&target.schema), shown(own))));
        match name.or(otherwise) {
            Some(name) => zones.entry(name.to_owned()).or_default().push(id),
            None => without.push(&target.schema),
        }
    }
    windows.zones = zones.into_iter().map(|(name, targets)| Zone { name, targets }).collect();
    let hint = "name a time zone for those whose registry has none: for this run, or in fleet.toml as time_zone";
    let mut notes = Vec::new();
    if let (false, Some(otherwise)) = (unknown.is_empty(), otherwise) {
        let what = format!("a time zone that nobody knows, {} is taken: {}", shown(otherwise), some(&unknown));
        notes.push(note("unknown-time-zone", Severity::Warn, false, what, None));
    } else if !without.is_empty() {
        let names: Vec<String> = without.iter().map(|schema| shown(schema).into_owned()).collect();
        let what = format!("no time zone is known, and the window is one of local time: {}", some(&names));
        notes.push(note("no-time-zone", Severity::Danger, true, what, Some(hint.to_owned())));
    }
    notes
}

/// The zones of tenants by schema.
fn of_registry(database: &Database) -> HashMap<&str, &str> {
    let tenants = database.known_registry().map(|registry| registry.tenants.as_slice()).unwrap_or_default();
    tenants.iter().filter_map(|tenant| Some((tenant.schema.as_str(), tenant.time_zone.as_deref()?))).collect()
}

fn some(names: &[String]) -> String {
    let more = if names.len() > NAMED { format!(", and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn note(rule: &str, severity: Severity, refuses: bool, what: String, hint: Option<String>) -> Note {
    Note { rule: rule.to_owned(), severity, refuses, place: None, what, hint }
}
