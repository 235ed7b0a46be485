//! A folder of migrations: `NNNN_name.sql`, or `app/NNNN_name.sql` where there are applications. Must not run any of them.

use std::path::Path;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::Migration;

/// The migrations of a folder in order of application: by number, then by name, application by application.
pub fn read(folder: &Path) -> Result<Vec<Migration>, Fault> {
    Err(Fault::new(FaultKind::Local, format!("cannot read the folder {}", folder.display())))
}
