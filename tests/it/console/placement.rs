//! The second tab of screen 4 as a person sees it and moves on it: findings, the matrix, and what stands there before an answer.

use jiff::Timestamp;
use tenantry::action::Action;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link};
use tenantry::domain::placement::{CrossingKey, PlacedTable, PlacementFacts, TableColumns};
use tenantry::domain::question::{Answer, Question};
use tenantry::domain::registry::{Registry, RegistryDialect};
use tenantry::domain::roles::Policy;
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::capacity::CapacityScreen;

use super::{SIZES, Stage, keep, lines, picture, sample};

const DB: DatabaseId = DatabaseId(0);
const TENANTS: u32 = 240;

fn name(at: u32) -> String {
    format!("tenant{at:03}")
}

/// A fleet of tenants and `public`, connected and read.
fn fleet() -> Fleet {
    let mut fleet = Fleet::new([("eu-1".to_owned(), Policy::default())]);
    let tenants = (0..TENANTS).map(|at| sample::schema(100 + at, &name(at)));
    fleet.apply(FleetEvent::Names(DB, tenants.chain([sample::schema(1, "public")]).collect()));
    let registry = Registry {
        dialect: RegistryDialect::DjangoTenants,
        source: "public.client".into(),
        tenants: (0..TENANTS).map(|at| sample::tenant(at as usize, &name(at), &name(at))).collect(),
        lost_domains: Vec::new(),
    };
    fleet.apply(FleetEvent::Registry(DB, Ok(registry)));
    fleet.apply(FleetEvent::Link(DB, Link::Up { round_trip_us: 900 }));
    fleet.apply(FleetEvent::Refreshed(DB, sample::ago(60), 900));
    fleet
}

/// Tables by the range of tenants that have them, and whether `public` has them.
fn facts(tables: &[(&str, std::ops::Range<u32>, bool)]) -> PlacementFacts {
    let mut facts = PlacementFacts { as_of: sample::ago(40), ..PlacementFacts::default() };
    for (table, tenants, is_shared) in tables {
        let shared = is_shared.then_some(1);
        let set: Vec<u32> = shared.into_iter().chain(tenants.clone().map(|at| 100 + at)).collect();
        let at = facts.sets.iter().position(|other| *other == set).unwrap_or_else(|| {
            facts.sets.push(set);
            facts.sets.len() - 1
        });
        facts.tables.push(PlacedTable { name: (*table).to_owned(), set: at });
    }
    let columns = ["session_key", "session_data"].map(str::to_owned).to_vec();
    facts.columns.push(TableColumns { schema: 1, table: "django_session".into(), columns });
    facts
}

/// A fleet with one of each.
fn bad() -> PlacementFacts {
    let mut facts = facts(&[
        ("auth_user", 0..240, false),
        ("crm_customer", 0..240, false),
        ("crm_order", 0..238, false),
        ("customers_client", 0..0, true),
        ("customers_plan", 0..0, true),
        ("django_content_type", 0..240, true),
        ("django_migrations", 0..240, true),
        ("django_session", 0..0, true),
        ("reporting_daily_summary_of_everything_that_happened_in_a_year", 0..240, false),
        ("work_module", 0..120, false),
        ("x_hotfix\u{1b}[31m_\u{202e}evil", 7..8, false),
    ]);
    let key = |table: &str, target: &str, into, from| CrossingKey { table: table.into(), target: target.into(), into, from };
    facts.keys = vec![
        key("crm_customer", "customers_plan", 1, (100..340).collect()),
        key("crm_order", "crm_customer", 104, vec![105, 109]),
    ];
    facts
}

fn good() -> PlacementFacts {
    facts(&[("auth_user", 0..240, false), ("django_session", 0..240, true), ("customers_client", 0..0, true)])
}

/// The tab, opened; what was asked is answered with this.
fn opened(stage: &Stage, answer: Option<Result<PlacementFacts, Fault>>) -> CapacityScreen {
    let mut screen = CapacityScreen::default();
    screen.facts_changed(&stage.context());
    let reply = screen.act(Action::NextTab, &stage.context());
    if let Some(answer) = answer {
        assert_eq!(reply, Reply::Ask(DB, Question::Placement));
        screen.take(DB, answer.map(Answer::Placement));
        screen.facts_changed(&stage.context());
    }
    screen
}

