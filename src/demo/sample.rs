//! The sample fleet as plain data: who the tenants are, which schemas there are and what is odd about each. The same for the same
//! options, always. Must not know SQL.

use super::DemoOptions;
use super::names::{self, Words};

/// With fewer tenants than this all of them are ordinary, so that a small fleet is a clean one.
pub(super) const ODD_FROM: u32 = 48;

/// How many customers the largest tenant has.
const WHALE: u32 = 1500;

/// The reference schema of the sample fleet.
pub(super) const REFERENCE: &str = "reference";

/// The schemas that only the application's settings name.
pub(super) const STATICS: [&str; 2] = ["www", "blog"];

/// Everything that is put into the database.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    /// The registry's rows.
    pub(super) tenants: Vec<SampleTenant>,
    /// The schemas beside `public`, `extensions` and the system's.
    pub(super) schemas: Vec<SampleSchema>,
    /// Domains of tenants that do not exist.
    pub(super) lost_domains: Vec<String>,
}

/// A row of the registry with its domains.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SampleTenant {
    /// The raw name of its schema.
    pub(super) schema: String,
    /// Its name for people, raw.
    pub(super) name: String,
    /// How many days ago it was created.
    pub(super) age_days: u32,
    /// Its time zone.
    pub(super) time_zone: &'static str,
    /// The code of its plan.
    pub(super) plan: &'static str,
    /// Whether it has not paid yet.
    pub(super) on_trial: bool,
    /// Its domains, the primary one first.
    pub(super) domains: Vec<String>,
}

/// A schema.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SampleSchema {
    /// Its raw name.
    pub(super) name: String,
    /// What it holds.
    pub(super) case: Case,
    /// How many customers it has, which scales all its tables.
    pub(super) volume: u32,
    /// How many days ago it was created.
    pub(super) age_days: u32,
    /// `COMMENT ON SCHEMA`.
    pub(super) comment: Option<&'static str>,
}

/// What a schema holds, and so what is odd about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Case {
    /// Every table, every migration.
    Current,
    /// The same, and nobody has analysed it yet.
    NeverAnalysed,
    /// The newest migrations are missing, in the ledger and in the structure.
    Behind(usize),
    /// A migration is missing that is older than others of its application, in the ledger and in the structure.
    Gap,
    /// It has a migration that no other tenant has.
    Ahead,
    /// It lacks a migration in the middle and has one of its own.
    Diverged,
    /// The ledger is complete and an index is not there.
    MissingIndex,
    /// Somebody has made an index to help with one report.
    ExtraIndex,
    /// The ledger is complete and a column is not there.
    MissingColumn,
    /// A column has another type, one has another default.
    ChangedColumn,
    /// A table has its columns in another order.
    ColumnOrder,
    /// The ledger is complete and a table is not there.
    MissingTable,
    /// The ledger has the migrations of an application none of whose tables is there.
    Ghost,
    /// A function does something else.
    ReplacedBody,
    /// A trigger is switched off.
    DisabledTrigger,
    /// An index could not be made and was left behind.
    InvalidIndex,
    /// Copied by another tool: the same objects, and constraints, indexes and sequences under other names.
    OtherNames,
    /// A forgotten copy of a table beside the usual ones.
    ForgottenCopy,
    /// A partitioned table and a materialized view of its own.
    Reporting,
    /// Every table but the ledger.
    NoLedger,
    /// No object at all.
    Empty,
    /// The looking role has no right on it.
    Unreadable,
    /// A static schema: the web site's tables.
    Site,
    /// Owned by a role with a hostile name.
    ForeignOwner,
}

impl Sample {
    /// The fleet of these options.
    pub(super) fn of(options: DemoOptions) -> Self {
        let mut sample = Self { tenants: Vec::new(), schemas: Vec::new(), lost_domains: Vec::new() };
        sample.add_fixed(options.tenants);
        let odd = options.tenants >= ODD_FROM;
        if odd {
            sample.add_odd();
        }
        let ordinary = options.tenants - u32::try_from(sample.tenants.len()).unwrap_or_default();
        for index in 0..ordinary {
            sample.add_ordinary(index, ordinary, if odd { case_of(index, ordinary) } else { Case::Current });
        }
        // django-tenants keeps a row for the shared schema too.
        let public = SampleTenant { schema: "public".into(), plan: "free", ..tenant("public", "Fieldwise", 730) };
        sample.tenants.push(SampleTenant { domains: vec!["fieldwise.example".into()], ..public });
        sample
    }

