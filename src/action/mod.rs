//! The registry of actions: one entry feeds the keymap, the footer, the palette, the action menu, the help and the names of
//! keys in `fleet.toml`. Must not know how an action is done, nor where.

mod key;
mod keymap;

use serde::{Deserialize, Serialize};

pub use key::{Code, Key};
pub use keymap::{KeyMistake, Keymap};

/// Everything that a person can ask of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each action is described by its entry in the table below, which the help shows")]
pub enum Action {
    Down,
    Up,
    Top,
    Bottom,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Left,
    Right,
    Open,
    Back,
    Fleet,
    Tenants,
    Drift,
    Capacity,
    Runs,
    Activity,
    NextTab,
    PrevTab,
    Filter,
    NextMatch,
    PrevMatch,
    Palette,
    Help,
    Mark,
    MarkRange,
    MarkAll,
    Unmark,
    Sort,
    More,
    Less,
    Refresh,
    ReadAll,
    Pause,
    Diff,
    Mend,
    Psql,
    Migrate,
    Clone,
    Log,
    PauseRun,
    StopRun,
    Retry,
    Concurrency,
    EndSession,
    Export,
    Copy,
    CopyCommand,
    Actions,
    Wide,
    Theme,
    Debug,
    Redraw,
    Suspend,
    Quit,
}

/// Where an action makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// On every screen.
    Everywhere,
    /// On screen 1.
    Fleet,
    /// On screen 2.
    Tenants,
    /// On screen 3.
    Drift,
    /// On screen 4.
    Capacity,
    /// On screen 5.
    Runs,
    /// In the pane of one run.
    Run,
    /// On screen 6.
    Activity,
    /// In an opened schema.
    Schema,
    /// In what differs between two schemas, or a cohort and what it should be.
    Diff,
}

impl Scope {
    /// Every place, without the one that stands for all of them.
    pub const PLACES: [Self; 9] = [
        Self::Fleet,
        Self::Tenants,
        Self::Drift,
        Self::Capacity,
        Self::Runs,
        Self::Run,
        Self::Activity,
        Self::Schema,
        Self::Diff,
    ];

    /// The number of the screen that it is.
    fn screen(self) -> Option<u8> {
        Some(match self {
            Self::Fleet => 1,
            Self::Tenants => 2,
            Self::Drift => 3,
            Self::Capacity => 4,
            Self::Runs => 5,
            Self::Activity => 6,
            Self::Everywhere | Self::Run | Self::Schema | Self::Diff => return None,
        })
    }

    /// What a person calls it where it is opened from a screen.
    fn view(self) -> Option<&'static str> {
        Some(match self {
            Self::Run => "an opened run",
            Self::Schema => "an opened schema",
            Self::Diff => "a comparison",
            _ => return None,
        })
    }
}

/// The groups of the help, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Moving about.
    Move,
    /// Going to a screen.
    Go,
    /// Choosing rows.
    Choose,
    /// Doing something with what was chosen.
    Act,
    /// How the console looks and behaves.
    Console,
}

impl Group {
    /// All groups in the order of the help.
    pub const ALL: [Self; 5] = [Self::Move, Self::Go, Self::Choose, Self::Act, Self::Console];

    /// The heading in the help.
    pub fn word(self) -> &'static str {
        match self {
            Self::Move => "move",
            Self::Go => "go",
            Self::Choose => "choose",
            Self::Act => "act",
            Self::Console => "console",
        }
    }
}

/// One action as it is offered everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub action: Action,
    /// Its name in `fleet.toml` and in the palette: `half-down`.
    pub id: &'static str,
    /// One or two words for the footer: `open`, `mark all`.
    pub short: &'static str,
    /// A fragment for the help: what it does.
    pub help: &'static str,
    /// The default keys in the notation of `fleet.toml`: `j`, `G`, `ctrl-d`, `down`, `pagedown`, `enter`, `esc`, `space`, `tab`.
    pub keys: &'static [&'static str],
    /// Its group in the help.
    pub group: Group,
    /// Where it makes sense.
    pub scopes: &'static [Scope],
    /// The headless verb that does the same, when there is one.
    pub verb: Option<&'static str>,
}

const ALL: &[Scope] = &[Scope::Everywhere];
const LISTS: &[Scope] = &Scope::PLACES;
const SIDEWAYS: &[Scope] =
    &[Scope::Fleet, Scope::Tenants, Scope::Drift, Scope::Capacity, Scope::Runs, Scope::Activity, Scope::Schema, Scope::Diff];
const TENANTS: &[Scope] = &[Scope::Tenants];
const SORTED: &[Scope] = &[Scope::Tenants, Scope::Schema];
const ROWS: &[Scope] =
    &[Scope::Tenants, Scope::Drift, Scope::Capacity, Scope::Runs, Scope::Run, Scope::Activity, Scope::Schema, Scope::Diff];
