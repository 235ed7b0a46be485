//! One refresh of one database: passes in order, each in a transaction of its own, the first rows first. A pass that fails
//! becomes a note and never blanks what the others tell. Must not connect, nor know when it is called.

mod ledgers;
mod notes;
mod pressure;
mod registry;
mod samples;
mod structure;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

pub(super) use self::ledgers::Found;
use self::notes::{info, not_read};
pub(super) use self::registry::{of_shared_schemas, registries_of_shared_schemas};
use super::seat::Seat;
use super::{Depth, Refresh, Target, footprint};
use crate::dialect::ledger;
use crate::domain::catalog::{Counts, LedgerTable, Oid};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, DriftRead, Fleet, FleetEvent, Note, Pass, Progress};
use crate::domain::history::Migration;
use crate::domain::name::shown;
use crate::pg::catalog::{self, Context, Counters, Seen};
use crate::pg::{Limits, Session};
use crate::source;

/// What a database is asked in a moment.
pub(super) const QUICK: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_secs(15) };
/// How long the folder of migrations may take: it may lie on another machine.
const FOLDER: Duration = Duration::from_secs(5);
/// What is asked of all its relations: a million tables take a few seconds.
pub(super) const WHOLE: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_mins(2) };
/// The activity is worth less than the load of a long look.
const SPARE: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_secs(20) };

/// Sizes and estimates move without any counter, so they are read again though nothing was created or dropped: after a minute
/// where that is cheap, else after a hundred times as long as it took, so that it costs the server one part in a hundred.
const COUNTS_AGE: Duration = Duration::from_mins(1);
const COUNTS_SHARE: u32 = 100;
/// An activity pass that took no longer is made at every refresh, a longer one only together with an inventory.
const CHEAP: Duration = Duration::from_secs(1);
/// Relations whose statistics may be looked at before the server process has grown too much: some 12 MB.
const MANY: u64 = 100_000;

/// What a database told before: the memory between two refreshes.
#[derive(Debug, Default)]
pub struct Known {
    depth: Depth,
    named: bool,
    registry: bool,
    counters: Option<Counters>,
    counted: Option<Counted>,
    activity_took: Option<Duration>,
    ledgers: ledgers::Memory,
    source: Option<Result<Vec<Migration>, Fault>>,
    structure: structure::Memory,
    pressure: Option<pressure::Scans>,
    /// Where a second connection may help.
    seat: Option<Seat>,
    drift_read: DriftRead,
    samples: samples::Memory,
    is_heavy: bool,
    notes: BTreeMap<Pass, Vec<Note>>,
}

/// When everything was counted, and how long it took.
#[derive(Debug, Clone, Copy)]
struct Counted {
    at: Instant,
    took: Duration,
}

impl Counted {
    fn is_fresh(self) -> bool {
        self.at.elapsed() < COUNTS_AGE.max(self.took * COUNTS_SHARE)
    }
}

impl Known {
    /// Nothing is known, and this much is to be read at each refresh.
    pub fn new(depth: Depth) -> Self {
        Self { depth, ..Self::default() }
    }

    /// The same with a seat for a second connection, which helps while nobody else has it.
    #[must_use]
    pub fn sharing(self, seat: Seat) -> Self {
        Self { seat: Some(seat), ..self }
    }

    /// What each ledger holds, by schema: of those that could be read.
    pub(super) fn fingerprints(&self) -> HashMap<Oid, ledger::Fingerprint> {
        self.ledgers.fingerprints()
    }

    /// Whether the last refresh left the server process so large that it should be replaced by a new connection. Says so once.
    pub fn take_heavy(&mut self) -> bool {
        std::mem::take(&mut self.is_heavy)
    }
}

/// Reads a database again and tells what it says as events. The fault means that the link is lost, or that nothing at all could
/// be read; anything less is told as a note.
pub async fn refresh(
    session: &Session,
    id: DatabaseId,
    target: &Target,
    known: &mut Known,
    how: Refresh,
    emit: &(dyn Fn(FleetEvent) + Send + Sync),
) -> Result<(), Fault> {
    let (as_of, began) = (Timestamp::now(), Instant::now());
    let mut run = Run { session, id, target, known, how, emit, sampled: None };
    run.sampled = run.to_sample();
    let context = run.names().await?;
    run.registry(&context).await?;
    let has_counts = run.known.depth.counts;
    let counted = has_counts && run.inventory(&context).await?;
    if run.known.depth.ledgers {
        run.source().await;
        run.ledgers(&context).await?;
    }
    if has_counts && (counted || run.known.activity_took.is_none_or(|took| took < CHEAP)) {
        run.activity(&context).await?;
    }
    if run.known.depth.pressure {
        run.pressure(&context, counted).await?;
    }
    if run.known.depth.structures {
        run.structure(&context).await?;
        run.classes(&context).await?;
    }
    if counted {
        run.samples().await;
    }
    if let Some(backend) = footprint::measure(session).await {
        emit(FleetEvent::Backend(id, backend));
    }
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    emit(FleetEvent::Refreshed(id, as_of, took));
    Ok(())
}

