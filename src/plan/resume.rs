//! What a worker that takes a run up again does with each target: a pure function of the plan, of what the journal tells, and of what
//! the server says now. Applied stays applied; what nobody knows is decided by the ledger alone. Must not ask anybody.
//!
//! | phase | fresh | decision |
//! |---|---|---|
//! | applied, failed, dirty, skipped | whatever | leave |
//! | pending, retrying | the schema is gone, renamed | skip |
//! | | the ledger says something else | skip |
//! | | the ledger says open, or was not read | start |
//! | | the ledger has it already | start: its own guard finds it, and says so |
//! | in doubt, running | its backend is still there | end that backend first |
//! | | not read | ask the ledger, under the lock of the schema |
//! | | the schema is gone, renamed | skip |
//! | | the ledger has it | found |
//! | | the ledger says open | not applied |
//! | | the ledger says something else | skip |
//! | the same, outside of a transaction | the ledger has it not | half-way: each of its statements is looked at |

use std::collections::BTreeMap;

use super::message::LedgerSays;
use super::parts::Plan;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{Phase, RunState, Skip, TargetId, TargetState};

/// Whether the server process that had a migration is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldBackend {
    /// It is gone, or never was.
    Gone,
    /// It is: same number, same start.
    Alive,
    /// It cannot be told: a pooler stands between. The lock of the schema is waited for instead.
    Hidden,
}

/// What is known now of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh {
    /// Nothing yet.
    Unread,
    /// Its schema is gone.
    Gone,
    /// Its schema has another name.
    Renamed,
    /// What its ledger says about the migration at hand, read under the lock of the schema.
    Says(LedgerSays),
}

/// What is to be done with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing, unless a person asks.
    Leave,
    /// Its next migration is started as any other.
    Start,
    /// Its old server process is ended and waited for, then it is looked at again.
    EndBackend,
    /// Its ledger is asked, then it is looked at again.
    Ask,
    /// The migration in doubt is applied.
    Found,
    /// The migration in doubt is not applied: the target is pending.
    NotApplied,
    /// The migration in doubt cannot run in a transaction and may have ended half-way: how far it came is to be found out.
    HalfWay,
    /// The target is left out.
    Skip(Skip),
}

/// What is to be done with a target whose migration at hand runs in a transaction, or does not.
pub fn decide(phase: Phase, transactional: bool, backend: OldBackend, fresh: Fresh) -> Decision {
    let is_open = match phase {
        Phase::Applied | Phase::Failed | Phase::Dirty | Phase::Skipped(_) => return Decision::Leave,
        Phase::Started | Phase::InDoubt => false,
        Phase::Pending | Phase::Retrying => true,
    };
    if !is_open && backend == OldBackend::Alive {
        return Decision::EndBackend;
    }
    match fresh {
        Fresh::Gone => Decision::Skip(Skip::Gone),
        Fresh::Renamed => Decision::Skip(Skip::Renamed),
        Fresh::Unread | Fresh::Says(LedgerSays::Open | LedgerSays::Done) if is_open => Decision::Start,
        Fresh::Unread => Decision::Ask,
        Fresh::Says(LedgerSays::Done) => Decision::Found,
        Fresh::Says(_) if !is_open && !transactional => Decision::HalfWay,
        Fresh::Says(LedgerSays::Open) => Decision::NotApplied,
        Fresh::Says(LedgerSays::Moved) => Decision::Skip(Skip::LedgerMoved),
    }
}

/// The same for a target of a plan.
pub fn of_target(plan: &Plan, id: TargetId, state: &TargetState, backend: OldBackend, fresh: Fresh) -> Decision {
    let transactional = plan.step(id, state.done).is_none_or(|step| step.transactional);
    decide(state.phase, transactional, backend, fresh)
}

