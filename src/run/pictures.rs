//! Reading an answer as it arrives, and looking at its pictures off the run's own thread.

use crate::image::{AnswerReader, CameAs, DEFAULT_TEXT_LIMIT, JudgeOptions, judge};
use crate::model::{Exchange, PictureFacts};
use crate::net::BodySink;
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::Semaphore;
use url::Url;

/// Largest answer that is read: as many bytes of pictures as a reader keeps, written as base64, and room for the rest.
const MAX_ANSWER_BYTES: u64 = 96 << 20;

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The call itself.
    Answer,
    /// A link that the call's answer gave.
    Link,
}

/// Lifts pictures out of an answer while it arrives.
#[derive(Default)]
pub(super) struct AnswerSink {
    reader: Option<AnswerReader>,
    taken: u64,
}

impl BodySink for AnswerSink {
    fn begin(&mut self, content_type: Option<&str>) {
        self.reader = Some(AnswerReader::new(content_type, DEFAULT_TEXT_LIMIT));
    }

    fn push(&mut self, chunk: &[u8]) -> bool {
        self.taken += chunk.len() as u64;
        if let Some(reader) = &mut self.reader {
            reader.push(chunk);
        }
        self.taken <= MAX_ANSWER_BYTES
    }
}

/// Looks at pictures, as many at once as there are processors, so that only so many are ever decoded together.
pub(super) struct Judges {
    places: Semaphore,
    options: JudgeOptions,
}

impl Judges {
    pub(super) fn new(thumbnail: Option<u32>) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Judges {
            places: Semaphore::new(processors),
            options: JudgeOptions { thumbnail },
        }
    }

    /// Fills in the body and pictures of `exchange` from what `sink` took. Gives the files of pictures by their
    /// digest where they are to be kept.
    pub(super) async fn finish(
        &self,
        sink: AnswerSink,
        exchange: &mut Exchange,
        source: Source,
        keeps_files: bool,
    ) -> BTreeMap<String, Bytes> {
        let mut files = BTreeMap::new();
        let (Some(response), Some(reader)) = (&mut exchange.response, sink.reader) else {
            return files;
        };
        let answer = reader.finish();
        response.body = answer.text;
        response.is_body_cut |= answer.is_cut;
        for lifted in answer.pictures {
            let came = match &source {
                Source::Link => CameAs::Url,
                Source::Answer if lifted.key == "body" => CameAs::Body,
                Source::Answer => CameAs::Base64 {
                    chars: lifted.base64_chars,
                },
            };
            let bytes = Bytes::from_owner(lifted.bytes);
            let mut facts = self.judge(bytes.clone(), came).await;
            if facts.error.is_none() {
                facts.error = lifted.decode_error;
            }
            if keeps_files {
                files.insert(facts.sha256.clone(), bytes);
            }
            response.pictures.push(facts);
        }
        files
    }

    async fn judge(&self, bytes: Bytes, came: CameAs) -> PictureFacts {
        let options = self.options;
        let _place = self.places.acquire().await;
        let judged = tokio::task::spawn_blocking(move || judge(&bytes, came, options)).await;
        // The task can only be lost to a panic in a decoder, which is the picture's fault and is said so.
        judged.unwrap_or_else(|error| PictureFacts {
            error: Some(format!("looking at the picture failed: {error}")),
            ..PictureFacts::default()
        })
    }
}

/// Links to pictures in an answer of the Image API that has them instead of base64: `data[].url`.
pub(super) fn links(exchange: &Exchange) -> Vec<Url> {
    let Ok(answer) = serde_json::from_str::<Value>(exchange.body()) else {
        return Vec::new();
    };
    let items = answer
        .get("data")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let links = items
        .iter()
        .filter_map(|item| item.get("url").and_then(Value::as_str));
    links.filter_map(|link| Url::parse(link).ok()).collect()
}
