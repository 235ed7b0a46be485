//! From the text of a filter to its terms, and the words of the language. Must not know rows.

use super::{Analysed, Compare, Day, Figure, Filter, FilterError, Name, Needle, State, Term, Test};
use crate::domain::catalog::LedgerDialect;
use crate::domain::drift::{LedgerState, ShapeState};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::domain::roles::{Oddity, Role};

/// What a field compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name(Name),
    Role,
    State,
    Ledger,
    Shape,
    Cohort,
    Analysed,
    Figure(Figure),
    Day(Day),
}

/// Every field with its word and what the completion says of it, in the order in which they are offered.
pub(super) const FIELDS: [(&str, Field, &str); 27] = [
    ("state", Field::State, "what is odd in any column: orphan, behind, ok ..."),
    ("db", Field::Name(Name::Database), "a database"),
    ("role", Field::Role, "tenant, orphan, shared ..."),
    ("schema", Field::Name(Name::Schema), "a schema; * stands for anything"),
    ("tenant", Field::Name(Name::Tenant), "a tenant's name; * stands for anything"),
    ("domain", Field::Name(Name::Domain), "a domain; * stands for anything"),
    ("owner", Field::Name(Name::Owner), "the role that owns the schema"),
    ("plan", Field::Name(Name::Plan), "the tenant's plan"),
    ("tz", Field::Name(Name::TimeZone), "the tenant's time zone"),
    ("ledger", Field::Ledger, "the tool or the state: django, flyway, behind, gap, none ..."),
    ("shape", Field::Shape, "reference, differs, renamed ..."),
    ("cohort", Field::Cohort, "a class of equals by its first digits"),
    ("behind", Field::Figure(Figure::Behind), "migrations that it misses: behind>=2"),
    ("ahead", Field::Figure(Figure::Ahead), "migrations beyond the head: ahead>0"),
    ("differences", Field::Figure(Figure::Differences), "objects that differ: differences>3"),
    ("ghosts", Field::Figure(Figure::Ghosts), "applications recorded without tables: ghosts>0"),
    ("analysed", Field::Analysed, "never, partly, all: whether the planner knows the figures"),
    ("tables", Field::Figure(Figure::Tables), "number of tables: tables>90"),
    ("rows", Field::Figure(Figure::Rows), "estimated rows: rows>=1k"),
    ("size", Field::Figure(Figure::Bytes), "estimated bytes: size>10MB"),
    ("bytes", Field::Figure(Figure::Bytes), "the same as size"),
    ("created", Field::Day(Day::Created), "the tenant's first day: created>2025-01"),
    ("active", Field::Day(Day::Active), "the newest activity: active<2025"),
    ("indexes", Field::Figure(Figure::Indexes), "number of indexes"),
    ("sequences", Field::Figure(Figure::Sequences), "number of sequences"),
    ("views", Field::Figure(Figure::Views), "number of views"),
    ("functions", Field::Figure(Figure::Functions), "number of functions"),
];

pub(super) const LEDGERS: [LedgerDialect; 13] = LedgerDialect::ALL;

/// The words that may stand behind `ledger:`: dialects and states.
pub(super) fn ledger_words() -> impl Iterator<Item = &'static str> {
    LEDGERS.into_iter().map(LedgerDialect::word).chain(LedgerState::WORDS)
}

impl Name {
    pub(super) fn word(self) -> &'static str {
        word_of(Field::Name(self))
    }
}

impl Figure {
    pub(super) fn word(self) -> &'static str {
        word_of(Field::Figure(self))
    }
}

impl Day {
    pub(super) fn word(self) -> &'static str {
        word_of(Field::Day(self))
    }
}

fn word_of(wanted: Field) -> &'static str {
    FIELDS.into_iter().find(|(_, field, _)| *field == wanted).map_or("", |(word, ..)| word)
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Odd => "odd",
            Self::Word(word) => word,
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "ok" => Some(Self::Ok),
            "odd" => Some(Self::Odd),
            _ => Oddity::WORDS.into_iter().find(|known| *known == word).map(Self::Word),
        }
    }
}

impl Analysed {
    pub(super) const ALL: [Self; 3] = [Self::Never, Self::Partly, Self::All];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Partly => "partly",
            Self::All => "all",
        }
    }
}

