//! Screen 1 as a person sees it and moves on it.

use tenantry::action::Action;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, FleetEvent, Note, Server, Severity};
use tenantry::domain::registry::Domain;
use tenantry::domain::roles::Oddity;
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::fleet::FleetScreen;
use tenantry::tui::theme::ColourDepth;

use super::{SIZES, Stage, drifted, keep, lines, picture, place_of, sample, selected_cells};

pub(super) fn screen(stage: &Stage) -> FleetScreen {
    let mut screen = FleetScreen::default();
    screen.facts_changed(&stage.context());
    screen
}

pub(super) fn draw(stage: &Stage, screen: &FleetScreen) -> ratatui::buffer::Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn shot(stage: &Stage, screen: &FleetScreen) -> String {
    format!("{}\n{}", picture(&draw(stage, screen)), screen.status(&stage.context()))
}

/// The text of the row under the cursor.
fn chosen(stage: &Stage, screen: &FleetScreen) -> String {
    let lines = lines(&draw(stage, screen));
    lines.into_iter().find(|line| line.contains('›')).unwrap_or_default()
}

#[test]
fn pictures() {
    for (name, fleet) in sample::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            keep(&format!("fleet-{name}"), size, &shot(&stage, &screen(&stage)));
        }
    }
    for (name, fleet) in drifted::all() {
        let stage = Stage::new(fleet, SIZES[1]);
        keep(&format!("fleet-drift-{name}"), stage.size, &shot(&stage, &screen(&stage)));
    }
    for size in SIZES {
        let stage = Stage::new(drifted::full(), size);
        keep("fleet-drift-full", size, &shot(&stage, &screen(&stage)));
    }
    let mut stage = Stage::new(sample::partial(), (80, 18));
    stage.glyphs = Glyphs::ascii();
    keep("fleet-ascii", stage.size, &picture(&draw(&stage, &screen(&stage))));
    assert!(lines(&draw(&stage, &screen(&stage))).iter().all(|line| line.is_ascii()));
}

#[test]
fn every_line_that_the_cursor_reaches_is_seen_and_answers() {
    for (name, fleet) in sample::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            let mut screen = screen(&stage);
            let mut before = String::new();
            for step in 0..60 {
                let line = chosen(&stage, &screen);
                assert!(!line.is_empty(), "{name} at {size:?}, step {step}: no row is chosen");
                if line == before {
                    break;
                }
                let opened = screen.act(Action::Open, &stage.context());
                assert_ne!(opened, Reply::Done, "{name} at {size:?}: {line}");
                screen.act(Action::Down, &stage.context());
                before = line;
            }
        }
    }
}

#[test]
fn enter_leads_to_the_rows_that_a_line_speaks_of() {
    let stage = Stage::new(sample::partial(), (80, 18));
    let mut screen = screen(&stage);
    assert_eq!(screen.act(Action::Open, &stage.context()), Reply::ShowTenants("db:eu-1".into()));
    screen.act(Action::Down, &stage.context());
    assert_eq!(screen.act(Action::Open, &stage.context()), Reply::ShowTenants("db:eu-2".into()));
    screen.act(Action::Down, &stage.context());
    let Reply::Explain(title, why) = screen.act(Action::Open, &stage.context()) else { panic!("no explanation") };
    assert_eq!(title, "us-1 is down");
    assert!(why[0].starts_with("connection refused") && why[1].contains("it is tried again by itself"), "{why:?}");
    screen.act(Action::Down, &stage.context());
    assert!(chosen(&stage, &screen).contains("SCARY NUMBER"));
    assert_eq!(screen.act(Action::Open, &stage.context()), Reply::ShowCapacity(DatabaseId(1)), "the nearest first");
    while !chosen(&stage, &screen).contains("1 tenant without schema") {
        screen.act(Action::Down, &stage.context());
    }
    assert_eq!(screen.act(Action::Open, &stage.context()), Reply::ShowTenants("state:no-schema".into()));
}

#[test]
fn a_note_about_an_oddity_is_told_once_with_it() {
    let mut stage = Stage::new(sample::full(), (80, 34));
    let text = "1 schema is unreadable for role dba: iris";
    let note = Note {
        severity: Severity::Warn,
        text: text.into(),
        hint: Some("GRANT USAGE ON SCHEMA \"iris\" TO \"dba\"".into()),
        about: Some(Oddity::Unreadable),
    };
    stage.fleet.apply(FleetEvent::Notes(DatabaseId(0), vec![note.clone()]));
    let drawn = lines(&draw(&stage, &screen(&stage))).join("\n");
    assert!(drawn.contains(text) && !drawn.contains("1 unreadable schema"), "{drawn}");
    assert_eq!(drawn.matches("unreadable for role").count(), 1, "{drawn}");
    // Of an oddity that no row has, the note alone knows.
    stage.fleet.apply(FleetEvent::Notes(DatabaseId(0), vec![Note { about: Some(Oddity::SharedByTenants), ..note }]));
    assert!(lines(&draw(&stage, &screen(&stage))).join("\n").contains(text));
}

