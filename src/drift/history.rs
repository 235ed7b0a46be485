//! Histories as sets against the head: who misses what, and classes of equal histories. Must not know how a ledger is stored.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hasher;

use super::apps::Apps;
use super::hash::Stable;
use super::population::{Ledger, Population, representative};
use crate::dialect::ledger::recorded;
use crate::domain::catalog::LedgerDialect;
use crate::domain::drift::{CohortId, Head, HistoryCohort, LedgerState, Origin};
use crate::domain::fleet::Fleet;
use crate::domain::history::{History, HistoryId, Mark, Migration, Step};

/// What came of judging histories.
#[derive(Debug, Default)]
pub(super) struct Histories {
    pub(super) head: Option<Head>,
    pub(super) cohorts: Vec<HistoryCohort>,
    /// Whose ledgers there are; more than one are compared each with its own kind.
    pub(super) dialects: Vec<LedgerDialect>,
    /// Per group of the population.
    verdicts: Vec<(LedgerState, Option<CohortId>)>,
}

impl Histories {
    pub(super) fn verdict(&self, group: usize) -> (LedgerState, Option<CohortId>) {
        self.verdicts[group]
    }
}

/// Schemas of equal histories, before they are judged.
struct Class<'a> {
    id: CohortId,
    dialect: LedgerDialect,
    /// What belongs to tenants, sorted by migration.
    steps: Vec<&'a Step>,
    members: u32,
    weight: u32,
    /// The group whose schema stands for all.
    stands: usize,
}

/// The head that the histories of one dialect are compared with.
struct Target<'a> {
    origin: Origin,
    /// In order of application, as far as that is known.
    migrations: Vec<Migration>,
    /// The lines of the history that it comes from, for their checksums; none for a source.
    steps: Vec<&'a Step>,
}

/// What a class has and has not.
struct Findings {
    state: LedgerState,
    missing: Vec<Migration>,
    extra: Vec<Migration>,
    dirty: Vec<Migration>,
}

pub(super) fn judge(fleet: &Fleet, population: &Population, apps: &Apps) -> Histories {
    let (classes, class_of) = classes(fleet, population, apps);
    let mut by_weight: BTreeMap<LedgerDialect, u32> = BTreeMap::new();
    for class in &classes {
        *by_weight.entry(class.dialect).or_default() += class.weight.max(1);
    }
    let reference = reference(population, &class_of);
    let main = reference.map(|(class, _)| classes[class].dialect).or_else(|| {
        by_weight.iter().max_by_key(|&(dialect, weight)| (weight, std::cmp::Reverse(dialect))).map(|(dialect, _)| *dialect)
    });
    let mut judged = Histories { dialects: by_weight.into_keys().collect(), ..Histories::default() };
    let mut findings: Vec<Option<Findings>> = classes.iter().map(|_| None).collect();
    for dialect in &judged.dialects {
        let is_main = Some(*dialect) == main;
        let known = known_versions(*dialect, &classes, is_main.then(|| source(fleet, *dialect, apps)).flatten().as_deref());
        let Some(target) = target(fleet, population, apps, &classes, *dialect, is_main, reference, known.as_deref()) else {
            continue;
        };
        let mut places: Vec<(&Migration, usize)> = target.migrations.iter().zip(0..).collect();
        places.sort_unstable();
        for (class, findings) in classes.iter().zip(&mut findings).filter(|(class, _)| class.dialect == *dialect) {
            *findings = Some(compare(&target, &places, class, known.as_deref()));
        }
        if is_main {
            judged.head = Some(Head { origin: target.origin, dialect: *dialect, migrations: target.migrations });
        }
    }
    judged.verdicts = population
        .groups
        .iter()
        .zip(&class_of)
        .map(|(group, class)| match (group.ledger, class) {
            (Ledger::Read(_), Some(class)) => {
                (findings[*class].as_ref().map_or(LedgerState::Unknown, |found| found.state), Some(classes[*class].id))
            }
            (Ledger::Absent, _) => (LedgerState::None, None),
            (Ledger::Unreadable, _) => (LedgerState::Unreadable, None),
            (Ledger::Busy, _) => (LedgerState::Busy, None),
            (Ledger::Unknown | Ledger::Read(_), _) => (LedgerState::Unknown, None),
        })
        .collect();
    judged.cohorts = cohorts(fleet, population, classes, reference, findings);
    judged
}

