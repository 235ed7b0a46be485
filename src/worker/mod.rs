//! The door to everything that writes: a process of its own that executes ONE approved plan and notes every step in the run's journal
//! before and after it is taken. Must not plan anything, nor know who looks on.
//!
//! A dispatcher owns journal and state and decides; executors, one for each connection, send what they are ordered. What an answer
//! means is judged by pure functions. Whatever ends the process, the next one finds out what became of what was in flight.

mod at_hand;
mod child;
mod clock;
mod clone;
mod command;
mod control;
mod dispatcher;
mod drop;
mod executor;
mod failpoint;
mod gate;
mod halt;
mod job;
mod judge;
mod keeping;
mod ladder;
mod latecomers;
mod link;
mod migrate;
mod outside;
mod pace;
mod queue;
mod rename;
mod secrets;
mod settle;
mod signal;
mod verify;
mod watch;
mod whole;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Notify;
use tokio::sync::mpsc::{channel, unbounded_channel};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use self::command::Password;
use self::dispatcher::Dispatcher;
use self::executor::Common;
use self::gate::Gate;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::{End, RunId, RunState};
use crate::journal::{self, Folder, Journal, Socket};
use crate::plan::{Kind, resume};

/// Every target is applied.
pub const DONE: u8 = 0;
/// The worker could not begin, or could not go on: its log says why.
pub const FAILED: u8 = 1;
/// The run ended otherwise than with every target applied: its journal says how.
pub const NOT_ALL: u8 = 3;

/// Executes the run of a folder until it ends. What is needed to connect is read from standard input, to its end. Gives the exit code;
/// what goes wrong outside of the journal is said on standard error, one line for the fault and one for its hint.
pub fn main(folder: &Path) -> u8 {
    match work(folder) {
        Ok(End::Done) => DONE,
        Ok(_) => NOT_ALL,
        Err(fault) => {
            let hint = fault.hint.as_ref().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
            // There is nobody else to tell.
            let _told = std::io::stderr().write_all(format!("{}\n{hint}", fault.what).as_bytes());
            FAILED
        }
    }
}

fn work(path: &Path) -> Result<End, Fault> {
    let local = |what: String| Fault::new(FaultKind::Local, what);
    let mut handed = Zeroizing::new(Vec::with_capacity(1 << 16));
    std::io::stdin()
        .read_to_end(&mut handed)
        .map_err(|error| local(format!("nothing was handed over: {}", shown(&error.to_string()))))?;
    let text = std::str::from_utf8(&handed).map_err(|_| local("what was handed over is not understood".to_owned()))?;
    let folder = folder(path)?;
    let plan = journal::plan(&folder)?;
    let given = secrets::read(text, &plan)?;
    drop(handed);
    let (journal, entries) = Journal::open(&folder)?;
    let mut state = RunState::new(plan.outline());
    for entry in &entries {
        state.apply(entry).map_err(|illegal| local(illegal.to_string()))?;
    }
    resume::may_resume(&plan, &state, None)?;
    let gate = Gate::of(&plan)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| local(format!("no threads: {}", shown(&error.to_string()))))?;
    let name = format!("run/{}/{}@{}", folder.id.short(), given.by.user, given.by.host);
    let runs_programs = matches!(plan.kind, Kind::Command(_));
    let passwords = given.specs.iter().filter(|_| runs_programs).map(Password::of).collect::<Result<_, _>>()?;
    let common = Common {
        folder: folder.path.clone(),
        passwords,
        plan,
        specs: given.specs,
        name,
        run: folder.id.clone(),
        hold: AtomicBool::new(false),
        cancel: CancellationToken::new(),
        hurry: Notify::new(),
        source: clone::Seen::default(),
    };
    let ended = runtime.block_on(async {
        let (wishes_in, wishes) = unbounded_channel();
        let (open_in, mut open) = channel::<()>(1);
        let listener = control::open(&folder.path)?;
        let served = tokio::spawn(control::serve(listener, wishes_in, open_in));
        let stop = Box::pin(asked_to_stop());
        let ended = Dispatcher::new(Arc::new(common), state, journal, given.by, gate).run(wishes, stop, given.task).await;
        served.abort();
        // Who asked last, perhaps for the end, is answered.
        let _answered = tokio::time::timeout(std::time::Duration::from_secs(1), open.recv()).await;
        ended
    });
    // A socket without a worker is of no use to anybody; one that cannot be removed is replaced by the next worker.
    let _removed = std::fs::remove_file(Socket::file(&folder.path));
    // Connections whose servers do not answer are not waited for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ended
}

fn folder(path: &Path) -> Result<Folder, Fault> {
    let id = path.file_name().and_then(|name| name.to_str()).map(|name| RunId(name.to_owned()));
    let id = id.ok_or_else(|| Fault::new(FaultKind::Usage, "the folder of a run is needed"))?;
    Ok(Folder { id, path: path.to_owned() })
}

/// A machine that shuts down asks politely: what is in flight ends, and the rest is for the next worker. A terminal that goes away is
/// none of our business.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let _ignored = signal(SignalKind::hangup());
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}
