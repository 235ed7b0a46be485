//! A schema with everything in it, made again: the same by its fingerprint, by what `pg_dump` writes of it, and with nothing that hangs
//! on the source.

use std::collections::BTreeSet;
use std::process::Command;

use tenantry::plan::clone::Rows;
use tenantry::sqltext::ident;

use super::{cloned, differences, leaks, major, prepared, torture};
use crate::connect::connect;
use crate::shapes::read;
use crate::support::{Database, output, servers};

/// Names of targets that are hard to write, or that mean something.
const TARGETS: [&str; 4] = ["beta", "o'neill \"1\" größe.x", "orders", "select"];

#[tokio::test]
async fn a_clone_is_its_source_under_another_name() {
    let mut complaints = Vec::new();
    for cluster in servers() {
        let database = prepared(cluster);
        let major = major(&database);
        for (source, targets) in [("acme", &TARGETS[..]), ("o", &TARGETS[..1]), ("Quoted.name", &TARGETS[1..2])] {
            database.sql(&torture(source, major));
            let session = connect(&database.dsn()).await.expect("a connection");
            let before = read(&session, source).await.expect("a structure");
            cloned(&database, &session, source, targets, &Rows::None).await.expect("a recipe");
            for target in targets {
                let clone = read(&session, target).await.expect("a structure");
                let mut differ = differences(&before, &clone);
                differ.extend(leaks(&session, target, source).await.expect("an answer"));
                if !differ.is_empty() || clone.exact != before.exact {
                    complaints.push(format!("PostgreSQL {major}, {source} as {target}:\n{}", differ.join("\n")));
                }
                database.sql(&format!("SET client_min_messages = warning; DROP SCHEMA {} CASCADE", ident(target)));
            }
            let after = read(&session, source).await.expect("a structure");
            assert_eq!(after.exact, before.exact, "the source is only read");
            database.sql(&format!("SET client_min_messages = warning; DROP SCHEMA {} CASCADE", ident(source)));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn a_clone_of_a_clone_is_made_by_the_same_recipe() {
    for cluster in servers() {
        let database = prepared(cluster);
        database.sql(&torture("one", major(&database)));
        let session = connect(&database.dsn()).await.expect("a connection");
        let first = cloned(&database, &session, "one", &["two"], &Rows::All).await.expect("a recipe");
        let again = cloned(&database, &session, "two", &["six"], &Rows::All).await.expect("a recipe");
        for (one, other) in [
            (&first.structure, &again.structure),
            (&first.finish, &again.finish),
            (&first.owners, &again.owners),
            (&first.last, &again.last),
        ] {
            let written = |made: &Vec<tenantry::plan::clone::Made>| -> BTreeSet<String> {
                let names = tenantry::plan::clone::Names { schema: "x", owner: "y" };
                made.iter().map(|made| made.sql.fill(&names)).collect()
            };
            let (one, other) = (written(one), written(other));
            let differ: Vec<_> = one.symmetric_difference(&other).collect();
            assert!(differ.is_empty(), "{differ:#?}");
        }
        assert_eq!(
            first.copies.iter().map(|copy| &copy.table).collect::<Vec<_>>(),
            again.copies.iter().map(|copy| &copy.table).collect::<Vec<_>>()
        );
    }
}

/// An independent witness: `pg_dump` of both, with one name for both. Runs on the servers that the installed `pg_dump` understands.
#[tokio::test]
async fn pg_dump_writes_the_same_of_both() {
    for cluster in servers() {
        let database = prepared(cluster);
        let major = major(&database);
        let Some(of_source) = ({
            database.sql(&torture("zz_one_zz", major));
            dumped(&database, "zz_one_zz", major)
        }) else {
            continue;
        };
        let session = connect(&database.dsn()).await.expect("a connection");
        cloned(&database, &session, "zz_one_zz", &["zz_two_zz"], &Rows::None).await.expect("a recipe");
        let of_clone = dumped(&database, "zz_two_zz", major).expect("it dumped the source, too");
        let differ: Vec<_> = of_source.symmetric_difference(&of_clone).collect();
        assert!(differ.is_empty(), "PostgreSQL {major}: {differ:#?}");
        assert!(of_source.len() > 200, "{}", of_source.len());
    }
}

/// The statements of a dump, each as one text, with one name for the schema; `None` where the server is newer than `pg_dump`.
fn dumped(database: &Database, schema: &str, major: u32) -> Option<BTreeSet<String>> {
    let version = output(Command::new("pg_dump").arg("--version"));
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let newest: u32 =
        version.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse().ok()).expect("a version");
    if major > newest {
        return None;
    }
    let output = output(Command::new("pg_dump").args(["--schema-only", "--schema", schema, "--dbname", &database.dsn()]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // Labels and words alone stay as they are.
    let one_name = ["zz_one_zz", "zz_two_zz"]
        .iter()
        .fold(text, |text, name| text.replace(&ident(name), "SCHEMA").replace(name, "SCHEMA"));
    let entries = one_name.split("\n--\n-- ").filter_map(|entry| entry.strip_prefix("Name: "));
    // Privileges are listed in the order in which they were given.
    let sorted = |entry: &str| {
        let mut lines: Vec<&str> = entry.trim().lines().collect();
        if entry.contains("; Type: ACL;") {
            lines.sort_unstable();
        }
        lines.join("\n")
    };
    Some(entries.map(sorted).collect())
}
