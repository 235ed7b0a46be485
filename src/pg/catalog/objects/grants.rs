//! Privileges as `aclitem` writes them, told in the words of `GRANT`. The server could do it by two aggregates over `aclexplode` for
//! each object; planning and running those took a sixth of the time of reading a schema. Must not know whose they are.

use std::collections::BTreeMap;

/// The privileges of `LIST;LIST`: those that an object has, and those that it would have by default. A line for each grantee, such
/// as `INSERT, SELECT* to alice`, where the star says that it may be granted on. `None` when they are the default.
pub(super) fn told(lists: &str) -> Option<String> {
    let mut rest = lists;
    let own = list(&mut rest);
    rest = rest.strip_prefix(';').unwrap_or(rest);
    let default = list(&mut rest);
    if own == default && !own.is_empty() {
        return None;
    }
    if own.is_empty() {
        return Some("nobody".to_owned());
    }
    Some(own.join("\n"))
}

/// Takes the items of one list, in sorted lines: `GRANTEE=LETTERS/GRANTOR`, with commas between them.
fn list(rest: &mut &str) -> Vec<String> {
    let mut grantees: BTreeMap<String, Vec<(&str, bool)>> = BTreeMap::new();
    while !rest.is_empty() && !rest.starts_with(';') {
        let grantee = role(rest, '=');
        let letters;
        (letters, *rest) = rest.split_once('/').unwrap_or((*rest, ""));
        role(rest, ',');
        let privileges = grantees.entry(if grantee.is_empty() { "public".to_owned() } else { grantee }).or_default();
        for (at, letter) in letters.char_indices().filter(|(_, letter)| *letter != '*') {
            let after = at + letter.len_utf8();
            privileges.push((word(&letters[at..after]), letters[after..].starts_with('*')));
        }
    }
    let mut lines = Vec::new();
    for (grantee, mut privileges) in grantees {
        privileges.sort_unstable();
        let words: Vec<String> =
            privileges.iter().map(|(word, may_grant)| format!("{word}{}", if *may_grant { "*" } else { "" })).collect();
        if !words.is_empty() {
            lines.push(format!("{} to {grantee}", words.join(", ")));
        }
    }
    lines.sort();
    lines
}

/// Takes the name of a role, which is quoted when it is more than letters, digits and underscores, and this sign behind it. The
/// semicolon behind a list stays.
fn role(rest: &mut &str, sign: char) -> String {
    let mut name = String::new();
    let mut is_quoted = false;
    let mut letters = rest.char_indices().peekable();
    let end = loop {
        match letters.next() {
            None => break rest.len(),
            Some((_, '"')) if is_quoted && letters.next_if(|(_, next)| *next == '"').is_some() => name.push('"'),
            Some((_, '"')) => is_quoted = !is_quoted,
            Some((at, letter)) if !is_quoted && (letter == sign || letter == ';') => break at,
            Some((_, letter)) => name.push(letter),
        }
    };
    *rest = &rest[end..];
    *rest = rest.strip_prefix(sign).unwrap_or(rest);
    name
}

/// The privilege of a letter, of those that objects in a schema have. One that is not known yet is told by its letter.
fn word(letter: &str) -> &str {
    match letter {
        "r" => "SELECT",
        "a" => "INSERT",
        "w" => "UPDATE",
        "d" => "DELETE",
        "D" => "TRUNCATE",
        "x" => "REFERENCES",
        "t" => "TRIGGER",
        "m" => "MAINTAIN",
        "X" => "EXECUTE",
        "U" => "USAGE",
        "C" => "CREATE",
        "c" => "CONNECT",
        "T" => "TEMPORARY",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn privileges_are_told_for_each_grantee() {
        let lists = "app=arwdDxt/app,reader=r*/app,=r/app;app=arwdDxt/app";
        let expected =
            "DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE to app\nSELECT to public\nSELECT* to reader";
        assert_eq!(told(lists).as_deref(), Some(expected));
    }

    #[test]
    fn the_default_is_nothing_to_tell_however_it_is_ordered() {
        assert_eq!(told("=X/app,app=X/app;app=X/app,=X/app"), None);
        assert_eq!(told("app=X/app;=X/app,app=X/app").as_deref(), Some("EXECUTE to app"));
    }

    #[test]
    fn all_revoked_is_told_even_where_the_default_is_nothing() {
        assert_eq!(told(";app=r/app").as_deref(), Some("nobody"));
        assert_eq!(told(";").as_deref(), Some("nobody"));
        assert_eq!(told("bob=/app;").as_deref(), Some("nobody"));
    }

    #[test]
    fn names_of_roles_may_hold_every_sign() {
        let lists = r#""a=b/c,d;e"=r/"x,""y;",""""=w*/app,größe=a/app;"#;
        assert_eq!(told(lists).as_deref(), Some("INSERT to größe\nSELECT to a=b/c,d;e\nUPDATE* to \""));
        assert_eq!(told("\"a\nb\"=r/app;").as_deref(), Some("SELECT to a\nb"));
    }

    #[test]
    fn what_two_roles_granted_is_told_twice() {
        assert_eq!(told("bob=r/app,bob=r*w/carl;").as_deref(), Some("SELECT, SELECT*, UPDATE to bob"));
    }
}
