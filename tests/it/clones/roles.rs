//! Clones by roles that are no superusers: members of the source's owner make all of it as that one, and what they cannot make is told in
//! the plan. What is granted is what the source says, whatever default privileges there are.

use tenantry::config::RegistrySource;
use tenantry::dialect::register::Entry;
use tenantry::domain::fault::Fault;
use tenantry::observer::Target;
use tenantry::observer::clone::{self, Targets, Wanted};
use tenantry::plan::clone::{As, Cloning, Rows};
use tenantry::plan::{EnvironmentName, Kind, Plan, RunPolicy};

use super::scene::structure;
use crate::connect::target;
use crate::runs::fleet::{Run, policy};
use crate::shapes::{base, ready};
use crate::support::{Database, servers};

/// A database with a source, `acme`, and roles of its own: `owner` owns the source, `dba` connects. Both may make schemas.
pub(super) struct Stage {
    pub(super) database: Database,
    pub(super) owner: String,
    pub(super) dba: String,
}

impl Stage {
    pub(super) fn on(cluster: &'static tenantry::demo::Cluster) -> Self {
        let database = ready(cluster);
        let [owner, dba] = ["owner", "dba"].map(|name| format!("{}_{name}", database.name()));
        let stage = Self { database, owner, dba };
        stage.sql(
            "CREATE ROLE {owner}; CREATE ROLE {dba} LOGIN NOINHERIT; GRANT {owner} TO {dba}; GRANT CREATE ON DATABASE {db} TO {owner}; \
             GRANT USAGE ON FOREIGN SERVER nowhere TO {owner}",
        );
        stage
    }

    /// With something of every kind that needs no superuser.
    fn with_everything(cluster: &'static tenantry::demo::Cluster) -> Self {
        let stage = Self::on(cluster);
        let plain =
            |line: &&str| !line.starts_with("CREATE TEXT SEARCH PARSER") && !line.starts_with("CREATE TEXT SEARCH TEMPLATE");
        let source = base("acme");
        let source: Vec<&str> = source.lines().filter(plain).collect();
        stage.sql(&format!(
            "SET ROLE {{owner}}; {}\n\
             INSERT INTO acme.customers (name) SELECT 'name ' || n FROM generate_series(1, 30) n; \
             INSERT INTO acme.orders (customer) SELECT n + 9 FROM generate_series(1, 20) n; INSERT INTO acme.events VALUES (1, '2024-05-05', 'x'); \
             GRANT USAGE ON SCHEMA acme TO {{dba}}; GRANT SELECT, UPDATE (name) ON acme.customers TO {{dba}}; \
             REVOKE EXECUTE ON FUNCTION acme.settled() FROM PUBLIC; \
             ALTER DEFAULT PRIVILEGES IN SCHEMA acme GRANT SELECT ON TABLES TO {{dba}}",
            source.join("\n")
        ));
        stage
    }

    pub(super) fn sql(&self, sql: &str) -> Vec<String> {
        self.database.sql(&self.named(sql))
    }

    pub(super) fn named(&self, text: &str) -> String {
        text.replace("{owner}", &self.owner).replace("{dba}", &self.dba).replace("{db}", self.database.name())
    }

    pub(super) fn plan(&self, change: impl FnOnce(&mut Wanted)) -> Result<Plan, Fault> {
        plan_at(&self.dsn(), change)
    }

    pub(super) fn dsn(&self) -> String {
        self.database.dsn_as(&self.dba)
    }

    /// Runs a plan to its good end and compares each target with the source.
    fn makes(&self, plan: Plan) -> Run {
        self.makes_at(self.dsn(), plan)
    }

    fn makes_at(&self, dsn: String, plan: Plan) -> Run {
        let names: Vec<String> = plan.targets.iter().map(|target| target.schema.clone()).collect();
        assert_eq!(refusals(&plan), Vec::<String>::new());
        let run = Run::at(dsn, plan);
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        let source = structure(&self.database.dsn(), "acme").exact;
        for name in names {
            assert_eq!(structure(&self.database.dsn(), &name).exact, source, "{name}");
        }
        run
    }

    fn drop_all(&self) {
        self.sql("SET client_min_messages = warning; DROP SCHEMA bolt CASCADE; DROP SCHEMA \"O'Neill \"\"1\"\"\" CASCADE");
    }

