//! What an alert says in a line, and what Enter on it answers. Must not draw.

use super::digest::Alert;
use crate::domain::fault::Fault;
use crate::domain::fleet::{Database, DatabaseId, Link};
use crate::domain::name::shown;
use crate::domain::units;
use crate::tui::screens::{Context, Reply, describe};

/// How many lost domains are spelled out.
const SPELLED: usize = 50;

/// The line of an alert. With several databases it says of which one it speaks.
pub(super) fn line(alert: Alert, context: &Context<'_>) -> String {
    let several = context.fleet.databases.len() > 1;
    let of = |id: DatabaseId| {
        let label = context.fleet.database(id).map_or_else(String::new, |database| shown(&database.label).into_owned());
        if several { format!("{label}: ") } else { String::new() }
    };
    match alert {
        Alert::Outage(id) => {
            let why = context.fleet.database(id).and_then(|database| describe::outage(database, context));
            format!("{}down: {}", of(id).replace(": ", " is "), why.unwrap_or_default())
        }
        Alert::Registry(id) => {
            let fault = context.fleet.database(id).and_then(registry_fault);
            format!("{}no registry: {}", of(id), fault.map(|fault| fault.what.as_str()).unwrap_or_default())
        }
        Alert::Twins(one, other) => context.fleet.same_database(one, other),
        Alert::Odd(oddity, count) => {
            let databases = context.fleet.databases.iter().enumerate();
            let mut notes = databases
                .flat_map(|(at, database)| database.notes.iter().map(move |note| (DatabaseId(at as u16), note)))
                .filter(|(_, note)| note.about == Some(oddity));
            // One note says more than the figure; several would not fit into a line.
            match (notes.next(), notes.next()) {
                (Some((id, note)), None) => format!("{}{}", of(id), note.text),
                _ => oddity.many(count),
            }
        }
        Alert::Drift(at) => context.fleet.drift.faults.get(at).map(|fault| fault.what.clone()).unwrap_or_default(),
        Alert::LostDomains(count) => many(count, "domain without tenant", "domains without tenant"),
        Alert::NeverAnalysed(count) => many(count, "schema never analysed", "schemas never analysed"),
        Alert::Note(id, at, _) => {
            let note = context.fleet.database(id).and_then(|database| database.notes.get(at));
            format!("{}{}", of(id), note.map(|note| note.text.as_str()).unwrap_or_default())
        }
    }
}

/// What Enter on an alert does: the rows that it speaks of, or an explanation.
pub(super) fn answer(alert: Alert, context: &Context<'_>) -> Reply {
    let database = |id: DatabaseId| context.fleet.database(id);
    match alert {
        Alert::Odd(oddity, _) => Reply::ShowTenants(format!("state:{}", oddity.word())),
        Alert::NeverAnalysed(_) => Reply::ShowTenants("analysed:never".to_owned()),
        Alert::Outage(id) => database(id).map_or(Reply::Done, |database| outage(database, context)),
        Alert::Registry(id) => match database(id).and_then(|database| Some((database, registry_fault(database)?))) {
            Some((database, fault)) => {
                let mut lines = of_fault(fault);
                lines.push("Until it can be read nobody can say whose a schema is: its role is unknown.".to_owned());
                Reply::Explain(format!("{}: the registry", shown(&database.label)), lines)
            }
            None => Reply::Done,
        },
        Alert::Twins(one, other) => {
            let lines = vec![
                "Their system identifiers and names agree, so their tenants are listed and counted twice.".to_owned(),
                "One may be a standby or a restored copy: give it an environment of its own in fleet.toml.".to_owned(),
            ];
            Reply::Explain(context.fleet.same_database(one, other), lines)
        }
        Alert::Note(id, at, _) => match database(id).and_then(|database| Some((database, database.notes.get(at)?))) {
            Some((database, note)) => {
                let lines = std::iter::once(note.text.clone()).chain(note.hint.clone()).collect();
                Reply::Explain(shown(&database.label).into_owned(), lines)
            }
            None => Reply::Done,
        },
        Alert::Drift(at) => match context.fleet.drift.faults.get(at) {
            Some(fault) => Reply::Explain("drift".to_owned(), of_fault(fault)),
            None => Reply::Done,
        },
        Alert::LostDomains(_) => lost_domains(context),
    }
}

fn outage(database: &Database, context: &Context<'_>) -> Reply {
    let Link::Down { since, fault, retry_at } = &database.link else { return Reply::Done };
    let mut lines = of_fault(fault);
    // Moments, no spans: the box stays as it is while time passes.
    let next = match retry_at {
        Some(_) => "it is tried again by itself",
        None => "it is not tried again by itself: something must be mended first, then r",
    };
    lines.push(format!("Down since {}; {next}.", context.time_of_day(*since)));
    if let Some(as_of) = database.as_of {
        lines.push(format!("What is shown of it is as of {}.", context.time_of_day(as_of)));
    }
    Reply::Explain(format!("{} is down", shown(&database.label)), lines)
}

fn of_fault(fault: &Fault) -> Vec<String> {
    let state = fault.sqlstate.as_ref().map_or(String::new(), |state| format!(" (SQLSTATE {})", shown(state)));
    std::iter::once(format!("{}{state}", fault.what)).chain(fault.hint.clone()).collect()
}

fn registry_fault(database: &Database) -> Option<&Fault> {
    database.registry.as_ref()?.as_ref().err()
}

fn lost_domains(context: &Context<'_>) -> Reply {
    let mut lines = vec!["These domains lead to tenants that the registry does not have:".to_owned()];
    let all = context.fleet.databases.iter().flat_map(|database| {
        let lost = database.known_registry().map_or(&[][..], |registry| &registry.lost_domains);
        lost.iter().map(|domain| format!("{}: {}", shown(&database.label), shown(&domain.name)))
    });
    let all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(SPELLED);
    lines.extend(all.into_iter().take(SPELLED));
    lines.extend((more > 0).then(|| format!("and {} more", units::count(more as u64))));
    Reply::Explain("domains without tenant".to_owned(), lines)
}

fn many(count: usize, one: &str, more: &str) -> String {
    describe::counted(u32::try_from(count).unwrap_or(u32::MAX), one, more)
}
