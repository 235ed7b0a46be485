//! Screen 2 as a person sees it.

use super::{Stage, keep, picture, sample};
use tenantry::tui::screens::tenants::TenantsScreen;

fn shot(stage: &Stage, prepare: impl Fn(&mut TenantsScreen)) -> String {
    let mut screen = TenantsScreen::default();
    screen.facts_changed(&stage.context());
    prepare(&mut screen);
    let buffer = stage.draw(|context, look, frame, area| screen.view(context, look, frame, area));
    format!("{}\n{}", picture(&buffer), screen.status(&stage.context()))
}

#[test]
fn pictures() {
    let fleets = [
        ("empty", sample::empty()),
        ("connecting", sample::connecting()),
        ("loading", sample::loading()),
        ("full", sample::full()),
        ("stale", sample::stale()),
        ("partial", sample::partial()),
        ("failed", sample::failed()),
        ("huge", sample::huge()),
        ("hostile", sample::hostile()),
    ];
    for (name, fleet) in fleets {
        for size in [(60, 10), (80, 18), (120, 34), (160, 44)] {
            let stage = Stage::new(fleet.clone(), size);
            keep(&format!("tenants-{name}"), size, &shot(&stage, |_| ()));
        }
    }
}
