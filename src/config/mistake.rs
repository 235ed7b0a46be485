//! What is wrong in a file and where: line and column as an editor counts them. Must not know how the file was found.

use std::fmt;

use crate::domain::name::shown;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: u32,
    /// Counted in characters from 1.
    pub column: u32,
    /// Whether the file is refused for it.
    pub level: Level,
    /// What is wrong: a lower-case fragment, safe to show, without secrets.
    pub what: String,
    /// What is allowed, or what was probably meant.
    pub hint: Option<String>,
}

/// How bad a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The file is refused.
    Error,
    /// The file works; the person should know.
    Warning,
}

impl fmt::Display for Mistake {
    /// `3:5: unknown key "lable" (did you mean "label"?)`: what compilers print, so that editors can jump there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.level == Level::Warning { "warning: " } else { "" };
        write!(f, "{}:{}: {level}{}", self.line, self.column, self.what)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// A word of the file as messages show it: its first line, and not much of that. A quote that is never closed swallows the lines
/// below it, among which may be a password.
pub(super) fn quoted(word: &str) -> String {
    let start: String = word.chars().take_while(|&c| c != '\n').take(60).collect();
    let rest = if start.len() < word.len() { "…" } else { "" };
    format!("\"{}{rest}\"", shown(&start))
}

/// Turns byte offsets into lines and columns.
#[derive(Debug)]
pub(super) struct Positions<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Positions<'a> {
    /// Finds where the lines begin.
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        // An invisible byte order mark is no column.
        let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, starts: std::iter::once(first).chain(breaks).collect() }
    }

    /// Line and column of a byte, both from 1, columns in characters. An offset inside a character counts as the character.
    pub(super) fn of(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|&start| start <= offset).max(1) - 1;
        let begin = self.starts[line];
        let column = self.text.char_indices().skip_while(|&(at, _)| at < begin).take_while(|&(at, _)| at < offset).count();
        (line as u32 + 1, column as u32 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "\u{feff}a = 1\r\nö = \"日本\" # x\n";
        let positions = Positions::new(text);
        let of = |needle| positions.of(text.find(needle).expect("in the text"));
        assert_eq!((of("a"), of("ö"), of("#"), of("x")), ((1, 1), (2, 1), (2, 10), (2, 12)));
        assert_eq!((positions.of(text.len()), positions.of(9_999), positions.of(0)), ((3, 1), (3, 1), (1, 1)));
    }

    #[test]
    fn hostile_words_are_spelled_out() {
        assert_eq!(quoted("a\u{1b}[31m"), "\"a\\x1b[31m\"");
    }

    #[test]
    fn a_swallowed_line_is_not_shown() {
        assert_eq!(quoted("r\ndsn = password"), "\"r…\"");
        assert_eq!(quoted(&"x".repeat(99)), format!("\"{}…\"", "x".repeat(60)));
    }
}
