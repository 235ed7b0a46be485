//! The one place that turns names and literals into SQL text. Must not know what the statements are for.

/// A name as a quoted SQL identifier, always in double quotes: `Größe "1"` becomes `"Größe ""1"""`.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A qualified name, both parts quoted.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// A text as a SQL literal. Backslashes make it an `E''` literal, so that it means the same whatever
/// `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}
