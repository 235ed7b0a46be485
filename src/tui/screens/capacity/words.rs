//! What the lines of screen 4 say: figures in cells, explanations in sentences, records for a file. Must not draw.

use super::page::{Key, Page};
use crate::domain::capacity::{Gauge, GaugeId, Sizing, USUAL_TABLE_LIMIT};
use crate::domain::fleet::{Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::record::{Record, Value};
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::screens::{Context, runway};
use crate::tui::theme::ThemeRole;

/// How many outliers are named in an explanation.
const NAMED: usize = 50;

/// The words of a figure beside its value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Figure {
    /// In at most nine cells.
    pub(super) value: String,
    /// What is said first, in the colour of a severity, with its sign.
    pub(super) verdict: Option<(Severity, String)>,
    /// The rest.
    pub(super) words: String,
    /// A share to draw as a bar after it.
    pub(super) share: Option<f64>,
}

/// The word of a severity.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Danger => "danger",
    }
}

/// The limit as people write it: `10^6`, `750,000`.
pub(super) fn limit(limit: u64) -> String {
    if limit == USUAL_TABLE_LIMIT { "10^6".to_owned() } else { units::count(limit) }
}

/// Where the limit comes from.
pub(super) fn limit_source(sizing: Option<&Sizing>) -> String {
    match sizing {
        Some(sizing) if sizing.is_limit_configured => format!("{} by fleet.toml", limit(sizing.table_limit)),
        _ => "10^6: the usual limit".to_owned(),
    }
}

pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

pub(super) fn factor(factor: f64) -> String {
    if factor < 9.9995 { format!("{factor:.3}") } else { format!("{factor:.1}") }
}

/// A line above PRESSURE.
pub(super) fn figure(key: Key, page: &Page, glyphs: &Glyphs) -> Figure {
    let Some(sizing) = &page.sizing else {
        let waits = page.unsized_for.is_none();
        let words = if key == Key::Tables { page.unsized_for.clone().unwrap_or_default() } else { String::new() };
        let value = if waits { glyphs.pending } else { glyphs.none };
        return Figure { value: value.to_owned(), words, ..Figure::default() };
    };
    let was = |value: fn(&Sizing) -> String| {
        let now = page.now.as_ref().filter(|_| page.is_what_if()).map(value);
        now.filter(|now| *now != value(sizing)).map_or(String::new(), |now| format!("now {now}, "))
    };
    let each = units::count(sizing.tables_per_tenant.median.into());
    match key {
        Key::Tables if page.is_what_if() => {
            let now = was(|it| units::count(it.tables_per_tenant.median.into()));
            Figure { value: each, words: format!("{now}on trial"), ..Figure::default() }
        }
        Key::Tables => Figure { value: each, words: spread(sizing, glyphs), ..Figure::default() },
        Key::Scary => {
            let now = was(|it| units::count(it.scary_number));
            let spoken = format!("spoken as {}", units::count(sizing.spoken));
            let words = format!("tenants, {}", if now.is_empty() { &spoken } else { now.trim_end_matches(", ") });
            Figure { value: units::count(sizing.scary_number), words, ..Figure::default() }
        }
        Key::Tenants => {
            let now = was(|it| units::count(it.tenants));
            let verdict = (sizing.severity, severity(sizing.severity).to_owned());
            let words = format!("{now}{}", percent(sizing.share));
            Figure { value: units::count(sizing.tenants), verdict: Some(verdict), words, share: Some(sizing.share) }
        }
        Key::Factor => {
            let now = was(|it| factor(it.million_tables_factor));
            let words = format!("{now}= {each} {} {} / 10^6", glyphs.times, units::count(sizing.tenants));
            Figure { value: factor(sizing.million_tables_factor), words, ..Figure::default() }
        }
        Key::Runway => match &page.growth {
            None if page.is_what_if() => {
                let words = "a runway on trial is one database's: choose one".to_owned();
                Figure { value: glyphs.none.to_owned(), words, ..Figure::default() }
            }
            None => Figure { value: glyphs.none.to_owned(), ..Figure::default() },
            Some(growth) => {
                let first = page.first.as_ref().map_or(String::new(), |label| format!("{label}: "));
                let words = format!("{first}{}", runway::grounds(&growth.runway, page.today));
                Figure { value: runway::length(&growth.runway, page.today, glyphs.none), words, ..Figure::default() }
            }
        },
        Key::Gauge(_) => Figure::default(),
    }
}

