//! Journals that are torn, flipped, swapped, full, written twice, and those of another time.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::domain::run::{Backend, Cause, CauseKind, End, Entry, Event, Halt, How, Pause, Person, RunId, Skip};
use crate::plan::sample;

fn noted(text: &str) -> Event {
    Event::Noted { text: text.into() }
}

/// A run of its own in a folder of its own.
fn run() -> (TempDir, Folder) {
    let state = tempfile::tempdir().expect("a folder");
    let folder = create(&root(state.path()), fresh_id(), &sample::plan(&["a", "b"])).expect("a run");
    (state, folder)
}

/// A run with these notes.
fn run_with(texts: &[&str]) -> (TempDir, Folder, Vec<Entry>) {
    let (state, folder) = run();
    let (mut journal, before) = Journal::open(&folder).expect("a journal");
    assert_eq!(before, []);
    let entries = texts.iter().map(|text| journal.append(noted(text)).expect("an entry")).collect();
    journal.flush().expect("flushed");
    (state, folder, entries)
}

fn file(folder: &Folder) -> std::path::PathBuf {
    folder.path.join("journal.jsonl")
}

fn read(folder: &Folder) -> Result<Vec<Entry>, Fault> {
    let mut reader = Reader::open(folder)?;
    let mut all = Vec::new();
    loop {
        let more = reader.more()?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("there").permissions().mode() & 0o7777
}

#[test]
fn a_new_run_is_whole_for_its_owner_alone_and_listed_newest_first() {
    let (state, first) = run();
    let root = root(state.path());
    let second = create(&root, fresh_id(), &sample::plan(&["c"])).expect("a run");
    let mut expected = vec![first.clone(), second.clone()];
    expected.sort_by(|a, b| b.id.cmp(&a.id));
    // None of these is a run.
    fs::create_dir(root.join("notes")).expect("a folder");
    fs::create_dir(root.join(fresh_id().0)).expect("a folder without a plan");
    fs::create_dir(root.join(format!(".{}.new", fresh_id()))).expect("a folder");
    fs::write(root.join(fresh_id().0), "").expect("a file");
    symlink(&first.path, root.join(fresh_id().0)).expect("a link");
    assert_eq!(list(&root).expect("a list"), expected);
    assert_eq!(list(&root.join("none")).expect("a list"), []);
    assert_eq!(plan(&first).expect("a plan"), sample::plan(&["a", "b"]));
    assert_eq!((mode(&root), mode(&first.path)), (0o700, 0o700));
    for name in ["plan.json", "journal.jsonl", "lock", LOG] {
        assert_eq!(mode(&first.path.join(name)), 0o600, "{name}");
    }
    assert_eq!(read(&first).expect("nothing yet"), []);
    assert!(create(&root, first.id.clone(), &sample::plan(&["a"])).is_err(), "a run is made once");
    assert_eq!(plan(&first).expect("a plan"), sample::plan(&["a", "b"]), "and what was there stays");
}

#[test]
fn in_a_shared_state_folder_the_group_may_read() {
    let state = tempfile::tempdir().expect("a folder");
    fs::set_permissions(state.path(), fs::Permissions::from_mode(0o3770)).expect("a mode");
    let root = prepare(state.path(), Sharing::Group).expect("a folder");
    assert_eq!(mode(&root), 0o3770);
    let folder = create(&root, fresh_id(), &sample::plan(&["a"])).expect("a run");
    assert_eq!(mode(&folder.path), 0o2750, "its files have the group of the state folder");
    for name in ["plan.json", "journal.jsonl", "lock", LOG] {
        assert_eq!(mode(&folder.path.join(name)), 0o640, "{name}");
    }
    assert_eq!(prepare(state.path(), Sharing::Group).expect("again"), root);
    let missing = prepare(&state.path().join("none"), Sharing::Group).expect_err("a shared folder is made by its owner");
    assert!(missing.what.ends_with("no such file or folder"), "{}", missing.what);
}

#[test]
fn what_was_flushed_is_read_back_and_the_next_worker_goes_on_counting() {
    let (_state, folder, entries) = run_with(&["one", "two \"quoted\"\nline", "\u{1b}[31m"]);
    let mut reader = Reader::open(&folder).expect("a reader");
    assert_eq!(reader.more().expect("entries"), entries);
    assert_eq!(reader.more().expect("nothing new"), []);
    let (mut journal, before) = Journal::open(&folder).expect("a journal");
    assert_eq!(before, entries);
    let fourth = journal.append(noted("four")).expect("an entry");
    assert_eq!(fourth.n, 4);
    assert_eq!(reader.more().expect("in memory alone"), []);
    journal.flush().expect("flushed");
    assert_eq!(reader.more().expect("entries"), [fourth]);
    let text = fs::read_to_string(file(&folder)).expect("a journal");
    assert!(text.starts_with(&format!("{{\"format\":[1,0],\"run\":\"{}\",\"crc\":\"", folder.id)), "{text}");
    assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("{\"n\":1,\"at\":\"")), "{text}");
}

