//! Screen 6 as a person sees it and moves on it.

use tenantry::action::Action;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::fleet::{DatabaseId, Fleet};
use tenantry::domain::name::SchemaPath;
use tenantry::domain::session::{Awaited, Held, LockMode, Ms, Prepared, Session, SessionFacts, State, Wait};
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::activity::ActivityScreen;
use tenantry::tui::screens::schema::SchemaScreen;
use tenantry::tui::watch::Watch;

use super::{SIZES, Stage, keep, lines, picture, place_of, sample};

const MAIN: DatabaseId = DatabaseId(0);

fn held(schema: &str, mode: LockMode, count: u64, relation: &str) -> Held {
    Held { schema: schema.into(), mode, count, relation: Some(relation.into()) }
}

fn session(pid: i32, state: State, query: &str) -> Session {
    let seconds = u64::from(pid.unsigned_abs()) % 400;
    Session {
        pid,
        user: Some("app".into()),
        application: "gunicorn".into(),
        client: Some("10.0.3.7".into()),
        kind: Some("client backend".into()),
        state,
        wait: Some(Wait { kind: "Client".into(), event: "ClientRead".into() }),
        connected: Some(Ms(7_200_000)),
        transaction: (state != State::Idle).then_some(Ms(seconds * 1_000)),
        query_began: Some(Ms(seconds * 1_000)),
        in_state: Some(Ms(seconds * 1_000)),
        query: Some(query.into()),
        ..Session::default()
    }
}

fn waiting(pid: i32, by: &[i32], mode: LockMode, relation: &str, query: &str) -> Session {
    let awaits = Awaited { kind: "relation".into(), mode, schema: Some("acme".into()), relation: Some(relation.into()) };
    let wait = Some(Wait { kind: "Lock".into(), event: "relation".into() });
    Session { wait, blocked_by: by.to_vec(), awaits: Some(awaits), ..session(pid, State::Active, query) }
}

/// A busy morning: a forgotten transaction in acme, a migration behind it, readers behind the migration.
fn busy() -> SessionFacts {
    use LockMode::{AccessExclusive, AccessShare, RowExclusive};
    let forgotten = Session {
        holds: vec![held("acme", AccessShare, 3, "crm_order"), held("acme", RowExclusive, 1, "crm_order")],
        locks: 4,
        ..session(4_711, State::IdleInTransaction, "UPDATE crm_order SET state = 'paid' WHERE id = 7")
    };
    let report = Session {
        holds: vec![
            held("bolt", AccessShare, 4, "crm_order"),
            held("cyan", AccessShare, 4, "crm_order"),
            held("public", AccessShare, 1, "plans"),
        ],
        locks: 9,
        snapshot: Some(12_345),
        wait: Some(Wait { kind: "IO".into(), event: "DataFileRead".into() }),
        ..session(5_399, State::Active, "SELECT sum(total)\n  FROM bolt.crm_order\n  JOIN cyan.crm_order USING (id)")
    };
    let ours = Session {
        application: "tenantry/person".into(),
        is_ours: true,
        wait: None,
        ..session(6_001, State::Active, "WITH here AS (SELECT 1)")
    };
    SessionFacts {
        as_of: sample::ago(1),
        took_ms: 3,
        sessions: vec![
            forgotten,
            waiting(4_712, &[4_711], AccessExclusive, "crm_order", "ALTER TABLE crm_order ADD COLUMN vip boolean"),
            waiting(4_720, &[4_712], AccessShare, "crm_order", "SELECT * FROM crm_order LIMIT 20"),
            waiting(4_721, &[4_711, 4_712, 4_720], RowExclusive, "crm_order", "UPDATE crm_order SET note = 'x'"),
            session(4_900, State::Idle, "SET search_path = bolt, public"),
            session(5_001, State::Idle, "SELECT 1"),
            report,
            Session { snapshot: Some(0), ..session(5_590, State::Active, "SELECT pg_sleep(600)") },
            ours,
        ],
        prepared: vec![Prepared {
            name: "billing-2026-11-19".into(),
            user: Some("app".into()),
            age: Ms(93_600_000),
            holds: vec![held("delta_freight", RowExclusive, 1, "crm_order"), held("ember", RowExclusive, 2, "crm_invoice")],
            locks: 3,
            are_locks_cut: false,
        }],
    }
}

