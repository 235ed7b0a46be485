//! What tier 1 makes of the same schemas: the sums of each facet, by scans and by indexes. What tells two structures apart must
//! part their sums, because only one schema of each class is looked at.

use std::collections::{BTreeMap, HashMap};

use tenantry::domain::structure::Structure;
use tenantry::pg::catalog::fingerprint::{Facet, Scope, Sum, facet, prepare};
use tenantry::pg::{Param, Session, catalog};

use crate::connect::GENEROUS;

/// What one schema adds up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Prints(BTreeMap<Facet, Sum>);

impl Prints {
    /// Without the names that are loose.
    fn shape(&self) -> Vec<(Facet, u64, i128)> {
        self.0.iter().map(|(facet, sum)| (*facet, sum.count, sum.shape)).collect()
    }

    /// The facets in which two are not the same.
    pub(super) fn differ(&self, other: &Self) -> Vec<Facet> {
        Facet::ALL.into_iter().filter(|facet| self.0.get(facet) != other.0.get(facet)).collect()
    }
}

/// The prints of these schemas (raw names), in their order.
pub(super) async fn prints(session: &Session, names: &[String], scope: Scope) -> Vec<Prints> {
    let reading = session.read(GENEROUS).await.expect("a reading");
    let version = catalog::context(&reading).await.expect("a context").version;
    let mut oids: Vec<u32> = Vec::new();
    for name in names {
        let rows = reading.rows("SELECT oid FROM pg_namespace WHERE nspname = $1", &[Param::Text(name)]).await;
        oids.push(rows.expect("schemas")[0].get(0).expect("a number"));
    }
    if scope == Scope::Fleet {
        prepare(&reading).await.expect("settings");
    }
    let mut prints: HashMap<u32, Prints> = HashMap::new();
    for one in Facet::ALL {
        for (oid, sum) in facet(&reading, one, scope, version, &oids).await.expect("a facet") {
            prints.entry(oid).or_default().0.insert(one, sum);
        }
    }
    reading.finish().await.expect("an end");
    oids.iter().map(|oid| prints.remove(oid).unwrap_or_default()).collect()
}

/// What tier 2 tells apart and tier 1 would have joined.
pub(super) fn joined(before: (&Structure, &Prints), after: (&Structure, &Prints)) -> Option<&'static str> {
    if before.0.exact != after.0.exact && before.1 == after.1 {
        return Some("tier 1 does not part them");
    }
    let is_one_shape = before.1.shape() == after.1.shape();
    (before.0.shape != after.0.shape && is_one_shape).then_some("tier 1 parts them by loose names only")
}
