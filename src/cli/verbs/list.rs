//! `tenants` and `schemas`. Must not know how facts are read.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Answer, counted, footnote, shaped};
use crate::cli::args::List;
use crate::cli::columns::Known;
use crate::cli::failure::Failure;
use crate::cli::sheet::Paper;
use crate::cli::{columns, reading};
use crate::config::Environment;
use crate::domain::filter::Filter;
use crate::domain::fleet::{Entry, Fleet};
use crate::domain::name::shown;
use crate::domain::record;
use crate::domain::roles::Role;
use crate::domain::units;
use crate::observer::Depth;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum What {
    /// Tenants, with and without schema.
    Tenants,
    /// Schemas but the system's.
    Schemas,
    /// Every schema.
    AllSchemas,
}

pub(in crate::cli) fn run(
    what: What,
    depth: Depth,
    list: &List,
    environment: &Environment,
    paper: Paper,
) -> Result<Answer, Failure> {
    let filter = list.filter.as_deref().map(parse).transpose()?;
    let depth = Depth::of(depth.has_drift() || filter.as_ref().is_some_and(Filter::needs_drift));
    let (fleet, code) = reading::fleet(reading::targets(environment)?, depth)?;
    reading::tell_notes(&fleet);
    reading::tell_drift(&fleet);
    let entries = entries(what, filter.as_ref(), &fleet);
    let shape = list.format.shape();
    let text = shaped(
        shape,
        || entries.iter().map(record::of_entry).collect(),
        record::ENTRY_FIELDS,
        || {
            let known = Known { several: fleet.databases.len() > 1, depth, drift: &fleet.drift, ascii: paper.ascii };
            let sheet = match what {
                What::Tenants => columns::tenants(&entries, known, Timestamp::now()),
                What::Schemas | What::AllSchemas => columns::schemas(&entries, known, Timestamp::now()),
            };
            sheet.text(paper)
        },
    );
    Ok(Answer { text, note: footnote(shape, paper, || summary(what, &entries, &fleet)), code })
}

pub(super) fn parse(text: &str) -> Result<Filter, Failure> {
    Filter::parse(text).map_err(|error| {
        let mark = format!("{}{}", " ".repeat(shown(&text[..error.at]).chars().count()), "^");
        Failure::usage(
            format!("--filter: {}", error.what),
            match error.allowed.as_slice() {
                [] => format!("{}\n  {mark}", shown(text)),
                allowed => format!("{}\n  {mark} allowed: {}", shown(text), allowed.join(", ")),
            },
        )
    })
}

fn entries<'f>(what: What, filter: Option<&Filter>, fleet: &'f Fleet) -> Vec<Entry<'f>> {
    let mut seen = HashSet::new();
    let kept = fleet.entries().filter(|entry| {
        let asked = match what {
            What::Tenants => entry.is_tenant(),
            // Two tenants of one schema are two entries, and one schema.
            What::Schemas | What::AllSchemas => {
                entry.schema.is_some_and(|schema| seen.insert((entry.id, schema.oid)))
                    && (filter.is_some() || what == What::AllSchemas || entry.row.role != Role::System)
            }
        };
        asked && filter.is_none_or(|filter| filter.keeps(entry))
    });
    kept.collect()
}

fn summary(what: What, entries: &[Entry<'_>], fleet: &Fleet) -> String {
    let mut parts = vec![match what {
        What::Tenants => counted(entries.len() as u64, "tenant", "tenants"),
        What::Schemas | What::AllSchemas => counted(entries.len() as u64, "schema", "schemas"),
    }];
    let odd = entries.iter().filter(|entry| entry.oddity().is_some()).count();
    if odd > 0 {
        parts.push(format!("{} odd", units::count(odd as u64)));
    }
    let unknown: u64 = entries.iter().filter_map(Entry::counts).map(|counts| u64::from(counts.never_analysed)).sum();
    let without = match unknown {
        0 => String::new(),
        _ => format!(", without {} never analysed", counted(unknown, "table", "tables")),
    };
    parts.push(format!("rows and sizes as of the last analyze{without}"));
    if let Some(oldest) = fleet.databases.iter().filter_map(|database| database.as_of).min() {
        parts.push(format!("as of {}", oldest.to_zoned(TimeZone::system()).strftime("%H:%M:%S")));
    }
    parts.join(" · ")
}
