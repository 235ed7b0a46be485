//! Access to PostgreSQL: libpq's conventions, sessions, TLS, catalogue queries, SQLSTATE to fault. The only room that sees
//! `tokio-postgres`. Must not know what a face is, nor keep facts.

pub mod libpq;
pub mod session;

pub use libpq::Spec;
pub use session::{Limits, Reading, Session};
