//! The dialog before a schema goes, gets another name or is cloned: what exactly will be done, and the name that a person types to approve
//! it.
//! Must not build a plan, nor start anything.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use serde::{Deserialize, Serialize};

use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Action, Code, Key};
use crate::domain::fault::Fault;
use crate::domain::fleet::Severity;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::units;
use crate::plan::clone::{Cloning, Rows};
use crate::plan::{Kind, Plan};
use crate::tui::frame::{self, Places};
use crate::tui::glyph::Glyphs;
use crate::tui::model::{Model, plural};
use crate::tui::parts::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// So many schemas are named, and so many kinds of objects.
const NAMED: usize = 8;

/// What a plan is asked for: one schema, frozen when the dialog opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meant {
    /// The schema. Raw names.
    pub schema: SchemaPath,
    /// What becomes of it.
    pub deed: Deed,
}

/// What becomes of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// It goes.
    Drop {
        /// Whether the rows of the registry follow.
        registry: bool,
    },
    /// It gets another name.
    Rename {
        /// Its new name, raw.
        to: String,
        /// Whether the rows of the registry follow.
        registry: bool,
    },
    /// It stays as it is, and others are made like it.
    Clone {
        /// Their raw names.
        names: Vec<String>,
        /// Which rows are copied.
        rows: Rows,
    },
}

impl Deed {
    /// Turns what Tab changes.
    fn turn(&mut self) {
        match self {
            Self::Drop { registry } | Self::Rename { registry, .. } => *registry = !*registry,
            Self::Clone { rows, .. } => {
                *rows = match rows {
                    Rows::Seed => Rows::None,
                    Rows::None => Rows::All,
                    Rows::All | Rows::Tables(_) => Rows::Seed,
                }
            }
        }
    }

    /// What Tab would change.
    fn turned(&self) -> &'static str {
        match self {
            Self::Drop { registry: true } | Self::Rename { registry: true, .. } => "leave the registry",
            Self::Drop { .. } | Self::Rename { .. } => "registry too",
            Self::Clone { rows: Rows::Seed, .. } => "no rows",
            Self::Clone { rows: Rows::None, .. } => "all rows",
            Self::Clone { .. } => "seed rows",
        }
    }

    /// How it is chosen now.
    fn chosen(&self) -> &'static str {
        match self {
            Self::Drop { registry: true } | Self::Rename { registry: true, .. } => "registry: its rows follow",
            Self::Drop { .. } | Self::Rename { .. } => "registry: is left as it is",
            Self::Clone { rows: Rows::Seed, .. } => "rows: of the ledger and the seed tables",
            Self::Clone { rows: Rows::None, .. } => "rows: none",
            Self::Clone { rows: Rows::All, .. } => "rows: of every table",
            Self::Clone { rows: Rows::Tables(_), .. } => "rows: of the chosen tables",
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

/// The state of the dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approve {
    meant: Meant,
    planned: Planned,
    top: usize,
    typing: Option<Prompt>,
    error: Option<String>,
}

impl Approve {
    /// A dialog for one schema. Its plan is to be asked for.
    pub fn new(meant: Meant) -> Self {
        Self { meant, planned: Planned::Building, top: 0, typing: None, error: None }
    }

    /// Takes a plan in; one that was asked for with other words before is dropped.
    pub fn take(&mut self, meant: &Meant, plan: Result<Plan, Fault>) {
        if *meant == self.meant {
            self.planned = plan.map_or_else(Planned::Failed, |plan| Planned::Ready(Box::new(plan)));
        }
    }

