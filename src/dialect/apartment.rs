//! Rails' apartment: no table lists the tenants; a schema is one when it has the ledger of Rails and the table in which Rails
//! notes its environment.

use super::registry::finished;
use crate::domain::registry::{Registry, RegistryDialect, Tenant};

/// The tables that a schema of apartment has, both of them.
pub const MARKS: [&str; 2] = ["schema_migrations", "ar_internal_metadata"];

/// The registry that these schemas (raw names, those with both marks) make; `None` when only shared ones have them.
/// `shared` says whether all tenants share a schema: the main application's is no tenant.
pub fn registry(schemas: Vec<String>, shared: impl Fn(&str) -> bool) -> Option<Registry> {
    let tenants: Vec<_> =
        schemas.into_iter().filter(|schema| !shared(schema)).map(|schema| Tenant { schema, ..Tenant::default() }).collect();
    let source = format!("schemas with {}", MARKS.join(" and "));
    (!tenants.is_empty()).then(|| finished(RegistryDialect::Apartment, source, tenants, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_schema_is_no_tenant() {
        let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let registry = registry(named(&["public", "bolt", "acme"]), |name| name == "public").unwrap();
        let tenants: Vec<_> = registry.tenants.iter().map(|tenant| tenant.schema.as_str()).collect();
        assert_eq!(tenants, ["acme", "bolt"]);
        assert_eq!(super::registry(named(&["public"]), |name| name == "public"), None);
    }
}
