//! The view of one schema: overview, tables, ledger and shape against what they should be. Must not know how facts are read.
//!
//! What the fleet knows shows at once; what only an opened schema tells comes with its detail.

mod ledger;
mod lists;
mod overview;
mod view;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use self::ledger::{LedgerCol, Standing};
use self::lists::{Listing, TableCol};
use super::activity::SessionsOf;
use super::compare::{CompareScreen, Subject};
use super::{Context, Direction, Look, Reply, SortChoice, ToMend, verdict};
use crate::action::Action;
use crate::domain::catalog::{LedgerRow, SchemaDetail, TableFacts};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Entry, Fleet};
use crate::domain::name::SchemaPath;
use crate::domain::record::{self, Record};
use crate::domain::units;
use crate::tui::parts::list::Cursor;

/// The state of one opened schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaScreen {
    database: DatabaseId,
    name: String,
    detail: Option<Result<SchemaDetail, Fault>>,
    tab: Tab,
    /// The first line of the overview in view.
    scroll: Cursor,
    tables: Listing<TableCol>,
    ledger: Listing<LedgerCol>,
    /// What differs from the reference.
    shape: CompareScreen,
    sessions: SessionsOf,
    #[serde(skip)]
    ledger_lines: Vec<ledger::Line>,
}

/// The parts of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tab {
    #[default]
    Overview,
    Tables,
    Ledger,
    Shape,
    Sessions,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Overview, Self::Tables, Self::Ledger, Self::Shape, Self::Sessions];

    fn beside(self, direction: Direction) -> Self {
        let step = if direction == Direction::Ascending { 1 } else { Self::ALL.len() - 1 };
        Self::ALL[(self as usize + step) % Self::ALL.len()]
    }
}

/// Lines above the rows of a list: the tabs and the heading.
const ABOVE: u16 = 2;

