//! The pass that asks what wears the server: each question in a transaction of its own, because a role may be refused one of
//! them. What takes a scan of a catalogue is asked only when the inventory was counted anew. Must not know what is too much.

use jiff::Timestamp;

use super::{QUICK, Run, WHOLE};
use crate::domain::fault::Fault;
use crate::domain::fleet::{FleetEvent, Pass};
use crate::domain::pressure::{InvalidIndexes, Keys, Readings, Relations, Settings};
use crate::pg::catalog::{Context, pressure};

/// What the last scans of the catalogues told.
#[derive(Debug, Clone)]
pub(super) struct Scans {
    at: Timestamp,
    relations: Result<Relations, Fault>,
    indexes: Result<InvalidIndexes, Fault>,
    keys: Result<Keys, Fault>,
}

impl Scans {
    fn is_complete(&self) -> bool {
        self.relations.is_ok() && self.indexes.is_ok() && self.keys.is_ok()
    }
}

/// Asks one question in a transaction of its own.
macro_rules! ask {
    ($run:expr, $limits:expr, $reading:ident => $answer:expr) => {
        match $run.session.read($limits).await {
            Ok($reading) => match $answer.await {
                Ok(answer) => $reading.finish().await.map(|()| answer),
                Err(fault) => Err(fault),
            },
            Err(fault) => Err(fault),
        }
    };
}

impl Run<'_> {
    /// Reads what wears the server. `counted` says whether the inventory was made anew, so that the catalogues may have changed.
    pub(super) async fn pressure(&mut self, context: &Context, counted: bool) -> Result<(), Fault> {
        self.begins(Pass::Pressure);
        let settings = ask!(self, QUICK, reading => pressure::settings(&reading));
        let scans = match self.known.pressure.take().filter(|scans| !counted && scans.is_complete()) {
            Some(scans) => scans,
            None => self.scans(settings.as_ref()).await,
        };
        self.known.pressure = Some(scans.clone());
        let readings = Readings {
            as_of: Timestamp::now(),
            scanned_at: scans.at,
            settings,
            catalogues: ask!(self, QUICK, reading => pressure::catalogues(&reading)),
            relations: scans.relations,
            indexes: scans.indexes,
            keys: scans.keys,
            ages: ask!(self, QUICK, reading => pressure::ages(&reading)),
            connections: ask!(self, QUICK, reading => pressure::connections(&reading)),
            temp_files: ask!(self, QUICK, reading => pressure::temp_files(&reading)),
            slots: ask!(self, QUICK, reading => pressure::slots(&reading)),
            checkpoints: ask!(self, QUICK, reading => pressure::checkpoints(&reading, context.version)),
        };
        if self.session.is_closed() {
            return Err(self.session.closed().await);
        }
        (self.emit)(FleetEvent::Pressure(self.id, Ok(Box::new(readings))));
        self.ends(Pass::Pressure, vec![]);
        Ok(())
    }

    async fn scans(&self, settings: Result<&Settings, &Fault>) -> Scans {
        let scanned = match settings {
            Ok(settings) => ask!(self, WHOLE, reading => pressure::relations(&reading, settings)),
            Err(fault) => Err(fault.clone()),
        };
        let (relations, keys) = match scanned {
            Ok((relations, large)) => (Ok(relations), ask!(self, WHOLE, reading => pressure::keys(&reading, &large))),
            Err(fault) => (Err(fault.clone()), Err(fault)),
        };
        let indexes = ask!(self, WHOLE, reading => pressure::invalid_indexes(&reading));
        Scans { at: Timestamp::now(), relations, indexes, keys }
    }
}
