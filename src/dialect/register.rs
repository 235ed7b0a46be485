//! The lines that the registries of known dialects get for a new tenant: one statement, for its table of tenants and its table of
//! domains. Must not know who the tenants are, nor when a line is written.

use serde::{Deserialize, Serialize};

use crate::domain::registry::RegistryDialect;
use crate::sqltext::{ident, literal, qualified};

/// A registry that can be written: its tables as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// Which dialect it speaks.
    pub dialect: RegistryDialect,
    /// The table of tenants.
    pub tenants: Sheet,
    /// The table of domains, where there is one.
    pub domains: Option<Sheet>,
    /// The raw name of the column of tenants to which domains point.
    pub key: String,
}

/// One of its tables. Raw names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its raw name.
    pub name: String,
    /// `pg_type.typname`.
    pub kind: String,
    /// Whether a line without it is refused: it may not be null and nothing is its default.
    pub needed: bool,
}

/// What a person says of new tenants: `{schema}` stands for the name of each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// Its domain.
    pub domain: Option<String>,
    /// Values of columns of the table of tenants, by their raw names.
    pub values: Vec<(String, String)>,
}

/// Why there are no lines for a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// In words that are the same for all of them.
    pub what: String,
    /// The columns of the table of tenants of which a value is missing. Raw names.
    pub columns: Vec<String>,
}

impl From<String> for Incomplete {
    fn from(what: String) -> Self {
        Self { what, columns: Vec::new() }
    }
}

/// Columns that say when a line was made.
const MADE: [&str; 5] = ["created_on", "created_at", "created", "date_created", "inserted_at"];

impl Book {
    /// The statements for a schema (raw name).
    pub fn lines(&self, schema: &str, entry: &Entry) -> Result<Vec<String>, Incomplete> {
        let fill = |text: &str| literal(&text.replace("{schema}", schema));
        let mut tenant: Vec<(&str, String)> = vec![("schema_name", literal(schema))];
        for (column, value) in &entry.values {
            if !self.tenants.has(column) {
                return Err(format!("the registry's table {} has no column {}", self.tenants.name, column).into());
            }
            tenant.retain(|(known, _)| known != column);
            tenant.push((column, fill(value)));
        }
        let domain = entry.domain.as_deref().map(fill);
        if let (None, Some(domain)) = (&self.domains, &domain) {
            tenant.push(("domain_url", domain.clone()));
        }
        self.tenants.complete(&mut tenant)?;
        let insert = self.tenants.insert(&tenant);
        let (Some(domains), Some(domain)) = (&self.domains, domain) else { return Ok(vec![insert]) };
        let key = ident(&self.key);
        let mut line: Vec<(&str, String)> =
            vec![("domain", domain), ("is_primary", "true".to_owned()), ("tenant_id", format!("t.{key}"))];
        for (column, value) in [("folder", "''"), ("redirect_to_primary", "false")] {
            if domains.has(column) {
                line.push((column, value.to_owned()));
            }
        }
        // Nobody can say more of a domain.
        domains.complete(&mut line).map_err(|incomplete| Incomplete::from(incomplete.what))?;
        let (columns, values) = listed(&line);
        let into = qualified(&domains.schema, &domains.name);
        Ok(vec![format!("WITH t AS ({insert} RETURNING {key}) INSERT INTO {into} ({columns}) SELECT {values} FROM t")])
    }
}

impl Sheet {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known.name == column)
    }

    /// Adds what nobody needs to say, and finds what nobody said.
    fn complete<'a>(&'a self, line: &mut Vec<(&'a str, String)>) -> Result<(), Incomplete> {
        let is_given = |line: &[(&str, String)], name: &str| line.iter().any(|(known, _)| *known == name);
        for column in self.columns.iter().filter(|column| column.needed) {
            let is_moment = matches!(column.kind.as_str(), "date" | "timestamp" | "timestamptz");
            if is_moment && MADE.contains(&column.name.as_str()) && !is_given(line, &column.name) {
                line.push((&column.name, "pg_catalog.now()".to_owned()));
            }
        }
        let missing: Vec<&str> = self
            .columns
            .iter()
            .filter(|column| column.needed && !is_given(line, &column.name))
            .map(|column| column.name.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let what = format!("the registry's table {} needs a value for {}", self.name, missing.join(", "));
        Err(Incomplete { what, columns: missing.into_iter().map(str::to_owned).collect() })
    }

    fn insert(&self, line: &[(&str, String)]) -> String {
        let (columns, values) = listed(line);
        format!("INSERT INTO {} ({columns}) VALUES ({values})", qualified(&self.schema, &self.name))
    }
}

fn listed(line: &[(&str, String)]) -> (String, String) {
    let columns: Vec<String> = line.iter().map(|(column, _)| ident(column)).collect();
    let values: Vec<&str> = line.iter().map(|(_, value)| value.as_str()).collect();
    (columns.join(", "), values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(name: &str, columns: &[&str]) -> Sheet {
        let column = |text: &&str| Column {
            name: text.trim_end_matches('!').to_owned(),
            kind: if text.starts_with("created") { "date" } else { "text" }.to_owned(),
            needed: text.ends_with('!'),
        };
        Sheet { schema: "public".into(), name: name.into(), columns: columns.iter().map(column).collect() }
    }

    fn django() -> Book {
        Book {
            dialect: RegistryDialect::DjangoTenants,
            tenants: sheet("client", &["id", "schema_name!", "name!", "created_on!"]),
            domains: Some(sheet("domain", &["id", "domain!", "is_primary!", "tenant_id!"])),
            key: "id".into(),
        }
    }

    fn entry(domain: Option<&str>, values: &[(&str, &str)]) -> Entry {
        let values = values.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect();
        Entry { domain: domain.map(str::to_owned), values }
    }

    #[test]
    fn a_tenant_and_its_domain_are_one_statement() {
        let lines = django().lines("o'neill", &entry(Some("{schema}.example.com"), &[("name", "Mr {schema}")]));
        let expected = "WITH t AS (INSERT INTO \"public\".\"client\" (\"schema_name\", \"name\", \"created_on\") VALUES \
                        ('o''neill', 'Mr o''neill', pg_catalog.now()) RETURNING \"id\") INSERT INTO \"public\".\"domain\" \
                        (\"domain\", \"is_primary\", \"tenant_id\") SELECT 'o''neill.example.com', true, t.\"id\" FROM t";
        assert_eq!(lines, Ok(vec![expected.to_owned()]));
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let why = |entry: &Entry| django().lines("acme", entry).unwrap_err().what;
        assert_eq!(django().lines("acme", &entry(None, &[])).unwrap_err().columns, ["name"]);
        assert_eq!(why(&entry(None, &[])), "the registry's table client needs a value for name");
        assert_eq!(why(&entry(None, &[("nam", "x")])), "the registry's table client has no column nam");
        let schemas = Book { domains: None, tenants: sheet("tenant", &["id", "schema_name!", "domain_url!"]), ..django() };
        let expected = "INSERT INTO \"public\".\"tenant\" (\"schema_name\", \"domain_url\") VALUES ('acme', 'acme.org')";
        assert_eq!(schemas.lines("acme", &entry(Some("{schema}.org"), &[])), Ok(vec![expected.to_owned()]));
        assert_eq!(
            schemas.lines("acme", &entry(None, &[])).unwrap_err().what,
            "the registry's table tenant needs a value for domain_url"
        );
    }
}
