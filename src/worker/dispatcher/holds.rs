//! Why nothing new starts, as far as that may pass: several reasons may hold at once, one of them is told. Must not note anything.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::run::{Pause, Person, StageId};
use crate::worker::ladder;

/// Who has the turn of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Turn {
    Unknown,
    Ours,
    Theirs(String),
}

/// The reasons.
#[derive(Debug)]
pub(super) struct Holds {
    /// A person asked for it.
    pub(super) person: Option<Person>,
    /// The stage that waits for a person's word, and the one that has it.
    pub(super) go_ahead: Option<StageId>,
    pub(super) let_go: Option<StageId>,
    /// When the next window opens, where nobody's is open.
    pub(super) window: Option<Timestamp>,
    /// Who ended the last reason, where that was a person.
    pub(super) ended_by: Option<Person>,
    /// The server takes no writes, and when that is tried again.
    server: Option<(String, Instant)>,
    server_tries: u8,
    /// One target is sent to see whether the server takes writes again.
    probing: bool,
    unreachable: Vec<Option<String>>,
    turns: Vec<Turn>,
    alongside: bool,
    /// Whether targets of some database can be worked on, whoever has the turns of others.
    pub(super) goes_on: bool,
    lags: Vec<Option<u32>>,
}

impl Holds {
    pub(super) fn new(databases: usize) -> Self {
        Self {
            person: None,
            go_ahead: None,
            let_go: None,
            window: None,
            ended_by: None,
            server: None,
            server_tries: 0,
            probing: false,
            unreachable: vec![None; databases],
            turns: vec![Turn::Unknown; databases],
            alongside: false,
            goes_on: false,
            lags: vec![None; databases],
        }
    }

    /// The reason that is told.
    pub(super) fn why(&self) -> Option<Pause> {
        if let Some(by) = &self.person {
            return Some(Pause::Person { by: by.clone() });
        }
        let theirs = self.turns.iter().find_map(|turn| match turn {
            Turn::Theirs(who) if !self.alongside => Some(who),
            _ => None,
        });
        if let Some(who) = theirs.filter(|_| !self.goes_on) {
            return Some(Pause::Turn { who: who.clone() });
        }
        let unreachable = self.unreachable.iter().flatten().next();
        if let Some(what) = self.server.as_ref().map(|(what, _)| what).or(unreachable) {
            return Some(Pause::Server { what: what.clone() });
        }
        if let Some(seconds) = self.lags.iter().flatten().max() {
            return Some(Pause::Lag { seconds: *seconds });
        }
        let go_ahead = self.go_ahead.map(|stage| Pause::GoAhead { stage });
        go_ahead.or(self.window.map(|until| Pause::Window { until }))
    }

    /// Whether targets of a database may start as far as another run is concerned.
    pub(super) fn may_start(&self, database: u16) -> bool {
        self.alongside || self.turns[usize::from(database)] == Turn::Ours
    }

    /// Who has the turn of a database: we, or somebody whose work is told. Gives whether that is new.
    pub(super) fn turn(&mut self, database: u16, theirs: Option<String>) -> bool {
        self.unreachable[usize::from(database)] = None;
        let now = theirs.map_or(Turn::Ours, Turn::Theirs);
        let turn = &mut self.turns[usize::from(database)];
        std::mem::replace(turn, now) != *turn
    }

    /// The turn of a database was given back.
    pub(super) fn give_turn(&mut self, database: u16) {
        self.turns[usize::from(database)] = Turn::Unknown;
    }

    /// Whether another run has the turn of a database other than this one.
    pub(super) fn waits_for_another(&self, database: u16) -> bool {
        let theirs = |(at, turn): (usize, &Turn)| at != usize::from(database) && matches!(turn, Turn::Theirs(_));
        !self.alongside && self.turns.iter().enumerate().any(theirs)
    }

    /// A person says that it goes on whatever was in the way.
    pub(super) fn go_on(&mut self, by: Person) {
        self.alongside |= self.turns.iter().any(|turn| matches!(turn, Turn::Theirs(_)));
        self.person = None;
        self.server_tries_again();
        self.lags.fill(None);
        self.ended_by = Some(by);
    }

