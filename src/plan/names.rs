//! What a schema may be called that is made, or gets another name. Pure; must not know which schemas there are.

use super::drop::MARK;
use crate::domain::name::shown;
use crate::domain::roles::is_system;

/// The longest name that PostgreSQL keeps, in bytes; it would cut a longer one.
const LONGEST: usize = 63;

/// Why a schema cannot be called so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which rule, such as `name-too-long`.
    pub rule: &'static str,
    /// What is the matter, a lower-case fragment, safe to show.
    pub what: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// Why a schema cannot have this raw name, if it cannot. `is_taken` tells whether another one has it already.
pub fn wrong(name: &str, is_taken: impl Fn(&str) -> bool) -> Option<Wrong> {
    let told = shown(name);
    let because = |rule, what: String, hint| Some(Wrong { rule, what, hint });
    if name.is_empty() || name.contains('\0') {
        because("no-name", "a schema needs a name".to_owned(), None)
    } else if name.len() > LONGEST {
        because("name-too-long", format!("a name has {LONGEST} bytes at most, this one has {}: {told}", name.len()), None)
    } else if name.starts_with("pg_") {
        because("name-reserved", format!("{told}: names that begin with pg_ are PostgreSQL's own"), None)
    } else if is_system(name) {
        because("name-reserved", format!("{told} is a name of PostgreSQL's own"), None)
    } else if name.starts_with(MARK) {
        because("name-reserved", format!("{told}: names that begin with {MARK} mark what is being dropped"), None)
    } else if is_taken(name) {
        let hint = "choose another name, or leave it out: what is there is never touched";
        because("exists", format!("there is a schema {told} already"), Some(hint))
    } else {
        None
    }
}

/// Of the names of several schemas that are made at once, the rule and the words for one that is named before.
pub fn twice(name: &str) -> Wrong {
    Wrong { rule: "named-twice", what: format!("{} is named twice", shown(name)), hint: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_name_is_said_and_what_can_is_not() {
        let is_taken = |name: &str| name == "acme";
        let longest = "n".repeat(63);
        for name in ["bolt", "Dot dot", "O'Neill \"1\".x", "päge", &longest, "pgbouncer", "acme_2"] {
            assert_eq!(wrong(name, is_taken), None, "{name}");
        }
        for (name, rule, what) in [
            ("", "no-name", "a schema needs a name"),
            ("a\0b", "no-name", "a schema needs a name"),
            (&format!("{longest}n"), "name-too-long", "a name has 63 bytes at most, this one has 64: nnn"),
            (&"é".repeat(32), "name-too-long", "this one has 64: é"),
            ("pg_mine", "name-reserved", "pg_mine: names that begin with pg_"),
            ("information_schema", "name-reserved", "is a name of PostgreSQL's own"),
            ("tenantry_dropped_x_acme", "name-reserved", "mark what is being dropped"),
            ("acme", "exists", "there is a schema acme already"),
        ] {
            let found = wrong(name, is_taken).unwrap_or_else(|| panic!("{name} is a name"));
            assert_eq!(found.rule, rule, "{name}");
            assert!(found.what.contains(what), "{name}: {}", found.what);
        }
    }
}
