//! Which key does what: the registry's defaults and what `fleet.toml` changed. Must not know how an action is done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Code, Group, Key, REGISTRY, Scope};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// The keys of every action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keymap {
    bindings: Vec<(Action, Vec<Key>)>,
}

/// A mistake in the keys of `fleet.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMistake {
    /// The action id as it was written.
    pub action: String,
    /// The position in its list of keys; `None` when the id itself is wrong.
    pub at: Option<usize>,
    /// What is wrong and what to write.
    pub fault: Fault,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = |keys: &[&str]| keys.iter().filter_map(|key| Key::parse(key).ok()).collect();
        Self { bindings: REGISTRY.iter().map(|entry| (entry.action, keys(entry.keys))).collect() }
    }
}

impl Keymap {
    /// The default keys with those of `fleet.toml` in their place (action id to keys).
    ///
    /// A key given to an action is taken away from the action that has it by default. The result is usable even when there are
    /// mistakes: what is wrong is left out.
    pub fn with(changed: &BTreeMap<String, Vec<String>>) -> (Self, Vec<KeyMistake>) {
        let mut keymap = Self::default();
        let mut mistakes = Vec::new();
        let mut given: Vec<(Action, Vec<Key>)> = Vec::new();
        for (id, keys) in changed {
            let Some(action) = Action::from_id(id) else {
                let fault = Fault::new(FaultKind::Usage, format!("there is no action \"{}\"", shown(id))).hint(nearest(id));
                mistakes.push(KeyMistake { action: id.clone(), at: None, fault });
                continue;
            };
            let mut taken = Vec::new();
            for (at, text) in keys.iter().enumerate() {
                match Key::parse(text).and_then(|key| allowed(action, key)).and_then(|key| free(&given, action, key)) {
                    Ok(key) => taken.push(key),
                    Err(fault) => mistakes.push(KeyMistake { action: id.clone(), at: Some(at), fault }),
                }
            }
            given.push((action, taken));
        }
        for (action, keys) in &given {
            for (other, bound) in &mut keymap.bindings {
                if other == action {
                    bound.clone_from(keys);
                } else if meet(*action, *other) && !given.iter().any(|(named, _)| named == other) {
                    bound.retain(|key| !keys.contains(key));
                }
            }
        }
        (keymap, mistakes)
    }

    /// What a key does in a scope.
    pub fn action(&self, scope: Scope, key: Key) -> Option<Action> {
        let bound = self.bindings.iter().filter(|(_, keys)| keys.contains(&key)).map(|(action, _)| *action);
        bound.filter(|action| action.entry().applies_in(scope)).max_by_key(|action| action.entry().scopes.contains(&scope))
    }

    /// What a key does elsewhere that it does not do in a scope. Moving about is not told: there is nowhere to go.
    pub fn elsewhere(&self, scope: Scope, key: Key) -> Vec<Action> {
        let bound = self.bindings.iter().filter(|(_, keys)| keys.contains(&key)).map(|(action, _)| *action);
        bound.filter(|action| !action.entry().applies_in(scope) && action.entry().group != Group::Move).collect()
    }

    /// The keys of an action, the one to show first.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.bindings.iter().find(|(bound, _)| *bound == action).map_or(&[], |(_, keys)| keys)
    }
}

/// `esc` means back and nothing else, so that it never quits.
fn allowed(action: Action, key: Key) -> Result<Key, Fault> {
    if key == Key::plain(Code::Esc) && action != Action::Back {
        return Err(Fault::new(FaultKind::Usage, "esc always goes back, it cannot do anything else"));
    }
    Ok(key)
}

fn free(given: &[(Action, Vec<Key>)], action: Action, key: Key) -> Result<Key, Fault> {
    match given.iter().find(|(other, keys)| meet(action, *other) && keys.contains(&key)) {
        None => Ok(key),
        Some((other, _)) => {
            Err(Fault::new(FaultKind::Usage, format!("\"{key}\" is given to \"{}\" as well", other.entry().id)))
        }
    }
}

/// Whether there is a place where both actions make sense.
fn meet(one: Action, other: Action) -> bool {
    one.entry().scopes.iter().any(|scope| *scope == Scope::Everywhere || other.entry().applies_in(*scope))
        || other.entry().scopes.contains(&Scope::Everywhere)
}

fn nearest(id: &str) -> String {
    let shared = |other: &str| {
        let start = id.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        let inside = usize::from(other.contains(id) || id.contains(other)) * 3;
        start + inside
    };
    match REGISTRY.iter().max_by_key(|entry| shared(entry.id)).filter(|entry| shared(entry.id) > 1) {
        Some(entry) => format!("Did you mean \"{}\"?", entry.id),
        None => format!("The actions are {}.", REGISTRY.iter().map(|entry| entry.id).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&str, &[&str])]) -> (Keymap, Vec<KeyMistake>) {
        let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        Keymap::with(&changes.iter().map(|(id, keys)| ((*id).to_owned(), own(keys))).collect())
    }

    #[test]
    fn every_default_key_is_readable_and_does_its_action() {
        let keymap = Keymap::default();
        for entry in REGISTRY {
            assert_eq!(keymap.keys(entry.action).len(), entry.keys.len(), "{}", entry.id);
            for key in keymap.keys(entry.action) {
                for scope in Scope::PLACES {
                    let expected = entry.applies_in(scope).then_some(entry.action);
                    if expected.is_some() {
                        assert_eq!(keymap.action(scope, *key), expected, "{key} in {scope:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_changed_key_is_taken_from_its_default_owner() {
        let (keymap, mistakes) = with(&[("refresh", &["F5", "j"])]);
        assert_eq!(mistakes, []);
        assert_eq!(keymap.action(Scope::Fleet, Key::char('j')), Some(Action::Refresh));
        assert_eq!(keymap.action(Scope::Fleet, Key::char('r')), None);
        assert_eq!(keymap.keys(Action::Down), [Key::plain(Code::Down)]);
    }

    #[test]
    fn two_actions_may_swap_keys() {
        let (keymap, mistakes) = with(&[("down", &["k"]), ("up", &["j"])]);
        assert_eq!(mistakes, []);
        assert_eq!(keymap.action(Scope::Tenants, Key::char('k')), Some(Action::Down));
        assert_eq!(keymap.action(Scope::Tenants, Key::char('j')), Some(Action::Up));
    }

    #[test]
    fn each_mistake_is_named_and_the_rest_still_holds() {
        let (keymap, mistakes) =
            with(&[("refrsh", &["F5"]), ("quit", &["esc", "Q"]), ("sort", &["o", "nokey"]), ("theme", &["o"])]);
        let found: Vec<_> = mistakes.iter().map(|m| (m.action.as_str(), m.at, m.fault.what.as_str())).collect();
        assert_eq!(
            found,
            [
                ("quit", Some(0), "esc always goes back, it cannot do anything else"),
                ("refrsh", None, "there is no action \"refrsh\""),
                ("sort", Some(1), "\"nokey\" is no key"),
                ("theme", Some(0), "\"o\" is given to \"sort\" as well"),
            ]
        );
        assert_eq!(mistakes[1].fault.hint.as_deref(), Some("Did you mean \"refresh\"?"));
        assert_eq!(keymap.keys(Action::Quit), [Key::char('Q')]);
    }
}
