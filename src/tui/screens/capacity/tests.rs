//! Screen 4 as a person sees it, on figures made by hand.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::domain::capacity::{
    Explanation, Gauge, GaugeId, Growth, GrowthSource, Outlier, Runway, Sizing, Spread, USUAL_TABLE_LIMIT,
};
use crate::domain::fault::FaultKind;
use crate::domain::fleet::Fleet;
use crate::domain::pressure::SequenceFacts;
use crate::domain::roles::Policy;
use crate::tui::theme::{ColourDepth, Theme, ThemeRole};

/// What the frame leaves of terminals of 60x15, 80x24, 120x40 and 160x50.
const SIZES: [(u16, u16); 4] = [(60, 9), (80, 18), (120, 34), (160, 44)];

fn now() -> Timestamp {
    "2026-11-20T14:02:11Z".parse().expect("a time")
}

fn today() -> Date {
    Date::constant(2026, 11, 20)
}

fn fleet(labels: &[&str]) -> Fleet {
    Fleet::new(labels.iter().map(|label| ((*label).to_owned(), Policy::default())))
}

fn sizing() -> Sizing {
    Sizing {
        tenants: 6_410,
        tables: 641_012,
        tables_per_tenant: Spread { least: 98, median: 100, most: 340 },
        outliers: vec![
            Outlier { schema: "bolt".into(), tables: 340 },
            Outlier { schema: "esc\u{1b}[31mred".into(), tables: 12 },
        ],
        table_limit: USUAL_TABLE_LIMIT,
        is_limit_configured: false,
        scary_number: 9_803,
        spoken: 10_000,
        million_tables_factor: 0.641,
        share: 6_410.0 / 9_803.0,
        severity: Severity::Ok,
    }
}

/// Nearly two years of growth, with a wave in it.
fn growth() -> Growth {
    let point = |week: i64| {
        let day = today() - (7 * (95 - week)).days();
        (day, (820 + week * 58 + (week % 9) * (week % 5) * 3) as u64)
    };
    let mut points: Vec<(Date, u64)> = (0..95).map(point).collect();
    points.push((today(), 6_410));
    Growth {
        source: GrowthSource::Registry,
        points,
        runway: Runway::Falls {
            per_month: 230.4,
            days: 90,
            day: Date::constant(2028, 1, 24),
            earliest: Date::constant(2027, 11, 20),
            latest: Some(Date::constant(2028, 5, 20)),
        },
    }
}

fn gauge(id: GaugeId) -> Gauge {
    let (severity, value, verdict) = match id {
        GaugeId::Catalogue => (Severity::Warn, "pg_class 4.0 M rows, pg_attribute 5.2 GB", "warn"),
        GaugeId::BackendCache => (Severity::Ok, "1.3 MB for each 100-table schema, 40 sessions", "ok"),
        GaugeId::LockTable => (Severity::Warn, "dropping one tenant takes 1,500 of 6,400", "4 at once"),
        GaugeId::Dump => (Severity::Danger, "641,000 locks needed, 6,400 there", "will fail"),
        GaugeId::Checkpoints => (Severity::Danger, "31 of 40 an hour come before their time", "too often"),
        GaugeId::Files => (Severity::Info, "", "not seen"),
        _ => (Severity::Ok, "nothing to speak of", "ok"),
    };
    let unseen = Fault::new(FaultKind::Privilege, "permission denied for function pg_ls_dir").hint("GRANT pg_monitor.");
    Gauge {
        id,
        severity,
        value: value.to_owned(),
        verdict: verdict.to_owned(),
        measure: (severity != Severity::Info).then_some(0.78),
        unit: "share",
        warn: Some(0.5),
        danger: Some(0.9),
        is_estimate: id == GaugeId::BackendCache,
        unseen: (severity == Severity::Info).then_some(unseen),
        explanation: Explanation {
            what: "Locks of a transaction live in one table in shared memory, whose size is set at the start of the server."
                .into(),
            how: "max_locks_per_transaction * (max_connections + max_prepared_transactions)".into(),
            inputs: vec![("max_locks_per_transaction".into(), "64".into()), ("max_connections".into(), "100".into())],
            costs: "A transaction that needs more ends with \"out of shared memory\", and others with it.".into(),
            remedy: "Raise max_locks_per_transaction and restart, or drop fewer tenants at once.".into(),
        },
    }
}

fn page() -> Page {
    Page {
        database: Some(DatabaseId(0)),
        label: "eu-1".into(),
        now: Some(sizing()),
        sizing: Some(sizing()),
        growth: Some(growth()),
        per_month: Some(230.4),
        gauges: GaugeId::ALL.into_iter().map(|id| (DatabaseId(0), gauge(id))).collect(),
        measured: Measured::At(now() - 90.seconds()),
        today: today(),
        ..Page::default()
    }
}