    /// A worker that is there for single targets does not wait for the turns of their databases.
    pub(super) fn go_alongside(&mut self) {
        self.alongside = true;
    }

    /// The server takes no writes: it is tried again after a while, longer each time.
    pub(super) fn server(&mut self, what: String) -> Duration {
        const FEWEST: u8 = 2;
        let wait = ladder::wait(self.server_tries.saturating_add(FEWEST), ladder::dice());
        if self.server.is_none() {
            self.server_tries = self.server_tries.saturating_add(1);
            self.server = Some((what, Instant::now() + wait));
        }
        self.probing = true;
        wait
    }

    /// A target was applied: whatever the server's trouble was, it has passed.
    pub(super) fn worked(&mut self) {
        (self.server_tries, self.probing) = (0, false);
    }

    /// Whether only one target is tried for now.
    pub(super) fn is_probing(&self) -> bool {
        self.probing
    }

    /// When a reason ends by itself.
    pub(super) fn next_moment(&self) -> Option<Instant> {
        self.server.as_ref().map(|(_, until)| *until)
    }

    /// Ends the reasons whose time has come. Gives whether one has.
    pub(super) fn wake(&mut self, now: Instant) -> bool {
        let is_over = self.server.as_ref().is_some_and(|(_, until)| *until <= now);
        if is_over {
            self.server_tries_again();
        }
        is_over
    }

    fn server_tries_again(&mut self) {
        self.server = None;
    }

    /// Nobody answers for a database. The first reason that is told stays.
    pub(super) fn unreachable(&mut self, database: u16, what: String) {
        self.unreachable[usize::from(database)].get_or_insert(what);
    }

    /// A connection to a database stands.
    pub(super) fn reached(&mut self, database: u16) {
        self.unreachable[usize::from(database)] = None;
    }

    /// The slowest replica of a database is so far behind; `most` may be.
    pub(super) fn lag(&mut self, database: u16, seconds: u64, most: Option<u32>) {
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        self.lags[usize::from(database)] = most.filter(|most| seconds > *most).map(|_| seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person { user: "ann".into(), host: "bastion".into() }
    }

    #[test]
    fn the_worst_reason_is_told_and_others_stay() {
        let mut holds = Holds::new(2);
        assert_eq!((holds.why(), holds.may_start(0)), (None, false));
        holds.turn(0, None);
        holds.turn(1, Some("run x".into()));
        assert_eq!(holds.why(), Some(Pause::Turn { who: "run x".into() }));
        assert!(holds.may_start(0) && !holds.may_start(1));
        assert!(holds.waits_for_another(0) && !holds.waits_for_another(1));
        holds.goes_on = true;
        assert_eq!(holds.why(), None, "there is work on the other database");
        holds.goes_on = false;
        holds.give_turn(1);
        assert_eq!((holds.why(), holds.may_start(0), holds.may_start(1)), (None, true, false));
        holds.turn(1, Some("run x".into()));
        holds.lag(0, 12, Some(10));
        holds.go_on(person());
        assert_eq!((holds.why(), holds.may_start(1)), (None, true));
        holds.lag(0, 12, Some(10));
        assert_eq!(holds.why(), Some(Pause::Lag { seconds: 12 }));
        holds.unreachable(0, "gone".into());
        holds.unreachable(0, "starting up".into());
        assert_eq!(holds.why(), Some(Pause::Server { what: "gone".into() }));
        holds.reached(0);
        holds.lag(0, 10, Some(10));
        assert_eq!(holds.why(), None);
    }

    #[test]
    fn a_server_without_writes_is_tried_again_by_one_target() {
        let mut holds = Holds::new(1);
        let wait = holds.server("disk full".into());
        assert!(holds.is_probing() && holds.why().is_some());
        assert!(!holds.wake(Instant::now()));
        assert!(holds.wake(Instant::now() + wait) && holds.why().is_none() && holds.is_probing());
        assert!(holds.server("disk full".into()) >= wait / 2);
        holds.worked();
        assert!(!holds.is_probing());
    }
}
