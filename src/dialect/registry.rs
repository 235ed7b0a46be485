//! What the dialects of registries that live in tables have in common: recognise the tables, read them in one statement, fold
//! the rows into tenants. Must not know where shapes and rows come from.

pub mod rows;

use std::collections::HashMap;

use self::rows::Tables;
use super::{django_pgschemas, django_tenant_schemas, django_tenants};
use crate::domain::catalog::Oid;
use crate::domain::registry::{Domain, Registry, RegistryDialect, Tenant};
use crate::domain::shape::{ColumnShape, TableShape};
use crate::sqltext::{ident, qualified};

/// The columns by which tables are worth a look: a table without any of them is no part of a registry.
pub const TELLING_COLUMNS: [&str; 2] = ["schema_name", "domain"];

/// Tables that look like a registry, and how to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which dialect they speak.
    pub dialect: RegistryDialect,
    /// The raw name of the schema of the table of tenants, which the tenants share.
    pub schema: String,
    /// The tables, for a person; raw names.
    pub source: String,
    /// Whether a foreign key proves that tenants and domains belong together.
    pub linked: bool,
    /// The quoted names of tables that our role may not read.
    pub unreadable: Vec<String>,
    /// The raw names of tables of which row security may hide rows.
    pub filtered: Vec<String>,
    /// The table of tenants.
    pub tenants: Oid,
    /// The table of domains, where that is another one.
    pub domains: Option<Oid>,
    /// The raw name of the column of tenants to which domains point.
    pub key: String,
    /// The statement that reads it; its columns are what [`read`] takes.
    pub sql: String,
    /// The tables, for whoever changes their rows.
    pub tables: Tables,
}

/// Every registry among these tables, the surest first.
pub fn find(tables: &[TableShape]) -> Vec<Found> {
    let mut found: Vec<Found> =
        [django_pgschemas::find(tables), django_tenants::find(tables), django_tenant_schemas::find(tables)].concat();
    // A domain table with the columns of django-pgschemas has those of django-tenants too: the first one to claim it has it.
    let mut claimed = Vec::new();
    found.retain(|registry| {
        let fresh = !claimed.contains(&registry.source);
        claimed.push(registry.source.clone());
        fresh
    });
    found.sort_by_key(|registry| !registry.linked);
    found
}

/// The tables that look like the half of a registry: a unique `schema_name`, and nothing that leads to the tenants. Raw names.
pub fn halves(tables: &[TableShape], found: &[Found]) -> Vec<String> {
    tables
        .iter()
        .filter(|table| table.column("schema_name").is_some_and(|column| column.unique))
        .map(raw_name)
        .filter(|name| !found.iter().any(|registry| registry.source.split(" + ").any(|part| part == name)))
        .collect()
}

/// What the rows of [`Found::sql`] say.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The registry.
    pub registry: Registry,
    /// Tenants that name no schema at all; they are not in the registry.
    pub nameless: usize,
}

/// How many columns [`Found::sql`] gives.
pub const WIDTH: usize = 9;

/// Folds rows (key, schema, name, created, time zone, plan, domain, primary, folder: all text) into tenants. A tenant has a row
/// for each domain; a row without key is a domain without tenant.
pub fn read(found: &Found, rows: &[Vec<Option<String>>]) -> Read {
    let mut at_key: HashMap<&str, usize> = HashMap::new();
    let (mut tenants, mut lost_domains, mut nameless) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        let cell = |at: usize| row.get(at).cloned().flatten().filter(|text| !text.is_empty());
        let domain = cell(6).map(|name| Domain { name, primary: cell(7).as_deref() == Some("true"), folder: cell(8) });
        let Some(key) = row.first().and_then(Option::as_deref) else {
            lost_domains.extend(domain);
            continue;
        };
        let Some(schema) = cell(1) else {
            nameless += usize::from(at_key.insert(key, usize::MAX).is_none());
            continue;
        };
        let at = *at_key.entry(key).or_insert_with(|| {
            tenants.push(Tenant {
                key: Some(key.to_owned()),
                name: cell(2),
                schema,
                domains: Vec::new(),
                created: cell(3),
                time_zone: cell(4),
                plan: cell(5),
            });
            tenants.len() - 1
        });
        tenants[at].domains.extend(domain);
    }
    let registry = finished(found.dialect, found.source.clone(), tenants, lost_domains);
    Read { registry, nameless }
}

/// A registry in the order that it promises: tenants by schema, primary domains first.
pub(super) fn finished(
    dialect: RegistryDialect,
    source: String,
    mut tenants: Vec<Tenant>,
    mut lost_domains: Vec<Domain>,
) -> Registry {
    let by_weight = |a: &Domain, b: &Domain| (!a.primary, &a.name, &a.folder).cmp(&(!b.primary, &b.name, &b.folder));
    for tenant in &mut tenants {
        tenant.domains.sort_by(by_weight);
    }
    tenants.sort_by(|a, b| (&a.schema, &a.key).cmp(&(&b.schema, &b.key)));
    lost_domains.sort_by(by_weight);
    Registry { dialect, source, tenants, lost_domains }
}

