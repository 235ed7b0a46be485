//! A bundle of Django's migrations: JSON, written once by [`SCRIPT`] on the machine that has the project's code, with the SQL of each
//! migration and the graph of what needs what. Must not know where it is applied.
//!
//! What is no SQL (`RunPython`) is in the bundle by name: such a migration has no script, and a plan that needs it is refused.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::script::Script;
use super::{File, Source, why};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::history::Migration;
use crate::domain::name::shown;

/// The program that writes a bundle: Python, run with the project's own interpreter. Its head says how.
pub const SCRIPT: &str = include_str!("django/script.py");

/// The size of the largest bundle.
const MOST_BYTES: u64 = 64 << 20;

/// The first number of the formats that are understood. A newer second number only adds what may be left aside.
const FORMAT: u16 = 1;

const AGAIN: &str = "write the bundle again with the script of this version";

#[derive(Deserialize)]
struct Head {
    format: (u16, u16),
}

#[derive(Deserialize)]
struct Bundle {
    migrations: Vec<Rendered>,
}

/// One migration of a bundle.
#[derive(Deserialize)]
struct Rendered {
    app: String,
    name: String,
    needs: Vec<Key>,
    #[serde(default)]
    replaces: Vec<Key>,
    atomic: bool,
    sql: Option<String>,
    refused: Option<String>,
    reverse_sql: Option<String>,
}

/// Application and name.
type Key = (String, String);

/// The migrations of a bundle, none before what it needs.
pub fn load(path: &Path) -> Result<Source, Fault> {
    let place = shown(&path.to_string_lossy()).into_owned();
    let unreadable = |error: &std::io::Error| {
        Fault::new(FaultKind::Local, format!("the bundle {place} cannot be read: {}", why(error)))
            .hint("migrations in fleet.toml names it; a relative path begins where fleet.toml lies")
    };
    let size = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if size > MOST_BYTES {
        return Err(Fault::new(FaultKind::Usage, format!("the bundle {place} is larger than {} MiB", MOST_BYTES >> 20))
            .hint("render the applications that tenants have, with --app"));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(&error))?;
    parse(&bytes, &place)
}

/// The same from the bytes of the file; `place` is its name, safe to show.
fn parse(bytes: &[u8], place: &str) -> Result<Source, Fault> {
    let broken = |what: String| Fault::new(FaultKind::Usage, format!("the bundle {place} {what}")).hint(AGAIN);
    let no_bundle = |error: &serde_json::Error| broken(format!("is none: {}", shown(&error.to_string())));
    let head: Head = serde_json::from_slice(bytes).map_err(|error| no_bundle(&error))?;
    if head.format.0 != FORMAT {
        return Err(broken(format!("has the format {}.{}, which this version does not know", head.format.0, head.format.1)));
    }
    let bundle: Bundle = serde_json::from_slice(bytes).map_err(|error| no_bundle(&error))?;
    if bundle.migrations.is_empty() {
        return Err(broken("holds no migration".to_owned()));
    }
    let mut places: HashMap<Key, usize> = HashMap::new();
    for (at, rendered) in bundle.migrations.iter().enumerate() {
        if rendered.app.is_empty() || rendered.name.is_empty() {
            return Err(broken(format!("holds a migration without name: number {}", at + 1)));
        }
        if places.insert(rendered.key(), at).is_some() {
            return Err(broken(format!("holds {} twice", rendered.origin())));
        }
    }
    let order = order(&bundle.migrations, &places).map_err(broken)?;
    Ok(Source { files: order.into_iter().map(|at| bundle.migrations[at].file(&places)).collect() })
}

