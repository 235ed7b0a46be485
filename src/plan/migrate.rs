//! The plan of a migration, made of fresh facts and the texts of its source: who needs what, in which order, and who is left out for
//! which reason. Pure: the same facts give the same plan in any order of discovery. Must not know where facts or texts come from.

mod choose;
mod needs;
mod stages;
mod zones;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use self::choose::{Chosen, choose};
use self::needs::{Need, Needs, Part};
use super::check::{self, CheckFacts};
use super::parts::{
    Command, CommandLine, EnvironmentName, FORMAT, Group, Kind, Ledger, LeftOut, Note, Plan, PlanDatabase, RunPolicy, Step,
    Why,
};
use crate::dialect::ledger::{self, Fingerprint};
use crate::domain::catalog::{LedgerDialect, Oid, SchemaFacts};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::filter::Filter;
use crate::domain::fleet::{DatabaseId, Fleet, Severity};
use crate::domain::history::{History, LedgerReading, Mark, Migration};
use crate::domain::name::shown;
use crate::sqltext::lexer::tokens;

/// One migration of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its application, if any, and its name: the stem of its file.
    pub migration: Migration,
    /// What applies it; a fault where it has no SQL, which spoils only the plans that need it.
    pub up: Result<Script, Fault>,
    /// What takes it back, where there is such.
    pub down: Option<Script>,
    /// What must be applied before it, where the source tells. A source that tells it of none has each application's migrations
    /// in their order.
    pub needs: Vec<Migration>,
}

impl File {
    /// Where it comes from, as people name it; safe to show.
    fn origin(&self) -> Cow<'_, str> {
        match &self.up {
            Ok(script) => script.origin.as_str().into(),
            Err(_) => shown(&self.migration.label()).into_owned().into(),
        }
    }
}

/// One way of a migration, there or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it comes from, as people name it; safe to show.
    pub origin: String,
    /// SHA-256 of its bytes in hexadecimal digits.
    pub sha256: String,
    /// Its statements in order, without the semicolons that end them.
    pub statements: Vec<String>,
    /// Whether it runs in a transaction.
    pub transactional: bool,
}

/// Which schemas are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Every tenant that the registry names and that has a schema, and the reference. Shared schemas, where the source has
    /// migrations of their own.
    All,
    /// The tenants, and the reference, for which this holds.
    Filter(Filter),
    /// These, whatever they are: names of schemas, or `database/schema`. Raw.
    Named(Vec<String>),
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The environment.
    pub environment: EnvironmentName,
    /// The migrations of the source in order of application.
    pub files: Vec<File>,
    /// The migration with which it ends, as a person names it; `None` is all.
    pub to: Option<String>,
    /// Whether what came after `to` is taken back, rather than what leads to it applied.
    pub reverse: bool,
    /// Whether migrations that are older than some that are applied are applied late.
    pub late: bool,
    /// Which schemas.
    pub selection: Selection,
    /// How.
    pub policy: RunPolicy,
    /// The program that does it, where statements of ours do not; `files` say what it leads to.
    pub command: Option<Commanded>,
}

/// A program that brings schemas up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commanded {
    /// What is run.
    pub line: CommandLine,
    /// Whether the only migration that is known of it is named as ledgers have it, and not as files are called.
    pub bare: bool,
}

impl Commanded {
    /// The migration that a person named, where there are no files that say more: `name`, or `app/name`.
    pub fn file(to: &str) -> File {
        let migration = match to.split_once('/') {
            Some((app, name)) => Migration { app: Some(app.to_owned()), name: name.to_owned() },
            None => Migration { app: None, name: to.to_owned() },
        };
        let nothing = Script { origin: to.to_owned(), sha256: String::new(), statements: Vec::new(), transactional: true };
        File { migration, up: Ok(nothing), down: None, needs: Vec::new() }
    }
}

/// What must be known besides the fleet, freshly read with it.
#[derive(Debug, Clone, Default)]
pub struct PlanFacts {
    /// Per database, in the order of [`Fleet::databases`].
    pub databases: Vec<DatabaseFacts>,
}

/// What must be known of one database.
#[derive(Debug, Clone, Default)]
pub struct DatabaseFacts {
    /// `pg_database.oid`.
    pub oid: Oid,
    /// What each ledger holds, by schema.
    pub fingerprints: HashMap<Oid, Fingerprint>,
    /// The schemas that our role may not change.
    pub denied: HashSet<Oid>,
    /// The schemas of another role that ours may become, and the raw name of that role.
    pub owners: HashMap<Oid, String>,
}

