//! Runs with a worker that is this very test: what is handed to it, what it says before it dies, who follows and who controls it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{Answered, Control, End, Event, How, Life, Now, Person, RunId};
use crate::journal::{self, Folder, Journal, Socket};
use crate::plan::{Plan, sample};

/// What makes this test the worker of a run: the run's folder.
const WORKER: &str = "TENANTRY_TEST_WORKER";
/// A worker that nobody stops ends by itself.
const LONGEST: Duration = Duration::from_mins(1);

fn plan() -> Plan {
    sample::plan(&["a", "b"])
}

fn person() -> Person {
    Person { user: "ada \"the\" first".into(), host: "bastion".into() }
}

/// A place for runs, and a program that is this test as a worker.
struct Scene {
    state: TempDir,
    place: Place,
}

impl Scene {
    fn new() -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let place = Place::own(&state.path().join("state")).expect("a place");
        let program = state.path().join("tenantry");
        let own = std::env::current_exe().expect("this test");
        let text = format!(
            "#!/bin/sh\nexport {WORKER}=\"$2\" TENANTRY_TEST_ARGUMENTS=\"$*\"\n\
             exec '{}' --exact runs::tests::the_worker_of_the_other_tests --nocapture >/dev/null\n",
            own.display()
        );
        std::fs::write(&program, text).expect("writable");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("a mode");
        Self { state, place }
    }

    fn start(&self, secrets: &str) -> Result<RunId, Fault> {
        let secrets = Zeroizing::new(secrets.to_owned());
        let program = self.state.path().join("tenantry");
        // Another test may have just forked while our script was open for writing: it is "busy" for a moment then.
        let began = Instant::now();
        loop {
            let start = Start { plan: plan(), by: person(), secrets: secrets.clone(), program: program.clone() };
            match super::start(&self.place, start) {
                Err(fault) if fault.what.contains("busy") && began.elapsed() < LONGEST => {}
                result => return result,
            }
        }
    }

    fn resume(&self, id: &RunId) -> Result<(), Fault> {
        let secrets = Zeroizing::new("good\n".to_owned());
        super::resume(&self.place, id, &Taking::Rest, &secrets, &person(), self.state.path().join("tenantry"))
    }

    fn find(&self, id: &RunId) -> Record {
        self.place.find(&id.0).expect("a run")
    }
}

fn tell(folder: &Folder, control: Control) -> Result<Now, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(super::control(folder, &person(), control))
}

/// Waits for something that another process does.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONGEST, "{what} did not happen");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// The worker, when [`WORKER`] says whose. Otherwise there is nothing for it to do, which is what it checks.
#[test]
fn the_worker_of_the_other_tests() {
    let Some(path) = std::env::var_os(WORKER) else {
        assert!(std::env::var_os("TENANTRY_TEST_ARGUMENTS").is_none(), "a worker is told whose it is");
        return;
    };
    let path = Path::new(&path);
    let id = RunId(path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned());
    let folder = Folder { id, path: path.to_owned() };
    let mut handed = String::new();
    std::io::stdin().read_to_string(&mut handed).expect("text");
    let (_, secrets) = handed.split_once('\n').expect("a line that says who");
    let mut log = std::io::stderr();
    match secrets.trim() {
        "refuse" => {
            log.write_all(b"the password was refused\nhint: ask for it\n").expect("a log");
            std::process::exit(1);
        }
        "silent" => std::process::exit(7),
        _ => {}
    }
    let (mut journal, before) = Journal::open(&folder).expect("a journal");
    let leads = rustix::process::getsid(None).expect("a session") == rustix::process::getpid();
    let told = serde_json::json!({
        "handed": handed,
        "cwd": std::env::current_dir().expect("a folder"),
        "arguments": std::env::var("TENANTRY_TEST_ARGUMENTS").expect("arguments"),
        "leads_its_session": leads,
        "password": std::env::var("PGPASSWORD").ok(),
    });
    std::fs::write(path.join("told"), told.to_string()).expect("writable");
    let socket = Socket::file(path);
    let _of_a_former_worker = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).expect("a socket");
    journal
        .append(Event::Began { by: person(), pid: std::process::id(), plan: plan().hash(), targets: 2, version: "1".into() })
        .expect("an entry");
    journal.flush().expect("flushed");
    if secrets.trim() == "crash" && before.is_empty() {
        std::process::abort();
    }
    std::thread::spawn(|| {
        std::thread::park_timeout(LONGEST);
        std::process::exit(9);
    });
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("a line");
        let asked: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(asked["by"]["user"], person().user);
        let control: Control = serde_json::from_value(asked["control"].clone()).expect("a command");
        let answer = match control {
            Control::Concurrency { .. } => Answered::Refused("not \u{1b}[31mnow".to_owned()),
            _ => Answered::Ok(Now { flights: Vec::new(), concurrency: 3 }),
        };
        if let Control::Stop { cancel } = control {
            for event in [Event::Stopping { by: person(), cancel }, Event::Ended { end: End::Stopped }] {
                journal.append(event).expect("an entry");
            }
            journal.flush().expect("flushed");
        }
        stream.write_all(format!("{}\n", serde_json::to_string(&answer).expect("JSON")).as_bytes()).expect("heard");
        if matches!(control, Control::Stop { .. }) {
            std::process::exit(0);
        }
    }
}

