//! A schema to clone, with a recipe that is written by hand, so that what the worker does is looked at without what reads a source.

use tenantry::domain::fault::Fault;
use tenantry::domain::structure::{Comparison, Structure};
use tenantry::plan::clone::{Acting, Cloning, Copy, Made, Owners, Recipe, Rows, Source, Template};
use tenantry::plan::{Kind, Plan, RunPolicy, Stage, StageKind, Target};
use tenantry::sqltext::{ident, literal};

use crate::connect::target;
use crate::runs::fleet::{Fleet, ONE, Run, policy};

/// The source: one of everything that goes wrong easily.
const SOURCE: &str = "
CREATE SCHEMA reference;
COMMENT ON SCHEMA reference IS 'what tenants are made from';
CREATE TABLE reference.customers (id serial PRIMARY KEY, name text NOT NULL, CHECK (name <> ''));
CREATE INDEX customers_name ON reference.customers (lower(name));
CREATE TYPE reference.mood AS ENUM ('glad', 'sad');
CREATE TABLE reference.orders (id int PRIMARY KEY, customer int REFERENCES reference.customers, mood reference.mood, moods reference.mood[]);
INSERT INTO reference.customers (name) SELECT 'name ' || n FROM generate_series(1, 100) n;
INSERT INTO reference.orders SELECT n, n, 'glad', '{sad,glad}' FROM generate_series(1, 50) n;
CREATE TABLE public.tenants (schema_name text PRIMARY KEY);
";

/// What the recipe makes, with `{s}` where the schema is.
const STRUCTURE: [(&str, &str); 4] = [
    ("type mood", "CREATE TYPE {s}.mood AS ENUM ('glad', 'sad')"),
    (
        "table customers",
        "CREATE TABLE {s}.customers (id serial, name text NOT NULL, CONSTRAINT customers_name_check CHECK (name <> ''))",
    ),
    ("table orders", "CREATE TABLE {s}.orders (id int NOT NULL, customer int, mood {s}.mood, moods {s}.mood[])"),
    ("column customers.name", "ALTER TABLE {s}.customers ALTER name SET STORAGE EXTENDED"),
];
const FINISH: [(&str, &str); 4] = [
    ("constraint customers_pkey", "ALTER TABLE {s}.customers ADD CONSTRAINT customers_pkey PRIMARY KEY (id)"),
    ("constraint orders_pkey", "ALTER TABLE {s}.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id)"),
    ("index customers_name", "CREATE INDEX customers_name ON {s}.customers (lower(name))"),
    (
        "constraint orders_customer_fkey",
        "ALTER TABLE {s}.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES {s}.customers(id)",
    ),
];
const LAST: [(&str, &str); 1] = [("comment", "COMMENT ON SCHEMA {s} IS 'what tenants are made from'")];

/// A source in a database of its own.
pub(super) struct Scene<'a> {
    pub(super) fleet: Fleet<'a>,
}

impl Scene<'static> {
    /// On the shared cluster.
    pub(super) fn new() -> Self {
        Self::of(Fleet::of(1))
    }
}

impl<'a> Scene<'a> {
    pub(super) fn of(fleet: Fleet<'a>) -> Self {
        fleet.sql(SOURCE);
        Self { fleet }
    }

    /// A plan that makes these in one transaction each, or in several.
    pub(super) fn plan(&self, targets: &[&str], phased: bool) -> Plan {
        self.plan_of(targets, phased, |_| ())
    }

    /// The same, with something changed.
    pub(super) fn plan_of(&self, targets: &[&str], phased: bool, change: impl FnOnce(&mut Cloning)) -> Plan {
        let mut plan = self.fleet.plan(&ONE, RunPolicy { concurrency: 2, ..policy() });
        let mut cloning = Cloning {
            source: self.source(),
            rows: Rows::All,
            recipe: recipe(),
            owners: Owners::AsSource,
            acting: Acting::default(),
            phased,
            registry: Vec::new(),
            unsaid: Vec::new(),
        };
        for target in targets {
            cloning.registry.push(vec![format!("INSERT INTO public.tenants VALUES ({})", literal(target))]);
        }
        change(&mut cloning);
        plan.kind = Kind::Clone(Box::new(cloning));
        (plan.groups, plan.steps) = (Vec::new(), Vec::new());
        plan.stages = vec![Stage { kind: StageKind::Wave, go_ahead: false }];
        let of = |schema: &&str| Target { database: 0, oid: 0, schema: (*schema).to_owned(), group: 0, stage: 0 };
        plan.targets = targets.iter().map(of).collect();
        plan
    }

