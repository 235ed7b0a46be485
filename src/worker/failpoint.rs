//! Places at which a test lets the worker die as if it were killed: in builds with debug assertions alone, and only when
//! `TENANTRY_FAIL_AT` names one as `PLACE` or `PLACE:N` for the N-th time. Must not change anything else.

/// A boundary between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Started is decided and not yet durable.
    BeforeStarted,
    /// Started is durable, nothing was sent.
    AfterStarted,
    /// A message was sent, nobody looked for its answer.
    Sent,
    /// The answer is there, nobody was told.
    Answered,
    /// The answer to one statement outside of a transaction is there, nobody was told.
    Statement,
    /// That such a statement is done was noted, the next one was not sent.
    NextStatement,
    /// A result is noted and not yet durable.
    BeforeResult,
    /// A result is durable.
    AfterResult,
    /// The schema of a clone is made and noted, and not committed.
    AfterCreated,
    /// The structure of a clone in several transactions is committed.
    AfterStructure,
    /// So are its rows.
    AfterRows,
    /// A clone is verified and not committed.
    AfterVerify,
    /// A part of the work on one target is done, others are to follow.
    Part,
    /// All is done, the end is not noted.
    BeforeEnded,
}

#[cfg(debug_assertions)]
impl Place {
    fn word(self) -> &'static str {
        match self {
            Self::BeforeStarted => "before-started",
            Self::AfterStarted => "after-started",
            Self::Sent => "sent",
            Self::Answered => "answered",
            Self::Statement => "statement",
            Self::NextStatement => "next-statement",
            Self::BeforeResult => "before-result",
            Self::AfterResult => "after-result",
            Self::AfterCreated => "after-created",
            Self::AfterStructure => "after-structure",
            Self::AfterRows => "after-rows",
            Self::AfterVerify => "after-verify",
            Self::Part => "part",
            Self::BeforeEnded => "before-ended",
        }
    }
}

/// Dies here, if that was asked for and it is time.
#[cfg(debug_assertions)]
pub(super) fn pass(place: Place) {
    if is_time(place) {
        std::process::abort();
    }
}

/// Sends what is on its way so long that it reaches the server, and dies then, if that was asked for and it is time: whether there is an
/// answer by then is chance, that the worker dies is not.
#[cfg(debug_assertions)]
pub(super) async fn pass_sending(place: Place, sent: impl Future) {
    const REACHING: std::time::Duration = std::time::Duration::from_millis(5);
    if is_time(place) {
        let _answer = tokio::time::timeout(REACHING, sent).await;
        std::process::abort();
    }
}

#[cfg(debug_assertions)]
fn is_time(place: Place) -> bool {
    use std::sync::atomic::{AtomicU32, Ordering};
    static PASSED: AtomicU32 = AtomicU32::new(0);
    asked().is_some_and(|(word, times)| word == place.word() && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == times)
}

#[cfg(debug_assertions)]
fn asked() -> Option<(&'static str, u32)> {
    static ASKED: std::sync::OnceLock<Option<(String, u32)>> = std::sync::OnceLock::new();
    let asked = ASKED.get_or_init(|| {
        let text = std::env::var("TENANTRY_FAIL_AT").ok()?;
        let (word, times) = text.split_once(':').unwrap_or((&text, "1"));
        Some((word.to_owned(), times.parse().ok()?))
    });
    asked.as_ref().map(|(word, times)| (word.as_str(), *times))
}

/// Goes on, in a build for use.
#[cfg(not(debug_assertions))]
pub(super) fn pass(_: Place) {}

/// Goes on, in a build for use.
#[cfg(not(debug_assertions))]
pub(super) async fn pass_sending(_: Place, _: impl Future) {}
