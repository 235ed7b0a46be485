//! `runs show`: all that is known of one run. Must not change it.

use jiff::Timestamp;

use super::record::{RUN_FIELDS, of_run};
use super::words;
use crate::cli::args::Shape;
use crate::cli::failure::Failure;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet};
use crate::cli::verbs::migrate::opens;
use crate::cli::verbs::{Answer, shaped};
use crate::domain::name::shown;
use crate::domain::record::Value;
use crate::domain::run::{CauseId, Counts, Life, Phase, StageId, TargetId};
use crate::domain::units;
use crate::plan::Zone;
use crate::runs::{Place, Record};

/// So many targets are named for one cause.
const NAMED: usize = 5;
/// So many targets are named that wait to be asked for.
const WAITING: usize = 40;

pub(super) fn run(place: &Place, which: &str, shape: Shape, paper: Paper) -> Result<Answer, Failure> {
    let record = place.find(which)?;
    Ok(Answer::done(shaped(shape, || vec![full(&record)], RUN_FIELDS, || people(&record, paper))))
}

/// With stages, causes and notes, which CSV cannot hold.
fn full(record: &Record) -> crate::domain::record::Record {
    let mut fields = of_run(record);
    let stages = (0..record.plan.stages.len() as StageId).map(|id| {
        let counts = of_stage(record, id);
        vec![
            ("stage", Value::Text(words::stage(&record.plan, id))),
            ("targets", Value::Number(counts.total().into())),
            ("applied", Value::Number(counts.applied.into())),
            ("failed", Value::Number(counts.failed.into())),
            ("dirty", Value::Number(counts.dirty.into())),
            ("skipped", Value::Number(counts.skipped.into())),
        ]
    });
    let causes = unlucky(record).map(|(id, count)| {
        let (cause, _) = &record.state.causes[usize::from(id)];
        vec![
            ("targets", Value::Number(count.into())),
            ("cause", Value::Text(cause.what.clone())),
            ("sqlstate", Value::text(cause.sqlstate.as_deref())),
            ("statement", Value::number(cause.statement)),
            ("hint", Value::text(cause.hint.as_deref())),
            ("such_as", Value::List(such_as(record, id))),
        ]
    });
    let notes = record
        .state
        .notes
        .iter()
        .map(|(at, text)| vec![("at", Value::time(Some(*at))), ("text", Value::Text(text.clone()))]);
    fields.push(("stages", Value::Records(stages.collect())));
    fields.push(("causes", Value::Records(causes.collect())));
    fields.push(("notes", Value::Records(notes.collect())));
    fields
}

fn people(record: &Record, paper: Paper) -> String {
    let (plan, state, run) = (&record.plan, &record.state, record.folder.id.short());
    let now = Timestamp::now();
    let mut lines = vec![format!("run {} ({run}): {}{}", record.folder.id, record.word(), why(record))];
    lines.push(format!("{} in {}", words::what(&plan.kind), shown(&plan.environment.name)));
    if let Some((by, at)) = &state.began {
        lines.push(format!(
            "began {} for {}, {}",
            units::ago(*at, now),
            words::person(by),
            at.strftime("%Y-%m-%d %H:%M:%S UTC")
        ));
    }
    if let Some(last) = state.last {
        lines.push(format!("last heard of {}", units::ago(last, now)));
    }
    lines.push(format!("plan {}", plan.hash()));
    lines.push(words::counts(&state.counts));
    let mut text = lines.join("\n") + "\n";
    text.push('\n');
    text.push_str(&stages(record).text(paper));
    if let Some(windows) = plan.policy.windows.as_ref().filter(|_| state.counts.pending > 0) {
        text.push_str(&format!("\nWINDOW {} OF LOCAL TIME\n", windows.local));
        let is_pending = |id: &TargetId| state.target(*id).is_some_and(|target| target.phase == Phase::Pending);
        let pending = |zone: &Zone| zone.targets.iter().filter(|id| is_pending(id)).count();
        text.extend(opens(windows, now, pending).into_iter().map(|line| line + "\n"));
    }
    let causes: Vec<(CauseId, u32)> = unlucky(record).collect();
    if !causes.is_empty() {
        text.push_str("\nWHAT FAILED\n");
    }
    for (id, count) in causes {
        let (cause, _) = &state.causes[usize::from(id)];
        let names = such_as(record, id).iter().map(|name| shown(name).into_owned()).collect::<Vec<_>>().join(", ");
        let more = if count as usize > NAMED { ", ..." } else { "" };
        text.push_str(&format!("{} x {}: {names}{more}\n", units::count(count.into()), words::cause(cause, None)));
        text.extend(cause.hint.iter().map(|hint| format!("  {}\n", shown(hint))));
    }
    if let Some(waiting) = waiting(record) {
        text.push_str(&format!("\nSTILL WAITING\n{waiting}\n"));
    }
    if !state.notes.is_empty() {
        text.push_str("\nNOTES\n");
    }
    for (at, note) in &state.notes {
        text.push_str(&format!("{}  {}\n", at.strftime("%H:%M:%S"), shown(note)));
    }
    text.extend(next(record).map(|next| format!("\n{next}\n")));
    text
}

