//! What is kept of a run: by its fold, which the worker has too, and by the console that shows it, beyond the plan. It must grow with
//! targets and not with what happens to them.

use jiff::Timestamp;
use tenantry::action::{Key, Keymap};
use tenantry::domain::fleet::Fleet;
use tenantry::domain::roles::Policy;
use tenantry::domain::run::{Backend, Cause, CauseKind, Entry, Event, Person, RunId, RunState};
use tenantry::plan::Plan;
use tenantry::tui::model::{Model, Title};
use tenantry::tui::msg::Msg;
use tenantry::tui::runs::{Listing, RunSummary};
use tenantry::tui::theme;
use tenantry::tui::update;

use crate::bars::Bars;
use crate::memory::live;
use crate::times::say;

/// Bytes for each target, beyond the plan.
const BAR: f64 = 200.0;
/// So many times every target is tried again for the second figure.
const AGAIN: u32 = 10;
/// What may be more after them: lists that are full at some length.
const FLAT_KB: f64 = 64.0;
/// How many entries are told at once.
const PIECE: usize = 1_000;

pub(crate) fn measure(plan: &Plan, bars: &mut Bars) {
    let targets = plan.targets.len() as f64;
    let before = live();
    let mut state = RunState::new(plan.outline());
    let mut story = Story::new(plan);
    story.tell(&mut |entries| entries.iter().for_each(|entry| state.apply(entry).expect("legal")), 1);
    let once = live();
    bars.most("kept by the fold for each target", (once - before) as f64 / targets, BAR, " B");
    story.tell(&mut |entries| entries.iter().for_each(|entry| state.apply(entry).expect("legal")), AGAIN);
    flat("the fold", once, story.n, bars);
    drop(state);

    let mut model = model(plan);
    let id = id();
    let opened = Msg::RunOpened { id: id.clone(), plan: Box::new(plan.clone()) };
    let before = live();
    update(&mut model, opened);
    let mut story = Story::new(plan);
    let mut follow = |entries: &[Entry]| {
        update(&mut model, Msg::RunEntries { id: id.clone(), entries: entries.to_vec(), is_alive: true });
    };
    story.tell(&mut follow, 1);
    let once = live();
    bars.most("kept by the console for each target", (once - before) as f64 / targets, BAR, " B");
    story.tell(&mut follow, AGAIN);
    flat("the console", once, story.n, bars);
    let followed = model.runs.followed(&id).expect("it is followed");
    assert_eq!((followed.state.n, &followed.fault), (story.n, &None), "everything was taken in");
}

fn flat(who: &str, before: usize, events: u64, bars: &mut Bars) {
    let more = live().saturating_sub(before) as f64 / 1024.0;
    say(&format!("{who} has taken {events} events in"));
    bars.most(&format!("more kept by {who} after {AGAIN} times the events"), more, FLAT_KB, " kB");
}

fn id() -> RunId {
    RunId("01JD8X5T0QY6N3W4Z9K7B2C8MF".into())
}

/// The console with the pane of a run open, of which nothing was read yet.
fn model(plan: &Plan) -> Model {
    let fleet = Fleet::new([("bench".to_owned(), Policy::default())]);
    let mut model = Model::new(Title::default(), fleet, Keymap::default(), theme::DEFAULT.to_owned());
    (model.size, model.now) = ((80, 24), now());
    let run = RunSummary::new(id(), plan, &RunState::new(plan.outline()), true);
    update(&mut model, Msg::Key(Key::char('5')));
    update(&mut model, Msg::Runs(Listing { runs: vec![run], ..Listing::default() }));
    update(&mut model, Msg::Key(Key::plain(tenantry::action::Code::Enter)));
    assert_eq!(model.wanted_run(), Some(id()), "its pane is open");
    model
}

fn now() -> Timestamp {
    "2026-01-05T14:02:11Z".parse().expect("a timestamp")
}

/// What happens in a run, told in pieces.
struct Story {
    n: u64,
    targets: u32,
    first: Vec<Event>,
}

impl Story {
    fn new(plan: &Plan) -> Self {
        let targets = plan.targets.len() as u32;
        let by = Person { user: "dba".into(), host: "bastion".into() };
        let began = Event::Began { by, pid: 1, plan: plan.hash(), targets, version: "0".into() };
        let stages = (0..plan.stages.len() as u16).map(|stage| Event::Stage { stage });
        Self { n: 0, targets, first: std::iter::once(began).chain(stages).collect() }
    }

    /// Every target is started and has to be tried again, so many times.
    fn tell(&mut self, take: &mut impl FnMut(&[Entry]), times: u32) {
        let mut piece = Vec::new();
        let first = std::mem::take(&mut self.first);
        let targets = self.targets;
        let tried = (0..times).flat_map(|_| 0..targets).flat_map(|target| {
            let backend = Backend { pid: 900 + (target % 4).cast_signed(), start_us: 1 };
            let cause = Cause {
                kind: CauseKind::Contention,
                sqlstate: Some("55P03".into()),
                what: format!("could not obtain lock number {}", target % 7),
                statement: Some(1),
                hint: None,
            };
            let retry = Event::Retry { target, cause, wait_ms: Some(250) };
            [Event::Started { targets: vec![target], database: 0, backend }, retry]
        });
        for event in first.into_iter().chain(tried) {
            self.n += 1;
            let at = now() + jiff::SignedDuration::from_millis(self.n.cast_signed());
            piece.push(Entry { n: self.n, at, event });
            if piece.len() == PIECE {
                take(&piece);
                piece.clear();
            }
        }
        take(&piece);
    }
}
