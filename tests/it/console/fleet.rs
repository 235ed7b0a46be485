//! Screen 1 as a person sees it.

use tenantry::tui::screens::fleet::FleetScreen;

use super::{SIZES, Stage, keep, picture, sample};

#[test]
fn pictures() {
    for (name, fleet) in sample::all() {
        for size in SIZES {
            let stage = Stage::new(fleet.clone(), size);
            let mut screen = FleetScreen::default();
            screen.facts_changed(&stage.context());
            let buffer = stage.draw(|context, look, frame, area| screen.view(context, look, frame, area));
            let shot = format!("{}\n{}", picture(&buffer), screen.status(&stage.context()));
            keep(&format!("fleet-{name}"), size, &shot);
        }
    }
}
