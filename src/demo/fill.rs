//! Sends SQL to a throwaway cluster through the `psql` beside its server. Must not know what the SQL is for.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::num::NonZero;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use super::cluster::Cluster;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// A backend's memory grows with every table that it has seen and never shrinks: after so many messages a new one is taken.
const MESSAGES_PER_CONNECTION: usize = 100;

/// Runs a script as a role; an error ends it.
pub(super) fn run(cluster: &Cluster, role: &str, database: &str, script: String) -> Result<(), Fault> {
    feed(cluster.psql_as(role, database), std::iter::once(script), &mut || ())
}

/// Runs many messages on a few connections, in no certain order. Each message makes the server print one line; `done` is called
/// with the number of those that are through.
pub(super) fn run_all<T: Sync>(
    cluster: &Cluster,
    (role, database): (&str, &str),
    items: &[T],
    message: impl Fn(&T) -> String + Sync,
    done: &mut dyn FnMut(u32),
) -> Result<(), Fault> {
    let lanes = std::thread::available_parallelism().map_or(2, NonZero::get).clamp(1, 8);
    let (tell, through) = channel();
    std::thread::scope(|scope| {
        let message = &message;
        let workers: Vec<_> = (0..lanes)
            .map(|lane| {
                let tell: Sender<()> = tell.clone();
                scope.spawn(move || {
                    let of_lane = items.iter().skip(lane).step_by(lanes).enumerate();
                    let messages = of_lane.map(|(place, item)| {
                        let fresh = place > 0 && place.is_multiple_of(MESSAGES_PER_CONNECTION);
                        if fresh { format!("\\connect\n{SILENT}{}", message(item)) } else { message(item) }
                    });
                    // Nobody listens any more only when another lane has failed, and then this one's progress is of no use.
                    let mut line = || tell.send(()).unwrap_or_default();
                    feed(cluster.psql_as(role, database), messages, &mut line)
                })
            })
            .collect();
        drop(tell);
        for (count, ()) in (1..).zip(through) {
            done(count);
        }
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(Fault::new(FaultKind::Local, "a worker of the demo stopped unexpectedly")))
        })
    })
}

const SILENT: &str = "SET client_min_messages = error;\n";

/// Writes the messages to `psql` while its lines are read, so that neither side waits for the other for ever.
fn feed(mut psql: Command, messages: impl Iterator<Item = String> + Send, line: &mut dyn FnMut()) -> Result<(), Fault> {
    let local = |error: std::io::Error| Fault::new(FaultKind::Local, format!("cannot run psql: {error}"));
    psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = psql.spawn().map_err(local)?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut said = String::new();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut input = input?;
            // A broken pipe means that psql has stopped at an error, which it has told.
            input.write_all(SILENT.as_bytes()).ok()?;
            messages.into_iter().try_for_each(|message| input.write_all(message.as_bytes())).ok()
        });
        let errors = scope.spawn(move || {
            let mut text = Vec::new();
            errors.map(|mut errors| errors.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        });
        for _ in output.into_iter().flat_map(|output| BufReader::new(output).split(b'\n')).take_while(Result::is_ok) {
            line();
        }
        said = errors.join().unwrap_or_default();
    });
    let status = child.wait().map_err(local)?;
    if status.success() {
        return Ok(());
    }
    let reason = said.lines().find(|line| line.contains("ERROR") || line.contains("FATAL")).or(said.lines().next());
    let what = format!("the sample fleet could not be made: {}", shown(reason.unwrap_or("psql said nothing")));
    Err(Fault::new(FaultKind::Server, what))
}
