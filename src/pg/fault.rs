//! What a server, a socket or TLS said, as a [`Fault`] with a hint. Must not know what was asked, only where.

use std::error::Error as _;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// An error of the client library, on a connection to `place` (`db1:5432`).
pub(super) fn of_client(error: &tokio_postgres::Error, place: &str) -> Fault {
    if let Some(db) = error.as_db_error() {
        return of_server(db, place);
    }
    let Some(source) = error.source() else {
        return if error.is_closed() { lost(place) } else { strange(place, &error.to_string()) };
    };
    match source.downcast_ref::<io::Error>() {
        Some(io) if tls_error(io).is_some() => of_tls(io, place),
        Some(io) => of_broken_link(io, place),
        None => strange(place, &source.to_string()),
    }
}

fn strange(place: &str, what: &str) -> Fault {
    Fault::new(FaultKind::Server, format!("{place} gave an answer that is not understood: {}", shown(what)))
        .hint("is it a PostgreSQL server, and is nothing on the way changing its answers?")
}

/// The link broke and nothing says why.
pub(super) fn lost(place: &str) -> Fault {
    Fault::new(FaultKind::Unreachable, format!("the connection to {place} was lost"))
        .hint("the server, a pooler or the network ended it; it is tried again by itself")
}

/// No answer came for so long that the server counts as frozen.
pub(super) fn silent(place: &str, seconds: u64) -> Fault {
    Fault::new(FaultKind::Unreachable, format!("{place} has not answered for {seconds} s")).hint(
        "the server is frozen, its pooler has no free connection, or the network drops packets; it is tried again by itself",
    )
}

/// A socket that could not be opened.
pub(super) fn of_socket(error: &io::Error, place: &str, is_file: bool) -> Fault {
    let kind = FaultKind::Unreachable;
    match error.kind() {
        io::ErrorKind::NotFound if is_file => Fault::new(kind, format!("no server socket at {place}"))
            .hint("start the server, or name its socket folder (unix_socket_directories) as host"),
        io::ErrorKind::PermissionDenied if is_file => Fault::new(kind, format!("no permission to open the socket {place}"))
            .hint("the server's unix_socket_permissions or the folder keep this user out"),
        io::ErrorKind::ConnectionRefused if is_file => Fault::new(kind, format!("connection refused at {place}"))
            .hint("the socket is there, but no server listens: start it"),
        io::ErrorKind::ConnectionRefused => Fault::new(kind, format!("connection refused at {place}"))
            .hint("is the server running there, with this port, and does listen_addresses include this address?"),
        io::ErrorKind::TimedOut => timed_out(place, None),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Fault::new(kind, format!("no route to {place}")).hint("check the network or the VPN")
        }
        _ => Fault::new(kind, format!("{place} cannot be reached: {}", plain(error))),
    }
}

/// Nobody answered in time. `seconds` is how long was waited, where that is known.
pub(super) fn timed_out(place: &str, seconds: Option<u64>) -> Fault {
    let within = seconds.map(|s| format!(" within {s} s")).unwrap_or_default();
    Fault::new(FaultKind::Unreachable, format!("no answer from {place}{within}"))
        .hint("a firewall may drop the packets, or the server is overloaded; connect_timeout says how long to wait")
}

/// A host name that does not resolve.
pub(super) fn no_such_host(host: &str, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Unreachable, format!("host name {:?} cannot be resolved: {}", shown(host), plain(error)))
        .hint("check the spelling of the host and the name service of this machine")
}

fn of_broken_link(error: &io::Error, place: &str) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => lost(place),
        io::ErrorKind::TimedOut => timed_out(place, None),
        _ => Fault::new(FaultKind::Unreachable, format!("the connection to {place} failed: {}", plain(error))),
    }
}

/// The text of an operating system's error without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(text);
    let mut chars = text.chars();
    let lower = chars.next().map(|first| first.to_lowercase().collect::<String>() + chars.as_str());
    shown(&lower.unwrap_or_default()).into_owned()
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref::<rustls::Error>()
}

/// The server has no TLS to offer.
pub(super) fn no_tls(place: &str, given: bool) -> Fault {
    let fault = Fault::new(FaultKind::Tls, format!("{place} does not offer TLS"));
    if given {
        fault.hint("set ssl = on on the server, or say sslmode=prefer to do without where there is none")
    } else {
        fault.hint(
            "to a host that is not this machine sslmode is verify-full unless it is given: set ssl = on on the server, or say \
             sslmode=prefer if the network is trusted",
        )
    }
}

/// A password was asked for and none is known. `file_trouble` says why the password file was not read, if it was not.
pub(super) fn no_password(place: &str, user: &str, file_trouble: Option<&str>) -> Fault {
    let hint = match file_trouble {
        Some(trouble) => format!("{trouble}; or set PGPASSWORD"),
        None => "add it to ~/.pgpass or set PGPASSWORD".to_owned(),
    };
    Fault::new(FaultKind::Refused, format!("{place} asks for the password of user {:?} and none is known", shown(user)))
        .hint(hint)
}