#[test]
fn truncated_at_every_byte_it_is_read_up_to_its_last_whole_line_and_written_on() {
    let (_state, folder, entries) = run_with(&["one", "two", "three"]);
    let whole = fs::read(file(&folder)).expect("a journal");
    for length in 0..=whole.len() {
        fs::write(file(&folder), &whole[..length]).expect("writable");
        let lines = whole[..length].split(|byte| *byte == b'\n').count() - 1;
        let left = &entries[..lines.saturating_sub(1)];
        let mut follower = Reader::open(&folder).expect("a reader");
        assert_eq!(follower.more().expect("a torn line is waited for"), left, "{length}");
        let (mut journal, before) = Journal::open(&folder).expect("a journal");
        assert_eq!(before, left, "{length}");
        let next = journal.append(noted("next")).expect("an entry");
        journal.flush().expect("flushed");
        assert_eq!(next.n as usize, left.len() + 1);
        assert_eq!(follower.more().expect("who waited reads on"), std::slice::from_ref(&next), "{length}");
        assert_eq!(read(&folder).expect("whole"), [left, &[next]].concat(), "{length}");
    }
}

#[test]
fn what_is_told_of_one_target_is_found_without_reading_the_rest() {
    let (_state, folder) = run();
    assert_eq!(Reader::about(&folder, 1), Some(Vec::new()));
    let applied = |target| Event::Applied { target, how: How::Found, ms: 3 };
    let started = Event::Started { targets: vec![1, 12], database: 0, backend: Backend { pid: 7, start_us: 1 } };
    let vanished = Event::Vanished { target: 1, done: 0 };
    let (mut journal, _) = Journal::open(&folder).expect("a journal");
    for event in [started, applied(12), applied(1), noted("\"target\":1, and so on"), vanished.clone(), applied(11)] {
        journal.append(event).expect("an entry");
    }
    journal.flush().expect("flushed");
    assert_eq!(Reader::about(&folder, 1), Some(vec![applied(1), vanished.clone()]));
    assert_eq!(Reader::about(&folder, 12), Some(vec![applied(12)]));
    assert_eq!(Reader::about(&folder, 2), Some(Vec::new()));
    let whole = fs::read(file(&folder)).expect("a journal");
    // What a writer is at does not count yet.
    journal.append(applied(2)).expect("an entry");
    journal.flush().expect("flushed");
    let longer = fs::read(file(&folder)).expect("a journal");
    fs::write(file(&folder), &longer[..longer.len() - 1]).expect("written");
    assert_eq!(Reader::about(&folder, 2), Some(Vec::new()));
    // A line that is damaged is none to believe.
    let text = String::from_utf8(whole).expect("text").replace("\"ms\":3", "\"ms\":4");
    fs::write(file(&folder), text).expect("written");
    assert_eq!((Reader::about(&folder, 1), Reader::about(&folder, 2)), (None, Some(Vec::new())));
    fs::write(file(&folder), "{}\n").expect("written");
    assert_eq!(Reader::about(&folder, 2), None, "no journal of this run");
}

#[test]
fn every_flipped_bit_is_found_and_what_came_before_is_still_read() {
    let (_state, folder, entries) = run_with(&["one", "two", "three"]);
    let whole = fs::read(file(&folder)).expect("a journal");
    let line_of = |at: usize| whole[..at].split(|byte| *byte == b'\n').count() - 1;
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            fs::write(file(&folder), &flipped).expect("writable");
            // The last end of a line cannot be told from a line that was torn before its end.
            let is_torn = at + 1 == whole.len();
            let before = &entries[..line_of(at).saturating_sub(1).min(entries.len())];
            let mut reader = Reader::open(&folder).expect("a reader");
            let mut seen = Vec::new();
            let end = loop {
                match reader.more() {
                    Ok(more) if more.is_empty() => break Ok(()),
                    Ok(more) => seen.extend(more),
                    Err(fault) => break Err(fault),
                }
            };
            assert_eq!(seen, before, "byte {at}, bit {bit}");
            assert_eq!(end.is_ok(), is_torn, "byte {at}, bit {bit}");
            if let Err(fault) = end {
                assert!(fault.what.contains("is damaged at "), "{}", fault.what);
                assert!(reader.more().is_err(), "damage stays");
                if at % 8 != bit {
                    continue;
                }
                let refused = Journal::open(&folder).expect_err("nobody writes behind damage");
                assert_eq!(refused, fault);
                assert_eq!(fs::read(file(&folder)).expect("a journal"), flipped, "and nothing is cut off");
            }
        }
    }
}

