//! The rows of one target on several connections, all of which see one moment of the source: each copies whole tables in a transaction of
//! its own, or sums up what another one copies. Must not know how a table is copied.

use futures_util::future::{join_all, join3};
use tokio::sync::oneshot;

use super::rows::{self, Giver, Queue, Ways, ask};
use super::site::{Fail, Site};
use super::verify;
use crate::domain::run::CauseKind;
use crate::pg::Texts;
use crate::plan::clone::Copy;
use crate::plan::clone::message::COMMIT;
use crate::worker::at_hand::AtHand;

/// Tables of so many bytes are worth a connection that sums up their rows while they are copied.
const WITNESSED: u64 = 16 << 20;

/// Copies all of them, in the transaction that is open on this connection. The connections that the plan has left help: where a target is
/// made in several transactions, they copy tables, too; and one sums up large tables of the source while they are copied.
pub(super) async fn copy(site: &Site<'_>, giver: &Giver) -> Result<(), Fail> {
    let tables = &site.cloning.recipe.copies;
    if tables.is_empty() {
        return Ok(());
    }
    let copying = if site.cloning.phased { site.lanes().min(tables.len()) } else { 1 };
    let (ways, queue) = (Ways::read(site, giver).await?, Queue::of(tables));
    // Another database has its own connection to sum up on.
    let has_witness = copying < site.lanes() && giver.0.is_none() && !site.at_hand.writer.is_pooled();
    let witnessed = if has_witness { queue.witnessed(WITNESSED) } else { Vec::new() };
    if copying == 1 && witnessed.is_empty() {
        return rows::all(site, giver, &ways, &queue).await;
    }
    let snapshot = exported(site, giver).await?;
    let beside = join_all((1..copying).map(|_| lane(site, &snapshot, &ways, &queue)));
    let witness = witness(site, &snapshot, &ways, witnessed);
    let (own, beside, ()) = join3(rows::all(site, giver, &ways, &queue), beside, witness).await;
    let copied = own.and(beside.into_iter().collect());
    if copied.is_err() && copying > 1 && site.at_hand.common.cancel.is_cancelled() {
        // Whatever was cancelled, this connection may be as well: it writes nothing more.
        let _asked = site.at_hand.writer.cancel().await;
        return Err(Fail::Doubt("it was cancelled while rows were copied".to_owned()));
    }
    copied
}

/// Tells what the rows of the source sum up to. Where it cannot, whoever copies finds out.
async fn witness(site: &Site<'_>, snapshot: &str, ways: &Ways, witnessed: Vec<(&Copy, oneshot::Sender<Texts>)>) {
    if witnessed.is_empty() {
        return;
    }
    let Ok(writer) = site.target_writer().await else { return };
    let at_hand = AtHand { writer: &writer, ..*site.at_hand };
    let beside = site.beside(&at_hand);
    for begin in [&beside.making.begin_at(snapshot), &beside.making.as_maker()] {
        if beside.send(begin, 1).await.is_err() {
            return;
        }
    }
    for (table, mut tell) in witnessed {
        let question = beside.making.sum_of_source(table, ways.hash(table));
        let sum = tokio::select! {
            sum = beside.send(&question, 1) => sum,
            // The copy has failed.
            () = tell.closed() => {
                let _asked = writer.cancel().await;
                return;
            }
        };
        let Ok(sum) = sum else { return };
        let _heard = tell.send(sum);
    }
}

/// The name under which others find what the transaction that reads the source sees.
async fn exported(site: &Site<'_>, giver: &Giver) -> Result<String, Fail> {
    let rows = match &giver.0 {
        None => site.send(site.making.export(), 1).await?,
        Some(from) => ask(site, from, site.making.export()).await?,
    };
    let name = rows.into_iter().next_back().and_then(|row| row.into_iter().next().flatten());
    name.ok_or_else(|| Fail::of(CauseKind::Strange, "the server does not name its snapshot", None))
}

/// One connection more. Who cannot have it leaves its tables to the others.
async fn lane(site: &Site<'_>, snapshot: &str, ways: &Ways, queue: &Queue<'_>) -> Result<(), Fail> {
    let writer = match site.target_writer().await {
        Ok(writer) => writer,
        Err(Fail::Cause(cause)) => {
            site.at_hand.noted(format!("rows are copied on fewer connections than planned: {}", cause.what));
            return Ok(());
        }
        Err(fail) => return Err(fail),
    };
    let at_hand = AtHand { writer: &writer, ..*site.at_hand };
    let lane = site.beside(&at_hand);
    let copied = match beside(&lane, snapshot, ways, queue).await {
        Ok(()) => Ok(()),
        Err(fail) => Err(lane.roll_back(fail).await),
    };
    copied.map_err(|fail| {
        queue.close();
        match fail {
            // The target is not complete without it, and goes as a whole.
            Fail::Doubt(why) => Fail::of(CauseKind::Server, why, None),
            fail => fail,
        }
    })
}

async fn beside(lane: &Site<'_>, snapshot: &str, ways: &Ways, queue: &Queue<'_>) -> Result<(), Fail> {
    let giver = Giver::open_at(lane, snapshot).await?;
    lane.send(&lane.making.begin_at(snapshot), 1).await.map_err(verify::of_source)?;
    rows::all(lane, &giver, ways, queue).await?;
    lane.send(COMMIT, 1).await.map(drop)
}
