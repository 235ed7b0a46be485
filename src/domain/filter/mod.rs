//! The filter language of the tenant list and of `--filter`: pure over [`Entry`]. Must not know who typed it.
//!
//! Terms stand apart by spaces and all of them must hold; `!` before a term inverts it; quotes keep spaces together.
//!
//! | term | holds for |
//! |---|---|
//! | `acme`, `"acme corp"` | this text in the tenant's name, the schema or a domain, in any case |
//! | `db:eu-1` `schema:` `tenant:` `domain:` `owner:` `plan:` `tz:` | exactly this name, in any case; `*` stands for any run of characters, `?` for one |
//! | `role:orphan` | this role |
//! | `state:orphan`, `state:ok`, `state:odd` | this oddity, none, any |
//! | `ledger:django`, `ledger:none` | a ledger of this dialect, none |
//! | `ledger:behind`, `shape:differs` | this state against the head, against the reference |
//! | `cohort:09bc` | the class of equal structures or of equal histories whose name begins so |
//! | `behind>=2` `ahead>0` `differences>3` `ghosts>0` | this many migrations missing or beyond, objects that differ, applications without tables |
//! | `analysed:never`, `partly`, `all` | none, some, each of its tables was analysed, so that its figures are known |
//! | `tables>90` `rows>=1k` `size<10MB` | this figure; also `indexes`, `sequences`, `views`, `functions` |
//! | `created>2025-01` `active<2024` | after that month, before that year |

mod complete;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::tz::TimeZone;

pub use self::complete::Completion;
use super::catalog::LedgerDialect;
use super::fleet::Entry;
use super::name::shown;
use super::roles::{Oddity, Role, matches};

