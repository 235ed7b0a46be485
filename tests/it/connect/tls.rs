//! TLS with a real server whose certificate was made here.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tenantry::demo::{Cluster, ClusterOptions};
use tenantry::domain::fault::{Fault, FaultKind};

use super::{ask, connect};
use crate::support::{own_cluster, run_sql, settings};

/// A folder with the certificate of an authority and of a server, which only the server's account may enter.
struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    /// The server is called `db.test`.
    fn make() -> Self {
        let mut params = CertificateParams::new(vec![]).expect("a certificate");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().expect("a certificate");
        let authority = params.self_signed(&authority_key).expect("a certificate");
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().expect("a certificate");
        let server = CertificateParams::new(vec!["db.test".to_owned()])
            .expect("a certificate")
            .signed_by(&key, &issuer)
            .expect("a certificate");
        let stranger = KeyPair::generate().expect("a certificate");
        let mut strange = CertificateParams::new(vec![]).expect("a certificate");
        strange.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let strange = strange.self_signed(&stranger).expect("a certificate");

        Self::keep(&[
            ("ca.crt", authority.pem()),
            ("other.crt", strange.pem()),
            ("server.crt", server.pem()),
            ("server.key", key.serialize_pem()),
        ])
    }

    /// As PostgreSQL's documentation makes one in a hurry: its own authority, the host only as common name.
    fn self_signed() -> Self {
        let mut params = CertificateParams::new(vec![]).expect("a certificate");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "db.test");
        let key = KeyPair::generate().expect("a certificate");
        let server = params.self_signed(&key).expect("a certificate");
        Self::keep(&[("server.crt", server.pem()), ("server.key", key.serialize_pem())])
    }

    fn keep(files: &[(&str, String)]) -> Self {
        let all = Self { folder: tempfile::tempdir().expect("a folder") };
        for (name, text) in files {
            std::fs::write(all.path(name), text).expect("a certificate");
            std::fs::set_permissions(all.path(name), std::fs::Permissions::from_mode(0o600)).expect("a certificate");
            give(&all.path(name));
        }
        give(all.folder.path());
        all
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cluster(&self, hba: &[&str]) -> Cluster {
        let [certificate, key] = ["server.crt", "server.key"].map(|name| self.path(name).display().to_string());
        own_cluster(ClusterOptions {
            settings: settings([("ssl", "on"), ("ssl_cert_file", &certificate), ("ssl_key_file", &key)]),
            hba: hba.iter().map(|line| (*line).to_owned()).collect(),
            ..ClusterOptions::default()
        })
    }
}

fn give(path: &Path) {
    if let Some(account) = crate::support::cluster().binaries().account() {
        chown(path, Some(account.uid), Some(account.gid)).expect("a certificate");
    }
}

const USES_TLS: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// Whether the connection is encrypted.
async fn tls(dsn: &str) -> Result<bool, Fault> {
    let session = connect(dsn).await?;
    assert!(!session.is_closed());
    ask(&session, USES_TLS).await.map(|answer| answer == "t")
}

