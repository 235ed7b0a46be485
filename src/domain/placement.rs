//! Which tables live where: in the shared schema, in the tenants' schemas, in both, in some of them. Facts and findings, plain data.
//! Must not know how either is come by.

use serde::{Deserialize, Serialize};

/// What one database tells of where its tables live.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlacementFacts {}
