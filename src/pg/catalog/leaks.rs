//! What of a schema still leads to another one. Must not know why that is asked.

use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading};

/// What in `schema` depends on `other` or on anything in it, and the functions whose bodies or paths name it (raw name), as the server
/// describes them; the first few. `other` is `None` where that stands in another database: then nothing can depend on it.
pub async fn leaks(reading: &Reading<'_>, schema: Oid, other: Option<Oid>, name: &str) -> Result<Vec<String>, Fault> {
    let asked = [Param::Oid(schema), Param::Oid(other.unwrap_or(0)), Param::Text(name)];
    let rows = reading.rows(include_str!("../sql/leaks.sql"), &asked).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
