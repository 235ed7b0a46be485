//! A text of several statements cut into single ones, as psql cuts it: at the semicolons that stand outside of parentheses, of
//! literals, of comments and of the body of a function in standard SQL (`BEGIN ATOMIC ... END`). What only psql understands is told
//! and refused. Must not know what the statements do.

use super::lexer::{Token, TokenKind, tokens};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// One statement of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The statement, from its first to its last word: without the blanks and comments around it, without the semicolon that
    /// ends it.
    pub sql: &'a str,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// All of the text that belongs to it. These in a row are the text that was cut, unless it holds no statement.
    pub whole: &'a str,
}

/// Why a text cannot be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncut {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there: a lower-case fragment, safe to show.
    pub what: String,
    /// What to do about it.
    pub hint: &'static str,
}

impl Uncut {
    /// The same as a fault of the file that holds the text. `origin` is safe to show.
    pub fn fault(self, origin: &str) -> Fault {
        Fault::new(FaultKind::Usage, format!("{origin}, line {}: {}", self.line, self.what)).hint(self.hint)
    }
}

const PSQL: &str = "only psql understands it: write the statement for the server, in plain SQL";
const COPY_IN: &str = "the data would have to come from the client: write INSERT, or load it apart from the migration";
const COPY_OUT: &str = "nobody would read the data: a migration only writes";
const CLOSE: &str = "close it: the statements behind it would become a part of it";

/// Cuts a text into its statements. Refused are commands and variables of psql, `COPY` from or to the client, and what is not closed
/// at the end of the text.
pub fn split(text: &str) -> Result<Vec<Piece<'_>>, Uncut> {
    let tokens = tokens(text);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut cut = Cut::default();
    let (mut at, mut line) = (0, 1);
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| tokens.get(before));
        let after = tokens.get(place + 1);
        if let Some((what, hint)) = psql(before, token, after, &cut) {
            return Err(Uncut { line, what, hint });
        }
        let end = at + token.text.len();
        if token.is_symbol(";") && cut.is_outside() {
            if let Some(piece) = cut.piece(text, end)? {
                pieces.push(piece);
                cut = Cut { start: end, ..Cut::default() };
            }
        } else if !token.is_blank() {
            cut.takes(token, at, line);
        }
        at = end;
        line += token.text.matches('\n').count() as u32;
    }
    if let Some(last) = tokens.last().filter(|last| !is_closed(last)) {
        let line = line - last.text.matches('\n').count() as u32;
        return Err(Uncut { line, what: format!("{} is not closed", noun(last.kind)), hint: CLOSE });
    }
    match (cut.piece(text, text.len())?, pieces.last_mut()) {
        (Some(piece), _) => pieces.push(piece),
        // Blanks, comments and lone semicolons at the end belong to the last statement.
        (None, Some(last)) => last.whole = &text[cut.start - last.whole.len()..],
        (None, None) => {}
    }
    Ok(pieces)
}

/// What is known of the statement at hand.
#[derive(Default)]
struct Cut {
    /// Where its text begins.
    start: usize,
    /// Where its first token begins, and on which line.
    first: Option<(usize, u32)>,
    /// Where its last token ends.
    end: usize,
    /// The open parentheses, the lines of the first one and of the first `BEGIN ATOMIC`.
    parentheses: u32,
    brackets: u32,
    /// `BEGIN ATOMIC` and, within it, `CASE`: each waits for an `END`.
    blocks: u32,
    opened: u32,
    /// The words before, as many as tell what it is, in lower case.
    words: Vec<String>,
}

impl Cut {
    fn is_outside(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn takes(&mut self, token: &Token<'_>, at: usize, line: u32) {
        self.first.get_or_insert((at, line));
        self.end = at + token.text.len();
        if self.is_outside() {
            self.opened = line;
        }
        match (token.kind, token.text) {
            (TokenKind::Symbol, "(") => self.parentheses += 1,
            (TokenKind::Symbol, ")") => self.parentheses = self.parentheses.saturating_sub(1),
            (TokenKind::Symbol, "[") => self.brackets += 1,
            (TokenKind::Symbol, "]") => self.brackets = self.brackets.saturating_sub(1),
            (TokenKind::Word, _) => self.word(token.text.to_ascii_lowercase()),
            // A name in quotes stands between two words that would belong together without it.
            _ => self.words.push(String::new()),
        }
    }

    fn word(&mut self, word: String) {
        let routine = self.words.first().is_some_and(|first| first == "create");
        match word.as_str() {
            "atomic" if routine && self.words.last().is_some_and(|last| last == "begin") => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
        self.words.push(word);
    }

    /// The statement, its text ending here; `None` where there is none.
    fn piece<'a>(&self, text: &'a str, end: usize) -> Result<Option<Piece<'a>>, Uncut> {
        let Some((first, line)) = self.first else { return Ok(None) };
        if !self.is_outside() {
            let what = if self.parentheses > 0 { "a parenthesis" } else { "the body after BEGIN ATOMIC" };
            return Err(Uncut { line: self.opened, what: format!("{what} is not closed"), hint: CLOSE });
        }
        if let Some((what, hint)) = self.copies() {
            return Err(Uncut { line, what, hint });
        }
        Ok(Some(Piece { sql: &text[first..self.end], line, whole: &text[self.start..end] }))
    }

