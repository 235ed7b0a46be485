//! Small schemas for the tests of this room.

use crate::domain::blueprint::{Address, Blueprint, Need, Part, PartKind};
use crate::domain::catalog::Oid;

/// A part that is made by itself.
pub(super) fn part(kind: PartKind, oid: Oid, what: &str) -> Part {
    Part {
        kind,
        at: address(oid),
        of: 0,
        place: 0,
        what: what.to_owned(),
        sql: Some(format!("CREATE {what}")),
        extra: None,
        subject: None,
        comment: None,
        owner: None,
    }
}

/// The schema `acme` of `app`, of these parts: the first of each pair needs the second.
pub(super) fn blueprint(parts: Vec<Part>, needs: &[(Oid, Oid)]) -> Blueprint {
    let need =
        |(who, whom): &(Oid, Oid)| Need { who: address(*who), whom: address(*whom), is_inside: false, is_owned: false };
    Blueprint {
        schema: "acme".into(),
        owner: "app".into(),
        parts,
        needs: needs.iter().map(need).collect(),
        ..Blueprint::default()
    }
}

/// All of them stand in one catalogue.
fn address(oid: Oid) -> Address {
    Address { class: 1, oid }
}
