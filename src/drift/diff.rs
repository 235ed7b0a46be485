//! What differs between two structures: a merge of two sorted lists of objects. Must not know where they come from, nor in which
//! words a difference is told.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::structure::{Aspect, Attribute, Change, Comparison, Difference, Kind, Object, Structure};

type Pair<'a> = (&'a Arc<Object>, &'a Arc<Object>);

/// Objects of both sides, as far as they belong together.
#[derive(Default)]
struct Match<'a> {
    both: Vec<Pair<'a>>,
    renamed: Vec<Pair<'a>>,
    missing: Vec<&'a Arc<Object>>,
    extra: Vec<&'a Arc<Object>>,
}

/// What differs between a schema and the reference, in the order of kinds and names.
pub fn diff(reference: &Structure, here: &Structure, comparison: &Comparison) -> Vec<Difference> {
    let mut matched = Match::of(&reference.objects, &here.objects);
    matched.settle_loose(comparison);
    let moved = if comparison.positions { moved(&matched.both) } else { HashSet::new() };
    let mut differences: Vec<Difference> = Vec::new();
    for &(one, other) in &matched.both {
        let (changes, only_texts) = changes(one, other, comparison, moved.contains(&Arc::as_ptr(one)));
        let (reference_object, here_object) = (Arc::clone(one), Arc::clone(other));
        if changes.is_empty() {
            continue;
        }
        differences.push(if only_texts && reference.major != here.major {
            Difference::Incomparable { reference: reference_object, here: here_object }
        } else {
            Difference::Changed { reference: reference_object, here: here_object, changes }
        });
    }
    let renamed = matched
        .renamed
        .iter()
        .map(|(one, other)| Difference::Renamed { reference: Arc::clone(one), here: Arc::clone(other) });
    differences.extend(renamed);
    let told = |objects: &[&Arc<Object>]| -> Vec<Arc<Object>> {
        let owners: HashSet<&str> =
            objects.iter().filter(|object| owns(object.kind)).map(|object| object.name.as_str()).collect();
        let stands_alone = |object: &&&Arc<Object>| owner(object).is_none_or(|owner| !owners.contains(owner));
        objects.iter().filter(stands_alone).map(|object| Arc::clone(object)).collect()
    };
    differences.extend(told(&matched.missing).into_iter().map(|object| Difference::Missing { object }));
    differences.extend(told(&matched.extra).into_iter().map(|object| Difference::Extra { object }));
    differences.sort_by(|a, b| order(a.object(), b.object()));
    differences
}

/// Kinds to which other objects belong.
fn owns(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Domain)
}

/// What an object goes and comes with: its parent, or the table whose column owns a sequence.
fn owner(object: &Object) -> Option<&str> {
    let of_sequence = || object.get(OWNED_BY).and_then(|column| column.rsplit_once('.')).map(|(table, _)| table);
    object.parent.as_deref().or_else(|| (object.kind == Kind::Sequence).then(of_sequence).flatten())
}

/// The attribute of a sequence that names the column which owns it.
const OWNED_BY: &str = "owned by";

fn order(one: &Object, other: &Object) -> Ordering {
    (one.kind, &one.parent, &one.name).cmp(&(other.kind, &other.parent, &other.name))
}

impl<'a> Match<'a> {
    /// By kind, parent and name.
    fn of(reference: &'a [Arc<Object>], here: &'a [Arc<Object>]) -> Self {
        let mut matched = Self::default();
        let (mut left, mut right) = (reference.iter().peekable(), here.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(one), Some(other)) => order(one, other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return matched,
            };
            match next {
                Ordering::Less => matched.missing.extend(left.next()),
                Ordering::Greater => matched.extra.extend(right.next()),
                Ordering::Equal => matched.both.extend(left.next().zip(right.next())),
            }
        }
    }

    /// Names that tools make say little: what is defined equally belongs together, whatever it is called; only then does the
    /// name decide.
    fn settle_loose(&mut self, comparison: &Comparison) {
        let is_settled =
            |(one, other): &Pair<'_>| !(one.is_name_loose && other.is_name_loose) || same_definition(one, other, comparison);
        let (both, named): (Vec<Pair<'a>>, Vec<Pair<'a>>) = std::mem::take(&mut self.both).into_iter().partition(is_settled);
        self.both = both;
        let loose = |objects: &[&'a Arc<Object>], of_pair: fn(&Pair<'a>) -> &'a Arc<Object>| {
            let unmatched = objects.iter().copied().filter(|object| object.is_name_loose);
            unmatched.chain(named.iter().map(of_pair)).collect::<Vec<_>>()
        };
        let mut here: BTreeMap<(Kind, Option<&str>), Vec<&'a Arc<Object>>> = BTreeMap::new();
        for object in loose(&self.extra, |pair| pair.1) {
            here.entry((object.kind, object.parent.as_deref())).or_default().push(object);
        }
        let mut used: HashSet<*const Object> = HashSet::new();
        for object in loose(&self.missing, |pair| pair.0) {
            let Some(candidates) = here.get_mut(&(object.kind, object.parent.as_deref())) else { continue };
            let Some(at) = candidates.iter().position(|other| same_definition(object, other, comparison)) else { continue };
            let other = candidates.remove(at);
            used.extend([Arc::as_ptr(object), Arc::as_ptr(other)]);
            self.renamed.push((object, other));
        }
        let is_free = |object: &Arc<Object>| !used.contains(&Arc::as_ptr(object));
        self.missing.retain(|object| is_free(object));
        self.extra.retain(|object| is_free(object));
        for (one, other) in named {
            match (is_free(one), is_free(other)) {
                (true, true) => self.both.push((one, other)),
                (true, false) => self.missing.push(one),
                (false, true) => self.extra.push(other),
                (false, false) => {}
            }
        }
    }
}

