//! Makes the plan of a clone from what was read and what was asked for, with everything that there is to say about it. Pure; must not
//! read anything.

mod registry;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::acting::{self, Acting, As, Ground};
use super::{Cloning, Outside, Owners, Recipe, Rows, Source, outside};
use crate::dialect::register::{Book, Entry};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::registry::Registry;
use crate::domain::rights::{Lack, Roles};
use crate::domain::units;
use crate::plan::names::{self, Wrong};
use crate::plan::{EnvironmentName, FORMAT, Kind, Note, Plan, PlanDatabase, RunPolicy, Stage, StageKind, Target};

/// More bytes of rows than this are not copied in one transaction.
const ONE_TRANSACTION: u64 = 256 << 20;

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The environment.
    pub environment: EnvironmentName,
    /// The raw names of the schemas that are made, in the order of work.
    pub targets: Vec<String>,
    /// Which rows are copied.
    pub rows: Rows,
    /// The role that owns each target, with `{schema}` for its name; `None` as in the source.
    pub owner: Option<String>,
    /// What the registry is told of each target; `None` for nothing.
    pub entry: Option<Entry>,
    /// How.
    pub policy: RunPolicy,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The database of the targets, then that of the source where it is another one.
    pub databases: Vec<PlanDatabase>,
    /// The source.
    pub source: Source,
    /// Whether it is what new tenants are made from.
    pub is_reference: bool,
    /// How it is made again.
    pub recipe: Recipe,
    /// What of it cannot be made again, or not be known.
    pub notes: Vec<Note>,
    /// The raw names of its tables that are not logged.
    pub unlogged: Vec<String>,
    /// What it needs from outside of its schema.
    pub outside: Outside,
    /// The raw names of its indexes that are not valid.
    pub invalid: Vec<String>,
    /// Where it is, and where the targets will be.
    pub places: (Place, Place),
    /// The schemas of the targets' database. Raw names.
    pub taken: BTreeSet<String>,
    /// What roles may in the targets' database: ours, owners of targets, owners in the source.
    pub roles: Roles,
    /// Who owns something in the source beside its owner, and what. Raw.
    pub others: BTreeMap<String, Vec<String>>,
    /// What roles lack of what making it takes.
    pub lacks: Vec<Lack>,
    /// For a source in another database: what roles may there.
    pub readers: Option<Roles>,
    /// The registry of the targets' database, where it is one that can be written.
    pub book: Option<Book>,
    /// Who may write it, ours first, and what each lacks for that.
    pub writers: Vec<(String, Vec<String>)>,
    /// Who is in it, as far as that is known.
    pub registered: Option<Registry>,
}

/// What is to be known of a database and its server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// How its texts are written.
    pub encoding: String,
    /// How they are sorted and told apart.
    pub collation: String,
    /// How many locks the server holds for all its sessions together.
    pub locks: u64,
    /// Whether it is a standby.
    pub is_standby: bool,
}

/// See the module.
pub fn build(facts: Facts, asked: &Asked, as_of: Timestamp) -> Plan {
    let pooler = facts.databases.iter().any(|database| database.pooler);
    let mut notes = names(&asked.targets, &facts.taken, &facts.recipe);
    let phased = phased(&facts, asked);
    let owners = owners(&facts, asked);
    let (registry, unsaid) = registry::lines(&facts, asked, &mut notes);
    let acting = acting(&facts, &owners, &mut notes);
    notes.extend(rows(&facts, asked));
    notes.extend(places(&facts));
    notes.extend(elsewhere(&facts));
    notes.extend(phased.iter().map(|why| phased_note(why, pooler)));
    notes.extend(invalid(&facts.invalid));
    notes.extend(facts.notes);
    notes.sort_by_key(|note| (std::cmp::Reverse(note.refuses), std::cmp::Reverse(note.severity)));
    let targets =
        asked.targets.iter().map(|schema| Target { database: 0, oid: 0, schema: schema.clone(), group: 0, stage: 0 });
    let cloning = Cloning {
        source: facts.source,
        rows: asked.rows.clone(),
        recipe: facts.recipe,
        owners,
        acting,
        phased: phased.is_some(),
        registry,
        unsaid,
    };
    Plan {
        format: FORMAT,
        kind: Kind::Clone(Box::new(cloning)),
        environment: asked.environment.clone(),
        databases: facts.databases,
        stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }],
        groups: Vec::new(),
        steps: Vec::new(),
        targets: targets.collect(),
        policy: RunPolicy { canary: 0, waves: Vec::new(), ..asked.policy.clone() },
        notes,
        left_out: Vec::new(),
        bystanders: None,
        as_of,
    }
}

