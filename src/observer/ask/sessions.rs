//! Who is connected and does what, read every two seconds while a person looks. Must not judge it.

use super::Target;
use crate::domain::fault::Fault;
use crate::domain::session::SessionFacts;
use crate::observer::passes::QUICK;
use crate::pg::Session;

pub(super) async fn read(session: &Session, _target: &Target) -> Result<SessionFacts, Fault> {
    let reading = session.read(QUICK).await?;
    reading.finish().await?;
    Ok(SessionFacts::default())
}