/// Builds the plan. The fault says what of what was asked for cannot be: a migration that is not there, a schema that is not there,
/// a database that cannot be reached.
pub fn build(fleet: &Fleet, facts: &PlanFacts, asked: &Asked, as_of: Timestamp) -> Result<Plan, Fault> {
    let (chosen, without) = choose(fleet, &asked.selection)?;
    let needs = Needs::of(fleet.databases.first().map(|database| &database.policy), asked)?;
    let mut sorted = Sorted::default();
    if !without.is_empty() {
        sorted.left_out.insert(Why::NoSchema, without);
    }
    for chosen in chosen {
        let Some(part) = needs.part(chosen.role) else { continue };
        match sorted.key(fleet, facts, &needs, &chosen, part) {
            Ok(key) => sorted.members.push((chosen, key)),
            Err(Refusal::Why(why)) => sorted.left_out.entry(why).or_default().push(name_of(fleet, &chosen)),
            Err(Refusal::Fault(fault)) => return Err(fault),
        }
    }
    refuse_twins(fleet, &sorted)?;
    Ok(assemble(fleet, facts, asked, &needs, sorted, as_of))
}

/// Every name in the statements of a plan, raw: what of tables must be known before it is finished.
pub fn names(plan: &Plan) -> BTreeSet<String> {
    let statements = plan.steps.iter().flat_map(|step| &step.statements);
    statements.flat_map(|statement| tokens(&statement.sql)).filter_map(|token| token.name().map(Cow::into_owned)).collect()
}

/// Finishes a plan with what is known of the tables that it names: which locks its statements take, to which tables outside of the
/// tenant its foreign keys lead, and what there is to say about it.
pub fn finish(plan: &mut Plan, asked: &Asked, mut known: CheckFacts) {
    for step in &mut plan.steps {
        let locks = check::locks_of(step.statements.iter().map(|statement| statement.sql.as_str()));
        for (statement, lock) in step.statements.iter_mut().zip(locks) {
            statement.lock = lock;
        }
    }
    let statements = plan.steps.iter().flat_map(|step| &step.statements).map(|statement| statement.sql.as_str());
    plan.policy.referenced = check::shared_references(statements, &known).into_iter().collect();
    if !asked.reverse {
        let origins: HashSet<&str> = asked
            .files
            .iter()
            .filter(|file| file.down.is_none())
            .filter_map(|file| Some(file.up.as_ref().ok()?.origin.as_str()))
            .collect();
        let without = plan.steps.iter().filter(|step| origins.contains(step.origin.as_str()));
        known.without_way_back = without.map(|step| step.migration.clone()).collect();
    }
    plan.notes.extend(check::check(plan, &known));
}

/// So many schemas are named for each reason.
const SAMPLE: usize = 5;

/// What tells a group from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    role: Option<String>,
    dialect: LedgerDialect,
    table: String,
    fingerprint: Fingerprint,
    part: Part,
}

/// The schemas as they were sorted: each with its group, or left out.
#[derive(Debug, Default)]
struct Sorted<'a> {
    /// What the ledgers of each content need, or why nothing is done to them.
    needs: HashMap<Key, Result<Need, Why>>,
    members: Vec<(Chosen<'a>, Key)>,
    /// Raw names.
    left_out: BTreeMap<Why, Vec<String>>,
}

/// Why nothing is done: to one schema, or at all.
#[derive(Debug)]
enum Refusal {
    Why(Why),
    Fault(Fault),
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self::Why(why)
    }
}

