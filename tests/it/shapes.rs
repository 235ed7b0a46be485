//! Structures of real schemas: equal for equal statements whatever the schema is called, different after any single alteration.
//! What a schema has is in `shapes/base.sql`, the alterations are in `shapes/cases.sql`.

mod access;
pub(crate) mod cases;
mod majors;
mod mend;
mod prints;

use tenantry::demo::Cluster;
use tenantry::domain::fault::Fault;
use tenantry::domain::structure::{Comparison, Structure};
use tenantry::drift::canonical::{Origin, structure};
use tenantry::pg::{Limits, Param, Session, catalog};
use tenantry::sqltext::ident;

use crate::connect::GENEROUS;
use crate::support::{Database, database_on, run_sql};

/// Everything that may be compared.
pub(crate) const ALL: Comparison =
    Comparison { positions: true, bodies: true, comments: true, owners: true, grants: true, ignore: Vec::new() };

/// Names of schemas that are also names of tables, columns, aliases and key words in [`base`], or hard to write.
const HARD_NAMES: [&str; 14] = [
    "orders",
    "order",
    "total",
    "o",
    "id",
    "text",
    "select",
    "next_number",
    "mood",
    "UPPER",
    "Quoted name",
    "with.dot",
    "a\"b",
    "größe",
];

/// The structure of a schema (raw name).
pub(crate) async fn read(session: &Session, name: &str) -> Result<Structure, Fault> {
    read_within(session, name, GENEROUS, &ALL).await
}

async fn read_within(session: &Session, name: &str, limits: Limits, comparison: &Comparison) -> Result<Structure, Fault> {
    let reading = session.read(limits).await?;
    let context = catalog::context(&reading).await?;
    let rows = reading
        .rows("SELECT oid, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = $1", &[Param::Text(name)])
        .await?;
    let (oid, owner): (u32, String) = (rows[0].get(0)?, rows[0].get(1)?);
    let objects = catalog::objects::read(&reading, context.version, oid, name).await?;
    reading.finish().await?;
    let origin = Origin { schema: name, owner: &owner, major: context.version / 10_000 };
    Ok(structure(objects, &origin, comparison))
}

/// The statements that make a schema with something of every kind.
pub(crate) fn base(name: &str) -> String {
    filled(include_str!("shapes/base.sql"), name)
}

pub(crate) fn filled(sql: &str, name: &str) -> String {
    sql.replace("{s}", &ident(name)).replace("{server}", "nowhere")
}

/// A database with what the schemas need beside themselves.
pub(crate) fn ready(cluster: &'static Cluster) -> Database {
    run_sql(
        cluster,
        "postgres",
        "DO $$ BEGIN
             PERFORM pg_advisory_lock(1);
             IF to_regrole('shapes_reader') IS NULL THEN
                 CREATE ROLE shapes_reader LOGIN;
                 CREATE ROLE shapes_other;
             END IF;
         END $$",
    );
    let database = database_on(cluster);
    database.sql(
        "CREATE FOREIGN DATA WRAPPER none;
         CREATE SERVER nowhere FOREIGN DATA WRAPPER none;
         CREATE SERVER nowhere_else FOREIGN DATA WRAPPER none;
         CREATE SCHEMA elsewhere;
         CREATE TABLE elsewhere.customers (id bigint PRIMARY KEY);",
    );
    database
}
