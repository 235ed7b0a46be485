//! Statements that make what a schema misses. Must not know what is changed or too many.

use super::Proposal;
use super::own::Own;
use crate::domain::structure::{Kind, Object};
use crate::sqltext::{ident, literal};

pub(super) fn proposal(own: &Own<'_>, object: &Object) -> Proposal {
    if object.get("inherited").is_some() {
        return Proposal::not_simple("it comes from a parent table: mend the parent");
    }
    let texts = ["definition", "default", "generated", "type"].map(|attribute| object.get(attribute).unwrap_or_default());
    if let Some(why) = own.hindrance(object.parent.as_deref(), &object.name, &texts) {
        return Proposal::NotSimple(why);
    }
    match object.kind {
        Kind::Column => column(own, object),
        Kind::Constraint => constraint(own, object),
        Kind::Index => index(own, object),
        Kind::Sequence => sequence(own, object),
        Kind::Trigger => trigger(own, object),
        Kind::Enum => match object.get("labels") {
            Some(labels) => Proposal::statement(format!("CREATE TYPE {} AS ENUM ({labels});", own.name(&object.name)), None),
            None => Proposal::statement(format!("CREATE TYPE {} AS ENUM ();", own.name(&object.name)), None),
        },
        Kind::Table | Kind::ForeignTable => Proposal::not_simple("a whole table: take it from the migration that makes it"),
        _ => Proposal::not_simple("its text names other objects: take it from the migration that makes it"),
    }
}

fn column(own: &Own<'_>, column: &Object) -> Proposal {
    let (Some(parent), Some(kind)) = (&column.parent, column.get("type")) else {
        return Proposal::not_simple("its type is not known");
    };
    let table = own.name(parent);
    let mut sql = format!("ALTER TABLE {table} ADD COLUMN {} {}", ident(&column.name), own.type_name(kind));
    if let Some(collation) = column.get("collation") {
        sql += &format!(" COLLATE {collation}");
    }
    if let Some(default) = column.get("default") {
        sql += &format!(" DEFAULT {}", own.sql(default));
    }
    if let Some(generated) = column.get("generated") {
        let (expression, how) = generated.rsplit_once(' ').unwrap_or((generated, "stored"));
        sql += &format!(" GENERATED ALWAYS AS ({}) {}", own.sql(expression), how.to_uppercase());
    }
    if let Some(identity) = column.get("identity") {
        sql += &format!(" GENERATED {} AS IDENTITY{}", identity.to_uppercase(), own.identity_options(column));
    }
    match column.get("not null") {
        None => {}
        Some("yes") => sql += " NOT NULL",
        Some(_) => return Proposal::not_simple("its NOT NULL is not a plain one"),
    }
    sql += ";";
    for (attribute, clause) in [("storage", "STORAGE"), ("statistics", "STATISTICS"), ("compression", "COMPRESSION")] {
        if let Some(value) = column.get(attribute) {
            sql += &format!(
                "\nALTER TABLE {table} ALTER COLUMN {} SET {clause} {};",
                ident(&column.name),
                value.to_uppercase()
            );
        }
    }
    if let Some(sequence) = column.get("default").and_then(|default| own.sequence_in(default)) {
        sql += &format!("\nALTER SEQUENCE {} OWNED BY {table}.{};", own.name(sequence), ident(&column.name));
    }
    if let Some(comment) = column.get("comment") {
        sql += &format!("\nCOMMENT ON COLUMN {table}.{} IS {};", ident(&column.name), literal(comment).trim_start());
    }
    let is_filled = ["default", "generated", "identity"].iter().any(|attribute| column.get(attribute).is_some());
    let mut mind = Vec::new();
    if column.get("not null").is_some() && !is_filled {
        mind.push("fails when the table has rows: add it without NOT NULL, fill it, then set NOT NULL");
    }
    if is_filled {
        mind.push("rewrites the table unless the default is a constant");
    }
    if own.has_columns_behind(column) {
        mind.push("comes last, while other columns stand behind it in the reference");
    }
    Proposal::statement(sql, Some(mind.join("; ")).filter(|mind| !mind.is_empty()).as_deref())
}

