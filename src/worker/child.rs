//! One program that somebody else wrote, as a child of the worker: how it is started, what it says, how it ends, and that nothing of it
//! goes on when the worker does not. Must not know what it does.

use std::collections::HashSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use tokio_util::sync::CancellationToken;

use crate::domain::name::shown;

/// So much of what a program says is kept, in bytes.
const KEPT: usize = 1 << 20;
/// So much of its end is looked at for the last line.
const TAIL: usize = 4_096;
/// How long a program may take to end after it was asked to.
const ENDING: Duration = Duration::from_secs(10);
/// How long exec may take before somebody who shows neither arguments nor environment is taken to have none.
const STARTING: Duration = Duration::from_secs(1);
/// How long what it left behind may still speak.
const LINGERING: Duration = Duration::from_millis(500);
/// The variable by which what a program started is known to be ours.
const MARK: &str = "TENANTRY_RUN";

/// What is to be started.
#[derive(Debug)]
pub(super) struct Program<'a> {
    /// The program and its arguments.
    pub(super) argv: Vec<String>,
    /// Where it runs.
    pub(super) folder: &'a str,
    /// Variables, over those that we have.
    pub(super) variables: Vec<(&'static str, String)>,
    /// Variables of ours that it must not see.
    pub(super) without: Vec<&'static str>,
    /// What tells it from others of ours: the run and the target.
    pub(super) mark: String,
    /// Where what it says is kept.
    pub(super) output: PathBuf,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// As the system says.
    pub(super) status: ExitStatus,
    /// The last line that it said, safe to show.
    pub(super) last: Option<String>,
    /// Whether it was asked to end.
    pub(super) cancelled: bool,
}

/// Starts it and waits for its end. When the worker is killed meanwhile, so is it.
pub(super) async fn run(program: &Program<'_>, cancel: &CancellationToken) -> std::io::Result<Ended> {
    let mut kept = Kept::open(&program.output)?;
    let (reader, writer) = std::io::pipe()?;
    let mut child = spawn(program, writer.into())?;
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let mut said = Receiver::from_owned_fd(OwnedFd::from(reader))?;
    let (mut bytes, mut is_open) = ([0; 8_192], true);
    let mut asked: Option<tokio::time::Instant> = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            read = said.read(&mut bytes), if is_open => match read {
                Ok(read) if read > 0 => kept.take(&bytes[..read]),
                _ => is_open = false,
            },
            () = cancel.cancelled(), if asked.is_none() => {
                end_group(group, Signal::TERM);
                asked = Some(tokio::time::Instant::now() + ENDING);
            }
            () = tokio::time::sleep_until(asked.unwrap_or_else(tokio::time::Instant::now)), if asked.is_some() => {
                end_group(group, Signal::KILL);
                asked = Some(tokio::time::Instant::now() + ENDING);
            }
        }
    };
    // What it said last may still be on its way; what it left running does not go on unnoticed.
    let rest = async {
        while is_open
            && let Ok(read) = said.read(&mut bytes).await
            && read > 0
        {
            kept.take(&bytes[..read]);
        }
    };
    let _all_or_some = tokio::time::timeout(LINGERING, rest).await;
    end_group(group, Signal::KILL);
    Ok(Ended { status, last: kept.last(), cancelled: asked.is_some() })
}

#[expect(unsafe_code, reason = "between fork and exec only prctl and getppid are called, which is safe to call there")]
fn spawn(program: &Program<'_>, output: OwnedFd) -> std::io::Result<tokio::process::Child> {
    let nothing = || std::io::Error::other("the command names no program");
    let (name, arguments) = program.argv.split_first().ok_or_else(nothing)?;
    let mut command = tokio::process::Command::new(name);
    command.args(arguments).current_dir(program.folder).stdin(Stdio::null());
    command.stdout(output.try_clone()?).stderr(output);
    for variable in &program.without {
        command.env_remove(variable);
    }
    command.envs(program.variables.iter().map(|(name, value)| (*name, value))).env(MARK, &program.mark);
    // A group of its own, so that all that it starts can be ended with it.
    command.process_group(0);
    let parent = rustix::process::getpid();
    let die_with_us = move || {
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have died before that.
        if rustix::process::getppid() == Some(parent) { Ok(()) } else { Err(std::io::Error::other("the worker is gone")) }
    };
    // SAFETY: both calls are async-signal-safe and allocate nothing on the way that is usually taken.
    unsafe { command.pre_exec(die_with_us) };
    command.spawn()
}

fn end_group(group: Option<Pid>, signal: Signal) {
    // A group without anybody left is none.
    let _gone = group.map(|group| rustix::process::kill_process_group(group, signal));
}

