//! Which applications belong to tenants: a ledger of Django lists those of the shared schema, too, and only the tenants' own are
//! compared. Also where an application is recorded and its tables are absent. Must not know what the head is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::cohort::Shapes;
use super::population::{Ledger, Population};
use crate::dialect::django_apps::{app_of, is_installed, said};
use crate::domain::catalog::LedgerDialect;
use crate::domain::fleet::Fleet;
use crate::domain::history::History;
use crate::domain::structure::{Fingerprint, Kind, Structure};

/// What is known of the applications that ledgers name.
#[derive(Debug, Default)]
pub(super) struct Apps {
    /// Those that live in the shared schema only, sorted.
    pub(super) shared: Vec<String>,
    /// Per structure that was read: the applications with tables in it.
    tables: HashMap<Fingerprint, BTreeSet<String>>,
}

impl Apps {
    pub(super) fn of(fleet: &Fleet, population: &Population, shapes: &Shapes) -> Self {
        let labels = labels(fleet, population);
        let mut tables: HashMap<Fingerprint, BTreeSet<String>> = HashMap::new();
        let (mut known, mut all) = (0, 0);
        // Per application: how many tenants record it, and how many of those have tables of it.
        let mut found: BTreeMap<&str, (u32, u32)> = labels.iter().map(|label| (*label, (0, 0))).collect();
        for (at, group) in population.groups.iter().enumerate() {
            let weight = population.weight(group).max(u32::from(group.reference.is_some()));
            all += weight;
            let Some(structure) = shapes.structure(at) else { continue };
            known += weight;
            let here = tables.entry(structure.shape).or_insert_with(|| apps_in(structure, &labels));
            let Ledger::Read(history) = group.ledger else { continue };
            let history = &fleet.databases[group.database].histories[&history];
            for app in history.applied_apps() {
                if let Some((records, has)) = found.get_mut(app) {
                    *records += weight;
                    *has += if here.contains(app) { weight } else { 0 };
                }
            }
        }
        let policy = fleet.databases.first().map(|database| &database.policy);
        // Too little has been read to say where tables are not.
        let is_settled = known * 2 > all;
        let is_shared = |label: &str, has_tables: bool| match policy.and_then(|policy| said(policy, label)) {
            Some(is_tenant) => !is_tenant,
            None => is_settled && !has_tables,
        };
        let shared = found.into_iter().filter(|(label, (records, has))| is_shared(label, is_installed(*records, *has)));
        Self { shared: shared.map(|(label, _)| label.to_owned()).collect(), tables }
    }

    /// Whether migrations of this application are compared.
    pub(super) fn is_compared(&self, app: Option<&str>) -> bool {
        app.is_none_or(|app| self.shared.binary_search_by(|shared| shared.as_str().cmp(app)).is_err())
    }

    /// How many applications a history records whose tables are all absent, while the reference has them.
    pub(super) fn ghosts(&self, history: &History, here: &Structure, reference: &Structure) -> u32 {
        let (Some(here), Some(there)) = (self.tables.get(&here.shape), self.tables.get(&reference.shape)) else { return 0 };
        if history.dialect != LedgerDialect::Django || here == there {
            return 0;
        }
        let absent = there.iter().filter(|app| !here.contains(*app) && self.is_compared(Some(app)));
        let recorded = history.applied_apps();
        absent.filter(|app| recorded.contains(app.as_str())).count() as u32
    }
}

/// The applications that Django's ledgers name.
fn labels<'a>(fleet: &'a Fleet, population: &Population) -> HashSet<&'a str> {
    let mut seen = HashSet::new();
    let mut labels = HashSet::new();
    for group in &population.groups {
        let Ledger::Read(id) = group.ledger else { continue };
        let history = fleet.databases[group.database].histories.get(&id).filter(|_| seen.insert((group.database, id)));
        let Some(history) = history.filter(|history| history.dialect == LedgerDialect::Django) else { continue };
        labels.extend(history.steps.iter().filter_map(|step| step.migration.app.as_deref()));
    }
    labels
}

fn apps_in(structure: &Structure, labels: &HashSet<&str>) -> BTreeSet<String> {
    let tables = structure.objects.iter().filter(|object| object.kind == Kind::Table);
    tables.filter_map(|table| app_of(&table.name, |label| labels.contains(label))).map(str::to_owned).collect()
}
