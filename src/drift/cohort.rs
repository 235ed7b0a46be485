//! Structures against the reference, and classes of equal structures. Work is proportional to classes. Must not know how a
//! structure is read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::population::{Population, representative};
use crate::domain::drift::{CohortId, Drift, Origin, Reference, ShapeCohort, ShapeState};
use crate::domain::fleet::Fleet;
use crate::domain::structure::{ClassId, Comparison, Difference, Fingerprint, Structure};

/// Per group of the population the structure that it has.
#[derive(Debug, Default)]
pub(super) struct Shapes(Vec<Option<Found>>);

#[derive(Debug, Clone)]
struct Found {
    structure: Arc<Structure>,
    /// Whether it is the structure of this very class, with its loose names; else one that differs from it in such names only.
    is_exact: bool,
}

/// What came of judging structures.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) reference: Option<Reference>,
    /// The structure that all are compared with.
    pub(super) against: Option<Arc<Structure>>,
    pub(super) cohorts: Vec<ShapeCohort>,
    /// Per group of the population.
    verdicts: Vec<(ShapeState, Option<CohortId>)>,
}

impl Judged {
    pub(super) fn verdict(&self, group: usize) -> (ShapeState, Option<CohortId>) {
        self.verdicts[group]
    }
}

impl Shapes {
    /// Looks the structure of each group up. One that was not read is taken from a class that differs in loose names only.
    pub(super) fn of(fleet: &Fleet, population: &Population) -> Self {
        let by_shape: Vec<HashMap<u64, &Arc<Structure>>> = fleet
            .databases
            .iter()
            .map(|database| {
                let mut classes: Vec<(&ClassId, &Arc<Structure>)> = database.structures.iter().collect();
                classes.sort_by_key(|(class, _)| Reverse(**class));
                classes.into_iter().map(|(class, structure)| (class.shape, structure)).collect()
            })
            .collect();
        let found = population.groups.iter().map(|group| {
            let class = group.class?;
            if let Some(structure) = fleet.databases[group.database].structures.get(&class) {
                return Some(Found { structure: Arc::clone(structure), is_exact: true });
            }
            let structure = by_shape[group.database].get(&class.shape)?;
            Some(Found { structure: Arc::clone(structure), is_exact: false })
        });
        Self(found.collect())
    }

    pub(super) fn structure(&self, group: usize) -> Option<&Arc<Structure>> {
        self.0[group].as_ref().map(|found| &found.structure)
    }

    fn exact(&self, group: usize) -> Option<Fingerprint> {
        self.0[group].as_ref().filter(|found| found.is_exact).map(|found| found.structure.exact)
    }
}

/// Schemas of equal structure, before they are judged.
struct Class {
    members: u32,
    weight: u32,
    /// The group whose schema stands for all.
    stands: usize,
    groups: Vec<usize>,
}

pub(super) fn judge(fleet: &Fleet, population: &Population, shapes: &Shapes, previous: &mut Drift) -> Judged {
    let classes = classes(population, shapes);
    let found = reference(fleet, population, shapes, &classes);
    let Some((origin, group, against)) = found.and_then(|(origin, at)| Some((origin, at, shapes.structure(at).cloned()?)))
    else {
        let verdicts = population.groups.iter().map(|_| (ShapeState::Unknown, None)).collect();
        return Judged { verdicts, ..Judged::default() };
    };
    let reference = Reference { origin, cohort: against.shape.into(), exact: against.exact };
    let mut known: HashMap<CohortId, ShapeCohort> = HashMap::new();
    if previous.reference.as_ref().is_some_and(|old| (old.cohort, old.exact) == (reference.cohort, reference.exact)) {
        known = previous.shapes.drain(..).map(|cohort| (cohort.id, cohort)).collect();
    }
    let comparison = &fleet.databases[population.groups[group].database].policy.comparison;
    let mut cohorts: Vec<ShapeCohort> = Vec::with_capacity(classes.len());
    let mut states: HashMap<Fingerprint, ShapeState> = HashMap::new();
    for (shape, class) in classes {
        let id = CohortId::from(shape);
        // The reference stands for those who are as it is.
        let representative = match &reference.origin {
            Origin::Reference(it) | Origin::Largest(it) if id == reference.cohort => it.clone(),
            _ => {
                let stands = &population.groups[class.stands];
                representative(fleet, stands.database, stands.stands)
            }
        };
        let old = known.remove(&id).filter(|old| old.representative == representative);
        let (state, differences) = match (shapes.structure(class.stands), old) {
            _ if id == reference.cohort => (ShapeState::Reference, Vec::new()),
            (_, Some(old)) => (old.state, old.differences),
            (Some(structure), None) => against_reference(&against, structure, comparison),
            (None, None) => (ShapeState::Unknown, Vec::new()),
        };
        states.insert(shape, state);
        let is_exact = |group: &&usize| id == reference.cohort && shapes.exact(**group) == Some(reference.exact);
        let exact = class.groups.iter().filter(is_exact).map(|group| population.groups[*group].members).sum();
        cohorts.push(ShapeCohort { id, state, members: class.members, exact, representative, differences });
    }
    cohorts.sort_by_key(|cohort| (cohort.id != reference.cohort, Reverse(cohort.members), cohort.id));
    let verdict = |group: usize| {
        let Some(structure) = shapes.structure(group) else { return (ShapeState::Unknown, None) };
        let id = CohortId::from(structure.shape);
        match states.get(&structure.shape).copied().unwrap_or_default() {
            ShapeState::Reference if shapes.exact(group) != Some(reference.exact) => (ShapeState::Renamed, Some(id)),
            state => (state, Some(id)),
        }
    };
    let verdicts = (0..population.groups.len()).map(verdict).collect();
    Judged { reference: Some(reference), against: Some(against), cohorts, verdicts }
}