struct Stage {
    zone: TimeZone,
    fleet: Fleet,
    watch: crate::tui::watch::Watch,
    runs: crate::tui::runs::Runs,
    marks: BTreeSet<crate::domain::name::SchemaPath>,
    size: (u16, u16),
    depth: ColourDepth,
    glyphs: Glyphs,
}

impl Stage {
    fn new(labels: &[&str], size: (u16, u16)) -> Self {
        let glyphs = Glyphs::unicode();
        let (zone, watch, marks) = (TimeZone::UTC, crate::tui::watch::Watch::default(), BTreeSet::new());
        Self {
            zone,
            fleet: fleet(labels),
            watch,
            runs: crate::tui::runs::Runs::default(),
            marks,
            size,
            depth: ColourDepth::True,
            glyphs,
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            fleet: &self.fleet,
            watch: &self.watch,
            runs: &self.runs,
            marks: &self.marks,
            now: now(),
            zone: &self.zone,
            area: self.size,
        }
    }

    fn draw(&self, screen: &CapacityScreen) -> Vec<String> {
        let theme = Theme::load("dark", None, self.depth).expect("a shipped theme");
        let look = Look { theme: &theme, glyphs: &self.glyphs };
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a terminal of memory");
        let drawn = |frame: &mut Frame<'_>| {
            let area = frame.area();
            frame.buffer_mut().set_style(area, theme.style(ThemeRole::Text));
            screen.view(&self.context(), &look, frame, area);
        };
        terminal.draw(drawn).expect("a frame");
        let buffer = terminal.backend().buffer();
        (0..self.size.1)
            .map(|y| (0..self.size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned())
            .collect()
    }
}

fn screen(page: Page) -> CapacityScreen {
    CapacityScreen { page, ..CapacityScreen::default() }
}

