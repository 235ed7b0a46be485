//! What the places of tables mean: each finding with its reason, its advice and the tenants concerned. Must not know how it is shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Line, Scene, keys, union};
use crate::dialect::accounts::{self, Accounts};
use crate::dialect::django_apps::{is_installed, said};
use crate::dialect::ledger;
use crate::domain::catalog::{LedgerDialect, Oid};
use crate::domain::fleet::Severity;
use crate::domain::history::{HistoryId, LedgerReading};
use crate::domain::name::shown;
use crate::domain::placement::{Concerned, Finding, FindingKind, Place};
use crate::domain::units;

/// How many sets of tables that some tenants have are told one by one.
const MOST_SETS: usize = 20;
/// Of so many tenants one that stands out is one of few.
const ONE_IN: usize = 10;

/// All findings, the worst first.
pub(super) fn all(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = sessions(scene);
    findings.extend(keys::all(scene));
    findings.extend(ghosts(scene));
    findings.extend(content_types(scene));
    findings.extend(some(scene));
    findings.extend(both(scene));
    findings.extend(ledgers(scene));
    findings.sort_by_key(|finding| (Reverse(finding.severity), finding.kind));
    findings
}

/// A figure with its noun.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", units::count(count), if count == 1 { one } else { many })
}

/// The first of some raw names, safe to show, and how many more there are.
pub(super) fn listed(names: &[String], most: usize) -> String {
    // The last one takes no more room than the word that stands for it.
    let most = if names.len() == most + 1 { most + 1 } else { most };
    let first: Vec<_> = names.iter().take(most).map(|name| shown(name)).collect();
    match names.len().saturating_sub(most) {
        0 => first.join(", "),
        more => format!("{} and {} more", first.join(", "), units::count(more as u64)),
    }
}

fn of_tenants(count: u32) -> String {
    counted(count.into(), "tenant", "tenants")
}

/// Whether sessions are at least as strict as users, for each framework whose tables are there.
fn sessions(scene: &Scene<'_>) -> Vec<Finding> {
    let mut told = HashSet::new();
    let judged = accounts::ALL.iter().filter_map(|accounts| session(scene, accounts));
    judged.filter(|finding| told.insert((finding.kind, finding.tables.clone()))).collect()
}

fn session(scene: &Scene<'_>, accounts: &Accounts) -> Option<Finding> {
    let table = scene.line(accounts.sessions)?;
    let users = users(scene, accounts);
    let shared = shared_sessions(scene, accounts);
    let with_users = union(users.iter().map(|line| scene.tenants_of(line)));
    let with_sessions = scene.tenants_of(table);
    let leaking: Vec<usize> = with_users.iter().copied().filter(|at| with_sessions.binary_search(at).is_err()).collect();
    let mut tables: Vec<String> = users.iter().map(|line| line.row.table.clone()).collect();
    let users_words = listed(&tables, 2);
    tables.push(accounts.sessions.to_owned());
    let sessions_words = shown(accounts.sessions);
    if !shared.is_empty() && !leaking.is_empty() {
        let tenants = scene.ground.concerned(leaking.into_iter());
        let advice = if accounts.is_django {
            "Put the sessions into the tenants, too (django.contrib.sessions in TENANT_APPS), migrate, and delete all shared sessions \
             once. Until then let no cookie be valid for the hosts of several tenants: leave SESSION_COOKIE_DOMAIN unset."
        } else {
            "Put the sessions into the tenants, too, and delete all shared sessions once, or keep the tenant in the session and \
             refuse one of another tenant. Until then let no cookie be valid for the hosts of several tenants."
        };
        return Some(Finding {
            severity: Severity::Danger,
            kind: FindingKind::SessionLeak,
            sentence: format!(
                "users live in {} ({users_words}), their sessions in {} ({sessions_words})",
                of_tenants(tenants.count),
                listed(&shared, 2)
            ),
            why: "A session holds the number of a user and nothing of the tenant. Whoever logs in as user 5 of one tenant is taken \
                  for user 5 of every other one, because the same session is found there. Sessions must be at least as strict as \
                  users; the reverse, users in the shared schema and sessions with the tenants, is safe."
                .to_owned(),
            advice: advice.to_owned(),
            tables,
            tenants,
        });
    }
    let users_are_shared = users.iter().any(|line| !line.row.shared.is_empty());
    let sentence = if !with_users.is_empty() && !with_sessions.is_empty() && (accounts.is_django || !shared.is_empty()) {
        format!("sessions are as strict as users: both live with the tenants ({sessions_words}, {users_words})")
    } else if with_users.is_empty() && users_are_shared && (accounts.is_django || !shared.is_empty()) {
        let place = if with_sessions.is_empty() { "both are shared" } else { "users are shared, sessions are not" };
        format!("sessions are at least as strict as users: {place} ({sessions_words}, {users_words})")
    } else {
        return None;
    };
    Some(Finding {
        severity: Severity::Ok,
        kind: FindingKind::SessionsSafe,
        sentence,
        why: "The number of a user in a session means the same user wherever that session is found.".to_owned(),
        advice: String::new(),
        tables,
        tenants: Concerned::default(),
    })
}

