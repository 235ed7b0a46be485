//! The columns of the tenant list and what stands in their cells. Must not know the order of the rows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::domain::fleet::{Entry, Fleet};
use crate::domain::name::shown;
use crate::domain::roles::Oddity;
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::columns::{Align, Column, Placed};
use crate::tui::parts::text;
use crate::tui::screens::{Context, Direction, verdict};
use crate::tui::theme::ThemeRole;

/// The columns in their order on the screen: what is always there stays at the left, what appears with more room comes behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Col {
    Tenant,
    Schema,
    Database,
    Tables,
    Rows,
    Size,
    Ledger,
    Shape,
    State,
    Role,
    Domain,
    Created,
    Activity,
    Owner,
    Plan,
    Dialect,
}

impl Col {
    pub(super) const ALL: [Self; 16] = [
        Self::Tenant,
        Self::Schema,
        Self::Database,
        Self::Tables,
        Self::Rows,
        Self::Size,
        Self::Ledger,
        Self::Shape,
        Self::State,
        Self::Role,
        Self::Domain,
        Self::Created,
        Self::Activity,
        Self::Owner,
        Self::Plan,
        Self::Dialect,
    ];

    /// What the chooser takes and the status line says, and the heading.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tenant => ("tenant", "TENANT"),
            Self::Schema => ("schema", "SCHEMA"),
            Self::Database => ("database", "DB"),
            Self::Tables => ("tables", "TABLES"),
            Self::Rows => ("rows", "ROWS"),
            Self::Size => ("size", "SIZE"),
            Self::State => ("state", "STATE"),
            Self::Role => ("role", "ROLE"),
            Self::Domain => ("domains", "DOMAINS"),
            Self::Created => ("created", "CREATED"),
            Self::Activity => ("activity", "ACTIVITY"),
            Self::Owner => ("owner", "OWNER"),
            Self::Plan => ("plan", "PLAN"),
            Self::Ledger => ("ledger", "LEDGER"),
            Self::Shape => ("shape", "SHAPE"),
            Self::Dialect => ("tool", "TOOL"),
        }
    }

    pub(super) const fn id(self) -> &'static str {
        self.words().0
    }

    /// Of figures the greatest are wanted first, of words the alphabet.
    pub(super) const fn first_direction(self) -> Direction {
        match self {
            Self::Tables | Self::Rows | Self::Size | Self::Created | Self::Activity => Direction::Descending,
            _ => Direction::Ascending,
        }
    }

    /// Whether its figures are the planner's.
    pub(super) const fn is_estimate(self) -> bool {
        matches!(self, Self::Rows | Self::Size)
    }
}

/// Which columns this fleet has anything for, so that no column is empty from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    /// The cells of the longest label; none when there is one database.
    label: u16,
    has: [bool; Col::ALL.len()],
}

impl Shape {
    pub(super) fn of(fleet: &Fleet) -> Self {
        let mut shape = Self::default();
        if fleet.databases.len() > 1 {
            let widths = fleet.databases.iter().map(|database| text::width(&shown(&database.label)));
            shape.label = widths.max().unwrap_or(0).clamp(4, 14) as u16;
        }
        let mut found = |column: Col, there: bool| shape.has[column as usize] |= there;
        for column in [Col::Schema, Col::Tables, Col::Rows, Col::Size, Col::Shape, Col::State, Col::Role, Col::Owner] {
            found(column, true);
        }
        found(Col::Database, fleet.databases.len() > 1);
        for database in &fleet.databases {
            // Until the registry is read nobody knows whether tenants have names: the column is there from the start.
            found(Col::Tenant, database.registry.is_none());
            // The same holds for ledgers.
            found(Col::Ledger, !database.drift_read.ledgers);
            for tenant in database.known_registry().iter().flat_map(|registry| &registry.tenants) {
                found(Col::Tenant, tenant.name.as_ref().is_some_and(|name| *name != tenant.schema));
                found(Col::Domain, !tenant.domains.is_empty());
                found(Col::Created, tenant.created.is_some());
                found(Col::Plan, tenant.plan.is_some());
            }
            for schema in &database.schemas {
                found(Col::Activity, schema.activity.is_some());
                found(Col::Ledger, schema.ledger.is_some());
                found(Col::Dialect, schema.ledger.is_some());
            }
        }
        shape
    }

