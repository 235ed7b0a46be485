//! The stream below a connection, watched: it remembers when the server was last heard, which password the server asked for
//! and as which process it presents itself, and it refuses to go on when a cleartext password is asked for on an open line.
//! Must not know how the stream was made, nor change a byte.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// What was seen on one connection.
#[derive(Debug)]
pub(super) struct Watch {
    began: Instant,
    heard_ms: AtomicU64,
    asked: AtomicI32,
    process: AtomicI32,
    cancel_key: AtomicI32,
}

impl Watch {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            heard_ms: AtomicU64::new(0),
            asked: AtomicI32::new(0),
            process: AtomicI32::new(0),
            cancel_key: AtomicI32::new(0),
        })
    }

    /// When the server last sent anything.
    pub(super) fn heard(&self) -> Instant {
        self.began + Duration::from_millis(self.heard_ms.load(Ordering::Relaxed))
    }

    /// The process that the other side claims to be; a pooler claims one that does not exist.
    pub(super) fn process(&self) -> i32 {
        self.process.load(Ordering::Relaxed)
    }

    /// The message that asks the server to end what this connection runs.
    pub(super) fn cancel_request(&self) -> [u8; 16] {
        const CODE: i32 = 0x04d2_162e;
        let words = [16, CODE, self.process(), self.cancel_key.load(Ordering::Relaxed)];
        let mut message = [0; 16];
        for (at, word) in words.into_iter().enumerate() {
            message[at * 4..at * 4 + 4].copy_from_slice(&word.to_be_bytes());
        }
        message
    }

    /// Whether a password was asked for, in any form.
    pub(super) fn asked_password(&self) -> bool {
        matches!(self.asked.load(Ordering::Relaxed), CLEARTEXT | MD5 | SASL)
    }

    /// Whether the password was asked for as it is.
    pub(super) fn asked_cleartext(&self) -> bool {
        self.asked.load(Ordering::Relaxed) == CLEARTEXT
    }
}

const CLEARTEXT: i32 = 3;
const MD5: i32 = 5;
const SASL: i32 = 10;

/// The watched stream.
pub(super) struct Guard<S> {
    stream: S,
    watch: Arc<Watch>,
    startup: Option<Startup>,
    cleartext: Cleartext,
}

/// Whether a password may be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleartext {
    Allowed,
    Refused,
}

impl<S> Guard<S> {
    pub(super) fn new(stream: S, watch: Arc<Watch>, cleartext: Cleartext) -> Self {
        Self { stream, watch, startup: Some(Startup::default()), cleartext }
    }

    fn heard(&mut self, bytes: &[u8]) -> io::Result<()> {
        let ms = u64::try_from(self.watch.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.watch.heard_ms.store(ms, Ordering::Relaxed);
        let Some(startup) = &mut self.startup else { return Ok(()) };
        let seen = startup.feed(bytes);
        if let Some(asked) = seen.asked {
            self.watch.asked.store(asked, Ordering::Relaxed);
        }
        if let Some((process, cancel_key)) = seen.process {
            self.watch.process.store(process, Ordering::Relaxed);
            self.watch.cancel_key.store(cancel_key, Ordering::Relaxed);
        }
        if seen.ready {
            self.startup = None;
        }
        if seen.asked == Some(CLEARTEXT) && self.cleartext == Cleartext::Refused {
            return Err(io::Error::other("a cleartext password was asked for"));
        }
        Ok(())
    }
}

/// Follows the messages of the start of a connection, however they are cut into pieces.
#[derive(Debug, Default)]
struct Startup {
    head: Vec<u8>,
    body_left: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    asked: Option<i32>,
    process: Option<(i32, i32)>,
    ready: bool,
}

impl Startup {
    /// Kind and length of a message and the first two words of its body: all that is looked at.
    const HEAD: usize = 13;

    fn feed(&mut self, mut bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        while !bytes.is_empty() && !seen.ready {
            if self.body_left > 0 && self.head.len() == Self::HEAD {
                let skipped = self.body_left.min(bytes.len());
                self.body_left -= skipped;
                bytes = &bytes[skipped..];
            } else {
                self.head.push(bytes[0]);
                bytes = &bytes[1..];
                match self.head.len() {
                    5 => self.body_left = usize::try_from(self.word(1)).unwrap_or(4).saturating_sub(4),
                    6.. => self.body_left -= 1,
                    _ => continue,
                }
            }
            if self.body_left == 0 || self.head.len() == Self::HEAD {
                self.note(&mut seen);
            }
            if self.body_left == 0 {
                self.head.clear();
            }
        }
        seen
    }

    fn note(&self, seen: &mut Seen) {
        match (self.head[0], self.head.len()) {
            (b'R', 9..) if self.word(5) != 0 => seen.asked = seen.asked.or(Some(self.word(5))),
            (b'K', Self::HEAD) => seen.process = Some((self.word(5), self.word(9))),
            (b'Z', _) => seen.ready = true,
            _ => {}
        }
    }

    fn word(&self, at: usize) -> i32 {
        self.head.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, i32::from_be_bytes)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if matches!(polled, Poll::Ready(Ok(()))) && buf.filled().len() > before {
            let heard = self.heard(&buf.filled()[before..]);
            if heard.is_err() {
                buf.set_filled(before);
            }
            heard?;
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Guard<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = i32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, body].concat()
    }

    fn start(asked: i32) -> Vec<u8> {
        [
            message(b'R', &asked.to_be_bytes()),
            message(b'R', &0i32.to_be_bytes()),
            message(b'S', b"server_version\x0015.18\0"),
            message(b'K', &[0, 0, 0x30, 0x39, 1, 2, 3, 4]),
            message(b'Z', b"I"),
        ]
        .concat()
    }

    #[test]
    fn the_start_is_understood_however_it_is_cut() {
        let bytes = start(SASL);
        for size in 1..=bytes.len() {
            let mut startup = Startup::default();
            let mut all = Seen::default();
            for piece in bytes.chunks(size) {
                let seen = startup.feed(piece);
                all.asked = all.asked.or(seen.asked);
                all.process = all.process.or(seen.process);
                all.ready |= seen.ready;
            }
            assert_eq!(
                all,
                Seen { asked: Some(SASL), process: Some((12_345, 0x0102_0304)), ready: true },
                "pieces of {size}"
            );
        }
    }

    #[tokio::test]
    async fn a_cleartext_password_is_refused_on_an_open_line() {
        use tokio::io::AsyncReadExt;
        for (cleartext, passes) in [(Cleartext::Refused, false), (Cleartext::Allowed, true)] {
            let bytes = start(CLEARTEXT);
            let watch = Watch::new();
            let mut guard = Guard::new(bytes.as_slice(), Arc::clone(&watch), cleartext);
            let mut got = Vec::new();
            assert_eq!(guard.read_to_end(&mut got).await.is_ok(), passes);
            assert!(watch.asked_cleartext() && watch.asked_password());
        }
    }
}
