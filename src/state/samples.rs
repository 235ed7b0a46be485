//! The number of tenants of a database, one line for each day: a text file for each database, only ever added to. Must not know
//! what is made of it.
//!
//! A line is an object of JSON with its version: `{"v":1,"day":"2026-11-21","tenants":6410,"tables":641000}`. Two consoles that
//! write at once wait for each other's lock. A line that is torn, or of another program or version, is skipped and stays.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::capacity::Sample;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// Which database it is, whatever it is called and wherever it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// `pg_control_system().system_identifier`, where the role may ask.
    pub system_identifier: Option<u64>,
    /// The raw name of the database there.
    pub database: String,
    /// The label of the database, for one without identifier.
    pub label: String,
    /// Host and port, for one without identifier. Never a secret.
    pub place: String,
}

/// How long another console may hold the file.
const PATIENCE: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_millis(20);

/// More than a century has: a larger file is none of ours, and only its beginning is read.
const LARGEST: u64 = 16 << 20;

/// The version of a line.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    v: u32,
    day: Date,
    tenants: u64,
    tables: u64,
}

impl Identity {
    /// The name of its file: readable, and of plain letters whatever the database is called.
    fn file_name(&self) -> String {
        let (name, parts) = match self.system_identifier {
            Some(identifier) => (format!("{identifier}-{}", plain(&self.database)), vec![self.database.as_str()]),
            None => (plain(&self.label), vec![self.label.as_str(), &self.place, &self.database]),
        };
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut short = [0; 8];
        short.copy_from_slice(&hash.finalize()[..8]);
        format!("samples-{name}-{:016x}.jsonl", u64::from_be_bytes(short))
    }
}

/// The beginning of a name, with `_` for everything that might mean something in a path.
fn plain(name: &str) -> String {
    const ENOUGH: usize = 32;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.chars().take(ENOUGH).map(|c| if fits(c) { c } else { '_' }).collect()
}

/// Adds the sample of a day, unless there is one of that day already, and gives all that are known, the oldest first. What could
/// not be written is a fault beside what could be read.
pub fn keep(folder: &Path, identity: &Identity, sample: Sample) -> (Vec<Sample>, Option<Fault>) {
    let path = folder.join(identity.file_name());
    match add(folder, &path, sample) {
        Ok(samples) => (samples, None),
        Err(error) => {
            let what = format!("cannot keep the number of tenants in {}: {}", shown(&path.to_string_lossy()), words(&error));
            let fault = Fault::new(FaultKind::Local, what)
                .hint("without it the growth of a fleet is known only from creation dates in its registry");
            (
                File::open(&path).and_then(|mut file| read(&mut file)).map_or_else(|_| Vec::new(), |text| parse(&text)),
                Some(fault),
            )
        }
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::WouldBlock => "another process holds it".to_owned(),
        _ => shown(&error.to_string().to_lowercase()).into_owned(),
    }
}

fn add(folder: &Path, path: &Path, sample: Sample) -> io::Result<Vec<Sample>> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    lock(&file)?;
    let text = read(&mut file)?;
    let mut samples = parse(&text);
    if samples.iter().all(|known| known.day != sample.day) {
        let line = Line { v: VERSION, day: sample.day, tenants: sample.tenants, tables: sample.tables };
        // What a crash left of a line becomes a line of its own, which is skipped.
        let before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        file.write_all(format!("{before}{}\n", serde_json::to_string(&line)?).as_bytes())?;
        samples.push(sample);
        samples.sort_by_key(|sample| sample.day);
    }
    // The lock goes with the file.
    Ok(samples)
}

fn lock(file: &File) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => std::thread::sleep(AGAIN),
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
        }
    }
}