/// Who waits until somebody asks for them.
fn waiting(record: &Record) -> Option<String> {
    let pending = (0..).zip(&record.state.targets).filter(|(_, target)| target.phase == Phase::Pending);
    let all: Vec<TargetId> = pending.map(|(id, _)| id).collect();
    if !record.plan.policy.just_in_time || all.is_empty() {
        return None;
    }
    let names: Vec<String> = all.iter().take(WAITING).map(|id| words::target(&record.plan, *id)).collect();
    let more = all.len().saturating_sub(WAITING);
    let more = if more > 0 { format!(", and {} more", units::count(more as u64)) } else { String::new() };
    Some(format!("{}{more}", names.join(", ")))
}

fn why(record: &Record) -> String {
    match &record.state.life {
        Life::Paused(why) if record.alive => format!(" ({})", words::pause(&record.plan, why)),
        Life::Halted(why) => format!(" ({})", words::halt(why)),
        _ => String::new(),
    }
}

/// What a person may want to do now.
fn next(record: &Record) -> Option<String> {
    let run = record.folder.id.short();
    let counts = record.state.counts;
    match () {
        () if record.alive => Some(format!("`tenantry runs attach {run}` follows it")),
        () if counts.failed + counts.dirty + counts.skipped > 0 => {
            Some(format!("`tenantry runs retry {run}` tries again what failed"))
        }
        () if counts.open() > 0 => Some(format!("`tenantry runs resume {run}` does the rest")),
        () => None,
    }
}

fn stages(record: &Record) -> Sheet {
    let column = |heading, figures, worth| Column { heading, figures, worth };
    let mut sheet = Sheet::new(vec![
        column("STAGE", false, ALWAYS),
        column("TARGETS", true, ALWAYS),
        column("OK", true, 90),
        column("FAILED", true, 80),
        column("SKIPPED", true, 60),
        column("TO DO", true, 70),
    ]);
    for id in 0..record.plan.stages.len() as StageId {
        let counts = of_stage(record, id);
        let number = |count: u32| Cell::own(Some(units::count(count.into())));
        sheet.push(vec![
            Cell::own(Some(words::stage(&record.plan, id))),
            number(counts.total()),
            number(counts.applied),
            number(counts.failed + counts.dirty),
            number(counts.skipped),
            number(counts.open()),
        ]);
    }
    sheet
}

fn of_stage(record: &Record, id: StageId) -> Counts {
    let mut counts = Counts::default();
    for target in record.state.targets.iter().filter(|target| target.stage == id) {
        *match target.phase {
            Phase::Pending => &mut counts.pending,
            Phase::Started => &mut counts.running,
            Phase::Retrying => &mut counts.retrying,
            Phase::Applied => &mut counts.applied,
            Phase::Failed => &mut counts.failed,
            Phase::InDoubt => &mut counts.in_doubt,
            Phase::Dirty => &mut counts.dirty,
            Phase::Skipped(_) => &mut counts.skipped,
        } += 1;
    }
    counts
}

/// The causes for which targets failed, the most frequent first.
pub(super) fn unlucky(record: &Record) -> impl Iterator<Item = (CauseId, u32)> {
    let causes = record.state.causes.iter().enumerate().map(|(id, (_, count))| (id as CauseId, *count));
    let mut causes: Vec<(CauseId, u32)> = causes.filter(|(_, count)| *count > 0).collect();
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    causes.into_iter()
}

/// Some targets that failed for a cause: raw names.
fn such_as(record: &Record, id: CauseId) -> Vec<String> {
    let of_cause = |target: &&crate::domain::run::TargetState| {
        target.cause == Some(id) && matches!(target.phase, Phase::Failed | Phase::Dirty)
    };
    let named = record.state.targets.iter().enumerate().filter(|(_, target)| of_cause(target));
    named.take(NAMED).filter_map(|(at, _)| raw(record, at as TargetId)).collect()
}

fn raw(record: &Record, id: TargetId) -> Option<String> {
    let target = record.plan.targets.get(id as usize)?;
    match record.plan.databases.get(usize::from(target.database)) {
        Some(database) if record.plan.databases.len() > 1 => Some(format!("{}/{}", database.label, target.schema)),
        _ => Some(target.schema.clone()),
    }
}
