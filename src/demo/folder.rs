//! A private folder that never outlives its process: a watchdog of its own removes it, with the server inside, also when the
//! process is killed outright. Must not know what a cluster holds beside `data/postmaster.pid`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use crate::domain::fault::{Fault, FaultKind};

const WATCHDOG: &str = include_str!("watchdog.sh");

/// The shortest limit of a Unix socket's path among the systems we know (macOS 104, Linux 108 bytes, with the final zero).
const SOCKET_PATH_LIMIT: usize = 103;

/// How long the end of a folder is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A folder that only the server's account and root can enter.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    watchdog: Child,
}

impl Folder {
    /// Makes a folder below the folder for temporary files, with mode 0700, owned by the server's account.
    ///
    /// The watchdog itself makes it, so that there is no moment at which a folder has no watchdog.
    pub(super) fn create(binaries: &Binaries) -> Result<Self, Fault> {
        let parent = parent(binaries)?;
        for number in 0..1000 {
            let path = parent.join(format!("tenantry-{}-{number}", std::process::id()));
            if path.symlink_metadata().is_ok() {
                continue;
            }
            let mut command = binaries.account_command("sh", Path::new("/"));
            command.arg("-c").arg(WATCHDOG).arg("tenantry-watchdog").arg(&path);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut watchdog = command.spawn().map_err(|error| local("cannot prepare a private folder", &path, &error))?;
            let mut said = String::new();
            let answer = watchdog.stdout.take().map(|output| BufReader::new(output).read_line(&mut said));
            if matches!(answer, Some(Ok(_))) && said == "made\n" {
                return Ok(Self { path, watchdog });
            }
            // Somebody else was quicker to take the name.
            let _ended = watchdog.wait();
        }
        Err(Fault::new(FaultKind::Local, format!("cannot make a private folder in {}", parent.display())))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// From now on nobody removes the folder, nor stops what runs inside.
    pub(super) fn keep(&mut self) {
        if let Some(mut input) = self.watchdog.stdin.take() {
            // When the watchdog is gone already, there is nobody left to remove the folder.
            let _gone = input.write_all(b"keep\n");
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        // A large fleet is a hundred thousand files: the watchdog finishes by itself what takes longer.
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !matches!(self.watchdog.try_wait(), Ok(Some(_)) | Err(_)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The folder for temporary files, when the server's account may write there and the path is short enough for a socket.
fn parent(binaries: &Binaries) -> Result<PathBuf, Fault> {
    let longest_inside = "/tenantry-4194304-999/.s.PGSQL.65535.lock".len();
    let fits = |folder: &PathBuf| {
        let mut test = binaries.account_command("test", Path::new("/"));
        test.arg("-w").arg(folder).arg("-a").arg("-x").arg(folder);
        folder.is_absolute()
            && folder.as_os_str().len() + longest_inside <= SOCKET_PATH_LIMIT
            && test.status().is_ok_and(|status| status.success())
    };
    [std::env::temp_dir(), PathBuf::from("/tmp")].into_iter().find(fits).ok_or_else(|| {
        Fault::new(FaultKind::Local, "no folder for temporary files is writable and has a short path")
            .hint("Set TMPDIR to a writable folder with a path of at most 60 characters.")
    })
}

/// A fault about a file or folder of this machine.
pub(super) fn local(what: &str, path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Local, format!("{what} at {}: {error}", path.display()))
}
