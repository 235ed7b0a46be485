//! The map: the fleet as a field of cells, a few schemas in each, the worst state wins. Every state has a sign of its own, so that
//! the map is the same without colours. Must not know where states come from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::text;
use crate::domain::fleet::Entry;
use crate::domain::roles::Oddity;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// The state of one schema on the map, so ordered that the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot(u8);

impl Spot {
    /// Nothing is known yet.
    pub const UNKNOWN: Self = Self(0);
    /// As it should be.
    pub const OK: Self = Self(1);
    /// How many different states there are.
    pub const KINDS: usize = Oddity::ALL.len() + 2;

    /// The state of a row; `None` for one that is no tenant's, no orphan and may not become either: it is no part of the picture.
    pub fn of(entry: &Entry<'_>) -> Option<Self> {
        use crate::domain::roles::Role;
        match (entry.oddity(), entry.row.role) {
            (_, role) if !matches!(role, Role::Tenant | Role::Orphan | Role::Unknown) => None,
            (Some(oddity), _) => Some(Self::odd(oddity)),
            (None, Role::Unknown) => Some(Self::UNKNOWN),
            (None, _) if entry.counts().is_none() => Some(Self::UNKNOWN),
            (None, _) => Some(Self::OK),
        }
    }

    fn odd(oddity: Oddity) -> Self {
        let at = Oddity::WORDS.iter().position(|word| *word == oddity.word()).unwrap_or(0);
        Self((Self::KINDS - 1 - at) as u8)
    }

    /// Its place in a list of [`Self::KINDS`] counters.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    fn oddity(self) -> Option<Oddity> {
        self.0.checked_sub(2).map(|at| Oddity::ALL[Oddity::ALL.len() - 1 - usize::from(at)])
    }

    fn word(self) -> String {
        match self.oddity() {
            Some(oddity) => oddity.word().replace('-', " "),
            None if self == Self::OK => "ok".to_owned(),
            None => "counting".to_owned(),
        }
    }
}

/// What can stand on a map: a state that is so ordered that the worst is the greatest.
pub trait State: Copy + Ord {
    /// Of which nothing is known yet.
    const UNKNOWN: Self;

    /// How it is drawn.
    fn sign(self, look: &Look<'_>) -> (&'static str, ThemeRole);
}

impl State for Spot {
    const UNKNOWN: Self = Self(0);

    fn sign(self, look: &Look<'_>) -> (&'static str, ThemeRole) {
        match self.oddity() {
            Some(oddity) => (look.glyphs.oddity(oddity), ThemeRole::map(oddity.severity())),
            None if self == Self::OK => (look.glyphs.cell, ThemeRole::MapOk),
            None => (look.glyphs.cell_unknown, ThemeRole::MapUnknown),
        }
    }
}

/// The schemas of one database on the map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group<S = Spot> {
    /// The label of the database, raw.
    pub label: String,
    /// One state per schema, in the order of the list.
    pub spots: Vec<S>,
    /// Whether they may be older than the world.
    pub stale: bool,
}

/// How many schemas a cell may stand for: numbers that a person can multiply with.
const STEPS: [usize; 12] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25];

/// How a map is drawn in some room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Schemas per cell.
    pub per_cell: usize,
    /// Lines that the map takes.
    pub rows: u16,
    label: u16,
}

/// Finds the finest scale at which the groups fit into `width` cells and `rows` lines.
pub fn scale<S>(groups: &[Group<S>], width: u16, rows: u16) -> Scale {
    let labelled = groups.len() > 1 && groups.len() <= usize::from(rows);
    let longest = groups.iter().map(|group| text::width(&crate::domain::name::shown(&group.label))).max().unwrap_or(0);
    let label = if labelled { (longest as u16).min(width / 4).min(12) + 2 } else { 0 };
    let room = usize::from(width.saturating_sub(label + 2).max(1));
    let lines = |per_cell: usize| -> usize {
        let cells = |group: &Group<S>| group.spots.len().div_ceil(per_cell);
        if labelled {
            groups.iter().map(|group| cells(group).div_ceil(room).max(1)).sum()
        } else {
            groups.iter().map(cells).sum::<usize>().div_ceil(room).max(1)
        }
    };
    let steps = (0..).flat_map(|power| STEPS.map(|step| step * 10_usize.pow(power))).take(STEPS.len() * 8);
    let per_cell = steps.filter(|&step| lines(step) <= usize::from(rows)).min().unwrap_or(usize::MAX / 2);
    Scale { per_cell, rows: (lines(per_cell) as u16).min(rows), label }
}

