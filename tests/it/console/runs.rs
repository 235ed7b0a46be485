//! Screen 5 as a person sees it and moves on it: the list of runs, and the pane of one in every state.

use std::path::PathBuf;

use jiff::ToSpan as _;
use ratatui::buffer::Buffer;
use tenantry::action::Action;
use tenantry::domain::catalog::LedgerDialect;
use tenantry::domain::history::Migration;
use tenantry::domain::run::{
    Backend, Cause, CauseKind, Counts, End, Entry, Event, Flight, Halt, How, Life, Now, Part, Pause, Person, Progress,
    RunId, Skip, TargetId,
};
use tenantry::domain::structure::Fingerprint;
use tenantry::plan::clone::{Acting, Cloning, Owners, Recipe, Rows, Source};
use tenantry::plan::{
    EnvironmentName, FORMAT, Group, Kind, Ledger, LockLevel, Plan, PlanDatabase, RunPolicy, Stage as PlanStage, StageKind,
    Statement, Step, Target,
};
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::runs::{Listing, RunSummary, Runs, Standing};
use tenantry::tui::screens::Reply;
use tenantry::tui::screens::runs::RunsScreen;

use super::{SIZES, Stage, keep, lines, picture, sample};

fn id() -> RunId {
    RunId("01JD8X5T0QY6N3W4Z9K7B2C8MF".into())
}

fn dba() -> Person {
    Person { user: "dba".into(), host: "bastion2".into() }
}

/// A plan for these schemas: a reference, a canary, a wave of a tenth, the rest.
pub(crate) fn plan(labels: &[&str], schemas: &[String]) -> Plan {
    let statement = |sql: &str| Statement { sql: sql.into(), lock: Some(LockLevel::AccessExclusive) };
    let target = |(at, schema): (usize, &String)| Target {
        database: (at * labels.len() / schemas.len().max(1)) as u16,
        oid: 20_000 + at as u32,
        schema: schema.clone(),
        group: 0,
        stage: match at {
            0 => 0,
            1 => 1,
            at if at < 2 + schemas.len() / 10 => 2,
            _ => 3,
        },
    };
    let database = |label: &&str| PlanDatabase {
        label: (*label).into(),
        system_identifier: Some(7),
        oid: 5,
        name: "app".into(),
        version: 150_018,
        pooler: false,
    };
    let stage = |kind| PlanStage { kind, go_ahead: false };
    Plan {
        format: FORMAT,
        kind: Kind::Migrate { to: "crm 0016_add_vip".into() },
        environment: EnvironmentName { name: "prod".into(), production: true },
        databases: labels.iter().map(database).collect(),
        stages: [StageKind::Reference, StageKind::Canary, StageKind::Wave, StageKind::Wave].map(stage).into(),
        groups: vec![Group {
            role: None,
            ledger: Ledger { dialect: LedgerDialect::Django, table: "django_migrations".into() },
            lines: 15,
            sum: "1".into(),
            steps: vec![0],
        }],
        steps: vec![Step {
            migration: Migration { app: Some("crm".into()), name: "0016_add_vip".into() },
            reverse: false,
            origin: "crm/0016_add_vip.sql".into(),
            sha256: "00".into(),
            checksum: None,
            statements: vec![
                statement("ALTER TABLE crm_customer\n  ADD COLUMN vip boolean NOT NULL DEFAULT false"),
                statement("UPDATE crm_customer SET vip = true WHERE tier = 'gold'"),
            ],
            transactional: true,
        }],
        targets: schemas.iter().enumerate().map(target).collect(),
        policy: RunPolicy::usual(true),
        notes: vec![],
        left_out: vec![],
        bystanders: None,
        as_of: sample::ago(60),
    }
}

pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("tenant_{at:05}")).collect()
}

/// What happens in a run, told in the order of a journal.
pub(crate) struct Story {
    pub(super) plan: Plan,
    pub(crate) entries: Vec<Entry>,
    /// Seconds before now.
    ago: i64,
}

