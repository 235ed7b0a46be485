//! What a source rests on outside of its schema, and what the database of the targets has of it. Must not judge it.

use crate::domain::blueprint::Address;
use crate::domain::dependency::{Dependency, Setting};
use crate::domain::fault::Fault;
use crate::domain::rights::{Lack, Roles};
use crate::observer::passes::QUICK;
use crate::pg::catalog::provision::{self, dependencies};
use crate::pg::{Reading, Session};
use crate::plan::clone::{Outside, Source};
use crate::sqltext::literal;

/// Where the targets will be.
pub(super) struct There<'a> {
    pub(super) session: &'a Session,
    /// `server_version_num`.
    pub(super) version: u32,
    /// Whether it is another database than that of the source.
    pub(super) is_other: bool,
    /// What roles may there.
    pub(super) roles: &'a Roles,
}

/// Reads what the source needs.
pub(super) async fn needed(
    reading: &Reading<'_>,
    version: u32,
    source: &Source,
) -> Result<(Vec<Dependency>, Vec<Setting>), Fault> {
    let needed = dependencies::read(reading, version, source.oid).await?;
    Ok((needed, dependencies::settings(reading, source.oid).await?))
}

/// Looks for it where the targets will be, and for what roles lack to use it.
pub(super) async fn found(
    there: There<'_>,
    (needed, settings): (Vec<Dependency>, Vec<Setting>),
) -> Result<(Outside, Vec<Lack>), Fault> {
    let mut found = Vec::new();
    if there.is_other {
        let addresses: Vec<String> = needed.iter().map(address).collect();
        found = dependencies::there(there.session, there.version, QUICK, &addresses).await?;
    }
    let at = |number: usize, needed: &Dependency| match found.get(number) {
        Some(looked) => looked.found().map(|found| found.at),
        None => Some(needed.here.at),
    };
    let mut used: Vec<(Address, &str)> = Vec::new();
    for (number, needed) in needed.iter().enumerate() {
        let Some(address) = at(number, needed) else { continue };
        used.extend(needed.ways.iter().map(|way| (address, way.as_str())));
    }
    let roles: Vec<&str> = there.roles.known.keys().map(String::as_str).collect();
    let reading = there.session.read(QUICK).await?;
    let lacks = provision::rights(&reading, there.version, &roles, &used, &settings).await?;
    reading.finish().await?;
    Ok((Outside { needed, there: found }, lacks))
}

/// As SQL: a kind, an array of names and one of arguments.
fn address(needed: &Dependency) -> String {
    let (kind, names, arguments) = &needed.address;
    let array = |texts: &[String]| texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", ");
    format!("{}, ARRAY[{}]::text[], ARRAY[{}]::text[]", literal(kind), array(names), array(arguments))
}
