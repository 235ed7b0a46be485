//! Screen 2 as a person sees it and moves on it.

use std::collections::BTreeSet;

use ratatui::style::Color;
use tenantry::action::Action;
use tenantry::domain::fleet::{DatabaseId, FleetEvent};
use tenantry::domain::name::SchemaPath;
use tenantry::domain::record::Value;
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::tenants::TenantsScreen;
use tenantry::tui::theme::ColourDepth;

use super::{SIZES, Stage, cells, drifted, keep, lines, picture, place_of, sample, selected_cells};

fn screen(stage: &Stage) -> TenantsScreen {
    let mut screen = TenantsScreen::default();
    screen.facts_changed(&stage.context());
    screen
}

fn draw(stage: &Stage, screen: &TenantsScreen) -> ratatui::buffer::Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn shot(stage: &Stage, screen: &TenantsScreen) -> String {
    format!("{}\n{}", picture(&draw(stage, screen)), screen.status(&stage.context()))
}

/// The schema under the cursor.
fn at(screen: &TenantsScreen) -> String {
    screen.selected().map_or_else(String::new, |path| path.schema)
}

fn marks(names: &[&str]) -> BTreeSet<SchemaPath> {
    names.iter().map(|name| SchemaPath { database: "main".into(), schema: (*name).into() }).collect()
}

#[test]
fn pictures() {
    for (name, fleet) in sample::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            keep(&format!("tenants-{name}"), size, &shot(&stage, &screen(&stage)));
        }
    }
}

#[test]
fn pictures_of_drift() {
    for size in SIZES {
        for (name, fleet) in [("full", drifted::full()), ("partial", drifted::partial()), ("down", drifted::one_down())] {
            let stage = Stage::new(fleet, size);
            let mut list = screen(&stage);
            for column in ["shape", "ledger"] {
                list.set_sort(column, &stage.context());
                keep(&format!("tenants-drift-{name}-by-{column}"), size, &shot(&stage, &list));
            }
        }
    }
}

#[test]
fn pictures_of_a_list_in_use() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    stage.marks = marks(&["acme", "cedar", "old_demo"]);
    let mut list = screen(&stage);
    list.set_filter("state:odd", &stage.context()).expect("a filter");
    list.set_sort("state", &stage.context());
    list.act(Action::Down, &stage.context());
    keep("tenants-odd", stage.size, &shot(&stage, &list));
    list.set_filter("size>10TB", &stage.context()).expect("a filter");
    keep("tenants-none", stage.size, &shot(&stage, &list));
    list.set_filter("", &stage.context()).expect("a filter");
    list.act(Action::Wide, &stage.context());
    for _ in 0..5 {
        list.act(Action::Right, &stage.context());
    }
    keep("tenants-wide", stage.size, &shot(&stage, &list));
    stage.glyphs = Glyphs::ascii();
    keep("tenants-ascii", stage.size, &picture(&draw(&stage, &screen(&stage))));
    assert!(lines(&draw(&stage, &screen(&stage))).iter().all(|line| line.is_ascii()));
}

#[test]
fn columns_stand_at_the_same_cells_whatever_the_names_are() {
    for size in SIZES {
        let stage = Stage::new(sample::hostile(), size);
        let mut list = screen(&stage);
        list.set_sort("state", &stage.context());
        let buffer = draw(&stage, &list);
        let (column, _) = place_of(&buffer, "STATE").expect("a heading");
        let (ledger, _) = place_of(&buffer, "LEDGER").expect("a heading");
        // A column of figures has no place on the narrowest screen.
        let tables_end = place_of(&buffer, "TABLES").map(|(column, _)| column + 6);
        assert_eq!(tables_end.is_some(), size.0 >= 80, "{size:?}");
        for y in 1..size.1.min(11) {
            let sign = if y == 1 { "?" } else { " " };
            assert_eq!(buffer[(column, y)].symbol(), sign, "{size:?} row {y} under STATE: the orphan is first");
            assert_eq!(buffer[(ledger, y)].symbol(), "…", "{size:?} row {y} under LEDGER");
            let Some(end) = tables_end else { continue };
            assert_eq!(buffer[(end, y)].symbol(), " ", "{size:?} row {y}");
            assert_eq!(buffer[(end - 1, y)].symbol(), "0", "{size:?} row {y}: the last digit of 40");
        }
        for line in lines(&buffer) {
            assert!(cells(&line) <= usize::from(size.0));
            assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}' || c == '\u{200b}'), "{line}");
        }
    }
}

