//! The list of tenants in a real terminal: how few bytes it costs, and that nothing hostile gets through.

use std::time::{Duration, Instant};

use super::opened_on_fleet;
use super::pty::Pty;
use crate::support::DEADLINE;

#[test]
fn a_cursor_move_is_few_bytes_and_a_key_without_effect_is_none() {
    let mut pty = opened_on_fleet(&[]);
    pty.keys("2");
    pty.settle(Duration::from_millis(400));
    // What was read may come in the middle: then it is looked at once more.
    let bytes_of = |pty: &mut Pty, keys: &str, most: usize| {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let from = pty.sent().len();
            pty.keys(keys);
            pty.settle(Duration::from_millis(400));
            let came = pty.sent().len() - from;
            if came <= most {
                return came;
            }
            assert!(Instant::now() < deadline, "{came} bytes for {keys:?}");
        }
    };
    assert!(bytes_of(&mut pty, "j", 300) > 0, "the cursor moves");
    assert_eq!(bytes_of(&mut pty, "@", 0), 0);
}

#[test]
fn drift_is_read_judged_and_shown() {
    let mut pty = opened_on_fleet(&[]);
    pty.keys("3");
    for words in ["SHAPE", "LEDGER", "= reference", "head: "] {
        pty.wait(words);
    }
    pty.keys("g\r");
    pty.wait("diff ");
    pty.wait("schemas: ");
    pty.keys("\r");
    pty.wait("cohort:");
}

#[test]
fn without_colours_the_selected_row_still_shows() {
    let mut pty = opened_on_fleet(&[("NO_COLOR", "1")]);
    pty.keys("2");
    pty.wait("›");
    pty.settle(Duration::from_millis(300));
    let screen = pty.screen();
    let (rows, _) = screen.size();
    let is_cursor = |row: &u16| screen.contents_between(*row, 0, *row, 4).contains('›');
    let row = (3..rows).find(is_cursor).expect("a gutter mark");
    let inverse = |row: u16| (0..80).filter(|column| screen.cell(row, *column).is_some_and(vt100::Cell::inverse)).count();
    assert!(inverse(row) > 10, "{} cells of the selected row are reversed", inverse(row));
    assert_eq!(inverse(row + 1), 0);
    for sequence in sequences(pty.sent()).filter(|sequence| sequence.ends_with('m')) {
        let codes = sequence.trim_start_matches("\x1b[").trim_end_matches('m').split(';');
        let colours = codes.filter(|code| code.parse::<u16>().is_ok_and(|code| (30..=49).contains(&code) || code >= 90));
        assert_eq!(colours.count(), 0, "{sequence:?}");
    }
}

#[test]
fn hostile_names_reach_the_terminal_as_plain_text_only() {
    let mut pty = opened_on_fleet(&[]);
    for keys in ["2", "/role:", "\x1b", "w", "G", "g", "/x1b\r", "\r"] {
        pty.keys(keys);
        pty.settle(Duration::from_millis(200));
    }
    for _ in 0..5 {
        pty.keys("\x1b");
        pty.settle(Duration::from_millis(100));
    }
    pty.keys("2");
    for _ in 0..8 {
        pty.keys("\x04");
        pty.settle(Duration::from_millis(100));
    }
    assert!(pty.sent().windows(4).any(|window| window == b"\\x1b"), "the hostile name was never on screen");
    for sequence in sequences(pty.sent()) {
        assert!(ours(sequence), "{sequence:?}");
    }
    for c in String::from_utf8(pty.sent().to_vec()).expect("UTF-8").chars() {
        assert!(!c.is_control() || matches!(c, '\x1b' | '\r' | '\n'), "{c:?}");
        assert!(!matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'), "{c:?}");
    }
    pty.keys(":q\r");
    assert_eq!(pty.ended(), 0);
}

/// Every escape sequence of a stream: what follows an ESC up to its final letter.
fn sequences(sent: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(sent).expect("UTF-8");
    text.match_indices('\x1b').map(|(at, _)| {
        let end = text[at + 2..].find(|c: char| c.is_ascii_alphabetic() || c == '\x1b').unwrap_or(0);
        &text[at..(at + 3 + end).min(text.len())]
    })
}

/// Whether a sequence is one that the console itself draws with, or the line of progress before it.
fn ours(sequence: &str) -> bool {
    let Some(rest) = sequence.strip_prefix("\x1b[") else { return false };
    let (parameters, last) = rest.split_at(rest.len() - 1);
    let numbers = parameters.trim_start_matches('?').chars().all(|c| c.is_ascii_digit() || c == ';');
    let modes = ["?25", "?1049", "?2004", "?2026"];
    numbers && (matches!(last, "H" | "C" | "m" | "J" | "K") || matches!(last, "h" | "l") && modes.contains(&parameters))
}

#[test]
fn psql_gets_the_terminal_and_gives_it_back() {
    let mut pty = opened_on_fleet(&[]);
    pty.keys("2");
    pty.wait("›");
    pty.keys("S");
    pty.wait_until("psql", |screen| !screen.alternate_screen() && screen.contents().contains("fleet="));
    pty.keys("show transaction_read_only;\r");
    pty.wait("\n on");
    pty.keys("\x03");
    pty.wait_until("a new prompt", |screen| {
        screen.contents().split_once("^C").is_some_and(|(_, after)| after.contains("fleet="))
    });
    pty.keys("\\q\r");
    pty.wait_until("the console again", |screen| screen.alternate_screen() && screen.contents().contains("? help"));
    pty.keys(":q\r");
    assert_eq!(pty.ended(), 0);
    pty.assert_given_back();
}

#[test]
fn without_psql_the_console_stays_and_says_what_to_install() {
    let mut pty = opened_on_fleet(&[("PATH", "/nonexistent")]);
    pty.keys("2");
    pty.wait("›");
    pty.keys("S");
    pty.wait("psql is not installed");
    assert!(pty.screen().alternate_screen());
}

#[test]
fn an_export_is_written_once_and_never_over_a_file_unasked() {
    let mut pty = opened_on_fleet(&[]);
    pty.keys("2");
    pty.wait("›");
    let file = pty.home().join("rows.json");
    std::fs::write(&file, "mine").unwrap();
    pty.keys("e\x15rows.json\r");
    pty.wait("Replace it?");
    pty.keys("n");
    pty.wait("? help");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    pty.keys("e\x15rows.json\r");
    pty.wait("Replace it?");
    pty.keys("y");
    pty.wait("written to");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert!(rows.len() >= 48 && rows.iter().any(|row| row["role"] == "orphan"));
}

#[test]
fn a_copy_is_sent_to_the_terminals_own_clipboard() {
    let mut pty = opened_on_fleet(&[]);
    pty.keys("2");
    pty.wait("›");
    pty.keys("Y");
    pty.wait("sent to the terminal's clipboard");
    assert!(pty.sent().windows(7).any(|window| window == b"\x1b]52;c;"));
}
