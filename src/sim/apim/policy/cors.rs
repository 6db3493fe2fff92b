//! `cors`: answers preflights, and puts its headers on answers to allowed origins (azure.md 3.8).

use super::super::document::{Element, Loader, Misfit, Text};
use super::super::fault::{Fault, Next, Outcome};
use super::super::flow::Flow;
use super::super::message::{Answer, header, header_line};
use super::Policy;
use async_trait::async_trait;
use http::Method;

/// Whether an origin that fits no policy is answered at once. The documents say both; the text's word is taken.
const TERMINATES_BY_DEFAULT: bool = true;

/// Methods that are allowed where the policy names none.
const DEFAULT_METHODS: [&str; 2] = ["GET", "POST"];

/// The policy.
pub(in crate::sim::apim) struct Cors {
    allows_credentials: bool,
    terminates: bool,
    origins: Vec<Text>,
    methods: Vec<Text>,
    /// Seconds that a preflight's answer may be kept.
    max_age: Option<u64>,
    headers: Vec<Text>,
    exposed: Vec<Text>,
}

/// What one policy makes of a preflight.
pub(in crate::sim::apim) enum Preflight {
    /// It is answered.
    Answered(Answer),
    /// The next policy is asked.
    AskNext,
}

pub(super) fn parse(
    element: &Element,
    _loader: &mut Loader<'_>,
    _path: &str,
) -> Result<Box<dyn Policy>, Misfit> {
    let children = [
        "allowed-origins",
        "allowed-methods",
        "allowed-headers",
        "expose-headers",
    ];
    element.allow(
        &["allow-credentials", "terminate-unmatched-request"],
        &children,
    )?;
    let mut cors = Cors {
        allows_credentials: element.flag("allow-credentials", false)?,
        terminates: element.flag("terminate-unmatched-request", TERMINATES_BY_DEFAULT)?,
        origins: element.list("allowed-origins", "origin")?,
        methods: Vec::new(),
        max_age: None,
        headers: element.list("allowed-headers", "header")?,
        exposed: element.list("expose-headers", "header")?,
    };
    for methods in element
        .children
        .iter()
        .filter(|it| it.name == "allowed-methods")
    {
        methods.allow(&["preflight-result-max-age"], &["method"])?;
        cors.max_age = methods.number("preflight-result-max-age")?;
        for method in &methods.children {
            cors.methods.push(method.text()?);
        }
    }
    if cors.origins.is_empty() {
        return Err(element.misfit("it needs `<allowed-origins>`".into()));
    }
    Ok(Box::new(cors))
}

#[async_trait]
impl Policy for Cors {
    async fn apply(&self, flow: &mut Flow<'_>) -> Outcome {
        flow.promise_header(Some("Vary"), "Origin");
        let Some(origin) = header_line(&flow.headers, "origin") else {
            return Ok(Next::Continue);
        };
        let Some(allowed) = self.allowed_origin(flow, &origin)? else {
            // Only what a browser calls simple is cut off; anything else had its preflight.
            let is_simple = flow.method == Method::GET || flow.method == Method::HEAD;
            if self.terminates && is_simple {
                flow.response = Some(Answer::empty(200));
                return Ok(Next::Respond);
            }
            return Ok(Next::Continue);
        };
        flow.promise_header(Some("Access-Control-Allow-Origin"), &allowed);
        if self.allows_credentials {
            flow.promise_header(Some("Access-Control-Allow-Credentials"), "true");
        }
        let exposed = texts(flow, &self.exposed)?;
        if !exposed.is_empty() {
            flow.promise_header(Some("Access-Control-Expose-Headers"), &exposed.join(","));
        }
        Ok(Next::Continue)
    }

    fn as_cors(&self) -> Option<&Cors> {
        Some(self)
    }
}

impl Cors {
    /// Answers the preflight that `flow` is, if origin and method are allowed; otherwise an empty 200 or the next
    /// policy.
    pub(in crate::sim::apim) fn preflight(
        &self,
        flow: &mut Flow<'_>,
    ) -> Result<Preflight, Box<Fault>> {
        let origin = header_line(&flow.headers, "origin").unwrap_or_default();
        let wanted = header_line(&flow.headers, "access-control-request-method");
        let wanted = wanted.unwrap_or_default();
        let mut methods = texts(flow, &self.methods)?;
        if methods.is_empty() {
            methods = DEFAULT_METHODS.map(str::to_owned).to_vec();
        }
        let is_method_allowed = methods
            .iter()
            .any(|method| method == "*" || method.eq_ignore_ascii_case(&wanted));
        let allowed = self
            .allowed_origin(flow, &origin)?
            .filter(|_| is_method_allowed);
        let Some(allowed) = allowed else {
            return Ok(if self.terminates {
                Preflight::Answered(Answer::empty(200))
            } else {
                Preflight::AskNext
            });
        };
        let asked = header_line(&flow.headers, "access-control-request-headers");
        let headers = texts(flow, &self.headers)?;
        let headers = if headers.iter().any(|name| name == "*") {
            asked.unwrap_or_default()
        } else {
            headers.join(",")
        };
        let mut answer = Answer::empty(200);
        let methods = if methods.iter().any(|method| method == "*") {
            wanted
        } else {
            methods.join(",")
        };
        let max_age = self.max_age.map(|age| age.to_string()).unwrap_or_default();
        let credentials = if self.allows_credentials { "true" } else { "" };
        for (name, value) in [
            ("access-control-allow-origin", allowed.as_str()),
            ("access-control-allow-methods", &methods),
            ("access-control-allow-headers", &headers),
            ("access-control-max-age", &max_age),
            ("access-control-allow-credentials", credentials),
            ("vary", "Origin"),
        ] {
            let value = Some(value).filter(|value| !value.is_empty());
            let line = value.and_then(|value| header(name, value));
            answer
                .headers
                .extend(line.map(|(name, value)| (Some(name), value)));
        }
        Ok(Preflight::Answered(answer))
    }

    /// What `Access-Control-Allow-Origin` says for `origin`; `None` where it is not allowed.
    fn allowed_origin(
        &self,
        flow: &mut Flow<'_>,
        origin: &str,
    ) -> Result<Option<String>, Box<Fault>> {
        let origins = texts(flow, &self.origins)?;
        if origins.iter().any(|it| it == "*") && !self.allows_credentials {
            return Ok(Some("*".into()));
        }
        let is_allowed = origins
            .iter()
            .any(|it| it == "*" || it.trim_end_matches('/').eq_ignore_ascii_case(origin));
        Ok(is_allowed.then(|| origin.to_owned()))
    }
}

fn texts(flow: &mut Flow<'_>, texts: &[Text]) -> Result<Vec<String>, Box<Fault>> {
    texts
        .iter()
        .map(|text| Ok(flow.text(text)?.trim().to_owned()))
        .collect()
}
