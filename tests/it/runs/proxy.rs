//! A line to the server that breaks at the worst moment: the server has committed, and its answer never comes. Or it leads to another
//! server from some moment on, as after a failover.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tenantry::demo::Cluster;

/// Sits between a worker and a server.
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    database: String,
    /// The socket of the server behind it.
    server: Arc<Mutex<PathBuf>>,
    /// How many more answers get lost.
    left: Arc<AtomicU32>,
}

impl Proxy {
    /// Loses the answers to the first messages that hold this text.
    pub(crate) fn start(cluster: &Cluster, database: &str, text: &'static str, times: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let server = Arc::new(Mutex::new(socket(cluster)));
        let left = Arc::new(AtomicU32::new(times));
        let (shared, behind) = (Arc::clone(&left), Arc::clone(&server));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = behind.lock().expect("a path").clone();
                let Ok(server) = UnixStream::connect(server) else { continue };
                carry(client, server, text, &shared);
            }
        });
        Self { folder, database: database.to_owned(), server, left }
    }

    /// From now on new connections lead to another server.
    pub(crate) fn lead_to(&self, cluster: &Cluster) {
        *self.server.lock().expect("a path") = socket(cluster);
    }

    pub(crate) fn dsn(&self) -> String {
        format!("host={} port=5432 user=postgres dbname={}", self.folder.path().display(), self.database)
    }

    /// How many answers got lost less than were to.
    pub(crate) fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }
}

fn socket(cluster: &Cluster) -> PathBuf {
    cluster.socket_dir().join(format!(".s.PGSQL.{}", cluster.port()))
}

/// The end of an answer, outside of any transaction.
const READY: &[u8] = b"Z\0\0\0\x05I";

/// Carries bytes both ways, until an answer is to be lost: it is read to its end, and the client's line is cut.
fn carry(client: UnixStream, server: UnixStream, text: &'static str, left: &Arc<AtomicU32>) {
    let marked = Arc::new(AtomicU32::new(0));
    let (mut from_client, mut to_server) = (client.try_clone().expect("a line"), server.try_clone().expect("a line"));
    let (mark, left) = (Arc::clone(&marked), Arc::clone(left));
    std::thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        let mut seen = Vec::new();
        while let Ok(count @ 1..) = from_client.read(&mut bytes) {
            // It may come in two pieces.
            seen.extend_from_slice(&bytes[..count]);
            let has_text = seen.windows(text.len()).any(|piece| piece == text.as_bytes());
            seen.drain(..seen.len().saturating_sub(text.len() - 1));
            if has_text && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                mark.store(1, Ordering::SeqCst);
            }
            if to_server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _closed = to_server.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let (mut server, mut client) = (server, client);
        let mut bytes = vec![0; 1 << 16];
        let mut seen = Vec::new();
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            seen.extend_from_slice(&bytes[..count]);
            let is_ready = seen.ends_with(READY);
            seen.drain(..seen.len().saturating_sub(READY.len()));
            match marked.load(Ordering::SeqCst) {
                1 if is_ready => break,
                1 => {}
                _ if client.write_all(&bytes[..count]).is_err() => break,
                _ => {}
            }
        }
        let _cut = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    });
}
