//! The headless twin: parses arguments, runs the headless verbs, or says what `main` should open. Never calls the console.

mod args;
mod choice;
mod columns;
mod difference;
mod exit;
mod failure;
mod find;
mod look;
mod paper;
mod prompt;
mod reading;
mod seek;
mod sheet;
mod verbs;
mod verdict;
mod vocabulary;

use std::any::Any;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser as _;

use args::{Arguments, ConfigVerb, Look, Verb};
pub use exit::ExitCode;
use failure::Failure;
use verbs::Answer;
use verbs::list::What;
pub use vocabulary::vocabulary;

use crate::config::{self, Access, Config, Environment, Loaded};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::observer::{Depth, Target};
use crate::plan::Plan;

/// What is left to do after the command line was read.
pub enum Outcome {
    /// Nothing: the process ends with this code.
    Exit(u8),
    /// The worker is to execute the run of this folder.
    Worker(PathBuf),
    /// The console is to be opened.
    Console(Box<Opening>),
}

/// What to open the console on.
pub struct Opening {
    /// Everything configured.
    pub config: Config,
    /// The environment.
    pub environment: Environment,
    /// Its databases, with every password that was needed.
    pub targets: Vec<Target>,
    /// The theme given on the command line.
    pub theme: Option<String>,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether writing verbs are enabled.
    pub write: bool,
    /// The arguments that lead a headless verb to the same fleet, without any secret.
    pub reach: Vec<String>,
    /// How often facts are read again; `None` only when asked.
    pub refresh: Option<Duration>,
    /// Where a person's own themes lie.
    pub themes: Option<PathBuf>,
    /// To be kept while the console is open: the demo's server.
    pub guard: Option<Box<dyn Any + Send>>,
    /// To be told on stderr after the console is closed.
    pub farewell: Option<String>,
}

/// Reads the command line and does what can be done without the console. `themes` are the shipped ones.
pub fn run(arguments: impl IntoIterator<Item = OsString>, themes: &[&str]) -> Outcome {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Done };
            // Help into a closed pipe is no failure either.
            let _unheard = error.print();
            return Outcome::Exit(code.number());
        }
    };
    if let Some(Verb::Worker { folder }) = &arguments.verb {
        return Outcome::Worker(folder.clone());
    }
    let failure = match answer(&arguments, themes) {
        Ok(Done::Console(opening)) => return Outcome::Console(opening),
        Ok(Done::Told(code)) => return Outcome::Exit(code.number()),
        Ok(Done::Answer(answer)) => match paper::print(&answer.text) {
            Ok(()) => {
                paper::narrate(&answer.note.map_or(String::new(), |note| note + "\n"));
                return Outcome::Exit(answer.code.number());
            }
            Err(error) => Failure::from(Fault::new(FaultKind::Local, format!("cannot write to stdout: {error}"))),
        },
        Err(failure) => failure,
    };
    paper::narrate(&failure.told());
    Outcome::Exit(failure.code().number())
}

/// Tells something after the console is closed.
pub fn tell(text: &str) {
    paper::narrate(text);
}

/// The exit code of a console that ended, or could not be opened: then the fault is told.
pub fn ended(console: Result<u8, Fault>) -> u8 {
    console.unwrap_or_else(|fault| {
        let failure = Failure::from(fault);
        paper::narrate(&failure.told());
        failure.code().number()
    })
}

enum Done {
    Answer(Answer),
    Told(ExitCode),
    Console(Box<Opening>),
}

