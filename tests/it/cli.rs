//! The built program as people and scripts call it: what goes to which stream, with which exit code, and that nothing hostile
//! gets through.

mod activity;
mod capacity;
mod clone;
mod diff;
mod django;
mod drift;
mod drops;
mod fleet;
mod jit;
mod majors;
mod migrate;
mod misuse;
mod placement;
mod runs;
mod terminal;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::output;

/// The program with an empty home, so that no file of whoever runs the tests is read; no terminal at all, so that nothing waits
/// for a person.
fn tenantry(home: &Path) -> Command {
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(env!("CARGO_BIN_EXE_tenantry"));
    clean(&mut command, home);
    command.stdin(Stdio::null());
    command
}

fn clean(command: &mut Command, home: &Path) {
    command.env_clear().env("HOME", home).env("LANG", "C.UTF-8").env("TZ", "UTC").env("TERM", "xterm-256color");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
        command.env("LLVM_PROFILE_FILE", profile);
    }
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(home: &Path, arguments: &[&str]) -> Said {
    said(tenantry(home).args(arguments))
}

fn said(command: &mut Command) -> Said {
    let output = output(command);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    Said { code: output.status.code().expect("no signal"), out: text(&output.stdout), err: text(&output.stderr) }
}

impl Said {
    /// The data of a call that went well and had nothing to tell.
    fn data(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }
}

/// An empty home.
pub(crate) fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Writes a `fleet.toml` where a person has it.
fn configure(home: &Path, text: &str) {
    let folder = home.join(".config/tenantry");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("fleet.toml"), text).expect("a file");
}

/// An environment of `fleet.toml` with these labels and connection strings.
fn environment(name: &str, databases: &[(&str, &str)]) -> String {
    let quoted = |dsn: &str| format!("\"{}\"", dsn.replace('\\', "\\\\").replace('"', "\\\""));
    let database =
        |(label, dsn): &(&str, &str)| format!("[[env.{name}.database]]\nlabel = \"{label}\"\ndsn = {}\n", quoted(dsn));
    databases.iter().map(database).collect()
}