fn constraint(own: &Own<'_>, constraint: &Object) -> Proposal {
    let (Some(parent), Some(definition)) = (&constraint.parent, constraint.get("definition")) else {
        return Proposal::not_simple("its definition is not known");
    };
    let (owner, name) = (own.name(parent), ident(&constraint.name));
    let what = if own.is_domain(parent) { "DOMAIN" } else { "TABLE" };
    let add = format!("ALTER {what} {owner} ADD CONSTRAINT {name} {}", own.sql(definition));
    let is_key = definition.starts_with("FOREIGN KEY");
    let is_enforced = !definition.ends_with("NOT ENFORCED");
    let may_wait = definition.starts_with("CHECK") || (is_key && !own.is_partitioned(parent));
    if !may_wait || !is_enforced {
        let mind = "blocks reads and writes while its index is built; fails when rows do not fit";
        return Proposal::statement(add + ";", Some(mind).filter(|_| is_enforced));
    }
    if constraint.get("valid") == Some("no") {
        return Proposal::statement(add + " NOT VALID;", None);
    }
    let sql = format!("{add} NOT VALID;\nALTER {what} {owner} VALIDATE CONSTRAINT {name};");
    Proposal::statement(
        sql,
        Some("run both apart: the second reads all rows under a weak lock, and fails when rows do not fit"),
    )
}

fn index(own: &Own<'_>, index: &Object) -> Proposal {
    let definition = index.get("definition").and_then(|text| own.on_table(text, Some(("index", &index.name))));
    let (Some(mut sql), Some(parent)) = (definition, &index.parent) else {
        return Proposal::not_simple("its definition is not known");
    };
    let is_unique = index.get("definition").is_some_and(|text| text.starts_with("CREATE UNIQUE"));
    sql += ";";
    if index.get("clustered").is_some() {
        sql += &format!("\nALTER TABLE {} CLUSTER ON {};", own.name(parent), ident(&index.name));
    }
    if index.get("replica identity").is_some() {
        sql += &format!("\nALTER TABLE {} REPLICA IDENTITY USING INDEX {};", own.name(parent), ident(&index.name));
    }
    let lock = "writes wait while it is built: CREATE INDEX CONCURRENTLY, outside a transaction, lets them go on";
    let mind = if is_unique { format!("{lock}; fails when rows are not unique") } else { lock.to_owned() };
    Proposal::statement(sql, Some(&mind))
}

fn sequence(own: &Own<'_>, sequence: &Object) -> Proposal {
    if sequence.get("identity").is_some() {
        return Proposal::not_simple("it comes with the identity of its column");
    }
    let name = own.name(&sequence.name);
    let mut sql = format!("CREATE SEQUENCE {name}{};", super::changed::options(sequence, ""));
    let mut mind = None;
    // The column brings its sequence with it when it is missing, too.
    if let Some(column) = sequence.get("owned by").filter(|column| !own.misses_column(column)) {
        sql += &format!("\nALTER SEQUENCE {name} {};", own.owned_by(column));
        mind = Some("begins at its start: set it behind the largest value in use");
    }
    Proposal::statement(sql, mind)
}

fn trigger(own: &Own<'_>, trigger: &Object) -> Proposal {
    let definition = trigger.get("definition").and_then(|text| own.on_table(text, None));
    let (Some(sql), Some(parent)) = (definition, &trigger.parent) else {
        return Proposal::not_simple("its definition is not known");
    };
    let enabled = super::changed::enabled(trigger.get("enabled"));
    let enabled = enabled.filter(|_| trigger.get("enabled").is_some());
    let sql = match enabled {
        Some(how) => format!("{sql};\nALTER TABLE {} {how} TRIGGER {};", own.name(parent), ident(&trigger.name)),
        None => sql + ";",
    };
    Proposal::statement(sql, Some("the function that it calls must be there"))
}
