//! The second tab of screen 4: what is dangerous, wrong or normal about where tables live, and a matrix of all tables below. Must
//! not know how facts are read, nor how they are judged.

mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, Link, Severity};
use crate::domain::name::shown;
use crate::domain::placement::{Concerned, Finding, FindingKind, Place, Placement, PlacementFacts, PlacementRow};
use crate::domain::question::{Answer, Question};
use crate::domain::record::{Record, placement as record};
use crate::domain::units;
use crate::observer::identifier;
use crate::placement::judge;
use crate::tui::parts::list::Cursor;
use crate::tui::screens::{Context, Look, Reply};

/// The state of the pane.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlacementPane {
    /// The database that is shown; `None` until the pane was.
    database: Option<DatabaseId>,
    facts: BTreeMap<DatabaseId, PlacementFacts>,
    /// Why the last question was not answered.
    faults: BTreeMap<DatabaseId, Fault>,
    /// Who was asked and has not answered.
    asked: BTreeSet<DatabaseId>,
    /// Whether the cursor is among the tables, not among the findings.
    in_tables: bool,
    findings: Cursor,
    tables: Cursor,
    /// The line under the cursor, so that it stays there when lines come and go; `None` until the person moved.
    pinned: Option<Key>,
    /// Only lines that hold this text are shown; the empty text shows all.
    filter: String,
    #[serde(skip)]
    judged: Option<Judged>,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    Finding(FindingKind, Option<String>),
    Table(String),
}

/// A judgement and what it was made from.
#[derive(Debug, Clone, PartialEq)]
struct Judged {
    of: Of,
    /// The filter that `placement` was cut by.
    filter: String,
    whole: Placement,
    /// The lines of the whole that are shown.
    placement: Placement,
}

impl Judged {
    fn new(of: Of, whole: Placement, filter: &str) -> Self {
        let wanted = filter.to_lowercase();
        let holds = |text: &str| wanted.is_empty() || text.to_lowercase().contains(&wanted);
        let any = |names: &[String]| names.iter().any(|name| holds(name));
        let mut placement = whole.clone();
        placement
            .findings
            .retain(|it| holds(&it.sentence) || holds(it.severity.word()) || any(&it.tables) || any(&it.tenants.schemas));
        placement.rows.retain(|row| {
            let odd = row.odd.as_ref().is_some_and(|odd| any(&odd.tenants.schemas));
            odd || holds(&row.table) || holds(row.place.words()) || row.app.as_deref().is_some_and(holds) || any(&row.shared)
        });
        Self { of, filter: filter.to_owned(), whole, placement }
    }
}

/// What tells that another judgement would be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Of {
    database: DatabaseId,
    facts: Timestamp,
    fleet: Option<Timestamp>,
    rows: usize,
    histories: usize,
    has_registry: bool,
}

impl PlacementPane {
    /// To be called when the pane comes into view and when another database is chosen.
    pub fn show(&mut self, database: DatabaseId, context: &Context<'_>) -> Reply {
        if self.database != Some(database) {
            (self.findings, self.tables, self.in_tables, self.pinned) = Default::default();
        }
        self.database = Some(database);
        self.again(context).map_or(Reply::Done, |id| Reply::Ask(id, Question::Placement))
    }

