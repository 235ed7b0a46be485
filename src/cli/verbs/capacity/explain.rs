//! One line of PRESSURE with all that a person should know of it: what it is, how it was measured, what to do. Must not reckon.

use unicode_width::UnicodeWidthStr as _;

use super::Told;
use super::text::{sign, spelled};
use crate::capacity;
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::sheet::Paper;
use crate::domain::capacity::{Gauge, GaugeId};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// Cells of a line.
const WIDTH: usize = 80;

/// The line of each database; the failure says that none has it.
pub(super) fn text(all: &[Told<'_>], id: GaugeId, paper: Paper) -> Result<String, Failure> {
    let found: Vec<String> = all
        .iter()
        .filter_map(|told| {
            let gauge = told.gauges.iter().find(|gauge| gauge.id == id)?;
            let mut text = explained(&shown(&told.database.label), gauge, paper);
            for (name, value) in told.sequences.iter().flat_map(capacity::sequences) {
                push(&mut text, "sequence", &format!("{name}: {value}"));
            }
            Some(text)
        })
        .collect();
    if found.is_empty() {
        let fault = Fault::new(FaultKind::Server, format!("nothing is known of {} in any database", id.word()));
        return Err(Failure::Fault(ExitCode::Failed, fault));
    }
    Ok(spelled(&found.join("\n"), paper))
}

fn explained(label: &str, gauge: &Gauge, paper: Paper) -> String {
    let mut out = format!("{label}: {}  {} {}\n", gauge.id.word(), sign(gauge.severity, paper), gauge.verdict);
    let estimate = if gauge.is_estimate { " (an estimate)" } else { "" };
    push(&mut out, "value", &format!("{}{estimate}", gauge.value));
    let thresholds: Vec<String> = [("warn", gauge.warn), ("danger", gauge.danger)]
        .into_iter()
        .filter_map(|(word, from)| from.map(|from| format!("{word} from {} {}", figure(from), gauge.unit)))
        .collect();
    if let Some(measure) = gauge.measure {
        push(&mut out, "measured", &format!("{} {}", figure(measure), gauge.unit));
    }
    push(&mut out, "thresholds", &thresholds.join(", "));
    if let Some(fault) = &gauge.unseen {
        push(&mut out, "not seen", &fault.what);
    }
    let explanation = &gauge.explanation;
    push(&mut out, "what", &explanation.what);
    push(&mut out, "how", &explanation.how);
    for (name, value) in &explanation.inputs {
        push(&mut out, "", &format!("{name} = {value}"));
    }
    push(&mut out, "costs", &explanation.costs);
    push(&mut out, "remedy", &explanation.remedy);
    out
}

/// At most four decimals, none that says nothing.
fn figure(figure: f64) -> String {
    let text = format!("{figure:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
    use crate::domain::capacity::Explanation;
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
  measured    0.2344 share
  thresholds  warn from 0.2 share, danger from 1 share
  what        Every relation that a transaction touches takes a place in the
              lock table, which is as large as the server was told at its start.
  how         locks of a tenant x tenants / places
              max_connections = 100
  remedy      Raise max_locks_per_transaction.
";
        let all = [told];
        let ascii = Paper { ascii: true, ..Paper::default() };
        assert_eq!(text(&all, GaugeId::LockTable, ascii), Ok(expected.to_owned()));
        let failure = text(&all, GaugeId::Keys, ascii).expect_err("nothing of keys");
        assert_eq!(failure.code(), ExitCode::Failed);
    }
}