impl Sorted<'_> {
    /// The group of a schema that needs something.
    fn key(
        &mut self,
        fleet: &Fleet,
        facts: &PlanFacts,
        needs: &Needs<'_>,
        chosen: &Chosen<'_>,
        part: Part,
    ) -> Result<Key, Refusal> {
        if let Some(why) = chosen.why_not {
            return Err(why.into());
        }
        let (schema, facts) = (chosen.schema, facts.databases.get(chosen.database));
        // A program makes what it makes with rights of its own: for it, the ledger is only read.
        let is_denied = needs.command().is_none() && facts.is_some_and(|facts| facts.denied.contains(&schema.oid));
        if !schema.readable || is_denied {
            return Err(Why::Privilege.into());
        }
        let table = schema.ledger.as_ref().ok_or(Why::NoLedger)?;
        if !ledger::is_written(table.dialect) && needs.command().is_none() {
            return Err(Why::ReadOnlyDialect.into());
        }
        let history = history(fleet, chosen.database, schema)?;
        let fingerprint = facts.and_then(|facts| facts.fingerprints.get(&schema.oid)).copied().ok_or(Why::Busy)?;
        let role = facts.and_then(|facts| facts.owners.get(&schema.oid)).cloned();
        let key = Key { role, dialect: table.dialect, table: table.table.clone(), fingerprint, part };
        if !self.needs.contains_key(&key) {
            let need = match needs.of_history(history, part) {
                Err(Refusal::Fault(fault)) => return Err(Refusal::Fault(fault)),
                Err(Refusal::Why(why)) => Err(why),
                Ok(need) => Ok(need),
            };
            self.needs.insert(key.clone(), need);
        }
        match self.needs.get(&key) {
            Some(Err(why)) => Err((*why).into()),
            _ => Ok(key),
        }
    }
}

fn history<'a>(fleet: &'a Fleet, database: usize, schema: &SchemaFacts) -> Result<&'a History, Why> {
    let history = match schema.history {
        Some(LedgerReading::Read(id)) => fleet.databases[database].histories.get(&id).ok_or(Why::Unreadable)?,
        Some(LedgerReading::Busy) => return Err(Why::Busy),
        Some(LedgerReading::Unreadable | LedgerReading::Strange) | None => return Err(Why::Unreadable),
    };
    if history.steps.iter().any(|step| step.mark == Mark::Failed) { Err(Why::Dirty) } else { Ok(history) }
}

/// `database/schema` where there are several databases. Raw.
fn name_of(fleet: &Fleet, chosen: &Chosen<'_>) -> String {
    match fleet.databases.as_slice() {
        [_] => chosen.schema.name.clone(),
        databases => format!("{}/{}", databases[chosen.database].label, chosen.schema.name),
    }
}

/// Two connections to one database would do everything twice.
fn refuse_twins(fleet: &Fleet, sorted: &Sorted<'_>) -> Result<(), Fault> {
    let is_used = |id: DatabaseId| sorted.members.iter().any(|(chosen, _)| chosen.database == usize::from(id.0));
    match fleet.twins().into_iter().find(|(one, other)| is_used(*one) && is_used(*other)) {
        Some((one, other)) => Err(Fault::new(FaultKind::Usage, fleet.same_database(one, other))
            .hint("choose the schemas of one of them, or give them environments of their own")),
        None => Ok(()),
    }
}

fn assemble(
    fleet: &Fleet,
    facts: &PlanFacts,
    asked: &Asked,
    needs: &Needs<'_>,
    mut sorted: Sorted<'_>,
    as_of: Timestamp,
) -> Plan {
    let mut sizes: BTreeMap<&Key, usize> = BTreeMap::new();
    for (_, key) in &sorted.members {
        *sizes.entry(key).or_default() += 1;
    }
    let mut by_size: Vec<(&Key, usize)> = sizes.into_iter().collect();
    by_size.sort_by_key(|(_, size)| Reverse(*size));
    let (mut steps, mut groups, mut group_of) = (Vec::new(), Vec::new(), HashMap::new());
    let mut leads_to: Vec<Vec<Migration>> = Vec::new();
    let mut edited: BTreeMap<usize, usize> = BTreeMap::new();
    for (key, size) in by_size {
        let Some(Ok(need)) = sorted.needs.get(key) else { continue };
        group_of.insert(key, groups.len() as u32);
        let group = group(key, need, needs, &mut steps);
        leads_to.resize(steps.len(), Vec::new());
        if let (Some(_), [step]) = (needs.command(), group.steps.as_slice()) {
            leads_to[*step as usize] = needs.leads_to(key.dialect, key.part);
        }
        groups.push(group);
        for file in &need.edited {
            *edited.entry(*file).or_default() += size;
        }
    }
    let kind = needs.kind(group_of.keys().filter_map(|key| sorted.needs.get(*key)?.as_ref().ok()));
    let kind = match needs.command() {
        Some(command) => {
            let to = kind.subject().to_owned();
            Kind::Command(Box::new(Command { line: command.line.clone(), to, leads_to }))
        }
        None => kind,
    };
    let (databases, places) = databases(fleet, facts, &sorted);
    let bystanders = bystanders(fleet, &sorted);
    let members = sorted.members.iter().map(|(chosen, key)| stages::Member {
        database: places[&chosen.database],
        schema: &chosen.schema.name,
        oid: chosen.schema.oid,
        role: chosen.role,
        group: group_of[key],
    });
    let (stages, targets) = stages::order(members.collect(), &asked.policy);
    let mut policy = asked.policy.clone();
    let mut notes: Vec<Note> = edited.into_iter().map(|(file, schemas)| edited_note(needs.file(file), schemas)).collect();
    if let Some(windows) = &mut policy.windows {
        let mut fleet_of: Vec<usize> = places.keys().copied().collect();
        fleet_of.sort_by_key(|at| places[at]);
        notes.extend(zones::fill(windows, fleet, &fleet_of, &targets));
    }
    let left_out = std::mem::take(&mut sorted.left_out).into_iter().map(|(why, names)| LeftOut {
        why,
        count: names.len() as u32,
        sample: names.into_iter().take(SAMPLE).collect(),
    });
    Plan {
        format: FORMAT,
        kind,
        environment: asked.environment.clone(),
        databases,
        stages,
        groups,
        steps,
        targets,
        policy,
        notes,
        left_out: left_out.collect(),
        bystanders: Some(bystanders),
        as_of,
    }
}

