//! Random plans and random deaths of their workers: whatever happens, each target ends once and in one state, and journal, ledger and
//! catalogue say the same. A case is known by its number, which is its seed: a failure names it. `TENANTRY_TEST_RUNS` says how many
//! cases there are, or with `=N` that it is this one alone.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tenantry::dialect::ledger;
use tenantry::domain::catalog::LedgerDialect;
use tenantry::domain::run::{End, Event, Life, Phase, Skip};
use tenantry::plan::{Group, Plan, RunPolicy, Stage, StageKind};

use super::fleet::{Fleet, Run, policy};
use crate::support::wait_for;

const CASES: u64 = 30;

/// Numbers that look like chance and are the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..below`.
    fn below(&mut self, below: usize) -> usize {
        (self.next() % below as u64) as usize
    }

    fn is(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A migration of a case.
#[derive(Debug, Clone)]
struct Migration {
    name: String,
    statements: Vec<String>,
    transactional: bool,
}

/// What is the matter with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Nothing.
    No,
    /// An object of this migration is there already, and is another one.
    Drifted(usize),
    /// Its ledger has a line that nobody knows.
    Moved,
    /// A colleague applied its first migration.
    Another,
    Gone,
    Renamed,
}

#[derive(Debug)]
struct Case {
    seed: u64,
    migrations: Vec<Migration>,
    /// With how many of the migrations each target begins, and its trouble.
    targets: Vec<(usize, Trouble)>,
    /// How many targets are canaries, in the first wave, in the last one.
    stages: [usize; 3],
    policy: RunPolicy,
    /// Where the workers die before the last one; `None` is a kill after so many entries.
    deaths: Vec<(Option<String>, usize)>,
}

const PLACES: [&str; 8] =
    ["before-started", "after-started", "sent", "answered", "statement", "before-result", "after-result", "before-ended"];

