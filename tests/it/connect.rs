//! Connecting to real servers: what goes wrong and how it is said, what a session may do, how a link is lost and comes back.

mod life;
mod refusals;
mod seat;
mod sessions;
mod text;
mod tls;

use std::time::Duration;

use tenantry::config::RegistrySource;
use tenantry::domain::fault::Fault;
use tenantry::domain::roles::Policy;
use tenantry::observer::Target;
use tenantry::pg::{Limits, Session, Spec};

/// Limits that no test should meet.
pub(crate) const GENEROUS: Limits = Limits { lock: Duration::from_secs(5), statement: Duration::from_secs(30) };

pub(crate) fn spec(dsn: &str) -> Spec {
    Spec::parse(dsn).expect("a connection string")
}

pub(crate) fn target(label: &str, dsn: &str) -> Target {
    Target {
        label: label.to_owned(),
        spec: spec(dsn),
        policy: Policy::default(),
        registry: RegistrySource::Auto,
        state: None,
        system_identifier: None,
    }
}

pub(crate) async fn connect(dsn: &str) -> Result<Session, Fault> {
    Session::connect(&spec(dsn), "test").await
}

/// The only value of the only row, as text.
pub(crate) async fn ask(session: &Session, sql: &str) -> Result<String, Fault> {
    let reading = session.read(GENEROUS).await?;
    let rows = reading.texts(sql).await?;
    reading.finish().await?;
    Ok(rows[0][0].clone().expect("a value"))
}
