//! Where `fleet.toml` is looked for, in which order. Must not know what it says.

use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, Xdg};

/// Names the file, like `--config`.
pub(super) const VARIABLE: &str = "TENANTRY_CONFIG";

/// How a file came to be the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// `--config FILE`.
    Argument,
    /// `$TENANTRY_CONFIG`.
    Variable,
    /// The person's own configuration folder.
    User,
    /// `/etc/tenantry`.
    System,
}

impl Found {
    /// How it is said to a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Argument => "named by --config",
            Self::Variable => "named by $TENANTRY_CONFIG",
            Self::User => "in your configuration folder",
            Self::System => "of this machine",
        }
    }
}

/// The person's own configuration folder, `~/.config/tenantry`, whether it is there or not.
pub fn folder() -> Option<PathBuf> {
    Xdg::new().ok().map(|folders| folders.config_dir().join("tenantry"))
}

/// The person's own folder for what should outlast a run, `$XDG_STATE_HOME/tenantry` or `~/.local/state/tenantry`, whether it is
/// there or not; `None` without a home.
pub fn state_folder() -> Option<PathBuf> {
    Xdg::new().ok()?.state_dir().map(|folder| folder.join("tenantry"))
}

/// The places in their order; the first file that is there wins, the others are not read. A named file must be there.
pub(super) fn places(argument: Option<&Path>, variable: Option<PathBuf>) -> Vec<(PathBuf, Found)> {
    if let Some(path) = argument {
        return vec![(path.to_owned(), Found::Argument)];
    }
    if let Some(path) = variable.filter(|path| !path.as_os_str().is_empty()) {
        return vec![(path, Found::Variable)];
    }
    let user = folder().map(|folder| (folder.join("fleet.toml"), Found::User));
    user.into_iter().chain([(PathBuf::from("/etc/tenantry/fleet.toml"), Found::System)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_is_the_only_place() {
        let named = Path::new("a.toml");
        assert_eq!(places(Some(named), Some("b.toml".into())), [("a.toml".into(), Found::Argument)]);
        assert_eq!(places(None, Some("b.toml".into())), [("b.toml".into(), Found::Variable)]);
    }

    #[test]
    fn otherwise_the_persons_own_file_comes_before_the_machines() {
        let found: Vec<_> = places(None, Some(PathBuf::new())).into_iter().map(|(_, found)| found).collect();
        assert_eq!(found.last(), Some(&Found::System));
        assert!(found.iter().rev().skip(1).all(|found| *found == Found::User));
    }
}
