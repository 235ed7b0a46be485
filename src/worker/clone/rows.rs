//! The rows of the tables that are copied, with the places of their sequences: within one database by the server itself, into another one
//! as a stream. What came is summed up and compared, in the same moment of the source. Must not know what stands around the tables.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::join;
use tokio::sync::oneshot;

use super::site::{Fail, SOON, Site};
use super::verify;
use crate::domain::name::shown;
use crate::domain::run::CauseKind;
use crate::pg::Texts;
use crate::pg::write::{Broken, Writer, stream};
use crate::plan::clone::Copy;

/// Who gives the rows: the target's own database, or another one on a connection with a transaction that only reads.
#[derive(Debug)]
pub(super) struct Giver(pub(super) Option<Writer>);

impl Giver {
    /// With the tables locked whose rows are copied.
    pub(super) async fn open(site: &Site<'_>) -> Result<Self, Fail> {
        Self::connect(site, &site.making.begin_source()).await
    }

    /// The same as another connection sees it that has told its snapshot.
    pub(super) async fn open_at(site: &Site<'_>, snapshot: &str) -> Result<Self, Fail> {
        Self::connect(site, &site.making.begin_source_at(snapshot)).await
    }

    /// For a look at the structure.
    pub(super) async fn open_to_look(site: &Site<'_>) -> Result<Self, Fail> {
        Self::connect(site, &site.making.begin_look()).await
    }

    async fn connect(site: &Site<'_>, begin: &str) -> Result<Self, Fail> {
        if site.making.is_within() {
            return Ok(Self(None));
        }
        let writer = site.source_writer().await?;
        if writer.is_pooled() {
            let what = "rows of another database need a direct connection to it, and a pooler stands between";
            let hint = Some("name the server's own address for the source's database in fleet.toml");
            return Err(Fail::of(CauseKind::Statement, what, hint));
        }
        let opened = writer.send(begin, site.silence(1)).await;
        opened.map_err(|refused| verify::of_source(Fail::Cause(site.cause(&refused, None))))?;
        Ok(Self(Some(writer)))
    }
}

/// Copies tables for as long as there are any. After a failure none is begun, on whatever connection.
pub(super) async fn all(site: &Site<'_>, giver: &Giver, ways: &Ways, queue: &Queue<'_>) -> Result<(), Fail> {
    let copied = taken(site, giver, ways, queue).await;
    if copied.is_err() {
        queue.close();
    }
    copied
}

async fn taken(site: &Site<'_>, giver: &Giver, ways: &Ways, queue: &Queue<'_>) -> Result<(), Fail> {
    site.send(&site.making.as_maker(), 1).await?;
    if let Some(from) = &giver.0 {
        ask(site, from, &site.making.as_reader()).await?;
    }
    while let Some(table) = queue.take() {
        let rows = one(site, giver, ways, queue, table).await?;
        site.meter.rows(rows);
        site.meter.done(1);
    }
    Ok(())
}

async fn one(site: &Site<'_>, giver: &Giver, ways: &Ways, queue: &Queue<'_>, table: &Copy) -> Result<u64, Fail> {
    let hash = ways.hash(table);
    match &giver.0 {
        None => within(site, queue, table, &ways.own, hash).await,
        Some(from) => across(site, from, table, ways.plain.contains(&table.table), hash).await,
    }
}

/// The tables that are not begun yet, the largest first, and what the source's rows of some sum up to, which a witness finds out.
#[derive(Debug)]
pub(super) struct Queue<'c> {
    tables: Vec<&'c Copy>,
    next: AtomicUsize,
    sums: Mutex<HashMap<&'c str, oneshot::Receiver<Texts>>>,
}

impl<'c> Queue<'c> {
    pub(super) fn of(copies: &'c [Copy]) -> Self {
        let mut tables: Vec<&Copy> = copies.iter().collect();
        tables.sort_by_key(|table| std::cmp::Reverse(table.bytes));
        Self { tables, next: AtomicUsize::new(0), sums: Mutex::default() }
    }

    /// Tables of at least so many bytes get a witness: whoever has these is to tell their sums, in this order.
    pub(super) fn witnessed(&self, bytes: u64) -> Vec<(&'c Copy, oneshot::Sender<Texts>)> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let large = self.tables.iter().filter(|table| table.bytes >= bytes);
        let asked = large.map(|&table| {
            let (tell, told) = oneshot::channel();
            sums.insert(&table.table, told);
            (table, tell)
        });
        asked.collect()
    }

    /// What the witness says of a table, if there is one that can.
    async fn sum(&self, table: &Copy) -> Option<Texts> {
        let told = self.sums.lock().unwrap_or_else(PoisonError::into_inner).remove(table.table.as_str());
        told?.await.ok()
    }

