//! A person's consent to a plan: by its hash, by a word on the command line, or typed. Must not start anything.

use crate::cli::failure::Failure;
use crate::domain::fault::Fault;
use crate::domain::name::shown;
use crate::domain::units;
use crate::plan::Plan;

/// So many digits of a hash are enough.
const ENOUGH: usize = 12;

/// What was said on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent<'a> {
    /// Nothing: the person is asked.
    Ask,
    /// Yes, to whatever is planned now.
    Yes,
    /// Yes, to the plan with this hash, or with one that begins so.
    Hash(&'a str),
}

/// Whether a plan may be run. `ask` shows a line and gives what the person typed; its fault is that nobody can be asked.
///
/// In production a bare yes is refused: a script has to name the plan that somebody saw.
pub(super) fn approve(
    plan: &Plan,
    consent: Consent<'_>,
    ask: impl FnOnce(&str) -> Result<String, Fault>,
) -> Result<(), Failure> {
    let hash = plan.hash();
    let (name, production) = (plan.environment.name.as_str(), plan.environment.production);
    let count = plan.targets.len();
    match consent {
        Consent::Hash(given) if given.len() < ENOUGH => {
            let hint = format!("At least {ENOUGH} digits; this plan's is {hash}.");
            Err(Failure::usage(format!("\"{}\" is too short for the hash of a plan", shown(given)), hint))
        }
        Consent::Hash(given) if hash.starts_with(&given.to_ascii_lowercase()) => Ok(()),
        Consent::Hash(given) => {
            let what = format!("the plan is not the one that was approved: {} was, {hash} is", shown(given));
            Err(Failure::usage(what, "Something changed since; look at the plan again (--plan)."))
        }
        Consent::Yes if production => {
            let what = format!("{} is production: --yes alone does not approve a plan there", shown(name));
            Err(Failure::usage(what, format!("Look at the plan (--plan), then give its hash: --yes={}", &hash[..ENOUGH])))
        }
        Consent::Yes if plan.is_dangerous() => {
            let hint = format!("Look at what it says of the plan (--plan), then give its hash: --yes={}", &hash[..ENOUGH]);
            Err(Failure::usage("--yes alone does not approve a plan with a danger in it", hint))
        }
        Consent::Yes => Ok(()),
        Consent::Ask => {
            let expected = plan.approval();
            let schemas = if count == 1 { "schema" } else { "schemas" };
            let what = match (plan.named(), production) {
                (Some(_), true) => "the environment and the name of the schema",
                (Some(_), false) => "its name",
                (None, true) => "the environment and the number of schemas",
                (None, false) => "their number",
            };
            let prompt =
                format!("{} {schemas} in {}. Type {what} to go on ({expected}): ", units::count(count as u64), shown(name));
            if plan.is_approved_by(&ask(&prompt)?) {
                return Ok(());
            }
            Err(Failure::usage("the plan was not approved", format!("\"{expected}\" was not typed; nothing was done.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::ExitCode;
    use crate::domain::fault::FaultKind;
    use crate::domain::fleet::Severity;
    use crate::plan::{Note, sample};

    fn plan(production: bool) -> Plan {
        let mut plan = sample::plan(&["a", "b"]);
        plan.environment.production = production;
        plan
    }

    fn said(production: bool, consent: Consent<'_>, typed: &str) -> Result<(), ExitCode> {
        approve(&plan(production), consent, |_| Ok(typed.to_owned())).map_err(|failure| failure.code())
    }

    #[test]
    fn a_bare_yes_is_enough_outside_of_production_only() {
        assert_eq!(said(false, Consent::Yes, ""), Ok(()));
        assert_eq!(said(true, Consent::Yes, ""), Err(ExitCode::Usage));
    }

    #[test]
    fn a_hash_approves_its_own_plan_alone() {
        for production in [false, true] {
            let hash = plan(production).hash();
            assert_eq!(said(production, Consent::Hash(&hash), ""), Ok(()));
            assert_eq!(said(production, Consent::Hash(&hash[..12].to_uppercase()), ""), Ok(()));
            assert_eq!(said(production, Consent::Hash(&hash[..11]), ""), Err(ExitCode::Usage), "too short");
            assert_eq!(said(production, Consent::Hash(&plan(!production).hash()), ""), Err(ExitCode::Usage));
            assert_eq!(said(production, Consent::Hash(&format!("{hash}0")), ""), Err(ExitCode::Usage));
        }
    }

    #[test]
    fn a_person_types_how_many_and_in_production_where() {
        assert_eq!(said(false, Consent::Ask, "2\n"), Ok(()));
        assert_eq!(said(false, Consent::Ask, "yes"), Err(ExitCode::Usage));
        assert_eq!(said(true, Consent::Ask, " eu  2 "), Ok(()));
        assert_eq!(said(true, Consent::Ask, "2"), Err(ExitCode::Usage));
        let mut dangerous = plan(false);
        dangerous.notes.push(Note {
            rule: "drops-column".into(),
            severity: Severity::Danger,
            refuses: false,
            place: None,
            what: "data goes".into(),
            hint: None,
        });
        let typed = |consent, typed: &str| approve(&dangerous, consent, |_| Ok(typed.to_owned())).is_ok();
        assert!(!typed(Consent::Yes, "") && !typed(Consent::Ask, "2") && typed(Consent::Ask, "2 anyway"));
        assert!(typed(Consent::Hash(&dangerous.hash()), ""), "who names the plan has seen it");
        let mut asked = String::new();
        let nobody = approve(&plan(true), Consent::Ask, |prompt| {
            prompt.clone_into(&mut asked);
            Err(Fault::new(FaultKind::Refused, "there is no terminal to ask on"))
        });
        assert_eq!(nobody.map_err(|failure| failure.code()), Err(ExitCode::Failed));
        assert_eq!(asked, "2 schemas in eu. Type the environment and the number of schemas to go on (eu 2): ");
    }
}
