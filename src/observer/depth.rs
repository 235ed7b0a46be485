//! How much a refresh reads, and so which passes it has. Must not know what a pass does.

use crate::domain::fleet::Pass;

/// What is read beside names and tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part that is read or not")]
pub struct Depth {
    /// How many objects are in the schemas, how large they are, and when they were last used.
    pub counts: bool,
    /// What the ledgers record.
    pub ledgers: bool,
    /// What is in the schemas.
    pub structures: bool,
    /// What wears the server.
    pub pressure: bool,
}

impl Depth {
    /// Which schemas there are, and whose they are.
    pub const NAMES: Self = Self { counts: false, ledgers: false, structures: false, pressure: false };
    /// Names, tenants, counts, activity.
    pub const FACTS: Self = Self { counts: true, ..Self::NAMES };
    /// And ledgers and structures, so that drift can be judged.
    pub const DRIFT: Self = Self { ledgers: true, structures: true, ..Self::FACTS };
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
            (Pass::Inventory, self.counts),
            (Pass::Ledgers, self.ledgers),
            (Pass::Activity, self.counts),
            (Pass::Pressure, self.pressure),
            (Pass::Structure, self.structures),
            (Pass::Classes, self.structures),
        ];
        all.into_iter().filter(|(_, is_read)| *is_read).map(|(pass, _)| pass)
    }
}
