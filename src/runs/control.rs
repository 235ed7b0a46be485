//! Tells a living worker what to do: one line of JSON each way over the socket in the run's folder. Must not decide what that means.

use std::io::ErrorKind;
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::{Answered, Control, Now, Person};
use crate::journal::{self, Folder, Socket};

/// How long a worker may take to answer. It does nothing long before that.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a socket is looked for that is not there yet.
const RHYTHM: Duration = Duration::from_millis(10);
/// More than what is in flight takes to tell.
const LONGEST: u64 = 4 << 20;

#[derive(Serialize)]
struct Line<'a> {
    by: &'a Person,
    control: Control,
}

/// Asks the worker of a run for something and gives what it has in flight. A run without a living worker is a fault of kind
/// [`FaultKind::Gone`], what the worker refuses one of kind [`FaultKind::Refused`].
pub async fn control(folder: &Folder, by: &Person, control: Control) -> Result<Now, Fault> {
    let run = folder.id.short();
    let gone = || Fault::new(FaultKind::Gone, format!("nobody works on run {run}"));
    if !journal::is_alive(folder) {
        return Err(gone().hint(format!("`tenantry runs resume {run}` takes it up again")));
    }
    match timeout(PATIENCE, exchange(folder, &Line { by, control })).await {
        Ok(Ok(Answered::Ok(now))) => Ok(now),
        Ok(Ok(Answered::Refused(why))) => {
            Err(Fault::new(FaultKind::Refused, format!("the worker of run {run} refuses: {}", shown(&why))))
        }
        Ok(Err(_)) if !journal::is_alive(folder) => Err(gone().hint("it has just ended")),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(Fault::new(FaultKind::Refused, format!("run {run} belongs to another user"))
                .hint("only who started it, and root, may control it; anybody in its group may follow it"))
        }
        Ok(Err(error)) => {
            let what = format!("the worker of run {run} cannot be reached: {}", shown(&error.to_string().to_lowercase()));
            Err(Fault::new(FaultKind::Unreachable, what))
        }
        Err(_) => {
            let what = format!("the worker of run {run} did not answer within {} s", PATIENCE.as_secs());
            Err(Fault::new(FaultKind::Busy, what))
        }
    }
}

/// A worker has its lock a moment before its socket, and a moment after it.
async fn connect(folder: &Folder) -> std::io::Result<UnixStream> {
    loop {
        let socket = Socket::of(&folder.path)?;
        match UnixStream::connect(socket.path()).await {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused)
                    && journal::is_alive(folder) =>
            {
                tokio::time::sleep(RHYTHM).await;
            }
            connected => return connected,
        }
    }
}

async fn exchange(folder: &Folder, line: &Line<'_>) -> std::io::Result<Answered> {
    let mut stream = connect(folder).await?;
    let text = serde_json::to_string(line)? + "\n";
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut answer).await?;
    Ok(serde_json::from_str(&answer)?)
}
