//! The throwaway cluster and its sample fleet: what is in it, and that nothing of it stays behind.

use tenantry::demo::ClusterOptions;

use crate::support::{cluster, database, freeze, own_cluster, run_sql, settings, thaw, wait_for};

#[test]
fn a_cluster_lives_as_long_as_its_value() {
    let cluster = own_cluster(ClusterOptions {
        settings: settings([("cluster_name", "it's \\ quoted")]),
        ..ClusterOptions::default()
    });
    let folder = cluster.socket_dir().to_owned();
    let pid = cluster.pid().unwrap();
    assert_eq!(
        run_sql(&cluster, "postgres", "SELECT reset_val FROM pg_settings WHERE name = 'cluster_name'"),
        ["it's \\ quoted"]
    );
    drop(cluster);
    assert!(!folder.exists(), "{} is left", folder.display());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "the server is left");
}

#[test]
fn a_cluster_survives_a_restart_and_a_crash() {
    let mut cluster = own_cluster(ClusterOptions::default());
    run_sql(&cluster, "postgres", "CREATE TABLE kept AS SELECT 1 AS one");
    let port = cluster.port();
    cluster.restart().unwrap();
    cluster.kill().unwrap();
    assert_eq!(cluster.pid(), None);
    cluster.launch().unwrap();
    assert_eq!(cluster.port(), port);
    assert_eq!(run_sql(&cluster, "postgres", "SELECT one FROM kept"), ["1"]);
}

#[test]
fn a_database_is_private_to_its_test() {
    let (one, two) = (database(), database());
    one.sql("CREATE TABLE mine (id int)");
    assert_eq!(two.sql("SELECT count(*) FROM pg_class WHERE relname = 'mine'"), ["0"]);
    assert_ne!(one.dsn(), two.dsn());
    one.sql(&format!("CREATE ROLE {}_role LOGIN", one.name()));
    let role = format!("{}_role", one.name());
    let mut psql = std::process::Command::new(cluster().bin_dir().join("psql"));
    let output = psql.args(["-X", "-A", "-t", "-c", "SELECT current_user", &one.dsn_as(&role)]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), role);
}

#[test]
fn only_the_folder_and_the_loopback_interface_lead_in() {
    let cluster = own_cluster(ClusterOptions::default());
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(cluster.socket_dir()).unwrap());
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(run_sql(&cluster, "postgres", "SHOW listen_addresses"), ["127.0.0.1"]);
    let port = cluster.port();
    let mut by_tcp = cluster.binaries().command("psql", cluster.socket_dir());
    let output =
        by_tcp.args(["-X", "-w", "-d"]).arg(format!("host=127.0.0.1 port={port} user=postgres dbname=postgres")).output();
    let said = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(said.contains("no password supplied"), "{said}");
}

#[test]
fn a_frozen_server_answers_again_when_it_is_thawed() {
    let cluster = own_cluster(ClusterOptions::default());
    freeze(&cluster);
    let mut psql = cluster.psql("postgres").args(["-c", "SELECT 1"]).spawn().unwrap();
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", cluster.pid().unwrap())).unwrap();
    wait_for("the postmaster to stand still", || stat().contains(") T ").then_some(()));
    assert!(psql.try_wait().unwrap().is_none(), "somebody answered");
    thaw(&cluster);
    assert!(psql.wait().unwrap().success());
}
