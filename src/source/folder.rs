//! A folder of migrations: `NNNN_name.sql`, or `app/NNNN_name.sql` where there are applications; also `NNNN_name.up.sql`, with
//! its `.down.sql` left aside, and Flyway's `V1_2__name.sql` and `R__name.sql`. Other files are none of ours. Must not run any of
//! them, nor know how they are recorded.

use std::fs;
use std::io;
use std::path::Path;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::Migration;
use crate::domain::name::shown;

/// The migrations of a folder in order of application: by number, then by name, application by application. The name of each is
/// the stem of its file.
pub fn read(folder: &Path) -> Result<Vec<Migration>, Fault> {
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

/// The names of files and of folders in a folder, sorted.
fn entries(folder: &Path) -> Result<(Vec<String>, Vec<String>), Fault> {
    let cannot = |error: &io::Error| {
        let text = error.to_string();
        let why = text.split(" (os error").next().unwrap_or_default().to_lowercase();
        Fault::new(FaultKind::Local, format!("the folder of migrations {} cannot be read: {why}", place(folder)))
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

fn migrations(folder: &Path, app: Option<&str>, files: &[String]) -> Result<Vec<Migration>, Fault> {
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
    let migration = |(_, stem, _): (Number, &str, &str)| Migration { app: app.map(str::to_owned), name: stem.to_owned() };
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
}
