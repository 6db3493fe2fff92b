//! When each phase of a connection began and ended.
//!
//! The HTTP client opens connections deep inside; three hooks that it offers (resolver, connector layer, TLS session
//! store) write their moments into the [`Phases`] of the exchange that waits for the connection, found by a task-local.

use super::Clock;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer, Service};

tokio::task_local! {
    static CURRENT: Phases;
}

/// A moment worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    ConnectStart,
    DnsStart,
    DnsEnd,
    TlsStart,
    ConnectEnd,
}

/// The moments of one exchange.
#[derive(Clone)]
pub(super) struct Phases {
    clock: Option<Arc<dyn Clock>>,
    marks: Arc<Mutex<Vec<(Mark, Duration)>>>,
}

impl Phases {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Phases {
            clock: Some(clock),
            marks: Arc::default(),
        }
    }

    /// Keeps the present moment; the first of its kind stands.
    pub(super) fn mark(&self, mark: Mark) {
        if let Some(clock) = &self.clock {
            let now = clock.elapsed();
            let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
            if !marks.iter().any(|(kept, _)| *kept == mark) {
                marks.push((mark, now));
            }
        }
    }

    pub(super) fn at(&self, mark: Mark) -> Option<Duration> {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks
            .iter()
            .find(|(kept, _)| *kept == mark)
            .map(|(_, at)| *at)
    }

    /// Milliseconds from one moment to another, where both were seen.
    pub(super) fn between(&self, from: Mark, to: Mark) -> Option<f64> {
        Some(milliseconds(self.at(to)?.saturating_sub(self.at(from)?)))
    }

    /// Runs `future` with these as the current phases.
    pub(super) async fn during<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// A duration in milliseconds, to the microsecond: more digits say nothing.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The phases of the exchange that this task works for; ones that keep nothing outside of an exchange.
pub(super) fn current() -> Phases {
    CURRENT.try_with(Phases::clone).unwrap_or_else(|_| Phases {
        clock: None,
        marks: Arc::default(),
    })
}

/// Wraps the client's connector, to see when a connection is begun and open.
#[derive(Debug, Clone)]
pub(super) struct TimedConnector<S>(S);

/// Makes [`TimedConnector`]s.
#[derive(Debug, Clone)]
pub(super) struct TimedConnectorLayer;

impl<S> Layer<S> for TimedConnectorLayer {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimedConnector(inner)
    }
}

impl<S, R> Service<R> for TimedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let phases = current();
        phases.mark(Mark::ConnectStart);
        let connecting = self.0.call(request);
        // The client may finish a connection in a task of its own, so the phases travel with the future.
        Box::pin(phases.clone().during(async move {
            let connected = connecting.await;
            if connected.is_ok() {
                phases.mark(Mark::ConnectEnd);
            }
            connected
        }))
    }
}
