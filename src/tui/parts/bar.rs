//! Bars and small diagrams out of parts of a cell. Must not know what they measure.

use crate::tui::glyph::Glyphs;

/// A bar of `share` (0 to 1) of `cells` cells, without the unfilled part. A share above nothing shows at least its smallest part.
pub fn bar(share: f64, cells: usize, glyphs: &Glyphs) -> String {
    let steps = glyphs.bar.len() - 1;
    let parts = (share.clamp(0.0, 1.0) * (cells * steps) as f64).round() as usize;
    let parts = if share > 0.0 { parts.max(1) } else { parts };
    let mut out = glyphs.bar[steps].repeat(parts / steps);
    if !parts.is_multiple_of(steps) {
        out.push_str(glyphs.bar[parts % steps]);
    }
    out
}

/// One character per value, `rows` lines from the top, the greatest value full height. Values above nothing show at least their
/// smallest part.
pub fn columns(values: &[u64], rows: usize, glyphs: &Glyphs) -> Vec<String> {
    let steps = glyphs.spark.len() - 1;
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let height = |value: u64| {
        let parts = (value as f64 / most as f64 * (rows * steps) as f64).round() as usize;
        if value > 0 { parts.max(1) } else { 0 }
    };
    (0..rows)
        .rev()
        .map(|row| values.iter().map(|&value| glyphs.spark[height(value).saturating_sub(row * steps).min(steps)]).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_parts_of_a_cell() {
        let glyphs = Glyphs::unicode();
        for (share, expected) in [(0.0, ""), (0.001, "╸"), (0.5, "━━"), (0.63, "━━╸"), (1.0, "━━━━"), (7.0, "━━━━")]
        {
            assert_eq!(bar(share, 4, &glyphs), expected, "{share}");
        }
        assert_eq!(bar(0.5, 4, &Glyphs::ascii()), "==");
    }

    #[test]
    fn diagrams_reach_their_full_height_at_the_greatest_value() {
        let glyphs = Glyphs::unicode();
        assert_eq!(columns(&[0, 1, 4, 8], 1, &glyphs), [" ▁▄█"]);
        assert_eq!(columns(&[0, 1, 8, 16], 2, &glyphs), ["   █", " ▁██"]);
        assert_eq!(columns(&[0, 0], 1, &glyphs), ["  "]);
        assert_eq!(columns(&[1, 1_000], 1, &Glyphs::ascii()), [".#"]);
    }
}
