//! Screen 2 as a person sees it.

use super::{SIZES, Stage, keep, picture, sample};
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
    for (name, fleet) in sample::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            keep(&format!("tenants-{name}"), size, &shot(&stage, |_| ()));
        }
    }
}
