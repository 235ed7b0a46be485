//! Rules for changes without downtime: `breaks-old-code`, `deploy-order`, `loses-data`, `irreversible`. Old and new code of the
//! application run side by side while a fleet is migrated. Must not know which code there is.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::read::{Read, parts};
use super::weight::may_be_wider;
use super::{AtHand, Finding, Scene};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;

const DROP: &str = "deploy code that does not use it first, then run this: it belongs after the deploy";
const RENAME: &str = "no order of deploy and migration is right: add the new one, copy, deploy, then drop the old one";
const KEEP: &str = "drop the default in a migration of its own, after the deploy; in Django give the field db_default";
const REQUIRED: &str = "let it be NULL or have a default first, deploy code that writes it, then require it";

/// Takes away, or asks for, something that the code of before the deploy does not expect.
pub(super) fn breaks(at: &AtHand<'_>) -> Vec<Finding> {
    if is_new(at) {
        return Vec::new();
    }
    let about = at.read.subject().map_or_else(String::new, |named| format!("{}: ", shown(&named.name)));
    let finding = |(what, hint): (String, &str)| {
        Finding::new("breaks-old-code", Severity::Warn, format!("{about}{what}: code that uses it fails")).hint(hint)
    };
    let before = &at.scene.reads[..at.statement];
    match fate(at.read, before) {
        Fate::Required(column) => {
            let what = format!("the new column {column} has no default any more: code that does not write it cannot insert");
            vec![Finding::new("breaks-old-code", Severity::Warn, format!("{about}{what}")).hint(KEEP)]
        }
        Fate::Free => Vec::new(),
        Fate::Old => broken(at.read).into_iter().map(finding).collect(),
    }
}

/// What comes of a statement that only drops the default of a column.
enum Fate {
    /// The step added the column, and it must not be NULL. Its name, safe to show.
    Required(String),
    /// The step added the column, and it may be NULL.
    Free,
    /// The step did not add it, or the statement is another one.
    Old,
}

fn fate(read: &Read, before: &[Read]) -> Fate {
    let drops = |action: &SyntaxNode| action.descendants().any(|node| node.kind() == K::DROP_DEFAULT);
    let actions: Vec<SyntaxNode> = read.actions().filter(|action| action.kind() == K::ALTER_COLUMN).collect();
    let (Some(table), [action]) = (read.subject(), actions.as_slice()) else { return Fate::Old };
    let Some(column) = column(action).filter(|_| drops(action)) else { return Fate::Old };
    let of_table = before.iter().filter(|read| read.subject().as_ref() == Some(&table));
    let mut added = of_table.flat_map(Read::actions).filter(|action| action.kind() == K::ADD_COLUMN);
    match added.find(|action| self::column(action).as_ref() == Some(&column)) {
        Some(added) if added.descendants().any(|node| node.kind() == K::NOT_NULL_CONSTRAINT) => {
            Fate::Required(shown(&column).into_owned())
        }
        Some(_) => Fate::Free,
        None => Fate::Old,
    }
}

/// The raw name of the column that an action is about.
fn column(action: &SyntaxNode) -> Option<String> {
    let name = action.children().find(|node| matches!(node.kind(), K::COLUMN_NAME | K::COLUMN_NAME_REF))?;
    Some(parts(&name).concat())
}

/// What a statement breaks, in words, each with a hint.
fn broken(read: &Read) -> Vec<(String, &'static str)> {
    let said = |what: &str, hint| vec![(what.to_owned(), hint)];
    match read.kind() {
        Some(K::DROP_TABLE | K::DROP_FOREIGN_TABLE) => said("drops the table", DROP),
        Some(K::DROP_VIEW | K::DROP_MATERIALIZED_VIEW) => said("drops the view", DROP),
        Some(K::DROP_FUNCTION | K::DROP_PROCEDURE | K::DROP_ROUTINE | K::DROP_AGGREGATE) => said("drops the function", DROP),
        Some(K::DROP_TYPE | K::DROP_DOMAIN) => said("drops the type", DROP),
        Some(K::DROP_SEQUENCE) => said("drops the sequence", DROP),
        Some(
            K::ALTER_TABLE
            | K::ALTER_VIEW
            | K::ALTER_MATERIALIZED_VIEW
            | K::ALTER_TYPE
            | K::ALTER_FUNCTION
            | K::ALTER_SEQUENCE,
        ) => read.actions().filter_map(|action| action_breaks(&action)).collect(),
        _ => Vec::new(),
    }
}

