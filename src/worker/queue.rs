//! Which targets come next: those that can go at once, those that wait for their moment, those that wait for the end of their stage.
//! Pure; must not know why any of them waits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use tokio::time::Instant;

use crate::domain::run::TargetId;

/// The targets of the open stages that are not worked on.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By database.
    ready: Vec<VecDeque<TargetId>>,
    /// Those that were asked for by name and can go, by database.
    named: Vec<VecDeque<TargetId>>,
    delayed: BinaryHeap<Reverse<(Instant, u16, TargetId)>>,
    deferred: Vec<(u16, TargetId)>,
    /// Those whose windows are closed.
    shut: Vec<(u16, TargetId)>,
    is_late: bool,
    late_tries: HashMap<TargetId, u8>,
}

impl Queue {
    /// Nothing waits.
    pub(super) fn new(databases: usize) -> Self {
        Self { ready: vec![VecDeque::new(); databases], named: vec![VecDeque::new(); databases], ..Self::default() }
    }

    /// A target that can go after all others.
    pub(super) fn add(&mut self, database: u16, target: TargetId) {
        self.ready[usize::from(database)].push_back(target);
    }

    /// A target that can go before all others: it is half done, or was about to be sent.
    pub(super) fn add_first(&mut self, database: u16, target: TargetId) {
        self.ready[usize::from(database)].push_front(target);
    }

    /// A target that was asked for by name can go: whatever it waited for, it does not any more.
    pub(super) fn add_named(&mut self, database: u16, target: TargetId) {
        self.ready[usize::from(database)].retain(|other| *other != target);
        self.delayed.retain(|Reverse((_, _, other))| *other != target);
        self.deferred.retain(|(_, other)| *other != target);
        self.shut.retain(|(_, other)| *other != target);
        self.named[usize::from(database)].push_back(target);
    }

    /// The one of a database that goes next of those that were asked for by name.
    pub(super) fn take_named(&mut self, database: u16) -> Option<TargetId> {
        self.named[usize::from(database)].pop_front()
    }

    /// Whether one of a database that was asked for by name can go.
    pub(super) fn has_named(&self, database: u16) -> bool {
        !self.named[usize::from(database)].is_empty()
    }

    /// A target that can go at a moment.
    pub(super) fn delay(&mut self, database: u16, target: TargetId, until: Instant) {
        self.delayed.push(Reverse((until, database, target)));
    }

    /// A target that can go when all others of the stage are done.
    pub(super) fn defer(&mut self, database: u16, target: TargetId) {
        self.deferred.push((database, target));
    }

    /// Moves those whose moment has come to the front. `is_named` says who was asked for by name.
    pub(super) fn wake(&mut self, now: Instant, is_named: impl Fn(TargetId) -> bool) {
        while let Some(Reverse((until, database, target))) = self.delayed.peek().copied()
            && until <= now
        {
            self.delayed.pop();
            self.awake(database, target, is_named(target));
        }
    }

    fn awake(&mut self, database: u16, target: TargetId, is_named: bool) {
        if is_named { self.add_named(database, target) } else { self.add_first(database, target) }
    }

    /// Moves all that wait for a moment to the front: what they waited for has passed.
    pub(super) fn wake_all(&mut self, is_named: impl Fn(TargetId) -> bool) {
        for Reverse((_, database, target)) in std::mem::take(&mut self.delayed) {
            self.awake(database, target, is_named(target));
        }
    }

    /// The next moment at which one can go.
    pub(super) fn next_moment(&self) -> Option<Instant> {
        self.delayed.peek().map(|Reverse((until, ..))| *until)
    }

    /// How many of a database can go at once.
    pub(super) fn ready(&self, database: u16) -> usize {
        self.ready[usize::from(database)].len()
    }

    /// The one of a database that goes next.
    pub(super) fn peek(&self, database: u16) -> Option<TargetId> {
        self.ready[usize::from(database)].front().copied()
    }

    /// Takes the next of a database.
    pub(super) fn take(&mut self, database: u16) -> Option<TargetId> {
        self.ready[usize::from(database)].pop_front()
    }

    /// Puts the next of a database aside, because its window is closed.
    pub(super) fn shut(&mut self, database: u16) {
        self.shut.extend(self.ready[usize::from(database)].pop_front().map(|target| (database, target)));
    }

    /// A window has opened: those that were put aside go before others, in their order.
    pub(super) fn reopen(&mut self) {
        for (database, target) in std::mem::take(&mut self.shut).into_iter().rev() {
            self.add_first(database, target);
        }
    }

    /// Whether none of a database can go, now or at a moment.
    pub(super) fn is_idle(&self, database: u16) -> bool {
        let is_empty = |lanes: &[VecDeque<TargetId>]| lanes[usize::from(database)].is_empty();
        is_empty(&self.ready) && is_empty(&self.named) && !self.delayed.iter().any(|Reverse((_, of, _))| *of == database)
    }

    /// Who was put aside of a database.
    pub(super) fn shut_of(&self, database: u16) -> impl Iterator<Item = TargetId> {
        self.shut.iter().filter(move |(of, _)| *of == database).map(|(_, target)| *target)
    }