pub(super) fn raw_name(table: &TableShape) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// Where the domains of a tenant are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Domains<'a> {
    /// In a column of the table of tenants.
    Column(&'a str),
    /// In a table of their own, which points to this key of the table of tenants.
    Table { table: &'a TableShape, key: &'a str, linked: bool },
}

fn name(table: &TableShape) -> (String, String) {
    (table.schema.clone(), table.name.clone())
}

/// What can be known of a registry once its tables are.
pub(super) fn found(dialect: RegistryDialect, tenants: &TableShape, domains: Domains<'_>, tables: &[TableShape]) -> Found {
    let mut parts = vec![tenants];
    let (key, linked) = match domains {
        Domains::Column(_) => (tenants.first_column(&["id"]).map_or("schema_name", |column| &column.name), true),
        Domains::Table { table, key, linked } => {
            parts.push(table);
            (key, linked)
        }
    };
    Found {
        dialect,
        schema: tenants.schema.clone(),
        source: parts.iter().map(|table| raw_name(table)).collect::<Vec<_>>().join(" + "),
        linked,
        unreadable: parts.iter().filter(|table| !table.readable).map(|t| qualified(&t.schema, &t.name)).collect(),
        filtered: parts.iter().filter(|table| table.filtered).map(|table| raw_name(table)).collect(),
        tenants: tenants.oid,
        domains: match domains {
            Domains::Column(_) => None,
            Domains::Table { table, .. } => Some(table.oid),
        },
        key: key.to_owned(),
        sql: statement(tenants, key, domains, tables),
        tables: Tables {
            tenants: name(tenants),
            key: key.to_owned(),
            domains: match domains {
                Domains::Column(_) => None,
                Domains::Table { table, .. } => Some(name(table)),
            },
        },
    }
}

fn statement(tenants: &TableShape, key: &str, domains: Domains<'_>, tables: &[TableShape]) -> String {
    let text = |column: &ColumnShape| format!("t.{}::text", ident(&column.name));
    let first = |names: &[&str]| tenants.first_column(names).map_or("NULL".to_owned(), text);
    let created = tenants
        .first_column(&["created_on", "created_at", "created", "date_created", "inserted_at"])
        .map_or("NULL".to_owned(), day);
    let (plan, plan_join) = plan(tenants, tables);
    let (domain, primary, folder, domain_join) = match domains {
        Domains::Column(column) => {
            (format!("t.{}::text", ident(column)), "'true'".to_owned(), "NULL".to_owned(), String::new())
        }
        Domains::Table { table, .. } => (
            "d.domain::text".to_owned(),
            "d.is_primary::text".to_owned(),
            table.column("folder").map_or("NULL".to_owned(), |_| "d.folder::text".to_owned()),
            format!("FULL JOIN {} d ON d.tenant_id::text = t.{}::text", qualified(&table.schema, &table.name), ident(key)),
        ),
    };
    format!(
        "SELECT t.{key}::text, t.schema_name::text, {name}, {created}, {zone}, {plan}, {domain}, {primary}, {folder} \
         FROM {table} t {plan_join} {domain_join}",
        key = ident(key),
        name = first(&["name", "title", "display_name", "company_name", "company"]),
        zone = first(&["timezone", "time_zone", "tz"]),
        table = qualified(&tenants.schema, &tenants.name),
    )
}

/// The day of a moment, in UTC where it has a time zone, whatever `DateStyle` says.
fn day(column: &ColumnShape) -> String {
    let name = format!("t.{}", ident(&column.name));
    match column.kind.as_str() {
        "timestamptz" => format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
        "date" | "timestamp" => format!("to_char({name}, 'YYYY-MM-DD')"),
        _ => "NULL".to_owned(),
    }
}

