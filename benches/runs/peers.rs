//! The same migration on the same tenants by those who wrote the registries: django-tenants and django-pgschemas, each with its own
//! executors, one schema after the other and in parallel, and by `tenantry migrate`. The project is in `django/`: four tables of
//! its own beside Django's for users and sessions, and one migration to come that adds a column.
//!
//! Each works on the same database, and what it did is taken back after it was looked at. Timed is what a person waits for who types
//! the command: the whole process. Rendering the bundle that `tenantry` reads, once for a release, is told apart.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use tenantry::demo::Cluster;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::units;
use tokio_postgres::Client;

use crate::Asked;
use crate::bars::Bars;
use crate::schemas::{client, options, vacuum};
use crate::times::{Times, say};

/// How many tenants everybody has, and how many we have besides: theirs would take many minutes.
const USUAL: [u32; 2] = [50, 1_000];
const ROUNDS: usize = 3;
/// Theirs against ours, for each tenant.
const BAR: f64 = 50.0;

const PACKAGES: [&str; 4] = ["django", "django-tenants", "django-pgschemas", "psycopg[binary]"];
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/runs/django");
/// The application and the migration that is to come.
const PENDING: (&str, &str) = ("shop", "0002_customer_vip");
const FLEET: &str = "fleet";
/// So many schemas are asked or changed in one message.
const BATCH: usize = 100;

/// Who it is: the name, the settings of which package, the command.
type Peer = (&'static str, &'static str, &'static [&'static str]);

const PEERS: [Peer; 4] = [
    ("django-tenants, standard", "tenants", &["migrate_schemas", "--tenant", "--noinput", "--executor=standard"]),
    (
        "django-tenants, multiprocessing",
        "tenants",
        &["migrate_schemas", "--tenant", "--noinput", "--executor=multiprocessing"],
    ),
    ("django-pgschemas, sequential", "pgschemas", &["migrate", "--include-tenant-schemas"]),
    ("django-pgschemas, parallel", "pgschemas", &["migrate", "--include-tenant-schemas", "--parallel"]),
];

pub(crate) fn measure(asked: &Asked, bars: &mut Bars) -> Result<(), Fault> {
    let rounds = asked.rounds.unwrap_or(ROUNDS);
    let sizes = asked.tenants.as_deref().unwrap_or(&USUAL);
    let (few, many) = (sizes[0], sizes.last().copied().unwrap_or(sizes[0]));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let scene = Scene::set()?;
    let (theirs, ours, at_many) = runtime.block_on(async {
        scene.fill(0, few).await;
        let mut theirs: Vec<(Peer, Times)> = Vec::new();
        for peer in PEERS {
            theirs.push((peer, scene.rounds(rounds, few, || scene.peer(peer)).await?));
        }
        let ours = scene.rounds(rounds, few, || scene.ours()).await?;
        scene.fill(few, many).await;
        let at_many = scene.rounds(rounds, many, || scene.ours()).await?;
        Ok::<_, Fault>((theirs, ours, at_many))
    })?;
    say(&format!("{:<38}{:>8}{:>10}{:>12}{:>12}{:>9}", "", "tenants", "min s", "median s", "ms each", "x ours"));
    let each = |times: &Times, tenants: u32| times.min() / f64::from(tenants);
    let line = |what: &str, times: &Times, tenants: u32| {
        let (min, median, each) = (times.min() / 1e3, times.median() / 1e3, each(times, tenants));
        let factor = each / (at_many.min() / f64::from(many));
        say(&format!("{what:<38}{:>8}{min:>10.2}{median:>12.2}{each:>12.2}{factor:>9.1}", units::count(tenants.into())));
    };
    for ((what, ..), times) in &theirs {
        line(what, times, few);
    }
    line("tenantry migrate", &ours, few);
    line("tenantry migrate", &at_many, many);
    for ((what, ..), times) in &theirs {
        bars.least(
            &format!("{what}, each tenant, against ours at {many}"),
            each(times, few) / each(&at_many, many),
            BAR,
            "x",
        );
    }
    Ok(())
}

/// Python with the packages, the project, the bundle, and the server.
struct Scene {
    cluster: Cluster,
    folder: tempfile::TempDir,
}

