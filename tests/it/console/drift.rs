//! Screen 3 and the view of differences as a person sees them and moves on them.

use tenantry::action::Action;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, Fleet};
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::compare::{CompareScreen, Subject};
use tenantry::tui::screens::drift::DriftScreen;

use super::{SIZES, Stage, drifted, keep, lines, picture};

fn screen(stage: &Stage) -> DriftScreen {
    let mut screen = DriftScreen::default();
    screen.facts_changed(&stage.context());
    screen
}

fn draw(stage: &Stage, screen: &DriftScreen) -> ratatui::buffer::Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn shot(stage: &Stage, screen: &DriftScreen) -> String {
    format!("{}\n{}", picture(&draw(stage, screen)), screen.status(&stage.context()))
}

fn compared(stage: &Stage, subject: Subject) -> CompareScreen {
    let mut screen = CompareScreen::new(subject);
    screen.facts_changed(&stage.context());
    screen
}

fn shot_of(stage: &Stage, screen: &CompareScreen) -> String {
    let buffer = stage.draw(|context, look, frame, area| screen.view(context, look, frame, area));
    format!("{}\n{}", picture(&buffer), screen.status(&stage.context()))
}

/// The line under the cursor.
fn chosen(stage: &Stage, screen: &DriftScreen) -> String {
    lines(&draw(stage, screen)).into_iter().find(|line| line.contains('›')).unwrap_or_default()
}

#[test]
fn pictures() {
    for (name, fleet) in drifted::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            keep(&format!("drift-{name}"), size, &shot(&stage, &screen(&stage)));
        }
    }
    let mut stage = Stage::new(drifted::full(), (80, 18));
    stage.glyphs = Glyphs::ascii();
    keep("drift-ascii", stage.size, &picture(&draw(&stage, &screen(&stage))));
    assert!(lines(&draw(&stage, &screen(&stage))).iter().all(|line| line.is_ascii()));
}

/// The cohort whose line holds this text.
fn subject(fleet: &Fleet, text: &str) -> Subject {
    let stage = &Stage::new(fleet.clone(), SIZES[3]);
    let mut screen = screen(stage);
    for _ in 0..60 {
        if chosen(stage, &screen).contains(text)
            && let Reply::Compare(subject) = screen.act(Action::Open, &stage.context())
        {
            return subject;
        }
        screen.act(Action::Down, &stage.context());
    }
    panic!("no cohort with {text}: {}", picture(&draw(stage, &screen)));
}

#[test]
fn pictures_of_differences() {
    for size in SIZES {
        let stage = Stage::new(drifted::full(), size);
        for (name, text) in [
            ("reference", "= reference"),
            ("index", "− index"),
            ("wild", "differences"),
            ("behind", "behind 2"),
            ("diverged", "−1 +1"),
        ] {
            keep(&format!("compare-{name}"), size, &shot_of(&stage, &compared(&stage, subject(&stage.fleet, text))));
        }
        let main = DatabaseId(0);
        let schema = |name: &str| Subject::Schema(main, name.to_owned());
        keep("compare-schema-equal", size, &shot_of(&stage, &compared(&stage, schema("acme"))));
        keep("compare-schema-renamed", size, &shot_of(&stage, &compared(&stage, schema("kite"))));
        let pair = Subject::Pair((main, "bolt".to_owned()), (main, "cyan".to_owned()));
        keep("compare-pair", size, &shot_of(&stage, &compared(&stage, pair)));
        let stage = Stage::new(drifted::hostile(), size);
        let hostile = compared(&stage, subject(&stage.fleet, "table wipe"));
        keep("compare-hostile", size, &shot_of(&stage, &hostile));
        let stage = Stage::new(drifted::reading(), size);
        keep("compare-reading", size, &shot_of(&stage, &compared(&stage, schema("acme"))));
    }
}

