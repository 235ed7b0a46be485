//! What drift is called in files and pipes: verdicts, classes of equals, differences. Must not know where the text goes.

use super::{Record, Value};
use crate::domain::difference::{Sign, one_line};
use crate::domain::drift::{CohortId, Drift, HistoryCohort, Representative, ShapeCohort, Verdict};
use crate::domain::fleet::{Entry, Fleet};
use crate::domain::history::Migration;
use crate::domain::structure::{Change, Difference};

/// The fields of [`of_verdict`] in their order.
pub const VERDICT_FIELDS: &[&str] = &["database", "schema", "tenant", "role", "state", "ledger", "shape", "ghosts", "as_of"];

/// The fields of [`of_shape_cohort`] and [`of_history_cohort`] in their order; those of the other kind are null.
pub const COHORT_FIELDS: &[&str] = &[
    "kind",
    "cohort",
    "state",
    "members",
    "representative",
    "differences",
    "difference_list",
    "ledger",
    "behind",
    "ahead",
    "missing",
    "extra",
    "dirty",
];

/// The fields of [`of_difference`] in their order.
pub const DIFFERENCE_FIELDS: &[&str] = &["difference", "kind", "parent", "name", "name_here", "changes"];

/// The verdict on a schema, as `drift` gives it. `behind` and `ahead` are counts, `missing`, `extra` and `dirty` name migrations.
pub fn of_verdict(entry: &Entry<'_>, drift: &Drift) -> Record {
    let verdict = entry.verdict().copied().unwrap_or_default();
    vec![
        ("database", Value::Text(entry.database.label.clone())),
        ("schema", Value::Text(entry.schema_name().to_owned())),
        ("tenant", Value::text(entry.tenant_name())),
        ("role", Value::Text(entry.row.role.word().to_owned())),
        ("state", Value::Text(entry.oddity().map_or("ok", |oddity| oddity.word()).to_owned())),
        ("ledger", Value::Object(of_ledger(&verdict, drift))),
        ("shape", Value::Object(of_shape(&verdict))),
        ("ghosts", Value::Number(verdict.ghosts.into())),
        ("as_of", Value::time(entry.database.as_of)),
    ]
}

fn of_ledger(verdict: &Verdict, drift: &Drift) -> Record {
    let figures = verdict.ledger.figures();
    let cohort = verdict.history_cohort.and_then(|id| drift.history(id));
    let list =
        |of: fn(&HistoryCohort) -> &Vec<Migration>| cohort.map_or(Value::List(Vec::new()), |cohort| labels(of(cohort)));
    vec![
        ("state", Value::Text(verdict.ledger.word().to_owned())),
        ("behind", Value::number(figures.map(|(behind, _)| behind))),
        ("ahead", Value::number(figures.map(|(_, ahead)| ahead))),
        ("missing", list(|cohort| &cohort.missing)),
        ("extra", list(|cohort| &cohort.extra)),
        ("dirty", list(|cohort| &cohort.dirty)),
        ("cohort", Value::text(verdict.history_cohort.map(CohortId::in_full))),
    ]
}

fn of_shape(verdict: &Verdict) -> Record {
    vec![
        ("state", Value::Text(verdict.shape.word().to_owned())),
        ("differences", Value::number(verdict.shape.differences())),
        ("cohort", Value::text(verdict.shape_cohort.map(CohortId::in_full))),
    ]
}

/// A class of equal structures, as `cohorts` gives it.
pub fn of_shape_cohort(cohort: &ShapeCohort, fleet: &Fleet) -> Record {
    vec![
        ("kind", Value::Text("shape".to_owned())),
        ("cohort", Value::Text(cohort.id.in_full())),
        ("state", Value::Text(cohort.state.word().to_owned())),
        ("members", Value::Number(cohort.members.into())),
        ("representative", Value::Text(path(&cohort.representative, fleet))),
        ("differences", Value::Number(cohort.differences.iter().filter(|difference| difference.is_drift()).count() as u64)),
        ("difference_list", Value::Records(cohort.differences.iter().map(of_difference).collect())),
        ("ledger", Value::Missing),
        ("behind", Value::Missing),
        ("ahead", Value::Missing),
        ("missing", Value::Missing),
        ("extra", Value::Missing),
        ("dirty", Value::Missing),
    ]
}

/// A class of equal histories, as `cohorts` gives it.
pub fn of_history_cohort(cohort: &HistoryCohort, fleet: &Fleet) -> Record {
    vec![
        ("kind", Value::Text("ledger".to_owned())),
        ("cohort", Value::Text(cohort.id.in_full())),
        ("state", Value::Text(cohort.state.word().to_owned())),
        ("members", Value::Number(cohort.members.into())),
        ("representative", Value::Text(path(&cohort.representative, fleet))),
        ("differences", Value::Missing),
        ("difference_list", Value::Missing),
        ("ledger", Value::Text(cohort.dialect.word().to_owned())),
        ("behind", Value::Number(cohort.missing.len() as u64)),
        ("ahead", Value::Number(cohort.extra.len() as u64)),
        ("missing", labels(&cohort.missing)),
        ("extra", labels(&cohort.extra)),
        ("dirty", labels(&cohort.dirty)),
    ]
}