/// The cells of each row from a heading on, by the schema.
fn under(heading: &str, stage: &Stage, list: &TenantsScreen) -> Vec<(String, String)> {
    let buffer = draw(stage, list);
    let place = |heading| usize::from(place_of(&buffer, heading).expect("a heading").0);
    let (schema, column) = (place("SCHEMA"), place(heading));
    let from =
        |y: u16, x: usize| -> String { (x..buffer.area.width.into()).map(|x| buffer[(x as u16, y)].symbol()).collect() };
    let word = |text: &str| text.split("  ").next().unwrap_or_default().trim().to_owned();
    let rows = (1..buffer.area.height).map(|y| (word(&from(y, schema)), word(&from(y, column))));
    rows.filter(|(schema, _)| !schema.is_empty()).collect()
}

#[test]
fn the_state_says_what_no_other_column_says_and_is_sorted_by_it() {
    let stage = Stage::new(drifted::full(), (80, 30));
    let mut list = screen(&stage);
    list.set_sort("state", &stage.context());
    let rows = under("STATE", &stage, &list);
    let told: Vec<(&str, &str)> = rows.iter().map(|(schema, state)| (schema.as_str(), state.as_str())).collect();
    let expected = [
        ("delta", "✗ no schema"),
        ("grove", "∅ empty"),
        ("iris", "⊘ unreadable"),
        ("old_demo", "? orphan"),
        ("ember", "⌂ no domain"),
        // Then those that LEDGER and SHAPE call odd, the worst first, and those that nothing does.
        ("tundra", ""),
        ("saffron", ""),
    ];
    assert_eq!(told[..expected.len()], expected);
    assert!(
        told[expected.len()..].iter().all(|(schema, state)| state.is_empty() || ["template", "public"].contains(schema))
    );
    // A narrow list has no room for SHAPE, then none for LEDGER: what they would tell is told here.
    for (width, of_nova, of_bolt) in [(80, "", ""), (60, "", "≠ 1 difference"), (48, "▼ behind 2", "≠ 1 difference")] {
        let stage = Stage::new(drifted::full(), (width, 30));
        let rows = under("STATE", &stage, &screen(&stage));
        let of = |name: &str| rows.iter().find(|(schema, _)| schema == name).map(|(_, state)| state.as_str());
        assert_eq!((of("nova"), of("bolt")), (Some(of_nova), Some(of_bolt)), "{width}");
    }
}

#[test]
fn verdicts_that_arrive_move_nothing() {
    for size in SIZES {
        let [before, after] = [sample::full(), drifted::full()].map(|fleet| {
            let stage = Stage::new(fleet, size);
            let list = screen(&stage);
            (lines(&draw(&stage, &list))[0].clone(), under("STATE", &stage, &list))
        });
        assert_eq!(before.0, after.0, "{size:?}");
        for (before, after) in before.1.iter().zip(&after.1) {
            // Where a shape is known it says more than the number of tables.
            let is_kept = before == after || (before.0 == "cyan" && before.1.starts_with('≢'));
            assert!(is_kept || size.0 < 80, "{size:?}: {before:?} became {after:?}");
        }
    }
}