    /// The columns of this fleet with the room that each asks for.
    pub(super) fn columns(self) -> Vec<Column<Col>> {
        Col::ALL.into_iter().filter(|&column| self.has[column as usize]).map(|column| self.column(column)).collect()
    }

    fn column(self, id: Col) -> Column<Col> {
        let (align, [least, fair, most], rank) = match id {
            Col::Tenant => (Align::Left, [10, 20, 32], 0),
            Col::Schema => (Align::Left, [10, 18, 34], 0),
            Col::State => (Align::Left, [12, 15, 24], 0),
            Col::Ledger => (Align::Left, [12, 12, 13], 1),
            Col::Shape => (Align::Left, [11, 15, 17], 1),
            Col::Tables => (Align::Right, [7, 7, 8], 3),
            Col::Size => (Align::Right, [7, 7, 8], 4),
            Col::Database => (Align::Left, [self.label; 3], 2),
            // Names come before figures: at 80 columns the rows wait, so that tenant and schema can be read.
            Col::Rows => (Align::Right, [7, 7, 8], 5),
            Col::Domain => (Align::Left, [18, 24, 40], 6),
            Col::Created => (Align::Left, [10; 3], 7),
            Col::Activity => (Align::Left, [10; 3], 8),
            Col::Owner => (Align::Left, [10, 12, 16], 9),
            Col::Plan => (Align::Left, [8, 10, 12], 10),
            Col::Dialect => (Align::Left, [8; 3], 11),
            // The state says it of every row that is no tenant's.
            Col::Role => (Align::Left, [9; 3], 12),
        };
        Column { id, title: id.words().1, align, least, fair, most, rank }
    }
}

/// Which columns stand beside the state and tell a part of what is odd, so that the state need not say it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Told {
    ledger: bool,
    shape: bool,
}

impl Told {
    /// By columns that are seen.
    pub(super) fn by(columns: &[Placed<Col>]) -> Self {
        let is_there = |id: Col| columns.iter().any(|column| column.column.id == id);
        Self { ledger: is_there(Col::Ledger), shape: is_there(Col::Shape) }
    }

    /// What is odd about a row and stands in no other column, the worst first.
    pub(super) fn left<'a>(self, entry: &Entry<'a>) -> impl Iterator<Item = Oddity> + use<'a> {
        let is_told = move |oddity: Oddity| match oddity {
            Oddity::Dirty
            | Oddity::Diverged { .. }
            | Oddity::Gap { .. }
            | Oddity::Behind { .. }
            | Oddity::NoLedger
            | Oddity::Ahead { .. } => self.ledger,
            Oddity::ShapeDiffers { .. } => self.shape,
            // These are more than a matter of the ledger or of the shape.
            Oddity::NoSchema
            | Oddity::Empty
            | Oddity::Ghost { .. }
            | Oddity::Unreadable
            | Oddity::SharedByTenants
            | Oddity::Orphan
            | Oddity::TablesDiffer { .. }
            | Oddity::NoDomain => false,
        };
        entry.row.oddities.iter().copied().filter(move |oddity| !is_told(*oddity))
    }
}