    /// The words that approve the plan, or why it cannot be approved: what goes for good is named, not counted; of clones only one is.
    fn approval(&self) -> Result<String, String> {
        let plan = match &self.planned {
            Planned::Building => return Err("the plan is still being built".to_owned()),
            Planned::Failed(fault) => return Err(fault.what.clone()),
            Planned::Ready(plan) => plan,
        };
        if let Some(note) = plan.notes.iter().find(|note| note.refuses) {
            return Err(format!("this plan cannot be run: {}", note.what));
        }
        let Some(target) = plan.targets.first() else { return Err("there is nothing to do".to_owned()) };
        let environment = &plan.environment;
        let place = (environment.production && !environment.name.is_empty()).then(|| shown(&environment.name).into_owned());
        let anyway = plan.notes.iter().any(|note| note.severity == Severity::Danger).then(|| "anyway".to_owned());
        let what = match plan.targets.len() {
            1 => shown(&target.schema).into_owned(),
            several => several.to_string(),
        };
        let words = [place, Some(what), anyway];
        Ok(words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        if self.typing.is_some() {
            return self.typed(key);
        }
        self.error = None;
        match key.code {
            Code::Esc => return Answer::CLOSE,
            Code::Enter => match self.approval() {
                Ok(_) => self.typing = Some(Prompt::default()),
                Err(why) => self.error = Some(why),
            },
            Code::Tab => {
                self.meant.deed.turn();
                (self.planned, self.top) = (Planned::Building, 0);
                return Answer::stay(Ask::PlanMeant(self.meant.clone()));
            }
            _ => {
                let (area, ascii) = (model.context().area, model.ascii);
                let glyphs = if ascii { Glyphs::ascii() } else { Glyphs::unicode() };
                let rows = usize::from(area.1).saturating_sub(2);
                let last = (self.lines(area.0, &glyphs).len() + 1).saturating_sub(rows).max(1);
                match super::moved(self.top, last, rows, key, model) {
                    Some(top) => self.top = top,
                    None if model.keymap.action(model.scope(), key) == Some(Action::Quit) => return Answer::CLOSE,
                    None => {}
                }
            }
        }
        Answer::STAY
    }

    fn typed(&mut self, key: Key) -> Answer {
        let expected = self.approval();
        let Some(prompt) = &mut self.typing else { return Answer::STAY };
        match key.code {
            Code::Esc => (self.typing, self.error) = (None, None),
            Code::Enter => match (expected, &self.planned) {
                (Ok(expected), Planned::Ready(plan)) if prompt.text().trim() == expected => {
                    return Answer::close(Ask::Start(plan.clone()));
                }
                (Ok(expected), _) => self.error = Some(format!("not approved: type {expected}")),
                (Err(why), _) => self.error = Some(why),
            },
            _ => {
                if prompt.key(key, &[]) == Edit::Changed {
                    self.error = None;
                }
            }
        }
        Answer::STAY
    }

    fn title(&self) -> String {
        let name = self.meant.schema.to_string();
        match &self.meant.deed {
            Deed::Drop { .. } => format!("drop {name}"),
            Deed::Rename { to, .. } => format!("rename {name} to {}", shown(to)),
            Deed::Clone { names, .. } => match names.as_slice() {
                [one] => format!("clone {name} to {}", shown(one)),
                several => format!("clone {name} to {}", plural(several.len(), "schema")),
            },
        }
    }

    /// The dialog in lines of a width.
    fn lines(&self, body: u16, glyphs: &Glyphs) -> Vec<(ThemeRole, String)> {
        let width = usize::from(body).saturating_sub(4).clamp(8, 110);
        let mut out = Vec::new();
        let mut put = |role, indent: usize, words: &str| {
            let lines = text::wrap(words, width.saturating_sub(indent).max(1));
            out.extend(lines.into_iter().map(|line| (role, format!("{}{line}", " ".repeat(indent)))));
        };
        match (&self.planned, self.approval()) {
            (Planned::Failed(fault), _) => {
                put(ThemeRole::Danger, 0, &format!("{} {}", glyphs.danger, shown(&fault.what)));
                fault.hint.iter().for_each(|hint| put(ThemeRole::Dim, 2, &shown(hint)));
            }
            (Planned::Building, _) => put(ThemeRole::Dim, 0, &format!("{} building the plan from fresh facts", glyphs.busy)),
            (Planned::Ready(_), Ok(words)) => put(ThemeRole::Ok, 0, &format!("enter, then type {words} to start")),
            (Planned::Ready(_), Err(why)) => put(ThemeRole::Danger, 0, &format!("{} {}", glyphs.danger, shown(&why))),
        }
        put(ThemeRole::Text, 0, "");
        put(ThemeRole::Text, 0, self.meant.deed.chosen());
        if let Planned::Ready(plan) = &self.planned {
            for (role, indent, words) in told(plan) {
                put(role, indent, &words);
            }
            put(ThemeRole::Text, 0, "");
            put(ThemeRole::Title, 0, &format!("NOTES {}", plan.notes.len()));
            let mut notes: Vec<_> = plan.notes.iter().collect();
            notes.sort_by_key(|note| (!note.refuses, std::cmp::Reverse(note.severity)));
            for note in notes {
                let severity = if note.refuses { Severity::Danger } else { note.severity };
                let verb = if note.refuses { "refused: " } else { "" };
                let words = format!("{} {verb}{}", glyphs.severity(severity), shown(&note.what));
                put(ThemeRole::of(severity), 2, &words);
                note.hint.iter().for_each(|hint| put(ThemeRole::Dim, 4, &shown(hint)));
            }
            let hash = plan.hash();
            put(ThemeRole::Dim, 0, &format!("plan {}", hash.get(..12).unwrap_or(&hash)));
        }
        out
    }

    /// The keys that matter while it is open.
    pub fn keys(&self, ascii: bool) -> Vec<(String, &'static str)> {
        let enter = Key::plain(Code::Enter).label(ascii);
        if self.typing.is_some() {
            return vec![(enter, "start"), ("esc".into(), "not yet")];
        }
        vec![
            (enter, "approve"),
            ("tab".into(), self.meant.deed.turned()),
            (super::up_down(ascii), "read on"),
            ("esc".into(), "close"),
        ]
    }

    /// Draws the dialog, and what is typed in the status line.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let lines = self.lines(frame.area().width, look.glyphs);
        let body = frame::body((frame.area().width, frame.area().height));
        let inside = paint::open_box(&self.title(), (body.width.min(114), lines.len() as u16), look, frame);
        let rows = usize::from(inside.height);
        let top = self.top.min(lines.len().saturating_sub(rows));
        for (at, (role, line)) in lines.into_iter().skip(top).take(rows).enumerate() {
            let area = Rect { y: inside.y + at as u16, height: 1, ..inside };
            frame.render_widget(Paragraph::new(Span::styled(line, look.theme.style(role))), area);
        }
        if let Some(prompt) = &self.typing {
            let words = self.approval().unwrap_or_default();
            let place = Places::of(frame.area()).status;
            paint::input(&format!("type {words} to start: "), prompt, "", look, frame, place);
        }
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }
}

