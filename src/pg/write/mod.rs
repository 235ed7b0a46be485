//! The only connection that can write. One message of several statements is one transaction, unless it begins one that others end: who
//! does that sends nothing more after a refusal but `ROLLBACK`. Must not know what is written, nor decide whether it is tried again.
//! Only `worker` may import this.

mod copy;
mod questions;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{DbError, ErrorPosition, Severity};

use super::libpq::Spec;
use super::session::dial::dial;
use super::session::{Limits, Param, Reading, Row, Session, Texts, Wire, texts};
use crate::domain::fault::Fault;
use crate::domain::run::Backend;

pub use self::copy::{Broken, stream};
pub use self::questions::{Identity, LockTable, Waiting};
pub use super::session::Refusal;

/// How long a small question of ours may take.
const QUESTION: Duration = Duration::from_secs(15);

/// A connection that can write. Dropping it closes it; what it was sent may still run on the server.
#[derive(Debug)]
pub struct Writer {
    session: Session,
    backend: Backend,
    pooler: bool,
    spent: AtomicBool,
}

/// Why a message was not carried out.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The SQLSTATE when the server spoke.
    pub sqlstate: Option<String>,
    /// What the server said, raw.
    pub message: String,
    /// The detail of it, raw.
    pub detail: Option<String>,
    /// Its hint, raw.
    pub hint: Option<String>,
    /// Where the message is wrong, counted in characters from 1 over the whole of it.
    pub position: Option<u32>,
    /// How many statements of the message had been completed before. All of them are undone.
    pub completed: u32,
    /// Whether the connection is lost: then nobody knows what became of the message.
    pub lost: bool,
    /// The same in words for a person.
    pub fault: Fault,
}

impl Writer {
    /// Connects. `name` goes into `application_name` as `tenantry/NAME`, whatever the connection string says.
    pub async fn connect(spec: &Spec, name: &str) -> Result<Self, Refusal> {
        let wire = dial(&spec.under_our_name(), name).await?;
        let (session, backend) = (Session::over(wire), Backend { pid: 0, start_us: 0 });
        let mut writer = Self { session, backend, pooler: false, spent: AtomicBool::new(false) };
        let rows = writer.rows(include_str!("../sql/writer_backend.sql"), &[]).await.map_err(|refused| refused.fault)?;
        let row = questions::only(&rows)?;
        writer.backend = Backend { pid: row.get(0)?, start_us: row.get::<Option<i64>>(1)?.unwrap_or_default() };
        writer.pooler = writer.backend.pid != writer.wire().claimed_process();
        if writer.pooler {
            writer.backend.start_us = 0;
        } else if !row.get::<bool>(2)? {
            // Migrations are cut into statements by the standard's rules; behind a pooler the setting would stay with the application.
            writer.send(include_str!("../sql/writer_standard.sql"), QUESTION).await.map_err(|refused| refused.fault)?;
        }
        Ok(writer)
    }

    /// The process that serves it. Behind a pooler that of the first transaction, without a start.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Whether a pooler stands between.
    pub fn is_pooled(&self) -> bool {
        self.pooler
    }

    /// Where it is connected, safe to show.
    pub fn place(&self) -> &str {
        self.wire().place()
    }

    /// Whether the link is lost.
    pub fn is_lost(&self) -> bool {
        self.wire().client.is_closed() || self.wire().why_ended().is_some()
    }

    /// Waits until the link is lost, and says why.
    pub async fn lost(&self) -> Fault {
        self.wire().ended().await
    }

    /// Whether it must not be used for writing any more: it was cancelled, and the request may come so late that it meets the next
    /// message, or the answer to a message was lost with it.
    pub fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// Sends one message and waits for its end: gives every row of every statement in it. A server that is silent for longer than
    /// `silence` counts as frozen and the connection as lost.
    ///
    /// Dropping the future does not end what runs on the server.
    pub async fn send(&self, message: &str, silence: Duration) -> Result<Texts, Refused> {
        let completed = AtomicU32::new(0);
        let asked = async {
            let mut stream = std::pin::pin!(self.wire().client.simple_query_raw(message).await?);
            let mut messages = Vec::new();
            while let Some(answer) = stream.try_next().await? {
                if matches!(answer, SimpleQueryMessage::CommandComplete(_)) {
                    completed.fetch_add(1, Ordering::Relaxed);
                }
                messages.push(answer);
            }
            Ok(messages)
        };
        let answered = self.told(silence, asked).await.map(|messages| texts(&messages));
        answered.map_err(|refused| Refused { completed: completed.load(Ordering::Relaxed), ..refused })
    }

    /// Asks the server to end what runs just now, and waits until it has taken the request. The connection is spent.
    pub async fn cancel(&self) -> Result<(), Fault> {
        self.spent.store(true, Ordering::Relaxed);
        self.wire().cancel().await
    }

    /// Questions within the transaction that this connection has open. To be dropped, never finished.
    pub fn within(&self, limits: Limits) -> Reading<'_> {
        self.session.within(limits)
    }

    fn wire(&self) -> &Wire {
        self.session.wire()
    }

    async fn rows(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Refused> {
        let typed: Vec<_> = params.iter().map(Param::typed).collect();
        let rows = self.told(QUESTION, self.wire().client.query_typed(sql, &typed)).await?;
        Ok(rows.into_iter().map(Row::new).collect())
    }

    async fn told<T>(
        &self,
        silence: Duration,
        asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Refused> {
        let mut said: Option<DbError> = None;
        let listened = async {
            let answer = asked.await;
            said = answer.as_ref().err().and_then(|error| error.as_db_error()).cloned();
            answer
        };
        let answered = self.wire().answer(silence, listened).await;
        let refused = answered.map_err(|fault| match said {
            Some(said) => Refused::of_server(&said, fault, self.is_lost()),
            None => Refused::of_link(fault),
        });
        // The link may go down only a moment after the server has said so: whoever asks meanwhile must not find it good.
        refused.inspect_err(|refused| {
            self.spent.fetch_or(refused.lost, Ordering::Relaxed);
        })
    }
}

impl Refused {
    fn of_server(said: &DbError, fault: Fault, is_lost: bool) -> Self {
        let code = said.code().code();
        let fatal = match said.parsed_severity() {
            Some(Severity::Fatal | Severity::Panic) => true,
            // Of another server, to which a statement led: this connection stands.
            Some(_) => code == "08P01",
            // A pooler does not say how bad it is.
            None => code.starts_with("08"),
        };
        let position = match said.position() {
            Some(ErrorPosition::Original(position)) => Some(*position),
            _ => None,
        };
        Self {
            sqlstate: Some(code.to_owned()),
            message: said.message().to_owned(),
            detail: said.detail().map(str::to_owned),
            hint: said.hint().map(str::to_owned),
            position,
            completed: 0,
            lost: is_lost || fatal || matches!(code, "57P01" | "57P02" | "57P03"),
            fault,
        }
    }

    fn of_link(fault: Fault) -> Self {
        let (sqlstate, message) = (fault.sqlstate.clone(), fault.what.clone());
        Self { sqlstate, message, detail: None, hint: fault.hint.clone(), position: None, completed: 0, lost: true, fault }
    }
}

/// An answer that cannot be read leaves the connection as it is.
impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { lost: false, ..Self::of_link(fault) }
    }
}
