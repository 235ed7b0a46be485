//! What the fold makes of events.

use super::*;

fn schema(oid: Oid, name: &str) -> SchemaFacts {
    SchemaFacts::named(oid, name, "app")
}

#[test]
fn a_second_listing_keeps_what_was_counted_and_follows_a_rename() {
    let mut fleet = Fleet::new([("main".to_owned(), Policy::default())]);
    let id = DatabaseId(0);
    fleet.apply(FleetEvent::Names(id, vec![schema(20, "b"), schema(10, "a")]));
    let counts = Counts { tables: 7, ..Counts::default() };
    fleet.apply(FleetEvent::Counts(id, HashMap::from([(10, (counts, None))])));
    fleet.apply(FleetEvent::Names(id, vec![schema(10, "z"), schema(30, "c")]));
    let known: Vec<_> = fleet.entries().map(|e| (e.schema_name().to_owned(), e.counts().map(|c| c.tables))).collect();
    assert_eq!(known, [("c".to_owned(), None), ("z".to_owned(), Some(7))]);
}

#[test]
fn a_standby_beside_its_primary_is_its_twin() {
    let mut fleet =
        Fleet::new(["eu-1", "us-1", "other", "eu-1-standby", "shy"].map(|label| (label.into(), Policy::default())));
    let servers = [(Some(7), "crm"), (Some(8), "crm"), (Some(7), "shop"), (Some(7), "crm"), (None, "crm")];
    for (id, (system_identifier, database)) in (0..).zip(servers) {
        let server = Server {
            version: 150_018,
            system_identifier,
            database: database.into(),
            standby: id == 3,
            role: "dba".into(),
            superuser: false,
            pooler: false,
        };
        fleet.apply(FleetEvent::Server(DatabaseId(id), server));
    }
    assert_eq!(fleet.twins(), [(DatabaseId(0), DatabaseId(3))]);
    assert_eq!(fleet.same_database(DatabaseId(0), DatabaseId(3)), "eu-1 and eu-1-standby are the same database");
}

#[test]
fn a_lost_link_keeps_the_facts_and_ends_the_progress() {
    let mut fleet = Fleet::new([("main".to_owned(), Policy::default())]);
    let id = DatabaseId(0);
    fleet.apply(FleetEvent::Names(id, vec![schema(1, "a")]));
    fleet.apply(FleetEvent::Progress(id, Progress { pass: Pass::Inventory, done: 2, total: 4, part: None }));
    let fault = Fault::new(crate::domain::fault::FaultKind::Unreachable, "connection refused");
    fleet.apply(FleetEvent::Link(id, Link::Down { since: Timestamp::UNIX_EPOCH, fault, retry_at: None }));
    let database = &fleet.databases[0];
    assert!(database.is_stale() && database.progress.is_none());
    assert_eq!(database.rows.len(), 1);
}

#[test]
fn an_event_of_an_unknown_database_changes_nothing() {
    let mut fleet = Fleet::new([("main".to_owned(), Policy::default())]);
    let before = fleet.clone();
    fleet.apply(FleetEvent::Names(DatabaseId(9), vec![schema(1, "a")]));
    assert_eq!(fleet, before);
}
