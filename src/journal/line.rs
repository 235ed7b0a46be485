//! One line of a journal: an object of JSON whose last field is the CRC-32 of the object without it. Must not know files.

use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{Entry, RunId};

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: (u16, u16),
    run: RunId,
}

/// `,"crc":"` and `"}` around eight digits.
const FIELD: &[u8] = b",\"crc\":\"";
const TAIL: usize = FIELD.len() + 8 + 2;

/// The first line of a run's journal.
pub(super) fn header(run: &RunId) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Header { format: FORMAT, run: run.clone() }).map(|json| seal(&json))
}

/// The line of an entry.
pub(super) fn entry(entry: &Entry) -> Result<String, serde_json::Error> {
    serde_json::to_string(entry).map(|json| seal(&json))
}

/// Puts the CRC behind the last field of an object that has fields, and ends the line.
fn seal(json: &str) -> String {
    let fields = json.strip_suffix('}').unwrap_or(json);
    format!("{fields},\"crc\":\"{:08x}\"}}\n", crc32fast::hash(json.as_bytes()))
}

/// The object without its CRC, when that fits. The line comes without its end.
fn unseal(line: &[u8]) -> Option<Vec<u8>> {
    let (fields, tail) = line.split_at_checked(line.len().checked_sub(TAIL)?)?;
    let crc = tail.strip_prefix(FIELD)?.strip_suffix(b"\"}")?;
    let json = [fields, b"}"].concat();
    // Compared as text: other spellings of the same number are damage too.
    (format!("{:08x}", crc32fast::hash(&json)).as_bytes() == crc).then_some(json)
}

/// The entry of one line without those before it, when it is whole. The line comes without its end.
pub(super) fn alone(line: &[u8]) -> Option<Entry> {
    serde_json::from_slice(&unseal(line)?).ok()
}

/// Reads lines in their order and refuses what cannot follow.
#[derive(Debug)]
pub(super) struct Decoder {
    run: RunId,
    has_header: bool,
    /// The number of the last entry.
    pub(super) n: u64,
}

impl Decoder {
    pub(super) fn new(run: RunId) -> Self {
        Self { run, has_header: false, n: 0 }
    }

    /// What a line says; `None` for the header. A line that is refused changes nothing.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<Option<Entry>, Fault> {
        let json = unseal(line).ok_or_else(|| self.damaged("the checksum does not fit"))?;
        if !self.has_header {
            self.header(&json)?;
            self.has_header = true;
            return Ok(None);
        }
        let entry: Entry = serde_json::from_slice(&json).map_err(|_| self.damaged("it is not understood"))?;
        if entry.n != self.n + 1 {
            return Err(self.damaged(&format!("its number is {}", entry.n)));
        }
        self.n = entry.n;
        Ok(Some(entry))
    }

    fn header(&self, json: &[u8]) -> Result<(), Fault> {
        /// What every version has.
        #[derive(Deserialize)]
        struct Version {
            format: (u16, u16),
        }
        let Version { format } = serde_json::from_slice(json).map_err(|_| self.damaged("it is not understood"))?;
        if format.0 != FORMAT.0 {
            return Err(newer("journal", &self.run, format, FORMAT));
        }
        let header: Header = serde_json::from_slice(json).map_err(|_| self.damaged("it is not understood"))?;
        if header.run == self.run { Ok(()) } else { Err(self.damaged("it belongs to another run")) }
    }

    /// A fault about the line that comes next.
    pub(super) fn damaged(&self, why: &str) -> Fault {
        let place = if self.has_header { format!("entry {}", self.n + 1) } else { "its first line".to_owned() };
        Fault::new(FaultKind::Local, format!("the journal of run {} is damaged at {place}: {why}", self.run.short()))
            .hint("nothing is lost in the databases: plan what is left anew, the ledgers of the schemas say what is applied")
    }
}

/// A file that another version of this program wrote.
pub(super) fn newer(what: &str, run: &RunId, found: (u16, u16), known: (u16, u16)) -> Fault {
    let text =
        format!("the {what} of run {} has format {}.{}, this program knows {}.x", run.short(), found.0, found.1, known.0);
    Fault::new(FaultKind::Local, text).hint("use the version of tenantry that began the run")
}
