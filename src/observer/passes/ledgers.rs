//! The pass that reads the ledgers: a fingerprint of each that may have changed, then the lines of one ledger for each content
//! that is new. Nobody is waited for: a ledger that is locked is read later, and one that cannot be read spoils only itself.

mod reading;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use self::reading::{Asked, Ledger, Reader, Resolved};
use super::{Counted, QUICK, Run, notes};
use crate::dialect::ledger::{self, Fingerprint, Recognised};
use crate::domain::catalog::{LedgerDialect, LedgerTable, Oid, SchemaFacts};
use crate::domain::fault::Fault;
use crate::domain::fleet::{FleetEvent, Note, Pass};
use crate::domain::history::{History, HistoryId, LedgerReading};
use crate::domain::roles::{Policy, is_system};
use crate::observer::seat::{Seat, Taken};
use crate::observer::{Refresh, link};
use crate::pg::Session;
use crate::pg::catalog::{self, Context, Named, RowState};

/// Ledgers whose readings are told together.
const PART: usize = 500;
/// Ledgers after which the server process has grown too much: it keeps what it knows of each table that it opened.
const MANY: usize = 500;
/// So many are read faster on one connection than another one is made.
const HELPED: usize = 100;

/// The ledger of a schema, as the inventory found it.
#[derive(Debug, Clone)]
pub(in crate::observer) struct Found {
    /// `pg_namespace.oid` of its schema.
    pub(in crate::observer) namespace: Oid,
    /// The table and whose it is.
    pub(in crate::observer) ledger: LedgerTable,
    recognised: Recognised,
}

impl Found {
    /// One ledger for each schema that has any.
    pub(in crate::observer) fn best(named: Vec<Named>) -> Vec<Self> {
        let mut best: HashMap<Oid, Self> = HashMap::new();
        for Named { namespace, oid, table, columns } in named {
            let Some(recognised) = ledger::recognise(&table, &columns) else { continue };
            if best.get(&namespace).is_none_or(|other| recognised < other.recognised) {
                let ledger = LedgerTable { oid, table, dialect: recognised.dialect };
                best.insert(namespace, Self { namespace, ledger, recognised });
            }
        }
        best.into_values().collect()
    }
}

/// What is remembered of the ledgers between two refreshes.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Name and privilege of each schema that is not left out.
    schemas: HashMap<Oid, (String, bool)>,
    /// What the last inventory found.
    found: Vec<Found>,
    /// What was read, by schema.
    seen: HashMap<Oid, Seen>,
    /// Which history has these lines.
    histories: HashMap<(LedgerDialect, Fingerprint), HistoryId>,
    /// The histories that were told.
    told: HashSet<HistoryId>,
    /// Since when the counters count; `None` when they mean nothing.
    since: Option<String>,
    /// When everything was read the last time.
    whole: Option<Counted>,
}

/// What was read of one ledger.
#[derive(Debug)]
struct Seen {
    table: Oid,
    /// Whether our role could look into the schema.
    readable: bool,
    /// What told that it has not changed since; `None` when nothing does.
    state: Option<RowState>,
    /// Whether it is to be read again whatever the state says.
    is_old: bool,
    reading: LedgerReading,
    /// What it holds, where it was read.
    fingerprint: Option<Fingerprint>,
}

impl Memory {
    /// Takes the list of schemas.
    pub(super) fn take_names(&mut self, schemas: &[SchemaFacts], policy: &Policy) {
        let looked_at = schemas.iter().filter(|schema| !is_system(&schema.name) && !policy.leaves_out(&schema.name));
        self.schemas = looked_at.map(|schema| (schema.oid, (schema.name.clone(), schema.readable))).collect();
    }

    /// Takes what the inventory found.
    pub(super) fn take_found(&mut self, found: Vec<Found>) {
        self.found = found;
    }

    /// The ledgers of the schemas that are looked at, by name.
    fn ledgers(&self) -> Vec<Ledger> {
        let ledger = |found: &Found| {
            let (schema, readable) = self.schemas.get(&found.namespace)?.clone();
            let Found { namespace, ledger, recognised } = found.clone();
            Some(Ledger { namespace, schema, readable, table: ledger, is_strange: recognised.is_strange })
        };
        let mut all: Vec<Ledger> = self.found.iter().filter_map(ledger).collect();
        all.sort_by(|a, b| a.schema.cmp(&b.schema));
        all
    }

