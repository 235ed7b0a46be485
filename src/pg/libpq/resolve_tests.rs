//! What a connection string means in given surroundings.

use super::*;
use crate::pg::libpq::SmallFile;

/// Surroundings of a test: variables, files with their permission bits, the user `os`.
#[derive(Default, Clone)]
struct World {
    variables: Vec<(&'static str, &'static str)>,
    files: Vec<(&'static str, u32, &'static str)>,
}

impl World {
    fn resolve(&self, dsn: &str) -> Result<Spec, Fault> {
        let find = |path: &Path| self.files.iter().find(|(name, ..)| Path::new(name) == path);
        Spec::resolve(
            dsn,
            Surroundings {
                variable: &|name| self.variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()),
                file: &|path| {
                    let (_, mode, text) = find(path).ok_or(std::io::ErrorKind::NotFound)?;
                    Ok(SmallFile { text: (*text).to_owned(), mode: *mode, ordinary: true })
                },
                exists: &|path| find(path).is_some(),
                user: &|| Some("os".to_owned()),
            },
        )
    }
}

fn resolve(dsn: &str) -> Spec {
    World::default().resolve(dsn).unwrap()
}

fn fault(dsn: &str) -> Fault {
    World::default().resolve(dsn).unwrap_err()
}

#[test]
fn nothing_given_is_the_local_socket_of_the_same_user() {
    let spec = resolve("");
    assert_eq!((spec.place().as_str(), spec.user(), spec.database()), ("/tmp/.s.PGSQL.5432", "os", "os"));
    let debian = World { files: vec![("/var/run/postgresql", 0o755, "")], ..World::default() };
    assert_eq!(debian.resolve("").unwrap().place(), "/var/run/postgresql/.s.PGSQL.5432");
    let both = World { files: vec![("/var/run/postgresql", 0o755, ""), ("/tmp/.s.PGSQL.5433", 0, "")], ..World::default() };
    assert_eq!(both.resolve("port=5433").unwrap().place(), "/tmp/.s.PGSQL.5433");
}

#[test]
fn what_is_given_goes_before_variables() {
    let world = World {
        variables: vec![("PGHOST", "db9"), ("PGPORT", "6000"), ("PGUSER", "env"), ("PGDATABASE", ""), ("PGPASSWORD", "pw")],
        ..World::default()
    };
    let spec = world.resolve("").unwrap();
    assert_eq!((spec.place().as_str(), spec.user(), spec.database()), ("db9:6000", "env", "env"));
    assert_eq!(spec.password_source(&spec.places[0]), Some("PGPASSWORD"));
    let spec = world.resolve("postgresql://me:secret@db1/app").unwrap();
    assert_eq!((spec.place().as_str(), spec.user(), spec.database()), ("db1:6000", "me", "app"));
    assert_eq!(spec.password_for(&spec.places[0]).unwrap().expose(), "secret");
}

#[test]
fn several_hosts_have_their_own_ports() {
    assert_eq!(resolve("host=a,b,::1 port=1,,3").place(), "a:1, b:5432, [::1]:3");
    assert_eq!(resolve("host=a,b port=7").place(), "a:7, b:7");
    assert_eq!(resolve("host=a hostaddr=10.0.0.1").place(), "a:5432");
    assert_eq!(resolve("hostaddr=10.0.0.1").place(), "10.0.0.1:5432");
    assert_eq!(resolve("host=/run/pg,db2").place(), "/run/pg/.s.PGSQL.5432, db2:5432");
}

#[test]
fn mistakes_are_usage_faults_that_name_the_setting() {
    for (dsn, what) in [
        ("hots=db1", "connection setting \"hots\" is not known"),
        ("host=a,b port=1,2,3", "3 ports are named for 2 hosts"),
        ("host=a,b hostaddr=10.0.0.1", "2 hosts and 1 hostaddrs are named"),
        ("port=0", "port \"0\" is not a number from 1 to 65535"),
        ("port=70000", "port \"70000\" is not a number from 1 to 65535"),
        ("hostaddr=db1", "hostaddr \"db1\" is not an IP address"),
        ("sslmode=yes", "sslmode \"yes\" is not known"),
        ("connect_timeout=soon", "connect_timeout \"soon\" is not a number of seconds"),
        ("requirepeer=root", "connection setting \"requirepeer\" is not supported"),
        ("service=main", "connection setting \"service\" is not supported"),
        ("host=db1 sslmode=require sslrootcert=system", "sslrootcert=system is of no use with sslmode=require"),
    ] {
        let fault = fault(dsn);
        assert_eq!((fault.kind, fault.what.as_str()), (FaultKind::Usage, what), "{dsn}");
    }
    assert_eq!(fault("hots=db1").hint.as_deref(), Some("did you mean host?"));
    assert_eq!(fault("username=me").hint.as_deref(), Some("did you mean user?"));
}

