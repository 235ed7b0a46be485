//! The rows of one target on several connections: each copies whole tables in a transaction of its own, and all of them see one moment
//! of the source. Must not know how a table is copied.

use futures_util::future::{join, join_all};

use super::rows::{self, Giver, Queue, Ways, ask};
use super::site::{Fail, Site};
use super::verify;
use crate::domain::run::CauseKind;
use crate::plan::clone::message::COMMIT;
use crate::worker::at_hand::AtHand;

/// Copies all of them, in the transaction that is open on this connection and, where the plan has connections left, on others.
pub(super) async fn copy(site: &Site<'_>, giver: &Giver) -> Result<(), Fail> {
    let tables = &site.cloning.recipe.copies;
    let others = site.lanes().min(tables.len()).saturating_sub(1);
    if others == 0 {
        return rows::copy(site, giver).await;
    }
    let (ways, queue) = (Ways::read(site, giver).await?, Queue::of(tables));
    let snapshot = exported(site, giver).await?;
    let beside = join_all((0..others).map(|_| lane(site, &snapshot, &ways, &queue)));
    let (own, beside) = join(rows::all(site, giver, &ways, &queue), beside).await;
    let copied = own.and(beside.into_iter().collect());
    if copied.is_err() && site.at_hand.common.cancel.is_cancelled() {
        // Whatever was cancelled, this connection may be as well: it writes nothing more.
        let _asked = site.at_hand.writer.cancel().await;
        return Err(Fail::Doubt("it was cancelled while rows were copied".to_owned()));
    }
    copied
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
