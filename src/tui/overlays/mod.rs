//! What lies above a screen: prompts, choosers and boxes, as a stack. Each is plain data that answers a key with what it wants;
//! `update` does it. Must not know the event loop, nor change the model.

pub mod at_once;
pub mod chooser;
pub mod debug;
pub mod export;
pub mod filter;
pub mod help;
pub mod launch;
mod paint;
pub mod palette;
pub mod prompt;
pub mod reader;
pub mod signal;
pub mod stop;

use std::path::PathBuf;

use ratatui::Frame;
use serde::{Deserialize, Serialize};

use self::at_once::AtOncePrompt;
use self::chooser::{ActionMenu, SortChooser, ThemePicker};
use self::export::{ExportPrompt, Overwrite};
use self::filter::FilterPrompt;
use self::help::Help;
use self::launch::{Launch, Wanted};
use self::palette::Palette;
use self::reader::Reader;
use self::signal::{Process, SignalPrompt};
use self::stop::StopPrompt;
use super::model::Model;
use super::screens::Look;
use crate::action::{Action, Code, Key};
use crate::domain::run::{Control, RunId};
use crate::plan::Plan;

/// One thing above the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlay {
    /// `/`: the filter of the list.
    Filter(FilterPrompt),
    /// `:`: any action by name.
    Palette(Palette),
    /// `x`: what can be done here.
    Actions(ActionMenu),
    /// `?`: all keys.
    Help(Help),
    /// `t`: the theme.
    Themes(ThemePicker),
    /// `s`: the column to sort by.
    Sort(SortChooser),
    /// `e`: where to write the rows.
    Export(ExportPrompt),
    /// Whether a file may be replaced.
    Overwrite(Overwrite),
    /// A text to read: an explanation, a fault.
    Explain(Reader),
    /// `M`, `C`, `:drop`, `:rename`: what would be done, and the words that approve it.
    Launch(Box<Launch>),
    /// Whether a run is to be stopped.
    Stop(StopPrompt),
    /// Whether a server process is asked to end its query, or to end.
    Signal(SignalPrompt),
    /// How many targets a run works on at once.
    AtOnce(AtOncePrompt),
    /// What we cost.
    Debug,
}

/// What an overlay wants after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it stays open.
    pub stay: bool,
    /// What is to be done.
    pub ask: Option<Ask>,
}

/// What an overlay can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Do an action as if its key were pressed.
    Act(Action),
    /// Run a line of the palette.
    Command(String),
    /// Filter the shown list by a text that was understood.
    Filter(String),
    /// Keep the filter and remember it.
    KeepFilter(String),
    /// Draw with a theme.
    Theme(String),
    /// Keep the theme for this session.
    KeepTheme(String),
    /// Sort by a column.
    Sort(String),
    /// Write the shown rows to a file, replacing one or not.
    Export(PathBuf, bool),
    /// Measure our footprint.
    Measure,
    /// Send a text to the clipboard.
    Copy(String),
    /// Ask the worker of a run for something.
    Control(RunId, Control),
    /// Build a plan.
    Plan(Box<Wanted>),
    /// Start a run of an approved plan.
    Start(Box<Plan>),
    /// Look at a server process once more.
    Look(Process),
    /// Ask a server process, by an approved plan.
    Signal(Box<Plan>),
}

impl Answer {
    /// Stay open, nothing to do.
    pub const STAY: Self = Self { stay: true, ask: None };
    /// Close, nothing to do.
    pub const CLOSE: Self = Self { stay: false, ask: None };

    /// Close and do something.
    pub fn close(ask: Ask) -> Self {
        Self { stay: false, ask: Some(ask) }
    }

    /// Do something and stay open.
    pub fn stay(ask: Ask) -> Self {
        Self { stay: true, ask: Some(ask) }
    }
}