    /// Forgets the ledgers that are gone, and, when all are to be read, that any has not changed: a pass that fails half way is
    /// then made up for by the next.
    fn begin(&mut self, all: &[Ledger], since: Option<String>, is_whole: bool) {
        let there: HashSet<Oid> = all.iter().map(|ledger| ledger.namespace).collect();
        self.seen.retain(|namespace, _| there.contains(namespace));
        if is_whole {
            self.seen.values_mut().for_each(|seen| seen.is_old = true);
        }
        self.since = since;
    }

    /// Whether a ledger is to be read again.
    fn must_read(&self, ledger: &Ledger, state: Option<&RowState>) -> bool {
        let Some(seen) = self.seen.get(&ledger.namespace) else { return true };
        let is_other = seen.table != ledger.table.oid || seen.readable != ledger.readable;
        let has_moved = self.since.is_some() && (seen.state.is_none() || seen.state.as_ref() != state);
        seen.is_old || is_other || has_moved || seen.reading == LedgerReading::Busy
    }

    /// What each ledger holds, by schema.
    pub(super) fn fingerprints(&self) -> HashMap<Oid, Fingerprint> {
        self.seen.iter().filter_map(|(schema, seen)| Some((*schema, seen.fingerprint?))).collect()
    }

    /// Remembers what was read; gives what is news.
    fn take(&mut self, ledger: &Ledger, state: Option<RowState>, resolved: Resolved) -> Option<(Oid, LedgerReading)> {
        let Resolved { reading, fingerprint } = resolved;
        let state = state.filter(|state| !state.is_untold && self.since.is_some());
        let seen = Seen { table: ledger.table.oid, readable: ledger.readable, state, is_old: false, reading, fingerprint };
        let before = self.seen.insert(ledger.namespace, seen);
        let is_told = before.is_some_and(|before| before.table == ledger.table.oid && before.reading == reading);
        (!is_told).then_some((ledger.namespace, reading))
    }
}

impl Run<'_> {
    /// Reads the ledgers that may have changed since they were read.
    pub(super) async fn ledgers(&mut self, context: &Context) -> Result<(), Fault> {
        self.begins(Pass::Ledgers);
        match self.read_ledgers(context).await {
            Ok(notes) => {
                self.ends(Pass::Ledgers, notes);
                self.has_read(|read| read.ledgers = true);
                Ok(())
            }
            Err(fault) => self.failed(Pass::Ledgers, "the ledgers", fault),
        }
    }

    async fn read_ledgers(&mut self, context: &Context) -> Result<Vec<Note>, Fault> {
        let began = Instant::now();
        let all = self.known.ledgers.ledgers();
        let (since, states) = self.row_states(context, &all).await?;
        // A standby replays without counting. Where nothing counts everything is read, as often as that is cheap.
        let since = Some(since).filter(|_| context.counts_changes && !context.standby);
        let memory = &mut self.known.ledgers;
        let due = match &since {
            Some(_) => memory.since != since,
            None => !memory.whole.is_some_and(Counted::is_fresh),
        };
        let is_whole = due || self.how == Refresh::Full;
        memory.begin(&all, since, is_whole);
        let wanted = all.iter().filter(|ledger| memory.must_read(ledger, states.get(&ledger.table.oid)));
        let wanted: Vec<Ledger> = wanted.cloned().collect();
        self.read_these(wanted, &states).await?;
        if is_whole {
            self.known.ledgers.whole = Some(Counted { at: began, took: began.elapsed() });
        }
        Ok(self.ledger_notes(context, &all))
    }

    async fn row_states(&self, context: &Context, all: &[Ledger]) -> Result<(String, HashMap<Oid, RowState>), Fault> {
        let oids: Vec<Oid> = all.iter().map(|ledger| ledger.table.oid).collect();
        let reading = self.session.read(QUICK).await?;
        let since = catalog::statistics_since(&reading).await?;
        let states = catalog::row_states(&reading, &oids, context.version).await?;
        reading.finish().await?;
        Ok((since, states))
    }

    /// Reads these ledgers, part by part, and at the end once more those that were locked.
    async fn read_these(&mut self, wanted: Vec<Ledger>, states: &HashMap<Oid, RowState>) -> Result<(), Fault> {
        let mut done = 0;
        let mut opened = 0;
        let mut busy = Vec::new();
        let mut help = if wanted.len() > HELPED { self.help().await } else { None };
        for part in wanted.chunks(PART) {
            self.begins_part(Pass::Ledgers, (done, wanted.len()));
            let (open, mut answers) = split(part, states);
            opened += open.len();
            let session = help.as_ref().map(|(session, _)| session);
            answers.extend(Reader { help: session, ..self.reader() }.ask(open).await?);
            // Whoever opens a schema has the second connection first.
            if self.known.seat.as_ref().is_some_and(Seat::is_wanted_now) {
                get_up(help.take()).await;
            }
            busy.extend(
                answers.iter().filter(|(_, asked)| matches!(asked, Asked::Not(LedgerReading::Busy))).map(|(l, _)| l.clone()),
            );
            self.take_answers(answers, states).await?;
            done += part.len();
        }
        get_up(help).await;
        if !busy.is_empty() {
            let answers = self.reader().ask(busy).await?;
            self.take_answers(answers, states).await?;
        }
        self.known.is_heavy |= opened > MANY;
        Ok(())
    }

    fn reader(&self) -> Reader<'_> {
        Reader { session: self.session, help: None }
    }

    /// The second connection, when its seat is free.
    async fn help(&self) -> Option<(Session, Taken)> {
        let taken = self.known.seat.as_ref()?.for_help()?;
        let (session, _) = link::connect(self.target, "fleet").await.ok()?;
        Some((session, taken))
    }

    /// Reads the lines of one ledger for each content that is not known yet, and tells what is news.
    async fn take_answers(&mut self, answers: Vec<(Ledger, Asked)>, states: &HashMap<Oid, RowState>) -> Result<(), Fault> {
        let (read, new) = self.reader().resolve(answers, &self.known.ledgers.histories).await?;
        let memory = &mut self.known.ledgers;
        let mut histories: Vec<(HistoryId, Arc<History>)> = Vec::new();
        for contents in new {
            memory.histories.insert((contents.history.dialect, contents.fingerprint), contents.id);
            if memory.told.insert(contents.id) {
                histories.push((contents.id, Arc::new(contents.history)));
            }
        }
        let news: HashMap<Oid, LedgerReading> = read
            .iter()
            .filter_map(|(ledger, resolved)| memory.take(ledger, states.get(&ledger.table.oid).copied(), *resolved))
            .collect();
        if !news.is_empty() || !histories.is_empty() {
            (self.emit)(FleetEvent::Ledgers(self.id, news, histories));
        }
        Ok(())
    }

    fn ledger_notes(&self, context: &Context, all: &[Ledger]) -> Vec<Note> {
        let memory = &self.known.ledgers;
        let of = |wanted: LedgerReading| {
            // A schema that is closed as a whole has a note already.
            let open = all.iter().filter(|ledger| ledger.readable);
            open.filter(move |ledger| memory.seen.get(&ledger.namespace).is_some_and(|seen| seen.reading == wanted))
        };
        notes::of_ledgers(
            context,
            &of(LedgerReading::Unreadable).map(|l| (l.schema.as_str(), l.table.table.as_str())).collect::<Vec<_>>(),
            &of(LedgerReading::Strange).map(|l| (l.schema.as_str(), l.table.table.as_str())).collect::<Vec<_>>(),
        )
    }
}

