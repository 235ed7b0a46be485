//! Copying over any distance: the terminal itself puts a text on its clipboard (OSC 52). Whether it did cannot be known. Must not
//! write anything.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use crate::domain::fault::{Fault, FaultKind};

/// More than this is dropped by common terminals without a word.
const MOST: usize = 74_994;
/// The longest piece that GNU screen passes on.
const SCREEN_PIECE: usize = 760;

/// What stands between us and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing.
    Nothing,
    /// tmux: takes the sequence itself or passes a wrapped one on, whichever it was told.
    Tmux,
    /// GNU screen: passes wrapped pieces on.
    Screen,
}

impl Between {
    /// Found by the variables that tmux and screen set.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("TMUX").is_some_and(|value| !value.is_empty()) {
            Self::Tmux
        } else if variable("STY").is_some_and(|value| !value.is_empty()) {
            Self::Screen
        } else {
            Self::Nothing
        }
    }
}

/// The bytes that ask the terminal to put a text on its clipboard.
pub(super) fn sequence(text: &str, between: Between) -> Result<String, Fault> {
    if text.len() > MOST {
        let what = format!("{} bytes are more than a terminal takes into its clipboard", text.len());
        return Err(Fault::new(FaultKind::Usage, what).hint("Export them to a file instead."));
    }
    let mut plain = String::new();
    CopyToClipboard::to_clipboard_from(text)
        .write_ansi(&mut plain)
        .map_err(|_| Fault::new(FaultKind::Local, "the text cannot be written for the clipboard"))?;
    Ok(match between {
        Between::Nothing => plain,
        Between::Tmux => format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
        Between::Screen => {
            // The end of the sequence must not hold the end of the wrapping.
            let whole = plain.replace("\x1b\\", "\x07");
            let pieces = whole.as_bytes().chunks(SCREEN_PIECE).map(String::from_utf8_lossy);
            pieces.flat_map(|piece| ["\x1bP".into(), piece, "\x1b\\".into()]).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_goes_as_base64_through_whatever_is_between() {
        assert_eq!(sequence("a\"b", Between::Nothing).unwrap(), "\x1b]52;c;YSJi\x1b\\");
        assert_eq!(
            sequence("a\"b", Between::Tmux).unwrap(),
            "\x1b]52;c;YSJi\x1b\\\x1bPtmux;\x1b\x1b]52;c;YSJi\x1b\x1b\\\x1b\\"
        );
        assert_eq!(sequence("a\"b", Between::Screen).unwrap(), "\x1bP\x1b]52;c;YSJi\x07\x1b\\");
        let long = sequence(&"x".repeat(2_000), Between::Screen).unwrap();
        assert!(long.split("\x1b\\").all(|piece| piece.len() <= SCREEN_PIECE + 2));
    }

    #[test]
    fn a_text_that_terminals_drop_is_refused() {
        assert!(sequence(&"x".repeat(MOST), Between::Nothing).is_ok());
        assert!(sequence(&"x".repeat(MOST + 1), Between::Nothing).unwrap_err().hint.is_some());
    }

    #[test]
    fn tmux_and_screen_are_known_by_their_variables() {
        let only = |name: &'static str| move |asked: &str| (asked == name).then(|| "1".to_owned());
        assert_eq!(Between::of(only("TMUX")), Between::Tmux);
        assert_eq!(Between::of(only("STY")), Between::Screen);
        assert_eq!(Between::of(|_| Some(String::new())), Between::Nothing);
    }
}