#[test]
fn the_legend_tells_all_signs_or_how_many_are_left_out() {
    let map = |width, height| {
        let stage = Stage::new(sample::full(), (width, height));
        let drawn = lines(&draw(&stage, &screen(&stage)));
        let first = drawn.iter().position(|line| line.contains("■ ok 18")).expect("a legend");
        drawn[first..(first + 2).min(drawn.len())].join(" ")
    };
    assert!(map(80, 18).contains("orphan 1") && map(80, 18).contains("no domain 1"), "{}", map(80, 18));
    assert!(map(80, 15).contains("no domain 1"), "{}", map(80, 15));
    assert!(map(80, 12).contains("orphan 1  +3 more") && !map(80, 12).contains("no domain"), "{}", map(80, 12));
    assert!(map(160, 20).contains("no domain 1"), "{}", map(160, 20));
}

#[test]
fn a_legend_of_many_states_goes_before_the_last_lines_of_attention() {
    for (width, height) in [(80, 18), (120, 34), (160, 44)] {
        let stage = Stage::new(drifted::full(), (width, height));
        let drawn = lines(&draw(&stage, &screen(&stage)));
        let map = drawn.iter().position(|line| line.contains("■ ok 10")).expect("a legend");
        let legend = drawn[map..(map + 3).min(drawn.len())].join(" ");
        for word in
            ["no schema 1", "empty 1", "dirty 1", "diverged 1", "behind 4", "shape differs 3", "no ledger 1", "ahead 1"]
        {
            assert!(legend.contains(word), "{word} at {width}x{height}: {legend}");
        }
        assert!(!legend.contains("more"), "{legend}");
        assert!(drawn.join(" ").contains("unreadable schema"), "ATTENTION keeps its worst at {width}x{height}");
    }
}

#[test]
fn notes_registries_and_lost_domains_are_explained() {
    let mut stage = Stage::new(sample::full(), (80, 34));
    let mut registry = sample::registry(vec![sample::tenant(1, "acme", "Acme Corp")]);
    registry.lost_domains = vec![Domain { name: "old\u{1b}.example.com".into(), primary: true, folder: None }];
    stage.fleet.apply(FleetEvent::Registry(DatabaseId(0), Ok(registry)));
    let mut screen = screen(&stage);
    let mut titles = Vec::new();
    for _ in 0..12 {
        if let Reply::Explain(title, lines) = screen.act(Action::Open, &stage.context()) {
            assert!(lines.iter().all(|line| !line.chars().any(char::is_control)), "{lines:?}");
            titles.push(title);
        }
        screen.act(Action::Down, &stage.context());
    }
    titles.dedup();
    assert_eq!(titles, ["main", "domains without tenant"]);
    let fault = Fault::new(FaultKind::Privilege, "permission denied for table customers_client").hint("GRANT SELECT ...");
    stage.fleet.apply(FleetEvent::Registry(DatabaseId(0), Err(fault)));
    screen.facts_changed(&stage.context());
    assert!(lines(&draw(&stage, &screen)).iter().any(|line| line.contains("no registry: permission denied")));
}

#[test]
fn a_database_that_is_listed_twice_is_told_and_explained() {
    let mut stage = Stage::new(sample::partial(), (80, 34));
    let server = stage.fleet.databases[0].server.clone().expect("a server that answers");
    let server = Server { system_identifier: Some(7), ..server };
    for id in [DatabaseId(0), DatabaseId(1)] {
        stage.fleet.apply(FleetEvent::Server(id, server.clone()));
    }
    let mut screen = screen(&stage);
    while !chosen(&stage, &screen).contains("are the same database") {
        screen.act(Action::Down, &stage.context());
    }
    let Reply::Explain(title, lines) = screen.act(Action::Open, &stage.context()) else { panic!("no explanation") };
    assert!(title.contains(" and ") && lines[0].contains("counted twice"), "{title} {lines:?}");
}

#[test]
fn the_cursor_stays_on_its_line_while_others_come_and_go() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    let mut screen = screen(&stage);
    while !chosen(&stage, &screen).contains("orphan") {
        screen.act(Action::Down, &stage.context());
    }
    stage.fleet.apply(FleetEvent::Link(DatabaseId(0), sample::refused()));
    screen.facts_changed(&stage.context());
    assert!(chosen(&stage, &screen).contains("orphan"), "{}", chosen(&stage, &screen));
}

#[test]
fn the_chosen_line_is_seen_without_colours_and_the_map_has_a_sign_per_state() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    stage.depth = ColourDepth::None;
    let buffer = draw(&stage, &screen(&stage));
    assert_eq!(selected_cells(&buffer, 1), 80);
    let (_, y) = place_of(&buffer, "one cell").expect("the map");
    let map = &lines(&buffer)[usize::from(y) + 1];
    for sign in ["■", "≢", "✗", "⌂", "∅", "⊘", "∄", "?"] {
        assert!(map.contains(sign), "{sign} in {map}");
    }
}

#[test]
fn every_size_of_a_terminal_is_drawn() {
    for (name, fleet) in sample::all() {
        for size in [(1, 1), (3, 2), (10, 4), (30, 5), (79, 17), (500, 200)] {
            let stage = Stage::new(fleet.clone(), size);
            let mut screen = screen(&stage);
            screen.act(Action::Bottom, &stage.context());
            let buffer = draw(&stage, &screen);
            assert_eq!((buffer.area.width, buffer.area.height), size, "{name}");
        }
    }
}

#[test]
fn the_very_first_frame_names_the_databases() {
    let stage = Stage::new(sample::connecting(), (80, 18));
    let screen = FleetScreen::default();
    assert!(chosen(&stage, &screen).contains("eu-1"));
    assert!(lines(&draw(&stage, &screen)).iter().any(|line| line.contains("eu-2") && line.contains("connecting")));
}
