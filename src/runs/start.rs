//! Starts a worker: a process with a session of its own, so that neither a closed terminal nor the end of this process ends it. Must
//! not look at the secrets that it hands over.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;
use zeroize::Zeroizing;

use super::Place;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::{Person, RunId, TargetId};
use crate::journal::{self, Folder, Reader};
use crate::plan::Plan;

/// How long a worker may take until it has begun. It connects to nothing before.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const RHYTHM: Duration = Duration::from_millis(5);
/// How much of a log is told, in bytes.
const LAST_WORDS: u64 = 2_000;

/// What a new run needs.
#[derive(Debug)]
pub struct Start {
    /// What a person approved.
    pub plan: Plan,
    /// Who.
    pub by: Person,
    /// How to connect, as [`crate::observer::Target::hand_over`] says it, one line for each database. Goes through a pipe only.
    pub secrets: Zeroizing<String>,
    /// This program.
    pub program: PathBuf,
}

/// What a worker that takes a run up has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// What was not done.
    Rest,
    /// That, and again what failed, is dirty or was left out.
    Failed,
    /// These targets, before their stages and windows; all others wait.
    Only(Vec<TargetId>),
}

/// The first line of what is handed over: who asks, and for what.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    by: &'a Person,
    retry: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<&'a [TargetId]>,
}

impl<'a> Asked<'a> {
    fn new(by: &'a Person, taking: &'a Taking) -> Self {
        let only = match taking {
            Taking::Only(targets) => Some(targets.as_slice()),
            Taking::Rest | Taking::Failed => None,
        };
        Self { by, retry: *taking == Taking::Failed, only }
    }
}

/// This program, to be started as a worker. A console may be open for weeks, and its file be replaced by that of a newer version
/// meanwhile: its worker is of the version that made the plan.
pub fn own_program() -> Result<PathBuf, Fault> {
    let file = std::env::current_exe()
        .map_err(|error| Fault::new(FaultKind::Local, format!("it is not known where this program is: {error}")))?;
    Ok(startable(file))
}

fn startable(file: PathBuf) -> PathBuf {
    let running = PathBuf::from("/proc/self/exe");
    if !file.exists() && running.exists() { running } else { file }
}

/// Makes the record of a run and starts a worker on it, which starts no target of a run that is just in time. Gives the name of the run when the worker has begun; when it has not, nothing
/// of the run is left and the fault has the worker's own words.
pub fn start(place: &Place, start: Start) -> Result<RunId, Fault> {
    let Start { plan, by, secrets, program } = start;
    place.prepare()?;
    let folder = journal::create(&place.root, journal::fresh_id(), &plan)?;
    let taking = if plan.policy.just_in_time { Taking::Only(Vec::new()) } else { Taking::Rest };
    launch(&folder, &Asked::new(&by, &taking), &secrets, program).inspect_err(|_| {
        // Nothing was done in its name: a record of that would only be in the way.
        let _stays_if_need_be = journal::remove(&folder);
    })?;
    Ok(folder.id)
}

/// Starts a worker on a run that ended early, or was interrupted.
pub fn resume(
    place: &Place,
    id: &RunId,
    taking: &Taking,
    secrets: &Zeroizing<String>,
    by: &Person,
    program: PathBuf,
) -> Result<(), Fault> {
    let folder = place.folder(&id.0)?;
    if journal::is_alive(&folder) {
        let what = format!("a worker is at run {} already", id.short());
        return Err(Fault::new(FaultKind::Busy, what).hint(format!("`tenantry runs attach {}` follows it", id.short())));
    }
    launch(&folder, &Asked::new(by, taking), secrets, program)
}

