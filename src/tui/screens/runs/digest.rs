//! What the pane of a run shows, gathered from its state: the map, troubles by cause, stages, what is in flight. Must not draw.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::run::{CauseId, End, Life, Phase, Skip, StageId, TargetId};
use crate::plan::Plan;
use crate::tui::parts::map;
use crate::tui::runs::Followed;
use crate::tui::screens::Look;
use crate::tui::theme::ThemeRole;

/// The state of a target on the map: a cell is done when all its targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    Applied,
    Pending,
    Running,
    Retrying,
    Skipped,
    InDoubt,
    Dirty,
    Failed,
}

impl Spot {
    /// Of a phase.
    pub(super) fn of(phase: Phase) -> Self {
        match phase {
            Phase::Pending => Self::Pending,
            Phase::Started => Self::Running,
            Phase::Retrying => Self::Retrying,
            Phase::Applied => Self::Applied,
            Phase::Failed => Self::Failed,
            Phase::InDoubt => Self::InDoubt,
            Phase::Dirty => Self::Dirty,
            Phase::Skipped(_) => Self::Skipped,
        }
    }
}

impl map::State for Spot {
    const UNKNOWN: Self = Self::Pending;

    fn sign(self, look: &Look<'_>) -> (&'static str, ThemeRole) {
        let glyphs = look.glyphs;
        match self {
            Self::Applied => (glyphs.cell, ThemeRole::MapOk),
            Self::Pending => (glyphs.cell_unknown, ThemeRole::MapUnknown),
            Self::Running => (glyphs.running, ThemeRole::MapInfo),
            Self::Retrying => (glyphs.retrying, ThemeRole::MapWarn),
            Self::Skipped => (glyphs.skipped, ThemeRole::MapWarn),
            Self::InDoubt => (glyphs.orphan, ThemeRole::MapDanger),
            Self::Dirty => (glyphs.dirty, ThemeRole::MapDanger),
            Self::Failed => (glyphs.danger, ThemeRole::MapDanger),
        }
    }
}

/// Why targets are not applied, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Reason {
    Failed(CauseId),
    Dirty(CauseId),
    InDoubt,
    Retrying(CauseId),
    Skipped(Skip),
    /// Its window is not open: the position of its zone in the plan.
    Window(u16),
    Waits,
}

impl Reason {
    fn of(phase: Phase, cause: Option<CauseId>, waits: Option<Self>) -> Option<Self> {
        // A cause is always there; where not, none has this number.
        let cause = cause.unwrap_or(CauseId::MAX);
        match phase {
            Phase::Failed => Some(Self::Failed(cause)),
            Phase::Dirty => Some(Self::Dirty(cause)),
            Phase::InDoubt => Some(Self::InDoubt),
            Phase::Retrying => Some(Self::Retrying(cause)),
            Phase::Skipped(why) => Some(Self::Skipped(why)),
            Phase::Pending => waits,
            Phase::Started | Phase::Applied => None,
        }
    }

    /// As the map shows its targets.
    pub(super) fn spot(self) -> Spot {
        match self {
            Self::Failed(_) => Spot::Failed,
            Self::Dirty(_) => Spot::Dirty,
            Self::InDoubt => Spot::InDoubt,
            Self::Retrying(_) => Spot::Retrying,
            Self::Skipped(_) => Spot::Skipped,
            Self::Waits | Self::Window(_) => Spot::Pending,
        }
    }

    pub(super) fn cause(self) -> Option<CauseId> {
        match self {
            Self::Failed(cause) | Self::Dirty(cause) | Self::Retrying(cause) => Some(cause),
            Self::InDoubt | Self::Skipped(_) | Self::Waits | Self::Window(_) => None,
        }
    }
}

/// Targets that are not applied for one reason.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    pub(super) reason: Reason,
    /// In the order of the plan.
    pub(super) targets: Vec<TargetId>,
}

/// How far a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct StageSum {
    pub(super) targets: u32,
    pub(super) settled: u32,
    pub(super) unlucky: u32,
}

