//! The trace of one request (azure.md 3.9).

use super::document::Section;
use crate::sim::SimClock;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Gathers what happens to a request that asked to be traced.
pub(super) struct Recorder {
    /// The value of `Apim-Trace-Id`.
    pub(super) id: String,
    clock: SimClock,
    started: Duration,
    /// `None`: the section was not reached.
    sections: [Option<Vec<Value>>; 4],
}

impl Recorder {
    /// Starts a trace.
    pub(super) fn start(clock: &SimClock) -> Self {
        Recorder {
            id: crate::sim::draw::fresh_guid().replace('-', ""),
            started: clock.elapsed(),
            clock: clock.clone(),
            // A trace lists on-error even where nothing went wrong.
            sections: [None, None, None, Some(Vec::new())],
        }
    }

    /// The request has come to `section`.
    pub(super) fn enter(&mut self, section: Section) {
        self.sections[section as usize].get_or_insert_default();
    }

    /// Adds an entry.
    pub(super) fn note(&mut self, section: Section, source: &str, data: Value) {
        let elapsed = self.clock.elapsed().saturating_sub(self.started);
        let entry = json!({
            "source": source,
            "timestamp": timestamp(&self.clock),
            "elapsed": time_span(elapsed),
            "data": data,
        });
        self.sections[section as usize]
            .get_or_insert_default()
            .push(entry);
    }

    /// The whole trace, as `listTrace` gives it.
    pub(super) fn finish(self, service: &str) -> Value {
        let mut entries = Map::new();
        for (section, written) in Section::ALL.into_iter().zip(self.sections) {
            if let Some(written) = written {
                entries.insert(section.name().into(), Value::Array(written));
            }
        }
        json!({"serviceName": service, "traceId": self.id, "traceEntries": entries})
    }
}

/// .NET writes seven digits of a second.
fn timestamp(clock: &SimClock) -> String {
    Timestamp::try_from(clock.now()).map_or_else(
        |_| String::new(),
        |now| now.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
    )
}

fn time_span(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!(
        "{:02}:{:02}:{:02}.{:07}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        elapsed.subsec_nanos() / 100
    )
}
