//! Reads the text of `fleet.toml`: every key by hand, so that every mistake is found at once and named with its place. Must not
//! open a file, nor know which themes and actions there are: the caller gives the words.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, quoted};
use super::walk::{Key, Value, Walk, in_order, meant};
use super::{Access, Colour, Config, DatabaseConfig, Environment, MigrateCommand, Refresh, RegistrySource, drift, secret};
use crate::domain::capacity::USUAL_TABLE_LIMIT;
use crate::domain::name::shown;

/// The words that other rooms know.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// The themes that there are; empty when that is not known, so that any name is taken.
    pub themes: Vec<String>,
    /// Judges the keys that were given to actions.
    pub keys: fn(&BTreeMap<String, Vec<String>>) -> Vec<KeyRefusal>,
}

impl Default for Vocabulary {
    /// Takes every theme and every key.
    fn default() -> Self {
        Self { themes: Vec::new(), keys: |_| Vec::new() }
    }
}

/// A key, or an action, that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRefusal {
    /// The action as it was written.
    pub action: String,
    /// The position in its list of keys; `None` when the action itself is wrong.
    pub at: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write.
    pub hint: Option<String>,
}

/// What a text says, as far as it can be understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    /// The configuration; not to be used when a mistake is an error.
    pub config: Config,
    /// Everything that is wrong, in the order of the text.
    pub mistakes: Vec<Mistake>,
    /// The line of each value by its full name, such as `env.prod.database.eu-1.dsn`.
    pub lines: BTreeMap<String, u32>,
}

const TOP: [&str; 8] = ["theme", "refresh", "mouse", "ascii", "state_dir", "default_env", "keys", "env"];
const ENVIRONMENT: [&str; 18] = [
    "label",
    "colour",
    "access",
    "registry",
    "shared",
    "static",
    "extra_search_path",
    "reference",
    "seed_tables",
    "leave_out",
    "migrations",
    "migrate_command",
    "tenant_apps",
    "shared_apps",
    "table_limit",
    "time_zone",
    "drift",
    "database",
];
const DATABASE: [&str; 3] = ["label", "dsn", "system_identifier"];

/// Reads a whole file. Never fails: what cannot be understood is among the mistakes.
pub fn read(text: &str, vocabulary: &Vocabulary) -> Read {
    let (root, syntax) = DeTable::parse_recoverable(text);
    let mut walk = Walk::new(text);
    for error in syntax {
        walk.not_toml(error.span(), error.message());
    }
    let mut config = Config::default();
    let mut default_env = None;
    for (key, value) in in_order(root.get_ref()) {
        let name: &str = key.get_ref();
        match name {
            "theme" => config.theme = theme(&mut walk, value, vocabulary),
            "refresh" => config.refresh = refresh(&mut walk, value).unwrap_or_default(),
            "mouse" => config.mouse = walk.boolean(name, value).unwrap_or_default(),
            "ascii" => config.ascii = walk.boolean(name, value),
            "state_dir" => config.state_dir = walk.word(name, value),
            "default_env" => default_env = walk.word(name, value).map(|env| (env, value.span())),
            "keys" => config.keys = keys(&mut walk, value, vocabulary),
            "env" => {
                let table = walk.table(name, value);
                let pairs = table.map(in_order).unwrap_or_default();
                config.environments =
                    pairs.into_iter().filter_map(|(key, value)| environment(&mut walk, key, value)).collect();
            }
            _ => walk.unknown(key, "at the top level", &TOP),
        }
    }
    if let Some((env, span)) = default_env {
        if config.environment(&env).is_none() && !walk.has_gaps() {
            let names: Vec<_> = config.environments.iter().map(|env| env.name.as_str()).collect();
            walk.error(
                span,
                format!("default_env names {}, which is no [env.…] of this file", quoted(&env)),
                meant(&env, &names),
            );
        }
        config.default_env = Some(env);
    }
    let (mistakes, lines) = walk.finish();
    Read { config, mistakes, lines }
}

fn theme(walk: &mut Walk<'_>, value: &Value<'_>, vocabulary: &Vocabulary) -> Option<String> {
    let theme = walk.word("theme", value)?;
    let known: Vec<_> = vocabulary.themes.iter().map(String::as_str).collect();
    if !known.is_empty() && !known.contains(&theme.as_str()) {
        walk.error(value.span(), format!("there is no theme {}", quoted(&theme)), meant(&theme, &known));
    }
    Some(theme)
}

