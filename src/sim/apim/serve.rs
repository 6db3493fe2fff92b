//! One request from its first byte to its answer, in the order of azure.md 10.1.

use super::answer;
use super::document::{Document, Section, Step, flatten};
use super::fault::{Fault, Next};
use super::flow::{Deferred, Flow};
use super::message::{Answer, header_line};
use super::policy::{self, Preflight};
use super::recorder::Recorder;
use super::site::{Route, Site};
use super::subscription;
use crate::sim::clock::http_date;
use crate::sim::trace::Traces;
use crate::sim::{Context, World};
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, DATE, HOST, ORIGIN, VARY};
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};

/// Asks for a trace.
pub(super) const DEBUG_HEADER: &str = "apim-debug-authorization";
const TRACE_ID: &str = "Apim-Trace-Id";
const DEBUG_EXPIRED: &str = "Apim-Debug-Authorization-Expired";
const DEBUG_WRONG_API: &str = "Apim-Debug-Authorization-WrongAPI";

/// Answers one request at `site`.
pub(super) async fn answer(
    site: &Site,
    world: &World,
    traces: &Traces,
    context: &Context,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let mut flow = Flow::new(site, world, context, request);
    let route = site.find_api(&flow.original.path);
    flow.api = route.as_ref().map(|route| route.api);
    authorize_debugging(&mut flow, traces);
    if let Err(fault) = pass(&mut flow, route).await {
        handle(&mut flow, *fault).await;
    }
    settle(&mut flow);
    finish(flow, traces)
}

/// Everything that may fail; a fault goes to on-error.
async fn pass(flow: &mut Flow<'_>, route: Option<Route<'_>>) -> Result<(), Box<Fault>> {
    let Some(route) = route else {
        return Err(operation_not_found());
    };
    flow.path.clone_from(&route.below);
    if is_preflight(flow) && answer_preflight(flow, &route).await? {
        return Ok(());
    }
    let api = flow.api;
    let method = flow.method.as_str().to_ascii_uppercase();
    let found = api.and_then(|api| api.find_operation(&method, &route.below, &flow.query));
    let (operation, parameters) = found.ok_or_else(operation_not_found)?;
    flow.operation = Some(operation);
    flow.parameters = parameters;
    subscription::authorize(flow).inspect_err(|_| promise_vary(flow_has_cors(flow), flow))?;
    note_arrival(flow);
    for section in [Section::Inbound, Section::Backend, Section::Outbound] {
        if run_section(flow, section).await? == Next::Respond {
            break;
        }
    }
    Ok(())
}

async fn run_section(flow: &mut Flow<'_>, section: Section) -> Result<Next, Box<Fault>> {
    flow.section = section;
    if let Some(recorder) = &mut flow.recorder {
        recorder.enter(section);
    }
    let documents = documents(flow);
    flow.run(flatten(&documents, section)).await
}

fn documents<'a>(flow: &Flow<'a>) -> Vec<&'a Document> {
    flow.site.documents(flow.api, flow.operation, flow.product)
}

/// on-error: `context.Response` is what the fault answers, and the policies may change it.
async fn handle(flow: &mut Flow<'_>, fault: Fault) {
    let mut error = fault.error;
    if error.section.is_empty() {
        error.section = flow.section.name().into();
    }
    flow.section = Section::OnError;
    flow.note(&error.source.clone(), error.to_json());
    flow.last_error = Some(error);
    flow.response = fault.answer;
    flow.draft = None;
    if let Err(second) = run_section(flow, Section::OnError).await {
        flow.note("on-error", second.error.to_json());
        flow.last_error = Some(second.error);
        flow.response = second.answer;
    }
    flow.response_mut();
}

fn operation_not_found() -> Box<Fault> {
    Fault::answered(
        "OperationNotFound",
        "Unable to match incoming request to an operation.",
        answer::not_found(),
    )
    .from_source("configuration")
}

