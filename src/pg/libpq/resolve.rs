//! From settings to a [`Spec`]: which settings there are, what completes them, what they mean. Pure; must not open a
//! connection.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::config::ChannelBinding;

use super::passfile::{self, Wanted};
use super::secret::Secret;
use super::surroundings::Surroundings;
use super::{Host, PasswordSource, Place, SessionAttrs, Spec, TlsFiles, TlsMode, socket_file, text};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// The settings that are used, each with the variable that completes it.
const USED: [(&str, &str); 18] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("application_name", "PGAPPNAME"),
    ("fallback_application_name", ""),
    ("options", "PGOPTIONS"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
];

/// The variables that could lead a child's libpq elsewhere than a [`Spec`] does.
pub fn variables_that_lead_elsewhere() -> impl Iterator<Item = &'static str> {
    let harmless = ["", "PGPASSFILE", "PGAPPNAME"];
    USED.into_iter().map(|(_, variable)| variable).filter(move |name| !harmless.contains(name)).chain(["PGSERVICE"])
}

/// Settings of libpq that change nothing here: text is always UTF-8, connections are always kept alive, GSSAPI is never used.
const WITHOUT_EFFECT: [&str; 13] = [
    "client_encoding",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "sslcompression",
    "sslsni",
    "tcp_user_timeout",
];

/// Settings of libpq that would have to be obeyed and are not: leaving them out in silence could be unsafe.
const REFUSED: [&str; 13] = [
    "max_protocol_version",
    "min_protocol_version",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcertmode",
    "sslcrl",
    "sslpassword",
];

/// How long to wait for an address when nothing is said; libpq would wait for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

fn usage(what: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Usage, what)
}

/// Settings by name, with the variables filled in.
struct Settings {
    given: BTreeMap<String, String>,
    variables: BTreeMap<&'static str, String>,
}

impl Settings {
    fn read(dsn: &str, around: Surroundings<'_>) -> Result<Self, Fault> {
        let mut given = BTreeMap::new();
        for (name, value) in text::settings(dsn)? {
            if USED.iter().any(|(used, _)| *used == name) {
                given.insert(name, value);
            } else if REFUSED.contains(&name.as_str()) {
                return Err(usage(format!("connection setting {name:?} is not supported")).hint("leave it out"));
            } else if !WITHOUT_EFFECT.contains(&name.as_str()) {
                return Err(unknown(&name));
            }
        }
        given.retain(|_, value| !value.is_empty());
        let variables = USED.iter().filter_map(|(name, variable)| Some((*name, around.set(variable)?))).collect();
        Ok(Self { given, variables })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.given.get(name).or_else(|| self.variables.get(name)).map(String::as_str)
    }

    fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).map(|value| value.split(',').map(str::trim).collect()).unwrap_or_default()
    }

    fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Fault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == value) {
            return Ok(Some(*meaning));
        }
        let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        Err(usage(format!("{name} {:?} is not known", shown(value))).hint(format!("it is one of {known}")))
    }
}

fn unknown(name: &str) -> Fault {
    let fault = usage(format!("connection setting {:?} is not known", shown(name)));
    let near = USED.iter().map(|(used, _)| *used).find(|used| {
        let differ = used.chars().zip(name.chars()).filter(|(a, b)| !a.eq_ignore_ascii_case(b)).count();
        used.len().abs_diff(name.len()) + differ <= 2 || name.replace(['_', '-'], "") == used.replace('_', "")
    });
    match near {
        Some(used) => fault.hint(format!("did you mean {used}?")),
        None if name == "username" => fault.hint("did you mean user?"),
        None if name == "database" => fault.hint("did you mean dbname?"),
        None => fault.hint("the settings are those of libpq, such as host, port, dbname, user, sslmode"),
    }
}

pub(super) fn spec(dsn: &str, around: Surroundings<'_>) -> Result<Spec, Fault> {
    let settings = Settings::read(dsn, around)?;
    if around.set("PGSERVICE").is_some() && settings.get("host").or(settings.get("hostaddr")).is_none() {
        return Err(
            usage("PGSERVICE is set, and service files are not supported").hint("name the host in the connection string")
        );
    }
    let user = match settings.get("user") {
        Some(user) => user.to_owned(),
        None => (around.user)()
            .ok_or_else(|| usage("no user is named and this process has no user name").hint("add user=NAME"))?,
    };
    let database = settings.get("dbname").unwrap_or(&user).to_owned();
    let mut places = places(&settings, around)?;
    let file_trouble = passwords(&mut places, &settings, around, &database, &user);
    let password = |found: Option<&String>, source| found.map(|text| (Secret::new(text.clone()), source));
    let (tls, tls_files) = tls(&settings, around)?;
    Ok(Spec {
        places,
        user,
        database,
        password: password(settings.given.get("password"), PasswordSource::Dsn)
            .or_else(|| password(settings.variables.get("password"), PasswordSource::Variable)),
        file_trouble,
        application: settings.get("application_name").map(str::to_owned),
        passfile: settings.given.get("passfile").cloned(),
        options: settings.get("options").map(str::to_owned),
        connect_timeout: connect_timeout(&settings)?,
        tls,
        tls_files,
        channel_binding: settings
            .one_of(
                "channel_binding",
                &[
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ],
            )?
            .unwrap_or(ChannelBinding::Prefer),
        session_attrs: settings.one_of("target_session_attrs", &SessionAttrs::ALL)?.unwrap_or(SessionAttrs::Any),
    })
}

