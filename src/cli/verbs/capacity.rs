//! `capacity`: how many tenants each database still takes, when that moment comes, and what wears its server. Must not reckon.

mod explain;
mod text;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Answer, shaped};
use crate::capacity;
use crate::cli::args::{CapacityArguments, Shape};
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::paper::narrate;
use crate::cli::reading;
use crate::cli::sheet::Paper;
use crate::config::Environment;
use crate::domain::capacity::{Gauge, GaugeId, Growth, LineId, Sizing};
use crate::domain::fleet::{Database, Severity};
use crate::domain::name::shown;
use crate::domain::pressure::SequenceFacts;
use crate::domain::question::{Answer as Asked, Question};
use crate::domain::record::capacity::{CAPACITY_FIELDS, of_database};
use crate::observer::{self, Depth, Target};

/// What is reckoned of one database.
struct Told<'a> {
    database: &'a Database,
    sizing: Option<Sizing>,
    growth: Option<Growth>,
    what_if: Option<Sizing>,
    gauges: Vec<Gauge>,
    /// Where the sequences of keys stand, when they were asked for.
    sequences: Option<SequenceFacts>,
}

impl<'a> Told<'a> {
    fn of(database: &'a Database, asked: &CapacityArguments, today: Date) -> Self {
        let sizing = capacity::sizing(database);
        let growth = sizing.as_ref().map(|sizing| capacity::growth(database, sizing, today));
        let what_if = sizing.as_ref().filter(|_| asked.tables.is_some() || asked.tenants.is_some()).map(|now| {
            let tables = asked.tables.unwrap_or(now.tables_per_tenant.median);
            capacity::what_if(now, tables, asked.tenants.unwrap_or(now.tenants))
        });
        Self { database, sizing, growth, what_if, gauges: capacity::gauges(database), sequences: None }
    }

    /// The worst of it as it is now.
    fn severity(&self) -> Severity {
        let sizing = self.sizing.iter().map(|sizing| sizing.severity);
        sizing.chain(self.gauges.iter().map(|gauge| gauge.severity)).max().unwrap_or(Severity::Ok)
    }
}

pub(in crate::cli) fn run(asked: &CapacityArguments, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets_of(environment, asked.one.db.as_deref())?;
    let (fleet, mut code) = reading::fleet(targets.clone(), Depth::CAPACITY)?;
    reading::tell_notes(&fleet);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let mut all: Vec<Told<'_>> = fleet.databases.iter().map(|database| Told::of(database, asked, today)).collect();
    for told in &all {
        tell_unseen(told);
    }
    let shape = if asked.json { Shape::Json } else { Shape::Text };
    if let Some(line) = asked.explain {
        if line == LineId::Gauge(GaugeId::Keys) {
            let complete = ask_sequences(&mut all, &targets)?;
            code = if complete { code } else { ExitCode::Incomplete };
        }
        let lines = explain::lines(&all, line)?;
        let text = shaped(shape, || explain::records(&lines), &[], || explain::text(&lines, paper));
        return Ok(Answer { text, note: None, code });
    }
    let records = || {
        let record = |told: &Told<'_>| {
            let Told { database, sizing, growth, what_if, gauges, .. } = told;
            of_database(database, sizing.as_ref(), growth.as_ref(), what_if.as_ref(), gauges)
        };
        all.iter().map(record).collect()
    };
    let text = shaped(shape, records, CAPACITY_FIELDS, || text::text(&fleet, &all, paper));
    let worst = all.iter().map(Told::severity).max().unwrap_or(Severity::Ok);
    Ok(Answer { text, note: None, code: code.worst(worst) })
}

/// Reads where the sequences of keys stand that may be near their end: reading one opens and locks it, so only when a person asks
/// about these keys. Gives whether each database told them.
fn ask_sequences(all: &mut [Told<'_>], targets: &[Target]) -> Result<bool, Failure> {
    let mut complete = true;
    for (told_of, target) in all.iter_mut().zip(targets) {
        // Where there are no such keys, and why a database could not be read, is told already.
        let there_are = told_of.gauges.iter().any(|gauge| gauge.id == GaugeId::Keys && gauge.measure > Some(0.0));
        if !there_are {
            continue;
        }
        match reading::wait(observer::ask_once(target, &Question::Sequences))? {
            Ok(Asked::Sequences(facts)) => told_of.sequences = Some(facts),
            Ok(Asked::Placement(_) | Asked::Sessions(_)) => {}
            Err(fault) => {
                let what = format!("{}: sequences were not read: {}", shown(&told_of.database.label), fault.what);
                narrate(&told(&what, fault.hint.as_deref()));
                complete = false;
            }
        }
    }
    Ok(complete)
}

/// Tells what of a database could not be seen.
fn tell_unseen(told_of: &Told<'_>) {
    for gauge in &told_of.gauges {
        if let Some(fault) = &gauge.unseen {
            let what = format!("{}: {} could not be seen: {}", shown(&told_of.database.label), gauge.id.word(), fault.what);
            narrate(&told(&what, fault.hint.as_deref()));
        }
    }
}
