//! A cursor in a list that may be longer than its window: where it goes and which rows are in view. Must not know what the rows are.

use serde::{Deserialize, Serialize};

use crate::action::Action;

/// Where the cursor of a list is, and the first row in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// The row under the cursor.
    pub at: usize,
    /// The first row in view.
    pub top: usize,
}

impl Cursor {
    /// Moves by an action in a list of `len` rows of which `window` are in view. Whether it was an action that moves.
    pub fn act(&mut self, action: Action, len: usize, window: usize) -> bool {
        let window = window.max(1);
        let last = len.saturating_sub(1);
        self.at = match action {
            Action::Down => self.at + 1,
            Action::Up => self.at.saturating_sub(1),
            Action::Top => 0,
            Action::Bottom => last,
            Action::HalfDown => self.at + window.div_ceil(2),
            Action::HalfUp => self.at.saturating_sub(window.div_ceil(2)),
            Action::PageDown => self.at + window,
            Action::PageUp => self.at.saturating_sub(window),
            _ => return false,
        };
        self.keep(len, window);
        true
    }

    /// Puts the cursor on a row.
    pub fn put(&mut self, at: usize, len: usize, window: usize) {
        self.at = at;
        self.keep(len, window);
    }

    /// Keeps the cursor in the list and the list in view. At the edge it moves by half a window: a row at a time would send the
    /// whole screen through a slow line for each key.
    pub fn keep(&mut self, len: usize, window: usize) {
        let window = window.max(1);
        self.at = self.at.min(len.saturating_sub(1));
        if self.at < self.top {
            self.top = (self.at + 1).saturating_sub(window.div_ceil(2));
        } else if self.at >= self.top + window {
            self.top = self.at - window / 2;
        }
        self.top = self.top.min(len.saturating_sub(window));
    }

    /// Puts the cursor on the row in line `line` of the window; whether it was there already. `None` where there is no row.
    pub fn click(&mut self, line: u16, len: usize, window: usize) -> Option<bool> {
        let at = self.window(len, window).nth(usize::from(line))?;
        let before = std::mem::replace(&mut self.at, at);
        self.keep(len, window);
        Some(before == at)
    }

    /// The rows in view.
    pub fn window(&self, len: usize, window: usize) -> std::ops::Range<usize> {
        // The area may have changed since the state was: the cursor is in view even then.
        let mut fitted = *self;
        fitted.keep(len, window);
        fitted.top..len.min(fitted.top + window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_the_list_and_in_view() {
        for len in [0, 1, 5, 10, 11, 100] {
            for window in [0, 1, 2, 10, 50] {
                let mut cursor = Cursor::default();
                let moves = [
                    Action::Down,
                    Action::PageDown,
                    Action::Up,
                    Action::HalfDown,
                    Action::Bottom,
                    Action::HalfUp,
                    Action::PageUp,
                    Action::Down,
                    Action::Top,
                ];
                for action in moves.into_iter().cycle().take(100) {
                    assert!(cursor.act(action, len, window));
                    assert!(len == 0 || cursor.at < len, "{action:?} in {len}/{window}: {cursor:?}");
                    let view = cursor.window(len, window);
                    assert!(
                        len == 0 || window == 0 || view.contains(&cursor.at),
                        "{action:?} in {len}/{window}: {cursor:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_list_moves_by_half_a_window_at_the_edge() {
        let mut cursor = Cursor::default();
        for _ in 0..9 {
            cursor.act(Action::Down, 100, 10);
        }
        assert_eq!((cursor.at, cursor.top), (9, 0));
        cursor.act(Action::Down, 100, 10);
        assert_eq!((cursor.at, cursor.top), (10, 5));
        cursor.act(Action::Bottom, 100, 10);
        assert_eq!((cursor.at, cursor.top), (99, 90));
    }

    #[test]
    fn a_click_finds_the_row_that_is_seen() {
        let mut cursor = Cursor { at: 12, top: 10 };
        assert_eq!(cursor.click(0, 14, 4), Some(false));
        assert_eq!((cursor, cursor.click(0, 14, 4)), (Cursor { at: 10, top: 10 }, Some(true)));
        assert_eq!((cursor.click(4, 14, 4), Cursor::default().click(0, 0, 4)), (None, None));
    }

    #[test]
    fn an_action_that_does_not_move_is_told() {
        assert!(!Cursor::default().act(Action::Open, 3, 3));
    }
}