#[tokio::test]
async fn every_sslmode_does_what_it_says() {
    let certificates = Certificates::make();
    let cluster = certificates.cluster(&["host all all 127.0.0.1/32 trust"]);
    let base = format!("hostaddr=127.0.0.1 port={} user=postgres dbname=postgres", cluster.port());
    let ca = certificates.path("ca.crt");
    let (ca, other) = (ca.display(), certificates.path("other.crt").display().to_string());
    for (settings, encrypted) in [
        ("host=db.test sslmode=disable".to_owned(), false),
        ("host=db.test sslmode=allow".to_owned(), false),
        ("host=db.test sslmode=prefer".to_owned(), true),
        ("host=db.test sslmode=require".to_owned(), true),
        (format!("host=db.test sslmode=verify-ca sslrootcert={ca}"), true),
        (format!("host=elsewhere.test sslmode=verify-ca sslrootcert={ca}"), true),
        (format!("host=elsewhere.test sslmode=require sslrootcert={ca}"), true),
        (format!("host=db.test sslmode=verify-full sslrootcert={ca}"), true),
        // This machine's own address: prefer, and the certificate does not matter.
        (String::new(), true),
    ] {
        assert_eq!(tls(&format!("{base} {settings}")).await, Ok(encrypted), "{settings}");
    }
    for (settings, what) in [
        (format!("host=elsewhere.test sslmode=verify-full sslrootcert={ca}"), "for another host name"),
        (format!("host=db.test sslmode=verify-full sslrootcert={other}"), "signed by nobody known here"),
        (format!("host=db.test sslmode=verify-ca sslrootcert={other}"), "signed by nobody known here"),
        (format!("host=db.test sslmode=require sslrootcert={other}"), "signed by nobody known here"),
    ] {
        let fault = tls(&format!("{base} {settings}")).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Tls, "{settings}: {fault:?}");
        assert!(fault.what.contains(what) && fault.hint.is_some(), "{settings}: {fault:?}");
    }
    let missing = tls(&format!("{base} sslmode=verify-full sslrootcert=/nonexistent.crt")).await.unwrap_err();
    assert_eq!(missing.kind, FaultKind::Local);
    assert!(missing.what.contains("sslrootcert /nonexistent.crt cannot be read"), "{}", missing.what);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_are_bound_to_the_channel_and_queries_cancelled_over_tls() {
    let certificates = Certificates::make();
    let cluster = certificates.cluster(&["hostssl all bound 127.0.0.1/32 scram-sha-256", "hostnossl all bound all reject"]);
    run_sql(&cluster, "postgres", "CREATE ROLE bound LOGIN PASSWORD 'right'");
    let ca = certificates.path("ca.crt");
    let dsn = format!(
        "host=db.test hostaddr=127.0.0.1 port={} user=bound dbname=postgres password=right channel_binding=require \
         sslmode=verify-full sslrootcert={}",
        cluster.port(),
        ca.display()
    );
    let session = connect(&dsn).await.unwrap();
    let reading = session.read(super::GENEROUS).await.unwrap();
    let sleeping = "SELECT 1 FROM pg_stat_activity WHERE usename = 'bound' AND state = 'active'";
    let (answer, cancelled) = tokio::join!(reading.texts("SELECT pg_sleep(25)"), async {
        crate::support::wait_for("the query", || (!run_sql(&cluster, "postgres", sleeping).is_empty()).then_some(()));
        session.cancel().await
    });
    cancelled.unwrap();
    assert_eq!(answer.unwrap_err().sqlstate.as_deref(), Some("57014"));

    let open = format!("host=127.0.0.1 port={} user=bound dbname=postgres password=right", cluster.port());
    let fault = connect(&format!("{open} sslmode=disable")).await.unwrap_err();
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Refused, Some("28000")));
    // A refusal of one kind of line is a reason to try the other.
    assert_eq!(tls(&format!("{open} sslmode=allow")).await, Ok(true));
}

#[tokio::test]
async fn a_certificate_that_is_its_own_authority() {
    let certificates = Certificates::self_signed();
    let cluster = certificates.cluster(&["host all all 127.0.0.1/32 trust"]);
    let base = format!(
        "hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslrootcert={}",
        cluster.port(),
        certificates.path("server.crt").display()
    );
    for settings in
        ["host=db.test", "host=db.test sslmode=verify-full", "host=x.test sslmode=verify-ca", "host=x.test sslmode=require"]
    {
        assert_eq!(tls(&format!("{base} {settings}")).await, Ok(true), "{settings}");
    }
    let fault = tls(&format!("{base} host=x.test sslmode=verify-full")).await.unwrap_err();
    assert!(fault.kind == FaultKind::Tls && fault.what.contains("another host name"), "{fault:?}");
}

#[tokio::test]
async fn a_server_without_tls() {
    let cluster = crate::support::cluster();
    run_sql(cluster, "postgres", "DROP ROLE IF EXISTS no_tls; CREATE ROLE no_tls LOGIN PASSWORD 'right'");
    let base = format!("hostaddr=127.0.0.1 port={} user=no_tls password=right dbname=postgres", cluster.port());
    assert_eq!(tls(&format!("{base} host=127.0.0.1")).await, Ok(false));
    assert_eq!(tls(&format!("{base} host=db.test sslmode=prefer")).await, Ok(false));
    let fault = tls(&format!("{base} host=db.test sslmode=require")).await.unwrap_err();
    assert_eq!((fault.kind, fault.what), (FaultKind::Tls, format!("db.test:{} does not offer TLS", cluster.port())));
}