/// How the tables are spread, and who is far off.
fn spread(sizing: &Sizing, glyphs: &Glyphs) -> String {
    let it = sizing.tables_per_tenant;
    let range = if it.least == it.most {
        "in every tenant".to_owned()
    } else {
        format!("median, from {} to {}", units::count(it.least.into()), units::count(it.most.into()))
    };
    let names: Vec<String> =
        sizing.outliers.iter().take(3).map(|outlier| format!("{} {}", shown(&outlier.schema), outlier.tables)).collect();
    match sizing.outliers.len() {
        0 => range,
        count => {
            let s = if count == 1 { "" } else { "s" };
            format!("{range} {} {} outlier{s}: {}", glyphs.dot, units::count(count as u64), names.join(", "))
        }
    }
}

/// The value of a line of PRESSURE, with the sign of an estimate and the database where there are several.
pub(super) fn gauge_value(page: &Page, id: GaugeId, fleet: &Fleet, glyphs: &Glyphs) -> Option<String> {
    let (database, gauge) = page.gauge(id)?;
    let label = fleet.database(*database).filter(|_| page.database.is_none() && fleet.databases.len() > 1);
    let label = label.map_or(String::new(), |database| format!("{}: ", shown(&database.label)));
    let about = if gauge.is_estimate && gauge.unseen.is_none() { format!("{} ", glyphs.about) } else { String::new() };
    let why = gauge.unseen.as_ref().filter(|_| gauge.value.is_empty()).map(|fault| fault.what.as_str());
    Some(format!("{label}{about}{}", why.unwrap_or(&gauge.value)))
}

/// A figure in its unit.
fn measure(value: f64, unit: &str) -> String {
    match unit {
        "share" => percent(value),
        "bytes" => units::bytes(value.max(0.0) as u64),
        _ if value.fract().abs() < 1e-9 && value.abs() < 1e15 => {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}{} {unit}", units::count(value.abs() as u64)).trim_end().to_owned()
        }
        _ => format!("{value:.2} {unit}").trim_end().to_owned(),
    }
}

/// What Enter on a line tells.
pub(super) fn explain(key: Key, page: &Page, context: &Context<'_>) -> (String, Vec<String>) {
    let title = if page.label.is_empty() { key.word().to_owned() } else { format!("{} of {}", key.word(), page.label) };
    let lines = match key {
        Key::Gauge(id) => of_gauge(id, page, context),
        key => of_figure(key, page),
    };
    (title, lines)
}

fn paragraph(lines: &mut Vec<String>, heading: &str, text: &str) {
    if !text.is_empty() {
        lines.push(String::new());
        lines.push(heading.to_owned());
        lines.push(format!("  {text}"));
    }
}