/// The positions of the migrations, each behind all that it needs, otherwise as they are.
fn order(all: &[Rendered], places: &HashMap<Key, usize>) -> Result<Vec<usize>, String> {
    let mut needs: Vec<HashSet<usize>> = Vec::new();
    for rendered in all {
        // What a squashed migration replaces comes before it: the ledger has each of them.
        let replaced = rendered.replaces.iter().filter_map(|key| places.get(key).copied());
        let mut before: HashSet<usize> = replaced.collect();
        for key in &rendered.needs {
            let missing = || format!("lacks {} {}, which {} needs", shown(&key.0), shown(&key.1), rendered.origin());
            before.insert(*places.get(key).ok_or_else(missing)?);
        }
        needs.push(before);
    }
    let mut order = Vec::with_capacity(all.len());
    let mut done = vec![false; all.len()];
    while order.len() < all.len() {
        let free = (0..all.len()).find(|at| !done[*at] && needs[*at].iter().all(|before| done[*before]));
        let Some(at) = free else {
            let stuck = all.iter().zip(&done).find(|(_, done)| !**done).map_or_else(String::new, |(one, _)| one.origin());
            return Err(format!("turns in a circle: {stuck} needs itself in the end"));
        };
        done[at] = true;
        order.push(at);
    }
    Ok(order)
}

impl Rendered {
    fn key(&self) -> Key {
        (self.app.clone(), self.name.clone())
    }

    fn origin(&self) -> String {
        format!("{} {}", shown(&self.app), shown(&self.name))
    }

    fn file(&self, places: &HashMap<Key, usize>) -> File {
        let migration = |(app, name): &Key| Migration { app: Some(app.clone()), name: name.clone() };
        let origin = self.origin();
        // Each text has a name of its own, by which its hash is remembered.
        let back = format!("{origin} (back)");
        let refused = |why: &str, hint: &str| Fault::new(FaultKind::Usage, format!("{origin}: {why}")).hint(hint);
        let gone = self.replaces.iter().find(|key| !places.contains_key(*key));
        let (up, down) = if let Some((_, name)) = gone {
            let why = format!("replaces {}, which the project no longer has", shown(name));
            (Err(refused(&why, "its line of the ledger alone would not do for Django: remove replaces from it")), None)
        } else if self.replaces.is_empty() {
            let none = || {
                let why = self.refused.as_deref().map_or("no SQL".into(), shown);
                refused(&why, "the application must do it: let manage.py migrate bring the tenants over this one")
            };
            let script = |sql: &String, origin: &str| Script::rendered(origin, sql, self.atomic);
            let up = self.sql.as_ref().ok_or_else(none).and_then(|sql| script(sql, &origin));
            (up, self.reverse_sql.as_ref().and_then(|sql| script(sql, &back).ok()))
        } else {
            // Whoever has all that it replaces has it: only its line of the ledger is missing, as Django itself writes it.
            (Script::rendered(&origin, "", true), Script::rendered(&back, "", true).ok())
        };
        let needs = self.needs.iter().chain(&self.replaces).map(migration).collect();
        File { migration: migration(&self.key()), up, down, needs }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rendered(name: &str, needs: &[&str]) -> Value {
        let needs: Vec<Value> = needs.iter().map(|need| json!(["crm", need])).collect();
        json!({"app": "crm", "name": name, "needs": needs, "atomic": true, "sql": format!("SELECT '{name}';"), "reverse_sql": null})
    }

    fn read(migrations: &[Value]) -> Result<Source, Fault> {
        parse(json!({"format": [1, 7], "later": {}, "migrations": migrations}).to_string().as_bytes(), "b.json")
    }

    fn names(source: &Source) -> Vec<&str> {
        source.files.iter().map(|file| file.migration.name.as_str()).collect()
    }

    #[test]
    fn the_bundle_of_the_sample_project_is_understood() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/django/bundle.json");
        let source = load(&path).unwrap();
        assert_eq!(source.files.len(), 35);
        let find = |name: &str| source.files.iter().find(|file| file.migration.name == name).unwrap();
        let field = find("0016_company_industry");
        assert_eq!(field.migration.label(), "crm 0016_company_industry");
        let up = field.up.as_ref().unwrap();
        assert!(up.sql.contains("ADD COLUMN \"industry\"") && up.transactional, "{}", up.sql);
        assert_eq!(up.origin, "crm 0016_company_industry");
        let down = field.down.as_ref().unwrap();
        assert!(down.sql.contains("DROP COLUMN \"industry\""), "{}", down.sql);
        assert_eq!(down.origin, "crm 0016_company_industry (back)");
        let code = find("0014_backfill_currency");
        let fault = code.up.as_ref().unwrap_err();
        assert_eq!(fault.what, "crm 0014_backfill_currency: RunPython is no SQL");
        assert!(fault.hint.as_ref().unwrap().contains("manage.py migrate"));
        assert_eq!(find("0011_update_proxy_permissions").down, None);
        let mut seen = HashSet::new();
        for file in &source.files {
            assert!(file.needs.iter().all(|need| seen.contains(need)), "{}", file.migration.label());
            seen.insert(file.migration.clone());
        }
    }

