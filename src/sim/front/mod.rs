//! Gateways and reverse proxies of other makes, in front of the services of a world: what they forward, and what they
//! answer by themselves.

mod makes;

use super::internet::{Context, NetFailure, Service};
use super::world::{Front, FrontModel, Make, PlainHttp, World};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use serde_json::Value;
use std::sync::Arc;

/// What LiteLLM calls Azure with where its model names no api-version.
const BACKEND_VERSION: &str = "2025-04-01-preview";

/// Every host of another make of a world.
pub struct Fronts {
    world: Arc<World>,
}

impl Fronts {
    /// The fronts of `world`.
    pub fn new(world: Arc<World>) -> Self {
        Fronts { world }
    }
}

#[async_trait]
impl Service for Fronts {
    fn answers_on(&self, host: &str) -> bool {
        self.world.fronts.contains_key(host)
    }

    fn hosts(&self) -> Vec<String> {
        self.world.fronts.keys().cloned().collect()
    }

    fn takes_tls(&self, host: &str) -> bool {
        self.world.fronts.get(host).is_none_or(|front| front.is_tls)
    }

    fn takes_plain_http(&self, host: &str) -> bool {
        let front = self.world.fronts.get(host);
        front.is_some_and(|front| front.plain_http.is_some())
    }

    async fn call(
        &self,
        context: &Context,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        let host = request
            .uri()
            .host()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let front = self.world.fronts.get(&host);
        let front = front.ok_or(NetFailure::NameNotFound)?;
        let is_plain = request.uri().scheme_str() == Some("http");
        if is_plain && front.plain_http == Some(PlainHttp::Redirect) {
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            return Ok(makes::redirect(
                front.make,
                &format!("https://{host}{path}"),
            ));
        }
        if front
            .largest_body
            .is_some_and(|most| request.body().len() > most)
        {
            return Ok(makes::too_large(front.make));
        }
        if !front.keys.is_empty() {
            match key_of(front.make, request.headers()) {
                None => return Ok(makes::key_missing(front.make)),
                Some(key) if !front.keys.contains(&key) => {
                    return Ok(makes::key_unknown(front.make));
                }
                Some(_) => {}
            }
        }
        match front.make {
            Make::Litellm => by_model(context, front, request).await,
            _ => by_path(context, front, request).await,
        }
    }
}

/// A model gateway looks the call's model up and calls the account that it belongs to.
async fn by_model(
    context: &Context,
    front: &Front,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, NetFailure> {
    let path = request.uri().path().trim_matches('/').to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    let (named, operation) = match segments.as_slice() {
        ["openai", "deployments", name, operation @ ..] => (Some(*name), operation.join("/")),
        ["v1" | "openai", operation @ ..] => (None, operation.join("/")),
        operation => (None, operation.join("/")),
    };
    let known = ["images/generations", "images/edits", "chat/completions"];
    if !known.contains(&operation.as_str()) {
        return Ok(makes::no_route(front.make));
    }
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let named = named.or(body["model"].as_str()).unwrap_or("None");
    let Some(model) = front.models.get(named) else {
        return Ok(makes::no_model(&operation, named));
    };
    let sent = to_account(context, model, &operation, request).await;
    Ok(match sent {
        Ok(answer) => makes::wrapped(answer, named),
        Err(failure) => makes::unreachable(front.make, failure),
    })
}

async fn to_account(
    context: &Context,
    model: &FrontModel,
    operation: &str,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, NetFailure> {
    let account = context.world.accounts.get(&model.account);
    let key = account.and_then(|account| account.keys.first().cloned());
    let (mut head, body) = request.into_parts();
    let url = format!(
        "https://{}.cognitiveservices.azure.com/openai/deployments/{}/{operation}?api-version={BACKEND_VERSION}",
        model.account, model.deployment
    );
    head.uri = Uri::try_from(url).map_err(|_| NetFailure::NameNotFound)?;
    head.headers.remove(http::header::AUTHORIZATION);
    set_header(&mut head.headers, "api-key", &key.unwrap_or_default());
    context.send(Request::from_parts(head, body)).await
}

/// A reverse proxy forwards by the path's beginning.
async fn by_path(
    context: &Context,
    front: &Front,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, NetFailure> {
    let path = request.uri().path().to_owned();
    let routes = front.routes.iter();
    let fitting = routes.filter(|(prefix, _)| path.starts_with(prefix.as_str()));
    let Some((prefix, route)) = fitting.max_by_key(|(prefix, _)| prefix.len()) else {
        return Ok(makes::no_route(front.make));
    };
    let below = path.get(prefix.len()..).unwrap_or_default();
    let query = request
        .uri()
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let url = format!(
        "{}/{}{query}",
        route.to.trim_end_matches('/'),
        below.trim_start_matches('/')
    );
    let (mut head, body) = request.into_parts();
    head.uri = Uri::try_from(url).map_err(|_| NetFailure::NameNotFound)?;
    let host = head.uri.host().unwrap_or_default().to_owned();
    set_header(&mut head.headers, "host", &host);
    for (name, value) in &route.headers {
        set_header(&mut head.headers, name, value);
    }
    Ok(match context.send(Request::from_parts(head, body)).await {
        Ok(answer) => makes::passed(front.make, answer),
        Err(failure) => makes::unreachable(front.make, failure),
    })
}

/// The key that a caller brought in the header that such a gateway reads.
fn key_of(make: Make, headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    match make {
        Make::Kong => text("apikey"),
        _ => {
            let bearer = text("authorization");
            let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
            bearer.or_else(|| text("api-key"))
        }
    }
}

/// Sets a header; what no header can hold is left out.
pub(super) fn set_header(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}