#[test]
fn lines_that_are_missing_twice_or_swapped_are_found() {
    let (_state, folder, _) = run_with(&["one", "two", "three"]);
    let text = fs::read_to_string(file(&folder)).expect("a journal");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let [header, one, two, three] = lines.as_slice() else { panic!("{text}") };
    let said = |lines: &[&str]| {
        fs::write(file(&folder), lines.concat()).expect("writable");
        Journal::open(&folder).map(|(_, entries)| entries.len()).map_err(|fault| fault.what)
    };
    let damaged = |place: &str| format!("the journal of run {} is damaged at {place}", folder.id.short());
    assert_eq!(said(&[header, one, two, three]), Ok(3));
    assert_eq!(said(&[header, one, three]), Err(damaged("entry 2: its number is 3")));
    assert_eq!(said(&[header, two, three]), Err(damaged("entry 1: its number is 2")));
    assert_eq!(said(&[header, one, one]), Err(damaged("entry 2: its number is 1")));
    assert_eq!(said(&[header, header]), Err(damaged("entry 1: it is not understood")));
    assert_eq!(said(&[one, two]), Err(damaged("its first line: it is not understood")));
    assert_eq!(said(&[header, "\n", one]), Err(damaged("entry 1: the checksum does not fit")));
    let (_other_state, other) = run();
    let foreign = fs::read_to_string(file(&other)).expect("a journal");
    assert_eq!(said(&[foreign.as_str(), one]), Err(damaged("its first line: it belongs to another run")));
}

#[test]
fn a_newer_format_is_refused_and_a_newer_minor_one_is_read() {
    let (_state, folder, entries) = run_with(&["one"]);
    let text = fs::read_to_string(file(&folder)).expect("a journal");
    let (_, rest) = text.split_once('\n').expect("a header");
    let with_header = |json: &str| {
        let fields = json.strip_suffix('}').expect("an object");
        let header = format!("{fields},\"crc\":\"{:08x}\"}}\n{rest}", crc32fast::hash(json.as_bytes()));
        fs::write(file(&folder), header).expect("writable");
    };
    with_header(&format!("{{\"format\":[1,7],\"run\":\"{}\",\"more\":true}}", folder.id));
    assert_eq!(read(&folder).expect("understood"), entries);
    with_header("{\"format\":[2,0],\"other\":true}");
    let said = read(&folder).expect_err("refused");
    let expected = format!("the journal of run {} has format 2.0, this program knows 1.x", folder.id.short());
    assert_eq!((said.what.as_str(), said.hint.is_some()), (expected.as_str(), true));

    let path = folder.path.join("plan.json");
    let json = fs::read_to_string(&path).expect("a plan");
    fs::write(&path, "{\"format\":[2,0],\"plan\":7}").expect("writable");
    assert_eq!(plan(&folder).expect_err("refused").what, expected.replace("journal", "plan"));
    let altered = json.replace("ADD b text", "DROP b    ");
    assert_ne!(altered, json);
    fs::write(&path, altered).expect("writable");
    let said = plan(&folder).expect_err("refused").what;
    assert!(said.ends_with("is not the one that was approved: its hash does not fit"), "{said}");
    fs::write(&path, &json[..json.len() / 2]).expect("writable");
    assert!(plan(&folder).expect_err("refused").what.ends_with("is damaged"));
}

#[test]
fn a_run_has_one_writer_and_any_number_who_look() {
    let (_state, folder) = run();
    assert!(!is_alive(&folder));
    let (journal, _) = Journal::open(&folder).expect("a journal");
    assert!(is_alive(&folder));
    let said = Journal::open(&folder).expect_err("refused");
    let expected = format!("process {} works on run {} already", std::process::id(), folder.id.short());
    assert_eq!((said.kind, said.what), (FaultKind::Busy, expected));
    assert!(remove(&folder).is_err(), "a run that is worked on is not removed");
    assert_eq!(read(&folder).expect("readable"), []);
    drop(journal);
    // Another test may have just forked: its child has our files until it is another program.
    let began = std::time::Instant::now();
    while is_alive(&folder) {
        assert!(began.elapsed().as_secs() < 60, "the lock ends with its holder");
        std::thread::yield_now();
    }
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looking = scope.spawn({
            let (folder, done) = (&folder, &done);
            move || {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    is_alive(folder);
                }
            }
        });
        for _ in 0..200 {
            let opened = Journal::open(&folder).expect("who only looks is in nobody's way");
            drop(opened);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        looking.join().expect("no panic");
    });
    remove(&folder).expect("removed");
    assert!(!folder.path.exists());
    assert!(!is_alive(&folder));
}

