//! What libpq looks at besides the connection string: environment variables, files, the user's name. Behind functions, so that
//! reading a connection string is a pure function of them.

use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A small file as it was found.
#[derive(Debug, Clone)]
pub struct SmallFile {
    /// Its text.
    pub text: String,
    /// Its permission bits, such as `0o600`.
    pub mode: u32,
    /// Whether it is an ordinary file.
    pub ordinary: bool,
}

/// The surroundings of this process, or those of a test.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The value of an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a small file.
    pub file: &'a dyn Fn(&Path) -> io::Result<SmallFile>,
    /// Whether something is at this path.
    pub exists: &'a dyn Fn(&Path) -> bool,
    /// The name of the operating system's user.
    pub user: &'a dyn Fn() -> Option<String>,
}

impl Surroundings<'static> {
    /// Those of this process.
    pub fn real() -> Self {
        Self {
            variable: &|name| std::env::var(name).ok(),
            file: &read,
            exists: &Path::exists,
            user: &|| whoami::username().ok(),
        }
    }
}

impl Surroundings<'_> {
    /// The variable, unless it is empty.
    pub(super) fn set(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// A file in the home folder.
    pub(super) fn home(&self, name: &str) -> Option<PathBuf> {
        self.set("HOME").map(|home| Path::new(&home).join(name))
    }
}

/// Opens before it looks, so that what is checked is what is read; a pipe or device is never read.
fn read(path: &Path) -> io::Result<SmallFile> {
    const MOST: u64 = 4 << 20;
    let ordinary = std::fs::metadata(path)?.is_file();
    if !ordinary {
        return Ok(SmallFile { text: String::new(), mode: 0, ordinary });
    }
    let file = std::fs::File::open(path)?;
    let found = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(SmallFile { text, mode: found.permissions().mode() & 0o777, ordinary: found.is_file() })
}