/// The tables of users that are there.
fn users<'s>(scene: &'s Scene<'_>, accounts: &Accounts) -> Vec<&'s Line> {
    let mut names: BTreeSet<&str> = accounts.users.iter().copied().collect();
    if accounts.is_django {
        names.extend(scene.facts.logged.iter().map(String::as_str));
        let is_there = |name: &str| scene.names.contains_key(name);
        let tables = scene.lines.iter().map(|line| line.row.table.as_str());
        names.extend(tables.filter(|table| accounts::is_user_table(table, is_there)));
    }
    names.into_iter().filter_map(|name| scene.line(name)).collect()
}

/// The shared schemas whose table of sessions is that of the framework, raw names.
fn shared_sessions(scene: &Scene<'_>, accounts: &Accounts) -> Vec<String> {
    let is_it = |found: &&crate::domain::placement::TableColumns| {
        found.table == accounts.sessions
            && accounts.columns.iter().all(|column| found.columns.iter().any(|other| other == column))
    };
    let shared = scene.facts.columns.iter().filter(is_it).filter_map(|found| match scene.ground.sides.get(&found.schema) {
        Some(super::Side::Shared(name)) => Some((*name).to_owned()),
        _ => None,
    });
    shared.collect()
}

/// Content types that hide the shared ones.
fn content_types(scene: &Scene<'_>) -> Vec<Finding> {
    let found = accounts::CONTENT_TYPES.iter().filter_map(|table| scene.line(table));
    let hidden = found.filter(|line| line.row.tenants > 0 && !line.row.shared.is_empty());
    let finding = |line: &Line| {
        Finding {
        severity: Severity::Warn,
        kind: FindingKind::ContentTypes,
        sentence: format!(
            "{} is in {} and in {}, which see their own",
            shown(&line.row.table),
            listed(&line.row.shared, 2),
            of_tenants(line.row.tenants)
        ),
        why: "A tenant's search_path finds its own table first and hides the shared one. Each schema numbers its models by itself: 7 \
              may be an order here and a customer there. A permission or a generic foreign key that is kept in a shared table and \
              read by a tenant means another model."
            .to_owned(),
        advice: "Usual with django-tenants, and harmless as long as whatever refers to content types (permissions, generic \
                 relations, the log of the admin) lives in the same schemas as they do. Keep such tables out of the shared schema, \
                 or the content types out of the tenants."
            .to_owned(),
        tables: vec![line.row.table.clone()],
        tenants: scene.ground.concerned(scene.tenants_of(line).iter().copied()),
    }
    };
    hidden.map(finding).collect()
}

