//! Which fleet is meant: arguments before `fleet.toml` before libpq's defaults. Must not connect.

use clap::CommandFactory as _;

use super::args::{Arguments, Place};
use super::failure::{Failure, told};
use crate::config::{Config, DatabaseConfig, Environment, redact, without_secrets};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;

/// The environment to open. `target` is the positional argument. What the person should know besides goes to `narrate`.
pub(super) fn environment(
    target: Option<&str>,
    place: &Place,
    config: &Config,
    narrate: &mut dyn FnMut(&str),
) -> Result<Environment, Failure> {
    if let (Some(target), true) = (target, place.dsn.is_some() || place.env.is_some()) {
        let what = format!("\"{}\" and --{} both say where to connect", redact(target).0, other(place));
        return Err(Failure::usage(what, "Give one of them."));
    }
    if let Some(target) = target {
        not_a_slip(target, config)?;
    }
    if let Some(dsn) = target.or(place.dsn.as_deref()) {
        if redact(dsn).1 {
            narrate(&told(
                "a password on the command line can be read by everybody on this machine",
                Some("Keep it in ~/.pgpass (mode 600), or let tenantry ask for it."),
            ));
        }
        return Ok(unnamed(dsn));
    }
    let names: Vec<_> = config.environments.iter().map(|environment| environment.name.as_str()).collect();
    match (place.env.as_deref().or(config.default_env.as_deref()), config.environments.as_slice()) {
        (Some(name), _) => config.environment(name).cloned().ok_or_else(|| {
            let hint = match (nearest(name, names.iter().copied()), names.as_slice()) {
                (_, []) => {
                    "There is no fleet.toml, or it has no environment; `tenantry config show` says which is read.".to_owned()
                }
                (Some(near), _) => format!("Did you mean \"{near}\"? There are: {}.", names.join(", ")),
                (None, _) => format!("There are: {}.", names.join(", ")),
            };
            Failure::usage(format!("there is no environment \"{}\"", shown(name)), hint)
        }),
        (None, []) => Ok(unnamed("")),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Failure::usage(
            format!("fleet.toml has several environments: {}", names.join(", ")),
            format!("Choose one with -e, such as -e {}, or set default_env.", names[0]),
        )),
    }
}

/// The arguments that lead to this environment again. A password that was among them is left out: the next reader asks for it.
pub(super) fn reach(arguments: &Arguments, environment: &Environment) -> Vec<String> {
    let place = &arguments.place;
    let option = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    if let Some(dsn) = arguments.target.as_deref().or(place.dsn.as_deref()) {
        return without_secrets(dsn).map_or_else(Vec::new, |dsn| option("-d", &dsn));
    }
    let file = place.config.iter().flat_map(|file| option("--config", &file.to_string_lossy()));
    let name = (!environment.name.is_empty()).then(|| option("-e", &environment.name));
    file.chain(name.into_iter().flatten()).collect()
}

fn other(place: &Place) -> &'static str {
    if place.dsn.is_some() { "dsn" } else { "env" }
}

/// A bare word is the name of a database, but hardly when an environment or a verb is called so, or nearly so.
fn not_a_slip(target: &str, config: &Config) -> Result<(), Failure> {
    if target.contains(['=', '/', ':']) {
        return Ok(());
    }
    let database = format!("A database of that name: -d {}", shown(target));
    if config.environment(target).is_some() {
        let what = format!("\"{}\" is an environment of fleet.toml", shown(target));
        return Err(Failure::usage(what, format!("Open it with -e {}. {database}", shown(target))));
    }
    let command = Arguments::command();
    let verbs = command.get_subcommands().map(clap::Command::get_name);
    if let Some(verb) = nearest(target, verbs) {
        let what = format!("there is no verb \"{}\"", shown(target));
        return Err(Failure::usage(what, format!("Did you mean \"{verb}\"? {database}")));
    }
    Ok(())
}

/// A connection that no file names. Its database gets the name that the server knows it by.
fn unnamed(dsn: &str) -> Environment {
    let database = DatabaseConfig { dsn: dsn.to_owned(), ..DatabaseConfig::default() };
    Environment { databases: vec![database], ..Environment::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Vocabulary;

    fn choose(target: Option<&str>, place: &Place, environments: &[&str], default: Option<&str>) -> Result<String, String> {
        let mut text = default.map_or(String::new(), |name| format!("default_env = \"{name}\"\n"));
        for name in environments {
            text.extend(["[[env.", name, ".database]]\nlabel = \"", name, "\"\ndsn = \"in the file\"\n"]);
        }
        let config = crate::config::read(&text, &Vocabulary::default()).config;
        let chosen = environment(target, place, &config, &mut |_| {});
        chosen.map(|env| format!("{}|{}", env.name, env.databases[0].dsn)).map_err(|failure| failure.told())
    }

    fn dsn(dsn: &str) -> Place {
        Place { dsn: Some(dsn.into()), ..Place::default() }
    }

    fn env(env: &str) -> Place {
        Place { env: Some(env.into()), ..Place::default() }
    }

    #[test]
    fn arguments_win_over_the_file_and_the_file_over_the_defaults() {
        let none = Place::default();
        for (target, place, environments, default, expected) in [
            (None, &none, &[][..], None, "|"),
            (Some("crm"), &none, &["prod"], None, "|crm"),
            (None, &dsn("host=x"), &["prod"], Some("prod"), "|host=x"),
            (None, &none, &["prod"], None, "prod|in the file"),
            (None, &none, &["prod", "test"], Some("test"), "test|in the file"),
            (None, &env("prod"), &["prod", "test"], Some("test"), "prod|in the file"),
            (None, &dsn("tenants"), &[], None, "|tenants"),
        ] {
            assert_eq!(choose(target, place, environments, default).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn the_way_to_an_environment_is_told_without_its_password() {
        use clap::Parser as _;
        for (line, expected) in [
            ("tenantry", &["-e", "prod"][..]),
            ("tenantry -e prod --config f.toml", &["--config", "f.toml", "-e", "prod"]),
            ("tenantry postgres://a:secret@h/x --config f.toml", &["-d", "postgres://a@h/x"]),
            ("tenantry -d crm", &["-d", "crm"]),
            ("tenantry -d password='secret", &[]),
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).expect("arguments");
            let environment = Environment { name: "prod".into(), ..Environment::default() };
            assert_eq!(reach(&arguments, &environment), expected, "{line}");
        }
    }

    #[test]
    fn what_is_not_clear_is_asked_back_with_the_way_out() {
        let none = Place::default();
        for (target, place, environments, expected) in [
            (None, &none, &["prod", "test"][..], "several environments: prod, test\n  Choose one with -e, such as -e prod"),
            (None, &env("pord"), &["prod"], "there is no environment \"pord\"\n  Did you mean \"prod\"?"),
            (None, &env("prod"), &[], "There is no fleet.toml, or it has no environment"),
            (Some("prod"), &none, &["prod"], "\"prod\" is an environment of fleet.toml\n  Open it with -e prod."),
            (Some("tenats"), &none, &[], "there is no verb \"tenats\"\n  Did you mean \"tenants\"?"),
            (Some("postgres://a:secret@h/x"), &env("prod"), &["prod"], "\"postgres://a:***@h/x\" and --env both say"),
        ] {
            let told = choose(target, place, environments, None).expect_err("refused");
            assert!(told.contains(expected), "{told}");
        }
    }
}
