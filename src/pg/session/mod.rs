//! One connection that only reads: every query runs in a `READ ONLY` transaction with `SET LOCAL` limits, nothing is ever set at
//! session level and no statement is ever named, so that it is the same through a transaction pooler. Must not know what is
//! asked nor why.

pub(super) mod dial;
mod guard;
mod row;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use self::dial::Line;
use self::guard::Watch;
use super::fault;
use super::libpq::Spec;
use crate::domain::fault::Fault;

pub use self::dial::{PasswordTrouble, Refusal, probe};
pub use self::row::{Cell, Row};

/// How long a read may wait for a lock, and run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `lock_timeout`.
    pub lock: Duration,
    /// `statement_timeout`. A server that stays silent for this and five seconds more counts as frozen.
    pub statement: Duration,
}

impl Limits {
    /// How long the server may be silent beyond the limit that it keeps itself.
    const GRACE: Duration = Duration::from_secs(5);

    /// The settings before a statement. `watched` adds that the server watches for our end.
    fn fill(self, template: &str, watched: bool) -> String {
        let ms = |limit: Duration| limit.as_millis().clamp(1, 2_147_483_647).to_string();
        let filled = template.replace("{lock}", &ms(self.lock)).replace("{statement}", &ms(self.statement));
        if watched { format!("{filled}{WATCH_CLIENT}") } else { filled }
    }

    fn silence(self) -> Duration {
        self.statement.min(Duration::from_secs(2_147_483)) + Self::GRACE
    }
}

const WATCH_CLIENT: &str = include_str!("../sql/watch_client.sql");

/// Rows of an answer whose every column is text; `None` is null.
pub type Texts = Vec<Vec<Option<String>>>;

/// A value that is sent apart from the text of a query, for `$1` and so on. It has a type, so nothing need be prepared.
#[derive(Debug, Clone, Copy)]
pub enum Param<'a> {
    /// `text`.
    Text(&'a str),
    /// `bigint`.
    Int(i64),
    /// `oid`.
    Oid(u32),
    /// `oid[]`.
    Oids(&'a [u32]),
    /// `text[]`.
    Texts(&'a [&'a str]),
    /// `boolean`.
    Bool(bool),
}

impl<'a> Param<'a> {
    pub(super) fn typed(&'a self) -> (&'a (dyn ToSql + Sync), Type) {
        match self {
            Self::Text(value) => (value, Type::TEXT),
            Self::Int(value) => (value, Type::INT8),
            Self::Oid(value) => (value, Type::OID),
            Self::Oids(value) => (value, Type::OID_ARRAY),
            Self::Texts(value) => (value, Type::TEXT_ARRAY),
            Self::Bool(value) => (value, Type::BOOL),
        }
    }
}

/// A connection. Dropping it closes it.
#[derive(Debug)]
pub struct Session {
    wire: Arc<Wire>,
}

/// What a session, its open reading and the cleaning up after a dropped reading share; alone it is what a writer has.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) client: Client,
    line: Line,
    watch: Arc<Watch>,
    owner: AbortHandle,
    /// Why the connection ended, once it has.
    ended: watch::Sender<Option<Fault>>,
    /// Held by the open reading: one transaction at a time.
    turn: Arc<Mutex<()>>,
    in_flight: AtomicUsize,
    /// The server's major version, 0 when it does not say.
    major: u32,
    /// Whether the server can watch for our end while it runs a query of ours.
    watched: bool,
}

impl Session {
    /// Connects. `purpose` goes into `application_name` as `tenantry/PURPOSE`.
    pub async fn connect(spec: &Spec, purpose: &str) -> Result<Self, Fault> {
        let mut wire = dial::dial(spec, purpose).await.map_err(|refusal| refusal.fault)?;
        wire.ask_to_be_watched().await?;
        Ok(Self { wire: Arc::new(wire) })
    }

