//! libpq's conventions: conninfo strings and URIs, `PG*` variables, `~/.pgpass`, socket folders, sslmode. Reading them is a pure
//! function of the text and the [`Surroundings`]. Must not open a connection.

mod hand_over;
mod passfile;
mod program;
mod resolve;
mod secret;
mod surroundings;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::config::ChannelBinding;
use zeroize::Zeroizing;

pub use self::resolve::variables_that_lead_elsewhere;
pub use self::secret::Secret;
pub use self::surroundings::{SmallFile, Surroundings};
use crate::domain::fault::Fault;
use crate::domain::name::shown;

/// Where and as whom to connect: everything that libpq would know. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Spec {
    pub(super) places: Vec<Place>,
    pub(super) user: String,
    pub(super) database: String,
    password: Option<(Secret, PasswordSource)>,
    file_trouble: Option<String>,
    passfile: Option<String>,
    application: Option<String>,
    pub(super) options: Option<String>,
    pub(super) connect_timeout: Duration,
    pub(super) tls: Option<TlsMode>,
    pub(super) tls_files: TlsFiles,
    pub(super) channel_binding: ChannelBinding,
    pub(super) session_attrs: SessionAttrs,
}

/// One server that may be tried.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) host: Host,
    pub(super) port: u16,
    /// From the password file, which is looked up by host and port.
    password: Option<Secret>,
}

/// The way to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// The folder of a Unix socket.
    Unix(PathBuf),
    /// A name, or an address as text. `address` saves looking the name up.
    Tcp { name: String, address: Option<IpAddr> },
}

/// Where a password came from: part of the hint when it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PasswordSource {
    Dsn,
    Variable,
    Prompt,
}

impl PasswordSource {
    fn word(self) -> &'static str {
        match self {
            Self::Dsn => "the connection string",
            Self::Variable => "PGPASSWORD",
            Self::Prompt => "the prompt",
        }
    }
}

/// `sslmode`, weakest first.
///
/// Without one it is `prefer` for a Unix socket and for this machine (`localhost`, 127.0.0.0/8, `::1`), and `verify-full` for
/// every other host: libpq's `prefer` would let anybody on the way read along. On a Unix socket TLS is never tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TlsMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl TlsMode {
    const ALL: [(&'static str, Self); 6] = [
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("prefer", |(word, _)| word)
    }
}

/// The files that TLS needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TlsFiles {
    /// The authorities that are trusted; `None` for the system's.
    pub(super) roots: Option<PathBuf>,
    /// The client's certificate and its key.
    pub(super) client: Option<(PathBuf, PathBuf)>,
}

/// `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionAttrs {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
}

impl SessionAttrs {
    const ALL: [(&'static str, Self); 5] = [
        ("any", Self::Any),
        ("read-write", Self::ReadWrite),
        ("read-only", Self::ReadOnly),
        ("primary", Self::Primary),
        ("standby", Self::Standby),
    ];

    /// The query whose answer tells, and the answer that is wanted.
    pub(super) fn question(self) -> Option<(&'static str, &'static str)> {
        let read_only = include_str!("../sql/is_read_only.sql");
        let standby = include_str!("../sql/is_standby.sql");
        match self {
            Self::Any => None,
            Self::ReadWrite => Some((read_only, "off")),
            Self::ReadOnly => Some((read_only, "on")),
            Self::Primary => Some((standby, "f")),
            Self::Standby => Some((standby, "t")),
        }
    }

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, attrs)| *attrs == self).map_or("any", |(word, _)| word)
    }
}

impl Spec {
    /// Reads a conninfo string or a URI, completed by `PG*` variables, `~/.pgpass` and libpq's defaults. A bare word is the name
    /// of a database. [`crate::domain::fault::FaultKind::Usage`] for anything that is not understood.
    pub fn parse(dsn: &str) -> Result<Self, Fault> {
        Self::resolve(dsn, Surroundings::real())
    }

    /// As [`Spec::parse`], in the given surroundings.
    pub fn resolve(dsn: &str, surroundings: Surroundings<'_>) -> Result<Self, Fault> {
        resolve::spec(dsn, surroundings)
    }

    /// The user.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database, raw.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The `options` that a person gave for the start of a session.
    pub fn options(&self) -> Option<&str> {
        self.options.as_deref()
    }

    /// The servers that are tried, as they are shown: `db1:5432`, or the path of a socket.
    pub fn place(&self) -> String {
        self.places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The short name of the first server: its host without port, `local` for a socket.
    pub fn host_name(&self) -> &str {
        match self.places.first().map(|place| &place.host) {
            Some(Host::Tcp { name, .. }) => name,
            _ => "local",
        }
    }

    /// The folder of the socket, where the first server is reached by one.
    pub fn socket_folder(&self) -> Option<&Path> {
        match self.places.first().map(|place| &place.host) {
            Some(Host::Unix(folder)) => Some(folder),
            _ => None,
        }
    }

    /// Whether a password is known for every server, so that none need be asked for.
    pub fn knows_password(&self) -> bool {
        self.places.iter().all(|place| self.password_for(place).is_some())
    }

    /// Takes a password that a person typed.
    pub fn set_password(&mut self, password: Secret) {
        self.password = Some((password, PasswordSource::Prompt));
    }

    /// Why the password file was not read although it is there; `None` when all is well.
    pub fn password_file_trouble(&self) -> Option<&str> {
        self.file_trouble.as_deref()
    }

    pub(super) fn password_for<'a>(&'a self, place: &'a Place) -> Option<&'a Secret> {
        self.password.as_ref().map(|(secret, _)| secret).or(place.password.as_ref())
    }

    pub(super) fn password_source(&self, place: &Place) -> Option<&'static str> {
        let given = self.password.as_ref().map(|(_, source)| source.word());
        given.or_else(|| place.password.as_ref().map(|_| "the password file"))
    }

