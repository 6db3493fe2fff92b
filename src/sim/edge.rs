//! What stands in front of a host, and what some calls meet there.

use super::internet::{Context, Internet, NetFailure, canned_answer};
use super::world::{CallFacts, CannedAnswer, Edge, HostFault};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Uri};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use std::collections::BTreeMap;

impl Internet {
    /// What is wrong with `host` for this call: its faults, unless they are for other calls only.
    pub(super) fn fault_met(
        &self,
        context: &Context,
        host: &str,
        request: &Request<Bytes>,
    ) -> Option<&HostFault> {
        let fault = self.fault_of(host)?;
        let Some(only) = &fault.only else {
            return Some(fault);
        };
        let number = self.number_of(&format!("only {host}"));
        only.meets(context.world.seed, host, number, facts(context, request))
            .then_some(fault)
    }

    /// Lets `request` through the edge in front of `host`, and the answer back. Boxed, as what it forwards to may have an
    /// edge as well.
    pub(super) fn through<'a>(
        &'a self,
        context: &'a Context,
        edge: &'a Edge,
        host: &'a str,
        request: Request<Bytes>,
    ) -> BoxFuture<'a, Result<Response<Bytes>, NetFailure>> {
        Box::pin(self.pass(context, edge, host, request))
    }

    async fn pass(
        &self,
        context: &Context,
        edge: &Edge,
        host: &str,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, NetFailure> {
        if let Some(answer) = self.blocked(context, edge, host, &request) {
            return Ok(dressed(canned_answer(answer), edge));
        }
        if edge
            .most_body_bytes
            .is_some_and(|most| request.body().len() > most)
        {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(dressed(answer, edge));
        }
        for name in &edge.strip_request_headers {
            request.headers_mut().remove(name.as_str());
        }
        set_all(request.headers_mut(), &edge.add_request_headers);
        strip_query(&mut request, &edge.strip_query);
        let answered = match &edge.forwards_to {
            Some(target) => {
                forward_to(&mut request, target);
                self.answer(context, request).await
            }
            None => self.served(context, host, request).await,
        };
        answered.map(|answer| dressed(answer, edge))
    }

    fn blocked<'e>(
        &self,
        context: &Context,
        edge: &'e Edge,
        host: &str,
        request: &Request<Bytes>,
    ) -> Option<&'e CannedAnswer> {
        for (at, block) in edge.blocks.iter().enumerate() {
            let label = format!("block {at} {host}");
            let number = self.number_of(&label);
            if block
                .only
                .meets(context.world.seed, &label, number, facts(context, request))
            {
                return Some(&block.answer);
            }
        }
        None
    }
}

fn facts<'r>(context: &Context, request: &'r Request<Bytes>) -> CallFacts<'r> {
    CallFacts {
        method: request.method().as_str(),
        path: request.uri().path(),
        body: request.body(),
        elapsed: context.clock.elapsed(),
    }
}

/// The answer as the edge hands it on: by its own page where it has one for the status, with its headers.
fn dressed(answer: Response<Bytes>, edge: &Edge) -> Response<Bytes> {
    let mut answer = match edge.pages.get(answer.status().as_str()) {
        Some(page) => canned_answer(page),
        None => answer,
    };
    for name in &edge.strip_response_headers {
        answer.headers_mut().remove(name.as_str());
    }
    set_all(answer.headers_mut(), &edge.add_response_headers);
    answer
}

