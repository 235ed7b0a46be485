//! How one of PostgreSQL's own programs is led to the same place as the same user. The password goes by a password file alone: an
//! environment can be read by others of the same user.

use zeroize::Zeroizing;

use super::{Host, Spec};

impl Spec {
    /// The `PG*` variables for such a program, none of them a secret.
    pub fn program_variables(&self) -> Vec<(&'static str, String)> {
        let mut all = self.variables();
        all.retain(|(name, _)| !matches!(*name, "PGPASSWORD" | "PGPASSFILE"));
        all.extend(self.options.iter().map(|options| ("PGOPTIONS", options.clone())));
        all
    }

    /// The lines of a password file that has every password of this place; empty when none is known.
    pub fn passfile_lines(&self) -> Zeroizing<String> {
        // A text that grows would leave pieces of the password behind it: its room is taken at once.
        let mut lines = Zeroizing::new(String::with_capacity(1 << 14));
        for place in &self.places {
            let Some(password) = self.password_for(place) else { continue };
            let hosts = match &place.host {
                Host::Unix(folder) => vec![folder.display().to_string(), "localhost".to_owned()],
                Host::Tcp { name, address } => {
                    std::iter::once(name.clone()).chain(address.map(|address| address.to_string())).collect()
                }
            };
            for host in hosts {
                escape(&mut lines, &host);
                lines.push_str(&format!(":{}:*:*:", place.port));
                escape(&mut lines, password.expose());
                lines.push('\n');
            }
        }
        lines
    }
}

fn escape(lines: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, ':' | '\\') {
            lines.push('\\');
        }
        lines.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::super::passfile::{Wanted, find};
    use super::*;

    #[test]
    fn the_password_is_in_the_file_alone_and_found_there() {
        for (dsn, host) in [
            ("host=db1 port=6543 user=me dbname=app password='a:b\\\\c'", "db1"),
            ("host=/run/postgresql port=6543 user=me dbname=app password='a:b\\\\c'", "/run/postgresql"),
            ("host=db:2 hostaddr=127.0.0.1 port=6543 user=me password='a:b\\\\c' options='-c work_mem=1MB'", "127.0.0.1"),
        ] {
            let spec = Spec::parse(dsn).unwrap();
            let variables = spec.program_variables();
            assert!(variables.iter().all(|(name, value)| *name != "PGPASSWORD" && !value.contains("a:b")), "{variables:?}");
            let wanted = Wanted { host, port: 6543, database: "app", user: "me" };
            let found = find(&spec.passfile_lines(), wanted);
            assert_eq!(found.as_ref().map(super::super::Secret::expose), Some("a:b\\c"), "{dsn}");
        }
    }
}
