//! The hash of a plan: what a person approves. Must not depend on when or in which order facts were found.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::parts::{CommandLine, Plan};

impl CommandLine {
    /// SHA-256 of the program, its arguments and its folder.
    pub(super) fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for part in self.argv.iter().chain([&self.folder]) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        digits(hash)
    }
}

/// In hexadecimal digits.
fn digits(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _always_works = write!(text, "{byte:02x}");
        text
    })
}

impl Plan {
    /// SHA-256, in hexadecimal digits, of everything that executes: environment, databases, stages, groups, steps, targets, policy.
    /// Not of notes, of what is left out, of estimates, nor of the moment.
    pub fn hash(&self) -> String {
        let Self { format, kind, environment, databases, stages, groups, steps, targets, policy, .. } = self;
        let mut hash = Sha256::new();
        let without_estimates = kind.without_estimates();
        let kind = without_estimates.as_ref().unwrap_or(kind);
        let parts = (format, kind, environment, databases, stages, groups, steps, targets, policy);
        // Structs of numbers, texts and lists always have a JSON text, with its fields in the order of the source.
        hash.update(serde_json::to_vec(&parts).unwrap_or_default());
        digits(hash)
    }
}
