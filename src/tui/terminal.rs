//! The life of the terminal: entered once, given back once, whoever is first to say so - the end of the console, a panic, a signal,
//! a suspend. Must not know what is drawn.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use crate::domain::fault::{Fault, FaultKind};

/// What is needed to give the terminal back; `None` while it is not ours.
static ENTERED: Mutex<Option<Entered>> = Mutex::new(None);
/// Called after a panic, so that the loop ends.
static ON_PANIC: Mutex<Option<tokio::sync::mpsc::UnboundedSender<()>>> = Mutex::new(None);

struct Entered {
    before: Termios,
}

/// Alternate screen, cleared, cursor hidden, pasted text marked as such.
const ENTER: &str = "\x1b[?1049h\x1b[H\x1b[2J\x1b[?25l\x1b[?2004h";
const ENTER_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
/// The end of a frame that may be half drawn, then everything off, in the reverse order; harmless where it was never on.
const LEAVE: &str = "\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[m\x1b[?25h\x1b[?1049l";

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub(super) struct Held {
    mouse: bool,
}

impl Held {
    /// Takes the terminal over: raw input, alternate screen.
    pub(super) fn enter(mouse: bool) -> Result<Self, Fault> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Fault::new(FaultKind::Usage, "the console needs a terminal for input and output")
                .hint("For pipes and scripts there are the verbs, such as tenantry tenants --json."));
        }
        let held = Self { mouse };
        held.take()?;
        Ok(held)
    }

    fn take(&self) -> Result<(), Fault> {
        let wrong = |error: io::Error| Fault::new(FaultKind::Local, format!("the terminal cannot be set up: {error}"));
        let mut entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tcgetattr(io::stdin()).map_err(|error| wrong(error.into()))?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw).map_err(|error| wrong(error.into()))?;
        *entered = Some(Entered { before });
        let mut sequences = ENTER.to_owned();
        sequences.push_str(if self.mouse { ENTER_MOUSE } else { "" });
        write(&sequences).map_err(wrong)
    }

    /// Takes it over again after [`restore`], or after somebody else changed it.
    pub(super) fn enter_again(&self) -> Result<(), Fault> {
        restore();
        self.take()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back as it was. The second call does nothing; failures are nobody's news any more.
pub(super) fn restore() {
    let entered = match ENTERED.try_lock() {
        Ok(mut entered) => entered.take(),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
        // Somebody else is just doing it.
        Err(std::sync::TryLockError::WouldBlock) => return,
    };
    if let Some(entered) = entered {
        // The modes first: the text may block for ever on a terminal that takes nothing more.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &entered.before);
        let _ = write(LEAVE);
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The way out to the terminal: every write goes at once and as a whole, also where the terminal takes its time.
#[derive(Debug)]
pub(super) struct Tty {
    file: File,
}

impl Tty {
    /// Standard output without a buffer in between.
    pub(super) fn open() -> Result<Self, Fault> {
        let file = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let file =
            file.map_err(|error| Fault::new(FaultKind::Local, format!("the terminal cannot be written to: {error}")))?;
        Ok(Self { file })
    }
}

impl Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                // Somebody made the terminal non-blocking; it is theirs too.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], None)?;
                }
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Columns and rows of the terminal; 80 by 24 where it does not say.
pub(super) fn size() -> (u16, u16) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// From now on a panic anywhere first gives the terminal back, then reports as before, then ends the loop that listens.
pub(super) fn on_panic(listener: tokio::sync::mpsc::UnboundedSender<()>) {
    static HOOK: Once = Once::new();
    *ON_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            report(info);
            if let Some(listener) = &*ON_PANIC.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = listener.send(());
            }
        }));
    });
}
