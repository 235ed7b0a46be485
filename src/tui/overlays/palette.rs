//! The palette behind `:`: any action by a few letters of its name, and the few commands that take a word besides. Must not
//! know how a command is run.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use serde::{Deserialize, Serialize};

use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Code, Key, REGISTRY};
use crate::domain::filter::Filter;
use crate::domain::fleet::Entry;
use crate::domain::name::shown;
use crate::tui::frame::Places;
use crate::tui::model::Model;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// How many candidates are kept, and how many of them are in sight.
const KEPT: usize = 64;
const SEEN: usize = 8;

/// What is said of the schema under the cursor: it leads the others.
const UNDER_CURSOR: &str = "under the cursor";

/// The commands that take a word, and what it is.
pub const WITH_WORD: &[(&str, &str)] = &[
    ("tenants", "FILTER: screen 2 with a filter"),
    ("filter", "TEXT: filter the list that is shown"),
    ("sort", "COLUMN: sort the list that is shown; again reverses"),
    ("theme", "NAME: draw with a theme"),
    ("open", "DATABASE/SCHEMA: open one schema"),
    ("export", "FILE: write the shown rows, .csv or .json"),
    ("concurrency", "N: so many targets of the open run at once"),
    ("drop", "DATABASE/SCHEMA: plan to drop a schema; asks for its name"),
    ("clone", "NAME[,NAME]: plan to make schemas like the one under the cursor"),
    ("rename", "NEW: plan to rename the schema under the cursor; asks for its name"),
    ("help", "WORD: keys and actions about something"),
];

/// The state of the palette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Palette {
    prompt: Prompt,
    hits: Vec<Hit>,
    at: Option<usize>,
    error: Option<String>,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// What the line becomes when it is chosen.
    pub line: String,
    /// What is shown of it, raw.
    pub text: String,
    /// What it does.
    pub words: String,
    /// Which characters of `text` match what was typed.
    pub matched: Vec<u32>,
    /// Whether a word must follow, so that Enter completes instead of running.
    pub open: bool,
}

impl Palette {
    /// A palette with a text in it.
    pub fn new(text: &str, model: &Model) -> Self {
        let mut palette = Self { prompt: Prompt::new(text), hits: Vec::new(), at: None, error: None };
        palette.search(model);
        palette
    }

    /// The same line again, with what was wrong with it.
    #[must_use]
    pub fn with_error(mut self, error: String) -> Self {
        self.error = Some(error);
        self
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        let chosen = self.at.and_then(|at| self.hits.get(at));
        match (key.code, chosen) {
            (Code::Esc, _) => return Answer::CLOSE,
            (Code::Backspace, _) if self.prompt.text().is_empty() => return Answer::CLOSE,
            (Code::Enter, Some(hit)) if !self.is_complete() && hit.open => {
                self.prompt.set(hit.line.clone());
                self.search(model);
                return Answer::STAY;
            }
            (Code::Enter, Some(hit)) if !self.is_complete() => return Answer::close(Ask::Command(hit.line.clone())),
            // A blank at the end may belong to a name, or wait for one.
            (Code::Enter, _) => return Answer::close(Ask::Command(self.prompt.text().trim_start().to_owned())),
            (Code::Tab, chosen) => {
                if let Some(hit) = chosen.or(self.hits.first()) {
                    self.prompt.set(hit.line.clone());
                    self.search(model);
                }
                return Answer::STAY;
            }
            (Code::Up | Code::Down | Code::PageUp | Code::PageDown, _) => {
                let moved = self.at.map_or(Some(0), |at| super::moved(at, self.hits.len(), SEEN, key, model));
                self.at = moved.filter(|at| *at < self.hits.len()).or(self.at);
                return Answer::STAY;
            }
            _ => {}
        }
        if self.prompt.key(key, &model.commands) == Edit::Changed {
            self.search(model);
        }
        Answer::STAY
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str, model: &Model) -> Answer {
        self.prompt.insert(text);
        self.search(model);
        Answer::STAY
    }

