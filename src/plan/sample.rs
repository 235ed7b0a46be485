//! Plans to test with, the one home of what all tests need and none asserts. Must not be used by anything else.

use jiff::Timestamp;

use super::{
    EnvironmentName, FORMAT, Group, Kind, Ledger, Plan, PlanDatabase, RunPolicy, Stage, StageKind, Statement, Step, Target,
};
use crate::domain::catalog::LedgerDialect;
use crate::domain::history::Migration;

/// A migration for these schemas: a canary, then two waves, of which the last has everybody but the first two.
pub(crate) fn plan(schemas: &[&str]) -> Plan {
    let stage = |kind| Stage { kind, go_ahead: false };
    let target = |(at, schema): (usize, &&str)| Target {
        database: 0,
        oid: 16_384 + at as u32,
        schema: (*schema).to_owned(),
        group: 0,
        stage: at.min(2) as u16,
    };
    Plan {
        format: FORMAT,
        kind: Kind::Migrate { to: "crm 0002_vip".into() },
        environment: EnvironmentName { name: "eu".into(), production: false },
        databases: vec![PlanDatabase {
            label: "crm".into(),
            system_identifier: Some(7),
            oid: 5,
            name: "crm".into(),
            version: 150_000,
            pooler: false,
        }],
        stages: vec![stage(StageKind::Canary), stage(StageKind::Wave), stage(StageKind::Wave)],
        groups: vec![Group {
            role: None,
            ledger: Ledger { dialect: LedgerDialect::Django, table: "django_migrations".into() },
            lines: 1,
            sum: "12".into(),
            steps: vec![0],
        }],
        steps: vec![Step {
            migration: Migration { app: Some("crm".into()), name: "0002_vip".into() },
            reverse: false,
            origin: "crm/0002_vip.sql".into(),
            sha256: "00".into(),
            checksum: None,
            statements: statements(&["ALTER TABLE a ADD b text"]),
            transactional: true,
        }],
        targets: schemas.iter().enumerate().map(target).collect(),
        policy: RunPolicy::usual(false),
        notes: Vec::new(),
        left_out: Vec::new(),
        bystanders: None,
        as_of: Timestamp::UNIX_EPOCH,
    }
}

/// The same in one wave.
pub(crate) fn wave(schemas: &[&str]) -> Plan {
    let plan = plan(schemas);
    let targets = plan.targets.into_iter().map(|target| Target { stage: 0, ..target }).collect();
    Plan { stages: vec![Stage { kind: StageKind::Wave, go_ahead: false }], targets, ..plan }
}

/// Statements of which no lock is known.
pub(crate) fn statements(texts: &[&str]) -> Vec<Statement> {
    texts.iter().map(|&sql| Statement { sql: sql.into(), lock: None }).collect()
}
