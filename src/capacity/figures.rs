//! What the figures above PRESSURE are, by which formula, and what to do about them: the same sentences on screen, in text and in
//! JSON. Must not reckon anything.

use super::measure::percent;
use super::runway;
use crate::domain::capacity::{Explained, Explanation, FigureId, Growth, LineId, Runway, Sizing, USUAL_TABLE_LIMIT};
use crate::domain::name::shown;
use crate::domain::units;

/// How many outliers are named in an explanation.
const NAMED: usize = 50;

/// What a figure is told from.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    /// The figures of one database, of a fleet, or others on trial.
    pub sizing: &'a Sizing,
    /// The past, where it is known.
    pub growth: Option<&'a Growth>,
    /// Whether the scary number is the sum of those of several databases.
    pub is_sum: bool,
}

/// The limit as people write it: `10^6`, `750,000`.
pub fn limit(limit: u64) -> String {
    if limit == USUAL_TABLE_LIMIT { "10^6".to_owned() } else { units::count(limit) }
}

/// The million-tables factor: three digits after the point where it is small.
pub fn factor(factor: f64) -> String {
    if factor < 9.9995 { format!("{factor:.3}") } else { format!("{factor:.1}") }
}

/// What a figure is; `how` is its formula with the figures in it.
pub fn explain(id: FigureId, of: Figures<'_>) -> Explanation {
    match id {
        FigureId::Tables => tables(of.sizing),
        FigureId::Scary => scary(of),
        FigureId::Tenants => tenants(of.sizing),
        FigureId::Factor => Explanation {
            what: "How many millions of tables there are, by the median. At 1 the usual limit is reached, whatever limit holds here."
                .to_owned(),
            how: format!("{} * {} / 10^6 = {}", each(of.sizing), count(of.sizing), factor(of.sizing.million_tables_factor)),
            ..Explanation::default()
        },
        FigureId::Runway => of_runway(of),
    }
}

/// The figure itself, with its unit; `None` where it is not known.
pub fn measure(id: FigureId, of: Figures<'_>) -> (Option<f64>, &'static str) {
    match id {
        FigureId::Tables => (Some(f64::from(of.sizing.tables_per_tenant.median)), "tables"),
        FigureId::Scary => (Some(of.sizing.scary_number as f64), "tenants"),
        FigureId::Tenants => (Some(of.sizing.tenants as f64), "tenants"),
        FigureId::Factor => (Some(of.sizing.million_tables_factor), "million tables"),
        FigureId::Runway => (of.growth.and_then(days_left), "days"),
    }
}

/// A figure with all that a person should know of it.
pub fn explained(id: FigureId, of: Figures<'_>) -> Explained {
    let sizing = of.sizing;
    let (measure, unit) = measure(id, of);
    let is_tenants = id == FigureId::Tenants;
    let value = match id {
        FigureId::Tables => {
            format!("{}, from {} to {}", each(sizing), sizing.tables_per_tenant.least, sizing.tables_per_tenant.most)
        }
        FigureId::Scary => format!("{} tenants", units::count(sizing.scary_number)),
        FigureId::Tenants => format!("{}, {} of the scary number", count(sizing), percent(sizing.share)),
        FigureId::Factor => factor(sizing.million_tables_factor),
        FigureId::Runway => of.growth.zip(of.growth.and_then(|growth| growth.points.last())).map_or_else(
            || "not known".to_owned(),
            |(growth, (today, _))| {
                format!(
                    "{}; {}",
                    runway::length(&growth.runway, *today, "not known"),
                    runway::grounds(&growth.runway, *today)
                )
            },
        ),
    };
    Explained {
        id: LineId::Figure(id),
        severity: is_tenants.then_some(sizing.severity),
        value,
        verdict: if is_tenants { sizing.severity.word().to_owned() } else { String::new() },
        measure,
        unit,
        warn: None,
        danger: None,
        is_estimate: id == FigureId::Runway,
        unseen: None,
        explanation: explain(id, of),
    }
}

fn days_left(growth: &Growth) -> Option<f64> {
    match (&growth.runway, growth.points.last()) {
        (Runway::Falls { day, .. }, Some((today, _))) => Some(f64::from(runway::days(*today, *day))),
        (Runway::Reached, _) => Some(0.0),
        _ => None,
    }
}

fn each(sizing: &Sizing) -> String {
    units::count(sizing.tables_per_tenant.median.into())
}

fn count(sizing: &Sizing) -> String {
    units::count(sizing.tenants)
}