#[test]
fn symbolic_links_and_other_things_are_refused_in_every_place() {
    let (state, folder) = run();
    let elsewhere = state.path().join("elsewhere");
    fs::rename(&folder.path, &elsewhere).expect("moved");
    symlink(&elsewhere, &folder.path).expect("a link");
    assert!(Journal::open(&folder).is_err() && plan(&folder).is_err() && Reader::open(&folder).is_err());
    assert!(!is_alive(&folder));
    fs::remove_file(&folder.path).expect("removed");
    fs::rename(&elsewhere, &folder.path).expect("moved back");
    for name in ["plan.json", "journal.jsonl", "lock", LOG] {
        let (path, aside) = (folder.path.join(name), state.path().join(name));
        fs::rename(&path, &aside).expect("moved");
        symlink(&aside, &path).expect("a link");
        let refused = match name {
            "plan.json" => plan(&folder).map(drop),
            "journal.jsonl" => Reader::open(&folder).map(drop).and(Journal::open(&folder).map(drop)),
            "lock" => Journal::open(&folder).map(drop),
            _ => log(&folder).map(drop),
        };
        let said = refused.expect_err(name).what;
        assert!(said.ends_with(": it is a symbolic link"), "{said}");
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder");
        assert!(Journal::open(&folder).is_err() || plan(&folder).is_err() || log(&folder).is_err(), "{name}");
        fs::remove_dir(&path).expect("removed");
        fs::rename(&aside, &path).expect("moved back");
    }
    Journal::open(&folder).expect("all is well again");
    // Where all runs are, too.
    let root = root(state.path());
    let moved = state.path().join("moved");
    fs::rename(&root, &moved).expect("moved");
    symlink(&moved, &root).expect("a link");
    assert!(list(&root).is_err() && create(&root, fresh_id(), &sample::plan(&["a"])).is_err());
    assert!(prepare(state.path(), Sharing::Own).is_err());
}

#[test]
fn a_full_disk_is_said_and_what_could_not_be_written_waits() {
    let (_state, folder) = run();
    let (mut journal, _) = Journal::open(&folder).expect("a journal");
    let real = std::mem::replace(&mut journal.file, OpenOptions::new().write(true).open("/dev/full").expect("/dev/full"));
    let one = journal.append(noted("one")).expect("in memory");
    for _ in 0..2 {
        let said = journal.flush().expect_err("there is no space");
        let expected = format!("cannot write the journal of run {}: no space left on the device", folder.id.short());
        assert_eq!((said.kind, said.what), (FaultKind::Local, expected));
    }
    journal.file = real;
    let two = journal.append(noted("two")).expect("in memory");
    journal.flush().expect("there is space again");
    assert_eq!(read(&folder).expect("whole"), [one, two]);
}

#[test]
fn a_disk_that_may_have_lost_something_is_never_trusted_again() {
    let (_state, folder) = run();
    let (mut journal, _) = Journal::open(&folder).expect("a journal");
    // A device takes what is written and has nothing to flush it to.
    let real = std::mem::replace(&mut journal.file, OpenOptions::new().write(true).open("/dev/null").expect("/dev/null"));
    journal.append(noted("one")).expect("in memory");
    let said = journal.flush().expect_err("it cannot be flushed");
    assert!(said.what.ends_with("and what was written before may be lost"), "{}", said.what);
    journal.file = real;
    assert_eq!(journal.flush(), Err(said));
}

fn person_strategy() -> impl Strategy<Value = Person> {
    ("\\PC{0,8}", ".{0,8}").prop_map(|(user, host)| Person { user, host })
}

fn cause_strategy() -> impl Strategy<Value = Cause> {
    let kinds = prop_oneof![Just(CauseKind::Busy), Just(CauseKind::Statement), Just(CauseKind::FellThrough)];
    let texts = (proptest::option::of("[0-9A-Z]{5}"), ".{0,40}", proptest::option::of(".{0,10}"));
    (kinds, texts, proptest::option::of(any::<u16>())).prop_map(|(kind, (sqlstate, what, hint), statement)| Cause {
        kind,
        sqlstate,
        what,
        statement,
        hint,
    })
}

