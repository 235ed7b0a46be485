//! The dialog before anything is written: for whom, how, what exactly will be done, and the words that a person types to approve it.
//! Must not build a plan, nor start anything.

mod policy;
mod rows;
#[cfg(test)]
mod tests;
mod texts;
mod told;
mod view;
mod wanted;
mod whole;

use serde::{Deserialize, Serialize};

pub use self::policy::Field;
pub use self::rows::{Known, Row};
pub use self::texts::names;
pub use self::wanted::{Clones, Deed, Direction, Wanted};
use super::prompt::{Edit, Prompt};
use super::{Answer, Ask};
use crate::action::{Action, Code, Key};
use crate::domain::fault::Fault;
use crate::plan::{Kind, Plan};
use crate::tui::model::Model;

/// Where the plan is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Planned {
    /// Something is to be said first.
    Unsaid,
    /// It is being built.
    Building,
    /// It cannot be built.
    Failed(Fault),
    /// It is there.
    Ready(Box<Plan>),
}

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Typing {
    /// The value of a line.
    Value(Row, Prompt),
    /// The words that approve.
    Approval(Prompt),
}

/// Whether the run of an approved plan is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Start {
    /// Nobody has approved it.
    Not,
    /// It is being started.
    Asked,
    /// It could not be.
    Failed(Fault),
}

/// The state of the dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    wanted: Wanted,
    known: Known,
    planned: Planned,
    top: usize,
    chosen: Option<Row>,
    typing: Option<Typing>,
    start: Start,
    error: Option<String>,
}

impl Launch {
    /// A dialog for what is wanted. Names that are not said are asked for first.
    pub fn new(wanted: Wanted, known: Known) -> Self {
        let planned = if wanted.unsaid().is_some() { Planned::Unsaid } else { Planned::Building };
        let (chosen, typing, start, error) = (None, None, Start::Not, None);
        let mut launch = Self { wanted, known, planned, top: 0, chosen, typing, start, error };
        launch.typing = launch.has_no_names().then(|| Typing::Value(Row::Names, Prompt::default()));
        launch
    }

    /// What the plan is asked for; `None` where something is to be said first.
    pub fn asks(&self) -> Option<Box<Wanted>> {
        (self.planned == Planned::Building).then(|| Box::new(self.wanted.clone()))
    }

    /// Takes a plan in; one that was asked for with other words before is dropped.
    pub fn take(&mut self, wanted: &Wanted, plan: Result<Plan, Fault>) {
        if *wanted == self.wanted {
            self.planned = plan.map_or_else(Planned::Failed, |plan| Planned::Ready(Box::new(plan)));
        }
    }

    /// Whether the run of its plan is being started.
    pub fn is_starting(&self) -> bool {
        self.start == Start::Asked
    }

    /// Takes in that the run could not be started: what was said in the dialog is not lost.
    pub fn not_started(&mut self, fault: Fault) {
        (self.start, self.top) = (Start::Failed(fault), 0);
    }

    /// The words that approve the plan, or why it cannot be approved.
    fn approval(&self) -> Result<String, String> {
        let plan = match &self.planned {
            Planned::Unsaid => return Err(self.wanted.unsaid().map_or("", |(what, _)| what).to_owned()),
            Planned::Building => return Err("the plan is still being built".to_owned()),
            Planned::Failed(fault) => return Err(fault.what.clone()),
            Planned::Ready(plan) => plan,
        };
        if let Some(note) = plan.refusal() {
            return Err(format!("this plan cannot be run: {}", note.what));
        }
        if plan.targets.is_empty() {
            return Err("there is nothing to do".to_owned());
        }
        Ok(plan.approval())
    }