impl SchemaScreen {
    /// A view of the schema with this raw name; its detail is still to come.
    pub fn new(database: DatabaseId, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            database,
            shape: CompareScreen::new(Subject::Schema(database, name.clone())).without_ledger(),
            ledger_lines: Vec::new(),
            name,
            detail: None,
            tab: Tab::default(),
            scroll: Cursor::default(),
            tables: Listing::default(),
            ledger: Listing::default(),
            sessions: SessionsOf::default(),
        }
    }

    /// Whether it shows the sessions of its database, so that they are to be asked for.
    pub fn shows_sessions(&self) -> bool {
        self.tab == Tab::Sessions
    }

    /// The database of the schema.
    pub fn database(&self) -> DatabaseId {
        self.database
    }

    /// The raw name of the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether nothing could be read of it yet, so that it is worth asking again.
    pub fn has_failed(&self) -> bool {
        matches!(&self.detail, Some(Err(fault)) if fault.kind != FaultKind::Gone)
    }

    /// Takes the answer of the observer in. A detail that was read before stays when a second reading fails, unless the schema is
    /// gone.
    pub fn take(&mut self, detail: Result<SchemaDetail, Fault>) {
        self.shape.take(self.database, &self.name, &detail);
        let passing = detail.as_ref().is_err_and(|fault| fault.kind != FaultKind::Gone);
        if !(passing && matches!(self.detail, Some(Ok(_)))) {
            self.detail = Some(detail);
            self.arrange();
        }
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let window = usize::from(context.area.1.saturating_sub(ABOVE));
        match action {
            Action::NextTab | Action::Right => self.tab = self.tab.beside(Direction::Ascending),
            Action::PrevTab | Action::Left => self.tab = self.tab.beside(Direction::Descending),
            Action::Open if self.tab == Tab::Tables => {
                return self.selected().map_or(Reply::Done, |table| lists::explain(table, context));
            }
            action => match self.tab {
                Tab::Overview => {
                    let lines = overview::lines(self, context, view::overview_width(self, context.area.0)).len();
                    self.scroll.act(action, (lines + 1).saturating_sub(window), 1);
                }
                Tab::Tables => self.tables.act(action, window),
                Tab::Ledger => self.ledger.act(action, window),
                // Enter on a difference has nothing to open: one is in the schema already.
                Tab::Shape if action == Action::Open => {}
                Tab::Shape => return self.shape.act(action, &below(context)),
                Tab::Sessions => return self.sessions.act(action, &below(context)),
            },
        }
        Reply::Done
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (_, y): (u16, u16), context: &Context<'_>) -> bool {
        let window = usize::from(context.area.1.saturating_sub(ABOVE));
        match (self.tab, y.checked_sub(ABOVE)) {
            (Tab::Tables, Some(line)) => self.tables.click(line, window),
            (Tab::Ledger, Some(line)) => self.ledger.click(line, window),
            (Tab::Sessions, Some(line)) => self.sessions.click(line, &below(context)),
            _ => false,
        }
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        let cohort = verdict::schema(context.fleet, self.database, &self.name)
            .and_then(|schema| context.fleet.drift.history(schema.verdict.history_cohort?));
        self.ledger_lines = ledger::lines(self.known_ledger(), cohort, &context.fleet.drift);
        self.shape.facts_changed(&below(context));
        self.sessions.arrange(self.database, &self.name, &below(context));
        self.arrange();
        let window = usize::from(context.area.1.saturating_sub(ABOVE));
        self.tables.keep(window);
        self.ledger.keep(window);
    }

    /// Shows only rows of the open tab that hold this text; the empty text shows all.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        match self.tab {
            Tab::Overview => return,
            Tab::Tables => self.tables.set_filter(text),
            Tab::Ledger => self.ledger.set_filter(text),
            Tab::Shape => self.shape.set_filter(text, &below(context)),
            Tab::Sessions => self.sessions.set_filter(text),
        }
        self.facts_changed(context);
    }

    /// The filter of the open tab.
    pub fn filter(&self) -> &str {
        match self.tab {
            Tab::Overview => "",
            Tab::Tables => self.tables.filter(),
            Tab::Ledger => self.ledger.filter(),
            Tab::Shape => self.shape.filter(),
            Tab::Sessions => self.sessions.filter(),
        }
    }

    /// The columns of the open tab to sort by; none where nothing is sorted.
    pub fn sort_choices(&self) -> Vec<SortChoice> {
        match self.tab {
            Tab::Overview | Tab::Shape | Tab::Sessions => Vec::new(),
            Tab::Tables => self.tables.sort_choices(),
            Tab::Ledger => self.ledger.sort_choices(),
        }
    }

    /// Sorts the open tab by a column of [`Self::sort_choices`]; the same again reverses.
    pub fn set_sort(&mut self, id: &str, context: &Context<'_>) {
        match self.tab {
            Tab::Overview | Tab::Shape | Tab::Sessions => return,
            Tab::Tables => self.tables.set_sort(id),
            Tab::Ledger => self.ledger.set_sort(id),
        }
        self.facts_changed(context);
    }

    /// All rows that the open tab shows, in their order, as `record::of_table` and `record::of_migration` give them; empty on the
    /// overview.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        if self.tab == Tab::Sessions {
            return self.sessions.shown_rows(context);
        }
        let Some(Ok(detail)) = &self.detail else { return Vec::new() };
        let database = context.fleet.database(self.database).map_or_else(String::new, |database| database.label.clone());
        let path = SchemaPath { database, schema: self.name.clone() };
        match self.tab {
            Tab::Overview | Tab::Sessions => Vec::new(),
            Tab::Tables => {
                let rows = self.tables.rows(self.known_tables());
                rows.map(|table| record::of_table(&path, table, detail.as_of)).collect()
            }
            Tab::Ledger => self.ledger.rows(&self.ledger_lines).map(ledger::record).collect(),
            Tab::Shape => self.shape.shown_rows(),
        }
    }

    /// What `y` copies on the tab of sessions: the pid under the cursor.
    pub fn selected_pid(&self) -> Option<String> {
        if self.tab == Tab::Sessions { self.sessions.to_copy() } else { None }
    }

    /// The raw name of the table under the cursor, on the tab of tables.
    pub fn selected_table(&self) -> Option<&str> {
        self.selected().map(|table| table.name.as_str())
    }

    /// Whether the open tab is a list.
    pub fn is_list(&self) -> bool {
        self.tab != Tab::Overview
    }

    /// What a proposal would be about, or why there is none.
    pub fn to_mend(&self, fleet: &Fleet) -> Result<ToMend<'_>, String> {
        self.shape.to_mend(fleet)
    }

    /// The line above the footer.
    pub fn status(&self, context: &Context<'_>) -> String {
        if self.tab == Tab::Sessions {
            return self.sessions.status(self.database, context);
        }
        let detail = match &self.detail {
            None => return "reading".to_owned(),
            Some(Err(fault)) => return fault.what.clone(),
            Some(Ok(detail)) => detail,
        };
        let as_of = format!("as of {}", context.time_of_day(detail.as_of));
        match self.tab {
            Tab::Overview | Tab::Sessions => as_of,
            Tab::Tables if detail.tables.is_err() => String::new(),
            Tab::Tables => {
                let bytes: u64 = self.tables.rows(self.known_tables()).filter_map(|table| table.bytes).sum();
                format!("{} · {as_of}", self.tables.status("table", &format!("{} on disk", units::bytes(bytes))))
            }
            Tab::Ledger if !matches!(detail.ledger, Some(Ok(_))) => String::new(),
            Tab::Ledger => {
                let pending = self.ledger_lines.iter().filter(|line| line.standing == Standing::Pending).count();
                let pending = if pending > 0 { format!("{} pending", units::count(pending as u64)) } else { String::new() };
                let head = context.fleet.drift.head.as_ref().map(|head| verdict::head(head, context.fleet, 40));
                let about = self.ledger.status("migration", &pending);
                format!("{about} · {}", head.unwrap_or(as_of))
            }
            Tab::Shape => {
                let about = self.shape.status(context);
                if about.is_empty() { as_of } else { format!("{about} · {as_of}") }
            }
        }
    }

    /// Draws the view.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        view::draw(self, context, look, frame.buffer_mut(), area);
    }

    /// What the fleet knows of the schema. The first row of it: several tenants may name it.
    fn entry<'a>(&self, context: &Context<'a>) -> Option<Entry<'a>> {
        let database = context.fleet.database(self.database)?;
        database.entries(self.database).find(|entry| entry.schema.is_some() && entry.schema_name() == self.name)
    }

    fn known_tables(&self) -> &[TableFacts] {
        match &self.detail {
            Some(Ok(SchemaDetail { tables: Ok(tables), .. })) => tables,
            _ => &[],
        }
    }

    fn known_ledger(&self) -> &[LedgerRow] {
        match &self.detail {
            Some(Ok(SchemaDetail { ledger: Some(Ok(rows)), .. })) => rows,
            _ => &[],
        }
    }

    fn selected(&self) -> Option<&TableFacts> {
        if self.tab == Tab::Tables { self.tables.selected(self.known_tables()) } else { None }
    }

    /// Sorts and filters what is known.
    fn arrange(&mut self) {
        let mut tables = std::mem::take(&mut self.tables);
        tables.arrange(self.known_tables());
        self.tables = tables;
        let mut ledger = std::mem::take(&mut self.ledger);
        ledger.arrange(&self.ledger_lines);
        self.ledger = ledger;
    }
}

/// What a tab may see: the lines below those of the tabs.
fn below<'a>(context: &Context<'a>) -> Context<'a> {
    Context { area: (context.area.0, context.area.1.saturating_sub(1)), ..*context }
}
