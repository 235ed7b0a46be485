//! The recipe of a clone, from the parts of its source. Pure; must not know how they were read, nor how the recipe is sent.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::order::{Order, Step, order};
use super::texts::Texts;
use super::{Copy, Made, Recipe, Rows, Template};
use crate::domain::blueprint::{Blueprint, Part, PartKind, RowTable};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::sqltext::ident;

/// How a schema is made again, with these rows. `seed` are the raw names of the tables that [`Rows::Seed`] means.
///
/// The fault tells what needs each other in a circle that no order can break.
pub fn recipe(blueprint: &Blueprint, rows: &Rows, seed: &[String]) -> Result<Recipe, Fault> {
    let writer = Writer { blueprint, texts: texts(blueprint) };
    let order = order(blueprint).map_err(|circle| {
        let names: Vec<String> = circle.iter().take(5).map(|name| shown(name).to_string()).collect();
        Fault::new(FaultKind::Usage, format!("these need each other, so that none can be made first: {}", names.join(", ")))
    })?;
    Ok(Recipe {
        structure: writer.structure(&order),
        copies: copies(blueprint, rows, seed),
        finish: writer.finish(&order),
        owners: writer.owners(),
        last: writer.last(),
    })
}

/// The source's name in its texts.
pub(super) fn texts(blueprint: &Blueprint) -> Texts {
    let named = blueprint.parts.iter().filter_map(|part| part.subject.as_deref());
    let own: HashSet<String> = named.filter_map(bare).collect();
    Texts::new(&blueprint.schema, own)
}

/// The raw name in `TABLE $.name`, `ROUTINE $.name(integer)`.
fn bare(subject: &str) -> Option<String> {
    let tokens = crate::sqltext::lexer::tokens(subject);
    let sign = tokens.iter().position(|token| token.is_symbol("$"))?;
    // What stands on a table is not named with the schema.
    let is_alone = !tokens[..sign].iter().any(|token| token.is_word("on"));
    tokens.get(sign + 2).filter(|_| is_alone)?.name().map(std::borrow::Cow::into_owned)
}

struct Writer<'a> {
    blueprint: &'a Blueprint,
    texts: Texts,
}