const FILTERED: &[Scope] =
    &[Scope::Tenants, Scope::Drift, Scope::Capacity, Scope::Runs, Scope::Activity, Scope::Schema, Scope::Diff];
const COPIED: &[Scope] =
    &[Scope::Tenants, Scope::Drift, Scope::Capacity, Scope::Runs, Scope::Run, Scope::Activity, Scope::Schema, Scope::Diff];
const PARTS: &[Scope] = &[Scope::Drift, Scope::Capacity, Scope::Run, Scope::Activity, Scope::Schema];
const PLANNED: &[Scope] = &[Scope::Tenants, Scope::Drift, Scope::Schema];
const RUNS: &[Scope] = &[Scope::Runs, Scope::Run];
const ACTIVITY: &[Scope] = &[Scope::Activity];
const RUN: &[Scope] = &[Scope::Run];
const CAPACITY: &[Scope] = &[Scope::Capacity];
const COHORTS: &[Scope] = &[Scope::Tenants, Scope::Drift];
const MATCHES: &[Scope] = &[Scope::Tenants, Scope::Drift, Scope::Capacity, Scope::Diff];
const DIFFED: &[Scope] = &[Scope::Tenants, Scope::Drift, Scope::Run, Scope::Schema];
const DRIFTED: &[Scope] = &[Scope::Drift, Scope::Schema, Scope::Diff];

macro_rules! entry {
    ($action:ident, $id:literal, $short:literal, $help:literal, [$($key:literal),*], $group:ident, $scopes:expr) => {
        entry!($action, $id, $short, $help, [$($key),*], $group, $scopes, None)
    };
    ($action:ident, $id:literal, $short:literal, $help:literal, [$($key:literal),*], $group:ident, $scopes:expr, $verb:expr) => {
        Entry {
            action: Action::$action,
            id: $id,
            short: $short,
            help: $help,
            keys: &[$($key),*],
            group: Group::$group,
            scopes: $scopes,
            verb: $verb,
        }
    };
}

/// What an action does on one screen, where its general words would say another thing.
const OWN_WORDS: &[(Action, Scope, &str)] = &[
    (Action::Left, Scope::Capacity, "the database to the left"),
    (Action::Right, Scope::Capacity, "the database to the right"),
    (Action::Left, Scope::Activity, "previous section"),
    (Action::Right, Scope::Activity, "next section"),
    (Action::NextTab, Scope::Capacity, "the other tab: capacity, placement"),
    (Action::PrevTab, Scope::Capacity, "the other tab: capacity, placement"),
    (Action::NextTab, Scope::Activity, "next section: sessions, blocking, DDL"),
    (Action::Filter, Scope::Capacity, "placement: only lines that match; empty shows all"),
    (Action::NextMatch, Scope::Capacity, "next line in trouble"),
    (Action::PrevMatch, Scope::Capacity, "previous line in trouble"),
    (Action::Export, Scope::Runs, "write the runs as CSV or JSON"),
    (Action::Export, Scope::Run, "write what became of each target"),
    (Action::Copy, Scope::Runs, "copy the name of the run"),
    (Action::Copy, Scope::Run, "copy the name of the run"),
    (Action::Copy, Scope::Drift, "copy the name of the cohort"),
    (Action::Copy, Scope::Capacity, "copy the line, of a table its quoted name"),
    (Action::Copy, Scope::Activity, "copy the pid, of a schema its quoted name"),
    (Action::Copy, Scope::Schema, "copy the quoted name, of a session its pid"),
    (Action::Copy, Scope::Diff, "copy the quoted name of what is compared"),
];

/// The headless verb that does on one screen what the general one does elsewhere.
const OWN_VERBS: &[(Action, Scope, &str)] = &[
    (Action::Export, Scope::Drift, "drift --json"),
    (Action::Export, Scope::Capacity, "capacity --json"),
    (Action::Export, Scope::Runs, "runs list --csv"),
    (Action::Export, Scope::Run, "runs export"),
    (Action::Export, Scope::Activity, "activity --csv"),
];

