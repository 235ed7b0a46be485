//! The folders of runs: made whole, listed, removed. Must not know what a journal says.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::{LOG, line, local, lock};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::RunId;
use crate::plan::{FORMAT, Plan};

/// One run's folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Folder {
    /// The run.
    pub id: RunId,
    /// Where it is.
    pub path: PathBuf,
}

/// Who may look at the runs of a state folder. Only the owner of a run ever controls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Nobody else.
    #[default]
    Own,
    /// The group of the state folder, as far as its mode says.
    Group,
}

const PLAN: &str = "plan.json";
pub(super) const JOURNAL: &str = "journal.jsonl";
/// More than a plan of a hundred thousand targets has.
const LARGEST_PLAN: u64 = 512 << 20;
const GROUP_READS: u32 = 0o050;
/// The group of a folder is that of the folder above; only the owner of a file in it may remove that.
const SET_GROUP: u32 = 0o2000;

/// `plan.json`.
#[derive(Serialize)]
struct Written<'a> {
    format: (u16, u16),
    hash: &'a str,
    plan: &'a Plan,
}

/// A new name, unlike any other.
pub fn fresh_id() -> RunId {
    RunId(Ulid::generate().to_string())
}

/// Where the runs of a state folder are.
pub fn root(state: &Path) -> PathBuf {
    state.join("runs")
}

/// Makes the folder of all runs, if there is none. A shared one has the mode of the state folder, which must be there; the
/// person's own one is made with all folders above it, for nobody else.
pub fn prepare(state: &Path, sharing: Sharing) -> Result<PathBuf, Fault> {
    use std::os::unix::fs::DirBuilderExt as _;
    let root = root(state);
    let what = |path: &Path| format!("cannot make the folder {}", shown(&path.to_string_lossy()));
    if sharing == Sharing::Own {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state);
        made.map_err(|error| local(&what(state), error))?;
    }
    let mode = match sharing {
        Sharing::Own => 0o700,
        Sharing::Group => rustix::fs::stat(state).map_err(|error| local(&what(&root), error))?.st_mode & 0o7777,
    };
    match rustix::fs::mkdirat(CWD, &root, Mode::from_raw_mode(0o700)) {
        Ok(()) => open_folder(&root)?.set_mode(mode).map_err(|error| local(&what(&root), error))?,
        Err(rustix::io::Errno::EXIST) => drop(open_folder(&root)?),
        Err(error) => return Err(local(&what(&root), error)),
    }
    Ok(root)
}

/// Makes the folder of a run that has not begun. It is there whole, or not at all. The folder of all runs is made for the person
/// alone when it is missing.
pub fn create(root: &Path, id: RunId, plan: &Plan) -> Result<Folder, Fault> {
    let what = |error: std::io::Error| local(&format!("cannot make the folder of run {}", id.short()), error);
    if let (false, Some(state)) = (root.exists(), root.parent()) {
        prepare(state, Sharing::Own)?;
    }
    let runs = open_folder(root)?;
    let inherited = runs.mode().map_err(what)?;
    let (folder_mode, file_mode) = if inherited & GROUP_READS == GROUP_READS { (0o750, 0o640) } else { (0o700, 0o600) };
    let unfinished = format!(".{}.new", id.0);
    rustix::fs::mkdirat(&runs.0, unfinished.as_str(), Mode::from_raw_mode(0o700)).map_err(|error| what(error.into()))?;
    let made = || -> Result<(), std::io::Error> {
        let folder = runs.enter(&unfinished)?;
        let hash = plan.hash();
        let json = serde_json::to_vec(&Written { format: FORMAT, hash: &hash, plan })?;
        folder.write(PLAN, &json, file_mode)?;
        folder.write(JOURNAL, line::header(&id)?.as_bytes(), file_mode)?;
        folder.write("lock", b"", file_mode)?;
        folder.write(LOG, b"", file_mode)?;
        folder.set_mode(folder_mode | inherited & SET_GROUP)?;
        folder.sync()?;
        rustix::fs::renameat(&runs.0, unfinished.as_str(), &runs.0, id.0.as_str())?;
        runs.sync()
    };
    if let Err(error) = made() {
        let _what_is_left = std::fs::remove_dir_all(root.join(&unfinished));
        return Err(what(error));
    }
    Ok(Folder { path: root.join(&id.0), id })
}

