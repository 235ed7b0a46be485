//! Follows a run to its end: what matters as lines, how far it is as one line that changes. Must not end the run when it is left.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::{code, words};
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::paper::{Progress, narrate};
use crate::cli::reading::wait;
use crate::cli::verbs::Answer;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{End, Life, RunState};
use crate::domain::units;
use crate::plan::Plan;
use crate::runs::{Follower, Record};

/// How often the journal is looked at.
const RHYTHM: Duration = Duration::from_millis(100);
/// How often it is said how far it is where no line can be written over.
const SELDOM: Duration = Duration::from_secs(10);

/// How following came to its end.
enum Left {
    Ended(End),
    Interrupted,
    Detached,
}

/// Follows a run until it ends, its worker dies, or Ctrl-C. The exit code is that of the run.
pub(in crate::cli) fn follow(record: &Record) -> Result<Answer, Failure> {
    let mut follower = Follower::open(record)?;
    let left = wait(to_the_end(&mut follower))??;
    let run = record.folder.id.short();
    let state = follower.state();
    let (code, text) = match left {
        Left::Detached => {
            narrate(&format!(
                "run {run} goes on\n  `tenantry runs attach {run}` follows it, `tenantry runs stop {run}` ends it\n"
            ));
            return Ok(Answer { text: String::new(), note: None, code: ExitCode::Cancelled });
        }
        Left::Ended(end) => (code(Some(end)), ended(run, end, state)),
        Left::Interrupted => {
            let counts = words::counts(&state.counts);
            (code(None), format!("run {run} was interrupted: {counts}\n`tenantry runs resume {run}` does the rest\n"))
        }
    };
    Ok(Answer { text, note: None, code })
}

async fn to_the_end(follower: &mut Follower) -> Result<Left, Fault> {
    // Listened for from here on, also before the first time that anything is waited for.
    let mut interrupted = signal(SignalKind::interrupt())
        .map_err(|error| Fault::new(FaultKind::Local, format!("cannot listen for Ctrl-C: {error}")))?;
    let mut ticks = tokio::time::interval(RHYTHM);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut screen = Screen::default();
    loop {
        tokio::select! {
            _ = interrupted.recv() => return Ok(Left::Detached),
            _ = ticks.tick() => {}
        }
        // Asked first, so that what a worker wrote last is read after it.
        let alive = follower.has_worker();
        let plan = std::sync::Arc::clone(follower.plan());
        let mut lines = Vec::new();
        follower.each(|entry, state| lines.extend(words::event(&entry.event, state, &plan)))?;
        screen.tell(&lines, follower.state(), &plan, follower.folder().id.short());
        if let Life::Ended(end) = follower.state().life {
            return Ok(Left::Ended(end));
        }
        if !alive && !follower.has_worker() {
            return Ok(Left::Interrupted);
        }
    }
}

/// Lines that stay, and below them one that changes; where nothing can be written over, that one comes now and then.
#[derive(Default)]
struct Screen {
    progress: Progress,
    told: Option<Instant>,
}

impl Screen {
    fn tell(&mut self, lines: &[String], state: &RunState, plan: &Plan, run: &str) {
        if !lines.is_empty() {
            self.progress.clear();
            narrate(&(lines.join("\n") + "\n"));
        }
        let now = progress(state, plan, run, Timestamp::now());
        if io::stderr().is_terminal() {
            self.progress.show(&now);
        } else if self.told.is_none_or(|told| told.elapsed() >= SELDOM) {
            // The first time there is nothing to tell yet.
            if self.told.is_some() {
                narrate(&(now + "\n"));
            }
            self.told = Some(Instant::now());
        }
    }
}

