//! The roof: parse arguments, install the error report, call a face, exit code.

use std::process::ExitCode;

use tenantry::cli::{self, Outcome};
use tenantry::tui::{self, theme::Theme};

fn main() -> color_eyre::Result<ExitCode> {
    // Neither the environment nor the source lines: a report may be pasted anywhere and holds no secret.
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let opening = match cli::run(std::env::args_os(), Theme::names()) {
        Outcome::Exit(code) => return Ok(code.into()),
        Outcome::Worker(folder) => return Ok(tenantry::worker::main(&folder).into()),
        Outcome::Console(opening) => *opening,
    };
    let farewell = opening.farewell;
    let options = tui::Options {
        config: opening.config,
        environment: opening.environment,
        targets: opening.targets,
        theme: opening.theme,
        ascii: opening.ascii,
        mouse: opening.mouse,
        write: opening.write,
        reach: opening.reach,
        refresh: opening.refresh,
        themes: opening.themes,
        guard: opening.guard,
    };
    let exit = tokio::runtime::Runtime::new()?.block_on(tui::run(options));
    cli::tell(&farewell.unwrap_or_default());
    Ok(cli::ended(exit.map(tui::Exit::code)).into())
}
