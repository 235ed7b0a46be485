//! What the console costs per event: bytes on the wire and milliseconds to think and draw, at 10,000 and 100,000 tenants, held
//! against its bars. `cargo bench --bench terminal`. No terminal and no server take part: the same `update`, the same frame and
//! the same encoder as in the console write into memory.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::Instant;

use jiff::Timestamp;
use ratatui::Terminal;
use tenantry::action::{Code, Key, Keymap};
use tenantry::domain::catalog::{Counts, LedgerDialect, LedgerTable, SchemaFacts};
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent, Link, Server};
use tenantry::domain::registry::{Domain, Registry, RegistryDialect, Tenant};
use tenantry::domain::roles::Policy;
use tenantry::tui::canvas::Canvas;
use tenantry::tui::glyph::Glyphs;
use tenantry::tui::model::{Model, Title};
use tenantry::tui::msg::Msg;
use tenantry::tui::screens::Look;
use tenantry::tui::theme::{self, ColourDepth, Theme};
use tenantry::tui::{frame, update};

/// One line of the table.
struct Measured {
    what: &'static str,
    bytes: u64,
    ms: f64,
    /// What `bytes` and `ms` may be at most.
    bars: (Option<u64>, Option<f64>),
}

struct Console {
    model: Model,
    terminal: Terminal<Canvas<std::io::Sink>>,
    theme: Theme,
    glyphs: Glyphs,
}

impl Console {
    fn new(size: (u16, u16)) -> Self {
        let fleet = Fleet::new([("eu-1".to_owned(), Policy::default())]);
        let title = Title { environment: "prod".into(), label: "PRODUCTION".into(), ..Title::default() };
        let mut model = Model::new(title, fleet, Keymap::default(), theme::DEFAULT.to_owned());
        model.size = size;
        model.now = now();
        Self {
            model,
            terminal: Terminal::new(Canvas::new(std::io::sink(), size)).expect("a canvas cannot fail"),
            theme: Theme::load(theme::DEFAULT, None, ColourDepth::Ansi256).expect("the default theme is shipped"),
            glyphs: Glyphs::unicode(),
        }
    }

    /// Takes messages in, draws once, and gives the bytes and the milliseconds of both.
    fn step(&mut self, msgs: Vec<Msg>) -> (u64, f64) {
        let before = self.terminal.backend().counted().bytes;
        let from = Instant::now();
        for msg in msgs {
            update(&mut self.model, msg);
        }
        let look = Look { theme: &self.theme, glyphs: &self.glyphs };
        let model = &self.model;
        self.terminal.draw(|frame| frame::view(model, &look, frame)).expect("a canvas cannot fail");
        (self.terminal.backend().counted().bytes - before, from.elapsed().as_secs_f64() * 1e3)
    }

    fn key(&mut self, key: Key) -> (u64, f64) {
        self.step(vec![Msg::Key(key)])
    }

    /// A key pressed and taken back five times: the bytes of the last, the median of the milliseconds.
    fn usual(&mut self, key: Key) -> (u64, f64) {
        let mut all: Vec<(u64, f64)> = (0..5)
            .map(|_| {
                let figures = self.key(key);
                self.key(Key::plain(Code::Backspace));
                figures
            })
            .collect();
        all.sort_by(|one, other| one.1.total_cmp(&other.1));
        self.key(key);
        all[2]
    }

    /// The worst of several times the same key.
    fn worst(&mut self, key: Key, times: usize) -> (u64, f64) {
        let all = (0..times).map(|_| self.key(key));
        all.fold((0, 0.0), |(bytes, ms), (b, m)| (bytes.max(b), ms.max(m)))
    }
}

fn now() -> Timestamp {
    "2026-01-05T14:02:11Z".parse().expect("a timestamp")
}

fn main() {
    let mut out = std::io::stdout().lock();
    let mut over = 0;
    for tenants in [10_000, 100_000] {
        let before = resident();
        let events = facts(tenants);
        let mut console = Console::new((80, 24));
        let table = measured(&mut console, events, tenants);
        let after = resident();
        writeln!(out, "\n{tenants} tenants, 80x24").expect("stdout");
        writeln!(out, "  {:<34} {:>8} {:>9} {:>10} {:>9}", "event", "bytes", "bar", "ms", "bar").expect("stdout");
        for line in table {
            let bar = |text: Option<String>| text.unwrap_or_default();
            let broken = line.bars.0.is_some_and(|most| line.bytes > most) || line.bars.1.is_some_and(|most| line.ms > most);
            over += usize::from(broken);
            writeln!(
                out,
                "  {:<34} {:>8} {:>9} {:>10.2} {:>9}{}",
                line.what,
                line.bytes,
                bar(line.bars.0.map(|most| format!("<= {most}"))),
                line.ms,
                bar(line.bars.1.map(|most| format!("<= {most}"))),
                if broken { "  OVER" } else { "" }
            )
            .expect("stdout");
        }
        if let (Some(before), Some(after)) = (before, after) {
            let memory = after.saturating_sub(before) / 1024;
            let bar = if tenants == 10_000 { " (bar: process < 64 MB)" } else { "" };
            writeln!(out, "  memory: {memory} MB for the model, {} MB for the process{bar}", after / 1024).expect("stdout");
            over += usize::from(tenants == 10_000 && after >= 64 * 1024);
        }
    }
    if over > 0 {
        writeln!(out, "\n{over} over their bars").expect("stdout");
        std::process::exit(1);
    }
}

