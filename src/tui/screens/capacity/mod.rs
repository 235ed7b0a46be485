//! Screen 4, Capacity: the scary number, how near it is and when it falls, and what already wears the server; in a second tab, where
//! tables live. Must not know how facts are read, nor how they are judged.

mod chart;
mod page;
pub mod placement;
mod view;
mod words;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use self::page::{Key, Measured, Page, WhatIf};
use self::placement::PlacementPane;
use super::{Context, Direction, Look, Reply};
use crate::action::Action;
use crate::capacity;
use crate::domain::capacity::GaugeId;
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, Severity};
use crate::domain::question::{Answer, Question};
use crate::domain::record::Record;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::list::Cursor;

/// The most tables per tenant and the most tenants that are tried.
const MOST: (u32, u64) = (1_000_000, 1_000_000_000);

/// The state of screen 4.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CapacityScreen {
    tab: Tab,
    /// The chosen database; `None` for all together, which a fleet of one database does not have.
    database: Option<DatabaseId>,
    /// The line under the cursor.
    key: Key,
    /// Over the lines of the page.
    cursor: Cursor,
    what_if: Option<WhatIf>,
    placement: PlacementPane,
    #[serde(skip)]
    page: Page,
}

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tab {
    #[default]
    Capacity,
    Placement,
}

