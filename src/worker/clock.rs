//! What time it is on the wall. In builds with debug assertions a test may say so instead: in a file that `TENANTRY_CLOCK` names. Must
//! not be used to measure how long something takes.

use jiff::Timestamp;

/// Now.
#[cfg(debug_assertions)]
pub(super) fn now() -> Timestamp {
    static FILE: std::sync::OnceLock<Option<std::path::PathBuf>> = std::sync::OnceLock::new();
    let file = FILE.get_or_init(|| std::env::var_os("TENANTRY_CLOCK").map(Into::into));
    let said = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
    said.and_then(|text| text.trim().parse().ok()).unwrap_or_else(Timestamp::now)
}

/// Now.
#[cfg(not(debug_assertions))]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
