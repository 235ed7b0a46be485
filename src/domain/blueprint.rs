//! What a schema is made of, told as the statements that make it under its own `search_path`, and who of them needs whom. Must not
//! know in which order they are sent, nor where.

use super::catalog::Oid;

/// An object of the catalogue, as `pg_depend` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The catalogue that it stands in.
    pub class: Oid,
    /// Its row there.
    pub oid: Oid,
}

/// A schema, read to be made again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blueprint {
    /// Its raw name.
    pub schema: String,
    /// The raw name of the role that owns it.
    pub owner: String,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// Who needs whom.
    pub needs: Vec<Need>,
    /// The tables that hold rows.
    pub tables: Vec<RowTable>,
    /// What a clone cannot have, or has otherwise.
    pub findings: Vec<Finding>,
}

/// One object, or something that is said of one.
///
/// In its texts own objects stand without schema where that means them, and `$` stands for the schema where a name must be there;
/// `$owner` stands for the role that owns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Where it stands in the catalogue.
    pub at: Address,
    /// The table that it belongs to, the parent of a partition; 0 for none.
    pub of: Oid,
    /// Its place among those of its kind and object: the number of a column.
    pub place: i32,
    /// How people name it. Raw.
    pub what: String,
    /// The statement, or the clause, that makes it. `None` where something else does.
    pub sql: Option<String>,
    /// What follows it, or the same in another form; what that is depends on the kind.
    pub extra: Option<String>,
    /// What `COMMENT ON` and `ALTER ... OWNER TO` call it.
    pub subject: Option<String>,
    /// Its comment, raw.
    pub comment: Option<String>,
    /// The raw name of the role that owns it, where it has an owner of its own.
    pub owner: Option<String>,
}

/// One object needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Who needs.
    pub who: Address,
    /// Whom.
    pub whom: Address,
    /// Whether it is a part of it and never made alone.
    pub is_inside: bool,
    /// Whether it belongs to it and goes with it.
    pub is_owned: bool,
}

/// A table that holds rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowTable {
    /// Its raw name.
    pub name: String,
    /// The columns that hold what was written, in their order. Raw names.
    pub columns: Vec<String>,
    /// How many rows the planner thinks it has.
    pub rows: u64,
    /// How many bytes its files have, without indexes.
    pub bytes: u64,
    /// The sequences that it owns or takes defaults from. Raw names.
    pub sequences: Vec<String>,
    /// The tables of which it is a partition, directly or not. Raw names.
    pub partition_of: Vec<String>,
}

/// Something that a clone cannot have, or has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Which object. Raw.
    pub what: String,
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// The kind of this word, as the reader tells it.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What a part is, in the order in which parts are made as far as their needs let them.
    PartKind {
        /// The schema itself: its comment and its owner.
        Schema = "schema",
        /// A collation.
        Collation = "collation",
        /// An enumeration: its labels are never read as SQL.
        Enum = "enum",
        /// A domain, composite or range.
        Type = "type",
        /// A check of a domain.
        DomainCheck = "domain check",
        /// A sequence. `extra` comes when its table stands.
        Sequence = "sequence",
        /// A parser of texts.
        SearchParser = "search parser",
        /// A template of dictionaries.
        SearchTemplate = "search template",
        /// A dictionary.
        SearchDictionary = "search dictionary",
        /// A text search configuration, and its mappings.
        SearchConfiguration = "search configuration",
        /// A function or procedure. `extra` is one of the same signature that needs less.
        Function = "function",
        /// An operator.
        Operator = "operator",
        /// A family of operators. `extra` gives it members.
        OperatorFamily = "operator family",
        /// A class of operators.
        OperatorClass = "operator class",
        /// An aggregate.
        Aggregate = "aggregate",
        /// A cast.
        Cast = "cast",
        /// A table: `sql` is what comes before its columns, `extra` what comes after.
        Table = "table",
        /// A column, as a clause.
        Column = "column",
        /// A default, as a clause; `extra` is the same as a statement.
        Default = "default",
        /// A check of a table, as a clause; `extra` is the same as a statement.
        Check = "check",
        /// What `CREATE TABLE` has no clause for.
        Alteration = "alteration",
        /// A partition or child is attached to `of`.
        Attach = "attach",
        /// Extended statistics. `extra` sets their target.
        Statistics = "statistics",
        /// A view. `extra` is one with the same columns that needs less.
        View = "view",
        /// A materialized view without its rows. It gets them when `place` is 1.
        Matview = "matview",
        /// A primary key, unique or exclusion constraint.
        Key = "key",
        /// An index.
        Index = "index",
        /// What an index has beside its definition.
        IndexState = "index state",
        /// A foreign key.
        ForeignKey = "foreign key",
        /// A check that is not valid: rows need not fulfil it.
        LateCheck = "late check",
        /// A rule. `extra` switches it.
        Rule = "rule",
        /// A policy.
        Policy = "policy",
        /// A trigger. `extra` switches it.
        Trigger = "trigger",
        /// What is switched on a table when everything else stands.
        State = "state",
        /// Who may use something: what is taken away has place 0.
        Grant = "grant",
        /// The comment of something that is no object of its own.
        Comment = "comment",
        /// Who may use what will be made.
        DefaultGrant = "default grant",
        /// No object of its own: it is made with `of`.
        Inside = "inside",
    }
}

words! {
    /// What a clone cannot have, or has otherwise.
    FindingKind {
        /// An object of another schema needs one of this: the clone's is not used there.
        Elsewhere = "elsewhere",
        /// A table is in a publication.
        Published = "published",
        /// An extension brought it.
        Extension = "extension",
        /// A type of its own representation.
        BaseType = "base type",
        /// A conversion of encodings.
        Conversion = "conversion",
        /// Foreign keys whose checks are switched off.
        UncheckedKey = "unchecked key",
        /// A table inherits from a table of another schema.
        ParentElsewhere = "parent elsewhere",
        /// A child got columns from its parent after its own: no statement makes them in that order and as inherited ones.
        LaterColumn = "later column",
        /// A table of another schema inherits from it.
        ChildElsewhere = "child elsewhere",
        /// Somebody else than the owner gave privileges.
        GrantedByOthers = "granted by others",
        /// A security label.
        SecurityLabel = "security label",
        /// A text names the schema alone: what the text is for cannot be known.
        NamedInText = "named in text",
        /// In the body of a function something else is called like the schema.
        NamesakeInBody = "namesake in body",
        /// A function of a language that is no SQL names the schema.
        NamedInBody = "named in body",
    }
}
