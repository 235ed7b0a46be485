//! What foreign keys mean that lead out of their schema. Must not know how they were read.

use std::collections::BTreeSet;

use super::findings::{counted, listed};
use super::{Scene, Side};
use crate::domain::fleet::Severity;
use crate::domain::placement::{Finding, FindingKind};

/// Keys of one meaning.
#[derive(Debug, Default)]
struct Found {
    /// `crm_order -> public.customers_plan`, raw.
    pairs: BTreeSet<String>,
    /// The raw names of the schemas that they lead into.
    into: BTreeSet<String>,
    tenants: BTreeSet<usize>,
}

/// A finding for each meaning that there is.
pub(super) fn all(scene: &Scene<'_>) -> Vec<Finding> {
    let (mut shared, mut into_tenant, mut between) = (Found::default(), Found::default(), Found::default());
    let ground = &scene.ground;
    for key in &scene.facts.keys {
        let Some(&into) = ground.sides.get(&key.into) else { continue };
        for from in key.from.iter().filter_map(|oid| ground.sides.get(oid)) {
            let (found, schema, tenant) = match (*from, into) {
                (Side::Tenant(at), Side::Shared(name)) => (&mut shared, name, at),
                (Side::Tenant(at), Side::Tenant(other)) => (&mut between, ground.tenants[other], at),
                (Side::Tenant(at), Side::Other(name)) => (&mut between, name, at),
                (Side::Shared(_), Side::Tenant(at)) => (&mut into_tenant, ground.tenants[at], at),
                _ => continue,
            };
            found.tenants.insert(tenant);
            if !found.into.contains(schema) {
                found.into.insert(schema.to_owned());
            }
            let pair = format!("{} -> {schema}.{}", key.table, key.target);
            found.pairs.insert(pair);
        }
    }
    [
        finding(scene, FindingKind::KeyBetweenTenants, between),
        finding(scene, FindingKind::KeyToTenant, into_tenant),
        finding(scene, FindingKind::KeyToShared, shared),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn finding(scene: &Scene<'_>, kind: FindingKind, found: Found) -> Option<Finding> {
    if found.pairs.is_empty() {
        return None;
    }
    let tenants = scene.ground.concerned(found.tenants.iter().copied());
    let into: Vec<String> = found.into.into_iter().collect();
    let who = counted(tenants.count.into(), "tenant", "tenants");
    let points = if tenants.count == 1 { "points" } else { "point" };
    let (severity, sentence, why, advice) = match kind {
        FindingKind::KeyBetweenTenants => (
            Severity::Danger,
            format!("foreign keys of {who} lead into the schema of somebody else: {}", listed(&into, 3)),
            "What one tenant writes is checked against rows of another one: it cannot refer to its own rows, its errors tell what \
             the other one has, and neither schema can be dropped, dumped or moved alone. Often the schema was copied with a text \
             that named the old one.",
            "Make each of these keys anew towards the table of the same schema, after a look at the rows that only the other one \
             has: ALTER TABLE with DROP CONSTRAINT and ADD CONSTRAINT in one transaction.",
        ),
        FindingKind::KeyToTenant => (
            Severity::Warn,
            format!("foreign keys of shared tables lead into the schema of {who}: {}", listed(&into, 3)),
            "A row that all tenants use depends on the rows of one: that tenant can be dropped only with CASCADE, which takes the \
             key away from everybody, and a dump of the shared schema cannot be restored without it.",
            "Let the shared table keep the tenant's name or number without a key, or move the table to the tenants.",
        ),
        _ => (
            Severity::Info,
            format!("tables of {who} {points} to shared tables by foreign keys, into {}", listed(&into, 3)),
            "Allowed, and worth knowing: a DELETE of a shared row is checked in the tables of each tenant, a migration of the shared \
             table waits for all of them, and a tenant's schema cannot be restored without the shared rows that it refers to.",
            "",
        ),
    };
    let tables = found.pairs.into_iter().collect();
    let (why, advice) = (why.to_owned(), advice.to_owned());
    Some(Finding { severity, kind, sentence, why, advice, tables, tenants })
}
