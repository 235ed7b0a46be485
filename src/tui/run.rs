//! The loop: waits for anything, lets `update` think, does what it asks for, draws once. Must not decide anything that `update`
//! could.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::canvas::Canvas;
use super::clipboard::{self, Between};
use super::ears::{Ears, Heard};
use super::feed::Feed;
use super::model::{Model, Title};
use super::msg::{Effect, Footprint, Msg};
use super::signals::{Deadline, Signals};
use super::stage::Stage;
use super::terminal::{self, Held, Tty};
use super::{Exit, Options, cost, export, frame, signals, update};
use crate::action::Keymap;
use crate::config::Access;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Fleet};
use crate::observer::psql::Psql;
use crate::observer::{Observer, Refresh, Target, Update};
use crate::runs::{Place, Taking};

/// How long the observer may take to cancel what runs on the servers.
const CLOSING: Duration = Duration::from_millis(400);
/// How long a suspend waits to be stopped; while stopped, no time passes.
const STOPPING: Duration = Duration::from_millis(200);

/// The console while it runs.
struct Console {
    model: Model,
    terminal: Terminal<Canvas<Tty>>,
    held: Held,
    ears: Option<Ears>,
    heard: UnboundedReceiver<Heard>,
    hearing: UnboundedSender<Heard>,
    updates: UnboundedReceiver<Update>,
    observer: Option<Observer>,
    targets: Vec<Target>,
    feed: Feed,
    news: Receiver<Msg>,
    stage: Stage,
    end: Option<(Exit, Option<Deadline>)>,
    started: Instant,
    frame_us: u64,
}

/// Opens the console; see [`super::run`].
pub(super) async fn run(options: Options) -> Result<Exit, Fault> {
    let (model, stage) = prepare(&options)?;
    let (hearing, heard) = unbounded_channel();
    let (updating, updates) = unbounded_channel();
    let (panicking, mut panicked) = unbounded_channel();
    let signals = Signals::catch(&hearing)?;
    terminal::on_panic(panicking);
    let held = Held::enter(options.mouse)?;
    let canvas = Canvas::new(Tty::open()?, model.size);
    let terminal = Terminal::new(canvas).map_err(|error| lost(&error))?;
    let (feed, news) = Feed::new(Place::of(&options.config), &options.environment);
    let ears = Some(Ears::listen(hearing.clone())?);
    let mut console = Console {
        model,
        terminal,
        held,
        ears,
        heard,
        hearing,
        updates,
        observer: None,
        targets: options.targets.clone(),
        feed,
        news,
        stage,
        end: None,
        started: Instant::now(),
        frame_us: 0,
    };
    console.draw();
    console.feed.list();
    console.observer = Some(Observer::start(options.targets, options.refresh, updating));
    tokio::select! {
        () = console.live() => {}
        _ = panicked.recv() => console.end = Some((Exit::Panicked, None)),
    }
    let exit = console.close().await;
    drop(signals);
    drop(options.guard);
    Ok(exit)
}

/// The model and the look, before the terminal is touched, so that what is wrong can be said plainly.
fn prepare(options: &Options) -> Result<(Model, Stage), Fault> {
    let environment = &options.environment;
    // A connection given on the command line has no name but that of its database.
    let first = options.targets.first().map(|target| target.label.clone()).unwrap_or_default();
    let title = Title {
        environment: if environment.name.is_empty() { first } else { environment.name.clone() },
        reach: options.reach.clone(),
        label: environment.label.clone(),
        loudness: environment.colour.into(),
        write: options.write || environment.access == Access::Write,
    };
    let (keymap, mistakes) = Keymap::with(&options.config.keys);
    if let Some(mistake) = mistakes.into_iter().next() {
        return Err(mistake.fault);
    }
    let fleet = Fleet::new(options.targets.iter().map(|target| (target.label.clone(), target.policy.clone())));
    let wanted = options.theme.as_deref().or(options.config.theme.as_deref());
    let stage = Stage::new(wanted, options.themes.clone(), options.ascii)?;
    let mut model = Model::new(title, fleet, keymap, stage.theme_name().to_owned());
    model.themes = stage.names();
    model.ascii = options.ascii;
    model.zone = TimeZone::system();
    model.size = terminal::size();
    model.now = Timestamp::now();
    model.time_zone.clone_from(&environment.time_zone);
    Ok((model, stage))
}

fn lost(error: &io::Error) -> Fault {
    Fault::new(FaultKind::Local, format!("the terminal is gone: {error}"))
}

impl Console {
    /// Lives until something ends it.
    async fn live(&mut self) {
        while self.end.is_none() {
            let mut msgs = self.wait().await;
            let now = Timestamp::now();
            msgs.insert(0, Msg::Clock(now));
            self.take(msgs).await;
            if self.end.is_none() {
                self.draw();
            }
        }
    }

