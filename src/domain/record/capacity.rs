//! What capacity is called in files and pipes: how full a database is, when it is full, what wears its server. Must not know where
//! the text goes, nor how it is reckoned.

use super::{Record, Value};
use crate::domain::capacity::{Explained, Gauge, Growth, GrowthSource, Runway, Sizing};
use crate::domain::fleet::Database;
use crate::domain::pressure::{SequenceFacts, SequenceReading, SequenceValue};

/// The fields of [`of_database`] in their order.
pub const CAPACITY_FIELDS: &[&str] = &[
    "database",
    "severity",
    "tenants",
    "tables",
    "tables_per_tenant",
    "outliers",
    "table_limit",
    "table_limit_configured",
    "scary_number",
    "spoken",
    "million_tables_factor",
    "share",
    "growth",
    "what_if",
    "gauges",
    "as_of",
];

/// What is known of the capacity of a database, as `capacity` gives it; what could not be reckoned is null. `what_if` is the same
/// with other figures.
pub fn of_database(
    database: &Database,
    sizing: Option<&Sizing>,
    growth: Option<&Growth>,
    what_if: Option<&Sizing>,
    gauges: &[Gauge],
) -> Record {
    let number = |figure: fn(&Sizing) -> u64| Value::number(sizing.map(figure));
    let spread = |sizing: &Sizing| {
        let spread = sizing.tables_per_tenant;
        Value::Object(vec![
            ("least", Value::Number(spread.least.into())),
            ("median", Value::Number(spread.median.into())),
            ("most", Value::Number(spread.most.into())),
        ])
    };
    vec![
        ("database", Value::Text(database.label.clone())),
        ("severity", Value::text(sizing.map(|sizing| sizing.severity.word()))),
        ("tenants", number(|sizing| sizing.tenants)),
        ("tables", number(|sizing| sizing.tables)),
        ("tables_per_tenant", sizing.map_or(Value::Missing, spread)),
        ("outliers", sizing.map_or(Value::Missing, outliers)),
        ("table_limit", number(|sizing| sizing.table_limit)),
        ("table_limit_configured", sizing.map_or(Value::Missing, |sizing| Value::Flag(sizing.is_limit_configured))),
        ("scary_number", number(|sizing| sizing.scary_number)),
        ("spoken", number(|sizing| sizing.spoken)),
        ("million_tables_factor", Value::fraction(sizing.map(|sizing| sizing.million_tables_factor))),
        ("share", Value::fraction(sizing.map(|sizing| sizing.share))),
        ("growth", growth.map_or(Value::Missing, |growth| Value::Object(of_growth(growth)))),
        ("what_if", what_if.map_or(Value::Missing, |sizing| Value::Object(of_what_if(sizing)))),
        ("gauges", Value::Records(gauges.iter().map(of_gauge).collect())),
        ("as_of", Value::time(database.as_of)),
    ]
}

fn outliers(sizing: &Sizing) -> Value {
    let outlier = |outlier: &crate::domain::capacity::Outlier| {
        vec![("schema", Value::Text(outlier.schema.clone())), ("tables", Value::Number(outlier.tables.into()))]
    };
    Value::Records(sizing.outliers.iter().map(outlier).collect())
}

fn of_what_if(sizing: &Sizing) -> Record {
    vec![
        ("severity", Value::Text(sizing.severity.word().to_owned())),
        ("tenants", Value::Number(sizing.tenants)),
        ("tables_per_tenant", Value::Number(sizing.tables_per_tenant.median.into())),
        ("scary_number", Value::Number(sizing.scary_number)),
        ("spoken", Value::Number(sizing.spoken)),
        ("million_tables_factor", Value::fraction(Some(sizing.million_tables_factor))),
        ("share", Value::fraction(Some(sizing.share))),
    ]
}

