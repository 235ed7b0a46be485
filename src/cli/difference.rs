//! What differs between two structures as text for people: grouped by kind, object by object, texts of several lines line by line;
//! both sides below or beside each other. Must not know whose structures they are, nor compare them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::sheet::Paper;
use super::verdict::name;
use crate::domain::difference::{self, Sign};
use crate::domain::name::shown;
use crate::domain::structure::{Aspect, Attribute, Change, Difference, Kind, Object};
use crate::domain::units;

/// Lines around one that differs that are shown with it.
const AROUND: usize = 2;

/// Cells before the name of an attribute, and from there to its value.
const INDENT: usize = 6;
const NAMES: usize = 13;

/// Cells of a line where nobody knows how many there are.
const WIDTH: usize = 120;

/// One line, safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Heading(String),
    Object(Sign, String),
    Renamed {
        from: String,
        to: String,
    },
    /// What an object is that only one side has.
    Only {
        attribute: String,
        text: String,
    },
    /// A line of the reference, of the schema, or of both: equal, or one for the other.
    Sides {
        attribute: String,
        reference: Option<String>,
        here: Option<String>,
    },
    Skipped,
    More(String),
}

/// How many of what is no drift are named before the rest is counted.
const NAMED: usize = 10;

/// The differences as text: what is drift by kinds, then other names, then what cannot be compared. Nothing for none.
pub(super) fn text(differences: &[Difference], paper: Paper, beside: bool) -> String {
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let of_kind: Vec<_> =
            differences.iter().filter(|difference| difference.is_drift() && difference.object().kind == kind).collect();
        push_group(&mut lines, kind.word(), &of_kind);
    }
    let renamed: Vec<_> = differences.iter().filter(|one| matches!(one, Difference::Renamed { .. })).collect();
    push_group(&mut lines, "other name, the same thing", &renamed);
    let others: Vec<_> = differences.iter().filter(|one| matches!(one, Difference::Incomparable { .. })).collect();
    push_group(&mut lines, "not comparable across majors of PostgreSQL", &others);
    let page = Page { ascii: paper.ascii, colour: paper.colour, width: paper.width.unwrap_or(WIDTH).max(60) };
    if beside { page.beside(&lines) } else { page.below(&lines) }
}

fn push_group(lines: &mut Vec<Line>, word: &str, differences: &[&Difference]) {
    if differences.is_empty() {
        return;
    }
    lines.push(Line::Heading(format!("{word} ({})", units::count(differences.len() as u64))));
    let (named, more) = match differences {
        [first, ..] if !first.is_drift() && differences.len() > NAMED + 1 => differences.split_at(NAMED),
        all => (all, &[][..]),
    };
    for difference in named {
        push_difference(lines, difference);
    }
    if !more.is_empty() {
        lines.push(Line::More(format!("and {} more (--json has all)", units::count(more.len() as u64))));
    }
}

fn push_difference(lines: &mut Vec<Line>, difference: &Difference) {
    let sign = Sign::of(difference);
    match difference {
        Difference::Missing { object } | Difference::Extra { object } => {
            lines.push(Line::Object(sign, name(object)));
            push_whole(lines, object);
        }
        Difference::Changed { reference, changes, .. } => {
            lines.push(Line::Object(sign, name(reference)));
            for change in changes {
                push_change(lines, change);
            }
        }
        Difference::Renamed { reference, here } => {
            let from = format!("{} {}", reference.kind.word(), name(reference));
            lines.push(Line::Renamed { from, to: shown(&here.name).into_owned() });
        }
        Difference::Incomparable { reference, here } => {
            lines.push(Line::Object(sign, format!("{} {}", reference.kind.word(), name(reference))));
            let differing = reference.attributes.iter().filter(|one| here.get(&one.name) != Some(one.value.as_str()));
            for one in differing {
                let (attribute, reference) = (one.name.clone(), Some(one.value.clone()));
                push_change(lines, &Change { here: here.get(&attribute).map(str::to_owned), attribute, reference });
            }
        }
    }
}

/// What an object is that only one side has: what it is made of, not where it stands.
fn push_whole(lines: &mut Vec<Line>, object: &Object) {
    let tells = |one: &&Attribute| one.aspect != Aspect::Position;
    for one in object.attributes.iter().filter(tells) {
        for (at, text) in one.value.lines().enumerate() {
            let attribute = if at == 0 { shown(&one.name).into_owned() } else { String::new() };
            lines.push(Line::Only { attribute, text: shown(text).into_owned() });
        }
    }
}

