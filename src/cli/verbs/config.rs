//! `config check`, `config show`, `config example`. Must not connect.

use super::{Answer, shaped};
use crate::cli::args::{Arguments, Shape};
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::look;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet};
use crate::config::{Access, Colour, EXAMPLE, Environment, Loaded, RegistrySource, redact};
use crate::domain::capacity::USUAL_TABLE_LIMIT;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::record::Value;
use crate::domain::structure::{Comparison, Ignore};

/// The variables that decide where libpq's conventions lead, and the one of ours.
const VARIABLES: [&str; 18] = [
    "TENANTRY_CONFIG",
    "NO_COLOR",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGPASSFILE",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGCONNECT_TIMEOUT",
    "PGTARGETSESSIONATTRS",
    "PGOPTIONS",
];

/// The file was read without an error, or there is none.
pub(in crate::cli) fn check(loaded: &Loaded) -> Result<Answer, Failure> {
    let Some(file) = &loaded.file else {
        let fault = Fault::new(FaultKind::Local, "there is no fleet.toml to check").hint(
            "Looked for ~/.config/tenantry/fleet.toml and /etc/tenantry/fleet.toml. `tenantry config example` prints one.",
        );
        return Err(Failure::Fault(ExitCode::Failed, fault));
    };
    let environments: Vec<_> = loaded.config.environments.iter().map(|environment| environment.name.as_str()).collect();
    let list = if environments.is_empty() { "no environment".to_owned() } else { environments.join(", ") };
    Ok(Answer::done(format!("{}: no mistake ({list})\n", file.shown())))
}

/// A `fleet.toml` to start from.
pub(in crate::cli) fn example() -> Answer {
    Answer::done(EXAMPLE.to_owned())
}

/// Every value that is in force and where it came from.
pub(in crate::cli) fn show(shape: Shape, arguments: &Arguments, loaded: &Loaded, paper: Paper) -> Answer {
    let mut values = Values { loaded, rows: Vec::new() };
    values.general(arguments);
    for environment in &loaded.config.environments {
        values.environment(environment);
    }
    values.variables();
    let fields = ["key", "value", "from"];
    let records = || {
        let record = |[key, value, from]: &[String; 3]| {
            [key, value, from].into_iter().zip(fields).map(|(text, field)| (field, Value::Text(text.clone()))).collect()
        };
        values.rows.iter().map(record).collect()
    };
    Answer::done(shaped(shape, records, &fields, || {
        let column = |heading| Column { heading, figures: false, worth: ALWAYS };
        let mut sheet = Sheet::new(vec![column("KEY"), column("VALUE"), column("FROM")]);
        for row in &values.rows {
            sheet.push(row.iter().map(|text| Cell::raw(text)).collect());
        }
        // Whoever looks for a value wants all of it: long lines are left to the terminal.
        sheet.text(Paper { width: None, ..paper })
    }))
}

struct Values<'a> {
    loaded: &'a Loaded,
    rows: Vec<[String; 3]>,
}