impl Overlay {
    /// What a key means here. The overlay itself is not in the model's stack meanwhile.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        match self {
            Self::Filter(overlay) => overlay.key(key, model),
            Self::Palette(overlay) => overlay.key(key, model),
            Self::Actions(overlay) => overlay.key(key, model),
            Self::Help(overlay) => overlay.key(key, model),
            Self::Themes(overlay) => overlay.key(key, model),
            Self::Sort(overlay) => overlay.key(key, model),
            Self::Export(overlay) => overlay.key(key),
            Self::Overwrite(overlay) => overlay.key(key),
            Self::Explain(overlay) => overlay.key(key, model),
            Self::Launch(overlay) => overlay.key(key, model),
            Self::Stop(overlay) => overlay.key(key),
            Self::Signal(overlay) => overlay.key(key, model),
            Self::AtOnce(overlay) => overlay.key(key),
            Self::Debug => match model.keymap.action(model.scope(), key) {
                Some(Action::Refresh) => Answer::stay(Ask::Measure),
                action => {
                    if closes(key, action) {
                        Answer::CLOSE
                    } else {
                        Answer::STAY
                    }
                }
            },
        }
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str, model: &Model) -> Answer {
        match self {
            Self::Filter(overlay) => overlay.paste(text, model),
            Self::Palette(overlay) => overlay.paste(text, model),
            Self::Help(overlay) => overlay.paste(text),
            Self::Export(overlay) => overlay.paste(text),
            Self::Launch(overlay) => overlay.paste(text, model),
            Self::AtOnce(overlay) => overlay.paste(text),
            _ => Answer::STAY,
        }
    }

    /// What is left to do when it is closed from outside, by `^C`.
    pub fn cancel(&self) -> Option<Ask> {
        match self {
            Self::Filter(overlay) => Some(Ask::Filter(overlay.before().to_owned())),
            Self::Themes(overlay) => Some(Ask::Theme(overlay.before().to_owned())),
            _ => None,
        }
    }

    /// Draws it.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        match self {
            Self::Filter(overlay) => overlay.view(model, look, frame),
            Self::Palette(overlay) => overlay.view(look, frame),
            Self::Actions(overlay) => overlay.view(model, look, frame),
            Self::Help(overlay) => overlay.view(model, look, frame),
            Self::Themes(overlay) => overlay.view(model, look, frame),
            Self::Sort(overlay) => overlay.view(model, look, frame),
            Self::Export(overlay) => overlay.view(look, frame),
            Self::Overwrite(overlay) => overlay.view(look, frame),
            Self::Explain(overlay) => overlay.view(look, frame),
            Self::Launch(overlay) => overlay.view(model, look, frame),
            Self::Stop(overlay) => overlay.view(look, frame),
            Self::Signal(overlay) => overlay.view(look, frame),
            Self::AtOnce(overlay) => overlay.view(look, frame),
            Self::Debug => debug::view(model, look, frame),
        }
    }

    /// The keys that matter while it is open: label and word.
    pub fn keys(&self, model: &Model) -> Vec<(String, &'static str)> {
        let ascii = model.ascii;
        let enter = || Key::plain(Code::Enter).label(ascii);
        let esc = || "esc".to_owned();
        match self {
            Self::Filter(_) => {
                vec![(enter(), "keep"), ("tab".into(), "complete"), (up_down(ascii), "history"), (esc(), "restore")]
            }
            Self::Palette(_) => {
                vec![(enter(), "run"), ("tab".into(), "complete"), (up_down(ascii), "choose"), (esc(), "close")]
            }
            Self::Actions(_) => vec![(enter(), "do"), (up_down(ascii), "choose"), (esc(), "close")],
            Self::Help(help) => help.keys(ascii),
            Self::Themes(_) => vec![(enter(), "keep"), (up_down(ascii), "see"), (esc(), "restore")],
            Self::Sort(_) => vec![(enter(), "sort, again: reverse"), (up_down(ascii), "choose"), (esc(), "close")],
            Self::Export(_) => vec![(enter(), "write"), (esc(), "close")],
            Self::Overwrite(_) => vec![("y".into(), "replace it"), ("n".into(), "keep it")],
            Self::Explain(reader) => reader.keys(ascii),
            Self::Launch(launch) => launch.keys(ascii),
            Self::Stop(prompt) => prompt.keys(),
            Self::Signal(prompt) => prompt.keys(model),
            Self::AtOnce(prompt) => prompt.keys(ascii),
            Self::Debug => vec![("r".into(), "measure again"), (esc(), "close")],
        }
    }
}

fn up_down(ascii: bool) -> String {
    if ascii { "up/down".into() } else { "↑↓".into() }
}

fn left_right(ascii: bool) -> String {
    if ascii { "left/right".into() } else { "←→".into() }
}

/// Whether a key closes a box in which nothing is typed.
fn closes(key: Key, action: Option<Action>) -> bool {
    key.code == Code::Esc || matches!(action, Some(Action::Back | Action::Quit))
}

/// Where a cursor goes in a list of `count` rows of which `shown` fit; `None` when the key does not move it.
fn moved(at: usize, count: usize, shown: usize, key: Key, model: &Model) -> Option<usize> {
    let last = count.saturating_sub(1);
    let action = match key.code {
        Code::Up => Some(Action::Up),
        Code::Down => Some(Action::Down),
        Code::PageUp => Some(Action::PageUp),
        Code::PageDown => Some(Action::PageDown),
        Code::Home => Some(Action::Top),
        Code::End => Some(Action::Bottom),
        _ => model.keymap.action(model.scope(), key),
    };
    Some(match action? {
        Action::Down => (at + 1).min(last),
        Action::Up => at.saturating_sub(1),
        Action::Top => 0,
        Action::Bottom => last,
        Action::PageDown => (at + shown.max(1)).min(last),
        Action::PageUp => at.saturating_sub(shown.max(1)),
        Action::HalfDown => (at + (shown / 2).max(1)).min(last),
        Action::HalfUp => at.saturating_sub((shown / 2).max(1)),
        _ => return None,
    })
}
