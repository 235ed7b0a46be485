//! One structure on every server: the fingerprint does not say in which database, on which server, nor on which major it was read.

use super::{base, filled, read, ready};
use crate::connect::connect;
use crate::support::servers;

#[tokio::test]
async fn the_same_statements_make_the_same_structure_in_every_database_and_on_every_major() {
    let mut all = Vec::new();
    for cluster in servers() {
        for name in ["acme", "t"] {
            let database = ready(cluster);
            database.sql(&format!("{}{}", base(name), filled(include_str!("views.sql"), name)));
            let session = connect(&database.dsn()).await.expect("a connection");
            all.push(read(&session, name).await.expect("a structure"));
        }
    }
    let first = &all[0];
    for other in &all[1..] {
        let missing: Vec<_> = first.objects.iter().filter(|object| !other.objects.contains(object)).collect();
        let extra: Vec<_> = other.objects.iter().filter(|object| !first.objects.contains(object)).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{} and {}: {missing:#?} {extra:#?}", first.major, other.major);
        assert_eq!((other.shape, other.exact), (first.shape, first.exact), "{} and {}", first.major, other.major);
    }
}
