//! Ctrl-C and SIGTERM: the first ends the run in order, the second ends the program.

use super::exit::Exit;
use super::progress::Progress;
use crate::run::Stop;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask for an end.
pub(super) struct Interrupt {
    int: Option<Signal>,
    term: Option<Signal>,
}

impl Interrupt {
    /// Begins to listen. Where the system allows no handler its own behaviour stays.
    pub(super) fn listen() -> Self {
        Interrupt {
            int: signal(SignalKind::interrupt()).ok(),
            term: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Waits for the next signal and names it.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            () = received(&mut self.int) => "Ctrl-C",
            () = received(&mut self.term) => "SIGTERM",
        }
    }

    /// Carries `work` through; the first signal asks it to end, the second does not wait for it.
    pub(super) async fn guard<T>(
        &mut self,
        work: impl Future<Output = T>,
        stop: &Stop,
        progress: &Progress,
    ) -> T {
        tokio::pin!(work);
        let mut was_asked = false;
        loop {
            tokio::select! {
                done = &mut work => return done,
                name = self.next() => {
                    if was_asked {
                        progress.clear();
                        std::process::exit(Exit::Interrupted as i32);
                    }
                    was_asked = true;
                    stop.stop(&format!("interrupted by {name}"));
                    progress.note("interrupted: ending what is under way; once more ends at once");
                }
            }
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
