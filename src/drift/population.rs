//! Who takes part in the comparison, grouped by what was read of them: thousands of schemas fall in a handful of groups, and all
//! further work is done per group. Must not know what is compared.

use std::collections::HashMap;

use crate::domain::catalog::SchemaFacts;
use crate::domain::drift::Representative;
use crate::domain::fleet::{Database, DatabaseId, Fleet};
use crate::domain::history::{HistoryId, LedgerReading};
use crate::domain::roles::Role;
use crate::domain::structure::ClassId;

/// What is known of the ledger of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ledger {
    /// Not read yet.
    Unknown,
    /// There is none.
    Absent,
    /// Our role may not read it.
    Unreadable,
    /// Somebody has locked it just now.
    Busy,
    /// It was read.
    Read(HistoryId),
}

impl Ledger {
    fn of(schema: &SchemaFacts) -> Self {
        match schema.history {
            Some(LedgerReading::Read(id)) => Self::Read(id),
            Some(LedgerReading::Unreadable) => Self::Unreadable,
            Some(LedgerReading::Busy) => Self::Busy,
            // A table of that name which is no ledger records nothing.
            Some(LedgerReading::Strange) => Self::Absent,
            _ if schema.ledger.is_none() && schema.counts.is_some() => Self::Absent,
            _ => Self::Unknown,
        }
    }
}

/// Schemas of one database of which the same was read.
#[derive(Debug)]
pub(super) struct Group {
    /// Position of the database.
    pub(super) database: usize,
    pub(super) ledger: Ledger,
    pub(super) class: Option<ClassId>,
    /// How many schemas.
    pub(super) members: u32,
    /// Of which are tenants'.
    pub(super) tenants: u32,
    /// Position of a schema that stands for it: a tenant's where there is one.
    pub(super) stands: usize,
    /// Position of the configured reference schema, if it is in this group.
    pub(super) reference: Option<usize>,
}

impl Group {
    fn new(database: usize, (ledger, class): (Ledger, Option<ClassId>), stands: usize) -> Self {
        Self { database, ledger, class, members: 0, tenants: 0, stands, reference: None }
    }
}

/// Everybody who takes part.
#[derive(Debug, Default)]
pub(super) struct Population {
    pub(super) groups: Vec<Group>,
    /// Per database: the positions of the schemas that take part, each with its group.
    pub(super) schemas: Vec<Vec<(usize, usize)>>,
    has_tenants: bool,
}

impl Population {
    /// Schemas of tenants, of nobody, of nobody knows whom, and the reference. The rows of the fleet must be up to date.
    pub(super) fn of(fleet: &Fleet) -> Self {
        let mut population = Self::default();
        for (at, database) in fleet.databases.iter().enumerate() {
            population.take(at, database);
        }
        population.has_tenants = population.groups.iter().any(|group| group.tenants > 0);
        population
    }

    fn take(&mut self, at: usize, database: &Database) {
        let mut known: HashMap<(Ledger, Option<ClassId>), usize> = HashMap::new();
        let mut schemas: Vec<(usize, usize)> = Vec::with_capacity(database.rows.len());
        let mut last: Option<((Ledger, Option<ClassId>), usize)> = None;
        for row in &database.rows {
            let Some(schema) = row.schema else { continue };
            let takes_part = row.role.is_judged();
            // Rows are in the order of schemas; one that several tenants share stands in several rows.
            if !takes_part || schemas.last().is_some_and(|(last, _)| *last == schema) {
                continue;
            }
            let facts = &database.schemas[schema];
            let key = (Ledger::of(facts), facts.class);
            // Most schemas are as the one before.
            let group = match last {
                Some((other, group)) if other == key => group,
                _ => *known.entry(key).or_insert_with(|| {
                    self.groups.push(Group::new(at, key, schema));
                    self.groups.len() - 1
                }),
            };
            last = Some((key, group));
            schemas.push((schema, group));
            let group = &mut self.groups[group];
            group.members += 1;
            match row.role {
                Role::Tenant => {
                    if group.tenants == 0 {
                        group.stands = schema;
                    }
                    group.tenants += 1;
                }
                Role::Reference => group.reference = Some(schema),
                _ => {}
            }
        }
        self.schemas.push(schemas);
    }

    /// How much a group counts where most decide: tenants decide, everybody while no tenant is known.
    pub(super) fn weight(&self, group: &Group) -> u32 {
        if self.has_tenants { group.tenants } else { group.members }
    }

    /// Whether a schema that stands for one group stands better for both than the other's: a tenant's first, then the first one.
    pub(super) fn stands_better(&self, one: usize, other: usize) -> bool {
        let rank = |at: usize| {
            let group = &self.groups[at];
            (group.tenants == 0, group.database, group.stands)
        };
        rank(one) < rank(other)
    }
}

/// A schema as the one that stands for others.
pub(super) fn representative(fleet: &Fleet, database: usize, schema: usize) -> Representative {
    let facts = &fleet.databases[database].schemas[schema];
    Representative { database: DatabaseId(database as u16), oid: facts.oid, schema: facts.name.clone() }
}
