//! What must be known before new schemas are made: of the database, of roles, of the source's indexes, of the registry's tables. Must not
//! know what is made.

pub mod dependencies;

use super::{only, template};
use crate::domain::blueprint::Address;
use crate::domain::catalog::Oid;
use crate::domain::dependency::Setting;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::rights::{Lack, LackKind, Rights, Roles};
use crate::pg::session::{Param, Reading, Row};

/// What is to be known of a database before schemas are made in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// How its texts are written.
    pub encoding: String,
    /// How they are sorted and told apart.
    pub collation: String,
}

/// Reads it.
pub async fn ground(reading: &Reading<'_>) -> Result<Ground, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_place.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(Ground { encoding: row.get(0)?, collation: row.get(1)? })
}

/// What these roles (raw names) may in the database, to whom of some each may give what it makes, and who of them may give to it.
pub async fn roles(reading: &Reading<'_>, names: &[&str], among: &[&str]) -> Result<Roles, Fault> {
    let params = [Param::Texts(names), Param::Texts(among)];
    let rows = reading.rows(include_str!("../sql/provision_roles.sql"), &params).await?;
    let mut roles = Roles::default();
    for row in &rows {
        let name: String = row.get(0)?;
        if row.get(1)? {
            roles.ours.clone_from(&name);
        }
        let set = |at| Ok::<_, Fault>(row.get::<Vec<String>>(at)?.into_iter().collect());
        let rights = Rights {
            is_superuser: row.get(2)?,
            may_become: row.get(3)?,
            may_create: row.get(4)?,
            gives: set(5)?,
            gets: set(6)?,
        };
        roles.known.insert(name, rights);
    }
    Ok(roles)
}

/// What these roles (raw names) lack of what reading the rows of these tables and the places of these sequences takes, and what in the
/// schema only superusers make.
pub async fn lacks(
    reading: &Reading<'_>,
    (schema, name): (Oid, &str),
    roles: &[&str],
    copied: &[&str],
) -> Result<Vec<Lack>, Fault> {
    // Its own path, and no plan that reads a whole catalogue.
    reading.rows(include_str!("../sql/clone_settings.sql"), &[Param::Text(name)]).await?;
    let params = [Param::Oid(schema), Param::Texts(roles), Param::Texts(copied)];
    let rows = reading.rows(include_str!("../sql/provision_lacks.sql"), &params).await?;
    reading.no_search_path().await?;
    rows.iter().map(lack).collect()
}

/// What these roles (raw names) lack, where something is made, of what it rests on there: objects with how they are used, and parameters
/// that its functions set. `version` is `server_version_num`.
pub async fn rights(
    reading: &Reading<'_>,
    version: u32,
    roles: &[&str],
    used: &[(Address, &str)],
    settings: &[Setting],
) -> Result<Vec<Lack>, Fault> {
    let (objects, ways): (Vec<Address>, Vec<&str>) = used.iter().copied().unzip();
    let (classes, oids): (Vec<Oid>, Vec<Oid>) = objects.iter().map(|object| (object.class, object.oid)).unzip();
    let (names, functions): (Vec<&str>, Vec<&str>) =
        settings.iter().map(|setting| (setting.name.as_str(), setting.function.as_str())).unzip();
    let of_objects = [Param::Oids(&classes), Param::Oids(&oids), Param::Texts(&ways)];
    let others = [Param::Texts(&names), Param::Texts(&functions), Param::Texts(roles)];
    let sql = template::fill(include_str!("../sql/provision_rights.sql"), version / 10_000);
    let rows = reading.rows(&sql, &[of_objects, others].concat()).await?;
    rows.iter().map(lack).collect()
}

fn lack(row: &Row) -> Result<Lack, Fault> {
    let word: &str = row.get(1)?;
    let kind = LackKind::from_word(word);
    let kind = kind.ok_or_else(|| Fault::new(FaultKind::Server, format!("no role lacks {word:?}")))?;
    Ok(Lack { role: row.get(0)?, kind, what: row.get(2)? })
}

/// How rows of a registry are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Rows are added.
    Insert,
    /// Rows get other values.
    Update,
    /// Rows go.
    Delete,
}

/// Who may change the rows of some tables (schema and name, raw): our role, then each owner of one of them that it may become, with what each
/// lacks, as it stands after `GRANT`.
pub async fn writers(
    reading: &Reading<'_>,
    tables: &[(&str, &str)],
    change: Change,
) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let (schemas, names): (Vec<&str>, Vec<&str>) = tables.iter().copied().unzip();
    let ways: &[&str] = match change {
        Change::Insert => &["INSERT", "SELECT"],
        Change::Update => &["UPDATE", "SELECT"],
        Change::Delete => &["DELETE", "SELECT"],
    };
    let params = [Param::Texts(&schemas), Param::Texts(&names), Param::Texts(ways)];
    let rows = reading.rows(include_str!("../sql/provision_writers.sql"), &params).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(2)?))).collect()
}

/// The raw names of the indexes of a schema that are not valid.
pub async fn invalid_indexes(reading: &Reading<'_>, schema: Oid) -> Result<Vec<String>, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_invalid.sql"), &[Param::Oid(schema)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// A table as somebody who adds a line to it must know it. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns: name, type, and whether a line without it is refused.
    pub columns: Vec<(String, String, bool)>,
}

/// Reads a table.
pub async fn writable(reading: &Reading<'_>, table: Oid) -> Result<Writable, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_columns.sql"), &[Param::Oid(table)]).await?;
    let mut found = Writable::default();
    for row in &rows {
        (found.name, found.schema) = (row.get(0)?, row.get(1)?);
        found.columns.push((row.get(2)?, row.get(3)?, row.get(4)?));
    }
    Ok(found)
}
