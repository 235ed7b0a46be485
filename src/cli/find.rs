//! Which schema a person means by `acme` or `eu-1/acme`. Must not connect, nor guess between two.

use super::exit::ExitCode;
use super::failure::Failure;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Entry, Fleet};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;

/// What was asked for: a schema, in one database or in any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// The position of the database that was named.
    pub(super) database: Option<usize>,
    /// The name of the schema as it was typed.
    pub(super) schema: &'a str,
}

impl<'a> Wanted<'a> {
    /// Understands `database/schema` where such a database is there, and a bare name otherwise: a name may hold a slash.
    pub(super) fn parse(typed: &'a str, labels: &[&str]) -> Self {
        let named = typed.match_indices('/').find_map(|(at, _)| {
            let database = labels.iter().position(|label| *label == &typed[..at] || shown(label) == typed[..at])?;
            Some(Self { database: Some(database), schema: &typed[at + 1..] })
        });
        named.unwrap_or(Self { database: None, schema: typed })
    }

    /// The one entry that is meant, with a schema that is there.
    pub(super) fn in_fleet(self, fleet: &Fleet) -> Result<Entry<'_>, Failure> {
        let here = |entry: &Entry<'_>| self.database.is_none_or(|database| database == usize::from(entry.id.0));
        let entries: Vec<_> = fleet.entries().filter(here).collect();
        let raw = |entry: &&Entry<'_>| entry.schema_name() == self.schema;
        // A name that a list shows escaped may be typed as it is shown.
        let as_shown = |entry: &&Entry<'_>| shown(entry.schema_name()) == self.schema;
        let mut found: Vec<_> = entries.iter().filter(raw).collect();
        if found.is_empty() {
            found = entries.iter().filter(as_shown).collect();
        }
        // Two tenants of one schema are two entries of the same place.
        found.dedup_by_key(|entry| entry.id);
        match found.as_slice() {
            [] => Err(self.missing(fleet, &entries)),
            [one] if one.schema.is_none() => {
                let what = format!("{} has no schema: only the registry knows it", one.path());
                Err(Failure::Fault(ExitCode::Failed, Fault::new(FaultKind::Gone, what)))
            }
            [one] => Ok(**one),
            several => Err(ambiguous(self.schema, several.iter().map(|entry| entry.path().to_string()))),
        }
    }
}

impl Wanted<'_> {
    /// It was not found. That it is not there is said only when every database that may have it has told its schemas.
    fn missing(self, fleet: &Fleet, entries: &[Entry<'_>]) -> Failure {
        let asked = |at: usize| self.database.is_none_or(|database| database == at);
        let asked: Vec<_> =
            fleet.databases.iter().enumerate().filter(|(at, _)| asked(*at)).map(|(_, found)| found).collect();
        let silent = asked.iter().filter(|one| one.as_of.is_none() && one.schemas.is_empty());
        let silent: Vec<_> = silent.map(|database| database.label.as_str()).collect();
        if silent.len() == asked.len() {
            let what = format!("schema \"{}\" could not be looked for", shown(self.schema));
            return Failure::Fault(ExitCode::Incomplete, Fault::new(FaultKind::Unreachable, what));
        }
        let near = nearest(self.schema, entries.iter().map(Entry::schema_name));
        let near = near.and_then(|near| entries.iter().find(|entry| entry.schema_name() == near));
        let near = near.map(|near| format!("Did you mean {}?", near.path()));
        if !silent.is_empty() {
            return not_found(self.schema, &silent, near);
        }
        let fault = Fault::new(FaultKind::Gone, format!("there is no schema \"{}\"", shown(self.schema)));
        let hint = near.unwrap_or_else(|| "`tenantry schemas --all` lists all that there are.".to_owned());
        Failure::Fault(ExitCode::Failed, fault.hint(hint))
    }
}

/// It is in none of the databases that answered; those of the labels did not.
pub(super) fn not_found(schema: &str, silent: &[&str], hint: Option<String>) -> Failure {
    let silent: Vec<_> = silent.iter().map(|label| shown(label)).collect();
    let what = format!("schema \"{}\" was not found, and {} could not be asked", shown(schema), silent.join(", "));
    let fault = Fault::new(FaultKind::Unreachable, what);
    Failure::Fault(ExitCode::Incomplete, Fault { hint, ..fault })
}