/// The plan of a tenant: a column of its own, or the code of a table that `plan_id` points to.
fn plan(tenants: &TableShape, tables: &[TableShape]) -> (String, String) {
    let none = ("NULL".to_owned(), String::new());
    if let Some(column) = tenants.first_column(&["plan", "tier"]).filter(|column| column.references.is_none()) {
        return (format!("t.{}::text", ident(&column.name)), String::new());
    }
    let pointing = ["plan_id", "tier_id", "plan", "tier"].into_iter().find_map(|name| {
        let column = tenants.column(name)?;
        Some((column, column.references.as_ref()?))
    });
    let Some((column, reference)) = pointing else { return none };
    let Some(table) = tables.iter().find(|table| table.oid == reference.table && table.readable) else { return none };
    let Some(word) = table.first_column(&["code", "name", "slug"]) else { return none };
    let (here, there) = (ident(&column.name), ident(&reference.column));
    let join = format!("LEFT JOIN {} p ON p.{there} = t.{here}", qualified(&table.schema, &table.name));
    (format!("p.{}::text", ident(&word.name)), join)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shape::Reference;

    fn table(oid: u32, name: &str, columns: &[&str]) -> TableShape {
        let column = |name: &&str| ColumnShape {
            name: name.trim_end_matches('!').to_owned(),
            kind: if name.starts_with("created") { "date" } else { "text" }.to_owned(),
            unique: name.ends_with('!'),
            references: None,
        };
        TableShape {
            oid,
            schema: "public".into(),
            name: name.into(),
            readable: true,
            filtered: false,
            columns: columns.iter().map(column).collect(),
        }
    }

    fn pointing(mut table: TableShape, column: &str, to: u32) -> TableShape {
        let column = table.columns.iter_mut().find(|c| c.name == column).expect("the column");
        column.references = Some(Reference { table: to, column: "id".into() });
        table
    }

    fn summary(tables: &[TableShape]) -> Vec<String> {
        find(tables).iter().map(|f| format!("{} {} {}", f.dialect.word(), f.source, f.linked)).collect()
    }

    #[test]
    fn each_dialect_is_known_by_its_tables() {
        let tenants = table(1, "client", &["id!", "schema_name!", "name"]);
        let domains = table(2, "domain", &["id!", "domain!", "is_primary", "tenant_id"]);
        assert_eq!(
            summary(&[tenants.clone(), pointing(domains.clone(), "tenant_id", 1)]),
            ["django-tenants public.client + public.domain true"]
        );
        assert_eq!(summary(&[tenants.clone(), domains]), ["django-tenants public.client + public.domain false"]);
        let folders = table(3, "domain", &["domain", "folder", "is_primary", "redirect_to_primary", "tenant_id"]);
        assert_eq!(
            summary(&[tenants, pointing(folders, "tenant_id", 1)]),
            ["django-pgschemas public.client + public.domain true"]
        );
        assert_eq!(
            summary(&[table(1, "tenant", &["id!", "domain_url!", "schema_name!"])]),
            ["django-tenant-schemas public.tenant true"]
        );
    }

    #[test]
    fn half_a_registry_is_none_but_is_told() {
        let tables = [
            table(1, "backups", &["id!", "schema_name"]),
            table(2, "clients", &["id!", "schema_name!"]),
            pointing(table(3, "domain", &["domain", "is_primary", "tenant_id"]), "tenant_id", 1),
        ];
        assert_eq!(summary(&tables), Vec::<String>::new());
        assert_eq!(halves(&tables, &[]), ["public.clients"]);
    }

    #[test]
    fn the_statement_takes_what_the_table_has_and_quotes_it() {
        let tenants = table(1, "cli\"ent", &["id!", "schema_name!", "title", "created_at", "tz", "plan_id"]);
        let tables = [
            pointing(tenants, "plan_id", 9),
            pointing(table(2, "domain", &["domain!", "is_primary", "tenant_id"]), "tenant_id", 1),
            table(9, "plan", &["id!", "slug"]),
        ];
        let found = find(&tables);
        assert_eq!(
            found[0].sql,
            "SELECT t.\"id\"::text, t.schema_name::text, t.\"title\"::text, to_char(t.\"created_at\", 'YYYY-MM-DD'), \
             t.\"tz\"::text, p.\"slug\"::text, d.domain::text, d.is_primary::text, NULL FROM \"public\".\"cli\"\"ent\" t \
             LEFT JOIN \"public\".\"plan\" p ON p.\"id\" = t.\"plan_id\" \
             FULL JOIN \"public\".\"domain\" d ON d.tenant_id::text = t.\"id\"::text"
        );
    }

    #[test]
    fn rows_fold_into_tenants_with_their_domains_and_lost_ones_are_kept_apart() {
        let tables = [
            table(1, "client", &["id!", "schema_name!"]),
            pointing(table(2, "domain", &["domain!", "is_primary", "tenant_id"]), "tenant_id", 1),
        ];
        let row = |cells: [&str; 4]| {
            let cell = |text: &str| (text != "-").then(|| text.to_owned());
            let mut row = vec![None; WIDTH];
            (row[0], row[1], row[6], row[7]) = (cell(cells[0]), cell(cells[1]), cell(cells[2]), cell(cells[3]));
            row
        };
        let read = read(
            &find(&tables)[0],
            &[
                row(["2", "bolt", "old.example.com", "false"]),
                row(["2", "bolt", "bolt.example.com", "true"]),
                row(["1", "acme", "-", "-"]),
                row(["3", "", "x.example.com", "true"]),
                row(["3", "", "y.example.com", "true"]),
                row(["-", "-", "lost.example.com", "true"]),
            ],
        );
        let tenants: Vec<_> = read.registry.tenants.iter().map(|t| (t.schema.as_str(), t.domains.len())).collect();
        assert_eq!(tenants, [("acme", 0), ("bolt", 2)]);
        assert_eq!(read.registry.tenants[1].domains[0].name, "bolt.example.com");
        assert_eq!(read.registry.lost_domains[0].name, "lost.example.com");
        assert_eq!(read.nameless, 1);
    }
}
