//! What each schema is to the fleet, and what is odd about it: a pure function of the catalogue, the registry and the
//! policy of the environment. Must not know where any of the three came from.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::catalog::SchemaFacts;
use super::drift::{LedgerState, ShapeState, Verdict};
use super::registry::{Registry, RegistryDialect};
use super::structure::Comparison;

/// What a person says about the schemas of an environment (`fleet.toml`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Schemas that all tenants share, such as `public`. Raw names.
    pub shared: Vec<String>,
    /// Schemas named only in an application's settings: never orphans.
    pub statics: Vec<String>,
    /// The schema that new tenants are cloned from.
    pub reference: Option<String>,
    /// Tables whose rows a new tenant begins with, besides its ledger. Raw names.
    pub seed_tables: Vec<String>,
    /// Patterns (`*` any run, `?` one character) of schemas to leave out of everything.
    pub leave_out: Vec<String>,
    /// What follows the tenant's own schema in the `search_path` of its sessions.
    pub extra_search_path: Vec<String>,
    /// The folder that holds the migrations which every tenant should have.
    pub migrations: Option<String>,
    /// Applications whose tables live in the tenants' schemas; empty: found by where tables are.
    pub tenant_apps: Vec<String>,
    /// Applications whose tables live in the shared schema only; empty: found by where tables are.
    pub shared_apps: Vec<String>,
    /// What the comparison of structures leaves out.
    pub comparison: Comparison,
    /// How many tables the database is said to take; `None`: [`USUAL_TABLE_LIMIT`](super::capacity::USUAL_TABLE_LIMIT).
    pub table_limit: Option<u64>,
}

impl Policy {
    /// Whether the schema is left out by one of the patterns.
    pub fn leaves_out(&self, schema: &str) -> bool {
        self.leave_out.iter().any(|pattern| matches(pattern, schema))
    }
}

/// What a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A customer's schema, or a customer without one.
    Tenant,
    /// No tenant names it.
    Orphan,
    /// Nobody knows, because the registry was not read yet or could not be.
    Unknown,
    /// What new tenants are cloned from.
    Reference,
    /// Used by all tenants.
    Shared,
    /// Named in an application's settings only.
    Static,
    /// Made by an extension.
    Extension,
    /// PostgreSQL's own.
    System,
}

impl Role {
    /// All roles in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Tenant,
        Self::Orphan,
        Self::Unknown,
        Self::Reference,
        Self::Shared,
        Self::Static,
        Self::Extension,
        Self::System,
    ];

    /// Whether drift is about its schemas: tenants', those that may become a tenant's, and what they are made from.
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::Tenant | Self::Orphan | Self::Unknown | Self::Reference)
    }

    /// The word shown for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Orphan => "orphan",
            Self::Unknown => "unknown",
            Self::Reference => "reference",
            Self::Shared => "shared",
            Self::Static => "static",
            Self::Extension => "extension",
            Self::System => "system",
        }
    }
}

/// Something that a DBA wants to know about a row, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "oddity", rename_all = "snake_case")]
pub enum Oddity {
    /// The registry names a schema that is not there.
    NoSchema,
    /// The schema holds no table at all.
    Empty,
    /// A migration is marked as failed or half applied, or was edited after it was applied.
    Dirty,
    /// Applications whose migrations are recorded and whose tables are all absent.
    Ghost {
        /// How many.
        apps: u32,
    },
    /// Our role may not look into the schema.
    Unreadable,
    /// Two tenants or more name this schema.
    SharedByTenants,
    /// No tenant names this schema.
    Orphan,
    /// It misses migrations of the head and has others.
    Diverged {
        /// How many it misses.
        behind: u32,
        /// How many it has beyond the head.
        ahead: u32,
    },
    /// It misses migrations that are older than some it has.
    Gap {
        /// How many.
        by: u32,
    },
    /// It misses the newest migrations.
    Behind {
        /// How many.
        by: u32,
    },
    /// Its structure is not the reference's.
    ShapeDiffers {
        /// In how many objects.
        by: u32,
    },
    /// It has another number of tables than most tenants of its database.
    TablesDiffer {
        /// What most have.
        usual: u32,
    },
    /// Most tenants of its database have a ledger, this one has none.
    NoLedger,
    /// It has migrations that the head has not.
    Ahead {
        /// How many.
        by: u32,
    },
    /// The registry has domains and none leads here.
    NoDomain,
}