fn draw(stage: &Stage, screen: &CapacityScreen) -> ratatui::buffer::Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn chosen(stage: &Stage, screen: &CapacityScreen) -> String {
    lines(&draw(stage, screen)).into_iter().find(|line| line.starts_with(" ›")).unwrap_or_default()
}

#[test]
fn pictures() {
    let refused = || Fault::new(FaultKind::Privilege, "permission denied for table pg_class").hint("Ask the administrator.");
    let mut down = fleet();
    let since: Timestamp = sample::ago(10);
    let fault = Fault::new(FaultKind::Unreachable, "connection refused");
    down.apply(FleetEvent::Link(DB, Link::Down { since, fault, retry_at: None }));
    let all = [
        ("bad", fleet(), Some(Ok(bad()))),
        ("good", fleet(), Some(Ok(good()))),
        ("empty", fleet(), Some(Ok(PlacementFacts::default()))),
        ("failed", fleet(), Some(Err(refused()))),
        ("reading", fleet(), None),
        ("down", down, None),
    ];
    for (state, fleet, answer) in all {
        for size in &SIZES[..3] {
            let stage = Stage::new(fleet.clone(), *size);
            let screen = opened(&stage, answer.clone());
            let text = format!("{}\n{}", picture(&draw(&stage, &screen)), screen.status(&stage.context()));
            keep(&format!("placement-{state}"), *size, &text);
        }
    }
    let mut stage = Stage::new(fleet(), SIZES[1]);
    stage.glyphs = Glyphs::ascii();
    let drawn = lines(&draw(&stage, &opened(&stage, Some(Ok(bad())))));
    assert!(drawn.iter().all(|line| line.is_ascii()), "{drawn:?}");
}

#[test]
fn every_line_is_reached_and_explains_itself() {
    let stage = Stage::new(fleet(), SIZES[1]);
    let mut screen = opened(&stage, Some(Ok(bad())));
    let mut told = Vec::new();
    for _ in 0..40 {
        let Reply::Explain(title, lines) = screen.act(Action::Open, &stage.context()) else { panic!("no explanation") };
        told.push((title, lines));
        assert_eq!(screen.act(Action::Down, &stage.context()), Reply::Done);
    }
    told.dedup();
    assert_eq!(told.len(), 8 + 11, "{:?}", told.iter().map(|(title, _)| title).collect::<Vec<_>>());
    let (title, lines) = &told[0];
    assert_eq!(title, "sessions leak across tenants");
    assert!(
        lines.iter().any(|line| line.starts_with("What to do: ")) && lines.contains(&"  tenant000".to_owned()),
        "{lines:?}"
    );
    assert!(lines.contains(&"  and 140 more".to_owned()), "a hundred are listed: {lines:?}");
    let of = |table: &str| &told.iter().find(|(title, _)| title == table).unwrap_or_else(|| panic!("{table}")).1;
    assert!(of("crm_order").ends_with(&["  tenant238".to_owned(), "  tenant239".to_owned()]), "{:?}", of("crm_order"));
    assert!(of("customers_plan").contains(&"Shared schemas that have it: public".to_owned()));
    for _ in 0..40 {
        screen.act(Action::Up, &stage.context());
    }
    assert!(chosen(&stage, &screen).contains("danger"), "{}", chosen(&stage, &screen));
}

#[test]
fn the_cursor_stays_on_its_table_when_another_answer_comes() {
    let mut stage = Stage::new(fleet(), SIZES[1]);
    let mut screen = opened(&stage, Some(Ok(bad())));
    while !chosen(&stage, &screen).contains("customers_plan") {
        assert_eq!(screen.act(Action::Down, &stage.context()), Reply::Done);
    }
    assert_eq!(screen.copied(&stage.context()), Some(tenantry::observer::identifier(&["customers_plan"])));
    let mut more = bad();
    more.as_of = sample::ago(5);
    more.tables.insert(0, PlacedTable { name: "aaa".into(), set: more.tables[3].set });
    screen.take(DB, Ok(Answer::Placement(more)));
    screen.facts_changed(&stage.context());
    assert!(chosen(&stage, &screen).contains("customers_plan"));
    // What could not be read again leaves what is known.
    screen.take(DB, Err(Fault::new(FaultKind::Busy, "statement timeout")));
    screen.facts_changed(&stage.context());
    assert!(chosen(&stage, &screen).contains("customers_plan"));
    assert_eq!(screen.status(&stage.context()), "not read again: statement timeout");
    // A refresh asks again, once.
    assert_eq!(screen.asks(&stage.context()), None);
    stage.fleet.apply(FleetEvent::Refreshed(DB, sample::now(), 900));
    assert_eq!(screen.asks(&stage.context()), Some(DB));
    assert_eq!(screen.asks(&stage.context()), None);
}