/// Ends what a program of a former worker left running, and waits until it is gone. The fault says what does not end.
pub(super) async fn end_left_behind(mark: &str) -> Result<(), String> {
    let began = tokio::time::Instant::now();
    loop {
        let Left { ours, starting } = left(mark);
        match ours.iter().next() {
            None if !starting || began.elapsed() > STARTING => return Ok(()),
            Some(first) if began.elapsed() > ENDING => {
                let pid = first.as_raw_nonzero();
                return Err(format!("process {pid} of a command that a former worker started does not end"));
            }
            _ => {}
        }
        for pid in &ours {
            let _gone = rustix::process::kill_process(*pid, Signal::KILL);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What is there of a program.
#[derive(Debug, Default)]
struct Left {
    /// The processes with its mark in their environment: what a program started has it, too.
    ours: HashSet<Pid>,
    /// Whether somebody is being started, of whom nobody can say yet whether it is one of them.
    starting: bool,
}

fn left(mark: &str) -> Left {
    let wanted = format!("{MARK}={mark}");
    let mut left = Left::default();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| Pid::from_raw(name.parse().ok()?)) else { continue };
        match environment(&entry.path()) {
            Some(all) if all.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes()) => _ = left.ours.insert(pid),
            Some(_) => {}
            None => left.starting = true,
        }
    }
    left
}

/// The environment of the process of this folder of /proc; empty where it has none, or none that may be read. None while the
/// process is in the middle of exec, which replaces it: Linux then shows a program without arguments and without environment.
fn environment(process: &Path) -> Option<Vec<u8>> {
    // Arguments first: they are there only when the environment is, too.
    let has_arguments = std::fs::read(process.join("cmdline")).is_ok_and(|all| !all.is_empty());
    let all = std::fs::read(process.join("environ")).unwrap_or_default();
    // Who ended, and who belongs to the kernel, has no program.
    let is_decided = has_arguments || !all.is_empty() || std::fs::read_link(process.join("exe")).is_err();
    is_decided.then_some(all)
}

/// What a program says: its beginning in a file, its end for the last line.
#[derive(Debug)]
struct Kept {
    file: File,
    room: usize,
    tail: Vec<u8>,
}

impl Kept {
    fn open(path: &Path) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        Ok(Self { file, room: KEPT, tail: Vec::new() })
    }

    fn take(&mut self, bytes: &[u8]) {
        let fits = bytes.len().min(self.room);
        let had_room = self.room > 0;
        self.room -= fits;
        // A full disk stops the journal, not this.
        let _as_far_as_possible = self.file.write_all(&bytes[..fits]);
        if had_room && fits < bytes.len() {
            let _as_far_as_possible = self.file.write_all(b"\n(the rest is left out)\n");
        }
        self.tail.extend_from_slice(bytes);
        let too_much = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..too_much);
    }

    fn last(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.tail);
        text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(|line| shown(line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(script: &str, folder: &Path) -> Program<'static> {
        Program {
            argv: vec!["sh".into(), "-c".into(), script.into()],
            folder: "/",
            variables: vec![("PGHOST", "here".into())],
            without: vec!["PGPASSWORD"],
            mark: format!("{}/1", folder.display()),
            output: folder.join("output").join("1.log"),
        }
    }

    #[tokio::test]
    async fn what_it_says_is_kept_up_to_a_limit_and_its_last_line_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let none = CancellationToken::new();
        let one = program("echo to $PGHOST; echo oops >&2; echo; exit 3", folder.path());
        let ended = run(&one, &none).await.expect("it runs");
        assert_eq!((ended.status.code(), ended.last.as_deref(), ended.cancelled), (Some(3), Some("oops"), false));
        assert_eq!(std::fs::read_to_string(&one.output).expect("a file"), "to here\noops\n\n");
        let loud = program("yes | head -c 3000000; echo the end", folder.path());
        assert_eq!(run(&loud, &none).await.expect("it runs").last.as_deref(), Some("the end"));
        let size = std::fs::metadata(&one.output).expect("a file").len();
        assert!((KEPT as u64..KEPT as u64 + 100).contains(&size), "{size}");
    }

    #[tokio::test]
    async fn it_ends_when_it_is_asked_to_with_all_that_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let cancel = CancellationToken::new();
        cancel.cancel();
        let one = program("sleep 1000 & echo started; wait", folder.path());
        let ended = run(&one, &cancel).await.expect("it runs");
        assert!(ended.cancelled && !ended.status.success());
        end_left_behind(&one.mark).await.expect("nothing is left");
        assert!(left(&one.mark).ours.is_empty());
    }

    #[tokio::test]
    async fn what_a_former_worker_left_is_found_by_its_mark() {
        let folder = tempfile::tempdir().expect("a folder");
        // Often, because some are looked for before exec has given them their environment.
        for round in 0..50 {
            let mark = format!("{}/{round}", folder.path().display());
            let mut sleep = tokio::process::Command::new("sleep");
            let mut child = sleep.arg("1000").env(MARK, &mark).kill_on_drop(true).spawn().expect("it starts");
            assert_eq!(end_left_behind(&mark).await, Ok(()));
            let status = tokio::time::timeout(ENDING, child.wait()).await.expect("it was found").expect("a child");
            assert!(!status.success(), "{round}");
        }
        assert!(left("another/7").ours.is_empty());
    }
}