fn connect_timeout(settings: &Settings) -> Result<Duration, Fault> {
    let Some(value) = settings.get("connect_timeout") else { return Ok(CONNECT_TIMEOUT) };
    match value.trim().parse::<i32>() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds.unsigned_abs().into())),
        // For libpq this is "for ever", which a console must not wait.
        Ok(_) => Ok(CONNECT_TIMEOUT),
        Err(_) => Err(usage(format!("connect_timeout {:?} is not a number of seconds", shown(value)))),
    }
}

fn places(settings: &Settings, around: Surroundings<'_>) -> Result<Vec<Place>, Fault> {
    let (names, addresses, ports) = (settings.list("host"), settings.list("hostaddr"), settings.list("port"));
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(usage(format!("{} hosts and {} hostaddrs are named", names.len(), addresses.len())));
    }
    let count = names.len().max(addresses.len()).max(1);
    if ports.len() > 1 && ports.len() != count {
        return Err(
            usage(format!("{} ports are named for {count} hosts", ports.len())).hint("name one port, or one for each host")
        );
    }
    (0..count)
        .map(|at| {
            let port = match ports.get(at).or(ports.first()).copied().unwrap_or_default() {
                "" => 5432,
                text => text
                    .parse::<u16>()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or_else(|| usage(format!("port {:?} is not a number from 1 to 65535", shown(text))))?,
            };
            let address = match addresses.get(at).copied().unwrap_or_default() {
                "" => None,
                text => Some(text.parse::<IpAddr>().map_err(|_| {
                    usage(format!("hostaddr {:?} is not an IP address", shown(text))).hint("names belong into host")
                })?),
            };
            let host = match (names.get(at).copied().unwrap_or_default(), address) {
                ("", None) => Host::Unix(default_folder(around, port)),
                ("", Some(address)) => Host::Tcp { name: address.to_string(), address: Some(address) },
                (name, None) if name.starts_with('/') => Host::Unix(PathBuf::from(name)),
                (name, _) if name.starts_with('@') => {
                    return Err(usage("abstract sockets (a host that starts with @) are not supported"));
                }
                (name, address) => Host::Tcp { name: name.to_owned(), address },
            };
            Ok(Place { host, port, password: None })
        })
        .collect()
}

/// The folders in which servers keep their socket: Debian's and Red Hat's, then PostgreSQL's own default.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

fn default_folder(around: Surroundings<'_>, port: u16) -> PathBuf {
    let folders = SOCKET_FOLDERS.map(Path::new);
    let with_socket = folders.into_iter().find(|folder| (around.exists)(&socket_file(folder, port)));
    with_socket.or_else(|| folders.into_iter().find(|folder| (around.exists)(folder))).unwrap_or(folders[1]).to_owned()
}

/// Looks the passwords up; gives the reason if the file is there and must not be read.
fn passwords(
    places: &mut [Place],
    settings: &Settings,
    around: Surroundings<'_>,
    database: &str,
    user: &str,
) -> Option<String> {
    let path = settings.get("passfile").map(PathBuf::from).or_else(|| around.home(".pgpass"))?;
    let file = (around.file)(&path).ok()?;
    let shown_path = path.display().to_string();
    let shown_path = shown(&shown_path);
    if !file.ordinary {
        return Some(format!("the password file {shown_path} is not read because it is not an ordinary file"));
    }
    if file.mode & 0o077 != 0 {
        return Some(format!(
            "the password file {shown_path} is not read because others may read it: run chmod 600 {shown_path}"
        ));
    }
    for place in places {
        let host = match &place.host {
            Host::Unix(folder) if SOCKET_FOLDERS.iter().any(|default| Path::new(default) == folder) => {
                "localhost".to_owned()
            }
            Host::Unix(folder) => folder.display().to_string(),
            Host::Tcp { name, .. } => name.clone(),
        };
        place.password = passfile::find(&file.text, Wanted { host: &host, port: place.port, database, user });
    }
    None
}

fn tls(settings: &Settings, around: Surroundings<'_>) -> Result<(Option<TlsMode>, TlsFiles), Fault> {
    settings.one_of("sslnegotiation", &[("postgres", ())])?;
    let mode = settings.one_of("sslmode", &TlsMode::ALL)?;
    let in_home = |name: &str| around.home(&format!(".postgresql/{name}")).filter(|path| (around.exists)(path));
    let (mode, roots) = match (settings.get("sslrootcert"), mode) {
        (Some("system"), None | Some(TlsMode::VerifyFull)) => (Some(TlsMode::VerifyFull), None),
        (Some("system"), Some(mode)) => {
            return Err(usage(format!("sslrootcert=system is of no use with sslmode={}", mode.word()))
                .hint("say sslmode=verify-full: anybody can have a certificate from the system's authorities"));
        }
        (Some(path), mode) => (mode, Some(PathBuf::from(path))),
        (None, mode) => (mode, in_home("root.crt")),
    };
    let certificate = settings.get("sslcert").map(PathBuf::from).or_else(|| in_home("postgresql.crt"));
    let key = settings.get("sslkey").map(PathBuf::from).or_else(|| in_home("postgresql.key"));
    Ok((mode, TlsFiles { roots, client: certificate.zip(key) }))
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