#[test]
fn the_row_under_the_cursor_is_seen_without_colours() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    stage.depth = ColourDepth::None;
    let mut list = screen(&stage);
    list.act(Action::Down, &stage.context());
    let buffer = draw(&stage, &list);
    assert_eq!(buffer[(1, 2)].symbol(), "›");
    assert_eq!((selected_cells(&buffer, 2), selected_cells(&buffer, 1), selected_cells(&buffer, 3)), (80, 0, 0));
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn the_cursor_stays_on_its_row_when_facts_order_and_filter_change() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    list.act(Action::Bottom, &stage.context());
    assert_eq!(at(&list), "template");
    list.act(Action::Up, &stage.context());
    list.act(Action::Up, &stage.context());
    assert_eq!(at(&list), "old_demo");
    list.set_sort("size", &stage.context());
    assert_eq!(at(&list), "old_demo");
    list.set_filter("state:orphan", &stage.context()).expect("a filter");
    assert_eq!(at(&list), "old_demo");
    list.set_filter("", &stage.context()).expect("a filter");
    let names = ["aaa", "acme", "old_demo", "zzz"];
    let facts = names.iter().zip(900..).map(|(name, oid)| sample::schema(oid, name)).collect();
    stage.fleet.apply(FleetEvent::Names(DatabaseId(0), facts));
    list.facts_changed(&stage.context());
    assert_eq!(at(&list), "old_demo");
    stage.fleet.apply(FleetEvent::Names(DatabaseId(0), vec![]));
    stage.fleet.apply(FleetEvent::Registry(DatabaseId(0), Ok(sample::registry(vec![]))));
    list.facts_changed(&stage.context());
    assert_eq!((list.selected(), list.selected_schema()), (None, None));
}

#[test]
fn before_the_first_move_the_first_row_is_selected_whichever_it_is() {
    let mut stage = Stage::new(sample::connecting(), (80, 18));
    let mut list = screen(&stage);
    for (names, first) in [(&["m"][..], "m"), (&["b", "m"], "b")] {
        let facts = names.iter().zip(1..).map(|(name, oid)| sample::schema(oid, name)).collect();
        stage.fleet.apply(FleetEvent::Names(DatabaseId(0), facts));
        list.facts_changed(&stage.context());
        assert_eq!(at(&list), first);
    }
}

#[test]
fn sorting_is_stable_and_missing_values_stay_last() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    let order = |list: &TenantsScreen| -> Vec<String> {
        let text = |record: tenantry::domain::record::Record| match &record[1].1 {
            Value::Text(name) => name.clone(),
            other => panic!("a schema is text, not {other:?}"),
        };
        list.shown_rows(&stage.context()).into_iter().map(text).collect()
    };
    list.set_sort("size", &stage.context());
    let down = order(&list);
    assert_eq!((down[0].as_str(), down.last().map(String::as_str)), ("template", Some("delta")));
    list.set_sort("size", &stage.context());
    let up = order(&list);
    assert_eq!(up.last().map(String::as_str), Some("delta"), "a tenant without schema has no size in either direction");
    list.set_sort("state", &stage.context());
    assert_eq!(order(&list)[..4], ["delta", "grove", "iris", "old_demo"], "the worst state first");
    list.set_sort("database", &stage.context());
    assert_eq!(order(&list)[..3], ["acme", "arbor", "bluepeak"], "equals stay in the order of schemas");
    let choices = list.sort_choices();
    assert!(choices.iter().all(|choice| (choice.id == "database") == choice.current.is_some() || choice.id == "database"));
}

#[test]
fn rows_are_marked_singly_in_a_range_and_all() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    let mut act = |stage: &mut Stage, action| {
        if let Reply::SetMarks(marks) = list.act(action, &stage.context()) {
            stage.marks = marks;
        }
    };
    act(&mut stage, Action::Mark);
    assert_eq!(stage.marks, marks(&["acme"]));
    act(&mut stage, Action::Down);
    act(&mut stage, Action::MarkRange);
    assert_eq!(stage.marks, marks(&["acme", "arbor", "bluepeak"]));
    act(&mut stage, Action::Up);
    act(&mut stage, Action::Mark);
    assert_eq!(stage.marks, marks(&["acme", "bluepeak"]), "the same again takes the mark away");
    act(&mut stage, Action::MarkAll);
    assert_eq!(stage.marks.len(), 27);
    act(&mut stage, Action::Unmark);
    assert!(stage.marks.is_empty());
    act(&mut stage, Action::MarkRange);
    assert!(stage.marks.is_empty(), "a range needs its first row");
}

#[test]
fn odd_rows_are_found_round_the_end() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    let mut found = Vec::new();
    for _ in 0..8 {
        list.act(Action::NextMatch, &stage.context());
        found.push(at(&list));
    }
    assert_eq!(found, ["cyan", "delta", "ember", "grove", "iris", "maple", "old_demo", "cyan"]);
    assert_eq!(list.act(Action::PrevMatch, &stage.context()), Reply::Say("round the end".into()));
    assert_eq!(at(&list), "old_demo");
}

