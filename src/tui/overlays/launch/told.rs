//! A plan as lines to read before it is approved: what the checker says, who, in which stages, what exactly is sent and which locks
//! it takes, who is left out; of whole schemas what is done with them. Must not draw.

use std::cmp::Reverse;

use super::whole;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::units;
use crate::plan::{Kind, LockLevel, NO_STATEMENT, Note, Plan, StageKind};
use crate::tui::glyph::Glyphs;
use crate::tui::model::plural;
use crate::tui::screens::Context;
use crate::tui::theme::ThemeRole;

/// One line: how it looks, its indent, and its words.
pub(super) type Line = (ThemeRole, usize, String);

/// So many schemas of a stage are named.
const SAMPLE: usize = 4;
/// So many digits of a hash tell plans apart for a person.
const HASH: usize = 12;

/// All of a plan in lines.
pub(super) fn lines(plan: &Plan, glyphs: &Glyphs, context: &Context<'_>) -> Vec<Line> {
    let mut out = Vec::new();
    match plan.kind {
        Kind::Migrate { .. } | Kind::Revert { .. } | Kind::Command(_) => {
            notes(plan, glyphs, &mut out);
            targets(plan, &mut out);
            windows(plan, context, &mut out);
            left_out(plan, &mut out);
            statements(plan, &mut out);
        }
        Kind::Clone(_) | Kind::Drop(_) | Kind::Rename(_) | Kind::Signal(_) => {
            whole::done(plan, &mut out);
            notes(plan, glyphs, &mut out);
        }
    }
    let hash = plan.hash();
    out.push((ThemeRole::Dim, 0, format!("plan {}", hash.get(..HASH).unwrap_or(&hash))));
    out
}

pub(super) fn title(words: impl Into<String>, out: &mut Vec<Line>) {
    if !out.is_empty() {
        out.push((ThemeRole::Text, 0, String::new()));
    }
    out.push((ThemeRole::Title, 0, words.into()));
}

/// What the checker says, the worst first.
fn notes(plan: &Plan, glyphs: &Glyphs, out: &mut Vec<Line>) {
    if plan.notes.is_empty() {
        title("NOTES", out);
        return out.push((ThemeRole::Ok, 2, format!("{} the checker has none", glyphs.ok)));
    }
    let mut all = grouped(plan);
    title(format!("NOTES {}", all.len()), out);
    all.sort_by_key(|(note, _)| (!note.refuses, Reverse(note.severity)));
    for (note, places) in all {
        let severity = if note.refuses { Severity::Danger } else { note.severity };
        let verb = if note.refuses { "refused: " } else { "" };
        let some = places.iter().take(SAMPLE).map(String::as_str).collect::<Vec<_>>().join("; ");
        let places = match places.len() {
            0 => String::new(),
            count if count > SAMPLE => format!(" ({some}; {} more)", units::count((count - SAMPLE) as u64)),
            _ => format!(" ({some})"),
        };
        let words = format!("{} {verb}{}{places}", glyphs.severity(severity), shown(&note.what));
        out.push((ThemeRole::of(severity), 2, words));
        out.extend(note.hint.iter().map(|hint| (ThemeRole::Dim, 4, shown(hint).into_owned())));
    }
}

/// What is said of many migrations in the same words is read once: each note with its places.
fn grouped(plan: &Plan) -> Vec<(&Note, Vec<String>)> {
    let is_same =
        |a: &Note, b: &Note| (a.refuses, a.severity, &a.what, &a.hint) == (b.refuses, b.severity, &b.what, &b.hint);
    let mut all: Vec<(&Note, Vec<String>)> = Vec::new();
    for note in &plan.notes {
        let known = all.iter().position(|(other, _)| is_same(other, note));
        let at = known.unwrap_or_else(|| {
            all.push((note, Vec::new()));
            all.len() - 1
        });
        all[at].1.extend(place(plan, note));
    }
    all
}

/// Which migration a note is about, and which of its statements.
fn place(plan: &Plan, note: &Note) -> Option<String> {
    let (step, statement) = note.place?;
    let step = plan.steps.get(step as usize)?;
    let number = statement.map_or_else(String::new, |at| format!(", statement {}", at + 1));
    Some(format!("{}{number}", shown(&step.migration.name)))
}

