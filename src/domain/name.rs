//! Names as databases hold them, and how they are shown. A name is untrusted: it may hold escape sequences, line breaks or
//! characters that turn the direction of a line. This room must not know who shows the text.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A schema somewhere in the fleet: the label of its database and its own raw name.
///
/// Shown as `database/schema`; both parts are escaped by [`shown`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchemaPath {
    /// The label of the database, as `fleet.toml` or the connection names it.
    pub database: String,
    /// The raw name of the schema, exactly as `pg_namespace` holds it.
    pub schema: String,
}

impl fmt::Display for SchemaPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", shown(&self.database), shown(&self.schema))
    }
}

/// The text of a database made safe for any screen, file or message.
///
/// Control characters become `\n`, `\t` or `\x1b`; characters that are invisible or that turn the direction of a line become
/// `<U+202E>`. A backslash becomes two and `<U+` becomes `\<U+`, so that two different names never look alike. Ordinary text
/// is borrowed, not copied.
pub fn shown(raw: &str) -> Cow<'_, str> {
    let clean = |c: char| c != '\\' && c != '<' && !c.is_control() && !is_deceptive(c);
    if raw.chars().all(clean) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len() + 16);
    for (at, c) in raw.char_indices() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            '<' if raw[at..].starts_with("<U+") => out.push_str("\\<"),
            c if c.is_control() => push_escape(&mut out, "\\x", c, 2, ""),
            c if is_deceptive(c) => push_escape(&mut out, "<U+", c, 4, ">"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn push_escape(out: &mut String, before: &str, c: char, digits: usize, after: &str) {
    use fmt::Write as _;
    let code = u32::from(c);
    let written = if before == "\\x" {
        write!(out, "{before}{code:0digits$x}{after}")
    } else {
        write!(out, "{before}{code:0digits$X}{after}")
    };
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// Characters that are not control characters and yet change how their neighbours look, or cannot be seen at all: bidi
/// embeddings, overrides, isolates and marks, zero-width characters, line separators, soft hyphen, variation selectors, tags.
fn is_deceptive(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_borrowed_unchanged() {
        for name in ["acme", "Größe & Söhne", "日本", "a.b", "o'hara", "say \"hi\""] {
            assert!(matches!(shown(name), Cow::Borrowed(same) if same == name));
        }
    }

    #[test]
    fn hostile_names_are_spelled_out() {
        let cases = [
            ("red\u{1b}[31m", "red\\x1b[31m"),
            ("two\nlines", "two\\nlines"),
            ("c1\u{9b}31m", "c1\\x9b31m"),
            ("abc\u{202e}cba", "abc<U+202E>cba"),
            ("zero\u{200b}width", "zero<U+200B>width"),
            ("back\\slash", "back\\\\slash"),
            ("<U+202E>", "\\<U+202E>"),
            ("a<b", "a<b"),
        ];
        for (raw, expected) in cases {
            assert_eq!(shown(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn a_path_reads_database_slash_schema() {
        let path = SchemaPath { database: "eu-1".into(), schema: "a\u{7}b".into() };
        assert_eq!(path.to_string(), "eu-1/a\\x07b");
    }
}
