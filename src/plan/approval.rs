//! The words by which a person approves a plan, the same on every face. Must not ask anybody.

use super::parts::{Kind, Note, Plan};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;

impl Plan {
    /// The first of its notes that says that it cannot be run at all.
    pub fn refusal(&self) -> Option<&Note> {
        self.notes.iter().find(|note| note.refuses)
    }

    /// Whether a note says that something may be lost.
    pub fn is_dangerous(&self) -> bool {
        self.notes.iter().any(|note| note.severity == Severity::Danger)
    }

    /// What is named and not counted: the one schema that goes, is made or gets another name. Safe to show.
    pub fn named(&self) -> Option<String> {
        let is_named = matches!(self.kind, Kind::Drop(_) | Kind::Rename(_) | Kind::Clone(_));
        match self.targets.as_slice() {
            [one] if is_named => Some(shown(&one.schema).into_owned()),
            _ => None,
        }
    }

    /// What a person types who approves it, safe to show: in production the environment, then the number of its targets or the name of
    /// the one, and one word more where there is a danger.
    pub fn approval(&self) -> String {
        let environment = &self.environment;
        let place = (environment.production && !environment.name.is_empty()).then(|| shown(&environment.name).into_owned());
        let what = self.named().unwrap_or_else(|| self.targets.len().to_string());
        let anyway = self.is_dangerous().then(|| "anyway".to_owned());
        [place, Some(what), anyway].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Whether what a person typed is [`Self::approval`]: blanks and the commas of a number do not matter.
    pub fn is_approved_by(&self, typed: &str) -> bool {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let approval = words(&self.approval());
        let is_counted = self.named().is_none();
        words(typed) == approval || (is_counted && words(&typed.replace(',', "")) == approval)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::fleet::Severity;
    use crate::plan::{Kind, Note, Plan, sample};

    fn plan(schemas: &[&str], production: bool) -> Plan {
        let mut plan = sample::plan(schemas);
        plan.environment.production = production;
        plan
    }

    fn drop_of(schemas: &[&str], production: bool) -> Plan {
        let what = schemas[0].to_owned();
        let kind = Kind::Drop(Box::new(crate::plan::drop::Dropping { what, archive: None, each: Vec::new() }));
        Plan { kind, ..plan(schemas, production) }
    }

    fn check(plan: &Plan, approval: &str, wrong: &[&str]) {
        assert_eq!(plan.approval(), approval);
        assert!(plan.is_approved_by(&format!("  {approval} \n")), "{approval}");
        for typed in wrong {
            assert!(!plan.is_approved_by(typed), "{typed:?} approves {approval}");
        }
    }

    #[test]
    fn many_are_counted_and_one_that_goes_is_named() {
        check(&plan(&["a", "b"], false), "2", &["", "y", "yes", "3", "22", "eu 2", "a"]);
        check(&plan(&["a", "b"], true), "eu 2", &["", "2", "eu", "EU 2", "us 2", "eu 3"]);
        check(&plan(&["a"], false), "1", &["a"]);
        check(&drop_of(&["acme"], false), "acme", &["1", "Acme", ""]);
        check(&drop_of(&["acme"], true), "eu acme", &["acme", "eu 1"]);
        check(&drop_of(&["acme", "bolt"], false), "2", &["acme", "acme bolt"]);
        check(&drop_of(&["a\u{1b}[2J 1"], false), "a\\x1b[2J 1", &["1"]);
        check(&drop_of(&["a,b"], false), "a,b", &["ab"]);
    }

    #[test]
    fn a_danger_takes_one_word_more() {
        let mut plan = plan(&["a", "b"], false);
        let what = "data goes".into();
        let rule = "drops-column".into();
        plan.notes.push(Note { rule, severity: Severity::Danger, refuses: false, place: None, what, hint: None });
        check(&plan, "2 anyway", &["2"]);
        assert!(plan.refusal().is_none());
    }

    #[test]
    fn a_number_may_be_typed_as_it_is_shown() {
        let names: Vec<String> = (0..1_200).map(|at| format!("tenant_{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(plan(&names, false).is_approved_by("1,200"));
    }
}