    /// Opens a `READ ONLY` transaction with these limits and `search_path = pg_catalog`. Waits until the one before has ended.
    pub async fn read(&self, limits: Limits) -> Result<Reading<'_>, Fault> {
        let reading = self.turn(limits).await;
        let begin = limits.fill(include_str!("../sql/begin.sql"), self.wire.watched);
        self.wire.answer(limits.silence(), self.wire.client.batch_execute(&begin)).await?;
        Ok(reading)
    }

    /// Runs many statements without parameters, each in a `READ ONLY` transaction of its own in one message, sent without
    /// waiting for the answers before: for one small question to each of thousands of schemas. A statement that fails does not
    /// spoil the others. The outer fault means that the link was lost.
    pub async fn each(&self, limits: Limits, statements: &[String]) -> Result<Vec<Result<Texts, Fault>>, Fault> {
        const AHEAD: usize = 64;
        let mut turn = self.turn(limits).await;
        let before = limits.fill(include_str!("../sql/each.sql"), self.wire.watched);
        // Owned texts: a closure over borrowed ones would make this future impossible to spawn.
        let messages: Vec<String> = statements.iter().map(|statement| format!("{before}{statement}")).collect();
        let answers: Vec<_> = futures_util::stream::iter(messages)
            .map(|message| async move { turn_texts(&self.wire, limits, &message).await })
            .buffered(AHEAD)
            .collect()
            .await;
        turn.open = false;
        match self.wire.why_ended() {
            Some(fault) => Err(fault),
            None => Ok(answers),
        }
    }

    /// A session over a wire that belongs to a writer.
    pub(super) fn over(wire: Wire) -> Self {
        Self { wire: Arc::new(wire) }
    }

    /// What it goes over.
    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Questions within a transaction that a writer has open: whoever began it ends it, never the reading.
    pub(super) fn within(&self, limits: Limits) -> Reading<'_> {
        Reading { session: self, limits, turn: None, open: false }
    }

    async fn turn(&self, limits: Limits) -> Reading<'_> {
        let turn = Arc::clone(&self.wire.turn).lock_owned().await;
        Reading { session: self, limits, turn: Some(turn), open: true }
    }

    /// One round trip without a query: how long it took.
    pub async fn ping(&self, limit: Duration) -> Result<Duration, Fault> {
        let _turn = self.wire.turn.lock().await;
        let began = Instant::now();
        self.wire.answer(limit, self.wire.client.batch_execute("")).await?;
        Ok(began.elapsed())
    }

    /// Asks the server to end the query that runs just now. It does so by a second, very short connection to the same address
    /// with the same TLS, as every client of PostgreSQL must.
    pub async fn cancel(&self) -> Result<(), Fault> {
        self.wire.cancel().await
    }

    /// Whether the link is lost.
    pub fn is_closed(&self) -> bool {
        self.wire.client.is_closed() || self.wire.why_ended().is_some()
    }

    /// Waits until the link is lost, and says why.
    pub async fn closed(&self) -> Fault {
        self.wire.ended().await
    }

    /// Where it is connected: `db1:5432` or the path of a socket.
    pub fn place(&self) -> &str {
        &self.wire.line.place
    }

    /// The process that the other side claims to be. It differs from `pg_backend_pid()` behind a pooler.
    pub fn claimed_process(&self) -> i32 {
        self.wire.watch.process()
    }

    /// Ends what runs, says good-bye and waits a moment until the connection is closed.
    pub async fn close(self) {
        const MOMENT: Duration = Duration::from_secs(2);
        if self.wire.in_flight.load(Ordering::Relaxed) > 0 {
            let _cancelled = tokio::time::timeout(MOMENT, self.wire.cancel()).await;
        }
        let mut ended = self.wire.ended.subscribe();
        let owner = self.wire.owner.clone();
        drop(self);
        if tokio::time::timeout(MOMENT, ended.wait_for(Option::is_some)).await.is_err() {
            owner.abort();
        }
    }
}

/// An open `READ ONLY` transaction. Dropping it cancels what runs in it and rolls it back at once, unless it is a part of a writer's.
#[derive(Debug)]
pub struct Reading<'a> {
    session: &'a Session,
    limits: Limits,
    turn: Option<OwnedMutexGuard<()>>,
    open: bool,
}

impl Reading<'_> {
    /// As [`Session::claimed_process`].
    pub fn claimed_process(&self) -> i32 {
        self.session.claimed_process()
    }

    /// Runs queries without parameters and gives every column as text. Works through a transaction pooler.
    ///
    /// `sql` may hold several statements, so it must never hold text that a person or a database wrote, except through
    /// [`crate::sqltext`].
    pub async fn texts(&self, sql: &str) -> Result<Texts, Fault> {
        turn_texts(&self.session.wire, self.limits, sql).await
    }

    /// Runs one query with typed values for its parameters. Columns must be of built-in types: cast others to text. Works
    /// through a transaction pooler; several may be asked at once (`futures_util::future::join_all`), which sends them without
    /// waiting for the answers before.
    pub async fn rows(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Fault> {
        let typed: Vec<_> = params.iter().map(Param::typed).collect();
        let wire = &self.session.wire;
        let rows = wire.answer(self.limits.silence(), wire.client.query_typed(sql, &typed)).await?;
        Ok(rows.into_iter().map(Row::new).collect())
    }

    /// Gives the rest of this transaction the `search_path` that the role has by itself, for a query that a person wrote.
    pub async fn own_search_path(&self) -> Result<(), Fault> {
        self.texts(include_str!("../sql/own_search_path.sql")).await.map(drop)
    }

    /// Makes this schema (raw name) the whole `search_path` of this transaction until [`Self::no_search_path`], so that the server
    /// writes the names of its objects without it.
    pub async fn search_path(&self, schema: &str) -> Result<(), Fault> {
        self.rows(include_str!("../sql/search_path_own.sql"), &[Param::Text(schema)]).await.map(drop)
    }

    /// Gives the rest of this transaction the `search_path` that it began with, and the planner its choices; workers stay away.
    pub async fn no_search_path(&self) -> Result<(), Fault> {
        self.rows(include_str!("../sql/search_path_none.sql"), &[]).await.map(drop)
    }

    /// Ends the transaction. It is committed, because a server whose transactions are all rolled back looks ill in its statistics.
    pub async fn finish(self) -> Result<(), Fault> {
        self.end(include_str!("../sql/commit.sql")).await
    }

    /// Ends the transaction and takes back whatever a query that a person wrote did to the session, such as
    /// `set_config('work_mem', '1GB', false)`: after a commit it would stay, and a pooler would hand it to the application.
    pub async fn undo(self) -> Result<(), Fault> {
        self.end(include_str!("../sql/rollback.sql")).await
    }

    async fn end(mut self, how: &str) -> Result<(), Fault> {
        let wire = &self.session.wire;
        wire.answer(Limits::GRACE, wire.client.batch_execute(how)).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let wire = &self.session.wire;
        if !self.open || wire.client.is_closed() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            wire.owner.abort();
            return;
        };
        let (wire, turn) = (Arc::clone(wire), self.turn.take());
        runtime.spawn(async move {
            if wire.in_flight.swap(0, Ordering::Relaxed) > 0 {
                let _cancelled = tokio::time::timeout(Limits::GRACE, wire.cancel()).await;
            }
            // A failure ends the connection, and with it the transaction.
            let rollback = include_str!("../sql/rollback.sql");
            if let Err(fault) = wire.answer(Limits::GRACE, wire.client.batch_execute(rollback)).await {
                wire.end(fault);
                wire.owner.abort();
            }
            drop(turn);
        });
    }
}

