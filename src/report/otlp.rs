//! OTLP traces as JSON: a trace a case, a span an exchange, by the ids that `traceparent` carried.
//!
//! The form is the JSON mapping of OTLP's protobuf messages (OpenTelemetry Protocol Specification, section JSON Protobuf
//! Encoding): ids in hexadecimal, 64-bit numbers as text, enumerations as numbers.

use super::escape;
use super::renderer::{Document, Renderer, ReportError, Style};
use super::words;
use crate::model::{CaseRun, Exchange, Report, StepRun, TraceContext, Verdict};
use serde_json::{Value, json};

/// `SPAN_KIND_INTERNAL` and `SPAN_KIND_CLIENT`.
const INTERNAL: u8 = 1;
const CLIENT: u8 = 3;
/// `STATUS_CODE_OK` and `STATUS_CODE_ERROR`.
const OK: u8 = 1;
const ERROR: u8 = 2;

/// What an OTLP/HTTP collector takes at `/v1/traces`.
pub(super) struct Otlp;

impl Renderer for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["otlp.json"]
    }

    fn render(&self, document: Document<'_>, _style: &Style) -> Result<String, ReportError> {
        let report = document.report(self.name())?;
        let spans: Vec<Value> = report
            .run
            .cases
            .iter()
            .flat_map(|case| spans_of(case, report))
            .collect();
        let file = json!({ "resourceSpans": [{
            "resource": { "attributes": [
                text("service.name", "fluxprobe"),
                text("service.version", env!("CARGO_PKG_VERSION")),
                text("fluxprobe.run.started_at", &report.run.started_at),
            ] },
            "scopeSpans": [{
                "scope": { "name": "fluxprobe", "version": env!("CARGO_PKG_VERSION") },
                "spans": spans,
            }],
        }] });
        Ok(format!("{}\n", escape::json(&file.to_string())))
    }
}

/// The span of a case and those of its exchanges, of every try; none where nothing was sent.
fn spans_of(case: &CaseRun, report: &Report) -> Vec<Value> {
    let key = case.key();
    let whole = TraceContext::of_case(&report.run.started_at, &key);
    let mut spans = Vec::new();
    let (mut begin, mut end) = (i64::MAX, i64::MIN);
    for (number, step) in case.all_steps().enumerate() {
        let Some(exchange) = &step.exchange else {
            continue;
        };
        let Some(sent) = words::epoch_ms(&exchange.sent_at) else {
            continue;
        };
        let from = sent.saturating_mul(1_000_000);
        let took = (exchange.timings_ms.total.max(0.0) * 1e6) as i64;
        let until = from.saturating_add(took);
        (begin, end) = (begin.min(from), end.max(until));
        let sent_with = exchange
            .request
            .header("traceparent")
            .and_then(TraceContext::read);
        // Where a scenario leaves the header out, the span still has its place here.
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let own = sent_with.unwrap_or_else(|| {
            TraceContext::of_exchange(&report.run.started_at, &key, &step.name, u32::MAX - number)
        });
        let mut span = json!({
            "traceId": own.trace_id,
            "spanId": own.span_id,
            "name": step.name,
            "kind": CLIENT,
            "startTimeUnixNano": from.to_string(),
            "endTimeUnixNano": until.to_string(),
            "attributes": of_exchange(step, exchange),
            "status": status(step.verdict, &step.why),
        });
        // A scenario's own traceparent begins elsewhere, and so has its parent there.
        if own.trace_id == whole.trace_id {
            span["parentSpanId"] = whole.span_id.as_str().into();
        }
        spans.push(span);
    }
    if !spans.is_empty() {
        spans.insert(
            0,
            json!({
                "traceId": whole.trace_id,
                "spanId": whole.span_id,
                "name": words::case_name(case),
                "kind": INTERNAL,
                "startTimeUnixNano": begin.to_string(),
                "endTimeUnixNano": end.to_string(),
                "attributes": of_case(case),
                "status": status(case.verdict, &case.why),
            }),
        );
    }
    spans
}

fn of_case(case: &CaseRun) -> Vec<Value> {
    vec![
        text("fluxprobe.scenario", case.scenario.as_str()),
        text("fluxprobe.account", case.account.as_str()),
        text("fluxprobe.deployment", case.deployment.as_str()),
        text("fluxprobe.route", &case.route),
        text("fluxprobe.verdict", case.verdict.word()),
        number("fluxprobe.tries", case.earlier.len() as u64 + 1),
        number("fluxprobe.images", u64::from(case.images)),
    ]
}

