//! What a person asks of one database beside the refreshes. Must not know who asked.

mod placement;
mod sequences;
pub(super) mod sessions;

use super::Target;
use crate::domain::fault::Fault;
use crate::domain::question::{Answer, Question};
use crate::pg::Session;

/// Answers a question.
pub(super) async fn answer(session: &Session, target: &Target, question: &Question) -> Result<Answer, Fault> {
    match question {
        Question::Placement => placement::read(session, target).await.map(Answer::Placement),
        Question::Sequences => sequences::read(session).await.map(Answer::Sequences),
        Question::Sessions => sessions::read(session, target).await.map(Answer::Sessions),
    }
}
