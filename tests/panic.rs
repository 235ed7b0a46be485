//! A panic leaves a sane terminal and then its report, wherever it happens. A program of its own, without the test harness: it
//! starts itself once more as the console that panics when a signal tells it to, so that the product holds no switch for that.

#[path = "it/terminal/pty.rs"]
#[expect(dead_code, reason = "shared with the other tests of the terminal, which need more of it")]
mod pty;

use std::io::Write;

use pty::Pty;
use tenantry::config::{Config, Environment};
use tenantry::tui::{self, Options};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> color_eyre::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("panic-in-the-loop") => panicking(false),
        Some("panic-in-a-task") => panicking(true),
        Some("--list") => Ok(()),
        _ => {
            for place in ["panic-in-the-loop", "panic-in-a-task"] {
                the_terminal_is_given_back_and_the_report_follows(place);
                writeln!(std::io::stdout().lock(), "test {place} ... ok")?;
            }
            Ok(())
        }
    }
}

fn the_terminal_is_given_back_and_the_report_follows(place: &str) {
    let program = std::env::current_exe().expect("this program");
    let mut pty = Pty::start(program, &[place], &[]);
    pty.wait("q quit");
    assert!(pty.screen().alternate_screen() && pty.screen().hide_cursor());
    pty.signal(rustix::process::Signal::USR1);
    let code = pty.ended();
    pty.assert_given_back();
    let text = pty.text();
    assert!(text.contains("The application panicked") && text.contains(place), "no report:\n{text}");
    assert_eq!(code, 101, "{place}");
}

/// The console, which panics on SIGUSR1: in the task that runs it, or in another one.
fn panicking(in_a_task: bool) -> color_eyre::Result<()> {
    color_eyre::install()?;
    let options = Options {
        config: Config::default(),
        environment: Environment { name: "test".into(), ..Environment::default() },
        targets: Vec::new(),
        theme: None,
        ascii: false,
        mouse: true,
        write: false,
        reach: Vec::new(),
        refresh: None,
        themes: None,
        guard: None,
    };
    let exit = tokio::runtime::Runtime::new()?.block_on(async {
        let mut told = signal(SignalKind::user_defined1())?;
        if in_a_task {
            tokio::spawn(async move {
                told.recv().await;
                panic!("panic-in-a-task");
            });
            return Ok(tui::run(options).await?);
        }
        tokio::select! {
            _ = told.recv() => panic!("panic-in-the-loop"),
            exit = tui::run(options) => Ok::<_, color_eyre::Report>(exit?),
        }
    })?;
    std::process::exit(exit.code().into())
}
