//! Where the socket of a run is reached: by its path, or where that is longer than a socket's may be, through its open folder. Must not
//! know what is said over it.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};

/// The name of the socket in a run's folder.
const NAME: &str = "control.sock";

/// The socket of a run, whether anybody listens or not.
#[derive(Debug)]
pub struct Socket {
    short: PathBuf,
    /// Keeps the short path true.
    _folder: Option<OwnedFd>,
}

impl Socket {
    /// That of the run in this folder.
    pub fn of(folder: &Path) -> std::io::Result<Self> {
        let path = Self::file(folder);
        if !cfg!(target_os = "linux") || SocketAddr::from_pathname(&path).is_ok() {
            return Ok(Self { short: path, _folder: None });
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = rustix::fs::openat(CWD, folder, flags, Mode::empty())?;
        Ok(Self { short: format!("/proc/self/fd/{}/{NAME}", open.as_raw_fd()).into(), _folder: Some(open) })
    }

    /// A path that this process can bind or connect to as long as this value lives.
    pub fn path(&self) -> &Path {
        &self.short
    }

    /// The file of the socket, however long its path is.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn a_path_of_any_length_can_be_listened_at() {
        let root = tempfile::tempdir().expect("a folder");
        for folder in [root.path().to_owned(), root.path().join("x".repeat(100)).join("y".repeat(200))] {
            std::fs::create_dir_all(&folder).expect("a folder");
            let listener = UnixListener::bind(Socket::of(&folder).expect("a socket").path()).expect("it is bound");
            let _line = UnixStream::connect(Socket::of(&folder).expect("a socket").path()).expect("somebody listens");
            assert!(listener.accept().is_ok() && Socket::file(&folder).exists());
        }
    }
}
