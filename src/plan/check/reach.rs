//! Rules about what lies outside of the tenant: `outside-tenant`, `falls-through`, `key-to-shared`, `reads-outside`, `cluster-wide`,
//! `database-wide`. What would run once for each tenant and is there only once. Must not know what is in the tables.

use std::collections::{BTreeSet, HashSet};

use squawk_syntax::SyntaxKind;

use super::read::{Done, Named, Read};
use super::{AtHand, CheckFacts, Finding, locks};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::units;

/// The tables outside of the tenant that foreign keys of these statements refer to, as `policy.referenced` takes them: raw names,
/// `schema.table`.
pub fn shared_references<'a>(statements: impl IntoIterator<Item = &'a str>, facts: &CheckFacts) -> BTreeSet<String> {
    let mut made = HashSet::new();
    let mut all = BTreeSet::new();
    for sql in statements {
        let read = Read::new(sql);
        let referred = read.names().into_iter().filter(|named| named.done == Done::Referred);
        all.extend(referred.filter_map(|named| Some(path(outside(&named, facts, &made)?, &named))));
        made.extend(locks::tables_made(&read));
    }
    all
}

fn path(schema: &str, named: &Named) -> String {
    format!("{schema}.{}", named.name)
}

/// The raw schema of a name that is written with one, or that only a shared schema has.
fn outside<'a>(named: &'a Named, facts: &'a CheckFacts, made: &HashSet<String>) -> Option<&'a str> {
    if let Some(schema) = &named.schema {
        return Some(schema);
    }
    let is_own = made.contains(&named.name) || facts.tables.contains_key(&named.name);
    facts.shared.get(&named.name).filter(|_| !is_own).map(String::as_str)
}

/// Names that lead out of the tenant.
pub(super) fn names(at: &AtHand<'_>) -> Vec<Finding> {
    let mut told = HashSet::new();
    let names = at.read.names().into_iter();
    names
        .filter_map(|named| name(at, &named))
        .chain(moved(at))
        .filter(|finding| told.insert((finding.rule, finding.what.clone())))
        .collect()
}

fn name(at: &AtHand<'_>, named: &Named) -> Option<Finding> {
    let policy = &at.scene.plan.policy;
    // What is made without a schema is made in the tenant.
    let schema = outside(named, at.scene.facts, at.made).filter(|_| named.schema.is_some() || named.done != Done::Made)?;
    if at.scene.only == Some(schema) || schema == "pg_temp" {
        return None;
    }
    let path = path(schema, named);
    let allowed = policy.allowed.contains(&path);
    let text = shown(&path);
    let times = units::count(at.scene.targets);
    let falls = named.schema.is_none();
    match named.done {
        Done::Made | Done::Changed if allowed => Some(
            Finding::new("outside-tenant", Severity::Warn, format!("changes {text}, which is there once, {times} times"))
                .hint("the policy allows it; it must be able to run again"),
        ),
        Done::Made | Done::Changed if falls => Some(
            Finding::refusal("falls-through", format!("changes {text}: tenants have no table of this name"))
                .hint("the search_path would lead there from every tenant: make it a migration of the shared schema"),
        ),
        Done::Made | Done::Changed => Some(
            Finding::refusal("outside-tenant", format!("changes {text}, which is not in the tenant"))
                .hint("write the name without its schema, or make it a migration of the shared schema"),
        ),
        Done::Referred if allowed || policy.referenced.contains(&path) => Some(
            Finding::new(
                "key-to-shared",
                Severity::Info,
                format!("a foreign key refers to {text}: its writers wait, {times} times"),
            )
            .hint("a short lock_timeout and a pace keep the application going"),
        ),
        Done::Referred => Some(
            Finding::refusal("key-to-shared", format!("a foreign key refers to {text}, which the policy does not list"))
                .hint("allow it, or refer to a table of the tenant"),
        ),
        Done::Read => {
            let usual = ["pg_catalog", "information_schema"].contains(&schema)
                || policy.search_path.iter().any(|other| other == schema);
            let what = format!("reads {text}: neither the tenant nor a schema of the search_path");
            (!usual && !falls).then(|| {
                Finding::new("reads-outside", Severity::Warn, what).hint("another tenant's name in a migration is a mistake")
            })
        }
    }
}

