//! As whom each part of a clone is done: as our own role where that is a superuser, else as one that may make all of it and give it to
//! whoever owns it in the source. Where there is none, what is missing is told with the `GRANT` that mends it. Pure; must not ask anybody.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::rights::{Lack, LackKind, Rights, Roles};
use crate::plan::{Note, PlanDatabase, whole};
use crate::sqltext::ident;

/// How many a note names.
const NAMED: usize = 5;
/// Since then it is a right of its own to become a role, and another one to have its rights.
const MEMBERSHIP_IN_PARTS: u32 = 160_000;

/// As whom each part is done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Acting {
    /// Who makes the schema.
    pub schema: As,
    /// Who makes what is in it, and copies rows within one database.
    pub maker: As,
    /// Who reads the rows of a source in another database, there.
    pub reader: As,
    /// Who writes the lines of the registry.
    pub registrar: As,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum As {
    /// The one that connects.
    #[default]
    Ours,
    /// The one that owns the target.
    Owner,
    /// Another one: its raw name.
    Role(String),
}

impl As {
    /// Who that is, safe to show; `None` for the role that connects.
    pub fn told(&self) -> Option<String> {
        match self {
            Self::Ours => None,
            Self::Owner => Some("the role that owns it".to_owned()),
            Self::Role(role) => Some(shown(role).into_owned()),
        }
    }
}

/// What the choice rests on. Raw names.
#[derive(Debug, Clone)]
pub struct Ground<'a> {
    /// The database of the targets.
    pub database: &'a PlanDatabase,
    /// What roles may there.
    pub roles: &'a Roles,
    /// Who owns targets, each once.
    pub owners: BTreeSet<&'a str>,
    /// Who owns the source.
    pub of_source: &'a str,
    /// Who else owns something in it, and what.
    pub others: &'a BTreeMap<String, Vec<String>>,
    /// What roles lack.
    pub lacks: &'a [Lack],
}

