//! Where runs are kept, and which one a person means. Must not read more of a run than is asked for.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Record;
use crate::config::{self, Config};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::journal::{self, Folder, Sharing};

/// What means the newest run. No name of a run has such letters.
pub const NEWEST: &str = "last";
/// How many runs a message names.
const NAMED: usize = 5;

/// Where the runs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder of all runs, whether it is there or not.
    pub root: PathBuf,
    /// Who else may look at them.
    pub sharing: Sharing,
}

impl Place {
    /// Where a configuration says: in its `state_dir`, whose group may look on, else in the person's own state folder.
    pub fn of(config: &Config) -> Result<Self, Fault> {
        if let Some(folder) = &config.state_dir {
            return Ok(Self { root: absolute(&journal::root(Path::new(folder)))?, sharing: Sharing::Group });
        }
        let own = config::state_folder().ok_or_else(|| {
            Fault::new(FaultKind::Local, "there is no place for the records of runs: this user has no home folder")
                .hint("set HOME, or state_dir in fleet.toml")
        })?;
        Self::own(&own)
    }

    /// A state folder that nobody else looks into.
    pub fn own(state: &Path) -> Result<Self, Fault> {
        Ok(Self { root: absolute(&journal::root(state))?, sharing: Sharing::Own })
    }

    /// Where drops archive schemas unless a person says otherwise; whether it is there or not.
    pub fn archives(&self) -> PathBuf {
        self.root.parent().unwrap_or(&self.root).join("archives")
    }

    /// Makes the folder, if it is not there.
    pub(super) fn prepare(&self) -> Result<(), Fault> {
        let state = self.root.parent().unwrap_or(&self.root);
        journal::prepare(state, self.sharing).map(drop).map_err(|fault| match self.sharing {
            Sharing::Own => fault,
            Sharing::Group => {
                let folder = shown(&state.to_string_lossy()).into_owned();
                fault.hint(format!("state_dir of fleet.toml names it; make it once: install -d -m 3770 -g dba {folder}"))
            }
        })
    }

    /// Every run, the newest first. One that cannot be read is a fault in its place.
    pub fn list(&self) -> Result<Vec<Result<Record, Fault>>, Fault> {
        Ok(self.folders()?.into_iter().map(Record::read).collect())
    }

    /// What was left of runs whose making or removal was interrupted before this moment.
    pub fn leftovers(&self, before: SystemTime) -> Result<Vec<PathBuf>, Fault> {
        journal::leftovers(&self.root, before)
    }

    /// Removes what [`Self::leftovers`] gave.
    pub fn remove_leftover(&self, path: &Path) -> Result<(), Fault> {
        journal::remove_leftover(path)
    }

    /// The folder of every run, the newest first. None of them is read.
    pub fn folders(&self) -> Result<Vec<Folder>, Fault> {
        journal::list(&self.root)
    }

    /// The run that a person means by the beginning or the end of its name.
    pub fn find(&self, text: &str) -> Result<Record, Fault> {
        self.folder(text).and_then(Record::read)
    }

    /// The folder of the run that a person means. A word that means none or several is a fault of kind [`FaultKind::Usage`].
    pub fn folder(&self, text: &str) -> Result<Folder, Fault> {
        let all = journal::list(&self.root)?;
        if let (NEWEST, Some(newest)) = (text, all.first()) {
            return Ok(newest.clone());
        }
        let names = |folders: &[&Folder]| {
            let some: Vec<&str> = folders.iter().take(NAMED).map(|folder| folder.id.0.as_str()).collect();
            let more = if folders.len() > NAMED { ", ..." } else { "" };
            format!("{}{more}", some.join(", "))
        };
        let meant: Vec<&Folder> = all.iter().filter(|folder| folder.id.is_meant_by(text)).collect();
        match meant.as_slice() {
            [one] => Ok((*one).clone()),
            [] => {
                let fault = Fault::new(FaultKind::Usage, format!("there is no run \"{}\"", shown(text)));
                Err(if all.is_empty() {
                    fault.hint(format!("there is none at all in {}", shown(&self.root.to_string_lossy())))
                } else {
                    fault.hint("`tenantry runs` names them; a piece of the beginning or the end is enough")
                })
            }
            several => {
                let what = format!("\"{}\" means {} runs: {}", shown(text), several.len(), names(several));
                Err(Fault::new(FaultKind::Usage, what).hint("give more of the name"))
            }
        }
    }
}

/// A worker has another folder to work in: paths must not depend on ours.
fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|error| {
        Fault::new(FaultKind::Local, format!("there is no folder to work in: {}", shown(&error.to_string())))
    })
}
