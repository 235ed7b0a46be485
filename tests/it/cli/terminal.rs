//! The headless verbs on a real terminal: width, colours, the password prompt.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use rustix::termios::{LocalModes, tcgetattr};
use tenantry::demo::{Cluster, ClusterOptions};
use unicode_width::UnicodeWidthStr as _;

use super::fleet::fleet;
use super::home;
use crate::support::{DEADLINE, own_cluster, run_sql, wait_for};

/// The program on a terminal of its own.
pub(super) struct Terminal {
    pair: PtyPair,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

impl Terminal {
    /// Runs a shell command line; `$T` in it is the program.
    pub(super) fn start(home: &Path, columns: u16, line: &str, variables: &[(&str, &str)]) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize { rows: 24, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("a terminal");
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", line]);
        command.env_clear();
        let path = std::env::var("PATH").unwrap_or_default();
        let home = home.to_str().expect("UTF-8");
        let program = env!("CARGO_BIN_EXE_tenantry");
        let usual = [
            ("HOME", home),
            ("PATH", path.as_str()),
            ("LANG", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "xterm-256color"),
            ("T", program),
        ];
        for (name, value) in usual.iter().chain(variables) {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the shell starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { pair, child, keys, output, seen: Vec::new() }
    }

    /// Waits until the text was printed since the last call.
    pub(super) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.text().find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else { panic!("waited for {text:?}, got {:?}", self.text()) };
            self.seen.extend(bytes);
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    pub(super) fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Waits for the end; gives the exit code and everything that was printed and not waited for.
    pub(super) fn end(mut self) -> (u32, String) {
        let code = wait_for("its end", || self.child.try_wait().expect("a child")).exit_code();
        // Everything that the program has written is there once a mark comes through that is written after it.
        let name = self.pair.master.tty_name().expect("a name");
        let slave = std::fs::File::options().read(true).write(true).open(name).expect("the terminal");
        let modes = tcgetattr(&slave).expect("its modes").local_modes;
        assert!(
            modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG),
            "the terminal is given back: {modes:?}"
        );
        (&slave).write_all(b"<the end>").expect("a mark");
        let deadline = Instant::now() + DEADLINE;
        while !self.text().contains("<the end>") {
            let left = deadline.saturating_duration_since(Instant::now());
            self.seen.extend(self.output.recv_timeout(left).expect("the mark"));
        }
        (code, self.text().replace("<the end>", ""))
    }
}

/// A line without what only moves, colours or erases.
fn plain(text: &str) -> String {
    let mut parser = vt100::Parser::new(60, 400, 0);
    parser.process(text.as_bytes());
    parser.screen().rows(0, 400).map(|row| row.trim_end().to_owned() + "\n").collect::<String>().trim_end().to_owned()
}

#[test]
fn a_terminal_gets_the_columns_that_fit_and_colours_unless_told_otherwise() {
    let home = home();
    let line = format!("\"$T\" schemas -d \"{}\"", fleet().dsn());
    for columns in [60, 80, 200] {
        let (code, text) = Terminal::start(home.path(), columns, &line, &[]).end();
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("\u{1b}[1mSCHEMA") && text.contains("\u{1b}[33morphan\u{1b}[0m"), "{text:?}");
        let shown = plain(&text);
        assert!(shown.lines().all(|line| line.contains(" · ") || line.width() <= usize::from(columns)), "{shown}");
        assert!(shown.contains("ROLE") && shown.contains("SIZE"), "{shown}");
        assert_eq!(shown.contains("SEQUENCES"), columns == 200, "{shown}");
        assert!(
            shown.contains("6 schemas · 2 odd · rows and sizes as of the last analyze, without 3 tables never analysed"),
            "{shown}"
        );
        assert!(!text.contains("\u{1b}[31m"), "the colour of a hostile name is not ours: {text:?}");
    }
    let (_, text) = Terminal::start(home.path(), 80, &line, &[("NO_COLOR", "1")]).end();
    assert!(!text.contains("\u{1b}[1m") && !text.contains("\u{1b}[33m"), "{text:?}");
    let (_, text) = Terminal::start(home.path(), 80, &line, &[("TERM", "dumb")]).end();
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let (_, text) = Terminal::start(home.path(), 40, &line, &[("LC_ALL", "C")]).end();
    assert!(text.contains("6 schemas - 2 odd - ") && text.is_ascii(), "{text:?}");
}

#[test]
fn json_on_a_terminal_holds_no_escape_either() {
    let home = home();
    let line = format!("\"$T\" tenants --json -d \"{}\" 2>/dev/null", fleet().dsn());
    let (code, text) = Terminal::start(home.path(), 80, &line, &[]).end();
    assert!(code == 0 && !text.contains('\u{1b}') && text.contains("\\u001b[31m"), "{text:?}");
}

fn guarded() -> (Cluster, String) {
    let hba = vec!["local all guarded scram-sha-256".into()];
    let cluster = own_cluster(ClusterOptions { hba, ..ClusterOptions::default() });
    run_sql(&cluster, "postgres", "CREATE ROLE guarded LOGIN PASSWORD 'right ö'");
    let dsn = cluster.dsn_as("guarded", "postgres");
    (cluster, dsn)
}

#[test]
fn a_password_is_asked_for_on_the_terminal_and_never_shown_nor_taken_from_stdin() {
    let home = home();
    let (_cluster, dsn) = guarded();
    let line = format!("echo 'data for somebody else' | \"$T\" schemas -d \"{dsn}\" | cat");
    let mut terminal = Terminal::start(home.path(), 80, &line, &[]);
    terminal.wait_for("Password for user guarded on ");
    terminal.wait_for(": ");
    terminal.type_keys("wrong\r");
    terminal.wait_for("(the last one was wrong): ");
    terminal.type_keys("rightt\u{7f} ö\r");
    let (code, text) = terminal.end();
    assert_eq!(code, 0);
    assert!(text.contains("public") && !text.contains("right") && !text.contains("wrong"), "{text:?}");
}

#[test]
fn ctrl_c_at_the_prompt_gives_the_terminal_back() {
    let home = home();
    let (_cluster, dsn) = guarded();
    let mut terminal = Terminal::start(home.path(), 80, &format!("exec \"$T\" tenants -d \"{dsn}\""), &[]);
    terminal.wait_for("Password for user guarded on ");
    terminal.wait_for(": ");
    terminal.type_keys("ri\u{3}");
    let (code, text) = terminal.end();
    assert_eq!(code, 130, "{text:?}");
    assert!(text.contains("tenantry: cancelled"), "{text:?}");
}
