//! Asks for a password on the terminal, before any screen is drawn. Must not read data that stands on stdin, nor keep what was
//! typed.

use std::fs::File;
use std::io::{self, BufRead as _, Read, Write as _};
use std::os::fd::{AsFd, OwnedFd};

use rustix::termios::{self, LocalModes, OptionalActions, Termios};

use crate::domain::fault::{Fault, FaultKind};
use crate::observer::Secret;

/// Whether the fault is that the person pressed Ctrl-C at the prompt.
pub(super) fn is_cancel(fault: &Fault) -> bool {
    fault.kind == FaultKind::Usage && fault.what == CANCELLED
}

const CANCELLED: &str = "cancelled";

/// Asks for the secret that `what` describes, such as `password for user app on db1:5432`.
pub(super) fn ask(what: &str) -> Result<Secret, Fault> {
    let no_terminal = |_| {
        Fault::new(FaultKind::Refused, format!("a {what} is needed, and there is no terminal to ask on"))
            .hint("Put it into ~/.pgpass (mode 600), or set PGPASSFILE.")
    };
    let terminal = File::options().read(true).write(true).open("/dev/tty").map_err(no_terminal)?;
    let silent = Silent::new(terminal.as_fd().try_clone_to_owned().map_err(no_terminal)?).map_err(no_terminal)?;
    let writer = terminal.try_clone().map_err(no_terminal)?;
    let config = rpassword::ConfigBuilder::new().input_reader(Keys(terminal)).output_writer(writer).build();
    let mut prompt = what.to_owned();
    if let Some(first) = prompt.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let typed = rpassword::prompt_password_with_config(format!("{prompt}: "), config);
    drop(silent);
    typed.map(Secret::new).map_err(|_| Fault::new(FaultKind::Usage, CANCELLED))
}

/// Asks for a line of text, which is shown as it is typed.
pub(super) fn line(what: &str) -> Result<String, Fault> {
    let no_terminal = |_| Fault::new(FaultKind::Refused, "a word is needed, and there is no terminal to ask on");
    let terminal = File::options().read(true).write(true).open("/dev/tty").map_err(no_terminal)?;
    (&terminal).write_all(what.as_bytes()).map_err(no_terminal)?;
    let mut typed = String::new();
    io::BufReader::new(terminal.take(LONGEST)).read_line(&mut typed).map_err(no_terminal)?;
    Ok(typed)
}

/// Nobody types more.
const LONGEST: u64 = 4_096;

/// A terminal that shows nothing and sends every key, until this value goes away. The prompt's own mode is not used because
/// Ctrl-C there ends the process before the terminal is given back.
struct Silent {
    terminal: OwnedFd,
    before: Termios,
}

impl Silent {
    fn new(terminal: OwnedFd) -> io::Result<Self> {
        let before = termios::tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        termios::tcsetattr(&terminal, OptionalActions::Now, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing given back.
        let _gone = termios::tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        let _line = rustix::io::write(&self.terminal, b"\n");
    }
}

/// The keys of the terminal; Ctrl-C is an error instead of a signal.
struct Keys(File);

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if buffer[..count].contains(&3) { Err(io::Error::other(CANCELLED)) } else { Ok(count) }
    }
}