fn measured(console: &mut Console, events: Vec<FleetEvent>, tenants: usize) -> Vec<Measured> {
    let keystroke = if tenants > 10_000 { 50.0 } else { 16.0 };
    let mut table = Vec::new();
    let mut note = |what, (bytes, ms), bars| table.push(Measured { what, bytes, ms, bars });
    note("first full frame, nothing known", console.step(Vec::new()), (Some(3_500), Some(100.0)));
    // The first frame with a fleet in it. How many bytes its map takes depends on how odd the fleet is.
    note("all facts arrive at once", console.step(vec![Msg::Facts(events)]), (Some(3_500), None));
    note("nothing happened", console.step(Vec::new()), (Some(0), Some(16.0)));
    note("to screen 2", console.key(Key::char('2')), (Some(3_500), Some(keystroke * 4.0)));
    console.key(Key::char('j'));
    note("cursor down", console.worst(Key::char('j'), 5), (Some(300), Some(16.0)));
    note("a row further at the edge, worst", console.worst(Key::char('j'), 40), (Some(2_500), Some(16.0)));
    note("half a page down", console.worst(Key::ctrl('d'), 5), (Some(3_500), Some(16.0)));
    note("to the last row", console.key(Key::char('G')), (Some(3_500), Some(16.0)));
    note("to the first row", console.key(Key::char('g')), (Some(3_500), Some(16.0)));
    note("filter: /", console.key(Key::char('/')), (Some(3_500), Some(keystroke)));
    for (what, key) in [("filter: t", 't'), ("filter: t9", '9'), ("filter: t99", '9')] {
        note(what, console.usual(Key::char(key)), (Some(3_500), Some(keystroke)));
    }
    note("filter: backspace", console.key(Key::plain(Code::Backspace)), (Some(3_500), Some(keystroke)));
    note("filter: esc", console.key(Key::plain(Code::Esc)), (Some(3_500), Some(keystroke)));
    note("a key without meaning", console.key(Key::char('@')), (Some(0), Some(16.0)));
    note("palette: :", console.key(Key::char(':')), (Some(3_500), Some(keystroke)));
    for letter in "open ".chars() {
        console.key(Key::char(letter));
    }
    note("palette: open 9", console.usual(Key::char('9')), (Some(3_500), Some(keystroke)));
    console.key(Key::ctrl('c'));
    let refreshed = FleetEvent::Refreshed(DatabaseId(0), now() + jiff::SignedDuration::from_secs(300), 812);
    note(
        "a refresh that found nothing",
        console.step(vec![Msg::Facts(vec![refreshed])]),
        (Some(300), Some(keystroke * 4.0)),
    );
    table
}

/// Everything that an observer tells of a fleet of this many tenants, 100 tables each.
fn facts(tenants: usize) -> Vec<FleetEvent> {
    let id = DatabaseId(0);
    let name = |at: usize| format!("t{at:06}_{}", ["acme", "bolt", "cyan", "delta"][at % 4]);
    let schema = |at: usize| SchemaFacts::named(20_000 + at as u32, name(at), "app");
    let tenant = |at: usize| Tenant {
        key: Some(at.to_string()),
        name: Some(format!("Tenant {at} & Sons")),
        schema: name(at),
        domains: vec![Domain { name: format!("{}.example.com", name(at)), primary: true, folder: None }],
        created: Some("2024-05-01".into()),
        time_zone: Some("Europe/Berlin".into()),
        plan: Some("basic".into()),
    };
    let counts = |at: usize| {
        let bytes = 8_192 * (at as u64 % 7_000 + 100);
        let tables = if at.is_multiple_of(97) { 99 } else { 100 };
        let counts = Counts { tables, indexes: 240, sequences: 100, rows: bytes / 60, bytes, ..Counts::default() };
        let ledger =
            LedgerTable { oid: 5_000_000 + at as u32, table: "django_migrations".into(), dialect: LedgerDialect::Django };
        (20_000 + at as u32, (counts, Some(ledger)))
    };
    let registry = Registry {
        dialect: RegistryDialect::DjangoTenants,
        source: "public.client".into(),
        tenants: (0..tenants).map(tenant).collect(),
        lost_domains: Vec::new(),
    };
    let server = Server {
        version: 150_018,
        system_identifier: Some(7),
        database: "app".into(),
        standby: false,
        role: "dba".into(),
        superuser: true,
        pooler: false,
    };
    vec![
        FleetEvent::Link(id, Link::Up { round_trip_us: 900 }),
        FleetEvent::Server(id, server),
        FleetEvent::Names(id, (0..tenants).map(schema).collect()),
        FleetEvent::Registry(id, Ok(registry)),
        FleetEvent::Counts(id, (0..tenants).map(counts).collect::<HashMap<_, _>>()),
        FleetEvent::Refreshed(id, now(), 812),
    ]
}

/// Resident memory of this process in kB, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().trim_end_matches(" kB").parse().ok()
}
