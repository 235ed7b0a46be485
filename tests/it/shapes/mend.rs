//! Proposals on a real server: each alteration of `cases.sql` is mended by what is proposed for it, in both directions, without any
//! `search_path`; what is not simple says so and is left.

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
        let reference = structure(&session, "reference").await;
        session.close().await;
        let all: Vec<Case> = cases().into_iter().filter(|case| case.since <= major).collect();
        let (mut statements, mut complaints) = (0, Vec::new());
        for (number, batch) in all.chunks(20).enumerate() {
            // The server process remembers all that it has described.
            let session = connect(&database.dsn()).await.expect("a connection");
            let patients = patients(&database, &session, &reference, batch, number).await;
            let mut run = String::from("SET search_path = '';\nSET client_min_messages = error;\n");
            for patient in &patients {
                for (_, proposal) in &patient.proposed {
                    let Proposal::Statement { sql, .. } = proposal else { continue };
                    statements += 1;
                    // What fails is found by what is still different.
                    run.push_str(&format!("DO $mend$ BEGIN\n{sql}\nEXCEPTION WHEN OTHERS THEN NULL; END $mend$;\n"));
                }
            }
            database.sql(&run);
            for patient in &patients {
                complaints.extend(complaint(&session, patient).await);
            }
            session.close().await;
            let schemas: Vec<String> = (0..batch.len()).flat_map(|at| names(number, at)).map(|name| ident(&name)).collect();
            database.sql(&format!("SET client_min_messages = error; DROP SCHEMA {} CASCADE", schemas.join(", ")));
        }
        assert!(complaints.is_empty(), "PostgreSQL {major}: {} complaints\n{}", complaints.len(), complaints.join("\n"));
        assert!(statements > 100, "PostgreSQL {major}: only {statements} statements were proposed");
    }
}

fn names(batch: usize, at: usize) -> [String; 2] {
    [format!("altered {batch}.{at}"), format!("Plain \"{batch}\" {at}")]
}

/// Of each case an altered schema that should be as the reference, and a plain one that should be as the altered one.
async fn patients(
    database: &Database,
    session: &Session,
    reference: &Structure,
    batch: &[Case],
    number: usize,
) -> Vec<Patient> {
    let mut made = String::new();
    for (at, case) in batch.iter().enumerate() {
        let [altered, plain] = names(number, at);
        let path = format!("SET search_path = {};\n", ident(&altered));
        made.push_str(
            &[base(&altered), path, filled(&case.sql, &altered), "RESET search_path;\n".into(), base(&plain)].concat(),
        );
    }
    database.sql(&made);
    let mut patients = Vec::new();
    for (at, case) in batch.iter().enumerate() {
        let [altered, plain] = names(number, at);
        let as_altered = structure(session, &altered).await;
        for (schema, here, reference) in
            [(altered, as_altered.clone(), reference.clone()), (plain, reference.clone(), as_altered)]
        {
            let found = diff(&reference, &here, &Comparison::default());
            let proposed = proposals(&schema, &reference, &found);
            patients.push(Patient { case: case.name, schema, reference, proposed });
        }
    }
    patients
}

/// What is still different although a statement was proposed for it, and what became different by one.
async fn complaint(session: &Session, patient: &Patient) -> Option<String> {
    let is_statement = |proposal: &Proposal| matches!(proposal, Proposal::Statement { .. });
    if !patient.proposed.iter().any(|(_, proposal)| is_statement(proposal)) {
        return None;
    }
    let here = structure(session, &patient.schema).await;
    let left = diff(&patient.reference, &here, &Comparison::default());
    // A column comes last, wherever the reference has it: its proposal says so.
    let is_placed = |told: &str| told.starts_with("changed column") && told.ends_with(": position");
    let not_simple: Vec<String> = patient.proposed.iter().filter(|(_, p)| !is_statement(p)).map(|(d, _)| told(d)).collect();
    let wrong: Vec<String> = left
        .iter()
        .filter(|difference| difference.is_drift())
        .map(told)
        .filter(|told| !not_simple.contains(told) && !is_placed(told))
        .collect();
    let sql: Vec<&str> = patient
        .proposed
        .iter()
        .filter_map(|(_, proposal)| match proposal {
            Proposal::Statement { sql, .. } => Some(sql.as_str()),
            Proposal::NotSimple(_) => None,
        })
        .collect();
    (!wrong.is_empty())
        .then(|| format!("{} in {}\n  {}\n{}\n", patient.case, patient.schema, wrong.join("\n  "), sql.join("\n")))
}