    /// Whether the line is a command as it stands, so that Enter runs it and not the candidate.
    fn is_complete(&self) -> bool {
        let text = self.prompt.text().trim();
        match text.split_once(' ') {
            Some(("tenants" | "filter" | "export" | "concurrency" | "clone" | "rename" | "help", _)) => true,
            Some(_) => self.hits.iter().any(|hit| [text, self.prompt.text()].contains(&hit.line.as_str())),
            None => matches!(text, "q" | "quit") || REGISTRY.iter().any(|entry| entry.id == text),
        }
    }

    fn search(&mut self, model: &Model) {
        self.error = None;
        let text = self.prompt.text();
        self.hits = match text.split_once(' ') {
            None => ranked(text, commands(model)),
            Some(("tenants", word)) => filters("tenants ", word, model),
            Some(("filter", word)) => filters("filter ", word, model),
            Some((head @ "theme", word)) => ranked(word, model.themes.iter().map(|name| hit(head, name, ""))),
            Some((head @ "sort", word)) => {
                ranked(word, model.sort_choices().iter().map(|choice| hit(head, choice.id, choice.title)))
            }
            Some((head @ ("open" | "drop"), word)) => schemas(head, word, model),
            Some(_) => Vec::new(),
        };
        // Where a word is wanted and none is begun, nobody has chosen the first of them.
        let is_begun = text.split_once(' ').is_none_or(|(_, word)| !word.trim().is_empty());
        let is_chosen = is_begun || self.hits.first().is_some_and(|hit| hit.words == UNDER_CURSOR);
        self.at = (is_chosen && !self.hits.is_empty()).then_some(0);
    }

    /// Draws the input in the status line and the candidates above it.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let rows = self.hits.len().clamp(1, SEEN);
        let inside = paint::open_sheet(rows, look, frame);
        let range = paint::window(self.at.unwrap_or(0), self.hits.len(), usize::from(inside.height));
        for (line, at) in range.enumerate() {
            let area = Rect { y: inside.y + line as u16, height: 1, ..inside };
            let hit = &self.hits[at];
            paint::row(Some(at) == self.at, spans(hit, look), &hit.words, look, frame, area);
        }
        if self.hits.is_empty() && inside.height > 0 {
            let area = Rect { height: 1, ..inside };
            let none = match self.prompt.text().split_once(' ') {
                Some(("tenants" | "filter" | "export" | "concurrency" | "clone" | "rename" | "help", _)) => {
                    "enter takes it as it stands"
                }
                Some((head, _)) if WITH_WORD.iter().any(|(known, _)| *known == head) => "nothing of this name",
                _ => "no command of this name",
            };
            paint::row(false, vec![Span::styled(none, look.theme.style(ThemeRole::Dim))], "", look, frame, area);
        }
        paint::input(":", &self.prompt, "", look, frame, Places::of(frame.area()).status);
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }
}

