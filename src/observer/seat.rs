//! The second connection to a database: there is one seat for it. A person who opens a schema has it first; a long pass that uses
//! it gets up as soon as a person wants it. Must not know what is read on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

/// The seat, shared by those who may take it.
#[derive(Debug, Clone, Default)]
pub struct Seat(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    taken: Arc<Mutex<()>>,
    persons: AtomicUsize,
    wanted: Notify,
}

/// The seat is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    _guard: OwnedMutexGuard<()>,
}

impl Seat {
    /// Takes the seat for a person: whoever helps there gets up.
    pub(super) async fn for_person(&self) -> Taken {
        let _waiting = Waiting::new(&self.0);
        Taken { _guard: Arc::clone(&self.0.taken).lock_owned().await }
    }

    /// Takes the seat for help with a pass, when it is free and nobody wants it.
    pub(super) fn for_help(&self) -> Option<Taken> {
        if self.is_wanted_now() {
            return None;
        }
        Some(Taken { _guard: Arc::clone(&self.0.taken).try_lock_owned().ok()? })
    }

    /// Whether a person waits for the seat.
    pub(super) fn is_wanted_now(&self) -> bool {
        self.0.persons.load(Ordering::SeqCst) > 0
    }

    /// Waits until a person wants the seat.
    pub(super) async fn is_wanted(&self) {
        loop {
            let mut notified = std::pin::pin!(self.0.wanted.notified());
            notified.as_mut().enable();
            if self.is_wanted_now() {
                return;
            }
            notified.await;
        }
    }
}

/// A person waits, until this is dropped.
struct Waiting<'a>(&'a Inner);

impl<'a> Waiting<'a> {
    fn new(inner: &'a Inner) -> Self {
        inner.persons.fetch_add(1, Ordering::SeqCst);
        inner.wanted.notify_waiters();
        Self(inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.persons.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_helps_gets_up_for_a_person() {
        let seat = Seat::default();
        let help = seat.for_help().expect("a free seat");
        assert!(seat.for_help().is_none(), "there is one seat");
        let person = tokio::spawn({
            let seat = seat.clone();
            async move { seat.for_person().await }
        });
        seat.is_wanted().await;
        assert!(seat.for_help().is_none(), "a person is waiting");
        drop(help);
        let sitting = person.await.expect("a person");
        assert!(seat.for_help().is_none(), "a person is sitting");
        drop(sitting);
        assert!(seat.for_help().is_some(), "the seat is free again");
    }
}