/// How the number of tenants grew, and where that leads.
fn of_growth(growth: &Growth) -> Record {
    let source = match growth.source {
        GrowthSource::Registry => "registry",
        GrowthSource::Samples => "samples",
    };
    let (runway, why) = match &growth.runway {
        Runway::NotEnough { why } => ("not_enough", Some(why.as_str())),
        Runway::Reached => ("reached", None),
        Runway::Level { .. } => ("level", None),
        Runway::Falls { .. } => ("falls", None),
    };
    let (per_month, days) = match growth.runway {
        Runway::Level { per_month, days } | Runway::Falls { per_month, days, .. } => (Some(per_month), Some(days)),
        Runway::NotEnough { .. } | Runway::Reached => (None, None),
    };
    let (day, earliest, latest) = match growth.runway {
        Runway::Falls { day, earliest, latest, .. } => (Some(day), Some(earliest), latest),
        _ => (None, None, None),
    };
    let day_of = |day: Option<jiff::civil::Date>| day.map_or(Value::Missing, |day| Value::Text(day.to_string()));
    let point = |(day, tenants): &(jiff::civil::Date, u64)| {
        vec![("day", Value::Text(day.to_string())), ("tenants", Value::Number(*tenants))]
    };
    vec![
        ("source", Value::Text(source.to_owned())),
        ("runway", Value::Text(runway.to_owned())),
        ("why", Value::text(why)),
        ("per_month", Value::fraction(per_month)),
        ("days", Value::number(days)),
        ("day", day_of(day)),
        ("earliest", day_of(earliest)),
        ("latest", day_of(latest)),
        ("points", Value::Records(growth.points.iter().map(point).collect())),
    ]
}

/// A line of PRESSURE with its explanation.
fn of_gauge(gauge: &Gauge) -> Record {
    let mut record = vec![("gauge", Value::Text(gauge.id.name().to_owned()))];
    record.extend(of_line(&Explained::from(gauge.clone())));
    record
}

/// A line of one database with its explanation, as `capacity --explain` gives it; `sequences` is null unless they were asked for.
pub fn of_explained(database: &Database, line: &Explained, sequences: Option<&SequenceFacts>) -> Record {
    let mut record =
        vec![("database", Value::Text(database.label.clone())), ("line", Value::Text(line.id.name().to_owned()))];
    record.extend(of_line(line));
    record.push(("sequences", sequences.map_or(Value::Missing, of_sequences)));
    record.push(("keys_without_sequence", Value::number(sequences.map(|facts| facts.without))));
    record.push(("as_of", Value::time(sequences.map(|facts| facts.as_of).or(database.as_of))));
    record
}

fn of_sequences(facts: &SequenceFacts) -> Value {
    let one = |it: &SequenceReading| {
        let (state, last) = match it.value {
            SequenceValue::Read(last) => ("read", last),
            SequenceValue::Busy => ("locked", None),
            SequenceValue::Unreadable => ("unreadable", None),
        };
        let positive = |number: i64| u64::try_from(number).ok();
        vec![
            ("schema", Value::Text(it.schema.clone())),
            ("sequence", Value::Text(it.name.clone())),
            ("table", Value::Text(it.key.table.clone())),
            ("column", Value::Text(it.key.column.clone())),
            ("state", Value::Text(state.to_owned())),
            ("last", Value::number(last.and_then(positive))),
            ("end", Value::number(positive(it.end))),
            ("share", Value::fraction(it.share())),
        ]
    };
    Value::Records(facts.sequences.iter().map(one).collect())
}

fn of_line(line: &Explained) -> Record {
    let input =
        |(name, value): &(String, String)| vec![("name", Value::Text(name.clone())), ("value", Value::Text(value.clone()))];
    let explanation = &line.explanation;
    vec![
        ("severity", Value::text(line.severity.map(crate::domain::fleet::Severity::word))),
        ("value", Value::Text(line.value.clone())),
        ("verdict", Value::text(Some(line.verdict.as_str()).filter(|verdict| !verdict.is_empty()))),
        ("measure", Value::fraction(line.measure)),
        ("unit", Value::Text(line.unit.to_owned())),
        ("warn", Value::fraction(line.warn)),
        ("danger", Value::fraction(line.danger)),
        ("is_estimate", Value::Flag(line.is_estimate)),
        ("unseen", Value::text(line.unseen.as_ref().map(|fault| fault.what.as_str()))),
        (
            "explanation",
            Value::Object(vec![
                ("what", Value::Text(explanation.what.clone())),
                ("how", Value::Text(explanation.how.clone())),
                ("inputs", Value::Records(explanation.inputs.iter().map(input).collect())),
                ("costs", Value::Text(explanation.costs.clone())),
                ("remedy", Value::Text(explanation.remedy.clone())),
            ]),
        ),
    ]
}
