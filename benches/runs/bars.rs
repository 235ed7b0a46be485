//! Figures against their bars: what is over is marked, and decides the exit code. Must not know what is measured.

use std::process::ExitCode;

use crate::times::say;

/// What was missed so far.
#[derive(Default)]
pub(crate) struct Bars {
    missed: Vec<String>,
}

impl Bars {
    /// Tells a figure that may be so much at most.
    pub(crate) fn most(&mut self, what: &str, value: f64, most: f64, unit: &str) {
        self.hold(what, value, &format!("<= {most}{unit}"), unit, value <= most);
    }

    /// Tells a figure that must be so much at least.
    pub(crate) fn least(&mut self, what: &str, value: f64, least: f64, unit: &str) {
        self.hold(what, value, &format!(">= {least}{unit}"), unit, value >= least);
    }

    fn hold(&mut self, what: &str, value: f64, bar: &str, unit: &str, holds: bool) {
        let missed = if holds { "" } else { "  MISSED" };
        let line = format!("{what:<58}{value:>10.2}{unit}  bar {bar}{missed}");
        say(&line);
        if !holds {
            self.missed.push(line);
        }
    }

    /// Tells what went wrong.
    pub(crate) fn fail(&mut self, what: &str) {
        say(what);
        self.missed.push(what.to_owned());
    }

    /// Repeats what was missed.
    pub(crate) fn end(self) -> ExitCode {
        if self.missed.is_empty() {
            return ExitCode::SUCCESS;
        }
        say("\nmissed:");
        self.missed.iter().for_each(|line| say(&format!("  {line}")));
        ExitCode::FAILURE
    }
}
