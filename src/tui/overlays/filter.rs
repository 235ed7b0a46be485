//! The prompt behind `/`: the list follows while a person types, Esc restores what was before. Must not know how rows are
//! filtered.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use serde::{Deserialize, Serialize};

use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Code, Key};
use crate::domain::filter;
use crate::domain::name::shown;
use crate::tui::frame::Places;
use crate::tui::model::{Model, View};
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// The state of the filter prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterPrompt {
    prompt: Prompt,
    before: String,
    /// What is wrong with the text, so that the list still shows the last right one.
    error: Option<String>,
    /// What may stand at the cursor.
    candidates: Vec<(String, String)>,
    /// The byte from which a candidate replaces the text, and the one that Tab put there last.
    from: usize,
    chosen: Option<usize>,
}

impl FilterPrompt {
    /// A prompt that starts with the filter that holds now.
    pub fn new(current: &str, model: &Model) -> Self {
        let mut prompt = Self {
            prompt: Prompt::new(current),
            before: current.to_owned(),
            error: None,
            candidates: Vec::new(),
            from: 0,
            chosen: None,
        };
        prompt.complete(model);
        prompt
    }

    /// The filter that held when the prompt was opened.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        match key.code {
            Code::Esc => return Answer::close(Ask::Filter(self.before.clone())),
            Code::Enter if self.error.is_some() => {
                // Now the mistake is told in place of what it could become.
                self.candidates.clear();
                return Answer::STAY;
            }
            Code::Enter => return Answer::close(Ask::KeepFilter(self.prompt.text().to_owned())),
            Code::Tab => return self.cycle(true, model),
            Code::BackTab => return self.cycle(false, model),
            _ => {}
        }
        match self.prompt.key(key, &model.filters) {
            Edit::Changed => self.changed(model),
            Edit::Moved => {
                self.complete(model);
                Answer::STAY
            }
            Edit::Foreign => Answer::STAY,
        }
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str, model: &Model) -> Answer {
        self.prompt.insert(text);
        self.changed(model)
    }

    fn changed(&mut self, model: &Model) -> Answer {
        self.complete(model);
        self.apply(model)
    }

    fn apply(&mut self, model: &Model) -> Answer {
        self.error = match model.view {
            View::Tenants => filter::Filter::parse(self.prompt.text()).err().map(|error| error.to_string()),
            View::Fleet | View::Drift | View::Capacity | View::Runs | View::Activity | View::Schema | View::Compare => None,
        };
        if self.error.is_some() { Answer::STAY } else { Answer::stay(Ask::Filter(self.prompt.text().to_owned())) }
    }

    fn complete(&mut self, model: &Model) {
        self.chosen = None;
        self.candidates.clear();
        if model.view == View::Tenants {
            let found = filter::Filter::complete(self.prompt.text(), self.prompt.cursor(), &model.fleet);
            self.from = found.from;
            self.candidates = found.candidates;
            self.candidates.truncate(32);
        }
    }

    fn cycle(&mut self, forward: bool, model: &Model) -> Answer {
        let count = self.candidates.len();
        if count == 0 {
            return Answer::STAY;
        }
        let next = match (self.chosen, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.prompt.replace(self.from, &self.candidates[next].0);
        self.chosen = Some(next);
        let answer = self.apply(model);
        if count == 1 {
            self.complete(model);
        }
        answer
    }

    /// Draws the input in the status line and the candidates, or the error, in the line of keys.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        let places = Places::of(frame.area());
        paint::input("/", &self.prompt, &shown_count(model), look, frame, places.status);
        let line = match &self.error {
            // While a word can still become a right one nothing is wrong.
            Some(error) if self.candidates.is_empty() => return paint::mistake(error, look, frame),
            _ if self.prompt.text().is_empty() || self.candidates.is_empty() => return,
            _ => self.candidate_line(look),
        };
        frame.render_widget(Clear, places.keys);
        frame.render_widget(Paragraph::new(line).style(look.theme.style(ThemeRole::Text)), places.keys);
    }

    fn candidate_line(&self, look: &Look<'_>) -> Line<'static> {
        let mut spans = vec![Span::styled(" tab ", look.theme.style(ThemeRole::Key))];
        let first = self.chosen.map_or(0, |at| at.saturating_sub(3));
        for (at, (text, words)) in self.candidates.iter().enumerate().skip(first) {
            let role = if Some(at) == self.chosen { ThemeRole::Selection } else { ThemeRole::Text };
            spans.push(Span::styled(shown(text).into_owned(), look.theme.style(role)));
            if self.candidates.len() <= 3 && !words.is_empty() {
                spans.push(Span::styled(format!(" {}", shown(words)), look.theme.style(ThemeRole::Dim)));
            }
            spans.push(Span::raw("  "));
        }
        Line::from(spans)
    }
}

/// How many rows the filter leaves, as the status line says it.
fn shown_count(model: &Model) -> String {
    match (model.view, &model.schema) {
        (View::Schema, Some(opened)) => opened.screen.status(&model.context()),
        (View::Tenants, _) => {
            let status = model.tenants_screen.status(&model.context());
            // The first fact is how many rows are shown.
            status.split(" · ").next().unwrap_or_default().to_owned()
        }
        (View::Compare, _) => model.compared.as_ref().map_or_else(String::new, |it| it.screen.status(&model.context())),
        _ => String::new(),
    }
}
