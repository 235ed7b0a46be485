//! How the console will look and where its themes lie, from arguments, file and locale. Must not know the console.

use std::path::PathBuf;

use super::args::Look;
use crate::config::{self, Config};

/// What the locale says about characters beyond ASCII.
pub(super) fn locale_is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    let locale = set.into_iter().find(|value| !value.is_empty()).unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Whether only ASCII is drawn: given, configured, or as the locale says.
pub(super) fn ascii(look: &Look, config: &Config) -> bool {
    look.ascii || config.ascii.unwrap_or_else(|| !locale_is_utf8())
}

/// The folder of a person's own themes, and their names.
pub(super) fn own_themes() -> (Option<PathBuf>, Vec<String>) {
    let Some(folder) = config::folder().map(|folder| folder.join("themes")) else { return (None, Vec::new()) };
    let files = std::fs::read_dir(&folder).into_iter().flatten().filter_map(|file| {
        let path = file.ok()?.path();
        let name = path.file_stem()?.to_str()?.to_owned();
        (path.extension()? == "toml").then_some(name)
    });
    let mut names: Vec<_> = files.collect();
    names.sort();
    (Some(folder), names)
}