pub(super) fn state_words() -> impl Iterator<Item = &'static str> {
    Oddity::WORDS.into_iter().chain(["ok", "odd"])
}

impl Compare {
    const SIGNS: [(&'static str, Self); 6] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::More),
        ("<", Self::Less),
        ("=", Self::Equal),
        (":", Self::Equal),
    ];

    pub(super) fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(_, compare)| *compare == self).map_or("=", |(sign, _)| sign)
    }
}

/// One term of a text, cut but not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The byte where it starts, `!` included.
    pub(super) at: usize,
    /// The byte after its end.
    pub(super) to: usize,
    pub(super) inverted: bool,
    /// The word before the comparison and its start; `None` for free text.
    pub(super) field: Option<(&'a str, usize)>,
    pub(super) compare: Compare,
    /// The value without quotes, and where it starts in the text.
    pub(super) value: String,
    pub(super) value_at: usize,
}

/// Cuts a text at spaces that no quote keeps together.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|skip| at + skip) {
        let inverted = text[start..].starts_with('!');
        let body = start + usize::from(inverted);
        let (field, compare, value_at) = match field_end(&text[body..]) {
            Some((len, sign, compare)) => (Some((&text[body..body + len], body)), compare, body + len + sign),
            None => (None, Compare::Equal, body),
        };
        let (value, to) = value(text, value_at);
        pieces.push(Piece { at: start, to, inverted, field, compare, value, value_at });
        at = to;
    }
    pieces
}

/// The length of the word before a comparison, and of the comparison. A text in quotes has none.
fn field_end(body: &str) -> Option<(usize, usize, Compare)> {
    let end = body.find(|c: char| c.is_whitespace() || ":<>=\"".contains(c))?;
    let (sign, compare) = Compare::SIGNS.into_iter().find(|(sign, _)| body[end..].starts_with(sign))?;
    Some((end, sign.len(), compare))
}

fn value(text: &str, at: usize) -> (String, usize) {
    let rest = &text[at..];
    let Some(inside) = rest.strip_prefix('"') else {
        let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
        return (rest[..len].to_owned(), at + len);
    };
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((offset, c)) = chars.next() {
        match c {
            '"' => return (value, at + 1 + offset + 1),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, text.len())
}

pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut terms = Vec::new();
    for piece in pieces(text) {
        let error = |at, what: String, allowed: Vec<String>| Err(FilterError { at, to: piece.to, what, allowed });
        let asked = match piece.field {
            None if piece.value.is_empty() && piece.inverted && piece.to == piece.at + 1 => {
                return error(piece.at, "nothing stands behind !".to_owned(), Vec::new());
            }
            // An empty pair of quotes asks for nothing.
            None if piece.value.is_empty() => continue,
            None => Test::Text(Needle::new(&piece.value)),
            Some((word, at)) => {
                let Some((_, field, _)) = FIELDS.into_iter().find(|(known, ..)| known.eq_ignore_ascii_case(word)) else {
                    let what = format!("there is no field \"{}\"; put a text with : < > = in quotes", shown(word));
                    return error(at, what, FIELDS.map(|(word, ..)| word.to_owned()).to_vec());
                };
                match understood(field, &piece) {
                    Ok(understood) => understood,
                    Err((what, allowed)) => {
                        return error(if piece.value.is_empty() { at } else { piece.value_at }, what, allowed);
                    }
                }
            }
        };
        terms.push(Term { inverted: piece.inverted, test: asked });
    }
    Ok(Filter { terms })
}

