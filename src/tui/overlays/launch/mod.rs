//! The dialog before a run: for whom, what exactly will be done, how; and the words that a person types to approve it. Must not build
//! a plan, nor start anything.

mod policy;
#[cfg(test)]
mod tests;
mod told;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use serde::{Deserialize, Serialize};

pub use self::policy::Field;
use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Action, Code, Key};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Severity;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::units;
use crate::plan::{Plan, RunPolicy};
use crate::tui::frame::{self, Places};
use crate::tui::glyph::Glyphs;
use crate::tui::model::{Model, plural};
use crate::tui::parts::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// What a plan is asked for: frozen when the dialog opens, but for what a person changes in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The schemas.
    pub schemas: Vec<SchemaPath>,
    /// The migration with which it ends, as a person names it; `None` is all there are.
    pub to: Option<String>,
    /// Whether migrations are applied or taken back.
    pub direction: Direction,
    /// How it is done.
    pub policy: RunPolicy,
}

/// Whether migrations are applied or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Direction {
    /// They are applied; a schema that misses an older one than some it has is left out.
    #[default]
    Forward,
    /// They are applied, also those that are older than some which are applied.
    Late,
    /// What came after the named one is taken back.
    Back,
}

impl Direction {
    fn next(self) -> Self {
        match self {
            Self::Forward => Self::Late,
            Self::Late => Self::Back,
            Self::Back => Self::Forward,
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Forward => "forward; a schema with a gap is left out",
            Self::Late => "forward, also what is older than some that is applied",
            Self::Back => "back: what came after it is taken back",
        }
    }
}

/// Where the plan is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Planned {
    /// It is being built.
    Building,
    /// It cannot be built.
    Failed(Fault),
    /// It is there.
    Ready(Box<Plan>),
}

/// A line that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Choice {
    /// Up to which migration.
    To,
    /// Applied or taken back.
    Direction,
    /// A part of the policy.
    Policy(Field),
}

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Typing {
    /// The value of a line.
    Value(Choice, Prompt),
    /// The words that approve.
    Approval(Prompt),
}

/// The state of the dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    wanted: Wanted,
    /// How many of the schemas are marked and hidden by the filter.
    hidden: usize,
    planned: Planned,
    top: usize,
    chosen: Option<Choice>,
    typing: Option<Typing>,
    error: Option<String>,
}

/// The lines that can be chosen, in their order.
fn choices() -> impl Iterator<Item = Choice> {
    [Choice::To, Choice::Direction].into_iter().chain(Field::ALL.map(Choice::Policy))
}

impl Launch {
    /// A dialog for schemas, of which so many are hidden by a filter. Its plan is to be asked for.
    pub fn new(wanted: Wanted, hidden: usize) -> Self {
        Self { wanted, hidden, planned: Planned::Building, top: 0, chosen: None, typing: None, error: None }
    }

    /// What the plan is asked for.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Takes a plan in; one that was asked for with other words before is dropped.
    pub fn take(&mut self, wanted: &Wanted, plan: Result<Plan, Fault>) {
        if *wanted == self.wanted {
            self.planned = plan.map_or_else(Planned::Failed, |plan| Planned::Ready(Box::new(plan)));
        }
    }