/// What was left of runs whose making or removal was interrupted before this moment: nothing reads it, and a run that is being made
/// just now is not old. A folder that is not there holds none.
pub fn leftovers(root: &Path, before: SystemTime) -> Result<Vec<PathBuf>, Fault> {
    let what = |error| local(&format!("cannot list the runs in {}", shown(&root.to_string_lossy())), error);
    let entries = match std::fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(what(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(what)?;
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix('.')?.rsplit_once('.'));
        let is_ours = id.is_some_and(|(id, end)| matches!(end, "new" | "old") && Ulid::from_string(id).is_ok());
        let metadata = entry.metadata().map_err(what)?;
        if is_ours && metadata.is_dir() && metadata.modified().is_ok_and(|modified| modified <= before) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Removes what [`leftovers`] gave.
pub fn remove_leftover(path: &Path) -> Result<(), Fault> {
    let what = |error| local(&format!("cannot remove {}", shown(&path.to_string_lossy())), error);
    std::fs::remove_dir_all(path).map_err(what)
}

/// All runs, the newest first. What is none of ours is left aside; a folder that is not there holds none.
pub fn list(root: &Path) -> Result<Vec<Folder>, Fault> {
    let what = || format!("cannot list the runs in {}", shown(&root.to_string_lossy()));
    if let Err(error) = std::fs::symlink_metadata(root)
        && error.kind() == std::io::ErrorKind::NotFound
    {
        return Ok(Vec::new());
    }
    let runs = open_folder(root)?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).map_err(|error| local(&what(), error))? {
        let name = entry.map_err(|error| local(&what(), error))?.file_name();
        let Some(name) = name.to_str().filter(|name| Ulid::from_string(name).is_ok_and(|id| id.to_string() == *name)) else {
            continue;
        };
        if runs.enter(name).is_ok_and(|folder| folder.has_file(PLAN)) {
            found.push(Folder { id: RunId(name.to_owned()), path: root.join(name) });
        }
    }
    found.sort_by(|a, b| b.id.cmp(&a.id));
    Ok(found)
}

/// The approved plan. One of another format, or that is no longer what was approved, is refused.
pub fn plan(folder: &Folder) -> Result<Plan, Fault> {
    /// What every version has. The plan comes later: another version of it might not be understood.
    #[derive(Deserialize)]
    struct Version {
        format: (u16, u16),
    }
    #[derive(Deserialize)]
    struct Read {
        hash: String,
        plan: Plan,
    }
    let what = format!("cannot read the plan of run {}", folder.id.short());
    let damaged = |why: &str| Fault::new(FaultKind::Local, format!("the plan of run {} {why}", folder.id.short()));
    let file = open_folder(&folder.path)?.open(PLAN, OFlags::RDONLY).map_err(|error| local(&what, error))?;
    let mut json = Vec::new();
    file.take(LARGEST_PLAN).read_to_end(&mut json).map_err(|error| local(&what, error))?;
    let Version { format } = serde_json::from_slice(&json).map_err(|_| damaged("is damaged"))?;
    if format.0 != FORMAT.0 {
        return Err(line::newer("plan", &folder.id, format, FORMAT));
    }
    let Read { hash, plan } = serde_json::from_slice(&json).map_err(|_| damaged("is damaged"))?;
    if plan.hash() == hash { Ok(plan) } else { Err(damaged("is not the one that was approved: its hash does not fit")) }
}

/// How many bytes the journal has. One that only ever grows tells nothing new as long as it is as long as it was.
pub fn length(folder: &Folder) -> Result<u64, Fault> {
    let what = format!("cannot look at the journal of run {}", folder.id.short());
    let file = open_folder(&folder.path)?.open(JOURNAL, OFlags::RDONLY).map_err(|error| local(&what, error))?;
    Ok(file.metadata().map_err(|error| local(&what, error))?.len())
}

/// The worker's own log, to be added to.
pub fn log(folder: &Folder) -> Result<File, Fault> {
    let what = format!("cannot write the log of run {}", folder.id.short());
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE;
    open_folder(&folder.path)?.open(LOG, flags).map_err(|error| local(&what, error))
}

/// Removes a run with everything that is known of it. One whose worker lives is refused.
pub fn remove(folder: &Folder) -> Result<(), Fault> {
    let _nobody_begins_it_now = lock::take(folder)?;
    let what = |error| local(&format!("cannot remove run {}", folder.id.short()), error);
    // It is no run any more as soon as this starts, whatever ends it.
    let aside = folder.path.with_file_name(format!(".{}.old", folder.id.0));
    std::fs::rename(&folder.path, &aside).map_err(what)?;
    std::fs::remove_dir_all(&aside).map_err(what)
}

/// An open folder: files in it are reached without any symbolic link.
pub(super) struct OpenFolder(OwnedFd);

/// Opens a folder that is no symbolic link itself.
pub(super) fn open_folder(path: &Path) -> Result<OpenFolder, Fault> {
    let what = || format!("cannot open the folder {}", shown(&path.to_string_lossy()));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, path, flags, Mode::empty()).map(OpenFolder).map_err(|error| local(&what(), error))
}

impl OpenFolder {
    fn enter(&self, name: &str) -> std::io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Opens a file, which must be a plain one. A pipe in its place is not waited for.
    pub(super) fn open(&self, name: &str, flags: OFlags) -> std::io::Result<File> {
        let mode = Mode::from_raw_mode(0o600);
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = File::from(rustix::fs::openat(&self.0, name, flags, mode)?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(std::io::Error::other("it is no plain file")) }
    }

    /// Makes a file and waits until the disk has it.
    fn write(&self, name: &str, content: &[u8], mode: u32) -> std::io::Result<()> {
        let mut file = self.open(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn has_file(&self, name: &str) -> bool {
        rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
    }

    fn mode(&self) -> std::io::Result<u32> {
        Ok(rustix::fs::fstat(&self.0)?.st_mode & 0o7777)
    }

    fn set_mode(&self, mode: u32) -> std::io::Result<()> {
        Ok(rustix::fs::fchmod(&self.0, Mode::from_raw_mode(mode))?)
    }

    fn sync(&self) -> std::io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }
}