/// Names as in OpenTelemetry's semantic conventions for HTTP clients, where they have one.
fn of_exchange(step: &StepRun, exchange: &Exchange) -> Vec<Value> {
    let request = &exchange.request;
    let mut all = vec![
        text(
            "http.request.method",
            request.method.as_deref().unwrap_or("GET"),
        ),
        text("url.full", request.url.as_deref().unwrap_or_default()),
        text("fluxprobe.verdict", step.verdict.word()),
    ];
    let host = request
        .url
        .as_deref()
        .and_then(|url| url::Url::parse(url).ok());
    if let Some(host) = host.as_ref().and_then(url::Url::host_str) {
        all.push(text("server.address", host));
    }
    if let Some(status) = exchange.status() {
        all.push(number("http.response.status_code", u64::from(status)));
    }
    if let Some(error) = &exchange.transport_error {
        all.push(text("error.type", words::failure(error.kind)));
    }
    if let Some(hop) = step.hop {
        all.push(text("fluxprobe.hop", hop.word()));
    }
    for name in ["apim-request-id", "x-ms-request-id", "x-request-id"] {
        if let Some(id) = exchange.header(name) {
            all.push(text(&format!("http.response.header.{name}"), id));
        }
    }
    let timings = &exchange.timings_ms;
    for (name, ms) in [
        ("dns", timings.dns),
        ("tcp", timings.tcp),
        ("tls", timings.tls),
        ("first_byte", timings.first_byte),
        ("body", timings.body),
    ] {
        if let Some(ms) = ms.filter(|ms| ms.is_finite()) {
            all.push(
                json!({ "key": format!("fluxprobe.{name}_ms"), "value": { "doubleValue": ms } }),
            );
        }
    }
    all
}

fn status(verdict: Verdict, why: &str) -> Value {
    match verdict {
        Verdict::Pass | Verdict::Flaky => json!({ "code": OK }),
        Verdict::Fail | Verdict::Error => json!({ "code": ERROR, "message": why }),
        Verdict::Skip => json!({}),
    }
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Header;
    use crate::report::fixture;

    fn spans(report: &Report) -> Vec<Value> {
        let text = Otlp
            .render(Document::Report(report), &Style::default())
            .unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        file["resourceSpans"][0]["scopeSpans"][0]["spans"]
            .as_array()
            .unwrap()
            .clone()
    }

    #[test]
    fn an_exchange_is_a_span_below_its_case() {
        let report = fixture::gateway_404();
        let spans = spans(&report);
        let edit = spans
            .iter()
            .find(|span| span["name"] == "edit the drawing")
            .unwrap();
        let parent = spans
            .iter()
            .find(|span| span["spanId"] == edit["parentSpanId"])
            .unwrap();
        assert_eq!(parent["traceId"], edit["traceId"]);
        assert_eq!((&parent["kind"], &edit["kind"]), (&json!(1), &json!(3)));
        assert_eq!(edit["status"]["code"], 2);
        let attributes = edit["attributes"].as_array().unwrap();
        assert!(attributes.contains(&number("http.response.status_code", 404)));
        assert!(attributes.contains(&text("fluxprobe.hop", "gateway")));
        let ids: std::collections::BTreeSet<String> = spans
            .iter()
            .map(|span| span["spanId"].to_string())
            .collect();
        assert_eq!(ids.len(), spans.len());
    }

    #[test]
    fn the_header_that_was_sent_decides() {
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut report = fixture::gateway_404();
        let case = report
            .run
            .cases
            .iter_mut()
            .find(|case| case.verdict.is_bad())
            .unwrap();
        let exchange = case.steps[1].exchange.as_mut().unwrap();
        exchange
            .request
            .headers
            .push(Header("traceparent".into(), sent.into()));
        let spans = spans(&report);
        let edit = spans
            .iter()
            .find(|span| span["name"] == "edit the drawing")
            .unwrap();
        assert_eq!(edit["spanId"], "b7ad6b7169203331");
        assert!(edit["parentSpanId"].is_null(), "its parent is another's");
    }
}
