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
            let flight = number(counts.running);
            let first = format!(
                "{flight} in flight are cancelled on the server and rolled back whole, with their line of the ledger."
            );
            let second = "What cannot run in a transaction is left to end: half of it would stay.".to_owned();
            ("cancel", vec![first, second])
        } else {
            stopping(counts.running, &number(counts.applied), &number(counts.pending + counts.retrying))
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
