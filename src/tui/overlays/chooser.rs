//! Small lists to choose one of: the actions that make sense here, the themes, the columns to sort by. Must not know how a choice
//! is carried out.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, closes, moved, paint};
use crate::action::{Action, Code, Entry, Group, Key, REGISTRY};
use crate::tui::model::Model;
use crate::tui::screens::{Direction, Look};
use crate::tui::theme::ThemeRole;

/// The menu behind `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActionMenu {
    at: usize,
}

/// What the menu offers: everything of this scope that is not moving about.
fn offered(model: &Model) -> Vec<&'static Entry> {
    let scope = model.scope();
    REGISTRY
        .iter()
        .filter(|entry| entry.applies_in(scope) && !matches!(entry.group, Group::Move))
        .filter(|entry| !matches!(entry.action, Action::Actions | Action::Back))
        .collect()
}

impl ActionMenu {
    /// What a key means here: moving, Enter, or the key of an action itself.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        let entries = offered(model);
        if let Some(at) = moved(self.at, entries.len(), rows(model), key, model) {
            self.at = at;
            return Answer::STAY;
        }
        let action = model.keymap.action(model.scope(), key);
        if closes(key, action) || action == Some(Action::Actions) {
            return Answer::CLOSE;
        }
        let chosen = match (key.code, action) {
            (Code::Enter, _) => entries.get(self.at).map(|entry| entry.action),
            (_, Some(action)) => entries.iter().find(|entry| entry.action == action).map(|entry| entry.action),
            _ => None,
        };
        match chosen {
            Some(action) if model.refusal(action).is_none() => Answer::close(Ask::Act(action)),
            _ => Answer::STAY,
        }
    }

    /// Draws the menu; what cannot be done says why.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        let entries = offered(model);
        let inside = paint::open_box("actions", (72, entries.len() as u16), look, frame);
        for (line, at) in paint::window(self.at, entries.len(), usize::from(inside.height)).enumerate() {
            let entry = entries[at];
            let area = Rect { y: inside.y + line as u16, height: 1, ..inside };
            let key = model.keymap.keys(entry.action).first().map(|key| key.label(model.ascii)).unwrap_or_default();
            let refusal = model.refusal(entry.action);
            let role = if refusal.is_some() { ThemeRole::Dim } else { ThemeRole::Overlay };
            let left = vec![
                Span::styled(format!("{key:<6}"), look.theme.style(ThemeRole::Key)),
                Span::styled(format!("{:<14}", entry.short), look.theme.style(role)),
            ];
            let right = refusal.map_or_else(|| entry.help_in(model.scope()).to_owned(), |why| format!("not now: {why}"));
            paint::row(at == self.at, left, &right, look, frame, area);
        }
    }
}

/// The picker behind `t`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThemePicker {
    before: String,
    at: usize,
}

impl ThemePicker {
    /// A picker on the theme that is drawn with.
    pub fn new(model: &Model) -> Self {
        let at = model.themes.iter().position(|name| *name == model.theme).unwrap_or(0);
        Self { before: model.theme.clone(), at }
    }

    /// The theme from before.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// What a key means here: every move shows the theme at once.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        let action = model.keymap.action(model.scope(), key);
        let next = match action {
            Some(Action::Theme) => Some((self.at + 1) % model.themes.len().max(1)),
            _ => moved(self.at, model.themes.len(), rows(model), key, model),
        };
        if let Some(at) = next {
            self.at = at;
            return model.themes.get(at).map_or(Answer::STAY, |name| Answer::stay(Ask::Theme(name.clone())));
        }
        if closes(key, action) {
            return Answer::close(Ask::Theme(self.before.clone()));
        }
        match (key.code, model.themes.get(self.at)) {
            (Code::Enter, Some(name)) => Answer::close(Ask::KeepTheme(name.clone())),
            _ => Answer::STAY,
        }
    }

    /// Draws the names at the right, so that the screen shows the theme.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        let width = model.themes.iter().map(String::len).max().unwrap_or(8) as u16 + 3;
        let inside = paint::open_corner_box("theme", (width, model.themes.len() as u16), look, frame);
        for (line, at) in paint::window(self.at, model.themes.len(), usize::from(inside.height)).enumerate() {
            let area = Rect { y: inside.y + line as u16, height: 1, ..inside };
            paint::row(at == self.at, vec![Span::raw(model.themes[at].clone())], "", look, frame, area);
        }
    }
}

/// The chooser behind `s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortChooser {
    at: usize,
}

impl SortChooser {
    /// A chooser on the column that is sorted by.
    pub fn new(model: &Model) -> Self {
        Self { at: model.sort_choices().iter().position(|choice| choice.current.is_some()).unwrap_or(0) }
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        let choices = model.sort_choices();
        let action = model.keymap.action(model.scope(), key);
        if let Some(at) = moved(self.at, choices.len(), rows(model), key, model) {
            self.at = at;
            return Answer::STAY;
        }
        if closes(key, action) {
            return Answer::CLOSE;
        }
        match (choices.get(self.at), key.code == Code::Enter || action == Some(Action::Sort)) {
            (Some(choice), true) => Answer::close(Ask::Sort(choice.id.to_owned())),
            _ => Answer::STAY,
        }
    }

    /// Draws the columns with the direction of the sorted one.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        let choices = model.sort_choices();
        let inside = paint::open_corner_box("sort by", (26, choices.len() as u16), look, frame);
        for (line, at) in paint::window(self.at, choices.len(), usize::from(inside.height)).enumerate() {
            let choice = choices[at];
            let area = Rect { y: inside.y + line as u16, height: 1, ..inside };
            let direction = match choice.current {
                Some(Direction::Ascending) => look.glyphs.ascending,
                Some(Direction::Descending) => look.glyphs.descending,
                None => "",
            };
            paint::row(at == self.at, vec![Span::raw(choice.id)], direction, look, frame, area);
        }
    }
}

fn rows(model: &Model) -> usize {
    usize::from(model.context().area.1).saturating_sub(2)
}
