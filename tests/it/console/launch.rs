//! The dialog before a run as a person sees it, above its screen.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tenantry::action::{Key, Keymap};
use tenantry::domain::catalog::SchemaFacts;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link, Severity};
use tenantry::domain::name::SchemaPath;
use tenantry::domain::roles::{Policy, Role};
use tenantry::domain::run::RunId;
use tenantry::domain::structure::Fingerprint;
use tenantry::plan::clone::{Acting, As, Cloning, Copy, Made, Owners, Recipe, Rows, Source, Template};
use tenantry::plan::drop::{Archive, Dropped, Dropping};
use tenantry::plan::{Kind, LeftOut, Note, Plan, Why};
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::model::{Loudness, Model, Title, View};
use tenantry::tui::msg::{Effect, Msg};
use tenantry::tui::overlays::launch::{Clones, Deed, Wanted};
use tenantry::tui::screens::Look;
use tenantry::tui::theme::{ColourDepth, Theme};
use tenantry::tui::{frame, update};

use super::{keep, picture, runs, sample};

fn console(size: (u16, u16)) -> Model {
    let title = Title {
        environment: "prod".into(),
        label: "PRODUCTION".into(),
        loudness: Loudness::Production,
        write: true,
        ..Title::default()
    };
    let mut model = Model::new(title, sample::full(), Keymap::default(), "dark".into());
    model.now = sample::now();
    model.size = size;
    typed(&mut model, "2");
    model
}

fn typed(model: &mut Model, script: &str) -> Vec<Effect> {
    let key = |text| Key::parse(text).expect("a key");
    script.split(' ').flat_map(|text| update(model, Msg::Key(key(text)))).collect()
}

fn drawn(model: &Model, size: (u16, u16)) -> String {
    let theme = Theme::load("dark", None, ColourDepth::True).expect("a shipped theme");
    let glyphs = Glyphs::unicode();
    let look = Look { theme: &theme, glyphs: &glyphs };
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal of memory");
    terminal.draw(|frame| frame::view(model, &look, frame)).expect("a frame");
    // What a hash is depends on every field of a plan: pictures are of its place.
    picture(terminal.backend().buffer()).replace(&plan().hash()[..12], "############")
}

fn plan() -> Plan {
    let note = |severity, what: &str, hint: Option<&str>| Note {
        rule: "rule".into(),
        severity,
        refuses: false,
        place: Some((0, Some(0))),
        what: what.into(),
        hint: hint.map(str::to_owned),
    };
    let mut plan = runs::plan(&["main"], &runs::names(130));
    plan.notes = vec![
        note(Severity::Info, "every tenant is locked for a moment", None),
        note(Severity::Warn, "NOT NULL with a default rewrites old tables on PostgreSQL 10", Some("add it in two steps")),
    ];
    plan.left_out = vec![
        LeftOut { why: Why::Nothing, count: 4, sample: vec!["acme".into(), "bolt".into()] },
        LeftOut { why: Why::NoLedger, count: 1, sample: vec!["odd\u{1b}[31m".into()] },
    ];
    plan
}