fn tables(sizing: &Sizing) -> Explanation {
    let it = sizing.tables_per_tenant;
    let how = format!(
        "Half of the tenants have {} tables or fewer; the least has {}, the most has {}. Together they have {}.",
        each(sizing),
        units::count(it.least.into()),
        units::count(it.most.into()),
        units::count(sizing.tables),
    );
    let named = sizing.outliers.iter().take(NAMED);
    let mut inputs: Vec<(String, String)> = named
        .map(|outlier| (shown(&outlier.schema).into_owned(), format!("{} tables, far from the others", outlier.tables)))
        .collect();
    let more = sizing.outliers.len().saturating_sub(NAMED);
    inputs.extend((more > 0).then(|| ("and".to_owned(), format!("{} more", units::count(more as u64)))));
    Explanation {
        what: "The tables of one tenant: the median of all whose schema was counted, which a few odd ones do not bend.".to_owned(),
        how,
        inputs,
        costs: "Every table is a row in pg_class, with rows of its columns, indexes and dependencies, and files on disk. How many \
                there are decides how many tenants one database takes."
            .to_owned(),
        remedy: String::new(),
    }
}

fn scary(of: Figures<'_>) -> Explanation {
    let Figures { sizing, is_sum, .. } = of;
    let (number, limit) = (units::count(sizing.scary_number), limit(sizing.table_limit));
    let formula = if is_sum {
        format!("limit / (tables_per_tenant + 2) of each database, added up: {number}")
    } else {
        format!("{limit} / (tables_per_tenant + 2) = {limit} / ({} + 2) = {number}", each(sizing))
    };
    let source = if sizing.is_limit_configured {
        format!("{} tables are what fleet.toml says this database takes", units::count(sizing.table_limit))
    } else {
        "10^6 tables is what the field usually says; table_limit in fleet.toml sets another".to_owned()
    };
    Explanation {
        what: "The number of tenants from which on people begin to be afraid of one database. The 2 stands for what a tenant brings \
               beside its tables. It is a rule of thumb and no law: PRESSURE tells what this server feels."
            .to_owned(),
        how: formula,
        inputs: vec![
            ("spoken, without the + 2 and rounded".to_owned(), units::count(sizing.spoken)),
            ("the limit".to_owned(), source),
        ],
        costs: String::new(),
        remedy: "Fewer tables for each tenant raise it at once; other figures on trial show by how much. Another database for new tenants begins a count of its own."
            .to_owned(),
    }
}

fn tenants(sizing: &Sizing) -> Explanation {
    let (number, share) = (units::count(sizing.scary_number), percent(sizing.share));
    Explanation {
        what:
            "Tenants whose schema is there, against the scary number. Worth looking at from 70 % on, dangerous from 90 % on."
                .to_owned(),
        how: format!("{} / {number} = {share}, which is {}", count(sizing), sizing.severity.word()),
        inputs: Vec::new(),
        costs: String::new(),
        remedy: "Another number can be tried; what follows is reckoned anew.".to_owned(),
    }
}

fn of_runway(of: Figures<'_>) -> Explanation {
    let Some(growth) = of.growth else {
        let how = "It is reckoned for one database at a time.".to_owned();
        return Explanation { how, ..Explanation::default() };
    };
    let mut inputs = Vec::new();
    let how = match &growth.runway {
        Runway::NotEnough { why } => format!("Not enough data: {why}."),
        Runway::Reached => {
            format!("There are {} tenants; the scary number is {}.", count(of.sizing), units::count(of.sizing.scary_number))
        }
        Runway::Level { per_month, days } => {
            format!("{} by the trend of {days} days: no date within 50 years follows.", runway::rate(*per_month))
        }
        Runway::Falls { per_month, days, day, earliest, latest } => {
            let never = || "no last day: the past does not rule out that it never falls".to_owned();
            inputs.push(("earliest".to_owned(), earliest.to_string()));
            inputs.push(("latest".to_owned(), latest.map_or_else(never, |day| day.to_string())));
            format!("{} by the trend of {days} days leads to the scary number on {day}.", runway::rate(*per_month))
        }
    };
    let known = match growth.points.as_slice() {
        [(first, from), .., (last, to)] => format!(
            "from {first} with {} to {last} with {} tenants, {}",
            units::count(*from),
            units::count(*to),
            runway::source(growth)
        ),
        _ => "one day is known".to_owned(),
    };
    inputs.push(("the past".to_owned(), known));
    Explanation {
        what: "When the scary number falls, by the growth of the last 90 days. It comes from the creation dates of the registry where \
               it has them, which do not tell of tenants that are gone; else from the samples that tenantry takes once a day. The \
               trend is the median of slopes, which a single mass import does not bend."
            .to_owned(),
        how,
        inputs,
        costs: String::new(),
        remedy: String::new(),
    }
}