fn refresh(walk: &mut Walk<'_>, value: &Value<'_>) -> Option<Refresh> {
    let text = walk.string("refresh", value)?;
    let parsed = text.parse::<Refresh>();
    if let Err(allowed) = parsed {
        walk.error(value.span(), format!("refresh cannot be {}", quoted(&text)), format!("allowed: {allowed}"));
    }
    parsed.ok()
}

fn keys(walk: &mut Walk<'_>, value: &Value<'_>, vocabulary: &Vocabulary) -> BTreeMap<String, Vec<String>> {
    let mut bound: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut places: BTreeMap<String, (Range<usize>, Vec<Range<usize>>)> = BTreeMap::new();
    for (key, value) in walk.table("keys", value).map(in_order).unwrap_or_default() {
        let action = key.get_ref().to_string();
        // One key may stand alone; an array of none takes the action off the keyboard.
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let (mut texts, mut spans) = (Vec::new(), Vec::new());
        for item in items {
            match item.get_ref().as_str() {
                // Longer than any key: a quote that is missing, so that only its beginning is repeated.
                Some(text) if text.len() > 24 => walk.error(item.span(), format!("{} is no key", quoted(text)), None),
                Some(text) => {
                    texts.push(text.to_owned());
                    spans.push(item.span());
                }
                None => walk.wrong_kind("an entry of [keys]", item, "a key or an array of keys"),
            }
        }
        walk.took(&format!("keys.{action}"), value);
        bound.insert(action.clone(), texts);
        places.insert(action, (key.span(), spans));
    }
    for refusal in (vocabulary.keys)(&bound) {
        let Some((action, keys)) = places.get(&refusal.action) else { continue };
        let span = refusal.at.and_then(|at| keys.get(at)).unwrap_or(action);
        walk.error(span.clone(), refusal.what, refusal.hint);
    }
    bound
}

fn environment(walk: &mut Walk<'_>, key: &Key<'_>, value: &Value<'_>) -> Option<Environment> {
    let name = key.get_ref().to_string();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = !name.is_empty() && !name.starts_with('-') && name.chars().all(fits);
    if !named {
        let allowed = "a name for --env is made of letters, digits, -, _ and .".to_owned();
        walk.error(key.span(), format!("{} cannot name an environment", quoted(&name)), allowed);
    }
    // A name that is refused is not repeated in every message about what stands below it: it may hold anything.
    let full = if named { format!("env.{name}") } else { "env.…".to_owned() };
    let table = walk.table(&full, value)?;
    let mut env = Environment {
        label: name.to_uppercase(),
        colour: colour_of_name(&name),
        name: name.clone(),
        ..Environment::default()
    };
    let (mut databases, mut shared_apps) = (false, None);
    for (key, value) in in_order(table) {
        let word: &str = key.get_ref();
        let path = format!("{full}.{word}");
        match word {
            "label" => env.label = walk.word(&path, value).unwrap_or_default(),
            "colour" => {
                let words = [("production", Colour::Production), ("staging", Colour::Staging), ("plain", Colour::Plain)];
                env.colour = walk.choice(&path, value, &words).unwrap_or_default();
            }
            "access" => {
                let words = [("read-only", Access::ReadOnly), ("write", Access::Write)];
                env.access = walk.choice(&path, value, &words).unwrap_or_default();
            }
            "registry" => env.registry = registry(walk, &path, value),
            "shared" => env.policy.shared = walk.words(&path, value),
            "static" => env.policy.statics = walk.words(&path, value),
            "extra_search_path" => env.policy.extra_search_path = walk.words(&path, value),
            "reference" => env.policy.reference = walk.word(&path, value),
            "seed_tables" => env.policy.seed_tables = walk.words(&path, value),
            "leave_out" => env.policy.leave_out = walk.words(&path, value),
            "migrations" => env.policy.migrations = walk.word(&path, value),
            "migrate_command" => env.command = Some(migrate_command(walk, &path, value)),
            "tenant_apps" => env.policy.tenant_apps = walk.words(&path, value),
            "shared_apps" => {
                env.policy.shared_apps = walk.words(&path, value);
                shared_apps = Some(value.span());
            }
            "table_limit" => env.policy.table_limit = table_limit(walk, &path, value),
            "time_zone" => env.time_zone = time_zone(walk, &path, value),
            "drift" => env.policy.comparison = drift::comparison(walk, &path, value),
            "database" => {
                databases = true;
                env.databases = self::databases(walk, &full, value);
            }
            _ => walk.unknown(key, &format!("in [{full}]"), &ENVIRONMENT),
        }
    }
    let both = env.policy.shared_apps.iter().find(|app| env.policy.tenant_apps.contains(app));
    if let (Some(app), Some(span)) = (both, shared_apps) {
        // An application that lives in both is a tenant's: its migrations are compared.
        let hint = "leave it in tenant_apps alone: its migrations are every tenant's".to_owned();
        walk.error(span, format!("{} is in tenant_apps and in shared_apps of {full}", quoted(app)), hint);
    }
    if !databases && !walk.has_gaps() {
        let hint = format!("add a [[{full}.database]] with a label and a dsn");
        walk.error(key.span(), format!("environment {} has no database", quoted(&name)), hint);
    }
    Some(env)
}

