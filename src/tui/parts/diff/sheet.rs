//! Differences as lines for a width: made once, drawn often. Must not draw, nor know signs and colours.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::domain::difference;
use crate::domain::history::Migration;
use crate::domain::name::shown;
use crate::domain::structure::{Change, Difference, Kind, Object};
use crate::domain::units;
use crate::tui::parts::text;

/// From this many cells on both sides stand beside each other.
pub const TWO_FROM: u16 = 110;

/// Cells before the name of an attribute.
pub(super) const INDENT: u16 = 5;

/// Lines around one that differs that are shown with it.
const AROUND: usize = 2;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Missing,
    Extra,
    Changed,
    Renamed,
    Incomparable,
    Failed,
}

/// One line, safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Blank,
    Heading(String),
    Object {
        sign: Sign,
        label: String,
    },
    Renamed {
        sign: Sign,
        from: String,
        to: String,
    },
    /// Lines that are the same are left out here.
    Skipped {
        name: String,
    },
    /// A value of an attribute, or one line of it, on the side of the reference, here, or both.
    Value {
        name: String,
        left: Option<String>,
        right: Option<String>,
        /// Whether the whole object is on one side only, so that nothing needs to be told apart.
        whole: bool,
    },
}

/// The lines of some differences, and where each difference begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    width: u16,
    name: u16,
    lines: Vec<Line>,
    starts: Vec<usize>,
}

impl Sheet {
    /// An empty sheet for a width.
    pub fn new(width: u16) -> Self {
        Self { width, name: if width < 100 { 11 } else { 14 }, lines: Vec::new(), starts: Vec::new() }
    }

    /// Adds migrations below a heading, each on the side where it is.
    pub fn migrations(&mut self, missing: &[Migration], extra: &[Migration], failed: &[Migration]) {
        let groups = [
            ("missing migration", missing, Sign::Missing),
            ("migration beyond the head", extra, Sign::Extra),
            ("failed or edited migration", failed, Sign::Failed),
        ];
        for (word, migrations, sign) in groups {
            if migrations.is_empty() {
                continue;
            }
            self.heading(word, migrations.len());
            for migration in migrations {
                self.starts.push(self.lines.len());
                self.lines.push(Line::Object { sign, label: shown(&migration.label()).into_owned() });
            }
        }
    }