/// Reads no more than whose the schemas are and what their ledgers hold. The fault means that the link is lost, or that nothing at
/// all could be read.
pub(super) async fn whose_ledgers(
    session: &Session,
    id: DatabaseId,
    target: &Target,
    known: &mut Known,
    emit: &(dyn Fn(FleetEvent) + Send + Sync),
) -> Result<(), Fault> {
    let mut run = Run { session, id, target, known, how: Refresh::Full, emit, sampled: None };
    let context = run.names().await?;
    run.registry(&context).await?;
    let reading = session.read(WHOLE).await?;
    let found = Found::best(catalog::named(&reading, &ledger::TABLES).await?);
    reading.finish().await?;
    let only_ledgers = found.iter().map(|found| (found.namespace, (Counts::default(), Some(found.ledger.clone()))));
    emit(FleetEvent::Counts(id, only_ledgers.collect()));
    run.known.ledgers.take_found(found);
    run.ledgers(&context).await
}

/// Reads which schemas there are and who the tenants are, and nothing of what is in them.
pub(super) async fn who(
    session: &Session,
    id: DatabaseId,
    target: &Target,
    known: &mut Known,
    emit: &(dyn Fn(FleetEvent) + Send + Sync),
) -> Result<(), Fault> {
    let mut run = Run { session, id, target, known, how: Refresh::Full, emit, sampled: None };
    let context = run.names().await?;
    run.registry(&context).await
}

/// A refresh that runs.
struct Run<'a> {
    session: &'a Session,
    id: DatabaseId,
    target: &'a Target,
    known: &'a mut Known,
    how: Refresh,
    emit: &'a (dyn Fn(FleetEvent) + Send + Sync),
    /// What today's sample needs, as far as it was read; `None` when none is wanted.
    sampled: Option<Fleet>,
}

