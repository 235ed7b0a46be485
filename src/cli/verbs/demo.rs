//! `demo`: a throwaway server with a sample fleet. Must not know how it is made.

use crate::cli::args::DemoArguments;
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::paper::{Progress, narrate, print};
use crate::cli::reading::wait;
use crate::demo::{Demo, DemoOptions, DemoProgress};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::units;

/// Starts the server and fills it. Gives it with the line that removes it, where it is to stay.
pub(in crate::cli) fn start(arguments: &DemoArguments) -> Result<(Demo, Option<String>), Failure> {
    let mut progress = Progress::default();
    let options = DemoOptions { tenants: arguments.tenants, tables: arguments.tables };
    let mut demo = Demo::start(options, &mut |now| {
        progress.show(&match now {
            DemoProgress::Starting => "starting a throwaway PostgreSQL server".to_owned(),
            DemoProgress::Filling { done, total } => {
                format!("making the sample fleet: {} of {} schemas", units::count(done.into()), units::count(total.into()))
            }
            DemoProgress::Ready => "ready".to_owned(),
        });
    })?;
    let farewell = arguments.keep.then(|| {
        let remove = demo.keep();
        format!("The sample fleet is still there. Open it with: {}\nRemove it with: {remove}\n", command(&demo))
    });
    Ok((demo, farewell))
}

/// Prints the connection string and waits for a signal.
pub(in crate::cli) fn serve(arguments: &DemoArguments) -> Result<ExitCode, Failure> {
    let (demo, farewell) = start(arguments)?;
    let end = if arguments.keep { "leaves it running" } else { "removes it" };
    let farther = format!("The sample fleet is there until Ctrl-C, which {end}. Open it with: {}\n", command(&demo));
    wait(interrupted(|| {
        print(&format!("{}\n", demo.dsn()))?;
        narrate(&farther);
        Ok(())
    }))?
    .map_err(|error| Fault::new(FaultKind::Local, format!("cannot print, or wait for signals: {error}")))?;
    drop(demo);
    narrate(&farewell.unwrap_or_default());
    Ok(ExitCode::Done)
}

/// The command that opens the fleet with all that is known of it.
fn command(demo: &Demo) -> String {
    format!("tenantry --config {}", demo.fleet_toml().display())
}

/// Waits for a signal. Whoever hears that it is ready may send one at once.
async fn interrupted(ready: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (mut hangup, mut quit) = (signal(SignalKind::hangup())?, signal(SignalKind::quit())?);
    ready()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
        _ = quit.recv() => {}
    }
    Ok(())
}