fn counts(attribute: &Attribute, comparison: &Comparison) -> bool {
    match attribute.aspect {
        Aspect::Definition | Aspect::Deparsed => true,
        // The place alone says little: a column before it may be new. See `moved`.
        Aspect::Position => false,
        Aspect::Body => comparison.bodies,
        Aspect::Owner => comparison.owners,
        Aspect::Grants => comparison.grants,
        Aspect::Comment => comparison.comments,
    }
}

fn same_definition(one: &Object, other: &Object, comparison: &Comparison) -> bool {
    let counted = |object: &'_ Object| -> Vec<(String, String)> {
        let counted = object.attributes.iter().filter(|attribute| counts(attribute, comparison));
        counted.map(|attribute| (attribute.name.clone(), attribute.value.clone())).collect()
    };
    one.attributes == other.attributes || counted(one) == counted(other)
}

/// In which attributes two objects differ, and whether all of those are texts that servers made.
fn changes(one: &Object, other: &Object, comparison: &Comparison, is_moved: bool) -> (Vec<Change>, bool) {
    let mut sides: BTreeMap<&str, [Option<&Attribute>; 2]> = BTreeMap::new();
    for (side, object) in [one, other].into_iter().enumerate() {
        for attribute in &object.attributes {
            if counts(attribute, comparison) || is_moved && attribute.aspect == Aspect::Position {
                sides.entry(&attribute.name).or_default()[side] = Some(attribute);
            }
        }
    }
    let value = |side: Option<&Attribute>| side.map(|attribute| attribute.value.clone());
    let mut only_texts = true;
    let mut changes = Vec::new();
    for (name, [reference, here]) in sides {
        if value(reference) != value(here) {
            only_texts &= [reference, here].into_iter().flatten().all(|side| side.aspect == Aspect::Deparsed);
            changes.push(Change { attribute: name.to_owned(), reference: value(reference), here: value(here) });
        }
    }
    (changes, only_texts)
}

/// The columns (of the reference) that stand elsewhere among those that both sides have: as few as can be.
fn moved(both: &[Pair<'_>]) -> HashSet<*const Object> {
    let place = |object: &Object| {
        let position = object.attributes.iter().find(|attribute| attribute.aspect == Aspect::Position)?;
        position.value.parse::<u32>().ok()
    };
    let mut tables: HashMap<Option<&str>, Vec<(u32, u32, *const Object)>> = HashMap::new();
    for (one, other) in both.iter().filter(|(one, _)| one.kind == Kind::Column) {
        if let Some((there, here)) = place(one).zip(place(other)) {
            tables.entry(one.parent.as_deref()).or_default().push((there, here, Arc::as_ptr(one)));
        }
    }
    let mut moved = HashSet::new();
    for columns in tables.values_mut() {
        columns.sort_unstable();
        let places: Vec<u32> = columns.iter().map(|(_, here, _)| *here).collect();
        let kept = longest_rise(&places);
        moved.extend(columns.iter().enumerate().filter(|(at, _)| !kept.contains(at)).map(|(_, (.., column))| *column));
    }
    moved
}

/// The positions of a longest run of rising values.
fn longest_rise(values: &[u32]) -> HashSet<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; values.len()];
    for (at, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values[*end] < *value);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    std::iter::successors(ends.last().copied(), |at| before[*at]).collect()
}
