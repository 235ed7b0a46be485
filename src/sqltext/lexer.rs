//! SQL text as tokens, as the server's own lexer cuts it: names, literals, dollar quotes, comments. Any text whatever is cut; the
//! tokens in a row are the text. Must not know what the tokens mean together.

use std::borrow::Cow;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks and line ends.
    Space,
    /// `-- ...` to the end of the line, or `/* ... */`, which may hold others.
    Comment,
    /// A name or key word without quotes.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A literal in single quotes, with its prefix: `'...'`, `E'...'`, `B'...'`.
    Literal,
    /// A literal between dollar signs.
    Dollar,
    /// A number.
    Number,
    /// An operator, or one sign of punctuation; `::` and `..` are one.
    Symbol,
}

/// A piece of SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, quotes and all.
    pub text: &'a str,
}

impl<'a> Token<'a> {
    /// The raw name that it means, if it may be a name.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            TokenKind::Word if self.text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Some(self.text.to_ascii_lowercase().into())
            }
            TokenKind::Word => Some(self.text.into()),
            TokenKind::Quoted => {
                let inner = self.text.strip_prefix('"')?;
                let inner = inner.strip_suffix('"').unwrap_or(inner);
                Some(if inner.contains('"') { inner.replace("\"\"", "\"").into() } else { inner.into() })
            }
            _ => None,
        }
    }

    /// Whether it is this key word, whatever its case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this operator or sign.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }

    /// Whether it means nothing: blanks and comments.
    pub fn is_blank(&self) -> bool {
        matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }
}

/// Cuts a text. What is not closed goes to the end of the text.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first);
        let (token, after) = rest.split_at(length);
        all.push(Token { kind, text: token });
        rest = after;
    }
    all
}

