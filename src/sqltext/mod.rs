//! The one place that turns names and literals into SQL text, and that cuts SQL text. Must not know what the statements are for.

pub mod lexer;
pub mod own;
mod split;

pub use self::split::{Piece, Uncut, split};

/// A name as a quoted SQL identifier, always in double quotes: `Größe "1"` becomes `"Größe ""1"""`.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A qualified name, both parts quoted.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// A text as a SQL literal. Backslashes make it an `E''` literal, so that it means the same whatever
/// `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_literals_are_quoted() {
        assert_eq!(ident("Größe \"1\""), "\"Größe \"\"1\"\"\"");
        assert_eq!(qualified("a.b", "c"), "\"a.b\".\"c\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
    }

    /// What the server's lexer makes of a quoted text, and what it leaves over.
    fn unquoted(text: &str, quote: char, escapes: bool) -> Option<(String, &str)> {
        let mut out = String::new();
        let mut chars = text.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                if chars.peek().is_some_and(|(_, next)| *next == quote) {
                    chars.next();
                } else {
                    return Some((out, &text[at + c.len_utf8()..]));
                }
            } else if c == '\\' && escapes {
                let (_, meant) = chars.next()?;
                // Of the escapes only the one that means itself may occur.
                if meant != '\\' {
                    return None;
                }
            }
            out.push(c);
        }
        None
    }

    proptest! {
        #[test]
        fn no_name_ends_its_quotes_early(name in ".*") {
            let quoted = ident(&name);
            prop_assert_eq!(unquoted(&quoted, '"', false), Some((name, "")));
        }

        #[test]
        fn no_text_ends_its_literal_early(text in "[a'\\\\$ \n]*|.*") {
            let quoted = literal(&text);
            let (body, escapes) = quoted.strip_prefix(" E").map_or((quoted.as_str(), false), |body| (body, true));
            prop_assert_eq!(unquoted(body, '\'', escapes), Some((text.clone(), "")));
            // Without a backslash the literal means the same with and without standard_conforming_strings.
            prop_assert_eq!(escapes, text.contains('\\'));
        }
    }
}