fn event_strategy() -> impl Strategy<Value = Event> {
    let moment =
        (-2_000_000_000_000_i64..2_000_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).expect("in range"));
    prop_oneof![
        (person_strategy(), any::<u32>(), ".{0,9}").prop_map(|(by, pid, plan)| Event::Began {
            by,
            pid,
            plan,
            targets: pid,
            version: "0.1.0".into()
        }),
        (proptest::collection::vec(any::<u32>(), 0..20), any::<i32>(), any::<i64>()).prop_map(|(targets, pid, start_us)| {
            Event::Started { targets, database: 1, backend: Backend { pid, start_us } }
        }),
        (any::<u32>(), prop_oneof![any::<u64>().prop_map(How::Committed), Just(How::Found), Just(How::Another)])
            .prop_map(|(target, how)| Event::Applied { target, how, ms: target }),
        (any::<u32>(), cause_strategy(), proptest::option::of(any::<u32>()))
            .prop_map(|(target, cause, wait_ms)| Event::Retry { target, cause, wait_ms }),
        (any::<u32>(), any::<u16>(), cause_strategy()).prop_map(|(target, done, cause)| Event::Dirty {
            target,
            done,
            cause
        }),
        any::<u32>().prop_map(|target| Event::Skipped { target, why: Skip::LedgerMoved }),
        moment.prop_map(|until| Event::Paused { why: Pause::Window { until } }),
        person_strategy().prop_map(|by| Event::Paused { why: Pause::Person { by } }),
        proptest::option::of(person_strategy()).prop_map(|by| Event::Resumed { by }),
        (any::<u32>(), any::<u32>()).prop_map(|(failed, of)| Event::Halted { why: Halt::Share { failed, of } }),
        ".{0,60}".prop_map(|text| Event::Noted { text }),
        Just(Event::Ended { end: End::DoneWithFailures }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_flushed_in_whatever_portions_is_read_back(
        portions in proptest::collection::vec(proptest::collection::vec(event_strategy(), 0..8), 0..6),
        lost in proptest::collection::vec(event_strategy(), 0..3),
    ) {
        let (_state, folder) = run();
        let mut written: Vec<Entry> = Vec::new();
        let mut follower = Reader::open(&folder).expect("a reader");
        let mut followed = Vec::new();
        for portion in portions {
            let (mut journal, before) = Journal::open(&folder).expect("a journal");
            prop_assert_eq!(&before, &written);
            for event in portion {
                written.push(journal.append(event).expect("an entry"));
            }
            journal.flush().expect("flushed");
            followed.extend(follower.more().expect("entries"));
            prop_assert_eq!(&followed, &written);
        }
        let (mut journal, _) = Journal::open(&folder).expect("a journal");
        for event in lost {
            journal.append(event).expect("in memory");
        }
        drop(journal);
        prop_assert_eq!(read(&folder).expect("whole"), written);
    }

    #[test]
    fn however_a_write_is_cut_short_nothing_is_lost_or_doubled(sizes in proptest::collection::vec(0_usize..40, 0..40)) {
        /// Takes so many bytes each time, and none for 0.
        struct Short { sizes: Vec<usize>, got: Vec<u8> }
        impl std::io::Write for Short {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                match self.sizes.pop() {
                    Some(0) => Err(std::io::ErrorKind::StorageFull.into()),
                    Some(most) => {
                        let took = most.min(bytes.len());
                        self.got.extend_from_slice(&bytes[..took]);
                        Ok(took)
                    }
                    None => { self.got.extend_from_slice(bytes); Ok(bytes.len()) }
                }
            }
            fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
        }
        let expected: Vec<u8> = (0..=255).collect();
        let mut pending = writer::Pending { bytes: expected.clone() };
        let mut disk = Short { sizes, got: Vec::new() };
        while pending.write(&mut disk).is_err() {}
        prop_assert_eq!(disk.got, expected);
    }
}

#[test]
fn names_of_runs_differ_and_sort_by_time() {
    let ids: Vec<RunId> = (0..50).map(|_| fresh_id()).collect();
    assert!(ids.iter().all(|id| id.0.len() == 26));
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    assert!(ids.windows(2).all(|pair| pair[0].0[..10] <= pair[1].0[..10]), "{ids:?}");
}
