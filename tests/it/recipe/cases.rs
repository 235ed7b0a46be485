//! Every single kind, also those of which the torture schema has none: each alteration of `shapes/cases.sql`, made again. Many
//! alterations stand in one schema, as many as do not contradict each other.

use std::collections::{BTreeSet, VecDeque};

use tenantry::pg::Session;
use tenantry::plan::clone::{Rows, notes};
use tenantry::sqltext::ident;

use super::{blueprint, cloned, differences, leaks, major, prepared};
use crate::connect::connect;
use crate::shapes::cases::{Case, cases};
use crate::shapes::{base, filled, read};
use crate::support::{Database, servers};

/// What no statement can make: it is told beforehand.
const CANNOT: [&str; 3] = ["unique: invalid index", "index: invalid", "foreign key: not checked"];
/// So many alterations are tried in one schema. Of more, one would hide the other too often.
const TOGETHER: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_alteration_is_in_the_clone_too() {
    for cluster in servers() {
        let database = prepared(cluster);
        let major = major(&database);
        let session = connect(&database.dsn()).await.expect("a connection");
        let all = cases();
        let mut left: VecDeque<usize> =
            apart(all.len()).filter(|&at| all[at].since <= major && !CANNOT.contains(&all[at].name)).collect();
        let mut complaints = Vec::new();
        let mut schema = 0;
        while let Some(&first) = left.front() {
            schema += 1;
            let (source, target) = (format!("s{schema}"), format!("T {schema}"));
            let tried: Vec<usize> = left.iter().copied().take(TOGETHER).collect();
            let altered = altered(&database, &source, &all, &tried);
            assert!(altered.contains(&first), "alone in a schema, {} is refused", all[first].name);
            left.retain(|at| !altered.contains(at));
            cloned(&database, &session, &source, &[&target], &Rows::None).await.expect("a recipe");
            let reference = read(&session, &source).await.expect("a structure");
            let clone = read(&session, &target).await.expect("a structure");
            let mut differ = differences(&reference, &clone);
            differ.extend(leaks(&session, &target, &source).await.expect("an answer"));
            if !differ.is_empty() || reference.exact != clone.exact {
                let names: Vec<&str> = altered.iter().map(|&at| all[at].name).collect();
                complaints.push(format!("after {}:\n  {}", names.join(", "), differ.join("\n  ")));
            }
            database.sql(&format!("DROP SCHEMA {} CASCADE; DROP SCHEMA {} CASCADE", ident(&source), ident(&target)));
        }
        session.close().await;
        assert!(complaints.is_empty(), "PostgreSQL {major}: {}\n{}", complaints.len(), complaints.join("\n"));
    }
}

/// Numbers in an order in which neighbours are far apart: those of one kind of object stand together in the file.
fn apart(count: usize) -> impl Iterator<Item = usize> {
    let step = count.div_ceil(TOGETHER);
    (0..step).flat_map(move |first| (first..count).step_by(step))
}

/// Makes a schema with those of the alterations that it takes, and says which.
fn altered(database: &Database, source: &str, all: &[Case], tried: &[usize]) -> BTreeSet<usize> {
    let mut sql = format!("{}CREATE TABLE altered (at int);\nSET search_path = {}, public;\n", base(source), ident(source));
    for at in tried {
        let alteration = filled(&all[*at].sql, source);
        assert!(!alteration.contains("$alteration$"));
        sql.push_str(&format!(
            "DO $case$ BEGIN EXECUTE $alteration${alteration}$alteration$; INSERT INTO public.altered VALUES ({at}); \
             EXCEPTION WHEN OTHERS THEN NULL; END $case$;\n"
        ));
    }
    sql.push_str("SELECT at FROM public.altered; DROP TABLE public.altered");
    database.sql(&sql).iter().map(|at| at.parse().expect("a number")).collect()
}

#[tokio::test]
async fn what_no_statement_can_make_is_told_beforehand() {
    const KEY: &str = "ALTER TABLE items DISABLE TRIGGER ALL";
    const CHILD: &str =
        "CREATE TABLE early (a int); CREATE TABLE late (z int) INHERITS (early); ALTER TABLE early ADD b int";
    for cluster in servers() {
        let database = prepared(cluster);
        let session = connect(&database.dsn()).await.expect("a connection");
        for (at, (alteration, rule)) in [(KEY, "unchecked-key"), (CHILD, "later-column")].into_iter().enumerate() {
            let source = format!("s{at}");
            database.sql(&base(&source));
            let told = refused(&session, &source).await;
            assert!(told.is_empty(), "{told:?}");
            database.sql(&format!("SET search_path = {source}; {alteration}"));
            assert_eq!(refused(&session, &source).await, [rule]);
        }
        session.close().await;
    }
}

/// The rules by which a clone of it is refused.
async fn refused(session: &Session, source: &str) -> Vec<String> {
    let blueprint = blueprint(session, source).await.expect("a blueprint");
    notes(&blueprint).into_iter().filter(|note| note.refuses).map(|note| note.rule).collect()
}
