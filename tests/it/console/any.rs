//! Any keys on any fleet in any size: no screen falls, the chosen row is always in view, and what is chosen is really there.

use proptest::prelude::*;
use tenantry::action::{Action, REGISTRY};
use tenantry::domain::fleet::DatabaseId;
use tenantry::domain::placement::{PlacedTable, PlacementFacts};
use tenantry::domain::question::{Answer, Question};
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::activity::ActivityScreen;
use tenantry::tui::screens::capacity::CapacityScreen;
use tenantry::tui::screens::compare::CompareScreen;
use tenantry::tui::screens::drift::DriftScreen;
use tenantry::tui::screens::fleet::FleetScreen;
use tenantry::tui::screens::schema::SchemaScreen;
use tenantry::tui::screens::tenants::TenantsScreen;

use super::{Stage, drifted, lines, sample};

#[derive(Debug, Clone)]
enum Step {
    Act(Action),
    Filter(&'static str),
    Sort(usize),
    Facts(usize),
    Resize(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    let filters = ["", "state:odd", "a", "size>10MB", "db:eu-2", "zzz", "role:system"];
    prop_oneof![
        8 => (0..REGISTRY.len()).prop_map(|at| Step::Act(REGISTRY[at].action)),
        1 => proptest::sample::select(filters.to_vec()).prop_map(Step::Filter),
        1 => (0_usize..14).prop_map(Step::Sort),
        1 => (0_usize..6).prop_map(Step::Facts),
        1 => (1_u16..200, 1_u16..60).prop_map(|(width, height)| Step::Resize(width, height)),
    ]
}

/// All but the huge one, which would take its time.
fn fleet(at: usize) -> tenantry::domain::fleet::Fleet {
    match at {
        0 => sample::empty(),
        1 => sample::connecting(),
        2 => sample::loading(),
        3 => sample::partial(),
        4 => sample::stale(),
        _ => sample::hostile(),
    }
}

#[test]
fn the_oddest_sizes() {
    for (width, height) in [(1, 1), (2, 1), (200, 1), (200, 2), (200, 3), (1, 50), (5, 5), (119, 17), (500, 200)] {
        let stage = Stage::new(sample::full(), (width, height));
        let mut list = TenantsScreen::default();
        list.facts_changed(&stage.context());
        list.act(Action::Bottom, &stage.context());
        let drifted = Stage::new(drifted::full(), (width, height));
        let mut drift = DriftScreen::default();
        drift.facts_changed(&drifted.context());
        for action in [Action::Down, Action::Bottom, Action::NextTab, Action::Bottom, Action::NextMatch] {
            drift.act(action, &drifted.context());
            drifted.draw(|context, look, frame, area| drift.view(context, look, frame, area));
            if let Reply::Compare(subject) = drift.act(Action::Open, &drifted.context()) {
                let mut compared = CompareScreen::new(subject);
                compared.facts_changed(&drifted.context());
                for action in [Action::Down, Action::Bottom, Action::NextMatch, Action::HalfUp, Action::PrevMatch] {
                    compared.act(action, &drifted.context());
                    drifted.draw(|context, look, frame, area| compared.view(context, look, frame, area));
                }
            }
        }
        let mut schema = SchemaScreen::new(DatabaseId(0), "acme");
        schema.take(Ok(sample::detail(40)));
        for _ in 0..4 {
            schema.act(Action::NextTab, &stage.context());
            schema.act(Action::Bottom, &stage.context());
            stage.draw(|context, look, frame, area| schema.view(context, look, frame, area));
        }
        for _ in 0..2 {
            stage.draw(|context, look, frame, area| list.view(context, look, frame, area));
            list.act(Action::Wide, &stage.context());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn tenants(steps in proptest::collection::vec(step(), 1..60)) {
        let mut stage = Stage::new(sample::full(), (80, 18));
        let mut screen = TenantsScreen::default();
        screen.facts_changed(&stage.context());
        for step in steps {
            match step {
                Step::Act(action) => match screen.act(action, &stage.context()) {
                    Reply::SetMarks(marks) => stage.marks = marks,
                    Reply::OpenSchema(id, name) => {
                        let database = stage.fleet.database(id).expect("a database");
                        prop_assert!(database.schemas.iter().any(|schema| schema.name == name));
                    }
                    _ => {}
                },
                Step::Filter(text) => screen.set_filter(text, &stage.context()).expect("a filter"),
                Step::Sort(at) => {
                    if let Some(choice) = screen.sort_choices().get(at) {
                        screen.set_sort(choice.id, &stage.context());
                    }
                }
                Step::Facts(at) => {
                    stage.fleet = fleet(at);
                    screen.facts_changed(&stage.context());
                }
                Step::Resize(width, height) => {
                    stage.size = (width, height);
                    screen.facts_changed(&stage.context());
                }
            }
            let buffer = stage.draw(|context, look, frame, area| screen.view(context, look, frame, area));
            let chosen = lines(&buffer).iter().skip(1).filter(|line| line.chars().nth(1) == Some('›')).count();
            let expected = usize::from(screen.selected().is_some() && stage.size.1 > 1 && stage.size.0 > 1);
            prop_assert_eq!(chosen, expected, "{:?}", lines(&buffer));
        }
    }

    #[test]
    fn the_fleet_and_a_schema(steps in proptest::collection::vec(step(), 1..40)) {
        let mut stage = Stage::new(sample::full(), (80, 18));
        let mut fleet_screen = FleetScreen::default();
        let mut schema = SchemaScreen::new(DatabaseId(0), "acme");
        schema.take(Ok(sample::detail(40)));
        for step in steps {
            match step {
                Step::Act(action) => {
                    if let Reply::ShowTenants(filter) = fleet_screen.act(action, &stage.context()) {
                        prop_assert!(tenantry::domain::filter::Filter::parse(&filter).is_ok(), "{}", filter);
                    }
                    schema.act(action, &stage.context());
                }
                Step::Filter(text) => schema.set_filter(text, &stage.context()),
                Step::Sort(at) => {
                    if let Some(choice) = schema.sort_choices().get(at) {
                        schema.set_sort(choice.id, &stage.context());
                    }
                }
                Step::Facts(at) => stage.fleet = fleet(at),
                Step::Resize(width, height) => stage.size = (width, height),
            }
            fleet_screen.facts_changed(&stage.context());
            schema.facts_changed(&stage.context());
            stage.draw(|context, look, frame, area| fleet_screen.view(context, look, frame, area));
            stage.draw(|context, look, frame, area| schema.view(context, look, frame, area));
        }
    }

    #[test]
    fn capacity_placement_and_activity(steps in proptest::collection::vec(step(), 1..40)) {
        let mut stage = Stage::new(sample::partial(), (80, 18));
        let mut screen = CapacityScreen::default();
        let mut activity = ActivityScreen::default();
        screen.facts_changed(&stage.context());
        for step in steps {
            match step {
                Step::Act(action) => {
                    activity.act(action, &stage.context());
                    match screen.act(action, &stage.context()) {
                        Reply::Ask(id, Question::Placement) => screen.take(id, Ok(Answer::Placement(placed(&stage.fleet)))),
                        Reply::Ask(id, _) | Reply::OpenSchema(id, _) => prop_assert!(stage.fleet.database(id).is_some()),
                        _ => {}
                    }
                }
                Step::Filter(text) => {
                    screen.set_filter(text, &stage.context());
                    activity.set_filter(text, &stage.context());
                }
                Step::Sort(at) => {
                    let _was_there = screen.click((at as u16, at as u16), &stage.context());
                }
                Step::Facts(at) => stage.fleet = fleet(at),
                Step::Resize(width, height) => stage.size = (width, height),
            }
            screen.facts_changed(&stage.context());
            activity.facts_changed(&stage.context());
            stage.draw(|context, look, frame, area| activity.view(context, look, frame, area));
            let buffer = stage.draw(|context, look, frame, area| screen.view(context, look, frame, area));
            let _told = (screen.status(&stage.context()), screen.options(&stage.context()), screen.copied(&stage.context()));
            screen.shown_rows(&stage.context());
            // The first line is that of the tabs.
            let chosen = lines(&buffer).iter().skip(1).filter(|line| line.chars().nth(1) == Some('›')).count();
            prop_assert!(chosen <= 1, "{:?}", lines(&buffer));
            if !screen.is_list() && stage.size.0 > 30 && stage.size.1 > 3 {
                prop_assert_eq!(chosen, 1, "{:?}", lines(&buffer));
            }
        }
    }
}

/// Some tables in the schemas of the first database.
fn placed(fleet: &tenantry::domain::fleet::Fleet) -> PlacementFacts {
    let all: Vec<u32> =
        fleet.databases.iter().flat_map(|database| database.schemas.iter().map(|schema| schema.oid)).collect();
    let half = all.iter().copied().step_by(2).collect();
    let table = |name: &str, set| PlacedTable { name: name.to_owned(), set };
    PlacementFacts {
        as_of: sample::ago(40),
        tables: vec![table("auth_user", 0), table("crm_order", 1), table("esc\u{1b}[31m", 1), table("nobodys", 2)],
        sets: vec![all, half, Vec::new()],
        ..PlacementFacts::default()
    }
}
