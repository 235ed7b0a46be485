//! How many targets a run works on at once: the question and its answer. Must not change any run.

use ratatui::Frame;
use serde::{Deserialize, Serialize};

use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Code, Key};
use crate::domain::run::{Control, RunId};
use crate::tui::frame::Places;
use crate::tui::screens::Look;

/// More connections than this help nobody, and a worker refuses them.
const MOST: u16 = 256;

/// The question about one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtOncePrompt {
    id: RunId,
    now: u16,
    prompt: Prompt,
    error: Option<String>,
}

impl AtOncePrompt {
    /// The question about a run that works on so many now.
    pub fn new(id: RunId, now: u16) -> Self {
        Self { id, now, prompt: Prompt::new(now.to_string()), error: None }
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key) -> Answer {
        match key.code {
            Code::Esc => return Answer::CLOSE,
            Code::Enter => return self.enter(),
            Code::Char('+') | Code::Up => self.step(1),
            Code::Char('-') | Code::Down => self.step(-1),
            _ => {
                if self.prompt.key(key, &[]) == Edit::Changed {
                    self.error = None;
                }
            }
        }
        Answer::STAY
    }

    fn step(&mut self, by: i16) {
        let typed = understood(self.prompt.text()).unwrap_or(self.now);
        self.prompt.set(typed.saturating_add_signed(by).clamp(1, MOST).to_string());
        self.error = None;
    }

    fn enter(&mut self) -> Answer {
        match understood(self.prompt.text()) {
            Ok(now) if now == self.now => Answer::CLOSE,
            Ok(now) => Answer::close(Ask::Control(self.id.clone(), Control::Concurrency { now })),
            Err(why) => {
                self.error = Some(why);
                Answer::STAY
            }
        }
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str) -> Answer {
        self.prompt.insert(text);
        self.error = None;
        Answer::STAY
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, ascii: bool) -> Vec<(String, &'static str)> {
        let enter = Key::plain(Code::Enter).label(ascii);
        vec![(enter, "change it"), ("+".into(), "one more"), ("-".into(), "one less"), ("esc".into(), "leave it")]
    }

    /// Draws the question in the status line.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let places = Places::of(frame.area());
        let note = format!("{} now, each on a connection of its own", self.now);
        paint::input("targets at once: ", &self.prompt, &note, look, frame, places.status);
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }
}

/// The number that a typed text means.
pub fn understood(text: &str) -> Result<u16, String> {
    match text.trim().parse() {
        Ok(now @ 1..=MOST) => Ok(now),
        _ => Err(format!("a number from 1 to {MOST}")),
    }
}