/// The ledgers of tenants: as it should be.
fn ledgers(scene: &Scene<'_>) -> Vec<Finding> {
    let found = ledger::TABLES.iter().filter_map(|table| scene.line(table)).filter(|line| line.row.tenants > 0);
    let finding = |line: &Line| {
        let row = &line.row;
        let all = scene.ground.tenants.len() as u64;
        let who = match row.place {
            Place::Some => {
                format!("{} of {} have ledgers", units::count(row.tenants.into()), counted(all, "tenant", "tenants"))
            }
            _ if all == 1 => "the one tenant has a ledger".to_owned(),
            _ => format!("each of {} tenants has a ledger", units::count(all)),
        };
        let own = if row.place == Place::Some { "their own" } else { "its own" };
        let shared = if row.shared.is_empty() { String::new() } else { format!(", as has {}", listed(&row.shared, 2)) };
        Finding {
            severity: Severity::Info,
            kind: FindingKind::Ledger,
            sentence: format!("{who} of {own}{shared}: {}", shown(&row.table)),
            why: "That is how it should be: each schema is migrated by itself, and its own ledger says how far.".to_owned(),
            advice: String::new(),
            tables: vec![row.table.clone()],
            tenants: scene.ground.concerned(scene.tenants_of(line).iter().copied()),
        }
    };
    found.map(finding).collect()
}

/// Applications that a tenant's ledger records and of which it has no table, while other tenants have some.
fn ghosts(scene: &Scene<'_>) -> Vec<Finding> {
    let database = scene.database;
    // With names left out nobody can say that a table is not there.
    if scene.facts.left_out > 0 {
        return Vec::new();
    }
    let mut has: BTreeMap<&str, Vec<&[usize]>> = BTreeMap::new();
    for line in scene.lines.iter().filter(|line| line.row.tenants > 0) {
        if let Some(app) = &line.row.app {
            has.entry(app).or_default().push(scene.tenants_of(line));
        }
    }
    let histories: HashMap<Oid, HistoryId> = database
        .schemas
        .iter()
        .filter_map(|schema| match schema.history {
            Some(LedgerReading::Read(id)) => Some((schema.oid, id)),
            _ => None,
        })
        .collect();
    let recorded: HashMap<HistoryId, BTreeSet<&str>> = database
        .histories
        .iter()
        .filter(|(_, history)| history.dialect == LedgerDialect::Django)
        .map(|(id, history)| (*id, history.applied_apps()))
        .collect();
    let mut records: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (oid, side) in &scene.ground.sides {
        let super::Side::Tenant(at) = side else { continue };
        for app in histories.get(oid).and_then(|id| recorded.get(id)).into_iter().flatten() {
            records.entry(app).or_default().push(*at);
        }
    }
    let policy = &database.policy;
    let mut findings = Vec::new();
    for (app, mut tenants) in records {
        let Some(has) = has.remove(app) else { continue };
        let has = union(has.into_iter());
        tenants.sort_unstable();
        let all = tenants.len();
        tenants.retain(|at| !has.contains(at));
        let is_tenants = said(policy, app).unwrap_or_else(|| is_installed(all as u32, (all - tenants.len()) as u32));
        if tenants.is_empty() || !is_tenants {
            continue;
        }
        let tenants = scene.ground.concerned(tenants.into_iter());
        findings.push(Finding {
            severity: Severity::Danger,
            kind: FindingKind::Ghost,
            sentence: format!(
                "app {} is recorded in the ledger of {} without any of its tables",
                shown(app),
                of_tenants(tenants.count)
            ),
            why: "The ledger says that its migrations were applied, so no migration will make the tables; whatever asks for them \
                  fails, or finds those of the shared schema."
                .to_owned(),
            advice: "Take the lines of this application out of the ledger and migrate again, or make the tables as another tenant \
                     has them: the diff of its schema tells how."
                .to_owned(),
            tables: Vec::new(),
            tenants,
        });
    }
    findings
}

/// Tables of some tenants only: one finding for those that live in the same schemas.
fn some(scene: &Scene<'_>) -> Vec<Finding> {
    let mut sets: BTreeMap<usize, Vec<&Line>> = BTreeMap::new();
    for line in scene.lines.iter().filter(|line| line.row.place == Place::Some) {
        sets.entry(line.set).or_default().push(line);
    }
    let mut findings: Vec<Finding> = sets.into_values().map(|lines| of_some(scene, &lines)).collect();
    findings.sort_by_key(|finding| (Reverse(finding.severity), Reverse(finding.tables.len())));
    if findings.len() > MOST_SETS {
        let rest = findings.split_off(MOST_SETS - 1);
        let tables: Vec<String> = rest.iter().flat_map(|finding| finding.tables.iter().cloned()).collect();
        findings.push(Finding {
            severity: rest.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info),
            sentence: format!("{} are in other sets of tenants", more_tables(&tables)),
            tenants: Concerned::default(),
            tables,
            ..rest[0].clone()
        });
    }
    findings
}

