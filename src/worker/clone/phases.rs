//! A target made in several transactions: marked as incomplete and closed to others until the last one. Must not know what is compared,
//! nor how rows go.

use super::rows::Giver;
use super::site::{Fail, SOON, Site};
use super::{lanes, one, source};
use crate::domain::catalog::Oid;
use crate::domain::run::{CauseKind, Part};
use crate::plan::clone::message::COMMIT;
use crate::worker::failpoint::{self, Place};

/// Makes it and gives the last transaction. What is left of one that did not work is removed.
pub(super) async fn make(site: &Site<'_>) -> Result<u64, Fail> {
    if site.at_hand.writer.is_pooled() {
        let what = "a target that is made in several transactions needs a direct connection, and a pooler stands between";
        let hint = Some("name the server's own address for this database in fleet.toml");
        return Err(Fail::of(CauseKind::Statement, what, hint));
    }
    let ended = match begun(site).await {
        Ok(oid) => match rest(site, oid).await {
            Ok(transaction) => Ok(transaction),
            Err(fail) => Err(undone(site, oid, fail).await?),
        },
        Err(fail) => Err(site.roll_back(fail).await),
    };
    // A session that was cancelled, or that cannot give the lock back, is closed, and the lock goes with it.
    if !site.at_hand.writer.is_spent() {
        let _released = site.at_hand.writer.send(&site.making.release(), SOON).await;
    }
    ended
}

/// Removes what is left. What is in doubt stays so, and so does what a cancelled connection cannot remove any more.
async fn undone(site: &Site<'_>, oid: Oid, fail: Fail) -> Result<Fail, Fail> {
    match site.roll_back(fail).await {
        doubt @ Fail::Doubt(_) => Err(doubt),
        _ if site.at_hand.writer.is_spent() => Err(Fail::Doubt("it was cancelled between two transactions".to_owned())),
        fail => match remove(site, oid).await {
            Ok(()) => Ok(fail),
            // Something of it is there: whoever finds out what became of it removes it then.
            Err(Fail::Cause(cause)) => Err(Fail::Doubt(format!("what was made of it could not be removed: {}", cause.what))),
            Err(other) => Err(other),
        },
    }
}

/// The marked schema, with nothing in it.
async fn begun(site: &Site<'_>) -> Result<Oid, Fail> {
    site.send(&site.making.begin_mark(), 1).await?;
    let (oid, _) = one::create(site).await?;
    site.send(COMMIT, 1).await?;
    Ok(oid)
}

async fn rest(site: &Site<'_>, oid: Oid) -> Result<u64, Fail> {
    let recipe = &site.cloning.recipe;
    let before = site.making.before_apart();
    look(site).await?;
    site.meter.part(Part::Structure);
    site.chunks(&recipe.structure, before, |making, chunk| making.chunk_apart(chunk, oid)).await?;
    failpoint::pass(Place::AfterStructure);
    if !recipe.copies.is_empty() {
        site.meter.part(Part::Rows);
        let giver = Giver::open(site).await?;
        one::begin(site).await?;
        // Between the structure and the rows somebody may have changed the source.
        source::look(site, &giver).await?;
        lanes::copy(site, &giver).await?;
        site.send(COMMIT, 1).await?;
    }
    failpoint::pass(Place::AfterRows);
    site.meter.part(Part::Finish);
    site.chunks(&recipe.finish, before, |making, chunk| making.chunk_apart(chunk, oid)).await?;
    let giver = Giver::open_to_look(site).await?;
    site.send(&site.making.begin_last(oid), 1).await?;
    let rows = site.send(site.making.transaction(), 1).await?;
    let xid = rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or_default();
    one::last(site, oid, &giver).await?;
    one::commit(site, xid).await
}

/// Whether the source is as it was, before anything is made of it.
async fn look(site: &Site<'_>) -> Result<(), Fail> {
    let giver = Giver::open_to_look(site).await?;
    if site.making.is_within() {
        site.send(&site.making.begin_look(), 1).await?;
    }
    source::look(site, &giver).await?;
    if site.making.is_within() {
        site.send(COMMIT, 1).await?;
    }
    Ok(())
}

/// Removes a marked schema, a few tables at a time.
pub(super) async fn remove(site: &Site<'_>, oid: Oid) -> Result<(), Fail> {
    site.send(&site.making.end_lanes(oid), 1).await?;
    let batches = site.send(&site.making.leftovers(oid), 1).await?;
    for tables in batches.iter().filter_map(|row| row.first()?.as_deref()) {
        site.send(&site.making.remove(oid, tables), 1).await?;
    }
    site.send(&site.making.remove_schema(oid), 1).await.map(drop)
}