/// A program with its arguments: no shell reads them, so that a name is only ever a name.
fn migrate_command(walk: &mut Walk<'_>, path: &str, value: &Value<'_>) -> MigrateCommand {
    let argv = walk.words(path, value);
    if argv.iter().skip(1).all(|argument| !argument.contains("{schema}")) {
        let hint = "a program and its arguments: [\"python\", \"manage.py\", \"migrate_schemas\", \"--schema={schema}\"]"
            .to_owned();
        walk.error(value.span(), format!("{path} does not say where the schema goes: {{schema}}"), hint);
    }
    MigrateCommand { argv, folder: String::new() }
}

/// A zone by its name in the database of the IANA.
fn time_zone(walk: &mut Walk<'_>, path: &str, value: &Value<'_>) -> Option<String> {
    let zone = walk.word(path, value)?;
    if jiff::tz::TimeZone::get(&zone).is_err() {
        let hint = "a name such as \"Europe/Berlin\" or \"UTC\"".to_owned();
        walk.error(value.span(), format!("{path} cannot be {}: nobody knows such a zone", quoted(&zone)), hint);
    }
    Some(zone)
}

/// How many tables one database is said to take.
fn table_limit(walk: &mut Walk<'_>, path: &str, value: &Value<'_>) -> Option<u64> {
    let DeValue::Integer(number) = value.get_ref() else {
        walk.wrong_kind(path, value, "a whole number");
        return None;
    };
    walk.took(path, value);
    let parsed = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|limit| *limit > 0);
    if parsed.is_none() {
        let hint = format!("a whole number above 0; without it {USUAL_TABLE_LIMIT} is taken");
        walk.error(value.span(), format!("{path} cannot be {}", quoted(number.as_str())), hint);
    }
    parsed
}

/// An environment that is called production is shown as production, unless the file says otherwise.
fn colour_of_name(name: &str) -> Colour {
    match name.to_lowercase().as_str() {
        "prod" | "production" | "live" => Colour::Production,
        "stage" | "staging" | "test" | "testing" | "qa" => Colour::Staging,
        _ => Colour::Plain,
    }
}

fn registry(walk: &mut Walk<'_>, path: &str, value: &Value<'_>) -> RegistrySource {
    let hint = "registry is \"auto\" or { query = \"select schema_name, name, domain, created, time_zone, plan from …\" }";
    let (DeValue::String(_) | DeValue::Table(_)) = value.get_ref() else {
        walk.wrong_kind(path, value, "\"auto\" or a table with a query");
        return RegistrySource::Auto;
    };
    let Some(table) = value.get_ref().as_table() else {
        if walk.string(path, value).is_some_and(|word| word != "auto") {
            let what = format!("{path} cannot be {}", quoted(value.get_ref().as_str().unwrap_or_default()));
            walk.error(value.span(), what, hint.to_owned());
        }
        return RegistrySource::Auto;
    };
    let mut query = None;
    for (key, value) in in_order(table) {
        if key.get_ref() == "query" {
            query = walk.word(&format!("{path}.query"), value);
        } else {
            walk.unknown(key, &format!("in {path}"), &["query"]);
        }
    }
    if !table.keys().any(|key| key.get_ref() == "query") && !walk.has_gaps() {
        walk.error(value.span(), format!("{path} has no query"), hint.to_owned());
    }
    query.map_or(RegistrySource::Auto, RegistrySource::Query)
}

