//! An opened schema as a person sees it.

use tenantry::action::Action;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::DatabaseId;
use tenantry::tui::screens::schema::SchemaScreen;

use super::{SIZES, Stage, keep, picture, sample};

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
            for tab in ["overview", "tables", "ledger"] {
                keep(&format!("schema-{name}-{tab}"), *size, &shot(&stage, &mut screen));
                screen.act(Action::NextTab, &stage.context());
            }
        }
    }
}
