//! What may stand at the cursor of a filter text: fields, their words, and values that the fleet has. Must not know the box in
//! which candidates are shown.

use std::collections::BTreeSet;

use super::parse::{FIELDS, Field, ledger_words, pieces, quoted, state_words};
use super::{Analysed, Filter, Name};
use crate::domain::drift::ShapeState;
use crate::domain::fleet::{Entry, Fleet};
use crate::domain::roles::Role;
use crate::domain::units;

/// What may stand at the cursor of a filter text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// The byte from which a chosen candidate replaces the text, up to the cursor.
    pub from: usize,
    /// The candidates with a few words of explanation, the likeliest first. Raw: a name may be hostile.
    pub candidates: Vec<(String, String)>,
}

/// More candidates than this help nobody.
const MOST: usize = 50;

impl Filter {
    /// What may stand at `cursor` (a byte of `text`), with values from the fleet.
    pub fn complete(text: &str, cursor: usize, fleet: &Fleet) -> Completion {
        let mut cursor = cursor.min(text.len());
        while !text.is_char_boundary(cursor) {
            cursor -= 1;
        }
        let before = &text[..cursor];
        let Some(piece) = pieces(before).pop().filter(|piece| piece.to == cursor) else {
            return Completion { from: cursor, candidates: field_candidates("") };
        };
        match piece.field {
            None => {
                let from = piece.value_at;
                let quoted = before[from..].starts_with('"');
                Completion { from, candidates: if quoted { Vec::new() } else { field_candidates(&piece.value) } }
            }
            Some((word, _)) => {
                let field =
                    FIELDS.into_iter().find(|(known, ..)| known.eq_ignore_ascii_case(word)).map(|(_, field, _)| field);
                let candidates = field.map_or_else(Vec::new, |field| value_candidates(field, &piece.value, fleet));
                Completion { from: piece.value_at, candidates }
            }
        }
    }
}

fn field_candidates(start: &str) -> Vec<(String, String)> {
    let start = start.to_lowercase();
    FIELDS
        .iter()
        .filter(|(word, ..)| word.starts_with(&start))
        .map(|(word, field, help)| {
            let sign = if matches!(field, Field::Figure(_) | Field::Day(_)) { '>' } else { ':' };
            (format!("{word}{sign}"), (*help).to_owned())
        })
        .collect()
}

fn value_candidates(field: Field, start: &str, fleet: &Fleet) -> Vec<(String, String)> {
    let start = start.to_lowercase();
    let words = |words: Vec<&str>| {
        let fit = words.into_iter().filter(|word| word.to_lowercase().starts_with(&start)).take(MOST);
        fit.map(|word| (quoted(word), String::new())).collect()
    };
    match field {
        Field::State => words(state_words().collect()),
        Field::Role => words(Role::ALL.map(Role::word).to_vec()),
        Field::Ledger => words(ledger_words().collect()),
        Field::Shape => words(ShapeState::WORDS.to_vec()),
        Field::Cohort => cohorts(&start, fleet),
        Field::Analysed => words(Analysed::ALL.map(Analysed::word).to_vec()),
        Field::Name(Name::Database) => words(fleet.databases.iter().map(|database| database.label.as_str()).collect()),
        Field::Name(name) => words(values(name, fleet).into_iter().collect()),
        Field::Figure(_) | Field::Day(_) => Vec::new(),
    }
}

/// The classes of equals, the largest first of each kind, with what they are.
fn cohorts(start: &str, fleet: &Fleet) -> Vec<(String, String)> {
    let drift = &fleet.drift;
    let shapes = drift.shapes.iter().map(|cohort| (cohort.id, "shape", cohort.state.word(), cohort.members));
    let histories = drift.histories.iter().map(|cohort| (cohort.id, "ledger", cohort.state.word(), cohort.members));
    let fit = shapes.chain(histories).filter(|(id, ..)| start.is_empty() || id.begins_with(start)).take(MOST);
    fit.map(|(id, kind, word, members)| (drift.name(id), format!("{kind} {word}: {}", units::count(members.into()))))
        .collect()
}

/// The values that a field has somewhere. Names of schemas, tenants and domains are too many to be offered.
fn values(name: Name, fleet: &Fleet) -> BTreeSet<&str> {
    fn of<'a>(name: Name, entry: &Entry<'a>) -> Option<&'a str> {
        match name {
            Name::Owner => Some(&entry.schema?.owner),
            Name::Plan => entry.tenant?.plan.as_deref(),
            Name::TimeZone => entry.tenant?.time_zone.as_deref(),
            Name::Database | Name::Schema | Name::Tenant | Name::Domain => None,
        }
    }
    fleet.entries().filter_map(|entry| of(name, &entry)).filter(|value| !value.is_empty()).collect()
}
