//! What a source rests on outside of its schema: another database has it, or the plan says what is missing there. Nothing of that is left
//! for the run to find out.

use tenantry::demo::{Cluster, ClusterOptions};
use tenantry::plan::clone::Rows;
use tenantry::plan::{Note, Plan};

use super::roles::{Stage, plan_over, refusals};
use super::scene::structure;
use crate::runs::fleet::Run;
use crate::support::{Database, database_on, own_cluster_like, run_sql, servers};

/// What all tenants of a database share, one of everything that a schema can rest on.
const SHARED: &str = "
CREATE SCHEMA kit;
CREATE TYPE kit.mood AS ENUM ('glad', 'sad');
CREATE DOMAIN kit.amount AS numeric(10, 2);
CREATE TYPE kit.place AS (street text, number int);
CREATE COLLATION kit.loose (PROVIDER = icu, LOCALE = 'de', DETERMINISTIC = false);
CREATE FUNCTION kit.fresh(kit.mood, n int DEFAULT 1) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION kit.seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION kit.same(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR kit.=~ (LEFTARG = int, RIGHTARG = text, FUNCTION = kit.same);
CREATE SEQUENCE kit.numbers;
CREATE TABLE kit.plans (id int PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10, 2));
CREATE TEXT SEARCH CONFIGURATION kit.words (COPY = simple);
INSERT INTO kit.plans VALUES (1, 'small', 5);
";

/// A source that uses all of it.
const SOURCE: &str = "
CREATE SCHEMA acme;
CREATE TABLE acme.orders (id int PRIMARY KEY DEFAULT nextval('kit.numbers'), mood kit.mood DEFAULT 'glad', moods kit.mood[], price kit.amount,
    place kit.place, name text COLLATE kit.loose, plan int REFERENCES kit.plans, fresh int GENERATED ALWAYS AS (kit.fresh('glad')) STORED,
    CHECK (1 OPERATOR(kit.=~) 'x'));
CREATE INDEX orders_words ON acme.orders USING gin (to_tsvector('kit.words', name));
CREATE TRIGGER seen AFTER INSERT ON acme.orders EXECUTE FUNCTION kit.seen();
CREATE VIEW acme.prices AS SELECT name, price FROM kit.plans GROUP BY id;
INSERT INTO acme.orders (moods, price, place, name, plan) VALUES ('{sad}', 1.5, '(here,1)', 'x', 1);
";

/// Two databases, the second with what all share as it is here; the first with a source.
fn pair(cluster: &'static Cluster, shared: &str) -> (Database, Database) {
    let (from, to) = (database_on(cluster), database_on(cluster));
    from.sql(&format!("{SHARED}{SOURCE}"));
    if !shared.is_empty() {
        to.sql(shared);
    }
    (from, to)
}

fn plan(from: &Database, to: &Database) -> Plan {
    of(&from.dsn(), &to.dsn(), Rows::All)
}

fn of(from: &str, to: &str, rows: Rows) -> Plan {
    let databases = [("main", from), ("other", to)];
    plan_over(&databases, |wanted| (wanted.database, wanted.rows) = (Some("other".into()), rows)).expect("a plan")
}

fn said<'a>(plan: &'a Plan, rule: &str) -> Option<&'a Note> {
    plan.notes.iter().find(|note| note.rule == rule)
}

