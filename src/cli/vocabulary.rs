//! The words that `fleet.toml` may use, gathered from the rooms that know them. Must not know the file.

use crate::action::Keymap;
use crate::config::{KeyRefusal, Vocabulary};

/// The words of this program, with these themes.
pub fn vocabulary(themes: &[&str]) -> Vocabulary {
    Vocabulary {
        themes: themes.iter().map(|theme| (*theme).to_owned()).collect(),
        keys: |keys| {
            let refused = Keymap::with(keys).1.into_iter();
            let refusals = refused.map(|mistake| KeyRefusal {
                action: mistake.action,
                at: mistake.at,
                what: mistake.fault.what,
                hint: mistake.fault.hint,
            });
            refusals.collect()
        },
    }
}
