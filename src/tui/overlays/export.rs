//! Where the shown rows are to be written. Must not write anything.

use std::path::{Path, PathBuf};

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use serde::{Deserialize, Serialize};

use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Code, Key};
use crate::domain::name::shown;
use crate::tui::frame::Places;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// The prompt behind `e`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPrompt {
    prompt: Prompt,
    rows: usize,
    error: Option<String>,
}

impl ExportPrompt {
    /// A prompt with a proposed file for so many rows.
    pub fn new(proposed: &str, rows: usize) -> Self {
        Self { prompt: Prompt::new(proposed), rows, error: None }
    }

    /// The prompt again after a file could not be written.
    pub fn failed(path: &Path, rows: usize, error: String) -> Self {
        Self { prompt: Prompt::new(path.to_string_lossy()), rows, error: Some(error) }
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key) -> Answer {
        match key.code {
            Code::Esc => return Answer::CLOSE,
            Code::Enter => match understood(self.prompt.text()) {
                Ok(path) => return Answer::close(Ask::Export(path, false)),
                Err(error) => self.error = Some(error),
            },
            _ => {
                if self.prompt.key(key, &[]) == Edit::Changed {
                    self.error = None;
                }
            }
        }
        Answer::STAY
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str) -> Answer {
        self.prompt.insert(text);
        self.error = None;
        Answer::STAY
    }

    /// Draws the prompt in the status line.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let places = Places::of(frame.area());
        let note = format!("{}, .csv or .json", crate::tui::model::plural(self.rows, "row"));
        paint::input("write to: ", &self.prompt, &note, look, frame, places.status);
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }
}

/// The path that a typed text means; the extension must be one that can be written.
pub fn understood(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text.trim());
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "json") => Ok(path),
        _ => Err("the name must end in .csv or .json".to_owned()),
    }
}

/// The question whether a file may be replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwrite {
    path: PathBuf,
}

impl Overwrite {
    /// The question about this file.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// What a key means here: only `y` replaces.
    pub fn key(&mut self, key: Key) -> Answer {
        match key.code {
            Code::Char('y') if !key.ctrl && !key.alt => Answer::close(Ask::Export(self.path.clone(), true)),
            Code::Char('n' | 'q') | Code::Esc | Code::Enter => Answer::CLOSE,
            _ => Answer::STAY,
        }
    }

    /// Draws the question in the status line.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let places = Places::of(frame.area());
        let text = format!(" {} {} is there already. Replace it?", look.glyphs.warn, shown(&self.path.to_string_lossy()));
        frame.render_widget(Clear, places.status);
        frame
            .render_widget(Paragraph::new(Line::from(Span::styled(text, look.theme.style(ThemeRole::Warn)))), places.status);
    }
}
