//! Every crate that may be built into the program on this platform, or into its tests, has a licence that lets anybody use the
//! program.

use std::process::Command;

const ALLOWED: [&str; 15] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Zlib",
    "CC0-1.0",
    "Unlicense",
    "0BSD",
    "BSL-1.0",
    "WTFPL",
];

/// Crates whose licence asks only for changes to their own files to be published.
const FILE_LEVEL: [(&str, &str); 1] = [("nucleo-matcher", "MPL-2.0")];

#[test]
fn every_crate_has_a_permissive_licence() {
    let platform = host();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &platform]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON");
    let text = |package: &serde_json::Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("a list of packages");
    assert!(packages.len() > 50, "only {} crates", packages.len());
    let refused: Vec<String> = packages
        .iter()
        .map(|package| (text(package, "name"), text(package, "license")))
        .filter(|(name, licence)| !is_allowed(name, licence))
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect();
    assert!(refused.is_empty(), "not on the list of licences: {}", refused.join(", "));
}

/// The platform that is built for here: crates of others are not downloaded.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let about = String::from_utf8(output.stdout).expect("UTF-8");
    about.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

/// Whether an SPDX expression leaves a choice that is allowed: `AND` binds closer than `OR`, as the standard says.
fn is_allowed(name: &str, expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let allowed = either(name, &words, &mut at);
    allowed && at == words.len()
}

fn either(name: &str, words: &[&str], at: &mut usize) -> bool {
    let mut allowed = both(name, words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        allowed |= both(name, words, at);
    }
    allowed
}

fn both(name: &str, words: &[&str], at: &mut usize) -> bool {
    let mut allowed = one(name, words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        allowed &= one(name, words, at);
    }
    allowed
}

fn one(name: &str, words: &[&str], at: &mut usize) -> bool {
    if words.get(*at) == Some(&"(") {
        *at += 1;
        let allowed = either(name, words, at);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return allowed && closed;
    }
    let Some(&word) = words.get(*at) else { return false };
    *at += 1;
    let mut licence = word.to_owned();
    if words.get(*at) == Some(&"WITH") {
        licence = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    ALLOWED.contains(&licence.as_str()) || FILE_LEVEL.contains(&(name, licence.as_str()))
}

#[test]
fn expressions_are_read_as_the_standard_says() {
    for (name, expression, expected) in [
        ("a", "MIT OR Apache-2.0", true),
        ("a", "MIT/Apache-2.0", true),
        ("a", "GPL-3.0", false),
        ("a", "GPL-3.0 OR MIT", true),
        ("a", "GPL-3.0 AND MIT", false),
        ("a", "(GPL-3.0 OR MIT) AND Unicode-3.0", true),
        ("a", "MIT OR GPL-3.0 AND AGPL-3.0", true),
        ("a", "Apache-2.0 WITH LLVM-exception", true),
        ("a", "Apache-2.0 WITH Something-else", false),
        ("nucleo-matcher", "MPL-2.0", true),
        ("a", "MPL-2.0", false),
        ("a", "no licence", false),
        ("a", "(MIT", false),
        ("a", "", false),
    ] {
        assert_eq!(is_allowed(name, expression), expected, "{name}: {expression}");
    }
}
