//! What it costs to look on: the console in a terminal of 80 by 24 shows a run of 10,000 targets whose journal grows by 1,000 of them
//! a second. The time that the console takes, what it sends to the terminal and the memory that it has; then the memory of a worker
//! that does the same plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::run::{Answered, Backend, End, Event, Flight, How, Life, Now, TargetId};
use tenantry::domain::units;
use tenantry::journal::{self, Folder, Journal, Socket};
use tenantry::plan::Plan;
use tenantry::runs::{Follower, Place, Start, me, start};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;
use zeroize::Zeroizing;

use crate::Asked;
use crate::alter;
use crate::bars::Bars;
use crate::growth;
use crate::memory::{cpu, resident};
use crate::pty::Pty;
use crate::schemas::{self, Schemas};
use crate::times::say;

const USUAL: u32 = 10_000;
/// Targets a second.
const PACE: f64 = 1_000.0;
/// Targets that are noted ahead on one connection.
const BATCH: u32 = 16;
/// The share of one core, in percent.
const CPU_BAR: f64 = 5.0;
const KB_BAR: f64 = 1.0;
const MEMORY_BAR: f64 = 64.0;
/// How long anything may take here.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let tenants = asked.tenants.as_ref().and_then(|sizes| sizes.first().copied()).unwrap_or(USUAL);
        let schemas = Schemas::make(tenants, None).await?;
        let folder = tempfile::tempdir().expect("a folder");
        schemas::write_applied(folder.path());
        alter::write_next(folder.path(), 0);
        let plan = schemas.plan(folder.path(), alter::policy()).await?;
        growth::measure(&plan, bars);

        let state = tempfile::tempdir().expect("a folder");
        let mut pty = Pty::console(&schemas.dsn, &[("XDG_STATE_HOME", state.path().to_str().expect("a path of text"))]);
        let is_timed =
            |text: &str| text.split("as of ").nth(1).is_some_and(|time| time.starts_with(|c: char| c.is_ascii_digit()));
        until(&mut pty, "everything to be read", |text| is_timed(text) && !text.contains("reading"))?;
        let (before, _) = resident(pty.pid()).expect("the console is there");
        let place = Place::own(&state.path().join("tenantry"))?;
        let mut worked = Worked::new(&place, &plan)?;
        tokio::spawn(answer(worked.folder.clone(), Arc::clone(&worked.next)));
        pty.keys("5");
        until(&mut pty, "the run", |text| text.contains(worked.folder.id.short()))?;
        pty.keys("\r");
        until(&mut pty, "its pane", |text| text.contains(&format!("0 of {}", units::count(tenants.into()))))?;
        followed(&mut pty, &mut worked, bars)?;
        let (now, most) = resident(pty.pid()).expect("the console is there");
        let schemas_too = units::count(tenants.into());
        say(&format!(
            "the console with {schemas_too} schemas had {before:.0} MB before, and {most:.0} MB at most at any time"
        ));
        bars.most("memory of the console", now, MEMORY_BAR, " MB");
        drop((pty, worked));
        at_work(&schemas, plan, bars)
    })
}

/// A run whose worker this is: it writes as fast as it should, whatever the server and this machine could do.
struct Worked {
    folder: Folder,
    journal: Journal,
    /// The next target.
    next: Arc<AtomicU32>,
    targets: u32,
}

impl Worked {
    fn new(place: &Place, plan: &Plan) -> Result<Self, Fault> {
        let folder = journal::create(&place.root, journal::fresh_id(), plan)?;
        let (mut journal, _) = Journal::open(&folder)?;
        let targets = plan.targets.len() as u32;
        let began = Event::Began { by: me(), pid: 4_242, plan: plan.hash(), targets, version: "0.1.0".into() };
        journal.append(began)?;
        for stage in 0..plan.stages.len() as u16 {
            journal.append(Event::Stage { stage })?;
        }
        journal.flush()?;
        Ok(Self { folder, journal, next: Arc::default(), targets })
    }

    /// One batch, as a connection of the worker has it.
    fn batch(&mut self) -> Result<(), Fault> {
        let from = self.next.load(Ordering::Relaxed);
        let targets: Vec<TargetId> = (from..self.targets.min(from + BATCH)).collect();
        self.next.store(from + targets.len() as u32, Ordering::Relaxed);
        let backend = Backend { pid: 900 + (from / BATCH % 4).cast_signed(), start_us: 1 };
        self.journal.append(Event::Started { targets: targets.clone(), database: 0, backend })?;
        self.journal.flush()?;
        for target in targets {
            self.journal.append(Event::Applied { target, how: How::Committed(700 + u64::from(target)), ms: 1 })?;
        }
        self.journal.flush()
    }
}

