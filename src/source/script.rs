//! The text of a migration as it was found: what may be said in its header, what its bytes must be. Must not know where it was
//! found, nor what it does.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::sqltext::lexer::{Token, TokenKind, tokens};
use crate::sqltext::split;

/// The size of the largest text: it is sent to every tenant.
pub(super) const MOST_BYTES: u64 = 8 << 20;

/// One way of a migration, there or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it comes from, as people name it; safe to show.
    pub origin: String,
    /// SHA-256 of its bytes as they were found, in hexadecimal digits.
    pub sha256: String,
    /// Its text, which [`split`] cuts into statements.
    pub sql: String,
    /// Whether it runs in a transaction: unless its header says `-- tenantry: no-transaction`.
    pub transactional: bool,
}

impl Script {
    /// A script of these bytes. Refused are too many of them, what is not UTF-8, what cannot be cut into statements, and a header that
    /// is not known.
    pub(super) fn new(origin: &str, bytes: &[u8]) -> Result<Self, Fault> {
        let usage = |what: String| Fault::new(FaultKind::Usage, what);
        if bytes.len() as u64 > MOST_BYTES {
            return Err(usage(format!("{origin} is larger than {} MiB", MOST_BYTES >> 20))
                .hint("it is sent to every tenant: move data out of it, or make several migrations of it"));
        }
        let line = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
        let text = std::str::from_utf8(bytes).map_err(|error| {
            usage(format!("{origin}, line {}: not UTF-8", line(error.valid_up_to()))).hint("save it as UTF-8")
        })?;
        if let Some(at) = text.find('\0') {
            return Err(usage(format!("{origin}, line {}: a zero byte", line(at))).hint("save it as UTF-8 text"));
        }
        // The mark with which some editors begin a file is no SQL.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        split(text).map_err(|uncut| uncut.fault(origin))?;
        Ok(Self {
            origin: origin.to_owned(),
            sha256: sha256(bytes),
            sql: text.to_owned(),
            transactional: is_transactional(origin, text)?,
        })
    }
}

impl Script {
    /// A script that another program rendered, and that runs in a transaction only if `transactional`.
    pub(super) fn rendered(origin: &str, sql: &str, transactional: bool) -> Result<Self, Fault> {
        let script = Self::new(origin, sql.as_bytes())?;
        Ok(Self { transactional: transactional && script.transactional, ..script })
    }
}

/// What the header says: the line comments before the first statement.
fn is_transactional(origin: &str, text: &str) -> Result<bool, Fault> {
    let comments = tokens(text).into_iter().take_while(Token::is_blank).filter(|token| token.kind == TokenKind::Comment);
    let said =
        comments.filter_map(|comment| Some(comment.text.strip_prefix("--")?.trim().strip_prefix("tenantry:")?.trim()));
    let mut transactional = true;
    for word in said {
        if word != "no-transaction" {
            return Err(Fault::new(
                FaultKind::Usage,
                format!("{origin}: its header says {}, which nobody knows", shown(word)),
            )
            .hint("a header is -- tenantry: no-transaction"));
        }
        transactional = false;
    }
    Ok(transactional)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _always_works = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Result<Script, Fault> {
        Script::new("f.sql", text.as_bytes())
    }

    #[test]
    fn the_header_stands_before_the_first_statement() {
        for (text, expected) in [
            ("SELECT 1;", true),
            ("-- tenantry: no-transaction\nVACUUM t;", false),
            ("-- a comment\r\n\r\n--tenantry:no-transaction \r\nVACUUM t;", false),
            ("SELECT 1;\n-- tenantry: no-transaction", true),
            ("/* -- tenantry: no-transaction */ SELECT 1", true),
        ] {
            assert_eq!(script(text).unwrap().transactional, expected, "{text}");
        }
        let fault = script("-- tenantry: no-transction\nVACUUM t;").unwrap_err();
        assert_eq!(fault.what, "f.sql: its header says no-transction, which nobody knows");
    }

    #[test]
    fn what_no_server_takes_is_refused() {
        for (bytes, expected) in [
            (&b"\xff\xfeS\0"[..], "f.sql, line 1: not UTF-8"),
            (b"SELECT 1;\n\0", "f.sql, line 2: a zero byte"),
            (b"SELECT 'a", "f.sql, line 1: a literal is not closed"),
        ] {
            assert_eq!(Script::new("f.sql", bytes).unwrap_err().what, expected);
        }
    }
}
