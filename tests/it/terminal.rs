//! The console in a real terminal: its life and its end, silence, sizes, hostile names. What the screens show is tested elsewhere.

pub(crate) mod pty;
mod runs;
mod tenants;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use pty::Pty;
use rustix::process::Signal;
use tenantry::demo::ClusterOptions;

use crate::support;

/// Nobody listens there.
const NOBODY: &str = "host=127.0.0.1 port=1 user=app dbname=nowhere";

fn opened_on_nothing() -> Pty {
    let mut pty = Pty::console(NOBODY, &[]);
    pty.wait("down");
    pty
}

/// The sample fleet, read completely.
fn opened_on_fleet(variables: &[(&str, &str)]) -> Pty {
    let mut pty = Pty::console(&support::demo_fleet().dsn(), variables);
    pty.wait_until("all facts", |screen| {
        let text = screen.contents();
        text.contains("as of 2") || (text.contains("as of") && !text.contains("as of –") && !text.contains("reading"))
    });
    pty
}

#[test]
fn a_dead_server_is_said_and_the_keys_answer() {
    let mut pty = opened_on_nothing();
    pty.wait("connection refused");
    // What comes at once after Esc is one key with it.
    for (key, text, back) in [("?", "half a page down", "\x1b"), (":", "run", "\x03"), ("x", "┌ actions", "\x1b")] {
        pty.keys(key);
        pty.wait(text);
        pty.keys(back);
        pty.wait_until("what was before", |screen| {
            let text_now = screen.contents();
            !text_now.contains(text) && text_now.contains("? help  q quit")
        });
    }
    pty.keys("q");
    assert_eq!(pty.ended(), 0);
    pty.assert_given_back();
    pty.wait("tenantry: nowhere, nothing read from 1 database");
}

#[test]
fn the_first_frame_does_not_wait_for_any_server() {
    // Nobody takes what comes there, so that connecting takes long.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("a port").port();
    let mut pty = Pty::console(&format!("host=127.0.0.1 port={port} user=app dbname=far"), &[]);
    pty.wait("q quit");
    assert!(!pty.text().contains("down"), "the server was waited for: {}", pty.text());
    pty.keys("q");
    assert_eq!(pty.ended(), 0);
}

#[test]
fn every_signal_that_ends_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut pty = opened_on_nothing();
        pty.signal(signal);
        assert_eq!(pty.ended(), code, "{signal:?}");
        pty.assert_given_back();
    }
}

#[test]
fn a_lost_terminal_ends_the_process() {
    let mut pty = opened_on_nothing();
    pty.lose("p");
    pty.ended();
}

#[test]
fn a_lost_terminal_is_noticed_without_any_signal() {
    // In a session of its own the process gets no SIGHUP when the terminal goes.
    let script = format!("trap '' HUP; exec setsid --wait {} '{NOBODY}'", env!("CARGO_BIN_EXE_tenantry"));
    let mut pty = Pty::start("sh", &["-c", &script], &[]);
    pty.wait("down");
    pty.lose("p");
    assert_eq!(pty.ended(), 129);
}

#[test]
fn ctrl_c_quits_only_twice_in_a_row() {
    let mut pty = opened_on_nothing();
    pty.keys("\x03");
    pty.wait("^C once more quits");
    pty.keys("p");
    pty.wait("refresh paused");
    pty.keys("\x03");
    pty.wait("^C once more quits");
    pty.keys("\x03");
    assert_eq!(pty.ended(), 0);
    pty.assert_given_back();
}

#[test]
fn ctrl_z_stops_and_fg_brings_everything_back() {
    let mut pty = Pty::start("bash", &["--norc", "-i"], &[]);
    pty.wait("$ ");
    pty.keys(&format!("{} '{NOBODY}'\r", env!("CARGO_BIN_EXE_tenantry")));
    pty.wait("q quit");
    pty.keys("\x1a");
    pty.wait("Stopped");
    assert!(!pty.screen().alternate_screen() && !pty.screen().hide_cursor());
    pty.keys("echo shell $((40 + 2))\r");
    pty.wait("shell 42");
    pty.keys("fg\r");
    pty.wait("q quit");
    assert!(pty.screen().alternate_screen() && pty.screen().hide_cursor());
    pty.keys("?");
    pty.wait("half a page down");
    pty.keys("\x03q");
    pty.wait("tenantry: nowhere");
    pty.keys("echo still $((40 + 3)); exit\r");
    pty.wait("still 43");
}

