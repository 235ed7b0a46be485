//! A [`Spec`] with its password as one line of text, and back: for the pipe between two processes of ours and for nothing else.
//! Must not be written to a file, a log or an argument.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_postgres::config::ChannelBinding;
use zeroize::Zeroizing;

use super::{Host, PasswordSource, Place, Secret, SessionAttrs, Spec, TlsFiles, TlsMode};
use crate::domain::fault::{Fault, FaultKind};

/// What is handed over. Borrowed, so that no text of it stays behind in memory. It has no `Debug`.
#[derive(Serialize, Deserialize)]
struct Handed<'a> {
    #[serde(borrow)]
    places: Vec<HandedPlace<'a>>,
    #[serde(borrow)]
    user: Cow<'a, str>,
    #[serde(borrow)]
    database: Cow<'a, str>,
    #[serde(borrow)]
    password: Option<Cow<'a, str>>,
    #[serde(borrow)]
    options: Option<Cow<'a, str>>,
    connect_timeout_ms: u64,
    tls: Option<&'a str>,
    roots: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
    channel_binding: &'a str,
    session_attrs: &'a str,
}

#[derive(Serialize, Deserialize)]
struct HandedPlace<'a> {
    folder: Option<PathBuf>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    address: Option<IpAddr>,
    port: u16,
    #[serde(borrow)]
    password: Option<Cow<'a, str>>,
}

impl Spec {
    /// Everything that is needed to connect, as one line of JSON without the newline. It holds the password.
    pub fn hand_over(&self) -> Zeroizing<String> {
        let handed = Handed {
            places: self.places.iter().map(HandedPlace::of).collect(),
            user: Cow::Borrowed(&self.user),
            database: Cow::Borrowed(&self.database),
            password: self.password.as_ref().map(|(secret, _)| Cow::Borrowed(secret.expose())),
            options: self.options.as_deref().map(Cow::Borrowed),
            connect_timeout_ms: self.connect_timeout.as_millis() as u64,
            tls: self.tls.map(TlsMode::word),
            roots: self.tls_files.roots.as_deref().map(here),
            client: self.tls_files.client.as_ref().map(|(certificate, key)| (here(certificate), here(key))),
            channel_binding: match self.channel_binding {
                ChannelBinding::Disable => "disable",
                ChannelBinding::Require => "require",
                _ => "prefer",
            },
            session_attrs: self.session_attrs.word(),
        };
        // A text that grows would leave pieces of the password behind it: its room is taken at once.
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 << 16));
        // Texts and numbers always have a JSON text; half of one would not be taken over.
        let _written = serde_json::to_writer(&mut *bytes, &handed);
        Zeroizing::new(String::from_utf8(std::mem::take(&mut *bytes)).unwrap_or_default())
    }

    /// Takes over what [`Spec::hand_over`] gave.
    pub fn take_over(line: &str) -> Result<Self, Fault> {
        // What the parser says of a line that it does not understand may quote from it.
        let strange = || Fault::new(FaultKind::Local, "what was handed over to connect with is not understood");
        let handed: Handed<'_> = serde_json::from_str(line).map_err(|_| strange())?;
        let mode = |word: &str| TlsMode::ALL.iter().find(|(known, _)| *known == word).map(|(_, mode)| *mode);
        let attrs = |word: &str| SessionAttrs::ALL.iter().find(|(known, _)| *known == word).map(|(_, attrs)| *attrs);
        Ok(Self {
            places: handed.places.into_iter().map(HandedPlace::place).collect(),
            user: handed.user.into_owned(),
            database: handed.database.into_owned(),
            password: handed.password.map(|text| (Secret::new(text.into_owned()), PasswordSource::Prompt)),
            file_trouble: None,
            passfile: None,
            application: None,
            options: handed.options.map(Cow::into_owned),
            connect_timeout: Duration::from_millis(handed.connect_timeout_ms),
            tls: handed.tls.map(|word| mode(word).ok_or_else(strange)).transpose()?,
            tls_files: TlsFiles { roots: handed.roots, client: handed.client },
            channel_binding: match handed.channel_binding {
                "disable" => ChannelBinding::Disable,
                "require" => ChannelBinding::Require,
                _ => ChannelBinding::Prefer,
            },
            session_attrs: attrs(handed.session_attrs).ok_or_else(strange)?,
        })
    }
}

/// The worker lives in another folder.
fn here(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

impl<'a> HandedPlace<'a> {
    fn of(place: &'a Place) -> Self {
        let (folder, name, address) = match &place.host {
            Host::Unix(folder) => (Some(here(folder)), "", None),
            Host::Tcp { name, address } => (None, name.as_str(), *address),
        };
        let password = place.password.as_ref().map(|secret| Cow::Borrowed(secret.expose()));
        Self { folder, name: Cow::Borrowed(name), address, port: place.port, password }
    }

    fn place(self) -> Place {
        let host = match self.folder {
            Some(folder) => Host::Unix(folder),
            None => Host::Tcp { name: self.name.into_owned(), address: self.address },
        };
        Place { host, port: self.port, password: self.password.map(|text| Secret::new(text.into_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_over_leads_to_the_same_place() {
        for dsn in [
            "host=db1 port=6543 user=me dbname=app password='a\"b\\\\c' sslmode=require connect_timeout=7",
            "host=/run/postgresql,db2 user=me dbname='o\\'hara' options='-c work_mem=1MB' target_session_attrs=primary",
            "host=db3 hostaddr=127.0.0.1 user=me sslmode=verify-full sslrootcert=/etc/ca.pem channel_binding=disable",
        ] {
            let spec = Spec::parse(dsn).unwrap();
            let line = spec.hand_over();
            assert!(!line.is_empty() && !line.contains('\n'), "{}", *line);
            let taken = Spec::take_over(&line).unwrap();
            assert_eq!(taken.variables(), spec.variables(), "{dsn}");
            assert_eq!((taken.options(), taken.place()), (spec.options(), spec.place()));
            assert_eq!(*taken.hand_over(), *line);
        }
    }

    #[test]
    fn what_is_not_understood_is_not_told() {
        let fault = Spec::take_over("{\"password\":\"hunter2\"").unwrap_err();
        assert!(!format!("{fault:?}").contains("hunter"), "{fault:?}");
    }
}
