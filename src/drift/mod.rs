//! Drift: which schemas are not what they should be. Pure thought over facts: the head and the reference, verdicts, classes of
//! equals, differences. Must not know where facts come from, nor who shows the verdicts.

mod apps;
pub mod canonical;
mod cohort;
pub mod diff;
mod hash;
mod history;
mod population;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::apps::Apps;
use self::cohort::{Judged, Shapes};
pub use self::diff::diff;
use self::history::Histories;
use self::population::{Ledger, Population};
use crate::domain::catalog::LedgerDialect;
use crate::domain::drift::{CohortId, Drift, Verdict};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Fleet;
use crate::domain::history::Migration;
use crate::domain::name::shown;
use crate::domain::structure::Structure;

/// Judges every schema of the fleet anew when facts have come that may change a verdict. Fills [`Fleet::drift`] and the verdict of
/// each schema, and makes the rows anew. Costs nothing when nothing came.
pub fn judge(fleet: &mut Fleet) {
    if !std::mem::take(&mut fleet.is_unjudged) {
        return;
    }
    let mut previous = std::mem::take(&mut fleet.drift);
    let population = Population::of(fleet);
    let shapes = Shapes::of(fleet, &population);
    let apps = Apps::of(fleet, &population, &shapes);
    let judged = cohort::judge(fleet, &population, &shapes, &mut previous);
    let histories = history::judge(fleet, &population, &apps);
    let faults = faults(fleet, &population, &judged, &histories.dialects);
    let verdicts: Vec<Verdict> = (0..population.groups.len())
        .map(|at| verdict(fleet, &population, at, &shapes, &apps, &judged, &histories))
        .collect();
    for (database, schemas) in fleet.databases.iter_mut().zip(&population.schemas) {
        let mut judged = schemas.iter().peekable();
        let verdict =
            |at: usize| judged.next_if(|(schema, _)| *schema == at).map_or_else(Verdict::default, |found| verdicts[found.1]);
        database.take_verdicts(verdict);
    }
    fleet.drift = Drift {
        digits: digits(judged.cohorts.iter().map(|c| c.id).chain(histories.cohorts.iter().map(|c| c.id)).collect()),
        head: histories.head,
        reference: judged.reference,
        histories: histories.cohorts,
        shapes: judged.cohorts,
        shared_apps: apps.shared,
        faults,
    };
}

/// How many schemas have a migration of the head (or one beyond it), and how many of those that should have it do not.
pub fn holders(fleet: &Fleet, migration: &Migration) -> (u32, u32) {
    let drift = &fleet.drift;
    let Some(head) = &drift.head else { return (0, 0) };
    let is_of_head = head.migrations.contains(migration);
    let (mut has, mut misses) = (0, 0);
    for cohort in drift.histories.iter().filter(|cohort| cohort.dialect == head.dialect) {
        let is_there = if is_of_head {
            !cohort.missing.contains(migration)
        } else {
            cohort.extra.contains(migration) || cohort.dirty.contains(migration)
        };
        *(if is_there { &mut has } else { &mut misses }) += cohort.members;
    }
    (has, misses)
}

/// The structure that schemas are compared with.
pub fn reference(fleet: &Fleet) -> Option<&Arc<Structure>> {
    let reference = fleet.drift.reference.as_ref()?;
    structures(fleet)
        .find(|structure| structure.exact == reference.exact && CohortId::from(structure.shape) == reference.cohort)
}

/// The structure of the schemas of a cohort, with the loose names of the one that stands for it.
pub fn structure_of(fleet: &Fleet, cohort: CohortId) -> Option<&Arc<Structure>> {
    let own = || {
        let stands = &fleet.drift.shape(cohort)?.representative;
        let database = fleet.database(stands.database)?;
        let schema = database.schemas.iter().find(|schema| schema.oid == stands.oid)?;
        database.structures.get(&schema.class?).filter(|structure| CohortId::from(structure.shape) == cohort)
    };
    let of_others = || structures(fleet).filter(|structure| CohortId::from(structure.shape) == cohort);
    own().or_else(|| of_others().min_by_key(|structure| structure.exact))
}

fn structures(fleet: &Fleet) -> impl Iterator<Item = &Arc<Structure>> {
    fleet.databases.iter().flat_map(|database| database.structures.values())
}

fn verdict(
    fleet: &Fleet,
    population: &Population,
    at: usize,
    shapes: &Shapes,
    apps: &Apps,
    judged: &Judged,
    histories: &Histories,
) -> Verdict {
    let group = &population.groups[at];
    let (ledger, history_cohort) = histories.verdict(at);
    let (shape, shape_cohort) = judged.verdict(at);
    let ghosts = match (group.ledger, shapes.structure(at), &judged.against) {
        (Ledger::Read(id), Some(here), Some(reference)) => {
            let history = fleet.databases[group.database].histories.get(&id);
            history.map_or(0, |history| apps.ghosts(history, here, reference))
        }
        _ => 0,
    };
    Verdict { ledger, shape, history_cohort, shape_cohort, ghosts }
}

/// What a person configured and what could not be had.
fn faults(fleet: &Fleet, population: &Population, judged: &Judged, dialects: &[LedgerDialect]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for fault in fleet.databases.iter().filter_map(|database| database.source.as_ref()?.as_ref().err()) {
        if !faults.contains(fault) {
            faults.push(fault.clone());
        }
    }
    let configured = fleet.databases.iter().find_map(|database| database.policy.reference.as_deref());
    if let Some(name) = configured {
        let is_there = population.groups.iter().any(|group| group.reference.is_some());
        let are_listed = fleet.databases.iter().all(|database| !database.schemas.is_empty());
        let are_read = fleet.databases.iter().all(|database| database.drift_read.structures);
        let is_used = matches!(&judged.reference, Some(reference) if matches!(reference.origin, crate::domain::drift::Origin::Reference(_)));
        if !is_there && are_listed {
            let what = format!("there is no schema \"{}\", which fleet.toml names as the reference", shown(name));
            faults.push(Fault::new(FaultKind::Usage, what).hint("Name a schema that is there, or leave `reference` out."));
        } else if is_there && are_read && !is_used {
            faults.push(Fault::new(
                FaultKind::Privilege,
                format!("the reference schema \"{}\" could not be read", shown(name)),
            ));
        }
    }
    if dialects.len() > 1 {
        let words: Vec<&str> = dialects.iter().map(|dialect| dialect.word()).collect();
        let what =
            format!("ledgers of {} tools are mixed: {}; each is compared with its own kind", words.len(), words.join(", "));
        faults.push(Fault::new(FaultKind::Usage, what));
    }
    faults
}

/// How many first digits tell all of these apart: four as a rule.
fn digits(ids: Vec<CohortId>) -> usize {
    let ids: HashSet<CohortId> = ids.into_iter().collect();
    let is_clear = |digits: &usize| {
        let mut times: HashMap<String, u32> = HashMap::new();
        ids.iter().all(|id| {
            let times = times.entry(id.short(*digits)).or_default();
            *times += 1;
            *times == 1
        })
    };
    (4..16).find(is_clear).unwrap_or(16)
}
