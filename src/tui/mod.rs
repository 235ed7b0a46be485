//! The console: key -> action -> `update(model, msg) -> effects` -> view. Must not know the command line.

pub mod canvas;
mod clipboard;
mod cost;
mod ears;
mod export;
mod feed;
pub mod frame;
pub mod glyph;
pub mod input;
pub mod model;
pub mod msg;
pub mod overlays;
pub mod parts;
mod run;
mod running;
pub mod runs;
pub mod screens;
mod signals;
mod stage;
mod terminal;
pub mod theme;
mod update;
pub mod watch;

pub use update::update;

use std::any::Any;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Config, Environment};
use crate::domain::fault::Fault;
use crate::observer::Target;

/// What to open the console on.
pub struct Options {
    /// Everything configured: keys, look, refresh.
    pub config: Config,
    /// The environment that is opened.
    pub environment: Environment,
    /// Its databases.
    pub targets: Vec<Target>,
    /// The name of the theme given on the command line; it wins over the configured one.
    pub theme: Option<String>,
    /// Whether only ASCII is drawn: given, configured, or as the locale says.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether the writing verbs are enabled.
    pub write: bool,
    /// The arguments that lead a headless verb to the same fleet, without any secret.
    pub reach: Vec<String>,
    /// How often facts are read again; `None` only when asked.
    pub refresh: Option<Duration>,
    /// Where a person's own themes lie.
    pub themes: Option<PathBuf>,
    /// Kept alive while the console is open, dropped after the terminal is given back: the demo's cluster.
    pub guard: Option<Box<dyn Any + Send>>,
}

/// How the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The person quit.
    Quit,
    /// A signal asked for it.
    Signal(i32),
    /// The terminal is gone.
    Lost,
    /// A part of the program panicked; the report was written to stderr.
    Panicked,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Quit => 0,
            Self::Signal(number) => 128_u8.saturating_add(u8::try_from(number).unwrap_or(0)),
            Self::Lost => 129,
            Self::Panicked => 101,
        }
    }
}

/// Opens the console and returns when it is closed; the terminal is then as it was. Needs a tokio runtime with more than one
/// thread.
pub async fn run(options: Options) -> Result<Exit, Fault> {
    Box::pin(run::run(options)).await
}