fn action_breaks(action: &SyntaxNode) -> Option<(String, &'static str)> {
    let has = |kinds: &[K]| action.descendants().any(|node| kinds.contains(&node.kind()));
    let column = || column(action).map_or_else(String::new, |name| format!(" {}", shown(&name)));
    Some(match action.kind() {
        K::DROP_COLUMN => (format!("drops the column{}", column()), DROP),
        K::RENAME_COLUMN => (format!("renames the column{}", column()), RENAME),
        K::TABLE_RENAME_TO | K::VIEW_RENAME_TO | K::TYPE_RENAME_TO | K::FUNCTION_RENAME_TO | K::SEQUENCE_RENAME_TO => {
            ("renames it".to_owned(), RENAME)
        }
        K::SET_SCHEMA => ("moves it to another schema".to_owned(), RENAME),
        K::RENAME_VALUE | K::RENAME_ATTRIBUTE | K::DROP_ATTRIBUTE => ("changes the values of the type".to_owned(), RENAME),
        K::ALTER_COLUMN if has(&[K::SET_NOT_NULL]) => (format!("requires the column{}", column()), REQUIRED),
        K::ALTER_COLUMN if has(&[K::SET_TYPE]) && !may_be_wider(action) => {
            (format!("changes the type of the column{}", column()), RENAME)
        }
        K::ALTER_COLUMN if has(&[K::DROP_DEFAULT]) => (format!("drops the default of the column{}", column()), DROP),
        K::ADD_COLUMN if is_required(action) => (format!("adds the required column{} without default", column()), REQUIRED),
        _ => return None,
    })
}

/// Whether a new column must be written by who inserts a row.
fn is_required(column: &SyntaxNode) -> bool {
    let has = |kinds: &[K]| column.descendants().any(|node| kinds.contains(&node.kind()));
    let serial = column.text().to_string().to_lowercase().contains("serial");
    has(&[K::NOT_NULL_CONSTRAINT, K::PRIMARY_KEY_CONSTRAINT])
        && !serial
        && !has(&[K::DEFAULT_CONSTRAINT, K::GENERATED_CONSTRAINT, K::GENERATED_IDENTITY, K::GENERATED_STORED])
}

/// Data that no way back brings back.
pub(super) fn loses(at: &AtHand<'_>) -> Vec<Finding> {
    if is_new(at) {
        return Vec::new();
    }
    let table = at.read.subject().map_or_else(String::new, |named| shown(&named.name).into_owned());
    let what = match at.read.kind() {
        Some(K::DROP_TABLE | K::DROP_SCHEMA) => "the table and its rows are gone",
        Some(K::TRUNCATE) => "all its rows are gone",
        Some(K::DELETE) => "rows of it are gone",
        Some(K::ALTER_TABLE) if at.read.actions().any(|action| action.kind() == K::DROP_COLUMN) => {
            "the column and its values are gone"
        }
        _ => return Vec::new(),
    };
    vec![
        Finding::new("loses-data", Severity::Warn, format!("{table}: {what}"))
            .hint("no way back brings them again: a backup must be there"),
    ]
}

/// Whether the statement is about a table that the step itself made.
fn is_new(at: &AtHand<'_>) -> bool {
    at.read.subject().is_some_and(|named| named.schema.is_none() && at.made.contains(&named.name))
}

