//! Key scripts: what a person presses, and what the model is then.

mod palette;

use super::*;
use crate::action::Keymap;
use crate::domain::catalog::SchemaFacts;
use crate::domain::fault::FaultKind;
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link};
use crate::domain::registry::{Registry, RegistryDialect, Tenant};
use crate::domain::roles::Policy;
use crate::tui::model::Title;

fn schema(oid: u32, name: &str) -> SchemaFacts {
    SchemaFacts::named(oid, name, "app")
}

/// A console on two databases; `eu` has three schemas, `us` two, of which one has the same name.
fn console() -> Model {
    let fleet = Fleet::new(["eu", "us"].map(|label| (label.to_owned(), Policy::default())));
    let title = Title { environment: "prod".into(), reach: vec!["-e".into(), "prod".into()], ..Title::default() };
    let mut model = Model::new(title, fleet, Keymap::default(), "terminal".into());
    model.themes = ["terminal", "nord", "mono"].map(str::to_owned).to_vec();
    let eu = vec![schema(1, "acme"), schema(2, "bolt"), schema(3, "Größe \"1\"")];
    let us = vec![schema(1, "acme"), schema(2, "delta")];
    let up = Link::Up { round_trip_us: 900 };
    let facts = vec![
        FleetEvent::Link(DatabaseId(0), up.clone()),
        FleetEvent::Link(DatabaseId(1), up),
        FleetEvent::Names(DatabaseId(0), eu),
        FleetEvent::Names(DatabaseId(1), us),
    ];
    assert_eq!(update(&mut model, Msg::Facts(facts)), []);
    model
}

/// Types a script of keys, parted by blanks, and gives all effects.
fn typed(model: &mut Model, script: &str) -> Vec<Effect> {
    // No action can have ctrl-c, so the notation refuses it.
    let key = |text| if text == "ctrl-c" { Key::ctrl('c') } else { Key::parse(text).unwrap() };
    script.split(' ').flat_map(|text| update(model, Msg::Key(key(text)))).collect()
}

/// A line as the keys that type it.
fn spelled(line: &str) -> String {
    line.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() }).collect::<Vec<_>>().join(" ")
}

fn command(model: &mut Model, line: &str) -> Vec<Effect> {
    typed(model, &format!(": {} enter", spelled(line)))
}

