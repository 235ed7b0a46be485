//! A target made in one transaction: all of it is there, or nothing. Must not know what is compared, nor how rows go.

use super::rows::Giver;
use super::site::{Fail, Site};
use super::{lanes, source, verify};
use crate::domain::catalog::Oid;
use crate::domain::run::Part;
use crate::plan::clone::message::Making;
use crate::worker::failpoint::{self, Place};

/// Makes it and gives the transaction.
pub(super) async fn make(site: &Site<'_>) -> Result<u64, Fail> {
    let giver = Giver::open(site).await?;
    match within(site, &giver).await {
        Ok(transaction) => Ok(transaction),
        Err(fail) => Err(site.roll_back(fail).await),
    }
}

async fn within(site: &Site<'_>, giver: &Giver) -> Result<u64, Fail> {
    begin(site).await?;
    let (oid, xid) = create(site).await?;
    source::look(site, giver).await?;
    let recipe = &site.cloning.recipe;
    site.meter.part(Part::Structure);
    site.chunks(&recipe.structure, BEFORE, Making::chunk).await?;
    site.meter.part(Part::Rows);
    lanes::copy(site, giver).await?;
    site.meter.part(Part::Finish);
    site.chunks(&recipe.finish, BEFORE, Making::chunk).await?;
    last(site, oid, giver).await?;
    commit(site, xid).await
}

/// The path and the role are set before the statements of each message.
pub(super) const BEFORE: u32 = 2;

/// Opens the transaction. What it locks of the source must be there.
pub(super) async fn begin(site: &Site<'_>) -> Result<(), Fail> {
    let message = site.making.begin();
    site.send(&message, 1).await.map(drop).map_err(verify::of_source)
}

/// Makes the schema. That is in the journal when this returns.
pub(super) async fn create(site: &Site<'_>) -> Result<(Oid, u64), Fail> {
    let rows = site.send(&site.making.create(), 1).await?;
    let number = |at: usize| rows.last()?.get(at)?.as_deref();
    let made = number(0).and_then(|oid| oid.parse().ok()).zip(number(1).and_then(|xid| xid.parse().ok()));
    let Some((oid, xid)) = made else {
        return Err(Fail::of(crate::domain::run::CauseKind::Strange, "the server does not say what it made", None));
    };
    if !site.at_hand.created(oid, xid).await {
        return Err(Fail::Untouched);
    }
    // What follows a line in the registry is the application's.
    if site.making.registry().is_none() {
        site.at_hand.common.source.made(xid);
    }
    failpoint::pass(Place::AfterCreated);
    Ok((oid, xid))
}

/// What comes last, in a transaction that is open: who owns the target, what opens it to others, its lines in the registry, and
/// the comparison.
pub(super) async fn last(site: &Site<'_>, oid: Oid, giver: &Giver) -> Result<(), Fail> {
    let recipe = &site.cloning.recipe;
    site.chunks(&recipe.owners, BEFORE, Making::chunk).await?;
    site.send(&site.making.without_default_privileges(oid), 10).await?;
    site.chunks(&recipe.last, BEFORE, Making::chunk).await?;
    if let Some(registry) = site.making.registry() {
        site.send(&registry, 10).await?;
    }
    site.meter.part(Part::Verify);
    verify::target(site, oid, giver).await?;
    site.meter.done(1);
    failpoint::pass(Place::AfterVerify);
    Ok(())
}

/// Keeps it.
pub(super) async fn commit(site: &Site<'_>, xid: u64) -> Result<u64, Fail> {
    site.send(&site.making.commit(xid), 3).await?;
    Ok(xid)
}
