//! What a terminal sends, understood: keys, pasted text, the mouse. Pure: bytes in, events out. Must not read from anywhere.
//!
//! Bytes come in pieces, over a slow link also in the middle of a sequence: what is not complete is kept, and [`Input::settle`]
//! ends the waiting, so that a lone Esc is Esc.

use super::msg::{Mouse, Msg};
use crate::action::{Code, Key};

/// More than this of an unfinished sequence is noise.
const LONGEST: usize = 64;
const PASTE_END: &[u8] = b"\x1b[201~";

/// The bytes that are not understood yet.
#[derive(Debug, Default)]
pub struct Input {
    bytes: Vec<u8>,
    pasting: Option<Vec<u8>>,
}

/// What stands at the start of the bytes.
enum Token {
    /// A message, if it means anything to us, and its length.
    Whole(Option<Msg>, usize),
    /// The start of a paste, and its length.
    Paste(usize),
    /// More bytes are needed.
    Part,
}

impl Input {
    /// Takes bytes in and gives what they mean.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Msg> {
        self.bytes.extend_from_slice(bytes);
        let mut out = Vec::new();
        loop {
            if self.pasting.is_some() {
                match self.paste() {
                    Some(msg) => out.push(msg),
                    None => return out,
                }
            }
            if self.bytes.is_empty() {
                return out;
            }
            match token(&self.bytes) {
                Token::Whole(msg, length) => {
                    out.extend(msg);
                    self.bytes.drain(..length.clamp(1, self.bytes.len()));
                }
                Token::Paste(length) => {
                    self.bytes.drain(..length);
                    self.pasting = Some(Vec::new());
                }
                Token::Part if self.bytes.len() > LONGEST => self.bytes.clear(),
                Token::Part => return out,
            }
        }
    }

    /// Whether bytes wait for their rest.
    pub fn is_waiting(&self) -> bool {
        !self.bytes.is_empty() && self.pasting.is_none()
    }

    /// Nothing more came: what waits is all there is.
    pub fn settle(&mut self) -> Vec<Msg> {
        if !self.is_waiting() {
            return Vec::new();
        }
        let bytes = std::mem::take(&mut self.bytes);
        match bytes.as_slice() {
            [0x1b] => vec![Msg::Key(Key::plain(Code::Esc))],
            [0x1b, b'['] => vec![Msg::Key(Key { alt: true, ..Key::char('[') })],
            [0x1b, b'O'] => vec![Msg::Key(Key { alt: true, ..Key::char('O') })],
            _ => Vec::new(),
        }
    }

    fn paste(&mut self) -> Option<Msg> {
        let pasted = self.pasting.as_mut()?;
        pasted.append(&mut self.bytes);
        let end = pasted.windows(PASTE_END.len()).position(|window| window == PASTE_END)?;
        self.bytes = pasted.split_off(end + PASTE_END.len());
        pasted.truncate(end);
        let text = String::from_utf8_lossy(pasted).replace("\r\n", "\n").replace('\r', "\n");
        self.pasting = None;
        Some(Msg::Paste(text))
    }
}

fn token(bytes: &[u8]) -> Token {
    match bytes {
        [0x1b] => Token::Part,
        [0x1b, b'[', rest @ ..] => control(rest),
        [0x1b, b'O', rest @ ..] => match rest.first() {
            None => Token::Part,
            Some(&last) => Token::Whole(final_key(last, "").map(Msg::Key), 3),
        },
        [0x1b, 0x1b, ..] => Token::Whole(Some(Msg::Key(Key::plain(Code::Esc))), 1),
        [0x1b, rest @ ..] => match character(rest) {
            Some((key, length)) => Token::Whole(key.map(|key| Msg::Key(Key { alt: true, ..key })), length + 1),
            None => Token::Part,
        },
        _ => character(bytes).map_or(Token::Part, |(key, length)| Token::Whole(key.map(Msg::Key), length)),
    }
}

