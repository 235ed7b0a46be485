//! A difference in words and lines, for screens and text alike. Everything here is raw: to be made safe before it is shown. Must
//! not know how a difference is found, nor in which colours it is shown.

use super::structure::{Change, Difference};

/// What a difference says of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// The reference has it, the schema has not.
    Missing,
    /// The schema has it, the reference has not.
    Extra,
    /// Both have it and it differs.
    Changed,
    /// The same under another loose name.
    Renamed,
    /// It cannot be told whether it differs.
    Incomparable,
}

impl Sign {
    /// What a difference says.
    pub fn of(difference: &Difference) -> Self {
        match difference {
            Difference::Missing { .. } => Self::Missing,
            Difference::Extra { .. } => Self::Extra,
            Difference::Changed { .. } => Self::Changed,
            Difference::Renamed { .. } => Self::Renamed,
            Difference::Incomparable { .. } => Self::Incomparable,
        }
    }

    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
            Self::Incomparable => "incomparable",
        }
    }

    /// The sign before an object.
    pub fn unicode(self) -> &'static str {
        match self {
            Self::Missing => "−",
            Self::Renamed => "≈",
            other => other.ascii(),
        }
    }

    /// The sign before an object, for any terminal.
    pub fn ascii(self) -> &'static str {
        match self {
            Self::Missing => "-",
            Self::Extra => "+",
            Self::Changed => "~",
            Self::Renamed => "=",
            Self::Incomparable => "?",
        }
    }
}

/// The object, and what came of it, without sign: `index orders_customer on orders`, `column orders.total: type, default`,
/// `index a on orders → b`.
pub fn one_line(difference: &Difference) -> String {
    let label = difference.object().label();
    match difference {
        Difference::Missing { .. } | Difference::Extra { .. } => label,
        Difference::Changed { changes, .. } => {
            let attributes: Vec<&str> = changes.iter().map(|change| change.attribute.as_str()).collect();
            format!("{label}: {}", attributes.join(", "))
        }
        Difference::Renamed { here, .. } => format!("{label} → {}", here.name),
        Difference::Incomparable { .. } => format!("{label}: written differently by another major version"),
    }
}

impl Change {
    /// What stood there and what stands here: `type: integer → bigint`, `default: none → 0`. Texts of several lines are told in
    /// [`lines`] instead.
    pub fn sentence(&self) -> String {
        let value = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
        format!("{}: {} → {}", self.attribute, value(&self.reference), value(&self.here))
    }

    /// Whether a single line cannot hold it.
    pub fn is_long(&self) -> bool {
        [&self.reference, &self.here].into_iter().flatten().any(|side| side.contains('\n') || side.chars().count() > 60)
    }
}

/// One line of two texts side by side: on the left the reference's, on the right the schema's. Both and equal: the same line;
/// both and unequal: one became the other.
pub type Line<'a> = (Option<&'a str>, Option<&'a str>);

/// A changed attribute as lines.
pub fn lines(change: &Change) -> Vec<Line<'_>> {
    side_by_side(change.reference.as_deref(), change.here.as_deref())
}

/// Two texts as lines, with as many equal ones as can be.
pub fn side_by_side<'a>(reference: Option<&'a str>, here: Option<&'a str>) -> Vec<Line<'a>> {
    let lines = |side: Option<&'a str>| side.map_or_else(Vec::new, |text| text.lines().collect::<Vec<&str>>());
    let (left, right) = (lines(reference), lines(here));
    let same_start = left.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let (inner_left, inner_right) = (&left[same_start..], &right[same_start..]);
    let same_end = inner_left.iter().rev().zip(inner_right.iter().rev()).take_while(|(one, other)| one == other).count();
    let (inner_left, inner_right) =
        (&inner_left[..inner_left.len() - same_end], &inner_right[..inner_right.len() - same_end]);
    let both = |line: &&'a str| (Some(*line), Some(*line));
    let mut told: Vec<Line<'a>> = left[..same_start].iter().map(both).collect();
    let (mut l, mut r) = (0, 0);
    for (at_left, at_right) in common(inner_left, inner_right) {
        push_unequal(&mut told, &inner_left[l..at_left], &inner_right[r..at_right]);
        told.push(both(&inner_left[at_left]));
        (l, r) = (at_left + 1, at_right + 1);
    }
    push_unequal(&mut told, &inner_left[l..], &inner_right[r..]);
    told.extend(left[left.len() - same_end..].iter().map(both));
    told
}

