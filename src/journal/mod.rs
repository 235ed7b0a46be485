//! The record of a run: a folder that holds the approved plan and a journal of what happened, which is only ever added to. What was
//! flushed survives a crash of the worker and of the machine. Must not know what an event means, nor who reads it.
//!
//! The folder `<state>/runs/<run>/` holds
//!
//! | file | what |
//! |---|---|
//! | `plan.json` | the plan with its hash, written once |
//! | `journal.jsonl` | a header, then one line of JSON for each event, each with its number, its moment and a CRC-32 |
//! | `lock` | locked (`flock`) as long as a worker lives, with the number of its process |
//! | `worker.log` | what the worker said outside of the journal |
//! | `control.sock` | where a living worker is told what to do |
//!
//! A folder appears under its name when it is whole. No file of it is ever reached through a symbolic link. A secret never gets here.

mod folder;
mod line;
mod lock;
mod reader;
mod socket;
#[cfg(test)]
mod tests;
mod writer;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

pub use self::folder::{
    Folder, Sharing, create, fresh_id, leftovers, length, list, log, plan, prepare, remove, remove_leftover, root,
};
pub use self::lock::is_alive;
pub use self::reader::Reader;
pub use self::socket::Socket;
pub use self::writer::Journal;

/// The version of `journal.jsonl`. Another first number is not understood; a higher second one only adds fields.
pub const FORMAT: (u16, u16) = (1, 0);

/// The name of the worker's own log in a run's folder.
pub const LOG: &str = "worker.log";

/// What this machine's files did not let us do.
fn local(what: &str, error: impl Into<std::io::Error>) -> Fault {
    let error = error.into();
    let words = match error.kind() {
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => "it is a symbolic link".to_owned(),
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        _ => error.to_string().to_lowercase(),
    };
    Fault::new(FaultKind::Local, format!("{what}: {}", shown(&words)))
}
