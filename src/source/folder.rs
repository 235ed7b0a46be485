//! A folder of migrations: `NNNN_name.sql`, or `app/NNNN_name.sql` where there are applications; also `NNNN_name.up.sql`, and
//! Flyway's `V1_2__name.sql` and `R__name.sql`; the way back of any of them is in `NNNN_name.down.sql`. Other files are none of ours.
//! Must not run any of them, nor know how they are recorded.

use std::fs::{self, File as Opened};
use std::io::{self, Read as _};
use std::path::Path;

use super::script::{MOST_BYTES, Script};
use super::{File, Source, why};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::Migration;
use crate::domain::name::shown;

/// The migrations of a folder in order of application: by number, then by name, application by application. The name of each is
/// the stem of its file.
pub fn read(folder: &Path) -> Result<Vec<Migration>, Fault> {
    Ok(found(folder)?.into_iter().map(|found| found.migration).collect())
}

/// The same with their texts. Refused are files that cannot be read, that are too large, that are no text, or whose text is none for
/// the server; each with its name, and the line where there is one.
pub fn load(folder: &Path) -> Result<Source, Fault> {
    let files = found(folder)?.into_iter().map(|found| {
        let script = |file: &str| Script::new(&found.origin(file), &bytes(folder, &found, file)?);
        let up = script(&found.up)?;
        let down = found.down.as_deref().map(script).transpose()?;
        Ok(File { migration: found.migration, up: Ok(up), down, needs: Vec::new() })
    });
    files.collect::<Result<_, Fault>>().map(|files| Source { files })
}

/// A migration and the names of its files, in the folder of its application.
struct Found {
    migration: Migration,
    up: String,
    down: Option<String>,
}

impl Found {
    /// The name of one of its files, as people write it; safe to show.
    fn origin(&self, file: &str) -> String {
        match &self.migration.app {
            Some(app) => format!("{}/{}", shown(app), shown(file)),
            None => shown(file).into_owned(),
        }
    }
}

fn found(folder: &Path) -> Result<Vec<Found>, Fault> {
    let (files, folders) = entries(folder)?;
    let mut all = migrations(folder, None, &files)?;
    for app in folders {
        let inside = folder.join(&app);
        let (files, _) = entries(&inside)?;
        all.extend(migrations(&inside, Some(&app), &files)?);
    }
    if all.is_empty() {
        return Err(Fault::new(FaultKind::Local, format!("the folder {} holds no migration", place(folder)))
            .hint("a migration is called NNNN_name.sql, or app/NNNN_name.sql; correct migrations in fleet.toml"));
    }
    Ok(all)
}

/// The bytes of a file, and one more than is allowed when it is too large.
fn bytes(folder: &Path, found: &Found, file: &str) -> Result<Vec<u8>, Fault> {
    let folder = found.migration.app.as_ref().map_or_else(|| folder.to_owned(), |app| folder.join(app));
    let mut bytes = Vec::new();
    let read = Opened::open(folder.join(file)).and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Fault::new(FaultKind::Local, format!("{} cannot be read: {}", found.origin(file), why(&error)))
            .hint("give your user the right to read it")),
    }
}

