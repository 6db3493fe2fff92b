//! What is wrong with a picture that came with a good status, as measured and against what its family draws.

use crate::expr::clock_skew;
use crate::knowledge::by_id;
use crate::model::{CaseRun, Container, Exchange, PictureFacts, StepRun};
use serde::Serialize;
use serde_json::Value;

/// What conditions may ask of the picture that a failed check is about. Empty where none is looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Drawn {
    /// Whether a picture was asked for and none came.
    pub(crate) is_missing: bool,
    /// Links that the answer gave instead.
    pub(crate) links: Vec<String>,
    /// Whether it is one colour.
    pub(crate) is_blank: bool,
    /// The colour.
    pub(crate) color: String,
    /// Whether it does not decode to its end.
    pub(crate) is_broken: bool,
    /// Its container, and the one that its family draws.
    pub(crate) container: String,
    pub(crate) family_container: String,
    /// Its size, and the one that was asked for, `WIDTHxHEIGHT` each.
    pub(crate) size: String,
    pub(crate) asked_size: String,
    /// Whether its family draws exactly the size that was asked for.
    pub(crate) is_size_exact: bool,
    /// Seconds from the time it says it was drawn to the time of the call.
    pub(crate) age_s: Option<f64>,
}

/// Reads what `step` of `case` got. A step that only looks at a picture is judged by the last picture before it.
pub(crate) fn drawn(case: &CaseRun, step: &StepRun, exchange: &Exchange) -> Drawn {
    let path = exchange.request.url.as_deref().unwrap_or_default();
    if path.contains("/chat/completions") {
        let at = case.steps.iter().position(|one| std::ptr::eq(one, step));
        let before = case.steps.get(..at.unwrap_or_default()).unwrap_or_default();
        let exchanges = before.iter().rev().filter_map(|one| one.exchange.as_ref());
        let looked_at = exchanges.into_iter().find(|one| !one.pictures().is_empty());
        return looked_at.map_or_else(Drawn::default, |one| measure(case, one));
    }
    measure(case, exchange)
}

fn measure(case: &CaseRun, exchange: &Exchange) -> Drawn {
    let family = case.target.family.as_ref().and_then(by_id);
    let body: Option<Value> = exchange
        .request
        .body
        .as_deref()
        .and_then(|body| serde_json::from_str(body).ok());
    let asked = body
        .as_ref()
        .and_then(|body| body.get("size"))
        .and_then(Value::as_str);
    let mut found = Drawn {
        links: links(exchange),
        asked_size: asked.unwrap_or_default().to_owned(),
        family_container: family.map_or_else(String::new, |family| word(family.container)),
        is_size_exact: family.is_some_and(|family| family.is_size_exact),
        ..Drawn::default()
    };
    match exchange.pictures().first() {
        Some(picture) => found.take(picture, exchange),
        None => found.is_missing = asked.is_some(),
    }
    found
}

impl Drawn {
    fn take(&mut self, picture: &PictureFacts, exchange: &Exchange) {
        self.is_blank = picture.is_blank;
        self.color = picture.blank_color.clone().unwrap_or_default();
        self.is_broken = !picture.decodes || picture.is_truncated;
        self.container = word(picture.container);
        self.size = format!("{}x{}", picture.width, picture.height);
        let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
        let when = picture
            .provenance
            .as_ref()
            .and_then(|it| it.when.as_deref());
        self.age_s = when
            .and_then(time)
            .zip(time(&exchange.sent_at))
            .map(|(when, sent)| sent.duration_since(when).as_secs_f64())
            .map(|age| age + clock_skew(exchange).unwrap_or(0.0));
    }
}

fn word(container: Container) -> String {
    serde_json::to_value(container)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn links(exchange: &Exchange) -> Vec<String> {
    let answer: Option<Value> = serde_json::from_str(exchange.body()).ok();
    let items = answer
        .as_ref()
        .and_then(|answer| answer.get("data")?.as_array());
    items
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("url")?.as_str())
        .map(|link| link.split('?').next().unwrap_or_default().to_owned())
        .collect()
}