fn launch(folder: &Folder, asked: &Asked<'_>, secrets: &Zeroizing<String>, program: PathBuf) -> Result<(), Fault> {
    let cannot = |error: &std::io::Error| {
        let what =
            format!("cannot start the worker of run {}: {}", folder.id.short(), shown(&error.to_string().to_lowercase()));
        Fault::new(FaultKind::Local, what)
    };
    let before = entries(folder)?;
    let mut log = journal::log(folder)?;
    let said_before = log.seek(SeekFrom::End(0)).map_err(|error| cannot(&error))?;
    let mut child = spawn(folder, program, log).map_err(|error| cannot(&error))?;
    let handed = child.stdin.take().map_or(Ok(()), |mut pipe| {
        let asked = serde_json::to_string(asked)?;
        pipe.write_all(format!("{asked}\n").as_bytes())?;
        pipe.write_all(secrets.as_bytes())
    });
    let begun = match handed {
        // It has ended, or will say itself what it misses.
        Ok(()) => wait(folder, &mut child, before, said_before),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => wait(folder, &mut child, before, said_before),
        Err(error) => Err(cannot(&error)),
    };
    if begun.is_err() {
        let _gone_already = child.kill();
    }
    // Somebody must hear of the end of a child as long as we live.
    std::thread::spawn(move || child.wait());
    begun
}

#[expect(unsafe_code, reason = "between fork and exec only setsid is called, which is safe to call there")]
fn spawn(folder: &Folder, program: PathBuf, log: File) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.arg("worker").arg(&folder.path).current_dir("/");
    // What it needs comes through the pipe; an environment can be read by others of the same user as long as it lives.
    command.env_remove("PGPASSWORD");
    command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
    // SAFETY: setsid is async-signal-safe and allocates nothing. It cannot fail in a process that was just forked.
    unsafe { command.pre_exec(|| rustix::process::setsid().map(drop).map_err(Into::into)) };
    command.spawn()
}

/// Waits until the journal says that a worker took the run up.
fn wait(folder: &Folder, child: &mut Child, before: u64, said_before: u64) -> Result<(), Fault> {
    let run = folder.id.short();
    let mut reader = Reader::open(folder)?;
    let mut n = 0;
    let began = Instant::now();
    loop {
        // Asked before the journal: what it wrote last is read then.
        let ended = child.try_wait().ok().flatten();
        while let Some(last) = reader.more()?.last() {
            n = last.n;
        }
        if n > before {
            return Ok(());
        }
        if let Some(status) = ended {
            let why = last_words(folder, said_before).unwrap_or_else(|| format!("it ended without a word ({status})"));
            return Err(Fault::new(FaultKind::Local, format!("the worker of run {run} could not begin: {why}")));
        }
        if began.elapsed() > PATIENCE {
            let what = format!("the worker of run {run} did not begin within {} s", PATIENCE.as_secs());
            return Err(Fault::new(FaultKind::Local, what));
        }
        std::thread::sleep(RHYTHM);
    }
}

/// The number of the last entry.
fn entries(folder: &Folder) -> Result<u64, Fault> {
    let mut reader = Reader::open(folder)?;
    let mut n = 0;
    while let Some(last) = reader.more()?.last() {
        n = last.n;
    }
    Ok(n)
}

/// What a worker said since, on one line.
fn last_words(folder: &Folder, since: u64) -> Option<String> {
    let mut file = File::open(folder.path.join(journal::LOG)).ok()?;
    let end = file.seek(SeekFrom::End(0)).ok()?;
    file.seek(SeekFrom::Start(since.max(end.saturating_sub(LAST_WORDS)))).ok()?;
    let mut bytes = Vec::new();
    file.take(LAST_WORDS).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| shown(&lines.join("; ")).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_whose_file_was_replaced_is_started_as_it_runs() {
        let own = std::env::current_exe().expect("this test");
        assert_eq!(startable(own.clone()), own);
        // So the system names a file that is gone.
        let gone = PathBuf::from(format!("{} (deleted)", own.display()));
        if cfg!(target_os = "linux") {
            let found = startable(gone);
            assert_eq!(found.canonicalize().expect("a file"), own.canonicalize().expect("a file"));
        }
    }
}
