//! The same schema in the same database by the functions with which others clone: those that django-tenants and django-pgschemas
//! install. Timed is the function alone, not Python around it, and for us the second and later targets of a run with everything.
//!
//! The source has what both get through: tables, keys, indexes, views, functions, an enumeration, a domain, a trigger. What they abort
//! on (collations, odd labels, `NOT VALID`, partitions of partitions) is not in it.

use std::process::Command;
use std::time::Instant;

use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::plan::clone::Rows;

use crate::Asked;
use crate::bars::Bars;
use crate::scene::{Crowd, PREFIX, client, names, planned, remove, run};
use crate::times::{Times, say, target};

const ROUNDS: usize = 3;
/// Theirs against ours.
const BAR: f64 = 3.0;
const PACKAGES: [&str; 4] = ["django", "django-tenants", "django-pgschemas", "psycopg[binary]"];
const PEERS: [(&str, &str); 2] = [("django-tenants", "tenants"), ("django-pgschemas", "pgschemas")];
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/clones/peers.py");

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let functions = functions()?;
    let crowd = Crowd::make(asked)?;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = client(&crowd.dsn()).await;
        let (source, schemas) = crowd.source(&client).await;
        say(&format!("cloned is {source}, of {} tables, among {schemas} schemas of as many", crowd.tables));
        let target = [target(&crowd.dsn())?];
        let folder = tempfile::tempdir().expect("a folder");
        let rounds = asked.rounds.unwrap_or(ROUNDS);
        let plan = planned(&target, &source, &names("ours", rounds + 1), Rows::None, 1).await?;
        let ours = Times(run(folder.path(), plan, &target)?.took()?.split_off(1));
        let mut theirs: Vec<(&str, Times)> = Vec::new();
        for (name, function) in &functions {
            client.batch_execute(&format!("SET client_min_messages = error;\n{function}")).await.expect("it is installed");
            let mut times = Times::default();
            for round in 0..=rounds {
                let began = Instant::now();
                let clone = format!("{PREFIX}{}{round}", name.replace('-', "_"));
                let sql = format!("SELECT public.clone_schema('{source}', '{clone}', 'NODATA')");
                client.batch_execute(&sql).await.map_err(|error| refused(name, &error))?;
                if round > 0 {
                    times.0.push(began.elapsed());
                }
            }
            theirs.push((name, times));
        }
        remove(&client).await;
        say(&format!("{:<58}{:>10}{:>10}", "", "min ms", "median ms"));
        let line = |what: &str, times: &Times| say(&format!("{what:<58}{:>10.1}{:>10.1}", times.min(), times.median()));
        line("a target by a worker, the second and later ones", &ours);
        for (name, times) in &theirs {
            line(&format!("clone_schema of {name}"), times);
        }
        for (name, times) in &theirs {
            bars.least(&format!("{name} against a target (minima)"), times.min() / ours.min(), BAR, "x");
        }
        Ok(())
    })
}

fn refused(name: &str, error: &tokio_postgres::Error) -> Fault {
    let said = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    Fault::new(FaultKind::Server, format!("the function of {name} gives up: {said}"))
}

/// The functions of the packages, fetched into a place for Python that goes away.
fn functions() -> Result<Vec<(&'static str, String)>, Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let (venv, began) = (folder.path().join("venv"), Instant::now());
    said(Command::new("python3").args(["-m", "venv"]).arg(&venv))
        .map_err(|fault| fault.hint("install python3 and its venv"))?;
    let python = venv.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    said(Command::new(&python).args(pip).args(PACKAGES))
        .map_err(|fault| fault.hint("pip fetches Django and both packages: it needs a package index"))?;
    let listed = said(Command::new(&python).args(["-m", "pip", "list", "--format=freeze"]))?.to_lowercase();
    let versions: Vec<&str> = listed.lines().filter(|line| line.starts_with("django-")).collect();
    say(&format!("installed in {:.0} s: {}", began.elapsed().as_secs_f64(), versions.join(", ")));
    PEERS.iter().map(|(name, word)| Ok((*name, said(Command::new(&python).arg(SCRIPT).arg(word))?))).collect()
}

/// Runs a command to its end, which must be a good one, and gives what it printed.
fn said(command: &mut Command) -> Result<String, Fault> {
    let name = command.get_program().to_string_lossy().into_owned();
    let local = |what: String| Fault::new(FaultKind::Local, what);
    let output = command.output().map_err(|error| local(format!("cannot run {name}: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(local(format!("{name} failed ({}): {}", output.status, said.lines().last().unwrap_or_default())))
}