    /// Whether it moves data through the client.
    fn copies(&self) -> Option<(String, &'static str)> {
        let copies = self.words.first().is_some_and(|first| first == "copy");
        let through = |pair: &&[String]| matches!((pair[0].as_str(), pair[1].as_str()), ("from" | "to", "stdin" | "stdout"));
        let pair = self.words.windows(2).find(through).filter(|_| copies)?;
        let hint = if pair[0] == "from" { COPY_IN } else { COPY_OUT };
        Some((format!("data through the client: COPY {}", pair.join(" ").to_uppercase()), hint))
    }
}

/// What only psql understands.
fn psql(
    before: Option<&Token<'_>>,
    token: &Token<'_>,
    after: Option<&Token<'_>>,
    cut: &Cut,
) -> Option<(String, &'static str)> {
    if token.is_symbol("\\") {
        let name = after.filter(|after| !after.is_blank()).map_or("", |after| after.text.lines().next().unwrap_or_default());
        return Some((format!("\\{} is a command of psql", shown(name)), PSQL));
    }
    // The colon of a slice of an array stands in brackets, that of SQL/JSON behind a value or before a blank.
    let begins = before.is_none_or(|before| before.is_blank() || ["(", ",", "="].iter().any(|sign| before.is_symbol(sign)));
    let named = |after: &&Token<'_>| matches!(after.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Literal);
    let name = after.filter(named).filter(|_| token.is_symbol(":") && begins && cut.brackets == 0)?;
    Some((format!(":{} is a variable of psql", shown(name.text)), PSQL))
}

/// Whether a token at the end of a text ends by itself: one that does not would take in whatever follows.
fn is_closed(last: &Token<'_>) -> bool {
    last.kind == TokenKind::Space || tokens(&format!("{}\n", last.text)).len() > 1
}

