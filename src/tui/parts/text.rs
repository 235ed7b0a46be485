//! Text in cells: how wide it is and how it is cut. Everything from a database passes through [`shown`] first. Must not know
//! colours.

use std::borrow::Cow;

use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::name::shown;

/// How many cells a text takes, counted by clusters as they are drawn.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cluster_width).sum()
}

fn cluster_width(cluster: &str) -> usize {
    if cluster.contains(char::is_control) { 0 } else { usize::from(cluster.cell_width()) }
}

/// The text in at most `cells` cells; a text that is too long ends with `cut` in place of what is missing. A wide character is never
/// split.
pub fn fit<'a>(text: &'a str, cells: usize, cut: &str) -> Cow<'a, str> {
    if text.len() <= cells || width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(width(cut)) else { return Cow::Borrowed("") };
    let mut used = 0;
    let mut end = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += cluster_width(cluster);
        if used > room {
            break;
        }
        end = at + cluster.len();
    }
    Cow::Owned(format!("{}{cut}", &text[..end]))
}

/// A raw name made safe and fitted.
pub fn name<'a>(raw: &'a str, cells: usize, cut: &str) -> Cow<'a, str> {
    match shown(raw) {
        Cow::Borrowed(text) => fit(text, cells, cut),
        Cow::Owned(text) => Cow::Owned(fit(&text, cells, cut).into_owned()),
    }
}

/// A text broken at spaces into lines of at most `cells` cells; a word that is longer is broken anywhere.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > cells {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for cluster in word.graphemes(true) {
            if width(&line) + cluster_width(cluster) > cells && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(cluster);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_cells_not_by_characters() {
        for (text, cells, expected) in [
            ("acme", 4, "acme"),
            ("acme corp", 5, "acme…"),
            ("日本語テスト", 6, "日本…"),
            ("日本語", 6, "日本語"),
            ("日本語", 4, "日…"),
            ("e\u{301}clair", 3, "e\u{301}c…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
            ("", 0, ""),
            ("👍👍👍", 5, "👍👍…"),
        ] {
            let fitted = fit(text, cells, "…");
            assert_eq!(fitted, expected, "{text} in {cells}");
            assert!(width(&fitted) <= cells);
        }
        assert_eq!(name("red\u{1b}[31m", 6, "…"), "red\\x…");
    }

    #[test]
    fn sentences_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a longword b", 4), ["a", "long", "word", "b"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本語 x", 4), ["日本", "語 x"]);
    }
}
