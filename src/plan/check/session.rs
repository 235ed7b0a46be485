//! Rules about the session and its transaction, which are not the migration's: `transaction-control`, `changes-session`,
//! `overrides-policy`, `opaque`, `not-understood`. Must not know what a statement does to tables.

use squawk_syntax::SyntaxKind as K;

use super::{AtHand, Finding};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::sqltext::lexer::{Token, TokenKind, tokens};

const CONTROL: &str = "remove it: a migration and its line of the ledger are one transaction by themselves";
const SESSION: &str = "remove it: the role and the search_path are set for each tenant";
const STAYS: &str = "write SET LOCAL, which ends with the transaction";

/// `BEGIN`, `COMMIT` and the like, also inside of `DO`.
pub(super) fn transaction(at: &AtHand<'_>) -> Vec<Finding> {
    let words = Words(&at.read.words);
    let says = |what: String| vec![Finding::refusal("transaction-control", what).hint(CONTROL)];
    if let Some(word) = words.control() {
        return says(format!("controls the transaction: {word}"));
    }
    for words in inner(at) {
        let ends = |words: &&Vec<String>| matches!(words.first().map(String::as_str), Some("COMMIT" | "ROLLBACK"));
        if let Some(words) = Some(&words).filter(ends) {
            return says(format!("controls the transaction inside of DO: {}", words[0]));
        }
    }
    Vec::new()
}

/// `SET ROLE`, `SET search_path` and whatever outlives the transaction.
pub(super) fn settings(at: &AtHand<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Words(&at.read.words).setting(at.scene.step.transactional).into_iter().collect();
    for words in inner(at) {
        found.extend(
            Words(&words)
                .setting(true)
                .map(|finding| Finding { what: format!("{} (inside of DO)", finding.what), ..finding }),
        );
    }
    let sql = &at.scene.step.statements[at.statement].sql;
    found.extend(calls(sql));
    found.extend(body(at).iter().flat_map(|body| calls(body)));
    found
}

/// What the checker cannot look into.
pub(super) fn opaque(at: &AtHand<'_>) -> Vec<Finding> {
    if let Some(wrong) = &at.read.wrong {
        let what = format!("the checker does not understand this statement: {}", shown(&wrong.to_lowercase()));
        return vec![
            Finding::new("not-understood", Severity::Warn, what)
                .hint("read it yourself; the guards on the server hold all the same"),
        ];
    }
    let what = match at.read.kind() {
        Some(K::DO) => "DO",
        Some(K::CALL) => "CALL",
        Some(K::EXECUTE) => "EXECUTE",
        _ => return Vec::new(),
    };
    vec![
        Finding::new("opaque", Severity::Info, format!("the checker does not see what {what} does"))
            .hint("read it yourself; the guards on the server hold all the same"),
    ]
}

/// The words of one statement.
struct Words<'a>(&'a [String]);

impl Words<'_> {
    fn at(&self, place: usize) -> &str {
        self.0.get(place).map_or("", |word| word.trim_matches('"'))
    }

    /// The words that make it a control of the transaction.
    fn control(&self) -> Option<String> {
        let set = |first: usize| match self.at(first) {
            "TRANSACTION" => Some("SET TRANSACTION".to_owned()),
            "SESSION" if self.at(first + 1) == "CHARACTERISTICS" => Some("SET SESSION CHARACTERISTICS".to_owned()),
            _ => None,
        };
        match self.at(0) {
            word @ ("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE") => Some(word.to_owned()),
            "START" => Some("START TRANSACTION".to_owned()),
            "PREPARE" if self.at(1) == "TRANSACTION" => Some("PREPARE TRANSACTION".to_owned()),
            "SET" if self.at(1) == "LOCAL" => set(2),
            "SET" => set(1),
            _ => None,
        }
    }

    fn setting(&self, transactional: bool) -> Option<Finding> {
        let refusal = |what: String, hint: &str| Some(Finding::refusal("changes-session", what).hint(hint));
        match self.at(0) {
            "SET" => {}
            word @ ("RESET" | "DISCARD") => return refusal(format!("{word} undoes the settings of the run"), SESSION),
            word @ ("LISTEN" | "UNLISTEN" | "LOAD" | "PREPARE" | "DEALLOCATE") if self.control().is_none() => {
                return refusal(
                    format!("{word} stays behind for the next tenant"),
                    "remove it: sessions are used for many tenants",
                );
            }
            _ => return None,
        }
        let local = self.at(1) == "LOCAL";
        let first = if local || self.at(1) == "SESSION" { 2 } else { 1 };
        let name = self.at(first).to_lowercase();
        match name.as_str() {
            "transaction" | "characteristics" | "constraints" => None,
            "authorization" => refusal("changes the user of the session".to_owned(), SESSION),
            "role" => refusal("changes the role of the session".to_owned(), SESSION),
            "search_path" | "schema" => refusal("changes the search_path".to_owned(), SESSION),
            "lock_timeout" | "statement_timeout" | "idle_in_transaction_session_timeout" if local && transactional => Some(
                Finding::new("overrides-policy", Severity::Info, format!("sets {name}, which the policy of the run sets")),
            ),
            _ if local => None,
            _ => refusal(format!("sets {} for the next tenants too", shown(&name)), STAYS),
        }
    }
}

