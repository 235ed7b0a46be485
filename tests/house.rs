//! The house keeps its rules: imports point down, crates stay on their floors, SQL stays in its rooms, files are short and say
//! what they are. Looks at the text of the sources alone; must not know what they do.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Each room with the rooms that it may import from. A room that is not here may not exist.
const ROOMS: [(&str, &[&str]); 22] = [
    ("domain", &[]),
    ("sqltext", &["domain"]),
    ("capacity", &["domain"]),
    ("placement", &["domain", "dialect"]),
    ("activity", &["domain", "sqltext"]),
    ("config", &["domain"]),
    ("action", &["domain"]),
    ("dialect", &["domain", "sqltext"]),
    ("drift", &["domain", "sqltext", "dialect"]),
    ("plan", &["domain", "sqltext", "dialect", "drift", "capacity", "activity"]),
    ("pg", &["domain", "config"]),
    ("source", &["domain", "sqltext"]),
    ("journal", &["domain", "plan"]),
    ("state", &["domain"]),
    ("observer", &["domain", "sqltext", "dialect", "drift", "capacity", "config", "plan", "pg", "source", "state"]),
    ("runs", &["domain", "config", "plan", "journal"]),
    ("worker", &["domain", "sqltext", "dialect", "drift", "config", "plan", "pg", "source", "journal", "state"]),
    ("demo", &["domain", "sqltext", "config", "pg"]),
    ("tui", &["domain", "drift", "capacity", "placement", "activity", "config", "plan", "action", "observer", "runs"]),
    (
        "cli",
        &["domain", "drift", "capacity", "placement", "activity", "config", "plan", "action", "observer", "runs", "demo"],
    ),
    ("main", &["config", "cli", "tui", "worker"]),
    ("lib", &[]),
];

