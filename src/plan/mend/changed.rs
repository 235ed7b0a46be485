//! Statements that change what a schema has, where that can be done in place. Must not know what is missing or too many.

use super::Proposal;
use super::own::Own;
use crate::domain::structure::{Change, Kind, Object};
use crate::sqltext::lexer::{TokenKind, tokens};
use crate::sqltext::{ident, literal};

/// Attributes of a sequence, with the clause that sets each.
const SEQUENCE: [(&str, &str); 7] = [
    ("type", "AS"),
    ("increment", "INCREMENT BY"),
    ("minimum", "MINVALUE"),
    ("maximum", "MAXVALUE"),
    ("start", "START WITH"),
    ("cache", "CACHE"),
    ("cycle", "CYCLE"),
];

/// What a sequence has beside the defaults, as clauses; without one attribute.
pub(super) fn options(sequence: &Object, without: &str) -> String {
    let set = SEQUENCE.into_iter().filter_map(|(attribute, clause)| Some((attribute, clause, sequence.get(attribute)?)));
    set.filter(|(attribute, ..)| *attribute != without)
        .map(
            |(attribute, clause, value)| {
                if attribute == "cycle" { " CYCLE".to_owned() } else { format!(" {clause} {value}") }
            },
        )
        .collect()
}

/// A statement with what to mind, or why there is none.
type Step = Result<(String, Option<&'static str>), String>;

pub(super) fn proposal(own: &Own<'_>, reference: &Object, here: &Object, changes: &[Change]) -> Proposal {
    let (mut sql, mut mind) = (Vec::new(), Vec::new());
    for change in changes {
        match step(own, reference, here, change) {
            Ok((statement, minded)) => {
                sql.push(statement);
                mind.extend(minded);
            }
            Err(why) => return Proposal::NotSimple(why),
        }
    }
    Proposal::statement(sql.join("\n"), Some(mind.join("; ")).filter(|mind| !mind.is_empty()).as_deref())
}

fn step(own: &Own<'_>, reference: &Object, here: &Object, change: &Change) -> Step {
    let wanted = change.reference.as_deref();
    let attribute = change.attribute.as_str();
    match (here.kind, attribute) {
        (_, "comment") => comment(own, here, wanted),
        (_, "owner" | "grants" | "default grants") => {
            Err("who owns it and who may use it is for a person to decide".to_owned())
        }
        (Kind::Column, _) => column(own, here, attribute, wanted),
        (Kind::Trigger, "enabled") => {
            let (Some(how), Some(table)) = (enabled(wanted), &here.parent) else { return Err(anew()) };
            Ok((format!("ALTER TABLE {} {how} TRIGGER {};", own.name(table), ident(&here.name)), None))
        }
        (Kind::Enum, "labels") => labels(own, here, wanted.unwrap_or_default()),
        (Kind::Sequence, _) => sequence(own, here, attribute, wanted),
        (Kind::Constraint, "valid") if wanted.is_none() && here.parent.is_some() => {
            let parent = here.parent.as_deref().unwrap_or_default();
            let what = if own.is_domain(parent) { "DOMAIN" } else { "TABLE" };
            let sql = format!("ALTER {what} {} VALIDATE CONSTRAINT {};", own.name(parent), ident(&here.name));
            Ok((sql, Some("reads all rows under a weak lock; fails when rows do not fit")))
        }
        (Kind::Index, "valid") if wanted.is_none() => {
            let mind = "writes wait: REINDEX INDEX CONCURRENTLY, outside a transaction, lets them go on";
            Ok((format!("REINDEX INDEX {};", own.name(&here.name)), Some(mind)))
        }
        (Kind::Table, "row security") => Ok((row_security(own, here, wanted), Some("changes who sees which rows"))),
        (Kind::Function | Kind::Procedure | Kind::Aggregate, _) => {
            Err("take its text from the migration that makes it".to_owned())
        }
        (
            Kind::Constraint | Kind::Index | Kind::Trigger | Kind::Policy | Kind::Rule | Kind::View | Kind::MaterializedView,
            _,
        ) => Err(anew()),
        _ => Err(format!("{attribute} of a {} is not changed by a simple statement", reference.kind.word())),
    }
}

fn anew() -> String {
    "it has to be dropped and made anew".to_owned()
}

/// How `ALTER TABLE` switches a trigger to this state.
pub(super) fn enabled(state: Option<&str>) -> Option<&'static str> {
    match state {
        None => Some("ENABLE"),
        Some("no") => Some("DISABLE"),
        Some("replica") => Some("ENABLE REPLICA"),
        Some("always") => Some("ENABLE ALWAYS"),
        Some(_) => None,
    }
}

fn column(own: &Own<'_>, column: &Object, attribute: &str, wanted: Option<&str>) -> Step {
    let table = column.parent.as_deref().map(|table| own.name(table)).unwrap_or_default();
    let alter = |what: String| format!("ALTER TABLE {table} ALTER COLUMN {} {what};", ident(&column.name));
    let simple = |what: String| Ok((alter(what), None));
    match (attribute, wanted) {
        ("default", Some(default)) => simple(format!("SET DEFAULT {}", own.sql(default))),
        ("default", None) => simple("DROP DEFAULT".to_owned()),
        ("not null", Some("yes")) => {
            Ok((alter("SET NOT NULL".to_owned()), Some("reads all rows while nobody else can; fails when there is a null")))
        }
        ("not null", None) => simple("DROP NOT NULL".to_owned()),
        ("identity", Some(identity)) if column.get("identity").is_none() => Ok((
            alter(format!("ADD GENERATED {} AS IDENTITY{}", identity.to_uppercase(), own.identity_options(column))),
            Some("needs NOT NULL, and no default"),
        )),
        ("identity", Some(identity)) => simple(format!("SET GENERATED {}", identity.to_uppercase())),
        ("storage", Some(storage)) => simple(format!("SET STORAGE {}", storage.to_uppercase())),
        ("statistics", target) => simple(format!("SET STATISTICS {}", target.unwrap_or("-1"))),
        ("compression", method) => simple(format!("SET COMPRESSION {}", method.unwrap_or("default"))),
        ("type", _) => Err("another type rewrites the table and what depends on it: take it from a migration".to_owned()),
        ("position", _) => Err("columns keep their places: only a new table has them in another order".to_owned()),
        _ => Err(format!("{attribute} of a column is not changed by a simple statement")),
    }
}