    fn take(&self) -> Option<&'c Copy> {
        self.tables.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// Nothing more is begun, and no witness is heard.
    pub(super) fn close(&self) {
        self.next.store(self.tables.len(), Ordering::Relaxed);
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// How the rows of each table go, and how they are compared. Raw names.
#[derive(Debug)]
pub(super) struct Ways {
    own: OwnTypes,
    plain: HashSet<String>,
    hashes: HashMap<String, String>,
}

impl Ways {
    pub(super) async fn read(site: &Site<'_>, giver: &Giver) -> Result<Self, Fail> {
        let (own, plain) = match &giver.0 {
            None => (own_types(site).await?, HashSet::new()),
            Some(from) => (HashMap::new(), plain(site, from).await?),
        };
        Ok(Self { own, plain, hashes: hashes(site, giver).await? })
    }

    /// How a row of a table is hashed.
    pub(super) fn hash(&self, table: &Copy) -> Option<&str> {
        self.hashes.get(&table.table).map(String::as_str)
    }
}

/// Types of columns that are the target's own, by table and column. Raw names.
type OwnTypes = HashMap<(String, String), String>;

async fn own_types(site: &Site<'_>) -> Result<OwnTypes, Fail> {
    let rows = site.send(&site.making.ask_own_types(), 1).await?;
    let one = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().flatten();
        Some(((cells.next()?, cells.next()?), cells.next()?))
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

async fn within(site: &Site<'_>, queue: &Queue<'_>, table: &Copy, own: &OwnTypes, hash: Option<&str>) -> Result<u64, Fail> {
    let kind = |column: &str| own.get(&(table.table.clone(), column.to_owned())).map(String::as_str);
    let copy = site.making.copy(table, kind);
    site.send(&copy, 1).await.map_err(|fail| of_table(fail, table))?;
    if let Some(sequences) = site.making.copy_sequences(table) {
        site.send(&sequences, table.sequences.len()).await.map_err(|fail| of_table(fail, table))?;
    }
    site.meter.bytes(table.bytes);
    let there = match queue.sum(table).await {
        Some(told) => told,
        None => site.send(&site.making.sum_of_source(table, hash), 1).await?,
    };
    let here = site.send(&site.making.sum_of_target(table, hash), 1).await?;
    compared(table, &there, &here)
}

async fn across(site: &Site<'_>, from: &Writer, table: &Copy, is_plain: bool, hash: Option<&str>) -> Result<u64, Fail> {
    let (give, take) = (site.making.give(table, is_plain), site.making.take(table, is_plain));
    let (to, silence) = (site.at_hand.writer, site.silence(1));
    let cancel = site.at_hand.common.cancel.clone();
    let copied = {
        let meter = &site.meter;
        let stream = stream((from, &give), (to, &take), silence, |bytes| meter.bytes(bytes));
        tokio::select! {
            copied = stream => copied,
            () = cancel.cancelled() => {
                // Both connections are closed, and with them ends what runs: neither is used any more.
                site.at_hand.cancel().await;
                return Err(Fail::Doubt("it was cancelled while rows were copied".to_owned()));
            }
        }
    };
    match copied {
        Ok(_) => {}
        Err(Broken::To(refused)) => return Err(of_table(site.fail(Some(refused), None), table)),
        Err(Broken::From(refused)) => return Err(of_table(Fail::Cause(site.cause(&refused, None)), table)),
    }
    for name in &table.sequences {
        let rows = ask(site, from, &site.making.ask_sequence(name)).await?;
        let cell = |at: usize| rows.last()?.get(at)?.as_deref();
        let Some(value) = cell(0).and_then(|value| value.parse().ok()) else {
            return Err(Fail::of(CauseKind::Strange, format!("sequence {} has no place", shown(name)), None));
        };
        site.send(&site.making.set_sequence(name, value, cell(1) == Some("true")), 1).await?;
    }
    let [of_source, of_target] = [site.making.sum_of_source(table, hash), site.making.sum_of_target(table, hash)];
    let (there, here) = join(ask(site, from, &of_source), site.send(&of_target, 1)).await;
    // What is in doubt of the target stays so, whatever the source says.
    let here = here?;
    compared(table, &there?, &here)
}

/// How a row of each table is hashed, by raw name. Empty where the two databases write texts differently.
async fn hashes(site: &Site<'_>, giver: &Giver) -> Result<HashMap<String, String>, Fail> {
    if let Some(from) = &giver.0 {
        let there = ask(site, from, site.making.ask_encoding()).await?;
        if there != site.send(site.making.ask_encoding(), 1).await? {
            return Ok(HashMap::new());
        }
    }
    let rows = site.send(&site.making.ask_hashes(), 1).await?;
    let one = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().flatten();
        Some((cells.next()?, cells.next()?))
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

async fn plain(site: &Site<'_>, from: &Writer) -> Result<HashSet<String>, Fail> {
    let rows = ask(site, from, &site.making.ask_plain()).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// A question to the source's connection. Nothing is in doubt when that is lost: the target's transaction is undone.
pub(super) async fn ask(site: &Site<'_>, from: &Writer, question: &str) -> Result<Texts, Fail> {
    let silence = site.silence(1).max(SOON);
    from.send(question, silence).await.map_err(|refused| Fail::Cause(site.cause(&refused, None)))
}

fn compared(table: &Copy, there: &Texts, here: &Texts) -> Result<u64, Fail> {
    let row = |rows: &Texts| rows.last().cloned().unwrap_or_default();
    let (there, here) = (row(there), row(here));
    let count = |row: &[Option<String>]| row.first().cloned().flatten().unwrap_or_default();
    if there == here && !there.is_empty() {
        return Ok(count(&here).parse().unwrap_or_default());
    }
    let what = format!(
        "table {}: {} rows came of {}, or others than were sent",
        shown(&table.table),
        shown(&count(&here)),
        shown(&count(&there))
    );
    Err(Fail::of(CauseKind::Strange, what, None))
}

fn of_table(fail: Fail, table: &Copy) -> Fail {
    match fail {
        Fail::Cause(mut cause) if !matches!(cause.kind, CauseKind::Server | CauseKind::Pressure) => {
            cause.what = format!("rows of table {}: {}", shown(&table.table), cause.what);
            Fail::Cause(cause)
        }
        other => other,
    }
}
