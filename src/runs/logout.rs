//! Whether a worker that is started here ends when its user logs out: logind may end what a session leaves behind, and the user's own
//! service manager ends with the last session. Neither is asked: their files are read. Must not change anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::{Note, Plan};

/// The plan with a note that its run would end when its person logs out, and what to do, where that is so.
pub fn told_of_logout(mut plan: Plan) -> Plan {
    let user = super::me().user;
    if plan.targets.is_empty() || !ends_at_logout(&root(), &user) {
        return plan;
    }
    plan.notes.push(Note {
        rule: "ends-at-logout".to_owned(),
        severity: Severity::Warn,
        refuses: false,
        place: None,
        what: "the run will not survive your logout: this machine ends what a user leaves behind".to_owned(),
        hint: Some(format!("loginctl enable-linger {}, once; then systemd-run --user --scope tenantry ...", shown(&user))),
    });
    plan
}

/// The folder in which the system's files are. In builds with debug assertions a test may say another one.
fn root() -> PathBuf {
    #[cfg(debug_assertions)]
    if let Some(folder) = std::env::var_os("TENANTRY_SYSTEM_ROOT") {
        return folder.into();
    }
    PathBuf::from("/")
}

fn ends_at_logout(root: &Path, user: &str) -> bool {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let groups = read("proc/self/cgroup");
    // A line for each hierarchy: number, controllers, path.
    let mut paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let is_in = |part: &str, prefix: &str, suffix: &str| part.starts_with(prefix) && part.ends_with(suffix);
    let part = paths.find_map(|path| {
        let mut parts = path.split('/');
        parts.find(|part| is_in(part, "session-", ".scope") || is_in(part, "user@", ".service"))
    });
    match part {
        // Lingering keeps the user's manager, not what is left of a session.
        Some(part) if part.starts_with("session-") => logind_kills(root, user),
        Some(_) => !root.join("var/lib/systemd/linger").join(user).exists(),
        None => false,
    }
}

/// Whether logind ends the processes of this user's sessions, by the words of its manual: the first of these files, then all pieces
/// by their names, of which those in `/etc` hide others.
fn logind_kills(root: &Path, user: &str) -> bool {
    const PLACES: [&str; 3] = ["etc/systemd", "run/systemd", "usr/lib/systemd"];
    let main = PLACES.iter().map(|place| root.join(place).join("logind.conf")).find(|path| path.exists());
    let mut pieces: BTreeMap<std::ffi::OsString, PathBuf> = BTreeMap::new();
    for place in PLACES {
        let entries = std::fs::read_dir(root.join(place).join("logind.conf.d")).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "conf")) {
            pieces.entry(entry.file_name()).or_insert_with(|| entry.path());
        }
    }
    let mut settings: BTreeMap<String, String> = BTreeMap::new();
    for path in main.into_iter().chain(pieces.into_values()) {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
        settings.extend(
            lines.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim().into(), value.trim().into())),
        );
    }
    let of = |key: &str| settings.get(key).map(String::as_str);
    let names = |list: &str| list.split_whitespace().any(|name| name == user);
    let kills = matches!(of("KillUserProcesses").map(str::to_lowercase).as_deref(), Some("yes" | "true" | "on" | "1"));
    let is_meant = of("KillOnlyUsers").filter(|list| !list.is_empty()).is_none_or(names);
    kills && is_meant && !names(of("KillExcludeUsers").unwrap_or("root"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        root
    }

    const SESSION: (&str, &str) = ("proc/self/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n");
    const OLD_SESSION: (&str, &str) =
        ("proc/self/cgroup", "3:cpu:/\n1:name=systemd:/user.slice/user-1000.slice/session-c3.scope\n");
    const MANAGED: (&str, &str) =
        ("proc/self/cgroup", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope\n");
    const SERVICE: (&str, &str) = ("proc/self/cgroup", "0::/system.slice/cron.service\n");
    const KILLS: (&str, &str) = ("etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=no\nKillUserProcesses = yes\n");
    const LINGERS: (&str, &str) = ("var/lib/systemd/linger/ann", "");

    #[test]
    fn what_a_session_leaves_behind_ends_where_logind_says_so() {
        let check = |files: &[(&str, &str)], user, expected| {
            assert_eq!(ends_at_logout(machine(files).path(), user), expected, "{files:?} {user}");
        };
        check(&[SESSION, KILLS], "ann", true);
        check(&[OLD_SESSION, KILLS], "ann", true);
        check(&[SESSION, KILLS, LINGERS], "ann", true);
        check(&[SESSION, KILLS], "root", false);
        check(&[SESSION], "ann", false);
        check(&[SESSION, KILLS, ("etc/systemd/logind.conf.d/50.conf", "KillUserProcesses=no")], "ann", false);
        check(&[SESSION, ("usr/lib/systemd/logind.conf.d/50.conf", "KillUserProcesses=yes")], "ann", true);
        let hidden = ("usr/lib/systemd/logind.conf.d/50.conf", "KillUserProcesses=yes");
        check(&[SESSION, hidden, ("etc/systemd/logind.conf.d/50.conf", "")], "ann", false);
        check(&[SESSION, KILLS, ("run/systemd/logind.conf.d/9.conf", "KillOnlyUsers=bob eve")], "ann", false);
        check(&[SESSION, KILLS, ("run/systemd/logind.conf.d/9.conf", "KillExcludeUsers=ann")], "ann", false);
        check(&[SERVICE, KILLS], "ann", false);
        check(&[KILLS], "ann", false);
    }

    #[test]
    fn what_the_users_manager_runs_ends_with_it_unless_it_lingers() {
        assert!(ends_at_logout(machine(&[MANAGED]).path(), "ann"));
        assert!(!ends_at_logout(machine(&[MANAGED, KILLS, LINGERS]).path(), "ann"));
        assert!(ends_at_logout(machine(&[MANAGED, LINGERS]).path(), "bob"));
    }
}