/// The kind and the length of the first token.
fn next(rest: &str, first: char) -> (TokenKind, usize) {
    let second = rest[first.len_utf8()..].chars().next();
    match (first, second) {
        _ if is_space(first) => (TokenKind::Space, run(rest, is_space)),
        ('-', Some('-')) => (TokenKind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        ('/', Some('*')) => (TokenKind::Comment, block_comment(rest)),
        ('\'', _) => (TokenKind::Literal, quoted(rest, 0, '\'', false)),
        ('"', _) => (TokenKind::Quoted, quoted(rest, 0, '"', false)),
        ('e' | 'E', Some('\'')) => (TokenKind::Literal, escaped(rest)),
        ('b' | 'B' | 'x' | 'X' | 'n' | 'N', Some('\'')) => (TokenKind::Literal, quoted(rest, 1, '\'', false)),
        ('u' | 'U', Some('&')) if rest[2..].starts_with('\'') => (TokenKind::Literal, quoted(rest, 2, '\'', false)),
        ('u' | 'U', Some('&')) if rest[2..].starts_with('"') => (TokenKind::Quoted, quoted(rest, 2, '"', false)),
        ('$', _) => dollar(rest),
        _ if starts_word(first) => (TokenKind::Word, run(rest, goes_on)),
        _ if first.is_ascii_digit() => (TokenKind::Number, number(rest)),
        ('.', Some(digit)) if digit.is_ascii_digit() => (TokenKind::Number, number(rest)),
        // A range of PL/pgSQL: `1..10`.
        ('.', Some('.')) | (':', Some(':')) => (TokenKind::Symbol, 2),
        _ if is_operator(first) => (TokenKind::Symbol, operator(rest)),
        _ => (TokenKind::Symbol, first.len_utf8()),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// Whether a name may begin so without quotes.
pub fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// Whether a name without quotes may hold it.
pub fn goes_on(c: char) -> bool {
    starts_word(c) || c.is_ascii_digit() || c == '$'
}

fn is_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(c)
}

fn run(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !of(c)).unwrap_or(text.len())
}

/// The length of a quoted text whose opening quote stands at `open`.
fn quoted(text: &str, open: usize, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip_while(|(at, _)| *at <= open).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && escapes {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// The length of a literal with escapes. A literal on one of the next lines continues it, escapes and all.
fn escaped(text: &str) -> usize {
    let mut end = quoted(text, 1, '\'', true);
    loop {
        let blank = blanks(&text[end..]);
        let between = &text[end..end + blank];
        if !between.contains(['\n', '\r']) || !text[end + blank..].starts_with('\'') {
            return end;
        }
        end += blank + quoted(&text[end + blank..], 0, '\'', true);
    }
}

/// The length of the blanks and line comments with which a text begins.
fn blanks(text: &str) -> usize {
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        at += match next(&text[at..], first) {
            (TokenKind::Space, length) => length,
            (TokenKind::Comment, length) if first == '-' => length,
            _ => break,
        };
    }
    at
}

fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// `$tag$ ... $tag$`, `$1`, or a lone sign.
fn dollar(text: &str) -> (TokenKind, usize) {
    let after = &text[1..];
    let tag = run(after, |c| goes_on(c) && c != '$');
    if after[tag..].starts_with('$') && !after.starts_with(|c: char| c.is_ascii_digit()) {
        let fence = &text[..tag + 2];
        let end = text[fence.len()..].find(fence).map_or(text.len(), |at| at + 2 * fence.len());
        return (TokenKind::Dollar, end);
    }
    match run(after, |c| c.is_ascii_digit()) {
        0 => (TokenKind::Symbol, 1),
        digits => (TokenKind::Word, 1 + digits),
    }
}

fn number(text: &str) -> usize {
    let mut end = run(text, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    // A range is no number with two points.
    if let Some(range) = text[..end].find("..") {
        end = range;
    }
    let has_sign = text[..end].ends_with(['e', 'E']) && !text.starts_with("0x") && text[end..].starts_with(['+', '-']);
    if has_sign { end + 1 + run(&text[end + 1..], |c| c.is_ascii_digit()) } else { end.max(1) }
}

fn operator(text: &str) -> usize {
    let end = run(text, is_operator);
    ["--", "/*"].iter().filter_map(|comment| text[..end].find(comment)).min().unwrap_or(end).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        tokens(text).into_iter().filter(|token| token.kind != TokenKind::Space).map(|token| token.text).collect()
    }

    #[test]
    fn texts_are_cut_as_the_server_cuts_them() {
        for (text, expected) in [
            ("a.b", vec!["a", ".", "b"]),
            ("\"A \"\"b\"\".\".c", vec!["\"A \"\"b\"\".\"", ".", "c"]),
            ("'it''s'::text", vec!["'it''s'", "::", "text"]),
            ("E'a\\'b' 'c\\'", vec!["E'a\\'b'", "'c\\'"]),
            ("a--b\nc", vec!["a", "--b", "c"]),
            ("a--b\rc", vec!["a", "--b", "c"]),
            ("E'a' -- b\n 'c\\'d' 'e'", vec!["E'a' -- b\n 'c\\'d'", "'e'"]),
            ("E'a' 'c\\'", vec!["E'a'", "'c\\'"]),
            ("a/*b/*c*/d*/e", vec!["a", "/*b/*c*/d*/", "e"]),
            ("$x$a $$ b$x$ $1 $", vec!["$x$a $$ b$x$", "$1", "$"]),
            ("1.5e-3+2", vec!["1.5e-3", "+", "2"]),
            ("1..10", vec!["1", "..", "10"]),
            ("a<=-1", vec!["a", "<=-", "1"]),
            ("a+--b", vec!["a", "+", "--b"]),
            ("U&\"d\\0061\" U&'x' u & 'y'", vec!["U&\"d\\0061\"", "U&'x'", "u", "&", "'y'"]),
            ("größe[1]", vec!["größe", "[", "1", "]"]),
            ("'open", vec!["'open"]),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_folded_unless_it_is_quoted() {
        let name = |text: &'static str| tokens(text)[0].name().map(Cow::into_owned);
        assert_eq!(name("Acme").as_deref(), Some("acme"));
        assert_eq!(name("\"Ac\"\"me\"").as_deref(), Some("Ac\"me"));
        assert_eq!(name("'acme'"), None);
    }

    proptest! {
        #[test]
        fn the_tokens_are_the_text(text in ".*|[a-zE$'\"/*.\\-\\\\0-9 \n&u:]*") {
            let all: String = tokens(&text).iter().map(|token| token.text).collect();
            prop_assert_eq!(all, text);
        }
    }
}
