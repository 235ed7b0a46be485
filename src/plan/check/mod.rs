//! What there is to say about a plan before anybody approves it: typed notes, rule by rule, one file for each group of rules. Must not
//! know how facts are read, nor who shows the notes.

mod alone;
mod django;
mod lint;
mod locks;
mod phases;
mod reach;
mod read;
mod rights;
mod session;
#[cfg(test)]
mod tests;
mod weight;

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub use self::alone::{Alone, alone};
pub use self::locks::{lock_of, locks_of};
pub use self::reach::shared_references;
pub use self::rights::{changed, ledgers};

use self::read::Read;
use super::parts::{Note, Plan, Step};
use crate::domain::catalog::Oid;
use crate::domain::fleet::Severity;
use crate::domain::history::Migration;

/// What the checker knows of the fleet beyond the plan. All of it may be empty: then the notes that need it say less.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckFacts {
    /// The tables of the targets by their raw names, without schema.
    pub tables: BTreeMap<String, TableFacts>,
    /// The tables that the `search_path` behind the target finds and that targets do not have: raw name to raw schema.
    pub shared: BTreeMap<String, String>,
    /// The migrations of the plan for which the source has no way back.
    pub without_way_back: BTreeSet<Migration>,
    /// How many locks the smallest server holds: `max_locks_per_transaction * (max_connections + max_prepared_transactions)`.
    pub locks: Option<u64>,
    /// What is closed to who works in its schema: ledgers that cannot be written, tables of [`changed`] that are not its own.
    pub closed: Vec<Closed>,
}

/// Something that is closed to who works in its schema: its owner, where our role may become it, else our role; of a command our role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The label of its database.
    pub database: String,
    /// `pg_namespace.oid` of its schema.
    pub schema: Oid,
    /// Its raw name.
    pub name: String,
    /// The raw name of its owner.
    pub owner: String,
    /// The raw name of who works.
    pub worker: String,
    /// What it is.
    pub what: ClosedKind,
}

/// What is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedKind {
    /// A table that the plan changes, which only its owner may.
    Table,
    /// A ledger that cannot be read and written.
    Ledger,
    /// A sequence that numbers the lines of a ledger.
    Sequence,
}

impl ClosedKind {
    /// The kind of this word, as the reader tells it.
    pub fn from_word(word: &str) -> Self {
        match word {
            "ledger" => Self::Ledger,
            "sequence" => Self::Sequence,
            _ => Self::Table,
        }
    }
}

/// The sizes of one table over all targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableFacts {
    /// The estimated rows of the largest one.
    pub rows: u64,
    /// The bytes of all of them together, with indexes and TOAST.
    pub bytes: u64,
}

/// Everything that there is to say about a plan, step by step, the worst of each statement first. A note that refuses says that the
/// plan cannot be run as it is.
pub fn check(plan: &Plan, facts: &CheckFacts) -> Vec<Note> {
    let mut notes = Vec::new();
    let reads: Vec<Vec<Read>> = plan.steps.iter().map(read_all).collect();
    let made: Vec<HashSet<String>> = reads.iter().map(|reads| reads.iter().flat_map(locks::tables_made).collect()).collect();
    for (at, (step, reads)) in plan.steps.iter().zip(reads).enumerate() {
        let scene = Scene::new(plan, facts, step, at as u32, reads, &made);
        let whole = alone::of_step(&scene).into_iter().chain(phases::of_step(&scene));
        notes.extend(whole.map(|finding| finding.note(Some((at as u32, None)))));
        for statement in 0..scene.reads.len() {
            let at_hand = AtHand { scene: &scene, statement, read: &scene.reads[statement], made: &scene.made[statement] };
            let mut found: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&at_hand)).collect();
            found.sort_by_key(|finding| (!finding.refuses, std::cmp::Reverse(finding.severity)));
            notes.extend(found.into_iter().map(|finding| finding.note(Some((at as u32, Some(statement as u16))))));
        }
    }
    let of_plan = rights::of_plan(plan, facts).into_iter().chain(weight::of_plan(plan, facts)).chain(django::of_plan(plan));
    notes.extend(of_plan.map(|finding| finding.note(None)));
    notes
}