fn is_preflight(flow: &Flow<'_>) -> bool {
    flow.method == Method::OPTIONS
        && flow.headers.contains_key(ORIGIN)
        && flow.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// A preflight is answered by the `cors` policies alone; without any it is an OPTIONS request like another.
async fn answer_preflight(flow: &mut Flow<'_>, route: &Route<'_>) -> Result<bool, Box<Fault>> {
    let Some(api) = flow.api else {
        return Ok(false);
    };
    let wanted = header_line(&flow.headers, ACCESS_CONTROL_REQUEST_METHOD.as_str());
    let wanted = wanted.unwrap_or_default().to_ascii_uppercase();
    flow.operation = api
        .find_operation(&wanted, &route.below, &flow.query)
        .map(|(operation, _)| operation);
    let steps = cors_steps(flow);
    for step in &steps {
        let Some(cors) = step.policy.as_cors() else {
            continue;
        };
        match cors.preflight(flow)? {
            Preflight::Answered(answer) => {
                flow.response = Some(answer);
                return Ok(true);
            }
            Preflight::AskNext => {}
        }
    }
    flow.operation = None;
    if steps.is_empty() {
        return Ok(false);
    }
    flow.response = Some(Answer::empty(200));
    Ok(true)
}

fn cors_steps<'a>(flow: &Flow<'a>) -> Vec<&'a Step> {
    let mut steps = flatten(&documents(flow), Section::Inbound);
    steps.retain(|step| step.policy.as_cors().is_some());
    steps
}

fn flow_has_cors(flow: &Flow<'_>) -> bool {
    !cors_steps(flow).is_empty()
}

fn promise_vary(has_cors: bool, flow: &mut Flow<'_>) {
    if has_cors {
        flow.answer_headers
            .push((VARY, HeaderValue::from_static("Origin")));
    }
}

/// `Apim-Debug-Authorization`: a trace begins, or the answer says why not. A token that nobody made is ignored, and
/// so is the retired `Ocp-Apim-Trace`.
fn authorize_debugging(flow: &mut Flow<'_>, traces: &Traces) {
    let Some(given) = header_line(&flow.headers, DEBUG_HEADER) else {
        return;
    };
    let Some(token) = traces.token(&given) else {
        return;
    };
    let is_for_this =
        token.gateway == flow.site.name && flow.api.is_some_and(|api| api.id == token.api);
    if token.expires <= flow.context.clock.now() {
        flow.promise_header(Some(DEBUG_EXPIRED), &http_date(token.expires));
    } else if !is_for_this {
        flow.promise_header(Some(DEBUG_WRONG_API), &token.api);
    } else {
        let recorder = Recorder::start(&flow.context.clock);
        flow.promise_header(Some(TRACE_ID), &recorder.id);
        flow.recorder = Some(recorder);
    }
}

/// The two entries of the api-inspector that every trace of a matched request begins with.
fn note_arrival(flow: &mut Flow<'_>) {
    if flow.recorder.is_none() {
        return;
    }
    let headers: Vec<Value> = flow
        .headers
        .iter()
        .filter(|(name, _)| *name != DEBUG_HEADER)
        .map(|(name, value)| json!({"name": name.as_str(), "value": String::from_utf8_lossy(value.as_bytes())}))
        .collect();
    let has_host = flow.headers.contains_key(HOST);
    let host = json!({"name": "Host", "value": flow.original.host});
    let headers: Vec<Value> = (!has_host)
        .then_some(host)
        .into_iter()
        .chain(headers)
        .collect();
    let request = json!({
        "method": flow.method.as_str(),
        "url": flow.original.print(),
        "headers": headers,
    });
    flow.note("api-inspector", json!({"request": request}));
    let base = url::Url::parse(&flow.current_base()).ok();
    let to = base.map_or(Value::Null, |base| {
        json!({
            "scheme": base.scheme(),
            "host": base.host_str().unwrap_or_default(),
            "port": base.port_or_known_default(),
            "path": base.path(),
            "queryString": "",
            "query": {},
            "isDefaultPort": base.port().is_none(),
        })
    });
    let from = flow.api.map_or_else(String::new, |api| {
        format!("/{}", api.config.path.trim_matches('/'))
    });
    let operation = flow.operation.map_or(
        Value::Null,
        |it| json!({"method": it.config.method, "uriTemplate": it.config.url_template}),
    );
    let configuration = json!({
        "api": {"from": from, "to": to, "version": null, "revision": "1"},
        "operation": operation,
        "user": "-",
        "product": flow.product.unwrap_or("-"),
    });
    flow.note("api-inspector", json!({"configuration": configuration}));
}

