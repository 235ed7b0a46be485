//! The passes that read structures: the class of every schema by sums over the catalogues, then what is in one schema of each
//! class. After the first time only schemas in which something moved are looked at. Must not judge any of it.

mod changes;
mod classes;
mod facets;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;
use std::time::Instant;

use self::changes::Extent;
use super::{Counted, Run};
use crate::domain::catalog::{Oid, SchemaFacts};
use crate::domain::fault::Fault;
use crate::domain::fleet::{FleetEvent, Pass};
use crate::domain::registry::Registry;
use crate::domain::roles::{Policy, is_system};
use crate::domain::structure::{ClassId, Comparison, Object};
use crate::pg::catalog::Context;
use crate::pg::catalog::fingerprint::moved::Moves;
use crate::pg::catalog::fingerprint::{Facet, Sum};

/// What is remembered of structures between two refreshes.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The schemas that have a structure to look at, by name.
    schemas: Vec<SchemaFacts>,
    registry: Option<Registry>,
    /// What each schema added up to.
    prints: HashMap<Oid, Prints>,
    /// The classes that were told.
    told: HashMap<Oid, ClassId>,
    /// The classes of which a structure was told.
    read: HashSet<ClassId>,
    /// Every object that was told, once: schemas differ in few.
    objects: HashSet<Arc<Object>>,
    /// As of when the prints stand; `None` where the server does not tell what moves.
    since: Option<Since>,
    /// When all schemas were read the last time.
    whole: Option<Counted>,
}

/// For each catalogue its counters, and a transaction: what is written after this moment was written by it or a later one. Counters
/// may tell of a change long after it was made, so the transaction is that of the moment at which they last moved.
#[derive(Debug, Clone)]
struct Since(BTreeMap<String, (Moves, i64)>);

impl Since {
    /// The moment after another one.
    fn after(mut self, before: &Self) -> Self {
        for (name, (moves, horizon)) in &mut self.0 {
            match before.0.get(name) {
                Some((old_moves, old_horizon)) if old_moves == moves => *horizon = *old_horizon,
                _ => {}
            }
        }
        self
    }
}

impl Memory {
    pub(super) fn take_names(&mut self, schemas: &[SchemaFacts], policy: &Policy) {
        let is_wanted = |schema: &&SchemaFacts| !is_system(&schema.name) && !policy.leaves_out(&schema.name);
        self.schemas = schemas.iter().filter(is_wanted).cloned().collect();
        self.schemas.sort_by(|a, b| a.name.cmp(&b.name));
        let there: HashSet<Oid> = self.schemas.iter().map(|schema| schema.oid).collect();
        self.prints.retain(|oid, _| there.contains(oid));
        self.told.retain(|oid, _| there.contains(oid));
    }

    pub(super) fn take_registry(&mut self, registry: Option<&Registry>) {
        self.registry = registry.cloned();
    }

    fn oids(&self) -> Vec<Oid> {
        self.schemas.iter().map(|schema| schema.oid).collect()
    }
}

/// What the facets of one schema added up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Prints(Box<[Print; Facet::ALL.len()]>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Print {
    count: u64,
    shape: u64,
    exact: u64,
}

impl Prints {
    fn set(&mut self, facet: Facet, sum: Sum) {
        let shape = hash(&(sum.count, sum.shape));
        self.0[facet as usize] = Print { count: sum.count, shape, exact: hash(&(sum.count, sum.shape, sum.exact)) };
    }

    fn count(&self, facet: Facet) -> u64 {
        self.0[facet as usize].count
    }

    fn class(&self) -> ClassId {
        let all = |part: fn(&Print) -> u64| hash(&self.0.iter().map(part).collect::<Vec<_>>());
        ClassId { shape: all(|print| print.shape), exact: all(|print| print.exact) }
    }
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The facets that a comparison looks at.
fn facets(comparison: &Comparison) -> Vec<Facet> {
    let is_asked = |facet: &Facet| match facet {
        Facet::Comments => comparison.comments,
        Facet::Owners => comparison.owners,
        Facet::Grants => comparison.grants,
        _ => true,
    };
    Facet::ALL.into_iter().filter(is_asked).collect()
}

impl Run<'_> {
    /// Finds the class of every schema that may have changed.
    pub(super) async fn structure(&mut self, context: &Context) -> Result<(), Fault> {
        self.begins(Pass::Structure);
        match self.read_prints(context).await {
            Ok(()) => {
                self.tell_classes();
                self.ends(Pass::Structure, vec![]);
                Ok(())
            }
            Err(fault) => self.failed(Pass::Structure, "the structure of schemas", fault),
        }
    }

    async fn read_prints(&mut self, context: &Context) -> Result<(), Fault> {
        let facets = facets(&self.target.policy.comparison);
        let began = Instant::now();
        // Before anything is read: what moves meanwhile is looked at again the next time.
        let now = self.moment(context).await?;
        match self.extent(context, now.as_ref()).await? {
            Extent::All => {
                let schemas = self.known.structure.oids();
                let mut read = facets::all(self, context.version, &facets, &schemas).await?;
                let memory = &mut self.known.structure;
                memory.prints = schemas.iter().map(|oid| (*oid, read.remove(oid).unwrap_or_default())).collect();
                memory.whole = Some(Counted { at: began, took: began.elapsed() });
                memory.objects.retain(|object| Arc::strong_count(object) > 1);
                memory.since = now;
            }
            Extent::Some(schemas) => {
                let read = facets::of_some(self, context.version, &facets, &schemas).await?;
                let memory = &mut self.known.structure;
                memory.prints.extend(read);
                memory.since = match (now, &memory.since) {
                    (Some(now), Some(before)) => Some(now.after(before)),
                    _ => None,
                };
            }
        }
        Ok(())
    }

    /// Tells the classes that are not as they were told.
    fn tell_classes(&mut self) {
        let memory = &mut self.known.structure;
        let mut news = HashMap::new();
        for (oid, prints) in &memory.prints {
            let class = prints.class();
            if memory.told.insert(*oid, class) != Some(class) {
                news.insert(*oid, Some(class));
            }
        }
        if !news.is_empty() {
            (self.emit)(FleetEvent::Structures(self.id, news, vec![]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_follows_from_every_facet_and_loose_names_count_for_the_exact_one_only() {
        let sum = |count, shape, exact| Sum { count, shape, exact };
        let of = |columns, indexes| {
            let mut prints = Prints::default();
            prints.set(Facet::Columns, columns);
            prints.set(Facet::Indexes, indexes);
            prints.class()
        };
        let class = of(sum(2, 5, 5), sum(1, 7, 8));
        assert_eq!(class, of(sum(2, 5, 5), sum(1, 7, 8)));
        let renamed = of(sum(2, 5, 5), sum(1, 7, 9));
        assert_eq!(renamed.shape, class.shape);
        assert_ne!(renamed.exact, class.exact);
        for other in [of(sum(3, 5, 5), sum(1, 7, 8)), of(sum(2, 6, 6), sum(1, 7, 8)), of(sum(1, 7, 8), sum(2, 5, 5))] {
            assert_ne!(other.shape, class.shape);
        }
    }

    #[test]
    fn owners_and_grants_are_read_when_they_are_compared() {
        assert!(!facets(&Comparison::default()).contains(&Facet::Grants));
        let all = Comparison { owners: true, grants: true, ..Comparison::default() };
        assert_eq!(facets(&all).len(), Facet::ALL.len());
    }
}