fn hostile() -> SessionFacts {
    let long = "SELECT '".to_owned() + &"secret\u{1b}]0;owned\u{7} \u{202e}txet ｆｕｌｌ ".repeat(40) + "'";
    let holds = |schema: &str| vec![held(schema, LockMode::AccessShare, 1, "t\u{1b}[31m\nx")];
    let facts = |pid, schema: &str| Session {
        holds: holds(schema),
        user: Some("us\u{1b}er".into()),
        application: "app\u{202e}ppa\n".into(),
        ..session(pid, State::Active, &long)
    };
    let mut facts = SessionFacts {
        as_of: sample::ago(1),
        took_ms: 3,
        sessions: vec![
            facts(11, "esc\u{1b}[31mred"),
            facts(12, "rtl\u{202e}cba"),
            facts(13, "日本語スキーマ名はとても長い"),
            facts(14, "new\nline\ttab"),
            facts(15, "x234567890123456789012345678901234567890123456789012345678901234"),
            Session { pid: 16, user: Some("other".into()), ..Session::default() },
        ],
        prepared: vec![Prepared { name: "gid\u{1b}[2J".into(), age: Ms(5), holds: holds("UPPER"), ..Prepared::default() }],
    };
    facts.sessions[3].blocked_by = vec![0, 11];
    facts.sessions[4].blocked_by = vec![15];
    facts
}

fn watch(facts: SessionFacts) -> Watch {
    let mut watch = Watch::default();
    watch.take(MAIN, Ok(facts), sample::now());
    watch
}

fn stage(fleet: Fleet, facts: Option<SessionFacts>, size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(fleet, size);
    stage.watch = facts.map(watch).unwrap_or_default();
    stage
}

fn screen(stage: &Stage, section: usize) -> ActivityScreen {
    let mut screen = ActivityScreen::default();
    screen.facts_changed(&stage.context());
    for _ in 0..section {
        screen.act(Action::NextTab, &stage.context());
    }
    screen
}

fn draw(stage: &Stage, screen: &ActivityScreen) -> ratatui::buffer::Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn shot(stage: &Stage, screen: &ActivityScreen) -> String {
    format!("{}\n{}", picture(&draw(stage, screen)), screen.status(&stage.context()))
}

/// The line under the cursor.
fn chosen(stage: &Stage, screen: &ActivityScreen) -> String {
    lines(&draw(stage, screen)).into_iter().skip(1).find(|line| line.starts_with(" ›")).unwrap_or_default()
}

#[test]
fn pictures() {
    for size in &SIZES[..3] {
        let quiet = SessionFacts { sessions: vec![session(5_001, State::Idle, "SELECT 1")], ..busy() };
        let quiet = SessionFacts { prepared: vec![], ..quiet };
        let states = [
            ("loading", sample::loading(), None),
            ("failed", sample::failed(), None),
            ("quiet", sample::full(), Some(quiet)),
            ("busy", sample::full(), Some(busy())),
            ("stale", sample::stale(), Some(busy())),
            ("hostile", sample::hostile(), Some(hostile())),
        ];
        for (name, fleet, facts) in states {
            let stage = stage(fleet, facts, *size);
            for (at, section) in ["sessions", "blocking", "ddl"].into_iter().enumerate() {
                if matches!((name, at), ("loading" | "failed" | "stale", 1..)) {
                    continue;
                }
                keep(&format!("activity-{name}-{section}"), *size, &shot(&stage, &screen(&stage, at)));
            }
        }
    }
    let mut stage = stage(sample::full(), Some(busy()), (80, 18));
    stage.glyphs = Glyphs::ascii();
    for section in 0..3 {
        let buffer = draw(&stage, &screen(&stage, section));
        assert!(lines(&buffer).iter().all(|line| line.is_ascii()), "{}", picture(&buffer));
    }
}

#[test]
fn the_cursor_stays_on_its_session_whatever_comes_before_it() {
    let mut stage = stage(sample::full(), Some(busy()), (80, 18));
    let mut screen = screen(&stage, 0);
    while screen.to_copy().as_deref() != Some("4711") {
        screen.act(Action::Down, &stage.context());
    }
    let mut facts = busy();
    facts
        .sessions
        .insert(0, Session { holds: vec![held("acme", LockMode::AccessShare, 1, "x")], ..session(17, State::Active, "") });
    stage.watch = watch(facts);
    screen.facts_changed(&stage.context());
    assert!(chosen(&stage, &screen).contains("4711"), "{}", shot(&stage, &screen));
    assert_eq!(screen.to_copy().as_deref(), Some("4711"));
    // Each section has a place of its own.
    screen.act(Action::NextTab, &stage.context());
    assert!(chosen(&stage, &screen).contains("4711") && chosen(&stage, &screen).contains("blocks 3"));
    screen.act(Action::PrevTab, &stage.context());
    assert!(chosen(&stage, &screen).contains("4711"));
}