/// How many locks the plan needs at once at most, by estimate: what its largest migration names, with two indexes each, on every
/// connection.
pub fn locks_needed(plan: &Plan) -> u64 {
    weight::locks_needed(plan)
}

/// The rules about single statements.
const RULES: [fn(&AtHand<'_>) -> Vec<Finding>; 11] = [
    session::transaction,
    session::settings,
    session::opaque,
    alone::rule,
    reach::names,
    reach::wide,
    weight::rewrites,
    weight::scans,
    phases::breaks,
    phases::loses,
    lint::rule,
];

/// A step with what all rules want to know of it.
struct Scene<'a> {
    plan: &'a Plan,
    facts: &'a CheckFacts,
    step: &'a Step,
    reads: Vec<Read>,
    /// The tables that are new when each statement runs: made by the statements before it, or by steps before it in every group.
    made: Vec<HashSet<String>>,
    /// What the linter says, by statement.
    lints: Vec<(usize, lint::Lint)>,
    /// How many targets need the step.
    targets: u64,
    /// The raw name of the only schema that needs it, where there is only one.
    only: Option<&'a str>,
}

fn read_all(step: &Step) -> Vec<Read> {
    step.statements.iter().map(|statement| Read::new(&statement.sql)).collect()
}

impl<'a> Scene<'a> {
    fn new(
        plan: &'a Plan,
        facts: &'a CheckFacts,
        step: &'a Step,
        at: u32,
        reads: Vec<Read>,
        made_by: &[HashSet<String>],
    ) -> Self {
        let mut so_far = new_before(plan, at, made_by);
        let before = |read: &Read| {
            let before = so_far.clone();
            so_far.extend(locks::tables_made(read));
            before
        };
        let made = reads.iter().map(before).collect();
        let needs = |group: u32| plan.groups.get(group as usize).is_some_and(|group| group.steps.contains(&at));
        let targets: Vec<&str> =
            plan.targets.iter().filter(|target| needs(target.group)).map(|target| target.schema.as_str()).collect();
        let only = targets.first().filter(|first| targets.iter().all(|other| other == *first)).copied();
        Self { plan, facts, step, reads, made, lints: lint::lints(step), targets: targets.len() as u64, only }
    }
}

/// The tables that every group which needs a step has made with the steps before it.
fn new_before(plan: &Plan, at: u32, made_by: &[HashSet<String>]) -> HashSet<String> {
    let of_group = |steps: &[u32]| -> HashSet<String> {
        let before = steps.iter().take_while(|step| **step != at);
        before.filter_map(|step| made_by.get(*step as usize)).flatten().cloned().collect()
    };
    let groups = plan.groups.iter().filter(|group| group.steps.contains(&at)).map(|group| of_group(&group.steps));
    groups.reduce(|one, other| one.intersection(&other).cloned().collect()).unwrap_or_default()
}

/// One statement with what is around it.
struct AtHand<'a> {
    scene: &'a Scene<'a>,
    statement: usize,
    read: &'a Read,
    made: &'a HashSet<String>,
}

/// What a rule says; its place is that of the statement or of the step.
struct Finding {
    rule: &'static str,
    severity: Severity,
    refuses: bool,
    what: String,
    hint: Option<String>,
}

impl Finding {
    fn new(rule: &'static str, severity: Severity, what: impl Into<String>) -> Self {
        Self { rule, severity, refuses: false, what: what.into(), hint: None }
    }

    /// A finding with which the plan cannot be run.
    fn refusal(rule: &'static str, what: impl Into<String>) -> Self {
        Self { refuses: true, ..Self::new(rule, Severity::Danger, what) }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn note(self, place: Option<(u32, Option<u16>)>) -> Note {
        let Self { rule, severity, refuses, what, hint } = self;
        Note { rule: rule.to_owned(), severity, refuses, place, what, hint }
    }
}
