//! Rows from one connection to another, piece by piece as they come: nothing is kept, neither in memory nor in a file. Must not know
//! which rows, nor what becomes of a copy that broke.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};

use super::{Refused, Writer};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;

/// Which side broke a copy.
#[derive(Debug, Clone)]
pub enum Broken {
    /// The one that gives.
    From(Refused),
    /// The one that takes.
    To(Refused),
}

/// Streams what `out` (`COPY ... TO STDOUT`) gives on one connection into what `into` (`COPY ... FROM STDIN`) takes on the other. A
/// side that neither gives nor takes anything for `silence` counts as frozen. `moved` is told how many bytes each piece has. Gives how
/// many rows were taken.
///
/// Dropping the future ends the copy: the side that takes is told that it failed.
pub async fn stream(
    (from, out): (&Writer, &str),
    (to, into): (&Writer, &str),
    silence: Duration,
    mut moved: impl FnMut(u64) + Send,
) -> Result<u64, Broken> {
    let giving = |error| Broken::From(error);
    let taking = |error| Broken::To(error);
    let source = from.told(silence, from.wire().client.copy_out(out)).await.map_err(giving)?;
    let sink = to.told(silence, to.wire().client.copy_in::<_, Bytes>(into)).await.map_err(taking)?;
    let (mut source, mut sink) = (std::pin::pin!(source), std::pin::pin!(sink));
    loop {
        let piece = match tokio::time::timeout(silence, source.next()).await {
            Err(_) => return Err(giving(frozen(from, silence))),
            Ok(None) => break,
            Ok(Some(Err(error))) => return Err(giving(said(from, silence, error).await)),
            Ok(Some(Ok(piece))) => piece,
        };
        let bytes = piece.len() as u64;
        match tokio::time::timeout(silence, sink.send(piece)).await {
            Err(_) => return Err(taking(frozen(to, silence))),
            // What the server said is told at the end of the copy, not to who sends.
            Ok(Err(error)) => {
                let ended = tokio::time::timeout(silence, sink.finish()).await;
                let error = ended.ok().and_then(Result::err).unwrap_or(error);
                return Err(taking(said(to, silence, error).await));
            }
            Ok(Ok(())) => moved(bytes),
        }
    }
    match tokio::time::timeout(silence, sink.finish()).await {
        Ok(Ok(rows)) => Ok(rows),
        Ok(Err(error)) => Err(taking(said(to, silence, error).await)),
        Err(_) => Err(taking(frozen(to, silence))),
    }
}

/// An error in the words of all others.
async fn said(of: &Writer, silence: Duration, error: tokio_postgres::Error) -> Refused {
    let told = of.told::<()>(silence, async { Err(error) }).await;
    told.err().unwrap_or_else(|| frozen(of, silence))
}

fn frozen(of: &Writer, silence: Duration) -> Refused {
    let what = format!("{} is silent for {} s in the middle of a copy", shown(of.place()), silence.as_secs());
    Refused::of_link(Fault::new(FaultKind::Unreachable, what))
}
