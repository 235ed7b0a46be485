//! How majors of PostgreSQL write the same thing, made one. Must not know whose text it is.

use crate::domain::structure::Kind;
use crate::sqltext::lexer::{Token, TokenKind, tokens};

/// The text as the newest major would write it, without what is told elsewhere: an index's loose name, whether a constraint is
/// valid.
pub(super) fn normalised(kind: Kind, attribute: &str, text: String) -> String {
    let text = with_casts_inside(&text).unwrap_or(text);
    match (kind, attribute) {
        (Kind::Index, "definition") => without_name(&text),
        (Kind::Constraint, "definition") => text.strip_suffix(" NOT VALID").map(str::to_owned).unwrap_or(text),
        (Kind::View | Kind::MaterializedView, "definition") => without_only_table(&text).unwrap_or(text),
        _ => text,
    }
}

/// `ARRAY[a, b]::text[]` as `ARRAY[a::text, b::text]`: the server writes the first for `IN (...)` as a person wrote it, and the second
/// once that text was read again, in a dump as in a clone. Where it puts parentheses around the array it does so around each as well.
/// `None` where there is nothing of the kind.
fn with_casts_inside(definition: &str) -> Option<String> {
    if !definition.contains("ARRAY[") {
        return None;
    }
    let all = tokens(definition);
    let mut out = String::with_capacity(definition.len() + 32);
    let mut at = 0;
    while at < all.len() {
        if let Some((array, behind)) = cast_array(&all, at) {
            out.push_str(&array);
            at = behind;
        } else {
            out.push_str(all[at].text);
            at += 1;
        }
    }
    Some(out)
}

/// The array that begins here and is cast, with its cast inside, and the place behind it.
fn cast_array(all: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let is = |at: usize, symbol: &str| all.get(at).is_some_and(|token| token.is_symbol(symbol));
    let wrapped = usize::from(is(at, "("));
    let first = at + wrapped + 2;
    if !all.get(first - 2)?.is_word("array") || !is(first - 1, "[") {
        return None;
    }
    let (mut depth, mut elements, mut from, mut end) = (0_u32, Vec::new(), first, None);
    for (place, token) in all.iter().enumerate().skip(first) {
        match token.text {
            "(" | "[" => depth += 1,
            "]" if depth == 0 => {
                end = Some(place);
                break;
            }
            ")" | "]" => depth = depth.checked_sub(1)?,
            "," if depth == 0 => {
                elements.push(text(&all[from..place]));
                from = place + 1;
            }
            _ => {}
        }
    }
    let end = end?;
    elements.push(text(&all[from..end]));
    if wrapped == 1 && !is(end + 1, ")") || !is(end + wrapped + 1, "::") {
        return None;
    }
    let cast = end + wrapped + 2;
    let length = all.get(cast..)?.iter().position(|token| token.is_symbol("["))?;
    let behind = cast + length + 2;
    let kind = text(&all[cast..cast + length]);
    let is_type = |token: &Token<'_>| token.is_blank() || token.name().is_some() || token.is_symbol(".");
    if !is(behind - 1, "]") || kind.is_empty() || !all[cast..cast + length].iter().all(is_type) {
        return None;
    }
    let with_cast = |element: &String| match element.trim() {
        plain if wrapped == 0 => format!("{plain}::{kind}"),
        inner => format!("({inner})::{kind}"),
    };
    let elements: Vec<String> = elements.iter().map(with_cast).collect();
    Some((format!("ARRAY[{}]", elements.join(", ")), behind))
}

/// `CREATE INDEX name ON ...` without the name.
fn without_name(definition: &str) -> String {
    let all = tokens(definition);
    let word = all.iter().position(|token| token.is_word("index"));
    let is_named = |at: usize| all.get(at + 2).is_some_and(|token| token.name().is_some() && !token.is_word("on"));
    match word.filter(|&at| is_named(at)) {
        Some(at) => text(&all[..=at]) + &text(all.get(at + 3..).unwrap_or_default()),
        None => definition.to_owned(),
    }
}