/// The names of files and of folders in a folder, sorted.
fn entries(folder: &Path) -> Result<(Vec<String>, Vec<String>), Fault> {
    let cannot = |error: &io::Error| {
        let what = format!("the folder of migrations {} cannot be read: {}", place(folder), why(error));
        Fault::new(FaultKind::Local, what)
            .hint("migrations in fleet.toml names it; a relative path begins where fleet.toml lies")
    };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(|error| cannot(&error))? {
        let entry = entry.map_err(|error| cannot(&error))?;
        // A name that is no text is no migration's.
        let Ok(name) = entry.file_name().into_string() else { continue };
        match fs::metadata(entry.path()) {
            Ok(data) if data.is_dir() && !name.starts_with('.') => folders.push(name),
            Ok(data) if data.is_file() => files.push(name),
            _ => {}
        }
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}

fn migrations(folder: &Path, app: Option<&str>, files: &[String]) -> Result<Vec<Found>, Fault> {
    let mut found: Vec<(Number, &str, &str)> = files
        .iter()
        .filter_map(|file| {
            let stem = stem(file)?;
            Some((Number::of(stem)?, stem, file.as_str()))
        })
        .collect();
    found.sort();
    for pair in found.windows(2) {
        let [(number, _, one), (other, _, two)] = pair else { continue };
        if number == other && *number != Number::Repeatable {
            return Err(Fault::new(
                FaultKind::Local,
                format!("two migrations in {} have one number: {} and {}", place(folder), shown(one), shown(two)),
            )
            .hint("which comes first is not told: give one of them the next number"));
        }
    }
    let migration = |(_, stem, file): (Number, &str, &str)| Found {
        migration: Migration { app: app.map(str::to_owned), name: stem.to_owned() },
        up: file.to_owned(),
        down: Some(format!("{stem}.down.sql")).filter(|down| files.binary_search(down).is_ok()),
    };
    Ok(found.into_iter().map(migration).collect())
}

/// The name of a migration's file without its endings; `None` for a way back, and for what is no SQL.
fn stem(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".sql")?;
    match stem.strip_suffix(".down") {
        Some(_) => None,
        None => Some(stem.strip_suffix(".up").unwrap_or(stem)),
    }
}

/// The place of a migration in the order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    /// The parts of a version, as a rule one.
    Version(Vec<u128>),
    /// It has none: it runs again whenever it changes, after all others.
    Repeatable,
}

impl Number {
    /// The number with which a stem begins; `None` when it begins with none, or with one beyond all reason.
    fn of(stem: &str) -> Option<Self> {
        if stem.starts_with("R__") {
            return Some(Self::Repeatable);
        }
        let version = match stem.strip_prefix('V').and_then(|rest| rest.split_once("__")) {
            Some((version, _)) => version,
            None => &stem[..stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit()).len()],
        };
        let parts: Result<Vec<u128>, _> = version.split(['_', '.']).map(str::parse).collect();
        parts.ok().map(Self::Version)
    }
}

