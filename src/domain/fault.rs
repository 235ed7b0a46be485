//! What went wrong, in words for a person and in a kind for the code: every door reports with this one type. A fault never
//! holds a secret; its texts are safe to show.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A failure: what happened, of which kind, and what the person can do.
///
/// `what` is a lower-case fragment ("password authentication failed for user \"app\""); `hint` is a sentence apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The kind, which decides whether it is worth trying again and how a face shows it.
    pub kind: FaultKind,
    /// What happened, a lower-case fragment that is safe to show.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The SQLSTATE when the server spoke, such as `28P01`.
    pub sqlstate: Option<String>,
}

/// The kinds of failure that code treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Nobody answers there, or the link was lost: trying again is worth it.
    Unreachable,
    /// The server answered and refuses this user: password, `pg_hba.conf`, no such role. Trying again changes nothing.
    Refused,
    /// The database does not exist or is not the one expected. Trying again changes nothing.
    WrongDatabase,
    /// TLS was asked for and is not there, or the certificate does not fit.
    Tls,
    /// The role lacks a privilege.
    Privilege,
    /// A lock or statement timeout of ours: somebody works there just now.
    Busy,
    /// The object was there a moment ago and is gone.
    Gone,
    /// A value that a person wrote (argument, file, key) is wrong.
    Usage,
    /// A file or folder of this machine could not be read or written.
    Local,
    /// The server said something else.
    Server,
}

impl Fault {
    /// A fault with a kind and a text, without hint.
    pub fn new(kind: FaultKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), hint: None, sqlstate: None }
    }

    /// The same fault with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind, FaultKind::Unreachable | FaultKind::Busy | FaultKind::Server)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}
