//! Where SQL text names one schema: the name before a point and another name. Must not know what is put in its place.

use super::lexer::{Token, goes_on, starts_word};

/// Key words after which the name of an object comes, never that of a column.
const BEFORE_OBJECTS: [&str; 16] = [
    "from",
    "join",
    "into",
    "update",
    "only",
    "table",
    "references",
    "function",
    "procedure",
    "index",
    "statistics",
    "view",
    "sequence",
    "type",
    "collate",
    "execute",
];

/// A literal of such a type is the name of an object.
const NAMING_TYPES: [&str; 11] = [
    "regclass",
    "regproc",
    "regprocedure",
    "regtype",
    "regoper",
    "regoperator",
    "regconfig",
    "regdictionary",
    "regcollation",
    "regnamespace",
    "regrole",
];

/// The schema as texts name it.
#[derive(Debug, Clone)]
pub struct Own {
    schema: String,
    /// The name in double quotes, also as it stands in a literal and in a literal within that.
    quoted: [String; 3],
}

impl Own {
    /// The schema of this raw name.
    pub fn new(schema: &str) -> Self {
        let quoted = ["'", "''", "''''"].map(|quote| super::ident(schema).replace('\'', quote));
        Self { schema: schema.to_owned(), quoted }
    }

    /// Its raw name.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Its name in double quotes, as in a statement.
    pub fn quoted(&self) -> &str {
        &self.quoted[0]
    }

    /// Whether a token of SQL is its name.
    pub fn is(&self, token: &Token<'_>) -> bool {
        token.name().is_some_and(|name| name == self.schema)
    }

    /// How many bytes the name takes at the beginning of `rest`, when a point and another name follow it. For any text, also one
    /// that is no SQL; `before` is the character before it.
    pub fn leads(&self, rest: &str, before: Option<char>) -> Option<usize> {
        if before.is_some_and(|c| goes_on(c) || c == '.' || c == '@') {
            return None;
        }
        let length = if rest.starts_with('"') {
            self.quoted.iter().find(|quoted| rest.starts_with(quoted.as_str()))?.len()
        } else {
            let word = rest.get(..self.schema.len())?;
            (word == self.schema || word.to_ascii_lowercase() == self.schema).then_some(word.len())?
        };
        let mut after = rest[length..].strip_prefix('.')?.chars();
        after.next().is_some_and(|c| starts_word(c) || matches!(c, '"' | '%' | '*')).then_some(length)
    }
}

/// Whether the token after that at `at` is this symbol.
pub fn next_is(all: &[Token<'_>], at: usize, symbol: &str) -> bool {
    all.get(at + 1).is_some_and(|next| next.is_symbol(symbol))
}

/// The token before that at `at`, blanks and comments aside.
pub fn before<'a, 'b>(all: &'a [Token<'b>], at: usize) -> Option<&'a Token<'b>> {
    all[..at].iter().rev().find(|token| !token.is_blank())
}

/// Whether what stands at `at` before a point is a schema even where a table or an alias has its name: three names in a row begin
/// with a schema, so does a function, and what stands where an object is expected.
pub fn is_before_object(all: &[Token<'_>], at: usize) -> bool {
    next_is(all, at + 2, "(")
        || (all.get(at + 2).is_some_and(|next| next.name().is_some()) && next_is(all, at + 2, "."))
        || before(all, at)
            .is_some_and(|token| BEFORE_OBJECTS.iter().any(|word| token.is_word(word)) || token.is_symbol("::"))
}

/// Whether the literal at `at` is cast to a type by which it is the name of an object.
pub fn is_name(all: &[Token<'_>], at: usize) -> bool {
    next_is(all, at, "::") && all.get(at + 2).is_some_and(|kind| NAMING_TYPES.iter().any(|naming| kind.is_word(naming)))
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    #[test]
    fn a_text_that_begins_with_the_name_is_told_from_one_that_seems_to() {
        for (text, before, expected) in [
            ("acme.orders", None, Some(4)),
            ("ACME.%", Some(' '), Some(4)),
            ("\"acme\".\"Orders\"", Some('\''), Some(6)),
            ("acme. Then", None, None),
            ("acmes.x", None, None),
            ("acme.x", Some('_'), None),
            ("acme.x", Some('.'), None),
            ("acme.x", Some('@'), None),
            ("acme", None, None),
        ] {
            assert_eq!(Own::new("acme").leads(text, before), expected, "{before:?} {text}");
        }
        // As it stands in a literal within a literal.
        assert_eq!(Own::new("o'x").leads("\"o''''x\".t", None), Some(8));
    }

    #[test]
    fn what_must_be_a_schema_is_told_from_what_may_be_an_alias() {
        for (text, at, expected) in [
            ("o.id", 0, false),
            ("o.next(1)", 0, true),
            ("o.orders.id", 0, true),
            ("from /* the */ o.orders", 4, true),
            ("x::o.mood", 2, true),
        ] {
            assert_eq!(is_before_object(&tokens(text), at), expected, "{text}");
        }
        assert!(is_name(&tokens("'x'::regclass"), 0) && !is_name(&tokens("'x'::text"), 0) && !is_name(&tokens("'x'"), 0));
    }
}