/// What is done, in lines: where archives go, what changes in the registry, what is made.
fn told(plan: &Plan) -> Vec<(ThemeRole, usize, String)> {
    let changes = |changes: &[crate::plan::whole::RegistryChange]| {
        let line = |it: &crate::plan::whole::RegistryChange| {
            (ThemeRole::Text, 2, format!("{} rows: {}", units::count(it.rows), shown(&it.sql)))
        };
        changes.iter().map(line).collect::<Vec<_>>()
    };
    match &plan.kind {
        Kind::Drop(dropping) => {
            let archive = dropping.archive.as_ref().map_or_else(
                || (ThemeRole::Warn, 0, "without an archive".to_owned()),
                |archive| (ThemeRole::Text, 0, format!("archived first, in {}", shown(&archive.folder))),
            );
            std::iter::once(archive).chain(dropping.each.iter().flat_map(|it| changes(&it.registry))).collect()
        }
        Kind::Rename(renaming) => changes(&renaming.registry),
        Kind::Clone(cloning) => made(plan, cloning),
        _ => Vec::new(),
    }
}

/// What a clone makes: which objects, how many rows, under which names, and how.
fn made(plan: &Plan, cloning: &Cloning) -> Vec<(ThemeRole, usize, String)> {
    let recipe = &cloning.recipe;
    let copies = &recipe.copies;
    let (rows, bytes) = copies.iter().fold((0, 0), |(rows, bytes), copy| (rows + copy.rows, bytes + copy.bytes));
    let brought = match copies.len() {
        0 => "no table is copied".to_owned(),
        tables => {
            let (tables, rows) = (plural(tables, "table"), units::count(rows));
            format!("{tables}, about {rows} rows, {} for each schema", units::bytes(bytes))
        }
    };
    let kinds = recipe.kinds();
    let mut some: Vec<String> =
        kinds.iter().take(NAMED).map(|(kind, count)| format!("{} {}", shown(kind), units::count(*count))).collect();
    let others: u64 = kinds.iter().skip(NAMED).map(|(_, count)| count).sum();
    some.extend((others > 0).then(|| format!("others {}", units::count(others))));
    let objects = if some.is_empty() { String::new() } else { format!(": {}", some.join(", ")) };
    let names: Vec<_> = plan.targets.iter().take(NAMED).map(|target| shown(&target.schema)).collect();
    let more = if plan.targets.len() > names.len() { ", ..." } else { "" };
    let how = if cloning.phased {
        "several transactions each, marked as incomplete until the last"
    } else {
        "one transaction each"
    };
    let lines = [
        (2, brought),
        (0, "registry: is left as it is".to_owned()),
        (0, format!("makes {}: {}{more}", plural(plan.targets.len(), "schema"), names.join(", "))),
        (2, format!("{} each{objects}", plural(recipe.len() - copies.len(), "statement"))),
        (2, format!("in {how}, compared with the source before it is kept")),
    ];
    lines.map(|(indent, words)| (ThemeRole::Text, indent, words)).into()
}
