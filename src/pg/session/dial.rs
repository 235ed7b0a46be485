//! How a connection comes to be: hosts in order, addresses in order, TLS as sslmode says, a password as far as it is safe.
//! Must not know what the connection is for.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Wire;
use super::guard::{Cleartext, Guard, Watch};
use super::socket::{Address, Socket};
use crate::domain::fault::{Fault, FaultKind};
use crate::pg::fault;
use crate::pg::libpq::{Host, Place, SessionAttrs, Spec, TlsMode};
use crate::pg::tls::Tls;

/// Why no connection came to be, and whether another password could mend it.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// For a person.
    pub fault: Fault,
    /// What was wrong with the password.
    pub password: PasswordTrouble,
}

/// What was wrong with the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordTrouble {
    /// Nothing, or it was never asked for.
    None,
    /// It was asked for and none is known.
    Missing,
    /// It was asked for and is not the right one.
    Wrong,
}

/// Connects and says good-bye: whether the way is free.
pub async fn probe(spec: &Spec) -> Result<(), Refusal> {
    dial(spec, "probe").await.map(drop)
}

/// The way that led to the server, kept so that a query can be cancelled on the same way.
#[derive(Debug, Clone)]
pub(super) struct Line {
    address: Address,
    /// The name that the certificate must be for, and how to speak TLS; `None` for an open line.
    tls: Option<(String, Tls)>,
    /// The place as it is shown.
    pub(super) place: String,
}

/// Connects to the first host that takes us.
pub(in crate::pg) async fn dial(spec: &Spec, purpose: &str) -> Result<Wire, Refusal> {
    let mut unreachable: Vec<Fault> = Vec::new();
    for place in &spec.places {
        match dial_place(spec, place, purpose).await {
            Ok(wire) => return Ok(wire),
            Err(refusal) if refusal.fault.kind == FaultKind::Unreachable => unreachable.push(refusal.fault),
            Err(refusal) => return Err(refusal),
        }
    }
    let what = unreachable.iter().map(|fault| fault.what.as_str()).collect::<Vec<_>>().join("; ");
    let mut fault = unreachable.pop().unwrap_or_else(|| Fault::new(FaultKind::Usage, "no host is named"));
    if !what.is_empty() {
        fault.what = what;
    }
    Err(fault.into())
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, password: PasswordTrouble::None }
    }
}

async fn dial_place(spec: &Spec, place: &Place, purpose: &str) -> Result<Wire, Refusal> {
    let shown = place.to_string();
    let mut last: Refusal = Fault::new(FaultKind::Unreachable, format!("{shown} has no address")).into();
    for address in addresses(place, spec.connect_timeout).await? {
        match dial_address(spec, place, address, purpose).await {
            Ok(wire) => match spec.session_attrs.is_met(&wire).await {
                Ok(()) => return Ok(wire),
                Err(fault) => last = fault.into(),
            },
            Err(refusal) if refusal.fault.kind == FaultKind::Unreachable => last = refusal,
            Err(refusal) => return Err(refusal),
        }
    }
    Err(last)
}

async fn addresses(place: &Place, timeout: Duration) -> Result<Vec<Address>, Fault> {
    match &place.host {
        Host::Unix(_) => Ok(place.socket_file().into_iter().map(Address::File).collect()),
        Host::Tcp { address: Some(address), .. } => Ok(vec![Address::Tcp(SocketAddr::new(*address, place.port))]),
        Host::Tcp { name, address: None } => {
            match tokio::time::timeout(timeout, tokio::net::lookup_host((name.as_str(), place.port))).await {
                Ok(Ok(found)) => Ok(found.map(Address::Tcp).collect()),
                Ok(Err(error)) => Err(fault::no_such_host(name, &error)),
                Err(_) => Err(fault::timed_out(&format!("the name service for {name}"), Some(timeout.as_secs()))),
            }
        }
    }
}

/// One way of starting a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Open,
    /// TLS; where the server has none, an open line if that is allowed.
    Tls {
        or_open: bool,
    },
}

async fn dial_address(spec: &Spec, place: &Place, address: Address, purpose: &str) -> Result<Wire, Refusal> {
    let attempts: &[Attempt] = match spec.tls_mode(place) {
        TlsMode::Disable => &[Attempt::Open],
        TlsMode::Allow => &[Attempt::Open, Attempt::Tls { or_open: false }],
        TlsMode::Prefer => &[Attempt::Tls { or_open: true }, Attempt::Open],
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => &[Attempt::Tls { or_open: false }],
    };
    let mut first: Option<Refusal> = None;
    for attempt in attempts {
        let line = Line { address: address.clone(), tls: None, place: place.to_string() };
        let dialled = tokio::time::timeout(spec.connect_timeout, dial_once(spec, place, line, *attempt, purpose)).await;
        match dialled {
            Ok(Ok(wire)) => return Ok(wire),
            // Only a failure of TLS, or a refusal of this kind of line, is a reason to try the other kind.
            Ok(Err(refusal)) => {
                let another = refusal.fault.kind == FaultKind::Tls || refusal.fault.sqlstate.as_deref() == Some("28000");
                let refusal = first.take().unwrap_or(refusal);
                if !another {
                    return Err(refusal);
                }
                first = Some(refusal);
            }
            Err(_) => return Err(fault::timed_out(&place.to_string(), Some(spec.connect_timeout.as_secs())).into()),
        }
    }
    Err(first.unwrap_or_else(|| fault::lost(&place.to_string()).into()))
}

