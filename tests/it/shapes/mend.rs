//! Proposals on a real server: each alteration of `cases.sql` is mended by what is proposed for it, in both directions, without any
//! `search_path`; what is not simple says so and is left.

use std::sync::Arc;

use tenantry::demo::Cluster;
use tenantry::domain::structure::{Comparison, Difference, Structure};
use tenantry::drift::diff;
use tenantry::pg::Session;
use tenantry::plan::mend::{Proposal, proposals};
use tenantry::sqltext::ident;

use super::cases::{Case, cases, told};
use super::{base, filled, read_within, ready};
use crate::connect::{GENEROUS, connect};
use crate::support::{Database, servers};

/// A drifted schema and what it should be.
struct Patient {
    case: &'static str,
    schema: String,
    reference: Structure,
    proposed: Vec<(Difference, Proposal)>,
}

impl Patient {
    fn new(case: &Case, schema: String, here: &Structure, reference: &Structure) -> Self {
        let found = diff(reference, here, &Comparison::default());
        let proposed = proposals(&schema, reference, &found);
        Self { case: case.name, schema, reference: reference.clone(), proposed }
    }

    fn statements(&self) -> impl Iterator<Item = &str> {
        self.proposed.iter().filter_map(|(_, proposal)| match proposal {
            Proposal::Statement { sql, .. } => Some(sql.as_str()),
            Proposal::NotSimple(_) => None,
        })
    }
}

async fn structure(session: &Session, name: &str) -> Structure {
    let read = read_within(session, name, GENEROUS, &Comparison::default()).await;
    read.unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_proposed_runs_and_mends() {
    for cluster in servers() {
        let database = ready(cluster);
        let major: u32 = database.sql("SHOW server_version_num")[0].parse::<u32>().expect("a number") / 10_000;
        database.sql(&base("reference"));
        let session = connect(&database.dsn()).await.expect("a connection");
        let reference = Arc::new(structure(&session, "reference").await);
        session.close().await;
        let all: Vec<Case> = cases().into_iter().filter(|case| case.since <= major).collect();
        let all = Arc::new(all);
        let workers: Vec<_> =
            (0..2).map(|worker| tokio::spawn(run(cluster, Arc::clone(&reference), Arc::clone(&all), worker))).collect();
        let (mut statements, mut complaints) = (0, Vec::new());
        for worker in workers {
            let (proposed, found) = worker.await.expect("a worker");
            statements += proposed;
            complaints.extend(found);
        }
        assert!(complaints.is_empty(), "PostgreSQL {major}: {} complaints\n{}", complaints.len(), complaints.join("\n"));
        assert!(statements > 100, "PostgreSQL {major}: only {statements} statements were proposed");
    }
}

/// Every other batch of cases. Gives how many statements were proposed, and complaints.
async fn run(
    cluster: &'static Cluster,
    reference: Arc<Structure>,
    all: Arc<Vec<Case>>,
    worker: usize,
) -> (usize, Vec<String>) {
    let (mut statements, mut complaints) = (0, Vec::new());
    for batch in all.chunks(20).skip(worker).step_by(2) {
        // To drop a database takes less time than to drop what is in it.
        let database = ready(cluster);
        // The server process remembers all that it has described.
        let session = connect(&database.dsn()).await.expect("a connection");
        let (altered, structures) = altered(&database, &session, &reference, batch).await;
        statements += mend(&database, &altered);
        let (mut plain, mut made) = (Vec::new(), String::new());
        for (at, ((case, patient), as_altered)) in batch.iter().zip(&altered).zip(&structures).enumerate() {
            let here = if patient.statements().next().is_some() {
                structure(&session, &patient.schema).await
            } else {
                as_altered.clone()
            };
            complaints.extend(complaint(patient, &here));
            // One that was mended to the last object is as good as a new one.
            let is_plain = here == *reference;
            let schema = if is_plain { patient.schema.clone() } else { format!("Plain \"{at}\"") };
            let back = Patient::new(case, schema, &reference, as_altered);
            if back.statements().next().is_some() {
                made.push_str(&if is_plain { String::new() } else { base(&back.schema) });
                plain.push(back);
            }
        }
        database.sql(&made);
        statements += mend(&database, &plain);
        for patient in &plain {
            complaints.extend(complaint(patient, &structure(&session, &patient.schema).await));
        }
        session.close().await;
    }
    (statements, complaints)
}

/// Of each case a schema that should be as the reference, and what it is instead.
async fn altered(
    database: &Database,
    session: &Session,
    reference: &Structure,
    batch: &[Case],
) -> (Vec<Patient>, Vec<Structure>) {
    let mut made = String::new();
    for (at, case) in batch.iter().enumerate() {
        let name = format!("altered {at}.");
        let path = format!("SET search_path = {};\n", ident(&name));
        made.push_str(&[base(&name), path, filled(&case.sql, &name), "RESET search_path;\n".into()].concat());
    }
    database.sql(&made);
    let (mut patients, mut structures) = (Vec::new(), Vec::new());
    for (at, case) in batch.iter().enumerate() {
        let name = format!("altered {at}.");
        let here = structure(session, &name).await;
        patients.push(Patient::new(case, name, &here, reference));
        structures.push(here);
    }
    (patients, structures)
}

/// Runs what is proposed; gives how many statements that were.
fn mend(database: &Database, patients: &[Patient]) -> usize {
    let mut run = String::from("SET search_path = '';\nSET client_min_messages = error;\n");
    let all: Vec<&str> = patients.iter().flat_map(Patient::statements).collect();
    for sql in &all {
        // What fails is found by what is still different.
        run.push_str(&format!("DO $mend$ BEGIN\n{sql}\nEXCEPTION WHEN OTHERS THEN NULL; END $mend$;\n"));
    }
    database.sql(&run);
    all.len()
}

/// What is still different although a statement was proposed for it, and what became different by one.
fn complaint(patient: &Patient, here: &Structure) -> Option<String> {
    patient.statements().next()?;
    let left = diff(&patient.reference, here, &Comparison::default());
    // A column comes last, wherever the reference has it: its proposal says so.
    let is_placed = |told: &str| told.starts_with("changed column") && told.ends_with(": position");
    let is_statement = |proposal: &Proposal| matches!(proposal, Proposal::Statement { .. });
    let not_simple: Vec<String> = patient.proposed.iter().filter(|(_, p)| !is_statement(p)).map(|(d, _)| told(d)).collect();
    let wrong: Vec<String> = left
        .iter()
        .filter(|difference| difference.is_drift())
        .map(told)
        .filter(|told| !not_simple.contains(told) && !is_placed(told))
        .collect();
    let sql: Vec<&str> = patient.statements().collect();
    (!wrong.is_empty())
        .then(|| format!("{} in {}\n  {}\n{}\n", patient.case, patient.schema, wrong.join("\n  "), sql.join("\n")))
}
