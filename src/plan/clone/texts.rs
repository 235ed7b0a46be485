//! The source's name in texts, made a hole: before the names of objects, in literals that name objects, in bodies of functions, in
//! their settings. Works on tokens. Must not know in which order statements come.

use std::collections::HashSet;

use super::template::{Hole, Names, Piece, Template};
use crate::sqltext::lexer::{Token, TokenKind, goes_on, starts_word, tokens};
use crate::sqltext::own::{Own, before, is_before_object, is_name, next_is};

/// How far a text is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// A statement that the server wrote.
    Statement,
    /// SQL that a person wrote.
    Body,
}

/// The source as texts name it.
pub(super) struct Texts {
    own: Own,
    /// The raw names of what stands in it.
    objects: HashSet<String>,
}

impl Texts {
    pub(super) fn new(schema: &str, objects: HashSet<String>) -> Self {
        Self { own: Own::new(schema), objects }
    }

    /// A statement as the reader tells it: `$` is the schema, `$owner` who owns it.
    pub(super) fn statement(&self, text: &str) -> Template {
        let all = tokens(text);
        let is_ambiguous = self.is_ambiguous(&all, Reads::Statement);
        let is_sign = |at: usize| all.get(at).is_some_and(|token| token.text == "$");
        let mut out = Template::default();
        let mut is_path = false;
        for (at, token) in all.iter().enumerate() {
            is_path = match token.kind {
                TokenKind::Word if token.is_word("search_path") => before(&all, at).is_some_and(|set| set.is_word("set")),
                TokenKind::Word => is_path && token.is_word("to"),
                _ => is_path,
            };
            match token.kind {
                TokenKind::Literal if is_path && decoded(token.text).is_some_and(|name| name == self.own.schema()) => {
                    out.push_schema();
                }
                TokenKind::Literal => self.push_literal(&all, at, &mut out),
                TokenKind::Dollar => self.push_dollar(token.text, &mut out),
                TokenKind::Symbol if is_sign(at) => {
                    let is_owner = all.get(at + 1).is_some_and(|next| next.text == "owner");
                    out.0.push(Piece::Hole(if is_owner { Hole::Owner } else { Hole::Schema }));
                }
                TokenKind::Word if token.text == "owner" && at > 0 && is_sign(at - 1) => {}
                TokenKind::Word | TokenKind::Quoted if self.qualifies(&all, at, is_ambiguous, Reads::Statement) => {
                    out.push_schema();
                }
                _ => drop(out.push(token.text)),
            }
        }
        out
    }

    /// The same where literals are never names: labels of an enumeration.
    pub(super) fn plain(text: &str) -> Template {
        let mut out = Template::default();
        for (at, token) in tokens(text).iter().enumerate() {
            if token.is_symbol("$") && at > 0 {
                out.push_schema();
            } else {
                out.push(token.text);
            }
        }
        out
    }

    /// Any text, such as a comment, as a literal.
    pub(super) fn literal(&self, text: &str) -> Template {
        let inner = self.inner(text);
        let mut out = Template::default();
        if has_holes(&inner) {
            out.0.push(Piece::Literal(inner));
        } else {
            out.push(crate::sqltext::literal(text).trim_start());
        }
        out
    }

    /// Whether a literal of the text is the name of the schema and nothing else: what it is for cannot be known.
    pub(super) fn is_named_alone(&self, text: &str) -> bool {
        tokens(text).iter().any(|token| match token.kind {
            TokenKind::Literal => decoded(token.text).is_some_and(|inner| {
                let inner = inner.trim();
                inner == self.own.schema()
                    || inner == self.own.quoted()
                    || (inner.contains('\'') && self.is_named_alone(inner))
            }),
            TokenKind::Dollar => undollared(token.text).is_some_and(|(_, inner)| self.is_named_alone(inner)),
            _ => false,
        })
    }