/// The body of a `DO`.
fn body(at: &AtHand<'_>) -> Option<String> {
    at.read.begins(&["DO"]).then_some(())?;
    let sql = &at.scene.step.statements[at.statement].sql;
    let literal = tokens(sql).into_iter().find(|token| matches!(token.kind, TokenKind::Dollar | TokenKind::Literal))?;
    match literal.kind {
        TokenKind::Dollar => {
            let fence = literal.text[1..].find('$')? + 2;
            Some(literal.text.get(fence..literal.text.len() - fence)?.to_owned())
        }
        _ => Some(literal.text.get(literal.text.find('\'')? + 1..literal.text.len() - 1)?.replace("''", "'")),
    }
}

/// The words of each statement inside of a `DO`.
fn inner(at: &AtHand<'_>) -> Vec<Vec<String>> {
    let Some(body) = body(at) else { return Vec::new() };
    let mut all = vec![Vec::new()];
    for token in tokens(&body) {
        let begins = ["begin", "then", "else", "loop"].iter().any(|word| token.is_word(word));
        if token.is_symbol(";") || begins {
            all.push(Vec::new());
        } else if let (TokenKind::Word | TokenKind::Quoted, Some(last)) = (token.kind, all.last_mut()) {
            last.push(token.text.to_uppercase());
        }
    }
    all
}

/// Calls of `set_config` that do what `SET` may not.
fn calls(sql: &str) -> Vec<Finding> {
    let tokens: Vec<Token<'_>> = tokens(sql).into_iter().filter(|token| !token.is_blank()).collect();
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if token.name().is_none_or(|name| name != "set_config") {
            continue;
        }
        let arguments: Vec<&Token<'_>> = tokens[place + 1..].iter().take_while(|token| !token.is_symbol(")")).collect();
        let Some(setting) = arguments.get(1).filter(|token| token.kind == TokenKind::Literal) else { continue };
        let setting = setting.text.trim_matches('\'').to_lowercase();
        let local = arguments.iter().any(|token| token.is_word("true"));
        match setting.as_str() {
            "search_path" | "role" | "session_authorization" => {
                found
                    .push(Finding::refusal("changes-session", format!("changes the {setting} by set_config")).hint(SESSION));
            }
            _ if !local => {
                let what = format!("sets {} for the next tenants too", shown(&setting));
                found.push(Finding::refusal("changes-session", what).hint("pass true as third argument"));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fires, silent};

    #[test]
    fn the_transaction_is_not_the_migrations() {
        for sql in [
            "BEGIN",
            "START TRANSACTION",
            "commit",
            "END",
            "ROLLBACK",
            "SAVEPOINT a",
            "RELEASE a",
            "PREPARE TRANSACTION 'a'",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "DO $$ BEGIN UPDATE t SET a = 1; COMMIT; END $$",
            "DO 'BEGIN IF true THEN ROLLBACK; END IF; END'",
        ] {
            assert!(fires("transaction-control", sql).refuses, "{sql}");
        }
        for sql in [
            "SET CONSTRAINTS ALL IMMEDIATE",
            "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
            "DO $$ BEGIN UPDATE t SET a = 'commit'; END $$",
            "COMMENT ON TABLE t IS 'COMMIT'",
        ] {
            silent("transaction-control", sql);
        }
    }

    #[test]
    fn what_outlives_a_tenant_is_refused() {
        for (sql, what) in [
            ("SET ROLE admin", "changes the role of the session"),
            ("SET LOCAL ROLE admin", "changes the role of the session"),
            ("SET SESSION AUTHORIZATION admin", "changes the user of the session"),
            ("SET search_path = public", "changes the search_path"),
            ("SET LOCAL \"search_path\" TO public", "changes the search_path"),
            ("SET SCHEMA 'public'", "changes the search_path"),
            ("RESET ROLE", "RESET undoes the settings of the run"),
            ("DISCARD ALL", "DISCARD undoes the settings of the run"),
            ("SET work_mem = '1GB'", "sets work_mem for the next tenants too"),
            ("SET SESSION statement_timeout = 0", "sets statement_timeout for the next tenants too"),
            ("SELECT pg_catalog.set_config('search_path', '', false)", "changes the search_path by set_config"),
            ("SELECT set_config('a.b', 'c', false)", "sets a.b for the next tenants too"),
            ("DO $$ BEGIN SET LOCAL search_path = public; END $$", "changes the search_path (inside of DO)"),
            ("DO $$ BEGIN PERFORM set_config('role', 'x', true); END $$", "changes the role by set_config"),
            ("LISTEN a", "LISTEN stays behind for the next tenant"),
        ] {
            let note = fires("changes-session", sql);
            assert_eq!((note.what.as_str(), note.refuses), (what, true), "{sql}");
        }
        for sql in [
            "SET LOCAL work_mem = '1GB'",
            "SELECT set_config('a.b', 'c', true)",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = public AS 'SELECT 1'",
            "ALTER FUNCTION f() SET search_path = public",
            "UPDATE t SET role = 'x', search_path = 'y'",
            "DO $$ BEGIN UPDATE t SET role = 'x'; END $$",
        ] {
            silent("changes-session", sql);
        }
    }

    #[test]
    fn timeouts_of_the_policy_may_be_set_and_it_is_said() {
        assert!(!fires("overrides-policy", "SET LOCAL lock_timeout = '10s'").refuses);
        silent("overrides-policy", "SET LOCAL work_mem = '1GB'");
    }

    #[test]
    fn what_cannot_be_looked_into_is_said() {
        assert_eq!(fires("opaque", "DO $$ BEGIN NULL; END $$").what, "the checker does not see what DO does");
        silent("opaque", "SELECT 1");
        fires("not-understood", "ALTR TABLE t");
        silent("not-understood", "ALTER TABLE t ADD a int");
    }
}
