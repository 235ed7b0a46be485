//! The sample application: its tables and its migrations, and which of these a schema has. Must not know how they are sent.

use super::DemoOptions;
use super::sample::Case;

const TENANT: &str = include_str!("sql/tenant.sql");
const MIGRATIONS: &str = include_str!("sql/migrations.sql");

/// The table in which Django records migrations.
pub(super) const LEDGER: &str = "django_migrations";

/// The applications whose tables are in `public` alone.
const SHARED_APPS: [&str; 4] = ["contenttypes", "auth", "sessions", "customers"];

/// The sample application.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) tables: Vec<Table>,
    migrations: Vec<Migration>,
}

/// A table of a tenant.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// What makes and fills it, as parts of a message.
    pub(super) sql: String,
}

/// A migration, which every ledger lists.
#[derive(Debug, Clone)]
pub(super) struct Migration {
    pub(super) days_ago: u32,
    pub(super) app: &'static str,
    pub(super) name: &'static str,
    /// The table without which its statements are left out.
    pub(super) table: Option<&'static str>,
    /// What it does, as parts of a message; nothing where the tables have it already.
    pub(super) sql: String,
}

impl Application {
    /// The application with as many tables per tenant as the options ask for, the ledger included.
    pub(super) fn of(options: DemoOptions) -> Self {
        let mut tables: Vec<Table> =
            sections(TENANT, "-- table ").map(|(name, sql)| Table { name: name.to_owned(), sql: joined(sql) }).collect();
        let mut migrations: Vec<Migration> = sections(MIGRATIONS, "-- migration ").filter_map(migration).collect();
        let made_later =
            migrations.iter().filter_map(|m| m.table).filter(|table| tables.iter().all(|t| t.name != *table)).count();
        if let Some(wanted) = options.tables {
            let wanted = wanted as usize;
            let own = tables.len() + made_later;
            tables.extend((own + 1..=wanted).map(archive));
            if wanted < own {
                tables.truncate(wanted);
                let kept = |table: &str| tables.iter().any(|t| t.name == table);
                migrations.iter_mut().filter(|m| !m.table.is_some_and(kept)).for_each(|m| m.sql.clear());
                // An application without any table is not installed; its migrations would be ghosts.
                let installed = |app: &str| tables.iter().any(|t| t.name.starts_with(&format!("{app}_")));
                migrations.retain(|m| SHARED_APPS.contains(&m.app) || installed(m.app));
            }
        }
        Self { tables, migrations }
    }

    /// The folder of its migrations: the folder and the name of each file below it, and what stands in the file.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        self.migrations.iter().map(|migration| {
            let text = match migration.sql.replace("\\;\n", ";\n") {
                nothing if nothing.is_empty() => {
                    "-- Every schema of the sample fleet has had it from the beginning.\n".to_owned()
                }
                sql => sql,
            };
            (migration.app, format!("{}.sql", migration.name), text)
        })
    }

    /// The migrations that a schema has, in the order of application.
    pub(super) fn applied(&self, case: Case) -> Vec<Migration> {
        let mut applied = self.migrations.clone();
        let own = |name, app, table, sql: &str| Migration { days_ago: 6, app, name, table: Some(table), sql: joined(sql) };
        let has = |table: &str| self.tables.iter().any(|t| t.name == table);
        match case {
            Case::Behind(count) => applied.truncate(applied.len().saturating_sub(count)),
            Case::Gap => applied.retain(|m| m.name != "0007_address_country"),
            Case::Ahead if has("crm_customer") => applied.push(own(
                "0009_customer_loyalty",
                "crm",
                "crm_customer",
                "ALTER TABLE crm_customer ADD COLUMN loyalty_points integer NOT NULL DEFAULT 0;\n",
            )),
            Case::Diverged if has("work_timesheet") => {
                applied.retain(|m| m.name != "0004_item_not_negative");
                let newest = applied.len().saturating_sub(1);
                let hotfix = "ALTER TABLE work_timesheet ALTER COLUMN minutes TYPE bigint;\n";
                applied.insert(newest, own("0010_hotfix_timesheet_minutes", "work", "work_timesheet", hotfix));
            }
            _ => {}
        }
        applied
    }
}

