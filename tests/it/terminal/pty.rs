//! A terminal of our own with a program in it: what it shows, what it sent, how it ended. Everything waits for a condition with a
//! deadline.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

/// As long as everything else in the tests; said here, because a bench and another test have a terminal like this too.
const DEADLINE: Duration = Duration::from_mins(2);

/// A terminal with a running program.
pub(crate) struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    /// Kept, so that the modes of the terminal can be read after the program has ended.
    _slave: Box<dyn SlavePty + Send>,
    /// The terminal as the program has it.
    inside: File,
    child: Box<dyn Child + Send + Sync>,
    writer: Option<Box<dyn Write + Send>>,
    reading: Option<JoinHandle<()>>,
    closing: Arc<AtomicBool>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    sent: Vec<u8>,
    /// Whether the terminal is smaller than the emulator can be; what comes then is not shown.
    tiny: bool,
    before: String,
    home: tempfile::TempDir,
}

impl Pty {
    /// Starts a program in a terminal of 80 by 24 with an empty home and nothing of our own surroundings.
    pub(crate) fn start<S: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: &[S], variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let pair = native_pty_system().openpty(size(80, 24)).expect("a terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.cwd(home.path());
        command.env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, value) in [("LANG", "C.UTF-8"), ("TZ", "UTC"), ("TERM", "xterm-256color"), ("PS1", "$ ")] {
            command.env(name, value);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let name = pair.master.tty_name().expect("a name");
        // It does not become our own terminal.
        let no_terminal_of_ours = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
        let inside =
            File::options().read(true).write(true).custom_flags(no_terminal_of_ours).open(name).expect("the terminal");
        let before = format!("{:?}", pair.master.get_termios());
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let (to, output) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let close = Arc::clone(&closing);
        let reading = std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0 || to.send(bytes[..count].to_vec()).is_err() || close.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Self {
            writer: Some(pair.master.take_writer().expect("a writer")),
            master: Some(pair.master),
            _slave: pair.slave,
            inside,
            child,
            reading: Some(reading),
            closing,
            output,
            parser: vt100::Parser::new(24, 80, 100),
            sent: Vec::new(),
            tiny: false,
            before,
            home,
        }
    }

    /// The console on a conninfo string.
    pub(crate) fn console(dsn: &str, variables: &[(&str, &str)]) -> Self {
        Self::start(env!("CARGO_BIN_EXE_tenantry"), &[dsn], variables)
    }

    /// The empty folder that the program runs in.
    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Types.
    pub(crate) fn keys(&mut self, text: &str) {
        self.writer.as_mut().expect("open").write_all(text.as_bytes()).expect("the terminal takes keys");
    }

    /// The text on the screen.
    pub(crate) fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// The screen as cells.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Everything that the program has sent so far.
    pub(crate) fn sent(&self) -> &[u8] {
        &self.sent
    }

    fn take(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        if !self.tiny {
            self.parser.process(bytes);
        }
    }

    /// Waits until the screen holds a text.
    pub(crate) fn wait(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Whether a frame has begun and not ended: half of the screen is then of the frame before.
    fn within_frame(&self) -> bool {
        let last = |mark: &[u8]| self.sent.windows(mark.len()).rposition(|bytes| bytes == mark);
        last(b"\x1b[?2026h") > last(b"\x1b[?2026l")
    }

    /// Waits until the screen is as it should be, and whole.
    pub(crate) fn wait_until(&mut self, what: &str, right: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !right(self.parser.screen()) || self.within_frame() {
            let Some(bytes) = self.next(deadline.saturating_duration_since(Instant::now())) else {
                panic!("waited for {what:?} in vain; the screen shows\n{}", self.text())
            };
            self.take(&bytes);
        }
    }

    /// Waits until the program has taken in all that was typed, and has had nothing to do for a while.
    pub(crate) fn settle(&mut self, quiet: Duration) {
        const LOOK: Duration = Duration::from_millis(10);
        let deadline = Instant::now() + DEADLINE;
        let mut since = Instant::now();
        while since.elapsed() < quiet {
            let next = self.next(LOOK.min(quiet));
            if next.is_some() || !self.rests() {
                since = Instant::now();
            }
            self.take(&next.unwrap_or_default());
            assert!(Instant::now() < deadline, "the program never falls silent; the screen shows\n{}", self.text());
        }
    }

    /// Whether the program has read everything, and each of its threads waits for something. One that may run and does not get to it
    /// on a busy machine does not rest.
    fn rests(&self) -> bool {
        let sleeps = |task: std::io::Result<std::fs::DirEntry>| {
            let stat = task.and_then(|task| std::fs::read_to_string(task.path().join("stat")));
            // The second word may hold blanks and is closed by the last parenthesis.
            stat.is_ok_and(|stat| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" S ")))
        };
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid()));
        rustix::io::ioctl_fionread(&self.inside).is_ok_and(|unread| unread == 0)
            && tasks.is_ok_and(|mut tasks| tasks.all(sleeps))
    }

    /// What comes within a window of observation.
    pub(crate) fn observe(&mut self, window: Duration) -> Vec<u8> {
        let from = self.sent.len();
        let end = Instant::now() + window;
        while let Some(bytes) = self.next(end.saturating_duration_since(Instant::now())) {
            self.take(&bytes);
        }
        self.sent[from..].to_vec()
    }

    fn next(&mut self, within: Duration) -> Option<Vec<u8>> {
        self.output.recv_timeout(within).ok()
    }

    /// The process that was started.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("it was started")
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("the process is there");
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.master.as_ref().expect("open").resize(size(columns, rows)).expect("a size");
        self.tiny = columns < 20 || rows < 5;
        if !self.tiny {
            self.parser.screen_mut().set_size(rows, columns);
        }
    }

    /// Closes the terminal as a lost connection does. The program must answer `key`, so that nobody reads from it any more.
    pub(crate) fn lose(&mut self, key: &str) {
        self.closing.store(true, Ordering::SeqCst);
        self.keys(key);
        let (reading, deadline) = (self.reading.take().expect("open"), Instant::now() + DEADLINE);
        while !reading.is_finished() {
            assert!(Instant::now() < deadline, "the program does not answer {key:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        reading.join().expect("the reader ends");
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end of the program; gives its exit code.
    pub(crate) fn ended(&mut self) -> u32 {
        let from = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                self.take_the_rest();
                return status.exit_code();
            }
            if let Some(bytes) = self.next(Duration::from_millis(5)) {
                self.take(&bytes);
            }
            assert!(from.elapsed() < DEADLINE, "the program does not end; the screen shows\n{}", self.text());
        }
    }

    /// Takes everything that the program has written: it is there once a mark comes through that is written after it.
    fn take_the_rest(&mut self) {
        // A terminal knows no such command, and shows nothing of it.
        const MARK: &[u8] = b"\x1b]7777;the end\x07";
        if self.master.is_none() {
            return;
        }
        (&self.inside).write_all(MARK).expect("a mark");
        let deadline = Instant::now() + DEADLINE;
        let mut rest = Vec::new();
        let end = loop {
            if let Some(end) = rest.windows(MARK.len()).position(|bytes| bytes == MARK) {
                break end;
            }
            rest.extend(self.next(deadline.saturating_duration_since(Instant::now())).expect("the mark"));
        };
        self.take(&rest[..end]);
    }

    /// Asserts that the terminal is as it was before the program: modes, main screen, cursor.
    pub(crate) fn assert_given_back(&self) {
        let after = format!("{:?}", self.master.as_ref().expect("open").get_termios());
        assert_eq!(after, self.before, "the modes of the terminal");
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was not left");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pasted text is still marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
