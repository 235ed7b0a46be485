//! A table of a million rows, its key, two indexes and a foreign key: by a real worker, with the comparison of every row, against the same
//! statements by hand with `INSERT ... SELECT` before the indexes, on the same server with the same settings. They take turns.

use std::time::Instant;

use tenantry::domain::fault::Fault;
use tenantry::domain::units;
use tenantry::plan::clone::Rows;

use crate::Asked;
use crate::bars::Bars;
use crate::scene::{by_hand, client, cloning, names, planned, quiet_server, remove, run};
use crate::table::{SOURCE, copied, make};
use crate::times::{Times, say, target};

const ROWS: u32 = 1_000_000;
const ROUNDS: usize = 5;
const BAR: f64 = 1.2;

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let (rows, rounds) = (asked.rows.unwrap_or(ROWS), asked.rounds.unwrap_or(ROUNDS));
    let cluster = quiet_server()?;
    let dsn = cluster.dsn("postgres");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = client(&dsn).await;
        make(&client, rows).await;
        let folder = tempfile::tempdir().expect("a folder");
        let target = [target(&dsn)?];
        let (mut ours, mut floor) = (Times::default(), Times::default());
        let mut is_phased = false;
        for round in 0..rounds {
            let plan = planned(&target, SOURCE, &names(&format!("rows{round}_"), 1), Rows::All, 2).await?;
            is_phased = cloning(&plan).phased;
            let hand = names(&format!("floor{round}_"), 1).remove(0);
            let text = by_hand(&plan, &hand, &copied(&hand));
            ours.0.extend(run(folder.path(), plan, &target)?.took()?);
            client.batch_execute("CHECKPOINT").await.expect("a checkpoint");
            let own = crate::scene::client(&dsn).await;
            let began = Instant::now();
            own.batch_execute(&text).await.expect("the statements are right");
            floor.0.push(began.elapsed());
            remove(&client).await;
            client.batch_execute("CHECKPOINT").await.expect("a checkpoint");
        }
        let several = if is_phased { "several transactions" } else { "one transaction" };
        say(&format!("{} rows, {several}", units::count(rows.into())));
        say(&format!("{:<58}{:>10}{:>10}", "", "min ms", "median ms"));
        for (what, times) in [("a target by a worker", &ours), ("INSERT ... SELECT, then indexes and keys", &floor)] {
            say(&format!("{what:<58}{:>10.1}{:>10.1}", times.min(), times.median()));
        }
        bars.most("a target against the same by hand (minima)", ours.min() / floor.min(), BAR, "x");
        Ok(())
    })
}
