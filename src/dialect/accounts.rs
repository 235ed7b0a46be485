//! Where frameworks keep users, sessions and content types: names of tables and the columns by which a table of sessions is known.
//! Must not know which tables are there.

/// The tables of one framework, or of one of its common packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accounts {
    /// What people call it.
    pub framework: &'static str,
    /// The raw name of the table that holds a row for each session.
    pub sessions: &'static str,
    /// Columns that this table always has: others have tables of that name, too.
    pub columns: &'static [&'static str],
    /// The raw names that its table of users has as a rule.
    pub users: &'static [&'static str],
    /// Whether the table of users may have another name, which [`is_user_table`] and Django's admin tell.
    pub is_django: bool,
}

/// All that are known. A name may stand here several times: the columns tell whose table it is.
pub const ALL: [Accounts; 9] = [
    django("django_session"),
    django("user_sessions_session"),
    accounts("Rails", "sessions", &["session_id", "data"], &["users", "accounts", "admins", "admin_users"]),
    accounts("Rails", "sessions", &["user_id", "ip_address", "user_agent"], &["users"]),
    accounts("Laravel", "sessions", &["payload", "last_activity"], &["users"]),
    accounts("Express", "session", &["sid", "sess", "expire"], &["users", "user", "accounts"]),
    accounts("Phoenix", "users_tokens", &["user_id", "token", "context"], &["users"]),
    accounts("Auth.js", "sessions", &["sessionToken", "userId"], &["users"]),
    accounts("Auth.js", "Session", &["sessionToken", "userId"], &["User"]),
];

const fn accounts(
    framework: &'static str,
    sessions: &'static str,
    columns: &'static [&'static str],
    users: &'static [&'static str],
) -> Accounts {
    Accounts { framework, sessions, columns, users, is_django: false }
}

const fn django(sessions: &'static str) -> Accounts {
    let columns = &["session_key", "session_data"];
    Accounts { framework: "Django", sessions, columns, users: &["auth_user"], is_django: true }
}

/// The raw names of all tables of sessions, each once.
pub fn session_tables() -> Vec<&'static str> {
    let mut names: Vec<&str> = ALL.iter().map(|accounts| accounts.sessions).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The log of Django's admin, of which one foreign key points to the users and the other to the content types.
pub const USER_LOGS: [&str; 1] = ["django_admin_log"];

/// Tables that number the models of an application, so that a number means another model in another schema.
pub const CONTENT_TYPES: [&str; 1] = ["django_content_type"];

/// Whether a table holds users by Django's habit, whatever it is called: its permissions stand beside it under its name.
pub fn is_user_table(table: &str, is_there: impl Fn(&str) -> bool) -> bool {
    is_there(&format!("{table}_groups")) && is_there(&format!("{table}_user_permissions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_user_is_known_by_the_tables_beside_it() {
        let there =
            ["accounts_user", "accounts_user_groups", "accounts_user_user_permissions", "crm_team", "crm_team_groups"];
        let users: Vec<_> = there.iter().filter(|table| is_user_table(table, |name| there.contains(&name))).collect();
        assert_eq!(users, [&"accounts_user"]);
    }

    #[test]
    fn tables_of_one_name_are_told_apart_by_columns() {
        for (at, one) in ALL.iter().enumerate() {
            assert!(!one.columns.is_empty() && !one.users.is_empty(), "{one:?}");
            for other in ALL.iter().skip(at + 1).filter(|other| other.sessions == one.sessions) {
                let holds = |all: &Accounts, part: &Accounts| part.columns.iter().all(|column| all.columns.contains(column));
                assert!(!holds(one, other) && !holds(other, one), "{one:?} {other:?}");
            }
        }
        assert_eq!(
            session_tables(),
            ["Session", "django_session", "session", "sessions", "user_sessions_session", "users_tokens"]
        );
    }
}
