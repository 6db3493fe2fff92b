//! Request traces of the APIM gateway: the gateway writes them, ARM hands them out (azure.md 3.9).

use super::draw;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The longest that a debug token may live.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// Traces by id and the debug tokens that ask for them, shared by ARM and the gateway through an `Arc`.
#[derive(Debug, Default)]
pub struct Traces {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    traces: HashMap<String, Value>,
    tokens: HashMap<String, DebugToken>,
}

/// What a debug token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugToken {
    /// Name of the gateway that it was made for.
    pub gateway: String,
    /// Id of the API, without its path.
    pub api: String,
    /// When it ends, in simulated time.
    pub expires: SystemTime,
}

impl Traces {
    /// Keeps the trace of a request under `id`, the value of `Apim-Trace-Id`.
    pub fn put(&self, id: &str, trace: Value) {
        self.lock().traces.insert(id.to_owned(), trace);
    }

    /// The trace that was kept under `id`.
    pub fn get(&self, id: &str) -> Option<Value> {
        self.lock().traces.get(id).cloned()
    }

    /// Makes a debug token for one API of a gateway; it lives for `life`, at most an hour.
    pub fn make_token(&self, gateway: &str, api: &str, life: Duration, now: SystemTime) -> String {
        let token = format!(
            "aid={api}&p=tracing&sn={}&si={}",
            draw::fresh_guid(),
            draw::fresh_guid().replace('-', "")
        );
        let entry = DebugToken {
            gateway: gateway.to_owned(),
            api: api.to_owned(),
            expires: now + life.min(LONGEST_LIFE),
        };
        self.lock().tokens.insert(token.clone(), entry);
        token
    }

    /// What `token`, the value of `Apim-Debug-Authorization`, opens; `None` where nobody made it.
    pub fn token(&self, token: &str) -> Option<DebugToken> {
        self.lock().tokens.get(token).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_an_hour_at_most_and_a_trace_is_found_again() {
        let traces = Traces::default();
        let now = SystemTime::UNIX_EPOCH;
        let token = traces.make_token("apim", "inference-api", Duration::from_secs(86_400), now);
        let opened = traces.token(&token).unwrap();
        assert_eq!(opened.api, "inference-api");
        assert_eq!(opened.expires, now + Duration::from_secs(3600));
        assert_eq!(traces.token("aid=inference-api"), None);
        traces.put("id", Value::from(1));
        assert_eq!(traces.get("id"), Some(Value::from(1)));
        assert_eq!(traces.get("other"), None);
    }
}
