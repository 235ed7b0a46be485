//! A text with holes for the schema that it will be about: written once, filled for each target. Must not know what it says.

use serde::{Deserialize, Serialize};

use crate::sqltext::{ident, literal};

/// SQL text in which a schema is not named yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub Vec<Piece>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// As it is sent.
    Text(String),
    /// The target's schema as a quoted identifier. In files `null`.
    Schema(()),
    /// A literal whose text is filled before it is quoted, as in `'orders'::regclass`. In files a list.
    Literal(Template),
}

impl Template {
    /// A text without holes.
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// Adds text.
    pub fn push(&mut self, text: &str) -> &mut Self {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
        self
    }

    /// Adds the target's schema.
    pub fn push_schema(&mut self) -> &mut Self {
        self.0.push(Piece::Schema(()));
        self
    }

    /// Adds an object of the target, qualified. The raw name.
    pub fn push_own(&mut self, name: &str) -> &mut Self {
        self.push_schema().push(".").push(&ident(name))
    }

    /// Adds another template at the end.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        for piece in &other.0 {
            match piece {
                Piece::Text(text) => drop(self.push(text)),
                other => self.0.push(other.clone()),
            }
        }
        self
    }

    /// The text for a schema (raw name).
    pub fn fill(&self, schema: &str) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Schema(()) => out.push_str(&ident(schema)),
                Piece::Literal(inner) => out.push_str(&literal(&inner.fill(schema))),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_of_a_column() -> Template {
        let mut template = Template::text("ALTER TABLE ");
        template.push_own("or\"ders").push(" ALTER id SET DEFAULT nextval(");
        let mut inner = Template::default();
        inner.push_own("it's_seq");
        template.0.push(Piece::Literal(inner));
        template.push("::regclass)");
        template
    }

    #[test]
    fn the_schema_is_quoted_as_the_place_wants_it() {
        let filled = default_of_a_column().fill("o'neill \"1\"");
        let expected = "ALTER TABLE \"o'neill \"\"1\"\"\".\"or\"\"ders\" ALTER id SET DEFAULT \
                        nextval('\"o''neill \"\"1\"\"\".\"it''s_seq\"'::regclass)";
        assert_eq!(filled, expected);
    }

    #[test]
    fn files_keep_holes_and_literals_apart_from_text() -> Result<(), serde_json::Error> {
        let template = default_of_a_column();
        let json = serde_json::to_string(&template)?;
        assert!(json.contains("null") && json.contains('['), "{json}");
        assert_eq!(serde_json::from_str::<Template>(&json)?, template);
        Ok(())
    }
}