    /// Waits until something happens and takes everything that is waiting then.
    async fn wait(&mut self) -> Vec<Msg> {
        let tick = self.model.next_tick();
        let mut msgs = Vec::new();
        let mut facts = Vec::new();
        tokio::select! {
            Some(heard) = self.heard.recv() => self.hear(heard, &mut msgs),
            Some(update) = self.updates.recv() => learn(update, &mut facts, &mut msgs),
            Some(msg) = self.news.recv() => msgs.push(msg),
            () = tokio::time::sleep(tick.unwrap_or_default()), if tick.is_some() => {}
        }
        while let Ok(heard) = self.heard.try_recv() {
            self.hear(heard, &mut msgs);
        }
        while let Ok(update) = self.updates.try_recv() {
            learn(update, &mut facts, &mut msgs);
        }
        while let Ok(msg) = self.news.try_recv() {
            msgs.push(msg);
        }
        if !facts.is_empty() {
            msgs.insert(0, Msg::Facts(facts));
        }
        msgs
    }

    fn hear(&mut self, heard: Heard, msgs: &mut Vec<Msg>) {
        match heard {
            Heard::Msg(msg) => msgs.push(msg),
            Heard::Resize => {
                let (columns, rows) = terminal::size();
                self.terminal.backend_mut().resize((columns, rows));
                msgs.push(Msg::Resize(columns, rows));
            }
            Heard::Resume => {
                if let Err(fault) = self.enter_again() {
                    msgs.push(Msg::Suspended(Err(fault)));
                }
            }
            Heard::End(exit, deadline) => self.end = Some((exit, Some(deadline))),
        }
    }

    /// Lets the model take messages in, and what their effects come to.
    async fn take(&mut self, msgs: Vec<Msg>) {
        let mut queue = std::collections::VecDeque::from(msgs);
        while let Some(msg) = queue.pop_front() {
            for effect in update(&mut self.model, msg) {
                // Before keys that were typed ahead: they were meant for what comes of this.
                if let Some(outcome) = self.perform(effect).await {
                    queue.push_front(outcome);
                }
                if self.end.is_some() {
                    return;
                }
            }
        }
        if let Err(fault) = self.stage.follow(&self.model.theme) {
            let kept = self.stage.theme_name().to_owned();
            update(&mut self.model, Msg::ThemeFailed { kept, fault });
        }
    }