#[test]
fn enter_opens_a_schema_and_explains_a_tenant_without_one() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    assert_eq!(list.act(Action::Open, &stage.context()), Reply::OpenSchema(DatabaseId(0), "acme".into()));
    list.set_filter("delta", &stage.context()).expect("a filter");
    assert_eq!((at(&list).as_str(), list.selected_schema()), ("delta", None));
    let Reply::Explain(title, lines) = list.act(Action::Open, &stage.context()) else { panic!("no explanation") };
    assert!(title.contains("Delta Freight") && lines[0].contains("does not exist"), "{title} {lines:?}");
    list.set_filter("nothing-like-this", &stage.context()).expect("a filter");
    assert_eq!(list.act(Action::Open, &stage.context()), Reply::Done);
    let error = list.set_filter("state:orfan", &stage.context()).expect_err("no such state");
    assert!(error.to_string().contains("orphan"), "{error}");
    assert_eq!(list.filter(), "nothing-like-this", "a wrong filter changes nothing");
}

#[test]
fn the_systems_schemas_are_hidden_until_they_are_asked_for() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    assert_eq!(list.status(&stage.context()), "27 rows · by tenant ↑");
    list.set_filter("role:system", &stage.context()).expect("a filter");
    assert_eq!(list.status(&stage.context()), "2 of 27 · role:system · by tenant ↑");
}

#[test]
fn the_state_survives_being_written_down() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    list.set_filter("state:odd", &stage.context()).expect("a filter");
    list.set_sort("size", &stage.context());
    list.act(Action::Down, &stage.context());
    let text = serde_json::to_string(&list).expect("plain data");
    let mut again: TenantsScreen = serde_json::from_str(&text).expect("the same data");
    again.facts_changed(&stage.context());
    assert_eq!(again, list);
}

#[test]
fn two_tenants_of_one_schema_are_two_rows() {
    let tenants = vec![sample::tenant(1, "one", "First"), sample::tenant(2, "one", "Second")];
    let mut stage = Stage::new(sample::empty(), (80, 18));
    for event in sample::refresh(DatabaseId(0), &[("one", 40)], tenants) {
        stage.fleet.apply(event);
    }
    let mut list = screen(&stage);
    list.act(Action::Down, &stage.context());
    list.facts_changed(&stage.context());
    let buffer = draw(&stage, &list);
    assert_eq!(place_of(&buffer, "›").map(|(_, y)| y), place_of(&buffer, "Second").map(|(_, y)| y));
}

#[test]
fn marks_that_the_list_does_not_show_are_told() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    stage.marks = marks(&["acme", "bolt", "gone"]);
    let mut list = screen(&stage);
    assert!(list.status(&stage.context()).contains("3 marked, 1 of them hidden"), "{}", list.status(&stage.context()));
    list.set_filter("acme", &stage.context()).expect("a filter");
    assert!(list.status(&stage.context()).contains("3 marked, 2 of them hidden"), "{}", list.status(&stage.context()));
    stage.marks = marks(&["acme"]);
    list.facts_changed(&stage.context());
    assert!(list.status(&stage.context()).contains("· 1 marked ·"), "{}", list.status(&stage.context()));
}

#[test]
fn the_sorted_column_is_always_among_those_that_are_seen() {
    for size in [(60, 9), (80, 18)] {
        let stage = Stage::new(sample::full(), size);
        let mut list = screen(&stage);
        for choice in list.sort_choices() {
            list.set_sort(choice.id, &stage.context());
            let heading = lines(&draw(&stage, &list))[0].clone();
            assert!(heading.contains(choice.title), "{} at {size:?}: {heading}", choice.id);
        }
    }
}

#[test]
fn a_wide_list_is_scrolled_no_further_than_its_last_column() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut list = screen(&stage);
    list.act(Action::Wide, &stage.context());
    for _ in 0..30 {
        list.act(Action::Right, &stage.context());
    }
    let heading = lines(&draw(&stage, &list))[0].clone();
    assert!(heading.ends_with("TOOL") && heading.contains("PLAN"), "{heading}");
    list.act(Action::Left, &stage.context());
    assert_ne!(lines(&draw(&stage, &list))[0], heading, "one step back is seen at once");
}