    /// The owners of what stands in a schema, and of the schema.
    fn owners(&self, schema: &str) -> Vec<String> {
        let of = |column: &str, catalogue: &str, namespace: &str| {
            format!(
                "SELECT pg_get_userbyid({column}) FROM {catalogue} WHERE {namespace} = (SELECT oid FROM pg_namespace WHERE nspname = '{schema}')"
            )
        };
        self.sql(&format!(
            "{} UNION {} UNION {} UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = '{schema}' ORDER BY 1",
            of("relowner", "pg_class", "relnamespace"),
            of("proowner", "pg_proc", "prolang <> (SELECT oid FROM pg_language WHERE lanname = 'internal') AND pronamespace"),
            of("typowner", "pg_type", "typnamespace")
        ))
    }
}

/// A plan for two targets with all rows, or another one.
fn plan_at(dsn: &str, change: impl FnOnce(&mut Wanted)) -> Result<Plan, Fault> {
    plan_over(&[("main", dsn)], change)
}

pub(super) fn plan_over(databases: &[(&str, &str)], change: impl FnOnce(&mut Wanted)) -> Result<Plan, Fault> {
    let mut wanted = Wanted {
        environment: EnvironmentName { name: "test".into(), production: false },
        source: Some("acme".into()),
        targets: Targets::Named(vec!["bolt".into(), "O'Neill \"1\"".into()]),
        rows: Rows::All,
        database: None,
        owner: None,
        entry: None,
        policy: RunPolicy { concurrency: 2, ..policy() },
    };
    change(&mut wanted);
    let target = |(label, dsn): &(&str, &str)| Target { registry: RegistrySource::Auto, ..target(label, dsn) };
    let targets = databases.iter().map(target).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(clone::plan(targets, wanted, |_| {}))
}

pub(super) fn refusals(plan: &Plan) -> Vec<String> {
    let told =
        |note: &tenantry::plan::Note| format!("{}: {} | {}", note.rule, note.what, note.hint.as_deref().unwrap_or_default());
    plan.notes.iter().filter(|note| note.refuses).map(told).collect()
}

fn cloning(plan: &mut Plan) -> &mut Cloning {
    let Kind::Clone(cloning) = &mut plan.kind else { panic!("a clone") };
    cloning
}

/// Who makes the schema, and who the rest.
fn acting(plan: &mut Plan) -> (As, As) {
    let acting = &cloning(plan).acting;
    (acting.schema.clone(), acting.maker.clone())
}

#[test]
fn a_member_of_the_owner_makes_all_of_it_as_the_owner() {
    for cluster in servers() {
        let stage = Stage::with_everything(cluster);
        for phased in [false, true] {
            let mut plan = stage.plan(|_| ()).expect("a plan");
            assert_eq!(acting(&mut plan), (As::Owner, As::Owner));
            cloning(&mut plan).phased = phased;
            stage.makes(plan);
            assert_eq!(stage.owners("bolt"), [stage.owner.as_str()]);
            let rows = "SELECT (SELECT count(*) FROM bolt.customers), (SELECT count(*) FROM bolt.orders), (SELECT count(*) FROM bolt.events)";
            assert_eq!(stage.sql(rows), ["30|20|1"]);
            stage.drop_all();
        }
    }
}

#[test]
fn what_default_privileges_give_and_keep_is_not_in_what_is_made() {
    for cluster in servers() {
        let stage = Stage::with_everything(cluster);
        let boss = format!("{}_boss", stage.database.name());
        stage.sql(&format!("CREATE ROLE {boss} SUPERUSER LOGIN"));
        // After the source was made: it has nothing of it.
        for who in [&stage.owner, &stage.dba, &boss] {
            for defaults in [
                "GRANT ALL ON TABLES TO shapes_reader",
                "GRANT ALL ON SEQUENCES TO PUBLIC",
                "GRANT ALL ON TYPES TO shapes_reader WITH GRANT OPTION",
                "REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
                "GRANT ALL ON SCHEMAS TO shapes_reader",
            ] {
                stage.sql(&format!("ALTER DEFAULT PRIVILEGES FOR ROLE {who} {defaults}"));
            }
        }
        stage.makes(stage.plan(|_| ()).expect("a plan"));
        stage.drop_all();
        // A superuser makes it as itself.
        let dsn = stage.database.dsn_as(&boss);
        stage.makes_at(dsn.clone(), plan_at(&dsn, |_| ()).expect("a plan"));
        assert_eq!(stage.owners("bolt"), [stage.owner.as_str()]);
    }
}

