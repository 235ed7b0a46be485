//! Where tables live, and what of it is dangerous, wrong or normal. Must not read anything, nor know a screen.

mod findings;
mod keys;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::dialect::django_apps::app_of;
use crate::domain::catalog::{LedgerDialect, Oid};
use crate::domain::fleet::{Database, DatabaseId, Fleet};
use crate::domain::placement::{Concerned, LISTED, OddTenants, Place, Placement, PlacementFacts, PlacementRow};
use crate::domain::roles::Role;

/// Judges where the tables of one database live. Tenants whose schema is empty are left out: what they lack is everything. Where
/// nobody knows who the tenants are, every schema that may be one counts as one.
pub fn judge(fleet: &Fleet, id: DatabaseId, facts: &PlacementFacts) -> Placement {
    let Some(database) = fleet.database(id) else { return Placement::default() };
    let ground = Ground::of(database, id);
    let members: Vec<Members<'_>> = facts.sets.iter().map(|set| ground.members(set)).collect();
    let labels = labels(database);
    let mut lines = Vec::with_capacity(facts.tables.len());
    let mut elsewhere = 0;
    for table in &facts.tables {
        let Some(found) = members.get(table.set) else { continue };
        let Some(place) = place(found, ground.tenants.len()) else {
            elsewhere += u32::from(found.others > 0);
            continue;
        };
        let app = app_of(&table.name, |label| labels.contains(label)).filter(|_| !labels.is_empty());
        let row = PlacementRow {
            table: table.name.clone(),
            app: app.map(str::to_owned),
            place,
            tenants: found.tenants.len() as u32,
            shared: found.shared.iter().map(|&schema| schema.to_owned()).collect(),
            others: found.others,
            odd: (place == Place::Some).then(|| ground.odd(found)),
        };
        lines.push(Line { row, set: table.set });
    }
    let names = lines.iter().enumerate().map(|(at, line)| (line.row.table.clone(), at)).collect();
    let scene = Scene { database, facts, ground, members, lines, names };
    let findings = findings::all(&scene);
    let mut rows: Vec<PlacementRow> = scene.lines.into_iter().map(|line| line.row).collect();
    rows.sort_by(|a, b| (a.place, &a.table).cmp(&(b.place, &b.table)));
    Placement {
        as_of: facts.as_of,
        tenants: scene.ground.tenants.len() as u32,
        findings,
        rows,
        elsewhere,
        left_out: facts.left_out,
    }
}

/// Everything that findings are made from.
struct Scene<'a> {
    database: &'a Database,
    facts: &'a PlacementFacts,
    ground: Ground<'a>,
    members: Vec<Members<'a>>,
    lines: Vec<Line>,
    names: HashMap<String, usize>,
}

/// A row, and the set of schemas that it is about.
struct Line {
    row: PlacementRow,
    set: usize,
}

impl Scene<'_> {
    fn line(&self, table: &str) -> Option<&Line> {
        self.names.get(table).map(|&at| &self.lines[at])
    }

    /// Positions of the tenants that have a table, sorted.
    fn tenants_of(&self, line: &Line) -> &[usize] {
        &self.members[line.set].tenants
    }
}

/// What a schema is to the places of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side<'a> {
    /// The position of the tenant.
    Tenant(usize),
    /// All tenants use it.
    Shared(&'a str),
    /// Neither, and nobody's: static schemas, extensions.
    Beside,
    /// Neither, and like a tenant's: orphans, the reference.
    Other(&'a str),
}

/// Who the schemas are.
struct Ground<'a> {
    /// The raw names of the tenants' schemas, sorted.
    tenants: Vec<&'a str>,
    sides: HashMap<Oid, Side<'a>>,
}

/// The schemas of one set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Members<'a> {
    /// Positions, sorted.
    tenants: Vec<usize>,
    /// Raw names, sorted.
    shared: Vec<&'a str>,
    others: u32,
}

impl<'a> Ground<'a> {
    fn of(database: &'a Database, id: DatabaseId) -> Self {
        let are_known = database.rows.iter().any(|row| row.role == Role::Tenant && row.schema.is_some());
        let mut ground = Self { tenants: Vec::new(), sides: HashMap::with_capacity(database.rows.len()) };
        for entry in database.entries(id) {
            let Some(schema) = entry.schema else { continue };
            if ground.sides.contains_key(&schema.oid) {
                continue;
            }
            let name = schema.name.as_str();
            let side = match entry.row.role {
                Role::Tenant | Role::Unknown if are_known == (entry.row.role == Role::Tenant) => {
                    if schema.counts.is_some_and(|counts| counts.tables == 0) {
                        continue;
                    }
                    ground.tenants.push(name);
                    Side::Tenant(ground.tenants.len() - 1)
                }
                Role::Shared => Side::Shared(name),
                Role::Static | Role::Extension | Role::System => Side::Beside,
                Role::Tenant | Role::Unknown | Role::Orphan | Role::Reference => Side::Other(name),
            };
            ground.sides.insert(schema.oid, side);
        }
        ground
    }

    fn members(&self, set: &[Oid]) -> Members<'a> {
        let mut members = Members::default();
        for oid in set {
            match self.sides.get(oid) {
                Some(Side::Tenant(at)) => members.tenants.push(*at),
                Some(Side::Shared(name)) => members.shared.push(name),
                Some(Side::Beside | Side::Other(_)) => members.others += 1,
                None => {}
            }
        }
        members.tenants.sort_unstable();
        members.tenants.dedup();
        members.shared.sort_unstable();
        members.shared.dedup();
        members
    }

    /// The smaller side.
    fn odd(&self, members: &Members<'_>) -> OddTenants {
        let have_it = members.tenants.len() * 2 <= self.tenants.len();
        let tenants =
            if have_it { self.concerned(members.tenants.iter().copied()) } else { self.concerned(self.without(members)) };
        OddTenants { have_it, tenants }
    }

    /// The tenants that are not among the members.
    fn without(&self, members: &Members<'_>) -> impl Iterator<Item = usize> {
        (0..self.tenants.len()).filter(|at| members.tenants.binary_search(at).is_err())
    }

    fn concerned(&self, tenants: impl Iterator<Item = usize>) -> Concerned {
        let mut concerned = Concerned::default();
        for at in tenants {
            concerned.count += 1;
            if concerned.schemas.len() < LISTED {
                concerned.schemas.push(self.tenants[at].to_owned());
            }
        }
        concerned
    }

    fn all(&self) -> Concerned {
        self.concerned(0..self.tenants.len())
    }
}

/// Where the tables of a set live; `None` where that is neither a shared schema nor a tenant's.
fn place(members: &Members<'_>, tenants: usize) -> Option<Place> {
    match (members.tenants.len(), members.shared.is_empty()) {
        (0, true) => None,
        (0, false) => Some(Place::Shared),
        (have, true) if have == tenants => Some(Place::Tenants),
        (have, false) if have == tenants => Some(Place::Both),
        _ => Some(Place::Some),
    }
}

/// The applications that Django's ledgers name.
fn labels(database: &Database) -> HashSet<&str> {
    let histories = database.histories.values().filter(|history| history.dialect == LedgerDialect::Django);
    histories.flat_map(|history| &history.steps).filter_map(|step| step.migration.app.as_deref()).collect()
}

/// Positions of tenants, sorted and each once.
fn union<'a>(parts: impl Iterator<Item = &'a [usize]>) -> BTreeSet<usize> {
    parts.flatten().copied().collect()
}
