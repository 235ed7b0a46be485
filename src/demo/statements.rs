//! The SQL that makes the sample fleet, one message per schema for the standard input of `psql`. Must not run anything.
//!
//! In a message the statements end with `\;`, which makes `psql` send them together: one round trip and one transaction.

use super::application::{Application, LEDGER, Migration, joined};
use super::cluster::SUPERUSER;
use super::sample::{Case, Sample, SampleSchema, SampleTenant};
use super::trouble;
use crate::sqltext::{ident, literal, qualified};

/// The role that owns the tables, as an application's does.
pub(super) const APPLICATION_ROLE: &str = "app";

/// The role that looks: no superuser, a member of `pg_monitor`, with `USAGE` and `SELECT` everywhere but in one schema.
pub(super) const LOOKING_ROLE: &str = "dba";

/// A role whose name must be quoted everywhere.
const HOSTILE_ROLE: &str = "o'neil \"ops\" team";

const SHARED: &str = include_str!("sql/shared.sql");
const SITE: &str = include_str!("sql/site.sql");
const SITE_TABLES: [&str; 3] = [LEDGER, "cms_page", "cms_redirect"];

/// Statements that are sent together.
#[derive(Debug, Default)]
struct Message(String);

impl Message {
    fn push(&mut self, statement: impl AsRef<str>) {
        self.0.push_str(statement.as_ref());
        self.0.push_str("\\;\n");
    }
}

impl Application {
    /// Makes one schema with everything in it, then has it analysed, then says `1`.
    pub(super) fn schema(&self, schema: &SampleSchema) -> String {
        let mut message = Message::default();
        let name = ident(&schema.name);
        message.push(format!("CREATE SCHEMA {name}"));
        if schema.case != Case::Unreadable {
            message.push(format!("GRANT USAGE ON SCHEMA {name} TO {LOOKING_ROLE}"));
        }
        if let Some(comment) = schema.comment {
            message.push(format!("COMMENT ON SCHEMA {name} IS {}", literal(comment)));
        }
        message.push(format!("SET LOCAL search_path = {name}"));
        let made = match schema.case {
            Case::Empty => Vec::new(),
            Case::Site => {
                message.0.push_str(&joined(SITE));
                SITE_TABLES.to_vec()
            }
            _ => self.fill(schema, &mut message),
        };
        if schema.case == Case::ForeignOwner {
            message.push(format!("ALTER SCHEMA {name} OWNER TO {}", ident(HOSTILE_ROLE)));
        }
        let mut text = message.0;
        text.push_str("SELECT WHERE false;\n");
        if schema.case != Case::NeverAnalysed && !made.is_empty() {
            let tables: Vec<String> = made.iter().map(|table| qualified(&schema.name, table)).collect();
            text.push_str(&format!("ANALYZE {};\n", tables.join(", ")));
            // Only a vacuum counts the pages of a table's large values.
            for table in made.iter().filter(|table| **table == "comms_attachment") {
                text.push_str(&format!("VACUUM {};\n", qualified(&schema.name, table)));
            }
        }
        if let Some((_, statement)) = trouble::in_vain(schema.case).filter(|(table, _)| made.contains(table)) {
            text.push_str(&format!(
                "\\set ON_ERROR_STOP off\nSET search_path = {name};\n{statement};\nRESET search_path;\n\\set ON_ERROR_STOP on\n"
            ));
        }
        text.push_str("SELECT 1;\n");
        text
    }

