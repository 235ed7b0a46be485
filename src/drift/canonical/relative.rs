//! Takes the name of the own schema out of texts, so that the same thing reads the same in every schema. Works on tokens. Must
//! not know which object a text belongs to.

use std::collections::HashMap;

use crate::sqltext::lexer::{Token, TokenKind, goes_on, starts_word, tokens};
use crate::sqltext::own::{Own, is_before_object, is_name, next_is};

/// Stands for the own schema where its name cannot be left out.
const OWN: &str = "@";

/// What may stand before the name of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing: the text is no query.
    Nothing,
    /// The name or alias of a table, which may be called like the schema.
    Tables,
}

/// One schema, and the sequences whose names are loose.
pub(super) struct Relative {
    own: Own,
    sequences: HashMap<String, String>,
}

impl Relative {
    pub(super) fn new(schema: &str) -> Self {
        Self { own: Own::new(schema), sequences: HashMap::new() }
    }

    /// From now on a sequence (raw name) is named after the column that owns it (raw, `table.column`).
    pub(super) fn name_sequence(&mut self, sequence: &str, column: &str) {
        self.sequences.insert(sequence.to_owned(), column.to_owned());
    }

    /// SQL text that the server wrote, without the own schema's name before own objects.
    pub(super) fn sql(&self, text: &str, before_columns: Before) -> String {
        let all = tokens(text);
        let is_ambiguous = before_columns == Before::Tables
            && (0..all.len()).any(|at| self.own.is(&all[at]) && !next_is(&all, at, ".") && !next_is(&all, at, "::"));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(token) = all.get(at) {
            let skip = match token.kind {
                TokenKind::Word if token.is_word("operator") => self.operator(&all, at, &mut out),
                TokenKind::Word | TokenKind::Quoted if self.qualifies(&all, at, is_ambiguous) => 2,
                TokenKind::Literal => self.literal(&all, at, &mut out),
                TokenKind::Dollar | TokenKind::Comment => {
                    out.push_str(&self.text(token.text));
                    1
                }
                _ => 0,
            };
            if skip == 0 {
                out.push_str(token.text);
            }
            at += skip.max(1);
        }
        out
    }

