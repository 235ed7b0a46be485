//! Which tenant a session is about: from the locks that it holds, else from the text of its query, else nobody knows. The
//! `search_path` of another session cannot be read. Must not guess.

use std::collections::BTreeSet;

use crate::domain::fleet::Database;
use crate::domain::roles::Role;
use crate::domain::session::{Held, Prepared, Session};
use crate::sqltext::lexer::{Token, TokenKind, tokens};

/// What a session is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The raw names of the schemas, sorted: those of tenants, or shared ones when there is none of a tenant.
    pub schemas: Vec<String>,
    /// How that is known.
    pub ground: Ground,
}

/// How it is known what a session is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Ground {
    /// It holds locks there, or waits for one.
    Locks,
    /// Its query names them; that of an idle session is the last one that it ran.
    Query,
    /// Neither says anything.
    #[default]
    Unknown,
}

impl Ground {
    /// The word shown and exported for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Locks => "locks",
            Self::Query => "query",
            Self::Unknown => "unknown",
        }
    }
}

/// What a schema is to a session that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tenant's, or one that may be.
    Tenant,
    /// One that all tenants use.
    Shared,
}

/// The schemas of one database that a session can be about.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a>(&'a Database);

impl<'a> Known<'a> {
    /// Those of this database.
    pub fn of(database: &'a Database) -> Self {
        Self(database)
    }

    /// What the schema of this raw name is; `None` for PostgreSQL's own, temporary ones, and where there is none.
    pub fn kind(self, name: &str) -> Option<Kind> {
        let database = self.0;
        if database.schemas.binary_search_by(|schema| schema.name.as_str().cmp(name)).is_err() {
            return None;
        }
        // Rows are sorted by the name of their schema, as the registry or the catalogue has it.
        let name_of = |at: usize| database.entry(crate::domain::fleet::DatabaseId(0), &database.rows[at]).schema_name();
        let (mut from, mut to) = (0, database.rows.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if name_of(middle) < name { from = middle + 1 } else { to = middle }
        }
        let row = database.rows.get(from).filter(|_| name_of(from) == name)?;
        match row.role {
            Role::System => None,
            Role::Shared | Role::Extension | Role::Static => Some(Kind::Shared),
            Role::Tenant | Role::Orphan | Role::Unknown | Role::Reference => Some(Kind::Tenant),
        }
    }
}

/// What a session is about.
pub fn about(session: &Session, known: Known<'_>) -> About {
    let awaited = session.awaits.iter().filter_map(|awaited| awaited.schema.as_deref());
    let locked = names_of(&session.holds).chain(awaited);
    let query = session.query.as_deref().filter(|_| session.elsewhere.is_none()).unwrap_or_default();
    decide(locked, query, known)
}

/// What a prepared transaction is about.
pub fn about_prepared(prepared: &Prepared, known: Known<'_>) -> About {
    decide(names_of(&prepared.holds), "", known)
}

fn names_of(holds: &[Held]) -> impl Iterator<Item = &str> {
    holds.iter().map(|held| held.schema.as_str())
}

fn decide<'a>(locked: impl Iterator<Item = &'a str>, query: &str, known: Known<'_>) -> About {
    let (mut tenants, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for name in locked {
        match known.kind(name) {
            Some(Kind::Tenant) => drop(tenants.insert(name.to_owned())),
            Some(Kind::Shared) => drop(shared.insert(name.to_owned())),
            None => {}
        }
    }
    if !tenants.is_empty() {
        return About { schemas: tenants.into_iter().collect(), ground: Ground::Locks };
    }
    let (named, named_shared) = in_query(query, known);
    let found = [(named, Ground::Query), (shared, Ground::Locks), (named_shared, Ground::Query)];
    let best = found.into_iter().find(|(names, _)| !names.is_empty());
    best.map_or_else(About::default, |(names, ground)| About { schemas: names.into_iter().collect(), ground })
}