    /// Adds differences, grouped by kind: first what is drift, then other names, then what cannot be compared.
    pub fn differences<'a>(&mut self, all: &(impl Iterator<Item = &'a Difference> + Clone)) {
        for kind in Kind::ALL {
            let of_kind = || all.clone().filter(move |difference| difference.is_drift() && difference.object().kind == kind);
            let count = of_kind().count();
            if count > 0 {
                self.heading(kind.word(), count);
                for difference in of_kind() {
                    self.difference(difference);
                }
            }
        }
        let renamed = || all.clone().filter(|difference| matches!(difference, Difference::Renamed { .. }));
        let incomparable = || all.clone().filter(|difference| matches!(difference, Difference::Incomparable { .. }));
        if renamed().count() > 0 {
            self.heading("other name, the same thing", renamed().count());
            for difference in renamed() {
                self.difference(difference);
            }
        }
        if incomparable().count() > 0 {
            self.heading("not comparable across majors of PostgreSQL", incomparable().count());
            for difference in incomparable() {
                self.difference(difference);
            }
        }
    }

    /// Whether the sides stand beside each other.
    pub fn is_two(&self) -> bool {
        self.width >= TWO_FROM
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many differences there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line of the next difference after a line.
    pub fn next(&self, after: usize) -> Option<usize> {
        self.starts.iter().copied().find(|start| *start > after)
    }

    /// The line of the difference before a line.
    pub fn previous(&self, before: usize) -> Option<usize> {
        self.starts.iter().copied().rev().find(|start| *start < before)
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The cells of the values: of the reference, and of the schema. In one column both are the same.
    pub(super) fn columns(&self, area: Rect) -> (Range<u16>, Range<u16>) {
        let start = INDENT + self.name + 2;
        if self.is_two() {
            let half = self.width.saturating_sub(start + 4) / 2;
            let second = area.x + start + half + 3;
            (area.x + start..area.x + start + half, second..second + half)
        } else {
            let start = area.x + start + 2;
            (start..area.right().max(start), start..area.right().max(start))
        }
    }

    fn room(&self) -> usize {
        let (left, _) = self.columns(Rect::new(0, 0, self.width, 1));
        usize::from(left.end - left.start).saturating_sub(1).max(8)
    }

    fn heading(&mut self, word: &str, count: usize) {
        if !self.lines.is_empty() {
            self.lines.push(Line::Blank);
        }
        self.lines.push(Line::Heading(format!("{}  {}", word.to_uppercase(), units::count(count as u64))));
    }

    fn difference(&mut self, difference: &Difference) {
        self.starts.push(self.lines.len());
        match difference {
            Difference::Missing { object } => self.whole(object, Sign::Missing),
            Difference::Extra { object } => self.whole(object, Sign::Extra),
            Difference::Changed { reference, here, changes } => {
                let label = label(reference);
                let other = (here.name != reference.name).then(|| shown(&here.name).into_owned());
                match other {
                    None => self.lines.push(Line::Object { sign: Sign::Changed, label }),
                    Some(to) => self.lines.push(Line::Renamed { sign: Sign::Changed, from: label, to }),
                }
                for change in changes {
                    self.change(change);
                }
            }
            Difference::Renamed { reference, here } => {
                let (from, to) = (label(reference), shown(&here.name).into_owned());
                self.lines.push(Line::Renamed { sign: Sign::Renamed, from, to });
            }
            Difference::Incomparable { reference, here } => {
                self.lines.push(Line::Object { sign: Sign::Incomparable, label: label(reference) });
                for attribute in &reference.attributes {
                    let other = here.get(&attribute.name);
                    if other != Some(&attribute.value) {
                        let (reference, here) = (Some(attribute.value.clone()), other.map(str::to_owned));
                        self.change(&Change { attribute: attribute.name.clone(), reference, here });
                    }
                }
            }
        }
    }

    /// An object that is on one side only, with all that it is.
    fn whole(&mut self, object: &Object, sign: Sign) {
        self.lines.push(Line::Object { sign, label: label(object) });
        let room = self.room();
        for attribute in &object.attributes {
            let values: Vec<String> = attribute.value.lines().flat_map(|line| broken(line, room)).collect();
            for (at, value) in values.into_iter().enumerate() {
                let name = if at == 0 { self.named(&attribute.name) } else { String::new() };
                let (left, right) = if sign == Sign::Missing { (Some(value), None) } else { (None, Some(value)) };
                self.lines.push(Line::Value { name, left, right, whole: true });
            }
        }
    }

    fn named(&self, attribute: &str) -> String {
        text::name(attribute, usize::from(self.name) + 1, "…").into_owned()
    }

    /// An attribute with both sides; of long texts the lines that differ and those around them.
    fn change(&mut self, change: &Change) {
        let side = |value: &Option<String>| Some(value.clone().unwrap_or_else(|| "none".to_owned()));
        let change = Change { reference: side(&change.reference), here: side(&change.here), ..change.clone() };
        let rows = difference::lines(&change);
        let near = |at: usize| {
            let around = &rows[at.saturating_sub(AROUND)..(at + AROUND + 1).min(rows.len())];
            around.iter().any(|(left, right)| left != right)
        };
        let mut name = self.named(&change.attribute);
        let mut at = 0;
        while at < rows.len() {
            let (left, right) = rows[at];
            if !near(at) {
                self.lines.push(Line::Skipped { name: std::mem::take(&mut name) });
                at += (at..rows.len()).take_while(|&at| !near(at)).count();
            } else if left == right || self.is_two() {
                self.values(&mut name, left, right);
                at += 1;
            } else {
                // Below each other the lines that go stand before those that come.
                let run = &rows[at..];
                let run = &run[..run.iter().take_while(|(left, right)| left != right).count()];
                for (left, _) in run.iter().filter(|(left, _)| left.is_some()) {
                    self.values(&mut name, *left, None);
                }
                for (_, right) in run.iter().filter(|(_, right)| right.is_some()) {
                    self.values(&mut name, None, *right);
                }
                at += run.len();
            }
        }
    }

    /// One line of each side, broken to the room there is.
    fn values(&mut self, name: &mut String, left: Option<&str>, right: Option<&str>) {
        let room = self.room();
        let parts = |line: Option<&str>| line.map_or(Vec::new(), |line| broken(line, room));
        let (left, right) = (parts(left), parts(right));
        for at in 0..left.len().max(right.len()) {
            let (left, right) = (left.get(at).cloned(), right.get(at).cloned());
            self.lines.push(Line::Value { name: std::mem::take(name), left, right, whole: false });
        }
    }
}

/// How an object is called below the heading of its kind: without the word for it.
fn label(object: &Object) -> String {
    let label = match (object.kind, &object.parent) {
        (Kind::Column, Some(parent)) => format!("{parent}.{}", object.name),
        (_, Some(parent)) => format!("{} on {parent}", object.name),
        (_, None) => object.name.clone(),
    };
    shown(&label).into_owned()
}

/// A line in parts that fit; its indent stays on each.
fn broken(line: &str, room: usize) -> Vec<String> {
    let line = line.trim_end().replace('\t', "    ");
    let indent = line.len() - line.trim_start().len();
    let indent = " ".repeat(indent.min(room / 2));
    text::wrap(&shown(line.trim_start()), room - indent.len()).into_iter().map(|part| format!("{indent}{part}")).collect()
}
