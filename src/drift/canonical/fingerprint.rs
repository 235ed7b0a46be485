//! Fingerprints: a hash of each object, and what sums them up without regard to their order. Equal on every server for equal
//! objects; a change of what is hashed must change [`VERSION`]. Must not know how objects are made canonical.

use sha2::{Digest as _, Sha256};

use crate::domain::structure::{Aspect, Attribute, Comparison, Fingerprint, Kind, Object};

/// Stands in every hash, so that fingerprints of different canonical forms never look equal.
const VERSION: &str = "tenantry structure 1";

/// Which names count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// All but the loose ones.
    Firm,
    /// All.
    All,
}

/// The fingerprint of these objects under a comparison.
pub(super) fn of(objects: &[Object], comparison: &Comparison, names: Names) -> Fingerprint {
    // Object, kind, schema: sums with counts, never exclusive or, which two equal objects would fall out of.
    let mut layers = [(0_u64, 0_u64); Kind::ALL.len()];
    for object in objects {
        let (count, sum) = &mut layers[object.kind as usize];
        *count += 1;
        *sum = sum.wrapping_add(of_object(object, comparison, names));
    }
    let mut hash = Sha256::new();
    part(&mut hash, VERSION);
    for (kind, (count, sum)) in Kind::ALL.iter().zip(layers).filter(|(_, (count, _))| *count > 0) {
        part(&mut hash, kind.word());
        hash.update(count.to_be_bytes());
        hash.update(sum.to_be_bytes());
    }
    Fingerprint(first(hash))
}

fn of_object(object: &Object, comparison: &Comparison, names: Names) -> u64 {
    let mut hash = Sha256::new();
    part(&mut hash, VERSION);
    part(&mut hash, object.kind.word());
    part(&mut hash, object.parent.as_deref().unwrap_or_default());
    let is_named = names == Names::All || !object.is_name_loose;
    part(&mut hash, if is_named { &object.name } else { "" });
    for attribute in object.attributes.iter().filter(|attribute| counts(attribute, comparison)) {
        part(&mut hash, &attribute.name);
        part(&mut hash, &attribute.value);
    }
    first(hash)
}

/// Whether a comparison looks at an attribute.
fn counts(attribute: &Attribute, comparison: &Comparison) -> bool {
    match attribute.aspect {
        Aspect::Definition | Aspect::Deparsed => true,
        Aspect::Position => comparison.positions,
        Aspect::Body => comparison.bodies,
        Aspect::Owner => comparison.owners,
        Aspect::Grants => comparison.grants,
        Aspect::Comment => comparison.comments,
    }
}

/// Adds a text with its length, so that no two lists of texts look equal.
fn part(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}

fn first(hash: Sha256) -> u64 {
    hash.finalize().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