/// A password was asked for as it is, where others could read it.
pub(super) fn cleartext(place: &str) -> Fault {
    Fault::new(FaultKind::Refused, format!("{place} asks for the password as it is, over a line that is not verified")).hint(
        "say sslmode=verify-full (with sslrootcert if the certificate is your own), or use scram-sha-256 in pg_hba.conf",
    )
}

/// A handshake that failed.
pub(super) fn of_tls(error: &io::Error, place: &str) -> Fault {
    use rustls::{CertificateError as Bad, Error as Tls};
    let own_ca = "if the certificate is your own, name its authority with sslrootcert=FILE; sslmode=require encrypts without proof \
                  of identity";
    let (what, hint) = match tls_error(error) {
        Some(Tls::InvalidCertificate(bad)) => match bad {
            // Another authority of the same name is as unknown as one of another name.
            Bad::UnknownIssuer | Bad::BadSignature => ("its certificate is signed by nobody known here".to_owned(), own_ca),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => (
                "its certificate is for another host name".to_owned(),
                "connect by a name in the certificate's subjectAltName, or say sslmode=verify-ca to check the authority alone",
            ),
            Bad::Expired | Bad::ExpiredContext { .. } => {
                ("its certificate has expired".to_owned(), "renew the server's certificate")
            }
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                ("its certificate is not valid yet".to_owned(), "check the clocks of both machines")
            }
            Bad::Revoked => ("its certificate was revoked".to_owned(), "renew the server's certificate"),
            other => (format!("its certificate is not accepted: {}", shown(&other.to_string())), own_ca),
        },
        Some(Tls::AlertReceived(alert)) => (
            format!("the server ended the handshake: {alert:?}"),
            "it may want a client certificate: sslcert and sslkey name one",
        ),
        Some(other) => (shown(&other.to_string()).into_owned(), "the server may only speak versions of TLS older than 1.2"),
        None => (plain(error), "the server ended the handshake; its log may say why"),
    };
    Fault::new(FaultKind::Tls, format!("TLS with {place} failed: {what}")).hint(hint)
}

/// What the server said.
fn of_server(error: &DbError, place: &str) -> Fault {
    let said = Said { code: error.code().code(), message: error.message(), detail: error.detail(), hint: error.hint() };
    said.fault(place)
}

/// The parts of a server's error that a person needs.
struct Said<'a> {
    code: &'a str,
    message: &'a str,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
}

