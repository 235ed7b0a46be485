//! The two forms of a connection string, `key=value` pairs and the URI, as plain settings. Pure; must not know what a setting
//! means. Its faults never repeat a value: it may be a password.

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// The settings of a connection string in its order, names not yet checked.
pub(super) fn settings(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://")) {
        uri(rest)
    } else if is_another_uri(text) {
        // What other programs take, such as SQLAlchemy or JDBC; as a name it would be shown with the password inside.
        Err(wrong("connection string: a URI begins with postgresql:// or postgres://"))
    } else if text.contains('=') {
        pairs(text)
    } else if text.is_empty() {
        Ok(Vec::new())
    } else {
        // As psql does: a bare word is the name of a database.
        Ok(vec![("dbname".to_owned(), text.to_owned())])
    }
}

/// Whether the text before the first blank or sign of a pair has a scheme, or a login as only a URI has one.
fn is_another_uri(text: &str) -> bool {
    let first = text.split(|c: char| c.is_whitespace() || c == '=').next().unwrap_or_default();
    first.contains("://") || first.split_once('@').is_some_and(|(login, _)| login.contains(':'))
}

fn wrong(what: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Usage, what).hint(
        "write it as host=db1 port=5432 dbname=app user=me (values with spaces in single quotes), or as \
         postgresql://me@db1:5432/app",
    )
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let after = || match found.last() {
            // The word itself may be a piece of a password that was not quoted.
            Some((name, _)) => format!("after the value of {}", shown(name)),
            None => "at the start".to_owned(),
        };
        let Some((name, value)) = rest.split_once('=') else {
            return Err(wrong(format!("connection string: a word without \"=\" {}", after())));
        };
        let name = name.trim_end();
        // Every setting is a plain word: anything else may be a piece of a value.
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(wrong(format!("connection string: a word without \"=\" {}", after())));
        }
        let (value, left) = value_of(value.trim_start())
            .ok_or_else(|| wrong(format!("connection string: the quoted value of {} has no end", shown(name))))?;
        found.push((name.to_owned(), value));
        rest = left.trim_start();
    }
    Ok(found)
}

/// The value at the start of the text, and what follows it; `None` when a quote is not closed.
fn value_of(text: &str) -> Option<(String, &str)> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices();
    if quoted {
        chars.next();
    }
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Some((value, &text[at + 1..])),
            c if !quoted && c.is_whitespace() => return Some((value, &text[at..])),
            c => value.push(c),
        }
    }
    (!quoted).then_some((value, ""))
}

fn uri(rest: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut found = Vec::new();
    let mut push = |name: &str, raw: &str| -> Result<(), Fault> {
        let value = percent_decoded(raw).ok_or_else(|| wrong(format!("connection URI: {name} has a wrong % escape")))?;
        found.push((name.to_owned(), value));
        Ok(())
    };
    // As libpq does: there is a login when an @ comes before the first slash, whatever else it holds.
    let (login, rest) = match rest.split_once('@') {
        Some((login, rest)) if !login.contains('/') => (login, rest),
        _ => ("", rest),
    };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    for (name, value) in [("user", user), ("password", password)] {
        if !value.is_empty() {
            push(name, value)?;
        }
    }
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = before_query.split_once('/').unwrap_or((before_query, ""));
    if !hosts.is_empty() {
        let (names, ports) = hosts_and_ports(hosts)?;
        push("host", &names)?;
        if ports.chars().any(|c| c != ',') {
            push("port", &ports)?;
        }
    }
    if !database.is_empty() {
        push("dbname", database)?;
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(wrong("connection URI: a parameter after the ? has no \"=\""));
        };
        let name = percent_decoded(name).ok_or_else(|| wrong("connection URI: a parameter's name has a wrong % escape"))?;
        match (name.as_str(), value) {
            ("ssl", "true") => push("sslmode", "require")?,
            _ => push(&name, value)?,
        }
    }
    Ok(found)
}

