//! Who the tenants are: the configured query, else the registry that the shared schemas hold, else apartment's marks, else every
//! schema. Must not know how a dialect looks.

use std::time::Duration;

use super::QUICK;
use super::notes::{info, some, warn};
use crate::config::RegistrySource;
use crate::dialect::registry::{Found, Read, TELLING_COLUMNS, find, halves, read as fold};
use crate::dialect::{apartment, query};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Note;
use crate::domain::name::shown;
use crate::domain::registry::{Registry, RegistryDialect};
use crate::domain::roles::Policy;
use crate::observer::Target;
use crate::pg::catalog::{self, Context};
use crate::pg::{Limits, Reading, Session};
use crate::sqltext::ident;

/// How long a registry may take: it is one table with a row per tenant.
const READ: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_secs(15) };

/// Reads the registry, with notes about what is doubtful.
pub(super) async fn read(session: &Session, target: &Target, context: &Context) -> Result<(Registry, Vec<Note>), Fault> {
    if let RegistrySource::Query(text) = &target.registry {
        return by_query(session, text).await;
    }
    let shared = shared(&target.policy);
    let reading = session.read(QUICK).await?;
    let tables = catalog::shapes(&reading, &shared, &TELLING_COLUMNS).await?;
    let found = find(&tables);
    if !found.is_empty() {
        reading.finish().await?;
        return by_tables(session, found, context).await;
    }
    let marked = catalog::schemas_with(&reading, &apartment::MARKS).await?;
    reading.finish().await?;
    let notes = half_notes(&halves(&tables, &found));
    let is_shared = |schema: &str| {
        let policy = &target.policy;
        shared.contains(&schema) || policy.statics.iter().chain(&policy.reference).any(|name| name == schema)
    };
    let registry = apartment::registry(marked, is_shared).unwrap_or_else(|| Registry {
        dialect: RegistryDialect::EverySchema,
        source: "no registry".into(),
        tenants: Vec::new(),
        lost_domains: Vec::new(),
    });
    Ok((registry, notes))
}

/// The registry that the shared schemas hold, without reading it; `None` where they hold none.
pub(in crate::observer) async fn of_shared_schemas(reading: &Reading<'_>, policy: &Policy) -> Result<Option<Found>, Fault> {
    Ok(registries_of_shared_schemas(reading, policy).await?.into_iter().next())
}

/// Every registry that the shared schemas hold, without reading them.
pub(in crate::observer) async fn registries_of_shared_schemas(
    reading: &Reading<'_>,
    policy: &Policy,
) -> Result<Vec<Found>, Fault> {
    let tables = catalog::shapes(reading, &shared(policy), &TELLING_COLUMNS).await?;
    Ok(find(&tables))
}

fn shared(policy: &Policy) -> Vec<&str> {
    std::iter::once("public").chain(policy.shared.iter().map(String::as_str)).collect()
}

async fn by_query(session: &Session, text: &str) -> Result<(Registry, Vec<Note>), Fault> {
    let reading = session.read(READ).await?;
    reading.own_search_path().await?;
    let rows = reading.rows(&query::statement(text), &[]).await.map_err(query_fault)?;
    let rows = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
    reading.undo().await?;
    let query::Read { registry, unused, nameless } = query::read(&rows)?;
    let mut notes = nameless_notes(nameless);
    if !unused.is_empty() {
        let unused: Vec<&str> = unused.iter().map(String::as_str).collect();
        notes.push(info(format!("the registry query also gives columns that are not used: {}", some(&unused))));
    }
    Ok((registry, notes))
}

fn query_fault(fault: Fault) -> Fault {
    let state = fault.sqlstate.clone().unwrap_or_default();
    let (kind, hint) = match state.as_str() {
        "25006" => (FaultKind::Usage, Some("it runs in a READ ONLY transaction: it must only read")),
        "42601" | "0A000" => (FaultKind::Usage, Some("it must be one SELECT, without anything after it")),
        "42501" => (FaultKind::Privilege, None),
        state if state.starts_with("42") => (FaultKind::Usage, Some("correct the registry query of the configuration")),
        _ => (fault.kind, None),
    };
    Fault {
        kind,
        what: format!("the registry query failed: {}", fault.what),
        hint: hint.map(str::to_owned).or(fault.hint),
        sqlstate: fault.sqlstate,
    }
}

/// Reads every registry that was found, the surest and then the largest is the one.
async fn by_tables(session: &Session, found: Vec<Found>, context: &Context) -> Result<(Registry, Vec<Note>), Fault> {
    let mut notes = Vec::new();
    let mut all: Vec<(Found, Read)> = Vec::new();
    let mut first_fault = None;
    for found in found {
        match by_table(session, &found, context).await {
            Ok(read) => all.push((found, read)),
            Err(fault) if session.is_closed() => return Err(fault),
            Err(fault) => {
                notes.push(warn(format!("a registry was not read: {}", fault.what), fault.hint.clone().unwrap_or_default()));
                first_fault.get_or_insert(fault);
            }
        }
    }
    all.sort_by_key(|(found, read)| (!found.linked, std::cmp::Reverse(read.registry.tenants.len())));
    let mut all = all.into_iter();
    let Some((found, read)) = all.next() else {
        let nothing = || Fault::new(FaultKind::Server, "the registry could not be read");
        return Err(first_fault.unwrap_or_else(nothing));
    };
    for (other, theirs) in all {
        notes.push(warn(
            format!(
                "two registries: {} with {} is used, {} with {} is not",
                shown(&found.source),
                count(&read.registry),
                shown(&other.source),
                count(&theirs.registry)
            ),
            "a registry query in the configuration decides which one it is",
        ));
    }
    if !found.filtered.is_empty() {
        let tables: Vec<&str> = found.filtered.iter().map(String::as_str).collect();
        let role = shown(&context.role);
        notes.push(warn(
            format!("row security may hide tenants from role {role}: {}", some(&tables)),
            "a role with BYPASSRLS sees all rows",
        ));
    }
    notes.extend(nameless_notes(read.nameless));
    Ok((read.registry, notes))
}

async fn by_table(session: &Session, found: &Found, context: &Context) -> Result<Read, Fault> {
    if !found.unreadable.is_empty() {
        let (tables, role) = (found.unreadable.join(", "), ident(&context.role));
        let grant = format!("GRANT USAGE ON SCHEMA {} TO {role}; GRANT SELECT ON {tables} TO {role}", ident(&found.schema));
        return Err(Fault::new(
            FaultKind::Privilege,
            format!("role {} may not read the registry {}", shown(&context.role), shown(&found.source)),
        )
        .hint(shown(&grant)));
    }
    let reading = session.read(READ).await?;
    let rows = reading.texts(&found.sql).await?;
    reading.finish().await?;
    Ok(fold(found, &rows))
}

fn count(registry: &Registry) -> String {
    match registry.tenants.len() {
        1 => "1 tenant".to_owned(),
        count => format!("{count} tenants"),
    }
}

fn half_notes(tables: &[String]) -> Vec<Note> {
    let note = |table: &String| {
        let what = format!("{} has a unique schema_name, but no table of domains leads to it", shown(table));
        warn(
            what,
            "if it lists the tenants, give a registry query in the configuration; until then every schema counts as one",
        )
    };
    tables.iter().map(note).collect()
}

fn nameless_notes(count: usize) -> Vec<Note> {
    let what = match count {
        0 => return Vec::new(),
        1 => "1 tenant of the registry names no schema".to_owned(),
        _ => format!("{count} tenants of the registry name no schema"),
    };
    vec![warn(what, "they are left out: look for rows with an empty schema_name")]
}
