//! A plan as lines to read before it is approved: what the checker says, who, in which stages, what exactly is sent and which locks
//! it takes, who is left out. Must not draw.

use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::units;
use crate::plan::{LockLevel, Plan, StageKind};
use crate::tui::glyph::Glyphs;
use crate::tui::model::plural;
use crate::tui::theme::ThemeRole;

/// One line: how it looks, its indent, and its words.
pub(super) type Line = (ThemeRole, usize, String);

/// So many schemas of a stage are named.
const SAMPLE: usize = 4;
/// So many digits of a hash tell plans apart for a person.
const HASH: usize = 12;

/// All of a plan in lines.
pub(super) fn lines(plan: &Plan, glyphs: &Glyphs) -> Vec<Line> {
    let mut out = Vec::new();
    notes(plan, glyphs, &mut out);
    targets(plan, &mut out);
    left_out(plan, &mut out);
    statements(plan, &mut out);
    let hash = plan.hash();
    out.push((ThemeRole::Dim, 0, format!("plan {}", hash.get(..HASH).unwrap_or(&hash))));
    out
}

fn title(words: impl Into<String>, out: &mut Vec<Line>) {
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
    title(format!("NOTES {}", plan.notes.len()), out);
    let mut notes: Vec<_> = plan.notes.iter().collect();
    notes.sort_by_key(|note| (!note.refuses, std::cmp::Reverse(note.severity)));
    for note in notes {
        let place = note.place.and_then(|(step, statement)| {
            let step = plan.steps.get(step as usize)?;
            let number = statement.map_or_else(String::new, |at| format!(", statement {}", at + 1));
            Some(format!(" ({}{number})", shown(&step.migration.name)))
        });
        let severity = if note.refuses { Severity::Danger } else { note.severity };
        let verb = if note.refuses { "refused: " } else { "" };
        let words = format!("{} {verb}{}{}", glyphs.severity(severity), shown(&note.what), place.unwrap_or_default());
        out.push((ThemeRole::of(severity), 2, words));
        out.extend(note.hint.iter().map(|hint| (ThemeRole::Dim, 4, shown(hint).into_owned())));
    }
}

/// Each stage with its count and some of its schemas.
fn targets(plan: &Plan, out: &mut Vec<Line>) {
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
        let waits = if stage.go_ahead { ", waits for a go-ahead" } else { "" };
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
