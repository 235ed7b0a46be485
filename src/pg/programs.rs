//! PostgreSQL's own programs on this machine that write and read archives: where they are, and which of them fit a server. Must not run them but
//! to ask for their version.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::domain::fault::{Fault, FaultKind};

/// The programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Their major version.
    pub major: u32,
    /// `pg_dump`.
    pub dump: PathBuf,
    /// `pg_restore`.
    pub restore: PathBuf,
}

/// The programs that can archive a server of this major version: the oldest that are not older than it.
pub fn archivers(server: u32) -> Result<Programs, Fault> {
    choose(folders().iter().filter_map(|folder| of(folder)).collect(), server)
}

fn choose(mut found: Vec<Programs>, server: u32) -> Result<Programs, Fault> {
    found.sort_by_key(|programs| programs.major);
    let newest = found.last().map(|programs| programs.major);
    found.into_iter().find(|programs| programs.major >= server).ok_or_else(|| {
        let what = match newest {
            Some(newest) => format!(
                "the server is PostgreSQL {server} and the newest pg_dump here is {newest}: it refuses newer servers"
            ),
            None => "there is no pg_dump on this machine, which writes archives".to_owned(),
        };
        let hint =
            format!("install postgresql-client-{server} (Debian) or postgresql{server} (RPM), or drop without an archive");
        Fault::new(FaultKind::Local, what).hint(hint)
    })
}

/// Where they may be: the PATH, and where packages put several versions beside each other.
fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut folders: Vec<PathBuf> = Vec::new();
    for (above, below) in
        [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/opt/homebrew/opt", "bin"), ("/usr/local/opt", "bin")]
    {
        let Ok(entries) = std::fs::read_dir(above) else { continue };
        let all = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let ours = all.filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            above.ends_with("postgresql") || name.starts_with("pgsql-") || name.starts_with("postgresql@") || name == "libpq"
        });
        folders.extend(ours.map(|path| path.join(below)));
    }
    folders.extend(std::env::split_paths(&path));
    folders
}

fn of(folder: &Path) -> Option<Programs> {
    let (dump, restore) = (folder.join("pg_dump"), folder.join("pg_restore"));
    if !dump.is_file() || !restore.is_file() {
        return None;
    }
    let asked = Command::new(&dump).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    Some(Programs { major: major(&String::from_utf8_lossy(&asked.stdout))?, dump, restore })
}

/// The major version in `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(text: &str) -> Option<u32> {
    let version = text.split_once(") ")?.1;
    let digits = version.find(|c: char| !c.is_ascii_digit()).map_or(version, |end| &version[..end]);
    digits.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_are_printed() {
        assert_eq!(major("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("pg_dump (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("pg_dump (PostgreSQL) devel\n"), None);
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn the_oldest_that_is_not_older_than_the_server_is_taken() {
        let of = |major: u32| {
            let folder = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"));
            Programs { major, dump: folder.join("pg_dump"), restore: folder.join("pg_restore") }
        };
        let all = || vec![of(17), of(14), of(15)];
        assert_eq!(choose(all(), 15), Ok(of(15)));
        assert_eq!(choose(all(), 16), Ok(of(17)));
        let fault = choose(all(), 18).unwrap_err();
        assert!(fault.what.contains("PostgreSQL 18 and the newest pg_dump here is 17"), "{}", fault.what);
        assert!(fault.hint.is_some_and(|hint| hint.contains("postgresql-client-18")));
        assert!(choose(Vec::new(), 15).unwrap_err().what.contains("there is no pg_dump"));
    }
}
