//! Screen 4 in every state of a fleet, and what keys do on it.

use tenantry::action::Action;
use tenantry::domain::fleet::DatabaseId;
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::capacity::CapacityScreen;

use super::{SIZES, Stage, keep, lines, picture, sample};

fn screen(stage: &Stage) -> CapacityScreen {
    let mut screen = CapacityScreen::default();
    screen.facts_changed(&stage.context());
    screen
}

fn draw(stage: &Stage, screen: &CapacityScreen) -> ratatui::buffer::Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn shot(stage: &Stage, screen: &CapacityScreen) -> String {
    format!("{}\n{}", picture(&draw(stage, screen)), screen.status(&stage.context()))
}

/// The line that begins with these words, without its name.
fn line(stage: &Stage, screen: &CapacityScreen, name: &str) -> String {
    let drawn = lines(&draw(stage, screen));
    let found = drawn.iter().find_map(|line| line.split_once(name).map(|(_, rest)| rest.trim().to_owned()));
    found.unwrap_or_else(|| panic!("no {name}: {drawn:#?}"))
}

#[test]
fn pictures() {
    for (name, fleet) in sample::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            keep(&format!("capacity-of-{name}"), size, &shot(&stage, &screen(&stage)));
        }
    }
    let mut stage = Stage::new(sample::partial(), (80, 18));
    let mut one = screen(&stage);
    one.act(Action::Right, &stage.context());
    keep("capacity-of-one-of-three", stage.size, &shot(&stage, &one));
    stage.glyphs = Glyphs::ascii();
    assert!(lines(&draw(&stage, &one)).iter().all(|line| line.is_ascii()));
}

#[test]
fn left_and_right_choose_a_database_and_all_together_come_first() {
    let stage = Stage::new(sample::partial(), (80, 18));
    let mut screen = screen(&stage);
    let tenants = |screen: &CapacityScreen| {
        line(&stage, screen, "tenants now").split_whitespace().next().map(str::to_owned).unwrap_or_default()
    };
    let head = |screen: &CapacityScreen| lines(&draw(&stage, screen)).remove(0);
    assert!(head(&screen).contains("‹ all together ›"), "{}", head(&screen));
    assert_eq!(tenants(&screen), "83");
    screen.act(Action::Left, &stage.context());
    screen.act(Action::Right, &stage.context());
    assert!(head(&screen).contains("‹ eu-1 ›"), "{}", head(&screen));
    assert_eq!(tenants(&screen), "23");
    screen.act(Action::Right, &stage.context());
    assert_eq!(tenants(&screen), "60");
    screen.act(Action::Right, &stage.context());
    screen.act(Action::Right, &stage.context());
    assert!(head(&screen).contains("‹ ~us-1 ›"), "{}", head(&screen));
    assert!(line(&stage, &screen, "tables per tenant").contains("it never answered"));
    screen.choose(DatabaseId(1));
    screen.facts_changed(&stage.context());
    assert_eq!(tenants(&screen), "60");
    let alone = Stage::new(sample::full(), (80, 18));
    let one = self::screen(&alone);
    assert!(!lines(&draw(&alone, &one)).remove(0).contains("all together"));
}