/// Where the step belongs, and whether it can be taken back.
pub(super) fn of_step(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if !scene.step.reverse {
        found.extend(order(scene));
        if scene.facts.without_way_back.contains(&scene.step.migration) {
            let what = "cannot be taken back: the source has no way back for it";
            found.push(Finding::new("irreversible", Severity::Info, what).hint("NNNN_name.down.sql beside it would be one"));
        }
    }
    found
}

fn order(scene: &Scene<'_>) -> Option<Finding> {
    let on_new = |at: usize| {
        let subject = scene.reads[at].subject();
        subject.is_some_and(|named| named.schema.is_none() && scene.made[at].contains(&named.name))
    };
    let old: Vec<usize> = (0..scene.reads.len()).filter(|at| !on_new(*at)).collect();
    let is_free = |at: usize| matches!(fate(&scene.reads[at], &scene.reads[..at]), Fate::Free);
    let takes = old.iter().any(|at| !is_free(*at) && !broken(&scene.reads[*at]).is_empty());
    let gives = old.iter().any(|at| adds(&scene.reads[*at]));
    let finding = |severity, what: &str| Some(Finding::new("deploy-order", severity, what));
    match (gives, takes) {
        (true, true) => finding(Severity::Warn, "belongs partly before the deploy, partly after it")
            .map(|finding| finding.hint("make two migrations of it: one that adds, one that takes away")),
        (true, false) => finding(Severity::Info, "belongs before the deploy: code of after it needs what this adds"),
        (false, true) => finding(Severity::Info, "belongs after the deploy: code of before it uses what this takes away"),
        (false, false) => None,
    }
}

/// Whether a statement makes something that new code may need.
fn adds(read: &Read) -> bool {
    let makes = [
        K::CREATE_TABLE,
        K::CREATE_TABLE_AS,
        K::CREATE_VIEW,
        K::CREATE_MATERIALIZED_VIEW,
        K::CREATE_TYPE,
        K::CREATE_DOMAIN,
        K::CREATE_FUNCTION,
        K::CREATE_PROCEDURE,
        K::CREATE_SEQUENCE,
    ];
    let is_added = |action: SyntaxNode| match action.kind() {
        K::ADD_COLUMN => !is_required(&action),
        kind => matches!(kind, K::ADD_VALUE | K::DROP_NOT_NULL),
    };
    read.kind().is_some_and(|kind| makes.contains(&kind)) || read.actions().any(is_added)
}

#[cfg(test)]
mod tests {
    use super::super::CheckFacts;
    use super::super::tests::{fires, fires_in, plan, silent, silent_in};
    use super::*;

    #[test]
    fn what_old_code_needs_is_not_taken_away_unsaid() {
        for (sql, what) in [
            ("DROP TABLE t", "t: drops the table"),
            ("DROP VIEW v", "v: drops the view"),
            ("DROP FUNCTION f(int)", "f: drops the function"),
            ("DROP TYPE m", "m: drops the type"),
            ("ALTER TABLE t DROP COLUMN a", "t: drops the column a"),
            ("ALTER TABLE t RENAME COLUMN a TO b", "t: renames the column a"),
            ("ALTER TABLE t RENAME TO u", "t: renames it"),
            ("ALTER TABLE t ALTER a SET NOT NULL", "t: requires the column a"),
            ("ALTER TABLE t ALTER a TYPE bigint", "t: changes the type of the column a"),
            ("ALTER TABLE t ADD a int NOT NULL", "t: adds the required column a without default"),
            ("ALTER TYPE m RENAME VALUE 'a' TO 'b'", "m: changes the values of the type"),
        ] {
            let note = fires("breaks-old-code", sql);
            assert_eq!(note.what, format!("{what}: code that uses it fails"), "{sql}");
            assert!(note.hint.is_some() && note.severity == Severity::Warn);
        }
        for sql in [
            "ALTER TABLE t ADD a int",
            "ALTER TABLE t ALTER a TYPE varchar(200)",
            "ALTER TABLE t ADD a int NOT NULL DEFAULT 0",
            "ALTER TABLE t ADD a bigserial PRIMARY KEY",
            "ALTER TABLE t ADD a int GENERATED ALWAYS AS IDENTITY NOT NULL",
            "CREATE TABLE t (a int NOT NULL)",
            "DROP INDEX i",
            "ALTER TABLE t ALTER a DROP NOT NULL",
            "ALTER INDEX i RENAME TO j",
        ] {
            silent("breaks-old-code", sql);
        }
        silent_in(
            "breaks-old-code",
            &plan(&["CREATE TABLE t (a int)", "ALTER TABLE t RENAME TO u"]),
            &CheckFacts::default(),
        );
    }

