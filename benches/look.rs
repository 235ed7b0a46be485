//! Makes the pictures of the README from a real session: opens the demo in a pseudo-terminal, presses keys, and writes each
//! screen as text and as SVG. `cargo bench --bench look -- --out FOLDER [--theme NAME] [--size 100x30]`.
//!
//! It measures nothing; it lives with the benches because it is the other thing that anybody can run to check the README.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vt100::{Cell, Color, Parser, Screen};

/// What is pressed, what must then be on the screen, and the name of the picture (none: only a step on the way).
const SCENES: &[(&str, &[&str], Option<&str>)] = &[
    // The link is called up when everything is read, ledgers and structures too.
    ("", &["● up", "shape differs"], Some("fleet")),
    ("2", &["SCHEMA"], Some("tenants")),
    ("/acme\r", &["acme", "SCHEMA"], None),
    ("\r", &["search_path"], Some("schema")),
    ("\t", &["LAST ANALYZE"], Some("tables")),
    ("\t", &["APPLIED"], Some("ledger")),
    ("q", &["SCHEMA"], None),
    ("\x1b", &["SCHEMA"], None),
    ("/harbor_roofing\r", &["harbor_roofing", "1 of"], None),
    ("d", &["MISSING MIGRATION"], Some("diff")),
    ("3", &["LEDGER", "head:"], Some("drift")),
    // What wears the server is read before the structures are.
    ("4", &["SCARY NUMBER", "PRESSURE", "pg_class"], Some("capacity")),
    ("\t", &["FINDINGS", "TABLES", "some tenants"], Some("placement")),
    ("6", &["Sessions", "PID", "tenantry's own"], Some("activity")),
    ("?", &["help"], Some("help")),
    ("q", &["Sessions"], None),
    // Those that miss a migration are brought to the head; two of them are no tenant's.
    ("2", &["SCHEMA"], None),
    ("\x1b", &["SCHEMA"], None),
    ("/state:behind\r", &["state:behind"], None),
    ("*", &["13 marked"], None),
    ("M", &["ASKED FOR", "type 11 to start"], Some("launch")),
    ("\r", &["type 11 to start:"], None),
    ("11\r", &["11 of 11", "every target has it"], Some("run")),
    // Two new tenants like the reference.
    ("2", &["SCHEMA"], None),
    ("\x1b", &["SCHEMA"], None),
    ("/reference\r", &["reference", "1 of"], None),
    ("C", &["name what is made"], None),
    ("acme_north, acme_west\r", &["MAKES 2", "type 2 to start"], Some("clone")),
];

fn main() {
    let wanted = Wanted::from_args();
    let (columns, rows) = wanted.size;
    let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tenantry"));
    command.args(["demo", "--theme", &wanted.theme]);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("LANG", "C.UTF-8");
    command.env_remove("NO_COLOR");
    let mut child = pty.slave.spawn_command(command).expect("tenantry demo starts");
    let mut reader = pty.master.try_clone_reader().expect("a reader of the terminal");
    let mut keys = pty.master.take_writer().expect("a writer to the terminal");
    let (send, bytes) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 8_192];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if send.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut parser = Parser::new(rows, columns, 0);
    for (pressed, expected, picture) in SCENES {
        keys.write_all(pressed.as_bytes()).expect("keys reach the console");
        settle(&mut parser, &bytes, expected);
        if let Some(name) = picture {
            wanted.write(name, parser.screen());
        }
    }
    // The demo removes everything also when its console is killed.
    child.kill().expect("the console ends");
    let _ended = child.wait();
}

/// Takes in what the console draws until the expected text is there and it has been quiet for a moment.
fn settle(parser: &mut Parser, bytes: &Receiver<Vec<u8>>, expected: &[&str]) {
    let deadline = Instant::now() + Duration::from_mins(10);
    loop {
        match bytes.recv_timeout(Duration::from_millis(700)) {
            Ok(drawn) => parser.process(&drawn),
            Err(_) if expected.iter().all(|text| parser.screen().contents().contains(text)) => return,
            Err(_) => {}
        }
        assert!(Instant::now() < deadline, "no {expected:?} on the screen:\n{}", parser.screen().contents());
    }
}

