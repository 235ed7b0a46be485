//! One connection that only reads: every query runs in a `READ ONLY` transaction with `SET LOCAL` limits, nothing is ever set at
//! session level, so that it is the same through a transaction pooler.

use std::time::Duration;

use super::libpq::Spec;
use crate::domain::fault::{Fault, FaultKind};

/// How long a read may wait for a lock, and run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `lock_timeout`.
    pub lock: Duration,
    /// `statement_timeout`.
    pub statement: Duration,
}

/// A connection.
#[derive(Debug)]
pub struct Session {}

/// An open `READ ONLY` transaction.
#[derive(Debug)]
pub struct Reading<'a> {
    _session: &'a Session,
}

impl Session {
    /// Connects. `purpose` goes into `application_name` as `tenantry/PURPOSE`.
    pub async fn connect(_spec: &Spec, _purpose: &str) -> Result<Self, Fault> {
        Err(Fault::new(FaultKind::Unreachable, "not built yet"))
    }

    /// Opens a `READ ONLY` transaction with these limits.
    pub async fn read(&self, _limits: Limits) -> Result<Reading<'_>, Fault> {
        Ok(Reading { _session: self })
    }

    /// Whether the link is lost.
    pub fn is_closed(&self) -> bool {
        true
    }
}

impl Reading<'_> {
    /// Runs one query whose every column is text, without parameters. Works through a transaction pooler.
    pub async fn texts(&mut self, _sql: &str) -> Result<Vec<Vec<Option<String>>>, Fault> {
        Ok(Vec::new())
    }

    /// Ends the transaction.
    pub async fn finish(self) -> Result<(), Fault> {
        Ok(())
    }
}
