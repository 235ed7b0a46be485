//! The texts of a message, as far as they can be told without a server.

use super::outside::outside;
use super::*;
use crate::domain::catalog::LedgerDialect;
use crate::domain::history::Migration;
use crate::plan::parts::Ledger;
use crate::plan::sample;

/// Two migrations for one schema, the second outside of a transaction.
fn plan(schema: &str, statements: &[&str]) -> Plan {
    let mut plan = sample::wave(&[schema]);
    let step = |name: &str, statements: &[&str], transactional| Step {
        migration: Migration { app: None, name: name.into() },
        checksum: Some("ab".into()),
        statements: sample::statements(statements),
        transactional,
        ..plan.steps[0].clone()
    };
    plan.steps = vec![step("0001_a", statements, true), step("0002_b", &["VACUUM a", "VACUUM b"], false)];
    plan.groups[0] = Group {
        role: None,
        ledger: Ledger { dialect: LedgerDialect::Tenantry, table: "tenantry_migrations".into() },
        lines: 3,
        sum: "-77".into(),
        steps: vec![0, 1],
    };
    plan.targets[0].oid = 0x8000_0001;
    plan.policy.search_path = vec!["public".into(), schema.into()];
    plan
}

#[test]
fn a_position_leads_to_its_statement_whatever_the_signs_before_it() {
    let statements = ["CREATE TABLE größe (id int) -- 日本", "SELECT 'ü'", "DROP TABLE x"];
    let message = message(&plan("Ünïcode \"日本\"", &statements), 0, 0, Guards::Spelled).unwrap();
    let characters: Vec<char> = message.text.chars().collect();
    for (at, statement) in statements.iter().enumerate() {
        let (from, to) = message.places[at];
        let found: String = characters[from as usize - 1..to as usize - 1].iter().collect();
        assert_eq!(found, *statement);
        for position in [from, to - 1] {
            assert_eq!(message.statement_at(position), Some(at as u16 + 1));
        }
        assert_eq!(message.statement_at(from - 1), None, "what stands before it is none of it");
    }
    assert_eq!(message.statement_at(message.places[2].1), None);
    assert_eq!(message.statement_at(1), None);
}

#[test]
fn so_many_commands_done_lead_to_the_statement_that_failed() {
    let message = message(&plan("a", &["SELECT 1", "SELECT 2"]), 0, 0, Guards::Spelled).unwrap();
    let commands: Vec<&str> = message.text.split("\n;\n").collect();
    for (at, command) in commands.iter().enumerate() {
        let expected = ["SELECT 1", "SELECT 2"].iter().position(|sql| sql == command).map(|at| at as u16 + 1);
        assert_eq!(message.statement_after(at as u32), expected, "{command}");
    }
}

#[test]
fn the_schema_leads_the_path_once_and_what_is_temporary_ends_it() {
    let message = message(&plan("a\"b", &["SELECT 1"]), 0, 0, Guards::Spelled).unwrap();
    assert_eq!(message.text.matches("SET LOCAL search_path = \"a\"\"b\", \"public\", pg_temp\n;").count(), 2);
    assert!(!message.text.contains("BEGIN;") && !message.text.contains("COMMIT\n"), "{}", message.text);
}

#[test]
fn what_the_session_keeps_is_called_and_not_spelled_out() {
    let plan = plan("o'h\"ara", &["SELECT 1"]);
    let message = message(&plan, 0, 0, Guards::Kept).unwrap();
    assert!(
        message.text.contains("SELECT pg_temp.tenantry_first(2147483649, 'o''h\"ara', -2147483647, 'SELECT (SELECT "),
        "{}",
        message.text
    );
    assert!(!message.text.contains("DO ") && !message.text.contains("DECLARE"), "{}", message.text);
    let commands: Vec<&str> = message.text.split("\n;\n").collect();
    let at = commands.iter().position(|sql| *sql == "SELECT 1").unwrap() as u32;
    assert_eq!((message.statement_after(at), message.is_before_statements(at - 1)), (Some(1), true));
    // What is kept is about no target, and each name in it leads to what ours are called.
    let kept = keep(&plan.policy);
    assert!(!kept.contains("hara") && kept.matches(KEPT).count() == 4, "{kept}");
}

#[test]
fn each_migration_has_its_way_and_its_place_only() {
    let plan = plan("a", &["SELECT 1"]);
    assert!(message(&plan, 0, 0, Guards::Spelled).is_some() && outside(&plan, 0, 0, 0, false).is_none());
    assert!(message(&plan, 0, 1, Guards::Spelled).is_none());
    assert!(
        message(&plan, 0, 2, Guards::Spelled).is_none()
            && message(&plan, 1, 0, Guards::Spelled).is_none()
            && outside(&plan, 0, 2, 0, false).is_none()
    );
    let fresh = outside(&plan, 0, 1, 0, false).unwrap();
    assert_eq!(fresh.statements, ["VACUUM a", "VACUUM b"]);
    assert!(fresh.before.contains("INSERT INTO \"a\".\"tenantry_migrations\""));
    let again = outside(&plan, 0, 1, 1, true).unwrap();
    assert_eq!(again.statements, ["VACUUM b"]);
    assert!(!again.before.contains("INSERT INTO"));
    assert_eq!(again.after, fresh.after);
}

#[test]
fn the_key_of_a_lock_has_the_bits_of_the_schemas_number() {
    assert_eq!(lock_key(5), (LOCKS, 5));
    assert_eq!(lock_key(0x8000_0001), (LOCKS, i32::MIN + 1));
}

#[test]
fn errors_of_guards_are_known_and_no_others() {
    assert_eq!(Guard::of("TN001", None), Some(Guard::Busy));
    assert_eq!(Guard::of("TN003", Some("renamed")), Some(Guard::Renamed));
    assert_eq!(Guard::of("TN003", Some("closed")), Some(Guard::Closed));
    assert_eq!(Guard::of("TN003", Some("gone")), Some(Guard::Gone));
    assert_eq!(Guard::of("42P01", Some("gone")), None);
}

#[test]
fn the_answer_to_the_question_is_understood() {
    let says = |a: &str, b: &str| ledger_says(&[Some(a.into()), Some(b.into())]);
    assert_eq!(says("true", "false"), Some(LedgerSays::Done));
    assert_eq!(says("false", "true"), Some(LedgerSays::Open));
    assert_eq!(says("false", "false"), Some(LedgerSays::Moved));
    assert_eq!(ledger_says(&[]), None);
}
