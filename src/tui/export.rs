//! Writing an export to a file that only its owner may read. Must not know what is in it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::msg::{Export, Msg, Saved};
use crate::domain::name::shown;

/// Writes the file and says what came of it. One that is there is replaced only when that was asked for, and then as a whole.
pub(super) fn save(export: &Export) -> Msg {
    let path = expanded(&export.path);
    let written = if export.overwrite { replace(&path, &export.text) } else { create(&path, &export.text) };
    match written {
        Ok(()) => Msg::Exported(Saved { path: std::path::absolute(&path).unwrap_or(path), rows: export.rows }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !export.overwrite => {
            Msg::FileExists(export.path.clone())
        }
        Err(error) => Msg::NotExported { path: export.path.clone(), rows: export.rows, why: reason(&error, &path) },
    }
}

/// Why a file was not written, short enough for a line.
fn reason(error: &io::Error, path: &Path) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return format!("there is no folder {}", shown(&path.parent().unwrap_or(path).to_string_lossy()));
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn expanded(path: &Path) -> PathBuf {
    match path.strip_prefix("~").ok().zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => path.to_owned(),
    }
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}

/// A new file takes the place of the old one only when it is complete. Anything but an ordinary file is left alone.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not an ordinary file"));
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = real.with_file_name(name);
    create(&part, text)?;
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o600))
        .and_then(|()| std::fs::rename(&part, &real))
        .inspect_err(|_| drop(std::fs::remove_file(&part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(path: &Path, text: &str, overwrite: bool) -> Msg {
        save(&Export { path: path.to_owned(), overwrite, text: text.to_owned(), rows: 3 })
    }

    #[test]
    fn a_new_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        assert_eq!(export(&path, "a\n", false), Msg::Exported(Saved { path: path.clone(), rows: 3 }));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "old").unwrap();
        assert_eq!(export(&path, "new", false), Msg::FileExists(path.clone()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert!(matches!(export(&path, "new", true), Msg::Exported(_)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_says_where_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("there is no folder {}", folder.path().join("no").display());
        for (path, overwrite, expected) in [
            (folder.path().join("no/rows.csv"), false, missing.as_str()),
            (folder.path().to_owned(), true, "it is not an ordinary file"),
        ] {
            let Msg::NotExported { path: told, why, .. } = export(&path, "x", overwrite) else {
                panic!("{path:?} was written")
            };
            assert_eq!((told, why.as_str()), (path, expected));
        }
    }
}
