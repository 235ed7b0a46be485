//! Connections that do not come to be: each says what, where and what to do.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;

use tenantry::demo::ClusterOptions;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::observer::{Secret, unlock};

use super::{ask, connect, target};
use crate::support::{cluster, database, own_cluster};

async fn refused(dsn: &str) -> Fault {
    connect(dsn).await.expect_err("no connection")
}

/// A role that logs in over TCP with a password, and its conninfo string without the password.
fn role_with_password(name: &str) -> String {
    let database = database();
    database.sql(&format!("DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN PASSWORD 'right';"));
    format!("host=127.0.0.1 port={} dbname=postgres user={name}", cluster().port())
}

/// A port of this machine that is taken as long as the first value lives.
fn taken_port() -> (OwnedFd, u16) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
    let taken = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&taken, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = SocketAddrV4::try_from(getsockname(&taken).expect("its address")).expect("of this machine");
    (taken, address.port())
}

#[tokio::test]
async fn no_server() {
    // Taken, so that nobody else listens there, and nobody does.
    let (_taken, port) = taken_port();
    let fault = refused(&format!("host=127.0.0.1 port={port} user=me")).await;
    assert_eq!((fault.kind, fault.what), (FaultKind::Unreachable, format!("connection refused at 127.0.0.1:{port}")));
    assert!(fault.hint.unwrap().contains("listen_addresses"));

    let folder = tempfile::tempdir().unwrap();
    let fault = refused(&format!("host={} user=me", folder.path().display())).await;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert_eq!(fault.what, format!("no server socket at {}/.s.PGSQL.5432", folder.path().display()));
}

#[tokio::test]
async fn no_such_host() {
    let fault = refused("host=nowhere.invalid user=me connect_timeout=5").await;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.what.contains("nowhere.invalid"), "{}", fault.what);
}

#[tokio::test]
async fn of_several_hosts_the_one_that_answers_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (good, port) = (cluster().socket_dir().display(), cluster().port());
    let dead = folder.path().display();
    let session = connect(&format!("host={dead},{good} port={port} user=postgres dbname=postgres")).await.unwrap();
    assert_eq!(ask(&session, "SELECT 1").await.unwrap(), "1");
    let fault = refused(&format!("host={dead},{dead} port=1,2 user=postgres")).await;
    assert!(fault.what.contains(".s.PGSQL.1;") && fault.what.ends_with(".s.PGSQL.2"), "{}", fault.what);
}

#[tokio::test]
async fn wrong_password() {
    let dsn = role_with_password("wrong_password");
    let fault = refused(&format!("{dsn} password=hunter2")).await;
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Refused, Some("28P01")));
    assert!(fault.what.contains("\"wrong_password\"") && !fault.is_passing(), "{}", fault.what);
    assert!(fault.hint.unwrap().contains("the connection string"));
    connect(&format!("{dsn} password=right")).await.unwrap();
}

#[tokio::test]
async fn a_password_that_is_not_known() {
    let dsn = role_with_password("no_password");
    let fault = refused(&format!("{dsn} passfile=/nonexistent")).await;
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.what.contains("asks for the password of user \"no_password\""), "{}", fault.what);
    assert!(fault.hint.unwrap().contains("PGPASSWORD"));
}

#[tokio::test]
async fn a_password_file_that_others_may_read() {
    let dsn = role_with_password("passfile_user");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pass");
    std::fs::write(&file, "127.0.0.1:*:*:passfile_user:right\n").unwrap();
    let dsn = format!("{dsn} passfile={}", file.display());
    let allow = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();

    allow(0o644);
    let fault = refused(&dsn).await;
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.hint.unwrap().contains(&format!("chmod 600 {}", file.display())));
    allow(0o600);
    connect(&dsn).await.unwrap();
}

#[tokio::test]
async fn passwords_are_asked_for_once_per_user_and_server_and_again_when_wrong() {
    let dsn = role_with_password("asked_user");
    let open = cluster().dsn("postgres");
    let mut targets = [
        target("a", &format!("{dsn} passfile=/nonexistent")),
        target("open", &format!("{open} passfile=/nonexistent")),
        target("b", &format!("{dsn} passfile=/nonexistent")),
        target("known", &format!("{dsn} password=right")),
    ];
    let mut asked = Vec::new();
    let mut answers = ["wrong", "right"].into_iter();
    unlock(&mut targets, &mut |whose, _| {
        asked.push(whose.to_owned());
        Ok(Secret::new(answers.next().expect("not asked a third time").to_owned()))
    })
    .await
    .unwrap();
    let whose = format!("password for user asked_user on 127.0.0.1:{}", cluster().port());
    assert_eq!(asked, [whose.clone(), format!("{whose} (the last one was wrong)")]);
    for target in &targets {
        tenantry::pg::Session::connect(&target.spec, "test").await.unwrap();
    }
}

#[tokio::test]
async fn wrong_database() {
    let fault = refused(&cluster().dsn("nowhere")).await;
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::WrongDatabase, Some("3D000")));
    assert!(fault.what.contains("database \"nowhere\" does not exist") && !fault.is_passing(), "{}", fault.what);
}

#[tokio::test]
async fn no_such_role() {
    let fault = refused(&cluster().dsn_as("nobody_at_all", "postgres")).await;
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.hint.unwrap().contains("no such role"));
}

#[tokio::test]
async fn pg_hba_refuses() {
    let hba = vec!["local all kept_out reject".to_owned()];
    let cluster = own_cluster(ClusterOptions { hba, ..ClusterOptions::default() });
    let fault = refused(&cluster.dsn_as("kept_out", "postgres")).await;
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Refused, Some("28000")));
    assert!(fault.hint.unwrap().contains("pg_hba.conf") && fault.what.contains("kept_out"), "{}", fault.what);
}

#[tokio::test]
async fn too_many_connections() {
    database().sql("DROP ROLE IF EXISTS full_role; CREATE ROLE full_role LOGIN CONNECTION LIMIT 0;");
    let fault = refused(&cluster().dsn_as("full_role", "postgres")).await;
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Unreachable, Some("53300")));
    assert!(fault.is_passing());
}

#[tokio::test]
async fn something_else_that_listens() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while let Ok((mut socket, _)) = listener.accept().await {
            let _gone = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let fault = refused(&format!("host=127.0.0.1 port={port} user=me connect_timeout=5")).await;
    assert!(fault.what.contains(&format!("127.0.0.1:{port}")), "{}", fault.what);
    server.abort();
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let fault = refused(&format!("host=127.0.0.1 port={port} user=me connect_timeout=1")).await;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert_eq!(fault.what, format!("no answer from 127.0.0.1:{port} within 1 s"));
}
