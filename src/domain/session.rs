//! Who is connected to a database, what they do, what they wait for and what they hold. Plain data; must not know how it is read,
//! nor which tenant a session is about.

use serde::{Deserialize, Serialize};

/// The sessions of one database as `pg_stat_activity` and `pg_locks` told them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SessionFacts {}