    #[test]
    fn what_is_needed_comes_first() {
        let source = read(&[rendered("0003", &["0002"]), rendered("0001", &[]), rendered("0002", &["0001"])]).unwrap();
        assert_eq!(names(&source), ["0001", "0002", "0003"]);
        assert_eq!(source.files[2].needs, [Migration { app: Some("crm".into()), name: "0002".into() }]);
    }

    #[test]
    fn a_squashed_migration_is_a_line_of_the_ledger() {
        let mut squashed = rendered("0001_squashed", &[]);
        squashed["replaces"] = json!([["crm", "0001"], ["crm", "0002"]]);
        let all =
            [squashed.clone(), rendered("0001", &[]), rendered("0002", &["0001"]), rendered("0003", &["0001_squashed"])];
        let source = read(&all).unwrap();
        assert_eq!(names(&source), ["0001", "0002", "0001_squashed", "0003"]);
        let line = &source.files[2];
        assert_eq!((line.up.as_ref().unwrap().sql.as_str(), line.down.as_ref().unwrap().sql.as_str()), ("", ""));
        let alone = read(&[squashed]).unwrap();
        let fault = alone.files[0].up.as_ref().unwrap_err();
        assert_eq!(fault.what, "crm 0001_squashed: replaces 0001, which the project no longer has");
    }

    #[test]
    fn one_bad_text_does_not_spoil_the_others() {
        let mut bad = rendered("0002", &["0001"]);
        bad["sql"] = json!("SELECT 'open");
        let source = read(&[rendered("0001", &[]), bad]).unwrap();
        assert!(source.files[0].up.is_ok());
        assert_eq!(source.files[1].up.as_ref().unwrap_err().what, "crm 0002, line 1: a literal is not closed");
    }

    #[test]
    fn what_is_no_bundle_is_told() {
        let text = |bytes: &[u8]| parse(bytes, "b.json").unwrap_err();
        assert!(text(b"SELECT 1;").what.starts_with("the bundle b.json is none: "));
        assert_eq!(
            text(br#"{"format": [2, 0], "anything": 1}"#).what,
            "the bundle b.json has the format 2.0, which this version does not know"
        );
        assert_eq!(text(br#"{"format": [1, 0], "migrations": []}"#).what, "the bundle b.json holds no migration");
        for (migrations, expected) in [
            (vec![rendered("a", &[]), rendered("a", &[])], "holds crm a twice"),
            (vec![rendered("a", &["b"])], "lacks crm b, which crm a needs"),
            (vec![rendered("a", &["b"]), rendered("b", &["a"])], "turns in a circle: crm a needs itself in the end"),
            (vec![rendered("", &[])], "holds a migration without name: number 1"),
        ] {
            let fault = read(&migrations).unwrap_err();
            assert_eq!(fault.what, format!("the bundle b.json {expected}"));
            assert_eq!(fault.hint.as_deref(), Some(AGAIN));
        }
        let gone = load(Path::new("/nowhere/b.json")).unwrap_err();
        assert_eq!(gone.what, "the bundle /nowhere/b.json cannot be read: no such file or directory");
    }

    #[test]
    fn the_script_says_how_it_is_run_and_writes_this_format() {
        assert!(SCRIPT.starts_with("#!/usr/bin/env python3") && SCRIPT.contains("DJANGO_SETTINGS_MODULE="));
        assert!(SCRIPT.contains("\"format\": [1, 0]"));
        assert!(SCRIPT.is_ascii());
    }
}