#[test]
fn enter_explains_a_session_with_its_whole_query_and_opens_the_schema_of_a_group() {
    let stage = stage(sample::full(), Some(busy()), (80, 18));
    let mut screen = screen(&stage, 0);
    let context = stage.context();
    assert_eq!(screen.act(Action::Open, &context), Reply::OpenSchema(MAIN, "acme".into()));
    while !chosen(&stage, &screen).contains("5399") {
        screen.act(Action::Down, &context);
    }
    let Reply::Explain(title, told) = screen.act(Action::Open, &context) else { panic!("{}", shot(&stage, &screen)) };
    assert_eq!(title, "session 5399");
    let told = told.join("\n");
    for expected in [
        "2 schemas, by its locks: bolt, cyan",
        "12,345 transactions old",
        "  SELECT sum(total)\n    FROM bolt.crm_order\n",
        "10.0.3.7",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn marks_narrow_who_would_hold_up_ddl_and_snapshots_always_do() {
    let mut stage = stage(sample::full(), Some(busy()), (80, 18));
    let all = lines(&draw(&stage, &screen(&stage, 2))).join("\n");
    for expected in ["4711", "5399", "5590", "prepared"] {
        assert!(all.contains(expected), "{expected}: {all}");
    }
    stage.marks.insert(SchemaPath { database: "main".into(), schema: "acme".into() });
    let screen = screen(&stage, 2);
    let marked = lines(&draw(&stage, &screen)).join("\n");
    assert!(marked.contains("4711") && marked.contains("5590") && !marked.contains("prepared"), "{marked}");
    assert!(marked.lines().any(|line| line.contains("5399") && line.contains("snapshot")), "{marked}");
    assert!(screen.status(&stage.context()).contains("against 1 marked schema"));
}

#[test]
fn a_filter_narrows_all_sections_and_an_export_has_what_is_shown() {
    let stage = stage(sample::full(), Some(busy()), (80, 18));
    let mut screen = screen(&stage, 0);
    let context = stage.context();
    assert_eq!(screen.shown_rows(&context).len(), 10, "nine sessions and a prepared transaction");
    screen.set_filter("alter table", &context);
    assert_eq!(screen.shown_rows(&context).len(), 1);
    assert!(place_of(&draw(&stage, &screen), "4712").is_some());
    screen.set_filter("nothing of it", &context);
    assert!(place_of(&draw(&stage, &screen), "nothing matches").is_some());
    assert!(screen.shown_rows(&context).is_empty());
}

#[test]
fn a_click_chooses_a_section_and_a_row() {
    let stage = stage(sample::full(), Some(busy()), (80, 18));
    let mut screen = screen(&stage, 0);
    let context = stage.context();
    let (x, _) = place_of(&draw(&stage, &screen), "Blocking").expect("a section");
    assert!(!screen.click((x, 0), &context));
    let (x, y) = place_of(&draw(&stage, &screen), "4720").expect("a row");
    assert!(!screen.click((x, y), &context));
    assert!(chosen(&stage, &screen).contains("4720") && screen.click((x, y), &context));
    assert!(!screen.click((x, 17), &context), "below the rows is nothing");
}

#[test]
fn what_failed_after_it_was_known_stays_and_is_marked() {
    let mut stage = stage(sample::full(), Some(busy()), (80, 18));
    stage.watch.take(MAIN, Err(Fault::new(FaultKind::Busy, "statement timeout")), sample::now());
    let told = shot(&stage, &screen(&stage, 0));
    assert!(told.contains("main: statement timeout") && told.contains(" ~"), "{told}");
}

#[test]
fn an_opened_schema_has_the_sessions_that_are_about_it() {
    for size in &SIZES[..3] {
        let stage = stage(sample::full(), Some(busy()), *size);
        let mut opened = SchemaScreen::new(MAIN, "acme");
        opened.take(Ok(sample::detail(3)));
        opened.facts_changed(&stage.context());
        assert!(!opened.shows_sessions());
        opened.act(Action::PrevTab, &stage.context());
        assert!(opened.shows_sessions());
        opened.facts_changed(&stage.context());
        let buffer = stage.draw(|context, look, frame, area| opened.view(context, look, frame, area));
        let told = format!("{}\n{}", picture(&buffer), opened.status(&stage.context()));
        keep("activity-of-schema", *size, &told);
        assert_eq!(opened.shown_rows(&stage.context()).len(), 4);
        opened.act(Action::Down, &stage.context());
        assert_eq!(opened.selected_pid().as_deref(), Some("4712"));
    }
}