    /// Tables, migrations and ledger; gives the names of the tables.
    fn fill(&self, schema: &SampleSchema, message: &mut Message) -> Vec<&str> {
        let mut made: Vec<&str> = Vec::with_capacity(self.tables.len() + 1);
        for table in self.tables.iter().filter(|table| schema.case != Case::NoLedger || table.name != LEDGER) {
            message.0.push_str(&table.sql.replace("$N", &schema.volume.to_string()));
            made.push(&table.name);
        }
        let applied = self.applied(schema.case);
        for migration in &applied {
            message.0.push_str(&migration.sql);
            if let Some(table) = migration.table.filter(|table| !migration.sql.is_empty() && !made.contains(table)) {
                made.push(table);
            }
        }
        if made.contains(&LEDGER) {
            message.push(ledger_rows(&applied, schema.age_days));
        }
        for (table, statement) in trouble::by_hand(schema.case) {
            if made.contains(table) {
                message.push(statement.trim_end());
                if statement.starts_with("DROP TABLE") {
                    made.retain(|name| name != table);
                }
            }
        }
        made
    }
}

/// Roles and the database; run once, as the superuser, connected to another database. Who looks may become the application's role
/// to migrate, and has none of its rights before: as it should be, looking needs no right to write.
pub(super) fn prepare_server(database: &str) -> String {
    let hostile = ident(HOSTILE_ROLE);
    format!(
        "CREATE ROLE {APPLICATION_ROLE} LOGIN;\nCREATE ROLE {LOOKING_ROLE} LOGIN IN ROLE pg_monitor;\n\
         CREATE ROLE migrations NOINHERIT IN ROLE {APPLICATION_ROLE} ROLE {LOOKING_ROLE};\n\
         CREATE ROLE {hostile} ROLE {APPLICATION_ROLE};\n\
         CREATE DATABASE {database} OWNER {APPLICATION_ROLE};\nGRANT CREATE ON DATABASE {database} TO {hostile};\n",
        database = ident(database)
    )
}

/// What the superuser does inside the new database: an extension where one is installed, and the rights of the looking role.
pub(super) fn prepare_database() -> String {
    format!(
        "ALTER SCHEMA public OWNER TO {APPLICATION_ROLE};\n\
         DO $do$ BEGIN\n\
         IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pg_trgm') THEN\n\
         CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions; GRANT USAGE ON SCHEMA extensions TO PUBLIC;\n\
         END IF; END $do$;\n\
         ALTER DEFAULT PRIVILEGES FOR ROLE {APPLICATION_ROLE} GRANT SELECT ON TABLES TO {LOOKING_ROLE};\n\
         ALTER DEFAULT PRIVILEGES FOR ROLE {APPLICATION_ROLE} GRANT SELECT ON SEQUENCES TO {LOOKING_ROLE};\n\
         COMMENT ON ROLE {SUPERUSER} IS 'only the demo''s own preparation uses it';\n"
    )
}

/// The shared schema with the registry; run once, by the application's role. Its ledger lists the tenants' applications too.
pub(super) fn registry(sample: &Sample, application: &Application) -> String {
    let mut text = SHARED.to_owned();
    text.push_str(&ledger_rows(&application.applied(Case::Current), 730));
    text.push_str(";\n");
    for tenants in sample.tenants.chunks(500) {
        let rows: Vec<String> = tenants.iter().map(client_row).collect();
        text.push_str("INSERT INTO customers_client (schema_name, name, created_on, time_zone, plan_id, paid_until, on_trial) VALUES\n");
        text.push_str(&rows.join(",\n"));
        text.push_str(";\n");
        let domains: Vec<String> = tenants.iter().flat_map(domain_rows).collect();
        if !domains.is_empty() {
            text.push_str(&format!(
                "INSERT INTO customers_domain (domain, is_primary, tenant_id) SELECT v.domain, v.is_primary, c.id\n\
                 FROM (VALUES {}) AS v (schema_name, domain, is_primary) JOIN customers_client AS c USING (schema_name);\n",
                domains.join(",\n")
            ));
        }
    }
    for domain in &sample.lost_domains {
        text.push_str(&format!(
            "INSERT INTO customers_domain (domain, tenant_id) VALUES ({}, 987654321);\n",
            literal(domain)
        ));
    }
    // As after a row was deleted behind the application's back: new rows are checked, the old one stays.
    text.push_str(
        "ALTER TABLE customers_domain ADD CONSTRAINT customers_domain_tenant_fk FOREIGN KEY (tenant_id) REFERENCES customers_client\n\
         DEFERRABLE INITIALLY DEFERRED NOT VALID;\nGRANT USAGE ON SCHEMA public TO PUBLIC;\n\
         ANALYZE django_migrations, django_content_type, django_session, auth_group, auth_user, customers_plan, customers_client, \
         customers_domain;\n",
    );
    text
}