#[test]
fn other_figures_are_tried_and_left_again() {
    let stage = Stage::new(sample::huge(), (80, 18));
    let mut screen = screen(&stage);
    screen.act(Action::Right, &stage.context());
    let before = lines(&draw(&stage, &screen));
    assert!(line(&stage, &screen, "scary number").starts_with("9,803 "), "{before:#?}");
    assert_eq!(screen.not_varied(), None);
    screen.act(Action::Less, &stage.context());
    assert!(lines(&draw(&stage, &screen))[1].contains("WHAT IF"), "{:#?}", lines(&draw(&stage, &screen)));
    assert!(lines(&draw(&stage, &screen))[1].contains("10^6 / (99 + 2)"));
    assert!(line(&stage, &screen, "scary number").starts_with("9,900   tenants, now 9,803"));
    assert!(screen.status(&stage.context()).starts_with("what if"));
    screen.act(Action::Down, &stage.context());
    assert!(screen.not_varied().is_some_and(|why| why.contains("tables per tenant and tenants")));
    screen.act(Action::Down, &stage.context());
    for _ in 0..6 {
        screen.act(Action::More, &stage.context());
    }
    let tenants = line(&stage, &screen, "tenants  ");
    assert!(tenants.starts_with("9,600") && tenants.contains("✗ danger"), "{tenants}");
    assert!(line(&stage, &screen, "runway").contains(" a month"), "{}", line(&stage, &screen, "runway"));
    assert!(screen.back_to_now(&stage.context()), "there was something to leave");
    screen.act(Action::Top, &stage.context());
    assert_eq!(lines(&draw(&stage, &screen)), before);
    assert!(!screen.back_to_now(&stage.context()), "there is nothing to leave any more");
    // Figures go back to where they were by the same steps, which ends the trial.
    screen.act(Action::Less, &stage.context());
    screen.act(Action::More, &stage.context());
    assert_eq!(lines(&draw(&stage, &screen)), before);
}

#[test]
fn the_headless_command_names_the_database_and_the_figures_on_trial() {
    let stage = Stage::new(sample::huge(), (80, 18));
    let mut screen = screen(&stage);
    assert_eq!(screen.options(&stage.context()), []);
    screen.act(Action::Right, &stage.context());
    assert_eq!(screen.options(&stage.context()), [("--db", "eu-1".to_owned())]);
    screen.act(Action::Less, &stage.context());
    for action in [Action::Down, Action::Down, Action::More] {
        screen.act(action, &stage.context());
    }
    let on_trial = screen.options(&stage.context());
    let names: Vec<&str> = on_trial.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["--db", "--tables", "--tenants"]);
    assert_eq!(on_trial[1].1, "99");
    // Where tables live is told of one database, and nothing is on trial there.
    screen.act(Action::NextTab, &stage.context());
    assert_eq!(screen.options(&stage.context()), [("--db", "eu-1".to_owned())]);
    let alone = Stage::new(sample::full(), (80, 18));
    assert_eq!(self::screen(&alone).options(&alone.context()), []);
}

#[test]
fn what_is_not_known_cannot_be_changed() {
    let stage = Stage::new(sample::connecting(), (80, 18));
    let mut screen = screen(&stage);
    assert!(screen.not_varied().is_some_and(|why| why.contains("no figures")));
    for action in [Action::More, Action::Less] {
        assert_eq!(screen.act(action, &stage.context()), Reply::Done);
    }
    assert!(screen.shown_rows(&stage.context()).is_empty());
    assert!(!lines(&draw(&stage, &screen)).join("\n").contains("WHAT IF"));
}

#[test]
fn tab_leads_to_where_tables_live_and_back() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut screen = screen(&stage);
    let before = lines(&draw(&stage, &screen));
    assert_eq!(screen.verb(), "capacity");
    screen.act(Action::NextTab, &stage.context());
    assert_eq!(screen.verb(), "placement");
    assert!(lines(&draw(&stage, &screen))[0].contains("› Placement"));
    assert!(screen.not_varied().is_some());
    screen.act(Action::PrevTab, &stage.context());
    assert_eq!(lines(&draw(&stage, &screen)), before);
}

#[test]
fn a_click_chooses_a_line_and_a_second_one_opens_it() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut screen = screen(&stage);
    assert!(!screen.click((10, 0), &stage.context()) && !screen.click((10, 1), &stage.context()));
    assert!(!screen.click((10, 4), &stage.context()));
    assert!(screen.click((10, 4), &stage.context()));
    let Reply::Explain(title, _) = screen.act(Action::Open, &stage.context()) else { panic!("no explanation") };
    assert_eq!(title, "tenants now of main");
}
