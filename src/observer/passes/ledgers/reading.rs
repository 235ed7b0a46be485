//! Reading many ledgers: fingerprints in batches, one transaction for each, and the lines of one ledger for each content. Must not
//! remember anything, nor tell anybody.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::dialect::ledger::{self, Contents, Fingerprint, MOST_ROWS};
use crate::domain::catalog::{LedgerDialect, LedgerTable, Oid};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::{HistoryId, LedgerReading};
use crate::observer::passes::QUICK;
use crate::pg::{Limits, Session, Texts, catalog};

/// Whoever works on a ledger goes first.
const POLITE: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(15) };
/// Ledgers that one transaction reads. It holds a lock on each of them and on each of its indexes, at most 200 together.
const BATCH: usize = 50;

/// A ledger that is to be read.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    /// `pg_namespace.oid` of its schema.
    pub(super) namespace: Oid,
    /// The raw name of its schema.
    pub(super) schema: String,
    /// Whether our role may look into the schema.
    pub(super) readable: bool,
    /// The table and whose it is.
    pub(super) table: LedgerTable,
    /// Whether it lacks columns.
    pub(super) is_strange: bool,
}

/// What came of asking a ledger for its fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Its fingerprint.
    Told(Fingerprint),
    /// Why there is none.
    Not(LedgerReading),
    /// It is not there any more.
    Gone,
}

/// What came of reading a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) reading: LedgerReading,
    /// What it holds, where it was read.
    pub(super) fingerprint: Option<Fingerprint>,
}

impl From<LedgerReading> for Resolved {
    fn from(reading: LedgerReading) -> Self {
        Self { reading, fingerprint: None }
    }
}

/// Reads ledgers. A fault means that the link is lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    /// The second connection, where there is one.
    pub(super) help: Option<&'a Session>,
}

impl Reader<'_> {
    /// Asks each of these for its fingerprint.
    pub(super) async fn ask(self, ledgers: Vec<Ledger>) -> Result<Vec<(Ledger, Asked)>, Fault> {
        let (locked, free) = self.part(ledgers).await?;
        let mut answers: Vec<(Ledger, Asked)> = busy(locked).collect();
        let statements: Vec<String> = free.chunks(BATCH).map(statement).collect();
        let told = self.each(&statements).await?;
        let mut failed = Vec::new();
        for (batch, told) in free.chunks(BATCH).zip(told) {
            match told {
                Ok(rows) => answers.extend(batch.iter().cloned().zip(fingerprints(batch.len(), &rows))),
                Err(_) => failed.extend_from_slice(batch),
            }
        }
        if !failed.is_empty() {
            answers.extend(self.one_by_one(failed).await?);
        }
        Ok(answers)
    }

    /// Asks half of these on the second connection. What fails there as a whole is asked here.
    async fn each(self, statements: &[String]) -> Result<Vec<Result<Texts, Fault>>, Fault> {
        let Some(help) = self.help else { return self.session.each(POLITE, statements).await };
        let (here, there) = statements.split_at(statements.len().div_ceil(2));
        let (told, helped) = tokio::join!(self.session.each(POLITE, here), help.each(POLITE, there));
        let mut told = told?;
        match helped {
            Ok(helped) => told.extend(helped),
            Err(_) => told.extend(self.session.each(POLITE, there).await?),
        }
        Ok(told)
    }

    /// Each in a transaction of its own, so that one that fails spoils only itself.
    async fn one_by_one(self, ledgers: Vec<Ledger>) -> Result<Vec<(Ledger, Asked)>, Fault> {
        let (locked, free) = self.part(ledgers).await?;
        let mut answers: Vec<(Ledger, Asked)> = busy(locked).collect();
        let statements: Vec<String> = free.chunks(1).map(statement).collect();
        let told = self.session.each(POLITE, &statements).await?;
        answers.extend(free.into_iter().zip(told).map(|(ledger, told)| {
            let asked = match told {
                Ok(rows) => fingerprints(1, &rows).next().unwrap_or(Asked::Gone),
                Err(fault) => why_not(&fault),
            };
            (ledger, asked)
        }));
        Ok(answers)
    }

    /// Those that somebody has locked, for whom each attempt would wait, and the others.
    async fn part(self, ledgers: Vec<Ledger>) -> Result<(Vec<Ledger>, Vec<Ledger>), Fault> {
        let locked = match self.locked().await {
            Ok(locked) => locked,
            Err(fault) if self.session.is_closed() => return Err(fault),
            Err(_) => HashSet::new(),
        };
        Ok(ledgers.into_iter().partition(|ledger| locked.contains(&ledger.table.oid)))
    }

    async fn locked(self) -> Result<HashSet<Oid>, Fault> {
        let reading = self.session.read(QUICK).await?;
        let locked = catalog::locked(&reading).await?;
        reading.finish().await?;
        Ok(locked)
    }

    /// Finds the history of each fingerprint: a known one, or by reading one of the ledgers that have it. Gives the readings and
    /// what was read anew.
    pub(super) async fn resolve(
        self,
        answers: Vec<(Ledger, Asked)>,
        known: &HashMap<(LedgerDialect, Fingerprint), HistoryId>,
    ) -> Result<(Vec<(Ledger, Resolved)>, Vec<Contents>), Fault> {
        let mut found: HashMap<(LedgerDialect, Fingerprint), HistoryId> = HashMap::new();
        let (mut read, mut new) = (Vec::with_capacity(answers.len()), Vec::new());
        let mut open: HashMap<(LedgerDialect, Fingerprint), Vec<Ledger>> = HashMap::new();
        for (ledger, asked) in answers {
            match asked {
                Asked::Told(fingerprint) if fingerprint.lines > u64::from(MOST_ROWS) => {
                    read.push((ledger, LedgerReading::Strange.into()));
                }
                Asked::Told(fingerprint) => open.entry((ledger.table.dialect, fingerprint)).or_default().push(ledger),
                Asked::Not(reading) => read.push((ledger, reading.into())),
                Asked::Gone => {}
            }
        }
        loop {
            open.retain(|key, ledgers| match known.get(key).or_else(|| found.get(key)) {
                Some(&id) => {
                    let resolved = Resolved { reading: LedgerReading::Read(id), fingerprint: Some(key.1) };
                    read.extend(ledgers.drain(..).map(|ledger| (ledger, resolved)));
                    false
                }
                None => !ledgers.is_empty(),
            });
            // One of each; where it fails or has changed meanwhile, the next one takes its place.
            let chosen: Vec<Ledger> = open.values_mut().filter_map(Vec::pop).take(BATCH).collect();
            if chosen.is_empty() {
                return Ok((read, new));
            }
            for (ledger, answer) in self.lines(chosen).await? {
                match answer {
                    Ok(contents) => {
                        let fingerprint = Some(contents.fingerprint);
                        read.push((ledger, Resolved { reading: LedgerReading::Read(contents.id), fingerprint }));
                        found.insert((contents.history.dialect, contents.fingerprint), contents.id);
                        new.push(contents);
                    }
                    Err(Asked::Not(reading)) => read.push((ledger, reading.into())),
                    Err(_) => {}
                }
            }
        }
    }

    async fn lines(self, ledgers: Vec<Ledger>) -> Result<Vec<(Ledger, Result<Contents, Asked>)>, Fault> {
        let of = |Ledger { schema, table, .. }: &Ledger| ledger::statement(table.dialect, schema, &table.table);
        let statements: Vec<String> = ledgers.iter().map(of).collect();
        let answers = self.session.each(POLITE, &statements).await?;
        Ok(ledgers
            .into_iter()
            .zip(answers)
            .map(|(ledger, answer)| {
                let dialect = ledger.table.dialect;
                (ledger, answer.map(|rows| ledger::contents(dialect, rows)).map_err(|fault| why_not(&fault)))
            })
            .collect())
    }
}

