//! The shape of a table: its columns, what is unique, where it points. What an application's registry is recognised by; must
//! not know which shapes mean what.

use super::catalog::Oid;

/// One table as the catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// `pg_class.oid`.
    pub oid: Oid,
    /// The raw name of its schema.
    pub schema: String,
    /// Its raw name.
    pub name: String,
    /// Whether our role may read it.
    pub readable: bool,
    /// Whether row security may hide rows of it from our role.
    pub filtered: bool,
    /// Its live columns, in their order.
    pub columns: Vec<ColumnShape>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnShape {
    /// The raw name.
    pub name: String,
    /// `pg_type.typname`, such as `timestamptz`.
    pub kind: String,
    /// Whether a unique index covers exactly this column.
    pub unique: bool,
    /// Where a foreign key of exactly this column points.
    pub references: Option<Reference>,
}

/// The far end of a foreign key with one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `pg_class.oid` of the table.
    pub table: Oid,
    /// The raw name of the column there.
    pub column: String,
}

impl TableShape {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnShape> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The first of these columns that the table has, in the order of the names.
    pub fn first_column(&self, names: &[&str]) -> Option<&ColumnShape> {
        names.iter().find_map(|name| self.column(name))
    }

    /// Whether the table has all of these columns.
    pub fn has_columns(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.column(name).is_some())
    }
}
