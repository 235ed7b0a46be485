//! Recipes of real schemas: what they make is the source again, under any name, by every measure there is. What the source has is in
//! `shapes/base.sql` and `recipe/torture.sql`.

mod cases;
mod leaks;
mod rows;
mod whole;

use tenantry::domain::blueprint::Blueprint;
use tenantry::domain::fault::Fault;
use tenantry::domain::structure::Structure;
use tenantry::pg::{Param, Session, catalog};
use tenantry::plan::clone::{Names, Recipe, Rows, recipe};
use tenantry::sqltext::ident;

use crate::connect::GENEROUS;
use crate::shapes::{base, ready};
use crate::support::{Database, run_sql};

use tenantry::demo::Cluster;

/// A database with what the torture schema needs beside itself.
fn prepared(cluster: &'static Cluster) -> Database {
    run_sql(
        cluster,
        "postgres",
        "DO $$ BEGIN
             PERFORM pg_advisory_lock(2);
             IF to_regrole('clones_reader') IS NULL THEN
                 CREATE ROLE clones_reader;
                 CREATE ROLE clones_owner LOGIN;
                 CREATE ROLE clones_other;
             END IF;
         END $$",
    );
    ready(cluster)
}

fn major(database: &Database) -> u32 {
    database.sql("SHOW server_version_num")[0].parse::<u32>().expect("a number") / 10_000
}

/// The statements of the torture schema for a major.
fn torture(name: &str, major: u32) -> String {
    let mut is_for_us = true;
    let mut sql = base(name);
    for line in include_str!("recipe/torture.sql").lines() {
        match (line.strip_prefix("-- since "), line) {
            (Some(since), _) => is_for_us = major >= since.parse().expect("a major"),
            (None, "-- for all") => is_for_us = true,
            _ if is_for_us => sql.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    sql.replace("{s}", &ident(name)).replace("{server}", "nowhere")
}

async fn blueprint(session: &Session, name: &str) -> Result<Blueprint, Fault> {
    let reading = session.read(GENEROUS).await?;
    let version = catalog::context(&reading).await?.version;
    let oid = oid(&reading, name).await?;
    let blueprint = catalog::blueprint::read(&reading, version, oid, name).await?;
    reading.finish().await?;
    Ok(blueprint)
}

async fn oid(reading: &tenantry::pg::Reading<'_>, name: &str) -> Result<u32, Fault> {
    let rows = reading.rows("SELECT oid FROM pg_namespace WHERE nspname = $1", &[Param::Text(name)]).await?;
    rows[0].get(0)
}

/// What of a clone still hangs on its source.
async fn leaks(session: &Session, clone: &str, source: &str) -> Result<Vec<String>, Fault> {
    let reading = session.read(GENEROUS).await?;
    let (of_clone, of_source) = (oid(&reading, clone).await?, oid(&reading, source).await?);
    let found = catalog::leaks(&reading, of_clone, Some(of_source), source).await?;
    reading.finish().await?;
    Ok(found)
}

/// The whole recipe as one transaction of plain statements. Rows go through a file, which nobody else may use meanwhile.
fn script(recipe: &Recipe, source: &str, names: &Names<'_>, file: &str) -> String {
    let mut sql = format!("BEGIN;\nCREATE SCHEMA {};\n", ident(names.schema));
    let mut add = |statement: &str| sql.push_str(&format!("{statement}\n;\n"));
    for setting in Recipe::settings() {
        add(&setting.fill(names));
    }
    for made in &recipe.structure {
        add(&made.sql.fill(names));
    }
    for copy in &recipe.copies {
        let columns: Vec<String> = copy.columns.iter().map(|name| ident(name)).collect();
        let (columns, table) = (columns.join(", "), ident(&copy.table));
        if !copy.columns.is_empty() {
            add(&format!("COPY (SELECT {columns} FROM ONLY {}.{table}) TO '{file}'", ident(source)));
            add(&format!("COPY {}.{table} ({columns}) FROM '{file}'", ident(names.schema)));
        }
        for sequence in &copy.sequences {
            let sequence = ident(sequence);
            let literal = tenantry::sqltext::literal(&format!("{}.{sequence}", ident(names.schema)));
            add(&format!("SELECT setval({literal}, last_value, is_called) FROM {}.{sequence}", ident(source)));
        }
    }
    for made in recipe.finish.iter().chain(&recipe.owners) {
        add(&made.sql.fill(names));
    }
    // A worker takes away whatever nobody granted; here that is what was lent.
    for lent in recipe.owners.iter().filter_map(|made| made.what.strip_prefix("grant on schema, lent to ")) {
        add(&format!("REVOKE CREATE ON SCHEMA {} FROM {}", ident(names.schema), ident(lent)));
    }
    for made in &recipe.last {
        add(&made.sql.fill(names));
    }
    sql.push_str("COMMIT;\n");
    sql
}

/// Makes a schema again under other names.
async fn cloned(
    database: &Database,
    session: &Session,
    source: &str,
    targets: &[&str],
    rows: &Rows,
) -> Result<Recipe, Fault> {
    let blueprint = blueprint(session, source).await?;
    let recipe = recipe(&blueprint, rows, &[])?;
    let file = format!("{}/copied_{}", database.sql("SHOW data_directory").concat(), database.name());
    for target in targets {
        database.sql(&script(&recipe, source, &Names { schema: target, owner: &blueprint.owner }, &file));
    }
    Ok(recipe)
}

/// What one structure has and the other has not, to be read by a person.
fn differences(source: &Structure, clone: &Structure) -> Vec<String> {
    let only = |sign: &str, one: &Structure, other: &Structure| -> Vec<String> {
        let missing = one.objects.iter().filter(|object| !other.objects.contains(object));
        missing.map(|object| format!("{sign} {}: {:?}", object.label(), object.attributes)).collect()
    };
    let mut all = only("source", source, clone);
    all.extend(only("clone ", clone, source));
    all
}
