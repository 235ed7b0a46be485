//! How majors of PostgreSQL write the same thing, made one. Must not know whose text it is.

use crate::domain::structure::Kind;
use crate::sqltext::lexer::{Token, tokens};

/// The text as the newest major would write it, without a name of its own that is loose.
pub(super) fn normalised(kind: Kind, attribute: &str, text: String, major: u32) -> String {
    let _ = major;
    match (kind, attribute) {
        (Kind::Index, "definition") => without_name(&text),
        _ => text,
    }
}

/// `CREATE INDEX name ON ...` without the name.
fn without_name(definition: &str) -> String {
    let all = tokens(definition);
    let word = all.iter().position(|token| token.is_word("index"));
    let is_named = |at: usize| all.get(at + 2).is_some_and(|token| token.name().is_some() && !token.is_word("on"));
    let text = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text).collect::<String>();
    match word.filter(|&at| is_named(at)) {
        Some(at) => text(&all[..=at]) + &text(all.get(at + 3..).unwrap_or_default()),
        None => definition.to_owned(),
    }
}