fn databases(walk: &mut Walk<'_>, environment: &str, value: &Value<'_>) -> Vec<DatabaseConfig> {
    let header = format!("[[{environment}.database]]");
    let Some(items) = value.get_ref().as_array() else {
        let hint = format!("write it with two brackets: {header}");
        walk.error(value.span(), format!("{environment}.database must be an array of tables"), hint);
        return Vec::new();
    };
    if items.is_empty() {
        walk.error(value.span(), format!("{environment} has no database"), format!("add a {header}"));
    }
    let mut found: Vec<DatabaseConfig> = Vec::new();
    for item in items {
        let Some(table) = walk.table(&format!("each {environment}.database"), item) else { continue };
        let database = database(walk, environment, &header, table, item);
        let label = database.label.as_str();
        if !label.is_empty() && found.iter().any(|other| other.label == label) {
            let at = table.iter().find(|(key, _)| key.get_ref() == "label").map_or(item.span(), |(_, value)| value.span());
            walk.error(at, format!("two databases of {environment} are called {}", quoted(label)), None);
        }
        found.push(database);
    }
    found
}

fn database(walk: &mut Walk<'_>, environment: &str, header: &str, table: &DeTable<'_>, item: &Value<'_>) -> DatabaseConfig {
    let mut database = DatabaseConfig::default();
    let get = |wanted: &str| table.iter().find(|(key, _)| key.get_ref() == wanted).map(|(_, value)| value);
    // The label is read first: it names the other values, unless it is refused.
    let mut labelled = false;
    if let Some(value) = get("label") {
        database.label = walk.word("the label of a database", value).unwrap_or_default();
        labelled = !database.label.is_empty() && !database.label.contains('/') && shown(&database.label) == database.label;
        if !labelled && !database.label.is_empty() {
            let what = format!("a database cannot be called {}", quoted(&database.label));
            walk.error(
                value.span(),
                what,
                "it stands before the slash in database/schema, and is plain text without one".to_owned(),
            );
        }
    }
    let path = format!("{environment}.database.{}", if labelled { database.label.as_str() } else { "…" });
    for (key, value) in in_order(table) {
        let word: &str = key.get_ref();
        match word {
            "label" => walk.took(&format!("{path}.label"), value),
            "dsn" => {
                database.dsn = walk.string(&format!("{path}.dsn"), value).unwrap_or_default();
                if secret::redact(&database.dsn).1 {
                    let hint = "keep passwords in ~/.pgpass (mode 600) or let tenantry ask for it".to_owned();
                    walk.warning(value.span(), "the dsn holds a password", hint);
                }
            }
            "system_identifier" => database.system_identifier = identifier(walk, &format!("{path}.{word}"), value),
            _ => walk.unknown(key, &format!("in {header}"), &DATABASE),
        }
    }
    for wanted in ["label", "dsn"] {
        if get(wanted).is_none() && !walk.has_gaps() {
            let hint = match wanted {
                "label" => "it stands before the slash in database/schema",
                _ => "a conninfo string or URI; \"\" means libpq's defaults and PG* variables",
            };
            walk.error(item.span(), format!("this database has no {wanted}"), hint.to_owned());
        }
    }
    database
}

/// A system identifier is larger than some tools can hold in an integer, so that a string is taken too.
fn identifier(walk: &mut Walk<'_>, path: &str, value: &Value<'_>) -> Option<u64> {
    let parsed = match value.get_ref() {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        DeValue::String(text) => text.parse().ok(),
        _ => {
            walk.wrong_kind(path, value, "an integer or a string of digits");
            return None;
        }
    };
    walk.took(path, value);
    if parsed.is_none() {
        let hint = "copy it from: select system_identifier from pg_control_system()".to_owned();
        walk.error(value.span(), format!("{path} is not a system identifier"), hint);
    }
    parsed
}
