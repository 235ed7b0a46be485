//! What a ledger needs of the source: which migrations, in which order, or why nothing may be done to it. Must not know schemas.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Asked, Commanded, File, Refusal};
use crate::dialect::ledger::recorded;
use crate::domain::catalog::LedgerDialect;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::{History, Mark, Migration};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::domain::roles::{Policy, Role};
use crate::plan::parts::{CommandLine, Kind, Statement, Step, Why};

/// Which migrations of the source are for a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    /// Those of the shared schema's applications.
    Shared,
    /// All others.
    Tenants,
}

/// What ledgers of one content need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// In order.
    pub(super) migrations: Vec<Needed>,
    /// Applied migrations whose files have changed since: positions in the source.
    pub(super) edited: Vec<usize>,
}

/// One migration that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed {
    /// Its position in the source.
    file: usize,
    /// What the ledger has as its checksum, of a migration that is taken back.
    checksum: Option<String>,
}

/// What is asked of the source, and what must come before what.
pub(super) struct Needs<'a> {
    asked: &'a Asked,
    policy: Option<&'a Policy>,
    has_shared: bool,
    /// Per migration, where the source tells: all that must come before it.
    before: Option<Vec<HashSet<usize>>>,
    /// The migration with which it ends.
    to: Option<usize>,
}

impl<'a> Needs<'a> {
    /// The fault says which migration is not there, or cannot be taken back.
    pub(super) fn of(policy: Option<&'a Policy>, asked: &'a Asked) -> Result<Self, Fault> {
        if let Some(file) = asked.files.iter().find(|file| file.migration.name.starts_with("R__")) {
            return Err(Fault::new(FaultKind::Usage, format!("{} is to be repeated whenever it changes", file.origin()))
                .hint("only Flyway does so: make numbered migrations of it"));
        }
        let to = asked.to.as_deref().map(|to| find(&asked.files, to)).transpose()?;
        let mut needs = Self { asked, policy, has_shared: false, before: graph(&asked.files), to };
        needs.has_shared = (0..asked.files.len()).any(|at| needs.is_in(Part::Shared, at));
        if asked.reverse {
            needs.can_be_taken_back()?;
        }
        Ok(needs)
    }

    /// The part of the source that is for schemas of a role; `None` where there is none.
    pub(super) fn part(&self, role: Role) -> Option<Part> {
        match role {
            Role::Shared => self.has_shared.then_some(Part::Shared),
            _ => Some(Part::Tenants),
        }
    }

    /// What a ledger of this content needs.
    pub(super) fn of_history(&self, history: &History, part: Part) -> Result<Need, Refusal> {
        let files: Vec<usize> = (0..self.asked.files.len()).filter(|at| self.is_in(part, *at)).collect();
        let names = self.names(history.dialect, &files)?;
        let applied: HashMap<&Migration, Option<&str>> = history
            .steps
            .iter()
            .filter(|step| step.mark == Mark::Applied)
            .map(|step| (&step.migration, step.checksum.as_deref()))
            .collect();
        let has = |at: usize| applied.contains_key(&names[&at]);
        if self.asked.command.is_some() {
            // Which of them it applies, and in which order, is the program's.
            let missing = files.iter().copied().filter(|at| self.is_wanted(*at) && !has(*at));
            let migrations: Vec<Needed> = missing.map(|file| Needed { file, checksum: None }).collect();
            return if migrations.is_empty() {
                Err(Why::Nothing.into())
            } else {
                Ok(Need { migrations, edited: Vec::new() })
            };
        }
        if history.steps.iter().any(|step| is_unknown(&step.migration, &names)) {
            return Err(Why::Unknown.into());
        }
        let edited = files.iter().copied().filter(|at| {
            let recorded = applied.get(&names[at]).copied().flatten();
            history.dialect == LedgerDialect::Tenantry
                && recorded.zip(self.file(*at).up.as_ref().ok()).is_some_and(|(sum, script)| sum != script.sha256)
        });
        let edited = edited.collect();
        let migrations = if self.asked.reverse {
            let back = files.iter().rev().copied().filter(|at| has(*at) && self.is_taken_back(*at));
            let checksum = |at| applied.get(&names[&at]).copied().flatten().map(str::to_owned);
            back.map(|at| Needed { file: at, checksum: checksum(at) }).collect::<Vec<_>>()
        } else {
            let missing: Vec<usize> = files.iter().copied().filter(|at| !has(*at) && self.is_wanted(*at)).collect();
            let is_late = |at: &usize| files.iter().any(|other| has(*other) && self.leads(*at, *other));
            if !self.asked.late && missing.iter().any(is_late) {
                return Err(Why::Gap.into());
            }
            if let Some(fault) = missing.iter().find_map(|at| self.file(*at).up.as_ref().err()) {
                return Err(Refusal::Fault(fault.clone()));
            }
            missing.into_iter().map(|file| Needed { file, checksum: None }).collect()
        };
        if migrations.is_empty() { Err(Why::Nothing.into()) } else { Ok(Need { migrations, edited }) }
    }