/// The classes, and per group the class that it belongs to.
fn classes<'a>(fleet: &'a Fleet, population: &Population, apps: &Apps) -> (Vec<Class<'a>>, Vec<Option<usize>>) {
    let mut classes: Vec<Class<'a>> = Vec::new();
    let mut of_id: HashMap<CohortId, usize> = HashMap::new();
    let mut of_history: HashMap<(usize, HistoryId), usize> = HashMap::new();
    let mut class_of = Vec::with_capacity(population.groups.len());
    for (at, group) in population.groups.iter().enumerate() {
        let Ledger::Read(history) = group.ledger else {
            class_of.push(None);
            continue;
        };
        // Its lines may come later.
        let Some(lines) = fleet.databases[group.database].histories.get(&history) else {
            class_of.push(None);
            continue;
        };
        let class = *of_history.entry((group.database, history)).or_insert_with(|| {
            let history: &'a History = lines;
            let steps: Vec<&Step> =
                history.steps.iter().filter(|step| apps.is_compared(step.migration.app.as_deref())).collect();
            let id = identity(history.dialect, &steps);
            *of_id.entry(id).or_insert_with(|| {
                classes.push(Class { id, dialect: history.dialect, steps, members: 0, weight: 0, stands: at });
                classes.len() - 1
            })
        });
        class_of.push(Some(class));
        let class = &mut classes[class];
        class.members += group.members;
        class.weight += population.weight(group);
        if population.stands_better(at, class.stands) {
            class.stands = at;
        }
    }
    (classes, class_of)
}

/// The same for the same lines, in every database and session.
fn identity(dialect: LedgerDialect, steps: &[&Step]) -> CohortId {
    let mut hash = Stable::new();
    hash.text(Some(dialect.word()));
    for step in steps {
        hash.text(step.migration.app.as_deref());
        hash.text(Some(&step.migration.name));
        hash.write_u8(u8::from(step.mark == Mark::Failed));
        hash.text(step.checksum.as_deref());
    }
    CohortId(hash.finish())
}

/// The class and the group of the configured reference schema: of the first database in which its ledger was read.
fn reference(population: &Population, class_of: &[Option<usize>]) -> Option<(usize, usize)> {
    let groups = population.groups.iter().zip(class_of).enumerate();
    let found = groups.filter(|(_, (group, _))| group.reference.is_some());
    found.filter_map(|(at, (_, class))| Some(((*class)?, at))).min_by_key(|(_, at)| population.groups[*at].database)
}

/// What the configured source holds, as a ledger of this dialect names it, without what belongs to the shared schema.
fn source(fleet: &Fleet, dialect: LedgerDialect, apps: &Apps) -> Option<Vec<Migration>> {
    let source = fleet.databases.iter().find_map(|database| database.source.as_ref()?.as_ref().ok())?;
    let mut seen = BTreeSet::new();
    let named = source.iter().map(|migration| recorded(dialect, migration));
    Some(named.filter(|migration| apps.is_compared(migration.app.as_deref()) && seen.insert(migration.clone())).collect())
}

/// Of a dialect whose ledgers hold the newest alone: all versions that were seen anywhere, when they are numbers, so that a
/// version stands for all up to it. `None` when each history is complete, or cannot be completed.
fn known_versions(dialect: LedgerDialect, classes: &[Class<'_>], source: Option<&[Migration]>) -> Option<Vec<Migration>> {
    if dialect.lists_all() {
        return None;
    }
    let seen = classes.iter().filter(|class| class.dialect == dialect).flat_map(|class| &class.steps);
    let seen = seen.map(|step| &step.migration).chain(source.into_iter().flatten());
    let known: BTreeSet<&Migration> = seen.collect();
    let is_number = |migration: &&Migration| number(&migration.name).is_some();
    known.iter().all(is_number).then(|| known.into_iter().cloned().collect())
}

fn number(version: &str) -> Option<u64> {
    version.parse().ok().filter(|_| version.bytes().all(|b| b.is_ascii_digit()))
}

#[expect(clippy::too_many_arguments, reason = "each of them decides, and none belongs to another")]
fn target<'a>(
    fleet: &Fleet,
    population: &Population,
    apps: &Apps,
    classes: &[Class<'a>],
    dialect: LedgerDialect,
    is_main: bool,
    reference: Option<(usize, usize)>,
    known: Option<&[Migration]>,
) -> Option<Target<'a>> {
    if is_main && let Some(migrations) = source(fleet, dialect, apps) {
        return Some(Target { origin: Origin::Source, migrations, steps: Vec::new() });
    }
    let of_class = |class: &Class<'a>, origin: Origin| {
        let mut migrations: Vec<Migration> = has(class, known).into_iter().cloned().collect();
        migrations.sort_by(in_order);
        Target { origin, migrations, steps: class.steps.clone() }
    };
    if is_main && let Some((class, group)) = reference {
        let group = &population.groups[group];
        let schema = group.reference.unwrap_or(group.stands);
        return Some(of_class(&classes[class], Origin::Reference(representative(fleet, group.database, schema))));
    }
    let of_dialect = classes.iter().filter(|class| class.dialect == dialect);
    let largest =
        of_dialect.max_by_key(|class| (class.weight, class.members, class.steps.len(), std::cmp::Reverse(class.id)))?;
    let group = &population.groups[largest.stands];
    Some(of_class(largest, Origin::Largest(representative(fleet, group.database, group.stands))))
}

