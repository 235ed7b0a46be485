//! What the statements about ledgers answer, as histories and as lines for a person. Pure.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::domain::catalog::{LedgerDialect, LedgerRow};
use crate::domain::history::{History, HistoryId, Mark, Migration, Step};

/// What tells the contents of two ledgers of one dialect apart: how many lines, and the sum of their hashes. A sum, because by
/// XOR two equal lines would be as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Fingerprint {
    /// Lines.
    pub lines: u64,
    /// The sum of their hashes.
    pub sum: i128,
}

/// Rows of text as a session gives them.
type Cells = Vec<Option<String>>;

/// The answer of [`super::fingerprint`]: each ledger's place in the list and its fingerprint. What cannot be read is left out.
pub fn fingerprints(rows: &[Cells]) -> impl Iterator<Item = (usize, Fingerprint)> {
    fn number<T: std::str::FromStr>(cell: Option<&Option<String>>) -> Option<T> {
        cell?.as_deref()?.parse().ok()
    }
    rows.iter().filter_map(|row| {
        // The sum of no lines is null.
        let sum = number(row.get(2)).unwrap_or_default();
        Some((number(row.first())?, Fingerprint { lines: number(row.get(1))?, sum }))
    })
}

/// A ledger as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// As [`super::fingerprint`] would tell it of the same contents.
    pub fingerprint: Fingerprint,
    /// The identity of the history: it follows from what it says alone.
    pub id: HistoryId,
    /// The history.
    pub history: History,
}

/// The answer of [`super::statement`] as a history.
pub fn contents(dialect: LedgerDialect, rows: Vec<Cells>) -> Contents {
    let mut fingerprint = Fingerprint { lines: rows.len() as u64, sum: 0 };
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows {
        let line = Line::of(row);
        fingerprint.sum += i128::from(line.hash);
        steps.push(Step { migration: line.migration, mark: line.mark, checksum: line.checksum });
    }
    // The sort keeps the newest of several lines about one migration before the others.
    steps.sort_by(|a, b| a.migration.cmp(&b.migration));
    steps.dedup_by(|later, first| later.migration == first.migration);
    let history = History { dialect, steps };
    Contents { fingerprint, id: id(&history), history }
}

/// The answer of [`super::statement`] in the order of application, for a person.
pub fn rows(rows: Vec<Cells>) -> Vec<LedgerRow> {
    let row = |row: Cells| {
        let Line { migration: Migration { app, name }, applied, mark, .. } = Line::of(row);
        LedgerRow { app, name, applied, mark }
    };
    rows.into_iter().rev().map(row).collect()
}

/// One row of [`super::statement`].
struct Line {
    migration: Migration,
    mark: Mark,
    checksum: Option<String>,
    applied: Option<Timestamp>,
    hash: i64,
}

impl Line {
    fn of(row: Cells) -> Self {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let (app, name, failed, checksum) = (next(), next().unwrap_or_default(), next(), next());
        // Microseconds since 1970.
        let applied = next().and_then(|micros| Timestamp::from_microsecond(micros.parse().ok()?).ok());
        let hash = next().and_then(|hash| hash.parse().ok()).unwrap_or_default();
        let mark = if failed.as_deref() == Some("true") { Mark::Failed } else { Mark::Applied };
        Self { migration: Migration { app, name }, mark, checksum, applied, hash }
    }
}

fn id(history: &History) -> HistoryId {
    let mut hash = Sha256::new();
    let mut put = |text: Option<&str>| {
        // The length before each text keeps `ab`, `c` and `a`, `bc` apart; a missing one has none.
        hash.update(text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        hash.update(text.unwrap_or_default());
    };
    put(Some(history.dialect.word()));
    for Step { migration, mark, checksum } in &history.steps {
        put(migration.app.as_deref());
        put(Some(&migration.name));
        put((*mark == Mark::Failed).then_some("failed"));
        put(checksum.as_deref());
    }
    let bytes: [u8; 32] = hash.finalize().into();
    HistoryId(bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<const N: usize>(row: [Option<&str>; N]) -> Cells {
        row.map(|cell| cell.map(str::to_owned)).to_vec()
    }

    fn line(app: &str, name: &str, failed: &str, hash: &str) -> Cells {
        cells([Some(app), Some(name), Some(failed), None, Some("1700000000000000"), Some(hash)])
    }

    #[test]
    fn rows_turn_into_the_order_of_application() {
        let rows =
            rows(vec![cells([Some("crm"), Some("0002"), None, None, None, Some("1")]), line("crm", "0001", "true", "2")]);
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["0001", "0002"]);
        assert_eq!(rows[0].applied.unwrap().to_string(), "2023-11-14T22:13:20Z");
        assert_eq!((rows[0].mark, rows[1].mark, rows[1].applied), (Mark::Failed, Mark::Applied, None));
    }

    #[test]
    fn a_history_is_sorted_and_has_each_migration_once_by_its_newest_line() {
        let read = |rows| contents(LedgerDialect::Django, rows);
        let [a, b, b_failed] =
            [line("crm", "0001", "false", "-5"), line("crm", "0002", "false", "7"), line("crm", "0002", "true", "9")];
        let one = read(vec![b.clone(), a.clone()]);
        let turned = read(vec![a.clone(), b.clone()]);
        assert_eq!(one, turned, "the order of application makes no difference");
        assert_eq!(one.fingerprint, Fingerprint { lines: 2, sum: 2 });
        let twice = read(vec![b.clone(), b_failed.clone(), a.clone()]);
        assert_eq!((twice.id, &twice.history), (one.id, &one.history));
        assert_ne!(twice.fingerprint, one.fingerprint);
        let failed = read(vec![b_failed, b, a]);
        assert_eq!(failed.history.steps.iter().map(|step| step.mark).collect::<Vec<_>>(), [Mark::Applied, Mark::Failed]);
        assert_ne!(failed.id, one.id);
        assert_ne!(contents(LedgerDialect::Tenantry, vec![]).id, read(vec![]).id);
    }

    #[test]
    fn a_fingerprint_of_no_lines_has_no_sum() {
        let rows = [
            cells([Some("3"), Some("0"), None]),
            cells([Some("4"), Some("2"), Some("-18446744073709551616")]),
            cells([None]),
        ];
        let found: Vec<_> = fingerprints(&rows).collect();
        assert_eq!(found[0], (3, Fingerprint::default()));
        assert_eq!(found[1].1.sum, -(1 << 64));
        assert_eq!(found.len(), 2);
    }
}
