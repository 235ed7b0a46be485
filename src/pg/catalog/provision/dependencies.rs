//! What a schema rests on that is not in it, and whether another database has it. Must not know what for.

use std::collections::BTreeSet;

use crate::domain::blueprint::Address;
use crate::domain::catalog::Oid;
use crate::domain::dependency::{Dependency, Found, Looked, Setting};
use crate::domain::fault::{Fault, FaultKind};
use crate::pg::catalog::template;
use crate::pg::session::{Limits, Param, Reading, Row, Session};

/// What the objects of a schema need from outside of it. `version` is `server_version_num`.
pub async fn read(reading: &Reading<'_>, version: u32, schema: Oid) -> Result<Vec<Dependency>, Fault> {
    // No plan that reads a whole catalogue, and names that read the same in every database.
    reading.rows(include_str!("../../sql/clone_settings.sql"), &[Param::Text("pg_catalog")]).await?;
    let sql = template::fill(include_str!("../../sql/dependencies.sql"), version / 10_000);
    let rows = reading.rows(&sql, &[Param::Oid(schema)]).await?;
    reading.no_search_path().await?;
    rows.iter().map(dependency).collect()
}

fn dependency(row: &Row) -> Result<Dependency, Fault> {
    let facets = row.get::<Vec<String>>(7)?.into_iter().collect();
    Ok(Dependency {
        here: Found { at: Address { class: row.get(0)?, oid: row.get(1)? }, facets },
        ways: row.get(2)?,
        address: (row.get(3)?, row.get(4)?, row.get(5)?),
        what: row.get(6)?,
        keys_of: row.get(8)?,
        extension: row.get(9)?,
        is_inside: row.get(10)?,
    })
}

/// The parameters that functions of a schema set for themselves.
pub async fn settings(reading: &Reading<'_>, schema: Oid) -> Result<Vec<Setting>, Fault> {
    let rows = reading.rows(include_str!("../../sql/dependency_settings.sql"), &[Param::Oid(schema)]).await?;
    rows.iter().map(|row| Ok(Setting { name: row.get(0)?, function: row.get(1)? })).collect()
}

/// What a database has at each of these addresses: kind, array of names and array of arguments, as SQL.
pub async fn there(session: &Session, version: u32, limits: Limits, addresses: &[String]) -> Result<Vec<Looked>, Fault> {
    let sql = template::fill(include_str!("../../sql/dependency_there.sql"), version / 10_000);
    let statements: Vec<String> = addresses.iter().map(|address| sql.replacen("$address", address, 1)).collect();
    let answers = session.each(limits, &statements).await?;
    answers.into_iter().map(|answer| answer.map_or_else(unfound, |rows| found(&rows))).collect()
}

/// A server that does not know the kind, the name, the type of an argument or a language refuses.
fn unfound(fault: Fault) -> Result<Looked, Fault> {
    match fault.sqlstate.as_deref() {
        Some("42501") => Ok(Looked::Closed),
        Some(state) if state.starts_with("42") || state.starts_with("22") || state == "3F000" => Ok(Looked::Absent),
        _ => Err(fault),
    }
}

fn found(rows: &[Vec<Option<String>>]) -> Result<Looked, Fault> {
    let number = |at: usize| rows.first()?.get(at)?.as_deref()?.parse().ok();
    let facets: BTreeSet<String> = rows.iter().filter_map(|row| row.get(2)?.clone()).collect();
    let at = number(0).zip(number(1)).map(|(class, oid)| Address { class, oid });
    let at = at.ok_or_else(|| Fault::new(FaultKind::Server, "the server does not say where an object stands"))?;
    Ok(Looked::Found(Found { at, facets }))
}
