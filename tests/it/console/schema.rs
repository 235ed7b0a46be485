//! An opened schema as a person sees it.

use tenantry::action::Action;
use tenantry::domain::catalog::{LedgerRow, SchemaDetail};
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, Fleet};
use tenantry::domain::history::{LedgerReading, Step};
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::schema::SchemaScreen;

use super::{SIZES, Stage, drifted, keep, lines, picture, sample};

fn shot(stage: &Stage, screen: &mut SchemaScreen) -> String {
    screen.facts_changed(&stage.context());
    let buffer = stage.draw(|context, look, frame, area| screen.view(context, look, frame, area));
    format!("{}\n{}", picture(&buffer), screen.status(&stage.context()))
}

#[test]
fn pictures() {
    let busy = || Fault::new(FaultKind::Busy, "canceled: it waited longer than 500 ms for a lock");
    let gone = || Fault::new(FaultKind::Gone, "the schema acme is gone").hint("r reads the list again.");
    let states: [(&str, _, &str, Option<Result<_, Fault>>); 8] = [
        ("loading", sample::full(), "acme", None),
        ("full", sample::full(), "acme", Some(Ok(sample::detail(40)))),
        ("stale", sample::stale(), "acme", Some(Ok(sample::detail(40)))),
        ("partial", sample::full(), "cyan", {
            let mut detail = sample::detail(39);
            detail.tables = Err(busy());
            detail.ledger = Some(Err(busy()));
            Some(Ok(detail))
        }),
        ("failed", sample::full(), "acme", Some(Err(busy()))),
        ("gone", sample::empty(), "acme", Some(Err(gone()))),
        ("huge", sample::huge(), "t0_00001", Some(Ok(sample::detail(2_000)))),
        ("hostile", sample::hostile(), "esc\u{1b}[31mred", {
            let mut detail = sample::detail(12);
            detail.comment = Some("wipe\u{1b}[2J\nnow".into());
            detail.search_path = vec!["esc\u{1b}[31mred".into(), "rtl\u{202e}".into()];
            let tables = detail.tables.as_mut().expect("tables");
            tables[1].name = "日本語テーブル".into();
            tables[2].name = "bell\u{7}".into();
            let ledger = detail.ledger.as_mut().and_then(|ledger| ledger.as_mut().ok()).expect("a ledger");
            ledger[22].name = "0001_\u{202e}evil".into();
            Some(Ok(detail))
        }),
    ];
    for (name, fleet, schema, detail) in states {
        for size in &SIZES[..3] {
            let stage = Stage::new(fleet.clone(), *size);
            let mut screen = SchemaScreen::new(DatabaseId(0), schema);
            if let Some(detail) = detail.clone() {
                screen.take(detail);
            }
            for tab in ["overview", "tables", "ledger", "shape"] {
                keep(&format!("schema-{name}-{tab}"), *size, &shot(&stage, &mut screen));
                screen.act(Action::NextTab, &stage.context());
            }
        }
    }
}

/// A schema whose ledger and structure are those of its cohort.
fn read(fleet: &Fleet, name: &str) -> SchemaDetail {
    let database = &fleet.databases[0];
    let schema = database.schemas.iter().find(|schema| schema.name == name).expect("a schema");
    let mut detail = sample::detail(40);
    name.clone_into(&mut detail.name);
    if let Some(LedgerReading::Read(id)) = schema.history {
        let steps = database.histories[&id].steps.iter().zip(0..);
        let row = |(step, hours): (&Step, i64)| LedgerRow {
            app: step.migration.app.clone(),
            name: step.migration.name.clone(),
            applied: Some(sample::ago(3_600 * (100 - hours))),
            mark: step.mark,
        };
        detail.ledger = Some(Ok(steps.map(row).collect()));
    }
    let structure = schema.class.and_then(|class| database.structures.get(&class));
    detail.structure = Ok(structure.expect("a structure").as_ref().clone());
    detail
}

