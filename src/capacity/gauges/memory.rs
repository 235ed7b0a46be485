//! What many tables cost in memory: the catalogue itself, and what each connection keeps of it. Must not know how it is read.

use super::{Facts, Rule, Told, percent, seen};
use crate::domain::capacity::GaugeId;
use crate::domain::fault::Fault;
use crate::domain::fleet::Severity;
use crate::domain::pressure::CatalogueTable;
use crate::domain::units::{bytes, count, short};

/// The catalogue shares the buffers with the tenants' data; from half on, reading it pushes data out.
const HALF_THE_BUFFERS: f64 = 0.5;
/// Twice the buffers: every look at all tenants reads the catalogue from the operating system again.
const TWICE_THE_BUFFERS: f64 = 2.0;
/// Files that are so many times as large as their rows need. A catalogue that was just vacuumed has up to half of it free.
const BLOATED: f64 = 2.0;
const VERY_BLOATED: f64 = 5.0;
/// Bloat below this is not worth a word, and below the second not worth an alarm.
const BLOAT_WORTH_A_WORD: u64 = 100 << 20;
const BLOAT_WORTH_AN_ALARM: u64 = 1 << 30;

/// Bytes that a row of a catalogue takes in its main file and in its indexes when nothing is dead, measured after VACUUM FULL on a
/// fleet of hundred-table schemas with names of usual length.
const BYTES_PER_ROW: [(&str, u64, u64); 10] = [
    ("pg_attribute", 149, 53),
    ("pg_class", 206, 88),
    ("pg_depend", 60, 48),
    ("pg_type", 190, 62),
    ("pg_index", 190, 43),
    ("pg_constraint", 356, 143),
    ("pg_attrdef", 438, 45),
    ("pg_trigger", 167, 94),
    ("pg_sequence", 84, 23),
    ("pg_statistic", 346, 22),
];

/// What the caches of a backend keep of one table with its columns, indexes and constraints: 1.3 MB for a schema of a hundred
/// tables of eight columns, measured.
const CACHE_PER_TABLE: u64 = 13_600;
/// Tenants that a pooled connection serves before anybody closes it.
const TOUCHED: u64 = 100;
/// `effective_cache_size` is what a person says that the machine has for caching; a quarter of it lost to caches of the catalogue is
/// worth a look.
const QUARTER_OF_THE_CACHE: f64 = 0.25;
/// All of it.
const ALL_OF_THE_CACHE: f64 = 1.0;

pub(super) const CATALOGUE: Rule = Rule {
    id: GaugeId::Catalogue,
    unit: "share of shared_buffers",
    what: "PostgreSQL describes each table by rows of its own: some 6 in pg_class and 36 in pg_attribute for a table of eight columns \
           with its indexes, sequence and TOAST table. Planning, autovacuum, psql and every migration tool read them.",
    how: "share = bytes of the catalogue's tables and indexes (pg_relation_size of these alone) / shared_buffers. It warns from a half \
          on, because the catalogue then pushes data out. Bloat is an estimate: bytes / (rows x the bytes that a row takes in a fresh \
          fleet); from twice and 100 MB on it warns, from five times and 1 GB on it is dangerous.",
    costs: "Each new connection reads it, psql and pg_dump take seconds to minutes, autovacuum is busy with the catalogue itself, and \
            what creating and dropping tenants leaves dead slows all of them.",
    remedy: "Give shared_buffers room for it. Against dead rows: end transactions and slots that hold vacuum back, then VACUUM the \
             catalogue; VACUUM FULL of a catalogue locks everybody out, so only in a maintenance window. Fewer tables, or several \
             databases.",
    measure: catalogue,
};

pub(super) const BACKEND_CACHE: Rule = Rule {
    id: GaugeId::BackendCache,
    unit: "share of effective_cache_size",
    what: "Each server process keeps the description of every table that it has touched (relcache, catcache, plans) until it ends; \
           DISCARD ALL frees none of it. A pooled connection that serves many tenants grows with each.",
    how: "bytes = 13.6 kB x tables per tenant x tenants touched x connections to this database, compared with effective_cache_size. \
          13.6 kB was measured (1.3 MB for a schema of a hundred tables of eight columns); that a connection touches a hundred tenants, \
          or all if there are fewer, is an assumption. It warns from a quarter on.",
    costs: "Memory that is neither shared nor counted by any setting: the machine swaps, or its kernel kills a process, and the \
            server restarts all of them.",
    remedy: "Let the pooler close connections after a while (server_lifetime), bind pools to groups of tenants, keep pools small.",
    measure: backend_cache,
};

