//! `fluxprobe pipe`: the far end of a face that runs in another process, such as a cell of a notebook. One question a
//! line comes in, answers go out, several under way at once; the end of the input ends it all.

mod paper;
mod progress;
mod work;

use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::model::pipe::{Answer, Answered, Asked};
use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;
use std::thread;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use work::Work;

/// What is said of a question whose work panicked.
const BROKEN: &str =
    "this call stopped in the middle, which is a defect of fluxprobe; the session goes on";

/// Answers until the input ends.
pub(super) async fn run(session: Session) -> Result<Exit, Failure> {
    let mut lines = listen();
    let work = Arc::new(Work::of(session));
    let mut under_way = JoinSet::new();
    let mut ids = HashMap::new();
    loop {
        tokio::select! {
            line = lines.recv() => match line.as_deref().map(serde_json::from_str::<Asked>) {
                Some(Ok(Asked { id, ask })) => {
                    let work = work.clone();
                    let task = under_way.spawn(async move { work.answer(id, ask).await });
                    ids.insert(task.id(), id);
                }
                Some(Err(error)) => tell(0, Answer::Failed(format!("this line asks nothing that is known: {error}")))?,
                None => break,
            },
            Some(ended) = under_way.join_next_with_id() => {
                let (id, answer) = answer_of(ended, &mut ids);
                tell(id, answer)?;
            }
        }
    }
    under_way.shutdown().await;
    if let Some(work) = Arc::into_inner(work) {
        work.close().await;
    }
    Ok(Exit::Passed)
}

/// The lines of the input, read by a thread of their own.
fn listen() -> mpsc::UnboundedReceiver<String> {
    let (heard, lines) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            // Nobody listens any more, or nobody speaks.
            let Ok(line) = line else { break };
            if heard.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn answer_of(
    ended: Result<(Id, Result<Answer, Failure>), JoinError>,
    ids: &mut HashMap<Id, u64>,
) -> (u64, Answer) {
    let (task, answer) = match ended {
        Ok((task, Ok(answer))) => (task, answer),
        Ok((task, Err(failure))) => (task, Answer::Failed(failure.said())),
        Err(error) => (error.id(), Answer::Failed(BROKEN.to_owned())),
    };
    (ids.remove(&task).unwrap_or_default(), answer)
}

/// Writes a line.
fn tell(id: u64, answer: Answer) -> Result<(), Failure> {
    let line = serde_json::to_string(&Answered { id, answer })
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    output::data(&format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_whose_work_panics_is_answered() {
        let mut under_way: JoinSet<Result<Answer, Failure>> = JoinSet::new();
        let broken = under_way.spawn(async { panic!("a defect") }).id();
        let mut ids = HashMap::from([(broken, 7)]);
        let ended = under_way.join_next_with_id().await.unwrap();
        let (id, answer) = answer_of(ended, &mut ids);
        assert_eq!(id, 7);
        assert!(matches!(answer, Answer::Failed(sentence) if sentence == BROKEN));
        assert!(ids.is_empty());
    }
}