    /// Who was put aside, where nobody else can go, now or at a moment.
    pub(super) fn only_shut(&self) -> Option<impl Iterator<Item = TargetId>> {
        let others = self.ready.iter().chain(&self.named).any(|lane| !lane.is_empty()) || !self.delayed.is_empty();
        (!others && !self.shut.is_empty()).then(|| self.shut.iter().map(|(_, target)| *target))
    }

    /// Whether none can go, now or at a moment or in a window.
    pub(super) fn is_empty(&self) -> bool {
        self.delayed.is_empty() && self.shut.is_empty() && self.ready.iter().chain(&self.named).all(VecDeque::is_empty)
    }

    /// Whether some wait for the end of the stage and for nothing else here.
    pub(super) fn has_only_deferred(&self) -> bool {
        !self.deferred.is_empty() && self.is_empty()
    }

    /// The others of the stage are done: those that waited for that can go.
    pub(super) fn begin_last_round(&mut self) {
        self.is_late = true;
        for (database, target) in std::mem::take(&mut self.deferred) {
            self.add(database, target);
        }
    }

    /// Whether the others of the stage are done.
    pub(super) fn is_late(&self) -> bool {
        self.is_late
    }

    /// A new stage begins.
    pub(super) fn begin_stage(&mut self) {
        self.is_late = false;
        self.late_tries.clear();
    }

    /// How often a target was tried without success in this round: before the last one that is what the journal counts.
    pub(super) fn tries(&mut self, target: TargetId, counted: u8) -> u8 {
        if !self.is_late {
            return counted;
        }
        let tries = self.late_tries.entry(target).or_default();
        *tries = tries.saturating_add(1);
        *tries - 1
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_waits_goes_when_it_is_time_and_the_deferred_at_the_end() {
        let mut queue = Queue::new(2);
        let now = Instant::now();
        queue.add(0, 1);
        queue.add(1, 2);
        queue.delay(0, 3, now + Duration::from_secs(1));
        queue.defer(0, 4);
        queue.wake(now, |_| false);
        assert_eq!((queue.take(0), queue.take(0), queue.peek(1)), (Some(1), None, Some(2)));
        assert_eq!(queue.take(1), Some(2));
        assert!(!queue.has_only_deferred());
        queue.wake(now + Duration::from_secs(1), |_| false);
        assert_eq!((queue.take(0), queue.next_moment()), (Some(3), None));
        assert!(queue.has_only_deferred());
        assert_eq!(queue.tries(4, 5), 5);
        queue.begin_last_round();
        assert_eq!((queue.tries(4, 5), queue.tries(4, 5)), (0, 1));
        assert_eq!((queue.take(0), queue.has_only_deferred()), (Some(4), false));
    }

    #[test]
    fn who_is_asked_for_by_name_waits_for_nothing() {
        let mut queue = Queue::new(1);
        let now = Instant::now();
        queue.add(0, 1);
        queue.add(0, 2);
        queue.defer(0, 3);
        queue.delay(0, 4, now + Duration::from_secs(9));
        for target in [2, 3, 4] {
            queue.add_named(0, target);
        }
        assert!(queue.has_named(0) && !queue.is_empty());
        assert_eq!([queue.take_named(0), queue.take_named(0), queue.take_named(0)], [Some(2), Some(3), Some(4)]);
        assert_eq!((queue.take(0), queue.take(0), queue.next_moment()), (Some(1), None, None));
        assert!(queue.is_empty() && !queue.has_only_deferred());
        queue.delay(0, 4, now);
        queue.wake(now, |target| target == 4);
        assert_eq!((queue.take(0), queue.take_named(0)), (None, Some(4)));
    }

    #[test]
    fn each_database_is_idle_by_itself() {
        let mut queue = Queue::new(2);
        assert!(queue.is_idle(0) && queue.is_idle(1));
        queue.add(0, 1);
        queue.add(1, 2);
        assert!(!queue.is_idle(0) && !queue.is_idle(1));
        queue.shut(1);
        assert!(queue.is_idle(1) && !queue.is_idle(0));
        assert_eq!((queue.shut_of(1).collect::<Vec<_>>(), queue.shut_of(0).count()), (vec![2], 0));
        queue.defer(1, 3);
        assert!(queue.is_idle(1), "it waits for the others of the stage");
        queue.delay(1, 4, Instant::now());
        assert!(!queue.is_idle(1));
    }

    #[test]
    fn who_is_put_aside_comes_back_in_order_and_keeps_the_stage_open() {
        let mut queue = Queue::new(1);
        (1..=3).for_each(|target| queue.add(0, target));
        queue.defer(0, 9);
        queue.shut(0);
        assert!(queue.only_shut().is_none(), "others can go");
        queue.shut(0);
        assert_eq!(queue.take(0), Some(3));
        assert_eq!(queue.only_shut().map(Iterator::collect), Some(vec![1, 2]));
        assert!(!queue.is_empty() && !queue.has_only_deferred());
        queue.add_named(0, 2);
        assert!(queue.only_shut().is_none() && queue.take_named(0) == Some(2));
        queue.add(0, 4);
        queue.reopen();
        assert_eq!((queue.take(0), queue.take(0), queue.take(0)), (Some(1), Some(4), None));
        assert!(queue.has_only_deferred());
    }
}