fn of_gauge(id: GaugeId, page: &Page, context: &Context<'_>) -> Vec<String> {
    let Some((_, gauge)) = page.gauge(id) else {
        return vec![match &page.measured {
            super::page::Measured::Failed(fault) => format!("It could not be read: {}.", fault.what),
            super::page::Measured::Waiting => "It is not read yet.".to_owned(),
            super::page::Measured::At(_) => "This server does not tell it.".to_owned(),
        }];
    };
    let mut lines =
        vec![format!("{}: {}", told(gauge), gauge_value(page, id, context.fleet, &Glyphs::ascii()).unwrap_or_default())];
    if let Some(fault) = &gauge.unseen {
        lines.push(format!("It could not be seen: {}.", fault.what));
        lines.extend(fault.hint.clone());
    }
    let it = &gauge.explanation;
    if !it.what.is_empty() {
        lines.extend([String::new(), it.what.clone()]);
    }
    paragraph(&mut lines, "HOW IT IS MEASURED", &it.how);
    inputs(&mut lines, &it.inputs);
    thresholds(&mut lines, gauge);
    paragraph(&mut lines, "WHAT IT COSTS", &it.costs);
    paragraph(&mut lines, "WHAT TO DO", &it.remedy);
    lines
}

/// `warn, 4 at once`; the word once where the verdict is that word.
fn told(gauge: &Gauge) -> String {
    let word = severity(gauge.severity);
    if gauge.verdict == word || gauge.verdict.is_empty() { word.to_owned() } else { format!("{word}, {}", gauge.verdict) }
}

fn inputs(lines: &mut Vec<String>, inputs: &[(String, String)]) {
    if inputs.is_empty() {
        return;
    }
    lines.extend([String::new(), "FIGURES".to_owned()]);
    lines.extend(inputs.iter().map(|(name, value)| format!("  {name}: {value}")));
}

fn thresholds(lines: &mut Vec<String>, gauge: &Gauge) {
    let from = |at: Option<f64>, word: &str| at.map(|at| format!("{word} from {} on", measure(at, gauge.unit)));
    let all: Vec<String> = [from(gauge.warn, "warn"), from(gauge.danger, "danger")].into_iter().flatten().collect();
    if all.is_empty() {
        return;
    }
    let here = gauge.measure.map_or(String::new(), |here| format!("; here {}", measure(here, gauge.unit)));
    paragraph(lines, "THRESHOLDS", &format!("{}{here}", all.join(", ")));
}

fn of_figure(key: Key, page: &Page) -> Vec<String> {
    let Some(sizing) = &page.sizing else {
        let why = page.unsized_for.clone().unwrap_or_else(|| "it is not read yet".to_owned());
        return vec![format!("There is no figure: {why}.")];
    };
    let mut lines = Vec::new();
    if page.is_what_if() {
        lines.extend(["WHAT IF: these are figures on trial; esc goes back to those of now.".to_owned(), String::new()]);
    }
    let it = sizing.tables_per_tenant;
    let (each, tenants) = (units::count(it.median.into()), units::count(sizing.tenants));
    let the_limit = limit(sizing.table_limit);
    match key {
        Key::Tables => {
            lines.push(format!(
                "Half of the tenants have {each} tables or fewer; the least has {}, the most has {}. Together they have {}.",
                units::count(it.least.into()),
                units::count(it.most.into()),
                units::count(sizing.tables),
            ));
            paragraph(
                &mut lines,
                "WHY IT MATTERS",
                "Every table is a row in pg_class, with rows of its columns, indexes and dependencies, and files on disk. \
                 How many there are decides how many tenants one database takes.",
            );
            if !sizing.outliers.is_empty() {
                lines.extend([String::new(), "FAR FROM THE OTHERS".to_owned()]);
                let named = sizing.outliers.iter().take(NAMED);
                lines.extend(named.map(|outlier| format!("  {}: {} tables", shown(&outlier.schema), outlier.tables)));
                let more = sizing.outliers.len().saturating_sub(NAMED);
                lines.extend((more > 0).then(|| format!("  and {} more", units::count(more as u64))));
            }
        }
        Key::Scary => {
            lines.push(if page.database.is_none() && !page.is_what_if() {
                format!("limit / (tables_per_tenant + 2) of each database, added up: {}", units::count(sizing.scary_number))
            } else {
                let number = units::count(sizing.scary_number);
                format!("{the_limit} / (tables_per_tenant + 2) = {the_limit} / ({each} + 2) = {number}")
            });
            lines.push(format!("spoken, without the + 2 and rounded: {}", units::count(sizing.spoken)));
            paragraph(
                &mut lines,
                "WHAT IT IS",
                "The number of tenants from which on people begin to be afraid of one database. The 2 stands for what a tenant \
                 brings beside its tables. It is a rule of thumb and no law: PRESSURE tells what this server feels.",
            );
            paragraph(&mut lines, "WHERE THE LIMIT COMES FROM", &limit_sentence(sizing));
            paragraph(
                &mut lines,
                "WHAT TO DO",
                "Fewer tables for each tenant raise it at once: + and - on tables per tenant show by how much. Another database \
                 for new tenants begins a count of its own.",
            );
        }
        Key::Tenants => {
            lines.push(format!(
                "{tenants} / {} = {}, which is {}",
                units::count(sizing.scary_number),
                percent(sizing.share),
                severity(sizing.severity)
            ));
            paragraph(&mut lines, "WHAT IT IS", "Tenants whose schema is there, against the scary number.");
            paragraph(&mut lines, "WHAT IF", "+ and - change their number; the figures below are reckoned anew.");
        }
        Key::Factor => {
            lines.push(format!("{each} * {tenants} / 10^6 = {}", factor(sizing.million_tables_factor)));
            paragraph(
                &mut lines,
                "WHAT IT IS",
                "How many millions of tables there are, by the median. At 1 the usual limit is reached, whatever limit holds here.",
            );
        }
        Key::Runway | Key::Gauge(_) => lines.extend(of_runway(page, sizing)),
    }
    lines
}