    /// The words that approve the plan, or why it cannot be approved.
    fn approval(&self) -> Result<String, String> {
        let plan = match &self.planned {
            Planned::Building => return Err("the plan is still being built".to_owned()),
            Planned::Failed(fault) => return Err(fault.what.clone()),
            Planned::Ready(plan) => plan,
        };
        if let Some(note) = plan.notes.iter().find(|note| note.refuses) {
            return Err(format!("this plan cannot be run: {}", note.what));
        }
        if plan.targets.is_empty() {
            return Err("there is nothing to do".to_owned());
        }
        let mut words = Vec::new();
        // What a person could not type is not asked for.
        if plan.environment.production && !plan.environment.name.is_empty() {
            words.push(shown(&plan.environment.name).into_owned());
        }
        words.push(plan.targets.len().to_string());
        if plan.notes.iter().any(|note| note.severity == Severity::Danger) {
            words.push("anyway".to_owned());
        }
        Ok(words.join(" "))
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        if self.typing.is_some() {
            return self.typed(key);
        }
        self.error = None;
        match key.code {
            Code::Enter => return self.enter(),
            Code::Tab => self.choose(true, model),
            Code::BackTab => self.choose(false, model),
            Code::Esc if self.chosen.is_some() => self.chosen = None,
            Code::Esc => return Answer::CLOSE,
            _ => {
                let (area, ascii) = (model.context().area, model.ascii);
                let count = self.lines(area.0, &glyphs(ascii)).len();
                let rows = usize::from(area.1).saturating_sub(2);
                let last = (count + 1).saturating_sub(rows).max(1);
                match super::moved(self.top, last, rows, key, model) {
                    Some(top) => self.top = top,
                    None if model.keymap.action(model.scope(), key) == Some(Action::Quit) => return Answer::CLOSE,
                    None => {}
                }
            }
        }
        Answer::STAY
    }

    /// Enter changes the chosen line; with none chosen it asks for the words that approve.
    fn enter(&mut self) -> Answer {
        match self.chosen {
            Some(Choice::Direction) => {
                return self.wish(Wanted { direction: self.wanted.direction.next(), ..self.wanted.clone() });
            }
            Some(Choice::Policy(Field::GoAhead)) => {
                let mut wanted = self.wanted.clone();
                wanted.policy.go_ahead = !wanted.policy.go_ahead;
                return self.wish(wanted);
            }
            Some(choice) => self.typing = Some(Typing::Value(choice, Prompt::new(self.value(choice)))),
            None => match self.approval() {
                Ok(_) => self.typing = Some(Typing::Approval(Prompt::default())),
                Err(why) => self.error = Some(why),
            },
        }
        Answer::STAY
    }

    fn value(&self, choice: Choice) -> String {
        match choice {
            Choice::To => self.wanted.to.clone().unwrap_or_default(),
            Choice::Direction => self.wanted.direction.told().to_owned(),
            Choice::Policy(field) => field.typed(&self.wanted.policy),
        }
    }

    /// A key while something is typed.
    fn typed(&mut self, key: Key) -> Answer {
        let expected = self.approval();
        let Some(typing) = &mut self.typing else { return Answer::STAY };
        match (key.code, &mut *typing) {
            (Code::Esc, _) => {
                (self.typing, self.error) = (None, None);
            }
            (Code::Enter, Typing::Value(choice, prompt)) => {
                let (choice, text) = (*choice, prompt.text().trim().to_owned());
                return self.change(choice, &text);
            }
            (Code::Enter, Typing::Approval(prompt)) => {
                let text = prompt.text().replace(',', "");
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                match (expected, &self.planned) {
                    (Ok(expected), Planned::Ready(plan)) if text == expected => {
                        return Answer::close(Ask::Start(plan.clone()));
                    }
                    (Ok(expected), _) => self.error = Some(format!("not approved: type {expected}")),
                    (Err(why), _) => self.error = Some(why),
                }
            }
            (_, Typing::Value(_, prompt) | Typing::Approval(prompt)) => {
                if prompt.key(key, &[]) == Edit::Changed {
                    self.error = None;
                }
            }
        }
        Answer::STAY
    }

    /// Takes a value in and asks for the plan that follows from it.
    fn change(&mut self, choice: Choice, text: &str) -> Answer {
        let mut wanted = self.wanted.clone();
        let taken = match choice {
            Choice::To => {
                wanted.to = (!text.is_empty()).then(|| text.to_owned());
                Ok(())
            }
            Choice::Direction => Ok(()),
            Choice::Policy(field) => field.take(text, &mut wanted.policy),
        };
        if let Err(why) = taken {
            self.error = Some(why);
            return Answer::STAY;
        }
        (self.typing, self.error) = (None, None);
        if wanted == self.wanted { Answer::STAY } else { self.wish(wanted) }
    }

