//! How far a migration came that cannot run in a transaction, where nobody noted it: for each statement of the closed set a question,
//! and what its answer means. What cannot be known from the catalogue is not guessed. Pure; must not know who asks.

use super::AtHand;
use crate::domain::run::TargetId;
use crate::plan::parts::Plan;
use crate::sqltext::lexer::{Token, tokens};
use crate::sqltext::literal;

/// How one statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// It is done.
    Done,
    /// It is not done, or does no harm when it is done again.
    Open,
    /// Nobody can tell, or it is half done. What a person may do about it.
    HalfDone(Option<String>),
}

/// A look at one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What is asked; `None` when there is nothing to ask.
    pub question: Option<String>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// `CREATE INDEX CONCURRENTLY`, with the definition as the server would tell it.
    Made(Vec<String>),
    /// `DROP INDEX CONCURRENTLY`: done when there is no such index.
    Dropped,
    /// `REINDEX CONCURRENTLY`: leaves invalid indexes when it ends half-way.
    Rebuilt,
    /// `DETACH PARTITION CONCURRENTLY`: a row as long as it is a partition, true when it is half detached.
    Detached,
    /// `VACUUM`, `ANALYZE`.
    Harmless,
    /// Anything else.
    Unknown,
}

/// What to look at for a statement of the migration of a target after so many migrations are done; `None` when there is no such
/// statement.
pub fn look(plan: &Plan, target: TargetId, done: u16, statement: u16) -> Option<Look> {
    let at_hand = AtHand::of(plan, target, done)?;
    let sql = &at_hand.step.statements.get(usize::from(statement))?.sql;
    Some(of(sql, at_hand.target.oid, &at_hand.target.schema))
}

fn of(sql: &str, schema: u32, name: &str) -> Look {
    let words: Vec<Token<'_>> = tokens(sql).into_iter().filter(|token| !token.is_blank()).collect();
    let says = |word: &str| words.iter().any(|token| token.is_word(word));
    let unknown = Look { question: None, kind: Kind::Unknown };
    match words.first() {
        Some(first) if first.is_word("VACUUM") || first.is_word("ANALYZE") || first.is_word("ANALYSE") => {
            Look { question: None, kind: Kind::Harmless }
        }
        Some(first) if first.is_word("CREATE") && says("CONCURRENTLY") => made(&words, schema, name).unwrap_or(unknown),
        Some(first) if first.is_word("DROP") && says("CONCURRENTLY") => dropped(&words, schema, name).unwrap_or(unknown),
        Some(first) if first.is_word("REINDEX") && says("CONCURRENTLY") => Look {
            question: Some(format!(
                "SELECT c.relname FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
                 WHERE NOT i.indisvalid AND c.relnamespace = '{schema}'::pg_catalog.oid"
            )),
            kind: Kind::Rebuilt,
        },
        Some(first) if first.is_word("ALTER") && says("DETACH") => detached(&words, schema, name).unwrap_or(unknown),
        _ => unknown,
    }
}

impl Look {
    /// What the rows of the answer mean; without rows where nothing was asked.
    pub fn stands(&self, rows: &[Vec<Option<String>>]) -> Stands {
        let cell = |at: usize| rows.first().and_then(|row| row.get(at)?.as_deref());
        let is_true = |at: usize| matches!(cell(at), Some("t" | "true"));
        match &self.kind {
            Kind::Made(_) | Kind::Rebuilt if rows.is_empty() => Stands::Open,
            Kind::Made(wanted) if is_true(0) => match cell(1) {
                Some(there) if definition(there) == *wanted => Stands::Done,
                _ => half_done("there is an index of that name: look whether it is the wanted one; drop it otherwise"),
            },
            Kind::Dropped | Kind::Detached if rows.is_empty() => Stands::Done,
            Kind::Detached if is_true(0) => {
                half_done("finish it with ALTER TABLE ... DETACH PARTITION ... FINALIZE, and note that in the ledger")
            }
            Kind::Dropped | Kind::Detached | Kind::Harmless => Stands::Open,
            Kind::Made(_) | Kind::Rebuilt | Kind::Unknown => Stands::HalfDone(None),
        }
    }

    /// Whether it can be there only because it was made: where something is gone it may never have been there.
    pub fn shows_what_was_before(&self) -> bool {
        matches!(self.kind, Kind::Made(_))
    }

    /// Whether what is noted as done can be seen to be done.
    pub fn can_be_seen(&self) -> bool {
        matches!(self.kind, Kind::Made(_) | Kind::Dropped | Kind::Detached)
    }
}

fn half_done(hint: &str) -> Stands {
    Stands::HalfDone(Some(hint.to_owned()))
}