#[test]
fn a_run_is_started_apart_from_us_followed_controlled_and_ends() {
    let scene = Scene::new();
    let id = scene.start("\"crm\"\thost=db1 password=hunter2\n").expect("started");
    let record = scene.find(&id);
    assert_eq!((record.word(), record.alive, record.is_interrupted()), ("running", true, false));
    assert_eq!(record.state.worker.as_ref().map(|(_, host)| host.as_str()), Some("bastion"));
    assert_eq!(*record.plan, plan());

    let told = std::fs::read_to_string(record.folder.path.join("told")).expect("it told");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let by = r#"{"user":"ada \"the\" first","host":"bastion","retry":false}"#;
    assert_eq!(told["handed"], format!("{by}\n\"crm\"\thost=db1 password=hunter2\n"));
    assert_eq!(told["arguments"], format!("worker {}", record.folder.path.display()));
    assert_eq!((&told["cwd"], &told["leads_its_session"]), (&"/".into(), &true.into()));
    for file in ["plan.json", "journal.jsonl", "worker.log", "lock"] {
        let text = std::fs::read_to_string(record.folder.path.join(file)).expect("a file");
        assert!(!text.contains("hunter2"), "{file}");
    }

    let mut follower = Follower::open(&record).expect("a follower");
    assert_eq!((follower.more(), follower.more()), (Ok(1), Ok(0)));
    assert_eq!(tell(&record.folder, Control::Now).expect("an answer").concurrency, 3);
    let refused = tell(&record.folder, Control::Concurrency { now: 9 }).expect_err("refused");
    assert_eq!(refused.what, format!("the worker of run {} refuses: not \\x1b[31mnow", id.short()));
    let twice = scene.resume(&id).expect_err("it is alive");
    assert_eq!(twice.what, format!("a worker is at run {} already", id.short()));
    assert!(follower.is_alive().expect("known"));

    tell(&record.folder, Control::Stop { cancel: false }).expect("an answer");
    eventually("its end", || !follower.is_alive().expect("known"));
    assert_eq!(follower.state().life, Life::Ended(End::Stopped), "what it wrote last was taken in");
    assert_eq!((scene.find(&id).word(), scene.find(&id).end()), ("stopped", Some(End::Stopped)));
    let gone = tell(&record.folder, Control::Pause).expect_err("nobody is there");
    assert_eq!((gone.kind, gone.what), (FaultKind::Gone, format!("nobody works on run {}", id.short())));
}

#[test]
fn a_worker_that_cannot_begin_is_told_with_its_own_words_and_leaves_no_run() {
    let scene = Scene::new();
    let said = scene.start("refuse\n").expect_err("it could not");
    assert!(said.what.ends_with(" could not begin: the password was refused; hint: ask for it"), "{}", said.what);
    let said = scene.start("silent\n").expect_err("it could not");
    assert!(said.what.ends_with(" could not begin: it ended without a word (exit status: 7)"), "{}", said.what);
    let none = Start {
        plan: plan(),
        by: person(),
        secrets: Zeroizing::new(String::new()),
        program: scene.state.path().join("none"),
    };
    let said = super::start(&scene.place, none).expect_err("there is no such program");
    assert!(said.what.starts_with("cannot start the worker of run "), "{}", said.what);
    assert_eq!(scene.place.list().expect("a list"), []);
    assert_eq!(std::fs::read_dir(&scene.place.root).expect("a folder").count(), 0);
}

