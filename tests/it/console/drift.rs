//! Screen 3 and the view of differences as a person sees them and moves on them.

use tenantry::action::Action;
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