    /// Does one effect and says what came of it, where that is worth a message.
    async fn perform(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Refresh { which, full } => {
                let how = if full { Refresh::Full } else { Refresh::Counters };
                self.observer.as_ref()?.refresh(which, how);
            }
            Effect::OpenSchema(database, name) => self.observer.as_ref()?.open_schema(database, &name),
            Effect::Ask(database, question) => self.observer.as_ref()?.ask(database, &question),
            Effect::Pause(paused) => self.observer.as_ref()?.pause(paused),
            Effect::Copy(text) => return Some(Msg::Copied(copy(&text))),
            Effect::Export(wanted) => return Some(export::save(&wanted)),
            Effect::Psql(database, name) => return Some(Msg::PsqlEnded(self.psql(database, &name).await)),
            Effect::Suspend => return Some(Msg::Suspended(self.suspend().await)),
            Effect::Redraw => self.redraw(),
            Effect::ListRuns => self.feed.list(),
            Effect::FollowRun(id) => self.feed.follow(id),
            Effect::UnfollowRun => self.feed.unfollow(),
            Effect::ControlRun(id, control) => self.feed.control(id, control),
            Effect::ResumeRun(id) => self.feed.resume(id, Taking::Rest, &self.targets),
            Effect::RetryRun(id) => self.feed.resume(id, Taking::Failed, &self.targets),
            Effect::ReadLog(id, target) => self.feed.read_log(id, target),
            Effect::StartRun(plan) => self.feed.start(*plan, &self.targets),
            Effect::BuildPlan(wanted) => self.feed.build(wanted, &self.targets),
            Effect::Look(process) => self.feed.look(process, &self.targets),
            Effect::Signal(plan) => self.feed.signal(*plan, &self.targets),
            Effect::Measure => return Some(Msg::Measured(self.footprint())),
            Effect::Quit => self.end = Some((Exit::Quit, None)),
        }
        None
    }

    /// Draws the model. What does not change on the screen costs no byte.
    fn draw(&mut self) {
        let before = Instant::now();
        let (model, look) = (&self.model, self.stage.look());
        if self.terminal.draw(|frame| frame::view(model, &look, frame)).is_err() {
            self.end = Some((Exit::Lost, Some(Deadline::start(Exit::Lost))));
        }
        self.frame_us = u64::try_from(before.elapsed().as_micros()).unwrap_or(u64::MAX);
    }

    /// Forgets what the screen is believed to show, so that the next frame is a whole one.
    fn redraw(&mut self) {
        let (columns, rows) = terminal::size();
        self.terminal.backend_mut().resize((columns, rows));
        if self.terminal.resize(Rect::new(0, 0, columns, rows)).is_err() {
            self.end = Some((Exit::Lost, None));
        }
        update(&mut self.model, Msg::Resize(columns, rows));
    }

    fn enter_again(&mut self) -> Result<(), Fault> {
        self.held.enter_again()?;
        self.terminal.backend_mut().entered_again();
        self.redraw();
        Ok(())
    }

    fn footprint(&self) -> Footprint {
        let counted = self.terminal.backend().counted();
        let (memory, cpu_ms) = cost::of_this_process();
        Footprint {
            frames: counted.frames,
            bytes: counted.bytes,
            last_frame: counted.last,
            frame_us: self.frame_us,
            memory,
            cpu_ms,
            seconds: self.started.elapsed().as_secs(),
        }
    }

    /// Stops this process and its group, as `^Z` does for any program, and comes back when the shell says so.
    async fn suspend(&mut self) -> Result<(), Fault> {
        terminal::restore();
        let stopped = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
        // The signal may reach another thread first. While we are stopped the clock of this wait stands still.
        let resumed = tokio::time::timeout(STOPPING, async {
            while let Some(heard) = self.heard.recv().await {
                match heard {
                    Heard::Resume => return,
                    Heard::End(exit, deadline) => return self.end = Some((exit, Some(deadline))),
                    Heard::Msg(_) | Heard::Resize => {}
                }
            }
        });
        let resumed = resumed.await;
        self.enter_again()?;
        stopped.map_err(|error| Fault::new(FaultKind::Local, format!("cannot be suspended: {error}")))?;
        resumed.map_err(|_| Fault::new(FaultKind::Local, "cannot be suspended: there is no shell to come back from"))
    }

    /// Lends the terminal to psql until it ends.
    async fn psql(&mut self, database: DatabaseId, name: &str) -> Result<(), Fault> {
        let Some(target) = self.targets.get(usize::from(database.0)) else { return Ok(()) };
        let server = self.model.fleet.database(database).and_then(|database| database.server.as_ref());
        let pooler = server.is_some_and(|server| server.pooler);
        let mut search_path = vec![name.to_owned()];
        search_path.extend(target.policy.extra_search_path.iter().filter(|other| *other != name).cloned());
        let psql = crate::observer::psql::psql(target, name, &search_path, pooler)?;
        let mut command = tokio::process::Command::from(psql.command());
        command.kill_on_drop(true);
        self.ears = None;
        signals::lend(true);
        terminal::restore();
        let ended = self.lent(&psql, command).await;
        signals::lend(false);
        if self.end.is_none() {
            self.enter_again()?;
            self.ears = Some(Ears::listen(self.hearing.clone())?);
        }
        ended
    }

    async fn lent(&mut self, psql: &Psql, mut command: tokio::process::Command) -> Result<(), Fault> {
        let _ = writeln!(io::stdout().lock(), "{}", psql.banner);
        let mut child = command.spawn().map_err(|error| Psql::not_started(&error))?;
        loop {
            tokio::select! {
                ended = child.wait() => {
                    return ended.map(drop).map_err(|error| Fault::new(FaultKind::Local, format!("psql was lost: {error}")));
                }
                Some(heard) = self.heard.recv() => {
                    if let Heard::End(exit, deadline) = heard {
                        self.end = Some((exit, Some(deadline)));
                        let _ = child.kill().await;
                        return Ok(());
                    }
                }
                Some(first) = self.updates.recv() => {
                    let (mut facts, mut msgs) = (Vec::new(), Vec::new());
                    learn(first, &mut facts, &mut msgs);
                    msgs.insert(0, Msg::Facts(facts));
                    for msg in msgs {
                        update(&mut self.model, msg);
                    }
                }
            }
        }
    }

    /// Gives the terminal back, leaves the last summary in the scrollback and ends the observer.
    async fn close(self) -> Exit {
        let Self { model, terminal, held, ears, observer, end, .. } = self;
        drop(ears);
        drop(terminal);
        drop(held);
        let (exit, deadline) = end.unwrap_or((Exit::Quit, None));
        if !matches!(exit, Exit::Lost) {
            let _ = writeln!(io::stdout().lock(), "{}", model.farewell());
        }
        if let Some(observer) = observer {
            let _ = tokio::time::timeout(CLOSING, observer.close()).await;
        }
        drop(deadline);
        exit
    }
}

fn copy(text: &str) -> Result<usize, Fault> {
    let sequence = clipboard::sequence(text, Between::of(|name| std::env::var(name).ok()))?;
    Tty::open()?.write_all(sequence.as_bytes()).map_err(|error| lost(&error))?;
    Ok(text.len())
}

fn learn(update: Update, facts: &mut Vec<crate::domain::fleet::FleetEvent>, msgs: &mut Vec<Msg>) {
    match update {
        Update::Fleet(event) => facts.push(event),
        Update::Schema { database, name, detail } => msgs.push(Msg::Schema { database, name, detail }),
        Update::Answer { database, question, answer } => msgs.push(Msg::Answer { database, question, answer }),
    }
}