    /// Whether it is for clones that have no name yet.
    fn has_no_names(&self) -> bool {
        let is_clone = matches!(self.wanted.deed, Deed::Clone(_));
        is_clone && Row::Names.typed(&self.wanted).is_some_and(|names| names.is_empty()) && self.wanted.unsaid().is_some()
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        if self.typing.is_some() {
            return self.typed(key, model);
        }
        self.error = None;
        if self.is_starting() {
            return if key.code == Code::Esc { Answer::CLOSE } else { Answer::STAY };
        }
        match (key.code, self.chosen) {
            (Code::Enter, _) => return self.enter(model),
            (Code::Tab, _) => self.choose(true, model),
            (Code::BackTab, _) => self.choose(false, model),
            (Code::Esc, Some(_)) => self.chosen = None,
            (Code::Esc, None) => return Answer::CLOSE,
            (Code::Left | Code::Right, Some(row)) => return self.turn(row, key.code == Code::Right, model),
            (_, chosen) => {
                let action = model.keymap.action(model.scope(), key);
                let step = match (key.code, action) {
                    (Code::Down, _) | (_, Some(Action::Down)) => Some(true),
                    (Code::Up, _) | (_, Some(Action::Up)) => Some(false),
                    _ => None,
                };
                match (chosen, step) {
                    (Some(row), Some(forward)) => self.step(row, forward, model),
                    _ => return self.scroll(key, action, model),
                }
            }
        }
        Answer::STAY
    }

    fn scroll(&mut self, key: Key, action: Option<Action>, model: &Model) -> Answer {
        let rows = view::rows(model);
        let last = (self.lines(model).len() + 1).saturating_sub(rows).max(1);
        match super::moved(self.top, last, rows, key, model) {
            Some(top) => self.top = top,
            None if action == Some(Action::Quit) => return Answer::CLOSE,
            None => {}
        }
        Answer::STAY
    }

    /// Enter changes the chosen line; with none chosen it asks for the words that approve.
    fn enter(&mut self, model: &Model) -> Answer {
        let Some(row) = self.chosen else {
            match self.approval() {
                Ok(_) => self.typing = Some(Typing::Approval(Prompt::default())),
                Err(_) if self.has_no_names() => self.type_in(Row::Names),
                Err(why) => self.error = Some(why),
            }
            return Answer::STAY;
        };
        if row.typed(&self.wanted).is_none() {
            return self.turn(row, true, model);
        }
        self.type_in(row);
        Answer::STAY
    }

    fn type_in(&mut self, row: Row) {
        let mut text = row.typed(&self.wanted).unwrap_or_default();
        if row == Row::Columns {
            text = texts::with_unsaid(&text, self.unsaid());
        }
        self.typing = Some(Typing::Value(row, Prompt::new(text)));
    }

    /// The columns of the registry that the plan misses. Raw names.
    fn unsaid(&self) -> &[String] {
        match &self.planned {
            Planned::Ready(plan) => match &plan.kind {
                Kind::Clone(cloning) => &cloning.unsaid,
                _ => &[],
            },
            _ => &[],
        }
    }

    /// The next value of a line, or the one before.
    fn turn(&mut self, row: Row, forward: bool, model: &Model) -> Answer {
        let turned = row.turned(&self.wanted, &self.known, forward);
        turned.map_or(Answer::STAY, |wanted| self.wish(wanted, model))
    }

    /// A key while something is typed.
    fn typed(&mut self, key: Key, model: &Model) -> Answer {
        let expected = self.approval();
        let is_unnamed = self.has_no_names();
        let Some(typing) = &mut self.typing else { return Answer::STAY };
        match (key.code, &mut *typing) {
            // It opened with this line: there is nothing yet to go back to.
            (Code::Esc, Typing::Value(Row::Names, _)) if is_unnamed && self.chosen.is_none() => return Answer::CLOSE,
            (Code::Esc, _) => (self.typing, self.error) = (None, None),
            (Code::Enter, Typing::Value(row, prompt)) => {
                let (row, text) = (*row, prompt.text().to_owned());
                match row.taken(&text, &self.wanted, &model.fleet) {
                    Ok(wanted) => {
                        (self.typing, self.error) = (None, None);
                        return if wanted == self.wanted { Answer::STAY } else { self.wish(wanted, model) };
                    }
                    Err(why) => self.error = Some(why),
                }
            }
            (Code::Enter, Typing::Approval(prompt)) => match (expected, &self.planned) {
                (Ok(_), Planned::Ready(plan)) if plan.is_approved_by(prompt.text()) => {
                    let plan = plan.clone();
                    (self.typing, self.error, self.start) = (None, None, Start::Asked);
                    return Answer::stay(Ask::Start(plan));
                }
                (Ok(expected), _) => self.error = Some(format!("not approved: type {expected}")),
                (Err(why), _) => self.error = Some(why),
            },
            (_, Typing::Value(_, prompt) | Typing::Approval(prompt)) => {
                if prompt.key(key, &[]) == Edit::Changed {
                    self.judge(model);
                }
            }
        }
        Answer::STAY
    }