#[test]
fn a_run_whose_worker_died_is_interrupted_and_can_be_resumed() {
    let scene = Scene::new();
    let id = scene.start("crash\n").expect("it began");
    eventually("its crash", || !scene.find(&id).alive);
    let record = scene.find(&id);
    assert_eq!((record.word(), record.is_interrupted(), record.end()), ("interrupted", true, None));
    scene.resume(&id).expect("resumed");
    let record = scene.find(&id);
    assert_eq!((record.word(), record.state.workers), ("running", 2));
    tell(&record.folder, Control::Stop { cancel: true }).expect("an answer");
    eventually("its end", || !scene.find(&id).alive);
    assert_eq!(scene.find(&id).end(), Some(End::Stopped));
}

#[test]
fn who_has_everything_is_known_by_its_own_lines_alone() {
    let scene = Scene::new();
    let folder = journal::create(&scene.place.root, journal::fresh_id(), &plan()).expect("a run");
    let has_all = || [0, 1, 2].map(|target| Follower::of(folder.clone()).expect("a plan").has_all(target));
    assert_eq!(has_all(), [None, None, None]);
    let mut journal = Journal::open(&folder).expect("a journal").0;
    let mut tell = |event| {
        journal.append(event).expect("an entry");
        journal.flush().expect("flushed");
    };
    tell(Event::Applied { target: 1, how: How::Found, ms: 3 });
    assert_eq!(has_all(), [None, Some((1, 3)), None], "no line of another one was needed");
    tell(Event::Vanished { target: 1, done: 0 });
    assert_eq!(has_all(), [None, None, None]);
    tell(Event::Applied { target: 1, how: How::Found, ms: 4 });
    assert_eq!(has_all()[1], Some((1, 7)));
}

#[test]
fn runs_are_listed_newest_first_and_found_by_a_piece_of_their_names() {
    let scene = Scene::new();
    assert_eq!(scene.place.list().expect("nothing yet"), []);
    let none = scene.place.find("x").expect_err("there is none");
    assert!(none.hint.is_some_and(|hint| hint.starts_with("there is none at all in ")));
    let ids: Vec<String> = ["01K0AAAAAAAAAAAAAAAAAAAAA1", "01K0AAAAAAAAAAAAAAAAAAAAB2", "01K1AAAAAAAAAAAAAAAAAAAAA3"]
        .map(String::from)
        .to_vec();
    for id in &ids {
        journal::create(&scene.place.root, RunId(id.clone()), &plan()).expect("a run");
    }
    let listed: Vec<String> =
        scene.place.list().expect("a list").into_iter().map(|record| record.expect("read").folder.id.0).collect();
    assert_eq!(listed, [ids[2].as_str(), ids[1].as_str(), ids[0].as_str()]);
    let found =
        |text: &str| scene.place.find(text).map(|record| record.folder.id.0).map_err(|fault| (fault.kind, fault.what));
    assert_eq!(found("b2"), Ok(ids[1].clone()));
    assert_eq!(found("last"), Ok(ids[2].clone()));
    assert_eq!(found("01k1"), Ok(ids[2].clone()));
    assert_eq!(found(&ids[0]), Ok(ids[0].clone()));
    let several = format!("\"01k0\" means 2 runs: {}, {}", ids[1], ids[0]);
    assert_eq!(found("01k0"), Err((FaultKind::Usage, several)));
    for none in ["K0", "", "../x", "\u{1b}"] {
        assert!(
            found(none).is_err_and(|(kind, what)| kind == FaultKind::Usage && what.starts_with("there is no run ")),
            "{none:?}"
        );
    }
    // One that is damaged is told in its place and hides no other.
    std::fs::write(scene.place.root.join(&ids[1]).join("journal.jsonl"), "hello\n").expect("writable");
    let list = scene.place.list().expect("a list");
    assert_eq!(list.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(scene.place.find("b2").expect_err("damaged"), *list[1].as_ref().expect_err("damaged"));
    assert_eq!(scene.find(&RunId(ids[0].clone())).word(), "not begun");
}

#[test]
fn a_shared_place_is_made_by_who_owns_it_and_says_how() {
    let state = tempfile::tempdir().expect("a folder");
    let folder = state.path().join("shared").to_string_lossy().into_owned();
    let config = crate::config::Config { state_dir: Some(folder.clone()), ..crate::config::Config::default() };
    let place = Place::of(&config).expect("a place");
    assert_eq!(place.root, Path::new(&folder).join("runs"));
    assert_eq!(place.list().expect("nothing there"), []);
    let start = Start { plan: plan(), by: person(), secrets: Zeroizing::new(String::new()), program: "/bin/false".into() };
    let said = super::start(&place, start).expect_err("nobody made it");
    assert_eq!(said.kind, FaultKind::Local);
    assert!(said.hint.is_some_and(|hint| hint.ends_with(&format!("install -d -m 3770 -g dba {folder}"))));
}
