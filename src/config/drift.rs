//! `[env.NAME.drift]`: what the comparison of structures leaves out. Must not compare anything.

use toml::de::DeValue;

use super::mistake::quoted;
use super::walk::{Value, Walk, in_order, meant};
use crate::domain::structure::{Comparison, Ignore, Kind};

const KEYS: [&str; 3] = ["leave_out", "compare", "ignore"];
/// What is compared unless it is left out.
const USUAL: [&str; 3] = ["positions", "bodies", "comments"];
/// What is compared only when it is asked for.
const ASKED: [&str; 2] = ["owners", "grants"];

pub(super) fn comparison(walk: &mut Walk<'_>, full: &str, value: &Value<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    for (key, value) in walk.table(full, value).map(in_order).unwrap_or_default() {
        let word: &str = key.get_ref();
        let path = format!("{full}.{word}");
        match word {
            "leave_out" => {
                for word in words(walk, &path, value, &USUAL, (&ASKED, "it is left out anyway, unless compare names it")) {
                    match word.as_str() {
                        "positions" => comparison.positions = false,
                        "bodies" => comparison.bodies = false,
                        _ => comparison.comments = false,
                    }
                }
            }
            "compare" => {
                for word in words(walk, &path, value, &ASKED, (&USUAL, "it is compared anyway, unless leave_out names it")) {
                    match word.as_str() {
                        "owners" => comparison.owners = true,
                        _ => comparison.grants = true,
                    }
                }
            }
            "ignore" => comparison.ignore = patterns(walk, &path, value),
            _ => walk.unknown(key, &format!("in [{full}]"), &KEYS),
        }
    }
    comparison
}

/// An array of some words. `others` are the words of the other list, and why they are not wanted here.
fn words(walk: &mut Walk<'_>, path: &str, value: &Value<'_>, allowed: &[&str], others: (&[&str], &str)) -> Vec<String> {
    let mut kept = walk.words(path, value);
    for item in items(value) {
        let Some(text) = item.get_ref().as_str().filter(|text| !text.trim().is_empty()) else { continue };
        if !allowed.contains(&text) {
            let hint = if others.0.contains(&text) { others.1.to_owned() } else { meant(text, allowed) };
            walk.error(item.span(), format!("{path} cannot hold {}", quoted(text)), hint);
        }
    }
    kept.retain(|word| allowed.contains(&word.as_str()));
    kept
}

/// Patterns, each with a kind before a colon or for all kinds.
fn patterns(walk: &mut Walk<'_>, path: &str, value: &Value<'_>) -> Vec<Ignore> {
    let _all = walk.words(path, value);
    let mut found = Vec::new();
    for item in items(value) {
        let Some(text) = item.get_ref().as_str().filter(|text| !text.trim().is_empty()) else { continue };
        match pattern(text) {
            Ok(ignore) => found.push(ignore),
            Err(hint) => walk.error(item.span(), format!("{} is no pattern of objects", quoted(text)), hint),
        }
    }
    found
}

/// The fault is the hint.
fn pattern(text: &str) -> Result<Ignore, String> {
    let Some((kind, pattern)) = text.split_once(':') else {
        return Ok(Ignore { kind: None, pattern: text.trim().to_owned() });
    };
    let (word, pattern) = (kind.trim().replace('_', " "), pattern.trim());
    let Some(kind) = Kind::from_word(&word) else {
        return Err(meant(&word, &Kind::ALL.map(Kind::word)));
    };
    if pattern.is_empty() {
        return Err(format!("after the colon comes the name, such as {}:tmp_*", kind.word()));
    }
    Ok(Ignore { kind: Some(kind), pattern: pattern.to_owned() })
}

fn items<'t, 'v>(value: &'t Value<'v>) -> impl Iterator<Item = &'t Value<'v>> {
    match value.get_ref() {
        DeValue::Array(items) => Some(items.iter()),
        _ => None,
    }
    .into_iter()
    .flatten()
}