#[test]
fn pictures() {
    for size in [(60, 15), (80, 24), (120, 40)] {
        let mut model = console(size);
        let effects = typed(&mut model, "space j space M");
        let [Effect::BuildPlan(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
        keep("launch-building", size, &drawn(&model, size));
        update(&mut model, Msg::Planned { wanted: wanted.clone(), plan: Box::new(Ok(plan())) });
        keep("launch-ready", size, &drawn(&model, size));
        typed(&mut model, "pagedown");
        keep("launch-read-on", size, &drawn(&model, size));
        typed(&mut model, "g enter p r o");
        keep("launch-approving", size, &drawn(&model, size));
        let mut refused = plan();
        refused.notes[1].refuses = true;
        update(&mut model, Msg::Planned { wanted: wanted.clone(), plan: Box::new(Ok(refused)) });
        typed(&mut model, "esc enter");
        keep("launch-refused", size, &drawn(&model, size));
    }
}

#[test]
fn the_marked_rows_are_meant_also_those_that_a_filter_hides() {
    let mut model = console((80, 24));
    typed(&mut model, "space j space j");
    let marked: Vec<SchemaPath> = model.marks.iter().cloned().collect();
    assert_eq!(marked.len(), 2);
    typed(&mut model, "/ z z z enter");
    let effects = typed(&mut model, "M");
    let [Effect::BuildPlan(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wanted.schemas, marked);
    let drawn = drawn(&model, (80, 24));
    assert!(drawn.contains("2 schemas (2 of them hidden by the filter)"), "{drawn}");
    // Targets are frozen: another mark changes nothing.
    model.marks.clear();
    let plan = plan();
    update(&mut model, Msg::Planned { wanted: wanted.clone(), plan: Box::new(Ok(plan.clone())) });
    assert_eq!(typed(&mut model, "enter p r o d space 1 3 0 enter"), [Effect::StartRun(Box::new(plan))]);
    started(&mut model);
}

#[test]
fn what_is_no_tenants_is_migrated_only_where_it_alone_is_marked() {
    let mut model = console((80, 24));
    let orphans: Vec<SchemaPath> =
        model.fleet.entries().filter(|entry| entry.row.role == Role::Orphan).map(|entry| entry.path()).collect();
    assert!(!orphans.is_empty());
    let wanted = asked(&typed(&mut model, "* M"));
    assert!(wanted.schemas.len() > 10 && !wanted.schemas.iter().any(|path| orphans.contains(path)), "{wanted:?}");
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text.ends_with("left out: no schema, or no tenant's")));
    typed(&mut model, "esc");
    model.marks = orphans.iter().cloned().collect();
    assert_eq!(asked(&typed(&mut model, "M")).schemas, orphans);
}

#[test]
fn without_marks_the_row_under_the_cursor_is_meant_and_read_only_refuses() {
    let mut model = console((80, 24));
    let chosen = model.tenants_screen.selected().expect("a row");
    let effects = typed(&mut model, "M");
    let [Effect::BuildPlan(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(wanted.schemas, [chosen]);
    let mut model = console((80, 24));
    model.title.write = false;
    assert_eq!(typed(&mut model, "M"), []);
    assert!(model.notice.as_ref().is_some_and(|notice| notice.text.contains("read-only")));
    assert_eq!(model.overlays, []);
}

/// The run that was approved has begun: its pane is open, and nothing lies above it.
fn started(model: &mut Model) {
    assert_eq!(model.overlays.len(), 1);
    update(model, Msg::RunStarted(Ok(RunId("01JD8X5T0QY6N3W4Z9K7B2C8MF".into()))));
    assert_eq!((model.overlays.len(), model.view), (0, View::Runs));
}

/// The plan to drop one schema, archived first.
fn dropping() -> Plan {
    let mut plan = runs::plan(&["main"], &["acme".to_owned()]);
    let each = Dropped { role: None, locks: 120, keys: vec![], registrar: None, registry: vec![] };
    let archive = Archive {
        folder: "/srv/tenantry/archives".into(),
        dump: "/usr/lib/postgresql/15/bin/pg_dump".into(),
        restore: "/usr/lib/postgresql/15/bin/pg_restore".into(),
    };
    plan.kind = Kind::Drop(Box::new(Dropping { what: "acme".into(), archive: Some(archive), each: vec![each] }));
    (plan.groups, plan.steps) = (vec![], vec![]);
    plan.notes = vec![Note {
        rule: "tenant-exists".into(),
        severity: Severity::Warn,
        refuses: false,
        place: None,
        what: "the registry still names it".into(),
        hint: Some("remove it from the registry as well".into()),
    }];
    plan
}

#[test]
fn a_schema_goes_only_when_its_name_is_typed() {
    let size = (80, 24);
    let mut model = console(size);
    model.title.write = false;
    assert_eq!(typed(&mut model, ": d r o p space a c m e enter"), []);
    assert!(drawn(&model, size).contains("read-only"), "{}", drawn(&model, size));
    let mut model = console(size);
    let effects = typed(&mut model, ": d r o p space a c m e enter");
    let wanted = asked(&effects);
    assert_eq!((wanted.schemas[0].schema.as_str(), &wanted.deed), ("acme", &Deed::Drop { registry: false }));
    let ready = |model: &mut Model| {
        update(model, Msg::Planned { wanted: Box::new(wanted.clone()), plan: Box::new(Ok(dropping())) });
    };
    ready(&mut model);
    let shot = |model: &Model| drawn(model, size).replace(&dropping().hash()[..12], "############");
    keep("approve-drop", size, &shot(&model));
    for wrong in ["enter 1 enter esc", "enter a c m e enter esc", "enter p r o d space 1 enter esc"] {
        assert_eq!(typed(&mut model, wrong), [], "{wrong}");
    }
    // The registry may follow: that is another plan.
    let other = asked(&typed(&mut model, "tab right"));
    assert_eq!(other.deed, Deed::Drop { registry: true });
    ready(&mut model);
    assert_eq!(typed(&mut model, "esc enter"), [], "an answer to what was asked before");
    let again = Msg::Planned { wanted: Box::new(other), plan: Box::new(Ok(dropping())) };
    update(&mut model, again);
    assert_eq!(typed(&mut model, "enter p r o d space a c m e enter"), [Effect::StartRun(Box::new(dropping()))]);
    started(&mut model);
}

#[test]
fn the_schema_under_the_cursor_gets_another_name() {
    let mut model = console((80, 24));
    let chosen = model.tenants_screen.selected().expect("a row");
    let wanted = asked(&typed(&mut model, ": r e n a m e space n e w enter"));
    assert_eq!(wanted, Wanted::rename(chosen, "new".into(), true));
    // The name may be another one before it is approved; one that is taken is refused.
    assert_eq!(typed(&mut model, "tab enter ctrl-u b o l t enter"), []);
    assert!(drawn(&model, (80, 24)).contains("there is a schema bolt already"), "{}", drawn(&model, (80, 24)));
    let other = asked(&typed(&mut model, "2 enter"));
    assert_eq!(other.deed, Deed::Rename { to: "bolt2".into(), registry: false });
}

/// The plan to make schemas of these names.
fn cloning(names: &[&str], rows: Rows) -> Plan {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut plan = runs::plan(&["main"], &names);
    let source =
        Source { database: 0, oid: 20_000, schema: "acme".into(), owner: "app".into(), exact: Fingerprint::default() };
    let made = |kind: &str, count: usize| {
        (0..count).map(|at| Made { what: format!("{kind} it_{at}"), sql: Template::text("") }).collect::<Vec<_>>()
    };
    let copy = |table: &str, rows| Copy { table: table.into(), columns: vec![], rows, bytes: rows * 90, sequences: vec![] };
    let recipe = Recipe {
        structure: [made("sequence", 12), made("table", 84)].concat(),
        copies: vec![copy("django_migrations", 418), copy("plans", 41_200)],
        finish: made("index", 161),
        owners: made("owner", 84),
        last: vec![],
    };
    let owners = Owners::AsSource;
    plan.kind = Kind::Clone(Box::new(Cloning {
        source,
        rows,
        recipe,
        owners,
        acting: Acting::default(),
        phased: false,
        registry: vec![],
        unsaid: Vec::new(),
    }));
    (plan.groups, plan.steps) = (vec![], vec![]);
    plan.notes = vec![Note {
        rule: "source-named".into(),
        severity: Severity::Warn,
        refuses: false,
        place: None,
        what: "function totals() names the source in a text".into(),
        hint: Some("it stays as it is".into()),
    }];
    plan
}

/// The only thing that is asked for: a plan.
fn asked(effects: &[Effect]) -> Wanted {
    let [Effect::BuildPlan(wanted)] = effects else { panic!("{effects:?}") };
    (**wanted).clone()
}

fn rows_of(wanted: &Wanted) -> Rows {
    let Deed::Clone(clones) = &wanted.deed else { panic!("{wanted:?}") };
    clones.rows.clone()
}

#[test]
fn clones_are_named_planned_and_approved() {
    let size = (80, 24);
    let mut model = console(size);
    let source = model.tenants_screen.selected().expect("a row");
    let shot = |model: &Model, plan: &Plan| drawn(model, size).replace(&plan.hash()[..12], "############");
    assert_eq!(typed(&mut model, "C n e w , p g _"), []);
    keep("clone-names", size, &drawn(&model, size));
    assert_eq!(typed(&mut model, "enter"), [], "names that cannot be are not planned");
    typed(&mut model, "backspace backspace backspace backspace");
    assert!(!drawn(&model, size).contains("PostgreSQL's own"), "{}", drawn(&model, size));
    let wanted = asked(&typed(&mut model, "enter"));
    assert_eq!(wanted, Wanted::clones(source, vec!["new".to_owned()], true));
    let plan = cloning(&["new"], Rows::Seed);
    let ready = |model: &mut Model, wanted: &Wanted, plan: &Plan| {
        update(model, Msg::Planned { wanted: Box::new(wanted.clone()), plan: Box::new(Ok(plan.clone())) });
    };
    ready(&mut model, &wanted, &plan);
    keep("approve-clone", size, &shot(&model, &plan));
    // Other rows are another plan: an answer to what was asked before is none.
    typed(&mut model, "tab down");
    for rows in [Rows::None, Rows::All] {
        let other = asked(&typed(&mut model, "right"));
        assert_eq!(rows_of(&other), rows);
        ready(&mut model, &wanted, &plan);
        assert!(drawn(&model, size).contains("building the plan"), "{rows:?}");
    }
    // Rows of chosen tables: which ones is to be said.
    assert_eq!(typed(&mut model, "right"), []);
    keep("clone-tables", size, &drawn(&model, size));
    let other = asked(&typed(&mut model, "down enter p l a n s enter"));
    assert_eq!(rows_of(&other), Rows::Tables(vec!["plans".into()]));
    assert_eq!(rows_of(&asked(&typed(&mut model, "up right"))), Rows::Seed);
    typed(&mut model, "esc");
    ready(&mut model, &wanted, &plan);
    for wrong in ["enter 1 enter esc", "enter n e w enter esc", "enter p r o d space 1 enter esc"] {
        assert_eq!(typed(&mut model, wrong), [], "{wrong}");
    }
    let start = vec![Effect::StartRun(Box::new(plan))];
    assert_eq!(typed(&mut model, "enter p r o d space n e w enter"), start);
    // It is started once; and where it cannot be, nothing of what was said is lost.
    assert_eq!(typed(&mut model, "enter tab n e w enter"), []);
    let fault = Fault::new(FaultKind::Local, "cannot make the folder /srv/tenantry/runs").hint("make /srv/tenantry");
    update(&mut model, Msg::RunStarted(Err(fault)));
    keep(
        "clone-not-started",
        size,
        &drawn(&model, size).replace(&cloning(&["new"], Rows::Seed).hash()[..12], "############"),
    );
    assert_eq!(typed(&mut model, "enter p r o d space n e w enter"), start);
    started(&mut model);
}

#[test]
fn several_clones_are_approved_by_their_number_and_a_danger_by_one_word_more() {
    let mut model = console((80, 24));
    let wanted = asked(&typed(&mut model, ": c l o n e space o n e , t w o enter"));
    let names = vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(wanted, Wanted::clones(wanted.schemas[0].clone(), names, true));
    let mut plan = cloning(&["one", "two"], Rows::All);
    plan.notes[0].severity = Severity::Danger;
    update(&mut model, Msg::Planned { wanted: Box::new(wanted), plan: Box::new(Ok(plan.clone())) });
    assert_eq!(typed(&mut model, "enter p r o d space 2 enter esc"), []);
    let started = typed(&mut model, "enter p r o d space 2 space a n y w a y enter");
    assert_eq!(started, [Effect::StartRun(Box::new(plan))]);
}

#[test]
fn what_cannot_be_cloned_is_told() {
    let mut model = console((80, 24));
    assert_eq!(typed(&mut model, ": c l o n e space o n e , o n e enter"), []);
    assert!(drawn(&model, (80, 24)).contains("one is named twice"), "{}", drawn(&model, (80, 24)));
    for script in ["C", ": c l o n e space n e w enter"] {
        let mut model = console((80, 24));
        model.title.write = false;
        assert_eq!(typed(&mut model, script), [], "{script}");
        assert!(drawn(&model, (80, 24)).contains("read-only"), "{script}: {}", drawn(&model, (80, 24)));
    }
    // In an opened schema, too.
    let mut model = console((80, 24));
    let source = model.tenants_screen.selected().expect("a row");
    typed(&mut model, "enter");
    let wanted = asked(&typed(&mut model, "C n e w enter"));
    assert_eq!(wanted.schemas, [source]);
}

#[test]
fn a_tenant_without_a_schema_gets_one_like_the_reference() {
    // Nothing is known that it could be made from.
    let without = "/ d e l t a enter C";
    let mut model = console((80, 24));
    model.fleet.databases[0].policy.reference = None;
    assert_eq!(typed(&mut model, without), []);
    assert!(drawn(&model, (80, 24)).contains("there is no reference"), "{}", drawn(&model, (80, 24)));
    model.fleet.databases[0].policy.reference = Some("template".into());
    let wanted = asked(&typed(&mut model, "C"));
    let reference = SchemaPath { database: "main".into(), schema: "template".into() };
    assert_eq!(wanted, Wanted::clones(reference.clone(), vec!["delta".into()], true));
    let plan = cloning(&["delta"], Rows::Seed);
    update(&mut model, Msg::Planned { wanted: Box::new(wanted), plan: Box::new(Ok(plan.clone())) });
    assert_eq!(typed(&mut model, "enter p r o d space d e l t a enter"), [Effect::StartRun(Box::new(plan))]);
    started(&mut model);
    // A line of names that was opened in vain is left by one key.
    typed(&mut model, "2 esc g C");
    assert_eq!((typed(&mut model, "esc"), model.overlays.len()), (vec![], 0));
    assert_eq!((typed(&mut model, "C x ctrl-u esc"), model.overlays.len()), (vec![], 0));
}

#[test]
fn a_dialog_with_all_lines_of_a_clone() {
    for size in [(60, 15), (80, 24), (160, 50)] {
        let mut model = console(size);
        let labels = ["main", "other"].map(|label| (label.to_owned(), Policy::default()));
        model.fleet = Fleet::new(labels);
        model.fleet.apply(FleetEvent::Names(DatabaseId(0), vec![SchemaFacts::named(1, "acme", "app")]));
        model.fleet.apply(FleetEvent::Link(DatabaseId(0), Link::Up { round_trip_us: 900 }));
        typed(&mut model, "1 2");
        let wanted = asked(&typed(&mut model, "C b o l t , space c o r e enter"));
        update(
            &mut model,
            Msg::Planned { wanted: Box::new(wanted), plan: Box::new(Ok(cloning(&["bolt", "core"], Rows::Seed))) },
        );
        keep(
            "clone-ready",
            size,
            &drawn(&model, size).replace(&cloning(&["bolt", "core"], Rows::Seed).hash()[..12], "############"),
        );
        typed(
            &mut model,
            "tab down down right down enter { s c h e m a } enter down right down enter { s c h e m a } . e x enter",
        );
        typed(&mut model, "down enter n a m e = A c m e enter");
        keep("clone-chosen", size, &drawn(&model, size));
    }
}

#[test]
fn as_whom_a_clone_is_made_is_told_and_what_the_registry_needs_stands_in_its_line() {
    let size = (120, 40);
    let mut model = console(size);
    let with = |unsaid: &[&str]| {
        let mut plan = cloning(&["new"], Rows::Seed);
        if let Kind::Clone(cloning) = &mut plan.kind {
            cloning.acting.maker = As::Role("app\u{202e}".into());
            cloning.unsaid = unsaid.iter().map(|&column| column.to_owned()).collect();
        }
        plan
    };
    let ready = |model: &mut Model, wanted: Wanted, plan: Plan| {
        update(model, Msg::Planned { wanted: Box::new(wanted), plan: Box::new(Ok(plan)) });
    };
    let wanted = asked(&typed(&mut model, "C n e w enter"));
    ready(&mut model, wanted, with(&[]));
    assert!(drawn(&model, size).contains("as app<U+202E>"), "{}", drawn(&model, size));
    // The registry is chosen, and the plan says what it needs.
    let values = |wanted: &Wanted| match &wanted.deed {
        Deed::Clone(Clones { entry: Some(entry), .. }) => entry.values.clone(),
        deed => panic!("{deed:?}"),
    };
    let pair = |column: &str, value: &str| (column.to_owned(), value.to_owned());
    let wanted = asked(&typed(&mut model, "tab down down down right"));
    ready(&mut model, wanted, with(&["name", "plan"]));
    typed(&mut model, "down down enter");
    assert!(drawn(&model, size).contains("name=, plan="), "{}", drawn(&model, size));
    let wanted = asked(&typed(&mut model, "b a s i c enter"));
    assert_eq!(values(&wanted), [pair("plan", "basic")], "what nobody said is not said as nothing");
    ready(&mut model, wanted, with(&["name"]));
    typed(&mut model, "enter");
    assert!(drawn(&model, size).contains("plan=basic, name="), "{}", drawn(&model, size));
    let wanted = asked(&typed(&mut model, "A enter"));
    assert_eq!(values(&wanted), [pair("plan", "basic"), pair("name", "A")]);
}
