//! `completions` and `man`, made from the one definition of the command line. Must not say anything that the help does not.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Answer;
use super::drift::FLAT_FIELDS;
use super::runs::{RUN_FIELDS, TARGET_FIELDS};
use crate::cli::args::Arguments;
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::record::capacity::CAPACITY_FIELDS;
use crate::domain::record::drift::{COHORT_FIELDS, DIFFERENCE_FIELDS, VERDICT_FIELDS};
use crate::domain::record::placement::{self, FINDING_FIELDS, PLACEMENT_FIELDS};
use crate::domain::record::session::SESSION_FIELDS;
use crate::domain::record::{ENTRY_FIELDS, TABLE_FIELDS};

/// The completions of a shell.
pub(in crate::cli) fn completions(shell: Shell) -> Answer {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tenantry", &mut bytes);
    Answer::done(String::from_utf8_lossy(&bytes).into_owned())
}

/// The manual: one page with every verb.
pub(in crate::cli) fn manual() -> Result<Answer, Failure> {
    let mut bytes = Vec::new();
    let failed = |error: io::Error| Fault::new(FaultKind::Local, format!("cannot write the manual: {error}"));
    write_manual(&mut bytes).map_err(failed)?;
    Ok(Answer::done(String::from_utf8_lossy(&bytes).into_owned()))
}

fn write_manual(out: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Arguments::command();
    command.build();
    let man = Man::new(command.clone()).manual("User Commands").source(concat!("tenantry ", env!("CARGO_PKG_VERSION")));
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut verbs = Roff::new();
    for verb in command.get_subcommands() {
        push_verb(&mut verbs, verb, "tenantry");
    }
    let mut roff = Roff::new();
    roff.control("SH", ["VERBS"]);
    out.extend_from_slice(roff.render().as_bytes());
    out.extend_from_slice(without_preamble(&verbs.render()).as_bytes());
    let mut roff = Roff::new();
    rest(&mut roff);
    out.extend_from_slice(without_preamble(&roff.render()).as_bytes());
    Ok(())
}

/// A verb with its options and examples, and the verbs below it.
fn push_verb(roff: &mut Roff, verb: &clap::Command, before: &str) {
    let name = format!("{before} {}", verb.get_name());
    let below: Vec<_> = verb.get_subcommands().filter(|verb| verb.get_name() != "help").collect();
    if below.is_empty() {
        let values: Vec<_> =
            verb.get_positionals().map(|value| format!(" {}", value.get_id().as_str().to_uppercase())).collect();
        roff.control("SS", [format!("{name}{}", values.concat()).as_str()]);
        roff.text([roman(verb.get_about().map(ToString::to_string).unwrap_or_default())]);
        for option in verb.get_opts().filter(|option| !option.is_global_set() && option.get_id() != "help") {
            push_option(roff, option);
        }
        if let Some(examples) = verb.get_after_help() {
            roff.control("PP", []);
            roff.control("nf", []);
            roff.text([roman(examples.to_string())]);
            roff.control("fi", []);
        }
    }
    for verb in below {
        push_verb(roff, verb, &name);
    }
}

fn push_option(roff: &mut Roff, option: &clap::Arg) {
    let long = option.get_long().map_or(String::new(), |long| format!("--{long}"));
    let short = option.get_short().map_or(String::new(), |short| format!("-{short}, "));
    let takes = option.get_action().takes_values();
    let value =
        option.get_value_names().filter(|_| takes).and_then(<[_]>::first).map_or(String::new(), |name| format!(" {name}"));
    roff.control("TP", []);
    roff.text([bold(format!("{short}{long}")), roman(value)]);
    roff.text([roman(option.get_help().map(ToString::to_string).unwrap_or_default())]);
}

