//! A box with a text to read. Must not know what the text is about.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use super::{Answer, Ask, closes, moved, paint};
use crate::action::{Code, Key};
use crate::domain::name::shown;
use crate::tui::model::Model;
use crate::tui::parts::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// A title and lines, and how far one has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    title: String,
    lines: Vec<String>,
    top: usize,
    /// What can be copied of it.
    copy: Option<String>,
}

impl Reader {
    /// A box that shows these lines, wrapped at blanks.
    pub fn new(title: impl Into<String>, lines: Vec<String>) -> Self {
        Self { title: title.into(), lines, top: 0, copy: None }
    }

    /// The same with a text that can be copied.
    #[must_use]
    pub fn with_copy(self, text: String) -> Self {
        Self { copy: Some(text), ..self }
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, ascii: bool) -> Vec<(String, &'static str)> {
        let copy = self.copy.is_some().then(|| ("y".to_owned(), "copy"));
        copy.into_iter().chain([(super::up_down(ascii), "read on"), ("esc".to_owned(), "close")]).collect()
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        let (width, height) = model.context().area;
        let count = self.wrapped(width).len();
        let shown = usize::from(height).saturating_sub(2);
        if let Some(top) = moved(self.top, (count + 1).saturating_sub(shown).max(1), shown, key, model) {
            self.top = top;
            return Answer::STAY;
        }
        if let (Code::Char('y'), Some(text)) = (key.code, &self.copy) {
            return Answer::stay(Ask::Copy(text.clone()));
        }
        let closing = closes(key, model.keymap.action(model.scope(), key)) || key.code == Code::Enter;
        if closing { Answer::CLOSE } else { Answer::STAY }
    }

    /// The lines as a box in a body of this width holds them.
    fn wrapped(&self, body: u16) -> Vec<String> {
        let width = usize::from(body).saturating_sub(4).clamp(1, 96);
        self.lines.iter().flat_map(|line| wrap(&shown(line), width)).collect()
    }

    /// Draws the box.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let lines = self.wrapped(frame.area().width);
        let width = lines.iter().map(|line| line.width()).max().unwrap_or(0) as u16;
        let inside = paint::open_box(&self.title, (width, lines.len() as u16), look, frame);
        let top = self.top.min(lines.len().saturating_sub(usize::from(inside.height)));
        let style = look.theme.style(ThemeRole::Overlay);
        for (at, line) in lines.into_iter().skip(top).take(usize::from(inside.height)).enumerate() {
            let area = Rect { y: inside.y + at as u16, height: 1, ..inside };
            frame.render_widget(Paragraph::new(Span::styled(line, style)), area);
        }
    }
}

/// Breaks a line at blanks. Its indent stays on the lines that follow from it.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let indent = &line[..line.len() - line.trim_start().len()];
    let indent = if indent.len() * 2 > width { "" } else { indent };
    text::wrap(line, width - indent.len()).into_iter().map(|part| format!("{indent}{part}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_keep_their_indent() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("  abcdefghij k", 6), ["  abcd", "  efgh", "  ij k"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("   abc", 4), ["abc"]);
    }
}
