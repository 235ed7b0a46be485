//! The second and each later target of one run: by a real worker, everything included (the lock, the look at the source, the comparison,
//! the journal), against the same statements prepared beforehand and sent as one message, against `pg_dump | psql`, and fifty targets
//! by two workers. They take turns, so that all of them meet the same catalogue, which grows.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tenantry::domain::fault::Fault;
use tenantry::plan::clone::Rows;

use crate::Asked;
use crate::bars::Bars;
use crate::scene::{Crowd, PREFIX, by_hand, client, names, planned, remove, run};
use crate::times::{Times, say, target};

const ROUNDS: usize = 7;
/// Targets of one run, the first of which finds cold caches and is not counted.
const TARGETS: usize = 4;
const MANY: usize = 50;
/// Against the statements in one message.
const FLOOR: f64 = 1.3;
/// Against the best of the other tools, at least.
const OTHERS: f64 = 3.0;

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let crowd = Crowd::make(asked)?;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(rounds(&crowd, asked.rounds.unwrap_or(ROUNDS), bars))
}

async fn rounds(crowd: &Crowd, rounds: usize, bars: &mut Bars) -> Result<(), Fault> {
    let client = client(&crowd.dsn()).await;
    let (source, schemas) = crowd.source(&client).await;
    say(&format!("cloned is {source}, of {} tables, among {schemas} schemas of as many", crowd.tables));
    let folder = tempfile::tempdir().expect("a folder");
    let target = [target(&crowd.dsn())?];
    let (mut ours, mut floor, mut dump, mut planning) =
        (Times::default(), Times::default(), Times::default(), Times::default());
    let mut ratios = Vec::new();
    for round in 0..rounds {
        let began = Instant::now();
        let plan = planned(&target, &source, &names(&format!("one{round}_"), TARGETS), Rows::None, 1).await?;
        planning.0.push(began.elapsed());
        let texts =
            names(&format!("floor{round}_"), TARGETS).iter().map(|name| by_hand(&plan, name, "")).collect::<Vec<_>>();
        let by_worker = Times(run(folder.path(), plan, &target)?.took()?.split_off(1));
        // A connection of its own, as a worker has: its first one finds cold caches, too.
        let own = crate::scene::client(&crowd.dsn()).await;
        let mut as_one = Times::default();
        for (number, text) in texts.iter().enumerate() {
            let began = Instant::now();
            own.batch_execute(text).await.expect("the statements are right");
            if number > 0 {
                as_one.0.push(began.elapsed());
            }
        }
        // A machine that is slower for a while is so for both of a round.
        ratios.push(by_worker.median() / as_one.median());
        ours.0.extend(by_worker.0);
        floor.0.extend(as_one.0);
        if round < 3 {
            dump.0.push(dumped(&crowd.dsn(), &source, &format!("{PREFIX}dump{round}")));
        }
    }
    let plan = planned(&target, &source, &names("many", MANY), Rows::None, 2).await?;
    let many = run(folder.path(), plan, &target)?;
    let fifty = Times(many.took()?);
    remove(&client).await;

    say(&format!("{:<58}{:>10}{:>10}", "", "min ms", "median ms"));
    for (what, times) in [
        ("a target by a worker, the second and later ones", &ours),
        ("the same statements as one message", &floor),
        ("pg_dump | psql", &dump),
        ("a target of fifty by two workers", &fifty),
        ("the plan, once for a run", &planning),
    ] {
        say(&format!("{what:<58}{:>10.1}{:>10.1}", times.min(), times.median()));
    }
    say(&format!("{:<58}{:>10.2}", "fifty targets with everything, s", many.whole.as_secs_f64()));
    ratios.sort_by(f64::total_cmp);
    let rounds: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    say(&format!("{:<58}{}", "a target against one message, by round", rounds.join(" ")));
    bars.most("the median of the rounds", ratios[ratios.len() / 2], FLOOR, "x");
    say(&format!("{:<58}{:>10.2}x", "the same of all medians", ours.median() / floor.median()));
    say(&format!("{:<58}{:>10.2}x", "the same of the minima", ours.min() / floor.min()));
    bars.least("pg_dump | psql against a target (minima)", dump.min() / ours.min(), OTHERS, "x");
    Ok(())
}

/// As one does it by hand: dumped, renamed, fed back.
fn dumped(dsn: &str, source: &str, name: &str) -> Duration {
    let began = Instant::now();
    let dump = Command::new("pg_dump").args(["-s", "-n", source, "-d", dsn]).output().expect("pg_dump is installed");
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let text = String::from_utf8_lossy(&dump.stdout).replace(source, name);
    let mut psql = Command::new("psql");
    psql.args(["-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-d", dsn]);
    let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql is installed");
    let mut pipe = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut pipe, text.as_bytes()).expect("psql reads");
    drop(pipe);
    assert!(child.wait().expect("psql ends").success(), "the dump is not taken");
    began.elapsed()
}