/// Whether a run may be taken up: the plan must be the one that it began with, and each file that is still to be applied somewhere
/// must be as it was. `source` holds the SHA-256 of each file by its origin; `None` where the source is not on this machine, and
/// the plan alone counts.
pub fn may_resume(plan: &Plan, state: &RunState, source: Option<&BTreeMap<String, String>>) -> Result<(), Fault> {
    if state.plan.as_deref().is_some_and(|approved| approved != plan.hash()) {
        return Err(Fault::new(FaultKind::Local, "the plan in the run's folder is not the one that was approved")
            .hint("plan again; what is applied is known by the ledgers"));
    }
    let Some(source) = source else { return Ok(()) };
    let open = state.targets.iter().zip(&plan.targets).filter(|(target, _)| target.phase != Phase::Applied);
    let mut groups: Vec<(u32, u16)> = open.map(|(state, target)| (target.group, state.done)).collect();
    groups.sort_unstable();
    groups.dedup();
    for (group, done) in groups {
        let Some(group) = plan.groups.get(group as usize) else { continue };
        for step in group.steps.iter().skip(usize::from(done)).filter_map(|at| plan.steps.get(*at as usize)) {
            let what = match source.get(&step.origin) {
                Some(now) if *now == step.sha256 => continue,
                Some(_) => "was edited since the plan was made",
                None => "is not there any more",
            };
            return Err(Fault::new(FaultKind::Local, format!("{} {what}", step.origin))
                .hint("bring the file back as it was to go on, or plan again: what is applied stays applied"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASES: [Phase; 10] = [
        Phase::Pending,
        Phase::Started,
        Phase::Retrying,
        Phase::Applied,
        Phase::Failed,
        Phase::InDoubt,
        Phase::Dirty,
        Phase::Skipped(Skip::Gone),
        Phase::Skipped(Skip::Renamed),
        Phase::Skipped(Skip::LedgerMoved),
    ];
    const BACKENDS: [OldBackend; 3] = [OldBackend::Gone, OldBackend::Alive, OldBackend::Hidden];
    const FRESH: [Fresh; 6] = [
        Fresh::Unread,
        Fresh::Gone,
        Fresh::Renamed,
        Fresh::Says(LedgerSays::Done),
        Fresh::Says(LedgerSays::Open),
        Fresh::Says(LedgerSays::Moved),
    ];

    /// Unread, gone, renamed, done, open, moved.
    fn row(phase: Phase, transactional: bool, backend: OldBackend) -> [Decision; 6] {
        FRESH.map(|fresh| decide(phase, transactional, backend, fresh))
    }

    #[test]
    fn every_case_is_decided_as_the_table_says() {
        use Decision::{Ask, EndBackend, Found, HalfWay, Leave, NotApplied, Start};
        let [gone, renamed, moved] = [Skip::Gone, Skip::Renamed, Skip::LedgerMoved].map(Decision::Skip);
        for phase in PHASES {
            for transactional in [true, false] {
                for backend in BACKENDS {
                    let expected = match (phase, transactional, backend) {
                        (Phase::Pending | Phase::Retrying, ..) => [Start, gone, renamed, Start, Start, moved],
                        (Phase::Started | Phase::InDoubt, _, OldBackend::Alive) => [EndBackend; 6],
                        (Phase::Started | Phase::InDoubt, true, _) => [Ask, gone, renamed, Found, NotApplied, moved],
                        (Phase::Started | Phase::InDoubt, false, _) => [Ask, gone, renamed, Found, HalfWay, HalfWay],
                        _ => [Leave; 6],
                    };
                    assert_eq!(row(phase, transactional, backend), expected, "{phase:?} {transactional} {backend:?}");
                }
            }
        }
    }

    #[test]
    fn whatever_is_decided_the_fold_takes() {
        use crate::domain::run::{Backend, Cause, CauseKind, Entry, Event, How, Person};
        use jiff::Timestamp;
        let cause = Cause { kind: CauseKind::Strange, sqlstate: None, what: "x".into(), statement: None, hint: None };
        let by = Person { user: "a".into(), host: "b".into() };
        let began = Event::Began { by, pid: 1, plan: "p".into(), targets: 1, version: "0".into() };
        let started = || Event::Started { targets: vec![0], database: 0, backend: Backend { pid: 1, start_us: 1 } };
        for is_started in [false, true] {
            for (transactional, fresh) in [true, false].into_iter().flat_map(|is| FRESH.map(|fresh| (is, fresh))) {
                let mut state = RunState::new([(1, 0)]);
                let mut take = |event| {
                    let entry = Entry { n: state.n + 1, at: Timestamp::UNIX_EPOCH, event };
                    state.apply(&entry).expect("legal");
                    state.targets[0].phase
                };
                take(began.clone());
                take(Event::Stage { stage: 0 });
                if is_started {
                    take(started());
                }
                // The next worker.
                let phase = take(began.clone());
                take(Event::Stage { stage: 0 });
                let after = match decide(phase, transactional, OldBackend::Gone, fresh) {
                    Decision::Start => take(started()),
                    Decision::Found => take(Event::Applied { target: 0, how: How::Found, ms: 0 }),
                    Decision::NotApplied => take(Event::NotApplied { target: 0 }),
                    Decision::HalfWay => take(Event::Dirty { target: 0, done: 0, cause: cause.clone() }),
                    Decision::Skip(why) => take(Event::Skipped { target: 0, why }),
                    Decision::Ask | Decision::EndBackend | Decision::Leave => continue,
                };
                assert!(is_started || after != Phase::Applied, "what never started is never found");
            }
        }
    }

    #[test]
    fn a_file_that_changed_blocks_what_still_needs_it_and_nothing_else() {
        let plan = crate::plan::migrate::tests::two_steps();
        let mut state = RunState::new(plan.outline());
        let same: BTreeMap<String, String> =
            plan.steps.iter().map(|step| (step.origin.clone(), step.sha256.clone())).collect();
        assert_eq!(may_resume(&plan, &state, Some(&same)), Ok(()));
        assert_eq!(may_resume(&plan, &state, None), Ok(()));
        let mut edited = same.clone();
        edited.insert(plan.steps[0].origin.clone(), "other".into());
        let fault = may_resume(&plan, &state, Some(&edited)).unwrap_err();
        assert_eq!(fault.what, "0002_b.sql was edited since the plan was made");
        for target in &mut state.targets {
            target.done = 1;
        }
        assert_eq!(may_resume(&plan, &state, Some(&edited)), Ok(()), "it is applied everywhere");
        let fault = may_resume(&plan, &state, Some(&BTreeMap::new())).unwrap_err();
        assert_eq!(fault.what, "0003_c.sql is not there any more");
        state.plan = Some("another".into());
        assert!(may_resume(&plan, &state, None).is_err());
    }
}
