//! The archive of a schema: `pg_dump` writes it, `pg_restore` reads its list again, and nothing goes before that list has everything. Must not
//! change the database.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::silence;
use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind, Part, Progress};
use crate::domain::units;
use crate::pg::Spec;
use crate::plan::drop::Archive;
use crate::plan::drop::archive::{Expected, file_name, listed, missing, pattern};
use crate::plan::drop::message::Removal;
use crate::worker::at_hand::AtHand;
use crate::worker::whole::Undone;

/// How often it is looked at how large the archive is.
const RHYTHM: Duration = Duration::from_millis(500);
/// How much of what a program complains is kept, in bytes.
const WORDS: usize = 8_192;

/// Makes the archive. Gives what to tell about it; safe to show.
pub(super) async fn make(at_hand: &AtHand<'_>, archive: &Archive, removal: &Removal<'_>) -> Result<String, Undone> {
    let target = at_hand.target();
    let folder = PathBuf::from(&archive.folder);
    let path = folder.join(file_name(&target.schema, target.oid, at_hand.common.run.short()));
    let partial = path.with_extension("partial");
    prepare(&folder, &partial).map_err(|error| local("the archive cannot be written", &error))?;
    let made = write(at_hand, archive, removal, &partial).await;
    let bytes = match made {
        Ok(()) => keep(&partial, &path).map_err(|error| local("the archive cannot be kept", &error)),
        Err(undone) => Err(undone),
    }
    .inspect_err(|_| {
        // Half an archive is of no use to anybody.
        let _gone = std::fs::remove_file(&partial);
    })?;
    let schema = shown(&target.schema);
    Ok(format!("the archive of {schema} is {} ({})", shown(&path.to_string_lossy()), units::bytes(bytes)))
}

/// Makes the folder, for nobody else where it is new, and an empty file that only we can read.
fn prepare(folder: &Path, partial: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    match std::fs::remove_file(partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial).map(drop)
}

/// Lets the disk have it and gives it its name. Tells its size.
fn keep(partial: &Path, path: &Path) -> std::io::Result<u64> {
    let file = File::open(partial)?;
    file.sync_all()?;
    std::fs::rename(partial, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file.metadata()?.len())
}

async fn write(at_hand: &AtHand<'_>, archive: &Archive, removal: &Removal<'_>, file: &Path) -> Result<(), Undone> {
    let spec = &at_hand.common.specs[usize::from(at_hand.target().database)];
    let password = passfile(spec).map_err(|error| local("the password cannot be handed to pg_dump", &error))?;
    let mut dump = program(&archive.dump, at_hand);
    dump.args(["--format=custom", "--no-password", "--strict-names"]);
    dump.arg(format!("--lock-wait-timeout={}", at_hand.common.plan.policy.lock_timeout_ms.max(1)));
    dump.arg(format!("--schema={}", pattern(&at_hand.target().schema)));
    dump.arg(format!("--file={}", file.display()));
    dump.args(removal.role().map(|role| format!("--role={role}")));
    dump.envs(spec.program_variables());
    dump.env("PGAPPNAME", removal.dump_name()).env("PGCLIENTENCODING", "UTF8");
    if let Some(password) = &password {
        dump.env("PGPASSFILE", format!("/dev/fd/{}", password.as_raw_fd()));
    }
    finished(at_hand, "pg_dump", &mut dump, Some(file)).await?;
    drop(password);
    let mut list = program(&archive.restore, at_hand);
    list.arg("--list").arg(file).stdout(Stdio::piped());
    let list = finished(at_hand, "pg_restore", &mut list, None).await?;
    verify(at_hand, removal, &list).await
}

/// Whether the archive lists everything that the schema has; nobody can have changed that since in what has rows.
async fn verify(at_hand: &AtHand<'_>, removal: &Removal<'_>, list: &str) -> Result<(), Undone> {
    let rows = at_hand.send(&removal.contents(), silence(at_hand)).await.map_err(|failed| Undone::of(at_hand, failed))?;
    let expected = |row: &Vec<Option<String>>| {
        let cell = |at: usize| row.get(at).and_then(Option::as_deref);
        Some(Expected {
            catalogue: cell(0)?.parse().ok()?,
            oid: cell(1)?.parse().ok()?,
            rows: cell(2)? == "t",
            what: cell(3)?.to_owned(),
        })
    };
    let expected: Option<Vec<Expected>> = rows.iter().map(expected).collect();
    let strange = || refused(CauseKind::Strange, "what the schema has could not be read".to_owned());
    let missing = missing(&listed(list), &expected.ok_or_else(strange)?);
    match missing.first() {
        None => Ok(()),
        Some(one) => {
            let more = if missing.len() > 1 { format!(" and {} more", missing.len() - 1) } else { String::new() };
            Err(refused(CauseKind::Strange, format!("the archive misses {}{more}", at_hand.without_name(one))))
        }
    }
}