/// What is wrong with the names of the targets.
fn names(targets: &[String], taken: &BTreeSet<String>, recipe: &Recipe) -> Vec<Note> {
    let mut seen = BTreeSet::new();
    let mut notes = Vec::new();
    for name in targets {
        let told = shown(name);
        let twice = (!seen.insert(name)).then(|| names::twice(name));
        let wrong = twice.or_else(|| names::wrong(name, |name| taken.contains(name)));
        if let Some(Wrong { rule, what, hint }) = wrong {
            notes.push(refused(rule, what, hint));
        } else if !recipe.fits(name) {
            let hint = "choose a name without backslash, dollar, star, slash and control signs";
            let what = format!("{told} cannot stand in the bodies of functions that name their own schema");
            notes.push(refused("name-in-bodies", what, Some(hint)));
        } else if name.contains('"') || name.chars().any(char::is_control) {
            let what = format!("{told}: quotes and control signs in a name are a trap for every script");
            notes.push(note("odd-name", Severity::Warn, what, None));
        }
    }
    notes
}

/// Why a target is made in several transactions.
enum Several {
    /// So many bytes of rows.
    Rows(u64),
    /// So many locks are needed by those that are made at once, of so many.
    Locks(u64, u64),
}

fn phased(facts: &Facts, asked: &Asked) -> Option<Several> {
    let bytes = bytes(&facts.recipe);
    let needed = locks(&facts.recipe) * u64::from(asked.policy.concurrency.max(1));
    let there = facts.places.1.locks;
    if bytes > ONE_TRANSACTION {
        return Some(Several::Rows(bytes));
    }
    // The others have half of them.
    (needed > there / 2).then_some(Several::Locks(needed, there))
}

fn bytes(recipe: &Recipe) -> u64 {
    recipe.copies.iter().map(|copy| copy.bytes).sum()
}

/// About how many locks one transaction takes that makes all of it: a table with what belongs to it, an index with its table.
fn locks(recipe: &Recipe) -> u64 {
    let of = |what: &str| match what.split(' ').next() {
        Some("table") => 4,
        Some("grant" | "comment" | "owner") => 0,
        _ => 1,
    };
    let made = recipe.structure.iter().chain(&recipe.finish).map(|made| of(&made.what)).sum::<u64>();
    made + 2 * recipe.copies.len() as u64
}

fn phased_note(why: &Several, pooler: bool) -> Note {
    let why = match why {
        Several::Rows(bytes) => format!("{} of rows", units::bytes(*bytes)),
        Several::Locks(needed, there) => {
            let (needed, there) = (units::count(*needed), units::count(*there));
            format!("about {needed} locks at once of the {there} that the server holds")
        }
    };
    let what = format!("each target is made in several transactions, marked as incomplete until the last one: {why}");
    if pooler {
        let hint = "name the server's own address for this database in fleet.toml";
        return refused(
            "needs-direct",
            format!("{what}; that needs a direct connection, and a pooler stands between"),
            Some(hint),
        );
    }
    note("several-transactions", Severity::Info, what, None)
}

fn owners(facts: &Facts, asked: &Asked) -> Owners {
    let Some(pattern) = &asked.owner else { return Owners::AsSource };
    let roles: Vec<String> = asked.targets.iter().map(|schema| pattern.replace("{schema}", schema)).collect();
    if roles.iter().all(|role| *role == facts.source.owner) { Owners::AsSource } else { Owners::Mapped(roles) }
}

/// As whom each part is done.
fn acting(facts: &Facts, owners: &Owners, notes: &mut Vec<Note>) -> Acting {
    let Some(database) = facts.databases.first() else { return Acting::default() };
    let of_source = facts.source.owner.as_str();
    let roles: BTreeSet<&str> = match owners {
        Owners::AsSource => [of_source].into(),
        Owners::Mapped(roles) => roles.iter().map(String::as_str).collect(),
    };
    let ground =
        Ground { database, roles: &facts.roles, owners: roles, of_source, others: &facts.others, lacks: &facts.lacks };
    let (schema, maker, why) = ground.choose();
    notes.extend(why);
    let (reader, why) = match &facts.readers {
        Some(roles) => acting::reader(roles, of_source, &facts.lacks),
        None => (As::Ours, None),
    };
    notes.extend(why);
    let (registrar, why) = acting::registrar(&facts.writers);
    notes.extend(why);
    Acting { schema, maker, reader, registrar }
}