fn noun(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Comment => "a comment",
        TokenKind::Quoted => "a name in double quotes",
        _ => "a literal",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn statements(text: &str) -> Vec<&str> {
        split(text).unwrap().into_iter().map(|piece| piece.sql).collect()
    }

    fn refusal(text: &str) -> String {
        let uncut = split(text).unwrap_err();
        format!("{}: {}", uncut.line, uncut.what)
    }

    #[test]
    fn statements_end_at_their_semicolons() {
        for (text, expected) in [
            ("", vec![]),
            (" -- nothing\n;; /* ; */ ;", vec![]),
            ("SELECT 1", vec!["SELECT 1"]),
            ("SELECT 1;", vec!["SELECT 1"]),
            ("\n-- a;b\nSELECT 1 ; -- c;d\n", vec!["SELECT 1"]),
            ("SELECT 1 -- one\n", vec!["SELECT 1"]),
            (
                "SELECT /* ; */ ';', E'\\';', \";\", $$;$$, $x$;$$;$x$; SELECT 2",
                vec!["SELECT /* ; */ ';', E'\\';', \";\", $$;$$, $x$;$$;$x$", "SELECT 2"],
            ),
            ("SELECT 1;;;SELECT 2", vec!["SELECT 1", "SELECT 2"]),
            (
                "CREATE RULE r AS ON DELETE TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 1",
                vec!["CREATE RULE r AS ON DELETE TO t DO ALSO (DELETE FROM a; DELETE FROM b)", "SELECT 1"],
            ),
            ("-- one\rSELECT 1;SELECT 2", vec!["SELECT 1", "SELECT 2"]),
            ("BEGIN; SELECT 1; END; SELECT 2", vec!["BEGIN", "SELECT 1", "END", "SELECT 2"]),
            (
                "SELECT a[1:n], a[:n], a[x :n], json_object('a' : b), f(x := 1)",
                vec!["SELECT a[1:n], a[:n], a[x :n], json_object('a' : b), f(x := 1)"],
            ),
            (
                "COPY t FROM '/tmp/stdin' ; COPY \"from\" TO PROGRAM 'cat'",
                vec!["COPY t FROM '/tmp/stdin'", "COPY \"from\" TO PROGRAM 'cat'"],
            ),
        ] {
            assert_eq!(statements(text), expected, "{text}");
        }
    }

    #[test]
    fn the_body_of_a_function_is_not_cut() {
        let atomic = "CREATE OR REPLACE FUNCTION f(begin int) RETURNS int BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END; \
                      SELECT (CASE 1 WHEN 1 THEN 2 END); END";
        assert_eq!(statements(&format!("{atomic}; SELECT 1;")), [atomic, "SELECT 1"]);
        let named = "CREATE FUNCTION \"begin\"() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'";
        assert_eq!(statements(&format!("{named}; SELECT 1")), [named, "SELECT 1"]);
        let block = "DO $do$ BEGIN PERFORM 1; END; $do$";
        assert_eq!(statements(&format!("{block}; SELECT 1")), [block, "SELECT 1"]);
    }

    #[test]
    fn a_continued_literal_with_escapes_is_one() {
        assert_eq!(statements("SELECT E'a'\n 'b\\'; c'; SELECT 1"), ["SELECT E'a'\n 'b\\'; c'", "SELECT 1"]);
        assert_eq!(statements("SELECT 'a'\n 'b\\'; SELECT 1"), ["SELECT 'a'\n 'b\\'", "SELECT 1"]);
    }

    #[test]
    fn each_statement_knows_its_line() {
        let lines: Vec<u32> =
            split("-- one\nSELECT\n1; SELECT 2;\r\n\n/* a\nb */ SELECT 3").unwrap().iter().map(|piece| piece.line).collect();
        assert_eq!(lines, [2, 3, 6]);
    }

    #[test]
    fn a_dump_is_cut_as_a_parser_cuts_it() {
        let dump = include_str!("../../tests/fixtures/django/tenant.sql");
        let root = squawk_syntax::SourceFile::parse(dump).syntax_node();
        let parsed: Vec<String> = root.children().map(|node| node.text().to_string()).collect();
        let ours: Vec<String> = split(dump).unwrap().iter().map(|piece| format!("{};", piece.sql)).collect();
        assert!(ours.len() > 200, "{}", ours.len());
        assert_eq!(ours, parsed);
    }

    #[test]
    fn what_only_psql_understands_is_refused() {
        for (text, expected) in [
            ("SELECT 1;\n\\copy t from 'x'", "2: \\copy is a command of psql"),
            ("\\i other.sql", "1: \\i is a command of psql"),
            ("SELECT 1 \\gexec", "1: \\gexec is a command of psql"),
            ("SET ROLE :owner", "1: :owner is a variable of psql"),
            ("SELECT f(:'name')", "1: :'name' is a variable of psql"),
            ("\n\nCOPY t (a, b) FROM stdin WITH (FORMAT csv);", "3: data through the client: COPY FROM STDIN"),
            ("COPY (SELECT 1) TO STDOUT", "1: data through the client: COPY TO STDOUT"),
        ] {
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        for (text, expected) in [
            ("SELECT 1;\nSELECT 'a;\nb", "2: a literal is not closed"),
            ("SELECT $x$ $$", "1: a literal is not closed"),
            ("SELECT \"a", "1: a name in double quotes is not closed"),
            ("SELECT 1; /* /* */", "1: a comment is not closed"),
            ("SELECT 1;\nSELECT\n(1; SELECT 2", "3: a parenthesis is not closed"),
            ("CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC SELECT 1; ", "2: the body after BEGIN ATOMIC is not closed"),
        ] {
            assert_eq!(refusal(text), expected, "{text}");
        }
        assert_eq!(statements("SELECT 1 -- the end"), ["SELECT 1"]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "[a-zE$'\"/*.\\-();0-9 \n]*|([a-z]{1,3}|CREATE|BEGIN ATOMIC|CASE|END|[ \n;()'$]){0,30}") {
            let Ok(pieces) = split(&text) else { return Ok(()) };
            if let Some(first) = pieces.first() {
                let all: String = pieces.iter().map(|piece| piece.whole).collect();
                prop_assert_eq!(&all, &text);
                prop_assert!(first.line >= 1);
            } else {
                prop_assert!(tokens(&text).iter().all(|token| token.is_blank() || token.is_symbol(";")));
            }
        }

        #[test]
        fn a_statement_cut_out_is_one_statement(text in "([a-z]{1,3}|--x\n|'[a-z;]*'|\\$\\$;\\$\\$|[ \n;()]){0,30}") {
            let Ok(pieces) = split(&text) else { return Ok(()) };
            for piece in pieces {
                // As it is sent: others follow behind a semicolon.
                let sent = format!("{};after", piece.sql);
                let again: Vec<&str> = split(&sent).unwrap().into_iter().map(|piece| piece.sql).collect();
                prop_assert_eq!(again, [piece.sql, "after"]);
            }
        }
    }
}