/// The raw name at the beginning of some tokens and those after it, where it lies in the schema.
fn name_in<'a, 'b>(words: &'b [Token<'a>], schema: &str) -> Option<(String, &'b [Token<'a>])> {
    let first = words.first()?.name()?;
    if words.get(1).is_some_and(|token| token.is_symbol(".")) {
        let second = words.get(2)?.name()?;
        return (first == schema).then(|| (second.into_owned(), &words[3..]));
    }
    Some((first.into_owned(), &words[1..]))
}

/// The tokens after these words, in a row, where they are there.
fn after<'a, 'b>(words: &'b [Token<'a>], skipped: &[&str]) -> &'b [Token<'a>] {
    let is_there = words.len() >= skipped.len() && skipped.iter().zip(words).all(|(word, token)| token.is_word(word));
    if is_there { &words[skipped.len()..] } else { words }
}

fn made(words: &[Token<'_>], schema: u32, name: &str) -> Option<Look> {
    let at = words.iter().position(|token| token.is_word("CONCURRENTLY"))?;
    let rest = after(&words[at + 1..], &["IF", "NOT", "EXISTS"]);
    // One without a name gets one from the server, which nobody knows.
    if rest.first()?.is_word("ON") {
        return None;
    }
    let index = rest.first()?.name()?;
    let (_, of_table) = name_in(after(after(&rest[1..], &["ON"]), &["ONLY"]), name)?;
    if of_table.is_empty() {
        return None;
    }
    let question = format!(
        "SELECT (i.indisvalid AND i.indisready)::pg_catalog.text, pg_catalog.pg_get_indexdef(i.indexrelid) \
         FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
         WHERE c.relname = {} AND c.relnamespace = '{schema}'::pg_catalog.oid",
        literal(&index)
    );
    Some(Look { question: Some(question), kind: Kind::Made(normal(words)) })
}

fn dropped(words: &[Token<'_>], schema: u32, name: &str) -> Option<Look> {
    let at = words.iter().position(|token| token.is_word("CONCURRENTLY"))?;
    let (index, rest) = name_in(after(&words[at + 1..], &["IF", "EXISTS"]), name)?;
    // Several indexes at once are refused by the server.
    if rest.iter().any(|token| token.is_symbol(",")) {
        return None;
    }
    let question = format!(
        "SELECT FROM pg_catalog.pg_class WHERE relkind IN ('i', 'I') AND relname = {} AND relnamespace = \
         '{schema}'::pg_catalog.oid",
        literal(&index)
    );
    Some(Look { question: Some(question), kind: Kind::Dropped })
}

fn detached(words: &[Token<'_>], schema: u32, name: &str) -> Option<Look> {
    let rest = after(after(words, &["ALTER", "TABLE"]), &["IF", "EXISTS"]);
    let (parent, rest) = name_in(after(rest, &["ONLY"]), name)?;
    let [detach, partition, of_part @ ..] = rest else { return None };
    if !detach.is_word("DETACH") || !partition.is_word("PARTITION") {
        return None;
    }
    let (part, _) = name_in(of_part, name)?;
    let of = |name: &str| {
        format!(
            "(SELECT oid FROM pg_catalog.pg_class WHERE relname = {} AND relnamespace = '{schema}'::pg_catalog.oid)",
            literal(name)
        )
    };
    let question = format!(
        "SELECT inhdetachpending::pg_catalog.text FROM pg_catalog.pg_inherits WHERE inhparent = {} AND inhrelid = {}",
        of(&parent),
        of(&part)
    );
    Some(Look { question: Some(question), kind: Kind::Detached })
}

/// A definition of an index as the server tells it, in the form that can be compared.
fn definition(text: &str) -> Vec<String> {
    let words: Vec<Token<'_>> = tokens(text).into_iter().filter(|token| !token.is_blank()).collect();
    normal(&words)
}

/// The tokens of `CREATE INDEX` without what says the same in several ways: key words that do not last, the schema, the usual kind of
/// index, the parentheses around the condition. Everything else is compared sign by sign: where two texts mean the same and this does
/// not see it, a person looks.
fn normal(words: &[Token<'_>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some(token) = rest.first() {
        rest = &rest[1..];
        if token.is_word("CONCURRENTLY") {
            rest = after(rest, &["IF", "NOT", "EXISTS"]);
        } else if token.is_word("ON") && !out.iter().any(|word| word == "on") {
            out.push("on".to_owned());
            rest = after(rest, &["ONLY"]);
            if rest.get(1).is_some_and(|token| token.is_symbol(".")) {
                rest = &rest[2..];
            }
            out.extend(rest.first().map(one));
            rest = rest.get(1..).unwrap_or_default();
            if !rest.first().is_some_and(|token| token.is_word("USING")) {
                out.extend(["using".to_owned(), "btree".to_owned()]);
            }
        } else if token.is_word("WHERE") {
            out.push("where".to_owned());
            let condition: Vec<String> = rest.iter().map(one).collect();
            out.extend(without_parentheses(&condition).iter().cloned());
            break;
        } else if !token.is_word("ASC") {
            out.push(one(token));
        }
    }
    out
}

fn one(token: &Token<'_>) -> String {
    token.name().map_or_else(|| token.text.to_owned(), std::borrow::Cow::into_owned)
}

/// The same without parentheses that hold all of it.
fn without_parentheses(words: &[String]) -> &[String] {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return words };
    if first != "(" || last != ")" {
        return words;
    }
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 && at + 1 < words.len() {
            return words;
        }
    }
    without_parentheses(&words[1..words.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(sql: &str, rows: &[&[&str]]) -> Stands {
        let rows: Vec<Vec<Option<String>>> =
            rows.iter().map(|row| row.iter().map(|cell| Some((*cell).to_owned())).collect()).collect();
        of(sql, 7, "a\"b").stands(&rows)
    }

    #[test]
    fn an_index_is_done_when_it_is_valid_and_the_one_that_was_wanted() {
        for (sql, there) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX i ON \"a\"\"b\".t USING btree (a)"),
            ("create index concurrently if not exists I on only T(a asc, B)", "CREATE INDEX i ON t USING btree (a, b)"),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY \"I x\" ON \"a\"\"b\".\"T\" USING gin (a)",
                "CREATE UNIQUE INDEX \"I x\" ON x.\"T\" USING gin (a)",
            ),
            (
                "CREATE INDEX CONCURRENTLY i ON t (lower(a)) WHERE b IS NULL",
                "CREATE INDEX i ON x.t USING btree (lower(a)) WHERE (b IS NULL)",
            ),
            ("CREATE INDEX CONCURRENTLY i ON t (a) -- why", "CREATE INDEX i ON x.t USING btree (a)"),
        ] {
            assert_eq!(stands(sql, &[&["true", there]]), Stands::Done, "{sql}");
            assert_eq!(stands(sql, &[]), Stands::Open, "{sql}");
            assert_eq!(stands(sql, &[&["false", there]]), Stands::HalfDone(None), "{sql}");
        }
        for there in [
            "CREATE INDEX i ON x.t USING btree (b)",
            "CREATE UNIQUE INDEX i ON x.t USING btree (a)",
            "CREATE INDEX i ON x.u USING btree (a)",
            "CREATE INDEX i ON x.t USING btree (a) WHERE (a > 1)",
            "CREATE INDEX i ON x.t USING hash (a)",
        ] {
            let stands = stands("CREATE INDEX CONCURRENTLY i ON t (a)", &[&["true", there]]);
            assert!(matches!(stands, Stands::HalfDone(Some(_))), "{there}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_not_guessed() {
        for sql in [
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "CREATE INDEX CONCURRENTLY i ON other.t (a)",
            "CREATE INDEX CONCURRENTLY i ON t",
            "DROP INDEX CONCURRENTLY other.i",
            "UPDATE t SET a = 1",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "CREATE INDEX CONCURRENTLY",
            "DROP INDEX CONCURRENTLY",
            "ALTER TABLE t DETACH",
            "",
        ] {
            let look = of(sql, 7, "t");
            assert_eq!((look.question.clone(), look.stands(&[])), (None, Stands::HalfDone(None)), "{sql}");
        }
    }

    #[test]
    fn each_statement_of_the_closed_set_has_its_way() {
        let check = |sql: &str, rows: &[&[&str]], expected| assert_eq!(stands(sql, rows), expected, "{sql} {rows:?}");
        check("DROP INDEX CONCURRENTLY IF EXISTS i", &[], Stands::Done);
        check("DROP INDEX CONCURRENTLY \"a\"\"b\".i CASCADE", &[&[]], Stands::Open);
        check("REINDEX INDEX CONCURRENTLY i", &[], Stands::Open);
        check("REINDEX (VERBOSE, CONCURRENTLY) TABLE t", &[&["t_ccnew"]], Stands::HalfDone(None));
        check("VACUUM (ANALYZE) t", &[], Stands::Open);
        check("ANALYZE t", &[], Stands::Open);
        let detach = "ALTER TABLE t DETACH PARTITION t_1 CONCURRENTLY";
        check(detach, &[], Stands::Done);
        check(detach, &[&["false"]], Stands::Open);
        assert!(matches!(stands(detach, &[&["true"]]), Stands::HalfDone(Some(_))));
    }
}
