//! The question before a server process is asked to end its query, or to end: who it is, what it does, what that means for it. Must
//! not build the plan, nor ask the process for anything.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, paint};
use crate::action::{Action, Code, Key};
use crate::domain::fault::Fault;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::{Kind, Plan};
use crate::tui::model::Model;
use crate::tui::parts::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// Columns of the text.
const WIDTH: usize = 66;
/// Lines of a query that tell it from others.
const QUERY: usize = 4;

/// Whom a plan is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The label of its database, raw.
    pub database: String,
    /// Its number.
    pub pid: i32,
    /// Whether it is to end, and not only its query.
    pub terminate: bool,
}

/// Where the plan is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Planned {
    /// It is looked at once more.
    Looking,
    /// There is none.
    Failed(Fault),
    /// It is there.
    Ready(Box<Plan>),
}

/// The question about one process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalPrompt {
    process: Process,
    planned: Planned,
}

impl SignalPrompt {
    /// The question whether its query is to be cancelled. Its plan is to be asked for.
    pub fn new(process: Process) -> Self {
        Self { process, planned: Planned::Looking }
    }

    /// Takes a plan in; one that was asked for before is dropped.
    pub fn take(&mut self, process: &Process, plan: Result<Plan, Fault>) {
        if *process == self.process {
            self.planned = plan.map_or_else(Planned::Failed, |plan| Planned::Ready(Box::new(plan)));
        }
    }

    /// What a key means here: only `y` asks the process; the key that led here goes one step further, and back.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        match (key.code, &self.planned) {
            (Code::Char('y'), Planned::Ready(plan)) if !key.ctrl && !key.alt => Answer::close(Ask::Signal(plan.clone())),
            (Code::Char('n' | 'q') | Code::Esc | Code::Enter, _) => Answer::CLOSE,
            _ if model.keymap.action(model.scope(), key) == Some(Action::EndSession) => {
                self.process.terminate = !self.process.terminate;
                self.planned = Planned::Looking;
                Answer::stay(Ask::Look(self.process.clone()))
            }
            _ => Answer::STAY,
        }
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, model: &Model) -> Vec<(String, &'static str)> {
        let key = model.keymap.keys(Action::EndSession).first().map(|key| key.label(model.ascii)).unwrap_or_default();
        let (does, other) = if self.process.terminate {
            ("terminate it", "cancel its query only")
        } else {
            ("cancel its query", "terminate it instead")
        };
        let yes = matches!(self.planned, Planned::Ready(_)).then(|| ("y".to_owned(), does));
        yes.into_iter().chain([(key, other), ("n".to_owned(), "let it be")]).collect()
    }

    fn lines(&self, look: &Look<'_>, width: usize) -> Vec<(ThemeRole, String)> {
        let mut out = Vec::new();
        let mut put = |role, indent: usize, words: &str, most: usize| {
            let lines = text::wrap(words, width.saturating_sub(indent));
            out.extend(lines.into_iter().take(most).map(|line| (role, format!("{}{line}", " ".repeat(indent)))));
        };
        match &self.planned {
            Planned::Looking => put(ThemeRole::Dim, 0, &format!("{} looking at it once more", look.glyphs.busy), 1),
            Planned::Failed(fault) => {
                put(ThemeRole::Danger, 0, &format!("{} {}", look.glyphs.danger, shown(&fault.what)), 4);
                fault.hint.iter().for_each(|hint| put(ThemeRole::Dim, 2, &shown(hint), 4));
            }
            Planned::Ready(plan) => {
                let Kind::Signal(signal) = &plan.kind else { return out };
                put(ThemeRole::Text, 0, &signal.who, 2);
                put(ThemeRole::Dim, 0, &signal.does, 2);
                put(ThemeRole::Accent, 2, &signal.query, QUERY);
                put(ThemeRole::Text, 0, "", 1);
                for note in &plan.notes {
                    let sign =
                        if note.severity == Severity::Info { look.glyphs.dot } else { look.glyphs.severity(note.severity) };
                    put(ThemeRole::of(note.severity), 0, &format!("{sign} {}", shown(&note.what)), 4);
                }
            }
        }
        out
    }

    /// Draws the question.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let Process { database, pid, terminate } = &self.process;
        let verb = if *terminate { "terminate" } else { "cancel the query of" };
        let title = format!("{verb} pid {pid} on {}?", shown(database));
        let width = WIDTH.min(usize::from(frame.area().width).saturating_sub(6));
        let lines = self.lines(look, width);
        let inside = paint::open_box(&title, (width as u16, lines.len() as u16), look, frame);
        for (y, (role, line)) in (inside.y..inside.bottom()).zip(lines) {
            let area = Rect { y, height: 1, ..inside };
            frame.render_widget(Paragraph::new(Span::styled(line, look.theme.style(role))), area);
        }
    }
}
