//! The memory of a worker that copies ten times the rows: within a database, where the server copies them itself, and into another one,
//! where they go through the worker.

use tenantry::domain::fault::Fault;
use tenantry::domain::units;
use tenantry::plan::clone::Rows;

use crate::Asked;
use crate::bars::Bars;
use crate::scene::{client, names, planned, quiet_server, remove, run};
use crate::table::{SOURCE, make};
use crate::times::{say, target};

const ROWS: u32 = 1_000_000;
/// Ten times the rows against the rows.
const BAR: f64 = 1.1;

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let rows = asked.rows.unwrap_or(ROWS);
    let cluster = quiet_server()?;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (here, there) = (cluster.dsn("postgres"), cluster.dsn("other"));
    runtime.block_on(async {
        let client = client(&here).await;
        client.batch_execute("CREATE DATABASE other").await.expect("a database");
        let other = crate::scene::client(&there).await;
        let folder = tempfile::tempdir().expect("a folder");
        let label =
            |dsn: &str, label: &str| Ok::<_, Fault>(tenantry::observer::Target { label: label.into(), ..target(dsn)? });
        let (within, across) = (vec![label(&here, "here")?], vec![label(&there, "there")?, label(&here, "here")?]);
        let mut most = Vec::new();
        for rows in [rows / 10, rows] {
            make(&client, rows).await;
            for (what, targets, source) in
                [("within a database", &within, SOURCE.to_owned()), ("into another one", &across, format!("here/{SOURCE}"))]
            {
                let plan = planned(targets, &source, &names("memory", 1), Rows::All, 1).await?;
                let ran = run(folder.path(), plan, targets)?;
                let rows = units::count(rows.into());
                say(&format!(
                    "{:<58}{:>10.1} MB {:>9.2} s",
                    format!("{rows} rows {what}"),
                    ran.memory,
                    ran.whole.as_secs_f64()
                ));
                most.push(ran.memory);
                remove(&client).await;
                remove(&other).await;
            }
        }
        bars.most("memory at ten times the rows, within a database", most[2] / most[0], BAR, "x");
        bars.most("memory at ten times the rows, into another one", most[3] / most[1], BAR, "x");
        Ok(())
    })
}
