//! `diff A [B]`: what differs between two schemas, or between a schema and the reference. Reads these two alone where the reference
//! is known by name. Must not run anything.

use std::sync::Arc;

use super::{Answer, counted};
use crate::cli::args::{DiffArguments, With, Without};
use crate::cli::difference;
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::paper::narrate;
use crate::cli::reading;
use crate::cli::seek::{self, Found};
use crate::cli::sheet::Paper;
use crate::config::Environment;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::{SchemaPath, shown};
use crate::domain::record;
use crate::domain::structure::{Comparison, Difference, Structure};
use crate::drift;
use crate::observer::{self, Depth, Target};
use crate::plan::mend::{self, Proposal};

/// One of the two.
pub(super) struct Side {
    pub(super) path: SchemaPath,
    pub(super) structure: Arc<Structure>,
    code: ExitCode,
}

pub(in crate::cli) fn run(asked: &DiffArguments, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets(environment)?;
    let one = seek::open(&asked.one, &targets, &observer::read_structure)?;
    let (reference, here) = match &asked.other {
        Some(other) => (Side::of(one), Side::of(seek::open(other, &targets, &observer::read_structure)?)),
        None => (reference(&targets, one.at)?, Side::of(one)),
    };
    let comparison = comparison(&environment.policy.comparison, asked);
    let differences = drift::diff(&reference.structure, &here.structure, &comparison);
    let drifts = differences.iter().filter(|difference| difference.is_drift()).count();
    let code = if reference.code == ExitCode::Done { here.code } else { reference.code };
    let text = if asked.json {
        record::json(&differences.iter().map(record::drift::of_difference).collect::<Vec<_>>())
    } else if asked.sql {
        proposal(&reference, &here, &differences)
    } else {
        people(&reference, &here, &differences, drifts, asked.side_by_side, paper)
    };
    Ok(Answer { text, note: None, code: code.found(drifts > 0, asked.exit_code) })
}

impl Side {
    fn of(found: Found<Structure>) -> Self {
        Self { path: found.path, structure: Arc::new(found.it), code: found.code }
    }
}

/// The reference: the schema that fleet.toml names, else what most schemas of the fleet have.
fn reference(targets: &[Target], at: usize) -> Result<Side, Failure> {
    if let Some(named) = named_reference(targets, at)? {
        return Ok(named);
    }
    let (fleet, code) = reading::fleet(targets.to_vec(), Depth::DRIFT)?;
    let found = fleet.drift.reference.as_ref().and_then(|reference| {
        let cohort = fleet.drift.shape(reference.cohort)?;
        Some((crate::cli::verdict::path(&cohort.representative, &fleet), drift::reference(&fleet)?))
    });
    if let Some((path, structure)) = found {
        return Ok(Side { path, structure: Arc::clone(structure), code });
    }
    let fault = Fault::new(FaultKind::Gone, "there is no reference to compare with");
    let code = if code == ExitCode::Done { ExitCode::Failed } else { code };
    Err(Failure::Fault(code, fault.hint("Name a second schema, or a `reference` in fleet.toml.")))
}

/// The reference that fleet.toml names: in the schema's own database, else in another one.
pub(super) fn named_reference(targets: &[Target], at: usize) -> Result<Option<Side>, Failure> {
    let others = targets.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, target)| target);
    for target in targets.iter().skip(at).take(1).chain(others) {
        let Some(name) = target.policy.reference.as_deref() else { continue };
        match reading::wait(observer::read_structure(target, name))? {
            Ok(structure) => {
                let path = SchemaPath { database: target.label.clone(), schema: name.to_owned() };
                return Ok(Some(Side { path, structure: Arc::new(structure), code: ExitCode::Done }));
            }
            Err(fault) if fault.kind == FaultKind::Gone => {}
            Err(fault) => narrate(&told(&format!("{}: {}", shown(&target.label), fault.what), fault.hint.as_deref())),
        }
    }
    Ok(None)
}

fn comparison(configured: &Comparison, asked: &DiffArguments) -> Comparison {
    let without = |what| asked.without.contains(&what);
    Comparison {
        positions: configured.positions && !without(Without::Positions),
        bodies: configured.bodies && !without(Without::Bodies),
        comments: configured.comments && !without(Without::Comments),
        owners: configured.owners || asked.with.contains(&With::Owners),
        grants: configured.grants || asked.with.contains(&With::Grants),
        ignore: configured.ignore.clone(),
    }
}

fn people(reference: &Side, here: &Side, differences: &[Difference], drifts: usize, beside: bool, paper: Paper) -> String {
    let count = match (drifts, differences.len() - drifts) {
        (0, 0) => "no difference".to_owned(),
        (0, _) => "no difference but in names or texts that servers make".to_owned(),
        (drifts, _) => counted(drifts as u64, "difference", "differences"),
    };
    let body = difference::text(differences, paper, beside);
    format!("--- {}\n+++ {}\n{count}\n{body}", reference.path, here.path)
}

/// What would bring the schema to the reference, as a script to read.
fn proposal(reference: &Side, here: &Side, differences: &[Difference]) -> String {
    let proposals = mend::proposals(&here.path.schema, &reference.structure, differences);
    let mut out = format!(
        "-- A proposal to read, not a script that was tried: {}\n-- would become like {}.\n",
        here.path, reference.path
    );
    if !differences.iter().any(Difference::is_drift) {
        out.push_str("-- There is nothing to do.\n");
    }
    for (difference, proposal) in proposals.iter().filter(|(difference, _)| difference.is_drift()) {
        let label = difference.object().label();
        let label = shown(&label);
        match proposal {
            Proposal::Statement { sql, .. } if !is_plain(sql) => {
                out.push_str(&format!(
                    "\n-- {label}: its statement holds characters that a terminal obeys; take it from the console\n"
                ));
            }
            Proposal::Statement { sql, mind } => {
                out.push_str(&format!("\n-- {label}\n"));
                if let Some(mind) = mind {
                    out.push_str(&format!("-- mind: {}\n", shown(mind)));
                }
                out.push_str(&format!("{}\n", sql.trim_end()));
            }
            Proposal::NotSimple(why) => out.push_str(&format!("\n-- {label}: not simple: {}\n", shown(why))),
        }
    }
    out
}

/// Whether a text holds nothing that is shown otherwise than it is.
fn is_plain(sql: &str) -> bool {
    sql.split(['\n', '\t']).all(|part| matches!(shown(part), std::borrow::Cow::Borrowed(_)))
}
