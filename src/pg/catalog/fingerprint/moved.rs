//! What has moved in the catalogues since they were read: their counters, the schemas of rows that were written since, and counts
//! that tell what was dropped. Must not know what is done about it.

use std::collections::BTreeMap;

use super::{COUNTED, Facet, Scope, statement_in};
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::catalog::only;
use crate::pg::session::{Param, Reading};

/// How often the rows of a catalogue were written, and how often one was deleted, since statistics were last reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// Rows inserted or updated.
    pub written: i64,
    /// Rows deleted.
    pub deleted: i64,
}

/// The counters of some catalogues by name. They may be a second late, so read them before what they stand for.
pub async fn moves(reading: &Reading<'_>, catalogues: &[&str]) -> Result<BTreeMap<String, Moves>, Fault> {
    let rows = reading.rows(include_str!("../../sql/tier1_counters.sql"), &[Param::Texts(catalogues)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, Moves { written: row.get(1)?, deleted: row.get(2)? }))).collect()
}

/// The oldest transaction that may still change what a statement of now does not see.
pub async fn horizon(reading: &Reading<'_>) -> Result<i64, Fault> {
    only(&reading.rows(include_str!("../../sql/tier1_horizon.sql"), &[]).await?)?.get(0)
}

/// The schemas of the rows of some catalogues that were written by a transaction, for each another, or by a later one.
pub async fn changed(reading: &Reading<'_>, since: &[(&str, i64)]) -> Result<Vec<Oid>, Fault> {
    // Rows know the lower half of the number of their transaction.
    let numbers: Vec<String> = since.iter().map(|(_, horizon)| (horizon & 0xffff_ffff).to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let catalogues: Vec<&str> = since.iter().map(|(catalogue, _)| *catalogue).collect();
    let params = [Param::Texts(&numbers), Param::Texts(&catalogues)];
    let rows = reading.rows(include_str!("../../sql/tier1_changed.sql"), &params).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many rows of a facet each of these schemas has.
pub async fn counts(reading: &Reading<'_>, facet: Facet, version: u32, schemas: &[Oid]) -> Result<Vec<(Oid, u64)>, Fault> {
    let text = statement_in(facet, Scope::Fleet, COUNTED, version);
    let rows = reading.rows(&text, &[Param::Oids(schemas)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