/// A key that is one character; `None` while its UTF-8 is not complete.
fn character(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let key = match *bytes.first()? {
        b'\r' | b'\n' => Key::plain(Code::Enter),
        b'\t' => Key::plain(Code::Tab),
        0x7f | 0x08 => Key::plain(Code::Backspace),
        0 => Key::ctrl(' '),
        0x1b => Key::plain(Code::Esc),
        byte @ 0x01..=0x1a => Key::ctrl(char::from(byte - 1 + b'a')),
        byte @ 0x1c..=0x1f => Key::ctrl(char::from(byte - 0x1c + b'\\')),
        byte @ 0x20..=0x7e => Key::char(char::from(byte)),
        first => return wide(first, bytes),
    };
    Some((Some(key), 1))
}

fn wide(first: u8, bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((None, 1)),
    };
    let Some(whole) = bytes.get(..length) else {
        let broken = bytes[1..].iter().any(|byte| byte & 0xc0 != 0x80);
        return broken.then_some((None, 1));
    };
    match std::str::from_utf8(whole).ok().and_then(|text| text.chars().next()) {
        Some(c) if !c.is_control() => Some((Some(Key::char(c)), length)),
        Some(_) => Some((None, length)),
        None => Some((None, 1)),
    }
}

/// What follows `ESC [`.
fn control(rest: &[u8]) -> Token {
    let Some(end) = rest.iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
        return match rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) {
            Some(at) => Token::Whole(None, at + 2),
            None => Token::Part,
        };
    };
    let length = end + 3;
    if rest[..end].iter().any(|byte| !(0x20..=0x3f).contains(byte)) {
        return Token::Whole(None, 2);
    }
    let parameters = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    match rest[end] {
        b'~' if parameters == "200" => Token::Paste(length),
        b'~' => Token::Whole(numbered(parameters).map(Msg::Key), length),
        b'Z' => Token::Whole(Some(Msg::Key(Key::plain(Code::BackTab))), length),
        last @ (b'M' | b'm') => Token::Whole(mouse(parameters, last == b'M').map(Msg::Mouse), length),
        // The Linux console sends F1 to F5 as ESC [ [ A to E.
        b'[' if end == 0 => match rest.get(1) {
            None => Token::Part,
            Some(&last) => {
                let key = (b'A'..=b'E').contains(&last).then(|| Key::plain(Code::F(last - b'A' + 1)));
                Token::Whole(key.map(Msg::Key), 4)
            }
        },
        last => Token::Whole(final_key(last, parameters).map(Msg::Key), length),
    }
}

/// Keys named by their last letter: `ESC [ A`, `ESC O P`, `ESC [ 1 ; 5 C`.
fn final_key(last: u8, parameters: &str) -> Option<Key> {
    let code = match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'F' => Code::End,
        b'H' => Code::Home,
        b'M' => Code::Enter,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => return None,
    };
    Some(modified(code, parameters.split(';').nth(1)))
}

/// Keys named by a number: `ESC [ 5 ~`, `ESC [ 3 ; 5 ~`.
fn numbered(parameters: &str) -> Option<Key> {
    let mut parts = parameters.split(';');
    let code = match parts.next()?.parse::<u8>().ok()? {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        number @ 11..=15 => Code::F(number - 10),
        number @ 17..=21 => Code::F(number - 11),
        number @ 23..=24 => Code::F(number - 12),
        _ => return None,
    };
    Some(modified(code, parts.next()))
}

/// xterm's modifier parameter: one more than the sum of Shift 1, Alt 2, Ctrl 4.
fn modified(code: Code, parameter: Option<&str>) -> Key {
    let bits = parameter.and_then(|text| text.parse::<u8>().ok()).unwrap_or(1).saturating_sub(1);
    Key { code, ctrl: bits & 4 != 0, alt: bits & 2 != 0 }
}