/// A parsed filter: all of its terms must hold. The empty filter shows all but the system's schemas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// Why a filter text is wrong: where, what, and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The byte where the wrong part starts.
    pub at: usize,
    /// The byte after its end.
    pub to: usize,
    /// A lower-case fragment, safe to show.
    pub what: String,
    /// What may stand there.
    pub allowed: Vec<String>,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {})", self.what, self.at + 1)?;
        if !self.allowed.is_empty() {
            write!(f, "; allowed: {}", self.allowed.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for FilterError {}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    inverted: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Text(Needle),
    Name(Name, Needle),
    Role(Role),
    State(State),
    Ledger(Option<LedgerDialect>),
    LedgerState(&'static str),
    Shape(&'static str),
    Cohort(String),
    Analysed(Analysed),
    Figure { figure: Figure, compare: Compare, than: u64, typed: String },
    Day { day: Day, compare: Compare, than: String },
}

/// Texts that are compared whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Database,
    Schema,
    Tenant,
    Domain,
    Owner,
    Plan,
    TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Odd,
    Word(&'static str),
}

/// How many of a schema's tables the planner knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Analysed {
    Never,
    Partly,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Tables,
    Indexes,
    Sequences,
    Views,
    Functions,
    Rows,
    Bytes,
    Behind,
    Ahead,
    Differences,
    Ghosts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Created,
    Active,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Compare {
    fn holds<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }
}

impl Filter {
    /// Understands a text such as `acme state:orphan tables>90`. A quote that is still open ends with the text.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text)
    }

    /// The text of a filter that shows one database.
    pub fn of_database(label: &str) -> String {
        format!("db:{}", parse::quoted(label))
    }

    /// Whether it has no term.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it asks for what only a reading of ledgers and structures can tell.
    pub fn needs_drift(&self) -> bool {
        self.terms.iter().any(|term| match &term.test {
            Test::State(State::Word(word)) => {
                Oddity::ALL.iter().any(|oddity| oddity.word() == *word && oddity.is_of_drift())
            }
            Test::LedgerState(_) | Test::Shape(_) | Test::Cohort(_) => true,
            Test::Figure { figure, .. } => {
                matches!(figure, Figure::Behind | Figure::Ahead | Figure::Differences | Figure::Ghosts)
            }
            _ => false,
        })
    }

    /// Whether the row is to be shown. Schemas of the system itself are hidden unless the filter asks for `role:system`.
    pub fn keeps(&self, entry: &Entry<'_>) -> bool {
        let asked = || self.terms.iter().any(|term| !term.inverted && term.test == Test::Role(Role::System));
        (entry.row.role != Role::System || asked()) && self.terms.iter().all(|term| term.test.holds(entry) != term.inverted)
    }
}

impl Test {
    fn holds(&self, entry: &Entry<'_>) -> bool {
        match self {
            Self::Text(needle) => {
                entry.tenant.is_some_and(|tenant| {
                    tenant.name.as_deref().is_some_and(|name| needle.is_in(name))
                        || tenant.domains.iter().any(|domain| needle.is_in(&domain.name))
                }) || needle.is_in(entry.schema_name())
            }
            Self::Name(name, needle) => needle.fits_any_of(*name, entry),
            Self::Role(role) => entry.row.role == *role,
            Self::State(State::Ok) => entry.row.oddities.is_empty(),
            Self::State(State::Odd) => !entry.row.oddities.is_empty(),
            Self::State(State::Word(word)) => entry.row.oddities.iter().any(|oddity| oddity.word() == *word),
            Self::Ledger(dialect) => entry.schema.is_some_and(|s| s.ledger.as_ref().map(|l| l.dialect) == *dialect),
            Self::LedgerState(word) => entry.verdict().is_some_and(|verdict| verdict.ledger.word() == *word),
            Self::Shape(word) => entry.verdict().is_some_and(|verdict| verdict.shape.word() == *word),
            Self::Cohort(digits) => entry.verdict().is_some_and(|verdict| {
                let mut cohorts = [verdict.shape_cohort, verdict.history_cohort].into_iter().flatten();
                cohorts.any(|cohort| cohort.begins_with(digits))
            }),
            Self::Analysed(wanted) => entry.counts().is_some_and(|counts| match wanted {
                Analysed::Never => counts.is_unknown(),
                Analysed::Partly => counts.never_analysed > 0 && !counts.is_unknown(),
                Analysed::All => counts.never_analysed == 0,
            }),
            Self::Figure { figure, compare, than, .. } => {
                figure.of(entry).is_some_and(|figure| compare.holds(&figure, than))
            }
            Self::Day { day, compare, than } => match day {
                Day::Created => {
                    entry.tenant.and_then(|t| t.created.as_deref()).is_some_and(|day| same_length(*compare, day, than))
                }
                Day::Active => entry.schema.and_then(|schema| schema.activity).is_some_and(|activity| {
                    same_length(*compare, &activity.at.to_zoned(TimeZone::UTC).date().to_string(), than)
                }),
            },
        }
    }
}

/// `2025-01` means the whole month: a day is compared by as much of it as was given.
fn same_length(compare: Compare, day: &str, than: &str) -> bool {
    day.get(..than.len()).is_some_and(|day| compare.holds(day, than))
}

impl Figure {
    fn of(self, entry: &Entry<'_>) -> Option<u64> {
        let verdict = || entry.verdict();
        let of_drift = match self {
            Self::Behind => verdict()?.ledger.figures()?.0,
            Self::Ahead => verdict()?.ledger.figures()?.1,
            Self::Differences => verdict()?.shape.differences()?,
            Self::Ghosts => verdict()?.ghosts,
            _ => return self.counted(entry),
        };
        Some(of_drift.into())
    }

    fn counted(self, entry: &Entry<'_>) -> Option<u64> {
        let counts = entry.counts()?;
        Some(match self {
            Self::Tables => counts.tables.into(),
            Self::Indexes => counts.indexes.into(),
            Self::Sequences => counts.sequences.into(),
            Self::Views => counts.views.into(),
            Self::Functions => counts.functions.into(),
            Self::Rows => counts.rows,
            Self::Bytes => counts.bytes,
            Self::Behind | Self::Ahead | Self::Differences | Self::Ghosts => return None,
        })
    }
}

/// A text to look for in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Needle {
    typed: String,
    lower: String,
    pattern: bool,
}

