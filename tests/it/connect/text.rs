//! Names and literals through a real server and back, hostile ones too.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use tenantry::sqltext;

use super::{GENEROUS, connect};
use crate::support::database;

const HOSTILE: [&str; 14] = [
    "plain",
    "it's",
    "''",
    "\\",
    "\\'",
    "a\\'; DROP TABLE x; --",
    "say \"hi\"",
    "\"",
    "$$ $1 :x %s",
    "line\nbreak\r\t",
    "red\u{1b}[31m",
    "abc\u{202e}cba",
    "Größe 日本 \u{1f600}",
    " lead and trail ",
];

#[tokio::test]
async fn every_text_means_itself() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let mut runner = TestRunner::deterministic();
    let any = "[^\0]{1,40}";
    let mut texts: Vec<String> = HOSTILE.iter().map(|text| (*text).to_owned()).collect();
    texts.extend((0..200).map(|_| any.new_tree(&mut runner).unwrap().current()));
    // The server cuts identifiers at 63 bytes.
    let name = |text: &str| {
        text.chars()
            .scan(0, |bytes, c| {
                *bytes += c.len_utf8();
                (*bytes <= 63).then_some(c)
            })
            .collect::<String>()
    };
    for conforming in ["on", "off"] {
        let reading = session.read(GENEROUS).await.unwrap();
        reading
            .texts(&format!("SET LOCAL standard_conforming_strings = {conforming}; SET LOCAL escape_string_warning = off"))
            .await
            .unwrap();
        for text in &texts {
            let alias = name(text);
            let sql = format!(
                "SELECT {0}, {1}.{1}::text FROM (SELECT {0}::text AS {1}) AS {1}",
                sqltext::literal(text),
                sqltext::ident(&alias)
            );
            let rows = reading.rows(&sql, &[]).await.unwrap();
            assert_eq!(rows[0].get::<&str>(0).unwrap(), text);
            assert_eq!(rows[0].get::<&str>(1).unwrap(), text);
            assert_eq!(rows[0].column(1), Some(alias.as_str()));
        }
        reading.finish().await.unwrap();
    }
}

#[tokio::test]
async fn hostile_schemas_are_reached_by_their_qualified_name() {
    let database = database();
    for (n, name) in HOSTILE.iter().enumerate() {
        let schema = sqltext::ident(name);
        database.sql(&format!("CREATE SCHEMA {schema}; CREATE TABLE {} AS SELECT {n} AS n", sqltext::qualified(name, name)));
    }
    let session = connect(&database.dsn()).await.unwrap();
    let reading = session.read(GENEROUS).await.unwrap();
    for (n, name) in HOSTILE.iter().enumerate() {
        let rows = reading.rows(&format!("SELECT n FROM {}", sqltext::qualified(name, name)), &[]).await.unwrap();
        assert_eq!(rows[0].get::<u64>(0).unwrap(), n as u64);
    }
}