#[test]
fn where_no_shell_could_continue_us_ctrl_z_says_so() {
    let mut pty = opened_on_nothing();
    pty.keys("\x1a");
    pty.wait("no shell to come back from");
    assert!(pty.screen().alternate_screen());
    pty.keys("q");
    assert_eq!(pty.ended(), 0);
    pty.assert_given_back();
}

#[test]
fn any_size_is_survived() {
    let mut pty = opened_on_fleet(&[]);
    for key in ["1", "2", "?", "x", ":"] {
        pty.keys("\x03");
        pty.keys(key);
        for (columns, rows) in
            [(1, 1), (500, 200), (2, 60), (59, 15), (60, 15), (200, 3), (80, 1), (1, 24), (120, 40), (80, 24)]
        {
            pty.resize(columns, rows);
            pty.settle(Duration::from_millis(30));
        }
    }
    pty.keys("\x03");
    pty.wait("tenants   as of");
    pty.resize(40, 10);
    pty.wait("needs 60x15, here 40x10");
    pty.wait("48 tenants");
    pty.resize(80, 24);
    pty.wait("tenants   as of");
    pty.keys(":q\r");
    assert_eq!(pty.ended(), 0);
    pty.assert_given_back();
}

#[test]
fn while_nothing_happens_nothing_is_sent_and_nobody_wakes() {
    let mut pty = opened_on_fleet(&[]);
    for keys in ["2", "jjj", "1"] {
        pty.keys(keys);
        pty.settle(Duration::from_millis(400));
    }
    // What was read may come in the middle: then it is looked at once more. Who wakes all the time never lets three seconds pass.
    let deadline = Instant::now() + support::DEADLINE;
    loop {
        pty.settle(Duration::from_millis(400));
        let before = wake_ups(pty.pid());
        let sent = pty.observe(Duration::from_secs(3));
        let woken = wake_ups(pty.pid()) - before;
        if sent.is_empty() && woken <= 3 {
            break;
        }
        let sent = String::from_utf8_lossy(&sent);
        assert!(Instant::now() < deadline, "{woken} wake-ups in three seconds, and {sent:?}");
    }
}

/// How often the threads of a process have gone to sleep by themselves.
fn wake_ups(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("a process");
    let of = |path: std::path::PathBuf| -> u64 {
        let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap_or("0");
        line.trim().parse().expect("a number")
    };
    tasks.map(|task| of(task.expect("a task").path())).sum()
}

#[test]
fn without_a_terminal_the_console_does_not_open() {
    let script = format!("{} '{NOBODY}' </dev/null; echo code $?", env!("CARGO_BIN_EXE_tenantry"));
    let mut pty = Pty::start("sh", &["-c", &script], &[]);
    pty.wait("code 2");
    assert!(!pty.sent().windows(6).any(|window| window == b"\x1b[?104"));
}

#[test]
fn a_killed_server_leaves_the_data_and_the_keys_and_is_found_again() {
    let mut cluster = support::own_cluster(ClusterOptions::default());
    support::run_sql(&cluster, "postgres", "CREATE SCHEMA acme; CREATE TABLE acme.orders (id int); CREATE SCHEMA bolt;");
    let mut pty = Pty::console(&cluster.dsn("postgres"), &[]);
    pty.wait("2 tenants");
    pty.keys("2");
    pty.wait("acme");
    cluster.kill().expect("the server dies");
    pty.wait("postgres down");
    pty.keys(":refr");
    pty.wait("read what has changed since, now");
    pty.keys("\x03");
    pty.wait("acme");
    assert!(pty.text().contains("2 tenants"), "{}", pty.text());
    cluster.launch().expect("the server is back");
    pty.keys("r");
    pty.wait_until("the link again", |screen| !screen.contents().contains("down"));
    pty.keys(":q\r");
    assert_eq!(pty.ended(), 0);
}