fn limit_sentence(sizing: &Sizing) -> String {
    if sizing.is_limit_configured {
        format!("{} tables are what fleet.toml says this database takes.", units::count(sizing.table_limit))
    } else {
        "10^6 tables is what the field usually says; table_limit in fleet.toml sets another.".to_owned()
    }
}

fn of_runway(page: &Page, sizing: &Sizing) -> Vec<String> {
    use crate::domain::capacity::Runway;
    let Some(growth) = &page.growth else { return vec!["It is reckoned for one database at a time.".to_owned()] };
    let mut lines = Vec::new();
    lines.extend(page.first.as_ref().map(|label| format!("Of all databases {label} reaches its scary number first.")));
    match &growth.runway {
        Runway::NotEnough { why } => lines.push(format!("Not enough data: {why}.")),
        Runway::Reached => {
            lines.push(format!(
                "There are {} tenants; the scary number is {}.",
                units::count(sizing.tenants),
                units::count(sizing.scary_number)
            ));
        }
        Runway::Level { per_month, days } => {
            lines
                .push(format!("{} by the trend of {days} days: no date within 50 years follows.", runway::rate(*per_month)));
        }
        Runway::Falls { per_month, days, day, earliest, latest } => {
            let until = latest
                .map_or("no last day: the past does not rule out that it never falls".to_owned(), |day| day.to_string());
            lines.push(format!(
                "{} by the trend of {days} days leads to the scary number on {day}.",
                runway::rate(*per_month)
            ));
            lines.push(format!("  earliest: {earliest}"));
            lines.push(format!("  latest: {until}"));
        }
    }
    let known = growth.points.len();
    let past = match growth.points.as_slice() {
        [(first, from), .., (last, to)] => {
            format!(
                "{known} days, from {first} with {} to {last} with {} tenants, {}.",
                units::count(*from),
                units::count(*to),
                runway::source(growth)
            )
        }
        _ => "One day is known.".to_owned(),
    };
    paragraph(&mut lines, "THE PAST", &past);
    paragraph(
        &mut lines,
        "WHERE IT COMES FROM",
        "The creation dates of the registry where it has them, which do not tell of tenants that are gone; else the samples that \
         tenantry takes once a day. The trend is the median of slopes, which a single mass import does not bend.",
    );
    lines
}