/// Something that a candidate lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Missing<'a> {
    /// Our role may not become this one.
    Become(&'a str),
    /// The first may not give the second what belongs to it.
    Give(&'a str, &'a str),
    /// It may not make schemas, and neither may ours for it.
    Create(&'a str),
    /// A right, or the rights of a role.
    Right(&'a str, String),
    /// A privilege on what it makes that its default privileges keep from itself.
    Default(&'a str, &'a str),
    /// Rows of a table are hidden from it.
    Hidden(&'a str, &'a str),
    /// Only a superuser makes this.
    Superuser(&'a str),
}

impl Ground<'_> {
    /// Who makes the schema and what is in it, and why nobody can.
    pub fn choose(&self) -> (As, As, Vec<Note>) {
        let mut notes = self.strangers();
        if self.rights(&self.roles.ours).is_superuser {
            return (As::Ours, As::Ours, notes);
        }
        let others = self.others.keys().map(|role| As::Role(role.clone()));
        let mut candidates: Vec<As> = std::iter::once(As::Owner).chain(others).collect();
        if !self.owners.contains(self.of_source) {
            candidates.push(As::Role(self.of_source.to_owned()));
        }
        candidates.push(As::Ours);
        let weighed = candidates.iter().map(|candidate| (self.missing(candidate), candidate));
        // The first one that lacks the least.
        let Some((missing, maker)) = weighed.min_by_key(|(missing, _)| missing.len()) else { return Default::default() };
        notes.extend(self.told(&missing));
        let makes_schemas = self.doers(maker).iter().all(|(role, _)| self.rights(role).may_create);
        let schema = if makes_schemas { maker.clone() } else { As::Ours };
        (schema, maker.clone(), notes)
    }

    /// The owners that are no roles here.
    fn strangers(&self) -> Vec<Note> {
        let owners = self.owners.iter().copied().chain(self.others.keys().map(String::as_str));
        let unknown: BTreeSet<&str> = owners.filter(|role| !self.roles.known.contains_key(*role)).collect();
        let one = |role: &&str| note("no-role", format!("there is no role {}", shown(role)), "create it first".to_owned());
        unknown.iter().map(one).collect()
    }

    fn rights(&self, role: &str) -> Rights {
        self.roles.known.get(role).cloned().unwrap_or_default()
    }

    /// The roles that a candidate stands for, each with the owners of the targets that it makes.
    fn doers<'a>(&'a self, candidate: &'a As) -> Vec<(&'a str, Vec<&'a str>)> {
        let all: Vec<&str> = self.owners.iter().copied().collect();
        match candidate {
            As::Ours => vec![(&self.roles.ours, all)],
            As::Role(role) => vec![(role, all)],
            As::Owner => all.into_iter().map(|owner| (owner, vec![owner])).collect(),
        }
    }

    fn missing<'a>(&'a self, candidate: &'a As) -> BTreeSet<Missing<'a>> {
        let mut missing = BTreeSet::new();
        // Who is not there is told already.
        let is_there = |role: &&str| self.roles.known.contains_key(*role);
        for (doer, owners) in self.doers(candidate).into_iter().filter(|(doer, _)| is_there(doer)) {
            let rights = self.rights(doer);
            let ours = self.rights(&self.roles.ours);
            if doer != self.roles.ours && !rights.may_become {
                missing.insert(Missing::Become(doer));
            }
            let others = self.others.keys().map(String::as_str);
            for owner in owners.iter().copied().chain(others).filter(is_there) {
                let may_give = owner == doer || rights.gives.contains(owner) || self.rights(owner).gets.contains(doer);
                if !may_give && !rights.is_superuser {
                    missing.insert(Missing::Give(doer, owner));
                }
            }
            let for_it = ours.may_create && owners.iter().all(|owner| self.rights(owner).may_become);
            if !(rights.may_create || for_it && doer != self.roles.ours) {
                missing.insert(Missing::Create(doer));
            }
            for lack in self.lacks.iter().filter(|_| !rights.is_superuser) {
                match (lack.kind, lack.role.as_deref() == Some(doer)) {
                    (LackKind::Superuser, _) => drop(missing.insert(Missing::Superuser(&lack.what))),
                    (LackKind::Right | LackKind::Read, true) => {
                        missing.insert(Missing::Right(doer, lack.what.clone()));
                    }
                    (LackKind::Member, true) => drop(missing.insert(Missing::Right(doer, ident(&lack.what)))),
                    (LackKind::Default, true) => drop(missing.insert(Missing::Default(doer, &lack.what))),
                    (LackKind::Hidden, true) => drop(missing.insert(Missing::Hidden(doer, &lack.what))),
                    (_, false) => {}
                }
            }
        }
        missing
    }

    fn told(&self, missing: &BTreeSet<Missing<'_>>) -> Vec<Note> {
        let mut notes = Vec::new();
        let of = |which: &dyn Fn(&Missing<'_>) -> Option<String>| missing.iter().filter_map(which).collect::<Vec<_>>();
        let strangers = of(&|missing| match missing {
            Missing::Become(role) => Some((*role).to_owned()),
            _ => None,
        });
        if !strangers.is_empty() {
            let names: Vec<String> = strangers.iter().map(|role| self.with_what(role)).collect();
            let what = format!("our role {} may not become who owns it: {}", shown(&self.roles.ours), some(&names));
            let roles: Vec<String> = strangers.iter().map(|role| ident(role)).collect();
            let how = if self.in_parts() { " WITH SET TRUE" } else { "" };
            notes.push(note("other-owner", what, format!("GRANT {} TO {}{how}", roles.join(", "), ident(&self.roles.ours))));
        }
        for one in missing {
            if let Missing::Give(doer, owner) = one {
                let what = format!("{} would make it, and may give nothing to {}", shown(doer), self.with_what(owner));
                let how = if self.in_parts() { " WITH INHERIT TRUE, SET TRUE" } else { "" };
                notes.push(note("other-owner", what, format!("GRANT {} TO {}{how}", ident(owner), ident(doer))));
            }
            if let Missing::Create(doer) = one {
                let label = shown(&self.database.label);
                let who = if *doer == self.roles.ours {
                    format!("our role {} may not make schemas in {label}", shown(doer))
                } else {
                    format!("neither {}, to whom it belongs, nor our role may make schemas in {label}", shown(doer))
                };
                let hint = format!("GRANT CREATE ON DATABASE {} TO {}", ident(&self.database.name), ident(doer));
                notes.push(note("no-create", who, hint));
            }
        }
        notes.extend(missing.iter().filter_map(kept));
        notes.extend(lacking(missing));
        let only: Vec<String> = of(&|missing| match missing {
            Missing::Superuser(what) => Some(shown(what).into_owned()),
            _ => None,
        });
        if !only.is_empty() {
            let hint = "let a superuser clone it, or keep them in a schema that all tenants share".to_owned();
            notes.push(note("needs-superuser", format!("only a superuser may make: {}", some(&only)), hint));
        }
        notes
    }

    /// A role with what belongs to it, where that is not all of it; safe to show.
    fn with_what(&self, role: &str) -> String {
        let named = |what: &Vec<String>| {
            let what: Vec<String> = what.iter().map(|what| shown(what).into_owned()).collect();
            format!("{} ({})", shown(role), some(&what))
        };
        self.others.get(role).map_or_else(|| shown(role).into_owned(), named)
    }

    fn in_parts(&self) -> bool {
        self.database.version >= MEMBERSHIP_IN_PARTS
    }
}

/// What default privileges keep from whoever has them.
fn kept(missing: &Missing<'_>) -> Option<Note> {
    let Missing::Default(role, right) = missing else { return None };
    let what = format!("{} would make it, and its default privileges keep {right} from itself", shown(role));
    let hint = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {0} GRANT {right} TO {0}", ident(role));
    Some(note("keeps-from-itself", what, hint))
}

/// What each role lacks beside memberships, one note for each.
fn lacking(missing: &BTreeSet<Missing<'_>>) -> Vec<Note> {
    let mut rights: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut hidden: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in missing {
        match one {
            Missing::Right(role, right) => rights.entry(role).or_default().push(right.clone()),
            Missing::Hidden(role, table) => hidden.entry(role).or_default().push(shown(table).into_owned()),
            _ => {}
        }
    }
    let right = |(role, rights): (&str, Vec<String>)| {
        let names: Vec<String> = rights.iter().map(|right| shown(right).into_owned()).collect();
        note("lacks-rights", format!("{} would make it, and lacks {}", shown(role), some(&names)), granted(&rights, role))
    };
    let hides = |(role, tables): (&str, Vec<String>)| {
        let what = format!("row security hides rows from {}: {}", shown(role), some(&tables));
        note("rows-hidden", what, "leave these rows out, or let a role with BYPASSRLS clone it".to_owned())
    };
    rights.into_iter().map(right).chain(hidden.into_iter().map(hides)).collect()
}

/// Who reads the rows of a source in another database, by what roles may and lack there.
pub fn reader(roles: &Roles, of_source: &str, lacks: &[Lack]) -> (As, Option<Note>) {
    let ours = roles.ours.as_str();
    let of = |role: &str| -> Vec<&Lack> {
        let reads = |lack: &&Lack| lack.kind.is_of_rows() && lack.role.as_deref() == Some(role);
        lacks.iter().filter(reads).collect()
    };
    let lacking = of(ours);
    if lacking.is_empty() {
        return (As::Ours, None);
    }
    let may_become = roles.known.get(of_source).is_some_and(|rights| rights.may_become);
    if may_become && of(of_source).is_empty() {
        return (As::Role(of_source.to_owned()), None);
    }
    let names: Vec<String> = lacking.iter().map(|lack| shown(&lack.what).into_owned()).collect();
    let rights: Vec<String> =
        lacking.iter().filter(|lack| lack.kind == LackKind::Read).map(|lack| lack.what.clone()).collect();
    let what = format!("our role {} cannot read the rows there: {}", shown(ours), some(&names));
    let hint = if rights.is_empty() { "let a role with BYPASSRLS clone it".to_owned() } else { granted(&rights, ours) };
    (As::Ours, Some(note("lacks-rights", what, hint)))
}

/// Who writes the registry's rows, by what each of these roles lacks for that; the first is ours.
pub fn registrar(writers: &[(String, Vec<String>)]) -> (As, Option<Note>) {
    match whole::registrar(writers) {
        Ok(role) => (role.map_or(As::Ours, As::Role), None),
        Err(why) => (As::Ours, Some(why)),
    }
}

/// The statements that give a role these rights, the first few.
fn granted(rights: &[String], role: &str) -> String {
    let one = |right: &String| format!("GRANT {right} TO {}", ident(role));
    let more = if rights.len() > NAMED { "; and so on" } else { "" };
    format!("{}{more}", rights.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; "))
}

fn some(names: &[String]) -> String {
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn note(rule: &str, what: String, hint: String) -> Note {
    Note { rule: rule.into(), severity: Severity::Danger, refuses: true, place: None, what, hint: Some(hint) }
}

#[cfg(test)]
mod tests;