/// `SET SCHEMA`: what leaves the tenant is not found in it any more.
fn moved(at: &AtHand<'_>) -> Option<Finding> {
    let action = at.read.actions().find(|action| action.kind() == SyntaxKind::SET_SCHEMA)?;
    let schema = action.children().find(|node| node.kind() == SyntaxKind::SCHEMA_REF)?.text().to_string();
    let what = format!("moves an object to the schema {}", shown(&schema));
    Some(Finding::refusal("outside-tenant", what).hint("what every tenant has stays in the tenant"))
}

/// What there is once for a cluster or for a database, so that the second tenant finds it done already.
pub(super) fn wide(at: &AtHand<'_>) -> Vec<Finding> {
    let read = at.read;
    let Some(verb) = read.words.first().map(String::as_str).filter(|verb| ["CREATE", "ALTER", "DROP"].contains(verb)) else {
        return Vec::new();
    };
    let mut rest =
        read.words[1..].iter().map(String::as_str).filter(|word| !["OR", "REPLACE", "TRUSTED", "PROCEDURAL"].contains(word));
    let (noun, next) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
    let (rule, noun) = match (noun, next) {
        ("ROLE" | "GROUP" | "DATABASE" | "TABLESPACE" | "SYSTEM" | "SUBSCRIPTION", _) => ("cluster-wide", noun.to_owned()),
        ("USER", next) if next != "MAPPING" => ("cluster-wide", noun.to_owned()),
        ("EXTENSION" | "PUBLICATION" | "LANGUAGE" | "SERVER" | "CAST" | "SCHEMA", _) => ("database-wide", noun.to_owned()),
        ("EVENT", "TRIGGER") | ("ACCESS", "METHOD") => ("database-wide", format!("{noun} {next}")),
        ("FOREIGN", "DATA") => ("database-wide", "FOREIGN DATA WRAPPER".to_owned()),
        _ => return Vec::new(),
    };
    if at.scene.targets < 2 {
        return Vec::new();
    }
    let there = if rule == "cluster-wide" { "the whole cluster" } else { "the whole database" };
    let what = format!("{verb} {noun} is for {there} and would run {} times", units::count(at.scene.targets));
    if noun == "SCHEMA" {
        return vec![Finding::refusal(rule, what).hint("a migration changes what is in the tenant's schema, not schemas")];
    }
    let says = |words: &[&str]| read.words.windows(words.len()).any(|here| here == words);
    let repeatable = says(&["IF", "NOT", "EXISTS"]) || says(&["IF", "EXISTS"]);
    let lands = verb == "CREATE" && noun == "EXTENSION" && !read.says("SCHEMA");
    let (severity, hint) = match (repeatable, lands) {
        (true, true) => {
            (Severity::Danger, "it would be made in the first tenant that runs it: write WITH SCHEMA, better make it apart")
        }
        (true, false) => (Severity::Warn, "every tenant after the first finds it done: make it apart from the tenants"),
        (false, _) => (Severity::Danger, "every tenant after the first would fail: make it apart from the tenants"),
    };
    vec![Finding::new(rule, severity, what).hint(hint)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{facts, fires, fires_in, plan, silent, silent_in};
    use super::*;

    #[test]
    fn what_is_outside_of_the_tenant_is_not_changed() {
        for sql in [
            "ALTER TABLE public.users ADD a int",
            "CREATE TABLE public.t (a int)",
            "INSERT INTO public.users VALUES (1)",
            "CREATE INDEX ON public.users (a)",
            "DROP TYPE public.mood",
            "CREATE OR REPLACE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE TRIGGER g AFTER INSERT ON public.users EXECUTE FUNCTION f()",
            "COMMENT ON COLUMN public.users.a IS 'x'",
        ] {
            let note = fires("outside-tenant", sql);
            assert!(note.refuses && note.what.contains("public."), "{sql}: {note:?}");
        }
        assert_eq!(fires("outside-tenant", "ALTER TABLE t SET SCHEMA public").what, "moves an object to the schema public");
        for sql in [
            "ALTER TABLE users ADD a public.citext DEFAULT public.f()",
            "SELECT * FROM pg_catalog.pg_class",
            "CREATE TABLE pg_temp.x (a int)",
            "UPDATE t SET a = u.b FROM public.users u WHERE u.id = t.id",
        ] {
            silent("outside-tenant", sql);
        }
        let mut allowed = plan(&["UPDATE public.users SET a = 1"]);
        allowed.policy.allowed = vec!["public.users".to_owned()];
        let note = fires_in("outside-tenant", &allowed, &CheckFacts::default());
        assert_eq!((note.severity, note.refuses), (Severity::Warn, false));
        assert_eq!(note.what, "changes public.users, which is there once, 3 times");
    }

    #[test]
    fn a_migration_of_one_schema_may_name_it() {
        let mut shared = plan(&["ALTER TABLE public.users ADD a int"]);
        shared.targets.truncate(1);
        shared.targets[0].schema = "public".to_owned();
        silent_in("outside-tenant", &shared, &CheckFacts::default());
        shared.targets[0].schema = "acme".to_owned();
        fires_in("outside-tenant", &shared, &CheckFacts::default());
    }

    #[test]
    fn a_name_that_only_the_shared_schema_has_falls_through() {
        let of = |statements: &[&str]| (plan(statements), facts());
        let (falls, known) = of(&["ALTER TABLE users ADD a int"]);
        let note = fires_in("falls-through", &falls, &known);
        assert_eq!((note.what.as_str(), note.refuses), ("changes public.users: tenants have no table of this name", true));
        for statements in [
            &["ALTER TABLE orders ADD a int"][..],
            &["CREATE TABLE users (a int)", "ALTER TABLE users ADD b int"],
            &["SELECT * FROM users"],
        ] {
            let (own, known) = of(statements);
            silent_in("falls-through", &own, &known);
        }
    }

    #[test]
    fn a_key_to_a_shared_table_is_listed_or_refused() {
        let statements =
            ["ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES users", "CREATE TABLE x (a int REFERENCES public.site)"];
        let listed = shared_references(statements, &facts());
        assert_eq!(listed.iter().map(String::as_str).collect::<Vec<_>>(), ["public.site", "public.users"]);
        let mut keys = plan(&statements);
        assert!(fires_in("key-to-shared", &keys, &facts()).refuses);
        keys.policy.allowed = listed.into_iter().collect();
        let note = fires_in("key-to-shared", &keys, &facts());
        assert_eq!((note.severity, note.refuses), (Severity::Info, false));
        silent_in("key-to-shared", &plan(&["ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES orders"]), &facts());
        let own = ["CREATE TABLE users (a int)", "CREATE TABLE x (a int REFERENCES users)"];
        assert!(shared_references(own, &facts()).is_empty());
    }

    #[test]
    fn another_schema_is_not_read_by_mistake() {
        let note = fires("reads-outside", "INSERT INTO t SELECT * FROM acme.t");
        assert_eq!((note.severity, note.refuses), (Severity::Warn, false));
        silent("reads-outside", "SELECT * FROM information_schema.tables");
        let mut path = plan(&["INSERT INTO t SELECT * FROM public.t"]);
        path.policy.search_path = vec!["public".to_owned()];
        silent_in("reads-outside", &path, &CheckFacts::default());
    }

    #[test]
    fn what_there_is_once_is_not_made_for_each_tenant() {
        for (rule, sql, severity) in [
            ("cluster-wide", "CREATE ROLE a", Severity::Danger),
            ("cluster-wide", "ALTER USER a WITH PASSWORD 'x'", Severity::Danger),
            ("cluster-wide", "DROP ROLE IF EXISTS a", Severity::Warn),
            ("cluster-wide", "CREATE DATABASE a", Severity::Danger),
            ("cluster-wide", "CREATE TABLESPACE a LOCATION '/x'", Severity::Danger),
            ("database-wide", "CREATE EXTENSION citext", Severity::Danger),
            ("database-wide", "CREATE EXTENSION IF NOT EXISTS citext", Severity::Danger),
            ("database-wide", "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public", Severity::Warn),
            ("database-wide", "CREATE EVENT TRIGGER a ON ddl_command_end EXECUTE FUNCTION f()", Severity::Danger),
        ] {
            assert_eq!(fires(rule, sql).severity, severity, "{sql}");
        }
        assert!(fires("database-wide", "DROP SCHEMA a CASCADE").refuses);
        silent("cluster-wide", "CREATE USER MAPPING FOR a SERVER b");
        silent("cluster-wide", "CREATE TABLE role (a int)");
        let mut once = plan(&["CREATE EXTENSION citext"]);
        once.targets.truncate(1);
        silent_in("database-wide", &once, &CheckFacts::default());
    }
}
