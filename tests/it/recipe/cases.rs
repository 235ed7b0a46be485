//! Every single kind alone: each alteration of `shapes/cases.sql`, made again.

use std::sync::Arc;

use tenantry::plan::clone::Rows;
use tenantry::sqltext::ident;

use super::{cloned, differences, leaks, major, prepared};
use crate::connect::connect;
use crate::shapes::cases::{Case, cases};
use crate::shapes::{base, filled, read};
use crate::support::{Database, servers};

/// What no statement can make: it is told beforehand.
const CANNOT: [&str; 3] = ["unique: invalid index", "index: invalid", "foreign key: not checked"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_alteration_is_in_the_clone_too() {
    for cluster in servers() {
        let database = prepared(cluster);
        let major = major(&database);
        let all: Vec<(usize, Case)> =
            cases().into_iter().filter(|case| case.since <= major && !CANNOT.contains(&case.name)).enumerate().collect();
        let (all, database) = (Arc::new(all), Arc::new(database));
        let workers: Vec<_> =
            (0..2).map(|worker| tokio::spawn(run(Arc::clone(&database), Arc::clone(&all), worker))).collect();
        let mut complaints = Vec::new();
        for worker in workers {
            complaints.extend(worker.await.expect("a worker"));
        }
        assert!(complaints.is_empty(), "PostgreSQL {major}: {}\n{}", complaints.len(), complaints.join("\n"));
    }
}

async fn run(database: Arc<Database>, cases: Arc<Vec<(usize, Case)>>, worker: usize) -> Vec<String> {
    let mut complaints = Vec::new();
    let mine: Vec<&(usize, Case)> = cases.iter().filter(|(at, _)| at % 2 == worker).collect();
    for batch in mine.chunks(20) {
        let session = connect(&database.dsn()).await.expect("a connection");
        let (mut made, mut dropped) = (String::new(), String::from("SET client_min_messages = warning;\n"));
        for (at, case) in batch {
            let (source, target) = (format!("s{at}"), format!("T {at}"));
            let altered = filled(&case.sql, &source);
            made.push_str(&format!("{}SET search_path = {};\n{altered}RESET search_path;\n", base(&source), ident(&source)));
            dropped.push_str(&format!("DROP SCHEMA {} CASCADE;\nDROP SCHEMA {} CASCADE;\n", ident(&source), ident(&target)));
        }
        database.sql(&made);
        for (at, case) in batch {
            let (source, target) = (format!("s{at}"), format!("T {at}"));
            cloned(&database, &session, &source, &[&target], &Rows::None).await.expect("a recipe");
            let reference = read(&session, &source).await.expect("a structure");
            let clone = read(&session, &target).await.expect("a structure");
            let mut differ = differences(&reference, &clone);
            differ.extend(leaks(&session, &target, &source).await.expect("an answer"));
            if !differ.is_empty() || reference.exact != clone.exact {
                complaints.push(format!("{}:\n  {}", case.name, differ.join("\n  ")));
            }
        }
        session.close().await;
        database.sql(&dropped);
    }
    complaints
}
