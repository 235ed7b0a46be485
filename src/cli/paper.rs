//! The two streams of a headless verb: data to stdout, narration to stderr. Must not know what is said.

use std::io::{self, IsTerminal as _, Write as _};

use super::sheet::Paper;

/// What stdout is.
pub(super) fn stdout() -> Paper {
    let terminal = io::stdout().is_terminal();
    let width =
        || rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col)).filter(|&cells| cells > 0);
    Paper {
        terminal,
        width: if terminal { width() } else { None },
        colour: terminal && colours(),
        ascii: !super::look::locale_is_utf8(),
    }
}

/// Whether the person wants colours where there could be some.
fn colours() -> bool {
    able() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether the terminal understands more than text.
fn able() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// Prints data. A reader that has seen enough (`| head`) is no failure.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Tells something that is not data.
pub(super) fn narrate(text: &str) {
    // Nobody listens any more: there is nobody to tell that to.
    let _unheard = io::stderr().lock().write_all(text.as_bytes());
}

/// One line on stderr that is written over again and again; nothing where stderr is no terminal.
#[derive(Debug, Default)]
pub(super) struct Progress {
    shown: bool,
}

impl Progress {
    /// Replaces the line.
    pub(super) fn show(&mut self, line: &str) {
        if io::stderr().is_terminal() && able() {
            let width = rustix::termios::tcgetwinsize(io::stderr()).map_or(80, |size| usize::from(size.ws_col).max(20));
            let line: String = line.chars().take(width - 1).collect();
            narrate(&format!("\r\u{1b}[K{line}"));
            self.shown = true;
        }
    }
}

impl Progress {
    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            narrate("\r\u{1b}[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
