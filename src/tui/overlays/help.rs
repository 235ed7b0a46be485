//! All keys and actions, by group, with a search. Must not know more of an action than its entry in the registry.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use serde::{Deserialize, Serialize};

use super::palette::WITH_WORD;
use super::prompt::{Edit, Prompt};
use super::{Answer, closes, moved, paint};
use crate::action::{Action, Code, Group, Key, REGISTRY};
use crate::domain::filter::Filter;
use crate::domain::name::shown;
use crate::tui::frame::Places;
use crate::tui::model::{Model, View};
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// The state of the help.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Help {
    search: Prompt,
    searching: bool,
    top: usize,
}

/// One line of the help.
enum Row {
    Heading(&'static str),
    Item(String, String),
}

impl Help {
    /// The help about a word; about everything when it is empty.
    pub fn about(word: &str) -> Self {
        Self { search: Prompt::new(word), searching: false, top: 0 }
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        if self.searching {
            return self.search_key(key);
        }
        let rows = self.rows(model).len();
        let shown = usize::from(model.context().area.1).saturating_sub(2);
        let action = model.keymap.action(model.scope(), key);
        if let Some(top) = moved(self.top, (rows + 1).saturating_sub(shown).max(1), shown, key, model) {
            self.top = top;
        } else if key == Key::char('/') || action == Some(Action::Filter) {
            self.searching = true;
        } else if key.code == Code::Esc && !self.search.text().is_empty() {
            self.search.set("");
            self.top = 0;
        } else if closes(key, action) || action == Some(Action::Help) {
            return Answer::CLOSE;
        }
        Answer::STAY
    }

    fn search_key(&mut self, key: Key) -> Answer {
        match key.code {
            Code::Enter => self.searching = false,
            Code::Esc => {
                self.searching = false;
                self.search.set("");
            }
            _ => {
                if self.search.key(key, &[]) == Edit::Changed {
                    self.top = 0;
                }
            }
        }
        Answer::STAY
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str) -> Answer {
        if self.searching {
            self.search.insert(text);
            self.top = 0;
        }
        Answer::STAY
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, ascii: bool) -> Vec<(String, &'static str)> {
        let enter = Key::plain(Code::Enter).label(ascii);
        if self.searching {
            return vec![(enter, "keep"), ("esc".into(), "everything")];
        }
        vec![("/".into(), "search"), (super::up_down(ascii), "read on"), ("esc".into(), "close")]
    }

    fn rows(&self, model: &Model) -> Vec<Row> {
        let (mut rows, scope) = (Vec::new(), model.scope());
        for group in Group::ALL {
            let entries = REGISTRY.iter().filter(|entry| entry.group == group).map(|entry| {
                let keys: Vec<_> = model.keymap.keys(entry.action).iter().map(|key| key.label(model.ascii)).collect();
                let keys = if keys.is_empty() { format!(":{}", entry.id) } else { keys.join(" ") };
                let verb = entry.verb_in(scope).map(|verb| format!("  (tenantry {verb})")).unwrap_or_default();
                (keys, format!("{}{verb}", entry.help_in(scope)), entry.id)
            });
            self.push(&mut rows, group.word(), entries);
        }
        let commands = WITH_WORD.iter().map(|(head, words)| (format!(":{head}"), (*words).to_owned(), *head));
        self.push(&mut rows, "commands", commands);
        if model.view == View::Tenants || !self.search.text().is_empty() {
            let terms = Filter::complete("", 0, &model.fleet).candidates;
            self.push(&mut rows, "filter", terms.into_iter().map(|(term, words)| (term, words, "filter")));
        }
        rows
    }

    fn push(&self, rows: &mut Vec<Row>, heading: &'static str, items: impl Iterator<Item = (String, String, &'static str)>) {
        let wanted = self.search.text().to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&wanted);
        let whole_group = !wanted.is_empty() && heading == wanted;
        let found: Vec<Row> = items
            .filter(|(keys, help, id)| whole_group || fits(keys) || fits(help) || fits(id))
            .map(|(keys, help, _)| Row::Item(keys, help))
            .collect();
        if !found.is_empty() {
            rows.push(Row::Heading(heading));
            rows.extend(found);
        }
    }

    /// Draws the help over the body and the search in the status line.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        let rows = self.rows(model);
        let inside = paint::open_box("help", (84, rows.len().max(1) as u16), look, frame);
        let height = usize::from(inside.height);
        let top = self.top.min(rows.len().saturating_sub(height));
        for (at, row) in rows.iter().skip(top).take(height).enumerate() {
            let area = Rect { y: inside.y + at as u16, height: 1, ..inside };
            let line = match row {
                Row::Heading(word) => Line::from(Span::styled(word.to_uppercase(), look.theme.style(ThemeRole::Title))),
                Row::Item(keys, help) => Line::from(vec![
                    Span::styled(format!("  {:<15}", shown(keys)), look.theme.style(ThemeRole::Key)),
                    Span::styled(shown(help).into_owned(), look.theme.style(ThemeRole::Overlay)),
                ]),
            };
            frame.render_widget(Paragraph::new(line), area);
        }
        if rows.is_empty() {
            let text = Span::styled("nothing is called so", look.theme.style(ThemeRole::Dim));
            frame.render_widget(Paragraph::new(text), inside);
        }
        if self.searching {
            paint::input("/", &self.search, "", look, frame, Places::of(frame.area()).status);
        }
    }
}
