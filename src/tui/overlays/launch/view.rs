//! How the dialog is drawn: its lines in a box, what is typed in the status line. Must not change its state.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Paragraph};

use super::super::paint;
use super::rows::Row;
use super::wanted::Deed;
use super::{Launch, Planned, Start, Typing, told};
use crate::domain::fault::Fault;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::units;
use crate::tui::frame::Places;
use crate::tui::glyph::Glyphs;
use crate::tui::model::{Model, plural};
use crate::tui::parts::text;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// More columns than this are not read well.
const WIDEST: u16 = 110;
/// The columns of the words before what a line says.
const WORD: usize = 13;

/// One line as it is drawn, and what can be changed on it.
pub(super) struct Line {
    role: ThemeRole,
    text: String,
    pub(super) row: Option<Row>,
}

/// How many lines are in sight.
pub(super) fn rows(model: &Model) -> usize {
    usize::from(model.context().area.1).saturating_sub(2)
}

impl Launch {
    /// The dialog in lines.
    pub(super) fn lines(&self, model: &Model) -> Vec<Line> {
        let glyphs = if model.ascii { Glyphs::ascii() } else { Glyphs::unicode() };
        let width = usize::from(model.context().area.0).saturating_sub(4).clamp(8, usize::from(WIDEST));
        let mut out = Vec::new();
        let mut put = |role, indent: usize, words: &str| {
            for line in text::wrap(words, width.saturating_sub(indent).max(1)) {
                out.push(Line { role, text: format!("{}{line}", " ".repeat(indent)), row: None });
            }
        };
        self.head(&glyphs, &mut put);
        put(ThemeRole::Text, 0, "");
        put(ThemeRole::Title, 0, "ASKED FOR");
        let whom = text::fit(&self.whom(), width.saturating_sub(2), glyphs.cut).into_owned();
        out.push(Line { role: ThemeRole::Text, text: format!("  {whom}"), row: None });
        for row in Row::of(&self.wanted, &self.known) {
            let words = format!("  {:<WORD$} {}", row.word(&self.wanted), row.told(&self.wanted, &self.known));
            let text = text::fit(&words, width, glyphs.cut).into_owned();
            out.push(Line { role: ThemeRole::Text, text, row: Some(row) });
        }
        if let Planned::Ready(plan) = &self.planned {
            out.push(Line { role: ThemeRole::Text, text: String::new(), row: None });
            for (role, indent, words) in told::lines(plan, &glyphs, &model.context()) {
                let lines = text::wrap(&words, width.saturating_sub(indent).max(1));
                let line = |line| Line { role, text: format!("{}{line}", " ".repeat(indent)), row: None };
                out.extend(lines.into_iter().map(line));
            }
        }
        out
    }

    /// Where the plan is, and what starts it.
    fn head(&self, glyphs: &Glyphs, put: &mut impl FnMut(ThemeRole, usize, &str)) {
        let mut failed = |fault: &Fault| {
            put(ThemeRole::Danger, 0, &format!("{} {}", glyphs.danger, shown(&fault.what)));
            fault.hint.iter().for_each(|hint| put(ThemeRole::Dim, 2, &shown(hint)));
        };
        match &self.start {
            Start::Asked => return put(ThemeRole::Dim, 0, &format!("{} starting the run", glyphs.busy)),
            Start::Failed(fault) => failed(fault),
            Start::Not => {}
        }
        match (&self.planned, self.approval()) {
            (Planned::Unsaid, _) if matches!(self.typing, Some(Typing::Value(Row::Names, _))) => {
                put(ThemeRole::Text, 0, "name what is made, with commas between several");
            }
            (Planned::Unsaid, _) => {
                let (what, hint) = self.wanted.unsaid().unwrap_or_default();
                put(ThemeRole::Warn, 0, &format!("{} {what}", glyphs.warn));
                put(ThemeRole::Dim, 2, hint);
            }
            (Planned::Building, _) => put(ThemeRole::Dim, 0, &format!("{} building the plan from fresh facts", glyphs.busy)),
            (Planned::Failed(fault), _) => failed(fault),
            (Planned::Ready(plan), Ok(words)) => {
                let what = match self.wanted.deed {
                    Deed::Migrate { .. } => format!("{}: ", crate::tui::runs::what(&plan.kind)),
                    _ => String::new(),
                };
                put(ThemeRole::Ok, 0, &format!("{what}enter, then type {words} to start"));
            }
            (Planned::Ready(plan), Err(why)) if plan.refusal().is_none() => {
                put(ThemeRole::Ok, 0, &format!("{} {}", glyphs.ok, shown(&why)));
            }
            (Planned::Ready(plan), Err(why)) => {
                put(ThemeRole::Danger, 0, &format!("{} {}", glyphs.danger, shown(&why)));
                let hint = plan.refusal().and_then(|note| note.hint.as_ref());
                if let Some(hint) = hint {
                    put(ThemeRole::Dim, 2, &shown(hint));
                }
            }
        }
    }

