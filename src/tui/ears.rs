//! Listens to the terminal: input, and whether it is still there. One thread that sleeps until something comes; a lost terminal is
//! noticed at once, also when SIGHUP is ignored. Must not know what the messages do.

use std::io::{self, PipeReader, PipeWriter};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedSender;

use super::Exit;
use super::input::Input;
use super::msg::Msg;
use super::signals::Deadline;
use crate::domain::fault::{Fault, FaultKind};

/// How long the rest of a started sequence may take over a slow link.
const REST_NS: i64 = 50_000_000;

/// What comes from outside.
#[derive(Debug)]
pub(super) enum Heard {
    /// Input.
    Msg(Msg),
    /// The terminal may have another size.
    Resize,
    /// The shell continued us.
    Resume,
    /// The console must end, and how long it may take.
    End(Exit, Deadline),
}

/// The listening thread; dropping it ends the listening.
#[derive(Debug)]
pub(super) struct Ears {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Ears {
    /// Starts to listen.
    pub(super) fn listen(to: UnboundedSender<Heard>) -> Result<Self, Fault> {
        let wrong = |error: io::Error| Fault::new(FaultKind::Local, format!("the terminal cannot be listened to: {error}"));
        let (stopped, stop) = io::pipe().map_err(wrong)?;
        let thread = std::thread::Builder::new().name("ears".into()).spawn(move || {
            if hear(&stopped, &to).is_err() {
                let _ = to.send(Heard::End(Exit::Lost, Deadline::start(Exit::Lost)));
            }
        });
        Ok(Self { stop: Some(stop), thread: Some(thread.map_err(wrong)?) })
    }
}

impl Drop for Ears {
    /// Returns when nothing reads from the terminal any more, so that psql gets every key.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Listens until it is stopped; an error means that the terminal is gone.
fn hear(stopped: &PipeReader, to: &UnboundedSender<Heard>) -> Result<(), Errno> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    let mut input = Input::default();
    let mut bytes = [0; 4096];
    loop {
        let mut fds = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(stopped, PollFlags::IN),
            // Without a wish only loss is told.
            PollFd::new(&stdout, PollFlags::empty()),
        ];
        let rest = Timespec { tv_sec: 0, tv_nsec: REST_NS };
        let ready = match poll(&mut fds, input.is_waiting().then_some(&rest)) {
            Ok(ready) => ready,
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
        };
        let [heard, end, out] = fds.map(|fd| fd.revents());
        let lost = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        if !end.is_empty() {
            return Ok(());
        }
        if out.intersects(lost) || heard.intersects(lost) {
            return Err(Errno::IO);
        }
        let msgs = if ready == 0 {
            input.settle()
        } else {
            match rustix::io::read(&stdin, &mut bytes) {
                Ok(0) => return Err(Errno::IO),
                Ok(count) => input.feed(&bytes[..count]),
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(error) => return Err(error),
            }
        };
        for msg in msgs {
            if to.send(Heard::Msg(msg)).is_err() {
                return Ok(());
            }
        }
    }
}
