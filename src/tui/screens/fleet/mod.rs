//! Screen 1, Fleet: the databases, the map, and what needs attention. Must not know other screens' state.

mod digest;
mod layout;
mod view;
mod words;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use self::digest::Digest;
use self::layout::Layout;
use super::{Context, Look, Reply};
use crate::action::Action;
use crate::domain::filter::Filter;
use crate::domain::fleet::DatabaseId;
use crate::domain::run::RunId;
use crate::domain::units;
use crate::tui::parts::list::Cursor;

/// The state of screen 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FleetScreen {
    /// Over all lines that can be chosen, block after block.
    cursor: Cursor,
    /// The line under the cursor by its key; `None` until the person moved.
    pinned: Option<Target>,
    #[serde(skip)]
    digest: Digest,
}

/// A line that the cursor can be on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Target {
    Database(DatabaseId),
    /// Its scary number.
    Near(DatabaseId),
    /// By [`digest::Alert::key`].
    Alert(u8, u16, usize),
    /// A live run.
    Run(RunId),
    Large(DatabaseId, String),
}

impl FleetScreen {
    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let targets = self.targets(context);
        if self.cursor.act(action, targets.len(), targets.len()) {
            self.pinned = targets.into_iter().nth(self.cursor.at);
            return Reply::Done;
        }
        match (action, targets.get(self.cursor.at)) {
            (Action::Open, Some(Target::Database(id))) => Self::open_database(*id, context),
            (Action::Open, Some(Target::Near(id))) => Reply::ShowCapacity(*id),
            (Action::Open, Some(Target::Run(id))) => Reply::OpenRun(id.clone()),
            (Action::Open, Some(Target::Large(id, schema))) => Reply::OpenSchema(*id, schema.clone()),
            (Action::Open, Some(Target::Alert(..))) => match self
                .digest
                .alerts
                .iter()
                .find(|alert| Some(Target::from(**alert)) == targets.get(self.cursor.at).cloned())
            {
                Some(alert) => words::answer(*alert, context),
                None => Reply::Done,
            },
            _ => Reply::Done,
        }
    }

    /// Puts the cursor on the line at a cell of the area; whether it was there already.
    pub fn click(&mut self, cell: (u16, u16), context: &Context<'_>) -> bool {
        let targets = self.targets(context);
        let Some(at) = view::line_at(self, cell, context).filter(|at| *at < targets.len()) else { return false };
        let before = self.cursor.at;
        self.cursor.put(at, targets.len(), targets.len());
        self.pinned = targets.into_iter().nth(at);
        before == at
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        let running = context.runs.live().count().min(usize::from(u16::MAX)) as u16;
        self.digest = Digest { running, ..Digest::of(context.fleet, context.now) };
        let targets = self.targets(context);
        let found = self.pinned.as_ref().and_then(|key| targets.iter().position(|target| target == key));
        let at = if self.pinned.is_some() { found.unwrap_or(self.cursor.at) } else { 0 };
        self.cursor.put(at, targets.len(), targets.len());
    }

    /// The line above the footer: the fleet in figures.
    pub fn status(&self, context: &Context<'_>) -> String {
        let total = self.digest.total();
        let mut parts = Vec::new();
        let databases = &context.fleet.databases;
        if databases.len() > 1 {
            let down = databases.iter().filter(|database| database.is_stale()).count();
            let down = if down > 0 { format!(", {down} down") } else { String::new() };
            parts.push(format!("{} databases{down}", databases.len()));
        }
        let plural = |count: u64, one: &str| format!("{} {one}{}", units::count(count), if count == 1 { "" } else { "s" });
        parts.extend(total.tenants.map(|tenants| plural(tenants, "tenant")));
        parts.extend((total.schemas > 0).then(|| plural(total.schemas, "schema")));
        parts.extend(total.tables.map(|tables| plural(tables, "table")));
        parts.extend(total.bytes.map(|bytes| format!("≈ {}", units::bytes(bytes))));
        parts.join(" · ")
    }

    /// Draws the screen.
    pub fn view(&self, context: &Context<'_>, look: &Look<'_>, frame: &mut Frame<'_>, area: Rect) {
        view::draw(self, context, look, frame.buffer_mut(), area);
    }

    /// The lines that can be chosen in the area of the context: those of blocks that have room.
    fn targets(&self, context: &Context<'_>) -> Vec<Target> {
        let (width, height) = context.area;
        let layout = Layout::of(Rect::new(0, 0, width, height), context.fleet.databases.len(), &self.digest);
        let databases = (0..context.fleet.databases.len()).map(|at| Target::Database(DatabaseId(at as u16)));
        let mut targets: Vec<Target> = databases.collect();
        let rows = layout.scary.map_or(0, |area| usize::from(area.height));
        targets.extend(self.digest.near.iter().take(rows).map(|near| Target::Near(near.id)));
        if layout.attention.is_some() {
            targets.extend(self.digest.alerts.iter().map(|alert| Target::from(*alert)));
        }
        let rows = layout.running.map_or(0, |area| usize::from(area.height));
        targets.extend(context.runs.live().take(rows).map(|run| Target::Run(run.id.clone())));
        if let Some(area) = layout.largest {
            let rows = usize::from(area.height.saturating_sub(1));
            let visible = self.digest.largest.iter().take(rows);
            targets.extend(visible.map(|large| Target::Large(large.id, large.schema.clone())));
        }
        targets
    }

    fn open_database(id: DatabaseId, context: &Context<'_>) -> Reply {
        let Some(database) = context.fleet.database(id) else { return Reply::Done };
        if database.rows.is_empty() && database.is_stale() {
            return words::answer(digest::Alert::Outage(id), context);
        }
        let alone = context.fleet.databases.len() == 1;
        Reply::ShowTenants(if alone { String::new() } else { Filter::of_database(&database.label) })
    }
}

impl From<digest::Alert> for Target {
    fn from(alert: digest::Alert) -> Self {
        let (kind, database, at) = alert.key();
        Self::Alert(kind, database, at)
    }
}
