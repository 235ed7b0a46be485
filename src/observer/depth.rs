//! How much a refresh reads, and so which passes it has. Must not know what a pass does.

use crate::domain::fleet::Pass;

/// What is read beside names, tenants, counts and activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// What the ledgers record.
    pub ledgers: bool,
    /// What is in the schemas.
    pub structures: bool,
    /// What wears the server.
    pub pressure: bool,
}

impl Depth {
    /// Names, tenants, counts, activity.
    pub const FACTS: Self = Self { ledgers: false, structures: false, pressure: false };
    /// And ledgers and structures, so that drift can be judged.
    pub const DRIFT: Self = Self { ledgers: true, structures: true, pressure: false };
    /// And what wears the server.
    pub const CAPACITY: Self = Self { pressure: true, ..Self::FACTS };
    /// Everything.
    pub const ALL: Self = Self { pressure: true, ..Self::DRIFT };

    /// With ledgers and structures, or without.
    pub fn of(drift: bool) -> Self {
        if drift { Self::DRIFT } else { Self::FACTS }
    }

    /// Whether drift can be judged by it.
    pub fn has_drift(self) -> bool {
        self.ledgers && self.structures
    }

    /// The passes of a refresh, in order.
    pub fn passes(self) -> impl Iterator<Item = Pass> {
        let all = [
            (Pass::Names, true),
            (Pass::Registry, true),
            (Pass::Inventory, true),
            (Pass::Ledgers, self.ledgers),
            (Pass::Activity, true),
            (Pass::Pressure, self.pressure),
            (Pass::Structure, self.structures),
            (Pass::Classes, self.structures),
        ];
        all.into_iter().filter(|(_, is_read)| *is_read).map(|(pass, _)| pass)
    }
}