fn catalogue(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (settings, tables) = (facts.settings()?, seen(&facts.readings.catalogues)?);
    let all: u64 = tables.iter().map(|table| table.heap + table.indexes).sum();
    let named = |name: &str| tables.iter().find(|table| table.name == name);
    let rows = named("pg_class").map_or(0, |table| table.live);
    let attributes = named("pg_attribute").map_or(0, |table| table.heap + table.indexes);
    let share = all as f64 / settings.shared_buffers.max(1) as f64;
    let bloat = Bloat::of(tables);
    let value = format!("pg_class {} rows, pg_attribute {}", short(rows), bytes(attributes));
    let mut told = Told::measured(value, share, Some(HALF_THE_BUFFERS), Some(TWICE_THE_BUFFERS))
        .at_least(Severity::Warn, bloat.is(BLOATED, BLOAT_WORTH_A_WORD))
        .at_least(Severity::Danger, bloat.is(VERY_BLOATED, BLOAT_WORTH_AN_ALARM))
        .input("all of the catalogue", format!("{}, {} of shared_buffers", bytes(all), percent(share)))
        .input("shared_buffers", bytes(settings.shared_buffers))
        .input("bloat, an estimate", format!("{} where {} would do", bytes(bloat.there), bytes(bloat.needed)));
    let mut largest: Vec<&CatalogueTable> = tables.iter().collect();
    largest.sort_by_key(|table| std::cmp::Reverse(table.heap + table.indexes));
    for table in largest.into_iter().take(6) {
        let dead = if table.dead == 0 { String::new() } else { format!(", {} dead", short(table.dead)) };
        let size = bytes(table.heap + table.indexes);
        told = told.input(table.name.clone(), format!("{} rows{dead}, {size}", short(table.live)));
    }
    Ok(told)
}

/// What the large tables of the catalogue have on disk, and what their rows would take.
struct Bloat {
    there: u64,
    needed: u64,
}

impl Bloat {
    fn of(tables: &[CatalogueTable]) -> Self {
        let mut bloat = Self { there: 0, needed: 0 };
        for table in tables.iter().filter(|table| table.live > 0) {
            if let Some((_, heap, indexes)) = BYTES_PER_ROW.iter().find(|(name, ..)| *name == table.name) {
                bloat.there += table.heap + table.indexes;
                bloat.needed += table.live * (heap + indexes);
            }
        }
        bloat
    }

    /// Whether it is so many times what is needed, and so many bytes more.
    fn is(&self, times: f64, more: u64) -> bool {
        self.there as f64 >= self.needed as f64 * times && self.there.saturating_sub(self.needed) >= more
    }
}

fn backend_cache(facts: &Facts<'_>) -> Result<Told, Fault> {
    let (settings, tenants, connections) = (facts.settings()?, facts.tenants()?, seen(&facts.readings.connections)?);
    let tables = u64::from(tenants.tables_per_tenant.median);
    let one = CACHE_PER_TABLE * tables;
    let touched = tenants.tenants.min(TOUCHED);
    let all = one * touched * connections.here;
    let share = all as f64 / settings.effective_cache_size.max(1) as f64;
    let sessions = if connections.here == 1 { "1 session".to_owned() } else { format!("{} sessions", connections.here) };
    let value = format!("{} a tenant, {} for {touched} in {sessions}", bytes(one), bytes(all));
    Ok(Told::estimated(value, share, Some(QUARTER_OF_THE_CACHE), Some(ALL_OF_THE_CACHE))
        .input("tables per tenant", count(tables))
        .input("tenants touched", format!("{touched}, an assumption"))
        .input("connections to this database", count(connections.here))
        .input("one connection that touches all tenants", bytes(one * tenants.tenants))
        .input("effective_cache_size", bytes(settings.effective_cache_size)))
}
