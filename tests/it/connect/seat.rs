//! Two connections to a database and three who want one: a person who opens a schema is served before a pass over the fleet that
//! uses both.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent};
use tenantry::domain::roles::Policy;
use tenantry::observer::{Observer, Update};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::watch;

use super::target;
use crate::structure::tenant;
use crate::support::{DEADLINE, Database, database};

/// What only a pass over all structures sends.
const OF_THE_PASS: &[u8] = include_bytes!("../../../src/pg/sql/tier1_planner.sql");
const CANCEL_REQUEST: [u8; 4] = 0x04d2_162e_u32.to_be_bytes();

/// Where a connection through the [`Gate`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// It goes on.
    Open,
    /// It has asked for a part of the pass, and nothing of the answer gets through.
    Held,
    /// It was held and goes on for good.
    Released,
    /// The client has closed it.
    Gone,
}

/// Stands between the observer and the server, and holds up the answers to the pass on the first two connections: as if there
/// were so much to read. The third gets through as soon as the second is closed.
struct Gate {
    folder: tempfile::TempDir,
    dbname: String,
    connections: watch::Sender<HashMap<usize, At>>,
}

impl Gate {
    fn before(database: &Database) -> Arc<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.1")).expect("a socket");
        let cluster = database.cluster();
        let server = cluster.socket_dir().join(format!(".s.PGSQL.{}", cluster.port()));
        let connections = watch::Sender::new(HashMap::new());
        let gate = Arc::new(Self { folder, dbname: database.name().to_owned(), connections });
        tokio::spawn(Arc::clone(&gate).serve(listener, server));
        gate
    }

    fn dsn(&self) -> String {
        format!("host='{}' port=1 user=postgres dbname={}", self.folder.path().display(), self.dbname)
    }

    async fn serve(self: Arc<Self>, listener: UnixListener, server: PathBuf) {
        let mut number = 0;
        loop {
            let (mut client, _) = listener.accept().await.expect("a client");
            let mut first = [0; 8];
            client.read_exact(&mut first).await.expect("a first message");
            let mut server = UnixStream::connect(&server).await.expect("the server");
            if first[4..] == CANCEL_REQUEST {
                // Only who helps with the pass is ever asked to stop. The server closes the connection when it has done so.
                server.write_all(&first).await.expect("the server listens");
                let _both = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                self.release(1);
                continue;
            }
            server.write_all(&first).await.expect("the server listens");
            tokio::spawn(Arc::clone(&self).forward(number, client, server));
            number += 1;
        }
    }

    async fn forward(self: Arc<Self>, number: usize, client: UnixStream, server: UnixStream) {
        self.connections.send_modify(|all| {
            all.insert(number, At::Open);
        });
        if number == 2 {
            self.until(1, At::Gone).await;
        }
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let asked = async {
            let mut bytes = vec![0; 65_536];
            let mut seen = Vec::new();
            while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
                // It may come in two pieces.
                seen.extend_from_slice(&bytes[..length]);
                let is_of_the_pass = seen.windows(OF_THE_PASS.len()).any(|part| part == OF_THE_PASS);
                seen.drain(..seen.len().saturating_sub(OF_THE_PASS.len() - 1));
                if number < 2 && is_of_the_pass {
                    self.connections.send_modify(|all| {
                        all.entry(number).and_modify(|at| {
                            if *at == At::Open {
                                *at = At::Held;
                            }
                        });
                    });
                }
                if to_server.write_all(&bytes[..length]).await.is_err() {
                    break;
                }
            }
        };
        let answered = async {
            let mut bytes = vec![0; 65_536];
            while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
                let mut connections = self.connections.subscribe();
                connections.wait_for(|all| all[&number] != At::Held).await.expect("the gate stands");
                if to_client.write_all(&bytes[..length]).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = asked => {}
            () = answered => {}
        }
        self.connections.send_modify(|all| {
            all.insert(number, At::Gone);
        });
    }

    /// What was held goes on; who has gone meanwhile stays gone.
    fn release(&self, number: usize) {
        self.connections.send_modify(|all| {
            all.entry(number).and_modify(|at| {
                if *at != At::Gone {
                    *at = At::Released;
                }
            });
        });
    }

    async fn until(&self, number: usize, wanted: At) {
        let mut connections = self.connections.subscribe();
        let there = connections.wait_for(|all| all.get(&number) == Some(&wanted));
        let in_time = tokio::time::timeout(DEADLINE, there).await;
        in_time.unwrap_or_else(|_| panic!("connection {number} is not {wanted:?}")).expect("the gate stands");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_served_before_a_pass_that_holds_both_connections() {
    let database = database();
    for name in ["a", "b", "c"] {
        tenant(&database, name);
    }
    let gate = Gate::before(&database);
    let (updates, mut told) = unbounded_channel();
    let observer = Observer::start(vec![target("main", &gate.dsn())], None, updates);
    gate.until(0, At::Held).await;
    gate.until(1, At::Held).await;
    observer.open_schema(DatabaseId(0), "b");
    let mut fleet = Fleet::new([("main".to_owned(), Policy::default())]);
    let mut next = async || {
        let update = tokio::time::timeout(DEADLINE, told.recv()).await;
        update.expect("an answer in time").expect("the observer runs")
    };
    let detail = loop {
        match next().await {
            Update::Schema { name, detail, .. } if name == "b" => break detail.expect("the schema"),
            other @ (Update::Schema { .. } | Update::Answer { .. }) => panic!("nobody asked: {other:?}"),
            Update::Fleet(FleetEvent::Structures(..)) => panic!("the pass was not held"),
            Update::Fleet(event) => fleet.apply(event),
        }
    };
    assert!(detail.tables.expect("its tables").iter().any(|table| table.name == "item"));
    // What the second connection gave up is read by the first.
    gate.release(0);
    loop {
        match next().await {
            Update::Fleet(FleetEvent::Refreshed(..)) => break,
            Update::Fleet(event) => fleet.apply(event),
            other @ (Update::Schema { .. } | Update::Answer { .. }) => panic!("nobody asked again: {other:?}"),
        }
    }
    let schemas = &fleet.databases[0].schemas;
    let class = |name: &str| schemas.iter().find(|schema| schema.name == name).expect("the schema").class.expect("a class");
    assert_eq!((class("b"), class("c")), (class("a"), class("a")));
    assert!(fleet.databases[0].drift_read.structures && fleet.databases[0].structures.contains_key(&class("a")));
    observer.close().await;
}