#[test]
fn what_belongs_to_others_is_given_to_them() {
    for cluster in servers() {
        let stage = Stage::with_everything(cluster);
        let bob = format!("{}_bob", stage.database.name());
        stage.sql(&format!("CREATE ROLE {bob}; ALTER TABLE acme.granted OWNER TO {bob}; ALTER TYPE acme.spare_enum OWNER TO {bob}; \
             ALTER FUNCTION acme.settled() OWNER TO {bob}; GRANT SELECT ON acme.granted TO {{dba}}; REVOKE INSERT ON acme.granted FROM {bob}; \
             COMMENT ON TABLE acme.granted IS 'of bob'"));
        let denied = refusals(&stage.plan(|_| ()).expect("a plan"));
        assert!(denied.iter().any(|told| told.starts_with("other-owner: ") && told.contains("table granted")), "{denied:?}");
        assert!(denied.iter().any(|told| told.contains(&format!("GRANT \"{bob}\" TO \"{}\"", stage.owner))), "{denied:?}");
        stage.sql(&format!("GRANT {bob} TO {{owner}}; GRANT SELECT ON ALL TABLES IN SCHEMA acme TO {bob}"));
        for phased in [false, true] {
            let mut plan = stage.plan(|_| ()).expect("a plan");
            cloning(&mut plan).phased = phased;
            stage.makes(plan);
            let (mut owners, found) = (vec![stage.owner.clone(), bob.clone()], stage.owners("bolt"));
            owners.sort();
            assert_eq!(found, owners);
            assert_eq!(stage.sql(&format!("SELECT has_schema_privilege('{bob}', 'bolt', 'CREATE')")), ["f"]);
            stage.drop_all();
        }
    }
}

#[test]
fn targets_that_belong_to_other_roles_are_made_by_who_may_do_both() {
    for cluster in servers() {
        let stage = Stage::with_everything(cluster);
        let new = format!("{}_new", stage.database.name());
        stage.sql(&format!("CREATE ROLE {new}"));
        let mapped = |rows: Rows| {
            let owner = Some(new.clone());
            stage.plan(|wanted| (wanted.owner, wanted.rows) = (owner, rows)).expect("a plan")
        };
        assert!(refusals(&mapped(Rows::All)).iter().any(|told| told.starts_with("other-owner: ")));
        // As it inherits nothing, our role makes it as the new owner, who may not read the rows.
        stage.sql(&format!("GRANT {new} TO {{dba}}; GRANT CREATE ON DATABASE {{db}} TO {{dba}}; GRANT USAGE ON FOREIGN SERVER nowhere TO {new}"));
        let denied = refusals(&mapped(Rows::All));
        assert!(denied.iter().any(|told| told.contains("may give nothing to") && told.contains(&new)), "{denied:?}");
        let mut without = mapped(Rows::None);
        assert_eq!(acting(&mut without), (As::Ours, As::Owner));
        stage.makes(without);
        assert_eq!(stage.owners("bolt"), [new.as_str()]);
        stage.drop_all();
        // One that inherits from both does all by itself.
        let both = "ALTER ROLE {dba} INHERIT; DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN \
                    EXECUTE 'GRANT {owner}, {new} TO {dba} WITH INHERIT TRUE'; END IF; END $$; GRANT USAGE ON FOREIGN SERVER nowhere TO {dba}";
        stage.sql(&both.replace("{new}", &new));
        let mut all = mapped(Rows::All);
        assert_eq!(cloning(&mut all).acting.maker, As::Ours);
        stage.makes(all);
        assert_eq!(stage.owners("bolt"), [new.as_str()]);
    }
}

#[test]
fn what_cannot_be_made_is_told_in_the_plan() {
    for cluster in servers() {
        let check = |sql: &str, undo: &str, stage: &Stage, words: &[&str]| {
            stage.sql(sql);
            let told = refusals(&stage.plan(|_| ()).expect("a plan"));
            for words in words.iter().map(|words| stage.named(words)) {
                assert!(told.iter().any(|told| told.contains(&words)), "{sql}: {words}: {told:?}");
            }
            stage.sql(undo);
        };
        let stage = Stage::with_everything(cluster);
        let member = ["other-owner: our role {dba} may not become who owns it: {owner} | GRANT \"{owner}\" TO \"{dba}\""];
        check("REVOKE {owner} FROM {dba}", "GRANT {owner} TO {dba}", &stage, &member);
        let create = ["no-create: neither {owner}", "GRANT CREATE ON DATABASE \"{db}\" TO \"{owner}\""];
        check("REVOKE CREATE ON DATABASE {db} FROM {owner}", "GRANT CREATE ON DATABASE {db} TO {owner}", &stage, &create);
        check(
            "CREATE FUNCTION acme.in_c() RETURNS int LANGUAGE internal AS 'pg_backend_pid'; ALTER FUNCTION acme.in_c() OWNER TO {owner}",
            "DROP FUNCTION acme.in_c()",
            &stage,
            &["needs-superuser: only a superuser may make: in_c() in internal"],
        );
        check(
            "CREATE SCHEMA shut; CREATE TABLE shut.plan (id int PRIMARY KEY); ALTER TABLE acme.granted ADD FOREIGN KEY (id) REFERENCES shut.plan",
            "DROP SCHEMA shut CASCADE",
            &stage,
            &["USAGE ON SCHEMA shut", "GRANT REFERENCES ON TABLE shut.plan TO \"{owner}\""],
        );
        check(
            "ALTER TABLE acme.secrets FORCE ROW LEVEL SECURITY",
            "ALTER TABLE acme.secrets NO FORCE ROW LEVEL SECURITY",
            &stage,
            &["rows-hidden: row security hides rows from {owner}: secrets"],
        );
        assert_eq!(refusals(&stage.plan(|_| ()).expect("a plan")), Vec::<String>::new());
    }
}