    pub(super) fn tls_mode(&self, place: &Place) -> TlsMode {
        match (&place.host, self.tls) {
            (Host::Unix(_), _) => TlsMode::Disable,
            // As libpq does: who names an authority wants it checked.
            (_, Some(TlsMode::Require)) if self.tls_files.roots.is_some() => TlsMode::VerifyCa,
            (_, Some(mode)) => mode,
            _ if place.is_this_machine() => TlsMode::Prefer,
            _ => TlsMode::VerifyFull,
        }
    }

    /// The same place, whose connections are called as we call them: a run must be known by its name.
    pub(super) fn under_our_name(&self) -> Self {
        Self { application: None, ..self.clone() }
    }

    pub(super) fn application_name(&self, purpose: &str) -> String {
        self.application.clone().unwrap_or_else(|| format!("tenantry/{purpose}"))
    }

    /// The line of a password file that has the password for whatever is connected to, where [`Self::variables`] have it.
    pub fn password_line(&self) -> Option<Zeroizing<String>> {
        let (password, _) = self.password.as_ref()?;
        let escaped = Zeroizing::new(password.expose().replace('\\', "\\\\").replace(':', "\\:"));
        Some(Zeroizing::new(format!("*:*:*:*:{}\n", *escaped)))
    }

    /// The `PG*` variables that lead psql to the same place as the same user. `PGPASSWORD` is only among them when the password
    /// is not one that psql finds by itself in the password file.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let list = |of: &dyn Fn(&Place) -> String| self.places.iter().map(of).collect::<Vec<_>>().join(",");
        let mut all = vec![
            (
                "PGHOST",
                list(&|place| match &place.host {
                    Host::Unix(folder) => folder.display().to_string(),
                    Host::Tcp { name, .. } => name.clone(),
                }),
            ),
            ("PGPORT", list(&|place| place.port.to_string())),
            ("PGUSER", self.user.clone()),
            ("PGDATABASE", self.database.clone()),
            ("PGCONNECT_TIMEOUT", self.connect_timeout.as_secs().to_string()),
        ];
        let address = |place: &Place| match &place.host {
            Host::Tcp { address: Some(address), .. } => address.to_string(),
            _ => String::new(),
        };
        if self.places.iter().any(|place| !address(place).is_empty()) {
            all.push(("PGHOSTADDR", list(&address)));
        }
        if let Some(mode) = self.places.iter().map(|place| self.tls_mode(place)).max() {
            all.push(("PGSSLMODE", mode.word().to_owned()));
            if mode >= TlsMode::VerifyCa {
                let roots = self.tls_files.roots.clone().or_else(system_bundle);
                all.push(("PGSSLROOTCERT", roots.map_or("system".to_owned(), |path| path.display().to_string())));
            }
        }
        if let Some((certificate, key)) = &self.tls_files.client {
            all.push(("PGSSLCERT", certificate.display().to_string()));
            all.push(("PGSSLKEY", key.display().to_string()));
        }
        if let Some(path) = &self.passfile {
            all.push(("PGPASSFILE", path.clone()));
        }
        if self.channel_binding == ChannelBinding::Require {
            all.push(("PGCHANNELBINDING", "require".to_owned()));
        }
        if self.session_attrs != SessionAttrs::Any {
            all.push(("PGTARGETSESSIONATTRS", self.session_attrs.word().to_owned()));
        }
        if let Some((password, _)) = &self.password {
            all.push(("PGPASSWORD", password.expose().to_owned()));
        }
        all
    }
}

/// The system's authorities in one file: psql before version 16 does not know `sslrootcert=system`.
fn system_bundle() -> Option<PathBuf> {
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
}

impl Place {
    fn is_this_machine(&self) -> bool {
        match &self.host {
            Host::Unix(_) => true,
            Host::Tcp { address: Some(address), .. } => address.is_loopback(),
            Host::Tcp { name, address: None } => {
                name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// The name that the server's certificate must be for.
    pub(super) fn certificate_name(&self) -> String {
        match &self.host {
            Host::Unix(_) => String::new(),
            Host::Tcp { name, .. } => name.clone(),
        }
    }

    /// The socket itself.
    pub(super) fn socket_file(&self) -> Option<PathBuf> {
        match &self.host {
            Host::Unix(folder) => Some(socket_file(folder, self.port)),
            Host::Tcp { .. } => None,
        }
    }
}

fn socket_file(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Unix(folder) => f.write_str(&shown(&socket_file(folder, self.port).display().to_string())),
            Host::Tcp { name, .. } if name.contains(':') => write!(f, "[{}]:{}", shown(name), self.port),
            Host::Tcp { name, .. } => write!(f, "{}:{}", shown(name), self.port),
        }
    }
}
