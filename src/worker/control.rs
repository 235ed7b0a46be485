//! Where a worker is told what to do: a socket in the run's folder, one line of JSON each way. Must not decide anything.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::sync::oneshot;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::{Answered, Control, Person};
use crate::journal::Socket;

/// What somebody wants, and where the answer goes.
#[derive(Debug)]
pub(super) struct Wish {
    /// Who.
    pub(super) by: Person,
    /// What.
    pub(super) control: Control,
    /// Takes the answer.
    pub(super) answer: oneshot::Sender<Answered>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    by: Person,
    control: Control,
}

const LONGEST: u64 = 4_096;
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the socket of the run in a folder. One that a former worker left is replaced: whoever holds the run's lock is the only worker.
pub(super) fn open(folder: &Path) -> Result<UnixListener, Fault> {
    let what = |error: std::io::Error| {
        Fault::new(FaultKind::Local, format!("cannot open the control socket: {}", shown(&error.to_string())))
    };
    let path = &Socket::file(folder);
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(what(error)),
        _ => {}
    }
    let listener = UnixListener::bind(Socket::of(folder).map_err(what)?.path()).map_err(what)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(what)?;
    Ok(listener)
}

/// Takes wishes in until nobody listens. `open` is held by each that was not answered yet.
pub(super) async fn serve(listener: UnixListener, wishes: UnboundedSender<Wish>, open: Sender<()>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (wishes, open) = (wishes.clone(), open.clone());
                    drop(tokio::spawn(async move {
                        // Who asks and goes away, or never says what, is not waited for.
                        let _answered = tokio::time::timeout(PATIENCE, one(stream, wishes)).await;
                        drop(open);
                    }));
                }
                // Out of file handles, for a while.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            () = wishes.closed() => return,
        }
    }
}

async fn one(mut stream: UnixStream, wishes: UnboundedSender<Wish>) -> std::io::Result<()> {
    // The group may read the journal; only the owner and root may command.
    let peer = stream.peer_cred()?.uid();
    if peer != 0 && peer != rustix::process::geteuid().as_raw() {
        return reply(&mut stream, &Answered::Refused("this run belongs to another user".to_owned())).await;
    }
    let mut line = String::new();
    let (read, mut write) = stream.split();
    BufReader::new(read.take(LONGEST)).read_line(&mut line).await?;
    let answered = match serde_json::from_str::<Line>(&line) {
        Ok(Line { by, control }) => {
            let (answer, answered) = oneshot::channel();
            match wishes.send(Wish { by, control, answer }) {
                Ok(()) => answered.await.unwrap_or_else(|_| Answered::Refused("the worker ends just now".to_owned())),
                Err(_) => Answered::Refused("the worker ends just now".to_owned()),
            }
        }
        Err(_) => Answered::Refused("the command is not understood: is it of another version?".to_owned()),
    };
    let text = serde_json::to_string(&answered).unwrap_or_default();
    write.write_all(text.as_bytes()).await?;
    write.write_all(b"\n").await
}

async fn reply(stream: &mut UnixStream, answered: &Answered) -> std::io::Result<()> {
    let text = serde_json::to_string(answered).unwrap_or_default();
    stream.write_all(text.as_bytes()).await?;
    stream.write_all(b"\n").await
}
