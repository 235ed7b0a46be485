//! What is asked again and again while a person looks at it: the sessions of each database, every two seconds, never two questions
//! at once. Pure: the clock is given. Must not know a screen, nor how a question is answered.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::fault::Fault;
use crate::domain::fleet::{Database, DatabaseId, Fleet, Link};
use crate::domain::session::SessionFacts;

/// From an answer to the next question.
pub const RHYTHM: Duration = Duration::from_secs(2);
/// A reading may take this part of the time: a server that is slow to answer is asked less often.
const SHARE: u64 = 10;
/// From a failure to the next question.
const AFTER_FAULT: Duration = Duration::from_secs(10);
/// A question without any answer for so long is lost.
const LOST: Duration = Duration::from_mins(1);

/// What was told of the sessions, and when it is asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Watch {
    /// By the position of the database.
    databases: Vec<Watched>,
}

/// One database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Watched {
    facts: Option<SessionFacts>,
    fault: Option<Fault>,
    asked: Option<Timestamp>,
    /// `None` until it was asked once: then it is due at once.
    due: Option<Timestamp>,
}

impl Watch {
    /// What a database told last; it stays when a later question fails.
    pub fn facts(&self, id: DatabaseId) -> Option<&SessionFacts> {
        self.databases.get(usize::from(id.0))?.facts.as_ref()
    }

    /// Why the last question to a database failed.
    pub fn fault(&self, id: DatabaseId) -> Option<&Fault> {
        self.databases.get(usize::from(id.0))?.fault.as_ref()
    }

    /// Whether what is known of a database may be older than the rhythm says: the link is lost, or the last question failed.
    pub fn is_stale(&self, id: DatabaseId, fleet: &Fleet) -> bool {
        self.fault(id).is_some() || fleet.database(id).is_some_and(Database::is_stale)
    }

    /// The oldest reading on screen.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.databases.iter().filter_map(|it| Some(it.facts.as_ref()?.as_of)).min()
    }

    /// Takes an answer in.
    pub fn take(&mut self, id: DatabaseId, answer: Result<SessionFacts, Fault>, now: Timestamp) {
        let it = self.watched(id);
        it.asked = None;
        let pause = match answer {
            Ok(facts) => {
                let pause = RHYTHM.max(Duration::from_millis(facts.took_ms.saturating_mul(SHARE)));
                (it.facts, it.fault) = (Some(facts), None);
                pause
            }
            Err(fault) => {
                it.fault = Some(fault);
                AFTER_FAULT
            }
        };
        it.due = Some(later(now, pause));
    }

    /// Makes every database due at once: a person wants to know now.
    pub fn hurry(&mut self) {
        for it in &mut self.databases {
            it.due = None;
        }
    }

    /// The databases of these that are to be asked now; they count as asked.
    pub fn ask(&mut self, which: Option<DatabaseId>, fleet: &Fleet, is_paused: bool, now: Timestamp) -> Vec<DatabaseId> {
        let due: Vec<DatabaseId> =
            chosen(which, fleet).filter(|id| self.due(*id, fleet, is_paused, now).is_some_and(|due| due <= now)).collect();
        for id in &due {
            let it = self.watched(*id);
            it.asked = Some(now);
            it.due = Some(later(now, RHYTHM));
        }
        due
    }

    /// After how long the next of these databases is to be asked; `None` while no time passing leads to a question.
    pub fn next(&self, which: Option<DatabaseId>, fleet: &Fleet, is_paused: bool, now: Timestamp) -> Option<Duration> {
        let due = chosen(which, fleet).filter_map(|id| self.due(id, fleet, is_paused, now)).min()?;
        Some(Duration::try_from(due.duration_since(now)).unwrap_or_default())
    }

    /// When a database is to be asked. One that is out of reach is asked when it is back; paused, one is asked only of which
    /// nothing is known, or when a person wants it.
    fn due(&self, id: DatabaseId, fleet: &Fleet, is_paused: bool, now: Timestamp) -> Option<Timestamp> {
        let is_up = fleet.database(id).is_some_and(|database| matches!(database.link, Link::Up { .. }));
        let it = self.databases.get(usize::from(id.0));
        match it {
            _ if !is_up => None,
            Some(Watched { asked: Some(asked), .. }) => Some(later(*asked, LOST)),
            None | Some(Watched { due: None, .. }) => Some(now),
            Some(_) if is_paused => None,
            Some(Watched { due, .. }) => *due,
        }
    }

    fn watched(&mut self, id: DatabaseId) -> &mut Watched {
        let at = usize::from(id.0);
        if self.databases.len() <= at {
            self.databases.resize_with(at + 1, Watched::default);
        }
        &mut self.databases[at]
    }
}

