//! Where a schema that is to be dropped stands, by what the catalogue says under its OID, and what comes next. Pure; must not ask
//! anybody.
//!
//! | the schema has | its work begins | in doubt |
//! |---|---|---|
//! | the name of the plan | archive, mark, remove | nothing was done: pending |
//! | the marked name of this run | remove what is left | the rest is to be done: pending |
//! | another name | skip | skip |
//! | gone | skip: somebody else dropped it | it is dropped |

use crate::domain::run::Skip;

/// Where a schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has its name: nothing of it is removed.
    Untouched,
    /// It has the marked name of this run: perhaps something of it is removed.
    Marked,
    /// It has another name.
    Renamed,
    /// There is none with this OID.
    Gone,
}

impl Standing {
    /// By the name that the catalogue has for its OID; all raw.
    pub fn of(found: Option<&str>, planned: &str, marked: &str) -> Self {
        match found {
            None => Self::Gone,
            Some(name) if name == planned => Self::Untouched,
            Some(name) if name == marked => Self::Marked,
            Some(_) => Self::Renamed,
        }
    }
}

/// What comes next for a target whose work begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// All of it.
    Begin,
    /// What is left of it is removed.
    GoOn,
    /// Nothing: it is left out.
    Skip(Skip),
}

/// What is known of a target that was in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is dropped.
    Dropped,
    /// Something is left to do: it is pending, and what was done is found again.
    Open,
    /// It is left out.
    Skip(Skip),
}

/// See the module.
pub fn begin(standing: Standing) -> Next {
    match standing {
        Standing::Untouched => Next::Begin,
        Standing::Marked => Next::GoOn,
        Standing::Renamed => Next::Skip(Skip::Renamed),
        Standing::Gone => Next::Skip(Skip::Gone),
    }
}

/// See the module.
pub fn settle(standing: Standing) -> Settled {
    match standing {
        Standing::Untouched | Standing::Marked => Settled::Open,
        Standing::Renamed => Settled::Skip(Skip::Renamed),
        Standing::Gone => Settled::Dropped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_decided_as_the_table_says() {
        let (planned, marked) = ("acme", "tenantry_dropped_f2k9x4_16384");
        for (found, next, settled) in [
            (Some("acme"), Next::Begin, Settled::Open),
            (Some(marked), Next::GoOn, Settled::Open),
            (Some("Acme"), Next::Skip(Skip::Renamed), Settled::Skip(Skip::Renamed)),
            (Some("tenantry_dropped_zzzzzz_16384"), Next::Skip(Skip::Renamed), Settled::Skip(Skip::Renamed)),
            (None, Next::Skip(Skip::Gone), Settled::Dropped),
        ] {
            let standing = Standing::of(found, planned, marked);
            assert_eq!((begin(standing), settle(standing)), (next, settled), "{found:?}");
        }
    }
}
