//! The rows by which a registry names a schema, as statements that change them. Must not know why they are changed, nor send them.

use crate::sqltext::{ident, literal, qualified};

/// The tables of a registry, as far as whoever changes its rows must know them. Raw names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// Schema and name of the table of tenants.
    pub tenants: (String, String),
    /// Its column that domains point to.
    pub key: String,
    /// Schema and name of the table of domains, where they have one.
    pub domains: Option<(String, String)>,
}

impl Tables {
    /// Removes the domains of the tenants that name a schema (raw name): before the tenants themselves.
    pub fn remove_domains(&self, schema: &str) -> Option<String> {
        let domains = self.domains.as_ref()?;
        Some(format!(
            "DELETE FROM {} AS d USING {} AS t WHERE d.tenant_id::text = t.{}::text AND t.schema_name = {}",
            named(domains),
            named(&self.tenants),
            ident(&self.key),
            literal(schema)
        ))
    }

    /// Removes the tenants that name a schema (raw name).
    pub fn remove_tenants(&self, schema: &str) -> String {
        format!("DELETE FROM {} WHERE schema_name = {}", named(&self.tenants), literal(schema))
    }

    /// Lets the tenants that name a schema name another one (raw names).
    pub fn rename(&self, from: &str, to: &str) -> String {
        format!("UPDATE {} SET schema_name = {} WHERE schema_name = {}", named(&self.tenants), literal(to), literal(from))
    }
}

fn named((schema, name): &(String, String)) -> String {
    qualified(schema, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_quoted() {
        let tables = Tables {
            tenants: ("public".into(), "cli\"ent".into()),
            key: "id".into(),
            domains: Some(("public".into(), "domain".into())),
        };
        assert_eq!(
            tables.remove_domains("o'neill").as_deref(),
            Some(
                "DELETE FROM \"public\".\"domain\" AS d USING \"public\".\"cli\"\"ent\" AS t WHERE d.tenant_id::text = \
                 t.\"id\"::text AND t.schema_name = 'o''neill'"
            )
        );
        assert_eq!(tables.remove_tenants("o'neill"), "DELETE FROM \"public\".\"cli\"\"ent\" WHERE schema_name = 'o''neill'");
        assert_eq!(
            tables.rename("a", "b"),
            "UPDATE \"public\".\"cli\"\"ent\" SET schema_name = 'b' WHERE schema_name = 'a'"
        );
        assert_eq!(Tables { domains: None, ..tables }.remove_domains("a"), None);
    }
}
