//! The lock of a run: held as long as its worker lives, whatever ends it. Must not know what the worker does.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::folder::{Folder, open_folder};
use super::local;
use crate::domain::fault::{Fault, FaultKind};

const NAME: &str = "lock";
/// Who only looks whether a worker lives holds the lock for a moment, together with others who look.
const PATIENCE: Duration = Duration::from_secs(2);
/// A lock ends with the last process that has the file: one that was just forked from its holder has it until it is another program.
const GRACE: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(1);

/// The right to write a run's journal. It ends with this value or with the process.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

/// Takes the lock, or says which process has it.
pub(super) fn take(folder: &Folder) -> Result<Lock, Fault> {
    let what = || format!("cannot lock run {}", folder.id.short());
    let mut file =
        open_folder(&folder.path)?.open(NAME, OFlags::RDWR | OFlags::CREATE).map_err(|error| local(&what(), error))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(local(&what(), error)),
            Err(TryLockError::WouldBlock) => {
                let patience = match file.try_lock_shared() {
                    Ok(()) => {
                        file.unlock().map_err(|error| local(&what(), error))?;
                        PATIENCE
                    }
                    Err(_) => GRACE,
                };
                if began.elapsed() > patience {
                    return Err(taken(folder, &mut file));
                }
                std::thread::sleep(AGAIN);
            }
        }
    }
    let written = file.set_len(0).and_then(|()| file.write_all(format!("{}\n", std::process::id()).as_bytes()));
    written.map_err(|error| local(&what(), error))?;
    Ok(Lock(file))
}

fn taken(folder: &Folder, file: &mut File) -> Fault {
    let mut pid = String::new();
    let _what_is_there = file.rewind().and_then(|()| file.take(20).read_to_string(&mut pid));
    let who = match pid.trim().parse::<u32>() {
        Ok(pid) => format!("process {pid}"),
        Err(_) => "another process".to_owned(),
    };
    Fault::new(FaultKind::Busy, format!("{who} works on run {} already", folder.id.short()))
}

/// Whether a worker holds the lock.
pub fn is_alive(folder: &Folder) -> bool {
    let Ok(file) =
        open_folder(&folder.path).and_then(|dir| dir.open(NAME, OFlags::RDONLY).map_err(|error| local("lock", error)))
    else {
        return false;
    };
    // The shared lock ends with the file, a moment later; one who takes the lock waits for that.
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}