impl Oddity {
    /// The word that names it in the state column and in the filter `state:WORD`.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSchema => "no-schema",
            Self::Empty => "empty",
            Self::Dirty => "dirty",
            Self::Ghost { .. } => "ghost",
            Self::Unreadable => "unreadable",
            Self::SharedByTenants => "shared-schema",
            Self::Orphan => "orphan",
            Self::Diverged { .. } => "diverged",
            Self::Gap { .. } => "gap",
            Self::Behind { .. } => "behind",
            Self::ShapeDiffers { .. } => "shape-differs",
            Self::TablesDiffer { .. } => "tables-differ",
            Self::NoLedger => "no-ledger",
            Self::Ahead { .. } => "ahead",
            Self::NoDomain => "no-domain",
        }
    }

    /// Whether it is found by judging ledgers and structures.
    pub fn is_of_drift(self) -> bool {
        match self {
            Self::Dirty
            | Self::Ghost { .. }
            | Self::Diverged { .. }
            | Self::Gap { .. }
            | Self::Behind { .. }
            | Self::ShapeDiffers { .. }
            | Self::Ahead { .. } => true,
            Self::NoSchema
            | Self::Empty
            | Self::Unreadable
            | Self::SharedByTenants
            | Self::Orphan
            | Self::TablesDiffer { .. }
            | Self::NoLedger
            | Self::NoDomain => false,
        }
    }

    /// All words that [`Oddity::word`] may give, in order of weight, for completion.
    pub const WORDS: [&'static str; 15] = [
        "no-schema",
        "empty",
        "dirty",
        "ghost",
        "unreadable",
        "shared-schema",
        "orphan",
        "diverged",
        "gap",
        "behind",
        "shape-differs",
        "tables-differ",
        "no-ledger",
        "ahead",
        "no-domain",
    ];
}

/// One line of the tenant list: a tenant with its schema, or one without the other. Indexes point into the database's lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Index in [`Registry::tenants`].
    pub tenant: Option<usize>,
    /// Index in the list of schemas.
    pub schema: Option<usize>,
    /// What it is.
    pub role: Role,
    /// What is odd about it, the worst first; empty when nothing is.
    pub oddities: Vec<Oddity>,
}

impl Row {
    /// Tells what was judged of its schema, instead of what was judged before.
    pub fn take_verdict(&mut self, schema: &SchemaFacts) {
        let verdict = schema.verdict;
        if self.oddities.is_empty() && verdict == Verdict::default() {
            return;
        }
        // The number of tables says nothing more where the structure itself is known.
        let is_told = |oddity: &Oddity| match oddity {
            Oddity::TablesDiffer { .. } => verdict.shape == ShapeState::Unknown,
            other => !other.is_of_drift(),
        };
        self.oddities.retain(is_told);
        if matches!(self.role, Role::Tenant | Role::Orphan | Role::Unknown | Role::Reference) {
            self.oddities.extend(drifted(schema));
            self.oddities.sort();
        }
    }
}

