//! Drops and renames on real servers: what is refused, what is archived, what goes, and what is left whatever ends a worker.

mod archives;
mod kills;
mod locks;
mod members;
mod refusals;
mod registry;
mod renames;

use std::path::Path;

use tempfile::TempDir;
use tenantry::config::RegistrySource;
use tenantry::domain::fault::Fault;
use tenantry::domain::roles::Policy;
use tenantry::observer::{self, Target, drop, rename};
use tenantry::plan::{EnvironmentName, Kind, Plan, RunPolicy};

use crate::connect::target;
use crate::runs::fleet::Run;
use crate::support::{Database, database};

/// A name that means something else wherever it is not quoted.
pub(crate) const HOSTILE: &str = "O'Neill \"1\".*";
/// What a pattern of that name would mean, too.
const NEIGHBOUR: &str = "O'Neill \"1\".x";

/// A database with schemas of every kind of object, and a folder for archives.
struct Scene {
    database: Database,
    folder: TempDir,
}

impl Scene {
    fn new(schemas: &[&str]) -> Self {
        let database = database();
        for schema in schemas {
            crate::structure::tenant(&database, schema);
            database.sql(&format!("INSERT INTO {}.part VALUES (NULL, '2024-05-05', 7)", quoted(schema)));
        }
        Self { database, folder: tempfile::tempdir().expect("a folder") }
    }

    fn target(&self) -> Target {
        let policy = Policy { reference: Some("reference".into()), statics: vec!["still".into()], ..Policy::default() };
        Target { policy, registry: RegistrySource::Auto, ..target("main", &self.database.dsn()) }
    }

    /// The plan of a drop, with archives or without.
    fn plan(&self, schemas: &[&str], archive: bool, registry: bool) -> Result<Plan, Fault> {
        self.plan_at(self.target(), schemas, archive, registry)
    }

    fn plan_at(&self, target: Target, schemas: &[&str], archive: bool, registry: bool) -> Result<Plan, Fault> {
        let wanted = drop::Wanted {
            environment: environment(),
            schemas: schemas.iter().map(|&name| name.to_owned()).collect(),
            archive: archive.then(|| self.archives().to_owned()),
            registry,
            policy: policy(),
        };
        wait(drop::plan(vec![target], wanted, |_| {}))
    }

    /// The plan of a rename.
    fn rename(&self, schema: &str, to: &str, registry: bool) -> Result<Plan, Fault> {
        rename_at(self.target(), schema, to, registry)
    }

    fn run(&self, plan: Plan) -> Run {
        Run::at(self.database.dsn(), plan)
    }

    fn archives(&self) -> &Path {
        self.folder.path()
    }

    /// The schemas that are there, but PostgreSQL's own.
    fn schemas(&self) -> Vec<String> {
        self.database.sql(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname COLLATE \"C\"",
        )
    }

    /// Lets every change of structure take its time.
    fn slow(&self) {
        self.database.sql(
            "CREATE FUNCTION public.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); END $$; \
             CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION public.slow()",
        );
    }

    /// The structure of a schema, as a fingerprint of all of it.
    fn structure(&self, schema: &str) -> u64 {
        structure(&self.target(), schema)
    }
}

fn rename_at(target: Target, schema: &str, to: &str, registry: bool) -> Result<Plan, Fault> {
    let (schema, to) = (schema.to_owned(), to.to_owned());
    let wanted = rename::Wanted { environment: environment(), schema, to, registry, policy: policy() };
    wait(rename::plan(vec![target], wanted, |_| {}))
}

fn structure(target: &Target, schema: &str) -> u64 {
    let structure = wait(observer::read_structure(target, schema)).expect("a structure");
    assert!(structure.objects.len() > 20, "{}", structure.objects.len());
    structure.exact.0
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime").block_on(future)
}

fn environment() -> EnvironmentName {
    EnvironmentName { name: "test".into(), production: false }
}

fn policy() -> RunPolicy {
    RunPolicy { concurrency: 1, ..crate::runs::fleet::policy() }
}

fn quoted(name: &str) -> String {
    tenantry::sqltext::ident(name)
}

/// The rules for which a plan cannot be run.
fn refusals(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().filter(|note| note.refuses).map(|note| note.rule.as_str()).collect()
}

/// Lets each part of the work take few locks, so that there are many parts.
fn in_small_parts(mut plan: Plan) -> Plan {
    if let Kind::Drop(dropping) = &mut plan.kind {
        dropping.each.iter_mut().for_each(|dropped| dropped.locks = 1);
    }
    plan
}