    /// The database to ask: one that was never asked, or that was read again since. None while an answer is waited for.
    pub fn again(&mut self, context: &Context<'_>) -> Option<DatabaseId> {
        let id = self.database?;
        let database = context.fleet.database(id)?;
        let is_old = self.facts.get(&id).is_none_or(|facts| database.as_of.is_some_and(|as_of| as_of > facts.as_of));
        let can_answer = !matches!(database.link, Link::Down { .. });
        (is_old && can_answer && self.asked.insert(id)).then_some(id)
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, context: &Context<'_>) -> Reply {
        let (findings, tables) = self.lens();
        let places = view::places(findings, context.area);
        let (len, window) = if self.in_tables { (tables, places.tables) } else { (findings, places.findings) };
        let cursor = if self.in_tables { &mut self.tables } else { &mut self.findings };
        match action {
            // At the end of the findings the cursor goes on among the tables.
            Action::Down if !self.in_tables && cursor.at + 1 >= len && tables > 0 => {
                self.in_tables = true;
                self.tables.put(0, tables, usize::from(places.tables.height));
                self.pin();
            }
            Action::Up if self.in_tables && cursor.at == 0 && findings > 0 => {
                self.in_tables = false;
                self.findings.put(findings - 1, findings, usize::from(places.findings.height));
                self.pin();
            }
            Action::Open => return self.explain(),
            Action::NextMatch => return self.seek(true, context),
            Action::PrevMatch => return self.seek(false, context),
            action => {
                if cursor.act(action, len, usize::from(window.height)) {
                    self.pin();
                }
            }
        }
        Reply::Done
    }

    /// Shows only lines that hold this text; the empty text shows all.
    pub fn set_filter(&mut self, text: &str, context: &Context<'_>) {
        text.trim().clone_into(&mut self.filter);
        self.facts_changed(context);
    }

    /// The text of the filter that holds now.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Takes in what was asked of a database. What is known stays when nothing new came.
    pub fn take(&mut self, database: DatabaseId, answer: Result<Answer, Fault>) {
        self.asked.remove(&database);
        match answer {
            Ok(Answer::Placement(facts)) => {
                self.faults.remove(&database);
                self.facts.insert(database, facts);
            }
            Ok(Answer::Sessions(_) | Answer::Sequences(_)) => {}
            Err(fault) => drop(self.faults.insert(database, fault)),
        }
    }

    /// To be called after the fleet changed, after the state was restored, and when the area changed.
    pub fn facts_changed(&mut self, context: &Context<'_>) {
        self.judge(context);
        let (findings, tables) = self.lens();
        if let Some(key) = self.pinned.clone()
            && let Some((in_tables, at)) = self.find(&key)
        {
            self.in_tables = in_tables;
            if in_tables { self.tables.at = at } else { self.findings.at = at }
        }
        // The cursor is where there is something to choose.
        self.in_tables = tables > 0 && (self.in_tables || findings == 0);
        let places = view::places(findings, context.area);
        self.findings.keep(findings, usize::from(places.findings.height));
        self.tables.keep(tables, usize::from(places.tables.height));
    }

    /// Puts the cursor on the row at a cell of the area; whether it was there already.
    pub fn click(&mut self, (_, y): (u16, u16), context: &Context<'_>) -> bool {
        let (findings, tables) = self.lens();
        let places = view::places(findings, context.area);
        for (in_tables, place, len) in [(false, places.findings, findings), (true, places.tables, tables)] {
            if y < place.y || y >= place.bottom() {
                continue;
            }
            let cursor = if in_tables { &mut self.tables } else { &mut self.findings };
            let Some(was_chosen) = cursor.click(y - place.y, len, usize::from(place.height)) else { return false };
            let is_same_list = std::mem::replace(&mut self.in_tables, in_tables) == in_tables;
            self.pin();
            return was_chosen && is_same_list;
        }
        false
    }

    /// The rows that the pane shows, with raw values.
    pub fn shown_rows(&self, context: &Context<'_>) -> Vec<Record> {
        let Some((placement, database)) = self.placement().zip(self.database.and_then(|id| context.fleet.database(id)))
        else {
            return Vec::new();
        };
        placement.rows.iter().map(|row| record::of_row(&database.label, row, placement.tenants)).collect()
    }

    /// The line under the cursor, to be copied: the name of a table as SQL takes it, or what was found.
    pub fn copied(&self, _context: &Context<'_>) -> Option<String> {
        match self.chosen()? {
            Chosen::Table(row) => Some(identifier(&[&row.table])),
            Chosen::Finding(finding) => Some(finding.sentence.clone()),
        }
    }