fn chosen(which: Option<DatabaseId>, fleet: &Fleet) -> impl Iterator<Item = DatabaseId> {
    (0..).map(DatabaseId).take(fleet.databases.len()).filter(move |id| which.is_none_or(|only| only == *id))
}

fn later(at: Timestamp, pause: Duration) -> Timestamp {
    at + SignedDuration::from_millis(pause.min(LOST).as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;
    use crate::domain::fleet::FleetEvent;
    use crate::domain::roles::Policy;

    const A: DatabaseId = DatabaseId(0);
    const B: DatabaseId = DatabaseId(1);

    fn at(ms: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(ms)
    }

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new(["a", "b"].map(|label| (label.to_owned(), Policy::default())));
        for id in [A, B] {
            fleet.apply(FleetEvent::Link(id, Link::Up { round_trip_us: 1 }));
        }
        fleet
    }

    fn facts(took_ms: u64) -> SessionFacts {
        SessionFacts { took_ms, ..SessionFacts::default() }
    }

    fn down(id: DatabaseId) -> FleetEvent {
        let fault = Fault::new(FaultKind::Unreachable, "connection refused");
        FleetEvent::Link(id, Link::Down { since: at(0), fault, retry_at: None })
    }

    #[test]
    fn each_database_is_asked_two_seconds_after_it_answered_and_never_twice_at_once() {
        let (mut watch, fleet) = (Watch::default(), fleet());
        assert_eq!(watch.next(None, &fleet, false, at(0)), Some(Duration::ZERO));
        assert_eq!(watch.ask(None, &fleet, false, at(0)), [A, B]);
        assert_eq!(watch.ask(None, &fleet, false, at(9_000)), [], "no answer yet");
        watch.take(A, Ok(facts(3)), at(10_000));
        assert_eq!(watch.next(None, &fleet, false, at(10_000)), Some(RHYTHM));
        assert_eq!(watch.ask(None, &fleet, false, at(11_999)), []);
        assert_eq!(watch.ask(None, &fleet, false, at(12_000)), [A]);
        assert_eq!(watch.ask(None, &fleet, false, at(60_000)), [B], "its question was lost");
    }

    #[test]
    fn a_server_that_is_slow_to_answer_is_asked_less_often_and_one_that_refuses_later() {
        let (mut watch, fleet) = (Watch::default(), fleet());
        watch.ask(None, &fleet, false, at(0));
        watch.take(A, Ok(facts(700)), at(1_000));
        watch.take(B, Err(Fault::new(FaultKind::Busy, "statement timeout")), at(1_000));
        assert_eq!(watch.ask(None, &fleet, false, at(7_999)), []);
        assert_eq!(watch.ask(None, &fleet, false, at(8_000)), [A]);
        assert_eq!(watch.ask(None, &fleet, false, at(11_000)), [B]);
        assert!(watch.facts(A).is_some() && watch.fault(B).is_some());
        watch.take(A, Err(Fault::new(FaultKind::Busy, "statement timeout")), at(11_000));
        assert!(watch.facts(A).is_some() && watch.is_stale(A, &fleet), "what was known stays");
    }

    #[test]
    fn paused_only_what_is_unknown_or_wanted_is_asked() {
        let (mut watch, fleet) = (Watch::default(), fleet());
        assert_eq!(watch.ask(Some(A), &fleet, true, at(0)), [A]);
        watch.take(A, Ok(facts(1)), at(100));
        assert_eq!(watch.next(Some(A), &fleet, true, at(100)), None);
        assert_eq!(watch.ask(Some(A), &fleet, true, at(90_000)), []);
        watch.hurry();
        assert_eq!(watch.ask(Some(A), &fleet, true, at(90_000)), [A]);
        assert_eq!(watch.ask(Some(A), &fleet, false, at(90_001)), [], "one is under way");
    }

    #[test]
    fn a_database_out_of_reach_is_asked_when_it_is_back() {
        let (mut watch, mut fleet) = (Watch::default(), fleet());
        fleet.apply(down(B));
        assert_eq!(watch.ask(None, &fleet, false, at(0)), [A]);
        watch.take(A, Ok(facts(1)), at(0));
        fleet.apply(down(A));
        assert_eq!(watch.next(None, &fleet, false, at(0)), None, "no wake-up");
        assert!(watch.is_stale(A, &fleet) && watch.facts(A).is_some());
        fleet.apply(FleetEvent::Link(A, Link::Up { round_trip_us: 1 }));
        assert_eq!(watch.ask(None, &fleet, false, at(2_000)), [A]);
    }
}