/// The schemas of tenants, and the shared ones, that a text of SQL names as schemas.
fn in_query(text: &str, known: Known<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let all: Vec<Token<'_>> = tokens(text).into_iter().filter(|token| !token.is_blank()).collect();
    let mut names = BTreeSet::new();
    for at in 0..all.len() {
        let after = &all[at + 1..];
        let follows = |symbol: &str| after.first().is_some_and(|next| next.is_symbol(symbol));
        let is_qualified = at > 0 && all[at - 1].is_symbol(".");
        if let Some(name) = all[at].name().filter(|_| follows(".") && !is_qualified) {
            names.insert(name.into_owned());
        }
        if all[at].is_word("search_path") && at > 0 {
            let is_set = after.first().is_some_and(|next| next.is_symbol("=") || next.is_word("to"));
            if is_set {
                names.extend(listed(&after[1..]));
            }
        } else if all[at].is_word("set_config") && follows("(") {
            let setting = after.get(1).and_then(literal).filter(|name| name.eq_ignore_ascii_case("search_path"));
            let value = after.get(3).filter(|_| after.get(2).is_some_and(|comma| comma.is_symbol(","))).and_then(literal);
            if let (Some(_), Some(value)) = (setting, value) {
                names.extend(listed(&tokens(&value)));
            }
        } else if all[at].is_word("schema") {
            // CREATE, ALTER, DROP, IN, ON and SET SCHEMA: of their names the known ones are schemas.
            let skipped = after.iter().take_while(|next| ["if", "not", "exists"].iter().any(|word| next.is_word(word)));
            let skipped = skipped.count();
            names.extend(listed(&after[skipped..]));
        }
    }
    let (mut tenants, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for name in names {
        match known.kind(&name) {
            Some(Kind::Tenant) => drop(tenants.insert(name)),
            Some(Kind::Shared) => drop(shared.insert(name)),
            None => {}
        }
    }
    (tenants, shared)
}

/// The names of a list parted by commas, each a name or a literal, to the first thing that is neither.
fn listed(all: &[Token<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    for token in all.iter().filter(|token| !token.is_blank()) {
        match token.name().map(std::borrow::Cow::into_owned).or_else(|| literal(token)) {
            Some(name) => names.push(name),
            None if token.is_symbol(",") => {}
            None => break,
        }
    }
    names
}

/// What a literal in single quotes means. Escapes are left as they are: a name that has some is not recognised.
fn literal(token: &Token<'_>) -> Option<String> {
    let text = Some(token.text).filter(|_| token.kind == TokenKind::Literal)?;
    let text = text.strip_prefix(['e', 'E', 'n', 'N']).unwrap_or(text);
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::SchemaFacts;
    use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent};
    use crate::domain::roles::Policy;
    use crate::domain::session::{Awaited, LockMode};

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new([("eu".to_owned(), Policy::default())]);
        let names = ["Größe \"1\"", "acme", "bolt", "o'hara", "pg_catalog", "public", "tenant"];
        let schemas = names.iter().zip(1..).map(|(name, oid)| SchemaFacts::named(oid, *name, "app")).collect();
        fleet.apply(FleetEvent::Names(DatabaseId(0), schemas));
        fleet
    }

    fn held(schema: &str) -> Held {
        Held { schema: schema.into(), mode: LockMode::AccessShare, count: 1, relation: None }
    }

    /// The names and the ground that a session with these locks and this query has.
    fn found(locks: &[&str], query: &str) -> (Vec<String>, Ground) {
        let fleet = fleet();
        let holds = locks.iter().map(|name| held(name)).collect();
        let query = Some(query.to_owned()).filter(|query| !query.is_empty());
        let session = Session { query, holds, ..Session::default() };
        let About { schemas, ground } = about(&session, Known::of(&fleet.databases[0]));
        (schemas, ground)
    }

    #[test]
    fn a_query_names_tenants_where_a_schema_can_stand() {
        for (query, expected) in [
            ("SELECT * FROM acme.crm_order", "acme"),
            ("SELECT * FROM \"acme\".\"crm_order\" o JOIN ACME.x USING (id)", "acme"),
            ("UPDATE \"Größe \"\"1\"\"\".t SET a = 1", "Größe \"1\""),
            ("SET search_path = acme, public", "acme"),
            ("SET LOCAL search_path TO 'acme', \"public\"; SELECT 1", "acme"),
            ("set search_path to\n  bolt -- acme\n, public", "bolt"),
            ("SELECT set_config('search_path', 'acme, public', false)", "acme"),
            ("SELECT pg_catalog.set_config('search_path', '\"o''hara\"', true)", "o'hara"),
            ("SET SCHEMA 'acme'", "acme"),
            ("DROP SCHEMA IF EXISTS acme, bolt CASCADE", "acme bolt"),
            ("GRANT USAGE ON SCHEMA bolt TO app", "bolt"),
            ("INSERT INTO bolt.a SELECT * FROM acme.a", "acme bolt"),
            // What only looks like it.
            ("SELECT 'acme.crm_order', $$ bolt.x $$ /* acme.y */ -- bolt.z", ""),
            ("SELECT acme FROM accounts WHERE name = 'acme'", ""),
            ("SELECT row.acme.x FROM t", ""),
            ("SELECT current_setting('search_path'), 'acme'", ""),
            ("SHOW search_path", ""),
            ("SELECT * FROM gone.crm_order", ""),
            ("SELECT set_config('work_mem', 'acme', false)", ""),
        ] {
            let (names, ground) = found(&[], query);
            assert_eq!(names.join(" "), expected, "{query}");
            assert_eq!(ground, if expected.is_empty() { Ground::Unknown } else { Ground::Query }, "{query}");
        }
    }

    #[test]
    fn locks_go_before_the_query_and_tenants_before_what_is_shared() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(found(&["bolt"], "SELECT * FROM acme.x"), (words(&["bolt"]), Ground::Locks));
        assert_eq!(found(&["bolt", "acme", "public", "bolt"], ""), (words(&["acme", "bolt"]), Ground::Locks));
        assert_eq!(found(&["public"], "SELECT * FROM acme.x"), (words(&["acme"]), Ground::Query));
        assert_eq!(found(&["public"], "SELECT 1"), (words(&["public"]), Ground::Locks));
        assert_eq!(found(&["pg_catalog", "pg_temp_3"], "TABLE public.users"), (words(&["public"]), Ground::Query));
        assert_eq!(found(&[], ""), (Vec::new(), Ground::Unknown));
    }

    #[test]
    fn a_session_is_about_the_lock_that_it_waits_for() {
        let fleet = fleet();
        let awaits = Awaited {
            kind: "relation".into(),
            mode: LockMode::AccessExclusive,
            schema: Some("acme".into()),
            relation: Some("crm_order".into()),
        };
        let session = Session { awaits: Some(awaits), ..Session::default() };
        assert_eq!(about(&session, Known::of(&fleet.databases[0])).schemas, ["acme"]);
        // What another database calls acme is another acme.
        let query = Some("SELECT * FROM acme.x".to_owned());
        let session = Session { elsewhere: Some("other".into()), query, ..Session::default() };
        assert_eq!(about(&session, Known::of(&fleet.databases[0])), About::default());
    }
}