fn answer(arguments: &Arguments, themes: &[&str]) -> Result<Done, Failure> {
    // What needs no configuration works beside a broken one too.
    match &arguments.verb {
        Some(Verb::Completions { shell }) => return Ok(Done::Answer(verbs::pages::completions(*shell))),
        Some(Verb::Man) => return verbs::pages::manual().map(Done::Answer),
        Some(Verb::Config { verb: ConfigVerb::Example }) => return Ok(Done::Answer(verbs::config::example())),
        Some(Verb::Migrate(asked)) if asked.django_script => return Ok(Done::Answer(verbs::migrate::django_script())),
        _ => {}
    }
    let (folder, own) = look::own_themes();
    let all: Vec<&str> = themes.iter().copied().chain(own.iter().map(String::as_str)).collect();
    let loaded = config::load(arguments.place.config.as_deref(), &vocabulary(&all))?;
    if let (Some(file), false) = (&loaded.file, loaded.warnings.is_empty()) {
        paper::narrate(&Failure::Mistakes(file.shown(), loaded.warnings.clone()).told());
    }
    known_theme(arguments.look.theme.as_deref(), &all)?;
    let environment = || {
        let target = arguments.target.as_deref();
        choice::environment(target, &arguments.place, &loaded.config, &mut paper::narrate)
    };
    let place = &arguments.place;
    let named = arguments.target.is_some() || place.dsn.is_some() || place.env.is_some();
    let mut of_plan = |plan: &Plan| verbs::runs::environment_of(plan, named, &loaded.config.environments, environment);
    let paper = paper::stdout();
    let answer = match &arguments.verb {
        None => {
            needs_terminal()?;
            let environment = environment()?;
            let reach = choice::reach(arguments, &environment);
            return open(loaded.clone(), &arguments.look, environment, reach, folder).map(Done::Console);
        }
        Some(Verb::Demo(demo)) if demo.serve => return verbs::demo::serve(demo).map(Done::Told),
        Some(Verb::Demo(demo)) => {
            known_theme(demo.look.theme.as_deref(), &all)?;
            needs_terminal()?;
            let (server, farewell) = verbs::demo::start(demo)?;
            let reach = vec!["--config".to_owned(), server.fleet_toml().to_string_lossy().into_owned()];
            let mut loaded = loaded;
            loaded.config.state_dir = Some(server.state_dir().to_string_lossy().into_owned());
            let mut opening = open(loaded, &demo.look, server.environment(), reach, folder)?;
            opening.guard = Some(Box::new(server));
            opening.farewell = farewell;
            return Ok(Done::Console(opening));
        }
        Some(Verb::Tenants { drift, list }) => {
            verbs::list::run(What::Tenants, Depth::of(*drift), list, &environment()?, paper)?
        }
        Some(Verb::Schemas { all, drift, list }) => {
            let what = if *all { What::AllSchemas } else { What::Schemas };
            verbs::list::run(what, Depth::of(*drift), list, &environment()?, paper)?
        }
        Some(Verb::Tables { schema, format }) => verbs::tables::run(schema, format.shape(), &environment()?, paper)?,
        Some(Verb::Show { schema, drift, format }) => {
            verbs::show::run(schema, Depth::of(*drift), format.shape(), &environment()?, paper)?
        }
        Some(Verb::Drift(asked)) => verbs::drift::run(asked, &environment()?, paper)?,
        Some(Verb::Diff(asked)) => verbs::diff::run(asked, &environment()?, paper)?,
        Some(Verb::Activity { verb: Some(verb), .. }) => verbs::signal::run(verb, &environment()?, &loaded.config)?,
        Some(Verb::Activity { verb: None, format }) => verbs::activity::run(format.shape(), &environment()?, paper)?,
        Some(Verb::Cohorts { format }) => verbs::cohorts::run(format.shape(), &environment()?, paper)?,
        Some(Verb::Placement { one, format }) => verbs::placement::run(one, format.shape(), &environment()?, paper)?,
        Some(Verb::Capacity(asked)) => verbs::capacity::run(asked, &environment()?, paper)?,
        Some(Verb::Runs { verb }) => verbs::runs::run(verb.as_ref(), &loaded.config, &mut of_plan, paper)?,
        Some(Verb::Migrate(asked)) if asked.jit.is_some() => {
            let named = |name: &Option<String>| name.clone().unwrap_or_default();
            verbs::runs::first(&loaded.config, &named(&asked.run), &named(&asked.jit), &mut of_plan)?
        }
        Some(Verb::Migrate(asked)) => verbs::migrate::run(asked, &environment()?, &loaded.config)?,
        Some(Verb::Drop(asked)) => verbs::drop::drop_schemas(asked, &environment()?, &loaded.config)?,
        Some(Verb::Rename(asked)) => verbs::drop::rename(asked, &environment()?, &loaded.config)?,
        Some(Verb::Clone(asked)) => verbs::clone::run(asked, &environment()?, &loaded.config)?,
        Some(Verb::Config { verb: ConfigVerb::Check }) => verbs::config::check(&loaded)?,
        Some(Verb::Config { verb: ConfigVerb::Show { format } }) => {
            verbs::config::show(format.shape(), arguments, &loaded, paper)
        }
        Some(Verb::Worker { .. } | Verb::Completions { .. } | Verb::Man | Verb::Config { verb: ConfigVerb::Example }) => {
            Answer::done(String::new())
        }
    };
    Ok(Done::Answer(answer))
}

fn open(
    loaded: Loaded,
    look: &Look,
    environment: Environment,
    reach: Vec<String>,
    themes: Option<PathBuf>,
) -> Result<Box<Opening>, Failure> {
    let config = loaded.config;
    Ok(Box::new(Opening {
        targets: reading::targets(&environment)?,
        theme: look.theme.clone(),
        ascii: look::ascii(look, &config),
        mouse: look.mouse || config.mouse,
        write: environment.access == Access::Write,
        reach,
        refresh: look.refresh.unwrap_or(config.refresh).interval(),
        themes,
        guard: None,
        farewell: None,
        config,
        environment,
    }))
}

fn known_theme(theme: Option<&str>, known: &[&str]) -> Result<(), Failure> {
    let Some(theme) = theme.filter(|theme| !known.contains(theme)) else { return Ok(()) };
    let near = nearest(theme, known.iter().copied()).map_or(String::new(), |near| format!("Did you mean \"{near}\"? "));
    let what = format!("there is no theme \"{}\"", shown(theme));
    Err(Failure::usage(what, format!("{near}There are: {}.", known.join(", "))))
}

fn needs_terminal() -> Result<(), Failure> {
    let stream = match (io::stdin().is_terminal(), io::stdout().is_terminal()) {
        (true, true) => return Ok(()),
        (false, _) => "stdin",
        _ => "stdout",
    };
    let hint = "For pipes and scripts there are verbs: tenantry tenants --json. `tenantry --help` lists them.";
    Err(Failure::usage(format!("the console needs a terminal, and {stream} is none"), hint))
}

impl std::fmt::Debug for Opening {
    /// Connection strings may hold passwords: only what is open to see is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").field("environment", &self.environment.name).finish_non_exhaustive()
    }
}