impl Case {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let migrations: Vec<Migration> = (0..=dice.below(4)).map(|at| migration(at, &mut dice)).collect();
        let count = 1 + dice.below(9);
        let canaries = dice.below(3).min(count);
        let first = dice.below(count - canaries + 1);
        let targets = (0..count).map(|at| {
            let start = dice.below(migrations.len());
            // A canary in trouble halts the run for good.
            let trouble = if at < canaries || !dice.is(30) { Trouble::No } else { trouble(&mut dice, start, &migrations) };
            (start, trouble)
        });
        let targets = targets.collect();
        let halts = dice.is(20);
        let usual = policy();
        let policy = RunPolicy {
            concurrency: 1 + dice.below(4) as u16,
            halt_same_cause: if halts { 2 } else { 0 },
            halt_percent: 0,
            retries: 2,
            ..usual
        };
        let deaths = (0..dice.below(5)).map(|_| {
            let place = (!dice.is(25)).then(|| PLACES[dice.below(PLACES.len())].to_owned());
            (place, 1 + dice.below(9))
        });
        let deaths = deaths.collect();
        Self { seed, migrations, targets, stages: [canaries, first, count - canaries - first], policy, deaths }
    }

    fn plan(&self, fleet: &Fleet<'_>) -> Plan {
        let statements: Vec<Vec<&str>> =
            self.migrations.iter().map(|migration| migration.statements.iter().map(String::as_str).collect()).collect();
        let written: Vec<(&str, &[&str], bool)> = self
            .migrations
            .iter()
            .zip(&statements)
            .map(|(migration, statements)| (migration.name.as_str(), statements.as_slice(), migration.transactional))
            .collect();
        let mut plan = fleet.plan(&written, self.policy.clone());
        let base = plan.groups.remove(0);
        let firsts: Vec<(usize, &String)> = (0..self.migrations.len())
            .filter_map(|start| {
                let at = self.targets.iter().position(|(own, _)| *own == start)?;
                Some((start, &fleet.tenants[at]))
            })
            .collect();
        let all = firsts.iter().map(|(_, tenant)| (LedgerDialect::Tenantry, tenant.as_str(), "tenantry_migrations"));
        let prints = fleet.sql(&ledger::fingerprint(all));
        for ((start, _), print) in firsts.iter().zip(&prints) {
            let cells: Vec<&str> = print.split('|').collect();
            let lines = cells[1].parse().expect("lines");
            let steps = (*start as u32..self.migrations.len() as u32).collect();
            plan.groups.push(Group { lines, sum: cells[2].into(), steps, ..base.clone() });
        }
        let kinds = [StageKind::Canary, StageKind::Wave, StageKind::Wave];
        let used: Vec<usize> = (0..3).filter(|at| self.stages[*at] > 0).collect();
        plan.stages = used.iter().map(|at| Stage { kind: kinds[*at], go_ahead: false }).collect();
        let mut of_target = used.iter().enumerate().flat_map(|(id, at)| std::iter::repeat_n(id as u16, self.stages[*at]));
        for (target, (start, _)) in plan.targets.iter_mut().zip(&self.targets) {
            target.group = firsts.iter().position(|(own, _)| own == start).expect("a group") as u32;
            target.stage = of_target.next().expect("a stage");
        }
        plan
    }

    /// What the targets have before the plan is made.
    fn begin(&self, fleet: &Fleet<'_>) {
        let mut sql = String::new();
        for (tenant, (start, _)) in fleet.tenants.iter().zip(&self.targets) {
            sql.push_str(&format!("SET search_path = {tenant};\n"));
            self.migrations.iter().take(*start).for_each(|migration| sql.push_str(&migration.by_hand()));
        }
        fleet.sql(&sql);
    }

    /// What happens to them between plan and run.
    fn trouble(&self, fleet: &Fleet<'_>) {
        let mut sql = String::new();
        for (tenant, (start, trouble)) in fleet.tenants.iter().zip(&self.targets) {
            sql.push_str(&format!("SET search_path = {tenant};\n"));
            match trouble {
                Trouble::No => {}
                Trouble::Drifted(at) if self.migrations[*at].transactional => {
                    sql.push_str(&format!("CREATE TABLE m{at} (other text);\n"));
                }
                Trouble::Drifted(at) => sql.push_str(&format!("CREATE INDEX m{at} ON customers (name, id);\n")),
                Trouble::Moved => sql.push_str("INSERT INTO tenantry_migrations VALUES ('9999_strange', 'x');\n"),
                Trouble::Another => sql.push_str(&self.migrations[*start].by_hand()),
                Trouble::Gone => sql.push_str(&format!("SET client_min_messages = error; DROP SCHEMA {tenant} CASCADE;\n")),
                Trouble::Renamed => sql.push_str(&format!("ALTER SCHEMA {tenant} RENAME TO {tenant}_was;\n")),
            }
        }
        fleet.sql(&sql);
    }

    /// The workers that die.
    fn die(&self, run: &Run) {
        for (place, count) in &self.deaths {
            if let Some(place) = place {
                // It may end before it comes there so often.
                run.start(Some(&format!("{place}:{count}"))).ended();
                continue;
            }
            let from = run.entries().len();
            let mut worker = run.start(None);
            wait_for("some entries", || (run.entries().len() >= from + count || worker.is_over()).then_some(()));
            worker.kill();
        }
    }

    /// What a person does with targets that are half done: an index that is not valid is dropped, and it is tried again.
    fn mend(&self, fleet: &Fleet<'_>, run: &Run) {
        let state = run.state();
        let mut dirty = Vec::new();
        for ((known, target), (_, trouble)) in state.targets.iter().zip(&run.plan.targets).zip(&self.targets) {
            if known.phase == Phase::Dirty && !matches!(trouble, Trouble::Drifted(_)) {
                dirty.push(&target.schema);
            }
        }
        for schema in &dirty {
            let invalid = format!(
                "SELECT format('DROP INDEX %I.%I', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND n.nspname = '{schema}'"
            );
            let drops = fleet.sql(&invalid);
            assert!(!drops.is_empty(), "{schema} is dirty and has nothing that is half done: {:?}", state.causes);
            fleet.sql(&drops.join(";\n"));
        }
        if !dirty.is_empty() {
            run.retry();
        }
    }

    fn run(&self) {
        let fleet = Fleet::of(self.targets.len());
        self.begin(&fleet);
        let plan = self.plan(&fleet);
        self.trouble(&fleet);
        let run = Run::new(&fleet, plan);
        self.die(&run);
        let code = run.finish();
        assert!(code == 0 || code == 3, "{code}: {}", run.log());
        self.mend(&fleet, &run);
        self.check(&fleet, &run);
    }

    fn check(&self, fleet: &Fleet<'_>, run: &Run) {
        let (state, entries) = (run.state(), run.entries());
        let is_halted = state.life == Life::Ended(End::Halted);
        assert!(is_halted || state.counts.open() == 0, "{:?} {:?}", state.life, state.counts);
        assert_eq!(state.counts.total() as usize, self.targets.len());
        assert!(!is_halted || self.policy.halt_same_cause > 0, "{:?}", state.causes);
        for (id, ((start, trouble), known)) in (0_u32..).zip(self.targets.iter().zip(&state.targets)) {
            let (expected, done) = self.expected(*start, *trouble);
            let told = format!("target {id}: {known:?}, {trouble:?}, {:?}", state.causes);
            let is_waiting = is_halted && known.phase == Phase::Pending && usize::from(known.done) <= done;
            assert!(is_waiting || (known.phase, usize::from(known.done)) == (expected, done), "{told}");
            let applied =
                entries.iter().filter(|entry| matches!(entry.event, Event::Applied { target, .. } if target == id));
            assert_eq!(applied.count(), usize::from(known.done), "{told}");
            if !matches!(trouble, Trouble::Gone) {
                self.agrees(fleet, id as usize, start + usize::from(known.done), &told);
            }
        }
    }

    /// Where a target must end, and with how many of its migrations applied.
    fn expected(&self, start: usize, trouble: Trouble) -> (Phase, usize) {
        match trouble {
            Trouble::No | Trouble::Another => (Phase::Applied, self.migrations.len() - start),
            Trouble::Drifted(at) if self.migrations[at].transactional => (Phase::Failed, at - start),
            Trouble::Drifted(at) => (Phase::Dirty, at - start),
            Trouble::Moved => (Phase::Skipped(Skip::LedgerMoved), 0),
            Trouble::Gone => (Phase::Skipped(Skip::Gone), 0),
            Trouble::Renamed => (Phase::Skipped(Skip::Renamed), 0),
        }
    }

    /// The ledger, the marks and the catalogue of a target say that it has the first so many migrations and no other one.
    fn agrees(&self, fleet: &Fleet<'_>, at: usize, has: usize, told: &str) {
        let trouble = self.targets[at].1;
        let tenant = &fleet.tenants[at];
        let schema = if trouble == Trouble::Renamed { format!("{tenant}_was") } else { tenant.clone() };
        let found = fleet.sql(&format!(
            "SET search_path = {schema};\nSELECT 'ledger', name FROM tenantry_migrations WHERE name LIKE '0%' AND name <> '0001_start' AND state = 'applied' \
             UNION ALL SELECT 'mark', mark FROM marks UNION ALL SELECT 'made', relname FROM pg_class WHERE relname ~ '^m[0-9]$' \
             AND relnamespace = '{schema}'::regnamespace UNION ALL SELECT 'invalid', relname FROM pg_class JOIN pg_index ON \
             indexrelid = pg_class.oid WHERE NOT indisvalid AND relnamespace = '{schema}'::regnamespace ORDER BY 1, 2"
        ));
        let mut expected = Vec::new();
        for (number, migration) in self.migrations.iter().enumerate() {
            if number < has {
                expected.push(format!("ledger|{}", migration.name));
                expected.extend(migration.transactional.then(|| format!("mark|{}", migration.name)));
            }
            if number < has || trouble == Trouble::Drifted(number) {
                expected.push(format!("made|m{number}"));
            }
        }
        expected.sort();
        let mut found = found;
        found.sort();
        assert_eq!(found, expected, "{told}");
    }
}