impl Story {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut story = Self { entries: vec![], ago: 10, plan };
        let began = Event::Began {
            by: dba(),
            pid: 4_242,
            plan: story.plan.hash(),
            targets: story.plan.targets.len() as u32,
            version: "0.1.0".into(),
        };
        story.tell(began);
        story
    }

    pub(super) fn tell(&mut self, event: Event) {
        let at = sample::now() - self.ago.seconds();
        self.entries.push(Entry { n: self.entries.len() as u64 + 1, at, event });
    }

    fn stage(&mut self, stage: u16) {
        self.tell(Event::Stage { stage });
    }

    fn start(&mut self, target: TargetId) {
        let backend = Backend { pid: 900 + (target % 4).cast_signed(), start_us: 1 };
        self.tell(Event::Started { targets: vec![target], database: 0, backend });
    }

    fn apply(&mut self, targets: std::ops::Range<u32>) {
        let each = (targets.len() / 9).max(1) as u32;
        for target in targets.clone() {
            self.ago = 9 - i64::from((target - targets.start) / each).min(9);
            self.start(target);
            self.tell(Event::Applied { target, how: How::Committed(700 + u64::from(target)), ms: 12 });
        }
    }

    fn fail(&mut self, target: TargetId, cause: Cause) {
        self.start(target);
        self.tell(Event::Failed { target, cause, ms: 31 });
    }
}

fn no_tier() -> Cause {
    Cause {
        kind: CauseKind::Statement,
        sqlstate: Some("42703".into()),
        what: "column \"tier\" does not exist".into(),
        statement: Some(2),
        hint: Some("the schema has drifted: d shows how".into()),
    }
}

fn locked() -> Cause {
    Cause {
        kind: CauseKind::Contention,
        sqlstate: Some("55P03".into()),
        what: "canceling statement due to lock timeout".into(),
        statement: Some(1),
        hint: None,
    }
}

/// Two thirds of 6,410 tenants.
fn running() -> Story {
    let mut story = Story::new(plan(&["eu-1"], &names(6_410)));
    for stage in 0..=3 {
        story.stage(stage);
    }
    story.apply(0..3_960);
    story.fail(3_960, no_tier());
    story.start(3_961);
    story.tell(Event::Retry { target: 3_961, cause: locked(), wait_ms: Some(4_000) });
    story.tell(Event::Skipped { target: 6_400, why: Skip::Gone });
    story.tell(Event::Noted { text: "pid 4711 (psql, idle in transaction for 3 m) blocks tenant_03964".into() });
    for target in 3_962..3_966 {
        story.start(target);
    }
    story
}

fn now() -> Now {
    let flight = |target, ms, waits_for| Flight { target, ms, pid: 900, waits_for };
    let flights = vec![
        flight(3_962, 3_120, Some((4_711, 3_000, "UPDATE crm_customer SET note = 'x'".into()))),
        flight(3_963, 14, None),
        flight(3_964, 9, None),
        flight(3_965, 2, None),
    ];
    Now { flights, concurrency: 4 }
}

fn failed() -> Story {
    let schemas: Vec<String> = ["template", "acme", "bolt", "cyan", "delta_freight", "ember"].map(String::from).into();
    let mut story = Story::new(plan(&["eu-1", "eu-2"], &schemas));
    for stage in 0..=3 {
        story.stage(stage);
    }
    story.apply(0..2);
    story.fail(2, no_tier());
    story.fail(3, no_tier());
    story.tell(Event::Skipped { target: 4, why: Skip::Renamed });
    story.apply(5..6);
    story.tell(Event::Ended { end: End::DoneWithFailures });
    story
}

fn hostile() -> Story {
    let mut schemas = vec![
        "esc\u{1b}[31mred".to_owned(),
        "rtl\u{202e}cba".into(),
        "日本語スキーマ名はとても長い".into(),
        "new\nline".into(),
        "x".repeat(63),
    ];
    schemas.extend(names(20));
    let mut story = Story::new(plan(&["l\u{1b}]0;owned\u{7}bel", "eu-2"], &schemas));
    story.plan.kind = Kind::Migrate { to: "0016_\u{202e}evil\u{1b}[2J".into() };
    story.plan.environment.name = "pr\u{1b}od".into();
    for stage in 0..=3 {
        story.stage(stage);
    }
    let cause = Cause { what: "relation \"{schema}.t\" does not exist ".repeat(6), hint: None, ..no_tier() };
    for target in 0..5 {
        story.fail(target, Cause { statement: Some(target as u16), ..cause.clone() });
    }
    story.start(5);
    story.tell(Event::InDoubt { target: 5, why: "gone\u{1b}".into() });
    story.tell(Event::Paused { why: Pause::Server { what: "the disk is full".into() } });
    story
}

fn halted() -> Story {
    let mut story = Story::new(plan(&["eu-1"], &names(640)));
    story.stage(0);
    story.apply(0..1);
    story.stage(1);
    story.fail(1, no_tier());
    story.tell(Event::Halted { why: Halt::Canary });
    story.tell(Event::Ended { end: End::Halted });
    story
}

