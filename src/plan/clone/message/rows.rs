//! The texts that copy the rows of one table, and those that compare what came with what was there.

use super::{Making, SOURCE_PATH};
use crate::plan::clone::Copy;
use crate::sqltext::{ident, literal, qualified};

/// Types of the catalogue whose values are numbers of objects: their text is the name, which the other database knows by another number.
const NAMING: &str = "24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191";

/// Types of the catalogue with how their values are hashed: `%1$I` is the column, `%2$s` its number, so that values do not change places.
/// What is equal and yet written otherwise (`1.0` and `1.00`) has one hash.
const HASHES: [(u32, &str); 9] = [
    (20, "hashint8extended(t.%1$I, %2$s)"),
    (21, "hashint2extended(t.%1$I, %2$s)"),
    (23, "hashint4extended(t.%1$I, %2$s)"),
    (16, "hashint4extended(t.%1$I::int4, %2$s)"),
    (701, "hashfloat8extended(t.%1$I, %2$s)"),
    (1700, "hash_numeric_extended(t.%1$I, %2$s)"),
    (1114, "timestamp_hash_extended(t.%1$I, %2$s)"),
    (1184, "timestamp_hash_extended(t.%1$I::timestamp, %2$s)"),
    (2950, "uuid_hash_extended(t.%1$I, %2$s)"),
];
const TEXT_HASH: &str = "hashtextextended(t.%1$I::text COLLATE \"C\", %2$s)";

impl Making<'_> {
    /// Which columns of the target have a type of its own: they are cast, as the source's types are others. Answers with table, column and
    /// the type as it is written.
    pub fn ask_own_types(&self) -> String {
        format!(
            "{SOURCE_PATH};\nSELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_namespace n \
             JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p') JOIN pg_catalog.pg_attribute a ON \
             a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN \
             pg_catalog.pg_type e ON e.oid = t.typelem WHERE n.nspname = {} AND n.oid IN (t.typnamespace, e.typnamespace)",
            literal(&self.target.schema)
        )
    }

    /// Copies the rows within one database. `own` gives the type of a column (raw name) that is the target's own.
    pub fn copy<'t>(&self, copy: &Copy, own: impl Fn(&str) -> Option<&'t str>) -> String {
        let (source, target) = self.tables(copy);
        if copy.columns.is_empty() {
            return format!("INSERT INTO {target} SELECT FROM ONLY {source}");
        }
        let value = |column: &String| match own(column) {
            Some(kind) => format!("s.{}::pg_catalog.text::{kind}", ident(column)),
            None => format!("s.{}", ident(column)),
        };
        let values: Vec<String> = copy.columns.iter().map(value).collect();
        let (columns, values) = (columns(copy), values.join(", "));
        format!("INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} FROM ONLY {source} s")
    }

    /// Puts the sequences of a table where the source's are, within one database.
    pub fn copy_sequences(&self, copy: &Copy) -> Option<String> {
        let (source, target) = (&self.cloning.source.schema, &self.target.schema);
        let one = |name: &String| {
            let [from, to] = [qualified(source, name), literal(&qualified(target, name))];
            format!("SELECT pg_catalog.setval({to}::pg_catalog.regclass, s.last_value, s.is_called) FROM {from} s;\n")
        };
        (!copy.sequences.is_empty()).then(|| copy.sequences.iter().map(one).collect())
    }

    /// Asks where a sequence of the source is.
    pub fn ask_sequence(&self, name: &str) -> String {
        let from = qualified(&self.cloning.source.schema, name);
        format!("SELECT s.last_value::text, s.is_called::text FROM {from} s")
    }

    /// Puts a sequence of the target there.
    pub fn set_sequence(&self, name: &str, value: i64, is_called: bool) -> String {
        let to = literal(&qualified(&self.target.schema, name));
        format!("SELECT pg_catalog.setval({to}::pg_catalog.regclass, {value}, {is_called})")
    }

    /// Which tables of the source may go over the wire in the server's own form: all of whose types every server knows by one number.
    pub fn ask_plain(&self) -> String {
        let oid = self.cloning.source.oid;
        format!(
            "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = {oid} AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT \
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.atttypid >= \
             16384 OR a.atttypid IN ({NAMING})))"
        )
    }

    /// Gives the rows of the source.
    pub fn give(&self, copy: &Copy, is_plain: bool) -> String {
        let (source, _) = self.tables(copy);
        format!("COPY (SELECT {} FROM ONLY {source}) TO STDOUT (FORMAT {})", columns(copy), form(is_plain))
    }

    /// Takes them in the target.
    pub fn take(&self, copy: &Copy, is_plain: bool) -> String {
        let (_, target) = self.tables(copy);
        format!("COPY {target} ({}) FROM STDIN (FORMAT {})", columns(copy), form(is_plain))
    }

    /// How a row of each table is hashed, told by the target for both: table, expression over the row `t`. By the types' own hashes where
    /// those are the same on every server and tell all that counts, else by the text.
    pub fn ask_hashes(&self) -> String {
        let kinds = HASHES.map(|(kind, hash)| format!(" WHEN {kind} THEN '{hash}'")).concat();
        format!(
            "{SOURCE_PATH};\nSELECT c.relname, pg_catalog.string_agg(pg_catalog.format('coalesce(' || CASE a.atttypid{kinds} ELSE \
             '{TEXT_HASH}' END || ', %2$s)', a.attname, a.attnum), ' # ' ORDER BY a.attnum) FROM pg_catalog.pg_namespace n JOIN \
             pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p') JOIN pg_catalog.pg_attribute a ON a.attrelid = \
             c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' WHERE n.nspname = {} GROUP BY c.oid, c.relname",
            literal(&self.target.schema)
        )
    }

    /// How texts are written in a database. Where that is not the same, hashes are not.
    pub fn ask_encoding(&self) -> &'static str {
        "SELECT pg_catalog.current_setting('server_encoding')"
    }

    /// How many rows the source has, and what they sum up to. Without a hash it is the text of a row that is summed up, in one encoding.
    pub fn sum_of_source(&self, copy: &Copy, hash: Option<&str>) -> String {
        sum(&self.tables(copy).0, copy, hash)
    }

    /// The same of the target.
    pub fn sum_of_target(&self, copy: &Copy, hash: Option<&str>) -> String {
        sum(&self.tables(copy).1, copy, hash)
    }

    fn tables(&self, copy: &Copy) -> (String, String) {
        (qualified(&self.cloning.source.schema, &copy.table), qualified(&self.target.schema, &copy.table))
    }
}

/// A sum over hashes: the order of rows is of no importance, how often each is there is. The server may take workers to help.
fn sum(table: &str, copy: &Copy, hash: Option<&str>) -> String {
    let row = || copy.columns.iter().map(|column| format!("t.{}", ident(column))).collect::<Vec<_>>().join(", ");
    let text = || format!("('x' || left(md5(convert_to(ROW({})::text, 'UTF8')), 15))::bit(60)::bigint", row());
    let hash = hash.map_or_else(text, str::to_owned);
    format!(
        "SET LOCAL max_parallel_workers_per_gather TO DEFAULT;\nSELECT count(*)::text, coalesce(sum({hash}), 0)::text FROM ONLY {table} t"
    )
}

fn columns(copy: &Copy) -> String {
    copy.columns.iter().map(|column| ident(column)).collect::<Vec<_>>().join(", ")
}

fn form(is_plain: bool) -> &'static str {
    if is_plain { "binary" } else { "text" }
}