impl Migration {
    /// It and its line of the ledger, as a colleague would do it.
    fn by_hand(&self) -> String {
        let statements = self.statements.join(";\n");
        format!("{statements};\nINSERT INTO tenantry_migrations VALUES ('{}', 'ab');\n", self.name)
    }
}

fn migration(at: usize, dice: &mut Dice) -> Migration {
    let name = format!("{:04}_{}", at + 2, ["vip", "orders", "tags", "notes"][at]);
    let transactional = dice.is(65);
    let statements = if transactional {
        vec![format!("CREATE TABLE m{at} (id int)"), format!("INSERT INTO marks VALUES ('{name}')")]
    } else {
        let mut statements = vec![format!("CREATE INDEX CONCURRENTLY m{at} ON customers (name)")];
        if dice.is(50) {
            statements.insert(dice.below(2), "ANALYZE customers".to_owned());
        }
        statements
    };
    Migration { name, statements, transactional }
}

fn trouble(dice: &mut Dice, start: usize, migrations: &[Migration]) -> Trouble {
    match dice.below(6) {
        0 | 1 => Trouble::Drifted(start + dice.below(migrations.len() - start)),
        2 => Trouble::Moved,
        3 => Trouble::Another,
        4 => Trouble::Gone,
        _ => Trouble::Renamed,
    }
}

/// The numbers of the cases.
fn cases() -> Vec<u64> {
    let Ok(wanted) = std::env::var("TENANTRY_TEST_RUNS") else { return (0..CASES).collect() };
    match wanted.strip_prefix('=') {
        Some(one) => vec![one.parse().expect("TENANTRY_TEST_RUNS is a number of cases, or = and the number of one")],
        None => (0..wanted.parse().expect("TENANTRY_TEST_RUNS is a number of cases, or = and the number of one")).collect(),
    }
}

#[test]
fn whatever_dies_each_target_ends_once_and_all_records_agree() {
    let (cases, next) = (cases(), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    // A case waits most of the time.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(seed) = cases.get(next.fetch_add(1, Ordering::SeqCst) as usize) {
                    let case = Case::new(*seed);
                    let ended = std::panic::catch_unwind(|| case.run());
                    if ended.is_err() {
                        failed.lock().expect("a list").push(format!("={} {case:?}", case.seed));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("a list");
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
