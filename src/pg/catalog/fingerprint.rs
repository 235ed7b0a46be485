//! Tier 1 of structures: for each schema the sums of the hashes of its catalogue rows, one set-based statement per facet. Equal
//! sums mean equal structures within one database; unequal ones may still be equal. No `pg_get_*`, no lock on a table, no
//! relation cache. Must not know what classes are for.

pub mod moved;

use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::pg::session::{Param, Reading, Row};

/// A part of the catalogue that one statement looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each facet is what its name says")]
pub enum Facet {
    Columns,
    Constraints,
    Defaults,
    Indexes,
    Rules,
    Sequences,
    Triggers,
    Relations,
    Routines,
    Types,
    Policies,
    Partitions,
    Statistics,
    /// Collations, operators, text search and other kinds that few schemas have.
    Lonely,
    Comments,
    Owners,
    Grants,
}

/// The catalogues that the facets are made of and whose changes matter. What only hangs on others (`pg_depend`) is left out: where
/// it changes, a row of these does.
pub const CATALOGUES: [&str; 33] = [
    "pg_namespace",
    "pg_class",
    "pg_attribute",
    "pg_attrdef",
    "pg_constraint",
    "pg_index",
    "pg_trigger",
    "pg_rewrite",
    "pg_policy",
    "pg_proc",
    "pg_aggregate",
    "pg_type",
    "pg_enum",
    "pg_range",
    "pg_sequence",
    "pg_inherits",
    "pg_partitioned_table",
    "pg_foreign_table",
    "pg_statistic_ext",
    "pg_collation",
    "pg_operator",
    "pg_opclass",
    "pg_opfamily",
    "pg_amop",
    "pg_amproc",
    "pg_conversion",
    "pg_ts_config",
    "pg_ts_config_map",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_description",
    "pg_default_acl",
];

impl Facet {
    /// All facets, those that take long first.
    pub const ALL: [Self; 17] = [
        Self::Columns,
        Self::Constraints,
        Self::Defaults,
        Self::Indexes,
        Self::Grants,
        Self::Rules,
        Self::Triggers,
        Self::Sequences,
        Self::Types,
        Self::Relations,
        Self::Partitions,
        Self::Owners,
        Self::Routines,
        Self::Comments,
        Self::Policies,
        Self::Statistics,
        Self::Lonely,
    ];

    /// The facets whose counts tell what was dropped when rows of this catalogue were deleted. A column goes with its relation,
    /// and a dropped column leaves a row that was written.
    pub fn shrunk_by(catalogue: &str) -> &'static [Self] {
        match catalogue {
            "pg_class" => &[Self::Relations, Self::Indexes, Self::Sequences],
            "pg_foreign_table" => &[Self::Relations],
            "pg_attrdef" => &[Self::Defaults],
            "pg_constraint" => &[Self::Constraints, Self::Types],
            "pg_index" => &[Self::Indexes],
            "pg_trigger" => &[Self::Triggers],
            "pg_rewrite" => &[Self::Rules],
            "pg_policy" => &[Self::Policies],
            "pg_proc" | "pg_aggregate" => &[Self::Routines],
            "pg_type" => &[Self::Types, Self::Relations],
            "pg_enum" | "pg_range" => &[Self::Types],
            "pg_sequence" => &[Self::Sequences],
            "pg_inherits" | "pg_partitioned_table" => &[Self::Partitions],
            "pg_statistic_ext" => &[Self::Statistics],
            "pg_description" => &[Self::Comments],
            "pg_default_acl" => &[Self::Grants],
            "pg_attribute" | "pg_namespace" => &[],
            _ => &[Self::Lonely],
        }
    }

    fn rows(self) -> &'static str {
        match self {
            Self::Relations => include_str!("../sql/tier1_relations.sql"),
            Self::Columns => include_str!("../sql/tier1_columns.sql"),
            Self::Defaults => include_str!("../sql/tier1_defaults.sql"),
            Self::Constraints => include_str!("../sql/tier1_constraints.sql"),
            Self::Indexes => include_str!("../sql/tier1_indexes.sql"),
            Self::Triggers => include_str!("../sql/tier1_triggers.sql"),
            Self::Rules => include_str!("../sql/tier1_rules.sql"),
            Self::Policies => include_str!("../sql/tier1_policies.sql"),
            Self::Routines => include_str!("../sql/tier1_routines.sql"),
            Self::Types => include_str!("../sql/tier1_types.sql"),
            Self::Sequences => include_str!("../sql/tier1_sequences.sql"),
            Self::Partitions => include_str!("../sql/tier1_partitions.sql"),
            Self::Statistics => include_str!("../sql/tier1_statistics.sql"),
            Self::Lonely => include_str!("../sql/tier1_lonely.sql"),
            Self::Comments => include_str!("../sql/tier1_comments.sql"),
            Self::Owners => include_str!("../sql/tier1_owners.sql"),
            Self::Grants => include_str!("../sql/tier1_grants.sql"),
        }
    }

    /// Whether its rows may hold expressions as the server stores them.
    fn has_trees(self) -> bool {
        match self {
            Self::Defaults
            | Self::Constraints
            | Self::Indexes
            | Self::Triggers
            | Self::Rules
            | Self::Policies
            | Self::Routines
            | Self::Types
            | Self::Partitions
            | Self::Statistics => true,
            Self::Relations
            | Self::Columns
            | Self::Sequences
            | Self::Lonely
            | Self::Comments
            | Self::Owners
            | Self::Grants => false,
        }
    }
}

