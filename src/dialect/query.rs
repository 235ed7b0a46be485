//! The registry that a query of the configuration gives: `schema_name`, and optionally `name`, `domain`, `created`, `time_zone`
//! and `plan`. A tenant with several domains has a row for each. Must not know where the query was written.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::registry::finished;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::registry::{Domain, Registry, RegistryDialect, Tenant};

/// The column that the query must give.
const NEEDED: &str = "schema_name";
/// The columns that it may give.
const OPTIONAL: [&str; 5] = ["name", "domain", "created", "time_zone", "plan"];

/// The query as one statement that gives each row as JSON. Inside parentheses it can be nothing but one query. Where it gives no
/// row there is one of nulls, so that its columns are always known.
pub fn statement(query: &str) -> String {
    let query = query.trim().trim_end_matches(';');
    format!(
        "SELECT pg_catalog.to_json(s)::text FROM (SELECT q.* FROM (VALUES (1)) AS one(x) LEFT JOIN (\n{query}\n) AS q ON true) AS s"
    )
}

/// What the rows of [`statement`] say.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The registry.
    pub registry: Registry,
    /// Columns that are not used, raw names.
    pub unused: Vec<String>,
    /// Rows without `schema_name`.
    pub nameless: usize,
}

/// Folds the rows into tenants; a fault says which columns came and which are needed.
pub fn read(rows: &[String]) -> Result<Read, Fault> {
    let rows: Vec<Map<String, Value>> = rows
        .iter()
        .map(|row| serde_json::from_str(row))
        .collect::<Result<_, _>>()
        .map_err(|error| Fault::new(FaultKind::Server, format!("the registry query's rows are no JSON: {error}")))?;
    let columns: Vec<&String> = rows.first().map(|row| row.keys().collect()).unwrap_or_default();
    if !columns.iter().any(|column| *column == NEEDED) {
        return Err(wrong_columns(&columns));
    }
    let unused = columns.iter().filter(|&&column| column != NEEDED && !OPTIONAL.contains(&column.as_str()));
    let unused = unused.map(|&column| column.clone()).collect();
    let (mut tenants, mut nameless): (Vec<Tenant>, usize) = (Vec::new(), 0);
    let mut at_schema = HashMap::new();
    let empty = rows.len() == 1 && rows[0].values().all(Value::is_null);
    for row in rows.iter().filter(|_| !empty) {
        match tenant(row) {
            Some(tenant) => merge(&mut tenants, &mut at_schema, tenant),
            None => nameless += 1,
        }
    }
    let registry = finished(RegistryDialect::Query, "the query of the configuration".into(), tenants, Vec::new());
    Ok(Read { registry, unused, nameless })
}

fn wrong_columns(columns: &[&String]) -> Fault {
    let came: Vec<_> = columns.iter().map(|column| shown(column)).collect();
    let came = if came.is_empty() { "no column".to_owned() } else { came.join(", ") };
    Fault::new(FaultKind::Usage, format!("the registry query gives {came}, and not {NEEDED}"))
        .hint(format!("It must give {NEEDED} and may give {}: name its columns with AS.", OPTIONAL.join(", ")))
}

fn tenant(row: &Map<String, Value>) -> Option<Tenant> {
    let cell = |name: &str| {
        let text = match row.get(name)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (!text.is_empty()).then_some(text)
    };
    let domain = cell("domain").map(|name| Domain { name, primary: false, folder: None });
    Some(Tenant {
        key: None,
        name: cell("name"),
        schema: cell(NEEDED)?,
        domains: domain.into_iter().collect(),
        created: cell("created").map(day),
        time_zone: cell("time_zone"),
        plan: cell("plan"),
    })
}

/// The day of a moment as JSON has it (`2024-05-01T10:00:00+00:00`); any other text stays as it is.
fn day(text: String) -> String {
    let is_day = text.len() > 10
        && text.as_bytes()[10] == b'T'
        && text.bytes().take(10).enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if is_day { text[..10].to_owned() } else { text }
}

/// A row that differs from an earlier one in its domain only is another domain of the same tenant. The first one is primary.
fn merge(tenants: &mut Vec<Tenant>, at: &mut HashMap<String, usize>, mut tenant: Tenant) {
    let known = at.get(&tenant.schema).and_then(|&at| tenants.get_mut(at)).filter(|known| {
        !tenant.domains.is_empty()
            && (&known.name, &known.created, &known.time_zone, &known.plan)
                == (&tenant.name, &tenant.created, &tenant.time_zone, &tenant.plan)
    });
    if let Some(known) = known {
        known.domains.append(&mut tenant.domains);
        return;
    }
    if let Some(domain) = tenant.domains.first_mut() {
        domain.primary = true;
    }
    at.entry(tenant.schema.clone()).or_insert(tenants.len());
    tenants.push(tenant);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[&str]) -> Result<Read, Fault> {
        read(&rows.iter().map(|&row| row.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_known_column_is_taken_and_the_others_are_named() {
        let read = check(&[
            r#"{"schema_name":"bolt","name":"Bolt","domain":"b.example.com","created":"2024-05-01T10:00:00+00:00","plan":3,"id":1}"#,
            r#"{"schema_name":"bolt","name":"Bolt","domain":"a.example.com","created":"2024-05-01T10:00:00+00:00","plan":3,"id":1}"#,
            r#"{"schema_name":"acme","name":null,"domain":null,"created":"spring","plan":null,"id":2}"#,
            r#"{"schema_name":null,"name":"lost","domain":null,"created":null,"plan":null,"id":3}"#,
        ])
        .unwrap();
        assert_eq!((read.nameless, read.unused), (1, vec!["id".to_owned()]));
        let [acme, bolt] = &read.registry.tenants[..] else { panic!("{:?}", read.registry) };
        assert_eq!((acme.created.as_deref(), acme.domains.len()), (Some("spring"), 0));
        assert_eq!((bolt.created.as_deref(), bolt.plan.as_deref()), (Some("2024-05-01"), Some("3")));
        let domains: Vec<_> = bolt.domains.iter().map(|d| (d.name.as_str(), d.primary)).collect();
        assert_eq!(domains, [("b.example.com", true), ("a.example.com", false)]);
    }

    #[test]
    fn no_rows_are_no_tenants() {
        assert_eq!(check(&[r#"{"schema_name":null,"name":null}"#]).unwrap().registry.tenants, []);
    }

    #[test]
    fn wrong_columns_are_named_and_what_is_needed_too() {
        let fault = check(&[r#"{"schema":"acme","tit\u001ble":"x"}"#]).unwrap_err();
        assert_eq!(fault.what, "the registry query gives schema, tit\\x1ble, and not schema_name");
        assert!(fault.hint.unwrap().contains("name, domain, created, time_zone, plan"));
    }

    #[test]
    fn a_comment_at_the_end_does_not_swallow_what_follows() {
        assert!(statement("SELECT 1 -- all;").contains("SELECT 1 -- all\n)"));
    }
}
