//! The line in which the schemas are named that are made like another one, judged while it is typed. Must not build a plan.

use ratatui::Frame;
use serde::{Deserialize, Serialize};

use super::approve::{Deed, Meant};
use super::prompt::{Edit, Prompt};
use super::{Answer, Ask, paint};
use crate::action::{Code, Key};
use crate::domain::fleet::Fleet;
use crate::domain::name::{SchemaPath, shown};
use crate::plan::clone::Rows;
use crate::tui::frame::Places;
use crate::tui::model::Model;
use crate::tui::screens::Look;

/// The names for clones of one schema, which is frozen when the line opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClonesPrompt {
    source: SchemaPath,
    prompt: Prompt,
    error: Option<String>,
}

impl ClonesPrompt {
    /// An empty line for clones of a schema.
    pub fn new(source: SchemaPath) -> Self {
        Self { source, prompt: Prompt::default(), error: None }
    }

    /// What a key means here.
    pub fn key(&mut self, key: Key, model: &Model) -> Answer {
        match key.code {
            Code::Esc => return Answer::CLOSE,
            Code::Enter => match understood(self.prompt.text(), &self.source, &model.fleet) {
                Ok(meant) => return Answer::close(Ask::Approve(meant)),
                Err(why) => self.error = Some(why),
            },
            _ => {
                if self.prompt.key(key, &[]) == Edit::Changed {
                    self.judge(model);
                }
            }
        }
        Answer::STAY
    }

    /// What pasted text means here.
    pub fn paste(&mut self, text: &str, model: &Model) -> Answer {
        self.prompt.insert(text);
        self.judge(model);
        Answer::STAY
    }

    /// A name that is not begun yet is no mistake.
    fn judge(&mut self, model: &Model) {
        let text = self.prompt.text().trim_end();
        let begun = text.strip_suffix(',').unwrap_or(text);
        let judged = understood(begun, &self.source, &model.fleet);
        self.error = judged.err().filter(|_| !begun.trim().is_empty());
    }

    /// Draws the line in place of the status line.
    pub fn view(&self, look: &Look<'_>, frame: &mut Frame<'_>) {
        let place = Places::of(frame.area()).status;
        paint::input(&format!("clone {} to: ", self.source), &self.prompt, "NAME, NAME, ...", look, frame, place);
        if let Some(error) = &self.error {
            paint::mistake(error, look, frame);
        }
    }
}

/// The clones that a typed text names, with commas between them, or what is wrong with the names.
pub fn understood(text: &str, source: &SchemaPath, fleet: &Fleet) -> Result<Meant, String> {
    let there = fleet.databases.iter().find(|database| database.label == source.database);
    let schemas = there.map_or(&[][..], |database| &database.schemas);
    let taken = |name: &str| schemas.iter().any(|schema| schema.name == name);
    let targets: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if let Some(why) = (0..targets.len()).find_map(|at| wrong(&targets[at], &targets[..at], taken)) {
        return Err(why);
    }
    Ok(Meant { schema: source.clone(), deed: Deed::Clone { names: targets, rows: Rows::Seed } })
}

/// The longest name that PostgreSQL keeps, in bytes.
const LONGEST: usize = 63;

/// Why a schema cannot be called so, as the planner says it too: what is known here spares a person the wait.
fn wrong(name: &str, before: &[String], taken: impl Fn(&str) -> bool) -> Option<String> {
    let told = shown(name);
    if name.is_empty() {
        Some("a schema needs a name".to_owned())
    } else if name.len() > LONGEST {
        Some(format!("{told} has {} bytes, a name has {LONGEST} at most", name.len()))
    } else if name.starts_with("pg_") {
        Some(format!("{told}: names that begin with pg_ are PostgreSQL's own"))
    } else if taken(name) {
        Some(format!("there is a schema {told} already"))
    } else if before.iter().any(|other| other == name) {
        Some(format!("{told} is named twice"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::SchemaFacts;
    use crate::domain::fleet::{DatabaseId, FleetEvent};
    use crate::domain::roles::Policy;

    #[test]
    fn names_are_judged_before_a_plan_is_built() {
        let mut fleet = Fleet::new(["eu", "us"].map(|label| (label.to_owned(), Policy::default())));
        fleet.apply(FleetEvent::Names(DatabaseId(0), vec![SchemaFacts::named(1, "acme", "app")]));
        fleet.apply(FleetEvent::Names(DatabaseId(1), vec![SchemaFacts::named(2, "bolt", "app")]));
        let source = SchemaPath { database: "eu".into(), schema: "acme".into() };
        let judged = |text: &str| match understood(text, &source, &fleet) {
            Ok(Meant { deed: Deed::Clone { names, rows: Rows::Seed }, schema }) if schema == source => Ok(names),
            Ok(other) => panic!("{other:?}"),
            Err(why) => Err(why),
        };
        let longest = "n".repeat(63);
        for (text, expected) in [
            // What another database has is free in this one.
            ("bolt", &["bolt"][..]),
            (" bolt ,  core,Dot dot", &["bolt", "core", "Dot dot"]),
            (&longest, &[&longest]),
        ] {
            assert_eq!(judged(text), Ok(expected.iter().map(ToString::to_string).collect()), "{text}");
        }
        for (text, why) in [
            ("", "a schema needs a name"),
            ("bolt,", "a schema needs a name"),
            ("bolt,,core", "a schema needs a name"),
            (&format!("{longest}n"), "has 64 bytes, a name has 63 at most"),
            (&"é".repeat(32), "has 64 bytes"),
            ("bolt, pg_mine", "pg_mine: names that begin with pg_"),
            ("bolt, core, bolt", "bolt is named twice"),
            ("core,acme", "there is a schema acme already"),
        ] {
            let found = judged(text).expect_err(text);
            assert!(found.contains(why), "{text}: {found}");
        }
    }
}
