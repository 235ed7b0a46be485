//! Everything about one schema, when a person opens it. Takes no lock but a short `AccessShare` on its tables (for their sizes) and
//! its ledger, and waits for nobody. Must not know who asked.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Target;
use super::passes::{Found, QUICK, of_shared_schemas};
use crate::dialect::ledger;
use crate::domain::catalog::{LedgerDialect, LedgerRow, LedgerTable, Oid, SchemaDetail, TableFacts};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::structure::Structure;
use crate::drift::canonical::{self, Origin};
use crate::pg::catalog::{self, SchemaHead, Sized, TableHead};
use crate::pg::{Limits, Session};

/// For what takes a lock on a table: whoever works there goes first.
const POLITE: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(5) };
/// Tables whose files are looked at in one transaction.
const BATCH: usize = 200;
/// A schema with very many tables shows the sizes of those that were measured by then.
const SIZES_BUDGET: Duration = Duration::from_secs(5);

/// Reads one schema (raw name). [`FaultKind::Gone`] when there is none of this name.
pub async fn schema_detail(session: &Session, target: &Target, name: &str) -> Result<SchemaDetail, Fault> {
    let as_of = Timestamp::now();
    let reading = session.read(QUICK).await?;
    let Some(head) = catalog::head(&reading, name).await? else {
        return Err(gone(name));
    };
    let registry = of_shared_schemas(&reading, &target.policy).await?;
    let named = catalog::named_in(&reading, &ledger::TABLES, head.oid).await?;
    let heads = catalog::tables(&reading, head.oid).await;
    match &heads {
        Ok(_) => reading.finish().await?,
        Err(fault) if session.is_closed() => return Err(fault.clone()),
        Err(_) => drop(reading),
    }
    let ledger_table = Found::best(named).pop();
    let tables = match heads {
        Ok(heads) => {
            let sizes = sizes(session, &heads).await?;
            Ok(heads.into_iter().map(|head| facts(head, &sizes)).collect())
        }
        Err(fault) => Err(fault),
    };
    let ledger = match ledger_table {
        Some(ref found) => Some(read_ledger(session, &head, name, &found.ledger).await),
        None => None,
    };
    // Every Django dialect adds the schema of the registry to what a tenant sees.
    let is_django = ledger_table.is_some_and(|found| found.ledger.dialect == LedgerDialect::Django);
    let shared = registry.map(|found| found.schema).or_else(|| is_django.then(|| "public".to_owned()));
    let search_path = search_path(name, shared.as_deref(), &target.policy.extra_search_path);
    Ok(SchemaDetail {
        oid: head.oid,
        name: name.to_owned(),
        as_of,
        comment: head.comment,
        acl: head.acl,
        search_path,
        tables,
        ledger,
        structure: structure(session, target, name).await,
    })
}

fn gone(name: &str) -> Fault {
    Fault::new(FaultKind::Gone, format!("there is no schema {} any more", shown(name)))
        .hint("it was dropped or renamed: refresh the list")
}

/// Reads what is in a schema (raw name). Nobody is waited for: where somebody works on a table it is [`FaultKind::Busy`].
pub async fn structure(session: &Session, target: &Target, name: &str) -> Result<Structure, Fault> {
    const ATTEMPTS: usize = 3;
    let mut attempt = 1;
    loop {
        match try_structure(session, target, name).await {
            // Something was dropped while it was described.
            Err(fault) if fault.kind == FaultKind::Gone && attempt < ATTEMPTS => attempt += 1,
            found => return found,
        }
    }
}

async fn try_structure(session: &Session, target: &Target, name: &str) -> Result<Structure, Fault> {
    let reading = session.read(POLITE).await?;
    let (context, head) = futures_util::try_join!(catalog::context(&reading), catalog::head(&reading, name))?;
    let (version, Some(head)) = (context.version, head) else {
        return Err(gone(name));
    };
    let objects = catalog::objects::read(&reading, version, head.oid, name).await?;
    reading.finish().await?;
    let origin = Origin { schema: name, owner: &head.owner, major: version / 10_000 };
    Ok(canonical::structure(objects, &origin, &target.policy.comparison))
}