fn spans(hit: &Hit, look: &Look<'_>) -> Vec<Span<'static>> {
    let width = 22;
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for (at, c) in hit.text.chars().enumerate() {
        let text = shown(c.encode_utf8(&mut [0; 4])).into_owned();
        used += unicode_width::UnicodeWidthStr::width(text.as_str());
        let matched = hit.matched.contains(&(at as u32));
        spans.push(if matched { Span::styled(text, look.theme.style(ThemeRole::Match)) } else { Span::raw(text) });
    }
    if used < width {
        spans.push(Span::raw(" ".repeat(width - used)));
    }
    spans
}

fn hit(head: &str, word: &str, words: &str) -> Hit {
    Hit { line: format!("{head} {word}"), text: word.to_owned(), words: words.to_owned(), matched: Vec::new(), open: false }
}

/// What may be typed first: the last commands, the actions, the commands with a word.
fn commands(model: &Model) -> impl Iterator<Item = Hit> {
    let recent = model.commands.iter().rev().take(3).filter(|line| line.trim().contains(' ')).map(|line| Hit {
        line: line.clone(),
        text: line.clone(),
        words: "used before".to_owned(),
        matched: Vec::new(),
        open: false,
    });
    let scope = model.scope();
    let actions = REGISTRY.iter().filter(move |entry| entry.applies_in(scope)).map(move |entry| {
        let keys: Vec<_> = model.keymap.keys(entry.action).iter().map(|key| key.label(model.ascii)).collect();
        let keys = if keys.is_empty() { String::new() } else { format!("  [{}]", keys.join(" ")) };
        Hit {
            line: entry.id.to_owned(),
            text: entry.id.to_owned(),
            words: format!("{}{keys}", entry.help_in(scope)),
            matched: Vec::new(),
            open: false,
        }
    });
    let with_word = WITH_WORD.iter().map(|(head, words)| Hit {
        line: format!("{head} "),
        text: format!("{head} "),
        words: (*words).to_owned(),
        matched: Vec::new(),
        open: true,
    });
    recent.chain(actions).chain(with_word)
}

/// What may follow in a filter; the part before the cursor's term stays.
fn filters(head: &str, word: &str, model: &Model) -> Vec<Hit> {
    let found = Filter::complete(word, word.len(), &model.fleet);
    let Some(kept) = word.get(..found.from) else { return Vec::new() };
    let whole = |candidate: &str| format!("{head}{kept}{candidate}");
    let hits = found.candidates.into_iter().take(KEPT);
    hits.map(|(text, words)| Hit { line: whole(&text), text, words, matched: Vec::new(), open: false }).collect()
}

/// The schemas of the fleet. There may be a hundred thousand: only what is kept is built.
fn schemas(head: &str, typed: &str, model: &Model) -> Vec<Hit> {
    let entries = model.fleet.entries().filter(|entry| entry.schema.is_some());
    // Where one database is shown, a schema is called by its name alone.
    let several = model.fleet.databases.len() > 1;
    let text = |entry: &Entry<'_>, text: &mut String| {
        if several {
            text.extend([&*shown(&entry.database.label), "/"]);
        }
        text.push_str(&shown(entry.schema_name()));
    };
    let name = |entry: &Entry<'_>| if several { entry.path().to_string() } else { shown(entry.schema_name()).into_owned() };
    let mut hits = best(typed, entries, text, |entry| hit(head, &name(&entry), entry.tenant_name().unwrap_or_default()));
    if let Some((id, chosen)) = model.chosen_schema().filter(|_| typed.trim().is_empty()) {
        let is_it = |entry: &Entry<'_>| entry.id == id && entry.schema.is_some() && entry.schema_name() == chosen;
        if let Some(entry) = model.fleet.entries().find(is_it) {
            let name = name(&entry);
            hits.retain(|hit| hit.text != name);
            hits.insert(0, hit(head, &name, UNDER_CURSOR));
        }
    }
    hits
}

/// The candidates that hold the typed letters in their order, the best first.
fn ranked(typed: &str, candidates: impl Iterator<Item = Hit>) -> Vec<Hit> {
    best(typed, candidates, |hit, text| text.push_str(&hit.text), |hit| hit)
}

/// The best of many: `text` writes what is matched, `hit` builds a candidate that is kept.
fn best<T>(
    typed: &str,
    candidates: impl Iterator<Item = T>,
    text: impl Fn(&T, &mut String),
    hit: impl Fn(T) -> Hit,
) -> Vec<Hit> {
    if typed.trim().is_empty() {
        return candidates.take(KEPT).map(hit).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut written = String::new();
    let mut scored: Vec<(u32, T)> = candidates
        .filter_map(|candidate| {
            written.clear();
            text(&candidate, &mut written);
            let score = pattern.score(Utf32Str::new(&written, &mut buffer), &mut matcher)?;
            let name = written.rsplit('/').next().unwrap_or_default();
            let exact = match [written.as_str(), name] {
                same if same.contains(&typed) => 2_000,
                same if same.map(str::trim).contains(&typed.trim()) => 1_000,
                _ => 0,
            };
            Some((score + exact, candidate))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut hits: Vec<Hit> = scored.into_iter().take(KEPT).map(|(_, candidate)| hit(candidate)).collect();
    for hit in &mut hits {
        pattern.indices(Utf32Str::new(&hit.text, &mut buffer), &mut matcher, &mut hit.matched);
    }
    hits
}
