//! The near end of the pipe: starts the program, asks it, and hands every answer to whoever waits for it.
//!
//! The kernel compiles every cell to a shared object of its own, each with a copy of this library. What passes from cell
//! to cell is data and the standard library's own: a thread that reads the program's lines, and a list of who waits.

use super::cell;
use super::error::NotebookError;
use crate::model::pipe::{Answer, Answered, Ask, Asked};
use futures_channel::oneshot;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long the program may take to end once nobody asks any more.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// A program that answers. It is started by the first question, and again where it has ended.
pub(super) struct Desk {
    path: PathBuf,
    arguments: Vec<OsString>,
    running: Mutex<Option<Running>>,
}

struct Running {
    child: Child,
    input: Option<ChildStdin>,
    waiting: Arc<Mutex<Waiting>>,
    asked: u64,
}

/// Who waits for an answer.
#[derive(Default)]
struct Waiting {
    replies: HashMap<u64, oneshot::Sender<Answer>>,
    /// Whether no more answers come.
    is_over: bool,
}

impl Desk {
    /// The program at `path`, with arguments that say which internet it opens.
    pub(super) fn of(path: PathBuf, arguments: &[&str]) -> Self {
        Desk {
            path,
            arguments: arguments.iter().map(OsString::from).collect(),
            running: Mutex::default(),
        }
    }

    /// Asks something.
    ///
    /// # Errors
    /// What the program says, where it cannot be started, and where it ends before it has answered.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Answer, NotebookError> {
        let again = ask.calls_nothing().then(|| ask.clone());
        match (self.answer(ask).await, again) {
            (Err(NotebookError::Ended(_)), Some(again)) => self.answer(again).await,
            (answer, _) => answer,
        }
    }

    async fn answer(&self, ask: Ask) -> Result<Answer, NotebookError> {
        match self.give(ask)?.await {
            Ok(Answer::Failed(sentence)) => Err(NotebookError::Said(sentence)),
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.ended()),
        }
    }

    fn give(&self, ask: Ask) -> Result<oneshot::Receiver<Answer>, NotebookError> {
        let mut running = lock(&self.running);
        if running.as_ref().is_some_and(Running::is_over) {
            drop(running.take());
        }
        let running = match &mut *running {
            Some(running) => running,
            none => none.insert(self.start()?),
        };
        let given = running.give(ask)?;
        given.ok_or_else(|| running.ended())
    }

    fn start(&self) -> Result<Running, NotebookError> {
        let mut child = Command::new(&self.path)
            .arg("pipe")
            .args(&self.arguments)
            // A session says itself whether it is simulated.
            .env_remove("FLUXPROBE_WORLD")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| NotebookError::Program {
                path: self.path.display().to_string(),
                why: error.to_string(),
            })?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let waiting = Arc::<Mutex<Waiting>>::default();
        let heard = waiting.clone();
        thread::Builder::new()
            .name("fluxprobe-session".to_owned())
            .spawn(move || listen(output, &heard))
            .map_err(|error| NotebookError::Thread(error.to_string()))?;
        Ok(Running {
            child,
            input,
            waiting,
            asked: 0,
        })
    }

    fn ended(&self) -> NotebookError {
        match &mut *lock(&self.running) {
            Some(running) if running.is_over() => running.ended(),
            // Another call has started it again already.
            _ => NotebookError::Ended(String::new()),
        }
    }
}

impl fmt::Debug for Desk {
    /// Not the path: what a cell shows may be stored and sent on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.arguments.as_slice() {
            [flag, world] if flag == "--world" => write!(f, "the world {}", world.display()),
            _ => f.write_str("Azure"),
        }
    }
}

impl Running {
    /// Writes a question; nothing where nobody takes it any more.
    fn give(&mut self, ask: Ask) -> Result<Option<oneshot::Receiver<Answer>>, NotebookError> {
        self.asked += 1;
        let asked = Asked {
            id: self.asked,
            ask,
        };
        let mut line = serde_json::to_vec(&asked)
            .map_err(|error| NotebookError::Strange(error.to_string()))?;
        line.push(b'\n');
        let (reply, answer) = oneshot::channel();
        lock(&self.waiting).replies.insert(asked.id, reply);
        let Some(input) = &mut self.input else {
            return Ok(None);
        };
        let written = input.write_all(&line).and_then(|()| input.flush());
        Ok(written.is_ok().then_some(answer))
    }

    /// Whether it can be asked no more. That it ended may show in writing before it shows in reading.
    fn is_over(&self) -> bool {
        self.input.is_none() || lock(&self.waiting).is_over
    }

    /// Why no answer came.
    fn ended(&mut self) -> NotebookError {
        let status = self.end();
        NotebookError::Ended(status.map_or_else(String::new, |status| format!(" ({status})")))
    }

    /// Lets the program end by itself, as it does once nobody can ask it any more, and ends it where it does not.
    fn end(&mut self) -> Option<ExitStatus> {
        drop(self.input.take());
        let began = Instant::now();
        while began.elapsed() < FAREWELL {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(LOOK),
                ended => return ended.ok().flatten(),
            }
        }
        // It may have ended just now.
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Hands answers over until none comes any more.
fn listen(output: Option<ChildStdout>, waiting: &Mutex<Waiting>) {
    for line in output
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        let Ok(line) = line else { break };
        let (id, answer) = match serde_json::from_str(&line) {
            Ok(Answered { id, answer }) => (id, answer),
            // It is another version, or the line is no answer at all: nobody knows whose it was.
            Err(error) => {
                cell::say(&format!("{}", NotebookError::Strange(error.to_string())));
                break;
            }
        };
        if let Answer::Progress(line) = answer {
            cell::say(&line);
        } else if let Some(reply) = lock(waiting).replies.remove(&id) {
            // Nobody may be waiting any more, which is fine.
            let _ = reply.send(answer);
        }
    }
    let mut waiting = lock(waiting);
    waiting.is_over = true;
    // Whoever still waits is told by this.
    waiting.replies.clear();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks until `future` is ready. Unlike a runtime's own, may be called from inside a runtime: the work is done
/// elsewhere.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
