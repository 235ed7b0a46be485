//! A text with holes for the schema that it will be about and for who owns it: written once, filled for each target. Must not know
//! what it says.

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
    /// A name of the target as a quoted identifier. In files a number.
    Hole(Hole),
    /// A literal whose text is filled before it is quoted, as in `'orders'::regclass`. In files a list.
    Literal(Template),
}

/// What is not named yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Hole {
    /// The target's schema. In files 0.
    Schema,
    /// The role that owns it. In files 1.
    Owner,
    /// The schema between single quotes that are text themselves: in a literal of a function's body. In files 2.
    InLiteral,
    /// The same one literal deeper. In files 3.
    InNestedLiteral,
}

impl From<Hole> for u8 {
    fn from(hole: Hole) -> Self {
        match hole {
            Hole::Schema => 0,
            Hole::Owner => 1,
            Hole::InLiteral => 2,
            Hole::InNestedLiteral => 3,
        }
    }
}

impl TryFrom<u8> for Hole {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            0 => Ok(Self::Schema),
            1 => Ok(Self::Owner),
            2 => Ok(Self::InLiteral),
            3 => Ok(Self::InNestedLiteral),
            _ => Err("no hole of a template"),
        }
    }
}

/// What a template is filled with. Raw names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// The schema of the target.
    pub schema: &'a str,
    /// The role that owns it.
    pub owner: &'a str,
}

impl Names<'_> {
    fn written(&self, hole: Hole) -> String {
        match hole {
            Hole::Schema => ident(self.schema),
            Hole::Owner => ident(self.owner),
            Hole::InLiteral => ident(self.schema).replace('\'', "''"),
            Hole::InNestedLiteral => ident(self.schema).replace('\'', "''''"),
        }
    }
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
        self.0.push(Piece::Hole(Hole::Schema));
        self
    }

    /// Adds the role that owns the target.
    pub fn push_owner(&mut self) -> &mut Self {
        self.0.push(Piece::Hole(Hole::Owner));
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

    /// Whether a name goes into a literal that is more than this name: a body, a comment, a text.
    pub(super) fn has_holes_in_texts(&self) -> bool {
        let is_text = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['\'', '$', '-', '/']));
        self.0.iter().any(|piece| match piece {
            Piece::Literal(inner) => {
                inner.0.iter().any(is_text) && inner.0.iter().any(|piece| matches!(piece, Piece::Hole(_)))
            }
            _ => false,
        })
    }

    /// The text for a target.
    pub fn fill(&self, names: &Names<'_>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Hole(hole) => out.push_str(&names.written(*hole)),
                Piece::Literal(inner) => out.push_str(&literal(&inner.fill(names))),
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
        let filled = default_of_a_column().fill(&Names { schema: "o'neill \"1\"", owner: "app" });
        let expected = "ALTER TABLE \"o'neill \"\"1\"\"\".\"or\"\"ders\" ALTER id SET DEFAULT \
                        nextval('\"o''neill \"\"1\"\"\".\"it''s_seq\"'::regclass)";
        assert_eq!(filled, expected);
    }

    #[test]
    fn files_keep_holes_and_literals_apart_from_text() -> Result<(), serde_json::Error> {
        let mut template = default_of_a_column();
        template.push(" OWNER TO ").push_owner();
        let json = serde_json::to_string(&template)?;
        assert!(json.contains(",0,") && json.contains(",1]") && json.contains('['), "{json}");
        assert_eq!(serde_json::from_str::<Template>(&json)?, template);
        Ok(())
    }
}
