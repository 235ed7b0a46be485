//! TLS by rustls: who is trusted, and how much of a certificate is checked for each sslmode. Must not know what is sent.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::certificate::{Moment, Parsed};
use super::libpq::{TlsFiles, TlsMode};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// A way to speak TLS.
#[derive(Clone)]
pub(super) struct Tls {
    connector: MakeRustlsConnect,
    verifies: bool,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("verifies", &self.verifies).finish_non_exhaustive()
    }
}

impl Tls {
    /// The TLS of an sslmode.
    pub(super) fn new(mode: TlsMode, files: &TlsFiles) -> Result<Self, Fault> {
        let provider = Arc::new(ring::default_provider());
        let verifies = mode >= TlsMode::VerifyCa;
        let check = if verifies { Check::Chain { name: mode == TlsMode::VerifyFull } } else { Check::Nothing };
        let own = match &files.roots {
            Some(path) if verifies => certificates("sslrootcert", path)?,
            _ => Vec::new(),
        };
        let chain = if verifies { Some(chain(&own, &provider)?) } else { None };
        let checker = Checker { check, provider: Arc::clone(&provider), chain, own };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(checker));
        let config = match &files.client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let key_read = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("sslkey", key, &error))?;
                builder
                    .with_client_auth_cert(certificates("sslcert", certificate)?, key_read)
                    .map_err(|error| unusable(&error.to_string()))?
            }
        };
        Ok(Self { connector: MakeRustlsConnect::new(config), verifies })
    }

    pub(super) fn connector(&self) -> MakeRustlsConnect {
        self.connector.clone()
    }

    /// Whether the server has to prove who it is.
    pub(super) fn verifies(&self) -> bool {
        self.verifies
    }
}

fn unusable(what: &str) -> Fault {
    Fault::new(FaultKind::Tls, format!("TLS cannot be used: {}", shown(what)))
}

fn unreadable(setting: &str, path: &Path, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(
        FaultKind::Local,
        format!("{setting} {} cannot be read: {}", shown(&path.display().to_string()), shown(&error.to_string())),
    )
    .hint("it must be a file in PEM form that this user may read")
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(unreadable(setting, path, &"there is no certificate in it")),
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable(setting, path, &error)),
    }
}

/// Trusts the person's own authorities, or the system's when there are none.
fn chain(own: &[CertificateDer<'static>], provider: &Arc<CryptoProvider>) -> Result<Chain, Fault> {
    let trusted = if own.is_empty() { rustls_native_certs::load_native_certs().certs } else { own.to_vec() };
    if trusted.is_empty() {
        return Err(Fault::new(FaultKind::Tls, "this machine has no trusted certificate authorities")
            .hint("install them (package ca-certificates), or name a file with sslrootcert"));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted);
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| unusable(&error.to_string()))
}

type Chain = Arc<WebPkiServerVerifier>;

/// How much of a certificate is checked.
#[derive(Debug, Clone, Copy)]
enum Check {
    /// `require` and weaker: the line is encrypted, to whomever.
    Nothing,
    /// `verify-ca`, and with the name `verify-full`.
    Chain { name: bool },
}

/// The check of an sslmode. The signatures of the handshake are always checked.
#[derive(Debug)]
struct Checker {
    check: Check,
    chain: Option<Chain>,
    /// What a person named as `sslrootcert`; empty when the system's authorities are trusted.
    own: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Checker {
    /// A certificate that is itself in `sslrootcert` needs no chain: only its time and its name are looked at.
    fn check_own(&self, end_entity: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Option<Result<(), Error>> {
        if !self.own.iter().any(|own| own.as_ref() == end_entity.as_ref()) {
            return None;
        }
        let moment = Parsed::read(end_entity)?.at(Duration::from_secs(now.as_secs()));
        Some(match moment {
            Moment::TooEarly => Err(CertificateError::NotValidYet.into()),
            Moment::TooLate => Err(CertificateError::Expired.into()),
            Moment::Valid => {
                ParsedCertificate::try_from(end_entity).and_then(|certificate| verify_server_name(&certificate, name))
            }
        })
    }

    /// Of one's own authority, a certificate without alternative names is for the host of its common name.
    fn is_called(&self, end_entity: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
        !self.own.is_empty() && Parsed::read(end_entity).is_some_and(|certificate| certificate.is_called(&name.to_str()))
    }
}

impl ServerCertVerifier for Checker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (name, chain) = match (self.check, &self.chain) {
            (Check::Nothing, _) => return Ok(ServerCertVerified::assertion()),
            (Check::Chain { name }, Some(chain)) => (name, chain),
            (Check::Chain { .. }, None) => return Err(Error::General("no authority is trusted".to_owned())),
        };
        let checked = chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map(drop);
        let checked = match checked {
            Err(error) if !is_about_the_name(&error) => self.check_own(end_entity, server_name, now).unwrap_or(Err(error)),
            checked => checked,
        };
        match checked {
            // The name is the last thing that is looked at: with this error the rest is good.
            Err(error) if is_about_the_name(&error) && (!name || self.is_called(end_entity, server_name)) => {
                Ok(ServerCertVerified::assertion())
            }
            checked => checked.map(|()| ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn is_about_the_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
    )
}