fn set_all(headers: &mut http::HeaderMap, set: &BTreeMap<String, String>) {
    for (name, value) in set {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
}

fn strip_query(request: &mut Request<Bytes>, names: &[String]) {
    let Some(query) = request.uri().query().filter(|_| !names.is_empty()) else {
        return;
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !names
                .iter()
                .any(|stripped| stripped.eq_ignore_ascii_case(name))
        })
        .collect();
    let path = request.uri().path();
    let whole = match kept.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", kept.join("&")),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(whole).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

fn forward_to(request: &mut Request<Bytes>, target: &str) {
    let mut parts = request.uri().clone().into_parts();
    parts.authority = Authority::try_from(target).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    if let Ok(host) = HeaderValue::try_from(target) {
        request.headers_mut().insert(HOST, host);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::World;
    use crate::sim::{Service, SimClock};
    use async_trait::async_trait;
    use std::sync::Arc;

    /// Answers with what came through: path with query, and two headers.
    struct Echo;

    #[async_trait]
    impl Service for Echo {
        fn answers_on(&self, host: &str) -> bool {
            host == "own.example"
        }

        fn hosts(&self) -> Vec<String> {
            vec!["own.example".into()]
        }

        async fn call(
            &self,
            _context: &Context,
            request: Request<Bytes>,
        ) -> Result<Response<Bytes>, NetFailure> {
            let header = |name: &str| {
                let value = request.headers().get(name);
                value
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or("-")
                    .to_owned()
            };
            let whole = request.uri().path_and_query().map(ToString::to_string);
            let text = format!(
                "{} {} {}",
                whole.unwrap_or_default(),
                header("api-key"),
                header("via")
            );
            let mut response = Response::new(Bytes::from(text));
            if request.uri().path() == "/fails" {
                *response.status_mut() = StatusCode::BAD_GATEWAY;
            }
            response
                .headers_mut()
                .insert("x-own", HeaderValue::from_static("1"));
            Ok(response)
        }
    }

    fn internet(hosts: &str) -> Arc<Internet> {
        let world = World::parse(&format!("hosts:\n{hosts}")).unwrap();
        let clock = SimClock::starting_at(std::time::SystemTime::UNIX_EPOCH);
        Internet::new(Arc::new(world), clock, vec![Box::new(Echo)])
    }

    async fn get(internet: &Internet, url: &str) -> Result<(u16, String, bool), NetFailure> {
        let request = Request::get(url).header("api-key", "k").body(Bytes::new());
        let answer = internet.context("::1").send(request.unwrap()).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        Ok((
            answer.status().as_u16(),
            text,
            answer.headers().contains_key("x-own"),
        ))
    }

    #[tokio::test]
    async fn an_edge_strips_adds_blocks_and_has_pages_of_its_own() {
        let internet = internet(
            "  front.example:
    edge:
      forwards_to: own.example
      strip_request_headers: [api-key]
      add_request_headers: { via: '1.1 front' }
      strip_query: [code]
      strip_response_headers: [x-own]
      pages: { 502: { status: 502, body: our own page } }
      blocks: [{ only: { path_contains: /admin }, answer: { status: 403, body: blocked } }]
",
        );
        let got = |path: &str| {
            let (internet, url) = (internet.clone(), format!("https://front.example{path}"));
            async move { get(&internet, &url).await.unwrap() }
        };
        assert!(
            internet.knows("front.example") && internet.hosts().contains(&"front.example".into())
        );
        assert_eq!(
            got("/a?code=x&b=1").await,
            (200, "/a?b=1 - 1.1 front".into(), false)
        );
        assert_eq!(got("/fails").await, (502, "our own page".into(), false));
        assert_eq!(got("/admin").await, (403, "blocked".into(), false));
        let straight = get(&internet, "https://own.example/a").await.unwrap();
        assert_eq!(straight, (200, "/a k -".into(), true));
    }

    #[tokio::test]
    async fn a_fault_for_some_calls_leaves_the_others_alone() {
        let internet = internet(
            "  own.example: { reset: true, only: { every: 2 } }
",
        );
        let mut failed = Vec::new();
        for _ in 0..4 {
            failed.push(get(&internet, "https://own.example/").await.is_err());
        }
        assert_eq!(failed, [false, true, false, true]);
        assert!(internet.fault_of_connection("own.example").is_none());
    }
}