    /// Whether the body of a function (a statement as the reader tells it) still has the name before a point when it is another
    /// schema's: as an alias or a variable, which stays. By letters, as a clone is looked through before it is kept.
    pub(super) fn is_named_still(&self, statement: &str) -> bool {
        let Some(at) = statement.find("\nAS ") else { return false };
        let other = format!("{}_", self.own.schema());
        let body = self.statement(&statement[at..]).fill(&Names { schema: &other, owner: &other });
        [self.own.schema(), self.own.quoted()].iter().any(|name| {
            body.match_indices(&format!("{name}.")).any(|(at, found)| {
                let before = body[..at].chars().next_back();
                let after = body[at + found.len()..].chars().next();
                before.is_none_or(|c| !goes_on(c) && !matches!(c, '.' | '@'))
                    && after.is_some_and(|c| c.is_alphabetic() || matches!(c, '"' | '_'))
            })
        })
    }

    /// Whether the text names the schema before a point.
    pub(super) fn is_named(&self, text: &str) -> bool {
        has_holes(&self.letters(text, 0))
    }

    /// Whether the name stands where it cannot be that of the schema: then a table, an alias or a column is called so too.
    fn is_ambiguous(&self, all: &[Token<'_>], reads: Reads) -> bool {
        (0..all.len()).any(|at| self.is_own(&all[at], reads) && !next_is(all, at, ".") && !next_is(all, at, "::"))
    }

    /// Before a point the name of a schema, of a table or an alias may stand. Where it stands alone too, it may be one of the latter.
    fn qualifies(&self, all: &[Token<'_>], at: usize, is_ambiguous: bool, reads: Reads) -> bool {
        if !self.is_own(&all[at], reads) || !next_is(all, at, ".") || (at > 0 && follows_name(&all[at - 1])) {
            return false;
        }
        let name = all.get(at + 2);
        let is_object = name.is_some_and(|name| {
            name.name().is_some() || name.is_symbol("%") || name.is_symbol("*") || (at > 1 && all[at - 1].text == "(")
        });
        is_object
            && (!is_ambiguous
                || is_before_object(all, at)
                || (reads == Reads::Body
                    && name.and_then(Token::name).is_some_and(|name| self.objects.contains(name.as_ref()))))
    }

    fn is_own(&self, token: &Token<'_>, reads: Reads) -> bool {
        self.own.is(token) || (reads == Reads::Body && token.kind == TokenKind::Word && token.text == self.own.schema())
    }

    /// A literal that the server wrote: what it means counts, not how it is quoted.
    fn push_literal(&self, all: &[Token<'_>], at: usize, out: &mut Template) {
        let inner =
            decoded(all[at].text).map(|inner| if is_name(all, at) { self.statement(&inner) } else { self.inner(&inner) });
        match inner.filter(has_holes) {
            Some(inner) => out.0.push(Piece::Literal(inner)),
            None => drop(out.push(all[at].text)),
        }
    }

    /// What was between dollar signs stays so unless there is a hole in it: the target's name may hold any sign.
    fn push_dollar(&self, text: &str, out: &mut Template) {
        match undollared(text).map(|(_, inner)| self.inner(inner)).filter(has_holes) {
            Some(inner) => out.0.push(Piece::Literal(inner)),
            None => drop(out.push(text)),
        }
    }

    /// A text that somebody wrote: it stays letter by letter what it is, but for the holes.
    fn inner(&self, text: &str) -> Template {
        if self.is_named(text) { self.body(text, 0) } else { Template::text(text) }
    }

    /// As SQL where it can be cut, else letter by letter. `depth` is how many literals it stands in.
    fn body(&self, text: &str, depth: u8) -> Template {
        let all = tokens(text);
        if !is_closed(&all) {
            return self.letters(text, depth);
        }
        let is_ambiguous = self.is_ambiguous(&all, Reads::Body);
        let mut out = Template::default();
        for (at, token) in all.iter().enumerate() {
            match token.kind {
                TokenKind::Literal => drop(out.append(&self.letters(token.text, depth + 1))),
                TokenKind::Comment => drop(out.append(&self.letters(token.text, depth))),
                TokenKind::Dollar => match undollared(token.text) {
                    Some((fence, inner)) => drop(out.push(fence).append(&self.body(inner, depth)).push(fence)),
                    None => drop(out.push(token.text)),
                },
                TokenKind::Word | TokenKind::Quoted if self.qualifies(&all, at, is_ambiguous, Reads::Body) => {
                    out.0.push(Piece::Hole(hole(depth)));
                }
                _ => drop(out.push(token.text)),
            }
        }
        out
    }

    /// Any text: the own name before a point and another name. Two single quotes in a literal begin or end a literal in it.
    fn letters(&self, text: &str, depth: u8) -> Template {
        let mut out = Template::default();
        let (mut rest, mut before, mut is_deeper) = (text, None, false);
        while let Some(first) = rest.chars().next() {
            let own = self.own.leads(rest, before);
            let length = own.unwrap_or_else(|| match first {
                // A word is left as a whole, so that its end is not taken for a word.
                c if starts_word(c) => rest.find(|c| !goes_on(c)).unwrap_or(rest.len()),
                '\'' if depth > 0 && rest.starts_with("''") => 2,
                c => c.len_utf8(),
            });
            if own.is_some() {
                out.0.push(Piece::Hole(hole(depth + u8::from(is_deeper))));
            } else {
                is_deeper ^= depth > 0 && rest.starts_with("''");
                out.push(&rest[..length]);
            }
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        out
    }
}

/// Whether what follows this token belongs to a longer name: `x.acme`, `info@acme`.
fn follows_name(token: &Token<'_>) -> bool {
    token.is_symbol(".") || (token.kind == TokenKind::Symbol && token.text.ends_with('@'))
}

/// Whether a text has anything to fill in.
pub(super) fn has_holes(template: &Template) -> bool {
    template.0.iter().any(|piece| !matches!(piece, Piece::Text(_)))
}

fn hole(depth: u8) -> Hole {
    match depth {
        0 => Hole::Schema,
        1 => Hole::InLiteral,
        _ => Hole::InNestedLiteral,
    }
}

/// Whether every quote that a text opens is closed in it.
fn is_closed(all: &[Token<'_>]) -> bool {
    all.iter().all(|token| match token.kind {
        TokenKind::Literal | TokenKind::Quoted | TokenKind::Dollar => tokens(&format!("{}\n", token.text)).len() > 1,
        TokenKind::Comment => !token.text.starts_with("/*") || token.text.ends_with("*/"),
        _ => true,
    })
}

/// The tag and the text of `$tag$text$tag$`.
fn undollared(text: &str) -> Option<(&str, &str)> {
    let end = text[1..].find('$')? + 2;
    let (fence, rest) = text.split_at(end);
    Some((fence, rest.strip_suffix(fence)?))
}

/// What a literal means; `None` where that depends on more than the literal.
fn decoded(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix('\'') {
        return Some(inner.strip_suffix('\'')?.replace("''", "'"));
    }
    let inner = text.strip_prefix(['e', 'E'])?.strip_prefix('\'')?.strip_suffix('\'')?;
    // A literal that goes on in the next line.
    if inner.replace("''", "").replace("\\'", "").contains('\'') {
        return None;
    }
    let mut out = String::new();
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => drop(chars.next_if_eq(&'\'').map(|_| out.push('\''))),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'x' | 'u' | 'U' | '0'..='7' => return None,
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(schema: &str) -> Texts {
        Texts::new(schema, ["orders", "items", "mood"].map(str::to_owned).into())
    }

    fn moved(schema: &str, text: &str) -> String {
        texts(schema).statement(text).fill(&Names { schema: "b", owner: "boss" })
    }

    #[test]
    fn own_names_become_the_targets() {
        for (text, expected) in [
            ("CREATE TABLE $.orders (a mood)", "CREATE TABLE \"b\".orders (a mood)"),
            ("ALTER TABLE $.x OWNER TO $owner", "ALTER TABLE \"b\".x OWNER TO \"boss\""),
            ("REFERENCES acme.orders(id)", "REFERENCES \"b\".orders(id)"),
            ("acme_old.mood, x.acme.y, \"acme\".\"Orders\"", "acme_old.mood, x.acme.y, \"b\".\"Orders\""),
            ("a OPERATOR(acme.===) b", "a OPERATOR(\"b\".===) b"),
            ("nextval('acme.\"Odd\"'::regclass)", "nextval('\"b\".\"Odd\"'::regclass)"),
            ("'acme.x'::text, 'acme'::text, 'info@acme.x'", "'\"b\".x'::text, 'acme'::text, 'info@acme.x'"),
            ("SET search_path TO 'acme', 'pg_temp'\nAS $$acme$$", "SET search_path TO \"b\", 'pg_temp'\nAS $$acme$$"),
            ("AS $f$ SELECT acme.f('acme.g') -- acme.h\n$f$", "AS ' SELECT \"b\".f(''\"b\".g'') -- \"b\".h\n'"),
            ("AS $f$ EXECUTE $q$ TABLE acme.t $q$ $f$", "AS ' EXECUTE $q$ TABLE \"b\".t $q$ '"),
            ("AS $f$ x := E'\\n ''acme.y' $f$", "AS  E' x := E''\\\\n ''''\"b\".y'' '"),
        ] {
            assert_eq!(moved("acme", text), expected);
        }
    }

    #[test]
    fn an_alias_that_is_called_like_the_schema_keeps_its_name() {
        for (text, expected) in [
            ("SELECT o.id FROM orders o", "SELECT o.id FROM orders o"),
            ("SELECT o.id, o.next(1) FROM o.orders o", "SELECT o.id, \"b\".next(1) FROM \"b\".orders o"),
            ("AS $$ SELECT o.id FROM orders o $$", "AS $$ SELECT o.id FROM orders o $$"),
            ("AS $$ SELECT o.id, o.items FROM orders o $$", "AS ' SELECT o.id, \"b\".items FROM orders o '"),
        ] {
            assert_eq!(moved("o", text), expected);
        }
    }

    #[test]
    fn a_body_that_keeps_the_name_is_told() {
        for (text, expected) in [
            ("\nAS $$ SELECT o.id FROM orders o $$", true),
            ("\nAS $$ SELECT \"o\".id FROM orders o $$", true),
            ("\nAS $$ SELECT x.id FROM o.orders x $$", false),
            ("\nAS $$ SELECT o.next(1) FROM orders o $$", false),
            ("\nAS $$ SELECT foo.id, 'o. ', O.id FROM orders foo $$", false),
            (" RETURNS int LANGUAGE sql RETURN (SELECT o.id FROM orders o)", false),
        ] {
            assert_eq!(texts("o").is_named_still(text), expected, "{text}");
        }
    }

    #[test]
    fn labels_are_no_names() {
        let made = Texts::plain("CREATE TYPE $.mood AS ENUM ('acme.x', '$')");
        assert_eq!(made.fill(&Names { schema: "b", owner: "c" }), "CREATE TYPE \"b\".mood AS ENUM ('acme.x', '$')");
    }

    #[test]
    fn a_name_alone_in_a_literal_is_told() {
        for (text, expected) in [
            ("EXECUTE format('TABLE %I.x', 'acme')", true),
            ("EXECUTE 'SELECT f(''acme'')'", true),
            ("AS $$ BEGIN PERFORM set_config('search_path', 'acme', true); END $$", true),
            ("SELECT 'acme.x', 'acmes'", false),
        ] {
            assert_eq!(texts("acme").is_named_alone(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_filled_with_the_sources_own_name_means_the_same(
            schema in "[a-d]{1,3}|[A-Z']{1,3}",
            text in "([a-d]{1,2}|[.'(),: ]|\\$\\$|::regclass|--\n){0,20}",
        ) {
            let texts = texts(&schema);
            let filled = texts.literal(&text).fill(&Names { schema: &schema, owner: "x" });
            prop_assert!(filled.starts_with('\'') || filled.starts_with(" E'"), "{}", filled);
        }

        #[test]
        fn no_text_is_too_strange(schema in ".{1,8}", text in ".*|[a-zE'\"$./*:()\\- \n\\\\]*") {
            let texts = texts(&schema);
            texts.statement(&text);
            texts.literal(&text);
            texts.is_named_alone(&text);
        }
    }
}