#[test]
fn pictures_of_drift() {
    let fleet = drifted::full();
    for size in SIZES {
        let stage = Stage::new(fleet.clone(), size);
        for name in ["acme", "nova", "saffron", "tundra", "bolt", "cyan", "kite", "grove"] {
            let mut screen = SchemaScreen::new(DatabaseId(0), name);
            screen.take(Ok(read(&fleet, name)));
            screen.facts_changed(&stage.context());
            screen.act(Action::NextTab, &stage.context());
            screen.act(Action::NextTab, &stage.context());
            if ["acme", "nova", "saffron", "tundra"].contains(&name) {
                keep(&format!("schema-drift-{name}-ledger"), size, &shot(&stage, &mut screen));
            }
            screen.act(Action::NextTab, &stage.context());
            if ["acme", "bolt", "cyan", "kite", "grove"].contains(&name) {
                keep(&format!("schema-drift-{name}-shape"), size, &shot(&stage, &mut screen));
            }
        }
    }
}

#[test]
fn what_is_pending_stands_first_and_the_shape_is_told_from_what_was_just_read() {
    let mut stage = Stage::new(drifted::full(), (80, 34));
    let mut screen = SchemaScreen::new(DatabaseId(0), "nova");
    screen.take(Ok(read(&stage.fleet, "nova")));
    screen.facts_changed(&stage.context());
    let why = "this shape is the reference's; 2 migrations are missing: run them";
    assert_eq!(screen.to_mend(&stage.fleet).err().as_deref(), Some(why), "nova is of the right shape");
    for _ in 0..2 {
        screen.act(Action::NextTab, &stage.context());
    }
    let drawn = text(&stage, &screen);
    let line = |word: &str| drawn.lines().position(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}: {drawn}"));
    assert!(line("0016_vip") < line("0014_total_check") && drawn.contains("▼ pending"), "{drawn}");
    assert!(screen.status(&stage.context()).contains("2 pending"), "{}", screen.status(&stage.context()));
    // A reading that is newer than the classes wins over them.
    let mut detail = read(&stage.fleet, "nova");
    detail.structure = Ok(drifted::wild());
    screen.take(Ok(detail));
    screen.facts_changed(&stage.context());
    assert_eq!(screen.to_mend(&stage.fleet).map(|it| (it.schema, it.differences.len())), Ok(("nova", 9)));
    screen.act(Action::NextTab, &stage.context());
    assert!(text(&stage, &screen).contains("~ customers.name"), "{}", text(&stage, &screen));
    screen.set_filter("vip", &stage.context());
    assert_eq!(screen.shown_rows(&stage.context()).len(), 2);
    stage.fleet = sample::full();
    screen.facts_changed(&stage.context());
    assert!(screen.to_mend(&stage.fleet).is_err(), "without a reference there is nothing to mend");
}

fn opened(stage: &Stage) -> SchemaScreen {
    let mut screen = SchemaScreen::new(DatabaseId(0), "acme");
    screen.take(Ok(sample::detail(40)));
    screen.facts_changed(&stage.context());
    screen
}

fn text(stage: &Stage, screen: &SchemaScreen) -> String {
    lines(&stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))).join("\n")
}

