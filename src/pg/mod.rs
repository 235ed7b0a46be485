//! Access to PostgreSQL: libpq's conventions, sessions, TLS, catalogue queries, SQLSTATE to fault. The only room that sees
//! `tokio-postgres`. Must not know what a face is, nor keep facts.

pub mod catalog;
mod certificate;
mod fault;
pub mod libpq;
pub mod programs;
pub mod session;
mod tls;
pub mod write;

pub use libpq::{Secret, Spec};
pub use session::{Cell, Limits, Param, Reading, Row, Session, Texts};