fn makes(from: &Database, to: &Database, plan: Plan) {
    let run = Run::at_all(vec![("main", from.dsn()), ("other", to.dsn())], plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(structure(&to.dsn(), "bolt").exact, structure(&from.dsn(), "acme").exact);
}

#[test]
fn what_another_database_lacks_is_listed_in_the_plan() {
    for cluster in servers() {
        let (from, to) = pair(cluster, "");
        let told = refusals(&plan(&from, &to));
        let [told] = told.as_slice() else { panic!("{told:?}") };
        for needed in [
            "not-there: other lacks what the source needs: ",
            "collation kit.loose",
            "function kit.fresh(kit.mood,integer)",
            "function kit.seen()",
            "operator kit.=~(integer,pg_catalog.text)",
            "sequence kit.numbers",
            "table kit.plans",
            "text search configuration kit.words",
            "type kit.amount",
            "type kit.mood",
            "type kit.mood[]",
            "type kit.place",
        ] {
            assert!(told.contains(needed), "{needed}: {told}");
        }
    }
}

#[test]
fn what_another_database_has_as_well_is_used_there() {
    for cluster in servers() {
        let (from, to) = pair(cluster, SHARED);
        let plan = plan(&from, &to);
        assert_eq!(refusals(&plan), Vec::<String>::new());
        let keys = said(&plan, "keys-elsewhere").expect("a note about the rows that keys lead to");
        assert!(keys.what.contains("orders to table kit.plans"), "{keys:?}");
        makes(&from, &to, plan);
        assert!(said(&of(&from.dsn(), &to.dsn(), Rows::None), "keys-elsewhere").is_none());
    }
}

#[test]
fn what_another_database_has_otherwise_is_listed_in_the_plan() {
    for cluster in servers() {
        let cases = [
            ("ALTER TYPE kit.mood RENAME VALUE 'sad' TO 'blue'", "type kit.mood (label sad)"),
            ("ALTER TABLE kit.plans ALTER price TYPE int", "table kit.plans (column price numeric(10,2))"),
            ("ALTER TABLE kit.plans DROP CONSTRAINT plans_pkey", "table kit.plans (key of id, primary key of id)"),
            ("ALTER TYPE kit.place ADD ATTRIBUTE town text", "type kit.place (columns street text, number integer)"),
            ("ALTER FUNCTION kit.fresh(kit.mood, int) STABLE", "function kit.fresh(kit.mood,integer) (immutable)"),
            (
                "DROP FUNCTION kit.fresh(kit.mood, int); CREATE FUNCTION kit.fresh(kit.mood, int) RETURNS text IMMUTABLE LANGUAGE sql \
                 AS 'SELECT 1'",
                "function kit.fresh(kit.mood,integer) (called with 1 arguments, result integer)",
            ),
            (
                "DROP COLLATION kit.loose; CREATE COLLATION kit.loose (PROVIDER = icu, LOCALE = 'de')",
                "collation kit.loose (locale de of icu, not deterministic)",
            ),
            ("DROP DOMAIN kit.amount; CREATE DOMAIN kit.amount AS text", "type kit.amount (domain over numeric(10,2))"),
        ];
        let (from, to) = pair(cluster, SHARED);
        for (sql, expected) in cases {
            to.sql(&format!("DROP SCHEMA kit CASCADE; {SHARED}; {sql}"));
            let told = refusals(&plan(&from, &to));
            assert!(told.len() == 1 && told[0].starts_with("not-alike: ") && told[0].contains(expected), "{sql}: {told:?}");
        }
        // What is more than that, and what is called otherwise but works, is nobody's trouble.
        to.sql(&format!(
            "DROP SCHEMA kit CASCADE; {SHARED}; ALTER TYPE kit.mood ADD VALUE 'calm' BEFORE 'sad'; ALTER TABLE kit.plans ADD extra int; \
             ALTER TABLE kit.plans RENAME CONSTRAINT plans_pkey TO other_name"
        ));
        let plan = plan(&from, &to);
        assert_eq!(refusals(&plan), Vec::<String>::new());
        makes(&from, &to, plan);
    }
}

#[test]
fn extensions_are_told_with_what_they_bring_and_with_their_version() {
    let has = |cluster: &Cluster| {
        run_sql(
            cluster,
            "postgres",
            "SELECT 1 FROM pg_available_extension_versions WHERE name = 'citext' AND version = '1.4'",
        ) == ["1"]
    };
    for cluster in servers().iter().filter(|cluster| has(cluster)) {
        let (from, to) = (database_on(cluster), database_on(cluster));
        from.sql(
            "CREATE EXTENSION citext; CREATE SCHEMA acme; CREATE TABLE acme.t (id int PRIMARY KEY, mail citext UNIQUE)",
        );
        let told = refusals(&plan(&from, &to));
        assert_eq!(told, ["not-there: other lacks what the source needs: extension citext | CREATE EXTENSION \"citext\""]);
        to.sql("CREATE SCHEMA apart; CREATE EXTENSION citext SCHEMA apart");
        let told = refusals(&plan(&from, &to)).concat();
        assert!(told.contains("type public.citext") && !told.contains("extension citext,"), "another schema: {told}");
        to.sql("DROP EXTENSION citext; CREATE EXTENSION citext VERSION '1.4'; CREATE SCHEMA used");
        let plan = plan(&from, &to);
        assert_eq!(refusals(&plan), Vec::<String>::new());
        let version = said(&plan, "other-version").expect("the other version");
        assert!(version.what.contains("other has extension citext in version 1.4, main in version 1."), "{version:?}");
        makes(&from, &to, plan);
    }
}

#[test]
fn what_an_extension_brought_into_the_source_and_the_source_uses_is_refused() {
    let has = |cluster: &Cluster| {
        run_sql(cluster, "postgres", "SELECT 1 FROM pg_available_extensions WHERE name = 'citext'") == ["1"]
    };
    for cluster in servers().iter().filter(|cluster| has(cluster)) {
        let from = database_on(cluster);
        from.sql(
            "CREATE SCHEMA acme; CREATE EXTENSION citext SCHEMA acme; CREATE TABLE acme.t (id int PRIMARY KEY); \
             CREATE TABLE public.client (id serial PRIMARY KEY, schema_name varchar(63) UNIQUE NOT NULL); \
             CREATE TABLE public.domain (id serial PRIMARY KEY, domain text UNIQUE NOT NULL, is_primary bool NOT NULL, \
             tenant_id int NOT NULL REFERENCES public.client); INSERT INTO public.client (schema_name) VALUES ('acme')",
        );
        let here = || plan_over(&[("main", &from.dsn())], |_| ()).expect("a plan");
        assert_eq!(refusals(&here()), Vec::<String>::new(), "nobody uses it");
        from.sql("ALTER TABLE acme.t ADD mail acme.citext");
        let told = refusals(&here());
        assert!(
            told.len() == 1 && told[0].starts_with("extension-inside: ") && told[0].contains("type acme.citext"),
            "{told:?}"
        );
    }
}

#[test]
fn on_another_server_roles_must_be_there() {
    for cluster in servers() {
        let elsewhere = own_cluster_like(cluster, ClusterOptions::default());
        let from = database_on(cluster);
        let name = from.name();
        from.sql(&format!(
            "CREATE ROLE {name}_reads; CREATE ROLE {name}_rules; CREATE SCHEMA acme; CREATE TABLE acme.t (id int PRIMARY KEY); \
             GRANT SELECT ON acme.t TO {name}_reads; ALTER TABLE acme.t ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY p ON acme.t TO {name}_rules USING (true); ALTER DEFAULT PRIVILEGES IN SCHEMA acme GRANT SELECT ON TABLES TO {name}_reads"
        ));
        let plan = || of(&from.dsn(), &elsewhere.dsn("postgres"), Rows::None);
        let told = refusals(&plan());
        let expected = format!("not-there: other lacks what the source needs: role {name}_reads, role {name}_rules | ");
        assert!(told.len() == 1 && told[0].starts_with(&expected), "{told:?}");
        run_sql(&elsewhere, "postgres", &format!("CREATE ROLE {name}_reads; CREATE ROLE {name}_rules"));
        assert_eq!(refusals(&plan()), Vec::<String>::new());
    }
}

/// A tablespace `fast` in the folder of a server.
fn space(cluster: &Cluster) {
    let folder = cluster.socket_dir().join("fast").display().to_string();
    run_sql(cluster, "postgres", &format!("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; mkdir -m 700 {folder}'"));
    run_sql(cluster, "postgres", &format!("CREATE TABLESPACE fast LOCATION '{folder}'"));
}

#[test]
fn a_tablespace_must_be_there_and_be_open_to_the_owner() {
    for cluster in servers() {
        let [here, elsewhere] = [(); 2].map(|()| own_cluster_like(cluster, ClusterOptions::default()));
        let sql = |text: &str| run_sql(&here, "postgres", text);
        space(&here);
        sql(
            "CREATE ROLE app; CREATE ROLE dba LOGIN NOINHERIT; GRANT app TO dba; GRANT CREATE ON DATABASE postgres TO app; \
             GRANT CREATE ON TABLESPACE fast TO app; SET ROLE app; CREATE SCHEMA acme; CREATE TABLE acme.heap (id int) TABLESPACE fast; \
             CREATE TABLE acme.plain (id int, CONSTRAINT keyed PRIMARY KEY (id) USING INDEX TABLESPACE fast); \
             CREATE INDEX slow ON acme.heap (id); CREATE TABLE acme.parts (id int) PARTITION BY LIST (id) TABLESPACE fast; \
             CREATE MATERIALIZED VIEW acme.counted TABLESPACE fast AS SELECT count(*) FROM acme.heap; INSERT INTO acme.heap VALUES (1); \
             GRANT USAGE ON SCHEMA acme TO dba",
        );
        let stand = |on: &Cluster, schema: &str| {
            let text = "SELECT c.relname FROM pg_class c JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE s.spcname = 'fast' AND \
                        c.relnamespace = 'SCHEMA'::regnamespace ORDER BY 1";
            run_sql(on, "postgres", &text.replace("SCHEMA", schema))
        };
        assert_eq!(stand(&here, "acme"), ["counted", "heap", "keyed", "parts"]);
        let as_dba = here.dsn_as("dba", "postgres");
        let within = || plan_over(&[("main", &as_dba)], |_| ()).expect("a plan");
        sql("REVOKE CREATE ON TABLESPACE fast FROM app");
        let told = refusals(&within());
        assert!(told.len() == 1 && told[0].contains("GRANT CREATE ON TABLESPACE fast TO"), "{told:?}");
        sql("GRANT CREATE ON TABLESPACE fast TO app");
        assert_eq!(refusals(&within()), Vec::<String>::new());
        let run = Run::at(as_dba.clone(), within());
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        assert_eq!(stand(&here, "bolt"), stand(&here, "acme"));
        // On another server.
        let across = || of(&here.dsn("postgres"), &elsewhere.dsn("postgres"), Rows::None);
        run_sql(&elsewhere, "postgres", "CREATE ROLE app; CREATE ROLE dba");
        let told = refusals(&across());
        assert!(
            told.len() == 1 && told[0].starts_with("not-there: other lacks what the source needs: tablespace fast |"),
            "{told:?}"
        );
        space(&elsewhere);
        let plan = across();
        assert_eq!(refusals(&plan), Vec::<String>::new());
        let run = Run::at_all(vec![("main", here.dsn("postgres")), ("other", elsewhere.dsn("postgres"))], plan);
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        assert_eq!(stand(&elsewhere, "bolt"), stand(&here, "acme"));
    }
}

#[test]
fn rights_to_what_is_used_are_those_of_the_other_database() {
    for cluster in servers() {
        let stage = Stage::on(cluster);
        let other = database_on(cluster);
        stage.sql(&format!("{SHARED} GRANT USAGE ON SCHEMA kit TO {{owner}}; GRANT ALL ON ALL TABLES IN SCHEMA kit TO {{owner}}; \
             GRANT ALL ON ALL SEQUENCES IN SCHEMA kit TO {{owner}}; SET ROLE {{owner}}; {SOURCE} GRANT USAGE ON SCHEMA acme TO {{dba}}; \
             GRANT SELECT ON acme.orders TO {{dba}}"));
        other.sql(&stage.named(&format!(
            "{SHARED} REVOKE EXECUTE ON FUNCTION kit.seen() FROM PUBLIC; REVOKE USAGE ON TYPE kit.amount FROM PUBLIC; \
             GRANT CREATE ON DATABASE {} TO {{owner}}",
            other.name()
        )));
        let plan = || of(&stage.dsn(), &other.dsn_as(&stage.dba), Rows::All);
        let told = refusals(&plan()).concat();
        assert!(told.contains("not-seen: our role may not see in other") && told.contains("type kit.mood"), "{told}");
        other.sql(&stage.named("GRANT USAGE ON SCHEMA kit TO {dba}"));
        let told = refusals(&plan()).concat();
        for right in [
            "USAGE ON SCHEMA kit",
            "EXECUTE ON ROUTINE kit.seen()",
            "USAGE ON TYPE kit.amount",
            "REFERENCES ON TABLE kit.plans",
        ] {
            assert!(told.contains(right), "{right}: {told}");
        }
        other.sql(&stage.named(
            "GRANT USAGE ON SCHEMA kit TO {owner}; GRANT EXECUTE ON FUNCTION kit.seen() TO {owner}; GRANT USAGE ON TYPE kit.amount TO {owner}; \
             GRANT ALL ON ALL TABLES IN SCHEMA kit TO {owner}",
        ));
        let plan = plan();
        assert_eq!(refusals(&plan), Vec::<String>::new());
        let run = Run::at_all(vec![("main", stage.dsn()), ("other", other.dsn_as(&stage.dba))], plan);
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    }
}

#[test]
fn what_only_a_superuser_may_set_and_what_a_role_keeps_from_itself_is_told_in_the_plan() {
    for cluster in servers() {
        let stage = Stage::on(cluster);
        stage.sql(
            "SET ROLE {owner}; CREATE SCHEMA acme; CREATE TABLE acme.t (id int PRIMARY KEY); INSERT INTO acme.t VALUES (1); \
             CREATE FUNCTION acme.f() RETURNS int LANGUAGE sql SET work_mem = '1MB' SET search_path = acme AS 'SELECT 1'; \
             REVOKE INSERT, UPDATE ON acme.t FROM {owner}; GRANT USAGE ON SCHEMA acme TO {dba}; RESET ROLE",
        );
        let told = || refusals(&stage.plan(|_| ()).expect("a plan"));
        assert_eq!(told(), Vec::<String>::new());
        let run = Run::at(stage.dsn(), stage.plan(|_| ()).expect("a plan"));
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        stage.sql("DROP SCHEMA bolt CASCADE; DROP SCHEMA \"O'Neill \"\"1\"\"\" CASCADE");
        for parameter in ["log_min_duration_statement", "audit.level"] {
            stage.sql(&format!("ALTER FUNCTION acme.f() SET {parameter} = '0'"));
            let told = told();
            let expected = match stage.sql("SHOW server_version_num")[0].parse() {
                Ok(150_000..) => "SET ON PARAMETER ",
                _ => "needs-superuser: only a superuser may make: acme.f() sets ",
            };
            assert!(told.len() == 1 && told[0].contains(expected) && told[0].contains(parameter), "{told:?}");
            stage.sql(&format!("ALTER FUNCTION acme.f() RESET {parameter}"));
        }
        stage.sql("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE INSERT ON TABLES FROM {owner}");
        let hint = stage.named("ALTER DEFAULT PRIVILEGES FOR ROLE \"{owner}\" GRANT INSERT ON TABLES TO \"{owner}\"");
        assert!(told().len() == 1 && told()[0].ends_with(&hint), "{:?}", told());
        stage.sql(&hint);
        assert_eq!(told(), Vec::<String>::new());
        stage.sql("REVOKE USAGE ON SCHEMA acme FROM {owner}");
        assert!(told().concat().contains("a schema whose owner keeps USAGE from itself"), "{:?}", told());
        stage.sql("GRANT USAGE ON SCHEMA acme TO {owner}");
        // Whoever may not read its own table does not copy it, either.
        stage.sql("REVOKE SELECT ON acme.t FROM {owner}");
        assert!(told().concat().contains("SELECT ON TABLE acme.t"), "{:?}", told());
    }
}