/// Each stage with its count and some of its schemas.
fn targets(plan: &Plan, out: &mut Vec<Line>) {
    if plan.targets.is_empty() {
        return;
    }
    title(format!("TARGETS {}", units::count(plan.targets.len() as u64)), out);
    for (at, stage) in plan.stages.iter().enumerate() {
        let of_stage = || plan.targets.iter().filter(|target| usize::from(target.stage) == at);
        let count = of_stage().count();
        let some: Vec<String> = of_stage()
            .take(SAMPLE)
            .map(|target| match plan.databases.get(usize::from(target.database)) {
                Some(database) if plan.databases.len() > 1 => {
                    format!("{}/{}", shown(&database.label), shown(&target.schema))
                }
                _ => shown(&target.schema).into_owned(),
            })
            .collect();
        let more = if count > some.len() { ", ..." } else { "" };
        let number = plan.stages[..=at].iter().filter(|other| other.kind == stage.kind).count();
        let all = plan.stages.iter().filter(|other| other.kind == stage.kind).count();
        let name = if all > 1 { format!("{} {number} of {all}", stage.kind.word()) } else { stage.kind.word().to_owned() };
        let waits = match (stage.go_ahead, plan.policy.just_in_time) {
            (true, _) => ", waits for a go-ahead",
            (false, true) => ", each when it is asked for",
            (false, false) => "",
        };
        out.push((ThemeRole::Text, 2, format!("{name}: {}{waits} ({}{more})", units::count(count as u64), some.join(", "))));
    }
    let apart: u32 = (0..plan.stages.len())
        .filter(|at| matches!(plan.stages[*at].kind, StageKind::Shared | StageKind::Reference))
        .map(|at| plan.of_stage(at as u16))
        .sum();
    if apart > 0 {
        let tenants = units::count((plan.targets.len() as u64).saturating_sub(u64::from(apart)));
        out.push((ThemeRole::Dim, 2, format!("{tenants} of them are tenants")));
    }
}

/// When the window of each zone opens next, the soonest first.
fn windows(plan: &Plan, context: &Context<'_>, out: &mut Vec<Line>) {
    let Some(windows) = plan.policy.windows.as_ref().filter(|windows| !windows.zones.is_empty()) else { return };
    title(format!("WINDOW {} of local time", windows.local), out);
    let mut zones: Vec<_> = windows.zones.iter().map(|zone| (zone.next(windows.local, context.now), zone)).collect();
    zones.sort_by_key(|(next, _)| *next);
    for (next, zone) in zones {
        let when = match next {
            Some(next) if next <= context.now => "open now".to_owned(),
            Some(next) => format!("from {} on", next.to_zoned(context.zone.clone()).strftime("%Y-%m-%d %H:%M %Z")),
            None => "never".to_owned(),
        };
        out.push((ThemeRole::Text, 2, format!("{}: {}, {when}", shown(&zone.name), plural(zone.targets.len(), "target"))));
    }
}

fn left_out(plan: &Plan, out: &mut Vec<Line>) {
    let count: u64 = plan.left_out.iter().map(|it| u64::from(it.count)).sum();
    if count == 0 {
        return;
    }
    title(format!("LEFT OUT {}", units::count(count)), out);
    for it in &plan.left_out {
        let some: Vec<_> = it.sample.iter().take(SAMPLE).map(|name| shown(name)).collect();
        let more = if it.count as usize > some.len() { ", ..." } else { "" };
        let words = format!("{}: {} ({}{more})", it.why.words(), units::count(u64::from(it.count)), some.join(", "));
        out.push((ThemeRole::Text, 2, words));
    }
}

/// Every migration that somebody needs, its statements as they are sent, and the lock that each takes.
fn statements(plan: &Plan, out: &mut Vec<Line>) {
    if plan.steps.is_empty() {
        return;
    }
    title(plural(plan.steps.len(), "MIGRATION").to_uppercase(), out);
    for (at, step) in plan.steps.iter().enumerate() {
        let needed = plan.groups.iter().enumerate().filter(|(_, group)| group.steps.contains(&(at as u32)));
        let groups: Vec<u32> = needed.map(|(group, _)| group as u32).collect();
        let count = plan.targets.iter().filter(|target| groups.contains(&target.group)).count();
        let app = step.migration.app.as_ref().map_or_else(String::new, |app| format!("{} ", shown(app)));
        let verb = if step.reverse { "take back " } else { "" };
        let how = if step.transactional { "one transaction" } else { "not in a transaction" };
        let name = shown(&step.migration.name);
        let words = format!("{verb}{app}{name} for {}, {how}, from {}", plural(count, "target"), shown(&step.origin));
        out.push((ThemeRole::Accent, 2, words));
        if step.statements.is_empty() {
            out.push((ThemeRole::Dim, 4, NO_STATEMENT.to_owned()));
        }
        for (number, statement) in (1..).zip(&step.statements) {
            let lock = statement.lock.map_or_else(
                || "no lock on a table that is there, or not known".to_owned(),
                |lock| format!("{}: {}", lock.words(), lock.meaning()),
            );
            let role = if statement.lock == Some(LockLevel::AccessExclusive) { ThemeRole::Warn } else { ThemeRole::Dim };
            out.push((role, 4, format!("{number}. {lock}")));
            out.extend(statement.sql.lines().map(|line| (ThemeRole::Text, 7, shown(line).into_owned())));
        }
    }
}
