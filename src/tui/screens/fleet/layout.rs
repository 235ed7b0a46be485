//! Which blocks of screen 1 fit into a room and where they are: the same for drawing and for the cursor. Must not draw.

use ratatui::layout::Rect;

use super::digest::Digest;
use crate::tui::parts::map;

/// From this many columns on there are two columns of blocks below the databases.
const TWO_FROM: u16 = 120;

/// The lines that the legend of the map has at most.
const LEGEND_MOST: u16 = 3;

/// The lines of ATTENTION, its heading among them, above which it gives one to the legend.
const ATTENTION_ENOUGH: u16 = 5;

/// The databases whose scary number is told at most; screen 4 has them all.
const SCARY_MOST: u16 = 4;

/// The live runs that are told at most; screen 5 has them all.
const RUNNING_MOST: u16 = 2;

/// The blocks below the databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Block {
    Map,
    Scary,
    Attention,
    Running,
    Growth,
    Largest,
}

/// A block with the lines that it needs at least, those that it can use, and its weight: the heaviest get room first.
struct Wish {
    block: Block,
    least: u16,
    most: u16,
    weight: u8,
}

/// Where the blocks are; a block without room has no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Layout {
    pub(super) databases: Rect,
    pub(super) map: Option<Rect>,
    pub(super) scary: Option<Rect>,
    pub(super) attention: Option<Rect>,
    pub(super) running: Option<Rect>,
    pub(super) growth: Option<Rect>,
    pub(super) largest: Option<Rect>,
    /// The lines at the end of the map that are its legend.
    pub(super) legend: u16,
}

impl Layout {
    pub(super) fn of(area: Rect, databases: usize, digest: &Digest) -> Self {
        let count = databases as u16;
        let rows = count.min((area.height / 3).max(3)).min(area.height.saturating_sub(1));
        let databases = Rect { height: (rows + 1).min(area.height), ..area };
        let mut layout = Self { databases, ..Self::default() };
        let below = Rect { y: databases.bottom() + 1, height: area.height.saturating_sub(databases.height + 1), ..area };
        if area.width < TWO_FROM {
            let wishes = [Block::Attention, Block::Map, Block::Running, Block::Scary, Block::Growth, Block::Largest];
            layout.stack(&wishes.map(|block| wish(block, digest, below)), digest, below);
        } else {
            let left = Rect { width: below.width * 11 / 20, ..below };
            let right = Rect { x: left.right() + 1, width: below.width - left.width - 1, ..below };
            layout.stack(&[Block::Map, Block::Scary, Block::Largest].map(|block| wish(block, digest, left)), digest, left);
            layout.stack(
                &[Block::Attention, Block::Running, Block::Growth].map(|block| wish(block, digest, right)),
                digest,
                right,
            );
        }
        layout
    }

    /// Puts blocks below each other, a line apart. The heaviest have all that they can use before a lighter one gets any.
    fn stack(&mut self, wishes: &[Wish], digest: &Digest, area: Rect) {
        let mut chosen: Vec<(&Wish, u16)> = Vec::new();
        let mut left = area.height;
        for weight in 0..=2 {
            let from = chosen.len();
            for wish in wishes.iter().filter(|wish| wish.weight == weight && wish.most > 0) {
                let gap = u16::from(!chosen.is_empty());
                if wish.least + gap <= left {
                    left -= wish.least + gap;
                    chosen.push((wish, wish.least));
                }
            }
            share(&mut chosen[from..], &mut left);
            // Cells stand for round numbers of schemas, so that the field may be smaller than its room: others have the rest.
            if let Some(at) = chosen[from..].iter().position(|(wish, _)| wish.block == Block::Map) {
                let (map, height) = chosen.remove(from + at);
                let fitted = map_height(digest, area.width, height);
                left += height - fitted;
                share(&mut chosen[from..], &mut left);
                let wanted = map::legend_rows(&digest.kinds, area.width, LEGEND_MOST);
                self.legend = wanted.min(1 + left);
                left -= self.legend - 1;
                // A second line tells of every state, which is worth more than one line of many that need attention.
                if self.legend < wanted.min(2)
                    && let Some((_, height)) = chosen.iter_mut().find(|(_, height)| *height > ATTENTION_ENOUGH)
                {
                    *height -= 1;
                    self.legend += 1;
                }
                chosen.push((map, fitted + self.legend - 1));
            }
        }
        chosen.sort_by_key(|(wish, _)| wish.block);
        let mut y = area.y;
        for (wish, height) in chosen {
            let place = Some(Rect { y, height, ..area });
            match wish.block {
                Block::Map => self.map = place,
                Block::Scary => self.scary = place,
                Block::Attention => self.attention = place,
                Block::Running => self.running = place,
                Block::Growth => self.growth = place,
                Block::Largest => self.largest = place,
            }
            y += height + 1;
        }
    }
}

