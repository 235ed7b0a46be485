//! Who we are, as journals name people. Must not ask a server.

use crate::domain::run::Person;

/// The person at this process, and this machine.
pub fn me() -> Person {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    let host = whoami::hostname().unwrap_or_else(|_| "unknown".to_owned());
    Person { user, host }
}