    /// Asks for the plan that follows from something else.
    fn wish(&mut self, wanted: Wanted) -> Answer {
        self.wanted = wanted;
        self.top = 0;
        if self.wanted.direction == Direction::Back && self.wanted.to.is_none() {
            let fault = Fault::new(FaultKind::Usage, "down to which migration is not said");
            let hint = "change the line \"back to\": it names the one that is the newest afterwards";
            self.planned = Planned::Failed(fault.hint(hint));
            return Answer::STAY;
        }
        self.planned = Planned::Building;
        Answer::stay(Ask::Plan(Box::new(self.wanted.clone())))
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str) -> Answer {
        // What approves is typed by a person.
        if let Some(Typing::Value(_, prompt)) = &mut self.typing {
            prompt.insert(text);
        }
        Answer::STAY
    }

    /// The next or the previous line that can be chosen, or none of them.
    fn choose(&mut self, forward: bool, model: &Model) {
        let all: Vec<Choice> = choices().collect();
        let at = self.chosen.and_then(|chosen| all.iter().position(|choice| *choice == chosen));
        let next = match (at, forward) {
            (None, true) => Some(0),
            (None, false) => all.len().checked_sub(1),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        self.chosen = next.and_then(|at| all.get(at)).copied();
        let area = model.context().area;
        let lines = self.lines(area.0, &glyphs(model.ascii));
        let rows = usize::from(area.1).saturating_sub(2).max(1);
        if let Some(line) = lines.iter().position(|(.., choice)| choice.is_some() && *choice == self.chosen)
            && !(self.top..self.top + rows).contains(&line)
        {
            self.top = line.saturating_sub(rows / 2);
        }
    }

    /// The dialog in lines of a width, each with what can be chosen on it.
    fn lines(&self, body: u16, glyphs: &Glyphs) -> Vec<(ThemeRole, String, Option<Choice>)> {
        let width = usize::from(body).saturating_sub(4).clamp(8, 110);
        let mut out = Vec::new();
        let mut put = |role, indent: usize, words: &str| {
            for line in text::wrap(words, width.saturating_sub(indent).max(1)) {
                out.push((role, format!("{}{line}", " ".repeat(indent)), None));
            }
        };
        match &self.planned {
            Planned::Building => put(ThemeRole::Dim, 0, &format!("{} building the plan from fresh facts", glyphs.busy)),
            Planned::Failed(fault) => {
                put(ThemeRole::Danger, 0, &format!("{} {}", glyphs.danger, shown(&fault.what)));
                fault.hint.iter().for_each(|hint| put(ThemeRole::Dim, 2, &shown(hint)));
            }
            Planned::Ready(plan) => match self.approval() {
                Ok(words) => {
                    let what = crate::tui::runs::what(&plan.kind);
                    put(ThemeRole::Ok, 0, &format!("{what}: enter, then type {words} to start"));
                }
                Err(why) => put(ThemeRole::Danger, 0, &format!("{} {}", glyphs.danger, shown(&why))),
            },
        }
        put(ThemeRole::Text, 0, "");
        put(ThemeRole::Title, 0, "ASKED FOR");
        put(ThemeRole::Text, 2, &self.whom());
        for choice in choices() {
            let (word, value) = match choice {
                Choice::To => (self.to_word(), self.to_told()),
                Choice::Direction => ("direction", self.wanted.direction.told().to_owned()),
                Choice::Policy(field) => (field.word(), field.told(&self.wanted.policy)),
            };
            let line = format!("  {word:<13} {value}");
            out.push((ThemeRole::Text, text::fit(&line, width, glyphs.cut).into_owned(), Some(choice)));
        }
        if let Planned::Ready(plan) = &self.planned {
            out.push((ThemeRole::Text, String::new(), None));
            for (role, indent, words) in told::lines(plan, glyphs) {
                let lines = text::wrap(&words, width.saturating_sub(indent).max(1));
                out.extend(lines.into_iter().map(|line| (role, format!("{}{line}", " ".repeat(indent)), None)));
            }
        }
        out
    }

    fn to_word(&self) -> &'static str {
        if self.wanted.direction == Direction::Back { "back to" } else { "up to" }
    }