impl Run<'_> {
    async fn names(&mut self) -> Result<Context, Fault> {
        self.begins(Pass::Names);
        let reading = self.session.read(QUICK).await?;
        let context = catalog::context(&reading).await?;
        let schemas = match catalog::names(&reading).await {
            Ok(schemas) => schemas,
            Err(fault) if !self.known.named => return Err(fault),
            Err(fault) => {
                drop(reading);
                self.failed(Pass::Names, "the list of schemas", fault)?;
                return Ok(context);
            }
        };
        reading.finish().await?;
        let notes = notes::of_names(&context, &schemas, &self.target.policy);
        self.known.ledgers.take_names(&schemas, &self.target.policy);
        self.known.structure.take_names(&schemas, &self.target.policy);
        self.tell(FleetEvent::Names(self.id, schemas));
        self.known.named = true;
        self.ends(Pass::Names, notes);
        Ok(context)
    }

    async fn registry(&mut self, context: &Context) -> Result<(), Fault> {
        self.begins(Pass::Registry);
        match registry::read(self.session, self.target, context).await {
            Ok((registry, notes)) => {
                self.known.structure.take_registry(Some(&registry));
                self.tell(FleetEvent::Registry(self.id, Ok(registry)));
                self.known.registry = true;
                self.ends(Pass::Registry, notes);
            }
            // What passes by itself does not take the tenants off the screen.
            Err(fault) if self.known.registry && fault.is_passing() => {
                self.failed(Pass::Registry, "the registry", fault)?;
            }
            Err(fault) if self.session.is_closed() => return Err(fault),
            Err(fault) => {
                self.known.registry = false;
                self.known.structure.take_registry(None);
                self.ends(Pass::Registry, vec![not_read("the registry", &fault)]);
                (self.emit)(FleetEvent::Registry(self.id, Err(fault)));
            }
        }
        Ok(())
    }

    /// Reads the names of migrations, where a folder or a bundle is configured, and tells it when it has changed.
    async fn source(&mut self) {
        let Some(folder) = self.target.policy.migrations.clone() else { return };
        let late = || Fault::new(FaultKind::Local, format!("the folder of migrations {} does not answer", shown(&folder)));
        let path = PathBuf::from(&folder);
        let reading = tokio::task::spawn_blocking(move || source::read(&path));
        let read = match tokio::time::timeout(FOLDER, reading).await {
            Ok(Ok(read)) => read,
            _ => Err(late()),
        };
        if self.known.source.as_ref() != Some(&read) {
            self.known.source = Some(read.clone());
            (self.emit)(FleetEvent::Source(self.id, Some(read)));
        }
    }

    /// Gives whether anything was counted.
    async fn inventory(&mut self, context: &Context) -> Result<bool, Fault> {
        self.begins(Pass::Inventory);
        let counters = match self.counters(context).await {
            Ok(counters) => counters,
            Err(fault) if self.session.is_closed() => return Err(fault),
            Err(_) => None,
        };
        let fresh = self.known.counted.is_some_and(Counted::is_fresh);
        if self.how == Refresh::Counters && fresh && counters.is_some() && counters == self.known.counters {
            return Ok(false);
        }
        let began = Instant::now();
        match self.count().await {
            Ok(counts) => {
                self.tell(FleetEvent::Counts(self.id, counts));
                self.known.counters = counters;
                self.known.counted = Some(Counted { at: began, took: began.elapsed() });
                let unknown = "PostgreSQL 13 does not tell tables that were never analysed from empty ones";
                self.ends(Pass::Inventory, if context.version < 140_000 { vec![info(unknown)] } else { vec![] });
                Ok(true)
            }
            Err(fault) => {
                self.failed(Pass::Inventory, "tables and sizes", fault)?;
                Ok(false)
            }
        }
    }

    /// The counters of the catalogue, where they mean something.
    async fn counters(&self, context: &Context) -> Result<Option<Counters>, Fault> {
        if context.standby || !context.counts_changes {
            return Ok(None);
        }
        let reading = self.session.read(QUICK).await?;
        let counters = catalog::counters(&reading).await?;
        reading.finish().await?;
        Ok(Some(counters))
    }

    async fn count(&mut self) -> Result<HashMap<Oid, (Counts, Option<LedgerTable>)>, Fault> {
        let reading = self.session.read(WHOLE).await?;
        let inventory = catalog::inventory(&reading, &ledger::TABLES).await?;
        reading.finish().await?;
        let mut counts: HashMap<_, _> = inventory.counts.into_iter().map(|(oid, counts)| (oid, (counts, None))).collect();
        let found = Found::best(inventory.named);
        for Found { namespace, ledger, .. } in &found {
            counts.entry(*namespace).or_default().1 = Some(ledger.clone());
        }
        self.known.ledgers.take_found(found);
        Ok(counts)
    }

    async fn activity(&mut self, context: &Context) -> Result<(), Fault> {
        self.begins(Pass::Activity);
        let began = Instant::now();
        match self.newest(context).await {
            Ok(seen) => {
                (self.emit)(FleetEvent::Activity(self.id, seen.newest));
                self.known.is_heavy |= context.version >= 150_000 && seen.relations > MANY;
                self.known.activity_took = Some(began.elapsed());
                self.ends(Pass::Activity, vec![]);
                Ok(())
            }
            Err(fault) => {
                self.known.activity_took = Some(began.elapsed());
                self.known.is_heavy |= context.version >= 150_000;
                self.failed(Pass::Activity, "the newest activity", fault)
            }
        }
    }

    async fn newest(&self, context: &Context) -> Result<Seen, Fault> {
        let reading = self.session.read(SPARE).await?;
        let seen = catalog::activity(&reading, context.version).await?;
        reading.finish().await?;
        Ok(seen)
    }

    fn begins(&self, pass: Pass) {
        (self.emit)(FleetEvent::Progress(self.id, self.progress(pass, None)));
    }

    /// As [`Run::begins`], for a part of a pass: `(done, of)`.
    fn begins_part(&self, pass: Pass, part: (usize, usize)) {
        let part = Some((part.0 as u32, part.1 as u32));
        (self.emit)(FleetEvent::Progress(self.id, self.progress(pass, part)));
    }

    fn progress(&self, pass: Pass, part: Option<(u32, u32)>) -> Progress {
        let depth = self.known.depth;
        let done = depth.passes().take_while(|other| *other != pass).count() as u8;
        Progress { pass, done, total: depth.passes().count() as u8, part }
    }

    /// Tells how complete ledgers and structures are, when that has changed.
    fn has_read(&mut self, change: impl FnOnce(&mut DriftRead)) {
        let before = self.known.drift_read;
        change(&mut self.known.drift_read);
        if self.known.drift_read != before {
            (self.emit)(FleetEvent::DriftRead(self.id, self.known.drift_read));
        }
    }

    /// Replaces the notes of one pass and tells all of them when they have changed, or were never told.
    fn ends(&mut self, pass: Pass, notes: Vec<Note>) {
        let before = self.known.notes.insert(pass, notes);
        if before.as_ref() != self.known.notes.get(&pass) {
            self.tell_notes();
        }
    }

    fn tell_notes(&self) {
        let all = self.known.notes.values().flatten().chain(&self.known.samples.trouble).cloned().collect();
        (self.emit)(FleetEvent::Notes(self.id, all));
    }

    /// A failed pass is a note, unless the link is lost.
    fn failed(&mut self, pass: Pass, what: &str, fault: Fault) -> Result<(), Fault> {
        if self.session.is_closed() {
            return Err(fault);
        }
        self.ends(pass, vec![not_read(what, &fault)]);
        Ok(())
    }
}
