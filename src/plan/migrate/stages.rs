//! Who goes when: shared schemas, references, canaries, waves. The order follows from names alone, so that it is the same for the same
//! schemas. Must not know what is done to them.

use std::collections::BTreeMap;

use crate::domain::catalog::Oid;
use crate::domain::roles::Role;
use crate::domain::run::StageId;
use crate::plan::parts::{RunPolicy, Stage, StageKind, Target};

/// A schema to which something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member<'a> {
    /// The position of its database in the plan.
    pub(super) database: u16,
    pub(super) schema: &'a str,
    pub(super) oid: Oid,
    pub(super) role: Role,
    /// The position of its group in the plan, the largest first.
    pub(super) group: u32,
}

/// The stages that have anybody, and the targets in their order. Databases take turns within a stage, so that they share the work.
pub(super) fn order(mut members: Vec<Member<'_>>, policy: &RunPolicy) -> (Vec<Stage>, Vec<Target>) {
    members.sort_by(|a, b| (a.schema, a.database).cmp(&(b.schema, b.database)));
    let take = |role: Option<Role>| -> Vec<Member<'_>> {
        let is_of = |member: &&Member<'_>| match role {
            Some(role) => member.role == role,
            None => !matches!(member.role, Role::Shared | Role::Reference),
        };
        members.iter().filter(is_of).copied().collect()
    };
    let mut tenants = take(None);
    let canaries = canaries(&mut tenants, policy.canary as usize);
    let parts = [(StageKind::Shared, take(Some(Role::Shared))), (StageKind::Reference, take(Some(Role::Reference)))];
    let waves = waves(tenants, &policy.waves).into_iter().map(|wave| (StageKind::Wave, wave));
    let parts = parts.into_iter().chain([(StageKind::Canary, canaries)]).chain(waves);
    let (mut stages, mut targets) = (Vec::new(), Vec::new());
    for (kind, members) in parts.filter(|(_, members)| !members.is_empty()) {
        let stage = stages.len() as StageId;
        stages.push(Stage { kind, go_ahead: policy.go_ahead && kind == StageKind::Wave });
        targets.extend(members.into_iter().map(|member| Target {
            database: member.database,
            oid: member.oid,
            schema: member.schema.to_owned(),
            group: member.group,
            stage,
        }));
    }
    (stages, targets)
}

/// Takes the first tenants out: one of each group and database in turn, the largest groups first, so that what differs is tried.
fn canaries<'a>(tenants: &mut Vec<Member<'a>>, count: usize) -> Vec<Member<'a>> {
    let mut of_kind: BTreeMap<(u32, u16), Vec<usize>> = BTreeMap::new();
    for (at, tenant) in tenants.iter().enumerate() {
        of_kind.entry((tenant.group, tenant.database)).or_default().push(at);
    }
    let longest = of_kind.values().map(Vec::len).max().unwrap_or_default();
    let turns = (0..longest).flat_map(|turn| of_kind.values().filter_map(move |kind| kind.get(turn)).copied());
    let mut taken: Vec<usize> = turns.take(count).collect();
    taken.sort_unstable();
    let canaries = taken.iter().map(|at| tenants[*at]).collect();
    let mut at = 0;
    tenants.retain(|_| {
        at += 1;
        taken.binary_search(&(at - 1)).is_err()
    });
    canaries
}

/// The tenants in parts of these shares, in percent, each of one tenant at least; the last one has the rest.
fn waves<'a>(mut tenants: Vec<Member<'a>>, shares: &[u8]) -> Vec<Vec<Member<'a>>> {
    let all = tenants.len();
    let mut waves = Vec::new();
    for share in shares {
        let rest = tenants.split_off((all * usize::from(*share)).div_ceil(100).min(tenants.len()));
        waves.push(std::mem::replace(&mut tenants, rest));
    }
    waves.push(tenants);
    waves
}