impl Needle {
    fn new(typed: &str) -> Self {
        Self { typed: typed.to_owned(), lower: typed.to_lowercase(), pattern: typed.contains(['*', '?']) }
    }

    /// Whether it is a part of `text`, or of what a person sees of `text`.
    fn is_in(&self, text: &str) -> bool {
        self.is_part_of(text) || (self.lower.contains(['\\', '<']) && self.is_part_of(&shown(text)))
    }

    fn is_part_of(&self, text: &str) -> bool {
        if !self.lower.is_ascii() {
            return text.to_lowercase().contains(&self.lower);
        }
        // Most filters are ASCII, and so are most names: no copy is made for each of a hundred thousand rows.
        let (needle, text) = (self.lower.as_bytes(), text.as_bytes());
        let Some((&first, rest)) = needle.split_first() else { return true };
        let upper = first.to_ascii_uppercase();
        let last_start = (text.len() + 1).saturating_sub(needle.len());
        (0..last_start)
            .any(|at| (text[at] == first || text[at] == upper) && text[at + 1..at + needle.len()].eq_ignore_ascii_case(rest))
    }

    fn fits(&self, text: &str) -> bool {
        if self.pattern {
            matches(&self.lower, &text.to_lowercase())
        } else if self.lower.is_ascii() {
            self.lower.eq_ignore_ascii_case(text)
        } else {
            self.lower == text.to_lowercase()
        }
    }

    fn fits_any_of(&self, name: Name, entry: &Entry<'_>) -> bool {
        let of_tenant = |text: Option<&String>| text.is_some_and(|text| self.fits(text));
        match name {
            Name::Database => self.fits(&entry.database.label),
            Name::Schema => self.fits(entry.schema_name()),
            Name::Tenant => entry.tenant_name().is_some_and(|name| self.fits(name)),
            Name::Domain => entry.tenant.is_some_and(|t| t.domains.iter().any(|domain| self.fits(&domain.name))),
            Name::Owner => entry.schema.is_some_and(|schema| self.fits(&schema.owner)),
            Name::Plan => of_tenant(entry.tenant.and_then(|tenant| tenant.plan.as_ref())),
            Name::TimeZone => of_tenant(entry.tenant.and_then(|tenant| tenant.time_zone.as_ref())),
        }
    }
}

impl fmt::Display for Filter {
    /// A text that [`Filter::parse`] understands as the same filter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            if term.inverted {
                f.write_str("!")?;
            }
            match &term.test {
                Test::Text(needle) => f.write_str(&parse::quoted_text(&needle.typed))?,
                Test::Name(name, needle) => write!(f, "{}:{}", name.word(), parse::quoted(&needle.typed))?,
                Test::Role(role) => write!(f, "role:{}", role.word())?,
                Test::State(state) => write!(f, "state:{}", state.word())?,
                Test::Ledger(dialect) => write!(f, "ledger:{}", dialect.map_or("none", LedgerDialect::word))?,
                Test::LedgerState(word) => write!(f, "ledger:{word}")?,
                Test::Shape(word) => write!(f, "shape:{word}")?,
                Test::Cohort(digits) => write!(f, "cohort:{digits}")?,
                Test::Analysed(analysed) => write!(f, "analysed:{}", analysed.word())?,
                Test::Figure { figure, compare, typed, .. } => write!(f, "{}{}{typed}", figure.word(), compare.sign())?,
                Test::Day { day, compare, than } => write!(f, "{}{}{than}", day.word(), compare.sign())?,
            }
        }
        Ok(())
    }
}