/// What stands in the cell of a column, safe to show, and its role.
/// `room` is how many cells it has: some words are shorter where it is small.
pub(super) fn cell<'a>(
    entry: &Entry<'a>,
    column: Col,
    room: u16,
    told: Told,
    context: &Context<'_>,
    glyphs: &Glyphs,
) -> (Cow<'a, str>, ThemeRole) {
    let plain = |text: Cow<'a, str>| (text, ThemeRole::Text);
    let none = || (Cow::Owned(glyphs.none.to_owned()), ThemeRole::Dim);
    let name = |raw: Option<&'a str>| raw.map_or_else(none, |raw| plain(shown(raw)));
    let counts = entry.counts();
    // Before the inventory has reported, a figure is pending; a tenant without schema has none.
    let missing = || if entry.schema.is_some() { (Cow::Owned(glyphs.pending.to_owned()), ThemeRole::Dim) } else { none() };
    let estimate = |text: Option<String>| match (text, counts) {
        // A figure that leaves out every table is no figure.
        (Some(_), Some(counts)) if counts.is_unknown() => (Cow::Borrowed("unknown"), ThemeRole::Dim),
        (Some(text), _) => plain(Cow::Owned(text)),
        (None, _) => missing(),
    };
    let owned = |(words, role): (String, ThemeRole)| (Cow::Owned(words), role);
    match column {
        Col::Tenant => name(entry.tenant_name()),
        Col::Schema => name(Some(entry.schema_name())),
        Col::Database => name(Some(&entry.database.label)),
        Col::Tables => counts.map_or_else(missing, |counts| plain(Cow::Owned(units::count(counts.tables.into())))),
        Col::Rows => estimate(counts.map(|counts| units::short(counts.rows))),
        Col::Size => estimate(counts.map(|counts| units::bytes(counts.bytes))),
        Col::State => state(entry, usize::from(room), told, glyphs),
        Col::Role => plain(Cow::Borrowed(entry.row.role.word())),
        Col::Domain => domains(entry).map_or_else(none, plain),
        Col::Created => name(entry.tenant.and_then(|tenant| tenant.created.as_deref())),
        Col::Activity => match entry.schema.and_then(|schema| schema.activity) {
            Some(activity) => plain(Cow::Owned(units::ago(activity.at, context.now))),
            None => none(),
        },
        Col::Owner => name(entry.schema.map(|schema| schema.owner.as_str())),
        Col::Plan => name(entry.tenant.and_then(|tenant| tenant.plan.as_deref())),
        Col::Ledger => match entry.verdict().filter(|_| entry.row.role.is_judged()) {
            Some(it) => owned(verdict::ledger_of(entry, it.ledger, glyphs)),
            None => none(),
        },
        Col::Shape => match entry.verdict().filter(|_| entry.row.role.is_judged()) {
            Some(it) => owned(verdict::shape(it.shape, usize::from(room), glyphs)),
            None => none(),
        },
        Col::Dialect => match entry.schema.and_then(|schema| schema.ledger.as_ref()) {
            Some(ledger) => plain(Cow::Borrowed(ledger.dialect.word())),
            None => none(),
        },
    }
}

/// What is odd beyond what other columns tell; nothing where they tell all.
fn state<'a>(entry: &Entry<'a>, room: usize, told: Told, glyphs: &Glyphs) -> (Cow<'a, str>, ThemeRole) {
    let mut left = told.left(entry);
    let Some(oddity) = left.next() else {
        let words = if entry.row.oddities.is_empty() { entry.state_words() } else { "ok".to_owned() };
        return match words.as_str() {
            "ok" if told == Told::default() => (Cow::Owned(format!("{} ok", glyphs.ok)), ThemeRole::Ok),
            "ok" => (Cow::Borrowed(""), ThemeRole::Dim),
            words => (Cow::Owned(format!("{} {words}", glyphs.info)), ThemeRole::Dim),
        };
    };
    let more = match left.count() {
        0 => String::new(),
        several => format!(" +{several}"),
    };
    let words = entry.oddity_words(oddity);
    // A narrow cell is better brief than cut.
    let words = match oddity {
        _ if text::width(&words) + text::width(&more) + 2 <= room => words,
        Oddity::ShapeDiffers { .. } => "shape".to_owned(),
        Oddity::Diverged { .. } => "diverged".to_owned(),
        Oddity::TablesDiffer { .. } => "tables".to_owned(),
        Oddity::SharedByTenants => "shared".to_owned(),
        _ => words,
    };
    (Cow::Owned(format!("{} {words}{more}", glyphs.oddity(oddity))), ThemeRole::of(oddity.severity()))
}

fn domains<'a>(entry: &Entry<'a>) -> Option<Cow<'a, str>> {
    let domains = &entry.tenant?.domains;
    let first = shown(&domains.first()?.name);
    Some(if domains.len() == 1 { first } else { Cow::Owned(format!("{first} +{}", domains.len() - 1)) })
}