#[test]
fn n_goes_round_what_stands_out_and_rows_are_written_raw() {
    let stage = Stage::new(fleet(), SIZES[1]);
    let mut screen = opened(&stage, Some(Ok(bad())));
    let mut seen = vec![chosen(&stage, &screen)];
    while screen.act(Action::NextMatch, &stage.context()) == Reply::Done {
        seen.push(chosen(&stage, &screen));
    }
    let is_odd = |line: &&String| ["danger", "warn", "some tenants"].iter().any(|word| line.contains(word));
    assert_eq!(seen.iter().filter(is_odd).count(), seen.len(), "{seen:#?}");
    assert!(seen.len() >= 7, "{seen:#?}");
    let rows = screen.shown_rows(&stage.context());
    assert_eq!(rows.len(), 11);
    assert!(format!("{rows:?}").contains("x_hotfix\\u{1b}[31m"), "raw: {rows:?}");
    assert_eq!(screen.verb(), "placement");
}

#[test]
fn a_filter_shows_what_holds_its_text_and_the_cursor_stays_on_its_line() {
    let stage = Stage::new(fleet(), SIZES[1]);
    let mut screen = opened(&stage, Some(Ok(bad())));
    assert!(screen.is_list());
    while !chosen(&stage, &screen).contains("customers_plan") {
        assert_eq!(screen.act(Action::Down, &stage.context()), Reply::Done);
    }
    screen.set_filter(" CUSTOMER ", &stage.context());
    let drawn = lines(&draw(&stage, &screen)).join("\n");
    assert!(drawn.contains("3 of 11 match CUSTOMER"), "{drawn}");
    assert!(chosen(&stage, &screen).contains("customers_plan"), "{drawn}");
    assert!(!drawn.contains("work_module") && drawn.contains("crm_customer"), "{drawn}");
    assert_eq!(screen.shown_rows(&stage.context()).len(), 3);
    // Tenants that stand out are found by their names, places by their words.
    screen.set_filter("tenant238", &stage.context());
    assert_eq!(screen.shown_rows(&stage.context()).len(), 1);
    screen.set_filter("some tenants", &stage.context());
    assert_eq!(screen.shown_rows(&stage.context()).len(), 3);
    screen.set_filter("no such thing", &stage.context());
    assert!(lines(&draw(&stage, &screen)).join("\n").contains("nothing matches no such thing"));
    assert_eq!(screen.status(&stage.context()), "nothing matches  no such thing");
    for action in [Action::Down, Action::Up, Action::Open, Action::Bottom] {
        assert_eq!(screen.act(action, &stage.context()), Reply::Done);
    }
    assert_eq!(screen.act(Action::NextMatch, &stage.context()), Reply::Say("nothing stands out".to_owned()));
    screen.set_filter("", &stage.context());
    assert_eq!(screen.shown_rows(&stage.context()).len(), 11);
    assert!(chosen(&stage, &screen).contains("customers_plan"), "{}", chosen(&stage, &screen));
    // The other tab is no list.
    screen.act(Action::NextTab, &stage.context());
    assert!(!screen.is_list() && screen.filter().is_empty());
}

#[test]
fn a_database_that_is_down_says_what_was_not_read_and_how_to_retry() {
    let mut down = fleet();
    let fault = Fault::new(FaultKind::Unreachable, "connection refused");
    down.apply(FleetEvent::Link(DB, Link::Down { since: sample::ago(10), fault, retry_at: None }));
    let stage = Stage::new(down, SIZES[1]);
    let drawn = lines(&draw(&stage, &opened(&stage, None))).join("\n");
    for words in ["eu-1 is down: connection refused", "was not read before", "r tries"] {
        assert!(drawn.contains(words), "{words}: {drawn}");
    }
}
