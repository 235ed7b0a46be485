//! The pass that asks what wears the server. Must not know what is too much.

use jiff::Timestamp;

use super::{Run, WHOLE};
use crate::domain::fault::Fault;
use crate::domain::fleet::{FleetEvent, Pass};
use crate::domain::pressure::Readings;
use crate::pg::catalog::Context;

impl Run<'_> {
    /// Reads what wears the server.
    pub(super) async fn pressure(&mut self, _context: &Context) -> Result<(), Fault> {
        self.begins(Pass::Pressure);
        let reading = self.session.read(WHOLE).await?;
        reading.finish().await?;
        (self.emit)(FleetEvent::Pressure(self.id, Ok(Box::new(Readings { as_of: Timestamp::now() }))));
        self.ends(Pass::Pressure, vec![]);
        Ok(())
    }
}
