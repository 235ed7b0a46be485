//! What the console is drawn with: the theme that the model names, the signs, the depth of colour. Must not know what is drawn.

use std::path::PathBuf;

use super::glyph::Glyphs;
use super::screens::Look;
use super::theme::{self, ColourDepth, Theme};
use crate::domain::fault::Fault;

/// The theme and the signs.
#[derive(Debug)]
pub(super) struct Stage {
    theme: Theme,
    glyphs: Glyphs,
    depth: ColourDepth,
    folder: Option<PathBuf>,
}

impl Stage {
    /// The look for this terminal, with the named theme or the default one.
    pub(super) fn new(wanted: Option<&str>, folder: Option<PathBuf>, ascii: bool) -> Result<Self, Fault> {
        let depth = depth(|name| std::env::var(name).ok());
        let theme = Theme::load(wanted.unwrap_or(theme::DEFAULT), folder.as_deref(), depth)?;
        let glyphs = if ascii { Glyphs::ascii() } else { Glyphs::unicode() };
        Ok(Self { theme, glyphs, depth, folder })
    }

    /// What screens draw with.
    pub(super) fn look(&self) -> Look<'_> {
        Look { theme: &self.theme, glyphs: &self.glyphs }
    }

    /// The theme that is drawn with.
    pub(super) fn theme_name(&self) -> &str {
        self.theme.name()
    }

    /// The themes there are: shipped and the person's own.
    pub(super) fn names(&self) -> Vec<String> {
        Theme::names_with(self.folder.as_deref())
    }

    /// Draws with another theme from now on; a broken one changes nothing.
    pub(super) fn follow(&mut self, name: &str) -> Result<(), Fault> {
        if name != self.theme.name() {
            self.theme = Theme::load(name, self.folder.as_deref(), self.depth)?;
        }
        Ok(())
    }
}

/// How many colours the terminal shows, by the variables that say so. The terminal itself is never asked.
fn depth(variable: impl Fn(&str) -> Option<String>) -> ColourDepth {
    let (no_colour, term) = (variable("NO_COLOR"), variable("TERM").unwrap_or_default());
    let colours = variable("COLORTERM").unwrap_or_default();
    if no_colour.is_some_and(|value| !value.is_empty()) {
        ColourDepth::None
    } else if matches!(colours.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
        ColourDepth::True
    } else if term.contains("256color") {
        ColourDepth::Ansi256
    } else if term.starts_with("vt1") || term.starts_with("vt2") {
        ColourDepth::None
    } else {
        ColourDepth::Ansi16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_of_colour_is_what_the_surroundings_say() {
        for (variables, expected) in [
            (&[("TERM", "xterm-256color")][..], ColourDepth::Ansi256),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], ColourDepth::True),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("COLORTERM", "truecolor")], ColourDepth::None),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], ColourDepth::Ansi16),
            (&[("TERM", "linux")], ColourDepth::Ansi16),
            (&[("TERM", "vt220")], ColourDepth::None),
            (&[("TERM", "xterm-direct")], ColourDepth::True),
            (&[], ColourDepth::Ansi16),
        ] {
            let look_up =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(depth(look_up), expected, "{variables:?}");
        }
    }
}