impl CapacityScreen {
    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        match (action, self.tab) {
            (Action::NextTab | Action::PrevTab, Tab::Capacity) => {
                self.tab = Tab::Placement;
                self.show_placement(context)
            }
            (Action::NextTab | Action::PrevTab, Tab::Placement) => {
                self.tab = Tab::Capacity;
                self.facts_changed(context);
                Reply::Done
            }
            (Action::Left, _) => self.beside(Direction::Descending, context),
            (Action::Right, _) => self.beside(Direction::Ascending, context),
            (action, Tab::Placement) => self.placement.act(action, &below(context)),
            (Action::Open, _) => {
                if let Some(database) = self.keys_of(context) {
                    return Reply::Ask(database, Question::Sequences);
                }
                let (title, lines) = words::explain(self.key, &self.page, context);
                Reply::Explain(title, lines)
            }
            (Action::NextMatch, _) => self.seek(Direction::Ascending, context),
            (Action::PrevMatch, _) => self.seek(Direction::Descending, context),
            (Action::More, _) => self.vary(Direction::Ascending, context),
            (Action::Less, _) => self.vary(Direction::Descending, context),
            (action, _) => {
                self.step(action, context);
                Reply::Done
            }
        }
    }

    /// The database whose sequences tell more of the line under the cursor.
    fn keys_of(&self, context: &Context<'_>) -> Option<DatabaseId> {
        let (_, gauge) = self.page.gauge(GaugeId::Keys).filter(|_| self.key == Key::Gauge(GaugeId::Keys))?;
        let id = self.choice(context).filter(|_| gauge.measure > Some(0.0))?;
        context.fleet.database(id).filter(|database| !database.is_stale()).map(|_| id)
    }

    /// Explains keys with where their sequences stand; nothing when the person has gone elsewhere meanwhile.
    pub fn explain_keys(
        &self,
        database: DatabaseId,
        answer: &Result<Answer, Fault>,
        context: &Context<'_>,
    ) -> Option<(String, Vec<String>)> {
        let is_here = self.tab == Tab::Capacity && self.key == Key::Gauge(GaugeId::Keys);
        if !is_here || self.choice(context) != Some(database) {
            return None;
        }
        let (title, mut lines) = words::explain(self.key, &self.page, context);
        let sequences = match answer {
            Ok(Answer::Sequences(facts)) => capacity::sequences(facts),
            Ok(Answer::Placement(_) | Answer::Sessions(_)) => return None,
            Err(fault) => vec![("not read".to_owned(), fault.what.clone())],
        };
        lines.extend([String::new(), "SEQUENCES".to_owned()]);
        lines.extend(sequences.into_iter().map(|(name, value)| format!("  {name}: {value}")));
        Some((title, lines))
    }

    /// Takes in what was asked of a database.
    pub fn take(&mut self, database: DatabaseId, answer: Result<Answer, Fault>) {
        self.placement.take(database, answer);
    }

    /// The database that is to be asked where its tables live: after it was read again, while that is looked at.
    pub fn asks(&mut self, context: &Context<'_>) -> Option<DatabaseId> {
        if self.tab == Tab::Placement { self.placement.again(&below(context)) } else { None }
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        if self.tab == Tab::Placement {
            return self.placement.facts_changed(&below(context));
        }
        self.page = Page::of(self.choice(context), self.what_if, context);
        self.put(self.key, context);
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (x, y): (u16, u16), context: &Context<'_>) -> bool {
        let Some(line) = y.checked_sub(1) else { return false };
        if self.tab == Tab::Placement {
            return self.placement.click((x, line), &below(context));
        }
        let (width, height) = below(context).area;
        let all = view::lines(width, height);
        let top = self.cursor.window(all.len(), usize::from(height)).start;
        let key = all.get(top + usize::from(line)).and_then(|line| line.key());
        let before = self.key;
        key.is_some_and(|key| {
            self.put(key, context);
            before == key
        })
    }

    /// Chooses a database, on the tab of capacity.
    pub fn choose(&mut self, database: DatabaseId) {
        (self.tab, self.database, self.what_if) = (Tab::Capacity, Some(database), None);
    }

    /// Leaves figures on trial; whether there were any.
    pub fn back_to_now(&mut self, context: &Context<'_>) -> bool {
        let left = self.tab == Tab::Capacity && self.what_if.take().is_some();
        if left {
            self.facts_changed(context);
        }
        left
    }

    /// Why there is nothing to try other figures of under the cursor.
    pub fn not_varied(&self) -> Option<String> {
        match (self.tab, self.key) {
            (Tab::Placement, _) => Some("there is no figure to change here; the other tab has them".to_owned()),
            _ if self.page.now.is_none() => Some("there are no figures to change yet".to_owned()),
            (_, Key::Tables | Key::Tenants) => None,
            _ => Some("what if: only tables per tenant and tenants can be changed".to_owned()),
        }
    }

    /// The headless verb that tells what the open tab shows.
    pub fn verb(&self) -> &'static str {
        match self.tab {
            Tab::Capacity => "capacity",
            Tab::Placement => "placement",
        }
    }

    /// The rows that the screen shows, with raw values.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        match self.tab {
            Tab::Placement => self.placement.shown_rows(&below(context)),
            Tab::Capacity if self.page.sizing.is_none() && self.page.gauges.is_empty() => Vec::new(),
            Tab::Capacity => Key::all().map(|key| words::record(key, &self.page, context)).collect(),
        }
    }

    /// Shows only lines that hold this text, on the tab of placement; the empty text shows all.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        if self.tab == Tab::Placement {
            self.placement.set_filter(text, &below(context));
        }
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        if self.tab == Tab::Placement { self.placement.filter() } else { "" }
    }

    /// Whether the open tab is a list that can be filtered.
    pub fn is_list(&self) -> bool {
        self.tab == Tab::Placement
    }

    /// The options that make the headless verb tell what the screen shows: the chosen database where there are several, and the
    /// figures on trial. With names before their values, which are raw.
    pub fn options(&self, context: &Context<'_>) -> Vec<(&'static str, String)> {
        let chosen = if self.tab == Tab::Placement { Some(self.placed(context)) } else { self.choice(context) };
        let database = chosen.filter(|_| context.fleet.databases.len() > 1).and_then(|id| context.fleet.database(id));
        let mut options: Vec<(&'static str, String)> =
            database.map(|database| ("--db", database.label.clone())).into_iter().collect();
        let on_trial = self.page.now.as_ref().zip(self.what_if).filter(|_| self.tab == Tab::Capacity);
        if let Some((now, other)) = on_trial {
            options.extend((other.tables != now.tables_per_tenant.median).then(|| ("--tables", other.tables.to_string())));
            // The verb tries a number of tenants in each database, not in all together.
            let is_one = self.page.database.is_some();
            options.extend((is_one && other.tenants != now.tenants).then(|| ("--tenants", other.tenants.to_string())));
        }
        options
    }

    /// The line under the cursor, to be copied.
    pub fn copied(&self, context: &Context<'_>) -> Option<String> {
        match self.tab {
            Tab::Placement => self.placement.copied(&below(context)),
            Tab::Capacity => words::line(self.key, &self.page, context),
        }
    }

    /// Draws the screen.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        view::draw(self, context, look, frame.buffer_mut(), area);
    }

    /// The line above the keys: what is in trouble, and the line under the cursor where it does not fit into its room.
    pub fn status(&self, context: &Context<'_>) -> String {
        if self.tab == Tab::Placement {
            return self.placement.status(&below(context));
        }
        let mut parts = Vec::new();
        if self.what_if.is_some() {
            parts.push("what if: figures on trial, esc goes back to now".to_owned());
        }
        let troubles = [Severity::Danger, Severity::Warn].map(|severity| (severity, self.page.count(severity)));
        for (severity, count) in troubles.into_iter().filter(|(_, count)| *count > 0) {
            parts.push(format!("{count} {}", severity.word()));
        }
        match &self.page.measured {
            Measured::Waiting if !self.page.stale => parts.push("pressure is still to be read".to_owned()),
            Measured::Failed(fault) => parts.push(format!("pressure was not read: {}", fault.what)),
            Measured::At(at) if troubles.iter().all(|(_, count)| *count == 0) => {
                parts.push(format!("nothing is in trouble, as of {}", context.time_of_day(*at)));
            }
            Measured::Waiting | Measured::At(_) => {}
        }
        if let Key::Gauge(id) = self.key
            && let Some(value) = words::gauge_value(&self.page, id, context.fleet, &Glyphs::unicode())
            && crate::tui::parts::text::width(&value) > view::value_room(context.area.0)
        {
            parts.push(value);
        }
        parts.join(" · ")
    }

    /// The database that is shown; `None` for all together.
    fn choice(&self, context: &Context<'_>) -> Option<DatabaseId> {
        let databases = &context.fleet.databases;
        match self.database {
            Some(id) if usize::from(id.0) < databases.len() => Some(id),
            _ if databases.len() == 1 => Some(DatabaseId(0)),
            _ => None,
        }
    }

    /// Goes to the next or the previous choice. Where tables live is told of one database at a time.
    fn beside(&mut self, direction: Direction, context: &Context<'_>) -> Reply {
        let count = context.fleet.databases.len();
        let first = usize::from(self.tab == Tab::Capacity && count > 1);
        let all: Vec<Option<DatabaseId>> =
            (0..first).map(|_| None).chain((0..count).map(|at| Some(DatabaseId(at as u16)))).collect();
        let chosen = self.choice(context);
        let at = all.iter().position(|choice| *choice == chosen).unwrap_or(0);
        let next = match direction {
            Direction::Ascending => (at + 1).min(all.len().saturating_sub(1)),
            Direction::Descending => at.saturating_sub(1),
        };
        let choice = all.get(next).copied().flatten();
        if choice == chosen {
            return Reply::Done;
        }
        (self.database, self.what_if) = (choice, None);
        match self.tab {
            Tab::Placement => self.show_placement(context),
            Tab::Capacity => {
                self.facts_changed(context);
                Reply::Done
            }
        }
    }

    /// The database whose placement is shown.
    fn placed(&self, context: &Context<'_>) -> DatabaseId {
        self.choice(context).unwrap_or(DatabaseId(0))
    }

    fn show_placement(&mut self, context: &Context<'_>) -> Reply {
        let reply = self.placement.show(self.placed(context), &below(context));
        self.placement.facts_changed(&below(context));
        reply
    }

    /// Moves over the lines that can be chosen.
    fn step(&mut self, action: Action, context: &Context<'_>) {
        let keys: Vec<Key> = Key::all().collect();
        let at = keys.iter().position(|key| *key == self.key).unwrap_or(0);
        let mut cursor = Cursor { at, top: 0 };
        if cursor.act(action, keys.len(), usize::from(context.area.1 / 2)) {
            self.put(keys[cursor.at], context);
        }
    }

    /// Puts the cursor on a line and that into view; on the first one the whole page is seen from its beginning.
    fn put(&mut self, key: Key, context: &Context<'_>) {
        let (width, height) = below(context).area;
        let all = view::lines(width, height);
        self.key = key;
        let at = all.iter().position(|line| line.key() == Some(key)).unwrap_or(0);
        self.cursor.put(at, all.len(), usize::from(height));
        if Key::FIGURES.contains(&key) && at < usize::from(height) {
            self.cursor.top = 0;
        }
    }

    /// Goes to the next line in trouble, round the end.
    fn seek(&mut self, direction: Direction, context: &Context<'_>) -> Reply {
        let keys: Vec<Key> = Key::all().collect();
        let from = keys.iter().position(|key| *key == self.key).unwrap_or(0);
        let step = |offset: usize| match direction {
            Direction::Ascending => (from + offset) % keys.len(),
            Direction::Descending => (from + keys.len() - offset) % keys.len(),
        };
        let in_trouble = |at: &usize| self.page.severity(keys[*at]).is_some_and(|it| it >= Severity::Warn);
        let Some(found) = (1..=keys.len()).map(step).find(in_trouble) else {
            return Reply::Say("no line is in trouble".to_owned());
        };
        let round = if direction == Direction::Ascending { found <= from } else { found >= from };
        self.put(keys[found], context);
        if round { Reply::Say("round the end".to_owned()) } else { Reply::Done }
    }

    /// Tries another figure under the cursor.
    fn vary(&mut self, direction: Direction, context: &Context<'_>) -> Reply {
        let Some(now) = &self.page.now else { return Reply::Done };
        let of_now = WhatIf { tables: now.tables_per_tenant.median, tenants: now.tenants };
        let mut other = self.what_if.unwrap_or(of_now);
        match self.key {
            Key::Tables => {
                let step = u64::from(of_now.tables) / 100;
                let varied = stepped(other.tables.into(), round(step), direction);
                other.tables = u32::try_from(varied).unwrap_or(MOST.0).clamp(1, MOST.0);
            }
            Key::Tenants => other.tenants = stepped(other.tenants, round(of_now.tenants / 10), direction).clamp(1, MOST.1),
            _ => return Reply::Done,
        }
        self.what_if = (other != of_now).then_some(other);
        self.facts_changed(context);
        Reply::Done
    }
}

/// A figure with one digit that is not nothing: 641 becomes 600.
fn round(figure: u64) -> u64 {
    let mut unit = 1;
    while figure / unit >= 10 {
        unit *= 10;
    }
    (figure / unit * unit).max(1)
}

/// The next or the previous multiple of a step.
fn stepped(figure: u64, step: u64, direction: Direction) -> u64 {
    match direction {
        Direction::Ascending => (figure / step + 1) * step,
        Direction::Descending => figure.div_ceil(step).saturating_sub(1) * step,
    }
}

/// What a tab may see: the lines below those of the tabs.
fn below<'a>(context: &Context<'a>) -> Context<'a> {
    Context { area: (context.area.0, context.area.1.saturating_sub(1)), ..*context }
}

#[cfg(test)]
mod tests;