fn rest(roff: &mut Roff) {
    let mut list = |heading: &str, lead: &str, entries: &[(String, &str)]| {
        roff.control("SH", [heading]);
        if !lead.is_empty() {
            roff.text([roman(lead)]);
        }
        for (name, text) in entries {
            roff.control("TP", []);
            roff.text([bold(name.as_str())]);
            roff.text([roman(*text)]);
        }
    };
    list(
        "FIELDS",
        FIELDS,
        &[
            ("tenants, schemas".into(), &ENTRY_FIELDS.join(", ")),
            ("tables".into(), &TABLE_FIELDS.join(", ")),
            ("drift".into(), &format!("{}; with --csv {}", VERDICT_FIELDS.join(", "), FLAT_FIELDS.join(", "))),
            ("diff".into(), &DIFFERENCE_FIELDS.join(", ")),
            ("cohorts".into(), &COHORT_FIELDS.join(", ")),
            (
                "placement".into(),
                &format!(
                    "{}; findings: {}; tables, and --csv: {}",
                    PLACEMENT_FIELDS.join(", "),
                    FINDING_FIELDS.join(", "),
                    placement::TABLE_FIELDS.join(", ")
                ),
            ),
            ("capacity".into(), &CAPACITY_FIELDS.join(", ")),
            ("activity".into(), &SESSION_FIELDS.join(", ")),
            ("runs".into(), &format!("{}; show --json also: stages, causes, notes", RUN_FIELDS.join(", "))),
            ("runs export".into(), &TARGET_FIELDS.join(", ")),
        ],
    );
    list("FILES", "The first of the two fleet.toml is read, not both.", &FILES.map(|(name, text)| (name.into(), text)));
    list("ENVIRONMENT", "", &VARIABLES.map(|(name, text)| (name.into(), text)));
    let codes = ExitCode::MEANINGS.map(|(code, meaning)| (code.number().to_string(), meaning));
    list("EXIT STATUS", "", &codes);
}

const FIELDS: &str = "The names that --json and --csv use; they stay. Figures are numbers, moments are RFC 3339 in UTC, what is not \
known is null (JSON) or empty (CSV). JSON holds raw names; CSV holds them made visible, with an apostrophe before what a spreadsheet \
would take for a formula. rows and bytes of tenants and schemas are estimates as of the last analyze, without the never_analysed \
tables; bytes of tables is measured. state is ok or the first of the oddities. show gives one object: the fields of schemas and \
comment, acl, search_path, table_list, migrations, reference and difference_list (as of diff). The fields from ledger_state on are known \
with --drift, or when the filter asks for drift. In drift, ledger holds state, behind, ahead, missing, extra, dirty and cohort, shape holds \
state, differences and cohort; changes of diff hold attribute, reference and here. In capacity, tables_per_tenant holds \
least, median and most, outliers schema and tables, growth source, runway (not_enough, reached, level, falls), why, per_month, days, day, earliest, latest and \
points, what_if the figures for --tables and --tenants, gauges gauge, severity, value, verdict, measure, unit, warn, danger, is_estimate, unseen and \
explanation (what, how, inputs, costs, remedy).";

const FILES: [(&str, &str); 6] = [
    ("~/.config/tenantry/fleet.toml", "Environments and how the console looks; see tenantry config example."),
    ("/etc/tenantry/fleet.toml", "The same for the whole machine."),
    ("~/.config/tenantry/themes/*.toml", "Your own themes."),
    (
        "~/.local/state/tenantry/samples-*.jsonl",
        "How many tenants each database had, a line for each day; under $XDG_STATE_HOME where that is set.",
    ),
    (
        "~/.local/state/tenantry/runs/",
        "The records of runs, a folder for each; elsewhere where XDG_STATE_HOME or state_dir of fleet.toml say so.",
    ),
    ("~/.pgpass", "Passwords, as libpq reads them; ignored when others can read it."),
];

const VARIABLES: [(&str, &str); 4] = [
    ("TENANTRY_CONFIG", "The fleet.toml to read, unless --config is given."),
    ("PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE ...", "As for psql, where a connection string leaves something open."),
    ("PGPASSFILE", "The file of passwords instead of ~/.pgpass."),
    ("NO_COLOR", "No colours."),
];

/// Each rendering repeats a preamble that a page needs only once.
fn without_preamble(text: &str) -> String {
    let body = text.lines().skip_while(|line| line.starts_with(".ie") || line.starts_with(".el") || line.is_empty());
    body.flat_map(|line| [line, "\n"]).collect()
}
