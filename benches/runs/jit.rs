//! What a request of an application waits for that asks, just in time, for a schema that has everything: `migrate --jit` as a whole
//! process, with a plan of 10,000 targets and a journal that says that all of them are applied. No server is asked.

use std::process::Command;
use std::time::Instant;

use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::run::{Backend, End, Event, How};
use tenantry::domain::units;
use tenantry::journal::{self, Journal};
use tenantry::runs::{Place, me};

use crate::Asked;
use crate::alter;
use crate::bars::Bars;
use crate::schemas::{self, Schemas};
use crate::times::{Times, say};

const USUAL: u32 = 10_000;
const ROUNDS: usize = 21;
const BAR: f64 = 50.0;

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tenants = asked.tenants.as_ref().and_then(|sizes| sizes.first().copied()).unwrap_or(USUAL);
    let folder = tempfile::tempdir().expect("a folder");
    schemas::write_applied(folder.path());
    alter::write_next(folder.path(), 0);
    let plan = runtime.block_on(async {
        let schemas = Schemas::make(tenants, None).await?;
        schemas.plan(folder.path(), alter::policy()).await
    })?;
    let state = tempfile::tempdir().expect("a folder");
    let run = journal::create(&Place::own(&state.path().join("tenantry"))?.root, journal::fresh_id(), &plan)?;
    let (mut journal, _) = Journal::open(&run)?;
    let targets = plan.targets.len() as u32;
    journal.append(Event::Began { by: me(), pid: 1, plan: plan.hash(), targets, version: "0.1.0".into() })?;
    for stage in 0..plan.stages.len() as u16 {
        journal.append(Event::Stage { stage })?;
    }
    for target in 0..targets {
        let backend = Backend { pid: 900, start_us: 1 };
        journal.append(Event::Started { targets: vec![target], database: 0, backend })?;
        journal.append(Event::Applied { target, how: How::Committed(700), ms: 1 })?;
    }
    journal.append(Event::Ended { end: End::Done })?;
    journal.flush()?;
    drop(journal);

    let schema = &plan.targets[plan.targets.len() / 2].schema;
    let (mut whole, mut floor) = (Times::default(), Times::default());
    for _ in 0..asked.rounds.unwrap_or(ROUNDS) {
        floor.0.push(timed(state.path(), &["--version"])?);
        whole.0.push(timed(state.path(), &["migrate", "--run", "last", "--jit", schema])?);
    }
    say(&format!(
        "nothing pending, a plan of {} targets; minimum and median, as a whole process",
        units::count(targets.into())
    ));
    say(&format!("a process that does nothing {:>28.1} ms {:>8.1} ms", floor.min(), floor.median()));
    say(&format!("migrate --jit {:>42.1} ms {:>8.1} ms", whole.min(), whole.median()));
    bars.most("nothing pending, just in time (median)", whole.median(), BAR, " ms");
    Ok(())
}

/// How long the program took that must end well.
fn timed(state: &std::path::Path, arguments: &[&str]) -> Result<std::time::Duration, Fault> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    program.args(arguments).env("XDG_STATE_HOME", state).env("HOME", state);
    let began = Instant::now();
    let said = program.output().map_err(|error| Fault::new(FaultKind::Local, error.to_string()))?;
    let took = began.elapsed();
    if said.status.success() {
        Ok(took)
    } else {
        Err(Fault::new(FaultKind::Local, String::from_utf8_lossy(&said.stderr).into_owned()))
    }
}
