//! The facets of all schemas, divided over two connections; or of a few schemas, by index. Must not keep what was read.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};

use super::Prints;
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::domain::fleet::Pass;
use crate::observer::link;
use crate::observer::passes::Run;
use crate::pg::catalog::fingerprint::{self, Facet, Scope};
use crate::pg::{Limits, Reading, Session};

/// What is asked of all rows of the largest catalogues.
const WHOLE: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_mins(10) };
/// What is asked of some schemas.
const SOME: Limits = Limits { lock: Duration::from_millis(500), statement: Duration::from_mins(1) };
/// Schemas that are asked for together.
const TOGETHER: usize = 25;

/// The work that two connections share.
struct Work<'a> {
    version: u32,
    schemas: &'a [Oid],
    all: usize,
    state: Mutex<State>,
}

struct State {
    waiting: VecDeque<Facet>,
    done: usize,
    prints: HashMap<Oid, Prints>,
}

impl Work<'_> {
    fn state<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next(&self) -> Option<Facet> {
        self.state(|state| state.waiting.pop_front())
    }

    fn give_back(&self, facet: Facet) {
        self.state(|state| state.waiting.push_front(facet));
    }

    async fn read(&self, session: &Session, facet: Facet) -> Result<(), Fault> {
        let reading = session.read(WHOLE).await?;
        fingerprint::prepare(&reading).await?;
        let sums = fingerprint::facet(&reading, facet, Scope::Fleet, self.version, self.schemas).await?;
        reading.finish().await?;
        self.state(|state| {
            state.done += 1;
            for (oid, sum) in sums {
                state.prints.entry(oid).or_default().set(facet, sum);
            }
        });
        Ok(())
    }

    /// Tells how far the pass is.
    fn tell(&self, run: &Run<'_>) {
        run.begins_part(Pass::Structure, (self.state(|state| state.done), self.all));
    }
}

/// Reads facets of all these schemas.
pub(super) async fn all(
    run: &Run<'_>,
    version: u32,
    facets: &[Facet],
    schemas: &[Oid],
) -> Result<HashMap<Oid, Prints>, Fault> {
    let waiting = facets.iter().copied().collect();
    let state = Mutex::new(State { waiting, done: 0, prints: HashMap::with_capacity(schemas.len()) });
    let work = Work { version, schemas, all: facets.len(), state };
    // A facet that the helper gave back after the last was taken here needs another round.
    while work.state(|state| !state.waiting.is_empty()) {
        try_join(here(run, &work), help(run, &work)).await?;
    }
    Ok(work.state(|state| std::mem::take(&mut state.prints)))
}

async fn here(run: &Run<'_>, work: &Work<'_>) -> Result<(), Fault> {
    while let Some(facet) = work.next() {
        work.read(run.session, facet).await?;
        work.tell(run);
    }
    Ok(())
}

/// Takes the second seat, when it is free, until there is nothing more to do or a person wants it. Whatever fails there is left
/// to the first connection.
async fn help(run: &Run<'_>, work: &Work<'_>) -> Result<(), Fault> {
    let Some(seat) = &run.known.seat else { return Ok(()) };
    let Some(_taken) = seat.for_help() else { return Ok(()) };
    let connected = tokio::select! {
        () = seat.is_wanted() => return Ok(()),
        connected = link::connect(run.target, "fleet") => connected,
    };
    let Ok((session, _)) = connected else { return Ok(()) };
    while let Some(facet) = work.next() {
        let is_read = tokio::select! {
            biased;
            () = seat.is_wanted() => false,
            read = work.read(&session, facet) => read.is_ok(),
        };
        if !is_read {
            work.give_back(facet);
            break;
        }
        work.tell(run);
    }
    session.close().await;
    Ok(())
}

/// Reads facets of some schemas.
pub(super) async fn of_some(
    run: &Run<'_>,
    version: u32,
    facets: &[Facet],
    schemas: &[Oid],
) -> Result<HashMap<Oid, Prints>, Fault> {
    let mut prints = HashMap::with_capacity(schemas.len());
    for (done, some) in schemas.chunks(TOGETHER).enumerate() {
        run.begins_part(Pass::Structure, (done * TOGETHER, schemas.len()));
        let reading = run.session.read(SOME).await?;
        prints.extend(few(&reading, version, facets, some).await?);
        reading.finish().await?;
    }
    Ok(prints)
}

/// Reads facets of a few schemas within a transaction.
pub(super) async fn few(
    reading: &Reading<'_>,
    version: u32,
    facets: &[Facet],
    schemas: &[Oid],
) -> Result<HashMap<Oid, Prints>, Fault> {
    let asked = facets.iter().map(|facet| fingerprint::facet(reading, *facet, Scope::Few, version, schemas));
    let answers = try_join_all(asked).await?;
    let mut prints: HashMap<Oid, Prints> = schemas.iter().map(|oid| (*oid, Prints::default())).collect();
    for (facet, sums) in facets.iter().zip(answers) {
        for (oid, sum) in sums {
            prints.entry(oid).or_default().set(*facet, sum);
        }
    }
    Ok(prints)
}