/// One target that is worked on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InFlight {
    pub(super) target: TargetId,
    /// Milliseconds since it was sent, where the worker told.
    pub(super) ms: Option<u64>,
    pub(super) waits_for: Option<(i32, u64, String)>,
}

/// Everything that is counted for the pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Digest {
    pub(super) map: Vec<map::Group<Spot>>,
    pub(super) troubles: Vec<Trouble>,
    pub(super) stages: Vec<StageSum>,
    pub(super) flights: Vec<InFlight>,
}

/// More than this many targets by the journal alone are not listed.
const MOST_FLIGHTS: usize = 200;

impl Digest {
    pub(super) fn of(followed: &Followed) -> Self {
        let (plan, state) = (&*followed.plan, &followed.state);
        let mut map: Vec<map::Group<Spot>> = groups(plan);
        let mut troubles: BTreeMap<Reason, Vec<TargetId>> = BTreeMap::new();
        let mut stages = vec![StageSum::default(); plan.stages.len()];
        let waits = state.life == Life::Ended(End::Waiting);
        let zones = zones(plan);
        for ((id, target), planned) in (0..).zip(&state.targets).zip(&plan.targets) {
            if let Some(group) = map.get_mut(usize::from(planned.database)) {
                group.spots.push(Spot::of(target.phase));
            }
            let in_window = || zones.get(id as usize).filter(|_| state.stage.is_some_and(|open| target.stage <= open));
            let waits = if waits { Some(Reason::Waits) } else { in_window().map(|zone| Reason::Window(*zone)) };
            if let Some(reason) = Reason::of(target.phase, target.cause, waits) {
                troubles.entry(reason).or_default().push(id);
            }
            count(&mut stages, target.stage, target.phase);
        }
        let mut troubles: Vec<Trouble> = troubles.into_iter().map(|(reason, targets)| Trouble { reason, targets }).collect();
        troubles.sort_by_key(|it| (std::cmp::Reverse(it.reason.spot()), std::cmp::Reverse(it.targets.len())));
        Self { map, troubles, stages, flights: flights(followed) }
    }
}

/// The zone of each target, where the plan has windows.
fn zones(plan: &Plan) -> Vec<u16> {
    let Some(windows) = &plan.policy.windows else { return Vec::new() };
    let mut of = vec![0; plan.targets.len()];
    for (at, zone) in (0..).zip(&windows.zones) {
        for target in &zone.targets {
            of.get_mut(*target as usize).into_iter().for_each(|place| *place = at);
        }
    }
    of
}

fn groups(plan: &Plan) -> Vec<map::Group<Spot>> {
    let group = |label: &String| map::Group { label: label.clone(), spots: Vec::new(), stale: false };
    plan.databases.iter().map(|database| group(&database.label)).collect()
}

fn count(stages: &mut [StageSum], stage: StageId, phase: Phase) {
    let Some(sum) = stages.get_mut(usize::from(stage)) else { return };
    let is_unlucky = matches!(phase, Phase::Failed | Phase::Dirty | Phase::Skipped(_));
    sum.targets += 1;
    sum.settled += u32::from(is_unlucky || phase == Phase::Applied);
    sum.unlucky += u32::from(is_unlucky);
}

/// As the worker tells, else as its journal does.
fn flights(followed: &Followed) -> Vec<InFlight> {
    if let Some(now) = &followed.now {
        let flight = |it: &crate::domain::run::Flight| InFlight {
            target: it.target,
            ms: Some(it.ms),
            waits_for: it.waits_for.clone(),
        };
        return now.flights.iter().map(flight).collect();
    }
    if !followed.is_alive || followed.state.counts.running == 0 {
        return Vec::new();
    }
    let started = (0..).zip(&followed.state.targets).filter(|(_, target)| target.phase == Phase::Started);
    started.map(|(target, _)| InFlight { target, ms: None, waits_for: None }).take(MOST_FLIGHTS).collect()
}
