//! Whether ledgers still have what was applied, after the server was lost: one that came back may have forgotten its last commits.
//! Must not decide what follows.

use std::time::Duration;

use super::job::{Job, Verified};
use crate::pg::write::{Refused, Writer};
use crate::plan::Plan;
use crate::plan::message::{still_question, still_says};

/// Asks all of them at once, and each by itself where that does not work: one ledger that cannot be read keeps no other one from
/// being read. Nothing when the connection was lost.
pub(super) async fn verify(writer: &Writer, plan: &Plan, jobs: &[Job]) -> Option<Verified> {
    let mut verified = Verified::default();
    match ask(writer, plan, jobs).await {
        Ok(still) => verified.still = still,
        Err(refused) if refused.lost => return None,
        Err(_) => {
            for job in jobs {
                match ask(writer, plan, std::slice::from_ref(job)).await {
                    Ok(still) => verified.still.extend(still),
                    Err(refused) if refused.lost => return None,
                    Err(refused) => verified.why = Some(refused.fault.what),
                }
            }
        }
    }
    let answered: std::collections::HashSet<u32> = verified.still.iter().map(|(target, _)| *target).collect();
    verified.unread = jobs.iter().map(|job| job.target).filter(|target| !answered.contains(target)).collect();
    Some(verified)
}

async fn ask(writer: &Writer, plan: &Plan, jobs: &[Job]) -> Result<Vec<(u32, u16)>, Refused> {
    let targets: Vec<(u32, u16)> = jobs.iter().map(|job| (job.target, job.done)).collect();
    let Some(question) = still_question(plan, &targets) else { return Ok(Vec::new()) };
    let patience = Duration::from_millis(plan.policy.lock_timeout_ms.into()) + Duration::from_mins(1);
    let rows = writer.send(&question, patience).await?;
    Ok(rows.iter().filter_map(|row| still_says(row)).collect())
}
