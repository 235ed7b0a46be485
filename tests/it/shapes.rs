//! Structures of real schemas: equal for equal statements whatever the schema is called, different after any single alteration.

use tenantry::domain::fault::Fault;
use tenantry::domain::structure::{Comparison, Structure};
use tenantry::drift::canonical::{Origin, structure};
use tenantry::pg::{Param, Session, catalog};

use crate::connect::{GENEROUS, connect};
use crate::support::database;

/// The structure of a schema (raw name).
pub(crate) async fn read(session: &Session, name: &str) -> Result<Structure, Fault> {
    let reading = session.read(GENEROUS).await?;
    let context = catalog::context(&reading).await?;
    let rows = reading
        .rows("SELECT oid, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = $1", &[Param::Text(name)])
        .await?;
    let (oid, owner): (u32, String) = (rows[0].get(0)?, rows[0].get(1)?);
    let objects = catalog::objects::read(&reading, context.version, oid, name).await?;
    reading.finish().await?;
    let origin = Origin { schema: name, owner: &owner, major: context.version / 10_000 };
    Ok(structure(objects, &origin, &Comparison::default()))
}

const BASE: &str = "
    CREATE SCHEMA {s};
    CREATE TABLE {s}.orders (id serial PRIMARY KEY, customer text NOT NULL, total numeric(10, 2) DEFAULT 0 CHECK (total >= 0));
    CREATE INDEX ON {s}.orders (lower(customer));
    CREATE TABLE {s}.items (id bigint GENERATED ALWAYS AS IDENTITY, order_id int REFERENCES {s}.orders, UNIQUE (id, order_id));
";

#[tokio::test]
async fn the_same_statements_make_the_same_structure_under_every_name() {
    let database = database();
    let names = ["acme", "order", "Quoted", "UPPER", "with.dot\"quote"];
    for name in names {
        database.sql(&BASE.replace("{s}", &tenantry::sqltext::ident(name)));
    }
    let session = connect(&database.dsn()).await.expect("a connection");
    let first = read(&session, names[0]).await.expect("a structure");
    assert!(first.objects.len() > 10, "{:#?}", first.objects);
    for name in &names[1..] {
        let other = read(&session, name).await.expect("a structure");
        assert_eq!(other.objects, first.objects, "{name}");
        assert_eq!((other.shape, other.exact), (first.shape, first.exact), "{name}");
    }
}