fn read(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first sample of each day, the oldest first.
fn parse(text: &str) -> Vec<Sample> {
    let known = |line: &str| {
        let line: Line = serde_json::from_str(line).ok()?;
        (line.v == VERSION).then_some(Sample { day: line.day, tenants: line.tenants, tables: line.tables })
    };
    let mut samples: Vec<Sample> = text.lines().filter_map(known).collect();
    samples.sort_by_key(|sample| sample.day);
    samples.dedup_by_key(|sample| sample.day);
    samples
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use jiff::civil::date;

    use super::*;

    fn identity(database: &str) -> Identity {
        Identity {
            system_identifier: Some(7_312_345_678_901_234_567),
            database: database.to_owned(),
            label: "eu-1".to_owned(),
            place: "db1:5432".to_owned(),
        }
    }

    fn sample(day: i8, tenants: u64) -> Sample {
        Sample { day: date(2026, 11, day), tenants, tables: tenants * 100 }
    }

    fn only_file(folder: &Path) -> PathBuf {
        let files: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        let [file] = files.as_slice() else { panic!("{files:?}") };
        file.clone()
    }

    #[test]
    fn the_first_sample_of_a_day_counts_and_earlier_days_stay() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("state/tenantry");
        assert_eq!(keep(&folder, &identity("crm"), sample(20, 10)), (vec![sample(20, 10)], None));
        assert_eq!(keep(&folder, &identity("crm"), sample(20, 99)), (vec![sample(20, 10)], None));
        let both = vec![sample(20, 10), sample(21, 12)];
        assert_eq!(keep(&folder, &identity("crm"), sample(21, 12)), (both.clone(), None));
        // A day that comes late is put where it belongs.
        let all = [vec![sample(19, 9)], both].concat();
        assert_eq!(keep(&folder, &identity("crm"), sample(19, 9)), (all, None));
        let file = only_file(&folder);
        let text = std::fs::read_to_string(&file).expect("a file");
        assert!(text.starts_with("{\"v\":1,\"day\":\"2026-11-20\",\"tenants\":10,\"tables\":1000}\n"), "{text}");
        assert_eq!(text.lines().count(), 3);
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
    }

    #[test]
    fn two_databases_have_two_files_and_no_name_leads_elsewhere() {
        let home = tempfile::tempdir().expect("a folder");
        for (tenants, database) in (1..).zip(["crm", "shop", "../../etc/passwd", "a/b", "a\\b", "ü", "u", "", "\n", ".."]) {
            let kept = keep(home.path(), &identity(database), sample(20, tenants));
            assert_eq!(kept, (vec![sample(20, tenants)], None), "{database:?}");
        }
        let unknown = |label: &str, place: &str| Identity {
            system_identifier: None,
            label: label.to_owned(),
            place: place.to_owned(),
            ..identity("crm")
        };
        for (tenants, (label, place)) in (100..).zip([("eu", "db1:5432"), ("eu", "db2:5432"), ("us", "db1:5432")]) {
            let kept = keep(home.path(), &unknown(label, place), sample(20, tenants));
            assert_eq!(kept, (vec![sample(20, tenants)], None), "{label} {place}");
        }
        let names: Vec<String> = std::fs::read_dir(home.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("plain text"))
            .collect();
        assert_eq!(names.len(), 13);
        assert!(names.iter().all(|name| name.starts_with("samples-") && !name.contains(['/', '\\', '\n'])), "{names:?}");
        assert!(names.iter().any(|name| name.starts_with("samples-7312345678901234567-crm-")), "{names:?}");
    }

    #[test]
    fn one_database_under_two_labels_is_one() {
        let home = tempfile::tempdir().expect("a folder");
        let other = Identity { label: "standby".to_owned(), place: "db9:6432".to_owned(), ..identity("crm") };
        keep(home.path(), &identity("crm"), sample(20, 10));
        assert_eq!(keep(home.path(), &other, sample(20, 11)), (vec![sample(20, 10)], None));
    }

    #[test]
    fn what_is_torn_or_foreign_is_skipped_and_never_lost() {
        let home = tempfile::tempdir().expect("a folder");
        keep(home.path(), &identity("crm"), sample(18, 8));
        let file = only_file(home.path());
        let whole = std::fs::read_to_string(&file).expect("a file");
        let foreign = "hello\n{\"v\":2,\"day\":\"2026-11-19\",\"tenants\":1,\"tables\":1}\n\n[]\n";
        // Every length at which a crash may have torn the next line.
        let next = whole.replace("11-18", "11-19");
        for length in 0..next.len() {
            let before = [whole.as_bytes(), foreign.as_bytes(), b"\xff\xfe\n", &next.as_bytes()[..length]].concat();
            std::fs::write(&file, &before).expect("writable");
            let (samples, fault) = keep(home.path(), &identity("crm"), sample(20, 10));
            let torn_is_whole = length + 1 == next.len();
            let expected: &[u64] = if torn_is_whole { &[8, 8, 10] } else { &[8, 10] };
            assert_eq!(samples.iter().map(|sample| sample.tenants).collect::<Vec<_>>(), expected, "{length}");
            assert_eq!(fault, None);
            let after = std::fs::read(&file).expect("a file");
            assert!(after.starts_with(&before), "nothing is lost at {length}");
            assert_eq!(keep(home.path(), &identity("crm"), sample(20, 99)).0, samples, "{length}");
        }
    }

    #[test]
    fn writers_at_once_leave_one_whole_line_for_each_day() {
        let home = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let folder = home.path();
                scope.spawn(move || {
                    for day in 1..=20 {
                        let (samples, fault) = keep(folder, &identity("crm"), sample(day, writer));
                        assert_eq!(fault, None);
                        assert!(samples.iter().any(|sample| sample.day == date(2026, 11, day)));
                    }
                });
            }
        });
        let text = std::fs::read_to_string(only_file(home.path())).expect("a file");
        assert_eq!(text.lines().count(), 20, "{text}");
        assert_eq!(parse(&text).len(), 20);
    }

    #[test]
    fn a_file_that_is_held_or_a_folder_that_is_none_is_a_fault_beside_what_is_known() {
        let home = tempfile::tempdir().expect("a folder");
        keep(home.path(), &identity("crm"), sample(20, 10));
        let file = File::open(only_file(home.path())).expect("a file");
        file.lock().expect("a lock");
        let (samples, fault) = keep(home.path(), &identity("crm"), sample(21, 11));
        assert_eq!(samples, [sample(20, 10)]);
        assert!(fault.is_some_and(|fault| fault.what.ends_with(": another process holds it")));
        // A file where the folder should be cannot be written by anybody, root included.
        let blocked = home.path().join("file");
        std::fs::write(&blocked, "").expect("writable");
        let (samples, fault) = keep(&blocked.join("tenantry"), &identity("crm"), sample(20, 10));
        assert!(samples.is_empty());
        let fault = fault.expect("a fault");
        assert!(fault.what.starts_with("cannot keep the number of tenants in "), "{}", fault.what);
    }
}