/// How the rows of the schemas are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// By scans: cheap for all schemas of a database.
    Fleet,
    /// By indexes: cheap for a few schemas of a large database.
    Few,
}

/// What one facet of one schema adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sum {
    /// Rows.
    pub count: u64,
    /// The sum of their hashes without loose names.
    pub shape: i128,
    /// The sum with them.
    pub exact: i128,
}

/// Prepares the transaction for facets of all schemas.
pub async fn prepare(reading: &Reading<'_>) -> Result<(), Fault> {
    reading.texts(include_str!("../sql/planner.sql")).await?;
    reading.texts(include_str!("../sql/tier1_planner.sql")).await?;
    Ok(())
}

/// One facet of these schemas; a schema that has none of it is left out. `version` is `server_version_num`. The answer is the
/// same in both scopes.
pub async fn facet(
    reading: &Reading<'_>,
    facet: Facet,
    scope: Scope,
    version: u32,
    schemas: &[Oid],
) -> Result<Vec<(Oid, Sum)>, Fault> {
    let rows = reading.rows(&statement(facet, scope, version), &[Param::Oids(schemas)]).await?;
    rows.iter().map(sum).collect()
}

fn sum(row: &Row) -> Result<(Oid, Sum), Fault> {
    let number = |at| {
        let text: &str = row.get(at)?;
        text.parse().map_err(|_| Fault::new(FaultKind::Server, "a sum of hashes is no number"))
    };
    Ok((row.get(0)?, Sum { count: row.get(1)?, shape: number(2)?, exact: number(3)? }))
}

/// A frame that counts rows and nothing else.
const COUNTED: &str = include_str!("../sql/tier1_count.sql");

/// The statement of a facet for a server of this version.
fn statement(facet: Facet, scope: Scope, version: u32) -> String {
    let frame =
        if facet.has_trees() { include_str!("../sql/tier1_trees.sql") } else { include_str!("../sql/tier1_plain.sql") };
    statement_in(facet, scope, frame, version)
}

/// The rows of a facet in a frame. In the files `{h}` begins and `{/h}` ends the hash of a row.
fn statement_in(facet: Facet, scope: Scope, frame: &str, version: u32) -> String {
    let scope = match scope {
        Scope::Fleet => include_str!("../sql/tier1_fleet.sql"),
        Scope::Few => include_str!("../sql/tier1_few.sql"),
    };
    let text = format!("{scope}{}", frame.replace("{rows}", facet.rows()));
    let text = for_version(with_arguments(text), version);
    // Servers before 14 cannot hash a row, but the text of one.
    let (open, close) =
        if version >= 140_000 { ("hash_record_extended(", ", 0)") } else { ("hashtextextended(", "::text, 0)") };
    text.replace("{h}", open).replace("{/h}", close)
}

/// Puts in what tells functions of one name apart, wherever `{arguments ALIAS}` stands.
fn with_arguments(mut text: String) -> String {
    const MARK: &str = "{arguments ";
    while let Some(start) = text.find(MARK) {
        let Some(length) = text[start..].find('}') else { break };
        let alias = text[start + MARK.len()..start + length].to_owned();
        let arguments = include_str!("../sql/tier1_arguments.sql").trim_end().replace("{p}", &alias);
        text.replace_range(start..=start + length, &arguments);
    }
    text
}

/// Keeps `{>=N:...}` from version N on and `{<N:...}` before it. The innermost one is the last that begins.
fn for_version(mut text: String, version: u32) -> String {
    while let Some(start) = text.rfind("{>=").max(text.rfind("{<")) {
        let Some(length) = text[start..].find('}') else { break };
        let inside = text[start + 1..start + length].to_owned();
        let Some((condition, kept)) = inside.split_once(':') else { break };
        let bound = condition.trim_start_matches(['>', '=', '<']).parse().unwrap_or(u32::MAX);
        let holds = if condition.starts_with('<') { version < bound } else { version >= bound };
        text.replace_range(start..=start + length, if holds { kept } else { "" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_other_versions_is_left_out() {
        let text = || "a{>=150000:, coll{<170000:icu}locale} [0-9]{5,}".to_owned();
        assert_eq!(for_version(text(), 140_000), "a [0-9]{5,}");
        assert_eq!(for_version(text(), 150_000), "a, colliculocale [0-9]{5,}");
        assert_eq!(for_version(text(), 170_000), "a, colllocale [0-9]{5,}");
    }

    #[test]
    fn no_mark_is_left_in_any_statement() {
        for facet in Facet::ALL {
            for scope in [Scope::Fleet, Scope::Few] {
                for version in [130_000, 140_000, 150_000, 160_000, 170_000, 180_000] {
                    let text = statement(facet, scope, version);
                    for mark in ["{rows}", "{h}", "{/h}", "{arguments", "{>=", "{<", "{p}"] {
                        let sql: String = text.lines().filter(|line| !line.starts_with("--")).collect();
                        assert!(!sql.contains(mark), "{facet:?} {mark}");
                    }
                }
            }
        }
    }
}