fn text(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.text).collect()
}

/// Until 15 the columns of a view over one table were written with the table's name, from 16 on without, unless a column of the
/// view is called so too. Queries inside the view's query name the table on every major. `None` when nothing is to be taken out.
fn without_only_table(definition: &str) -> Option<String> {
    let all = Depths::of(definition);
    let table = all.only_table()?;
    let mut out = String::with_capacity(definition.len());
    let mut at = 0;
    while let Some(token) = all.tokens.get(at) {
        let is_free = at == 0 || !all.tokens[at - 1].is_symbol(".");
        let is_prefix = all.queries[at] == 0
            && is_free
            && token.name().is_some_and(|name| name == table)
            && all.tokens.get(at + 1).is_some_and(|next| next.is_symbol("."))
            && all.tokens.get(at + 2).is_some_and(|next| next.name().is_some());
        if is_prefix {
            at += 2;
        } else {
            out.push_str(token.text);
            at += 1;
        }
    }
    Some(out)
}

/// Tokens, and for each how many parentheses and how many inner queries it stands in.
struct Depths<'a> {
    tokens: Vec<Token<'a>>,
    parentheses: Vec<u32>,
    queries: Vec<u32>,
}

impl<'a> Depths<'a> {
    fn of(text: &'a str) -> Self {
        let tokens = tokens(text);
        let (mut parentheses, mut queries) = (Vec::with_capacity(tokens.len()), Vec::with_capacity(tokens.len()));
        let (mut open, mut inner): (Vec<bool>, u32) = (Vec::new(), 0);
        for (at, token) in tokens.iter().enumerate() {
            if token.is_symbol(")") && open.pop() == Some(true) {
                inner -= 1;
            }
            parentheses.push(open.len() as u32);
            queries.push(inner);
            if token.is_symbol("(") {
                let first = tokens[at + 1..].iter().find(|token| !token.is_blank());
                let is_query =
                    first.is_some_and(|first| ["select", "with", "values"].iter().any(|word| first.is_word(word)));
                open.push(is_query);
                inner += u32::from(is_query);
            }
        }
        Self { tokens, parentheses, queries }
    }

    /// The raw name under which the columns of the only thing that the query itself reads from are known.
    fn only_table(&self) -> Option<String> {
        const END: [&str; 10] =
            ["where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "tablesample"];
        const MORE: [&str; 4] = ["join", "union", "intersect", "except"];
        let outer: Vec<&Token<'_>> = self
            .tokens
            .iter()
            .zip(&self.parentheses)
            .filter(|(token, depth)| **depth == 0 && !token.is_blank())
            .map(|(token, _)| token)
            .collect();
        if outer.iter().any(|token| MORE.iter().any(|word| token.is_word(word))) {
            return None;
        }
        let from = outer.iter().enumerate().position(|(at, token)| {
            token.is_word("from")
                && !(at > 0 && outer[at - 1].is_word("distinct") && at > 2 && is_compared(&outer[..at - 1]))
        })?;
        let item = &outer[from + 1..];
        let end = item.iter().position(|token| token.is_symbol(";") || END.iter().any(|word| token.is_word(word)));
        let item = &item[..end.unwrap_or(item.len())];
        if item.iter().any(|token| token.is_symbol(",")) {
            return None;
        }
        let named = item.iter().rev().find(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted))?;
        named.name().map(std::borrow::Cow::into_owned)
    }
}

