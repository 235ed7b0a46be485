//! Finds the PostgreSQL programs of this machine and the account to run them as. Must not start a server.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::domain::fault::{Fault, FaultKind};

/// The variable that names the folder of the PostgreSQL programs, when it should not be searched for.
pub const BIN_VARIABLE: &str = "TENANTRY_PG_BIN";

/// The folder that holds `initdb` and `postgres`, the `psql` to go with them, and who runs them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Binaries {
    folder: PathBuf,
    psql: PathBuf,
    account: Option<Account>,
}

/// The account that a server started by root runs as: PostgreSQL refuses to run as root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// Its name, such as `postgres`.
    pub name: String,
    /// Its user id.
    pub uid: u32,
    /// Its primary group's id.
    pub gid: u32,
}

impl Binaries {
    /// The programs that `TENANTRY_PG_BIN` names, else the newest that are installed.
    pub fn find() -> Result<Self, Fault> {
        match std::env::var_os(BIN_VARIABLE) {
            Some(folder) => Self::of(Path::new(&folder)),
            None => Self::first(candidates()),
        }
    }

    /// The programs in this folder.
    pub fn of(folder: &Path) -> Result<Self, Fault> {
        if !is_complete(folder) {
            let what = format!("no initdb and postgres in {}", folder.display());
            return Err(Fault::new(FaultKind::Local, what).hint(install_hint()));
        }
        let path = system_path();
        let mut folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
        let psql = folders.find_map(|folder| Some(folder.join("psql")).filter(|psql| psql.is_file()));
        let psql = psql.ok_or_else(|| {
            Fault::new(FaultKind::Local, format!("no psql in {} nor in PATH", folder.display())).hint(install_hint())
        })?;
        Ok(Self { folder: folder.to_owned(), psql, account: account_for_root()? })
    }

    fn first(candidates: Vec<PathBuf>) -> Result<Self, Fault> {
        match candidates.into_iter().find(|folder| is_complete(folder)) {
            Some(folder) => Self::of(&folder),
            None => {
                Err(Fault::new(FaultKind::Local, "no PostgreSQL server is installed on this machine").hint(install_hint()))
            }
        }
    }

    /// The folder of the programs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The account that runs them when we are root.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// A command that runs one of the programs as the server's account, in `folder`, without any `PG*` variable of ours.
    pub fn command(&self, program: &str, folder: &Path) -> Command {
        self.account_command(self.folder.join(program), folder)
    }

    /// The same for `psql`, which may live elsewhere.
    pub fn psql(&self, folder: &Path) -> Command {
        self.account_command(&self.psql, folder)
    }

    /// The same for a program of the system.
    pub fn account_command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", system_path()).env("LC_ALL", "C").env("TZ", "UTC");
        command.current_dir(folder).stdin(Stdio::null()).process_group(0);
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }
}

fn system_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn install_hint() -> String {
    let line = if cfg!(target_os = "macos") {
        "brew install postgresql@17"
    } else if Path::new("/etc/debian_version").exists() {
        "sudo apt-get install postgresql"
    } else {
        "on Debian: sudo apt-get install postgresql"
    };
    format!("Install the server ({line}), or name the folder of its programs in {BIN_VARIABLE}.")
}

/// Folders that may hold the programs, the most wanted first.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&system_path()).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for (root, inner) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/pgsql", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "bin"),
    ] {
        folders.extend(versions_below(Path::new(root)).into_iter().map(|folder| folder.join(inner)));
    }
    folders
}

/// The folders below `root` whose names are a version or `postgresql@VERSION`, the newest first.
fn versions_below(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.trim_start_matches("postgresql@").split('.').next()?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

fn account_for_root() -> Result<Option<Account>, Fault> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    ["postgres", "nobody"].into_iter().find_map(account_named).map(Some).ok_or_else(|| {
        Fault::new(
            FaultKind::Local,
            "PostgreSQL does not run as root, and there is no account postgres or nobody to run it as",
        )
        .hint("Run the demo as an ordinary user.")
    })
}

fn account_named(name: &str) -> Option<Account> {
    let ask = |what: &str| -> Option<u32> {
        let output = Command::new("id").args([what, name]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    Some(Account { name: name.to_owned(), uid: ask("-u")?, gid: ask("-g")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "17", "postgresql@16", "common", "14"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let found = versions_below(root.path());
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["17", "postgresql@16", "15", "14", "9.6"]);
    }

    #[test]
    fn a_machine_without_server_is_told_what_to_install() {
        let fault = Binaries::first(vec![PathBuf::from("/nonexistent")]).unwrap_err();
        assert_eq!(fault.what, "no PostgreSQL server is installed on this machine");
        assert!(fault.hint.unwrap().contains("install postgresql"));
    }

    #[test]
    fn a_folder_without_the_programs_is_refused_by_name() {
        let fault = Binaries::of(Path::new("/nonexistent")).unwrap_err();
        assert_eq!(fault.what, "no initdb and postgres in /nonexistent");
        assert_eq!(fault.kind, FaultKind::Local);
    }
}
