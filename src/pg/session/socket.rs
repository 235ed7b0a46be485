//! A socket of either kind. Must not know what is said on it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// Where a socket leads to.
#[derive(Debug, Clone)]
pub(super) enum Address {
    File(PathBuf),
    Tcp(SocketAddr),
}

/// An open socket.
#[derive(Debug)]
pub(super) enum Socket {
    File(UnixStream),
    Tcp(TcpStream),
}

impl Socket {
    pub(super) async fn open(address: &Address) -> io::Result<Self> {
        match address {
            Address::File(path) => UnixStream::connect(path).await.map(Self::File),
            Address::Tcp(address) => {
                let socket = TcpStream::connect(address).await?;
                keep_alive(&socket);
                Ok(Self::Tcp(socket))
            }
        }
    }
}

/// A server that vanishes without a word is noticed within about a minute also when nothing is asked.
fn keep_alive(socket: &TcpStream) {
    use rustix::net::sockopt;
    // A socket without these options still works; the deadline of each query finds a dead server too.
    let _set = socket.set_nodelay(true);
    let _set = sockopt::set_socket_keepalive(socket, true);
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
    {
        let _set = sockopt::set_tcp_keepidle(socket, Duration::from_secs(20));
        let _set = sockopt::set_tcp_keepintvl(socket, Duration::from_secs(10));
        let _set = sockopt::set_tcp_keepcnt(socket, 4);
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::File(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Tcp(socket) => Pin::new(socket).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::File(socket) => Pin::new(socket).poll_write(cx, buf),
            Self::Tcp(socket) => Pin::new(socket).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::File(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tcp(socket) => Pin::new(socket).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::File(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Tcp(socket) => Pin::new(socket).poll_shutdown(cx),
        }
    }
}
