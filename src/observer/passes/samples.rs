//! Keeps how many tenants a database has, once a day, so that its growth is known where the registry has no dates. Must not know
//! how it is kept.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::notes::info;
use super::{Known, Run};
use crate::capacity;
use crate::domain::capacity::Sample;
use crate::domain::fleet::{Fleet, FleetEvent, Note, Server};
use crate::state::{self, Identity};

/// What was kept, and of which database.
#[derive(Debug, Default)]
pub(super) struct Memory {
    server: Option<(Option<u64>, String)>,
    /// The day whose sample is kept.
    day: Option<Date>,
    /// What was told of earlier days.
    told: Vec<Sample>,
    /// Why nothing can be kept.
    pub(super) trouble: Option<Note>,
}

impl Known {
    /// Which database it is, without which its past is not known.
    pub fn take_server(&mut self, server: &Server) {
        self.samples.server = Some((server.system_identifier, server.database.clone()));
    }
}

/// Today, in UTC.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

impl Run<'_> {
    /// A fleet that is to be told what today's sample needs; `None` when today's sample is kept, or none is wanted.
    pub(super) fn to_sample(&self) -> Option<Fleet> {
        let memory = &self.known.samples;
        let is_wanted = self.target.state.is_some() && memory.server.is_some() && memory.day != Some(today());
        let place = || (self.target.label.clone(), self.target.policy.clone());
        // The events name the place of their database.
        is_wanted.then(|| Fleet::new((0..=self.id.0).map(|_| place())))
    }

    /// Tells what today's sample needs, and everybody.
    pub(super) fn tell(&mut self, event: FleetEvent) {
        if let Some(sampled) = &mut self.sampled {
            sampled.apply(event.clone());
        }
        (self.emit)(event);
    }

    /// Keeps today's sample, when registry and counts were read, and tells what is known of earlier days.
    pub(super) async fn samples(&mut self) {
        let Some(sampled) = self.sampled.take() else { return };
        let (Some(folder), Some((system_identifier, database))) = (&self.target.state, &self.known.samples.server) else {
            return;
        };
        let identity = Identity {
            system_identifier: *system_identifier,
            database: database.clone(),
            label: self.target.label.clone(),
            place: self.target.spec.place(),
        };
        let Some(found) = sampled.database(self.id).filter(|found| found.known_registry().is_some()) else { return };
        let (tenants, tables) = capacity::sizing(found).map_or((0, 0), |sizing| (sizing.tenants, sizing.tables));
        let (day, folder) = (today(), folder.clone());
        let sample = Sample { day, tenants, tables };
        let keeping = tokio::task::spawn_blocking(move || state::keep(&folder, &identity, sample));
        let Ok((days, fault)) = keeping.await else { return };
        if fault.is_none() {
            self.known.samples.day = Some(day);
        }
        let trouble = fault.map(|fault| Note { hint: fault.hint, ..info(fault.what) });
        if self.known.samples.trouble != trouble {
            self.known.samples.trouble = trouble;
            self.tell_notes();
        }
        if self.known.samples.told != days {
            self.known.samples.told.clone_from(&days);
            (self.emit)(FleetEvent::Samples(self.id, days));
        }
    }
}
