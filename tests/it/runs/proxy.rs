//! A line to the server that breaks at the worst moment: the server has committed, and its answer never comes.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tenantry::demo::Cluster;

/// Sits between a worker and a server.
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    database: String,
    /// How many more answers get lost.
    left: Arc<AtomicU32>,
}

impl Proxy {
    /// Loses the answers to the first messages that hold this text.
    pub(crate) fn start(cluster: &Cluster, database: &str, text: &'static str, times: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let server = cluster.socket_dir().join(format!(".s.PGSQL.{}", cluster.port()));
        let left = Arc::new(AtomicU32::new(times));
        let shared = Arc::clone(&left);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&server) else { continue };
                carry(client, server, text, &shared);
            }
        });
        Self { folder, database: database.to_owned(), left }
    }

    pub(crate) fn dsn(&self) -> String {
        format!("host={} port=5432 user=postgres dbname={}", self.folder.path().display(), self.database)
    }

    /// How many answers got lost less than were to.
    pub(crate) fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }
}

/// Carries bytes both ways, until an answer is to be lost: it is read to its end, and the client's line is cut.
fn carry(client: UnixStream, server: UnixStream, text: &'static str, left: &Arc<AtomicU32>) {
    let marked = Arc::new(AtomicU32::new(0));
    let (mut from_client, mut to_server) = (client.try_clone().expect("a line"), server.try_clone().expect("a line"));
    let (mark, left) = (Arc::clone(&marked), Arc::clone(left));
    std::thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from_client.read(&mut bytes) {
            let has_text = bytes[..count].windows(text.len()).any(|piece| piece == text.as_bytes());
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
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            let is_ready = bytes[..count].ends_with(b"Z\0\0\0\x05I");
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