    fn add_fixed(&mut self, tenants: u32) {
        self.schemas.push(SampleSchema {
            comment: Some("new tenants are cloned from here"),
            ..schema(REFERENCE, Case::Current, 1, 730)
        });
        for name in STATICS {
            self.schemas.push(schema(name, Case::Site, 1, 700));
        }
        if tenants >= ODD_FROM {
            for (name, case) in [
                ("acme_air_backup", Case::Behind(4)),
                ("old_demo", Case::Behind(6)),
                ("tmp_import_2024_11_02", Case::ForeignOwner),
                ("zz_deleted_quartz_pools", Case::Current),
            ] {
                self.schemas.push(schema(name, case, 20, 500));
            }
            self.lost_domains.push("gone.fieldwise.example".into());
        }
    }

    /// The tenants that are odd by name or by lack of something.
    fn add_odd(&mut self) {
        for (index, (schema_name, name)) in names::HOSTILE.into_iter().enumerate() {
            let age = 40 + index as u32 * 37;
            let domains = match index {
                10 => vec!["bank.example\u{202e}moc.live".to_owned()],
                _ => vec![format!("hostile-{index}.fieldwise.example")],
            };
            let time_zone = if index == 15 { "Mars/Olympus_Mons" } else { "UTC" };
            self.tenants.push(SampleTenant { time_zone, domains, ..tenant(schema_name, name, age) });
            self.schemas.push(schema(schema_name, Case::Current, 5 + index as u32 * 3, age));
        }
        for (name, case, comment) in [
            ("blank_pools", Case::Empty, None),
            ("vault_treasury", Case::Unreadable, Some("contract: nobody but the application may read this schema")),
            ("bare_locks", Case::NoLedger, None),
            ("quiet_gardens", Case::Current, Some("domain moved away, contract ends in spring")),
            ("silent_boats", Case::Current, None),
        ] {
            let lost = name.starts_with("quiet") || name.starts_with("silent");
            let domains = if lost { Vec::new() } else { vec![format!("{}.fieldwise.example", name.replace('_', "-"))] };
            self.tenants.push(SampleTenant { domains, ..tenant(name, &names::title(name), 200) });
            self.schemas.push(SampleSchema { comment, ..schema(name, case, 12, 200) });
        }
        for name in ["never_born_lifts", "half_made_solar", "lost_roofing"] {
            let domains = vec![format!("{}.fieldwise.example", name.replace('_', "-"))];
            self.tenants.push(SampleTenant { domains, ..tenant(name, &names::title(name), 3) });
        }
    }

    fn add_ordinary(&mut self, index: u32, of: u32, case: Case) {
        let mut dice = Dice::new(index);
        // The number of tenants grew with the power 1.7 of time, over two years.
        let moment = (f64::from(index + 1) / f64::from(of)).powf(1.0 / 1.7);
        let age_days = (730.0 * (1.0 - moment)) as u32;
        // Sizes are log-normal, as they are in real fleets, and the old ones have had time to grow.
        let grown = 0.3 + 1.4 * (1.0 - moment);
        let all = (f64::from(of) / 240.0).max(1.0);
        let volume = ((2.7 + 1.25 * dice.normal()).exp() * grown / all).clamp(2.0, 1200.0) as u32;
        // The first customer of most fleets outgrew all others.
        let volume = if index == 3 && of > 100 { WHALE } else { volume };
        let words = Words::of(index);
        let on_trial = age_days < 30 && dice.below(3) > 0;
        let plan = match volume {
            _ if on_trial => "free",
            0..=6 => ["free", "starter"][dice.below(2)],
            7..=25 => ["starter", "team"][dice.below(2)],
            26..=120 => ["team", "business"][dice.below(2)],
            _ => "enterprise",
        };
        let mut domains = vec![format!("{}.fieldwise.example", words.slug())];
        if dice.below(6) == 0 {
            domains.insert(0, format!("service.{}.example", words.slug()));
        }
        let time_zone = names::TIME_ZONES[dice.below(names::TIME_ZONES.len())];
        let schema_name = words.schema();
        self.tenants.push(SampleTenant {
            schema: schema_name.clone(),
            name: words.company(),
            age_days,
            time_zone,
            plan,
            on_trial,
            domains,
        });
        self.schemas.push(SampleSchema { name: schema_name, case, volume, age_days, comment: None });
    }
}