/// Both sides line by line; of what is equal only what stands around a difference.
fn push_change(lines: &mut Vec<Line>, change: &Change) {
    let rows = difference::lines(change);
    let is_near = |at: usize| {
        let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(rows.len());
        rows[around].iter().any(|(reference, here)| reference != here)
    };
    let mut attribute = shown(&change.attribute).into_owned();
    let mut is_skipping = false;
    for (at, (reference, here)) in rows.iter().enumerate() {
        if is_near(at) {
            let text = |side: Option<&str>| side.map(|text| shown(text).into_owned());
            let attribute = std::mem::take(&mut attribute);
            lines.push(Line::Sides { attribute, reference: text(*reference), here: text(*here) });
        } else if !is_skipping {
            lines.push(Line::Skipped);
        }
        is_skipping = !is_near(at);
    }
}

/// How lines are written.
struct Page {
    ascii: bool,
    colour: bool,
    width: usize,
}

impl Page {
    fn sign(&self, sign: Sign) -> &'static str {
        if self.ascii { sign.ascii() } else { sign.unicode() }
    }

    fn push(&self, out: &mut String, style: &str, text: &str) {
        if self.colour && !style.is_empty() {
            out.extend([style, text, RESET]);
        } else {
            out.push_str(text);
        }
    }

    /// What stands alone in its line. Gives whether it was that.
    fn push_head(&self, out: &mut String, line: &Line) -> bool {
        match line {
            Line::Heading(words) => {
                out.push('\n');
                self.push(out, BOLD, words);
            }
            Line::Object(sign, name) => {
                out.push_str("  ");
                self.push(out, style(*sign), &format!("{} {name}", self.sign(*sign)));
            }
            Line::Renamed { from, to } => {
                let becomes = if self.ascii { ">" } else { "→" };
                out.push_str(&format!("  {} {from} {becomes} {to}", self.sign(Sign::Renamed)));
            }
            Line::Skipped => out.extend([padded("").as_str(), if self.ascii { "..." } else { "…" }]),
            Line::More(words) => out.extend(["  ", words]),
            Line::Only { attribute, text } => out.push_str(&format!("{}  {text}", padded(attribute))),
            Line::Sides { .. } => return false,
        }
        out.push('\n');
        true
    }

    /// One side below the other: of lines in a row that differ first those that go, then those that come.
    fn below(&self, lines: &[Line]) -> String {
        let mut out = String::new();
        let mut come: Vec<(&str, &str)> = Vec::new();
        for line in lines {
            let Line::Sides { attribute, reference, here } = line else {
                self.push_all(&mut out, Sign::Extra, &mut come);
                self.push_head(&mut out, line);
                continue;
            };
            // The name of the attribute stands before its first line, whichever side that is on.
            if !attribute.is_empty() {
                self.push_all(&mut out, Sign::Extra, &mut come);
            }
            match (reference, here) {
                (Some(one), Some(other)) if one == other => {
                    self.push_all(&mut out, Sign::Extra, &mut come);
                    out.push_str(format!("{}  {one}", padded(attribute)).trim_end());
                    out.push('\n');
                }
                (Some(gone), other) => {
                    self.push_all(&mut out, Sign::Missing, &mut vec![(attribute, gone)]);
                    come.extend(other.as_deref().map(|text| ("", text)));
                }
                (None, other) => come.extend(other.as_deref().map(|text| (attribute.as_str(), text))),
            }
        }
        self.push_all(&mut out, Sign::Extra, &mut come);
        out
    }

    fn push_all(&self, out: &mut String, sign: Sign, lines: &mut Vec<(&str, &str)>) {
        for (attribute, text) in lines.drain(..) {
            out.push_str(&padded(attribute));
            self.push(out, style(sign), format!("{} {text}", self.sign(sign)).trim_end());
            out.push('\n');
        }
    }

    /// The reference to the left, the other to the right.
    fn beside(&self, lines: &[Line]) -> String {
        let mut out = String::new();
        let room = self.width.saturating_sub(INDENT + NAMES + 3) / 2;
        for line in lines {
            if let Line::Sides { attribute, reference, here } = line {
                let style = |side: Sign| if reference == here { "" } else { style(side) };
                let left = (reference.as_deref().unwrap_or_default(), style(Sign::Missing));
                let right = (here.as_deref().unwrap_or_default(), style(Sign::Extra));
                self.push_row(&mut out, attribute, left, right, room);
            } else {
                self.push_head(&mut out, line);
            }
        }
        out
    }

    /// A row of two columns, as many lines as the longer side needs.
    fn push_row(&self, out: &mut String, attribute: &str, left: (&str, &str), right: (&str, &str), room: usize) {
        let (lefts, rights) = (wrapped(left.0, room), wrapped(right.0, room));
        for row in 0..lefts.len().max(rights.len()) {
            let (one, other) = (lefts.get(row).map_or("", String::as_str), rights.get(row).map_or("", String::as_str));
            let mut line = padded(if row == 0 { attribute } else { "" });
            self.push(&mut line, if one.is_empty() { "" } else { left.1 }, one);
            if !other.is_empty() {
                line.push_str(&" ".repeat(room.saturating_sub(one.width()) + 3));
                self.push(&mut line, right.1, other);
            }
            out.extend([line.trim_end(), "\n"]);
        }
    }
}