/// The refusal to choose between several databases.
pub(super) fn ambiguous(schema: &str, paths: impl Iterator<Item = String>) -> Failure {
    let paths: Vec<_> = paths.collect();
    let what = format!("schema \"{}\" is in several databases: {}", shown(schema), paths.join(", "));
    Failure::usage(what, "Name the database too, as shown.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::SchemaFacts;
    use crate::domain::fleet::{DatabaseId, FleetEvent};
    use crate::domain::registry::{Registry, RegistryDialect, Tenant};
    use crate::domain::roles::Policy;

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new(["eu-1", "eu-2"].map(|label| (label.to_owned(), Policy::default())));
        for (id, names) in [(0, &["acme", "bolt", "red\u{1b}[m", "a/b"][..]), (1, &["acme", "cyan"])] {
            let schema = |(oid, name): (usize, &&str)| SchemaFacts::named(oid as u32, *name, "app");
            fleet.apply(FleetEvent::Names(DatabaseId(id), names.iter().enumerate().map(schema).collect()));
            let tenant = |schema: &str| Tenant { schema: schema.into(), ..Tenant::default() };
            let registry = Registry {
                dialect: RegistryDialect::Query,
                source: String::new(),
                tenants: vec![tenant("bolt"), tenant("bolt"), tenant("ghost")],
                lost_domains: vec![],
            };
            fleet.apply(FleetEvent::Registry(DatabaseId(id), Ok(registry)));
        }
        fleet
    }

    #[test]
    fn what_could_not_be_asked_is_not_said_to_be_absent() {
        let mut fleet = fleet();
        let more = Fleet::new([("us-1".to_owned(), Policy::default())]);
        fleet.databases.extend(more.databases);
        for (typed, code, expected) in [
            ("us-1/acme", 4, "schema \"acme\" could not be looked for"),
            ("nothing", 4, "schema \"nothing\" was not found, and us-1 could not be asked"),
            ("cyam", 4, "schema \"cyam\" was not found, and us-1 could not be asked\n  Did you mean eu-2/cyan?"),
            ("eu-1/nothing", 1, "there is no schema \"nothing\""),
        ] {
            let failure = Wanted::parse(typed, &["eu-1", "eu-2", "us-1"]).in_fleet(&fleet).expect_err("refused");
            assert!(failure.code().number() == code && failure.told().contains(expected), "{}", failure.told());
        }
    }

    fn find(typed: &str) -> Result<String, (u8, String)> {
        let fleet = fleet();
        let wanted = Wanted::parse(typed, &["eu-1", "eu-2"]);
        let found = wanted.in_fleet(&fleet).map(|entry| format!("{}/{}", entry.database.label, entry.schema_name()));
        found.map_err(|failure| (failure.code().number(), failure.told()))
    }

    #[test]
    fn a_name_is_found_in_its_database_raw_or_as_shown() {
        for (typed, expected) in [
            ("cyan", "eu-2/cyan"),
            ("eu-1/acme", "eu-1/acme"),
            ("eu-2/acme", "eu-2/acme"),
            ("a/b", "eu-1/a/b"),
            ("eu-1/a/b", "eu-1/a/b"),
            ("red\u{1b}[m", "eu-1/red\u{1b}[m"),
            ("red\\x1b[m", "eu-1/red\u{1b}[m"),
            ("eu-1/bolt", "eu-1/bolt"),
        ] {
            assert_eq!(find(typed).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_not_one_schema_is_refused_with_the_choices() {
        for (typed, code, expected) in [
            ("acme", 2, "in several databases: eu-1/acme, eu-2/acme"),
            ("eu-2/cyam", 1, "there is no schema \"cyam\"\n  Did you mean eu-2/cyan?"),
            ("eu-1/cyan", 1, "there is no schema \"cyan\""),
            ("eu-1/ghost", 1, "eu-1/ghost has no schema"),
            ("nothing\u{1b}", 1, "there is no schema \"nothing\\x1b\""),
        ] {
            let (number, told) = find(typed).expect_err("refused");
            assert!(number == code && told.contains(expected), "{number} {told}");
        }
    }
}