#[test]
fn a_proposal_is_for_a_shape_that_differs_and_else_it_is_said_why_there_is_none() {
    let stage = Stage::new(drifted::full(), (80, 34));
    let fleet = &stage.fleet;
    let mut list = screen(&stage);
    let mut said = Vec::new();
    for _ in 0..13 {
        let line = chosen(&stage, &list);
        let answer = list.to_mend(fleet);
        assert_eq!(
            answer.is_ok(),
            ["differs", "difference", "−", "empty"].iter().any(|word| line.contains(word)) && !line.contains("crm"),
            "{line}"
        );
        said.extend(answer.err().map(|why| (line, why)));
        // The view of the same cohort says the same.
        if let Reply::Compare(subject) = list.act(Action::Open, &stage.context()) {
            let view = compared(&stage, subject);
            assert_eq!(view.to_mend(fleet).map(|it| it.schema), list.to_mend(fleet).map(|it| it.schema));
        }
        list.act(Action::Down, &stage.context());
    }
    let why = |text: &str| said.iter().find(|(line, _)| line.contains(text)).map(|(_, why)| why.as_str());
    assert_eq!(why("behind 2"), Some("2 migrations are missing: run them; a proposal is made for shapes only"));
    assert_eq!(why("= reference"), Some("this shape is the reference's: there is nothing to propose"));
    assert_eq!(why("current"), Some("no migration is missing; a proposal is made for shapes only"));
    assert_eq!(why("busy"), Some("the ledger could not be read; a proposal is made for shapes only"));
    let schema = |name: &str| compared(&stage, Subject::Schema(DatabaseId(0), name.to_owned()));
    let equal = "this shape is the reference's; 2 migrations are missing: run them";
    assert_eq!(schema("nova").to_mend(fleet).err().as_deref(), Some(equal));
    assert!(schema("bolt").to_mend(fleet).is_ok_and(|it| it.schema == "bolt" && it.differences.len() == 1));
}

#[test]
fn a_filter_leaves_the_cursor_on_its_row_or_takes_it_to_the_first_and_makes_no_bar_longer() {
    let stage = Stage::new(drifted::full(), (80, 34));
    let mut list = screen(&stage);
    let bar = |list: &DriftScreen| chosen(&stage, list).matches(['━', '╸']).count();
    list.act(Action::Down, &stage.context());
    let (line, cells) = (chosen(&stage, &list), bar(&list));
    assert!(line.contains("index orders_customer"), "{line}");
    list.set_filter("orders_customer", &stage.context());
    assert!(chosen(&stage, &list).contains("index orders_customer") && bar(&list) == cells, "{}", chosen(&stage, &list));
    list.set_filter("payments", &stage.context());
    let first = lines(&draw(&stage, &list))[1].clone();
    assert_eq!(chosen(&stage, &list), first, "its row is hidden");
    list.set_filter("0015", &stage.context());
    assert!(chosen(&stage, &list).contains("behind 2"), "{}", chosen(&stage, &list));
}

#[test]
fn the_cursor_goes_through_both_sections_and_tab_jumps() {
    let stage = Stage::new(drifted::full(), (80, 34));
    let mut screen = screen(&stage);
    let mut seen = Vec::new();
    for _ in 0..13 {
        seen.push(chosen(&stage, &screen));
        screen.act(Action::Down, &stage.context());
    }
    assert!(seen[0].contains("= reference") && seen[4].contains("current"), "{seen:?}");
    assert!(seen[12].contains("busy"), "{seen:?}");
    let last = chosen(&stage, &screen);
    assert_eq!(last, seen[12], "the end is the end");
    screen.act(Action::NextTab, &stage.context());
    assert!(chosen(&stage, &screen).contains("9 differences"), "each section keeps its place");
    screen.act(Action::NextTab, &stage.context());
    for _ in 0..12 {
        screen.act(Action::Up, &stage.context());
    }
    assert_eq!(chosen(&stage, &screen), seen[0]);
}

#[test]
fn next_and_previous_go_to_what_drifts_only() {
    let stage = Stage::new(drifted::full(), (80, 34));
    let mut screen = screen(&stage);
    let mut seen = Vec::new();
    while screen.act(Action::NextMatch, &stage.context()) == Reply::Done && seen.len() < 30 {
        seen.push(chosen(&stage, &screen));
    }
    assert_eq!(seen.len(), 8, "{seen:#?}");
    assert!(!seen.iter().any(|line| line.contains("= reference") || line.contains("current") || line.contains("busy")));
    let stage = Stage::new(drifted::equal(), (80, 34));
    let mut equal = self::screen(&stage);
    assert_eq!(equal.act(Action::NextMatch, &stage.context()), Reply::Say("no cohort has drifted".to_owned()));
}

#[test]
fn all_members_are_marked_and_a_row_leads_to_its_schemas() {
    let mut stage = Stage::new(drifted::full(), (80, 34));
    let mut screen = screen(&stage);
    screen.act(Action::Down, &stage.context());
    let Reply::SetMarks(marks) = screen.act(Action::MarkAll, &stage.context()) else { panic!("no marks") };
    assert_eq!(marks.iter().map(|path| path.schema.as_str()).collect::<Vec<_>>(), ["bolt", "ember"]);
    stage.marks = marks;
    assert!(screen.status(&stage.context()).contains("2 marked"));
    let Reply::Compare(subject) = screen.act(Action::Open, &stage.context()) else { panic!("no comparison") };
    let mut compared = compared(&stage, subject);
    let Reply::ShowTenants(filter) = compared.act(Action::Open, &stage.context()) else { panic!("no schemas") };
    let filter = tenantry::domain::filter::Filter::parse(&filter).expect("a filter");
    let kept = stage.fleet.entries().filter(|entry| filter.keeps(entry)).count();
    assert_eq!(kept, 2);
    // A row of schemas that are in no cohort leads to them as well.
    screen.act(Action::NextTab, &stage.context());
    screen.act(Action::Bottom, &stage.context());
    assert_eq!(screen.act(Action::Open, &stage.context()), Reply::ShowTenants("ledger:busy".to_owned()));
}