    /// Any text: the own name before a dot and another name becomes `@`.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before: Option<char> = None;
        while let Some(first) = rest.chars().next() {
            let own = self.own.leads(rest, before);
            let length = own.unwrap_or_else(|| match first {
                // A word is left as a whole, so that its end is not taken for a word.
                c if starts_word(c) => rest.find(|c| !goes_on(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            });
            out.push_str(if own.is_some() { OWN } else { &rest[..length] });
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        out
    }

    /// A setting of a function, `name=value`: the elements of a `search_path` are names.
    pub(super) fn setting(&self, text: &str) -> String {
        match text.split_once('=') {
            Some((name @ "search_path", value)) => {
                let value: String =
                    tokens(value).iter().map(|token| if self.own.is(token) { OWN } else { token.text }).collect();
                format!("{name}={value}")
            }
            _ => self.text(text),
        }
    }

    /// Whether the token at `at` is the own schema before the name of an object.
    fn qualifies(&self, all: &[Token<'_>], at: usize, is_ambiguous: bool) -> bool {
        if !self.own.is(&all[at]) || !next_is(all, at, ".") || (at > 0 && all[at - 1].is_symbol(".")) {
            return false;
        }
        !is_ambiguous || is_before_object(all, at)
    }

    /// `OPERATOR(own.+)` becomes `+`, which is how it is written where the own schema is in the path.
    fn operator(&self, all: &[Token<'_>], at: usize, out: &mut String) -> usize {
        match all.get(at + 1..at + 6) {
            Some([open, own, dot, sign, close])
                if open.text == "(" && self.own.is(own) && dot.text == "." && close.text == ")" =>
            {
                out.push_str(sign.text);
                6
            }
            _ => 0,
        }
    }

    fn literal(&self, all: &[Token<'_>], at: usize, out: &mut String) -> usize {
        let text = all[at].text;
        let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let Some(inner) = inner.filter(|_| is_name(all, at)) else {
            out.push_str(&self.text(text));
            return 1;
        };
        let own = self.sql(&inner.replace("''", "'"), Before::Nothing);
        let name = tokens(&own);
        let sequence = match name.as_slice() {
            [token] if all[at + 2].is_word("regclass") => token.name().and_then(|name| self.sequences.get(name.as_ref())),
            _ => None,
        };
        match sequence {
            Some(owner) => out.push_str(&format!("{OWN}{owner}")),
            None => out.push_str(&format!("'{}'::{}", own.replace('\'', "''"), all[at + 2].text)),
        }
        3
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sql(schema: &str, text: &str) -> String {
        Relative::new(schema).sql(text, Before::Nothing)
    }

    #[test]
    fn own_objects_are_named_without_schema_and_others_with_theirs() {
        for (text, expected) in [
            ("FOREIGN KEY (a) REFERENCES acme.orders(id)", "FOREIGN KEY (a) REFERENCES orders(id)"),
            ("acme.mood[]", "mood[]"),
            ("acme_old.mood", "acme_old.mood"),
            ("public.acme.x", "public.acme.x"),
            ("\"acme\".\"Orders\"", "\"Orders\""),
            ("OPERATOR(acme.===)", "==="),
            ("OPERATOR(public.===)", "OPERATOR(public.===)"),
            ("'acme.x'::text", "'@.x'::text"),
            ("'acme.orders'::regclass", "'orders'::regclass"),
            ("'it''s acme.'::text", "'it''s acme.'::text"),
            ("CHECK (acme > 1)", "CHECK (acme > 1)"),
        ] {
            assert_eq!(sql("acme", text), expected);
        }
        assert_eq!(sql("with.dot\"", "\"with.dot\"\"\".t"), "t");
        assert_eq!(sql("UPPER", "UPPER.t, \"UPPER\".t"), "UPPER.t, t");
    }

    #[test]
    fn a_table_or_alias_that_is_called_like_the_schema_keeps_its_name() {
        let view = |text| Relative::new("o").sql(text, Before::Tables);
        assert_eq!(view("SELECT o.id FROM orders o"), "SELECT o.id FROM orders o");
        assert_eq!(view("SELECT o.id, o.next(1) FROM o.orders o"), "SELECT o.id, next(1) FROM orders o");
        assert_eq!(view("SELECT o.o.id FROM o.o"), "SELECT o.id FROM o");
        assert_eq!(view("SELECT t.id::o.mood FROM o.orders t"), "SELECT t.id::mood FROM orders t");
    }

    #[test]
    fn a_sequence_with_a_loose_name_is_named_after_its_column() {
        let mut relative = Relative::new("acme");
        relative.name_sequence("orders_id_seq", "orders.id");
        let sql = |text| relative.sql(text, Before::Nothing);
        assert_eq!(sql("nextval('orders_id_seq'::regclass)"), "nextval(@orders.id)");
        assert_eq!(sql("nextval('acme.orders_id_seq'::regclass)"), "nextval(@orders.id)");
        assert_eq!(sql("nextval('other_seq'::regclass)"), "nextval('other_seq'::regclass)");
        assert_eq!(sql("nextval('other.orders_id_seq'::regclass)"), "nextval('other.orders_id_seq'::regclass)");
    }

    #[test]
    fn in_any_text_the_own_name_is_replaced_before_a_dot() {
        let relative = Relative::new("acme");
        for (text, expected) in [
            ("UPDATE acme.orders SET x = 'acme.y' -- acme.z", "UPDATE @.orders SET x = '@.y' -- @.z"),
            ("Acme.orders, \"acme\".\"Orders\"", "@.orders, @.\"Orders\""),
            ("see acme. Then", "see acme. Then"),
            ("acme.example acmes.x my_acme.x acme", "@.example acmes.x my_acme.x acme"),
            ("x.acme.y", "x.acme.y"),
            ("größe.acme.y acme.größe", "größe.acme.y @.größe"),
        ] {
            assert_eq!(relative.text(text), expected);
        }
        assert_eq!(relative.setting("search_path=acme, public"), "search_path=@, public");
        assert_eq!(Relative::new("a, b").setting("search_path=\"a, b\", b"), "search_path=@, b");
        assert_eq!(relative.setting("work_mem=acme"), "work_mem=acme");
    }

    proptest! {
        #[test]
        fn the_same_text_in_two_schemas_becomes_one(
            parts in proptest::collection::vec("[a-c(), =]{0,6}|'[a-c ]{0,4}'|::|;|--\n", 0..8),
            one in "[d-g]{1,5}|[A-Z ]{2,6}|\"",
            other in "[h-k]{1,5}|[A-Z.]{2,6}|'",
        ) {
            let with = |schema: &str| parts.join(&format!(" {}.x ", crate::sqltext::ident(schema)));
            prop_assert_eq!(sql(&one, &with(&one)), sql(&other, &with(&other)));
            let text = |schema: &str| Relative::new(schema).text(&with(schema));
            prop_assert_eq!(text(&one), text(&other));
        }

        #[test]
        fn no_text_is_too_strange(schema in ".{1,8}", text in ".*|[a-z'\"$./*:()\\- \n]*") {
            let relative = Relative::new(&schema);
            relative.sql(&text, Before::Tables);
            relative.text(&text);
            relative.setting(&text);
        }
    }
}
