//! `activity`: the sessions of every database, once. Must not judge whom they are about.

use super::{Answer, counted, footnote, shaped};
use crate::activity::{About, Known, about, about_prepared};
use crate::cli::args::Shape;
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::paper::narrate;
use crate::cli::reading;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet, Tone};
use crate::config::Environment;
use crate::domain::fault::Fault;
use crate::domain::fleet::{Database, Fleet};
use crate::domain::name::shown;
use crate::domain::question::{Answer as Answered, Question};
use crate::domain::record::{Record, session as record};
use crate::domain::session::{Ms, PREPARED, Prepared, Session, SessionFacts, State};
use crate::domain::units;
use crate::observer::{self, Depth, Target};

/// The cells of a query where people look.
const QUERY: usize = 160;

pub(in crate::cli) fn run(shape: Shape, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets(environment)?;
    // Which schemas there are and whose they are says what a session is about.
    let (fleet, mut code) = reading::fleet(targets.clone(), Depth::NAMES)?;
    let answers = reading::wait(ask(targets))?;
    let mut all = Vec::new();
    for (database, answer) in fleet.databases.iter().zip(answers) {
        match answer {
            Ok(facts) => all.push((database, facts)),
            Err(fault) => {
                code = ExitCode::Incomplete;
                // One that is out of reach was told of already.
                if !database.is_stale() {
                    let what = format!("{}: sessions were not read: {}", shown(&database.label), fault.what);
                    narrate(&told(&what, fault.hint.as_deref()));
                }
            }
        }
    }
    for (database, facts) in &all {
        tell_hidden(database, facts);
    }
    let rows: Vec<Row<'_>> = all.iter().flat_map(|(database, facts)| rows(database, facts)).collect();
    let fields: Vec<&str> = record::SESSION_FIELDS.iter().copied().filter(|field| *field != "lock_list").collect();
    let text = shaped(shape, || rows.iter().map(Row::record).collect(), &fields, || sheet(&rows, &fleet).text(paper));
    let note = || {
        let blocked = rows.iter().filter(|row| matches!(row.who, Who::Session(it) if it.is_blocked())).count() as u64;
        let prepared = rows.iter().filter(|row| matches!(row.who, Who::Prepared(_))).count() as u64;
        let sessions = rows.len() as u64 - prepared;
        let mut parts = vec![counted(sessions, "session", "sessions")];
        parts.extend((blocked > 0).then(|| format!("{blocked} blocked")));
        parts.extend((prepared > 0).then(|| counted(prepared, "prepared transaction", "prepared transactions")));
        parts.join(" · ")
    };
    Ok(Answer { text, note: footnote(shape, paper, note), code })
}

/// Asks all databases at once.
async fn ask(targets: Vec<Target>) -> Vec<Result<SessionFacts, Fault>> {
    let of = |target: Target| async move {
        match observer::ask_once(&target, &Question::Sessions).await? {
            Answered::Sessions(facts) => Ok(facts),
            Answered::Placement(_) | Answered::Sequences(_) => Ok(SessionFacts::default()),
        }
    };
    futures_util::future::join_all(targets.into_iter().map(of)).await
}

fn tell_hidden(database: &Database, facts: &SessionFacts) {
    let hidden = facts.sessions.iter().filter(|it| it.state == State::Hidden).count() as u64;
    if hidden > 0 {
        let what = format!(
            "{}: what {} do is hidden from this role",
            shown(&database.label),
            counted(hidden, "session", "sessions")
        );
        narrate(&told(&what, Some("GRANT pg_monitor shows it; locks and who waits for whom are complete.")));
    }
}

/// A session or prepared transaction, and what it is about.
struct Row<'a> {
    database: &'a Database,
    facts: &'a SessionFacts,
    who: Who<'a>,
    about: About,
}

#[derive(Clone, Copy)]
enum Who<'a> {
    Session(&'a Session),
    Prepared(&'a Prepared),
}

impl Row<'_> {
    fn record(&self) -> Record {
        let (label, schemas, by, as_of) =
            (&self.database.label, &self.about.schemas, self.about.ground.word(), self.facts.as_of);
        match self.who {
            Who::Session(it) => record::of_session(label, it, schemas, by, as_of),
            Who::Prepared(it) => record::of_prepared(label, it, schemas, by, as_of),
        }
    }
}

