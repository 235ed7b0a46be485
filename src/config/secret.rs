//! Hides passwords in connection strings before they are shown. Must not know how to connect; where a text cannot be understood,
//! it hides too much rather than too little.

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// What stands in place of a text that may hold one anywhere.
const UNREADABLE: &str = "(not shown: cannot be read)";

/// Words whose value is a secret in a conninfo string or in the query part of a URI.
const SECRETS: [&str; 2] = ["password", "sslpassword"];

/// A connection string as it may be shown, and whether a password was taken out of it.
pub fn redact(dsn: &str) -> (String, bool) {
    let lower = dsn.get(..13).unwrap_or(dsn).to_ascii_lowercase();
    let scheme = ["postgresql://", "postgres://"].into_iter().find(|scheme| lower.starts_with(scheme));
    if let Some(scheme) = scheme {
        redact_uri(&dsn[..scheme.len()], &dsn[scheme.len()..])
    } else if dsn.contains('=') {
        redact_conninfo(dsn).unwrap_or_else(|| (UNREADABLE.to_owned(), dsn.contains("passw")))
    } else {
        redact_uri("", dsn)
    }
}

/// A connection string that leads to the same place without its passwords; `None` when it cannot be read.
pub fn without_secrets(dsn: &str) -> Option<String> {
    let (text, found) = redact(dsn);
    if text == UNREADABLE {
        return None;
    }
    if !found {
        return Some(text);
    }
    let (place, query) = text.split_once('?').map_or((text.as_str(), None), |(place, query)| (place, Some(query)));
    let kept = |text: &str, between: &str| {
        let hidden = |part: &str| part.ends_with(&format!("={HIDDEN}"));
        text.split(between).filter(|part| !hidden(part)).collect::<Vec<_>>().join(between)
    };
    if query.is_none() && !place.contains("://") && text.contains('=') {
        return Some(kept(&text, " "));
    }
    let place = place.replacen(&format!(":{HIDDEN}@"), "@", 1);
    let query = query.map(|query| kept(query, "&")).filter(|query| !query.is_empty());
    Some(query.map_or_else(|| place.clone(), |query| format!("{place}?{query}")))
}

/// Userinfo up to the last `@` before the query, parameters after `?`.
fn redact_uri(scheme: &str, rest: &str) -> (String, bool) {
    let mut found = false;
    // A password may hold `?` or `/` where somebody forgot to encode it: the last `@` decides.
    let (user, after) = match rest.rfind('@') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => ("", rest),
    };
    let mut out = String::from(scheme);
    match user.split_once(':') {
        Some((name, _)) => {
            found = true;
            out.extend([name, ":", HIDDEN]);
        }
        None => out.push_str(user),
    }
    let (place, query) = after.split_once('?').map_or((after, None), |(place, query)| (place, Some(query)));
    out.push_str(place);
    for (at, parameter) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((key, value)) if is_secret(key) => {
                found |= !value.is_empty();
                out.extend([key, "=", HIDDEN]);
            }
            _ => out.push_str(parameter),
        }
    }
    (out, found)
}

/// Keywords and values as libpq reads them; `None` when the text is not one.
fn redact_conninfo(text: &str) -> Option<(String, bool)> {
    let mut out = String::new();
    let mut found = false;
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=')?;
        let key = key.trim();
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        let value = value.trim_start();
        let end = value_end(value)?;
        if !out.is_empty() {
            out.push(' ');
        }
        let secret = is_secret(key);
        found |= secret && end > 0;
        out.extend([key, "=", if secret { HIDDEN } else { &value[..end] }]);
        rest = value[end..].trim_start();
    }
    Some((out, found))
}

/// Where the value at the start of `text` ends: at its closing quote, or at the first blank that no backslash precedes.
fn value_end(text: &str) -> Option<usize> {
    let quoted = text.starts_with('\'');
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(usize::from(quoted)) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return Some(at + 1),
            c if !quoted && c.is_whitespace() => return Some(at),
            _ => {}
        }
    }
    (!quoted).then_some(text.len())
}

/// A key that is written with escapes may be any.
fn is_secret(key: &str) -> bool {
    key.contains('%') || SECRETS.iter().any(|secret| key.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_without_its_passwords_still_leads_there() {
        for (dsn, expected) in [
            ("host=db1 password=secret user=app", Some("host=db1 user=app")),
            ("password = 'se cr\\'et'  host='a b'", Some("host='a b'")),
            ("host=db1 user=app", Some("host=db1 user=app")),
            ("postgres://app:secret@db1:5432/crm", Some("postgres://app@db1:5432/crm")),
            ("postgres://app:a?b@db1/crm?sslmode=require", Some("postgres://app@db1/crm?sslmode=require")),
            ("postgres://db1/crm?password=secret&user=app", Some("postgres://db1/crm?user=app")),
            ("postgres://db1/crm?password=secret", Some("postgres://db1/crm")),
            ("crm", Some("crm")),
            ("password='secret", None),
        ] {
            assert_eq!(without_secrets(dsn).as_deref(), expected, "{dsn}");
        }
    }

    #[test]
    fn passwords_are_hidden_and_the_rest_is_kept() {
        for (dsn, expected) in [
            ("host=db1 user=app dbname=crm", "host=db1 user=app dbname=crm"),
            ("host=db1 password=secret user=app", "host=db1 password=*** user=app"),
            ("password = 'se cr\\'et'  host=db1", "password=*** host=db1"),
            ("password=se\\ cret host='a b'", "password=*** host='a b'"),
            ("postgres://app:secret@db1:5432/crm", "postgres://app:***@db1:5432/crm"),
            ("POSTGRESQL://app:a/b?c@db1/crm", "POSTGRESQL://app:***@db1/crm"),
            ("postgres://app@db1/crm?sslmode=require", "postgres://app@db1/crm?sslmode=require"),
            ("postgres://db1/crm?password=secret&user=app", "postgres://db1/crm?password=***&user=app"),
            ("postgres://db1/crm?pass%77ord=password", "postgres://db1/crm?pass%77ord=***"),
            ("postgres://db1:5432/crm", "postgres://db1:5432/crm"),
            ("app:secret@db1/crm", "app:***@db1/crm"),
            ("crm", "crm"),
            ("", ""),
            ("password='secret", "(not shown: cannot be read)"),
            ("my secret=x", "(not shown: cannot be read)"),
            ("app:se=secret@db1", "(not shown: cannot be read)"),
        ] {
            let (text, found) = redact(dsn);
            assert_eq!(text, expected);
            assert_eq!(found, dsn.contains("password") || dsn.contains(":secret@") || dsn.contains("a/b?c@"), "{dsn}");
            assert!(!text.contains("secret") && !text.contains("cr\\'et") && !text.contains("a/b"), "{text}");
        }
    }
}