    /// How a ledger names each of these.
    fn names(&self, dialect: LedgerDialect, files: &[usize]) -> Result<HashMap<usize, Migration>, Refusal> {
        let mut seen: HashMap<Migration, usize> = HashMap::new();
        let mut names = HashMap::new();
        for &at in files {
            let file = self.file(at);
            let name = self.name(dialect, file);
            if dialect == LedgerDialect::Django && name.app.is_none() {
                let what = format!("{} lies in no folder of an application", file.origin());
                return Err(Refusal::Fault(
                    Fault::new(FaultKind::Usage, what)
                        .hint("Django records each migration with its application: app/NNNN_name.sql"),
                ));
            }
            if let Some(other) = seen.insert(name.clone(), at) {
                let what =
                    format!("{} and {} would be one migration in the ledger", self.file(other).origin(), file.origin());
                return Err(Refusal::Fault(Fault::new(FaultKind::Usage, what).hint("give one of them another number")));
            }
            names.insert(at, name);
        }
        Ok(names)
    }

    /// The program that does it, where one does.
    pub(super) fn command(&self) -> Option<&'a Commanded> {
        self.asked.command.as_ref()
    }

    /// What a ledger has when the program has done its work.
    pub(super) fn leads_to(&self, dialect: LedgerDialect, part: Part) -> Vec<Migration> {
        let wanted = (0..self.asked.files.len()).filter(|at| self.is_in(part, *at) && self.is_wanted(*at));
        wanted.map(|at| self.name(dialect, self.file(at))).collect()
    }

    /// The program as the one step of a target.
    pub(super) fn command_step(&self, dialect: LedgerDialect, part: Part, line: &CommandLine) -> Step {
        let migration = self.leads_to(dialect, part).pop().unwrap_or(Migration { app: None, name: String::new() });
        Step {
            migration,
            reverse: false,
            origin: line.told(),
            sha256: line.sha256(),
            checksum: None,
            statements: Vec::new(),
            transactional: true,
        }
    }

    fn name(&self, dialect: LedgerDialect, file: &File) -> Migration {
        match self.command() {
            Some(Commanded { bare: true, .. }) => file.migration.clone(),
            _ => recorded(dialect, &file.migration),
        }
    }

    /// A migration that is needed, as it is done.
    pub(super) fn step(&self, dialect: LedgerDialect, needed: &Needed) -> Option<Step> {
        let file = self.file(needed.file);
        let reverse = self.asked.reverse;
        let script = if reverse { file.down.as_ref()? } else { file.up.as_ref().ok()? };
        let own = || (dialect == LedgerDialect::Tenantry).then(|| script.sha256.clone());
        Some(Step {
            migration: recorded(dialect, &file.migration),
            reverse,
            origin: script.origin.clone(),
            sha256: script.sha256.clone(),
            checksum: if reverse { needed.checksum.clone() } else { own() },
            statements: script.statements.iter().map(|sql| Statement { sql: sql.clone(), lock: None }).collect(),
            transactional: script.transactional,
        })
    }

    /// What is done, in the words of a person. Where nobody said how far, the newest that anybody needs tells it; of several
    /// applications the newest of all need not be that.
    pub(super) fn kind<'b>(&self, done: impl IntoIterator<Item = &'b Need>) -> Kind {
        let newest = || done.into_iter().flat_map(|need| &need.migrations).map(|needed| needed.file).max();
        let label = |at: Option<usize>| at.map_or_else(String::new, |at| self.file(at).migration.label());
        if self.asked.reverse {
            return Kind::Revert { from: label((0..self.asked.files.len()).find(|at| self.is_taken_back(*at))) };
        }
        Kind::Migrate { to: label(self.to.or_else(newest).or_else(|| self.asked.files.len().checked_sub(1))) }
    }

    pub(super) fn file(&self, at: usize) -> &'a File {
        &self.asked.files[at]
    }

    fn is_in(&self, part: Part, at: usize) -> bool {
        let app = self.file(at).migration.app.as_deref();
        let named = |list: &[String]| app.is_some_and(|app| list.iter().any(|named| named.rsplit('.').next() == Some(app)));
        let of_tenants = self.policy.is_some_and(|policy| named(&policy.tenant_apps));
        let of_shared = self.policy.is_some_and(|policy| named(&policy.shared_apps));
        match part {
            Part::Shared => of_shared,
            Part::Tenants => of_tenants || !of_shared,
        }
    }

    /// Whether a migration must come before another one.
    fn leads(&self, one: usize, other: usize) -> bool {
        match &self.before {
            Some(before) => before[other].contains(&one),
            None => one < other && self.file(one).migration.app == self.file(other).migration.app,
        }
    }

    fn is_wanted(&self, at: usize) -> bool {
        self.to.is_none_or(|to| at == to || self.leads(at, to))
    }

    fn is_taken_back(&self, at: usize) -> bool {
        self.to.is_some_and(|to| self.leads(to, at))
    }

    fn can_be_taken_back(&self) -> Result<(), Fault> {
        let Some(to) = self.to else {
            return Err(Fault::new(FaultKind::Usage, "how far migrations are taken back is not said")
                .hint("name the migration that shall be the newest afterwards"));
        };
        let back: Vec<usize> = (0..self.asked.files.len()).filter(|at| self.is_taken_back(*at)).collect();
        let label = |at: usize| shown(&self.file(at).migration.label()).into_owned();
        if back.is_empty() {
            return Err(Fault::new(FaultKind::Usage, format!("nothing comes after {}", label(to))));
        }
        match back.into_iter().find(|at| self.file(*at).down.is_none()) {
            Some(at) => Err(Fault::new(FaultKind::Usage, format!("{} has no way back", label(at)))
                .hint("write it beside the migration, with the ending .down.sql")),
            None => Ok(()),
        }
    }
}