/// How far a run is: `run F2K9X4: wave 1 of 2  1,204 of 9,000 (13 %)  2 failed  85/s  2 m left`.
fn progress(state: &RunState, plan: &Plan, run: &str, now: Timestamp) -> String {
    let counts = state.counts;
    let (settled, total) = (counts.settled(), counts.total());
    let part = state.stage.map_or_else(|| "not begun".to_owned(), |id| words::stage(plan, id));
    let percent = u64::from(settled) * 100 / u64::from(total.max(1));
    let mut parts = vec![
        format!("run {run}: {part}"),
        format!("{} of {} ({percent} %)", units::count(settled.into()), units::count(total.into())),
    ];
    // What takes long is told of one target: the first of those in flight.
    if let Some((id, now)) = state.progress.iter().min_by_key(|(id, _)| **id) {
        let of = format!("{} {} of {}", now.part.word(), units::count(now.done.into()), units::count(now.of.into()));
        let rows = if now.rows > 0 { format!(", {} rows", units::count(now.rows)) } else { String::new() };
        parts.push(format!("{}: {of}{rows}", words::target(plan, *id)));
    }
    let bad = counts.failed + counts.dirty;
    parts.extend((bad > 0).then(|| format!("{} failed", units::count(bad.into()))));
    match &state.life {
        Life::Paused(why) => parts.push(format!("paused: {}", words::pause(plan, why))),
        Life::Stopping { .. } => parts.push(format!("stopping: {} in flight", counts.running)),
        Life::Halted(why) => parts.push(format!("halted: {}", words::halt(why))),
        _ => {
            if let Some(rate) = state.rate(now).filter(|rate| *rate > 0.0) {
                let left = SignedDuration::from_secs((f64::from(counts.open()) / rate) as i64);
                parts.push(if rate < 10.0 { format!("{rate:.1}/s") } else { format!("{rate:.0}/s") });
                parts.push(format!("{} left", units::span(left)));
            }
        }
    }
    parts.join("  ")
}

/// What a person wants to know at the end.
fn ended(run: &str, end: End, state: &RunState) -> String {
    let took = state.began.as_ref().zip(state.last).map(|((_, began), last)| last.duration_since(*began));
    let took = took.map_or(String::new(), |took| format!(", {}", units::span(took)));
    let counts = words::counts(&state.counts);
    let word = match end {
        End::Done => "is done",
        End::DoneWithFailures => "ended with failures",
        End::Stopped => "was stopped",
        End::Halted => "halted",
        End::Waiting => "waits",
    };
    let more = match end {
        End::Done => String::new(),
        End::Waiting => format!(
            "`tenantry migrate --run {run} --jit SCHEMA` brings one up to date, `tenantry runs resume {run}` all that wait\n"
        ),
        _ => format!("`tenantry runs show {run}` says what is left and why\n"),
    };
    format!("run {run} {word}: {counts}{took}\n{more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::{Backend, Entry, Event, How, Part, Person};
    use crate::plan::sample;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    #[test]
    fn the_line_says_stage_share_rate_and_what_is_left() {
        let mut state = RunState::new((0..8).map(|_| (1, 1)));
        let by = Person { user: "ada".into(), host: "bastion".into() };
        let tell = |state: &mut RunState, event: Event| {
            state.apply(&Entry { n: state.n + 1, at: at(100), event }).expect("legal");
        };
        let said = |state: &RunState| progress(state, &sample::plan(&[]), "F2K9X4", at(102));
        assert_eq!(said(&state), "run F2K9X4: not begun  0 of 8 (0 %)");
        tell(&mut state, Event::Began { by: by.clone(), pid: 1, plan: "a".into(), targets: 8, version: "1".into() });
        tell(&mut state, Event::Stage { stage: 1 });
        let backend = Backend { pid: 1, start_us: 1 };
        tell(&mut state, Event::Started { targets: vec![0, 1], database: 0, backend });
        let now = crate::domain::run::Progress { part: Part::Rows, done: 30, of: 1_200, rows: 4_000, bytes: 0 };
        tell(&mut state, Event::Progress { target: 1, progress: now });
        assert_eq!(said(&state), "run F2K9X4: wave 1 of 2  0 of 8 (0 %)  target 1: rows 30 of 1,200, 4,000 rows");
        for target in 0..2 {
            tell(&mut state, Event::Applied { target, how: How::Found, ms: 1 });
        }
        assert_eq!(said(&state), "run F2K9X4: wave 1 of 2  2 of 8 (25 %)  1.0/s  6 s left");
        tell(&mut state, Event::Paused { why: crate::domain::run::Pause::GoAhead { stage: 2 } });
        assert_eq!(said(&state), "run F2K9X4: wave 1 of 2  2 of 8 (25 %)  paused: wave 2 of 2 waits for a go-ahead");
        tell(&mut state, Event::Stopping { by, cancel: false });
        tell(&mut state, Event::Ended { end: End::Stopped });
        let said = ended("F2K9X4", End::Stopped, &state);
        assert_eq!(
            said,
            "run F2K9X4 was stopped: 2 ok, 6 pending, 0 ms\n`tenantry runs show F2K9X4` says what is left and why\n"
        );
    }
}
