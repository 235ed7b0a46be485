//! Which targets may start by the clocks of their zones, and when the next one may. Must not ask what time it is.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::TargetId;
use crate::domain::window::Window;
use crate::plan::Plan;

/// The windows of a plan; without any, everybody may start at any time.
#[derive(Debug, Default)]
pub(super) struct Gate {
    window: Option<Window>,
    zones: Vec<Zone>,
    /// The position of each target's zone.
    of: Vec<u16>,
    /// When it was looked at last.
    looked: Option<Timestamp>,
}

#[derive(Debug)]
struct Zone {
    clock: TimeZone,
    is_open: bool,
    /// When that is no longer so.
    until: Option<Timestamp>,
}

impl Gate {
    /// The fault names a zone that this machine does not know, or a target without one.
    pub(super) fn of(plan: &Plan) -> Result<Self, Fault> {
        let Some(windows) = &plan.policy.windows else { return Ok(Self::default()) };
        let mut of = vec![u16::MAX; plan.targets.len()];
        let mut zones = Vec::new();
        for (at, named) in (0..).zip(&windows.zones) {
            let clock = TimeZone::get(&named.name).map_err(|_| {
                Fault::new(FaultKind::Local, format!("this machine does not know the time zone {}", shown(&named.name)))
            })?;
            zones.push(Zone { clock, is_open: false, until: None });
            for target in &named.targets {
                if let Some(place) = of.get_mut(*target as usize) {
                    *place = at;
                }
            }
        }
        if of.contains(&u16::MAX) {
            return Err(Fault::new(FaultKind::Local, "the plan has a window, and a target without a time zone"));
        }
        Ok(Self { window: Some(windows.local), zones, of, looked: None })
    }

    /// Looks at the clocks. Gives whether a window has opened since. Clocks may be set, forward and back.
    pub(super) fn look(&mut self, now: Timestamp) -> bool {
        let Some(window) = self.window else { return false };
        let was_set_back = self.looked.is_some_and(|looked| now < looked);
        self.looked = Some(now);
        let mut has_opened = false;
        for zone in &mut self.zones {
            if was_set_back || zone.until.is_none_or(|until| until <= now) {
                let was_open = zone.is_open;
                zone.is_open = window.is_open(&zone.clock, now);
                zone.until = window.change(&zone.clock, now);
                has_opened |= zone.is_open && !was_open;
            }
        }
        has_opened
    }

    /// Whether a target may start.
    pub(super) fn is_open(&self, target: TargetId) -> bool {
        self.window.is_none() || self.zone(target).is_some_and(|zone| zone.is_open)
    }

    /// When the first of these may start that may not now.
    pub(super) fn next(&self, targets: impl Iterator<Item = TargetId>) -> Option<Timestamp> {
        targets.filter_map(|target| self.zone(target).filter(|zone| !zone.is_open)?.until).min()
    }

    fn zone(&self, target: TargetId) -> Option<&Zone> {
        self.zones.get(usize::from(*self.of.get(target as usize)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Windows, Zone as Named, sample};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn gate() -> Gate {
        let mut plan = sample::plan(&["a", "b", "c"]);
        let zone = |name: &str, targets: &[TargetId]| Named { name: name.into(), targets: targets.to_vec() };
        let zones = vec![zone("America/New_York", &[1]), zone("Europe/Berlin", &[0, 2])];
        plan.policy.windows = Some(Windows { local: "02:00-05:00".parse().expect("a window"), otherwise: None, zones });
        Gate::of(&plan).expect("known zones")
    }

    #[test]
    fn each_target_starts_by_the_clock_of_its_own_zone() {
        let mut gate = gate();
        assert!(!gate.look(at("2026-11-21T20:00:00Z")));
        assert_eq!(gate.next(0..3), Some(at("2026-11-22T01:00:00Z")));
        assert_eq!(gate.next(1..2), Some(at("2026-11-22T07:00:00Z")));
        assert!(gate.look(at("2026-11-22T01:00:00Z")));
        assert_eq!([0, 1, 2].map(|target| gate.is_open(target)), [true, false, true]);
        assert!(!gate.look(at("2026-11-22T04:00:00Z")), "it closes");
        assert!(gate.look(at("2026-11-22T07:00:00Z")) && gate.is_open(1) && !gate.is_open(0));
    }

    #[test]
    fn a_clock_that_is_set_is_believed() {
        let mut gate = gate();
        gate.look(at("2026-11-22T01:00:00Z"));
        assert!(gate.is_open(0));
        gate.look(at("2026-11-21T23:00:00Z"));
        assert!(!gate.is_open(0), "set back");
        assert!(gate.look(at("2026-11-29T03:00:00Z")) && gate.is_open(0), "set forward over many windows");
    }

    #[test]
    fn without_windows_everybody_may_start_and_every_target_needs_a_zone() {
        let plan = sample::plan(&["a"]);
        let mut gate = Gate::of(&plan).expect("nothing to know");
        assert!(!gate.look(Timestamp::UNIX_EPOCH) && gate.is_open(0) && gate.next(0..1).is_none());
        let windows = |zones| Some(Windows { local: "02:00-05:00".parse().expect("a window"), otherwise: None, zones });
        let mut plan = plan;
        plan.policy.windows = windows(Vec::new());
        assert!(Gate::of(&plan).is_err());
        plan.policy.windows = windows(vec![Named { name: "Europe/Atlantis".into(), targets: vec![0] }]);
        assert_eq!(Gate::of(&plan).unwrap_err().what, "this machine does not know the time zone Europe/Atlantis");
    }
}
