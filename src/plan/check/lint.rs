//! What squawk's linter says, in our words: the few of its rules that mean something where a migration runs once for each of many
//! tenants, under timeouts and a ledger of ours. Must not hand its types on.

use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

use super::{AtHand, Finding};
use crate::domain::fleet::Severity;
use crate::plan::parts::Step;

/// A rule of the linter that another rule of ours uses, or that is told as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lint {
    /// A column is added whose default, identity or expression makes the server write every row.
    WritesEveryRow,
    /// Position in [`TOLD`].
    Told(usize),
}

/// Rules that are told as they are: the linter's rule, its severity here, what, hint. The others are off: those about timeouts and
/// transactions are the run's own, those about locks, rewrites and old code are told with the sizes of the fleet's tables, and those
/// about style are nobody's business here.
const TOLD: [(Rule, Severity, &str, &str); 9] = [
    (
        Rule::IdentifierTooLong,
        Severity::Warn,
        "a name is longer than 63 bytes: the server cuts it",
        "give it a shorter name, or the next statement that names it in full finds another one",
    ),
    (Rule::BanTruncateCascade, Severity::Danger, "empties every table that refers to this one", "name the tables"),
    (
        Rule::BanDuplicateColumnAssignments,
        Severity::Danger,
        "sets a column twice: the server refuses it",
        "remove one of the two",
    ),
    (
        Rule::BanCreateDomainWithConstraint,
        Severity::Info,
        "a domain with a check is hard to change: every table that uses it is looked at again",
        "prefer a check on the column",
    ),
    (
        Rule::BanAlterDomainWithAddConstraint,
        Severity::Warn,
        "looks at every row of every table that uses the domain, while its writers wait",
        "add the check NOT VALID and validate it in a migration of its own",
    ),
    (Rule::RequireEnumValueOrdering, Severity::Info, "adds a value at the end of the order", "say BEFORE or AFTER"),
    (
        Rule::PreferTimestampTz,
        Severity::Info,
        "a timestamp without time zone means another moment in each session",
        "use timestamptz",
    ),
    (Rule::BanCharField, Severity::Info, "char(n) pads with blanks", "use text, or varchar(n)"),
    (
        Rule::RequireConcurrentPartitionDetach,
        Severity::Info,
        "everybody waits for the whole partitioned table",
        "DETACH PARTITION ... CONCURRENTLY, in a file without transaction",
    ),
];

/// The linter's findings about a step, by the position of the statement.
pub(super) fn lints(step: &Step) -> Vec<(usize, Lint)> {
    // As one text: the linter knows that nobody waits for a table that the same text made.
    let mut text = String::new();
    let mut ends = Vec::new();
    for statement in &step.statements {
        text.push_str(&statement.sql);
        text.push_str(";\n");
        ends.push(text.len());
    }
    let mut linter = Linter::from(TOLD.iter().map(|told| told.0).chain([Rule::AddingFieldWithDefault]));
    linter.settings.assume_in_transaction = step.transactional;
    let file = SourceFile::parse(&text);
    let place = |at: usize| ends.iter().position(|end| at < *end);
    let lint = |rule: Rule| match rule {
        Rule::AddingFieldWithDefault => Some(Lint::WritesEveryRow),
        rule => TOLD.iter().position(|told| told.0 == rule).map(Lint::Told),
    };
    let violations = linter.lint(&file, &text).into_iter();
    violations.filter_map(|found| Some((place(found.text_range.start().into())?, lint(found.code)?))).collect()
}

/// What is told as it is.
pub(super) fn rule(at: &AtHand<'_>) -> Vec<Finding> {
    let mut found: Vec<usize> = at
        .scene
        .lints
        .iter()
        .filter_map(|(statement, lint)| match lint {
            Lint::Told(told) if *statement == at.statement => Some(*told),
            _ => None,
        })
        .collect();
    found.dedup();
    let finding = |told: usize| {
        let (rule, severity, what, hint) = &TOLD[told];
        Finding::new(id(*rule), *severity, *what).hint(*hint)
    };
    found.into_iter().map(finding).collect()
}

/// Ours where the linter's name would not say what it is here.
fn id(rule: Rule) -> &'static str {
    match rule {
        Rule::IdentifierTooLong => "name-too-long",
        Rule::BanTruncateCascade => "truncate-cascade",
        Rule::BanDuplicateColumnAssignments => "column-set-twice",
        Rule::BanCreateDomainWithConstraint | Rule::BanAlterDomainWithAddConstraint => "domain-with-check",
        Rule::RequireEnumValueOrdering => "enum-order",
        Rule::PreferTimestampTz => "timestamp-without-zone",
        Rule::BanCharField => "char-pads",
        Rule::RequireConcurrentPartitionDetach => "detach-waits",
        _ => "linter",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fires, silent};
    use super::*;

    #[test]
    fn the_linter_speaks_our_words() {
        for (rule, fire, no) in [
            ("name-too-long", &*format!("CREATE TABLE {} (a int)", "a".repeat(64)), "CREATE TABLE a (a int)"),
            ("truncate-cascade", "TRUNCATE t CASCADE", "TRUNCATE t"),
            ("column-set-twice", "UPDATE t SET a = 1, a = 2", "UPDATE t SET a = 1, b = 2"),
            ("domain-with-check", "CREATE DOMAIN d AS int CHECK (VALUE > 0)", "CREATE DOMAIN d AS int"),
            ("domain-with-check", "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)", "ALTER DOMAIN d DROP CONSTRAINT c"),
            ("enum-order", "ALTER TYPE m ADD VALUE 'x'", "ALTER TYPE m ADD VALUE 'x' BEFORE 'y'"),
            ("timestamp-without-zone", "CREATE TABLE t (a timestamp)", "CREATE TABLE t (a timestamptz)"),
            ("char-pads", "CREATE TABLE t (a char(3))", "CREATE TABLE t (a text)"),
            ("detach-waits", "ALTER TABLE t DETACH PARTITION p", "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"),
        ] {
            let note = fires(rule, fire);
            assert!(!note.refuses && note.hint.is_some(), "{fire}");
            silent(rule, no);
        }
    }

    #[test]
    fn every_rule_that_is_told_has_a_name_of_ours() {
        for (rule, ..) in TOLD {
            assert_ne!(id(rule), "linter", "{rule}");
        }
    }
}