/// The parts of a text that begin with a line `MARK REST`: the rest of that line, and the lines below.
fn sections(text: &'static str, mark: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let starts = text.match_indices(mark).map(|(at, _)| at).filter(|&at| text[..at].ends_with('\n'));
    let ends = starts.clone().skip(1).chain([text.len()]);
    starts
        .zip(ends)
        .map(|(start, end)| &text[start + mark.len()..end])
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
}

fn migration((head, sql): (&'static str, &'static str)) -> Option<Migration> {
    let mut words = head.split(' ');
    Some(Migration {
        days_ago: words.next()?.parse().ok()?,
        app: words.next()?,
        name: words.next()?,
        table: words.next(),
        sql: joined(sql),
    })
}

/// Statements that end with `;` and a line break, as parts of a message; without comments and empty lines.
pub(super) fn joined(sql: &str) -> String {
    let lines = sql.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
    lines.map(|line| line.strip_suffix(';').map_or_else(|| format!("{line}\n"), |rest| format!("{rest}\\;\n"))).collect()
}

/// A table beyond the application's own ones.
fn archive(number: usize) -> Table {
    let name = format!("archive_{number:04}");
    let sql = format!(
        "CREATE TABLE {name} (\n\
         id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,\n\
         customer_id bigint REFERENCES crm_customer,\n\
         code varchar(20) NOT NULL DEFAULT '',\n\
         amount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (amount >= 0),\n\
         happened_on date,\n\
         done boolean NOT NULL DEFAULT false,\n\
         note varchar(200),\n\
         archived_at timestamptz NOT NULL DEFAULT now()\n\
         );\n\
         CREATE INDEX {name}_customer ON {name} (customer_id);\n"
    );
    Table { sql: joined(&sql), name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(tables: Option<u32>) -> Application {
        Application::of(DemoOptions { tenants: 1, tables })
    }

    fn names(case: Case) -> Vec<&'static str> {
        application(None).applied(case).into_iter().map(|m| m.name).collect()
    }

    #[test]
    fn the_folder_of_migrations_holds_each_with_its_statements() {
        let options = DemoOptions { tenants: 1, tables: None };
        let application = Application::of(options);
        let files: Vec<(&str, String, String)> = application.files().collect();
        assert_eq!(files.len(), application.applied(Case::Current).len());
        let text = |path: &str| {
            let found = files.iter().find(|(app, file, _)| path == format!("{app}/{file}"));
            found.map(|(.., text)| text.as_str())
        };
        let signature = "ALTER TABLE work_visit ADD COLUMN signed_by varchar(80);\n";
        assert_eq!(text("work/0010_visit_signature.sql"), Some(signature));
        assert!(text("crm/0001_initial.sql").is_some_and(|text| text.starts_with("-- ")), "{files:?}");
        assert!(files.iter().all(|(.., text)| !text.contains('\\')), "{files:?}");
    }

    #[test]
    fn a_diverged_schema_lacks_one_migration_and_has_one_of_its_own() {
        let (current, diverged) = (names(Case::Current), names(Case::Diverged));
        assert_eq!(current.len(), diverged.len());
        assert_eq!(current.iter().filter(|name| !diverged.contains(name)).collect::<Vec<_>>(), [&"0004_item_not_negative"]);
        assert_eq!(
            diverged.iter().filter(|name| !current.contains(name)).collect::<Vec<_>>(),
            [&"0010_hotfix_timesheet_minutes"]
        );
    }

    #[test]
    fn a_gap_is_followed_by_a_migration_of_the_same_application() {
        let all = application(None).applied(Case::Gap);
        let crm: Vec<_> = all.iter().filter(|m| m.app == "crm").map(|m| m.name).collect();
        assert_eq!(crm.last(), Some(&"0008_customer_vat_id"));
        assert_eq!((crm.len(), all.len() + 1), (7, names(Case::Current).len()));
    }

    #[test]
    fn the_ledger_of_a_fleet_with_few_tables_names_no_application_without_tables() {
        for tables in [1, 2, 12, 30, 39, 40, 60] {
            let application = application(Some(tables));
            let made: Vec<String> = application.tables.iter().map(|table| table.name.clone()).collect();
            for migration in application.applied(Case::Current) {
                let prefix = format!("{}_", migration.app);
                let later = !migration.sql.is_empty() && migration.table.is_some_and(|table| table.starts_with(&prefix));
                let shared = SHARED_APPS.contains(&migration.app);
                assert!(later || shared || made.iter().any(|table| table.starts_with(&prefix)), "{tables}: {migration:?}");
            }
        }
    }
}
