//! The frame at every size, with everything above it, in both sets of signs.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::action::{Code, Key, Keymap};
use crate::domain::catalog::SchemaFacts;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Pass, Progress};
use crate::domain::registry::{Registry, RegistryDialect};
use crate::domain::roles::Policy;
use crate::tui::glyph::Glyphs;
use crate::tui::model::{Loudness, Title};
use crate::tui::msg::Msg;
use crate::tui::theme::{ColourDepth, DEFAULT, Theme};
use crate::tui::update;

fn console() -> Model {
    console_of(120)
}

fn console_of(schemas: u32) -> Model {
    let fleet = Fleet::new(["eu-1", "us-1"].map(|label| (label.to_owned(), Policy::default())));
    let title =
        Title { environment: "prod".into(), label: "PRODUCTION".into(), loudness: Loudness::Production, ..Title::default() };
    let mut model = Model::new(title, fleet, Keymap::default(), DEFAULT.to_owned());
    let schema = |oid, name: &str| SchemaFacts::named(oid, name, "app");
    let names = (0..schemas).map(|at| schema(at, &format!("t{at}"))).collect();
    let id = DatabaseId(0);
    let dialect = RegistryDialect::EverySchema;
    let every_schema = Registry { dialect, source: String::new(), tenants: vec![], lost_domains: vec![] };
    let fault = Fault::new(FaultKind::Unreachable, "connection refused at \u{1b}[31mdb1:5432");
    let since = model.now;
    let events = vec![
        FleetEvent::Link(id, Link::Up { round_trip_us: 900 }),
        FleetEvent::Names(id, names),
        FleetEvent::Registry(id, Ok(every_schema)),
        FleetEvent::Refreshed(id, model.now, 812),
        FleetEvent::Link(DatabaseId(1), Link::Down { since, fault, retry_at: None }),
    ];
    update(&mut model, Msg::Facts(events));
    model
}

fn typed(model: &mut Model, keys: &str) {
    for key in keys.split(' ') {
        update(model, Msg::Key(Key::parse(key).unwrap()));
    }
}

fn drawn(model: &mut Model, size: (u16, u16), ascii: bool) -> Vec<String> {
    model.ascii = ascii;
    update(model, Msg::Resize(size.0, size.1));
    let theme = Theme::load(DEFAULT, None, ColourDepth::Ansi16).unwrap();
    let glyphs = if ascii { Glyphs::ascii() } else { Glyphs::unicode() };
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| view(model, &Look { theme: &theme, glyphs: &glyphs }, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..size.1).map(row).collect()
}

/// What can lie above a screen, as the keys that open it.
const ABOVE: [&str; 13] = ["1", "2", "3", "3 x", "2 d", "2 /", "2 / t 1", ": o p", "x", "?", "t", "2 s", "2 e"];

#[test]
fn the_header_says_what_matters_at_every_width() {
    let mut model = console_of(12_034);
    for width in (60..=100).chain([200]) {
        let lines = drawn(&mut model, (width, 24), false);
        for text in ["prod · PRODUCTION · read-only", "12,034", "as of 00:00:00"] {
            assert!(lines[0].contains(text), "{width}: {:?} has no {text}", lines[0]);
        }
        let tabs = if width < 76 { "1 Fleet  2  3" } else { "1 Fleet  2 Tenants  3 Drift  4 Capacity" };
        assert!(lines[1].contains(tabs) && lines[1].contains("us-1 down"), "{:?}", lines[1]);
    }
    assert_eq!(
        drawn(&mut model, (80, 24), false)[0],
        " tenantry  prod · PRODUCTION · read-only        12,034 tenants   as of 00:00:00 "
    );
}

#[test]
fn a_lost_link_is_told_in_whole_words() {
    let texts = || {
        let shorter = ["fleet down 40 s", "fleet down", "down"].map(str::to_owned).to_vec();
        ("fleet down 40 s: connection refused at db1".to_owned(), shorter)
    };
    for (room, expected) in [
        (60, "fleet down 40 s: connection refused at db1"),
        (27, "fleet down 40 s: connection refused at db1"),
        (26, "fleet down 40 s"),
        (14, "fleet down"),
        (9, "down"),
        (2, "down"),
    ] {
        let (text, shorter) = texts();
        assert_eq!(said_in(room, text, shorter), expected, "{room}");
    }
}