/// `a:1,[::1]:2,c` as `a,::1,c` and `1,2,`.
fn hosts_and_ports(text: &str) -> Result<(String, String), Fault> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for one in text.split(',') {
        let (name, port) = if let Some(inner) = one.strip_prefix('[') {
            let (name, after) =
                inner.split_once(']').ok_or_else(|| wrong("connection URI: an IPv6 address has no closing bracket"))?;
            match after.strip_prefix(':') {
                Some(port) => (name, port),
                None if after.is_empty() => (name, ""),
                None => return Err(wrong("connection URI: only a port may follow the bracket of an IPv6 address")),
            }
        } else {
            one.split_once(':').unwrap_or((one, ""))
        };
        // Neither is repeated: what does not fit here is often a piece of a password.
        if name.contains('@') || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("connection URI: the host or its port cannot be read")
                .hint("in a user's name or password write % as %25, / as %2F, : as %3A and @ as %40"));
        }
        names.push(name);
        ports.push(port);
    }
    Ok((names.join(","), ports.join(",")))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        let decoded = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if decoded == 0 {
            return None;
        }
        bytes.push(decoded);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(settings(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn pairs_are_read_as_libpq_does() {
        check("", &[]);
        check("app", &[("dbname", "app")]);
        check("host=db1 port = 5433", &[("host", "db1"), ("port", "5433")]);
        check(r"password='it\'s a \\ secret' user=me", &[("password", r"it's a \ secret"), ("user", "me")]);
        check(r"password=two\ words dbname=''", &[("password", "two words"), ("dbname", "")]);
        check("options='-c a=b' host=/tmp", &[("options", "-c a=b"), ("host", "/tmp")]);
    }

    #[test]
    fn uris_are_read_as_libpq_does() {
        check("postgresql://", &[]);
        check("postgres://db1", &[("host", "db1")]);
        check(
            "postgresql://me:p%40ss%3A@db1:5433/app?sslmode=require&connect_timeout=3",
            &[
                ("user", "me"),
                ("password", "p@ss:"),
                ("host", "db1"),
                ("port", "5433"),
                ("dbname", "app"),
                ("sslmode", "require"),
                ("connect_timeout", "3"),
            ],
        );
        check("postgresql://a:1,[2001:db8::1]:2,c/app", &[("host", "a,2001:db8::1,c"), ("port", "1,2,"), ("dbname", "app")]);
        check("postgresql://%2Fvar%2Frun%2Fpg/app", &[("host", "/var/run/pg"), ("dbname", "app")]);
        check("postgresql:///app?host=/tmp&port=6000", &[("dbname", "app"), ("host", "/tmp"), ("port", "6000")]);
        check("postgresql://db1?ssl=true", &[("host", "db1"), ("sslmode", "require")]);
        check("postgresql://me@/app", &[("user", "me"), ("dbname", "app")]);
        check("postgres://me:a?b#c@db1/app", &[("user", "me"), ("password", "a?b#c"), ("host", "db1"), ("dbname", "app")]);
        check("postgres://db1/app?user=me@corp", &[("host", "db1"), ("dbname", "app"), ("user", "me@corp")]);
    }

    #[test]
    fn mistakes_are_named_without_their_values() {
        for (text, expected) in [
            ("host=db1 hunter2", "a word without \"=\" after the value of host"),
            ("password=hunter2 hunter3 user=me", "a word without \"=\" after the value of password"),
            ("password='hunter2", "the quoted value of password has no end"),
            ("=hunter2", "a word without \"=\" at the start"),
            ("postgresql://me:hunter2%zz@db1/app", "password has a wrong % escape"),
            ("postgresql://me:hunter2%00@db1/app", "password has a wrong % escape"),
            ("postgresql://me:hunter2@[::1/app", "no closing bracket"),
            ("postgresql://me:hunter2@db1/app?sslmode", "has no \"=\""),
            ("postgres://me:hunter2/x@db1/app", "the host or its port cannot be read"),
            ("postgres://me:x@hunter2@db1/app", "the host or its port cannot be read"),
            ("POSTGRES://me:hunter2@db1/app", "a URI begins with postgresql://"),
            ("postgresql+psycopg2://me:hunter2@db1/app?sslmode=require", "a URI begins with postgresql://"),
            ("jdbc:postgresql://db1/app?user=me&password=hunter2", "a URI begins with postgresql://"),
            ("me:hunter2@db1/app", "a URI begins with postgresql://"),
            ("password=x hunter2@y=z", "a word without \"=\" after the value of password"),
        ] {
            let fault = settings(text).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Usage);
            assert!(fault.what.contains(expected), "{text}: {}", fault.what);
            assert!(!fault.what.contains("hunter"), "{}", fault.what);
        }
    }

    fn hex(digit: u8) -> char {
        char::from_digit(digit.into(), 16).unwrap()
    }

    proptest::proptest! {
        #[test]
        fn any_value_survives_quoting(value in "[^\0]*") {
            let quoted = format!("a='{}' b=1", value.replace('\\', r"\\").replace('\'', r"\'"));
            let expected = vec![("a".to_owned(), value), ("b".to_owned(), "1".to_owned())];
            proptest::prop_assert_eq!(settings(&quoted).unwrap(), expected);
        }

        #[test]
        fn any_value_survives_percent_encoding(value in "[^\0]+") {
            let encoded: String = value.bytes().flat_map(|byte| ['%', hex(byte >> 4), hex(byte & 15)]).collect();
            let found = settings(&format!("postgres://u:{encoded}@h/d")).unwrap();
            proptest::prop_assert_eq!(&found[1].1, &value);
        }

        #[test]
        fn no_text_is_a_reason_to_panic(text in ".*") {
            let _either = settings(&text);
            let _either = settings(&format!("postgres://{text}"));
        }
    }
}