async fn dial_once(spec: &Spec, place: &Place, mut line: Line, attempt: Attempt, purpose: &str) -> Result<Wire, Refusal> {
    let mut socket = line.open().await?;
    if let Attempt::Tls { or_open } = attempt {
        if offer_tls(&mut socket).await.map_err(|error| fault::of_socket(&error, &line.place, false))? {
            line.tls = Some((place.certificate_name(), Tls::new(spec.tls_mode(place), &spec.tls_files)?));
        } else if !or_open {
            return Err(fault::no_tls(&line.place, spec.tls.is_some()).into());
        }
    }
    start(spec, place, line, socket, purpose).await
}

impl Line {
    async fn open(&self) -> Result<Socket, Fault> {
        let is_file = matches!(self.address, Address::File(_));
        Socket::open(&self.address).await.map_err(|error| fault::of_socket(&error, &self.place, is_file))
    }

    /// Whether nobody can listen, or only somebody who has proved to be the server.
    fn cleartext(&self) -> Cleartext {
        let safe = match (&self.address, &self.tls) {
            (Address::File(_), _) => true,
            (Address::Tcp(_), Some((_, tls))) if tls.verifies() => true,
            (Address::Tcp(address), _) => address.ip().is_loopback(),
        };
        if safe { Cleartext::Allowed } else { Cleartext::Refused }
    }

    /// Sends the message that ends what a connection runs, and waits until the server has taken it. The waiting goes on
    /// when the caller gives up: a `PgBouncer` of 2022 (1.18) may crash when such a client hangs up first.
    pub(super) async fn cancel(&self, message: [u8; 16]) -> Result<(), Fault> {
        const PATIENCE: Duration = Duration::from_mins(2);
        let line = self.clone();
        let place = self.place.clone();
        let sent = tokio::spawn(tokio::time::timeout(PATIENCE, async move { line.send_cancel(message).await }));
        match sent.await {
            Ok(Ok(sent)) => sent.map_err(|error| fault::of_socket(&error, &place, false)),
            Ok(Err(_)) => Err(fault::timed_out(&place, Some(PATIENCE.as_secs()))),
            Err(_) => Err(fault::lost(&place)),
        }
    }

    async fn send_cancel(&self, message: [u8; 16]) -> io::Result<()> {
        let mut socket = Socket::open(&self.address).await?;
        match &self.tls {
            None => exchange(socket, message).await,
            Some((name, tls)) => {
                offer_tls(&mut socket).await?;
                let handshake = Handshake::new(name, tls, Watch::new(), Cleartext::Refused);
                exchange(handshake.connect(socket).await?, message).await
            }
        }
    }
}

/// The server answers a cancellation by hanging up.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, message: [u8; 16]) -> io::Result<()> {
    stream.write_all(&message).await?;
    stream.flush().await?;
    // However it hangs up, the request was taken.
    let _hung_up = stream.read_u8().await;
    Ok(())
}

/// Asks whether the server speaks TLS.
async fn offer_tls(socket: &mut Socket) -> io::Result<bool> {
    const REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    socket.write_all(&REQUEST).await?;
    match socket.read_u8().await? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        _ => Err(io::Error::other("it does not answer as a PostgreSQL server does")),
    }
}

async fn start(spec: &Spec, place: &Place, line: Line, socket: Socket, purpose: &str) -> Result<Wire, Refusal> {
    let config = config(spec, place, purpose, line.tls.is_some());
    let watch = Watch::new();
    let cleartext = line.cleartext();
    let (ended, _) = watch::channel(None);
    let started = match &line.tls {
        None => {
            let socket = Guard::new(socket, Arc::clone(&watch), cleartext);
            config.connect_raw(socket, NoTls).await.map(|(client, connection)| own(client, connection, &ended, &line.place))
        }
        Some((name, tls)) => {
            let handshake = Handshake::new(name, tls, Arc::clone(&watch), cleartext);
            config
                .connect_raw(socket, handshake)
                .await
                .map(|(client, connection)| own(client, connection, &ended, &line.place))
        }
    };
    match started {
        Ok((client, owner, major)) => Ok(Wire {
            client,
            line,
            watch,
            owner,
            ended,
            turn: Arc::default(),
            in_flight: std::sync::atomic::AtomicUsize::new(0),
            major,
            watched: false,
        }),
        Err(error) => Err(refusal(&error, spec, place, &watch, cleartext)),
    }
}