    #[test]
    fn a_new_column_without_default_is_required_of_old_code() {
        let of = |add: &str| {
            let text = format!("ALTER TABLE t ADD COLUMN \"a\" {add}");
            plan(&[&text, "ALTER TABLE t ALTER COLUMN a DROP DEFAULT"])
        };
        let note = fires_in("breaks-old-code", &of("int DEFAULT 1 NOT NULL"), &CheckFacts::default());
        let expected = "t: the new column a has no default any more: code that does not write it cannot insert";
        assert_eq!((note.what.as_str(), note.place), (expected, Some((0, Some(1)))));
        assert_eq!(fires_in("deploy-order", &of("int DEFAULT 1 NOT NULL"), &CheckFacts::default()).severity, Severity::Warn);
        silent_in("breaks-old-code", &of("int DEFAULT 1"), &CheckFacts::default());
        assert_eq!(fires_in("deploy-order", &of("int DEFAULT 1"), &CheckFacts::default()).severity, Severity::Info);
        fires("breaks-old-code", "ALTER TABLE t ALTER COLUMN a DROP DEFAULT");
    }

    #[test]
    fn a_step_belongs_on_one_side_of_the_deploy() {
        for (statements, severity, what) in [
            (&["ALTER TABLE t ADD a int", "CREATE INDEX ON t (a)"][..], Severity::Info, "belongs before the deploy"),
            (&["ALTER TABLE t DROP COLUMN a"], Severity::Info, "belongs after the deploy"),
            (&["ALTER TABLE t ADD a int", "DROP TABLE u"], Severity::Warn, "belongs partly before"),
            (&["ALTER TABLE t ADD a int, DROP COLUMN b"], Severity::Warn, "belongs partly before"),
        ] {
            let note = fires_in("deploy-order", &plan(statements), &CheckFacts::default());
            assert!(note.severity == severity && note.what.starts_with(what) && note.place == Some((0, None)), "{note:?}");
        }
        silent("deploy-order", "UPDATE t SET a = 1");
        silent("deploy-order", "CREATE INDEX ON t (a)");
        let mut back = plan(&["ALTER TABLE t DROP COLUMN a"]);
        back.steps[0].reverse = true;
        silent_in("deploy-order", &back, &CheckFacts::default());
    }

    #[test]
    fn lost_data_is_told() {
        for sql in ["DROP TABLE t", "TRUNCATE t", "DELETE FROM t WHERE a", "ALTER TABLE t DROP COLUMN a"] {
            fires("loses-data", sql);
        }
        for sql in ["ALTER TABLE t DROP CONSTRAINT c", "DROP INDEX i", "UPDATE t SET a = 1"] {
            silent("loses-data", sql);
        }
    }

    #[test]
    fn what_has_no_way_back_is_told() {
        let plan = plan(&["SELECT 1"]);
        let facts = CheckFacts { without_way_back: [plan.steps[0].migration.clone()].into(), ..CheckFacts::default() };
        assert_eq!(fires_in("irreversible", &plan, &facts).place, Some((0, None)));
        silent_in("irreversible", &plan, &CheckFacts::default());
    }
}
