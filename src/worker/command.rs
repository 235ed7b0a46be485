//! A program of the application's own brings one target up to date: it runs under the lock of the schema, and what became of it is
//! read in the ledger, whatever the program says. Must not write to the schema itself.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use rustix::fs::Mode;

use super::at_hand::AtHand;
use super::child::{self, Ended, Program};
use super::job::Outcome;
use super::judge::{self, Sent, Verdict};
use super::settle;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{Backend, Cause, CauseKind, How, Skip};
use crate::pg::Spec;
use crate::pg::libpq::variables_that_lead_elsewhere;
use crate::pg::write::Refused;
use crate::plan::message::command::{Held, has_all, held};
use crate::plan::{Command, CommandLine};

/// Locks and ledgers answer quickly.
const SOON: Duration = Duration::from_mins(2);

/// Runs the program for a target, unless its ledger has everything already.
pub(super) async fn run(at_hand: &AtHand<'_>, command: &Command) -> Outcome {
    let Some(held) = held(&at_hand.common.plan, at_hand.job.target) else { return Outcome::Refused(settle::no_message()) };
    if at_hand.writer.is_pooled() {
        return Outcome::Refused(settle::needs_direct("commands"));
    }
    if let Err(refused) = at_hand.writer.send(&held.take, SOON).await {
        return judged(at_hand, refused);
    }
    let outcome = match has_everything(at_hand, command, &held).await {
        Ok(true) => Outcome::Applied(How::Another),
        Ok(false) => under_lock(at_hand, command, &held).await,
        Err(refused) => judged(at_hand, refused),
    };
    if !at_hand.writer.is_lost() {
        // A session that cannot give the lock back is closed by the loss that this shows.
        let _released = at_hand.writer.send(&held.release, SOON).await;
    }
    outcome
}

async fn under_lock(at_hand: &AtHand<'_>, command: &Command, held: &Held) -> Outcome {
    let program = program(at_hand, command);
    let ended = tokio::select! {
        ended = child::run(&program, &at_hand.common.cancel) => ended,
        // Without the lock nothing of it may go on.
        fault = at_hand.writer.lost() => {
            return match child::end_left_behind(&mark(at_hand)).await {
                Ok(()) => Outcome::Doubt(fault.what),
                Err(why) => Outcome::Doubt(why),
            };
        }
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => {
            let what = format!("the command cannot be started: {}", error.to_string().to_lowercase());
            return Outcome::Refused(cause(what, "is the program there, and its folder? Both are in the plan"));
        }
    };
    // The ledger alone is believed.
    match has_everything(at_hand, command, held).await {
        Ok(true) => Outcome::Applied(How::ByCommand),
        Ok(false) if ended.cancelled => Outcome::Untouched,
        Ok(false) => Outcome::Refused(failed(at_hand, &ended)),
        Err(refused) => judged(at_hand, refused),
    }
}

fn failed(at_hand: &AtHand<'_>, ended: &Ended) -> Cause {
    let how = match (ended.status.success(), ended.status.code()) {
        (true, _) => "the command ended well, and its ledger has not what it should have".to_owned(),
        (false, Some(code)) => format!("the command ended with exit code {code}"),
        (false, None) => format!("the command was killed ({})", ended.status),
    };
    let last = ended.last.as_ref().map(|last| format!(": {}", judge::without_name(last, &at_hand.target().schema)));
    cause(format!("{how}{}", last.unwrap_or_default()), "what it said is in the run's folder, under output/")
}

fn cause(what: String, hint: &str) -> Cause {
    Cause { kind: CauseKind::Statement, sqlstate: None, what, statement: None, hint: Some(hint.to_owned()) }
}

async fn has_everything(at_hand: &AtHand<'_>, command: &Command, held: &Held) -> Result<bool, Refused> {
    let rows = at_hand.writer.send(&held.read, SOON).await?;
    let plan = &at_hand.common.plan;
    let group = plan.group(at_hand.job.target);
    let wanted = group.and_then(|group| command.leads_to.get(*group.steps.first()? as usize));
    Ok(group.zip(wanted).is_some_and(|(group, wanted)| has_all(group.ledger.dialect, rows, wanted)))
}

fn judged(at_hand: &AtHand<'_>, refused: Refused) -> Outcome {
    if refused.lost {
        return Outcome::Doubt(refused.fault.what);
    }
    match judge::verdict(&refused, Sent::Ledger, &at_hand.target().schema) {
        Verdict::Gone => Outcome::Skipped(Skip::Gone),
        Verdict::Renamed => Outcome::Skipped(Skip::Renamed),
        Verdict::Cause(cause) | Verdict::AskLedger(cause) => Outcome::Refused(cause),
    }
}