/// Crates that only some rooms may use. `domain` has a list of its own, the other crates are free.
const CRATES: [(&str, &[&str]); 16] = [
    ("tokio_postgres", &["pg"]),
    ("tokio_postgres_rustls", &["pg"]),
    ("rustls", &["pg"]),
    ("rustls_native_certs", &["pg"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("nucleo_matcher", &["tui"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("color_eyre", &["tui", "cli", "main"]),
    ("tokio", &["pg", "source", "observer", "runs", "worker", "demo", "tui", "cli", "main"]),
    ("tokio_util", &["pg", "source", "observer", "runs", "worker", "demo", "tui", "cli", "main"]),
    ("futures_util", &["pg", "source", "observer", "runs", "worker", "demo", "tui", "cli", "main"]),
    ("squawk_syntax", &["sqltext", "plan"]),
    ("squawk_linter", &["sqltext", "plan"]),
];

const GROUND_CRATES: [&str; 5] = ["std", "core", "alloc", "serde", "jiff"];

/// Rooms whose source files may hold SQL. `pg` keeps its own in `pg/sql/*.sql` and only opens and closes transactions.
const SQL_ROOMS: [&str; 3] = ["dialect", "plan", "demo"];
const TRANSACTIONS: [&str; 6] = ["BEGIN", "START TRANSACTION", "SET LOCAL", "COMMIT", "ROLLBACK", "SAVEPOINT"];
/// What a person may be advised to do (`GRANT`) is not among them.
const STATEMENTS: [&str; 22] = [
    "SELECT",
    "WITH",
    "INSERT INTO",
    "UPDATE",
    "DELETE FROM",
    "TRUNCATE",
    "CREATE",
    "ALTER",
    "DROP",
    "COMMENT ON",
    "COPY",
    "LOCK TABLE",
    "VACUUM",
    "ANALYZE",
    "REINDEX",
    "REFRESH MATERIALIZED",
    "EXPLAIN",
    "SET",
    "RESET",
    "DISCARD",
    "DO",
    "DECLARE",
];

const NO_NAMES: [&str; 9] = ["util", "utils", "helper", "helpers", "common", "manager", "misc", "imp", "shared"];
const LONGEST_FILE: usize = 600;

#[test]
fn imports_crates_and_sql_stay_where_they_belong() {
    let dependencies = dependencies();
    let mut broken = Vec::new();
    for file in files("src") {
        let text = std::fs::read_to_string(root().join(&file)).expect("a source file");
        broken.extend(check(&file, &text, &dependencies));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut broken = Vec::new();
    for file in ["src", "tests", "benches"].into_iter().flat_map(files) {
        let text = std::fs::read_to_string(root().join(&file)).expect("a source file");
        broken.extend(check_shape(&file, &text));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_floor_plan_names_every_room() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    let rooms: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(rooms.len() > 5, "the rooms of src/lib.rs are not found");
    for room in rooms {
        assert!(lib.contains(&format!("[`{room}`]")), "the floor plan in src/lib.rs does not name {room}");
    }
}

#[test]
fn nothing_else_grows_at_the_top() {
    let allowed = ["src", "themes", "tests", "benches", "target"];
    for entry in std::fs::read_dir(root()).expect("the top folder").filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        assert!(!is_folder || name.starts_with('.') || allowed.contains(&name.as_str()), "a folder {name} at the top");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, as paths from the top.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The crates that `Cargo.toml` names, as they are written in Rust.
fn dependencies() -> HashSet<String> {
    let manifest: toml::Table =
        std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml").parse().expect("TOML");
    let tables = ["dependencies", "dev-dependencies"].into_iter().filter_map(|name| manifest.get(name)?.as_table());
    tables
        .flat_map(toml::Table::keys)
        .map(|name| name.replace('-', "_"))
        .chain(["std", "core", "alloc"].map(String::from))
        .collect()
}

fn check_shape(file: &Path, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        broken.push(format!("{}: {lines} lines, {LONGEST_FILE} at most", file.display()));
    }
    if !text.starts_with("//! ") {
        broken.push(format!("{}: the first line is not a `//!` sentence about the file", file.display()));
    }
    for part in file.components().skip(1) {
        let part = part.as_os_str().to_string_lossy();
        if NO_NAMES.contains(&part.trim_end_matches(".rs")) {
            broken.push(format!("{}: {part} says nothing about what it holds", file.display()));
        }
    }
    broken
}

fn check(file: &Path, text: &str, dependencies: &HashSet<String>) -> Vec<String> {
    let module = module_of(file);
    let room = module.first().cloned().unwrap_or_else(|| file.file_stem().expect("a name").to_string_lossy().into_owned());
    let Some((_, may_import)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: {room} is not in the plan of the house", file.display())];
    };
    let syntax = match syn::parse_file(text) {
        Ok(syntax) => syntax,
        Err(error) => return vec![format!("{}: {error}", file.display())],
    };
    let local = LocalNames::of(&syntax);
    // Tests may live in a file of their own beside what they test.
    let tests = usize::from(module.last().is_some_and(|name| name == "tests" || name.ends_with("_tests")));
    let mut reader = Reader { module, tests, local, dependencies, found: Vec::new(), texts: Vec::new(), odd: Vec::new() };
    reader.visit_file(&syntax);
    let mut broken = BTreeSet::new();
    for Found { line, target, exported, in_tests } in &reader.found {
        let at = format!("{}:{line}", file.display());
        match target {
            Target::Room(other) if *other != room && !may_import.contains(&other.as_str()) => {
                broken.insert(format!("{at}: {room} may not import {other}"));
            }
            Target::Crate(name) => {
                let floors = CRATES.iter().find(|(restricted, _)| restricted == name).map(|(_, rooms)| *rooms);
                if floors.is_some_and(|rooms| !rooms.contains(&room.as_str())) {
                    broken.insert(format!("{at}: {room} may not use the crate {name}"));
                }
                if room == "domain" && !in_tests && !GROUND_CRATES.contains(&name.as_str()) {
                    broken.insert(format!("{at}: domain may use std, serde and jiff alone, not {name}"));
                }
                if *exported && floors.is_some() {
                    broken.insert(format!("{at}: {room} hands the crate {name} on to other rooms"));
                }
            }
            Target::Room(_) => {}
        }
    }
    for (line, text) in &reader.texts {
        let begins = |words: &[&str]| words.iter().any(|word| begins_with(text, word));
        let transaction = begins(&TRANSACTIONS);
        let allowed = SQL_ROOMS.contains(&room.as_str()) || (room == "pg" && transaction);
        if (begins(&STATEMENTS) || transaction) && !allowed {
            broken.insert(format!("{}:{line}: {room} holds SQL", file.display()));
        }
    }
    broken.extend(reader.odd.iter().map(|(line, what)| format!("{}:{line}: {what}", file.display())));
    broken.into_iter().collect()
}

/// Whether a text is a statement that begins with these words: upper case, and something follows.
fn begins_with(text: &str, words: &str) -> bool {
    let text = text.trim_start();
    let after = text.strip_prefix(words).unwrap_or_default();
    let is_whole = words.starts_with("BEGIN") || words.starts_with("COMMIT") || words.starts_with("ROLLBACK");
    (is_whole && text == words) || after.starts_with(char::is_whitespace) && !after.trim().is_empty()
}

/// `src/pg/session.rs` is `["pg", "session"]`; the two roots are `[]`.
fn module_of(file: &Path) -> Vec<String> {
    let parts = file.with_extension("");
    let mut parts: Vec<String> = parts.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod")
        || matches!(parts.as_slice(), [only] if only == "lib" || only == "main")
    {
        parts.pop();
    }
    parts
}

/// Names that mean something of ours in a file, though a crate may have the same name.
struct LocalNames(HashSet<String>);

impl LocalNames {
    fn of(syntax: &syn::File) -> Self {
        let mut names = Self(HashSet::new());
        names.visit_file(syntax);
        names
    }
}

impl<'ast> Visit<'ast> for LocalNames {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.0.insert(item.ident.to_string());
        visit::visit_item_mod(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for path in flatten(&item.tree) {
            let ours = path.first().is_some_and(|(first, _)| matches!(first.as_str(), "crate" | "super" | "self"));
            if let Some((name, _)) = path.last().filter(|_| ours) {
                self.0.insert(name.clone());
            }
        }
    }
}

struct Found {
    line: usize,
    target: Target,
    exported: bool,
    in_tests: bool,
}

enum Target {
    Room(String),
    Crate(String),
}

/// Collects every path and every text of a file.
struct Reader<'a> {
    module: Vec<String>,
    tests: usize,
    local: LocalNames,
    dependencies: &'a HashSet<String>,
    found: Vec<Found>,
    texts: Vec<(usize, String)>,
    odd: Vec<(usize, &'static str)>,
}

impl Reader<'_> {
    fn path(&mut self, segments: &[(String, Span)], leading: bool, exported: bool) {
        let Some((first, span)) = segments.first() else { return };
        let names: Vec<&str> = segments.iter().map(|(name, _)| name.as_str()).collect();
        let room = self.module.first().map_or("", String::as_str);
        let is_writer = names.windows(2).any(|pair| pair == ["pg", "write"]);
        if is_writer && !matches!(room, "worker" | "pg") || exported && room == "pg" && names.contains(&"write") {
            self.odd.push((span.start().line, "only worker may import pg::write"));
        }
        let target = match first.as_str() {
            "crate" | "tenantry" if !leading => names.get(1).map(|room| Target::Room((*room).to_owned())),
            "self" | "super" if !leading && names.len() > 1 => self.relative(&names),
            _ if self.dependencies.contains(first) && (leading || !self.local.0.contains(first)) => {
                Some(Target::Crate(first.clone()))
            }
            _ => None,
        };
        if let Some(target) = target {
            self.found.push(Found { line: span.start().line, target, exported, in_tests: self.tests > 0 });
        }
    }

    /// The room that a path with `self` or `super` leads to.
    fn relative(&self, names: &[&str]) -> Option<Target> {
        let mut module = self.module.clone();
        for name in names {
            match *name {
                "self" => {}
                "super" => {
                    module.pop()?;
                }
                name => module.push(name.to_owned()),
            }
        }
        module.first().cloned().map(Target::Room)
    }

    /// Paths and texts inside a macro, whose grammar nobody knows: names joined by `::`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<(String, Span)> = Vec::new();
        let mut colons = 0;
        let mut leading = false;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 || segments.is_empty() {
                        self.end_of_path(&mut segments, leading);
                        leading = colons == 2;
                    }
                    segments.push((ident.to_string(), ident.span()));
                    colons = 0;
                }
                other => {
                    self.end_of_path(&mut segments, leading);
                    (colons, leading) = (0, false);
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => {
                            if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                                self.texts_push(&text);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        self.end_of_path(&mut segments, leading);
    }

    fn end_of_path(&mut self, segments: &mut Vec<(String, Span)>, leading: bool) {
        if segments.len() > 1 {
            self.path(segments, leading, false);
        }
        segments.clear();
    }

    fn texts_push(&mut self, text: &syn::LitStr) {
        if self.tests == 0 {
            self.texts.push((text.span().start().line, text.value()));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let for_tests = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
        });
        if !for_tests && item.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            self.odd.push((item.ident.span().start().line, "a module lives where its name says"));
        }
        self.tests += usize::from(for_tests);
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.tests -= usize::from(for_tests);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let exported = !matches!(item.vis, syn::Visibility::Inherited);
        for path in flatten(&item.tree) {
            self.path(&path, item.leading_colon.is_some(), exported);
        }
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.odd.push((item.ident.span().start().line, "extern crate hides a name from this test"));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let segments: Vec<_> =
                path.segments.iter().map(|segment| (segment.ident.to_string(), segment.ident.span())).collect();
            self.path(&segments, path.leading_colon.is_some(), false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if item.path.is_ident("include") {
            let line = item.path.segments[0].ident.span().start().line;
            self.odd.push((line, "include! hides code from this test"));
        }
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.visit_path(attribute.path());
        if let syn::Meta::List(list) = &attribute.meta {
            let texts = self.texts.len();
            self.tokens(list.tokens.clone());
            self.texts.truncate(texts);
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.texts_push(text);
    }
}

/// Every path of a `use`, without renames.
fn flatten(tree: &syn::UseTree) -> Vec<Vec<(String, Span)>> {
    let named = |ident: &syn::Ident| vec![vec![(ident.to_string(), ident.span())]];
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree)
            .into_iter()
            .map(|rest| std::iter::once((path.ident.to_string(), path.ident.span())).chain(rest).collect())
            .collect(),
        syn::UseTree::Name(name) => named(&name.ident),
        syn::UseTree::Rename(rename) => named(&rename.ident),
        syn::UseTree::Glob(_) => vec![Vec::new()],
        syn::UseTree::Group(group) => group.items.iter().flat_map(flatten).collect(),
    }
}

mod the_test_can_fail {
    //! Small sources, each with what must be said about it.

    use super::*;

    fn said(file: &str, text: &str) -> Vec<String> {
        let dependencies = ["std", "serde", "tokio", "tokio_postgres", "ratatui", "csv", "color_eyre"].map(String::from);
        let said = check(Path::new(file), text, &HashSet::from(dependencies));
        said.into_iter().map(|line| line.strip_prefix(file).unwrap_or(&line).trim_start_matches(':').to_owned()).collect()
    }

    #[test]
    fn an_import_that_points_up_is_found_in_every_form() {
        for text in [
            "use crate::tui::App;",
            "use crate::{domain::name, tui::{App, View}};",
            "use super::super::tui::App;",
            "fn f() { crate::tui::run(); }",
            "fn f(app: &crate::tui::App) {}",
            "fn f() { let text = format!(\"{}\", crate::tui::word()); }",
            "fn f() { vec![1, super::super::tui::two()]; }",
            "#[derive(crate::tui::Drawn)] struct S;",
            "mod inner { use super::super::super::tui::App; }",
            "pub use crate::tui as face;",
            "impl From<crate::tui::App> for S {}",
            "fn f() { match x { crate::tui::App::New => {} } }",
        ] {
            assert_eq!(said("src/pg/session.rs", text), ["1: pg may not import tui"], "{text}");
        }
    }

    #[test]
    fn imports_that_point_down_or_stay_are_allowed() {
        let text = "use crate::domain::fault::Fault;\nuse super::libpq::Spec;\nuse self::inner::X;\nuse tokio_postgres::Client;\n\
                    mod inner { use super::Spec; }";
        assert_eq!(said("src/pg/session.rs", text), [""; 0]);
        assert_eq!(said("src/main.rs", "fn main() { tenantry::cli::run(); }"), [""; 0]);
    }

    #[test]
    fn the_two_faces_do_not_know_each_other() {
        assert_eq!(said("src/tui/mod.rs", "use crate::cli::Row;"), ["1: tui may not import cli"]);
        assert_eq!(said("src/cli/mod.rs", "use crate::tui::Row;"), ["1: cli may not import tui"]);
        assert_eq!(said("src/main.rs", "use tenantry::observer::Observer;"), ["1: main may not import observer"]);
    }

    #[test]
    fn crates_stay_on_their_floors() {
        assert_eq!(
            said("src/observer/mod.rs", "use tokio_postgres::Row;"),
            ["1: observer may not use the crate tokio_postgres"]
        );
        assert_eq!(said("src/cli/mod.rs", "\nfn f() { ratatui::init(); }"), ["2: cli may not use the crate ratatui"]);
        assert_eq!(said("src/pg/mod.rs", "use ::color_eyre::Report;"), ["1: pg may not use the crate color_eyre"]);
        assert_eq!(said("src/config/mod.rs", "#[tokio::main] async fn f() {}"), ["1: config may not use the crate tokio"]);
        assert_eq!(
            said("src/pg/mod.rs", "pub use tokio_postgres::Row;"),
            ["1: pg hands the crate tokio_postgres on to other rooms"]
        );
        assert_eq!(said("src/domain/a.rs", "use csv::Writer;"), ["1: domain may use std, serde and jiff alone, not csv"]);
        assert_eq!(said("src/domain/a.rs", "mod csv; fn f() { csv::ours(); }"), [""; 0]);
        assert_eq!(said("src/domain/a/tests.rs", "use csv::Writer;"), [""; 0]);
    }

    #[test]
    fn only_the_worker_writes() {
        let refused = ["1: only worker may import pg::write"];
        assert_eq!(said("src/observer/a.rs", "use crate::pg::write::Writer;"), refused);
        assert_eq!(said("src/observer/a.rs", "use crate::pg::{self, write::Writer};"), refused);
        assert_eq!(said("src/demo/a.rs", "fn f() { pg::write::Writer::connect(); }"), refused);
        assert_eq!(said("src/pg/mod.rs", "pub use self::write::Writer;"), refused);
        assert_eq!(said("src/worker/a.rs", "use crate::pg::write::Writer;"), [""; 0]);
        assert_eq!(said("src/pg/write/a.rs", "use super::Writer;"), [""; 0]);
    }

    #[test]
    fn sql_stays_in_its_rooms() {
        let holds = ["1: observer holds SQL"];
        assert_eq!(said("src/observer/a.rs", "const A: &str = \"SELECT 1\";"), holds);
        assert_eq!(said("src/observer/a.rs", "fn f() { format!(\"  DROP SCHEMA {name}\"); }"), holds);
        assert_eq!(said("src/observer/a.rs", "const A: &str = \"BEGIN\";"), holds);
        assert_eq!(said("src/observer/a.rs", "const A: &str = \"Select a tenant\"; const B: &str = \"SET\";"), [""; 0]);
        assert_eq!(said("src/observer/a.rs", "#[cfg(test)] mod tests { const A: &str = \"SELECT 1\"; }"), [""; 0]);
        assert_eq!(said("src/pg/a.rs", "const A: &str = \"SET LOCAL lock_timeout = 1\";"), [""; 0]);
        assert_eq!(said("src/pg/a.rs", "const A: &str = \"SET lock_timeout = 1\";"), ["1: pg holds SQL"]);
        assert_eq!(said("src/demo/a.rs", "const A: &str = \"CREATE TABLE a ()\";"), [""; 0]);
    }

    #[test]
    fn ways_around_are_closed() {
        assert_eq!(said("src/extra/mod.rs", ""), [" extra is not in the plan of the house"]);
        assert_eq!(said("src/pg/a.rs", "extern crate ratatui as r;"), ["1: extern crate hides a name from this test"]);
        assert_eq!(said("src/pg/a.rs", "include!(\"b.rs\");"), ["1: include! hides code from this test"]);
        assert_eq!(said("src/pg/a.rs", "#[path = \"../tui/mod.rs\"] mod x;"), ["1: a module lives where its name says"]);
    }

    #[test]
    fn long_headless_and_nameless_files_are_found() {
        let long = "//! Long.\n".repeat(LONGEST_FILE + 1);
        assert_eq!(check_shape(Path::new("src/pg/a.rs"), &long), ["src/pg/a.rs: 601 lines, 600 at most"]);
        assert_eq!(check_shape(Path::new("src/pg/a.rs"), "use x;").len(), 1);
        assert_eq!(
            check_shape(Path::new("src/pg/util/a.rs"), "//! A."),
            ["src/pg/util/a.rs: util says nothing about what it holds"]
        );
        assert_eq!(check_shape(Path::new("src/pg/helpers.rs"), "//! A.").len(), 1);
    }
}
