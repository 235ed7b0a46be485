//! What the places of tables are called in files and pipes. Must not know where the text goes.

use super::{Record, Value};
use crate::domain::placement::{Concerned, Finding, Placement, PlacementRow};

/// The fields of [`of_placement`] in their order.
pub const PLACEMENT_FIELDS: &[&str] =
    &["database", "severity", "tenants", "findings", "tables", "elsewhere", "left_out", "as_of"];

/// The fields of [`of_finding`] in their order.
pub const FINDING_FIELDS: &[&str] =
    &["finding", "severity", "sentence", "why", "advice", "tables", "tenant_count", "tenants"];

/// The fields of [`of_row`] in their order.
pub const TABLE_FIELDS: &[&str] =
    &["database", "table", "app", "place", "tenants", "of", "shared", "others", "with", "without"];

/// A database with its findings and its tables, as `placement` gives it.
pub fn of_placement(database: &str, placement: &Placement) -> Record {
    let rows = placement.rows.iter().map(|row| of_row(database, row, placement.tenants));
    vec![
        ("database", Value::Text(database.to_owned())),
        ("severity", Value::Text(placement.severity().word().to_owned())),
        ("tenants", Value::Number(placement.tenants.into())),
        ("findings", Value::Records(placement.findings.iter().map(of_finding).collect())),
        ("tables", Value::Records(rows.collect())),
        ("elsewhere", Value::Number(placement.elsewhere.into())),
        ("left_out", Value::Number(placement.left_out.into())),
        ("as_of", Value::time(Some(placement.as_of))),
    ]
}

/// Something that was found. `tenants` names the first hundred of `tenant_count`.
pub fn of_finding(finding: &Finding) -> Record {
    vec![
        ("finding", Value::Text(finding.kind.word().to_owned())),
        ("severity", Value::Text(finding.severity.word().to_owned())),
        ("sentence", Value::Text(finding.sentence.clone())),
        ("why", Value::Text(finding.why.clone())),
        ("advice", Value::Text(finding.advice.clone())),
        ("tables", Value::List(finding.tables.clone())),
        ("tenant_count", Value::Number(finding.tenants.count.into())),
        ("tenants", Value::List(finding.tenants.schemas.clone())),
    ]
}

/// A line of the matrix. Where some tenants have the table, the smaller side is named: `with` or `without`, its first hundred.
pub fn of_row(database: &str, row: &PlacementRow, of: u32) -> Record {
    let odd = |have_it: bool| {
        let side = row.odd.as_ref().filter(|odd| odd.have_it == have_it);
        let listed = |tenants: &Concerned| Value::List(tenants.schemas.clone());
        side.map_or(Value::List(Vec::new()), |odd| listed(&odd.tenants))
    };
    vec![
        ("database", Value::Text(database.to_owned())),
        ("table", Value::Text(row.table.clone())),
        ("app", Value::text(row.app.as_deref())),
        ("place", Value::Text(row.place.word().to_owned())),
        ("tenants", Value::Number(row.tenants.into())),
        ("of", Value::Number(of.into())),
        ("shared", Value::List(row.shared.clone())),
        ("others", Value::Number(row.others.into())),
        ("with", odd(true)),
        ("without", odd(false)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fleet::Severity;
    use crate::domain::placement::{FindingKind, OddTenants, Place};

    #[test]
    fn the_fields_are_those_that_are_promised() {
        let tenants = Concerned { count: 1, schemas: vec!["acme".into()] };
        let row = PlacementRow {
            table: "crm_order".into(),
            app: None,
            place: Place::Some,
            tenants: 1,
            shared: Vec::new(),
            others: 0,
            odd: Some(OddTenants { have_it: true, tenants: tenants.clone() }),
        };
        let finding = Finding {
            severity: Severity::Warn,
            kind: FindingKind::SomeTenants,
            sentence: String::new(),
            why: String::new(),
            advice: String::new(),
            tables: Vec::new(),
            tenants,
        };
        let placement = Placement { findings: vec![finding], rows: vec![row], ..Placement::default() };
        let names = |record: &Record| record.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(&of_placement("eu", &placement)), PLACEMENT_FIELDS);
        assert_eq!(names(&of_finding(&placement.findings[0])), FINDING_FIELDS);
        let row = of_row("eu", &placement.rows[0], 2);
        assert_eq!(names(&row), TABLE_FIELDS);
        assert!(row.contains(&("with", Value::List(vec!["acme".into()]))), "{row:?}");
        assert!(row.contains(&("without", Value::List(Vec::new()))), "{row:?}");
    }
}
