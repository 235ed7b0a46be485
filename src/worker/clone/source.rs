//! Whether the source of a clone is what it was when the plan was made. Must not know what is made of it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::rows::Giver;
use super::site::{Fail, Site};
use super::verify::{changed, read};
use crate::pg::catalog::{self, Moment, Stamp};

/// What a worker knows of the source of its run.
#[derive(Debug, Default)]
pub(in crate::worker) struct Seen(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Its stamp when it was last found to be what the plan says, and when that was, in the targets' database.
    found: Option<(Stamp, Option<Moment>)>,
    /// The transactions that made targets, and nothing else.
    own: BTreeSet<u64>,
}

impl Seen {
    /// This transaction is one of the run's, and writes in nothing but its target.
    pub(super) fn made(&self, transaction: u64) {
        self.lock().own.insert(transaction);
    }

    /// Whether nobody else wrote anything since it was last seen.
    fn is_all_until(&self, now: &Moment) -> bool {
        let known = &mut *self.lock();
        let Some((_, Some(then))) = &mut known.found else { return false };
        let is_all = then.is_all_until(now, &known.own);
        if is_all {
            now.clone_into(then);
        }
        is_all
    }

    fn is(&self, stamp: &Stamp) -> bool {
        self.lock().found.as_ref().is_some_and(|(found, _)| found == stamp)
    }

    fn found(&self, stamp: Stamp, now: Option<Moment>) {
        self.lock().found = Some((stamp, now));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses a source that is not what the plan says. It is read once in a run, and again where somebody has written in the catalogue's rows
/// about it since; and these are looked at only where anybody else has written anything.
pub(super) async fn look(site: &Site<'_>, giver: &Giver) -> Result<(), Fail> {
    let writer = giver.0.as_ref().unwrap_or(site.at_hand.writer);
    let (known, seen) = (&site.cloning.source, &site.at_hand.common.source);
    let reading = writer.within(site.limits());
    let fault = |fault| site.fault(writer, fault);
    // The numbers of another server are others.
    let now = if giver.0.is_none() { Some(catalog::moment(&reading).await.map_err(fault)?) } else { None };
    if now.as_ref().is_some_and(|now| seen.is_all_until(now)) {
        return Ok(());
    }
    let stamp = catalog::stamp(&reading, known.oid).await.map_err(fault)?;
    if !seen.is(&stamp) {
        match read(site, writer, known.oid, &known.schema).await? {
            Some(found) if found.exact == known.exact => {}
            Some(_) => return Err(changed("it is not what it was")),
            None => return Err(changed("it is gone, or has another name")),
        }
    }
    seen.found(stamp, now);
    Ok(())
}