/// The mouse as SGR reports it: `ESC [ < button ; column ; row M`.
fn mouse(parameters: &str, pressed: bool) -> Option<Mouse> {
    let mut numbers = parameters.strip_prefix('<')?.split(';').map(|text| text.parse::<u16>().ok());
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    match button {
        0 if pressed => Some(Mouse::Press(column.saturating_sub(1), row.saturating_sub(1))),
        64 => Some(Mouse::WheelUp),
        65 => Some(Mouse::WheelDown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<String> {
        let mut input = Input::default();
        let mut found = input.feed(bytes);
        found.extend(input.settle());
        found.iter().map(name).collect()
    }

    fn name(msg: &Msg) -> String {
        match msg {
            Msg::Key(key) => key.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn keys_of_common_terminals_are_understood() {
        for (bytes, expected) in [
            (&b"jG"[..], &["j", "G"][..]),
            (b"\x1b[A\x1bOB\x1b[C", &["up", "down", "right"]),
            (b"\x1b[5~\x1b[6~\x1b[3~", &["pageup", "pagedown", "delete"]),
            (b"\x1b[1~\x1b[H\x1bOF", &["home", "home", "end"]),
            (b"\x1bOP\x1b[15~\x1b[24~\x1b[[B", &["F1", "F5", "F12", "F2"]),
            (b"\x1b[1;5C\x1b[1;3A", &["ctrl-right", "alt-up"]),
            (b"\x1b[Z\t\r\x7f", &["backtab", "tab", "enter", "backspace"]),
            (b"\x03\x04\x1a\x00", &["ctrl-c", "ctrl-d", "ctrl-z", "ctrl-space"]),
            (b"\x1bx", &["alt-x"]),
            (b"\x1b", &["esc"]),
            (b"\x1b\x1b", &["esc", "esc"]),
            (b"\x1b[", &["alt-["]),
            ("éß日🐘".as_bytes(), &["é", "ß", "日", "🐘"]),
        ] {
            assert_eq!(keys(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn noise_is_swallowed_and_what_follows_is_not() {
        for noise in [&b"\x1b[?1;2c"[..], b"\x1b[I", b"\xff", b"\xc3(", b"\x1b[99~", b"\xc2\x9b", b"\x1b[M"] {
            let mut bytes = noise.to_vec();
            bytes.extend_from_slice(b"q");
            assert_eq!(keys(&bytes).last().map(String::as_str), Some("q"), "{noise:?}");
        }
        let mut endless = b"\x1b[".to_vec();
        endless.extend([b'1'; 500]);
        let mut input = Input::default();
        input.feed(&endless);
        assert!(input.bytes.len() <= LONGEST);
    }

    #[test]
    fn a_sequence_in_pieces_is_one_key() {
        let whole = "\x1b[1;5C日\x1b[200~a\x1b[b\x1b[201~x".as_bytes();
        let mut expected = Input::default();
        let expected = expected.feed(whole);
        for at in 0..whole.len() {
            let mut input = Input::default();
            let mut found = input.feed(&whole[..at]);
            found.extend(input.feed(&whole[at..]));
            assert_eq!(found, expected, "cut at {at}");
        }
        assert_eq!(expected[2], Msg::Paste("a\x1b[b".into()));
    }

    #[test]
    fn pasted_lines_keep_their_breaks() {
        assert_eq!(Input::default().feed(b"\x1b[200~a\r\nb\rc\x1b[201~"), [Msg::Paste("a\nb\nc".into())]);
    }

    #[test]
    fn the_mouse_is_counted_from_nought() {
        assert_eq!(
            Input::default().feed(b"\x1b[<0;3;2M\x1b[<0;3;2m\x1b[<64;1;1M\x1b[<65;1;1M"),
            [Msg::Mouse(Mouse::Press(2, 1)), Msg::Mouse(Mouse::WheelUp), Msg::Mouse(Mouse::WheelDown)]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken_without_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut input = Input::default();
            input.feed(&bytes);
            input.settle();
        }
    }
}