    /// Names are judged while they are typed; what is wrong with anything else is said when it is taken.
    fn judge(&mut self, model: &Model) {
        self.error = match &self.typing {
            Some(Typing::Value(Row::Names, prompt)) => texts::mistake(prompt.text(), self.wanted.place(), &model.fleet),
            _ => None,
        };
    }

    /// Asks for the plan that follows from something else.
    fn wish(&mut self, wanted: Wanted, model: &Model) -> Answer {
        (self.wanted, self.start) = (wanted, Start::Not);
        self.planned = if self.wanted.unsaid().is_some() { Planned::Unsaid } else { Planned::Building };
        self.show_chosen(model);
        self.asks().map_or(Answer::STAY, |wanted| Answer::stay(Ask::Plan(wanted)))
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str, model: &Model) -> Answer {
        // What approves is typed by a person.
        if let Some(Typing::Value(_, prompt)) = &mut self.typing {
            prompt.insert(text);
            self.judge(model);
        }
        Answer::STAY
    }

    /// The next or the previous line that can be changed, or none of them.
    fn choose(&mut self, forward: bool, model: &Model) {
        let all = Row::of(&self.wanted, &self.known);
        let at = self.chosen.and_then(|chosen| all.iter().position(|row| *row == chosen));
        let next = match (at, forward) {
            (None, true) => Some(0),
            (None, false) => all.len().checked_sub(1),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        self.chosen = next.and_then(|at| all.get(at)).copied();
        self.show_chosen(model);
    }

    /// The line below or above the chosen one, where there is one.
    fn step(&mut self, row: Row, forward: bool, model: &Model) {
        let all = Row::of(&self.wanted, &self.known);
        let at = all.iter().position(|other| *other == row).unwrap_or(0);
        let next = if forward { (at + 1).min(all.len().saturating_sub(1)) } else { at.saturating_sub(1) };
        self.chosen = all.get(next).copied();
        self.show_chosen(model);
    }

    fn show_chosen(&mut self, model: &Model) {
        let rows = view::rows(model).max(1);
        let lines = self.lines(model);
        self.top = self.top.min(lines.len().saturating_sub(rows));
        if let Some(line) = lines.iter().position(|line| line.row.is_some() && line.row == self.chosen)
            && !(self.top..self.top + rows).contains(&line)
        {
            self.top = line.saturating_sub(rows / 2);
        }
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, ascii: bool) -> Vec<(String, &'static str)> {
        let enter = Key::plain(Code::Enter).label(ascii);
        let esc = || "esc".to_owned();
        if self.is_starting() {
            return vec![(esc(), "close")];
        }
        match (&self.typing, self.chosen) {
            (Some(Typing::Value(Row::Names, _)), None) => vec![(enter, "show the plan"), (esc(), "close")],
            (Some(Typing::Value(..)), _) => vec![(enter, "take it"), (esc(), "leave it")],
            (Some(Typing::Approval(_)), _) => vec![(enter, "start"), (esc(), "not yet")],
            (None, Some(row)) => {
                let types = row.typed(&self.wanted).is_some().then_some((enter, "type"));
                let turns = row.turns(&self.wanted, &self.known).then(|| (super::left_right(ascii), "change"));
                let others = [(super::up_down(ascii), "next"), (esc(), "done")];
                types.into_iter().chain(turns).chain(others).collect()
            }
            (None, None) => {
                let enters = match self.approval() {
                    Ok(_) => Some("approve"),
                    Err(_) => self.has_no_names().then_some("type names"),
                };
                let enters = enters.map(|word| (enter, word));
                let others = [("tab".into(), "change"), (super::up_down(ascii), "read on"), (esc(), "close")];
                enters.into_iter().chain(others).collect()
            }
        }
    }
}