impl Said<'_> {
    fn fault(&self, place: &str) -> Fault {
        let (kind, hint) = self.kind_and_hint();
        let mut what = shown(self.message).into_owned();
        if let Some(detail) = self.detail.filter(|detail| detail.len() < 200) {
            what = format!("{what} ({})", shown(detail));
        }
        if self.is_about_the_link() {
            what = format!("{place}: {what}");
        }
        let hint = hint.map(str::to_owned).or_else(|| self.hint.map(|hint| shown(hint).into_owned()));
        Fault { kind, what, hint, sqlstate: Some(self.code.to_owned()) }
    }

    fn is_about_the_link(&self) -> bool {
        ["08", "28", "3D", "53", "57P"].iter().any(|class| self.code.starts_with(class))
    }

    fn kind_and_hint(&self) -> (FaultKind, Option<&'static str>) {
        use FaultKind::{Busy, Gone, Privilege, Refused, Server, Unreachable, WrongDatabase};
        let has = |text: &str| self.message.contains(text);
        let is = |state: &SqlState| self.code == state.code();
        if is(&SqlState::INVALID_PASSWORD) {
            (Refused, Some("check user and password; the order is: connection string, PGPASSWORD, password file, prompt"))
        } else if is(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) {
            (Refused, Some(self.refusal_hint()))
        } else if is(&SqlState::INVALID_CATALOG_NAME) || (self.code == "08P01" && has("no such database")) {
            (WrongDatabase, Some("check the spelling of dbname; without one the user's name is the database"))
        } else if self.code == "08P01" && has("unsupported startup parameter") {
            (
                Refused,
                Some(
                    "leave it out of the connection string (and PGOPTIONS), or name it in the pooler's ignore_startup_parameters",
                ),
            )
        } else if self.code == "08P01" && (has("no such user") || has("password") || has("authentication failed")) {
            (Refused, Some("the pooler does not know this user or password: look at its auth_file or auth_query"))
        } else if is(&SqlState::TOO_MANY_CONNECTIONS) {
            (Unreachable, Some("all of max_connections, or of this role's limit, are in use; it is tried again by itself"))
        } else if is(&SqlState::CANNOT_CONNECT_NOW) {
            (Unreachable, Some("the server is starting up, recovering or shutting down; it is tried again by itself"))
        } else if self.code.starts_with("57P") {
            (Unreachable, Some("the server ended the connection; it is tried again by itself"))
        } else if self.code.starts_with("08") || self.code.starts_with("58") {
            (Unreachable, None)
        } else if is(&SqlState::INSUFFICIENT_PRIVILEGE) {
            (Privilege, Some("grant it to this role, or connect as a role that has it (pg_monitor helps for statistics)"))
        } else if is(&SqlState::LOCK_NOT_AVAILABLE) {
            (Busy, Some("somebody changes this object just now; looking never waits for long, try again in a moment"))
        } else if is(&SqlState::QUERY_CANCELED) {
            (Busy, Some("it took longer than looking may take, or it was cancelled; try again when the server is less busy"))
        } else if [
            SqlState::UNDEFINED_TABLE,
            SqlState::INVALID_SCHEMA_NAME,
            SqlState::UNDEFINED_OBJECT,
            SqlState::UNDEFINED_COLUMN,
            SqlState::UNDEFINED_FUNCTION,
        ]
        .iter()
        .any(is)
        {
            (Gone, None)
        } else {
            (Server, None)
        }
    }

    fn refusal_hint(&self) -> &'static str {
        let has = |text: &str| self.message.contains(text);
        if has("does not exist") {
            "there is no such role on this server: check the spelling of user"
        } else if has("is not permitted to log in") {
            "the role has NOLOGIN: connect as another one"
        } else if has("no encryption") || has("SSL off") {
            "pg_hba.conf has no line that lets this user in from here without TLS: add one and reload, or say sslmode=require"
        } else if has("Peer authentication") || has("Ident authentication") {
            "pg_hba.conf wants the operating system's user to have the role's name: connect as that user, or over TCP with a password"
        } else {
            "pg_hba.conf on the server decides who may connect from where: add a line for this user, database and address, and reload"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str, message: &str) -> Fault {
        Said { code, message, detail: None, hint: None }.fault("db1:5432")
    }

    #[test]
    fn a_sqlstate_becomes_the_kind_that_decides_what_happens_next() {
        use FaultKind::{Busy, Gone, Privilege, Refused, Server, Unreachable, WrongDatabase};
        for (code, message, kind) in [
            ("28P01", "password authentication failed for user \"app\"", Refused),
            ("28000", "no pg_hba.conf entry for host \"10.0.0.9\"", Refused),
            ("3D000", "database \"x\" does not exist", WrongDatabase),
            ("08P01", "no such database: x", WrongDatabase),
            ("08P01", "no such user: x", Refused),
            ("08P01", "\"trust\" authentication failed", Refused),
            ("08P01", "unsupported startup parameter: options", Refused),
            ("08006", "server login failed", Unreachable),
            ("53300", "sorry, too many clients already", Unreachable),
            ("57P01", "terminating connection due to administrator command", Unreachable),
            ("57P03", "the database system is starting up", Unreachable),
            ("42501", "permission denied for schema x", Privilege),
            ("55P03", "canceling statement due to lock timeout", Busy),
            ("57014", "canceling statement due to statement timeout", Busy),
            ("42P01", "relation \"x\" does not exist", Gone),
            ("25006", "cannot execute UPDATE in a read-only transaction", Server),
        ] {
            let fault = said(code, message);
            assert_eq!((fault.kind, fault.sqlstate.as_deref()), (kind, Some(code)), "{code} {message}");
            assert!(fault.what.contains(message), "{}", fault.what);
        }
    }

    #[test]
    fn what_the_server_says_is_made_safe_to_show() {
        assert_eq!(said("XX000", "red \u{1b}[31m").what, "red \\x1b[31m");
    }

    #[test]
    fn a_refusal_says_which_file_decides() {
        let hint = |message| said("28000", message).hint.unwrap();
        assert!(
            hint("no pg_hba.conf entry for host \"10.0.0.9\", user \"app\", database \"x\", SSL encryption")
                .contains("pg_hba.conf")
        );
        assert!(hint("no pg_hba.conf entry for host \"10.0.0.9\", user \"app\", no encryption").contains("sslmode=require"));
        assert!(hint("role \"app\" does not exist").contains("no such role"));
    }

    #[test]
    fn sockets_are_named_in_their_faults() {
        let refused = of_socket(&io::Error::from(io::ErrorKind::ConnectionRefused), "db1:5432", false);
        assert_eq!((refused.kind, refused.what.as_str()), (FaultKind::Unreachable, "connection refused at db1:5432"));
        let missing = of_socket(&io::Error::from(io::ErrorKind::NotFound), "/run/postgresql/.s.PGSQL.5432", true);
        assert_eq!(missing.what, "no server socket at /run/postgresql/.s.PGSQL.5432");
    }
}