fn classes(population: &Population, shapes: &Shapes) -> BTreeMap<Fingerprint, Class> {
    let mut classes: BTreeMap<Fingerprint, Class> = BTreeMap::new();
    for (at, group) in population.groups.iter().enumerate() {
        let Some(structure) = shapes.structure(at) else { continue };
        let class =
            classes.entry(structure.shape).or_insert_with(|| Class { members: 0, weight: 0, stands: at, groups: vec![] });
        class.members += group.members;
        class.weight += population.weight(group);
        class.groups.push(at);
        // One that was read itself stands better than one that was not.
        let (is_read, was_read) = (shapes.exact(at).is_some(), shapes.exact(class.stands).is_some());
        if is_read && !was_read || is_read == was_read && population.stands_better(at, class.stands) {
            class.stands = at;
        }
    }
    classes
}

/// Where the reference comes from, and a group that has its structure.
fn reference(
    fleet: &Fleet,
    population: &Population,
    shapes: &Shapes,
    classes: &BTreeMap<Fingerprint, Class>,
) -> Option<(Origin, usize)> {
    let groups = population.groups.iter().enumerate();
    let configured = groups.filter(|(at, group)| group.reference.is_some() && shapes.exact(*at).is_some());
    if let Some((at, group)) = configured.min_by_key(|(_, group)| group.database) {
        let schema = group.reference.unwrap_or(group.stands);
        return Some((Origin::Reference(representative(fleet, group.database, schema)), at));
    }
    let is_empty = |class: &Class| shapes.structure(class.stands).is_none_or(|structure| structure.is_empty());
    let size = |class: &Class| {
        let objects = shapes.structure(class.stands).map_or(0, |structure| structure.objects.len());
        (!is_empty(class), class.weight, class.members, objects)
    };
    let (_, class) = classes.iter().max_by_key(|(shape, class)| (size(class), Reverse(**shape)))?;
    // Of the sets of loose names that occur in it, the most common one.
    let mut variants: BTreeMap<Fingerprint, (u32, usize)> = BTreeMap::new();
    for &at in &class.groups {
        let Some(structure) = shapes.structure(at) else { continue };
        let variant = variants.entry(structure.exact).or_insert((0, at));
        variant.0 += shapes.exact(at).map_or(0, |_| population.groups[at].members);
        if population.stands_better(at, variant.1) {
            variant.1 = at;
        }
    }
    let (_, (_, at)) = variants.into_iter().max_by_key(|(exact, (members, _))| (*members, Reverse(*exact)))?;
    let group = &population.groups[at];
    Some((Origin::Largest(representative(fleet, group.database, group.stands)), at))
}

fn against_reference(reference: &Structure, here: &Structure, comparison: &Comparison) -> (ShapeState, Vec<Difference>) {
    let differences = super::diff(reference, here, comparison);
    let by = differences.iter().filter(|difference| difference.is_drift()).count() as u32;
    let is_incomparable = differences.iter().any(|difference| matches!(difference, Difference::Incomparable { .. }));
    let state = match by {
        _ if here.is_empty() => ShapeState::Empty,
        0 if is_incomparable => ShapeState::Incomparable,
        0 => ShapeState::Renamed,
        by => ShapeState::Differs { by },
    };
    (state, differences)
}
