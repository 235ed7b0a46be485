//! A clone: one schema made again under the name of a target, in one transaction or, where its rows or its locks are too many for that,
//! in several under a mark. What is made is compared with its source before it is kept. Must not decide what comes next.

mod lanes;
mod meter;
mod one;
mod phases;
mod rows;
mod site;
mod source;
mod verify;

use super::at_hand::AtHand;
use super::job::Outcome;
use super::settle as migration;
use crate::domain::run::{Backend, How};
use crate::plan::clone::Cloning;
use crate::plan::clone::resume::{self, Decision, Fresh};
use crate::plan::resume::OldBackend;

use self::site::{Fail, SOON, Site};
pub(super) use self::source::Seen;

/// Makes the target.
pub(super) async fn run(at_hand: &AtHand<'_>, cloning: &Cloning) -> Outcome {
    let Some(site) = Site::of(at_hand, cloning) else { return Outcome::Refused(migration::no_message()) };
    let made = if cloning.phased { phases::make(&site).await } else { one::make(&site).await };
    match made {
        Ok(transaction) => Outcome::Applied(How::Committed(transaction)),
        Err(fail) => fail.outcome(),
    }
}

/// Finds out what became of a target, as the table of [`resume`] says.
pub(super) async fn settle(at_hand: &AtHand<'_>, cloning: &Cloning, backend: Option<&Backend>) -> Outcome {
    let Some(site) = Site::of(at_hand, cloning) else { return Outcome::Refused(migration::no_message()) };
    let writer = at_hand.writer;
    // A pooler hands its processes to others: whoever has ours now must not be hurt. The lock of the name is waited for instead.
    let old = backend.filter(|old| old.start_us != 0 && !writer.is_pooled() && *old != writer.backend());
    let mut there = match (old, backend) {
        (Some(_), _) => OldBackend::Alive,
        (None, Some(_)) => OldBackend::Hidden,
        (None, None) => OldBackend::Gone,
    };
    let made = at_hand.job.made;
    let mut fresh = Fresh::Unread;
    loop {
        match (resume::decide(made.is_some(), cloning.phased, there, fresh), old, made) {
            (Decision::EndBackend, Some(old), _) => match migration::end(writer, old).await {
                Ok(()) => there = OldBackend::Gone,
                Err(why) => return Outcome::Doubt(why),
            },
            (Decision::EndBackend, None, _) => there = OldBackend::Gone,
            (Decision::Ask, _, Some(made)) => match writer.send(&site.making.question(made.0), SOON).await {
                Ok(rows) => fresh = resume::fresh(&rows, &at_hand.target().schema, made),
                Err(refused) => return Outcome::Doubt(refused.fault.what),
            },
            (Decision::Remove, _, Some(made)) => {
                return match phases::remove(&site, made.0).await {
                    Ok(()) | Err(Fail::Untouched) => Outcome::Untouched,
                    Err(Fail::Doubt(why)) => Outcome::Doubt(why),
                    Err(Fail::Cause(cause)) => Outcome::Doubt(cause.what),
                };
            }
            (Decision::Found, ..) => return Outcome::Applied(How::Found),
            (Decision::Skip(skip), ..) => return Outcome::Skipped(skip),
            (Decision::Nothing | Decision::Ask | Decision::Remove, ..) => return Outcome::Untouched,
        }
    }
}

/// Whether a target that was made is there after its server came back. One that got another name or was changed since is; of one
/// that lost its last transactions alone, what is left is removed. The fault is safe to show.
pub(super) async fn is_still_there(at_hand: &AtHand<'_>, cloning: &Cloning) -> Result<bool, String> {
    // Without its OID nothing can be told from what somebody else has made.
    let Some((site, made)) = Site::of(at_hand, cloning).zip(at_hand.job.made) else { return Ok(true) };
    let rows = at_hand.writer.send(&site.making.question(made.0), SOON).await.map_err(|refused| refused.fault.what)?;
    match resume::fresh(&rows, &at_hand.target().schema, made) {
        Fresh::Unread | Fresh::Renamed | Fresh::There { .. } => Ok(true),
        Fresh::Absent => Ok(false),
        Fresh::Marked => match phases::remove(&site, made.0).await {
            Ok(()) | Err(Fail::Untouched) => Ok(false),
            Err(Fail::Doubt(why)) => Err(why),
            Err(Fail::Cause(cause)) => Err(cause.what),
        },
    }
}
