//! Plans and facts for the tests of the rules, and what holds for all of them.

use super::*;
use crate::domain::catalog::LedgerDialect;
use crate::plan::parts::Ledger;
use crate::plan::sample;

/// A plan of one migration with these statements, for three tenants.
pub(super) fn plan(statements: &[&str]) -> Plan {
    let mut plan = sample::wave(&["a", "b", "c"]);
    plan.groups[0].ledger = Ledger { dialect: LedgerDialect::Tenantry, table: "tenantry_migrations".to_owned() };
    plan.steps[0].statements = sample::statements(statements);
    plan
}

/// The same without a transaction.
pub(super) fn without_transaction(statements: &[&str]) -> Plan {
    let mut plan = plan(statements);
    plan.steps[0].transactional = false;
    plan
}

/// Tenants have customers and orders, the shared schema has users.
pub(super) fn facts() -> CheckFacts {
    let small = TableFacts { rows: 10, bytes: 81_920 };
    CheckFacts {
        tables: [("orders".to_owned(), TableFacts { rows: 1_000, bytes: 2 << 30 }), ("customers".to_owned(), small)].into(),
        shared: [("users".to_owned(), "public".to_owned())].into(),
        ..CheckFacts::default()
    }
}

pub(super) fn notes(plan: &Plan) -> Vec<Note> {
    check(plan, &CheckFacts::default())
}

/// The first note of a rule about one statement; where it says anything about the statement, that is its place.
#[track_caller]
pub(super) fn fires(rule: &str, sql: &str) -> Note {
    fires_in(rule, &plan(&[sql]), &CheckFacts::default())
}

#[track_caller]
pub(super) fn fires_in(rule: &str, plan: &Plan, facts: &CheckFacts) -> Note {
    let notes = check(plan, facts);
    let found = notes.iter().find(|note| note.rule == rule);
    found.unwrap_or_else(|| panic!("{rule} does not fire: {:?} {notes:?}", plan.steps)).clone()
}

#[track_caller]
pub(super) fn silent(rule: &str, sql: &str) {
    silent_in(rule, &plan(&[sql]), &CheckFacts::default());
}

#[track_caller]
pub(super) fn silent_in(rule: &str, plan: &Plan, facts: &CheckFacts) {
    let notes = check(plan, facts);
    assert!(!notes.iter().any(|note| note.rule == rule), "{rule} fires: {:?} {notes:?}", plan.steps);
}

#[test]
fn each_note_points_at_its_statement() {
    let mut plan = plan(&["SELECT 1", "SET ROLE a"]);
    plan.steps.push(Step { statements: sample::statements(&["COMMIT"]), ..plan.steps[0].clone() });
    plan.groups[0].steps.push(1);
    let places: Vec<_> = notes(&plan).into_iter().map(|note| (note.rule, note.place)).collect();
    let expected = [("changes-session", Some((0, Some(1)))), ("transaction-control", Some((1, Some(0))))];
    assert_eq!(places, expected.map(|(rule, place)| (rule.to_owned(), place)));
}

#[test]
fn the_worst_of_a_statement_comes_first() {
    let notes = notes(&plan(&["DROP TABLE public.t"]));
    assert!(notes[0].place == Some((0, None)) && notes[1].refuses, "{notes:?}");
}

#[test]
fn an_ordinary_migration_has_little_to_say() {
    let statements = [
        "CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id), at timestamptz)",
        "CREATE INDEX invoices_customer ON invoices (customer_id)",
        "ALTER TABLE invoices ADD CONSTRAINT positive CHECK (id > 0)",
        "ALTER TABLE customers ADD vip boolean NOT NULL DEFAULT false",
        "INSERT INTO invoices (id) VALUES (1)",
    ];
    let rules: Vec<String> = check(&plan(&statements), &facts()).into_iter().map(|note| note.rule).collect();
    assert_eq!(rules, ["deploy-order"]);
}

#[test]
fn notes_are_fragments_that_are_safe_to_show() {
    for sql in
        ["ALTER TABLE \"x\u{1b}[2J\" DROP COLUMN \"a\u{202e}b\"", "DROP TABLE \"P\n\".\"q\u{7}\"", "SET \"x\u{1b}y\" = 1"]
    {
        for note in notes(&plan(&[sql])) {
            let text = format!("{}{}", note.what, note.hint.unwrap_or_default());
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_migration_is_too_strange(
        statements in proptest::collection::vec(
            "((ALTER|CREATE|DROP|SET|UPDATE|DO|REINDEX|SELECT|TABLE|TYPE|INDEX|DOMAIN|COLUMN|ADD|VALUE|CHECK|DEFAULT|ON|FROM|\
              REFERENCES|CONCURRENTLY|PARTITION|DETACH|set_config|int|a|t|public|\"q\"|'x'|[$]{2}|[(),.;=*:]|1|\\PC) ?){0,14}",
            0..3,
        )
    ) {
        let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
        let plan = plan(&texts);
        let notes = check(&plan, &facts());
        for (at, text) in texts.iter().enumerate() {
            // What is not understood is said, and nothing is said of a statement that is not there.
            let wrong = Read::new(text).wrong.is_some();
            let said = notes.iter().any(|note| note.rule == "not-understood" && note.place == Some((0, Some(at as u16))));
            proptest::prop_assert_eq!(wrong, said);
        }
        proptest::prop_assert!(notes.iter().all(|note| note.place.is_some_and(|(_, at)| at.is_none_or(|at| usize::from(at) < texts.len()))));
    }
}
