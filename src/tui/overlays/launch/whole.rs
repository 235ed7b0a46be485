//! What a plan for whole schemas does, in lines: where archives go, what changes in the registry, what is made. Must not draw.

use super::told::{Line, title};
use crate::domain::name::shown;
use crate::domain::units;
use crate::plan::clone::{Cloning, Owners};
use crate::plan::whole::RegistryChange;
use crate::plan::{Kind, Plan};
use crate::tui::model::plural;
use crate::tui::theme::ThemeRole;

/// So many schemas are named, and so many kinds of objects.
const NAMED: usize = 8;

/// What is done.
pub(super) fn done(plan: &Plan, out: &mut Vec<Line>) {
    match &plan.kind {
        Kind::Drop(dropping) => {
            title("WHAT GOES", out);
            out.push(dropping.archive.as_ref().map_or_else(
                || (ThemeRole::Warn, 2, "without an archive".to_owned()),
                |archive| (ThemeRole::Text, 2, format!("archived first, in {}", shown(&archive.folder))),
            ));
            changes(dropping.each.iter().flat_map(|it| &it.registry), out);
        }
        Kind::Rename(renaming) if !renaming.registry.is_empty() => {
            title("REGISTRY", out);
            changes(renaming.registry.iter(), out);
        }
        Kind::Clone(cloning) => {
            title(format!("MAKES {}", units::count(plan.targets.len() as u64)), out);
            out.extend(made(plan, cloning).into_iter().map(|words| (ThemeRole::Text, 2, words)));
        }
        _ => {}
    }
}

fn changes<'a>(changes: impl Iterator<Item = &'a RegistryChange>, out: &mut Vec<Line>) {
    let words = |it: &RegistryChange| format!("{}: {}", plural(it.rows as usize, "row"), shown(&it.sql));
    out.extend(changes.map(|it| (ThemeRole::Text, 2, words(it))));
}

/// What a clone makes: under which names, which objects, how many rows, whose, and how.
fn made(plan: &Plan, cloning: &Cloning) -> Vec<String> {
    let recipe = &cloning.recipe;
    let copies = &recipe.copies;
    let (rows, bytes) = copies.iter().fold((0, 0), |(rows, bytes), copy| (rows + copy.rows, bytes + copy.bytes));
    let brought = match copies.len() {
        0 => "no rows".to_owned(),
        tables => {
            let (tables, rows) = (plural(tables, "table"), units::count(rows));
            format!("rows of {tables}, about {rows}, {} each", units::bytes(bytes))
        }
    };
    let kinds = recipe.kinds();
    let mut some: Vec<String> =
        kinds.iter().take(NAMED).map(|(kind, count)| format!("{} {}", shown(kind), units::count(*count))).collect();
    let others: u64 = kinds.iter().skip(NAMED).map(|(_, count)| count).sum();
    some.extend((others > 0).then(|| format!("others {}", units::count(others))));
    let objects = if some.is_empty() { String::new() } else { format!(": {}", some.join(", ")) };
    let names = sample(plan.targets.iter().map(|target| target.schema.as_str()), plan.targets.len());
    let place = plan.databases.first().filter(|_| plan.databases.len() > 1);
    let place = place.map_or_else(String::new, |database| format!(" in {}", shown(&database.label)));
    let how = if cloning.phased {
        "several transactions each, marked as incomplete until the last"
    } else {
        "one transaction each"
    };
    let owners = match &cloning.owners {
        Owners::AsSource => None,
        Owners::Mapped(roles) => Some(format!("owned by {}", sample(roles.iter().map(String::as_str), roles.len()))),
    };
    let lines = [
        format!("{names}{place}"),
        format!("{} each{objects}", plural(recipe.len() - copies.len(), "statement")),
        brought,
        format!("in {how}, compared with the source before it is kept"),
    ];
    let maker = cloning.acting.maker.told().map(|role| format!("as {role}"));
    let registry = cloning.registry.iter().flatten().take(1).map(|sql| format!("in the registry: {}", shown(sql)));
    lines.into_iter().chain(owners).chain(maker).chain(registry).collect()
}

fn sample<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let names: Vec<_> = names.take(NAMED).map(shown).collect();
    let more = if count > names.len() { ", ..." } else { "" };
    format!("{}{more}", names.join(", "))
}