#[test]
fn the_cursor_stays_on_its_cohort_and_headings_in_their_place_while_facts_come() {
    let mut stage = Stage::new(drifted::reading(), (80, 18));
    let mut screen = screen(&stage);
    let place = |stage: &Stage, screen: &DriftScreen| {
        let drawn = lines(&draw(stage, screen));
        let at = |word: &str| drawn.iter().position(|line| line.contains(word));
        (at("SHAPE"), at("LEDGER"))
    };
    let before = place(&stage, &screen);
    screen.act(Action::Down, &stage.context());
    assert!(chosen(&stage, &screen).contains("behind 1"));
    stage.fleet = drifted::partial();
    screen.facts_changed(&stage.context());
    assert_eq!(place(&stage, &screen), before);
    stage.fleet = drifted::full();
    screen.facts_changed(&stage.context());
    assert!(chosen(&stage, &screen).contains("behind 1"), "{}", chosen(&stage, &screen));
}

#[test]
fn a_filter_looks_into_names_and_differences() {
    let stage = Stage::new(drifted::full(), (80, 18));
    let mut screen = screen(&stage);
    for (text, rows) in [("orders_customer", 2), ("VIP", 5), ("empty", 1), ("zzz", 0), ("", 10)] {
        screen.set_filter(text, &stage.context());
        assert_eq!(screen.shown_rows(&stage.context()).len(), rows, "{text}");
    }
    screen.set_filter("zzz", &stage.context());
    assert!(lines(&draw(&stage, &screen)).join("\n").contains("nothing matches  zzz"));
}

#[test]
fn a_comparison_waits_for_what_is_read_and_keeps_it_when_a_second_reading_fails() {
    let stage = Stage::new(drifted::reading(), (80, 18));
    let main = DatabaseId(0);
    let (one, other) = ((main, "acme".to_owned()), (main, "cyan".to_owned()));
    let mut screen = compared(&stage, Subject::Pair(one, other));
    let drawn = |screen: &mut CompareScreen| {
        screen.facts_changed(&stage.context());
        shot_of(&stage, screen)
    };
    assert!(drawn(&mut screen).contains("reading"));
    let detail = |structure| {
        let mut detail = super::sample::detail(3);
        detail.structure = Ok(structure);
        Ok(detail)
    };
    assert!(!screen.take(main, "bolt", &detail(drifted::right())), "bolt is not looked at");
    assert!(screen.take(main, "acme", &detail(drifted::right())));
    assert!(drawn(&mut screen).contains("reading"), "one side is not enough");
    assert!(screen.take(main, "cyan", &detail(drifted::wild())));
    assert!(drawn(&mut screen).contains("9 differences"));
    let lost = Fault::new(FaultKind::Unreachable, "connection lost");
    screen.take(main, "cyan", &Err(lost.clone()));
    assert!(drawn(&mut screen).contains("9 differences"), "what was read stays");
    let mut failed = compared(&stage, Subject::Pair((main, "acme".to_owned()), (main, "bolt".to_owned())));
    failed.take(main, "bolt", &Err(lost));
    assert!(drawn(&mut failed).contains("✗ connection lost"));
}

#[test]
fn differences_are_walked_through_one_by_one() {
    let stage = Stage::new(drifted::full(), (80, 18));
    let mut screen = compared(&stage, subject(&stage.fleet, "table orders_backup"));
    let mut steps = 0;
    while screen.act(Action::NextMatch, &stage.context()) == Reply::Done {
        steps += 1;
        assert!(steps < 20, "it never ends");
    }
    assert!(steps >= 5, "{steps}");
    let end = shot_of(&stage, &screen);
    assert!(end.contains("paid, without refunds"), "{end}");
    while screen.act(Action::PrevMatch, &stage.context()) == Reply::Done {}
    assert!(shot_of(&stage, &screen).contains("+ orders_backup_2025"), "{}", shot_of(&stage, &screen));
    let rows = screen.shown_rows();
    assert_eq!(rows.len(), 9);
    screen.set_filter("customers", &stage.context());
    assert_eq!(screen.shown_rows().len(), 3);
}