/// What became of a target that a former worker, or a former connection, had: what is left of its program ends, and the ledger decides,
/// once the schema's lock is ours.
pub(super) async fn settle(at_hand: &AtHand<'_>, command: &Command, backend: Option<&Backend>) -> Outcome {
    let Some(held) = held(&at_hand.common.plan, at_hand.job.target) else { return Outcome::Refused(settle::no_message()) };
    if let Err(why) = child::end_left_behind(&mark(at_hand)).await {
        return Outcome::Doubt(why);
    }
    let old = backend.filter(|old| old.start_us != 0 && !at_hand.writer.is_pooled() && *old != at_hand.writer.backend());
    if let Some(old) = old
        && let Err(why) = settle::end(at_hand.writer, old).await
    {
        return Outcome::Doubt(why);
    }
    let asked = match at_hand.writer.send(&held.wait, SOON).await {
        Ok(_) => has_everything(at_hand, command, &held).await,
        Err(refused) => Err(refused),
    };
    match asked.map_err(|refused| judged(at_hand, refused)) {
        Ok(true) => Outcome::Applied(How::Found),
        Ok(false) => Outcome::Untouched,
        Err(skipped @ Outcome::Skipped(_)) => skipped,
        Err(Outcome::Refused(cause)) => Outcome::Doubt(cause.what),
        Err(other) => other,
    }
}

/// What tells the processes of a target from all others.
fn mark(at_hand: &AtHand<'_>) -> String {
    format!("{}/{}", at_hand.common.folder.display(), at_hand.job.target)
}

fn program<'a>(at_hand: &AtHand<'a>, command: &'a Command) -> Program<'a> {
    let (common, target) = (at_hand.common, at_hand.target());
    let database = usize::from(target.database);
    // A password is told by a file alone: an environment can be read by others of the same user.
    let mut variables = common.specs[database].variables();
    variables.retain(|(name, _)| *name != "PGPASSWORD");
    variables.extend(common.passwords.get(database).and_then(Option::as_ref).map(Password::variable));
    variables.push(("PGAPPNAME", format!("tenantry/{}", common.name)));
    let set: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let without = variables_that_lead_elsewhere().chain(["PGPASSWORD"]).filter(|name| !set.contains(name)).collect();
    Program {
        argv: command.line.argv.iter().map(|argument| argument.replace(CommandLine::SCHEMA, &target.schema)).collect(),
        folder: &command.line.folder,
        variables,
        without,
        mark: mark(at_hand),
        output: common.folder.join("output").join(format!("{}.log", at_hand.job.target)),
    }
}

/// A password in a file that has no name and no place on any disk, and is gone with this process.
#[derive(Debug)]
pub(super) struct Password(OwnedFd);

impl Password {
    /// For a connection that needs one and whose programs do not find it by themselves.
    pub(super) fn of(spec: &Spec) -> Result<Option<Self>, Fault> {
        let Some(line) = spec.password_line() else { return Ok(None) };
        let made = in_memory().and_then(|file| {
            rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
            let mut rest = line.as_bytes();
            while !rest.is_empty() {
                rest = &rest[rustix::io::write(&file, rest)?..];
            }
            Ok(Self(file))
        });
        made.map(Some).map_err(|error| Fault::new(FaultKind::Local, format!("no file in memory can be made: {error}")))
    }

    fn variable(&self) -> (&'static str, String) {
        ("PGPASSFILE", format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()))
    }
}

#[cfg(target_os = "linux")]
fn in_memory() -> rustix::io::Result<OwnedFd> {
    rustix::fs::memfd_create("password", rustix::fs::MemfdFlags::CLOEXEC)
}

/// Elsewhere a program has to find the password by itself, in `~/.pgpass`.
#[cfg(not(target_os = "linux"))]
fn in_memory() -> rustix::io::Result<OwnedFd> {
    Err(rustix::io::Errno::NOSYS)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_password_is_in_a_file_of_ours_as_libpq_wants_it() {
        let spec = Spec::parse("host=db1 user=ann password='a:b\\\\c'").expect("a connection string");
        let password = Password::of(&spec).expect("a file").expect("a password");
        let (name, path) = password.variable();
        let file = std::fs::metadata(&path).expect("it is there");
        assert_eq!((name, file.is_file(), file.permissions().mode() & 0o777), ("PGPASSFILE", true, 0o600));
        assert_eq!(std::fs::read_to_string(path).expect("text"), "*:*:*:*:a\\:b\\\\c\n");
        let without = Spec::parse("host=db1 user=ann").expect("a connection string");
        assert!(Password::of(&without).expect("nothing to make").is_none());
    }
}
