//! The exit codes, which scripts rely on. Must not know which verb gave them.

/// How a headless verb ended. The numbers are a promise; 3 is kept for a verb that will find differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All was done.
    Done = 0,
    /// It could not be done: no such schema, a password that nobody can be asked for, a file that cannot be read.
    Failed = 1,
    /// An argument or `fleet.toml` is wrong; nothing was tried.
    Usage = 2,
    /// At least one database could not be read completely, or not at all: nobody answers there, or it refuses. What the others
    /// gave was printed.
    Incomplete = 4,
    /// The person cancelled a prompt.
    Cancelled = 130,
}

impl ExitCode {
    /// The codes and what they mean, for help and manual.
    pub const MEANINGS: [(Self, &'static str); 5] = [
        (Self::Done, "done"),
        (Self::Failed, "failed: no such schema, no terminal to ask for a password on, a file could not be read"),
        (Self::Usage, "wrong argument or wrong fleet.toml; nothing was tried"),
        (Self::Incomplete, "a database could not be read completely, or not at all; what the others gave was printed"),
        (Self::Cancelled, "cancelled at a prompt"),
    ];

    /// The number for the operating system.
    pub fn number(self) -> u8 {
        self as u8
    }
}