/// Counts what could only be counted once the answer was known. A condition that throws counts nothing.
fn settle(flow: &mut Flow<'_>) {
    for deferred in std::mem::take(&mut flow.deferred) {
        match deferred {
            Deferred::Calls {
                key,
                condition,
                amount,
                quota,
            } => {
                if !flow.flag(&condition).unwrap_or(false) {
                    continue;
                }
                let amount = match amount {
                    Some(amount) => flow.number(&amount).unwrap_or(0),
                    None => 1,
                };
                policy::count(flow, &key, amount, quota);
            }
            Deferred::Bytes { key, period } => {
                let answered = flow.response.as_ref().map_or(0, |it| it.body.len());
                let bytes = (flow.request_bytes + answered) as u64;
                policy::count(flow, &key, bytes, Some(period));
            }
            Deferred::Tokens {
                key,
                quota,
                consumed_header,
            } => {
                let tokens = flow.response.as_ref().map_or(0, used_tokens);
                policy::count(flow, &key, tokens, quota);
                flow.promise_header(consumed_header.as_deref(), &tokens.to_string());
            }
        }
    }
}

/// `usage.total_tokens` of an answer; pictures have none.
fn used_tokens(answer: &Answer) -> u64 {
    let told = |json: &[u8]| {
        let body = serde_json::from_slice::<Value>(json).ok()?;
        let usage = body
            .get("usage")
            .or_else(|| body.pointer("/response/usage"))?;
        usage.get("total_tokens")?.as_u64()
    };
    // A stream tells it in one of its last events, where the caller asked for that.
    let mut events = answer.body.rsplit(|byte| *byte == b'\n');
    told(&answer.body)
        .or_else(|| events.find_map(|line| told(line.strip_prefix(b"data: ")?)))
        .unwrap_or(0)
}

fn finish(mut flow: Flow<'_>, traces: &Traces) -> Response<Bytes> {
    if flow.last_error.is_none() {
        flow.section = Section::Outbound;
    }
    let is_through = flow.last_error.is_none() && flow.response.is_some();
    if is_through {
        let message = "Response has been sent to the caller in full";
        flow.note("transfer-response", json!({"message": message}));
    }
    let mut answer = flow.response.take().unwrap_or_else(|| Answer::empty(200));
    for (name, value) in flow.answer_headers {
        if name == VARY {
            answer.headers.append(name, value);
        } else {
            answer.headers.insert(name, value);
        }
    }
    // A policy may have changed or used up the body that the backend gave a length for.
    if answer.headers.contains_key(CONTENT_LENGTH) && flow.method != Method::HEAD {
        let length = HeaderValue::from(answer.body.len());
        answer.headers.insert(CONTENT_LENGTH, length);
    }
    if !answer.headers.contains_key(DATE)
        && let Ok(date) = HeaderValue::try_from(http_date(flow.context.clock.now()))
    {
        answer.headers.insert(DATE, date);
    }
    if let Some(recorder) = flow.recorder {
        let id = recorder.id.clone();
        traces.put(&id, recorder.finish(&flow.site.name));
    }
    answer.into_response()
}