fn style(sign: Sign) -> &'static str {
    match sign {
        Sign::Missing => RED,
        Sign::Extra => GREEN,
        Sign::Changed => YELLOW,
        Sign::Renamed | Sign::Incomparable => "",
    }
}

/// The name of an attribute with the room before and after it.
fn padded(attribute: &str) -> String {
    let room = NAMES.saturating_sub(attribute.width()).max(1);
    format!("{}{attribute}{}", " ".repeat(INDENT), " ".repeat(room))
}

/// A text in lines of at most so many cells; one line for an empty text.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let cells = c.width().unwrap_or(0);
        if used + cells > room {
            lines.push(String::new());
            used = 0;
        }
        used += cells;
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
}

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn object(kind: Kind, parent: Option<&str>, name: &str, attributes: &[(&str, &str)]) -> Arc<Object> {
        let attribute =
            |&(name, value): &(&str, &str)| Attribute { name: name.into(), value: value.into(), aspect: Aspect::Definition };
        Arc::new(Object {
            kind,
            parent: parent.map(str::to_owned),
            name: name.into(),
            is_name_loose: false,
            attributes: attributes.iter().map(attribute).collect(),
        })
    }

    fn change(attribute: &str, reference: Option<&str>, here: Option<&str>) -> Change {
        Change { attribute: attribute.into(), reference: reference.map(str::to_owned), here: here.map(str::to_owned) }
    }

    fn differences() -> Vec<Difference> {
        let total = object(Kind::Function, None, "total(bigint)", &[]);
        let body = |middle: &str| format!("a\nb\nc\nd\n{middle}\ne\nf\ng");
        vec![
            Difference::Changed {
                reference: object(Kind::Column, Some("orders"), "red\u{1b}[31m", &[]),
                here: object(Kind::Column, Some("orders"), "red\u{1b}[31m", &[]),
                changes: vec![
                    change("type", Some("integer"), Some("bigint")),
                    change("default", None, Some("7")),
                    change("not null", Some("yes"), None),
                ],
            },
            Difference::Missing {
                object: object(Kind::Index, Some("orders"), "orders_customer", &[("definition", "btree (customer_id)")]),
            },
            Difference::Changed {
                reference: Arc::clone(&total),
                here: total,
                changes: vec![change("body", Some(&body("x")), Some(&body("y")))],
            },
            Difference::Renamed {
                reference: object(Kind::Constraint, Some("orders"), "orders_pkey", &[]),
                here: object(Kind::Constraint, Some("orders"), "orders_pk", &[]),
            },
        ]
    }

    #[test]
    fn what_differs_is_told_by_kinds_with_both_sides_and_bodies_line_by_line() {
        let expected = "
column (1)
  ~ orders.red\\x1b[31m
      type         − integer
                   + bigint
      default      + 7
      not null     − yes

index (1)
  − orders_customer on orders
      definition     btree (customer_id)

function (1)
  ~ total(bigint)
                   …
      body           c
                     d
                   − x
                   + y
                     e
                     f
                   …

other name, the same thing (1)
  ≈ constraint orders_pkey on orders → orders_pk
";
        assert_eq!(text(&differences(), Paper::default(), false), expected);
        assert_eq!(text(&[], Paper::default(), false), "");
    }

    #[test]
    fn beside_each_other_both_sides_stand_in_one_row_and_nothing_is_cut() {
        let long = Difference::Changed {
            reference: object(Kind::View, None, "v", &[]),
            here: object(Kind::View, None, "v", &[]),
            changes: vec![change("definition", Some(&"l".repeat(70)), Some("r"))],
        };
        let paper = Paper { width: Some(82), ascii: true, ..Paper::default() };
        let told = text(&[differences(), vec![long]].concat(), paper, true);
        for line in [
            "      type         integer                          bigint",
            "      default                                       7",
            "      not null     yes",
            "      body         c                                c",
            "                   x                                y",
            "  - orders_customer on orders",
            "  = constraint orders_pkey on orders > orders_pk",
        ] {
            assert!(told.lines().any(|other| other == line), "{line}\n{told}");
        }
        let rows: Vec<&str> = told.lines().filter(|line| line.contains("lll")).collect();
        assert_eq!(rows.iter().map(|row| row.matches('l').count()).sum::<usize>(), 70, "{told}");
        assert!(rows.len() == 3 && rows[0].ends_with('r'), "{told}");
        assert!(told.lines().all(|line| line.width() <= 82), "{told}");
    }

    #[test]
    fn colours_only_where_they_are_wanted() {
        let told = text(&differences(), Paper { colour: true, ..Paper::default() }, false);
        assert!(told.contains("\u{1b}[31m− integer\u{1b}[0m") && told.contains("\u{1b}[32m+ bigint\u{1b}[0m"), "{told:?}");
        assert!(!told.contains("red\u{1b}[31m"), "{told:?}");
    }
}
