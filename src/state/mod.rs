//! Small local files between two runs: how many tenants a database had on earlier days. Must not hold a secret, nor read a database.

mod samples;

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy as _, Xdg};

pub use self::samples::{Identity, keep};

/// The person's own folder for what should outlast a run, `$XDG_STATE_HOME/tenantry` or `~/.local/state/tenantry`, whether it is
/// there or not; `None` without a home.
pub fn folder() -> Option<PathBuf> {
    Xdg::new().ok()?.state_dir().map(|folder| folder.join("tenantry"))
}