#[test]
fn tables_are_filtered_sorted_and_explained() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut screen = opened(&stage);
    assert!(screen.sort_choices().is_empty() && screen.shown_rows(&stage.context()).is_empty());
    screen.act(Action::NextTab, &stage.context());
    assert_eq!(screen.selected_table(), Some("auth_user"));
    screen.act(Action::Down, &stage.context());
    assert_eq!(screen.selected_table(), Some("auth_user_1"));
    screen.set_sort("size", &stage.context());
    assert_eq!(screen.selected_table(), Some("auth_user_1"), "the cursor stays on its row");
    screen.act(Action::Top, &stage.context());
    assert_eq!(screen.selected_table(), Some("crm_invoice_2"), "the largest first");
    screen.set_filter("NOTE", &stage.context());
    assert_eq!(screen.status(&stage.context()), "4 tables · NOTE · 24 MB on disk · by size ↓ · as of 14:02:09");
    assert_eq!(screen.shown_rows(&stage.context()).len(), 4);
    let Reply::Explain(title, about) = screen.act(Action::Open, &stage.context()) else { panic!("no explanation") };
    assert!(title.starts_with("note") && about.iter().any(|line| line.starts_with("last analyze: 2026-11-")), "{about:?}");
    screen.act(Action::NextTab, &stage.context());
    assert_eq!(screen.filter(), "", "each tab has a filter of its own");
    assert_eq!(screen.shown_rows(&stage.context()).len(), 23);
}

#[test]
fn a_second_reading_that_fails_keeps_the_first_unless_the_schema_is_gone() {
    let stage = Stage::new(sample::full(), (80, 34));
    let mut screen = opened(&stage);
    screen.take(Err(Fault::new(FaultKind::Unreachable, "connection lost")));
    assert!(text(&stage, &screen).contains("app=UC/app"));
    screen.take(Err(Fault::new(FaultKind::Gone, "the schema acme is gone")));
    assert!(text(&stage, &screen).contains("the schema acme is gone"));
    assert!(!text(&stage, &screen).contains("app=UC/app"));
}

#[test]
fn rows_of_a_lost_link_are_marked() {
    let mut stage = Stage::new(sample::full(), (80, 18));
    let mut screen = opened(&stage);
    screen.act(Action::NextTab, &stage.context());
    assert!(!text(&stage, &screen).contains("~auth_user"));
    stage.fleet = sample::stale();
    screen.facts_changed(&stage.context());
    assert!(text(&stage, &screen).contains("~auth_user"), "{}", text(&stage, &screen));
}

#[test]
fn the_overview_scrolls_to_its_end() {
    let stage = Stage::new(sample::full(), (60, 9));
    let mut screen = opened(&stage);
    assert!(!text(&stage, &screen).contains("observer=U/app"));
    for _ in 0..40 {
        screen.act(Action::Down, &stage.context());
    }
    assert!(text(&stage, &screen).contains("observer=U/app"));
    screen.act(Action::Top, &stage.context());
    assert!(text(&stage, &screen).contains("Acme Corp"));
}

#[test]
fn the_state_survives_being_written_down() {
    let stage = Stage::new(sample::full(), (80, 18));
    let mut screen = opened(&stage);
    screen.act(Action::NextTab, &stage.context());
    screen.act(Action::HalfDown, &stage.context());
    let text = serde_json::to_string(&screen).expect("plain data");
    let mut again: SchemaScreen = serde_json::from_str(&text).expect("the same data");
    again.facts_changed(&stage.context());
    assert_eq!(again, screen);
}

#[test]
fn what_is_missing_is_last_in_both_directions() {
    let stage = Stage::new(sample::full(), (80, 34));
    let mut screen = opened(&stage);
    screen.act(Action::NextTab, &stage.context());
    let mut found = 0;
    for choice in screen.sort_choices() {
        for _ in 0..2 {
            screen.set_sort(choice.id, &stage.context());
            let field = match choice.id {
                "rows" => "rows",
                "size" => "bytes",
                "index-size" => "index_bytes",
                "vacuumed" => "last_vacuum",
                _ => continue,
            };
            let rows = screen.shown_rows(&stage.context());
            let missing = |row: &tenantry::domain::record::Record| {
                row.iter().any(|(name, value)| *name == field && *value == tenantry::domain::record::Value::Missing)
            };
            let first = rows.iter().position(missing).unwrap_or(rows.len());
            found += rows.len() - first;
            assert!(rows[first..].iter().all(missing), "{} is in between", choice.id);
        }
    }
    assert!(found > 0, "the sample has nothing missing");
}