fn understood(field: Field, piece: &Piece<'_>) -> Result<Test, (String, Vec<String>)> {
    let (compare, value, word) = (piece.compare, piece.value.as_str(), word_of(field));
    let lower = value.to_lowercase();
    if compare != Compare::Equal && !matches!(field, Field::Figure(_) | Field::Day(_)) {
        return Err((format!("{word} is not a number: it is compared with : only"), Vec::new()));
    }
    let unknown = |mut words: Vec<&str>| {
        // What was probably meant stands first: a narrow screen shows no more.
        let near = nearest(&lower, words.iter().copied());
        if let Some(at) = words.iter().position(|word| Some(*word) == near) {
            words[..=at].rotate_right(1);
        }
        let what = if value.is_empty() {
            format!("a value is missing behind {word}")
        } else {
            format!("{word} is never \"{}\"", shown(value))
        };
        (what, words.into_iter().map(str::to_owned).collect())
    };
    match field {
        Field::Name(_) if value.is_empty() => Err(unknown(Vec::new())),
        Field::Name(name) => Ok(Test::Name(name, Needle::new(value))),
        Field::Role => match Role::ALL.into_iter().find(|role| role.word() == lower) {
            Some(role) => Ok(Test::Role(role)),
            None => Err(unknown(Role::ALL.map(Role::word).to_vec())),
        },
        Field::State => State::from_word(&lower).map(Test::State).ok_or_else(|| unknown(state_words().collect())),
        Field::Ledger if lower == "none" => Ok(Test::Ledger(None)),
        Field::Ledger => match LEDGERS.into_iter().find(|dialect| dialect.word() == lower) {
            Some(dialect) => Ok(Test::Ledger(Some(dialect))),
            None => match LedgerState::WORDS.into_iter().find(|word| *word == lower) {
                Some(word) => Ok(Test::LedgerState(word)),
                None => Err(unknown(ledger_words().collect())),
            },
        },
        Field::Shape => match ShapeState::WORDS.into_iter().find(|word| *word == lower) {
            Some(word) => Ok(Test::Shape(word)),
            None => Err(unknown(ShapeState::WORDS.to_vec())),
        },
        Field::Cohort if (1..=16).contains(&lower.len()) && lower.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Ok(Test::Cohort(lower))
        }
        Field::Cohort => Err(unknown(vec!["09bc"])),
        Field::Analysed => match Analysed::ALL.into_iter().find(|analysed| analysed.word() == lower) {
            Some(analysed) => Ok(Test::Analysed(analysed)),
            None => Err(unknown(Analysed::ALL.map(Analysed::word).to_vec())),
        },
        Field::Figure(figure) => number(&lower, figure == Figure::Bytes)
            .map(|than| Test::Figure { figure, compare, than, typed: value.to_owned() })
            .ok_or_else(|| {
                let units =
                    if figure == Figure::Bytes { ["90", "64kB", "10MB", "1.5GB"] } else { ["90", "1k", "1.5M", "2G"] };
                unknown(units.to_vec())
            }),
        Field::Day(day) if is_day(value) => Ok(Test::Day { day, compare, than: value.to_owned() }),
        Field::Day(_) => Err(unknown(vec!["2025", "2025-01", "2025-01-31"])),
    }
}

/// A number such as `90`, `1.5k`; of bytes also `10MB`. Of counts a thousand is 1,000, of bytes 1,024.
fn number(lower: &str, bytes: bool) -> Option<u64> {
    let digits = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let unit = if bytes { unit.strip_suffix('b').unwrap_or(unit) } else { unit };
    let power = ["", "k", "m", "g", "t"].iter().position(|known| *known == unit)?;
    let factor = if bytes { 1024_u64 } else { 1000 }.pow(power as u32);
    match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(factor),
        Err(_) if number.starts_with(|c: char| c.is_ascii_digit()) => {
            let value = number.parse::<f64>().ok()? * factor as f64;
            (value < 1.8e19).then_some(value.round() as u64)
        }
        Err(_) => None,
    }
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let within = |part: &str, len: usize, range: std::ops::RangeInclusive<u16>| {
        part.len() == len && part.bytes().all(|b| b.is_ascii_digit()) && part.parse().is_ok_and(|n| range.contains(&n))
    };
    let widths = [(4, 0..=9999), (2, 1..=12), (2, 1..=31)];
    parts.len() <= 3 && parts.iter().zip(widths).all(|(part, (len, range))| within(part, len, range))
}

/// A value as it may be typed: in quotes where it must.
pub(super) fn quoted(value: &str) -> String {
    if value.is_empty() || value.starts_with('"') || value.contains(char::is_whitespace) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

/// Free text as it may be typed: in quotes where it would mean something else.
pub(super) fn quoted_text(text: &str) -> String {
    if text.starts_with('!') || text.contains([':', '<', '>', '=', '"']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        quoted(text)
    }
}