/// A tenant's schema, then the shared one, then the extra ones; each once.
fn search_path(schema: &str, shared: Option<&str>, extra: &[String]) -> Vec<String> {
    let mut path = vec![schema.to_owned()];
    for next in shared.into_iter().chain(extra.iter().map(String::as_str)) {
        if !path.iter().any(|known| known == next) {
            path.push(next.to_owned());
        }
    }
    path
}

async fn read_ledger(
    session: &Session,
    head: &SchemaHead,
    name: &str,
    table: &LedgerTable,
) -> Result<Vec<LedgerRow>, Fault> {
    if !head.readable {
        return Err(Fault::new(FaultKind::Privilege, format!("no USAGE on schema {}", shown(name)))
            .hint("the ledger is inside: GRANT USAGE on the schema and SELECT on the ledger"));
    }
    let reading = session.read(POLITE).await?;
    let rows = reading.texts(&ledger::statement(table.dialect, name, &table.table)).await?;
    reading.finish().await?;
    Ok(ledger::rows(rows))
}

fn facts(head: TableHead, sizes: &HashMap<Oid, Sized>) -> TableFacts {
    let size = sizes.get(&head.oid);
    TableFacts {
        oid: head.oid,
        kind: head.kind,
        rows: (head.tuples >= 0.0).then_some(head.tuples as u64),
        bytes: size.map(|size| size.total),
        index_bytes: size.map(|size| size.indexes),
        indexes: head.indexes,
        last_analyze: head.last_analyze,
        last_vacuum: head.last_vacuum,
        name: head.name,
    }
}

/// The sizes of the tables that nobody has locked. A fault means that the link is lost.
async fn sizes(session: &Session, heads: &[TableHead]) -> Result<HashMap<Oid, Sized>, Fault> {
    let began = Instant::now();
    let free: Vec<Oid> = heads.iter().filter(|head| !head.locked).map(|head| head.oid).collect();
    let mut all = HashMap::with_capacity(free.len());
    for batch in free.chunks(BATCH) {
        if began.elapsed() > SIZES_BUDGET {
            break;
        }
        match together(session, batch).await {
            Ok(sizes) => all.extend(sizes),
            Err(fault) if session.is_closed() => return Err(fault),
            // Somebody has locked one of them since: ask one by one, so that only that one stays unknown.
            Err(fault) if fault.kind == FaultKind::Busy => all.extend(one_by_one(session, batch).await?),
            Err(_) => {}
        }
    }
    Ok(all)
}

async fn together(session: &Session, tables: &[Oid]) -> Result<Vec<(Oid, Sized)>, Fault> {
    let reading = session.read(POLITE).await?;
    let sizes = catalog::sizes(&reading, tables).await?;
    reading.finish().await?;
    Ok(sizes)
}

async fn one_by_one(session: &Session, tables: &[Oid]) -> Result<Vec<(Oid, Sized)>, Fault> {
    let answers = session.each(POLITE, &catalog::size_statements(tables)).await?;
    let number = |cell: &Option<String>| cell.as_deref()?.parse().ok();
    let size = |rows: Vec<Vec<Option<String>>>| {
        let [total, indexes] = rows.first()?.as_slice() else { return None };
        Some(Sized { total: number(total)?, indexes: number(indexes)? })
    };
    Ok(tables.iter().zip(answers).filter_map(|(&oid, answer)| Some((oid, size(answer.ok()?)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_path_names_each_schema_once() {
        let extra = ["ext".to_owned(), "public".to_owned()];
        assert_eq!(search_path("acme", Some("public"), &extra), ["acme", "public", "ext"]);
        assert_eq!(search_path("public", Some("public"), &[]), ["public"]);
        assert_eq!(search_path("acme", None, &extra), ["acme", "ext", "public"]);
    }
}