impl Values<'_> {
    fn push(&mut self, key: impl Into<String>, value: impl Into<String>, from: impl Into<String>) {
        self.rows.push([key.into(), value.into(), from.into()]);
    }

    /// A value of the file, or a default.
    fn configured(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let key = key.into();
        let from = self.origin(&key).unwrap_or_else(|| "default".to_owned());
        self.push(key, value, from);
    }

    fn origin(&self, key: &str) -> Option<String> {
        let file = self.loaded.file.as_ref()?;
        Some(format!("{}:{}", file.path.to_string_lossy(), self.loaded.lines.get(key)?))
    }

    fn general(&mut self, arguments: &Arguments) {
        let config = &self.loaded.config;
        match &self.loaded.file {
            Some(file) => self.push("file", file.path.to_string_lossy(), file.found.words()),
            None => self.push("file", "none", "there is none"),
        }
        if let Some(dsn) = arguments.target.as_deref().or(arguments.place.dsn.as_deref()) {
            self.push("dsn", redact(dsn).0, "argument");
        }
        match (&arguments.place.env, &config.default_env) {
            (Some(name), _) => self.push("default_env", name, "argument"),
            (None, Some(name)) => self.configured("default_env", name),
            (None, None) => self.push("default_env", "none", "default"),
        }
        let given = &arguments.look;
        let mut given_or = |key: &str, argument: Option<String>, value: String| match argument {
            Some(argument) => self.push(key, argument, "argument"),
            None => self.configured(key, value),
        };
        given_or("theme", given.theme.clone(), config.theme.clone().unwrap_or_else(|| "terminal".to_owned()));
        given_or("refresh", given.refresh.map(|refresh| refresh.to_string()), config.refresh.to_string());
        given_or("mouse", given.mouse.then(|| "true".to_owned()), config.mouse.to_string());
        match (given.ascii, config.ascii) {
            (true, _) => self.push("ascii", "true", "argument"),
            (false, Some(ascii)) => self.configured("ascii", ascii.to_string()),
            (false, None) => self.push("ascii", (!look::locale_is_utf8()).to_string(), "locale"),
        }
        self.configured("state_dir", config.state_dir.as_deref().unwrap_or("your own state folder"));
        for (action, keys) in &config.keys {
            self.configured(format!("keys.{action}"), if keys.is_empty() { "none".to_owned() } else { keys.join(" ") });
        }
    }

    fn environment(&mut self, environment: &Environment) {
        let key = |word: &str| format!("env.{}.{word}", environment.name);
        let list = |items: &[String]| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        let policy = &environment.policy;
        self.configured(key("label"), &environment.label);
        let colour = match environment.colour {
            Colour::Production => "production",
            Colour::Staging => "staging",
            Colour::Plain => "plain",
        };
        self.configured(key("colour"), colour);
        let access = match environment.access {
            Access::ReadOnly => "read-only",
            Access::Write => "write",
        };
        self.configured(key("access"), access);
        match &environment.registry {
            RegistrySource::Auto => self.configured(key("registry"), "auto"),
            RegistrySource::Query(query) => self.configured(key("registry.query"), query),
        }
        self.configured(key("shared"), list(&policy.shared));
        self.configured(key("static"), list(&policy.statics));
        self.configured(key("extra_search_path"), list(&policy.extra_search_path));
        self.configured(key("reference"), policy.reference.as_deref().unwrap_or("none"));
        self.configured(key("seed_tables"), list(&policy.seed_tables));
        self.configured(key("leave_out"), list(&policy.leave_out));
        self.configured(key("migrations"), policy.migrations.as_deref().unwrap_or("none"));
        let command = environment.command.as_ref().map_or_else(|| "none".to_owned(), |it| it.argv.join(" "));
        self.configured(key("migrate_command"), command);
        let found = |items: &[String]| if items.is_empty() { "by where tables are".to_owned() } else { items.join(", ") };
        self.configured(key("tenant_apps"), found(&policy.tenant_apps));
        self.configured(key("shared_apps"), found(&policy.shared_apps));
        self.configured(key("table_limit"), policy.table_limit.unwrap_or(USUAL_TABLE_LIMIT).to_string());
        self.configured(key("time_zone"), environment.time_zone.as_deref().unwrap_or("none"));
        self.comparison(&key("drift"), &policy.comparison);
        for database in &environment.databases {
            let key = |word: &str| key(&format!("database.{}.{word}", database.label));
            self.configured(key("dsn"), redact(&database.dsn).0);
            let identifier =
                database.system_identifier.map_or_else(|| "any".to_owned(), |identifier| identifier.to_string());
            self.configured(key("system_identifier"), identifier);
        }
    }

    fn comparison(&mut self, key: &str, comparison: &Comparison) {
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
        let chosen = |words: &[(&str, bool)]| {
            list(words.iter().filter(|(_, is_chosen)| *is_chosen).map(|(word, _)| (*word).to_owned()).collect())
        };
        let Comparison { positions, bodies, comments, owners, grants, ignore } = comparison;
        let left_out = chosen(&[("positions", !positions), ("bodies", !bodies), ("comments", !comments)]);
        self.configured(format!("{key}.leave_out"), left_out);
        self.configured(format!("{key}.compare"), chosen(&[("owners", *owners), ("grants", *grants)]));
        let pattern = |ignore: &Ignore| match ignore.kind {
            Some(kind) => format!("{}:{}", kind.word(), ignore.pattern),
            None => ignore.pattern.clone(),
        };
        self.configured(format!("{key}.ignore"), list(ignore.iter().map(pattern).collect()));
    }

    fn variables(&mut self) {
        for name in VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                let value =
                    if name == "PGPASSWORD" { "***".to_owned() } else { shown(&value.to_string_lossy()).into_owned() };
                self.push(name, value, "environment variable");
            }
        }
    }
}
