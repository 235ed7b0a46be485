//! What our own connection costs the server. Must not know how it is shown.

use super::passes::QUICK;
use crate::domain::fleet::Backend;
use crate::pg::{Session, catalog};

/// Asks the server process that answers us; `None` when it does not tell now.
pub(super) async fn measure(session: &Session) -> Option<Backend> {
    let reading = session.read(QUICK).await.ok()?;
    let backend = catalog::memory(&reading).await.ok()?;
    reading.finish().await.ok()?;
    Some(backend)
}