    /// Whom it is for: how many, how many of them are out of sight, some of them.
    fn whom(&self) -> String {
        let schemas = &self.wanted.schemas;
        let word = match self.wanted.deed {
            Deed::Migrate { .. } => None,
            Deed::Drop { .. } | Deed::Rename { .. } => Some("schema"),
            Deed::Clone(_) => Some("from"),
        };
        if let (Some(word), [one]) = (word, schemas.as_slice()) {
            return format!("{word:<WORD$} {one}");
        }
        let several = schemas.windows(2).any(|pair| pair[0].database != pair[1].database);
        let name = |path: &SchemaPath| if several { path.to_string() } else { shown(&path.schema).into_owned() };
        let some: Vec<String> = schemas.iter().take(3).map(name).collect();
        let more = if schemas.len() > some.len() { ", ..." } else { "" };
        let hidden = match self.known.hidden {
            0 => String::new(),
            hidden => format!(" ({} of them hidden by the filter)", units::count(hidden as u64)),
        };
        format!("{}{hidden}: {}{more}", plural(schemas.len(), "schema"), some.join(", "))
    }

    fn title(&self) -> String {
        let name = self.wanted.subject().map(ToString::to_string).unwrap_or_default();
        match &self.wanted.deed {
            Deed::Migrate { .. } => format!("migrate {}", plural(self.wanted.schemas.len(), "schema")),
            Deed::Drop { .. } => format!("drop {name}"),
            Deed::Rename { to, .. } => format!("rename {name} to {}", shown(to)),
            Deed::Clone(_) => format!("clone {name}"),
        }
    }

    /// Draws the dialog, and what is typed in the status line.
    pub fn view(&self, model: &Model, look: &Look<'_>, frame: &mut Frame<'_>) {
        let lines = self.lines(model);
        // As high as it can be, so that nothing moves while a plan is built.
        let (width, height) = model.context().area;
        let inside = paint::open_box(&self.title(), (width.min(WIDEST + 4), height), look, frame);
        let rows = usize::from(inside.height);
        let top = self.top.min(lines.len().saturating_sub(rows));
        let below = lines.len().saturating_sub(top + rows);
        // Where the plan is stays in sight.
        let words =
            lines.iter().map(|line| line.text.trim()).take_while(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        let head = lines.first().map(|line| (line.role, words));
        for (y, Line { role, text, row }) in (inside.y..).zip(lines.into_iter().skip(top).take(rows)) {
            let area = Rect { y, height: 1, ..inside };
            let is_chosen = row.is_some() && row == self.chosen;
            let style = if is_chosen { look.theme.style(ThemeRole::Selection) } else { look.theme.style(role) };
            let text = if is_chosen { text.replacen(' ', look.glyphs.cursor, 1) } else { text };
            frame.render_widget(Paragraph::new(Span::styled(text, style)).style(style), area);
        }
        if below > 0 {
            let words = format!(" {below} more ");
            let width = words.len() as u16;
            let at = Rect { x: inside.right().saturating_sub(width), y: inside.bottom(), width, height: 1 };
            frame.render_widget(Paragraph::new(Span::styled(words, look.theme.style(ThemeRole::Dim))), at);
        }
        if let Some((role, words)) = head.filter(|_| top > 0) {
            let place = Places::of(frame.area()).status;
            let words = text::fit(&words, usize::from(place.width).saturating_sub(1), look.glyphs.cut).into_owned();
            frame.render_widget(Clear, place);
            frame.render_widget(Paragraph::new(Span::styled(format!(" {words}"), look.theme.style(role))), place);
        }
        self.typed_line(look, frame);
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }

    fn typed_line(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let place = Places::of(frame.area()).status;
        match &self.typing {
            Some(Typing::Value(row, prompt)) => {
                let sign = format!("{}: ", row.word(&self.wanted));
                paint::input(&sign, prompt, row.example(), look, frame, place);
            }
            Some(Typing::Approval(prompt)) => {
                let words = self.approval().unwrap_or_default();
                paint::input(&format!("type {words} to start: "), prompt, "", look, frame, place);
            }
            None => {}
        }
    }
}