/// Joins schemas and tenants and gives each row its role and oddities, in the order of schema names.
///
/// `registry` is `None` while it has not been read, or when it could not be: then nothing is called a tenant's or an orphan. `schemas` must be sorted by name.
pub fn classify(schemas: &[SchemaFacts], registry: Option<&Registry>, policy: &Policy) -> Vec<Row> {
    let mut tenants_of: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, tenant) in registry.iter().flat_map(|r| &r.tenants).enumerate() {
        tenants_of.entry(&tenant.schema).or_default().push(at);
    }
    let mut rows = Vec::with_capacity(schemas.len());
    for (at, schema) in schemas.iter().enumerate().filter(|(_, schema)| !policy.leaves_out(&schema.name)) {
        let tenants = tenants_of.remove(schema.name.as_str()).unwrap_or_default();
        let role = role_of(schema, !tenants.is_empty(), registry, policy);
        // A registry may hold a row for the shared schema too (django-tenants does): it stays what it is, with its tenant.
        let shared_by_tenants = tenants.len() > 1;
        for tenant in if tenants.is_empty() { vec![None] } else { tenants.into_iter().map(Some).collect() } {
            let mut oddities = Vec::new();
            if shared_by_tenants {
                oddities.push(Oddity::SharedByTenants);
            }
            rows.push(Row { tenant, schema: Some(at), role, oddities });
        }
    }
    for (name, tenants) in tenants_of {
        if !policy.leaves_out(name) {
            rows.extend(tenants.into_iter().map(|tenant| Row {
                tenant: Some(tenant),
                schema: None,
                role: Role::Tenant,
                oddities: vec![Oddity::NoSchema],
            }));
        }
    }
    note_oddities(&mut rows, schemas, registry);
    let name_of = |row: &Row| match (row.schema, row.tenant, registry) {
        (Some(at), ..) => schemas[at].name.as_str(),
        (None, Some(at), Some(registry)) => registry.tenants[at].schema.as_str(),
        _ => "",
    };
    // Nearly sorted already: only the tenants without schema stand at the end.
    rows.sort_by(|a, b| name_of(a).cmp(name_of(b)).then(a.tenant.cmp(&b.tenant)));
    rows
}

fn role_of(schema: &SchemaFacts, has_tenant: bool, registry: Option<&Registry>, policy: &Policy) -> Role {
    let name = schema.name.as_str();
    let named_in = |list: &[String]| list.iter().any(|entry| entry == name);
    if is_system(name) {
        Role::System
    } else if policy.reference.as_deref() == Some(name) {
        Role::Reference
    } else if named_in(&policy.shared) {
        Role::Shared
    } else if named_in(&policy.statics) {
        Role::Static
    } else if has_tenant {
        if name == "public" { Role::Shared } else { Role::Tenant }
    } else if schema.extension.is_some() {
        Role::Extension
    } else if name == "public" || named_in(&policy.extra_search_path) {
        Role::Shared
    } else {
        match registry.map(|r| r.dialect) {
            None => Role::Unknown,
            Some(RegistryDialect::EverySchema) => Role::Tenant,
            Some(_) => Role::Orphan,
        }
    }
}

/// Whether PostgreSQL itself owns the name: `pg_*` and `information_schema`.
pub fn is_system(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema"
}

fn note_oddities(rows: &mut [Row], schemas: &[SchemaFacts], registry: Option<&Registry>) {
    let of_tenants =
        || rows.iter().filter(|row| row.role == Role::Tenant).filter_map(|row| row.schema).map(|at| &schemas[at]);
    let usual = most_common(of_tenants().filter_map(|s| s.counts).map(|counts| counts.tables).filter(|&tables| tables > 0));
    let counted = of_tenants().filter(|s| s.counts.is_some()).count();
    let ledgers_usual = of_tenants().filter(|s| s.ledger.is_some()).count() * 2 > counted;
    let domains_usual =
        registry.is_some_and(|r| r.tenants.iter().filter(|t| !t.domains.is_empty()).count() * 2 > r.tenants.len());
    for row in rows.iter_mut().filter(|row| matches!(row.role, Role::Tenant | Role::Orphan | Role::Unknown)) {
        if row.role == Role::Orphan {
            row.oddities.push(Oddity::Orphan);
        }
        if let Some(schema) = row.schema.map(|at| &schemas[at]) {
            if !schema.readable {
                row.oddities.push(Oddity::Unreadable);
            }
            if let Some(counts) = schema.counts {
                match (counts.tables, usual) {
                    (0, _) => row.oddities.push(Oddity::Empty),
                    (tables, Some(usual)) if row.role == Role::Tenant && tables != usual => {
                        row.oddities.push(Oddity::TablesDiffer { usual });
                    }
                    _ => {}
                }
                if row.role == Role::Tenant && ledgers_usual && counts.tables > 0 && schema.ledger.is_none() {
                    row.oddities.push(Oddity::NoLedger);
                }
            }
        }
        if domains_usual && row.tenant.zip(registry).is_some_and(|(at, r)| r.tenants[at].domains.is_empty()) {
            row.oddities.push(Oddity::NoDomain);
        }
    }
    for row in rows.iter_mut() {
        row.oddities.sort();
        if let Some(at) = row.schema {
            row.take_verdict(&schemas[at]);
        }
    }
}

