//! Reads the fleet once for a headless verb, with a line of progress, and tells what is missing. Must not know how it is printed.

use std::collections::BTreeMap;

use super::exit::ExitCode;
use super::failure::{Failure, told};
use super::paper::{Progress, narrate};
use super::prompt;
use crate::config::Environment;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{Database, Fleet, FleetEvent, Link, Note, Severity};
use crate::domain::name::shown;
use crate::domain::units;
use crate::observer::plan::Wanted;
use crate::observer::{self, Depth, Target};
use crate::plan::Plan;
use crate::runs;
use crate::{domain, drift};

/// The databases of an environment, with passwords asked for where one is needed and none is known.
pub(super) fn targets(environment: &Environment) -> Result<Vec<Target>, Failure> {
    targets_of(environment, None)
}

/// The same, or only the database of this name.
pub(super) fn targets_of(environment: &Environment, only: Option<&str>) -> Result<Vec<Target>, Failure> {
    let mut targets = observer::targets(environment)?;
    if let Some(only) = only {
        let labels: Vec<String> = targets.iter().map(|target| shown(&target.label).into_owned()).collect();
        targets.retain(|target| target.label == only);
        if targets.is_empty() {
            let what = format!("there is no database {} in this environment", shown(only));
            return Err(Failure::usage(what, format!("It has {}.", labels.join(", "))));
        }
    }
    let mut progress = Progress::default();
    progress.show("connecting");
    let mut told_trouble = String::new();
    let unlocked = wait(observer::unlock(&mut targets, &mut |what, file_trouble| {
        progress.clear();
        if let Some(trouble) = file_trouble.filter(|trouble| *trouble != told_trouble) {
            narrate(&told(trouble, None));
            trouble.clone_into(&mut told_trouble);
        }
        prompt::ask(what)
    }))?;
    drop(progress);
    match unlocked {
        Ok(()) => Ok(targets),
        Err(fault) if prompt::is_cancel(&fault) => Err(Failure::Fault(ExitCode::Cancelled, fault)),
        // The others can be read: this one will say itself that it wants a password.
        Err(fault) if targets.len() > 1 => {
            narrate(&told(&fault.what, fault.hint.as_deref()));
            Ok(targets)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Runs something that waits for databases.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Fault::new(FaultKind::Local, format!("cannot start threads: {error}")))?;
    Ok(runtime.block_on(future))
}

/// Reads everything once, and judges it where it was read so deeply. What could not be read is told on stderr and decides the exit
/// code.
pub(super) fn fleet(targets: Vec<Target>, depth: Depth) -> Result<(Fleet, ExitCode), Failure> {
    let mut watched = Watched::new(&targets);
    let mut fleet = wait(observer::read_once(targets, depth, |event| watched.see(event)))?;
    if depth.has_drift() {
        drift::judge(&mut fleet);
    }
    drop(watched);
    let complete = fleet.databases.iter().filter(|database| tell(database, depth)).count();
    let code = if complete == fleet.databases.len() { ExitCode::Done } else { ExitCode::Incomplete };
    Ok((fleet, code))
}

/// The plan of what is wanted, with a line of progress.
pub(super) fn plan(targets: Vec<Target>, wanted: Wanted) -> Result<Plan, Failure> {
    let mut watched = Watched::new(&targets);
    Ok(runs::told_of_logout(wait(observer::plan::plan(targets, wanted, |event| watched.see(event)))??))
}

/// The plan of a drop, with a line of progress.
pub(super) fn drop_plan(targets: Vec<Target>, wanted: observer::drop::Wanted) -> Result<Plan, Failure> {
    let mut watched = Watched::new(&targets);
    Ok(runs::told_of_logout(wait(observer::drop::plan(targets, wanted, |event| watched.see(event)))??))
}

/// The plan of a rename, with a line of progress.
pub(super) fn rename_plan(targets: Vec<Target>, wanted: observer::rename::Wanted) -> Result<Plan, Failure> {
    let mut watched = Watched::new(&targets);
    Ok(runs::told_of_logout(wait(observer::rename::plan(targets, wanted, |event| watched.see(event)))??))
}

/// The plan of a clone, with a line of progress.
pub(super) fn clone_plan(targets: Vec<Target>, wanted: observer::clone::Wanted) -> Result<Plan, Failure> {
    let mut watched = Watched::new(&targets);
    Ok(runs::told_of_logout(wait(observer::clone::plan(targets, wanted, |event| watched.see(event)))??))
}

/// The line of progress: what is done to each database.
struct Watched {
    labels: Vec<String>,
    doing: BTreeMap<u16, String>,
    progress: Progress,
}

impl Watched {
    fn new(targets: &[Target]) -> Self {
        let labels = targets.iter().map(|target| shown(&target.label).into_owned()).collect();
        Self { labels, doing: BTreeMap::new(), progress: Progress::default() }
    }

    fn see(&mut self, event: &FleetEvent) {
        match event {
            FleetEvent::Progress(id, now) => self.doing.insert(id.0, words(*now)),
            FleetEvent::Link(id, Link::Connecting) => self.doing.insert(id.0, "connecting".to_owned()),
            FleetEvent::Refreshed(id, ..) | FleetEvent::Link(id, Link::Down { .. }) => self.doing.remove(&id.0),
            _ => return,
        };
        let label = |id: u16| self.labels.get(usize::from(id)).map_or("", String::as_str);
        let part = |(id, words): (&u16, &String)| format!("{}: {words}", label(*id));
        let line = self.doing.iter().map(part).collect::<Vec<_>>().join("  ");
        self.progress.show(&line);
    }
}

/// Where a reading is: `structure 1,200 of 12,034`.
fn words(now: domain::fleet::Progress) -> String {
    let part = now
        .part
        .map_or(String::new(), |(done, of)| format!(" {} of {}", units::count(done.into()), units::count(of.into())));
    format!("{}{part}", now.pass.word())
}

/// Tells what is missing of a database; gives whether nothing is.
fn tell(database: &Database, depth: Depth) -> bool {
    let (ledgers, structures) = (database.drift_read.ledgers, database.drift_read.structures);
    let label = shown(&database.label);
    let missing = if let Link::Down { fault, .. } = &database.link {
        Some(fault.clone())
    } else if let Some(Err(fault)) = &database.registry {
        Some(fault.clone())
    } else if database.as_of.is_none() {
        Some(Fault::new(FaultKind::Server, "not everything could be read"))
    } else if depth.has_drift() && !(ledgers && structures) {
        let what = if ledgers { "structures" } else { "ledgers" };
        Some(Fault::new(FaultKind::Server, format!("not all {what} could be read")))
    } else if depth.pressure && !matches!(database.readings, Some(Ok(_))) {
        let unread = || Fault::new(FaultKind::Server, "what wears the server could not be read");
        Some(database.readings.as_ref().and_then(|read| read.as_ref().err()).cloned().unwrap_or_else(unread))
    } else {
        None
    };
    if let Some(fault) = &missing {
        narrate(&told(&format!("{label}: {}", fault.what), fault.hint.as_deref()));
    }
    missing.is_none()
}

/// Tells what is worth looking at in the whole of each database: for lists, not for one schema.
pub(super) fn tell_notes(fleet: &Fleet) {
    for (one, other) in fleet.twins() {
        let what = format!("{}: its tenants are listed twice", fleet.same_database(one, other));
        let hint = "One may be a standby or a restored copy: give it an environment of its own in fleet.toml.";
        narrate(&told(&what, Some(hint)));
    }
    for database in &fleet.databases {
        // The pass that failed has left a note of the fault that is told already.
        let failed = database.registry.as_ref().and_then(|registry| registry.as_ref().err());
        let is_new = |note: &&Note| failed.is_none_or(|fault| !note.text.contains(&fault.what));
        for note in database.notes.iter().filter(|note| note.severity >= Severity::Warn).filter(is_new) {
            narrate(&told(&format!("{}: {}", shown(&database.label), note.text), note.hint.as_deref()));
        }
    }
}

/// Tells what was configured for the judgement and could not be had.
pub(super) fn tell_drift(fleet: &Fleet) {
    for fault in &fleet.drift.faults {
        narrate(&told(&fault.what, fault.hint.as_deref()));
    }
}