fn stage_of(story: &Story, is_alive: bool, now: Option<Now>, size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(sample::full(), size);
    stage.runs = runs_of(story, is_alive, now);
    stage
}

fn runs_of(story: &Story, is_alive: bool, now: Option<Now>) -> Runs {
    let mut runs = Runs::default();
    runs.follow(Some(id()));
    runs.opened(id(), story.plan.clone());
    let followed = runs.followed_mut(&id()).expect("the opened one");
    followed.take(&story.entries, is_alive);
    followed.now = now;
    assert_eq!(followed.fault, None, "a legal story");
    let summary = followed.summary();
    runs.take(
        Listing { root: PathBuf::from("/srv/tenantry/runs"), runs: vec![summary], faults: vec![], took_ms: 1 },
        sample::now(),
    );
    runs
}

fn pane(stage: &Stage) -> RunsScreen {
    let mut screen = RunsScreen::default();
    screen.open(id(), &stage.context());
    screen
}

fn draw(stage: &Stage, screen: &RunsScreen) -> Buffer {
    stage.draw(|context, look, frame, area| screen.view(context, look, frame, area))
}

fn shot(stage: &Stage, screen: &RunsScreen) -> String {
    format!("{}\n{}", picture(&draw(stage, screen)), screen.status(&stage.context()))
}

fn summary(number: u32, life: Life, is_alive: bool, settled: u32, failed: u32) -> RunSummary {
    RunSummary {
        id: RunId(format!("01JD8X5T0QY6N3W4Z9K7B2{number:04}")),
        kind: "migrate".into(),
        subject: format!("crm {number:04}_add_vip"),
        environment: EnvironmentName { name: "prod".into(), production: true },
        databases: vec!["eu-1".into(), "eu-2".into()],
        began: Some((dba(), sample::ago(i64::from(number) * 3_700))),
        last: Some(sample::ago(5)),
        standing: Standing { life, is_alive },
        counts: Counts { applied: settled - failed, failed, pending: 6_410 - settled, ..Counts::default() },
        at_work: 0,
        migrations: u64::from(settled - failed),
        workers: 1,
        plan: Some("5f2c".into()),
    }
}

fn listed() -> Vec<RunSummary> {
    let by = dba();
    vec![
        summary(1, Life::Running, true, 3_974, 1),
        summary(2, Life::Paused(Pause::Person { by: by.clone() }), true, 641, 0),
        summary(3, Life::Ended(End::Done), false, 6_410, 0),
        summary(4, Life::Ended(End::DoneWithFailures), false, 6_410, 12),
        summary(5, Life::Ended(End::Halted), false, 3, 1),
        summary(6, Life::Running, false, 4_000, 0),
        summary(7, Life::Ended(End::Stopped), false, 10, 0),
        RunSummary { began: None, ..summary(8, Life::New, false, 0, 0) },
    ]
}

#[test]
fn pictures_of_the_list() {
    let hostile = RunSummary {
        kind: "revert".into(),
        subject: "0016_\u{202e}evil\u{1b}[2J".into(),
        environment: EnvironmentName { name: "日本語\u{1b}".into(), production: false },
        began: Some((Person { user: "r\noot".into(), host: "h\u{7}".repeat(40) }, sample::ago(9))),
        ..summary(9, Life::Running, true, 6_410, 6_410)
    };
    let many = (0..200).map(|number| summary(number, Life::Ended(End::Done), false, 6_410, 0)).collect();
    let fault = tenantry::domain::fault::Fault::new(
        tenantry::domain::fault::FaultKind::Local,
        "the journal of 01JD8X5T0QY6N3W4Z9K7B2C8MF is damaged at entry 7",
    );
    let states = [
        ("empty", Some(Listing::default())),
        ("loading", None),
        (
            "full",
            Some(Listing { root: PathBuf::from("/srv/tenantry/runs"), runs: listed(), faults: vec![fault], took_ms: 1 }),
        ),
        (
            "hostile",
            Some(Listing { root: PathBuf::from("/srv/tenantry/runs"), runs: vec![hostile], faults: vec![], took_ms: 1 }),
        ),
        ("huge", Some(Listing { root: PathBuf::from("/srv/tenantry/runs"), runs: many, faults: vec![], took_ms: 1 })),
    ];
    for (name, listing) in states {
        for size in &SIZES[..3] {
            let mut stage = Stage::new(sample::full(), *size);
            if let Some(listing) = &listing {
                stage.runs.take(listing.clone(), sample::now());
            }
            let mut screen = RunsScreen::default();
            screen.facts_changed(&stage.context());
            keep(&format!("runs-{name}"), *size, &shot(&stage, &screen));
        }
    }
}