/// Draws the map. `area` begins one cell from the left edge as all blocks do.
pub fn draw<S: State>(groups: &[Group<S>], scale: Scale, look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let left = area.x + 1 + scale.label;
    let right = area.right().saturating_sub(1);
    if left >= right {
        return;
    }
    let (mut x, mut y) = (left, area.y);
    for group in groups {
        if scale.label > 0 {
            if y >= area.bottom() {
                return;
            }
            let label = text::name(&group.label, usize::from(scale.label - 2), look.glyphs.cut);
            buffer.set_string(area.x + 1, y, &label, look.theme.style(ThemeRole::Dim));
            if group.spots.is_empty() {
                buffer.set_string(left, y, look.glyphs.none, look.theme.style(ThemeRole::Dim));
            }
        }
        for cell in group.spots.chunks(scale.per_cell) {
            if x >= right {
                (x, y) = (left, y + 1);
            }
            if y >= area.bottom() {
                return;
            }
            let (sign, role) = cell.iter().max().copied().unwrap_or(S::UNKNOWN).sign(look);
            let role = if group.stale { ThemeRole::MapUnknown } else { role };
            buffer.set_string(x, y, sign, look.theme.style(role));
            x += 1;
        }
        if scale.label > 0 {
            (x, y) = (left, y + 1);
        }
    }
}

/// The lines that a legend takes in a width, at most `most`.
pub fn legend_rows(counts: &[u64; Spot::KINDS], width: u16, most: u16) -> u16 {
    placed(counts, width, most).entries.last().map_or(1, |entry| entry.line + 1)
}

/// Draws what the signs mean and how many schemas have each: well first, then the worst. Of what does not fit it says how much
/// it is.
pub fn draw_legend(counts: &[u64; Spot::KINDS], look: &Look<'_>, buffer: &mut Buffer, area: Rect) {
    let Legend { entries, left_out, apart } = placed(counts, area.width, area.height);
    let mut end = (1, 0);
    for Meaning { spot, x, line, words } in entries {
        let (sign, role) = spot.sign(look);
        buffer.set_string(area.x + x, area.y + line, sign, look.theme.style(role));
        buffer.set_string(area.x + x + 2, area.y + line, &words, look.theme.style(ThemeRole::Text));
        end = (x + 2 + text::width(&words) as u16 + apart, line);
    }
    if left_out > 0 && area.height > 0 {
        let room = usize::from(area.width.saturating_sub(end.0));
        let style = look.theme.style(ThemeRole::Dim);
        buffer.set_stringn(area.x + end.0, area.y + end.1, more(left_out), room, style);
    }
}

/// A sign of the legend, where it stands, and what it means.
struct Meaning {
    spot: Spot,
    x: u16,
    line: u16,
    words: String,
}

/// The entries of a legend that fit, how many do not, and the cells between two of them.
struct Legend {
    entries: Vec<Meaning>,
    left_out: usize,
    apart: u16,
}

fn more(left_out: usize) -> String {
    format!("+{left_out} more")
}

/// A legend in its lines; nearer together where all fit only so.
fn placed(counts: &[u64; Spot::KINDS], width: u16, rows: u16) -> Legend {
    let worst_first = (2..Spot::KINDS as u8).rev().map(Spot);
    let there = [Spot::OK, Spot::UNKNOWN].into_iter().chain(worst_first).filter(|spot| counts[spot.index()] > 0);
    let there: Vec<(Spot, String)> =
        there.map(|spot| (spot, format!("{} {}", spot.word(), crate::domain::units::count(counts[spot.index()])))).collect();
    let wide = placed_apart(&there, width, rows, 3);
    if wide.left_out == 0 { wide } else { placed_apart(&there, width, rows, 2) }
}