    /// Draws the pane.
    pub fn draw(&self, context: &Context<'_>, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
        view::draw(self, context, look, buffer, area);
    }

    /// The line above the keys: what is under the cursor, as a whole.
    pub fn status(&self, _context: &Context<'_>) -> String {
        if let Some(fault) = self.database.and_then(|id| self.faults.get(&id)).filter(|_| self.placement().is_some()) {
            return format!("not read again: {}", fault.what);
        }
        match self.chosen() {
            None if !self.filter.is_empty() && self.placement().is_some() => {
                format!("nothing matches  {}", shown(&self.filter))
            }
            None => String::new(),
            Some(Chosen::Finding(finding)) => finding.sentence.clone(),
            Some(Chosen::Table(row)) => {
                let all = self.placement().map_or(0, |placement| placement.tenants);
                let mut parts = vec![shown(&row.table).into_owned()];
                parts.extend(row.app.as_ref().map(|app| format!("app {}", shown(app))));
                parts.push(format!("{} of {} tenants", units::count(row.tenants.into()), units::count(all.into())));
                if !row.shared.is_empty() {
                    parts.push(format!("shared in {}", joined(&row.shared)));
                }
                parts.join(" · ")
            }
        }
    }

    fn placement(&self) -> Option<&Placement> {
        self.judged.as_ref().filter(|judged| Some(judged.of.database) == self.database).map(|judged| &judged.placement)
    }

    /// How many lines there are without the filter.
    fn whole(&self) -> Option<&Placement> {
        self.placement().and(self.judged.as_ref()).map(|judged| &judged.whole)
    }

    fn lens(&self) -> (usize, usize) {
        self.placement().map_or((0, 0), |placement| (placement.findings.len(), placement.rows.len()))
    }

    /// Judges anew where facts or fleet are other ones.
    fn judge(&mut self, context: &Context<'_>) {
        let known = self.database.and_then(|id| Some((id, context.fleet.database(id)?, self.facts.get(&id)?)));
        let Some((id, database, facts)) = known else {
            self.judged = None;
            return;
        };
        let of = Of {
            database: id,
            facts: facts.as_of,
            fleet: database.as_of,
            rows: database.rows.len(),
            histories: database.histories.len(),
            has_registry: database.known_registry().is_some(),
        };
        let known = self.judged.take().filter(|judged| judged.of == of);
        self.judged = Some(match known {
            Some(judged) if judged.filter == self.filter => judged,
            Some(judged) => Judged::new(of, judged.whole, &self.filter),
            None => Judged::new(of, judge(context.fleet, id, facts), &self.filter),
        });
    }

