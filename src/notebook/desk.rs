//! The thread that a session's work is done on.
//!
//! The kernel compiles every cell to a shared object of its own, each with a copy of this library: its statics and
//! thread locals (tokio's reactor among them) are another cell's no more. So nothing that runs is handed from cell to
//! cell. A cell gives a [`Job`], which is data, and the thread that the first cell started carries it out.

use super::error::NotebookError;
use super::narrow::Narrow;
use super::work::{Asked, Work};
use crate::harness::{Configuration, Found, Harness, Settings};
use crate::model::{Audit, Checkup, Plan, Report, RouteMap, Run};
use crate::report::Explained;
use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use tokio::task::JoinSet;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, NotebookError>>;

/// Something to do.
pub(super) enum Job {
    Discover {
        narrow: Narrow,
        reply: Reply<Found>,
    },
    Plan {
        narrow: Narrow,
        words: String,
        reply: Reply<Plan>,
    },
    Run {
        narrow: Narrow,
        asked: Asked,
        reply: Reply<Report>,
    },
    Audit {
        narrow: Narrow,
        reply: Reply<Audit>,
    },
    Routes {
        narrow: Narrow,
        reply: Reply<RouteMap>,
    },
    Diagnose {
        run: Box<Run>,
        reply: Reply<Report>,
    },
    Explain {
        recorded: String,
        reply: Reply<Vec<Explained>>,
    },
    Doctor {
        narrow: Narrow,
        asked: String,
        reply: Reply<Checkup>,
    },
}

/// A session's thread. Dropping it ends what is under way.
#[derive(Debug)]
pub(super) struct Desk {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Starts the thread and opens the internet on it.
    ///
    /// # Errors
    /// Where no thread can be started, or the internet cannot be opened.
    pub(super) fn open(
        settings: Settings,
        configuration: Configuration,
    ) -> Result<Self, NotebookError> {
        let (jobs, queue) = mpsc::unbounded();
        let (is_open, opened) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| NotebookError::Thread(error.to_string()))?;
        let work = move || runtime.block_on(work(settings, configuration, is_open, queue));
        let thread = thread::Builder::new()
            .name("fluxprobe-session".to_owned())
            .spawn(work)
            .map_err(|error| NotebookError::Thread(error.to_string()))?;
        wait(opened).map_err(|_| NotebookError::Broken)??;
        Ok(Desk {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Gives the thread something to do.
    ///
    /// # Errors
    /// [`NotebookError::Broken`] where the thread has ended.
    pub(super) fn give(&self, job: Job) -> Result<(), NotebookError> {
        let jobs = self.jobs.as_ref().ok_or(NotebookError::Broken)?;
        jobs.unbounded_send(job).map_err(|_| NotebookError::Broken)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// Carries jobs out, several at once, until nobody can give any more.
async fn work(
    settings: Settings,
    configuration: Configuration,
    is_open: Reply<()>,
    mut queue: mpsc::UnboundedReceiver<Job>,
) {
    let harness = match Harness::open(settings).await {
        Ok(harness) => harness,
        Err(error) => {
            // Whoever asked is told, if still there.
            let _ = is_open.send(Err(error.into()));
            return;
        }
    };
    let _ = is_open.send(Ok(()));
    let work = Arc::new(Work::of(harness, configuration));
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            job = queue.next() => match job {
                Some(job) => {
                    let work = work.clone();
                    under_way.spawn(async move { work.answer(job).await });
                }
                None => break,
            },
            // A job that panicked has dropped its reply, which tells whoever waits for it.
            Some(_) = under_way.join_next() => {}
        }
    }
    under_way.shutdown().await;
    if let Ok(work) = Arc::try_unwrap(work) {
        work.close().await;
    }
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