/// A program of PostgreSQL's with nothing of our environment but where programs and the home are.
fn program(path: &str, at_hand: &AtHand<'_>) -> Command {
    let mut command = Command::new(path);
    command.env_clear().env("LC_ALL", "C");
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("PGAPPNAME", &at_hand.common.name);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Waits for the end of a program while it writes a file, and gives what it printed. Dropping the future kills it.
async fn finished(at_hand: &AtHand<'_>, name: &str, command: &mut Command, file: Option<&Path>) -> Result<String, Undone> {
    let mut child = command.spawn().map_err(|error| local(&format!("{name} cannot be started"), &error))?;
    let (said, printed) = (words(&mut child), printed(&mut child));
    let mut ticks = tokio::time::interval(RHYTHM);
    let ended = async {
        let (status, said, printed) = tokio::join!(child.wait(), said, printed);
        status.map(|status| (status, said, printed))
    };
    let mut ended = std::pin::pin!(ended);
    loop {
        tokio::select! {
            ended = &mut ended => {
                let (status, said, printed) = ended.map_err(|error| local(&format!("{name} was lost"), &error))?;
                return if status.success() { Ok(printed) } else { Err(complained(at_hand, name, &said)) };
            }
            () = at_hand.common.cancel.cancelled() => return Err(Undone::Cancelled),
            fault = at_hand.writer.lost() => return Err(Undone::Unknown(fault.what)),
            _ = ticks.tick() => {
                if let Some(size) = file.and_then(|file| file.metadata().ok()).map(|file| file.len()) {
                    at_hand.progress(Progress { part: Part::Archive, done: 0, of: 1, rows: 0, bytes: size });
                }
            }
        }
    }
}

/// The end of what a program complains.
fn words(child: &mut Child) -> impl Future<Output = String> + use<> {
    let pipe = child.stderr.take();
    async move {
        let Some(mut pipe) = pipe else { return String::new() };
        let (mut last, mut piece) = (Vec::new(), [0; 1_024]);
        while let Ok(count @ 1..) = pipe.read(&mut piece).await {
            last.extend_from_slice(&piece[..count]);
            let too_many = last.len().saturating_sub(WORDS);
            last.drain(..too_many);
        }
        String::from_utf8_lossy(&last).into_owned()
    }
}

fn printed(child: &mut Child) -> impl Future<Output = String> + use<> {
    let pipe = child.stdout.take();
    async move {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What could not be read is missed by whoever looks for it.
            let _read = pipe.read_to_end(&mut bytes).await;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What a program's complaint means: its first error counts.
fn complained(at_hand: &AtHand<'_>, name: &str, said: &str) -> Undone {
    let line =
        said.lines().find(|line| line.contains("error:")).or(said.lines().last()).unwrap_or("it ended without a word");
    let line = line.split_once("error:").map_or(line, |(_, what)| what).trim();
    let has = |words: &str| said.contains(words);
    let kind = match () {
        () if has("out of shared memory") || has("too many clients") => CauseKind::Pressure,
        () if has("lock timeout") || has("deadlock detected") => CauseKind::Contention,
        () if has("permission denied") => CauseKind::Privilege,
        () if has("No space left on device") => CauseKind::Server,
        () => CauseKind::Statement,
    };
    refused(kind, format!("{name} failed: {}", at_hand.without_name(line)))
}

/// The password file that `pg_dump` reads: in memory only, gone with us, and never in an argument or in the environment.
fn passfile(spec: &Spec) -> std::io::Result<Option<OwnedFd>> {
    let lines = spec.passfile_lines();
    if lines.is_empty() {
        return Ok(None);
    }
    let mut file = nameless()?;
    rustix::fs::fchmod(&file, rustix::fs::Mode::from_raw_mode(0o600))?;
    file.write_all(lines.as_bytes())?;
    file.rewind()?;
    // It is inherited: the child has it under the same number.
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
    Ok(Some(file.into()))
}

/// A file without a name, in memory.
#[cfg(target_os = "linux")]
fn nameless() -> std::io::Result<File> {
    Ok(File::from(rustix::fs::memfd_create("passfile", rustix::fs::MemfdFlags::CLOEXEC)?))
}

/// A file that has lost its name.
#[cfg(not(target_os = "linux"))]
fn nameless() -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!(".tenantry-{}", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

fn local(what: &str, error: &std::io::Error) -> Undone {
    // A full disk may have room again; all else a person must see.
    let is_full = error.kind() == std::io::ErrorKind::StorageFull;
    let kind = if is_full { CauseKind::Server } else { CauseKind::Statement };
    refused(kind, format!("{what}: {}", shown(&error.to_string().to_lowercase())))
}

fn refused(kind: CauseKind, what: String) -> Undone {
    Undone::Cause(Cause { kind, sqlstate: None, what, statement: None, hint: None })
}