/// Gives the seat back once its connection is closed.
async fn get_up(help: Option<(Session, Taken)>) {
    if let Some((session, _taken)) = help {
        session.close().await;
    }
}

/// Those that can be asked, and those of which is known without asking that they cannot be read.
fn split(ledgers: &[Ledger], states: &HashMap<Oid, RowState>) -> (Vec<Ledger>, Vec<(Ledger, Asked)>) {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for ledger in ledgers.iter().cloned() {
        let is_readable = ledger.readable && states.get(&ledger.table.oid).is_none_or(|state| state.readable);
        match (is_readable, ledger.is_strange) {
            (true, false) => open.push(ledger),
            (true, true) => closed.push((ledger, Asked::Not(LedgerReading::Strange))),
            (false, _) => closed.push((ledger, Asked::Not(LedgerReading::Unreadable))),
        }
    }
    (open, closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_with_two_ledgers_has_the_better_one_whatever_the_order() {
        let named = |namespace, oid, table: &str, columns: &[&str]| Named {
            namespace,
            oid,
            table: table.into(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
        };
        for turned in [false, true] {
            let mut tables = vec![
                named(1, 10, "schema_migrations", &["version"]),
                named(1, 11, "django_migrations", &["id", "app", "name", "applied"]),
                named(2, 12, "schema_migrations", &["version", "dirty"]),
                named(2, 13, "django_migrations", &["id"]),
                named(3, 14, "orders", &["id"]),
            ];
            if turned {
                tables.reverse();
            }
            let mut ledgers: Vec<_> =
                Found::best(tables).into_iter().map(|f| (f.namespace, f.ledger.oid, f.ledger.dialect)).collect();
            ledgers.sort_unstable();
            assert_eq!(ledgers, [(1, 11, LedgerDialect::Django), (2, 12, LedgerDialect::GolangMigrate)]);
        }
    }
}