/// Answers on the control socket as a worker does: four targets are in flight.
async fn answer(folder: Folder, next: Arc<AtomicU32>) {
    let listener = UnixListener::bind(Socket::file(&folder.path)).expect("a socket");
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut asked = String::new();
        let _gone = BufReader::new(&mut stream).read_line(&mut asked).await;
        let from = next.load(Ordering::Relaxed);
        let flight =
            |at: u32| Flight { target: from.saturating_sub(at + 1), ms: u64::from(at % 3), pid: 900, waits_for: None };
        let answered = Answered::Ok(Now { flights: (0..4).map(flight).collect(), concurrency: 4 });
        let line = serde_json::to_string(&answered).expect("JSON") + "\n";
        let _gone = stream.write_all(line.as_bytes()).await;
    }
}

/// Writes the run to its end and measures what the console makes of it.
fn followed(pty: &mut Pty, worked: &mut Worked, bars: &mut Bars) -> Result<(), Fault> {
    let began = Instant::now();
    let (used, sent) = (cpu(pty.pid()).expect("the console"), pty.sent().len());
    while worked.next.load(Ordering::Relaxed) < worked.targets {
        worked.batch()?;
        let due = Duration::from_secs_f64(f64::from(worked.next.load(Ordering::Relaxed)) / PACE);
        pty.observe(due.saturating_sub(began.elapsed()));
    }
    let seconds = began.elapsed().as_secs_f64();
    let used = cpu(pty.pid()).expect("the console") - used;
    let kilobytes = (pty.sent().len() - sent) as f64 / 1024.0;
    let rate = f64::from(worked.targets) / seconds;
    say(&format!("{} targets in {seconds:.1} s, {rate:.0} a second", units::count(worked.targets.into())));
    bars.most("time of the console, of one core", used / seconds * 100.0, CPU_BAR, " %");
    bars.most("sent to the terminal", kilobytes / seconds, KB_BAR, " kB/s");
    let all = format!("{0} of {0}", units::count(worked.targets.into()));
    until(pty, "its end", |text| text.contains(&all))
}

/// Lets a real worker do the plan as fast as it can, and looks what memory it takes.
fn at_work(schemas: &Schemas, plan: Plan, bars: &mut Bars) -> Result<(), Fault> {
    let state = tempfile::tempdir().expect("a folder");
    let place = Place::own(state.path())?;
    let secrets = Zeroizing::new(schemas.target()?.hand_over().to_string());
    let id = start(&place, Start { plan, by: me(), secrets, program: env!("CARGO_BIN_EXE_tenantry").into() })?;
    let mut follower = Follower::open(&place.find(&id.0)?)?;
    follower.more()?;
    let worker = follower.state().worker.as_ref().expect("a worker").0;
    let (began, mut memory) = (Instant::now(), 0.0_f64);
    while follower.has_worker() {
        memory = resident(worker).map_or(memory, |(_, most)| memory.max(most));
        std::thread::sleep(Duration::from_millis(50));
    }
    follower.more()?;
    if follower.state().life != Life::Ended(End::Done) {
        return Err(Fault::new(FaultKind::Server, format!("the run did not do all: {:?}", follower.state().counts)));
    }
    let (many, seconds) = (units::count(follower.state().counts.applied.into()), began.elapsed().as_secs_f64());
    say(&format!("a worker applied the same plan to {many} schemas in {seconds:.1} s"));
    bars.most("memory of the worker at most", memory, MEMORY_BAR, " MB");
    Ok(())
}

/// Waits until the screen shows something.
fn until(pty: &mut Pty, what: &str, right: impl Fn(&str) -> bool) -> Result<(), Fault> {
    let began = Instant::now();
    while !right(&pty.text()) {
        pty.observe(Duration::from_millis(100));
        if began.elapsed() > PATIENCE {
            let screen = pty.text();
            return Err(Fault::new(FaultKind::Local, format!("waited in vain for {what}; the screen shows\n{screen}")));
        }
    }
    Ok(())
}
