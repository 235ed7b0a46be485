//! Takes values out of a parsed file one by one, and notes each that is not what it should be. Must not know the keys of
//! `fleet.toml`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Level, Mistake, Positions, quoted};
use crate::domain::nearest::nearest;

/// A key or a value with its place in the text.
pub(super) type Key<'a> = Spanned<Cow<'a, str>>;
/// A value with its place in the text.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// The walk through one file.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    positions: Positions<'a>,
    /// Lines that are not TOML at all: what else is wrong there is an echo.
    broken: BTreeSet<u32>,
    mistakes: Vec<Mistake>,
    lines: BTreeMap<String, u32>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { positions: Positions::new(text), broken: BTreeSet::new(), mistakes: Vec::new(), lines: BTreeMap::new() }
    }

    /// The mistakes in the order of the file, and the line of each value that was taken.
    pub(super) fn finish(mut self) -> (Vec<Mistake>, BTreeMap<String, u32>) {
        self.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        (self.mistakes, self.lines)
    }

    /// Notes a line that is not TOML.
    pub(super) fn not_toml(&mut self, span: Option<Range<usize>>, message: &str) {
        let (line, column) = self.positions.of(span.map_or(0, |span| span.start));
        // One slip makes the parser complain several times on the same line: the first complaint is the one that helps.
        if self.broken.insert(line) {
            let what = message.lines().next().unwrap_or("not TOML").to_owned();
            self.mistakes.push(Mistake { line, column, level: Level::Error, what, hint: None });
        }
    }

    /// Whether a part of the file could not be read, so that what seems absent may be there.
    pub(super) fn has_gaps(&self) -> bool {
        !self.broken.is_empty()
    }

    pub(super) fn error(&mut self, span: Range<usize>, what: impl Into<String>, hint: impl Into<Option<String>>) {
        self.note(Level::Error, span, what.into(), hint.into());
    }

    pub(super) fn warning(&mut self, span: Range<usize>, what: impl Into<String>, hint: impl Into<Option<String>>) {
        self.note(Level::Warning, span, what.into(), hint.into());
    }

    fn note(&mut self, level: Level, span: Range<usize>, what: String, hint: Option<String>) {
        let (line, column) = self.positions.of(span.start);
        if !self.broken.contains(&line) {
            self.mistakes.push(Mistake { line, column, level, what, hint });
        }
    }

    /// A key that nobody knows. `place` is where it stands, such as `[env.prod]`.
    pub(super) fn unknown(&mut self, key: &Key<'_>, place: &str, allowed: &[&str]) {
        let word = key.get_ref();
        let what = format!("unknown key {} {place}", quoted(word));
        self.error(key.span(), what, Some(meant(word, allowed)));
    }

    pub(super) fn table<'t, 'v>(&mut self, name: &str, value: &'t Value<'v>) -> Option<&'t DeTable<'v>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_kind(name, value, "a table");
        }
        table
    }

    pub(super) fn string(&mut self, name: &str, value: &Value<'_>) -> Option<String> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(name, value, "a string");
            return None;
        };
        self.took(name, value);
        Some(text.to_owned())
    }

    /// A string that says something: not empty, not only blanks.
    pub(super) fn word(&mut self, name: &str, value: &Value<'_>) -> Option<String> {
        let text = self.string(name, value)?;
        if text.trim().is_empty() {
            self.error(value.span(), format!("{name} is empty"), None);
            return None;
        }
        Some(text)
    }

    pub(super) fn boolean(&mut self, name: &str, value: &Value<'_>) -> Option<bool> {
        let DeValue::Boolean(truth) = value.get_ref() else {
            self.wrong_kind(name, value, "true or false");
            return None;
        };
        self.took(name, value);
        Some(*truth)
    }

    /// An array of strings, none of them empty.
    pub(super) fn words(&mut self, name: &str, value: &Value<'_>) -> Vec<String> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(name, value, "an array of strings");
            return Vec::new();
        };
        self.took(name, value);
        let kept = items.iter().filter_map(|item| match item.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.error(item.span(), format!("{name} holds an empty string"), None);
                None
            }
            None => {
                self.wrong_kind(&format!("each entry of {name}"), item, "a string");
                None
            }
        });
        kept.collect()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, value: &Value<'_>, choices: &[(&str, T)]) -> Option<T> {
        let text = self.string(name, value)?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|&(_, choice)| choice);
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|&(word, _)| word).collect();
            self.error(value.span(), format!("{name} cannot be {}", quoted(&text)), Some(meant(&text, &words)));
        }
        chosen
    }

    /// Remembers where a value was taken from.
    pub(super) fn took(&mut self, name: &str, value: &Value<'_>) {
        let (line, _) = self.positions.of(value.span().start);
        self.lines.insert(name.to_owned(), line);
    }

    pub(super) fn wrong_kind(&mut self, name: &str, value: &Value<'_>, expected: &str) {
        let is = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.error(value.span(), format!("{name} must be {expected}, not {is}"), None);
    }
}

/// Keys and values of a table in the order of the file.
pub(super) fn in_order<'t, 'v>(table: &'t DeTable<'v>) -> Vec<(&'t Key<'v>, &'t Value<'v>)> {
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs
}

/// What was probably meant, and all that is allowed.
pub(super) fn meant(word: &str, allowed: &[&str]) -> String {
    let list = allowed.join(", ");
    match nearest(word, allowed.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? allowed: {list}"),
        None => format!("allowed: {list}"),
    }
}