#[test]
fn the_password_file_is_looked_up_per_host() {
    let text = "localhost:*:*:os:local\ndb1:5432:app:me:one\n*:*:app:me:any\n";
    let world = World { variables: vec![("HOME", "/home/os")], files: vec![("/home/os/.pgpass", 0o600, text)] };
    let spec = world.resolve("host=db1,db2 dbname=app user=me").unwrap();
    let found: Vec<_> = spec.places.iter().map(|place| spec.password_for(place).unwrap().expose()).collect();
    assert_eq!(found, ["one", "any"]);
    assert!(world.resolve("").unwrap().knows_password());
    assert!(!world.resolve("user=other").unwrap().knows_password());
    assert_eq!(spec.password_source(&spec.places[0]), Some("the password file"));
    let given = world.resolve("host=db1 dbname=app user=me password=mine").unwrap();
    assert_eq!(given.password_for(&given.places[0]).unwrap().expose(), "mine");
}

#[test]
fn a_password_file_that_others_may_read_is_not_read() {
    let files = vec![("/home/os/.pgpass", 0o640, "*:*:*:*:pw")];
    let world = World { variables: vec![("HOME", "/home/os")], files };
    let spec = world.resolve("").unwrap();
    assert!(!spec.knows_password());
    let trouble = spec.password_file_trouble().unwrap();
    assert!(trouble.contains("chmod 600 /home/os/.pgpass"), "{trouble}");
}

#[test]
fn tls_is_strict_for_every_other_machine() {
    let mode = |dsn: &str| {
        let spec = resolve(dsn);
        spec.tls_mode(&spec.places[0])
    };
    assert_eq!(mode(""), TlsMode::Disable);
    assert_eq!(mode("sslmode=verify-full"), TlsMode::Disable);
    assert_eq!(mode("host=localhost"), TlsMode::Prefer);
    assert_eq!(mode("host=127.0.0.1"), TlsMode::Prefer);
    assert_eq!(mode("host=::1"), TlsMode::Prefer);
    assert_eq!(mode("host=db1"), TlsMode::VerifyFull);
    assert_eq!(mode("host=localhost hostaddr=10.0.0.1"), TlsMode::VerifyFull);
    assert_eq!(mode("host=db1 sslmode=prefer"), TlsMode::Prefer);
    assert_eq!(mode("host=db1 sslmode=require"), TlsMode::Require);
    assert_eq!(mode("host=db1 sslmode=require sslrootcert=/ca.crt"), TlsMode::VerifyCa);
    assert_eq!(mode("host=localhost sslrootcert=system"), TlsMode::VerifyFull);
}

#[test]
fn debug_shows_no_password() {
    let mut spec = resolve("postgresql://me:hunter2@db1/app");
    assert!(!format!("{spec:?}").contains("hunter2"));
    spec.set_password(Secret::new("hunter3".to_owned()));
    assert!(!format!("{spec:#?}").contains("hunter"));
}

#[test]
fn psql_is_led_to_the_same_place() {
    let spec = resolve("postgresql://me:hunter2@db1:5433/app?sslmode=require&sslrootcert=/ca.crt");
    let expected = [
        ("PGHOST", "db1"),
        ("PGPORT", "5433"),
        ("PGUSER", "me"),
        ("PGDATABASE", "app"),
        ("PGCONNECT_TIMEOUT", "10"),
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "/ca.crt"),
        ("PGPASSWORD", "hunter2"),
    ];
    let found = spec.variables();
    assert_eq!(found.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>(), expected);
}
