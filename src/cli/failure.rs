//! Why a verb gives nothing: the fault, the exit code, and how both are told on stderr. Must not know the verbs.

use super::exit::ExitCode;
use crate::config::{LoadError, Mistake};
use crate::domain::fault::{Fault, FaultKind};

/// The end of a verb that has nothing to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Something went wrong.
    Fault(ExitCode, Fault),
    /// The file is wrong: its path and all its mistakes.
    Mistakes(String, Vec<Mistake>),
}

impl Failure {
    /// A wrong argument.
    pub(super) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Fault(ExitCode::Usage, Fault::new(FaultKind::Usage, what).hint(hint))
    }

    /// The exit code that it deserves.
    pub(super) fn code(&self) -> ExitCode {
        match self {
            Self::Fault(code, _) => *code,
            Self::Mistakes(..) => ExitCode::Usage,
        }
    }

    /// What is told on stderr: one line for the fault or for each mistake, hints below.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Fault(_, fault) => told(&fault.what, fault.hint.as_deref()),
            Self::Mistakes(file, mistakes) => {
                mistakes.iter().flat_map(|mistake| [file.clone(), format!(":{mistake}\n")]).collect()
            }
        }
    }
}

/// A line of narration, with its hint below it.
pub(super) fn told(what: &str, hint: Option<&str>) -> String {
    let hint = hint.map_or(String::new(), |hint| format!("  {hint}\n"));
    format!("tenantry: {what}\n{hint}")
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let code = match fault.kind {
            FaultKind::Usage => ExitCode::Usage,
            FaultKind::Unreachable => ExitCode::Incomplete,
            _ => ExitCode::Failed,
        };
        Self::Fault(code, fault)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::File(fault) => Self::Fault(ExitCode::Usage, fault),
            LoadError::Mistakes(file, mistakes) => Self::Mistakes(file.shown(), mistakes),
        }
    }
}
