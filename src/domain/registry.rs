//! Who the tenants are: the rows of an application's own registry, whichever form it has.

use serde::{Deserialize, Serialize};

/// The registry of one database as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registry {
    /// Which form it has.
    pub dialect: RegistryDialect,
    /// Where it was found, such as `public.customers_client + public.customers_domain`; raw names, for a person.
    pub source: String,
    /// Its tenants, in the order of their schema names.
    pub tenants: Vec<Tenant>,
    /// Domains whose tenant does not exist.
    pub lost_domains: Vec<Domain>,
}

/// The forms of registry that are recognised by tables and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryDialect {
    /// A table with a unique `schema_name` and a domain table with `domain`, `tenant_id`, `is_primary`.
    DjangoTenants,
    /// One table with `domain_url` and `schema_name`.
    DjangoTenantSchemas,
    /// As django-tenants, the domain table with `folder` and `redirect_to_primary` besides.
    DjangoPgschemas,
    /// No table: every schema with `schema_migrations` (Rails' apartment).
    Apartment,
    /// The query of `fleet.toml`.
    Query,
    /// No registry found: every schema that is not the system's, an extension's or shared counts as a tenant.
    EverySchema,
}

impl RegistryDialect {
    /// The word shown for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::DjangoTenants => "django-tenants",
            Self::DjangoTenantSchemas => "django-tenant-schemas",
            Self::DjangoPgschemas => "django-pgschemas",
            Self::Apartment => "apartment",
            Self::Query => "query",
            Self::EverySchema => "every schema",
        }
    }
}

/// One customer as the registry knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tenant {
    /// The key of its registry row as text, where there is one.
    pub key: Option<String>,
    /// A human name, raw; `None` where the registry has none.
    pub name: Option<String>,
    /// The raw name of its schema.
    pub schema: String,
    /// Its domains, the primary one first.
    pub domains: Vec<Domain>,
    /// The day it was created, `YYYY-MM-DD`, where the registry says so.
    pub created: Option<String>,
    /// Its time zone (IANA name), raw, where the registry says so.
    pub time_zone: Option<String>,
    /// Its plan or tier, raw, where the registry says so.
    pub plan: Option<String>,
}

/// A host name that leads to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The raw host name.
    pub name: String,
    /// Whether it is the tenant's primary one.
    pub primary: bool,
    /// The path below the host that selects the tenant (django-pgschemas).
    pub folder: Option<String>,
}

impl Domain {
    /// What a person types to get to the tenant: the host name, with the folder where one selects it. Raw.
    pub fn address(&self) -> String {
        self.folder.as_ref().map_or_else(|| self.name.clone(), |folder| format!("{}/{folder}", self.name))
    }
}