/// One difference: which object, and in which attributes it is changed. `name_here` is its name in the schema where it is another.
pub fn of_difference(difference: &Difference) -> Record {
    let object = difference.object();
    let (here, changes) = match difference {
        Difference::Missing { .. } | Difference::Extra { .. } => (None, &[][..]),
        Difference::Changed { here, changes, .. } => (Some(here), &changes[..]),
        Difference::Renamed { here, .. } | Difference::Incomparable { here, .. } => (Some(here), &[][..]),
    };
    vec![
        ("difference", Value::Text(Sign::of(difference).word().to_owned())),
        ("kind", Value::Text(object.kind.word().to_owned())),
        ("parent", Value::text(object.parent.as_deref())),
        ("name", Value::Text(object.name.clone())),
        ("name_here", Value::text(here.filter(|here| here.name != object.name).map(|here| here.name.as_str()))),
        ("changes", Value::Records(changes.iter().map(of_change).collect())),
    ]
}

/// One attribute: null stands for the default.
fn of_change(change: &Change) -> Record {
    vec![
        ("attribute", Value::Text(change.attribute.clone())),
        ("reference", Value::text(change.reference.as_deref())),
        ("here", Value::text(change.here.as_deref())),
    ]
}

/// The differences of a class in one line, for lists: raw text, cut by nobody.
pub fn summary(differences: &[Difference]) -> String {
    differences.iter().filter(|difference| difference.is_drift()).map(one_line).collect::<Vec<_>>().join(", ")
}

fn labels(migrations: &[Migration]) -> Value {
    Value::List(migrations.iter().map(Migration::label).collect())
}

/// `database/schema`, raw.
fn path(representative: &Representative, fleet: &Fleet) -> String {
    let label = fleet.database(representative.database).map_or("", |database| database.label.as_str());
    format!("{label}/{}", representative.schema)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::catalog::{LedgerDialect, SchemaFacts};
    use crate::domain::drift::{LedgerState, ShapeState};
    use crate::domain::fleet::{DatabaseId, FleetEvent};
    use crate::domain::record::json;
    use crate::domain::roles::Policy;
    use crate::domain::structure::{Kind, Object};

    fn names(record: &Record) -> Vec<&'static str> {
        record.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn records_have_their_fields_and_figures() {
        let mut fleet = Fleet::new([("main".to_owned(), Policy::default())]);
        fleet.apply(FleetEvent::Names(DatabaseId(0), vec![SchemaFacts::named(7, "acme", "app")]));
        let representative = Representative { database: DatabaseId(0), oid: 7, schema: "acme".into() };
        let migration = |name: &str| Migration { app: Some("crm".into()), name: name.into() };
        let history = HistoryCohort {
            id: CohortId(1),
            dialect: LedgerDialect::Django,
            state: LedgerState::Diverged { behind: 1, ahead: 1 },
            members: 3,
            representative: representative.clone(),
            missing: vec![migration("0002")],
            extra: vec![migration("0003")],
            dirty: vec![],
        };
        let object = |name: &str| {
            let (kind, name) = (Kind::Index, name.to_owned());
            Arc::new(Object { kind, parent: Some("orders".into()), name, is_name_loose: true, attributes: vec![] })
        };
        let shape = ShapeCohort {
            id: CohortId(2),
            state: ShapeState::Differs { by: 1 },
            members: 3,
            exact: 0,
            representative,
            differences: vec![
                Difference::Missing { object: object("a") },
                Difference::Renamed { reference: object("b"), here: object("c") },
            ],
        };
        assert_eq!(summary(&shape.differences), "index a on orders");
        assert_eq!(names(&of_shape_cohort(&shape, &fleet)), COHORT_FIELDS);
        assert_eq!(names(&of_history_cohort(&history, &fleet)), COHORT_FIELDS);
        assert_eq!(names(&of_difference(&shape.differences[1])), DIFFERENCE_FIELDS);
        let facts = &mut fleet.databases[0].schemas[0];
        facts.verdict.ledger = history.state;
        facts.verdict.shape = shape.state;
        (facts.verdict.history_cohort, facts.verdict.shape_cohort) = (Some(history.id), Some(shape.id));
        fleet.databases[0].classify();
        let cohorts = json(&[of_shape_cohort(&shape, &fleet), of_history_cohort(&history, &fleet)]);
        fleet.drift.histories.push(history);
        let entry = fleet.entries().next().unwrap();
        let record = of_verdict(&entry, &fleet.drift);
        assert_eq!(names(&record), VERDICT_FIELDS);
        let parsed: serde_json::Value = serde_json::from_str(&json(&[record])).unwrap();
        assert_eq!(parsed[0]["state"], "diverged");
        assert_eq!(parsed[0]["ledger"]["missing"][0], "crm 0002");
        assert_eq!((&parsed[0]["ledger"]["behind"], &parsed[0]["ledger"]["ahead"]), (&1.into(), &1.into()));
        assert_eq!(parsed[0]["shape"]["differences"], 1);
        assert_eq!(parsed[0]["shape"]["cohort"], "0000000000000002");
        let parsed: serde_json::Value = serde_json::from_str(&cohorts).unwrap();
        assert_eq!(parsed[0]["representative"], "main/acme");
        assert_eq!(parsed[0]["difference_list"][1]["name_here"], "c");
        assert!(parsed[0]["missing"].is_null() && parsed[1]["differences"].is_null());
    }
}
