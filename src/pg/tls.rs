//! TLS by rustls: who is trusted, and how much of a certificate is checked for each sslmode. Must not know what is sent.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

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
        let checker = Checker { check, provider: Arc::clone(&provider), chain: chain(verifies, files, &provider)? };
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

fn chain(verifies: bool, files: &TlsFiles, provider: &Arc<CryptoProvider>) -> Result<Option<Chain>, Fault> {
    if !verifies {
        return Ok(None);
    }
    let trusted = match &files.roots {
        Some(path) => certificates("sslrootcert", path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    if trusted.is_empty() {
        return Err(Fault::new(FaultKind::Tls, "this machine has no trusted certificate authorities")
            .hint("install them (package ca-certificates), or name a file with sslrootcert"));
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map(Some)
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
    provider: Arc<CryptoProvider>,
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
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is the last thing that is looked at: with this error the chain is good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !name => Ok(ServerCertVerified::assertion()),
            checked => checked,
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
