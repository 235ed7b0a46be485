//! What approves a plan, what does not, and what a changed policy asks for.

use super::*;
use crate::action::Keymap;
use crate::domain::fault::FaultKind;
use crate::domain::fleet::Fleet;
use crate::domain::fleet::Severity;
use crate::domain::name::SchemaPath;
use crate::observer::clone::Targets;
use crate::plan::clone::Rows;
use crate::plan::{EnvironmentName, Note, RunPolicy, sample};
use crate::tui::model::Title;

fn model() -> Model {
    Model::new(Title::default(), Fleet::new([]), Keymap::default(), "terminal".into())
}

fn wanted(count: usize) -> Wanted {
    let path = |at| SchemaPath { database: "eu".into(), schema: format!("tenant_{at}") };
    Wanted::migration((0..count).map(path).collect(), true)
}

fn plan(count: u32, production: bool, notes: Vec<Note>) -> Plan {
    let names: Vec<String> = (0..count).map(|at| format!("tenant_{at}")).collect();
    Plan {
        environment: EnvironmentName { name: "prod".into(), production },
        policy: RunPolicy::usual(production),
        notes,
        ..sample::wave(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn note(severity: Severity, refuses: bool) -> Note {
    Note { rule: "r".into(), severity, refuses, place: None, what: "it rewrites the table".into(), hint: None }
}

fn ready(count: u32, production: bool, notes: Vec<Note>) -> Launch {
    let mut launch = Launch::new(wanted(count as usize), Known::default());
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
        let expected = Answer::stay(Ask::Start(Box::new(plan(1_200, production, notes))));
        assert_eq!(answer == expected, starts, "{words:?}");
        assert!(starts || answer == Answer::STAY, "{words:?}");
    }
}

/// What the line of keys offers.
fn offers(launch: &Launch) -> Vec<&'static str> {
    launch.keys(false).into_iter().map(|(_, word)| word).collect()
}

#[test]
fn what_can_be_approved_offers_it() {
    assert_eq!(offers(&ready(3, false, vec![])), ["approve", "change", "read on", "close"]);
    let source = SchemaPath { database: "eu".into(), schema: "acme".into() };
    let mut unnamed = Launch::new(Wanted::clones(source, Vec::new(), false), Known::default());
    unnamed.typing = None;
    assert_eq!(offers(&unnamed), ["type names", "change", "read on", "close"]);
}

#[test]
fn what_cannot_be_approved_says_why_and_asks_for_no_words() {
    let refused = ready(3, false, vec![note(Severity::Warn, true)]);
    let empty = ready(0, false, vec![]);
    let mut failed = Launch::new(wanted(3), Known::default());
    failed.take(&wanted(3), Err(Fault::new(FaultKind::Usage, "there is no source")));
    for (mut launch, why) in [
        (refused, "this plan cannot be run: it rewrites the table"),
        (empty, "there is nothing to do"),
        (failed, "there is no source"),
        (Launch::new(wanted(3), Known::default()), "the plan is still being built"),
    ] {
        assert!(!offers(&launch).contains(&"approve"), "{why}");
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
    for _ in 0..4 {
        launch.key(Key::plain(Code::Tab), &model);
    }
    assert_eq!(launch.chosen, Some(Row::Policy(Field::Canary)));
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
    launch.paste("3", &model());
    assert_eq!(launch.key(Key::plain(Code::Enter), &model()), Answer::STAY);
}

#[test]
fn a_direction_is_turned_by_enter_and_back_needs_the_migration_that_stays() {
    let mut launch = ready(3, false, vec![]);
    let model = model();
    let press = |launch: &mut Launch, code| launch.key(Key::plain(code), &model);
    press(&mut launch, Code::Tab);
    press(&mut launch, Code::Tab);
    let to = |to: Option<&str>, direction| {
        let deed = Deed::Migrate { to: to.map(str::to_owned), direction };
        Wanted { deed, ..wanted(3) }
    };
    let late = to(None, Direction::Late);
    assert_eq!(press(&mut launch, Code::Enter), Answer::stay(Ask::Plan(Box::new(late))));
    assert_eq!(press(&mut launch, Code::Enter), Answer::STAY, "nothing is planned that cannot be");
    assert!(launch.approval().is_err_and(|why| why.contains("not said")));
    press(&mut launch, Code::BackTab);
    press(&mut launch, Code::Enter);
    launch.paste("crm/0001", &model);
    let back = to(Some("crm/0001"), Direction::Back);
    assert_eq!(press(&mut launch, Code::Enter), Answer::stay(Ask::Plan(Box::new(back))));
}

#[test]
fn what_is_yes_or_no_is_turned_without_typing() {
    let mut launch = ready(3, false, vec![]);
    launch.chosen = Some(Row::Policy(Field::GoAhead));
    let mut waits = wanted(3);
    waits.policy.go_ahead = true;
    assert_eq!(launch.key(Key::plain(Code::Enter), &model()), Answer::stay(Ask::Plan(Box::new(waits))));
    assert_eq!(launch.key(Key::plain(Code::Left), &model()), Answer::stay(Ask::Plan(Box::new(wanted(3)))));
    assert_eq!(launch.typing, None);
}

/// The keys, each with the last answer of the dialog.
fn press(launch: &mut Launch, keys: &str) -> Answer {
    let model = model();
    let mut answer = Answer::STAY;
    for key in keys.split(' ') {
        answer = launch.key(Key::parse(key).expect("a key"), &model);
    }
    answer
}

fn said(launch: &Launch) -> Vec<&'static str> {
    Row::of(&launch.wanted, &launch.known).into_iter().map(|row| row.word(&launch.wanted)).collect()
}

#[test]
fn a_start_in_a_window_or_just_in_time_is_turned_and_brings_its_own_lines() {
    let time_zone = Some("Europe/Berlin".to_owned());
    let mut launch = Launch::new(wanted(3), Known { time_zone: time_zone.clone(), ..Known::default() });
    let plain = ["up to", "direction", "start", "canary", "waves", "go-ahead", "at once", "lock timeout", "pace"];
    assert_eq!(said(&launch), plain);
    launch.chosen = Some(Row::Start);
    launch.wanted.policy.go_ahead = true;
    press(&mut launch, "right");
    let windows = launch.wanted.policy.windows.clone().expect("windows");
    assert_eq!((windows.local.to_string().as_str(), &windows.otherwise), ("02:00-05:00", &time_zone));
    assert_eq!(said(&launch)[2..6], ["start", "window", "time zone", "canary"]);
    // What is no window, or no zone, is not taken.
    assert_eq!(press(&mut launch, "down enter ctrl-u 2 - 5 enter"), Answer::STAY);
    assert_eq!(launch.error.as_deref(), Some("two times of day as 02:00-05:00"));
    press(&mut launch, "ctrl-u 2 2 : 0 0 - 0 4 : 0 0 enter");
    assert_eq!(launch.wanted.policy.windows.as_ref().map(|it| it.local.to_string()).as_deref(), Some("22:00-04:00"));
    press(&mut launch, "down enter ctrl-u x enter");
    assert!(launch.error.as_deref().is_some_and(|error| error.contains("a time zone such as")), "{:?}", launch.error);
    press(&mut launch, "ctrl-u enter");
    assert_eq!(launch.wanted.policy.windows.as_ref().map(|it| it.otherwise.clone()), Some(None));
    // Just in time nobody waits for a word.
    let asked = press(&mut launch, "up up right");
    let just_in_time = ["up to", "direction", "start", "canary", "waves", "at once", "lock timeout", "pace"];
    assert_eq!(said(&launch), just_in_time);
    let policy = &launch.wanted.policy;
    assert_eq!((policy.just_in_time, policy.go_ahead, &policy.windows), (true, false, &None));
    assert_eq!(asked, Answer::stay(Ask::Plan(Box::new(launch.wanted.clone()))));
    press(&mut launch, "right");
    assert_eq!(launch.wanted, wanted(3));
}

#[test]
fn arrows_move_between_lines_once_one_is_chosen_and_never_out_of_them() {
    let mut launch = ready(3, false, vec![]);
    press(&mut launch, "tab");
    assert_eq!(launch.chosen, Some(Row::To));
    press(&mut launch, "up");
    assert_eq!(launch.chosen, Some(Row::To));
    press(&mut launch, "j j");
    assert_eq!(launch.chosen, Some(Row::Start));
    press(&mut launch, "down down down down down down down down down");
    assert_eq!(launch.chosen, Some(Row::Policy(Field::Pace)));
    press(&mut launch, "tab");
    assert_eq!(launch.chosen, None);
}

fn cloned(launch: &Launch) -> Clones {
    match &launch.wanted.deed {
        Deed::Clone(clones) => clones.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clone_has_every_choice_of_the_headless_verb() {
    let source = SchemaPath { database: "eu".into(), schema: "acme".into() };
    let known = Known { databases: vec![("eu".into(), 2), ("us".into(), 0)], ..Known::default() };
    let mut launch = Launch::new(Wanted::clones(source, vec!["bolt".into()], true), known);
    assert_eq!(said(&launch), ["names", "rows", "database", "owner", "registry", "at once"]);
    // Rows of which tables is said first: until then there is no plan.
    assert_eq!(press(&mut launch, "tab down left"), Answer::STAY);
    assert_eq!(said(&launch)[..4], ["names", "rows", "tables", "database"]);
    assert!(launch.approval().is_err_and(|why| why == "of which tables is not said"));
    press(&mut launch, "down enter a , space b enter");
    assert_eq!(cloned(&launch).rows, Rows::Tables(vec!["a".into(), "b".into()]));
    press(&mut launch, "down right");
    assert_eq!(cloned(&launch).database.as_deref(), Some("us"));
    press(&mut launch, "right");
    assert_eq!(cloned(&launch).database, None);
    press(&mut launch, "down enter { s c h e m a } _ a p p enter");
    assert_eq!(cloned(&launch).owner.as_deref(), Some("{schema}_app"));
    press(&mut launch, "down right down enter a . e x enter down enter n a m e = A , space I n c enter");
    let entry = cloned(&launch).entry.expect("an entry");
    assert_eq!(entry.domain.as_deref(), Some("a.ex"));
    assert_eq!(entry.values, [("name".to_owned(), "A, Inc".to_owned())]);
    // Whoever lacks a schema is in the registry already.
    press(&mut launch, "esc tab right");
    assert_eq!((cloned(&launch).targets, cloned(&launch).entry), (Targets::Missing, None));
    assert_eq!(said(&launch), ["names", "rows", "tables", "database", "owner", "at once"]);
    // In a database where nobody lacks one there is no such choice.
    press(&mut launch, "right");
    launch.wanted = Wanted { deed: Deed::Clone(Clones { database: Some("us".into()), ..cloned(&launch) }), ..launch.wanted };
    let before = launch.wanted.clone();
    assert_eq!((press(&mut launch, "right"), launch.wanted), (Answer::STAY, before));
}