/// By tenant, those of which nobody knows last; then by pid.
fn rows<'a>(database: &'a Database, facts: &'a SessionFacts) -> Vec<Row<'a>> {
    let known = Known::of(database);
    let sessions = facts.sessions.iter().map(|it| Row { database, facts, who: Who::Session(it), about: about(it, known) });
    let prepared =
        facts.prepared.iter().map(|it| Row { database, facts, who: Who::Prepared(it), about: about_prepared(it, known) });
    let mut all: Vec<Row<'a>> = sessions.chain(prepared).collect();
    all.sort_by(|a, b| {
        let key = |row: &Row<'a>| row.about.schemas.is_empty();
        key(a).cmp(&key(b)).then_with(|| a.about.schemas.cmp(&b.about.schemas))
    });
    all
}

fn sheet(rows: &[Row<'_>], fleet: &Fleet) -> Sheet {
    let column = |heading, figures, worth| Column { heading, figures, worth };
    let columns = [
        column("DATABASE", false, ALWAYS),
        column("TENANT", false, ALWAYS),
        column("BY", false, 40),
        column("PID", true, ALWAYS),
        column("STATE", false, 100),
        column("AGE", true, 95),
        column("WAITS FOR", false, 80),
        column("BLOCKED BY", false, 90),
        column("USER", false, 30),
        column("APPLICATION", false, 20),
        column("CLIENT", false, 10),
        column("QUERY", false, 70),
    ];
    let several = fleet.databases.len() > 1;
    let mut sheet = Sheet::new(columns[usize::from(!several)..].to_vec());
    for row in rows {
        let mut cells = vec![Cell::raw(&row.database.label)];
        cells.push(match row.about.schemas.as_slice() {
            [] => Cell::missing(),
            [one] => Cell::raw(one),
            more => Cell::own(Some(counted(more.len() as u64, "schema", "schemas"))),
        });
        cells.push(Cell::raw(row.about.ground.word()));
        cells.extend(match row.who {
            Who::Session(it) => of_session(it),
            Who::Prepared(it) => of_prepared(it),
        });
        sheet.push(cells.split_off(usize::from(!several)));
    }
    sheet
}

fn of_session(it: &Session) -> Vec<Cell> {
    let tone = match it.state {
        State::Aborted => Tone::Danger,
        State::IdleInTransaction => Tone::Warn,
        _ => Tone::Plain,
    };
    let wait = it.wait.as_ref().filter(|wait| wait.kind != "Client").map(|wait| format!("{}:{}", wait.kind, wait.event));
    let pid = |pid: &i32| if *pid == PREPARED { "prepared".to_owned() } else { pid.to_string() };
    let blockers: Vec<String> = it.blocked_by.iter().map(pid).collect();
    vec![
        Cell::own(Some(it.pid.to_string())),
        Cell::raw(it.state.word()).tone(tone),
        age(it.age()),
        Cell::maybe(wait.as_deref()),
        Cell::own(Some(blockers.join(", ")).filter(|text| !text.is_empty())).tone(Tone::Warn),
        Cell::maybe(it.user.as_deref()),
        Cell::maybe(Some(it.application.as_str()).filter(|text| !text.is_empty())),
        Cell::maybe(it.client.as_deref()),
        query(it.query.as_deref()),
    ]
}

fn of_prepared(it: &Prepared) -> Vec<Cell> {
    let none = Cell::missing;
    let state = Cell::raw("prepared").tone(Tone::Warn);
    let user = Cell::maybe(it.user.as_deref());
    vec![none(), state, age(Some(it.age)), none(), none(), user, none(), none(), Cell::raw(&it.name)]
}

fn age(age: Option<Ms>) -> Cell {
    Cell::own(age.map(|age| units::span(age.duration())))
}

/// A query in one line, cut.
fn query(query: Option<&str>) -> Cell {
    let line =
        query.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(QUERY).collect::<String>());
    Cell::maybe(line.as_deref())
}
