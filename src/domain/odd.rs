//! What an oddity means to a person: how heavy it is, what a list says of it, and the sentence that explains it. Must not know who
//! shows it.

use super::fleet::{Entry, Severity};
use super::roles::{Oddity, Role};
use super::units;

impl Oddity {
    /// Every oddity, the worst first; figures are left at nothing.
    pub const ALL: [Self; 15] = [
        Self::NoSchema,
        Self::Empty,
        Self::Dirty,
        Self::Ghost { apps: 0 },
        Self::Unreadable,
        Self::SharedByTenants,
        Self::Orphan,
        Self::Diverged { behind: 0, ahead: 0 },
        Self::Gap { by: 0 },
        Self::Behind { by: 0 },
        Self::ShapeDiffers { by: 0 },
        Self::TablesDiffer { usual: 0 },
        Self::NoLedger,
        Self::Ahead { by: 0 },
        Self::NoDomain,
    ];

    /// How heavy it is. Never less for an oddity that stands before another one.
    pub const fn severity(self) -> Severity {
        match self {
            Self::NoSchema | Self::Empty | Self::Dirty | Self::Ghost { .. } => Severity::Danger,
            Self::Unreadable
            | Self::SharedByTenants
            | Self::Orphan
            | Self::Diverged { .. }
            | Self::Gap { .. }
            | Self::Behind { .. }
            | Self::ShapeDiffers { .. }
            | Self::TablesDiffer { .. }
            | Self::NoLedger
            | Self::Ahead { .. } => Severity::Warn,
            Self::NoDomain => Severity::Info,
        }
    }

    /// What many rows with it are called: `8 orphans`, `1 tenant without schema`.
    pub fn many(self, count: usize) -> String {
        let (one, more) = match self {
            Self::NoSchema => ("tenant without schema", "tenants without schema"),
            Self::Empty => ("empty schema", "empty schemas"),
            Self::Dirty => ("schema with a failed or edited migration", "schemas with failed or edited migrations"),
            Self::Ghost { .. } => ("schema with a ghost", "schemas with ghosts"),
            Self::Unreadable => ("unreadable schema", "unreadable schemas"),
            Self::SharedByTenants => ("tenant that shares its schema", "tenants that share a schema"),
            Self::Orphan => ("orphan schema", "orphan schemas"),
            Self::Diverged { .. } => ("diverged schema", "diverged schemas"),
            Self::Gap { .. } => ("schema with a gap in its migrations", "schemas with gaps in their migrations"),
            Self::Behind { .. } => ("schema behind", "schemas behind"),
            Self::ShapeDiffers { .. } => ("schema of another shape", "schemas of another shape"),
            Self::TablesDiffer { .. } => ("schema with missing or extra tables", "schemas with missing or extra tables"),
            Self::NoLedger => ("schema without ledger", "schemas without ledger"),
            Self::Ahead { .. } => ("schema ahead", "schemas ahead"),
            Self::NoDomain => ("tenant without domain", "tenants without domain"),
        };
        format!("{} {}", units::count(count as u64), if count == 1 { one } else { more })
    }

    /// What it means, in one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoSchema => "The registry names this tenant, but its schema does not exist: whatever it asks for fails.",
            Self::Empty => "The schema holds no table at all: its making broke off, or somebody emptied it.",
            Self::Dirty => {
                "Its ledger marks a migration as failed or half applied, or one was edited after it was applied: look before anything runs here."
            }
            Self::Ghost { .. } => {
                "Its ledger records an application whose tables are all absent: whatever asks for them fails, and no migration will make them."
            }
            Self::Unreadable => {
                "Our role has no USAGE on the schema: its tables are counted from the catalogue, but what is in them stays unknown."
            }
            Self::SharedByTenants => "Two tenants or more name this schema: they see each other's rows.",
            Self::Orphan => {
                "No tenant names this schema: left behind by a removed tenant, made by hand, or a static schema that fleet.toml does not name."
            }
            Self::Diverged { .. } => "It misses migrations of the head and has others that the head has not.",
            Self::Gap { .. } => "It misses migrations that are older than some that it has.",
            Self::Behind { .. } => "It misses the newest migrations of the head.",
            Self::ShapeDiffers { .. } => {
                "What is in the schema is not what is in the reference, names made by tools left out."
            }
            Self::TablesDiffer { .. } => "It has another number of tables than most tenants of its database.",
            Self::NoLedger => "Most tenants of its database record their migrations in a table; this schema has none.",
            Self::Ahead { .. } => "It has migrations that the head has not.",
            Self::NoDomain => "The registry has domains, and none leads to this tenant.",
        }
    }
}

impl Role {
    /// What it is to the fleet, in one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Tenant => "Tenant: the schema of one customer.",
            Self::Orphan => "Orphan: no tenant names it.",
            Self::Unknown => "Unknown: without the registry nobody can say whose it is.",
            Self::Reference => "Reference: new tenants are made from it.",
            Self::Shared => "Shared: all tenants use it.",
            Self::Static => "Static: named in the application's settings only, never an orphan.",
            Self::Extension => "Extension: made by one.",
            Self::System => "System: PostgreSQL's own.",
        }
    }
}

impl Entry<'_> {
    /// What is odd about the row in a few words, with its own figures: `39 of 40 tables`, `no schema`.
    pub fn oddity_words(&self, oddity: Oddity) -> String {
        match oddity {
            Oddity::TablesDiffer { usual } => {
                let tables = self.counts().map_or(0, |counts| counts.tables);
                format!("{} of {} tables", units::count(tables.into()), units::count(usual.into()))
            }
            Oddity::Behind { by } => format!("behind {}", units::count(by.into())),
            Oddity::Ahead { by } => format!("ahead {}", units::count(by.into())),
            Oddity::Gap { by } => format!("gap of {}", units::count(by.into())),
            Oddity::Diverged { behind, ahead } => {
                format!("diverged -{} +{}", units::count(behind.into()), units::count(ahead.into()))
            }
            Oddity::ShapeDiffers { by: 1 } => "1 difference".to_owned(),
            Oddity::ShapeDiffers { by } => format!("{} differences", units::count(by.into())),
            Oddity::Ghost { apps: 1 } => "ghost app".to_owned(),
            Oddity::Ghost { apps } => format!("{} ghost apps", units::count(apps.into())),
            other => other.word().replace('-', " "),
        }
    }

    /// The one word or few of its state: the worst oddity, else its role where it is no tenant, else `ok`; `counting` until
    /// its tables were counted.
    pub fn state_words(&self) -> String {
        match (self.oddity(), self.row.role) {
            (Some(oddity), _) => self.oddity_words(oddity),
            (None, Role::Tenant | Role::Unknown) if self.schema.is_some() && self.counts().is_none() => {
                "counting".to_owned()
            }
            (None, Role::Tenant) => "ok".to_owned(),
            (None, role) => role.word().to_owned(),
        }
    }

    /// The weight of its state: that of its worst oddity.
    pub fn severity(&self) -> Severity {
        self.oddity().map_or(Severity::Ok, Oddity::severity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_oddities_are_listed_the_worst_first_and_never_weigh_less_than_the_next() {
        assert_eq!(Oddity::ALL.map(Oddity::word), Oddity::WORDS);
        assert!(Oddity::ALL.is_sorted());
        assert!(Oddity::ALL.map(Oddity::severity).is_sorted_by(|a, b| a >= b));
        assert_eq!(Oddity::Orphan.many(1), "1 orphan schema");
        assert_eq!(Oddity::NoSchema.many(1_200), "1,200 tenants without schema");
    }
}