fn place(folder: &Path) -> String {
    shown(&folder.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "SELECT 1;").unwrap();
        }
        folder
    }

    fn labels(files: &[&str]) -> Vec<String> {
        read(folder(files).path()).unwrap().iter().map(Migration::label).collect()
    }

    fn fault(files: &[&str]) -> String {
        let folder = folder(files);
        read(folder.path()).unwrap_err().what.replace(folder.path().to_str().unwrap(), "F")
    }

    #[test]
    fn migrations_come_in_the_order_of_their_numbers() {
        let files = [
            "10_ten.sql",
            "9_nine.sql",
            "0001_initial.sql",
            "20240501100000_long.sql",
            "README.md",
            "notes.sql",
            "old.sql.bak",
        ];
        assert_eq!(labels(&files), ["0001_initial", "9_nine", "10_ten", "20240501100000_long"]);
    }

    #[test]
    fn applications_are_folders() {
        let files = [
            "crm/0002_vip.sql",
            "crm/0001_initial.sql",
            "billing/0001_initial.sql",
            "crm/old/0001_x.sql",
            ".git/0001_x.sql",
        ];
        assert_eq!(labels(&files), ["billing 0001_initial", "crm 0001_initial", "crm 0002_vip"]);
        assert_eq!(labels(&["0001_a.sql", "crm/0001_b.sql"]), ["0001_a", "crm 0001_b"]);
    }

    #[test]
    fn the_way_back_is_no_migration() {
        assert_eq!(labels(&["0001_a.up.sql", "0001_a.down.sql", "0002_b.sql", "0002_b.down.sql"]), ["0001_a", "0002_b"]);
    }

    #[test]
    fn versions_with_parts_and_repeatable_migrations_are_known() {
        let files =
            ["V1_10__c.sql", "V1_2__b.sql", "V1__a.sql", "R__views.sql", "R__grants.sql", "V__none.sql", "Vip__x.sql"];
        assert_eq!(labels(&files), ["V1__a", "V1_2__b", "V1_10__c", "R__grants", "R__views"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(fault(&["0001_a.sql", "001_b.sql"]), "two migrations in F have one number: 0001_a.sql and 001_b.sql");
        assert_eq!(
            fault(&["crm/1_a.up.sql", "crm/1_a.sql"]),
            "two migrations in F/crm have one number: 1_a.sql and 1_a.up.sql"
        );
        assert_eq!(fault(&["README.md"]), "the folder F holds no migration");
        let folder = folder(&[]);
        let gone = folder.path().join("gone");
        let fault = read(&gone).unwrap_err();
        assert!(fault.what.ends_with("gone cannot be read: no such file or directory"), "{fault}");
        assert_eq!(fault.kind, FaultKind::Local);
    }

    fn written(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = folder(&files.iter().map(|(file, _)| *file).collect::<Vec<_>>());
        for (file, bytes) in files {
            fs::write(folder.path().join(file), bytes).unwrap();
        }
        folder
    }

    #[test]
    fn a_migration_is_loaded_with_its_way_back() {
        let folder = written(&[
            ("crm/0002_index.up.sql", b"\xef\xbb\xbf-- tenantry: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n"),
            ("crm/0002_index.down.sql", b"DROP INDEX i;"),
            ("crm/0003_alone.down.sql", b"SELECT 1;"),
            ("0001_a.sql", b"SELECT 1;"),
        ]);
        let files = load(folder.path()).unwrap().files;
        let labels: Vec<String> = files.iter().map(|file| file.migration.label()).collect();
        assert_eq!(labels, ["0001_a", "crm 0002_index"]);
        let [first, second] = files.as_slice() else { panic!("{files:?}") };
        let (first_up, second_up) = (first.up.as_ref().unwrap(), second.up.as_ref().unwrap());
        assert_eq!((first_up.origin.as_str(), first_up.sql.as_str()), ("0001_a.sql", "SELECT 1;"));
        assert_eq!(first_up.sha256, "17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a");
        assert!(first_up.transactional && first.down.is_none());
        assert_eq!(second_up.origin, "crm/0002_index.up.sql");
        assert_eq!(second_up.sql, "-- tenantry: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);\n");
        assert!(!second_up.transactional);
        let down = second.down.as_ref().unwrap();
        assert_eq!((down.origin.as_str(), down.sql.as_str()), ("crm/0002_index.down.sql", "DROP INDEX i;"));
        assert!(down.transactional);
    }

    #[test]
    fn a_file_that_is_no_migration_is_told_with_its_name() {
        let fault = |file: &str, bytes: &[u8]| load(written(&[(file, bytes)]).path()).unwrap_err();
        let latin = fault("crm/0001_a.sql", b"SELECT 1;\nSELECT '\xe9';");
        assert_eq!(latin.what, "crm/0001_a.sql, line 2: not UTF-8");
        assert!(latin.hint.is_some());
        assert_eq!(fault("1_a.sql", b"SELECT 1;\n\\i x.sql").what, "1_a.sql, line 2: \\i is a command of psql");
    }

    #[test]
    fn a_file_that_cannot_be_read_or_is_too_large_is_told() {
        let folder = written(&[("0001_a.sql", &vec![b' '; MOST_BYTES as usize + 1])]);
        assert_eq!(load(folder.path()).unwrap_err().what, "0001_a.sql is larger than 8 MiB");
        let gone = Found { migration: Migration { app: None, name: "0001_b".into() }, up: "0001_b.sql".into(), down: None };
        let fault = bytes(folder.path(), &gone, &gone.up).unwrap_err();
        assert_eq!(fault.what, "0001_b.sql cannot be read: no such file or directory");
    }
}