#[test]
fn esc_never_quits_and_q_quits_only_on_the_first_screen() {
    let mut model = console();
    assert_eq!(typed(&mut model, "esc esc 2 esc esc esc"), []);
    assert_eq!(model.view, View::Fleet);
    assert_eq!(typed(&mut model, "2 q"), []);
    assert_eq!(model.view, View::Fleet);
    assert_eq!(typed(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn ctrl_c_cancels_what_is_open_and_twice_in_a_row_quits() {
    let mut model = console();
    assert_eq!(typed(&mut model, "2 / b ctrl-c"), []);
    assert_eq!((model.overlays.len(), model.tenants_screen.filter()), (0, ""));
    assert_eq!(typed(&mut model, "ctrl-c j ctrl-c"), []);
    assert_eq!(typed(&mut model, "ctrl-c"), [Effect::Quit]);
}

#[test]
fn a_filter_follows_while_typing_and_esc_restores_what_was() {
    let mut model = console();
    typed(&mut model, "2 / b o");
    assert_eq!(model.tenants_screen.filter(), "bo");
    typed(&mut model, "enter / x");
    assert_eq!(model.tenants_screen.filter(), "box");
    typed(&mut model, "esc");
    assert_eq!(model.tenants_screen.filter(), "bo");
    assert_eq!(model.filters, ["bo"]);
    typed(&mut model, "esc");
    assert_eq!((model.tenants_screen.filter(), model.view), ("", View::Tenants));
}

#[test]
fn a_filter_that_is_not_understood_keeps_the_list_and_the_prompt() {
    let mut model = console();
    typed(&mut model, &format!("2 / {}", spelled("state:orphan")));
    typed(&mut model, "s enter");
    assert_eq!(model.tenants_screen.filter(), "state:orphan");
    assert!(matches!(model.overlays.as_slice(), [Overlay::Filter(_)]));
}

#[test]
fn a_key_that_does_nothing_here_says_where_it_does() {
    let mut model = console();
    for (keys, says) in [
        ("C", "clone is on screen 2 or in an opened schema"),
        ("M", "migrate is on screens 2 and 3 or in an opened schema"),
        ("K", "stop is on screen 5 or in an opened run; cancel is on screen 6"),
        ("R", "retry failed is on screen 5 or in an opened run"),
        ("e", "export is on other screens"),
        ("6 C", "clone is on screen 2 or in an opened schema"),
        ("3 space", "mark is on screen 2"),
    ] {
        typed(&mut model, &format!("1 {keys}"));
        assert_eq!(model.overlays, [], "{keys}");
        assert_eq!(model.notice.as_ref().map(|notice| notice.text.as_str()), Some(says), "{keys}");
    }
    for keys in ["h", "z"] {
        typed(&mut model, &format!("1 {keys}"));
        let said = model.notice.as_ref().map(|notice| notice.text.clone());
        assert_eq!(said, None, "{keys}");
    }
}

#[test]
fn an_answer_for_another_schema_is_dropped() {
    let mut model = console();
    command(&mut model, "open bolt");
    let fault = Fault::new(FaultKind::Gone, "it is gone");
    for (name, kept) in [("acme", true), ("bolt", false)] {
        let before = model.clone();
        let detail = Box::new(Err(fault.clone()));
        update(&mut model, Msg::Schema { database: DatabaseId(0), name: name.into(), detail });
        assert_eq!(model == before, kept, "{name}");
    }
}

#[test]
fn refreshing_an_opened_schema_reads_it_too() {
    let mut model = console();
    command(&mut model, "open bolt");
    assert_eq!(
        typed(&mut model, "r"),
        [Effect::OpenSchema(DatabaseId(0), "bolt".into()), Effect::Refresh { which: Some(DatabaseId(0)), full: false }]
    );
}

#[test]
fn a_schema_that_could_not_be_read_is_read_when_its_database_is_back() {
    let mut model = console();
    command(&mut model, "open bolt");
    let fault = Fault::new(FaultKind::Unreachable, "connection refused");
    let down = Link::Down { since: jiff::Timestamp::UNIX_EPOCH, fault: fault.clone(), retry_at: None };
    update(&mut model, Msg::Facts(vec![FleetEvent::Link(DatabaseId(0), down)]));
    update(&mut model, Msg::Schema { database: DatabaseId(0), name: "bolt".into(), detail: Box::new(Err(fault)) });
    let read = |id| Msg::Facts(vec![FleetEvent::Refreshed(DatabaseId(id), jiff::Timestamp::UNIX_EPOCH, 3)]);
    assert_eq!(update(&mut model, read(1)), [], "another database");
    update(&mut model, Msg::Facts(vec![FleetEvent::Link(DatabaseId(0), Link::Up { round_trip_us: 9 })]));
    assert_eq!(update(&mut model, read(0)), [Effect::OpenSchema(DatabaseId(0), "bolt".into())]);
}

#[test]
fn reading_again_is_said_until_it_is_read() {
    let mut model = console();
    typed(&mut model, "r");
    let said = |model: &Model| model.notice.as_ref().map(|notice| notice.text.clone());
    assert_eq!(said(&model).as_deref(), Some("reading again"));
    update(&mut model, Msg::Facts(vec![FleetEvent::Refreshed(DatabaseId(0), jiff::Timestamp::UNIX_EPOCH, 3)]));
    assert_eq!(said(&model), None);
}

#[test]
fn psql_is_not_offered_on_a_schema_that_is_gone() {
    let mut model = console();
    command(&mut model, "open bolt");
    update(&mut model, Msg::Facts(vec![FleetEvent::Names(DatabaseId(0), vec![schema(1, "acme")])]));
    assert_eq!(typed(&mut model, "S"), []);
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text == "there is no schema bolt any more"));
}

#[test]
fn copies_are_exact_identifiers_and_runnable_commands() {
    let mut model = console();
    command(&mut model, "open Größe \"1\"");
    assert_eq!(typed(&mut model, "y"), [Effect::Copy("\"Größe \"\"1\"\"\"".into())]);
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry show -e prod 'eu/Größe \"1\"'".into())]);
    let mut model = console();
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry tenants -e prod".into())]);
    command(&mut model, "tenants state:orphan db:eu");
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry schemas -e prod --filter 'state:orphan db:eu'".into())]);
    // A list of tenants alone is one of `tenants`, which knows those without schema too.
    let lost = Tenant { schema: "lost".into(), ..Tenant::default() };
    let registry =
        Registry { dialect: RegistryDialect::Query, source: String::new(), tenants: vec![lost], lost_domains: Vec::new() };
    update(&mut model, Msg::Facts(vec![FleetEvent::Registry(DatabaseId(0), Ok(registry))]));
    command(&mut model, "filter state:no-schema");
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry tenants -e prod --filter state:no-schema".into())]);
    model.title.reach = vec!["-d".into(), "host=db1 user=it's".into()];
    assert_eq!(typed(&mut model, "1 Y"), [Effect::Copy("tenantry tenants -d 'host=db1 user=it'\\''s'".into())]);
}

#[test]
fn psql_opens_on_the_schema_and_not_on_a_database_that_is_down() {
    let mut model = console();
    command(&mut model, "open bolt");
    assert_eq!(typed(&mut model, "S"), [Effect::Psql(DatabaseId(0), "bolt".into())]);
    let fault = Fault::new(FaultKind::Unreachable, "connection refused");
    let down = Link::Down { since: model.now, fault, retry_at: None };
    update(&mut model, Msg::Facts(vec![FleetEvent::Link(DatabaseId(0), down)]));
    assert_eq!(typed(&mut model, "S"), []);
    assert!(model.notice.as_ref().unwrap().text.contains("eu is down: connection refused"));
}

#[test]
fn a_theme_is_seen_at_once_and_esc_restores_it() {
    let mut model = console();
    typed(&mut model, "t j");
    assert_eq!(model.theme, "nord");
    typed(&mut model, "j");
    assert_eq!(model.theme, "mono");
    typed(&mut model, "esc");
    assert_eq!((model.theme.as_str(), model.overlays.len()), ("terminal", 0));
    typed(&mut model, "t j enter");
    assert_eq!(model.theme, "nord");
    let fault = Fault::new(FaultKind::Local, "nord.toml line 3");
    update(&mut model, Msg::ThemeFailed { kept: "terminal".into(), fault });
    assert_eq!(model.theme, "terminal");
    assert!(model.notice.is_some());
}

#[test]
fn the_action_menu_does_what_it_offers_and_refuses_with_the_reason() {
    let mut model = console();
    assert_eq!(typed(&mut model, "x r"), [Effect::Refresh { which: None, full: false }]);
    assert!(model.overlays.is_empty());
    typed(&mut model, "x ?");
    assert!(matches!(model.overlays.as_slice(), [Overlay::Help(_)]));
    typed(&mut model, "esc x esc");
    assert!(model.overlays.is_empty());
}

#[test]
fn the_help_is_searched_by_a_slash() {
    let mut model = console();
    typed(&mut model, "? / c o p y");
    let [Overlay::Help(_)] = model.overlays.as_slice() else { panic!("{:?}", model.overlays) };
    typed(&mut model, "enter esc");
    assert!(matches!(model.overlays.as_slice(), [Overlay::Help(_)]), "the first esc clears the search");
    typed(&mut model, "q");
    assert!(model.overlays.is_empty() && model.view == View::Fleet);
}

#[test]
fn keys_of_other_screens_do_nothing_and_are_no_effect() {
    let mut model = console();
    let before = model.clone();
    assert_eq!(typed(&mut model, "v * u @ F7 alt-x"), []);
    assert_eq!(model, before);
}

#[test]
fn what_needs_a_list_is_refused_where_there_is_none() {
    let mut model = console();
    command(&mut model, "open bolt");
    for key in ["/", "s", "e"] {
        assert_eq!(typed(&mut model, key), []);
        assert!(model.overlays.is_empty(), "{key}");
        assert!(model.notice.as_ref().unwrap().text.contains("not a list"), "{key}");
    }
}

#[test]
fn changed_keys_hold_everywhere() {
    let mut model = console();
    let changed = [("refresh".to_owned(), vec!["F5".to_owned()])].into();
    model.keymap = Keymap::with(&changed).0;
    assert_eq!(typed(&mut model, "r"), []);
    assert_eq!(typed(&mut model, "F5"), [Effect::Refresh { which: None, full: false }]);
}

#[test]
fn pausing_is_told_and_undone() {
    let mut model = console();
    assert_eq!(typed(&mut model, "p"), [Effect::Pause(true)]);
    assert_eq!(typed(&mut model, "p"), [Effect::Pause(false)]);
}

#[test]
fn suspend_and_redraw_work_above_a_prompt_too() {
    let mut model = console();
    assert_eq!(typed(&mut model, ": ctrl-z ctrl-l"), [Effect::Suspend, Effect::Redraw]);
    assert_eq!(model.overlays.len(), 1);
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_a_yes() {
    for (answer, replaced) in [("y", true), ("n", false), ("enter", false), ("esc", false)] {
        let mut model = console();
        command(&mut model, "tenants acme");
        update(&mut model, Msg::FileExists("rows.csv".into()));
        let effects = typed(&mut model, answer);
        let asked = effects.iter().any(|effect| matches!(effect, Effect::Export(export) if export.overwrite));
        assert_eq!((asked, model.overlays.len()), (replaced && !model.shown_rows().is_empty(), 0), "{answer}");
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_its_name_to_be_mended() {
    let mut model = console();
    command(&mut model, "tenants acme");
    update(&mut model, Msg::NotExported { path: "no/rows.csv".into(), rows: 2, why: "there is no folder no".into() });
    let effects = typed(&mut model, "home delete delete delete enter");
    let [Effect::Export(export)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((export.path.to_str(), export.overwrite), (Some("rows.csv"), false));
}

#[test]
fn a_click_chooses_a_row_and_a_second_one_opens_it() {
    let mut model = console();
    typed(&mut model, "2");
    let click = |model: &mut Model, row| update(model, Msg::Mouse(Mouse::Press(10, row)));
    assert_eq!(click(&mut model, 6), []);
    assert_eq!(model.tenants_screen.selected().map(|path| path.schema), Some("bolt".to_owned()));
    for beside in [0, 2, 3, 20, 23] {
        assert_eq!(click(&mut model, beside), [], "row {beside}");
    }
    assert_eq!(click(&mut model, 6), [Effect::OpenSchema(DatabaseId(0), "bolt".into())]);
    typed(&mut model, "esc 1");
    assert_eq!((click(&mut model, 5), model.view), (Vec::new(), View::Fleet));
    click(&mut model, 5);
    assert_eq!((model.view, model.tenants_screen.filter()), (View::Tenants, "db:us"));
}

proptest::proptest! {
    #[test]
    fn no_script_of_keys_brings_the_model_down(keys in proptest::collection::vec(0_usize..64, 0..80)) {
        const KEYS: &str = "j k g G ctrl-d ctrl-u pagedown pageup h l enter esc 1 2 3 d m 4 6 + - tab backtab / n N : ? space v * u s r p S e y Y x w t \
            ctrl-l ctrl-z q a o % \" > backspace delete left right home end up down ctrl-w ctrl-k é 日 F5 alt-x ctrl-c";
        let keys_known: Vec<&str> = KEYS.split_whitespace().collect();
        let mut model = console();
        for key in keys {
            update(&mut model, Msg::Key(Key::parse(keys_known[key % keys_known.len()]).unwrap_or(Key::ctrl('c'))));
        }
        for size in [(1, 1), (60, 15), (500, 200), (0, 0)] {
            update(&mut model, Msg::Resize(size.0, size.1));
        }
    }
}

#[test]
fn three_shows_drift_and_d_compares_with_the_reference_or_two_marks_with_each_other() {
    let mut model = console();
    typed(&mut model, "3");
    assert_eq!(model.view, View::Drift);
    typed(&mut model, "esc");
    assert_eq!(model.view, View::Fleet);
    let eu = DatabaseId(0);
    assert_eq!(typed(&mut model, "2 j d"), [Effect::OpenSchema(eu, "acme".into())]);
    assert_eq!(model.view, View::Compare);
    // Enter opens the schema that is compared, esc leads back step by step.
    typed(&mut model, "enter");
    assert_eq!(model.view, View::Schema);
    typed(&mut model, "esc");
    assert_eq!(model.view, View::Compare);
    typed(&mut model, "esc");
    assert_eq!(model.view, View::Tenants);
    let read = typed(&mut model, "space space d");
    assert_eq!(read, [Effect::OpenSchema(eu, "acme".into()), Effect::OpenSchema(eu, "bolt".into())]);
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry diff -e prod eu/acme eu/bolt".into())]);
    assert_eq!(typed(&mut model, "y"), [Effect::Copy("\"bolt\"".into())]);
    assert_eq!(typed(&mut model, "m"), [], "nothing is known that could be mended");
    assert!(model.notice.is_some() && model.overlays.is_empty());
    typed(&mut model, "q");
    assert_eq!(model.view, View::Tenants);
    typed(&mut model, "enter d");
    assert_eq!(model.view, View::Compare);
    typed(&mut model, "esc");
    assert_eq!(model.view, View::Schema);
}

#[test]
fn the_command_of_drift_names_the_cohort_and_clicks_on_tabs_lead_to_screens() {
    let mut model = console();
    assert_eq!(typed(&mut model, "3 Y"), [Effect::Copy("tenantry drift -e prod".into())]);
    for (column, view) in [
        (3, View::Fleet),
        (14, View::Tenants),
        (24, View::Drift),
        (34, View::Capacity),
        (44, View::Runs),
        (54, View::Activity),
    ] {
        update(&mut model, Msg::Mouse(Mouse::Press(column, 1)));
        assert_eq!(model.view, view);
    }
}

#[test]
fn plus_and_minus_try_other_figures_and_esc_goes_back_to_now_before_it_leaves() {
    let mut model = console();
    assert_eq!(typed(&mut model, "4 +"), []);
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text.contains("no figures")), "{:?}", model.notice);
    let tenant = |schema: &str| Tenant {
        key: None,
        name: None,
        schema: schema.to_owned(),
        domains: Vec::new(),
        created: None,
        time_zone: None,
        plan: None,
    };
    let registry = Registry {
        dialect: RegistryDialect::DjangoTenants,
        source: "public.tenants".into(),
        tenants: ["acme", "bolt"].map(tenant).to_vec(),
        lost_domains: Vec::new(),
    };
    let counts = crate::domain::catalog::Counts { tables: 40, ..Default::default() };
    let facts = vec![
        FleetEvent::Registry(DatabaseId(0), Ok(registry)),
        FleetEvent::Counts(DatabaseId(0), [(1, (counts, None)), (2, (counts, None))].into()),
    ];
    update(&mut model, Msg::Facts(facts));
    typed(&mut model, "l +");
    assert_eq!((model.notice.clone(), model.view), (None, View::Capacity));
    assert_eq!(typed(&mut model, "y"), [Effect::Copy("tables per tenant: 41 now 40, on trial".into())]);
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry capacity -e prod --db eu --tables 41".into())]);
    typed(&mut model, "esc");
    assert_eq!(model.view, View::Capacity, "the figures on trial are left first");
    assert_eq!(typed(&mut model, "y"), [Effect::Copy("tables per tenant: 40 in every tenant".into())]);
    assert_eq!(typed(&mut model, "j j j +"), []);
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text.contains("can be changed")), "{:?}", model.notice);
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry capacity -e prod --db eu".into())]);
    typed(&mut model, "esc");
    assert_eq!(model.view, View::Fleet);
}

/// An answer about sessions that took this long.
fn told(database: DatabaseId, took_ms: u64) -> Msg {
    let facts = SessionFacts { took_ms, ..SessionFacts::default() };
    let answer = crate::domain::question::Answer::Sessions(facts);
    Msg::Answer { database, question: Question::Sessions, answer: Box::new(Ok(answer)) }
}

fn at(ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_millis(ms)
}

#[test]
fn sessions_are_asked_for_every_two_seconds_while_they_are_shown_and_never_else() {
    const EU: DatabaseId = DatabaseId(0);
    const US: DatabaseId = DatabaseId(1);
    let asked = |id| Effect::Ask(id, Question::Sessions);
    let seconds = std::time::Duration::from_secs;
    let mut model = console();
    for key in ["1", "2", "3", "4"] {
        assert_eq!(typed(&mut model, key), [], "screen {key}");
        assert_eq!(update(&mut model, Msg::Clock(at(0))), [], "screen {key}");
        assert_eq!(model.next_tick(), None, "screen {key} wakes nobody");
    }
    assert_eq!(typed(&mut model, "6"), [asked(EU), asked(US)]);
    assert_eq!(typed(&mut model, "j tab 1 6"), [], "they are under way");
    update(&mut model, Msg::Clock(at(300)));
    assert_eq!(update(&mut model, told(EU, 4)), []);
    assert_eq!(model.next_tick(), Some(seconds(2)));
    assert_eq!(update(&mut model, Msg::Clock(at(2_299))), []);
    assert_eq!(update(&mut model, Msg::Clock(at(2_300))), [asked(EU)]);
    update(&mut model, told(EU, 4));
    update(&mut model, told(US, 4));
    // Elsewhere nothing is asked, however late it is; back again, at once.
    assert_eq!(typed(&mut model, "2"), []);
    assert_eq!(update(&mut model, Msg::Clock(at(60_000))), []);
    assert_eq!(model.next_tick(), None);
    assert_eq!(typed(&mut model, "6"), [asked(EU), asked(US)]);
}

#[test]
fn paused_sessions_are_read_only_when_a_person_says_so() {
    let mut model = console();
    let eu = Effect::Ask(DatabaseId(0), Question::Sessions);
    let us = Effect::Ask(DatabaseId(1), Question::Sessions);
    typed(&mut model, "6");
    for id in 0..2 {
        update(&mut model, told(DatabaseId(id), 4));
    }
    assert_eq!(typed(&mut model, "p"), [Effect::Pause(true)]);
    assert_eq!(update(&mut model, Msg::Clock(at(90_000))), []);
    assert_eq!(model.next_tick(), None);
    let refresh = Effect::Refresh { which: None, full: false };
    assert_eq!(typed(&mut model, "r"), [refresh, eu.clone(), us.clone()]);
    for id in 0..2 {
        update(&mut model, told(DatabaseId(id), 4));
    }
    assert_eq!(model.next_tick(), None, "once");
    assert_eq!(typed(&mut model, "p"), [Effect::Pause(false)]);
    assert_eq!(update(&mut model, Msg::Clock(at(92_000))), [eu, us]);
}

#[test]
fn the_sessions_of_an_opened_schema_are_asked_of_its_database_alone_and_only_on_their_tab() {
    let mut model = console();
    assert_eq!(command(&mut model, "open us/delta"), [Effect::OpenSchema(DatabaseId(1), "delta".into())]);
    assert_eq!((typed(&mut model, "tab tab tab"), model.next_tick()), (vec![], None));
    assert_eq!(typed(&mut model, "tab"), [Effect::Ask(DatabaseId(1), Question::Sessions)]);
    update(&mut model, told(DatabaseId(1), 4));
    assert_eq!((typed(&mut model, "tab"), model.next_tick()), (vec![], None));
}

#[test]
fn y_on_screen_6_copies_a_pid() {
    let mut model = console();
    typed(&mut model, "6 y");
    assert!(model.notice.is_some(), "nothing is there yet");
    let session = crate::domain::session::Session { pid: 4_711, ..Default::default() };
    let facts = SessionFacts { sessions: vec![session], ..SessionFacts::default() };
    let answer = Box::new(Ok(crate::domain::question::Answer::Sessions(facts)));
    update(&mut model, Msg::Answer { database: DatabaseId(0), question: Question::Sessions, answer });
    assert_eq!(typed(&mut model, "j y"), [Effect::Copy("4711".into())]);
    assert_eq!(typed(&mut model, "Y"), [Effect::Copy("tenantry activity -e prod".into())]);
}