/// Hands out the lines that are left, one after the other, to all blocks that can use them.
fn share(chosen: &mut [(&Wish, u16)], left: &mut u16) {
    while *left > 0 && chosen.iter().any(|(wish, height)| *height < wish.most) {
        for (wish, height) in chosen.iter_mut() {
            if *left > 0 && *height < wish.most {
                *height += 1;
                *left -= 1;
            }
        }
    }
}

/// The lines that a map with a legend of one line uses of those that it was given.
fn map_height(digest: &Digest, width: u16, height: u16) -> u16 {
    (2 + map::scale(&digest.groups, width, height.saturating_sub(2).max(1)).rows).min(height)
}

fn wish(block: Block, digest: &Digest, area: Rect) -> Wish {
    let (least, most, weight) = match block {
        Block::Attention => {
            let lines = digest.alerts.len().max(1) as u16;
            (1 + lines.min(2), 1 + lines, 0)
        }
        // A heading, the field, the legend.
        Block::Map => {
            let needed = map::scale(&digest.groups, area.width, area.height.max(1)).rows;
            (3, 2 + needed.min((area.height * 3 / 5).max(6)), 0)
        }
        // The heading stands in the first line. Where there is little room that is the nearest database alone.
        Block::Scary if digest.near.is_empty() => (0, 0, 0),
        Block::Scary => (1, (digest.near.len() as u16).min(SCARY_MOST), 0),
        // The heading stands in the first line.
        Block::Running if digest.running == 0 => (0, 0, 0),
        Block::Running => (1, digest.running.min(RUNNING_MOST), 0),
        // A heading, the columns, the first and the last month.
        Block::Growth => (3, 7, 1),
        Block::Largest if digest.largest.is_empty() => (0, 0, 2),
        Block::Largest => (4, 1 + digest.largest.len() as u16, 2),
    };
    Wish { block, least, most: most.max(least), weight }
}

#[cfg(test)]
mod tests {
    use super::super::digest::Nearness;
    use super::*;
    use crate::domain::fleet::DatabaseId;

    #[test]
    fn blocks_stay_inside_any_area_and_never_overlap() {
        let near = vec![Nearness { id: DatabaseId(0), known: None }; 6];
        let digest = Digest { months: vec![("2026-01".to_owned(), 3); 12], near, running: 3, ..Digest::default() };
        for width in [1, 20, 60, 80, 119, 120, 160, 500] {
            for height in [1, 2, 3, 5, 9, 18, 34, 44, 200] {
                let area = Rect::new(0, 3, width, height);
                let layout = Layout::of(area, 3, &digest);
                let blocks: Vec<Rect> = [
                    Some(layout.databases),
                    layout.map,
                    layout.scary,
                    layout.attention,
                    layout.running,
                    layout.growth,
                    layout.largest,
                ]
                .into_iter()
                .flatten()
                .collect();
                for (at, block) in blocks.iter().enumerate() {
                    assert_eq!(block.intersection(area), *block, "{width}x{height}: {layout:?}");
                    assert!(blocks[at + 1..].iter().all(|other| !block.intersects(*other)), "{width}x{height}: {layout:?}");
                }
            }
        }
    }

    #[test]
    fn attention_comes_before_the_map_and_the_map_before_growth() {
        let digest = Digest { months: vec![("2026-01".to_owned(), 3)], ..Digest::default() };
        let there = |height| {
            let layout = Layout::of(Rect::new(0, 0, 80, height), 1, &digest);
            (layout.attention.is_some(), layout.map.is_some(), layout.growth.is_some())
        };
        assert_eq!(there(6), (true, false, false));
        assert_eq!(there(9), (true, true, false));
        assert_eq!(there(13), (true, true, true));
    }
}
