//! One line that a person types, with a history. Must not know what the text is for.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::action::{Code, Key};

/// A line of text with a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Prompt {
    text: String,
    /// The byte before which the cursor stands: always the border of a grapheme.
    cursor: usize,
    /// How far back in the history the shown text is, and what was typed before.
    recalled: Option<(usize, String)>,
}

/// What a key did to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The text is another one.
    Changed,
    /// Only the cursor moved, or the key has no meaning at this place of the text.
    Moved,
    /// The key is not one for editing.
    Foreign,
}

impl Prompt {
    /// A line with a text and the cursor behind it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text, recalled: None }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte before which the cursor stands.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Puts a text in place of everything.
    pub fn set(&mut self, text: impl Into<String>) {
        *self = Self::new(text);
    }

    /// Puts a text in place of what stands between a byte and the cursor.
    pub fn replace(&mut self, from: usize, with: &str) {
        if self.text.is_char_boundary(from) && from <= self.cursor {
            self.text.replace_range(from..self.cursor, with);
            self.cursor = from + with.len();
        }
    }

    /// Puts pasted text at the cursor; line breaks become blanks, other control characters are left out.
    pub fn insert(&mut self, pasted: &str) {
        let clean: String = pasted
            .trim_end_matches(['\n', '\r'])
            .chars()
            .map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
        self.recalled = None;
    }

    /// Does what a key means in a line of text. `history` has the newest entry last.
    pub fn key(&mut self, key: Key, history: &[String]) -> Edit {
        let before = self.text.len();
        match (key.code, key.ctrl, key.alt) {
            (Code::Char(c), false, false) => self.insert(c.encode_utf8(&mut [0; 4])),
            (Code::Backspace, false, false) => self.cut(self.left_of_cursor()..self.cursor),
            (Code::Delete, ..) | (Code::Char('d'), true, _) => self.cut(self.cursor..self.right_of_cursor()),
            (Code::Char('w'), true, _) | (Code::Backspace, ..) => self.cut(self.word_left()..self.cursor),
            (Code::Char('u'), true, _) => self.cut(0..self.cursor),
            (Code::Char('k'), true, _) => self.cut(self.cursor..self.text.len()),
            (Code::Left, false, false) | (Code::Char('b'), true, _) => self.cursor = self.left_of_cursor(),
            (Code::Right, false, false) | (Code::Char('f'), true, _) => self.cursor = self.right_of_cursor(),
            (Code::Left, ..) | (Code::Char('b'), _, true) => self.cursor = self.word_left(),
            (Code::Right, ..) | (Code::Char('f'), _, true) => self.cursor = self.word_right(),
            (Code::Home, ..) | (Code::Char('a'), true, _) => self.cursor = 0,
            (Code::End, ..) | (Code::Char('e'), true, _) => self.cursor = self.text.len(),
            (Code::Up, ..) | (Code::Char('p'), true, _) => return self.recall(history, true),
            (Code::Down, ..) | (Code::Char('n'), true, _) => return self.recall(history, false),
            _ => return Edit::Foreign,
        }
        if self.text.len() == before { Edit::Moved } else { Edit::Changed }
    }

    fn recall(&mut self, history: &[String], older: bool) -> Edit {
        let (back, typed) = self.recalled.clone().unwrap_or_else(|| (0, self.text.clone()));
        let back = if older { (back + 1).min(history.len()) } else { back.saturating_sub(1) };
        let text = if back == 0 { typed.clone() } else { history[history.len() - back].clone() };
        let changed = text != self.text;
        self.set(text);
        self.recalled = (back > 0).then_some((back, typed));
        if changed { Edit::Changed } else { Edit::Moved }
    }

    fn cut(&mut self, range: std::ops::Range<usize>) {
        self.cursor = range.start;
        self.text.replace_range(range, "");
        self.recalled = None;
    }

    fn left_of_cursor(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right_of_cursor(&self) -> usize {
        self.text[self.cursor..].graphemes(true).next().map_or(self.cursor, |grapheme| self.cursor + grapheme.len())
    }

    fn word_left(&self) -> usize {
        let trimmed = self.text[..self.cursor].trim_end();
        trimmed.rfind(char::is_whitespace).map_or(0, |at| at + trimmed[at..].chars().next().map_or(1, char::len_utf8))
    }

    fn word_right(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let blanks = rest.len() - rest.trim_start().len();
        self.cursor + rest[blanks..].find(char::is_whitespace).map_or(rest.len(), |at| blanks + at)
    }
}

/// Adds a text to a history, once, as the newest of at most a hundred.
pub fn remember(history: &mut Vec<String>, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    history.retain(|entry| entry != text);
    history.push(text.to_owned());
    let surplus = history.len().saturating_sub(100);
    history.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> Prompt {
        let history = ["state:orphan".to_owned(), "acme".to_owned()];
        let mut prompt = Prompt::default();
        for key in keys {
            prompt.key(Key::parse(key).unwrap(), &history);
        }
        prompt
    }

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        for (keys, text, cursor) in [
            (&["a", "b", "left", "c"][..], "acb", 2),
            (&["a", "space", "b", "c", "ctrl-w"], "a ", 2),
            (&["a", "b", "home", "delete"], "b", 0),
            (&["a", "b", "c", "left", "ctrl-u"], "c", 0),
            (&["a", "b", "c", "home", "right", "ctrl-k"], "a", 1),
            (&["é", "ö", "backspace"], "é", 2),
            (&["backspace", "left", "delete", "ctrl-w"], "", 0),
            (&["a", "space", "b", "home", "alt-f", "x"], "ax b", 2),
            (&["up"], "acme", 4),
            (&["up", "up", "up"], "state:orphan", 12),
            (&["x", "up", "up", "down", "down"], "x", 1),
            (&["up", "!", "up"], "acme", 4),
        ] {
            let prompt = typed(keys);
            assert_eq!((prompt.text(), prompt.cursor()), (text, cursor), "{keys:?}");
        }
    }

    #[test]
    fn a_grapheme_is_one_step() {
        let mut prompt = Prompt::new("e\u{301}x");
        prompt.key(Key::plain(Code::Backspace), &[]);
        prompt.key(Key::plain(Code::Backspace), &[]);
        assert_eq!(prompt.text(), "");
    }

    #[test]
    fn pasted_text_loses_its_control_characters() {
        let mut prompt = Prompt::new("a");
        prompt.insert("b\nc\u{1b}[31m\n");
        assert_eq!(prompt.text(), "ab c[31m");
    }

    #[test]
    fn a_history_keeps_each_text_once() {
        let mut history = vec!["a".to_owned(), "b".to_owned()];
        for text in ["a", " ", "c"] {
            remember(&mut history, text);
        }
        assert_eq!(history, ["b", "a", "c"]);
    }
}
