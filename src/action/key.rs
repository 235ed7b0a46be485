//! Keys as `fleet.toml` writes them and as the footer shows them. Must not know how a terminal sends them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::fault::{Fault, FaultKind};

/// One key press with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Which key. A letter typed with Shift is its capital, without a modifier.
    pub code: Code,
    /// Whether Ctrl was held.
    pub ctrl: bool,
    /// Whether Alt was held.
    pub alt: bool,
}

/// The keys that a terminal can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those on the keyboard")]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// The notation of every key that is not simply its character.
const NAMED: &[(&str, Code)] = &[
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backtab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("insert", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("space", Code::Char(' ')),
];

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false }
    }

    /// Reads the notation of `fleet.toml`: `r`, `G`, `?`, `space`, `enter`, `pagedown`, `F5`, `ctrl-d`, `alt-x`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |what: String| {
            Fault::new(FaultKind::Usage, what)
                .hint("Write a character such as r, G or ?, a name such as enter, space, pagedown or F5, or ctrl-d, alt-x.")
        };
        let mut key = Self::char(' ');
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !after.is_empty()) {
                (key.ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !after.is_empty()) {
                (key.alt, rest) = (true, after);
            } else {
                break;
            }
        }
        key.code = code(rest).ok_or_else(|| wrong(format!("\"{}\" is no key", crate::domain::name::shown(text))))?;
        if key.ctrl {
            key.possible_with_ctrl().map_err(wrong)?;
        }
        Ok(key)
    }

    fn possible_with_ctrl(self) -> Result<(), String> {
        match self.code {
            Code::Char('i') => Err("a terminal cannot tell ctrl-i from tab".into()),
            Code::Char('m') => Err("a terminal cannot tell ctrl-m from enter".into()),
            Code::Char('h') => Err("some terminals cannot tell ctrl-h from backspace".into()),
            Code::Char('[') => Err("a terminal cannot tell ctrl-[ from esc".into()),
            Code::Char('c') => Err("ctrl-c always cancels, and twice it quits".into()),
            Code::Char('a'..='z' | ' ' | '\\' | ']' | '_' | '^') => Ok(()),
            Code::Char(c) => Err(format!("a terminal cannot send ctrl with {c}")),
            _ => Ok(()),
        }
    }

    /// The key in as few cells as possible for the footer and the help: `↵`, `^D`, `␣`; words where only ASCII is drawn.
    pub fn label(self, ascii: bool) -> String {
        let sign = match self.code {
            Code::Enter if !ascii => Some("↵"),
            Code::Char(' ') if !ascii => Some("␣"),
            Code::Up if !ascii => Some("↑"),
            Code::Down if !ascii => Some("↓"),
            Code::Left if !ascii => Some("←"),
            Code::Right if !ascii => Some("→"),
            Code::PageUp => Some("PgUp"),
            Code::PageDown => Some("PgDn"),
            Code::BackTab => Some("S-Tab"),
            _ => None,
        };
        match (self.ctrl, self.alt, self.code, sign) {
            (true, false, Code::Char(c), _) if c != ' ' => format!("^{}", c.to_ascii_uppercase()),
            (false, false, _, Some(sign)) => sign.to_owned(),
            (ctrl, alt, _, Some(sign)) => {
                format!("{}{}{sign}", if ctrl { "C-" } else { "" }, if alt { "M-" } else { "" })
            }
            _ => self.to_string(),
        }
    }
}

fn code(text: &str) -> Option<Code> {
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some(*code);
    }
    let mut chars = text.chars();
    match (chars.next()?, chars.as_str()) {
        (c, "") => (!c.is_control() && c != ' ').then_some(Code::Char(c)),
        ('F' | 'f', number) => number.parse().ok().filter(|number| (1..=12).contains(number)).map(Code::F),
        _ => None,
    }
}

impl fmt::Display for Key {
    /// The notation of `fleet.toml`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Code::F(number)) => write!(f, "F{number}"),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_is_read_and_written_back() {
        for text in
            ["r", "G", "?", "*", "-", "ctrl-d", "alt-x", "ctrl-alt-x", "space", "enter", "pagedown", "F5", "backtab", "é"]
        {
            assert_eq!(Key::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Key::parse("Enter").unwrap(), Key::plain(Code::Enter));
        assert_eq!(Key::parse("ctrl-space").unwrap(), Key::ctrl(' '));
    }

    #[test]
    fn what_no_terminal_sends_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "no key"),
            ("rr", "no key"),
            ("F13", "no key"),
            ("ctrl-", "no key"),
            ("\u{1b}", "\\x1b"),
            ("ctrl-i", "from tab"),
            ("ctrl-m", "from enter"),
            ("ctrl-c", "cancels"),
            ("ctrl-G", "cannot send"),
        ] {
            let fault = Key::parse(text).unwrap_err();
            assert!(fault.what.contains(reason), "{text}: {}", fault.what);
        }
    }

    #[test]
    fn labels_are_short() {
        let label = |text: &str, ascii| Key::parse(text).unwrap().label(ascii);
        assert_eq!(
            [label("enter", false), label("enter", true), label("space", false), label("ctrl-d", true)],
            ["↵", "enter", "␣", "^D"]
        );
        assert_eq!([label("pagedown", false), label("?", false), label("alt-up", false)], ["PgDn", "?", "M-↑"]);
    }
}