fn keep(name: &str, stage: &Stage, screen: &CapacityScreen) {
    let picture = stage.draw(screen).iter().map(|line| format!("│{line}")).collect::<Vec<_>>().join("\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../tests/it/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let (width, height) = stage.size;
    let status = screen.status(&stage.context());
    settings.bind(|| insta::assert_snapshot!(format!("capacity-{name}-{width}x{height}"), format!("{picture}\n{status}")));
}

#[test]
fn pictures() {
    let mut short = page();
    short.growth = Some(Growth {
        source: GrowthSource::Samples,
        points: vec![(today(), 6_410)],
        runway: Runway::NotEnough { why: "1 day known, 14 needed".into() },
    });
    short.per_month = None;
    let mut reached = page();
    for it in [&mut reached.now, &mut reached.sizing].into_iter().flatten() {
        (it.tenants, it.share, it.severity) = (12_034, 12_034.0 / 9_803.0, Severity::Danger);
        (it.table_limit, it.is_limit_configured) = (750_000, true);
    }
    (reached.growth, reached.per_month) = (Some(Growth { runway: Runway::Reached, ..growth() }), None);
    let mut far = page();
    for it in [&mut far.now, &mut far.sizing].into_iter().flatten() {
        (it.scary_number, it.spoken, it.share) = (238_095, 250_000, 6_410.0 / 238_095.0);
    }
    let mut steep = page();
    (steep.per_month, far.per_month) = (Some(9_000.0), Some(900.0));
    let mut on_trial = page();
    on_trial.sizing = Some(crate::capacity::what_if(&sizing(), 80, 7_200));
    let failed = Fault::new(FaultKind::Busy, "canceling statement due to statement timeout");
    let failed = Page { gauges: Vec::new(), measured: Measured::Failed(failed), ..page() };
    let old = Page { stale: true, ..page() };
    for size in SIZES {
        let stage = Stage::new(&["eu-1"], size);
        for (name, page) in [
            ("full", page()),
            ("one-day", short.clone()),
            ("reached", reached.clone()),
            ("far", far.clone()),
            ("steep", steep.clone()),
            ("on-trial", on_trial.clone()),
            ("not-measured", failed.clone()),
            ("old", old.clone()),
        ] {
            keep(name, &stage, &screen(page));
        }
        let mut on_a_gauge = screen(page());
        on_a_gauge.put(Key::Gauge(GaugeId::Files), &stage.context());
        keep("gauge", &stage, &on_a_gauge);
    }
    let mut stage = Stage::new(&["eu-1", "eu-2", "us-1"], (120, 34));
    stage.glyphs = Glyphs::ascii();
    keep("ascii", &stage, &screen(page()));
    assert!(stage.draw(&screen(page())).iter().all(|line| line.is_ascii()));
}

#[test]
fn a_trend_is_drawn_to_its_end_wherever_the_scary_line_is() {
    for size in [(80, 44), (120, 34), (160, 44)] {
        let stage = Stage::new(&["eu-1"], size);
        for per_month in [-800.0, 0.0, 2.0, 230.4, 900.0, 9_000.0, 90_000.0] {
            for scary in [6_500, 9_803, 25_640, 25_641, 238_095, 90_000_000] {
                let (mut page, mut level) = (page(), page());
                for it in [&mut page.sizing, &mut level.sizing].into_iter().flatten() {
                    it.scary_number = scary;
                }
                (page.per_month, level.per_month) = (Some(per_month), None);
                let drawn = stage.draw(&screen(page)).join("\n");
                assert_ne!(drawn, stage.draw(&screen(level)).join("\n"), "a trend of {per_month} towards {scary}");
                let is_there = drawn.contains(&crate::domain::units::count(scary));
                assert!(is_there, "where {scary} is, at {size:?}: {drawn}");
                assert_eq!(drawn.contains("far above"), scary > 25_640, "{drawn}");
            }
        }
    }
}

#[test]
fn nothing_moves_when_facts_come() {
    for size in SIZES {
        let stage = Stage::new(&["eu-1"], size);
        let before = stage.draw(&screen(Page::default()));
        let after = stage.draw(&screen(page()));
        for word in ["SCARY NUMBER", "tables per tenant", "runway", "PRESSURE", "catalogue"] {
            let at = |lines: &[String]| lines.iter().position(|line| line.contains(word));
            assert_eq!(at(&before), at(&after), "{word} at {size:?}");
            assert!(at(&after).is_some(), "{word} at {size:?}");
        }
    }
}

#[test]
fn the_cursor_reaches_every_line_and_stays_in_view() {
    for size in [(1, 1), (2, 2), (60, 9), (80, 18), (120, 20), (160, 44), (300, 90)] {
        let stage = Stage::new(&["eu-1"], size);
        let mut screen = screen(page());
        let mut seen = 0;
        loop {
            let drawn = stage.draw(&screen);
            let chosen = drawn.iter().skip(1).find(|line| line.chars().nth(1) == Some('›'));
            if size.0 > 30 && size.1 > 2 {
                let name = screen.key.word();
                assert!(chosen.is_some_and(|line| line.contains(name)), "{name} at {size:?}: {drawn:#?}");
            }
            let before = screen.key;
            screen.act(Action::Down, &stage.context());
            seen += 1;
            if screen.key == before {
                break;
            }
        }
        assert_eq!(seen, 22, "{size:?}");
        screen.act(Action::Top, &stage.context());
        assert_eq!(screen.key, Key::Tables);
        assert!(screen.cursor.top == 0 || size.1 < 3, "the heading is in view at {size:?}");
    }
}

#[test]
fn next_and_previous_go_to_what_is_in_trouble_only() {
    let stage = Stage::new(&["eu-1"], (80, 18));
    let mut screen = screen(page());
    assert!(screen.status(&stage.context()).starts_with("2 danger · 2 warn"), "{}", screen.status(&stage.context()));
    let mut seen = Vec::new();
    while screen.act(Action::NextMatch, &stage.context()) == Reply::Done {
        seen.push(screen.key);
    }
    let ids = [GaugeId::Catalogue, GaugeId::LockTable, GaugeId::Dump, GaugeId::Checkpoints];
    assert_eq!(seen, ids.map(Key::Gauge));
    assert_eq!(screen.key, Key::Gauge(GaugeId::Catalogue), "it goes round");
    screen.page.gauges.clear();
    assert_eq!(screen.act(Action::PrevMatch, &stage.context()), Reply::Say("no line is in trouble".to_owned()));
}

#[test]
fn enter_on_keys_asks_where_their_sequences_stand() {
    let stage = Stage::new(&["eu-1"], (80, 18));
    let mut screen = screen(page());
    screen.key = Key::Gauge(GaugeId::Keys);
    let asked = screen.act(Action::Open, &stage.context());
    assert_eq!(asked, Reply::Ask(DatabaseId(0), Question::Sequences));
    let facts = SequenceFacts { as_of: now(), sequences: Vec::new(), without: 3 };
    let answer = Ok(Answer::Sequences(facts));
    let (title, lines) = screen.explain_keys(DatabaseId(0), &answer, &stage.context()).expect("an explanation");
    assert!(title.contains("keys") && lines.contains(&"WHAT TO DO".to_owned()), "{title} {lines:?}");
    assert_eq!(lines.last().map(String::as_str), Some("  keys without a sequence of their own: 3"));
    let refused = Err(Fault::new(FaultKind::Unreachable, "connection refused"));
    let (_, lines) = screen.explain_keys(DatabaseId(0), &refused, &stage.context()).expect("an explanation");
    assert_eq!(lines.last().map(String::as_str), Some("  not read: connection refused"));
    screen.key = Key::Tenants;
    assert_eq!(screen.explain_keys(DatabaseId(0), &answer, &stage.context()), None, "the person has gone elsewhere");
}

#[test]
fn enter_explains_every_line_safely() {
    let stage = Stage::new(&["eu-1"], (80, 18));
    let mut page = page();
    // Of keys that may be near their end Enter asks more.
    page.gauges.iter_mut().filter(|(_, gauge)| gauge.id == GaugeId::Keys).for_each(|(_, gauge)| gauge.measure = Some(0.0));
    let mut screen = screen(page);
    let mut told = Vec::new();
    for key in Key::all() {
        screen.key = key;
        let Reply::Explain(title, lines) = screen.act(Action::Open, &stage.context()) else { panic!("{key:?}") };
        assert!(title.contains(key.word()) && title.contains("eu-1"), "{title}");
        assert!(lines.iter().all(|line| !line.chars().any(char::is_control)), "{lines:?}");
        told.push(lines.join("\n"));
    }
    for (at, words) in [
        (0, "bolt: 340 tables"),
        (1, "10^6 / (100 + 2) = 9,803"),
        (1, "rounded: 10,000"),
        (2, "6,410 / 9,803 = 65 %, which is ok"),
        (3, "100 * 6,410 / 10^6 = 0.641"),
        (4, "+230 a month by the trend of 90 days leads to the scary number on 2028-01-24"),
        (7, "warn, 4 at once"),
        (7, "max_connections: 100"),
        (7, "warn from 50 % on, danger from 90 % on; here 78 %"),
        (7, "Raise max_locks_per_transaction"),
        (10, "permission denied for function pg_ls_dir"),
        (10, "GRANT pg_monitor."),
    ] {
        assert!(told[at].contains(words), "{words}: {}", told[at]);
    }
}

#[test]
fn a_line_is_copied_and_all_are_exported() {
    let stage = Stage::new(&["eu-1"], (80, 18));
    let mut screen = screen(page());
    assert_eq!(
        screen.copied(&stage.context()).as_deref(),
        Some("tables per tenant: 100 median, from 98 to 340 · 2 outliers: bolt 340, esc\\x1b[31mred 12")
    );
    screen.key = Key::Gauge(GaugeId::BackendCache);
    assert_eq!(
        screen.copied(&stage.context()).as_deref(),
        Some("backend cache: ≈ 1.3 MB for each 100-table schema, 40 sessions (ok)")
    );
    let rows = screen.shown_rows(&stage.context());
    assert_eq!(rows.len(), 22);
    let text =
        crate::domain::record::csv(&rows, &["database", "name", "verdict", "severity", "measure", "unit", "warn", "danger"]);
    assert!(text.contains("eu-1,scary number,,,9803,tenants,,\n"), "{text}");
    assert!(text.contains("eu-1,tenants now,ok,ok,6410,tenants,,\n"), "{text}");
    assert!(text.contains("eu-1,pg_dump,will fail,danger,0.78,share,0.5,0.9\n"), "{text}");
    let empty = CapacityScreen::default();
    assert!(empty.shown_rows(&stage.context()).is_empty());
}

#[test]
fn without_colours_the_chosen_line_is_reversed_and_severities_have_words() {
    let mut stage = Stage::new(&["eu-1"], (80, 18));
    stage.depth = ColourDepth::None;
    let drawn = stage.draw(&screen(page())).join("\n");
    for words in ["▲ warn", "▲ 4 at once", "✗ will fail", "✓ ok", "✗ 2 danger  ▲ 2 warn"] {
        assert!(drawn.contains(words), "{words}: {drawn}");
    }
}

#[test]
fn steps_lead_to_round_figures() {
    for (figure, expected) in [(0, 1), (1, 1), (9, 9), (64, 60), (641, 600), (12_034, 10_000)] {
        assert_eq!(round(figure), expected);
    }
    for (figure, step, up, down) in [(6_410, 600, 6_600, 6_000), (6_600, 600, 7_200, 6_000), (1, 1, 2, 0), (0, 1, 1, 0)] {
        assert_eq!(stepped(figure, step, Direction::Ascending), up);
        assert_eq!(stepped(figure, step, Direction::Descending), down);
    }
}
