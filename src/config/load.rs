//! Reads the file that is there. Must not know what a key means.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::Config;
use super::check::{Vocabulary, read};
use super::locate::{Found, VARIABLE, places};
use super::mistake::{Level, Mistake};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// More than any fleet needs; a folder of secrets or a device is not read to its end.
const LARGEST: u64 = 4 << 20;

/// A configuration and where each of its values stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// What is configured.
    pub config: Config,
    /// The file; `None` when there is none, so that all values are the defaults.
    pub file: Option<File>,
    /// The line of each value by its full name, such as `env.prod.access`; a value without a line is a default.
    pub lines: BTreeMap<String, u32>,
    /// What the person should know though the file works.
    pub warnings: Vec<Mistake>,
}

/// The file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, shown safely.
    pub path: PathBuf,
    /// Why this one.
    pub found: Found,
}

impl File {
    /// The path as text that is safe to show.
    pub fn shown(&self) -> String {
        shown(&self.path.to_string_lossy()).into_owned()
    }
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// The file could not be read.
    File(Fault),
    /// The file is wrong; warnings are among the mistakes.
    Mistakes(File, Vec<Mistake>),
}

/// Finds and reads `fleet.toml`. No file at all is not an error, unless it was named.
pub fn load(argument: Option<&Path>, vocabulary: &Vocabulary) -> Result<Loaded, LoadError> {
    let variable = std::env::var_os(VARIABLE).map(PathBuf::from);
    for (path, found) in places(argument, variable) {
        let file = File { path, found };
        let named = matches!(found, Found::Argument | Found::Variable);
        match contents(&file.path) {
            Ok(bytes) => return parse(file, &bytes, vocabulary),
            Err(error) if !named && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => {
                let what = format!("cannot read {} ({}): {}", file.shown(), found.words(), plain(&error));
                let fault = Fault::new(FaultKind::Local, what);
                // With somebody else's HOME, as `runuser -u` leaves it, the file is not ours to read.
                let foreign = !named && error.kind() == ErrorKind::PermissionDenied;
                let hint = "Is HOME the folder of this user? --config names another file; --config /dev/null is none.";
                return Err(LoadError::File(if foreign { fault.hint(hint) } else { fault }));
            }
        }
    }
    Ok(Loaded::default())
}

fn contents(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 4 MB, which no fleet.toml is"));
    }
    Ok(bytes)
}

/// The reason without the number that the standard library appends.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let mut text = text.split(" (os error").next().unwrap_or_default().to_owned();
    text.get_mut(..1).map(str::make_ascii_lowercase);
    text
}

fn parse(file: File, bytes: &[u8], vocabulary: &Vocabulary) -> Result<Loaded, LoadError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let line = good.matches('\n').count() as u32 + 1;
            let column = good.rsplit('\n').next().map_or(0, |last| last.chars().count()) as u32 + 1;
            let what = "the file is not UTF-8 from here on".to_owned();
            let mistake = Mistake { line, column, level: Level::Error, what, hint: None };
            return Err(LoadError::Mistakes(file, vec![mistake]));
        }
    };
    let read = read(text, vocabulary);
    if read.mistakes.iter().any(|mistake| mistake.level == Level::Error) {
        return Err(LoadError::Mistakes(file, read.mistakes));
    }
    let mut config = read.config;
    if let Some(folder) = &mut config.state_dir {
        *folder = resolved(folder, &file.path);
    }
    for environment in &mut config.environments {
        if let Some(command) = &mut environment.command {
            command.folder = resolved(".", &file.path);
        }
        if let Some(folder) = &mut environment.policy.migrations {
            *folder = resolved(folder, &file.path);
        }
    }
    Ok(Loaded { config, file: Some(file), lines: read.lines, warnings: read.mistakes })
}

/// A path of the file: `~/` is the person's home, and what is relative begins where the file lies.
fn resolved(path: &str, file: &Path) -> String {
    let home = || etcetera::home_dir().ok();
    let path = match path.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))) {
        Some(path) => path,
        None => file.parent().map_or_else(|| path.into(), |folder| folder.join(path)),
    };
    std::path::absolute(&path).unwrap_or(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_where_the_file_lies() {
        let file = Path::new("/etc/tenantry/fleet.toml");
        assert_eq!(resolved("migrations", file), "/etc/tenantry/migrations");
        assert_eq!(resolved("/srv/app/migrations", file), "/srv/app/migrations");
        let here = std::env::current_dir().unwrap().join("m").to_string_lossy().into_owned();
        assert_eq!(resolved("m", Path::new("fleet.toml")), here);
        let shared = read("state_dir = \"../state\"\n", &Vocabulary::default());
        assert_eq!((shared.config.state_dir.as_deref(), shared.mistakes), (Some("../state"), vec![]));
        let home = etcetera::home_dir().unwrap().join("app/m").to_string_lossy().into_owned();
        assert_eq!(resolved("~/app/m", file), home);
    }
}
