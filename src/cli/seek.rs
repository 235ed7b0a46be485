//! Opens the one schema that a person means by `acme` or `eu-1/acme`, in whichever database has it. Must not read more than that
//! schema, unless it is not found; must not know what is read of it.

use super::exit::ExitCode;
use super::failure::{Failure, told};
use super::find::{Wanted, ambiguous, not_found};
use super::paper::narrate;
use super::reading;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::{SchemaPath, shown};
use crate::observer::{Depth, Target};

/// What was found: which schema, in the database at which place, what was read of it, and how complete the search was.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) path: SchemaPath,
    pub(super) at: usize,
    pub(super) it: T,
    pub(super) code: ExitCode,
}

/// Reads the schema that was typed.
pub(super) fn open<T>(
    typed: &str,
    targets: &[Target],
    read: &impl AsyncFn(&Target, &str) -> Result<T, Fault>,
) -> Result<Found<T>, Failure> {
    let labels: Vec<&str> = targets.iter().map(|target| target.label.as_str()).collect();
    let wanted = Wanted::parse(typed, &labels);
    if let Some(found) = reading::wait(ask(targets, wanted, read))?? {
        return Ok(found);
    }
    // The slow way for a name that no database has as it was typed: it may be typed as it is shown, or nearly right.
    let (fleet, code) = reading::fleet(targets.to_vec(), Depth::FACTS)?;
    let entry = wanted.in_fleet(&fleet)?;
    let at = usize::from(entry.id.0);
    let it = reading::wait(read(&targets[at], entry.schema_name()))??;
    Ok(Found { path: entry.path(), at, it, code })
}

/// Asks every database that may have it. `None` when all answered and none has it.
async fn ask<T>(
    targets: &[Target],
    wanted: Wanted<'_>,
    read: &impl AsyncFn(&Target, &str) -> Result<T, Fault>,
) -> Result<Option<Found<T>>, Failure> {
    let asked: Vec<(usize, &Target)> =
        targets.iter().enumerate().filter(|(at, _)| wanted.database.is_none_or(|only| only == *at)).collect();
    let answers = asked.iter().map(|(_, target)| read(target, wanted.schema));
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for ((at, target), answer) in asked.iter().zip(futures_util::future::join_all(answers).await) {
        let path = SchemaPath { database: target.label.clone(), schema: wanted.schema.to_owned() };
        match answer {
            Ok(it) => found.push(Found { path, at: *at, it, code: ExitCode::Done }),
            Err(fault) if fault.kind == FaultKind::Gone => {}
            Err(fault) => faults.push((target.label.as_str(), fault)),
        }
    }
    if found.len() > 1 {
        return Err(ambiguous(wanted.schema, found.iter().map(|one| one.path.to_string())));
    }
    let code = if faults.is_empty() { ExitCode::Done } else { ExitCode::Incomplete };
    match (found.pop(), faults.as_slice()) {
        (Some(one), _) => {
            tell(&faults);
            Ok(Some(Found { code, ..one }))
        }
        (None, []) => Ok(None),
        (None, [(label, fault)]) if asked.len() == 1 => {
            let fault = Fault { what: format!("{}: {}", shown(label), fault.what), ..fault.clone() };
            Err(Failure::Fault(ExitCode::Incomplete, fault))
        }
        (None, _) => {
            tell(&faults);
            let silent: Vec<_> = faults.iter().map(|(label, _)| *label).collect();
            Err(not_found(wanted.schema, &silent, None))
        }
    }
}

fn tell(faults: &[(&str, Fault)]) {
    for (label, fault) in faults {
        narrate(&told(&format!("{}: {}", shown(label), fault.what), fault.hint.as_deref()));
    }
}
