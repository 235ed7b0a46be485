//! The password file `~/.pgpass`: lines of `host:port:database:user:password`. Pure; must not know where the file lies.

use super::secret::Secret;

/// What a password is looked up for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password of the first line that fits. A field is `*` or the exact text, in which a backslash escapes `:` and itself.
pub(super) fn find(text: &str, wanted: Wanted<'_>) -> Option<Secret> {
    let port = wanted.port.to_string();
    let asked = [wanted.host, &port, wanted.database, wanted.user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line;
        for value in asked {
            let (field, after) = field(rest)?;
            if field.as_deref().is_some_and(|field| field != value) {
                return None;
            }
            rest = after;
        }
        // The password goes to the end of the line; it may hold an unescaped colon.
        let password = unescaped(rest);
        (!password.is_empty()).then(|| Secret::new(password))
    })
}

/// The field at the start, `None` for `*`, and what follows its colon.
fn field(text: &str) -> Option<(Option<String>, &str)> {
    let mut escaped = false;
    let end = text.find(|c| {
        let is_end = c == ':' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    })?;
    let (raw, after) = (&text[..end], &text[end + 1..]);
    Some(((raw != "*").then(|| unescaped(raw)), after))
}

fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# comment:*:*:*:no
db1:5432:app:me:first
db1:*:*:me:any\\:port
d\\:b\\\\2:5432:app:me:esc
localhost:5432:*:*:a:b:c
broken line
*:*:*:nobody:
*:*:*:last:end";

    fn check(host: &str, port: u16, user: &str, expected: Option<&str>) {
        let found = find(FILE, Wanted { host, port, database: "app", user });
        assert_eq!(found.as_ref().map(Secret::expose), expected, "{host}:{port} {user}");
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        check("db1", 5432, "me", Some("first"));
        check("db1", 5433, "me", Some("any:port"));
        check("d:b\\2", 5432, "me", Some("esc"));
        check("localhost", 5432, "you", Some("a:b:c"));
        check("db9", 1, "last", Some("end"));
    }

    #[test]
    fn no_line_or_an_empty_password_is_no_password() {
        check("db2", 5432, "me", None);
        check("db2", 5432, "nobody", None);
        check("comment", 5432, "me", None);
    }
}
