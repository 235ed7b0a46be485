//! The one writer of a journal. What it flushed is on the disk; what it could not write is tried again with the next flush. Must not
//! know what an event means.

use std::fs::File;
use std::io::{ErrorKind, Write};

use jiff::Timestamp;
use rustix::fs::OFlags;

use super::folder::{Folder, JOURNAL, open_folder};
use super::lock::{self, Lock};
use super::reader::Reader;
use super::{line, local};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{Entry, Event, RunId};

/// A journal that is written. Holds the run's lock as long as it lives.
#[derive(Debug)]
pub struct Journal {
    pub(super) file: File,
    run: RunId,
    n: u64,
    pending: Pending,
    /// Set when the disk may have lost what it was given: nothing can be promised any more.
    broken: Option<Fault>,
    _lock: Lock,
}

impl Journal {
    /// Takes the run's lock and reads what happened so far. One torn last line is cut off: nothing that it announces was begun, for
    /// it was never flushed. Damage anywhere else is a fault, and so is a living worker.
    pub fn open(folder: &Folder) -> Result<(Self, Vec<Entry>), Fault> {
        let what = |error: std::io::Error| local(&format!("cannot write the journal of run {}", folder.id.short()), error);
        let lock = lock::take(folder)?;
        let flags = OFlags::RDWR | OFlags::APPEND;
        let mut file = open_folder(&folder.path)?.open(JOURNAL, flags).map_err(what)?;
        let mut reader = Reader::over(file.try_clone().map_err(what)?, folder);
        let mut entries = Vec::new();
        loop {
            let more = reader.more()?;
            if more.is_empty() {
                break;
            }
            entries.extend(more);
        }
        if file.metadata().map_err(what)?.len() > reader.end() {
            file.set_len(reader.end()).map_err(what)?;
        }
        if reader.end() == 0 {
            let header = line::header(&folder.id).map_err(|error| what(error.into()))?;
            file.write_all(header.as_bytes()).map_err(what)?;
        }
        // What was read may be in memory alone: the worker before us may have died between writing and flushing.
        file.sync_all().map_err(what)?;
        let journal =
            Self { file, run: folder.id.clone(), n: reader.n(), pending: Pending::default(), broken: None, _lock: lock };
        Ok((journal, entries))
    }

    /// Numbers and times an event. It is in memory until [`Self::flush`].
    pub fn append(&mut self, event: Event) -> Result<Entry, Fault> {
        // Milliseconds are enough and keep lines short.
        let now = Timestamp::now();
        let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let entry = Entry { n: self.n + 1, at, event };
        let line = line::entry(&entry).map_err(|error| local("cannot put an event into words", error))?;
        self.n = entry.n;
        self.pending.bytes.extend_from_slice(line.as_bytes());
        Ok(entry)
    }

    /// Writes everything that was appended and waits until the disk has it. After a fault of kind [`FaultKind::Local`] it may be
    /// tried again, once there is space: nothing is lost or written twice by that.
    pub fn flush(&mut self) -> Result<(), Fault> {
        if let Some(fault) = &self.broken {
            return Err(fault.clone());
        }
        if self.pending.bytes.is_empty() {
            return Ok(());
        }
        let what = |error: std::io::Error| local(&format!("cannot write the journal of run {}", self.run.short()), error);
        self.pending.write(&mut self.file).map_err(what)?;
        self.file.sync_data().map_err(|error| {
            // The kernel may have thrown away what it could not write, and says so only once.
            let Fault { what, .. } = what(error);
            let fault = Fault::new(FaultKind::Local, format!("{what}, and what was written before may be lost"));
            self.broken.insert(fault).clone()
        })
    }
}

/// What is appended and not yet written.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) bytes: Vec<u8>,
}

impl Pending {
    /// Writes as much as can be written and keeps the rest, so that trying again goes on in the middle of a line if need be: a
    /// follower has read what stands there.
    pub(super) fn write(&mut self, to: &mut impl Write) -> std::io::Result<()> {
        let mut written = 0;
        let result = loop {
            if written == self.bytes.len() {
                break Ok(());
            }
            match to.write(&self.bytes[written..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(more) => written += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.bytes.drain(..written);
        result
    }
}