fn rows(facts: &Facts, asked: &Asked) -> Vec<Note> {
    let copies = &facts.recipe.copies;
    let (rows, bytes) = (copies.iter().map(|copy| copy.rows).sum::<u64>(), bytes(&facts.recipe));
    let mut notes = Vec::new();
    if let Rows::Tables(tables) = &asked.rows {
        let known: BTreeSet<&str> = copies.iter().map(|copy| copy.table.as_str()).collect();
        for table in tables.iter().filter(|table| !known.contains(table.as_str())) {
            let what = format!("{} has no table {} with rows", shown(&facts.source.schema), shown(table));
            notes.push(refused("no-table", what, None));
        }
    }
    if asked.rows == Rows::All && !facts.is_reference && !copies.is_empty() {
        let what = format!(
            "all rows of {} are copied, which is not the reference: they may be a customer's",
            shown(&facts.source.schema)
        );
        let hint = "of the rows, seed copies the ledger and the seed tables alone";
        notes.push(note("customer-data", Severity::Danger, what, Some(hint)));
    }
    if bytes > 0 {
        let targets = asked.targets.len() as u64;
        let each = format!("about {} rows, {} for each target", units::count(rows), units::bytes(bytes));
        let all = if targets > 1 { format!(", {} in all", units::bytes(bytes * targets)) } else { String::new() };
        notes.push(note("rows", Severity::Info, format!("{each}{all}, before indexes"), None));
    }
    notes
}

fn places(facts: &Facts) -> Vec<Note> {
    let (from, to) = &facts.places;
    let mut notes = Vec::new();
    let [target, others @ ..] = facts.databases.as_slice() else { return notes };
    let Some(source) = others.first() else { return notes };
    if from.encoding != to.encoding {
        let what = format!(
            "{} is in {}, {} in {}: texts are converted, and one that cannot be ends its target",
            shown(&source.label),
            shown(&from.encoding),
            shown(&target.label),
            shown(&to.encoding)
        );
        notes.push(note("other-encoding", Severity::Warn, what, None));
    }
    if from.collation != to.collation {
        let what = format!(
            "{} sorts by {}, {} by {}: what depends on the order of texts may differ",
            shown(&source.label),
            shown(&from.collation),
            shown(&target.label),
            shown(&to.collation)
        );
        notes.push(note("other-collation", Severity::Warn, what, None));
    }
    let [there, here] = [source.version / 10_000, target.version / 10_000];
    if here < there {
        let what = format!(
            "{} is PostgreSQL {here}, older than {there} of {}: it may not know all of it",
            shown(&target.label),
            shown(&source.label)
        );
        notes.push(note("older-server", Severity::Warn, what, None));
    }
    notes.extend(from.is_standby.then(|| standby(facts, source)).into_iter().flatten());
    if !facts.recipe.copies.is_empty() && facts.databases.iter().any(|database| database.pooler) {
        let hint = "name the servers' own addresses in fleet.toml";
        notes.push(refused(
            "needs-direct",
            "rows of another database need direct connections, and a pooler stands between".into(),
            Some(hint),
        ));
    }
    notes
}

/// A standby gives rows like its primary, but for those that it does not have.
fn standby(facts: &Facts, source: &PlanDatabase) -> Vec<Note> {
    let label = shown(&source.label);
    let is_copied = |table: &&String| facts.recipe.copies.iter().any(|copy| copy.table == **table);
    let unlogged: Vec<String> = facts.unlogged.iter().filter(is_copied).map(|table| shown(table).into_owned()).collect();
    let mut notes = Vec::new();
    if !facts.recipe.copies.is_empty() {
        let what = format!("{label} is a standby: it cancels who reads while its primary changes or cleans the same tables");
        let hint =
            "max_standby_streaming_delay and hot_standby_feedback say how soon; its sequences stand a few numbers ahead";
        notes.push(note("standby", Severity::Info, what, Some(hint)));
    }
    if !unlogged.is_empty() {
        let what = format!("{label} is a standby, which has no rows of unlogged tables: {}", unlogged.join(", "));
        notes.push(refused("standby", what, Some("clone from its primary, or without their rows")));
    }
    notes
}

/// What the source needs from outside of its schema.
fn elsewhere(facts: &Facts) -> Vec<Note> {
    let (Some(to), Some(from)) = (facts.databases.first(), facts.databases.last()) else { return Vec::new() };
    outside::notes(&facts.outside, (&from.label, &to.label), &facts.source.owner, &facts.recipe)
}

fn invalid(indexes: &[String]) -> Option<Note> {
    let first = indexes.first()?;
    let more = if indexes.len() > 1 { format!(" and {} more", indexes.len() - 1) } else { String::new() };
    let what = format!("index {}{more} of the source is not valid, and no target can have it so", shown(first));
    Some(refused("invalid-index", what, Some("drop it in the source, or build it anew: REINDEX INDEX CONCURRENTLY")))
}

fn refused(rule: &str, what: String, hint: Option<&str>) -> Note {
    Note { refuses: true, ..note(rule, Severity::Danger, what, hint) }
}

fn note(rule: &str, severity: Severity, what: String, hint: Option<&str>) -> Note {
    Note { rule: rule.into(), severity, refuses: false, place: None, what, hint: hint.map(str::to_owned) }
}

#[cfg(test)]
mod tests;
