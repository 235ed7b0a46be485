//! The exit codes, which scripts rely on. Must not know which verb gave them.

use crate::domain::fleet::Severity;

/// How a headless verb ended. The numbers are a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All was done.
    Done = 0,
    /// It could not be done: no such schema, a password that nobody can be asked for, a file that cannot be read.
    Failed = 1,
    /// An argument or `fleet.toml` is wrong; nothing was tried.
    Usage = 2,
    /// Something drifts, and the verb was asked to say so by its exit code.
    Drift = 3,
    /// At least one database could not be read completely, or not at all: nobody answers there, or it refuses. What the others
    /// gave was printed.
    Incomplete = 4,
    /// The worst that a verb found which judges is worth looking at.
    Warn = 5,
    /// The worst that a verb found which judges is dangerous.
    Danger = 6,
    /// A run that was followed ended, and some of its targets failed or were left out.
    RunFailures = 7,
    /// A run that was followed stopped itself.
    RunHalted = 8,
    /// A run that was followed was stopped by a person.
    RunStopped = 9,
    /// The worker of a run that was followed went without a word.
    RunInterrupted = 10,
    /// The person cancelled a prompt, or no longer follows a run.
    Cancelled = 130,
}

impl ExitCode {
    /// The codes and what they mean, for help and manual.
    pub const MEANINGS: [(Self, &'static str); 12] = [
        (Self::Done, "done"),
        (Self::Failed, "failed: no such schema, no terminal to ask for a password on, a file could not be read"),
        (Self::Usage, "wrong argument or wrong fleet.toml; nothing was tried"),
        (Self::Drift, "drift or differences were found, and --exit-code was given"),
        (
            Self::Incomplete,
            "a database could not be read completely, or not at all; what the others gave was printed. Goes before 3, 5 and 6",
        ),
        (Self::Warn, "capacity, placement: something is worth looking at"),
        (Self::Danger, "capacity, placement: something is dangerous"),
        (Self::RunFailures, "a run that was followed ended; some of its targets failed, are dirty or were left out"),
        (Self::RunHalted, "a run that was followed halted: a canary failed, or too many targets"),
        (Self::RunStopped, "a run that was followed was stopped by a person"),
        (Self::RunInterrupted, "the worker of a run that was followed was killed; the run can be resumed"),
        (Self::Cancelled, "cancelled at a prompt; or Ctrl-C while a run was followed, which goes on"),
    ];

    /// What a verb ends with that was asked to tell whether something drifts: what could not be read goes before what was found.
    pub(super) fn found(self, drifts: bool, asked: bool) -> Self {
        if self == Self::Done && drifts && asked { Self::Drift } else { self }
    }

    /// What a verb ends with that judges: by the worst of what it found, where everything could be read.
    pub(super) fn worst(self, worst: Severity) -> Self {
        match worst {
            Severity::Warn if self == Self::Done => Self::Warn,
            Severity::Danger if self == Self::Done => Self::Danger,
            _ => self,
        }
    }

    /// The number for the operating system.
    pub fn number(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_read_goes_before_what_was_found() {
        for (code, worst, expected) in [
            (ExitCode::Done, Severity::Ok, 0),
            (ExitCode::Done, Severity::Info, 0),
            (ExitCode::Done, Severity::Warn, 5),
            (ExitCode::Done, Severity::Danger, 6),
            (ExitCode::Incomplete, Severity::Danger, 4),
        ] {
            assert_eq!(code.worst(worst).number(), expected, "{code:?} {worst:?}");
        }
        let numbers: Vec<u8> = ExitCode::MEANINGS.iter().map(|(code, _)| code.number()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130]);
    }
}