/// Every action once, in the order of the help.
pub const REGISTRY: &[Entry] = &[
    entry!(Down, "down", "down", "one row down", ["j", "down"], Move, LISTS),
    entry!(Up, "up", "up", "one row up", ["k", "up"], Move, LISTS),
    entry!(Top, "top", "top", "first row", ["g", "home"], Move, LISTS),
    entry!(Bottom, "bottom", "bottom", "last row", ["G", "end"], Move, LISTS),
    entry!(HalfDown, "half-down", "half down", "half a page down", ["ctrl-d"], Move, LISTS),
    entry!(HalfUp, "half-up", "half up", "half a page up", ["ctrl-u"], Move, LISTS),
    entry!(PageDown, "page-down", "page down", "a page down", ["pagedown", "ctrl-f"], Move, LISTS),
    entry!(PageUp, "page-up", "page up", "a page up", ["pageup"], Move, LISTS),
    entry!(Left, "left", "left", "columns to the left", ["h", "left"], Move, SIDEWAYS),
    entry!(Right, "right", "right", "columns to the right", ["l", "right"], Move, SIDEWAYS),
    entry!(Open, "open", "open", "open what the cursor is on", ["enter"], Go, LISTS),
    entry!(Back, "back", "back", "back, or close what is on top; never quits", ["esc"], Go, ALL),
    entry!(Fleet, "fleet", "fleet", "screen 1: databases, map, what needs attention", ["1"], Go, ALL),
    entry!(Tenants, "tenants", "tenants", "screen 2: tenants and schemas", ["2"], Go, ALL, Some("tenants")),
    entry!(Drift, "drift", "drift", "screen 3: drift, cohorts of equal schemas", ["3"], Go, ALL, Some("drift")),
    entry!(Capacity, "capacity", "capacity", "screen 4: scary number, pressure", ["4"], Go, ALL, Some("capacity")),
    entry!(Runs, "runs", "runs", "screen 5: runs and their live progress", ["5"], Go, ALL, Some("runs")),
    entry!(Activity, "activity", "activity", "screen 6: sessions by tenant", ["6"], Go, ALL, Some("activity")),
    entry!(NextTab, "next-tab", "next tab", "next tab of an opened schema, next section", ["tab"], Go, PARTS),
    entry!(PrevTab, "prev-tab", "previous tab", "previous tab or section", ["backtab"], Go, PARTS),
    entry!(Filter, "filter", "filter", "show only rows that match; empty shows all", ["/"], Choose, FILTERED),
    entry!(NextMatch, "next-match", "next odd", "next row that is odd, next difference", ["n"], Choose, MATCHES),
    entry!(PrevMatch, "prev-match", "previous odd", "previous row that is odd, previous difference", ["N"], Choose, MATCHES),
    entry!(Mark, "mark", "mark", "mark or unmark the row", ["space"], Choose, TENANTS),
    entry!(MarkRange, "mark-range", "mark range", "mark from the last mark to the cursor", ["v"], Choose, TENANTS),
    entry!(MarkAll, "mark-all", "mark all", "mark all rows shown, all schemas of the cohort", ["*"], Choose, COHORTS),
    entry!(Unmark, "unmark", "unmark", "remove all marks", ["u"], Choose, COHORTS),
    entry!(Sort, "sort", "sort", "choose the column to sort by; again reverses", ["s"], Choose, SORTED),
    entry!(More, "more", "more", "what if: more of what the cursor is on", ["+"], Act, CAPACITY),
    entry!(Less, "less", "less", "what if: less of what the cursor is on", ["-"], Act, CAPACITY),
    entry!(Refresh, "refresh", "refresh", "read what has changed since, now", ["r"], Act, ALL),
    entry!(ReadAll, "read-all", "read all", "read everything again, whatever the counters say", [], Act, ALL),
    entry!(Diff, "diff", "diff", "what differs from the reference; two marks", ["d"], Act, DIFFED, Some("diff")),
    entry!(Mend, "mend", "mend", "propose the SQL that leads to the reference", ["m"], Act, DRIFTED),
    entry!(Psql, "psql", "psql", "open psql in the tenant's search_path, read-only", ["S"], Act, SORTED),
    entry!(Migrate, "migrate", "migrate", "plan a migration of the marked rows", ["M"], Act, PLANNED),
    entry!(Clone, "clone", "clone", "make new schemas that are like it", ["C"], Act, SORTED, Some("clone")),
    entry!(Log, "log", "log", "what happened to the chosen target of a run", ["l"], Act, RUN),
    entry!(PauseRun, "pause-run", "pause", "pause the run; paused or interrupted: go on", ["P"], Act, RUNS),
    entry!(StopRun, "stop-run", "stop", "stop the run; stopping: cancel what is in flight", ["K"], Act, RUNS),
    entry!(Retry, "retry", "retry failed", "try what failed in this run again", ["R"], Act, RUNS),
    entry!(Concurrency, "concurrency", "at once", "work on more or fewer targets at once", ["+", "-"], Act, RUN),
    entry!(
        EndSession,
        "end-session",
        "cancel",
        "cancel its query, or end it",
        ["K"],
        Act,
        ACTIVITY,
        Some("activity cancel")
    ),
    entry!(Export, "export", "export", "write the rows as CSV or JSON", ["e"], Act, ROWS, Some("tenants --csv")),
    entry!(Copy, "copy", "copy", "copy the quoted name to the clipboard", ["y"], Act, COPIED),
    entry!(CopyCommand, "copy-command", "copy command", "copy the equivalent tenantry command", ["Y"], Act, LISTS),
    entry!(Actions, "actions", "actions", "menu of everything that can be done here", ["x"], Act, ALL),
    entry!(Palette, "command", "command", "run any action by name, with completion", [":"], Console, ALL),
    entry!(Help, "help", "help", "all keys and actions; / searches them", ["?"], Console, ALL),
    entry!(Pause, "pause", "pause", "pause or resume the refresh at the interval", ["p"], Console, ALL),
    entry!(Wide, "wide", "wide", "show all columns, or only those that fit", ["w"], Console, TENANTS),
    entry!(Theme, "theme", "theme", "choose a theme and see it at once", ["t"], Console, ALL),
    entry!(Debug, "debug", "debug", "our own footprint: connections, memory, bytes", [], Console, ALL),
    entry!(Redraw, "redraw", "redraw", "draw the whole screen again", ["ctrl-l"], Console, ALL),
    entry!(Suspend, "suspend", "suspend", "suspend to the shell", ["ctrl-z"], Console, ALL),
    entry!(Quit, "quit", "quit", "close this view; on the first one, quit", ["q"], Console, ALL),
];

