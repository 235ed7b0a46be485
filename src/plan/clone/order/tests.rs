//! Orders of small schemas: each step in words.

use super::*;
use crate::plan::clone::sample::{blueprint, part};

/// The order in words, and what of it came early.
fn said(blueprint: &Blueprint) -> Result<(Vec<String>, Vec<String>), Vec<String>> {
    let what = |at: &usize| blueprint.parts[*at].what.clone();
    let step = |step: &Step| match step {
        Step::Make(at) => what(at),
        Step::Stub(at) => format!("stub of {}", what(at)),
        Step::Extra(at) => format!("more of {}", what(at)),
        Step::Table(at, clauses) => {
            let mut clauses: Vec<String> = clauses.iter().map(what).collect();
            clauses.sort();
            if clauses.is_empty() { what(at) } else { format!("{} with {}", what(at), clauses.join(", ")) }
        }
    };
    let order = order(blueprint)?;
    Ok((order.steps.iter().map(step).collect(), order.early.iter().map(what).collect()))
}

fn steps(blueprint: &Blueprint) -> Vec<String> {
    said(blueprint).expect("an order").0
}

#[test]
fn kinds_and_names_decide_among_equals() {
    let parts = vec![
        part(PartKind::View, 1, "view v"),
        part(PartKind::Table, 2, "table b"),
        part(PartKind::Function, 3, "function f"),
        part(PartKind::Table, 4, "table a"),
        part(PartKind::Enum, 5, "type t"),
        part(PartKind::Index, 6, "index i"),
        part(PartKind::Grant, 2, "b"),
    ];
    assert_eq!(steps(&blueprint(parts, &[])), ["type t", "function f", "table a", "table b", "view v"]);
}

#[test]
fn who_is_needed_comes_first() {
    let parts = vec![
        part(PartKind::Enum, 1, "type t"),
        part(PartKind::Table, 2, "table a"),
        part(PartKind::Table, 3, "table b"),
        part(PartKind::Function, 4, "function f"),
    ];
    // What is not in the schema is not waited for.
    let needs = [(4, 3), (2, 4), (1, 99)];
    assert_eq!(steps(&blueprint(parts, &needs)), ["type t", "table b", "function f", "table a"]);
}

#[test]
fn a_circle_is_broken_by_what_needs_less() {
    let parts = || {
        let mut function = part(PartKind::Function, 1, "function f");
        function.extra = Some("a body that does nothing".into());
        vec![function, part(PartKind::View, 2, "view v")]
    };
    assert_eq!(steps(&blueprint(parts(), &[(1, 2), (2, 1)])), ["stub of function f", "view v", "function f"]);
    let mut itself = parts();
    itself[0].place = 1;
    assert_eq!(steps(&blueprint(itself, &[])), ["stub of function f", "function f", "view v"]);
    let mut stiff = parts();
    stiff[0].extra = None;
    assert_eq!(said(&blueprint(stiff, &[(1, 2), (2, 1)])), Err(vec!["function f".to_owned(), "view v".to_owned()]));
}

#[test]
fn defaults_and_checks_are_clauses_where_their_needs_let_them() {
    let mut parts = vec![part(PartKind::Table, 1, "table t"), part(PartKind::Function, 2, "function of_row(t)")];
    for (oid, what) in [(11, "default of t.a"), (12, "default of t.b")] {
        let mut default = part(PartKind::Default, oid, what);
        (default.of, default.extra) = (1, Some("the same as a statement".into()));
        parts.push(default);
    }
    let mut check = part(PartKind::Check, 13, "constraint c on t");
    check.of = 1;
    parts.push(check);
    let found = steps(&blueprint(parts, &[(2, 1), (12, 2)]));
    assert_eq!(found, ["table t with constraint c on t, default of t.a", "function of_row(t)", "more of default of t.b"]);
}

#[test]
fn what_comes_after_the_rows_comes_before_them_only_where_it_is_needed() {
    let parts = vec![
        part(PartKind::Table, 1, "table t"),
        part(PartKind::Key, 2, "constraint t_pkey on t"),
        part(PartKind::Key, 3, "constraint t_other on t"),
        part(PartKind::View, 4, "view by_key"),
    ];
    let (steps, early) = said(&blueprint(parts, &[(2, 1), (3, 1), (4, 1), (4, 2)])).expect("an order");
    assert_eq!(steps, ["table t", "constraint t_pkey on t", "view by_key"]);
    assert_eq!(early, ["constraint t_pkey on t"]);
}

#[test]
fn a_sequence_gets_its_owner_when_that_stands() {
    let mut sequence = part(PartKind::Sequence, 1, "sequence s");
    sequence.extra = Some("ALTER SEQUENCE".into());
    let mut blueprint = blueprint(vec![sequence, part(PartKind::Table, 2, "table t")], &[(1, 2), (2, 1)]);
    // The table belongs to its default's sequence, which belongs to the table.
    blueprint.needs[0].is_owned = true;
    assert_eq!(steps(&blueprint), ["sequence s", "table t", "more of sequence s"]);
}