/// Whether a ledger has a migration that belongs to the source's applications, and that the source has not. What is older than all
/// that it has of an application was put away.
fn is_unknown(applied: &Migration, names: &HashMap<usize, Migration>) -> bool {
    let mut of_app = names.values().filter(|name| name.app == applied.app).peekable();
    if of_app.peek().is_none() {
        return false;
    }
    let mut first: Option<u128> = None;
    for name in of_app {
        if name == applied {
            return false;
        }
        first = match (first, number(&name.name)) {
            (Some(first), Some(number)) => Some(first.min(number)),
            (first, number) => first.or(number),
        };
    }
    number(&applied.name).zip(first).is_none_or(|(applied, first)| applied >= first)
}

/// The number with which a name begins.
fn number(name: &str) -> Option<u128> {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    name[..digits].parse().ok()
}

/// All that must come before each, where the source tells.
fn graph(files: &[File]) -> Option<Vec<HashSet<usize>>> {
    if files.iter().all(|file| file.needs.is_empty()) {
        return None;
    }
    let at: HashMap<&Migration, usize> = files.iter().zip(0..).map(|(file, at)| (&file.migration, at)).collect();
    let mut before: Vec<HashSet<usize>> = Vec::with_capacity(files.len());
    for (here, file) in files.iter().enumerate() {
        let mut all = HashSet::new();
        // The source has nothing before what it needs.
        for need in file.needs.iter().filter_map(|need| at.get(need)).filter(|need| **need < here) {
            all.insert(*need);
            all.extend(&before[*need]);
        }
        before.push(all);
    }
    Some(before)
}

/// The migration that a person means: by its name, with its application, or by the beginning of its name.
fn find(files: &[File], text: &str) -> Result<usize, Fault> {
    let path = |migration: &Migration| migration.label().replacen(' ', "/", 1);
    let is_exactly = |file: &File| {
        let migration = &file.migration;
        migration.name == text || migration.label() == text || path(migration) == text
    };
    let begins = |file: &File| file.migration.name.starts_with(text) || path(&file.migration).starts_with(text);
    let all = |fits: &dyn Fn(&File) -> bool| -> Vec<usize> { (0..files.len()).filter(|at| fits(&files[*at])).collect() };
    let mut found = all(&is_exactly);
    if found.is_empty() && !text.is_empty() {
        found = all(&begins);
    }
    let labels =
        |found: &[usize]| found.iter().map(|at| shown(&path(&files[*at].migration)).into_owned()).collect::<BTreeSet<_>>();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let names: Vec<String> = files.iter().map(|file| path(&file.migration)).collect();
            let fault = Fault::new(FaultKind::Usage, format!("the source has no migration {}", shown(text)));
            Err(match nearest(text, names.iter().map(String::as_str)) {
                Some(near) => fault.hint(format!("did you mean {}?", shown(near))),
                None => fault,
            })
        }
        several => {
            let some: Vec<String> = labels(several).into_iter().take(5).collect();
            Err(Fault::new(FaultKind::Usage, format!("{} may be several migrations", shown(text)))
                .hint(format!("say which: {}", some.join(", "))))
        }
    }
}