fn config(spec: &Spec, place: &Place, purpose: &str, tls: bool) -> Config {
    let mut config = Config::new();
    config.user(&spec.user).dbname(&spec.database).application_name(spec.application_name(purpose));
    config.channel_binding(spec.channel_binding);
    if let Some(options) = &spec.options {
        config.options(options);
    }
    if let Some(password) = spec.password_for(place) {
        config.password(password.expose());
    }
    // The question whether the server speaks TLS was asked before: what follows starts with the handshake.
    config.ssl_negotiation(SslNegotiation::Direct).ssl_mode(if tls { SslMode::Require } else { SslMode::Disable });
    config
}

/// Starts the one task that owns the connection; it tells why the connection ended. Gives the server's major version too.
fn own<S, T>(
    client: Client,
    connection: tokio_postgres::Connection<S, T>,
    ended: &watch::Sender<Option<Fault>>,
    place: &str,
) -> (Client, AbortHandle, u32)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (ended, place) = (ended.clone(), place.to_owned());
    let version = connection.parameter("server_version").unwrap_or_default();
    let major = version.split(|c: char| !c.is_ascii_digit()).next().and_then(|major| major.parse().ok()).unwrap_or(0);
    let owner = tokio::spawn(async move {
        let why = connection.await.map_or_else(|error| fault::of_client(&error, &place), |()| fault::lost(&place));
        end(&ended, why);
    });
    (client, owner.abort_handle(), major)
}

/// Records why a connection ended, unless a reason is known.
pub(super) fn end(ended: &watch::Sender<Option<Fault>>, why: Fault) {
    ended.send_if_modified(|known| {
        let first = known.is_none();
        known.get_or_insert(why);
        first
    });
}

fn refusal(error: &tokio_postgres::Error, spec: &Spec, place: &Place, watch: &Watch, cleartext: Cleartext) -> Refusal {
    let shown = place.to_string();
    let wrong = error.code().is_some_and(|code| code.code() == "28P01");
    let known = spec.password_for(place).is_some();
    if watch.asked_cleartext() && cleartext == Cleartext::Refused {
        return fault::cleartext(&shown).into();
    }
    if watch.asked_password() && !known && error.as_db_error().is_none() {
        let fault = fault::no_password(&shown, &spec.user, spec.password_file_trouble());
        return Refusal { fault, password: PasswordTrouble::Missing };
    }
    let mut fault = fault::of_client(error, &shown);
    if wrong && let Some(from) = spec.password_source(place) {
        fault.hint = Some(format!("the password came from {from}; check it and the user's name"));
    }
    Refusal { fault, password: if wrong { PasswordTrouble::Wrong } else { PasswordTrouble::None } }
}

/// The TLS handshake, whose stream is watched.
struct Handshake {
    connect: <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect,
    watch: Arc<Watch>,
    cleartext: Cleartext,
}

impl Handshake {
    fn new(name: &str, tls: &Tls, watch: Arc<Watch>, cleartext: Cleartext) -> Self {
        let connect = match MakeTlsConnect::<Socket>::make_tls_connect(&mut tls.connector(), name) {
            Ok(connect) => connect,
            Err(never) => match never {},
        };
        Self { connect, watch, cleartext }
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Guard<<MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Stream>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move {
            let stream = self.connect.connect(stream).await?;
            Ok(Guard::new(stream, self.watch, self.cleartext))
        })
    }
}

impl SessionAttrs {
    /// Whether the server is of the kind that `target_session_attrs` asks for.
    async fn is_met(self, wire: &Wire) -> Result<(), Fault> {
        let Some((sql, wanted)) = self.question() else { return Ok(()) };
        let limits = super::Limits { lock: Duration::from_secs(1), statement: Duration::from_secs(5) };
        let found = super::turn_texts(wire, limits, sql).await?;
        if found.first().and_then(|row| row.first()) == Some(&Some(wanted.to_owned())) {
            return Ok(());
        }
        Err(Fault::new(FaultKind::Unreachable, format!("{} is not {}", wire.line.place, self.word()))
            .hint("target_session_attrs asks for another kind of server"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::libpq::TlsFiles;

    fn cleartext(address: Address, mode: Option<TlsMode>) -> Cleartext {
        let tls = mode.map(|mode| ("db1".to_owned(), Tls::new(mode, &TlsFiles::default()).expect("TLS")));
        Line { address, tls, place: "db1:5432".to_owned() }.cleartext()
    }

    #[test]
    fn a_cleartext_password_is_sent_only_where_nobody_can_listen() {
        let tcp = |text: &str| Address::Tcp(text.parse().unwrap());
        assert_eq!(cleartext(Address::File("/tmp/s".into()), None), Cleartext::Allowed);
        assert_eq!(cleartext(tcp("127.0.0.1:5432"), None), Cleartext::Allowed);
        assert_eq!(cleartext(tcp("[::1]:5432"), None), Cleartext::Allowed);
        assert_eq!(cleartext(tcp("10.0.0.1:5432"), None), Cleartext::Refused);
        assert_eq!(cleartext(tcp("10.0.0.1:5432"), Some(TlsMode::Require)), Cleartext::Refused);
    }
}