/// Labels can be added between others, never taken away or moved.
fn labels(own: &Own<'_>, here: &Object, wanted: &str) -> Step {
    let list = |text: &str| -> Vec<String> {
        tokens(text).iter().filter(|token| token.kind == TokenKind::Literal).map(|token| token.text.to_owned()).collect()
    };
    let (wanted, here_labels) = (list(wanted), list(here.get("labels").unwrap_or_default()));
    let kept: Vec<&String> = wanted.iter().filter(|label| here_labels.contains(label)).collect();
    if !kept.iter().copied().eq(here_labels.iter()) {
        return Err("labels can be added, never taken away or moved".to_owned());
    }
    let mut sql = Vec::new();
    for (at, label) in wanted.iter().enumerate().filter(|(_, label)| !here_labels.contains(label)) {
        let is_last = wanted[at..].iter().all(|later| !here_labels.contains(later));
        let place = match at.checked_sub(1).map(|before| &wanted[before]) {
            _ if is_last => String::new(),
            Some(before) => format!(" AFTER {before}"),
            None => here_labels.first().map_or_else(String::new, |first| format!(" BEFORE {first}")),
        };
        sql.push(format!("ALTER TYPE {} ADD VALUE {label}{place};", own.name(&here.name)));
    }
    Ok((sql.join("\n"), Some("a label cannot be used in the transaction that adds it")))
}

fn sequence(own: &Own<'_>, here: &Object, attribute: &str, wanted: Option<&str>) -> Step {
    let alter = |what: String| Ok((format!("ALTER SEQUENCE {} {what};", own.name(&here.name)), None));
    match (attribute, wanted) {
        ("type", None) => alter("AS bigint".to_owned()),
        ("increment" | "cache", None) => alter(if attribute == "cache" { "CACHE 1" } else { "INCREMENT BY 1" }.to_owned()),
        ("minimum", None) => alter("NO MINVALUE".to_owned()),
        ("maximum", None) => alter("NO MAXVALUE".to_owned()),
        ("cycle", wanted) => alter(if wanted.is_some() { "CYCLE" } else { "NO CYCLE" }.to_owned()),
        ("owned by", Some(column)) => alter(own.owned_by(column)),
        ("owned by", None) => alter("OWNED BY NONE".to_owned()),
        (attribute, Some(value)) => match SEQUENCE.into_iter().find(|(known, _)| *known == attribute) {
            Some((_, clause)) => alter(format!("{clause} {value}")),
            None => Err(format!("{attribute} of a sequence is not changed by a simple statement")),
        },
        _ => Err(format!("{attribute} of a sequence is not changed by a simple statement")),
    }
}

fn row_security(own: &Own<'_>, table: &Object, wanted: Option<&str>) -> String {
    let (switch, force) = match wanted {
        None => ("DISABLE", "NO FORCE"),
        Some("enabled") => ("ENABLE", "NO FORCE"),
        Some("forced") => ("ENABLE", "FORCE"),
        Some(_) => ("DISABLE", "FORCE"),
    };
    let name = own.name(&table.name);
    format!("ALTER TABLE {name} {switch} ROW LEVEL SECURITY;\nALTER TABLE {name} {force} ROW LEVEL SECURITY;")
}

fn comment(own: &Own<'_>, object: &Object, wanted: Option<&str>) -> Step {
    let name = own.name(&object.name);
    let on_parent = |what: &str| {
        let parent = object.parent.as_deref().unwrap_or_default();
        let domain = if own.is_domain(parent) { "DOMAIN " } else { "" };
        format!("{what} {} ON {domain}{}", ident(&object.name), own.name(parent))
    };
    let what = match object.kind {
        Kind::Table => format!("TABLE {name}"),
        Kind::ForeignTable => format!("FOREIGN TABLE {name}"),
        Kind::Column => format!("COLUMN {}.{}", own.name(object.parent.as_deref().unwrap_or_default()), ident(&object.name)),
        Kind::Constraint => on_parent("CONSTRAINT"),
        Kind::Trigger => on_parent("TRIGGER"),
        Kind::Policy => on_parent("POLICY"),
        Kind::Rule => on_parent("RULE"),
        Kind::Index => format!("INDEX {name}"),
        Kind::View => format!("VIEW {name}"),
        Kind::MaterializedView => format!("MATERIALIZED VIEW {name}"),
        Kind::Sequence => format!("SEQUENCE {name}"),
        Kind::Enum | Kind::Composite | Kind::Range => format!("TYPE {name}"),
        Kind::Domain => format!("DOMAIN {name}"),
        _ => return Err("its comment is set by hand: its name takes more than a name".to_owned()),
    };
    // The name of the own schema was taken out of comments, too.
    if wanted.is_some_and(|text| text.contains("@.")) {
        return Err("its comment names the schema: set it by hand".to_owned());
    }
    let text = wanted.map_or_else(|| "NULL".to_owned(), |text| literal(text).trim_start().to_owned());
    Ok((format!("COMMENT ON {what} IS {text};"), None))
}
