//! Themes: what each semantic role looks like, loaded from `themes/*.toml` or from the person's own folder and fitted to the
//! colours of the terminal. Must not know which screen uses a role; no other room knows a colour.

mod colour;
mod file;
#[cfg(test)]
mod tests;

use std::path::Path;

use ratatui::style::{Modifier, Style};
use serde::{Deserialize, Serialize};

use self::colour::Layer;
use self::file::ThemeFile;
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
    /// What a person types, and its line.
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
    /// Every role once.
    pub const ALL: [Self; 25] = [
        Self::Text,
        Self::Dim,
        Self::Accent,
        Self::Title,
        Self::Selection,
        Self::Mark,
        Self::Ok,
        Self::Info,
        Self::Warn,
        Self::Danger,
        Self::Border,
        Self::Key,
        Self::Input,
        Self::Match,
        Self::Overlay,
        Self::HeaderPlain,
        Self::HeaderStaging,
        Self::HeaderProduction,
        Self::Bar,
        Self::Track,
        Self::MapOk,
        Self::MapInfo,
        Self::MapWarn,
        Self::MapDanger,
        Self::MapUnknown,
    ];

    /// Its key in the file of a theme.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Dim => "dim",
            Self::Accent => "accent",
            Self::Title => "title",
            Self::Selection => "selection",
            Self::Mark => "mark",
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Border => "border",
            Self::Key => "key",
            Self::Input => "input",
            Self::Match => "match",
            Self::Overlay => "overlay",
            Self::HeaderPlain => "header-plain",
            Self::HeaderStaging => "header-staging",
            Self::HeaderProduction => "header-production",
            Self::Bar => "bar",
            Self::Track => "track",
            Self::MapOk => "map-ok",
            Self::MapInfo => "map-info",
            Self::MapWarn => "map-warn",
            Self::MapDanger => "map-danger",
            Self::MapUnknown => "map-unknown",
        }
    }

    /// The role with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

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
    styles: [Style; ThemeRole::ALL.len()],
}

/// The theme of a person who chose none: the sixteen colours of their own terminal.
pub const DEFAULT: &str = "terminal";

/// What `NO_COLOR` is drawn with, whichever theme was chosen: colours cannot carry a difference there, attributes must.
const COLOURLESS: &str = "mono";

/// How many themes may inherit from each other in a row, so that a circle ends.
const GENERATIONS: usize = 8;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        const NAMES: &[&str] = &[$($name),*];
        const TEXTS: &[&str] = &[$(include_str!(concat!("../../../themes/", $name, ".toml"))),*];
    };
}

shipped![
    "terminal",
    "dark",
    "light",
    "high-contrast",
    "colour-blind",
    "mono",
    "catppuccin-mocha",
    "catppuccin-latte",
    "gruvbox-dark",
    "nord",
    "dracula",
    "solarized-dark",
    "solarized-light",
    "tokyo-night",
];

impl Theme {
    /// Loads a theme by name: a file of that name in `user_folder` wins over a shipped one.
    ///
    /// The fault of a broken file says file, line and key; that of an unknown name lists the names.
    pub fn load(name: &str, user_folder: Option<&Path>, depth: ColourDepth) -> Result<Self, Fault> {
        let mut file = find(name, user_folder, true)?;
        let mut below = name.to_owned();
        for _ in 0..GENERATIONS {
            let Some(parent) = file.inherit.take() else { break };
            // A person's `dark` that inherits `dark` means the shipped one.
            file = file.over(find(&parent, user_folder, parent != below)?);
            below = parent;
        }
        if file.inherit.is_some() {
            return Err(Fault::new(FaultKind::Usage, format!("theme \"{name}\" inherits in a circle")));
        }
        if depth == ColourDepth::None {
            file = find(COLOURLESS, None, false)?;
        }
        let mut styles = [Style::new(); ThemeRole::ALL.len()];
        for role in ThemeRole::ALL {
            let style = file.style(role)?.ok_or_else(|| {
                Fault::new(FaultKind::Usage, format!("theme \"{name}\" does not say the role {}", role.key()))
                    .hint("a theme takes what it leaves out from another one with inherit = \"dark\"")
            })?;
            styles[role as usize] = fitted(style, depth);
        }
        // A selected row looks the same whatever its cells hold: nothing of theirs shines through.
        let (text, at) = (styles[ThemeRole::Text as usize], ThemeRole::Selection as usize);
        let selection = text.patch(styles[at]);
        // Few colours may make its ground the same as the ground of everything.
        let reverse = if selection.bg == text.bg { Modifier::REVERSED } else { Modifier::empty() };
        styles[at] = Style::reset().patch(selection).add_modifier(reverse);
        Ok(Self { name: name.to_owned(), styles })
    }

    /// The names of the shipped themes, the default first.
    pub fn names() -> &'static [&'static str] {
        NAMES
    }

    /// The names of the shipped themes, then those that only a person's folder holds.
    pub fn names_with(user_folder: Option<&Path>) -> Vec<String> {
        let mut own: Vec<String> = user_folder
            .and_then(|folder| std::fs::read_dir(folder).ok())
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
            .filter(|name| is_name(name) && !NAMES.contains(&name.as_str()))
            .collect();
        own.sort();
        NAMES.iter().map(|&name| name.to_owned()).chain(own).collect()
    }

    /// The name it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a role looks.
    pub fn style(&self, role: ThemeRole) -> Style {
        self.styles[role as usize]
    }
}

fn fitted(mut style: Style, depth: ColourDepth) -> Style {
    if depth == ColourDepth::None {
        (style.fg, style.bg) = (None, None);
    }
    style.fg = style.fg.map(|colour| colour::fit(colour, depth, Layer::Ink));
    style.bg = style.bg.map(|colour| colour::fit(colour, depth, Layer::Ground));
    style
}

/// A theme's name is a part of a file name: it must not lead out of the folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn find(name: &str, user_folder: Option<&Path>, own_first: bool) -> Result<ThemeFile, Fault> {
    let own = user_folder.filter(|_| own_first && is_name(name)).map(|folder| folder.join(format!("{name}.toml")));
    if let Some(path) = own {
        match std::fs::read_to_string(&path) {
            Ok(text) => return ThemeFile::parse(&text, &path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Fault::new(FaultKind::Local, format!("{}: {error}", path.display()))),
        }
    }
    match NAMES.iter().position(|&shipped| shipped == name) {
        Some(at) => ThemeFile::parse(TEXTS[at], &format!("themes/{name}.toml")),
        None => Err(Fault::new(FaultKind::Usage, format!("there is no theme \"{}\"", name.escape_debug()))
            .hint(format!("the themes are {}", Theme::names_with(user_folder).join(", ")))),
    }
}
