//! The signs that the console draws with, once for a terminal that speaks UTF-8 and once in plain ASCII. Every sign is one cell
//! wide in both sets. Must not know what a sign is used for on which screen, nor colours.

use crate::domain::drift::Signs;
use crate::domain::fleet::Severity;
use crate::domain::roles::Oddity;

/// One set of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Those of ledgers and shapes, which lists without a console have, too.
    pub states: &'static Signs,
    /// The gutter mark of the row under the cursor.
    pub cursor: &'static str,
    /// The gutter mark of a marked row.
    pub mark: &'static str,
    /// As it should be.
    pub ok: &'static str,
    /// Worth knowing.
    pub info: &'static str,
    /// Worth looking at.
    pub warn: &'static str,
    /// Broken.
    pub danger: &'static str,
    /// A link that is up.
    pub up: &'static str,
    /// A link that is being made, a pass that runs.
    pub busy: &'static str,
    /// A tenant names a schema that is not there.
    pub no_schema: &'static str,
    /// A schema without tables.
    pub empty: &'static str,
    /// A schema that our role may not read.
    pub unreadable: &'static str,
    /// One schema of several tenants.
    pub shared: &'static str,
    /// A schema without tenant.
    pub orphan: &'static str,
    /// Another number of tables than the others have.
    pub differs: &'static str,
    /// A schema without the ledger that the others have.
    pub no_ledger: &'static str,
    /// A tenant without domain.
    pub no_domain: &'static str,
    /// Migrations are missing at the end.
    pub behind: &'static str,
    /// Migrations that the head has not.
    pub ahead: &'static str,
    /// Some are missing, others are too many.
    pub diverged: &'static str,
    /// A migration is missing in the middle.
    pub gap: &'static str,
    /// A migration failed, or is half applied, or was edited.
    pub dirty: &'static str,
    /// Recorded, and not there.
    pub ghost: &'static str,
    /// Another structure than the reference's.
    pub shape: &'static str,
    /// Equal to what it is compared with.
    pub equal: &'static str,
    /// The same thing under another name.
    pub renamed: &'static str,
    /// The reference has it, the schema has not.
    pub missing: &'static str,
    /// The schema has it, the reference has not.
    pub extra: &'static str,
    /// Both have it and it differs.
    pub changed: &'static str,
    /// From one name to another.
    pub becomes: &'static str,
    /// There is no value.
    pub none: &'static str,
    /// The value is being read.
    pub pending: &'static str,
    /// The figure is an estimate.
    pub about: &'static str,
    /// The figure may be older than the world.
    pub stale: &'static str,
    /// The end of a text that was cut.
    pub cut: &'static str,
    /// Between two facts of one line.
    pub dot: &'static str,
    /// Sorted upwards.
    pub ascending: &'static str,
    /// Sorted downwards.
    pub descending: &'static str,
    /// More columns to the left.
    pub more_left: &'static str,
    /// More columns to the right.
    pub more_right: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// A vertical rule.
    pub wall: &'static str,
    /// The primary one of several.
    pub primary: &'static str,
    /// A map cell whose schemas are all as they should be.
    pub cell: &'static str,
    /// A map cell of which nothing is known yet.
    pub cell_unknown: &'static str,
    /// A target of a run that is worked on.
    pub running: &'static str,
    /// A target that is tried again in a while.
    pub retrying: &'static str,
    /// A target that was left out.
    pub skipped: &'static str,
    /// A bar from the empty to the full cell; a part of a cell is one of those between.
    pub bar: &'static [&'static str],
    /// A column of a small diagram, from nothing to full.
    pub spark: &'static [&'static str],
    /// The unfilled part of a bar.
    pub track: &'static str,
    /// Between two factors.
    pub times: &'static str,
    /// Whether a diagram may be drawn in the dots of Braille.
    pub has_dots: bool,
    /// Stages of a turning sign, for something that runs.
    pub spinner: &'static [&'static str],
}

