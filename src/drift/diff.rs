//! What differs between two structures: a merge of two sorted lists of objects. Must not know where they come from, nor in which
//! words a difference is told.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::structure::{Aspect, Attribute, Change, Comparison, Difference, Kind, Object, Structure};
use crate::sqltext::lexer::tokens;

type Pair<'a> = (&'a Arc<Object>, &'a Arc<Object>);

/// A column of the reference with its places there and here.
type Placed<'a> = ([u32; 2], &'a Arc<Object>);

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
    let moved = if comparison.positions { moved(&matched.both) } else { HashMap::new() };
    let mut differences: Vec<Difference> = Vec::new();
    for &(one, other) in &matched.both {
        let (changes, only_texts) = changes(one, other, comparison, moved.get(&Arc::as_ptr(one)));
        if changes.is_empty() {
            continue;
        }
        differences.push(if only_texts && reference.major != here.major {
            let [reference, here] = [one, other].map(|object| compared(object, comparison));
            Difference::Incomparable { reference, here }
        } else {
            Difference::Changed { reference: Arc::clone(one), here: Arc::clone(other), changes }
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
        let stands_alone = |object: &&&Arc<Object>| owner(object).is_none_or(|owner| !owners.contains(owner.as_ref()));
        objects.iter().filter(stands_alone).map(|object| compared(object, comparison)).collect()
    };
    differences.extend(told(&matched.missing).into_iter().map(|object| Difference::Missing { object }));
    differences.extend(told(&matched.extra).into_iter().map(|object| Difference::Extra { object }));
    differences.sort_by(|a, b| order(a.object(), b.object()));
    differences
}

/// An object with what is compared of it alone: the rest is nobody's question.
fn compared(object: &Arc<Object>, comparison: &Comparison) -> Arc<Object> {
    let is_asked = |attribute: &Attribute| match attribute.aspect {
        Aspect::Position => comparison.positions,
        _ => counts(attribute, comparison),
    };
    if object.attributes.iter().all(is_asked) {
        return Arc::clone(object);
    }
    let attributes = object.attributes.iter().filter(|attribute| is_asked(attribute)).cloned().collect();
    Arc::new(Object { attributes, ..Object::clone(object) })
}

/// Kinds to which other objects belong.
fn owns(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Domain)
}

/// What an object goes and comes with: its parent, or the table whose column owns a sequence. Raw.
fn owner(object: &Object) -> Option<Cow<'_, str>> {
    let of_sequence = || tokens(object.get(OWNED_BY)?).first()?.name();
    match (&object.parent, object.kind) {
        (Some(parent), _) => Some(Cow::Borrowed(parent)),
        (None, Kind::Sequence) => of_sequence(),
        _ => None,
    }
}

/// The attribute of a sequence that names the column which owns it, as SQL.
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
        self.settle_by_place();
    }

    /// Of some things there is one at a place only, so that they belong together in spite of name and definition.
    fn settle_by_place(&mut self) {
        let mut here: HashMap<(Option<&str>, &str), &'a Arc<Object>> = HashMap::new();
        here.extend(self.extra.iter().filter_map(|object| Some((place(object)?, *object))));
        let mut both = Vec::new();
        self.missing.retain(|object| {
            let other = place(object).and_then(|place| here.remove(&place));
            both.extend(other.map(|other| (*object, other)));
            other.is_none()
        });
        self.extra.retain(|object| !both.iter().any(|(_, other)| Arc::ptr_eq(other, object)));
        self.both.append(&mut both);
    }
}

/// A column owns one sequence at most, a table has one primary key at most.
fn place(object: &Object) -> Option<(Option<&str>, &str)> {
    let place = match object.kind {
        Kind::Sequence => object.get(OWNED_BY),
        Kind::Constraint => object.get("definition").filter(|text| text.starts_with(PRIMARY)).map(|_| PRIMARY),
        _ => None,
    };
    Some((object.parent.as_deref(), place.filter(|_| object.is_name_loose)?))
}

const PRIMARY: &str = "PRIMARY KEY";

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
    let [left, right] = [one, other].map(|object| {
        let counted = object.attributes.iter().filter(|attribute| counts(attribute, comparison));
        counted.map(|attribute| (&attribute.name, &attribute.value))
    });
    left.eq(right)
}

/// In which attributes two objects differ, and whether all of those are texts that servers made.
fn changes(one: &Object, other: &Object, comparison: &Comparison, moved: Option<&[String; 2]>) -> (Vec<Change>, bool) {
    let mut sides: BTreeMap<&str, [Option<&Attribute>; 2]> = BTreeMap::new();
    for (side, object) in [one, other].into_iter().enumerate() {
        for attribute in &object.attributes {
            if counts(attribute, comparison) {
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
    if let Some([reference, here]) = moved.filter(|[reference, here]| reference != here) {
        only_texts = false;
        let attribute = POSITION.to_owned();
        let at = changes.partition_point(|change: &Change| change.attribute.as_str() < POSITION);
        changes.insert(at, Change { attribute, reference: Some(reference.clone()), here: Some(here.clone()) });
    }
    (changes, only_texts)
}

const POSITION: &str = "position";

/// The columns (of the reference) that stand elsewhere among those that both sides have, as few as can be; and where each stood
/// and stands: its number, or behind which column when the number is the same.
fn moved(both: &[Pair<'_>]) -> HashMap<*const Object, [String; 2]> {
    let mut tables: HashMap<Option<&str>, Vec<Placed<'_>>> = HashMap::new();
    for (one, other) in both.iter().filter(|(one, _)| one.kind == Kind::Column) {
        if let Some((there, here)) = position(one).zip(position(other)) {
            tables.entry(one.parent.as_deref()).or_default().push(([there, here], one));
        }
    }
    let mut moved = HashMap::new();
    for columns in tables.values_mut() {
        columns.sort_unstable_by_key(|(places, _)| *places);
        let kept = longest_rise(&columns.iter().map(|([_, here], _)| *here).collect::<Vec<_>>());
        for (_, (places, column)) in columns.iter().enumerate().filter(|(at, _)| !kept.contains(at)) {
            let places = if places[0] == places[1] {
                [0, 1].map(|side| behind(columns, places[side], side))
            } else {
                places.map(|place| place.to_string())
            };
            moved.insert(Arc::as_ptr(column), places);
        }
    }
    moved
}

fn position(object: &Object) -> Option<u32> {
    let position = object.attributes.iter().find(|attribute| attribute.aspect == Aspect::Position)?;
    position.value.parse().ok()
}

fn behind(columns: &[Placed<'_>], place: u32, side: usize) -> String {
    let before = columns.iter().filter(|(places, _)| places[side] < place).max_by_key(|(places, _)| places[side]);
    before.map_or_else(|| "first".to_owned(), |(_, column)| format!("after {}", column.name))
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

#[cfg(test)]
mod tests;
