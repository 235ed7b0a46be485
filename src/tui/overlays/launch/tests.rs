//! What approves a plan, what does not, and what a changed policy asks for.

use super::*;
use crate::action::Keymap;
use crate::domain::catalog::LedgerDialect;
use crate::domain::fault::FaultKind;
use crate::domain::fleet::Fleet;
use crate::domain::history::Migration;
use crate::plan::{
    EnvironmentName, FORMAT, Group, Kind, Ledger, Note, PlanDatabase, Stage, StageKind, Statement, Step, Target,
};
use crate::tui::model::Title;

fn model() -> Model {
    Model::new(Title::default(), Fleet::new([]), Keymap::default(), "terminal".into())
}

fn wanted(count: usize) -> Wanted {
    let path = |at| SchemaPath { database: "eu".into(), schema: format!("tenant_{at}") };
    Wanted {
        schemas: (0..count).map(path).collect(),
        to: None,
        direction: Direction::Forward,
        policy: RunPolicy::usual(true),
    }
}

fn plan(count: u32, production: bool, notes: Vec<Note>) -> Plan {
    let ledger = Ledger { dialect: LedgerDialect::Django, table: "django_migrations".into() };
    let target = |at| Target { database: 0, oid: at, schema: format!("tenant_{at}"), group: 0, stage: 0 };
    Plan {
        format: FORMAT,
        kind: Kind::Migrate { to: "crm 0016".into() },
        environment: EnvironmentName { name: "prod".into(), production },
        databases: vec![PlanDatabase {
            label: "eu".into(),
            system_identifier: None,
            oid: 5,
            name: "app".into(),
            version: 150_000,
            pooler: false,
        }],
        stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }],
        groups: vec![Group { role: None, ledger, lines: 1, sum: "1".into(), steps: vec![0] }],
        steps: vec![Step {
            migration: Migration { app: Some("crm".into()), name: "0016".into() },
            reverse: false,
            origin: "crm/0016.sql".into(),
            sha256: String::new(),
            checksum: None,
            statements: vec![Statement { sql: "ALTER TABLE t ADD c int".into(), lock: None }],
            transactional: true,
        }],
        targets: (0..count).map(target).collect(),
        policy: RunPolicy::usual(production),
        notes,
        left_out: vec![],
        as_of: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn note(severity: Severity, refuses: bool) -> Note {
    Note { rule: "r".into(), severity, refuses, place: None, what: "it rewrites the table".into(), hint: None }
}

fn ready(count: u32, production: bool, notes: Vec<Note>) -> Launch {
    let mut launch = Launch::new(wanted(count as usize), 0);
    launch.take(&wanted(count as usize), Ok(plan(count, production, notes)));
    launch
}

/// Presses Enter, types, presses Enter, and gives the last answer.
fn approve(launch: &mut Launch, words: &str) -> Answer {
    let model = model();
    launch.key(Key::plain(Code::Enter), &model);
    for c in words.chars() {
        launch.key(Key::char(c), &model);
    }
    launch.key(Key::plain(Code::Enter), &model)
}

#[test]
fn only_the_exact_words_start_a_run() {
    for (production, notes, words, starts) in [
        (false, vec![], "1200", true),
        (false, vec![], "1,200", true),
        (false, vec![], " 1200 ", true),
        (false, vec![], "120", false),
        (false, vec![], "", false),
        (false, vec![], "yes", false),
        (true, vec![], "1200", false),
        (true, vec![], "prod 1200", true),
        (true, vec![], "Prod 1200", false),
        (true, vec![note(Severity::Danger, false)], "prod 1200", false),
        (true, vec![note(Severity::Danger, false)], "prod 1200 anyway", true),
        (true, vec![note(Severity::Warn, false)], "prod 1200", true),
    ] {
        let mut launch = ready(1_200, production, notes.clone());
        let answer = approve(&mut launch, words);
        let expected = Answer::close(Ask::Start(Box::new(plan(1_200, production, notes))));
        assert_eq!(answer == expected, starts, "{words:?}");
        assert!(starts || answer == Answer::STAY, "{words:?}");
    }
}