impl Glyphs {
    /// The set for a terminal that speaks UTF-8.
    pub const fn unicode() -> Self {
        Self {
            states: &Signs::UNICODE,
            cursor: "›",
            mark: "◆",
            ok: Signs::UNICODE.ok,
            info: "·",
            warn: "▲",
            danger: "✗",
            up: "●",
            busy: Signs::UNICODE.busy,
            no_schema: "✗",
            empty: Signs::UNICODE.empty,
            unreadable: Signs::UNICODE.unreadable,
            shared: "⇉",
            orphan: "?",
            differs: "≢",
            no_ledger: "∄",
            no_domain: "⌂",
            behind: Signs::UNICODE.behind,
            ahead: Signs::UNICODE.ahead,
            diverged: Signs::UNICODE.diverged,
            gap: Signs::UNICODE.gap,
            dirty: Signs::UNICODE.dirty,
            ghost: "◊",
            shape: Signs::UNICODE.shape,
            equal: "=",
            renamed: Signs::UNICODE.renamed,
            missing: Signs::UNICODE.missing,
            extra: Signs::UNICODE.extra,
            changed: "~",
            becomes: "→",
            none: Signs::UNICODE.none,
            pending: "·",
            about: "≈",
            stale: "~",
            cut: "…",
            dot: "·",
            ascending: "↑",
            descending: "↓",
            more_left: "‹",
            more_right: "›",
            rule: "─",
            wall: "│",
            primary: "★",
            cell: "■",
            cell_unknown: "·",
            running: "▸",
            retrying: "↻",
            skipped: "⊘",
            bar: &[" ", "╸", "━"],
            spark: &[" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
            track: "─",
            times: "×",
            has_dots: true,
            spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
        }
    }

    /// The set for any terminal.
    pub const fn ascii() -> Self {
        Self {
            states: &Signs::ASCII,
            cursor: ">",
            mark: "*",
            ok: Signs::ASCII.ok,
            info: "i",
            warn: "!",
            danger: "x",
            up: "o",
            busy: Signs::ASCII.busy,
            no_schema: "x",
            empty: Signs::ASCII.empty,
            unreadable: Signs::ASCII.unreadable,
            shared: "&",
            orphan: "?",
            differs: "t",
            no_ledger: "l",
            no_domain: "d",
            behind: Signs::ASCII.behind,
            ahead: Signs::ASCII.ahead,
            diverged: Signs::ASCII.diverged,
            gap: Signs::ASCII.gap,
            dirty: Signs::ASCII.dirty,
            ghost: "G",
            shape: Signs::ASCII.shape,
            equal: "=",
            renamed: Signs::ASCII.renamed,
            missing: Signs::ASCII.missing,
            extra: Signs::ASCII.extra,
            changed: "~",
            becomes: ">",
            none: Signs::ASCII.none,
            pending: ".",
            about: "~",
            stale: "~",
            cut: ">",
            dot: "-",
            ascending: "^",
            descending: "v",
            more_left: "<",
            more_right: ">",
            rule: "-",
            wall: "|",
            primary: "*",
            cell: "=",
            cell_unknown: ".",
            running: ">",
            retrying: "r",
            skipped: "s",
            bar: &[" ", "="],
            spark: &[" ", ".", ":", "-", "=", "+", "*", "#"],
            track: "-",
            times: "x",
            has_dots: false,
            spinner: &["|", "/", "-", "\\"],
        }
    }

    /// The sign of a severity.
    pub const fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Ok => self.ok,
            Severity::Info => self.info,
            Severity::Warn => self.warn,
            Severity::Danger => self.danger,
        }
    }

    /// The sign of an oddity.
    pub const fn oddity(&self, oddity: Oddity) -> &'static str {
        match oddity {
            Oddity::NoSchema => self.no_schema,
            Oddity::Empty => self.empty,
            Oddity::Dirty => self.dirty,
            Oddity::Ghost { .. } => self.ghost,
            Oddity::Diverged { .. } => self.diverged,
            Oddity::Gap { .. } => self.gap,
            Oddity::Behind { .. } => self.behind,
            Oddity::Ahead { .. } => self.ahead,
            Oddity::ShapeDiffers { .. } => self.shape,
            Oddity::Unreadable => self.unreadable,
            Oddity::SharedByTenants => self.shared,
            Oddity::Orphan => self.orphan,
            Oddity::TablesDiffer { .. } => self.differs,
            Oddity::NoLedger => self.no_ledger,
            Oddity::NoDomain => self.no_domain,
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn states_have_signs_of_their_own_one_cell_wide_in_both_sets() {
        for glyphs in [Glyphs::unicode(), Glyphs::ascii()] {
            let signs = Oddity::ALL.map(|oddity| glyphs.oddity(oddity));
            let mut all = [&signs[..], &[glyphs.cell, glyphs.cell_unknown]].concat();
            assert!(all.iter().all(|sign| sign.width() == 1), "{all:?}");
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), Oddity::ALL.len() + 2, "{all:?}");
            let severities = [Severity::Ok, Severity::Info, Severity::Warn, Severity::Danger];
            let mut signs: Vec<_> = severities.iter().map(|severity| glyphs.severity(*severity)).collect();
            signs.dedup();
            assert_eq!(signs.len(), 4);
        }
    }
}
