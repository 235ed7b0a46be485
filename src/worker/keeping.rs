//! Whether a connection keeps the guards of its messages. Must not know what is sent.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::pg::write::Writer;
use crate::plan::RunPolicy;
use crate::plan::message::{Guards, MAY_KEEP, keep};

/// Making them takes as long as one of these saves.
const FROM: u32 = 3;
/// Nothing in it waits for anybody.
const SOON: Duration = Duration::from_secs(15);

/// What a connection has sent, and whether it keeps the guards.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    sent: AtomicU32,
    kept: AtomicBool,
}

impl Keeping {
    /// Where the guards of the next message are: in the session from the third one on, where it may keep them. Behind a pooler there
    /// is no session, and one that cannot keep them has them in each message, which takes longer and guards the same.
    pub(super) async fn next(&self, writer: &Writer, policy: &RunPolicy) -> Guards {
        if self.sent.fetch_add(1, Ordering::Relaxed) + 1 == FROM {
            self.kept.store(!writer.is_pooled() && keeps(writer, policy).await, Ordering::Relaxed);
        }
        if self.kept.load(Ordering::Relaxed) { Guards::Kept } else { Guards::Spelled }
    }
}

async fn keeps(writer: &Writer, policy: &RunPolicy) -> bool {
    let may = writer.send(MAY_KEEP, SOON).await;
    let may = may.is_ok_and(|rows| rows.first().and_then(|row| row.first()?.as_deref()) == Some("t"));
    may && writer.send(&keep(policy), SOON).await.is_ok()
}
