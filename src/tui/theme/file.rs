//! The text of a theme: `inherit`, a `[palette]` of named colours and `[roles]` made of them, with every mistake at its line.
//! Must not know the terminal's colours.
//!
//! A role reads `text on base bold`: a colour, `on` and the background, and any of `bold`, `dim`, `italic`, `underline`, `reverse`;
//! each part may be left out. A colour is a name of the palette, `default`, one of the sixteen names, `#rrggbb`, or a number below 256.

use std::collections::BTreeMap;
use std::rc::Rc;

use ratatui::style::{Modifier, Style};
use toml::de::{DeTable, DeValue};

use super::{ThemeRole, colour};
use crate::domain::fault::{Fault, FaultKind};

/// One theme's text, or several laid over each other.
#[derive(Debug, Default, Clone)]
pub(super) struct ThemeFile {
    /// The theme that gives what this one leaves out.
    pub(super) inherit: Option<String>,
    palette: BTreeMap<String, Spot>,
    roles: BTreeMap<String, Spot>,
}

/// A text and where it stands.
#[derive(Debug, Clone)]
struct Spot {
    text: String,
    source: Rc<str>,
    line: usize,
    key: String,
}

impl Spot {
    fn fault(&self, what: &str) -> Fault {
        Fault::new(FaultKind::Usage, format!("{}:{}: {}: {what}", self.source, self.line, self.key))
    }
}

impl ThemeFile {
    /// Reads a theme's text. `source` is the name of the file as faults say it.
    pub(super) fn parse(text: &str, source: &str) -> Result<Self, Fault> {
        let source: Rc<str> = source.into();
        let line_at = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let line = line_at(error.span().map_or(0, |span| span.start));
            Fault::new(FaultKind::Usage, format!("{source}:{line}: {}", error.message().trim_end()))
        })?;
        let mut file = Self::default();
        for (key, value) in table.get_ref() {
            let spot = |name: &str, value: &toml::Spanned<DeValue<'_>>, at: usize| {
                let spot = Spot { text: String::new(), source: Rc::clone(&source), line: line_at(at), key: name.to_owned() };
                match value.get_ref().as_str() {
                    Some(text) => Ok(Spot { text: text.to_owned(), ..spot }),
                    None => Err(spot.fault(&format!("a text is wanted, not {}", value.get_ref().type_str()))),
                }
            };
            let name: &str = key.get_ref();
            match (name, value.get_ref()) {
                ("inherit", _) => file.inherit = Some(spot(name, value, key.span().start)?.text),
                ("palette" | "roles", DeValue::Table(entries)) => {
                    for (key, value) in entries {
                        let entry = spot(key.get_ref(), value, key.span().start)?;
                        if name == "roles" {
                            if ThemeRole::from_key(&entry.key).is_none() {
                                return Err(entry
                                    .fault("there is no such role")
                                    .hint(format!("the roles are {}", role_keys())));
                            }
                            file.roles.insert(entry.key.clone(), entry);
                        } else {
                            file.palette.insert(entry.key.clone(), entry);
                        }
                    }
                }
                _ => {
                    let line = line_at(key.span().start);
                    return Err(Fault::new(FaultKind::Usage, format!("{source}:{line}: {name}: no such key"))
                        .hint("a theme has the key inherit and the tables [palette] and [roles]"));
                }
            }
        }
        Ok(file)
    }

    /// This theme laid over another: what it leaves out comes from there.
    pub(super) fn over(mut self, below: Self) -> Self {
        for (name, spot) in below.palette {
            self.palette.entry(name).or_insert(spot);
        }
        for (name, spot) in below.roles {
            self.roles.entry(name).or_insert(spot);
        }
        self.inherit = below.inherit;
        self
    }

    /// The style of a role; `None` when no text says it.
    pub(super) fn style(&self, role: ThemeRole) -> Result<Option<Style>, Fault> {
        self.roles.get(role.key()).map(|spot| self.read(spot)).transpose()
    }

    fn read(&self, spot: &Spot) -> Result<Style, Fault> {
        let mut style = Style::new();
        let mut words = spot.text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let modifier = match word {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underline" => Modifier::UNDERLINED,
                "reverse" => Modifier::REVERSED,
                "on" => {
                    let name = words.next().ok_or_else(|| spot.fault("a colour is missing behind \"on\""))?;
                    style = style.bg(self.colour(name, spot)?);
                    continue;
                }
                name if style.fg.is_none() => {
                    style = style.fg(self.colour(name, spot)?);
                    continue;
                }
                other => return Err(spot.fault(&format!("\"{}\" is too much", other.escape_debug()))),
            };
            style = style.add_modifier(modifier);
        }
        Ok(style)
    }

    fn colour(&self, name: &str, spot: &Spot) -> Result<ratatui::style::Color, Fault> {
        let value = self.palette.get(name).unwrap_or(spot);
        let text = if self.palette.contains_key(name) { value.text.trim() } else { name };
        colour::read(text).ok_or_else(|| {
            value.fault(&format!("\"{}\" is not a colour", text.escape_debug())).hint(
                "a colour is a name of the palette, default, red, bright-red (of black, red, green, yellow, blue, magenta, cyan, \
                 white), #rrggbb, or a number below 256",
            )
        })
    }
}

fn role_keys() -> String {
    ThemeRole::ALL.map(ThemeRole::key).join(", ")
}
