//! Signals, and the promise that one which asks for an end is obeyed within a second, whatever the loop is doing. Must not know the
//! loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::Exit;
use super::ears::Heard;
use super::terminal;
use crate::domain::fault::{Fault, FaultKind};

/// How long the loop has to end by itself.
const GRACE: Duration = Duration::from_millis(600);

/// Whether another program has the terminal: then `^C` and `^\` are meant for it.
static LENT: AtomicBool = AtomicBool::new(false);

/// The tasks that wait for signals; dropping them ends the waiting.
#[derive(Debug)]
pub(super) struct Signals {
    _tasks: JoinSet<()>,
}

impl Signals {
    /// Starts to catch them, on the runtime's own threads, so that a busy loop delays none.
    pub(super) fn catch(to: &UnboundedSender<Heard>) -> Result<Self, Fault> {
        let mut tasks = JoinSet::new();
        let resume = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        let ends = [SignalKind::hangup(), SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()];
        for kind in ends.into_iter().chain([SignalKind::window_change(), resume]) {
            let mut caught =
                signal(kind).map_err(|error| Fault::new(FaultKind::Local, format!("signals cannot be caught: {error}")))?;
            let to = to.clone();
            tasks.spawn(async move {
                while caught.recv().await.is_some() {
                    if let Some(heard) = meaning(kind)
                        && to.send(heard).is_err()
                    {
                        return;
                    }
                }
            });
        }
        Ok(Self { _tasks: tasks })
    }
}

fn meaning(kind: SignalKind) -> Option<Heard> {
    if kind == SignalKind::window_change() {
        return Some(Heard::Resize);
    }
    if kind.as_raw_value() == rustix::process::Signal::CONT.as_raw() {
        return Some(Heard::Resume);
    }
    let keyboard = [SignalKind::interrupt(), SignalKind::quit()].contains(&kind);
    if keyboard && LENT.load(Ordering::SeqCst) {
        return None;
    }
    let exit = Exit::Signal(kind.as_raw_value());
    Some(Heard::End(exit, Deadline::start(exit)))
}

/// Says whether another program has the terminal.
pub(super) fn lend(lent: bool) {
    LENT.store(lent, Ordering::SeqCst);
}

/// Ends the process when nobody says in time that it is ending.
#[derive(Debug)]
pub(super) struct Deadline {
    _ended: Sender<()>,
}

impl Deadline {
    /// Starts the clock; dropping the deadline stops it.
    pub(super) fn start(exit: Exit) -> Self {
        let (ended, wait) = channel::<()>();
        let watch = move || {
            if wait.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
                terminal::restore();
                std::process::exit(i32::from(exit.code()));
            }
        };
        // Without a thread there is no deadline, and the loop still ends by itself.
        drop(std::thread::Builder::new().name("deadline".into()).spawn(watch));
        Self { _ended: ended }
    }
}