impl Scene {
    fn set() -> Result<Self, Fault> {
        let scene = Self { cluster: Cluster::start(options())?, folder: tempfile::tempdir().expect("a folder") };
        scene.install()?;
        copy(Path::new(PROJECT), &scene.project());
        scene.sql("postgres", &format!("CREATE DATABASE {FLEET}"))?;
        scene.sql(FLEET, &std::fs::read_to_string(scene.project().join("registry.sql")).expect("the registry"))?;
        scene.render()?;
        Ok(scene)
    }

    /// Makes a place for Python's packages and fetches them.
    fn install(&self) -> Result<(), Fault> {
        let began = Instant::now();
        let venv = self.folder.path().join("venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            .map_err(|fault| fault.hint("install python3 and its venv"))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(self.python()).args(pip).args(PACKAGES))
            .map_err(|fault| fault.hint("pip fetches Django and both packages: it needs a package index"))?;
        let listed = run(Command::new(self.python()).args(["-m", "pip", "list", "--format=freeze"]))?;
        let listed = String::from_utf8_lossy(&listed.stdout).to_lowercase();
        let versions: Vec<&str> = listed.lines().filter(|line| PACKAGES.iter().any(|name| is_of(line, name))).collect();
        say(&format!("installed in {:.0} s: {}", began.elapsed().as_secs_f64(), versions.join(", ")));
        Ok(())
    }

    /// Makes one schema with everything applied and renders all migrations from it, as the README says for real projects.
    fn render(&self) -> Result<(), Fault> {
        self.sql(FLEET, "CREATE SCHEMA reference; INSERT INTO customers_client (schema_name) VALUES ('reference')")?;
        run(self.django("tenants").args(["migrate_schemas", "--schema=reference", "--noinput"]))?;
        let script = self.project().join("bundle.py");
        std::fs::write(&script, tenantry::observer::DJANGO_SCRIPT).expect("written");
        let began = Instant::now();
        let mut command = self.command("tenants");
        let rendered = run(command.arg(&script).args(["--schema", "reference"]))?;
        std::fs::write(self.bundle(), rendered.stdout).expect("written");
        say(&format!("the bundle of all migrations, rendered once in {:.1} s", began.elapsed().as_secs_f64()));
        self.sql(FLEET, "DELETE FROM customers_client")
    }

    /// Makes the tenants from one number to another: what the project's migrations make, but for the one to come, with the rows
    /// that Django adds itself.
    async fn fill(&self, from: u32, to: u32) {
        let bundle = std::fs::read(self.bundle()).expect("a bundle");
        let bundle: serde_json::Value = serde_json::from_slice(&bundle).expect("JSON");
        let migrations = bundle["migrations"].as_array().expect("migrations");
        let applied = migrations.iter().filter(|migration| migration["name"] != PENDING.1);
        let statements: Vec<&str> = applied.filter_map(|migration| migration["sql"].as_str()).collect();
        let ledger = "CREATE TABLE django_migrations (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \
                      app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL)";
        let (app, migration) = PENDING;
        let client = client(&self.cluster.dsn(FLEET)).await;
        for tenant in (from..to).map(name) {
            let sql = format!(
                "CREATE SCHEMA {tenant};\nSET LOCAL search_path = {tenant};\n{ledger};\n{}\n\
                 INSERT INTO django_migrations (app, name, applied) SELECT app, name, now() FROM reference.django_migrations \
                 WHERE (app, name) <> ('{app}', '{migration}') ORDER BY id;\n\
                 INSERT INTO django_content_type SELECT * FROM reference.django_content_type;\n\
                 INSERT INTO auth_permission SELECT * FROM reference.auth_permission;\n\
                 INSERT INTO public.customers_client (schema_name) VALUES ('{tenant}');\n\
                 INSERT INTO public.customers_domain (domain, tenant_id) \
                 VALUES ('{tenant}.example.com', (SELECT id FROM public.customers_client WHERE schema_name = '{tenant}'));\n",
                statements.join("\n")
            );
            client.batch_execute(&format!("BEGIN;\n{sql}COMMIT;")).await.expect("a tenant is made");
        }
        client.batch_execute("VACUUM ANALYZE").await.expect("VACUUM");
    }

    /// Times a command, looks that it has done its work, and takes that back.
    async fn rounds(&self, rounds: usize, tenants: u32, command: impl Fn() -> Command) -> Result<Times, Fault> {
        let client = client(&self.cluster.dsn(FLEET)).await;
        let mut times = Times::default();
        for _ in 0..rounds {
            let mut command = command();
            let began = Instant::now();
            run(&mut command)?;
            times.0.push(began.elapsed());
            look(&client, tenants).await?;
            take_back(&client, tenants).await;
        }
        Ok(times)
    }

    fn peer(&self, (_, peer, arguments): Peer) -> Command {
        let mut command = self.django(peer);
        command.args(arguments);
        command
    }

    fn ours(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.arg("migrate").arg(self.bundle()).args([
            "--all",
            "--yes",
            "--pace",
            "off",
            "--dsn",
            &self.cluster.dsn(FLEET),
        ]);
        command.env("HOME", self.folder.path()).env("XDG_STATE_HOME", self.folder.path().join("state"));
        command
    }

    fn django(&self, peer: &str) -> Command {
        let mut command = self.command(peer);
        command.args(["-m", "django"]);
        command
    }

    /// Python in the project.
    fn command(&self, peer: &str) -> Command {
        let mut command = Command::new(self.python());
        command.current_dir(self.project()).env("PYTHONPATH", self.project()).env("DJANGO_SETTINGS_MODULE", "settings");
        command.env("PEER", peer).env("PGHOST", self.cluster.socket_dir()).env("PGPORT", self.cluster.port().to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", FLEET);
        command
    }

    fn sql(&self, database: &str, sql: &str) -> Result<(), Fault> {
        run(self.cluster.psql(database).args(["-c", sql])).map(drop)
    }

    fn python(&self) -> PathBuf {
        self.folder.path().join("venv/bin/python")
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle.json")
    }
}

fn name(tenant: u32) -> String {
    format!("tenant_{tenant:05}")
}

/// Every tenant must have the column and its line.
async fn look(client: &Client, tenants: u32) -> Result<(), Fault> {
    let (app, migration) = PENDING;
    let columns = "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = \
                   c.relnamespace WHERE starts_with(n.nspname, 'tenant_') AND c.relname = 'shop_customer' AND a.attname = 'vip'";
    let columns: i64 = client.query_one(columns, &[]).await.expect("an answer").get(0);
    let mut lines = 0;
    for some in (0..tenants).map(name).collect::<Vec<_>>().chunks(BATCH) {
        let line = |tenant: &String| {
            format!("SELECT 1 FROM {tenant}.django_migrations WHERE (app, name) = ('{app}', '{migration}')")
        };
        let asked: Vec<String> = some.iter().map(line).collect();
        lines += client.query(&asked.join(" UNION ALL "), &[]).await.expect("an answer").len();
    }
    if columns == i64::from(tenants) && lines == tenants as usize {
        return Ok(());
    }
    let what = format!("of {tenants} tenants {columns} have the column and {lines} its line in the ledger");
    Err(Fault::new(FaultKind::Server, what))
}

async fn take_back(client: &Client, tenants: u32) {
    let (app, migration) = PENDING;
    for some in (0..tenants).map(name).collect::<Vec<_>>().chunks(BATCH) {
        let back = |tenant: &String| {
            format!(
                "ALTER TABLE {tenant}.shop_customer DROP COLUMN vip; \
                 DELETE FROM {tenant}.django_migrations WHERE (app, name) = ('{app}', '{migration}');"
            )
        };
        client.batch_execute(&some.iter().map(back).collect::<String>()).await.expect("it is taken back");
    }
    vacuum(client).await;
}

/// Whether a line of `pip list` is about a package, named as it is asked for.
fn is_of(line: &str, package: &str) -> bool {
    let name = package.split('[').next().unwrap_or(package);
    line.split("==").next() == Some(name)
}

/// Runs a command to its end, which must be a good one.
fn run(command: &mut Command) -> Result<Output, Fault> {
    const LAST: usize = 5;
    let name = command.get_program().to_string_lossy().into_owned();
    let local = |what: String| Fault::new(FaultKind::Local, what);
    let output = command.output().map_err(|error| local(format!("cannot run {name}: {error}")))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    Err(local(format!("{name} failed ({}):\n{}", output.status, lines[lines.len().saturating_sub(LAST)..].join("\n"))))
}

/// Copies the project, so that nothing is written beside its source.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the project").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
