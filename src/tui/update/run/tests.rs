//! Key scripts on screen 5: what is asked of a worker, what is refused, which journal is read.

use jiff::{Timestamp, ToSpan as _};

use crate::action::{Key, Keymap};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent, Severity};
use crate::domain::question::Question;
use crate::domain::roles::Policy;
use crate::domain::run::{
    Backend, Cause, CauseKind, Control, End, Entry, Event, Flight, How, Now, Pause, Person, RunId, TargetId,
};
use crate::plan::{EnvironmentName, Kind, Plan, RunPolicy, sample};
use crate::tui::model::{Model, Title, View};
use crate::tui::msg::{Effect, Msg};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::signal::Process;
use crate::tui::runs::{Followed, Listing};
use crate::tui::screens::compare::Subject;
use crate::tui::update;

fn id() -> RunId {
    RunId("01JD8X5T0QY6N3W4Z9K7B2C8MF".into())
}

fn dba() -> Person {
    Person { user: "dba".into(), host: "bastion2".into() }
}

fn start() -> Timestamp {
    "2026-11-20T14:02:00Z".parse().unwrap()
}

fn plan(targets: u32) -> Plan {
    let names: Vec<String> = (0..targets).map(|at| format!("tenant_{at:05}")).collect();
    Plan {
        kind: Kind::Migrate { to: "crm 0016_add_vip".into() },
        environment: EnvironmentName { name: "prod".into(), production: true },
        policy: RunPolicy::usual(true),
        as_of: start(),
        ..sample::wave(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn entries(from: u64, at: Timestamp, events: Vec<Event>) -> Vec<Entry> {
    (from..).zip(events).map(|(n, event)| Entry { n, at, event }).collect()
}

fn began(targets: u32) -> Vec<Event> {
    let began = Event::Began { by: dba(), pid: 1, plan: plan(targets).hash(), targets, version: "0".into() };
    vec![began, Event::Stage { stage: 0 }]
}

fn started(targets: std::ops::Range<TargetId>) -> Event {
    Event::Started { targets: targets.collect(), database: 0, backend: Backend { pid: 900, start_us: 1 } }
}

fn applied(target: TargetId) -> Event {
    Event::Applied { target, how: How::Committed(7), ms: 3 }
}

fn failed(target: TargetId) -> Event {
    let what = "column \"tier\" does not exist".into();
    let (sqlstate, statement) = (Some("42703".into()), Some(1));
    Event::Failed { target, cause: Cause { kind: CauseKind::Statement, sqlstate, what, statement, hint: None }, ms: 4 }
}

/// A console on screen 5 with one run in its list.
fn console(write: bool, events: Vec<Event>, is_alive: bool) -> Model {
    let fleet = Fleet::new(["crm".to_owned()].map(|label| (label, Policy::default())));
    let title = Title { environment: "prod".into(), write, ..Title::default() };
    let mut model = Model::new(title, fleet, Keymap::default(), "terminal".into());
    update(&mut model, Msg::Clock(start()));
    let mut followed = Followed::new(id(), plan(6));
    followed.take(&entries(1, start(), events), is_alive);
    assert_eq!(followed.fault, None);
    assert_eq!(typed(&mut model, "5"), [Effect::ListRuns]);
    update(&mut model, Msg::Runs(Listing { runs: vec![followed.summary()], took_ms: 1, ..Listing::default() }));
    model
}

/// The same with the pane open and its journal read.
fn opened(write: bool, events: Vec<Event>, is_alive: bool) -> Model {
    let mut model = console(write, events.clone(), is_alive);
    assert_eq!(typed(&mut model, "enter"), [Effect::FollowRun(id())]);
    update(&mut model, Msg::RunOpened { id: id(), plan: Box::new(plan(6)) });
    update(&mut model, Msg::RunEntries { id: id(), entries: entries(1, start(), events), is_alive });
    model
}

fn typed(model: &mut Model, script: &str) -> Vec<Effect> {
    script.split(' ').flat_map(|text| update(model, Msg::Key(Key::parse(text).unwrap()))).collect()
}

fn said(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |notice| &notice.text)
}

fn running() -> Vec<Event> {
    let mut events = began(6);
    events.extend([started(0..4), applied(0), failed(1)]);
    events
}

#[test]
fn p_pauses_what_runs_and_lets_go_on_what_pauses() {
    let mut model = opened(true, running(), true);
    assert_eq!(typed(&mut model, "P"), [Effect::ControlRun(id(), Control::Pause)]);
    let more = entries(6, start(), vec![Event::Paused { why: Pause::Person { by: dba() } }]);
    update(&mut model, Msg::RunEntries { id: id(), entries: more, is_alive: true });
    assert_eq!(typed(&mut model, "P"), [Effect::ControlRun(id(), Control::Resume)]);
    let more = entries(7, start(), vec![Event::Paused { why: Pause::GoAhead { stage: 1 } }]);
    update(&mut model, Msg::RunEntries { id: id(), entries: more, is_alive: true });
    assert_eq!(typed(&mut model, "P"), [Effect::ControlRun(id(), Control::GoAhead)]);
    update(&mut model, Msg::RunTold { id: id(), control: Control::GoAhead, answer: Ok(()) });
    assert_eq!(said(&model), "the run goes on");
    let fault = Fault::new(FaultKind::Local, "the worker does not answer");
    update(&mut model, Msg::RunTold { id: id(), control: Control::Pause, answer: Err(fault) });
    assert_eq!(said(&model), "the worker does not answer");
}

#[test]
fn k_stops_only_after_a_yes_and_once_more_cancels() {
    let mut model = opened(true, running(), true);
    for refusal in ["K n", "K esc", "K enter", "K q", "K K esc"] {
        assert_eq!(typed(&mut model, refusal), [], "{refusal}");
        assert_eq!(model.overlays, []);
    }
    assert_eq!(typed(&mut model, "K y"), [Effect::ControlRun(id(), Control::Stop { cancel: false })]);
    let more = entries(6, start(), vec![Event::Stopping { by: dba(), cancel: false }]);
    update(&mut model, Msg::RunEntries { id: id(), entries: more, is_alive: true });
    assert_eq!(typed(&mut model, "K y"), [Effect::ControlRun(id(), Control::Stop { cancel: true })]);
    let more = entries(7, start(), vec![Event::Stopping { by: dba(), cancel: true }]);
    update(&mut model, Msg::RunEntries { id: id(), entries: more, is_alive: true });
    assert_eq!(typed(&mut model, "K"), []);
    assert_eq!((said(&model), model.overlays.len()), ("it is being cancelled already", 0));
}

#[test]
fn a_read_only_console_looks_and_says_why_it_does_no_more() {
    let mut model = opened(false, running(), true);
    for key in ["P", "K", "R"] {
        assert_eq!(typed(&mut model, key), []);
        assert!(said(&model).starts_with("this console is read-only"), "{key}: {}", said(&model));
    }
    assert_eq!(typed(&mut model, "l"), [Effect::ReadLog(id(), 1)]);
}

#[test]
fn what_cannot_be_asked_is_refused_with_the_reason() {
    let mut done = running();
    done.truncate(2);
    done.push(started(0..6));
    done.extend((0..6).map(applied));
    done.push(Event::Ended { end: End::Done });
    for (events, is_alive, key, why) in [
        (done.clone(), false, "P", "the run has ended"),
        (done.clone(), false, "K", "the run has ended"),
        (done, false, "R", "nothing failed in this run"),
        (running(), false, "K", "no worker works on it"),
    ] {
        let mut model = opened(true, events, is_alive);
        assert_eq!(typed(&mut model, key), []);
        assert_eq!(said(&model), why, "{key}");
    }
    let mut model = opened(true, running(), false);
    assert_eq!(typed(&mut model, "P"), [Effect::ResumeRun(id())], "one that was interrupted is taken up");
    let mut model = opened(true, running(), false);
    assert_eq!(typed(&mut model, "R"), [Effect::RetryRun(id())]);
    model.title.environment = "staging".into();
    assert_eq!(typed(&mut model, "R P"), [], "a worker would be given the way to other databases");
    assert_eq!(said(&model), "it is a run of prod, which is not open here");
    let mut model = opened(true, running(), true);
    assert_eq!(typed(&mut model, "R"), [Effect::ControlRun(id(), Control::Retry)]);
}

#[test]
fn a_journal_is_read_while_its_pane_or_what_was_opened_from_it_is_shown() {
    let mut model = opened(true, running(), true);
    let effects = typed(&mut model, "d");
    assert_eq!(effects, [Effect::OpenSchema(crate::domain::fleet::DatabaseId(0), "tenant_00001".into())]);
    assert_eq!(model.view, View::Compare);
    let subject = Subject::Schema(crate::domain::fleet::DatabaseId(0), "tenant_00001".into());
    assert_eq!(model.compared.as_ref().unwrap().screen.subject(), &subject);
    // Coming back costs nothing: it was read on.
    assert_eq!(typed(&mut model, "esc"), []);
    assert_eq!((model.view, model.runs_screen.opened()), (View::Runs, Some(&id())));
    assert_eq!(typed(&mut model, "2"), [Effect::UnfollowRun]);
    assert_eq!(typed(&mut model, "5"), [Effect::FollowRun(id())], "the pane is where it was left");
    let effects = typed(&mut model, "esc");
    assert_eq!(effects, [Effect::ListRuns, Effect::UnfollowRun]);
    assert_eq!((model.view, model.runs_screen.opened()), (View::Runs, None));
    assert_eq!(typed(&mut model, "esc"), []);
    assert_eq!(model.view, View::Fleet);
}

#[test]
fn the_end_of_a_run_reads_again_what_it_changed() {
    let mut model = opened(true, running(), true);
    let ended = |at| entries(6, at, vec![Event::Stopping { by: dba(), cancel: true }, Event::Ended { end: End::Stopped }]);
    let told = |model: &mut Model, entries| update(model, Msg::RunEntries { id: id(), entries, is_alive: true });
    let refreshed = FleetEvent::Refreshed(DatabaseId(0), start() + 5.seconds(), 1);
    assert_eq!(told(&mut model, ended(start())), [], "nothing was read yet: what comes is of after it");
    update(&mut model, Msg::Facts(vec![refreshed]));
    assert_eq!(told(&mut model, ended(start())), [], "it had ended before");
    let again = Effect::Refresh { which: None, full: false };
    assert_eq!(told(&mut model, ended(start() + 9.seconds())), [again]);
}

#[test]
fn entries_of_a_run_that_is_not_followed_are_dropped() {
    let mut model = opened(true, running(), true);
    let other = RunId("01JD8X5T0QY6N3W4Z9K7B2C8ZZ".into());
    let before = model.runs.clone();
    update(
        &mut model,
        Msg::RunEntries { id: other.clone(), entries: entries(6, start(), vec![applied(2)]), is_alive: true },
    );
    update(&mut model, Msg::RunOpened { id: other, plan: Box::new(plan(3)) });
    assert_eq!(model.runs, before);
}

#[test]
fn a_damaged_journal_is_told_and_keeps_what_was_read() {
    let mut model = opened(true, running(), true);
    update(&mut model, Msg::RunEntries { id: id(), entries: entries(9, start(), vec![applied(2)]), is_alive: true });
    let followed = model.runs.followed(&id()).unwrap();
    assert!(followed.fault.as_ref().unwrap().what.contains("number 6 was expected"));
    assert_eq!(followed.state.counts.applied, 1);
}

#[test]
fn runs_are_listed_in_a_rhythm_only_while_they_are_shown() {
    let mut model = console(true, running(), true);
    let at = |seconds: i64| Msg::Clock(start() + seconds.seconds());
    assert_eq!(model.next_tick(), Some(crate::tui::runs::RHYTHM));
    assert_eq!(update(&mut model, at(1)), []);
    assert_eq!(update(&mut model, at(2)), [Effect::ListRuns]);
    assert_eq!(update(&mut model, at(3)), [], "one question at a time");
    update(&mut model, Msg::Runs(Listing::default()));
    typed(&mut model, "2");
    assert_eq!(model.next_tick(), None);
    assert_eq!(update(&mut model, at(60)), []);
    // Screen 1 shows live runs and asks on while there are any.
    typed(&mut model, "1");
    assert_eq!(model.next_tick(), None);
}

#[test]
fn a_log_opens_over_its_run_and_nowhere_else() {
    let mut model = opened(true, running(), true);
    let log = Msg::RunLog { id: id(), target: 1, entries: Ok(entries(5, start(), vec![failed(1)])) };
    update(&mut model, log.clone());
    assert!(matches!(model.overlays.last(), Some(Overlay::Explain(_))));
    typed(&mut model, "esc 2");
    update(&mut model, log);
    assert_eq!(model.overlays, []);
}

#[test]
fn a_run_that_goes_on_after_quitting_is_told_in_the_scrollback() {
    let model = opened(true, running(), true);
    let farewell = model.farewell();
    let expected = "run B2C8MF migrate crm 0016_add_vip: running, 2 of 6, 1 failed; it goes on: tenantry runs attach B2C8MF";
    assert_eq!(farewell.lines().last(), Some(expected));
    let model = opened(true, running(), false);
    assert!(!model.farewell().contains("run B2C8MF"), "nobody works on it");
}

/// Draws frames into bytes as they go to the terminal.
struct Screen {
    terminal: ratatui::Terminal<crate::tui::canvas::Canvas<Vec<u8>>>,
    theme: crate::tui::theme::Theme,
}

impl Screen {
    fn new() -> Self {
        let terminal = ratatui::Terminal::new(crate::tui::canvas::Canvas::new(Vec::new(), (80, 24))).unwrap();
        let theme = crate::tui::theme::Theme::load("terminal", None, crate::tui::theme::ColourDepth::Ansi16).unwrap();
        Self { terminal, theme }
    }

    /// The bytes that were sent so far.
    fn draw(&mut self, model: &Model) -> u64 {
        let glyphs = crate::tui::glyph::Glyphs::unicode();
        let look = crate::tui::screens::Look { theme: &self.theme, glyphs: &glyphs };
        self.terminal.draw(|frame| crate::tui::frame::view(model, &look, frame)).unwrap();
        self.terminal.backend().counted().bytes
    }
}

#[test]
fn a_thousand_targets_a_second_are_less_than_a_kilobyte_a_second() {
    const TARGETS: u32 = 12_000;
    const SECONDS: u32 = 10;
    let mut model = console(true, began(6), true);
    typed(&mut model, "enter");
    update(&mut model, Msg::RunOpened { id: id(), plan: Box::new(plan(TARGETS)) });
    update(&mut model, Msg::RunEntries { id: id(), entries: entries(1, start(), began(TARGETS)), is_alive: true });
    let mut screen = Screen::new();
    let before = screen.draw(&model);
    let (mut n, mut target) = (3, 0);
    for quarter in 1..=SECONDS * 4 {
        let at = start() + i64::from(quarter * 250).milliseconds();
        let mut events = Vec::new();
        for _ in 0..25 {
            events.push(started(target..target + 10));
            events.extend((target..target + 10).map(applied));
            target += 10;
        }
        let more = entries(n, at, events);
        n += more.len() as u64;
        update(&mut model, Msg::Clock(at));
        update(&mut model, Msg::RunEntries { id: id(), entries: more, is_alive: true });
        // Asked once a second.
        if quarter % 4 == 0 {
            let flight = |at| Flight { target: target + at, ms: u64::from(at) * 3, pid: 900, waits_for: None };
            let now = Now { flights: (0..4).map(flight).collect(), concurrency: 4 };
            update(&mut model, Msg::RunNow { id: id(), now: Ok(now) });
        }
        screen.draw(&model);
    }
    let sent = screen.draw(&model) - before;
    assert_eq!(model.runs.followed(&id()).unwrap().state.counts.applied, 10_000);
    assert!(sent / u64::from(SECONDS) < 1_000, "{} bytes a second", sent / u64::from(SECONDS));
}

#[test]
fn how_many_at_once_is_asked_before_it_is_changed() {
    let mut model = opened(true, running(), true);
    let wish = |now| vec![Effect::ControlRun(id(), Control::Concurrency { now })];
    assert_eq!(typed(&mut model, "+ + + enter"), wish(6), "the first key asks");
    assert_eq!(typed(&mut model, "- - enter"), wish(3));
    assert_eq!(typed(&mut model, "+ backspace 1 6 enter"), wish(16));
    assert_eq!(typed(&mut model, "+ enter"), [], "as it is");
    assert_eq!(typed(&mut model, "+ 9 9 9 enter"), []);
    assert_eq!(model.overlays.len(), 1, "no number of connections");
    assert_eq!(typed(&mut model, "esc : c o n c u r r e n c y space 8 enter"), wish(8));
    let now = Now { flights: vec![], concurrency: 4 };
    update(&mut model, Msg::RunNow { id: id(), now: Ok(now) });
    let more = entries(6, start(), vec![Event::Concurrency { now: 8, why: "dba asked for it".into() }]);
    update(&mut model, Msg::RunEntries { id: id(), entries: more, is_alive: true });
    assert_eq!(model.runs.followed(&id()).unwrap().at_once(), 8);
    for (write, is_alive, why) in [(false, true, "this console is read-only"), (true, false, "no worker works on it")] {
        let mut model = opened(write, running(), is_alive);
        assert_eq!(typed(&mut model, "+ : c o n c u r r e n c y space 8 enter"), []);
        typed(&mut model, "esc +");
        assert!(said(&model).starts_with(why), "{}", said(&model));
    }
}

#[test]
fn a_command_without_its_word_says_which_one_it_wants() {
    let mut model = opened(true, running(), true);
    assert_eq!(typed(&mut model, ": r e n a m e space enter"), []);
    let overlays = format!("{:?}", model.overlays);
    assert!(overlays.contains("a word is wanted: rename NEW"), "{overlays}");
    let said = super::super::command::run(&mut model, "drop");
    assert_eq!(said, Err("a word is wanted: drop DATABASE/SCHEMA".to_owned()));
    for (head, _) in crate::tui::overlays::palette::WITH_WORD {
        let said = super::super::command::run(&mut model, head);
        assert!(said.is_ok() || said.is_err_and(|why| why.starts_with("a word is wanted: ")), "{head}");
    }
    assert_eq!(super::super::command::run(&mut model, "renam"), Err("there is no command renam".to_owned()));
}

#[test]
fn what_is_in_doubt_waits_for_what_can_tell_of_it() {
    let dropping = crate::plan::drop::Dropping { what: "acme".into(), archive: None, each: Vec::new() };
    for (kind, says) in [
        (plan(6).kind, "their ledgers will tell whether it was committed"),
        (Kind::Drop(Box::new(dropping)), "what is there of them will tell whether it was committed"),
    ] {
        let plan = Plan { kind, ..plan(6) };
        let mut events = vec![
            Event::Began { by: dba(), pid: 1, plan: plan.hash(), targets: 6, version: "0".into() },
            Event::Stage { stage: 0 },
        ];
        events.extend([started(0..1), Event::InDoubt { target: 0, why: "the connection was lost".into() }]);
        let mut model = console(true, events.clone(), true);
        typed(&mut model, "enter");
        update(&mut model, Msg::RunOpened { id: id(), plan: Box::new(plan) });
        update(&mut model, Msg::RunEntries { id: id(), entries: entries(1, start(), events), is_alive: true });
        assert_eq!(model.runs_screen.status(&model.context()), says);
    }
}

#[test]
fn the_list_is_filtered_and_written_as_other_lists_are() {
    let mut model = console(true, running(), true);
    assert_eq!(model.shown_rows().len(), 1);
    typed(&mut model, "/ M I G R A T E enter");
    assert_eq!(model.shown_rows().len(), 1, "{:?}", model.runs_screen);
    typed(&mut model, "/ x enter");
    assert_eq!((model.shown_rows().len(), model.chosen_run()), (0, None));
    assert_eq!(typed(&mut model, "enter K"), [], "what is not shown is not meant");
    assert_eq!(said(&model), "there is no run under the cursor");
    typed(&mut model, "esc");
    assert_eq!((model.view, model.shown_rows().len()), (View::Runs, 1), "esc shows all again");
    let effects = typed(&mut model, "e enter");
    let [Effect::Export(export)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((export.path.to_str(), export.rows), (Some("runs.csv"), 1));
    assert!(export.text.starts_with("run,state,alive,kind,migration,"), "{}", export.text);
    let mut model = opened(true, running(), true);
    let effects = typed(&mut model, "e enter");
    let [Effect::Export(export)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((export.path.to_str(), export.rows), (Some("run-B2C8MF.csv"), 6));
    assert!(export.text.contains("tenant_00001,wave,failed,1,0,0,false,4,"), "{}", export.text);
}

/// A console on screen 6 with one session, the cursor on it.
fn watching(write: bool) -> Model {
    let mut model = console(write, running(), true);
    typed(&mut model, "6");
    let session = crate::domain::session::Session { pid: 4_711, ..Default::default() };
    let facts = crate::domain::session::SessionFacts { sessions: vec![session], ..Default::default() };
    let answer = Box::new(Ok(crate::domain::question::Answer::Sessions(facts)));
    update(&mut model, Msg::Answer { database: DatabaseId(0), question: Question::Sessions, answer });
    typed(&mut model, "j");
    model
}

#[test]
fn k_on_screen_6_looks_once_more_asks_and_only_a_yes_does_it() {
    let mut model = watching(true);
    let process = |terminate| Process { database: "crm".into(), pid: 4_711, terminate };
    assert_eq!(typed(&mut model, "K"), [Effect::Look(process(false))]);
    assert_eq!(typed(&mut model, "y"), [], "nothing is known of it yet");
    let looked = |process, plan| Msg::Looked { process, plan: Box::new(plan) };
    update(&mut model, looked(process(true), Ok(plan(9))));
    assert_eq!(typed(&mut model, "y"), [], "an answer to another question");
    assert_eq!(typed(&mut model, "K"), [Effect::Look(process(true))], "one step further");
    update(&mut model, looked(process(true), Ok(plan(1))));
    for refusal in ["n", "esc", "enter", "q"] {
        let mut other = model.clone();
        assert_eq!(typed(&mut other, refusal), [], "{refusal}");
        assert_eq!(other.overlays, []);
    }
    assert_eq!(typed(&mut model, "y"), [Effect::Signal(Box::new(plan(1)))]);
    update(&mut model, Msg::Signalled(Ok((id(), Severity::Ok, "terminate 4711: done".into()))));
    assert_eq!(said(&model), "terminate 4711: done; it is run B2C8MF");
    assert_eq!(model.view, View::Activity, "who looks at sessions goes on to");
}

#[test]
fn a_read_only_console_asks_no_process_for_anything() {
    let mut model = watching(false);
    assert_eq!(typed(&mut model, "K"), []);
    assert!(said(&model).starts_with("this console is read-only"));
    let mut model = watching(true);
    assert_eq!(typed(&mut model, "g K"), []);
    assert_eq!(said(&model), "there is no session under the cursor");
}