#[test]
fn pictures_of_a_run() {
    let mut paused = running();
    for target in 3_962..3_966 {
        paused.tell(Event::Applied { target, how: How::Committed(1), ms: 3 });
    }
    paused.tell(Event::Paused { why: Pause::Lag { seconds: 14 } });
    let mut done = Story::new(plan(&["eu-1"], &names(640)));
    for stage in 0..=3 {
        done.stage(stage);
    }
    done.apply(0..640);
    done.tell(Event::Ended { end: End::Done });
    let states = [
        ("running", running(), true, Some(now())),
        ("paused", paused, true, Some(Now { flights: vec![], concurrency: 2 })),
        ("interrupted", running(), false, None),
        ("halted", halted(), false, None),
        ("failed", failed(), false, None),
        ("done", done, false, None),
        ("begun", Story::new(plan(&["eu-1"], &names(12_000))), true, None),
        ("hostile", hostile(), true, Some(Now { flights: vec![], concurrency: 4 })),
    ];
    for (name, story, is_alive, now) in states {
        for size in &SIZES[..3] {
            let stage = stage_of(&story, is_alive, now.clone(), *size);
            let screen = pane(&stage);
            keep(&format!("run-{name}"), *size, &shot(&stage, &screen));
            let mut ascii = stage_of(&story, is_alive, now.clone(), *size);
            ascii.glyphs = Glyphs::ascii();
            // Names may be of any script; all signs of our own are not.
            if name != "hostile" {
                let drawn = lines(&draw(&ascii, &screen));
                assert!(drawn.iter().all(|line| line.is_ascii()), "{}", picture(&draw(&ascii, &screen)));
            }
        }
    }
}

/// Twelve clones of a reference, with the rows of some tables.
fn cloning() -> Story {
    let names: Vec<String> = (1..=12).map(|at| format!("new_{at:02}")).collect();
    let mut plan = plan(&["eu-1"], &names);
    let source =
        Source { database: 0, oid: 20_000, schema: "template".into(), owner: "app".into(), exact: Fingerprint::default() };
    plan.kind = Kind::Clone(Box::new(Cloning {
        source,
        rows: Rows::Seed,
        recipe: Recipe::default(),
        owners: Owners::AsSource,
        acting: Acting::default(),
        phased: true,
        registry: vec![],
        unsaid: Vec::new(),
    }));
    (plan.groups, plan.steps) = (vec![], vec![]);
    plan.stages = vec![PlanStage { kind: StageKind::Wave, go_ahead: false }];
    for target in &mut plan.targets {
        (target.oid, target.stage) = (0, 0);
    }
    let mut story = Story::new(plan);
    story.stage(0);
    let told = |part, done, rows| Progress { part, done, of: 840, rows, bytes: rows * 90 };
    for target in 0..3 {
        story.ago = 8 - i64::from(target);
        story.start(target);
        story.tell(Event::Created { target, oid: 30_000 + target, xid: 900 });
        story.tell(Event::Progress { target, progress: told(Part::Verify, 840, 41_200) });
        story.tell(Event::Applied { target, how: How::Committed(900), ms: 1_900 });
    }
    let now =
        [(Part::Structure, 120, 0), (Part::Rows, 512, 18_400), (Part::Finish, 700, 41_200), (Part::Verify, 840, 41_200)];
    for (target, (part, done, rows)) in (3..).zip(now) {
        story.ago = 2;
        story.start(target);
        story.tell(Event::Progress { target, progress: told(part, done, rows) });
    }
    story
}

#[test]
fn pictures_of_a_clone() {
    let flights = (3..7).map(|target| Flight { target, ms: 1_200, pid: 900, waits_for: None }).collect();
    let now = Now { flights, concurrency: 4 };
    for size in &SIZES[..3] {
        let stage = stage_of(&cloning(), true, Some(now.clone()), *size);
        keep("run-clone", *size, &shot(&stage, &pane(&stage)));
    }
    let stage = stage_of(&cloning(), true, Some(now), (80, 18));
    let drawn = lines(&draw(&stage, &pane(&stage))).join("\n");
    // Three are whole, and of four others what was told: 2,520 and 2,172 of 10,080.
    assert!(drawn.contains("4,692 of 10,080 objects") && drawn.contains(" 46 %"), "{drawn}");
    assert!(drawn.contains("rows · 512 of 840"), "{drawn}");
}