fn client_row(tenant: &SampleTenant) -> String {
    let paid_until =
        if tenant.on_trial { "NULL".to_owned() } else { format!("current_date + {}", 10 + tenant.age_days % 300) };
    format!(
        "({}, {}, current_date - {}, {}, {}, {paid_until}, {})",
        literal(&tenant.schema),
        literal(&tenant.name),
        tenant.age_days,
        literal(tenant.time_zone),
        literal(tenant.plan),
        tenant.on_trial
    )
}

fn domain_rows(tenant: &SampleTenant) -> Vec<String> {
    let row =
        |(place, domain): (usize, &String)| format!("({}, {}, {})", literal(&tenant.schema), literal(domain), place == 0);
    tenant.domains.iter().enumerate().map(row).collect()
}

fn ledger_rows(applied: &[Migration], age_days: u32) -> String {
    let row = |(place, migration): (usize, &Migration)| {
        // A tenant has old migrations since its creation, and new ones since their roll-out.
        let days = migration.days_ago.min(age_days);
        format!("({place}, {days}, '{}', '{}')", migration.app, migration.name)
    };
    let rows: Vec<String> = applied.iter().enumerate().map(row).collect();
    format!(
        "INSERT INTO {LEDGER} (app, name, applied) SELECT app, name, now() - days * interval '1 day' + place * interval '90 ms'\n\
         FROM (VALUES {}) AS v (place, days, app, name) ORDER BY place",
        rows.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::DemoOptions;

    fn application(tables: Option<u32>) -> Application {
        Application::of(DemoOptions { tenants: 1, tables })
    }

    fn schema(case: Case) -> SampleSchema {
        SampleSchema { name: "say \"hi\"".into(), case, volume: 7, age_days: 100, comment: None }
    }

    #[test]
    fn a_tenant_has_exactly_the_tables_asked_for() {
        for (asked, expected) in [(None, 40), (Some(1), 1), (Some(12), 12), (Some(39), 39), (Some(40), 40), (Some(100), 100)]
        {
            let text = application(asked).schema(&schema(Case::Current));
            assert_eq!(text.matches("CREATE TABLE").count(), expected, "{asked:?}");
            let analysed =
                text.lines().find(|line| line.starts_with("ANALYZE")).map_or(0, |line| line.matches(", ").count() + 1);
            assert_eq!(analysed, expected, "{asked:?}");
        }
    }

    #[test]
    fn names_are_quoted() {
        let text = application(Some(2)).schema(&schema(Case::Current));
        assert!(text.starts_with("CREATE SCHEMA \"say \"\"hi\"\"\"\\;\n"), "{text}");
    }

    #[test]
    fn the_statements_of_a_schema_are_one_message() {
        let text = application(None).schema(&schema(Case::Current));
        let ends = text.lines().filter(|line| line.ends_with(';') && !line.ends_with("\\;"));
        let sent: Vec<_> = ends.filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(sent, ["SELECT", "ANALYZE", "VACUUM", "SELECT"]);
    }

    #[test]
    fn ledger_and_structure_are_behind_together() {
        let text = application(None).schema(&schema(Case::Behind(1)));
        assert!(!text.contains("0010_visit_signature") && !text.contains("signed_by"));
        assert!(text.contains("0009_invoice_due_index") && text.contains("billing_invoice_due"));
    }

    #[test]
    fn a_schema_without_ledger_and_an_empty_one_hold_no_ledger() {
        for case in [Case::NoLedger, Case::Empty] {
            assert!(!application(None).schema(&schema(case)).contains(LEDGER));
        }
    }
}