struct Wanted {
    out: PathBuf,
    theme: String,
    size: (u16, u16),
}

impl Wanted {
    fn from_args() -> Self {
        let mut wanted = Self { out: std::env::temp_dir(), theme: "dark".to_owned(), size: (100, 30) };
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        while let Some(arg) = args.next() {
            let value = args.next().unwrap_or_default();
            match arg.as_str() {
                "--out" => wanted.out = PathBuf::from(value),
                "--theme" => wanted.theme = value,
                "--size" => {
                    let (columns, rows) = value.split_once('x').expect("--size COLUMNSxROWS");
                    wanted.size = (columns.parse().expect("columns"), rows.parse().expect("rows"));
                }
                other => panic!("unknown argument {other}: --out FOLDER, --theme NAME, --size COLUMNSxROWS"),
            }
        }
        wanted
    }

    fn write(&self, name: &str, screen: &Screen) {
        std::fs::create_dir_all(&self.out).expect("the folder of the pictures");
        let contents = screen.contents();
        let lines: Vec<&str> = contents.lines().map(str::trim_end).collect();
        std::fs::write(self.out.join(format!("{name}.txt")), lines.join("\n") + "\n").expect("the text is written");
        std::fs::write(self.out.join(format!("{name}.svg")), svg(screen)).expect("the picture is written");
    }
}

const CELL: (f32, f32) = (8.4, 18.0);
const PAPER: &str = "#16181d";
const INK: &str = "#dde1e8";

/// The screen as a picture: one rectangle per run of a background, one text per run of a style.
fn svg(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (f32::from(columns) * CELL.0 + 24.0, f32::from(rows) * CELL.1 + 24.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let first = screen.cell(row, column).expect("a cell of the screen");
            let style = Style::of(first);
            let (start, mut text) = (column, String::new());
            while column < columns {
                let cell = screen.cell(row, column).expect("a cell of the screen");
                if Style::of(cell) != style {
                    break;
                }
                if !cell.is_wide_continuation() {
                    text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                }
                column += 1;
            }
            draw_run(&mut out, row, start, column, &text, &style);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn draw_run(out: &mut String, row: u16, start: u16, end: u16, text: &str, style: &Style) {
    let (x, y) = (12.0 + f32::from(start) * CELL.0, 12.0 + f32::from(row) * CELL.1);
    let width = f32::from(end - start) * CELL.0;
    if style.paper != PAPER {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
            CELL.1, style.paper
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let lead = text.len() - text.trim_start().len();
    let (x, width) = (x + lead as f32 * CELL.0, width - (lead + (text.len() - text.trim_end().len())) as f32 * CELL.0);
    let escaped = text.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
    let line = if style.underline { " text-decoration=\"underline\"" } else { "" };
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{}\"{weight}{line} textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\">{escaped}</text>",
        y + 13.5,
        style.ink
    );
}

#[derive(PartialEq)]
struct Style {
    ink: String,
    paper: String,
    bold: bool,
    underline: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let (mut ink, mut paper) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), PAPER));
        if cell.inverse() {
            std::mem::swap(&mut ink, &mut paper);
        }
        Self { ink, paper, bold: cell.bold(), underline: cell.underline() }
    }
}

fn colour(colour: Color, default: &str) -> String {
    const BASIC: [&str; 16] = [
        "#16181d", "#f47c7c", "#8cc98a", "#e5c07b", "#8ab4f8", "#c792ea", "#7cc5d9", "#dde1e8", "#4a5160", "#ff9a9a",
        "#a8e0a6", "#f5d79b", "#aecbfa", "#dcb0f5", "#9fdcec", "#ffffff",
    ];
    match colour {
        Color::Default => default.to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Idx(at @ 0..=15) => BASIC[usize::from(at)].to_owned(),
        Color::Idx(at @ 232..=255) => {
            let level = 8 + 10 * (u16::from(at) - 232);
            format!("#{level:02x}{level:02x}{level:02x}")
        }
        Color::Idx(at) => {
            let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * u16::from(part) };
            let at = at - 16;
            format!("#{:02x}{:02x}{:02x}", step(at / 36), step(at / 6 % 6), step(at % 6))
        }
    }
}