/// For those that do not fit the last line keeps room to say so.
fn placed_apart(there: &[(Spot, String)], width: u16, rows: u16, apart: u16) -> Legend {
    let mut entries = Vec::new();
    let (mut x, mut line) = (1, 0);
    for (at, (spot, words)) in there.iter().enumerate() {
        let needed = 2 + text::width(words) as u16;
        let others = there.len() - at - 1;
        let fits = |x: u16, line: u16| {
            let told = if line + 1 == rows && others > 0 { apart + text::width(&more(others)) as u16 } else { 0 };
            // The last entries may take the room of the words that would stand for them.
            let rest: u16 = there[at + 1..].iter().map(|(_, words)| apart + 2 + text::width(words) as u16).sum();
            line < rows && x + needed + told.min(rest) < width
        };
        if !fits(x, line) {
            (x, line) = (1, line + 1);
            if !fits(x, line) {
                return Legend { entries, left_out: others + 1, apart };
            }
        }
        entries.push(Meaning { spot: *spot, x, line, words: words.clone() });
        x += needed + apart;
    }
    Legend { entries, left_out: 0, apart }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyph::Glyphs;
    use crate::tui::theme::{ColourDepth, Theme};

    fn group(label: &str, spots: Vec<Spot>) -> Group {
        Group { label: label.to_owned(), spots, stale: false }
    }

    fn lines(groups: &[Group], width: u16, rows: u16) -> (usize, Vec<String>) {
        let theme = Theme::load("mono", None, ColourDepth::None).unwrap();
        let glyphs = Glyphs::unicode();
        let area = Rect::new(0, 0, width, rows);
        let mut buffer = Buffer::empty(area);
        let scale = scale(groups, width, rows);
        draw(groups, scale, &Look { theme: &theme, glyphs: &glyphs }, &mut buffer, area);
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (scale.per_cell, (0..rows).map(line).collect())
    }

    #[test]
    fn the_worst_state_of_a_cell_wins() {
        let mut spots = vec![Spot::OK; 16];
        spots[3] = Spot::odd(Oddity::Orphan);
        spots[2] = Spot::odd(Oddity::NoSchema);
        spots[9] = Spot::odd(Oddity::TablesDiffer { usual: 40 });
        spots[15] = Spot::UNKNOWN;
        assert_eq!(lines(&[group("a", spots.clone())], 18, 1), (1, vec![" ■■✗?■■■■■≢■■■■■·".to_owned()]));
        assert_eq!(lines(&[group("a", spots)], 10, 1), (2, vec![" ■✗■■≢■■■".to_owned()]));
    }

    #[test]
    fn databases_stand_apart_and_an_unread_one_is_named() {
        let groups = [group("eu-1", vec![Spot::OK; 25]), group("eu-2", vec![]), group("us", vec![Spot::OK; 3])];
        let expected = [" eu-1  ■■■■■■■■■■", "       ■■■■■■■■■■", "       ■■■■■", " eu-2  –", " us    ■■■"];
        assert_eq!(lines(&groups, 18, 5), (1, expected.map(str::to_owned).to_vec()));
        assert_eq!(lines(&groups, 30, 2).1, [" ■■■■■■■■■■■■■■■■■■■■■■■■■■■■", ""]);
    }

    #[test]
    fn any_fleet_fits_into_any_room() {
        for schemas in [0, 1, 999, 100_000] {
            for (width, rows) in [(1, 1), (80, 1), (80, 6), (500, 200)] {
                let (per_cell, drawn) = lines(&[group("a", vec![Spot::OK; schemas]), group("b", vec![])], width, rows);
                assert!(per_cell >= 1 && drawn.len() == usize::from(rows));
            }
        }
    }
}