fn of_some(scene: &Scene<'_>, lines: &[&Line]) -> Finding {
    let row = &lines[0].row;
    let members = &scene.members[lines[0].set];
    let (all, have) = (scene.ground.tenants.len(), members.tenants.len());
    let lack = all - have;
    let few = (all / ONE_IN).max(1);
    let of_all = |count: usize| format!("{} of {}", units::count(count as u64), counted(all as u64, "tenant", "tenants"));
    let tables: Vec<String> = lines.iter().map(|line| line.row.table.clone()).collect();
    let what = more_tables(&tables);
    let verb = if tables.len() == 1 { "is" } else { "are" };
    let lacking = lack < have;
    let mut sentence = if lacking {
        format!("{what} {verb} missing in {}", of_all(lack))
    } else {
        format!("{what} {verb} in {} only", of_all(have))
    };
    let is_hiding = !row.shared.is_empty();
    if is_hiding {
        let rest = if lacking { ", which use" } else { "; the others use" };
        sentence = format!("{sentence}{rest} what is in {}", listed(&row.shared, 2));
    }
    let is_odd = is_hiding || lack.min(have) <= few;
    let why = if is_hiding {
        "A tenant without its own table finds the shared one of the same name by its search_path, without any error: it reads and \
         writes rows that are not its own."
    } else if lacking {
        "Whatever asks for these tables fails for the tenants without them: a migration is missing there, or somebody dropped them."
    } else {
        "Nothing but these tenants can use them: tables of a hotfix, of a module that was taken back, or left behind by hand."
    };
    let tenants = row.odd.as_ref().map(|odd| odd.tenants.clone()).unwrap_or_default();
    Finding {
        severity: if is_odd { Severity::Warn } else { Severity::Info },
        kind: FindingKind::SomeTenants,
        sentence,
        why: why.to_owned(),
        advice: "See `tenantry drift` for what these tenants have and lack beside it; migrate those that are behind, and write down \
                 what is meant to be so (`ignore` in fleet.toml)."
            .to_owned(),
        tables,
        tenants,
    }
}

/// `crm_order`, or `crm_order and 3 more tables`; safe to show.
fn more_tables(tables: &[String]) -> String {
    match tables {
        [] => String::new(),
        [one] => shown(one).into_owned(),
        [one, rest @ ..] => format!("{} and {} more", shown(one), counted(rest.len() as u64, "table", "tables")),
    }
}

/// Tables of each tenant that are in a shared schema, too; those of which another finding tells left out.
fn both(scene: &Scene<'_>) -> Option<Finding> {
    let is_told = |table: &str| accounts::CONTENT_TYPES.contains(&table) || ledger::TABLES.contains(&table);
    let lines = scene.lines.iter().filter(|line| line.row.place == Place::Both && !is_told(&line.row.table));
    let tables: Vec<String> = lines.clone().map(|line| line.row.table.clone()).collect();
    if tables.is_empty() {
        return None;
    }
    let shared: BTreeSet<String> = lines.flat_map(|line| line.row.shared.iter().cloned()).collect();
    let shared: Vec<String> = shared.into_iter().collect();
    let verb = if tables.len() == 1 { "is" } else { "are" };
    Some(Finding {
        severity: Severity::Info,
        kind: FindingKind::Both,
        sentence: format!("{} {verb} in {} and in each tenant", more_tables(&tables), listed(&shared, 2)),
        why: "Which of the two is meant is decided by the search_path alone: a tenant's session finds its own first, one without a \
              tenant (a shell, a job, a site for the public) finds the shared one."
            .to_owned(),
        advice: "Fine where both are wanted, as users of the operator and users of a tenant. Where they are not, take the \
                 application out of one of the two lists (Django: SHARED_APPS, TENANT_APPS) and look for rows in the wrong one."
            .to_owned(),
        tables,
        tenants: scene.ground.all(),
    })
}