    fn chosen(&self) -> Option<Chosen<'_>> {
        let placement = self.placement()?;
        if self.in_tables {
            placement.rows.get(self.tables.at).map(Chosen::Table)
        } else {
            placement.findings.get(self.findings.at).map(Chosen::Finding)
        }
    }

    fn pin(&mut self) {
        let key = self.chosen().map(|chosen| match chosen {
            Chosen::Finding(finding) => key(finding),
            Chosen::Table(row) => Key::Table(row.table.clone()),
        });
        // Where a filter hides every line, the one from before is found again.
        self.pinned = key.or(self.pinned.take());
    }

    /// Whether a line is among the tables, and at which position.
    fn find(&self, wanted: &Key) -> Option<(bool, usize)> {
        let placement = self.placement()?;
        let at = match wanted {
            Key::Table(table) => placement.rows.iter().position(|row| row.table == *table),
            Key::Finding(..) => placement.findings.iter().position(|finding| key(finding) == *wanted),
        };
        at.map(|at| (matches!(wanted, Key::Table(_)), at))
    }

    fn explain(&self) -> Reply {
        let all = self.placement().map_or(0, |placement| placement.tenants);
        match self.chosen() {
            None => Reply::Done,
            Some(Chosen::Finding(finding)) => Reply::Explain(finding.kind.title().to_owned(), explain_finding(finding)),
            Some(Chosen::Table(row)) => Reply::Explain(shown(&row.table).into_owned(), explain_row(row, all)),
        }
    }

    /// Goes to the next line that stands out, through both lists and round the end.
    fn seek(&mut self, forward: bool, context: &Context<'_>) -> Reply {
        let Some(placement) = self.placement() else { return Reply::Done };
        let odd_findings = placement.findings.iter().map(|finding| finding.severity >= Severity::Warn);
        let odd: Vec<bool> = odd_findings.chain(placement.rows.iter().map(|row| row.place == Place::Some)).collect();
        let (findings, tables) = self.lens();
        let from = if self.in_tables { findings + self.tables.at } else { self.findings.at };
        let step =
            |offset: usize| if forward { (from + offset) % odd.len() } else { (from + odd.len() - offset) % odd.len() };
        let Some(found) = (1..=odd.len()).map(step).find(|&at| odd[at]) else {
            return Reply::Say("nothing stands out".to_owned());
        };
        let places = view::places(findings, context.area);
        self.in_tables = found >= findings;
        if self.in_tables {
            self.tables.put(found - findings, tables, usize::from(places.tables.height));
        } else {
            self.findings.put(found, findings, usize::from(places.findings.height));
        }
        self.pin();
        let is_round = if forward { found <= from } else { found >= from };
        if is_round { Reply::Say("round the end".to_owned()) } else { Reply::Done }
    }
}

/// The line under the cursor.
#[derive(Debug, Clone, Copy)]
enum Chosen<'a> {
    Finding(&'a Finding),
    Table(&'a PlacementRow),
}

fn key(finding: &Finding) -> Key {
    Key::Finding(finding.kind, finding.tables.first().cloned())
}

/// Raw names, safe to show.
fn joined(names: &[String]) -> String {
    names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
}

fn explain_finding(finding: &Finding) -> Vec<String> {
    let mut lines = vec![as_sentence(&finding.sentence), String::new(), finding.why.clone()];
    if !finding.advice.is_empty() {
        lines.extend([String::new(), format!("What to do: {}", finding.advice)]);
    }
    if !finding.tables.is_empty() {
        lines.extend([String::new(), "Tables:".to_owned()]);
        lines.extend(finding.tables.iter().map(|table| format!("  {table}")));
    }
    lines.extend(listed("Tenants", &finding.tenants));
    lines
}

fn explain_row(row: &PlacementRow, all: u32) -> Vec<String> {
    let mut lines = vec![format!("Lives in: {}", row.place.words())];
    lines.extend(row.app.as_ref().map(|app| format!("Application: {app}")));
    lines.push(format!("Tenants that have it: {} of {}", units::count(row.tenants.into()), units::count(all.into())));
    if !row.shared.is_empty() {
        lines.push(format!("Shared schemas that have it: {}", row.shared.join(", ")));
    }
    if row.others > 0 {
        let others = units::count(row.others.into());
        lines.push(format!("Other schemas that have it (orphans, reference, static): {others}"));
    }
    if let Some(odd) = &row.odd {
        lines.extend(listed(if odd.have_it { "With it" } else { "Without it" }, &odd.tenants));
    }
    lines
}

/// Schemas below a heading, and how many more there are.
fn listed(heading: &str, tenants: &Concerned) -> Vec<String> {
    if tenants.count == 0 {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("{heading}, {}:", units::count(tenants.count.into()))];
    lines.extend(tenants.schemas.iter().map(|schema| format!("  {schema}")));
    let more = u64::from(tenants.count).saturating_sub(tenants.schemas.len() as u64);
    if more > 0 {
        lines.push(format!("  and {} more", units::count(more)));
    }
    lines
}

/// A fragment as a sentence; names keep their letters.
fn as_sentence(fragment: &str) -> String {
    format!("Found: {fragment}.")
}