    fn to_told(&self) -> String {
        match (&self.wanted.to, self.wanted.direction) {
            (Some(to), _) => shown(to).into_owned(),
            (None, Direction::Back) => "not said yet".to_owned(),
            (None, _) => "the newest".to_owned(),
        }
    }

    /// Whom it is for: how many, how many of them are out of sight, some of them.
    fn whom(&self) -> String {
        let count = self.wanted.schemas.len();
        let several = self.wanted.schemas.windows(2).any(|pair| pair[0].database != pair[1].database);
        let name = |path: &SchemaPath| if several { path.to_string() } else { shown(&path.schema).into_owned() };
        let some: Vec<String> = self.wanted.schemas.iter().take(3).map(name).collect();
        let more = if count > some.len() { ", ..." } else { "" };
        let hidden = match self.hidden {
            0 => String::new(),
            hidden => format!(" ({} of them hidden by the filter)", units::count(hidden as u64)),
        };
        format!("{}{hidden}: {}{more}", plural(count, "schema"), some.join(", "))
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, ascii: bool) -> Vec<(String, &'static str)> {
        let enter = Key::plain(Code::Enter).label(ascii);
        match (&self.typing, self.chosen) {
            (Some(Typing::Value(..)), _) => vec![(enter, "take it"), ("esc".into(), "leave it")],
            (Some(Typing::Approval(_)), _) => vec![(enter, "start"), ("esc".into(), "not yet")],
            (None, Some(_)) => vec![(enter, "change"), ("tab".into(), "next"), ("esc".into(), "done")],
            (None, None) => {
                let up_down = super::up_down(ascii);
                vec![(enter, "approve"), ("tab".into(), "change"), (up_down, "read on"), ("esc".into(), "close")]
            }
        }
    }

    /// Draws the dialog, and what is typed in the status line.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let lines = self.lines(frame.area().width, look.glyphs);
        let title = format!("migrate {}", plural(self.wanted.schemas.len(), "schema"));
        let body = frame::body((frame.area().width, frame.area().height));
        let inside = paint::open_box(&title, (body.width.min(114), lines.len() as u16), look, frame);
        let rows = usize::from(inside.height);
        let top = self.top.min(lines.len().saturating_sub(rows));
        let below = lines.len().saturating_sub(top + rows);
        for (at, (role, line, choice)) in lines.into_iter().skip(top).take(rows).enumerate() {
            let area = Rect { y: inside.y + at as u16, height: 1, ..inside };
            let is_chosen = choice.is_some() && choice == self.chosen;
            let style = if is_chosen { look.theme.style(ThemeRole::Selection) } else { look.theme.style(role) };
            let line = if is_chosen { line.replacen(' ', look.glyphs.cursor, 1) } else { line };
            frame.render_widget(Paragraph::new(Span::styled(line, style)).style(style), area);
        }
        if below > 0 {
            let words = format!(" {below} more ");
            let width = words.len() as u16;
            let at = Rect { x: inside.right().saturating_sub(width), y: inside.bottom(), width, height: 1 };
            frame.render_widget(Paragraph::new(Span::styled(words, look.theme.style(ThemeRole::Dim))), at);
        }
        let places = Places::of(frame.area());
        match &self.typing {
            Some(Typing::Value(choice, prompt)) => {
                let word = match choice {
                    Choice::To => self.to_word(),
                    Choice::Direction => "direction",
                    Choice::Policy(field) => field.word(),
                };
                paint::input(&format!("{word}: "), prompt, "", look, frame, places.status);
            }
            Some(Typing::Approval(prompt)) => {
                let words = self.approval().unwrap_or_default();
                paint::input(&format!("type {words} to start: "), prompt, "", look, frame, places.status);
            }
            None => {}
        }
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }
}

fn glyphs(ascii: bool) -> Glyphs {
    if ascii { Glyphs::ascii() } else { Glyphs::unicode() }
}