fn tenant(schema: &str, name: &str, age_days: u32) -> SampleTenant {
    SampleTenant {
        schema: schema.into(),
        name: name.into(),
        age_days,
        time_zone: "UTC",
        plan: "team",
        on_trial: false,
        domains: Vec::new(),
    }
}

fn schema(name: &str, case: Case, volume: u32, age_days: u32) -> SampleSchema {
    SampleSchema { name: name.into(), case, volume, age_days, comment: None }
}

/// Each oddity once among the first ordinary tenants, some of them again further on: an index that a dozen miss, a few more that
/// are behind, as after a roll-out that stopped, and some that another tool has made.
fn case_of(index: u32, of: u32) -> Case {
    match index {
        1 => Case::Behind(1),
        2 => Case::Behind(3),
        4 => Case::Ahead,
        5 => Case::Diverged,
        6 => Case::Gap,
        7 => Case::MissingIndex,
        8 => Case::MissingColumn,
        9 => Case::Ghost,
        10 => Case::MissingTable,
        11 => Case::Behind(6),
        12 | 24 => Case::ExtraIndex,
        13 => Case::ForgottenCopy,
        14 => Case::Reporting,
        15 => Case::ChangedColumn,
        16 => Case::DisabledTrigger,
        17 => Case::InvalidIndex,
        18 => Case::ReplacedBody,
        19 => Case::OtherNames,
        20 => Case::ColumnOrder,
        0..20 => Case::Current,
        _ if index + 3 >= of => Case::NeverAnalysed,
        _ if index % 44 == 19 => Case::OtherNames,
        _ if index % 18 == 7 => Case::MissingIndex,
        _ if index % 31 == 2 => Case::Behind(1),
        _ if index % 97 == 40 => Case::Behind(2),
        _ => Case::Current,
    }
}

/// A small generator of pseudo-random numbers (splitmix64), so that the fleet is the same everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u32) -> Self {
        Self(u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Normally distributed with mean 0 and deviation 1, nearly: a sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn sample(tenants: u32) -> Sample {
        Sample::of(DemoOptions { tenants, tables: None })
    }

    #[test]
    fn the_registry_has_as_many_tenants_as_asked_for_and_the_shared_schema() {
        for tenants in [0, 1, 47, 48, 240, 1_000, 10_000] {
            assert_eq!(sample(tenants).tenants.len() as u32, tenants + 1, "{tenants}");
        }
    }

    #[test]
    fn names_are_unique_and_fit_into_an_identifier() {
        for tenants in [240, 10_000] {
            let sample = sample(tenants);
            let mut schemas = HashSet::new();
            let mut domains = HashSet::new();
            for schema in &sample.schemas {
                assert!(schema.name.len() <= 63, "{}", schema.name);
                assert!(schemas.insert(&schema.name), "{} twice", schema.name);
            }
            for domain in sample.tenants.iter().flat_map(|tenant| &tenant.domains).chain(&sample.lost_domains) {
                assert!(domains.insert(domain), "{domain} twice");
            }
        }
    }

    #[test]
    fn every_case_is_there_from_the_documented_size_on() {
        let cases: HashSet<_> = sample(ODD_FROM).schemas.iter().map(|schema| std::mem::discriminant(&schema.case)).collect();
        assert_eq!(cases.len(), 24);
        let small = sample(ODD_FROM - 1);
        assert!(small.schemas.iter().all(|schema| matches!(schema.case, Case::Current | Case::Site)));
    }

    #[test]
    fn sizes_differ_widely_and_the_fleet_grew_over_two_years() {
        let sample = sample(240);
        let volumes: Vec<u32> = sample.schemas.iter().map(|schema| schema.volume).collect();
        assert!(volumes.iter().max() > Some(&200) && volumes.iter().filter(|&&volume| volume < 10).count() > 40);
        let (mut first_year, mut second_year) = (0, 0);
        for tenant in &sample.tenants {
            *if tenant.age_days > 365 { &mut first_year } else { &mut second_year } += 1;
        }
        assert!(first_year > 30 && second_year > 2 * first_year, "{first_year} {second_year}");
    }
}
