//! The question before a run is stopped, with what that does. Must not stop anything.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, paint};
use crate::action::{Code, Key};
use crate::domain::name::shown;
use crate::domain::run::{Control, RunId};
use crate::domain::units;
use crate::tui::parts::text;
use crate::tui::runs::RunSummary;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// Columns of the text.
const WIDTH: usize = 54;

/// The question about one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopPrompt {
    id: RunId,
    cancel: bool,
    title: String,
    lines: Vec<String>,
}

impl StopPrompt {
    /// The question whether a run is to be stopped, or what it has in flight cancelled.
    pub fn new(run: &RunSummary, cancel: bool) -> Self {
        let counts = &run.counts;
        let number = |count: u32| units::count(count.into());
        let (verb, lines) = if cancel {
            let first = match run.at_work {
                0 => "Nothing is in flight.".to_owned(),
                1 => "The one in flight is cancelled on the server and rolled back whole, with its line of the ledger."
                    .to_owned(),
                many => format!(
                    "The {} in flight are cancelled on the server and rolled back whole, with their lines of the ledger.",
                    number(many)
                ),
            };
            let second = "What cannot run in a transaction is left to end: half of it would stay.".to_owned();
            ("cancel", vec![first, second])
        } else {
            // What is noted ahead on a connection has not begun.
            let ahead = counts.running.saturating_sub(run.at_work);
            stopping(run.at_work, &number(counts.applied), &number(counts.pending + counts.retrying + ahead))
        };
        let title = format!("{verb} run {} {}?", shown(run.id.short()), run.what());
        Self { id: run.id.clone(), cancel, title, lines }
    }

    /// What a key means here: only `y` stops.
    pub fn key(&self, key: Key) -> Answer {
        match key.code {
            Code::Char('y') if !key.ctrl && !key.alt => {
                Answer::close(Ask::Control(self.id.clone(), Control::Stop { cancel: self.cancel }))
            }
            Code::Char('n' | 'q') | Code::Esc | Code::Enter => Answer::CLOSE,
            _ => Answer::STAY,
        }
    }

    /// The keys that matter while it is open.
    pub fn keys(&self) -> Vec<(String, &'static str)> {
        vec![("y".into(), if self.cancel { "cancel it" } else { "stop it" }), ("n".into(), "let it go on")]
    }

    /// Draws the question.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let width = WIDTH.min(usize::from(frame.area().width).saturating_sub(6));
        let lines: Vec<String> = self.lines.iter().flat_map(|line| text::wrap(line, width)).collect();
        let inside = paint::open_box(&self.title, (width as u16, lines.len() as u16), look, frame);
        for (y, line) in (inside.y..inside.bottom()).zip(lines) {
            let area = Rect { y, height: 1, ..inside };
            frame.render_widget(Paragraph::new(Span::styled(line, look.theme.style(ThemeRole::Overlay))), area);
        }
    }
}

fn stopping(running: u32, applied: &str, left: &str) -> (&'static str, Vec<String>) {
    let flight = match running {
        0 => "Nothing is in flight.".to_owned(),
        1 => "The one in flight ends.".to_owned(),
        many => format!("The {} in flight end.", units::count(many.into())),
    };
    let first = format!("{flight} {left} not begun stay as they are, {applied} applied stay applied.");
    let second = "It can be resumed later. While it stops, the same key cancels what is in flight.".to_owned();
    ("stop", vec![first, second])
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::run::{Backend, Entry, Event, How, Person, RunState, TargetId};
    use crate::plan::sample;

    /// A run of nine targets on two connections: the first applied one, and each has three noted ahead.
    fn run() -> RunSummary {
        let plan = sample::wave(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
        let mut state = RunState::new(plan.outline());
        let by = Person { user: "ann".into(), host: "bastion".into() };
        let started = |targets: std::ops::Range<TargetId>, pid| Event::Started {
            targets: targets.collect(),
            database: 0,
            backend: Backend { pid, start_us: 1 },
        };
        let events = [
            Event::Began { by, pid: 1, plan: plan.hash(), targets: 9, version: "0".into() },
            Event::Stage { stage: 0 },
            started(0..4, 7),
            started(4..7, 8),
            Event::Applied { target: 0, how: How::Committed(5), ms: 1 },
        ];
        for (n, event) in (1..).zip(events) {
            state.apply(&Entry { n, at: Timestamp::UNIX_EPOCH, event }).expect("legal");
        }
        RunSummary::new(RunId("01JD8X5T0QY6N3W4Z9K7B2C8MF".into()), &plan, &state, true)
    }

    #[test]
    fn what_is_only_noted_ahead_is_not_in_flight() {
        let run = run();
        assert_eq!((run.counts.running, run.at_work), (6, 2));
        let lines = StopPrompt::new(&run, false).lines;
        assert_eq!(lines[0], "The 2 in flight end. 6 not begun stay as they are, 1 applied stay applied.");
        let lines = StopPrompt::new(&run, true).lines;
        assert!(lines[0].starts_with("The 2 in flight are cancelled on the server"), "{lines:?}");
    }
}
