//! One line of capacity with all that a person should know of it: what it is, how it was measured, what to do. Must not reckon.

use unicode_width::UnicodeWidthStr as _;

use super::Told;
use super::text::{sign, spelled};
use crate::capacity::figures::{self, Figures};
use crate::capacity::{self, measure};
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::sheet::Paper;
use crate::domain::capacity::{Explained, LineId};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::record::Record;
use crate::domain::record::capacity::of_explained;

/// Cells of a line.
const WIDTH: usize = 80;

/// The line of each database that has it; the failure says that none has it.
pub(super) fn lines<'a, 't>(all: &'t [Told<'a>], id: LineId) -> Result<Vec<(&'t Told<'a>, Explained)>, Failure> {
    let found: Vec<_> = all.iter().filter_map(|told| Some((told, line(told, id)?))).collect();
    if found.is_empty() {
        let fault = Fault::new(FaultKind::Server, format!("nothing is known of {} in any database", id.word()));
        return Err(Failure::Fault(ExitCode::Failed, fault));
    }
    Ok(found)
}

fn line(told: &Told<'_>, id: LineId) -> Option<Explained> {
    match id {
        LineId::Gauge(id) => told.gauges.iter().find(|gauge| gauge.id == id).cloned().map(Explained::from),
        LineId::Figure(id) => {
            let of = Figures { sizing: told.sizing.as_ref()?, growth: told.growth.as_ref(), is_sum: false };
            Some(figures::explained(id, of))
        }
    }
}

/// The lines as objects.
pub(super) fn records(lines: &[(&Told<'_>, Explained)]) -> Vec<Record> {
    lines.iter().map(|(told, line)| of_explained(told.database, line, told.sequences.as_ref())).collect()
}

/// The lines for people.
pub(super) fn text(lines: &[(&Told<'_>, Explained)], paper: Paper) -> String {
    let one = |(told, line): &(&Told<'_>, Explained)| {
        let mut text = explained(&shown(&told.database.label), line, paper);
        for (name, value) in told.sequences.iter().flat_map(capacity::sequences) {
            push(&mut text, "sequence", &format!("{name}: {value}"));
        }
        text
    };
    spelled(&lines.iter().map(one).collect::<Vec<_>>().join("\n"), paper)
}

fn explained(label: &str, line: &Explained, paper: Paper) -> String {
    let judged = line.severity.map_or(String::new(), |severity| format!("  {} {}", sign(severity, paper), line.verdict));
    let mut out = format!("{label}: {}{judged}\n", line.id.word());
    let estimate = if line.is_estimate && line.measure.is_some() { " (an estimate)" } else { "" };
    push(&mut out, "value", &format!("{}{estimate}", line.value));
    // What is measured of a figure stands in its formula.
    if let (LineId::Gauge(_), Some(value)) = (line.id, line.measure) {
        push(&mut out, "measured", &measure::told(value, line.unit));
    }
    push(&mut out, "thresholds", &measure::thresholds(line.warn, line.danger, line.unit).unwrap_or_default());
    if let Some(fault) = &line.unseen {
        push(&mut out, "not seen", &fault.what);
    }
    let explanation = &line.explanation;
    push(&mut out, "what", &explanation.what);
    push(&mut out, "how", &explanation.how);
    for (name, value) in &explanation.inputs {
        push(&mut out, "", &format!("{name} = {value}"));
    }
    push(&mut out, "costs", &explanation.costs);
    push(&mut out, "remedy", &explanation.remedy);
    out
}

/// A paragraph with its name before it, broken between words.
fn push(out: &mut String, name: &str, text: &str) {
    const INDENT: usize = 14;
    if text.is_empty() {
        return;
    }
    let mut line = format!("  {name:<12}");
    for word in text.split_whitespace() {
        if line.width() > INDENT && line.width() + 1 + word.width() > WIDTH {
            out.extend([line.trim_end(), "\n"]);
            line = " ".repeat(INDENT);
        }
        if line.width() > INDENT {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.extend([line.trim_end(), "\n"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capacity::{Explanation, Gauge, GaugeId};
    use crate::domain::fleet::{Database, Severity};
    use crate::domain::roles::Policy;

    #[test]
    fn a_line_is_explained_in_paragraphs_that_fit() {
        let database = Database::new("eu-1".into(), Policy::default());
        let gauge = Gauge {
            id: GaugeId::LockTable,
            severity: Severity::Warn,
            value: "dropping one tenant takes 1,500 of 6,400".into(),
            verdict: "4 at once".into(),
            measure: Some(0.234_375),
            unit: "share",
            warn: Some(0.2),
            danger: Some(1.0),
            is_estimate: true,
            unseen: None,
            explanation: Explanation {
                what: "Every relation that a transaction touches takes a place in the lock table, which is as large as the \
                       server was told at its start."
                    .into(),
                how: "locks of a tenant × tenants / places".into(),
                inputs: vec![("max_connections".into(), "100".into())],
                costs: String::new(),
                remedy: "Raise max_locks_per_transaction.".into(),
            },
        };
        let told =
            Told { database: &database, sizing: None, growth: None, what_if: None, gauges: vec![gauge], sequences: None };
        let expected = "\
eu-1: lock table  ! 4 at once
  value       dropping one tenant takes 1,500 of 6,400 (an estimate)
  measured    23 %
  thresholds  warn from 20 % on, danger from 100 % on
  what        Every relation that a transaction touches takes a place in the
              lock table, which is as large as the server was told at its start.
  how         locks of a tenant x tenants / places
              max_connections = 100
  remedy      Raise max_locks_per_transaction.
";
        let all = [told];
        let ascii = Paper { ascii: true, ..Paper::default() };
        let found = lines(&all, LineId::Gauge(GaugeId::LockTable)).expect("a line");
        assert_eq!(text(&found, ascii), expected);
        let failure = lines(&all, LineId::Gauge(GaugeId::Keys)).err().expect("nothing of keys");
        assert_eq!(failure.code(), ExitCode::Failed);
    }
}
