//! What the lines of screen 4 say: figures in cells, explanations in sentences, records for a file. Must not draw.

use super::page::{Key, Page};
use crate::capacity::figures::{self, factor, limit};
use crate::capacity::measure::{self, percent};
use crate::capacity::runway;
use crate::domain::capacity::{FigureId, Gauge, GaugeId, Sizing};
use crate::domain::fleet::{Fleet, Severity};
use crate::domain::name::shown;
use crate::domain::record::{Record, Value};
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::screens::Context;
use crate::tui::theme::ThemeRole;

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

/// Where the limit comes from.
pub(super) fn limit_source(sizing: Option<&Sizing>) -> String {
    match sizing {
        Some(sizing) if sizing.is_limit_configured => format!("{} by fleet.toml", limit(sizing.table_limit)),
        _ => "10^6: the usual limit".to_owned(),
    }
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
            let verdict = (sizing.severity, sizing.severity.word().to_owned());
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

/// What Enter on a line tells.
pub(super) fn explain(key: Key, page: &Page, context: &Context<'_>) -> (String, Vec<String>) {
    let title = if page.label.is_empty() { key.word().to_owned() } else { format!("{} of {}", key.word(), page.label) };
    let lines = match key {
        Key::Gauge(id) => of_gauge(id, page, context),
        key => key.figure().map_or_else(Vec::new, |id| of_figure(id, page)),
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
    let word = gauge.severity.word();
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
    let Some(all) = measure::thresholds(gauge.warn, gauge.danger, gauge.unit) else { return };
    let here = gauge.measure.map_or(String::new(), |here| format!("; here {}", measure::told(here, gauge.unit)));
    paragraph(lines, "THRESHOLDS", &format!("{all}{here}"));
}

fn of_figure(id: FigureId, page: &Page) -> Vec<String> {
    let Some(of) = page.figures() else {
        let why = page.unsized_for.clone().unwrap_or_else(|| "it is not read yet".to_owned());
        return vec![format!("There is no figure: {why}.")];
    };
    let mut lines = Vec::new();
    if page.is_what_if() {
        lines.extend(["WHAT IF: these are figures on trial; esc goes back to those of now.".to_owned(), String::new()]);
    }
    if let Some(label) = page.first.as_ref().filter(|_| id == FigureId::Runway) {
        lines.push(format!("Of all databases {label} reaches its scary number first."));
    }
    let it = figures::explain(id, of);
    lines.push(it.how);
    inputs(&mut lines, &it.inputs);
    paragraph(&mut lines, "WHAT IT IS", &it.what);
    paragraph(&mut lines, "WHY IT MATTERS", &it.costs);
    paragraph(&mut lines, "WHAT TO DO", &it.remedy);
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
                ("severity", Value::text(gauge.map(|gauge| gauge.severity.word()))),
                ("measure", number(gauge.and_then(|gauge| gauge.measure))),
                ("unit", Value::text(gauge.map(|gauge| gauge.unit))),
                ("warn", number(gauge.and_then(|gauge| gauge.warn))),
                ("danger", number(gauge.and_then(|gauge| gauge.danger))),
                ("estimate", gauge.map_or(Value::Missing, |gauge| Value::Flag(gauge.is_estimate))),
            ]
        }
        key => {
            let shown_as = figure(key, page, &Glyphs::unicode());
            let told = key.figure().zip(page.figures()).map(|(id, of)| figures::measure(id, of));
            let (measure, unit) = told.unwrap_or((None, ""));
            vec![
                ("database", page.database.map_or(Value::Missing, database)),
                ("name", name),
                ("value", Value::Text(format!("{} {}", shown_as.value, shown_as.words).trim_end().to_owned())),
                ("verdict", Value::text(shown_as.verdict.as_ref().map(|(_, word)| word.clone()))),
                ("severity", Value::text(shown_as.verdict.as_ref().map(|(of, _)| of.word()))),
                ("measure", number(measure)),
                ("unit", Value::Text(unit.to_owned())),
                ("warn", Value::Missing),
                ("danger", Value::Missing),
                ("estimate", Value::Flag(key == Key::Runway)),
            ]
        }
    }
}

/// How a gauge looks.
pub(super) fn role(gauge: &Gauge) -> ThemeRole {
    if gauge.unseen.is_some() { ThemeRole::Dim } else { ThemeRole::of(gauge.severity) }
}
