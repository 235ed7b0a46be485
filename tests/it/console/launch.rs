//! The dialog before a run as a person sees it, above its screen.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tenantry::action::{Key, Keymap};
use tenantry::domain::fleet::Severity;
use tenantry::domain::name::SchemaPath;
use tenantry::plan::{LeftOut, Note, Plan, Why};
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::model::{Loudness, Model, Title};
use tenantry::tui::msg::{Effect, Msg};
use tenantry::tui::screens::Look;
use tenantry::tui::theme::{ColourDepth, Theme};
use tenantry::tui::{frame, update};

use super::{keep, picture, runs, sample};

fn console(size: (u16, u16)) -> Model {
    let title = Title {
        environment: "prod".into(),
        label: "PRODUCTION".into(),
        loudness: Loudness::Production,
        write: true,
        ..Title::default()
    };
    let mut model = Model::new(title, sample::full(), Keymap::default(), "dark".into());
    model.now = sample::now();
    model.size = size;
    typed(&mut model, "2");
    model
}

fn typed(model: &mut Model, script: &str) -> Vec<Effect> {
    let key = |text| Key::parse(text).expect("a key");
    script.split(' ').flat_map(|text| update(model, Msg::Key(key(text)))).collect()
}

fn drawn(model: &Model, size: (u16, u16)) -> String {
    let theme = Theme::load("dark", None, ColourDepth::True).expect("a shipped theme");
    let glyphs = Glyphs::unicode();
    let look = Look { theme: &theme, glyphs: &glyphs };
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal of memory");
    terminal.draw(|frame| frame::view(model, &look, frame)).expect("a frame");
    // What a hash is depends on every field of a plan: pictures are of its place.
    picture(terminal.backend().buffer()).replace(&plan().hash()[..12], "############")
}

fn plan() -> Plan {
    let note = |severity, what: &str, hint: Option<&str>| Note {
        rule: "rule".into(),
        severity,
        refuses: false,
        place: Some((0, Some(0))),
        what: what.into(),
        hint: hint.map(str::to_owned),
    };
    let mut plan = runs::plan(&["main"], &runs::names(130));
    plan.notes = vec![
        note(Severity::Info, "every tenant is locked for a moment", None),
        note(Severity::Warn, "NOT NULL with a default rewrites old tables on PostgreSQL 10", Some("add it in two steps")),
    ];
    plan.left_out = vec![
        LeftOut { why: Why::Nothing, count: 4, sample: vec!["acme".into(), "bolt".into()] },
        LeftOut { why: Why::NoLedger, count: 1, sample: vec!["odd\u{1b}[31m".into()] },
    ];
    plan
}

#[test]
fn pictures() {
    for size in [(60, 15), (80, 24), (120, 40)] {
        let mut model = console(size);
        let effects = typed(&mut model, "space j space M");
        let [Effect::BuildPlan(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
        keep("launch-building", size, &drawn(&model, size));
        update(&mut model, Msg::Planned { wanted: wanted.clone(), plan: Box::new(Ok(plan())) });
        keep("launch-ready", size, &drawn(&model, size));
        typed(&mut model, "pagedown");
        keep("launch-read-on", size, &drawn(&model, size));
        typed(&mut model, "g enter p r o");
        keep("launch-approving", size, &drawn(&model, size));
        let mut refused = plan();
        refused.notes[1].refuses = true;
        update(&mut model, Msg::Planned { wanted: wanted.clone(), plan: Box::new(Ok(refused)) });
        typed(&mut model, "esc enter");
        keep("launch-refused", size, &drawn(&model, size));
    }
}

#[test]
fn the_marked_rows_are_meant_also_those_that_a_filter_hides() {
    let mut model = console((80, 24));
    typed(&mut model, "space j space j");
    let marked: Vec<SchemaPath> = model.marks.iter().cloned().collect();
    assert_eq!(marked.len(), 2);
    typed(&mut model, "/ z z z enter");
    let effects = typed(&mut model, "M");
    let [Effect::BuildPlan(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wanted.schemas, marked);
    let drawn = drawn(&model, (80, 24));
    assert!(drawn.contains("2 schemas (2 of them hidden by the filter)"), "{drawn}");
    // Targets are frozen: another mark changes nothing.
    model.marks.clear();
    let plan = plan();
    update(&mut model, Msg::Planned { wanted: wanted.clone(), plan: Box::new(Ok(plan.clone())) });
    assert_eq!(typed(&mut model, "enter p r o d space 1 3 0 enter"), [Effect::StartRun(Box::new(plan))]);
    assert_eq!(model.overlays, []);
}

#[test]
fn without_marks_the_row_under_the_cursor_is_meant_and_read_only_refuses() {
    let mut model = console((80, 24));
    let chosen = model.tenants_screen.selected().expect("a row");
    let effects = typed(&mut model, "M");
    let [Effect::BuildPlan(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wanted.schemas, [chosen]);
    let mut model = console((80, 24));
    model.title.write = false;
    assert_eq!(typed(&mut model, "M"), []);
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text.contains("read-only")));
    assert_eq!(model.overlays, []);
}