/// Whether `IS` or `IS NOT` stands before `DISTINCT FROM`, so that this `FROM` compares.
fn is_compared(before: &[&Token<'_>]) -> bool {
    match before {
        [.., is, not] if not.is_word("not") => is.is_word("is"),
        [.., is] => is.is_word("is"),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &str) -> String {
        normalised(Kind::View, "definition", text.to_owned())
    }

    #[test]
    fn the_only_table_of_a_view_is_not_named_before_its_columns() {
        for (old, new) in [
            (" SELECT o.id FROM orders o WHERE o.id > 1;", " SELECT id FROM orders o WHERE id > 1;"),
            (" SELECT sum(orders.id) AS orders FROM orders;", " SELECT sum(id) AS orders FROM orders;"),
            (" SELECT a.id FROM a JOIN b ON a.id = b.id;", " SELECT a.id FROM a JOIN b ON a.id = b.id;"),
            (" SELECT a.id FROM a, b;", " SELECT a.id FROM a, b;"),
            (" SELECT a.id FROM a UNION SELECT a.id FROM a;", " SELECT a.id FROM a UNION SELECT a.id FROM a;"),
            (
                " SELECT a.id, ( SELECT a.x FROM a a_1 WHERE a_1.id = a.id) FROM a;",
                " SELECT id, ( SELECT a.x FROM a a_1 WHERE a_1.id = a.id) FROM a;",
            ),
            (" SELECT EXTRACT(year FROM a.t) FROM a;", " SELECT EXTRACT(year FROM t) FROM a;"),
            (" SELECT a.x IS DISTINCT FROM a.y FROM a;", " SELECT x IS DISTINCT FROM y FROM a;"),
            (" SELECT f.x FROM make(1) f(x, y);", " SELECT x FROM make(1) f(x, y);"),
            (" SELECT s.x FROM ( SELECT t.x FROM t) s;", " SELECT x FROM ( SELECT t.x FROM t) s;"),
            (" SELECT a.*::text FROM a;", " SELECT a.*::text FROM a;"),
            (" SELECT \"A\".x FROM \"A\";", " SELECT x FROM \"A\";"),
            (" SELECT a AS b, b AS a FROM t ORDER BY t.a;", " SELECT a AS b, b AS a FROM t ORDER BY a;"),
            (" SELECT a FROM ONLY t FOR UPDATE OF t;", " SELECT a FROM ONLY t FOR UPDATE OF t;"),
            (" SELECT 1;", " SELECT 1;"),
        ] {
            assert_eq!(view(old), new);
        }
    }

    #[test]
    fn a_list_is_written_alike_before_and_after_it_was_read_again() {
        let check = |before: &str, after: &str| {
            for text in [before, after] {
                assert_eq!(normalised(Kind::Constraint, "definition", text.to_owned()), after, "{text}");
            }
        };
        check(
            "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'b, ]'::character varying])::text[])))",
            "CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b, ]'::character varying)::text])))",
        );
        check(
            "CHECK ((n = ANY ((ARRAY[1, f(2, 3)])::bigint[])))",
            "CHECK ((n = ANY (ARRAY[(1)::bigint, (f(2, 3))::bigint])))",
        );
        check(
            "CHECK (kind::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[]))",
            "CHECK (kind::text = ANY (ARRAY['a'::character varying::text, 'b'::character varying::text]))",
        );
        for other in ["CHECK ((a = (ARRAY[1, 2])))", "CHECK ((a = ANY (ARRAY[1, 2])))", "CHECK ((a = (ARRAY[1])::text))"] {
            check(other, other);
        }
    }

    #[test]
    fn the_name_of_an_index_is_not_in_its_definition() {
        for (with, without) in [
            (
                "CREATE UNIQUE INDEX \"on x\" ON ONLY t USING btree (index)",
                "CREATE UNIQUE INDEX ON ONLY t USING btree (index)",
            ),
            ("CREATE INDEX a ON b USING gin (c)", "CREATE INDEX ON b USING gin (c)"),
            ("CREATE INDEX ON b USING gin (c)", "CREATE INDEX ON b USING gin (c)"),
        ] {
            assert_eq!(normalised(Kind::Index, "definition", with.to_owned()), without);
        }
    }
}