/// A line in one line, to be copied.
pub(super) fn line(key: Key, page: &Page, context: &Context<'_>) -> Option<String> {
    let glyphs = Glyphs::unicode();
    match key {
        Key::Gauge(id) => {
            let (_, gauge) = page.gauge(id)?;
            Some(format!("{}: {} ({})", id.word(), gauge_value(page, id, context.fleet, &glyphs)?, told(gauge)))
        }
        key => {
            let Figure { value, words, verdict, .. } = figure(key, page, &glyphs);
            let verdict = verdict.map_or(String::new(), |(_, word)| format!(", {word}"));
            Some(format!("{}: {value} {words}{verdict}", key.word()).trim_end().to_owned())
        }
    }
}

/// A line as it is written to a file.
pub(super) fn record(key: Key, page: &Page, context: &Context<'_>) -> Record {
    let number = |value: Option<f64>| Value::fraction(value);
    let database = |id| Value::text(context.fleet.database(id).map(|database| database.label.clone()));
    let name = Value::Text(key.word().to_owned());
    match key {
        Key::Gauge(id) => {
            let known = page.gauge(id);
            let gauge = known.map(|(_, gauge)| gauge);
            vec![
                ("database", known.map_or(Value::Missing, |(id, _)| database(*id))),
                ("name", name),
                ("value", Value::text(gauge.map(|gauge| gauge.value.clone()))),
                ("verdict", Value::text(gauge.map(|gauge| gauge.verdict.clone()))),
                ("severity", Value::text(gauge.map(|gauge| severity(gauge.severity)))),
                ("measure", number(gauge.and_then(|gauge| gauge.measure))),
                ("unit", Value::text(gauge.map(|gauge| gauge.unit))),
                ("warn", number(gauge.and_then(|gauge| gauge.warn))),
                ("danger", number(gauge.and_then(|gauge| gauge.danger))),
                ("estimate", gauge.map_or(Value::Missing, |gauge| Value::Flag(gauge.is_estimate))),
            ]
        }
        key => {
            let shown_as = figure(key, page, &Glyphs::unicode());
            let sizing = page.sizing.as_ref();
            let (measure, unit) = match key {
                Key::Tables => (sizing.map(|it| f64::from(it.tables_per_tenant.median)), "tables"),
                Key::Scary => (sizing.map(|it| it.scary_number as f64), "tenants"),
                Key::Tenants => (sizing.map(|it| it.tenants as f64), "tenants"),
                Key::Factor => (sizing.map(|it| it.million_tables_factor), "million tables"),
                Key::Runway | Key::Gauge(_) => (days_left(page), "days"),
            };
            vec![
                ("database", page.database.map_or(Value::Missing, database)),
                ("name", name),
                ("value", Value::Text(format!("{} {}", shown_as.value, shown_as.words).trim_end().to_owned())),
                ("verdict", Value::text(shown_as.verdict.as_ref().map(|(_, word)| word.clone()))),
                ("severity", Value::text(shown_as.verdict.as_ref().map(|(of, _)| severity(*of)))),
                ("measure", number(measure)),
                ("unit", Value::Text(unit.to_owned())),
                ("warn", Value::Missing),
                ("danger", Value::Missing),
                ("estimate", Value::Flag(key == Key::Runway)),
            ]
        }
    }
}

fn days_left(page: &Page) -> Option<f64> {
    match &page.growth.as_ref()?.runway {
        crate::domain::capacity::Runway::Falls { day, .. } => Some(f64::from(runway::days(page.today, *day))),
        crate::domain::capacity::Runway::Reached => Some(0.0),
        _ => None,
    }
}

/// How a gauge looks.
pub(super) fn role(gauge: &Gauge) -> ThemeRole {
    if gauge.unseen.is_some() { ThemeRole::Dim } else { ThemeRole::of(gauge.severity) }
}
