//! The notation of keys in `fleet.toml`: `r`, `G`, `F5`, `ctrl-d`, `space`. Must not know which action a key belongs to.

/// The keys that have a name instead of a character.
const NAMED: [&str; 15] = [
    "space", "tab", "backtab", "enter", "esc", "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert",
    "delete",
];

/// Whether `text` names a key: one visible character, a named key or `F1` to `F12`, each after any of `ctrl-`, `alt-` and
/// `shift-`. A letter's shift is its upper case.
pub fn is_key(text: &str) -> bool {
    let mut rest = text;
    for modifier in ["ctrl-", "alt-", "shift-"] {
        rest = rest.strip_prefix(modifier).unwrap_or(rest);
    }
    let shifted = rest.len() < text.len() && text[..text.len() - rest.len()].contains("shift-");
    let mut characters = rest.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => !one.is_whitespace() && !one.is_control() && !shifted,
        _ => NAMED.contains(&rest) || rest == "backspace" || is_function_key(rest),
    }
}

fn is_function_key(text: &str) -> bool {
    let number = text.strip_prefix('F').filter(|digits| !digits.starts_with(['0', '+']));
    number.and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|number| (1..=12).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_notation_are_known() {
        for key in ["r", "G", "/", "-", "ö", "F5", "F12", "ctrl-d", "ctrl-alt-x", "alt-enter", "shift-F3", "space", "ctrl--"]
        {
            assert!(is_key(key), "{key}");
        }
    }

    #[test]
    fn other_words_are_not() {
        for key in ["", " ", "rr", "f5", "F0", "F13", "F05", "Ctrl-d", "ctrl-", "alt-ctrl-x", "shift-a", "pgdn", "\u{1b}"] {
            assert!(!is_key(key), "{key}");
        }
    }
}