impl Action {
    /// Its entry in the registry.
    pub fn entry(self) -> &'static Entry {
        REGISTRY.iter().find(|entry| entry.action == self).unwrap_or(&REGISTRY[0])
    }

    /// The action with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        REGISTRY.iter().find(|entry| entry.id == id).map(|entry| entry.action)
    }
}

impl Entry {
    /// Whether the action makes sense in a scope.
    pub fn applies_in(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Everywhere)
    }

    /// Where it makes sense, in a few words: `on screen 2 or in an opened schema`.
    pub fn places(&self) -> String {
        let screens: Vec<_> = self.scopes.iter().filter_map(|scope| scope.screen()).collect();
        let views = self.scopes.iter().filter_map(|scope| scope.view());
        let screens = match screens.as_slice() {
            [] => None,
            [one] => Some(format!("on screen {one}")),
            [one, other] => Some(format!("on screens {one} and {other}")),
            [.., _] => return "on other screens".to_owned(),
        };
        screens.into_iter().chain(views.map(|view| format!("in {view}"))).collect::<Vec<_>>().join(" or ")
    }

    /// What it does, in the words of a screen.
    pub fn help_in(&self, scope: Scope) -> &'static str {
        own(OWN_WORDS, self.action, scope).unwrap_or(self.help)
    }

    /// The headless verb that does the same as on a screen, when there is one.
    pub fn verb_in(&self, scope: Scope) -> Option<&'static str> {
        own(OWN_VERBS, self.action, scope).or(self.verb)
    }
}

fn own(words: &[(Action, Scope, &'static str)], action: Action, scope: Scope) -> Option<&'static str> {
    words.iter().find(|(of, at, _)| (*of, *at) == (action, scope)).map(|(.., words)| *words)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_has_one_entry_and_ids_are_unique() {
        let actions: HashSet<_> = REGISTRY.iter().map(|entry| entry.action).collect();
        let ids: HashSet<_> = REGISTRY.iter().map(|entry| entry.id).collect();
        assert_eq!((actions.len(), ids.len()), (REGISTRY.len(), REGISTRY.len()));
        for entry in REGISTRY {
            assert_eq!(entry.action.entry(), entry);
            assert_eq!(Action::from_id(entry.id), Some(entry.action));
        }
    }

    #[test]
    fn every_help_fits_beside_its_key_at_80_columns() {
        for (entry, scope) in REGISTRY.iter().flat_map(|entry| Scope::PLACES.map(|scope| (entry, scope))) {
            let verb = entry.verb_in(scope).map_or(0, |verb| verb.len() + "  (tenantry )".len());
            let help = entry.help_in(scope);
            assert!(help.len() <= 50 && help.len() + verb <= 59, "{}: {help}", entry.id);
        }
    }

    #[test]
    fn a_screen_has_own_words_only_for_what_it_offers() {
        for (action, scope, _) in OWN_WORDS.iter().chain(OWN_VERBS) {
            assert!(action.entry().applies_in(*scope), "{action:?} in {scope:?}");
        }
        assert!(Action::Copy.entry().help_in(Scope::Activity).contains("pid"));
        assert!(Action::Copy.entry().help_in(Scope::Tenants).contains("quoted name"));
        assert_eq!(Action::Export.entry().verb_in(Scope::Tenants), Some("tenants --csv"));
    }

    #[test]
    fn no_two_actions_of_a_scope_share_a_default_key() {
        for scope in Scope::PLACES {
            let mut seen = HashSet::new();
            for entry in REGISTRY.iter().filter(|entry| entry.applies_in(scope)) {
                for key in entry.keys {
                    assert!(seen.insert(*key), "{key} is bound twice in {scope:?}");
                }
            }
        }
    }
}
