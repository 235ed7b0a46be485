//! `fleet.toml` as plain structs: environments, databases, policies, looks. Must not open connections or know a screen.

mod check;
mod drift;
mod example;
mod load;
mod locate;
mod mistake;
mod refresh;
mod secret;
mod walk;

use std::collections::BTreeMap;
use std::fmt;

pub use check::{KeyRefusal, Read, Vocabulary, read};
pub use example::EXAMPLE;
pub use load::{File, LoadError, Loaded, load};
pub use locate::{Found, folder, state_folder};
pub use mistake::{Level, Mistake};
pub use refresh::Refresh;
pub use secret::{redact, without_secrets};

use crate::domain::roles::Policy;

/// Everything that a person configured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// The environments by name, in the order of the file.
    pub environments: Vec<Environment>,
    /// The name of the theme; the default theme when absent.
    pub theme: Option<String>,
    /// How often facts are read again.
    pub refresh: Refresh,
    /// Whether the mouse is used (off by default).
    pub mouse: bool,
    /// Whether only ASCII is drawn; `None` lets the locale decide.
    pub ascii: Option<bool>,
    /// Where the records of runs are kept for a group of people; the person's own state folder when absent.
    pub state_dir: Option<String>,
    /// Keys per action id, such as `refresh = ["r", "F5"]`.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The environment that opens when none is named.
    pub default_env: Option<String>,
}

impl Config {
    /// The environment with this name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }
}

/// A named group of databases that hold one fleet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Environment {
    /// The name given to `--env`.
    pub name: String,
    /// The word in the header, such as `PRODUCTION`.
    pub label: String,
    /// The role of the header's colour: what the theme calls `header.production`, `header.staging`, ...
    pub colour: Colour,
    /// Whether writing verbs are enabled.
    pub access: Access,
    /// Its databases.
    pub databases: Vec<DatabaseConfig>,
    /// Where its tenants are listed.
    pub registry: RegistrySource,
    /// The program that brings a tenant up to date, where that is not SQL of ours.
    pub command: Option<MigrateCommand>,
    /// The time zone of tenants whose registry has none.
    pub time_zone: Option<String>,
    /// What its schemas are.
    pub policy: Policy,
}

/// A program that migrates one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrateCommand {
    /// The program and its arguments, one of which has `{schema}`.
    pub argv: Vec<String>,
    /// The folder in which it runs: that of the file.
    pub folder: String,
}

/// How loudly the header speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Production: the theme's loudest header.
    Production,
    /// Staging or test.
    Staging,
    /// Development, demo, or a connection given on the command line.
    #[default]
    Plain,
}

/// What the person wants to be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Only looking.
    #[default]
    ReadOnly,
    /// Plans may be approved and run.
    Write,
}

/// One database of an environment. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DatabaseConfig {
    /// What stands before the slash in `database/schema`.
    pub label: String,
    /// A conninfo string or URI; empty means libpq's defaults and PG* variables. Never shown: it may hold a password.
    pub dsn: String,
    /// What `pg_control_system()` must say; a mismatch refuses to open.
    pub system_identifier: Option<u64>,
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("label", &self.label)
            .field("dsn", &redact(&self.dsn).0)
            .field("system_identifier", &self.system_identifier)
            .finish()
    }
}

/// Where the tenants are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RegistrySource {
    /// Found by the shape of tables and columns.
    #[default]
    Auto,
    /// A query that gives `schema_name` and optionally `name`, `domain`, `created`, `time_zone`, `plan`.
    Query(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_text_of_a_configuration_holds_a_password() {
        let dsn = "host=db1 password=hunter2".to_owned();
        let database = DatabaseConfig { label: "eu".into(), dsn, system_identifier: None };
        let config = Config {
            environments: vec![Environment { databases: vec![database], ..Environment::default() }],
            ..Config::default()
        };
        let text = format!("{config:?} {config:#?}");
        assert!(text.contains("host=db1") && !text.contains("hunter2"), "{text}");
    }
}
