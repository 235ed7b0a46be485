//! Queries that are made of pieces: a query says `{since; 14; NEW; OLD}` where servers differ by their major, and `{grants; ...}` and
//! the like where many queries say the same. Must not know what is asked, nor take anything that a person or a database wrote.

/// The text of a query for a server of this major.
pub(super) fn fill(query: &str, major: u32) -> String {
    let mut text = query.to_owned();
    // The innermost come first, so that a piece may hold others.
    while let Some(close) = text.find('}') {
        let Some(open) = text[..close].rfind('{') else { break };
        let piece = replaced(&text[open + 1..close], major);
        text.replace_range(open..=close, &piece);
    }
    text
}

fn replaced(piece: &str, major: u32) -> String {
    let mut words = piece.split(';');
    let name = words.next().unwrap_or_default().trim();
    let arguments: Vec<&str> = words.map(str::trim).collect();
    let with = |template: &str| {
        arguments
            .iter()
            .enumerate()
            .fold(template.trim_end().to_owned(), |text, (at, argument)| text.replace(&format!("{{{}}}", at + 1), argument))
    };
    match (name, arguments.as_slice()) {
        ("since", [from, new, old]) => {
            let is_new = from.parse().is_ok_and(|from: u32| major >= from);
            (if is_new { new } else { old }).to_string()
        }
        ("comment", [_, _, _]) => with(include_str!("../sql/objects_comment.sql")),
        ("options", [_]) => with(include_str!("../sql/objects_options.sql")),
        ("natural", [_]) => with(include_str!("../sql/clone_natural.sql")),
        ("with", [_, _]) => with(include_str!("../sql/clone_with.sql")),
        ("foreign options", [_]) => with(include_str!("../sql/clone_options.sql")),
        ("sequence", [_]) => with(include_str!("../sql/clone_sequence.sql")),
        ("operator", [_, _]) => with(include_str!("../sql/clone_operator.sql")),
        ("facets", [_, _]) => with(include_str!("../sql/dependency_facets.sql")),
        ("grants", [_, _, _]) => with(include_str!("../sql/objects_grants.sql")),
        _ => format!("unknown piece {piece}"),
    }
}