impl Writer<'_> {
    fn made(&self, part: &Part, sql: &str) -> Made {
        let sql = if part.kind == PartKind::Enum { Texts::plain(sql) } else { self.texts.statement(sql) };
        // The kind comes first: people count by it.
        let what = match part.kind {
            PartKind::Grant => format!("grant on {}", part.what),
            PartKind::DefaultGrant => format!("grant of {}", part.what),
            PartKind::State | PartKind::IndexState => format!("state of {}", part.what),
            _ => part.what.clone(),
        };
        Made { what, sql }
    }

    fn structure(&self, order: &Order) -> Vec<Made> {
        let parts = &self.blueprint.parts;
        let columns = self.columns();
        let text = |part: &Part, extra: bool| {
            let sql = if extra { part.extra.as_deref() } else { part.sql.as_deref() };
            self.made(part, sql.unwrap_or_default())
        };
        let step = |step: &Step| match step {
            Step::Make(at) => text(&parts[*at], false),
            Step::Extra(at) | Step::Stub(at) => text(&parts[*at], true),
            Step::Table(at, clauses) => {
                let clauses: Vec<&Part> = clauses.iter().map(|at| &parts[*at]).collect();
                self.table(&parts[*at], columns.get(&parts[*at].at.oid).map_or(&[], Vec::as_slice), &clauses)
            }
        };
        order.steps.iter().map(step).collect()
    }

    /// The columns of each table in their order.
    fn columns(&self) -> BTreeMap<u32, Vec<&Part>> {
        let mut columns: BTreeMap<u32, Vec<&Part>> = BTreeMap::new();
        for part in self.of(PartKind::Column).filter(|part| part.sql.is_some()) {
            columns.entry(part.of).or_default().push(part);
        }
        for columns in columns.values_mut() {
            columns.sort_by_key(|part| part.place);
        }
        columns
    }

    fn of(&self, kind: PartKind) -> impl Iterator<Item = &Part> {
        self.blueprint.parts.iter().filter(move |part| part.kind == kind)
    }

    fn table(&self, table: &Part, columns: &[&Part], clauses: &[&Part]) -> Made {
        let sql = |part: &Part| part.sql.clone().unwrap_or_default();
        let column = |column: &&Part| {
            let default = clauses.iter().find(|clause| clause.kind == PartKind::Default && clause.place == column.place);
            sql(column) + &default.map(|default| sql(default)).unwrap_or_default()
        };
        let mut lines: Vec<String> = columns.iter().map(column).collect();
        let mut checks: Vec<&&Part> = clauses.iter().filter(|clause| clause.kind == PartKind::Check).collect();
        checks.sort_by_key(|check| &check.what);
        lines.extend(checks.into_iter().map(|check| sql(check)));
        let body = if lines.is_empty() { String::new() } else { format!("\n    {}\n", lines.join(",\n    ")) };
        self.made(table, &format!("{} ({body}){}", sql(table), table.extra.as_deref().unwrap_or_default()))
    }

    /// What stands after the rows.
    fn finish(&self, order: &Order) -> Vec<Made> {
        let is_early = |number: &usize| order.early.contains(number);
        let numbered =
            || self.blueprint.parts.iter().enumerate().filter(|(number, _)| !is_early(number)).map(|(_, part)| part);
        let sorted = |kinds: &[PartKind]| {
            let mut parts: Vec<&Part> = numbered().filter(|part| kinds.contains(&part.kind)).collect();
            parts.sort_by_key(|part| (part.place, part.kind, &part.what));
            parts
        };
        let mut made = Vec::new();
        let mut write = |parts: &[&Part], sql: fn(&Part) -> Option<&str>| {
            made.extend(parts.iter().filter_map(|part| Some(self.made(part, sql(part)?))));
        };
        write(&sorted(&[PartKind::Key, PartKind::Index]), |part| part.sql.as_deref());
        write(&sorted(&[PartKind::IndexState]), |part| part.sql.as_deref());
        let filled = order.steps.iter().filter_map(|step| match step {
            Step::Make(at) => {
                Some(&self.blueprint.parts[*at]).filter(|part| part.kind == PartKind::Matview && part.place == 1)
            }
            _ => None,
        });
        made.extend(filled.filter_map(|part| {
            let name = part.subject.as_deref()?.strip_prefix("MATERIALIZED VIEW ")?;
            Some(Made {
                what: format!("rows of {}", part.what),
                sql: self.texts.statement(&format!("REFRESH MATERIALIZED VIEW {name}")),
            })
        }));
        let mut write = |parts: &[&Part], sql: fn(&Part) -> Option<&str>| {
            made.extend(parts.iter().filter_map(|part| Some(self.made(part, sql(part)?))));
        };
        for kind in [PartKind::ForeignKey, PartKind::LateCheck] {
            write(&sorted(&[kind]), |part| {
                if part.kind == PartKind::LateCheck { part.extra.as_deref() } else { part.sql.as_deref() }
            });
        }
        let behaviour = sorted(&[PartKind::Rule, PartKind::Policy, PartKind::Trigger]);
        write(&behaviour, |part| part.sql.as_deref());
        write(&behaviour, |part| part.extra.as_deref());
        write(&sorted(&[PartKind::State]), |part| part.sql.as_deref());
        made
    }

    /// Who owns it, which decides who may do the rest. Who gets something in a schema of another one must have been able to make it
    /// there; that is taken away with whatever else nobody granted.
    fn owners(&self) -> Vec<Made> {
        let owned = self.sorted(|part| part.subject.is_some() && part.owner.is_some());
        let others: BTreeSet<&str> =
            owned.iter().filter_map(|part| part.owner.as_deref()).filter(|owner| *owner != self.blueprint.owner).collect();
        let lent = others.into_iter().map(|owner| {
            let mut sql = Template::text("GRANT CREATE ON SCHEMA ");
            sql.push_schema().push(" TO ").push(&ident(owner));
            Made { what: format!("grant on schema, lent to {owner}"), sql }
        });
        lent.chain(owned.into_iter().filter_map(|part| self.owner(part))).collect()
    }

    /// What opens it to others; the schema's own comment last.
    fn last(&self) -> Vec<Made> {
        let mut made = Vec::new();
        for kind in [PartKind::Grant, PartKind::DefaultGrant] {
            let given = self.sorted(|part| part.kind == kind);
            made.extend(given.into_iter().filter_map(|part| Some(self.made(part, part.sql.as_deref()?))));
        }
        let comments = self.sorted(|part| part.comment.is_some() && part.kind != PartKind::Schema);
        let itself = self.of(PartKind::Schema);
        made.extend(comments.into_iter().chain(itself).filter_map(|part| self.comment(part)));
        made
    }

    fn sorted(&self, which: impl Fn(&Part) -> bool) -> Vec<&Part> {
        let mut parts: Vec<&Part> = self.blueprint.parts.iter().filter(|part| which(part)).collect();
        parts.sort_by_key(|part| (part.kind, &part.what, part.place));
        parts
    }

    fn owner(&self, part: &Part) -> Option<Made> {
        let (subject, owner) = (part.subject.as_deref()?, part.owner.as_deref()?);
        let mut sql = self.texts.statement(&format!("ALTER {subject} OWNER TO "));
        if owner == self.blueprint.owner {
            sql.push_owner();
        } else {
            sql.push(&ident(owner));
        }
        Some(Made { what: format!("owner of {}", part.what), sql })
    }

    /// The schema says again what it said, or nothing: it was marked while it was made.
    fn comment(&self, part: &Part) -> Option<Made> {
        let mut sql = self.texts.statement(&format!("COMMENT ON {} IS ", part.subject.as_deref()?));
        match part.comment.as_deref() {
            Some(comment) => sql.append(&self.texts.literal(comment)),
            None => sql.push("NULL"),
        };
        Some(Made { what: format!("comment on {}", part.what), sql })
    }
}

/// The tables whose rows are copied. Rows of a partitioned table are those of its partitions.
fn copies(blueprint: &Blueprint, rows: &Rows, seed: &[String]) -> Vec<Copy> {
    let named: BTreeSet<&str> = match rows {
        Rows::None => return Vec::new(),
        Rows::All => blueprint.tables.iter().map(|table| table.name.as_str()).collect(),
        Rows::Seed => seed.iter().map(String::as_str).collect(),
        Rows::Tables(tables) => tables.iter().map(String::as_str).collect(),
    };
    let is_meant = |table: &&RowTable| {
        named.contains(table.name.as_str()) || table.partition_of.iter().any(|parent| named.contains(parent.as_str()))
    };
    let copy = |table: &RowTable| Copy {
        table: table.name.clone(),
        columns: table.columns.clone(),
        rows: table.rows,
        bytes: table.bytes,
        sequences: table.sequences.clone(),
    };
    blueprint.tables.iter().filter(is_meant).map(copy).collect()
}

#[cfg(test)]
mod tests;