/// Lines of both sides in the same rows, as far as they go.
fn push_unequal<'a>(told: &mut Vec<Line<'a>>, left: &[&'a str], right: &[&'a str]) {
    let rows = left.len().max(right.len());
    told.extend((0..rows).map(|row| (left.get(row).copied(), right.get(row).copied())));
}

/// More pairs of lines than this are not compared: the texts have nothing to do with each other.
const MOST_PAIRS: usize = 4_000_000;

/// The positions of a longest common run of lines.
fn common(left: &[&str], right: &[&str]) -> Vec<(usize, usize)> {
    if left.is_empty() || right.is_empty() || left.len() * right.len() > MOST_PAIRS {
        return Vec::new();
    }
    // `best[l][r]`: how many lines are common from there on.
    let width = right.len() + 1;
    let mut best = vec![0_u32; (left.len() + 1) * width];
    for l in (0..left.len()).rev() {
        for r in (0..right.len()).rev() {
            best[l * width + r] = if left[l] == right[r] {
                best[(l + 1) * width + r + 1] + 1
            } else {
                best[(l + 1) * width + r].max(best[l * width + r + 1])
            };
        }
    }
    let (mut l, mut r, mut pairs) = (0, 0, Vec::new());
    while l < left.len() && r < right.len() {
        if left[l] == right[r] {
            pairs.push((l, r));
            (l, r) = (l + 1, r + 1);
        } else if best[(l + 1) * width + r] >= best[l * width + r + 1] {
            l += 1;
        } else {
            r += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::structure::{Kind, Object};

    #[test]
    fn differences_are_told_in_a_line() {
        let object = |kind, parent: Option<&str>, name: &str| {
            let parent = parent.map(str::to_owned);
            Arc::new(Object { kind, parent, name: name.to_owned(), is_name_loose: false, attributes: vec![] })
        };
        let index = object(Kind::Index, Some("orders"), "by_day");
        let column = object(Kind::Column, Some("orders"), "total");
        let change = Change { attribute: "type".into(), reference: Some("integer".into()), here: Some("bigint".into()) };
        let default = Change { attribute: "default".into(), reference: None, here: Some("0".into()) };
        assert_eq!((change.sentence(), default.sentence()), ("type: integer → bigint".into(), "default: none → 0".into()));
        let (reference, here) = (Arc::clone(&column), column);
        let changed = Difference::Changed { reference, here, changes: vec![change, default] };
        let here = object(Kind::Index, Some("orders"), "by_day1");
        for (difference, sign, line) in [
            (Difference::Missing { object: Arc::clone(&index) }, "−", "index by_day on orders"),
            (Difference::Extra { object: Arc::clone(&index) }, "+", "index by_day on orders"),
            (changed, "~", "column orders.total: type, default"),
            (Difference::Renamed { reference: index, here }, "≈", "index by_day on orders → by_day1"),
        ] {
            assert_eq!((Sign::of(&difference).unicode(), one_line(&difference).as_str()), (sign, line));
        }
    }

    #[test]
    fn texts_stand_side_by_side_with_their_common_lines_in_one_row() {
        let shown = |left: &str, right: &str| {
            let lines = side_by_side(Some(left), Some(right));
            let side = |side: Option<&str>| side.unwrap_or("·").to_owned();
            lines.into_iter().map(|(left, right)| side(left) + &side(right)).collect::<Vec<_>>().join(" ")
        };
        for (left, right, expected) in [
            ("a\nb\nc", "a\nb\nc", "aa bb cc"),
            ("a\nb\nc", "a\nx\nc", "aa bx cc"),
            ("a\nc", "a\nb\nc", "aa ·b cc"),
            ("a\nb\nc\nd", "b\nd\ne", "a· bb c· dd ·e"),
            ("", "a", "·a"),
            ("x\ny", "z", "xz y·"),
        ] {
            assert_eq!(shown(left, right), expected);
        }
        assert_eq!(side_by_side(None, Some("a\nb")), [(None, Some("a")), (None, Some("b"))]);
    }

    proptest::proptest! {
        #[test]
        fn both_texts_can_be_read_off_the_lines(left in "[abc\n]{0,30}", right in "[abc\n]{0,30}") {
            let lines = side_by_side(Some(&left), Some(&right));
            let of = |side: fn(&Line<'_>) -> Option<String>| lines.iter().filter_map(side).collect::<Vec<_>>();
            proptest::prop_assert_eq!(of(|line| line.0.map(str::to_owned)), left.lines().collect::<Vec<_>>());
            proptest::prop_assert_eq!(of(|line| line.1.map(str::to_owned)), right.lines().collect::<Vec<_>>());
            proptest::prop_assert!(lines.iter().all(|(left, right)| left.is_some() || right.is_some()));
        }
    }
}