#[test]
fn the_header_stays_where_it_is_while_a_refresh_runs() {
    let mut model = console();
    let before = drawn(&mut model, (80, 24), false);
    let progress = Progress { pass: Pass::Inventory, done: 2, total: 4, part: None };
    update(&mut model, Msg::Facts(vec![FleetEvent::Progress(DatabaseId(0), progress)]));
    let during = drawn(&mut model, (80, 24), false);
    assert_eq!(before[0], during[0]);
    assert!(during[1].trim_end().ends_with("inventory 3/4"), "{:?}", during[1]);
    // Beside the name of a run there is room for less.
    let (_, text, shorter) = going_on(&model).expect("a refresh");
    assert_eq!(said_in(7, text, shorter), "3/4");
}

#[test]
fn any_size_is_drawn_with_anything_above() {
    for keys in ABOVE {
        let mut model = console();
        typed(&mut model, keys);
        for size in [(1, 1), (1, 50), (500, 1), (2, 2), (59, 14), (60, 15), (61, 16), (80, 24), (120, 40), (500, 200)] {
            drawn(&mut model, size, false);
        }
    }
}

#[test]
fn a_terminal_that_is_too_small_shows_the_figures_and_the_size_it_needs() {
    let mut model = console();
    let lines: Vec<_> = drawn(&mut model, (40, 8), false).iter().map(|line| line.trim_end().to_owned()).collect();
    assert_eq!(lines[..4], ["prod PRODUCTION", "120 tenants", "✗ 1 database down", "needs 60x15, here 40x8"]);
}

#[test]
fn in_ascii_nothing_else_is_drawn() {
    for keys in ABOVE {
        let mut model = console();
        model.ascii = true;
        typed(&mut model, keys);
        for size in [(80, 24), (140, 40), (40, 10)] {
            for line in drawn(&mut model, size, true) {
                assert!(line.is_ascii(), "{keys} at {size:?}: {line:?}");
            }
        }
    }
}

#[test]
fn every_key_in_the_footer_does_something_here() {
    for (view, scope) in [("1", Scope::Fleet), ("2", Scope::Tenants), ("3", Scope::Drift), ("2 d", Scope::Diff)] {
        let mut model = console();
        typed(&mut model, view);
        let (first, last) = footer(scope);
        for action in first.iter().chain(last) {
            assert!(action.entry().applies_in(scope), "{action:?} in {scope:?}");
            let key = model.keymap.keys(*action).first().copied().unwrap();
            assert_eq!(model.keymap.action(scope, key), Some(*action));
        }
    }
    let mut model = console();
    typed(&mut model, "2 / z z z z enter");
    let keys = drawn(&mut model, (200, 24), false).pop().unwrap();
    assert!(!keys.contains("psql") && !keys.contains("copy"), "without a row nothing is offered about it: {keys:?}");
    assert!(keys.contains("? help"));
}

#[test]
fn the_footer_follows_the_keys() {
    let mut model = console();
    model.keymap = Keymap::with(&[("refresh".to_owned(), vec!["F5".to_owned()])].into()).0;
    assert!(drawn(&mut model, (80, 24), false)[23].contains("F5 refresh"));
    typed(&mut model, "?");
    update(&mut model, Msg::Key(Key::plain(Code::End)));
    assert!(
        drawn(&mut model, (80, 60), false)
            .iter()
            .any(|line| line.contains("F5  ") && line.contains("read what has changed"))
    );
}

#[test]
fn a_hostile_fault_is_spelled_out() {
    let mut model = console();
    let lines = drawn(&mut model, (160, 24), false);
    assert!(lines[1].contains("\\x1b[31mdb1"), "{:?}", lines[1]);
}

#[test]
fn what_is_wrong_with_an_input_is_said_however_long_it_is() {
    let long = "x".repeat(70);
    for (keys, error) in [
        (": t e n a n t s space f o o : enter".to_owned(), "there is no field \"foo\""),
        ("2 / s t a t e : z z".to_owned(), "state is never \"zz\""),
        ("2 / s t a t e : u n r enter".to_owned(), "state is never \"unr\""),
    ] {
        let mut model = console();
        typed(&mut model, &keys);
        let lines = drawn(&mut model, (60, 15), false);
        assert!(lines[14].contains(error), "{keys}: {lines:?}");
    }
    let mut model = console();
    typed(&mut model, "2");
    let why = format!("there is no folder /{long}");
    update(&mut model, Msg::NotExported { path: format!("/{long}/a.csv").into(), rows: 1, why });
    assert!(drawn(&mut model, (60, 15), false)[14].contains("there is no folder /xxx"));
    // A word that can still become a right one is completed, not refused.
    let mut model = console();
    typed(&mut model, "2 / s t a t e : u n r");
    assert!(drawn(&mut model, (80, 24), false)[23].contains("tab unreadable"));
}