#[test]
fn what_cannot_be_approved_says_why_and_asks_for_no_words() {
    let refused = ready(3, false, vec![note(Severity::Warn, true)]);
    let empty = ready(0, false, vec![]);
    let mut failed = Launch::new(wanted(3), 0);
    failed.take(&wanted(3), Err(Fault::new(FaultKind::Usage, "there is no source")));
    for (mut launch, why) in [
        (refused, "this plan cannot be run: it rewrites the table"),
        (empty, "there is nothing to do"),
        (failed, "there is no source"),
        (Launch::new(wanted(3), 0), "the plan is still being built"),
    ] {
        assert_eq!(launch.key(Key::plain(Code::Enter), &model()), Answer::STAY);
        assert_eq!((launch.error.as_deref(), &launch.typing), (Some(why), &None));
        // Words typed all the same are no approval.
        assert_eq!(approve(&mut launch, "3"), Answer::STAY);
    }
}

#[test]
fn a_changed_policy_asks_for_another_plan_and_the_old_one_is_dropped() {
    let mut launch = ready(3, false, vec![]);
    let model = model();
    for _ in 0..2 {
        launch.key(Key::plain(Code::Tab), &model);
    }
    launch.key(Key::plain(Code::Tab), &model);
    assert_eq!(launch.chosen, Some(Choice::Policy(Field::Canary)));
    launch.key(Key::plain(Code::Enter), &model);
    launch.key(Key::plain(Code::Backspace), &model);
    launch.key(Key::char('x'), &model);
    assert_eq!(launch.key(Key::plain(Code::Enter), &model), Answer::STAY);
    assert_eq!(launch.error.as_deref(), Some("a number of tenants, 0 for none"));
    launch.key(Key::plain(Code::Backspace), &model);
    launch.key(Key::char('5'), &model);
    let mut changed = wanted(3);
    changed.policy.canary = 5;
    let asks = Answer::stay(Ask::Plan(Box::new(changed.clone())));
    assert_eq!(launch.key(Key::plain(Code::Enter), &model), asks);
    launch.take(&wanted(3), Ok(plan(3, false, vec![])));
    assert_eq!(launch.planned, Planned::Building, "an answer to what was asked before");
    launch.take(&changed, Ok(plan(3, false, vec![])));
    assert_ne!(launch.planned, Planned::Building);
    // Once no line is chosen Enter approves again.
    launch.key(Key::plain(Code::Esc), &model);
    assert_eq!(launch.key(Key::plain(Code::Esc), &model), Answer::CLOSE);
}

#[test]
fn what_approves_cannot_be_pasted() {
    let mut launch = ready(3, false, vec![]);
    launch.key(Key::plain(Code::Enter), &model());
    launch.paste("3");
    assert_eq!(launch.key(Key::plain(Code::Enter), &model()), Answer::STAY);
}

#[test]
fn a_direction_is_turned_by_enter_and_back_needs_the_migration_that_stays() {
    let mut launch = ready(3, false, vec![]);
    let model = model();
    let press = |launch: &mut Launch, code| launch.key(Key::plain(code), &model);
    press(&mut launch, Code::Tab);
    press(&mut launch, Code::Tab);
    let late = Wanted { direction: Direction::Late, ..wanted(3) };
    assert_eq!(press(&mut launch, Code::Enter), Answer::stay(Ask::Plan(Box::new(late))));
    assert_eq!(press(&mut launch, Code::Enter), Answer::STAY, "nothing is planned that cannot be");
    assert!(launch.approval().is_err_and(|why| why.contains("not said")));
    press(&mut launch, Code::BackTab);
    press(&mut launch, Code::Enter);
    launch.paste("crm/0001");
    let back = Wanted { direction: Direction::Back, to: Some("crm/0001".into()), ..wanted(3) };
    assert_eq!(press(&mut launch, Code::Enter), Answer::stay(Ask::Plan(Box::new(back))));
}

#[test]
fn what_is_yes_or_no_is_turned_without_typing() {
    let mut launch = ready(3, false, vec![]);
    launch.chosen = Some(Choice::Policy(Field::GoAhead));
    let mut waits = wanted(3);
    waits.policy.go_ahead = true;
    assert_eq!(launch.key(Key::plain(Code::Enter), &model()), Answer::stay(Ask::Plan(Box::new(waits))));
    assert_eq!(launch.typing, None);
}