/// What the last judgement found.
fn drifted(schema: &SchemaFacts) -> impl Iterator<Item = Oddity> {
    let verdict = schema.verdict;
    let ledger = match verdict.ledger {
        LedgerState::Behind { by } => Some(Oddity::Behind { by }),
        LedgerState::Ahead { by } => Some(Oddity::Ahead { by }),
        LedgerState::Diverged { behind, ahead } => Some(Oddity::Diverged { behind, ahead }),
        LedgerState::Gap { by } => Some(Oddity::Gap { by }),
        LedgerState::Dirty => Some(Oddity::Dirty),
        _ => None,
    };
    // An empty schema differs in everything, and is called empty already.
    let is_empty = schema.counts.is_some_and(|counts| counts.tables == 0);
    let shape = match verdict.shape {
        ShapeState::Differs { by } if !is_empty => Some(Oddity::ShapeDiffers { by }),
        _ => None,
    };
    let ghost = (verdict.ghosts > 0).then_some(Oddity::Ghost { apps: verdict.ghosts });
    [ledger, shape, ghost].into_iter().flatten()
}

/// The most common value, the smaller one when two are as common; `None` when fewer than half of the values agree.
fn most_common(values: impl Iterator<Item = u32>) -> Option<u32> {
    let mut times: HashMap<u32, usize> = HashMap::new();
    let mut all = 0;
    for value in values {
        *times.entry(value).or_default() += 1;
        all += 1;
    }
    let (value, count) = times.into_iter().min_by_key(|&(value, count)| (std::cmp::Reverse(count), value))?;
    (count * 2 > all).then_some(value)
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters and `?` for one.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::{Counts, LedgerDialect, LedgerTable};
    use crate::domain::registry::{Domain, Tenant};

    fn schema(name: &str, tables: u32) -> SchemaFacts {
        SchemaFacts {
            counts: Some(Counts { tables, ..Counts::default() }),
            ledger: (tables > 1).then(|| LedgerTable {
                oid: 2,
                table: "django_migrations".into(),
                dialect: LedgerDialect::Django,
            }),
            ..SchemaFacts::named(1, name, "app")
        }
    }

    fn tenant(schema: &str) -> Tenant {
        let domain = Domain { name: format!("{schema}.example.com"), primary: true, folder: None };
        Tenant { schema: schema.into(), domains: vec![domain], ..Tenant::default() }
    }

    fn registry(tenants: &[&str]) -> Registry {
        Registry {
            dialect: RegistryDialect::DjangoTenants,
            source: "public.client".into(),
            tenants: tenants.iter().map(|name| tenant(name)).collect(),
            lost_domains: vec![],
        }
    }

    fn summary(rows: &[Row], schemas: &[SchemaFacts], registry: Option<&Registry>) -> Vec<String> {
        rows.iter()
            .map(|row| {
                let name = row.schema.map_or_else(
                    || registry.expect("a registry").tenants[row.tenant.expect("a tenant")].schema.as_str(),
                    |at| &schemas[at].name,
                );
                let odd: Vec<_> = row.oddities.iter().map(|o| o.word()).collect();
                format!("{name} {} {}", row.role.word(), odd.join("+")).trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn every_role_is_told_apart() {
        let mut ext = schema("postgis", 3);
        ext.extension = Some("postgis".into());
        let schemas = vec![
            schema("acme", 40),
            schema("bolt", 40),
            schema("old_demo", 40),
            schema("pg_catalog", 60),
            ext,
            schema("public", 9),
            schema("template", 40),
            schema("www", 12),
        ];
        let policy = Policy { statics: vec!["www".into()], reference: Some("template".into()), ..Policy::default() };
        let registry = registry(&["acme", "bolt", "delta", "public"]);
        assert_eq!(
            summary(&classify(&schemas, Some(&registry), &policy), &schemas, Some(&registry)),
            [
                "acme tenant",
                "bolt tenant",
                "delta tenant no-schema",
                "old_demo orphan orphan",
                "pg_catalog system",
                "postgis extension",
                "public shared",
                "template reference",
                "www static",
            ]
        );
    }

    #[test]
    fn nobodys_schema_is_guessed_at_before_the_registry_is_read() {
        let schemas = vec![schema("acme", 40), schema("old_demo", 40)];
        assert_eq!(
            summary(&classify(&schemas, None, &Policy::default()), &schemas, None),
            ["acme unknown", "old_demo unknown"]
        );
    }

    #[test]
    fn odd_schemas_are_named_the_worst_first() {
        let mut locked = schema("locked", 40);
        locked.readable = false;
        let mut bare = schema("bare", 39);
        bare.ledger = None;
        let schemas = vec![schema("a", 40), schema("b", 40), bare, schema("c", 40), schema("hollow", 0), locked];
        let mut registry = registry(&["a", "a", "b", "bare", "c", "hollow", "locked"]);
        registry.tenants[4].domains.clear();
        assert_eq!(
            summary(&classify(&schemas, Some(&registry), &Policy::default()), &schemas, Some(&registry)),
            [
                "a tenant shared-schema",
                "a tenant shared-schema",
                "b tenant",
                "bare tenant tables-differ+no-ledger",
                "c tenant no-domain",
                "hollow tenant empty",
                "locked tenant unreadable",
            ]
        );
    }

    #[test]
    fn what_was_judged_stands_among_the_other_oddities() {
        let judged = |name: &str, tables, ledger, shape, ghosts| {
            let mut schema = schema(name, tables);
            schema.verdict = Verdict { ledger, shape, ghosts, ..Verdict::default() };
            schema
        };
        let (current, equal, differs) = (LedgerState::Current, ShapeState::Reference, ShapeState::Differs { by: 3 });
        let schemas = vec![
            judged("a", 40, current, equal, 0),
            judged("b", 40, LedgerState::Behind { by: 2 }, differs, 1),
            judged("c", 39, current, differs, 0),
            judged("d", 39, LedgerState::Ahead { by: 1 }, ShapeState::Unknown, 0),
            judged("e", 40, current, equal, 0),
            judged("hollow", 0, LedgerState::None, ShapeState::Empty, 0),
            judged("old_demo", 40, LedgerState::Dirty, equal, 0),
            judged("public", 40, LedgerState::Dirty, differs, 0),
            judged("template", 40, LedgerState::Diverged { behind: 1, ahead: 1 }, equal, 0),
        ];
        let registry = registry(&["a", "b", "c", "d", "e", "hollow"]);
        let policy = Policy { reference: Some("template".into()), ..Policy::default() };
        assert_eq!(
            summary(&classify(&schemas, Some(&registry), &policy), &schemas, Some(&registry)),
            [
                "a tenant",
                "b tenant ghost+behind+shape-differs",
                "c tenant shape-differs",
                "d tenant tables-differ+ahead",
                "e tenant",
                "hollow tenant empty",
                "old_demo orphan dirty+orphan",
                "public shared",
                "template reference diverged",
            ]
        );
    }

    #[test]
    fn patterns_match_as_a_shell_would() {
        for (pattern, text, expected) in [
            ("tmp_*", "tmp_1", true),
            ("tmp_*", "tm_1", false),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*_old*", "x_old_2", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