fn busy(ledgers: Vec<Ledger>) -> impl Iterator<Item = (Ledger, Asked)> {
    ledgers.into_iter().map(|ledger| (ledger, Asked::Not(LedgerReading::Busy)))
}

fn statement(ledgers: &[Ledger]) -> String {
    ledger::fingerprint(ledgers.iter().map(|l| (l.table.dialect, l.schema.as_str(), l.table.table.as_str())))
}

/// The answer of a statement about `count` ledgers.
fn fingerprints(count: usize, rows: &Texts) -> impl Iterator<Item = Asked> + use<> {
    let mut all = vec![Asked::Gone; count];
    for (at, fingerprint) in ledger::fingerprints(rows) {
        if let Some(slot) = all.get_mut(at) {
            *slot = Asked::Told(fingerprint);
        }
    }
    all.into_iter()
}

/// What a fault says about a ledger.
fn why_not(fault: &Fault) -> Asked {
    const UNDEFINED_COLUMN: &str = "42703";
    const UNDEFINED_FUNCTION: &str = "42883";
    const LACK: &str = "53";
    let state = fault.sqlstate.as_deref().unwrap_or_default();
    match fault.kind {
        FaultKind::Busy => Asked::Not(LedgerReading::Busy),
        FaultKind::Privilege => Asked::Not(LedgerReading::Unreadable),
        FaultKind::Gone if state != UNDEFINED_COLUMN && state != UNDEFINED_FUNCTION => Asked::Gone,
        // The server ran out of something, of locks for instance.
        _ if state.starts_with(LACK) => Asked::Not(LedgerReading::Busy),
        // Its columns are not of the types that they should be.
        _ if state.starts_with("42") || state.starts_with("22") => Asked::Not(LedgerReading::Strange),
        _ => Asked::Not(LedgerReading::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_a_ledger_is() {
        let check = |kind, state: &str, expected| {
            let fault = Fault { sqlstate: Some(state.into()), ..Fault::new(kind, "no") };
            assert_eq!(why_not(&fault), expected, "{state}");
        };
        check(FaultKind::Busy, "55P03", Asked::Not(LedgerReading::Busy));
        check(FaultKind::Privilege, "42501", Asked::Not(LedgerReading::Unreadable));
        check(FaultKind::Gone, "42P01", Asked::Gone);
        check(FaultKind::Gone, "3F000", Asked::Gone);
        check(FaultKind::Gone, "42703", Asked::Not(LedgerReading::Strange));
        check(FaultKind::Server, "42846", Asked::Not(LedgerReading::Strange));
        check(FaultKind::Server, "22P02", Asked::Not(LedgerReading::Strange));
        check(FaultKind::Server, "53200", Asked::Not(LedgerReading::Busy));
        check(FaultKind::Server, "XX001", Asked::Not(LedgerReading::Unreadable));
    }
}
