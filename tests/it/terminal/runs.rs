//! Screen 5 on real journals: what a worker writes is seen, what it leaves is told. The worker here is this test.

use std::path::Path;

use rustix::process::Signal;
use tenantry::domain::run::{Backend, Event, How, RunId};
use tenantry::journal::{self, Folder, Journal};

use super::NOBODY;
use super::pty::Pty;
use crate::console::runs::{Story, names, plan};

/// A run of so many targets whose worker we are.
struct Worked {
    folder: Folder,
    journal: Journal,
    next: u32,
}

impl Worked {
    fn new(state: &Path, targets: usize) -> Self {
        let plan = plan(&["eu-1"], &names(targets));
        let root = journal::root(&state.join("tenantry"));
        std::fs::create_dir_all(&root).expect("a folder");
        let folder = journal::create(&root, RunId("01JD8X5T0QY6N3W4Z9K7B2C8MF".into()), &plan).expect("a run");
        let (journal, entries) = Journal::open(&folder).expect("a journal");
        assert_eq!(entries, []);
        let mut worked = Self { folder, journal, next: 0 };
        for entry in Story::new(plan).entries {
            worked.tell(entry.event);
        }
        for stage in 0..=3 {
            worked.tell(Event::Stage { stage });
        }
        worked.journal.flush().expect("written");
        worked
    }

    fn tell(&mut self, event: Event) {
        self.journal.append(event).expect("taken");
    }

    fn apply(&mut self, count: u32) {
        let targets: Vec<u32> = (self.next..self.next + count).collect();
        self.next += count;
        self.tell(Event::Started { targets: targets.clone(), database: 0, backend: Backend { pid: 7, start_us: 1 } });
        for target in targets {
            self.tell(Event::Applied { target, how: How::Committed(5), ms: 1 });
        }
        self.journal.flush().expect("written");
    }
}

fn console(state: &Path) -> Pty {
    Pty::console(NOBODY, &[("XDG_STATE_HOME", state.to_str().expect("a path of text"))])
}

#[test]
fn a_run_is_followed_as_its_worker_writes_and_found_interrupted_when_that_is_gone() {
    let state = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(state.path(), 1_200);
    let mut pty = console(state.path());
    pty.wait("q quit");
    pty.keys("5");
    pty.wait("B2C8MF");
    pty.wait("1 run · 1 going on");
    pty.keys("\r");
    pty.wait("0 of 1,200");
    worked.apply(400);
    pty.wait("400 of 1,200");
    worked.apply(200);
    pty.wait("600 of 1,200");
    // The log of a target is read from the journal.
    let started = Event::Started { targets: vec![600], database: 0, backend: Backend { pid: 7, start_us: 1 } };
    worked.tell(started);
    worked.journal.flush().expect("written");
    pty.wait("tenant_00600");
    pty.keys("\x1b[Z");
    pty.wait("› IN FLIGHT");
    pty.keys("l");
    pty.wait("started 0016_add_vip on pid 7");
    pty.keys("\x1b");
    let Worked { folder, journal, .. } = worked;
    drop(journal);
    pty.wait("interrupted");
    // Another one takes it up where it was left.
    let (mut journal, entries) = Journal::open(&folder).expect("the journal again");
    let again = entries.first().expect("the first entry").event.clone();
    journal.append(again).expect("taken");
    journal.flush().expect("written");
    pty.wait("in doubt 1");
    pty.keys("q");
    pty.wait("1 run · 1 going on");
}

#[test]
fn a_console_that_stands_still_keeps_no_worker_waiting() {
    let state = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(state.path(), 60_000);
    let mut pty = console(state.path());
    pty.wait("q quit");
    pty.keys("5");
    pty.wait("B2C8MF");
    pty.keys("\r");
    pty.wait("0 of 60,000");
    pty.signal(Signal::STOP);
    // Far more than any pipe between the two could hold.
    for _ in 0..59 {
        worked.apply(1_000);
    }
    let journal = std::fs::metadata(worked.folder.path.join("journal.jsonl")).expect("a journal");
    assert!(journal.len() > 4 << 20, "{}", journal.len());
    pty.signal(Signal::CONT);
    pty.wait("59,000 of 60,000");
    worked.apply(1_000);
    pty.wait("60,000 of 60,000");
}

#[test]
fn a_run_that_goes_on_is_told_after_quitting() {
    let state = tempfile::tempdir().expect("a folder");
    let mut worked = Worked::new(state.path(), 1_200);
    worked.apply(300);
    let mut pty = console(state.path());
    pty.wait("q quit");
    pty.keys("5");
    pty.wait("B2C8MF");
    pty.keys("\r");
    pty.wait("300 of 1,200");
    pty.keys("\x03\x03");
    assert_eq!(pty.ended(), 0);
    pty.assert_given_back();
    pty.wait("it goes on: tenantry runs attach B2C8MF");
}
