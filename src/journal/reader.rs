//! Follows a journal while it is written, without any lock. Must not write.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;

use rustix::fs::OFlags;

use super::folder::{Folder, JOURNAL, open_folder};
use super::line::{self, Decoder};
use super::local;
use crate::domain::fault::Fault;
use crate::domain::run::{Entry, Event, TargetId};

/// How much is read at once, in bytes, when lines are shorter than that.
const CHUNK: usize = 1 << 20;
/// No line is longer: one that tries everything again names each target of a large fleet.
const LONGEST: usize = 64 << 20;

/// A journal that is followed.
#[derive(Debug)]
pub struct Reader {
    file: File,
    decoder: Decoder,
    /// The end of the last whole line that was read, in bytes.
    end: u64,
}

impl Reader {
    /// Opens the journal of a run at its beginning.
    pub fn open(folder: &Folder) -> Result<Self, Fault> {
        let what = format!("cannot read the journal of run {}", folder.id.short());
        let file = open_folder(&folder.path)?.open(JOURNAL, OFlags::RDONLY).map_err(|error| local(&what, error))?;
        Ok(Self::over(file, folder))
    }

    pub(super) fn over(file: File, folder: &Folder) -> Self {
        Self { file, decoder: Decoder::new(folder.id.clone()), end: 0 }
    }

    /// What was written since: some of it, nothing when that is all. A last line without its end is waited for: a writer is at it, or
    /// the next one takes it away. After damage everything is a fault.
    pub fn more(&mut self) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        while entries.is_empty() {
            let bytes = self.lines()?;
            if bytes.is_empty() {
                break;
            }
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                match self.decoder.take(&line[..line.len() - 1]) {
                    Ok(entry) => entries.extend(entry),
                    // What came before is told first, the damage when it is asked for again.
                    Err(_) if !entries.is_empty() => break,
                    Err(fault) => return Err(fault),
                }
                self.end += line.len() as u64;
            }
        }
        Ok(entries)
    }

    /// What is told of one target alone, without taking in all else that a long journal tells. `None` where that cannot be had so: then
    /// the journal has to be read as a whole, which says what is wrong with it.
    pub fn about(folder: &Folder, target: TargetId) -> Option<Vec<Event>> {
        let mut text = String::new();
        open_folder(&folder.path).ok()?.open(JOURNAL, OFlags::RDONLY).ok()?.read_to_string(&mut text).ok()?;
        // A last line without its end may be only half of one.
        let whole = &text[..=text.rfind('\n')?];
        let (header, lines) = whole.split_once('\n')?;
        Decoder::new(folder.id.clone()).take(header.as_bytes()).ok()?;
        let named = format!("\"target\":{target}");
        let entry = |at: usize| {
            let from = lines[..at].rfind('\n').map_or(0, |end| end + 1);
            line::alone(lines[from..].split('\n').next()?.as_bytes())
        };
        let is_whole = |at: &usize| lines[at + named.len()..].starts_with([',', '}']);
        let places = lines.match_indices(&named).map(|(at, _)| at).filter(is_whole);
        let events = places.map(|at| Some(entry(at)?.event)).collect::<Option<Vec<Event>>>()?;
        Some(events.into_iter().filter(|event| event.is_about(target)).collect())
    }

    /// Whole lines from where we are.
    fn lines(&self) -> Result<Vec<u8>, Fault> {
        let mut size = CHUNK;
        loop {
            let mut bytes = vec![0; size];
            let read = self.fill(&mut bytes)?;
            if let Some(last) = bytes[..read].iter().rposition(|byte| *byte == b'\n') {
                bytes.truncate(last + 1);
                return Ok(bytes);
            }
            if read < size {
                return Ok(Vec::new());
            }
            if size >= LONGEST {
                return Err(self.decoder.damaged("it does not end"));
            }
            size *= 4;
        }
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<usize, Fault> {
        let mut read = 0;
        while read < bytes.len() {
            match self.file.read_at(&mut bytes[read..], self.end + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(local("cannot read the journal", error)),
            }
        }
        Ok(read)
    }

    /// The end of the last whole line that was read, in bytes.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The number of the last entry that was read.
    pub(super) fn n(&self) -> u64 {
        self.decoder.n
    }
}