#[test]
fn pictures_of_the_other_sections() {
    for size in &SIZES[..3] {
        let stage = stage_of(&running(), true, Some(now()), *size);
        let mut screen = pane(&stage);
        for name in ["stages", "notes", "flights"] {
            screen.act(Action::NextTab, &stage.context());
            keep(&format!("run-section-{name}"), *size, &shot(&stage, &screen));
        }
    }
}

/// The numbers of the counts line, and the one behind the sign of equality.
fn counted(stage: &Stage, screen: &RunsScreen) -> (u64, u64) {
    let drawn = lines(&draw(stage, screen));
    let at = drawn.iter().position(|line| line.contains(" ok ")).expect("counts");
    let end = drawn.iter().position(|line| line.contains("= ")).expect("a sum");
    let words = drawn[at..=end].join(" ").replace(',', "");
    let (parts, sum) = words.split_once('=').expect("a sum");
    let numbers = parts.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    (numbers.sum(), sum.trim().parse().expect("a number"))
}

#[test]
fn the_counts_add_up_to_the_total_in_every_state_and_size() {
    for story in [running(), failed(), halted(), hostile()] {
        for size in SIZES {
            let stage = stage_of(&story, true, None, size);
            let (parts, sum) = counted(&stage, &pane(&stage));
            assert_eq!((parts, sum), (sum, story.plan.targets.len() as u64), "{}", shot(&stage, &pane(&stage)));
        }
    }
}

#[test]
fn a_cause_unfolds_to_its_targets_and_a_target_opens() {
    let stage = stage_of(&failed(), false, None, (80, 18));
    let mut screen = pane(&stage);
    let context = stage.context();
    assert_eq!(screen.target(), Some(2), "of a cause the first one");
    assert_eq!(screen.act(Action::Open, &context), Reply::Done);
    let drawn = lines(&draw(&stage, &screen)).join("\n");
    assert!(drawn.contains("eu-1/bolt") && drawn.contains("eu-2/cyan"), "{drawn}");
    screen.act(Action::Down, &context);
    screen.act(Action::Down, &context);
    assert_eq!(screen.target(), Some(3));
    assert_eq!(screen.status(&context), "eu-2/cyan · failed · 0 of 1 migrations · 31 ms");
    // The console knows no database of that label: there is nothing to open.
    assert_eq!(screen.act(Action::Open, &context), Reply::Done);
    screen.act(Action::Up, &context);
    screen.act(Action::Up, &context);
    screen.act(Action::Open, &context);
    assert!(!lines(&draw(&stage, &screen)).join("\n").contains("eu-2/cyan"), "folded again");
}

#[test]
fn the_cursor_stays_on_its_target_when_more_fail() {
    let mut story = failed();
    story.entries.pop();
    let mut stage = stage_of(&story, true, None, (80, 18));
    let mut screen = pane(&stage);
    screen.act(Action::Open, &stage.context());
    screen.act(Action::Down, &stage.context());
    screen.act(Action::Down, &stage.context());
    assert_eq!(screen.target(), Some(3));
    story.tell(Event::Again { targets: vec![2], by: dba() });
    stage.runs = runs_of(&story, true, None);
    screen.facts_changed(&stage.context());
    assert_eq!(screen.target(), Some(3));
}

#[test]
fn the_log_tells_a_target_from_the_beginning() {
    let mut story = running();
    story.start(3_961);
    story.tell(Event::Failed { target: 3_961, cause: no_tier(), ms: 40 });
    let stage = stage_of(&story, true, None, (80, 18));
    let entries: Vec<Entry> = story.entries.iter().filter(|entry| entry.event.is_about(3_961)).cloned().collect();
    let followed = stage.runs.followed(&id()).expect("the opened one");
    let (title, told) = tenantry::tui::screens::runs::log_lines(followed, 3_961, &entries, &stage.context());
    assert_eq!(title, "log of tenant_03961");
    let expected = [
        "failed: 0 of 1 migrations applied, wave 2 of 2",
        "",
        "14:02:10.000  started 0016_add_vip on pid 901",
        "14:02:10.000  tried again in 4 s: 55P03 canceling statement due to lock timeout · statement 1",
        "      ALTER TABLE crm_customer",
        "        ADD COLUMN vip boolean NOT NULL DEFAULT false",
        "14:02:10.000  started 0016_add_vip on pid 901",
        "14:02:10.000  failed after 40 ms: 42703 column \"tier\" does not exist · statement 2",
        "      UPDATE crm_customer SET vip = true WHERE tier = 'gold'",
        "      hint: the schema has drifted: d shows how",
    ];
    assert_eq!(told, expected);
}