async fn turn_texts(wire: &Wire, limits: Limits, sql: &str) -> Result<Texts, Fault> {
    Ok(texts(&wire.answer(limits.silence(), wire.client.simple_query(sql)).await?))
}

/// The rows of an answer.
pub(super) fn texts(messages: &[SimpleQueryMessage]) -> Texts {
    let text = |row: &tokio_postgres::SimpleQueryRow, at| row.try_get(at).ok().flatten().map(str::to_owned);
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| text(row, at)).collect()),
            _ => None,
        })
        .collect()
}

impl Wire {
    /// Without it the server would run a long query to its end, or to its limit, when this process is killed. Servers before
    /// version 14 and some operating systems cannot.
    async fn ask_to_be_watched(&mut self) -> Result<(), Fault> {
        if self.major < 14 {
            return Ok(());
        }
        // Twice, because only in a message of several statements a LOCAL setting needs no transaction around it.
        let asked = self.answer(Limits::GRACE * 2, self.client.batch_execute(&[WATCH_CLIENT; 2].concat())).await;
        match asked {
            Ok(()) => self.watched = true,
            Err(fault) if self.client.is_closed() || self.why_ended().is_some() => return Err(fault),
            Err(_) => {}
        }
        Ok(())
    }

    /// Waits for an answer, as long as the server is heard of now and then. A server that was silent for `silence` counts as
    /// frozen: the connection is given up.
    pub(super) async fn answer<T>(
        &self,
        silence: Duration,
        asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Fault> {
        let began = Instant::now();
        let mut asked = std::pin::pin!(asked);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let answered = loop {
            let deadline = began.max(self.watch.heard()) + silence;
            match tokio::time::timeout_at(deadline, &mut asked).await {
                Ok(answered) => break Some(answered),
                Err(_) if self.watch.heard() + silence > Instant::now() => {}
                Err(_) => break None,
            }
        };
        let _known = self.in_flight.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        match answered {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) if error.as_db_error().is_none() => Err(self.broken(&error).await),
            Some(Err(error)) => Err(fault::of_client(&error, &self.line.place)),
            None => {
                let fault = fault::silent(&self.line.place, silence.as_secs());
                self.end(fault.clone());
                self.owner.abort();
                Err(fault)
            }
        }
    }

    /// Why an answer did not come: the reason with which the connection ended says more than "closed".
    async fn broken(&self, error: &tokio_postgres::Error) -> Fault {
        const MOMENT: Duration = Duration::from_millis(500);
        if !error.is_closed() && !self.client.is_closed() {
            return fault::of_client(error, &self.line.place);
        }
        match tokio::time::timeout(MOMENT, self.ended()).await {
            Ok(why) => why,
            Err(_) => fault::of_client(error, &self.line.place),
        }
    }

    fn end(&self, why: Fault) {
        dial::end(&self.ended, why);
    }

    /// Where it is connected, as it is shown.
    pub(super) fn place(&self) -> &str {
        &self.line.place
    }

    /// The process that the other side claims to be.
    pub(super) fn claimed_process(&self) -> i32 {
        self.watch.process()
    }

    pub(super) fn why_ended(&self) -> Option<Fault> {
        self.ended.borrow().clone()
    }

    pub(super) async fn ended(&self) -> Fault {
        let mut ended = self.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(why) => why.clone(),
            Err(_) => None,
        }
        .unwrap_or_else(|| fault::lost(&self.line.place))
    }

    pub(super) async fn cancel(&self) -> Result<(), Fault> {
        self.line.cancel(self.watch.cancel_request()).await
    }
}
