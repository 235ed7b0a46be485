//! The overview of an opened schema in statements. Must not draw.

use super::SchemaScreen;
use crate::domain::catalog::{SchemaDetail, TableKind};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::glyph::Glyphs;
use crate::tui::screens::describe::{self, Line, Statement};
use crate::tui::screens::{Context, Look};
use crate::tui::theme::ThemeRole;

/// The lines of the overview in a width. How many they are depends on no theme: one stands in for it where lines are counted.
pub(super) fn lines(screen: &SchemaScreen, context: &Context<'_>, width: u16) -> Vec<Line> {
    describe::lines(&statements(screen, context, &Glyphs::unicode()), width)
}

/// The same with the signs of the console.
pub(super) fn lines_with(screen: &SchemaScreen, context: &Context<'_>, look: &Look<'_>, width: u16) -> Vec<Line> {
    describe::lines(&statements(screen, context, look.glyphs), width)
}

fn statements(screen: &SchemaScreen, context: &Context<'_>, glyphs: &Glyphs) -> Vec<Statement> {
    let mut all = Vec::new();
    let entry = screen.entry(context);
    if let Some(entry) = &entry {
        all.extend(entry.tenant_name().map(|name| Statement::new("tenant", shown(name)).looking(ThemeRole::Accent)));
        all.push(Statement::new("schema", context.name_of(entry)));
        if let Some(why) = describe::outage(entry.database, context) {
            let words = format!("{} what was known before the link was lost: {why}", glyphs.stale);
            all.push(Statement::new("stale", words).looking(ThemeRole::Warn));
        }
    } else {
        let words = format!("{} there is no schema {} any more", glyphs.danger, shown(&screen.name));
        all.push(Statement::new("state", words).looking(ThemeRole::Danger));
    }
    // The lines that only the detail can fill have their place from the start: nothing moves when it comes.
    match &screen.detail {
        // That it is gone was just said.
        Some(Err(fault)) if entry.is_none() && fault.kind == FaultKind::Gone => {
            all.extend(fault.hint.as_ref().map(|hint| Statement::new("", hint).looking(ThemeRole::Dim)));
        }
        Some(Err(fault)) => all.extend(of_fault(fault, glyphs)),
        Some(Ok(detail)) => all.extend(at_once(detail, glyphs)),
        None if entry.is_some() => {
            for label in ["search_path", "on disk"] {
                all.push(Statement::new(label, glyphs.pending).looking(ThemeRole::Dim));
            }
        }
        None => {}
    }
    all.extend(entry.iter().flat_map(|entry| describe::statements(entry, context, glyphs)));
    if let Some(Ok(detail)) = &screen.detail {
        all.extend(afterwards(detail));
    }
    all
}

fn of_fault(fault: &Fault, glyphs: &Glyphs) -> Vec<Statement> {
    let sign = if fault.kind == FaultKind::Gone { glyphs.none } else { glyphs.danger };
    let what = Statement::new("not read", format!("{sign} {}", fault.what)).looking(ThemeRole::Danger);
    std::iter::once(what).chain(fault.hint.as_ref().map(|hint| Statement::new("", hint).looking(ThemeRole::Dim))).collect()
}

/// What a person opens a schema for.
fn at_once(detail: &SchemaDetail, glyphs: &Glyphs) -> Vec<Statement> {
    let path: Vec<_> = detail.search_path.iter().map(|schema| shown(schema)).collect();
    let mut all = vec![Statement::new("search_path", path.join(", "))];
    let tables = match &detail.tables {
        Ok(tables) => tables,
        Err(fault) => {
            all.extend(of_fault(fault, glyphs));
            return all;
        }
    };
    let bytes: u64 = tables.iter().filter_map(|table| table.bytes).sum();
    let indexes: u64 = tables.iter().filter_map(|table| table.index_bytes).sum();
    let words = format!("{} in files, {} of it indexes", units::bytes(bytes), units::bytes(indexes));
    all.push(Statement::new("on disk", words));
    let locked = tables.iter().filter(|table| table.bytes.is_none() && table.kind != TableKind::Foreign).count();
    if locked > 0 {
        let tables = describe::counted(locked as u32, "table that was", "tables that were");
        all.push(Statement::new("", format!("without {tables} locked just now")).looking(ThemeRole::Dim));
    }
    all
}

fn afterwards(detail: &SchemaDetail) -> Vec<Statement> {
    let mut all = Vec::new();
    all.extend(detail.comment.as_ref().map(|comment| Statement::new("comment", shown(comment))));
    if detail.acl.is_empty() {
        all.push(Statement::new("privileges", "the default: its owner alone"));
    }
    for (at, entry) in detail.acl.iter().enumerate() {
        all.push(Statement::new(if at == 0 { "privileges" } else { "" }, shown(entry)));
    }
    all
}