/// What schemas of one content need. Steps that are new are added to those of the plan.
fn group(key: &Key, need: &Need, needs: &Needs<'_>, steps: &mut Vec<Step>) -> Group {
    let mut place = |step: Step| {
        let known = steps.iter().position(|other| *other == step);
        known.unwrap_or_else(|| {
            steps.push(step);
            steps.len() - 1
        }) as u32
    };
    let steps = match needs.command() {
        Some(command) => vec![place(needs.command_step(key.dialect, key.part, &command.line))],
        None => need.migrations.iter().filter_map(|needed| needs.step(key.dialect, needed)).map(&mut place).collect(),
    };
    Group {
        role: key.role.clone(),
        ledger: Ledger { dialect: key.dialect, table: key.table.clone() },
        lines: key.fingerprint.lines,
        sum: key.fingerprint.sum.to_string(),
        steps,
    }
}

/// The databases in which anything is done, and the place of each of the fleet's among them.
fn databases(fleet: &Fleet, facts: &PlanFacts, sorted: &Sorted<'_>) -> (Vec<PlanDatabase>, HashMap<usize, u16>) {
    let used: BTreeSet<usize> = sorted.members.iter().map(|(chosen, _)| chosen.database).collect();
    let places = used.iter().copied().zip(0..).collect();
    let database = |at: usize| {
        let (database, server) = (&fleet.databases[at], fleet.databases[at].server.as_ref());
        PlanDatabase {
            label: database.label.clone(),
            system_identifier: server.and_then(|server| server.system_identifier),
            oid: facts.databases.get(at).map_or(0, |facts| facts.oid),
            name: server.map_or_else(String::new, |server| server.database.clone()),
            version: server.map_or(0, |server| server.version),
            pooler: server.is_some_and(|server| server.pooler),
        }
    };
    (used.into_iter().map(database).collect(), places)
}

/// The schemas of each database that are no targets, in the order of [`databases`].
fn bystanders(fleet: &Fleet, sorted: &Sorted<'_>) -> Vec<Vec<Oid>> {
    let mut targets: BTreeMap<usize, HashSet<Oid>> = BTreeMap::new();
    for (chosen, _) in &sorted.members {
        targets.entry(chosen.database).or_default().insert(chosen.schema.oid);
    }
    let others = |(at, targets): (usize, HashSet<Oid>)| {
        let oids = fleet.databases[at].schemas.iter().map(|schema| schema.oid);
        oids.filter(|oid| !targets.contains(oid)).collect()
    };
    targets.into_iter().map(others).collect()
}

fn edited_note(file: &File, schemas: usize) -> Note {
    let of = if schemas == 1 { "1 schema".to_owned() } else { format!("{schemas} schemas") };
    Note {
        rule: "edited-after-applied".into(),
        severity: Severity::Warn,
        refuses: false,
        place: None,
        what: format!("{} was edited after it was applied to {of}", file.origin()),
        hint: Some("what it says now was not done there: write a new migration instead".into()),
    }
}

#[cfg(test)]
pub(in crate::plan) mod tests;