/// The migrations that count as there, sorted.
fn has<'b>(class: &Class<'b>, known: Option<&'b [Migration]>) -> Vec<&'b Migration> {
    match (known, &class.steps[..]) {
        (Some(known), [step]) => {
            let newest = number(&step.migration.name);
            known.iter().filter(|other| number(&other.name) <= newest).collect()
        }
        _ => class.steps.iter().map(|step| &step.migration).collect(),
    }
}

/// By application, then by the number at the start of the name.
fn in_order(one: &Migration, other: &Migration) -> Ordering {
    let number = |migration: &Migration| {
        let name = &migration.name;
        let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let digits = name[..digits].trim_start_matches('0').to_owned();
        (digits.len(), digits)
    };
    one.app.cmp(&other.app).then_with(|| number(one).cmp(&number(other))).then_with(|| one.name.cmp(&other.name))
}

/// `places` are the head's migrations, sorted, each with its place in the head's order.
fn compare(target: &Target<'_>, places: &[(&Migration, usize)], class: &Class<'_>, known: Option<&[Migration]>) -> Findings {
    let here = has(class, known);
    let checksum = |migration: &Migration| {
        let at = target.steps.binary_search_by(|step| step.migration.cmp(migration)).ok()?;
        target.steps[at].checksum.as_deref()
    };
    let is_failed =
        |migration: &Migration| class.steps.iter().any(|step| step.mark == Mark::Failed && step.migration == *migration);
    let is_dirty = |step: &&&Step| {
        let is_edited = |own: &String| checksum(&step.migration).is_some_and(|other| other != own);
        step.mark == Mark::Failed || step.checksum.as_ref().is_some_and(is_edited)
    };
    let dirty: Vec<Migration> = class.steps.iter().filter(is_dirty).map(|step| step.migration.clone()).collect();
    let mut absent = vec![false; places.len()];
    let mut extra: Vec<Migration> = Vec::new();
    let (mut left, mut right) = (places.iter().peekable(), here.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some((one, _)), Some(other)) if one == *other => drop((left.next(), right.next())),
            (Some((one, place)), other) if other.is_none_or(|other| one < *other) => {
                absent[*place] = true;
                left.next();
            }
            _ => extra.extend(right.next().filter(|migration| !is_failed(migration)).map(|migration| (*migration).clone())),
        }
    }
    extra.sort_by(in_order);
    let missing = target.migrations.iter().zip(&absent).filter(|(_, absent)| **absent);
    let missing: Vec<Migration> = missing.map(|(migration, _)| migration.clone()).collect();
    let (behind, ahead) = (missing.len() as u32, extra.len() as u32);
    let state = match (behind, ahead) {
        _ if !dirty.is_empty() => LedgerState::Dirty,
        (0, 0) => LedgerState::Current,
        (0, by) => LedgerState::Ahead { by },
        (by, 0) if is_newest(target, &absent) => LedgerState::Behind { by },
        (by, 0) => LedgerState::Gap { by },
        (behind, ahead) => LedgerState::Diverged { behind, ahead },
    };
    Findings { state, missing, extra, dirty }
}

/// Whether what is missing is the newest of its application: applications grow side by side.
fn is_newest(target: &Target<'_>, absent: &[bool]) -> bool {
    let mut ended: BTreeSet<Option<&str>> = BTreeSet::new();
    target.migrations.iter().zip(absent).all(|(migration, absent)| {
        if *absent {
            ended.insert(migration.app.as_deref());
        }
        *absent || !ended.contains(&migration.app.as_deref())
    })
}

fn cohorts(
    fleet: &Fleet,
    population: &Population,
    classes: Vec<Class<'_>>,
    reference: Option<(usize, usize)>,
    findings: Vec<Option<Findings>>,
) -> Vec<HistoryCohort> {
    let mut cohorts: Vec<HistoryCohort> = classes
        .into_iter()
        .zip(findings)
        .enumerate()
        .map(|(at, (class, found))| {
            // The reference schema stands for those who have what it has.
            let stands = reference.filter(|(class, _)| *class == at).map_or(class.stands, |(_, group)| group);
            let group = &population.groups[stands];
            let schema = reference.and(group.reference).unwrap_or(group.stands);
            let none = Findings { state: LedgerState::Unknown, missing: vec![], extra: vec![], dirty: vec![] };
            let Findings { state, missing, extra, dirty } = found.unwrap_or(none);
            HistoryCohort {
                id: class.id,
                dialect: class.dialect,
                state,
                members: class.members,
                representative: representative(fleet, group.database, schema),
                missing,
                extra,
                dirty,
            }
        })
        .collect();
    cohorts.sort_by_key(|cohort| (cohort.state != LedgerState::Current, std::cmp::Reverse(cohort.members), cohort.id));
    cohorts
}