    pub(super) fn run(&self, plan: Plan) -> Run {
        Run::new(&self.fleet, plan)
    }

    fn source(&self) -> Source {
        let owner = self.fleet.sql("SELECT pg_get_userbyid(nspowner), oid FROM pg_namespace WHERE nspname = 'reference'");
        let (owner, oid) = owner[0].split_once('|').expect("two columns");
        Source {
            database: 0,
            oid: oid.parse().expect("an oid"),
            schema: "reference".into(),
            owner: owner.into(),
            exact: structure(&self.fleet.dsn(), "reference").exact,
        }
    }

    /// Whether a schema is all that the source is: structure, rows, places of sequences, the line in the registry.
    pub(super) fn is_whole(&self, schema: &str) -> bool {
        let there = self.fleet.sql(&format!("SELECT count(*) FROM pg_namespace WHERE nspname = {}", literal(schema)));
        // What is still being made may be locked, or another one at the end of the look.
        let found = (there == ["1"]).then(|| try_structure(&self.fleet.dsn(), schema).ok()).flatten();
        if found.is_none_or(|found| found.exact != structure(&self.fleet.dsn(), "reference").exact) {
            return false;
        }
        let s = ident(schema);
        let rows = self.fleet.sql(&format!(
            "SELECT (SELECT count(*) FROM {s}.customers), (SELECT count(*) FROM {s}.orders WHERE moods[1] = 'sad'), (SELECT last_value FROM \
             {s}.customers_id_seq), (SELECT count(*) FROM public.tenants WHERE schema_name = {})",
            literal(schema)
        ));
        rows == ["100|50|100|1"]
    }

    /// Whether nothing of it is there.
    pub(super) fn is_absent(&self, schema: &str) -> bool {
        let name = literal(schema);
        self.fleet.sql(&format!(
            "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = {name}) + (SELECT count(*) FROM public.tenants WHERE schema_name = {name})"
        )) == ["0"]
    }

    /// Whether it is there and says itself that it is not complete.
    pub(super) fn is_marked(&self, schema: &str) -> bool {
        self.fleet.sql(&format!(
            "SELECT coalesce(obj_description(oid, 'pg_namespace') LIKE 'tenantry: incomplete %', false) FROM pg_namespace WHERE \
             nspname = {}",
            literal(schema)
        )) == ["t"]
    }
}

/// The structure of a schema with everything compared.
pub(crate) fn structure(dsn: &str, schema: &str) -> Structure {
    try_structure(dsn, schema).expect("a structure")
}

fn try_structure(dsn: &str, schema: &str) -> Result<Structure, Fault> {
    let mut target = target("main", dsn);
    target.policy.comparison = Comparison::everything();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(tenantry::observer::read_structure(&target, schema))
}

pub(super) fn recipe() -> Recipe {
    let copy = |table: &str, columns: &[&str], sequences: &[&str]| Copy {
        table: table.into(),
        columns: columns.iter().map(|&column| column.into()).collect(),
        rows: 100,
        bytes: 8_192,
        sequences: sequences.iter().map(|&name| name.into()).collect(),
    };
    Recipe {
        structure: STRUCTURE.map(made).into(),
        copies: vec![
            copy("customers", &["id", "name"], &["customers_id_seq"]),
            copy("orders", &["id", "customer", "mood", "moods"], &[]),
        ],
        finish: FINISH.map(made).into(),
        owners: Vec::new(),
        last: LAST.map(made).into(),
    }
}

/// A statement with `{s}` where the schema is.
pub(super) fn made((what, sql): (&str, &str)) -> Made {
    let mut template = Template::default();
    for (at, part) in sql.split("{s}").enumerate() {
        if at > 0 {
            template.push_schema();
        }
        template.push(part);
    }
    Made { what: what.into(), sql: template }
}
