//! Everything about one schema, read at once. Must not know who asked.

use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::pg::Session;

use super::Target;

/// Reads one schema.
pub(super) async fn schema_detail(_session: &Session, _target: &Target, name: &str) -> Result<SchemaDetail, Fault> {
    Err(Fault::new(FaultKind::Gone, format!("schema {} is not there", shown(name))))
}