#[test]
fn the_registry_is_written_as_its_owner_or_the_plan_is_refused() {
    for cluster in servers() {
        let stage = Stage::on(cluster);
        stage.sql(
            "SET ROLE {owner}; CREATE SCHEMA acme; CREATE TABLE acme.t (id int); GRANT USAGE ON SCHEMA acme TO {dba}; RESET ROLE; \
             CREATE TABLE public.client (id serial PRIMARY KEY, schema_name varchar(63) UNIQUE NOT NULL); \
             CREATE TABLE public.domain (id serial PRIMARY KEY, domain text UNIQUE NOT NULL, is_primary bool NOT NULL, tenant_id int NOT \
             NULL REFERENCES public.client DEFERRABLE INITIALLY DEFERRED); INSERT INTO public.client (schema_name) VALUES ('acme'); \
             GRANT SELECT ON public.client, public.domain TO {dba}",
        );
        let plan = || {
            let entry = Some(Entry { domain: Some("{schema}.test".into()), values: vec![] });
            stage.plan(|wanted| wanted.entry = entry).expect("a plan")
        };
        let denied = refusals(&plan());
        assert!(
            denied.iter().any(|told| told.contains(&stage.named("GRANT INSERT ON TABLE public.client TO \"{dba}\""))),
            "{denied:?}"
        );
        stage.sql("GRANT USAGE ON SCHEMA public TO {owner}; ALTER TABLE public.client OWNER TO {owner}; ALTER TABLE public.domain OWNER TO {owner}");
        let mut plan = plan();
        assert_eq!(cloning(&mut plan).acting.registrar, As::Role(stage.owner.clone()));
        stage.makes(plan);
        assert_eq!(stage.sql("SELECT count(*) FROM public.client c JOIN public.domain d ON d.tenant_id = c.id"), ["2"]);
    }
}

#[test]
fn rows_of_another_database_are_read_as_who_may_there() {
    for cluster in servers() {
        let (stage, other) = (Stage::with_everything(cluster), ready(cluster));
        let dsns = [("main", stage.dsn()), ("other", other.dsn_as(&stage.dba))];
        let plan = || {
            let databases = dsns.each_ref().map(|(label, dsn)| (*label, dsn.as_str()));
            plan_over(&databases, |wanted| wanted.database = Some("other".into())).expect("a plan")
        };
        let denied = refusals(&plan());
        assert!(
            denied.iter().any(|told| told.contains(&format!("GRANT CREATE ON DATABASE \"{}\"", other.name()))),
            "{denied:?}"
        );
        let name = other.name();
        other.sql(&stage.named(&format!(
            "GRANT CREATE ON DATABASE {name} TO {{owner}}; GRANT USAGE ON FOREIGN SERVER nowhere TO {{owner}}"
        )));
        let mut plan = plan();
        assert_eq!((acting(&mut plan), refusals(&plan)), ((As::Owner, As::Owner), vec![]));
        assert_eq!(cloning(&mut plan).acting.reader, As::Role(stage.owner.clone()), "ours may read but one of the tables");
        let run = Run::at_all(dsns.to_vec(), plan);
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        assert_eq!(structure(&other.dsn(), "bolt").exact, structure(&stage.database.dsn(), "acme").exact);
        assert_eq!(other.sql("SELECT (SELECT count(*) FROM bolt.customers), (SELECT count(*) FROM bolt.orders)"), ["30|20"]);
    }
}
